/* How schemas change on SQLite: by new tables, where ALTER TABLE cannot do it; see editor.h. After
 * django/db/backends/sqlite3/schema.py. Foreign keys are switched off by the runner. */
#include "framework/django/editor_related.h"
#include "framework/django/editor_sqlite.h"

#include <string.h>

static struct django_model_ref model_of(struct django_field_ref field)
{
	return (struct django_model_ref){field.state, field.model};
}

/* 0 is the newest. */
static bool is_from(const struct django_context *context, int version)
{
	return context->engine.version == 0 || context->engine.version >= version;
}

static bool has_foreign_key(const struct django_field *field)
{
	return field->is_relation && field->db_constraint;
}

/* fields ----------------------------------------------------------------------------------------------------------- */

/* A value, which Django tells from an expression by its class: 5 is none, Value(5) is. */
static bool is_value(struct django_editor *self, const struct iw_py_value *value)
{
	return iw_py_is(self->context->python, value, "django.db.models.Value") ||
	       iw_py_is(self->context->python, value, "django.db.models.expressions.Value");
}

/* ALTER TABLE ADD COLUMN knows no keys, no values for the rows that are there, and no default that is taken away. */
static bool needs_new_table(struct django_editor *self, struct django_field_ref field)
{
	const struct django_field *own = field.field;
	if (self->context->version < 40100 || iw_django_is_unique(own) || !own->null)
		return true;
	if (iw_django_effective_default(self->context, field, NULL) != NULL)
		return true;
	return own->db_default != NULL && !is_value(self, own->db_default);
}

static void add_field(struct django_editor *self, struct django_field_ref field)
{
	struct django_model_ref through = iw_django_auto_through(field);
	if (through.model != NULL)
		iw_django_create_model(self, through);
	else if (field.field->columns_of != NULL)
		return;
	else if (needs_new_table(self, field))
		iw_django_remake_table(self, model_of(field), &(struct django_remake){.created = field});
	else
		iw_django_base_add_field(self, field);
}

/* DROP COLUMN leaves keys and indexes to others. */
static bool can_drop_column(struct django_editor *self, const struct django_field *field)
{
	const struct django_context *context = self->context;
	bool is_supported = context->version >= 60100 || (context->version >= 40100 && is_from(context, 33505));
	return is_supported && !iw_django_is_unique(field) && !field->db_index && !has_foreign_key(field);
}

static void remove_field(struct django_editor *self, struct django_field_ref field)
{
	struct django_model_ref through = iw_django_auto_through(field);
	if (through.model != NULL)
		iw_django_delete_model(self, through);
	else if (field.field->is_many_to_many)
		return;
	else if (can_drop_column(self, field.field))
		iw_django_base_remove_field(self, field);
	else if (iw_django_column_of(self->context, field).type != NULL)
		iw_django_remake_table(self, model_of(field), &(struct django_remake){.deleted = field});
}

/* other tables that are made anew with a key ----------------------------------------------------------------------- */

static void add_model(GArray *models, struct django_model_ref model)
{
	for (guint i = 0; i < models->len; i++)
		if (g_array_index(models, struct django_model_ref, i).model == model.model)
			return;
	if (model.model != NULL)
		g_array_append_val(models, model);
}

/* Up to 6.0: what points to the field, and tables of M2M, those of the field's own model last. */
static void add_pointing(struct django_editor *self, const struct django_model *before,
			 struct django_field_ref new_field, GArray *models)
{
	const GPtrArray *all = iw_django_related(model_of(new_field));
	for (guint i = 0; all != NULL && i < all->len && self->context->problem == NULL; i++) {
		struct django_field_ref field = *(const struct django_field_ref *)all->pdata[i];
		if (field.model == before || field.model->auto_created)
			continue;
		if (field.field->is_many_to_many && new_field.field->primary_key)
			add_model(models, iw_django_auto_through(field));
	}
	const GPtrArray *shown = iw_django_shown_relations(self->context, new_field);
	for (guint i = 0; shown != NULL && i < shown->len; i++) {
		struct django_field_ref field = *(const struct django_field_ref *)shown->pdata[i];
		if (field.model != before)
			add_model(models, model_of(field));
	}
}

/* Since 6.1: all foreign keys that take part, through others, too. */
static void add_related(struct django_editor *self, const struct django_model *before, struct django_field_ref old,
			struct django_field_ref new_field, GArray *models)
{
	g_autoptr(GArray) pairs = g_array_new(FALSE, FALSE, sizeof(struct django_related_pair));
	iw_django_related_pairs(self->context, old, new_field, pairs);
	for (guint i = 0; i < pairs->len; i++) {
		struct django_field_ref field = g_array_index(pairs, struct django_related_pair, i).new_field;
		if (field.model != before)
			add_model(models, model_of(field));
	}
}

