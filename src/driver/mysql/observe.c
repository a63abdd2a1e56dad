/*
 * Who waits for whom, which transactions are old, how large the tables are. Servers tell different amounts: every
 * source is one row of a table, tried in order; what the server does not have or the user may not read is passed over.
 */
#include "driver/mysql/mysql_internal.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

#define MAX_BLOCKERS 20

/* Seconds since a transaction of innodb_trx began; its clock is the system's, NOW() is the session's. What is no
 * transaction of InnoDB has been in its state, and so has held its locks, for at least TIME. */
#define TRANSACTION_SECONDS                                                                                            \
	"COALESCE(TIMESTAMPDIFF(MICROSECOND, CONVERT_TZ(t.trx_started, 'SYSTEM', @@session.time_zone), NOW(6))"        \
	" / 1000000, p.TIME)"

enum vendor { ANY_VENDOR, ONLY_MARIADB, ONLY_MYSQL };

/* Each gives id, relation, lock of the sessions that hold what session %s waits for. */
struct blocker_source {
	enum vendor vendor;
	bool is_guess; /* open transactions, not known to hold anything */
	const char *sql;
};

static const struct blocker_source row_lock_sources[] = {
	{ONLY_MYSQL, false,
	 "SELECT bt.PROCESSLIST_ID AS id, CONCAT(l.OBJECT_SCHEMA, '.', l.OBJECT_NAME) AS relation, l.LOCK_MODE AS held"
	 " FROM performance_schema.data_lock_waits w"
	 " JOIN performance_schema.threads rt ON rt.THREAD_ID = w.REQUESTING_THREAD_ID"
	 " JOIN performance_schema.threads bt ON bt.THREAD_ID = w.BLOCKING_THREAD_ID"
	 " JOIN performance_schema.data_locks l ON l.ENGINE_LOCK_ID = w.BLOCKING_ENGINE_LOCK_ID"
	 " WHERE rt.PROCESSLIST_ID = %s"},
	{ANY_VENDOR, false,
	 "SELECT b.trx_mysql_thread_id AS id, REPLACE(l.lock_table, '`', '') AS relation, l.lock_mode AS held"
	 " FROM information_schema.innodb_lock_waits w"
	 " JOIN information_schema.innodb_trx r ON r.trx_id = w.requesting_trx_id"
	 " JOIN information_schema.innodb_trx b ON b.trx_id = w.blocking_trx_id"
	 " LEFT JOIN information_schema.innodb_locks l ON l.lock_id = w.blocking_lock_id"
	 " WHERE r.trx_mysql_thread_id = %s"},
};

static const struct blocker_source metadata_lock_sources[] = {
	{ANY_VENDOR, false,
	 "SELECT gt.PROCESSLIST_ID AS id, CONCAT(g.OBJECT_SCHEMA, '.', g.OBJECT_NAME) AS relation, g.LOCK_TYPE AS held"
	 " FROM performance_schema.metadata_locks p"
	 " JOIN performance_schema.threads pt ON pt.THREAD_ID = p.OWNER_THREAD_ID"
	 " JOIN performance_schema.metadata_locks g ON g.OBJECT_TYPE = p.OBJECT_TYPE"
	 " AND g.OBJECT_SCHEMA <=> p.OBJECT_SCHEMA AND g.OBJECT_NAME <=> p.OBJECT_NAME AND g.LOCK_STATUS = 'GRANTED'"
	 " AND g.OWNER_THREAD_ID <> p.OWNER_THREAD_ID"
	 " JOIN performance_schema.threads gt ON gt.THREAD_ID = g.OWNER_THREAD_ID"
	 " WHERE p.LOCK_STATUS = 'PENDING' AND pt.PROCESSLIST_ID = %s"},
	/* The plugin shows granted locks only: the waiter's table is one that it holds a weaker lock on, or that its
	 * statement names. */
	{ONLY_MARIADB, false,
	 "SELECT m.THREAD_ID AS id, CONCAT(m.TABLE_SCHEMA, '.', m.TABLE_NAME) AS relation, m.LOCK_MODE AS held"
	 " FROM information_schema.metadata_lock_info m JOIN information_schema.processlist w ON w.ID = %s"
	 " WHERE m.THREAD_ID <> w.ID AND m.TABLE_NAME <> '' AND (INSTR(w.INFO, m.TABLE_NAME) > 0"
	 " OR EXISTS (SELECT 1 FROM information_schema.metadata_lock_info o WHERE o.THREAD_ID = w.ID"
	 " AND o.TABLE_SCHEMA = m.TABLE_SCHEMA AND o.TABLE_NAME = m.TABLE_NAME))"},
	{ANY_VENDOR, true,
	 "SELECT x.trx_mysql_thread_id AS id, NULL AS relation, NULL AS held FROM information_schema.innodb_trx x"
	 " WHERE x.trx_mysql_thread_id NOT IN (%s, CONNECTION_ID())"},
};

