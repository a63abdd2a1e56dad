/* backfill: rows of one table filled in batches, beside all migrations; and what the one that runs is told. */
#include "cli/progress.h"
#include "report/report.h"
#include "sql/sql.h"

#include <stdlib.h>
#include <string.h>

/* What runs ---------------------------------------------------------------------------------------------------- */

static bool is_of_rows(const struct iw_journal_entry *entry)
{
	return g_str_has_prefix(entry->migration, IW_JOURNAL_BACKFILL);
}

static bool add_change(const struct iw_cli *cli, const char **control, const char *text, GError **error)
{
	g_auto(GStrv) parts = g_strsplit(text, "=", 2);
	bool is_count = false;
	int value = 0;
	if (parts[0] == NULL || parts[1] == NULL || !iw_control_knows(g_strstrip(parts[0]), &is_count)) {
		iw_fail(error, IW_ERROR_USAGE, "\"%s\" cannot be told to what runs", text);
		iw_error_hint(error, "Without a TABLE, --set takes max-lag=, stop-lag=, pause=, batch-time= and "
				     "max-sessions=.");
		return false;
	}
	char *end = NULL;
	glong count = strtol(parts[1], &end, 10);
	if (is_count && (*end != '\0' || end == parts[1] || count < 0 || count > G_MAXINT))
		return iw_fail(error, IW_ERROR_USAGE, "\"%s\" is no number", parts[1]);
	if (is_count)
		value = (int)count;
	else if (!iw_cli_duration(g_strstrip(parts[1]), &value, error))
		return false;
	*control = iw_control_with(cli->arena, *control, parts[0], value);
	return true;
}

static bool tell_one(struct iw_cli *cli, const struct iw_journal_entry *entry, GError **error)
{
	const char *control = entry->control;
	if (cli->options.hold || cli->options.resume)
		control = iw_control_with(cli->arena, control, "hold", cli->options.hold);
	for (char **change = cli->options.sets; change != NULL && *change != NULL; change++)
		if (!add_change(cli, &control, *change, error))
			return false;
	return iw_journal_write_control(cli->connection, cli->arena, entry->migration, control, error);
}

static int tell(struct iw_cli *cli, GError **error)
{
	if (cli->options.hold && cli->options.resume) {
		iw_fail(error, IW_ERROR_USAGE, "--hold and --resume contradict each other");
		return IW_ERROR_USAGE;
	}
	GPtrArray *journal = iw_journal_read(cli->connection, cli->arena, error);
	guint count = 0;
	for (guint i = 0; journal != NULL && i < journal->len; i++) {
		const struct iw_journal_entry *entry = journal->pdata[i];
		if (entry->plan == NULL || entry->state != IW_RUNNING)
			continue;
		if (!tell_one(cli, entry, error))
			return IW_ERROR_STATEMENT;
		g_autoptr(GString) out = g_string_new(NULL);
		g_string_append_printf(out, "told \"%s\"\n", entry->migration);
		iw_cli_print(cli, out);
		count++;
	}
	if (journal != NULL && count == 0)
		iw_fail(error, IW_ERROR_HISTORY, "nothing is under way that fills rows in");
	return journal != NULL && count > 0 ? 0 : IW_ERROR_HISTORY;
}

/* One of its own ----------------------------------------------------------------------------------------------- */

static const char *is_there_sql(iw_arena *arena, const struct iw_bookkeeping *book)
{
	(void)arena;
	(void)book;
	return "SELECT 1";
}

static GPtrArray *nothing_sql(iw_arena *arena, const struct iw_bookkeeping *book, const struct iw_migration *migration,
			      gint64 milliseconds)
{
	(void)book;
	(void)migration;
	(void)milliseconds;
	return iw_arena_ptr_array(arena);
}

/* The framework is told nothing: it is no migration. */
static struct iw_bookkeeping *no_bookkeeping(struct iw_cli *cli)
{
	struct iw_bookkeeping_class *class = iw_new(cli->arena, struct iw_bookkeeping_class);
	*class = (struct iw_bookkeeping_class){.exists_sql = is_there_sql, .finish_sql = nothing_sql};
	struct iw_bookkeeping *book = iw_new(cli->arena, struct iw_bookkeeping);
	*book = *cli->project->bookkeeping;
	book->class = class;
	return book;
}

static const char *update_text(struct iw_cli *cli)
{
	g_auto(GStrv) parts = g_strsplit(cli->options.arguments[0], ".", 2);
	struct iw_name name = {parts[1] == NULL ? NULL : parts[0], parts[1] == NULL ? parts[0] : parts[1]};
	g_autofree char *set = g_strjoinv(", ", cli->options.sets);
	const char *where = cli->options.where;
	return iw_arena_printf(cli->arena, "UPDATE %s SET %s%s%s%s",
			       iw_quote_name(cli->arena, cli->project->engine.dialect, name), set,
			       where == NULL ? "" : " WHERE (", where == NULL ? "" : where, where == NULL ? "" : ")");
}

