/* An index that is dropped before the one that replaces it is built. */
#include "lint/rules/rules.h"

static const char *first_column(GPtrArray *keys)
{
	const struct iw_key *key = keys == NULL || keys->len == 0 ? NULL : g_ptr_array_index(keys, 0);
	return key == NULL ? NULL : key->column;
}

static const char *key_of(const struct iw_lint_context *context, struct iw_name table, const char *column)
{
	return iw_lint_sql(context, "index dropped %s.%s", iw_lint_table_key(context->arena, context->before, table),
			   column);
}

static const struct iw_index *dropped_index(const struct iw_lint_context *context, const struct iw_table *table)
{
	const struct iw_operation *operation = context->operation;
	const char *name = iw_lint_is_dialect(context, IW_MYSQL) ? operation->member : operation->name.name;
	return table == NULL || name == NULL ? NULL : iw_table_find_index(table, context->options->engine, name);
}

static struct iw_finding *check(const struct iw_lint_context *context)
{
	const struct iw_table *table = iw_lint_table(context);
	if (iw_lint_is(context, IW_OP_DROP_INDEX)) {
		const struct iw_index *index = dropped_index(context, table);
		const char *column = index == NULL ? NULL : first_column(index->keys);
		if (column != NULL)
			iw_lint_say_once(context, key_of(context, table->name, column));
	}
	const struct iw_index *made = context->operation->index;
	const char *column = made == NULL ? NULL : first_column(made->keys);
	if (!iw_lint_is(context, IW_OP_CREATE_INDEX) || column == NULL || context->fact->work == IW_INSTANT ||
	    !iw_lint_was_said(context, key_of(context, context->operation->name, column)))
		return NULL;
	bool is_held = iw_lint_is_dialect(context, IW_POSTGRES) && context->in_transaction;
	struct iw_finding *finding =
		iw_finding_new(context, is_held ? IW_WARNING : IW_OFF,
			       is_held ? "the index that it replaces was dropped before: that lock is held, so reads "
					 "wait for this build, too"
				       : "the index that it replaces is gone while this one is built");
	return iw_finding_with(finding, "Build the new index first, under another name, then drop the old one.", NULL);
}

static const struct iw_rule_example EXAMPLES[] = {
	{IW_POSTGRES, IW_USERS "CREATE INDEX i ON users (age);", "DROP INDEX i;\nCREATE INDEX i ON users (age, name);",
	 "CREATE INDEX j ON users (age, name);\nDROP INDEX i;"},
	{IW_MYSQL, "CREATE TABLE users (id bigint PRIMARY KEY, name varchar(100), age int, KEY i (age));",
	 "DROP INDEX i ON users;\nCREATE INDEX i ON users (age, name);",
	 "CREATE INDEX j ON users (age, name);\nDROP INDEX i ON users;"},
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_index_dropped_before_replacement = {
	.id = "index-dropped-before-replacement",
	.title = "an index is dropped before its replacement is there",
	.severity = IW_NOTE,
	.dialects = IW_ON_POSTGRES | IW_ON_MYSQL,
	.why = "Queries that need the index read the whole table until the new one is built. In one transaction on "
	       "PostgreSQL "
	       "it is worse: DROP INDEX holds ACCESS EXCLUSIVE on the table for as long as the build takes.",
	.check = check,
	.examples = EXAMPLES,
};
