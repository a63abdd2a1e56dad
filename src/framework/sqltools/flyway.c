/*
 * Flyway: its configuration (flyway.conf, flyway.toml, FLYWAY_ variables), names of files, checksums and placeholders.
 */
#include "framework/sqltools/sqltools_internal.h"

#include "base/error.h"

#include <stdint.h>
#include <string.h>

static const char *const conf_names[] = {"flyway.conf", "conf/flyway.conf", "flyway.toml", "conf/flyway.toml", NULL};

bool iw_flyway_has_settings(iw_arena *arena, const char *directory, const char **path)
{
	*path = iw_path_first_file(arena, directory, conf_names);
	return *path != NULL;
}

/* V1_2__add_users.sql, U1_2__add_users.sql, R__views.sql, B5__base.sql */
bool iw_flyway_parse_name(iw_arena *arena, const char *file, struct sql_name *name)
{
	size_t length = strlen(file);
	const char *separator = strstr(file, "__");
	if (!g_str_has_suffix(file, ".sql") || separator == NULL || strchr("VURB", file[0]) == NULL)
		return false;
	size_t version = (size_t)(separator - file) - 1;
	bool is_repeatable = file[0] == 'R';
	if ((version == 0) != is_repeatable || strspn(file + 1, "0123456789._") < version)
		return false;
	if (!is_repeatable) {
		name->version = g_strdelimit(iw_arena_strndup(arena, file + 1, version), "_", '.');
		if (!g_ascii_isdigit(name->version[0]))
			return false;
	}
	name->name = iw_arena_strndup(arena, file, length - 4);
	name->title = g_strdelimit(iw_arena_strndup(arena, separator + 2, length - 4 - (size_t)(separator + 2 - file)),
				   "_", ' ');
	name->direction = file[0] == 'U' ? IW_DOWN : IW_UP;
	name->is_repeatable = is_repeatable;
	name->is_baseline = file[0] == 'B';
	return true;
}

/* configuration ---------------------------------------------------------------------------------------------------- */

/* What a file or a variable sets, by the name it has in flyway.conf without "flyway.". */
struct reading {
	struct sql_opening *opening;
	GHashTable *values; /* char * -> char * */
};

static void set(struct reading *reading, const char *key, const char *value)
{
	iw_arena *arena = reading->opening->arena;
	if (g_str_has_prefix(key, "flyway."))
		key += 7;
	if (!g_hash_table_contains(reading->values, key))
		g_hash_table_insert(reading->values, iw_arena_strdup(arena, key), iw_arena_strdup(arena, value));
}

static const char *get(const struct reading *reading, const char *key)
{
	return g_hash_table_lookup(reading->values, key);
}

/* ${VARIABLE} in flyway.conf is the environment's. */
static char *with_environment(struct reading *reading, const char *text)
{
	GString *out = g_string_new(NULL);
	while (*text != '\0') {
		const char *close = g_str_has_prefix(text, "${") ? strchr(text, '}') : NULL;
		g_autofree char *name = close == NULL ? NULL : g_strndup(text + 2, (size_t)(close - text - 2));
		const char *value = name == NULL ? NULL : iw_environment_get(reading->opening->environment, name);
		if (value == NULL) {
			g_string_append_c(out, *text++);
			continue;
		}
		g_string_append(out, value);
		text = close + 1;
	}
	return g_string_free(out, FALSE);
}

static void read_conf(struct reading *reading, const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	for (size_t i = 0; lines[i] != NULL; i++) {
		char *line = g_strstrip(lines[i]);
		char *equals = strchr(line, '=');
		if (*line == '#' || *line == '!' || equals == NULL)
			continue;
		*equals = '\0';
		g_autofree char *value = with_environment(reading, g_strstrip(equals + 1));
		set(reading, g_strstrip(line), value);
	}
}

/* "text", 'text', true, 12, or a list, which becomes "a,b" */
static char *toml_value(const char *text)
{
	GString *out = g_string_new(NULL);
	bool is_list = *text == '[';
	for (const char *at = text + is_list; *at != '\0' && !(is_list && *at == ']');) {
		if (*at == '"' || *at == '\'') {
			const char *close = strchr(at + 1, *at);
			if (close == NULL)
				break;
			g_string_append_len(out, at + 1, close - at - 1);
			at = close + 1;
		} else if (*at == '#') {
			break;
		} else {
			if (!g_ascii_isspace(*at))
				g_string_append_c(out, *at);
			at++;
		}
	}
	return g_string_free(out, FALSE);
}

