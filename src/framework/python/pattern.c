/* match statements and their patterns; see syntax.h for the nodes. */
#include "framework/python/syntax_internal.h"

#include <string.h>

static struct py_node *new_node(struct py_parser *parser, enum py_node_kind kind)
{
	return iw_py_node(parser, kind, py_token(parser)->offset);
}

static struct py_node *parse_pattern(struct py_parser *parser);

/* "match x:" and a line that starts with "case"? */
bool iw_py_is_match(const struct py_parser *parser)
{
	const struct py_token *token = py_token(parser);
	if (!iw_py_is_word(parser, token, "match"))
		return false;
	int nested = 0;
	for (token++; token->kind != PY_NEWLINE && token->kind != PY_END; token++) {
		if (token->kind != PY_SIGN)
			continue;
		nested += token->code == '(' || token->code == '[' || token->code == '{';
		nested -= token->code == ')' || token->code == ']' || token->code == '}';
		if (token->code == ':' && nested == 0 && token[1].kind == PY_NEWLINE)
			return token[2].kind == PY_INDENT && iw_py_is_word(parser, &token[3], "case");
	}
	return false;
}

/* Anything in brackets: mappings and classes, which are not looked into. */
static struct py_node *skip_pattern(struct py_parser *parser, guint32 offset)
{
	int nested = 0;
	do {
		const struct py_token *token = py_token(parser);
		nested += token->kind == PY_SIGN && (token->code == '(' || token->code == '[' || token->code == '{');
		nested -= token->kind == PY_SIGN && (token->code == ')' || token->code == ']' || token->code == '}');
		parser->at++;
	} while (nested > 0 && py_token(parser)->kind != PY_END);
	return iw_py_close(parser, iw_py_node(parser, PY_MATCH_OTHER, offset));
}

static struct py_node *parse_sequence_pattern(struct py_parser *parser, struct py_node *first, guint32 closing)
{
	struct py_node *node = iw_py_node(parser, PY_MATCH_SEQUENCE, py_token(parser)->offset);
	guint from = parser->stack->len;
	if (first != NULL) {
		g_ptr_array_add(parser->stack, first);
	} else if (!py_is_sign(parser, closing)) {
		g_ptr_array_add(parser->stack, parse_pattern(parser));
	}
	bool has_comma = false;
	while (iw_py_accept_sign(parser, ',')) {
		has_comma = true;
		if (py_is_sign(parser, closing) || py_is_keyword(parser, PY_K_IF) || py_is_sign(parser, ':'))
			break;
		g_ptr_array_add(parser->stack, parse_pattern(parser));
	}
	iw_py_take_items(parser, node, from);
	if (closing != ':')
		iw_py_expect_sign(parser, closing, "");
	if (closing == ')' && node->count == 1 && !has_comma)
		return node->items[0];
	return iw_py_close(parser, node);
}

static struct py_node *parse_closed_pattern(struct py_parser *parser)
{
	const struct py_token *token = py_token(parser);
	if (iw_py_accept_sign(parser, '['))
		return parse_sequence_pattern(parser, NULL, ']');
	if (iw_py_accept_sign(parser, '('))
		return parse_sequence_pattern(parser, NULL, ')');
	if (py_is_sign(parser, '{'))
		return skip_pattern(parser, token->offset);
	bool is_star = iw_py_accept_sign(parser, '*');
	struct py_node *node = new_node(parser, is_star ? PY_MATCH_STAR : PY_MATCH_NAME);
	const struct py_token *next = py_token(parser);
	bool is_name = next->kind == PY_WORD && next->code == 0;
	bool is_bare = is_name && !(next[1].kind == PY_SIGN && (next[1].code == '.' || next[1].code == '('));
	if (is_star || is_bare) {
		node->text = iw_py_expect_name(parser);
		if (strcmp(node->text, "_") == 0)
			node->text = NULL;
		return iw_py_close(parser, node);
	}
	if (is_name) {
		while (parser->at++, py_is_sign(parser, '.'))
			parser->at++;
		if (py_is_sign(parser, '('))
			return skip_pattern(parser, token->offset);
		parser->at = (guint)(next - &g_array_index(parser->tokens, struct py_token, 0));
	}
	node->kind = PY_MATCH_VALUE;
	node->a = parser->failure->is_set ? iw_py_fail(parser, "%s", "") : NULL;
	if (node->a == NULL) {
		bool is_negative = iw_py_accept_sign(parser, '-');
		node->a = iw_py_parse_primary(parser);
		if (is_negative) {
			struct py_node *negative = iw_py_node(parser, PY_UNARY, node->offset);
			negative->sign = '-';
			negative->a = node->a;
			node->a = iw_py_close(parser, negative);
		}
	}
	return iw_py_close(parser, node);
}

static struct py_node *parse_pattern(struct py_parser *parser)
{
	if (++parser->depth > PY_DEEPEST_SYNTAX)
		return iw_py_fail(parser, "too deeply nested");
	struct py_node *node = parse_closed_pattern(parser);
	if (py_is_sign(parser, '|')) {
		struct py_node *any = iw_py_node(parser, PY_MATCH_OR, node->offset);
		guint from = parser->stack->len;
		g_ptr_array_add(parser->stack, node);
		while (iw_py_accept_sign(parser, '|'))
			g_ptr_array_add(parser->stack, parse_closed_pattern(parser));
		iw_py_take_items(parser, any, from);
		node = iw_py_close(parser, any);
	}
	if (iw_py_accept_keyword(parser, PY_K_AS)) {
		struct py_node *named = iw_py_node(parser, PY_MATCH_AS, node->offset);
		named->a = node;
		named->text = iw_py_expect_name(parser);
		node = iw_py_close(parser, named);
	}
	parser->depth--;
	return node;
}

struct py_node *iw_py_parse_match(struct py_parser *parser)
{
	struct py_node *node = new_node(parser, PY_MATCH);
	parser->at++;
	node->a = iw_py_parse_expressions(parser);
	iw_py_expect_sign(parser, ':', "");
	parser->at += 2;
	guint from = parser->stack->len;
	while (!parser->failure->is_set && iw_py_is_word(parser, py_token(parser), "case")) {
		struct py_node *item = new_node(parser, PY_CASE);
		parser->at++;
		item->a = parse_pattern(parser);
		if (py_is_sign(parser, ','))
			item->a = parse_sequence_pattern(parser, item->a, ':');
		if (iw_py_accept_keyword(parser, PY_K_IF))
			item->c = iw_py_parse_named(parser);
		item->b = iw_py_parse_block(parser);
		g_ptr_array_add(parser->stack, iw_py_close(parser, item));
	}
	iw_py_take_items(parser, node, from);
	iw_py_close(parser, node);
	if (py_token(parser)->kind != PY_DEDENT)
		return iw_py_fail(parser, "\"case\" was expected");
	parser->at++;
	return node;
}
