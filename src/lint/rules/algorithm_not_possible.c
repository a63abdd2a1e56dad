/* MySQL: the ALGORITHM or LOCK that is asked for is not possible, so the server refuses. */
#include "lint/rules/rules.h"

#include <string.h>

static int rank(const char *lock)
{
	static const char *const ALGORITHMS[] = {"copy", "inplace", "nocopy", "instant"};
	for (int i = 0; i < (int)G_N_ELEMENTS(ALGORITHMS); i++)
		if (strcasestr(lock, ALGORITHMS[i]) != NULL)
			return i;
	return -1;
}

static struct iw_finding *check(const struct iw_lint_context *context)
{
	const struct iw_statement *statement = context->statement;
	const struct iw_fact *fact = context->fact;
	if (context->replay_error != NULL || !g_str_has_prefix(fact->lock, "ALGORITHM="))
		return NULL;
	bool is_too_fast = statement->algorithm != NULL && rank(statement->algorithm) > rank(fact->lock);
	bool is_too_open = g_strcmp0(statement->lock, "none") == 0 && strstr(fact->lock, "LOCK=SHARED") != NULL;
	if ((!is_too_fast && !is_too_open) || strstr(fact->id, "unknown") != NULL)
		return NULL;
	struct iw_finding *finding =
		iw_finding_new(context, IW_OFF, "the server refuses this: %s can only be done with %s",
			       iw_operation_title(context->arena, context->operation), fact->lock);
	finding->advice = "The clause did its work: nothing is copied unawares. Weaken it knowingly, or use a tool "
			  "that copies in the background.";
	return finding;
}

static const struct iw_rule_example EXAMPLES[] = {
	{IW_MYSQL, "CREATE TABLE users (id bigint PRIMARY KEY, name varchar(100), age int);",
	 "ALTER TABLE users MODIFY age bigint, ALGORITHM=INPLACE;",
	 "ALTER TABLE users ADD INDEX a (age), ALGORITHM=INPLACE;"},
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_algorithm_not_possible = {
	.id = "algorithm-not-possible",
	.title = "the ALGORITHM or LOCK asked for is not possible",
	.severity = IW_WARNING,
	.dialects = IW_ON_MYSQL,
	.why = "When the server cannot do a change with the ALGORITHM and LOCK that the statement asks for it "
	       "refuses with error 1845 or 1846. That is safe, and the migration fails.",
	.check = check,
	.examples = EXAMPLES,
};
