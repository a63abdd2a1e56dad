/* Cuts scripts into tokens; see script_lexer.h. */
#include "refs/script_lexer.h"

#include <string.h>

struct lexer {
	iw_arena *arena;
	const char *text;
	GArray *tokens;
	bool in_strings;
	int depth;
};

static bool is_name(char c)
{
	return g_ascii_isalnum(c) || c == '_' || c == '$' || (guchar)c >= 0x80;
}

static void cut(struct lexer *lexer, size_t begin, size_t end);

static void add(struct lexer *lexer, enum script_kind kind, char sign, size_t offset, size_t length)
{
	struct script_token token = {kind, sign, offset, length, NULL};
	if (kind == SCRIPT_NAME || (kind == SCRIPT_STRING && length < 128))
		token.text = iw_arena_strndup(lexer->arena, lexer->text + offset, length);
	g_array_append_val(lexer->tokens, token);
}

static size_t cut_string(struct lexer *lexer, size_t at, size_t end)
{
	char quote = lexer->text[at];
	size_t close = at + 1;
	while (close < end && lexer->text[close] != quote && (lexer->text[close] != '\n' || lexer->in_strings))
		close += lexer->text[close] == '\\' ? 2 : 1;
	if (close >= end || lexer->text[close] != quote)
		return at + 1; /* an apostrophe */
	add(lexer, SCRIPT_STRING, 0, at + 1, close - at - 1);
	if (lexer->in_strings)
		cut(lexer, at + 1, close);
	return close + 1;
}

/* Behind the "}" that closes a "${" before `at`. */
static size_t skip_code(const char *text, size_t at, size_t end)
{
	int depth = 1;
	for (; at < end && depth > 0; at++)
		depth += text[at] == '{' ? 1 : text[at] == '}' ? -1 : 0;
	return at;
}

static size_t cut_template(struct lexer *lexer, size_t at, size_t end)
{
	const char *text = lexer->text;
	size_t close = at + 1;
	guint index = lexer->tokens->len;
	add(lexer, SCRIPT_TEMPLATE, 0, at + 1, 0);
	while (close < end && text[close] != '`') {
		if (text[close] == '$' && close + 1 < end && text[close + 1] == '{') {
			size_t behind = skip_code(text, close + 2, end);
			add(lexer, SCRIPT_SIGN, ';', close, 0);
			cut(lexer, close + 2, behind - 1);
			add(lexer, SCRIPT_SIGN, ';', close, 0);
			close = behind;
		} else {
			close += text[close] == '\\' ? 2 : 1;
		}
	}
	g_array_index(lexer->tokens, struct script_token, index).length = MIN(close, end) - at - 1;
	return MIN(close, end) + 1;
}

static bool may_begin_regex(const struct lexer *lexer)
{
	if (lexer->tokens->len == 0)
		return false;
	const struct script_token *last = &g_array_index(lexer->tokens, struct script_token, lexer->tokens->len - 1);
	if (last->kind == SCRIPT_NAME)
		return strcmp(last->text, "return") == 0;
	return last->kind == SCRIPT_SIGN && strchr("(,=:[!&|?;+", last->sign) != NULL;
}

/* Behind a comment or a regular expression; `at`: neither begins here. */
static size_t skip(const struct lexer *lexer, size_t at, size_t end)
{
	const char *text = lexer->text;
	if (text[at] != '/' || at + 1 >= end)
		return at;
	if (text[at + 1] == '/' && (at == 0 || text[at - 1] != ':')) {
		const char *line = memchr(text + at, '\n', end - at);
		return line == NULL ? end : (size_t)(line - text);
	}
	if (text[at + 1] == '*') {
		const char *close = memmem(text + at + 2, end - at - 2, "*/", 2);
		return close == NULL ? end : (size_t)(close - text) + 2;
	}
	if (!may_begin_regex(lexer))
		return at;
	bool in_class = false;
	for (size_t close = at + 1; close < end && text[close] != '\n'; close++) {
		if (text[close] == '\\')
			close++;
		else if (text[close] == '[' || text[close] == ']')
			in_class = text[close] == '[';
		else if (text[close] == '/' && !in_class)
			return close + 1;
	}
	return at;
}

static size_t cut_sign(struct lexer *lexer, size_t at, size_t end)
{
	const char *text = lexer->text;
	bool has_next = at + 1 < end;
	if (has_next && text[at] == '=' && text[at + 1] == '>') {
		add(lexer, SCRIPT_SIGN, 'A', at, 2);
		return at + 2;
	}
	if (has_next && (text[at] == '?' || text[at] == '!') && text[at + 1] == '.') {
		add(lexer, SCRIPT_SIGN, '.', at, 2);
		return at + 2;
	}
	if (at + 2 < end && strncmp(text + at, "...", 3) == 0) {
		add(lexer, SCRIPT_SIGN, '~', at, 3);
		return at + 3;
	}
	add(lexer, SCRIPT_SIGN, text[at], at, 1);
	return at + 1;
}

static void cut(struct lexer *lexer, size_t begin, size_t end)
{
	enum { DEEPEST = 16 };
	if (lexer->depth >= DEEPEST)
		return;
	lexer->depth++;
	for (size_t at = begin; at < end;) {
		char c = lexer->text[at];
		size_t behind = skip(lexer, at, end);
		if (behind != at || g_ascii_isspace(c)) {
			at = behind == at ? at + 1 : behind;
		} else if (is_name(c)) {
			size_t from = at;
			while (at < end && is_name(lexer->text[at]))
				at++;
			add(lexer, SCRIPT_NAME, 0, from, at - from);
		} else if (c == '"' || c == '\'') {
			at = cut_string(lexer, at, end);
		} else {
			at = c == '`' ? cut_template(lexer, at, end) : cut_sign(lexer, at, end);
		}
	}
	lexer->depth--;
}

GArray *iw_script_cut(iw_arena *arena, const char *text, size_t length, bool in_strings)
{
	struct lexer lexer = {arena, text, g_array_new(FALSE, FALSE, sizeof(struct script_token)), in_strings, 0};
	iw_arena_defer(arena, (GDestroyNotify)g_array_unref, lexer.tokens);
	cut(&lexer, 0, length);
	const struct script_token last = {.kind = SCRIPT_SIGN, .sign = ';', .offset = length};
	for (int i = 0; i < 4; i++)
		g_array_append_val(lexer.tokens, last);
	return lexer.tokens;
}
