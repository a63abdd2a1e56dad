/* Columns that SQLite adds to an empty table only: not constant defaults, references with a default. */
#include "lint/rules/rules.h"

#include <string.h>

static struct iw_finding *check(const struct iw_lint_context *context)
{
	bool is_required = strstr(context->fact->id, "add-column-required") != NULL;
	if (!iw_lint_is(context, IW_OP_ADD_COLUMN) || context->fact->fails_if == NULL || is_required)
		return NULL;
	struct iw_finding *finding =
		iw_finding_new(context, IW_SEVERE, "adding \"%s\" to %s fails if %s: %s", context->operation->member,
			       iw_lint_table_words(context), context->fact->fails_if, context->fact->condition_words);
	finding->advice = context->fact->remedy;
	return finding;
}

static const struct iw_rule_example EXAMPLES[] = {
	{IW_SQLITE, "CREATE TABLE users (id integer PRIMARY KEY, name text, age int);",
	 "ALTER TABLE users ADD COLUMN created_at text DEFAULT CURRENT_TIMESTAMP;",
	 "ALTER TABLE users ADD COLUMN created_at text;"},
	{IW_POSTGRES, "CREATE TABLE users (name text);", "ALTER TABLE users ADD COLUMN id bigint PRIMARY KEY;",
	 "ALTER TABLE users ADD COLUMN id bigint;"},
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_add_column_on_rows = {
	.id = "add-column-on-rows",
	.title = "a new column can only be added to an empty table",
	.severity = IW_SEVERE,
	.dialects = IW_ON_POSTGRES | IW_ON_SQLITE,
	.why = "The statement succeeds on an empty table and fails once there is a row: development and CI are "
	       "green, production is not. SQLite wants a constant default for a column that is added "
	       "(CURRENT_TIMESTAMP and expressions are not constant), and NULL as the default of a column that "
	       "references a table. On PostgreSQL a new column that is the primary key has no values for old "
	       "rows.",
	.check = check,
	.examples = EXAMPLES,
};
