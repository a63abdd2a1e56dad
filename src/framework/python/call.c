/* Functions, their arguments, and calls; see python_internal.h. */
#include "framework/python/python_internal.h"

struct py_arguments *iw_py_new_arguments(iw_py *python)
{
	struct py_arguments *arguments = iw_new(python->arena, struct py_arguments);
	arguments->items = iw_arena_ptr_array(python->arena);
	arguments->names = iw_arena_ptr_array(python->arena);
	arguments->values = iw_arena_ptr_array(python->arena);
	return arguments;
}

struct iw_py_value *iw_py_given(const struct py_call *call, guint position, const char *name)
{
	if (position < call->arguments->items->len)
		return call->arguments->items->pdata[position];
	for (guint i = 0; name != NULL && i < call->arguments->names->len; i++)
		if (strcmp(call->arguments->names->pdata[i], name) == 0)
			return call->arguments->values->pdata[i];
	return NULL;
}

const char *iw_py_given_text(const struct py_call *call, guint position, const char *name)
{
	return iw_py_text(iw_py_given(call, position, name));
}

/* Reading arguments --------------------------------------------------------------------------------------------- */

static void add_named(struct py_arguments *arguments, const char *name, struct iw_py_value *value)
{
	g_ptr_array_add(arguments->names, (char *)name);
	g_ptr_array_add(arguments->values, value);
}

static struct iw_py_value *unknown_rest(iw_py *python, struct iw_place place, const struct iw_py_value *why)
{
	if (why != NULL && why->kind == IW_PY_UNKNOWN)
		return iw_py_unknown_from(python, why);
	return iw_py_new_unknown(python, place, "these arguments are not known");
}

static void add_starred(iw_py *python, struct iw_place place, struct iw_py_value *value, struct py_arguments *arguments)
{
	const struct iw_py_value *why = NULL;
	const GPtrArray *items = iw_py_iterate(python, place, value, &why);
	for (guint i = 0; items != NULL && i < items->len; i++)
		g_ptr_array_add(arguments->items, items->pdata[i]);
	if (items != NULL || iw_py_stopped(python))
		return;
	g_ptr_array_add(arguments->items, unknown_rest(python, place, why));
	arguments->is_open = true;
}

static void add_mapping(iw_py *python, struct iw_place place, struct iw_py_value *value, struct py_arguments *arguments)
{
	bool is_known = value->kind == IW_PY_DICT;
	for (guint i = 0; is_known && i < value->items->len; i++) {
		const char *name = iw_py_text(value->items->pdata[i]);
		if (name != NULL)
			add_named(arguments, name, value->values->pdata[i]);
		else
			is_known = false;
	}
	if (is_known)
		return;
	add_named(arguments, "**", unknown_rest(python, place, value));
	arguments->is_open = true;
}

void iw_py_read_arguments(iw_py *python, struct py_scope *scope, const struct py_node *call,
			  struct py_arguments *arguments)
{
	for (guint i = 0; i < call->count && !iw_py_stopped(python); i++) {
		const struct py_node *node = call->items[i];
		bool is_wrapped = node->kind == PY_STARRED || node->kind == PY_KEYWORD;
		struct iw_py_value *value = iw_py_evaluate(python, scope, is_wrapped ? node->a : node);
		if (iw_py_stopped(python))
			return;
		if (node->kind == PY_STARRED)
			add_starred(python, iw_py_place(scope, node), value, arguments);
		else if (node->kind == PY_KEYWORD && node->text == NULL)
			add_mapping(python, iw_py_place(scope, node), value, arguments);
		else if (node->kind == PY_KEYWORD)
			add_named(arguments, node->text, value);
		else
			g_ptr_array_add(arguments->items, value);
	}
}

