/*
 * Fields altered; see editor.h. After alter_field(), _alter_field() and _alter_many_to_many() of
 * django/db/backends/base/schema.py: what is one long method there is a table of steps here, in the same order.
 */
#include "framework/django/editor_related.h"

#include <string.h>

/* One run of _alter_field(). */
struct alteration {
	struct django_editor *self;
	struct django_field_ref old, new_field;
	const struct django_column *old_column, *new_column;
	bool strict;

	bool are_fks_dropped;	/* its own foreign keys */
	bool drop_foreign_keys; /* those of other tables that point to it */
	const char *old_check, *new_check;
	GPtrArray *actions, *null_actions; /* char *: parts of ALTER TABLE */
	GPtrArray *post_actions;	   /* char *: queries */
	bool needs_database_default;
	GArray *rels_to_update; /* struct django_related_pair */
};

static struct django_model_ref model_of(struct django_field_ref field)
{
	return (struct django_model_ref){field.state, field.model};
}

static const char *column_of(struct django_editor *self, struct django_field_ref field)
{
	return iw_django_column(self->context, field.field);
}

static const char *quoted_column(struct django_editor *self, struct django_field_ref field)
{
	return iw_django_quote_name(self->context, column_of(self, field));
}

static struct django_wanted anything_on(struct django_editor *self, struct django_field_ref field)
{
	return (struct django_wanted){
		.unique = -1,
		.primary_key = -1,
		.index = -1,
		.foreign_key = -1,
		.check = -1,
		.columns = iw_django_list(self->context->arena, column_of(self, field)),
	};
}

/* Drops all constraints that the catalogue names for the old field. What `kind` is called matters to strict only. */
static void drop_constraints(struct alteration *it, const struct django_wanted *wanted, const char *template,
			     const char *kind)
{
	struct django_editor *self = it->self;
	const char *table = it->old.model->db_table;
	const GPtrArray *names = iw_django_constraint_names(self, table, wanted);
	if (self->context->problem != NULL || names == NULL)
		return;
	if (it->strict && names->len != 1) {
		iw_django_fail(self->context, self->place, "Found wrong number (%u) of %s constraints for %s.%s",
			       names->len, kind, table, column_of(self, it->old));
		return;
	}
	for (guint i = 0; i < names->len; i++)
		iw_django_execute_statement(
			self, iw_django_delete_constraint_sql(self, template, model_of(it->old), names->pdata[i]));
}

/* before the column changes ---------------------------------------------------------------------------------------- */

/* Drop any FK constraints, they are remade later. */
static void drop_own_foreign_keys(struct alteration *it)
{
	static const char *const ignore[] = {"db_comment", NULL};
	struct django_editor *self = it->self;
	const struct django_field *old = it->old.field;
	if (!self->backend->supports_foreign_keys || !old->is_relation || !old->db_constraint)
		return;
	if (self->context->version >= 40200 &&
	    !iw_django_should_be_altered(self->context, it->old, it->new_field, ignore))
		return;
	guint count = iw_django_drop_foreign_keys(self, it->old);
	if (it->strict && count != 1)
		iw_django_fail(self->context, self->place,
			       "Found wrong number (%u) of foreign key constraints for %s.%s", count,
			       it->old.model->db_table, column_of(self, it->old));
	it->are_fks_dropped = count > 0;
}

static bool became_primary_key(const struct alteration *it)
{
	return !it->old.field->primary_key && it->new_field.field->primary_key;
}

/* Has unique been removed? */
static void drop_unique(struct alteration *it)
{
	if (!iw_django_is_unique(it->old.field) ||
	    (iw_django_is_unique(it->new_field.field) && !became_primary_key(it)))
		return;
	struct django_wanted wanted = anything_on(it->self, it->old);
	wanted.unique = 1;
	wanted.primary_key = 0;
	wanted.exclude = iw_django_meta_names(it->self, model_of(it->old), DJANGO_CONSTRAINT_NAMES);
	/* A primary key has no other unique constraint. */
	wanted.is_none_likely = it->old.field->primary_key;
	drop_constraints(it, &wanted, it->self->backend->sql.delete_unique, "unique");
}

