/* The text of one direction of a revision: upgrade() is called, and what it asks of `op` becomes SQL; see
 * alembic_internal.h. */
#include "framework/alembic/render.h"

#include "base/error.h"
#include "model/replay.h"
#include "sql/sql.h"

#include <stdarg.h>
#include <string.h>

/* text out --------------------------------------------------------------------------------------------------------- */

/* Without what the piece brings itself: white space around it, and terminators. */
static char *trimmed(const char *sql)
{
	char *text = g_strstrip(g_strdup(sql));
	for (size_t length = strlen(text);
	     length > 0 && (text[length - 1] == ';' || g_ascii_isspace(text[length - 1]));)
		text[--length] = '\0';
	const char *line = strrchr(text, '\n');
	if (strstr(line == NULL ? text : line, "--") == NULL)
		return text;
	char *longer = g_strconcat(text, "\n", NULL);
	g_free(text);
	return longer;
}

void iw_alembic_emit_text(struct run *run, const char *sql)
{
	if (run->sa.problem != NULL || sql == NULL)
		return;
	g_autofree char *text = trimmed(sql);
	if (*text == '\0')
		return;
	iw_made_sql(run->made, run->place, text);
	g_string_append(run->pending, text);
	g_string_append(run->pending, ";\n");
}

void iw_alembic_emit(struct run *run, const char *format, ...)
{
	va_list list;
	va_start(list, format);
	g_autofree char *text = g_strdup_vprintf(format, list);
	va_end(list);
	iw_alembic_emit_text(run, text);
}

static void emit_foreign(struct run *run, struct iw_place place, const char *why)
{
	g_autofree char *line = g_strndup(why, 300);
	g_autofree char *valid = g_utf8_make_valid(line, -1);
	iw_made_foreign(run->made, place, valid);
}

/* The reason why the directive at hand cannot be rendered, if there is one, becomes a piece. */
static void settle(struct run *run, const char *name)
{
	if (run->sa.problem == NULL)
		return;
	g_autofree char *why =
		name == NULL ? g_strdup(run->sa.problem) : g_strdup_printf("%s(): %s", name, run->sa.problem);
	emit_foreign(run, run->place, why);
	run->sa.problem = NULL;
}

const iw_schema *iw_alembic_schema(struct run *run)
{
	if (run->schema == NULL && run->options->catalogue != NULL)
		run->schema = iw_schema_copy(run->sa.arena, run->options->catalogue(run->options->catalogue_data));
	if (run->schema == NULL || run->pending->len == 0)
		return run->schema;
	g_autoptr(iw_source) source = iw_source_from_text(run->pending->str, run->pending->len, "alembic");
	g_string_truncate(run->pending, 0);
	g_autoptr(iw_reader) reader = iw_reader_new(run->sa.engine, source, NULL);
	g_autoptr(iw_arena) arena = iw_arena_new();
	g_autoptr(GError) error = NULL;
	struct iw_statement *statement;
	while ((statement = iw_reader_next(reader, arena, &error)) != NULL) {
		if (!iw_schema_apply_statement(run->schema, statement, NULL))
			run->schema->is_uncertain = true;
		iw_arena_reset(arena);
	}
	return run->schema;
}

/* calls ------------------------------------------------------------------------------------------------------------ */

static const char *last_of(const char *path)
{
	const char *dot = path == NULL ? NULL : strrchr(path, '.');
	return dot == NULL ? path : dot + 1;
}

static bool is_word(const char *const *words, const char *word)
{
	for (guint i = 0; words[i] != NULL; i++)
		if (strcmp(words[i], word) == 0)
			return true;
	return false;
}

/* The CALL of batch_alter_table() that a method is called on; NULL: none. */
static struct batch *batch_of(struct run *run, const struct iw_py_value *call)
{
	const char *method = NULL;
	const struct iw_py_value *of = iw_sa_method(call, &method);
	for (guint i = run->batches->len; of != NULL && i-- > 0;) {
		struct batch *batch = run->batches->pdata[i];
		if (batch->call == of)
			return batch;
	}
	return NULL;
}

/* Rows, one dictionary each: execute(statement, [{...}, {...}]) */
static void execute_many(struct run *run, struct iw_py_value *statement, const struct iw_py_value *rows)
{
	for (guint i = 0; i < rows->items->len; i++)
		iw_alembic_emit_text(run, iw_sa_statement(&run->sa, statement, rows->items->pdata[i]));
}

/* %% is how drivers other than SQLite's are told of a % in text that SQLAlchemy does not read. */
static const char *driver_text(struct run *run, const char *text)
{
	if (run->sa.engine.dialect == IW_SQLITE)
		return text;
	g_auto(GStrv) parts = g_strsplit(text, "%%", -1);
	g_autofree char *joined = g_strjoinv("%", parts);
	return iw_arena_strdup(run->sa.arena, joined);
}

