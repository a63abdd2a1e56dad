/* The loop over migrations: locks, journal, resuming, failures; see run.h. */
#include "run/run_internal.h"

#include "base/error.h"

#include <string.h>

const struct iw_run_limits iw_run_default_limits = {
	.lock_timeout_ms = 2000,
	.lock_budget_ms = 120000,
	.statement_timeout_ms = 0,
	.concurrent_wait_ms = 1800000,
};

#define RUN_LOCK "inchworm"

iw_run *iw_run_new(iw_arena *arena, const struct iw_run_options *options)
{
	iw_run *run = iw_new(arena, iw_run);
	run->arena = arena;
	run->options = *options;
	run->connection = options->connection;
	run->dialect = options->connection->engine.dialect;
	run->journal = iw_arena_hash_table(arena, g_str_hash, g_str_equal);
	iw_run_watch(run);
	return run;
}

/* lock -------------------------------------------------------------------------------------------------------- */

static bool try_run_lock(iw_run *run, bool *taken, GError **error)
{
	return run->connection->driver->try_lock(run->connection, RUN_LOCK, taken, error);
}

static bool is_true(const char *value)
{
	return value != NULL && (strcmp(value, "1") == 0 || strcmp(value, "t") == 0);
}

static bool try_framework_lock(iw_run *run, bool *taken, GError **error)
{
	const struct iw_bookkeeping *book = run->options.bookkeeping;
	*taken = true;
	const char *sql = book->class->try_lock_sql == NULL ? NULL : book->class->try_lock_sql(run->arena, book);
	if (sql == NULL)
		return true;
	GError *failure = NULL;
	g_autofree char *value = iw_query_value(run->connection, sql, &failure);
	if (failure != NULL) {
		g_propagate_error(error, failure);
		return false;
	}
	*taken = is_true(value);
	run->has_framework_lock = *taken;
	return true;
}

static bool wait_for_lock(iw_run *run, bool (*try)(iw_run *, bool *, GError **), const char *what, GError **error)
{
	gint64 deadline = g_get_monotonic_time() + (gint64)run->options.limits.lock_budget_ms * 1000;
	bool was_told = false;
	for (;;) {
		bool taken = false;
		if (!try(run, &taken, error))
			return false;
		if (taken)
			return true;
		if (!was_told)
			iw_run_emit(run, (struct iw_event){.kind = IW_EVENT_LOCKED_OUT, .text = what});
		was_told = true;
		if (iw_run_is_interrupted(run))
			return iw_fail(error, IW_ERROR_INTERRUPTED, "interrupted while waiting for %s", what);
		if (g_get_monotonic_time() >= deadline) {
			iw_fail(error, IW_ERROR_BUSY, "%s is held by another run on this database", what);
			iw_error_hint(error, "Wait until it ends; `inchworm status` shows what it does.");
			return false;
		}
		g_usleep(200 * 1000);
	}
}

bool iw_run_lock(iw_run *run, GError **error)
{
	run->has_lock = wait_for_lock(run, try_run_lock, "Inchworm's lock", error);
	return run->has_lock && wait_for_lock(run, try_framework_lock, "the framework's own lock", error);
}

void iw_run_end(iw_run *run)
{
	iw_connection *connection = run->connection;
	iw_connection_set_tick(connection, NULL, NULL, 0);
	if (run->observer != NULL)
		iw_connection_free(run->observer);
	run->observer = NULL;
	iw_arena_free(run->wait_arena);
	run->wait_arena = NULL;
	if (connection->is_lost)
		return;
	if (run->has_journal_table)
		iw_journal_drop_empty(connection, NULL);
	if (run->has_framework_lock)
		g_free(iw_query_value(connection,
				      run->options.bookkeeping->class->unlock_sql(run->arena, run->options.bookkeeping),
				      NULL));
	if (run->has_lock)
		connection->driver->unlock(connection, RUN_LOCK, NULL);
}

/* bookkeeping ------------------------------------------------------------------------------------------------- */

static GPtrArray *to_records(iw_arena *arena, const iw_rows *rows)
{
	GPtrArray *records = iw_arena_ptr_array(arena);
	for (guint row = 0; rows != NULL && row < iw_rows_count(rows); row++) {
		const char **values = iw_arena_alloc(arena, sizeof *values * (size_t)rows->columns);
		for (int column = 0; column < rows->columns; column++)
			values[column] = iw_arena_strdup(arena, iw_rows_value(rows, row, column));
		struct iw_record *record = iw_new(arena, struct iw_record);
		record->values = values;
		g_ptr_array_add(records, record);
	}
	return records;
}

