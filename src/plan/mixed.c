/*
 * Migrations that hold both SQL and what only their framework can run: is that run alone, between our own segments, or
 * all of the migration by the framework? Alone, what the framework would commit at once is committed in parts, with the
 * journal between them; so it is done where the framework commits in parts anyhow, or where a lock would be held while
 * code of unknown length runs.
 */
#include "plan/plan_internal.h"

#include <string.h>

/* Does it mean something for what comes later in its session? SET CONSTRAINTS does not: the commit checks them. Neither
 * does SQLite's foreign_keys, which is said for each segment anew. */
static bool is_of_session(const struct iw_operation *operation)
{
	switch (operation->kind) {
	case IW_OP_SET:
		return g_strcmp0(operation->member, "constraints") != 0 &&
		       g_strcmp0(operation->member, "foreign_keys") != 0;
	case IW_OP_CREATE_TABLE:
		return (operation->flags & IW_TEMPORARY) != 0;
	case IW_OP_SELECT:
		return operation->data != NULL && operation->data->functions != NULL &&
		       operation->data->functions->len > 0;
	case IW_OP_OPAQUE:
	case IW_OP_LOCK_TABLE:
	case IW_OP_TRANSACTION:
		return true;
	default:
		return false;
	}
}

static bool is_step_of_session(const struct iw_step *step)
{
	for (guint i = 0; i < step->statement->operations->len; i++)
		if (is_of_session(g_ptr_array_index(step->statement->operations, i)))
			return true;
	return false;
}

/* What was found out about the steps. */
struct mixture {
	guint foreign, sql;
	bool is_indivisible, sets_session;
	const struct iw_judgement *held; /* locks out writers or more of a table while what is no SQL runs; NULL */
};

static void note_held(struct mixture *mixture, const struct iw_step *step, const struct iw_judgement **locking)
{
	if (step->statement->is_foreign && mixture->held == NULL)
		mixture->held = *locking;
	if (*locking == NULL && step->worst != NULL && step->blocks >= IW_BLOCKS_WRITES)
		*locking = step->worst;
}

static struct mixture look_at(const struct iw_migration_plan *plan)
{
	struct mixture mixture = {0};
	const struct iw_judgement *locking = NULL;
	for (guint i = 0; i < plan->steps->len; i++) {
		const struct iw_step *step = g_ptr_array_index(plan->steps, i);
		note_held(&mixture, step, &locking);
		if (step->statement->is_foreign || step->statement->needs != NULL) {
			mixture.foreign++;
			mixture.is_indivisible |= step->statement->part == 0;
			continue;
		}
		mixture.sql++;
		mixture.sets_session |= is_step_of_session(step);
	}
	return mixture;
}

static const char *why_whole(const struct mixture *mixture)
{
	if (mixture->is_indivisible)
		return "the framework cannot run that part of it alone";
	return mixture->sets_session ? "some of its SQL is meant for the session that the Python runs in" : NULL;
}

static const char *why_split(iw_arena *arena, const struct iw_plan_options *options, const struct mixture *mixture,
			     bool is_atomic)
{
	if (!is_atomic || !options->transactional_ddl)
		return "the framework would not run it in one transaction either";
	if (mixture->held == NULL || options->engine.dialect == IW_SQLITE)
		return NULL;
	return iw_arena_printf(arena, "in one transaction, %s would stay locked while the Python runs",
			       mixture->held->operation->name.name != NULL ? mixture->held->operation->name.name
									   : "a table");
}

void iw_plan_mixed(iw_arena *arena, const struct iw_plan_options *options, struct iw_migration_plan *plan,
		   bool is_atomic)
{
	struct mixture mixture = look_at(plan);
	plan->is_delegated = mixture.foreign > 0;
	if (mixture.foreign == 0)
		return;
	const char *why = why_whole(&mixture);
	plan->shape_reason = mixture.sql > 0 ? why : NULL;
	if (why != NULL)
		return;
	plan->shape_reason = why_split(arena, options, &mixture, is_atomic);
	plan->is_split = plan->shape_reason != NULL;
	plan->is_delegated = !plan->is_split;
	if (plan->is_delegated && mixture.sql > 0)
		plan->shape_reason =
			"one transaction holds it, and nobody waits for what is locked while the Python runs";
}
