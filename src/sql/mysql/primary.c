/* What stands between operators: literals, names, functions, CASE, parentheses, subqueries. */
#include "sql/mysql/expression.h"

#include <stdlib.h>

/* ---- literals ---- */

static const char *string_literal(struct parser *parser, const char *text)
{
	g_autoptr(GString) out = g_string_new("'");
	for (; *text != '\0'; text++) {
		if (*text == '\'' || *text == '\\')
			g_string_append_c(out, *text);
		g_string_append_c(out, *text);
	}
	g_string_append_c(out, '\'');
	return iw_arena_strndup(parser->arena, out->str, out->len);
}

/* 1. -> 1, .5 -> 0.5, 007 -> 7, 1E3 -> 1e3 */
static const char *number_literal(struct parser *parser, const char *from, size_t length)
{
	while (length > 1 && from[0] == '0' && g_ascii_isdigit(from[1]))
		from++, length--;
	if (from[length - 1] == '.')
		length--;
	char *text = g_ascii_strdown(from, (gssize)length);
	const char *canonical = iw_arena_printf(parser->arena, "%s%s", text[0] == '.' ? "0" : "", text);
	g_free(text);
	return canonical;
}

/* x'1F' and 0x1F -> 0x1f; b'0011' and 0b11 -> b'11' */
static const char *bits_literal(struct parser *parser, const char *from, size_t length)
{
	bool is_hex = strchr("xX", from[0] == '0' ? from[1] : from[0]) != NULL;
	from += 2;
	length -= 2;
	if (length > 0 && from[length - 1] == '\'')
		length--;
	if (!is_hex)
		while (length > 1 && *from == '0')
			from++, length--;
	g_autofree char *digits = g_ascii_strdown(from, (gssize)length);
	return iw_arena_printf(parser->arena, is_hex ? "0x%s" : "b'%s'", digits);
}

static bool literal(struct parser *parser, struct node **node)
{
	const struct token token = parser->token;
	const char *from = parser->lexer.text + token.begin, *text = NULL;
	size_t length = token.end - token.begin;
	if (token.kind == TOKEN_STRING) {
		if (!iw_mysql_string(parser, &text))
			return false;
		*node = iw_mysql_node(parser, NODE_LITERAL, LEVEL_PRIMARY,
				      parser->is_quiet ? "" : string_literal(parser, text));
		(*node)->is_string = true;
		return true;
	}
	if (!parser->is_quiet)
		text = token.kind == TOKEN_NUMBER ? number_literal(parser, from, length)
						  : bits_literal(parser, from, length);
	iw_mysql_take(parser);
	*node = iw_mysql_node(parser, NODE_LITERAL, LEVEL_PRIMARY, text);
	(*node)->is_number = token.kind == TOKEN_NUMBER;
	return true;
}

static bool constant_word(struct parser *parser, struct node **node)
{
	static const char *const words[][2] = {{"NULL", "null"}, {"TRUE", "1"}, {"FALSE", "0"}, {"\\N", "null"}};
	for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
		if (iw_mysql_skip(parser, words[i][0])) {
			*node = iw_mysql_node(parser, NODE_LITERAL, LEVEL_PRIMARY, words[i][1]);
			(*node)->is_number = i == 1 || i == 2;
			return true;
		}
	return false;
}

/* DATE '2020-01-01', TIME '...', TIMESTAMP '...', and _charset 'text', which is its text. */
static bool typed_string(struct parser *parser, struct node **node)
{
	static const char *const words[] = {"DATE", "TIME", "TIMESTAMP"};
	enum token_kind next = parser->token.kind == TOKEN_WORD ? iw_mysql_peek(parser).kind : TOKEN_END;
	const char *type = NULL;
	if (next != TOKEN_STRING && next != TOKEN_BITS)
		return false;
	for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
		if (iw_mysql_is(parser, words[i]))
			type = words[i];
	if (type == NULL && parser->lexer.text[parser->token.begin] != '_')
		return false;
	iw_mysql_take(parser);
	if (!literal(parser, node) || type == NULL || parser->is_quiet)
		return true;
	g_autofree char *lower = g_ascii_strdown(type, -1);
	(*node)->text = iw_arena_printf(parser->arena, "%s%s", lower, (*node)->text);
	return true;
}

/* ---- compound forms ---- */

bool iw_mysql_subquery(struct parser *parser, size_t begin, struct node **node)
{
	bool is_quiet = parser->is_quiet;
	parser->has_queries = true;
	parser->is_quiet = true;
	bool is_well = iw_mysql_read_query(parser) && iw_mysql_expect_operator(parser, ")");
	parser->is_quiet = is_quiet;
	if (!is_well)
		return false;
	*node = iw_mysql_node(parser, NODE_RAW, LEVEL_PRIMARY, is_quiet ? "" : iw_mysql_text_from(parser, begin));
	return true;
}

