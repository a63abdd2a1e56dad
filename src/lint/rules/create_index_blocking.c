/* CREATE INDEX that blocks writes while it is built. */
#include "lint/rules/rules.h"

static const char *safe_sql(const struct iw_lint_context *context)
{
	const struct iw_table *table = iw_lint_table(context);
	if (!iw_lint_is_dialect(context, IW_POSTGRES) || (table != NULL && table->kind == IW_PARTITIONED_TABLE))
		return NULL;
	struct iw_operation concurrent = *context->operation;
	concurrent.flags = (concurrent.flags | IW_CONCURRENTLY) & ~(unsigned)IW_IF_NOT_EXISTS;
	return iw_lint_render(context, &concurrent);
}

/* Only REFRESH writes to a materialized view. */
static bool is_view(const struct iw_lint_context *context)
{
	const struct iw_table *table = iw_lint_table(context);
	return table != NULL && table->kind == IW_MATERIALIZED_VIEW;
}

static struct iw_finding *check(const struct iw_lint_context *context)
{
	if (!iw_lint_is(context, IW_OP_CREATE_INDEX) || context->fact->blocks < IW_BLOCKS_WRITES ||
	    context->fact->refused != NULL || context->fact->work == IW_INSTANT || is_view(context))
		return NULL;
	struct iw_finding *finding = iw_finding_new(context, iw_lint_lock_severity(context), "creating the index %s",
						    iw_lint_lock_words(context));
	finding->advice = iw_lint_is_dialect(context, IW_POSTGRES)
				  ? "Build it concurrently, in a migration of its own that does not run in a "
				    "transaction. If it fails it leaves an "
				    "INVALID index behind: drop that and try again."
				  : context->fact->remedy;
	finding->safe_sql = safe_sql(context);
	return finding;
}

static const struct iw_rule_example EXAMPLES[] = {
	{IW_POSTGRES, "CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);",
	 "CREATE INDEX users_age ON users (age);", "CREATE INDEX CONCURRENTLY users_age ON users (age);"},
	{IW_POSTGRES, "CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);",
	 "CREATE UNIQUE INDEX ON users (name);",
	 "CREATE TABLE t (a int);\n"
	 "CREATE INDEX ON t (a);"},
	{IW_MYSQL, "CREATE TABLE users (id bigint PRIMARY KEY, name varchar(100), age int);",
	 "CREATE FULLTEXT INDEX users_name ON users (name);", "CREATE INDEX users_name ON users (name);"},
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_create_index_blocking = {
	.id = "create-index-blocking",
	.title = "an index is built while writes wait",
	.severity = IW_WARNING,
	.dialects = IW_ON_POSTGRES | IW_ON_MYSQL,
	.why = "CREATE INDEX on PostgreSQL holds SHARE on the table: every INSERT, UPDATE and DELETE waits until "
	       "the index is built, minutes on a large table. With CONCURRENTLY reads and writes go on; it reads "
	       "the table twice and cannot run in a transaction. On MySQL and MariaDB ordinary indexes are built "
	       "online; FULLTEXT and SPATIAL ones block writes. SQLite has one writer anyway.",
	.check = check,
	.examples = EXAMPLES,
};
