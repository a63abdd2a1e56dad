/* Opening a session: transport, TLS, login, Inchworm's settings, and which server it is. */
#include "driver/mysql/mysql_internal.h"

#include "base/error.h"
#include "sql/sql.h"

#include <errmsg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_CONNECT_TIMEOUT_MS 10000
#define HELPER_CONNECT_TIMEOUT_MS  5000
#define ER_BAD_DB		   1049

/* The values of ssl_mode (driver.h). Verifying the certificate here always verifies the host's name too. */
enum tls { TLS_OFF, TLS_PREFERRED, TLS_REQUIRED, TLS_VERIFIED };
static const struct {
	const char *word;
	enum tls tls;
} tls_words[] = {
	{"disabled", TLS_OFF},	     {"preferred", TLS_PREFERRED},	{"required", TLS_REQUIRED},
	{"verify_ca", TLS_VERIFIED}, {"verify_identity", TLS_VERIFIED},
};

static const struct {
	const char *option;
	enum mysql_option library_option;
} tls_files[] = {
	{"ssl_ca", MYSQL_OPT_SSL_CA},
	{"ssl_cert", MYSQL_OPT_SSL_CERT},
	{"ssl_key", MYSQL_OPT_SSL_KEY},
};

static const char *url_option(const struct iw_url *url, const char *name)
{
	return url->options == NULL ? NULL : g_hash_table_lookup(url->options, name);
}

/* An unknown value is an error: less protection than was asked for would be silent harm. */
static bool read_tls(const struct iw_url *url, enum tls *tls, GError **error)
{
	const char *value = url_option(url, "ssl_mode");
	*tls = url->socket != NULL ? TLS_OFF : TLS_PREFERRED;
	if (value == NULL)
		return true;
	for (size_t i = 0; i < G_N_ELEMENTS(tls_words); i++) {
		if (strcmp(value, tls_words[i].word) == 0) {
			*tls = tls_words[i].tls;
			return true;
		}
	}
	return iw_fail(error, IW_ERROR_INPUT, "cannot understand the database URL: ssl_mode is \"%s\"", value);
}

static void set_tls(MYSQL *handle, const struct iw_url *url, enum tls tls)
{
	my_bool yes = 1;
	if (tls == TLS_OFF)
		return;
	/* "Enforce" asks for TLS and does without when the server has none: check_tls() makes it binding. */
	mysql_options(handle, MYSQL_OPT_SSL_ENFORCE, &yes);
	if (tls == TLS_VERIFIED)
		mysql_options(handle, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &yes);
	for (size_t i = 0; i < G_N_ELEMENTS(tls_files); i++) {
		const char *path = url_option(url, tls_files[i].option);
		if (path != NULL)
			mysql_options(handle, tls_files[i].library_option, path);
	}
}

static bool check_tls(struct iw_mysql *session, enum tls tls, GError **error)
{
	if (tls < TLS_REQUIRED || mysql_get_ssl_cipher(session->handle) != NULL)
		return true;
	return iw_fail(error, IW_ERROR_CONNECT,
		       "could not connect to %s: the URL requires TLS, the server does not offer it",
		       session->url->shown);
}

static const char *copy(iw_arena *arena, const char *text)
{
	return iw_arena_strdup(arena, text);
}

static const struct iw_url *copy_url(iw_arena *arena, const struct iw_url *url)
{
	struct iw_url *own = iw_new(arena, struct iw_url);
	*own = *url;
	own->text = copy(arena, url->text);
	own->shown = copy(arena, url->shown != NULL ? url->shown : "the server");
	own->host = copy(arena, url->host);
	own->port = copy(arena, url->port);
	own->socket = copy(arena, url->socket);
	own->user = copy(arena, url->user);
	own->password = copy(arena, url->password);
	own->database = copy(arena, url->database);
	own->options = iw_arena_hash_table(arena, g_str_hash, g_str_equal);
	if (url->options == NULL)
		return own;
	GHashTableIter iterator;
	gpointer key, value;
	g_hash_table_iter_init(&iterator, url->options);
	while (g_hash_table_iter_next(&iterator, &key, &value))
		g_hash_table_insert(own->options, (char *)copy(arena, key), (char *)copy(arena, value));
	return own;
}

static struct iw_mysql *new_session(const struct iw_url *url, const struct iw_open_options *options)
{
	struct iw_mysql *session = g_new0(struct iw_mysql, 1);
	g_mutex_init(&session->guard);
	session->arena = iw_arena_new();
	session->url = copy_url(session->arena, url);
	if (options != NULL)
		session->options = *options;
	session->options.application_name = copy(session->arena, session->options.application_name);
	session->base.driver = &iw_mysql_driver;
	session->base.engine.dialect = IW_MYSQL;
	session->base.error_offset = -1;
	return session;
}

