/* MySQL 8.0.29 to 8.0.31: instant column changes can corrupt the redo log. */
#include "lint/rules/rules.h"

static struct iw_finding *check(const struct iw_lint_context *context)
{
	const struct iw_engine *engine = &context->options->engine;
	bool is_column = iw_lint_is(context, IW_OP_ADD_COLUMN) || iw_lint_is(context, IW_OP_DROP_COLUMN);
	if (!is_column || engine->is_mariadb || engine->version < 80029 || engine->version > 80031 ||
	    g_strcmp0(context->statement->algorithm, "inplace") == 0)
		return NULL;
	struct iw_finding *finding = iw_finding_new(context, IW_OFF,
						    "MySQL 8.0.29 to 8.0.31 can lose data after instant ADD or DROP "
						    "COLUMN (crash recovery, physical backups)");
	finding->advice = "Update to 8.0.32 or later first, or write ALGORITHM=INPLACE, which rebuilds the table.";
	return finding;
}

static const struct iw_rule_example EXAMPLES[] = {
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
