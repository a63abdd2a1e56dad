/* What the frameworks share while they open a project; see framework_internal.h. */
#include "framework/framework_internal.h"

#include "base/error.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void iw_project_problem(iw_arena *arena, struct iw_project *project, const struct iw_problem *problem)
{
	g_ptr_array_add(project->problems, iw_arena_memdup(arena, problem, sizeof *problem));
}

void iw_project_complain(iw_arena *arena, struct iw_project *project, bool is_error, const char *path, const char *hint,
			 const char *format, ...)
{
	va_list list;
	va_start(list, format);
	g_autofree char *message = g_strdup_vprintf(format, list);
	va_end(list);
	struct iw_problem problem = {
		.is_error = is_error,
		.path = path == NULL ? NULL : iw_path_shown(arena, path),
		.message = iw_arena_strdup(arena, message),
		.hint = iw_arena_strdup(arena, hint),
	};
	iw_project_problem(arena, project, &problem);
}

struct iw_folder iw_folder_of(iw_arena *arena, const char *path)
{
	return (struct iw_folder){path, iw_path_shown(arena, path)};
}

struct iw_script iw_folder_script(iw_arena *arena, struct iw_folder folder, const char *file)
{
	struct iw_script script = {.length = SIZE_MAX};
	script.path = iw_arena_join(arena, folder.path, "/", file);
	bool is_here = strcmp(folder.shown, ".") == 0;
	script.shown_path = is_here ? iw_arena_strdup(arena, file) : iw_arena_join(arena, folder.shown, "/", file);
	if (!g_utf8_validate(script.shown_path, -1, NULL)) {
		g_autofree char *valid = g_utf8_make_valid(script.shown_path, -1);
		script.shown_path = iw_arena_strdup(arena, valid);
	}
	return script;
}

struct iw_migration *iw_migration_new(iw_arena *arena, const char *name, struct iw_script up)
{
	struct iw_migration *migration = iw_new(arena, struct iw_migration);
	migration->name = name;
	migration->title = name;
	migration->parents = iw_arena_ptr_array(arena);
	migration->up = up;
	migration->down.length = SIZE_MAX;
	if (!g_utf8_validate(name, -1, NULL)) {
		g_autofree char *valid = g_utf8_make_valid(name, -1);
		migration->name = migration->title = iw_arena_strdup(arena, valid);
		iw_migration_complain(arena, migration, "the name of \"%s\" is not valid UTF-8", valid);
		iw_error_hint(&migration->problem, "Rename it.");
	}
	return migration;
}

void iw_migration_down_file(iw_arena *arena, struct iw_folder folder, const char *file, struct iw_migration *migration)
{
	struct iw_script down = iw_folder_script(arena, folder, file);
	if (access(down.path, F_OK) != 0)
		return;
	down.is_atomic = migration->up.is_atomic;
	down.breakpoint = migration->up.breakpoint;
	migration->down = down;
}

void iw_migration_complain(iw_arena *arena, struct iw_migration *migration, const char *format, ...)
{
	if (migration->problem != NULL)
		return;
	va_list list;
	va_start(list, format);
	g_autofree char *message = g_strdup_vprintf(format, list);
	va_end(list);
	iw_fail(&migration->problem, IW_ERROR_INPUT, "%s", message);
	iw_arena_defer(arena, (GDestroyNotify)g_error_free, migration->problem);
}

void iw_project_add(struct iw_project *project, struct iw_migration *migration)
{
	GPtrArray *line = project->migrations;
	if (line->len > 0)
		g_ptr_array_add(migration->parents, g_ptr_array_index(line, line->len - 1));
	g_ptr_array_add(line, migration);
}

/* dialects and URLs ------------------------------------------------------------------------------------------- */

static const struct {
	const char *scheme;
	const char *engine;
} schemes[] = {
	{"postgres", "postgres"}, {"postgresql", "postgres"},
	{"mysql", "mysql"},	  {"mariadb", "mariadb"},
	{"sqlite", "sqlite"},	  {"sqlite3", "sqlite"},
	{"file", "sqlite"},	  {"libsql", "libsql"},
	{"mysql2", "mysql"},	  {"pgx", "postgres"},
	{"pgx4", "postgres"},	  {"pgx5", "postgres"},
	{"psql", "postgres"},	  {"prisma+postgres", "postgres"},
};

bool iw_url_dialect(const char *url, struct iw_engine *engine)
{
	const char *colon = strchr(url, ':');
	if (colon == NULL)
		return false;
	g_autofree char *scheme = g_strndup(url, (size_t)(colon - url));
	for (size_t i = 0; i < G_N_ELEMENTS(schemes); i++)
		if (g_ascii_strcasecmp(scheme, schemes[i].scheme) == 0)
			return iw_engine_parse(schemes[i].engine, engine);
	return false;
}

