/* Statements of Python, and the parser's entry; see syntax.h for the nodes. */
#include "framework/python/syntax_internal.h"

#include "base/error.h"

#include <string.h>

static struct py_node *parse_statement(struct py_parser *parser);

const char *iw_py_share(struct py_names *names, const char *text, size_t length)
{
	if (names->count * 2 >= names->size) {
		struct py_names larger = *names;
		larger.size = MAX(names->size * 2, 256);
		larger.slots = iw_arena_alloc(names->arena, larger.size * sizeof(char *));
		for (guint i = 0; i < names->size; i++) {
			if (names->slots[i] == NULL)
				continue;
			guint slot = g_str_hash(names->slots[i]) & (larger.size - 1);
			while (larger.slots[slot] != NULL)
				slot = (slot + 1) & (larger.size - 1);
			larger.slots[slot] = names->slots[i];
		}
		*names = larger;
	}
	guint32 hash = 5381; /* g_str_hash() of a part */
	for (size_t i = 0; i < length; i++)
		hash = (hash << 5) + hash + (guint32)(signed char)text[i];
	guint slot = hash & (names->size - 1);
	for (; names->slots[slot] != NULL; slot = (slot + 1) & (names->size - 1))
		if (strncmp(names->slots[slot], text, length) == 0 && names->slots[slot][length] == '\0')
			return names->slots[slot];
	names->count++;
	return names->slots[slot] = iw_arena_strndup(names->arena, text, length);
}

const char *iw_py_operator_text(guint32 sign)
{
	static const struct {
		guint32 code;
		const char *text;
	} words[] = {
		{PY_IN, "in"}, {PY_NOT_IN, "not in"}, {PY_IS, "is"}, {PY_IS_NOT, "is not"}, {PY_NOT, "not"},
	};
	static const char *const signs[] = {"+", "-",  "*",  "/",  "%",	 "@",  "&",  "|",  "^",	 "~", "<",
					    ">", "**", "//", "<<", ">>", "<=", ">=", "==", "!=", "(", ")",
					    "[", "]",  "{",  "}",  ",",	 ":",  "=",  ";",  ".",	 "->"};
	for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
		if (words[i].code == sign)
			return words[i].text;
	for (size_t i = 0; i < G_N_ELEMENTS(signs); i++)
		if (((guint32)(unsigned char)signs[i][0] | (guint32)(unsigned char)signs[i][1] << 8) == sign)
			return signs[i];
	return "?";
}

static struct py_node *new_node(struct py_parser *parser, enum py_node_kind kind)
{
	return iw_py_node(parser, kind, py_token(parser)->offset);
}

bool iw_py_is_word(const struct py_parser *parser, const struct py_token *token, const char *word)
{
	size_t length = strlen(word);
	return token->kind == PY_WORD && token->end - token->offset == length &&
	       memcmp(parser->text + token->offset, word, length) == 0;
}

/* Parameters ---------------------------------------------------------------------------------------------------- */

static void parse_parameter(struct py_parser *parser, guint32 closing, bool *is_keyword_only, guint first)
{
	struct py_node *node = new_node(parser, PY_PARAMETER);
	if (iw_py_accept_sign(parser, '/')) {
		for (guint i = first; i < parser->stack->len; i++)
			((struct py_node *)parser->stack->pdata[i])->sign = '/';
		return;
	}
	if (iw_py_accept_sign(parser, PY_OP2('*', '*'))) {
		node->sign = '2';
	} else if (iw_py_accept_sign(parser, '*')) {
		*is_keyword_only = true;
		if (py_is_sign(parser, ','))
			return;
		node->sign = '*';
	} else if (*is_keyword_only) {
		node->sign = ',';
	}
	if (py_is_sign(parser, '(')) {
		iw_py_fail(parser, "this is Python 2: parameters in parentheses");
		return;
	}
	node->text = iw_py_expect_name(parser);
	if (closing == ')' && iw_py_accept_sign(parser, ':')) {
		if (node->sign == '*')
			iw_py_accept_sign(parser, '*');
		node->b = iw_py_parse_expression(parser);
	}
	if (iw_py_accept_sign(parser, '='))
		node->a = iw_py_parse_expression(parser);
	g_ptr_array_add(parser->stack, iw_py_close(parser, node));
}

