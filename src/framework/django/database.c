/* DATABASES[alias] as the URL and the dialect of the project; see project.h. */
#include "framework/django/project.h"

#include "base/error.h"
#include "framework/python/packages.h"

#include <string.h>

/* a URL as an entry ------------------------------------------------------------------------------------------------ */

/* Schemes of dj-database-url and django-environ. */
static const struct {
	const char *scheme, *engine;
} schemes[] = {
	{"postgres", "django.db.backends.postgresql"},
	{"postgresql", "django.db.backends.postgresql"},
	{"psql", "django.db.backends.postgresql"},
	{"pgsql", "django.db.backends.postgresql"},
	{"postgresql+psycopg", "django.db.backends.postgresql"},
	{"timescale", "timescale.db.backends.postgresql"},
	{"timescalegis", "timescale.db.backends.postgis"},
	{"postgis", "django.contrib.gis.db.backends.postgis"},
	{"mysql", "django.db.backends.mysql"},
	{"mysql2", "django.db.backends.mysql"},
	{"mysql-connector", "mysql.connector.django"},
	{"mysqlgis", "django.contrib.gis.db.backends.mysql"},
	{"mariadb", "django.db.backends.mysql"},
	{"sqlite", "django.db.backends.sqlite3"},
	{"spatialite", "django.contrib.gis.db.backends.spatialite"},
	{"oracle", "django.db.backends.oracle"},
	{"oraclegis", "django.contrib.gis.db.backends.oracle"},
	{"mssql", "mssql"},
	{"redshift", "django_redshift_backend"},
	{"cockroach", "django_cockroachdb"},
	{"cockroachdb", "django_cockroachdb"},
};

static void set(iw_py *python, struct iw_py_value *dict, const char *key, const char *text, gssize length)
{
	g_autofree char *raw = g_strndup(text, length < 0 ? strlen(text) : (size_t)length);
	g_autofree char *plain = g_uri_unescape_string(raw, NULL);
	iw_py_dict_set(python, dict, iw_py_new_string(python, key), iw_py_new_string(python, plain ? plain : raw));
}

static void set_options(iw_py *python, struct iw_py_value *dict, const char *query)
{
	struct iw_py_value *options = iw_py_new_dict(python);
	g_auto(GStrv) pairs = g_strsplit(query, "&", -1);
	for (guint i = 0; pairs[i] != NULL; i++) {
		char *equals = strchr(pairs[i], '=');
		if (equals == NULL)
			continue;
		*equals = '\0';
		set(python, options, pairs[i], equals + 1, -1);
	}
	iw_py_dict_set(python, dict, iw_py_new_string(python, "OPTIONS"), options);
}

static void set_authority(iw_py *python, struct iw_py_value *dict, const char *text, size_t length)
{
	const char *end = text + length, *at = g_strrstr_len(text, (gssize)length, "@");
	if (at != NULL) {
		const char *colon = memchr(text, ':', (size_t)(at - text));
		set(python, dict, "USER", text, (colon != NULL ? colon : at) - text);
		if (colon != NULL)
			set(python, dict, "PASSWORD", colon + 1, at - colon - 1);
		text = at + 1;
	}
	const char *bracket = memchr(text, ']', (size_t)(end - text));
	const char *from = bracket != NULL ? bracket : text;
	const char *port = memchr(from, ':', (size_t)(end - from));
	set(python, dict, "HOST", text, (port != NULL ? port : end) - text);
	if (port != NULL)
		set(python, dict, "PORT", port + 1, end - port - 1);
}

