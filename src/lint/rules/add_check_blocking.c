/* ADD CHECK that reads every row under ACCESS EXCLUSIVE (PostgreSQL) or copies the table (MySQL). */
#include "lint/rules/rules.h"

static const char *safe_sql(const struct iw_lint_context *context)
{
	if (!iw_lint_is_dialect(context, IW_POSTGRES))
		return NULL;
	const struct iw_table *own = iw_lint_table(context);
	if (own != NULL && own->kind == IW_PARTITIONED_TABLE)
		return NULL;
	struct iw_operation add = *context->operation;
	struct iw_constraint constraint = *context->operation->constraint;
	constraint.is_not_valid = true;
	if (constraint.name == NULL)
		constraint.name = iw_lint_make_name(context, iw_lint_constraint_columns(context, &constraint), "check");
	add.constraint = &constraint;
	add.member = constraint.name;
	const char *sql = iw_lint_render(context, &add);
	if (sql == NULL)
		return NULL;
	return iw_lint_sql(context,
			   "%s\n"
			   "-- in a later transaction, reads and writes go on meanwhile:\n"
			   "ALTER TABLE %s VALIDATE CONSTRAINT %s;",
			   sql, iw_lint_sql_table(context), iw_lint_sql_name(context, constraint.name));
}

static struct iw_finding *check(const struct iw_lint_context *context)
{
	const struct iw_constraint *constraint = context->operation->constraint;
	if (!iw_lint_is(context, IW_OP_ADD_CONSTRAINT) || constraint == NULL || constraint->kind != IW_CHECK ||
	    context->fact->work == IW_INSTANT || context->fact->blocks < IW_BLOCKS_WRITES ||
	    context->fact->refused != NULL)
		return NULL;
	struct iw_finding *finding = iw_finding_new(context, iw_lint_lock_severity(context), "adding the CHECK %s",
						    iw_lint_lock_words(context));
	finding->advice = context->fact->remedy;
	finding->safe_sql = safe_sql(context);
	return finding;
}

static const struct iw_rule_example EXAMPLES[] = {
	{IW_POSTGRES, "CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);",
	 "ALTER TABLE users ADD CONSTRAINT users_age CHECK (age > 0);",
	 "ALTER TABLE users ADD CONSTRAINT users_age CHECK (age > 0) NOT VALID;"},
	{IW_MYSQL, "CREATE TABLE users (id bigint PRIMARY KEY, name varchar(100), age int);",
	 "ALTER TABLE users ADD CONSTRAINT users_age CHECK (age > 0);", "ALTER TABLE users ADD INDEX users_age (age);"},
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_add_check_blocking = {
	.id = "add-check-blocking",
	.title = "a CHECK constraint reads every row while the table is locked",
	.severity = IW_WARNING,
	.dialects = IW_ON_POSTGRES | IW_ON_MYSQL,
	.why = "The server must see that every old row fulfils the condition. PostgreSQL reads them all while "
	       "nobody can read or write the table; MySQL copies the table while writes wait. On PostgreSQL NOT "
	       "VALID and a later VALIDATE CONSTRAINT avoid it.",
	.check = check,
	.examples = EXAMPLES,
};
