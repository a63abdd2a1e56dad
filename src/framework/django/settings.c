/*
 * Which settings module a Django project uses, and what it holds; see project.h. The module is evaluated, never run:
 * the environment is the process's and that of .env files.
 */
#include "framework/django/project.h"

#include "base/error.h"
#include "framework/python/packages.h"

#include <stdio.h>
#include <string.h>

/* finding ---------------------------------------------------------------------------------------------------------- */

static char *read_text(const char *path)
{
	char *text = NULL;
	return iw_path_is_file(path) && g_file_get_contents(path, &text, NULL, NULL) ? text : NULL;
}

static bool mentions(const char *path, const char *word)
{
	g_autofree char *text = read_text(path);
	return text != NULL && strstr(text, word) != NULL;
}

static const char *const settings_files[] = {"pytest.ini", "setup.cfg", "tox.ini", "pyproject.toml", NULL};

/* One folder below, or two: that is where the project is then. */
static bool has_manage_below(iw_arena *arena, const char *directory, int depth)
{
	GPtrArray *entries = iw_directory_list(arena, directory, NULL);
	for (guint i = 0; entries != NULL && i < entries->len; i++) {
		const struct iw_entry *entry = g_ptr_array_index(entries, i);
		if (!entry->is_directory || entry->is_link || entry->name[0] == '.' ||
		    strcmp(entry->name, "node_modules") == 0)
			continue;
		const char *below = iw_path_join(arena, directory, entry->name);
		if (iw_path_is_file(iw_path_join(arena, below, "manage.py")) ||
		    (depth > 1 && has_manage_below(arena, below, depth - 1)))
			return true;
	}
	return false;
}

const char *iw_django_config_find(iw_arena *arena, const char *directory, int *score)
{
	const char *path = iw_path_join(arena, directory, "manage.py");
	*score = IW_DETECT_CONFIG;
	if (mentions(path, "django") || mentions(path, "DJANGO"))
		return path;
	*score = IW_DETECT_NAMES;
	for (size_t i = 0; settings_files[i] != NULL; i++) {
		path = iw_path_join(arena, directory, settings_files[i]);
		if (!mentions(path, "DJANGO_SETTINGS_MODULE") && !mentions(path, "django_settings_module"))
			continue;
		if (!has_manage_below(arena, directory, 2))
			return path;
		break;
	}
	*score = IW_DETECT_NO;
	return NULL;
}

const char *iw_django_module_path(const struct django_reader *reader, const char *dotted)
{
	g_autofree char *relative = g_strdelimit(g_strdup(dotted), ".", '/');
	for (size_t i = 0; reader->roots[i] != NULL; i++) {
		const char *file = iw_arena_printf(reader->arena, "%s/%s.py", reader->roots[i], relative);
		const char *package = iw_arena_printf(reader->arena, "%s/%s/__init__.py", reader->roots[i], relative);
		if (iw_path_is_file(file))
			return file;
		if (iw_path_is_file(package))
			return package;
	}
	return NULL;
}

/* What a file says of a variable, as Python or as an .ini does; the first that is not for tests, else the first. */
static const char *named_in(iw_arena *arena, const char *path, const char *variable)
{
	g_autofree char *text = read_text(path);
	g_autofree char *pattern = g_strdup_printf(
		"%s['\"]?\\]?\\s*[,=]\\s*['\"]?([A-Za-z_][A-Za-z0-9_]*(?:\\.[A-Za-z_][A-Za-z0-9_]*)*)", variable);
	g_autoptr(GRegex) regex = g_regex_new(pattern, G_REGEX_CASELESS, 0, NULL);
	g_autoptr(GMatchInfo) match = NULL;
	const char *found = NULL;
	if (text == NULL || !g_utf8_validate(text, -1, NULL))
		return NULL;
	for (g_regex_match(regex, text, 0, &match); g_match_info_matches(match); g_match_info_next(match, NULL)) {
		g_autofree char *name = g_match_info_fetch(match, 1);
		bool is_test = strstr(name, "test") != NULL;
		if (found == NULL || (!is_test && strstr(found, "test") != NULL))
			found = iw_arena_strdup(arena, name);
		if (!is_test)
			break;
	}
	return found;
}

/* Folders below that hold settings; the shallowest wins, then the likeliest name. */
static const char *const guesses[] = {
	"settings",	     "settings.production",  "settings.prod",	 "settings.base",
	"settings.local",    "settings.development", "settings.dev",	 "settings.main",
	"settings.settings", "settings.common",	     "settings.default",
};

