/* NOT VALID without a VALIDATE CONSTRAINT in any later migration. */
#include "lint/rules/rules.h"

static struct iw_finding *check(const struct iw_lint_context *context)
{
	const struct iw_constraint *constraint = context->operation->constraint;
	if (iw_lint_is(context, IW_OP_ADD_CONSTRAINT) && constraint != NULL && constraint->is_not_valid &&
	    context->operation->member != NULL)
		iw_lint_keep_for_end(context, context->operation->member);
	return NULL;
}

static struct iw_finding *check_end(const struct iw_lint_context *context, const struct iw_lint_kept *kept)
{
	const struct iw_table *table = iw_schema_find_table(context->before, kept->table);
	const struct iw_constraint *constraint =
		table == NULL ? NULL : iw_table_find_constraint(table, context->options->engine, kept->what);
	if (constraint == NULL || !constraint->is_not_valid)
		return NULL;
	struct iw_finding *finding =
		iw_finding_new(context, IW_OFF, "no migration validates \"%s\": old rows may violate it", kept->what);
	finding->object = kept->what;
	const char *sql = iw_lint_sql(context, "ALTER TABLE %s VALIDATE CONSTRAINT %s;",
				      iw_quote_name(context->arena, IW_POSTGRES, kept->table),
				      iw_lint_sql_name(context, kept->what));
	return iw_finding_with(finding, "Validate it in a later migration; that holds nobody up.", sql);
}

static const struct iw_rule_example EXAMPLES[] = {
	{IW_POSTGRES, IW_USERS, "ALTER TABLE users ADD CONSTRAINT c CHECK (age > 0) NOT VALID;",
	 "ALTER TABLE users ADD CONSTRAINT c CHECK (age > 0) NOT VALID;\n"
	 "COMMIT;\n"
	 "ALTER TABLE users VALIDATE CONSTRAINT c;"},
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_never_validated = {
	.id = "never-validated",
	.title = "a constraint is added NOT VALID and never validated",
	.severity = IW_NOTE,
	.dialects = IW_ON_POSTGRES,
	.why = "A constraint that is not valid is checked for new rows only: rows that violate it stay, the planner "
	       "cannot rely "
	       "on it, and SET NOT NULL reads the table in spite of it. Looked for in all migrations, to the last one.",
	.check = check,
	.check_end = check_end,
	.examples = EXAMPLES,
};
