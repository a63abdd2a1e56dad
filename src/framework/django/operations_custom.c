/*
 * Operations that are not Django's own: of known packages, by a table; classes of the project (and of installed
 * packages) that derive from Django's, by running what they add as far as run_python.c goes; see operations.h.
 */
#include "framework/django/operations.h"

#include <string.h>

/* known packages --------------------------------------------------------------------------------------------------- */

static bool only_django(struct django_step *step)
{
	iw_django_fail(step->context, step->op->place, "what it sends depends on the database");
	return true;
}

/* What they are to the state of models; where the text depends on what a query answers, Django has to run them. */
static const struct django_operation ignored = {.name = "IgnoreMigration"};
static const struct django_operation add_trigger = {
	.name = "AddTrigger",
	.parameters = {"model_name", "trigger"},
	.state_forwards = iw_django_add_trigger_state,
	.forwards = iw_django_add_trigger_forwards,
	.backwards = iw_django_add_trigger_backwards,
};
static const struct django_operation remove_trigger = {
	.name = "RemoveTrigger",
	.parameters = {"model_name", "name"},
	.state_forwards = iw_django_remove_trigger_state,
	.forwards = iw_django_remove_trigger_forwards,
	.backwards = iw_django_remove_trigger_backwards,
};
static const struct django_operation without_state = {
	.name = "AddDefaultValue",
	.forwards = only_django,
	.backwards = only_django,
};
static const struct django_operation safer_add_index = {
	.name = "SaferAddIndexConcurrently",
	.parameters = {"model_name", "index"},
	.state_forwards = iw_django_add_index_state,
	.forwards = only_django,
	.backwards = only_django,
};
static const struct django_operation safer_remove_index = {
	.name = "SaferRemoveIndexConcurrently",
	.parameters = {"model_name", "name"},
	.state_forwards = iw_django_remove_index_state,
	.forwards = only_django,
	.backwards = only_django,
};
static const struct django_operation safer_add_constraint = {
	.name = "SaferAddUniqueConstraint",
	.parameters = {"model_name", "constraint"},
	.state_forwards = iw_django_add_constraint_state,
	.forwards = only_django,
	.backwards = only_django,
};
static const struct django_operation safer_alter_field = {
	.name = "SaferAlterFieldSetNotNull",
	.parameters = {"model_name", "name", "field", "preserve_default"},
	.state_forwards = iw_django_alter_field_state,
	.forwards = only_django,
	.backwards = only_django,
};
static const struct django_operation safer_add_field = {
	.name = "SaferAddFieldForeignKey",
	.parameters = {"model_name", "name", "field", "preserve_default"},
	.state_forwards = iw_django_add_field_state,
	.forwards = only_django,
	.backwards = only_django,
};

/* `package` is the beginning of the class's path, `class` its last part. */
static const struct {
	const char *package, *class;
	const struct django_operation *operation;
} known[] = {
	{"pgtrigger.", "AddTrigger", &add_trigger},
	{"pgtrigger.", "RemoveTrigger", &remove_trigger},
	{"django_migration_linter.", "IgnoreMigration", &ignored},
	{"django_add_default_value.", "AddDefaultValue", &without_state},
	{"django_pg_migration_tools.", "SaferAddIndexConcurrently", &safer_add_index},
	{"django_pg_migration_tools.", "SaferRemoveIndexConcurrently", &safer_remove_index},
	{"django_pg_migration_tools.", "SaferAddUniqueConstraint", &safer_add_constraint},
	{"django_pg_migration_tools.", "SaferAddCheckConstraint", &safer_add_constraint},
	{"django_pg_migration_tools.", "SaferAlterFieldSetNotNull", &safer_alter_field},
	{"django_pg_migration_tools.", "SaferAddFieldForeignKey", &safer_add_field},
	{"django_pg_migration_tools.", "SaferAddFieldOneToOne", &safer_add_field},
};

