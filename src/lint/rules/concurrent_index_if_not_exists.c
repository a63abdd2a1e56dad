/* CREATE INDEX CONCURRENTLY IF NOT EXISTS accepts the invalid index of a failed build. */
#include "lint/rules/rules.h"

static struct iw_finding *check(const struct iw_lint_context *context)
{
	unsigned both = IW_CONCURRENTLY | IW_IF_NOT_EXISTS;
	if (!iw_lint_is(context, IW_OP_CREATE_INDEX) || (context->operation->flags & both) != both)
		return NULL;
	struct iw_finding *finding = iw_finding_new(
		context, IW_OFF,
		"a failed concurrent build leaves an INVALID index, and IF NOT EXISTS then takes it for the real one");
	finding->advice = "Drop what a failed attempt left behind, then build without IF NOT EXISTS.";
	struct iw_operation plain = *context->operation;
	plain.flags &= ~(unsigned)IW_IF_NOT_EXISTS;
	const char *create = iw_lint_render(context, &plain);
	if (create != NULL && plain.member != NULL)
		finding->safe_sql = iw_lint_sql(
			context, "DROP INDEX CONCURRENTLY IF EXISTS %s;\n%s",
			iw_quote_name(context->arena, IW_POSTGRES, (struct iw_name){plain.name.schema, plain.member}),
			create);
	return finding;
}

static const struct iw_rule_example EXAMPLES[] = {
	{IW_POSTGRES, "CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);",
	 "CREATE INDEX CONCURRENTLY IF NOT EXISTS users_age ON users (age);",
	 "CREATE INDEX CONCURRENTLY users_age ON users (age);"},
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_concurrent_index_if_not_exists = {
	.id = "concurrent-index-if-not-exists",
	.title = "CREATE INDEX CONCURRENTLY with IF NOT EXISTS",
	.severity = IW_NOTE,
	.dialects = IW_ON_POSTGRES,
	.why = "When a concurrent build fails (a duplicate key, a deadlock, a timeout) an index marked INVALID "
	       "stays behind. It is not used by queries but kept up to date by writes. Running the migration "
	       "again with IF NOT EXISTS finds an index of that name and reports success.",
	.check = check,
	.examples = EXAMPLES,
};
