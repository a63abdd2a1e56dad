/*
 * SQL expressions out of the values of the Python reader: what sqlalchemy/sql/compiler.py makes of them with literal
 * values; see sqlalchemy.h. Grouping is by the precedences of sqlalchemy/sql/operators.py.
 */
#include "framework/alembic/expression.h"

#include <string.h>

enum { DEEPEST = 60 };

/* literals --------------------------------------------------------------------------------------------------------- */

const char *iw_sa_quote_text(struct iw_sa *sa, const char *text)
{
	g_autoptr(GString) out = g_string_new("'");
	for (const char *at = text; *at != '\0'; at++) {
		if (*at == '\'' || (*at == '\\' && sa->engine.dialect == IW_MYSQL))
			g_string_append_c(out, *at);
		g_string_append_c(out, *at);
	}
	g_string_append_c(out, '\'');
	return iw_arena_strdup(sa->arena, out->str);
}

static const char *boolean(struct iw_sa *sa, bool value)
{
	if (sa->engine.dialect == IW_SQLITE)
		return value ? "1" : "0";
	return value ? "true" : "false";
}

static const char *part(const struct iw_py_value *call, int position, const char *name)
{
	const struct iw_py_value *value = iw_sa_given(call, position, name);
	return value != NULL && value->kind == IW_PY_INTEGER ? value->text : NULL;
}

/* datetime.datetime(2020, 1, 2, 3, 4, 5) and its kin, without time zone; NULL: none of them. */
static const char *moment(struct iw_sa *sa, const struct iw_py_value *value)
{
	static const char *const names[] = {"year", "month", "day", "hour", "minute", "second", "microsecond"};
	int numbers[G_N_ELEMENTS(names)] = {0};
	bool is_date = iw_py_is(sa->python, value, "datetime.date");
	if (!is_date && !iw_py_is(sa->python, value, "datetime.datetime"))
		return NULL;
	if (iw_sa_given(value, 7, "tzinfo") != NULL)
		return NULL;
	for (guint i = 0; i < (is_date ? 3 : G_N_ELEMENTS(names)); i++) {
		const char *text = part(value, (int)i, names[i]);
		if (text == NULL && i < 3)
			return NULL;
		numbers[i] = text == NULL ? 0 : atoi(text);
	}
	const char *date = iw_arena_printf(sa->arena, "'%04d-%02d-%02d", numbers[0], numbers[1], numbers[2]);
	if (is_date)
		return iw_arena_printf(sa->arena, "%s'", date);
	const char *time = iw_arena_printf(sa->arena, "%s %02d:%02d:%02d", date, numbers[3], numbers[4], numbers[5]);
	return numbers[6] == 0 && sa->engine.dialect != IW_SQLITE
		       ? iw_arena_printf(sa->arena, "%s'", time)
		       : iw_arena_printf(sa->arena, "%s.%06d'", time, numbers[6]);
}

/* Values that the standard library's constructors make. */
static const char *called_literal(struct iw_sa *sa, const struct iw_py_value *value)
{
	const char *date = moment(sa, value);
	if (date != NULL)
		return date;
	const struct iw_py_value *first = iw_sa_given(value, 0, "hex");
	if (iw_py_is(sa->python, value, "uuid.UUID") && first != NULL && first->kind == IW_PY_STRING) {
		g_autofree char *plain = g_ascii_strdown(first->text, -1);
		g_auto(GStrv) pieces = g_strsplit_set(plain, "-{}", -1);
		g_autofree char *hex = g_strjoinv("", pieces);
		if (strlen(hex) != 32)
			return NULL;
		if (sa->engine.dialect != IW_POSTGRES)
			return iw_arena_printf(sa->arena, "'%s'", hex);
		return iw_arena_printf(sa->arena, "'%.8s-%.4s-%.4s-%.4s-%s'", hex, hex + 8, hex + 12, hex + 16,
				       hex + 20);
	}
	first = iw_sa_given(value, 0, "value");
	if (iw_py_is(sa->python, value, "decimal.Decimal") && first != NULL &&
	    (first->kind == IW_PY_STRING || first->kind == IW_PY_INTEGER))
		return first->text;
	return NULL;
}

