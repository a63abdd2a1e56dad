/* LOCK TABLE in a migration. */
#include "lint/rules/rules.h"

static struct iw_finding *check(const struct iw_lint_context *context)
{
	if (!iw_lint_is(context, IW_OP_LOCK_TABLE) || context->fact->blocks < IW_BLOCKS_WRITES)
		return NULL;
	struct iw_finding *finding = iw_finding_new(
		context, IW_OFF, "locks %s with %s until the transaction ends: blocks %s", iw_lint_table_words(context),
		context->fact->lock, iw_blocks_words(context->fact->blocks));
	finding->advice = "Keep the transaction short, set a lock_timeout, and take the weakest mode that serves.";
	return finding;
}

static const struct iw_rule_example EXAMPLES[] = {
	{IW_POSTGRES, "CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);", "LOCK TABLE users;",
	 "LOCK TABLE users IN SHARE UPDATE EXCLUSIVE MODE;"},
	{IW_MYSQL, "CREATE TABLE users (id bigint PRIMARY KEY, name varchar(100), age int);",
	 "LOCK TABLES users WRITE;", "SELECT 1;"},
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_explicit_lock = {
	.id = "explicit-lock",
	.title = "a table is locked explicitly",
	.severity = IW_WARNING,
	.dialects = IW_ON_POSTGRES | IW_ON_MYSQL,
	.why = "The lock is held until the transaction ends, for all that comes after it.",
	.check = check,
	.examples = EXAMPLES,
};