/* super() without arguments knows its class and object from where it is written. */
static struct iw_py_value *super_here(iw_py *python, struct py_scope *scope, const struct py_node *node)
{
	bool is_bare = node->count == 0 && node->a->kind == PY_NAME && strcmp(node->a->text, "super") == 0;
	if (!is_bare || scope->class == NULL || scope->self == NULL)
		return NULL;
	return iw_py_new_super(python, scope->class, scope->self);
}

static struct iw_py_value *names_here(iw_py *python, struct py_scope *scope, const struct py_node *node)
{
	if (node->count != 0 || node->a->kind != PY_NAME)
		return NULL;
	bool is_global = strcmp(node->a->text, "globals") == 0;
	if ((!is_global && strcmp(node->a->text, "locals") != 0) || iw_py_lookup(python, scope, node->a->text) != NULL)
		return NULL;
	struct iw_py_value *dict = iw_py_new_dict(python);
	GHashTableIter iterator;
	gpointer name, value;
	g_hash_table_iter_init(&iterator, is_global ? scope->module->scope->names : scope->names);
	while (g_hash_table_iter_next(&iterator, &name, &value))
		if ((int)((struct iw_py_value *)value)->kind != PY_LAZY)
			iw_py_dict_set(python, dict, iw_py_new_string(python, name), value);
	return dict;
}

struct iw_py_value *iw_py_call_node(iw_py *python, struct py_scope *scope, const struct py_node *node)
{
	struct iw_py_value *value = super_here(python, scope, node);
	if (value == NULL)
		value = names_here(python, scope, node);
	if (value != NULL)
		return value;
	struct iw_py_value *callee = iw_py_evaluate(python, scope, node->a);
	if (iw_py_stopped(python))
		return callee;
	struct py_arguments *arguments = iw_py_new_arguments(python);
	iw_py_read_arguments(python, scope, node, arguments);
	if (iw_py_stopped(python))
		return python->none;
	return iw_py_call_with(python, scope, iw_py_place(scope, node), callee, arguments);
}

/* Functions ----------------------------------------------------------------------------------------------------- */

struct iw_py_value *iw_py_new_function(iw_py *python, struct py_scope *scope, const struct py_node *node)
{
	struct iw_py_value *value = iw_py_new_value(python, IW_PY_FUNCTION, iw_py_place(scope, node));
	struct py_function *function = iw_new(python->arena, struct py_function);
	value->text = node->kind == PY_LAMBDA ? "<lambda>" : node->text;
	value->private = function;
	function->node = (struct py_node *)node;
	function->scope = scope;
	function->owner = scope->kind == PY_OF_CLASS ? scope->class : NULL;
	while (function->scope->kind == PY_OF_CLASS)
		function->scope = function->scope->parent;
	const struct py_node *parameters = node->a;
	if (parameters->count == 0)
		return value;
	function->defaults = iw_arena_alloc(python->arena, parameters->count * sizeof(void *));
	for (guint i = 0; i < parameters->count && !iw_py_stopped(python); i++)
		if (parameters->items[i]->a != NULL)
			function->defaults[i] = iw_py_evaluate(python, scope, parameters->items[i]->a);
	return value;
}

struct iw_py_value *iw_py_new_method(iw_py *python, struct iw_py_value *receiver, const char *name)
{
	struct iw_py_value *value = iw_py_new_value(python, IW_PY_FUNCTION, receiver->place);
	struct py_function *function = iw_new(python->arena, struct py_function);
	function->receiver = receiver;
	value->text = name;
	value->private = function;
	return value;
}

/* Decorators that change nothing that matters here. */
static bool is_transparent(const char *path)
{
	static const char *const paths[] = {
		"functools.lru_cache",
		"functools.cache",
		"functools.wraps",
		"abc.abstractmethod",
		"typing.no_type_check",
		"typing.final",
		"typing.override",
		"typing.overload",
		"typing_extensions.final",
		"typing_extensions.override",
		"enum.unique",
		"functools.total_ordering",
		"typing.runtime_checkable",
		"functools.singledispatch",
		"typing_extensions.deprecated",
		"warnings.deprecated",
		"django.utils.deconstruct.deconstructible",
	};
	for (size_t i = 0; path != NULL && i < G_N_ELEMENTS(paths); i++)
		if (strcmp(paths[i], path) == 0)
			return true;
	return false;
}

