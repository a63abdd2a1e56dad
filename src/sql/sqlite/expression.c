/*
 * Expressions of SQLite: precedence climbing over the levels of parse.y. Besides being valid or not, an expression
 * tells what it is (struct value), which functions it calls, and, in a WHERE, which columns it pins to literals.
 */
#include "sql/sqlite/parser.h"

#include <string.h>

enum {
	LEVEL_OR = 1,
	LEVEL_AND,
	LEVEL_NOT,
	LEVEL_EQUAL,
	LEVEL_LESS,
	LEVEL_ESCAPE,
	LEVEL_BITS,
	LEVEL_ADD,
	LEVEL_MULTIPLY,
	LEVEL_CONCAT,
	LEVEL_COLLATE,
	LEVEL_SIGN,
};

static const struct {
	const char *text;
	int level;
} operators[] = {
	{"=", LEVEL_EQUAL},    {"==", LEVEL_EQUAL},   {"<>", LEVEL_EQUAL},  {"!=", LEVEL_EQUAL},  {"<", LEVEL_LESS},
	{"<=", LEVEL_LESS},    {">", LEVEL_LESS},     {">=", LEVEL_LESS},   {"&", LEVEL_BITS},	  {"|", LEVEL_BITS},
	{"<<", LEVEL_BITS},    {">>", LEVEL_BITS},    {"+", LEVEL_ADD},	    {"-", LEVEL_ADD},	  {"*", LEVEL_MULTIPLY},
	{"/", LEVEL_MULTIPLY}, {"%", LEVEL_MULTIPLY}, {"||", LEVEL_CONCAT}, {"->", LEVEL_CONCAT}, {"->>", LEVEL_CONCAT},
};

static bool parse_level(struct parser *parser, int level, struct value *value);

static bool inner(struct parser *parser, int level)
{
	struct value ignored;
	return parse_level(parser, level, &ignored);
}

bool iw_sqlite_expr_list(struct parser *parser, size_t *count)
{
	size_t length = 0;
	do {
		struct value ignored;
		if (!iw_sqlite_expr(parser, &ignored))
			return false;
		length++;
	} while (iw_sqlite_skip_kind(parser, TOKEN_COMMA));
	if (count != NULL)
		*count = length;
	return true;
}

bool iw_sqlite_sort_order(struct parser *parser, struct iw_key *key)
{
	bool is_descending = iw_sqlite_is(parser, KW_DESC);
	if (is_descending || iw_sqlite_is(parser, KW_ASC))
		iw_sqlite_take(parser);
	int nulls = 0;
	if (iw_sqlite_skip(parser, KW_NULLS)) {
		nulls = iw_sqlite_is(parser, KW_FIRST) ? 1 : iw_sqlite_is(parser, KW_LAST) ? 2 : 0;
		if (nulls == 0)
			return iw_sqlite_refuse(parser);
		iw_sqlite_take(parser);
	}
	if (key != NULL) {
		key->is_descending = is_descending;
		key->nulls = nulls;
	}
	return true;
}

bool iw_sqlite_order_terms(struct parser *parser)
{
	do {
		struct value ignored;
		if (!iw_sqlite_expr(parser, &ignored) || !iw_sqlite_sort_order(parser, NULL))
			return false;
	} while (iw_sqlite_skip_kind(parser, TOKEN_COMMA));
	return true;
}

/* CURRENT ROW | UNBOUNDED PRECEDING | expr PRECEDING | ... FOLLOWING */
static bool frame_bound(struct parser *parser)
{
	if (iw_sqlite_skip(parser, KW_CURRENT))
		return iw_sqlite_expect(parser, KW_ROW);
	if (!iw_sqlite_skip(parser, KW_UNBOUNDED) && !inner(parser, LEVEL_OR))
		return false;
	return iw_sqlite_skip(parser, KW_PRECEDING) || iw_sqlite_expect(parser, KW_FOLLOWING);
}

static bool frame_exclude(struct parser *parser)
{
	if (!iw_sqlite_skip(parser, KW_EXCLUDE))
		return true;
	if (iw_sqlite_skip(parser, KW_NO))
		return iw_sqlite_expect(parser, KW_OTHERS);
	if (iw_sqlite_skip(parser, KW_CURRENT))
		return iw_sqlite_expect(parser, KW_ROW);
	return iw_sqlite_skip(parser, KW_GROUP) || iw_sqlite_expect(parser, KW_TIES);
}

