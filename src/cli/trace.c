/* trace: runs a migration on a scratch server and shows what was predicted beside what was observed. */
#include "cli/cli.h"
#include "report/report.h"
#include "run/scratch.h"
#include "run/trace.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ROWS = 10000000 };

struct one_trace { /* of one migration */
	const struct iw_migration *migration;
	GPtrArray *steps; /* struct iw_traced * */
	guint count;	  /* statements that it has */
};

struct tracing {
	struct iw_cli *cli;
	struct iw_engine wanted, used;
	GPtrArray *migrations; /* struct iw_migration *, in order */
	guint history;	       /* how many of them are only applied */
	guint64 rows;
	iw_scratch *scratch;
	iw_connection *worker, *watcher;
	guint left_out;	   /* steps of the history that are no SQL */
	GPtrArray *filled; /* struct iw_filled *; NULL: not asked for */
	GPtrArray *traces; /* struct one_trace * */
	guint differences, failures, statements;
};

/* --- what is traced --- */

static bool are_files(char **arguments)
{
	if (arguments[0] == NULL)
		return false;
	for (; *arguments != NULL; arguments++)
		if (!g_file_test(*arguments, G_FILE_TEST_IS_REGULAR))
			return false;
	return true;
}

static struct iw_migration *plain_file(struct iw_cli *cli, const char *path)
{
	struct iw_migration *migration = iw_new(cli->arena, struct iw_migration);
	g_autofree char *absolute = g_canonicalize_filename(path, NULL);
	g_autofree char *name = g_path_get_basename(path);
	migration->name = migration->title = iw_arena_strdup(cli->arena, name);
	migration->up = (struct iw_script){
		.path = iw_arena_strdup(cli->arena, absolute),
		.shown_path = path,
		.length = SIZE_MAX,
		.breakpoint = "--> statement-breakpoint",
		.is_atomic = !cli->options.no_transaction,
	};
	return migration;
}

static struct iw_migration *of_path(const struct iw_project *project, const char *path)
{
	g_autofree char *absolute = g_canonicalize_filename(path, NULL);
	for (guint i = 0; i < project->migrations->len; i++) {
		struct iw_migration *migration = g_ptr_array_index(project->migrations, i);
		if (g_strcmp0(migration->up.path, absolute) == 0)
			return migration;
	}
	return NULL;
}

/* Files of the project are its migrations: all up to the last of them, in the project's order. */
static bool take_project_files(struct tracing *tracing)
{
	GPtrArray *all = tracing->cli->project->order, *wanted = iw_arena_ptr_array(tracing->cli->arena);
	for (char **path = tracing->cli->options.arguments; *path != NULL; path++) {
		struct iw_migration *migration = of_path(tracing->cli->project, *path);
		if (migration == NULL)
			return false;
		g_ptr_array_add(wanted, migration);
	}
	guint first = all->len, last = 0;
	for (guint i = 0; i < all->len; i++)
		if (g_ptr_array_find(wanted, g_ptr_array_index(all, i), NULL)) {
			first = MIN(first, i);
			last = i + 1;
		}
	tracing->migrations = all;
	g_ptr_array_set_size(all, (gint)MAX(last, 1));
	tracing->history = MIN(first, all->len - 1);
	return last > 0;
}

static bool choose_of_project(struct tracing *tracing, GError **error)
{
	struct iw_cli *cli = tracing->cli;
	static char *none[] = {NULL};
	bool files = are_files(cli->options.arguments);
	if (!iw_cli_check_problems(cli, false, error))
		return false;
	tracing->wanted = cli->project->engine;
	tracing->migrations = iw_cli_pending(cli, NULL, files ? none : cli->options.arguments, error);
	if (tracing->migrations == NULL)
		return false;
	if (tracing->migrations->len == 0)
		return iw_fail(error, IW_ERROR_USAGE, "there is no migration to trace");
	tracing->history = tracing->migrations->len - 1;
	return !files || take_project_files(tracing) ||
	       iw_fail(error, IW_ERROR_USAGE, "not all of these files are migrations of this project");
}

