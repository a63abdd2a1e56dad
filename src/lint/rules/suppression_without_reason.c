/* A comment that turns a rule off and does not say why; only where inchworm.yaml wants reasons. */
#include "lint/rules/rules.h"

static const struct iw_rule_example EXAMPLES[] = {
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_suppression_without_reason = {
	.id = "suppression-without-reason",
	.title = "a comment turns a rule off without a reason, where reasons are wanted",
	.severity = IW_SEVERE,
	.dialects = IW_ON_ALL,
	.why = "With `require_reason: true` under `lint:` in inchworm.yaml (or --require-reason), a comment that turns "
	       "a "
	       "rule off says behind the rule's name why that is fine. The reason is kept in the output for machines.",
	.is_of_engine = true,
	.examples = EXAMPLES,
};
