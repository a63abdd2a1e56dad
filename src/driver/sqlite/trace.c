/*
 * What one statement does to a SQLite file that nobody else uses: which lock it holds, by what another connection is
 * refused; whether its work grows with the table, by instructions of the virtual machine; rewrites by pages written.
 */
#include "driver/sqlite/sqlite_internal.h"

#include "sql/sql.h"

enum { FEW_ROWS = 50, FEW_PAGES = 4 };

struct tracing {
	struct lite *lite;
	iw_connection *worker, *watcher;
	iw_arena *arena;
	const struct iw_trace_request *request;
	struct iw_trace *trace;
	gint64 rows, pages; /* of the table before; -1: not known */
	gint64 steps;
};

static int count_step(void *data)
{
	((struct tracing *)data)->steps++;
	return 0;
}

static gint64 number(struct tracing *tracing, const char *sql)
{
	g_autofree char *value = iw_query_value(tracing->worker, sql, NULL);
	return value == NULL ? -1 : g_ascii_strtoll(value, NULL, 10);
}

static void measure_table(struct tracing *tracing)
{
	const char *name = tracing->request->relation.name;
	tracing->rows = tracing->pages = -1;
	if (name == NULL)
		return;
	iw_arena *arena = tracing->arena;
	tracing->rows =
		number(tracing, iw_arena_printf(arena, "SELECT count(*) FROM %s", iw_quote(arena, IW_SQLITE, name)));
	tracing->pages = number(tracing, iw_arena_printf(arena, "SELECT count(*) FROM dbstat WHERE name = %s",
							 iw_quote_literal(arena, IW_SQLITE, name)));
}

static gint64 count_indexes(struct tracing *tracing)
{
	return number(tracing, "SELECT count(*) FROM sqlite_schema WHERE type = 'index'");
}

static bool refuses(iw_connection *connection, const char *sql)
{
	GError *error = NULL;
	bool is_done = iw_lite_execute(connection, sql, NULL, &error);
	iw_lite_rollback(connection, NULL);
	g_clear_error(&error);
	return !is_done;
}

/* What another connection cannot do tells the lock. */
static void look_at_lock(struct tracing *tracing)
{
	iw_lite_set_lock_timeout(tracing->watcher, 1, NULL);
	const char *lock = refuses(tracing->watcher, "SELECT count(*) FROM sqlite_schema") ? "EXCLUSIVE"
			   : refuses(tracing->watcher, "BEGIN IMMEDIATE")		   ? "RESERVED"
											   : NULL;
	if (lock == NULL)
		return;
	struct iw_trace_lock *seen = iw_new(tracing->arena, struct iw_trace_lock);
	*seen = (struct iw_trace_lock){.lock = lock};
	g_ptr_array_add(tracing->trace->locks, seen);
}

static bool execute(struct tracing *tracing, GError **error)
{
	gint64 began = g_get_monotonic_time();
	sqlite3_progress_handler(tracing->lite->database, 1, count_step, tracing);
	bool is_done = iw_lite_execute(tracing->worker, tracing->request->sql, NULL, error);
	tracing->trace->seconds = (double)(g_get_monotonic_time() - began) / 1e6;
	iw_lite_watch(tracing->lite);
	return is_done;
}

static int written_pages(struct tracing *tracing)
{
	int now = 0, highest = 0;
	sqlite3_db_status(tracing->lite->database, SQLITE_DBSTATUS_CACHE_WRITE, &now, &highest, 1);
	return now;
}

static void add(struct tracing *tracing, GPtrArray *names, const char *text)
{
	struct iw_name *name = iw_new(tracing->arena, struct iw_name);
	name->name = text;
	g_ptr_array_add(names, name);
}

static const char *newest_index(struct tracing *tracing)
{
	g_autofree char *name =
		iw_query_value(tracing->worker,
			       "SELECT name FROM sqlite_schema WHERE type = 'index' ORDER BY rowid DESC LIMIT 1", NULL);
	return iw_arena_strdup(tracing->arena, name);
}

static void judge_work(struct tracing *tracing, int written, bool has_new_index)
{
	struct iw_trace *trace = tracing->trace;
	const char *name = tracing->request->relation.name;
	if (has_new_index)
		add(tracing, trace->built, newest_index(tracing));
	if (tracing->rows < FEW_ROWS) {
		trace->work_unseen = has_new_index ? NULL : "there are too few rows in the table to tell";
		return;
	}
	if (tracing->steps <= tracing->rows)
		return;
	bool is_rewrite = !tracing->request->is_data && !has_new_index && tracing->pages >= FEW_PAGES &&
			  written >= tracing->pages;
	add(tracing, is_rewrite ? trace->rewritten : trace->scanned, name);
}

static bool run(struct tracing *tracing, GError **error)
{
	const GPtrArray *before = tracing->request->before;
	bool inside = tracing->request->in_transaction;
	if (inside && !iw_lite_execute(tracing->worker, "BEGIN", NULL, error))
		return false;
	for (guint i = 0; before != NULL && i < before->len; i++)
		if (!iw_lite_execute(tracing->worker, g_ptr_array_index(before, i), NULL, error))
			return false;
	gint64 indexes = count_indexes(tracing);
	written_pages(tracing);
	if (!execute(tracing, error))
		return false;
	if (inside)
		look_at_lock(tracing);
	else
		tracing->trace->locks_unseen = "it cannot be in a transaction, in which its lock would be seen";
	if (inside && !iw_lite_commit(tracing->worker, error))
		return false;
	judge_work(tracing, written_pages(tracing), count_indexes(tracing) > indexes);
	return true;
}

struct iw_trace *iw_lite_trace(iw_connection *worker, iw_connection *watcher, iw_arena *arena,
			       const struct iw_trace_request *request, GError **error)
{
	struct tracing tracing = {
		.lite = lite_of(worker),
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
	measure_table(&tracing);
	bool is_done = run(&tracing, error);
	if (!is_done)
		iw_lite_rollback(worker, NULL);
	return is_done ? tracing.trace : NULL;
}
