/*
 * Values as text of SQL, as the driver of the backend writes parameters: psycopg2, psycopg 3, mysqlclient and PyMySQL,
 * and what Django's schema editor of SQLite writes itself; see fields.h.
 */
#include "framework/django/fields.h"

#include "framework/django/decimal.h"

#include <string.h>

enum { SECONDS_OF_DAY = 86400, MICROSECONDS = 1000000 };

bool iw_django_is_psycopg3(const struct django_context *context)
{
	if (context->version < 40200)
		return false;
	int given = context->settings == NULL ? 0 : context->settings->psycopg;
	return given != 0 ? given == 3 : context->version >= 60100;
}

/* texts -------------------------------------------------------------------------------------------------------------
 */

static const char *quote_doubling(iw_arena *arena, const char *text, size_t length, const char *prefix,
				  const char *twice)
{
	g_autoptr(GString) out = g_string_new(prefix);
	g_string_append_c(out, '\'');
	for (size_t i = 0; i < length; i++) {
		if (strchr(twice, text[i]) != NULL && text[i] != '\0')
			g_string_append_c(out, text[i]);
		g_string_append_c(out, text[i]);
	}
	g_string_append_c(out, '\'');
	return iw_arena_strndup(arena, out->str, out->len);
}

/* mysql_real_escape_string() */
static const char *quote_mysql(iw_arena *arena, const char *text, size_t length)
{
	static const struct {
		char from, to;
	} rows[] = {{'\0', '0'}, {'\n', 'n'}, {'\r', 'r'}, {'\\', '\\'}, {'\'', '\''}, {'"', '"'}, {'\x1a', 'Z'}};
	g_autoptr(GString) out = g_string_new("'");
	for (size_t i = 0; i < length; i++) {
		size_t row = 0;
		while (row < G_N_ELEMENTS(rows) && rows[row].from != text[i])
			row++;
		if (row < G_N_ELEMENTS(rows))
			g_string_append_c(out, '\\');
		g_string_append_c(out, row < G_N_ELEMENTS(rows) ? rows[row].to : text[i]);
	}
	g_string_append_c(out, '\'');
	return iw_arena_strndup(arena, out->str, out->len);
}

static const char *quote(struct django_context *context, const char *text, size_t length)
{
	if (context->engine.dialect == IW_MYSQL)
		return quote_mysql(context->arena, text, length);
	bool is_escaped = context->engine.dialect == IW_POSTGRES && iw_django_is_psycopg3(context) &&
			  memchr(text, '\\', length) != NULL;
	return quote_doubling(context->arena, text, length, is_escaped ? " E" : "", is_escaped ? "'\\" : "'");
}

const char *iw_django_quote_text(struct django_context *context, const char *text)
{
	return quote(context, text, strlen(text));
}

static const char *hex(iw_arena *arena, const char *text, size_t length)
{
	g_autoptr(GString) out = g_string_new(NULL);
	for (size_t i = 0; i < length; i++)
		g_string_append_printf(out, "%02x", (unsigned char)text[i]);
	return iw_arena_strdup(arena, out->str);
}

static const char *without_hyphens(iw_arena *arena, const char *uuid)
{
	g_autoptr(GString) out = g_string_new(NULL);
	for (; *uuid != '\0'; uuid++)
		if (*uuid != '-')
			g_string_append_c(out, *uuid);
	return iw_arena_strdup(arena, out->str);
}

/* numbers -----------------------------------------------------------------------------------------------------------
 */

/* psycopg puts a blank before what begins with a minus, so that it never becomes part of an operator. */
static const char *signed_text(struct django_context *context, const char *text)
{
	bool needs_blank = *text == '-' && context->engine.dialect == IW_POSTGRES;
	return needs_blank ? iw_arena_printf(context->arena, " %s", text) : text;
}

static const char *float_text(struct django_context *context, const char *text)
{
	bool needs_exponent = context->engine.dialect == IW_MYSQL && strchr(text, 'e') == NULL;
	return needs_exponent ? iw_arena_printf(context->arena, "%se0", text) : signed_text(context, text);
}

static const char *decimal_text(struct django_context *context, const char *text)
{
	if (context->engine.dialect == IW_SQLITE)
		return iw_django_quote_text(context, text);
	return context->engine.dialect == IW_MYSQL ? iw_decimal_plain(context->arena, text)
						   : signed_text(context, text);
}

/* durations ---------------------------------------------------------------------------------------------------------
 */

