/*
 * Prisma Migrate, versions 5 to 7: where its configuration, schema, migrations and URL are.
 * Prisma 8 keeps programs (ops.json) instead of SQL files and is refused by name.
 */
#include "framework/prisma/prisma_internal.h"

#include "base/error.h"
#include "framework/typescript/typescript.h"

#include <jansson.h>
#include <string.h>
#include <unistd.h>

static const char *const config_names[] = {
	"prisma.config.ts",
	"prisma.config.js",
	"prisma.config.mjs",
	"prisma.config.cjs",
	"prisma.config.mts",
	"prisma.config.cts",
	".config/prisma.ts",
	".config/prisma.js",
	".config/prisma.mjs",
	".config/prisma.cjs",
	".config/prisma.mts",
	".config/prisma.cts",
	NULL,
};
static const char *const schema_names[] = {"schema.prisma", "prisma/schema.prisma", NULL};
static const char *const lock_names[] = {
	"prisma/migrations/migration_lock.toml",
	"migrations/migration_lock.toml",
	"migration_lock.toml",
	NULL,
};
static const char *const next_marks[] = {"ops.json", "migration.json", "contract.json"};

/* One project being opened. */
struct opening {
	iw_arena *arena;
	const struct iw_project_options *options;
	struct iw_project *project;
	struct iw_environment *environment;
	const char *config_path;	  /* NULL: there is none */
	const struct iw_ts_value *config; /* UNDEFINED when there is none */
	bool config_loads_dotenv;
	const char *schema; /* file or folder; NULL: none */
	struct iw_prisma_datasource datasource;
	const char *migrations;
};

static const char *schema_in_package(iw_arena *arena, const char *directory)
{
	g_autofree char *path = g_build_filename(directory, "package.json", NULL);
	json_t *json = json_load_file(path, 0, NULL);
	const char *schema = json_string_value(json_object_get(json_object_get(json, "prisma"), "schema"));
	const char *found = schema == NULL ? NULL : iw_path_join(arena, directory, schema);
	json_decref(json);
	return found;
}

static const char *default_schema(iw_arena *arena, const char *directory)
{
	const char *path = schema_in_package(arena, directory);
	if (path == NULL)
		path = iw_path_first_file(arena, directory, schema_names);
	if (path != NULL)
		return path;
	const char *folder = iw_path_join(arena, directory, "prisma/schema");
	return iw_path_is_directory(folder) ? folder : NULL;
}

/* The schema or the migrations themselves, without the project around them, are weaker evidence than its root. */
static int detect(iw_arena *arena, const char *directory, const char **why)
{
	static const char *const inner[] = {"schema.prisma", "migration_lock.toml", "migrations/migration_lock.toml",
					    NULL};
	static const char *const root[] = {"prisma/schema.prisma", "prisma/migrations/migration_lock.toml", NULL};
	bool is_package = iw_path_is_file(iw_path_join(arena, directory, "package.json"));
	int score = IW_DETECT_CONFIG;
	const char *path = iw_path_first_file(arena, directory, config_names);
	if (path == NULL)
		path = iw_path_first_file(arena, directory, root);
	if (path == NULL && (path = iw_path_first_file(arena, directory, inner)) != NULL)
		score = is_package ? IW_DETECT_CONFIG : IW_DETECT_NAMES;
	if (path == NULL)
		path = default_schema(arena, directory);
	if (path != NULL)
		*why = iw_path_shown(arena, path);
	return path == NULL ? IW_DETECT_NO : score;
}

/* configuration -------------------------------------------------------------------------------------------------- */

