/* With a database: the checksum that was recorded is not the file's. */
#include "lint/rules/rules.h"

static const struct iw_rule_example EXAMPLES[] = {
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_edited_after_applied = {
	.id = "edited-after-applied",
	.title = "a migration was edited after it was applied",
	.severity = IW_SEVERE,
	.dialects = IW_ON_ALL,
	.note = IW_NOTE_EDITED_AFTER_APPLIED,
	.why = "Databases that have run the old text will never run the new one, and new databases get what "
	       "the old ones do not have. Prisma refuses to go on, Flyway as well; Drizzle does not notice. "
	       "Only with a database (--url or --live), and for frameworks that record a checksum.",
	.advice = "Put the file back as it was and write a new migration; `inchworm resolve --repair` "
		  "accepts the file as it is now.",
	.examples = EXAMPLES,
};