/* States of the process list that mean waiting for a lock (besides "Waiting for ... lock"). */
static const struct {
	const char *state, *what;
} waiting_states[] = {
	{"Waiting for table flush", "table flush"},
	{"Waiting to execute in isolation", "total order isolation of the cluster"},
	{"User lock", "user lock"},
};

static const char *text(iw_arena *arena, const iw_rows *rows, guint row, const char *name)
{
	for (int i = 0; i < rows->columns; i++)
		if (g_ascii_strcasecmp(g_ptr_array_index(rows->names, (guint)i), name) == 0)
			return iw_arena_strdup(arena, iw_rows_value(rows, row, i));
	return NULL;
}

static double number(const iw_rows *rows, guint row, const char *name, double otherwise)
{
	for (int i = 0; i < rows->columns; i++) {
		const char *value = iw_rows_value(rows, row, i);
		if (value != NULL && g_ascii_strcasecmp(g_ptr_array_index(rows->names, (guint)i), name) == 0)
			return g_ascii_strtod(value, NULL);
	}
	return otherwise;
}

/* A source that is missing or not for this user is no error, unless the session itself is gone. */
static iw_rows *try_query(iw_connection *connection, const char *sql, GError **error)
{
	GError *failure = NULL;
	iw_rows *rows = iw_query(connection, sql, &failure);
	if (failure == NULL)
		return rows;
	if (connection->is_lost || failure->code == IW_ERROR_INTERRUPTED)
		g_propagate_error(error, failure);
	else
		g_error_free(failure);
	return NULL;
}

static const char *cut(iw_arena *arena, const char *query)
{
	if (query == NULL || strlen(query) <= 200)
		return query;
	return iw_arena_strndup(arena, query, (size_t)(g_utf8_find_prev_char(query, query + 201) - query));
}

static struct iw_blocker *read_blocker(iw_arena *arena, const iw_rows *rows, guint row, bool is_guess)
{
	struct iw_blocker *blocker = iw_new(arena, struct iw_blocker);
	blocker->session = text(arena, rows, row, "id");
	blocker->user = text(arena, rows, row, "user");
	blocker->client = text(arena, rows, row, "host");
	blocker->state = text(arena, rows, row, "command");
	blocker->transaction_seconds = number(rows, row, "age", -1);
	blocker->relation = text(arena, rows, row, "relation");
	blocker->lock = text(arena, rows, row, "held");
	blocker->query = cut(arena, text(arena, rows, row, "info"));
	blocker->is_suspect = is_guess;
	/* Prepared XA transactions survive their session: only XA COMMIT or XA ROLLBACK ends them. */
	if (blocker->state == NULL && strcmp(blocker->session, "0") == 0)
		blocker->state = "prepared XA transaction";
	return blocker;
}

