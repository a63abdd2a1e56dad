/*
 * _remake_table() of django/db/backends/sqlite3/schema.py: a new table with another name, the rows copied into it, the
 * old table dropped, the new one renamed, and its indexes made. See editor_sqlite.h.
 *
 * Columns of the new table are in the order in which Python made their fields: those that Django added by itself, those
 * that stay, new and altered ones, and those that point to the model itself, which are made anew each time. Backwards,
 * new and altered ones are of the state before the migration, which was there first.
 */
#include "framework/django/editor_sqlite.h"
#include "framework/django/state.h"

#include <string.h>

enum rank { ADDED_NOW, ADDED, ADDED_BEFORE, CHANGED_BEFORE, STAYING, CHANGED, SELF_REFERENTIAL };

struct body_field {
	struct django_field *field; /* a copy */
	enum rank rank;
	guint place; /* among those of the same rank */
	bool is_auto_created;
};

/* A column of the INSERT and where its values come from. */
struct copied {
	const char *column, *value;
};

struct run {
	struct django_editor *self;
	struct django_model_ref model;
	const struct django_remake *remake;
	GPtrArray *body;    /* struct body_field * */
	GPtrArray *mapping; /* struct copied * */
};

/* the fields of the new table -------------------------------------------------------------------------------------- */

static bool points_to_itself(const struct run *run, const struct django_field *field)
{
	return field->is_relation && field->to != NULL && strcmp(field->to, run->model.model->key) == 0;
}

static guint place_in(const GPtrArray *fields, const char *name)
{
	for (guint i = 0; fields != NULL && i < fields->len; i++)
		if (strcmp(((const struct django_field *)fields->pdata[i])->name, name) == 0)
			return i;
	return fields == NULL ? 0 : fields->len;
}

static void add_body(struct run *run, const struct django_field *field, enum rank rank, guint place)
{
	struct body_field *one = iw_new(run->self->context->arena, struct body_field);
	*one = (struct body_field){iw_django_field_copy(run->self->context->arena, field), rank, place,
				   field->auto_created};
	/* They stand in order already. */
	one->field->auto_created = false;
	g_ptr_array_add(run->body, one);
}

static void drop_body(struct run *run, const char *name)
{
	for (guint i = run->body->len; i-- > 0;)
		if (strcmp(((const struct body_field *)run->body->pdata[i])->field->name, name) == 0)
			g_ptr_array_remove_index(run->body, i);
}

/* local_concrete_fields, and a CompositePrimaryKey. */
static void start_body(struct run *run)
{
	const GPtrArray *fields = iw_django_local_fields(run->model);
	for (guint i = 0; fields != NULL && i < fields->len; i++) {
		const struct django_field *field = fields->pdata[i];
		if (iw_django_column(run->self->context, field) == NULL && field->columns_of == NULL)
			continue;
		enum rank rank = points_to_itself(run, field) ? SELF_REFERENTIAL : STAYING;
		add_body(run, field, field->auto_created ? ADDED : rank, i);
	}
}

/* A field of the other state was made later, or earlier. */
static enum rank rank_of_other(const struct run *run, const struct django_field *field)
{
	if (field->auto_created)
		return run->self->is_backwards ? ADDED_BEFORE : ADDED_NOW;
	return run->self->is_backwards ? CHANGED_BEFORE : CHANGED;
}

/* One of the model itself stands where it stood. */
static void put_altered(struct run *run, struct django_field_ref field)
{
	const GPtrArray *fields = iw_django_local_fields((struct django_model_ref){field.state, field.model});
	enum rank own = field.field->auto_created ? ADDED : STAYING;
	drop_body(run, field.field->name);
	add_body(run, field.field, field.model == run->model.model ? own : rank_of_other(run, field.field),
		 place_in(fields, field.field->name));
}

static bool brings_primary_key(const struct django_remake *remake)
{
	bool brings = remake->created.field != NULL && remake->created.field->primary_key;
	for (guint i = 0; i < remake->altered_count; i++)
		brings |= remake->altered[i].new_field.field->primary_key;
	return brings;
}

static bool is_altered_to(const struct django_remake *remake, const char *name)
{
	for (guint i = 0; i < remake->altered_count; i++)
		if (strcmp(remake->altered[i].new_field.field->name, name) == 0)
			return true;
	return false;
}

