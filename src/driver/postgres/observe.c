/* Who waits for whom on a PostgreSQL server, and which transactions are old; read from another session. */
#include "driver/postgres/postgres_internal.h"

#include "sql/sql.h"

#include <string.h>

/* What a session waits for and how far its long work is. The virtual transaction lock is what CREATE INDEX
 * CONCURRENTLY waits for. */
static const char wait_query[] =
	"SELECT l.pid IS NOT NULL AND a.wait_event_type = 'Lock',"
	" coalesce(extract(epoch FROM clock_timestamp() - coalesce(@waitstart@, a.query_start)), 0),"
	" CASE WHEN l.locktype = 'relation' THEN l.mode || ' on ' || l.relation::regclass"
	"  WHEN l.locktype IN ('virtualxid', 'transactionid') THEN 'the end of an older transaction'"
	"  ELSE l.mode || ' on ' || l.locktype END,"
	" coalesce(i.command || ': ' || i.phase || CASE WHEN i.blocks_total > 0 THEN"
	"   ', ' || 100 * i.blocks_done / i.blocks_total || ' %'"
	"   WHEN i.tuples_total > 0 THEN ', ' || 100 * i.tuples_done / i.tuples_total || ' %' ELSE '' END,"
	"  c.command || ': ' || c.phase || CASE WHEN c.heap_blks_total > 0 THEN"
	"   ', ' || 100 * c.heap_blks_scanned / c.heap_blks_total || ' %' ELSE '' END)"
	" FROM pg_stat_activity a LEFT JOIN pg_locks l ON l.pid = a.pid AND NOT l.granted"
	" LEFT JOIN pg_stat_progress_create_index i ON i.pid = a.pid"
	" LEFT JOIN pg_stat_progress_cluster c ON c.pid = a.pid"
	" WHERE a.pid = @pid@ LIMIT 1";

/* Pid 0 in pg_blocking_pids() is a prepared transaction. */
static const char blockers_query[] =
	"WITH waiting AS (SELECT * FROM pg_locks WHERE pid = @pid@ AND NOT granted),"
	" blocking AS (SELECT DISTINCT unnest(pg_blocking_pids(@pid@)) AS pid)"
	" SELECT b.pid, a.usename, a.application_name, coalesce(host(a.client_addr), a.client_hostname),"
	"  CASE WHEN b.pid = 0 THEN 'prepared transaction' ELSE a.state END,"
	"  coalesce(extract(epoch FROM clock_timestamp() - a.xact_start), -1),"
	"  h.relation::regclass, h.mode, left(nullif(a.query, '<insufficient privilege>'), 200),"
	"  a.backend_type = 'autovacuum worker'"
	" FROM blocking b LEFT JOIN pg_stat_activity a ON a.pid = b.pid AND b.pid <> 0"
	" LEFT JOIN LATERAL (SELECT l.relation, l.mode FROM pg_locks l JOIN waiting w"
	"  ON l.locktype = w.locktype AND l.database IS NOT DISTINCT FROM w.database"
	"  AND l.relation IS NOT DISTINCT FROM w.relation AND l.virtualxid IS NOT DISTINCT FROM w.virtualxid"
	"  AND l.transactionid IS NOT DISTINCT FROM w.transactionid AND l.objid IS NOT DISTINCT FROM w.objid"
	"  WHERE l.pid IS NOT DISTINCT FROM nullif(b.pid, 0) AND l.granted LIMIT 1) h ON true"
	" ORDER BY a.xact_start NULLS LAST, b.pid";

/* The strongest lock of each old transaction, on the wanted relations when there are some. A prepared transaction's
 * locks have no pid: they are found by the lock on its own transaction number. */
static const char old_query[] =
	"SELECT coalesce(a.pid, 0), coalesce(a.usename, x.owner), a.application_name,"
	"  coalesce(host(a.client_addr), a.client_hostname),"
	"  CASE WHEN x.gid IS NOT NULL THEN 'prepared transaction ' || quote_literal(x.gid) ELSE a.state END,"
	"  extract(epoch FROM clock_timestamp() - coalesce(a.xact_start, x.prepared)),"
	"  h.relation::regclass, h.mode, left(nullif(a.query, '<insufficient privilege>'), 200),"
	"  coalesce(a.backend_type = 'autovacuum worker', false)"
	" FROM (SELECT * FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
	"   AND xact_start < clock_timestamp() - interval '@seconds@ seconds'"
	"   AND backend_type IN ('client backend', 'autovacuum worker')) a"
	" FULL JOIN (SELECT * FROM pg_prepared_xacts WHERE database = current_database()"
	"   AND prepared < clock_timestamp() - interval '@seconds@ seconds') x ON false"
	" LEFT JOIN LATERAL (SELECT l.relation, l.mode FROM pg_locks l WHERE l.granted"
	"   AND l.locktype = 'relation' AND l.database = (SELECT oid FROM pg_database WHERE datname = "
	"current_database())"
	"   AND (l.pid = a.pid OR (a.pid IS NULL AND l.pid IS NULL AND l.virtualtransaction IN (SELECT "
	"own.virtualtransaction"
	" FROM pg_locks own WHERE own.pid IS NULL AND own.transactionid = x.transaction))) AND @relations@"
	"   ORDER BY array_position(ARRAY['AccessShareLock', 'RowShareLock', 'RowExclusiveLock',"
	"    'ShareUpdateExclusiveLock', 'ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock'],"
	"    l.mode) DESC LIMIT 1) h ON true"
	" WHERE @which@ ORDER BY 6 DESC";