static const struct django_operation *known_operation(const char *path)
{
	const char *dot = strrchr(path, '.');
	for (size_t i = 0; dot != NULL && i < G_N_ELEMENTS(known); i++)
		if (g_str_has_prefix(path, known[i].package) && strcmp(dot + 1, known[i].class) == 0)
			return known[i].operation;
	return NULL;
}

/* classes of the project ------------------------------------------------------------------------------------------- */

static const struct django_operation own_class = {
	.name = "a class of the project",
	.state_forwards = iw_django_custom_state,
	.forwards = iw_django_custom_forwards,
	.backwards = iw_django_custom_backwards,
	.is_reversible = iw_django_custom_is_reversible,
};

static bool is_plain_base(const char *path)
{
	static const char *const plain[] = {"builtins.object", "abc.ABC", "typing.Generic"};
	for (size_t i = 0; i < G_N_ELEMENTS(plain); i++)
		if (strcmp(path, plain[i]) == 0)
			return true;
	return false;
}

/* The operation of Django that a class derives from; the bare ones only where there is nothing else. *is_open: it also
 * derives from what is not known. */
static const struct django_operation *base_of(const struct iw_py_value *class, bool *is_open)
{
	const GPtrArray *order = iw_py_resolution_order(class);
	const struct django_operation *best = NULL;
	for (guint i = 0; i < order->len; i++) {
		const struct iw_py_value *base = order->pdata[i];
		if (base->kind == IW_PY_CLASS)
			continue;
		const struct django_operation *found =
			base->kind == IW_PY_FOREIGN ? iw_django_find_operation(base->text) : NULL;
		bool is_known = found != NULL || (base->kind == IW_PY_FOREIGN && is_plain_base(base->text));
		*is_open = *is_open || !is_known;
		bool is_bare = best != NULL && best->forwards == NULL && best->state_forwards == NULL;
		if (found != NULL && (best == NULL || is_bare))
			best = found;
	}
	return best;
}

/* A method that the class, or a class of the project that it derives from, has itself. */
static struct iw_py_value *own_method(struct django_context *context, const struct django_op *op, const char *name)
{
	struct iw_py_value *found = iw_py_find(context->python, op->class, name);
	return found != NULL && found->kind == IW_PY_FUNCTION ? found : NULL;
}

/* Methods that Django's own operations call: with another one, they do something else. */
static bool changes_inside(struct django_context *context, const struct django_op *op)
{
	static const char *const inner[] = {"allow_migrate_model", "_run_sql", "name_lower",
					    "model_name_lower",	   "__new__",  "__getattr__",
					    "__getattribute__"};
	for (size_t i = 0; i < G_N_ELEMENTS(inner); i++) {
		const struct iw_py_value *found = iw_py_find(context->python, op->class, inner[i]);
		if (found != NULL && found->kind != IW_PY_ATTRIBUTE && found->kind != IW_PY_FOREIGN)
			return true;
	}
	return false;
}

/* making one ------------------------------------------------------------------------------------------------------- */

struct making_op {
	struct django_context *context;
	struct iw_py_value *self;
	const struct iw_py_host *outer;
	const char *why;
};

/* What the base's __init__ keeps of its arguments. */
static void bind(struct django_context *context, struct iw_py_value *self, const struct django_operation *base,
		 const struct iw_py_value *call)
{
	if (self->attributes == NULL)
		self->attributes = iw_arena_hash_table(iw_py_arena(context->python), g_str_hash, g_str_equal);
	for (size_t i = 0; i < G_N_ELEMENTS(base->parameters) && base->parameters[i] != NULL; i++) {
		struct iw_py_value *value = iw_py_argument(call, (int)i, base->parameters[i]);
		g_hash_table_insert(self->attributes, (char *)base->parameters[i],
				    value != NULL ? value : iw_py_new_none(context->python));
	}
}

