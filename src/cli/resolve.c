/* resolve: tells the framework's table what a person has decided: applied, rolled back, or accepted as edited. */
#include "cli/cli.h"

#include <string.h>

static bool choose(const struct iw_cli_options *options, enum iw_resolution *resolution, GError **error)
{
	int given = !!options->applied + !!options->rolled_back + !!options->repair;
	*resolution = options->applied	? IW_RESOLVE_APPLIED
		      : options->repair ? IW_RESOLVE_REPAIR
					: IW_RESOLVE_ROLLED_BACK;
	if (given == 1 && options->arguments[0] != NULL)
		return true;
	iw_fail(error, IW_ERROR_USAGE,
		"resolve needs one of --applied, --rolled-back and --repair, and the migrations it is about");
	iw_error_hint(error, "For example: inchworm resolve --applied 20240101000000_init");
	return false;
}

static const struct iw_applied *find_applied(GPtrArray *applied, const char *name, GError **error)
{
	const struct iw_applied *found = NULL;
	for (guint i = 0; i < applied->len; i++) {
		const struct iw_applied *one = g_ptr_array_index(applied, i);
		if (strcmp(one->name, name) == 0)
			return one;
		if (!g_str_has_prefix(one->name, name))
			continue;
		if (found != NULL) {
			iw_fail(error, IW_ERROR_USAGE, "\"%s\" is the start of more than one migration's name", name);
			return NULL;
		}
		found = one;
	}
	if (found == NULL)
		iw_fail(error, IW_ERROR_HISTORY, "there is no migration \"%s\", neither on disk nor in the database",
			name);
	return found;
}

static bool resolve_one(struct iw_cli *cli, const struct iw_applied *applied, enum iw_resolution resolution,
			GError **error)
{
	const struct iw_bookkeeping *book = cli->project->bookkeeping;
	GPtrArray *statements = book->class->resolve_sql(cli->arena, book, applied, resolution, error);
	if (statements == NULL)
		return false;
	iw_connection *connection = cli->connection;
	if (!connection->driver->begin(connection, error))
		return false;
	for (guint i = 0; i < statements->len; i++)
		if (!iw_execute(connection, g_ptr_array_index(statements, i), error)) {
			connection->driver->rollback(connection, NULL);
			return false;
		}
	if (!connection->driver->commit(connection, error))
		return false;
	return resolution == IW_RESOLVE_REPAIR || iw_journal_forget(connection, cli->arena, applied->name, error);
}

static bool ensure_table(struct iw_cli *cli, bool has_table, GError **error)
{
	if (has_table)
		return true;
	const struct iw_bookkeeping *book = cli->project->bookkeeping;
	GPtrArray *statements = book->class->create_sql(cli->arena, book);
	for (guint i = 0; i < statements->len; i++)
		if (!iw_execute(cli->connection, g_ptr_array_index(statements, i), error))
			return false;
	return true;
}

/* "head" and "heads" of a framework that speaks of heads: their names; other words as they are. */
static GPtrArray *named(struct iw_cli *cli, GError **error)
{
	const struct iw_project *project = cli->project;
	GPtrArray *names = iw_arena_ptr_array(cli->arena);
	for (char **name = cli->options.arguments; *name != NULL; name++) {
		bool is_one = strcmp(*name, "head") == 0, is_heads = is_one || strcmp(*name, "heads") == 0;
		if (!is_heads || !project->bookkeeping->class->keeps_heads) {
			g_ptr_array_add(names, *name);
			continue;
		}
		guint before = names->len;
		for (guint i = 0; i < project->migrations->len; i++) {
			const struct iw_migration *migration = g_ptr_array_index(project->migrations, i);
			bool is_last = is_one ? migration->is_head : iw_cli_children(cli, migration) == 0;
			if (is_last)
				g_ptr_array_add(names, (char *)migration->name);
		}
		if (is_one && names->len > before + 1) {
			iw_fail(error, IW_ERROR_HISTORY, "there are %u heads: say which, or \"heads\"",
				names->len - before);
			return NULL;
		}
	}
	return names;
}

static bool resolve_all(struct iw_cli *cli, enum iw_resolution resolution, GError **error)
{
	GPtrArray *names = named(cli, error);
	for (guint i = 0; names != NULL && i < names->len; i++) {
		/* Read anew each time: one decision can change what the next means. */
		bool has_table = false;
		GPtrArray *applied = iw_cli_read_applied(cli, &has_table, error);
		const struct iw_applied *one =
			applied == NULL ? NULL : find_applied(applied, g_ptr_array_index(names, i), error);
		bool is_word =
			one != NULL && one->migration != NULL && g_ptr_array_index(names, i) == one->migration->name;
		if (is_word && resolution == IW_RESOLVE_APPLIED && one->state == IW_APPLIED)
			continue;
		if (one == NULL || (resolution == IW_RESOLVE_APPLIED && !ensure_table(cli, has_table, error)) ||
		    !resolve_one(cli, one, resolution, error))
			return false;
		iw_cli_note(cli, "%s: recorded as %s", one->name,
			    resolution == IW_RESOLVE_APPLIED  ? "applied"
			    : resolution == IW_RESOLVE_REPAIR ? "applied with the file as it is now"
							      : "rolled back");
	}
	return names != NULL;
}

static int run_resolve(struct iw_cli *cli, GError **error)
{
	enum iw_resolution resolution = IW_RESOLVE_APPLIED;
	if (!choose(&cli->options, &resolution, error) || !iw_cli_open_project(cli, error) ||
	    !iw_cli_check_problems(cli, true, error) || !iw_cli_connect(cli, false, error))
		return IW_ERROR_USAGE;
	const struct iw_run_options options = {
		.connection = cli->connection,
		.url = cli->url,
		.bookkeeping = cli->project->bookkeeping,
		.limits = iw_run_default_limits,
	};
	iw_run *run = iw_run_new(cli->arena, &options);
	bool is_done = iw_run_lock(run, error) && resolve_all(cli, resolution, error);
	iw_run_end(run);
	if (is_done && cli->options.json) {
		g_autoptr(GString) out = g_string_new("{\"resolved\":true}\n");
		iw_cli_print(cli, out);
	}
	return is_done ? 0 : IW_ERROR_INTERNAL;
}

static const char *const groups[] = {"project", "resolve", NULL};

const struct iw_command iw_command_resolve = {
	.name = "resolve",
	.arguments = "MIGRATION...",
	.summary = "record a decision: applied, rolled back, or accepted as edited",
	.description =
		"--applied records migrations as applied without running them (baselining an existing database, or "
		"after\n"
		"finishing one by hand). --rolled-back records that a failed one was undone. --repair accepts applied\n"
		"files as they are now. An open journal entry of the migration is closed. Runs no migration. Alembic: "
		"--applied\n"
		"REVISION, head or heads leaves the rows that `alembic stamp` would.",
	.option_groups = groups,
	.run = run_resolve,
};
