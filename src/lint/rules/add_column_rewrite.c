/* ADD COLUMN that rewrites the table or builds an index under a lock that blocks the application. */
#include "lint/rules/rules.h"

static const char *safe_sql(const struct iw_lint_context *context)
{
	const struct iw_operation *operation = context->operation;
	const struct iw_column *column = operation->column;
	if (!iw_lint_is_dialect(context, IW_POSTGRES) || column->default_value == NULL || column->constraints != NULL ||
	    column->generated != IW_NOT_GENERATED)
		return NULL;
	struct iw_operation plain = *operation;
	struct iw_column bare = *column;
	bare.not_null = false;
	bare.default_value = NULL;
	plain.column = &bare;
	const char *add = iw_lint_render(context, &plain);
	if (add == NULL)
		return NULL;
	const char *table = iw_lint_sql_table(context);
	const char *name = iw_lint_sql_name(context, operation->member);
	return iw_lint_sql(context,
			   "%s\n"
			   "ALTER TABLE %s ALTER COLUMN %s SET DEFAULT %s;\n"
			   "-- then, in batches by key, each in a transaction of its own:\n"
			   "UPDATE %s SET %s = DEFAULT WHERE %s IS NULL AND <key> BETWEEN <from> AND <to>;",
			   add, table, name, column->default_value->text, table, name, name);
}

static struct iw_finding *check(const struct iw_lint_context *context)
{
	if (!iw_lint_is(context, IW_OP_ADD_COLUMN) || context->fact->work < IW_BUILD ||
	    context->fact->blocks < IW_BLOCKS_WRITES || context->operation->column == NULL)
		return NULL;
	struct iw_finding *finding =
		iw_finding_new(context, iw_lint_lock_severity(context), "adding \"%s\" %s, because %s",
			       context->operation->member, iw_lint_lock_words(context),
			       context->fact->condition_words != NULL ? context->fact->condition_words
								      : "this version cannot do it in place");
	finding->advice = context->fact->remedy;
	finding->safe_sql = safe_sql(context);
	return finding;
}

static const struct iw_rule_example EXAMPLES[] = {
	{IW_POSTGRES, "CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);",
	 "ALTER TABLE users ADD COLUMN token uuid DEFAULT gen_random_uuid();",
	 "ALTER TABLE users ADD COLUMN active boolean NOT NULL DEFAULT true;"},
	{IW_POSTGRES, "CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);",
	 "ALTER TABLE users ADD COLUMN number bigserial;", "ALTER TABLE users ADD COLUMN number bigint;"},
	{IW_POSTGRES, "CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);",
	 "ALTER TABLE users ADD COLUMN email text UNIQUE;", "ALTER TABLE users ADD COLUMN email text;"},
	{IW_MYSQL, "CREATE TABLE users (id bigint PRIMARY KEY, name varchar(100), age int);",
	 "ALTER TABLE users ADD COLUMN twice int GENERATED ALWAYS AS (age * 2) STORED;",
	 "ALTER TABLE users ADD COLUMN twice int GENERATED ALWAYS AS (age * 2) VIRTUAL;"},
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_add_column_rewrite = {
	.id = "add-column-rewrite",
	.title = "a new column makes the server rewrite the table",
	.severity = IW_SEVERE,
	.dialects = IW_ON_POSTGRES | IW_ON_MYSQL,
	.why = "Most new columns only change the catalogue. A volatile default (a random value, a clock, a "
	       "sequence), serial and identity columns, stored generated columns, domains with constraints, and "
	       "before PostgreSQL 11 any default at all, must be computed for every row: the table and all its "
	       "indexes are written anew while nobody can read or write it. UNIQUE builds an index under the "
	       "same lock. On MySQL a few forms copy the table, during which writes wait.",
	.check = check,
	.examples = EXAMPLES,
};
