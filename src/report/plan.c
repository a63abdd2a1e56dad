/* One migration's plan: its statements, what each locks, does and breaks. */
#include "plan/recipe.h"
#include "report/report.h"

#include <string.h>

static const char *name_text(iw_arena *arena, struct iw_name name)
{
	return name.schema == NULL ? name.name : iw_arena_printf(arena, "%s.%s", name.schema, name.name);
}

/* The statement as it is sent, indented under its number. */
static void add_sql(GString *out, struct iw_style style, const struct iw_step *step)
{
	g_auto(GStrv) lines = g_strsplit(step->sql, "\n", -1);
	guint count = g_strv_length(lines);
	for (guint i = 0; i < count; i++) {
		g_strchomp(lines[i]);
		if (i == 0)
			g_string_append_printf(out, "%4d  ", step->number);
		else
			g_string_append(out, "      ");
		iw_text_printf(out, style, IW_BOLD, "%s%s", lines[i],
			       i + 1 == count && !step->statement->is_foreign ? ";" : "");
		g_string_append_c(out, '\n');
	}
}

static bool is_worth_a_line(const struct iw_step *step, const struct iw_judgement *judgement)
{
	if (step->recipe != NULL && judgement->operation->kind == IW_OP_OPAQUE)
		return false; /* a block of our own that asks the catalogue */
	const struct iw_fact *fact = judgement->fact;
	return fact->blocks > IW_BLOCKS_NOTHING || fact->work > IW_INSTANT || fact->breaks != IW_BREAKS_NOTHING ||
	       judgement->operation->kind == IW_OP_OPAQUE;
}

static void add_locks(GString *out, struct iw_style style, iw_arena *arena, const struct iw_judgement *judgement)
{
	for (guint i = 0; i < judgement->locks->len; i++) {
		const struct iw_relation_lock *lock = g_ptr_array_index(judgement->locks, i);
		if (lock->why == NULL)
			continue;
		g_string_append(out, "        ");
		iw_text_printf(out, style, IW_DIM, "also %s on %s: %s\n", lock->lock, name_text(arena, lock->name),
			       lock->why);
	}
}

/* What a recipe's step would break by itself, its other steps keep working until the contract. */
static void add_judgement(GString *out, struct iw_style style, iw_arena *arena, const struct iw_step *step,
			  const struct iw_judgement *judgement)
{
	struct iw_fact fact = *judgement->fact;
	bool is_kept_working = step->recipe != NULL && !step->recipe->breaks && step->phase < IW_CONTRACT;
	if (is_kept_working)
		fact.breaks = IW_BREAKS_NOTHING;
	g_string_append_printf(out, "      %s: ", iw_operation_title(arena, judgement->operation));
	if (judgement->is_new_table) {
		g_string_append(out, "a table of this migration, nobody waits\n");
		return;
	}
	iw_report_fact_text(out, style, &fact, judgement->seconds);
	if (judgement->rows >= 0 && judgement->fact->work != IW_INSTANT)
		g_string_append_printf(out, " [%s, %s]", iw_words_rows(arena, judgement->rows),
				       iw_words_size(arena, judgement->bytes));
	g_string_append_c(out, '\n');
	add_locks(out, style, arena, judgement);
	if (fact.breaks_words != NULL && fact.breaks != IW_BREAKS_NOTHING)
		g_string_append_printf(out, "        %s\n", fact.breaks_words);
	if (judgement->operation->reason != NULL)
		g_string_append_printf(out, "        not read: %s\n", judgement->operation->reason);
}

static const struct iw_segment *segment_of(const struct iw_migration_plan *plan, guint step)
{
	for (guint i = 0; i < plan->segments->len; i++) {
		const struct iw_segment *segment = g_ptr_array_index(plan->segments, i);
		if (step >= segment->first && step < segment->first + segment->count)
			return segment;
	}
	return NULL;
}