static bool choose_files(struct tracing *tracing, GError **error)
{
	struct iw_cli *cli = tracing->cli;
	const char *engine = cli->options.engine != NULL ? cli->options.engine : cli->options.dialect;
	if (engine == NULL)
		return iw_fail(error, IW_ERROR_USAGE,
			       "these files belong to no project that Inchworm knows; which database are they for? "
			       "(--engine \"postgres 15\", mysql, mariadb or sqlite)");
	if (!iw_cli_parse_engine(engine, &tracing->wanted, error))
		return false;
	tracing->migrations = iw_arena_ptr_array(cli->arena);
	for (char **path = cli->options.arguments; *path != NULL; path++)
		g_ptr_array_add(tracing->migrations, plain_file(cli, *path));
	tracing->history = tracing->migrations->len - 1;
	return true;
}

static bool holds_all(const struct iw_project *project, char **paths)
{
	for (; *paths != NULL; paths++)
		if (of_path(project, *paths) == NULL)
			return false;
	return true;
}

static bool choose(struct tracing *tracing, GError **error)
{
	struct iw_cli *cli = tracing->cli;
	bool files = are_files(cli->options.arguments);
	GError *failure = NULL;
	bool is_project = iw_cli_open_project(cli, &failure);
	if (is_project && (!files || holds_all(cli->project, cli->options.arguments)))
		return choose_of_project(tracing, error);
	if (!files) {
		g_propagate_error(error, failure);
		return false;
	}
	g_clear_error(&failure);
	cli->project = NULL;
	return choose_files(tracing, error);
}

static bool parse_rows(struct tracing *tracing, GError **error)
{
	const char *text = tracing->cli->options.rows;
	if (text == NULL || (g_ascii_string_to_unsigned(text, 10, 0, MOST_ROWS, &tracing->rows, NULL)))
		return true;
	return iw_fail(error, IW_ERROR_USAGE, "\"%s\" is no number of rows (0 to %d)", text, MOST_ROWS);
}

/* --- the scratch --- */

static bool goes_on(void *data)
{
	return ((const struct iw_cli *)data)->interrupted == 0;
}

static bool open_scratch(struct tracing *tracing, GError **error)
{
	const struct iw_scratch_options options = {tracing->wanted, &tracing->cli->interrupted};
	const struct iw_open_options how = {.application_name = "inchworm", .create_database = true};
	tracing->scratch = iw_scratch_start(&options, error);
	if (tracing->scratch == NULL)
		return false;
	tracing->worker = iw_connection_open(iw_scratch_url(tracing->scratch), &how, error);
	tracing->watcher =
		tracing->worker == NULL ? NULL : iw_connection_open(iw_scratch_url(tracing->scratch), &how, error);
	if (tracing->watcher == NULL)
		return false;
	tracing->used = tracing->worker->engine;
	iw_connection_set_tick(tracing->worker, goes_on, tracing->cli, 100);
	return true;
}

static void close_scratch(struct tracing *tracing)
{
	iw_connection_free(tracing->worker);
	iw_connection_free(tracing->watcher);
	iw_scratch_stop(tracing->scratch);
}

/* "PostgreSQL 14.0" was wanted and "PostgreSQL 15.20" is there: the facts are those of the latter. */
static bool is_other_version(const struct tracing *tracing)
{
	int part = tracing->used.dialect == IW_POSTGRES ? 10000 : 100;
	return tracing->wanted.version != 0 && tracing->wanted.version / part != tracing->used.version / part;
}

/* --- the run --- */

/* A baseline describes what was there before: on an empty server it has to be made. Others stay themselves, since
 * frameworks know them by their address. */
static struct iw_migration *as_run(struct tracing *tracing, guint index)
{
	struct iw_migration *migration = g_ptr_array_index(tracing->migrations, index);
	if (!migration->is_baseline)
		return migration;
	struct iw_migration *made = iw_new(tracing->cli->arena, struct iw_migration);
	*made = *migration;
	made->is_baseline = false;
	return made;
}

