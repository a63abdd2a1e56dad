/*
 * Delegation: a migration that holds Python is run by the framework's own command, in the user's name, under our locks
 * and limits, with the journal around it. What counts afterwards is what the bookkeeping says, not the exit status.
 */
#include "run/run_internal.h"

#include "base/error.h"

#include <string.h>

/* Does the bookkeeping of this very database say that the migration is where it should be now? */
static int is_recorded(iw_run *run, const struct iw_migration_plan *plan, GError **error)
{
	bool exists = false;
	GPtrArray *applied = iw_bookkeeping_read(run->connection, run->arena, run->options.bookkeeping, &exists, error);
	if (applied == NULL)
		return -1;
	bool is_applied = false;
	for (guint i = 0; i < applied->len; i++) {
		const struct iw_applied *one = g_ptr_array_index(applied, i);
		is_applied |= one->migration == plan->migration && one->state == IW_APPLIED;
	}
	return is_applied == (plan->direction == IW_UP);
}

bool iw_run_is_lock_timeout(const char *output)
{
	static const char *const texts[] = {"canceling statement due to lock timeout", "LockNotAvailable",
					    "Lock wait timeout exceeded", "database is locked"};
	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
		if (strstr(output, texts[i]) != NULL)
			return true;
	return false;
}

/* The migration is where it should be; what came behind it in the same command is not done. */
static bool fail_behind(const struct iw_run_child *child, const char *name, const char *state, const char *command,
			GError **error)
{
	if (child->was_interrupted)
		iw_fail(error, IW_ERROR_INTERRUPTED, "interrupted when the framework had recorded that \"%s\" is %s",
			name, state);
	else
		iw_fail(error, IW_ERROR_STATEMENT, "the framework recorded that \"%s\" is %s, but its command failed",
			name, state);
	iw_error_detail(error, "%s\n%s", command, child->tail);
	iw_error_hint(error,
		      "The migration is %s and is not run again; what the command does after it is not done. "
		      "The next run goes on behind it.",
		      state);
	return false;
}

static bool judge(iw_run *run, const struct iw_run_child *child, const struct iw_migration_plan *plan,
		  const char *command, GError **error)
{
	bool is_good = child->is_good;
	int recorded = is_recorded(run, plan, error);
	if (recorded < 0 || (is_good && recorded > 0))
		return recorded > 0;
	const char *output = child->tail;
	const char *name = plan->migration->name;
	const char *state = plan->direction == IW_UP ? "applied" : "undone";
	if (recorded > 0)
		return fail_behind(child, name, state, command, error);
	if (child->was_interrupted)
		iw_fail(error, IW_ERROR_INTERRUPTED, "interrupted while the framework ran \"%s\"", name);
	else if (is_good)
		iw_fail(error, IW_ERROR_UNCERTAIN,
			"the framework's command ended well, but this database has no record that \"%s\" is %s", name,
			state);
	else if (iw_run_is_lock_timeout(output))
		iw_fail(error, IW_ERROR_LOCK, "the framework could not get a lock for \"%s\"", name);
	else
		iw_fail(error, IW_ERROR_STATEMENT, "the framework failed to run \"%s\"", name);
	iw_error_detail(error, "%s\n%s", command, output);
	if (is_good)
		iw_error_hint(error, "It may have worked on another database: compare the framework's own settings "
				     "with the URL above.");
	else if (plan->is_atomic)
		iw_error_hint(error, "It ran in one transaction: nothing of it is left.");
	else
		iw_error_hint(error, "It does not run in one transaction: see what of it is there before you go on.");
	return false;
}

bool iw_run_command(iw_run *run, const struct iw_migration_plan *plan, const struct iw_run_delegation *delegation,
		    GError **error)
{
	const char *shown = iw_run_shown_command(run, delegation);
	iw_run_tell_child(run, delegation, iw_journal_take_sql(run->arena, run->connection, plan->migration->name));
	run->attempt = run->used_ms = 0;
	for (;;) {
		iw_run_emit(run, (struct iw_event){.kind = IW_EVENT_DELEGATED, .text = shown});
		gint64 began = g_get_monotonic_time();
		GError *failure = NULL;
		struct iw_run_child child = {0};
		if (iw_run_child(run, delegation, &child, &failure) && judge(run, &child, plan, shown, &failure))
			return true;
		bool may_retry = failure->code == IW_ERROR_LOCK && plan->is_atomic;
		if (!may_retry || !iw_run_backoff(run, began, &failure)) {
			g_propagate_error(error, failure);
			return false;
		}
	}
}

static bool judge_closing(const struct iw_run_child *child, const char *command, GError **error)
{
	if (child->is_good)
		return true;
	if (child->was_interrupted)
		iw_fail(error, IW_ERROR_INTERRUPTED, "interrupted while the framework's own command ran");
	else if (iw_run_is_lock_timeout(child->tail))
		iw_fail(error, IW_ERROR_LOCK, "the framework's own command could not get a lock");
	else
		iw_fail(error, IW_ERROR_STATEMENT, "the framework's own command failed");
	iw_error_detail(error, "%s\n%s", command, child->tail);
	return false;
}

/* So that `status` can say why it is still due. */
static void note_failure(iw_run *run, const GError *failure)
{
	struct iw_journal_entry *entry = g_hash_table_lookup(run->journal, IW_JOURNAL_CLOSING);
	if (entry == NULL || run->connection->is_lost)
		return;
	entry->note = iw_arena_strdup(run->arena, failure->message);
	iw_connection_set_tick(run->connection, NULL, NULL, 0);
	iw_execute(run->connection, iw_journal_update_sql(run->arena, run->connection, entry), NULL);
	iw_run_watch(run);
}

bool iw_run_closing(iw_run *run, const struct iw_run_delegation *delegation, GError **error)
{
	const char *shown = iw_run_shown_command(run, delegation);
	run->attempt = run->used_ms = 0;
	for (;;) {
		iw_run_emit(run, (struct iw_event){.kind = IW_EVENT_CLOSING, .text = shown});
		gint64 began = g_get_monotonic_time();
		GError *failure = NULL;
		struct iw_run_child child = {0};
		if (iw_run_child(run, delegation, &child, &failure) && judge_closing(&child, shown, &failure))
			return true;
		if (failure->code != IW_ERROR_LOCK || !iw_run_backoff(run, began, &failure)) {
			note_failure(run, failure);
			g_propagate_error(error, failure);
			return false;
		}
	}
}