static const char *guess_in(struct django_reader *reader, const char *prefix)
{
	for (size_t i = 0; i < G_N_ELEMENTS(guesses); i++) {
		const char *dotted =
			iw_arena_printf(reader->arena, "%s%s%s", prefix, *prefix == '\0' ? "" : ".", guesses[i]);
		const char *path = iw_django_module_path(reader, dotted);
		g_autofree char *text = path == NULL ? NULL : read_text(path);
		if (text != NULL && (strstr(text, "INSTALLED_APPS") != NULL || strstr(text, "DATABASES") != NULL ||
				     strstr(text, "import *") != NULL))
			return dotted;
	}
	return NULL;
}

static const char *guess(struct django_reader *reader, const char *folder, const char *prefix, int depth)
{
	const char *found = guess_in(reader, prefix);
	GPtrArray *entries = found == NULL && depth > 0 ? iw_directory_list(reader->arena, folder, NULL) : NULL;
	for (guint i = 0; found == NULL && entries != NULL && i < entries->len; i++) {
		const struct iw_entry *entry = g_ptr_array_index(entries, i);
		if (!entry->is_directory || entry->is_link || strchr(entry->name, '.') != NULL ||
		    strcmp(entry->name, "node_modules") == 0 || g_str_has_prefix(entry->name, "test"))
			continue;
		const char *inner =
			iw_arena_printf(reader->arena, "%s%s%s", prefix, *prefix == '\0' ? "" : ".", entry->name);
		found = guess(reader, iw_path_join(reader->arena, folder, entry->name), inner, depth - 1);
	}
	return found;
}

struct choice {
	const char *module, *from;
};

/* In Django's own order, then the places where test runners and type checkers are told. */
static struct choice choose(struct django_reader *reader, const char *directory)
{
	iw_arena *arena = reader->arena;
	const char *variable = iw_django_reader_variable(reader, "DJANGO_SETTINGS_MODULE");
	if (variable != NULL && *variable != '\0')
		return (struct choice){variable, "DJANGO_SETTINGS_MODULE"};
	static const char *const files[] = {"manage.py", "pytest.ini", "setup.cfg", "tox.ini", "pyproject.toml", NULL};
	struct choice first = {0};
	for (size_t i = 0; files[i] != NULL; i++) {
		const char *path = iw_path_join(arena, directory, files[i]);
		const char *name = named_in(arena, path, "DJANGO_SETTINGS_MODULE");
		if (name == NULL)
			continue;
		struct choice one = {name, iw_path_shown(arena, path)};
		if (iw_django_module_path(reader, name) != NULL)
			return one;
		first = first.module == NULL ? one : first;
	}
	return first;
}

/* reading ---------------------------------------------------------------------------------------------------------- */

struct iw_py_value *iw_django_setting(const struct django_config *config, const char *name)
{
	struct iw_py_value *value =
		config->values == NULL ? NULL : iw_py_find(config->reader->python, config->values, name);
	/* "from local_settings import *" of what is not found: Django would not find it here, either. */
	bool is_guess = value != NULL && value->kind == IW_PY_FOREIGN && g_str_has_suffix(value->text, name);
	bool is_strange = value != NULL && value->kind == IW_PY_UNKNOWN &&
			  !g_hash_table_contains(config->values->attributes, name);
	bool is_lost =
		is_strange && (config->failure != NULL || strstr(value->text, "one of several \"import *\"") != NULL);
	if (is_guess && config->imported != NULL)
		return iw_py_find(config->reader->python, config->imported, name);
	return is_guess || is_lost ? NULL : value;
}

/* The package that settings import all names of, and that is not found. */
static const char *missing_import(const struct django_config *config)
{
	static const char name[] = "INCHWORM_ASKS";
	const struct iw_py_value *value = iw_py_find(config->reader->python, config->values, name);
	if (value == NULL || value->kind != IW_PY_FOREIGN)
		return NULL;
	return iw_arena_strndup(config->reader->arena, value->text, strlen(value->text) - strlen(name) - 1);
}

