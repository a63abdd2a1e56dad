/*
 * What settings call of packages that read the environment: os and sys, django-environ, environs, python-decouple,
 * dj-database-url, python-dotenv. Their answers, without running them; see project.h.
 */
#include "framework/django/project.h"

#include "framework/python/packages.h"

#include <string.h>

/* the environment -------------------------------------------------------------------------------------------------- */

const char *iw_django_reader_variable(const struct django_reader *reader, const char *name)
{
	size_t length = strlen(name);
	for (size_t i = 0; reader->environment[i] != NULL; i++)
		if (strncmp(reader->environment[i], name, length) == 0 && reader->environment[i][length] == '=')
			return reader->environment[i] + length + 1;
	return NULL;
}

void iw_django_reader_set_variable(struct django_reader *reader, const char *name, const char *value)
{
	if (iw_django_reader_variable(reader, name) != NULL || reader->variables >= DJANGO_MOST_VARIABLES)
		return;
	reader->environment[reader->variables++] = iw_arena_printf(reader->arena, "%s=%s", name, value);
	reader->environment[reader->variables] = NULL;
}

void iw_django_reader_load_dotenv(struct django_reader *reader, const char *path)
{
	struct iw_environment *file = iw_environment_new(reader->arena);
	if (!iw_path_is_file(path) || !iw_environment_load(file, path, true))
		return;
	GHashTableIter iter;
	gpointer key;
	g_hash_table_iter_init(&iter, file->variables);
	while (g_hash_table_iter_next(&iter, &key, NULL)) {
		const char *value = iw_environment_get(file, key);
		if (value != NULL)
			iw_django_reader_set_variable(reader, key, value);
	}
}

void iw_django_reader_add_root(struct django_reader *reader, const char *path)
{
	size_t count = 0;
	for (; reader->roots[count] != NULL; count++)
		if (strcmp(reader->roots[count], path) == 0)
			return;
	if (count < DJANGO_MOST_ROOTS)
		reader->roots[count] = path;
}

/* texts of the environment as values ------------------------------------------------------------------------------- */

static struct iw_py_value *to_string(struct django_reader *reader, const char *text)
{
	return iw_py_new_string(reader->python, text);
}

static struct iw_py_value *to_boolean(struct django_reader *reader, const char *text)
{
	static const char *const words[] = {"true", "on", "ok", "y", "yes", "1", "t"};
	g_autofree char *plain = g_strstrip(g_strdup(text));
	for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
		if (g_ascii_strcasecmp(plain, words[i]) == 0)
			return iw_py_new_boolean(reader->python, true);
	return iw_py_new_boolean(reader->python, false);
}

static struct iw_py_value *to_integer(struct django_reader *reader, const char *text)
{
	return iw_py_new_integer(reader->python, g_ascii_strtoll(text, NULL, 10));
}

static struct iw_py_value *to_list(struct django_reader *reader, const char *text)
{
	struct iw_py_value *list = iw_py_new_list(reader->python, IW_PY_LIST);
	g_auto(GStrv) parts = g_strsplit(text, ",", -1);
	for (guint i = 0; parts[i] != NULL; i++) {
		g_strstrip(parts[i]);
		if (*parts[i] != '\0')
			g_ptr_array_add(list->items, to_string(reader, parts[i]));
	}
	return list;
}

static struct iw_py_value *to_database(struct django_reader *reader, const char *text)
{
	return iw_django_database_of_url(reader->python, text);
}

static struct iw_py_value *to_something(struct django_reader *reader, const char *text)
{
	(void)text;
	return iw_py_new_unknown(reader->python, (struct iw_place){0}, "read from the environment");
}

typedef struct iw_py_value *(*converter)(struct django_reader *reader, const char *text);

