/* Projects of open documents, and the schema before a migration; see lsp.h. */
#include "cli/lsp.h"

#include "framework/files.h"
#include "sql/sql.h"

#include <stdint.h>
#include <string.h>

static void forget_history(struct lsp_document *document)
{
	document->history = NULL;
	g_clear_pointer(&document->history_arena, iw_arena_free);
}

void iw_lsp_document_free(gpointer data)
{
	struct lsp_document *document = data;
	if (document->path != NULL)
		iw_source_override(document->path, NULL, 0);
	forget_history(document);
	g_clear_pointer(&document->arena, iw_arena_free);
	iw_lines_clear(&document->lines);
	g_string_free(document->text, TRUE);
	g_free(document->uri);
	g_free(document->path);
	g_free(document);
}

void iw_lsp_project_free(gpointer data)
{
	struct lsp_project *project = data;
	iw_arena_free(project->cli.arena);
	g_clear_error(&project->error);
	g_free(project->root);
	g_free(project);
}

void iw_lsp_forget_projects(struct lsp_server *server)
{
	GHashTableIter iterator;
	gpointer value;
	g_hash_table_iter_init(&iterator, server->documents);
	while (g_hash_table_iter_next(&iterator, NULL, &value)) {
		struct lsp_document *document = value;
		/* Findings point at the project's migrations. */
		g_clear_pointer(&document->arena, iw_arena_free);
		document->findings = NULL;
		document->statements = NULL;
		document->project = NULL;
		document->migration = NULL;
		document->is_dirty = true;
		forget_history(document);
	}
	g_ptr_array_set_size(server->projects, 0);
}

static void keep_pristine(struct lsp_project *project)
{
	GPtrArray *migrations = project->cli.project->migrations;
	project->pristine = iw_arena_ptr_array(project->cli.arena);
	for (guint i = 0; i < migrations->len; i++)
		g_ptr_array_add(project->pristine,
				iw_arena_memdup(project->cli.arena, migrations->pdata[i], sizeof(struct iw_migration)));
}

static struct lsp_project *open_project(struct lsp_server *server, const char *root)
{
	for (guint i = 0; i < server->projects->len; i++) {
		struct lsp_project *project = g_ptr_array_index(server->projects, i);
		if (strcmp(project->root, root) == 0)
			return project;
	}
	struct lsp_project *project = g_new0(struct lsp_project, 1);
	project->root = g_strdup(root);
	project->cli = (struct iw_cli){.arena = iw_arena_new(), .options = server->cli->options, .is_library = true};
	project->cli.options.directory = project->root;
	g_ptr_array_add(server->projects, project);
	if (!iw_cli_open_project(&project->cli, &project->error)) {
		project->cli.project = NULL;
		return project;
	}
	if (!iw_cli_lint_choice(&project->cli, &project->choice, &project->error)) {
		g_autofree char *words = g_strdup_printf("inchworm: %s", project->error->message);
		iw_lsp_show(server, 1, words);
		project->cli.project = NULL;
		return project;
	}
	keep_pristine(project);
	return project;
}

static struct iw_migration *migration_at(const struct lsp_project *project, const char *path)
{
	GPtrArray *migrations = project->cli.project == NULL ? NULL : project->cli.project->migrations;
	for (guint i = 0; migrations != NULL && i < migrations->len; i++) {
		struct iw_migration *migration = g_ptr_array_index(migrations, i);
		if (g_strcmp0(migration->up.path, path) == 0)
			return migration;
	}
	return NULL;
}

static bool try_root(struct lsp_server *server, struct lsp_document *document, const char *root)
{
	struct lsp_project *project = open_project(server, root);
	struct iw_migration *migration = migration_at(project, document->path);
	if (migration == NULL)
		return false;
	document->project = project;
	document->migration = migration;
	return true;
}

static bool is_below(const char *folder, const char *path)
{
	size_t length = strlen(folder);
	return strncmp(path, folder, length) == 0 && path[length] == '/';
}

/* A file of SQL that the project does not know yet, in the folder of its migrations: it comes after all of them. */
static bool is_new_file_of(const struct lsp_project *project, const struct lsp_document *document)
{
	if (project->cli.project == NULL || !g_str_has_suffix(document->path, ".sql"))
		return false;
	g_autofree char *here = g_get_current_dir();
	g_autofree char *folder = g_canonicalize_filename(project->cli.project->migrations_directory, here);
	return is_below(folder, document->path);
}

