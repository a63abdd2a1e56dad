/* A column gets another type: rewrite, scan or index build on PostgreSQL, table copy on MySQL. */
#include "lint/rules/rules.h"

#include <string.h>

static bool is_type_change(const struct iw_lint_context *context)
{
	return iw_lint_is(context, IW_OP_ALTER_COLUMN_TYPE) || iw_lint_is(context, IW_OP_MODIFY_COLUMN);
}

static const char *type_before(const struct iw_lint_context *context)
{
	const struct iw_table *table = iw_lint_table(context);
	const struct iw_column *column =
		table == NULL ? NULL
			      : iw_table_find_column(table, context->options->engine, context->operation->member);
	return column == NULL || column->type.text == NULL ? "its type" : column->type.text;
}

static struct iw_finding *check(const struct iw_lint_context *context)
{
	if (!is_type_change(context) || context->fact->work == IW_INSTANT || context->fact->blocks < IW_BLOCKS_WRITES ||
	    context->operation->column == NULL)
		return NULL;
	if (context->memory->session_is_utc && strcmp(context->fact->id, "pg-alter-type-timezone") == 0)
		return NULL;
	const char *to = context->operation->column->type.text;
	enum iw_severity severity = iw_lint_lock_severity(context);
	bool is_guess = strstr(context->fact->id, "unknown") != NULL;
	struct iw_finding *finding = iw_finding_new(
		context, is_guess ? MIN(severity, IW_WARNING) : severity, "changing \"%s\" from %s to %s %s%s",
		context->operation->member, type_before(context), to == NULL ? "another type" : to,
		iw_lint_lock_words(context), is_guess ? ", unless its present type is stored alike" : "");
	finding->advice = context->fact->remedy;
	return finding;
}

static const struct iw_rule_example EXAMPLES[] = {
	{IW_POSTGRES, "CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);",
	 "ALTER TABLE users ALTER COLUMN age TYPE bigint;", "ALTER TABLE users ALTER COLUMN name TYPE varchar;"},
	{IW_MYSQL, "CREATE TABLE users (id bigint PRIMARY KEY, name varchar(100), age int);",
	 "ALTER TABLE users MODIFY age bigint;", "ALTER TABLE users MODIFY name varchar(100) NULL;"},
	{IW_POSTGRES, "CREATE TABLE t (a varchar(10));", "ALTER TABLE t ALTER COLUMN a TYPE varchar(5);",
	 "ALTER TABLE t ALTER COLUMN a TYPE varchar(20);"},
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_change_type = {
	.id = "change-type",
	.title = "a column changes its type and the table must be rewritten",
	.severity = IW_SEVERE,
	.dialects = IW_ON_POSTGRES | IW_ON_MYSQL,
	.why = "Few type changes leave the rows as they are: a longer or unlimited varchar, text, a wider "
	       "numeric of the same scale, more digits of time. All others write every row and every index anew "
	       "while nobody can read or write the table (PostgreSQL) or write it (MySQL and MariaDB before "
	       "11.2). Code that was compiled for the old type may fail as well.",
	.check = check,
	.examples = EXAMPLES,
};