GPtrArray *iw_bookkeeping_read(iw_connection *connection, iw_arena *arena, const struct iw_bookkeeping *book,
			       bool *exists, GError **error)
{
	GError *failure = NULL;
	g_autofree char *found = iw_query_value(connection, book->class->exists_sql(arena, book), &failure);
	if (failure != NULL) {
		g_propagate_error(error, failure);
		return NULL;
	}
	*exists = is_true(found);
	g_autoptr(iw_rows) rows = NULL;
	if (*exists && (rows = iw_query(connection, book->class->read_sql(arena, book), error)) == NULL)
		return NULL;
	return book->class->match(arena, book, to_records(arena, rows), error);
}

/* "Is there any table of the user's?": Prisma refuses to adopt such a database silently, and so do we. */
static bool refuse_foreign_database(iw_run *run, GError **error)
{
	g_autoptr(iw_arena) arena = iw_arena_new();
	iw_schema *schema = run->connection->driver->inspect(run->connection, arena, NULL, error);
	if (schema == NULL)
		return false;
	for (guint i = 0; i < schema->tables->len; i++) {
		const struct iw_table *table = g_ptr_array_index(schema->tables, i);
		if (table->kind != IW_TABLE && table->kind != IW_PARTITIONED_TABLE)
			continue;
		if (strcmp(table->name.name, IW_JOURNAL_TABLE) == 0 || strcmp(table->name.name, "spatial_ref_sys") == 0)
			continue;
		iw_fail(error, IW_ERROR_HISTORY,
			"the database is not empty (it has a table \"%s\") and has no migration history",
			table->name.name);
		iw_error_hint(error, "If its schema is that of some of the migrations, record them with "
				     "`inchworm resolve --applied NAME`; else use an empty database.");
		return false;
	}
	return true;
}

static bool in_transaction(iw_run *run, GPtrArray *statements, GError **error)
{
	iw_connection *connection = run->connection;
	if (!connection->driver->begin(connection, error))
		return false;
	if (iw_run_execute_all(run, statements, error) && connection->driver->commit(connection, error))
		return true;
	iw_run_rollback(run);
	return false;
}

/* The framework's own change of its table, between two of its versions. */
static bool upgrade_bookkeeping(iw_run *run, GError **error)
{
	const struct iw_bookkeeping *book = run->options.bookkeeping;
	if (book->class->outdated_sql == NULL)
		return true;
	GError *failure = NULL;
	g_autofree char *outdated =
		iw_query_value(run->connection, book->class->outdated_sql(run->arena, book), &failure);
	if (failure != NULL) {
		g_propagate_error(error, failure);
		return false;
	}
	if (!is_true(outdated))
		return true;
	g_autoptr(iw_rows) rows = iw_query(run->connection, book->class->read_sql(run->arena, book), error);
	if (rows == NULL)
		return false;
	GPtrArray *statements = book->class->upgrade_sql(run->arena, book, to_records(run->arena, rows), error);
	return statements != NULL && in_transaction(run, statements, error);
}

bool iw_run_prepare(iw_run *run, GError **error)
{
	const struct iw_bookkeeping *book = run->options.bookkeeping;
	struct iw_run_limits *limits = &run->options.limits;
	iw_connection *connection = run->connection;
	if (!connection->driver->set_lock_timeout(connection, limits->lock_timeout_ms, error) ||
	    !connection->driver->set_statement_timeout(connection, limits->statement_timeout_ms, error))
		return false;
	GPtrArray *entries = iw_journal_read(connection, run->arena, error);
	if (entries == NULL)
		return false;
	run->has_journal_table = true; /* dropped at the end when it is there and empty */
	for (guint i = 0; i < entries->len; i++) {
		struct iw_journal_entry *entry = g_ptr_array_index(entries, i);
		g_hash_table_insert(run->journal, (char *)entry->migration, entry);
	}
	GError *failure = NULL;
	g_autofree char *found = iw_query_value(connection, book->class->exists_sql(run->arena, book), &failure);
	if (failure != NULL) {
		g_propagate_error(error, failure);
		return false;
	}
	if (is_true(found))
		return upgrade_bookkeeping(run, error);
	if (book->class->refuses_foreign_database && !refuse_foreign_database(run, error))
		return false;
	return iw_run_execute_all(run, book->class->create_sql(run->arena, book), error);
}