static struct iw_migration *plain_migration(struct lsp_document *document, iw_arena *arena)
{
	struct iw_migration *migration = iw_new(arena, struct iw_migration);
	migration->name = migration->title = iw_arena_strdup(arena, strrchr(document->path, '/') + 1);
	migration->up = (struct iw_script){.path = document->path,
					   .shown_path = document->path,
					   .length = SIZE_MAX,
					   .breakpoint = "--> statement-breakpoint",
					   .is_atomic = true};
	return migration;
}

enum { MOST_LEVELS = 16 };

static bool is_folder(const struct lsp_server *server, const char *path)
{
	for (guint i = 0; i < server->folders->len; i++)
		if (strcmp(server->folders->pdata[i], path) == 0)
			return true;
	return false;
}

/* From the file's own folder upwards, no further than the workspace's folder that holds it. */
static bool search(struct lsp_server *server, struct lsp_document *document)
{
	for (guint i = 0; i < server->folders->len; i++) {
		const char *folder = g_ptr_array_index(server->folders, i);
		if (is_below(folder, document->path) && try_root(server, document, folder))
			return true;
	}
	g_autofree char *directory = g_path_get_dirname(document->path);
	for (int levels = 0; levels < MOST_LEVELS && strlen(directory) > 1 && !is_folder(server, directory); levels++) {
		if (g_file_test(directory, G_FILE_TEST_IS_DIR) && try_root(server, document, directory))
			return true;
		char *parent = g_path_get_dirname(directory);
		g_free(directory);
		directory = parent;
	}
	for (guint i = 0; i < server->projects->len; i++) {
		struct lsp_project *project = g_ptr_array_index(server->projects, i);
		if (!is_new_file_of(project, document))
			continue;
		document->project = project;
		document->migration = plain_migration(document, project->cli.arena);
		return true;
	}
	return false;
}

struct iw_engine iw_lsp_engine(const struct lsp_server *server, const struct lsp_document *document)
{
	struct iw_engine engine = {0};
	if (document->project != NULL)
		return document->project->cli.project->engine;
	const char *given =
		server->cli->options.engine != NULL ? server->cli->options.engine : server->cli->options.dialect;
	if (given != NULL)
		iw_cli_parse_engine(given, &engine, NULL);
	return engine;
}

/* Reads all that comes before the document's migration, once. */
static void read_history(struct lsp_server *server, struct lsp_document *document)
{
	document->history_arena = iw_arena_new();
	static const struct iw_lint_choice none;
	const struct lsp_project *project = document->project;
	struct iw_lint_options options =
		iw_cli_lint_options(project != NULL ? &project->cli : server->cli, iw_lsp_engine(server, document),
				    project != NULL ? &project->choice : &none);
	document->history = iw_lint_new(document->history_arena, &options);
	GPtrArray *migrations = project == NULL ? NULL : project->cli.project->migrations;
	g_autoptr(iw_arena) arena = iw_arena_new();
	for (guint i = 0; migrations != NULL && i < migrations->len; i++) {
		const struct iw_migration *migration = g_ptr_array_index(migrations, i);
		if (migration == document->migration)
			break;
		iw_lint_begin_migration(document->history, migration, false);
		g_autoptr(iw_source) source = iw_migration_open(migration, IW_UP, NULL);
		g_autoptr(iw_reader) reader =
			source == NULL ? NULL : iw_reader_new(options.engine, source, &migration->up);
		struct iw_statement *statement;
		while (reader != NULL && (statement = iw_reader_next(reader, arena, NULL)) != NULL) {
			iw_lint_statement(document->history, statement);
			iw_arena_reset(arena);
		}
		iw_lint_end_migration(document->history);
	}
}

void iw_lsp_find_project(struct lsp_server *server, struct lsp_document *document)
{
	if (document->migration == NULL && !search(server, document)) {
		bool is_sql = g_str_has_suffix(document->path, ".sql");
		bool has_engine = server->cli->options.engine != NULL || server->cli->options.dialect != NULL;
		if (!is_sql || !has_engine)
			return;
		document->migration = plain_migration(document, server->cli->arena);
	}
	if (document->history == NULL)
		read_history(server, document);
}
