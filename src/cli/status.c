/* status: what is applied, pending, failed, edited or missing; what a run left open. history: all of them. */
#include "cli/cli.h"
#include "report/report.h"

#include <string.h>

static bool is_remarkable(const struct iw_applied *applied)
{
	return applied->state != IW_APPLIED || applied->is_edited;
}

static enum iw_colour colour_of(const struct iw_applied *applied)
{
	if (applied->state == IW_APPLIED)
		return applied->is_edited ? IW_YELLOW : IW_GREEN;
	return applied->state == IW_FAILED || applied->state == IW_MISSING_FILE ? IW_RED : IW_YELLOW;
}

static void add_row(struct iw_cli *cli, struct iw_text_table *table, const struct iw_applied *applied,
		    const struct iw_migration *previous)
{
	iw_text_table_add(table, colour_of(applied), iw_cli_state_word(applied));
	iw_text_table_add(table, IW_PLAIN, iw_text_clean(cli->arena, applied->name));
	const char *remark = applied->applied_at;
	if (applied->state == IW_PENDING && applied->is_out_of_order)
		remark = "older than the newest applied one";
	if (applied->state == IW_FAILED && applied->note != NULL)
		remark = iw_text_clean(cli->arena, applied->note);
	const char *place = iw_cli_place_in_graph(cli, applied, previous);
	if (place != NULL)
		remark = remark == NULL ? place : iw_arena_printf(cli->arena, "%s; %s", remark, place);
	iw_text_table_add(table, IW_DIM, remark);
}

static void print_table(struct iw_cli *cli, GString *out, GPtrArray *applied, bool all)
{
	struct iw_text_table *table = iw_text_table_new(cli->arena, 3);
	guint rows = 0;
	for (guint i = 0; i < applied->len; i++) {
		const struct iw_applied *one = g_ptr_array_index(applied, i);
		const struct iw_applied *before = i == 0 ? NULL : g_ptr_array_index(applied, i - 1);
		if (!all && !is_remarkable(one))
			continue;
		add_row(cli, table, one, before == NULL ? NULL : before->migration);
		rows++;
	}
	if (rows == 0)
		return;
	g_string_append_c(out, '\n');
	iw_text_table_render(table, out, cli->out, 2);
}

/* An applied migration of which something is left, or that is on its way back. */
static void print_open(GString *out, const struct iw_journal_entry *entry)
{
	static const char *const words[] = {
		[IW_OPEN] =
			"is applied; its old parts are still there. `inchworm contract` removes them, `inchworm down` "
			"goes back.",
		[IW_CONTRACTING] = "is applied; removing its old parts was begun. `inchworm contract` goes on there.",
		[IW_HIDDEN] = "is applied and contracted; what it drops is kept, hidden. `inchworm contract` removes "
			      "it for good "
			      "after the grace period, or with --purge; `inchworm down` brings it back.",
		[IW_PURGING] = "is applied; removing what it drops was begun. `inchworm contract` goes on there.",
		[IW_UNDOING] = "is being taken back. `inchworm down` goes on there.",
	};
	g_string_append_printf(out, "\n\"%s\" %s\n", entry->migration, words[entry->state]);
}

static bool is_under_way(const struct iw_journal_entry *entry)
{
	return entry->state != IW_OPEN && entry->state != IW_HIDDEN;
}

/* Waiting for `contract` is no unfinished business of `up`. */
static guint count_unfinished(GPtrArray *journal)
{
	guint count = 0;
	for (guint i = 0; i < journal->len; i++)
		count += is_under_way(journal->pdata[i]);
	return count;
}

static void print_backfill(struct iw_cli *cli, GString *out, const struct iw_journal_entry *entry)
{
	struct iw_backfill_progress progress;
	if (!iw_journal_progress(entry, &progress))
		return;
	g_string_append_printf(out, "  rows in batches: %s walked, %" G_GINT64_FORMAT " changed",
			       iw_words_rows(cli->arena, (double)progress.walked), progress.written);
	if (progress.total > 0)
		g_string_append_printf(out, ", about %.0f %%",
				       MIN(100.0, 100.0 * (double)progress.walked / progress.total));
	g_string_append(out, iw_control_read(entry->control, NULL)
				     ? "; held: `inchworm backfill --resume` lets them go on\n"
				     : "\n");
}

static void print_journal(struct iw_cli *cli, GString *out, GPtrArray *journal)
{
	for (guint i = 0; i < journal->len; i++) {
		const struct iw_journal_entry *entry = g_ptr_array_index(journal, i);
		if (entry->state != IW_RUNNING) {
			print_open(out, entry);
			continue;
		}
		if (g_str_has_prefix(entry->migration, IW_JOURNAL_BACKFILL)) {
			g_string_append_printf(out, "\n%s was begun at %s and is not finished.\n", entry->migration,
					       entry->started_at);
			print_backfill(cli, out, entry);
			g_string_append(out, "  `inchworm backfill` goes on there.\n");
			continue;
		}
		g_string_append_printf(out, "\n%s \"%s\" was begun at %s and is not finished: %s took effect%s.\n",
				       entry->direction == IW_UP ? "up of" : "down of", entry->migration,
				       entry->started_at, iw_words_count(cli->arena, (guint64)entry->done, "statement"),
				       entry->doing > 0 ? ", one was under way" : "");
		if (entry->note != NULL)
			g_string_append_printf(out, "  the server said: %s\n", iw_text_clean(cli->arena, entry->note));
		print_backfill(cli, out, entry);
		g_string_append_printf(out, "  `inchworm %s` goes on there.\n",
				       entry->direction == IW_UP ? "up" : "down");
	}
}

