/* VACUUM FULL, CLUSTER, REINDEX, REFRESH, SET LOGGED and their like under a lock that blocks the application. */
#include "lint/rules/rules.h"

static bool is_maintenance(enum iw_operation_kind kind)
{
	switch (kind) {
	case IW_OP_REBUILD_TABLE:
	case IW_OP_REINDEX:
	case IW_OP_REFRESH_MATERIALIZED_VIEW:
	case IW_OP_SET_LOGGED:
	case IW_OP_SET_TABLESPACE:
	case IW_OP_SET_ACCESS_METHOD:
	case IW_OP_SET_GENERATION:
	case IW_OP_ALTER_INDEX:
		return true;
	default:
		return false;
	}
}

static struct iw_finding *check(const struct iw_lint_context *context)
{
	const struct iw_fact *fact = context->fact;
	if (!is_maintenance(context->operation->kind) || context->replay_error != NULL || context->is_new_table ||
	    fact->work == IW_INSTANT || fact->blocks < IW_BLOCKS_WRITES)
		return NULL;
	struct iw_finding *finding =
		iw_finding_new(context, iw_lint_lock_severity(context), "%s %s",
			       iw_operation_title(context->arena, context->operation), iw_lint_lock_words(context));
	finding->advice = fact->remedy;
	bool has_concurrent = context->operation->kind == IW_OP_REINDEX ||
			      context->operation->kind == IW_OP_REFRESH_MATERIALIZED_VIEW;
	if (!has_concurrent)
		return finding;
	struct iw_operation concurrent = *context->operation;
	concurrent.flags |= IW_CONCURRENTLY;
	finding->safe_sql = iw_lint_render(context, &concurrent);
	return finding;
}

static const struct iw_rule_example EXAMPLES[] = {
	{IW_POSTGRES, "CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);", "VACUUM FULL users;",
	 "VACUUM users;"},
	{IW_POSTGRES,
	 "CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);\n"
	 "CREATE INDEX users_age ON users (age);",
	 "REINDEX INDEX users_age;", "REINDEX INDEX CONCURRENTLY users_age;"},
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_offline_maintenance = {
	.id = "offline-maintenance",
	.title = "maintenance that locks the table",
	.severity = IW_WARNING,
	.dialects = IW_ON_POSTGRES | IW_ON_SQLITE,
	.why = "These commands write a table, an index or a view anew while nobody can use it. Most have a form "
	       "or a tool that does not.",
	.check = check,
	.examples = EXAMPLES,
};