/* "from oscar.defaults import *": of an installed package. Other packages are not read: settings only call them. */
static struct iw_py_value *installed_module(const struct django_reader *reader, const char *dotted)
{
	g_autofree char *relative = g_strdelimit(g_strdup(dotted), ".", '/');
	static const char *const ends[] = {".py", "/__init__.py"};
	for (guint i = 0; i < reader->site_packages->len; i++)
		for (size_t k = 0; k < G_N_ELEMENTS(ends); k++) {
			const char *path =
				iw_arena_printf(reader->arena, "%s/%s%s", (const char *)reader->site_packages->pdata[i],
						relative, ends[k]);
			if (iw_path_is_file(path))
				return iw_py_load(reader->python, path, iw_path_shown(reader->arena, path), NULL);
		}
	return NULL;
}

static const char *text_setting(const struct django_config *config, const char *name)
{
	const struct iw_py_value *value = iw_django_setting(config, name);
	return value == NULL ? NULL : iw_py_text(value);
}

static bool is_setting_name(const char *name)
{
	return g_ascii_isupper(*name) && strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == strlen(name);
}

/* "accounts.User" */
static bool is_model_name(const char *text)
{
	const char *dot = strchr(text, '.');
	return dot != NULL && dot > text && g_ascii_isalpha(dot[1]) && strchr(dot + 1, '.') == NULL &&
	       strpbrk(text, "/ :@-*") == NULL;
}

static void take_values_of(struct django_config *config, const struct iw_py_value *module)
{
	struct iw_django_settings *settings = &config->settings;
	g_autoptr(GList) names = g_hash_table_get_keys(module->attributes);
	for (GList *at = names; at != NULL; at = at->next) {
		const char *name = at->data;
		struct iw_py_value *value = is_setting_name(name) ? iw_django_setting(config, name) : NULL;
		if (value == NULL)
			continue;
		g_hash_table_insert(settings->values, (char *)name, value);
		if (value->kind == IW_PY_STRING && g_str_has_suffix(name, "_MODEL") && is_model_name(value->text))
			g_hash_table_insert(settings->swappable, (char *)name, (char *)value->text);
	}
}

static void take_values(iw_arena *arena, struct django_config *config)
{
	config->settings.values = iw_arena_hash_table(arena, g_str_hash, g_str_equal);
	config->settings.swappable = iw_arena_hash_table(arena, g_str_hash, g_str_equal);
	if (config->imported != NULL)
		take_values_of(config, config->imported);
	take_values_of(config, config->values);
}

static int truth_of(const struct django_config *config, const char *name, bool standard)
{
	const struct iw_py_value *value = iw_django_setting(config, name);
	int truth = value == NULL ? -1 : iw_py_truth(value);
	return truth < 0 ? standard : truth;
}

/* DATABASES[alias], for the driver and for the time zone of its rows. */
static void take_database(struct django_config *config)
{
	struct iw_py_value *all = iw_django_setting(config, "DATABASES");
	if (all != NULL && all->kind == IW_PY_DICT)
		config->database_value = iw_py_dict_find(all, config->database);
	else if (all != NULL && (all->kind == IW_PY_UNKNOWN || all->kind >= IW_PY_FOREIGN))
		config->database_value = all;
	const struct iw_py_value *zone = config->database_value == NULL || config->database_value->kind != IW_PY_DICT
						 ? NULL
						 : iw_py_dict_find(config->database_value, "TIME_ZONE");
	config->database_time_zone = zone == NULL ? NULL : iw_py_text(zone);
}

static void take_settings(iw_arena *arena, struct django_config *config)
{
	struct iw_django_settings *settings = &config->settings;
	int version = settings->version == 0 ? G_MAXINT : settings->version;
	take_values(arena, config);
	settings->use_tz = truth_of(config, "USE_TZ", version >= 50000);
	settings->auth_user_model = text_setting(config, "AUTH_USER_MODEL");
	settings->default_auto_field = text_setting(config, "DEFAULT_AUTO_FIELD");
	config->time_zone = text_setting(config, "TIME_ZONE");
	/* "": it is set, but not known to what */
	settings->time_zone =
		config->time_zone == NULL && iw_django_setting(config, "TIME_ZONE") != NULL ? "" : config->time_zone;
	config->auto_field = settings->default_auto_field != NULL ? settings->default_auto_field
			     : version >= 60000			  ? "django.db.models.BigAutoField"
								  : "django.db.models.AutoField";
	take_database(config);
	settings->database_time_zone = config->database_time_zone;
}

/* the version of Django -------------------------------------------------------------------------------------------- */

