/* A migration's file is not in the git repository. */
#include "lint/rules/rules.h"

static const struct iw_rule_example EXAMPLES[] = {
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_not_in_version_control = {
	.id = "not-in-version-control",
	.title = "a migration is not in version control",
	.severity = IW_NOTE,
	.dialects = IW_ON_ALL,
	.note = IW_NOTE_NOT_IN_VERSION_CONTROL,
	.why = "What only lies on one machine is applied to no other database, and a later migration that "
	       "stands on it fails there. A file that .gitignore names is never added by `git add .`: a "
	       "warning in the message says so.",
	.advice = "Add it with the code that needs it: `git add`.",
	.examples = EXAMPLES,
};
