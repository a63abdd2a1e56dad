/* Timeouts, and where transactions begin and end. */
#include "lint/rules/rules.h"

#include <string.h>

static bool is_lock_that_matters(const struct iw_lint_context *context)
{
	bool blocks = context->fact->blocks >= IW_BLOCKS_WRITES || iw_lint_is_dialect(context, IW_MYSQL);
	return context->replay_error == NULL && !context->is_new_table && iw_operation_is_ddl(context->operation) &&
	       context->operation->name.name != NULL && blocks && *context->fact->lock != '\0' &&
	       context->operation->kind != IW_OP_OPAQUE;
}

static struct iw_finding *no_lock_timeout(const struct iw_lint_context *context)
{
	if (!is_lock_that_matters(context) || context->memory->lock_timeout > 0 ||
	    !iw_lint_say_once(context, "require-lock-timeout"))
		return NULL;
	bool is_mysql = iw_lint_is_dialect(context, IW_MYSQL);
	struct iw_finding *finding = iw_finding_new(
		context, IW_OFF, "waits for its lock on %s without a limit, and all later queries queue behind it",
		iw_lint_table_words(context));
	return iw_finding_with(finding, "inchworm up limits each wait and tries again; other tools need the setting.",
			       is_mysql ? "SET SESSION lock_wait_timeout = 5;" : "SET lock_timeout = '2s';");
}

static struct iw_finding *no_statement_timeout(const struct iw_lint_context *context)
{
	if (!is_lock_that_matters(context) || context->memory->statement_timeout > 0 ||
	    !iw_lint_say_once(context, "require-statement-timeout"))
		return NULL;
	struct iw_finding *finding = iw_finding_new(context, IW_OFF, "may hold its lock on %s for any length of time",
						    iw_lint_table_words(context));
	return iw_finding_with(finding, "Limit how long a statement may run.", "SET statement_timeout = '30s';");
}

static struct iw_finding *timeout_off(const struct iw_lint_context *context)
{
	if (!is_lock_that_matters(context) || context->memory->lock_timeout != 0 ||
	    !iw_lint_say_once(context, "lock-timeout-off"))
		return NULL;
	struct iw_finding *finding =
		iw_finding_new(context, IW_OFF, "lock_timeout is 0 here: this waits for its lock on %s without a limit",
			       iw_lint_table_words(context));
	return iw_finding_with(finding, "0 means no limit.", "SET lock_timeout = '2s';");
}

static bool is_concurrent_build(const struct iw_lint_context *context)
{
	enum iw_operation_kind kind = context->operation->kind;
	return (kind == IW_OP_CREATE_INDEX || kind == IW_OP_DROP_INDEX || kind == IW_OP_REINDEX) &&
	       (context->operation->flags & IW_CONCURRENTLY) != 0 && context->replay_error == NULL;
}

static struct iw_finding *short_timeout(const struct iw_lint_context *context)
{
	enum { LONG_ENOUGH = 60 };
	double timeout = context->memory->lock_timeout;
	if (!is_concurrent_build(context) || timeout <= 0 || timeout >= LONG_ENOUGH)
		return NULL;
	struct iw_finding *finding = iw_finding_new(
		context, IW_OFF,
		"it waits for every older transaction of the whole database, and lock_timeout counts: after %g s it is "
		"cancelled and leaves an INVALID index",
		timeout);
	return iw_finding_with(
		finding,
		"Waiting holds nobody up here: raise lock_timeout for this statement only, and drop what "
		"a failed attempt has left.",
		"SET lock_timeout = '30min';");
}

/* A transaction that the framework has opened ends with its own COMMIT, whatever the migration begins in between. */
static bool is_wrapped(const struct iw_lint_context *context)
{
	const struct iw_script *script = context->migration == NULL ? NULL : &context->migration->up;
	return script != NULL && script->is_atomic && !context->options->has_no_history;
}

static struct iw_finding *keep_begin(const struct iw_lint_context *context)
{
	if (iw_lint_is_any(context, IW_OP_TRANSACTION) && g_strcmp0(context->operation->text, "begin") == 0 &&
	    !is_wrapped(context))
		iw_lint_keep(context, NULL, NULL);
	return NULL;
}

static struct iw_finding *not_ended(const struct iw_lint_context *context)
{
	GPtrArray *kept = iw_lint_kept(context);
	if (!context->memory->in_block || kept->len == 0)
		return NULL;
	const struct iw_lint_kept *last = g_ptr_array_index(kept, kept->len - 1);
	struct iw_finding *finding = iw_finding_new(
		context, IW_OFF, "this transaction is not ended: what it did is undone when the connection closes");
	finding->place = last->place;
	finding->fact = NULL;
	return iw_finding_with(finding, "Write COMMIT.", NULL);
}

static struct iw_finding *ends_transaction(const struct iw_lint_context *context)
{
	const struct iw_script *script = context->migration == NULL ? NULL : &context->migration->up;
	const char *text = context->operation->text;
	if (!iw_lint_is_any(context, IW_OP_TRANSACTION) || context->options->has_no_history || script == NULL ||
	    !script->is_atomic || script->is_one_query || context->memory->was_committed ||
	    (g_strcmp0(text, "commit") != 0 && g_strcmp0(text, "rollback") != 0))
		return NULL;
	struct iw_finding *finding = iw_finding_new(
		context, IW_OFF,
		"this ends the framework's own transaction: what comes before stays when what follows fails");
	finding->fact = NULL;
	return iw_finding_with(finding, "Tell the framework to run the migration without a transaction, or split it.",
			       NULL);
}