static int version_number(const char *text)
{
	int major = 0, minor = 0;
	return sscanf(text, "%d.%d", &major, &minor) >= 1 ? major * 10000 + minor * 100 : 0;
}

/* "Django>=4.2,<5.0", django = "^4.2", "django~=4.2": what pip would take; 0: the newest, or not said. */
static int version_of_line(const char *line)
{
	static GRegex *regex;
	if (g_once_init_enter(&regex))
		g_once_init_leave(&regex, g_regex_new("^[\\s\"'-]*django[\"']?\\s*(?:\\[[^]]*\\])?\\s*"
						      "(?:=\\s*)?(?:\\{[^}]*version\\s*=\\s*)?[\"']?\\s*"
						      "(?:([~^=]=?=?)|([<>=!~, .0-9]*)<(=?))\\s*([0-9]+(?:\\.[0-9]+)?)",
						      G_REGEX_CASELESS | G_REGEX_OPTIMIZE, 0, NULL));
	g_autoptr(GMatchInfo) match = NULL;
	if (!g_utf8_validate(line, -1, NULL) || !g_regex_match(regex, line, 0, &match))
		return 0;
	g_autofree char *exact = g_match_info_fetch(match, 1), *equal = g_match_info_fetch(match, 3);
	g_autofree char *text = g_match_info_fetch(match, 4);
	int version = version_number(text);
	if (*exact != '\0' || *equal != '\0')
		return version;
	/* "<5": the last of 4 */
	return version % 10000 > 0 ? version - 100 : version - 10000 + 200;
}

static int version_wanted(const char *directory)
{
	static const char *const files[] = {"requirements.txt",
					    "requirements/base.txt",
					    "requirements/common.txt",
					    "requirements/production.txt",
					    "requirements/prod.txt",
					    "requirements.in",
					    "requirements/base.in",
					    "pyproject.toml",
					    "Pipfile",
					    "setup.cfg",
					    "setup.py"};
	for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
		g_autofree char *path = g_build_filename(directory, files[i], NULL);
		g_autofree char *text = read_text(path);
		g_auto(GStrv) lines = text == NULL ? NULL : g_strsplit(text, "\n", -1);
		for (guint j = 0; lines != NULL && lines[j] != NULL; j++) {
			int version = version_of_line(lines[j]);
			if (version > 0)
				return version;
		}
	}
	return 0;
}

static int django_version(struct django_reader *reader)
{
	iw_arena *arena = reader->arena;
	const char *text = iw_python_package_version(arena, reader->directory, reader->top, "django");
	int version = text == NULL ? 0 : version_number(text);
	for (const char *at = reader->directory; version == 0 && strlen(at) > 1; at = iw_path_parent(arena, at)) {
		version = version_wanted(at);
		if (strcmp(at, reader->top) == 0)
			break;
	}
	return version;
}

/* opening ---------------------------------------------------------------------------------------------------------- */

/* django-configurations: the settings are the attributes of a class. */
static void take_class(struct django_config *config, iw_arena *arena)
{
	struct django_reader *reader = config->reader;
	const char *name = iw_django_reader_variable(reader, "DJANGO_CONFIGURATION");
	if (name == NULL && config->manage != NULL)
		name = named_in(arena, config->manage, "DJANGO_CONFIGURATION");
	struct iw_py_value *class = name == NULL ? NULL : iw_py_find(reader->python, config->values, name);
	if (class != NULL && class->kind == IW_PY_CLASS)
		config->values = class;
}

/* Of a text that says what is missing, a variable that is not set. */
static const char *variable_in(const struct django_reader *reader, const char *text)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
	for (size_t length; *text != '\0'; text += length + (length == 0)) {
		length = strspn(text, letters);
		const char *name = iw_arena_strndup(reader->arena, text, length);
		if (length > 5 && strchr(name, '_') != NULL && iw_django_reader_variable(reader, name) == NULL)
			return name;
	}
	return NULL;
}

/*
 * Settings that raise because a secret is not in the environment say little about migrations: they are read as if it
 * were. What comes of a made-up value is used for nothing else, for databases are never reached by a SECRET_KEY.
 */