/* env.NAME(...), and cast=NAME. */
static const struct {
	const char *name;
	converter convert;
} casts[] = {
	{"str", to_string},
	{"unicode", to_string},
	{"bool", to_boolean},
	{"int", to_integer},
	{"list", to_list},
	{"tuple", to_list},
	{"Csv", to_list},
	{"csv", to_list},
	{"db", to_database},
	{"db_url", to_database},
	{"dj_db_url", to_database},
	{"path", to_string},
	{"strtobool", to_boolean},
	{"float", to_something},
	{"json", to_something},
	{"dict", to_something},
	{"url", to_string},
	{"cache", to_something},
	{"cache_url", to_something},
	{"email", to_string},
	{"email_url", to_something},
	{"search_url", to_something},
	{"channels", to_something},
	{"channels_url", to_something},
	{"dj_email_url", to_something},
	{"dj_cache_url", to_something},
	{"bytes", to_something},
	{"decimal", to_something},
	{"log_level", to_something},
	{"timedelta", to_something},
	{"enum", to_string},
};

static converter converter_named(const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(casts); i++)
		if (strcmp(casts[i].name, name) == 0)
			return casts[i].convert;
	return NULL;
}

static converter converter_of(struct django_reader *reader, const struct iw_py_value *cast)
{
	const char *path = cast == NULL ? NULL : iw_py_path(reader->python, cast);
	if (cast == NULL)
		return to_string;
	if (cast->kind == IW_PY_LIST || cast->kind == IW_PY_TUPLE)
		return to_list;
	const char *dot = path == NULL ? NULL : strrchr(path, '.');
	converter found = path == NULL ? NULL : converter_named(dot == NULL ? path : dot + 1);
	return found != NULL ? found : to_something;
}

static struct iw_py_value *cast_text(struct django_reader *reader, struct iw_py_value *cast, const char *text)
{
	if (cast == NULL || cast->kind != IW_PY_FUNCTION)
		return converter_of(reader, cast)(reader, text);
	GPtrArray *arguments = iw_arena_ptr_array(reader->arena);
	g_ptr_array_add(arguments, to_string(reader, text));
	return iw_py_call(reader->python, cast, arguments, NULL);
}

/* reading one variable --------------------------------------------------------------------------------------------- */

/* Env(DEBUG=(bool, False)): the declaration of one variable. */
static struct iw_py_value *declared(const struct iw_py_value *env, const char *name)
{
	for (guint i = 0; env != NULL && env->kind == IW_PY_CALL && env->names != NULL && i < env->names->len; i++)
		if (strcmp(env->names->pdata[i], name) == 0)
			return env->values->pdata[i];
	return NULL;
}

struct wanted {
	const char *name;
	struct iw_py_value *standard, *cast; /* NULL: none */
	converter convert;		     /* of env.bool(...); NULL: by `cast` */
};

static struct iw_py_value *read_variable(struct django_reader *reader, const struct wanted *wanted,
					 const struct iw_py_value *call)
{
	const char *text = iw_django_reader_variable(reader, wanted->name);
	if (text != NULL)
		return wanted->convert != NULL ? wanted->convert(reader, text) : cast_text(reader, wanted->cast, text);
	struct iw_py_value *standard = wanted->standard;
	if (standard == NULL) {
		g_hash_table_add(reader->missing, iw_arena_strdup(reader->arena, wanted->name));
		return iw_py_new_unknown(reader->python, call->place, "the environment variable %s is not set",
					 wanted->name);
	}
	bool is_url = wanted->convert == to_database && standard->kind == IW_PY_STRING;
	bool is_text = wanted->cast != NULL && standard->kind == IW_PY_STRING;
	if (is_url)
		return to_database(reader, standard->text);
	return is_text ? cast_text(reader, wanted->cast, standard->text) : standard;
}

static struct iw_py_value *first_of(const struct iw_py_value *call, const char *a, const char *b, const char *c)
{
	const char *const names[] = {a, b, c};
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		struct iw_py_value *value = names[i] == NULL ? NULL : iw_py_argument(call, -1, names[i]);
		if (value != NULL)
			return value;
	}
	return NULL;
}