static bool apply_history(struct tracing *tracing, iw_planner *planner, GError **error)
{
	for (guint i = 0; i < tracing->history; i++) {
		struct iw_migration *migration = as_run(tracing, i);
		g_autoptr(iw_arena) arena = iw_arena_new();
		const struct iw_migration_plan *plan = iw_planner_plan(planner, arena, migration, IW_UP, error);
		if (plan == NULL)
			return false;
		if (iw_trace_apply(tracing->worker, plan, &tracing->left_out, error))
			continue;
		iw_error_detail(error, "This happened in \"%s\", which comes before what is to be traced.",
				migration->name);
		if (tracing->left_out > 0)
			iw_error_hint(error, "%s before it could not be run: only the framework itself can.",
				      iw_words_count(tracing->cli->arena, tracing->left_out, "statement"));
		return false;
	}
	return true;
}

static void count_steps(struct tracing *tracing, const struct one_trace *trace)
{
	for (guint i = 0; i < trace->steps->len; i++) {
		const struct iw_traced *traced = g_ptr_array_index(trace->steps, i);
		tracing->differences += traced->differences->len > 0;
		tracing->failures += traced->error != NULL || traced->error_together != NULL;
	}
	tracing->statements += trace->steps->len;
}

static bool trace_migrations(struct tracing *tracing, iw_planner *planner, GError **error)
{
	iw_arena *arena = tracing->cli->arena;
	tracing->traces = iw_arena_ptr_array(arena);
	for (guint i = tracing->history; i < tracing->migrations->len && tracing->failures == 0; i++) {
		struct one_trace *trace = iw_new(arena, struct one_trace);
		trace->migration = as_run(tracing, i);
		const struct iw_migration_plan *plan =
			iw_planner_plan(planner, arena, (struct iw_migration *)trace->migration, IW_UP, error);
		if (plan == NULL)
			return false;
		trace->count = plan->steps->len;
		trace->steps = iw_trace_run(tracing->worker, tracing->watcher, arena, plan, error);
		if (trace->steps == NULL)
			return false;
		g_ptr_array_add(tracing->traces, trace);
		count_steps(tracing, trace);
	}
	return true;
}

static bool trace(struct tracing *tracing, GError **error)
{
	const struct iw_plan_options options = {
		.as_written = true,
		.engine = tracing->used,
		.transactional_ddl = (tracing->worker->features & IW_TRANSACTIONAL_DDL) != 0,
	};
	iw_planner *planner = iw_planner_new(tracing->cli->arena, &options, NULL);
	if (!apply_history(tracing, planner, error))
		return false;
	if (tracing->rows > 0) {
		const iw_schema *schema =
			tracing->worker->driver->inspect(tracing->worker, tracing->cli->arena, NULL, error);
		tracing->filled = schema == NULL ? NULL
						 : iw_trace_fill(tracing->worker, tracing->cli->arena, schema,
								 tracing->rows, error);
		if (tracing->filled == NULL)
			return false;
	}
	return trace_migrations(tracing, planner, error);
}

/* --- text --- */

static void add_name(GString *out, struct iw_name name)
{
	g_string_append_printf(out, "%s%s%s", name.schema != NULL ? name.schema : "", name.schema != NULL ? "." : "",
			       name.name);
}

static void add_locks(GString *out, GPtrArray *locks)
{
	if (locks->len == 0)
		g_string_append(out, "no lock");
	for (guint i = 0; i < locks->len; i++) {
		const struct iw_trace_lock *lock = g_ptr_array_index(locks, i);
		g_string_append_printf(out, "%s%s", i > 0 ? ", " : "", lock->lock);
		if (lock->relation.name == NULL)
			continue;
		g_string_append(out, " on ");
		add_name(out, lock->relation);
	}
}

static void add_names(GString *out, const char *words, GPtrArray *names)
{
	for (guint i = 0; i < names->len; i++) {
		g_string_append(out, i == 0 ? words : ", ");
		add_name(out, *(struct iw_name *)g_ptr_array_index(names, i));
	}
}