static bool frame(struct parser *parser)
{
	if (!iw_sqlite_skip(parser, KW_RANGE) && !iw_sqlite_skip(parser, KW_ROWS) && !iw_sqlite_skip(parser, KW_GROUPS))
		return true;
	if (iw_sqlite_skip(parser, KW_BETWEEN)) {
		if (!frame_bound(parser) || !iw_sqlite_expect(parser, KW_AND) || !frame_bound(parser))
			return false;
	} else if (!frame_bound(parser)) {
		return false;
	}
	return frame_exclude(parser);
}

/* What stands between the parentheses of OVER (...) and WINDOW w AS (...). */
static bool window(struct parser *parser)
{
	static const enum keyword starts[] = {KW_PARTITION, KW_ORDER, KW_RANGE, KW_ROWS, KW_GROUPS};
	bool is_name = iw_sqlite_token_is_nm(&parser->token);
	for (size_t i = 0; i < G_N_ELEMENTS(starts); i++)
		is_name = is_name && !iw_sqlite_is(parser, starts[i]);
	if (is_name)
		iw_sqlite_take(parser);
	if (iw_sqlite_skip(parser, KW_PARTITION) &&
	    (!iw_sqlite_expect(parser, KW_BY) || !iw_sqlite_expr_list(parser, NULL)))
		return false;
	if (iw_sqlite_skip(parser, KW_ORDER) && (!iw_sqlite_expect(parser, KW_BY) || !iw_sqlite_order_terms(parser)))
		return false;
	return frame(parser) && iw_sqlite_expect_kind(parser, TOKEN_CLOSE);
}

bool iw_sqlite_window_definitions(struct parser *parser)
{
	do {
		if (!iw_sqlite_nm(parser, NULL) || !iw_sqlite_expect(parser, KW_AS) ||
		    !iw_sqlite_expect_kind(parser, TOKEN_OPEN) || !window(parser))
			return false;
	} while (iw_sqlite_skip_kind(parser, TOKEN_COMMA));
	return true;
}

/* [FILTER (WHERE expr)] [OVER name | OVER (window)] */
static bool filter_over(struct parser *parser)
{
	if (iw_sqlite_skip(parser, KW_FILTER) &&
	    (!iw_sqlite_expect_kind(parser, TOKEN_OPEN) || !iw_sqlite_expect(parser, KW_WHERE) ||
	     !inner(parser, LEVEL_OR) || !iw_sqlite_expect_kind(parser, TOKEN_CLOSE)))
		return false;
	if (!iw_sqlite_skip(parser, KW_OVER))
		return true;
	return iw_sqlite_skip_kind(parser, TOKEN_OPEN) ? window(parser) : iw_sqlite_nm(parser, NULL);
}

static bool call(struct parser *parser, const struct token *name)
{
	if (parser->data != NULL && parser->data->functions != NULL)
		g_ptr_array_add(parser->data->functions, iw_sqlite_token_name(parser->arena, name));
	iw_sqlite_take(parser);
	if (iw_sqlite_is_operator(parser, "*"))
		iw_sqlite_take(parser);
	else {
		if (iw_sqlite_is(parser, KW_DISTINCT) || iw_sqlite_is(parser, KW_ALL))
			iw_sqlite_take(parser);
		bool is_empty = iw_sqlite_is_kind(parser, TOKEN_CLOSE) || iw_sqlite_is(parser, KW_ORDER);
		if (!is_empty && !iw_sqlite_expr_list(parser, NULL))
			return false;
		if (iw_sqlite_is(parser, KW_ORDER)) {
			if (!iw_sqlite_at_least(parser, 34400))
				return iw_sqlite_refuse(parser);
			iw_sqlite_take(parser);
			if (!iw_sqlite_expect(parser, KW_BY) || !iw_sqlite_order_terms(parser))
				return false;
		}
	}
	return iw_sqlite_expect_kind(parser, TOKEN_CLOSE) && filter_over(parser);
}