/* Drop incoming FK constraints if the field is a primary key or unique, and what they compare changes. */
static void drop_incoming_foreign_keys(struct alteration *it)
{
	struct django_editor *self = it->self;
	const struct django_field *old = it->old.field, *new_field = it->new_field.field;
	bool is_key = (old->primary_key && new_field->primary_key) ||
		      (iw_django_is_unique(old) && iw_django_is_unique(new_field));
	bool is_type_changed = g_strcmp0(it->old_column->type, it->new_column->type) != 0;
	bool is_collation_changed =
		self->context->version >= 40100 && g_strcmp0(it->old_column->collation, it->new_column->collation) != 0;
	it->drop_foreign_keys =
		self->backend->supports_foreign_keys && is_key && (is_type_changed || is_collation_changed);
	if (!it->drop_foreign_keys)
		return;
	g_autoptr(GArray) pairs = g_array_new(FALSE, FALSE, sizeof(struct django_related_pair));
	iw_django_related_pairs(self->context, it->old, it->new_field, pairs);
	for (guint i = 0; i < pairs->len; i++)
		iw_django_drop_foreign_keys(self, g_array_index(pairs, struct django_related_pair, i).new_field);
}

/*
 * Removed an index? No strict check, as several are possible. Those of a field that is unique now go, too:
 *     db_index unique    db_index unique
 *     True     False     False    False
 *     True     False     False    True
 *     True     False     True     True
 */
static void drop_index(struct alteration *it)
{
	struct django_editor *self = it->self;
	const struct django_field *old = it->old.field, *new_field = it->new_field.field;
	if (!old->db_index || iw_django_is_unique(old) || (new_field->db_index && !iw_django_is_unique(new_field)))
		return;
	struct django_wanted wanted = anything_on(self, it->old);
	wanted.index = 1;
	wanted.type = "idx";
	wanted.is_none_likely = iw_django_is_put_off(self, it->old.model->db_table, column_of(self, it->old));
	wanted.exclude = iw_django_meta_names(self, model_of(it->old), DJANGO_INDEX_NAMES);
	const GPtrArray *names = iw_django_constraint_names(self, it->old.model->db_table, &wanted);
	for (guint i = 0; names != NULL && i < names->len; i++)
		iw_django_execute_statement(
			self, iw_django_delete_index_sql(self, model_of(it->old), names->pdata[i], false));
}

/* _field_db_check(): since 5.0 with a column of another name, so that renaming the column is no change. */
static const char *field_db_check(struct django_editor *self, struct django_field_ref field,
				  const struct django_column *column)
{
	struct django_context *context = self->context;
	if (self->backend->field_check != NULL)
		return self->backend->field_check(self, field);
	if (context->version < 50000)
		return column->check;
	if (column->check == NULL || field.field->is_relation)
		return NULL;
	struct django_field *copy = iw_django_field_copy(context->arena, field.field);
	copy->db_column = "__column_name__";
	return iw_django_column_of(context, (struct django_field_ref){field.state, field.model, copy}).check;
}

/* Change check constraints? */
static void drop_check(struct alteration *it)
{
	it->old_check = field_db_check(it->self, it->old, it->old_column);
	it->new_check = field_db_check(it->self, it->new_field, it->new_column);
	if (it->old_check == NULL || g_strcmp0(it->old_check, it->new_check) == 0)
		return;
	struct django_wanted wanted = anything_on(it->self, it->old);
	wanted.check = 1;
	wanted.exclude = iw_django_meta_names(it->self, model_of(it->old), DJANGO_CONSTRAINT_NAMES);
	drop_constraints(it, &wanted, it->self->backend->sql.delete_check, "check");
}

/* Have they renamed the column? */
static void rename_column(struct alteration *it)
{
	struct django_editor *self = it->self;
	const char *table = it->old.model->db_table;
	const char *old_name = column_of(self, it->old), *new_name = column_of(self, it->new_field);
	if (strcmp(old_name, new_name) == 0)
		return;
	const char *type = it->new_column->type;
	const char *sql = self->backend->rename_field != NULL
				  ? self->backend->rename_field(self, table, it->old, it->new_field, type)
				  : iw_django_format(self->context->arena, self->backend->sql.rename_column, "table",
						     iw_django_quote_name(self->context, table), "old_column",
						     iw_django_quote_name(self->context, old_name), "new_column",
						     iw_django_quote_name(self->context, new_name), "type", type, NULL);
	iw_django_execute(self, sql);
	iw_django_deferred_rename_column(self, table, old_name, new_name);
}

/* the column ------------------------------------------------------------------------------------------------------- */