static struct iw_py_value *evaluate(struct django_config *config, GError **error)
{
	struct django_reader *reader = config->reader;
	for (int tries = 0;; tries++) {
		struct iw_py_value *module = iw_py_load(reader->python, config->path, config->shown, error);
		config->failure = module == NULL ? NULL : iw_py_module_failure(module);
		const char *name = config->failure == NULL ? NULL : variable_in(reader, config->failure);
		if (name == NULL || tries == 8 ||
		    (strstr(name, "SECRET") == NULL && strstr(name, "KEY") == NULL && strstr(name, "SALT") == NULL))
			return module;
		iw_django_reader_set_variable(reader, name,
					      "not set, and at least fifty characters long so that it passes");
		iw_django_reader_start(reader);
	}
}

static bool load(iw_arena *arena, struct iw_project *project, struct django_config *config, GError **error)
{
	struct django_reader *reader = config->reader;
	config->path = iw_django_module_path(reader, config->module);
	if (config->path == NULL) {
		const char *other = guess(reader, reader->directory, "", 3);
		if (other == NULL) {
			iw_fail(error, IW_ERROR_PROJECT, "the settings module \"%s\" (%s) is not found", config->module,
				config->module_from);
			iw_error_hint(error, "Name another with the environment variable DJANGO_SETTINGS_MODULE.");
			return false;
		}
		iw_project_complain(arena, project, false, NULL,
				    "The environment variable DJANGO_SETTINGS_MODULE names another.",
				    "the settings module \"%s\" (%s) is not found; \"%s\" is read instead",
				    config->module, config->module_from, other);
		config->module = other;
		config->path = iw_django_module_path(reader, other);
	}
	config->shown = iw_path_shown(arena, config->path);
	config->values = evaluate(config, error);
	if (config->values == NULL)
		return false;
	config->missing_import = missing_import(config);
	if (config->missing_import != NULL)
		config->imported = installed_module(reader, config->missing_import);
	if (config->missing_import != NULL && config->imported == NULL)
		iw_project_complain(arena, project, false, config->path, NULL,
				    "the settings import all of \"%s\", which is not found: what it sets is not known",
				    config->missing_import);
	take_class(config, arena);
	if (config->failure != NULL)
		iw_project_complain(arena, project, false, config->path,
				    "Set the environment variables that they ask for, here or in .env.",
				    "the settings cannot be followed to their end: %s", config->failure);
	return true;
}

bool iw_django_config_read(iw_arena *arena, struct iw_project *project, const struct iw_project_options *options,
			   struct django_config *config, GError **error)
{
	struct django_reader *reader = config->reader;
	config->database = options->database != NULL ? options->database : "default";
	config->manage = iw_path_join(arena, reader->directory, "manage.py");
	config->manage = iw_path_is_file(config->manage) ? config->manage : NULL;
	iw_django_reader_load_dotenv(reader, iw_path_join(arena, reader->directory, ".env"));
	iw_django_reader_load_dotenv(reader, iw_path_join(arena, reader->top, ".env"));
	if (config->manage != NULL) { /* it may say where imports start */
		struct iw_py_value *module =
			iw_py_load(reader->python, config->manage, iw_path_shown(arena, config->manage), NULL);
		struct iw_py_value *function = module == NULL ? NULL : iw_py_find(reader->python, module, "main");
		if (function != NULL && function->kind == IW_PY_FUNCTION)
			iw_py_call(reader->python, function, NULL, NULL);
	}
	iw_django_reader_add_root(reader, iw_path_join(arena, reader->directory, "src"));
	iw_django_reader_add_root(reader, reader->top);
	iw_django_reader_add_root(reader, iw_path_join(arena, reader->top, "src"));
	struct choice choice = choose(reader, reader->directory);
	if (choice.module == NULL) {
		choice = (struct choice){guess(reader, reader->directory, "", 3), "found by its name"};
		if (choice.module == NULL) {
			iw_fail(error, IW_ERROR_PROJECT, "no Django settings are found in \"%s\"",
				iw_path_shown(arena, reader->directory));
			iw_error_hint(error, "Name their module with the environment variable "
					     "DJANGO_SETTINGS_MODULE.");
			return false;
		}
		iw_project_complain(arena, project, false, NULL,
				    "The environment variable DJANGO_SETTINGS_MODULE names another.",
				    "nothing says which settings are used; \"%s\" is read", choice.module);
	}
	config->module = choice.module;
	config->module_from = choice.from;
	config->settings.version = django_version(reader);
	if (!load(arena, project, config, error))
		return false;
	take_settings(arena, config);
	return true;
}