/* The same words have the same name: that is how it is gone on with. */
static const char *name_of(struct iw_cli *cli, const char *text)
{
	g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
	return iw_arena_printf(cli->arena, IW_JOURNAL_BACKFILL "%.150s (%.8s)", cli->options.arguments[0], hash);
}

static bool refuse(const struct iw_migration_plan *plan, GError **error)
{
	bool has_table = plan->steps->len == 1 && plan->no_recipe != NULL;
	iw_fail(error, IW_ERROR_UNSUPPORTED, "this cannot be done in batches: %s",
		has_table ? plan->no_recipe : "there is no such table with rows, or it is no single UPDATE of it");
	iw_error_detail(error, "It would be: %s.", ((const struct iw_step *)plan->steps->pdata[0])->sql);
	return false;
}

/* A plan of one step, of a kind that `up` also has. */
static struct iw_migration_plan *make_plan(struct iw_cli *cli, const char *stored, const char *name, const char *text,
					   GError **error)
{
	struct iw_plan_options options = {
		.engine = cli->project->engine,
		.transactional_ddl = cli->project->engine.dialect != IW_MYSQL,
		.size = iw_cli_size,
		.size_data = cli,
		.tiny_rows = 0.1,
		.tiny_bytes = 0.1,
	};
	iw_schema *live = cli->connection->driver->inspect(cli->connection, cli->arena, NULL, error);
	if (live == NULL)
		return NULL;
	iw_planner *planner = iw_planner_new(cli->arena, &options, live);
	if (stored != NULL) {
		struct iw_migration *migration = iw_new(cli->arena, struct iw_migration);
		*migration = (struct iw_migration){.name = name};
		return iw_plan_load(planner, cli->arena, &options, migration, stored, error);
	}
	struct iw_migration *migration = iw_migration_of_text(cli->arena, name, text);
	struct iw_migration_plan *plan = iw_planner_plan(planner, cli->arena, migration, IW_UP, error);
	if (plan == NULL)
		return NULL;
	bool is_good = plan->is_phased && plan->steps->len == 1 &&
		       ((const struct iw_step *)plan->steps->pdata[0])->backfill != NULL;
	return is_good || refuse(plan, error) ? plan : NULL;
}

static json_t *backfill_json(const struct iw_migration_plan *plan)
{
	const struct iw_step *step = plan->steps->pdata[0];
	json_t *object = json_object();
	iw_cli_json_text(object, "name", plan->migration->name);
	iw_cli_json_text(object, "sql", step->sql);
	json_t *keys = json_array();
	for (guint i = 0; i < step->backfill->keys->len; i++)
		json_array_append_new(keys, json_string(step->backfill->keys->pdata[i]));
	json_object_set_new(object, "key", keys);
	double rows = step->worst == NULL ? -1 : step->worst->rows;
	json_object_set_new(object, "rows", rows < 0 ? json_null() : json_real(rows));
	return object;
}

static void print_plan(struct iw_cli *cli, const struct iw_migration_plan *plan)
{
	const struct iw_step *step = plan->steps->pdata[0];
	g_autoptr(GString) out = g_string_new(NULL);
	if (cli->options.json) {
		json_t *object = backfill_json(plan);
		iw_report_json(out, object);
		json_decref(object);
		iw_cli_print(cli, out);
		return;
	}
	g_autoptr(GString) keys = g_string_new(NULL);
	for (guint i = 0; i < step->backfill->keys->len; i++)
		g_string_append_printf(keys, "%s%s", i > 0 ? ", " : "", (const char *)step->backfill->keys->pdata[i]);
	double rows = step->worst == NULL ? -1 : step->worst->rows;
	g_string_append_printf(out, "%s\n  each batch: %s%s (%s) in the next part of the key\n  key: %s\n  rows: %s\n",
			       plan->migration->name, step->sql, step->backfill->where == NULL ? " WHERE" : " AND",
			       keys->str, keys->str, rows < 0 ? "not known" : iw_words_rows(cli->arena, rows));
	iw_cli_print(cli, out);
}

