/* A statement that the server's grammar does not know. */
#include "lint/rules/rules.h"

#include <string.h>

/* Prisma joins RENAME CONSTRAINT with other actions, which PostgreSQL's grammar does not allow. */
static bool is_joined_rename(const char *text)
{
	return text != NULL && strcasestr(text, "alter table") != NULL && strcasestr(text, "rename constraint") != NULL;
}

static struct iw_finding *check(const struct iw_lint_context *context)
{
	const struct iw_statement *statement = context->statement;
	if (context->replay_error != NULL || !statement->is_syntax_error || !iw_lint_is_first_operation(context) ||
	    iw_lint_was_said(context, IW_WRONG_DIALECT))
		return NULL;
	const char *reason = context->operation->reason;
	struct iw_finding *finding = iw_finding_new(context, IW_OFF, "%s does not accept this statement%s%s",
						    iw_engine_title(context->options->engine),
						    reason == NULL ? "" : ": ", reason == NULL ? "" : reason);
	finding->fact = NULL;
	if (statement->error_place.source != NULL)
		finding->place = statement->error_place;
	if (iw_lint_is_dialect(context, IW_POSTGRES) && is_joined_rename(statement->text))
		finding->advice = "RENAME CONSTRAINT must be an ALTER TABLE statement of its own.";
	return finding;
}

static const struct iw_rule_example EXAMPLES[] = {
	{IW_POSTGRES, "CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);",
	 "ALTER TABLE users ADD COLUMN COLUMN;", "ALTER TABLE users ADD COLUMN a int;"},
	{IW_MYSQL, "CREATE TABLE users (id bigint PRIMARY KEY, name varchar(100), age int);",
	 "ALTER TABLE users ADDD COLUMN a int;", "ALTER TABLE users ADD COLUMN a int;"},
	{IW_SQLITE, "CREATE TABLE users (id integer PRIMARY KEY, name text, age int);",
	 "ALTER TABLE users ADDD COLUMN a int;", "ALTER TABLE users ADD COLUMN a int;"},
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_syntax_error = {
	.id = "syntax-error",
	.title = "a statement cannot be parsed",
	.severity = IW_SEVERE,
	.dialects = IW_ON_ALL,
	.why = "The statement is not valid for this engine as far as Inchworm knows its grammar, so the "
	       "migration fails there, in the middle of what comes before it. Look for SQL of another engine, a "
	       "missing comma, or a form that is newer than what Inchworm knows; in that case please report it.",
	.check = check,
	.examples = EXAMPLES,
};