static void add_observed(GString *out, iw_arena *arena, const struct iw_traced *traced)
{
	const struct iw_trace *seen = traced->seen;
	g_string_append(out, "      observed   ");
	if (seen->locks_unseen != NULL && seen->locks->len == 0)
		g_string_append(out, "locks unknown");
	else
		add_locks(out, seen->locks);
	if (traced->seen_work == IW_INSTANT)
		g_string_append(out, seen->work_unseen != NULL ? "; work unknown" : "; instant");
	add_names(out, "; rewrites ", seen->rewritten);
	add_names(out, "; builds ", seen->built);
	add_names(out, "; scans ", seen->scanned);
	g_string_append_printf(out, "; %s\n", iw_words_duration(arena, seen->seconds));
	if (seen->locks_unseen != NULL)
		g_string_append_printf(out, "                 %s\n", seen->locks_unseen);
	if (seen->work_unseen != NULL)
		g_string_append_printf(out, "                 %s\n", seen->work_unseen);
}

static void add_sql(GString *out, struct iw_style style, const struct iw_step *step)
{
	g_auto(GStrv) lines = g_strsplit(step->sql, "\n", -1);
	for (guint i = 0; lines[i] != NULL; i++) {
		g_strchomp(lines[i]);
		g_string_append_printf(out, i == 0 ? "%4d  " : "%*s", i == 0 ? step->number : 6, "");
		iw_text_printf(out, style, IW_BOLD, "%s%s\n", lines[i],
			       lines[i + 1] == NULL && !step->statement->is_foreign ? ";" : "");
	}
}

static void add_traced(GString *out, struct iw_style style, iw_arena *arena, const struct iw_traced *traced)
{
	add_sql(out, style, traced->step);
	if (traced->not_run != NULL) {
		iw_text_printf(out, style, IW_DIM, "      %s\n", traced->not_run);
		return;
	}
	g_string_append(out, "      predicted  ");
	if (traced->not_predicted != NULL) {
		g_string_append_printf(out, "nothing: %s", traced->not_predicted);
	} else {
		add_locks(out, traced->predicted);
		g_string_append_printf(out, "; %s", iw_work_words(traced->predicted_work));
		if (traced->expected_failure != NULL)
			g_string_append_printf(out, "; may fail: %s", traced->expected_failure);
	}
	g_string_append_c(out, '\n');
	if (traced->seen != NULL)
		add_observed(out, arena, traced);
	if (traced->error != NULL)
		iw_text_printf(out, style, IW_RED, "      observed   it fails: %s\n", traced->error->message);
	if (traced->error_together != NULL)
		iw_text_printf(out, style, IW_RED,
			       "      observed   in one transaction with those before it, it fails: %s\n",
			       traced->error_together->message);
	for (guint i = 0; i < traced->differences->len; i++)
		iw_text_printf(out, style, IW_RED, "      DIFFERS    %s\n",
			       (const char *)g_ptr_array_index(traced->differences, i));
}

static void add_filled(GString *out, const struct tracing *tracing)
{
	guint count = 0;
	for (guint i = 0; tracing->filled != NULL && i < tracing->filled->len; i++)
		count += ((struct iw_filled *)g_ptr_array_index(tracing->filled, i))->reason == NULL;
	if (tracing->filled == NULL)
		return;
	g_string_append_printf(out, "  %s of %u filled with %" G_GUINT64_FORMAT " rows each\n",
			       iw_words_count(tracing->cli->arena, count, "table"), tracing->filled->len,
			       tracing->rows);
	for (guint i = 0; i < tracing->filled->len; i++) {
		const struct iw_filled *filled = g_ptr_array_index(tracing->filled, i);
		if (filled->reason == NULL)
			continue;
		g_string_append(out, "  not filled: ");
		add_name(out, filled->table);
		g_string_append_printf(out, " (%s)\n", filled->reason);
	}
}

static void add_header(GString *out, const struct tracing *tracing)
{
	g_string_append_printf(out, "On a scratch %s", iw_engine_title(tracing->used));
	if (is_other_version(tracing))
		g_string_append_printf(out,
				       "; %s was asked for and is not installed: what follows is true of the former",
				       iw_engine_title(tracing->wanted));
	g_string_append_c(out, '\n');
	if (tracing->history > 0)
		g_string_append_printf(out, "  %s before it applied\n",
				       iw_words_count(tracing->cli->arena, tracing->history, "migration"));
	if (tracing->left_out > 0)
		g_string_append_printf(out, "  %s of them left out: only the framework itself can run them\n",
				       iw_words_count(tracing->cli->arena, tracing->left_out, "statement"));
	add_filled(out, tracing);
}

