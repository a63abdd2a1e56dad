/*
 * alembic.ini as Python's ConfigParser reads it, and [tool.alembic] of pyproject.toml, of which only strings, lists of
 * strings and booleans matter. See project.h.
 */
#include "framework/alembic/project.h"

#include "base/error.h"

#include <string.h>

enum { DEEPEST_REFERENCE = 10 };

/* "section.key" -> value; keys lower case, as ConfigParser has them. */
struct ini {
	iw_arena *arena;
	iw_source *source;
	GHashTable *values;
	GPtrArray *sections; /* char * */
};

static const char *ini_key(iw_arena *arena, const char *section, const char *key)
{
	g_autofree char *lower = g_ascii_strdown(key, -1);
	return iw_arena_printf(arena, "%s.%s", section, lower);
}

static bool fail_at(const struct ini *ini, size_t offset, size_t length, const char *message, GError **error)
{
	struct iw_place place = {ini->source, offset, length};
	return iw_fail_at(error, IW_ERROR_PROJECT, &place, "%s:%d: %s", ini->source->path,
			  iw_source_locate(ini->source, offset).line, message);
}

/* One line of an ini file. `last`: the key whose value an indented line goes on with. */
static bool read_ini_line(struct ini *ini, char *line, size_t offset, const char **section, const char **last,
			  GError **error)
{
	size_t length = strlen(line);
	bool is_indented = g_ascii_isspace(*line);
	char *text = g_strstrip(line);
	if (*text == '\0' || *text == '#' || *text == ';')
		return true;
	if (is_indented && *last != NULL) {
		const char *before = g_hash_table_lookup(ini->values, *last);
		g_hash_table_insert(ini->values, (char *)*last, iw_arena_printf(ini->arena, "%s\n%s", before, text));
		return true;
	}
	char *end = strchr(text, ']');
	if (*text == '[' && end != NULL) {
		*section = iw_arena_strndup(ini->arena, text + 1, (size_t)(end - text - 1));
		*last = NULL;
		g_ptr_array_add(ini->sections, (char *)*section);
		return true;
	}
	char *sign = strpbrk(text, "=:");
	if (sign == NULL || *section == NULL)
		return fail_at(ini, offset, length, "expected [section] or key = value", error);
	*sign = '\0';
	*last = ini_key(ini->arena, *section, g_strchomp(text));
	g_hash_table_insert(ini->values, (char *)*last, iw_arena_strdup(ini->arena, g_strstrip(sign + 1)));
	return true;
}

static bool read_ini(struct ini *ini, GError **error)
{
	const char *section = NULL, *last = NULL;
	size_t offset = ini->source->start;
	while (offset < ini->source->length) {
		const char *text = ini->source->text + offset;
		const char *end = memchr(text, '\n', ini->source->length - offset);
		size_t length = end == NULL ? ini->source->length - offset : (size_t)(end - text);
		g_autofree char *line = g_strndup(text, length);
		if (!read_ini_line(ini, line, offset, &section, &last, error))
			return false;
		offset += length + 1;
	}
	return true;
}

/* TOML: 'key = "text"', 'key = true', 'key = ["a", "b"]' over several lines, in [tool.alembic]. Lists as lines. */
static void read_toml(struct ini *ini)
{
	static const char pattern[] =
		"^[ \\t]*([A-Za-z0-9_.-]+)[ \\t]*=[ \\t]*(\\[[^\\]]*\\]|\"(?:[^\"\\\\]|\\\\.)*\"|'[^']*'"
		"|true|false)";
	g_autofree char *text = g_strndup(ini->source->text, ini->source->length);
	char *begin = strstr(text, "[tool.alembic]");
	if (begin == NULL)
		return;
	g_ptr_array_add(ini->sections, (gpointer) "alembic");
	begin += strlen("[tool.alembic]");
	char *end = strstr(begin, "\n[");
	g_autofree char *part = end == NULL ? g_strdup(begin) : g_strndup(begin, (size_t)(end - begin));
	g_autoptr(GRegex) regex = g_regex_new(pattern, G_REGEX_MULTILINE, 0, NULL);
	g_autoptr(GRegex) item = g_regex_new("\"((?:[^\"\\\\]|\\\\.)*)\"|'([^']*)'", 0, 0, NULL);
	g_autoptr(GMatchInfo) match = NULL;
	for (g_regex_match(regex, part, 0, &match); g_match_info_matches(match); g_match_info_next(match, NULL)) {
		g_autofree char *key = g_match_info_fetch(match, 1), *value = g_match_info_fetch(match, 2);
		g_autoptr(GMatchInfo) items = NULL;
		GString *lines = g_string_new(NULL);
		for (g_regex_match(item, value, 0, &items); g_match_info_matches(items);
		     g_match_info_next(items, NULL)) {
			g_autofree char *raw = g_match_info_fetch(items, 1), *plain = g_match_info_fetch(items, 2);
			g_autofree char *compressed = g_strcompress(raw);
			g_string_append_printf(lines, "%s%s", lines->len > 0 ? "\n" : "",
					       *compressed != '\0' ? compressed
					       : plain == NULL	   ? ""
								   : plain);
		}
		g_hash_table_insert(ini->values, (char *)ini_key(ini->arena, "alembic", key),
				    iw_arena_strdup(ini->arena, lines->len > 0 ? lines->str : value));
		g_string_free(lines, TRUE);
	}
}

