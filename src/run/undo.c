/* A phased plan taken back, from the last step that took effect to the first. */
#include "run/run_internal.h"

#include "base/error.h"

#include <stdlib.h>

static void append_undo(GPtrArray *statements, const struct iw_step *step)
{
	for (guint i = 0; step->undo != NULL && i < step->undo->len; i++)
		g_ptr_array_add(statements, step->undo->pdata[i]);
}

static bool can_undo(const struct iw_migration_plan *plan, guint done, bool lossy, GError **error)
{
	g_autoptr(GString) losses = g_string_new(NULL);
	for (guint i = done; i-- > 0;) {
		const struct iw_step *step = plan->steps->pdata[i];
		if (step->no_undo != NULL) {
			iw_fail(error, IW_ERROR_UNSUPPORTED, "step %d of \"%s\" cannot be taken back: %s", step->number,
				plan->migration->name, step->no_undo);
			iw_error_detail(error, "%s", step->sql);
			iw_error_hint(error, "`inchworm up` goes on instead. Nothing has been changed.");
			return false;
		}
		if (step->undo_loss != NULL)
			g_string_append_printf(losses, "%sstep %d: %s", losses->len > 0 ? "\n" : "", step->number,
					       step->undo_loss);
	}
	if (losses->len == 0 || lossy)
		return true;
	iw_fail(error, IW_ERROR_LOSSY, "undoing \"%s\" would lose data", plan->migration->name);
	iw_error_detail(error, "%s", losses->str);
	iw_error_hint(error, "--lossy takes it back all the same. Nothing has been changed.");
	return false;
}

/* The migration is no longer recorded, and the journal says which way it goes from here. */
static bool begin_undo(iw_run *run, const struct iw_migration_plan *plan, struct iw_journal_entry *entry,
		       GError **error)
{
	const struct iw_bookkeeping *book = run->options.bookkeeping;
	GPtrArray *statements = iw_arena_ptr_array(run->arena);
	bool is_recorded = entry->state != IW_RUNNING && entry->state != IW_UNDOING;
	if (is_recorded || book->class->begin_sql != NULL) {
		GPtrArray *undo = book->class->undo_sql(run->arena, book, plan->migration);
		for (guint i = 0; i < undo->len; i++)
			g_ptr_array_add(statements, undo->pdata[i]);
	}
	entry->state = IW_UNDOING;
	entry->note = entry->cursor = NULL;
	g_ptr_array_add(statements, (char *)iw_journal_update_sql(run->arena, run->connection, entry));
	return iw_run_bounded(run, statements, true, error);
}

static const struct iw_segment *segment_with(const struct iw_migration_plan *plan, guint step)
{
	for (guint i = 0; i < plan->segments->len; i++) {
		const struct iw_segment *segment = plan->segments->pdata[i];
		if (step >= segment->first && step < segment->first + segment->count)
			return segment;
	}
	return NULL;
}

/* MySQL has no IF EXISTS for parts of tables. What an undo that was killed has done already is refused when it is
 * repeated: there is no such column, index or constraint any more, or there is one again. */
static bool is_done_already(const iw_run *run, bool is_again, const GError *error)
{
	static const int codes[] = {1054, 1060, 1061, 1068, 1091, 1176, 1826};
	const char *code = iw_error_info(error)->server_code;
	if (!is_again || run->dialect != IW_MYSQL || error->code != IW_ERROR_STATEMENT || code == NULL)
		return false;
	for (size_t i = 0; i < G_N_ELEMENTS(codes); i++)
		if (atoi(code) == codes[i])
			return true;
	return false;
}

/* Each by itself; a kill in between repeats them (`is_again`), which they are made for. */
static bool run_alone(iw_run *run, GPtrArray *statements, bool is_again, GError **error)
{
	for (guint i = 0; i < statements->len; i++) {
		GPtrArray *one = iw_arena_ptr_array(run->arena);
		g_ptr_array_add(one, statements->pdata[i]);
		GError *failure = NULL;
		if (iw_run_bounded(run, one, false, &failure))
			continue;
		if (!is_done_already(run, is_again, failure)) {
			g_propagate_error(error, failure);
			return false;
		}
		g_error_free(failure);
	}
	return true;
}

static void show(iw_run *run, GPtrArray *statements)
{
	for (guint i = 0; i < statements->len; i++)
		iw_run_emit(run, (struct iw_event){.kind = IW_EVENT_UNDO, .text = statements->pdata[i]});
}

/* The first step that is not done may hold what the undo of the one before it needs. */
static bool prepare_undo(iw_run *run, const struct iw_migration_plan *plan, guint done, GError **error)
{
	const struct iw_step *step = done == 0 || done >= plan->steps->len ? NULL : plan->steps->pdata[done];
	if (step == NULL || !step->undo_prepares)
		return true;
	show(run, step->undo);
	return run_alone(run, step->undo, false, error);
}

static bool undo_segment(iw_run *run, const struct iw_migration_plan *plan, struct iw_journal_entry *entry,
			 const struct iw_segment *segment, bool is_again, GError **error)
{
	GPtrArray *statements = iw_arena_ptr_array(run->arena);
	guint end = MIN(segment->first + segment->count, (guint)entry->done);
	for (guint i = end; i-- > segment->first;)
		append_undo(statements, plan->steps->pdata[i]);
	show(run, statements);
	bool is_alone = false;
	for (guint i = segment->first; i < end; i++)
		is_alone = is_alone || ((const struct iw_step *)plan->steps->pdata[i])->undo_is_alone;
	if (is_alone && !run_alone(run, statements, is_again, error))
		return false;
	if (is_alone)
		g_ptr_array_set_size(statements, 0);
	struct iw_journal_entry after = *entry;
	after.done = (int)segment->first;
	after.done_hash = iw_journal_hash(run->arena, plan, after.done);
	g_ptr_array_add(statements,
			(char *)(after.done == 0 ? iw_journal_delete_sql(run->arena, run->connection, entry->migration)
						 : iw_journal_update_sql(run->arena, run->connection, &after)));
	if (!iw_run_bounded(run, statements, true, error))
		return false;
	*entry = after;
	return true;
}

bool iw_run_undo(iw_run *run, const struct iw_migration_plan *plan, bool lossy, GError **error)
{
	run->plan = plan;
	run->step = NULL;
	struct iw_journal_entry *entry = g_hash_table_lookup(run->journal, plan->migration->name);
	bool is_again = entry->state == IW_UNDOING;
	gint64 began = g_get_monotonic_time();
	iw_run_emit(run, (struct iw_event){.kind = IW_EVENT_MIGRATION_BEGIN});
	if (!iw_run_settle_step(run, plan, entry, error))
		return false;
	guint touched = (guint)entry->done + (entry->cursor != NULL); /* a backfill that has begun */
	if (!can_undo(plan, MIN(touched, plan->steps->len), lossy, error) || !begin_undo(run, plan, entry, error))
		return false;
	if (!prepare_undo(run, plan, (guint)entry->done, error))
		return false;
	for (; entry->done > 0; is_again = false)
		if (!undo_segment(run, plan, entry, segment_with(plan, (guint)entry->done - 1), is_again, error))
			return false;
	g_hash_table_remove(run->journal, plan->migration->name);
	if (!iw_journal_forget(run->connection, run->arena, plan->migration->name, error))
		return false;
	double seconds = (double)(g_get_monotonic_time() - began) / 1e6;
	iw_run_emit(run, (struct iw_event){.kind = IW_EVENT_MIGRATION_END, .seconds = seconds});
	run->plan = NULL;
	return true;
}