static void print_text(const struct tracing *tracing)
{
	struct iw_cli *cli = tracing->cli;
	g_autoptr(GString) out = g_string_new(NULL);
	add_header(out, tracing);
	for (guint i = 0; i < tracing->traces->len; i++) {
		const struct one_trace *trace = g_ptr_array_index(tracing->traces, i);
		g_string_append_c(out, '\n');
		iw_text_printf(out, cli->out, IW_CYAN, "%s\n", trace->migration->name);
		for (guint k = 0; k < trace->steps->len; k++)
			add_traced(out, cli->out, cli->arena, g_ptr_array_index(trace->steps, k));
		if (trace->steps->len < trace->count)
			g_string_append_printf(
				out, "      not reached: %s\n",
				iw_words_count(cli->arena, trace->count - trace->steps->len, "statement"));
	}
	g_string_append_printf(out, "\n%s, %u not as predicted, %u failed\n",
			       iw_words_count(cli->arena, tracing->statements, "statement"), tracing->differences,
			       tracing->failures);
	iw_cli_print(cli, out);
}

/* --- JSON --- */

static json_t *name_json(struct iw_name name)
{
	g_autoptr(GString) text = g_string_new(NULL);
	if (name.name == NULL)
		return json_null();
	add_name(text, name);
	return json_string(text->str);
}

static json_t *names_json(GPtrArray *names)
{
	json_t *array = json_array();
	for (guint i = 0; i < names->len; i++)
		json_array_append_new(array, name_json(*(struct iw_name *)g_ptr_array_index(names, i)));
	return array;
}

static json_t *locks_json(GPtrArray *locks)
{
	json_t *array = json_array();
	for (guint i = 0; i < locks->len; i++) {
		const struct iw_trace_lock *lock = g_ptr_array_index(locks, i);
		json_array_append_new(
			array, json_pack("{s:o, s:s}", "relation", name_json(lock->relation), "lock", lock->lock));
	}
	return array;
}

static const char *work_word(enum iw_work work)
{
	static const char *const WORDS[] = {
		[IW_INSTANT] = "instant", [IW_SCAN] = "scan", [IW_BUILD] = "build", [IW_REWRITE] = "rewrite"};
	return WORDS[work];
}

static json_t *observed_json(const struct iw_traced *traced)
{
	const struct iw_trace *seen = traced->seen;
	if (seen == NULL)
		return json_null();
	json_t *object = json_object();
	json_object_set_new(object, "locks", locks_json(seen->locks));
	iw_cli_json_text(object, "locksUnknown", seen->locks_unseen);
	iw_cli_json_text(object, "work",
			 seen->work_unseen != NULL && traced->seen_work == IW_INSTANT ? NULL
										      : work_word(traced->seen_work));
	iw_cli_json_text(object, "workUnknown", seen->work_unseen);
	json_object_set_new(object, "rewritten", names_json(seen->rewritten));
	json_object_set_new(object, "built", names_json(seen->built));
	json_object_set_new(object, "scanned", names_json(seen->scanned));
	json_object_set_new(object, "seconds", json_real(seen->seconds));
	return object;
}

static json_t *predicted_json(const struct iw_traced *traced)
{
	json_t *object = json_object(), *facts = json_array();
	for (guint i = 0; i < traced->step->judgements->len; i++) {
		const struct iw_judgement *judgement = g_ptr_array_index(traced->step->judgements, i);
		json_array_append_new(facts, json_string(judgement->fact->id));
	}
	json_object_set_new(object, "facts", facts);
	iw_cli_json_text(object, "unknown", traced->not_predicted);
	json_object_set_new(object, "locks", locks_json(traced->predicted));
	json_object_set_new(object, "work", json_string(work_word(traced->predicted_work)));
	iw_cli_json_text(object, "mayFail", traced->expected_failure);
	return object;
}

