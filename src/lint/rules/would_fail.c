/* The replayed schema says that a statement fails: an object is missing or there already. */
#include "lint/rules/rules.h"

static struct iw_finding *check(const struct iw_lint_context *context)
{
	if (context->replay_error == NULL)
		return NULL;
	struct iw_finding *finding =
		iw_finding_new(context, IW_OFF, "this fails by what the migrations before it have built: %s",
			       context->replay_error->message);
	finding->advice =
		"If the database was changed by hand, or some migrations are not in this folder, this may be wrong.";
	finding->fact = NULL;
	return finding;
}

static const struct iw_rule_example EXAMPLES[] = {
	{IW_POSTGRES, "CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);",
	 "ALTER TABLE \"user\" ADD COLUMN a int;", "ALTER TABLE users ADD COLUMN a int;"},
	{IW_MYSQL, "CREATE TABLE users (id bigint PRIMARY KEY, name varchar(100), age int);",
	 "ALTER TABLE nobody ADD COLUMN a int;", "ALTER TABLE users ADD COLUMN a int;"},
	{IW_SQLITE, "CREATE TABLE users (id integer PRIMARY KEY, name text, age int);",
	 "ALTER TABLE nobody ADD COLUMN a int;", "ALTER TABLE users ADD COLUMN a int;"},
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_would_fail = {
	.id = "would-fail",
	.title = "a statement would fail",
	.severity = IW_SEVERE,
	.dialects = IW_ON_ALL,
	.why = "Inchworm replays all migrations in order. By what they have built, this statement names "
	       "something that is not there, or makes something that is there already: on a database built from "
	       "these files it fails.",
	.check = check,
	.examples = EXAMPLES,
};
