/*
 * Drizzle Kit: 0.x (a journal and numbered files) and 1.0 (a folder per migration): where its configuration, migrations
 * and URL are.
 */
#include "framework/drizzle/drizzle_internal.h"

#include "base/error.h"
#include "framework/typescript/typescript.h"

#include <string.h>

static const char *const journal_names[] = {"drizzle/meta/_journal.json", "migrations/meta/_journal.json",
					    "meta/_journal.json", NULL};

/* One project being opened. */
struct opening {
	iw_arena *arena;
	const struct iw_project_options *options;
	struct iw_project *project;
	struct iw_environment *environment;
	const char *config_path;
	const struct iw_ts_value *config; /* UNDEFINED when there is none */
	const char *directory;		  /* of the migrations */
};

static int detect(iw_arena *arena, const char *directory, const char **why)
{
	int score = IW_DETECT_CONFIG;
	const char *path = iw_drizzle_config_in(arena, directory);
	if (path == NULL) {
		path = iw_path_first_file(arena, directory, journal_names);
		bool is_inner = path != NULL && !g_str_has_suffix(path, "drizzle/meta/_journal.json");
		score = is_inner ? IW_DETECT_NAMES : IW_DETECT_CONFIG;
	}
	if (path != NULL)
		*why = iw_path_shown(arena, path);
	return path == NULL ? IW_DETECT_NO : score;
}

/* configuration -------------------------------------------------------------------------------------------------- */

static void note_unknown(struct opening *opening, const char *key, const struct iw_ts_value *unknown, const char *hint)
{
	if (unknown == NULL)
		return;
	struct iw_problem problem = {
		.place = unknown->place,
		.message = iw_arena_printf(opening->arena, "%s%s%scannot be read: %s", key != NULL ? "\"" : "",
					   key != NULL ? key : "the configuration ", key != NULL ? "\" " : "",
					   iw_ts_explain(opening->arena, unknown)),
		.hint = hint,
	};
	iw_project_problem(opening->arena, opening->project, &problem);
}

static bool read_config(struct opening *opening, GError **error)
{
	static const struct iw_ts_value nothing = {.kind = IW_TS_UNDEFINED};
	iw_arena *arena = opening->arena;
	opening->config = &nothing;
	/* drizzle-kit loads .env itself, before the configuration. */
	iw_environment_load(opening->environment, iw_path_join(arena, opening->project->directory, ".env"), false);
	opening->config_path = iw_drizzle_find_config(arena, opening->project->directory);
	if (opening->config_path == NULL) {
		struct iw_problem problem = {
			.message = "there is no drizzle.config.*: the bookkeeping is taken to be in drizzle-kit's "
				   "default table",
			.hint = "Run Inchworm in the folder of the configuration.",
		};
		iw_project_problem(arena, opening->project, &problem);
		return true;
	}
	struct iw_ts_module *module = iw_ts_read(arena, opening->config_path, opening->environment, error);
	if (module == NULL)
		return false;
	opening->config = module->value;
	if (module->value->kind == IW_TS_UNKNOWN)
		note_unknown(opening, NULL, module->value,
			     "Inchworm reads configuration without running it; give what it misses by --migrations, "
			     "--dialect and "
			     "--url, or in inchworm.yaml.");
	return true;
}

static const char *text_of(struct opening *opening, const char *key, const char *hint)
{
	const struct iw_ts_value *unknown = NULL;
	const char *text = iw_ts_text(opening->config, key, &unknown);
	bool is_whole = opening->config->kind == IW_TS_UNKNOWN; /* said once already */
	note_unknown(opening, key, is_whole ? NULL : unknown, hint);
	return text;
}

static const char *find_migrations(struct opening *opening)
{
	iw_arena *arena = opening->arena;
	if (opening->options->migrations != NULL)
		return opening->options->migrations;
	const char *out = text_of(opening, "out", "The default places are tried; --migrations DIR names the folder.");
	if (out != NULL)
		return iw_path_join(arena, opening->project->directory, out);
	const char *journal = iw_path_first_file(arena, opening->project->directory, journal_names);
	if (journal != NULL)
		return iw_path_parent(arena, iw_path_parent(arena, journal));
	return iw_path_join(arena, opening->project->directory, "drizzle");
}

/* URL ------------------------------------------------------------------------------------------------------------ */

static void append_escaped(GString *out, const char *text)
{
	g_string_append_uri_escaped(out, text, NULL, FALSE);
}