static const char *duration_text(struct django_context *context, __int128 microseconds)
{
	__int128 of_day = (__int128)SECONDS_OF_DAY * MICROSECONDS;
	__int128 days = microseconds / of_day, rest = microseconds % of_day;
	if (rest < 0) {
		rest += of_day;
		days--;
	}
	int seconds = (int)(rest / MICROSECONDS), micro = (int)(rest % MICROSECONDS);
	if (context->engine.dialect != IW_POSTGRES) {
		gint64 whole = (gint64)microseconds;
		return iw_arena_printf(context->arena, "%" G_GINT64_FORMAT, whole);
	}
	if (!iw_django_is_psycopg3(context))
		return iw_arena_printf(context->arena, "'%d days %d.%06d seconds'::interval", (int)days, seconds,
				       micro);
	g_autoptr(GString) out = g_string_new("'");
	if (days != 0)
		g_string_append_printf(out, "%d day%s ", (int)days, ABS((int)days) == 1 ? "" : "s");
	/* str(timedelta) has a comma behind the days, psycopg 3 has none. */
	g_string_append_printf(out, "%d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
	if (micro != 0)
		g_string_append_printf(out, ".%06d", micro);
	g_string_append(out, "'::interval");
	return iw_arena_strdup(context->arena, out->str);
}

/* moments -----------------------------------------------------------------------------------------------------------
 */

static const char *moment_text(struct django_context *context, const struct django_datum *datum)
{
	bool is_postgres = context->engine.dialect == IW_POSTGRES;
	bool has_microseconds =
		context->engine.dialect == IW_MYSQL && datum->kind == DATUM_TIME && context->version >= 40000;
	char separator = is_postgres && !iw_django_is_psycopg3(context) ? 'T' : ' ';
	const char *text =
		iw_django_moment_text(context->arena, &datum->moment, datum->kind, separator, has_microseconds);
	const char *cast = datum->kind == DATUM_DATE   ? "::date"
			   : datum->kind == DATUM_TIME ? (datum->moment.is_aware ? "::timetz" : "::time")
			   : datum->moment.is_aware    ? "::timestamptz"
						       : "::timestamp";
	return iw_arena_printf(context->arena, "'%s'%s", text, is_postgres ? cast : "");
}

/* PostgreSQL's own --------------------------------------------------------------------------------------------------
 */

static const char *bare_text(struct django_context *context, const struct django_datum *datum)
{
	switch (datum->kind) {
	case DATUM_BOOLEAN:
		return datum->boolean ? "t" : "f";
	case DATUM_DATE:
	case DATUM_DATE_TIME:
	case DATUM_TIME:
		return iw_django_moment_text(context->arena, &datum->moment, datum->kind, ' ', false);
	case DATUM_UUID:
		return without_hyphens(context->arena, datum->text);
	default:
		return datum->text;
	}
}

static bool needs_quotes(const char *text)
{
	return *text == '\0' || g_ascii_strcasecmp(text, "null") == 0 || strpbrk(text, "\"{},\\ \t\r\n\v\f") != NULL;
}

static void add_item(struct django_context *context, GString *out, const struct django_datum *item)
{
	if (item->kind == DATUM_ARRAY) {
		g_string_append_c(out, '{');
		for (guint i = 0; i < item->items->len; i++) {
			if (i > 0)
				g_string_append_c(out, ',');
			add_item(context, out, item->items->pdata[i]);
		}
		g_string_append_c(out, '}');
		return;
	}
	if (item->kind == DATUM_NULL) {
		g_string_append(out, "NULL");
		return;
	}
	const char *text = bare_text(context, item);
	bool is_quoted = needs_quotes(text);
	if (is_quoted)
		g_string_append_c(out, '"');
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			g_string_append_c(out, '\\');
		g_string_append_c(out, *text);
	}
	if (is_quoted)
		g_string_append_c(out, '"');
}

/* Bytes that the largest of integers needs, as psycopg 3 counts them: of integers without a type from their field. */
static int integer_size(const struct django_datum *datum)
{
	int size = 2;
	for (guint i = 0; datum->kind == DATUM_ARRAY && i < datum->items->len; i++)
		size = MAX(size, integer_size(datum->items->pdata[i]));
	if (datum->kind != DATUM_INTEGER)
		return size;
	errno = 0;
	gint64 number = g_ascii_strtoll(datum->text, NULL, 10);
	return errno != 0 ? 16 : number != (gint64)(gint32)number ? 8 : number != (gint64)(gint16)number ? 4 : 2;
}

