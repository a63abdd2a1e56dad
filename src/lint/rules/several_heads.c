/* Several heads (Alembic), several leaves in one app (Django). */
#include "lint/rules/rules.h"

static const struct iw_rule_example EXAMPLES[] = {
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_several_heads = {
	.id = "several-heads",
	.title = "the history has several ends",
	.severity = IW_WARNING,
	.dialects = IW_ON_ALL,
	.note = IW_NOTE_SEVERAL_HEADS,
	.why = "Two people added a migration to the same one. Alembic's `upgrade head` and Django's "
	       "`migrate` refuse then, mostly in the middle of a deployment. Branches of Alembic that carry "
	       "labels are meant to be there, and are not reported.",
	.advice = "Join them: `alembic merge heads`, `manage.py makemigrations --merge`.",
	.examples = EXAMPLES,
};
