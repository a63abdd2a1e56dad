/* The parser's tokens: looking at them, taking them, refusing them. */
#include "sql/mysql/parser.h"

static void fetch(struct parser *parser)
{
	if (iw_mysql_lexer_next(&parser->lexer, &parser->token) || parser->is_failed)
		return;
	parser->is_failed = parser->is_syntax_error = true;
	parser->error_token = (struct token){TOKEN_STRING, parser->lexer.open_at, parser->lexer.open_at + 1};
	parser->reason = iw_arena_printf(parser->arena, "this %s has no end", parser->lexer.open_what);
	parser->token = (struct token){TOKEN_END, parser->lexer.length, parser->lexer.length};
}

void iw_mysql_parser_begin(struct parser *parser, iw_arena *arena, struct iw_engine engine, const char *text,
			   size_t length)
{
	*parser = (struct parser){.arena = arena, .engine = engine};
	parser->lexer = (struct lexer){.text = text, .length = length, .engine = engine};
	fetch(parser);
}

void iw_mysql_take(struct parser *parser)
{
	parser->previous_end = parser->token.end;
	fetch(parser);
}

static bool fail(struct parser *parser, bool is_syntax_error, const char *reason)
{
	if (parser->is_failed)
		return false;
	parser->is_failed = true;
	parser->is_syntax_error = is_syntax_error;
	parser->error_token = parser->token;
	parser->reason = reason;
	return false;
}

bool iw_mysql_refuse_with(struct parser *parser, const char *reason)
{
	return fail(parser, true, reason);
}

bool iw_mysql_give_up(struct parser *parser, const char *reason)
{
	return fail(parser, false, reason);
}

#define MAX_SHOWN 40

bool iw_mysql_refuse(struct parser *parser)
{
	const struct token *token = &parser->token;
	if (parser->is_failed)
		return false;
	if (token->kind == TOKEN_END)
		return iw_mysql_refuse_with(parser, "syntax error at the end of the statement");
	const char *from = parser->lexer.text + token->begin;
	int length = (int)MIN(token->end - token->begin, MAX_SHOWN);
	while (length > 0 && length < (int)(token->end - token->begin) && ((unsigned char)from[length] & 0xC0) == 0x80)
		length--;
	const char *reason = iw_arena_printf(parser->arena, "syntax error at or near \"%.*s\"", length, from);
	/* With sql_mode ANSI_QUOTES this is a name. */
	if (token->kind == TOKEN_STRING && *from == '"')
		return iw_mysql_give_up(parser, iw_arena_printf(parser->arena,
								"%s: a name in double quotes needs "
								"sql_mode ANSI_QUOTES",
								reason));
	return iw_mysql_refuse_with(parser, reason);
}

bool iw_mysql_deeper(struct parser *parser)
{
	if (++parser->depth <= MYSQL_MAX_DEPTH)
		return true;
	return iw_mysql_give_up(parser, "it is nested too deeply");
}

bool iw_mysql_is(const struct parser *parser, const char *word)
{
	return iw_mysql_token_is(parser->lexer.text, &parser->token, word);
}

static bool is_operator(const struct parser *parser, const struct token *token, const char *text)
{
	size_t length = strlen(text);
	return token->kind == TOKEN_OPERATOR && token->end - token->begin == length &&
	       memcmp(parser->lexer.text + token->begin, text, length) == 0;
}

bool iw_mysql_is_operator(const struct parser *parser, const char *text)
{
	return is_operator(parser, &parser->token, text);
}

struct token iw_mysql_peek(const struct parser *parser)
{
	struct lexer lexer = parser->lexer;
	struct token token;
	lexer.comments = NULL;
	iw_mysql_lexer_next(&lexer, &token);
	return token;
}

bool iw_mysql_peek_is(const struct parser *parser, const char *word)
{
	struct token token = iw_mysql_peek(parser);
	if (token.kind == TOKEN_OPERATOR)
		return is_operator(parser, &token, word);
	return iw_mysql_token_is(parser->lexer.text, &token, word);
}

/* Moves `copy` and *token behind the words; false when they are others. */
static bool follow_words(const char *text, struct lexer *copy, struct token *token, size_t *end, const char *words)
{
	while (*words != '\0') {
		size_t length = strcspn(words, " ");
		if (token->kind != TOKEN_WORD || token->end - token->begin != length ||
		    g_ascii_strncasecmp(text + token->begin, words, length) != 0)
			return false;
		*end = token->end;
		words += length + (words[length] == ' ');
		if (!iw_mysql_lexer_next(copy, token) && *words != '\0')
			return false;
	}
	return true;
}

bool iw_mysql_is_words(const struct parser *parser, const char *words)
{
	struct lexer copy = parser->lexer;
	struct token token = parser->token;
	size_t end;
	if (token.kind != TOKEN_WORD || g_ascii_tolower(words[0]) != g_ascii_tolower(parser->lexer.text[token.begin]))
		return false;
	return follow_words(parser->lexer.text, &copy, &token, &end, words);
}

bool iw_mysql_skip(struct parser *parser, const char *words)
{
	if (!iw_mysql_is_words(parser, words))
		return false;
	for (const char *at = words; at != NULL; at = strchr(at + 1, ' '))
		iw_mysql_take(parser);
	return true;
}

bool iw_mysql_skip_operator(struct parser *parser, const char *text)
{
	if (!iw_mysql_is_operator(parser, text))
		return false;
	iw_mysql_take(parser);
	return true;
}

bool iw_mysql_expect(struct parser *parser, const char *words)
{
	char first[32];
	if (iw_mysql_skip(parser, words))
		return true;
	/* Point at the word that is wrong. */
	for (; strchr(words, ' ') != NULL; words = strchr(words, ' ') + 1) {
		g_strlcpy(first, words, MIN(sizeof first, strcspn(words, " ") + 1));
		if (!iw_mysql_skip(parser, first))
			break;
	}
	return iw_mysql_refuse(parser);
}

bool iw_mysql_expect_operator(struct parser *parser, const char *text)
{
	return iw_mysql_skip_operator(parser, text) || iw_mysql_refuse(parser);
}

bool iw_mysql_at_end(const struct parser *parser)
{
	return parser->token.kind == TOKEN_END && !parser->is_failed;
}