struct py_node *iw_py_parse_parameters(struct py_parser *parser, guint32 closing)
{
	struct py_node *node = new_node(parser, PY_PARAMETERS);
	guint from = parser->stack->len;
	bool is_keyword_only = false;
	while (!py_is_sign(parser, closing) && !parser->failure->is_set) {
		parse_parameter(parser, closing, &is_keyword_only, from);
		if (!iw_py_accept_sign(parser, ','))
			break;
	}
	iw_py_take_items(parser, node, from);
	iw_py_expect_sign(parser, closing, "");
	return iw_py_close(parser, node);
}

/* Simple statements --------------------------------------------------------------------------------------------- */

static bool is_target(const struct py_node *node)
{
	switch (node->kind) {
	case PY_NAME:
	case PY_ATTRIBUTE:
	case PY_SUBSCRIPT:
		return true;
	case PY_STARRED:
		return is_target(node->a);
	case PY_TUPLE:
	case PY_LIST:
		for (guint i = 0; i < node->count; i++)
			if (!is_target(node->items[i]))
				return false;
		return true;
	default:
		return false;
	}
}

static void check_target(struct py_parser *parser, const struct py_node *node)
{
	if (!parser->failure->is_set && !is_target(node))
		iw_py_fail_at(parser, node->offset, node->offset + node->length, "cannot assign to this");
}

static struct py_node *parse_assignment(struct py_parser *parser, struct py_node *first)
{
	struct py_node *node = iw_py_node(parser, PY_ASSIGN, first->offset);
	guint from = parser->stack->len;
	node->a = first;
	while (iw_py_accept_sign(parser, '=')) {
		check_target(parser, node->a);
		g_ptr_array_add(parser->stack, node->a);
		node->a = iw_py_parse_expressions(parser);
	}
	iw_py_take_items(parser, node, from);
	return iw_py_close(parser, node);
}

static struct py_node *parse_typed(struct py_parser *parser, struct py_node *target)
{
	struct py_node *node = iw_py_node(parser, PY_TYPED, target->offset);
	check_target(parser, target);
	node->a = target;
	node->b = iw_py_parse_expression(parser);
	if (iw_py_accept_sign(parser, '='))
		node->c = iw_py_parse_expressions(parser);
	return iw_py_close(parser, node);
}

/* "+=" and its kind: the sign without "="; 0: none. */
static guint32 augmented_operator(const struct py_token *token)
{
	if (token->kind != PY_SIGN)
		return 0;
	guint32 first = token->code & 255, second = token->code >> 8 & 255, third = token->code >> 16;
	if (third == '=')
		return token->code & 0xFFFF;
	return second == '=' && third == 0 && strchr("+-*/%&|^@", (char)first) != NULL ? first : 0;
}

static struct py_node *parse_expression_statement(struct py_parser *parser)
{
	guint start = parser->at;
	struct py_node *first = iw_py_parse_expressions(parser);
	if (py_is_sign(parser, '='))
		return parse_assignment(parser, first);
	if (iw_py_accept_sign(parser, ':'))
		return parse_typed(parser, first);
	guint32 sign = augmented_operator(py_token(parser));
	struct py_node *node = iw_py_node(parser, sign == 0 ? PY_EXPRESSION : PY_AUGMENTED, first->offset);
	node->a = first;
	if (sign != 0) {
		check_target(parser, first);
		node->sign = sign;
		parser->at++;
		node->b = iw_py_parse_expressions(parser);
		return iw_py_close(parser, node);
	}
	const struct py_token *token = py_token(parser);
	bool is_old = first->kind == PY_NAME && parser->at == start + 1 &&
		      (token->kind == PY_QUOTED || token->kind == PY_WORD || token->kind == PY_DIGITS) &&
		      (strcmp(first->text, "print") == 0 || strcmp(first->text, "exec") == 0);
	if (is_old)
		return iw_py_fail_at(parser, first->offset, first->offset + first->length,
				     "this is Python 2: %s is a function now", first->text);
	return iw_py_close(parser, node);
}