bool iw_run_settle(iw_run *run, GError **error)
{
	const struct iw_bookkeeping *book = run->options.bookkeeping;
	if (book->class->settle_sql == NULL)
		return true;
	g_autoptr(iw_rows) rows = iw_query(run->connection, book->class->read_sql(run->arena, book), error);
	if (rows == NULL)
		return false;
	GPtrArray *statements = book->class->settle_sql(run->arena, book, to_records(run->arena, rows));
	return statements->len == 0 || in_transaction(run, statements, error);
}

/* one migration ----------------------------------------------------------------------------------------------- */

static void append_all(GPtrArray *to, GPtrArray *from)
{
	for (guint i = 0; from != NULL && i < from->len; i++)
		g_ptr_array_add(to, g_ptr_array_index(from, i));
}

static const char *time_now(iw_arena *arena)
{
	g_autoptr(GDateTime) now = g_date_time_new_now_utc();
	g_autofree char *text = g_date_time_format(now, "%Y-%m-%dT%H:%M:%SZ");
	return iw_arena_strdup(arena, text);
}

static struct iw_journal_entry *open_entry(iw_run *run, const struct iw_migration_plan *plan, GError **error)
{
	struct iw_journal_entry *entry = iw_new(run->arena, struct iw_journal_entry);
	*entry = (struct iw_journal_entry){
		.migration = plan->migration->name,
		.direction = plan->direction,
		.done_hash = iw_journal_hash(run->arena, plan, 0),
		.started_at = time_now(run->arena),
		.plan = plan->is_phased ? iw_plan_store(run->arena, plan) : NULL,
	};
	if (!iw_journal_create(run->connection, error))
		return NULL;
	GPtrArray *statements = iw_arena_ptr_array(run->arena);
	g_ptr_array_add(statements, (char *)iw_journal_insert_sql(run->arena, run->connection, entry));
	const struct iw_bookkeeping *book = run->options.bookkeeping;
	if (plan->direction == IW_UP && book->class->begin_sql != NULL)
		append_all(statements, book->class->begin_sql(run->arena, book, plan->migration));
	return in_transaction(run, statements, error) ? entry : NULL;
}

static bool refuse_edited(const struct iw_migration_plan *plan, const struct iw_journal_entry *entry, GError **error)
{
	iw_fail(error, IW_ERROR_UNCERTAIN, "\"%s\" was edited after %d of its statements took effect",
		plan->migration->name, entry->done);
	iw_error_hint(error,
		      "Put those statements back as they were (statements that have not run may change), or finish by "
		      "hand and record it with `inchworm resolve --applied %s`.",
		      plan->migration->name);
	return false;
}

/* Nothing tells how far Python that was not in a transaction has come. */
static bool refuse_stopped(const struct iw_migration_plan *plan, const struct iw_step *step, GError **error)
{
	iw_fail_at(error, IW_ERROR_UNCERTAIN, &step->statement->place,
		   "the framework was stopped in the middle of a part of \"%s\" that does not run in one transaction",
		   plan->migration->name);
	iw_error_hint(
		error,
		"Statements before number %d took effect. See which of its changes are there, finish them and what "
		"comes after by hand, and run `inchworm resolve --applied %s`; or take all of it back and run "
		"`inchworm resolve --rolled-back %s`.",
		step->number, plan->migration->name, plan->migration->name);
	return false;
}

/* Did the statement that was under way take effect? Its tables tell. */
bool iw_run_settle_step(iw_run *run, const struct iw_migration_plan *plan, struct iw_journal_entry *entry,
			GError **error)
{
	if (entry->doing == 0 || (guint)entry->doing > plan->steps->len)
		return entry->doing == 0 || refuse_edited(plan, entry, error);
	const struct iw_step *step = g_ptr_array_index(plan->steps, (guint)entry->doing - 1);
	if (step->statement->is_foreign)
		return refuse_stopped(plan, step, error);
	const char *now = iw_run_fingerprint(run, step->statement, error);
	if (now == NULL)
		return false;
	bool took_effect = g_strcmp0(now, entry->fingerprint) != 0;
	bool is_same_text = g_strcmp0(entry->doing_hash, iw_journal_step_hash(run->arena, step)) == 0;
	if (took_effect && !is_same_text)
		return refuse_edited(plan, entry, error);
	if (took_effect) {
		entry->done = entry->doing;
		entry->done_hash = iw_journal_hash(run->arena, plan, entry->done);
	}
	entry->doing = 0;
	entry->doing_hash = entry->fingerprint = NULL;
	return true;
}

