/* PostgreSQL's tokens as offsets; see lexer.h. After the server's scan.l, with standard_conforming_strings on. */
#include "sql/postgres/lexer.h"

#include <string.h>

#define S PG_CLASS_SPACE
#define W PG_CLASS_WORD
#define D PG_CLASS_DIGIT
#define O PG_CLASS_OPERATOR
#define P PG_CLASS_PUNCTUATION
const unsigned char iw_pg_class[256] = {
	['\t'] = S,	   ['\n'] = S,	      ['\r'] = S,	 ['\f'] = S, ['\v'] = S,	[' '] = S,
	['0' ... '9'] = D, ['a' ... 'z'] = W, ['A' ... 'Z'] = W, ['_'] = W,  [128 ... 255] = W, ['~'] = O,
	['!'] = O,	   ['@'] = O,	      ['#'] = O,	 ['^'] = O,  ['&'] = O,		['|'] = O,
	['`'] = O,	   ['?'] = O,	      ['+'] = O,	 ['-'] = O,  ['*'] = O,		['/'] = O,
	['%'] = O,	   ['<'] = O,	      ['>'] = O,	 ['='] = O,  ['('] = P,		[')'] = P,
	['['] = P,	   [']'] = P,	      [','] = P,	 [';'] = P,  ['.'] = P,		[':'] = P,
};
#undef S
#undef W
#undef D
#undef O
#undef P

static unsigned char class_at(const char *text, size_t at)
{
	return iw_pg_class[(unsigned char)text[at]];
}

size_t iw_pg_skip_quoted(const char *text, size_t at, size_t limit, bool has_escapes)
{
	char quote = text[at];
	at++;
	while (at < limit) {
		if (!has_escapes) {
			const char *found = memchr(text + at, quote, limit - at);
			if (found == NULL)
				break;
			at = (size_t)(found - text);
		}
		if (has_escapes && text[at] == '\\') {
			at += 2;
			continue;
		}
		if (text[at] != quote) {
			at++;
			continue;
		}
		if (at + 1 >= limit || text[at + 1] != quote)
			return at + 1;
		at += 2;
	}
	return limit + 1;
}

size_t iw_pg_skip_dollar(const char *text, size_t at, size_t limit)
{
	size_t tag = at + 1;
	if (tag < limit && class_at(text, tag) == PG_CLASS_WORD)
		while (tag < limit && (class_at(text, tag) == PG_CLASS_WORD || class_at(text, tag) == PG_CLASS_DIGIT))
			tag++;
	if (tag >= limit || text[tag] != '$')
		return at;
	size_t length = tag + 1 - at;
	const char *found = memmem(text + tag + 1, limit - tag - 1, text + at, length);
	return found == NULL ? limit + 1 : (size_t)(found - text) + length;
}

size_t iw_pg_skip_block_comment(const char *text, size_t at, size_t limit)
{
	int depth = 0;
	while (at + 1 < limit) {
		if (text[at] == '/' && text[at + 1] == '*') {
			depth++;
			at += 2;
		} else if (text[at] == '*' && text[at + 1] == '/') {
			at += 2;
			if (--depth == 0)
				return at;
		} else {
			at++;
		}
	}
	return limit + 1;
}

size_t iw_pg_skip_line(const char *text, size_t at, size_t limit)
{
	while (at < limit && text[at] != '\n' && text[at] != '\r')
		at++;
	return at;
}

size_t iw_pg_skip_word(const char *text, size_t at, size_t limit)
{
	while (at < limit) {
		unsigned char class = class_at(text, at);
		if (class != PG_CLASS_WORD && class != PG_CLASS_DIGIT && text[at] != '$')
			break;
		at++;
	}
	return at;
}

static bool is_comment_start(const char *text, size_t at, size_t limit)
{
	return at + 1 < limit && ((text[at] == '-' && text[at + 1] == '-') || (text[at] == '/' && text[at + 1] == '*'));
}

static size_t skip_operator(const char *text, size_t at, size_t limit)
{
	size_t start = at;
	while (at < limit && class_at(text, at) == PG_CLASS_OPERATOR &&
	       !(at > start && is_comment_start(text, at, limit)))
		at++;
	return at;
}

static size_t skip_number(const char *text, size_t at, size_t limit)
{
	size_t start = at;
	while (at < limit) {
		unsigned char class = class_at(text, at);
		bool is_sign = (text[at] == '+' || text[at] == '-') && at > start && (text[at - 1] | 32) == 'e' &&
			       !(at - start > 2 && (text[start + 1] | 32) == 'x');
		bool is_point = text[at] == '.' && !(at + 1 < limit && text[at + 1] == '.');
		if (class != PG_CLASS_DIGIT && class != PG_CLASS_WORD && !is_point && !is_sign)
			break;
		at++;
	}
	return at;
}