static bool begin(struct iw_cli *cli, iw_run **run, GError **error)
{
	struct iw_run_limits limits;
	struct iw_pace pace;
	if (!iw_cli_limits(cli, &limits, error) || !iw_cli_pace(cli, &pace, error))
		return false;
	iw_cli_catch_signals(cli);
	const struct iw_run_options options = {
		.connection = cli->connection,
		.url = cli->url,
		.bookkeeping = no_bookkeeping(cli),
		.limits = limits,
		.pace = pace,
		.interrupted = &cli->interrupted,
		.event = iw_cli_progress,
		.event_data = cli,
	};
	*run = iw_run_new(cli->arena, &options);
	return iw_run_lock(*run, error) && iw_run_prepare(*run, error);
}

static bool fill(struct iw_cli *cli, iw_run *run, const char *name, const char *text, GError **error)
{
	const struct iw_journal_entry *entry = iw_run_entry(run, name);
	const struct iw_migration_plan *plan = make_plan(cli, entry == NULL ? NULL : entry->plan, name, text, error);
	return plan != NULL && iw_run_migration(run, plan, error);
}

/* Those that were stopped. */
static bool fill_all(struct iw_cli *cli, iw_run *run, GError **error)
{
	GPtrArray *journal = iw_journal_read(cli->connection, cli->arena, error);
	guint count = 0;
	for (guint i = 0; journal != NULL && i < journal->len; i++) {
		const struct iw_journal_entry *entry = journal->pdata[i];
		if (!is_of_rows(entry))
			continue;
		count++;
		if (!fill(cli, run, entry->migration, NULL, error))
			return false;
	}
	if (journal != NULL && count == 0) {
		iw_fail(error, IW_ERROR_USAGE, "no backfill was stopped");
		iw_error_hint(error, "A new one: `inchworm backfill TABLE --set 'COLUMN = EXPRESSION'`.");
	}
	return journal != NULL && count > 0;
}

static bool forget(struct iw_cli *cli, GError **error)
{
	g_autofree char *prefix = g_strconcat(IW_JOURNAL_BACKFILL, cli->options.arguments[0], " (", NULL);
	GPtrArray *journal = iw_journal_read(cli->connection, cli->arena, error);
	for (guint i = 0; journal != NULL && i < journal->len; i++) {
		const struct iw_journal_entry *entry = journal->pdata[i];
		if (g_str_has_prefix(entry->migration, prefix) &&
		    !iw_journal_forget(cli->connection, cli->arena, entry->migration, error))
			return false;
	}
	return journal != NULL;
}

static bool run_own(struct iw_cli *cli, GError **error)
{
	const char *table = cli->options.arguments[0];
	if (table != NULL && cli->options.sets == NULL && !cli->options.forget)
		return iw_fail(error, IW_ERROR_USAGE, "what to fill in is not said: --set 'COLUMN = EXPRESSION'");
	const char *text = table == NULL || cli->options.sets == NULL ? NULL : update_text(cli);
	const char *name = text == NULL ? NULL : name_of(cli, text);
	if (cli->options.dry_run && text != NULL) {
		const struct iw_migration_plan *plan = make_plan(cli, NULL, name, text, error);
		if (plan != NULL)
			print_plan(cli, plan);
		return plan != NULL;
	}
	iw_run *run = NULL;
	bool is_done = begin(cli, &run, error);
	if (is_done && cli->options.forget && table != NULL)
		is_done = forget(cli, error);
	else if (is_done)
		is_done = text != NULL ? fill(cli, run, name, text, error) : fill_all(cli, run, error);
	if (run != NULL)
		iw_run_end(run);
	return is_done;
}

static int run_backfill(struct iw_cli *cli, GError **error)
{
	bool has_table = cli->options.arguments[0] != NULL;
	bool tells = !has_table && (cli->options.hold || cli->options.resume || cli->options.sets != NULL);
	if (!iw_cli_open_project(cli, error) || !iw_cli_connect(cli, cli->options.dry_run, error))
		return IW_ERROR_PROJECT;
	if (tells)
		return tell(cli, error);
	return run_own(cli, error) ? 0 : IW_ERROR_INTERNAL;
}

static const char *const groups[] = {"project", "run", "backfill", "fill", NULL};

const struct iw_command iw_command_backfill = {
	.name = "backfill",
	.arguments = "[TABLE]",
	.summary = "fill in rows of a table in batches; hold or change what runs",
	.description =
		"`inchworm backfill TABLE --set 'a = lower(b)' --where 'a IS NULL'` changes rows in batches along a "
		"unique key,\n"
		"each in a transaction of its own, and gives way to replicas. Stopped or killed, the same command goes "
		"on, and\n"
		"so does `inchworm backfill` alone. What reads the column it sets, or other tables, is refused.\n"
		"`inchworm backfill --hold`, `--resume` and `--set max-lag=2s` tell a backfill that another process "
		"runs, of `up`\n"
		"or of this command, what to do before its next batch.",
	.option_groups = groups,
	.run = run_backfill,
};