static const char *array_cast(const struct django_datum *array)
{
	const struct django_datum *datum = array;
	static const char *const casts[] = {
		[DATUM_BOOLEAN] = "bool",
		[DATUM_FLOAT] = "float8",
		[DATUM_DECIMAL] = "numeric",
		[DATUM_DATE] = "date",
		[DATUM_DATE_TIME] = "timestamptz",
		[DATUM_TIME] = "time",
		[DATUM_DURATION] = "interval",
		[DATUM_UUID] = "uuid",
		[DATUM_INET] = "inet",
		[DATUM_JSON] = "jsonb",
	};
	while (datum->kind == DATUM_ARRAY && datum->items->len > 0)
		datum = datum->items->pdata[0];
	if (datum->kind == DATUM_INTEGER && datum->type != NULL)
		return datum->type;
	int size = datum->kind == DATUM_INTEGER ? integer_size(array) : 0;
	if (size != 0)
		return size == 2 ? "int2" : size == 4 ? "int4" : size == 8 ? "int8" : "numeric";
	return datum->kind < G_N_ELEMENTS(casts) ? casts[datum->kind] : NULL;
}

static bool is_all_null(const struct django_datum *array)
{
	for (guint i = 0; i < array->items->len; i++)
		if (((const struct django_datum *)array->items->pdata[i])->kind != DATUM_NULL)
			return false;
	return true;
}

static const char *array_text(struct django_context *context, const struct django_datum *datum)
{
	g_autoptr(GString) out = g_string_new(NULL);
	if (datum->items->len == 0)
		return "'{}'";
	if (iw_django_is_psycopg3(context)) {
		const char *cast = array_cast(datum);
		add_item(context, out, datum);
		return iw_arena_printf(context->arena, "%s%s%s%s", quote(context, out->str, out->len),
				       cast == NULL ? "" : "::", cast == NULL ? "" : cast, cast == NULL ? "" : "[]");
	}
	if (is_all_null(datum)) { /* psycopg2 cannot tell the type of ARRAY[NULL] */
		add_item(context, out, datum);
		return quote(context, out->str, out->len);
	}
	g_string_append(out, "ARRAY[");
	for (guint i = 0; i < datum->items->len; i++) {
		const char *item = iw_django_datum_literal(context, datum->items->pdata[i]);
		if (item == NULL)
			return NULL;
		g_string_append_printf(out, "%s%s", i == 0 ? "" : ",", item);
	}
	g_string_append_c(out, ']');
	return iw_arena_strdup(context->arena, out->str);
}

static const char *range_text(struct django_context *context, const struct django_datum *datum)
{
	bool is_number = g_str_has_prefix(datum->type, "int") || g_str_has_prefix(datum->type, "num");
	if (datum->text == NULL)
		return iw_arena_printf(context->arena, "'empty'%s%s",
				       is_number ? "" : "::", is_number ? "" : datum->type);
	const struct django_datum *ends[] = {datum->items->pdata[0], datum->items->pdata[1]};
	const char *texts[2];
	for (size_t i = 0; i < 2; i++)
		texts[i] = ends[i]->kind == DATUM_NULL ? "" : bare_text(context, ends[i]);
	if (!is_number && !iw_django_is_psycopg3(context))
		return iw_arena_printf(context->arena, "%s(%s, %s, '%s')", datum->type,
				       iw_django_datum_literal(context, ends[0]),
				       iw_django_datum_literal(context, ends[1]), datum->text);
	g_autoptr(GString) out = g_string_new("'");
	g_string_append_c(out, datum->text[0]);
	for (size_t i = 0; i < 2; i++) {
		bool is_quoted = strpbrk(texts[i], " ,\"\\") != NULL;
		g_string_append_printf(out, "%s%s%s%s", i == 0 ? "" : ",", is_quoted ? "\"" : "", texts[i],
				       is_quoted ? "\"" : "");
	}
	g_string_append_printf(out, "%c'%s%s", datum->text[1], is_number ? "" : "::", is_number ? "" : datum->type);
	return iw_arena_strdup(context->arena, out->str);
}

