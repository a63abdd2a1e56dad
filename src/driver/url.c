/*
 * Database URLs as projects write them, for all three engines: URI forms, JDBC, libpq's keyword strings, Go's MySQL
 * DSN, paths of SQLite files; see driver.h. Reads text only: never connects, never looks at the file system. No message
 * holds any part of the text but its scheme, option names and SQLite paths: anything else may be a password.
 */
#include "driver/url_internal.h"

#include "base/error.h"

#include <string.h>

static bool read_sqlite(struct reader *reader, const char *rest);

static const struct scheme {
	const char *name;
	enum iw_dialect dialect;
	bool (*read)(struct reader *reader, const char *rest);
} schemes[] = {
	{"postgres", IW_POSTGRES, iw_url_read_server},
	{"postgresql", IW_POSTGRES, iw_url_read_server},
	{"mysql", IW_MYSQL, iw_url_read_server},
	{"mariadb", IW_MYSQL, iw_url_read_server},
	{"sqlite", IW_SQLITE, read_sqlite},
	{"sqlite3", IW_SQLITE, read_sqlite},
	{"file", IW_SQLITE, read_sqlite},
};

static const struct refused_scheme {
	const char *name, *what, *hint;
} refused_schemes[] = {
	{"libsql", "a remote libSQL (Turso) database", "Inchworm works on local SQLite files: sqlite:path/to/file.db."},
	{"prisma", "Prisma Accelerate", "Give the database's own URL (Prisma's directUrl)."},
	{"prisma+postgres", "a Prisma Postgres proxy",
	 "Give the database's own postgresql:// URL (Prisma's directUrl)."},
	{"sqlserver", "SQL Server", NULL},
	{"mssql", "SQL Server", NULL},
	{"mongodb", "MongoDB", NULL},
	{"mongodb+srv", "MongoDB", NULL},
	{"oracle", "Oracle", NULL},
	{"cockroachdb", "CockroachDB", NULL},
	{"cockroach", "CockroachDB", NULL},
	{"clickhouse", "ClickHouse", NULL},
	{"singlestore", "SingleStore", NULL},
};

static const char *const sqlite_suffixes[] = {".db", ".sqlite", ".sqlite3", ".db3", ".s3db", ".sl3"};

bool iw_url_fail(struct reader *reader, const char *what)
{
	iw_fail(reader->error, IW_ERROR_PROJECT, "cannot read the database URL: %s", what);
	return false;
}

char *iw_url_decode(struct reader *reader, const char *text, gssize length)
{
	g_autofree char *raw = g_strndup(text, length < 0 ? strlen(text) : (size_t)length);
	g_autofree char *decoded = g_uri_unescape_string(raw, NULL);
	if (decoded != NULL)
		return iw_arena_strdup(reader->arena, decoded);
	iw_url_fail(reader, "a percent sign is not followed by two hexadecimal digits");
	iw_error_hint(reader->error, "Write a percent sign itself as %%25.");
	return NULL;
}

/* Length of "scheme" or "scheme+driver" before a colon; 0: the text does not start like that. */
static size_t scheme_length(const char *text)
{
	if (!g_ascii_isalpha(*text))
		return 0;
	size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-");
	return text[length] == ':' ? length : 0;
}

static bool is_word(const char *text, size_t length, const char *word)
{
	return strlen(word) == length && g_ascii_strncasecmp(text, word, length) == 0;
}

static const struct scheme *find_scheme(const char *text, size_t length)
{
	size_t base = strcspn(text, "+:");
	for (size_t i = 0; i < G_N_ELEMENTS(schemes); i++)
		if (is_word(text, MIN(base, length), schemes[i].name))
			return &schemes[i];
	return NULL;
}

/* Servers need "//" behind the colon: "mysql:x@tcp(h)/db" is a Go DSN whose user is called mysql. */
static bool is_uri_of(const struct scheme *scheme, const char *rest, bool is_jdbc)
{
	return scheme != NULL && (scheme->dialect == IW_SQLITE || is_jdbc || g_str_has_prefix(rest, "//"));
}