static struct iw_py_value *with_wrapper(iw_py *python, const struct iw_py_value *value, enum py_wrapper wrapper)
{
	struct iw_py_value *copy = iw_arena_memdup(python->arena, value, sizeof *value);
	struct py_function *function = iw_arena_memdup(python->arena, value->private, sizeof *function);
	function->wrapper = wrapper;
	copy->private = function;
	return copy;
}

static struct iw_py_value *wrap(iw_py *python, const char *path, struct iw_py_value *value)
{
	static const struct {
		const char *path;
		enum py_wrapper wrapper;
	} rows[] = {
		{"builtins.staticmethod", PY_STATIC},
		{"builtins.classmethod", PY_OF_TYPE},
		{"builtins.property", PY_PROPERTY},
		{"functools.cached_property", PY_PROPERTY},
		{"contextlib.contextmanager", PY_MANAGER},
		{"contextlib.asynccontextmanager", PY_MANAGER},
		{"django.utils.functional.cached_property", PY_PROPERTY},
		{"django.utils.functional.classproperty", PY_PROPERTY},
	};
	for (size_t i = 0; path != NULL && value->kind == IW_PY_FUNCTION && i < G_N_ELEMENTS(rows); i++)
		if (strcmp(rows[i].path, path) == 0)
			return with_wrapper(python, value, rows[i].wrapper);
	return NULL;
}

static struct iw_py_value *decorate_once(iw_py *python, struct py_scope *scope, const struct py_node *node,
					 struct iw_py_value *value)
{
	/* @name.setter: the property stays what it is. */
	if (node->kind == PY_ATTRIBUTE && node->a->kind == PY_NAME &&
	    (strcmp(node->text, "setter") == 0 || strcmp(node->text, "deleter") == 0)) {
		struct iw_py_value *property = iw_py_lookup(python, scope, node->a->text);
		return property != NULL ? property : value;
	}
	struct iw_py_value *decorator = iw_py_evaluate(python, scope, node);
	if (iw_py_stopped(python))
		return value;
	const char *path = iw_py_is_symbol(decorator) ? iw_py_path(python, decorator) : NULL;
	if (is_transparent(path))
		return value;
	if (path != NULL && value->kind == IW_PY_CLASS && strcmp(path, "dataclasses.dataclass") == 0) {
		((struct py_class *)value->private)->kind = PY_CLASS_DATA;
		return value;
	}
	struct iw_py_value *wrapped = wrap(python, path, value);
	if (wrapped != NULL)
		return wrapped;
	return iw_py_call_one(python, iw_py_place(scope, node), decorator, value);
}

struct iw_py_value *iw_py_decorate(iw_py *python, struct py_scope *scope, const struct py_node *node,
				   struct iw_py_value *value)
{
	for (guint i = node->count; i > 0 && !iw_py_stopped(python); i--)
		value = decorate_once(python, scope, node->items[i - 1], value);
	return value;
}

/* Binding arguments to parameters -------------------------------------------------------------------------------- */

struct binding {
	iw_py *python;
	struct py_scope *scope;
	const struct py_node *parameters;
	const struct py_arguments *arguments;
	struct iw_py_value *first; /* self; NULL: none */
	struct iw_place place;
	const char *name;
	guint64 used; /* keyword arguments */
};

static struct iw_py_value *positional(const struct binding *binding, guint position)
{
	if (binding->first != NULL)
		return position == 0				       ? binding->first
		       : position - 1 < binding->arguments->items->len ? binding->arguments->items->pdata[position - 1]
								       : NULL;
	return position < binding->arguments->items->len ? binding->arguments->items->pdata[position] : NULL;
}

