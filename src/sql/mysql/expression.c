/* Expressions from OR down to the arithmetic operators, by level; what stands between them is in primary.c. */
#include "sql/mysql/expression.h"

#define MAX_COMPARISONS 100

struct node *iw_mysql_node(struct parser *parser, enum node_kind kind, enum level level, const char *text)
{
	if (parser->scrap == NULL)
		parser->scrap = iw_new(parser->arena, struct node);
	if (parser->is_quiet)
		return parser->scrap;
	struct node *node = iw_new(parser->arena, struct node);
	node->kind = kind;
	node->level = level;
	node->text = text;
	return node;
}

void iw_mysql_append(struct parser *parser, struct node *parent, struct node *child)
{
	if (parser->is_quiet || parent == NULL)
		return;
	child->next = NULL;
	if (parent->last == NULL)
		parent->first = child;
	else
		parent->last->next = child;
	parent->last = child;
}

/* ---- operators ---- */

struct operator_row {
	enum level level;
	const char *spelling, *canonical;
};

static const struct operator_row operators[] = {
	{LEVEL_OR, "||", "or"},	      {LEVEL_OR, "OR", "or"},	  {LEVEL_XOR, "XOR", "xor"},
	{LEVEL_AND, "&&", "and"},     {LEVEL_AND, "AND", "and"},  {LEVEL_BIT_OR, "|", "|"},
	{LEVEL_BIT_AND, "&", "&"},    {LEVEL_SHIFT, "<<", "<<"},  {LEVEL_SHIFT, ">>", ">>"},
	{LEVEL_ADD, "+", "+"},	      {LEVEL_ADD, "-", "-"},	  {LEVEL_MULTIPLY, "*", "*"},
	{LEVEL_MULTIPLY, "/", "/"},   {LEVEL_MULTIPLY, "%", "%"}, {LEVEL_MULTIPLY, "DIV", "div"},
	{LEVEL_MULTIPLY, "MOD", "%"}, {LEVEL_BIT_XOR, "^", "^"},
};

static const char *operator_of(const struct parser *parser, enum level level)
{
	if (parser->token.kind != TOKEN_OPERATOR && parser->token.kind != TOKEN_WORD)
		return NULL;
	for (size_t i = 0; i < G_N_ELEMENTS(operators); i++) {
		const struct operator_row *row = &operators[i];
		if (row->level == level &&
		    (g_ascii_isalpha(row->spelling[0]) ? iw_mysql_is(parser, row->spelling)
						       : iw_mysql_is_operator(parser, row->spelling)))
			return row->canonical;
	}
	return NULL;
}

/* Makes the children of `from` children of `chain`; AND and OR join from both sides. */
static void take_children(struct parser *parser, struct node *chain, struct node *from, const char *op)
{
	for (struct node *child = from->first, *next; child != NULL; child = next) {
		next = child->next;
		if (child == from->first)
			child->op = op;
		iw_mysql_append(parser, chain, child);
	}
}

struct node *iw_mysql_chained(struct parser *parser, enum level level, struct node *left, const char *op,
			      struct node *right)
{
	if (parser->is_quiet)
		return parser->scrap;
	struct node *chain = left;
	if (left->kind != NODE_CHAIN || left->level != level) {
		chain = iw_mysql_node(parser, NODE_CHAIN, level, NULL);
		left->op = NULL;
		iw_mysql_append(parser, chain, left);
	}
	if ((level == LEVEL_AND || level == LEVEL_OR) && right->kind == NODE_CHAIN && right->level == level) {
		take_children(parser, chain, right, op);
		return chain;
	}
	right->op = op;
	iw_mysql_append(parser, chain, right);
	return chain;
}

static const char *opposite(const char *op)
{
	static const char *const pairs[][2] = {{"=", "<>"}, {"<>", "="}, {"<", ">="},
					       {">=", "<"}, {">", "<="}, {"<=", ">"}};
	for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++)
		if (strcmp(op, pairs[i][0]) == 0)
			return pairs[i][1];
	return NULL;
}

static struct node *negated_chain(struct parser *parser, const struct node *node)
{
	enum level level = node->level == LEVEL_AND ? LEVEL_OR : LEVEL_AND;
	struct node *chain = iw_mysql_node(parser, NODE_CHAIN, level, NULL);
	for (struct node *child = node->first, *next; child != NULL; child = next) {
		next = child->next;
		struct node *negated = iw_mysql_negated(parser, child);
		const char *op = chain->first == NULL ? NULL : level == LEVEL_OR ? "or" : "and";
		if (negated->kind == NODE_CHAIN && negated->level == level) {
			take_children(parser, chain, negated, op);
			continue;
		}
		negated->op = op;
		iw_mysql_append(parser, chain, negated);
	}
	return chain;
}

