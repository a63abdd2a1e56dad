/* SQLite: DROP TABLE with foreign keys on deletes or empties child rows. */
#include "lint/rules/rules.h"

/* A foreign key of another table that would act on its rows when those of `table` go. */
static const struct iw_table *acting_child(const struct iw_lint_context *context, enum iw_action *action)
{
	const iw_schema *schema = context->before;
	for (guint i = 0; i < schema->tables->len; i++) {
		const struct iw_table *table = g_ptr_array_index(schema->tables, i);
		for (guint k = 0; k < table->constraints->len; k++) {
			const struct iw_constraint *constraint = g_ptr_array_index(table->constraints, k);
			if (constraint->kind != IW_FOREIGN_KEY ||
			    g_ascii_strcasecmp(constraint->references.name, context->operation->name.name) != 0 ||
			    g_ascii_strcasecmp(table->name.name, context->operation->name.name) == 0 ||
			    iw_lint_is_new(context->memory, schema, table->name))
				continue;
			*action = constraint->on_delete;
			if (*action >= IW_CASCADE)
				return table;
		}
	}
	return NULL;
}

static struct iw_finding *check(const struct iw_lint_context *context)
{
	enum iw_action action = IW_NO_ACTION;
	if (!iw_lint_is(context, IW_OP_DROP_TABLE) || context->memory->foreign_keys_off)
		return NULL;
	const struct iw_table *child = acting_child(context, &action);
	if (child == NULL)
		return NULL;
	struct iw_finding *finding = iw_finding_new(
		context, IW_OFF, "dropping %s %s the rows of \"%s\" that reference it%s", iw_lint_table_words(context),
		action == IW_CASCADE ? "deletes" : "clears the references in", child->name.name,
		context->memory->foreign_keys_ignored
			? ": PRAGMA foreign_keys=OFF does nothing inside the framework's transaction"
			: " when foreign keys are on");
	finding->advice = "PRAGMA foreign_keys=OFF must come before the transaction begins, and PRAGMA "
			  "foreign_key_check before its commit. "
			  "inchworm up does both when the migration asks for it.";
	return finding;
}

static const struct iw_rule_example EXAMPLES[] = {
	{IW_SQLITE,
	 "CREATE TABLE parents (id integer PRIMARY KEY, name text);\n"
	 "CREATE TABLE children (id integer PRIMARY KEY, parent_id integer REFERENCES parents (id) ON DELETE CASCADE);",
	 "PRAGMA foreign_keys=OFF;\n"
	 "CREATE TABLE new_parents (id integer PRIMARY KEY, name text NOT NULL);\n"
	 "INSERT INTO new_parents SELECT id, name FROM parents;\n"
	 "DROP TABLE parents;\n"
	 "ALTER TABLE new_parents RENAME TO parents;\n"
	 "PRAGMA foreign_keys=ON;",
	 "ALTER TABLE parents ADD COLUMN nick text;"},
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_sqlite_rebuild_cascade = {
	.id = "sqlite-rebuild-cascade",
	.title = "a table rebuild deletes the rows of other tables",
	.severity = IW_SEVERE,
	.dialects = IW_ON_SQLITE,
	.why = "With foreign keys on, DROP TABLE first deletes every row, and ON DELETE CASCADE or SET NULL acts "
	       "on the tables that reference it: the usual rebuild (new table, copy, drop, rename) silently "
	       "empties the children. PRAGMA foreign_keys=OFF prevents that, but it is a no-op inside a "
	       "transaction, and Drizzle's migrator always opens one.",
	.check = check,
	.examples = EXAMPLES,
};