static bool read_config(struct opening *opening, GError **error)
{
	static const struct iw_ts_value nothing = {.kind = IW_TS_UNDEFINED};
	opening->config = &nothing;
	opening->config_path = iw_path_first_file(opening->arena, opening->project->directory, config_names);
	if (opening->config_path == NULL)
		return true;
	struct iw_ts_module *module = iw_ts_read(opening->arena, opening->config_path, opening->environment, error);
	if (module == NULL)
		return false;
	opening->config = module->value;
	opening->config_loads_dotenv = module->imports_dotenv;
	if (module->value->kind == IW_TS_UNKNOWN) {
		struct iw_problem problem = {
			.place = module->value->place,
			.message = iw_arena_printf(opening->arena, "the configuration cannot be read: %s",
						   iw_ts_explain(opening->arena, module->value)),
			.hint = "Inchworm reads configuration without running it; give what it misses by --migrations, "
				"--dialect "
				"and --url, or in inchworm.yaml.",
		};
		iw_project_problem(opening->arena, opening->project, &problem);
	}
	return true;
}

/* Prisma 6 and older read .env by themselves when there is no configuration file, and expand variables in it. */
static void load_dotenv(struct opening *opening)
{
	if (opening->config_path != NULL)
		return;
	iw_arena *arena = opening->arena;
	const char *directory = opening->project->directory;
	iw_environment_load(opening->environment, iw_path_join(arena, directory, ".env"), true);
	if (opening->datasource.directory != NULL)
		iw_environment_load(opening->environment, iw_path_join(arena, opening->datasource.directory, ".env"),
				    true);
	iw_environment_load(opening->environment, iw_path_join(arena, directory, "prisma/.env"), true);
	/* Started in the schema's own folder: the project's root is the one with package.json. */
	const char *parent = iw_path_parent(arena, directory);
	if (!iw_path_is_file(iw_path_join(arena, directory, "package.json")) &&
	    iw_path_is_file(iw_path_join(arena, parent, "package.json")))
		iw_environment_load(opening->environment, iw_path_join(arena, parent, ".env"), true);
}

/* A path in the configuration starts from its folder; ".config/prisma.ts" may also mean the project's. */
static const char *config_path(struct opening *opening, const char *text)
{
	const char *path = iw_path_join(opening->arena, iw_path_parent(opening->arena, opening->config_path), text);
	const char *other = iw_path_join(opening->arena, opening->project->directory, text);
	return access(path, F_OK) != 0 && access(other, F_OK) == 0 ? other : path;
}

static void note_unknown(struct opening *opening, const char *key, const struct iw_ts_value *unknown, const char *hint)
{
	if (unknown == NULL)
		return;
	struct iw_problem problem = {
		.place = unknown->place,
		.message = iw_arena_printf(opening->arena, "\"%s\" cannot be read: %s", key,
					   iw_ts_explain(opening->arena, unknown)),
		.hint = hint,
	};
	iw_project_problem(opening->arena, opening->project, &problem);
}

/* schema.prisma -------------------------------------------------------------------------------------------------- */

static bool read_schema_folder(struct opening *opening, const char *folder, int depth, GError **error)
{
	GPtrArray *entries = iw_directory_list(opening->arena, folder, error);
	for (guint i = 0; entries != NULL && i < entries->len; i++) {
		const struct iw_entry *entry = g_ptr_array_index(entries, i);
		const char *path = iw_path_join(opening->arena, folder, entry->name);
		bool is_schema = entry->is_file && g_str_has_suffix(entry->name, ".prisma");
		if (is_schema && !iw_prisma_read_datasource(opening->arena, path, &opening->datasource, error))
			return false;
		bool enters =
			entry->is_directory && !entry->is_link && strcmp(entry->name, "migrations") != 0 && depth < 10;
		if (enters && !read_schema_folder(opening, path, depth + 1, error))
			return false;
	}
	return entries != NULL;
}

static bool read_schema(struct opening *opening, GError **error)
{
	const struct iw_ts_value *unknown = NULL;
	const char *text = iw_ts_text(opening->config, "schema", &unknown);
	note_unknown(opening, "schema", unknown, "The default places are tried instead.");
	opening->schema =
		text != NULL ? config_path(opening, text) : default_schema(opening->arena, opening->project->directory);
	if (opening->schema == NULL)
		return true;
	if (iw_path_is_directory(opening->schema))
		return read_schema_folder(opening, opening->schema, 0, error);
	return iw_prisma_read_datasource(opening->arena, opening->schema, &opening->datasource, error);
}

