/* Tokens, names and small clauses that all parts of the parser share; see parser.h. */
#include "sql/sqlite/parser.h"

#include <string.h>

bool iw_sqlite_refuse_with(struct parser *parser, const char *reason)
{
	if (parser->is_failed)
		return false;
	parser->is_failed = true;
	parser->error_token = parser->token;
	parser->reason = reason;
	return false;
}

bool iw_sqlite_refuse(struct parser *parser)
{
	return iw_sqlite_refuse_with(parser, NULL);
}

static bool is_name_to_window(const struct token *token)
{
	return iw_sqlite_token_is_nm(token) || token->keyword == KW_WINDOW || token->keyword == KW_OVER;
}

/* OVER and FILTER are keywords only behind a closing parenthesis, WINDOW only before "name AS"; else they are names. */
static bool is_keyword_here(const struct parser *parser, const struct token *previous, const struct token *token)
{
	struct token next = iw_sqlite_token_after(parser->text, parser->length, token->end);
	if (token->keyword == KW_FILTER)
		return previous->kind == TOKEN_CLOSE && next.kind == TOKEN_OPEN;
	if (token->keyword == KW_OVER)
		return previous->kind == TOKEN_CLOSE && (next.kind == TOKEN_OPEN || is_name_to_window(&next));
	return is_name_to_window(&next) &&
	       iw_sqlite_token_after(parser->text, parser->length, next.end).keyword == KW_AS;
}

static struct token token_behind(const struct parser *parser, const struct token *previous)
{
	struct token token = iw_sqlite_token_after(parser->text, parser->length, previous->end);
	bool depends = token.keyword == KW_FILTER || token.keyword == KW_OVER || token.keyword == KW_WINDOW;
	if (depends && !is_keyword_here(parser, previous, &token)) {
		token.kind = TOKEN_NAME;
		token.keyword = KW_NONE;
	}
	return token;
}

void iw_sqlite_take(struct parser *parser)
{
	parser->previous_end = parser->token.end;
	parser->token = token_behind(parser, &parser->token);
}

struct token iw_sqlite_peek(const struct parser *parser, int count)
{
	struct token token = parser->token;
	while (count-- > 0)
		token = token_behind(parser, &token);
	return token;
}

bool iw_sqlite_is(const struct parser *parser, enum keyword keyword)
{
	return parser->token.keyword == keyword;
}

bool iw_sqlite_is_kind(const struct parser *parser, enum token_kind kind)
{
	return parser->token.kind == kind;
}

bool iw_sqlite_is_operator(const struct parser *parser, const char *text)
{
	return parser->token.kind == TOKEN_OPERATOR && iw_sqlite_token_is(&parser->token, text);
}

bool iw_sqlite_skip(struct parser *parser, enum keyword keyword)
{
	if (!iw_sqlite_is(parser, keyword))
		return false;
	iw_sqlite_take(parser);
	return true;
}

bool iw_sqlite_skip_kind(struct parser *parser, enum token_kind kind)
{
	if (!iw_sqlite_is_kind(parser, kind))
		return false;
	iw_sqlite_take(parser);
	return true;
}

bool iw_sqlite_expect(struct parser *parser, enum keyword keyword)
{
	return iw_sqlite_skip(parser, keyword) || iw_sqlite_refuse(parser);
}

bool iw_sqlite_expect_kind(struct parser *parser, enum token_kind kind)
{
	return iw_sqlite_skip_kind(parser, kind) || iw_sqlite_refuse(parser);
}

bool iw_sqlite_at_least(const struct parser *parser, int version)
{
	return parser->engine.version == 0 || parser->engine.version >= version;
}

bool iw_sqlite_token_is_id(const struct token *token)
{
	return token->kind == TOKEN_NAME || token->kind == TOKEN_QUOTED || iw_sqlite_keyword_use(token->keyword) == 'F';
}

bool iw_sqlite_token_is_nm(const struct token *token)
{
	return iw_sqlite_token_is_id(token) || token->kind == TOKEN_STRING ||
	       iw_sqlite_keyword_use(token->keyword) != 0;
}