/* name | name.name | name.name.name | name(...) */
static bool name_or_call(struct parser *parser, struct value *value)
{
	struct token first = parser->token, last = first;
	bool is_string = first.kind == TOKEN_STRING;
	iw_sqlite_take(parser);
	if (!is_string && iw_sqlite_is_kind(parser, TOKEN_OPEN)) {
		if (iw_sqlite_keyword_use(first.keyword) == 'J' && !iw_sqlite_at_least(parser, 34100))
			return iw_sqlite_refuse(parser);
		return call(parser, &first);
	}
	for (int i = 0; i < 2 && iw_sqlite_is_kind(parser, TOKEN_DOT); i++) {
		iw_sqlite_take(parser);
		last = parser->token;
		if (!iw_sqlite_nm(parser, NULL))
			return false;
	}
	bool is_boolean = first.kind == TOKEN_NAME && last.begin == first.begin &&
			  ((first.end - first.begin == 4 && g_ascii_strncasecmp(first.text, "true", 4) == 0) ||
			   (first.end - first.begin == 5 && g_ascii_strncasecmp(first.text, "false", 5) == 0));
	*value = (struct value){.kind = VALUE_LITERAL};
	if (!is_boolean && !(is_string && last.begin == first.begin))
		*value = (struct value){.kind = VALUE_COLUMN, .column = iw_sqlite_token_name(parser->arena, &last)};
	return true;
}

static bool case_expression(struct parser *parser)
{
	iw_sqlite_take(parser);
	if (!iw_sqlite_is(parser, KW_WHEN) && !inner(parser, LEVEL_OR))
		return false;
	do {
		if (!iw_sqlite_expect(parser, KW_WHEN) || !inner(parser, LEVEL_OR) ||
		    !iw_sqlite_expect(parser, KW_THEN) || !inner(parser, LEVEL_OR))
			return false;
	} while (iw_sqlite_is(parser, KW_WHEN));
	if (iw_sqlite_skip(parser, KW_ELSE) && !inner(parser, LEVEL_OR))
		return false;
	return iw_sqlite_expect(parser, KW_END);
}

static bool cast(struct parser *parser, struct value *value)
{
	struct iw_type type;
	struct value operand;
	iw_sqlite_take(parser);
	if (!iw_sqlite_expect_kind(parser, TOKEN_OPEN) || !iw_sqlite_expr(parser, &operand) ||
	    !iw_sqlite_expect(parser, KW_AS) || !iw_sqlite_type(parser, &type))
		return false;
	if (operand.kind == VALUE_LITERAL)
		*value = operand;
	return iw_sqlite_expect_kind(parser, TOKEN_CLOSE);
}

static bool raise_call(struct parser *parser)
{
	iw_sqlite_take(parser);
	if (!iw_sqlite_expect_kind(parser, TOKEN_OPEN))
		return false;
	if (iw_sqlite_skip(parser, KW_IGNORE))
		return iw_sqlite_expect_kind(parser, TOKEN_CLOSE);
	if (!iw_sqlite_skip(parser, KW_ABORT) && !iw_sqlite_skip(parser, KW_FAIL) &&
	    !iw_sqlite_expect(parser, KW_ROLLBACK))
		return false;
	if (!iw_sqlite_expect_kind(parser, TOKEN_COMMA))
		return false;
	bool is_text = iw_sqlite_at_least(parser, 34700) ? inner(parser, LEVEL_OR) : iw_sqlite_nm(parser, NULL);
	return is_text && iw_sqlite_expect_kind(parser, TOKEN_CLOSE);
}

/* ( select ) | ( expr ) | ( expr, expr ... ) */
static bool parenthesised(struct parser *parser, struct value *value)
{
	iw_sqlite_take(parser);
	if (iw_sqlite_starts_select(parser))
		return iw_sqlite_select(parser) && iw_sqlite_expect_kind(parser, TOKEN_CLOSE);
	struct value first;
	if (!parse_level(parser, LEVEL_OR, &first))
		return false;
	if (iw_sqlite_skip_kind(parser, TOKEN_COMMA)) {
		if (!iw_sqlite_expr_list(parser, NULL))
			return false;
	} else {
		*value = first;
	}
	return iw_sqlite_expect_kind(parser, TOKEN_CLOSE);
}