static struct iw_py_value *parameters_of(struct run *run, const struct iw_py_value *call)
{
	struct iw_py_value *given = iw_sa_given(call, 1, "parameters");
	if (given == NULL)
		given = iw_sa_given(call, -1, "params");
	if (given != NULL || call->names->len == 0)
		return given;
	struct iw_py_value *named = NULL;
	for (guint i = 0; i < call->names->len; i++) {
		const char *name = call->names->pdata[i];
		if (strcmp(name, "execution_options") == 0 || strcmp(name, "statement") == 0 ||
		    strcmp(name, "bind_arguments") == 0)
			continue;
		named = named != NULL ? named : iw_py_new_dict(run->sa.python);
		iw_py_dict_set(run->sa.python, named, iw_py_new_string(run->sa.python, name), call->values->pdata[i]);
	}
	return named;
}

/* A string, not text(), goes to the driver as it is: "%s" and "%(name)s" are the driver's. */
static bool takes_driver_parameters(const struct iw_py_value *statement, const struct iw_py_value *parameters)
{
	return (parameters->kind != IW_PY_DICT && parameters->kind != IW_PY_LIST) ||
	       strstr(statement->text, "%s") != NULL || strstr(statement->text, "%(") != NULL ||
	       strchr(statement->text, '?') != NULL;
}

/* execute() of a connection or a session. */
static struct iw_py_value *execute(struct run *run, struct iw_py_value *call, const char *method)
{
	struct iw_py_value *statement = iw_sa_given(call, 0, "statement");
	struct iw_py_value *parameters = parameters_of(run, call);
	if (statement == NULL) {
		iw_sa_fail(&run->sa, "there is no statement");
	} else if (statement->kind == IW_PY_STRING && parameters == NULL) {
		iw_alembic_emit_text(run, driver_text(run, statement->text));
	} else if (statement->kind == IW_PY_STRING &&
		   (strcmp(method, "exec_driver_sql") == 0 || takes_driver_parameters(statement, parameters))) {
		iw_sa_fail(&run->sa, "parameters of the driver");
	} else if (parameters != NULL && parameters->kind == IW_PY_LIST) {
		execute_many(run, statement, parameters);
	} else {
		iw_alembic_emit_text(run, iw_sa_statement(&run->sa, statement, parameters));
	}
	settle(run, method);
	return iw_py_new_unknown(run->sa.python, run->place, "reads rows");
}

static bool is_session(const char *path)
{
	return strstr(path, "Session") != NULL || strstr(path, "sessionmaker") != NULL;
}

/* A connection, an engine, a session: NULL: the method is none of theirs. */
static struct iw_py_value *database_call(struct run *run, struct iw_py_value *call, const char *path)
{
	static const char *const executing[] = {"execute", "exec_driver_sql", "scalar", "scalars", "exec", NULL};
	static const char *const quiet[] = {"commit",
					    "flush",
					    "close",
					    "rollback",
					    "begin",
					    "begin_nested",
					    "expire_all",
					    "connect",
					    "expunge_all",
					    "execution_options",
					    "connection",
					    "get_bind",
					    "invalidate",
					    "dispose",
					    "set_isolation_level",
					    NULL};
	static const char *const writing[] = {"add",
					      "add_all",
					      "delete",
					      "merge",
					      "bulk_save_objects",
					      "bulk_insert_mappings",
					      "bulk_update_mappings",
					      "run_callable",
					      "run_sync",
					      "refresh",
					      NULL};
	const char *method = last_of(path);
	bool is_object = call->receiver != NULL && call->receiver->kind == IW_PY_ATTRIBUTE;
	bool is_database = is_object && (g_str_has_prefix(path, "alembic.op.get_bind.") ||
					 g_str_has_prefix(path, "alembic.op.get_context.") || is_session(path));
	if (!is_database)
		return NULL;
	if (is_word(executing, method))
		return execute(run, call, method);
	if (is_word(quiet, method))
		return call;
	if (strcmp(method, "query") == 0 || strcmp(method, "get") == 0)
		return iw_py_new_unknown(run->sa.python, run->place, "reads rows");
	if (is_word(writing, method)) {
		emit_foreign(run, run->place, "writes rows by the ORM");
		return iw_py_new_none(run->sa.python);
	}
	return NULL;
}

/* context.get_x_argument() and its kin: what an ordinary run of Alembic answers. */
static struct iw_py_value *context_call(struct run *run, const struct iw_py_value *call, const char *method)
{
	if (strcmp(method, "is_offline_mode") == 0)
		return iw_py_new_boolean(run->sa.python, false);
	if (strcmp(method, "get_x_argument") != 0)
		return NULL;
	bool is_dictionary = iw_sa_truth(&run->sa, iw_sa_given(call, 0, "as_dictionary"), 0) == 1;
	return is_dictionary ? iw_py_new_dict(run->sa.python) : iw_py_new_list(run->sa.python, IW_PY_LIST);
}