/* "a"=>"it's", "b"=>NULL */
static void add_hstore_part(GString *out, const struct django_datum *part)
{
	if (part->kind == DATUM_NULL) {
		g_string_append(out, "NULL");
		return;
	}
	g_string_append_c(out, '"');
	for (const char *at = part->text; *at != '\0'; at++) {
		if (*at == '"' || *at == '\\')
			g_string_append_c(out, '\\');
		g_string_append_c(out, *at);
	}
	g_string_append_c(out, '"');
}

static const char *hstore_text(struct django_context *context, const struct django_datum *datum)
{
	g_autoptr(GString) keys = g_string_new(NULL);
	g_autoptr(GString) values = g_string_new(NULL);
	g_autoptr(GString) pairs = g_string_new(NULL);
	for (guint i = 0; i + 1 < datum->items->len; i += 2) {
		const char *comma = i == 0 ? "" : ", ";
		g_string_append_printf(keys, "%s%s", comma, iw_django_datum_literal(context, datum->items->pdata[i]));
		g_string_append_printf(values, "%s%s", comma,
				       iw_django_datum_literal(context, datum->items->pdata[i + 1]));
		g_string_append(pairs, i == 0 ? "" : ",");
		add_hstore_part(pairs, datum->items->pdata[i]);
		g_string_append(pairs, "=>");
		add_hstore_part(pairs, datum->items->pdata[i + 1]);
	}
	if (iw_django_is_psycopg3(context) || datum->items->len == 0)
		return iw_arena_printf(context->arena, "%s::hstore", quote(context, pairs->str, pairs->len));
	return iw_arena_printf(context->arena, "hstore(ARRAY[%s], ARRAY[%s])", keys->str, values->str);
}

/* all ---------------------------------------------------------------------------------------------------------------
 */

static const char *bytes_text(struct django_context *context, const struct django_datum *datum)
{
	const char *text = hex(context->arena, datum->text, datum->length);
	return context->engine.dialect == IW_POSTGRES ? iw_arena_printf(context->arena, "'\\x%s'::bytea", text)
						      : iw_arena_printf(context->arena, "X'%s'", text);
}

static const char *boolean_text(const struct django_context *context, bool is_true)
{
	if (context->engine.dialect == IW_POSTGRES)
		return is_true ? "true" : "false";
	return is_true ? "1" : "0";
}

static const char *cast_text(struct django_context *context, const struct django_datum *datum, const char *cast)
{
	const char *text = quote(context, datum->text, datum->length);
	bool is_postgres = context->engine.dialect == IW_POSTGRES;
	return is_postgres ? iw_arena_printf(context->arena, "%s%s", text, cast) : text;
}

const char *iw_django_datum_literal(struct django_context *context, const struct django_datum *datum)
{
	bool is_postgres = context->engine.dialect == IW_POSTGRES;
	switch (datum->kind) {
	case DATUM_NULL:
		return "NULL";
	case DATUM_BOOLEAN:
		return boolean_text(context, datum->boolean);
	case DATUM_INTEGER:
		return signed_text(context, datum->text);
	case DATUM_FLOAT:
		return float_text(context, datum->text);
	case DATUM_DECIMAL:
		return decimal_text(context, datum->text);
	case DATUM_TEXT:
		return quote(context, datum->text, datum->length);
	case DATUM_BYTES:
		return bytes_text(context, datum);
	case DATUM_DATE:
	case DATUM_DATE_TIME:
	case DATUM_TIME:
		return moment_text(context, datum);
	case DATUM_DURATION:
		return duration_text(context, datum->microseconds);
	case DATUM_UUID:
		if (is_postgres && iw_django_is_psycopg3(context))
			return iw_arena_printf(context->arena, "'%s'::uuid",
					       without_hyphens(context->arena, datum->text));
		if (!is_postgres && !iw_django_has_native_uuid(context))
			return iw_arena_printf(context->arena, "'%s'", without_hyphens(context->arena, datum->text));
		return cast_text(context, datum, "::uuid");
	case DATUM_JSON:
		return cast_text(context, datum,
				 context->version >= 50100 || iw_django_is_psycopg3(context) ? "::jsonb" : "");
	case DATUM_INET:
		return cast_text(context, datum, "::inet");
	default:
		if (!is_postgres)
			return iw_django_fail(context, (struct iw_place){0},
					      "only PostgreSQL has values that are lists, ranges or dictionaries");
		return datum->kind == DATUM_ARRAY   ? array_text(context, datum)
		       : datum->kind == DATUM_RANGE ? range_text(context, datum)
						    : hstore_text(context, datum);
	}
}
