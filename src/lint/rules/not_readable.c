/* A statement that Inchworm cannot look into. */
#include "lint/rules/rules.h"

static struct iw_finding *check(const struct iw_lint_context *context)
{
	if (!iw_lint_is_any(context, IW_OP_OPAQUE) || context->statement->is_syntax_error)
		return NULL;
	const char *reason = context->operation->reason;
	const struct iw_place *place = &context->operation->place;
	/* A loop comes by many times. */
	const char *key =
		iw_lint_sql(context, "not readable %s %zu %s", place->source == NULL ? "" : place->source->path,
			    place->offset, reason == NULL ? "" : reason);
	bool is_again = place->source != NULL && !iw_lint_say_once(context, key);
	if (is_again)
		return NULL;
	struct iw_finding *finding = iw_finding_new(context, IW_OFF, "what this does is not known: %s",
						    reason == NULL ? "it cannot be read" : reason);
	finding->advice = "Its locks are not judged, and findings after it may be wrong where it changes the schema.";
	finding->fact = NULL;
	return finding;
}

static const struct iw_rule_example EXAMPLES[] = {
	{IW_POSTGRES, "CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);",
	 "DO $$ BEGIN PERFORM 1; END $$;", "SELECT 1;"},
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_not_readable = {
	.id = "not-readable",
	.title = "a statement cannot be judged",
	.severity = IW_NOTE,
	.dialects = IW_ON_ALL,
	.why = "Code in a DO block, dynamic SQL and commands that Inchworm does not know can do anything. It "
	       "says so instead of guessing: read them yourself.",
	.check = check,
	.examples = EXAMPLES,
};
