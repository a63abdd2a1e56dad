/* Partitions that are attached and detached while the table is in use; constraints of domains and NOT ENFORCED ones. */
#include "lint/rules/rules.h"

#include <string.h>

/* A partition made by this migration into which no rows were copied has none to read. */
static struct iw_finding *note_filled(const struct iw_lint_context *context)
{
	const struct iw_operation *operation = context->operation;
	bool fills = operation->kind == IW_OP_INSERT || operation->kind == IW_OP_COPY;
	if (fills && context->is_new_table && context->replay_error == NULL)
		iw_lint_say_once(context,
				 iw_lint_sql(context, "filled %s",
					     iw_lint_table_key(context->arena, context->before, operation->name)));
	return NULL;
}

static bool is_empty_partition(const struct iw_lint_context *context)
{
	struct iw_name name = context->operation->new_name;
	const struct iw_table *parent = iw_lint_table(context);
	bool has_default = false;
	for (guint i = 0; parent != NULL && i < context->before->tables->len; i++) {
		const struct iw_table *table = g_ptr_array_index(context->before->tables, i);
		has_default |= g_strcmp0(table->partition_of.name, parent->name.name) == 0 &&
			       g_strcmp0(table->partition_bound, "DEFAULT") == 0;
	}
	const char *filled =
		iw_lint_sql(context, "filled %s", iw_lint_table_key(context->arena, context->before, name));
	return !has_default && iw_lint_is_new(context->memory, context->before, name) &&
	       !iw_lint_was_said(context, filled);
}

static struct iw_finding *attaches(const struct iw_lint_context *context)
{
	note_filled(context);
	if (!iw_lint_is(context, IW_OP_ATTACH_PARTITION) || context->fact->work != IW_SCAN ||
	    is_empty_partition(context))
		return NULL;
	struct iw_finding *finding = iw_finding_new(context, IW_OFF,
						    "every row of \"%s\" is read under ACCESS EXCLUSIVE on it, and of "
						    "the DEFAULT partition if there is one",
						    context->operation->new_name.name);
	return iw_finding_with(finding, context->fact->remedy, NULL);
}

static struct iw_finding *detaches(const struct iw_lint_context *context)
{
	unsigned quiet = IW_CONCURRENTLY | IW_FINALIZE;
	if (!iw_lint_is(context, IW_OP_DETACH_PARTITION) || (context->operation->flags & quiet) != 0)
		return NULL;
	struct iw_finding *finding = iw_finding_new(
		context, IW_OFF,
		"detaching takes ACCESS EXCLUSIVE on %s: all queries of all partitions queue while it waits",
		iw_lint_table_words(context));
	struct iw_operation concurrent = *context->operation;
	concurrent.flags |= IW_CONCURRENTLY;
	return iw_finding_with(finding, context->fact->remedy, iw_lint_render(context, &concurrent));
}

static struct iw_finding *domain_is_checked(const struct iw_lint_context *context)
{
	const struct iw_fact *fact = context->fact;
	if (!iw_lint_is_any(context, IW_OP_ALTER_DOMAIN) || fact->work != IW_SCAN)
		return NULL;
	struct iw_finding *finding =
		iw_finding_new(context, IW_OFF,
			       "all tables with a column of the domain \"%s\" are read while their writes wait (SHARE)",
			       context->operation->name.name);
	return iw_finding_with(finding, fact->remedy, NULL);
}

static struct iw_finding *enforces(const struct iw_lint_context *context)
{
	if (!iw_lint_is(context, IW_OP_ALTER_CONSTRAINT) || g_strcmp0(context->operation->text, "enforced") != 0 ||
	    context->fact->work != IW_SCAN)
		return NULL;
	struct iw_finding *finding = iw_finding_new(context, iw_lint_lock_severity(context),
						    "enforcing the constraint again %s", iw_lint_lock_words(context));
	return iw_finding_with(finding, "Add a second constraint with NOT VALID, validate it, then drop this one.",
			       NULL);
}

const struct iw_rule iw_rules_partitions[] = {
	{.id = "attach-partition-scan",
	 .title = "a partition is read while it is attached",
	 .severity = IW_WARNING,
	 .dialects = IW_ON_POSTGRES,
	 .why = "ATTACH PARTITION must see that every row of the new partition is within its bound, and that the "
		"DEFAULT "
		"partition has no row of it, and holds ACCESS EXCLUSIVE on both meanwhile. A valid CHECK that says the "
		"same "
		"makes it take a moment.",
	 .check = attaches,
	 .examples = IW_EXAMPLES(
		 {IW_POSTGRES,
		  "CREATE TABLE e (at date NOT NULL) PARTITION BY RANGE (at); CREATE TABLE e1 (at date NOT NULL);",
		  "ALTER TABLE e ATTACH PARTITION e1 FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');",
		  "CREATE TABLE e2 (LIKE e);\nALTER TABLE e ATTACH PARTITION e2 FOR VALUES FROM ('2026-01-01') TO "
		  "('2026-02-01');"})},
	{.id = "detach-partition-blocking",
	 .title = "a partition is detached without CONCURRENTLY",
	 .severity = IW_WARNING,
	 .dialects = IW_ON_POSTGRES,
	 .why = "DETACH PARTITION takes ACCESS EXCLUSIVE on the whole partitioned table: quick, but it waits for its "
		"running "
		"queries, and all later ones wait behind it. CONCURRENTLY (from 14 on, outside a transaction, without "
		"a "
		"DEFAULT partition) does not.",
	 .check = detaches,
	 .examples = IW_EXAMPLES({IW_POSTGRES,
				  "CREATE TABLE e (at date NOT NULL) PARTITION BY RANGE (at);\n"
				  "CREATE TABLE e1 PARTITION OF e FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');",
				  "ALTER TABLE e DETACH PARTITION e1;",
				  "ALTER TABLE e DETACH PARTITION e1 CONCURRENTLY;"})},
	{.id = "domain-check-blocking",
	 .title = "a domain's new constraint reads all tables that use it",
	 .severity = IW_WARNING,
	 .dialects = IW_ON_POSTGRES,
	 .why = "ALTER DOMAIN ADD CONSTRAINT and SET NOT NULL take SHARE on every table with a column of the domain "
		"and read "
		"it. NOT VALID and a later VALIDATE CONSTRAINT avoid it.",
	 .check = domain_is_checked,
	 .examples = IW_EXAMPLES({IW_POSTGRES, "CREATE DOMAIN age AS int; CREATE TABLE t (a age);",
				  "ALTER DOMAIN age ADD CONSTRAINT c CHECK (VALUE > 0);",
				  "ALTER DOMAIN age ADD CONSTRAINT c CHECK (VALUE > 0) NOT VALID;"})},
	{.id = "enforce-constraint-blocking",
	 .title = "a constraint is enforced again and reads every row",
	 .severity = IW_WARNING,
	 .dialects = IW_ON_POSTGRES,
	 .why = "ALTER CONSTRAINT ... ENFORCED (from 18 on) checks every row under the lock of ADD FOREIGN KEY, ACCESS "
		"EXCLUSIVE "
		"on the table itself.",
	 .check = enforces,
	 .examples = IW_EXAMPLES({IW_POSTGRES,
				  "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (p_id int, CONSTRAINT f FOREIGN "
				  "KEY (p_id) REFERENCES p (id) NOT ENFORCED);",
				  "ALTER TABLE c ALTER CONSTRAINT f ENFORCED;",
				  "ALTER TABLE c ALTER CONSTRAINT f DEFERRABLE;", 180000})},
};
