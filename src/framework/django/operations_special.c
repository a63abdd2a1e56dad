/* SeparateDatabaseAndState, RunSQL, RunPython. After django/db/migrations/operations/special.py. */
#include "framework/django/operations.h"

#include <string.h>

static bool is_list(const struct iw_py_value *value)
{
	return value->kind == IW_PY_LIST || value->kind == IW_PY_TUPLE;
}

/* SeparateDatabaseAndState ------------------------------------------------------------------------------------------
 */

/* Operations within the operation. Why they are not known goes to *why. */
static GPtrArray *inner_ops(struct django_context *context, const struct django_op *op, const char *argument,
			    const char **why)
{
	return iw_django_ops(context, op->app_label, iw_django_given(op, argument), why);
}

static bool inner_state(iw_django_state *state, const struct django_op *op, GError **error)
{
	const char *why = NULL;
	GPtrArray *ops = inner_ops(state->context, op, "state_operations", &why);
	if (why != NULL)
		iw_django_state_forget_app(state, op->app_label, why);
	for (guint i = 0; i < ops->len; i++)
		if (!iw_django_forwards(state, ops->pdata[i], error))
			return false;
	return true;
}

bool iw_django_separate_state(iw_django_state *state, const struct django_op *op, GError **error)
{
	return inner_state(state, op, error);
}

/* struct iw_django_state *: before each of the operations, and after the last; NULL: an error is set. */
static GPtrArray *states_between(struct django_step *step, const iw_django_state *first, const GPtrArray *ops)
{
	GPtrArray *states = iw_arena_ptr_array(step->context->arena);
	iw_django_state *state = (iw_django_state *)first;
	g_ptr_array_add(states, state);
	for (guint i = 0; i < ops->len; i++) {
		state = iw_django_state_branch(state, step->context);
		if (!iw_django_forwards(state, ops->pdata[i], step->error))
			return NULL;
		g_ptr_array_add(states, state);
	}
	return states;
}

static bool run_separate(struct django_step *step, bool is_forwards)
{
	const char *why = NULL;
	GPtrArray *ops = inner_ops(step->context, step->op, "database_operations", &why);
	if (why != NULL) {
		iw_django_fail(step->context, step->op->place, "%s", why);
		return true;
	}
	GPtrArray *states = states_between(step, is_forwards ? step->from : step->to, ops);
	for (guint i = 0; states != NULL && i < ops->len; i++) {
		guint index = is_forwards ? i : ops->len - 1 - i;
		struct django_step inner = *step;
		inner.op = ops->pdata[index];
		inner.number = 0;
		inner.from = states->pdata[is_forwards ? index : index + 1];
		inner.to = states->pdata[is_forwards ? index + 1 : index];
		if (!iw_django_run(&inner, is_forwards))
			return false;
	}
	return states != NULL;
}

bool iw_django_separate_forwards(struct django_step *step)
{
	return run_separate(step, true);
}

bool iw_django_separate_backwards(struct django_step *step)
{
	return run_separate(step, false);
}

/* RunSQL ------------------------------------------------------------------------------------------------------------
 */

bool iw_django_run_sql_state(iw_django_state *state, const struct django_op *op, GError **error)
{
	return inner_state(state, op, error);
}

bool iw_django_run_sql_is_reversible(const struct django_op *op)
{
	return iw_django_given(op, "reverse_sql") != NULL;
}

/* Pieces end themselves; a comment at the end must not swallow that. */
void iw_django_send_text(struct django_step *step, const char *sql)
{
	g_autofree char *text = g_strstrip(g_strdup(sql));
	for (size_t length = strlen(text);
	     length > 0 && (text[length - 1] == ';' || g_ascii_isspace(text[length - 1]));)
		text[--length] = '\0';
	if (*text == '\0')
		return;
	const char *line = strrchr(text, '\n');
	line = line == NULL ? text : line;
	bool ends_in_comment = strstr(line, "--") != NULL || strchr(line, '#') != NULL;
	iw_django_execute(step->editor,
			  iw_arena_printf(step->context->arena, "%s%s", text, ends_in_comment ? "\n" : ""));
}