static struct iw_py_value *keyword(struct binding *binding, const char *name)
{
	for (guint i = 0; i < binding->arguments->names->len; i++)
		if (strcmp(binding->arguments->names->pdata[i], name) == 0) {
			binding->used |= G_GUINT64_CONSTANT(1) << MIN(i, 63);
			return binding->arguments->values->pdata[i];
		}
	return NULL;
}

static bool fail(struct binding *binding, const char *what, const char *name)
{
	iw_py_raise(binding->python, binding->place, "TypeError", "%s() %s '%s'", binding->name, what, name);
	return false;
}

static struct iw_py_value *collect_rest(struct binding *binding, guint from)
{
	struct iw_py_value *rest = iw_py_new_list(binding->python, IW_PY_TUPLE);
	for (struct iw_py_value *item; (item = positional(binding, from)) != NULL; from++)
		g_ptr_array_add(rest->items, item);
	return rest;
}

static struct iw_py_value *collect_keywords(struct binding *binding)
{
	const struct py_arguments *arguments = binding->arguments;
	struct iw_py_value *rest = iw_py_new_dict(binding->python);
	for (guint i = 0; i < arguments->names->len; i++) {
		if (binding->used >> MIN(i, 63) & 1 && i < 63)
			continue;
		if (strcmp(arguments->names->pdata[i], "**") == 0)
			return iw_py_unknown_from(binding->python, arguments->values->pdata[i]);
		iw_py_dict_set(binding->python, rest, iw_py_new_string(binding->python, arguments->names->pdata[i]),
			       arguments->values->pdata[i]);
	}
	binding->used = G_MAXUINT64;
	return rest;
}

static bool bind_parameter(struct binding *binding, guint index, struct iw_py_value *standard, guint *taken,
			   bool *has_rest)
{
	const struct py_node *parameter = binding->parameters->items[index];
	struct iw_py_value *value = NULL;
	if (parameter->sign == '*') {
		value = collect_rest(binding, *taken);
		*has_rest = true;
	} else if (parameter->sign == '2') {
		value = collect_keywords(binding);
	} else {
		bool is_positional = parameter->sign != ',';
		if (is_positional)
			value = positional(binding, *taken);
		*taken += is_positional;
		struct iw_py_value *named = parameter->sign == '/' ? NULL : keyword(binding, parameter->text);
		if (named != NULL && value != NULL)
			return fail(binding, "got multiple values for argument", parameter->text);
		if (value == NULL)
			value = named != NULL ? named : binding->arguments->is_open ? NULL : standard;
	}
	if (value == NULL && binding->arguments->is_open)
		value = iw_py_new_unknown(binding->python, binding->place,
					  "whether this argument is given is not known");
	if (value == NULL)
		return fail(binding, "missing a required argument:", parameter->text);
	iw_py_bind(binding->python, binding->scope, parameter->text, value);
	return true;
}

static bool bind_arguments(struct binding *binding, struct iw_py_value *const *defaults)
{
	guint taken = 0;
	bool has_rest = false;
	for (guint i = 0; i < binding->parameters->count; i++)
		if (!bind_parameter(binding, i, defaults[i], &taken, &has_rest))
			return false;
	if (binding->arguments->is_open)
		return true;
	if (!has_rest && positional(binding, taken) != NULL) {
		iw_py_raise(binding->python, binding->place, "TypeError", "%s() takes %u positional arguments",
			    binding->name, taken);
		return false;
	}
	for (guint i = 0; i < MIN(binding->arguments->names->len, 63); i++)
		if (!(binding->used >> i & 1))
			return fail(binding, "got an unexpected keyword argument", binding->arguments->names->pdata[i]);
	return true;
}

/* Running ------------------------------------------------------------------------------------------------------- */

