/*
 * Executes one segment: a transaction that is retried as a whole, or one statement outside of any.
 *
 * Interleaving that must hold: another session may take or hold locks at any moment, so every attempt is bounded by the
 * lock timeout, and between attempts nothing is held. A kill between a statement that commits by itself and the
 * journal's next write is what the fingerprint written before it is for.
 */
#include "run/run_internal.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

static bool is_lock_error(const GError *error)
{
	return error->domain == IW_ERROR && error->code == IW_ERROR_LOCK;
}

bool iw_run_bounded(iw_run *run, GPtrArray *statements, bool in_transaction, GError **error)
{
	iw_connection *connection = run->connection;
	run->used_ms = run->attempt = 0;
	for (;;) {
		gint64 began = g_get_monotonic_time();
		GError *failure = NULL;
		bool is_begun = !in_transaction || connection->driver->begin(connection, &failure);
		if (is_begun && iw_run_execute_all(run, statements, &failure) &&
		    (!in_transaction || connection->driver->commit(connection, &failure)))
			return true;
		if (in_transaction)
			iw_run_rollback(run);
		if (!is_lock_error(failure) || !iw_run_backoff(run, began, &failure)) {
			g_propagate_error(error, failure);
			return false;
		}
	}
}

bool iw_run_execute_all(iw_run *run, GPtrArray *statements, GError **error)
{
	for (guint i = 0; statements != NULL && i < statements->len; i++)
		if (!iw_execute(run->connection, g_ptr_array_index(statements, i), error))
			return false;
	return true;
}

/* Statements whose wait holds nobody up: they wait for old transactions, not in front of new ones. */
static bool waits_harmlessly(const struct iw_step *step)
{
	for (guint i = 0; i < step->statement->operations->len; i++) {
		const struct iw_operation *operation = g_ptr_array_index(step->statement->operations, i);
		if ((operation->flags & IW_CONCURRENTLY) == 0)
			return false;
	}
	return true;
}

static void place_error(iw_run *run, const struct iw_step *step, GError **error)
{
	struct iw_place place = step->statement->place;
	gssize offset = run->connection->error_offset;
	if (offset >= 0 && (size_t)offset < step->statement->length) {
		place.offset += (size_t)offset;
		place.length = 1;
	}
	iw_error_place(error, &place);
}

static bool execute_step(iw_run *run, const struct iw_step *step, GError **error)
{
	run->step = step;
	run->step_began = g_get_monotonic_time();
	run->last_look = 0;
	iw_run_emit(run, (struct iw_event){.kind = IW_EVENT_STEP_BEGIN});
	bool is_done = iw_execute(run->connection, step->sql, error);
	double seconds = (double)(g_get_monotonic_time() - run->step_began) / 1e6;
	if (is_done)
		iw_run_emit(run, (struct iw_event){.kind = IW_EVENT_STEP_END, .seconds = seconds});
	else
		place_error(run, step, error);
	run->step = NULL;
	return is_done;
}

/* SET TRANSACTION, or BEGIN with modes, sent as such: PostgreSQL refuses it after the transaction's first query. */
static bool must_be_first(const struct iw_step *step)
{
	const struct iw_operation *operation = g_ptr_array_index(step->statement->operations, 0);
	return (operation->kind == IW_OP_TRANSACTION && strcmp(operation->text, "begin") == 0) ||
	       (operation->kind == IW_OP_SET && g_strcmp0(operation->member, "transaction") == 0);
}

/* The steps at the segment's beginning that come even before the bookkeeping: skipped ones and SET TRANSACTION. */
static guint leading_steps(const struct iw_migration_plan *plan, const struct iw_segment *segment)
{
	guint count = 0;
	for (; count < segment->count; count++) {
		const struct iw_step *step = g_ptr_array_index(plan->steps, segment->first + count);
		if (!step->is_skipped && !must_be_first(step))
			break;
	}
	return count;
}