struct iw_py_value *iw_django_database_of_url(iw_py *python, const char *url)
{
	struct iw_py_value *dict = iw_py_new_dict(python);
	const char *colon = strchr(url, ':');
	g_autofree char *scheme = colon == NULL ? NULL : g_strndup(url, (size_t)(colon - url));
	for (size_t i = 0; scheme != NULL && i < G_N_ELEMENTS(schemes); i++)
		if (g_ascii_strcasecmp(scheme, schemes[i].scheme) == 0)
			set(python, dict, "ENGINE", schemes[i].engine, -1);
	if (scheme == NULL || iw_py_dict_find(dict, "ENGINE") == NULL)
		return iw_py_new_unknown(python, (struct iw_place){0}, "a database URL whose scheme is not known");
	const char *rest = g_str_has_prefix(colon + 1, "//") ? colon + 3 : colon + 1;
	size_t path = strcspn(rest, "/?#"), end = strcspn(rest, "?#");
	bool is_file = strcmp(scheme, "sqlite") == 0 || strcmp(scheme, "spatialite") == 0;
	if (is_file && strcmp(rest, ":memory:") == 0) {
		set(python, dict, "NAME", ":memory:", -1);
	} else if (is_file) { /* sqlite:///relative, sqlite:////absolute */
		const char *name = rest[path] == '/' ? rest + path + 1 : rest;
		set(python, dict, "NAME", end <= path + 1 ? ":memory:" : name,
		    end <= path + 1 ? -1 : (gssize)(rest + end - name));
	} else {
		set_authority(python, dict, rest, path);
		set(python, dict, "NAME", rest + path + (rest[path] == '/'),
		    (gssize)(end - path) - (rest[path] == '/'));
	}
	if (rest[end] == '?')
		set_options(python, dict, rest + end + 1);
	return dict;
}

/* an entry as a URL -------------------------------------------------------------------------------------------------
 */

/* Which engine a backend talks to, by its dotted name; the packages that wrap Django's keep these words. */
static const struct {
	const char *word, *dialect;
} engines[] = {
	{"cockroach", NULL},
	{"redshift", NULL},
	{"postg", "postgres"},
	{"psql", "postgres"},
	{"psycopg", "postgres"},
	{"timescale", "postgres"},
	{"mysql", "mysql"},
	{"mariadb", "mysql"},
	{"tidb", "mysql"},
	{"sqlite", "sqlite"},
	{"spatialite", "sqlite"},
	{"sqlcipher", NULL},
	{"django_tenants", "postgres"},
	{"tenant_schemas", "postgres"},
};

static bool dialect_of(const char *engine, const char **dialect)
{
	for (size_t i = 0; i < G_N_ELEMENTS(engines); i++)
		if (strstr(engine, engines[i].word) != NULL) {
			*dialect = engines[i].dialect;
			return true;
		}
	return false;
}

/* A part of the entry as text; *unknown: why it is not known. NULL: not there, or empty. */
static const char *part(struct django_config *config, const struct iw_py_value *dict, const char *key,
			const struct iw_py_value **unknown)
{
	struct iw_py_value *value = iw_py_dict_find(dict, key);
	if (value == NULL || value->kind == IW_PY_NONE)
		return NULL;
	if (value->kind == IW_PY_INTEGER)
		return value->text;
	/* BASE_DIR / "db.sqlite3" */
	if (value->kind == IW_PY_CALL && value->items->len == 1 &&
	    iw_py_is(config->reader->python, value, "pathlib.Path"))
		value = value->items->pdata[0];
	const char *text = iw_py_text(value);
	if (text == NULL)
		*unknown = iw_py_unknown_in(value) != NULL ? iw_py_unknown_in(value) : value;
	return text == NULL || *text == '\0' ? NULL : text;
}

static void add_escaped(GString *url, const char *before, const char *text)
{
	if (text == NULL)
		return;
	g_autofree char *escaped = g_uri_escape_string(text, NULL, FALSE);
	g_string_append_printf(url, "%s%s", before, escaped);
}