static bool parenthesised(struct parser *parser, struct node **node)
{
	size_t begin = parser->token.begin;
	iw_mysql_take(parser);
	if (iw_mysql_starts_query(parser))
		return iw_mysql_subquery(parser, begin, node);
	if (!iw_mysql_expr(parser, node))
		return false;
	if (!iw_mysql_is_operator(parser, ","))
		return iw_mysql_expect_operator(parser, ")");
	struct node *row = iw_mysql_node(parser, NODE_ROW, LEVEL_PRIMARY, NULL);
	iw_mysql_append(parser, row, *node);
	iw_mysql_take(parser);
	*node = row;
	return iw_mysql_expr_list(parser, row) && iw_mysql_expect_operator(parser, ")");
}

static bool case_part(struct parser *parser, struct node *parent)
{
	struct node *part;
	if (!iw_mysql_expr(parser, &part))
		return false;
	iw_mysql_append(parser, parent, part);
	return true;
}

static bool case_expr(struct parser *parser, struct node **node)
{
	iw_mysql_take(parser);
	*node = iw_mysql_node(parser, NODE_CASE, LEVEL_PRIMARY, NULL);
	if (!iw_mysql_is(parser, "WHEN")) {
		if (!case_part(parser, *node))
			return false;
		(*node)->has_operand = true;
	}
	if (!iw_mysql_is(parser, "WHEN"))
		return iw_mysql_refuse(parser);
	while (iw_mysql_skip(parser, "WHEN"))
		if (!case_part(parser, *node) || !iw_mysql_expect(parser, "THEN") || !case_part(parser, *node))
			return false;
	if (iw_mysql_skip(parser, "ELSE")) {
		if (!case_part(parser, *node))
			return false;
		(*node)->has_else = true;
	}
	return iw_mysql_expect(parser, "END");
}

static bool exists(struct parser *parser, struct node **node)
{
	size_t begin = parser->token.begin;
	iw_mysql_take(parser);
	if (!iw_mysql_expect_operator(parser, "("))
		return false;
	return iw_mysql_starts_query(parser) ? iw_mysql_subquery(parser, begin, node) : iw_mysql_refuse(parser);
}

/* INTERVAL value unit; INTERVAL (value, value, ...) is a function. */
static bool interval(struct parser *parser, struct node **node)
{
	struct node *value;
	const char *unit;
	iw_mysql_take(parser);
	if (iw_mysql_is_operator(parser, "(")) {
		if (!parenthesised(parser, &value))
			return false;
		if (!iw_mysql_starts_unit(parser)) {
			*node = iw_mysql_node(parser, NODE_CALL, LEVEL_PRIMARY, "interval");
			iw_mysql_append(parser, *node, value);
			return true;
		}
	} else if (!iw_mysql_expr(parser, &value)) {
		return false;
	}
	if (!iw_mysql_unit(parser, &unit))
		return false;
	*node = iw_mysql_node(parser, NODE_INTERVAL, LEVEL_UNARY, unit);
	iw_mysql_append(parser, *node, value);
	return true;
}

/* MATCH (columns) AGAINST (text [IN ... MODE] [WITH QUERY EXPANSION]) */
static bool match(struct parser *parser, struct node **node)
{
	iw_mysql_take(parser);
	*node = iw_mysql_node(parser, NODE_CALL, LEVEL_PRIMARY, "match");
	bool has_parenthesis = iw_mysql_skip_operator(parser, "(");
	struct node *against;
	if (!iw_mysql_expr_list(parser, *node) || (has_parenthesis && !iw_mysql_expect_operator(parser, ")")) ||
	    !iw_mysql_expect(parser, "AGAINST") || !iw_mysql_expect_operator(parser, "(") ||
	    !iw_mysql_bit_expr(parser, &against))
		return false;
	size_t begin = parser->token.begin;
	bool has_mode = !iw_mysql_is_operator(parser, ")");
	if (iw_mysql_skip(parser, "IN") && !iw_mysql_skip(parser, "BOOLEAN MODE") &&
	    !iw_mysql_expect(parser, "NATURAL LANGUAGE MODE"))
		return false;
	if (iw_mysql_is(parser, "WITH") && !iw_mysql_expect(parser, "WITH QUERY EXPANSION"))
		return false;
	if (!parser->is_quiet) {
		const char *mode = has_mode ? iw_mysql_text_from(parser, begin) : "";
		(*node)->after =
			iw_arena_printf(parser->arena, " against (%s%s%s)",
					iw_mysql_print(parser->arena, against, false), *mode != '\0' ? " " : "", mode);
	}
	return iw_mysql_expect_operator(parser, ")");
}

/* ---- names and functions ---- */