static struct py_node *parse_raise(struct py_parser *parser)
{
	struct py_node *node = new_node(parser, PY_RAISE);
	parser->at++;
	if (py_token(parser)->kind != PY_NEWLINE && !py_is_sign(parser, ';'))
		node->a = iw_py_parse_expression(parser);
	if (py_is_sign(parser, ','))
		return iw_py_fail(parser, "this is Python 2: write raise X(...)");
	if (iw_py_accept_keyword(parser, PY_K_FROM))
		node->b = iw_py_parse_expression(parser);
	return iw_py_close(parser, node);
}

static struct py_node *parse_names(struct py_parser *parser, enum py_node_kind kind)
{
	struct py_node *node = new_node(parser, kind);
	guint from = parser->stack->len;
	do {
		parser->at++;
		struct py_node *name = new_node(parser, PY_NAME);
		name->text = iw_py_expect_name(parser);
		g_ptr_array_add(parser->stack, iw_py_close(parser, name));
	} while (py_is_sign(parser, ','));
	iw_py_take_items(parser, node, from);
	return iw_py_close(parser, node);
}

static struct py_node *parse_delete(struct py_parser *parser)
{
	struct py_node *node = new_node(parser, PY_DELETE);
	parser->at++;
	struct py_node *targets = iw_py_parse_expressions(parser);
	check_target(parser, targets);
	guint from = parser->stack->len;
	g_ptr_array_add(parser->stack, targets);
	iw_py_take_items(parser, node, from);
	return iw_py_close(parser, node);
}

static struct py_node *parse_assert(struct py_parser *parser)
{
	struct py_node *node = new_node(parser, PY_ASSERT);
	parser->at++;
	node->a = iw_py_parse_expression(parser);
	if (iw_py_accept_sign(parser, ','))
		node->b = iw_py_parse_expression(parser);
	return iw_py_close(parser, node);
}

static struct py_node *parse_return(struct py_parser *parser)
{
	struct py_node *node = new_node(parser, PY_RETURN);
	parser->at++;
	if (py_token(parser)->kind != PY_NEWLINE && !py_is_sign(parser, ';'))
		node->a = iw_py_parse_expressions(parser);
	return iw_py_close(parser, node);
}

/* Imports ------------------------------------------------------------------------------------------------------- */

static const char *parse_dotted(struct py_parser *parser)
{
	const char *name = iw_py_expect_name(parser);
	if (!py_is_sign(parser, '.'))
		return name;
	g_autoptr(GString) dotted = g_string_new(name);
	while (iw_py_accept_sign(parser, '.'))
		g_string_append_printf(dotted, ".%s", iw_py_expect_name(parser));
	return iw_py_share(parser->names, dotted->str, dotted->len);
}

static struct py_node *parse_alias(struct py_parser *parser, bool is_dotted)
{
	struct py_node *node = new_node(parser, PY_ALIAS);
	node->text = is_dotted ? parse_dotted(parser) : iw_py_expect_name(parser);
	if (iw_py_accept_keyword(parser, PY_K_AS)) {
		node->a = new_node(parser, PY_NAME);
		node->a->text = iw_py_expect_name(parser);
	}
	return iw_py_close(parser, node);
}

static struct py_node *parse_import(struct py_parser *parser)
{
	struct py_node *node = new_node(parser, PY_IMPORT);
	guint from = parser->stack->len;
	do {
		parser->at++;
		g_ptr_array_add(parser->stack, parse_alias(parser, true));
	} while (py_is_sign(parser, ','));
	iw_py_take_items(parser, node, from);
	return iw_py_close(parser, node);
}

