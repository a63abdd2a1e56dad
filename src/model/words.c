/* Names inside canonical SQL text; see words.h. */
#include "model/words.h"

#include "model/schema_internal.h"

#include <string.h>

enum token_kind { END, WORD, QUOTED, STRING, OTHER };

struct token {
	enum token_kind kind;
	const char *start;
	size_t length;
};

/* PostgreSQL's words that quote_identifier() quotes: all but the unreserved ones. Sorted. */
static const char *const reserved[] = {
	"all",
	"analyse",
	"analyze",
	"and",
	"any",
	"array",
	"as",
	"asc",
	"asymmetric",
	"authorization",
	"between",
	"bigint",
	"binary",
	"bit",
	"boolean",
	"both",
	"case",
	"cast",
	"char",
	"character",
	"check",
	"coalesce",
	"collate",
	"collation",
	"column",
	"concurrently",
	"constraint",
	"create",
	"cross",
	"current_catalog",
	"current_date",
	"current_role",
	"current_schema",
	"current_time",
	"current_timestamp",
	"current_user",
	"dec",
	"decimal",
	"default",
	"deferrable",
	"desc",
	"distinct",
	"do",
	"else",
	"end",
	"except",
	"exists",
	"extract",
	"false",
	"fetch",
	"float",
	"for",
	"foreign",
	"freeze",
	"from",
	"full",
	"grant",
	"greatest",
	"group",
	"grouping",
	"having",
	"ilike",
	"in",
	"initially",
	"inner",
	"inout",
	"int",
	"integer",
	"intersect",
	"interval",
	"into",
	"is",
	"isnull",
	"join",
	"lateral",
	"leading",
	"least",
	"left",
	"like",
	"limit",
	"localtime",
	"localtimestamp",
	"national",
	"natural",
	"nchar",
	"none",
	"normalize",
	"not",
	"notnull",
	"null",
	"nullif",
	"numeric",
	"offset",
	"on",
	"only",
	"or",
	"order",
	"out",
	"outer",
	"overlaps",
	"overlay",
	"placing",
	"position",
	"precision",
	"primary",
	"real",
	"references",
	"returning",
	"right",
	"row",
	"select",
	"session_user",
	"setof",
	"similar",
	"smallint",
	"some",
	"substring",
	"symmetric",
	"table",
	"tablesample",
	"then",
	"time",
	"timestamp",
	"to",
	"trailing",
	"treat",
	"trim",
	"true",
	"union",
	"unique",
	"user",
	"using",
	"values",
	"varchar",
	"variadic",
	"verbose",
	"when",
	"where",
	"window",
	"with",
	"xmlattributes",
	"xmlconcat",
	"xmlelement",
	"xmlexists",
	"xmlforest",
	"xmlnamespaces",
	"xmlparse",
	"xmlpi",
	"xmlroot",
	"xmlserialize",
	"xmltable",
};

static bool is_word_start(char c)
{
	return g_ascii_isalpha(c) || c == '_' || (guchar)c >= 0x80;
}

static bool is_word_part(char c)
{
	return is_word_start(c) || g_ascii_isdigit(c) || c == '$';
}

/* Length of a quoted run from its opening quote to behind its closing one; a doubled quote stays inside. */
static size_t quoted_length(const char *text, char close)
{
	size_t i = 1;
	for (; text[i] != '\0'; i++) {
		if (text[i] != close)
			continue;
		if (text[i + 1] != close)
			return i + 1;
		i++;
	}
	return i;
}

static enum token_kind quote_kind(struct iw_engine engine, char c)
{
	switch (c) {
	case '\'':
		return STRING;
	case '"':
		return engine.dialect == IW_MYSQL ? STRING : QUOTED;
	case '`':
		return engine.dialect == IW_POSTGRES ? OTHER : QUOTED;
	case '[':
		return engine.dialect == IW_SQLITE ? QUOTED : OTHER;
	default:
		return OTHER;
	}
}

static struct token next_token(struct iw_engine engine, const char *text)
{
	while (g_ascii_isspace(*text))
		text++;
	struct token token = {OTHER, text, 1};
	if (*text == '\0') {
		token.kind = END;
		token.length = 0;
	} else if (is_word_start(*text)) {
		token.kind = WORD;
		while (is_word_part(text[token.length]))
			token.length++;
	} else if (g_ascii_isdigit(*text)) {
		while (is_word_part(text[token.length]) || text[token.length] == '.')
			token.length++;
	} else if (strncmp(text, "::", 2) == 0) {
		token.length = 2;
	} else {
		token.kind = quote_kind(engine, *text);
		if (token.kind != OTHER)
			token.length = quoted_length(text, *text == '[' ? ']' : *text);
	}
	return token;
}

static bool token_is(struct token token, const char *text)
{
	return token.length == strlen(text) && g_ascii_strncasecmp(token.start, text, token.length) == 0;
}

/* Bare words fold on PostgreSQL; quoted ones are compared without quotes (names with doubled quotes are rare:
 * unfolded). */
static bool token_names(struct iw_engine engine, struct token token, const char *name)
{
	size_t length = strlen(name);
	if (token.kind == WORD) {
		if (token.length != length)
			return false;
		return engine.dialect == IW_POSTGRES ? strncmp(token.start, name, length) == 0
						     : g_ascii_strncasecmp(token.start, name, length) == 0;
	}
	if (token.kind != QUOTED || token.length < 2)
		return false;
	g_autofree char *inner = g_strndup(token.start + 1, token.length - 2);
	if (memchr(inner, *token.start, token.length - 2) != NULL) {
		char *to = inner;
		for (const char *from = inner; *from != '\0'; from++) {
			*to++ = *from;
			if (*from == *token.start && from[1] == *from)
				from++;
		}
		*to = '\0';
	}
	return engine.dialect == IW_POSTGRES ? strcmp(inner, name) == 0 : g_ascii_strcasecmp(inner, name) == 0;
}

