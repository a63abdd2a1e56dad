/*
 * Running statements. While the library works it calls back: the progress handler every few thousand steps of a
 * statement, the busy handler whenever another connection holds the file. Both run the tick and look at the limits.
 */
#include "base/error.h"
#include "driver/sqlite/sqlite_internal.h"

#include <string.h>

/* Virtual machine steps between two looks at the clock: some tens of microseconds. */
#define STEPS 4000

static bool is_tick_due(struct lite *lite, gint64 now)
{
	const iw_connection *base = &lite->base;
	return base->tick != NULL && now - lite->ticked >= (gint64)base->tick_interval_ms * 1000;
}

/* True when the statement must end: cancelled, out of time, or the tick says so. */
static bool must_stop(struct lite *lite)
{
	gint64 now = g_get_monotonic_time();
	if (g_atomic_int_get(&lite->is_cancelled) != 0 || lite->is_stopped)
		return true;
	if (lite->statement_timeout_ms > 0 && now - lite->started >= (gint64)lite->statement_timeout_ms * 1000) {
		lite->is_timed_out = true;
		return true;
	}
	if (is_tick_due(lite, now)) {
		lite->ticked = now;
		lite->is_stopped = !lite->base.tick(lite->base.tick_data);
	}
	return lite->is_stopped;
}

static int on_progress(void *data)
{
	return must_stop(data);
}

/* Sleeps a little longer each time, never past the lock timeout; 0 ends the wait with SQLITE_BUSY. */
static int on_busy(void *data, int calls)
{
	static const int delays_ms[] = {1, 2, 5, 10, 15, 20};
	struct lite *lite = data;
	gint64 now = g_get_monotonic_time();
	if (calls == 0)
		lite->waiting_since = now;
	if (must_stop(lite))
		return 0;
	gint64 delay = delays_ms[MIN((size_t)calls, G_N_ELEMENTS(delays_ms) - 1)] * 1000;
	if (lite->lock_timeout_ms > 0) {
		gint64 left = (gint64)lite->lock_timeout_ms * 1000 - (now - lite->waiting_since);
		if (left <= 0)
			return 0;
		delay = MIN(delay, left);
	}
	g_usleep((gulong)delay);
	return 1;
}

void iw_lite_watch(struct lite *lite)
{
	sqlite3_busy_handler(lite->database, on_busy, lite);
	sqlite3_progress_handler(lite->database, STEPS, on_progress, lite);
}

static void start(struct lite *lite)
{
	lite->started = lite->ticked = lite->waiting_since = g_get_monotonic_time();
	lite->is_stopped = lite->is_timed_out = false;
	g_atomic_int_set(&lite->is_cancelled, 0);
	lite->base.error_offset = -1;
}

static char *value_text(sqlite3_stmt *statement, int column)
{
	if (sqlite3_column_type(statement, column) == SQLITE_NULL)
		return NULL;
	if (sqlite3_column_type(statement, column) != SQLITE_BLOB)
		return g_strdup((const char *)sqlite3_column_text(statement, column));
	const unsigned char *bytes = sqlite3_column_blob(statement, column);
	size_t length = (size_t)sqlite3_column_bytes(statement, column);
	if (length == 0 || g_utf8_validate_len((const char *)bytes, length, NULL))
		return g_strndup((const char *)bytes, length);
	GString *out = g_string_new("X'");
	for (size_t i = 0; i < length; i++)
		g_string_append_printf(out, "%02X", bytes[i]);
	g_string_append_c(out, '\'');
	return g_string_free(out, FALSE);
}

static void add_row(iw_rows *rows, sqlite3_stmt *statement)
{
	char **row = g_new0(char *, (gsize)rows->columns);
	for (int column = 0; column < rows->columns; column++)
		row[column] = value_text(statement, column);
	g_ptr_array_add(rows->values, row);
}

/* The rows of the last statement that returns any are kept. */
static iw_rows *new_rows(sqlite3_stmt *statement)
{
	iw_rows *rows = g_new0(iw_rows, 1);
	rows->columns = sqlite3_column_count(statement);
	rows->names = g_ptr_array_new();
	rows->values = g_ptr_array_new();
	for (int column = 0; column < rows->columns; column++)
		g_ptr_array_add(rows->names, g_strdup(sqlite3_column_name(statement, column)));
	return rows;
}

