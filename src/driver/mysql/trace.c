/*
 * What one statement does on a MySQL or MariaDB server that nobody else uses. The server itself says how it would do an
 * ALTER: it refuses an ALGORITHM or a LOCK that is not possible, before it does anything; so the fastest and weakest
 * ones are asked for first. Rebuilds and builds are told by InnoDB's numbers of tables and indexes.
 */
#include "driver/mysql/mysql_internal.h"

#include "base/error.h"

#include <string.h>

struct tracing {
	iw_connection *worker;
	iw_arena *arena;
	const struct iw_trace_request *request;
	GHashTable *tables, *indexes; /* char *number -> char *name, before */
	struct iw_trace *trace;
};

/* 'table' or 'index', its number, its name, the table of an index. FULLTEXT's own tables are left out. */
static const char *numbers_query(const struct tracing *tracing)
{
	struct iw_engine engine = tracing->worker->engine;
	const char *prefix = engine.is_mariadb || engine.version < 80000 ? "INNODB_SYS" : "INNODB";
	return iw_arena_printf(
		tracing->arena,
		"SELECT 'table', TABLE_ID, SUBSTRING_INDEX(NAME, '/', -1), NULL FROM information_schema.%s_TABLES"
		" WHERE NAME LIKE CONCAT(DATABASE(), '/%%') AND NAME NOT LIKE '%%/FTS%%'"
		" UNION ALL SELECT 'index', i.INDEX_ID, i.NAME, SUBSTRING_INDEX(t.NAME, '/', -1)"
		" FROM information_schema.%s_INDEXES i JOIN information_schema.%s_TABLES t USING (TABLE_ID)"
		" WHERE t.NAME LIKE CONCAT(DATABASE(), '/%%') AND t.NAME NOT LIKE '%%/FTS%%'",
		prefix, prefix, prefix);
}

static bool note_before(struct tracing *tracing, GError **error)
{
	g_autoptr(iw_rows) rows = iw_mysql_run_query(tracing->worker, numbers_query(tracing), error);
	tracing->tables = iw_arena_hash_table(tracing->arena, g_str_hash, g_str_equal);
	tracing->indexes = iw_arena_hash_table(tracing->arena, g_str_hash, g_str_equal);
	for (guint i = 0; rows != NULL && i < iw_rows_count(rows); i++)
		g_hash_table_insert(*iw_rows_value(rows, i, 0) == 't' ? tracing->tables : tracing->indexes,
				    iw_arena_strdup(tracing->arena, iw_rows_value(rows, i, 1)),
				    iw_arena_strdup(tracing->arena, iw_rows_value(rows, i, 2)));
	return rows != NULL;
}

static bool had_table(const struct tracing *tracing, const char *name)
{
	GHashTableIter all;
	gpointer known;
	g_hash_table_iter_init(&all, tracing->tables);
	while (g_hash_table_iter_next(&all, NULL, &known))
		if (strcmp(known, name) == 0)
			return true;
	return false;
}

static void add_name(struct tracing *tracing, GPtrArray *names, const char *name)
{
	struct iw_name *copy = iw_new(tracing->arena, struct iw_name);
	*copy = (struct iw_name){NULL, iw_arena_strdup(tracing->arena, name)};
	g_ptr_array_add(names, copy);
}

static bool note_after(struct tracing *tracing, GError **error)
{
	g_autoptr(iw_rows) rows = iw_mysql_run_query(tracing->worker, numbers_query(tracing), error);
	for (guint i = 0; rows != NULL && i < iw_rows_count(rows); i++) {
		bool is_table = *iw_rows_value(rows, i, 0) == 't';
		const char *number = iw_rows_value(rows, i, 1), *name = iw_rows_value(rows, i, 2);
		const char *table = is_table ? name : iw_rows_value(rows, i, 3);
		bool is_new = !g_hash_table_contains(is_table ? tracing->tables : tracing->indexes, number);
		if (is_new && had_table(tracing, table))
			add_name(tracing, is_table ? tracing->trace->rewritten : tracing->trace->built, name);
	}
	return rows != NULL;
}

static bool execute(struct tracing *tracing, const char *sql, GError **error)
{
	gint64 began = g_get_monotonic_time();
	bool is_done = iw_mysql_execute(tracing->worker, sql, NULL, error);
	tracing->trace->seconds = (double)(g_get_monotonic_time() - began) / 1e6;
	return is_done;
}