static struct py_node *parse_from(struct py_parser *parser)
{
	struct py_node *node = new_node(parser, PY_FROM);
	parser->at++;
	for (;; parser->at++) {
		if (py_is_sign(parser, '.'))
			node->sign++;
		else if (py_is_sign(parser, PY_OP3('.', '.', '.')))
			node->sign += 3;
		else
			break;
	}
	node->text = node->sign > 0 && py_is_keyword(parser, PY_K_IMPORT) ? "" : parse_dotted(parser);
	if (!iw_py_accept_keyword(parser, PY_K_IMPORT))
		return iw_py_fail(parser, "\"import\" was expected");
	if (iw_py_accept_sign(parser, '*'))
		return iw_py_close(parser, node);
	bool has_parentheses = iw_py_accept_sign(parser, '(');
	guint from = parser->stack->len;
	do
		g_ptr_array_add(parser->stack, parse_alias(parser, false));
	while (iw_py_accept_sign(parser, ',') && !(has_parentheses && py_is_sign(parser, ')')));
	iw_py_take_items(parser, node, from);
	if (has_parentheses)
		iw_py_expect_sign(parser, ')', "");
	return iw_py_close(parser, node);
}

static bool is_type_alias(const struct py_parser *parser)
{
	const struct py_token *token = py_token(parser);
	return iw_py_is_word(parser, token, "type") && token[1].kind == PY_WORD && token[1].code == 0 &&
	       token[2].kind == PY_SIGN && (token[2].code == '=' || token[2].code == '[');
}

static void skip_type_parameters(struct py_parser *parser)
{
	if (!py_is_sign(parser, '['))
		return;
	int nested = 0;
	do {
		nested += py_is_sign(parser, '[') - py_is_sign(parser, ']');
		parser->at++;
	} while (nested > 0 && py_token(parser)->kind != PY_END);
}

static struct py_node *parse_type_alias(struct py_parser *parser)
{
	struct py_node *node = new_node(parser, PY_TYPE_ALIAS);
	parser->at++;
	node->a = new_node(parser, PY_NAME);
	node->a->text = iw_py_expect_name(parser);
	skip_type_parameters(parser);
	iw_py_expect_sign(parser, '=', "");
	node->b = iw_py_parse_expression(parser);
	return iw_py_close(parser, node);
}

static struct py_node *parse_word_statement(struct py_parser *parser, enum py_node_kind kind)
{
	struct py_node *node = new_node(parser, kind);
	parser->at++;
	return iw_py_close(parser, node);
}

static struct py_node *parse_simple(struct py_parser *parser)
{
	const struct py_token *token = py_token(parser);
	switch (token->kind == PY_WORD ? token->code : 0) {
	case PY_K_PASS:
		return parse_word_statement(parser, PY_PASS);
	case PY_K_BREAK:
		return parse_word_statement(parser, PY_BREAK);
	case PY_K_CONTINUE:
		return parse_word_statement(parser, PY_CONTINUE);
	case PY_K_RETURN:
		return parse_return(parser);
	case PY_K_RAISE:
		return parse_raise(parser);
	case PY_K_GLOBAL:
		return parse_names(parser, PY_GLOBAL);
	case PY_K_NONLOCAL:
		return parse_names(parser, PY_NONLOCAL);
	case PY_K_DEL:
		return parse_delete(parser);
	case PY_K_ASSERT:
		return parse_assert(parser);
	case PY_K_IMPORT:
		return parse_import(parser);
	case PY_K_FROM:
		return parse_from(parser);
	default:
		return is_type_alias(parser) ? parse_type_alias(parser) : parse_expression_statement(parser);
	}
}

/* Statements of one line, onto the stack. */
static void parse_line(struct py_parser *parser)
{
	do
		g_ptr_array_add(parser->stack, parse_simple(parser));
	while (iw_py_accept_sign(parser, ';') && py_token(parser)->kind != PY_NEWLINE);
	if (parser->failure->is_set)
		return;
	if (py_token(parser)->kind == PY_NEWLINE)
		parser->at++;
	else if (py_token(parser)->kind != PY_END)
		iw_py_fail(parser, "this was not expected here");
}

/* Compound statements ------------------------------------------------------------------------------------------- */

