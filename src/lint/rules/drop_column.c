/* DROP COLUMN: running code that names it fails, and its values are gone. */
#include "lint/rules/rules.h"

static struct iw_finding *check(const struct iw_lint_context *context)
{
	if (!iw_lint_is(context, IW_OP_DROP_COLUMN) || context->fact->refused != NULL)
		return NULL;
	struct iw_finding *finding =
		iw_finding_new(context, IW_OFF,
			       "dropping \"%s\" of %s breaks running code that still names it, and its values are lost",
			       context->operation->member, iw_lint_table_words(context));
	finding->advice =
		"First deploy code that neither reads nor writes the column, then drop it in a later migration.";
	return finding;
}

static const struct iw_rule_example EXAMPLES[] = {
	{IW_POSTGRES, "CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);",
	 "ALTER TABLE users DROP COLUMN age;", "ALTER TABLE users ALTER COLUMN age DROP NOT NULL;"},
	{IW_MYSQL, "CREATE TABLE users (id bigint PRIMARY KEY, name varchar(100), age int);",
	 "ALTER TABLE users DROP COLUMN age;", "ALTER TABLE users ALTER COLUMN age SET DEFAULT 0;"},
	{IW_SQLITE, "CREATE TABLE users (id integer PRIMARY KEY, name text, age int);",
	 "ALTER TABLE users DROP COLUMN age;", "CREATE TABLE other (id integer);"},
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_drop_column = {
	.id = "drop-column",
	.title = "a column is dropped",
	.severity = IW_WARNING,
	.dialects = IW_ON_ALL,
	.why = "Between the migration and the end of the deployment the old code is still running. ORMs name "
	       "every column they know in each SELECT and INSERT, so one dropped column makes all statements on "
	       "the table fail. The values cannot be brought back but from a backup.",
	.check = check,
	.examples = EXAMPLES,
};
