/*
 * What one statement does on a PostgreSQL server that nobody else uses: locks by pg_locks, rewrites by file nodes,
 * scans by the session's own counters. What cannot be in a transaction is held up by the watcher, which keeps a lock
 * that conflicts, until its lock was seen.
 */
#include "driver/postgres/postgres_internal.h"

#include "sql/sql.h"

#include <string.h>

enum { LOOK_MS = 5 };

static const char *const MODES[] = {"ACCESS SHARE", "ROW SHARE",	   "ROW EXCLUSIVE", "SHARE UPDATE EXCLUSIVE",
				    "SHARE",	    "SHARE ROW EXCLUSIVE", "EXCLUSIVE",	    "ACCESS EXCLUSIVE"};
static const char *const SERVER_MODES[] = {
	"AccessShareLock", "RowShareLock",	    "RowExclusiveLock", "ShareUpdateExclusiveLock",
	"ShareLock",	   "ShareRowExclusiveLock", "ExclusiveLock",	"AccessExclusiveLock"};

/* Relations of users, with their files and how often this transaction has scanned them. */
static const char relations_query[] =
	"SELECT c.oid, CASE WHEN n.nspname = current_schema() OR n.oid = pg_my_temp_schema() THEN NULL ELSE n.nspname "
	"END,"
	" c.relname, c.relkind,"
	" pg_relation_filenode(c.oid), CASE WHEN c.relkind IN ('r', 'm') THEN pg_stat_get_xact_numscans(c.oid) ELSE 0 "
	"END,"
	" i.indrelid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
	" LEFT JOIN pg_index i ON i.indexrelid = c.oid"
	" WHERE c.relkind IN ('r', 'p', 'm', 'v', 'f', 'i') AND n.nspname <> 'information_schema'"
	" AND (n.nspname !~ '^pg_' OR n.oid = pg_my_temp_schema())";
enum { OID, SCHEMA, NAME, KIND, FILE_NODE, SCANS, INDEXED };

static const char locks_query[] =
	"SELECT l.relation, l.mode FROM pg_locks l WHERE l.pid = %s AND l.locktype = 'relation'"
	" AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())";

struct relation {
	struct iw_name name;
	const char *file;
	char kind;
	gint64 scans;
	int lock; /* index into MODES; -1: none seen */
};

struct tracing {
	iw_connection *worker, *watcher;
	iw_arena *arena;
	const struct iw_trace_request *request;
	GHashTable *before; /* char *oid -> struct relation * */
	GHashTable *files;  /* char *: file nodes of before */
	struct iw_trace *trace;
	/* outside of a transaction */
	iw_tick tick;
	void *tick_data;
	bool is_held, was_seen;
};

static iw_rows *relations(struct tracing *tracing, GError **error)
{
	return iw_postgres_query(tracing->worker, relations_query, error);
}

static bool note_before(struct tracing *tracing, GError **error)
{
	g_autoptr(iw_rows) rows = relations(tracing, error);
	if (rows == NULL)
		return false;
	tracing->before = iw_arena_hash_table(tracing->arena, g_str_hash, g_str_equal);
	tracing->files = iw_arena_hash_table(tracing->arena, g_str_hash, g_str_equal);
	for (guint i = 0; i < iw_rows_count(rows); i++) {
		struct relation *relation = iw_new(tracing->arena, struct relation);
		*relation = (struct relation){
			.name = {iw_arena_strdup(tracing->arena, iw_rows_value(rows, i, SCHEMA)),
				 iw_arena_strdup(tracing->arena, iw_rows_value(rows, i, NAME))},
			.file = iw_arena_strdup(tracing->arena, iw_rows_value(rows, i, FILE_NODE)),
			.kind = *iw_rows_value(rows, i, KIND),
			.scans = g_ascii_strtoll(iw_rows_value(rows, i, SCANS), NULL, 10),
			.lock = -1,
		};
		g_hash_table_insert(tracing->before, iw_arena_strdup(tracing->arena, iw_rows_value(rows, i, OID)),
				    relation);
		if (relation->file != NULL)
			g_hash_table_add(tracing->files, (char *)relation->file);
	}
	return true;
}