/* %(name)s of the same section, [DEFAULT], and "here"; %% is one. Unknown names stay. */
static const char *interpolate(const struct ini *ini, const char *section, const char *here, const char *value,
			       int depth)
{
	g_autoptr(GString) out = g_string_new(NULL);
	for (const char *at = value; *at != '\0'; at++) {
		const char *end = at[0] == '%' && at[1] == '(' ? strstr(at, ")s") : NULL;
		if (at[0] == '%' && at[1] == '%') {
			g_string_append_c(out, *at++);
		} else if (end == NULL || depth >= DEEPEST_REFERENCE) {
			g_string_append_c(out, *at);
		} else {
			g_autofree char *name = g_strndup(at + 2, (size_t)(end - at - 2));
			const char *found =
				strcmp(name, "here") == 0
					? here
					: g_hash_table_lookup(ini->values, ini_key(ini->arena, section, name));
			if (found == NULL)
				found = g_hash_table_lookup(ini->values, ini_key(ini->arena, "DEFAULT", name));
			if (found != NULL)
				g_string_append(out, interpolate(ini, section, here, found, depth + 1));
			else
				g_string_append_len(out, at, end + 2 - at);
			at = end + 1;
		}
	}
	return iw_arena_strdup(ini->arena, out->str);
}

static void take_section(const struct ini *ini, struct alembic_config *config, const char *section)
{
	g_autofree char *prefix = g_strconcat(section, ".", NULL);
	GHashTableIter iter;
	gpointer key, value;
	g_hash_table_iter_init(&iter, ini->values);
	while (g_hash_table_iter_next(&iter, &key, &value))
		if (g_str_has_prefix(key, prefix))
			g_hash_table_insert(config->values, iw_arena_strdup(ini->arena, (char *)key + strlen(prefix)),
					    (char *)interpolate(ini, section, config->directory, value, 0));
}

static const char *value_of(const struct alembic_config *config, const char *key)
{
	return g_hash_table_lookup(config->values, key);
}

/* Alembic takes a relative folder from where it is started: beside the file, or in a folder above. */
static const char *relative(iw_arena *arena, const struct alembic_config *config, const char *text)
{
	for (const char *folder = config->directory; strlen(folder) > 1; folder = iw_path_parent(arena, folder)) {
		const char *path = iw_path_join(arena, folder, text);
		if (iw_path_is_directory(path))
			return path;
	}
	return iw_path_join(arena, config->directory, text);
}

/* In a folder of the project (backend/, or its src/) that is on the interpreter's path when alembic runs. NULL: in
 * none, or in several. */
static const char *below(iw_arena *arena, const struct alembic_config *config, const char *plain)
{
	g_autoptr(GDir) folder = g_dir_open(config->directory, 0, NULL);
	const char *found = NULL, *name;
	while (folder != NULL && (name = g_dir_read_name(folder)) != NULL) {
		const char *const inside[] = {plain, iw_arena_printf(arena, "src/%s", plain)};
		for (size_t i = 0; *name != '.' && i < G_N_ELEMENTS(inside); i++) {
			const char *path = iw_path_join(arena, iw_path_join(arena, config->directory, name), inside[i]);
			if (!iw_path_is_directory(path))
				continue;
			if (found != NULL)
				return NULL;
			found = path;
		}
	}
	return found;
}