static struct iw_py_value *result_of(iw_py *python, struct iw_place place, struct py_scope *scope, enum py_flow flow)
{
	if (flow == PY_RETURNED)
		return scope->result;
	if (flow != PY_LEFT)
		return python->none;
	if (scope->result != NULL && scope->result->kind == IW_PY_UNKNOWN)
		return scope->result;
	return iw_py_new_unknown(python, place, "what this returns is not known");
}

struct iw_py_value *iw_py_run_function(iw_py *python, struct iw_place place, struct iw_py_value *value,
				       const struct py_arguments *arguments, struct py_yield *yield)
{
	const struct py_function *function = value->private;
	struct py_scope *scope = iw_py_scope_new(python, PY_OF_FUNCTION, function->scope);
	scope->class = function->owner != NULL ? function->owner : function->scope->class;
	struct binding binding = {python,      scope, function->node->a, arguments, function->receiver, place,
				  value->text, 0};
	if (!bind_arguments(&binding, function->defaults))
		return python->none;
	struct iw_py_value *self = positional(&binding, 0);
	scope->self = function->owner != NULL ? self : function->scope->self;
	if (function->node->kind == PY_LAMBDA)
		return iw_py_evaluate(python, scope, function->node->b);
	struct py_yield collected = {0};
	if (function->node->sign == 1 && yield == NULL) {
		collected.items = iw_py_new_list(python, IW_PY_LIST);
		collected.items->text = iw_py_iterator;
		yield = &collected;
	}
	scope->yield = yield;
	int guarded = python->guarded, forgiven = python->forgiven;
	enum py_flow flow = iw_py_run_block(python, scope, function->node->b);
	python->guarded = guarded;
	python->forgiven = forgiven;
	struct iw_py_value *result = result_of(python, place, scope, flow);
	if (collected.items == NULL || flow == PY_RAISED)
		return result;
	return flow == PY_LEFT ? result : collected.items;
}

static struct iw_py_value *call_partial(iw_py *python, struct py_scope *scope, struct iw_place place,
					const struct py_function *function, const struct py_arguments *arguments)
{
	struct py_arguments *all = iw_py_new_arguments(python);
	all->is_open = arguments->is_open || function->given->is_open;
	const struct py_arguments *parts[] = {function->given, arguments};
	for (size_t p = 0; p < 2; p++) {
		for (guint i = 0; i < parts[p]->items->len; i++)
			g_ptr_array_add(all->items, parts[p]->items->pdata[i]);
		for (guint i = 0; i < parts[p]->names->len; i++) {
			bool is_replaced = false;
			for (guint k = 0; k < all->names->len && !is_replaced; k++)
				if (strcmp(all->names->pdata[k], parts[p]->names->pdata[i]) == 0) {
					all->values->pdata[k] = parts[p]->values->pdata[i];
					is_replaced = true;
				}
			if (!is_replaced)
				add_named(all, parts[p]->names->pdata[i], parts[p]->values->pdata[i]);
		}
	}
	return iw_py_call_with(python, scope, place, function->of, all);
}

static struct iw_py_value *call_function(iw_py *python, struct py_scope *scope, struct iw_place place,
					 struct iw_py_value *value, const struct py_arguments *arguments)
{
	const struct py_function *function = value->private;
	if (function->of != NULL && function->wrapper != PY_MANAGER)
		return call_partial(python, scope, place, function, arguments);
	/* A prepared context manager as a decorator: what it decorates stays what it is. */
	if (function->of != NULL)
		return arguments->items->len == 1
			       ? arguments->items->pdata[0]
			       : iw_py_new_unknown(python, place, "what this call does is not known");
	if (function->node == NULL) {
		struct py_call call = {python, scope, place, value->text, function->receiver, arguments};
		struct iw_py_value *result = iw_py_method(&call);
		if (result == NULL)
			result = iw_py_new_unknown(python, place, "what %s() gives here is not known", value->text);
		return result;
	}
	if (function->wrapper == PY_MANAGER) {
		struct iw_py_value *manager = iw_py_new_value(python, IW_PY_FUNCTION, place);
		struct py_function *made = iw_new(python->arena, struct py_function);
		struct py_function *plain = iw_arena_memdup(python->arena, function, sizeof *plain);
		plain->wrapper = PY_PLAIN;
		made->wrapper = PY_MANAGER;
		made->of = iw_arena_memdup(python->arena, value, sizeof *value);
		made->of->private = plain;
		made->given = (struct py_arguments *)arguments;
		manager->text = value->text;
		manager->private = made;
		return manager;
	}
	return iw_py_run_function(python, place, value, arguments, NULL);
}

