/* What the files of driver/postgres/ share: the connection, statements, errors. */
#pragma once

#include "driver/driver.h"

#include "base/error.h"
#include "driver/postgres/library_internal.h"

struct postgres {
	iw_connection base; /* first */
	PGconn *conn;
	PGcancel *pgcancel;
	char *session, *default_schema;
	char *settings;		/* what set the session up */
	gint is_cancelled;	/* atomic: cancel() was called, or a tick said no, since the statement began */
	gint64 statement_began; /* monotonic */
	int lock_timeout, statement_timeout; /* as last asked for, milliseconds; -1: never */
	bool is_timeout_transactional;	     /* set inside the transaction that is open: lost with its rollback */
	GHashTable *locks;		     /* char *: names taken by try_lock */
};

static inline struct postgres *postgres_of(iw_connection *connection)
{
	return (struct postgres *)connection;
}

/* connect.c */
iw_connection *iw_postgres_open(const struct iw_url *url, const struct iw_open_options *options, GError **error);
void iw_postgres_close(iw_connection *connection);

/* statement.c: one round trip; results of all but the last command are dropped. */
bool iw_postgres_execute(iw_connection *connection, const char *sql, gint64 *affected, GError **error);
iw_rows *iw_postgres_query(iw_connection *connection, const char *sql, GError **error);
/* As execute, and *tag (free with g_free) receives the command tag: "COMMIT", "INSERT 0 5". */
bool iw_postgres_run(struct postgres *postgres, const char *sql, char **tag, gint64 *affected, GError **error);
void iw_postgres_cancel(iw_connection *connection);

/* session.c */
bool iw_postgres_begin(iw_connection *connection, GError **error);
bool iw_postgres_commit(iw_connection *connection, GError **error);
bool iw_postgres_rollback(iw_connection *connection, GError **error);
/* After the end of a transaction in which a timeout was set: puts back what its rollback may have undone. */
void iw_postgres_restore_timeouts(struct postgres *postgres);
bool iw_postgres_restore_session(iw_connection *connection, GError **error);
bool iw_postgres_set_lock_timeout(iw_connection *connection, int milliseconds, GError **error);
bool iw_postgres_set_statement_timeout(iw_connection *connection, int milliseconds, GError **error);
bool iw_postgres_try_lock(iw_connection *connection, const char *name, bool *taken, GError **error);
bool iw_postgres_unlock(iw_connection *connection, const char *name, GError **error);

/* error.c: all set *error and return false. */
bool iw_postgres_fail_connect(GError **error, const struct iw_url *url, const char *message);
bool iw_postgres_fail_result(struct postgres *postgres, GError **error, const char *sql, const PGresult *result);
bool iw_postgres_fail_lost(struct postgres *postgres, GError **error);
bool iw_postgres_fail_interrupted(GError **error);
/* The class of an SQLSTATE; IW_ERROR_STATEMENT for most. */
enum iw_error iw_postgres_error_class(const char *sqlstate);

/* version.c: `sql` with its @placeholders@ replaced for that server version, and by `words` (ended by a NULL
 * placeholder; may be NULL). Free with g_free. */
struct postgres_words {
	const char *placeholder, *text;
};
char *iw_postgres_adapt(const struct postgres_words *words, int version, const char *sql);

/* observe.c, statistics.c, inspect.c */
struct iw_wait *iw_postgres_waits(iw_connection *observer, iw_arena *arena, const char *session, GError **error);
GPtrArray *iw_postgres_long_transactions(iw_connection *connection, iw_arena *arena, GPtrArray *tables, double seconds,
					 GError **error);
struct iw_trace *iw_postgres_trace(iw_connection *worker, iw_connection *watcher, iw_arena *arena,
				   const struct iw_trace_request *request, GError **error);
struct iw_lag *iw_postgres_lag(iw_connection *connection, iw_arena *arena, GError **error);
struct iw_statistics *iw_postgres_statistics(iw_connection *connection, iw_arena *arena, GError **error);
iw_schema *iw_postgres_inspect(iw_connection *connection, iw_arena *arena, const struct iw_inspect_options *options,
			       GError **error);
