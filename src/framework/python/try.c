/* Exceptions and with; see python_internal.h. */
#include "framework/python/python_internal.h"

struct iw_py_value *iw_py_raise(iw_py *python, struct iw_place place, const char *class, const char *format, ...)
{
	va_list list;
	va_start(list, format);
	g_autofree char *text = g_strdup_vprintf(format, list);
	va_end(list);
	struct py_arguments *arguments = iw_py_new_arguments(python);
	if (text[0] != '\0')
		g_ptr_array_add(arguments->items, iw_py_new_string(python, text));
	g_autofree char *path = g_strconcat("builtins.", class, NULL);
	if (python->raised == NULL)
		python->raised = iw_py_symbol_call(python, place, iw_py_new_foreign(python, path), arguments, false);
	return python->none;
}

/* try ------------------------------------------------------------------------------------------------------------ */

static bool is_everything(const struct iw_py_value *type)
{
	return type->kind == IW_PY_FOREIGN &&
	       (strcmp(type->text, "builtins.Exception") == 0 || strcmp(type->text, "builtins.BaseException") == 0);
}

static int is_caught(iw_py *python, const struct iw_py_value *raised, const struct iw_py_value *type)
{
	if (type->kind == IW_PY_TUPLE) {
		int any = 0;
		for (guint i = 0; i < type->items->len && any != 1; i++) {
			int one = is_caught(python, raised, type->items->pdata[i]);
			any = one == 1 ? 1 : MIN(any, one);
		}
		return any;
	}
	const struct iw_py_value *class = raised->kind == IW_PY_CALL ? raised->receiver : NULL;
	const char *path = class != NULL && class->kind == IW_PY_FOREIGN ? class->text : NULL;
	bool is_builtin = path != NULL && g_str_has_prefix(path, "builtins.");
	if (is_everything(type) && !is_builtin)
		return 1;
	if (class == NULL || type->kind == IW_PY_UNKNOWN)
		return -1;
	if (class->kind == IW_PY_CLASS)
		return iw_py_derives(python, class, type);
	if (is_builtin)
		return type->kind == IW_PY_FOREIGN && iw_py_exception_derives(path, type->text);
	if (path != NULL && type->kind == IW_PY_FOREIGN && strcmp(path, type->text) == 0)
		return 1;
	return type->kind == IW_PY_CLASS || (type->kind == IW_PY_FOREIGN && iw_py_is_exception(type->text)) ? 0 : -1;
}

static enum py_flow run_handler(iw_py *python, struct py_scope *scope, const struct py_node *handler)
{
	struct iw_py_value *before = python->handled;
	python->handled = python->raised;
	python->raised = NULL;
	if (handler->text != NULL)
		iw_py_bind(python, scope, handler->text, python->handled);
	enum py_flow flow = iw_py_run_block(python, scope, handler->b);
	python->handled = before;
	if (handler->text != NULL)
		g_hash_table_remove(scope->names, handler->text);
	return flow;
}

static enum py_flow handle(iw_py *python, struct py_scope *scope, const struct py_node *node)
{
	for (guint i = 0; i < node->count; i++) {
		const struct py_node *handler = node->items[i];
		struct iw_py_value *raised = python->raised;
		int caught = 1;
		if (handler->a != NULL) {
			python->raised = NULL;
			struct iw_py_value *type = iw_py_evaluate(python, scope, handler->a);
			if (iw_py_stopped(python))
				return PY_RAISED;
			caught = is_caught(python, raised, type);
			python->raised = raised;
		}
		if (caught == 1)
			return run_handler(python, scope, handler);
		if (caught < 0) {
			python->raised = NULL;
			scope->result =
				iw_py_new_unknown(python, iw_py_place(scope, handler),
						  "whether this catches %s is not known", iw_py_repr(python, raised));
			iw_py_skip(python, scope, handler, scope->result);
			return PY_LEFT;
		}
	}
	return PY_RAISED;
}

