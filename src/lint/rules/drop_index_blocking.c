/* DROP INDEX without CONCURRENTLY waits for ACCESS EXCLUSIVE on the table. */
#include "lint/rules/rules.h"

static struct iw_finding *check(const struct iw_lint_context *context)
{
	if (!iw_lint_is(context, IW_OP_DROP_INDEX) || (context->operation->flags & IW_CONCURRENTLY) != 0 ||
	    context->fact->refused != NULL || iw_lint_table(context) == NULL)
		return NULL;
	struct iw_finding *finding = iw_finding_new(context, IW_OFF,
						    "dropping the index takes ACCESS EXCLUSIVE on %s: quick, but all "
						    "queries queue while it waits for running ones",
						    iw_lint_table_words(context));
	finding->advice = "DROP INDEX CONCURRENTLY waits without holding anybody up; it cannot run in a transaction.";
	struct iw_operation concurrent = *context->operation;
	concurrent.flags |= IW_CONCURRENTLY;
	const struct iw_table *table = iw_lint_table(context);
	if (table->kind != IW_PARTITIONED_TABLE)
		finding->safe_sql = iw_lint_render(context, &concurrent);
	return finding;
}

static const struct iw_rule_example EXAMPLES[] = {
	{IW_POSTGRES,
	 "CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);\n"
	 "CREATE INDEX users_age ON users (age);",
	 "DROP INDEX users_age;", "DROP INDEX CONCURRENTLY users_age;"},
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_drop_index_blocking = {
	.id = "drop-index-blocking",
	.title = "an index is dropped without CONCURRENTLY",
	.severity = IW_NOTE,
	.dialects = IW_ON_POSTGRES,
	.why = "The lock is held for a moment only, but it must first wait for every running query of the table, "
	       "and all queries that come later wait behind it. With a short lock_timeout, or with CONCURRENTLY, "
	       "that cannot pile up.",
	.check = check,
	.examples = EXAMPLES,
};