/* json.dumps() */
static bool json(struct iw_sa *sa, GString *out, const struct iw_py_value *value, int depth)
{
	bool is_list = value->kind == IW_PY_LIST || value->kind == IW_PY_TUPLE;
	if (depth > DEEPEST || value->kind == IW_PY_UNKNOWN)
		return false;
	if (is_list || value->kind == IW_PY_DICT) {
		g_string_append_c(out, is_list ? '[' : '{');
		for (guint i = 0; i < value->items->len; i++) {
			g_string_append(out, i > 0 ? ", " : "");
			if (!json(sa, out, value->items->pdata[i], depth + 1))
				return false;
			if (is_list)
				continue;
			g_string_append(out, ": ");
			if (!json(sa, out, value->values->pdata[i], depth + 1))
				return false;
		}
		g_string_append_c(out, is_list ? ']' : '}');
		return true;
	}
	if (value->kind == IW_PY_STRING)
		return iw_sa_json_string(out, value->text);
	if (value->kind == IW_PY_INTEGER || value->kind == IW_PY_FLOAT)
		return g_string_append(out, value->text) != NULL;
	if (value->kind == IW_PY_BOOLEAN || value->kind == IW_PY_NONE)
		return g_string_append(out, value->kind == IW_PY_NONE ? "null"
					    : value->boolean	      ? "true"
								      : "false") != NULL;
	return false;
}

bool iw_sa_json_string(GString *out, const char *text)
{
	g_string_append_c(out, '"');
	for (const char *at = text; *at != '\0'; at = g_utf8_next_char(at)) {
		gunichar c = g_utf8_get_char_validated(at, -1);
		const char *named = strchr("\"\\\nn\rr\tt\bb\ff", (int)c);
		if ((gint32)c < 0)
			return false;
		if (c == '"' || c == '\\')
			g_string_append_printf(out, "\\%c", (int)c);
		else if (c < 0x20 && named != NULL)
			g_string_append_printf(out, "\\%c", named[1]);
		else if (c >= 0x10000)
			g_string_append_printf(out, "\\u%04x\\u%04x", 0xd7c0 + (c >> 10), 0xdc00 + (c & 0x3ff));
		else if (c < 0x20 || c > 0x7e)
			g_string_append_printf(out, "\\u%04x", c);
		else
			g_string_append_c(out, (char)c);
	}
	g_string_append_c(out, '"');
	return true;
}

/* ARRAY['a', 'b'], as the drivers write lists of plain values. */
static const char *list_literal(struct iw_sa *sa, const struct iw_py_value *value, const struct iw_sa_type *type)
{
	GPtrArray *texts = iw_arena_ptr_array(sa->arena);
	for (guint i = 0; i < value->items->len; i++)
		g_ptr_array_add(texts, (gpointer)iw_sa_literal(sa, value->items->pdata[i], type->item));
	const char *inner = iw_sa_join(sa, texts, ", ");
	return texts->len == 0 ? "'{}'" : iw_arena_printf(sa->arena, "ARRAY[%s]", inner);
}

static const char *bytes_literal(struct iw_sa *sa, const struct iw_py_value *value)
{
	g_autoptr(GString) out = g_string_new(sa->engine.dialect == IW_POSTGRES ? "'\\x" : "X'");
	for (size_t i = 0; i < value->length; i++)
		g_string_append_printf(out, "%02x", (unsigned char)value->text[i]);
	return iw_arena_printf(sa->arena, "%s'", out->str);
}

/* What JSON columns hold is text of JSON, whatever the value is. */
static const char *json_literal(struct iw_sa *sa, const struct iw_py_value *value)
{
	g_autoptr(GString) out = g_string_new(NULL);
	if (json(sa, out, value, 0))
		return iw_sa_quote_text(sa, out->str);
	if (!iw_sa_unknown(sa, value))
		iw_sa_fail(sa, "%s cannot be written as JSON", iw_py_repr(sa->python, value));
	return "NULL";
}

/* A member of an Enum class: SQLAlchemy stores its name, or what values_callable says. */
static const char *member_literal(struct iw_sa *sa, struct iw_py_value *value, const struct iw_sa_type *type)
{
	bool is_enum = type != NULL && type->is_enum;
	struct iw_py_value *plain = iw_py_find(sa->python, value, is_enum ? "name" : "value");
	if (plain != NULL && (plain->kind == IW_PY_STRING || plain->kind == IW_PY_INTEGER))
		return iw_sa_literal(sa, plain, NULL);
	return iw_sa_fail(sa, "the value %s cannot be written", iw_py_repr(sa->python, value));
}