/* not a: a = 0; not 1: 0 */
static struct node *equal_to_zero(struct parser *parser, struct node *node)
{
	if (node->kind == NODE_LITERAL) {
		node->text = g_ascii_strtod(node->text, NULL) == 0 ? "1" : "0";
		node->level = LEVEL_PRIMARY;
		return node;
	}
	struct node *compare = iw_mysql_node(parser, NODE_COMPARE, LEVEL_COMPARE, "=");
	struct node *zero = iw_mysql_node(parser, NODE_LITERAL, LEVEL_PRIMARY, "0");
	zero->is_number = true;
	iw_mysql_append(parser, compare, node);
	iw_mysql_append(parser, compare, zero);
	return compare;
}

/* not (a xor b): (not a) xor b */
static struct node *negated_first(struct parser *parser, struct node *node)
{
	struct node *rest = node->first->next, *chain = iw_mysql_node(parser, NODE_CHAIN, LEVEL_XOR, NULL);
	iw_mysql_append(parser, chain, iw_mysql_negated(parser, node->first));
	chain->first->next = rest;
	chain->last = node->last;
	return chain;
}

struct node *iw_mysql_negated(struct parser *parser, struct node *node)
{
	if (parser->is_quiet)
		return parser->scrap;
	if (node->kind == NODE_COMPARE && opposite(node->text) != NULL) {
		node->text = opposite(node->text);
		return node;
	}
	if (node->kind == NODE_TEST) {
		node->is_negated = !node->is_negated;
		return node;
	}
	if (node->kind == NODE_CHAIN && (node->level == LEVEL_AND || node->level == LEVEL_OR))
		return negated_chain(parser, node);
	if (node->kind == NODE_CHAIN && node->level == LEVEL_XOR)
		return negated_first(parser, node);
	if (node->kind == NODE_NAME || (node->kind == NODE_LITERAL && node->is_number))
		return equal_to_zero(parser, node);
	struct node *not = iw_mysql_node(parser, NODE_UNARY, LEVEL_NOT, "not ");
	iw_mysql_append(parser, not, node);
	return not ;
}

/* ---- comparisons ---- */

static const char *comparison(const struct parser *parser)
{
	static const char *const spellings[][2] = {{"=", "="},	 {"<=>", "<=>"}, {">=", ">="}, {">", ">"},
						   {"<=", "<="}, {"<", "<"},	 {"<>", "<>"}, {"!=", "<>"}};
	for (size_t i = 0; i < G_N_ELEMENTS(spellings); i++)
		if (iw_mysql_is_operator(parser, spellings[i][0]))
			return spellings[i][1];
	return NULL;
}

static struct node *test(struct parser *parser, struct node **left, const char *text, bool is_negated)
{
	struct node *node = iw_mysql_node(parser, NODE_TEST, LEVEL_COMPARE, text);
	iw_mysql_append(parser, node, *left);
	node->is_negated = is_negated;
	*left = node;
	return node;
}

static bool in_list(struct parser *parser, struct node *parent)
{
	size_t begin = parser->token.begin;
	struct node *query;
	if (!iw_mysql_expect_operator(parser, "("))
		return false;
	if (iw_mysql_starts_query(parser)) {
		if (!iw_mysql_subquery(parser, begin, &query))
			return false;
		iw_mysql_append(parser, parent, query);
		return true;
	}
	return iw_mysql_expr_list(parser, parent) && iw_mysql_expect_operator(parser, ")");
}

static bool between(struct parser *parser, struct node *parent);

static bool like(struct parser *parser, struct node *parent)
{
	struct node *pattern, *escape;
	if (!iw_mysql_bit_expr(parser, &pattern))
		return false;
	iw_mysql_append(parser, parent, pattern);
	if (!iw_mysql_skip(parser, "ESCAPE"))
		return true;
	if (!iw_mysql_unary(parser, &escape))
		return false;
	iw_mysql_append(parser, parent, escape);
	return true;
}

static bool one_operand(struct parser *parser, struct node *parent)
{
	struct node *right;
	if (!iw_mysql_bit_expr(parser, &right))
		return false;
	iw_mysql_append(parser, parent, right);
	return true;
}

static bool member_of(struct parser *parser, struct node *parent)
{
	return iw_mysql_expect_operator(parser, "(") && one_operand(parser, parent) &&
	       iw_mysql_expect_operator(parser, ")");
}

