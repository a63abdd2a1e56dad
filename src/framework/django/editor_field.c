/* Fields added and removed; see editor.h. After add_field() and remove_field() of django/db/backends/base/schema.py. */
#include "framework/django/editor.h"

#include <string.h>

/* Is the field a M2M with a table that Django makes by itself? Then `through` is its model. */
static bool has_auto_through(struct django_field_ref field, struct django_model_ref *through)
{
	*through = iw_django_auto_through(field);
	return through->model != NULL;
}

/* add_field() ------------------------------------------------------------------------------------------------------ */

/* The foreign key of a new column: beside it where the backend can, else put off. */
static void add_foreign_key(struct django_editor *self, struct django_field_ref field, GString *definition)
{
	const char *template = self->backend->sql.create_column_inline_fk;
	if (!field.field->is_relation || !field.field->db_constraint || !self->backend->supports_foreign_keys)
		return;
	if (template == NULL)
		g_ptr_array_add(self->deferred, iw_django_create_fk_sql(self, field, "_fk_%(to_table)s_%(to_column)s"));
	else
		g_string_append_printf(definition, " %s", iw_django_inline_fk_sql(self, field, template));
}

/* ADD COLUMN; false: there is no column. */
static bool create_column(struct django_editor *self, struct django_field_ref field)
{
	struct django_context *context = self->context;
	const char *own = iw_django_column_sql(self, field, true);
	if (own == NULL)
		return false;
	struct django_column column = iw_django_column_of(context, field);
	g_autoptr(GString) definition = g_string_new(own);
	if (column.suffix != NULL && *column.suffix != '\0')
		g_string_append_printf(definition, " %s", column.suffix);
	if (column.check != NULL && *column.check != '\0')
		g_string_append_printf(definition, " CHECK (%s)", column.check);
	add_foreign_key(self, field, definition);
	iw_django_execute(self, iw_django_format(context->arena, self->backend->sql.create_column, "table",
						 iw_django_quote_name(context, field.model->db_table), "column",
						 iw_django_quote_name(context, iw_django_column(context, field.field)),
						 "definition", definition->str, NULL));
	return true;
}

/* The default was for the rows that are there. */
static void drop_default(struct django_editor *self, struct django_field_ref field)
{
	const struct django_backend *backend = self->backend;
	bool is_volatile = false;
	if (field.field->db_default != NULL ||
	    (backend->skips_default_on_alter != NULL && backend->skips_default_on_alter(self, field)) ||
	    iw_django_effective_default(self->context, field, &is_volatile) == NULL)
		return;
	iw_django_alter_table(self, field.model,
			      iw_django_alter_column_default_sql(self, (struct django_field_ref){0}, field, true));
}

void iw_django_base_add_field(struct django_editor *self, struct django_field_ref field)
{
	const struct django_backend *backend = self->backend;
	struct django_model_ref through = {0};
	if (has_auto_through(field, &through)) {
		iw_django_create_model(self, through);
		return;
	}
	if (!create_column(self, field))
		return;
	drop_default(self, field);
	const char *comment = field.field->db_comment;
	if (comment != NULL && *comment != '\0' && backend->supports_comments && !backend->supports_comments_inline)
		iw_django_execute(self, iw_django_alter_column_comment_sql(self, field, NULL, comment));
	const GPtrArray *indexes = iw_django_field_indexes(self, field);
	for (guint i = 0; indexes != NULL && i < indexes->len; i++)
		g_ptr_array_add(self->deferred, indexes->pdata[i]);
}

void iw_django_add_field(struct django_editor *self, struct django_field_ref field)
{
	if (self->backend->add_field != NULL)
		self->backend->add_field(self, field);
	else
		iw_django_base_add_field(self, field);
}

/* remove_field() --------------------------------------------------------------------------------------------------- */

bool iw_django_is_put_off(struct django_editor *self, const char *table, const char *column)
{
	for (guint i = 0; i < self->deferred->len; i++)
		if (iw_django_references_column(self->deferred->pdata[i], table, column))
			return true;
	return false;
}

/* The models say that there is none: it has no constraint, that is not made yet, or the server has cut off the name of
 * the column by which Django looks for it. */
static bool is_no_key_likely(struct django_editor *self, struct django_field_ref field)
{
	const char *column = iw_django_column(self->context, field.field);
	int longest = iw_django_longest_name(self->context);
	return !field.field->db_constraint || (longest > 0 && strlen(column) > (size_t)longest) ||
	       iw_django_is_put_off(self, field.model->db_table, column);
}

guint iw_django_drop_foreign_keys(struct django_editor *self, struct django_field_ref field)
{
	struct django_wanted wanted = {
		.unique = -1,
		.primary_key = -1,
		.index = -1,
		.foreign_key = 1,
		.check = -1,
		.columns = iw_django_list(self->context->arena, iw_django_column(self->context, field.field)),
		.is_none_likely = is_no_key_likely(self, field),
	};
	const GPtrArray *names = iw_django_constraint_names(self, field.model->db_table, &wanted);
	for (guint i = 0; names != NULL && i < names->len; i++)
		iw_django_execute_statement(
			self, iw_django_delete_constraint_sql(self, self->backend->sql.delete_fk,
							      (struct django_model_ref){field.state, field.model},
							      names->pdata[i]));
	return names == NULL ? 0 : names->len;
}

void iw_django_base_remove_field(struct django_editor *self, struct django_field_ref field)
{
	struct django_context *context = self->context;
	struct django_model_ref through = {0};
	if (has_auto_through(field, &through)) {
		iw_django_delete_model(self, through);
		return;
	}
	if (iw_django_column_of(context, field).type == NULL)
		return;
	if (field.field->is_relation)
		iw_django_drop_foreign_keys(self, field);
	const char *table = field.model->db_table, *column = iw_django_column(context, field.field);
	iw_django_execute(self, iw_django_format(context->arena, self->backend->sql.delete_column, "table",
						 iw_django_quote_name(context, table), "column",
						 iw_django_quote_name(context, column), "cascade",
						 context->version < 60000 ? " CASCADE" : "", NULL));
	iw_django_deferred_drop_column(self, table, column);
}

void iw_django_remove_field(struct django_editor *self, struct django_field_ref field)
{
	if (self->backend->remove_field != NULL)
		self->backend->remove_field(self, field);
	else
		iw_django_base_remove_field(self, field);
}
