/*
 * Backfill: rows filled in batches along a unique key, each batch in a transaction that also keeps the place reached.
 *
 * The last key is looked up once, when it begins: rows inserted later have their values from the expand phase. From
 * then on a batch is (place, boundary]: nothing is read twice, nothing is counted from the start, and rows whose value
 * stays NULL are passed once. A concurrent writer is waited for at most the lock timeout; the server then computes the
 * new value from what that writer has left.
 */
#include "run/run_internal.h"

#include "base/error.h"
#include "sql/sql.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SMALLEST = 100, FIRST_BATCH = 1000, LARGEST = 10000, BATCH_MS = 100, SHOW_MS = 1000 };

const struct iw_pace iw_run_default_pace = {.max_lag_ms = 5000, .batch_ms = BATCH_MS};

struct backfill {
	iw_run *run;
	const struct iw_backfill *spec;
	struct iw_journal_entry *entry;
	iw_arena *arena;  /* of one batch */
	GPtrArray *at;	  /* char *: literals of the last key that is done; NULL: none yet */
	GPtrArray *upper; /* of the last one of all */
	struct iw_backfill_progress progress;
	iw_throttle *throttle;
	gint64 began, shown; /* monotonic microseconds */
	gint64 walked_before;
};

/* keys -------------------------------------------------------------------------------------------------------- */

static const char *quoted(const struct backfill *self, guint key)
{
	return iw_quote(self->arena, self->run->dialect, self->spec->keys->pdata[key]);
}

static const char *table(const struct backfill *self)
{
	return iw_quote_name(self->arena, self->run->dialect, self->spec->table);
}

/* An expression whose value is the key as a literal, written by the server itself. */
static const char *literal_expression(const struct backfill *self, guint key)
{
	const char *name = quoted(self, key);
	char form = self->spec->forms[key];
	switch (self->run->dialect) {
	case IW_POSTGRES:
		return iw_arena_printf(self->arena, form == 'n' ? "%s::text" : "quote_literal(%s::text)", name);
	case IW_MYSQL:
		return form == 'n'   ? iw_arena_printf(self->arena, "CAST(%s AS CHAR)", name)
		       : form == 'b' ? iw_arena_printf(self->arena, "CONCAT('x''', HEX(%s), '''')", name)
				     : iw_arena_printf(self->arena, "QUOTE(%s)", name);
	default:
		return iw_arena_printf(self->arena, "quote(%s)", name);
	}
}

/* Under a name of its own: ORDER BY of the key's name must mean the column, not this text. */
static const char *literal_of(const struct backfill *self, guint key)
{
	return iw_arena_printf(self->arena, "%s AS _inchworm_%u", literal_expression(self, key), key);
}

static const char *joined(const struct backfill *self, const char *(*each)(const struct backfill *, guint),
			  const char *after)
{
	g_autoptr(GString) text = g_string_new(NULL);
	for (guint i = 0; i < self->spec->keys->len; i++)
		g_string_append_printf(text, "%s%s%s", i > 0 ? ", " : "", each(self, i), after);
	return iw_arena_strdup(self->arena, text->str);
}

/* "a >= 5 AND (a, b) > (5, 7)": the first part lets MySQL use the index. */
static const char *beyond(const struct backfill *self, const char *comparison, GPtrArray *key)
{
	g_autoptr(GString) values = g_string_new(NULL);
	for (guint i = 0; i < key->len; i++)
		g_string_append_printf(values, "%s%s", i > 0 ? ", " : "", (const char *)key->pdata[i]);
	if (key->len == 1)
		return iw_arena_printf(self->arena, "%s %s %s", quoted(self, 0), comparison, values->str);
	return iw_arena_printf(self->arena, "%s %c= %s AND (%s) %s (%s)", quoted(self, 0), comparison[0],
			       (const char *)key->pdata[0], joined(self, quoted, ""), comparison, values->str);
}

static const char *after_place(const struct backfill *self)
{
	return self->at == NULL ? "" : iw_arena_printf(self->arena, "%s AND ", beyond(self, ">", self->at));
}

static GPtrArray *key_of_row(const struct backfill *self, const iw_rows *rows)
{
	GPtrArray *key = iw_arena_ptr_array(self->run->arena);
	for (int i = 0; i < rows->columns; i++)
		g_ptr_array_add(key, iw_arena_strdup(self->run->arena, iw_rows_value(rows, 0, i)));
	return key;
}

/* the place --------------------------------------------------------------------------------------------------- */

static json_t *key_json(GPtrArray *key)
{
	json_t *array = json_array();
	for (guint i = 0; key != NULL && i < key->len; i++)
		json_array_append_new(array, json_string(key->pdata[i]));
	return array;
}

static GPtrArray *key_of_json(const struct backfill *self, const json_t *array)
{
	GPtrArray *key = iw_arena_ptr_array(self->run->arena);
	size_t index;
	const json_t *value;
	json_array_foreach(array, index, value)
		g_ptr_array_add(key, iw_arena_strdup(self->run->arena, json_string_value(value)));
	return key->len > 0 ? key : NULL;
}

