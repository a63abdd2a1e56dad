/* Quoting: identifiers always in backticks, literals so that every sql_mode reads them alike where it can. */
#include "sql/mysql/parser.h"

const char *iw_mysql_quote(iw_arena *arena, const char *identifier)
{
	g_autoptr(GString) out = g_string_new("`");
	for (; *identifier != '\0'; identifier++) {
		if (*identifier == '`')
			g_string_append_c(out, '`');
		g_string_append_c(out, *identifier);
	}
	g_string_append_c(out, '`');
	return iw_arena_strndup(arena, out->str, out->len);
}

/* A backslash is doubled, which NO_BACKSLASH_ESCAPES alone reads as two: a text with one is right in the default mode.
 */
const char *iw_mysql_quote_literal(iw_arena *arena, const char *text)
{
	g_autoptr(GString) out = g_string_new("'");
	for (; *text != '\0'; text++) {
		if (*text == '\'' || *text == '\\')
			g_string_append_c(out, *text);
		g_string_append_c(out, *text);
	}
	g_string_append_c(out, '\'');
	return iw_arena_strndup(arena, out->str, out->len);
}