static const char *shape_words(iw_arena *arena, const struct iw_migration_plan *plan)
{
	if (plan->is_phased)
		return iw_arena_printf(arena, "in phases, journaled%s",
				       plan->contract_from < plan->steps->len
					       ? "; what is left at the end is for `inchworm contract`"
					       : "");
	if (plan->is_delegated)
		return plan->shape_reason == NULL
			       ? "holds Python: run by the framework itself, with --delegate"
			       : iw_arena_printf(arena,
						 "holds Python: all of it is run by the framework itself, with "
						 "--delegate: %s",
						 plan->shape_reason);
	if (plan->is_split)
		return iw_arena_printf(arena,
				       "holds Python: only that is run by the framework itself, with --delegate, and "
				       "what stands before and after it commits by itself, journaled: %s",
				       plan->shape_reason);
	if (plan->is_atomic)
		return "one transaction";
	guint transactions = 0;
	for (guint i = 0; i < plan->segments->len; i++)
		transactions +=
			((struct iw_segment *)g_ptr_array_index(plan->segments, i))->kind == IW_SEGMENT_TRANSACTION;
	return iw_arena_printf(arena, "%u %s and %u %s outside of one, journaled", transactions,
			       transactions == 1 ? "transaction" : "transactions", plan->segments->len - transactions,
			       plan->segments->len - transactions == 1 ? "statement" : "statements");
}

/* Said once for the steps that commit together. */
static void add_title(GString *out, struct iw_style style, const struct iw_migration_plan *plan, guint index)
{
	const struct iw_step *step = plan->steps->pdata[index];
	const struct iw_step *before = index == 0 ? NULL : plan->steps->pdata[index - 1];
	if (step->recipe == NULL || (before != NULL && before->unit == step->unit))
		return;
	iw_text_printf(out, style, IW_CYAN, "      %s: ", iw_phase_name(step->phase));
	g_string_append_printf(out, "%s\n", step->title);
}

static void add_undo(GString *out, struct iw_style style, const struct iw_step *step)
{
	if (step->backfill != NULL)
		iw_text_add(out, style, IW_DIM, "      in batches, each a transaction of its own\n");
	if (step->recipe == NULL)
		return;
	for (guint i = 0; step->undo != NULL && i < step->undo->len; i++)
		iw_text_printf(out, style, IW_DIM, "      undo: %s\n", (const char *)step->undo->pdata[i]);
	if (step->undo_loss != NULL)
		iw_text_printf(out, style, IW_DIM, "      undo: %s\n", step->undo_loss);
}

static void add_sentences(GString *out, struct iw_style style, enum iw_colour colour, const char *before,
			  GPtrArray *sentences)
{
	for (guint i = 0; sentences != NULL && i < sentences->len; i++)
		iw_text_printf(out, style, colour, "      %s: %s\n", before, (const char *)sentences->pdata[i]);
}

void iw_report_plan_text(GString *out, struct iw_style style, const struct iw_migration_plan *plan)
{
	g_autoptr(iw_arena) arena = iw_arena_new();
	g_string_append_c(out, '\n');
	iw_text_printf(out, style, IW_CYAN, "%s%s", plan->direction == IW_DOWN ? "down of " : "",
		       plan->migration->name);
	g_string_append_printf(out, " (%s, %s%s)\n", iw_words_count(arena, plan->steps->len, "statement"),
			       shape_words(arena, plan), plan->is_derived ? ", derived: there is no down file" : "");
	add_sentences(out, style, IW_RED, "loses data", plan->losses);
	add_sentences(out, style, IW_RED, "blocks for long", plan->blocking);
	add_sentences(out, style, IW_YELLOW, "note", plan->notes);
	for (guint i = 0; i < plan->steps->len; i++) {
		const struct iw_step *step = g_ptr_array_index(plan->steps, i);
		add_title(out, style, plan, i);
		add_sql(out, style, step);
		add_undo(out, style, step);
		if (step->is_skipped) {
			iw_text_add(out, style, IW_DIM, "      not sent: Inchworm's own transactions say it\n");
			continue;
		}
		const struct iw_segment *segment = segment_of(plan, i);
		if (segment != NULL && segment->kind == IW_SEGMENT_SINGLE && step->statement->needs_no_transaction)
			g_string_append(out, "      runs outside of a transaction\n");
		if (step->statement->needs != NULL)
			g_string_append_printf(out, "      needs %s, which only the framework's own connection has\n",
					       step->statement->needs);
		if (step->statement->note != NULL)
			iw_text_printf(out, style, IW_DIM, "      %s\n", step->statement->note);
		for (guint j = 0; j < step->judgements->len; j++)
			if (is_worth_a_line(step, g_ptr_array_index(step->judgements, j)))
				add_judgement(out, style, arena, step, g_ptr_array_index(step->judgements, j));
	}
}

static json_t *text_or_null(const char *text)
{
	return text == NULL ? json_null() : json_string(text);
}

static json_t *texts_json(GPtrArray *texts)
{
	json_t *array = json_array();
	for (guint i = 0; texts != NULL && i < texts->len; i++)
		json_array_append_new(array, json_string(texts->pdata[i]));
	return array;
}