static int step_all(sqlite3_stmt *statement, iw_rows *rows)
{
	int code;
	while ((code = sqlite3_step(statement)) == SQLITE_ROW)
		if (rows != NULL)
			add_row(rows, statement);
	return code == SQLITE_DONE ? SQLITE_OK : code;
}

/* Prepares and runs the statement at *sql and moves *sql behind it. rows_out NULL: rows are not wanted. */
static int run_one(struct lite *lite, const char **sql, iw_rows **rows_out)
{
	sqlite3_stmt *statement = NULL;
	const char *tail = NULL;
	int code = sqlite3_prepare_v2(lite->database, *sql, -1, &statement, &tail);
	if (code != SQLITE_OK)
		return code;
	if (statement != NULL && rows_out != NULL && sqlite3_column_count(statement) > 0) {
		iw_rows_free(*rows_out);
		*rows_out = new_rows(statement);
	}
	if (statement != NULL)
		code = step_all(statement, rows_out != NULL ? *rows_out : NULL);
	/* A failed step's message outlives the statement only when finalize is the last call, which repeats it. */
	int final = sqlite3_finalize(statement);
	if (code == SQLITE_OK)
		*sql = tail;
	return code != SQLITE_OK ? code : final;
}

/* A text may hold several statements: those between the block markers of a migration file. */
static bool run_all(struct lite *lite, const char *sql, iw_rows **rows, gint64 *affected, GError **error)
{
	if (lite->base.is_lost)
		return iw_fail(error, IW_ERROR_LOST, "the connection to \"%s\" is gone", lite->shown);
	sqlite3_int64 before = sqlite3_total_changes64(lite->database);
	start(lite);
	for (const char *at = sql; *at != '\0';) {
		const char *begin = at;
		int code = run_one(lite, &at, rows);
		lite->base.in_transaction = sqlite3_get_autocommit(lite->database) == 0;
		if (code != SQLITE_OK)
			return iw_lite_fail(lite, code, begin - sql, error);
	}
	if (affected != NULL)
		*affected = sqlite3_total_changes64(lite->database) > before ? sqlite3_changes64(lite->database) : 0;
	return true;
}

bool iw_lite_execute(iw_connection *connection, const char *sql, gint64 *affected, GError **error)
{
	return run_all(lite_of(connection), sql, NULL, affected, error);
}

iw_rows *iw_lite_query(iw_connection *connection, const char *sql, GError **error)
{
	iw_rows *rows = NULL;
	if (!run_all(lite_of(connection), sql, &rows, NULL, error)) {
		iw_rows_free(rows);
		return NULL;
	}
	if (rows != NULL)
		return rows;
	rows = g_new0(iw_rows, 1);
	rows->names = g_ptr_array_new();
	rows->values = g_ptr_array_new();
	return rows;
}

bool iw_lite_begin(iw_connection *connection, GError **error)
{
	if (connection->in_transaction)
		return iw_fail(error, IW_ERROR_INTERNAL, "cannot begin a transaction within another");
	return iw_lite_execute(connection, "BEGIN IMMEDIATE", NULL, error);
}

bool iw_lite_commit(iw_connection *connection, GError **error)
{
	return iw_lite_execute(connection, "COMMIT", NULL, error);
}

bool iw_lite_rollback(iw_connection *connection, GError **error)
{
	if (!connection->in_transaction)
		return true;
	return iw_lite_execute(connection, "ROLLBACK", NULL, error);
}

bool iw_lite_set_lock_timeout(iw_connection *connection, int milliseconds, GError **error)
{
	(void)error;
	lite_of(connection)->lock_timeout_ms = milliseconds;
	return true;
}

bool iw_lite_set_statement_timeout(iw_connection *connection, int milliseconds, GError **error)
{
	(void)error;
	lite_of(connection)->statement_timeout_ms = milliseconds;
	return true;
}

void iw_lite_cancel(iw_connection *connection)
{
	struct lite *lite = lite_of(connection);
	g_atomic_int_set(&lite->is_cancelled, 1);
	sqlite3_interrupt(lite->database);
}