static bool refuse_scheme(struct reader *reader, const char *text, size_t length)
{
	for (size_t i = 0; i < G_N_ELEMENTS(refused_schemes); i++) {
		const struct refused_scheme *row = &refused_schemes[i];
		if (!is_word(text, length, row->name))
			continue;
		iw_fail(reader->error, IW_ERROR_UNSUPPORTED, "cannot work on %s (the database URL starts with \"%s:\")",
			row->what, row->name);
		if (row->hint != NULL)
			iw_error_hint(reader->error, "%s", row->hint);
		return false;
	}
	iw_fail(reader->error, IW_ERROR_UNSUPPORTED, "cannot work on a database whose URL starts with \"%.*s:\"",
		(int)length, text);
	iw_error_hint(reader->error, "Known are postgresql://, mysql://, mariadb://, sqlite: and file:.");
	return false;
}

static bool is_refused(const char *text, size_t length)
{
	for (size_t i = 0; i < G_N_ELEMENTS(refused_schemes); i++)
		if (is_word(text, length, refused_schemes[i].name))
			return true;
	return g_str_has_prefix(text + length, "://");
}

static const char *absolute_path(struct reader *reader, const char *path)
{
	while (path[0] == '/' && path[1] == '/')
		path++;
	g_autofree char *base = g_canonicalize_filename(reader->base != NULL ? reader->base : ".", NULL);
	g_autofree char *absolute = g_canonicalize_filename(path, base);
	return iw_arena_strdup(reader->arena, absolute);
}

static bool set_sqlite_path(struct reader *reader, const char *path)
{
	struct iw_url *url = reader->url;
	const char *mode = g_hash_table_lookup(url->options, "mode");
	if (*path == '\0' && g_strcmp0(mode, "memory") != 0)
		return iw_url_fail(reader, "the path of the SQLite file is empty");
	bool is_memory = strcmp(path, ":memory:") == 0 || g_strcmp0(mode, "memory") == 0;
	url->shown = is_memory ? ":memory:" : path;
	url->database = is_memory ? ":memory:" : absolute_path(reader, path);
	return true;
}

/* What stands before the path: "//", "///", "//localhost/"; SQLAlchemy ("sqlite+driver:///x") means a relative path. */
static const char *skip_sqlite_authority(const struct reader *reader, const char *rest)
{
	if (!g_str_has_prefix(rest, "//"))
		return rest;
	rest += 2;
	if (g_str_has_prefix(rest, "localhost/"))
		rest += strlen("localhost");
	if (strcmp(rest, "/:memory:") == 0 || g_str_has_prefix(rest, "/:memory:?"))
		return rest + 1;
	if (reader->has_driver && *rest == '/')
		return rest + 1;
	return rest;
}

static bool read_sqlite(struct reader *reader, const char *rest)
{
	rest = skip_sqlite_authority(reader, rest);
	size_t length = strcspn(rest, "?#");
	if (rest[length] == '?' && !iw_url_read_options(reader, rest + length + 1))
		return false;
	g_autofree char *raw = g_strndup(rest, length);
	g_autofree char *decoded = g_uri_unescape_string(raw, NULL);
	return set_sqlite_path(reader, iw_arena_strdup(reader->arena, decoded != NULL ? decoded : raw));
}

/* Length of a bare path: '?' begins options only when "name=value" follows it. */
static size_t path_length(const char *text)
{
	const char *question = strrchr(text, '?');
	return question != NULL && strchr(question, '=') != NULL ? (size_t)(question - text) : strlen(text);
}

static bool read_path(struct reader *reader, const char *text)
{
	size_t length = path_length(text);
	if (text[length] == '?' && !iw_url_read_options(reader, text + length + 1))
		return false;
	return set_sqlite_path(reader, iw_arena_strndup(reader->arena, text, length));
}

static bool looks_like_sqlite(const char *text)
{
	size_t length = path_length(text);
	if (is_word(text, length, ":memory:"))
		return true;
	for (size_t i = 0; i < G_N_ELEMENTS(sqlite_suffixes); i++) {
		size_t suffix = strlen(sqlite_suffixes[i]);
		if (length > suffix && g_ascii_strncasecmp(text + length - suffix, sqlite_suffixes[i], suffix) == 0)
			return true;
	}
	return false;
}

static bool looks_like_go_dsn(const char *text)
{
	return strstr(text, "tcp(") != NULL || strstr(text, "tcp6(") != NULL || strstr(text, "unix(") != NULL ||
	       strstr(text, "@/") != NULL;
}

