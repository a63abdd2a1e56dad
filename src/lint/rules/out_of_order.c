/* With --since: a new migration that comes before one that was there already. */
#include "lint/rules/rules.h"

static const struct iw_rule_example EXAMPLES[] = {
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_out_of_order = {
	.id = "out-of-order",
	.title = "a new migration stands before one that was there already",
	.severity = IW_WARNING,
	.dialects = IW_ON_ALL,
	.why = "Only with --since, for frameworks whose migrations are a line. Databases that have run what comes "
	       "behind it "
	       "meet this one out of order: Drizzle and golang-migrate never run it there, Flyway and goose refuse or "
	       "skip "
	       "it, Prisma and dbmate run it after the others, in another order than on a new database. Give it a name "
	       "behind the newest one (rebase, and generate it anew).",
	.is_of_engine = true,
	.examples = EXAMPLES,
};
