/* Addresses of databases as Go and Java tools write them, and small sums they make of names. */
#include "framework/sqltools/sqltools_internal.h"

#include <stdlib.h>
#include <string.h>

guint32 iw_sql_crc32(guint32 crc, const char *bytes, size_t length)
{
	crc = ~crc;
	for (size_t i = 0; i < length; i++) {
		crc ^= (unsigned char)bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = (crc >> 1) ^ (0xEDB88320u & (0u - (crc & 1)));
	}
	return ~crc;
}

static int compare_numbers(const char *a, size_t a_length, const char *b, size_t b_length)
{
	while (a_length > 0 && *a == '0')
		a++, a_length--;
	while (b_length > 0 && *b == '0')
		b++, b_length--;
	if (a_length != b_length)
		return a_length < b_length ? -1 : 1;
	return memcmp(a, b, a_length);
}

int iw_sql_compare_versions(const char *a, const char *b)
{
	while (*a != '\0' || *b != '\0') {
		size_t a_length = strspn(a, "0123456789");
		size_t b_length = strspn(b, "0123456789");
		int order = compare_numbers(a, a_length, b, b_length); /* a missing part counts as zero */
		if (order != 0)
			return order;
		a += a_length;
		b += b_length;
		bool a_goes_on = *a == '.' || *a == '_';
		bool b_goes_on = *b == '.' || *b == '_';
		if ((!a_goes_on && *a != '\0') || (!b_goes_on && *b != '\0'))
			return strcmp(a, b);
		a += a_goes_on;
		b += b_goes_on;
	}
	return 0;
}

const char *iw_sql_version_key(iw_arena *arena, const char *version)
{
	g_autoptr(GString) key = g_string_new(NULL);
	size_t end = 0; /* behind the last part that is not zero */
	while (*version != '\0') {
		size_t digits = strspn(version, "0123456789");
		size_t zeros = strspn(version, "0");
		if (zeros > digits)
			zeros = digits;
		g_string_append_len(key, version + zeros, (gssize)(digits - zeros));
		if (digits > zeros)
			end = key->len;
		version += digits;
		if (*version == '.' || *version == '_') {
			g_string_append_c(key, '.');
			version++;
		} else if (*version != '\0') {
			g_string_append(key, version);
			return iw_arena_strdup(arena, key->str);
		}
	}
	g_string_truncate(key, end);
	return iw_arena_strdup(arena, key->len == 0 ? "0" : key->str);
}

/* user:password@tcp(host:port)/database?options, and user:password@unix(/socket)/database. In a URL (`is_escaped`) name
 * and password are escaped already. */
static const char *mysql_url(iw_arena *arena, const char *dsn, bool is_escaped)
{
	const char *slash = strrchr(dsn, ')');
	slash = strchr(slash != NULL ? slash : dsn, '/');
	const char *open = memchr(dsn, '(', slash == NULL ? strlen(dsn) : (size_t)(slash - dsn));
	const char *close = open == NULL ? NULL : strchr(open, ')');
	const char *at = dsn;
	for (const char *c = dsn; c < (open != NULL ? open : slash != NULL ? slash : dsn + strlen(dsn)); c++)
		if (*c == '@')
			at = c;
	const char *database = slash == NULL ? "" : slash + 1;
	size_t database_length = strcspn(database, "?");
	g_autoptr(GString) url = g_string_new("mysql://");
	if (at > dsn || *at == '@') {
		const char *colon = memchr(dsn, ':', (size_t)(at - dsn));
		size_t user = colon == NULL ? (size_t)(at - dsn) : (size_t)(colon - dsn);
		g_autofree char *name = g_strndup(dsn, user);
		g_string_append_uri_escaped(url, name, is_escaped ? "%" : NULL, TRUE);
		if (colon != NULL) {
			g_autofree char *password = g_strndup(colon + 1, (size_t)(at - colon - 1));
			g_string_append_c(url, ':');
			g_string_append_uri_escaped(url, password, is_escaped ? "%" : NULL, TRUE);
		}
		g_string_append_c(url, '@');
	}
	bool is_socket = open != NULL && open[1] == '/';
	if (open != NULL && close != NULL && !is_socket)
		g_string_append_len(url, open + 1, close - open - 1);
	else if (!is_socket)
		g_string_append(url, "127.0.0.1:3306");
	g_string_append_c(url, '/');
	g_string_append_len(url, database, (gssize)database_length);
	if (is_socket && close != NULL) {
		g_string_append(url, "?socket=");
		g_string_append_len(url, open + 1, close - open - 1);
	}
	return iw_arena_strdup(arena, url->str);
}

/* Drops the options that are for golang-migrate itself: x-migrations-table and its like. */
static const char *without_own_options(iw_arena *arena, const char *url)
{
	const char *query = strchr(url, '?');
	if (query == NULL)
		return url;
	g_autoptr(GString) out = g_string_new_len(url, query - url);
	char separator = '?';
	for (const char *part = query + 1; *part != '\0';) {
		size_t length = strcspn(part, "&");
		if (length > 0 && !g_str_has_prefix(part, "x-")) {
			g_string_append_c(out, separator);
			g_string_append_len(out, part, (gssize)length);
			separator = '&';
		}
		part += length + (part[length] == '&');
	}
	return iw_arena_strdup(arena, out->str);
}

