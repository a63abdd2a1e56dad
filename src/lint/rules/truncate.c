/* TRUNCATE empties a table, and with CASCADE every table that references it. */
#include "lint/rules/rules.h"

static struct iw_finding *check(const struct iw_lint_context *context)
{
	if (!iw_lint_is(context, IW_OP_TRUNCATE))
		return NULL;
	bool cascades = (context->operation->flags & IW_CASCADED) != 0;
	struct iw_finding *finding =
		iw_finding_new(context, cascades ? IW_SEVERE : IW_OFF, "empties %s%s; running code finds nothing there",
			       iw_lint_table_words(context), cascades ? " and every table that references it" : "");
	finding->advice = "Make sure that this is wanted; delete in batches if the application uses the table.";
	return finding;
}

static const struct iw_rule_example EXAMPLES[] = {
	{IW_POSTGRES, "CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);", "TRUNCATE users;",
	 "DELETE FROM users WHERE id = 1;"},
	{IW_MYSQL, "CREATE TABLE users (id bigint PRIMARY KEY, name varchar(100), age int);", "TRUNCATE TABLE users;",
	 "DELETE FROM users WHERE id = 1;"},
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_truncate = {
	.id = "truncate",
	.title = "a table is emptied",
	.severity = IW_WARNING,
	.dialects = IW_ON_POSTGRES | IW_ON_MYSQL,
	.why = "TRUNCATE takes the strongest lock and removes all rows at once. CASCADE does the same to every "
	       "table with a foreign key to it, whatever ON DELETE says. On MySQL it commits by itself and "
	       "cannot be rolled back.",
	.check = check,
	.examples = EXAMPLES,
};