/* 1845, 1846: this way is not possible; 1221: these clauses do not go together; 1064, 1800: such clauses not here. */
static bool is_refusal(const GError *error)
{
	static const char *const NUMBERS[] = {"1845", "1846", "1221", "1064", "1800"};
	const char *code = iw_error_info(error)->server_code;
	for (size_t i = 0; code != NULL && i < G_N_ELEMENTS(NUMBERS); i++)
		if (strcmp(code, NUMBERS[i]) == 0)
			return true;
	return false;
}

static void add_lock(struct tracing *tracing, const char *algorithm, const char *lock)
{
	struct iw_trace_lock *seen = iw_new(tracing->arena, struct iw_trace_lock);
	bool is_plain = strcmp(algorithm, "INSTANT") == 0 && strcmp(lock, "NONE") == 0;
	seen->relation = tracing->request->relation;
	seen->lock = iw_arena_printf(tracing->arena, "ALGORITHM=%s%s%s", algorithm,
				     is_plain ? "" : ", LOCK=", is_plain ? "" : lock);
	g_ptr_array_add(tracing->trace->locks, seen);
}

/* One way of doing it. *is_refused: nothing was done, another way may be possible. */
static bool try_way(struct tracing *tracing, const char *algorithm, const char *lock, bool *is_refused, GError **error)
{
	const char *between = tracing->request->clause_separator;
	bool is_instant = strcmp(algorithm, "INSTANT") == 0 && !tracing->worker->engine.is_mariadb;
	const char *sql =
		iw_arena_printf(tracing->arena, "%s%sALGORITHM=%s%s%s%s", tracing->request->sql, between, algorithm,
				is_instant ? "" : between, is_instant ? "" : "LOCK=", is_instant ? "" : lock);
	GError *failure = NULL;
	*is_refused = false;
	if (execute(tracing, sql, &failure)) {
		add_lock(tracing, algorithm, lock);
		return true;
	}
	*is_refused = is_refusal(failure);
	g_propagate_error(error, failure);
	return false;
}

static bool try_all(struct tracing *tracing, bool *is_refused, GError **error)
{
	static const char *const ALGORITHMS[] = {"INSTANT", "NOCOPY", "INPLACE", "COPY"};
	static const char *const LOCKS[] = {"NONE", "SHARED", "EXCLUSIVE"};
	struct iw_engine engine = tracing->worker->engine;
	for (size_t i = 0; i < G_N_ELEMENTS(ALGORITHMS); i++) {
		bool is_own = i != 1 || engine.is_mariadb, is_instant = i == 0 && !engine.is_mariadb;
		for (size_t k = 0; is_own && k < (is_instant ? 1 : G_N_ELEMENTS(LOCKS)); k++) {
			g_clear_error(error);
			if (try_way(tracing, ALGORITHMS[i], LOCKS[k], is_refused, error))
				return true;
			if (!*is_refused)
				return false;
		}
	}
	return false;
}

static bool run(struct tracing *tracing, GError **error)
{
	bool is_refused = true;
	GError *failure = NULL;
	if (tracing->request->clause_separator != NULL && try_all(tracing, &is_refused, &failure))
		return true;
	if (!is_refused) {
		g_propagate_error(error, failure);
		return false;
	}
	g_clear_error(&failure);
	tracing->trace->locks_unseen = "the statement takes no ALGORITHM and LOCK, by which the server would tell";
	return execute(tracing, tracing->request->sql, error);
}

struct iw_trace *iw_mysql_trace(iw_connection *worker, iw_connection *watcher, iw_arena *arena,
				const struct iw_trace_request *request, GError **error)
{
	(void)watcher;
	struct tracing tracing = {
		.worker = worker, .arena = arena, .request = request, .trace = iw_new(arena, struct iw_trace)};
	*tracing.trace = (struct iw_trace){
		.locks = iw_arena_ptr_array(arena),
		.rewritten = iw_arena_ptr_array(arena),
		.built = iw_arena_ptr_array(arena),
		.scanned = iw_arena_ptr_array(arena),
		.work_unseen = request->is_data ? "the server does not tell which rows a statement reads" : NULL,
	};
	bool is_done = note_before(&tracing, error) && run(&tracing, error) && note_after(&tracing, error);
	if (worker->in_transaction && !request->is_data)
		iw_mysql_execute(worker, "COMMIT", NULL, NULL);
	return is_done ? tracing.trace : NULL;
}