static bool exists(struct parser *parser)
{
	iw_sqlite_take(parser);
	return iw_sqlite_expect_kind(parser, TOKEN_OPEN) && iw_sqlite_select(parser) &&
	       iw_sqlite_expect_kind(parser, TOKEN_CLOSE);
}

static bool literal(struct parser *parser, struct value *value)
{
	*value = (struct value){.kind = VALUE_LITERAL};
	iw_sqlite_take(parser);
	return true;
}

static bool prefixed(struct parser *parser, int level, struct value *value)
{
	struct value operand;
	iw_sqlite_take(parser);
	if (!parse_level(parser, level, &operand))
		return false;
	if (operand.kind == VALUE_LITERAL)
		*value = operand;
	return true;
}

static bool keyword_primary(struct parser *parser, struct value *value)
{
	switch (parser->token.keyword) {
	case KW_NULL:
	case KW_CURRENT_DATE:
	case KW_CURRENT_TIME:
	case KW_CURRENT_TIMESTAMP:
		return literal(parser, value);
	case KW_CAST:
		return cast(parser, value);
	case KW_CASE:
		return case_expression(parser);
	case KW_EXISTS:
		return exists(parser);
	case KW_RAISE:
		return raise_call(parser);
	case KW_NOT:
		return prefixed(parser, LEVEL_NOT, value);
	default:
		if (iw_sqlite_keyword_use(parser->token.keyword) == 0)
			return iw_sqlite_refuse(parser);
		return name_or_call(parser, value);
	}
}

static bool primary(struct parser *parser, struct value *value)
{
	*value = (struct value){.kind = VALUE_OTHER};
	switch (parser->token.kind) {
	case TOKEN_INTEGER:
	case TOKEN_FLOAT:
		if (!iw_sqlite_at_least(parser, 34600) &&
		    memchr(parser->token.text, '_', parser->token.end - parser->token.begin) != NULL)
			return iw_sqlite_refuse(parser);
		return literal(parser, value);
	case TOKEN_VARIABLE: /* #1 is a register of the library's own */
		if (parser->token.text[0] == '#' && g_ascii_isdigit(parser->token.text[1]))
			return iw_sqlite_refuse(parser);
		return literal(parser, value);
	case TOKEN_BLOB:
		return literal(parser, value);
	case TOKEN_STRING:
	case TOKEN_NAME:
	case TOKEN_QUOTED:
		return name_or_call(parser, value);
	case TOKEN_OPEN:
		return parenthesised(parser, value);
	case TOKEN_KEYWORD:
		return keyword_primary(parser, value);
	case TOKEN_OPERATOR:
		if (iw_sqlite_is_operator(parser, "-") || iw_sqlite_is_operator(parser, "+") ||
		    iw_sqlite_is_operator(parser, "~"))
			return prefixed(parser, LEVEL_SIGN, value);
		return iw_sqlite_refuse(parser);
	default:
		return iw_sqlite_refuse(parser);
	}
}

/* IN (list) | IN (select) | IN table | IN function(list). True in *is_literals when it is a list of literals. */
static bool in_list(struct parser *parser, bool *is_literals)
{
	*is_literals = false;
	if (!iw_sqlite_is_kind(parser, TOKEN_OPEN)) {
		struct iw_name table;
		if (!iw_sqlite_full_name(parser, &table))
			return false;
		if (!iw_sqlite_skip_kind(parser, TOKEN_OPEN) || iw_sqlite_skip_kind(parser, TOKEN_CLOSE))
			return true;
		return iw_sqlite_expr_list(parser, NULL) && iw_sqlite_expect_kind(parser, TOKEN_CLOSE);
	}
	iw_sqlite_take(parser);
	if (iw_sqlite_skip_kind(parser, TOKEN_CLOSE))
		return true;
	if (iw_sqlite_starts_select(parser))
		return iw_sqlite_select(parser) && iw_sqlite_expect_kind(parser, TOKEN_CLOSE);
	*is_literals = true;
	do {
		struct value value;
		if (!iw_sqlite_expr(parser, &value))
			return false;
		*is_literals = *is_literals && value.kind == VALUE_LITERAL;
	} while (iw_sqlite_skip_kind(parser, TOKEN_COMMA));
	return iw_sqlite_expect_kind(parser, TOKEN_CLOSE);
}