static GPtrArray *read_blockers(iw_connection *observer, iw_arena *arena, const char *subquery, bool is_guess,
				double min_seconds, GError **error)
{
	const char *sql = iw_arena_printf(
		arena,
		"SELECT b.id, b.relation, b.held, p.USER, p.HOST, p.COMMAND, p.INFO, " TRANSACTION_SECONDS " AS age"
		" FROM (%s) b LEFT JOIN information_schema.processlist p ON p.ID = b.id"
		" LEFT JOIN information_schema.innodb_trx t ON t.trx_mysql_thread_id = b.id AND b.id <> 0"
		" ORDER BY age DESC LIMIT %d",
		subquery, MAX_BLOCKERS);
	g_autoptr(iw_rows) rows = try_query(observer, sql, error);
	GPtrArray *blockers = iw_arena_ptr_array(arena);
	g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
	for (guint i = 0; rows != NULL && i < iw_rows_count(rows); i++) {
		struct iw_blocker *blocker = read_blocker(arena, rows, i, is_guess);
		double age = blocker->transaction_seconds;
		if ((age < 0 || age >= min_seconds) && g_hash_table_add(seen, (char *)blocker->session))
			g_ptr_array_add(blockers, blocker);
	}
	return blockers;
}

static bool is_for(enum vendor vendor, const iw_connection *connection)
{
	return vendor == ANY_VENDOR || (vendor == ONLY_MARIADB) == connection->engine.is_mariadb;
}

static GPtrArray *find_blockers(iw_connection *observer, iw_arena *arena, const char *session,
				const struct blocker_source *sources, size_t count, GError **error)
{
	GPtrArray *blockers = iw_arena_ptr_array(arena);
	for (size_t i = 0; i < count && blockers->len == 0; i++) {
		if (!is_for(sources[i].vendor, observer))
			continue;
		char **parts = g_strsplit(sources[i].sql, "%s", 2);
		const char *subquery = iw_arena_printf(arena, "%s%s%s", parts[0], session, parts[1]);
		g_strfreev(parts);
		GError *failure = NULL;
		blockers = read_blockers(observer, arena, subquery, sources[i].is_guess, 0, &failure);
		if (failure != NULL) {
			g_propagate_error(error, failure);
			return NULL;
		}
	}
	return blockers;
}

static const char *metadata_wait(iw_arena *arena, const char *state)
{
	static const char prefix[] = "Waiting for ";
	for (size_t i = 0; i < G_N_ELEMENTS(waiting_states); i++)
		if (strcmp(state, waiting_states[i].state) == 0)
			return waiting_states[i].what;
	if (!g_str_has_prefix(state, prefix) || !g_str_has_suffix(state, " lock"))
		return NULL;
	return iw_arena_strdup(arena, state + strlen(prefix));
}

/* MariaDB tells the progress of ALTER TABLE and friends in the process list. */
static const char *process_progress(iw_arena *arena, const iw_rows *process)
{
	double stages = number(process, 0, "MAX_STAGE", 0);
	if (stages < 1)
		return NULL;
	return iw_arena_printf(arena, "%s: stage %.0f of %.0f, %.0f %%", text(arena, process, 0, "STATE"),
			       number(process, 0, "STAGE", 0), stages, number(process, 0, "PROGRESS", 0));
}

static const char *stage_progress(iw_connection *observer, iw_arena *arena, const char *session, GError **error)
{
	const char *sql = iw_arena_printf(arena,
					  "SELECT s.EVENT_NAME, 100 * s.WORK_COMPLETED / s.WORK_ESTIMATED AS percent"
					  " FROM performance_schema.events_stages_current s"
					  " JOIN performance_schema.threads t ON t.THREAD_ID = s.THREAD_ID"
					  " WHERE t.PROCESSLIST_ID = %s AND s.WORK_ESTIMATED > 0",
					  session);
	g_autoptr(iw_rows) rows = try_query(observer, sql, error);
	if (rows == NULL || iw_rows_count(rows) == 0)
		return NULL;
	const char *event = text(arena, rows, 0, "EVENT_NAME");
	const char *slash = event != NULL ? strrchr(event, '/') : NULL;
	return iw_arena_printf(arena, "%s: %.0f %%", slash != NULL ? slash + 1 : "working",
			       number(rows, 0, "percent", 0));
}