static bool execute_steps(iw_run *run, const struct iw_migration_plan *plan, const struct iw_progress *progress,
			  guint from, guint to, GError **error)
{
	if (progress->entry != NULL)
		from = MAX(from, (guint)progress->entry->done);
	for (guint i = from; i < to; i++) {
		const struct iw_step *step = g_ptr_array_index(plan->steps, i);
		if (!step->is_skipped && !execute_step(run, step, error))
			return false;
	}
	return true;
}

/* What a stage leaves for the next one stays in the journal; else the entry goes. */
static bool end_stage(iw_run *run, const struct iw_migration_plan *plan, const struct iw_progress *progress,
		      GError **error)
{
	iw_connection *connection = run->connection;
	struct iw_journal_entry after = *progress->entry;
	bool is_open = progress->stage == IW_STAGE_UP && plan->contract_from < plan->purge_from;
	bool is_hidden = progress->stage != IW_STAGE_PURGE && plan->purge_from < plan->steps->len;
	if (!plan->is_phased || (!is_open && !is_hidden))
		return iw_execute(connection, iw_journal_delete_sql(run->arena, connection, plan->migration->name),
				  error);
	g_autoptr(GDateTime) now = g_date_time_new_now_utc();
	g_autofree char *since = g_date_time_format(now, "%Y-%m-%dT%H:%M:%SZ");
	after.done = (int)(is_open ? plan->contract_from : plan->purge_from);
	after.doing = 0;
	after.state = is_open ? IW_OPEN : IW_HIDDEN;
	after.done_hash = iw_journal_hash(run->arena, plan, after.done);
	after.doing_hash = after.fingerprint = after.note = NULL;
	after.cursor = is_open ? NULL : since;
	return iw_execute(connection, iw_journal_update_sql(run->arena, connection, &after), error);
}

bool iw_run_finish_bookkeeping(iw_run *run, const struct iw_migration_plan *plan, const struct iw_progress *progress,
			       GError **error)
{
	const struct iw_bookkeeping *book = run->options.bookkeeping;
	if (progress->stage != IW_STAGE_UP)
		return end_stage(run, plan, progress, error);
	gint64 elapsed_ms = (g_get_monotonic_time() - progress->began) / 1000;
	GPtrArray *statements = plan->direction == IW_UP
					? book->class->finish_sql(run->arena, book, plan->migration, elapsed_ms)
					: book->class->undo_sql(run->arena, book, plan->migration);
	if (!iw_run_execute_all(run, statements, error))
		return false;
	return progress->entry == NULL || end_stage(run, plan, progress, error);
}

static bool begin_bookkeeping(iw_run *run, const struct iw_migration_plan *plan, GError **error)
{
	const struct iw_bookkeeping *book = run->options.bookkeeping;
	if (plan->direction == IW_DOWN || book->class->begin_sql == NULL)
		return true;
	return iw_run_execute_all(run, book->class->begin_sql(run->arena, book, plan->migration), error);
}

/* SQLite: rows that violate a foreign key, counted before and after. */
static gint64 count_violations(iw_run *run, GError **error)
{
	g_autofree char *count =
		iw_query_value(run->connection, "SELECT count(*) FROM pragma_foreign_key_check", error);
	return count == NULL ? -1 : g_ascii_strtoll(count, NULL, 10);
}

static bool check_violations(iw_run *run, const struct iw_migration_plan *plan, gint64 before, GError **error)
{
	gint64 after = count_violations(run, error);
	if (after < 0)
		return false;
	if (after <= before)
		return true;
	g_autofree char *where =
		iw_query_value(run->connection,
			       "SELECT 'table \"' || \"table\" || '\", rowid ' || coalesce(rowid, '?') ||"
			       " ' refers to a missing row of \"' || parent || '\"'"
			       " FROM pragma_foreign_key_check LIMIT 1",
			       NULL);
	iw_fail(error, IW_ERROR_STATEMENT, "\"%s\" would leave %" G_GINT64_FORMAT " rows without their parent row",
		plan->migration->name, after - before);
	iw_error_detail(error, "For example %s.", where != NULL ? where : "(not known)");
	iw_error_hint(error, "The migration was rolled back; no row was changed.");
	return false;
}