/* host, port, user, password, database; NULL when there is no host. Numbers are fine as ports. */
static const char *url_of_parts(struct opening *opening, const struct iw_ts_value **unknown)
{
	const char *part[5];
	static const char *const names[] = {"host", "port", "user", "password", "database"};
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *path = g_strdup_printf("dbCredentials.%s", names[i]);
		const struct iw_ts_value *value = iw_ts_member(opening->config, path);
		part[i] = value->kind == IW_TS_STRING || value->kind == IW_TS_NUMBER ? value->text : NULL;
		if (value->kind == IW_TS_UNKNOWN)
			*unknown = value;
	}
	if (part[0] == NULL || *unknown != NULL)
		return NULL;
	g_autoptr(GString) url =
		g_string_new(opening->project->engine.dialect == IW_MYSQL ? "mysql://" : "postgresql://");
	if (part[2] != NULL) {
		append_escaped(url, part[2]);
		if (part[3] != NULL) {
			g_string_append_c(url, ':');
			append_escaped(url, part[3]);
		}
		g_string_append_c(url, '@');
	}
	bool is_socket = part[0][0] == '/';
	if (!is_socket)
		g_string_append(url, part[0]);
	if (part[1] != NULL)
		g_string_append_printf(url, ":%s", part[1]);
	g_string_append_c(url, '/');
	if (part[4] != NULL)
		append_escaped(url, part[4]);
	if (is_socket) {
		g_string_append(url, "?host=");
		append_escaped(url, part[0]);
	}
	return iw_arena_strdup(opening->arena, url->str);
}

/* What needs no dialect to be read. */
static const struct iw_ts_value *take_written_url(struct opening *opening)
{
	static const char *const keys[] = {"dbCredentials.url", "dbCredentials.connectionString", "dbCredentials.uri",
					   "connectionString"};
	iw_arena *arena = opening->arena;
	struct iw_project *project = opening->project;
	const char *shown = opening->config_path == NULL ? "" : iw_path_shown(arena, opening->config_path);
	const struct iw_ts_value *unknown = NULL;
	for (size_t i = 0; i < G_N_ELEMENTS(keys) && project->url == NULL; i++) {
		const char *url = iw_ts_text(opening->config, keys[i], &unknown);
		const char *variable = iw_ts_member(opening->config, keys[i])->variable;
		const char *from = variable != NULL ? iw_arena_printf(arena, "%s: process.env.%s", shown, variable)
						    : iw_arena_printf(arena, "%s: %s", shown, keys[i]);
		iw_project_set_url(arena, project, opening->options, url, from, project->directory);
	}
	return unknown;
}

static void find_url(struct opening *opening)
{
	iw_arena *arena = opening->arena;
	struct iw_project *project = opening->project;
	const struct iw_ts_value *unknown = take_written_url(opening);
	if (project->url == NULL && unknown == NULL) {
		const char *shown = opening->config_path == NULL ? "" : iw_path_shown(arena, opening->config_path);
		const char *from = iw_arena_printf(arena, "%s: dbCredentials", shown);
		iw_project_set_url(arena, project, opening->options, url_of_parts(opening, &unknown), from,
				   project->directory);
	}
	if (project->url == NULL && unknown != NULL)
		project->url_missing = iw_ts_explain(arena, unknown);
	iw_project_default_url(arena, project, opening->environment);
}

/* dialect -------------------------------------------------------------------------------------------------------- */

/* Old configurations named a driver instead of a dialect. */
static const char *dialect_of_driver(const char *driver)
{
	static const char *const known[][2] = {
		{"pg", "postgresql"},
		{"mysql2", "mysql"},
		{"better-sqlite", "sqlite"},
		{"better-sqlite3", "sqlite"},
		{"libsql", "turso"},
		{"turso", "turso"},
		{"d1", "sqlite"},
		{"d1-http", "sqlite"},
		{"expo", "sqlite"},
		{"pglite", "postgresql"},
		{"durable-sqlite", "sqlite"},
		{"op-sqlite", "sqlite"},
		{"aws-data-api", "postgresql"},
		{"sqlite-cloud", "sqlite"},
	};
	for (size_t i = 0; driver != NULL && i < G_N_ELEMENTS(known); i++)
		if (strcmp(driver, known[i][0]) == 0)
			return known[i][1];
	return NULL;
}

