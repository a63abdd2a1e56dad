/* Long work later in a transaction that holds ACCESS EXCLUSIVE on a table. */
#include "lint/rules/rules.h"

static bool is_long_data_change(const struct iw_lint_context *context)
{
	const struct iw_operation *operation = context->operation;
	bool is_change = operation->kind == IW_OP_UPDATE || operation->kind == IW_OP_DELETE ||
			 operation->kind == IW_OP_INSERT || operation->kind == IW_OP_MERGE;
	return is_change && !context->is_new_table && context->fact->work != IW_INSTANT && operation->data != NULL &&
	       !operation->data->is_values;
}

/* Statements whose own lock is not the point: they would be fine alone. */
static bool is_long_weak_work(const struct iw_lint_context *context)
{
	return !context->is_new_table && context->fact->work != IW_INSTANT &&
	       context->fact->blocks < IW_BLOCKS_WRITES && iw_operation_is_ddl(context->operation);
}

static struct iw_finding *check(const struct iw_lint_context *context)
{
	const struct iw_lint_strong_lock *strong = &context->memory->strong;
	if (context->replay_error != NULL || !context->in_transaction || strong->table == NULL ||
	    (!is_long_data_change(context) && !is_long_weak_work(context)) ||
	    !iw_lint_say_once(context, "work-under-lock"))
		return NULL;
	struct iw_finding *finding = iw_finding_new(context, IW_OFF,
						    "this runs while the transaction holds %s on \"%s\" (line %d, %s): "
						    "nobody reads or writes that table meanwhile",
						    strong->lock, strong->table, strong->line, strong->title);
	finding->advice = "Put the long work into a migration of its own, before or after.";
	return finding;
}

static const struct iw_rule_example EXAMPLES[] = {
	{IW_POSTGRES, "CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);",
	 "ALTER TABLE users ADD COLUMN nick text;\n"
	 "UPDATE users SET nick = name;",
	 "ALTER TABLE users ADD COLUMN nick text;\n"
	 "COMMIT;\n"
	 "UPDATE users SET nick = name;"},
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_work_under_lock = {
	.id = "work-under-lock",
	.title = "long work runs while a table is locked",
	.severity = IW_SEVERE,
	.dialects = IW_ON_POSTGRES,
	.why = "A lock is held until the transaction ends, so what comes after a quick ALTER TABLE in the same "
	       "transaction makes its ACCESS EXCLUSIVE last: a backfill right behind ADD COLUMN blocks all "
	       "readers and writers of the table for as long as the backfill takes.",
	.check = check,
	.examples = EXAMPLES,
};
