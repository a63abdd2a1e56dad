/* With --since: a migration that was there before the branch and is not as it was. */
#include "lint/rules/rules.h"

static const struct iw_rule_example EXAMPLES[] = {
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_changed_migration = {
	.id = "changed-migration",
	.title = "a migration that others may have run was changed",
	.severity = IW_SEVERE,
	.dialects = IW_ON_ALL,
	.why = "Only with --since. A migration that was there before the branch began has run on databases by now, or "
	       "may "
	       "have. Those never see the change: Prisma and Drizzle's own checks and Flyway refuse to go on, Alembic "
	       "and "
	       "Django say nothing, and databases differ from then on. Write a new migration instead.",
	.is_of_engine = true,
	.examples = EXAMPLES,
};