static void set_toml(struct reading *reading, const char *section, const char *key, const char *value)
{
	const char *environment = get(reading, "environment");
	g_autofree char *wanted = g_strdup_printf("environments.%s", environment == NULL ? "default" : environment);
	g_autofree char *inner = g_strdup_printf("placeholders.%s", key);
	if (strcmp(section, "flyway") == 0)
		set(reading, key, value);
	else if (strcmp(section, "flyway.placeholders") == 0)
		set(reading, inner, value);
	else if (strcmp(section, wanted) == 0)
		set(reading, key, value);
}

/* Enough of TOML for flyway.toml: sections, keys, and values on one line (lists may span lines). */
static void read_toml(struct reading *reading, const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	g_autofree char *section = g_strdup("");
	for (size_t i = 0; lines[i] != NULL; i++) {
		char *line = g_strstrip(lines[i]);
		char *equals = strchr(line, '=');
		if (*line == '[' && strchr(line, ']') != NULL && equals == NULL) {
			g_free(section);
			section = g_strstrip(g_strndup(line + 1, strcspn(line + 1, "]")));
			continue;
		}
		if (*line == '#' || equals == NULL)
			continue;
		*equals = '\0';
		g_autoptr(GString) value = g_string_new(g_strchug(equals + 1));
		while (value->str[0] == '[' && strchr(value->str, ']') == NULL && lines[i + 1] != NULL)
			g_string_append_printf(value, " %s", g_strstrip(lines[++i]));
		g_autofree char *plain = toml_value(value->str);
		g_autofree char *filled = with_environment(reading, plain);
		set_toml(reading, section, g_strstrip(line), filled);
	}
}

static void read_variables(struct reading *reading)
{
	static const char *const names[][2] = {
		{"FLYWAY_URL", "url"},
		{"FLYWAY_USER", "user"},
		{"FLYWAY_PASSWORD", "password"},
		{"FLYWAY_TABLE", "table"},
		{"FLYWAY_LOCATIONS", "locations"},
		{"FLYWAY_DEFAULT_SCHEMA", "defaultSchema"},
		{"FLYWAY_SCHEMAS", "schemas"},
		{"FLYWAY_PLACEHOLDER_REPLACEMENT", "placeholderReplacement"},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		const char *value = iw_environment_get(reading->opening->environment, names[i][0]);
		if (value != NULL)
			set(reading, names[i][1], value);
	}
}

static bool read_settings(struct reading *reading, GError **error)
{
	struct sql_opening *opening = reading->opening;
	read_variables(reading);
	for (size_t i = 0; conf_names[i] != NULL; i++) {
		const char *path = iw_path_join(opening->arena, opening->project->directory, conf_names[i]);
		g_autofree char *text = NULL;
		if (!iw_path_is_file(path))
			continue;
		if (!g_file_get_contents(path, &text, NULL, NULL))
			return iw_fail(error, IW_ERROR_INPUT, "could not read \"%s\"",
				       iw_path_shown(opening->arena, path));
		if (g_str_has_suffix(path, ".toml"))
			read_toml(reading, text);
		else
			read_conf(reading, text);
		opening->root = opening->project->directory;
	}
	return true;
}

/* filesystem:sql from the project's folder; classpath:db/migration where Maven and Gradle keep resources. */
static void add_location(struct sql_opening *opening, const char *location)
{
	iw_arena *arena = opening->arena;
	const char *directory = opening->project->directory;
	const char *path = location;
	if (g_str_has_prefix(location, "filesystem:"))
		path = location + strlen("filesystem:");
	else if (g_str_has_prefix(location, "classpath:"))
		path = iw_arena_printf(arena, "src/main/resources/%s", location + strlen("classpath:"));
	if (strcspn(path, "*?") < strlen(path)) {
		iw_project_complain(arena, opening->project, true, NULL, "Name the folders one by one.",
				    "the location \"%s\" has a wildcard, which is not supported", location);
		return;
	}
	path = iw_path_join(arena, directory, path);
	if (iw_path_is_directory(path))
		g_ptr_array_add(opening->flyway->locations, (char *)path);
	else
		iw_project_complain(arena, opening->project, false, path, NULL, "the location \"%s\" does not exist",
				    location);
}