/* Prisma's row of the failed attempt is closed as its own `resolve --rolled-back` would, and a new one opened. */
static GPtrArray *reopen_bookkeeping(iw_run *run, const struct iw_migration_plan *plan, GError **error)
{
	const struct iw_bookkeeping *book = run->options.bookkeeping;
	GPtrArray *statements = iw_arena_ptr_array(run->arena);
	if (plan->direction == IW_DOWN || book->class->begin_sql == NULL)
		return statements;
	struct iw_applied applied = {.state = IW_FAILED, .name = plan->migration->name, .migration = plan->migration};
	GPtrArray *closing = book->class->resolve_sql(run->arena, book, &applied, IW_RESOLVE_ROLLED_BACK, error);
	if (closing == NULL)
		return NULL;
	append_all(statements, closing);
	append_all(statements, book->class->begin_sql(run->arena, book, plan->migration));
	return statements;
}

static bool resume(iw_run *run, const struct iw_migration_plan *plan, struct iw_journal_entry *entry, GError **error)
{
	if (entry->direction != plan->direction) {
		iw_fail(error, IW_ERROR_HISTORY, "\"%s\" was begun %s and is not finished", plan->migration->name,
			entry->direction == IW_UP ? "up" : "down");
		iw_error_hint(error, "Run `inchworm %s` first.", entry->direction == IW_UP ? "up" : "down");
		return false;
	}
	if (entry->state == IW_UNDOING) {
		iw_fail(error, IW_ERROR_HISTORY, "\"%s\" is being taken back and is not finished",
			plan->migration->name);
		iw_error_hint(error, "Run `inchworm down` first.");
		return false;
	}
	if (strcmp(entry->done_hash, iw_journal_hash(run->arena, plan, entry->done)) != 0 || plan->is_edited)
		return refuse_edited(plan, entry, error);
	if (!iw_run_settle_step(run, plan, entry, error))
		return false;
	GPtrArray *statements =
		entry->note != NULL ? reopen_bookkeeping(run, plan, error) : iw_arena_ptr_array(run->arena);
	if (statements == NULL)
		return false;
	entry->note = NULL;
	g_ptr_array_add(statements, (char *)iw_journal_update_sql(run->arena, run->connection, entry));
	if (!in_transaction(run, statements, error))
		return false;
	g_autofree char *text = g_strdup_printf("%d of %u statements had taken effect", entry->done, plan->steps->len);
	iw_run_emit(run, (struct iw_event){.kind = IW_EVENT_RESUMED, .text = text});
	return true;
}

/* What stays behind after a failure is what the framework itself would have left, and a journal to go on from. */
static void record_failure(iw_run *run, const struct iw_migration_plan *plan, struct iw_journal_entry *entry,
			   const GError *error)
{
	if (run->connection->is_lost || entry == NULL)
		return;
	const struct iw_bookkeeping *book = run->options.bookkeeping;
	GPtrArray *statements = iw_arena_ptr_array(run->arena);
	entry->doing = 0;
	entry->doing_hash = entry->fingerprint = NULL;
	bool is_refusal = error->code != IW_ERROR_LOCK && error->code != IW_ERROR_INTERRUPTED;
	bool is_recorded = entry->state != IW_RUNNING;
	if (entry->done == 0 && entry->cursor == NULL && !is_refusal) {
		if (plan->direction == IW_UP && book->class->begin_sql != NULL)
			append_all(statements, book->class->undo_sql(run->arena, book, plan->migration));
		g_ptr_array_add(statements,
				(char *)iw_journal_delete_sql(run->arena, run->connection, entry->migration));
	} else {
		entry->note = is_refusal ? iw_arena_strdup(run->arena, error->message) : NULL;
		if (is_refusal && !is_recorded && plan->direction == IW_UP && book->class->fail_sql != NULL)
			append_all(statements,
				   book->class->fail_sql(run->arena, book, plan->migration, error->message));
		g_ptr_array_add(statements, (char *)iw_journal_update_sql(run->arena, run->connection, entry));
	}
	/* A second Ctrl-C must not stop the account of the first. */
	iw_connection_set_tick(run->connection, NULL, NULL, 0);
	if (run->connection->driver->restore_session != NULL)
		run->connection->driver->restore_session(run->connection, NULL);
	in_transaction(run, statements, NULL);
	iw_run_watch(run);
}

