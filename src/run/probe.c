/*
 * Does the framework's own command work on the database that we are connected to? Its settings are its own: a migration
 * delegated to another database would change that one. Two databases in the same state look alike, so where the engine
 * shows who waits for whom, the bookkeeping table is held until the command is seen to wait for it.
 */
#include "run/run_internal.h"

#include "base/error.h"

#include <string.h>

struct watching {
	iw_run *run;
	gint64 until; /* monotonic microseconds: it is not held longer */
	bool is_holding, was_seen;
};

struct holding {
	const char *hold, *release; /* %s: the table */
	const char *waiters;	    /* one value: how many wait for it */
};

static const struct holding holdings[] = {
	[IW_POSTGRES] = {"LOCK TABLE %s IN ACCESS EXCLUSIVE MODE", NULL,
			 "SELECT count(*) FROM pg_catalog.pg_locks AS w JOIN pg_catalog.pg_locks AS h"
			 " ON w.relation = h.relation AND w.database = h.database WHERE NOT w.granted AND h.granted"
			 " AND h.pid = pg_catalog.pg_backend_pid() AND h.mode = 'AccessExclusiveLock'"},
	[IW_MYSQL] = {"LOCK TABLES %s WRITE", "UNLOCK TABLES",
		      "SELECT count(*) FROM information_schema.processlist WHERE id <> connection_id()"
		      " AND db = database() AND state LIKE 'Waiting for table%lock'"},
	[IW_SQLITE] = {NULL, NULL, NULL},
};

static void let_go(struct watching *watching)
{
	const struct holding *holding = &holdings[watching->run->dialect];
	if (!watching->is_holding)
		return;
	watching->is_holding = false;
	if (holding->release != NULL)
		iw_execute(watching->run->connection, holding->release, NULL);
	else
		iw_run_rollback(watching->run);
}

static void look(void *data)
{
	struct watching *watching = data;
	if (!watching->is_holding)
		return;
	g_autofree char *count =
		iw_query_value(watching->run->connection, holdings[watching->run->dialect].waiters, NULL);
	watching->was_seen = count != NULL && strcmp(count, "0") != 0;
	if (watching->was_seen || g_get_monotonic_time() > watching->until)
		let_go(watching);
}

static bool hold(struct watching *watching, GError **error)
{
	iw_run *run = watching->run;
	const struct holding *holding = &holdings[run->dialect];
	if (holding->hold == NULL)
		return true;
	const struct iw_bookkeeping *book = run->options.bookkeeping;
	const char *table = book->class->table(run->arena, book);
	g_autoptr(GString) sql = g_string_new(holding->hold);
	g_string_replace(sql, "%s", table, 1);
	bool in_transaction = holding->release == NULL;
	if (in_transaction && !run->connection->driver->begin(run->connection, error))
		return false;
	if (iw_execute(run->connection, sql->str, error)) {
		watching->is_holding = true;
		return true;
	}
	iw_run_rollback(run);
	return false;
}

const char *iw_run_probe(iw_run *run, const struct iw_run_delegation *delegation, GError **error)
{
	struct watching watching = {.run = run};
	watching.until = g_get_monotonic_time() + (gint64)run->options.limits.lock_budget_ms * 1000;
	struct iw_run_child child = {.look = look, .data = &watching, .is_quiet = true};
	if (!hold(&watching, error))
		return NULL;
	bool is_proof = watching.is_holding;
	bool is_started = iw_run_child(run, delegation, &child, error);
	let_go(&watching);
	if (!is_started)
		return NULL;
	const char *command = iw_run_shown_command(run, delegation);
	if (child.was_interrupted)
		iw_fail(error, IW_ERROR_INTERRUPTED, "interrupted; nothing has run yet");
	else if (is_proof && !watching.was_seen && !iw_run_is_lock_timeout(child.tail) && child.is_good) {
		iw_fail(error, IW_ERROR_PROJECT, "the framework's own command works on another database");
		iw_error_detail(error, "%s did not touch %s of this database.\n%s", command,
				run->options.bookkeeping->table_name, child.tail);
		iw_error_hint(error, "Compare the framework's own settings with the URL above; nothing has run yet.");
	} else if (!child.is_good && !iw_run_is_lock_timeout(child.tail)) {
		iw_fail(error, IW_ERROR_PROJECT, "the framework's own command failed");
		iw_error_detail(error, "%s\n%s", command, child.tail);
		iw_error_hint(error, "Nothing has run yet. It must work before a migration can be delegated to it.");
	} else {
		return child.is_good ? child.output : "";
	}
	return NULL;
}
