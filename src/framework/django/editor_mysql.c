/* How schemas change on MySQL and MariaDB; see editor.h. After django/db/backends/mysql/schema.py and features.py. */
#include "framework/django/editor.h"

#include <string.h>

/* the server ------------------------------------------------------------------------------------------------------- */

/* 0 is the newest. */
static bool is_from(const struct django_context *context, int version)
{
	return context->engine.version == 0 || context->engine.version >= version;
}

static bool supports_expression_indexes(const struct django_context *context)
{
	return !context->engine.is_mariadb && (context->version >= 60100 || is_from(context, 80013));
}

static bool supports_check_constraints(const struct django_context *context)
{
	if (context->engine.is_mariadb)
		return context->version >= 40100 || is_from(context, 100201);
	return context->version >= 60100 || is_from(context, 80016);
}

/* _supports_limited_data_type_defaults */
static bool supports_limited_defaults(const struct django_context *context)
{
	if (context->engine.is_mariadb)
		return context->version >= 40100 || is_from(context, 100201);
	return context->version >= 60100 || is_from(context, 80013);
}

static bool can_rename_column(const struct django_context *context)
{
	if (context->engine.is_mariadb)
		return context->version >= 60000 || is_from(context, 100502);
	return context->version >= 50000 || is_from(context, 80004);
}

static bool can_rename_index(const struct django_context *context)
{
	return !context->engine.is_mariadb || context->version >= 60000 || is_from(context, 100502);
}

/* defaults --------------------------------------------------------------------------------------------------------- */

static const char *type_of(struct django_editor *self, struct django_field_ref field)
{
	const char *type = iw_django_column_of(self->context, field).type;
	return type == NULL ? "" : type;
}

/* Types that have no index of their own, and no plain defaults on MySQL. */
static bool is_limited(struct django_editor *self, struct django_field_ref field)
{
	static const char *const types[] = {"tinyblob", "blob",	      "mediumblob", "longblob", "tinytext",
					    "text",	"mediumtext", "longtext",   "json"};
	const char *type = type_of(self, field);
	for (guint i = 0; i < G_N_ELEMENTS(types); i++)
		if (g_ascii_strcasecmp(types[i], type) == 0)
			return true;
	return false;
}

static bool is_text_or_blob(struct django_editor *self, struct django_field_ref field)
{
	g_autofree char *type = g_ascii_strdown(type_of(self, field), -1);
	return g_str_has_suffix(type, "blob") || g_str_has_suffix(type, "text");
}

/* '' or _binary'', whichever way the driver writes it. */
static bool has_empty_default(struct django_editor *self, struct django_field_ref field)
{
	const char *literal = iw_django_effective_default(self->context, field, NULL);
	const char *quote = literal == NULL ? NULL : strchr(literal, '\'');
	return quote != NULL && strcmp(quote, "''") == 0;
}

static bool skips_empty_default(struct django_editor *self, struct django_field_ref field)
{
	return self->context->version >= 50100 && is_text_or_blob(self, field) && has_empty_default(self, field);
}

static bool skips_default(struct django_editor *self, struct django_field_ref field)
{
	if (!supports_limited_defaults(self->context))
		return is_limited(self, field);
	return skips_empty_default(self, field);
}

static bool skips_default_on_alter(struct django_editor *self, struct django_field_ref field)
{
	return skips_empty_default(self, field) || (!self->context->engine.is_mariadb && is_limited(self, field));
}

/* MySQL wants expressions there. */
static const char *column_default(struct django_editor *self, struct django_field_ref field)
{
	bool is_expression = !self->context->engine.is_mariadb && supports_limited_defaults(self->context) &&
			     is_limited(self, field);
	return is_expression ? "(%s)" : "%s";
}

/* indexes behind foreign keys -------------------------------------------------------------------------------------- */

static bool is_innodb(struct django_editor *self, const char *name)
{
	const struct iw_table *table = iw_django_catalogue_table(self, name);
	return table == NULL || table->engine == NULL || g_ascii_strcasecmp(table->engine, "InnoDB") == 0;
}

