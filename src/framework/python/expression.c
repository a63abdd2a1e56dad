/* Expressions of Python, by precedence; see syntax.h for the nodes. */
#include "framework/python/syntax_internal.h"

#include <string.h>

/* Helpers ------------------------------------------------------------------------------------------------------- */

struct py_node *iw_py_node(struct py_parser *parser, enum py_node_kind kind, guint32 offset)
{
	struct py_node *node = iw_new(parser->arena, struct py_node);
	node->kind = (guint8)kind;
	node->offset = offset;
	return node;
}

struct py_node *iw_py_close(struct py_parser *parser, struct py_node *node)
{
	if (parser->at > 0)
		node->length = g_array_index(parser->tokens, struct py_token, parser->at - 1).end - node->offset;
	return node;
}

void iw_py_take_items(struct py_parser *parser, struct py_node *node, guint from)
{
	guint count = parser->stack->len - from;
	node->count = count;
	if (count == 0)
		return;
	node->items = iw_arena_memdup(parser->arena, parser->stack->pdata + from, count * sizeof(void *));
	g_ptr_array_set_size(parser->stack, (gint)from);
}

static struct py_node *stop(struct py_parser *parser)
{
	parser->at = parser->tokens->len - 1;
	return iw_py_node(parser, PY_NONE, 0);
}

struct py_node *iw_py_fail_at(struct py_parser *parser, guint32 offset, guint32 end, const char *format, ...)
{
	char message[160];
	va_list arguments;
	va_start(arguments, format);
	g_vsnprintf(message, sizeof message, format, arguments);
	va_end(arguments);
	iw_py_failure(parser->failure, offset, end - offset, "%s", message);
	return stop(parser);
}

struct py_node *iw_py_fail(struct py_parser *parser, const char *format, ...)
{
	const struct py_token *token = py_token(parser);
	char message[160];
	va_list arguments;
	va_start(arguments, format);
	g_vsnprintf(message, sizeof message, format, arguments);
	va_end(arguments);
	iw_py_failure(parser->failure, token->offset, token->kind == PY_NEWLINE ? 0 : token->end - token->offset, "%s",
		      message);
	return stop(parser);
}

bool iw_py_accept_sign(struct py_parser *parser, guint32 code)
{
	bool is = py_is_sign(parser, code);
	parser->at += is;
	return is;
}

bool iw_py_accept_keyword(struct py_parser *parser, enum py_keyword keyword)
{
	bool is = py_is_keyword(parser, keyword);
	parser->at += is;
	return is;
}

bool iw_py_expect_sign(struct py_parser *parser, guint32 code, const char *what)
{
	if (iw_py_accept_sign(parser, code))
		return true;
	iw_py_fail(parser, "\"%s\" was expected%s%s", iw_py_operator_text(code), what[0] == '\0' ? "" : " ", what);
	return false;
}

/* Names that are the same in normal form NFKC are the same name. */
static const char *name_text(struct py_parser *parser, const struct py_token *token)
{
	const char *text = parser->text + token->offset;
	size_t length = token->end - token->offset, at = 0;
	while (at < length && (unsigned char)text[at] < 0x80)
		at++;
	g_autofree char *normal = at == length ? NULL : g_utf8_normalize(text, (gssize)length, G_NORMALIZE_NFKC);
	return normal == NULL ? iw_py_share(parser->names, text, length)
			      : iw_py_share(parser->names, normal, strlen(normal));
}

const char *iw_py_expect_name(struct py_parser *parser)
{
	const struct py_token *token = py_token(parser);
	if (token->kind != PY_WORD || token->code != 0) {
		iw_py_fail(parser, "a name was expected");
		return "";
	}
	parser->at++;
	return name_text(parser, token);
}

static struct py_node *unary(struct py_parser *parser, enum py_node_kind kind, guint32 offset, struct py_node *operand)
{
	struct py_node *node = iw_py_node(parser, kind, offset);
	node->a = operand;
	return iw_py_close(parser, node);
}

