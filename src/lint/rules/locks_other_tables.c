/* A change that takes ACCESS EXCLUSIVE on another table than the one it names. */
#include "lint/rules/rules.h"

#include <string.h>

static bool is_of_interest(const struct iw_lint_context *context)
{
	switch (context->operation->kind) {
	case IW_OP_DROP_CONSTRAINT:
	case IW_OP_DROP_TABLE:
	case IW_OP_DROP_COLUMN:
	case IW_OP_CREATE_TABLE:
	case IW_OP_ATTACH_PARTITION:
	case IW_OP_DETACH_PARTITION:
		return context->replay_error == NULL && context->fact->refused == NULL;
	default:
		return false;
	}
}

/* Names of existing tables that are locked with ACCESS EXCLUSIVE besides the operation's own. */
static const char *others(const struct iw_lint_context *context)
{
	const struct iw_question question = {context->options->engine, context->operation, context->before,
					     context->in_transaction, context->memory->settings};
	g_autoptr(iw_arena) scratch = iw_arena_new();
	GPtrArray *locks = iw_fact_locks(scratch, &question);
	GString *names = g_string_new(NULL);
	for (guint i = 0; i < locks->len; i++) {
		const struct iw_relation_lock *lock = g_ptr_array_index(locks, i);
		bool is_there = iw_schema_find_table(context->before, lock->name) != NULL &&
				!iw_lint_is_new(context->memory, context->before, lock->name);
		if (lock->why != NULL && is_there && strcmp(lock->lock, "ACCESS EXCLUSIVE") == 0)
			g_string_append_printf(names, "%s\"%s\"", names->len == 0 ? "" : ", ", lock->name.name);
	}
	const char *result = names->len == 0 ? NULL : iw_arena_strdup(context->arena, names->str);
	g_string_free(names, TRUE);
	return result;
}

static struct iw_finding *check(const struct iw_lint_context *context)
{
	if (!is_of_interest(context) || (context->is_new_table && context->operation->kind != IW_OP_CREATE_TABLE))
		return NULL;
	const char *names = others(context);
	if (names == NULL)
		return NULL;
	bool scans = context->operation->kind == IW_OP_ATTACH_PARTITION && context->fact->work == IW_SCAN;
	struct iw_finding *finding = iw_finding_new(
		context, scans ? IW_WARNING : IW_OFF, "this also takes ACCESS EXCLUSIVE on %s%s", names,
		scans ? ", while rows are read"
		      : ": quick, but it waits for their running queries, and all later ones wait behind it");
	finding->advice =
		context->fact->remedy != NULL ? context->fact->remedy : "Use a short lock_timeout and try again.";
	return finding;
}

static const struct iw_rule_example EXAMPLES[] = {
	{IW_POSTGRES,
	 "CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);\n"
	 "CREATE TABLE posts (id bigint, user_id bigint CONSTRAINT posts_user REFERENCES users);",
	 "ALTER TABLE posts DROP CONSTRAINT posts_user;", "ALTER TABLE posts ADD COLUMN a int;"},
	{IW_POSTGRES, "CREATE TABLE logs (at date) PARTITION BY RANGE (at);",
	 "CREATE TABLE logs_1 PARTITION OF logs FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');",
	 "CREATE TABLE logs_1 (LIKE logs);"},
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_locks_other_tables = {
	.id = "locks-other-tables",
	.title = "other tables are locked too",
	.severity = IW_NOTE,
	.dialects = IW_ON_POSTGRES,
	.why = "Dropping a foreign key, or a table or column that has one, removes triggers from the referenced "
	       "table, which takes ACCESS EXCLUSIVE there: a busy parent table stands still because of a small "
	       "child. CREATE TABLE ... PARTITION OF, ATTACH and DETACH lock the parent or the DEFAULT "
	       "partition.",
	.check = check,
	.examples = EXAMPLES,
};
