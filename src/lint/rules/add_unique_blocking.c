/* ADD UNIQUE builds its index under ACCESS EXCLUSIVE. */
#include "lint/rules/rules.h"

static const char *safe_sql(const struct iw_lint_context *context)
{
	const struct iw_constraint *constraint = context->operation->constraint;
	const struct iw_table *own = iw_lint_table(context);
	GPtrArray *columns = iw_lint_constraint_columns(context, constraint);
	if (!iw_lint_is_dialect(context, IW_POSTGRES) || columns->len == 0 ||
	    (own != NULL && own->kind == IW_PARTITIONED_TABLE))
		return NULL;
	GString *list = g_string_new(NULL);
	for (guint i = 0; i < columns->len; i++)
		g_string_append_printf(list, "%s%s", i == 0 ? "" : ", ",
				       iw_lint_sql_name(context, g_ptr_array_index(columns, i)));
	const char *name = constraint->name != NULL ? constraint->name : iw_lint_make_name(context, columns, "key");
	const char *quoted = iw_lint_sql_name(context, name);
	const char *table = iw_lint_sql_table(context);
	const char *sql = iw_lint_sql(context,
				      "CREATE UNIQUE INDEX CONCURRENTLY %s ON %s (%s);\n"
				      "ALTER TABLE %s ADD CONSTRAINT %s UNIQUE USING INDEX %s;",
				      quoted, table, list->str, table, quoted, quoted);
	g_string_free(list, TRUE);
	return sql;
}

static struct iw_finding *check(const struct iw_lint_context *context)
{
	const struct iw_constraint *constraint = context->operation->constraint;
	if (!iw_lint_is(context, IW_OP_ADD_CONSTRAINT) || constraint == NULL || constraint->kind != IW_UNIQUE ||
	    context->fact->work == IW_INSTANT || context->fact->blocks < IW_BLOCKS_WRITES ||
	    context->fact->refused != NULL)
		return NULL;
	struct iw_finding *finding = iw_finding_new(context, iw_lint_lock_severity(context),
						    "adding the unique constraint %s", iw_lint_lock_words(context));
	finding->advice = context->fact->remedy;
	finding->safe_sql = safe_sql(context);
	return finding;
}

static const struct iw_rule_example EXAMPLES[] = {
	{IW_POSTGRES, "CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);",
	 "ALTER TABLE users ADD CONSTRAINT users_name_key UNIQUE (name);",
	 "ALTER TABLE users ADD CONSTRAINT users_name_key UNIQUE USING INDEX users_name_key;"},
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_add_unique_blocking = {
	.id = "add-unique-blocking",
	.title = "a unique constraint builds its index while the table is locked",
	.severity = IW_SEVERE,
	.dialects = IW_ON_POSTGRES,
	.why = "The index behind the constraint is built while nobody can read or write the table. A unique "
	       "index can be built concurrently first; the constraint then takes it over in a moment.",
	.check = check,
	.examples = EXAMPLES,
};
