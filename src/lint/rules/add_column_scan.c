/* ADD COLUMN whose CHECK or REFERENCES makes PostgreSQL read every row under ACCESS EXCLUSIVE. */
#include "lint/rules/rules.h"

static struct iw_finding *check(const struct iw_lint_context *context)
{
	if (!iw_lint_is(context, IW_OP_ADD_COLUMN) || context->fact->work != IW_SCAN)
		return NULL;
	struct iw_finding *finding =
		iw_finding_new(context, iw_lint_lock_severity(context), "adding \"%s\" %s, because %s",
			       context->operation->member, iw_lint_lock_words(context), context->fact->condition_words);
	finding->advice = context->fact->remedy;
	struct iw_operation plain = *context->operation;
	struct iw_column bare = *context->operation->column;
	bare.constraints = NULL;
	plain.column = &bare;
	const char *add = iw_lint_render(context, &plain);
	if (add == NULL)
		return finding;
	const char *table = iw_lint_sql_table(context);
	finding->safe_sql = iw_lint_sql(context,
					"%s\n"
					"ALTER TABLE %s ADD CONSTRAINT <name> <the constraint> NOT VALID;\n"
					"-- in a transaction of its own:\n"
					"ALTER TABLE %s VALIDATE CONSTRAINT <name>;",
					add, table, table);
	return finding;
}

static const struct iw_rule_example EXAMPLES[] = {
	{IW_POSTGRES, "CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);",
	 "ALTER TABLE users ADD COLUMN score int CHECK (score > 0);", "ALTER TABLE users ADD COLUMN score int;"},
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_add_column_scan = {
	.id = "add-column-scan",
	.title = "a new column brings a constraint that reads every row",
	.severity = IW_WARNING,
	.dialects = IW_ON_POSTGRES,
	.why = "PostgreSQL checks the constraint for every row, even where the column is new and NULL "
	       "everywhere, and holds ACCESS EXCLUSIVE meanwhile: nobody reads or writes the table. Added with "
	       "NOT VALID the constraint holds for new rows at once, and VALIDATE CONSTRAINT reads the old rows "
	       "under a lock that lets reads and writes go on.",
	.check = check,
	.examples = EXAMPLES,
};