/* environ.Env()(NAME, ...), environ.Env().bool(NAME, ...); environs.Env() too. */
static struct iw_py_value *read_env(struct django_reader *reader, const struct iw_py_value *call, const char *method)
{
	const struct iw_py_value *env = method == NULL ? call->receiver : call->receiver->receiver;
	struct iw_py_value *first = first_of(call, "var", "name", NULL);
	if (call->items->len > 0)
		first = call->items->pdata[0];
	/* env.db() is env.db("DATABASE_URL") */
	bool is_database = method != NULL && converter_named(method) == to_database;
	const char *name = first == NULL ? (is_database ? "DATABASE_URL" : NULL) : iw_py_text(first);
	if (name == NULL)
		return NULL;
	struct wanted wanted = {
		.name = name,
		.convert = method == NULL ? NULL : converter_named(method),
		.standard = first_of(call, "default", NULL, NULL),
		.cast = method == NULL ? iw_py_argument(call, 1, "cast") : first_of(call, "cast", NULL, NULL),
	};
	if (wanted.standard == NULL && call->items->len > (method == NULL ? 2 : 1))
		wanted.standard = call->items->pdata[method == NULL ? 2 : 1];
	/* environs: env("NAME", "default") */
	const char *path = iw_py_path(reader->python, call);
	if (method == NULL && wanted.cast != NULL && wanted.standard == NULL && g_str_has_prefix(path, "environs")) {
		wanted.standard = wanted.cast;
		wanted.cast = NULL;
	}
	const struct iw_py_value *scheme = declared(env, name);
	if (scheme != NULL && scheme->kind == IW_PY_TUPLE && scheme->items->len == 2) {
		wanted.cast = wanted.cast != NULL ? wanted.cast : scheme->items->pdata[0];
		wanted.standard = wanted.standard != NULL ? wanted.standard : scheme->items->pdata[1];
	} else if (scheme != NULL && wanted.cast == NULL) {
		wanted.cast = (struct iw_py_value *)scheme;
	}
	return read_variable(reader, &wanted, call);
}

/* decouple.config(NAME, default=..., cast=...) */
static struct iw_py_value *read_decouple(struct django_reader *reader, const struct iw_py_value *call)
{
	const struct iw_py_value *name = iw_py_argument(call, 0, "option");
	if (name == NULL || iw_py_text(name) == NULL)
		return NULL;
	const struct wanted wanted = {
		.name = name->text,
		.standard = iw_py_argument(call, 1, "default"),
		.cast = iw_py_argument(call, 2, "cast"),
	};
	return read_variable(reader, &wanted, call);
}

/* dj_database_url.config(env="DATABASE_URL", default=None, ...), .parse(url) */
static struct iw_py_value *read_database_url(struct django_reader *reader, const struct iw_py_value *call,
					     bool is_parse)
{
	const struct iw_py_value *given = iw_py_argument(call, 0, is_parse ? "url" : "env");
	if (is_parse)
		return given != NULL && iw_py_text(given) != NULL      ? to_database(reader, given->text)
		       : given != NULL && given->kind == IW_PY_UNKNOWN ? (struct iw_py_value *)given
								       : NULL;
	struct iw_py_value *standard = iw_py_argument(call, 1, "default");
	const struct wanted wanted = {
		.name = given != NULL && iw_py_text(given) != NULL ? given->text : "DATABASE_URL",
		.standard = standard != NULL && standard->kind == IW_PY_NONE ? NULL : standard,
		.convert = to_database,
	};
	return read_variable(reader, &wanted, call);
}

/* "x", Path("x") */
static const char *path_text(const struct iw_py_value *value)
{
	if (value->kind == IW_PY_CALL && value->items->len == 1)
		value = value->items->pdata[0];
	return iw_py_text(value);
}