/* What the engine's client library takes and Inchworm's drivers hand on. */
static const struct {
	const char *dialect, *name;
} passed_on[] = {
	{"postgres", "sslmode"},
	{"postgres", "sslrootcert"},
	{"postgres", "sslcert"},
	{"postgres", "sslkey"},
	{"postgres", "sslcrl"},
	{"postgres", "sslpassword"},
	{"postgres", "options"},
	{"postgres", "service"},
	{"postgres", "passfile"},
	{"postgres", "connect_timeout"},
	{"postgres", "target_session_attrs"},
	{"postgres", "hostaddr"},
	{"postgres", "gssencmode"},
	{"postgres", "channel_binding"},
	{"postgres", "krbsrvname"},
	{"mysql", "unix_socket"},
	{"mysql", "ssl_mode"},
	{"mysql", "charset"},
	{"mysql", "connect_timeout"},
};

static void add_option(GString *url, const char *name, const char *text)
{
	g_autofree char *before = g_strdup_printf("%c%s=", strchr(url->str, '?') == NULL ? '?' : '&', name);
	add_escaped(url, before, text);
}

static void add_options(struct django_config *config, GString *url, const char *dialect, const struct iw_py_value *dict)
{
	const struct iw_py_value *options = iw_py_dict_find(dict, "OPTIONS"), *unknown = NULL;
	if (options == NULL || options->kind != IW_PY_DICT)
		return;
	for (size_t i = 0; i < G_N_ELEMENTS(passed_on); i++)
		if (strcmp(passed_on[i].dialect, dialect) == 0)
			add_option(url, passed_on[i].name, part(config, options, passed_on[i].name, &unknown));
	const struct iw_py_value *ssl = iw_py_dict_find(options, "ssl");
	if (strcmp(dialect, "mysql") != 0 || ssl == NULL || ssl->kind != IW_PY_DICT)
		return;
	add_option(url, "ssl_ca", part(config, ssl, "ca", &unknown));
	add_option(url, "ssl_cert", part(config, ssl, "cert", &unknown));
	add_option(url, "ssl_key", part(config, ssl, "key", &unknown));
}

static const char *server_url(iw_arena *arena, struct django_config *config, const char *dialect,
			      const struct iw_py_value *dict, const struct iw_py_value **unknown)
{
	const char *user = part(config, dict, "USER", unknown), *password = part(config, dict, "PASSWORD", unknown);
	const char *host = part(config, dict, "HOST", unknown), *port = part(config, dict, "PORT", unknown);
	const char *name = part(config, dict, "NAME", unknown);
	const struct iw_py_value *options = iw_py_dict_find(dict, "OPTIONS");
	bool has_service =
		options != NULL && options->kind == IW_PY_DICT &&
		(iw_py_dict_find(options, "service") != NULL || iw_py_dict_find(options, "read_default_file") != NULL);
	if (name == NULL && !has_service)
		return NULL;
	bool is_socket = host != NULL && *host == '/';
	g_autoptr(GString) url = g_string_new(strcmp(dialect, "mysql") == 0 ? "mysql://" : "postgresql://");
	add_escaped(url, "", user);
	add_escaped(url, ":", password);
	if (user != NULL || password != NULL)
		g_string_append_c(url, '@');
	bool needs_host = strcmp(dialect, "mysql") == 0;
	if (host != NULL && !is_socket)
		g_string_append(url, host);
	else if (needs_host)
		g_string_append(url, "localhost");
	if (port != NULL)
		g_string_append_printf(url, ":%s", port);
	g_string_append_c(url, '/');
	add_escaped(url, "", name);
	if (is_socket)
		add_option(url, needs_host ? "unix_socket" : "host", host);
	add_options(config, url, dialect, dict);
	return iw_arena_strdup(arena, url->str);
}

static const char *make_url(iw_arena *arena, struct django_config *config, const char *dialect,
			    const struct iw_py_value *dict, const struct iw_py_value **unknown)
{
	if (strcmp(dialect, "sqlite") != 0)
		return server_url(arena, config, dialect, dict, unknown);
	const char *name = part(config, dict, "NAME", unknown);
	if (name == NULL)
		return NULL;
	return g_str_has_prefix(name, "file:") ? name : iw_arena_printf(arena, "sqlite:%s", name);
}

/* choosing ----------------------------------------------------------------------------------------------------------
 */