static const char *cursor_text(const struct backfill *self, GPtrArray *at, gint64 walked, gint64 written)
{
	json_t *object = json_object();
	json_object_set_new(object, "at", key_json(at));
	json_object_set_new(object, "upper", key_json(self->upper));
	json_object_set_new(object, "walked", json_integer(walked));
	json_object_set_new(object, "written", json_integer(written));
	json_object_set_new(object, "total", json_real(self->progress.total));
	char *text = json_dumps(object, JSON_COMPACT);
	const char *kept = iw_arena_strdup(self->run->arena, text);
	free(text);
	json_decref(object);
	return kept;
}

bool iw_journal_progress(const struct iw_journal_entry *entry, struct iw_backfill_progress *progress)
{
	json_t *object = entry->cursor == NULL ? NULL : json_loads(entry->cursor, 0, NULL);
	if (!json_is_object(object)) {
		json_decref(object);
		return false;
	}
	const json_t *total = json_object_get(object, "total");
	*progress = (struct iw_backfill_progress){
		.walked = json_integer_value(json_object_get(object, "walked")),
		.written = json_integer_value(json_object_get(object, "written")),
		.total = json_is_number(total) ? json_number_value(total) : -1,
	};
	json_decref(object);
	return true;
}

static bool read_cursor(struct backfill *self)
{
	json_t *object = self->entry->cursor == NULL ? NULL : json_loads(self->entry->cursor, 0, NULL);
	if (object == NULL)
		return false;
	self->at = key_of_json(self, json_object_get(object, "at"));
	self->upper = key_of_json(self, json_object_get(object, "upper"));
	self->progress.walked = json_integer_value(json_object_get(object, "walked"));
	self->progress.written = json_integer_value(json_object_get(object, "written"));
	json_decref(object);
	return self->upper != NULL;
}

/* The last key; upper NULL: the table is empty. */
static bool begin(struct backfill *self, GError **error)
{
	if (read_cursor(self))
		return true;
	const char *sql = iw_arena_printf(self->arena, "SELECT %s FROM %s ORDER BY %s LIMIT 1",
					  joined(self, literal_of, ""), table(self), joined(self, quoted, " DESC"));
	g_autoptr(iw_rows) rows = iw_query(self->run->connection, sql, error);
	if (rows == NULL)
		return false;
	if (iw_rows_count(rows) > 0)
		self->upper = key_of_row(self, rows);
	self->entry->cursor = cursor_text(self, NULL, 0, 0);
	return iw_execute(self->run->connection,
			  iw_journal_update_sql(self->run->arena, self->run->connection, self->entry), error);
}

/* one batch --------------------------------------------------------------------------------------------------- */

/* The key `batch` rows further; the last one of all when there are fewer, *count then tells how many at most. */
static GPtrArray *boundary(struct backfill *self, bool *is_end, GError **error)
{
	const char *sql =
		iw_arena_printf(self->arena, "SELECT %s FROM %s WHERE %s%s ORDER BY %s LIMIT 1 OFFSET %d",
				joined(self, literal_of, ""), table(self), after_place(self),
				beyond(self, "<=", self->upper), joined(self, quoted, ""), self->progress.batch - 1);
	g_autoptr(iw_rows) rows = iw_query(self->run->connection, sql, error);
	if (rows == NULL)
		return NULL;
	*is_end = iw_rows_count(rows) == 0;
	return *is_end ? self->upper : key_of_row(self, rows);
}

static bool count_rest(struct backfill *self, gint64 *count, GError **error)
{
	const char *sql = iw_arena_printf(self->arena, "SELECT count(*) FROM %s WHERE %s%s", table(self),
					  after_place(self), beyond(self, "<=", self->upper));
	g_autofree char *value = iw_query_value(self->run->connection, sql, error);
	*count = value == NULL ? 0 : g_ascii_strtoll(value, NULL, 10);
	return value != NULL;
}

/* Our own triggers leave these rows alone: what they would write is being written. */
static bool set_quiet(struct backfill *self, GError **error)
{
	static const char *const statements[IW_DIALECTS] = {
		[IW_POSTGRES] = "SET LOCAL inchworm.backfill = 'on'",
		[IW_MYSQL] = "SET @inchworm_backfill = 1",
	};
	const char *sql = statements[self->run->dialect];
	return sql == NULL || iw_execute(self->run->connection, sql, error);
}

static bool write_batch(struct backfill *self, GPtrArray *end, gint64 *written, GError **error)
{
	const char *where = self->spec->where;
	const char *sql =
		iw_arena_printf(self->arena, "UPDATE %s SET %s WHERE %s%s%s%s%s", table(self), self->spec->set,
				after_place(self), beyond(self, "<=", end), where == NULL ? "" : " AND (",
				where == NULL ? "" : where, where == NULL ? "" : ")");
	iw_connection *connection = self->run->connection;
	return set_quiet(self, error) && connection->driver->execute(connection, sql, written, error);
}