static guint count_remarkable(GPtrArray *applied)
{
	guint count = 0;
	for (guint i = 0; i < applied->len; i++)
		count += is_remarkable(g_ptr_array_index(applied, i));
	return count;
}

static void print_summary(struct iw_cli *cli, GString *out, GPtrArray *applied)
{
	guint counts[IW_MISSING_FILE + 1] = {0};
	guint edited = 0;
	for (guint i = 0; i < applied->len; i++) {
		const struct iw_applied *one = g_ptr_array_index(applied, i);
		counts[one->state]++;
		edited += one->state == IW_APPLIED && one->is_edited;
	}
	static const struct {
		enum iw_migration_state state;
		const char *words;
	} rows[] = {{IW_APPLIED, "applied"},
		    {IW_PENDING, "pending"},
		    {IW_ROLLED_BACK, "rolled back"},
		    {IW_FAILED, "failed"},
		    {IW_MISSING_FILE, "applied without a file"}};
	g_string_append_c(out, '\n');
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		if (i == 0 || counts[rows[i].state] > 0)
			g_string_append_printf(out, "%s%u %s", i > 0 ? ", " : "", counts[rows[i].state], rows[i].words);
	if (edited > 0)
		g_string_append_printf(out, " (%u edited since)", edited);
	g_string_append(out, count_remarkable(applied) == 0 ? ": the database is up to date\n" : "\n");
	(void)cli;
}

/* NULL: none is under way. */
static json_t *backfill_json(const struct iw_journal_entry *entry)
{
	struct iw_backfill_progress progress;
	if (!iw_journal_progress(entry, &progress))
		return json_null();
	json_t *object = json_object();
	json_object_set_new(object, "rowsWalked", json_integer(progress.walked));
	json_object_set_new(object, "rowsChanged", json_integer(progress.written));
	json_object_set_new(object, "rowsTotal", progress.total < 0 ? json_null() : json_real(progress.total));
	json_object_set_new(object, "held", json_boolean(iw_control_read(entry->control, NULL)));
	return object;
}

static json_t *journal_json(GPtrArray *journal)
{
	json_t *array = json_array();
	for (guint i = 0; i < journal->len; i++) {
		const struct iw_journal_entry *entry = g_ptr_array_index(journal, i);
		json_t *object = json_object();
		iw_cli_json_text(object, "migration", entry->migration);
		iw_cli_json_text(object, "direction", entry->direction == IW_UP ? "up" : "down");
		iw_cli_json_text(object, "state", iw_journal_state_name(entry->state));
		json_object_set_new(object, "statementsDone", json_integer(entry->done));
		json_object_set_new(object, "statementUnderWay",
				    entry->doing > 0 ? json_integer(entry->doing) : json_null());
		iw_cli_json_text(object, "startedAt", entry->started_at);
		iw_cli_json_text(object, "error", entry->note);
		json_object_set_new(object, "backfill", backfill_json(entry));
		json_array_append_new(array, object);
	}
	return array;
}

static void print_json(struct iw_cli *cli, GPtrArray *applied, GPtrArray *journal, bool up_to_date)
{
	json_t *object = iw_cli_project_json(cli);
	json_object_set_new(object, "upToDate", json_boolean(up_to_date));
	json_t *array = json_array();
	for (guint i = 0; i < applied->len; i++)
		json_array_append_new(array, iw_cli_applied_json(g_ptr_array_index(applied, i)));
	iw_cli_graph_json(cli, object, array, applied);
	json_object_set_new(object, "migrations", array);
	json_object_set_new(object, "unfinished", journal_json(journal));
	g_autoptr(GString) text = g_string_new(NULL);
	iw_report_json(text, object);
	json_decref(object);
	iw_cli_print(cli, text);
}

static int show(struct iw_cli *cli, bool all, GError **error)
{
	if (!iw_cli_open_project_to_read(cli, error) || !iw_cli_check_problems(cli, false, error) ||
	    !iw_cli_connect(cli, true, error))
		return IW_ERROR_PROJECT;
	bool has_table = false;
	GPtrArray *applied = iw_cli_read_applied(cli, &has_table, error);
	GPtrArray *journal = applied == NULL ? NULL : iw_journal_read(cli->connection, cli->arena, error);
	if (journal == NULL)
		return IW_ERROR_HISTORY;
	bool up_to_date = count_remarkable(applied) == 0 && count_unfinished(journal) == 0;
	if (cli->options.json) {
		print_json(cli, applied, journal, up_to_date);
		return up_to_date || all ? 0 : 1;
	}
	g_autoptr(GString) out = g_string_new(NULL);
	iw_cli_print_header(cli, out);
	if (!has_table)
		g_string_append(out, "The database has no migration history yet.\n");
	iw_cli_print_heads(cli, out, applied);
	print_table(cli, out, applied, all);
	print_journal(cli, out, journal);
	print_summary(cli, out, applied);
	iw_cli_print(cli, out);
	return up_to_date || all ? 0 : 1;
}

static int run_status(struct iw_cli *cli, GError **error)
{
	return show(cli, false, error);
}

static int run_history(struct iw_cli *cli, GError **error)
{
	return show(cli, true, error);
}

static const char *const groups[] = {"project", NULL};

const struct iw_command iw_command_status = {
	.name = "status",
	.arguments = "",
	.summary = "what is applied, what is pending, what is wrong",
	.description =
		"Compares the migrations on disk with the framework's own table in the database. Changes nothing.\n"
		"Exit status 0: up to date; 1: something is pending, failed, edited or missing.",
	.option_groups = groups,
	.run = run_status,
};

const struct iw_command iw_command_history = {
	.name = "history",
	.arguments = "",
	.summary = "every migration with its state and when it was applied",
	.description = "Lists all migrations in the framework's order. Changes nothing.",
	.option_groups = groups,
	.run = run_history,
};
