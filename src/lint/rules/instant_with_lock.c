/* MySQL: ALGORITHM=INSTANT with a LOCK clause is error 1221. */
#include "lint/rules/rules.h"

#include <string.h>

static struct iw_finding *check(const struct iw_lint_context *context)
{
	const struct iw_statement *statement = context->statement;
	if (context->replay_error != NULL || context->options->engine.is_mariadb ||
	    !iw_lint_is_first_operation(context) || g_strcmp0(statement->algorithm, "instant") != 0 ||
	    statement->lock == NULL || strcmp(statement->lock, "default") == 0)
		return NULL;
	struct iw_finding *finding = iw_finding_new(
		context, IW_OFF, "MySQL refuses ALGORITHM=INSTANT together with LOCK (error 1221: incorrect usage)");
	finding->advice = "Leave the LOCK clause out: an instant change takes no lock but the metadata lock. (MariaDB "
			  "accepts both.)";
	return finding;
}

static const struct iw_rule_example EXAMPLES[] = {
	{IW_MYSQL, "CREATE TABLE users (id bigint PRIMARY KEY, name varchar(100), age int);",
	 "ALTER TABLE users ADD COLUMN nick varchar(20), ALGORITHM=INSTANT, LOCK=NONE;",
	 "ALTER TABLE users ADD COLUMN nick varchar(20), ALGORITHM=INSTANT;"},
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_instant_with_lock = {
	.id = "instant-with-lock",
	.title = "ALGORITHM=INSTANT together with LOCK",
	.severity = IW_SEVERE,
	.dialects = IW_ON_MYSQL,
	.why = "MySQL allows LOCK=DEFAULT at most beside ALGORITHM=INSTANT; any other LOCK is error 1221 and the "
	       "migration fails. MariaDB accepts it.",
	.check = check,
	.examples = EXAMPLES,
};
