/* Queries: recognised to the end, remembered only for the tables and functions they use. */
#include "sql/mysql/expression.h"

bool iw_mysql_starts_query(const struct parser *parser)
{
	if (iw_mysql_is(parser, "SELECT") || iw_mysql_is(parser, "WITH") || iw_mysql_is_words(parser, "VALUES ROW"))
		return true;
	if (iw_mysql_is(parser, "VALUES") && iw_mysql_peek_is(parser, "("))
		return true;
	if (iw_mysql_is(parser, "TABLE"))
		return true;
	if (!iw_mysql_is_operator(parser, "("))
		return false;
	/* ((SELECT ...) UNION ...) */
	struct lexer lexer = parser->lexer;
	struct token token = parser->token;
	lexer.comments = NULL;
	while (token.kind == TOKEN_OPERATOR && lexer.text[token.begin] == '(')
		iw_mysql_lexer_next(&lexer, &token);
	return iw_mysql_token_is(lexer.text, &token, "SELECT") || iw_mysql_token_is(lexer.text, &token, "WITH");
}

void iw_mysql_read_table(struct parser *parser, struct iw_name name)
{
	if (parser->reads == NULL || (name.schema == NULL && g_ascii_strcasecmp(name.name, "dual") == 0))
		return;
	for (guint i = 0; parser->common != NULL && name.schema == NULL && i < parser->common->len; i++)
		if (g_ascii_strcasecmp(parser->common->pdata[i], name.name) == 0)
			return;
	for (guint i = 0; i < parser->reads->len; i++) {
		const struct iw_name *known = parser->reads->pdata[i];
		if (strcmp(known->name, name.name) == 0 && g_strcmp0(known->schema, name.schema) == 0)
			return;
	}
	struct iw_name *read = iw_new(parser->arena, struct iw_name);
	*read = name;
	g_ptr_array_add(parser->reads, read);
}

/* ---- FROM ---- */

static bool alias(struct parser *parser)
{
	const char *name;
	bool has_as = iw_mysql_skip(parser, "AS");
	if (parser->token.kind == TOKEN_STRING) {
		iw_mysql_take(parser);
		return !parser->is_failed;
	}
	if (has_as)
		return iw_mysql_identifier(parser, &name);
	return !iw_mysql_token_is_name(parser, &parser->token) || iw_mysql_identifier(parser, &name);
}

static bool is_clause_word(const struct parser *parser)
{
	static const char *const words[] = {"OFFSET", "WINDOW", "INTERSECT", "RETURNING", "FULL", "END"};
	for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
		if (iw_mysql_is(parser, words[i]))
			return true;
	return false;
}

static bool table_alias(struct parser *parser)
{
	return is_clause_word(parser) || alias(parser);
}

/* USE | FORCE | IGNORE INDEX | KEY [FOR ...] (names) */
static bool index_hints(struct parser *parser)
{
	while (iw_mysql_is(parser, "USE") || iw_mysql_is(parser, "FORCE") || iw_mysql_is(parser, "IGNORE")) {
		iw_mysql_take(parser);
		if (!iw_mysql_skip(parser, "INDEX") && !iw_mysql_expect(parser, "KEY"))
			return false;
		if (iw_mysql_skip(parser, "FOR") && !iw_mysql_skip(parser, "JOIN") &&
		    !iw_mysql_skip(parser, "ORDER BY") && !iw_mysql_expect(parser, "GROUP BY"))
			return false;
		if (!iw_mysql_expect_operator(parser, "("))
			return false;
		while (!iw_mysql_is_operator(parser, ")")) {
			const char *name;
			if (!iw_mysql_any_name(parser, &name))
				return false;
			if (!iw_mysql_skip_operator(parser, ","))
				break;
		}
		if (!iw_mysql_expect_operator(parser, ")"))
			return false;
	}
	return true;
}

