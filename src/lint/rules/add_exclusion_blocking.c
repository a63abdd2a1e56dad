/* ADD EXCLUDE builds its index under ACCESS EXCLUSIVE, and there is no other way. */
#include "lint/rules/rules.h"

static struct iw_finding *check(const struct iw_lint_context *context)
{
	const struct iw_constraint *constraint = context->operation->constraint;
	if (!iw_lint_is(context, IW_OP_ADD_CONSTRAINT) || constraint == NULL || constraint->kind != IW_EXCLUDE ||
	    context->fact->work == IW_INSTANT || context->fact->blocks < IW_BLOCKS_WRITES ||
	    context->fact->refused != NULL)
		return NULL;
	struct iw_finding *finding = iw_finding_new(context, iw_lint_lock_severity(context),
						    "adding the exclusion constraint %s", iw_lint_lock_words(context));
	finding->advice = context->fact->remedy;
	return finding;
}

static const struct iw_rule_example EXAMPLES[] = {
	{IW_POSTGRES, "CREATE TABLE rooms (room int, during tsrange);",
	 "ALTER TABLE rooms ADD CONSTRAINT one_at_a_time EXCLUDE USING gist (room WITH =, during WITH &&);",
	 "CREATE TABLE other (during tsrange);\n"
	 "ALTER TABLE other ADD EXCLUDE USING gist (during WITH &&);"},
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_add_exclusion_blocking = {
	.id = "add-exclusion-blocking",
	.title = "an exclusion constraint is built while the table is locked",
	.severity = IW_SEVERE,
	.dialects = IW_ON_POSTGRES,
	.why = "The index behind the constraint is built, and every row checked, while nobody can read or write "
	       "the table. It can neither be NOT VALID nor take over an index that was built before.",
	.check = check,
	.examples = EXAMPLES,
};