static void forget_column(struct run *run, const char *column)
{
	for (guint i = run->mapping->len; column != NULL && i-- > 0;)
		if (strcmp(((const struct copied *)run->mapping->pdata[i])->column, column) == 0)
			g_ptr_array_remove_index(run->mapping, i);
}

/* Field._unique, without what a primary key adds to it. */
static bool is_unique_itself(const struct django_field *field)
{
	const struct iw_py_value *given =
		field->arguments == NULL ? NULL : g_hash_table_lookup(field->arguments, "unique");
	return field->type == DJANGO_ONE_TO_ONE || (given != NULL && iw_py_truth(given) == 1);
}

/* A new primary key takes the place of the old one, and of the id that Django added. */
static void demote_old_key(struct run *run)
{
	for (guint i = run->body->len; i-- > 0 && brings_primary_key(run->remake);) {
		struct body_field *one = run->body->pdata[i];
		if (!one->field->primary_key || is_altered_to(run->remake, one->field->name))
			continue;
		one->field->primary_key = false;
		one->field->unique = is_unique_itself(one->field);
		if (!one->is_auto_created && one->field->columns_of == NULL)
			continue;
		forget_column(run, iw_django_column(run->self->context, one->field));
		g_ptr_array_remove_index(run->body, i);
	}
}

static void change_body(struct run *run)
{
	const struct django_remake *remake = run->remake;
	const struct django_field *created = remake->created.field;
	if (created != NULL && !created->is_many_to_many) {
		drop_body(run, created->name);
		add_body(run, created, rank_of_other(run, created), 0);
	}
	for (guint i = 0; i < remake->altered_count; i++) {
		drop_body(run, remake->altered[i].old.field->name);
		put_altered(run, remake->altered[i].new_field);
	}
	if (remake->deleted.field != NULL)
		drop_body(run, remake->deleted.field->name);
}

static gint by_rank(gconstpointer a, gconstpointer b)
{
	const struct body_field *one = *(struct body_field *const *)a, *other = *(struct body_field *const *)b;
	return one->rank != other->rank ? (gint)one->rank - (gint)other->rank : (gint)one->place - (gint)other->place;
}

static GPtrArray *fields_of(struct run *run)
{
	GPtrArray *fields = iw_arena_ptr_array(run->self->context->arena);
	g_ptr_array_sort(run->body, by_rank);
	for (guint i = 0; i < run->body->len; i++)
		g_ptr_array_add(fields, ((struct body_field *)run->body->pdata[i])->field);
	return fields;
}

/* what is copied --------------------------------------------------------------------------------------------------- */

/* A column that is there already keeps its place. */
static void copy_into(struct run *run, const struct django_field *field, const char *value)
{
	const char *column = iw_django_column(run->self->context, field);
	for (guint i = 0; i < run->mapping->len; i++) {
		struct copied *known = run->mapping->pdata[i];
		if (strcmp(known->column, column) == 0) {
			known->value = value;
			return;
		}
	}
	struct copied *copied = iw_new(run->self->context->arena, struct copied);
	*copied = (struct copied){column, value};
	g_ptr_array_add(run->mapping, copied);
}

static const char *quoted_column(struct run *run, const struct django_field *field)
{
	return iw_django_quote_name(run->self->context, iw_django_column(run->self->context, field));
}

static void start_mapping(struct run *run)
{
	const GPtrArray *fields = iw_django_local_fields(run->model);
	for (guint i = 0; fields != NULL && i < fields->len; i++) {
		const struct django_field *field = fields->pdata[i];
		if (iw_django_column(run->self->context, field) != NULL && field->type != DJANGO_GENERATED)
			copy_into(run, field, quoted_column(run, field));
	}
}

static const char *default_of(struct run *run, struct django_field_ref field)
{
	const char *literal = iw_django_default_sql(run->self, field);
	return literal == NULL ? "NULL" : literal;
}

static void copy_created(struct run *run)
{
	struct django_field_ref field = run->remake->created;
	if (field.field == NULL || field.field->db_default != NULL || field.field->type == DJANGO_GENERATED ||
	    iw_django_column(run->self->context, field.field) == NULL)
		return;
	copy_into(run, field.field, default_of(run, field));
}

static const char *value_of_altered(struct run *run, const struct django_alteration *altered)
{
	struct django_context *context = run->self->context;
	const char *column = quoted_column(run, altered->old.field);
	if (!altered->old.field->null || altered->new_field.field->null)
		return column;
	const char *value = altered->new_field.field->db_default != NULL
				    ? iw_django_db_default_sql(context, altered->new_field)
				    : default_of(run, altered->new_field);
	return iw_arena_printf(context->arena, "coalesce(%s, %s)", column, value);
}

