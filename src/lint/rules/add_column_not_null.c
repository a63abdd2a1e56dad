/* ADD COLUMN NOT NULL without a default: fails on a table with rows, or (MySQL) fills them with zeros. */
#include "lint/rules/rules.h"

#include <string.h>

static bool is_required(const struct iw_lint_context *context)
{
	const struct iw_column *column = context->operation->column;
	return iw_lint_is(context, IW_OP_ADD_COLUMN) && column != NULL && column->not_null &&
	       strstr(context->fact->id, "add-column-required") != NULL;
}

/* MySQL accepts it and gives old rows the type's zero; only new rows of old code fail. */
static struct iw_finding *mysql_finding(const struct iw_lint_context *context)
{
	struct iw_finding *finding = iw_finding_new(
		context, IW_WARNING,
		"old rows of %s silently get 0 or '' in \"%s\", and inserts of code that does not know the column fail",
		iw_lint_table_words(context), context->operation->member);
	finding->advice = "Give the column a default, or add it nullable, fill it and make it NOT NULL.";
	return finding;
}

static struct iw_finding *check(const struct iw_lint_context *context)
{
	if (!is_required(context))
		return NULL;
	if (iw_lint_is_dialect(context, IW_MYSQL))
		return mysql_finding(context);
	struct iw_finding *finding =
		iw_finding_new(context, IW_SEVERE, "adding \"%s\" NOT NULL without a default fails when %s has rows",
			       context->operation->member, iw_lint_table_words(context));
	finding->advice = iw_lint_is_dialect(context, IW_SQLITE)
				  ? "It passes on an empty development database and fails on one that is in use. Give "
				    "it a constant default."
				  : "Even on an empty table, inserts of code that does not know the column fail. Add "
				    "it nullable, "
				    "deploy code that fills it, fill old rows in batches, then set NOT NULL safely.";
	struct iw_operation nullable = *context->operation;
	struct iw_column column = *context->operation->column;
	column.not_null = false;
	nullable.column = &column;
	finding->safe_sql = iw_lint_render(context, &nullable);
	return finding;
}

static const struct iw_rule_example EXAMPLES[] = {
	{IW_POSTGRES, "CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);",
	 "ALTER TABLE users ADD COLUMN email text NOT NULL;", "ALTER TABLE users ADD COLUMN email text;"},
	{IW_MYSQL, "CREATE TABLE users (id bigint PRIMARY KEY, name varchar(100), age int);",
	 "ALTER TABLE users ADD COLUMN email varchar(100) NOT NULL;",
	 "ALTER TABLE users ADD COLUMN email varchar(100) NOT NULL DEFAULT '';"},
	{IW_SQLITE, "CREATE TABLE users (id integer PRIMARY KEY, name text, age int);",
	 "ALTER TABLE users ADD COLUMN email text NOT NULL;",
	 "ALTER TABLE users ADD COLUMN email text NOT NULL DEFAULT '';"},
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_add_column_not_null = {
	.id = "add-column-not-null",
	.title = "a new column is NOT NULL and has no default",
	.severity = IW_SEVERE,
	.dialects = IW_ON_ALL,
	.why = "The server has no value for the rows that are there, so the statement fails on any table that is "
	       "not empty: typically it passes in development and fails in production. MySQL instead fills in 0 "
	       "or the empty string without a word. On all engines, code that is running while the migration "
	       "runs inserts rows without the new column, and those inserts fail from this moment on.",
	.check = check,
	.examples = EXAMPLES,
};
