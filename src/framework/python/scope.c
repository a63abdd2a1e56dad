/* Names: where they are looked for and how they are bound; see python_internal.h. */
#include "framework/python/python_internal.h"

struct py_scope *iw_py_scope_new(iw_py *python, enum py_scope_kind kind, struct py_scope *parent)
{
	struct py_scope *scope = iw_new(python->arena, struct py_scope);
	scope->kind = kind;
	scope->module = parent->module;
	scope->parent = parent;
	scope->names = iw_arena_hash_table(python->arena, g_str_hash, g_str_equal);
	scope->class = parent->class;
	scope->self = parent->self;
	scope->yield = kind == PY_OF_COMPREHENSION ? parent->yield : NULL;
	return scope;
}

static struct py_scope *module_scope(struct py_scope *scope)
{
	return scope->module->scope;
}

static struct iw_py_value *find_in(iw_py *python, struct py_scope *scope, const char *name)
{
	struct iw_py_value *value = g_hash_table_lookup(scope->names, name);
	return value != NULL && (int)value->kind == PY_LAZY ? iw_py_settle(python, scope->names, name, value) : value;
}

/* The scope in which the name is bound when it is declared global or nonlocal; else this one. */
static struct py_scope *home_of(struct py_scope *scope, const char *name)
{
	gpointer elsewhere;
	if (scope->elsewhere != NULL && g_hash_table_lookup_extended(scope->elsewhere, name, NULL, &elsewhere))
		return elsewhere == NULL ? module_scope(scope) : elsewhere;
	return scope;
}

const struct iw_py_value *iw_py_peek(struct py_scope *scope, const char *name)
{
	const struct iw_py_value *value = NULL;
	for (struct py_scope *at = home_of(scope, name); at != NULL && value == NULL; at = at->parent)
		if (at == scope || at->kind != PY_OF_CLASS)
			value = g_hash_table_lookup(at->names, name);
	return value;
}

struct iw_py_value *iw_py_lookup(iw_py *python, struct py_scope *scope, const char *name)
{
	for (struct py_scope *at = home_of(scope, name); at != NULL; at = at->parent) {
		/* A class's names are not seen from the functions in it. */
		if (at != scope && at->kind == PY_OF_CLASS)
			continue;
		struct iw_py_value *value = find_in(python, at, name);
		if (value != NULL)
			return value;
	}
	return NULL;
}

static struct iw_py_value *find_elsewhere(iw_py *python, struct py_scope *scope, const struct py_node *node)
{
	struct py_module *module = scope->module;
	if (iw_py_is_builtin(node->text)) {
		struct iw_py_value *value = iw_py_new_value(python, IW_PY_FOREIGN, iw_py_place(scope, node));
		value->text = iw_arena_printf(python->arena, "builtins.%s", node->text);
		return value;
	}
	if (module->stars->len == 1) {
		struct iw_py_value *value = iw_py_new_value(python, IW_PY_FOREIGN, iw_py_place(scope, node));
		value->text = iw_arena_printf(python->arena, "%s.%s", (char *)module->stars->pdata[0], node->text);
		return value;
	}
	if (module->stars->len > 1)
		return iw_py_new_unknown(python, iw_py_place(scope, node),
					 "\"%s\" comes from one of several \"import *\"", node->text);
	return iw_py_raise(python, iw_py_place(scope, node), "NameError", "name '%s' is not defined", node->text);
}

struct iw_py_value *iw_py_name(iw_py *python, struct py_scope *scope, const struct py_node *node)
{
	struct iw_py_value *value = iw_py_lookup(python, scope, node->text);
	return value != NULL ? value : find_elsewhere(python, scope, node);
}

void iw_py_bind(iw_py *python, struct py_scope *scope, const char *name, struct iw_py_value *value)
{
	(void)python;
	struct py_scope *home = home_of(scope, name);
	bool is_new = home->kind == PY_OF_CLASS && !g_hash_table_contains(home->names, name);
	if (is_new)
		g_ptr_array_add(home->class->order, (char *)name);
	g_hash_table_insert(home->names, (char *)name, value);
}

/* Targets ------------------------------------------------------------------------------------------------------- */