/* Up to the closing parenthesis: columns of JSON_TABLE. */
static bool skip_parentheses(struct parser *parser)
{
	if (!iw_mysql_expect_operator(parser, "("))
		return false;
	for (int depth = 1; depth > 0; iw_mysql_take(parser)) {
		if (parser->token.kind == TOKEN_END)
			return iw_mysql_refuse(parser);
		depth += iw_mysql_is_operator(parser, "(") ? 1 : iw_mysql_is_operator(parser, ")") ? -1 : 0;
	}
	return !parser->is_failed;
}

/* FOR SYSTEM_TIME AS OF x | BETWEEN a AND b | FROM a TO b | ALL */
static bool system_time(struct parser *parser)
{
	struct node *node;
	if (!iw_mysql_skip(parser, "FOR SYSTEM_TIME"))
		return true;
	if (iw_mysql_skip(parser, "ALL"))
		return true;
	if (iw_mysql_skip(parser, "AS OF")) {
		iw_mysql_skip(parser, "TIMESTAMP");
		return iw_mysql_bit_expr(parser, &node);
	}
	bool is_between = iw_mysql_skip(parser, "BETWEEN");
	if (!is_between && !iw_mysql_expect(parser, "FROM"))
		return false;
	return iw_mysql_bit_expr(parser, &node) && iw_mysql_expect(parser, is_between ? "AND" : "TO") &&
	       iw_mysql_bit_expr(parser, &node);
}

static bool named_table(struct parser *parser)
{
	struct iw_name name;
	if (!iw_mysql_full_name(parser, &name))
		return false;
	iw_mysql_read_table(parser, name);
	if (iw_mysql_skip(parser, "PARTITION") && !iw_mysql_name_list(parser, iw_mysql_list(parser)))
		return false;
	return system_time(parser) && table_alias(parser) && index_hints(parser);
}

static bool derived_table(struct parser *parser)
{
	iw_mysql_take(parser);
	if (!iw_mysql_starts_query(parser))
		return iw_mysql_table_references(parser) && iw_mysql_expect_operator(parser, ")");
	/* (SELECT ...) or a parenthesised join that begins with a derived table */
	struct lexer lexer = parser->lexer;
	(void)lexer;
	if (!iw_mysql_read_query(parser))
		return false;
	if (!iw_mysql_is_operator(parser, ")"))
		return table_alias(parser) && iw_mysql_expect_operator(parser, ")");
	iw_mysql_take(parser);
	if (!table_alias(parser))
		return false;
	return !iw_mysql_is_operator(parser, "(") || iw_mysql_name_list(parser, iw_mysql_list(parser));
}

static bool table_factor(struct parser *parser)
{
	iw_mysql_skip(parser, "LATERAL");
	if (iw_mysql_is_operator(parser, "(")) {
		bool is_well = iw_mysql_deeper(parser) && derived_table(parser);
		parser->depth--;
		return is_well;
	}
	if (iw_mysql_is(parser, "JSON_TABLE") && iw_mysql_peek_is(parser, "(")) {
		iw_mysql_take(parser);
		return skip_parentheses(parser) && alias(parser);
	}
	return named_table(parser);
}

/* [INNER | CROSS | LEFT [OUTER] | RIGHT [OUTER] | NATURAL ...] JOIN | STRAIGHT_JOIN; *found */
static bool join_words(struct parser *parser, bool *found)
{
	*found = true;
	if (iw_mysql_skip(parser, "STRAIGHT_JOIN") || iw_mysql_skip(parser, "JOIN"))
		return true;
	bool is_natural = iw_mysql_skip(parser, "NATURAL");
	if (iw_mysql_skip(parser, "INNER") || iw_mysql_skip(parser, "CROSS"))
		return iw_mysql_expect(parser, "JOIN");
	if (iw_mysql_skip(parser, "LEFT") || iw_mysql_skip(parser, "RIGHT")) {
		iw_mysql_skip(parser, "OUTER");
		return iw_mysql_expect(parser, "JOIN");
	}
	if (is_natural)
		return iw_mysql_expect(parser, "JOIN");
	*found = false;
	return true;
}

