/* The parts of ALTER TABLE that change one column; see editor.h. After the _alter_column_*_sql() of
 * django/db/backends/base/schema.py. */
#include "framework/django/editor.h"

static const char *quoted_column(struct django_editor *self, struct django_field_ref field)
{
	return iw_django_quote_name(self->context, iw_django_column(self->context, field.field));
}

/* " COLLATE ..." behind a type; until 4.1 a change of type has none. */
static const char *collation_of(struct django_editor *self, const char *collation)
{
	const char *sql = self->context->version < 40200 ? "" : iw_django_collate_sql(self, collation);
	return *sql == '\0' ? "" : iw_arena_printf(self->context->arena, " %s", sql);
}

static const char *comment_of(struct django_editor *self, const char *comment)
{
	comment = iw_django_comment_text(self->context, comment, true);
	return self->backend->comment_sql != NULL ? self->backend->comment_sql(self, comment)
						  : iw_django_quote_text(self->context, comment);
}

const char *iw_django_alter_column_comment_sql(struct django_editor *self, struct django_field_ref field,
					       const char *type, const char *comment)
{
	const struct django_context *context = self->context;
	if (self->backend->sql.alter_column_comment == NULL)
		return NULL;
	return iw_django_format(context->arena, self->backend->sql.alter_column_comment, "table",
				iw_django_quote_name(context, field.model->db_table), "column",
				quoted_column(self, field), "type", type, "comment", comment_of(self, comment), NULL);
}

/* `old.model` has the table, `new_field` the column; what PostgreSQL cannot do in the same ALTER TABLE goes to
 * `post_actions`. */
const char *iw_django_base_alter_column_type(struct django_editor *self, struct django_field_ref old,
					     struct django_field_ref new_field, const char *new_type,
					     const char *old_collation, const char *new_collation,
					     GPtrArray *post_actions)
{
	(void)old_collation;
	const char *comment = new_field.field->db_comment;
	bool has_comments = self->backend->supports_comments && !new_field.field->is_many_to_many;
	if (has_comments && g_strcmp0(old.field->db_comment, comment) != 0) {
		struct django_field_ref field = {new_field.state, old.model, new_field.field};
		const char *sql = iw_django_alter_column_comment_sql(self, field, new_type, comment);
		if (sql != NULL)
			g_ptr_array_add(post_actions, (gpointer)sql);
	}
	bool has_comment = has_comments && comment != NULL && *comment != '\0';
	return iw_django_format(self->context->arena, self->backend->sql.alter_column_type, "column",
				quoted_column(self, new_field), "type", new_type, "collation",
				collation_of(self, new_collation), "comment",
				has_comment ? comment_of(self, comment) : "", NULL);
}

const char *iw_django_base_alter_column_null(struct django_editor *self, struct django_field_ref old,
					     struct django_field_ref new_field)
{
	(void)old;
	const char *template =
		new_field.field->null ? self->backend->sql.alter_column_null : self->backend->sql.alter_column_not_null;
	return iw_django_format(self->context->arena, template, "column", quoted_column(self, new_field), "type",
				iw_django_column_of(self->context, new_field).type, NULL);
}

const char *iw_django_alter_column_default_sql(struct django_editor *self, struct django_field_ref old,
					       struct django_field_ref new_field, bool drop)
{
	(void)old;
	const struct django_backend *backend = self->backend;
	const char *template = !drop		       ? backend->sql.alter_column_default
			       : new_field.field->null ? backend->sql.alter_column_no_default_null
						       : backend->sql.alter_column_no_default;
	const char *literal = drop ? NULL : iw_django_default_sql(self, new_field);
	return iw_django_format(self->context->arena, template, "column", quoted_column(self, new_field), "type",
				iw_django_column_of(self->context, new_field).type, "default",
				literal == NULL ? "" : iw_django_default_clause(self, new_field, literal), NULL);
}