/* Could this have changed what later statements of the session mean? */
static bool sets_something(const struct iw_operation *operation)
{
	if (operation->kind == IW_OP_SET)
		return (operation->flags & IW_LOCAL) == 0;
	if (operation->kind == IW_OP_SELECT)
		return operation->data != NULL && operation->data->functions != NULL &&
		       operation->data->functions->len > 0;
	return operation->kind == IW_OP_OPAQUE;
}

static bool restore_session(iw_run *run, const struct iw_migration_plan *plan, GError **error)
{
	const struct iw_driver *driver = run->connection->driver;
	for (guint i = 0; driver->restore_session != NULL && i < plan->steps->len; i++) {
		const struct iw_step *step = g_ptr_array_index(plan->steps, i);
		for (guint j = 0; j < step->statement->operations->len; j++)
			if (sets_something(g_ptr_array_index(step->statement->operations, j)))
				return driver->restore_session(run->connection, error);
	}
	return true;
}

/* Are rows without their parent row counted before and after? Where the framework does it itself, once for all of the
 * migration. */
static bool checks_foreign_keys(const iw_run *run, const struct iw_migration_plan *plan,
				const struct iw_segment *segment)
{
	return segment->foreign_keys_off ||
	       (run->dialect == IW_SQLITE && plan->is_atomic && run->options.bookkeeping->class->checks_foreign_keys);
}

static bool transaction_body(iw_run *run, const struct iw_migration_plan *plan, const struct iw_segment *segment,
			     struct iw_progress *progress, GError **error)
{
	gint64 violations = 0;
	bool checks = checks_foreign_keys(run, plan, segment);
	if (checks && (violations = count_violations(run, error)) < 0)
		return false;
	guint middle = segment->first + leading_steps(plan, segment);
	if (!execute_steps(run, plan, progress, segment->first, middle, error))
		return false;
	if (progress->entry == NULL && progress->is_first && !begin_bookkeeping(run, plan, error))
		return false;
	if (!execute_steps(run, plan, progress, middle, segment->first + segment->count, error))
		return false;
	if (checks && !check_violations(run, plan, violations, error))
		return false;
	if (progress->is_last)
		return restore_session(run, plan, error) && iw_run_finish_bookkeeping(run, plan, progress, error);
	struct iw_journal_entry after = *progress->entry;
	after.done = (int)(segment->first + segment->count);
	after.doing = 0;
	after.done_hash = iw_journal_hash(run->arena, plan, after.done);
	after.doing_hash = after.fingerprint = after.note = NULL;
	if (!iw_execute(run->connection, iw_journal_update_sql(run->arena, run->connection, &after), error))
		return false;
	return true;
}

static bool attempt_transaction(iw_run *run, const struct iw_migration_plan *plan, const struct iw_segment *segment,
				struct iw_progress *progress, GError **error)
{
	iw_connection *connection = run->connection;
	if (!connection->driver->begin(connection, error))
		return false;
	if (transaction_body(run, plan, segment, progress, error) && connection->driver->commit(connection, error))
		return true;
	iw_run_rollback(run);
	return false;
}

void iw_run_note_done(iw_run *run, const struct iw_migration_plan *plan, struct iw_progress *progress, int done)
{
	if (progress->entry == NULL)
		return;
	progress->entry->done = done;
	progress->entry->doing = 0;
	progress->entry->done_hash = iw_journal_hash(run->arena, plan, done);
	progress->entry->doing_hash = progress->entry->fingerprint = NULL;
}