static struct iw_py_value *run_directive(struct run *run, struct iw_py_value *call, const char *name)
{
	static const char *const values[] = {"f",	    "inline_literal",	 "get_bind",
					     "get_context", "batch_alter_table", NULL};
	if (is_word(values, name))
		return call;
	const struct directive directive = {.name = name, .call = call, .place = run->place};
	if (!iw_alembic_directive(run, &directive)) {
		g_autofree char *why = g_strdup_printf("calls op.%s()", name);
		emit_foreign(run, run->place, why);
	}
	settle(run, name);
	return strcmp(name, "create_table") == 0 ? call : iw_py_new_none(run->sa.python);
}

static struct iw_py_value *add_to_batch(struct run *run, struct batch *batch, const struct iw_py_value *call)
{
	struct directive *directive = iw_new(run->sa.arena, struct directive);
	*directive = (struct directive){
		.name = last_of(iw_py_path(run->sa.python, call)), .call = call, .batch = batch, .place = run->place};
	if (strcmp(directive->name, "f") == 0)
		return NULL;
	g_ptr_array_add(batch->directives, directive);
	return iw_py_new_none(run->sa.python);
}

/* Does an argument let what is called reach the database? */
static bool reaches_database(struct run *run, const struct iw_py_value *call)
{
	for (guint i = 0; i < call->items->len; i++) {
		const char *path = iw_py_path(run->sa.python, call->items->pdata[i]);
		if (path != NULL && g_str_has_prefix(path, "alembic."))
			return true;
	}
	for (guint i = 0; i < call->values->len; i++) {
		const char *path = iw_py_path(run->sa.python, call->values->pdata[i]);
		if (path != NULL && g_str_has_prefix(path, "alembic."))
			return true;
	}
	return false;
}

/* What is called is none of ours. Classes make values, and talk does nothing; everything else may do anything. */
static struct iw_py_value *foreign_call(struct run *run, struct iw_py_value *call, const char *path)
{
	static const char *const quiet[] = {"structlog.", "loguru.",	   "click.",	       "tqdm.",
					    "rich.",	  "alembic.util.", "alembic.context.", "sqlalchemy.",
					    "sqlmodel.",  "colorama.",	   "typing",	       "six.",
					    "dateutil.",  "pytz.",	   "zoneinfo."};
	const char *name = last_of(path);
	for (guint i = 0; i < G_N_ELEMENTS(quiet); i++)
		if (g_str_has_prefix(path, quiet[i]) && !reaches_database(run, call))
			return NULL;
	bool makes_schema =
		strcmp(name, "create_all") == 0 || strcmp(name, "drop_all") == 0 || strcmp(name, "reflect") == 0;
	bool is_class = g_ascii_isupper(*name) && !makes_schema;
	if (is_class || (g_str_has_prefix(path, "sqlalchemy.") && !makes_schema))
		return NULL;
	g_autofree char *why = g_strdup_printf("calls %s()", path);
	emit_foreign(run, run->place, why);
	return iw_py_new_unknown(run->sa.python, run->place, "%s", why);
}

static struct iw_py_value *hear_call(void *data, iw_py *python, struct iw_py_value *call)
{
	struct run *run = data;
	const char *path = iw_py_path(python, call);
	if (call->place.source != NULL)
		run->place = call->place;
	struct batch *batch = batch_of(run, call);
	if (batch != NULL)
		return add_to_batch(run, batch, call);
	if (path == NULL)
		return NULL;
	if (iw_alembic_object_call(run, call)) {
		settle(run, last_of(path));
		return iw_py_new_none(python);
	}
	struct iw_py_value *answer = iw_alembic_answer(run, call);
	if (answer != NULL)
		return answer;
	answer = database_call(run, call, path);
	if (answer != NULL)
		return answer;
	bool is_operation = g_str_has_prefix(path, "alembic.op.") && strchr(path + strlen("alembic.op."), '.') == NULL;
	if (is_operation)
		return run_directive(run, call, path + strlen("alembic.op."));
	if (g_str_has_prefix(path, "alembic.context.") || g_str_has_prefix(path, "alembic.op.get_context."))
		return context_call(run, call, last_of(path));
	if (g_str_has_prefix(path, "alembic.op."))
		return NULL;
	return foreign_call(run, call, path);
}

static struct iw_py_value *hear_attribute(void *data, iw_py *python, struct iw_py_value *attribute)
{
	(void)python;
	return iw_alembic_attribute(data, attribute);
}

