/*
 * Functions of the project that operations run (RunPython, classes of its own): run without Python as far as all they
 * do is to send texts and to ask what is known here. Anything else, and Django has to run them; see operations.h.
 */
#include "framework/django/operations.h"

#include <stdarg.h>
#include <string.h>

struct function_run {
	struct django_step *step;
	const struct iw_py_host *outer; /* who knows settings */
	const char *why;		/* the first thing that cannot be done here; NULL: none */
};

static void give_up(struct function_run *run, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void give_up(struct function_run *run, const char *format, ...)
{
	if (run->why != NULL)
		return;
	va_list list;
	va_start(list, format);
	g_autofree char *text = g_strdup_vprintf(format, list);
	va_end(list);
	run->why = iw_arena_strdup(run->step->context->arena, text);
}

/* answers ---------------------------------------------------------------------------------------------------------- */

static bool is_one_of(const char *path, const char *const *paths)
{
	for (size_t i = 0; paths[i] != NULL; i++)
		if (strcmp(paths[i], path) == 0)
			return true;
	return false;
}

static bool is_default(const struct function_run *run)
{
	const char *database = run->step->making->database;
	return database != NULL && strcmp(database, "default") == 0;
}

/* "schema_editor.connection.X", and "django.db.connection.X" where that is the same; NULL: neither. */
static const char *behind_connection(const struct function_run *run, const char *path)
{
	static const char own[] = "schema_editor.connection.", common[] = "django.db.connection.";
	if (g_str_has_prefix(path, own))
		return path + strlen(own);
	return g_str_has_prefix(path, common) && is_default(run) ? path + strlen(common) : NULL;
}

static struct iw_py_value *vendor(const struct function_run *run)
{
	static const char *const vendors[] = {"postgresql", "mysql", "sqlite"};
	return iw_py_new_string(run->step->context->python, vendors[run->step->context->engine.dialect]);
}

/* connection.introspection.table_names(): those of the migrations before. A table that is not among them may be there
 * all the same, when not all of those can be read. */
static struct iw_py_value *table_names(struct function_run *run, iw_py *python)
{
	const iw_schema *schema = iw_django_catalogue(run->step->editor);
	struct iw_py_value *list = iw_py_new_list(python, IW_PY_LIST);
	g_ptr_array_add(list->items, iw_py_new_string(python, "django_migrations"));
	for (guint i = 0; i < schema->tables->len; i++) {
		const struct iw_table *table = schema->tables->pdata[i];
		if (table->kind == IW_TABLE || table->kind == IW_PARTITIONED_TABLE)
			g_ptr_array_add(list->items, iw_py_new_string(python, table->name.name));
	}
	if (schema->is_uncertain)
		g_ptr_array_add(
			list->items,
			iw_py_new_unknown(python, run->step->op->place,
					  "it asks which tables there are, and not all that was done before can "
					  "be read"));
	run->step->editor->note = "asked which tables there are: answered from the migrations before";
	return list;
}

/* apps.get_models() */
static struct iw_py_value *all_models(struct function_run *run)
{
	struct iw_py_value *list = iw_django_all_models(run->step);
	if (list == NULL)
		give_up(run, "it asks for all models, and not all are known");
	return list;
}

/* self.allow_migrate_model(alias, model) */
static struct iw_py_value *allow_migrate_model(struct function_run *run, iw_py *python, const struct iw_py_value *call)
{
	struct django_model_ref model = iw_django_model_of_call(run->step, iw_py_argument(call, 1, "model"));
	if (model.model == NULL) {
		give_up(run, "allow_migrate_model() of what is not known");
		return NULL;
	}
	return iw_py_new_boolean(python, iw_django_may_migrate(run->step, model));
}

static struct iw_py_value *hear_attribute(void *data, iw_py *python, struct iw_py_value *attribute)
{
	struct function_run *run = data;
	const char *path = iw_py_path(python, attribute);
	const char *name = path == NULL ? NULL : behind_connection(run, path);
	if (name != NULL && strcmp(name, "vendor") == 0)
		return vendor(run);
	if (name != NULL && strcmp(name, "alias") == 0 && run->step->making->database != NULL)
		return iw_py_new_string(python, run->step->making->database);
	struct iw_py_value *meta = iw_django_meta_value(run->step, attribute);
	if (meta != NULL || run->outer == NULL || run->outer->attribute == NULL)
		return meta;
	return run->outer->attribute(run->outer->data, python, attribute);
}

/* calls ------------------------------------------------------------------------------------------------------------ */

/* Calls that change nothing and whose results are only looked at by other calls. */
static bool is_quiet(const struct function_run *run, const char *path)
{
	static const char *const quiet[] = {"apps.get_model",
					    "from_state.apps.get_model",
					    "to_state.apps.get_model",
					    "django.db.connection.cursor",
					    "django.core.management.color.color_style",
					    "builtins.hasattr",
					    "builtins.isinstance",
					    "builtins.getattr",
					    "builtins.object.__init__",
					    NULL};
	const char *name = behind_connection(run, path);
	return is_one_of(path, quiet) || (name != NULL && strcmp(name, "cursor") == 0);
}

/* try: ... except OperationalError: pass */
static bool check_failure(struct function_run *run, const iw_py *python)
{
	if (iw_py_is_forgiven(python))
		give_up(run, "it goes on when the server refuses what it sends");
	return run->why == NULL;
}

static struct iw_py_value *send(struct function_run *run, iw_py *python, const struct iw_py_value *call, bool is_cursor)
{
	const struct iw_py_value *sql = iw_py_argument(call, 0, "sql");
	const struct iw_py_value *parameters = iw_py_argument(call, 1, "params");
	const char *text = sql == NULL ? NULL : iw_py_text(sql);
	if (text == NULL) {
		const struct iw_py_value *unknown = sql == NULL ? NULL : iw_py_unknown_in(sql);
		give_up(run, "%s", unknown == NULL ? "sends what is no plain text" : unknown->text);
		return NULL;
	}
	/* The editor's own way formats, also when there is nothing to put in. */
	bool is_formatted =
		parameters == NULL ? !is_cursor && strchr(text, '%') != NULL : parameters->kind != IW_PY_NONE;
	if (is_formatted)
		text = iw_django_with_parameters(run->step->context, text,
						 parameters != NULL ? parameters : iw_py_new_list(python, IW_PY_LIST));
	if (text == NULL) {
		give_up(run, "%s", run->step->context->problem);
		return NULL;
	}
	if (call->place.source != NULL)
		run->step->editor->place = call->place;
	iw_django_send_text(run->step, text);
	return iw_py_new_none(python);
}

static struct iw_py_value *quote_name(struct function_run *run, iw_py *python, const struct iw_py_value *call)
{
	const struct iw_py_value *name = iw_py_argument(call, 0, "name");
	const char *text = name == NULL ? NULL : iw_py_text(name);
	return text == NULL ? NULL : iw_py_new_string(python, iw_django_quote_name(run->step->context, text));
}

/* database_forwards(app_label, schema_editor, from_state, to_state), with what the method itself was given. */
static bool has_same_arguments(const struct function_run *run, const struct iw_py_value *call)
{
	static const char *const names[] = {"schema_editor", "from_state", "to_state"};
	const struct iw_py_value *label = iw_py_argument(call, 0, "app_label");
	if (label == NULL || iw_py_text(label) == NULL || strcmp(iw_py_text(label), run->step->op->app_label) != 0)
		return false;
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		const struct iw_py_value *value = iw_py_argument(call, (int)i + 1, names[i]);
		if (value == NULL || value->kind != IW_PY_FOREIGN || strcmp(value->text, names[i]) != 0)
			return false;
	}
	return true;
}