/* Only what a failing import or look-up raises: calls to the outside do not get there. */
static bool is_of_imports(const struct py_node *handler)
{
	static const char *const names[] = {"ImportError", "ModuleNotFoundError", "AttributeError", "KeyError",
					    "NameError",   "IndexError",	  "StopIteration"};
	for (size_t i = 0; handler->a != NULL && handler->a->kind == PY_NAME && i < G_N_ELEMENTS(names); i++)
		if (strcmp(handler->a->text, names[i]) == 0)
			return true;
	return false;
}

/* The body called something outside, which may fail: handlers that call something may run. */
static void say_handlers(iw_py *python, struct py_scope *scope, const struct py_node *node)
{
	for (guint i = 0; i < node->count; i++) {
		const struct py_node *handler = node->items[i];
		if (is_of_imports(handler) || iw_py_only_raises(handler->b) || !iw_py_has_call(handler->b))
			continue;
		iw_py_say_skipped(python, iw_py_place(scope, handler),
				  "this runs when the server refuses what is above");
	}
}

/* Does a handler go on when the server refuses something? */
static bool forgives(const struct py_node *node)
{
	for (guint i = 0; i < node->count; i++)
		if (!is_of_imports(node->items[i]) && !iw_py_only_raises(((struct py_node *)node->items[i])->b))
			return true;
	return false;
}

enum py_flow iw_py_run_try(iw_py *python, struct py_scope *scope, const struct py_node *node)
{
	guint calls = python->host_calls;
	bool is_forgiving = forgives(node);
	python->guarded += node->count > 0;
	python->forgiven += is_forgiving;
	enum py_flow flow = iw_py_run_block(python, scope, node->a);
	python->guarded -= node->count > 0;
	python->forgiven -= is_forgiving;
	if (flow == PY_RAISED)
		flow = handle(python, scope, node);
	else if (python->host_calls > calls)
		say_handlers(python, scope, node);
	if (flow == PY_NEXT && node->b != NULL)
		flow = iw_py_run_block(python, scope, node->b);
	if (node->c == NULL)
		return flow;
	struct iw_py_value *raised = python->raised, *result = scope->result;
	python->raised = NULL;
	enum py_flow last = iw_py_run_block(python, scope, node->c);
	if (last != PY_NEXT)
		return last;
	python->raised = raised;
	scope->result = result;
	return flow;
}

/* with ----------------------------------------------------------------------------------------------------------- */

struct with {
	iw_py *python;
	struct py_scope *scope;
	const struct py_node *node;
	guint next; /* item */
	enum py_flow flow;
	bool has_run;
};

static void run_items(struct with *with);

/* The body, or the next item's. */
static void run_inside(struct with *with, const struct py_node *item, struct iw_py_value *value)
{
	with->has_run = true;
	if (item->b != NULL)
		iw_py_assign(with->python, with->scope, item->b, value);
	if (with->python->raised != NULL)
		with->flow = PY_RAISED;
	else
		run_items(with);
}

static bool run_at_yield(void *data, struct iw_py_value *value)
{
	struct with *with = data;
	if (!with->has_run)
		run_inside(with, with->node->items[with->next - 1], value);
	return with->flow != PY_RAISED;
}

/* A function with contextlib.contextmanager: its yield runs the body. */
static void run_manager(struct with *with, struct iw_py_value *manager)
{
	const struct py_function *made = manager->private;
	struct py_yield yield = {.run = run_at_yield, .data = with};
	struct iw_py_value *result = with->scope->result;
	iw_py_run_function(with->python, manager->place, made->of, made->given, &yield);
	if (with->python->raised != NULL)
		with->flow = PY_RAISED;
	else if (with->flow == PY_RAISED || !with->has_run)
		with->flow = PY_NEXT; /* it caught what was raised */
	(void)result;
}

