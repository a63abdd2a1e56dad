/* Expressions; see python_internal.h. */
#include "framework/python/python_internal.h"

struct iw_place iw_py_place(const struct py_scope *scope, const struct py_node *node)
{
	return (struct iw_place){scope->module->source, node->offset, node->length};
}

static struct iw_py_value *placed(const struct py_scope *scope, const struct py_node *node, struct iw_py_value *value)
{
	value->place = iw_py_place(scope, node);
	return value;
}

/* Bounds -------------------------------------------------------------------------------------------------------- */

bool iw_py_step(iw_py *python)
{
	if (python->exhausted != NULL)
		return false;
	python->steps++;
	if (python->steps > PY_MOST_STEPS)
		python->exhausted = "this takes too many steps to work out";
	else if ((python->steps & 255) == 0 && iw_arena_size(python->arena) - python->memory > PY_MOST_MEMORY)
		python->exhausted = "this takes too much memory to work out";
	return python->exhausted == NULL;
}

bool iw_py_enter(iw_py *python)
{
	if (iw_py_step(python) && python->depth >= PY_DEEPEST)
		python->exhausted = "this is nested too deeply to work out";
	if (python->exhausted != NULL)
		return false;
	python->depth++;
	return true;
}

/* Literals ------------------------------------------------------------------------------------------------------ */

static struct iw_py_value *integer_literal(iw_py *python, const struct py_node *node)
{
	const char *text = node->text;
	int base = 10;
	if (text[0] == '0' && node->text_length > 1 && g_ascii_isalpha(text[1])) {
		char letter = (char)(text[1] | 32);
		base = letter == 'x' ? 16 : letter == 'o' ? 8 : 2;
		text += 2;
	}
	__int128 sum = 0;
	bool is_wide = true;
	for (const char *at = text; *at != '\0' && is_wide; at++)
		is_wide = !__builtin_mul_overflow(sum, base, &sum) &&
			  !__builtin_add_overflow(sum, g_ascii_xdigit_value(*at), &sum);
	if (is_wide)
		return iw_py_new_wide(python, sum);
	while (base == 10 && *text == '0')
		text++;
	struct iw_py_value *value = iw_py_new_value(python, IW_PY_INTEGER, iw_py_no_place());
	value->integer = G_MAXINT64;
	value->number = base == 10 ? g_ascii_strtod(text, NULL) : INFINITY;
	value->text = base == 10 ? text : node->text;
	return value;
}

static struct iw_py_value *constant(iw_py *python, struct py_scope *scope, const struct py_node *node)
{
	struct iw_py_value *value;
	switch (node->kind) {
	case PY_INTEGER:
		value = integer_literal(python, node);
		break;
	case PY_FLOAT:
		value = iw_py_new_float(python, g_ascii_strtod(node->text, NULL));
		break;
	case PY_STRING:
	case PY_BYTES:
		value = iw_py_new_value(python, node->kind == PY_STRING ? IW_PY_STRING : IW_PY_BYTES, iw_py_no_place());
		value->text = node->text;
		value->length = node->text_length;
		break;
	case PY_ELLIPSIS:
		value = iw_py_new_foreign(python, "builtins.Ellipsis");
		break;
	case PY_IMAGINARY:
		value = iw_py_new_unknown(python, iw_py_no_place(), "complex numbers are not read");
		break;
	default: /* of their own, for their places */
		value = iw_py_new_value(python, node->kind == PY_NONE ? IW_PY_NONE : IW_PY_BOOLEAN, iw_py_no_place());
		value->boolean = node->kind == PY_TRUE;
		value->integer = value->boolean;
		value->number = value->boolean;
		break;
	}
	return placed(scope, node, value);
}

/* A key of a dictionary or an item of a set; false: raised. */
static bool can_be_key(iw_py *python, struct iw_place place, const struct iw_py_value *value)
{
	if (iw_py_stopped(python))
		return false;
	if (!iw_py_has_hash(value))
		iw_py_raise(python, place, "TypeError", "unhashable type");
	return !iw_py_stopped(python);
}