static struct iw_py_value *hear_init(void *data, iw_py *python, struct iw_py_value *call)
{
	struct making_op *making = data;
	if (making->outer != NULL && making->outer->call != NULL) {
		struct iw_py_value *answer = making->outer->call(making->outer->data, python, call);
		if (answer != NULL)
			return answer;
	}
	const char *path = iw_py_path(python, call);
	if (path == NULL || !g_str_has_suffix(path, ".__init__"))
		return NULL;
	g_autofree char *class = g_strndup(path, strlen(path) - strlen(".__init__"));
	const struct django_operation *base = iw_django_find_operation(class);
	if (base != NULL)
		bind(making->context, making->self, base, call);
	return iw_py_new_none(python);
}

static struct iw_py_value *hear_attribute(void *data, iw_py *python, struct iw_py_value *attribute)
{
	const struct making_op *making = data;
	return making->outer == NULL || making->outer->attribute == NULL
		       ? NULL
		       : making->outer->attribute(making->outer->data, python, attribute);
}

/* Why its attributes are not known; NULL: they are. */
static const char *init(struct django_context *context, struct django_op *op)
{
	struct iw_py_value *own = own_method(context, op, "__init__"), *raised = NULL;
	op->value->attributes = NULL;
	if (own == NULL) {
		bind(context, op->value, op->base, op->value);
		return NULL;
	}
	op->value->attributes = iw_arena_hash_table(iw_py_arena(context->python), g_str_hash, g_str_equal);
	struct making_op making = {context, op->value, NULL, NULL};
	const struct iw_py_host host = {.call = hear_init, .attribute = hear_attribute, .data = &making};
	making.outer = iw_py_set_host(context->python, &host);
	iw_py_call_like(context->python, iw_py_find(context->python, op->value, "__init__"), op->value, &raised);
	iw_py_set_host(context->python, making.outer);
	if (raised == NULL)
		return NULL;
	return raised->kind == IW_PY_UNKNOWN ? raised->text : "its __init__ raises";
}

void iw_django_custom_op(struct django_context *context, struct django_op *op)
{
	const char *path = iw_py_path(context->python, op->value);
	op->kind = known_operation(path);
	if (op->kind != NULL || op->value->receiver->kind != IW_PY_CLASS)
		return;
	bool is_open = false;
	op->class = op->value->receiver;
	op->base = base_of(op->class, &is_open);
	if (op->base == NULL || is_open || changes_inside(context, op))
		return;
	const char *why = init(context, op);
	op->kind = &own_class;
	op->is_made = true;
	if (why != NULL) {
		op->kind = &iw_django_unknown_operation;
		op->problem = why;
	}
}

/* state ------------------------------------------------------------------------------------------------------------ */

struct state_run {
	iw_django_state *state;
	const struct django_op *op;
	const struct iw_py_host *outer;
	const char *why;
	GError **error;
	bool is_good;
};

static bool has_path(iw_py *python, const struct iw_py_value *call, guint index, const char *path)
{
	if (call->items == NULL || index >= call->items->len)
		return false;
	const char *given = iw_py_path(python, call->items->pdata[index]);
	return given != NULL && strcmp(given, path) == 0;
}

static struct iw_py_value *hear_state_call(void *data, iw_py *python, struct iw_py_value *call)
{
	struct state_run *run = data;
	const char *path = iw_py_path(python, call);
	const char *dot = path == NULL ? NULL : strrchr(path, '.');
	if (run->why != NULL || !run->is_good)
		return NULL;
	if (dot != NULL && strcmp(dot, ".state_forwards") == 0 && has_path(python, call, 1, "state")) {
		g_autofree char *class = g_strndup(path, (gsize)(dot - path));
		struct django_op base = *run->op;
		base.kind = iw_django_find_operation(class);
		if (base.kind != NULL) {
			run->is_good = iw_django_forwards(run->state, &base, run->error);
			return iw_py_new_none(python);
		}
	}
	run->why = path == NULL ? "a call of what is not known" : path;
	return NULL;
}