/* dialect and URL ------------------------------------------------------------------------------------------------ */

/* The text after `provider =` in migration_lock.toml; NULL: no such file or line. */
static const char *locked_provider(struct opening *opening, iw_source **source, struct iw_place *place)
{
	const char *path = iw_path_join(opening->arena, opening->migrations, "migration_lock.toml");
	if (!iw_path_is_file(path) || (*source = iw_arena_source(opening->arena, path, NULL)) == NULL)
		return NULL;
	g_autofree char *text = g_strndup((*source)->text, (*source)->length);
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	size_t offset = 0;
	for (size_t i = 0; lines[i] != NULL; offset += strlen(lines[i]) + 1, i++) {
		const char *line = lines[i] + strspn(lines[i], " \t");
		const char *open = strchr(line, '"');
		const char *close = open == NULL ? NULL : strchr(open + 1, '"');
		if (!g_str_has_prefix(line, "provider") || close == NULL)
			continue;
		*place = (struct iw_place){*source, offset + (size_t)(open - lines[i]), (size_t)(close - open) + 1};
		return iw_arena_strndup(opening->arena, open + 1, (size_t)(close - open) - 1);
	}
	return NULL;
}

static const char *canonical_provider(const char *provider)
{
	return provider != NULL && strcmp(provider, "postgres") == 0 ? "postgresql" : provider;
}

static bool find_dialect(struct opening *opening, GError **error)
{
	iw_source *source = NULL;
	struct iw_place place = {0};
	const char *locked = canonical_provider(locked_provider(opening, &source, &place));
	const char *provider = canonical_provider(opening->datasource.provider.text);
	if (locked != NULL && provider != NULL && strcmp(locked, provider) != 0) {
		struct iw_problem problem = {
			.is_error = true,
			.place = place,
			.path = source->path,
			.message = iw_arena_printf(
				opening->arena,
				"the datasource provider \"%s\" is not the one of the migrations, \"%s\" "
				"(Prisma's P3019)",
				provider, locked),
			.hint = "Start a new migrations folder for the new provider, or put the old provider back.",
		};
		iw_project_problem(opening->arena, opening->project, &problem);
	}
	const char *where = provider != NULL ? opening->datasource.source->path : source != NULL ? source->path : "";
	return iw_project_set_dialect(opening->project, opening->options, provider != NULL ? provider : locked, where,
				      error);
}

static void url_from_schema(struct opening *opening)
{
	const struct iw_prisma_setting *setting = &opening->datasource.direct_url;
	const char *key = "directUrl";
	if (setting->place.source == NULL) {
		setting = &opening->datasource.url;
		key = "url";
	}
	if (setting->place.source == NULL)
		return;
	iw_arena *arena = opening->arena;
	const char *shown = opening->datasource.source->path;
	const char *value =
		setting->variable == NULL ? setting->text : iw_environment_get(opening->environment, setting->variable);
	const char *from = setting->variable == NULL
				   ? iw_arena_printf(arena, "%s: %s", shown, key)
				   : iw_arena_printf(arena, "%s: env(\"%s\")", shown, setting->variable);
	iw_project_set_url(arena, opening->project, opening->options, value, from, opening->datasource.directory);
	if (opening->project->url == NULL && setting->variable != NULL)
		opening->project->url_missing =
			iw_arena_printf(arena, "%s uses env(\"%s\"), which is not set", shown, setting->variable);
}

static void find_url(struct opening *opening)
{
	iw_arena *arena = opening->arena;
	struct iw_project *project = opening->project;
	const struct iw_ts_value *unknown = NULL;
	const char *url = iw_ts_text(opening->config, "datasource.url", &unknown);
	const struct iw_ts_value *value = iw_ts_member(opening->config, "datasource.url");
	if (url != NULL) {
		const char *shown = iw_path_shown(arena, opening->config_path);
		const char *from = value->variable == NULL
					   ? iw_arena_printf(arena, "%s: datasource.url", shown)
					   : iw_arena_printf(arena, "%s: env(\"%s\")", shown, value->variable);
		iw_project_set_url(arena, project, opening->options, url, from, project->directory);
	} else if (unknown != NULL) {
		g_autofree char *dotenv = g_build_filename(project->directory, ".env", NULL);
		bool is_forgotten = !opening->config_loads_dotenv && iw_path_is_file(dotenv);
		project->url_missing = iw_arena_printf(
			arena, "%s%s", iw_ts_explain(arena, unknown),
			is_forgotten ? "; there is a .env file, but the configuration does not import "
				       "\"dotenv/config\", and with a configuration file Prisma does not read it"
				     : "");
	} else {
		url_from_schema(opening);
	}
	iw_project_default_url(arena, project, opening->environment);
}