static guint count_equals(const struct parser *parser)
{
	return parser->collects_equals ? parser->data->equals->len : 0;
}

static void forget_equals(struct parser *parser, guint length)
{
	if (parser->collects_equals && parser->data->equals->len > length)
		g_ptr_array_set_size(parser->data->equals, (gint)length);
}

/* Behind [NOT]: LIKE, GLOB, REGEXP, MATCH, BETWEEN, IN. Sets *is_taken when one of them was there. */
static bool negatable(struct parser *parser, bool is_negated, const struct value *left, struct value *result,
		      bool *is_taken)
{
	*is_taken = true;
	switch (parser->token.keyword) {
	case KW_LIKE:
	case KW_GLOB:
	case KW_REGEXP:
	case KW_MATCH:
		iw_sqlite_take(parser);
		return inner(parser, LEVEL_LESS) && (!iw_sqlite_skip(parser, KW_ESCAPE) || inner(parser, LEVEL_LESS));
	case KW_BETWEEN:
		iw_sqlite_take(parser);
		return inner(parser, LEVEL_NOT) && iw_sqlite_expect(parser, KW_AND) && inner(parser, LEVEL_LESS);
	case KW_IN: {
		iw_sqlite_take(parser);
		bool is_literals;
		if (!in_list(parser, &is_literals))
			return false;
		if (is_literals && !is_negated && left->kind == VALUE_COLUMN)
			result->pinned = left->column;
		return true;
	}
	default:
		*is_taken = false;
		return true;
	}
}

/* IS [NOT] [DISTINCT FROM] expr */
static bool is_operator(struct parser *parser)
{
	iw_sqlite_take(parser);
	iw_sqlite_skip(parser, KW_NOT);
	if (iw_sqlite_skip(parser, KW_DISTINCT) && !iw_sqlite_expect(parser, KW_FROM))
		return false;
	return inner(parser, LEVEL_LESS);
}

static int operator_level(const struct parser *parser)
{
	switch (parser->token.keyword) {
	case KW_OR:
		return LEVEL_OR;
	case KW_AND:
		return LEVEL_AND;
	case KW_IS:
	case KW_NOT:
	case KW_LIKE:
	case KW_GLOB:
	case KW_REGEXP:
	case KW_MATCH:
	case KW_BETWEEN:
	case KW_IN:
	case KW_ISNULL:
	case KW_NOTNULL:
		return LEVEL_EQUAL;
	case KW_COLLATE:
		return LEVEL_COLLATE;
	default:
		break;
	}
	if (parser->token.kind == TOKEN_OPERATOR)
		for (size_t i = 0; i < G_N_ELEMENTS(operators); i++)
			if (iw_sqlite_token_is(&parser->token, operators[i].text))
				return operators[i].level;
	return 0;
}

/* `left = right` with a column on one side and a literal on the other pins the column. */
static const char *pinned_column(const struct value *left, const struct value *right)
{
	if (left->kind == VALUE_COLUMN && right->kind == VALUE_LITERAL)
		return left->column;
	return left->kind == VALUE_LITERAL && right->kind == VALUE_COLUMN ? right->column : NULL;
}

static bool word_operator(struct parser *parser, const struct value *left, struct value *result)
{
	bool is_taken;
	switch (parser->token.keyword) {
	case KW_COLLATE:
		iw_sqlite_take(parser);
		*result = *left;
		result->pinned = NULL;
		return iw_sqlite_ids(parser, NULL);
	case KW_ISNULL:
	case KW_NOTNULL:
		iw_sqlite_take(parser);
		return true;
	case KW_IS:
		return is_operator(parser);
	case KW_NOT:
		iw_sqlite_take(parser);
		if (iw_sqlite_skip(parser, KW_NULL))
			return true;
		return negatable(parser, true, left, result, &is_taken) && (is_taken || iw_sqlite_refuse(parser));
	default:
		return negatable(parser, false, left, result, &is_taken);
	}
}

static bool binary(struct parser *parser, int level, const struct value *left, struct value *result)
{
	bool is_word = parser->token.kind == TOKEN_KEYWORD && level != LEVEL_OR && level != LEVEL_AND;
	if (is_word)
		return word_operator(parser, left, result);
	bool is_equal = iw_sqlite_is_operator(parser, "=") || iw_sqlite_is_operator(parser, "==");
	struct value right;
	iw_sqlite_take(parser);
	if (!parse_level(parser, level + 1, &right))
		return false;
	if (is_equal)
		result->pinned = pinned_column(left, &right);
	if (left->kind == VALUE_LITERAL && right.kind == VALUE_LITERAL)
		result->kind = VALUE_LITERAL;
	return true;
}

