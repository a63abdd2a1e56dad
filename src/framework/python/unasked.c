/* Attributes of classes that nobody will ask for, and that need not be evaluated: see struct iw_py_options. */
#include "framework/python/python_internal.h"

static bool is_quiet(struct py_scope *scope, const struct py_node *node);

static bool are_quiet(struct py_scope *scope, const struct py_node *node)
{
	for (guint i = 0; i < node->count; i++)
		if (node->items[i] == NULL || !is_quiet(scope, node->items[i]))
			return false;
	return true;
}

/* Keys that can be none: TypeError. */
static bool has_plain_keys(const struct py_node *dict)
{
	for (guint i = 0; i < dict->count; i += 2)
		if (dict->items[i] == NULL || dict->items[i]->kind != PY_STRING)
			return false;
	return true;
}

/* A name of a package that does nothing when it is called, or an attribute of one. */
static bool is_of_quiet_package(struct py_scope *scope, const struct py_node *node)
{
	while (node->kind == PY_ATTRIBUTE)
		node = node->a;
	return node->kind == PY_NAME && iw_py_is_imported_from(scope, node->text, "django");
}

/* Nothing of it can raise, and nothing that it does can be noticed. What is not known to be so is not. */
static bool is_quiet(struct py_scope *scope, const struct py_node *node)
{
	switch (node->kind) {
	case PY_INTEGER:
	case PY_FLOAT:
	case PY_STRING:
	case PY_BYTES:
	case PY_TRUE:
	case PY_FALSE:
	case PY_NONE:
		return true;
	case PY_NAME:
		return iw_py_peek(scope, node->text) != NULL || iw_py_is_builtin(node->text);
	case PY_ATTRIBUTE:
		return is_of_quiet_package(scope, node);
	case PY_TUPLE:
	case PY_LIST:
		return are_quiet(scope, node);
	case PY_DICT:
		return has_plain_keys(node) && are_quiet(scope, node);
	case PY_UNARY:
		return node->sign == '-' && (node->a->kind == PY_INTEGER || node->a->kind == PY_FLOAT);
	case PY_CALL:
		return is_of_quiet_package(scope, node->a) && are_quiet(scope, node);
	case PY_KEYWORD:
		return node->text != NULL && is_quiet(scope, node->a);
	default:
		return false;
	}
}

/* Does the class do nothing else with the name, and nothing that is not seen at a glance? */
static bool is_used_once(const struct py_scope *scope, const struct py_node *assignment, const char *name)
{
	const struct py_node *body = py_class(scope->class)->node->b;
	for (guint i = 0; body->kind == PY_BLOCK && i < body->count; i++) {
		const struct py_node *one = body->items[i];
		bool is_simple = one->kind == PY_ASSIGN || one->kind == PY_EXPRESSION || one->kind == PY_PASS;
		if (one != assignment && one->kind != PY_FUNCTION && (!is_simple || iw_py_mentions(one, name)))
			return false;
	}
	return body->kind == PY_BLOCK;
}

bool iw_py_is_unasked(iw_py *python, struct py_scope *scope, const struct py_node *assignment)
{
	const char *const *names = python->options.unasked;
	if (names == NULL || scope->kind != PY_OF_CLASS || assignment->count != 1 ||
	    assignment->items[0]->kind != PY_NAME)
		return false;
	const char *name = assignment->items[0]->text;
	return g_strv_contains(names, name) && is_used_once(scope, assignment, name) && is_quiet(scope, assignment->a);
}