/* Until 4.1 a change of collation took the change of type along, by a template of its own without USING and such. */
static const char *alter_column_collation(struct django_editor *self, struct django_field_ref new_field,
					  const char *new_type, const char *new_collation)
{
	const char *collation = iw_django_collate_sql(self, new_collation);
	return iw_django_format(self->context->arena, self->backend->sql.alter_column_type, "column",
				quoted_column(self, new_field), "type", new_type, "collation",
				*collation == '\0' ? "" : iw_arena_printf(self->context->arena, " %s", collation),
				NULL);
}

/* _alter_column_type_sql(), the backend's. */
static const char *alter_column_type(struct django_editor *self, struct django_field_ref old,
				     struct django_field_ref new_field, const char *new_type, const char *old_collation,
				     const char *new_collation, GPtrArray *post_actions)
{
	if (self->context->version < 40200 && g_strcmp0(old_collation, new_collation) != 0)
		return alter_column_collation(self, new_field, new_type, new_collation);
	return self->backend->alter_column_type != NULL
		       ? self->backend->alter_column_type(self, old, new_field, new_type, old_collation, new_collation,
							  post_actions)
		       : iw_django_base_alter_column_type(self, old, new_field, new_type, old_collation, new_collation,
							  post_actions);
}

/* Type, suffix of the type (auto increment), collation, or comment change? */
static void change_type(struct alteration *it)
{
	struct django_editor *self = it->self;
	const struct django_column *old = it->old_column, *new_column = it->new_column;
	bool is_comment_changed = self->backend->supports_comments &&
				  g_strcmp0(it->old.field->db_comment, it->new_field.field->db_comment) != 0;
	if (g_strcmp0(old->type, new_column->type) == 0 && g_strcmp0(old->suffix, new_column->suffix) == 0 &&
	    g_strcmp0(old->collation, new_column->collation) == 0 && !is_comment_changed)
		return;
	const char *action = alter_column_type(self, it->old, it->new_field, new_column->type, old->collation,
					       new_column->collation, it->post_actions);
	if (action != NULL)
		g_ptr_array_add(it->actions, (gpointer)action);
}

/* _alter_column_database_default_sql() */
static void change_database_default(struct alteration *it)
{
	struct django_editor *self = it->self;
	const struct iw_py_value *old = it->old.field->db_default, *new_default = it->new_field.field->db_default;
	if (new_default == NULL ? old == NULL : old != NULL && iw_django_values_equal(self->context, old, new_default))
		return;
	bool drop = new_default == NULL;
	const char *template =
		drop ? self->backend->sql.alter_column_no_default : self->backend->sql.alter_column_default;
	const char *action =
		iw_django_format(self->context->arena, template, "column", quoted_column(self, it->new_field), "type",
				 it->new_column->type, "default",
				 drop ? "" : iw_django_db_default_sql(self->context, it->new_field), NULL);
	g_ptr_array_add(it->actions, (gpointer)action);
}

static bool becomes_not_null(const struct alteration *it)
{
	return it->old.field->null && !it->new_field.field->null;
}

/* Values that Python never finds equal, because the driver's wrappers cannot be compared. */
static bool is_never_equal(const struct django_context *context, const struct django_field *field)
{
	bool is_address = field->type == DJANGO_GENERIC_IP_ADDRESS || field->type == DJANGO_IP_ADDRESS;
	return context->engine.dialect == IW_POSTGRES &&
	       (field->type == DJANGO_BINARY || (field->type == DJANGO_JSON && context->version >= 40200) ||
		(is_address && !iw_django_is_psycopg3(context)));
}

/* Python's True == 1 == 1.0; literals of other kinds are compared as they are written. */
static bool same_literal(const char *one, const char *other)
{
	if (strcmp(one, other) == 0)
		return true;
	char *one_end = NULL, *other_end = NULL;
	double one_number = g_ascii_strtod(one, &one_end), other_number = g_ascii_strtod(other, &other_end);
	return one_end != one && *one_end == '\0' && other_end != other && *other_end == '\0' &&
	       one_number == other_number;
}