static void add_own_through(struct django_field_ref new_field, const struct django_model *before, GArray *models)
{
	const GPtrArray *fields = iw_django_local_many_to_many(model_of(new_field));
	for (guint i = 0; fields != NULL && i < fields->len; i++) {
		struct django_field_ref field = {new_field.state, new_field.model, fields->pdata[i]};
		if (iw_django_target(field).model != before)
			add_model(models, iw_django_auto_through(field));
	}
}

static void remake_related(struct django_editor *self, struct django_field_ref old, struct django_field_ref new_field)
{
	g_autoptr(GArray) models = g_array_new(FALSE, FALSE, sizeof(struct django_model_ref));
	const struct django_model *before = old.model;
	if (self->context->version >= 60100)
		add_related(self, before, old, new_field, models);
	else
		add_pointing(self, before, new_field, models);
	if (new_field.field->primary_key)
		add_own_through(new_field, before, models);
	for (guint i = 0; i < models->len && self->context->problem == NULL; i++)
		iw_django_remake_table(self, g_array_index(models, struct django_model_ref, i),
				       &(struct django_remake){0});
}

/* renaming --------------------------------------------------------------------------------------------------------- */

/* Before 3.26 SQLite does not rename in the foreign keys of others; Django refuses, or writes into the catalogue. */
static bool can_rename_references(struct django_editor *self, const char *table, const char *column)
{
	const struct django_context *context = self->context;
	if (context->version >= 50000 || is_from(context, 32600) ||
	    !iw_django_is_referenced(self, table, column, column != NULL))
		return true;
	iw_django_fail(self->context, self->place,
		       "Renaming what foreign keys lead to is not supported on SQLite < 3.26");
	return false;
}

static void alter_db_table(struct django_editor *self, struct django_model_ref model, const char *old_table,
			   const char *new_table)
{
	if (can_rename_references(self, old_table, NULL))
		iw_django_base_alter_db_table(self, model, old_table, new_table);
}

/* fields altered --------------------------------------------------------------------------------------------------- */

/* Does only the column's name change, and no foreign key has to know of it? */
static bool is_only_renamed(struct django_editor *self, struct django_field_ref old, struct django_field_ref new_field)
{
	struct django_context *context = self->context;
	bool can_rename = context->version >= 50000 || is_from(context, 32500);
	const char *old_name = iw_django_column(context, old.field);
	const char *new_name = iw_django_column(context, new_field.field);
	if (!can_rename || g_strcmp0(old_name, new_name) == 0 || has_foreign_key(old.field) ||
	    has_foreign_key(new_field.field))
		return false;
	return g_strcmp0(iw_django_column_sql(self, old, false), iw_django_column_sql(self, new_field, false)) == 0;
}

static void alter_physical_field(struct django_editor *self, struct django_field_ref old,
				 struct django_field_ref new_field, const struct django_column *old_column,
				 const struct django_column *new_column, bool strict)
{
	(void)strict;
	struct django_context *context = self->context;
	if (strcmp(old.field->name, new_field.field->name) != 0 &&
	    !can_rename_references(self, old.model->db_table, iw_django_column(context, old.field)))
		return;
	if (is_only_renamed(self, old, new_field)) {
		iw_django_execute(
			self, iw_django_format(
				      context->arena, self->backend->sql.rename_column, "table",
				      iw_django_quote_name(context, old.model->db_table), "old_column",
				      iw_django_quote_name(context, iw_django_column(context, old.field)), "new_column",
				      iw_django_quote_name(context, iw_django_column(context, new_field.field)), NULL));
		return;
	}
	iw_django_remake_table(self, model_of(old),
			       &(struct django_remake){.altered = {{old, new_field}}, .altered_count = 1});
	bool is_type_changed = g_strcmp0(old_column->type, new_column->type) != 0;
	bool is_collation_changed =
		context->version >= 40100 && g_strcmp0(old_column->collation, new_column->collation) != 0;
	if (iw_django_is_unique(new_field.field) && (is_type_changed || is_collation_changed))
		remake_related(self, old, new_field);
}

/* The same table with links to something else. */
static void remake_through(struct django_editor *self, struct django_field_ref old, struct django_field_ref new_field,
			   struct django_model_ref through)
{
	struct django_remake remake = {
		.altered = {{iw_django_through_field(old, true), iw_django_through_field(new_field, true)},
			    {iw_django_through_field(old, false), iw_django_through_field(new_field, false)}},
		.altered_count = self->context->version >= 40200 ? 2 : 1,
	};
	if (self->context->problem == NULL)
		iw_django_remake_table(self, through, &remake);
}

static const char *link_columns(struct django_editor *self, struct django_field_ref field)
{
	struct django_context *context = self->context;
	struct django_field_ref from = iw_django_through_field(field, false), to = iw_django_through_field(field, true);
	if (from.field == NULL || to.field == NULL)
		return NULL;
	return iw_arena_printf(context->arena, "id, %s, %s", iw_django_column(context, from.field),
			       iw_django_column(context, to.field));
}

