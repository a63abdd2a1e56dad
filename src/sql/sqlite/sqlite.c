/* SQLite's grammar as sql.h wants it: one statement's text to operations. The parts are in this folder's other files.
 */
#include "sql/sqlite/parser.h"
#include "sql/sqlite/split.h"

#include <string.h>

static bool command(struct parser *parser)
{
	switch (parser->token.keyword) {
	case KW_CREATE:
		return iw_sqlite_create(parser);
	case KW_ALTER:
		return iw_sqlite_alter(parser);
	case KW_DROP:
		return iw_sqlite_drop(parser);
	case KW_SELECT:
	case KW_VALUES:
	case KW_WITH:
	case KW_INSERT:
	case KW_REPLACE:
	case KW_UPDATE:
	case KW_DELETE:
		return iw_sqlite_data_statement(parser, false);
	default:
		return iw_sqlite_short_statement(parser);
	}
}

/* EXPLAIN [QUERY PLAN] command: runs nothing. */
static bool explain(struct parser *parser)
{
	iw_sqlite_take(parser);
	if (iw_sqlite_skip(parser, KW_QUERY) && !iw_sqlite_expect(parser, KW_PLAN))
		return false;
	guint before = parser->statement->operations->len;
	if (!command(parser))
		return false;
	g_ptr_array_set_size(parser->statement->operations, (gint)before);
	parser->statement->needs_no_transaction = false;
	iw_sqlite_add_operation(parser, IW_OP_SELECT)->data = iw_new(parser->arena, struct iw_data);
	return true;
}

/* A block between markers may hold several, with semicolons between them. */
static bool commands(struct parser *parser)
{
	for (;;) {
		while (iw_sqlite_skip_kind(parser, TOKEN_SEMICOLON))
			;
		if (iw_sqlite_is_kind(parser, TOKEN_END))
			return parser->statement->operations->len > 0 || iw_sqlite_refuse(parser);
		if (iw_sqlite_is(parser, KW_EXPLAIN) ? !explain(parser) : !command(parser))
			return false;
		if (!iw_sqlite_is_kind(parser, TOKEN_END) && !iw_sqlite_expect_kind(parser, TOKEN_SEMICOLON))
			return false;
	}
}

static const char *failure(struct parser *parser)
{
	const struct token *token = &parser->error_token;
	int length = (int)MIN(token->end - token->begin, 40);
	if (parser->reason != NULL)
		return parser->reason;
	if (token->kind == TOKEN_END)
		return "the statement is incomplete";
	if (token->kind == TOKEN_ILLEGAL)
		return iw_arena_printf(parser->arena, "unrecognized token: \"%.*s\"", length, token->text);
	return iw_arena_printf(parser->arena, "near \"%.*s\": syntax error", length, token->text);
}

static void make_opaque(struct parser *parser)
{
	struct iw_statement *statement = parser->statement;
	const struct token *token = &parser->error_token;
	bool is_limit = g_strcmp0(parser->reason, SQLITE_TOO_DEEP) == 0;
	g_ptr_array_set_size(statement->operations, 0);
	statement->needs_no_transaction = false;
	iw_sqlite_add_operation(parser, IW_OP_OPAQUE)->reason = failure(parser);
	statement->is_syntax_error = !is_limit;
	statement->error_place = statement->place;
	statement->error_place.offset += MIN(token->begin, statement->length);
	statement->error_place.length = token->end - token->begin;
}

static void collect_comments(iw_arena *arena, struct iw_statement *statement)
{
	const iw_source *source = statement->place.source;
	size_t end = statement->place.offset + statement->length;
	if (source == NULL || statement->lead > statement->place.offset)
		return;
	for (size_t at = statement->lead; at < end;) {
		struct token token = iw_sqlite_token_at(source->text, end, at);
		if (token.kind == TOKEN_COMMENT) {
			struct iw_place place = {source, token.begin, token.end - token.begin};
			if (statement->comments == NULL)
				statement->comments = iw_arena_ptr_array(arena);
			g_ptr_array_add(statement->comments, iw_arena_memdup(arena, &place, sizeof place));
		}
		at = token.end;
	}
}

static void parse(iw_arena *arena, struct iw_engine engine, struct iw_statement *statement)
{
	struct parser parser = {
		.arena = arena,
		.engine = engine,
		.text = statement->text,
		.length = statement->length,
		.statement = statement,
		.ctes = iw_arena_ptr_array(arena),
	};
	parser.token = iw_sqlite_token_after(parser.text, parser.length, 0);
	collect_comments(arena, statement);
	if (!commands(&parser))
		make_opaque(&parser);
}

const struct iw_grammar iw_sqlite_grammar = {
	.split = iw_sqlite_split,
	.parse = parse,
	.render = iw_sqlite_render,
	.quote = iw_sqlite_quote,
	.quote_literal = iw_sqlite_quote_literal,
	.expression = iw_sqlite_expression,
	.type = iw_sqlite_type_read,
};