static json_t *judgement_json(iw_arena *arena, const struct iw_judgement *judgement)
{
	json_t *object = iw_report_fact_json(NULL, judgement->fact);
	json_object_set_new(object, "operation", json_string(iw_operation_title(arena, judgement->operation)));
	json_object_set_new(object, "reason", text_or_null(judgement->operation->reason));
	json_object_set_new(object, "newTable", json_boolean(judgement->is_new_table));
	json_t *locks = json_array();
	for (guint i = 0; i < judgement->locks->len; i++) {
		const struct iw_relation_lock *lock = g_ptr_array_index(judgement->locks, i);
		json_array_append_new(locks, json_pack("{s:s, s:s, s:s?}", "relation", name_text(arena, lock->name),
						       "lock", lock->lock, "why", lock->why));
	}
	json_object_set_new(object, "locks", locks);
	json_object_set_new(object, "rows", judgement->rows < 0 ? json_null() : json_real(judgement->rows));
	json_object_set_new(object, "bytes", judgement->bytes < 0 ? json_null() : json_real(judgement->bytes));
	json_object_set_new(object, "seconds", judgement->seconds < 0 ? json_null() : json_real(judgement->seconds));
	return object;
}

static json_t *step_json(iw_arena *arena, const struct iw_migration_plan *plan, guint index)
{
	const struct iw_step *step = g_ptr_array_index(plan->steps, index);
	const struct iw_segment *segment = segment_of(plan, index);
	json_t *object = json_object();
	json_object_set_new(object, "number", json_integer(step->number));
	json_object_set_new(object, "sql", json_string(step->sql));
	json_object_set_new(object, "place", iw_report_place_json(&step->statement->place));
	json_object_set_new(object, "sent", json_boolean(!step->is_skipped));
	json_object_set_new(object, "foreign", json_boolean(step->statement->is_foreign));
	const struct iw_operation *first = g_ptr_array_index(step->statement->operations, 0);
	json_object_set_new(object, "rowsOnly", json_boolean(step->statement->is_foreign && first->data != NULL));
	json_object_set_new(object, "needs", text_or_null(step->statement->needs));
	json_object_set_new(object, "note", text_or_null(step->statement->note));
	json_object_set_new(object, "phase", json_string(iw_phase_name(step->phase)));
	json_object_set_new(object, "recipe", text_or_null(step->recipe == NULL ? NULL : step->recipe->id));
	json_object_set_new(object, "title", text_or_null(step->title));
	json_object_set_new(object, "undo", texts_json(step->undo));
	json_object_set_new(object, "undoLoss", text_or_null(step->undo_loss));
	json_object_set_new(object, "inBatches", json_boolean(step->backfill != NULL));
	json_object_set_new(object, "inTransaction",
			    json_boolean(segment != NULL && segment->kind == IW_SEGMENT_TRANSACTION));
	json_t *operations = json_array();
	for (guint i = 0; i < step->judgements->len; i++)
		json_array_append_new(operations, judgement_json(arena, g_ptr_array_index(step->judgements, i)));
	json_object_set_new(object, "operations", operations);
	return object;
}

json_t *iw_report_plan_json(const struct iw_migration_plan *plan)
{
	g_autoptr(iw_arena) arena = iw_arena_new();
	json_t *object = json_object();
	json_object_set_new(object, "migration", json_string(plan->migration->name));
	json_object_set_new(object, "direction", json_string(plan->direction == IW_UP ? "up" : "down"));
	json_object_set_new(object, "atomic", json_boolean(plan->is_atomic));
	json_object_set_new(object, "delegated", json_boolean(plan->is_delegated));
	json_object_set_new(object, "split", json_boolean(plan->is_split));
	json_object_set_new(object, "shapeReason", text_or_null(plan->shape_reason));
	json_object_set_new(object, "derived", json_boolean(plan->is_derived));
	json_object_set_new(object, "phased", json_boolean(plan->is_phased));
	json_object_set_new(object, "losses", texts_json(plan->losses));
	json_object_set_new(object, "blocking", texts_json(plan->blocking));
	json_object_set_new(object, "notes", texts_json(plan->notes));
	json_t *steps = json_array();
	for (guint i = 0; i < plan->steps->len; i++)
		json_array_append_new(steps, step_json(arena, plan, i));
	json_object_set_new(object, "statements", steps);
	return object;
}