/* effective_default(old) != effective_default(new), and the new one is there. */
static bool is_default_changed(struct alteration *it)
{
	struct django_editor *self = it->self;
	bool is_old_volatile = false, is_new_volatile = false;
	const char *old = iw_django_effective_default(self->context, it->old, &is_old_volatile);
	const char *new_default = iw_django_effective_default(self->context, it->new_field, &is_new_volatile);
	if (new_default == NULL)
		return false;
	return old == NULL || is_old_volatile || is_new_volatile ||
	       is_never_equal(self->context, it->new_field.field) || !same_literal(old, new_default);
}

/*
 * From NULL to NOT NULL with a default takes four steps: a default for rows to come, an update of those that are there,
 * NOT NULL, and the default goes again. Here the first.
 */
static void change_default(struct alteration *it)
{
	struct django_editor *self = it->self;
	const struct django_backend *backend = self->backend;
	if (!becomes_not_null(it) || it->new_field.field->db_default != NULL)
		return;
	bool is_changed = is_default_changed(it);
	if (!is_changed ||
	    (backend->skips_default_on_alter != NULL && backend->skips_default_on_alter(self, it->new_field)))
		return;
	it->needs_database_default = true;
	g_ptr_array_add(it->actions, (gpointer)iw_django_alter_column_default_sql(self, it->old, it->new_field, false));
}

/* Nullability change? */
static void change_null(struct alteration *it)
{
	struct django_editor *self = it->self;
	if (it->old.field->null == it->new_field.field->null)
		return;
	const char *action = self->backend->alter_column_null != NULL
				     ? self->backend->alter_column_null(self, it->old, it->new_field)
				     : iw_django_base_alter_column_null(self, it->old, it->new_field);
	if (action != NULL)
		g_ptr_array_add(it->null_actions, (gpointer)action);
}

static void add_all(GPtrArray *to, const GPtrArray *from)
{
	for (guint i = 0; i < from->len; i++)
		g_ptr_array_add(to, from->pdata[i]);
}

static void alter_one_by_one(struct alteration *it, const GPtrArray *actions)
{
	for (guint i = 0; i < actions->len; i++)
		iw_django_alter_table(it->self, it->old.model, actions->pdata[i]);
}

static void alter_combined(struct alteration *it, const GPtrArray *actions)
{
	g_autoptr(GString) changes = g_string_new(NULL);
	for (guint i = 0; i < actions->len; i++)
		g_string_append_printf(changes, "%s%s", i == 0 ? "" : ", ", (const char *)actions->pdata[i]);
	iw_django_alter_table(it->self, it->old.model, changes->str);
}

/* Update existing rows with the default value. */
static void update_rows(struct alteration *it)
{
	struct django_editor *self = it->self;
	const char *value = it->new_field.field->db_default != NULL
				    ? iw_django_db_default_sql(self->context, it->new_field)
				    : iw_django_default_sql(self, it->new_field);
	const char *immediate = self->context->version >= 40100 ? "; SET CONSTRAINTS ALL IMMEDIATE" : "";
	iw_django_execute(self, iw_django_format(self->context->arena, self->backend->sql.update_with_default, "table",
						 iw_django_quote_name(self->context, it->old.model->db_table), "column",
						 quoted_column(self, it->new_field), "default",
						 value == NULL ? "NULL" : value, "immediate", immediate, NULL));
}

static void apply_actions(struct alteration *it)
{
	bool has_default = iw_django_has_default(it->new_field.field) || it->new_field.field->db_default != NULL;
	bool is_four_way = has_default && becomes_not_null(it);
	if (it->actions->len == 0 && it->null_actions->len == 0)
		return;
	if (!is_four_way)
		add_all(it->actions, it->null_actions);
	if (it->self->backend->supports_combined_alters && it->actions->len > 0)
		alter_combined(it, it->actions);
	else
		alter_one_by_one(it, it->actions);
	if (!is_four_way)
		return;
	update_rows(it);
	alter_one_by_one(it, it->null_actions);
}

static void run_post_actions(struct alteration *it)
{
	for (guint i = 0; i < it->post_actions->len; i++)
		iw_django_execute(it->self, it->post_actions->pdata[i]);
}

/* after the column changed ----------------------------------------------------------------------------------------- */