static struct iw_py_value *enter(void *data, iw_py *python, struct iw_py_value *manager)
{
	struct run *run = data;
	const char *path = iw_py_path(python, manager);
	if (manager->place.source != NULL)
		run->place = manager->place;
	if (path == NULL)
		return NULL;
	if (g_str_has_suffix(path, ".autocommit_block"))
		iw_made_set_alone(run->made, true);
	if (!iw_py_is(python, manager, "alembic.op.batch_alter_table"))
		return NULL;
	struct batch *batch = iw_new(run->sa.arena, struct batch);
	batch->call = manager;
	batch->table = iw_sa_text(&run->sa, iw_sa_given(manager, 0, "table_name"));
	batch->schema = iw_sa_text(&run->sa, iw_sa_given(manager, 1, "schema"));
	batch->directives = iw_arena_ptr_array(run->sa.arena);
	settle(run, "batch_alter_table");
	g_ptr_array_add(run->batches, batch);
	return NULL;
}

static void leave(void *data, iw_py *python, struct iw_py_value *manager)
{
	struct run *run = data;
	const char *path = iw_py_path(python, manager);
	if (path != NULL && g_str_has_suffix(path, ".autocommit_block"))
		iw_made_set_alone(run->made, false);
	for (guint i = run->batches->len; i-- > 0;) {
		const struct batch *batch = run->batches->pdata[i];
		if (batch->call != manager)
			continue;
		if (batch->table != NULL)
			iw_alembic_flush_batch(run, batch);
		settle(run, "batch_alter_table");
		g_ptr_array_remove_index(run->batches, i);
		return;
	}
}

static void hear_skipped(void *data, iw_py *python, struct iw_place place, const char *reason)
{
	(void)python;
	emit_foreign(data, place, reason);
}

/* ------------------------------------------------------------------------------------------------------------------ */

static GError *raised_error(iw_py *python, struct iw_py_value *raised, const char *name)
{
	GError *error = NULL;
	const struct iw_py_value *message = iw_sa_given(raised, 0, "message");
	const char *class = iw_py_path(python, raised), *text = message == NULL ? NULL : iw_py_text(message);
	iw_fail(&error, IW_ERROR_UNSUPPORTED, "%s() raises %s%s%s", name,
		class == NULL ? "an exception" : last_of(class), text == NULL ? "" : ": ", text == NULL ? "" : text);
	iw_error_place(&error, &raised->place);
	return error;
}

static bool call_function(struct run *run, struct iw_py_value *function, const char *name, GError **error)
{
	GPtrArray *arguments = iw_arena_ptr_array(run->sa.arena);
	if (run->options->database != NULL)
		g_ptr_array_add(arguments, iw_py_new_string(run->sa.python, run->options->database));
	struct iw_py_value *raised = NULL;
	iw_py_call(run->sa.python, function, arguments, &raised);
	if (raised == NULL)
		return true;
	if (raised->kind == IW_PY_UNKNOWN) {
		emit_foreign(run, raised->place.source == NULL ? function->place : raised->place, raised->text);
		return true;
	}
	g_propagate_error(error, raised_error(run->sa.python, raised, name));
	return false;
}

static void start(struct run *run, struct iw_alembic_render *options, iw_arena *arena, const char *shown)
{
	*run = (struct run){.options = options, .made = iw_made_new(shown)};
	run->sa = (struct iw_sa){
		.python = options->python,
		.arena = arena,
		.engine = options->engine,
		.is_mariadb_url = options->is_mariadb_url,
		.version = options->sqlalchemy == 0 ? 200 : options->sqlalchemy,
		.conventions = options->naming == NULL ? NULL : options->naming->conventions,
	};
	run->pending = g_string_new(NULL);
	run->batches = iw_arena_ptr_array(arena);
}

iw_source *iw_alembic_make(struct iw_alembic_render *options, const char *path, const char *shown,
			   enum iw_direction direction, GError **error)
{
	struct iw_py_value *module = iw_py_load(options->python, path, shown, error);
	if (module == NULL)
		return NULL;
	const char *name = direction == IW_UP ? "upgrade" : "downgrade";
	struct iw_py_value *function = iw_py_find(options->python, module, name);
	if (function == NULL) {
		iw_fail(error, IW_ERROR_UNSUPPORTED, "%s has no %s()", shown, name);
		return NULL;
	}
	g_autoptr(iw_arena) arena = iw_arena_new();
	struct run run;
	start(&run, options, arena, shown);
	run.place = function->place;
	const struct iw_py_host host = {.call = hear_call,
					.attribute = hear_attribute,
					.enter = enter,
					.leave = leave,
					.skipped = hear_skipped,
					.data = &run};
	const struct iw_py_host *before = iw_py_set_host(options->python, &host);
	bool done = call_function(&run, function, name, error);
	iw_py_set_host(options->python, before);
	g_string_free(run.pending, TRUE);
	if (!done) {
		iw_made_free(run.made);
		return NULL;
	}
	return iw_made_finish(run.made);
}