bool iw_mysql_table_references(struct parser *parser)
{
	do {
		bool found = true;
		if (!table_factor(parser))
			return false;
		while (found) {
			struct node *on;
			if (!join_words(parser, &found))
				return false;
			if (!found)
				break;
			if (!table_factor(parser))
				return false;
			/* a JOIN b JOIN c ON .. ON ..: each ON closes one */
			while (iw_mysql_is(parser, "ON") || iw_mysql_is(parser, "USING")) {
				bool is_using = iw_mysql_is(parser, "USING");
				iw_mysql_take(parser);
				if (is_using ? !iw_mysql_name_list(parser, iw_mysql_list(parser))
					     : !iw_mysql_expr(parser, &on))
					return false;
			}
		}
	} while (iw_mysql_skip_operator(parser, ","));
	return true;
}

/* ---- SELECT ---- */

static bool select_item(struct parser *parser)
{
	struct node *node;
	if (iw_mysql_skip_operator(parser, "*"))
		return true;
	if (!iw_mysql_expr(parser, &node))
		return false;
	/* t.* */
	if (iw_mysql_skip_operator(parser, "."))
		return iw_mysql_expect_operator(parser, "*");
	return is_clause_word(parser) || alias(parser);
}

bool iw_mysql_order_by(struct parser *parser)
{
	struct node *node;
	if (!iw_mysql_expect(parser, "ORDER BY"))
		return false;
	do {
		if (!iw_mysql_expr(parser, &node))
			return false;
		if (!iw_mysql_skip(parser, "ASC"))
			iw_mysql_skip(parser, "DESC");
	} while (iw_mysql_skip_operator(parser, ","));
	return !parser->is_failed;
}

static bool limit_value(struct parser *parser)
{
	if (parser->token.kind != TOKEN_NUMBER && parser->token.kind != TOKEN_PARAMETER &&
	    parser->token.kind != TOKEN_WORD)
		return iw_mysql_refuse(parser);
	iw_mysql_take(parser);
	return !parser->is_failed;
}

bool iw_mysql_limit(struct parser *parser, bool *has_limit)
{
	*has_limit = iw_mysql_skip(parser, "LIMIT");
	if (!*has_limit)
		return true;
	if (!limit_value(parser))
		return false;
	if (iw_mysql_skip_operator(parser, ",") || iw_mysql_skip(parser, "OFFSET"))
		return limit_value(parser);
	return !parser->is_failed;
}

bool iw_mysql_window_specification(struct parser *parser)
{
	struct node *scrap = iw_mysql_node(parser, NODE_ROW, LEVEL_PRIMARY, NULL);
	const char *name;
	if (iw_mysql_token_is_name(parser, &parser->token) && !iw_mysql_is(parser, "RANGE") &&
	    !iw_mysql_is(parser, "GROUPS") && !iw_mysql_identifier(parser, &name))
		return false;
	if (iw_mysql_skip(parser, "PARTITION BY") && !iw_mysql_expr_list(parser, scrap))
		return false;
	if (iw_mysql_is(parser, "ORDER") && !iw_mysql_order_by(parser))
		return false;
	/* The frame. */
	while (parser->token.kind != TOKEN_END && !iw_mysql_is_operator(parser, ")"))
		if (!iw_mysql_is_operator(parser, "("))
			iw_mysql_take(parser);
		else if (!skip_parentheses(parser))
			return false;
	return !parser->is_failed;
}

static bool windows(struct parser *parser)
{
	do {
		const char *name;
		if (!iw_mysql_identifier(parser, &name) || !iw_mysql_expect(parser, "AS") ||
		    !iw_mysql_expect_operator(parser, "(") || !iw_mysql_window_specification(parser) ||
		    !iw_mysql_expect_operator(parser, ")"))
			return false;
	} while (iw_mysql_skip_operator(parser, ","));
	return true;
}