/* The operator that comes next, with its right side. Only AND lets both sides pin columns. */
static bool operate(struct parser *parser, int level, guint equals, struct value *value)
{
	struct value result = {.kind = VALUE_OTHER};
	bool collects = parser->collects_equals;
	if (level != LEVEL_AND)
		forget_equals(parser, equals);
	parser->collects_equals = collects && level == LEVEL_AND;
	if (!binary(parser, level, value, &result))
		return false;
	parser->collects_equals = collects;
	if (collects && result.pinned != NULL)
		g_ptr_array_add(parser->data->equals, (char *)result.pinned);
	*value = result;
	return true;
}

static bool parse_level(struct parser *parser, int level, struct value *value)
{
	if (++parser->depth > SQLITE_MAX_DEPTH)
		return iw_sqlite_refuse_with(parser, SQLITE_TOO_DEEP);
	guint equals = count_equals(parser);
	bool is_parenthesised = iw_sqlite_is_kind(parser, TOKEN_OPEN);
	if (!primary(parser, value))
		return false;
	if (!is_parenthesised)
		forget_equals(parser, equals);
	for (int found; (found = operator_level(parser)) >= level && found > 0;)
		if (!operate(parser, found, equals, value))
			return false;
	parser->depth--;
	return true;
}

bool iw_sqlite_expr(struct parser *parser, struct value *value)
{
	bool collects = parser->collects_equals;
	parser->collects_equals = false;
	bool is_valid = parse_level(parser, LEVEL_OR, value);
	parser->collects_equals = collects;
	return is_valid;
}

bool iw_sqlite_where(struct parser *parser)
{
	if (!iw_sqlite_skip(parser, KW_WHERE))
		return true;
	struct value value;
	if (!parse_level(parser, LEVEL_OR, &value))
		return false;
	if (parser->collects_equals && value.kind != VALUE_LITERAL)
		parser->data->has_where = true;
	return true;
}

static bool signed_number(struct parser *parser)
{
	if (iw_sqlite_is_operator(parser, "+") || iw_sqlite_is_operator(parser, "-"))
		iw_sqlite_take(parser);
	return iw_sqlite_skip_kind(parser, TOKEN_INTEGER) || iw_sqlite_expect_kind(parser, TOKEN_FLOAT);
}

static bool is_type_word(const struct token *token)
{
	return iw_sqlite_token_is_id(token) || token->kind == TOKEN_STRING;
}

/* True when GENERATED ALWAYS comes next and ends the type. SQLite takes it for words of the type, then cuts it off. */
static bool ends_generated(const struct parser *parser)
{
	if (!iw_sqlite_is(parser, KW_GENERATED) || iw_sqlite_peek(parser, 1).keyword != KW_ALWAYS)
		return false;
	struct token next = iw_sqlite_peek(parser, 2);
	return !is_type_word(&next) && next.kind != TOKEN_OPEN;
}

/* Words, then optional (number) or (number, number). No type at all is valid. */
bool iw_sqlite_type(struct parser *parser, struct iw_type *type)
{
	size_t begin = parser->token.begin;
	bool is_empty = true;
	while (is_type_word(&parser->token) && !ends_generated(parser)) {
		iw_sqlite_take(parser);
		is_empty = false;
	}
	if (!is_empty && iw_sqlite_skip_kind(parser, TOKEN_OPEN) &&
	    (!signed_number(parser) || (iw_sqlite_skip_kind(parser, TOKEN_COMMA) && !signed_number(parser)) ||
	     !iw_sqlite_expect_kind(parser, TOKEN_CLOSE)))
		return false;
	const char *text = is_empty ? "" : iw_sqlite_text_from(parser, begin);
	*type = iw_sqlite_type_read(parser->arena, parser->engine, text);
	if (ends_generated(parser)) {
		iw_sqlite_take(parser);
		iw_sqlite_take(parser);
	}
	return true;
}