static bool run_transaction(iw_run *run, const struct iw_migration_plan *plan, const struct iw_segment *segment,
			    struct iw_progress *progress, GError **error)
{
	for (;;) {
		gint64 began = g_get_monotonic_time();
		GError *failure = NULL;
		if (attempt_transaction(run, plan, segment, progress, &failure)) {
			iw_run_note_done(run, plan, progress, (int)(segment->first + segment->count));
			return true;
		}
		if (!is_lock_error(failure) || !iw_run_backoff(run, began, &failure)) {
			g_propagate_error(error, failure);
			return false;
		}
	}
}

static bool set_foreign_keys(iw_run *run, bool on, GError **error)
{
	return iw_execute(run->connection, on ? "PRAGMA foreign_keys=ON" : "PRAGMA foreign_keys=OFF", error);
}

static bool run_sqlite_transaction(iw_run *run, const struct iw_migration_plan *plan, const struct iw_segment *segment,
				   struct iw_progress *progress, GError **error)
{
	if (!set_foreign_keys(run, run->options.bookkeeping->class->enforces_foreign_keys && !segment->foreign_keys_off,
			      error))
		return false;
	return run_transaction(run, plan, segment, progress, error);
}

void iw_run_rollback(iw_run *run)
{
	if (run->connection->is_lost)
		return;
	iw_connection_set_tick(run->connection, NULL, NULL, 0);
	run->connection->driver->rollback(run->connection, NULL);
	iw_run_watch(run);
}

/* A failed concurrent build leaves an invalid index behind: it costs every write and serves no read. */
static void drop_leftovers(iw_run *run, const struct iw_step *step, GPtrArray *before)
{
	GPtrArray *after = iw_run_invalid_indexes(run, step->statement, NULL);
	for (guint i = 0; after != NULL && i < after->len; i++) {
		const char *name = g_ptr_array_index(after, i);
		bool was_there = false;
		for (guint j = 0; before != NULL && j < before->len; j++)
			was_there |= strcmp(g_ptr_array_index(before, j), name) == 0;
		g_autofree char *sql = g_strdup_printf("DROP INDEX CONCURRENTLY IF EXISTS %s", name);
		if (!was_there && iw_execute(run->connection, sql, NULL))
			iw_run_emit(run, (struct iw_event){.kind = IW_EVENT_LEFTOVER, .step = step, .text = name});
	}
}

/* An invalid index of the very name that is about to be built is the leftover of an earlier attempt. */
static bool drop_own_leftover(iw_run *run, const struct iw_step *step, GPtrArray *invalid, GError **error)
{
	const struct iw_operation *operation = g_ptr_array_index(step->statement->operations, 0);
	if (operation->kind != IW_OP_CREATE_INDEX || operation->index == NULL || operation->index->name == NULL)
		return true;
	for (guint i = 0; i < invalid->len; i++) {
		const char *name = g_ptr_array_index(invalid, i);
		if (!g_str_has_suffix(name, operation->index->name) &&
		    !g_str_has_suffix(name, iw_arena_printf(run->arena, "\"%s\"", operation->index->name)))
			continue;
		g_autofree char *sql = g_strdup_printf("DROP INDEX CONCURRENTLY IF EXISTS %s", name);
		if (!iw_execute(run->connection, sql, error))
			return false;
		iw_run_emit(run, (struct iw_event){.kind = IW_EVENT_LEFTOVER, .step = step, .text = name});
	}
	return true;
}

static bool attempt_concurrent(iw_run *run, const struct iw_step *step, GError **error)
{
	iw_connection *connection = run->connection;
	GPtrArray *before = iw_run_invalid_indexes(run, step->statement, error);
	if (before == NULL || !drop_own_leftover(run, step, before, error))
		return false;
	if (!connection->driver->set_lock_timeout(connection, run->options.limits.concurrent_wait_ms, error))
		return false;
	bool is_done = execute_step(run, step, error);
	if (connection->is_lost)
		return false;
	connection->driver->set_lock_timeout(connection, run->options.limits.lock_timeout_ms, NULL);
	if (!is_done) {
		iw_connection_set_tick(connection, NULL, NULL, 0);
		drop_leftovers(run, step, before);
		iw_run_watch(run);
	}
	return is_done;
}