/* FOR UPDATE | FOR SHARE | LOCK IN SHARE MODE, with OF tables, NOWAIT, SKIP LOCKED */
static bool locking(struct parser *parser)
{
	while (iw_mysql_is(parser, "FOR") || iw_mysql_is(parser, "LOCK")) {
		struct iw_name name;
		guint64 seconds;
		if (iw_mysql_skip(parser, "LOCK IN SHARE MODE"))
			continue;
		if (!iw_mysql_skip(parser, "FOR UPDATE") && !iw_mysql_expect(parser, "FOR SHARE"))
			return false;
		if (iw_mysql_skip(parser, "OF"))
			do {
				if (!iw_mysql_full_name(parser, &name))
					return false;
			} while (iw_mysql_skip_operator(parser, ","));
		if (iw_mysql_skip(parser, "WAIT") && !iw_mysql_integer(parser, &seconds))
			return false;
		if (!iw_mysql_skip(parser, "NOWAIT"))
			iw_mysql_skip(parser, "SKIP LOCKED");
	}
	return !parser->is_failed;
}

/* INTO OUTFILE 'x' ... | INTO @a, b */
static bool into(struct parser *parser)
{
	const char *text;
	if (!iw_mysql_skip(parser, "INTO"))
		return true;
	if (iw_mysql_skip(parser, "DUMPFILE"))
		return iw_mysql_string(parser, &text);
	if (!iw_mysql_skip(parser, "OUTFILE")) {
		do {
			if (parser->token.kind != TOKEN_VARIABLE && parser->token.kind != TOKEN_WORD &&
			    parser->token.kind != TOKEN_QUOTED)
				return iw_mysql_refuse(parser);
			iw_mysql_take(parser);
		} while (iw_mysql_skip_operator(parser, ","));
		return !parser->is_failed;
	}
	if (!iw_mysql_string(parser, &text))
		return false;
	while (parser->token.kind != TOKEN_END && !iw_mysql_is(parser, "FROM") && !iw_mysql_is_operator(parser, ")"))
		iw_mysql_take(parser);
	return !parser->is_failed;
}

static bool group_by(struct parser *parser)
{
	struct node *node;
	do {
		if (!iw_mysql_expr(parser, &node))
			return false;
		if (!iw_mysql_skip(parser, "ASC"))
			iw_mysql_skip(parser, "DESC");
	} while (iw_mysql_skip_operator(parser, ","));
	if (iw_mysql_is(parser, "WITH") && !iw_mysql_expect(parser, "WITH ROLLUP"))
		return false;
	return !parser->is_failed;
}

static void select_options(struct parser *parser)
{
	static const char *const words[] = {
		"ALL",		 "DISTINCT",	     "DISTINCTROW",	   "HIGH_PRIORITY",
		"STRAIGHT_JOIN", "SQL_SMALL_RESULT", "SQL_BIG_RESULT",	   "SQL_BUFFER_RESULT",
		"SQL_NO_CACHE",	 "SQL_CACHE",	     "SQL_CALC_FOUND_ROWS"};
	for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
		if (iw_mysql_skip(parser, words[i]))
			i = (size_t)-1;
}

static bool from_on(struct parser *parser)
{
	struct node *node;
	if (iw_mysql_skip(parser, "FROM") && !iw_mysql_skip(parser, "DUAL") && !iw_mysql_table_references(parser))
		return false;
	if (iw_mysql_skip(parser, "WHERE") && !iw_mysql_expr(parser, &node))
		return false;
	if (iw_mysql_skip(parser, "GROUP BY") && !group_by(parser))
		return false;
	if (iw_mysql_skip(parser, "HAVING") && !iw_mysql_expr(parser, &node))
		return false;
	return !iw_mysql_skip(parser, "WINDOW") || windows(parser);
}

static bool select_core(struct parser *parser)
{
	iw_mysql_take(parser);
	select_options(parser);
	do {
		if (!select_item(parser))
			return false;
	} while (iw_mysql_skip_operator(parser, ","));
	return into(parser) && from_on(parser);
}

static bool rows(struct parser *parser)
{
	struct node *row = iw_mysql_node(parser, NODE_ROW, LEVEL_PRIMARY, NULL);
	iw_mysql_take(parser);
	do {
		iw_mysql_skip(parser, "ROW");
		if (!iw_mysql_expect_operator(parser, "(") || !iw_mysql_expr_list(parser, row) ||
		    !iw_mysql_expect_operator(parser, ")"))
			return false;
	} while (iw_mysql_skip_operator(parser, ","));
	return true;
}