/* get_internal_type() == "ForeignKey": what derives from it has the name of its own class there. */
static bool is_foreign_key(const struct django_field *field)
{
	return field->type == DJANGO_FOREIGN_KEY &&
	       (field->path == NULL || g_str_has_suffix(field->path, ".ForeignKey"));
}

/* InnoDB has an index behind each foreign key. */
static bool should_be_indexed(struct django_editor *self, struct django_field_ref field)
{
	if (!iw_django_base_should_be_indexed(self, field))
		return false;
	if (is_foreign_key(field.field) && field.field->db_constraint && is_innodb(self, field.model->db_table))
		return false;
	return !is_limited(self, field);
}

/* Up to 4.1: indexes on just this column; then those that begin with it. */
static guint count_indexes(struct django_editor *self, const char *table, const char *column)
{
	bool is_exact = self->context->version < 40200;
	const GPtrArray *all = iw_django_constraints(self, table);
	guint count = 0;
	for (guint i = 0; all != NULL && i < all->len; i++) {
		const struct django_known_constraint *known = all->pdata[i];
		if (known->index && known->columns->len > 0 && (!is_exact || known->columns->len == 1) &&
		    g_strcmp0(known->columns->pdata[0], column) == 0)
			count++;
	}
	return count;
}

/*
 * The index that the server makes behind a foreign key goes when a longer one begins with its column. Before that one
 * is dropped, the foreign key needs an index again.
 */
static void create_missing_fk_index(struct django_editor *self, struct django_model_ref model,
				    const struct django_field *field)
{
	if (field == NULL || !is_foreign_key(field))
		return;
	guint count = count_indexes(self, model.model->db_table, iw_django_column(self->context, field));
	if (self->context->problem != NULL || count != (self->context->version < 40200 ? 0 : 1))
		return;
	struct django_index_request request = {.fields = iw_django_list(self->context->arena, field),
					       .nulls_distinct = -1};
	iw_django_execute_statement(self, iw_django_create_index_sql(self, model, &request));
}

static void before_delete_composed(struct django_editor *self, struct django_model_ref model, GPtrArray *fields)
{
	create_missing_fk_index(self, model, fields->pdata[0]);
}

/* "author" of F("author") or "author"; NULL: another expression. */
static const char *name_of_expression(struct django_editor *self, const struct iw_py_value *expression)
{
	bool is_f = expression->kind == IW_PY_CALL &&
		    (iw_py_is(self->context->python, expression, "django.db.models.F") ||
		     iw_py_is(self->context->python, expression, "django.db.models.expressions.F"));
	const struct iw_py_value *name = is_f ? iw_py_argument(expression, 0, "name") : expression;
	const char *text = name == NULL ? NULL : iw_py_text(name);
	return text == NULL || strstr(text, "__") != NULL ? NULL : text;
}

/* The field that an index begins with; NULL: none that counts. */
static const struct django_field *first_field(struct django_editor *self, struct django_model_ref model,
					      const GPtrArray *fields, const GPtrArray *expressions)
{
	const char *name = NULL;
	if (fields != NULL && fields->len > 0)
		name = fields->pdata[0];
	else if (expressions != NULL && expressions->len > 0 && supports_expression_indexes(self->context))
		name = name_of_expression(self, expressions->pdata[0]);
	if (name == NULL)
		return NULL;
	return iw_django_get_field(model, *name == '-' ? name + 1 : name).field;
}

static void remove_index(struct django_editor *self, struct django_model_ref model, const struct django_index *index)
{
	if (self->context->version >= 40200)
		create_missing_fk_index(self, model, first_field(self, model, index->fields, index->expressions));
	iw_django_base_remove_index(self, model, index);
}

static void remove_constraint(struct django_editor *self, struct django_model_ref model,
			      const struct django_constraint *constraint)
{
	if (self->context->version >= 40200 && constraint->kind == DJANGO_UNIQUE &&
	    iw_django_constraint_create_sql(self, model, constraint) != NULL)
		create_missing_fk_index(self, model,
					first_field(self, model, constraint->fields, constraint->expressions));
	iw_django_base_remove_constraint(self, model, constraint);
}

