/*
 * Normal forms of SQLite's expressions and types, and what an expression is. The normal form serves comparing only:
 * keywords in capitals, names small and without quotes where they need none, one blank between words, no parentheses
 * around the whole. What an author wrote and what sqlite_schema keeps of it (quotes around a renamed column) are then
 * equal.
 */
#include "sql/sqlite/parser.h"

#include <string.h>

static const struct {
	const char *name;
	enum iw_volatility volatility;
} functions[] = {
	{"abs", IW_IMMUTABLE},
	{"char", IW_IMMUTABLE},
	{"coalesce", IW_IMMUTABLE},
	{"concat", IW_IMMUTABLE},
	{"concat_ws", IW_IMMUTABLE},
	{"format", IW_IMMUTABLE},
	{"glob", IW_IMMUTABLE},
	{"hex", IW_IMMUTABLE},
	{"ifnull", IW_IMMUTABLE},
	{"iif", IW_IMMUTABLE},
	{"instr", IW_IMMUTABLE},
	{"json", IW_IMMUTABLE},
	{"json_array", IW_IMMUTABLE},
	{"json_array_length", IW_IMMUTABLE},
	{"json_extract", IW_IMMUTABLE},
	{"json_insert", IW_IMMUTABLE},
	{"json_object", IW_IMMUTABLE},
	{"json_patch", IW_IMMUTABLE},
	{"json_quote", IW_IMMUTABLE},
	{"json_remove", IW_IMMUTABLE},
	{"json_replace", IW_IMMUTABLE},
	{"json_set", IW_IMMUTABLE},
	{"json_type", IW_IMMUTABLE},
	{"json_valid", IW_IMMUTABLE},
	{"jsonb", IW_IMMUTABLE},
	{"length", IW_IMMUTABLE},
	{"like", IW_IMMUTABLE},
	{"likelihood", IW_IMMUTABLE},
	{"likely", IW_IMMUTABLE},
	{"lower", IW_IMMUTABLE},
	{"ltrim", IW_IMMUTABLE},
	{"max", IW_IMMUTABLE},
	{"min", IW_IMMUTABLE},
	{"nullif", IW_IMMUTABLE},
	{"octet_length", IW_IMMUTABLE},
	{"printf", IW_IMMUTABLE},
	{"quote", IW_IMMUTABLE},
	{"replace", IW_IMMUTABLE},
	{"round", IW_IMMUTABLE},
	{"rtrim", IW_IMMUTABLE},
	{"sign", IW_IMMUTABLE},
	{"soundex", IW_IMMUTABLE},
	{"substr", IW_IMMUTABLE},
	{"substring", IW_IMMUTABLE},
	{"trim", IW_IMMUTABLE},
	{"typeof", IW_IMMUTABLE},
	{"unhex", IW_IMMUTABLE},
	{"unicode", IW_IMMUTABLE},
	{"unlikely", IW_IMMUTABLE},
	{"upper", IW_IMMUTABLE},
	{"zeroblob", IW_IMMUTABLE},
	{"ceil", IW_IMMUTABLE},
	{"floor", IW_IMMUTABLE},
	{"exp", IW_IMMUTABLE},
	{"ln", IW_IMMUTABLE},
	{"log", IW_IMMUTABLE},
	{"mod", IW_IMMUTABLE},
	{"pow", IW_IMMUTABLE},
	{"power", IW_IMMUTABLE},
	{"sqrt", IW_IMMUTABLE},
	{"trunc", IW_IMMUTABLE},
	{"date", IW_STABLE},
	{"time", IW_STABLE},
	{"datetime", IW_STABLE},
	{"julianday", IW_STABLE},
	{"strftime", IW_STABLE},
	{"timediff", IW_STABLE},
	{"unixepoch", IW_STABLE},
	{"changes", IW_VOLATILE},
	{"last_insert_rowid", IW_VOLATILE},
	{"random", IW_VOLATILE},
	{"randomblob", IW_VOLATILE},
	{"total_changes", IW_VOLATILE},
};

static enum iw_volatility function_volatility(const struct token *name)
{
	size_t length = name->end - name->begin;
	for (size_t i = 0; i < G_N_ELEMENTS(functions); i++)
		if (strlen(functions[i].name) == length &&
		    g_ascii_strncasecmp(functions[i].name, name->text, length) == 0)
			return functions[i].volatility;
	return IW_VOLATILITY_UNKNOWN;
}

static bool is_word(const struct token *token, const char *word)
{
	return token->kind == TOKEN_NAME && token->end - token->begin == strlen(word) &&
	       g_ascii_strncasecmp(token->text, word, strlen(word)) == 0;
}

static bool is_boolean(const struct token *token)
{
	return is_word(token, "true") || is_word(token, "false");
}