const char *iw_sql_url_of_go(iw_arena *arena, const char *url)
{
	static const char *const sqlite[] = {"sqlite3://", "sqlite://", "sqlite3:", "sqlite:"};
	static const char *const postgres[] = {"pgx://",  "pgx4://",	 "pgx5://",
					       "psql://", "postgres://", "postgresql://"};
	if (g_str_has_prefix(url, "mysql://") && strchr(url, '(') != NULL)
		return mysql_url(arena, url + 8, true);
	for (size_t i = 0; i < G_N_ELEMENTS(sqlite); i++)
		if (g_str_has_prefix(url, sqlite[i])) {
			const char *path = without_own_options(arena, url + strlen(sqlite[i]));
			return iw_arena_printf(arena, "sqlite:%s", path);
		}
	for (size_t i = 0; i < G_N_ELEMENTS(postgres); i++)
		if (g_str_has_prefix(url, postgres[i]))
			return iw_arena_printf(arena, "postgres://%s",
					       without_own_options(arena, url + strlen(postgres[i])));
	return without_own_options(arena, url);
}

/* "user=postgres dbname=app host=db password='a b'" as libpq has it */
static const char *postgres_url(iw_arena *arena, const char *dsn)
{
	g_autofree char *spaced = g_strdup(dsn);
	g_auto(GStrv) words = NULL;
	if (!g_shell_parse_argv(spaced, NULL, &words, NULL))
		return dsn;
	const char *part[5] = {NULL};
	static const char *const names[] = {"user", "password", "host", "port", "dbname"};
	g_autoptr(GString) rest = g_string_new(NULL);
	for (size_t i = 0; words[i] != NULL; i++) {
		char *equals = strchr(words[i], '=');
		if (equals == NULL)
			return dsn;
		*equals = '\0';
		size_t known = 0;
		while (known < G_N_ELEMENTS(names) && strcmp(words[i], names[known]) != 0)
			known++;
		if (known < G_N_ELEMENTS(names))
			part[known] = equals + 1;
		else
			g_string_append_printf(rest, "%c%s=%s", rest->len > 0 ? '&' : '?', words[i], equals + 1);
	}
	g_autoptr(GString) url = g_string_new("postgres://");
	if (part[0] != NULL)
		g_string_append_uri_escaped(url, part[0], NULL, TRUE);
	if (part[1] != NULL) {
		g_string_append_c(url, ':');
		g_string_append_uri_escaped(url, part[1], NULL, TRUE);
	}
	if (part[0] != NULL)
		g_string_append_c(url, '@');
	g_string_append_printf(url, "%s%s%s/%s%s", part[2] != NULL ? part[2] : "localhost", part[3] != NULL ? ":" : "",
			       part[3] != NULL ? part[3] : "", part[4] != NULL ? part[4] : "", rest->str);
	return iw_arena_strdup(arena, url->str);
}

const char *iw_sql_url_of_goose(iw_arena *arena, const char *driver, const char *text)
{
	struct iw_engine engine;
	if (text == NULL || driver == NULL)
		return text;
	const char *word = strcmp(driver, "pgx") == 0 || strcmp(driver, "redshift") == 0 ? "postgres" : driver;
	if (!iw_engine_parse(word, &engine))
		return text;
	bool has_scheme = strstr(text, "://") != NULL;
	if (engine.dialect == IW_SQLITE)
		return g_str_has_prefix(text, "file:") || has_scheme ? text : iw_arena_printf(arena, "sqlite:%s", text);
	if (engine.dialect == IW_MYSQL)
		return has_scheme ? iw_sql_url_of_go(arena, text) : mysql_url(arena, text, false);
	return has_scheme ? text : postgres_url(arena, text);
}

const char *iw_sql_url_of_jdbc(iw_arena *arena, const char *url, const char *user, const char *password)
{
	if (url == NULL || !g_str_has_prefix(url, "jdbc:"))
		return url;
	url += 5;
	const char *host = strstr(url, "://");
	if (host == NULL || user == NULL || *user == '\0' || strchr(url, '@') != NULL)
		return url;
	host += 3;
	g_autoptr(GString) out = g_string_new_len(url, host - url);
	g_string_append_uri_escaped(out, user, NULL, TRUE);
	if (password != NULL) {
		g_string_append_c(out, ':');
		g_string_append_uri_escaped(out, password, NULL, TRUE);
	}
	g_string_append_printf(out, "@%s", host);
	return iw_arena_strdup(arena, out->str);
}

const char *iw_sql_dialect_of_go_mod(iw_arena *arena, const char *directory)
{
	static const struct {
		const char *module, *dialect;
	} drivers[] = {{"github.com/jackc/pgx", "postgres"},
		       {"github.com/lib/pq", "postgres"},
		       {"github.com/go-sql-driver/mysql", "mysql"},
		       {"github.com/mattn/go-sqlite3", "sqlite"},
		       {"modernc.org/sqlite", "sqlite"}};
	const char *top = iw_path_repository(arena, directory);
	for (const char *at = directory;; at = iw_path_parent(arena, at)) {
		g_autofree char *path = g_build_filename(at, "go.mod", NULL);
		g_autofree char *text = NULL;
		if (g_file_get_contents(path, &text, NULL, NULL)) {
			const char *found = NULL;
			for (size_t i = 0; i < G_N_ELEMENTS(drivers); i++)
				if (strstr(text, drivers[i].module) != NULL) {
					if (found != NULL && strcmp(found, drivers[i].dialect) != 0)
						return NULL;
					found = drivers[i].dialect;
				}
			return found;
		}
		if (strcmp(at, top) == 0 || strcmp(at, "/") == 0)
			return NULL;
	}
}