/* super().database_forwards(...), where the class derives from one of Django's. */
static bool run_base(struct function_run *run, const struct iw_py_value *call, const char *path)
{
	const char *dot = strrchr(path, '.');
	g_autofree char *class = g_strndup(path, (gsize)(dot - path));
	const struct django_operation *kind = iw_django_find_operation(class);
	bool is_forwards = strcmp(dot, ".database_forwards") == 0;
	if (kind == NULL || (!is_forwards && strcmp(dot, ".database_backwards") != 0) || !has_same_arguments(run, call))
		return false;
	if (!check_failure(run, run->step->context->python))
		return true;
	struct django_op op = *run->step->op;
	op.kind = kind;
	struct django_step inner = *run->step;
	inner.op = &op;
	django_database_step *step = is_forwards ? kind->forwards : kind->backwards;
	run->step->editor->place = op.place;
	if (step != NULL)
		step(&inner);
	return true;
}

static struct iw_py_value *hear_call(void *data, iw_py *python, struct iw_py_value *call)
{
	struct function_run *run = data;
	if (run->why != NULL)
		return NULL;
	struct iw_py_value *answer = run->outer == NULL || run->outer->call == NULL
					     ? NULL
					     : run->outer->call(run->outer->data, python, call);
	const char *path = answer != NULL ? NULL : iw_py_path(python, call);
	if (answer != NULL)
		return answer;
	if (path == NULL) {
		give_up(run, "a call of what is not known");
		return NULL;
	}
	const char *name = behind_connection(run, path);
	bool is_cursor = name != NULL && strcmp(name, "cursor.execute") == 0;
	if (is_cursor || strcmp(path, "schema_editor.execute") == 0)
		return check_failure(run, python) ? send(run, python, call, is_cursor) : NULL;
	if (g_str_has_suffix(path, ".quote_name") && g_str_has_prefix(path, "schema_editor."))
		return quote_name(run, python, call);
	if (name != NULL && strcmp(name, "introspection.table_names") == 0)
		return table_names(run, python);
	if (strcmp(path, "apps.get_models") == 0 && call->items->len + call->names->len == 0)
		return all_models(run);
	if (g_str_has_suffix(path, ".allow_migrate_model"))
		return allow_migrate_model(run, python, call);
	if (is_quiet(run, path))
		return NULL;
	if (run_base(run, call, path))
		return iw_py_new_none(python);
	give_up(run, "%s()", path);
	return NULL;
}

