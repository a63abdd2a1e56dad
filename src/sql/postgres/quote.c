/* PostgreSQL's quoting, after the server's quote_identifier() and quote_literal(). */
#include "sql/postgres/quote.h"
#include "sql/postgres/tree.h"

#include "common/keywords.h"

#include <string.h>

/* Keywords that servers newer than the parser do not take as a name everywhere (SYSTEM_USER nowhere). */
static const char *const newer_keywords[] = {
	"json",	       "json_array",	 "json_arrayagg", "json_exists", "json_object",	 "json_objectagg", "json_query",
	"json_scalar", "json_serialize", "json_table",	  "json_value",	 "merge_action", "system_user",
};

static bool is_newer_keyword(const char *word)
{
	for (size_t i = 0; i < G_N_ELEMENTS(newer_keywords); i++)
		if (strcmp(newer_keywords[i], word) == 0)
			return true;
	return false;
}

static bool is_plain(const char *identifier)
{
	if (!(g_ascii_islower(identifier[0]) || identifier[0] == '_'))
		return false;
	for (const char *c = identifier; *c != '\0'; c++)
		if (!g_ascii_islower(*c) && !g_ascii_isdigit(*c) && *c != '_')
			return false;
	int keyword = ScanKeywordLookup(identifier, &ScanKeywords);
	if (keyword >= 0 && ScanKeywordCategories[keyword] != UNRESERVED_KEYWORD)
		return false;
	return !is_newer_keyword(identifier);
}

static char *double_up(char *out, const char *text, char quote)
{
	for (const char *c = text; *c != '\0'; c++) {
		if (*c == quote || (*c == '\\' && quote == '\''))
			*out++ = *c;
		*out++ = *c;
	}
	return out;
}

const char *iw_pg_quote(iw_arena *arena, const char *identifier)
{
	if (is_plain(identifier))
		return iw_arena_strdup(arena, identifier);
	char *quoted = iw_arena_alloc(arena, 2 * strlen(identifier) + 3);
	quoted[0] = '"';
	double_up(quoted + 1, identifier, '"')[0] = '"';
	return quoted;
}

/* With a backslash inside: an escape string, which reads the same under both settings. */
const char *iw_pg_quote_literal(iw_arena *arena, const char *text)
{
	char *quoted = iw_arena_alloc(arena, 2 * strlen(text) + 5);
	char *out = quoted;
	if (strchr(text, '\\') != NULL)
		*out++ = 'E';
	*out++ = '\'';
	double_up(out, text, '\'')[0] = '\'';
	return quoted;
}