static void explain_failure(const struct iw_migration_plan *plan, const struct iw_journal_entry *entry, GError **error)
{
	if (entry == NULL)
		iw_error_hint(error,
			      "The migration ran in one transaction and was rolled back: nothing of it is left. Fix it "
			      "and run `inchworm up` again.");
	else if (entry->done == 0)
		iw_error_hint(error, "No statement of it took effect. Fix it and run `inchworm up` again.");
	else
		iw_error_hint(error,
			      "Statements 1 to %d of %u took effect and are kept. Fix statement %d and run `inchworm "
			      "up` again: "
			      "it goes on there.",
			      entry->done, plan->steps->len, entry->done + 1);
}

static GPtrArray *segments_of(iw_run *run, const struct iw_migration_plan *plan, enum iw_stage stage)
{
	GPtrArray *segments = iw_arena_ptr_array(run->arena);
	for (guint i = 0; i < plan->segments->len; i++) {
		struct iw_segment *segment = g_ptr_array_index(plan->segments, i);
		enum iw_stage own = segment->first >= plan->purge_from	    ? IW_STAGE_PURGE
				    : segment->first >= plan->contract_from ? IW_STAGE_CONTRACT
									    : IW_STAGE_UP;
		if (own == stage)
			g_ptr_array_add(segments, segment);
	}
	return segments;
}

static bool run_segments(iw_run *run, const struct iw_migration_plan *plan, struct iw_progress *progress,
			 GError **error)
{
	static const struct iw_segment nothing = {.kind = IW_SEGMENT_TRANSACTION};
	GPtrArray *segments = segments_of(run, plan, progress->stage);
	guint count = segments->len;
	for (guint i = 0; i < MAX(count, 1); i++) {
		const struct iw_segment *segment = count == 0 ? &nothing : g_ptr_array_index(segments, i);
		progress->is_first = i == 0;
		progress->is_last = i + 1 >= count;
		if (!iw_run_segment(run, plan, segment, progress, error))
			return false;
	}
	return true;
}

bool iw_run_migration(iw_run *run, const struct iw_migration_plan *plan, GError **error)
{
	run->plan = plan;
	run->step = NULL;
	struct iw_progress progress = {.began = g_get_monotonic_time()};
	progress.entry = g_hash_table_lookup(run->journal, plan->migration->name);
	iw_run_emit(run, (struct iw_event){.kind = IW_EVENT_MIGRATION_BEGIN});
	if (progress.entry != NULL) {
		if (!resume(run, plan, progress.entry, error))
			return false;
	} else if (!plan->is_atomic) {
		progress.entry = open_entry(run, plan, error);
		if (progress.entry == NULL)
			return false;
	}
	GError *failure = NULL;
	if (!run_segments(run, plan, &progress, &failure)) {
		record_failure(run, plan, progress.entry, failure);
		if (failure->code == IW_ERROR_STATEMENT)
			explain_failure(plan, progress.entry, &failure);
		g_propagate_error(error, failure);
		return false;
	}
	g_hash_table_remove(run->journal, plan->migration->name);
	double seconds = (double)(g_get_monotonic_time() - progress.began) / 1e6;
	iw_run_emit(run, (struct iw_event){.kind = IW_EVENT_MIGRATION_END, .seconds = seconds});
	run->plan = NULL;
	return true;
}

const struct iw_journal_entry *iw_run_entry(const iw_run *run, const char *migration)
{
	return g_hash_table_lookup(run->journal, migration);
}

bool iw_run_contract(iw_run *run, const struct iw_migration_plan *plan, bool purge, GError **error)
{
	run->plan = plan;
	run->step = NULL;
	struct iw_journal_entry *entry = g_hash_table_lookup(run->journal, plan->migration->name);
	struct iw_progress progress = {
		.began = g_get_monotonic_time(),
		.entry = entry,
		.stage = purge ? IW_STAGE_PURGE : IW_STAGE_CONTRACT,
	};
	iw_run_emit(run, (struct iw_event){.kind = IW_EVENT_MIGRATION_BEGIN});
	if (!iw_run_settle_step(run, plan, entry, error))
		return false;
	entry->state = purge ? IW_PURGING : IW_CONTRACTING;
	entry->note = entry->cursor = NULL;
	if (!iw_execute(run->connection, iw_journal_update_sql(run->arena, run->connection, entry), error))
		return false;
	GError *failure = NULL;
	if (!run_segments(run, plan, &progress, &failure)) {
		record_failure(run, plan, entry, failure);
		g_propagate_error(error, failure);
		return false;
	}
	if (!purge && plan->purge_from < plan->steps->len)
		entry->state = IW_HIDDEN;
	else
		g_hash_table_remove(run->journal, plan->migration->name);
	double seconds = (double)(g_get_monotonic_time() - progress.began) / 1e6;
	iw_run_emit(run, (struct iw_event){.kind = IW_EVENT_MIGRATION_END, .seconds = seconds});
	run->plan = NULL;
	return true;
}