/* Nothing says which engine: the driver that the project installs does. */
static const char *dialect_of_packages(iw_arena *arena, const struct django_reader *reader)
{
	static const char *const packages[][2] = {
		{"psycopg2", "postgres"},	{"psycopg2-binary", "postgres"}, {"psycopg", "postgres"},
		{"psycopg-binary", "postgres"}, {"mysqlclient", "mysql"},	 {"pymysql", "mysql"},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(packages); i++)
		if (iw_python_package_version(arena, reader->directory, reader->top, packages[i][0]) != NULL)
			return packages[i][1];
	static const char *const files[] = {
		"pyproject.toml",	 "requirements.txt",	       "setup.py", "setup.cfg", "Pipfile",
		"requirements/base.txt", "requirements/production.txt"};
	for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
		g_autofree char *text = NULL;
		if (!g_file_get_contents(iw_path_join(arena, reader->directory, files[i]), &text, NULL, NULL))
			continue;
		if (strstr(text, "psycopg") != NULL)
			return "postgres";
		if (strstr(text, "mysqlclient") != NULL || strcasestr(text, "pymysql") != NULL)
			return "mysql";
	}
	return NULL;
}

static bool fail_alias(const struct django_config *config, GError **error)
{
	const struct iw_py_value *all = iw_django_setting(config, "DATABASES");
	g_autoptr(GString) names = g_string_new(NULL);
	for (guint i = 0; all != NULL && all->kind == IW_PY_DICT && i < all->items->len; i++)
		g_string_append_printf(names, "%s%s", i > 0 ? ", " : "", iw_py_text(all->items->pdata[i]));
	iw_fail(error, IW_ERROR_PROJECT, "%s: DATABASES has no \"%s\"", config->shown, config->database);
	if (names->len > 0)
		iw_error_hint(error, "It has: %s.", names->str);
	return false;
}

static const char *reason_of(iw_arena *arena, const struct iw_py_value *value)
{
	return value->kind == IW_PY_UNKNOWN ? value->text : iw_arena_printf(arena, "it is made by code");
}

bool iw_django_database_read(iw_arena *arena, struct iw_project *project, const struct iw_project_options *options,
			     struct django_config *config, GError **error)
{
	const struct iw_py_value *dict = config->database_value, *unknown = NULL;
	const struct iw_py_value *all = iw_django_setting(config, "DATABASES");
	bool has_others = all != NULL && all->kind == IW_PY_DICT && all->items->len > 0;
	if (dict == NULL && has_others)
		return fail_alias(config, error);
	const char *where = iw_arena_printf(arena, "%s: DATABASES[\"%s\"]", config->shown, config->database);
	const char *dialect = NULL;
	if (dict != NULL && dict->kind == IW_PY_DICT) {
		const char *engine = part(config, dict, "ENGINE", &unknown);
		bool is_known = engine == NULL || dialect_of(engine, &dialect);
		if (engine != NULL && dialect == NULL && options->dialect == NULL)
			return iw_fail(error, IW_ERROR_UNSUPPORTED, "%s: the engine \"%s\" is not %s", where, engine,
				       is_known ? "supported" : "known");
		const char *url = dialect == NULL ? NULL : make_url(arena, config, dialect, dict, &unknown);
		if (url == NULL && dialect != NULL && unknown == NULL)
			project->url_missing = iw_arena_printf(arena, "%s has no NAME", where);
		if (url != NULL && unknown == NULL)
			iw_project_set_url(arena, project, options, url, where, config->reader->directory);
	} else if (dict != NULL) {
		unknown = dict;
	}
	if (project->url == NULL && unknown != NULL)
		project->url_missing = iw_arena_printf(arena, "%s is not known: %s", where, reason_of(arena, unknown));
	if (dialect == NULL && project->url == NULL)
		dialect = dialect_of_packages(arena, config->reader);
	return iw_project_set_dialect(project, options, project->url != NULL ? NULL : dialect, where, error);
}