struct scan {
	struct iw_engine engine;
	struct token previous, token, next;
};

static void scan_begin(struct scan *scan, struct iw_engine engine, const char *text)
{
	*scan = (struct scan){.engine = engine, .previous = {OTHER, "", 0}};
	scan->token = next_token(engine, text);
	scan->next = next_token(engine, scan->token.start + scan->token.length);
}

static void scan_step(struct scan *scan)
{
	scan->previous = scan->token;
	scan->token = scan->next;
	scan->next = next_token(scan->engine, scan->token.start + scan->token.length);
}

static bool has_role(const struct scan *scan, enum iw_word_role role)
{
	bool after_cast = token_is(scan->previous, "::") || token_is(scan->previous, "as");
	if (role == IW_WORD_TYPE)
		return after_cast || token_is(scan->previous, ".");
	if (role == IW_WORD_TABLE)
		return token_is(scan->next, ".");
	bool is_call = token_is(scan->next, "(") && scan->token.kind == WORD;
	return !after_cast && !is_call && !token_is(scan->next, ".");
}

static bool find(struct scan *scan, enum iw_word_role role, const char *name)
{
	for (; scan->token.kind != END; scan_step(scan))
		if (token_names(scan->engine, scan->token, name) && has_role(scan, role))
			return true;
	return false;
}

bool iw_text_uses_column(struct iw_engine engine, const char *text, const char *column)
{
	if (text == NULL || column == NULL)
		return false;
	struct scan scan;
	scan_begin(&scan, engine, text);
	return find(&scan, IW_WORD_COLUMN, column);
}

bool iw_text_mentions(struct iw_engine engine, const char *text, const char *name)
{
	if (text == NULL || name == NULL)
		return false;
	struct scan scan;
	for (scan_begin(&scan, engine, text); scan.token.kind != END; scan_step(&scan))
		if (token_names(engine, scan.token, name))
			return true;
	return false;
}

static int compare_words(const void *word, const void *entry)
{
	return strcmp(word, *(const char *const *)entry);
}

static bool is_reserved(const char *name)
{
	return bsearch(name, reserved, G_N_ELEMENTS(reserved), sizeof *reserved, compare_words) != NULL;
}

static bool needs_quotes(const char *name)
{
	if (!g_ascii_islower(*name) && *name != '_')
		return true;
	for (const char *c = name; *c != '\0'; c++)
		if (!g_ascii_islower(*c) && !g_ascii_isdigit(*c) && *c != '_')
			return true;
	return is_reserved(name);
}

const char *iw_word_quoted(iw_arena *arena, enum iw_dialect dialect, const char *name)
{
	if (dialect == IW_POSTGRES && !needs_quotes(name))
		return iw_arena_strdup(arena, name);
	char quote = dialect == IW_MYSQL ? '`' : '"';
	g_autoptr(GString) out = g_string_new(NULL);
	g_string_append_c(out, quote);
	for (; *name != '\0'; name++) {
		if (*name == quote)
			g_string_append_c(out, quote);
		g_string_append_c(out, *name);
	}
	g_string_append_c(out, quote);
	return iw_arena_strndup(arena, out->str, out->len);
}

/* MySQL and SQLite: names of canonical text are small, and bare where they can be. */
static bool is_bare(const char *name)
{
	if (!is_word_start(*name))
		return false;
	while (is_word_part(*name))
		name++;
	return *name == '\0';
}

const char *iw_word_canonical(iw_arena *arena, enum iw_dialect dialect, const char *name)
{
	if (dialect == IW_POSTGRES)
		return iw_word_quoted(arena, dialect, name);
	g_autofree char *small = g_ascii_strdown(name, -1);
	bool is_keyword = dialect == IW_SQLITE && is_reserved(small);
	return is_bare(small) && !is_keyword ? iw_arena_strdup(arena, small) : iw_word_quoted(arena, dialect, small);
}

static const char *rename_words(iw_arena *arena, struct iw_engine engine, enum iw_word_role role, const char *text,
				const char *old_name, const char *replacement)
{
	struct scan scan;
	if (text == NULL)
		return NULL;
	scan_begin(&scan, engine, text);
	if (!find(&scan, role, old_name))
		return text;
	g_autoptr(GString) out = g_string_new(NULL);
	const char *copied = text;
	do {
		g_string_append_len(out, copied, scan.token.start - copied);
		g_string_append(out, replacement);
		copied = scan.token.start + scan.token.length;
		scan_step(&scan);
	} while (find(&scan, role, old_name));
	g_string_append(out, copied);
	return iw_arena_strndup(arena, out->str, out->len);
}

const char *iw_text_rename(iw_arena *arena, struct iw_engine engine, enum iw_word_role role, const char *text,
			   const char *old_name, const char *new_name)
{
	return rename_words(arena, engine, role, text, old_name, iw_word_quoted(arena, engine.dialect, new_name));
}

const struct iw_expression *iw_expression_rename(iw_arena *arena, struct iw_engine engine, enum iw_word_role role,
						 const struct iw_expression *expression, const char *old_name,
						 const char *new_name)
{
	if (expression == NULL)
		return NULL;
	const char *canonical = rename_words(arena, engine, role, expression->canonical, old_name,
					     iw_word_canonical(arena, engine.dialect, new_name));
	if (canonical == expression->canonical)
		return expression;
	struct iw_expression *copy = iw_arena_memdup(arena, expression, sizeof *expression);
	copy->canonical = canonical;
	copy->text = iw_text_rename(arena, engine, role, expression->text, old_name, new_name);
	return copy;
}