/* Adds an item, or all of *item; false: they are not known, and so is the whole. */
static bool add_item(iw_py *python, struct py_scope *scope, const struct py_node *node, struct iw_py_value *into,
		     const struct iw_py_value **why)
{
	if (node->kind != PY_STARRED) {
		struct iw_py_value *item = iw_py_evaluate(python, scope, node);
		if (into->kind != IW_PY_SET)
			g_ptr_array_add(into->items, item);
		else if (can_be_key(python, iw_py_place(scope, node), item))
			iw_py_set_add(python, into, item);
		return true;
	}
	struct iw_py_value *many = iw_py_evaluate(python, scope, node->a);
	const GPtrArray *items = iw_py_iterate(python, iw_py_place(scope, node), many, why);
	for (guint i = 0; items != NULL && i < items->len; i++)
		if (into->kind == IW_PY_SET)
			iw_py_set_add(python, into, items->pdata[i]);
		else
			g_ptr_array_add(into->items, items->pdata[i]);
	return items != NULL;
}

static struct iw_py_value *not_known(iw_py *python, struct iw_place place, const struct iw_py_value *why)
{
	if (why == NULL)
		return iw_py_new_unknown(python, place, "%s",
					 python->exhausted != NULL ? python->exhausted : "this raises");
	if (why->kind == IW_PY_UNKNOWN)
		return iw_py_unknown_from(python, why);
	return iw_py_new_unknown(python, place, "what %s holds is not known", iw_py_repr(python, why));
}

static struct iw_py_value *items_of(iw_py *python, struct py_scope *scope, const struct py_node *node,
				    enum iw_py_kind kind)
{
	struct iw_py_value *value = placed(scope, node, iw_py_new_list(python, kind));
	const struct iw_py_value *why = NULL;
	for (guint i = 0; i < node->count && !iw_py_stopped(python); i++)
		if (!add_item(python, scope, node->items[i], value, &why))
			return not_known(python, iw_py_place(scope, node->items[i]), why);
	return value;
}

static struct iw_py_value *dict_of(iw_py *python, struct py_scope *scope, const struct py_node *node)
{
	struct iw_py_value *dict = placed(scope, node, iw_py_new_dict(python));
	for (guint i = 0; i + 1 < node->count && !iw_py_stopped(python); i += 2) {
		if (node->items[i] != NULL) {
			struct iw_py_value *key = iw_py_evaluate(python, scope, node->items[i]);
			if (!can_be_key(python, iw_py_place(scope, node->items[i]), key))
				break;
			iw_py_dict_set(python, dict, key, iw_py_evaluate(python, scope, node->items[i + 1]));
			continue;
		}
		struct iw_py_value *more = iw_py_evaluate(python, scope, node->items[i + 1]);
		if (more->kind != IW_PY_DICT)
			return not_known(python, iw_py_place(scope, node->items[i + 1]), more);
		for (guint k = 0; k < more->items->len; k++)
			iw_py_dict_set(python, dict, more->items->pdata[k], more->values->pdata[k]);
	}
	return dict;
}

/* f-strings ----------------------------------------------------------------------------------------------------- */

static struct iw_py_value *format_string(iw_py *python, struct py_scope *scope, const struct py_node *node);

static struct iw_py_value *field_text(iw_py *python, struct py_scope *scope, const struct py_node *field)
{
	struct iw_place place = iw_py_place(scope, field);
	struct iw_py_value *value = iw_py_evaluate(python, scope, field->a);
	if (iw_py_stopped(python))
		return value;
	if (field->sign == 's')
		value = iw_py_str(python, place, value);
	else if (field->sign != 0)
		value = iw_py_repr_value(python, place, value);
	struct iw_py_value *spec = field->b == NULL ? NULL : format_string(python, scope, field->b);
	if (spec != NULL && spec->kind != IW_PY_STRING)
		return spec;
	return iw_py_format(python, place, value, spec == NULL ? "" : spec->text);
}

static struct iw_py_value *format_string(iw_py *python, struct py_scope *scope, const struct py_node *node)
{
	g_autoptr(GString) text = g_string_new(NULL);
	struct iw_py_value *unknown = NULL;
	for (guint i = 0; i < node->count && !iw_py_stopped(python); i++) {
		const struct py_node *part = node->items[i];
		if (part->kind == PY_STRING) {
			g_string_append_len(text, part->text, part->text_length);
			continue;
		}
		struct iw_py_value *value = field_text(python, scope, part);
		if (part->text != NULL)
			g_string_append(text, part->text);
		if (value->kind == IW_PY_STRING)
			g_string_append_len(text, value->text, (gssize)value->length);
		else if (unknown == NULL)
			unknown = value;
		if (text->len > PY_LONGEST)
			unknown = iw_py_new_unknown(python, iw_py_place(scope, node), "this text is too long");
	}
	return unknown != NULL ? unknown
			       : placed(scope, node, iw_py_new_text(python, IW_PY_STRING, text->str, text->len));
}

