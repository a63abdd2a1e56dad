/* The grammar of MySQL and MariaDB: one statement's text to operations. */
#include "sql/mysql/parser.h"
#include "sql/mysql/split.h"

/* Comments before and inside the statement, for suppressions. */
static void collect_comments(iw_arena *arena, struct iw_engine engine, struct iw_statement *statement)
{
	const iw_source *source = statement->place.source;
	if (source == NULL)
		return;
	g_autoptr(GArray) comments = g_array_new(FALSE, FALSE, sizeof(struct token));
	struct lexer lexer = {.text = source->text, .at = statement->lead, .engine = engine, .comments = comments};
	lexer.length = statement->place.offset + statement->length;
	struct token token = {TOKEN_WORD, 0, 0};
	if (lexer.at >= lexer.length || (memchr(source->text + lexer.at, '-', lexer.length - lexer.at) == NULL &&
					 memchr(source->text + lexer.at, '#', lexer.length - lexer.at) == NULL &&
					 memchr(source->text + lexer.at, '*', lexer.length - lexer.at) == NULL))
		return;
	while (iw_mysql_lexer_next(&lexer, &token) && token.kind != TOKEN_END)
		;
	if (comments->len == 0)
		return;
	statement->comments = iw_arena_ptr_array(arena);
	for (guint i = 0; i < comments->len; i++) {
		struct iw_place *place = iw_new(arena, struct iw_place);
		token = g_array_index(comments, struct token, i);
		*place = (struct iw_place){source, token.begin, token.end - token.begin};
		g_ptr_array_add(statement->comments, place);
	}
}

static bool starts_data(const struct parser *parser)
{
	static const char *const words[] = {"INSERT", "REPLACE", "UPDATE", "DELETE", "LOAD DATA", "LOAD XML", "DO"};
	for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
		if (iw_mysql_is_words(parser, words[i]))
			return true;
	return iw_mysql_starts_query(parser);
}

static bool is_about_temporary(const struct parser *parser)
{
	const GPtrArray *operations = parser->statement->operations;
	const struct iw_operation *first = operations->len > 0 ? operations->pdata[0] : NULL;
	return first != NULL && (first->flags & IW_TEMPORARY) &&
	       (first->kind == IW_OP_CREATE_TABLE || first->kind == IW_OP_DROP_TABLE);
}

static bool definition(struct parser *parser, bool (*read)(struct parser *parser))
{
	iw_mysql_take(parser);
	parser->statement->commits_implicitly = true;
	if (!read(parser))
		return false;
	parser->statement->commits_implicitly = !is_about_temporary(parser);
	return true;
}

static bool statement_of(struct parser *parser)
{
	bool found;
	if (iw_mysql_is(parser, "CREATE"))
		return definition(parser, iw_mysql_create);
	if (iw_mysql_is(parser, "ALTER"))
		return definition(parser, iw_mysql_alter);
	if (iw_mysql_is(parser, "DROP"))
		return definition(parser, iw_mysql_drop);
	if (starts_data(parser))
		return iw_mysql_data_statement(parser);
	if (!iw_mysql_session_statement(parser, &found))
		return false;
	return found || iw_mysql_refuse(parser);
}

static void give_opaque(struct parser *parser)
{
	struct iw_statement *statement = parser->statement;
	g_ptr_array_set_size(statement->operations, 0);
	parser->flags = 0;
	struct iw_operation *operation = iw_mysql_operation(parser, IW_OP_OPAQUE, 0);
	operation->reason = parser->reason;
	operation->place = statement->place;
	statement->algorithm = statement->lock = NULL;
	/* What cannot be read may commit. */
	statement->is_syntax_error = parser->is_syntax_error;
	if (!parser->is_syntax_error)
		return;
	size_t begin = parser->error_token.begin, end = MAX(parser->error_token.end, begin);
	statement->error_place =
		(struct iw_place){statement->place.source, statement->place.offset + begin, end - begin};
}

static void parse(iw_arena *arena, struct iw_engine engine, struct iw_statement *statement)
{
	struct parser parser;
	iw_mysql_parser_begin(&parser, arena, engine, statement->text, statement->length);
	parser.statement = statement;
	collect_comments(arena, engine, statement);
	bool is_well = true;
	if (iw_mysql_at_end(&parser)) {
		/* An executable comment that this engine does not run. */
		struct iw_operation *operation = iw_mysql_operation(&parser, IW_OP_SET, 0);
		operation->member = "nothing";
	} else {
		is_well = statement_of(&parser) && (iw_mysql_at_end(&parser) || iw_mysql_refuse(&parser));
	}
	if (!is_well || parser.is_failed) {
		give_opaque(&parser);
		return;
	}
	iw_mysql_end_operations(&parser, 0);
}

const struct iw_grammar iw_mysql_grammar = {
	.split = iw_mysql_split,
	.free_cookie = iw_mysql_free_cookie,
	.parse = parse,
	.render = iw_mysql_render,
	.render_all = iw_mysql_render_all,
	.quote = iw_mysql_quote,
	.quote_literal = iw_mysql_quote_literal,
	.expression = iw_mysql_expression_read,
	.type = iw_mysql_type_read,
};
