/* The evaluator from outside: making one, asking for names, calling functions; see python.h. */
#include "framework/python/python_internal.h"

iw_py *iw_py_new(iw_arena *arena, const struct iw_py_options *options)
{
	iw_py *python = iw_new(arena, struct iw_py);
	python->arena = arena;
	python->options = *options;
	python->host = options->host;
	python->names.arena = arena;
	python->modules = iw_arena_hash_table(arena, g_str_hash, g_str_equal);
	python->found = iw_arena_hash_table(arena, g_str_hash, g_str_equal);
	python->none = iw_py_new_value(python, IW_PY_NONE, iw_py_no_place());
	python->yes = iw_py_new_value(python, IW_PY_BOOLEAN, iw_py_no_place());
	python->no = iw_py_new_value(python, IW_PY_BOOLEAN, iw_py_no_place());
	python->yes->boolean = true;
	python->yes->integer = 1;
	python->yes->number = 1;
	return python;
}

const struct iw_py_host *iw_py_set_host(iw_py *python, const struct iw_py_host *host)
{
	const struct iw_py_host *before = python->host;
	python->host = host;
	return before;
}

iw_arena *iw_py_arena(const iw_py *python)
{
	return python->arena;
}

void iw_py_begin(iw_py *python)
{
	if (python->entered++ > 0)
		return;
	python->steps = 0;
	python->memory = iw_arena_size(python->arena);
	python->exhausted = NULL;
	python->raised = NULL;
	python->handled = NULL;
	python->depth = 0;
	python->guarded = python->forgiven = 0;
	python->importing = 0;
}

void iw_py_end(iw_py *python)
{
	if (--python->entered == 0)
		python->exhausted = NULL;
}

const char *iw_py_docstring(const struct iw_py_value *value)
{
	const struct py_node *block = NULL;
	if (value->kind == IW_PY_MODULE)
		block = iw_py_module_of(value)->tree;
	else if (value->kind == IW_PY_CLASS && py_class(value)->node != NULL)
		block = py_class(value)->node->b;
	else if (value->kind == IW_PY_FUNCTION && ((const struct py_function *)value->private)->node != NULL)
		block = ((const struct py_function *)value->private)->node->b;
	if (block == NULL || block->kind != PY_BLOCK || block->count == 0)
		return NULL;
	const struct py_node *first = block->items[0];
	bool is_text = first->kind == PY_EXPRESSION && first->a->kind == PY_STRING;
	return is_text ? first->a->text : NULL;
}

struct iw_py_value *iw_py_find(iw_py *python, struct iw_py_value *value, const char *name)
{
	iw_py_begin(python);
	struct iw_py_value *raised = python->raised;
	struct iw_py_value *found = iw_py_find_attribute(python, value->place, value, name);
	if (python->raised != raised && raised == NULL) {
		found = iw_py_new_unknown(python, value->place, "this raises %s", iw_py_repr(python, python->raised));
		python->raised = NULL;
	}
	iw_py_end(python);
	return found;
}

struct iw_py_value *iw_py_get(iw_py *python, struct iw_py_value *value, const char *name)
{
	struct iw_py_value *found = iw_py_find(python, value, name);
	return found != NULL ? found : iw_py_new_unknown(python, value->place, "there is no %s", name);
}

/* The exception is the caller's to deal with; within evaluated code, the host's call raises it on. */
static struct iw_py_value *call(iw_py *python, struct iw_py_value *function, const struct py_arguments *given,
				struct iw_py_value **raised)
{
	iw_py_begin(python);
	struct iw_py_value *before = python->raised;
	python->raised = NULL;
	const char *exhausted = python->exhausted;
	struct iw_py_value *value = iw_py_call_with(python, NULL, function->place, function, given);
	struct iw_py_value *exception = python->raised;
	python->raised = before;
	if (python->exhausted != NULL && exhausted == NULL && exception == NULL && value->kind != IW_PY_UNKNOWN)
		value = iw_py_new_unknown(python, function->place, "%s", python->exhausted);
	iw_py_end(python);
	if (exception == NULL)
		return value;
	if (raised == NULL)
		return iw_py_new_unknown(python, exception->place, "this raises %s", iw_py_repr(python, exception));
	*raised = exception;
	return NULL;
}

struct iw_py_value *iw_py_call(iw_py *python, struct iw_py_value *function, GPtrArray *arguments,
			       struct iw_py_value **raised)
{
	struct py_arguments *given = iw_py_new_arguments(python);
	for (guint i = 0; arguments != NULL && i < arguments->len; i++)
		g_ptr_array_add(given->items, arguments->pdata[i]);
	return call(python, function, given, raised);
}

struct iw_py_value *iw_py_call_like(iw_py *python, struct iw_py_value *function, const struct iw_py_value *like,
				    struct iw_py_value **raised)
{
	struct py_arguments given = {like->items, like->names, like->values, false};
	for (guint i = 0; i < like->names->len && !given.is_open; i++)
		given.is_open = strcmp(like->names->pdata[i], "**") == 0;
	return call(python, function, &given, raised);
}

const GPtrArray *iw_py_resolution_order(const struct iw_py_value *class)
{
	return py_class(class)->order;
}

bool iw_py_is_forgiven(const iw_py *python)
{
	return python->forgiven > 0;
}