/* How long connecting may take, in milliseconds: the caller's word, the URL's, the default. */
static int connect_timeout_ms(const struct iw_mysql *session)
{
	if (session->options.connect_timeout_ms > 0)
		return session->options.connect_timeout_ms;
	const char *seconds = url_option(session->url, "connect_timeout");
	if (seconds != NULL && atoi(seconds) > 0)
		return MIN(atoi(seconds), 3600) * 1000;
	return DEFAULT_CONNECT_TIMEOUT_MS;
}

/* A hostile server may ask the client for any file with LOAD DATA LOCAL: refused. Several statements in one string
 * are refused by the server because CLIENT_MULTI_STATEMENTS is never asked for. */
static void set_options(struct iw_mysql *session, enum tls tls)
{
	MYSQL *handle = session->handle;
	unsigned off = 0, tcp = MYSQL_PROTOCOL_TCP;
	unsigned seconds = (unsigned)(connect_timeout_ms(session) + 999) / 1000;
	my_bool no = 0;
	mysql_options(handle, MYSQL_OPT_NONBLOCK, NULL);
	mysql_options(handle, MYSQL_OPT_CONNECT_TIMEOUT, &seconds);
	mysql_options(handle, MYSQL_OPT_LOCAL_INFILE, &off);
	mysql_options(handle, MYSQL_OPT_RECONNECT, &no);
	mysql_options(handle, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	/* Only a URL with a socket means the socket: "localhost" is TCP, as for the frameworks' own clients. */
	if (session->url->socket == NULL)
		mysql_options(handle, MYSQL_OPT_PROTOCOL, &tcp);
	if (session->options.application_name != NULL) {
		mysql_options(handle, MYSQL_OPT_CONNECT_ATTR_RESET, NULL);
		mysql_options4(handle, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name", session->options.application_name);
	}
	set_tls(handle, session->url, tls);
}

static void start_deadline(struct iw_mysql *session, int timeout_ms)
{
	session->deadline = g_get_monotonic_time() + (gint64)timeout_ms * 1000;
	session->give_up = session->next_kill = session->next_tick = 0;
	session->stop = IW_MYSQL_RUNS;
}

static bool fail_login(struct iw_mysql *session, GError **error)
{
	if (session->stop != IW_MYSQL_TIMED_OUT)
		return iw_mysql_fail(session, NULL, true, error);
	return iw_fail(error, IW_ERROR_CONNECT, "could not connect to %s: no answer within %d s", session->url->shown,
		       (connect_timeout_ms(session) + 999) / 1000);
}

static bool login(struct iw_mysql *session, const char *database, GError **error)
{
	const struct iw_url *url = session->url;
	enum tls tls;
	if (!read_tls(url, &tls, error))
		return false;
	unsigned port = url->port != NULL ? (unsigned)strtoul(url->port, NULL, 10) : 3306;
	const char *host = url->socket != NULL			       ? NULL
			   : url->host != NULL && url->host[0] != '\0' ? url->host
								       : "127.0.0.1";
	session->handle = mysql_init(NULL);
	set_options(session, tls);
	start_deadline(session, connect_timeout_ms(session));
	MYSQL *answer = NULL;
	bool is_helper = session->is_helper;
	session->is_helper = true;
	int status = mysql_real_connect_start(&answer, session->handle, host, url->user, url->password, database, port,
					      url->socket, CLIENT_MULTI_RESULTS);
	while (status != 0)
		status = mysql_real_connect_cont(&answer, session->handle, iw_mysql_wait(session, status));
	session->is_helper = is_helper;
	if (answer == NULL)
		return fail_login(session, error);
	return check_tls(session, tls, error);
}

static void logout(struct iw_mysql *session)
{
	if (session->handle != NULL)
		mysql_close(session->handle);
	session->handle = NULL;
}

static bool create_database(struct iw_mysql *session, GError **error)
{
	if (!login(session, NULL, error))
		return false;
	const char *name = iw_quote(session->arena, IW_MYSQL, session->url->database);
	const char *create = iw_arena_printf(session->arena, "CREATE DATABASE IF NOT EXISTS %s", name);
	const char *use = iw_arena_printf(session->arena, "USE %s", name);
	return iw_mysql_execute(&session->base, create, NULL, error) &&
	       iw_mysql_execute(&session->base, use, NULL, error);
}

static bool login_creating(struct iw_mysql *session, GError **error)
{
	GError *failure = NULL;
	if (login(session, session->url->database, &failure))
		return true;
	if (!session->options.create_database || session->handle == NULL || mysql_errno(session->handle) != ER_BAD_DB) {
		g_propagate_error(error, failure);
		return false;
	}
	g_clear_error(&failure);
	logout(session);
	return create_database(session, error);
}

/* "10.11.19-MariaDB-0+deb12u1", "5.5.5-10.11.6-MariaDB", "8.0.36", "8.0.mysql_aurora.3.05.2". */
static int version_number(const char *text)
{
	static const char prefix[] = "5.5.5-";
	if (g_str_has_prefix(text, prefix) && strstr(text, "MariaDB") != NULL)
		text += strlen(prefix);
	int major = 0, minor = 0, patch = 0;
	sscanf(text, "%d.%d.%d", &major, &minor, &patch);
	return major * 10000 + minor * 100 + patch;
}

static bool read_engine(struct iw_mysql *session, GError **error)
{
	static const char sql[] = "SELECT VERSION(), @@version_comment, CONNECTION_ID(), DATABASE()";
	g_autoptr(iw_rows) rows = iw_mysql_run_query(&session->base, sql, error);
	if (rows == NULL)
		return false;
	const char *version = iw_rows_value(rows, 0, 0), *comment = iw_rows_value(rows, 0, 1);
	iw_connection *base = &session->base;
	base->engine.version = version_number(version);
	base->engine.is_mariadb = strstr(version, "MariaDB") != NULL || strstr(comment, "MariaDB") != NULL;
	base->session = copy(session->arena, iw_rows_value(rows, 0, 2));
	base->default_schema = copy(session->arena, iw_rows_value(rows, 0, 3));
	base->features = IW_SEES_WAITS | IW_HAS_STATISTICS;
	/* Before MySQL 5.7.5 and MariaDB 10.0.2 a second GET_LOCK releases the first: the framework's and ours collide.
	 */
	if (base->engine.version >= (base->engine.is_mariadb ? 100002 : 50705))
		base->features |= IW_RUN_LOCK;
	session->server_times_out = base->engine.is_mariadb && base->engine.version >= 100101;
	return true;
}

/*
 * sql_mode stays as the server has it: the project's statements mean what they mean to its framework. What Inchworm
 * writes itself holds in any mode (backticks; quotes doubled, see iw_mysql_literal). A session may wait for hours
 * behind a long step on another one: wait_timeout is never less than the server's own default of 8 hours.
 */
static bool set_session(struct iw_mysql *session, GError **error)
{
	const struct iw_engine *engine = &session->base.engine;
	iw_connection *base = &session->base;
	if (!iw_mysql_execute(base, "SET autocommit = 1, wait_timeout = GREATEST(@@wait_timeout, 28800)", NULL, error))
		return false;
	/* Statistics that are a day old would call a table empty. */
	if (!engine->is_mariadb && engine->version >= 80000 &&
	    !iw_mysql_execute(base, "SET information_schema_stats_expiry = 0", NULL, error))
		return false;
	return !session->options.read_only || iw_mysql_execute(base, "SET SESSION TRANSACTION READ ONLY", NULL, error);
}

iw_connection *iw_mysql_open(const struct iw_url *url, const struct iw_open_options *options, GError **error)
{
	if (!iw_library_load(&iw_mysql_library, error))
		return NULL;
	struct iw_mysql *session = new_session(url, options);
	if (login_creating(session, error) && read_engine(session, error) && set_session(session, error))
		return &session->base;
	iw_mysql_close(&session->base);
	return NULL;
}

void iw_mysql_close(iw_connection *connection)
{
	struct iw_mysql *session = (struct iw_mysql *)connection;
	logout(session);
	g_mutex_clear(&session->guard);
	iw_arena_free(session->arena);
	g_free(session);
}

bool iw_mysql_send_kill(struct iw_mysql *session)
{
	if (session->base.session == NULL)
		return false;
	struct iw_open_options options = {.connect_timeout_ms = HELPER_CONNECT_TIMEOUT_MS};
	struct iw_mysql *helper = new_session(session->url, &options);
	helper->is_helper = true;
	helper->statement_timeout_ms = HELPER_CONNECT_TIMEOUT_MS;
	const char *sql = iw_arena_printf(helper->arena, "KILL QUERY %s", session->base.session);
	bool was_sent = login(helper, NULL, NULL) && iw_mysql_execute(&helper->base, sql, NULL, NULL);
	iw_mysql_close(&helper->base);
	return was_sent;
}

/* Doubled quotes are right in every sql_mode; a backslash is an escape in all but NO_BACKSLASH_ESCAPES: hexadecimal. */
const char *iw_mysql_literal(iw_arena *arena, const char *text)
{
	bool is_hexadecimal = strchr(text, '\\') != NULL;
	g_autoptr(GString) out = g_string_new(is_hexadecimal ? "_utf8mb4 x'" : "'");
	for (const char *at = text; *at != '\0'; at++) {
		if (is_hexadecimal)
			g_string_append_printf(out, "%02x", (unsigned char)*at);
		else
			g_string_append(out, *at == '\'' ? "''" : (char[]){*at, '\0'});
	}
	g_string_append_c(out, '\'');
	return iw_arena_strndup(arena, out->str, out->len);
}
