/* lint: judges migrations from their files alone; with a database it also knows sizes. */
#include "cli/ahead.h"
#include "cli/lint_notes.h"
#include "cli/linting.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct linting {
	struct iw_cli *cli;
	iw_lint *lint;
	struct iw_engine engine;
	struct iw_lint_choice choice;
	struct iw_lint_output *output;
	struct iw_since *since; /* NULL: all that the arguments name */
	guint64 statements;	/* of the migration at hand */
	struct iw_lint_notes *notes;
	GHashTable *names, *paths; /* sets of char *: the arguments as they are, and as absolute paths */
};

/* What the arguments may mean: the beginning of a migration's name, a file, or a folder. */
static void read_arguments(struct linting *linting)
{
	iw_arena *arena = linting->cli->arena;
	g_autofree char *folder = g_get_current_dir();
	linting->names = iw_arena_hash_table(arena, g_str_hash, g_str_equal);
	linting->paths = iw_arena_hash_table(arena, g_str_hash, g_str_equal);
	for (char **argument = linting->cli->options.arguments; *argument != NULL; argument++) {
		g_autofree char *absolute = g_canonicalize_filename(*argument, folder);
		g_hash_table_add(linting->names, *argument);
		g_hash_table_add(linting->paths, iw_arena_strdup(arena, absolute));
	}
}

/* Looks up all beginnings of the name and all folders of the path, so that the cost is that of the text alone. */
static bool is_named(const struct linting *linting, const struct iw_migration *migration)
{
	if (linting->cli->options.arguments[0] == NULL)
		return true;
	g_autofree char *name = g_strdup(migration->name);
	for (size_t length = strlen(name) + 1; length-- > 0;) {
		name[length] = '\0';
		if (g_hash_table_contains(linting->names, name))
			return true;
	}
	g_autofree char *path = g_strdup(migration->up.path);
	while (path != NULL && !g_hash_table_contains(linting->paths, path)) {
		char *slash = strrchr(path, '/');
		if (slash == NULL || slash == path)
			return false;
		*slash = '\0';
	}
	return path != NULL;
}

static bool is_reported(const struct linting *linting, const struct iw_migration *migration)
{
	if (linting->since != NULL && !g_hash_table_contains(linting->since->kinds, migration))
		return false;
	bool is_asked = linting->cli->options.arguments[0] != NULL || !migration->is_of_framework;
	return is_asked && is_named(linting, migration) && !iw_cli_is_excluded(linting->cli, migration);
}

static bool is_asked_for(void *data, const struct iw_migration *migration)
{
	return is_reported(data, migration);
}

/* What is read of one migration, as the chunks come. A file that cannot be cut into statements is the user's to mend:
 * said with its place, and the rest goes on. */
static int lint_chunk(struct linting *linting, const struct iw_migration *migration, const struct iw_chunk *chunk,
		      bool begins, bool report)
{
	if (begins) {
		iw_lint_begin_migration(linting->lint, migration, report);
		linting->statements = 0;
	}
	for (guint i = 0; i < chunk->statements->len; i++) {
		iw_lint_statement(linting->lint, g_ptr_array_index(chunk->statements, i));
		if (report)
			iw_lint_notes_statement(linting->notes, migration, g_ptr_array_index(chunk->statements, i));
	}
	linting->statements += chunk->statements->len;
	if (!chunk->is_last)
		return 0;
	if (report)
		iw_lint_notes_migration(linting->notes, migration);
	if (report && linting->since != NULL)
		iw_cli_since_report(linting->lint, linting->since, migration);
	iw_lint_end_migration(linting->lint);
	if (!report)
		return 0;
	iw_lint_output_migration(linting->output, migration, linting->statements);
	if (chunk->error == NULL)
		return 0;
	iw_lint_output_error(linting->output, chunk->error);
	return chunk->error->code;
}

/* Files given by name, outside of any project. */
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

static bool are_files(char **arguments)
{
	if (arguments[0] == NULL)
		return false;
	for (; *arguments != NULL; arguments++)
		if (!g_str_has_suffix(*arguments, ".sql") || !g_file_test(*arguments, G_FILE_TEST_IS_REGULAR))
			return false;
	return true;
}

static bool plain_engine(struct iw_cli *cli, struct iw_engine *engine, GError **error)
{
	const char *dialect = cli->options.engine != NULL ? cli->options.engine : cli->options.dialect;
	if (dialect == NULL)
		return iw_fail(error, IW_ERROR_USAGE,
			       "these files belong to no project that Inchworm knows; which database are they for? "
			       "(--dialect postgres, mysql, mariadb or sqlite)");
	return iw_cli_parse_engine(dialect, engine, error);
}

/* The project that is found and that the files belong to, if they are files. It is opened in an arena of its own, for
 * one that has nothing to do with them to be forgotten. */
