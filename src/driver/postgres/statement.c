/*
 * One statement on a PostgreSQL connection: send, wait with ticks, read the results.
 *
 * The simple protocol is used, so that whatever psql could run can be run. Rows that nobody wants are dropped one by
 * one as they come, so that a SELECT in a migration costs no memory.
 */
#include "driver/postgres/postgres_internal.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

enum {
	DEFAULT_TICK_MS = 100,
	CANCEL_GRACE_MS = 15000, /* a server that does not end the statement by then counts as gone */
};

struct wait {
	struct postgres *postgres;
	gint64 give_up_at; /* monotonic; 0: not cancelled by a tick */
};

void iw_postgres_cancel(iw_connection *connection)
{
	struct postgres *postgres = postgres_of(connection);
	char message[256];
	g_atomic_int_set(&postgres->is_cancelled, 1);
	if (postgres->pgcancel != NULL)
		PQcancel(postgres->pgcancel, message, sizeof message);
}

static bool tick(struct wait *wait)
{
	iw_connection *connection = &wait->postgres->base;
	if (wait->give_up_at != 0)
		return g_get_monotonic_time() < wait->give_up_at;
	if (connection->tick == NULL || connection->tick(connection->tick_data))
		return true;
	iw_postgres_cancel(connection);
	wait->give_up_at = g_get_monotonic_time() + CANCEL_GRACE_MS * 1000;
	return true;
}

/* True when something happened on the socket, false on silence. */
static bool poll_socket(struct wait *wait, short events)
{
	const iw_connection *connection = &wait->postgres->base;
	int interval = connection->tick_interval_ms > 0 ? connection->tick_interval_ms : DEFAULT_TICK_MS;
	bool is_ticking = connection->tick != NULL || wait->give_up_at != 0;
	struct pollfd socket = {.fd = PQsocket(wait->postgres->conn), .events = events};
	int ready = poll(&socket, 1, is_ticking ? interval : -1);
	return ready > 0 || (ready < 0 && errno != EINTR);
}

static bool flush(struct wait *wait)
{
	int left;
	while ((left = PQflush(wait->postgres->conn)) == 1) {
		if (!poll_socket(wait, POLLIN | POLLOUT) && !tick(wait))
			return false;
		if (!PQconsumeInput(wait->postgres->conn))
			return false;
	}
	return left == 0;
}

/* False when the connection is gone. */
static bool wait_for_result(struct wait *wait)
{
	while (PQisBusy(wait->postgres->conn)) {
		if (!poll_socket(wait, POLLIN)) {
			if (!tick(wait))
				return false;
			continue;
		}
		if (!PQconsumeInput(wait->postgres->conn))
			return false;
	}
	return true;
}

/* COPY moves data between the statement and a client's file, which a migration does not have. */
static void end_copy(struct postgres *postgres, const PGresult *result)
{
	char *buffer = NULL;
	if (PQresultStatus(result) == PGRES_COPY_IN)
		PQputCopyEnd(postgres->conn, "COPY FROM STDIN has no data here: only psql can run it");
	if (PQresultStatus(result) == PGRES_COPY_OUT)
		while (PQgetCopyData(postgres->conn, &buffer, 0) > 0)
			PQfreemem(buffer);
}

static bool is_error(const PGresult *result)
{
	ExecStatusType status = PQresultStatus(result);
	return status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE || status == PGRES_NONFATAL_ERROR;
}

/* Keeps the first error, else the last result. */
static void keep(PGresult **kept, PGresult *result)
{
	if (*kept != NULL && is_error(*kept)) {
		PQclear(result);
		return;
	}
	PQclear(*kept);
	*kept = result;
}

static PGresult *last_result(struct wait *wait, bool *is_gone)
{
	PGresult *kept = NULL;
	for (;;) {
		*is_gone = !wait_for_result(wait);
		PGresult *result = *is_gone ? NULL : PQgetResult(wait->postgres->conn);
		if (result == NULL)
			return kept;
		end_copy(wait->postgres, result);
		if (PQresultStatus(result) == PGRES_SINGLE_TUPLE)
			PQclear(result);
		else
			keep(&kept, result);
	}
}