/* load_dotenv(path), Env.read_env(path), Config(RepositoryEnv(path)) */
static struct iw_py_value *read_file(struct django_reader *reader, const struct iw_py_value *call)
{
	static const char *const names[] = {"env_file", "dotenv_path", "path", "source"};
	const struct iw_py_value *given = call->items->len > 0 ? call->items->pdata[0] : NULL;
	for (size_t i = 0; i < G_N_ELEMENTS(names) && given == NULL; i++)
		given = iw_py_argument(call, -1, names[i]);
	const char *path = given == NULL ? ".env" : path_text(given);
	if (path == NULL)
		return NULL;
	const char *const bases[] = {reader->directory,
				     call->place.source == NULL
					     ? reader->directory
					     : iw_path_parent(reader->arena, call->place.source->path)};
	for (size_t i = 0; i < G_N_ELEMENTS(bases); i++)
		iw_django_reader_load_dotenv(reader, iw_path_join(reader->arena, bases[i], path));
	return iw_py_new_boolean(reader->python, true);
}

/* sys.path.insert(0, dir), .append(dir) */
static void add_path(struct django_reader *reader, const struct iw_py_value *call)
{
	const struct iw_py_value *last = call->items->len == 0 ? NULL : call->items->pdata[call->items->len - 1];
	const char *path = last == NULL ? NULL : path_text(last);
	if (path != NULL)
		iw_django_reader_add_root(reader, iw_path_join(reader->arena, reader->directory, path));
}

/* A file that is not here is not there: settings are read as if they ran here. */
static struct iw_py_value *ask_for_file(struct django_reader *reader, const struct iw_py_value *call, const char *path)
{
	static const struct {
		const char *name;
		bool is_method, takes_file, takes_folder;
	} rows[] = {
		{"os.path.exists", false, true, true},	     {"os.path.isfile", false, true, false},
		{"os.path.isdir", false, false, true},	     {"pathlib.Path.exists", true, true, true},
		{"pathlib.Path.is_file", true, true, false}, {"pathlib.Path.is_dir", true, false, true},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		if (strcmp(path, rows[i].name) != 0)
			continue;
		const struct iw_py_value *of = rows[i].is_method      ? call->receiver->receiver
					       : call->items->len > 0 ? call->items->pdata[0]
								      : NULL;
		const char *name = of == NULL ? NULL : path_text(of);
		if (name == NULL)
			return NULL;
		name = iw_path_join(reader->arena, reader->directory, name);
		return iw_py_new_boolean(reader->python, (rows[i].takes_file && iw_path_is_file(name)) ||
								 (rows[i].takes_folder && iw_path_is_directory(name)));
	}
	return NULL;
}

/* importlib.import_module("config.plugins") of the project's own. */
static struct iw_py_value *import_module(struct django_reader *reader, const struct iw_py_value *call)
{
	const char *dotted = call->items->len == 1 ? iw_py_text(call->items->pdata[0]) : NULL;
	const char *path = dotted == NULL ? NULL : iw_django_module_path(reader, dotted);
	return path == NULL ? NULL : iw_py_load(reader->python, path, iw_path_shown(reader->arena, path), NULL);
}

/* os.environ.setdefault("NAME", "value") */
static void set_default(struct django_reader *reader, const struct iw_py_value *call)
{
	const struct iw_py_value *name = iw_py_argument(call, 0, NULL), *value = iw_py_argument(call, 1, NULL);
	if (name != NULL && value != NULL && iw_py_text(name) != NULL && iw_py_text(value) != NULL)
		iw_django_reader_set_variable(reader, name->text, value->text);
}

/* the host ----------------------------------------------------------------------------------------------------------
 */

static bool is_one_of(const char *path, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(path, names[i]) == 0)
			return true;
	return false;
}

/* "environ.Env", "environs.Env", "environ.FileAwareEnv": a CALL of it makes one, a CALL of that reads. */
static struct iw_py_value *on_env(struct django_reader *reader, const struct iw_py_value *call, const char *path)
{
	static const char *const files[] = {"environ.Env.read_env", "environs.Env.read_env",
					    "environ.FileAwareEnv.read_env"};
	if (is_one_of(path, files, G_N_ELEMENTS(files)))
		return read_file(reader, call);
	bool is_env = g_str_has_prefix(path, "environ.Env") || g_str_has_prefix(path, "environs.Env") ||
		      g_str_has_prefix(path, "environ.FileAwareEnv") || g_str_has_prefix(path, "environs.env");
	if (!is_env)
		return NULL;
	if (call->receiver->kind == IW_PY_CALL)
		return read_env(reader, call, NULL);
	bool is_method = call->receiver->kind == IW_PY_ATTRIBUTE && converter_named(call->receiver->text) != NULL;
	return is_method ? read_env(reader, call, call->receiver->text) : NULL;
}