bool iw_project_set_dialect(struct iw_project *project, const struct iw_project_options *options, const char *word,
			    const char *where, GError **error)
{
	const char *wanted = options->dialect != NULL ? options->dialect : word;
	struct iw_engine engine;
	if (wanted != NULL) {
		if (!iw_engine_parse(wanted, &engine)) {
			iw_fail(error, options->dialect != NULL ? IW_ERROR_USAGE : IW_ERROR_UNSUPPORTED,
				"%s%sthe dialect \"%s\" is not supported", options->dialect == NULL ? where : "",
				options->dialect == NULL ? ": " : "", wanted);
			iw_error_hint(error, "Supported are postgres, mysql, mariadb and sqlite.");
			return false;
		}
		engine.version = project->engine.version;
		engine.is_mariadb = engine.is_mariadb || (engine.dialect == IW_MYSQL && project->engine.is_mariadb);
		project->engine = engine;
		return true;
	}
	if (project->url != NULL && iw_url_dialect(project->url, &engine)) {
		project->engine = engine;
		return true;
	}
	const char *folder = project->migrations_directory != NULL ? project->migrations_directory : project->directory;
	iw_fail(error, IW_ERROR_PROJECT, "cannot tell which database the migrations in \"%s\" are for", folder);
	iw_error_hint(error,
		      "Say it with --dialect postgres|mysql|sqlite, or with `dialect:` in inchworm.yaml, or give the "
		      "database with --url or DATABASE_URL.");
	return false;
}

void iw_project_set_url(iw_arena *arena, struct iw_project *project, const struct iw_project_options *options,
			const char *url, const char *from, const char *base)
{
	bool is_given = options->url != NULL;
	const char *text = is_given ? options->url : url;
	if (text == NULL || *text == '\0' || project->url != NULL)
		return;
	project->url = iw_arena_strdup(arena, text);
	project->url_from = is_given ? "--url" : iw_arena_strdup(arena, from);
	g_autofree char *here = g_get_current_dir();
	project->url_base = iw_arena_strdup(arena, is_given || base == NULL ? here : base);
}

void iw_project_default_url(iw_arena *arena, struct iw_project *project, const struct iw_environment *environment)
{
	const char *url = iw_environment_get(environment, "DATABASE_URL");
	if (project->url != NULL || project->url_missing != NULL || url == NULL || *url == '\0')
		return;
	struct iw_project_options none = {0};
	iw_project_set_url(arena, project, &none, url, "DATABASE_URL", project->directory);
}

void iw_project_url_is_final(const struct iw_project *project, const struct iw_project_options *options)
{
	if (options->on_url != NULL && project->url != NULL)
		options->on_url(options->on_url_data, project);
}

static const char *decode(iw_arena *arena, const char *text, size_t length)
{
	g_autofree char *raw = g_strndup(text, length);
	g_autofree char *plain = g_uri_unescape_string(raw, NULL);
	return iw_arena_strdup(arena, plain != NULL ? plain : raw);
}

const char *iw_url_parameter(iw_arena *arena, const char *url, const char *name)
{
	const char *query = strchr(url, '?');
	size_t length = strlen(name);
	while (query != NULL) {
		query++;
		size_t end = strcspn(query, "&#");
		if (strncmp(query, name, length) == 0 && query[length] == '=')
			return decode(arena, query + length + 1, end - length - 1);
		query = query[end] == '&' ? query + end : NULL;
	}
	return NULL;
}

const char *iw_url_database(iw_arena *arena, const char *url)
{
	const char *authority = strstr(url, "://");
	if (authority == NULL)
		return NULL;
	const char *slash = strchr(authority + 3, '/');
	size_t length = slash == NULL ? 0 : strcspn(slash + 1, "?#");
	return length == 0 ? NULL : decode(arena, slash + 1, length);
}

/* npm packages ------------------------------------------------------------------------------------------------- */

int iw_major_version(const char *text)
{
	const char *digits = text + strcspn(text, "0123456789");
	bool is_plain = (size_t)(digits - text) == strspn(text, "^~>=v \t");
	return is_plain && *digits != '\0' ? atoi(digits) : 0;
}

static json_t *load_package(const char *directory, const char *name)
{
	g_autofree char *path = g_build_filename(directory, name, NULL);
	return json_load_file(path, 0, NULL);
}

static int installed_major(const char *directory, const char *package)
{
	g_autofree char *name = g_build_filename("node_modules", package, "package.json", NULL);
	json_t *json = load_package(directory, name);
	const char *version = json_string_value(json_object_get(json, "version"));
	int major = version == NULL ? 0 : iw_major_version(version);
	json_decref(json);
	return major;
}

static int wanted_major(const char *directory, const char *package)
{
	static const char *const groups[] = {"dependencies", "devDependencies", "peerDependencies"};
	json_t *json = load_package(directory, "package.json");
	int major = 0;
	for (size_t i = 0; i < G_N_ELEMENTS(groups) && major == 0; i++) {
		const char *version = json_string_value(json_object_get(json_object_get(json, groups[i]), package));
		if (version != NULL)
			major = iw_major_version(version);
	}
	json_decref(json);
	return major;
}

int iw_npm_major(iw_arena *arena, const char *directory, const char *package)
{
	const char *top = iw_path_repository(arena, directory);
	for (int pass = 0; pass < 2; pass++)
		for (const char *at = directory;; at = iw_path_parent(arena, at)) {
			int major = pass == 0 ? installed_major(at, package) : wanted_major(at, package);
			if (major > 0)
				return major;
			if (strcmp(at, top) == 0 || strcmp(at, "/") == 0)
				break;
		}
	return 0;
}
