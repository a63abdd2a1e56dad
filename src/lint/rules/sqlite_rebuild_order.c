/* SQLite: renaming the old table away first drags the references of other tables along. */
#include "lint/rules/rules.h"

static bool is_renamed_away(const struct iw_lint_context *context)
{
	const char *key = iw_lint_table_key(context->memory->arena, context->before, context->operation->name);
	return g_hash_table_contains(context->memory->renamed, key);
}

/* CREATE TABLE under a name that this migration has just renamed away from. */
static struct iw_finding *check(const struct iw_lint_context *context)
{
	if (iw_lint_is_any(context, IW_OP_CREATE_TABLE) && is_renamed_away(context))
		iw_lint_keep(context, NULL, NULL);
	return NULL;
}

/* A table whose foreign key leads to a table that is not there; NULL: none. */
static const struct iw_table *dangling(const iw_schema *schema, const char **missing)
{
	for (guint i = 0; i < schema->tables->len; i++) {
		const struct iw_table *table = g_ptr_array_index(schema->tables, i);
		for (guint k = 0; k < table->constraints->len; k++) {
			const struct iw_constraint *constraint = g_ptr_array_index(table->constraints, k);
			if (constraint->kind != IW_FOREIGN_KEY ||
			    iw_schema_find_table(schema, constraint->references) != NULL)
				continue;
			*missing = constraint->references.name;
			return table;
		}
	}
	return NULL;
}

static struct iw_finding *check_migration(const struct iw_lint_context *context)
{
	GPtrArray *kept = iw_lint_kept(context);
	const char *missing = NULL;
	const struct iw_table *table = kept->len == 0 ? NULL : dangling(context->before, &missing);
	if (table == NULL)
		return NULL;
	const struct iw_lint_kept *first = g_ptr_array_index(kept, 0);
	struct iw_finding *finding =
		iw_finding_new(context, IW_OFF,
			       "\"%s\" was renamed away before this: the foreign keys of \"%s\" followed it to \"%s\"",
			       first->table.name, table->name.name, missing);
	finding->place = first->place;
	finding->object = first->table.name;
	finding->advice = "Create the new table under a temporary name, copy, drop the old one, then rename the new "
			  "one (the order of "
			  "sqlite.org/lang_altertable.html).";
	return finding;
}

static const struct iw_rule_example EXAMPLES[] = {
	{IW_SQLITE,
	 "CREATE TABLE parents (id integer PRIMARY KEY, name text);\n"
	 "CREATE TABLE children (id integer PRIMARY KEY, parent_id integer REFERENCES parents (id) ON DELETE CASCADE);",
	 "ALTER TABLE parents RENAME TO old_parents;\n"
	 "CREATE TABLE parents (id integer PRIMARY KEY, name text);\n"
	 "INSERT INTO parents SELECT id, name FROM old_parents;\n"
	 "DROP TABLE old_parents;",
	 "CREATE TABLE new_parents (id integer PRIMARY KEY, name text);\n"
	 "INSERT INTO new_parents SELECT id, name FROM parents;\n"
	 "DROP TABLE parents;\n"
	 "ALTER TABLE new_parents RENAME TO parents;"},
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_sqlite_rebuild_order = {
	.id = "sqlite-rebuild-order",
	.title = "a table rebuild in the wrong order",
	.severity = IW_SEVERE,
	.dialects = IW_ON_SQLITE,
	.why = "Since 3.26 RENAME TABLE rewrites the references in all other tables, views and triggers. A "
	       "rebuild that first renames the old table away leaves them pointing at the old one, and when that "
	       "is dropped they point nowhere: every later insert into those tables fails.",
	.check = check,
	.check_migration = check_migration,
	.examples = EXAMPLES,
};