static void assign_unknown(iw_py *python, struct py_scope *scope, const struct py_node *target,
			   const struct iw_py_value *why)
{
	for (guint i = 0; i < target->count; i++) {
		const struct py_node *one =
			target->items[i]->kind == PY_STARRED ? target->items[i]->a : target->items[i];
		struct iw_py_value *value = iw_py_is_symbol(why) ? iw_py_new_operation(python, iw_py_place(scope, one),
										       "[]", (struct iw_py_value *)why,
										       iw_py_new_integer(python, i))
								 : iw_py_unknown_from(python, why);
		if (one != target->items[i] && iw_py_is_symbol(why))
			value = iw_py_new_unknown(python, iw_py_place(scope, one),
						  "the rest of a value that is not known");
		iw_py_assign(python, scope, one, value);
	}
}

static void unpack(iw_py *python, struct py_scope *scope, const struct py_node *target, struct iw_py_value *value)
{
	const struct iw_py_value *why = NULL;
	const GPtrArray *items = iw_py_iterate(python, iw_py_place(scope, target), value, &why);
	if (items == NULL) {
		if (!iw_py_stopped(python))
			assign_unknown(python, scope, target, why);
		return;
	}
	guint star = target->count;
	for (guint i = 0; i < target->count; i++)
		if (target->items[i]->kind == PY_STARRED)
			star = i;
	bool has_star = star < target->count;
	if (has_star ? items->len + 1 < target->count : items->len != target->count) {
		iw_py_raise(python, iw_py_place(scope, target), "ValueError", "%s values to unpack (expected %u)",
			    items->len > target->count ? "too many" : "not enough", target->count);
		return;
	}
	for (guint i = 0; i < target->count; i++) {
		if (i == star) {
			struct iw_py_value *rest = iw_py_new_list(python, IW_PY_LIST);
			for (guint k = i; k < items->len - (target->count - 1 - i); k++)
				g_ptr_array_add(rest->items, items->pdata[k]);
			iw_py_assign(python, scope, target->items[i]->a, rest);
		} else {
			iw_py_assign(python, scope, target->items[i],
				     items->pdata[i < star ? i : items->len - (target->count - i)]);
		}
	}
}

/* A slice's parts, within 0..length. */
static bool slice_range(const struct iw_py_value *index, gint64 length, gint64 *from, gint64 *to)
{
	*from = 0;
	*to = length;
	gint64 *ends[] = {from, to};
	for (guint i = 0; i < 2; i++) {
		const struct iw_py_value *part = index->items->pdata[i];
		if (part->kind == IW_PY_NONE)
			continue;
		if (part->kind != IW_PY_INTEGER)
			return false;
		*ends[i] = CLAMP(part->integer < 0 ? part->integer + length : part->integer, 0, length);
	}
	*to = MAX(*from, *to);
	const struct iw_py_value *step = index->items->pdata[2];
	return step->kind == IW_PY_NONE;
}

static void assign_item(iw_py *python, struct iw_place place, struct iw_py_value *of, struct iw_py_value *index,
			struct iw_py_value *value)
{
	if (of->kind == IW_PY_DICT) {
		iw_py_dict_set(python, of, index, value);
	} else if (of->kind == IW_PY_LIST && index->kind == IW_PY_INTEGER) {
		gint64 at = index->integer < 0 ? index->integer + of->items->len : index->integer;
		if (at < 0 || at >= of->items->len)
			iw_py_raise(python, place, "IndexError", "list assignment index out of range");
		else
			of->items->pdata[at] = value;
	} else if (of->kind == IW_PY_LIST && index->kind == IW_PY_OPERATION && iw_py_is_container(value)) {
		gint64 from, to;
		if (!slice_range(index, of->items->len, &from, &to))
			return;
		g_autoptr(GPtrArray) items = g_ptr_array_copy(value->items, NULL, NULL);
		if (to > from)
			g_ptr_array_remove_range(of->items, (guint)from, (guint)(to - from));
		for (guint i = 0; i < items->len; i++)
			g_ptr_array_insert(of->items, (gint)from + (gint)i, items->pdata[i]);
	} else if (of->kind == IW_PY_INSTANCE && iw_py_special(python, of, "__setitem__") != NULL) {
		struct py_arguments *arguments = iw_py_new_arguments(python);
		g_ptr_array_add(arguments->items, index);
		g_ptr_array_add(arguments->items, value);
		iw_py_call_with(python, NULL, place, iw_py_special(python, of, "__setitem__"), arguments);
	}
}