static void run_suppress(struct with *with, const struct py_node *item, struct iw_py_value *manager)
{
	iw_py *python = with->python;
	python->guarded++;
	python->forgiven++;
	run_inside(with, item, python->none);
	python->guarded--;
	python->forgiven--;
	if (with->flow != PY_RAISED)
		return;
	struct iw_py_value types = {.kind = IW_PY_TUPLE, .items = manager->items};
	if (is_caught(python, python->raised, &types) != 1)
		return;
	python->raised = NULL;
	with->flow = PY_NEXT;
}

static void run_symbol(struct with *with, const struct py_node *item, struct iw_py_value *manager)
{
	iw_py *python = with->python;
	const struct iw_py_host *host = python->host;
	bool is_harmless = iw_py_path(python, manager) != NULL && iw_py_is_harmless(iw_py_path(python, manager));
	struct iw_py_value *value = NULL;
	if (!is_harmless && host != NULL && host->enter != NULL)
		value = host->enter(host->data, python, manager);
	run_inside(with, item, value == NULL ? manager : value);
	if (!is_harmless && host != NULL && host->leave != NULL) {
		struct iw_py_value *raised = python->raised;
		python->raised = NULL;
		host->leave(host->data, python, manager);
		python->raised = raised;
	}
}

static void run_instance(struct with *with, const struct py_node *item, struct iw_py_value *manager)
{
	iw_py *python = with->python;
	struct iw_py_value *enter = iw_py_special(python, manager, "__enter__");
	struct iw_py_value *leave = iw_py_special(python, manager, "__exit__");
	if (enter == NULL || leave == NULL) {
		run_inside(with, item, iw_py_new_unknown(python, manager->place, "this is no context manager"));
		return;
	}
	struct iw_py_value *value =
		iw_py_call_with(python, with->scope, manager->place, enter, iw_py_new_arguments(python));
	if (iw_py_stopped(python)) {
		with->flow = PY_RAISED;
		return;
	}
	run_inside(with, item, value);
	struct iw_py_value *raised = python->raised;
	python->raised = NULL;
	struct py_arguments *arguments = iw_py_new_arguments(python);
	for (int i = 0; i < 3; i++)
		g_ptr_array_add(arguments->items, raised == NULL ? python->none : raised);
	value = iw_py_call_with(python, with->scope, manager->place, leave, arguments);
	if (python->raised == NULL)
		python->raised = raised != NULL && iw_py_is_true(python, value) == 1 ? NULL : raised;
	if (python->raised != NULL)
		with->flow = PY_RAISED;
	else if (with->flow == PY_RAISED)
		with->flow = PY_NEXT;
}

static void run_items(struct with *with)
{
	iw_py *python = with->python;
	if (with->next == with->node->count) {
		with->flow = iw_py_run_block(python, with->scope, with->node->a);
		return;
	}
	const struct py_node *item = with->node->items[with->next++];
	struct iw_py_value *manager = iw_py_evaluate(python, with->scope, item->a);
	with->has_run = false;
	if (python->raised != NULL) {
		with->flow = PY_RAISED;
	} else if (manager->kind == IW_PY_FUNCTION && ((const struct py_function *)manager->private)->of != NULL &&
		   ((const struct py_function *)manager->private)->wrapper == PY_MANAGER) {
		run_manager(with, manager);
	} else if (manager->kind == IW_PY_CALL && iw_py_is(python, manager, "contextlib.suppress")) {
		run_suppress(with, item, manager);
	} else if (manager->kind == IW_PY_CALL && manager->receiver->kind == IW_PY_CLASS &&
		   iw_py_special(python, manager, "__enter__") != NULL) {
		run_instance(with, item, manager);
	} else if (iw_py_is_symbol(manager)) {
		run_symbol(with, item, manager);
	} else if (manager->kind == IW_PY_INSTANCE) {
		run_instance(with, item, manager);
	} else {
		run_inside(with, item, manager);
	}
}

enum py_flow iw_py_run_with(iw_py *python, struct py_scope *scope, const struct py_node *node)
{
	struct with with = {python, scope, node, 0, PY_NEXT, false};
	run_items(&with);
	if (python->raised != NULL)
		return PY_RAISED;
	return with.flow;
}
