/* Statements that the server always refuses, by the facts. */
#include "lint/rules/rules.h"

static struct iw_finding *check(const struct iw_lint_context *context)
{
	if (context->replay_error != NULL || context->fact->refused == NULL)
		return NULL;
	struct iw_finding *finding =
		iw_finding_new(context, IW_OFF, "the server refuses this: %s", context->fact->refused);
	finding->advice = context->fact->remedy;
	return finding;
}

static const struct iw_rule_example EXAMPLES[] = {
	{IW_POSTGRES, "CREATE TABLE logs (at date) PARTITION BY RANGE (at);",
	 "CREATE INDEX CONCURRENTLY logs_at ON logs (at);", "CREATE INDEX logs_at ON ONLY logs (at);"},
	{IW_SQLITE, "CREATE TABLE users (id integer PRIMARY KEY, name text, age int);",
	 "ALTER TABLE users ADD COLUMN email text UNIQUE;", "ALTER TABLE users ADD COLUMN email text;"},
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_refused = {
	.id = "refused",
	.title = "the server always refuses this",
	.severity = IW_SEVERE,
	.dialects = IW_ON_ALL,
	.why = "The statement is valid SQL, but this engine and version never performs it on such a table.",
	.check = check,
	.examples = EXAMPLES,
};
