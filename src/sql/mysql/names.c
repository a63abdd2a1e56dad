/* Names, literals and pieces of text; making operations. */
#include "sql/mysql/parser.h"

#include <errno.h>
#include <stdlib.h>

static size_t length_of(const struct token *token)
{
	return token->end - token->begin;
}

static char unescaped(char byte)
{
	static const char from[] = "0bnrtZ", to[] = "\0\b\n\r\t\032";
	const char *at = byte != '\0' ? strchr(from, byte) : NULL;
	return at != NULL ? to[at - from] : byte;
}

const char *iw_mysql_unquote(struct parser *parser, const struct token *token)
{
	const char *text = parser->lexer.text + token->begin;
	size_t length = length_of(token);
	if (token->kind == TOKEN_STRING && (*text == 'n' || *text == 'N'))
		text++, length--;
	char quote = *text;
	if (length < 2 || (quote != '\'' && quote != '"' && quote != '`'))
		return iw_arena_strndup(parser->arena, text, length);
	char *out = iw_arena_alloc(parser->arena, length);
	size_t used = 0;
	for (size_t i = 1; i + 1 < length; i++) {
		if (text[i] == '\\' && quote != '`' && i + 2 < length) {
			i++;
			if (text[i] == '%' || text[i] == '_')
				out[used++] = '\\';
			out[used++] = unescaped(text[i]);
			continue;
		}
		out[used++] = text[i];
		if (text[i] == quote)
			i++;
	}
	out[used] = '\0';
	return out;
}

bool iw_mysql_token_is_name(const struct parser *parser, const struct token *token)
{
	if (token->kind == TOKEN_QUOTED)
		return length_of(token) > 2;
	return token->kind == TOKEN_WORD &&
	       !iw_mysql_is_reserved(parser->lexer.text + token->begin, length_of(token)) &&
	       parser->lexer.text[token->begin] != '\\';
}

static bool take_name(struct parser *parser, const char **name)
{
	const struct token token = parser->token;
	*name = iw_mysql_unquote(parser, &token);
	iw_mysql_take(parser);
	return true;
}

bool iw_mysql_identifier(struct parser *parser, const char **name)
{
	if (!iw_mysql_token_is_name(parser, &parser->token))
		return iw_mysql_refuse(parser);
	return take_name(parser, name);
}

bool iw_mysql_any_name(struct parser *parser, const char **name)
{
	if (parser->token.kind != TOKEN_WORD && parser->token.kind != TOKEN_QUOTED)
		return iw_mysql_refuse(parser);
	return take_name(parser, name);
}

/* A name that begins with digits behind a dot is lexed as a number: db.1st. */
static bool dotted_number(struct parser *parser, const char **name)
{
	const char *text = parser->lexer.text;
	if (parser->token.kind != TOKEN_NUMBER || text[parser->token.begin] != '.' ||
	    parser->token.begin != parser->previous_end)
		return false;
	size_t begin = parser->token.begin + 1, end = begin;
	while (end < parser->lexer.length && iw_mysql_is_name_byte(text[end]))
		end++;
	*name = iw_arena_strndup(parser->arena, text + begin, end - begin);
	parser->lexer.at = parser->token.end = end;
	iw_mysql_take(parser);
	return true;
}

bool iw_mysql_full_name(struct parser *parser, struct iw_name *name)
{
	struct iw_name read = {0};
	if (!iw_mysql_identifier(parser, &read.name))
		return false;
	const char *second = NULL;
	if (dotted_number(parser, &second) ||
	    (iw_mysql_skip_operator(parser, ".") && iw_mysql_any_name(parser, &second))) {
		read.schema = read.name;
		read.name = second;
	}
	*name = read;
	return !parser->is_failed;
}

bool iw_mysql_word_or_text(struct parser *parser, const char **text)
{
	if (parser->token.kind == TOKEN_STRING)
		return iw_mysql_string(parser, text);
	if (iw_mysql_is(parser, "DEFAULT") || iw_mysql_is(parser, "BINARY"))
		return iw_mysql_any_name(parser, text);
	return iw_mysql_identifier(parser, text);
}

bool iw_mysql_name_list(struct parser *parser, GPtrArray *names)
{
	if (!iw_mysql_expect_operator(parser, "("))
		return false;
	do {
		const char *name = NULL;
		if (!iw_mysql_identifier(parser, &name))
			return false;
		g_ptr_array_add(names, (char *)name);
	} while (iw_mysql_skip_operator(parser, ","));
	return iw_mysql_expect_operator(parser, ")");
}

bool iw_mysql_string(struct parser *parser, const char **text)
{
	if (parser->token.kind == TOKEN_WORD && parser->lexer.text[parser->token.begin] == '_' &&
	    iw_mysql_peek(parser).kind == TOKEN_STRING)
		iw_mysql_take(parser);
	if (parser->token.kind != TOKEN_STRING)
		return iw_mysql_refuse(parser);
	const char *all = NULL;
	while (parser->token.kind == TOKEN_STRING) {
		const char *part = iw_mysql_unquote(parser, &parser->token);
		all = all == NULL ? part : iw_arena_printf(parser->arena, "%s%s", all, part);
		iw_mysql_take(parser);
	}
	*text = all;
	return true;
}

