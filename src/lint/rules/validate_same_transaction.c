/* NOT VALID and VALIDATE CONSTRAINT in one transaction: the strong lock is held for the scan. */
#include "lint/rules/rules.h"

static struct iw_finding *check(const struct iw_lint_context *context)
{
	const struct iw_operation *operation = context->operation;
	if (!iw_lint_is(context, IW_OP_VALIDATE_CONSTRAINT) || !context->in_transaction || operation->member == NULL)
		return NULL;
	const char *key = iw_arena_printf(context->memory->arena, "%s %s", operation->name.name, operation->member);
	if (!g_hash_table_contains(context->memory->not_valid, key))
		return NULL;
	struct iw_finding *finding = iw_finding_new(
		context, IW_OFF,
		"\"%s\" was added NOT VALID in this very transaction: its lock on %s is held while every row is read",
		operation->member, iw_lint_table_words(context));
	finding->advice = "Validate it in a migration of its own: the weaker lock of VALIDATE only helps when the "
			  "stronger one is gone.";
	return finding;
}

static const struct iw_rule_example EXAMPLES[] = {
	{IW_POSTGRES, "CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);",
	 "ALTER TABLE users ADD CONSTRAINT c CHECK (age > 0) NOT VALID;\n"
	 "ALTER TABLE users VALIDATE CONSTRAINT c;",
	 "ALTER TABLE users ADD CONSTRAINT c CHECK (age > 0) NOT VALID;\n"
	 "COMMIT;\n"
	 "ALTER TABLE users VALIDATE CONSTRAINT c;"},
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_validate_same_transaction = {
	.id = "validate-same-transaction",
	.title = "a constraint is added NOT VALID and validated in one transaction",
	.severity = IW_WARNING,
	.dialects = IW_ON_POSTGRES,
	.why = "ADD CONSTRAINT ... NOT VALID takes a strong lock for a moment and VALIDATE CONSTRAINT a weak one "
	       "for as long as it reads the table. In one transaction the strong lock is held until the end, so "
	       "nothing is won.",
	.check = check,
	.examples = EXAMPLES,
};
