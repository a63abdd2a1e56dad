/*
 * Scripts of RunSQL as Django sends them: on MySQL and SQLite one statement at a time, without comments, as the package
 * sqlparse sees statements (its StatementSplitter and StripCommentsFilter); on PostgreSQL the script as it is.
 */
#include "framework/django/operations.h"

#include <string.h>

/* tokens of sqlparse, as far as they end statements -----------------------------------------------------------------
 */

enum token_kind {
	TOKEN_OTHER,
	TOKEN_SPACE,
	TOKEN_NEWLINE,
	TOKEN_LINE_COMMENT,
	TOKEN_COMMENT,
	TOKEN_HINT,
	TOKEN_WORD,
	TOKEN_NAME
};

struct token {
	enum token_kind kind;
	const char *text;
	size_t length;
};

static bool is_word_char(char c)
{
	return g_ascii_isalnum(c) || c == '_' || (unsigned char)c >= 0x80;
}

static size_t line_end(const char *text)
{
	size_t length = strcspn(text, "\r\n");
	if (text[length] == '\r' && text[length + 1] == '\n')
		return length + 2;
	return text[length] == '\0' ? length : length + 1;
}

/* A quoted text as the regular expression (qq|\q|[^q])* takes it: where nothing closes it, the last quote that could
 * does. 0: it does not end. */
static size_t quoted_length(const char *text, bool has_backslash)
{
	char quote = *text;
	size_t candidate = 0;
	for (size_t i = 1; text[i] != '\0'; i++) {
		bool is_escaped = has_backslash && text[i] == '\\' && text[i + 1] == quote;
		if (is_escaped || (text[i] == quote && text[i + 1] == quote)) {
			candidate = is_escaped ? i + 2 : i + 1;
			i++;
		} else if (text[i] == quote) {
			return i + 1;
		}
	}
	return candidate;
}

/* $tag$ ... $tag$; 0: it is none. */
static size_t dollar_length(const char *start, const char *text)
{
	if (text > start && (is_word_char(text[-1]) || text[-1] == '"' || text[-1] == '$'))
		return 0;
	size_t tag = 1;
	if (g_ascii_isdigit(text[1]))
		return 0;
	while (is_word_char(text[tag]))
		tag++;
	if (text[tag] != '$')
		return 0;
	g_autofree char *mark = g_strndup(text, tag + 1);
	const char *end = strstr(text + tag + 1, mark);
	return end == NULL ? 0 : (size_t)(end - text) + tag + 1;
}

static size_t bracket_length(const char *start, const char *text)
{
	if (text > start && (is_word_char(text[-1]) || text[-1] == ']' || text[-1] == ')'))
		return 0;
	size_t length = 1 + strcspn(text + 1, "[]");
	return text[length] == ']' && length > 1 ? length + 1 : 0;
}

static struct token comment_token(const char *text)
{
	bool is_block = text[0] == '/';
	size_t mark = 2;
	const char *end = is_block ? strstr(text + 2, "*/") : NULL;
	if (is_block && end == NULL)
		return (struct token){TOKEN_OTHER, text, 1};
	bool is_hint = text[mark] == '+';
	enum token_kind kind = is_hint ? TOKEN_HINT : is_block ? TOKEN_COMMENT : TOKEN_LINE_COMMENT;
	return (struct token){kind, text, is_block ? (size_t)(end - text) + 2 : line_end(text)};
}

/* The keywords that are made of several words, and words before "." or "(", which are names. */
static struct token word_token(const char *start, const char *text)
{
	static const char *const pairs[][2] = {{"END", "IF"},	   {"END", "LOOP"},  {"END", "WHILE"},
					       {"HANDLER", "FOR"}, {"IF", "EXISTS"}, {"IF", "NOT"}};
	size_t length = 0;
	while (is_word_char(text[length]) || (length > 0 && (text[length] == '$' || text[length] == '#')))
		length++;
	size_t next = length + strspn(text + length, " \t\r\n");
	if (text[length] == '(' || text[next] == '.' || (text > start && text[-1] == '.')) {
		bool is_case = length == 4 && g_ascii_strncasecmp(text, "CASE", 4) == 0;
		return (struct token){is_case ? TOKEN_WORD : TOKEN_NAME, text, length};
	}
	for (size_t i = 0; next > length && i < G_N_ELEMENTS(pairs); i++) {
		size_t first = strlen(pairs[i][0]), second = strlen(pairs[i][1]);
		if (length == first && g_ascii_strncasecmp(text, pairs[i][0], first) == 0 &&
		    g_ascii_strncasecmp(text + next, pairs[i][1], second) == 0 && !is_word_char(text[next + second]))
			return (struct token){TOKEN_WORD, text, next + second};
	}
	return (struct token){TOKEN_WORD, text, length};
}

