/*
 * Fake driver: a connection without a server that remembers what it was asked, answers from a script and fails on
 * demand. For tests of what stands on drivers, the runner above all; it knows no SQL.
 *
 *  1. iw_fake_new(engine);
 *  2. iw_fake_answer(), iw_fake_fail(), iw_fake_fail_call(): the script; the last one that matches counts;
 *  3. use it as any iw_connection;
 *  4. look at iw_fake_calls();
 *  5. iw_connection_free().
 *
 * Patterns are globs over the whole statement ("ALTER TABLE*"); "*" is any statement.
 */
#pragma once

#include "base/error.h"
#include "driver/driver.h"

/* No lock is held elsewhere, no transaction is open, queries without an answer have no rows. Features: those of
 * `engine` as the real driver gives them; change connection->features freely. */
iw_connection *iw_fake_new(struct iw_engine engine);

/* Rows for queries that match. `values`: rows * columns texts, row by row, NULL is NULL; copied. */
void iw_fake_answer(iw_connection *connection, const char *pattern, int columns, int rows, const char *const *values);

/* When a failure strikes. */
enum iw_fake_moment {
	IW_FAKE_BEFORE, /* nothing was done */
	IW_FAKE_AFTER,	/* it was done (committed, ...), only the answer is missing: what a cut connection looks like */
};
struct iw_fake_failure {
	enum iw_error code;	 /* IW_ERROR_LOST also makes the connection lost */
	const char *message;	 /* NULL: "scripted failure" */
	const char *server_code; /* "55P03", "1205"; NULL: none */
	enum iw_fake_moment moment;
	int times; /* 0: every time */
};
/* Statements that match fail. */
void iw_fake_fail(iw_connection *connection, const char *pattern, struct iw_fake_failure failure);
/* The call with this number (as in iw_fake_calls(), first is 1) fails, whatever it is; once. */
void iw_fake_fail_call(iw_connection *connection, guint number, struct iw_fake_failure failure);
/* Statements that match take `ticks` ticks; a tick that says no ends them with IW_ERROR_INTERRUPTED. */
void iw_fake_take_ticks(iw_connection *connection, const char *pattern, int ticks);
/* Another session has this lock (or lets it go): try_lock() does not get it. */
void iw_fake_hold_lock(iw_connection *connection, const char *name, bool is_held);
/* What inspect() (a copy), statistics(), waits() and long_transactions() give; NULL: empty ones. Not owned. */
struct iw_fake_world {
	const iw_schema *schema;
	struct iw_statistics *statistics;
	struct iw_wait *wait;
	GPtrArray *long_transactions;
};
void iw_fake_set_world(iw_connection *connection, struct iw_fake_world world);

/* What happened, one line a call: "execute SQL", "query SQL", "begin", "commit", "rollback", "lock_timeout MS",
 * "statement_timeout MS", "lock NAME", "unlock NAME", "inspect", "statistics", "cancel". A call that failed before its
 * effect has " !" and the class behind it, one that failed after it " ?" and the class: "commit ?LOST".
 * Owned by the connection, char *. */
GPtrArray *iw_fake_calls(iw_connection *connection);
/* Their text, a line each; free with g_free. `pattern`: only the calls that match; NULL: all. */
char *iw_fake_log(iw_connection *connection, const char *pattern);
void iw_fake_forget_calls(iw_connection *connection);
/* The server is back: a lost connection works again, outside any transaction. Scripts and calls stay. */
void iw_fake_reconnect(iw_connection *connection);
