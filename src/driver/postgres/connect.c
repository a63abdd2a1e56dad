/*
 * Opening and closing a PostgreSQL session: connection parameters from the URL, a deadline over all hosts, the
 * session's settings, creating a missing database when asked to.
 */
#include "driver/postgres/postgres_internal.h"

#include <poll.h>
#include <string.h>

enum {
	DEFAULT_CONNECT_TIMEOUT_MS = 10000,
	MAX_KEYWORDS = 80,
};

struct keywords {
	const char *names[MAX_KEYWORDS + 1], *values[MAX_KEYWORDS + 1];
	int count;
};

static void add(struct keywords *keywords, const char *name, const char *value)
{
	if (value == NULL || keywords->count == MAX_KEYWORDS)
		return;
	keywords->names[keywords->count] = name;
	keywords->values[keywords->count++] = value;
}

/* Without keepalives a machine that vanished would be noticed after two hours; the URL's own values win. */
static const struct {
	const char *name, *value;
} defaults[] = {
	{"keepalives_idle", "30"},
	{"keepalives_interval", "10"},
	{"keepalives_count", "3"},
	{"tcp_user_timeout", "60000"},
};

static void fill_keywords(struct keywords *keywords, const struct iw_url *url, const struct iw_open_options *options,
			  const char *database)
{
	GHashTableIter iter;
	gpointer name, value;
	for (size_t i = 0; i < G_N_ELEMENTS(defaults); i++)
		add(keywords, defaults[i].name, defaults[i].value);
	add(keywords, "application_name", options->application_name != NULL ? options->application_name : "inchworm");
	if (url->options != NULL) {
		g_hash_table_iter_init(&iter, url->options);
		while (g_hash_table_iter_next(&iter, &name, &value))
			add(keywords, name, value);
	}
	add(keywords, "host", url->host);
	add(keywords, "port", url->port);
	add(keywords, "user", url->user);
	add(keywords, "password", url->password);
	add(keywords, "dbname", database);
	add(keywords, "client_encoding", "UTF8");
}

static gint64 deadline_of(const struct iw_url *url, const struct iw_open_options *options)
{
	int timeout = options->connect_timeout_ms > 0 ? options->connect_timeout_ms : DEFAULT_CONNECT_TIMEOUT_MS;
	const char *asked = url->options != NULL ? g_hash_table_lookup(url->options, "connect_timeout") : NULL;
	if (asked != NULL && g_ascii_strtoll(asked, NULL, 10) > 0 && options->connect_timeout_ms == 0)
		timeout = (int)MIN(g_ascii_strtoll(asked, NULL, 10) * 1000, G_MAXINT);
	return g_get_monotonic_time() + (gint64)timeout * 1000;
}

/* False when the deadline passed first. */
static bool poll_connection(PGconn *conn, gint64 deadline)
{
	PostgresPollingStatusType status = PGRES_POLLING_WRITING;
	while (status != PGRES_POLLING_OK && status != PGRES_POLLING_FAILED) {
		gint64 left = deadline - g_get_monotonic_time();
		struct pollfd socket = {.fd = PQsocket(conn),
					.events = status == PGRES_POLLING_READING ? POLLIN : POLLOUT};
		if (left <= 0)
			return false;
		if (poll(&socket, 1, (int)(left / 1000) + 1) > 0)
			status = PQconnectPoll(conn);
	}
	return true;
}

static PGconn *start(const struct iw_url *url, const struct iw_open_options *options, const char *database)
{
	struct keywords keywords = {.count = 0};
	fill_keywords(&keywords, url, options, database);
	PGconn *conn = PQconnectStartParams(keywords.names, keywords.values, 0);
	if (conn == NULL)
		g_error("out of memory");
	PQsetErrorVerbosity(conn, PQERRORS_VERBOSE); /* names the SQLSTATE of a refused login */
	return conn;
}

static PGconn *connect_to(const struct iw_url *url, const struct iw_open_options *options, const char *database,
			  GError **error)
{
	gint64 deadline = deadline_of(url, options);
	PGconn *conn = start(url, options, database);
	bool is_in_time = PQstatus(conn) == CONNECTION_BAD || poll_connection(conn, deadline);
	if (is_in_time && PQstatus(conn) == CONNECTION_OK)
		return conn;
	if (is_in_time)
		iw_postgres_fail_connect(error, url, PQerrorMessage(conn));
	else
		iw_postgres_fail_connect(error, url, "the server did not answer in time");
	PQfinish(conn);
	return NULL;
}