/* environ["X"] = ... and the like say nothing to anybody; the attributes of a project's own values are kept. */
static void assign_attribute(iw_py *python, struct py_scope *scope, const struct py_node *target,
			     struct iw_py_value *value)
{
	struct iw_py_value *of = iw_py_evaluate(python, scope, target->a);
	if (iw_py_stopped(python))
		return;
	if (of->kind == IW_PY_MODULE && iw_py_module_of(of) != NULL)
		iw_py_evaluate_module(python, iw_py_module_of(of));
	if (of->kind == IW_PY_CALL && of->attributes == NULL)
		of->attributes = iw_arena_hash_table(python->arena, g_str_hash, g_str_equal);
	if (of->kind == IW_PY_CLASS && !g_hash_table_contains(of->attributes, target->text))
		g_ptr_array_add(of->order, (char *)target->text);
	struct iw_py_value *setter = of->kind == IW_PY_INSTANCE ? iw_py_special(python, of, "__setattr__") : NULL;
	if (setter == NULL && of->attributes != NULL)
		g_hash_table_insert(of->attributes, (char *)target->text, value);
}

void iw_py_assign(iw_py *python, struct py_scope *scope, const struct py_node *target, struct iw_py_value *value)
{
	switch (target->kind) {
	case PY_NAME:
		iw_py_bind(python, scope, target->text, value);
		break;
	case PY_TUPLE:
	case PY_LIST:
		unpack(python, scope, target, value);
		break;
	case PY_ATTRIBUTE:
		assign_attribute(python, scope, target, value);
		break;
	case PY_SUBSCRIPT: {
		struct iw_py_value *of = iw_py_evaluate(python, scope, target->a);
		struct iw_py_value *index = iw_py_evaluate(python, scope, target->b);
		if (!iw_py_stopped(python))
			assign_item(python, iw_py_place(scope, target), of, index, value);
		break;
	}
	case PY_STARRED:
		iw_py_assign(python, scope, target->a, value);
		break;
	default:
		break;
	}
}

static void delete_item(iw_py *python, struct py_scope *scope, const struct py_node *target)
{
	struct iw_py_value *of = iw_py_evaluate(python, scope, target->a);
	struct iw_py_value *index = iw_py_evaluate(python, scope, target->b);
	if (iw_py_stopped(python))
		return;
	gint64 from, to;
	if (of->kind == IW_PY_DICT) {
		int at = iw_py_dict_index(of, index);
		if (at >= 0)
			iw_py_dict_remove(of, at);
		else if (at == -1)
			iw_py_raise(python, iw_py_place(scope, target), "KeyError", "%s", iw_py_repr(python, index));
	} else if (of->kind == IW_PY_LIST && index->kind == IW_PY_INTEGER) {
		gint64 at = index->integer < 0 ? index->integer + of->items->len : index->integer;
		if (at >= 0 && at < of->items->len)
			g_ptr_array_remove_index(of->items, (guint)at);
		else
			iw_py_raise(python, iw_py_place(scope, target), "IndexError",
				    "list assignment index out of range");
	} else if (of->kind == IW_PY_LIST && index->kind == IW_PY_OPERATION &&
		   slice_range(index, of->items->len, &from, &to) && to > from) {
		g_ptr_array_remove_range(of->items, (guint)from, (guint)(to - from));
	}
}

void iw_py_delete(iw_py *python, struct py_scope *scope, const struct py_node *target)
{
	if (target->kind == PY_NAME) {
		g_hash_table_remove(home_of(scope, target->text)->names, target->text);
	} else if (target->kind == PY_SUBSCRIPT) {
		delete_item(python, scope, target);
	} else if (target->kind == PY_ATTRIBUTE) {
		struct iw_py_value *of = iw_py_evaluate(python, scope, target->a);
		if (!iw_py_stopped(python) && of->attributes != NULL)
			g_hash_table_remove(of->attributes, target->text);
	} else {
		for (guint i = 0; i < target->count; i++)
			iw_py_delete(python, scope, target->items[i]);
	}
}