/* columns ---------------------------------------------------------------------------------------------------------- */

/* A default that could not be written with the column is given to the rows that are there. */
static void add_field(struct django_editor *self, struct django_field_ref field)
{
	iw_django_base_add_field(self, field);
	const struct iw_py_value *given = field.field->default_value;
	if (field.field->is_many_to_many || given == NULL || given->kind == IW_PY_NONE || !skips_default(self, field))
		return;
	struct django_context *context = self->context;
	const char *literal = iw_django_default_sql(self, field);
	iw_django_execute(self, iw_arena_printf(context->arena, "UPDATE %s SET %s = %s",
						iw_django_quote_name(context, field.model->db_table),
						iw_django_quote_name(context, iw_django_column(context, field.field)),
						literal == NULL ? "NULL" : literal));
}

/* MODIFY is a whole definition: NULL and the default of the database stay as the field has them. */
static const char *with_state_of(struct django_editor *self, struct django_field_ref field, const char *type)
{
	iw_arena *arena = self->context->arena;
	if (field.field->db_default != NULL)
		type = iw_arena_printf(arena, "%s DEFAULT %s", type, iw_django_db_default_sql(self->context, field));
	return iw_arena_printf(arena, "%s%s", type, field.field->null ? " NULL" : " NOT NULL");
}

static const char *alter_column_type(struct django_editor *self, struct django_field_ref old,
				     struct django_field_ref new_field, const char *new_type, const char *old_collation,
				     const char *new_collation, GPtrArray *post_actions)
{
	return iw_django_base_alter_column_type(self, old, new_field, with_state_of(self, old, new_type), old_collation,
						new_collation, post_actions);
}

static const char *alter_column_null(struct django_editor *self, struct django_field_ref old,
				     struct django_field_ref new_field)
{
	struct django_context *context = self->context;
	if (new_field.field->db_default == NULL)
		return iw_django_base_alter_column_null(self, old, new_field);
	return iw_arena_printf(context->arena, "MODIFY %s %s",
			       iw_django_quote_name(context, iw_django_column(context, new_field.field)),
			       with_state_of(self, new_field, type_of(self, new_field)));
}

static const char *rename_field(struct django_editor *self, const char *table, struct django_field_ref old,
				struct django_field_ref new_field, const char *new_type)
{
	struct django_context *context = self->context;
	return iw_django_format(context->arena, self->backend->sql.rename_column, "table",
				iw_django_quote_name(context, table), "old_column",
				iw_django_quote_name(context, iw_django_column(context, old.field)), "new_column",
				iw_django_quote_name(context, iw_django_column(context, new_field.field)), "type",
				with_state_of(self, old, new_type), NULL);
}

/* With the column's name in it: a renamed column has another check. */
static const char *field_check(struct django_editor *self, struct django_field_ref field)
{
	return iw_django_column_of(self->context, field).check;
}

/* Django writes two blanks before it, where it joins words. */
static const char *comment_sql(struct django_editor *self, const char *comment)
{
	return iw_arena_printf(self->context->arena, " COMMENT %s", iw_django_quote_text(self->context, comment));
}

/* the backend ------------------------------------------------------------------------------------------------------ */

/* What depends on the server and on Django's version. */
static void begin(struct django_editor *self)
{
	const struct django_context *context = self->context;
	struct django_backend *backend = iw_arena_memdup(context->arena, self->backend, sizeof *self->backend);
	if (context->engine.is_mariadb)
		backend->sql.delete_check = "ALTER TABLE %(table)s DROP CONSTRAINT IF EXISTS %(name)s";
	if (!can_rename_column(context))
		backend->sql.rename_column = "ALTER TABLE %(table)s CHANGE %(old_column)s %(new_column)s %(type)s";
	backend->can_rename_index = can_rename_index(context);
	if (context->version >= 50000 && context->engine.is_mariadb && can_rename_column(context))
		backend->field_check = NULL;
	self->backend = backend;
}