static struct iw_py_value *on_call(void *data, iw_py *python, struct iw_py_value *call)
{
	static const char *const decouple[] = {"decouple.config", "decouple.AutoConfig", "decouple.Config"};
	static const char *const dotenv[] = {"dotenv.load_dotenv", "dotenv.read_dotenv", "decouple.RepositoryEnv",
					     "dotenv.main.load_dotenv"};
	struct django_reader *reader = data;
	const char *path = iw_py_path(python, call);
	if (path == NULL)
		return NULL;
	if (strcmp(path, "dj_database_url.config") == 0 || strcmp(path, "dj_database_url.parse") == 0)
		return read_database_url(reader, call, g_str_has_suffix(path, "parse"));
	if (is_one_of(path, dotenv, G_N_ELEMENTS(dotenv))) {
		struct iw_py_value *done = read_file(reader, call);
		return strcmp(path, "decouple.RepositoryEnv") == 0 ? NULL : done;
	}
	bool is_decouple = is_one_of(path, decouple, G_N_ELEMENTS(decouple));
	if (is_decouple && (strcmp(path, decouple[0]) == 0 || call->receiver->kind == IW_PY_CALL))
		return read_decouple(reader, call);
	if (strcmp(path, "sys.path.insert") == 0 || strcmp(path, "sys.path.append") == 0)
		add_path(reader, call);
	if (strcmp(path, "os.environ.setdefault") == 0)
		set_default(reader, call);
	if (strcmp(path, "importlib.import_module") == 0)
		return import_module(reader, call);
	struct iw_py_value *is_there = ask_for_file(reader, call, path);
	if (is_there == NULL)
		is_there = iw_django_ask_packages(reader, call, path);
	if (is_there != NULL)
		return is_there;
	/* Translations are texts. */
	if (g_str_has_prefix(path, "django.utils.translation.") && call->items->len == 1)
		return call->items->pdata[0];
	return on_env(reader, call, path);
}

static struct iw_py_value *on_attribute(void *data, iw_py *python, struct iw_py_value *attribute)
{
	(void)data;
	const char *path = iw_py_path(python, attribute);
	if (path == NULL || strcmp(path, "sys.argv") != 0)
		return NULL;
	struct iw_py_value *list = iw_py_new_list(python, IW_PY_LIST);
	g_ptr_array_add(list->items, iw_py_new_string(python, "manage.py"));
	g_ptr_array_add(list->items, iw_py_new_string(python, "migrate"));
	return list;
}

void iw_django_reader_init(struct django_reader *reader, iw_arena *arena, const char *directory)
{
	*reader = (struct django_reader){
		.arena = arena,
		.directory = directory,
		.top = iw_path_repository(arena, directory),
		.missing = iw_arena_hash_table(arena, g_str_hash, g_str_equal),
	};
	reader->site_packages = iw_python_site_packages(arena, directory, reader->top);
	reader->environment = iw_arena_alloc(arena, sizeof *reader->environment * (DJANGO_MOST_VARIABLES + 1));
	g_auto(GStrv) own = g_get_environ();
	for (guint i = 0; own[i] != NULL && reader->variables < DJANGO_MOST_VARIABLES / 2; i++)
		reader->environment[reader->variables++] = iw_arena_strdup(arena, own[i]);
	iw_django_reader_add_root(reader, directory);
	iw_django_reader_start(reader);
}

void iw_django_reader_start(struct django_reader *reader)
{
	reader->host =
		(struct iw_py_host){.call = on_call, .attribute = on_attribute, .hears_all = true, .data = reader};
	const struct iw_py_options options = {
		.roots = reader->roots,
		.top = reader->top,
		.host = &reader->host,
		.environment = reader->environment,
	};
	reader->python = iw_py_new(reader->arena, &options);
}