static struct token next_token(const char *start, const char *text)
{
	size_t length = 0, digits = strspn(text, "0123456789");
	if (digits > 0 && !is_word_char(text[digits]))
		return (struct token){TOKEN_OTHER, text, digits};
	if ((text[0] == '-' && text[1] == '-') || (text[0] == '#' && text[1] == ' ') ||
	    (text[0] == '/' && text[1] == '*'))
		return comment_token(text);
	if (*text == '\r' || *text == '\n')
		return (struct token){TOKEN_NEWLINE, text, text[0] == '\r' && text[1] == '\n' ? 2 : 1};
	if (g_ascii_isspace(*text))
		return (struct token){TOKEN_SPACE, text, 1};
	if (*text == '\'' || *text == '"' || *text == '`')
		length = quoted_length(text, *text != '`');
	else if (*text == '$')
		length = dollar_length(start, text);
	else if (*text == '[')
		length = bracket_length(start, text);
	else if (is_word_char(*text))
		return word_token(start, text);
	return (struct token){TOKEN_OTHER, text, length == 0 ? 1 : length};
}

static bool is_word(const struct token *token, const char *word)
{
	return token->kind == TOKEN_WORD && strlen(word) == token->length &&
	       g_ascii_strncasecmp(token->text, word, token->length) == 0;
}

static bool is_two_words(const struct token *token, const char *first)
{
	size_t length = strlen(first);
	return token->kind == TOKEN_WORD && token->length > length &&
	       g_ascii_strncasecmp(token->text, first, length) == 0 && !is_word_char(token->text[length]);
}

/* statements ------------------------------------------------------------------------------------------------------- */

struct splitter {
	bool in_case, is_create, seen_begin;
	int begin_depth, level;
};

static bool is_any(const struct token *token, const char *const *words)
{
	for (size_t i = 0; words[i] != NULL; i++)
		if (is_word(token, words[i]))
			return true;
	return false;
}

static void end_block(struct splitter *self)
{
	if (self->in_case)
		self->in_case = false;
	else if (self->begin_depth > 0)
		self->begin_depth--;
	self->level--;
}

/* _change_splitlevel() */
static void change_level(struct splitter *self, const struct token *token)
{
	static const char *const transactions[] = {"TRANSACTION", "WORK", "DEFERRED", "IMMEDIATE", "EXCLUSIVE", NULL};
	static const char *const blocks[] = {"IF", "FOR", "WHILE", "CASE", NULL};
	if (token->kind == TOKEN_OTHER && token->length == 1 && (*token->text == '(' || *token->text == ')')) {
		self->level += *token->text == '(' ? 1 : -1;
	} else if (is_word(token, "CREATE")) {
		self->is_create = true;
	} else if (is_word(token, "DECLARE") && self->is_create && self->begin_depth == 0) {
		self->level++;
	} else if (is_word(token, "BEGIN")) {
		self->begin_depth++;
		self->seen_begin = true;
		self->level += self->is_create;
	} else if (self->seen_begin && is_any(token, transactions)) {
		self->begin_depth = MAX(0, self->begin_depth - 1);
		self->seen_begin = false;
	} else if (is_word(token, "END")) {
		end_block(self);
	} else if (is_any(token, blocks) && self->is_create && self->begin_depth > 0) {
		self->in_case = self->in_case || is_word(token, "CASE");
		self->level++;
	} else if (is_two_words(token, "END") && g_ascii_tolower(token->text[token->length - 1]) != 'p') {
		self->level--; /* END IF, END WHILE; not END LOOP */
	}
}