/* If primary_key changed to False, delete the primary key constraint. */
static void drop_primary_key(struct alteration *it)
{
	if (!it->old.field->primary_key || it->new_field.field->primary_key)
		return;
	struct django_editor *self = it->self;
	struct django_wanted wanted = {.unique = -1, .primary_key = 1, .index = -1, .foreign_key = -1, .check = -1};
	const GPtrArray *names = iw_django_constraint_names(self, it->old.model->db_table, &wanted);
	if (it->strict && names != NULL && names->len != 1)
		iw_django_fail(self->context, self->place, "Found wrong number (%u) of PK constraints for %s",
			       names->len, it->old.model->db_table);
	for (guint i = 0; names != NULL && i < names->len; i++)
		iw_django_execute_statement(self, iw_django_delete_constraint_sql(self, self->backend->sql.delete_pk,
										  model_of(it->old), names->pdata[i]));
}

static struct django_index_request request_of(struct alteration *it)
{
	return (struct django_index_request){.fields = iw_django_list(it->self->context->arena, it->new_field.field),
					     .nulls_distinct = -1};
}

/* Added a unique? _unique_should_be_added(): until 4.0 for a new primary key, too. */
static void add_unique(struct alteration *it)
{
	const struct django_field *old = it->old.field, *new_field = it->new_field.field;
	bool is_added =
		it->self->context->version < 40100
			? (!iw_django_is_unique(old) && iw_django_is_unique(new_field)) ||
				  (old->primary_key && !new_field->primary_key && iw_django_is_unique(new_field))
			: !new_field->primary_key && iw_django_is_unique(new_field) &&
				  (!iw_django_is_unique(old) || old->primary_key);
	struct django_index_request request = request_of(it);
	if (is_added)
		iw_django_execute_statement(it->self,
					    iw_django_create_unique_sql(it->self, model_of(it->old), &request));
}

/*
 * Added an index, or no unique constraint does its work any more?
 *     db_index unique    db_index unique
 *     False    False     True     False
 *     False    True      True     False
 *     True     True      True     False
 */
static void add_index(struct alteration *it)
{
	const struct django_field *old = it->old.field, *new_field = it->new_field.field;
	struct django_index_request request = request_of(it);
	if ((!old->db_index || iw_django_is_unique(old)) && new_field->db_index && !iw_django_is_unique(new_field))
		iw_django_execute_statement(it->self,
					    iw_django_create_index_sql(it->self, model_of(it->old), &request));
}

/* Changed to become primary key? Then all that points to it is altered, as it is when its type changed. */
static void add_primary_key(struct alteration *it)
{
	struct django_editor *self = it->self;
	struct django_context *context = self->context;
	if (it->drop_foreign_keys)
		iw_django_related_pairs(context, it->old, it->new_field, it->rels_to_update);
	if (!became_primary_key(it))
		return;
	const char *table = it->old.model->db_table;
	GPtrArray *columns = iw_django_list(context->arena, column_of(self, it->new_field));
	const char *name = iw_django_create_index_name(context, table, columns, "_pk");
	iw_django_execute(self, iw_django_format(context->arena, self->backend->sql.create_pk, "table",
						 iw_django_quote_name(context, table), "name",
						 iw_django_quote_name(context, name), "columns",
						 quoted_column(self, it->new_field), NULL));
	iw_django_related_pairs(context, it->old, it->new_field, it->rels_to_update);
}

/* The type of columns that point to it. */
static void alter_related(struct alteration *it)
{
	struct django_editor *self = it->self;
	for (guint i = 0; i < it->rels_to_update->len && self->context->problem == NULL; i++) {
		const struct django_related_pair *pair =
			&g_array_index(it->rels_to_update, struct django_related_pair, i);
		struct django_column old_column = iw_django_column_of(self->context, pair->old);
		struct django_column new_column = iw_django_column_of(self->context, pair->new_field);
		bool has_collation = self->context->version >= 40100;
		GPtrArray *post_actions = iw_arena_ptr_array(self->context->arena);
		/* The table is that of the new state. */
		struct django_field_ref old = {pair->old.state, pair->new_field.model, pair->old.field};
		const char *action = alter_column_type(self, old, pair->new_field, new_column.type,
						       has_collation ? old_column.collation : NULL,
						       has_collation ? new_column.collation : NULL, post_actions);
		iw_django_alter_table(self, pair->new_field.model, action);
		for (guint p = 0; p < post_actions->len; p++)
			iw_django_execute(self, post_actions->pdata[p]);
	}
}