/* "package.module:folder/inside": what is before the colon is imported. */
static bool names_package(const char *text)
{
	while (g_ascii_isalnum(*text) || *text == '_' || *text == '.')
		text++;
	return *text == ':';
}

/* "package:folder" names a folder of a package; packages of the project stand beside the file, around it, in src/, or
 * in a folder of their own. */
static const char *location(iw_arena *arena, const struct alembic_config *config, const char *text)
{
	const char *colon = strchr(text, ':');
	if (!names_package(text))
		return relative(arena, config, text);
	g_autofree char *package = g_strndup(text, (size_t)(colon - text));
	g_strdelimit(package, ".", '/');
	g_autofree char *rest = g_strdup(colon + 1);
	g_strdelimit(rest, ":", '/');
	const char *plain = iw_arena_printf(arena, "%s/%s", package, rest);
	const char *path = relative(arena, config, plain);
	if (iw_path_is_directory(path))
		return path;
	const char *in_src = relative(arena, config, iw_arena_printf(arena, "src/%s", plain));
	const char *elsewhere = iw_path_is_directory(in_src) ? in_src : below(arena, config, plain);
	return elsewhere != NULL ? elsewhere : path;
}

static void take_locations(iw_arena *arena, struct alembic_config *config)
{
	const char *text = value_of(config, "version_locations");
	const char *separator = value_of(config, "path_separator");
	if (separator == NULL)
		separator = value_of(config, "version_path_separator");
	const char *by = ", \n";
	if (separator != NULL)
		by = strcmp(separator, "space") == 0	 ? " "
		     : strcmp(separator, "newline") == 0 ? "\n"
		     : strcmp(separator, "os") == 0	 ? ":"
							 : separator;
	config->version_locations = iw_arena_ptr_array(arena);
	g_auto(GStrv) parts = g_strsplit_set(text == NULL ? "" : text, by, -1);
	for (guint i = 0; parts[i] != NULL; i++)
		if (*g_strstrip(parts[i]) != '\0')
			g_ptr_array_add(config->version_locations, (char *)location(arena, config, parts[i]));
	if (config->version_locations->len == 0)
		g_ptr_array_add(config->version_locations,
				(char *)iw_path_join(arena, config->script_location, "versions"));
	const char *recursive = value_of(config, "recursive_version_locations");
	config->is_recursive = recursive != NULL && g_ascii_strcasecmp(recursive, "true") == 0;
}

/* Flask-Migrate's alembic.ini stands in the folder of env.py itself and names no location. */
static bool take_script_location(iw_arena *arena, struct alembic_config *config, GError **error)
{
	const char *text = value_of(config, "script_location");
	if (text != NULL)
		config->script_location = location(arena, config, text);
	else if (iw_path_is_file(iw_path_join(arena, config->directory, "env.py")))
		config->script_location = config->directory;
	if (config->script_location == NULL)
		return iw_fail(error, IW_ERROR_PROJECT, "%s: [%s] has no script_location",
			       iw_path_shown(arena, config->path), config->section);
	if (iw_path_is_directory(config->script_location))
		return true;
	return iw_fail(error, IW_ERROR_PROJECT, "%s: the folder \"%s\" of script_location does not exist",
		       iw_path_shown(arena, config->path), iw_path_shown(arena, config->script_location));
}

static bool has_location(const struct ini *ini, const char *section)
{
	return g_hash_table_contains(ini->values, ini_key(ini->arena, section, "script_location"));
}

/* Is it one of `databases` of the multidb template? */
static bool is_engine(const struct ini *ini, const char *name)
{
	const char *list = g_hash_table_lookup(ini->values, ini_key(ini->arena, "alembic", "databases"));
	g_auto(GStrv) names = g_strsplit_set(list == NULL ? "" : list, ", \t\n", -1);
	return *name != '\0' && g_strv_contains((const char *const *)names, name);
}

static const char *join_names(const struct ini *ini, GPtrArray *sections)
{
	g_autoptr(GString) names = g_string_new(NULL);
	for (guint i = 0; i < sections->len; i++)
		g_string_append_printf(names, "%s%s", i > 0 ? ", " : "", (char *)g_ptr_array_index(sections, i));
	return iw_arena_strdup(ini->arena, names->str);
}