static bool enter(struct py_parser *parser)
{
	if (++parser->depth <= PY_DEEPEST_SYNTAX)
		return true;
	iw_py_fail(parser, "too deeply nested");
	return false;
}

/* Lists --------------------------------------------------------------------------------------------------------- */

static struct py_node *parse_binary(struct py_parser *parser, int lowest);

static struct py_node *parse_starred(struct py_parser *parser)
{
	guint32 offset = py_token(parser)->offset;
	if (iw_py_accept_sign(parser, '*'))
		return unary(parser, PY_STARRED, offset, parse_binary(parser, 1));
	return iw_py_parse_named(parser);
}

static bool ends_list(const struct py_parser *parser)
{
	const struct py_token *token = py_token(parser);
	if (token->kind != PY_SIGN)
		return token->kind == PY_END || token->kind == PY_NEWLINE;
	return token->code < 128 && strchr(")]}=:;", (char)token->code) != NULL;
}

static struct py_node *parse_yield(struct py_parser *parser)
{
	guint32 offset = py_token(parser)->offset;
	parser->at++;
	parser->has_yield = true;
	if (iw_py_accept_keyword(parser, PY_K_FROM))
		return unary(parser, PY_YIELD_FROM, offset, iw_py_parse_expression(parser));
	return unary(parser, PY_YIELD, offset, ends_list(parser) ? NULL : iw_py_parse_expressions(parser));
}

struct py_node *iw_py_parse_expressions(struct py_parser *parser)
{
	if (py_is_keyword(parser, PY_K_YIELD))
		return parse_yield(parser);
	guint32 offset = py_token(parser)->offset;
	struct py_node *first = parse_starred(parser);
	if (!py_is_sign(parser, ','))
		return first;
	guint from = parser->stack->len;
	g_ptr_array_add(parser->stack, first);
	while (iw_py_accept_sign(parser, ',') && !ends_list(parser))
		g_ptr_array_add(parser->stack, parse_starred(parser));
	struct py_node *tuple = iw_py_node(parser, PY_TUPLE, offset);
	iw_py_take_items(parser, tuple, from);
	return iw_py_close(parser, tuple);
}

static struct py_node *parse_target(struct py_parser *parser)
{
	guint32 offset = py_token(parser)->offset;
	if (iw_py_accept_sign(parser, '*'))
		return unary(parser, PY_STARRED, offset, iw_py_parse_primary(parser));
	return iw_py_parse_primary(parser);
}

struct py_node *iw_py_parse_targets(struct py_parser *parser)
{
	guint32 offset = py_token(parser)->offset;
	struct py_node *first = parse_target(parser);
	if (!py_is_sign(parser, ','))
		return first;
	guint from = parser->stack->len;
	g_ptr_array_add(parser->stack, first);
	while (iw_py_accept_sign(parser, ',') && !py_is_keyword(parser, PY_K_IN) && !ends_list(parser))
		g_ptr_array_add(parser->stack, parse_target(parser));
	struct py_node *tuple = iw_py_node(parser, PY_TUPLE, offset);
	iw_py_take_items(parser, tuple, from);
	return iw_py_close(parser, tuple);
}

static bool is_comprehension(const struct py_parser *parser)
{
	if (py_is_keyword(parser, PY_K_FOR))
		return true;
	const struct py_token *next = py_token(parser) + 1;
	return py_is_keyword(parser, PY_K_ASYNC) && next->kind == PY_WORD && next->code == PY_K_FOR;
}

