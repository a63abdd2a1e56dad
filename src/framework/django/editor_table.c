/* Models as tables: made, dropped, renamed, moved and commented; see editor.h. After the actions of
 * django/db/backends/base/schema.py. */
#include "framework/django/editor.h"

#include <string.h>

/* Django's own through tables of a model: struct django_model_ref, in order. */
static GArray *auto_through_tables(struct django_model_ref model)
{
	GArray *tables = g_array_new(FALSE, FALSE, sizeof(struct django_model_ref));
	const GPtrArray *fields = iw_django_local_many_to_many(model);
	for (guint i = 0; fields != NULL && i < fields->len; i++) {
		struct django_model_ref through =
			iw_django_auto_through((struct django_field_ref){model.state, model.model, fields->pdata[i]});
		if (through.model != NULL)
			g_array_append_val(tables, through);
	}
	return tables;
}

/* create_model() --------------------------------------------------------------------------------------------------- */

static void add_comments(struct django_editor *self, struct django_model_ref model)
{
	const char *comment = model.model->db_table_comment;
	if (!self->backend->supports_comments)
		return;
	if (comment != NULL && *comment != '\0')
		iw_django_alter_db_table_comment(self, model, comment);
	const GPtrArray *fields = iw_django_local_fields(model);
	for (guint i = 0; !self->backend->supports_comments_inline && fields != NULL && i < fields->len; i++) {
		struct django_field_ref field = {model.state, model.model, fields->pdata[i]};
		comment = field.field->db_comment;
		if (comment != NULL && *comment != '\0')
			iw_django_execute(self, iw_django_alter_column_comment_sql(self, field, NULL, comment));
	}
}

void iw_django_base_create_model(struct django_editor *self, struct django_model_ref model)
{
	const char *sql = iw_django_table_sql(self, model);
	iw_django_execute(self, sql);
	add_comments(self, model);
	const GPtrArray *indexes = iw_django_model_indexes(self, model);
	for (guint i = 0; indexes != NULL && i < indexes->len; i++)
		g_ptr_array_add(self->deferred, indexes->pdata[i]);
	g_autoptr(GArray) through = auto_through_tables(model);
	for (guint i = 0; i < through->len; i++)
		iw_django_create_model(self, g_array_index(through, struct django_model_ref, i));
}

void iw_django_create_model(struct django_editor *self, struct django_model_ref model)
{
	if (self->backend->create_model != NULL)
		self->backend->create_model(self, model);
	else
		iw_django_base_create_model(self, model);
}

/* delete_model() --------------------------------------------------------------------------------------------------- */

void iw_django_base_delete_model(struct django_editor *self, struct django_model_ref model)
{
	g_autoptr(GArray) through = auto_through_tables(model);
	for (guint i = 0; i < through->len; i++)
		iw_django_delete_model(self, g_array_index(through, struct django_model_ref, i));
	const char *table = model.model->db_table;
	iw_django_execute(self, iw_django_format(self->context->arena, self->backend->sql.delete_table, "table",
						 iw_django_quote_name(self->context, table), NULL));
	iw_django_deferred_drop_table(self, table);
}

void iw_django_delete_model(struct django_editor *self, struct django_model_ref model)
{
	if (self->backend->delete_model != NULL)
		self->backend->delete_model(self, model);
	else
		iw_django_base_delete_model(self, model);
}

/* alter_db_table() and what else is true of a table ---------------------------------------------------------------- */

void iw_django_base_alter_db_table(struct django_editor *self, struct django_model_ref model, const char *old_table,
				   const char *new_table)
{
	(void)model;
	const struct django_context *context = self->context;
	if (strcmp(old_table, new_table) == 0 ||
	    (self->backend->ignores_table_name_case && g_ascii_strcasecmp(old_table, new_table) == 0))
		return;
	iw_django_execute(self, iw_django_format(context->arena, self->backend->sql.rename_table, "old_table",
						 iw_django_quote_name(context, old_table), "new_table",
						 iw_django_quote_name(context, new_table), NULL));
	iw_django_deferred_rename_table(self, old_table, new_table);
}

void iw_django_alter_db_table(struct django_editor *self, struct django_model_ref model, const char *old_table,
			      const char *new_table)
{
	if (self->backend->alter_db_table != NULL)
		self->backend->alter_db_table(self, model, old_table, new_table);
	else
		iw_django_base_alter_db_table(self, model, old_table, new_table);
}

void iw_django_alter_db_table_comment(struct django_editor *self, struct django_model_ref model, const char *comment)
{
	const struct django_context *context = self->context;
	if (self->backend->sql.alter_table_comment == NULL || !self->backend->supports_comments)
		return;
	iw_django_execute(self, iw_django_format(context->arena, self->backend->sql.alter_table_comment, "table",
						 iw_django_quote_name(context, model.model->db_table), "comment",
						 iw_django_quote_text(self->context,
								      iw_django_comment_text(context, comment, true)),
						 NULL));
}

/* The same text on all engines, as Django sends it; MySQL and SQLite refuse it. */
void iw_django_alter_db_tablespace(struct django_editor *self, struct django_model_ref model,
				   const char *old_tablespace, const char *new_tablespace)
{
	(void)old_tablespace;
	const struct django_context *context = self->context;
	iw_django_execute(self, iw_arena_printf(context->arena, "ALTER TABLE %s SET TABLESPACE %s",
						iw_django_quote_name(context, model.model->db_table),
						iw_django_quote_name(context, new_tablespace)));
}

void iw_django_alter_table(struct django_editor *self, const struct django_model *model, const char *changes)
{
	if (changes != NULL && *changes != '\0')
		iw_django_execute(self, iw_django_format(self->context->arena, self->backend->sql.alter_column, "table",
							 iw_django_quote_name(self->context, model->db_table),
							 "changes", changes, NULL));
}