static void alter_many_to_many(struct django_editor *self, struct django_field_ref old,
			       struct django_field_ref new_field, bool strict)
{
	(void)strict;
	struct django_context *context = self->context;
	struct django_model_ref before = iw_django_through(old), after = iw_django_through(new_field);
	if (before.model == NULL || after.model == NULL)
		return;
	const char *old_table = before.model->db_table, *new_table = after.model->db_table;
	if (strcmp(old_table, new_table) == 0) {
		remake_through(self, old, new_field, before);
		return;
	}
	iw_django_create_model(self, after);
	const char *to = link_columns(self, new_field), *from = link_columns(self, old);
	if (from != NULL && to != NULL)
		iw_django_execute(self, iw_arena_printf(context->arena, "INSERT INTO %s (%s) SELECT %s FROM %s",
							iw_django_quote_name(context, new_table), to, from,
							iw_django_quote_name(context, old_table)));
	iw_django_delete_model(self, before);
}

/* constraints ------------------------------------------------------------------------------------------------------ */

static bool is_any(const GPtrArray *list)
{
	return list != NULL && list->len > 0;
}

/* Is it an index of its own, and not part of the table? */
static bool is_index(const struct django_editor *self, const struct django_constraint *constraint)
{
	if (constraint->kind != DJANGO_UNIQUE)
		return false;
	return constraint->condition != NULL ||
	       (self->context->version >= 40000 &&
		(is_any(constraint->expressions) || is_any(constraint->include) || constraint->deferrable != NULL));
}

static void add_constraint(struct django_editor *self, struct django_model_ref model,
			   const struct django_constraint *constraint)
{
	if (is_index(self, constraint))
		iw_django_base_add_constraint(self, model, constraint);
	else
		iw_django_remake_table(self, model, &(struct django_remake){0});
}

static void remove_constraint(struct django_editor *self, struct django_model_ref model,
			      const struct django_constraint *constraint)
{
	if (is_index(self, constraint))
		iw_django_base_remove_constraint(self, model, constraint);
	else
		iw_django_remake_table(self, model, &(struct django_remake){0});
}

/* the backend ------------------------------------------------------------------------------------------------------ */

const struct django_backend iw_django_sqlite = {
	.dialect = IW_SQLITE,
	.can_rollback_ddl = true,
	.supports_foreign_keys = true,
	.supports_partial_indexes = true,
	.allows_multiple_constraints_on_same_fields = true,
	.ignores_table_name_case = true,
	.supports_index_column_ordering = true,
	.has_inline_fk = true,
	.requires_literal_defaults = true,
	.sql =
		{
			.create_table = "CREATE TABLE %(table)s (%(definition)s)",
			.rename_table = "ALTER TABLE %(old_table)s RENAME TO %(new_table)s",
			.delete_table = "DROP TABLE %(table)s",
			.create_column = "ALTER TABLE %(table)s ADD COLUMN %(column)s %(definition)s",
			.alter_column = "ALTER TABLE %(table)s %(changes)s",
			.alter_column_no_default = "ALTER COLUMN %(column)s DROP DEFAULT",
			.alter_column_no_default_null = "ALTER COLUMN %(column)s DROP DEFAULT",
			.delete_column = "ALTER TABLE %(table)s DROP COLUMN %(column)s",
			.rename_column = "ALTER TABLE %(table)s RENAME COLUMN %(old_column)s TO %(new_column)s",
			.create_unique = "CREATE UNIQUE INDEX %(name)s ON %(table)s (%(columns)s)",
			.delete_unique = "DROP INDEX %(name)s",
			.create_inline_fk = "REFERENCES %(to_table)s (%(to_column)s)%(on_delete_db)s DEFERRABLE "
					    "INITIALLY DEFERRED",
			.create_column_inline_fk = "REFERENCES %(to_table)s (%(to_column)s)%(on_delete_db)s "
						   "DEFERRABLE INITIALLY DEFERRED",
			.delete_fk = "ALTER TABLE %(table)s DROP CONSTRAINT %(name)s",
			.create_index = "CREATE INDEX %(name)s ON %(table)s "
					"(%(columns)s)%(include)s%(extra)s%(condition)s",
			.create_unique_index = "CREATE UNIQUE INDEX %(name)s ON %(table)s "
					       "(%(columns)s)%(include)s%(nulls_distinct)s%(condition)s",
			.delete_index = "DROP INDEX %(name)s",
			.unique_constraint = "UNIQUE (%(columns)s)%(deferrable)s",
		},
	.deferrable = "",
	.add_field = add_field,
	.remove_field = remove_field,
	.alter_physical_field = alter_physical_field,
	.alter_many_to_many = alter_many_to_many,
	.alter_db_table = alter_db_table,
	.add_constraint = add_constraint,
	.remove_constraint = remove_constraint,
};