/* Comprehensions ------------------------------------------------------------------------------------------------ */

struct comprehension {
	const struct py_node *node;
	struct iw_py_value *into;
	struct iw_py_value *unknown; /* first thing that makes the whole unknown */
};

static void add_element(iw_py *python, struct py_scope *scope, struct comprehension *all)
{
	struct iw_py_value *element = iw_py_evaluate(python, scope, all->node->a);
	bool is_keyed = all->node->b != NULL || all->into->kind == IW_PY_SET;
	if (iw_py_stopped(python) || (is_keyed && !can_be_key(python, iw_py_place(scope, all->node->a), element)))
		return;
	if (all->node->b != NULL)
		iw_py_dict_set(python, all->into, element, iw_py_evaluate(python, scope, all->node->b));
	else if (all->into->kind == IW_PY_SET)
		iw_py_set_add(python, all->into, element);
	else
		g_ptr_array_add(all->into->items, element);
}

static void run_clause(iw_py *python, struct py_scope *scope, struct comprehension *all, guint at)
{
	if (at == all->node->count) {
		add_element(python, scope, all);
		return;
	}
	const struct py_node *clause = all->node->items[at];
	struct py_scope *from = at == 0 && scope->parent->kind == PY_OF_CLASS ? scope->parent : scope;
	struct iw_py_value *source = iw_py_evaluate(python, from, clause->b);
	const struct iw_py_value *why = NULL;
	const GPtrArray *items =
		iw_py_stopped(python) ? NULL : iw_py_iterate(python, iw_py_place(scope, clause->b), source, &why);
	if (items == NULL) {
		all->unknown = not_known(python, iw_py_place(scope, clause->b), why);
		return;
	}
	/* A generator takes from another one as it is asked itself. */
	if (all->node->sign == '(' && source->kind == IW_PY_LIST && source->text == iw_py_iterator) {
		source->kind = IW_PY_UNKNOWN;
		source->text = "what is left of this iterator is not known";
	}
	for (guint i = 0; i < items->len && all->unknown == NULL && iw_py_step(python); i++) {
		iw_py_assign(python, scope, clause->a, items->pdata[i]);
		int holds = 1;
		for (guint k = 0; k < clause->count && holds == 1 && !iw_py_stopped(python); k++) {
			struct iw_py_value *condition = iw_py_evaluate(python, scope, clause->items[k]);
			holds = iw_py_is_true(python, condition);
			if (holds < 0)
				all->unknown = not_known(python, iw_py_place(scope, clause->items[k]), condition);
		}
		if (iw_py_stopped(python))
			return;
		if (holds == 1)
			run_clause(python, scope, all, at + 1);
	}
}

/* Would it call something for each item? What the first clause iterates over was worked out. */
static bool acts_on_items(const struct py_node *node)
{
	bool acts = iw_py_acts(node->a) || (node->b != NULL && iw_py_acts(node->b));
	for (guint i = 0; i < node->count && !acts; i++) {
		const struct py_node *clause = node->items[i];
		acts = i > 0 && iw_py_acts(clause->b);
		for (guint k = 0; k < clause->count && !acts; k++)
			acts = iw_py_acts(clause->items[k]);
	}
	return acts;
}

static struct iw_py_value *comprehension(iw_py *python, struct py_scope *scope, const struct py_node *node)
{
	struct py_scope *inner = iw_py_scope_new(python, PY_OF_COMPREHENSION, scope);
	struct comprehension all = {.node = node};
	all.into = node->sign == ':' ? iw_py_new_dict(python)
				     : iw_py_new_list(python, node->sign == '{' ? IW_PY_SET : IW_PY_LIST);
	if (node->sign == '(')
		all.into->text = iw_py_iterator;
	run_clause(python, inner, &all, 0);
	/* "[op.execute(row[0]) for row in rows]" is a loop, too. */
	if (all.unknown != NULL && !iw_py_stopped(python) && acts_on_items(node))
		iw_py_say_skipped(python, iw_py_place(scope, node), all.unknown->text);
	return all.unknown != NULL ? all.unknown : placed(scope, node, all.into);
}