struct py_node *iw_py_parse_block(struct py_parser *parser)
{
	iw_py_expect_sign(parser, ':', "");
	struct py_node *block = new_node(parser, PY_BLOCK);
	guint from = parser->stack->len;
	if (py_token(parser)->kind != PY_NEWLINE) {
		parse_line(parser);
		iw_py_take_items(parser, block, from);
		return iw_py_close(parser, block);
	}
	parser->at++;
	if (py_token(parser)->kind != PY_INDENT)
		return iw_py_fail(parser, "an indented block was expected");
	parser->at++;
	if (++parser->depth > PY_DEEPEST_SYNTAX)
		return iw_py_fail(parser, "too deeply nested");
	while (py_token(parser)->kind != PY_DEDENT && py_token(parser)->kind != PY_END)
		g_ptr_array_add(parser->stack, parse_statement(parser));
	iw_py_take_items(parser, block, from);
	iw_py_close(parser, block);
	if (py_token(parser)->kind == PY_DEDENT)
		parser->at++;
	parser->depth--;
	return block;
}

static struct py_node *parse_else(struct py_parser *parser)
{
	return iw_py_accept_keyword(parser, PY_K_ELSE) ? iw_py_parse_block(parser) : NULL;
}

/* if and its elifs: each elif is the else of the one before. */
static struct py_node *parse_if(struct py_parser *parser)
{
	struct py_node *first = NULL, **link = &first;
	do {
		struct py_node *node = new_node(parser, PY_IF);
		parser->at++;
		node->a = iw_py_parse_named(parser);
		node->b = iw_py_parse_block(parser);
		*link = iw_py_close(parser, node);
		link = &node->c;
	} while (py_is_keyword(parser, PY_K_ELIF));
	*link = parse_else(parser);
	return iw_py_close(parser, first);
}

static struct py_node *parse_while(struct py_parser *parser)
{
	struct py_node *node = new_node(parser, PY_WHILE);
	parser->at++;
	node->a = iw_py_parse_named(parser);
	node->b = iw_py_parse_block(parser);
	node->c = parse_else(parser);
	return iw_py_close(parser, node);
}

static struct py_node *parse_for(struct py_parser *parser)
{
	struct py_node *node = new_node(parser, PY_FOR);
	parser->at++;
	node->a = iw_py_parse_targets(parser);
	check_target(parser, node->a);
	if (!iw_py_accept_keyword(parser, PY_K_IN))
		return iw_py_fail(parser, "\"in\" was expected");
	node->b = iw_py_parse_expressions(parser);
	node->c = iw_py_parse_block(parser);
	node->d = parse_else(parser);
	return iw_py_close(parser, node);
}

static bool is_old_name(const struct py_node *node)
{
	return node->kind == PY_NAME && g_ascii_islower(node->text[0]);
}

static struct py_node *parse_handler(struct py_parser *parser)
{
	struct py_node *node = new_node(parser, PY_HANDLER);
	parser->at++;
	iw_py_accept_sign(parser, '*');
	if (!py_is_sign(parser, ':')) {
		node->a = iw_py_parse_expressions(parser);
		if (node->a->kind == PY_TUPLE && parser->text[node->a->offset] != '(' && node->a->count == 2 &&
		    is_old_name(node->a->items[1]))
			return iw_py_fail_at(parser, node->a->offset, node->a->offset + node->a->length,
					     "this is Python 2: write \"except X as e\"");
		if (iw_py_accept_keyword(parser, PY_K_AS))
			node->text = iw_py_expect_name(parser);
	}
	node->b = iw_py_parse_block(parser);
	return iw_py_close(parser, node);
}

static struct py_node *parse_try(struct py_parser *parser)
{
	struct py_node *node = new_node(parser, PY_TRY);
	parser->at++;
	node->a = iw_py_parse_block(parser);
	guint from = parser->stack->len;
	while (py_is_keyword(parser, PY_K_EXCEPT))
		g_ptr_array_add(parser->stack, parse_handler(parser));
	iw_py_take_items(parser, node, from);
	if (node->count > 0)
		node->b = parse_else(parser);
	if (iw_py_accept_keyword(parser, PY_K_FINALLY))
		node->c = iw_py_parse_block(parser);
	else if (node->count == 0)
		return iw_py_fail(parser, "\"except\" or \"finally\" was expected");
	return iw_py_close(parser, node);
}