/* Reserved words that are functions when a parenthesis follows. */
static bool is_reserved_function(const struct parser *parser)
{
	static const char *const words[] = {"IF",	    "LEFT",	      "RIGHT",
					    "REPLACE",	    "REPEAT",	      "INSERT",
					    "VALUES",	    "CHAR",	      "MOD",
					    "DATABASE",	    "SCHEMA",	      "CONVERT",
					    "CURRENT_DATE", "CURRENT_TIME",   "TRUNCATE",
					    "UTC_DATE",	    "UTC_TIME",	      "UTC_TIMESTAMP",
					    "LOCALTIME",    "LOCALTIMESTAMP", "CURRENT_TIMESTAMP",
					    "CURRENT_USER"};
	for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
		if (iw_mysql_is(parser, words[i]))
			return true;
	return false;
}

static bool is_function_without_parentheses(const struct parser *parser)
{
	static const char *const words[] = {"CURRENT_TIMESTAMP", "CURRENT_DATE",   "CURRENT_TIME", "CURRENT_USER",
					    "LOCALTIME",	 "LOCALTIMESTAMP", "UTC_DATE",	   "UTC_TIME",
					    "UTC_TIMESTAMP",	 "CURRENT_ROLE"};
	for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
		if (iw_mysql_is(parser, words[i]))
			return true;
	return false;
}

static bool function(struct parser *parser, struct node **node)
{
	g_autofree char *lower = g_ascii_strdown(parser->lexer.text + parser->token.begin,
						 (gssize)(parser->token.end - parser->token.begin));
	iw_mysql_take(parser);
	return iw_mysql_call(parser, lower, node);
}

/* column -> '$.path' and column ->> '$.path' */
static bool json_path(struct parser *parser, struct node **node)
{
	bool is_unquoted = iw_mysql_is_operator(parser, "->>");
	struct node *path, *extract = iw_mysql_node(parser, NODE_CALL, LEVEL_PRIMARY, "json_extract");
	iw_mysql_take(parser);
	if (parser->token.kind != TOKEN_STRING)
		return iw_mysql_refuse(parser);
	if (!literal(parser, &path))
		return false;
	iw_mysql_append(parser, extract, *node);
	iw_mysql_append(parser, extract, path);
	*node = extract;
	if (is_unquoted) {
		*node = iw_mysql_node(parser, NODE_CALL, LEVEL_PRIMARY, "json_unquote");
		iw_mysql_append(parser, *node, extract);
	}
	return true;
}

/* name | t.name | db.t.name | t.* is left to the query; name(...) and db.name(...) are functions. */
static bool name(struct parser *parser, struct node **node)
{
	const char *last;
	bool was_qualified = iw_mysql_skip_operator(parser, ".");
	if (!iw_mysql_identifier(parser, &last))
		return false;
	while (iw_mysql_is_operator(parser, ".") && !iw_mysql_peek_is(parser, "*")) {
		iw_mysql_take(parser);
		was_qualified = true;
		if (!iw_mysql_any_name(parser, &last))
			return false;
	}
	if (was_qualified && iw_mysql_is_operator(parser, "(")) {
		g_autofree char *lower = g_ascii_strdown(last, -1);
		return iw_mysql_call(parser, lower, node);
	}
	parser->has_names = true;
	*node = iw_mysql_node(parser, NODE_NAME, LEVEL_PRIMARY, last);
	if (iw_mysql_is_operator(parser, "->") || iw_mysql_is_operator(parser, "->>"))
		return json_path(parser, node);
	return true;
}

static bool variable(struct parser *parser, struct node **node)
{
	size_t begin = parser->token.begin;
	parser->has_variables = true;
	iw_mysql_take(parser);
	if (iw_mysql_skip_operator(parser, ":=")) {
		struct node *value;
		if (!iw_mysql_expr(parser, &value))
			return false;
	}
	*node = iw_mysql_node(parser, NODE_RAW, LEVEL_PRIMARY,
			      parser->is_quiet ? "" : iw_mysql_text_from(parser, begin));
	return true;
}

/* NEXT VALUE FOR s, PREVIOUS VALUE FOR s: MariaDB's other spelling of nextval(s), lastval(s) */
static bool sequence_value(struct parser *parser, struct node **node)
{
	bool is_next = iw_mysql_is_words(parser, "NEXT VALUE FOR");
	struct iw_name sequence;
	if (!is_next && !iw_mysql_is_words(parser, "PREVIOUS VALUE FOR"))
		return false;
	iw_mysql_skip(parser, is_next ? "NEXT VALUE FOR" : "PREVIOUS VALUE FOR");
	parser->volatility = MAX(parser->volatility, IW_VOLATILE);
	if (!iw_mysql_full_name(parser, &sequence))
		return true;
	*node = iw_mysql_node(parser, NODE_CALL, LEVEL_PRIMARY, is_next ? "nextval" : "lastval");
	iw_mysql_append(parser, *node, iw_mysql_node(parser, NODE_NAME, LEVEL_PRIMARY, sequence.name));
	return true;
}

