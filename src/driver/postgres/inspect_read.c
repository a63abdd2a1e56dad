/* Values of catalogue rows: names, arrays, options, expressions. */
#include "driver/postgres/inspect_internal.h"

#include "sql/sql.h"

#include <string.h>

static const char *raw(const struct inspection *inspection, int column)
{
	return iw_rows_value(inspection->rows, inspection->row, column);
}

const char *iw_pg_text(struct inspection *inspection, int column)
{
	return iw_arena_strdup(inspection->arena, raw(inspection, column));
}

bool iw_pg_is(struct inspection *inspection, int column)
{
	return g_strcmp0(raw(inspection, column), "t") == 0;
}

char iw_pg_letter(struct inspection *inspection, int column)
{
	const char *text = raw(inspection, column);
	return text == NULL ? '\0' : *text;
}

const struct iw_expression *iw_pg_expression_at(struct inspection *inspection, int column)
{
	const char *text = iw_pg_text(inspection, column);
	return text == NULL ? NULL : iw_expression_read(inspection->arena, inspection->schema->engine, text);
}

struct iw_name iw_pg_name_at(struct inspection *inspection, int column)
{
	const char *schema = iw_pg_text(inspection, column);
	if (g_strcmp0(schema, inspection->schema->default_schema) == 0)
		schema = NULL;
	return (struct iw_name){schema, iw_pg_text(inspection, column + 1)};
}

struct iw_table *iw_pg_table_at(struct inspection *inspection, int column)
{
	return g_hash_table_lookup(inspection->tables, raw(inspection, column));
}

/* One element of an array's text, '{a,"b \"c\"",NULL}'; returns what follows it. */
static const char *read_element(const char *at, GString *element)
{
	bool is_quoted = *at == '"';
	if (is_quoted)
		at++;
	while (*at != '\0' && (is_quoted ? *at != '"' : *at != ',' && *at != '}')) {
		if (*at == '\\' && at[1] != '\0')
			at++;
		g_string_append_c(element, *at++);
	}
	return is_quoted && *at == '"' ? at + 1 : at;
}

GPtrArray *iw_pg_array(struct inspection *inspection, int column)
{
	const char *at = raw(inspection, column);
	if (at == NULL)
		return NULL;
	GPtrArray *elements = iw_arena_ptr_array(inspection->arena);
	g_autoptr(GString) element = g_string_new(NULL);
	for (at++; *at != '}' && *at != '\0'; at += *at == ',') {
		g_string_truncate(element, 0);
		at = read_element(at, element);
		g_ptr_array_add(elements, iw_arena_strndup(inspection->arena, element->str, element->len));
	}
	return elements;
}

static bool is_bare_value(const char *value)
{
	return *value != '\0' &&
	       value[strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-")] == '\0';
}

static const char *option_text(struct inspection *inspection, const char *option)
{
	const char *equals = strchr(option, '=');
	if (equals == NULL)
		return option;
	const char *value =
		is_bare_value(equals + 1) ? equals + 1 : iw_quote_literal(inspection->arena, IW_POSTGRES, equals + 1);
	return iw_arena_printf(inspection->arena, "%.*s = %s", (int)(equals - option), option, value);
}

static int compare_texts(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char *iw_pg_options_at(struct inspection *inspection, int column)
{
	GPtrArray *options = iw_pg_array(inspection, column);
	if (options == NULL || options->len == 0)
		return NULL;
	for (guint i = 0; i < options->len; i++)
		options->pdata[i] = (char *)option_text(inspection, options->pdata[i]);
	g_ptr_array_sort(options, compare_texts);
	g_autoptr(GString) joined = g_string_new(options->pdata[0]);
	for (guint i = 1; i < options->len; i++)
		g_string_append_printf(joined, ", %s", (const char *)options->pdata[i]);
	return iw_arena_strndup(inspection->arena, joined->str, joined->len);
}