/* Is `with (a as b, c):` meant, and not `with (a):`? */
static bool has_parenthesised_items(const struct py_parser *parser)
{
	if (!py_is_sign(parser, '('))
		return false;
	int nested = 0;
	bool is_list = false;
	for (const struct py_token *token = py_token(parser); token->kind != PY_END; token++) {
		if (token->kind == PY_WORD && token->code == PY_K_AS && nested == 1)
			is_list = true;
		if (token->kind == PY_WORD && (token->code == PY_K_FOR || token->code == PY_K_YIELD) && nested == 1)
			return false;
		if (token->kind != PY_SIGN)
			continue;
		if (token->code == ',' && nested == 1)
			is_list = true;
		if (token->code == '(' || token->code == '[' || token->code == '{')
			nested++;
		if ((token->code == ')' || token->code == ']' || token->code == '}') && --nested == 0)
			return is_list && token[1].kind == PY_SIGN && token[1].code == ':';
	}
	return false;
}

static struct py_node *parse_with(struct py_parser *parser)
{
	struct py_node *node = new_node(parser, PY_WITH);
	parser->at++;
	bool has_parentheses = has_parenthesised_items(parser) && iw_py_accept_sign(parser, '(');
	guint from = parser->stack->len;
	do {
		struct py_node *item = new_node(parser, PY_WITH_ITEM);
		item->a = iw_py_parse_expression(parser);
		if (iw_py_accept_keyword(parser, PY_K_AS)) {
			item->b = iw_py_parse_primary(parser);
			check_target(parser, item->b);
		}
		g_ptr_array_add(parser->stack, iw_py_close(parser, item));
	} while (iw_py_accept_sign(parser, ',') && !(has_parentheses && py_is_sign(parser, ')')));
	iw_py_take_items(parser, node, from);
	if (has_parentheses)
		iw_py_expect_sign(parser, ')', "");
	node->a = iw_py_parse_block(parser);
	return iw_py_close(parser, node);
}

static struct py_node *parse_function(struct py_parser *parser, struct py_node *node)
{
	parser->at++;
	node->text = iw_py_expect_name(parser);
	skip_type_parameters(parser);
	iw_py_expect_sign(parser, '(', "");
	node->a = iw_py_parse_parameters(parser, ')');
	if (iw_py_accept_sign(parser, PY_OP2('-', '>')))
		node->c = iw_py_parse_expression(parser);
	bool had_yield = parser->has_yield;
	parser->has_yield = false;
	node->b = iw_py_parse_block(parser);
	node->sign = parser->has_yield;
	parser->has_yield = had_yield;
	return iw_py_close(parser, node);
}

static struct py_node *parse_class(struct py_parser *parser, struct py_node *node)
{
	parser->at++;
	node->kind = PY_CLASS;
	node->text = iw_py_expect_name(parser);
	skip_type_parameters(parser);
	node->c = new_node(parser, PY_CALL);
	if (iw_py_accept_sign(parser, '('))
		iw_py_parse_arguments(parser, node->c);
	node->b = iw_py_parse_block(parser);
	return iw_py_close(parser, node);
}

static struct py_node *parse_definition(struct py_parser *parser)
{
	struct py_node *node = new_node(parser, PY_FUNCTION);
	guint from = parser->stack->len;
	while (iw_py_accept_sign(parser, '@')) {
		g_ptr_array_add(parser->stack, iw_py_parse_named(parser));
		if (py_token(parser)->kind != PY_NEWLINE)
			return iw_py_fail(parser, "this was not expected after a decorator");
		parser->at++;
	}
	iw_py_take_items(parser, node, from);
	node->offset = py_token(parser)->offset;
	iw_py_accept_keyword(parser, PY_K_ASYNC);
	if (py_is_keyword(parser, PY_K_CLASS))
		return parse_class(parser, node);
	if (py_is_keyword(parser, PY_K_DEF))
		return parse_function(parser, node);
	return iw_py_fail(parser, "a function or class was expected");
}