static void find_locations(struct reading *reading)
{
	struct sql_opening *opening = reading->opening;
	const char *locations = get(reading, "locations");
	if (opening->options->migrations != NULL || locations == NULL) {
		g_ptr_array_add(opening->flyway->locations, (char *)opening->directory);
		return;
	}
	g_auto(GStrv) parts = g_strsplit(locations, ",", -1);
	for (size_t i = 0; parts[i] != NULL; i++)
		add_location(opening, iw_arena_strdup(opening->arena, g_strstrip(parts[i])));
	if (opening->flyway->locations->len > 0)
		opening->project->migrations_directory =
			iw_path_shown(opening->arena, g_ptr_array_index(opening->flyway->locations, 0));
}

static void find_placeholders(struct reading *reading)
{
	struct flyway_settings *flyway = reading->opening->flyway;
	GHashTableIter iterator;
	gpointer key, value;
	g_hash_table_iter_init(&iterator, reading->values);
	while (g_hash_table_iter_next(&iterator, &key, &value))
		if (g_str_has_prefix(key, "placeholders."))
			g_hash_table_insert(flyway->placeholders, (char *)key + strlen("placeholders."), value);
	const char *replacement = get(reading, "placeholderReplacement");
	flyway->replaces_placeholders = replacement == NULL || strcmp(replacement, "false") != 0;
}

bool iw_flyway_configure(struct sql_opening *opening, GError **error)
{
	iw_arena *arena = opening->arena;
	struct reading reading = {opening, iw_arena_hash_table(arena, g_str_hash, g_str_equal)};
	opening->flyway = iw_new(arena, struct flyway_settings);
	opening->flyway->arena = arena;
	opening->flyway->locations = iw_arena_ptr_array(arena);
	opening->flyway->placeholders = iw_arena_hash_table(arena, g_str_hash, g_str_equal);
	if (!read_settings(&reading, error))
		return false;
	find_locations(&reading);
	find_placeholders(&reading);
	opening->table = get(&reading, "table");
	const char *schemas = get(&reading, "schemas");
	opening->schema = get(&reading, "defaultSchema");
	if (opening->schema == NULL && schemas != NULL) /* the first of "a,b" */
		opening->schema = g_strstrip(iw_arena_strndup(arena, schemas, strcspn(schemas, ",")));
	if (opening->schema == NULL)
		opening->schema = "public";
	const char *url =
		iw_sql_url_of_jdbc(arena, get(&reading, "url"), get(&reading, "user"), get(&reading, "password"));
	iw_project_set_url(arena, opening->project, opening->options, url, "Flyway's configuration", opening->root);
	iw_project_default_url(arena, opening->project, opening->environment);
	opening->flyway->table = opening->table != NULL ? opening->table : "flyway_schema_history";
	opening->flyway->schema = opening->schema;
	url = opening->project->url;
	opening->flyway->database = url == NULL ? NULL : iw_url_database(arena, url);
	return true;
}

/* placeholders -------------------------------------------------------------------------------------------------------
 */

static bool fail_placeholder(const iw_source *source, size_t offset, size_t length, GError **error)
{
	struct iw_place place = {source, offset, length};
	int line = iw_source_locate(source, offset).line;
	iw_fail_at(error, IW_ERROR_INPUT, &place, "%s:%d: no value is known for the placeholder %.*s", source->path,
		   line, (int)length, source->text + offset);
	iw_error_hint(error,
		      "Set flyway.placeholders in flyway.conf or flyway.toml, or flyway.placeholderReplacement=false.");
	return false;
}

static const char *placeholder(const struct flyway_migration *data, const char *name)
{
	const struct flyway_settings *settings = data->settings;
	const char *value = g_hash_table_lookup(settings->placeholders, name);
	if (value != NULL)
		return value;
	if (strcmp(name, "flyway:defaultSchema") == 0)
		return settings->schema;
	if (strcmp(name, "flyway:table") == 0)
		return settings->table;
	return strcmp(name, "flyway:filename") == 0 ? data->script : NULL;
}

