/* Code of which it is not known whether it runs: what it would assign is forgotten, and the host is told. */
#include "framework/python/python_internal.h"

/* Calls f(child) until it is true. Bodies of functions and classes are not looked into. */
typedef bool visitor(const struct py_node *node, void *data);

/* Long chains (a + b + ..., elif) go on in the loop, not deeper. */
static bool visit(const struct py_node *node, visitor *f, void *data)
{
	while (node != NULL) {
		if (f(node, data))
			return true;
		if (node->kind == PY_FUNCTION || node->kind == PY_LAMBDA || node->kind == PY_CLASS)
			return false;
		const struct py_node *next = node->kind == PY_IF ? node->c : node->a;
		const struct py_node *other = node->kind == PY_IF ? node->a : node->c;
		if (visit(node->b, f, data) || visit(other, f, data) || visit(node->d, f, data))
			return true;
		for (guint i = 0; i < node->count; i++)
			if (visit(node->items[i], f, data))
				return true;
		node = next;
	}
	return false;
}

static bool is_call(const struct py_node *node, void *data)
{
	(void)data;
	/* yield from and await of a call are calls, too; raise X() is none that anybody cares for. */
	return node->kind == PY_CALL;
}

bool iw_py_has_call(const struct py_node *node)
{
	return visit(node, is_call, NULL);
}

static bool is_name(const struct py_node *node, void *data)
{
	return node->kind == PY_NAME && strcmp(node->text, data) == 0;
}

bool iw_py_mentions(const struct py_node *node, const char *name)
{
	return visit(node, is_name, (char *)name);
}

/* str(x), dict(x), len(x) do nothing to a database. */
static bool is_acting_call(const struct py_node *node, void *data)
{
	(void)data;
	if (node->kind != PY_CALL)
		return false;
	bool is_named = node->a->kind == PY_NAME && iw_py_is_builtin(node->a->text);
	g_autofree char *path = is_named ? g_strconcat("builtins.", node->a->text, NULL) : NULL;
	bool is_quiet = path != NULL && iw_py_native(path) != NULL;
	/* What is called may be given: map(op.execute, rows). */
	return !is_quiet || strcmp(node->a->text, "map") == 0 || strcmp(node->a->text, "filter") == 0;
}

bool iw_py_acts(const struct py_node *node)
{
	return visit(node, is_acting_call, NULL);
}

/* Messages and logging before a raise. */
static bool is_talk(const struct py_node *node)
{
	static const char *const names[] = {"print", "debug",	 "info", "warning",  "warn",
					    "error", "critical", "log",	 "exception"};
	if (node->kind == PY_PASS)
		return true;
	if (node->kind != PY_EXPRESSION)
		return false;
	if (node->a->kind == PY_STRING)
		return true;
	const struct py_node *callee = node->a->kind == PY_CALL ? node->a->a : NULL;
	if (callee == NULL || (callee->kind != PY_NAME && callee->kind != PY_ATTRIBUTE))
		return false;
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		if (strcmp(callee->text, names[i]) == 0)
			return true;
	return false;
}

bool iw_py_only_raises(const struct py_node *block)
{
	if (block == NULL)
		return false;
	if (block->kind == PY_RAISE)
		return true;
	if (block->kind != PY_BLOCK || block->count == 0)
		return false;
	for (guint i = 0; i + 1 < block->count; i++) {
		const struct py_node *statement = block->items[i];
		bool is_quiet = is_talk(statement) || (statement->kind == PY_ASSIGN && !iw_py_has_call(statement));
		if (!is_quiet)
			return false;
	}
	return iw_py_only_raises(block->items[block->count - 1]);
}

void iw_py_say_skipped(iw_py *python, struct iw_place place, const char *reason)
{
	/* What a module does while it is imported changes no database. */
	if (python->importing == 0 && python->host != NULL && python->host->skipped != NULL)
		python->host->skipped(python->host->data, python, place, reason);
}

/* Forgetting ---------------------------------------------------------------------------------------------------- */

struct forgetting {
	iw_py *python;
	struct py_scope *scope;
	const char *reason;
	struct iw_place place;
	enum py_flow flow;
	int loops; /* around what is visited, within the statement */
};

static struct iw_py_value *unknown_value(struct forgetting *all)
{
	return iw_py_new_unknown(all->python, all->place, "%s", all->reason);
}

/* The object may have changed: whoever holds it does not know it any more. */
static void spoil(struct forgetting *all, struct iw_py_value *value)
{
	if (!iw_py_is_container(value))
		return;
	struct iw_py_value *unknown = unknown_value(all);
	value->kind = IW_PY_UNKNOWN;
	value->text = unknown->text;
	value->place = all->place;
	value->items = value->values = NULL;
}

static const struct py_node *root_of(const struct py_node *node)
{
	while (node->kind == PY_ATTRIBUTE || node->kind == PY_SUBSCRIPT || node->kind == PY_CALL)
		node = node->a;
	return node;
}

static void spoil_name(struct forgetting *all, const struct py_node *name)
{
	if (name->kind != PY_NAME)
		return;
	struct iw_py_value *value = iw_py_lookup(all->python, all->scope, name->text);
	if (value != NULL)
		spoil(all, value);
}