static iw_rows *ask(iw_connection *connection, const struct postgres_words *words, const char *query, GError **error)
{
	g_autofree char *sql = iw_postgres_adapt(words, connection->engine.version, query);
	return iw_postgres_query(connection, sql, error);
}

static double number(const char *text)
{
	return text == NULL ? -1 : g_ascii_strtod(text, NULL);
}

static bool is_true(const char *text)
{
	return text != NULL && *text == 't';
}

static const char *value(iw_arena *arena, const iw_rows *rows, guint row, int column)
{
	return iw_arena_strdup(arena, iw_rows_value(rows, row, column));
}

static GPtrArray *read_blockers(iw_arena *arena, const iw_rows *rows)
{
	GPtrArray *blockers = iw_arena_ptr_array(arena);
	for (guint row = 0; row < iw_rows_count(rows); row++) {
		struct iw_blocker *blocker = iw_new(arena, struct iw_blocker);
		blocker->session = value(arena, rows, row, 0);
		blocker->user = value(arena, rows, row, 1);
		blocker->application = value(arena, rows, row, 2);
		blocker->client = value(arena, rows, row, 3);
		blocker->state = value(arena, rows, row, 4);
		blocker->transaction_seconds = number(iw_rows_value(rows, row, 5));
		blocker->relation = value(arena, rows, row, 6);
		blocker->lock = value(arena, rows, row, 7);
		blocker->query = value(arena, rows, row, 8);
		blocker->is_autovacuum = is_true(iw_rows_value(rows, row, 9));
		g_ptr_array_add(blockers, blocker);
	}
	return blockers;
}

struct iw_wait *iw_postgres_waits(iw_connection *observer, iw_arena *arena, const char *session, GError **error)
{
	g_autofree char *pid = g_strdup_printf("%" G_GINT64_FORMAT, g_ascii_strtoll(session, NULL, 10));
	const struct postgres_words words[] = {{"@pid@", pid}, {NULL, NULL}};
	struct iw_wait *wait = iw_new(arena, struct iw_wait);
	g_autoptr(iw_rows) rows = ask(observer, words, wait_query, error);
	if (rows == NULL)
		return NULL;
	wait->blockers = iw_arena_ptr_array(arena);
	if (iw_rows_count(rows) == 0)
		return wait;
	wait->is_waiting = is_true(iw_rows_value(rows, 0, 0));
	wait->progress = value(arena, rows, 0, 3);
	if (!wait->is_waiting)
		return wait;
	wait->waiting_seconds = number(iw_rows_value(rows, 0, 1));
	wait->waits_for = value(arena, rows, 0, 2);
	g_autoptr(iw_rows) blockers = ask(observer, words, blockers_query, error);
	if (blockers == NULL)
		return NULL;
	wait->blockers = read_blockers(arena, blockers);
	return wait;
}

/* "l.relation IN (SELECT ... )" over the names, or "true". */
static char *relation_condition(iw_connection *connection, iw_arena *arena, const GPtrArray *tables)
{
	if (tables == NULL)
		return g_strdup("true");
	GString *sql = g_string_new("l.relation IN (SELECT c.oid FROM pg_class c JOIN pg_namespace n ON "
				    "n.oid = c.relnamespace WHERE (n.nspname, c.relname) IN (('', '')");
	for (guint i = 0; i < tables->len; i++) {
		const struct iw_name *name = g_ptr_array_index(tables, i);
		const char *schema = name->schema != NULL ? name->schema : connection->default_schema;
		g_string_append_printf(sql, ", (%s, %s)", iw_quote_literal(arena, IW_POSTGRES, schema),
				       iw_quote_literal(arena, IW_POSTGRES, name->name));
	}
	g_string_append(sql, "))");
	return g_string_free(sql, FALSE);
}

GPtrArray *iw_postgres_long_transactions(iw_connection *connection, iw_arena *arena, GPtrArray *tables, double seconds,
					 GError **error)
{
	char text[G_ASCII_DTOSTR_BUF_SIZE];
	g_ascii_formatd(text, sizeof text, "%.3f", seconds);
	g_autofree char *condition = relation_condition(connection, arena, tables);
	const struct postgres_words words[] = {
		{"@seconds@", text},
		{"@relations@", condition},
		{"@which@", tables == NULL ? "(a.pid IS NOT NULL OR x.gid IS NOT NULL)" : "h.mode IS NOT NULL"},
		{NULL, NULL},
	};
	g_autoptr(iw_rows) rows = ask(connection, words, old_query, error);
	return rows == NULL ? NULL : read_blockers(arena, rows);
}