/* Does it have a foreign key? */
static void add_foreign_key(struct alteration *it)
{
	struct django_editor *self = it->self;
	const struct django_field *old = it->old.field, *new_field = it->new_field.field;
	if (!self->backend->supports_foreign_keys || !new_field->is_relation || !new_field->db_constraint ||
	    (!it->are_fks_dropped && old->is_relation && old->db_constraint))
		return;
	struct django_field_ref field = {it->new_field.state, it->old.model, new_field};
	iw_django_execute_statement(self, iw_django_create_fk_sql(self, field, "_fk_%(to_table)s_%(to_column)s"));
}

static void rebuild_foreign_key(struct django_editor *self, struct django_field_ref relation)
{
	if (relation.field->db_constraint)
		iw_django_execute_statement(self, iw_django_create_fk_sql(self, relation, "_fk"));
}

/* Rebuild FKs that pointed to it if they had to be dropped. 3.2 forgets those that have no related name. */
static void rebuild_incoming_foreign_keys(struct alteration *it)
{
	struct django_editor *self = it->self;
	if (!it->drop_foreign_keys)
		return;
	if (self->context->version < 40000) {
		const GPtrArray *relations = iw_django_shown_relations(self->context, it->new_field);
		for (guint i = 0; i < relations->len; i++)
			rebuild_foreign_key(self, *(const struct django_field_ref *)relations->pdata[i]);
		return;
	}
	for (guint i = 0; i < it->rels_to_update->len; i++)
		rebuild_foreign_key(self, g_array_index(it->rels_to_update, struct django_related_pair, i).new_field);
}

/* Does it have check constraints to add? */
static void add_check(struct alteration *it)
{
	struct django_editor *self = it->self;
	struct django_context *context = self->context;
	if (it->new_check == NULL || g_strcmp0(it->old_check, it->new_check) == 0 ||
	    (self->backend->supports_check_constraints != NULL && !self->backend->supports_check_constraints(context)))
		return;
	const char *table = it->old.model->db_table;
	GPtrArray *columns = iw_django_list(context->arena, column_of(self, it->new_field));
	const char *name = iw_django_create_index_name(context, table, columns, "_check");
	iw_django_execute(self,
			  iw_django_format(context->arena, self->backend->sql.create_check, "table",
					   iw_django_quote_name(context, table), "name",
					   iw_django_quote_name(context, name), "check", it->new_column->check, NULL));
}

/* The last of the four steps. */
static void drop_default(struct alteration *it)
{
	if (it->needs_database_default)
		iw_django_alter_table(it->self, it->old.model,
				      iw_django_alter_column_default_sql(it->self, it->old, it->new_field, true));
}

/* The order of Django's _alter_field(). */
static void (*const STEPS[])(struct alteration *it) = {
	drop_own_foreign_keys,
	drop_unique,
	drop_incoming_foreign_keys,
	drop_index,
	drop_check,
	rename_column,
	change_type,
	change_database_default,
	change_default,
	change_null,
	apply_actions,
	run_post_actions,
	drop_primary_key,
	add_unique,
	add_index,
	add_primary_key,
	alter_related,
	add_foreign_key,
	rebuild_incoming_foreign_keys,
	add_check,
	drop_default,
};

void iw_django_base_alter_physical_field(struct django_editor *self, struct django_field_ref old,
					 struct django_field_ref new_field, const struct django_column *old_column,
					 const struct django_column *new_column, bool strict)
{
	iw_arena *arena = self->context->arena;
	g_autoptr(GArray) rels_to_update = g_array_new(FALSE, FALSE, sizeof(struct django_related_pair));
	struct alteration it = {
		.self = self,
		.old = old,
		.new_field = new_field,
		.old_column = old_column,
		.new_column = new_column,
		.strict = strict,
		.actions = iw_arena_ptr_array(arena),
		.null_actions = iw_arena_ptr_array(arena),
		.post_actions = iw_arena_ptr_array(arena),
		.rels_to_update = rels_to_update,
	};
	for (guint i = 0; i < G_N_ELEMENTS(STEPS) && self->context->problem == NULL; i++)
		STEPS[i](&it);
}

/* alter_field() ---------------------------------------------------------------------------------------------------- */

/* str(field) */
static const char *named(struct django_editor *self, struct django_field_ref field)
{
	return iw_arena_printf(self->context->arena, "%s.%s.%s", field.model->app_label, field.model->name,
			       field.field->name);
}