/* `element` was read; up to the closing bracket. */
static struct py_node *parse_comprehension(struct py_parser *parser, guint32 kind, struct py_node *element,
					   struct py_node *value)
{
	struct py_node *node = iw_py_node(parser, PY_COMPREHENSION, element->offset);
	node->sign = kind;
	node->a = element;
	node->b = value;
	guint from = parser->stack->len;
	while (is_comprehension(parser)) {
		struct py_node *clause = iw_py_node(parser, PY_CLAUSE, py_token(parser)->offset);
		iw_py_accept_keyword(parser, PY_K_ASYNC);
		parser->at++;
		clause->a = iw_py_parse_targets(parser);
		if (!iw_py_accept_keyword(parser, PY_K_IN))
			return iw_py_fail(parser, "\"in\" was expected");
		/* No ternary: its "if" would be the comprehension's. */
		clause->b = parse_binary(parser, -3);
		guint conditions = parser->stack->len;
		while (iw_py_accept_keyword(parser, PY_K_IF))
			g_ptr_array_add(parser->stack, parse_binary(parser, -3));
		iw_py_take_items(parser, clause, conditions);
		g_ptr_array_add(parser->stack, iw_py_close(parser, clause));
	}
	iw_py_take_items(parser, node, from);
	return iw_py_close(parser, node);
}

/* ( ... ) */
static struct py_node *parse_parenthesised(struct py_parser *parser)
{
	guint32 offset = py_token(parser)->offset;
	parser->at++;
	struct py_node *inner;
	if (py_is_sign(parser, ')'))
		inner = iw_py_node(parser, PY_TUPLE, offset);
	else
		inner = iw_py_parse_expressions(parser);
	if (is_comprehension(parser))
		inner = parse_comprehension(parser, '(', inner, NULL);
	iw_py_expect_sign(parser, ')', "");
	if (inner->kind == PY_TUPLE || inner->kind == PY_COMPREHENSION) {
		inner->offset = offset;
		iw_py_close(parser, inner);
	}
	return inner;
}

/* [ ... ] and { ... } without ":" */
static struct py_node *parse_items(struct py_parser *parser, enum py_node_kind kind, guint32 closing, guint32 offset,
				   struct py_node *first)
{
	struct py_node *node = iw_py_node(parser, kind, offset);
	if (first != NULL && is_comprehension(parser)) {
		node = parse_comprehension(parser, kind == PY_LIST ? '[' : '{', first, NULL);
	} else {
		guint from = parser->stack->len;
		if (first != NULL)
			g_ptr_array_add(parser->stack, first);
		while (iw_py_accept_sign(parser, ',') && !py_is_sign(parser, closing))
			g_ptr_array_add(parser->stack, parse_starred(parser));
		iw_py_take_items(parser, node, from);
	}
	iw_py_expect_sign(parser, closing, "");
	node->offset = offset;
	return iw_py_close(parser, node);
}

static struct py_node *parse_list(struct py_parser *parser)
{
	guint32 offset = py_token(parser)->offset;
	parser->at++;
	return parse_items(parser, PY_LIST, ']', offset, py_is_sign(parser, ']') ? NULL : parse_starred(parser));
}

static void parse_dict_item(struct py_parser *parser)
{
	struct py_node *key = NULL;
	if (!iw_py_accept_sign(parser, PY_OP2('*', '*'))) {
		key = iw_py_parse_expression(parser);
		iw_py_expect_sign(parser, ':', "");
		g_ptr_array_add(parser->stack, key);
		g_ptr_array_add(parser->stack, iw_py_parse_expression(parser));
	} else {
		g_ptr_array_add(parser->stack, NULL);
		g_ptr_array_add(parser->stack, parse_binary(parser, 1));
	}
}

static struct py_node *parse_braces(struct py_parser *parser)
{
	guint32 offset = py_token(parser)->offset;
	parser->at++;
	struct py_node *node = iw_py_node(parser, PY_DICT, offset);
	guint from = parser->stack->len;
	if (py_is_sign(parser, '}')) {
		parser->at++;
		return iw_py_close(parser, node);
	}
	if (py_is_sign(parser, PY_OP2('*', '*'))) {
		parse_dict_item(parser);
	} else {
		struct py_node *first = parse_starred(parser);
		if (!iw_py_accept_sign(parser, ':'))
			return parse_items(parser, PY_SET, '}', offset, first);
		struct py_node *value = iw_py_parse_expression(parser);
		if (is_comprehension(parser)) {
			node = parse_comprehension(parser, ':', first, value);
			iw_py_expect_sign(parser, '}', "");
			node->offset = offset;
			return iw_py_close(parser, node);
		}
		g_ptr_array_add(parser->stack, first);
		g_ptr_array_add(parser->stack, value);
	}
	while (iw_py_accept_sign(parser, ',') && !py_is_sign(parser, '}'))
		parse_dict_item(parser);
	iw_py_take_items(parser, node, from);
	iw_py_expect_sign(parser, '}', "");
	return iw_py_close(parser, node);
}