static void copy_changes(struct run *run)
{
	struct django_context *context = run->self->context;
	copy_created(run);
	for (guint i = 0; i < run->remake->altered_count; i++) {
		const struct django_alteration *altered = &run->remake->altered[i];
		forget_column(run, iw_django_column(context, altered->old.field));
		if (altered->new_field.field->type != DJANGO_GENERATED)
			copy_into(run, altered->new_field.field, value_of_altered(run, altered));
	}
	if (run->remake->deleted.field != NULL)
		forget_column(run, iw_django_column(context, run->remake->deleted.field));
}

static const char *insert_sql(struct run *run, const char *new_table)
{
	const struct django_context *context = run->self->context;
	g_autoptr(GString) columns = g_string_new(NULL);
	g_autoptr(GString) values = g_string_new(NULL);
	for (guint i = 0; i < run->mapping->len; i++) {
		const struct copied *copied = run->mapping->pdata[i];
		const char *comma = i == 0 ? "" : ", ";
		g_string_append_printf(columns, "%s%s", comma, iw_django_quote_name(context, copied->column));
		g_string_append_printf(values, "%s%s", comma, copied->value);
	}
	return iw_arena_printf(context->arena, "INSERT INTO %s (%s) SELECT %s FROM %s",
			       iw_django_quote_name(context, new_table), columns->str, values->str,
			       iw_django_quote_name(context, run->model.model->db_table));
}

/* the new model ---------------------------------------------------------------------------------------------------- */

static const char *renamed(const struct django_remake *remake, const char *name)
{
	for (guint i = 0; i < remake->altered_count; i++)
		if (strcmp(remake->altered[i].old.field->name, name) == 0)
			return remake->altered[i].new_field.field->name;
	return name;
}

static GPtrArray *renamed_sets(struct run *run, const GPtrArray *sets)
{
	iw_arena *arena = run->self->context->arena;
	GPtrArray *all = iw_arena_ptr_array(arena);
	for (guint i = 0; sets != NULL && i < sets->len; i++) {
		const GPtrArray *names = sets->pdata[i];
		GPtrArray *set = iw_arena_ptr_array(arena);
		for (guint j = 0; j < names->len; j++)
			g_ptr_array_add(set, (gpointer)renamed(run->remake, names->pdata[j]));
		g_ptr_array_add(all, set);
	}
	return all;
}

static bool names_field(const struct django_index *index, const char *name)
{
	for (guint i = 0; index->fields != NULL && i < index->fields->len; i++)
		if (strcmp(index->fields->pdata[i], name) == 0)
			return true;
	return false;
}

/* Those of a field that is deleted go with it. */
static GPtrArray *indexes_of(struct run *run)
{
	GPtrArray *indexes = iw_arena_ptr_array(run->self->context->arena);
	const GPtrArray *all = run->model.model->indexes;
	const struct django_field *deleted = run->remake->deleted.field;
	for (guint i = 0; all != NULL && i < all->len; i++)
		if (deleted == NULL || !names_field(all->pdata[i], deleted->name))
			g_ptr_array_add(indexes, all->pdata[i]);
	return indexes;
}

/* strip_quotes() */
static const char *unquoted(iw_arena *arena, const char *table)
{
	size_t length = strlen(table);
	bool is_quoted = length > 1 && table[0] == '"' && table[length - 1] == '"';
	return is_quoted ? iw_arena_strndup(arena, table + 1, length - 2) : table;
}

static struct django_model *changed_model(struct run *run, GPtrArray *fields)
{
	struct django_model *model =
		iw_arena_memdup(run->self->context->arena, run->model.model, sizeof *run->model.model);
	model->fields = fields;
	model->unique_together = renamed_sets(run, model->unique_together);
	model->index_together = renamed_sets(run, model->index_together);
	model->indexes = indexes_of(run);
	model->is_managed = true;
	model->is_proxy = model->is_abstract = model->auto_created = model->swapped = false;
	model->order_with_respect_to = model->db_tablespace = model->db_table_comment = NULL;
	return model;
}

