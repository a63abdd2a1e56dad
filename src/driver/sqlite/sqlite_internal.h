/* State of a SQLite connection, for driver/sqlite/ only. */
#pragma once

#include "driver/driver.h"

#include <sqlite3.h>

struct lite {
	iw_connection base;
	sqlite3 *database;
	char *path;				   /* absolute, links resolved; NULL: in memory */
	char *shown;				   /* as the user wrote it */
	int lock_timeout_ms, statement_timeout_ms; /* 0: no limit */
	/* The statement that runs: monotonic microseconds. */
	gint64 started, waiting_since, ticked;
	bool is_stopped; /* the tick said so */
	bool is_timed_out;
	gint is_cancelled; /* atomic; set by another thread */
	GHashTable *locks; /* char * name -> struct lite_lock * */
};

static inline struct lite *lite_of(iw_connection *connection)
{
	return (struct lite *)connection;
}

/* error.c. Sets *error from the database's last one; `offset` is where the failed statement starts in the text, -1:
 * none. */
bool iw_lite_fail(struct lite *lite, int code, gssize offset, GError **error);
/* "SQLITE_CONSTRAINT_UNIQUE"; "SQLITE_ERROR" for codes that are not known. */
const char *iw_lite_code_name(int code);
enum iw_error iw_lite_error_class(int code);

/* connect.c */
iw_connection *iw_lite_open(const struct iw_url *url, const struct iw_open_options *options, GError **error);
void iw_lite_close(iw_connection *connection);

/* lock.c */
bool iw_lite_try_lock(iw_connection *connection, const char *name, bool *taken, GError **error);
bool iw_lite_unlock(iw_connection *connection, const char *name, GError **error);
GHashTable *iw_lite_locks_new(void);

/* statement.c */
void iw_lite_watch(struct lite *lite);
bool iw_lite_execute(iw_connection *connection, const char *sql, gint64 *affected, GError **error);
iw_rows *iw_lite_query(iw_connection *connection, const char *sql, GError **error);
bool iw_lite_begin(iw_connection *connection, GError **error);
bool iw_lite_commit(iw_connection *connection, GError **error);
bool iw_lite_rollback(iw_connection *connection, GError **error);
bool iw_lite_set_lock_timeout(iw_connection *connection, int milliseconds, GError **error);
bool iw_lite_set_statement_timeout(iw_connection *connection, int milliseconds, GError **error);
void iw_lite_cancel(iw_connection *connection);

/* inspect.c, statistics.c */
iw_schema *iw_lite_inspect(iw_connection *connection, iw_arena *arena, const struct iw_inspect_options *options,
			   GError **error);
struct iw_trace *iw_lite_trace(iw_connection *worker, iw_connection *watcher, iw_arena *arena,
			       const struct iw_trace_request *request, GError **error);
struct iw_statistics *iw_lite_statistics(iw_connection *connection, iw_arena *arena, GError **error);