/* Primaries ----------------------------------------------------------------------------------------------------- */

static struct py_node *parse_number(struct py_parser *parser)
{
	const struct py_token *token = py_token(parser);
	const char *text = parser->text + token->offset;
	size_t length = token->end - token->offset;
	struct py_node *node = iw_py_node(parser, PY_INTEGER, token->offset);
	char *digits = iw_arena_strndup(parser->arena, text, length);
	size_t kept = 0;
	for (size_t i = 0; i < length; i++)
		if (text[i] != '_')
			digits[kept++] = text[i];
	digits[kept] = '\0';
	bool is_based = kept > 1 && digits[0] == '0' && g_ascii_isalpha(digits[1]) && digits[1] != 'e' &&
			digits[1] != 'E' && digits[1] != 'j' && digits[1] != 'J';
	if (!is_based && (digits[kept - 1] | 32) == 'j')
		node->kind = PY_IMAGINARY;
	else if (!is_based && strpbrk(digits, ".eE") != NULL)
		node->kind = PY_FLOAT;
	node->text = digits;
	node->text_length = (guint32)kept;
	parser->at++;
	return iw_py_close(parser, node);
}

static struct py_node *parse_word(struct py_parser *parser)
{
	const struct py_token *token = py_token(parser);
	struct py_node *node = iw_py_node(parser, PY_NAME, token->offset);
	switch (token->code) {
	case 0:
		node->text = name_text(parser, token);
		break;
	case PY_K_NONE:
		node->kind = PY_NONE;
		break;
	case PY_K_TRUE:
		node->kind = PY_TRUE;
		break;
	case PY_K_FALSE:
		node->kind = PY_FALSE;
		break;
	default:
		return iw_py_fail(parser, "an expression was expected");
	}
	parser->at++;
	return iw_py_close(parser, node);
}

static struct py_node *parse_atom(struct py_parser *parser)
{
	const struct py_token *token = py_token(parser);
	switch (token->kind) {
	case PY_WORD:
		return parse_word(parser);
	case PY_DIGITS:
		return parse_number(parser);
	case PY_QUOTED:
		return iw_py_parse_strings(parser);
	case PY_SIGN:
		if (token->code == '(')
			return parse_parenthesised(parser);
		if (token->code == '[')
			return parse_list(parser);
		if (token->code == '{')
			return parse_braces(parser);
		if (token->code == PY_OP3('.', '.', '.')) {
			parser->at++;
			return iw_py_close(parser, iw_py_node(parser, PY_ELLIPSIS, token->offset));
		}
		break;
	case PY_INDENT:
		return iw_py_fail(parser, "unexpected indentation");
	default:
		break;
	}
	return iw_py_fail(parser, token->kind == PY_NEWLINE || token->kind == PY_END
					  ? "the line ends where an expression was expected"
					  : "an expression was expected");
}

static struct py_node *parse_argument(struct py_parser *parser)
{
	const struct py_token *token = py_token(parser);
	guint32 offset = token->offset;
	bool is_keyword =
		token->kind == PY_WORD && token->code == 0 && token[1].kind == PY_SIGN && token[1].code == '=';
	if (is_keyword || iw_py_accept_sign(parser, PY_OP2('*', '*'))) {
		struct py_node *node = iw_py_node(parser, PY_KEYWORD, offset);
		if (is_keyword) {
			node->text = iw_py_expect_name(parser);
			parser->at++;
		}
		node->a = iw_py_parse_expression(parser);
		return iw_py_close(parser, node);
	}
	struct py_node *argument;
	if (iw_py_accept_sign(parser, '*'))
		return unary(parser, PY_STARRED, offset, iw_py_parse_expression(parser));
	argument = iw_py_parse_named(parser);
	return is_comprehension(parser) ? parse_comprehension(parser, '(', argument, NULL) : argument;
}