const struct django_backend iw_django_mysql = {
	.dialect = IW_MYSQL,
	.longest_name = 64,
	.supports_comments = true,
	.supports_comments_inline = true,
	.supports_foreign_keys = true,
	.can_rename_index = true,
	.allows_multiple_constraints_on_same_fields = true,
	.supports_index_column_ordering = true,
	.supports_expression_indexes = supports_expression_indexes,
	.supports_check_constraints = supports_check_constraints,
	.sql =
		{
			.create_table = "CREATE TABLE %(table)s (%(definition)s)",
			.rename_table = "RENAME TABLE %(old_table)s TO %(new_table)s",
			.delete_table = "DROP TABLE %(table)s CASCADE",
			.create_column = "ALTER TABLE %(table)s ADD COLUMN %(column)s %(definition)s",
			.alter_column = "ALTER TABLE %(table)s %(changes)s",
			.alter_column_type = "MODIFY %(column)s %(type)s%(collation)s%(comment)s",
			.alter_column_null = "MODIFY %(column)s %(type)s NULL",
			.alter_column_not_null = "MODIFY %(column)s %(type)s NOT NULL",
			.alter_column_default = "ALTER COLUMN %(column)s SET DEFAULT %(default)s",
			.alter_column_no_default = "ALTER COLUMN %(column)s DROP DEFAULT",
			.alter_column_no_default_null = "ALTER COLUMN %(column)s SET DEFAULT NULL",
			.delete_column = "ALTER TABLE %(table)s DROP COLUMN %(column)s",
			.rename_column = "ALTER TABLE %(table)s RENAME COLUMN %(old_column)s TO %(new_column)s",
			.update_with_default = "UPDATE %(table)s SET %(column)s = %(default)s WHERE %(column)s IS NULL",
			.create_check = "ALTER TABLE %(table)s ADD CONSTRAINT %(name)s CHECK (%(check)s)",
			.delete_check = "ALTER TABLE %(table)s DROP CHECK %(name)s",
			.create_unique = "ALTER TABLE %(table)s ADD CONSTRAINT %(name)s UNIQUE%(nulls_distinct)s "
					 "(%(columns)s)%(deferrable)s",
			.delete_unique = "ALTER TABLE %(table)s DROP INDEX %(name)s",
			.create_fk = "ALTER TABLE %(table)s ADD CONSTRAINT %(name)s FOREIGN KEY (%(column)s) "
				     "REFERENCES %(to_table)s (%(to_column)s)%(on_delete_db)s%(deferrable)s",
			.create_column_inline_fk = ", ADD CONSTRAINT %(name)s FOREIGN KEY (%(column)s) REFERENCES "
						   "%(to_table)s(%(to_column)s)%(on_delete_db)s",
			.delete_fk = "ALTER TABLE %(table)s DROP FOREIGN KEY %(name)s",
			.create_index = "CREATE INDEX %(name)s ON %(table)s (%(columns)s)%(extra)s",
			.create_unique_index = "CREATE UNIQUE INDEX %(name)s ON %(table)s "
					       "(%(columns)s)%(include)s%(nulls_distinct)s%(condition)s",
			.rename_index = "ALTER TABLE %(table)s RENAME INDEX %(old_name)s TO %(new_name)s",
			.delete_index = "DROP INDEX %(name)s ON %(table)s",
			.create_pk = "ALTER TABLE %(table)s ADD CONSTRAINT %(name)s PRIMARY KEY (%(columns)s)",
			.delete_pk = "ALTER TABLE %(table)s DROP PRIMARY KEY",
			.alter_table_comment = "ALTER TABLE %(table)s COMMENT = %(comment)s",
			.unique_constraint = "UNIQUE (%(columns)s)%(deferrable)s",
		},
	.deferrable = "",
	.add_field = add_field,
	.remove_index = remove_index,
	.remove_constraint = remove_constraint,
	.before_delete_composed = before_delete_composed,
	.alter_column_type = alter_column_type,
	.alter_column_null = alter_column_null,
	.rename_field = rename_field,
	.field_check = field_check,
	.comment_sql = comment_sql,
	.column_default = column_default,
	.skips_default = skips_default,
	.skips_default_on_alter = skips_default_on_alter,
	.should_be_indexed = should_be_indexed,
	.begin = begin,
};
