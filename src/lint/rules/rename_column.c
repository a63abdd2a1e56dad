/* RENAME COLUMN: all running code uses the old name. */
#include "lint/rules/rules.h"

static bool is_rename(const struct iw_lint_context *context)
{
	const struct iw_operation *operation = context->operation;
	if (iw_lint_is(context, IW_OP_RENAME_COLUMN))
		return true;
	return iw_lint_is(context, IW_OP_MODIFY_COLUMN) && operation->column != NULL &&
	       operation->column->name != NULL && operation->member != NULL &&
	       g_ascii_strcasecmp(operation->column->name, operation->member) != 0;
}

static struct iw_finding *check(const struct iw_lint_context *context)
{
	if (!is_rename(context))
		return NULL;
	struct iw_finding *finding =
		iw_finding_new(context, IW_OFF, "code that uses the old name of %s.\"%s\" fails from this moment on",
			       iw_lint_table_words(context), context->operation->member);
	finding->advice = "Add a column with the new name, write both, fill old rows, move the readers, then drop the "
			  "old one; or keep the "
			  "database's name and rename only in the code.";
	return finding;
}

static const struct iw_rule_example EXAMPLES[] = {
	{IW_POSTGRES, "CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);",
	 "ALTER TABLE users RENAME COLUMN name TO full_name;", "ALTER TABLE users ADD COLUMN full_name text;"},
	{IW_MYSQL, "CREATE TABLE users (id bigint PRIMARY KEY, name varchar(100), age int);",
	 "ALTER TABLE users RENAME COLUMN name TO full_name;", "ALTER TABLE users ADD COLUMN full_name varchar(100);"},
	{IW_MYSQL, "CREATE TABLE users (id bigint PRIMARY KEY, name varchar(100), age int);",
	 "ALTER TABLE users CHANGE name full_name varchar(100);", "ALTER TABLE users CHANGE name name varchar(120);"},
	{IW_SQLITE, "CREATE TABLE users (id integer PRIMARY KEY, name text, age int);",
	 "ALTER TABLE users RENAME COLUMN name TO full_name;", "ALTER TABLE users ADD COLUMN full_name text;"},
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_rename_column = {
	.id = "rename-column",
	.title = "a column is renamed",
	.severity = IW_SEVERE,
	.dialects = IW_ON_ALL,
	.why = "Old and new code cannot both work: whichever is deployed first fails until the other follows. "
	       "Renaming in the application only (@map in Prisma, the column name argument in Drizzle) costs "
	       "nothing.",
	.check = check,
	.examples = EXAMPLES,
};
