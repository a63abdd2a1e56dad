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

static const char ADVICE[] =
	"Keep a view with the old name until no code uses it; or keep the database's name and rename "
	"only in the code.";

/* Whether the old name is there again, as a table or a view, is known when the migration ends. */
static struct iw_finding *check(const struct iw_lint_context *context)
{
	if (iw_lint_is(context, IW_OP_RENAME_TABLE) && !is_rebuild(context))
		iw_lint_keep(context, view_sql(context), NULL);
	if (!iw_lint_is(context, IW_OP_SET_TABLE_SCHEMA))
		return NULL;
	struct iw_finding *finding =
		iw_finding_new(context, IW_OFF, "code that uses %s by its old schema fails from this moment on",
			       iw_lint_table_words(context));
	return iw_finding_with(finding, ADVICE, NULL);
}

static struct iw_finding *check_migration(const struct iw_lint_context *context)
{
	GPtrArray *kept = iw_lint_kept(context);
	GString *names = g_string_new(NULL);
	const struct iw_lint_kept *first = NULL;
	guint count = 0;
	for (guint i = 0; i < kept->len; i++) {
		const struct iw_lint_kept *one = g_ptr_array_index(kept, i);
		if (iw_schema_find_table(context->before, one->table) != NULL)
			continue;
		first = first == NULL ? one : first;
		g_string_append_printf(names, "%s\"%s\"", count++ == 0 ? "" : ", ", one->table.name);
	}
	struct iw_finding *finding =
		first == NULL
			? NULL
			: iw_finding_new(context, IW_OFF, "code that uses %s by %s old name fails from this moment on",
					 names->str, count == 1 ? "its" : "their");
	g_string_free(names, TRUE);
	if (finding == NULL)
		return NULL;
	finding->place = first->place;
	finding->object = first->table.name;
	return iw_finding_with(finding, ADVICE, count == 1 ? first->what : NULL);
}

static const struct iw_rule_example EXAMPLES[] = {
	{IW_POSTGRES, "CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);",
	 "ALTER TABLE users RENAME TO people;",
	 "ALTER TABLE users RENAME TO people;\nCREATE VIEW users AS SELECT * FROM people;"},
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
	.check_migration = check_migration,
	.examples = EXAMPLES,
};
