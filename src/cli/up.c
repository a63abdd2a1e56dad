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
	bool is_open; /* the last migration was run by us: the framework has not ended a run of its own */
	struct iw_cli_closing closing;
};

/* Killed just after the framework had finished a migration and recorded it: only our own note is left. */
static bool forget_finished(struct session *session, GError **error)
{
	for (guint i = session->journal->len; i-- > 0;) {
		const struct iw_journal_entry *entry = g_ptr_array_index(session->journal, i);
		const struct iw_migration *migration = iw_project_find(session->cli->project, entry->migration, NULL);
		bool is_applied = migration != NULL && iw_cli_is_applied(session->applied, migration);
		if (entry->done > 0 || entry->doing > 0 || entry->direction != IW_UP || !is_applied)
			continue;
		if (!iw_journal_forget(session->cli->connection, session->cli->arena, entry->migration, error))
			return false;
		g_ptr_array_remove_index(session->journal, i);
	}
	return true;
}

static bool begin(struct session *session, GError **error)
{
	struct iw_cli *cli = session->cli;
	struct iw_run_limits limits;
	if (!iw_cli_open_project(cli, error) || !iw_cli_limits(cli, &limits, error) ||
	    !iw_cli_check_problems(cli, true, error) || !iw_cli_connect(cli, false, error))
		return false;
	iw_cli_catch_signals(cli);
	const struct iw_run_options options = {
		.connection = cli->connection,
		.url = cli->url,
		.bookkeeping = cli->project->bookkeeping,
		.limits = limits,
		.interrupted = &cli->interrupted,
		.event = iw_cli_progress,
		.event_data = cli,
	};
	session->run = iw_run_new(cli->arena, &options);
	if (!iw_run_lock(session->run, error) || !iw_run_prepare(session->run, error))
		return false;
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

/* Python runs only after saying so and being allowed; whether, is asked before anything runs. */
static bool may_delegate(const struct iw_cli *cli, const struct iw_statement *statement,
			 const struct iw_migration *migration, GError **error)
{
	if (iw_cli_may_delegate(cli))
		return true;
	const struct iw_operation *operation = g_ptr_array_index(statement->operations, 0);
	iw_fail_at(error, IW_ERROR_UNSUPPORTED, &statement->place, "\"%s\" holds what is not SQL: %s", migration->name,
		   operation->reason);
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
		if (statement->is_foreign && !may_delegate(cli, statement, migration, error))
			return false;
		if (!has_statement(cli, statement, migration, error))
			return false;
		*is_foreign = *is_foreign || statement->is_foreign;
		iw_arena_reset(arena);
	}
	if (failure == NULL)
		return true;
	g_propagate_error(error, failure);
	return false;
}

/* It runs a migration, or the end of ours. */
static bool needs_framework(const struct session *session, GPtrArray *migrations, bool is_foreign)
{
	return is_foreign ||
	       (migrations->len > 0 && iw_cli_may_delegate(session->cli) && iw_cli_has_closing(session->cli));
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
	const struct iw_run_delegation delegation = {command.directory, command.arguments, command.environment};
	return iw_run_delegated(session->run, plan, &delegation, error);
}

static bool may_run(const struct iw_cli *cli, const struct iw_migration_plan *plan, GError **error)
{
	for (guint i = 0; plan->is_delegated && i < plan->steps->len; i++) {
		const struct iw_step *step = g_ptr_array_index(plan->steps, i);
		if (step->statement->is_foreign && !may_delegate(cli, step->statement, plan->migration, error))
			return false;
	}
	return true;
}

static bool run_plan(struct session *session, iw_arena *arena, const struct iw_migration_plan *plan, GError **error)
{
	session->is_open = !plan->is_delegated;
	return plan->is_delegated ? run_delegated(session, arena, plan, error)
				  : iw_run_migration(session->run, plan, error);
}

static bool finish(struct session *session, GError **error)
{
	return iw_run_settle(session->run, error) &&
	       (!session->is_open || iw_cli_close(session->cli, session->run, &session->closing, error));
}

static bool apply_all(struct session *session, GPtrArray *pending, GError **error)
{
	struct iw_cli *cli = session->cli;
	iw_planner *planner = iw_cli_planner(cli, error);
	for (guint i = 0; planner != NULL && i < pending->len; i++) {
		g_autoptr(iw_arena) arena = iw_arena_new();
		struct iw_migration *migration = g_ptr_array_index(pending, i);
		struct iw_migration_plan *plan = iw_planner_plan(planner, arena, migration, IW_UP, error);
		if (plan == NULL || !stop_when_interrupted(cli, error) || !run_plan(session, arena, plan, error))
			return false;
		if (plan->is_delegated) /* what it changed is only known by looking */
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
			  (pending->len == 0 || apply_all(&session, pending, error)) && finish(&session, error);
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
	for (guint i = 0; i < plans->len; i++)
		if (((const struct iw_migration_plan *)g_ptr_array_index(plans, i))->is_delegated)
			return true;
	return false;
}

static bool undo_all(struct session *session, GPtrArray *migrations, GError **error)
{
	struct iw_cli *cli = session->cli;
	/* All are planned before the first one runs: a refusal must not come in the middle. */
	GPtrArray *plans = iw_cli_plans_down(cli, migrations, error);
	for (guint i = 0; plans != NULL && i < plans->len; i++) {
		const struct iw_migration_plan *plan = g_ptr_array_index(plans, i);
		bool is_refused = plan->is_lossy && !cli->options.lossy && !refuse_loss(plan, error);
		if (is_refused || !may_run(cli, plan, error))
			return false;
	}
	bool needs = plans != NULL && needs_framework(session, migrations, delegates(plans));
	if (plans == NULL || (needs && !iw_cli_check_framework(cli, session->run, session->applied, error)))
		return false;
	for (guint i = 0; i < plans->len; i++)
		if (!stop_when_interrupted(cli, error) ||
		    !run_plan(session, cli->arena, g_ptr_array_index(plans, i), error))
			return false;
	return true;
}

static int run_down(struct iw_cli *cli, GError **error)
{
	struct session session = {.cli = cli};
	GPtrArray *migrations = NULL;
	bool is_done = begin(&session, error);
	if (is_done) {
		migrations = iw_cli_check_unfinished(session.journal, error)
				     ? iw_cli_to_undo(cli, session.applied, cli->options.arguments, error)
				     : NULL;
		print_header(cli);
		is_done = migrations != NULL && undo_all(&session, migrations, error) && finish(&session, error);
	}
	if (session.run != NULL)
		iw_run_end(session.run);
	if (is_done)
		print_end(&session, migrations->len, IW_DOWN);
	return is_done ? 0 : IW_ERROR_INTERNAL;
}

static const char *const up_groups[] = {"project", "run", "up", NULL};
static const char *const down_groups[] = {"project", "run", "down", NULL};

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
