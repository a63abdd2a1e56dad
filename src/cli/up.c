/* up: applies what is pending. down: undoes, with down files or the derived inverse. */
#include "cli/closing.h"
#include "cli/progress.h"
#include "report/report.h"
#include "sql/sql.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* Of the one command that runs: a signal handler has no other way to it. */
static volatile sig_atomic_t *interrupted;

static void on_signal(int signal_number)
{
	*interrupted = 1;
	signal(signal_number, SIG_DFL); /* the second one ends the process at once */
}

void iw_cli_catch_signals(struct iw_cli *cli)
{
	if (cli->is_library)
		return;
	interrupted = &cli->interrupted;
	struct sigaction action = {.sa_handler = on_signal};
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* What both directions share between opening and ending. */
struct session {
	struct iw_cli *cli;
	iw_run *run;
	GPtrArray *applied, *journal;
	bool owes; /* an earlier run has not come to the framework's own end of it */
	bool is_down;
	struct iw_cli_closing closing;
};

/* Killed just after the framework had finished a migration and recorded it: only our own note is left. */
static bool forget_finished(struct session *session, GError **error)
{
	for (guint i = session->journal->len; i-- > 0;) {
		const struct iw_journal_entry *entry = g_ptr_array_index(session->journal, i);
		const struct iw_migration *migration = iw_project_find(session->cli->project, entry->migration, NULL);
		bool is_applied = migration != NULL && iw_cli_is_applied(session->applied, migration);
		if (entry->plan != NULL || entry->done > 0 || entry->doing > 0 || entry->direction != IW_UP ||
		    !is_applied)
			continue;
		if (!iw_journal_forget(session->cli->connection, session->cli->arena, entry->migration, error))
			return false;
		g_ptr_array_remove_index(session->journal, i);
	}
	return true;
}

/* Of iw_run_options.part. */
static bool part_command(void *data, const struct iw_migration_plan *plan, const struct iw_step *step,
			 struct iw_run_delegation *delegation, GError **error)
{
	const struct iw_cli *cli = data;
	const struct iw_project *project = cli->project;
	struct iw_framework_command command = {0};
	if (project->framework->delegate_part == NULL ||
	    !project->framework->delegate_part(cli->arena, project, plan->migration, plan->direction,
					       step->statement->part, &command))
		return iw_fail(error, IW_ERROR_INTERNAL, "%s cannot run a part of a migration",
			       project->framework->title);
	*delegation =
		(struct iw_run_delegation){command.directory, command.arguments, command.environment, command.shown};
	return true;
}

static bool begin(struct session *session, GError **error)
{
	struct iw_cli *cli = session->cli;
	struct iw_run_limits limits;
	struct iw_pace pace;
	if (!iw_cli_open_project(cli, error) || !iw_cli_limits(cli, &limits, error) ||
	    !iw_cli_pace(cli, &pace, error) || !iw_cli_check_problems(cli, true, error) ||
	    !iw_cli_connect(cli, false, error))
		return false;
	iw_cli_catch_signals(cli);
	const struct iw_run_options options = {
		.connection = cli->connection,
		.url = cli->url,
		.bookkeeping = cli->project->bookkeeping,
		.limits = limits,
		.pace = pace,
		.interrupted = &cli->interrupted,
		.event = iw_cli_progress,
		.event_data = cli,
		.part = part_command,
		.part_data = cli,
	};
	session->run = iw_run_new(cli->arena, &options);
	if (!iw_run_lock(session->run, error) || !iw_run_prepare(session->run, error))
		return false;
	session->owes = iw_run_owes_closing(session->run);
	bool has_table = false;
	session->applied = iw_cli_read_applied(cli, &has_table, error);
	session->journal = session->applied == NULL ? NULL : iw_journal_read(cli->connection, cli->arena, error);
	return session->journal != NULL && forget_finished(session, error) &&
	       iw_cli_check_history(cli, session->applied, session->journal, error);
}

static void add_end_json(const struct session *session, GString *out, guint count, enum iw_direction direction)
{
	json_t *object = json_object();
	iw_cli_json_text(object, "event", "end");
	iw_cli_json_text(object, "direction", direction == IW_UP ? "up" : "down");
	json_object_set_new(object, "migrations", json_integer(count));
	if (session->closing.is_there)
		json_object_set_new(object, "closing", iw_cli_closing_json(&session->closing));
	char *text = json_dumps(object, JSON_COMPACT);
	g_string_append_printf(out, "%s\n", text);
	free(text);
	json_decref(object);
}

static void print_end(const struct session *session, guint count, enum iw_direction direction)
{
	struct iw_cli *cli = session->cli;
	g_autoptr(GString) out = g_string_new(NULL);
	if (cli->options.json) {
		add_end_json(session, out, count, direction);
	} else if (count == 0) {
		g_string_append(out, direction == IW_UP ? "nothing to do: no migration is pending\n"
							: "nothing to do: no migration to undo\n");
		iw_cli_print_closing(cli, out, &session->closing);
	} else {
		g_string_append_printf(out, "%s %s\n", iw_words_count(cli->arena, count, "migration"),
				       direction == IW_UP ? "applied" : "undone");
		iw_cli_print_closing(cli, out, &session->closing);
	}
	iw_cli_print(cli, out);
}

static void print_header(struct iw_cli *cli)
{
	if (cli->options.json)
		return;
	g_autoptr(GString) out = g_string_new(NULL);
	iw_cli_print_header(cli, out);
	g_string_append_c(out, '\n');
	iw_cli_print(cli, out);
}

static bool stop_when_interrupted(const struct iw_cli *cli, GError **error)
{
	return !cli->interrupted ||
	       iw_fail(error, IW_ERROR_INTERRUPTED, "interrupted between two migrations; nothing is half done");
}

static bool is_of_framework(const struct iw_statement *statement)
{
	return statement->is_foreign || statement->needs != NULL;
}

/* Python runs only after saying so and being allowed; whether, is asked before anything runs. */
static bool may_delegate(const struct iw_cli *cli, const struct iw_statement *statement,
			 const struct iw_migration *migration, GError **error)
{
	if (iw_cli_may_delegate(cli))
		return true;
	const struct iw_operation *operation = g_ptr_array_index(statement->operations, 0);
	if (statement->needs != NULL)
		iw_fail_at(error, IW_ERROR_UNSUPPORTED, &statement->place,
			   "\"%s\" needs %s, which only the framework's own connection has", migration->name,
			   statement->needs);
	else
		iw_fail_at(error, IW_ERROR_UNSUPPORTED, &statement->place, "\"%s\" holds what is not SQL: %s",
			   migration->name, operation->reason);
	iw_error_hint(
		error,
		"Only %s itself can run it. Allow that with --delegate, or with `delegate: true` in inchworm.yaml; "
		"nothing has run yet.",
		cli->project->framework->title);
	return false;
}

/* ALTER COLUMN ... TO in a project for Turso whose URL is a local file. */
static bool has_statement(const struct iw_cli *cli, const struct iw_statement *statement,
			  const struct iw_migration *migration, GError **error)
{
	struct iw_engine engine = cli->project->engine;
	const struct iw_operation *operation = g_ptr_array_index(statement->operations, 0);
	if (engine.dialect != IW_SQLITE || engine.is_libsql || operation->kind != IW_OP_MODIFY_COLUMN)
		return true;
	iw_fail_at(error, IW_ERROR_UNSUPPORTED, &operation->place,
		   "\"%s\" redefines a column with ALTER COLUMN ... TO, which is libSQL's: %s has no such statement",
		   migration->name, iw_engine_title(engine));
	iw_error_hint(error,
		      "Nothing has run yet. Run the project on libSQL with %s's own command; for SQLite, "
		      "generate the migration with the dialect \"sqlite\".",
		      cli->project->framework->title);
	return false;
}

/* *is_foreign: it holds what the framework must run, and that is allowed. */
static bool is_readable(const struct iw_cli *cli, const struct iw_migration *migration, bool *is_foreign,
			GError **error)
{
	g_autoptr(iw_source) source = iw_migration_open(migration, IW_UP, error);
	if (source == NULL || migration->is_baseline)
		return source != NULL;
	g_autoptr(iw_arena) arena = iw_arena_new();
	g_autoptr(iw_reader) reader = iw_reader_new(cli->project->engine, source, &migration->up);
	GError *failure = NULL;
	const struct iw_statement *statement;
	while ((statement = iw_reader_next(reader, arena, &failure)) != NULL) {
		if (is_of_framework(statement) && !may_delegate(cli, statement, migration, error))
			return false;
		if (!has_statement(cli, statement, migration, error))
			return false;
		*is_foreign = *is_foreign || is_of_framework(statement);
		iw_arena_reset(arena);
	}
	if (failure == NULL)
		return true;
	g_propagate_error(error, failure);
	return false;
}

/* Will the framework end this run? */
static bool has_end(const struct session *session, GPtrArray *migrations)
{
	return (migrations->len > 0 || session->owes) && iw_cli_may_delegate(session->cli) &&
	       iw_cli_has_closing(session->cli);
}

/* It runs a migration, or the end of ours. */
static bool needs_framework(const struct session *session, GPtrArray *migrations, bool is_foreign)
{
	return is_foreign || has_end(session, migrations);
}

/* Killed or stopped by a failure after this, the next run comes to the end. */
static bool note_end(struct session *session, GPtrArray *migrations, enum iw_direction direction, GError **error)
{
	return !has_end(session, migrations) || iw_run_note_closing(session->run, direction, error);
}

/* A missing or broken file, or one that may not run, must not be found out in the middle. */
static bool are_readable(struct session *session, GPtrArray *pending, GError **error)
{
	bool is_foreign = false;
	for (guint i = 0; i < pending->len; i++)
		if (!is_readable(session->cli, g_ptr_array_index(pending, i), &is_foreign, error))
			return false;
	return !needs_framework(session, pending, is_foreign) ||
	       iw_cli_check_framework(session->cli, session->run, session->applied, error);
}

static bool run_delegated(struct session *session, iw_arena *arena, const struct iw_migration_plan *plan,
			  GError **error)
{
	const struct iw_project *project = session->cli->project;
	struct iw_framework_command command = {0};
	if (!project->framework->delegate(arena, project, plan->migration, plan->direction, &command, error))
		return false;
	const struct iw_run_delegation delegation = {command.directory, command.arguments, command.environment,
						     command.shown};
	return iw_run_delegated(session->run, plan, &delegation, error);
}

static bool may_run(const struct iw_cli *cli, const struct iw_migration_plan *plan, GError **error)
{
	for (guint i = 0; i < plan->steps->len; i++) {
		const struct iw_step *step = g_ptr_array_index(plan->steps, i);
		if (is_of_framework(step->statement) && !may_delegate(cli, step->statement, plan->migration, error))
			return false;
	}
	return true;
}

/* A phased plan in a `down`: its own steps are taken back. */
static bool is_undone_by_steps(const struct session *session, const struct iw_migration_plan *plan)
{
	return session->is_down && plan->is_phased;
}

static bool run_plan(struct session *session, iw_arena *arena, const struct iw_migration_plan *plan, GError **error)
{
	if (is_undone_by_steps(session, plan))
		return iw_run_undo(session->run, plan, session->cli->options.lossy, error);
	return plan->is_delegated ? run_delegated(session, arena, plan, error)
				  : iw_run_migration(session->run, plan, error);
}

/* `count`: of migrations that have run. */
static bool finish(struct session *session, guint count, GError **error)
{
	bool is_due = count > 0 || session->owes;
	if (!iw_run_settle(session->run, error) ||
	    (is_due && !iw_cli_close(session->cli, session->run, &session->closing, error)))
		return false;
	bool is_made = is_due && (session->closing.is_done || !session->closing.is_there);
	return !is_made || iw_run_forget_closing(session->run, error);
}

/* What would block for long and has no recipe runs only when that is accepted. */
static bool is_accepted(const struct iw_cli *cli, const struct iw_migration_plan *plan, GError **error)
{
	/* SQLite has one writer whatever is done: there is nothing to choose. */
	bool is_chosen = cli->options.accept_blocking || cli->options.as_written;
	if (plan->blocking->len == 0 || is_chosen || cli->project->engine.dialect == IW_SQLITE)
		return true;
	iw_fail(error, IW_ERROR_UNSUPPORTED, "\"%s\" would block the application for long", plan->migration->name);
	g_autoptr(GString) text = g_string_new(NULL);
	for (guint i = 0; i < plan->blocking->len; i++)
		g_string_append_printf(text, "%s%s.", i > 0 ? "\n" : "", (const char *)plan->blocking->pdata[i]);
	iw_error_detail(error, "%s", text->str);
	iw_error_hint(error, "Nothing of it has run. --accept-blocking runs it as it is written; `inchworm plan` shows "
			     "every step.");
	return false;
}

static bool touches(const struct iw_migration_plan *plan, guint from, const char *table)
{
	for (guint i = from; i < plan->steps->len; i++) {
		const struct iw_statement *statement = ((const struct iw_step *)plan->steps->pdata[i])->statement;
		for (guint j = 0; j < statement->operations->len; j++) {
			const struct iw_operation *operation = statement->operations->pdata[j];
			if (g_strcmp0(operation->name.name, table) == 0 ||
			    g_strcmp0(operation->new_name.name, table) == 0)
				return true;
		}
	}
	return false;
}

/* The table of the open plan that the new one works on, too; NULL: none. */
static const char *shared_table(const struct iw_migration_plan *open, const struct iw_migration_plan *plan)
{
	for (guint i = open->contract_from; i < open->steps->len; i++) {
		const struct iw_statement *statement = ((const struct iw_step *)open->steps->pdata[i])->statement;
		for (guint j = 0; j < statement->operations->len; j++) {
			const struct iw_operation *operation = statement->operations->pdata[j];
			if (operation->name.name != NULL && touches(plan, 0, operation->name.name))
				return operation->name.name;
		}
	}
	return NULL;
}

/* Beside an open contract only migrations of other tables may run: the table is not what its files say. */
static bool stays_clear(struct session *session, iw_planner *planner, iw_arena *arena,
			const struct iw_migration_plan *plan, GError **error)
{
	for (guint i = 0; i < session->journal->len; i++) {
		const struct iw_journal_entry *entry = session->journal->pdata[i];
		if (entry->state == IW_RUNNING || entry->state == IW_HIDDEN || entry->plan == NULL)
			continue;
		struct iw_migration *other = iw_project_find(session->cli->project, entry->migration, error);
		struct iw_migration_plan *open =
			other == NULL ? NULL
				      : iw_cli_stored_plan(session->cli, planner, arena, other, entry->plan, error);
		const char *table = open == NULL ? NULL : shared_table(open, plan);
		if (open == NULL)
			return false;
		if (table == NULL)
			continue;
		iw_fail(error, IW_ERROR_HISTORY, "\"%s\" changes the table \"%s\", of which \"%s\" has left old parts",
			plan->migration->name, table, entry->migration);
		iw_error_hint(error, "Run `inchworm contract` first, or take that one back with `inchworm down`.");
		return false;
	}
	return true;
}

static struct iw_migration_plan *plan_up(struct session *session, iw_planner *planner, iw_arena *arena,
					 struct iw_migration *migration, GError **error)
{
	const struct iw_journal_entry *entry = iw_run_entry(session->run, migration->name);
	if (entry != NULL && entry->plan != NULL)
		return iw_cli_stored_plan(session->cli, planner, arena, migration, entry->plan, error);
	struct iw_migration_plan *plan = iw_planner_plan(planner, arena, migration, IW_UP, error);
	return plan != NULL && is_accepted(session->cli, plan, error) &&
			       stays_clear(session, planner, arena, plan, error)
		       ? plan
		       : NULL;
}

static bool apply_all(struct session *session, GPtrArray *pending, GError **error)
{
	struct iw_cli *cli = session->cli;
	if (!note_end(session, pending, IW_UP, error))
		return false;
	iw_planner *planner = iw_cli_planner(cli, error);
	for (guint i = 0; planner != NULL && i < pending->len; i++) {
		g_autoptr(iw_arena) arena = iw_arena_new();
		struct iw_migration *migration = g_ptr_array_index(pending, i);
		struct iw_migration_plan *plan = plan_up(session, planner, arena, migration, error);
		if (plan == NULL || !stop_when_interrupted(cli, error) || !run_plan(session, arena, plan, error))
			return false;
		if (plan->is_delegated || plan->is_phased) /* what it changed is only known by looking */
			planner = iw_cli_planner(cli, error);
	}
	return planner != NULL;
}

static int run_up(struct iw_cli *cli, GError **error)
{
	struct session session = {.cli = cli};
	GPtrArray *pending = NULL;
	bool is_done = begin(&session, error);
	if (is_done) {
		pending = iw_cli_pending(cli, session.applied, cli->options.arguments, error);
		print_header(cli);
		is_done = pending != NULL && are_readable(&session, pending, error) &&
			  (pending->len == 0 || apply_all(&session, pending, error)) &&
			  finish(&session, pending->len, error);
	}
	if (session.run != NULL)
		iw_run_end(session.run);
	if (is_done)
		print_end(&session, pending->len, IW_UP);
	return is_done ? 0 : IW_ERROR_INTERNAL;
}

static bool refuse_loss(const struct iw_migration_plan *plan, GError **error)
{
	g_autoptr(GString) losses = g_string_new(NULL);
	for (guint i = 0; i < plan->losses->len; i++)
		g_string_append_printf(losses, "%s%s", i > 0 ? "\n" : "",
				       (const char *)g_ptr_array_index(plan->losses, i));
	iw_fail(error, IW_ERROR_LOSSY, "undoing \"%s\" would lose data", plan->migration->name);
	iw_error_detail(error, "%s", losses->str);
	iw_error_hint(error,
		      "`inchworm plan --down` shows the statements. --lossy runs them all the same; a backup is what "
		      "brings the data back.");
	return false;
}

static bool delegates(GPtrArray *plans)
{
	for (guint i = 0; i < plans->len; i++) {
		const struct iw_migration_plan *plan = g_ptr_array_index(plans, i);
		if (plan->is_delegated || plan->is_split)
			return true;
	}
	return false;
}

static bool undo_all(struct session *session, GPtrArray *migrations, GError **error)
{
	struct iw_cli *cli = session->cli;
	/* All are planned before the first one runs: a refusal must not come in the middle. */
	GPtrArray *plans = iw_cli_plans_down(cli, session->run, migrations, error);
	for (guint i = 0; plans != NULL && i < plans->len; i++) {
		const struct iw_migration_plan *plan = g_ptr_array_index(plans, i);
		bool is_refused = plan->is_lossy && !cli->options.lossy && !refuse_loss(plan, error);
		if (is_refused || !may_run(cli, plan, error))
			return false;
	}
	bool needs = plans != NULL && needs_framework(session, migrations, delegates(plans));
	if (plans == NULL || (needs && !iw_cli_check_framework(cli, session->run, session->applied, error)))
		return false;
	if (plans->len > 0 && !note_end(session, migrations, IW_DOWN, error))
		return false;
	for (guint i = 0; i < plans->len; i++)
		if (!stop_when_interrupted(cli, error) ||
		    !run_plan(session, cli->arena, g_ptr_array_index(plans, i), error))
			return false;
	return true;
}

/* What was begun and is not recorded comes first; without a target it is all that goes. */
static GPtrArray *to_undo(struct session *session, GError **error)
{
	struct iw_cli *cli = session->cli;
	const struct iw_journal_entry *begun = NULL;
	for (guint i = 0; i < session->journal->len; i++) {
		const struct iw_journal_entry *entry = session->journal->pdata[i];
		if (g_str_has_prefix(entry->migration, IW_JOURNAL_BACKFILL))
			continue; /* of no migration */
		if (entry->plan != NULL && (entry->state == IW_RUNNING || entry->state == IW_UNDOING))
			begun = entry;
	}
	if (begun == NULL)
		return iw_cli_to_undo(cli, session->applied, cli->options.arguments, error);
	struct iw_migration *migration = iw_project_find(cli->project, begun->migration, error);
	if (migration == NULL)
		return NULL;
	if (cli->options.arguments[0] != NULL) {
		iw_fail(error, IW_ERROR_HISTORY, "\"%s\" was begun and is not finished: it is taken back first",
			begun->migration);
		iw_error_hint(error, "Run `inchworm down` without a target, then again with it.");
		return NULL;
	}
	/* The planner that undoes it wants the schema of what is applied before it. */
	if (iw_cli_pending(cli, session->applied, (char *[]){NULL}, error) == NULL)
		return NULL;
	GPtrArray *only = iw_arena_ptr_array(cli->arena);
	g_ptr_array_add(only, migration);
	return only;
}

static int run_down(struct iw_cli *cli, GError **error)
{
	struct session session = {.cli = cli, .is_down = true};
	GPtrArray *migrations = NULL;
	bool is_done = begin(&session, error);
	if (is_done) {
		migrations = iw_cli_check_unfinished(session.journal, error) ? to_undo(&session, error) : NULL;
		print_header(cli);
		is_done = migrations != NULL && undo_all(&session, migrations, error) &&
			  finish(&session, migrations->len, error);
	}
	if (session.run != NULL)
		iw_run_end(session.run);
	if (is_done)
		print_end(&session, migrations->len, IW_DOWN);
	return is_done ? 0 : IW_ERROR_INTERNAL;
}

static void print_contracted(const struct session *session, guint count)
{
	struct iw_cli *cli = session->cli;
	g_autoptr(GString) out = g_string_new(NULL);
	if (cli->options.json)
		g_string_append_printf(out, "{\"event\":\"end\",\"direction\":\"contract\",\"migrations\":%u}\n",
				       count);
	else if (count == 0)
		g_string_append(out, "nothing to do: no migration waits for it\n");
	else
		g_string_append_printf(out, "%s contracted\n", iw_words_count(cli->arena, count, "migration"));
	iw_cli_print(cli, out);
}

enum { GRACE_MS = 7 * 24 * 60 * 60 * 1000 };

static bool is_over(const struct iw_journal_entry *entry, int grace_ms)
{
	g_autoptr(GDateTime) since = entry->cursor == NULL ? NULL : g_date_time_new_from_iso8601(entry->cursor, NULL);
	g_autoptr(GDateTime) now = g_date_time_new_now_utc();
	return since == NULL || g_date_time_difference(now, since) / 1000 >= grace_ms;
}

/* What was hidden goes for good when that is asked for, or long enough ago. */
static bool contract_one(struct session *session, const struct iw_migration_plan *plan,
			 const struct iw_journal_entry *entry, int grace_ms, guint *count, GError **error)
{
	bool is_hidden = entry->state == IW_HIDDEN || entry->state == IW_PURGING;
	bool may_purge = session->cli->options.purge || entry->state == IW_PURGING;
	if (is_hidden && !may_purge && !is_over(entry, grace_ms))
		return true;
	(*count)++;
	if (!is_hidden && !iw_run_contract(session->run, plan, false, error))
		return false;
	bool has_hidden = plan->purge_from < plan->steps->len;
	return !has_hidden || (!is_hidden && !session->cli->options.purge) ||
	       iw_run_contract(session->run, plan, true, error);
}

/* struct iw_migration_plan *; `entries`: struct iw_journal_entry * of each. */
static GPtrArray *to_contract(struct session *session, iw_planner *planner, GPtrArray *entries, GError **error)
{
	struct iw_cli *cli = session->cli;
	GPtrArray *plans = iw_arena_ptr_array(cli->arena);
	for (guint i = 0; i < session->journal->len; i++) {
		struct iw_journal_entry *entry = session->journal->pdata[i];
		if (entry->plan == NULL || entry->state == IW_RUNNING || entry->state == IW_UNDOING)
			continue;
		if (cli->options.arguments[0] != NULL && strcmp(cli->options.arguments[0], entry->migration) != 0)
			continue;
		struct iw_migration *migration = iw_project_find(cli->project, entry->migration, error);
		struct iw_migration_plan *plan =
			migration == NULL ? NULL
					  : iw_cli_stored_plan(cli, planner, cli->arena, migration, entry->plan, error);
		if (plan == NULL)
			return NULL;
		g_ptr_array_add(plans, plan);
		g_ptr_array_add(entries, entry);
	}
	return plans;
}

/* What is hidden already fails already where it is used. */
static bool are_unused(struct iw_cli *cli, GPtrArray *plans, GPtrArray *entries, GError **error)
{
	g_autoptr(GPtrArray) open = g_ptr_array_new();
	for (guint i = 0; i < plans->len; i++) {
		const struct iw_journal_entry *entry = entries->pdata[i];
		if (entry->state != IW_HIDDEN && entry->state != IW_PURGING)
			g_ptr_array_add(open, plans->pdata[i]);
	}
	return iw_cli_check_unused(cli, open, error);
}

static int run_contract(struct iw_cli *cli, GError **error)
{
	struct session session = {.cli = cli};
	guint count = 0;
	bool is_done = begin(&session, error);
	if (is_done)
		print_header(cli);
	int grace_ms = GRACE_MS;
	is_done = is_done && iw_cli_duration(cli->options.grace, &grace_ms, error);
	iw_planner *planner = is_done ? iw_cli_planner(cli, error) : NULL;
	GPtrArray *entries = iw_arena_ptr_array(cli->arena);
	GPtrArray *plans = planner == NULL ? NULL : to_contract(&session, planner, entries, error);
	is_done = plans != NULL && are_unused(cli, plans, entries, error);
	for (guint i = 0; is_done && i < plans->len; i++)
		is_done = contract_one(&session, plans->pdata[i], entries->pdata[i], grace_ms, &count, error);
	if (session.run != NULL)
		iw_run_end(session.run);
	if (is_done)
		print_contracted(&session, count);
	return is_done ? 0 : IW_ERROR_INTERNAL;
}

static const char *const up_groups[] = {"project", "run", "recipes", "backfill", "up", NULL};
static const char *const down_groups[] = {"project", "run", "down", NULL};
static const char *const contract_groups[] = {"project", "run", "contract", NULL};

const struct iw_command iw_command_contract = {
	.name = "contract",
	.arguments = "[MIGRATION]",
	.summary = "remove the old parts that applied migrations have left",
	.description = "Runs the contract steps of migrations that `up` has applied in phases: what the code from "
		       "before still "
		       "needed\n"
		       "goes. Run it when that code is no longer running. `inchworm status` shows what waits.\n"
		       "The project's code is looked through first: where it certainly uses what goes, nothing is "
		       "removed, unless\n"
		       "--despite-references is given.",
	.option_groups = contract_groups,
	.run = run_contract,
};

const struct iw_command iw_command_up = {
	.name = "up",
	.arguments = "[TARGET... | +N]",
	.summary = "apply the pending migrations",
	.description =
		"Applies pending migrations in the framework's order and records each in the framework's own table. "
		"Waits for\n"
		"locks in short attempts within a budget, never without a deadline. What an earlier run left "
		"unfinished is\n"
		"finished first. TARGET is the last migration to apply (its name or the start of it), +N the next N.\n"
		"Alembic: TARGET is what `alembic upgrade` takes: a revision or its beginning, head (the default), "
		"heads,\n"
		"BRANCH@head, +N, REVISION+N, BRANCH@+N. Django: APP, or APP NAME, as for `manage.py migrate`; with an "
		"older\n"
		"NAME, or `zero`, `down` is the command.",
	.option_groups = up_groups,
	.run = run_up,
};

const struct iw_command iw_command_down = {
	.name = "down",
	.arguments = "[TARGET... | -N | zero]",
	.summary = "undo migrations, newest first",
	.description = "Undoes the newest applied migration, or the newest N, or all after TARGET, or all (zero). Uses "
		       "the project's\n"
		       "down files; where there are none, the inverse is derived from the schema before the migration, "
		       "and refused\n"
		       "when data would be lost and --lossy was not given.\n"
		       "Alembic: TARGET is what `alembic downgrade` takes: the revision that stays, base, -N, "
		       "REVISION-N,\n"
		       "BRANCH@base, BRANCH@-N. Django: APP NAME (which stays), or APP zero.",
	.option_groups = down_groups,
	.run = run_down,
};