void iw_django_base_alter_many_to_many(struct django_editor *self, struct django_field_ref old,
				       struct django_field_ref new_field, bool strict)
{
	(void)strict;
	struct django_model_ref old_through = iw_django_through(old), through = iw_django_through(new_field);
	if (old_through.model == NULL || through.model == NULL)
		return;
	if (strcmp(old_through.model->db_table, through.model->db_table) != 0)
		iw_django_alter_db_table(self, old_through, old_through.model->db_table, through.model->db_table);
	/* The field that points to the target, then the one that points here: of models that refer to themselves both
	 * may change. The old field is on the table as it is named now. */
	for (int i = 0; i < 2 && self->context->problem == NULL; i++) {
		struct django_field_ref from = iw_django_through_field(old, i == 0);
		struct django_field_ref to = iw_django_through_field(new_field, i == 0);
		if (from.field == NULL || to.field == NULL)
			return;
		from.model = through.model;
		iw_django_alter_field(self, from, to, false);
	}
}

static bool has_auto_through(struct django_field_ref field)
{
	return iw_django_auto_through(field).model != NULL;
}

/* Both have no column. */
static void alter_without_column(struct django_editor *self, struct django_field_ref old,
				 struct django_field_ref new_field, bool strict)
{
	bool was_auto = has_auto_through(old), is_auto = has_auto_through(new_field);
	if (was_auto && is_auto && self->backend->alter_many_to_many != NULL)
		self->backend->alter_many_to_many(self, old, new_field, strict);
	else if (was_auto && is_auto)
		iw_django_base_alter_many_to_many(self, old, new_field, strict);
	else if (was_auto != is_auto)
		iw_django_fail(self->context, self->place,
			       "Cannot alter field %s into %s - they are not compatible types (you cannot alter to or "
			       "from M2M fields, or add or remove through= on M2M fields)",
			       named(self, old), named(self, new_field));
}

/* Is it one generated column before and after, computed in the same way? */
static bool is_same_generation(struct django_editor *self, struct django_field_ref old,
			       struct django_field_ref new_field)
{
	bool was_generated = old.field->type == DJANGO_GENERATED,
	     is_generated = new_field.field->type == DJANGO_GENERATED;
	if (!was_generated && !is_generated)
		return true;
	if (was_generated != is_generated || old.field->is_stored != new_field.field->is_stored)
		return false;
	return g_strcmp0(iw_django_generated_sql(self->context, old),
			 iw_django_generated_sql(self->context, new_field)) == 0;
}

/* ValueError of alter_field() for what cannot be altered at all; false: it is said. */
static bool can_alter(struct django_editor *self, struct django_field_ref old, const struct django_column *old_column,
		      struct django_field_ref new_field, const struct django_column *new_column)
{
	struct django_context *context = self->context;
	const char *from = named(self, old), *to = named(self, new_field);
	if ((old_column->type == NULL && !old.field->is_relation) ||
	    (new_column->type == NULL && !new_field.field->is_relation))
		return iw_django_fail(context, self->place,
				      "Cannot alter field %s into %s - they do not properly define db_type (are you "
				      "using a badly-written custom field?)",
				      from, to) != NULL;
	if ((old_column->type == NULL) != (new_column->type == NULL))
		return iw_django_fail(context, self->place,
				      "Cannot alter field %s into %s - they are not compatible types (you cannot alter "
				      "to or from M2M fields, or add or remove through= on M2M fields)",
				      from, to) != NULL;
	if (old_column->type != NULL && !is_same_generation(self, old, new_field))
		return iw_django_fail(context, self->place,
				      "Modifying GeneratedFields is not supported - the field %s must be removed and "
				      "re-added with the new definition",
				      to) != NULL;
	return true;
}

void iw_django_alter_field(struct django_editor *self, struct django_field_ref old, struct django_field_ref new_field,
			   bool strict)
{
	struct django_context *context = self->context;
	if (!iw_django_should_be_altered(context, old, new_field, NULL))
		return;
	struct django_column old_column = iw_django_column_of(context, old);
	struct django_column new_column = iw_django_column_of(context, new_field);
	if (context->problem != NULL || !can_alter(self, old, &old_column, new_field, &new_column))
		return;
	if (old_column.type == NULL)
		alter_without_column(self, old, new_field, strict);
	else if (self->backend->alter_physical_field != NULL)
		self->backend->alter_physical_field(self, old, new_field, &old_column, &new_column, strict);
	else
		iw_django_base_alter_physical_field(self, old, new_field, &old_column, &new_column, strict);
}
