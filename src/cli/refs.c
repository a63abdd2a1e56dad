/* refs: where the project's own code still uses a table or a column. */
#include "cli/cli.h"
#include "framework/files.h"
#include "refs/refs.h"
#include "report/refs.h"
#include "report/report.h"

#include <string.h>

/* "users", "users.nick", "app.users.nick". */
static bool parse_target(struct iw_cli *cli, struct iw_ref_target *target, GError **error)
{
	char **arguments = cli->options.arguments;
	if (arguments[0] == NULL || arguments[1] != NULL)
		return iw_fail(error, IW_ERROR_USAGE,
			       "one table or column is wanted (users, users.nick, app.users.nick)");
	g_auto(GStrv) parts = g_strsplit(arguments[0], ".", -1);
	guint count = g_strv_length(parts);
	for (guint i = 0; i < count; i++)
		if (*parts[i] == '\0')
			count = 0;
	if (count == 0 || count > 3)
		return iw_fail(error, IW_ERROR_USAGE, "\"%s\" names no table or column", arguments[0]);
	target->table.schema = count == 3 ? iw_arena_strdup(cli->arena, parts[0]) : NULL;
	target->table.name = iw_arena_strdup(cli->arena, parts[count == 3 ? 1 : 0]);
	target->column = count == 1 ? NULL : iw_arena_strdup(cli->arena, parts[count - 1]);
	return true;
}

/* Where code is looked for: the repository of the project, or of the folder, when there is no project. */
static const char *find_directory(struct iw_cli *cli)
{
	g_autofree char *here = g_get_current_dir();
	const char *directory = cli->options.directory == NULL ? here : cli->options.directory;
	if (cli->options.code != NULL)
		return iw_path_join(cli->arena, here, cli->options.code);
	g_autoptr(GError) failure = NULL;
	if (!iw_cli_open_project(cli, &failure))
		cli->project = NULL;
	if (cli->project == NULL && !cli->options.json)
		iw_cli_note(cli, "note: %s; the folder is read as it is", failure->message);
	if (cli->project != NULL)
		directory = cli->project->directory;
	return iw_path_repository(cli->arena, iw_path_join(cli->arena, here, directory));
}

static int run_refs(struct iw_cli *cli, GError **error)
{
	struct iw_ref_target target = {0};
	if (!parse_target(cli, &target, error))
		return IW_ERROR_USAGE;
	const char *directory = find_directory(cli);
	if (!iw_path_is_directory(directory)) {
		iw_fail(error, IW_ERROR_INPUT, "\"%s\" is no folder", directory);
		return IW_ERROR_INPUT;
	}
	bool all = cli->options.all;
	iw_refs *refs = iw_refs_new(cli->arena, directory, cli->project == NULL ? NULL : cli->project->migrations, all);
	iw_refs_add(refs, &target);
	if (!iw_refs_find(refs, error))
		return IW_ERROR_INPUT;
	g_autoptr(GString) out = g_string_new(NULL);
	if (cli->options.json) {
		json_t *object = iw_report_refs_json(refs, &target, all);
		iw_report_json(out, object);
		json_decref(object);
	} else {
		iw_report_refs_text(out, cli->out, refs, &target, all);
	}
	iw_cli_print(cli, out);
	return refs->counts[0][IW_CERTAIN] + refs->counts[0][IW_LIKELY] > 0 ? 1 : 0;
}

static const char *const groups[] = {"project", "refs", NULL};

const struct iw_command iw_command_refs = {
	.name = "refs",
	.arguments = "TABLE[.COLUMN]",
	.summary = "where the code still uses a table or a column",
	.description =
		"Looks through the project's own code (Python, TypeScript, JavaScript, SQL, Prisma's schema, "
		"templates)\n"
		"for uses of a table or a column, by the names that the models give them. Runs nothing.\n"
		"Each use is certain (it is the model's field), likely (the name, in a file that uses the model) or\n"
		"possible (the name alone; shown with --all).\n"
		"Exit status 0: none that is certain or likely; 1: some.",
	.option_groups = groups,
	.run = run_refs,
};