const struct iw_rule iw_rules_transactions[] = {
	{.id = "require-lock-timeout",
	 .title = "a lock is waited for without a limit",
	 .dialects = IW_ON_POSTGRES | IW_ON_MYSQL,
	 .why = "A statement that waits for a lock stands at the head of a queue: every later query of that table "
		"waits behind "
		"it, even ones that would not conflict with what is running. A short timeout makes the migration fail "
		"instead of the application. Off, because inchworm up sets one and tries again.",
	 .check = no_lock_timeout,
	 .examples = IW_EXAMPLES({IW_POSTGRES, IW_USERS, "ALTER TABLE users ADD COLUMN a int;",
				  "SET lock_timeout = '2s';\nALTER TABLE users ADD COLUMN a int;"},
				 {IW_MYSQL, IW_USERS_MYSQL, "ALTER TABLE users ADD COLUMN a int;",
				  "SET SESSION lock_wait_timeout = 5;\nALTER TABLE users ADD COLUMN a int;"})},
	{.id = "require-statement-timeout",
	 .title = "a statement may hold its lock for any length of time",
	 .dialects = IW_ON_POSTGRES,
	 .why = "A statement that takes longer than thought keeps its lock meanwhile; a limit ends it.",
	 .check = no_statement_timeout,
	 .examples = IW_EXAMPLES({IW_POSTGRES, IW_USERS, "ALTER TABLE users ADD COLUMN a int;",
				  "SET statement_timeout = '30s';\nALTER TABLE users ADD COLUMN a int;"})},
	{.id = "lock-timeout-off",
	 .title = "lock_timeout is set to 0",
	 .dialects = IW_ON_POSTGRES,
	 .why = "0 switches the limit off that the role or the server may have set. pg_dump writes it, hence off.",
	 .check = timeout_off,
	 .examples = IW_EXAMPLES({IW_POSTGRES, IW_USERS, "SET lock_timeout = 0;\nALTER TABLE users ADD COLUMN a int;",
				  "SET lock_timeout = '2s';\nALTER TABLE users ADD COLUMN a int;"})},
	{.id = "concurrent-index-lock-timeout",
	 .title = "a short lock_timeout cancels a concurrent index build",
	 .severity = IW_NOTE,
	 .dialects = IW_ON_POSTGRES,
	 .why = "CREATE, DROP and REINDEX INDEX CONCURRENTLY wait for all transactions that are older than they are, "
		"of any "
		"table, and this waiting counts against lock_timeout. A report that runs for a minute cancels the "
		"build, "
		"which leaves an INVALID index that every write keeps up.",
	 .check = short_timeout,
	 .examples = IW_EXAMPLES({IW_POSTGRES, IW_USERS,
				  "SET lock_timeout = '2s';\nCREATE INDEX CONCURRENTLY i ON users (age);",
				  "SET lock_timeout = '30min';\nCREATE INDEX CONCURRENTLY i ON users (age);"})},
	{.id = "transaction-not-ended",
	 .title = "a transaction is begun and not ended",
	 .severity = IW_SEVERE,
	 .dialects = IW_ON_POSTGRES | IW_ON_SQLITE,
	 .why = "BEGIN without COMMIT: all that follows is undone when the connection closes, or its locks stay for as "
		"long "
		"as it is open.",
	 .check = keep_begin,
	 .check_migration = not_ended,
	 .examples = IW_EXAMPLES({IW_POSTGRES, IW_USERS, "BEGIN;\nALTER TABLE users ADD COLUMN a int;",
				  "BEGIN;\nALTER TABLE users ADD COLUMN a int;\nCOMMIT;"},
				 {IW_SQLITE, IW_USERS, "BEGIN;\nALTER TABLE users ADD COLUMN a int;",
				  "BEGIN;\nALTER TABLE users ADD COLUMN a int;\nCOMMIT;"})},
	{.id = "transaction-control",
	 .title = "the migration ends its framework's transaction",
	 .severity = IW_NOTE,
	 .dialects = IW_ON_POSTGRES | IW_ON_SQLITE,
	 .why = "The framework runs the migration in a transaction, for it to be applied as a whole or not at all. "
		"COMMIT in "
		"the middle ends that, and what the framework records at the end is no longer part of it.",
	 .check = ends_transaction,
	 .examples = IW_EXAMPLES({IW_POSTGRES, IW_USERS,
				  "ALTER TABLE users ADD COLUMN a int;\nCOMMIT;\nALTER TABLE users ADD COLUMN b int;",
				  "ALTER TABLE users ADD COLUMN a int;\nALTER TABLE users ADD COLUMN b int;"},
				 {IW_SQLITE, IW_USERS, "ALTER TABLE users ADD COLUMN a int;\nCOMMIT;",
				  "ALTER TABLE users ADD COLUMN a int;"})},
};