const char *iw_sa_literal(struct iw_sa *sa, const struct iw_py_value *value, const struct iw_sa_type *type)
{
	if (value == NULL || value->kind == IW_PY_NONE)
		return "NULL";
	if (iw_sa_unknown(sa, value))
		return "NULL";
	if (type != NULL && type->affinity == IW_SA_JSON)
		return json_literal(sa, value);
	switch (value->kind) {
	case IW_PY_STRING:
		return iw_sa_quote_text(sa, value->text);
	case IW_PY_BOOLEAN:
		return boolean(sa, value->boolean);
	case IW_PY_INTEGER:
		if (type != NULL && type->affinity == IW_SA_BOOLEAN)
			return boolean(sa, value->integer != 0);
		return value->text;
	case IW_PY_FLOAT:
		return value->text;
	case IW_PY_BYTES:
		return bytes_literal(sa, value);
	case IW_PY_INSTANCE:
		return member_literal(sa, (struct iw_py_value *)value, type);
	case IW_PY_LIST:
	case IW_PY_TUPLE:
		if (type != NULL && type->affinity == IW_SA_ARRAY)
			return list_literal(sa, value, type);
		break;
	case IW_PY_CALL: {
		const char *text = called_literal(sa, value);
		if (text != NULL)
			return text;
		break;
	}
	default:
		break;
	}
	iw_sa_fail(sa, "the value %s cannot be written as SQL", iw_py_repr(sa->python, value));
	return "NULL";
}

/* text ------------------------------------------------------------------------------------------------------------- */

static bool is_word(char c)
{
	return g_ascii_isalnum(c) || c == '_' || (unsigned char)c >= 0x80;
}

/* text(): ":name" that follows no colon, word or backslash, and is followed by no colon, is a bind. */
static size_t bind_at(const char *text, const char *at)
{
	if (*at != ':' || !is_word(at[1]) || (at > text && (at[-1] == ':' || at[-1] == '\\' || is_word(at[-1]))))
		return 0;
	size_t length = 1;
	while (is_word(at[length]))
		length++;
	return at[length] == ':' ? 0 : length;
}

const char *iw_sa_literal_text(struct iw_sa *sa, const char *text, const struct iw_py_value *values)
{
	g_autoptr(GString) out = g_string_new(NULL);
	for (const char *at = text; *at != '\0'; at++) {
		size_t length = bind_at(text, at);
		if (length == 0) {
			bool is_escape = *at == '\\' && at[1] == ':';
			if (!is_escape)
				g_string_append_c(out, *at);
			continue;
		}
		const char *name = iw_arena_strndup(sa->arena, at + 1, length - 1);
		const struct iw_py_value *value =
			values == NULL || values->kind != IW_PY_DICT ? NULL : iw_py_dict_find(values, name);
		if (value == NULL)
			iw_sa_fail(sa, "\":%s\" is a parameter that has no value", name);
		else if (iw_sa_is(sa, value, "bindparam")) /* expanding: see bound_text() */
			g_string_append_printf(out, "(%s)", iw_sa_bound_list(sa, iw_sa_given(value, 1, "value")));
		else
			g_string_append(out, iw_sa_bound(sa, (struct iw_py_value *)value));
		at += length - 1;
	}
	return iw_arena_strdup(sa->arena, out->str);
}

/* A value of a parameter, as the drivers write it: psycopg makes arrays of lists, and values in parentheses of tuples.
 */
const char *iw_sa_bound(struct iw_sa *sa, struct iw_py_value *value)
{
	if (value->kind != IW_PY_LIST && value->kind != IW_PY_TUPLE)
		return iw_sa_is_expression(sa, value) ? iw_sa_expression(sa, value, IW_SA_TABLES)
						      : iw_sa_literal(sa, value, NULL);
	bool is_array = value->kind == IW_PY_LIST && sa->engine.dialect == IW_POSTGRES;
	if (sa->engine.dialect == IW_SQLITE)
		return iw_sa_fail(sa, "SQLite takes no list for a parameter"), "";
	if (value->items->len == 0 && !is_array)
		return iw_sa_fail(sa, "an empty list cannot be written as SQL"), "";
	const char *list = iw_sa_bound_list(sa, value);
	return value->items->len == 0 ? "'{}'" : iw_arena_printf(sa->arena, is_array ? "ARRAY[%s]" : "(%s)", list);
}

const char *iw_sa_bound_list(struct iw_sa *sa, const struct iw_py_value *value)
{
	GPtrArray *texts = iw_arena_ptr_array(sa->arena);
	for (guint i = 0; value->items != NULL && i < value->items->len; i++)
		g_ptr_array_add(texts, (gpointer)iw_sa_bound(sa, value->items->pdata[i]));
	return iw_sa_join(sa, texts, ", ");
}