/* Symbols ------------------------------------------------------------------------------------------------------- */

/* What the host may know better: settings, classes of connections. */
static bool is_question(const char *path)
{
	return strcmp(path, "builtins.getattr") == 0 || strcmp(path, "builtins.hasattr") == 0 ||
	       strcmp(path, "builtins.isinstance") == 0;
}

struct iw_py_value *iw_py_symbol_call(iw_py *python, struct iw_place place, struct iw_py_value *callee,
				      const struct py_arguments *arguments, bool asks_host)
{
	struct iw_py_value *call = iw_py_new_value(python, IW_PY_CALL, place);
	call->receiver = callee;
	call->items = arguments->items;
	call->names = arguments->names;
	call->values = arguments->values;
	if (!asks_host)
		return call;
	const char *path = callee->kind == IW_PY_FOREIGN ? callee->text : NULL;
	python->host_calls += path == NULL || !is_question(path);
	const struct iw_py_host *host = python->host;
	if (host == NULL || host->call == NULL)
		return call;
	struct iw_py_value *result = host->call(host->data, python, call);
	return result == NULL ? call : result;
}

static struct iw_py_value *first_unknown(const struct py_arguments *arguments)
{
	for (guint i = 0; i < arguments->items->len; i++)
		if (((struct iw_py_value *)arguments->items->pdata[i])->kind == IW_PY_UNKNOWN)
			return arguments->items->pdata[i];
	for (guint i = 0; i < arguments->values->len; i++)
		if (((struct iw_py_value *)arguments->values->pdata[i])->kind == IW_PY_UNKNOWN)
			return arguments->values->pdata[i];
	return NULL;
}

/* Is something of other packages given, or in what is given? */
static bool has_symbol(const struct py_arguments *arguments)
{
	const GPtrArray *both[] = {arguments->items, arguments->values};
	for (size_t k = 0; k < G_N_ELEMENTS(both); k++)
		for (guint i = 0; i < both[k]->len; i++) {
			const struct iw_py_value *value = both[k]->pdata[i];
			if (iw_py_is_symbol(value))
				return true;
			for (guint m = 0; iw_py_is_container(value) && m < value->items->len; m++)
				if (iw_py_is_symbol(value->items->pdata[m]))
					return true;
		}
	return false;
}

/* str.lower(text) is text.lower(); NULL: it is no such call. */
static struct iw_py_value *call_unbound(iw_py *python, struct py_scope *scope, struct iw_place place, const char *path,
					const struct py_arguments *arguments)
{
	static const struct {
		const char *prefix;
		enum iw_py_kind kind;
	} types[] = {
		{"builtins.str.", IW_PY_STRING},  {"builtins.bytes.", IW_PY_BYTES}, {"builtins.list.", IW_PY_LIST},
		{"builtins.tuple.", IW_PY_TUPLE}, {"builtins.dict.", IW_PY_DICT},   {"builtins.set.", IW_PY_SET},
	};
	struct iw_py_value *self = arguments->items->len == 0 ? NULL : arguments->items->pdata[0];
	for (size_t i = 0; self != NULL && i < G_N_ELEMENTS(types); i++) {
		const char *name = path + strlen(types[i].prefix);
		if (!g_str_has_prefix(path, types[i].prefix) || self->kind != types[i].kind ||
		    !iw_py_has_method(self, name))
			continue;
		struct py_arguments *rest = iw_py_new_arguments(python);
		*rest = (struct py_arguments){rest->items, arguments->names, arguments->values, arguments->is_open};
		for (guint k = 1; k < arguments->items->len; k++)
			g_ptr_array_add(rest->items, arguments->items->pdata[k]);
		return iw_py_call_with(python, scope, place, iw_py_new_method(python, self, name), rest);
	}
	return NULL;
}