static bool find_project(struct linting *linting, bool files, GError **error)
{
	struct iw_cli *cli = linting->cli;
	iw_arena *outer = cli->arena;
	cli->arena = iw_arena_new();
	bool any = iw_cli_open_project_of(cli, files ? ".sql" : NULL, error);
	bool is_wanted = any && !files;
	for (guint i = 0; any && !is_wanted && i < cli->project->migrations->len; i++)
		is_wanted = is_named(linting, g_ptr_array_index(cli->project->migrations, i));
	if (is_wanted) {
		iw_arena_defer(outer, (GDestroyNotify)iw_arena_free, cli->arena);
	} else {
		iw_arena_free(cli->arena);
		cli->project = NULL;
	}
	cli->arena = outer;
	return is_wanted;
}

static GPtrArray *migrations_to_lint(struct linting *linting, GError **error)
{
	struct iw_cli *cli = linting->cli;
	struct iw_engine *engine = &linting->engine;
	char **arguments = cli->options.arguments;
	bool files = are_files(arguments);
	GError *failure = NULL;
	if (find_project(linting, files, &failure)) {
		*engine = cli->project->engine;
		return cli->project->migrations;
	}
	if (!files) {
		g_propagate_error(error, failure);
		return NULL;
	}
	g_clear_error(&failure);
	if (!plain_engine(cli, engine, error))
		return NULL;
	GPtrArray *migrations = iw_arena_ptr_array(cli->arena);
	for (; *arguments != NULL; arguments++)
		g_ptr_array_add(migrations, plain_file(cli, *arguments));
	return migrations;
}

/* Those before the last one that is asked for are read for the schema before it; those after it, not at all. */
static int lint_all(struct linting *linting, GPtrArray *migrations)
{
	guint end = migrations->len;
	while (end > 0 && !is_reported(linting, g_ptr_array_index(migrations, end - 1)))
		end--;
	linting->output->is_all = true;
	for (guint i = end; i < migrations->len; i++)
		linting->output->is_all &= ((const struct iw_migration *)migrations->pdata[i])->is_of_framework;
	g_autoptr(iw_ahead) ahead = iw_ahead_new(linting->engine, migrations, end);
	int status = 0;
	bool begins = true;
	for (struct iw_chunk *chunk; (chunk = iw_ahead_next(ahead)) != NULL; iw_ahead_return(ahead, chunk)) {
		const struct iw_migration *migration = g_ptr_array_index(migrations, chunk->migration);
		bool report = is_reported(linting, migration);
		linting->output->is_all &= report || migration->is_of_framework;
		int one = lint_chunk(linting, migration, chunk, begins, report);
		status = MAX(status, one);
		begins = chunk->is_last;
	}
	return status;
}

enum { MOST_ASSUMED = 12 };

/* Said once, not for each statement that changes one of them. */
static void tell_assumed(const struct linting *linting)
{
	struct iw_cli *cli = linting->cli;
	const GPtrArray *assumed = linting->lint->assumed;
	if (assumed->len == 0 || cli->project == NULL)
		return;
	g_autoptr(GString) text = g_string_new("no migration makes these, which migrations change: ");
	for (guint i = 0; i < MIN(assumed->len, MOST_ASSUMED); i++)
		g_string_append_printf(text, "%s%s", i > 0 ? ", " : "", (const char *)assumed->pdata[i]);
	if (assumed->len > MOST_ASSUMED)
		g_string_append_printf(text, " and %u more", assumed->len - MOST_ASSUMED);
	struct iw_problem *problem = iw_new(cli->arena, struct iw_problem);
	*problem = (struct iw_problem){
		.is_note = true,
		.message = iw_arena_strdup(cli->arena, text->str),
		.hint = "They are taken to be there, as create_all() makes them from the models; what they hold is not "
			"known.",
	};
	g_ptr_array_add(cli->project->problems, problem);
	iw_cli_print_problem(cli, problem);
}

/* Several heads, a cycle: `up` would refuse. */
static int refused_history(const struct iw_cli *cli)
{
	for (guint i = 0; cli->project != NULL && i < cli->project->problems->len; i++)
		if (((const struct iw_problem *)cli->project->problems->pdata[i])->is_of_history)
			return IW_ERROR_HISTORY;
	return 0;
}

/* Sizes and what else the database knows; nothing where none is asked. */
static bool go_live(struct linting *linting, struct iw_lint_options *options, GError **error)
{
	struct iw_cli *cli = linting->cli;
	struct iw_table_size size;
	bool is_wanted = cli->options.live || cli->options.url != NULL;
	if (!is_wanted)
		return true;
	if (cli->project == NULL)
		return iw_fail(error, IW_ERROR_USAGE, "files outside of any project are judged without a database");
	if (!iw_cli_connect(cli, true, error))
		return false;
	linting->engine = options->engine = cli->connection->engine;
	/* Asks the server now, not beside the reading thread. */
	iw_cli_size(cli, (struct iw_name){NULL, ""}, &size);
	options->size = iw_cli_size;
	options->size_data = cli;
	return true;
}