/* The text with values for placeholders; NULL when it has none (no error) or one is not known (error). */
static GString *fill_in(const struct flyway_migration *data, const iw_source *source, GError **error)
{
	const char *end = source->text + source->length;
	const char *from = source->text;
	GString *out = NULL;
	for (;;) {
		const char *open = g_strstr_len(from, end - from, "${");
		const char *close = open == NULL ? NULL : memchr(open, '}', (size_t)(end - open));
		if (close == NULL)
			break;
		g_autofree char *name = g_strndup(open + 2, (size_t)(close - open - 2));
		const char *value = placeholder(data, name);
		if (value == NULL) {
			fail_placeholder(source, (size_t)(open - source->text), (size_t)(close - open) + 1, error);
			if (out != NULL)
				g_string_free(out, TRUE);
			return NULL;
		}
		if (out == NULL)
			out = g_string_new(NULL);
		g_string_append_len(out, from, open - from);
		g_string_append(out, value);
		from = close + 1;
	}
	if (out != NULL)
		g_string_append_len(out, from, end - from);
	return out;
}

static iw_source *render(const struct iw_migration *migration, iw_source *source, GError **error)
{
	const struct flyway_migration *data = migration->framework_data;
	GError *failure = NULL;
	GString *text = data->settings->replaces_placeholders ? fill_in(data, source, &failure) : NULL;
	if (failure != NULL) {
		g_propagate_error(error, failure);
		return NULL;
	}
	if (text == NULL)
		return iw_source_ref(source);
	iw_source *filled = iw_source_from_text(text->str, text->len, source->path);
	g_string_free(text, TRUE);
	return filled;
}

/* V1__x.sql.conf: executeInTransaction=false */
static bool prepare(struct iw_migration *migration, const iw_source *source, GError **error)
{
	(void)source;
	(void)error;
	g_autofree char *path = g_strdup_printf("%s.conf", migration->up.path);
	g_autofree char *text = NULL;
	if (!g_file_get_contents(path, &text, NULL, NULL))
		return true;
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	for (size_t i = 0; lines[i] != NULL; i++) {
		g_auto(GStrv) words = g_strsplit_set(g_strstrip(lines[i]), "= \t", -1);
		if (g_strv_contains((const char *const *)words, "executeInTransaction") &&
		    g_strv_contains((const char *const *)words, "false"))
			migration->up.is_atomic = false;
	}
	return true;
}

/* checksum ------------------------------------------------------------------------------------------------------------
 */

/* CRC-32 over the lines without their ends, after a byte order mark. */
static gint32 checksum_of(const iw_source *source)
{
	guint32 crc = 0;
	for (size_t at = source->start; at < source->length;) {
		size_t end = at;
		while (end < source->length && source->text[end] != '\n' && source->text[end] != '\r')
			end++;
		crc = iw_sql_crc32(crc, source->text + at, end - at);
		bool is_crlf = end + 1 < source->length && source->text[end] == '\r' && source->text[end + 1] == '\n';
		at = end + 1 + is_crlf;
	}
	return (gint32)crc;
}

bool iw_flyway_checksum(iw_arena *arena, const struct iw_migration *migration, gint32 *checksum, GError **error)
{
	(void)arena;
	if (migration->problem != NULL) {
		g_propagate_error(error, g_error_copy(migration->problem));
		return false;
	}
	g_autoptr(iw_source) source = iw_source_open(migration->up.path, migration->up.shown_path, error);
	if (source == NULL)
		return false;
	/* Of repeatable migrations Flyway sums what is run: a new value of a placeholder runs it again. */
	g_autoptr(iw_source) shown =
		migration->is_repeatable ? render(migration, source, error) : iw_source_ref(source);
	if (shown == NULL)
		return false;
	*checksum = checksum_of(shown);
	return true;
}

void iw_flyway_finish(struct sql_opening *opening)
{
	iw_arena *arena = opening->arena;
	GPtrArray *migrations = opening->project->migrations;
	for (guint i = 0; i < migrations->len; i++) {
		struct iw_migration *migration = g_ptr_array_index(migrations, i);
		struct flyway_migration *data = iw_new(arena, struct flyway_migration);
		data->hook = (struct iw_migration_hook){.arena = arena, .prepare = prepare, .render = render};
		data->settings = opening->flyway;
		data->script = migration->up.path;
		for (guint k = 0; k < opening->flyway->locations->len; k++) {
			const char *location = g_ptr_array_index(opening->flyway->locations, k);
			size_t length = strlen(location);
			if (strncmp(data->script, location, length) == 0 && data->script[length] == '/')
				data->script += length + 1;
		}
		migration->framework_data = data;
	}
	opening->project->bookkeeping->data = opening->flyway;
}