/* bit_expr [NOT] IN ... | BETWEEN ... | LIKE ... | REGEXP ... */
static bool predicate(struct parser *parser, struct node **node)
{
	static const struct {
		const char *words, *text;
		bool (*operands)(struct parser *parser, struct node *parent);
	} tests[] = {{"IN", "in", in_list},
		     {"BETWEEN", "between", between},
		     {"LIKE", "like", like},
		     {"REGEXP", "regexp", one_operand},
		     {"RLIKE", "regexp", one_operand},
		     {"SOUNDS LIKE", "sounds like", one_operand},
		     {"MEMBER OF", "member of", member_of},
		     {"MEMBER", "member of", member_of}};
	if (!iw_mysql_bit_expr(parser, node))
		return false;
	bool is_negated = iw_mysql_is(parser, "NOT");
	if (is_negated)
		iw_mysql_take(parser);
	for (size_t i = 0; i < G_N_ELEMENTS(tests); i++)
		if (iw_mysql_skip(parser, tests[i].words))
			return tests[i].operands(parser, test(parser, node, tests[i].text, is_negated));
	return !is_negated || iw_mysql_refuse(parser);
}

static bool between(struct parser *parser, struct node *parent)
{
	struct node *low, *high;
	if (!iw_mysql_bit_expr(parser, &low) || !iw_mysql_expect(parser, "AND") || !predicate(parser, &high))
		return false;
	iw_mysql_append(parser, parent, low);
	iw_mysql_append(parser, parent, high);
	return true;
}

static bool is_test(struct parser *parser, struct node **node)
{
	static const char *const values[][2] = {{"NULL", "is null"},
						{"TRUE", "is true"},
						{"FALSE", "is false"},
						{"UNKNOWN", "is null"},
						{"JSON", "is json"}};
	bool is_negated = iw_mysql_skip(parser, "NOT");
	for (size_t i = 0; i < G_N_ELEMENTS(values); i++)
		if (iw_mysql_skip(parser, values[i][0])) {
			test(parser, node, values[i][1], is_negated);
			return true;
		}
	return iw_mysql_refuse(parser);
}

/* = ALL (query), = ANY (query), = SOME (query) */
static bool quantified(struct parser *parser, struct node **right)
{
	size_t begin = parser->token.begin;
	struct token next = iw_mysql_peek(parser);
	bool is_quantifier = iw_mysql_is(parser, "ALL") || iw_mysql_is(parser, "ANY") || iw_mysql_is(parser, "SOME");
	if (!is_quantifier || next.kind != TOKEN_OPERATOR || parser->lexer.text[next.begin] != '(')
		return predicate(parser, right);
	iw_mysql_take(parser);
	return iw_mysql_expect_operator(parser, "(") && iw_mysql_subquery(parser, begin, right);
}

static bool comparisons(struct parser *parser, struct node **node)
{
	if (!predicate(parser, node))
		return false;
	for (int count = 0;; count++) {
		const char *op = comparison(parser);
		if (op == NULL && !iw_mysql_is(parser, "IS"))
			return true;
		if (count == MAX_COMPARISONS)
			return iw_mysql_give_up(parser, "it compares too often in a row");
		iw_mysql_take(parser);
		if (op == NULL) {
			if (!is_test(parser, node))
				return false;
			continue;
		}
		struct node *right, *compare = iw_mysql_node(parser, NODE_COMPARE, LEVEL_COMPARE, op);
		if (!quantified(parser, &right))
			return false;
		iw_mysql_append(parser, compare, *node);
		iw_mysql_append(parser, compare, right);
		*node = compare;
	}
}

static bool not_expr(struct parser *parser, struct node **node)
{
	int count = 0;
	while (iw_mysql_skip(parser, "NOT"))
		count++;
	if (!comparisons(parser, node))
		return false;
	/* Twice is not the same as not at all: not not a is a <> 0. */
	for (count = count > 2 ? 2 - count % 2 : count; count > 0; count--)
		*node = iw_mysql_negated(parser, *node);
	return true;
}

/* ---- levels ---- */

static bool at_level(struct parser *parser, enum level level, struct node **node)
{
	if (level == LEVEL_NOT)
		return not_expr(parser, node);
	if (level >= LEVEL_UNARY)
		return iw_mysql_unary(parser, node);
	if (!at_level(parser, level + 1, node))
		return false;
	const char *op;
	while ((op = operator_of(parser, level)) != NULL) {
		struct node *right;
		iw_mysql_take(parser);
		if (!at_level(parser, level + 1, &right))
			return false;
		*node = iw_mysql_chained(parser, level, *node, op, right);
	}
	return true;
}

bool iw_mysql_expr(struct parser *parser, struct node **node)
{
	bool is_well = iw_mysql_deeper(parser) && at_level(parser, LEVEL_OR, node);
	parser->depth--;
	return is_well;
}

bool iw_mysql_bit_expr(struct parser *parser, struct node **node)
{
	return at_level(parser, LEVEL_BIT_OR, node);
}

bool iw_mysql_expr_list(struct parser *parser, struct node *parent)
{
	do {
		struct node *item;
		if (!iw_mysql_expr(parser, &item))
			return false;
		iw_mysql_append(parser, parent, item);
	} while (iw_mysql_skip_operator(parser, ","));
	return true;
}
