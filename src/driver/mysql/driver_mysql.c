/* The MySQL and MariaDB driver: transactions, timeouts, the run lock, and the table that is the driver. */
#include "driver/mysql/mysql_internal.h"

#include "base/error.h"

#include <string.h>

#define NO_LOCK_TIMEOUT 31536000 /* the server's largest, one year */
#define LOCK_NAME_MAX	64

static bool begin(iw_connection *connection, GError **error)
{
	if (connection->in_transaction)
		return iw_fail(error, IW_ERROR_INTERNAL, "a transaction is already open");
	return iw_mysql_execute(connection, "START TRANSACTION", NULL, error);
}

static bool commit(iw_connection *connection, GError **error)
{
	return iw_mysql_execute(connection, "COMMIT", NULL, error);
}

static bool rollback(iw_connection *connection, GError **error)
{
	if (!connection->in_transaction)
		return true;
	return iw_mysql_execute(connection, "ROLLBACK", NULL, error);
}

/* Two locks may be queued for: the metadata lock of the table, and rows; both count whole seconds. */
static bool set_lock_timeout(iw_connection *connection, int milliseconds, GError **error)
{
	int seconds = milliseconds > 0 ? (milliseconds + 999) / 1000 : NO_LOCK_TIMEOUT;
	g_autofree char *sql = g_strdup_printf(
		"SET SESSION lock_wait_timeout = %d, SESSION innodb_lock_wait_timeout = %d", seconds, seconds);
	return iw_mysql_execute(connection, sql, NULL, error);
}

/* MySQL's own limit ends SELECT only; the client's deadline (statement.c) covers the rest. */
static bool set_statement_timeout(iw_connection *connection, int milliseconds, GError **error)
{
	struct iw_mysql *session = (struct iw_mysql *)connection;
	session->statement_timeout_ms = 0;
	if (session->server_times_out) {
		g_autofree char *sql = g_strdup_printf("SET SESSION max_statement_time = %d.%03d", milliseconds / 1000,
						       milliseconds % 1000);
		if (!iw_mysql_execute(connection, sql, NULL, error))
			return false;
	} else if (!connection->engine.is_mariadb && connection->engine.version >= 50708) {
		g_autofree char *sql = g_strdup_printf("SET SESSION max_execution_time = %d", milliseconds);
		if (!iw_mysql_execute(connection, sql, NULL, error))
			return false;
	}
	session->statement_timeout_ms = milliseconds;
	return true;
}

/* User locks are of the whole server and their names at most 64 characters long: the database is part of the name,
 * what is too long is hashed. */
static char *lock_name(const iw_connection *connection, const char *name)
{
	const char *database = connection->default_schema;
	char *full = database != NULL ? g_strdup_printf("%s.%s", database, name) : g_strdup(name);
	if (strlen(full) <= LOCK_NAME_MAX)
		return full;
	char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, full, -1);
	g_free(full);
	return hash;
}

/* *is_one: the server answered 1. */
static bool ask_lock(iw_connection *connection, bool is_release, const char *name, bool *is_one, GError **error)
{
	g_autoptr(iw_arena) arena = iw_arena_new();
	g_autofree char *full = lock_name(connection, name);
	const char *lock = iw_mysql_literal(arena, full);
	/* GET_LOCK counts how often it was called, other engines' locks do not: ask for it only when we have it not. */
	const char *sql =
		is_release
			? iw_arena_printf(arena, "SELECT RELEASE_LOCK(%s)", lock)
			: iw_arena_printf(arena, "SELECT IF(IS_USED_LOCK(%s) <=> CONNECTION_ID(), 1, GET_LOCK(%s, 0))",
					  lock, lock);
	g_autoptr(iw_rows) rows = iw_query(connection, sql, error);
	if (rows == NULL)
		return false;
	*is_one = g_strcmp0(iw_rows_value(rows, 0, 0), "1") == 0;
	return true;
}

static bool try_lock(iw_connection *connection, const char *name, bool *taken, GError **error)
{
	return ask_lock(connection, false, name, taken, error);
}

static bool unlock(iw_connection *connection, const char *name, GError **error)
{
	bool was_held;
	return ask_lock(connection, true, name, &was_held, error);
}

/* What dump files and migrations usually SET; a variable's DEFAULT is the server's global value. */
static bool restore_session(iw_connection *connection, GError **error)
{
	static const char sql[] =
		"SET SESSION sql_mode = DEFAULT, SESSION foreign_key_checks = DEFAULT,"
		" SESSION unique_checks = DEFAULT, SESSION time_zone = DEFAULT, SESSION autocommit = 1";
	if (!iw_mysql_execute(connection, sql, NULL, error) ||
	    !iw_mysql_execute(connection, "SET NAMES utf8mb4", NULL, error))
		return false;
	if (connection->default_schema == NULL)
		return true;
	g_auto(GStrv) parts = g_strsplit(connection->default_schema, "`", -1);
	g_autofree char *quoted = g_strjoinv("``", parts);
	g_autofree char *use = g_strdup_printf("USE `%s`", quoted);
	return iw_mysql_execute(connection, use, NULL, error);
}

static void prepare(void)
{
	iw_library_load(&iw_mysql_library, NULL);
}

const struct iw_driver iw_mysql_driver = {
	.name = "mysql",
	.dialect = IW_MYSQL,
	.prepare = prepare,
	.open = iw_mysql_open,
	.close = iw_mysql_close,
	.execute = iw_mysql_execute,
	.query = iw_mysql_run_query,
	.begin = begin,
	.commit = commit,
	.rollback = rollback,
	.set_lock_timeout = set_lock_timeout,
	.set_statement_timeout = set_statement_timeout,
	.cancel = iw_mysql_cancel,
	.try_lock = try_lock,
	.unlock = unlock,
	.restore_session = restore_session,
	.inspect = iw_mysql_inspect,
	.statistics = iw_mysql_statistics,
	.waits = iw_mysql_waits,
	.long_transactions = iw_mysql_long_transactions,
	.lag = iw_mysql_lag,
	.trace = iw_mysql_trace,
};