/* Conditions ---------------------------------------------------------------------------------------------------- */

/* What is left of an expression may or may not be worked out: if it calls something, that is said. */
static void skip_rest(iw_py *python, struct py_scope *scope, const struct py_node *node, const struct iw_py_value *why)
{
	if (iw_py_has_call(node))
		iw_py_say_skipped(python, iw_py_place(scope, node),
				  why->kind == IW_PY_UNKNOWN ? why->text : iw_py_repr(python, why));
}

static struct iw_py_value *and_or(iw_py *python, struct py_scope *scope, const struct py_node *node)
{
	struct iw_py_value *value = python->none;
	for (guint i = 0; i < node->count; i++) {
		value = iw_py_evaluate(python, scope, node->items[i]);
		if (iw_py_stopped(python) || i + 1 == node->count)
			return value;
		int truth = iw_py_is_true(python, value);
		if (truth == (node->kind == PY_OR))
			return value;
		if (truth >= 0)
			continue;
		const struct py_node *rest = node->items[i + 1];
		if (value->kind == IW_PY_UNKNOWN || iw_py_has_call(rest)) {
			skip_rest(python, scope, rest, value);
			return not_known(python, iw_py_place(scope, node), value);
		}
		struct iw_py_value *right = iw_py_evaluate(python, scope, rest);
		value = iw_py_new_operation(python, iw_py_place(scope, node), node->kind == PY_OR ? "or" : "and", value,
					    right);
		if (i + 2 < node->count)
			return not_known(python, iw_py_place(scope, node), value);
		return value;
	}
	return value;
}

static struct iw_py_value *ternary(iw_py *python, struct py_scope *scope, const struct py_node *node)
{
	struct iw_py_value *condition = iw_py_evaluate(python, scope, node->a);
	if (iw_py_stopped(python))
		return condition;
	int truth = iw_py_is_true(python, condition);
	if (truth >= 0)
		return iw_py_evaluate(python, scope, truth ? node->b : node->c);
	skip_rest(python, scope, node->b, condition);
	skip_rest(python, scope, node->c, condition);
	return not_known(python, iw_py_place(scope, node->a), condition);
}

static struct iw_py_value *comparison(iw_py *python, struct py_scope *scope, const struct py_node *node)
{
	struct iw_py_value *left = iw_py_evaluate(python, scope, node->a), *result = left;
	for (guint i = 0; i < node->count && !iw_py_stopped(python); i++) {
		const struct py_node *item = node->items[i];
		struct iw_py_value *right = iw_py_evaluate(python, scope, item->a);
		if (iw_py_stopped(python))
			return right;
		result = iw_py_compare(python, iw_py_place(scope, node), item->sign, left, right);
		int truth = node->count > 1 ? iw_py_is_true(python, result) : 0;
		if (truth < 0)
			return not_known(python, iw_py_place(scope, node), result);
		if (i + 1 < node->count && truth == 0)
			return result;
		left = right;
	}
	return result;
}

/* The rest ------------------------------------------------------------------------------------------------------ */

/* a + b + c + ...: left operands one after the other, not within each other. */
static struct iw_py_value *binary(iw_py *python, struct py_scope *scope, const struct py_node *node)
{
	g_autoptr(GPtrArray) chain = g_ptr_array_new();
	for (; node->kind == PY_BINARY; node = node->a)
		g_ptr_array_add(chain, (gpointer)node);
	struct iw_py_value *value = iw_py_evaluate(python, scope, node);
	for (guint i = chain->len; i > 0 && !iw_py_stopped(python); i--) {
		const struct py_node *one = chain->pdata[i - 1];
		struct iw_py_value *right = iw_py_evaluate(python, scope, one->b);
		if (!iw_py_stopped(python))
			value = iw_py_binary(python, iw_py_place(scope, one), one->sign, value, right);
	}
	return value;
}

/* A slice is an OPERATION ":" of three values, for subscripts of symbols too. */
static struct iw_py_value *slice(iw_py *python, struct py_scope *scope, const struct py_node *node)
{
	struct iw_py_value *value =
		iw_py_new_operation(python, iw_py_place(scope, node), ":",
				    node->a == NULL ? python->none : iw_py_evaluate(python, scope, node->a),
				    node->b == NULL ? python->none : iw_py_evaluate(python, scope, node->b));
	g_ptr_array_add(value->items, node->c == NULL ? python->none : iw_py_evaluate(python, scope, node->c));
	return value;
}