bool iw_mysql_integer(struct parser *parser, guint64 *number)
{
	const char *from = parser->lexer.text + parser->token.begin;
	if (parser->token.kind != TOKEN_NUMBER || strspn(from, "0123456789") < length_of(&parser->token))
		return iw_mysql_refuse(parser);
	char *digits = iw_arena_strndup(parser->arena, from, length_of(&parser->token));
	*number = g_ascii_strtoull(digits, NULL, 10);
	iw_mysql_take(parser);
	return true;
}

bool iw_mysql_account(struct parser *parser, const char **text)
{
	size_t begin = parser->token.begin;
	if (iw_mysql_skip(parser, "CURRENT_USER") || iw_mysql_skip(parser, "CURRENT_ROLE")) {
		if (iw_mysql_skip_operator(parser, "(") && !iw_mysql_expect_operator(parser, ")"))
			return false;
	} else if (parser->token.kind == TOKEN_STRING || iw_mysql_token_is_name(parser, &parser->token)) {
		iw_mysql_take(parser);
		if (parser->token.kind == TOKEN_VARIABLE)
			iw_mysql_take(parser);
	} else {
		return iw_mysql_refuse(parser);
	}
	*text = iw_mysql_text_from(parser, begin);
	return true;
}

const char *iw_mysql_text_from(struct parser *parser, size_t begin)
{
	struct lexer lexer = {
		.text = parser->lexer.text, .length = parser->previous_end, .at = begin, .engine = parser->engine};
	lexer.may_close = true;
	g_autoptr(GString) out = g_string_new(NULL);
	struct token token;
	size_t end = begin;
	while (iw_mysql_lexer_next(&lexer, &token) && token.kind != TOKEN_END) {
		if (token.begin > end && out->len > 0)
			g_string_append_c(out, ' ');
		g_string_append_len(out, lexer.text + token.begin, (gssize)length_of(&token));
		end = token.end;
	}
	return iw_arena_strndup(parser->arena, out->str, out->len);
}

/* One token, parentheses counted; false at one that closes nothing. */
static bool take_balanced(struct parser *parser, int *depth)
{
	if (iw_mysql_is_operator(parser, "("))
		(*depth)++;
	else if (iw_mysql_is_operator(parser, ")") && --*depth < 0)
		return iw_mysql_refuse(parser);
	iw_mysql_take(parser);
	return !parser->is_failed;
}

bool iw_mysql_rest(struct parser *parser, const char **text)
{
	size_t begin = parser->token.begin;
	int depth = 0;
	bool is_empty = parser->token.kind == TOKEN_END;
	while (parser->token.kind != TOKEN_END)
		if (!take_balanced(parser, &depth))
			return false;
	*text = is_empty ? "" : iw_mysql_text_from(parser, begin);
	return depth == 0 ? !parser->is_failed : iw_mysql_refuse(parser);
}

bool iw_mysql_take_clause(struct parser *parser)
{
	int depth = 0;
	while (parser->token.kind != TOKEN_END && !(depth == 0 && iw_mysql_is_operator(parser, ",")))
		if (!take_balanced(parser, &depth))
			return false;
	return depth == 0 ? !parser->is_failed : iw_mysql_refuse(parser);
}

bool iw_mysql_wait_clause(struct parser *parser)
{
	guint64 seconds = 0;
	if (iw_mysql_skip(parser, "NOWAIT")) {
		parser->statement->wait = "NOWAIT";
		return true;
	}
	if (!iw_mysql_skip(parser, "WAIT"))
		return !parser->is_failed;
	if (!iw_mysql_integer(parser, &seconds))
		return false;
	parser->statement->wait = iw_arena_printf(parser->arena, "WAIT %" G_GUINT64_FORMAT, seconds);
	return true;
}

bool iw_mysql_if_exists(struct parser *parser, unsigned *flags)
{
	if (!iw_mysql_is(parser, "IF"))
		return true;
	*flags |= IW_IF_EXISTS;
	return iw_mysql_expect(parser, "IF EXISTS");
}

bool iw_mysql_if_not_exists(struct parser *parser, unsigned *flags)
{
	if (!iw_mysql_is(parser, "IF"))
		return true;
	*flags |= IW_IF_NOT_EXISTS;
	return iw_mysql_expect(parser, "IF NOT EXISTS");
}

GPtrArray *iw_mysql_list(struct parser *parser)
{
	return iw_arena_ptr_array(parser->arena);
}

struct iw_operation *iw_mysql_operation(struct parser *parser, enum iw_operation_kind kind, size_t begin)
{
	struct iw_operation *operation = iw_new(parser->arena, struct iw_operation);
	const struct iw_place *place = &parser->statement->place;
	operation->kind = kind;
	operation->flags = parser->flags;
	operation->statement = parser->statement;
	operation->place = (struct iw_place){place->source, place->offset + begin, 0};
	g_ptr_array_add(parser->statement->operations, operation);
	return operation;
}

void iw_mysql_end_operations(struct parser *parser, guint first)
{
	const struct iw_statement *statement = parser->statement;
	for (guint i = first; i < statement->operations->len; i++) {
		struct iw_operation *operation = g_ptr_array_index(statement->operations, i);
		size_t end = statement->place.offset + parser->previous_end;
		if (operation->place.length == 0 && end > operation->place.offset)
			operation->place.length = end - operation->place.offset;
	}
}
