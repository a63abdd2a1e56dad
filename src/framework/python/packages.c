/* Packages that a Python project uses; see packages.h. */
#include "framework/python/packages.h"

#include "framework/framework_internal.h"

#include <string.h>

/* PEP 503: letters' case and the kind of separators do not count. */
static char *normalised(const char *name, size_t length)
{
	char *text = g_ascii_strdown(name, (gssize)length);
	return g_strdelimit(text, "_.", '-');
}

static bool is_package(const char *text, size_t length, const char *package)
{
	g_autofree char *one = normalised(text, length), *other = normalised(package, strlen(package));
	return strcmp(one, other) == 0;
}

/* installed -------------------------------------------------------------------------------------------------------- */

static void add_environment(iw_arena *arena, GPtrArray *found, const char *environment)
{
	const char *lib = iw_path_join(arena, environment, "lib");
	if (!iw_path_is_directory(lib))
		return;
	GPtrArray *entries = iw_directory_list(arena, lib, NULL);
	for (guint i = 0; entries != NULL && i < entries->len; i++) {
		const struct iw_entry *entry = entries->pdata[i];
		const char *path = iw_arena_printf(arena, "%s/%s/site-packages", lib, entry->name);
		if (g_str_has_prefix(entry->name, "python") && iw_path_is_directory(path))
			g_ptr_array_add(found, (char *)path);
	}
}

GPtrArray *iw_python_site_packages(iw_arena *arena, const char *directory, const char *top)
{
	static const char *const names[] = {".venv", "venv", "env"};
	GPtrArray *found = iw_arena_ptr_array(arena);
	const char *active = g_getenv("VIRTUAL_ENV");
	g_autofree char *here = g_get_current_dir();
	if (active != NULL && *active != '\0')
		add_environment(arena, found, iw_path_join(arena, here, active));
	for (const char *at = directory; strlen(at) > 1; at = iw_path_parent(arena, at)) {
		for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
			add_environment(arena, found, iw_path_join(arena, at, names[i]));
		if (top == NULL || strcmp(at, top) == 0)
			break;
	}
	return found;
}

/* "SQLAlchemy-2.0.30.dist-info" */
static const char *installed(iw_arena *arena, GPtrArray *folders, const char *package)
{
	for (guint i = 0; i < folders->len; i++) {
		GPtrArray *entries = iw_directory_list(arena, folders->pdata[i], NULL);
		for (guint j = 0; entries != NULL && j < entries->len; j++) {
			const char *name = ((struct iw_entry *)entries->pdata[j])->name;
			const char *dash = strchr(name, '-');
			if (dash == NULL || !g_str_has_suffix(name, ".dist-info") ||
			    !is_package(name, (size_t)(dash - name), package))
				continue;
			return iw_arena_strndup(arena, dash + 1, strlen(dash + 1) - strlen(".dist-info"));
		}
	}
	return NULL;
}

/* pinned ----------------------------------------------------------------------------------------------------------- */

static const char *version_at(iw_arena *arena, const char *text)
{
	size_t length = strspn(text, "0123456789.abrc");
	return length == 0 || !g_ascii_isdigit(*text) ? NULL : iw_arena_strndup(arena, text, length);
}

/* name = "sqlalchemy" \n version = "2.0.30" */
static const char *in_lock(iw_arena *arena, const char *text, const char *package)
{
	for (const char *at = strstr(text, "\nname = \""); at != NULL; at = strstr(at + 1, "\nname = \"")) {
		const char *name = at + strlen("\nname = \""), *end = strchr(name, '"');
		const char *version = end == NULL ? NULL : strstr(end, "version = \"");
		if (version != NULL && version - end < 8 && is_package(name, (size_t)(end - name), package))
			return version_at(arena, version + strlen("version = \""));
	}
	return NULL;
}

/* "sqlalchemy": {... "version": "==2.0.30" } */
static const char *in_pipfile(iw_arena *arena, const char *text, const char *package)
{
	g_autofree char *key = g_strdup_printf("\"%s\": {", package);
	const char *at = strstr(text, key), *version = at == NULL ? NULL : strstr(at, "\"version\": \"==");
	const char *end = at == NULL ? NULL : strchr(at, '}');
	return version == NULL || version > end ? NULL : version_at(arena, version + strlen("\"version\": \"=="));
}

/* sqlalchemy[asyncio]==2.0.30 ; python_version > "3" */
static const char *in_requirements(iw_arena *arena, const char *text, const char *package)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	for (guint i = 0; lines[i] != NULL; i++) {
		const char *line = g_strchug(lines[i]);
		size_t length = strcspn(line, "[=<>~!; \t#");
		const char *pin = strstr(line, "==");
		if (length > 0 && pin != NULL && is_package(line, length, package))
			return version_at(arena, pin + 2 + strspn(pin + 2, " "));
	}
	return NULL;
}

static const char *pinned_in(iw_arena *arena, const char *directory, const char *package)
{
	static const struct {
		const char *file;
		const char *(*read)(iw_arena *arena, const char *text, const char *package);
	} files[] = {
		{"uv.lock", in_lock},
		{"poetry.lock", in_lock},
		{"pdm.lock", in_lock},
		{"Pipfile.lock", in_pipfile},
		{"requirements.txt", in_requirements},
		{"requirements/base.txt", in_requirements},
		{"requirements/production.txt", in_requirements},
		{"requirements/main.txt", in_requirements},
		{"constraints.txt", in_requirements},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
		g_autofree char *text = NULL;
		const char *path = iw_path_join(arena, directory, files[i].file);
		if (!iw_path_is_file(path) || !g_file_get_contents(path, &text, NULL, NULL))
			continue;
		const char *version = files[i].read(arena, text, package);
		if (version != NULL)
			return version;
	}
	return NULL;
}

const char *iw_python_package_version(iw_arena *arena, const char *directory, const char *top, const char *package)
{
	const char *version = installed(arena, iw_python_site_packages(arena, directory, top), package);
	for (const char *at = directory; version == NULL && strlen(at) > 1; at = iw_path_parent(arena, at)) {
		version = pinned_in(arena, at, package);
		if (top == NULL || strcmp(at, top) == 0)
			break;
	}
	return version;
}