static void forget_target(struct forgetting *all, const struct py_node *target)
{
	if (target->kind == PY_NAME) {
		iw_py_bind(all->python, all->scope, target->text, unknown_value(all));
	} else if (target->kind == PY_ATTRIBUTE && target->a->kind == PY_NAME) {
		struct iw_py_value *of = iw_py_lookup(all->python, all->scope, target->a->text);
		if (of != NULL && of->attributes != NULL)
			g_hash_table_insert(of->attributes, (char *)target->text, unknown_value(all));
	} else if (target->kind == PY_SUBSCRIPT || target->kind == PY_ATTRIBUTE) {
		spoil_name(all, root_of(target));
	} else if (target->kind == PY_STARRED) {
		forget_target(all, target->a);
	} else {
		for (guint i = 0; i < target->count; i++)
			forget_target(all, target->items[i]);
	}
}

static bool changes(const char *method)
{
	static const char *const names[] = {"append",  "extend", "insert",  "remove", "pop",	    "clear",  "sort",
					    "reverse", "add",	 "discard", "update", "setdefault", "popitem"};
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		if (strcmp(names[i], method) == 0)
			return true;
	return false;
}

static void forget_call(struct forgetting *all, const struct py_node *call)
{
	if (call->a->kind == PY_ATTRIBUTE && changes(call->a->text))
		spoil_name(all, root_of(call->a));
	struct iw_py_value *callee =
		call->a->kind == PY_NAME ? iw_py_lookup(all->python, all->scope, call->a->text) : NULL;
	for (guint i = 0; callee != NULL && callee->kind == IW_PY_FUNCTION && i < call->count; i++)
		spoil_name(all, call->items[i]->kind == PY_KEYWORD ? call->items[i]->a : call->items[i]);
}

static bool forget(const struct py_node *node, void *data);

static void forget_loop(struct forgetting *all, const struct py_node *node)
{
	all->loops++;
	visit(node->kind == PY_FOR ? node->c : node->b, forget, all);
	all->loops--;
	visit(node->kind == PY_FOR ? node->d : node->c, forget, all);
	if (node->kind == PY_FOR) {
		forget_target(all, node->a);
		visit(node->b, forget, all);
	} else {
		visit(node->a, forget, all);
	}
}

static void forget_import(struct forgetting *all, const struct py_node *node)
{
	for (guint i = 0; i < node->count; i++) {
		const struct py_node *alias = node->items[i];
		const char *name = alias->a != NULL ? alias->a->text : alias->text;
		if (strchr(name, '.') == NULL && iw_py_lookup(all->python, all->scope, name) == NULL)
			iw_py_bind(all->python, all->scope, name, unknown_value(all));
	}
}

static bool forget(const struct py_node *node, void *data)
{
	struct forgetting *all = data;
	switch (node->kind) {
	case PY_ASSIGN:
		for (guint i = 0; i < node->count; i++)
			forget_target(all, node->items[i]);
		break;
	case PY_TYPED:
		if (node->c != NULL)
			forget_target(all, node->a);
		break;
	case PY_AUGMENTED:
	case PY_NAMED:
		if (node->a->kind == PY_NAME)
			spoil_name(all, node->a);
		forget_target(all, node->a);
		break;
	case PY_WITH_ITEM:
		if (node->b != NULL)
			forget_target(all, node->b);
		break;
	case PY_FUNCTION:
	case PY_CLASS:
		iw_py_bind(all->python, all->scope, node->text, unknown_value(all));
		break;
	case PY_IMPORT:
	case PY_FROM:
		forget_import(all, node);
		break;
	case PY_CALL:
		forget_call(all, node);
		break;
	case PY_FOR:
	case PY_WHILE:
		if (all->loops >= 0) {
			forget_loop(all, node);
			return false;
		}
		break;
	case PY_DELETE:
		for (guint i = 0; i < node->count; i++)
			forget_target(all, node->items[i]);
		break;
	case PY_RETURN:
		all->flow = PY_LEFT;
		break;
	case PY_RAISE:
		if (all->python->guarded > 0)
			all->flow = PY_LEFT;
		break;
	case PY_BREAK:
	case PY_CONTINUE:
		if (all->loops == 0 && all->flow == PY_NEXT)
			all->flow = PY_LEFT_LOOP;
		break;
	default:
		break;
	}
	return false;
}

/* break and continue of a loop inside the statement are that loop's: loops are entered once, by forget_loop(). */
static void forget_all(struct forgetting *all, const struct py_node *node)
{
	if (node->kind == PY_FOR || node->kind == PY_WHILE)
		forget_loop(all, node);
	else
		visit(node, forget, all);
}

enum py_flow iw_py_skip(iw_py *python, struct py_scope *scope, const struct py_node *statement,
			const struct iw_py_value *why)
{
	const char *reason = why->kind == IW_PY_UNKNOWN
				     ? why->text
				     : iw_arena_printf(python->arena, "%s is not known", iw_py_repr(python, why));
	struct iw_place place = why->place.source != NULL ? why->place : iw_py_place(scope, statement);
	struct forgetting all = {python, scope, reason, place, PY_NEXT, 0};
	if (iw_py_has_call(statement))
		iw_py_say_skipped(python, iw_py_place(scope, statement), reason);
	forget_all(&all, statement);
	if (all.flow != PY_NEXT)
		scope->result = iw_py_new_unknown(python, place, "%s", reason);
	return all.flow;
}
