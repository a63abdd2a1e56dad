/* MySQL: an ALTER that copies the table while writes wait. */
#include "lint/rules/rules.h"

#include <string.h>

static bool is_said_elsewhere(enum iw_operation_kind kind)
{
	return kind == IW_OP_ADD_COLUMN || kind == IW_OP_MODIFY_COLUMN || kind == IW_OP_CREATE_INDEX ||
	       kind == IW_OP_ADD_CONSTRAINT;
}

static struct iw_finding *check(const struct iw_lint_context *context)
{
	const struct iw_fact *fact = context->fact;
	if (context->replay_error != NULL || context->is_new_table || is_said_elsewhere(context->operation->kind) ||
	    fact->work != IW_REWRITE || fact->blocks < IW_BLOCKS_WRITES || strcmp(fact->lock, "unknown") == 0)
		return NULL;
	struct iw_finding *finding =
		iw_finding_new(context, iw_lint_lock_severity(context), "%s %s",
			       iw_operation_title(context->arena, context->operation), iw_lint_lock_words(context));
	finding->advice = fact->remedy;
	return finding;
}

static const struct iw_rule_example EXAMPLES[] = {
	{IW_MYSQL, "CREATE TABLE users (id bigint PRIMARY KEY, name varchar(100), age int);",
	 "ALTER TABLE users CONVERT TO CHARACTER SET utf8mb4;", "ALTER TABLE users DEFAULT CHARACTER SET utf8mb4;"},
	{IW_MYSQL, "CREATE TABLE users (id bigint PRIMARY KEY, name varchar(100), age int);",
	 "ALTER TABLE users DROP PRIMARY KEY;", "ALTER TABLE users ADD INDEX a (age);"},
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_table_copy = {
	.id = "table-copy",
	.title = "the table is copied while writes wait",
	.severity = IW_WARNING,
	.dialects = IW_ON_MYSQL,
	.why = "Some changes cannot be made in place: the server writes a copy of the table and lets nobody "
	       "write to the old one meanwhile (ALGORITHM=COPY, LOCK=SHARED). Without an ALGORITHM clause it "
	       "does so without a word. Tools that copy in the background keep writes going.",
	.check = check,
	.examples = EXAMPLES,
};