/* After a word that touches a quote: E'', B'', X'', N'' and U&'' are literals, U&"" an identifier. */
static size_t skip_prefixed(const char *text, size_t at, size_t end, size_t limit, enum pg_token_kind *kind)
{
	if (end - at == 1 && end < limit && text[end] == '\'' && strchr("eEbBxXnN", text[at]) != NULL) {
		*kind = PG_TOKEN_STRING;
		return iw_pg_skip_quoted(text, end, limit, (text[at] | 32) == 'e');
	}
	if (end - at == 1 && end + 1 < limit && (text[at] | 32) == 'u' && text[end] == '&' &&
	    (text[end + 1] == '\'' || text[end + 1] == '"')) {
		*kind = text[end + 1] == '\'' ? PG_TOKEN_STRING : PG_TOKEN_QUOTED;
		return iw_pg_skip_quoted(text, end + 1, limit, false);
	}
	return end;
}

static size_t token_end(const char *text, size_t at, size_t limit, enum pg_token_kind *kind)
{
	size_t end;
	switch (class_at(text, at)) {
	case PG_CLASS_WORD:
		*kind = PG_TOKEN_WORD;
		return skip_prefixed(text, at, iw_pg_skip_word(text, at, limit), limit, kind);
	case PG_CLASS_DIGIT:
		*kind = PG_TOKEN_NUMBER;
		return skip_number(text, at, limit);
	case PG_CLASS_OPERATOR:
		*kind = PG_TOKEN_OPERATOR;
		return skip_operator(text, at, limit);
	default:
		break;
	}
	if (text[at] == '\'' || text[at] == '"') {
		*kind = text[at] == '\'' ? PG_TOKEN_STRING : PG_TOKEN_QUOTED;
		return iw_pg_skip_quoted(text, at, limit, false);
	}
	if (text[at] == '$') {
		*kind = PG_TOKEN_STRING;
		end = iw_pg_skip_dollar(text, at, limit);
		if (end != at)
			return end;
		*kind = PG_TOKEN_PARAMETER;
		return iw_pg_skip_word(text, at, limit);
	}
	if (text[at] == '.' && at + 1 < limit && class_at(text, at + 1) == PG_CLASS_DIGIT) {
		*kind = PG_TOKEN_NUMBER;
		return skip_number(text, at, limit);
	}
	*kind = PG_TOKEN_PUNCTUATION;
	if (text[at] == ':' && at + 1 < limit && (text[at + 1] == ':' || text[at + 1] == '='))
		return at + 2;
	return at + 1;
}

static size_t skip_comment(const char *text, size_t at, size_t length, GArray *comments)
{
	size_t end = text[at] == '-' ? iw_pg_skip_line(text, at, length) : iw_pg_skip_block_comment(text, at, length);
	end = MIN(end, length);
	if (comments != NULL) {
		struct pg_token comment = {.kind = PG_TOKEN_END, .offset = at, .length = end - at};
		g_array_append_val(comments, comment);
	}
	return end;
}

GArray *iw_pg_lex(const char *text, size_t length, GArray *comments)
{
	GArray *tokens = g_array_sized_new(FALSE, FALSE, sizeof(struct pg_token), 64);
	size_t at = 0;
	int depth = 0;
	while (at < length) {
		if (class_at(text, at) == PG_CLASS_SPACE) {
			at++;
			continue;
		}
		if (is_comment_start(text, at, length)) {
			at = skip_comment(text, at, length, comments);
			continue;
		}
		struct pg_token token = {.offset = at};
		size_t end = MIN(token_end(text, at, length, &token.kind), length);
		token.length = end - at;
		if (token.kind == PG_TOKEN_PUNCTUATION && (text[at] == ')' || text[at] == ']') && depth > 0)
			depth--;
		token.depth = depth;
		if (token.kind == PG_TOKEN_PUNCTUATION && (text[at] == '(' || text[at] == '['))
			depth++;
		g_array_append_val(tokens, token);
		at = end;
	}
	struct pg_token end = {.kind = PG_TOKEN_END, .depth = 0, .offset = length};
	g_array_append_val(tokens, end);
	return tokens;
}

void iw_pg_find_comments(const char *text, size_t from, size_t to, GArray *comments)
{
	size_t at = from;
	while (at < to) {
		if (is_comment_start(text, at, to)) {
			at = skip_comment(text, at, to, comments);
			continue;
		}
		enum pg_token_kind kind;
		at = class_at(text, at) == PG_CLASS_SPACE ? at + 1 : MIN(token_end(text, at, to, &kind), to);
	}
}

bool iw_pg_token_is(const char *text, const struct pg_token *token, const char *word)
{
	return token->kind == PG_TOKEN_WORD && g_ascii_strncasecmp(text + token->offset, word, token->length) == 0 &&
	       word[token->length] == '\0';
}

bool iw_pg_is_punctuation(const char *text, const struct pg_token *token, char c)
{
	return token->kind == PG_TOKEN_PUNCTUATION && token->length == 1 && text[token->offset] == c;
}