static bool is_current(const struct token *token)
{
	return token->keyword == KW_CURRENT_DATE || token->keyword == KW_CURRENT_TIME ||
	       token->keyword == KW_CURRENT_TIMESTAMP;
}

/* struct token, in order, without blanks and comments. */
static GArray *tokens_of(const char *text)
{
	GArray *tokens = g_array_new(FALSE, FALSE, sizeof(struct token));
	size_t length = strlen(text);
	struct token token = iw_sqlite_token_after(text, length, 0);
	for (; token.kind != TOKEN_END; token = iw_sqlite_token_after(text, length, token.end))
		g_array_append_val(tokens, token);
	return tokens;
}

#define TOKEN(tokens, i) g_array_index(tokens, struct token, i)

/* True when the first token opens the parenthesis that the last one closes. */
static bool is_wrapped(const GArray *tokens, guint first, guint last)
{
	if (first >= last || TOKEN(tokens, first).kind != TOKEN_OPEN)
		return false;
	int depth = 0;
	for (guint i = first; i <= last; i++) {
		depth += TOKEN(tokens, i).kind == TOKEN_OPEN;
		depth -= TOKEN(tokens, i).kind == TOKEN_CLOSE;
		if (depth == 0)
			return i == last;
	}
	return false;
}

static void append_lower(GString *out, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		g_string_append_c(out, g_ascii_tolower(text[i]));
}

static void append_quoted(GString *out, iw_arena *arena, const struct token *token)
{
	const char *name = iw_sqlite_token_name(arena, token);
	size_t length = strlen(name);
	struct token alone = iw_sqlite_token_at(name, length, 0);
	if (alone.kind == TOKEN_NAME && alone.end == length && !is_boolean(&alone)) {
		append_lower(out, name, length);
		return;
	}
	g_string_append_c(out, '"');
	for (; *name != '\0'; name++) {
		if (*name == '"')
			g_string_append_c(out, '"');
		g_string_append_c(out, g_ascii_tolower(*name));
	}
	g_string_append_c(out, '"');
}

static void append_token(GString *out, iw_arena *arena, const struct token *token)
{
	size_t length = token->end - token->begin;
	if (token->kind == TOKEN_QUOTED)
		append_quoted(out, arena, token);
	else if (token->keyword == KW_ISNULL || token->keyword == KW_NOTNULL)
		g_string_append(out, token->keyword == KW_ISNULL ? "IS NULL" : "IS NOT NULL");
	else if (token->kind == TOKEN_KEYWORD)
		g_string_append(out, iw_sqlite_keyword_name(token->keyword));
	else if (is_boolean(token))
		g_string_append(out, is_word(token, "true") ? "TRUE" : "FALSE");
	else if (token->kind == TOKEN_NAME || token->kind == TOKEN_INTEGER || token->kind == TOKEN_FLOAT ||
		 token->kind == TOKEN_BLOB)
		append_lower(out, token->text, length);
	else if (iw_sqlite_token_is(token, "=="))
		g_string_append_c(out, '=');
	else if (iw_sqlite_token_is(token, "!="))
		g_string_append(out, "<>");
	else
		g_string_append_len(out, token->text, (gssize)length);
}

/* A sign is one when nothing that could be its left side stands before it. */
static bool is_sign(const GArray *tokens, guint first, guint i)
{
	const struct token *token = &TOKEN(tokens, i);
	if (token->kind != TOKEN_OPERATOR || strchr("+-~", token->text[0]) == NULL || token->end - token->begin != 1)
		return false;
	if (i == first)
		return true;
	const struct token *before = &TOKEN(tokens, i - 1);
	return before->kind == TOKEN_OPERATOR || before->kind == TOKEN_OPEN || before->kind == TOKEN_COMMA ||
	       (before->kind == TOKEN_KEYWORD && iw_sqlite_keyword_use(before->keyword) == 0 &&
		before->keyword != KW_NULL);
}

static bool needs_blank(const GArray *tokens, guint first, guint i)
{
	if (i == first)
		return false;
	const struct token *before = &TOKEN(tokens, i - 1), *token = &TOKEN(tokens, i);
	if (before->kind == TOKEN_OPEN || before->kind == TOKEN_DOT || is_sign(tokens, first, i - 1))
		return false;
	if (token->kind == TOKEN_CLOSE || token->kind == TOKEN_COMMA || token->kind == TOKEN_DOT)
		return false;
	return token->kind != TOKEN_OPEN || (before->kind != TOKEN_NAME && before->kind != TOKEN_QUOTED);
}

static bool is_literal_token(const struct token *token)
{
	return token->kind == TOKEN_INTEGER || token->kind == TOKEN_FLOAT || token->kind == TOKEN_STRING ||
	       token->kind == TOKEN_BLOB || token->keyword == KW_NULL || is_boolean(token);
}