struct py_node *iw_py_parse_arguments(struct py_parser *parser, struct py_node *call)
{
	guint from = parser->stack->len;
	bool has_keyword = false;
	while (!py_is_sign(parser, ')') && !parser->failure->is_set) {
		struct py_node *argument = parse_argument(parser);
		if (argument->kind == PY_KEYWORD)
			has_keyword = true;
		else if (has_keyword && argument->kind != PY_STARRED)
			return iw_py_fail_at(parser, argument->offset, argument->offset + argument->length,
					     "positional argument follows keyword argument");
		g_ptr_array_add(parser->stack, argument);
		if (!iw_py_accept_sign(parser, ','))
			break;
	}
	iw_py_take_items(parser, call, from);
	iw_py_expect_sign(parser, ')', "");
	return iw_py_close(parser, call);
}

static struct py_node *parse_slice(struct py_parser *parser)
{
	guint32 offset = py_token(parser)->offset;
	struct py_node *first = py_is_sign(parser, ':') ? NULL : parse_starred(parser);
	if (!py_is_sign(parser, ':'))
		return first;
	struct py_node *slice = iw_py_node(parser, PY_SLICE, offset);
	slice->a = first;
	struct py_node **parts[] = {&slice->b, &slice->c};
	for (int i = 0; i < 2 && iw_py_accept_sign(parser, ':'); i++)
		if (!py_is_sign(parser, ':') && !py_is_sign(parser, ']') && !py_is_sign(parser, ','))
			*parts[i] = iw_py_parse_expression(parser);
	return iw_py_close(parser, slice);
}

static struct py_node *parse_subscript(struct py_parser *parser, struct py_node *of)
{
	struct py_node *node = iw_py_node(parser, PY_SUBSCRIPT, of->offset);
	node->a = of;
	guint32 offset = py_token(parser)->offset;
	node->b = parse_slice(parser);
	if (py_is_sign(parser, ',')) {
		guint from = parser->stack->len;
		g_ptr_array_add(parser->stack, node->b);
		while (iw_py_accept_sign(parser, ',') && !py_is_sign(parser, ']'))
			g_ptr_array_add(parser->stack, parse_slice(parser));
		node->b = iw_py_node(parser, PY_TUPLE, offset);
		iw_py_take_items(parser, node->b, from);
		iw_py_close(parser, node->b);
	}
	iw_py_expect_sign(parser, ']', "");
	return iw_py_close(parser, node);
}

struct py_node *iw_py_parse_primary(struct py_parser *parser)
{
	if (!enter(parser))
		return iw_py_fail(parser, "%s", "");
	struct py_node *node = parse_atom(parser);
	while (!parser->failure->is_set) {
		struct py_node *outer;
		if (iw_py_accept_sign(parser, '.')) {
			outer = iw_py_node(parser, PY_ATTRIBUTE, node->offset);
			outer->a = node;
			outer->text = iw_py_expect_name(parser);
			iw_py_close(parser, outer);
		} else if (iw_py_accept_sign(parser, '(')) {
			outer = iw_py_node(parser, PY_CALL, node->offset);
			outer->a = node;
			iw_py_parse_arguments(parser, outer);
		} else if (iw_py_accept_sign(parser, '[')) {
			outer = parse_subscript(parser, node);
		} else {
			break;
		}
		node = outer;
	}
	parser->depth--;
	return node;
}

/* Operators ----------------------------------------------------------------------------------------------------- */

/* Precedence; -3: or, -2: and, -1: not, 0: comparisons; 0 for what is no binary sign. */
static int precedence(const struct py_token *token)
{
	if (token->kind != PY_SIGN)
		return 0;
	switch (token->code) {
	case '|':
		return 1;
	case '^':
		return 2;
	case '&':
		return 3;
	case PY_OP2('<', '<'):
	case PY_OP2('>', '>'):
		return 4;
	case '+':
	case '-':
		return 5;
	case '*':
	case '/':
	case '%':
	case '@':
	case PY_OP2('/', '/'):
		return 6;
	default:
		return 0;
	}
}

