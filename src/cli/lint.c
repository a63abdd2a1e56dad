/* lint: judges migrations from their files alone; with a database it also knows sizes. */
#include "cli/ahead.h"
#include "cli/cli.h"
#include "cli/lint_notes.h"
#include "lint/lint.h"
#include "report/report.h"
#include "sql/sql.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct linting {
	struct iw_cli *cli;
	iw_lint *lint;
	struct iw_engine engine;
	guint64 statements, migrations;
	enum iw_severity least;
	guint counts[IW_SEVERE + 1];
	guint64 printed;
	GHashTable *names, *paths; /* sets of char *: the arguments as they are, and as absolute paths */
	json_t *errors;		   /* with --json: files that could not be read */
	struct iw_lint_notes *notes;
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
static bool is_reported(const struct linting *linting, const struct iw_migration *migration)
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

/* A file that cannot be cut into statements is the user's to mend: said with its place, and the rest goes on. */
static void report_unreadable(struct linting *linting, const GError *error)
{
	if (linting->errors != NULL)
		json_array_append_new(linting->errors, iw_cli_error_json(error));
	else
		iw_cli_print_error(linting->cli, error);
}

/* What is read of one migration, as the chunks come. */
static int lint_chunk(struct linting *linting, const struct iw_migration *migration, const struct iw_chunk *chunk,
		      bool begins, bool report)
{
	if (begins)
		iw_lint_begin_migration(linting->lint, migration, report);
	if (begins && report)
		iw_lint_notes_migration(linting->notes, migration);
	for (guint i = 0; i < chunk->statements->len; i++) {
		iw_lint_statement(linting->lint, g_ptr_array_index(chunk->statements, i));
		if (report)
			iw_lint_notes_statement(linting->notes, migration, g_ptr_array_index(chunk->statements, i));
	}
	linting->statements += report ? chunk->statements->len : 0;
	if (!chunk->is_last)
		return 0;
	iw_lint_end_migration(linting->lint);
	linting->migrations += report;
	if (chunk->error == NULL || !report)
		return 0;
	report_unreadable(linting, chunk->error);
	return chunk->error->code;
}

static bool is_asked_for(void *data, const struct iw_migration *migration)
{
	return is_reported(data, migration);
}

static bool parse_severity(const char *text, enum iw_severity *least, GError **error)
{
	for (*least = IW_NOTE; text != NULL && *least <= IW_SEVERE; (*least)++)
		if (strcmp(iw_severity_name(*least), text) == 0)
			return true;
	*least = IW_NOTE;
	return text == NULL || iw_fail(error, IW_ERROR_USAGE, "\"%s\" is no severity (note, warning or error)", text);
}

static void drop_lesser(GPtrArray *findings, enum iw_severity least)
{
	for (guint i = findings->len; i-- > 0;)
		if (((struct iw_finding *)g_ptr_array_index(findings, i))->severity < least)
			g_ptr_array_remove_index(findings, i);
}

/* JSON comes in pieces, too: a history of 200,000 statements may have more findings than fit in memory. */
static int append_text(const char *text, size_t length, void *out)
{
	g_string_append_len(out, text, (gssize)length);
	return 0;
}

static void add_json(struct linting *linting, GString *out, GPtrArray *findings)
{
	json_t *array = iw_report_findings_json(findings);
	size_t index;
	json_t *finding;
	json_array_foreach(array, index, finding)
	{
		g_string_append(out, linting->printed++ > 0 ? ",\n" : "\n");
		json_dump_callback(finding, append_text, out, JSON_COMPACT);
	}
	json_decref(array);
}

static void print_found(void *data, GPtrArray *findings)
{
	struct linting *linting = data;
	struct iw_cli *cli = linting->cli;
	drop_lesser(findings, linting->least);
	g_autoptr(GString) out = g_string_new(NULL);
	for (guint i = 0; i < findings->len; i++)
		linting->counts[((struct iw_finding *)g_ptr_array_index(findings, i))->severity]++;
	if (cli->options.json)
		add_json(linting, out, findings);
	else
		iw_report_findings_text(out, cli->out, findings);
	iw_cli_print(cli, out);
}

static void print_begin(struct linting *linting)
{
	g_autoptr(GString) out = g_string_new("{\"findings\":[");
	if (linting->cli->options.json)
		iw_cli_print(linting->cli, out);
}

