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
	if (!iw_lint_is_any(context, IW_OP_CREATE_TABLE) || !is_renamed_away(context))
		return NULL;
	struct iw_finding *finding = iw_finding_new(context, IW_OFF,
						    "\"%s\" was renamed away before this: foreign keys, views and "
						    "triggers of other tables followed the old table",
						    context->operation->name.name);
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
	.examples = EXAMPLES,
};
