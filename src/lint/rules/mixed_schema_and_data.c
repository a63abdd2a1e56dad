/* One migration changes the schema and the data. */
#include "base/text.h"
#include "lint/rules/rules.h"

static struct iw_finding *check(const struct iw_lint_context *context)
{
	const struct iw_lint_summary *summary = context->summary;
	enum { MANY = 3 };
	if (summary->data_changes == 0 || summary->schema_changes < MANY)
		return NULL;
	struct iw_finding *finding =
		iw_finding_new(context, IW_OFF, "%s and %s of existing tables in one migration",
			       iw_words_count(context->arena, (guint)summary->schema_changes, "schema change"),
			       iw_words_count(context->arena, (guint)summary->data_changes, "data change"));
	finding->advice = "Split it: schema changes hold locks and want to be short, data changes take long and may "
			  "fail on the data. When a "
			  "part fails, a split migration says which one.";
	finding->place = summary->first_data_change;
	return finding;
}

static const struct iw_rule_example EXAMPLES[] = {
	{IW_POSTGRES, "CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);",
	 "ALTER TABLE users ADD COLUMN a int;\n"
	 "ALTER TABLE users ADD COLUMN b int;\n"
	 "ALTER TABLE users ADD COLUMN c int;\n"
	 "UPDATE users SET a = 1 WHERE id = 1;",
	 "ALTER TABLE users ADD COLUMN a int;"},
	{IW_MYSQL, "CREATE TABLE users (id bigint PRIMARY KEY, name varchar(100), age int);",
	 "ALTER TABLE users ADD COLUMN a int;\n"
	 "ALTER TABLE users ADD COLUMN b int;\n"
	 "ALTER TABLE users ADD COLUMN c int;\n"
	 "UPDATE users SET a = 1 WHERE id = 1;",
	 "ALTER TABLE users ADD COLUMN a int;"},
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_mixed_schema_and_data = {
	.id = "mixed-schema-and-data",
	.title = "schema changes and data changes share a migration",
	.severity = IW_NOTE,
	.dialects = IW_ON_ALL,
	.why = "In one transaction the locks of the schema changes are held while the data is changed. Without "
	       "one (MySQL always) a failure in the middle leaves the schema changed and the data not.",
	.check_migration = check,
	.examples = EXAMPLES,
};