/* migrations ----------------------------------------------------------------------------------------------------- */

/*
 * Beside the file with the datasource; beside the folder of a schema of several files in Prisma before 6.6. `schema`
 * is a file or a folder.
 */
static const char *beside_schema(struct opening *opening)
{
	iw_arena *arena = opening->arena;
	const char *schema = opening->schema;
	bool is_folder = iw_path_is_directory(schema);
	const char *folder = opening->datasource.directory != NULL ? opening->datasource.directory
			     : is_folder			   ? schema
								   : iw_path_parent(arena, schema);
	const char *path = iw_path_join(arena, folder, "migrations");
	if (!is_folder || iw_path_is_directory(path))
		return path;
	const char *older = iw_path_join(arena, iw_path_parent(arena, schema), "migrations");
	return iw_path_is_directory(older) ? older : path;
}

/* No schema in a known place (scripts give it by --schema): the one folder below that has a lock file. NULL: not one.
 */
static const char *locked_folder_below(iw_arena *arena, const char *directory, int depth, int *count)
{
	const char *found = NULL;
	GPtrArray *entries = iw_directory_list(arena, directory, NULL);
	for (guint i = 0; entries != NULL && i < entries->len; i++) {
		const struct iw_entry *entry = g_ptr_array_index(entries, i);
		if (!entry->is_directory || entry->is_link || entry->name[0] == '.' ||
		    strcmp(entry->name, "node_modules") == 0)
			continue;
		const char *path = iw_path_join(arena, directory, entry->name);
		bool is_locked = iw_path_is_file(iw_path_join(arena, path, "migration_lock.toml"));
		const char *one = is_locked    ? path
				  : depth == 0 ? NULL
					       : locked_folder_below(arena, path, depth - 1, count);
		*count += is_locked;
		found = one != NULL ? one : found;
	}
	return found;
}

static const char *find_migrations(struct opening *opening)
{
	iw_arena *arena = opening->arena;
	const char *directory = opening->project->directory;
	const struct iw_ts_value *unknown = NULL;
	if (opening->options->migrations != NULL)
		return opening->options->migrations;
	const char *path = iw_ts_text(opening->config, "migrations.path", &unknown);
	if (path != NULL)
		return config_path(opening, path);
	note_unknown(opening, "migrations.path", unknown,
		     "The folder beside the schema is taken; --migrations DIR names another.");
	if (opening->schema != NULL)
		return beside_schema(opening);
	const char *lock = iw_path_first_file(arena, directory, lock_names);
	if (lock != NULL)
		return iw_path_parent(arena, lock);
	int count = 0;
	const char *below = locked_folder_below(arena, directory, 3, &count);
	return count == 1 ? below : iw_path_join(arena, directory, "prisma/migrations");
}

/* "20240131123456_add_users" has version and title; other names are legal, too. */
static void split_name(iw_arena *arena, struct iw_migration *migration)
{
	size_t digits = strspn(migration->name, "0123456789");
	if (digits != 14 || migration->name[digits] != '_')
		return;
	migration->version = iw_arena_strndup(arena, migration->name, digits);
	if (migration->name[digits + 1] != '\0')
		migration->title = migration->name + digits + 1;
}

