/* ADD FOREIGN KEY that checks every row while writes to both tables wait. */
#include "lint/rules/rules.h"

#include <string.h>

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
		constraint.name = iw_lint_make_name(context, iw_lint_constraint_columns(context, &constraint), "fkey");
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
	if (!iw_lint_is(context, IW_OP_ADD_CONSTRAINT) || constraint == NULL || constraint->kind != IW_FOREIGN_KEY ||
	    context->fact->work == IW_INSTANT || context->fact->blocks < IW_BLOCKS_WRITES ||
	    context->fact->refused != NULL)
		return NULL;
	bool is_postgres = iw_lint_is_dialect(context, IW_POSTGRES);
	bool names_other = is_postgres && strcmp(constraint->references.name, context->operation->name.name) != 0 &&
			   !iw_lint_is_new(context->memory, context->before, constraint->references);
	struct iw_finding *finding =
		iw_finding_new(context, iw_lint_lock_severity(context), "adding the foreign key %s%s%s%s",
			       iw_lint_lock_words(context), names_other ? ", and writes of \"" : "",
			       names_other ? constraint->references.name : "", names_other ? "\" too" : "");
	finding->advice =
		is_postgres ? "Add it NOT VALID, then validate it in a transaction of its own." : context->fact->remedy;
	finding->safe_sql = safe_sql(context);
	return finding;
}

static const struct iw_rule_example EXAMPLES[] = {
	{IW_POSTGRES,
	 "CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);\n"
	 "CREATE TABLE posts (id bigint, user_id bigint);",
	 "ALTER TABLE posts ADD CONSTRAINT posts_user FOREIGN KEY (user_id) REFERENCES users (id);",
	 "ALTER TABLE posts ADD CONSTRAINT posts_user FOREIGN KEY (user_id) REFERENCES users (id) NOT VALID;"},
	{IW_MYSQL,
	 "CREATE TABLE users (id bigint PRIMARY KEY, name varchar(100), age int);\n"
	 "CREATE TABLE posts (id bigint PRIMARY KEY, user_id bigint);",
	 "ALTER TABLE posts ADD CONSTRAINT posts_user FOREIGN KEY (user_id) REFERENCES users (id);",
	 "ALTER TABLE posts ADD INDEX posts_user (user_id);"},
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_add_foreign_key_blocking = {
	.id = "add-foreign-key-blocking",
	.title = "a foreign key is checked while writes wait",
	.severity = IW_WARNING,
	.dialects = IW_ON_POSTGRES | IW_ON_MYSQL,
	.why = "PostgreSQL takes SHARE ROW EXCLUSIVE on both tables and looks every row up in the referenced "
	       "one: writes to both wait. With NOT VALID it holds for new rows at once, and VALIDATE CONSTRAINT "
	       "checks old rows without holding writes up. MySQL copies the whole table unless "
	       "foreign_key_checks is off, and then checks nothing.",
	.check = check,
	.examples = EXAMPLES,
};