static bool query_term(struct parser *parser)
{
	if (iw_mysql_is(parser, "SELECT"))
		return select_core(parser);
	if (iw_mysql_is(parser, "VALUES"))
		return rows(parser);
	if (iw_mysql_skip(parser, "TABLE")) {
		struct iw_name name;
		if (!iw_mysql_full_name(parser, &name))
			return false;
		iw_mysql_read_table(parser, name);
		return true;
	}
	return iw_mysql_expect_operator(parser, "(") && iw_mysql_read_query(parser) &&
	       iw_mysql_expect_operator(parser, ")");
}

static bool set_operator(struct parser *parser)
{
	if (!iw_mysql_skip(parser, "UNION") && !iw_mysql_skip(parser, "EXCEPT") &&
	    !iw_mysql_skip(parser, "INTERSECT") && !iw_mysql_skip(parser, "MINUS"))
		return false;
	if (!iw_mysql_skip(parser, "ALL"))
		iw_mysql_skip(parser, "DISTINCT");
	return true;
}

/* ROWS EXAMINED n, OFFSET n ROWS, FETCH FIRST n ROWS ONLY of MariaDB */
static bool fetch(struct parser *parser)
{
	if (iw_mysql_skip(parser, "OFFSET")) {
		if (!limit_value(parser))
			return false;
		if (!iw_mysql_skip(parser, "ROWS"))
			iw_mysql_skip(parser, "ROW");
	}
	if (iw_mysql_skip(parser, "ROWS EXAMINED") && !limit_value(parser))
		return false;
	if (!iw_mysql_skip(parser, "FETCH"))
		return true;
	if (!iw_mysql_skip(parser, "FIRST") && !iw_mysql_expect(parser, "NEXT"))
		return false;
	if (parser->token.kind == TOKEN_NUMBER)
		iw_mysql_take(parser);
	if (!iw_mysql_skip(parser, "ROWS") && !iw_mysql_expect(parser, "ROW"))
		return false;
	return iw_mysql_skip(parser, "ONLY") || iw_mysql_expect(parser, "WITH TIES");
}

static bool query_expression(struct parser *parser)
{
	bool has_limit;
	if (iw_mysql_is(parser, "WITH") && !iw_mysql_with(parser))
		return false;
	do {
		if (!query_term(parser))
			return false;
	} while (set_operator(parser));
	if (iw_mysql_is(parser, "ORDER") && !iw_mysql_order_by(parser))
		return false;
	if (!iw_mysql_limit(parser, &has_limit) || !fetch(parser))
		return false;
	if (iw_mysql_skip(parser, "PROCEDURE")) {
		const char *name;
		struct node *call;
		if (!iw_mysql_identifier(parser, &name) || !iw_mysql_call(parser, "analyse", &call))
			return false;
	}
	return into(parser) && locking(parser) && into(parser);
}

bool iw_mysql_read_query(struct parser *parser)
{
	bool is_well = iw_mysql_deeper(parser) && query_expression(parser);
	parser->depth--;
	return is_well;
}

bool iw_mysql_with(struct parser *parser)
{
	iw_mysql_take(parser);
	iw_mysql_skip(parser, "RECURSIVE");
	if (parser->common == NULL)
		parser->common = iw_mysql_list(parser);
	do {
		const char *name;
		if (!iw_mysql_identifier(parser, &name))
			return false;
		g_ptr_array_add(parser->common, (char *)name);
		if (iw_mysql_is_operator(parser, "(") && !iw_mysql_name_list(parser, iw_mysql_list(parser)))
			return false;
		if (!iw_mysql_expect(parser, "AS") || !iw_mysql_expect_operator(parser, "(") ||
		    !iw_mysql_read_query(parser) || !iw_mysql_expect_operator(parser, ")"))
			return false;
		if (iw_mysql_skip(parser, "CYCLE")) {
			do {
				if (!iw_mysql_identifier(parser, &name))
					return false;
			} while (iw_mysql_skip_operator(parser, ","));
			if (!iw_mysql_expect(parser, "RESTRICT"))
				return false;
		}
	} while (iw_mysql_skip_operator(parser, ","));
	return true;
}