static struct iw_py_value *call_symbol(iw_py *python, struct py_scope *scope, struct iw_place place,
				       struct iw_py_value *callee, const struct py_arguments *arguments)
{
	const char *path = iw_py_path(python, callee);
	if (path == NULL)
		return iw_py_symbol_call(python, place, callee, arguments, true);
	if (callee->kind == IW_PY_CALL && is_transparent(path) && arguments->items->len == 1)
		return arguments->items->pdata[0];
	struct iw_py_value *unbound =
		callee->kind == IW_PY_FOREIGN ? call_unbound(python, scope, place, path, arguments) : NULL;
	if (unbound != NULL)
		return unbound;
	py_native *native = callee->kind == IW_PY_CALL ? NULL : iw_py_native(path);
	bool hears_all = python->host != NULL && python->host->hears_all;
	bool is_own = iw_py_is_harmless(path) && !is_question(path) && !hears_all;
	if (native != NULL) {
		struct py_call call = {python, scope, place, path, callee->receiver, arguments};
		struct iw_py_value *result = native(&call);
		if (result != NULL || iw_py_stopped(python))
			return result != NULL ? result : python->none;
		const struct iw_py_value *unknown = first_unknown(arguments);
		if (unknown != NULL)
			return iw_py_unknown_from(python, unknown);
		if (g_str_has_prefix(path, "builtins.") && !is_question(path) && !has_symbol(arguments))
			return iw_py_new_unknown(python, place, "what this %s() gives is not known",
						 path + strlen("builtins."));
	}
	return iw_py_symbol_call(python, place, callee, arguments, !is_own);
}

struct iw_py_value *iw_py_call_with(iw_py *python, struct py_scope *scope, struct iw_place place,
				    struct iw_py_value *callee, const struct py_arguments *arguments)
{
	if (iw_py_stopped(python))
		return python->none;
	switch (callee->kind) {
	case IW_PY_FUNCTION:
		return call_function(python, scope, place, callee, arguments);
	case IW_PY_CLASS:
		return iw_py_instantiate(python, scope, place, callee, arguments);
	case IW_PY_FOREIGN:
	case IW_PY_CALL:
	case IW_PY_ATTRIBUTE:
	case IW_PY_OPERATION: {
		struct iw_py_value *method =
			callee->kind == IW_PY_CALL ? iw_py_special(python, callee, "__call__") : NULL;
		if (method != NULL)
			return iw_py_call_with(python, scope, place, method, arguments);
		return call_symbol(python, scope, place, callee, arguments);
	}
	case IW_PY_INSTANCE: {
		struct iw_py_value *method = iw_py_special(python, callee, "__call__");
		if (method != NULL)
			return iw_py_call_with(python, scope, place, method, arguments);
		break;
	}
	case IW_PY_UNKNOWN:
		iw_py_say_skipped(python, place, callee->text);
		return iw_py_unknown_from(python, callee);
	default:
		break;
	}
	return iw_py_raise(python, place, "TypeError", "this object is not callable");
}

struct iw_py_value *iw_py_call_one(iw_py *python, struct iw_place place, struct iw_py_value *callee,
				   struct iw_py_value *argument)
{
	struct py_arguments *arguments = iw_py_new_arguments(python);
	g_ptr_array_add(arguments->items, argument);
	return iw_py_call_with(python, NULL, place, callee, arguments);
}