/* The value that "%s", or "%(name)s" at *at stands for; moves behind it. */
static const struct iw_py_value *placeholder(const struct iw_py_value *parameters, const char **at, guint *next)
{
	if (**at == 's') {
		(*at)++;
		return is_list(parameters) && *next < parameters->items->len ? parameters->items->pdata[(*next)++]
									     : NULL;
	}
	const char *end = **at == '(' ? strstr(*at, ")s") : NULL;
	if (end == NULL || parameters->kind != IW_PY_DICT)
		return NULL;
	g_autofree char *name = g_strndup(*at + 1, (gsize)(end - *at - 1));
	*at = end + 2;
	return iw_py_dict_find(parameters, name);
}

const char *iw_django_with_parameters(struct django_context *context, const char *sql,
				      const struct iw_py_value *parameters)
{
	g_autoptr(GString) text = g_string_new(NULL);
	const struct django_field_ref no_field = {0};
	guint next = 0;
	if (!is_list(parameters) && parameters->kind != IW_PY_DICT)
		return iw_django_fail(context, parameters->place, "the parameters of the query are not known");
	for (const char *at = sql; *at != '\0';) {
		if (*at != '%') {
			g_string_append_c(text, *at++);
			continue;
		}
		at++;
		if (*at == '%') {
			g_string_append_c(text, *at++);
			continue;
		}
		const struct iw_py_value *value = placeholder(parameters, &at, &next);
		const char *literal = value == NULL ? NULL : iw_django_literal(context, no_field, value);
		if (literal == NULL && context->problem == NULL && (value == NULL || value->kind != IW_PY_NONE))
			return iw_django_fail(context, parameters->place,
					      "the query and its parameters do not fit together");
		g_string_append(text, literal == NULL ? "NULL" : literal);
	}
	return context->problem != NULL ? NULL : iw_arena_strdup(context->arena, text->str);
}

/* An item of a list: a text that is sent as it is, or a pair with parameters. */
static void send_item(struct django_step *step, const struct iw_py_value *item)
{
	const struct iw_py_value *parameters = NULL;
	if (is_list(item)) {
		if (item->items->len != 2) {
			iw_fail_at(step->error, IW_ERROR_INPUT, &step->op->place, "%s: Expected a 2-tuple but got %u",
				   step->op->name, item->items->len);
			return;
		}
		parameters = item->items->pdata[1];
		item = item->items->pdata[0];
	}
	const char *text = iw_py_text(item);
	if (text == NULL) {
		if (!iw_django_is_unknown(step->context, item))
			iw_django_fail(step->context, item->place, "an SQL text that is no plain string");
		return;
	}
	if (parameters != NULL && parameters->kind != IW_PY_NONE)
		text = iw_django_with_parameters(step->context, text, parameters);
	if (text != NULL)
		iw_django_send_text(step, text);
}

void iw_django_send_sql(struct django_step *step, const struct iw_py_value *sql)
{
	const char *script = iw_py_text(sql), *path = iw_py_path(step->context->python, sql);
	if (path != NULL && g_str_has_suffix(path, "RunSQL.noop"))
		return;
	if (script != NULL) {
		GPtrArray *statements = iw_django_prepare_sql_script(step->context, script);
		for (guint i = 0; i < statements->len; i++)
			iw_django_send_text(step, statements->pdata[i]);
		return;
	}
	if (!is_list(sql)) {
		if (!iw_django_is_unknown(step->context, sql))
			iw_django_fail(step->context, sql->place, "an SQL text that is no plain string");
		return;
	}
	for (guint i = 0; i < sql->items->len && step->context->problem == NULL && *step->error == NULL; i++)
		send_item(step, sql->items->pdata[i]);
}

static bool fail_irreversible(struct django_step *step)
{
	iw_fail_at(step->error, IW_ERROR_UNSUPPORTED, &step->op->place, "%s: You cannot reverse this operation",
		   step->op->name);
	return false;
}

bool iw_django_run_sql_forwards(struct django_step *step)
{
	const struct iw_py_value *sql = iw_django_given(step->op, "sql");
	if (sql == NULL)
		iw_django_fail(step->context, step->op->place, "no SQL is given");
	else if (iw_django_may_run(step, iw_django_given(step->op, "hints")))
		iw_django_send_sql(step, sql);
	return true;
}