/* What is read of the state may be changed in place. */
static struct iw_py_value *hear_state_attribute(void *data, iw_py *python, struct iw_py_value *attribute)
{
	struct state_run *run = data;
	const char *path = iw_py_path(python, attribute);
	if (path != NULL && g_str_has_prefix(path, "state.") && run->why == NULL)
		run->why = path;
	return run->outer == NULL || run->outer->attribute == NULL
		       ? NULL
		       : run->outer->attribute(run->outer->data, python, attribute);
}

static void hear_skipped(void *data, iw_py *python, struct iw_place place, const char *reason)
{
	(void)python, (void)place;
	struct state_run *run = data;
	run->why = run->why != NULL ? run->why : reason;
}

static bool run_state(iw_django_state *state, const struct django_op *op, struct iw_py_value *method, GError **error)
{
	struct django_context *context = state->context;
	struct state_run run = {.state = state, .op = op, .error = error, .is_good = true};
	const struct iw_py_host host = {
		.call = hear_state_call,
		.attribute = hear_state_attribute,
		.skipped = hear_skipped,
		.data = &run,
	};
	GPtrArray *arguments = iw_arena_ptr_array(context->arena);
	struct iw_py_value *raised = NULL;
	g_ptr_array_add(arguments, op->value);
	g_ptr_array_add(arguments, iw_py_new_string(context->python, op->app_label));
	g_ptr_array_add(arguments, iw_py_new_foreign(context->python, "state"));
	run.outer = iw_py_set_host(context->python, &host);
	iw_py_call(context->python, method, arguments, &raised);
	iw_py_set_host(context->python, run.outer);
	if (raised != NULL && run.why == NULL)
		run.why = raised->kind == IW_PY_UNKNOWN ? raised->text : "it raises";
	if (run.is_good && run.why != NULL)
		iw_django_state_forget_app(
			state, op->app_label,
			iw_arena_printf(context->arena, "%s.state_forwards(): %s", op->name, run.why));
	return run.is_good;
}

bool iw_django_custom_state(iw_django_state *state, const struct django_op *op, GError **error)
{
	struct iw_py_value *method = own_method(state->context, op, "state_forwards");
	if (method != NULL)
		return run_state(state, op, method, error);
	struct django_op base = *op;
	base.kind = op->base;
	return iw_django_forwards(state, &base, error);
}

/* database --------------------------------------------------------------------------------------------------------- */

static bool run_database(struct django_step *step, const char *name, bool is_forwards)
{
	struct django_context *context = step->context;
	const struct django_op *op = step->op;
	struct iw_py_value *method = own_method(context, op, name);
	if (method == NULL) {
		struct django_op base = *op;
		struct django_step inner = *step;
		base.kind = op->base;
		inner.op = &base;
		django_database_step *run = is_forwards ? base.kind->forwards : base.kind->backwards;
		return run == NULL || run(&inner);
	}
	static const char *const symbols[] = {"schema_editor", "from_state", "to_state"};
	GPtrArray *arguments = iw_arena_ptr_array(context->arena);
	const char *why = NULL;
	g_ptr_array_add(arguments, op->value);
	g_ptr_array_add(arguments, iw_py_new_string(context->python, op->app_label));
	for (size_t i = 0; i < G_N_ELEMENTS(symbols); i++)
		g_ptr_array_add(arguments, iw_py_new_foreign(context->python, symbols[i]));
	if (!iw_django_run_function(step, method, arguments, &why))
		iw_django_fail(context, op->place, "%s(): %s", name, why);
	return true;
}

bool iw_django_custom_forwards(struct django_step *step)
{
	return run_database(step, "database_forwards", true);
}

bool iw_django_custom_backwards(struct django_step *step)
{
	return run_database(step, "database_backwards", false);
}

bool iw_django_custom_is_reversible(const struct django_op *op)
{
	const struct iw_py_value *own =
		op->class->attributes == NULL ? NULL : g_hash_table_lookup(op->class->attributes, "reversible");
	if (own != NULL && own->kind == IW_PY_BOOLEAN)
		return own->boolean;
	struct django_op base = *op;
	base.kind = op->base;
	return iw_django_op_is_reversible(&base);
}