/* The name of no class of Python, so that no other model has it. */
static struct django_model *twin_of(struct run *run, const struct django_model *model)
{
	iw_arena *arena = run->self->context->arena;
	struct django_model *twin = iw_arena_memdup(arena, model, sizeof *model);
	twin->name = iw_arena_printf(arena, "New %s", model->name);
	twin->key = iw_django_model_key(arena, model->app_label, twin->name);
	twin->db_table = iw_arena_printf(arena, "new__%s", unquoted(arena, model->db_table));
	twin->is_db_table_given = true;
	return twin;
}

/* Since 5.1 the id that Django adds does not take the place of one that was deleted. */
static bool is_deleted_key(struct run *run, struct django_model_ref model)
{
	struct django_context *context = run->self->context;
	const struct django_field *deleted = run->remake->deleted.field;
	if (context->version < 50100 || deleted == NULL)
		return false;
	struct django_field_ref key = iw_django_primary_key(model);
	return key.field != NULL &&
	       g_strcmp0(iw_django_attname(context, key.field), iw_django_attname(context, deleted)) == 0;
}

/* Fields of the model as it was may point to models that have another name by now. */
static void put_old_targets(struct run *run, iw_django_state *branch, const GPtrArray *fields)
{
	for (guint i = 0; i < fields->len; i++) {
		const struct django_field *field = fields->pdata[i];
		if (field->to == NULL || iw_django_find_model(branch, field->to).model != NULL)
			continue;
		const struct django_model *target = iw_django_find_model(run->model.state, field->to).model;
		if (target != NULL)
			iw_django_put_model(branch, iw_arena_memdup(run->self->context->arena, target, sizeof *target));
	}
}

/* The model under another table, beside one with its own name, which is what fields that point to it lead to. */
static struct django_model_ref make_model(struct run *run)
{
	const iw_django_state *state = run->model.state;
	if (run->remake->altered_count > 0)
		state = run->remake->altered[0].new_field.state;
	else if (run->remake->created.field != NULL)
		state = run->remake->created.state;
	iw_django_state *branch = iw_django_state_branch(state, run->self->context);
	struct django_model *model = changed_model(run, fields_of(run));
	struct django_model *twin = twin_of(run, model);
	iw_django_put_model(branch, model);
	iw_django_put_model(branch, twin);
	put_old_targets(run, branch, model->fields);
	if (is_deleted_key(run, (struct django_model_ref){branch, twin})) {
		twin = iw_arena_memdup(run->self->context->arena, twin, sizeof *twin);
		twin->has_no_key = true;
		iw_django_put_model(branch, twin);
	}
	return (struct django_model_ref){branch, twin};
}

/* Django hands these to the driver with an empty list of parameters, for which "%%" is "%" and "%s" a parameter. */
static const char *as_sent(struct django_editor *self, const char *sql)
{
	g_autoptr(GString) text = g_string_new(NULL);
	for (const char *at = sql; *at != '\0'; at++) {
		if (g_str_has_prefix(at, "%%"))
			at++;
		else if (g_str_has_prefix(at, "%s"))
			return iw_django_fail(self->context, self->place,
					      "Django takes the \"%%s\" in a text of the query for a parameter");
		g_string_append_c(text, *at);
	}
	return iw_arena_strndup(self->context->arena, text->str, text->len);
}

/* Of all tables: what was put off before goes out, too. */
static void send_deferred(struct django_editor *self)
{
	for (guint i = 0; i < self->deferred->len; i++)
		iw_django_execute(self, as_sent(self, iw_django_statement_sql(self, self->deferred->pdata[i])));
	g_ptr_array_set_size(self->deferred, 0);
}

void iw_django_remake_table(struct django_editor *self, struct django_model_ref model,
			    const struct django_remake *remake)
{
	struct run run = {
		.self = self,
		.model = model,
		.remake = remake,
		.body = iw_arena_ptr_array(self->context->arena),
		.mapping = iw_arena_ptr_array(self->context->arena),
	};
	const char *table = model.model->db_table;
	start_body(&run);
	start_mapping(&run);
	demote_old_key(&run);
	change_body(&run);
	struct django_model_ref new_model = make_model(&run);
	iw_django_create_model(self, new_model);
	copy_changes(&run);
	iw_django_execute(self, as_sent(self, insert_sql(&run, new_model.model->db_table)));
	iw_django_execute(self, iw_arena_printf(self->context->arena, "DROP TABLE %s",
						iw_django_quote_name(self->context, table)));
	iw_django_deferred_drop_table(self, table);
	iw_django_base_alter_db_table(self, new_model, new_model.model->db_table, table);
	send_deferred(self);
}