bool iw_django_run_sql_backwards(struct django_step *step)
{
	const struct iw_py_value *sql = iw_django_given(step->op, "reverse_sql");
	if (sql == NULL)
		return fail_irreversible(step);
	if (iw_django_may_run(step, iw_django_given(step->op, "hints")))
		iw_django_send_sql(step, sql);
	return true;
}

/* RunPython ---------------------------------------------------------------------------------------------------------
 */

bool iw_django_run_python_is_reversible(const struct django_op *op)
{
	return iw_django_given(op, "reverse_code") != NULL;
}

static bool is_noop(struct django_context *context, const struct iw_py_value *code)
{
	const char *path = iw_py_path(context->python, code);
	return path != NULL && g_str_has_prefix(path, "django.db.migrations.") &&
	       g_str_has_suffix(path, "RunPython.noop");
}

static const char *code_name(struct django_context *context, const struct iw_py_value *code)
{
	if (code->kind == IW_PY_FUNCTION && code->text != NULL && strcmp(code->text, "<lambda>") != 0)
		return code->text;
	if (code->kind == IW_PY_INSTANCE && code->receiver != NULL)
		return code->receiver->text;
	const char *path = iw_py_path(context->python, code);
	return path != NULL ? path : code->kind == IW_PY_FUNCTION ? "a lambda" : NULL;
}

/* Migration.apply(): is the operation in a transaction? -1: not known. */
static int is_in_transaction(const struct django_step *step)
{
	const struct django_context *context = step->context;
	const struct iw_py_value *given = iw_py_find(context->python, step->making->migration, "atomic");
	bool is_own = given == NULL || given->kind == IW_PY_ATTRIBUTE || given->kind == IW_PY_FOREIGN;
	int of_migration = is_own ? 1 : iw_py_truth(given),
	    of_operation = iw_django_given_flag(step->op, "atomic", false);
	if (of_migration < 0 || of_operation < 0)
		return -1;
	if (of_operation == 1 || (of_migration == 1 && context->engine.dialect != IW_MYSQL))
		return 1;
	return of_migration == 1 && iw_django_given(step->op, "atomic") == NULL;
}

/* Django can run one operation of a migration alone; what it is within another one has no number of its own. */
static void send_rows_only(struct django_step *step, const char *what)
{
	struct django_sent *sent = iw_django_execute_foreign_rows(step->editor, what);
	int is_atomic = is_in_transaction(step);
	sent->part = is_atomic < 0 ? 0 : step->number;
	sent->is_part_atomic = is_atomic == 1;
}

static void run_python(struct django_step *step, struct iw_py_value *code)
{
	struct django_context *context = step->context;
	if (is_noop(context, code) || !iw_django_may_run(step, iw_django_given(step->op, "hints")))
		return;
	const char *name = code_name(context, code), *why = NULL;
	GPtrArray *arguments = iw_arena_ptr_array(context->arena);
	g_ptr_array_add(arguments, iw_py_new_foreign(context->python, "apps"));
	g_ptr_array_add(arguments, iw_py_new_foreign(context->python, "schema_editor"));
	if (code->kind == IW_PY_FUNCTION && iw_django_run_function(step, code, arguments, &why))
		return;
	step->editor->place = step->op->place;
	const char *what = name == NULL ? "runs Python" : iw_arena_printf(context->arena, "runs Python: %s()", name);
	if (iw_django_changes_rows_only(context, code))
		send_rows_only(step, what);
	else
		iw_django_execute_foreign(step->editor, what);
}

bool iw_django_run_python_forwards(struct django_step *step)
{
	struct iw_py_value *code = iw_django_given(step->op, "code");
	if (code == NULL)
		iw_django_fail(step->context, step->op->place, "no code is given");
	else
		run_python(step, code);
	return true;
}

bool iw_django_run_python_backwards(struct django_step *step)
{
	struct iw_py_value *code = iw_django_given(step->op, "reverse_code");
	if (code == NULL)
		return fail_irreversible(step);
	run_python(step, code);
	return true;
}
