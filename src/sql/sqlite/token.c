/* SQLite's tokens; see token.h. */
#include "sql/sqlite/token.h"

#include <string.h>

static const struct {
	const char *name;
	unsigned char length;
	char use;
} keywords[] = {[KW_NONE] = {"", 0, 0},
#define KEYWORD_ROW(word, use) [KW_##word] = {#word, sizeof #word - 1, use},
		SQLITE_KEYWORDS(KEYWORD_ROW)
#undef KEYWORD_ROW
};

/* Keywords are in alphabetical order, the underscore (of CURRENT_DATE) after the letters' end of a word. */
enum keyword iw_sqlite_keyword_find(const char *text, size_t length)
{
	size_t low = 1, high = G_N_ELEMENTS(keywords);
	while (low < high) {
		size_t middle = (low + high) / 2;
		size_t common = MIN(length, keywords[middle].length);
		int order = g_ascii_strncasecmp(text, keywords[middle].name, common);
		if (order == 0)
			order = (length > common) - (keywords[middle].length > common);
		if (order == 0)
			return (enum keyword)middle;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return KW_NONE;
}

char iw_sqlite_keyword_use(enum keyword keyword)
{
	return keywords[keyword].use;
}

const char *iw_sqlite_keyword_name(enum keyword keyword)
{
	return keywords[keyword].name;
}

bool iw_sqlite_token_is(const struct token *token, const char *text)
{
	size_t length = strlen(text);
	return token->end - token->begin == length && memcmp(token->text, text, length) == 0;
}

static bool is_name_start(char byte)
{
	return g_ascii_isalpha(byte) || byte == '_' || (unsigned char)byte >= 0x80;
}

static bool is_name_byte(char byte)
{
	return is_name_start(byte) || g_ascii_isdigit(byte) || byte == '$';
}

struct lexer {
	const char *text;
	size_t length, at;
};

static char peek(const struct lexer *lexer, size_t ahead)
{
	return lexer->length - lexer->at > ahead ? lexer->text[lexer->at + ahead] : '\0';
}

/* A vertical tab is blank only behind another blank. */
static enum token_kind read_space(struct lexer *lexer)
{
	while (lexer->at < lexer->length && strchr(" \t\n\f\r\v", lexer->text[lexer->at]) != NULL &&
	       lexer->text[lexer->at] != 0)
		lexer->at++;
	return TOKEN_SPACE;
}

static enum token_kind read_line_comment(struct lexer *lexer)
{
	const char *end = memchr(lexer->text + lexer->at, '\n', lexer->length - lexer->at);
	lexer->at = end != NULL ? (size_t)(end - lexer->text) : lexer->length;
	return TOKEN_COMMENT;
}

static enum token_kind read_block_comment(struct lexer *lexer)
{
	const char *end = memmem(lexer->text + lexer->at + 2, lexer->length - lexer->at - 2, "*/", 2);
	lexer->at = end != NULL ? (size_t)(end - lexer->text) + 2 : lexer->length;
	return end != NULL ? TOKEN_COMMENT : TOKEN_ILLEGAL;
}

/* A doubled closing quote stands for itself, except in [...]. */
static enum token_kind read_quoted(struct lexer *lexer)
{
	char open = lexer->text[lexer->at++], close = open == '[' ? ']' : open;
	for (;;) {
		const char *end = memchr(lexer->text + lexer->at, close, lexer->length - lexer->at);
		if (end == NULL) {
			lexer->at = lexer->length;
			return TOKEN_ILLEGAL;
		}
		lexer->at = (size_t)(end - lexer->text) + 1;
		if (close == ']' || peek(lexer, 0) != close)
			return open == '\'' ? TOKEN_STRING : TOKEN_QUOTED;
		lexer->at++;
	}
}

static enum token_kind read_blob(struct lexer *lexer)
{
	size_t begin = lexer->at += 2;
	while (g_ascii_isxdigit(peek(lexer, 0)))
		lexer->at++;
	bool is_valid = peek(lexer, 0) == '\'' && (lexer->at - begin) % 2 == 0;
	while (lexer->at < lexer->length && lexer->text[lexer->at] != '\'')
		lexer->at++;
	if (lexer->at < lexer->length)
		lexer->at++;
	return is_valid ? TOKEN_BLOB : TOKEN_ILLEGAL;
}

/* Digits, with single underscores between them (3.46). */
static void read_digits(struct lexer *lexer, bool is_hex)
{
	for (;;) {
		char byte = peek(lexer, 0), next = peek(lexer, 1);
		bool is_digit = is_hex ? g_ascii_isxdigit(byte) : g_ascii_isdigit(byte);
		bool joins = byte == '_' && (is_hex ? g_ascii_isxdigit(next) : g_ascii_isdigit(next));
		if (!is_digit && !joins)
			return;
		lexer->at++;
	}
}

static enum token_kind read_number(struct lexer *lexer)
{
	enum token_kind kind = TOKEN_INTEGER;
	if (peek(lexer, 0) == '0' && (peek(lexer, 1) | 32) == 'x' && g_ascii_isxdigit(peek(lexer, 2))) {
		lexer->at += 2;
		read_digits(lexer, true);
	} else {
		read_digits(lexer, false);
		if (peek(lexer, 0) == '.') {
			lexer->at++;
			read_digits(lexer, false);
			kind = TOKEN_FLOAT;
		}
		size_t sign = peek(lexer, 1) == '+' || peek(lexer, 1) == '-' ? 1 : 0;
		if ((peek(lexer, 0) | 32) == 'e' && g_ascii_isdigit(peek(lexer, 1 + sign))) {
			lexer->at += 1 + sign;
			read_digits(lexer, false);
			kind = TOKEN_FLOAT;
		}
	}
	while (is_name_byte(peek(lexer, 0))) {
		kind = TOKEN_ILLEGAL;
		lexer->at++;
	}
	return kind;
}

/* (anything) behind a variable, up to the parenthesis, without blanks */
static bool read_variable_suffix(struct lexer *lexer)
{
	while (peek(lexer, 0) != '\0' && !g_ascii_isspace(peek(lexer, 0)) && peek(lexer, 0) != ')')
		lexer->at++;
	bool is_closed = peek(lexer, 0) == ')';
	lexer->at += is_closed;
	return is_closed;
}

/* ?12, :name, @name, #name, $name::part(anything) */
static enum token_kind read_variable(struct lexer *lexer)
{
	size_t names = 0;
	if (lexer->text[lexer->at++] == '?') {
		while (g_ascii_isdigit(peek(lexer, 0)))
			lexer->at++;
		return TOKEN_VARIABLE;
	}
	for (;; lexer->at++) {
		if (is_name_byte(peek(lexer, 0)))
			names++;
		else if (peek(lexer, 0) == '(' && names > 0)
			return read_variable_suffix(lexer) ? TOKEN_VARIABLE : TOKEN_ILLEGAL;
		else if (peek(lexer, 0) == ':' && peek(lexer, 1) == ':')
			lexer->at++;
		else
			break;
	}
	return names > 0 ? TOKEN_VARIABLE : TOKEN_ILLEGAL;
}

static enum token_kind read_word(struct lexer *lexer, struct token *token)
{
	size_t begin = lexer->at;
	while (is_name_byte(peek(lexer, 0)))
		lexer->at++;
	token->keyword = iw_sqlite_keyword_find(lexer->text + begin, lexer->at - begin);
	return token->keyword != KW_NONE ? TOKEN_KEYWORD : TOKEN_NAME;
}

static enum token_kind read_operator(struct lexer *lexer)
{
	static const char *const operators[] = {"->>", "->", "||", "<<", ">>", "<=", ">=", "<>", "==", "!="};
	for (size_t i = 0; i < G_N_ELEMENTS(operators); i++) {
		size_t length = strlen(operators[i]);
		if (lexer->length - lexer->at >= length && memcmp(lexer->text + lexer->at, operators[i], length) == 0) {
			lexer->at += length;
			return TOKEN_OPERATOR;
		}
	}
	return strchr("+-*/%=<>|&~", lexer->text[lexer->at++]) != NULL && lexer->text[lexer->at - 1] != '\0'
		       ? TOKEN_OPERATOR
		       : TOKEN_ILLEGAL;
}

static enum token_kind read_token(struct lexer *lexer, struct token *token)
{
	static const char single[] = ";(),.";
	static const enum token_kind single_kinds[] = {TOKEN_SEMICOLON, TOKEN_OPEN, TOKEN_CLOSE, TOKEN_COMMA,
						       TOKEN_DOT};
	char byte = peek(lexer, 0), next = peek(lexer, 1);
	if (byte != '\0' && strchr(" \t\n\f\r", byte) != NULL)
		return read_space(lexer);
	if (byte == '-' && next == '-')
		return read_line_comment(lexer);
	if (byte == '/' && next == '*')
		return read_block_comment(lexer);
	if (byte == '\'' || byte == '"' || byte == '`' || byte == '[')
		return read_quoted(lexer);
	if ((byte | 32) == 'x' && next == '\'')
		return read_blob(lexer);
	if (g_ascii_isdigit(byte) || (byte == '.' && g_ascii_isdigit(next)))
		return read_number(lexer);
	if (byte != '\0' && strchr("?:@#$", byte) != NULL)
		return read_variable(lexer);
	if (memcmp(&byte, "\xEF", 1) == 0 && lexer->length - lexer->at >= 3 &&
	    memcmp(lexer->text + lexer->at, "\xEF\xBB\xBF", 3) == 0) {
		lexer->at += 3;
		return TOKEN_SPACE;
	}
	if (is_name_start(byte))
		return read_word(lexer, token);
	const char *found = byte != '\0' ? strchr(single, byte) : NULL;
	if (found == NULL)
		return read_operator(lexer);
	lexer->at++;
	return single_kinds[found - single];
}

struct token iw_sqlite_token_at(const char *text, size_t length, size_t offset)
{
	struct token token = {.kind = TOKEN_END, .text = text + MIN(offset, length), .begin = offset, .end = offset};
	if (offset >= length)
		return token;
	struct lexer lexer = {text, length, offset};
	token.kind = read_token(&lexer, &token);
	token.end = lexer.at;
	return token;
}

struct token iw_sqlite_token_after(const char *text, size_t length, size_t offset)
{
	for (;;) {
		struct token token = iw_sqlite_token_at(text, length, offset);
		if (token.kind != TOKEN_SPACE && token.kind != TOKEN_COMMENT)
			return token;
		offset = token.end;
	}
}