static bool give_up(struct postgres *postgres, PGresult *kept, const struct wait *wait, const char *sql, GError **error)
{
	bool has_answer = kept != NULL && is_error(kept) && PQresultErrorField(kept, PG_DIAG_SQLSTATE) != NULL;
	postgres->base.is_lost = true;
	if (has_answer)
		iw_postgres_fail_result(postgres, error, sql, kept);
	else if (wait->give_up_at != 0)
		iw_fail(error, IW_ERROR_LOST, "the server did not end the cancelled statement within %d s",
			CANCEL_GRACE_MS / 1000);
	else
		iw_postgres_fail_lost(postgres, error);
	PQclear(kept);
	return false;
}

static void begin_statement(struct postgres *postgres)
{
	g_atomic_int_set(&postgres->is_cancelled, 0);
	postgres->base.error_offset = -1;
	postgres->statement_began = g_get_monotonic_time();
}

static void note_transaction(struct postgres *postgres)
{
	PGTransactionStatusType status = PQtransactionStatus(postgres->conn);
	postgres->base.in_transaction = status == PQTRANS_INTRANS || status == PQTRANS_INERROR;
}

/* The one result that counts, or NULL with error set. */
static PGresult *run(struct postgres *postgres, const char *sql, bool wants_rows, GError **error)
{
	bool is_gone = false;
	struct wait wait = {.postgres = postgres};
	if (postgres->base.is_lost) {
		iw_fail(error, IW_ERROR_LOST, "the connection to the server was lost");
		return NULL;
	}
	begin_statement(postgres);
	if (!PQsendQuery(postgres->conn, sql) || !flush(&wait)) {
		give_up(postgres, NULL, &wait, sql, error);
		return NULL;
	}
	if (!wants_rows)
		PQsetSingleRowMode(postgres->conn);
	PGresult *result = last_result(&wait, &is_gone);
	if (is_gone || result == NULL || PQstatus(postgres->conn) == CONNECTION_BAD) {
		give_up(postgres, result, &wait, sql, error);
		return NULL;
	}
	note_transaction(postgres);
	if (is_error(result)) {
		iw_postgres_fail_result(postgres, error, sql, result);
		PQclear(result);
		result = NULL;
	}
	if (postgres->is_timeout_transactional && !postgres->base.in_transaction && !postgres->base.is_lost)
		iw_postgres_restore_timeouts(postgres);
	return result;
}

bool iw_postgres_run(struct postgres *postgres, const char *sql, char **tag, gint64 *affected, GError **error)
{
	PGresult *result = run(postgres, sql, false, error);
	if (result == NULL)
		return false;
	if (tag != NULL)
		*tag = g_strdup(PQcmdStatus(result));
	if (affected != NULL)
		*affected = g_ascii_strtoll(PQcmdTuples(result), NULL, 10);
	PQclear(result);
	return true;
}

bool iw_postgres_execute(iw_connection *connection, const char *sql, gint64 *affected, GError **error)
{
	return iw_postgres_run(postgres_of(connection), sql, NULL, affected, error);
}

static char **copy_row(const PGresult *result, int row, int columns)
{
	char **values = g_new0(char *, columns > 0 ? columns : 1);
	for (int column = 0; column < columns; column++)
		if (!PQgetisnull(result, row, column))
			values[column] =
				g_strndup(PQgetvalue(result, row, column), (gsize)PQgetlength(result, row, column));
	return values;
}

iw_rows *iw_postgres_query(iw_connection *connection, const char *sql, GError **error)
{
	PGresult *result = run(postgres_of(connection), sql, true, error);
	if (result == NULL)
		return NULL;
	iw_rows *rows = g_new0(iw_rows, 1);
	rows->columns = PQnfields(result);
	rows->names = g_ptr_array_new();
	rows->values = g_ptr_array_new();
	for (int column = 0; column < rows->columns; column++)
		g_ptr_array_add(rows->names, g_strdup(PQfname(result, column)));
	for (int row = 0; row < PQntuples(result); row++)
		g_ptr_array_add(rows->values, copy_row(result, row, rows->columns));
	PQclear(result);
	return rows;
}
