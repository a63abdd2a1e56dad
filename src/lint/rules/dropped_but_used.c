/* A table or column is dropped or renamed and code of the project still uses it. */
#include "lint/rules/rules.h"

static const struct iw_rule_example EXAMPLES[] = {
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_dropped_but_used = {
	.id = "dropped-but-used",
	.title = "what is dropped or renamed is still used in the code",
	.severity = IW_WARNING,
	.dialects = IW_ON_ALL,
	.note = IW_NOTE_DROPPED_BUT_USED,
	.why = "Between the migration and the end of the deployment the code is still running, and this code "
	       "runs even after that. The project's own code is looked through by the names that its models "
	       "give to the column (`inchworm refs` shows every place). A warning when a use is certain, a "
	       "note when it is likely; what only has the same name is not counted.",
	.advice = "First deploy code that does not use it, then drop it in a later migration. `inchworm "
		  "refs TABLE.COLUMN` shows every place.",
	.examples = EXAMPLES,
};
