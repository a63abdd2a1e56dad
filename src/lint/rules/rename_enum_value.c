/* RENAME VALUE of an enum: running code uses the old one. */
#include "lint/rules/rules.h"

static struct iw_finding *check(const struct iw_lint_context *context)
{
	bool is_schema =
		iw_lint_is_any(context, IW_OP_RENAME_OBJECT) && context->operation->object_kind == IW_OBJECT_SCHEMA;
	if (!iw_lint_is_any(context, IW_OP_RENAME_ENUM_VALUE) && !is_schema)
		return NULL;
	struct iw_finding *finding = iw_finding_new(
		context, IW_OFF, "code that uses the old name \"%s\" fails from this moment on",
		context->operation->member != NULL ? context->operation->member : context->operation->name.name);
	finding->advice = context->fact->remedy;
	return finding;
}

static const struct iw_rule_example EXAMPLES[] = {
	{IW_POSTGRES, "CREATE TYPE mood AS ENUM ('ok');", "ALTER TYPE mood RENAME VALUE 'ok' TO 'fine';",
	 "ALTER TYPE mood ADD VALUE 'fine';"},
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_rename_enum_value = {
	.id = "rename-enum-value",
	.title = "an enum value or a schema is renamed",
	.severity = IW_SEVERE,
	.dialects = IW_ON_POSTGRES,
	.why = "No table is locked, but every statement of running code that uses the old value or schema fails.",
	.check = check,
	.examples = EXAMPLES,
};
