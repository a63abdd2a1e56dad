/* MySQL 8.0.29 to 8.0.31: instant column changes can corrupt the redo log. */
#include "lint/rules/rules.h"

/* By the author's word, or because it cannot be instant: what makes the table anew is free of it. */
static bool rebuilds(const struct iw_lint_context *context)
{
	const char *algorithm = context->statement->algorithm;
	return g_strcmp0(algorithm, "inplace") == 0 || g_strcmp0(algorithm, "copy") == 0 ||
	       context->fact->work != IW_INSTANT;
}

static struct iw_finding *check(const struct iw_lint_context *context)
{
	const struct iw_engine *engine = &context->options->engine;
	bool is_column = iw_lint_is(context, IW_OP_ADD_COLUMN) || iw_lint_is(context, IW_OP_DROP_COLUMN);
	if (!is_column || engine->is_mariadb || engine->version < 80029 || engine->version > 80031 || rebuilds(context))
		return NULL;
	struct iw_finding *finding = iw_finding_new(context, IW_OFF,
						    "MySQL 8.0.29 to 8.0.31 can lose data after instant ADD or DROP "
						    "COLUMN (crash recovery, physical backups)");
	finding->advice = "Update to 8.0.32 or later first, or write ALGORITHM=INPLACE, which rebuilds the table.";
	return finding;
}

static const struct iw_rule_example EXAMPLES[] = {
	{IW_MYSQL, "CREATE TABLE users (id bigint PRIMARY KEY, name varchar(100), age int);",
	 "ALTER TABLE users ADD COLUMN nick varchar(20);",
	 "ALTER TABLE users ADD COLUMN nick varchar(20), ALGORITHM=INPLACE;", 80030},
	{IW_MYSQL, "CREATE TABLE users (id bigint PRIMARY KEY, name varchar(100), age int);",
	 "ALTER TABLE users DROP COLUMN age;", "ALTER TABLE users DROP COLUMN age, ALGORITHM=INPLACE;", 80029},
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_instant_bug_8_0_29 = {
	.id = "instant-bug-8-0-29",
	.title = "instant column changes on MySQL 8.0.29 to 8.0.31",
	.severity = IW_WARNING,
	.dialects = IW_ON_MYSQL,
	.why = "These versions write redo log records for rows of tables with instant column changes that "
	       "recovery and Percona XtraBackup cannot read in some cases. 8.0.32 fixed it. The rule only speaks "
	       "when the server version is known.",
	.check = check,
	.examples = EXAMPLES,
};