static struct iw_py_value *yield(iw_py *python, struct py_scope *scope, const struct py_node *node)
{
	struct iw_py_value *value = node->a == NULL ? python->none : iw_py_evaluate(python, scope, node->a);
	if (iw_py_stopped(python) || scope->yield == NULL)
		return value;
	if (scope->yield->run != NULL) {
		scope->yield->run(scope->yield->data, value);
		return python->none;
	}
	if (node->kind == PY_YIELD) {
		g_ptr_array_add(scope->yield->items->items, value);
		return python->none;
	}
	const struct iw_py_value *why = NULL;
	const GPtrArray *items = iw_py_iterate(python, iw_py_place(scope, node), value, &why);
	for (guint i = 0; items != NULL && i < items->len; i++)
		g_ptr_array_add(scope->yield->items->items, items->pdata[i]);
	if (items == NULL && !iw_py_stopped(python))
		g_ptr_array_add(scope->yield->items->items, not_known(python, iw_py_place(scope, node), why));
	return python->none;
}

static struct iw_py_value *named(iw_py *python, struct py_scope *scope, const struct py_node *node)
{
	struct iw_py_value *value = iw_py_evaluate(python, scope, node->b);
	struct py_scope *home = scope;
	while (home->kind == PY_OF_COMPREHENSION)
		home = home->parent;
	iw_py_bind(python, home, node->a->text, value);
	return value;
}

static struct iw_py_value *two(iw_py *python, struct py_scope *scope, const struct py_node *node)
{
	struct iw_py_value *of = iw_py_evaluate(python, scope, node->a);
	if (iw_py_stopped(python))
		return of;
	if (node->kind == PY_ATTRIBUTE)
		return iw_py_attribute(python, scope, iw_py_place(scope, node), of, node->text);
	if (node->kind == PY_UNARY)
		return iw_py_unary(python, iw_py_place(scope, node), node->sign, of);
	struct iw_py_value *index = iw_py_evaluate(python, scope, node->b);
	return iw_py_stopped(python) ? index : iw_py_subscript(python, iw_py_place(scope, node), of, index);
}

static struct iw_py_value *evaluate(iw_py *python, struct py_scope *scope, const struct py_node *node)
{
	switch (node->kind) {
	case PY_NAME:
		return iw_py_name(python, scope, node);
	case PY_FSTRING:
		return format_string(python, scope, node);
	case PY_TUPLE:
		return items_of(python, scope, node, IW_PY_TUPLE);
	case PY_LIST:
		return items_of(python, scope, node, IW_PY_LIST);
	case PY_SET:
		return items_of(python, scope, node, IW_PY_SET);
	case PY_DICT:
		return dict_of(python, scope, node);
	case PY_UNARY:
	case PY_ATTRIBUTE:
	case PY_SUBSCRIPT:
		return two(python, scope, node);
	case PY_BINARY:
		return binary(python, scope, node);
	case PY_AND:
	case PY_OR:
		return and_or(python, scope, node);
	case PY_COMPARE:
		return comparison(python, scope, node);
	case PY_CALL:
		return iw_py_call_node(python, scope, node);
	case PY_SLICE:
		return slice(python, scope, node);
	case PY_LAMBDA:
		return iw_py_new_function(python, scope, node);
	case PY_TERNARY:
		return ternary(python, scope, node);
	case PY_COMPREHENSION:
		return comprehension(python, scope, node);
	case PY_NAMED:
		return named(python, scope, node);
	case PY_AWAIT:
	case PY_STARRED:
		return iw_py_evaluate(python, scope, node->a);
	case PY_YIELD:
	case PY_YIELD_FROM:
		return yield(python, scope, node);
	default: /* literals never change: made once */
		if (node->known == NULL)
			((struct py_node *)node)->known = constant(python, scope, node);
		return node->known;
	}
}

struct iw_py_value *iw_py_evaluate(iw_py *python, struct py_scope *scope, const struct py_node *node)
{
	if (python->raised != NULL)
		return python->none;
	if (!iw_py_enter(python))
		return iw_py_new_unknown(python, iw_py_place(scope, node), "%s", python->exhausted);
	struct iw_py_value *value = evaluate(python, scope, node);
	iw_py_leave(python);
	return value;
}
