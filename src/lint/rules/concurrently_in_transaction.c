/* A statement that cannot run in a transaction, in a migration that its framework runs in one. */
#include "lint/rules/rules.h"

static struct iw_finding *check(const struct iw_lint_context *context)
{
	const struct iw_lint_summary *summary = context->summary;
	const struct iw_script *script = context->migration == NULL ? NULL : &context->migration->up;
	if (summary->no_transaction.source == NULL || script == NULL ||
	    (script->is_atomic && script->is_one_query && summary->statements == 1))
		return NULL;
	struct iw_finding *finding =
		iw_finding_new(context, IW_OFF, "%s cannot run inside a transaction, and %s: it fails there",
			       summary->no_transaction_title,
			       script->is_atomic ? "the framework runs this migration in one" : "BEGIN has opened one");
	finding->advice =
		!script->is_atomic ? "Put it before BEGIN or after COMMIT."
		: script->is_one_query
			? "Put the statement into a migration of its own: a file with one statement is not wrapped. "
			  "(inchworm up runs it outside the transaction as it is.)"
			: "Put it into a migration of its own that the framework runs without a transaction, if it can "
			  "do that. "
			  "(inchworm up runs it outside the transaction as it is.)";
	finding->place = summary->no_transaction;
	return finding;
}

static const struct iw_rule_example EXAMPLES[] = {
	{IW_POSTGRES, "CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);",
	 "CREATE INDEX CONCURRENTLY users_age ON users (age);\n"
	 "ALTER TABLE users ADD COLUMN nick text;",
	 "ALTER TABLE users ADD COLUMN nick text;"},
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_concurrently_in_transaction = {
	.id = "concurrently-in-transaction",
	.title = "a statement that cannot run in a transaction is in one",
	.severity = IW_SEVERE,
	.dialects = IW_ON_POSTGRES,
	.why = "CREATE INDEX CONCURRENTLY, DROP INDEX CONCURRENTLY, REINDEX CONCURRENTLY, DETACH PARTITION "
	       "CONCURRENTLY, VACUUM and (before PostgreSQL 12) ALTER TYPE ADD VALUE are refused inside a "
	       "transaction block. Drizzle wraps every migration; a file of several statements that is sent as "
	       "one query, as Prisma does, is one transaction as well.",
	.check_migration = check,
	.examples = EXAMPLES,
};
