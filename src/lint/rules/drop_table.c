/* DROP TABLE: running code that uses it fails, and its rows are gone. */
#include "lint/rules/rules.h"

/* Dropped after its rows went to a new table: the end of a rebuild, if that one gets its name. */
static bool is_rebuild(const struct iw_lint_context *context)
{
	const char *key = iw_lint_table_key(context->memory->arena, context->before, context->operation->name);
	return g_hash_table_contains(context->memory->copied, key);
}

static struct iw_finding *check(const struct iw_lint_context *context)
{
	if (!iw_lint_is(context, IW_OP_DROP_TABLE) || iw_lint_table(context) == NULL)
		return NULL;
	if (is_rebuild(context)) {
		iw_lint_keep(context, NULL, NULL);
		return NULL;
	}
	struct iw_finding *finding = iw_finding_new(
		context, IW_OFF, "dropping %s breaks running code that still uses it, and its rows are lost",
		iw_lint_table_words(context));
	finding->advice = "First deploy code that does not use the table. Rename it for a while before dropping it: "
			  "that can be undone.";
	return finding;
}

static struct iw_finding *check_migration(const struct iw_lint_context *context)
{
	GPtrArray *kept = iw_lint_kept(context);
	for (guint i = kept->len; i-- > 0;)
		if (iw_schema_find_table(context->before, ((const struct iw_lint_kept *)kept->pdata[i])->table) != NULL)
			g_ptr_array_remove_index(kept, i);
	struct iw_finding *finding =
		iw_finding_of_kept(context, kept, "its rows are copied, and running code that still uses it breaks");
	return finding == NULL
		       ? NULL
		       : iw_finding_with(finding,
					 "Keep a view with the old name, or the old table, until no code uses it.",
					 NULL);
}

static const struct iw_rule_example EXAMPLES[] = {
	{IW_POSTGRES, "CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);", "DROP TABLE users;",
	 "CREATE TABLE t (id int);\n"
	 "DROP TABLE t;"},
	{IW_MYSQL, "CREATE TABLE users (id bigint PRIMARY KEY, name varchar(100), age int);", "DROP TABLE users;",
	 "CREATE TABLE t (id int);\n"
	 "DROP TABLE t;"},
	{IW_SQLITE, "CREATE TABLE users (id integer PRIMARY KEY, name text, age int);", "DROP TABLE users;",
	 "CREATE TABLE t (id int);\n"
	 "DROP TABLE t;"},
	{IW_POSTGRES, "CREATE TABLE documents (id bigint PRIMARY KEY);",
	 "CREATE TABLE envelopes (id bigint PRIMARY KEY);\nINSERT INTO envelopes SELECT id FROM documents;\nDROP TABLE "
	 "documents;",
	 "CREATE TABLE new_documents (id bigint PRIMARY KEY);\nINSERT INTO new_documents SELECT id FROM "
	 "documents;\nDROP TABLE "
	 "documents;\nALTER TABLE new_documents RENAME TO documents;"},
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_drop_table = {
	.id = "drop-table",
	.title = "a table is dropped",
	.severity = IW_WARNING,
	.dialects = IW_ON_ALL,
	.why = "Between the migration and the end of the deployment the old code is still running, and its "
	       "statements on the table fail. The rows cannot be brought back but from a backup.",
	.check = check,
	.check_migration = check_migration,
	.examples = EXAMPLES,
};