/* Does the statement end with this token? */
static bool ends(struct splitter *self, const struct token *token)
{
	bool is_blank = token->kind == TOKEN_SPACE || token->kind == TOKEN_NEWLINE ||
			token->kind == TOKEN_LINE_COMMENT || token->kind == TOKEN_COMMENT || token->kind == TOKEN_HINT;
	if (token->kind == TOKEN_OTHER && *token->text == ';') {
		if (self->seen_begin)
			self->begin_depth = MAX(0, self->begin_depth - 1);
		self->seen_begin = false;
		return self->level <= 0 && self->begin_depth == 0;
	}
	if (is_word(token, "GO"))
		return true;
	if (!is_blank && !is_word(token, "BEGIN"))
		self->seen_begin = false;
	return false;
}

/* split(): char *, without white space around them. */
static GPtrArray *split(const char *sql)
{
	GPtrArray *statements = g_ptr_array_new_with_free_func(g_free);
	struct splitter self = {0};
	bool is_over = false;
	const char *first = sql;
	for (const char *at = sql; *at != '\0';) {
		struct token token = next_token(sql, at);
		if (is_over && token.kind != TOKEN_SPACE && token.kind != TOKEN_LINE_COMMENT) {
			g_ptr_array_add(statements, g_strstrip(g_strndup(first, (gsize)(at - first))));
			self = (struct splitter){0};
			is_over = false;
			first = at;
		}
		change_level(&self, &token);
		is_over = ends(&self, &token) || is_over;
		at += token.length;
	}
	if (*first != '\0')
		g_ptr_array_add(statements, g_strstrip(g_strdup(first)));
	return statements;
}

/* comments --------------------------------------------------------------------------------------------------------- */

/* Comments and line breaks in a row: one break or blank is left of them. */
static const char *skip_comments(const char *start, const char *at, bool *ends_in_break)
{
	*ends_in_break = false;
	for (;;) {
		struct token token = next_token(start, at);
		bool is_comment = token.kind == TOKEN_LINE_COMMENT || token.kind == TOKEN_COMMENT;
		if (*at == '\0' || (!is_comment && token.kind != TOKEN_NEWLINE))
			return at;
		char last = token.text[token.length - 1];
		*ends_in_break = last == '\n' || last == '\r';
		at += token.length;
	}
}

static void end_line(GString *text)
{
	while (text->len > 0 && (text->str[text->len - 1] == ' ' || text->str[text->len - 1] == '\t'))
		g_string_truncate(text, text->len - 1);
	g_string_append_c(text, '\n');
}

/* format(strip_comments=True) */
static char *without_comments(const char *sql)
{
	GString *text = g_string_new(NULL);
	for (const char *at = sql; *at != '\0';) {
		struct token token = next_token(sql, at);
		if (token.kind == TOKEN_LINE_COMMENT || token.kind == TOKEN_COMMENT) {
			bool ends_in_break;
			at = skip_comments(sql, at, &ends_in_break);
			if (text->len > 0 && text->str[text->len - 1] != '(') {
				if (ends_in_break)
					end_line(text);
				else
					g_string_append_c(text, ' ');
			}
			continue;
		}
		if (token.kind == TOKEN_NEWLINE)
			end_line(text);
		else
			g_string_append_len(text, token.text, (gssize)token.length);
		at += token.length;
	}
	return g_strchomp(g_string_free(text, FALSE));
}

GPtrArray *iw_django_prepare_sql_script(struct django_context *context, const char *sql)
{
	GPtrArray *all = iw_arena_ptr_array(context->arena);
	if (context->engine.dialect == IW_POSTGRES) {
		g_ptr_array_add(all, (char *)sql);
		return all;
	}
	g_autoptr(GPtrArray) statements = split(sql);
	for (guint i = 0; i < statements->len; i++) {
		g_autofree char *plain = without_comments(statements->pdata[i]);
		if (*plain != '\0' && strcmp(plain, ";") != 0)
			g_ptr_array_add(all, iw_arena_strdup(context->arena, plain));
	}
	return all;
}
