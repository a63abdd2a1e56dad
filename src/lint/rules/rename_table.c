/* RENAME TABLE and SET SCHEMA: all running code uses the old name. */
#include "lint/rules/rules.h"

/* A table that the migration has copied or renamed away before: part of a rebuild, not a rename that code sees. */
static bool is_rebuild(const struct iw_lint_context *context)
{
	const char *key = iw_lint_table_key(context->memory->arena, context->before, context->operation->name);
	return g_hash_table_contains(context->memory->copied, key);
}

static const char *view_sql(const struct iw_lint_context *context)
{
	if (!iw_lint_is_dialect(context, IW_POSTGRES) || context->operation->kind != IW_OP_RENAME_TABLE)
		return NULL;
	return iw_lint_sql(context,
			   "BEGIN;\n%s\nCREATE VIEW %s AS SELECT * FROM %s;\nCOMMIT;\n"
			   "-- when no code uses the old name any more: DROP VIEW %s;",
			   iw_lint_render(context, context->operation), iw_lint_sql_table(context),
			   iw_lint_sql_name(context, context->operation->new_name.name), iw_lint_sql_table(context));
}

static struct iw_finding *check(const struct iw_lint_context *context)
{
	bool is_move = iw_lint_is(context, IW_OP_SET_TABLE_SCHEMA);
	if ((!iw_lint_is(context, IW_OP_RENAME_TABLE) && !is_move) || is_rebuild(context))
		return NULL;
	struct iw_finding *finding =
		iw_finding_new(context, IW_OFF, "code that uses %s by its old %s fails from this moment on",
			       iw_lint_table_words(context), is_move ? "schema" : "name");
	finding->advice = "Keep a view with the old name until no code uses it; or keep the database's name and rename "
			  "only in the code.";
	finding->safe_sql = view_sql(context);
	return finding;
}

static const struct iw_rule_example EXAMPLES[] = {
	{IW_POSTGRES, "CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);",
	 "ALTER TABLE users RENAME TO people;", "ALTER TABLE users ADD COLUMN nick text;"},
	{IW_MYSQL, "CREATE TABLE users (id bigint PRIMARY KEY, name varchar(100), age int);",
	 "RENAME TABLE users TO people;", "ALTER TABLE users ADD COLUMN nick text;"},
	{IW_SQLITE, "CREATE TABLE users (id integer PRIMARY KEY, name text, age int);",
	 "ALTER TABLE users RENAME TO people;",
	 "CREATE TABLE other (id int);\n"
	 "ALTER TABLE other RENAME TO others;"},
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_rename_table = {
	.id = "rename-table",
	.title = "a table is renamed or moved to another schema",
	.severity = IW_SEVERE,
	.dialects = IW_ON_ALL,
	.why = "Old and new code cannot both work: whichever is deployed first fails until the other follows. A "
	       "view with the old name, made in the same transaction, serves old code: simple views take "
	       "inserts, updates and deletes too on PostgreSQL and MySQL.",
	.check = check,
	.examples = EXAMPLES,
};
