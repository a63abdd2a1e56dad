/* A comment that ignores nothing: no such rule, or nothing to ignore any more. */
#include "lint/rules/rules.h"

static const struct iw_rule_example EXAMPLES[] = {
	{IW_POSTGRES, "CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);",
	 "-- inchworm: ignore drop-column nobody uses it\nALTER TABLE users ADD COLUMN email text;",
	 "-- inchworm: ignore drop-column nobody uses it\nALTER TABLE users DROP COLUMN age;"},
	{IW_MYSQL, "CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);",
	 "# inchworm: ignore drop-colum nobody uses it\nALTER TABLE users DROP COLUMN age;",
	 "# inchworm: ignore drop-column nobody uses it\nALTER TABLE users DROP COLUMN age;"},
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_unused_suppression = {
	.id = "unused-suppression",
	.title = "a comment ignores a rule that is not found there",
	.severity = IW_SEVERE,
	.dialects = IW_ON_ALL,
	.why = "A comment that turns a rule off stays when the statement is rewritten, and then hides what somebody "
	       "writes "
	       "there later. So it is an error when a comment ignores nothing, and when it names a rule that does not "
	       "exist: the rule that was meant is still on. A rule that inchworm.yaml switches off is not counted, and "
	       "with "
	       "a database nothing is: there it hangs on the day's rows what is found.",
	.is_of_engine = true,
	.examples = EXAMPLES,
};