/* innodb_trx is a copy up to 100 ms old: it counts only when it speaks of the statement that runs now. */
static bool is_stale(iw_arena *arena, const iw_rows *rows, const char *statement)
{
	const char *query = text(arena, rows, 0, "trx_query");
	return query == NULL || statement == NULL || !g_str_has_prefix(statement, query);
}

static bool read_row_wait(iw_connection *observer, iw_arena *arena, const char *session, const char *statement,
			  struct iw_wait *wait, GError **error)
{
	const char *sql = iw_arena_printf(
		arena,
		"SELECT trx_query,"
		" TIMESTAMPDIFF(SECOND, CONVERT_TZ(trx_wait_started, 'SYSTEM', @@session.time_zone), NOW()) AS waited"
		" FROM information_schema.innodb_trx WHERE trx_mysql_thread_id = %s AND trx_state = 'LOCK WAIT'",
		session);
	GError *failure = NULL;
	g_autoptr(iw_rows) rows = try_query(observer, sql, &failure);
	if (failure != NULL) {
		g_propagate_error(error, failure);
		return false;
	}
	if (rows == NULL || iw_rows_count(rows) == 0 || is_stale(arena, rows, statement))
		return true;
	wait->is_waiting = true;
	wait->waiting_seconds = number(rows, 0, "waited", wait->waiting_seconds);
	wait->waits_for = "row lock";
	wait->blockers =
		find_blockers(observer, arena, session, row_lock_sources, G_N_ELEMENTS(row_lock_sources), error);
	return wait->blockers != NULL;
}

static bool fill_wait(iw_connection *observer, iw_arena *arena, const char *session, const iw_rows *process,
		      struct iw_wait *wait, GError **error)
{
	const char *state = text(arena, process, 0, "STATE");
	wait->waiting_seconds = number(process, 0, "TIME_MS", -1) / 1000;
	if (wait->waiting_seconds < 0)
		wait->waiting_seconds = number(process, 0, "TIME", 0);
	wait->progress = process_progress(arena, process);
	if (wait->progress == NULL && !observer->engine.is_mariadb)
		wait->progress = stage_progress(observer, arena, session, NULL);
	wait->waits_for = state != NULL ? metadata_wait(arena, state) : NULL;
	if (wait->waits_for == NULL)
		return read_row_wait(observer, arena, session, text(arena, process, 0, "INFO"), wait, error);
	wait->is_waiting = true;
	wait->blockers = find_blockers(observer, arena, session, metadata_lock_sources,
				       G_N_ELEMENTS(metadata_lock_sources), error);
	return wait->blockers != NULL;
}

struct iw_wait *iw_mysql_waits(iw_connection *observer, iw_arena *arena, const char *session, GError **error)
{
	if (session == NULL || session[0] == '\0' || session[strspn(session, "0123456789")] != '\0') {
		iw_fail(error, IW_ERROR_INTERNAL, "\"%s\" is no connection id", session != NULL ? session : "");
		return NULL;
	}
	struct iw_wait *wait = iw_new(arena, struct iw_wait);
	wait->blockers = iw_arena_ptr_array(arena);
	const char *sql = iw_arena_printf(arena, "SELECT * FROM information_schema.processlist WHERE ID = %s", session);
	g_autoptr(iw_rows) process = iw_query(observer, sql, error);
	if (process == NULL)
		return NULL;
	/* An idle session waits for nothing, whatever innodb_trx still says. */
	if (iw_rows_count(process) == 0 || g_strcmp0(text(arena, process, 0, "COMMAND"), "Sleep") == 0)
		return wait;
	return fill_wait(observer, arena, session, process, wait, error) ? wait : NULL;
}