static bool find_dialect(struct opening *opening, const char *journal_dialect, GError **error)
{
	const char *hint = journal_dialect != NULL ? "The journal's dialect is taken." : "Give it with --dialect.";
	const char *dialect = text_of(opening, "dialect", hint);
	const char *where = opening->config_path == NULL ? "" : iw_path_shown(opening->arena, opening->config_path);
	if (dialect == NULL)
		dialect = dialect_of_driver(iw_ts_text(opening->config, "driver", NULL));
	if (dialect == NULL) {
		dialect = journal_dialect;
		where = "meta/_journal.json";
	}
	if (dialect == NULL)
		find_url(opening);
	if (!iw_project_set_dialect(opening->project, opening->options, dialect, where, error))
		return false;
	struct iw_engine journal_engine;
	if (journal_dialect != NULL && opening->options->dialect == NULL &&
	    iw_engine_parse(journal_dialect, &journal_engine) &&
	    journal_engine.dialect != opening->project->engine.dialect)
		iw_project_complain(opening->arena, opening->project, true, opening->directory,
				    "Name the other folder with `out`, or start a new one for the new dialect.",
				    "the configuration's dialect \"%s\" is not the one of the migrations, \"%s\"",
				    dialect, journal_dialect);
	return true;
}

/* migrations ----------------------------------------------------------------------------------------------------- */

/* "20240131123456_x": the folder's moment in milliseconds, as Date.UTC gives it; 0 when the name has none. */
static gint64 folder_when(const char *name)
{
	int part[6];
	static const int width[] = {4, 2, 2, 2, 2, 2};
	if (strspn(name, "0123456789") < 14)
		return 0;
	for (size_t i = 0; i < G_N_ELEMENTS(width); name += width[i], i++) {
		part[i] = 0;
		for (int digit = 0; digit < width[i]; digit++)
			part[i] = part[i] * 10 + (name[digit] - '0');
	}
	g_autoptr(GDateTime) when = g_date_time_new_utc(part[0], part[1], part[2], part[3], part[4], part[5]);
	return when == NULL ? 0 : g_date_time_to_unix(when) * 1000;
}

static bool read_folders(struct opening *opening, GError **error)
{
	iw_arena *arena = opening->arena;
	struct iw_folder folder = iw_folder_of(arena, opening->directory);
	GPtrArray *entries = iw_directory_list(arena, opening->directory, error);
	for (guint i = 0; entries != NULL && i < entries->len; i++) {
		const struct iw_entry *entry = g_ptr_array_index(entries, i);
		if (!entry->is_directory)
			continue;
		struct iw_script up =
			iw_folder_script(arena, folder, iw_arena_printf(arena, "%s/migration.sql", entry->name));
		if (!iw_path_is_file(up.path))
			continue;
		struct iw_migration *migration = iw_drizzle_migration_new(arena, entry->name, up);
		const char *down = iw_arena_printf(arena, "%s/down.sql", entry->name);
		iw_migration_down_file(arena, folder, down, migration);
		migration->when_ms = folder_when(entry->name);
		if (migration->when_ms == 0) {
			iw_migration_complain(arena, migration,
					      "the name of \"%s\" does not begin with a time as 20240131123456_",
					      migration->name);
			iw_error_hint(&migration->problem,
				      "drizzle-kit cannot record such a migration; rename the folder.");
		}
		iw_project_add(opening->project, migration);
	}
	return entries != NULL;
}

static bool read_migrations(struct opening *opening, const char **journal_dialect, bool *has_names, GError **error)
{
	iw_arena *arena = opening->arena;
	struct iw_project *project = opening->project;
	*has_names = false;
	if (iw_path_is_file(iw_path_join(arena, opening->directory, "meta/_journal.json")))
		return iw_drizzle_read_journal(arena, project, opening->directory, journal_dialect, error);
	int major = iw_npm_major(arena, project->directory, "drizzle-kit");
	if (!iw_path_is_directory(opening->directory)) {
		const char *shown = iw_path_shown(arena, opening->directory);
		if (opening->options->migrations != NULL || opening->config_path == NULL)
			return iw_fail(error, IW_ERROR_PROJECT, "the migrations folder \"%s\" does not exist", shown);
		iw_project_complain(arena, project, false, opening->directory, NULL,
				    "the migrations folder \"%s\" does not exist yet", shown);
		*has_names = major >= 1;
		return true;
	}
	if (!read_folders(opening, error))
		return false;
	*has_names = project->migrations->len > 0 || major >= 1;
	GPtrArray *entries = iw_directory_list(arena, opening->directory, error);
	for (guint i = 0; entries != NULL && i < entries->len; i++) {
		const struct iw_entry *entry = g_ptr_array_index(entries, i);
		if (!entry->is_file || !g_str_has_suffix(entry->name, ".sql"))
			continue;
		if (project->migrations->len > 0) {
			iw_project_complain(arena, project, false, iw_path_join(arena, opening->directory, entry->name),
					    NULL, "\"%s\" is not in a folder of its own: it is never run", entry->name);
			continue;
		}
		iw_fail(error, IW_ERROR_INPUT, "\"%s\" has .sql files, but no meta/_journal.json",
			iw_path_shown(arena, opening->directory));
		iw_error_hint(error, "Put the journal back (it belongs in version control): it says which files run, "
				     "in which order.");
		return false;
	}
	return entries != NULL;
}