/* What the page shows of each migration that was judged. One that cannot be planned is among the errors already. */
static GPtrArray *make_plans(struct linting *linting, GPtrArray *migrations)
{
	struct iw_cli *cli = linting->cli;
	const struct iw_plan_options options = {
		.as_written = true,
		.engine = linting->engine,
		.transactional_ddl = linting->engine.dialect != IW_MYSQL,
		.size = cli->connection != NULL ? iw_cli_size : NULL,
		.size_data = cli,
	};
	iw_planner *planner = iw_planner_new(cli->arena, &options, NULL);
	GPtrArray *plans = iw_arena_ptr_array(cli->arena);
	for (guint i = 0; i < migrations->len; i++) {
		struct iw_migration *migration = g_ptr_array_index(migrations, i);
		if (!is_reported(linting, migration)) {
			iw_planner_replay(planner, migration);
			continue;
		}
		struct iw_migration_plan *plan = iw_planner_plan(planner, cli->arena, migration, IW_UP, NULL);
		if (plan != NULL)
			g_ptr_array_add(plans, plan);
	}
	return plans;
}

static int lint_and_print(struct linting *linting, GPtrArray *migrations, const struct iw_lint_options *options,
			  GError **error)
{
	g_autoptr(iw_arena) arena = iw_arena_new(); /* the project's own belongs to the reading thread */
	struct iw_lint_output *output = linting->output;
	linting->lint = iw_lint_new(arena, options);
	enum iw_lint_scope scope = linting->since != NULL			? IW_LINT_SINCE
				   : linting->cli->options.arguments[0] != NULL ? IW_LINT_NAMED
										: IW_LINT_WHOLE;
	linting->notes = iw_lint_notes_new(linting->cli, linting->lint, arena, scope);
	output->since = linting->since;
	iw_lint_output_begin(output, linting->engine);
	int status = lint_all(linting, migrations);
	iw_lint_notes_end(linting->notes, is_asked_for, linting);
	/* What no later migration mends is known when all were read. */
	if (linting->cli->project != NULL && linting->cli->options.arguments[0] == NULL)
		iw_lint_end(linting->lint);
	tell_assumed(linting);
	if (output->format == IW_FORMAT_HTML)
		output->report.plans = make_plans(linting, migrations);
	int found = 0;
	if (!iw_lint_output_end(output, linting->lint->findings, &found, error))
		return IW_ERROR_INPUT;
	if (status == 0)
		status = refused_history(linting->cli);
	return status != 0 ? status : found;
}

static int run_lint(struct iw_cli *cli, GError **error)
{
	struct linting linting = {.cli = cli};
	if (cli->options.list_rules)
		return iw_cli_list_rules(cli, error);
	enum iw_lint_format format;
	if (!iw_cli_format(cli, &format, error))
		return IW_ERROR_USAGE;
	cli->options.json = format == IW_FORMAT_JSON;
	read_arguments(&linting);
	GPtrArray *migrations = migrations_to_lint(&linting, error);
	if (migrations == NULL)
		return IW_ERROR_PROJECT;
	if (cli->project != NULL && !iw_cli_check_problems(cli, false, error))
		return IW_ERROR_PROJECT;
	if (!iw_cli_lint_choice(cli, &linting.choice, error))
		return IW_ERROR_USAGE;
	struct iw_lint_options options = iw_cli_lint_options(cli, linting.engine, &linting.choice);
	if (!go_live(&linting, &options, error))
		return IW_ERROR_CONNECT;
	if (cli->options.since != NULL) {
		linting.since = iw_cli_since(cli, migrations, error);
		if (linting.since == NULL)
			return IW_ERROR_PROJECT;
		migrations = linting.since->order;
	}
	linting.output = iw_lint_output_new(cli, &linting.choice, error);
	if (linting.output == NULL)
		return IW_ERROR_USAGE;
	if (!linting.output->is_stream) {
		options.found = NULL;
	} else {
		options.found = iw_lint_output_take;
		options.found_data = linting.output;
	}
	return lint_and_print(&linting, migrations, &options, error);
}

static const char *const groups[] = {"project", "report", "lint", NULL};

const struct iw_command iw_command_lint = {
	.name = "lint",
	.arguments = "[MIGRATION | FILE | DIR]...",
	.summary = "judge migrations: what would hurt, and the safe way",
	.description =
		"Reads migrations and says what each statement would lock, rewrite or break, with the safe way to "
		"write it.\n"
		"Needs no database and executes nothing. With names, files or folders only those are judged; the "
		"others are\n"
		"still read, so that the schema before them is known. Files outside of any project need --dialect.\n"
		"--since judges only what a branch adds (by git), --baseline what is not in a list of old findings;\n"
		"a comment \"inchworm: ignore RULE reason\" turns a rule off for a statement. See docs/lint.md.\n"
		"Exit status 0: no warnings; 1: warnings or errors (see --fail-on); 3: a file cannot be read; 6: a "
		"graph that the "
		"framework refuses.",
	.option_groups = groups,
	.run = run_lint,
};
