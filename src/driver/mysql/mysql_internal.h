/*
 * The MySQL and MariaDB driver's own types; for the files of this folder only.
 *
 *  connect.c    open a session: transport, TLS, login, settings, which engine
 *  statement.c  send one statement and wait for it with ticks, deadline and cancellation
 *  error.c      server errors to classes, places in the statement
 *  observe.c    who waits for whom, long transactions, statistics
 *  inspect*.c   information_schema to iw_schema
 */
#pragma once

#include "driver/driver.h"

#include "driver/mysql/library_internal.h"

/* Why the running statement was told to end. */
enum iw_mysql_stop { IW_MYSQL_RUNS, IW_MYSQL_CANCELLED, IW_MYSQL_INTERRUPTED, IW_MYSQL_TIMED_OUT };

struct iw_mysql {
	iw_connection base;
	MYSQL *handle;
	iw_arena *arena;	  /* of `url`, `session` and other strings of the session */
	const struct iw_url *url; /* a copy: KILL QUERY goes through a connection of its own */
	struct iw_open_options options;
	int statement_timeout_ms; /* 0: none */
	bool server_times_out;	  /* the server itself ends every kind of statement (MariaDB) */
	bool is_helper;		  /* carries KILL QUERY only: never sends one for itself */
	gint64 deadline;	  /* of the running statement, monotonic microseconds; 0: none */
	gint64 next_tick, next_kill, give_up;
	/* cancel() may come from another thread: `guard` keeps "it still runs" true while KILL QUERY is sent. */
	GMutex guard;
	bool is_running;
	enum iw_mysql_stop stop;
	bool kill_was_sent;
};

iw_connection *iw_mysql_open(const struct iw_url *url, const struct iw_open_options *options, GError **error);
void iw_mysql_close(iw_connection *connection);

bool iw_mysql_execute(iw_connection *connection, const char *sql, gint64 *affected, GError **error);
iw_rows *iw_mysql_run_query(iw_connection *connection, const char *sql, GError **error);
void iw_mysql_cancel(iw_connection *connection);
/* Waits until the socket is ready for what `status` (MYSQL_WAIT_*) says; the result goes to the library's _cont call.
 * MYSQL_WAIT_TIMEOUT: given up, the library then fails the call. */
int iw_mysql_wait(struct iw_mysql *session, int status);
/* A second session with the same login that asks the server to end the running statement of the first. */
bool iw_mysql_send_kill(struct iw_mysql *session);

/* What `handle` reports becomes *error, classed by the table in error.c; `is_login`: while connecting. Returns false.
 */
bool iw_mysql_fail(struct iw_mysql *session, const char *sql, bool is_login, GError **error);
enum iw_error iw_mysql_error_class(unsigned number, const char *message, bool is_login);
/* Byte offset into `sql` of the place that a syntax error's "near '...' at line N" means; -1: not to be told. */
gssize iw_mysql_error_offset(const char *sql, const char *message);

/* 'text' for use in a statement of this session, whatever its sql_mode. */
const char *iw_mysql_literal(iw_arena *arena, const char *text);

struct iw_trace *iw_mysql_trace(iw_connection *worker, iw_connection *watcher, iw_arena *arena,
				const struct iw_trace_request *request, GError **error);
struct iw_lag *iw_mysql_lag(iw_connection *connection, iw_arena *arena, GError **error);
struct iw_statistics *iw_mysql_statistics(iw_connection *connection, iw_arena *arena, GError **error);
struct iw_wait *iw_mysql_waits(iw_connection *observer, iw_arena *arena, const char *session, GError **error);
GPtrArray *iw_mysql_long_transactions(iw_connection *connection, iw_arena *arena, GPtrArray *tables, double seconds,
				      GError **error);
iw_schema *iw_mysql_inspect(iw_connection *connection, iw_arena *arena, const struct iw_inspect_options *options,
			    GError **error);