static bool write_entry(iw_run *run, const struct iw_journal_entry *entry, GError **error)
{
	return iw_execute(run->connection, iw_journal_update_sql(run->arena, run->connection, entry), error);
}

static bool attempt_single(iw_run *run, const struct iw_step *step, GError **error)
{
	bool is_concurrent = waits_harmlessly(step) && (run->connection->features & IW_CONCURRENT_INDEX) != 0;
	return is_concurrent ? attempt_concurrent(run, step, error) : execute_step(run, step, error);
}

static bool run_single(iw_run *run, const struct iw_migration_plan *plan, const struct iw_segment *segment,
		       struct iw_progress *progress, GError **error)
{
	const struct iw_step *step = g_ptr_array_index(plan->steps, segment->first);
	struct iw_journal_entry *entry = progress->entry;
	entry->fingerprint = iw_run_fingerprint(run, step->statement, error);
	if (entry->fingerprint == NULL)
		return false;
	entry->doing = step->number;
	entry->doing_hash = iw_journal_step_hash(run->arena, step);
	if (!write_entry(run, entry, error))
		return false;
	for (;;) {
		gint64 began = g_get_monotonic_time();
		GError *failure = NULL;
		if (attempt_single(run, step, &failure))
			break;
		if (is_lock_error(failure) && iw_run_backoff(run, began, &failure))
			continue;
		g_propagate_error(error, failure);
		return false;
	}
	iw_run_note_done(run, plan, progress, step->number);
	return progress->is_last || write_entry(run, entry, error);
}

static bool run_alone(iw_run *run, const struct iw_migration_plan *plan, const struct iw_segment *segment,
		      struct iw_progress *progress, GError **error)
{
	if (segment->kind == IW_SEGMENT_PART)
		return iw_run_part(run, plan, segment, progress, error);
	if (segment->kind == IW_SEGMENT_SINGLE)
		return run_single(run, plan, segment, progress, error);
	const struct iw_step *step = g_ptr_array_index(plan->steps, segment->first);
	if (!iw_run_backfill(run, plan, step, progress, error))
		return false;
	progress->entry->cursor = NULL;
	iw_run_note_done(run, plan, progress, step->number);
	return progress->is_last || write_entry(run, progress->entry, error);
}

bool iw_run_segment(iw_run *run, const struct iw_migration_plan *plan, const struct iw_segment *segment,
		    struct iw_progress *progress, GError **error)
{
	if (progress->entry != NULL && (guint)progress->entry->done >= segment->first + segment->count &&
	    !progress->is_last)
		return true;
	run->used_ms = run->attempt = 0;
	run->last_wait = NULL;
	iw_run_report_long_transactions(run, segment);
	if (segment->kind == IW_SEGMENT_TRANSACTION)
		return run->dialect == IW_SQLITE ? run_sqlite_transaction(run, plan, segment, progress, error)
						 : run_transaction(run, plan, segment, progress, error);
	if ((guint)progress->entry->done < segment->first + segment->count &&
	    !run_alone(run, plan, segment, progress, error))
		return false;
	if (!progress->is_last)
		return true;
	/* The last statement committed by itself: what is left is the bookkeeping and the end of the journal's entry.
	 */
	iw_connection *connection = run->connection;
	if (!connection->driver->begin(connection, error))
		return false;
	if (restore_session(run, plan, error) && iw_run_finish_bookkeeping(run, plan, progress, error) &&
	    connection->driver->commit(connection, error))
		return true;
	iw_run_rollback(run);
	return false;
}