/* What a manager does is known of a cursor only. */
static struct iw_py_value *enter(void *data, iw_py *python, struct iw_py_value *manager)
{
	struct function_run *run = data;
	const char *path = iw_py_path(python, manager);
	if (path == NULL || !is_quiet(run, path))
		give_up(run, "with %s", path == NULL ? "what is not known" : path);
	return NULL;
}

static void hear_skipped(void *data, iw_py *python, struct iw_place place, const char *reason)
{
	(void)python, (void)place;
	give_up(data, "%s", reason);
}

/* running ---------------------------------------------------------------------------------------------------------- */

bool iw_django_run_function(struct django_step *step, struct iw_py_value *function, GPtrArray *arguments,
			    const char **why)
{
	iw_py *python = step->context->python;
	struct function_run run = {.step = step};
	const struct iw_py_host host = {
		.call = hear_call,
		.attribute = hear_attribute,
		.enter = enter,
		.skipped = hear_skipped,
		.data = &run,
	};
	struct django_mark mark = iw_django_editor_mark(step->editor);
	struct iw_place place = step->editor->place;
	struct iw_py_value *raised = NULL;
	run.outer = iw_py_set_host(python, &host);
	iw_py_call(python, function, arguments, &raised);
	iw_py_set_host(python, run.outer);
	step->editor->place = place;
	if (raised != NULL)
		give_up(&run, "%s", raised->kind == IW_PY_UNKNOWN ? raised->text : "it raises");
	if (step->context->problem != NULL)
		give_up(&run, "%s", step->context->problem);
	if (run.why == NULL)
		return true;
	iw_django_editor_rewind(step->editor, mark);
	step->context->problem = NULL;
	*why = run.why;
	return false;
}