/* columns and tables ----------------------------------------------------------------------------------------------- */

struct iw_py_value *iw_sa_as_table(struct iw_sa *sa, struct iw_py_value *value)
{
	static const char *const makers[] = {"table", "Table", "create_table", "TableClause"};
	if (value == NULL || value->kind != IW_PY_CALL)
		return NULL;
	const char *called = iw_sa_called(sa, value);
	for (guint i = 0; called != NULL && i < G_N_ELEMENTS(makers); i++)
		if (strcmp(called, makers[i]) == 0)
			return value;
	return NULL;
}

const char *iw_sa_column_of(struct iw_sa *sa, struct iw_py_value *value, struct iw_py_value **table)
{
	struct iw_py_value *of = NULL;
	const char *name = NULL;
	*table = NULL;
	if (value->kind == IW_PY_ATTRIBUTE) {
		of = value->receiver;
		name = value->text;
	} else if (value->kind == IW_PY_OPERATION && strcmp(value->text, "[]") == 0 && value->items->len == 2) {
		of = value->items->pdata[0];
		name = iw_py_text(value->items->pdata[1]);
	} else if (iw_sa_is(sa, value, "column") || iw_sa_is(sa, value, "Column")) {
		return iw_sa_text(sa, iw_sa_given(value, 0, "name"));
	}
	if (of == NULL || name == NULL || of->kind != IW_PY_ATTRIBUTE ||
	    (strcmp(of->text, "c") != 0 && strcmp(of->text, "columns") != 0))
		return NULL;
	*table = of->receiver;
	return name;
}

/* The table's name for its columns: an alias, or its own. */
static const char *table_reference(struct iw_sa *sa, struct iw_py_value *table)
{
	const char *method = NULL;
	struct iw_py_value *of = iw_sa_method(table, &method);
	if (of != NULL && strcmp(method, "alias") == 0) {
		const char *alias = iw_sa_text(sa, iw_sa_given(table, 0, "name"));
		return alias == NULL ? iw_sa_fail(sa, "an alias without a name") : iw_sa_quote(sa, alias);
	}
	if (iw_sa_as_table(sa, table) == NULL)
		return iw_sa_fail(sa, "%s is no table that is known", iw_py_repr(sa->python, table));
	return iw_sa_table_name(sa, iw_sa_text(sa, iw_sa_given(table, -1, "schema")),
				iw_sa_text(sa, iw_sa_given(table, 0, "name")));
}

static const struct iw_sa_type *type_of_table_column(struct iw_sa *sa, struct iw_py_value *table, const char *name)
{
	for (guint i = 1; table != NULL && table->kind == IW_PY_CALL && i < table->items->len; i++) {
		struct iw_py_value *item = table->items->pdata[i], *ignored = NULL;
		if (!iw_sa_is(sa, item, "column") && !iw_sa_is(sa, item, "Column"))
			continue;
		const char *own = iw_sa_column_of(sa, item, &ignored);
		struct iw_py_value *type = iw_sa_given(item, 1, "type_");
		if (own == NULL || strcmp(own, name) != 0 || type == NULL || !iw_sa_is_type(sa, type))
			continue;
		const char *problem = sa->problem; /* values are written well without a type that is known */
		const struct iw_sa_type *known = iw_sa_type(sa, type);
		sa->problem = problem;
		return known;
	}
	return NULL;
}

const struct iw_sa_type *iw_sa_type_of(struct iw_sa *sa, struct iw_py_value *value)
{
	struct iw_py_value *table = NULL;
	const char *name = iw_sa_column_of(sa, value, &table);
	if (name == NULL)
		return NULL;
	if (table != NULL)
		return type_of_table_column(sa, table, name);
	struct iw_py_value *type = iw_sa_given(value, 1, "type_");
	return type != NULL && iw_sa_is_type(sa, type) ? iw_sa_type(sa, type) : NULL;
}

const char *iw_sa_column_reference(struct iw_sa *sa, struct iw_py_value *value, unsigned flags)
{
	struct iw_py_value *table = NULL;
	const char *name = iw_sa_column_of(sa, value, &table);
	if (name == NULL)
		return NULL;
	if (table == NULL || (flags & IW_SA_TABLES) == 0)
		return iw_sa_quote(sa, name);
	const char *prefix = table_reference(sa, table);
	return iw_arena_printf(sa->arena, "%s.%s", prefix == NULL ? "" : prefix, iw_sa_quote(sa, name));
}