/* baseline ------------------------------------------------------------------------------------------------------- */

static const char *skip_line_comments(const char *at, const char *end)
{
	for (;;) {
		while (at < end && g_ascii_isspace(*at))
			at++;
		if (end - at < 2 || at[0] != '-' || at[1] != '-')
			return at;
		while (at < end && *at != '\n')
			at++;
	}
}

/* `drizzle-kit pull` writes what the database holds as one block comment, breakpoints within. */
static bool is_all_comment(const iw_source *source)
{
	const char *end = source->text + source->length;
	const char *at = skip_line_comments(source->text + source->start, end);
	if (end - at < 4 || at[0] != '/' || at[1] != '*')
		return false;
	const char *close = g_strstr_len(at + 2, end - at - 2, "*/");
	return close != NULL && skip_line_comments(close + 2, end) == end;
}

static bool prepare(struct iw_migration *migration, const iw_source *source, GError **error)
{
	(void)error;
	if (is_all_comment(source)) {
		migration->is_baseline = true;
		migration->up.breakpoint = NULL;
	}
	return true;
}

/* The file that `pull` writes comes first: whether it is one is known at once, of others when they are opened. */
static void prepare_all(struct opening *opening)
{
	GPtrArray *migrations = opening->project->migrations;
	for (guint i = 0; i < migrations->len; i++) {
		struct iw_migration *migration = g_ptr_array_index(migrations, i);
		struct iw_drizzle_migration *data = migration->framework_data;
		data->hook.prepare = prepare;
	}
	if (migrations->len > 0) {
		iw_source *source = iw_migration_open(g_ptr_array_index(migrations, 0), IW_UP, NULL);
		if (source != NULL)
			iw_source_unref(source);
	}
}

static bool open_project(iw_arena *arena, const struct iw_project_options *options, struct iw_project *project,
			 GError **error)
{
	struct opening opening = {.arena = arena, .options = options, .project = project};
	opening.environment = iw_environment_new(arena);
	if (!read_config(&opening, error))
		return false;
	take_written_url(&opening);
	bool is_known = project->url != NULL;
	if (is_known)
		iw_project_url_is_final(project, options);
	opening.directory = find_migrations(&opening);
	project->migrations_directory = iw_path_shown(arena, opening.directory);
	const char *journal_dialect = NULL;
	struct iw_drizzle_history *history = iw_new(arena, struct iw_drizzle_history);
	if (!read_migrations(&opening, &journal_dialect, &history->has_names, error))
		return false;
	if (!find_dialect(&opening, journal_dialect, error))
		return false;
	find_url(&opening);
	if (!is_known)
		iw_project_url_is_final(project, options);
	prepare_all(&opening);
	const char *table = text_of(&opening, "migrations.table", "The default, __drizzle_migrations, is taken.");
	const char *schema = text_of(&opening, "migrations.schema", "The default, drizzle, is taken.");
	schema = project->engine.dialect != IW_POSTGRES ? NULL : schema != NULL ? schema : "drizzle";
	project->bookkeeping = iw_bookkeeping_new(arena, project, &iw_drizzle_bookkeeping, schema,
						  table != NULL ? table : "__drizzle_migrations");
	project->bookkeeping->data = history;
	return true;
}

const struct iw_framework iw_drizzle = {
	.name = "drizzle",
	.title = "Drizzle Kit",
	.detect = detect,
	.open = open_project,
	.checksum = iw_migration_sha256,
};
