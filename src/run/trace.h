/*
 * Tracing: a migration's statements on a scratch database, what each was predicted to do beside what it did.
 *
 *  1. iw_trace_apply() the plans of the migrations before it;
 *  2. iw_trace_fill(), when tables are to have rows;
 *  3. iw_trace_run() its own plan.
 *
 * Plans must be made for the engine and version of the scratch database. Each statement runs in a transaction of its
 * own where it can be in one, so that the locks that are seen are its own; SET LOCAL is repeated in each. What one
 * transaction holds together is rehearsed as such before, and rolled back.
 */
#pragma once

#include "driver/driver.h"
#include "plan/plan.h"

struct iw_traced {
	const struct iw_step *step;
	GPtrArray *predicted; /* struct iw_trace_lock *: the strongest on each relation */
	enum iw_work predicted_work;
	const char *not_predicted;   /* why facts cannot tell what it does; NULL: they can */
	const struct iw_trace *seen; /* NULL: it failed, or there is nothing to see */
	enum iw_work seen_work;
	const char *not_run;	      /* why it was not; NULL: it was */
	GError *error;		      /* how it failed; freed with the arena */
	GError *error_together;	      /* how it failed in one transaction with those before it, as `up` runs them */
	const char *expected_failure; /* what facts say of it; NULL: nothing */
	GPtrArray *differences;	      /* char *: sentences */
};

/* Errors: as the driver's, with the place of the statement. *left_out grows by steps that are no SQL. */
bool iw_trace_apply(iw_connection *worker, const struct iw_migration_plan *plan, guint *left_out, GError **error);

/* struct iw_traced *, one a step up to the first that fails. Errors: LOST, INTERRUPTED, INTERNAL; not a failing
 * statement. */
GPtrArray *iw_trace_run(iw_connection *worker, iw_connection *watcher, iw_arena *arena,
			const struct iw_migration_plan *plan, GError **error);

struct iw_filled {
	struct iw_name table;
	const char *reason; /* why it has no rows; NULL: it has */
};
/* Puts `rows` synthetic rows into every table of `schema`, tables that others reference first. struct iw_filled *.
 * Every column gets a value, distinct ones where its type has as many. Errors: LOST, INTERRUPTED. */
GPtrArray *iw_trace_fill(iw_connection *connection, iw_arena *arena, const iw_schema *schema, guint64 rows,
			 GError **error);