static void print_end(struct linting *linting)
{
	struct iw_cli *cli = linting->cli;
	g_autoptr(GString) out = g_string_new(NULL);
	if (!cli->options.json) {
		iw_report_findings_summary(out, cli->out, linting->counts, linting->statements, linting->migrations);
		iw_cli_print(cli, out);
		return;
	}
	json_t *object = json_object();
	json_object_set_new(object, "errors", linting->errors);
	json_object_set_new(object, "statements", json_integer((json_int_t)linting->statements));
	json_object_set_new(object, "migrations", json_integer((json_int_t)linting->migrations));
	json_object_set_new(object, "problems", cli->project != NULL ? iw_cli_problems_json(cli) : json_array());
	char *text = json_dumps(object, JSON_COMPACT);
	g_string_append_printf(out, "],%s\n", text + 1); /* the rest of the object that print_begin() opened */
	free(text);
	json_decref(object);
	iw_cli_print(cli, out);
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
	bool any = iw_cli_open_project(cli, error);
	bool is_wanted = any && !files;
	for (guint i = 0; any && !is_wanted && i < cli->project->migrations->len; i++)
		is_wanted = is_reported(linting, g_ptr_array_index(cli->project->migrations, i));
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
	bool is_all = linting->cli->project == NULL || linting->cli->options.arguments[0] == NULL;
	guint end = migrations->len;
	while (!is_all && end > 0 && !is_reported(linting, g_ptr_array_index(migrations, end - 1)))
		end--;
	g_autoptr(iw_ahead) ahead = iw_ahead_new(linting->engine, migrations, end);
	int status = 0;
	bool begins = true;
	for (struct iw_chunk *chunk; (chunk = iw_ahead_next(ahead)) != NULL; iw_ahead_return(ahead, chunk)) {
		const struct iw_migration *migration = g_ptr_array_index(migrations, chunk->migration);
		bool report = is_all || is_reported(linting, migration);
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
	if (assumed->len == 0)
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

static int run_lint(struct iw_cli *cli, GError **error)
{
	struct linting linting = {.cli = cli};
	read_arguments(&linting);
	GPtrArray *migrations = migrations_to_lint(&linting, error);
	if (migrations == NULL)
		return IW_ERROR_PROJECT;
	bool is_live = cli->project != NULL && (cli->options.live || cli->options.url != NULL);
	if (cli->project != NULL && !iw_cli_check_problems(cli, false, error))
		return IW_ERROR_PROJECT;
	if (is_live && !iw_cli_connect(cli, true, error))
		return IW_ERROR_CONNECT;
	struct iw_table_size size;
	if (is_live) {
		linting.engine = cli->connection->engine;
		/* Asks the server now, not beside the reading thread. */
		iw_cli_size(cli, (struct iw_name){NULL, ""}, &size);
	}
	const struct iw_lint_options options = {
		.engine = linting.engine,
		.size = is_live ? iw_cli_size : NULL,
		.size_data = cli,
		.foreign_keys_off = cli->project != NULL && cli->project->bookkeeping != NULL &&
				    cli->project->bookkeeping->class->checks_foreign_keys,
		.severities = cli->project != NULL ? cli->project->lint : NULL,
		.found = print_found,
		.found_data = &linting,
		.may_start_from_models = cli->project != NULL && cli->project->framework->may_start_from_models,
	};
	if (!parse_severity(cli->options.min_severity, &linting.least, error))
		return IW_ERROR_USAGE;
	linting.errors = cli->options.json ? json_array() : NULL;
	g_autoptr(iw_arena) arena = iw_arena_new(); /* the project's own belongs to the reading thread */
	linting.lint = iw_lint_new(arena, &options);
	linting.notes = iw_lint_notes_new(cli, linting.lint, arena, cli->options.arguments[0] == NULL);
	print_begin(&linting);
	int status = lint_all(&linting, migrations);
	iw_lint_notes_end(linting.notes, is_asked_for, &linting);
	tell_assumed(&linting);
	print_end(&linting);
	if (status != 0 || (status = refused_history(cli)) != 0)
		return status;
	return linting.counts[IW_WARNING] + linting.counts[IW_SEVERE] > 0 ? 1 : 0;
}

static const char *const groups[] = {"project", "lint", NULL};

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
		"Exit status 0: no warnings; 1: warnings or errors; 3: a file cannot be read; 6: a graph that the "
		"framework refuses.",
	.option_groups = groups,
	.run = run_lint,
};