static bool word(struct parser *parser, struct node **node)
{
	struct token next = iw_mysql_peek(parser);
	bool is_call = next.kind == TOKEN_OPERATOR && parser->lexer.text[next.begin] == '(';
	if (iw_mysql_is(parser, "CASE"))
		return case_expr(parser, node);
	if (iw_mysql_is(parser, "EXISTS"))
		return exists(parser, node);
	if (iw_mysql_is(parser, "INTERVAL"))
		return interval(parser, node);
	if (iw_mysql_is(parser, "MATCH"))
		return match(parser, node);
	if (iw_mysql_is(parser, "ROW") && is_call) {
		iw_mysql_take(parser);
		return parenthesised(parser, node);
	}
	if (constant_word(parser, node) || typed_string(parser, node) || sequence_value(parser, node))
		return !parser->is_failed;
	if (is_function_without_parentheses(parser))
		return function(parser, node);
	if (is_call && parser->token.kind == TOKEN_WORD &&
	    (iw_mysql_token_is_name(parser, &parser->token) || is_reserved_function(parser)))
		return function(parser, node);
	/* DEFAULT as a value; DEFAULT(column); VALUE(column) */
	if (iw_mysql_is(parser, "DEFAULT")) {
		iw_mysql_take(parser);
		if (iw_mysql_is_operator(parser, "("))
			return iw_mysql_call(parser, "default", node);
		*node = iw_mysql_node(parser, NODE_RAW, LEVEL_PRIMARY, "default");
		return true;
	}
	return name(parser, node);
}

bool iw_mysql_primary(struct parser *parser, struct node **node)
{
	switch (parser->token.kind) {
	case TOKEN_STRING:
	case TOKEN_NUMBER:
	case TOKEN_BITS:
		return literal(parser, node);
	case TOKEN_VARIABLE:
		return variable(parser, node);
	case TOKEN_PARAMETER:
		iw_mysql_take(parser);
		parser->has_variables = true;
		*node = iw_mysql_node(parser, NODE_RAW, LEVEL_PRIMARY, "?");
		return true;
	case TOKEN_WORD:
	case TOKEN_QUOTED:
		return word(parser, node);
	default:
		break;
	}
	if (iw_mysql_is_operator(parser, "("))
		return parenthesised(parser, node);
	if (iw_mysql_is_operator(parser, "{")) { /* ODBC: {d '2020-01-01'} */
		iw_mysql_take(parser);
		const char *type;
		return iw_mysql_any_name(parser, &type) && iw_mysql_expr(parser, node) &&
		       iw_mysql_expect_operator(parser, "}");
	}
	return iw_mysql_is_operator(parser, ".") ? name(parser, node) : iw_mysql_refuse(parser);
}

static bool collated(struct parser *parser, struct node **node)
{
	if (!iw_mysql_primary(parser, node))
		return false;
	while (iw_mysql_skip(parser, "COLLATE")) {
		const char *collation;
		if (!iw_mysql_collation_name(parser, &collation))
			return false;
		struct node *collate = iw_mysql_node(parser, NODE_COLLATE, LEVEL_COLLATE, collation);
		iw_mysql_append(parser, collate, *node);
		*node = collate;
	}
	return true;
}

/* -5 is a literal; + does nothing. */
static struct node *signed_node(struct parser *parser, const char *op, struct node *operand)
{
	if (parser->is_quiet || *op == '+')
		return operand;
	if (*op == '-' && operand->kind == NODE_LITERAL && operand->is_number) {
		operand->text = operand->text[0] == '-' ? operand->text + 1
							: iw_arena_printf(parser->arena, "-%s", operand->text);
		operand->level = LEVEL_UNARY;
		return operand;
	}
	if (*op == '!')
		return iw_mysql_negated(parser, operand);
	struct node *node = iw_mysql_node(parser, NODE_UNARY, LEVEL_UNARY, op);
	iw_mysql_append(parser, node, operand);
	return node;
}

bool iw_mysql_unary(struct parser *parser, struct node **node)
{
	static const char *const signs[] = {"-", "+", "~", "!"};
	const char *op = NULL;
	for (size_t i = 0; i < G_N_ELEMENTS(signs); i++)
		if (iw_mysql_is_operator(parser, signs[i]))
			op = signs[i];
	if (op == NULL && iw_mysql_is(parser, "BINARY"))
		op = "binary ";
	if (op == NULL)
		return collated(parser, node);
	iw_mysql_take(parser);
	bool is_well = iw_mysql_deeper(parser) && iw_mysql_unary(parser, node);
	parser->depth--;
	if (is_well)
		*node = signed_node(parser, op, *node);
	return is_well;
}
