/*
 * What is no SQL, between the statements of a migration: one operation that the framework's own command runs alone. It
 * writes the journal in the transaction of what it changes, so that what counts is what the journal says afterwards,
 * whatever became of the command.
 *
 * Interleaving that must hold: a command whose Inchworm was killed may still be at work when the next run starts the
 * same operation. Both change the journal's row first, and only if it says that the operation is not done: the second
 * waits for the first, and finds nothing to change when that has committed.
 */
#include "run/run_internal.h"

#include "base/error.h"

#include <string.h>

/* PostgreSQL takes its limits from the environment; see child.c. */
static const char *session_sql(const iw_run *run)
{
	int milliseconds = run->options.limits.lock_timeout_ms, seconds = MAX(1, (milliseconds + 999) / 1000);
	if (run->dialect == IW_MYSQL)
		return iw_arena_printf(run->arena,
				       "SET SESSION lock_wait_timeout = %d, SESSION innodb_lock_wait_timeout = %d",
				       seconds, seconds);
	return run->dialect == IW_SQLITE ? iw_arena_printf(run->arena, "PRAGMA busy_timeout = %d", milliseconds) : "";
}

void iw_run_tell_child(const iw_run *run, const struct iw_run_delegation *delegation, const char *journal_sql)
{
	if (delegation->environment == NULL)
		return;
	g_ptr_array_add(delegation->environment, iw_arena_printf(run->arena, "INCHWORM_JOURNAL=%s", journal_sql));
	g_ptr_array_add(delegation->environment, iw_arena_printf(run->arena, "INCHWORM_SESSION=%s", session_sql(run)));
}

static bool make_command(iw_run *run, const struct iw_step *step, const struct iw_journal_entry *entry,
			 struct iw_run_delegation *delegation, GError **error)
{
	if (!run->options.part(run->options.part_data, run->plan, step, delegation, error))
		return false;
	struct iw_journal_entry after = *entry;
	after.done = step->number;
	after.done_hash = iw_journal_hash(run->arena, run->plan, after.done);
	iw_run_tell_child(run, delegation, iw_journal_advance_sql(run->arena, run->connection, entry, &after));
	return true;
}

/* 1: the journal says that the operation took effect; -1: it cannot be asked. */
static int is_done(iw_run *run, const struct iw_step *step, GError **error)
{
	GPtrArray *entries = iw_journal_read(run->connection, run->arena, error);
	for (guint i = 0; entries != NULL && i < entries->len; i++) {
		const struct iw_journal_entry *entry = g_ptr_array_index(entries, i);
		if (strcmp(entry->migration, run->plan->migration->name) == 0)
			return entry->done >= step->number;
	}
	return entries == NULL ? -1 : 0;
}

static bool judge(iw_run *run, const struct iw_step *step, const struct iw_run_child *child, const char *command,
		  GError **error)
{
	int done = is_done(run, step, error);
	if (done != 0)
		return done > 0;
	const struct iw_operation *operation = g_ptr_array_index(step->statement->operations, 0);
	const char *name = run->plan->migration->name;
	if (child->was_interrupted)
		iw_fail_at(error, IW_ERROR_INTERRUPTED, &step->statement->place,
			   "interrupted while the framework ran a part of \"%s\"", name);
	else if (iw_run_is_lock_timeout(child->tail))
		iw_fail_at(error, IW_ERROR_LOCK, &step->statement->place,
			   "the framework could not get a lock for a part of \"%s\"", name);
	else
		iw_fail_at(error, IW_ERROR_STATEMENT, &step->statement->place,
			   "the framework failed to run a part of \"%s\": it %s", name, operation->reason);
	iw_error_detail(error, "%s\n%s", command, child->tail);
	return false;
}

/* Outside of a transaction a kill leaves it open what has happened: the journal says that it was under way. */
static bool note_begun(iw_run *run, const struct iw_step *step, struct iw_journal_entry *entry, GError **error)
{
	if (step->statement->is_part_atomic)
		return true;
	entry->doing = step->number;
	entry->doing_hash = iw_journal_step_hash(run->arena, step);
	entry->fingerprint = NULL;
	return iw_execute(run->connection, iw_journal_update_sql(run->arena, run->connection, entry), error);
}

bool iw_run_part(iw_run *run, const struct iw_migration_plan *plan, const struct iw_segment *segment,
		 struct iw_progress *progress, GError **error)
{
	const struct iw_step *step = g_ptr_array_index(plan->steps, segment->first);
	struct iw_run_delegation delegation = {0};
	if (!make_command(run, step, progress->entry, &delegation, error) ||
	    !note_begun(run, step, progress->entry, error))
		return false;
	const char *shown = iw_run_shown_command(run, &delegation);
	run->step = step;
	for (;;) {
		iw_run_emit(run, (struct iw_event){.kind = IW_EVENT_DELEGATED, .text = shown});
		gint64 began = g_get_monotonic_time();
		GError *failure = NULL;
		struct iw_run_child child = {0};
		if (iw_run_child(run, &delegation, &child, &failure) && judge(run, step, &child, shown, &failure))
			break;
		bool may_retry = failure->code == IW_ERROR_LOCK && step->statement->is_part_atomic;
		if (!may_retry || !iw_run_backoff(run, began, &failure)) {
			run->step = NULL;
			g_propagate_error(error, failure);
			return false;
		}
	}
	run->step = NULL;
	iw_run_note_done(run, plan, progress, step->number);
	return true;
}