static json_t *traced_json(const struct iw_traced *traced)
{
	json_t *object = json_object(), *differences = json_array();
	json_object_set_new(object, "number", json_integer(traced->step->number));
	iw_cli_json_text(object, "sql", traced->step->sql);
	iw_cli_json_text(object, "notRun", traced->not_run);
	json_object_set_new(object, "predicted", predicted_json(traced));
	json_object_set_new(object, "observed", observed_json(traced));
	json_object_set_new(object, "error", traced->error == NULL ? json_null() : iw_cli_error_json(traced->error));
	json_object_set_new(object, "errorTogether",
			    traced->error_together == NULL ? json_null() : iw_cli_error_json(traced->error_together));
	for (guint i = 0; i < traced->differences->len; i++)
		json_array_append_new(differences, json_string(g_ptr_array_index(traced->differences, i)));
	json_object_set_new(object, "differences", differences);
	return object;
}

static json_t *filled_json(const struct tracing *tracing)
{
	json_t *array = json_array();
	for (guint i = 0; tracing->filled != NULL && i < tracing->filled->len; i++) {
		const struct iw_filled *filled = g_ptr_array_index(tracing->filled, i);
		json_t *object = json_pack("{s:o}", "table", name_json(filled->table));
		iw_cli_json_text(object, "notFilled", filled->reason);
		json_array_append_new(array, object);
	}
	return array;
}

static void print_json(const struct tracing *tracing)
{
	json_t *object = json_object(), *migrations = json_array();
	iw_cli_json_text(object, "server", iw_engine_title(tracing->used));
	iw_cli_json_text(object, "asked", is_other_version(tracing) ? iw_engine_title(tracing->wanted) : NULL);
	json_object_set_new(
		object, "history",
		json_pack("{s:i, s:i}", "migrations", (int)tracing->history, "leftOut", (int)tracing->left_out));
	json_object_set_new(object, "filled", filled_json(tracing));
	for (guint i = 0; i < tracing->traces->len; i++) {
		const struct one_trace *trace = g_ptr_array_index(tracing->traces, i);
		json_t *one = json_object(), *steps = json_array();
		iw_cli_json_text(one, "migration", trace->migration->name);
		for (guint k = 0; k < trace->steps->len; k++)
			json_array_append_new(steps, traced_json(g_ptr_array_index(trace->steps, k)));
		json_object_set_new(one, "statements", steps);
		json_object_set_new(one, "notReached", json_integer(trace->count - trace->steps->len));
		json_array_append_new(migrations, one);
	}
	json_object_set_new(object, "migrations", migrations);
	json_object_set_new(object, "different", json_integer(tracing->differences));
	json_object_set_new(object, "failed", json_integer(tracing->failures));
	g_autoptr(GString) out = g_string_new(NULL);
	iw_report_json(out, object);
	json_decref(object);
	iw_cli_print(tracing->cli, out);
}

static int run_trace(struct iw_cli *cli, GError **error)
{
	struct tracing tracing = {.cli = cli};
	if (!parse_rows(&tracing, error) || !choose(&tracing, error))
		return IW_ERROR_USAGE;
	iw_cli_catch_signals(cli);
	bool is_done = open_scratch(&tracing, error) && trace(&tracing, error);
	if (is_done && cli->options.json)
		print_json(&tracing);
	else if (is_done)
		print_text(&tracing);
	close_scratch(&tracing);
	if (!is_done)
		return IW_ERROR_UNSUPPORTED;
	return tracing.differences + tracing.failures > 0 ? 1 : 0;
}

static const char *const groups[] = {"project", "trace", NULL};

const struct iw_command iw_command_trace = {
	.name = "trace",
	.arguments = "[MIGRATION | FILE...]",
	.summary = "run a migration on a throwaway server: predicted beside observed",
	.description =
		"Starts a server of its own from the binaries that are installed here, applies the migrations before "
		"this\n"
		"one (the last one when none is named), then runs each of its statements and shows the locks, rewrites "
		"and\n"
		"scans that it was predicted to take beside those that it took. The project's own database is not "
		"touched,\n"
		"nothing of the project is executed but its SQL, and nothing is left behind. --engine chooses the "
		"version.\n"
		"Of files outside of any project the last one is traced, those before it are applied first.\n"
		"Exit status 0: all as predicted; 1: something differs or fails; 13: no such server is installed.",
	.option_groups = groups,
	.run = run_trace,
};