static bool create_database(const struct iw_url *url, const struct iw_open_options *options, GError **error)
{
	PGconn *conn = connect_to(url, options, "postgres", NULL);
	if (conn == NULL)
		conn = connect_to(url, options, "template1", error);
	if (conn == NULL)
		return false;
	char *quoted = PQescapeIdentifier(conn, url->database, strlen(url->database));
	g_autofree char *sql = g_strdup_printf("CREATE DATABASE %s", quoted);
	PGresult *result = PQexec(conn, sql);
	const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	bool is_there = PQresultStatus(result) == PGRES_COMMAND_OK ||
			g_strcmp0(sqlstate, "42P04") == 0 || /* duplicate_database: another was faster */
			g_strcmp0(sqlstate, "23505") == 0;
	if (!is_there) {
		iw_fail(error, iw_postgres_error_class(sqlstate), "could not create database \"%s\": %s", url->database,
			PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY));
		iw_error_server_code(error, sqlstate);
	}
	PQclear(result);
	PQfreemem(quoted);
	PQfinish(conn);
	return is_there;
}

static PGconn *connect_or_create(const struct iw_url *url, const struct iw_open_options *options, GError **error)
{
	g_autoptr(GError) refusal = NULL;
	PGconn *conn = connect_to(url, options, url->database, &refusal);
	if (conn != NULL)
		return conn;
	bool is_missing = g_strcmp0(iw_error_info(refusal)->server_code, "3D000") == 0;
	if (!is_missing || !options->create_database || url->database == NULL) {
		g_propagate_error(error, g_steal_pointer(&refusal));
		return NULL;
	}
	return create_database(url, options, error) ? connect_to(url, options, url->database, error) : NULL;
}

static void ignore_notice(void *data, const PGresult *result)
{
	(void)data;
	(void)result;
}

/* search_path is Prisma's: the URL's schema and nothing else. The time zone stays the user's. */
static char *settings(struct postgres *postgres, const struct iw_url *url, const struct iw_open_options *options)
{
	GString *sql = g_string_new("SET standard_conforming_strings = on; SET client_min_messages = warning");
	if (url->schema != NULL) {
		char *quoted = PQescapeIdentifier(postgres->conn, url->schema, strlen(url->schema));
		g_string_append_printf(sql, "; SET search_path = %s", quoted);
		PQfreemem(quoted);
	}
	if (options->read_only)
		g_string_append(sql, "; SET default_transaction_read_only = on");
	return g_string_free(sql, FALSE);
}

static bool set_up(struct postgres *postgres, const struct iw_url *url, const struct iw_open_options *options,
		   GError **error)
{
	iw_connection *connection = &postgres->base;
	postgres->settings = settings(postgres, url, options);
	g_autofree char *sql = g_strconcat(postgres->settings, "; SELECT pg_backend_pid(), current_schema()", NULL);
	g_autoptr(iw_rows) rows = iw_postgres_query(connection, sql, error);
	if (rows == NULL)
		return false;
	const char *schema = iw_rows_value(rows, 0, 1);
	postgres->session = g_strdup(iw_rows_value(rows, 0, 0));
	postgres->default_schema = g_strdup(url->schema != NULL ? url->schema : schema != NULL ? schema : "public");
	connection->session = postgres->session;
	connection->default_schema = postgres->default_schema;
	return true;
}

static struct postgres *new_connection(PGconn *conn)
{
	struct postgres *postgres = g_new0(struct postgres, 1);
	postgres->base.driver = &iw_postgres_driver;
	postgres->base.engine = (struct iw_engine){.dialect = IW_POSTGRES, .version = PQserverVersion(conn)};
	postgres->base.features = IW_TRANSACTIONAL_DDL | IW_CONCURRENT_INDEX | IW_SEES_WAITS | IW_HAS_STATISTICS |
				  IW_RUN_LOCK | IW_LOCK_TIMEOUT_MS;
	postgres->base.error_offset = -1;
	postgres->conn = conn;
	postgres->pgcancel = PQgetCancel(conn);
	postgres->lock_timeout = postgres->statement_timeout = -1;
	postgres->locks = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	PQsetNoticeReceiver(conn, ignore_notice, NULL);
	PQsetnonblocking(conn, 1);
	return postgres;
}

iw_connection *iw_postgres_open(const struct iw_url *url, const struct iw_open_options *options, GError **error)
{
	static const struct iw_open_options none;
	options = options != NULL ? options : &none;
	PGconn *conn = iw_library_load(&iw_pq_library, error) ? connect_or_create(url, options, error) : NULL;
	if (conn == NULL)
		return NULL;
	struct postgres *postgres = new_connection(conn);
	if (set_up(postgres, url, options, error))
		return &postgres->base;
	iw_postgres_close(&postgres->base);
	return NULL;
}

void iw_postgres_close(iw_connection *connection)
{
	struct postgres *postgres = postgres_of(connection);
	PQfreeCancel(postgres->pgcancel);
	PQfinish(postgres->conn);
	g_hash_table_unref(postgres->locks);
	g_free(postgres->settings);
	g_free(postgres->session);
	g_free(postgres->default_schema);
	g_free(postgres);
}