static void add_name(struct tracing *tracing, GPtrArray *names, struct iw_name name)
{
	struct iw_name *copy = iw_new(tracing->arena, struct iw_name);
	*copy = (struct iw_name){iw_arena_strdup(tracing->arena, name.schema),
				 iw_arena_strdup(tracing->arena, name.name)};
	g_ptr_array_add(names, copy);
}

/* Files that are new, of relations that were there before, and of new indexes on them. */
static bool note_after(struct tracing *tracing, GError **error)
{
	g_autoptr(iw_rows) rows = relations(tracing, error);
	if (rows == NULL)
		return false;
	for (guint i = 0; i < iw_rows_count(rows); i++) {
		const struct relation *known = g_hash_table_lookup(tracing->before, iw_rows_value(rows, i, OID));
		const char *file = iw_rows_value(rows, i, FILE_NODE), *table = iw_rows_value(rows, i, INDEXED);
		struct iw_name name = {iw_rows_value(rows, i, SCHEMA), iw_rows_value(rows, i, NAME)};
		bool is_new_file = file != NULL && !g_hash_table_contains(tracing->files, file);
		bool is_index = *iw_rows_value(rows, i, KIND) == 'i';
		if (is_new_file && is_index && table != NULL && g_hash_table_contains(tracing->before, table))
			add_name(tracing, tracing->trace->built, name);
		else if (is_new_file && !is_index && known != NULL)
			add_name(tracing, tracing->trace->rewritten, name);
		if (known != NULL && g_ascii_strtoll(iw_rows_value(rows, i, SCANS), NULL, 10) > known->scans &&
		    tracing->request->in_transaction)
			add_name(tracing, tracing->trace->scanned, known->name);
	}
	return true;
}

static void note_lock(struct tracing *tracing, const char *oid, const char *server_mode)
{
	struct relation *relation = g_hash_table_lookup(tracing->before, oid);
	for (int mode = 0; relation != NULL && mode < (int)G_N_ELEMENTS(MODES); mode++)
		if (strcmp(SERVER_MODES[mode], server_mode) == 0)
			relation->lock = MAX(relation->lock, mode);
}

/* The locks of the worker, read by that connection. True also when there are none. */
static bool look_at_locks(struct tracing *tracing, iw_connection *by, GError **error)
{
	g_autofree char *sql = g_strdup_printf(locks_query, tracing->worker->session);
	g_autoptr(iw_rows) rows = iw_postgres_query(by, sql, error);
	for (guint i = 0; rows != NULL && i < iw_rows_count(rows); i++)
		note_lock(tracing, iw_rows_value(rows, i, 0), iw_rows_value(rows, i, 1));
	return rows != NULL;
}

static int by_name(gconstpointer a, gconstpointer b)
{
	const struct iw_trace_lock *left = *(struct iw_trace_lock *const *)a,
				   *right = *(struct iw_trace_lock *const *)b;
	int schema = g_strcmp0(left->relation.schema, right->relation.schema);
	return schema != 0 ? schema : strcmp(left->relation.name, right->relation.name);
}

static void list_locks(struct tracing *tracing)
{
	GHashTableIter all;
	gpointer value;
	g_hash_table_iter_init(&all, tracing->before);
	while (g_hash_table_iter_next(&all, NULL, &value)) {
		const struct relation *relation = value;
		if (relation->lock < 0 || relation->kind == 'i')
			continue;
		struct iw_trace_lock *lock = iw_new(tracing->arena, struct iw_trace_lock);
		*lock = (struct iw_trace_lock){relation->name, MODES[relation->lock]};
		g_ptr_array_add(tracing->trace->locks, lock);
	}
	g_ptr_array_sort(tracing->trace->locks, by_name);
}

static bool execute(struct tracing *tracing, GError **error)
{
	gint64 began = g_get_monotonic_time();
	bool is_done = iw_postgres_execute(tracing->worker, tracing->request->sql, NULL, error);
	tracing->trace->seconds = (double)(g_get_monotonic_time() - began) / 1e6;
	return is_done;
}