/* Killed while the framework was at work: a transaction left nothing, of anything else nothing is known. */
static bool check_earlier_attempt(const struct iw_migration_plan *plan, const struct iw_journal_entry *entry,
				  GError **error)
{
	bool is_in_parts = entry->done > 0 || entry->doing > 0;
	if (!is_in_parts && (plan->is_atomic || entry->note != NULL))
		return true;
	iw_fail(error, IW_ERROR_UNCERTAIN,
		"the framework was stopped in the middle of \"%s\", which does not run in one transaction",
		plan->migration->name);
	iw_error_hint(
		error,
		"See which of its changes are there. Finish them by hand and run `inchworm resolve --applied %s`, "
		"or take them back and run `inchworm resolve --rolled-back %s`.",
		plan->migration->name, plan->migration->name);
	return false;
}

static bool close_entry(iw_run *run, const struct iw_migration_plan *plan, GError **error)
{
	g_hash_table_remove(run->journal, plan->migration->name);
	return iw_execute(run->connection, iw_journal_delete_sql(run->arena, run->connection, plan->migration->name),
			  error);
}

bool iw_run_delegated(iw_run *run, const struct iw_migration_plan *plan, const struct iw_run_delegation *delegation,
		      GError **error)
{
	run->plan = plan;
	run->step = NULL;
	gint64 began = g_get_monotonic_time();
	iw_run_emit(run, (struct iw_event){.kind = IW_EVENT_MIGRATION_BEGIN});
	struct iw_journal_entry *entry = g_hash_table_lookup(run->journal, plan->migration->name);
	if (entry != NULL && !check_earlier_attempt(plan, entry, error))
		return false;
	if (entry == NULL && (entry = open_entry(run, plan, error)) == NULL)
		return false;
	GError *failure = NULL;
	if (!iw_run_command(run, plan, delegation, &failure)) {
		bool is_clean = plan->is_atomic && failure->code != IW_ERROR_UNCERTAIN;
		entry->note = iw_arena_strdup(run->arena, failure->message);
		if (is_clean)
			close_entry(run, plan, NULL);
		else
			iw_execute(run->connection, iw_journal_update_sql(run->arena, run->connection, entry), NULL);
		g_propagate_error(error, failure);
		return false;
	}
	if (!close_entry(run, plan, error))
		return false;
	double seconds = (double)(g_get_monotonic_time() - began) / 1e6;
	iw_run_emit(run, (struct iw_event){.kind = IW_EVENT_MIGRATION_END, .seconds = seconds});
	run->plan = NULL;
	return true;
}

bool iw_run_owes_closing(const iw_run *run)
{
	return g_hash_table_contains(run->journal, IW_JOURNAL_CLOSING);
}

bool iw_run_note_closing(iw_run *run, enum iw_direction direction, GError **error)
{
	if (iw_run_owes_closing(run))
		return true;
	struct iw_journal_entry *entry = iw_new(run->arena, struct iw_journal_entry);
	*entry = (struct iw_journal_entry){
		.migration = IW_JOURNAL_CLOSING,
		.direction = direction,
		.done_hash = "",
		.started_at = time_now(run->arena),
	};
	if (!iw_journal_create(run->connection, error) ||
	    !iw_execute(run->connection, iw_journal_insert_sql(run->arena, run->connection, entry), error))
		return false;
	g_hash_table_insert(run->journal, (char *)entry->migration, entry);
	return true;
}

bool iw_run_forget_closing(iw_run *run, GError **error)
{
	if (!iw_run_owes_closing(run))
		return true;
	g_hash_table_remove(run->journal, IW_JOURNAL_CLOSING);
	return iw_execute(run->connection, iw_journal_delete_sql(run->arena, run->connection, IW_JOURNAL_CLOSING),
			  error);
}
