/* Which migrations a command is about, and whether the history allows it. */
#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>

bool iw_cli_is_applied(GPtrArray *applied, const struct iw_migration *migration)
{
	for (guint i = 0; i < applied->len; i++) {
		const struct iw_applied *one = g_ptr_array_index(applied, i);
		if (one->migration == migration)
			return one->state == IW_APPLIED;
	}
	return false;
}

static const struct iw_applied *find_first(GPtrArray *applied, bool (*is_it)(const struct iw_applied *))
{
	for (guint i = 0; i < applied->len; i++)
		if (is_it(g_ptr_array_index(applied, i)))
			return g_ptr_array_index(applied, i);
	return NULL;
}

static bool is_edited(const struct iw_applied *applied)
{
	return applied->state == IW_APPLIED && applied->is_edited;
}

static bool is_missing(const struct iw_applied *applied)
{
	return applied->state == IW_MISSING_FILE;
}

static bool is_in_journal(GPtrArray *journal, const char *name)
{
	for (guint i = 0; i < journal->len; i++) {
		const struct iw_journal_entry *entry = g_ptr_array_index(journal, i);
		if (strcmp(entry->migration, name) == 0)
			return true;
	}
	return false;
}

static bool refuse_failed(GPtrArray *applied, GPtrArray *journal, GError **error)
{
	for (guint i = 0; i < applied->len; i++) {
		const struct iw_applied *one = g_ptr_array_index(applied, i);
		if (one->state != IW_FAILED || is_in_journal(journal, one->name))
			continue;
		iw_fail(error, IW_ERROR_HISTORY, "migration \"%s\" was begun by another tool and is not finished",
			one->name);
		if (one->note != NULL && *one->note != '\0')
			iw_error_detail(error, "%s", one->note);
		iw_error_hint(error,
			      "Look at what it left in the database. Undo that and run `inchworm resolve --rolled-back "
			      "%s`, or "
			      "finish it by hand and run `inchworm resolve --applied %s`.",
			      one->name, one->name);
		return false;
	}
	return true;
}

bool iw_cli_check_history(struct iw_cli *cli, GPtrArray *applied, GPtrArray *journal, GError **error)
{
	if (!refuse_failed(applied, journal, error))
		return false;
	const struct iw_applied *missing = find_first(applied, is_missing);
	if (missing != NULL)
		iw_cli_note(cli, "warning: \"%s\" is applied in the database and has no file here", missing->name);
	const struct iw_applied *edited = find_first(applied, is_edited);
	if (edited == NULL)
		return true;
	if (cli->options.allow_edited) {
		iw_cli_note(cli, "warning: \"%s\" was edited after it was applied", edited->name);
		return true;
	}
	iw_fail(error, IW_ERROR_HISTORY, "migration \"%s\" was edited after it was applied", edited->name);
	iw_error_hint(error,
		      "Put the file back as it was, or accept it as it is with `inchworm resolve --repair %s`; "
		      "--allow-edited "
		      "goes on this once.",
		      edited->name);
	return false;
}

bool iw_cli_check_unfinished(GPtrArray *journal, GError **error)
{
	for (guint i = 0; i < journal->len; i++) {
		const struct iw_journal_entry *entry = g_ptr_array_index(journal, i);
		if (entry->direction != IW_UP || entry->plan != NULL || (entry->done == 0 && entry->doing == 0))
			continue;
		iw_fail(error, IW_ERROR_HISTORY,
			"\"%s\" was begun and is not finished: nothing older can be undone before it",
			entry->migration);
		iw_error_hint(error,
			      "Finish it with `inchworm up`; or undo by hand what it did, and run `inchworm resolve "
			      "--rolled-back %s`.",
			      entry->migration);
		return false;
	}
	return true;
}

/* "+2", "-1": a count; 0 when it is something else. */
static int parse_count(const char *target, char sign)
{
	if (target == NULL || *target != sign)
		return 0;
	char *end = NULL;
	long count = strtol(target + 1, &end, 10);
	return *end == '\0' && count > 0 && count < G_MAXINT ? (int)count : 0;
}

/* Of migrations that form a line. */
static bool one_target(const struct iw_cli *cli, char **targets, const char **target, GError **error)
{
	*target = targets[0];
	if (targets[0] == NULL || targets[1] == NULL)
		return true;
	iw_fail(error, IW_ERROR_USAGE, "\"%s\" is one word too many: the migrations of %s form a line", targets[1],
		cli->project->framework->title);
	iw_error_hint(error, "Name the last migration to apply, or for `down` the last one that stays.");
	return false;
}

