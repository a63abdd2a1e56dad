/* PostgreSQL 14.0 to 14.3: concurrent builds can corrupt the index. */
#include "lint/rules/rules.h"

static struct iw_finding *check(const struct iw_lint_context *context)
{
	int version = context->options->engine.version;
	bool is_build = iw_lint_is(context, IW_OP_CREATE_INDEX) || iw_lint_is(context, IW_OP_REINDEX);
	if (!is_build || (context->operation->flags & IW_CONCURRENTLY) == 0 || version < 140000 || version >= 140004)
		return NULL;
	struct iw_finding *finding = iw_finding_new(
		context, IW_OFF, "PostgreSQL 14.0 to 14.3 may leave rows out of an index that is built concurrently");
	return iw_finding_with(
		finding,
		"Update to 14.4 or later first. amcheck (bt_index_check with heapallindexed) finds such indexes.",
		NULL);
}

static const struct iw_rule_example EXAMPLES[] = {
	{IW_POSTGRES, IW_USERS, "COMMIT;\nCREATE INDEX CONCURRENTLY i ON users (age);",
	 "CREATE INDEX i ON users (age);", 140003},
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_concurrent_index_bug_14 = {
	.id = "concurrent-index-bug-14",
	.title = "a concurrent index build on PostgreSQL 14.0 to 14.3",
	.severity = IW_SEVERE,
	.dialects = IW_ON_POSTGRES,
	.why = "Rows that are written while CREATE INDEX CONCURRENTLY or REINDEX CONCURRENTLY runs may be missing in "
	       "the index; "
	       "queries then miss them without an error. Mended in 14.4.",
	.check = check,
	.examples = EXAMPLES,
};