static bool fail_several(const struct ini *ini, const struct alembic_config *config, GError **error, const char *what,
			 const char *names)
{
	iw_fail(error, IW_ERROR_PROJECT, "%s holds several %s: %s", iw_path_shown(ini->arena, config->path), what,
		names);
	iw_error_hint(error, "Say which with --database NAME, or with `database:` in inchworm.yaml.");
	return false;
}

static bool choose_section(const struct ini *ini, const char *wanted, struct alembic_config *config, GError **error)
{
	config->sections = iw_arena_ptr_array(ini->arena);
	for (guint i = 0; i < ini->sections->len; i++)
		if (has_location(ini, g_ptr_array_index(ini->sections, i)))
			g_ptr_array_add(config->sections, g_ptr_array_index(ini->sections, i));
	config->section = "alembic";
	if (wanted != NULL && has_location(ini, wanted)) {
		config->section = wanted;
		return true;
	}
	const char *engines = g_hash_table_lookup(ini->values, ini_key(ini->arena, "alembic", "databases"));
	if (wanted != NULL && is_engine(ini, wanted)) {
		config->engine = wanted;
		return true;
	}
	if (wanted != NULL && strcmp(wanted, "alembic") != 0) {
		iw_fail(error, IW_ERROR_PROJECT, "%s has no database \"%s\"", iw_path_shown(ini->arena, config->path),
			wanted);
		iw_error_hint(error, "There are %s.", engines != NULL ? engines : join_names(ini, config->sections));
		return false;
	}
	if (engines != NULL && strpbrk(engines, ", \t\n") != NULL)
		return fail_several(ini, config, error, "databases", engines);
	if (engines != NULL && is_engine(ini, engines))
		config->engine = engines;
	bool has_own = has_location(ini, "alembic");
	if (!has_own && config->sections->len == 1)
		config->section = g_ptr_array_index(config->sections, 0);
	if (has_own || config->sections->len < 2)
		return true;
	return fail_several(ini, config, error, "projects", join_names(ini, config->sections));
}

const char *iw_alembic_config_find(iw_arena *arena, const char *directory)
{
	static const char *const names[] = {"alembic.ini", NULL};
	const char *path = iw_path_first_file(arena, directory, names);
	if (path != NULL)
		return path;
	path = iw_path_join(arena, directory, "pyproject.toml");
	g_autofree char *text = NULL, *environment = NULL;
	if (iw_path_is_file(path) && g_file_get_contents(path, &text, NULL, NULL) &&
	    strstr(text, "[tool.alembic]") != NULL)
		return path;
	/* Programs that call Alembic themselves may have no file: the folder alone. */
	path = iw_path_join(arena, directory, "env.py");
	if (!iw_path_is_directory(iw_path_join(arena, directory, "versions")) || !iw_path_is_file(path) ||
	    !g_file_get_contents(path, &environment, NULL, NULL))
		return NULL;
	return strstr(environment, "alembic") != NULL ? path : NULL;
}

bool iw_alembic_config_read(iw_arena *arena, const char *directory, const char *section, struct alembic_config *config,
			    GError **error)
{
	*config = (struct alembic_config){.directory = directory};
	config->values = iw_arena_hash_table(arena, g_str_hash, g_str_equal);
	config->path = iw_alembic_config_find(arena, directory);
	if (config->path == NULL)
		return iw_fail(error, IW_ERROR_PROJECT, "there is no alembic.ini in \"%s\"",
			       iw_path_shown(arena, directory));
	struct ini ini = {.arena = arena, .sections = iw_arena_ptr_array(arena)};
	ini.values = iw_arena_hash_table(arena, g_str_hash, g_str_equal);
	ini.source = iw_arena_source(arena, config->path, error);
	if (ini.source == NULL)
		return false;
	if (g_str_has_suffix(config->path, ".toml"))
		read_toml(&ini);
	else if (g_str_has_suffix(config->path, ".py"))
		config->has_no_file = true;
	else if (!read_ini(&ini, error))
		return false;
	if (!choose_section(&ini, section, config, error))
		return false;
	take_section(&ini, config, config->section);
	if (config->engine != NULL)
		take_section(&ini, config, config->engine);
	if (!take_script_location(arena, config, error))
		return false;
	take_locations(arena, config);
	return true;
}