/* A literal, signs before it, a cast around it. */
static bool is_constant(const GArray *tokens, guint first, guint last)
{
	for (bool is_wrap; first < last; last -= is_wrap) {
		is_wrap = is_wrapped(tokens, first, last);
		if (!is_wrap && !is_sign(tokens, first, first))
			break;
		first++;
	}
	if (first == last)
		return is_literal_token(&TOKEN(tokens, first));
	if (first > last || TOKEN(tokens, first).keyword != KW_CAST || !is_wrapped(tokens, first + 1, last))
		return false;
	guint as = first + 2;
	for (int depth = 0; as < last && (depth > 0 || TOKEN(tokens, as).keyword != KW_AS); as++) {
		depth += TOKEN(tokens, as).kind == TOKEN_OPEN;
		depth -= TOKEN(tokens, as).kind == TOKEN_CLOSE;
	}
	return as > first + 2 && as < last && is_constant(tokens, first + 2, as - 1);
}

static enum iw_volatility volatility_of(const GArray *tokens)
{
	enum iw_volatility worst = IW_IMMUTABLE;
	for (guint i = 0; i < tokens->len; i++) {
		const struct token *token = &TOKEN(tokens, i);
		bool is_call = i + 1 < tokens->len && TOKEN(tokens, i + 1).kind == TOKEN_OPEN;
		bool may_be_name = token->kind == TOKEN_NAME || token->keyword == KW_REPLACE ||
				   token->keyword == KW_LIKE || token->keyword == KW_GLOB;
		if (is_current(token))
			worst = MAX(worst, IW_STABLE);
		else if (is_call && may_be_name)
			worst = MAX(worst, function_volatility(token));
		else if (is_call && token->kind == TOKEN_QUOTED)
			worst = IW_VOLATILITY_UNKNOWN;
	}
	return worst;
}

const struct iw_expression *iw_sqlite_expression(iw_arena *arena, struct iw_engine engine, const char *text)
{
	(void)engine;
	struct iw_expression *expression = iw_new(arena, struct iw_expression);
	g_autoptr(GArray) tokens = tokens_of(text);
	g_autoptr(GString) out = g_string_new(NULL);
	guint first = 0, end = tokens->len;
	while (end > first && is_wrapped(tokens, first, end - 1)) {
		first++;
		end--;
	}
	for (guint i = first; i < end; i++) {
		if (needs_blank(tokens, first, i))
			g_string_append_c(out, ' ');
		append_token(out, arena, &TOKEN(tokens, i));
	}
	expression->text = iw_arena_strdup(arena, text);
	expression->canonical = iw_arena_strndup(arena, out->str, out->len);
	expression->volatility = volatility_of(tokens);
	expression->is_null = end == first + 1 && TOKEN(tokens, first).keyword == KW_NULL;
	expression->is_constant = end > first && is_constant(tokens, first, end - 1);
	return expression;
}

/* A name as default is a string; TRUE and FALSE are not names. */
const struct iw_expression *iw_sqlite_default(iw_arena *arena, struct iw_engine engine, const char *text)
{
	struct token token = iw_sqlite_token_at(text, strlen(text), 0);
	bool is_name = token.end == strlen(text) && !is_boolean(&token) && !is_current(&token) &&
		       (iw_sqlite_token_is_id(&token) || token.keyword == KW_INDEXED);
	if (is_name)
		text = iw_sqlite_quote_literal(arena, iw_sqlite_token_name(arena, &token));
	return iw_sqlite_expression(arena, engine, text);
}

struct iw_type iw_sqlite_type_read(iw_arena *arena, struct iw_engine engine, const char *text)
{
	(void)engine;
	struct iw_type type = {.arguments = {-1, -1}};
	g_autoptr(GString) words = g_string_new(NULL), all = g_string_new(NULL);
	g_autoptr(GArray) tokens = tokens_of(text);
	int argument = -1;
	for (guint i = 0; i < tokens->len; i++) {
		const struct token *token = &TOKEN(tokens, i);
		gssize length = (gssize)(token->end - token->begin);
		if (argument < 0 && token->kind != TOKEN_OPEN) {
			g_string_append_printf(words, "%s%.*s", words->len > 0 ? " " : "", (int)length, token->text);
			g_string_assign(all, words->str);
			continue;
		}
		g_string_append_len(all, token->text, length);
		if (token->kind == TOKEN_OPEN || token->kind == TOKEN_COMMA)
			argument++;
		else if (argument < 2 && (token->kind == TOKEN_INTEGER || token->kind == TOKEN_FLOAT))
			type.arguments[argument] = (int)CLAMP(g_ascii_strtod(token->text, NULL), 0, G_MAXINT);
	}
	type.text = iw_arena_strdup(arena, all->str);
	type.base = iw_arena_strdup(arena, words->str);
	return type;
}