/* "('db', 't'), ('db', 'u')" */
static const char *name_pairs(iw_connection *connection, iw_arena *arena, GPtrArray *tables)
{
	g_autoptr(GString) out = g_string_new(NULL);
	for (guint i = 0; i < tables->len; i++) {
		const struct iw_name *name = g_ptr_array_index(tables, i);
		const char *schema = name->schema != NULL ? name->schema : connection->default_schema;
		g_string_append_printf(out, "%s(%s, %s)", i > 0 ? ", " : "",
				       iw_mysql_literal(arena, schema != NULL ? schema : ""),
				       iw_mysql_literal(arena, name->name));
	}
	return iw_arena_strdup(arena, out->str);
}

/* Sessions that hold a metadata lock on one of the tables; NULL: the server does not tell. */
static GPtrArray *table_holders(iw_connection *connection, iw_arena *arena, GPtrArray *tables, double seconds,
				GError **error)
{
	static const char instrument[] = "SELECT 1 FROM performance_schema.setup_instruments"
					 " WHERE NAME = 'wait/lock/metadata/sql/mdl' AND ENABLED = 'YES'"
					 " AND @@performance_schema";
	static const char plugin[] = "SELECT 1 FROM information_schema.plugins"
				     " WHERE PLUGIN_NAME = 'METADATA_LOCK_INFO' AND PLUGIN_STATUS = 'ACTIVE'";
	const char *pairs = name_pairs(connection, arena, tables);
	g_autoptr(iw_rows) has_instrument = try_query(connection, instrument, error);
	g_autoptr(iw_rows) has_plugin = try_query(connection, plugin, error);
	const char *sql = NULL;
	if (has_instrument != NULL && iw_rows_count(has_instrument) > 0)
		sql = iw_arena_printf(
			arena,
			"SELECT h.PROCESSLIST_ID AS id, CONCAT(m.OBJECT_SCHEMA, '.', m.OBJECT_NAME) AS relation,"
			" m.LOCK_TYPE AS held FROM performance_schema.metadata_locks m"
			" JOIN performance_schema.threads h ON h.THREAD_ID = m.OWNER_THREAD_ID"
			" WHERE m.LOCK_STATUS = 'GRANTED' AND h.PROCESSLIST_ID <> CONNECTION_ID()"
			" AND (m.OBJECT_SCHEMA, m.OBJECT_NAME) IN (%s)",
			pairs);
	else if (has_plugin != NULL && iw_rows_count(has_plugin) > 0)
		sql = iw_arena_printf(
			arena,
			"SELECT m.THREAD_ID AS id, CONCAT(m.TABLE_SCHEMA, '.', m.TABLE_NAME) AS relation,"
			" m.LOCK_MODE AS held FROM information_schema.metadata_lock_info m"
			" WHERE m.THREAD_ID <> CONNECTION_ID() AND (m.TABLE_SCHEMA, m.TABLE_NAME) IN (%s)",
			pairs);
	return sql != NULL ? read_blockers(connection, arena, sql, false, seconds, error) : NULL;
}

GPtrArray *iw_mysql_long_transactions(iw_connection *connection, iw_arena *arena, GPtrArray *tables, double seconds,
				      GError **error)
{
	static const char all[] =
		"SELECT x.trx_mysql_thread_id AS id, NULL AS relation, NULL AS held"
		" FROM information_schema.innodb_trx x WHERE x.trx_mysql_thread_id <> CONNECTION_ID()";
	GError *failure = NULL;
	GPtrArray *found = NULL;
	if (tables != NULL && tables->len > 0)
		found = table_holders(connection, arena, tables, seconds, &failure);
	if (found == NULL && failure == NULL)
		found = read_blockers(connection, arena, all, tables != NULL, seconds, &failure);
	if (failure == NULL)
		return found;
	g_propagate_error(error, failure);
	return NULL;
}
