/* MySQL: ALGORITHM=COPY or LOCK=SHARED/EXCLUSIVE is written out. */
#include "lint/rules/rules.h"

static struct iw_finding *check(const struct iw_lint_context *context)
{
	const struct iw_statement *statement = context->statement;
	bool copies = g_strcmp0(statement->algorithm, "copy") == 0;
	bool locks = g_strcmp0(statement->lock, "exclusive") == 0 || g_strcmp0(statement->lock, "shared") == 0;
	if (context->replay_error != NULL || context->is_new_table || (!copies && !locks) ||
	    !iw_lint_is_first_operation(context))
		return NULL;
	bool blocks_reads = g_strcmp0(statement->lock, "exclusive") == 0;
	struct iw_finding *finding = iw_finding_new(
		context, IW_OFF, "%s blocks %s of %s for as long as it runs, whatever the server could do",
		copies	       ? "ALGORITHM=COPY"
		: blocks_reads ? "LOCK=EXCLUSIVE"
			       : "LOCK=SHARED",
		blocks_reads ? "reads and writes" : "writes", iw_lint_table_words(context));
	finding->advice = "Ask for the opposite: ALGORITHM=INSTANT, or ALGORITHM=INPLACE, LOCK=NONE; the server then "
			  "refuses what it cannot do online.";
	return finding;
}

static const struct iw_rule_example EXAMPLES[] = {
	{IW_MYSQL, "CREATE TABLE users (id bigint PRIMARY KEY, name varchar(100), age int);",
	 "ALTER TABLE users ADD INDEX a (age), ALGORITHM=COPY;",
	 "ALTER TABLE users ADD INDEX a (age), ALGORITHM=INPLACE, LOCK=NONE;"},
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_explicit_copy = {
	.id = "explicit-copy",
	.title = "an ALTER asks for a copy or a lock",
	.severity = IW_WARNING,
	.dialects = IW_ON_MYSQL,
	.why = "The clauses set the least that the server may do. COPY, SHARED and EXCLUSIVE forbid it to do "
	       "better.",
	.check = check,
	.examples = EXAMPLES,
};
