/* ADD PRIMARY KEY builds its index, and makes its columns NOT NULL, under ACCESS EXCLUSIVE. */
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
	const char *name = constraint->name != NULL ? constraint->name
						    : iw_lint_sql(context, "%s_pkey", context->operation->name.name);
	const char *quoted = iw_lint_sql_name(context, name);
	const char *table = iw_lint_sql_table(context);
	const char *sql = iw_lint_sql(context,
				      "CREATE UNIQUE INDEX CONCURRENTLY %s ON %s (%s);\n"
				      "ALTER TABLE %s ADD CONSTRAINT %s PRIMARY KEY USING INDEX %s;",
				      quoted, table, list->str, table, quoted, quoted);
	g_string_free(list, TRUE);
	return sql;
}

static struct iw_finding *check(const struct iw_lint_context *context)
{
	const struct iw_constraint *constraint = context->operation->constraint;
	if (!iw_lint_is(context, IW_OP_ADD_CONSTRAINT) || constraint == NULL || constraint->kind != IW_PRIMARY_KEY ||
	    context->fact->work == IW_INSTANT || context->fact->blocks < IW_BLOCKS_WRITES ||
	    context->fact->refused != NULL)
		return NULL;
	struct iw_finding *finding = iw_finding_new(context, iw_lint_lock_severity(context),
						    "adding the primary key %s", iw_lint_lock_words(context));
	finding->advice = context->fact->remedy;
	finding->safe_sql = constraint->using_index == NULL ? safe_sql(context) : NULL;
	return finding;
}

static const struct iw_rule_example EXAMPLES[] = {
	{IW_POSTGRES, "CREATE TABLE users (id bigint NOT NULL, name text);", "ALTER TABLE users ADD PRIMARY KEY (id);",
	 "ALTER TABLE users ADD CONSTRAINT users_pkey UNIQUE (id);"},
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_add_primary_key_blocking = {
	.id = "add-primary-key-blocking",
	.title = "a primary key is built while the table is locked",
	.severity = IW_SEVERE,
	.dialects = IW_ON_POSTGRES,
	.why = "PostgreSQL builds the index and checks the columns for NULL while nobody can read or write the "
	       "table. With a unique index that was built concurrently, and columns that are NOT NULL already, "
	       "ADD PRIMARY KEY USING INDEX takes a moment.",
	.check = check,
	.examples = EXAMPLES,
};