/* Any statement -------------------------------------------------------------------------------------------------- */

static struct py_node *parse_async(struct py_parser *parser)
{
	const struct py_token *next = py_token(parser) + 1;
	if (next->kind == PY_WORD && next->code == PY_K_DEF)
		return parse_definition(parser);
	parser->at++;
	if (py_is_keyword(parser, PY_K_FOR))
		return parse_for(parser);
	if (py_is_keyword(parser, PY_K_WITH))
		return parse_with(parser);
	return iw_py_fail(parser, "\"def\", \"for\" or \"with\" was expected");
}

/* One compound statement; a line of simple ones becomes a BLOCK if there are several. */
static struct py_node *parse_statement(struct py_parser *parser)
{
	const struct py_token *token = py_token(parser);
	switch (token->kind == PY_WORD ? token->code : 0) {
	case PY_K_IF:
		return parse_if(parser);
	case PY_K_WHILE:
		return parse_while(parser);
	case PY_K_FOR:
		return parse_for(parser);
	case PY_K_TRY:
		return parse_try(parser);
	case PY_K_WITH:
		return parse_with(parser);
	case PY_K_DEF:
	case PY_K_CLASS:
		return parse_definition(parser);
	case PY_K_ASYNC:
		return parse_async(parser);
	default:
		break;
	}
	if (py_is_sign(parser, '@'))
		return parse_definition(parser);
	if (iw_py_is_match(parser))
		return iw_py_parse_match(parser);
	guint from = parser->stack->len;
	parse_line(parser);
	if (parser->stack->len == from + 1)
		return g_ptr_array_remove_index(parser->stack, from);
	struct py_node *block = iw_py_node(parser, PY_BLOCK, token->offset);
	iw_py_take_items(parser, block, from);
	return iw_py_close(parser, block);
}

static struct py_node *parse_module(struct py_parser *parser)
{
	struct py_node *block = iw_py_node(parser, PY_BLOCK, 0);
	while (py_token(parser)->kind != PY_END && !parser->failure->is_set)
		g_ptr_array_add(parser->stack, parse_statement(parser));
	iw_py_take_items(parser, block, 0);
	return iw_py_close(parser, block);
}

static void take_buffers(struct py_names *names)
{
	if (names->tokens == NULL) {
		names->tokens = g_array_sized_new(FALSE, FALSE, sizeof(struct py_token), 1024);
		names->stack = iw_arena_ptr_array(names->arena);
		iw_arena_defer(names->arena, (GDestroyNotify)g_array_unref, names->tokens);
	}
	g_array_set_size(names->tokens, 0);
	g_ptr_array_set_size(names->stack, 0);
}

struct py_node *iw_py_parse(struct py_names *names, const iw_source *source, GError **error)
{
	struct py_failure failure = {0};
	take_buffers(names);
	struct py_parser parser = {.names = names,
				   .arena = names->arena,
				   .text = source->text,
				   .tokens = names->tokens,
				   .failure = &failure,
				   .stack = names->stack};
	struct py_node *block = NULL;
	if (source->length >= G_MAXUINT32)
		iw_py_failure(&failure, 0, 0, "this file is too large");
	else if (memchr(source->text, '\0', source->length) != NULL)
		iw_py_failure(&failure,
			      (size_t)((const char *)memchr(source->text, '\0', source->length) - source->text), 1,
			      "source code cannot contain null bytes");
	else if (iw_py_tokenize(source->text, source->start, source->length, false, names->tokens, &failure))
		block = parse_module(&parser);
	if (!failure.is_set)
		return block;
	struct iw_place place = {source, failure.offset, failure.length};
	iw_fail_at(error, IW_ERROR_INPUT, &place, "%s", failure.message);
	return NULL;
}
