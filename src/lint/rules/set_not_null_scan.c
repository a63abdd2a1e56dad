/* SET NOT NULL that reads every row under ACCESS EXCLUSIVE. */
#include "lint/rules/rules.h"

static const char *safe_sql(const struct iw_lint_context *context, const char *member)
{
	const char *table = iw_lint_sql_table(context);
	const char *column = iw_lint_sql_name(context, member);
	GPtrArray *columns = iw_arena_ptr_array(context->arena);
	g_ptr_array_add(columns, (char *)member);
	const char *name = iw_lint_sql_name(context, iw_lint_make_name(context, columns, "not_null"));
	return iw_lint_sql(context,
			   "ALTER TABLE %s ADD CONSTRAINT %s CHECK (%s IS NOT NULL) NOT VALID;\n"
			   "-- in a transaction of its own, reads and writes go on meanwhile:\n"
			   "ALTER TABLE %s VALIDATE CONSTRAINT %s;\n"
			   "-- in a third one (does not read the rows again from PostgreSQL 12 on):\n"
			   "ALTER TABLE %s ALTER COLUMN %s SET NOT NULL;\n"
			   "ALTER TABLE %s DROP CONSTRAINT %s;",
			   table, name, column, table, name, table, column, table, name);
}

static const char *column_of(const struct iw_lint_context *context)
{
	const struct iw_constraint *constraint = context->operation->constraint;
	if (iw_lint_is(context, IW_OP_SET_NOT_NULL))
		return context->operation->member;
	bool is_constraint = iw_lint_is(context, IW_OP_ADD_CONSTRAINT) && constraint != NULL &&
			     constraint->kind == IW_NOT_NULL_CONSTRAINT && constraint->columns != NULL;
	return is_constraint ? g_ptr_array_index(constraint->columns, 0) : NULL;
}

static struct iw_finding *check(const struct iw_lint_context *context)
{
	const char *column = column_of(context);
	if (column == NULL || context->fact->work == IW_INSTANT)
		return NULL;
	struct iw_finding *finding = iw_finding_new(context, iw_lint_lock_severity(context),
						    "making \"%s\" NOT NULL %s", column, iw_lint_lock_words(context));
	finding->advice = "Writes of NULL by running code fail from this moment on. Let a CHECK prove it first: "
			  "validating that holds nobody up.";
	finding->safe_sql = safe_sql(context, column);
	return finding;
}

static const struct iw_rule_example EXAMPLES[] = {
	{IW_POSTGRES, "CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);",
	 "ALTER TABLE users ALTER COLUMN name SET NOT NULL;",
	 "ALTER TABLE users ADD CONSTRAINT n CHECK (name IS NOT NULL) NOT VALID;\n"
	 "ALTER TABLE users VALIDATE CONSTRAINT n;\n"
	 "ALTER TABLE users ALTER COLUMN name SET NOT NULL;"},
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_set_not_null_scan = {
	.id = "set-not-null-scan",
	.title = "a column becomes NOT NULL and every row is read",
	.severity = IW_WARNING,
	.dialects = IW_ON_POSTGRES,
	.why = "PostgreSQL reads every row to see that none is NULL while nobody can read or write the table. "
	       "From 12 on it does not when a valid CHECK (column IS NOT NULL) is there; adding that NOT VALID "
	       "and validating it lets reads and writes go on.",
	.check = check,
	.examples = EXAMPLES,
};