static bool unreadable(struct reader *reader)
{
	iw_fail(reader->error, IW_ERROR_PROJECT, "cannot tell which engine the database URL is for");
	iw_error_hint(reader->error, "Write postgresql://user@host/database, mysql://user@host/database or "
				     "sqlite:path/to/file.db.");
	return false;
}

static bool read_bare(struct reader *reader, const char *text, int dialect)
{
	bool is_keywords = iw_url_is_keywords(text);
	if (dialect < 0)
		dialect = is_keywords		    ? IW_POSTGRES
			  : looks_like_go_dsn(text) ? IW_MYSQL
			  : looks_like_sqlite(text) ? IW_SQLITE
						    : -1;
	if (dialect < 0)
		return unreadable(reader);
	reader->url->dialect = (enum iw_dialect)dialect;
	if (dialect == IW_SQLITE)
		return read_path(reader, text);
	if (dialect == IW_MYSQL)
		return iw_url_read_go_dsn(reader, text, false);
	if (is_keywords)
		return iw_url_read_keywords(reader, text);
	return unreadable(reader);
}

static bool check_dialect(struct reader *reader, const struct scheme *scheme, int dialect)
{
	if (dialect < 0 || (int)scheme->dialect == dialect)
		return true;
	iw_fail(reader->error, IW_ERROR_PROJECT, "the database URL is for %s, but %s is wanted",
		iw_dialect_name(scheme->dialect), iw_dialect_name((enum iw_dialect)dialect));
	return false;
}

static bool read_any(struct reader *reader, const char *text, int dialect)
{
	bool is_jdbc = g_ascii_strncasecmp(text, "jdbc:", 5) == 0;
	text += is_jdbc ? 5 : 0;
	if (*text == '\0')
		return iw_url_fail(reader, "it is empty");
	size_t length = scheme_length(text);
	const struct scheme *scheme = length > 0 ? find_scheme(text, length) : NULL;
	if (length > 0 && is_refused(text, length) && scheme == NULL)
		return refuse_scheme(reader, text, length);
	if (!is_uri_of(scheme, text + length + 1, is_jdbc))
		return read_bare(reader, text, dialect);
	if (!check_dialect(reader, scheme, dialect))
		return false;
	reader->url->dialect = scheme->dialect;
	reader->has_driver = memchr(text, '+', length) != NULL;
	return scheme->read(reader, text + length + 1);
}

/* postgresql://user@host:port/database: from the parts, so that nothing else can slip in. */
static const char *shown_server(iw_arena *arena, const struct iw_url *url)
{
	static const char *const names[IW_DIALECTS] = {"postgresql", "mysql", "sqlite"};
	const char *place = url->socket != NULL ? url->socket : url->host != NULL ? url->host : "localhost";
	bool is_v6 = strchr(place, ':') != NULL && strchr(place, ',') == NULL;
	return iw_arena_printf(arena, "%s://%s%s%s%s%s%s%s/%s%s%s", names[url->dialect],
			       url->user != NULL ? url->user : "", url->user != NULL ? "@" : "", is_v6 ? "[" : "",
			       place, is_v6 ? "]" : "", url->port != NULL ? ":" : "",
			       url->port != NULL ? url->port : "", url->database != NULL ? url->database : "",
			       url->schema != NULL ? "?schema=" : "", url->schema != NULL ? url->schema : "");
}

static struct iw_url *parse(iw_arena *arena, int dialect, const char *text, const char *base, GError **error)
{
	struct iw_url *url = iw_new(arena, struct iw_url);
	url->text = iw_arena_strdup(arena, text);
	url->options = iw_arena_hash_table(arena, g_str_hash, g_str_equal);
	url->extras = iw_arena_hash_table(arena, g_str_hash, g_str_equal);
	struct reader reader = {.arena = arena, .url = url, .base = base, .error = error};
	char *trimmed = g_strstrip(iw_arena_strdup(arena, text));
	if (!read_any(&reader, trimmed, dialect))
		return NULL;
	if (url->dialect != IW_SQLITE)
		url->shown = shown_server(arena, url);
	return url;
}

struct iw_url *iw_url_parse(iw_arena *arena, const char *text, const char *base, GError **error)
{
	return parse(arena, -1, text, base, error);
}

struct iw_url *iw_url_parse_as(iw_arena *arena, enum iw_dialect dialect, const char *text, const char *base,
			       GError **error)
{
	return parse(arena, (int)dialect, text, base, error);
}