static GPtrArray *pending_in_line(struct iw_cli *cli, GPtrArray *applied, char **targets, GError **error)
{
	const char *target = NULL;
	if (!one_target(cli, targets, &target, error))
		return NULL;
	int count = parse_count(target, '+');
	const struct iw_migration *last = NULL;
	if (target != NULL && count == 0 && (last = iw_project_find(cli->project, target, error)) == NULL)
		return NULL;
	GPtrArray *pending = iw_arena_ptr_array(cli->arena);
	for (guint i = 0; i < cli->project->migrations->len; i++) {
		struct iw_migration *migration = g_ptr_array_index(cli->project->migrations, i);
		if (applied == NULL || !iw_cli_is_applied(applied, migration))
			g_ptr_array_add(pending, migration);
		if (migration == last || (count > 0 && pending->len == (guint)count))
			break;
	}
	return pending;
}

static GPtrArray *undone_in_line(struct iw_cli *cli, GPtrArray *applied, char **targets, GError **error)
{
	const char *target = NULL;
	if (!one_target(cli, targets, &target, error))
		return NULL;
	bool is_all = g_strcmp0(target, "zero") == 0 || g_strcmp0(target, "base") == 0;
	int count = target == NULL ? 1 : parse_count(target, '-');
	const struct iw_migration *keep = NULL;
	if (!is_all && count == 0 && (keep = iw_project_find(cli->project, target, error)) == NULL)
		return NULL;
	GPtrArray *migrations = iw_arena_ptr_array(cli->arena);
	for (guint i = cli->project->migrations->len; i-- > 0;) {
		struct iw_migration *migration = g_ptr_array_index(cli->project->migrations, i);
		if (migration == keep || (count > 0 && migrations->len == (guint)count))
			break;
		if (iw_cli_is_applied(applied, migration))
			g_ptr_array_add(migrations, migration);
	}
	return migrations;
}

/* In a graph the framework chooses. Its words may come as one argument, too: "app 0003". */
static GPtrArray *selected(struct iw_cli *cli, GPtrArray *applied, char **targets, enum iw_direction direction,
			   GError **error)
{
	const struct iw_project *project = cli->project;
	GPtrArray *none = iw_arena_ptr_array(cli->arena);
	if (applied == NULL)
		applied = project->bookkeeping->class->match(cli->arena, project->bookkeeping, none, error);
	if (applied == NULL)
		return NULL;
	GPtrArray *words = iw_arena_ptr_array(cli->arena);
	for (; *targets != NULL; targets++) {
		g_auto(GStrv) parts = g_strsplit_set(*targets, " \t", -1);
		for (char **part = parts; *part != NULL; part++)
			if (**part != '\0')
				g_ptr_array_add(words, iw_arena_strdup(cli->arena, *part));
	}
	g_ptr_array_add(words, NULL);
	return project->framework->select(cli->arena, project, applied, (const char *const *)words->pdata, direction,
					  error);
}

static void add_applied(struct iw_cli *cli, GPtrArray *order, GPtrArray *applied, GPtrArray *without)
{
	g_autoptr(GHashTable) skipped = g_hash_table_new(NULL, NULL);
	for (guint i = 0; without != NULL && i < without->len; i++)
		g_hash_table_add(skipped, g_ptr_array_index(without, i));
	g_autoptr(GHashTable) is_there = g_hash_table_new(NULL, NULL);
	for (guint i = 0; applied != NULL && i < applied->len; i++) {
		const struct iw_applied *one = g_ptr_array_index(applied, i);
		if (one->state == IW_APPLIED && one->migration != NULL)
			g_hash_table_add(is_there, one->migration);
	}
	for (guint i = 0; i < cli->project->migrations->len; i++) {
		struct iw_migration *migration = g_ptr_array_index(cli->project->migrations, i);
		if (g_hash_table_contains(is_there, migration) && !g_hash_table_contains(skipped, migration))
			g_ptr_array_add(order, migration);
	}
}

GPtrArray *iw_cli_pending(struct iw_cli *cli, GPtrArray *applied, char **targets, GError **error)
{
	GPtrArray *pending = cli->project->framework->select == NULL ? pending_in_line(cli, applied, targets, error)
								     : selected(cli, applied, targets, IW_UP, error);
	if (pending == NULL)
		return NULL;
	cli->project->order = iw_arena_ptr_array(cli->arena);
	add_applied(cli, cli->project->order, applied, NULL);
	for (guint i = 0; i < pending->len; i++)
		g_ptr_array_add(cli->project->order, g_ptr_array_index(pending, i));
	return pending;
}

GPtrArray *iw_cli_to_undo(struct iw_cli *cli, GPtrArray *applied, char **targets, GError **error)
{
	GPtrArray *migrations = cli->project->framework->select == NULL
					? undone_in_line(cli, applied, targets, error)
					: selected(cli, applied, targets, IW_DOWN, error);
	if (migrations == NULL)
		return NULL;
	cli->project->order = iw_arena_ptr_array(cli->arena);
	add_applied(cli, cli->project->order, applied, migrations);
	for (guint i = migrations->len; i > 0; i--)
		g_ptr_array_add(cli->project->order, g_ptr_array_index(migrations, i - 1));
	return migrations;
}