/* A session variable of MySQL's outlives the transaction. */
static bool end_quiet(struct backfill *self, GError **error)
{
	return self->run->dialect != IW_MYSQL ||
	       iw_execute(self->run->connection, "SET @inchworm_backfill = NULL", error);
}

/* Batch and place commit together. */
static bool attempt(struct backfill *self, bool *is_end, GError **error)
{
	iw_connection *connection = self->run->connection;
	gint64 walked = self->progress.batch, written = 0;
	if (!connection->driver->begin(connection, error))
		return false;
	GPtrArray *end = boundary(self, is_end, error);
	if (end == NULL || (*is_end && !count_rest(self, &walked, error)) || !write_batch(self, end, &written, error)) {
		iw_run_rollback(self->run);
		return false;
	}
	struct iw_journal_entry after = *self->entry;
	after.cursor = cursor_text(self, end, self->progress.walked + walked, self->progress.written + written);
	if (!iw_execute(connection, iw_journal_update_sql(self->arena, connection, &after), error) ||
	    !connection->driver->commit(connection, error)) {
		iw_run_rollback(self->run);
		return false;
	}
	self->entry->cursor = after.cursor;
	self->at = end;
	self->progress.walked += walked;
	self->progress.written += written;
	return true;
}

/* pace -------------------------------------------------------------------------------------------------------- */

/* Towards the time that one batch may take. */
static void adapt(struct backfill *self, double milliseconds)
{
	int most = iw_throttle_batch_ms(self->throttle);
	double wanted = self->progress.batch * (most > 0 ? most : BATCH_MS) / MAX(milliseconds, 1);
	double bounded = CLAMP(wanted, self->progress.batch / 2.0, self->progress.batch * 1.5);
	self->progress.batch = (int)CLAMP(lround(bounded), SMALLEST, LARGEST);
}

static void show(struct backfill *self, bool is_end)
{
	gint64 now = g_get_monotonic_time();
	if (!is_end && now - self->shown < SHOW_MS * 1000)
		return;
	self->shown = now;
	double seconds = (double)(now - self->began) / 1e6;
	struct iw_backfill_progress *progress = &self->progress;
	progress->rows_per_second = (double)(progress->walked - self->walked_before) / MAX(seconds, 0.001);
	double left = progress->total - (double)progress->walked;
	progress->seconds_left =
		progress->total < 0 || progress->rows_per_second <= 0 ? -1 : MAX(left, 0) / progress->rows_per_second;
	iw_run_emit(self->run, (struct iw_event){.kind = IW_EVENT_BACKFILL, .backfill = progress});
}

/* Of iw_throttle_wait(). */
static void tell(void *data, const char *reason)
{
	struct backfill *self = data;
	self->progress.held_by = reason;
	show(self, true);
	self->progress.held_by = NULL;
}

static bool run_batches(struct backfill *self, GError **error)
{
	bool is_end = self->upper == NULL;
	while (!is_end) {
		iw_arena_reset(self->arena);
		if (!iw_throttle_wait(self->throttle, tell, self, error))
			return false;
		gint64 began = self->run->step_began = g_get_monotonic_time();
		GError *failure = NULL;
		if (!attempt(self, &is_end, &failure)) {
			is_end = false;
			self->progress.batch = MAX(self->progress.batch / 2, SMALLEST);
			bool is_lock = failure->domain == IW_ERROR && failure->code == IW_ERROR_LOCK;
			if (is_lock && iw_run_backoff(self->run, began, &failure))
				continue;
			g_propagate_error(error, failure);
			return false;
		}
		self->run->used_ms = self->run->attempt = 0;
		adapt(self, (double)(g_get_monotonic_time() - began) / 1000);
		show(self, is_end);
		if (!is_end && !iw_throttle_pause(self->throttle, error))
			return false;
	}
	return true;
}

bool iw_run_backfill(iw_run *run, const struct iw_migration_plan *plan, const struct iw_step *step,
		     struct iw_progress *progress, GError **error)
{
	(void)plan;
	g_autoptr(iw_arena) arena = iw_arena_new();
	g_autoptr(iw_throttle) throttle = iw_throttle_new(run, progress->entry->migration);
	struct backfill self = {
		.run = run,
		.spec = step->backfill,
		.entry = progress->entry,
		.arena = arena,
		.throttle = throttle,
		.progress = {.batch = FIRST_BATCH, .total = step->worst == NULL ? -1 : step->worst->rows},
		.began = g_get_monotonic_time(),
	};
	run->step = step;
	run->step_began = self.began;
	iw_run_emit(run, (struct iw_event){.kind = IW_EVENT_STEP_BEGIN});
	bool is_done = begin(&self, error);
	self.walked_before = self.progress.walked;
	is_done = is_done && run_batches(&self, error) && end_quiet(&self, error);
	double seconds = (double)(g_get_monotonic_time() - self.began) / 1e6;
	if (is_done)
		iw_run_emit(run, (struct iw_event){.kind = IW_EVENT_STEP_END, .seconds = seconds});
	run->step = NULL;
	return is_done;
}