static struct py_node *parse_power(struct py_parser *parser)
{
	guint32 offset = py_token(parser)->offset;
	struct py_node *node;
	if (iw_py_accept_keyword(parser, PY_K_AWAIT))
		node = unary(parser, PY_AWAIT, offset, iw_py_parse_primary(parser));
	else
		node = iw_py_parse_primary(parser);
	if (!iw_py_accept_sign(parser, PY_OP2('*', '*')))
		return node;
	struct py_node *power = iw_py_node(parser, PY_BINARY, offset);
	power->sign = PY_OP2('*', '*');
	power->a = node;
	power->b = parse_binary(parser, 7);
	return iw_py_close(parser, power);
}

static struct py_node *parse_factor(struct py_parser *parser)
{
	const struct py_token *token = py_token(parser);
	if (token->kind != PY_SIGN || (token->code != '-' && token->code != '+' && token->code != '~'))
		return parse_power(parser);
	parser->at++;
	struct py_node *node = iw_py_node(parser, PY_UNARY, token->offset);
	node->sign = token->code;
	node->a = parse_binary(parser, 7);
	return iw_py_close(parser, node);
}

static struct py_node *parse_arithmetic(struct py_parser *parser, int lowest)
{
	struct py_node *left = parse_factor(parser);
	int level;
	while (lowest < 7 && (level = precedence(py_token(parser))) >= lowest && level > 0) {
		struct py_node *node = iw_py_node(parser, PY_BINARY, left->offset);
		node->sign = py_token(parser)->code;
		parser->at++;
		node->a = left;
		node->b = level == 6 ? parse_factor(parser) : parse_binary(parser, level + 1);
		left = iw_py_close(parser, node);
	}
	return left;
}

static guint32 accept_comparison(struct py_parser *parser)
{
	const struct py_token *token = py_token(parser);
	static const guint32 signs[] = {
		'<', '>', PY_OP2('<', '='), PY_OP2('>', '='), PY_OP2('=', '='), PY_OP2('!', '=')};
	for (size_t i = 0; token->kind == PY_SIGN && i < G_N_ELEMENTS(signs); i++)
		if (token->code == signs[i]) {
			parser->at++;
			return signs[i];
		}
	if (iw_py_accept_keyword(parser, PY_K_IN))
		return PY_IN;
	if (iw_py_accept_keyword(parser, PY_K_IS))
		return iw_py_accept_keyword(parser, PY_K_NOT) ? PY_IS_NOT : PY_IS;
	if (py_is_keyword(parser, PY_K_NOT) && token[1].kind == PY_WORD && token[1].code == PY_K_IN) {
		parser->at += 2;
		return PY_NOT_IN;
	}
	return 0;
}

static struct py_node *parse_comparison(struct py_parser *parser)
{
	struct py_node *first = parse_binary(parser, 1);
	guint32 sign = accept_comparison(parser);
	if (sign == 0)
		return first;
	struct py_node *node = iw_py_node(parser, PY_COMPARE, first->offset);
	node->a = first;
	guint from = parser->stack->len;
	for (; sign != 0; sign = accept_comparison(parser)) {
		struct py_node *compared = iw_py_node(parser, PY_COMPARED, py_token(parser)->offset);
		compared->sign = sign;
		compared->a = parse_binary(parser, 1);
		g_ptr_array_add(parser->stack, iw_py_close(parser, compared));
	}
	iw_py_take_items(parser, node, from);
	return iw_py_close(parser, node);
}

static struct py_node *parse_not(struct py_parser *parser)
{
	guint32 offset = py_token(parser)->offset;
	if (!iw_py_accept_keyword(parser, PY_K_NOT))
		return parse_comparison(parser);
	struct py_node *node = iw_py_node(parser, PY_UNARY, offset);
	node->sign = PY_NOT;
	node->a = parse_binary(parser, -1);
	return iw_py_close(parser, node);
}