char *iw_sqlite_token_name(iw_arena *arena, const struct token *token)
{
	size_t length = token->end - token->begin;
	if (token->kind != TOKEN_QUOTED && token->kind != TOKEN_STRING)
		return iw_arena_strndup(arena, token->text, length);
	char close = token->text[0] == '[' ? ']' : token->text[0];
	char *name = iw_arena_alloc(arena, length), *out = name;
	for (size_t i = 1; i + 1 < length; i++) {
		*out++ = token->text[i];
		if (token->text[i] == close && i + 2 < length && token->text[i + 1] == close)
			i++;
	}
	return name;
}

bool iw_sqlite_nm(struct parser *parser, const char **name)
{
	if (!iw_sqlite_token_is_nm(&parser->token))
		return iw_sqlite_refuse(parser);
	if (name != NULL)
		*name = iw_sqlite_token_name(parser->arena, &parser->token);
	iw_sqlite_take(parser);
	return true;
}

bool iw_sqlite_ids(struct parser *parser, const char **name)
{
	if (!iw_sqlite_token_is_id(&parser->token) && !iw_sqlite_is_kind(parser, TOKEN_STRING))
		return iw_sqlite_refuse(parser);
	return iw_sqlite_nm(parser, name);
}

bool iw_sqlite_full_name(struct parser *parser, struct iw_name *name)
{
	*name = (struct iw_name){0};
	if (!iw_sqlite_nm(parser, &name->name))
		return false;
	if (!iw_sqlite_skip_kind(parser, TOKEN_DOT))
		return true;
	if (g_ascii_strcasecmp(name->name, "main") != 0)
		name->schema = name->name;
	return iw_sqlite_nm(parser, &name->name);
}

bool iw_sqlite_bare_name_list(struct parser *parser, GPtrArray *names)
{
	do {
		const char *name = NULL;
		if (!iw_sqlite_nm(parser, &name))
			return false;
		if (names != NULL)
			g_ptr_array_add(names, (char *)name);
	} while (iw_sqlite_skip_kind(parser, TOKEN_COMMA));
	return true;
}

bool iw_sqlite_name_list(struct parser *parser, GPtrArray *names)
{
	return iw_sqlite_expect_kind(parser, TOKEN_OPEN) && iw_sqlite_bare_name_list(parser, names) &&
	       iw_sqlite_expect_kind(parser, TOKEN_CLOSE);
}

bool iw_sqlite_if_not_exists(struct parser *parser, unsigned *flags)
{
	if (!iw_sqlite_skip(parser, KW_IF))
		return true;
	*flags |= IW_IF_NOT_EXISTS;
	return iw_sqlite_expect(parser, KW_NOT) && iw_sqlite_expect(parser, KW_EXISTS);
}

bool iw_sqlite_if_exists(struct parser *parser, unsigned *flags)
{
	if (!iw_sqlite_skip(parser, KW_IF))
		return true;
	*flags |= IW_IF_EXISTS;
	return iw_sqlite_expect(parser, KW_EXISTS);
}

const char *iw_sqlite_text_from(struct parser *parser, size_t begin)
{
	g_autoptr(GString) out = g_string_sized_new(parser->previous_end - begin + 1);
	bool needs_blank = false;
	for (size_t at = begin; at < parser->previous_end;) {
		struct token token = iw_sqlite_token_at(parser->text, parser->previous_end, at);
		bool is_blank = token.kind == TOKEN_SPACE || token.kind == TOKEN_COMMENT;
		if (!is_blank && needs_blank)
			g_string_append_c(out, ' ');
		if (!is_blank)
			g_string_append_len(out, token.text, (gssize)(token.end - token.begin));
		needs_blank = is_blank && out->len > 0;
		at = token.end;
	}
	return iw_arena_strndup(parser->arena, out->str, out->len);
}

const struct iw_expression *iw_sqlite_expression_from(struct parser *parser, size_t begin)
{
	return iw_sqlite_expression(parser->arena, parser->engine, iw_sqlite_text_from(parser, begin));
}

struct iw_operation *iw_sqlite_add_operation(struct parser *parser, enum iw_operation_kind kind)
{
	struct iw_operation *operation = iw_new(parser->arena, struct iw_operation);
	operation->kind = kind;
	operation->object_kind = iw_operation_kind_object(kind);
	operation->statement = parser->statement;
	operation->place = parser->statement->place;
	g_ptr_array_add(parser->statement->operations, operation);
	return operation;
}