static bool refuse_next(const struct opening *opening, const char *folder, GError **error)
{
	for (size_t i = 0; i < G_N_ELEMENTS(next_marks); i++) {
		g_autofree char *path = g_build_filename(folder, next_marks[i], NULL);
		if (!iw_path_is_file(path))
			continue;
		iw_fail(error, IW_ERROR_UNSUPPORTED, "\"%s\" is a migration of Prisma 8, which is not supported yet",
			iw_path_shown(opening->arena, folder));
		iw_error_detail(error, "Prisma 8 keeps %s instead of migration.sql; versions 5 to 7 are supported.",
				next_marks[i]);
		return false;
	}
	return true;
}

static bool add_migration(struct opening *opening, struct iw_folder folder, const char *name, GError **error)
{
	iw_arena *arena = opening->arena;
	struct iw_script up = iw_folder_script(arena, folder, iw_arena_printf(arena, "%s/migration.sql", name));
	/* One commit for the file: PostgreSQL does that to a batch, SQLite is given it. MySQL cannot. */
	up.is_atomic = opening->project->engine.dialect != IW_MYSQL;
	up.is_one_query = up.is_atomic;
	struct iw_migration *migration = iw_migration_new(arena, name, up);
	split_name(arena, migration);
	iw_migration_down_file(arena, folder, iw_arena_printf(arena, "%s/down.sql", name), migration);
	if (access(up.path, F_OK) != 0) {
		g_autofree char *path = g_build_filename(folder.path, name, NULL);
		if (!refuse_next(opening, path, error))
			return false;
		iw_migration_complain(arena, migration, "the migration \"%s\" has no migration.sql (Prisma's P3015)",
				      migration->name);
		iw_error_hint(&migration->problem, "Put the file back, or delete the empty folder \"%s\".",
			      iw_path_shown(arena, path));
	}
	iw_project_add(opening->project, migration);
	return true;
}

static bool list_migrations(struct opening *opening, GError **error)
{
	iw_arena *arena = opening->arena;
	struct iw_folder folder = iw_folder_of(arena, opening->migrations);
	if (!iw_path_is_directory(opening->migrations)) {
		bool is_asked = opening->options->migrations != NULL || opening->schema == NULL;
		if (is_asked)
			return iw_fail(error, IW_ERROR_PROJECT, "the migrations folder \"%s\" does not exist",
				       folder.shown);
		iw_project_complain(arena, opening->project, false, opening->migrations, NULL,
				    "the migrations folder \"%s\" does not exist yet", folder.shown);
		return true;
	}
	GPtrArray *entries = iw_directory_list(arena, opening->migrations, error);
	for (guint i = 0; entries != NULL && i < entries->len; i++) {
		const struct iw_entry *entry = g_ptr_array_index(entries, i);
		if (entry->is_directory && !add_migration(opening, folder, entry->name, error))
			return false;
	}
	return entries != NULL;
}

static const char *bookkeeping_schema(struct opening *opening)
{
	if (opening->project->engine.dialect != IW_POSTGRES)
		return NULL;
	const char *url = opening->project->url;
	const char *schema = url == NULL ? NULL : iw_url_parameter(opening->arena, url, "schema");
	return schema == NULL || *schema == '\0' ? "public" : schema;
}

static bool open_project(iw_arena *arena, const struct iw_project_options *options, struct iw_project *project,
			 GError **error)
{
	struct opening opening = {.arena = arena, .options = options, .project = project};
	opening.environment = iw_environment_new(arena);
	if (!read_config(&opening, error) || !read_schema(&opening, error))
		return false;
	load_dotenv(&opening);
	opening.migrations = find_migrations(&opening);
	project->migrations_directory = iw_path_shown(arena, opening.migrations);
	find_url(&opening);
	iw_project_url_is_final(project, options);
	if (!find_dialect(&opening, error) || !list_migrations(&opening, error))
		return false;
	project->bookkeeping = iw_bookkeeping_new(arena, project, &iw_prisma_bookkeeping, bookkeeping_schema(&opening),
						  "_prisma_migrations");
	return true;
}

const struct iw_framework iw_prisma = {
	.name = "prisma",
	.title = "Prisma Migrate",
	.detect = detect,
	.open = open_project,
	.checksum = iw_migration_sha256,
};