static struct py_node *parse_word_operator(struct py_parser *parser, enum py_keyword keyword, enum py_node_kind kind,
					   int operand)
{
	struct py_node *first = parse_binary(parser, operand);
	if (!py_is_keyword(parser, keyword))
		return first;
	struct py_node *node = iw_py_node(parser, kind, first->offset);
	guint from = parser->stack->len;
	g_ptr_array_add(parser->stack, first);
	while (iw_py_accept_keyword(parser, keyword))
		g_ptr_array_add(parser->stack, parse_binary(parser, operand));
	iw_py_take_items(parser, node, from);
	return iw_py_close(parser, node);
}

/* From precedence `lowest` upwards; see precedence(). */
static struct py_node *parse_binary(struct py_parser *parser, int lowest)
{
	if (lowest == -3)
		return parse_word_operator(parser, PY_K_OR, PY_OR, -2);
	if (lowest == -2)
		return parse_word_operator(parser, PY_K_AND, PY_AND, -1);
	if (!enter(parser))
		return iw_py_fail(parser, "%s", "");
	struct py_node *node = lowest == -1  ? parse_not(parser)
			       : lowest == 0 ? parse_comparison(parser)
					     : parse_arithmetic(parser, lowest);
	parser->depth--;
	return node;
}

static struct py_node *parse_lambda(struct py_parser *parser)
{
	struct py_node *node = iw_py_node(parser, PY_LAMBDA, py_token(parser)->offset);
	parser->at++;
	bool had_yield = parser->has_yield;
	node->a = iw_py_parse_parameters(parser, ':');
	node->b = iw_py_parse_expression(parser);
	parser->has_yield = had_yield;
	return iw_py_close(parser, node);
}

/* A name, dotted or not, or a literal, with no operator behind it: most expressions are. */
static bool is_alone(const struct py_parser *parser)
{
	const struct py_token *token = py_token(parser);
	bool is_name = token->kind == PY_WORD && token->code == 0;
	bool is_constant = token->kind == PY_WORD && token->code >= PY_K_NONE && token->code <= PY_K_FALSE;
	if (!is_name && !is_constant && token->kind != PY_QUOTED && token->kind != PY_DIGITS)
		return false;
	token++;
	while (is_name && token->kind == PY_SIGN && token->code == '.' && token[1].kind == PY_WORD)
		token += 2;
	return token->kind == PY_NEWLINE ||
	       (token->kind == PY_SIGN && (token->code == ',' || token->code == ')' || token->code == '=' ||
					   token->code == ']' || token->code == ':' || token->code == '}'));
}

struct py_node *iw_py_parse_expression(struct py_parser *parser)
{
	if (is_alone(parser))
		return iw_py_parse_primary(parser);
	if (!enter(parser))
		return iw_py_fail(parser, "%s", "");
	struct py_node *node;
	if (py_is_keyword(parser, PY_K_LAMBDA)) {
		node = parse_lambda(parser);
	} else {
		node = parse_binary(parser, -3);
		if (iw_py_accept_keyword(parser, PY_K_IF)) {
			struct py_node *ternary = iw_py_node(parser, PY_TERNARY, node->offset);
			ternary->b = node;
			ternary->a = parse_binary(parser, -3);
			if (!iw_py_accept_keyword(parser, PY_K_ELSE))
				return iw_py_fail(parser, "\"else\" was expected");
			ternary->c = iw_py_parse_expression(parser);
			node = iw_py_close(parser, ternary);
		}
	}
	parser->depth--;
	return node;
}

struct py_node *iw_py_parse_named(struct py_parser *parser)
{
	struct py_node *node = iw_py_parse_expression(parser);
	if (node->kind != PY_NAME || !iw_py_accept_sign(parser, PY_OP2(':', '=')))
		return node;
	struct py_node *named = iw_py_node(parser, PY_NAMED, node->offset);
	named->a = node;
	named->b = iw_py_parse_expression(parser);
	return iw_py_close(parser, named);
}