static bool run_inside(struct tracing *tracing, GError **error)
{
	const GPtrArray *before = tracing->request->before;
	if (!iw_postgres_begin(tracing->worker, error))
		return false;
	for (guint i = 0; before != NULL && i < before->len; i++)
		if (!iw_postgres_execute(tracing->worker, g_ptr_array_index(before, i), NULL, error))
			return false;
	return note_before(tracing, error) && execute(tracing, error) &&
	       look_at_locks(tracing, tracing->worker, error) && note_after(tracing, error) &&
	       iw_postgres_commit(tracing->worker, error);
}

/* The worker's lock on the table, granted or queued for behind the watcher's. */
static bool was_seen(const struct tracing *tracing)
{
	GHashTableIter all;
	gpointer value;
	g_hash_table_iter_init(&all, tracing->before);
	while (g_hash_table_iter_next(&all, NULL, &value)) {
		const struct relation *relation = value;
		if (relation->lock >= 0 && strcmp(relation->name.name, tracing->request->relation.name) == 0)
			return true;
	}
	return false;
}

/* While the worker waits: looks at its locks through the watcher, and lets it go on once they were seen. */
static bool on_tick(void *data)
{
	struct tracing *tracing = data;
	if (tracing->tick != NULL && !tracing->tick(tracing->tick_data))
		return false;
	if (!look_at_locks(tracing, tracing->watcher, NULL) || !tracing->is_held)
		return true;
	if (was_seen(tracing)) {
		tracing->is_held = false;
		tracing->was_seen = true;
		iw_postgres_rollback(tracing->watcher, NULL);
	}
	return true;
}

/* SHARE UPDATE EXCLUSIVE conflicts with itself and with all that is stronger. */
static void hold(struct tracing *tracing)
{
	struct iw_name name = tracing->request->relation;
	if (name.name == NULL || !iw_postgres_begin(tracing->watcher, NULL))
		return;
	const char *sql = iw_arena_printf(tracing->arena, "LOCK TABLE %s IN SHARE UPDATE EXCLUSIVE MODE",
					  iw_quote_name(tracing->arena, IW_POSTGRES, name));
	tracing->is_held = iw_postgres_execute(tracing->watcher, sql, NULL, NULL);
	if (!tracing->is_held)
		iw_postgres_rollback(tracing->watcher, NULL);
}

static bool run_outside(struct tracing *tracing, GError **error)
{
	iw_connection *worker = tracing->worker;
	if (!note_before(tracing, error))
		return false;
	hold(tracing);
	int interval = worker->tick_interval_ms;
	tracing->tick = worker->tick;
	tracing->tick_data = worker->tick_data;
	iw_connection_set_tick(worker, on_tick, tracing, LOOK_MS);
	bool is_done = execute(tracing, error);
	iw_connection_set_tick(worker, tracing->tick, tracing->tick_data, interval);
	iw_postgres_rollback(tracing->watcher, NULL);
	if (!is_done || !note_after(tracing, error))
		return false;
	if (!tracing->was_seen)
		tracing->trace->locks_unseen =
			"it cannot be in a transaction, and no lock on a table was seen while it ran";
	tracing->trace->work_unseen = tracing->trace->built->len + tracing->trace->rewritten->len > 0
					      ? NULL
					      : "scans outside of a transaction are not seen";
	return true;
}

struct iw_trace *iw_postgres_trace(iw_connection *worker, iw_connection *watcher, iw_arena *arena,
				   const struct iw_trace_request *request, GError **error)
{
	struct tracing tracing = {
		.worker = worker,
		.watcher = watcher,
		.arena = arena,
		.request = request,
		.trace = iw_new(arena, struct iw_trace),
	};
	*tracing.trace = (struct iw_trace){
		.locks = iw_arena_ptr_array(arena),
		.rewritten = iw_arena_ptr_array(arena),
		.built = iw_arena_ptr_array(arena),
		.scanned = iw_arena_ptr_array(arena),
	};
	bool is_done = request->in_transaction ? run_inside(&tracing, error) : run_outside(&tracing, error);
	if (!is_done) {
		iw_postgres_rollback(worker, NULL);
		return NULL;
	}
	list_locks(&tracing);
	return tracing.trace;
}
