/* Pieces of SQL with parameters beside them, and how the parameters get in; see expression_internal.h. */
#include "framework/django/expression_internal.h"

/* pieces ----------------------------------------------------------------------------------------------------------- */

struct django_sql iw_django_sql(struct django_context *context, const char *text)
{
	return (struct django_sql){.text = text, .parameters = iw_arena_ptr_array(context->arena)};
}

struct django_sql iw_django_sql_failed(void)
{
	return (struct django_sql){0};
}

struct django_sql iw_django_sql_truth(enum django_truth truth)
{
	return (struct django_sql){.truth = truth};
}

void iw_django_sql_add(struct django_sql *sql, struct django_sql_value *parameter)
{
	g_ptr_array_add(sql->parameters, parameter);
}

void iw_django_sql_join(struct django_sql *sql, const struct django_sql *more)
{
	for (guint i = 0; more != NULL && more->parameters != NULL && i < more->parameters->len; i++)
		g_ptr_array_add(sql->parameters, more->parameters->pdata[i]);
}

struct django_sql iw_django_sql_of(struct django_context *context, const struct django_sql *first,
				   const struct django_sql *second, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	g_autofree char *text = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	struct django_sql sql = iw_django_sql(context, iw_arena_strdup(context->arena, text));
	iw_django_sql_join(&sql, first);
	iw_django_sql_join(&sql, second);
	return sql;
}

/* parameters ------------------------------------------------------------------------------------------------------- */

struct django_sql_value *iw_django_literal_parameter(struct django_context *context, const char *literal)
{
	struct django_sql_value *parameter = iw_new(context->arena, struct django_sql_value);
	parameter->literal = literal;
	return literal == NULL ? NULL : parameter;
}

struct django_sql_value *iw_django_text_parameter(struct django_context *context, const char *text)
{
	struct django_sql_value *parameter = iw_django_literal_parameter(context, iw_django_quote_text(context, text));
	if (parameter != NULL) {
		parameter->text = text;
		parameter->is_text = true;
	}
	return parameter;
}

/* Is what the field makes of the value a str? Only matters when there is a percent sign in it. */
static bool is_text(const struct django_context *context, struct django_field_ref field)
{
	if (field.field == NULL)
		return true;
	enum django_type type = field.field->type;
	bool is_json = type == DJANGO_JSON && context->version >= 40200;
	bool is_adapted = is_json || type == DJANGO_ARRAY || type == DJANGO_HSTORE || type == DJANGO_RANGE;
	return type != DJANGO_BINARY && !(is_adapted && context->engine.dialect == IW_POSTGRES);
}

struct django_sql_value *iw_django_parameter(struct django_context *context, struct django_field_ref field,
					     const struct iw_py_value *value)
{
	if (iw_django_is_unknown(context, value))
		return NULL;
	/* Decimals of queries are written with the places of their column since Django 5.2. */
	if (field.field != NULL && field.field->type == DJANGO_DECIMAL && context->version < 50200)
		field = iw_django_made_field(context, "db.models.DecimalField");
	struct django_sql_value *parameter =
		iw_django_literal_parameter(context, iw_django_literal(context, field, value));
	if (parameter == NULL)
		return NULL;
	parameter->text = value->kind == IW_PY_STRING ? value->text : NULL;
	parameter->is_text = is_text(context, field);
	parameter->is_boolean = value->kind == IW_PY_BOOLEAN &&
				(field.field == NULL || iw_django_type_is(field.field->type, DJANGO_BOOLEAN));
	return parameter;
}

struct django_sql iw_django_sql_parameter(struct django_context *context, struct django_sql_value *parameter)
{
	if (parameter == NULL)
		return iw_django_sql_failed();
	struct django_sql sql = iw_django_sql(context, "%s");
	iw_django_sql_add(&sql, parameter);
	return sql;
}

/* Python's % ------------------------------------------------------------------------------------------------------- */

const char *iw_django_fill_template(struct django_context *context, struct iw_place place, const char *template,
				    GHashTable *data)
{
	g_autoptr(GString) out = g_string_new(NULL);
	for (const char *at = template; *at != '\0';) {
		const char *end = g_str_has_prefix(at, "%(") ? strstr(at, ")s") : NULL;
		if (*at != '%') {
			g_string_append_c(out, *at++);
		} else if (at[1] == '%') {
			g_string_append_c(out, '%');
			at += 2;
		} else if (end == NULL) {
			return iw_django_fail(context, place, "Django cannot fill in the template \"%s\"", template);
		} else {
			g_autofree char *name = g_strndup(at + 2, (gsize)(end - at - 2));
			const char *text = NULL;
			if (!g_hash_table_lookup_extended(data, name, NULL, (gpointer *)&text))
				return iw_django_fail(context, place, "the template \"%s\" has no value for \"%s\"",
						      template, name);
			g_string_append(out, text == NULL ? "None" : text);
			at = end + 2;
		}
	}
	return iw_arena_strdup(context->arena, out->str);
}

/*
 * quote_value() of PostgreSQL and MySQL doubled the percent signs of a str before Django 5.0; that of MySQL shows the
 * bytes that mysqlclient makes of a bool.
 */
static void add_literal(const struct django_context *context, GString *out, const struct django_sql_value *parameter,
			enum django_quoting quoting)
{
	bool is_quoted = quoting == DJANGO_QUOTE_VALUE;
	if (is_quoted && parameter->is_boolean && context->engine.dialect == IW_MYSQL) {
		g_string_append_printf(out, "b'%s'", parameter->literal);
		return;
	}
	bool doubles =
		is_quoted && parameter->is_text && context->version < 50000 && context->engine.dialect != IW_SQLITE;
	for (const char *at = parameter->literal; *at != '\0'; at++) {
		if (*at == '%' && doubles)
			g_string_append_c(out, '%');
		g_string_append_c(out, *at);
	}
}

const char *iw_django_interpolate(struct django_context *context, struct iw_place place, const struct django_sql *sql,
				  enum django_quoting quoting)
{
	g_autoptr(GString) out = g_string_new(NULL);
	guint used = 0;
	for (const char *at = sql->text; *at != '\0'; at++) {
		bool is_mark = *at == '%' && at[1] == 's';
		if (*at == '%' && at[1] != '%' && !is_mark)
			return iw_django_fail(context, place, "Django cannot put values into \"%s\"", sql->text);
		if (is_mark && used >= sql->parameters->len)
			return iw_django_fail(context, place, "Django has not enough values for \"%s\"", sql->text);
		if (is_mark)
			add_literal(context, out, sql->parameters->pdata[used++], quoting);
		else
			g_string_append_c(out, *at);
		at += *at == '%' ? 1 : 0;
	}
	if (used < sql->parameters->len)
		return iw_django_fail(context, place, "Django has too many values for \"%s\"", sql->text);
	return iw_arena_strdup(context->arena, out->str);
}
