/* MySQL: one ALTER mixes what is instant alone with what is not, and rebuilds the table. */
#include "lint/rules/rules.h"

static bool is_instant_alone(const struct iw_operation *operation)
{
	return operation->kind == IW_OP_ADD_COLUMN || operation->kind == IW_OP_DROP_COLUMN;
}

static bool is_index_work(const struct iw_operation *operation)
{
	return operation->kind == IW_OP_CREATE_INDEX ||
	       (operation->kind == IW_OP_ADD_CONSTRAINT && operation->constraint != NULL &&
		operation->constraint->kind == IW_UNIQUE);
}

static struct iw_finding *check(const struct iw_lint_context *context)
{
	if (context->replay_error != NULL || context->is_new_table || !iw_lint_is_first_operation(context))
		return NULL;
	GPtrArray *operations = context->statement->operations;
	bool has_instant = false, has_index = false;
	for (guint i = 0; i < operations->len; i++) {
		has_instant |= is_instant_alone(g_ptr_array_index(operations, i));
		has_index |= is_index_work(g_ptr_array_index(operations, i));
	}
	if (!has_instant || !has_index)
		return NULL;
	struct iw_finding *finding = iw_finding_new(context, IW_OFF,
						    "column and index changes in one ALTER rebuild %s; apart the "
						    "columns are instant and the index is built online",
						    iw_lint_table_words(context));
	finding->advice = "Write two ALTER TABLE statements.";
	GPtrArray *parts = iw_render_all(context->arena, context->options->engine, operations, false);
	GString *sql = g_string_new(NULL);
	for (guint i = 0; parts != NULL && i < parts->len; i++)
		g_string_append_printf(sql, "%s%s;", i == 0 ? "" : "\n", (const char *)g_ptr_array_index(parts, i));
	finding->safe_sql = sql->len == 0 ? NULL : iw_arena_strdup(context->arena, sql->str);
	g_string_free(sql, TRUE);
	return finding;
}

static const struct iw_rule_example EXAMPLES[] = {
	{IW_MYSQL, "CREATE TABLE users (id bigint PRIMARY KEY, name varchar(100), age int);",
	 "ALTER TABLE users ADD COLUMN nick varchar(20), ADD INDEX a (age);",
	 "ALTER TABLE users ADD COLUMN nick varchar(20);"},
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_mixed_alter = {
	.id = "mixed-alter",
	.title = "one ALTER mixes instant and other changes",
	.severity = IW_WARNING,
	.dialects = IW_ON_MYSQL,
	.why = "The server uses one algorithm for the whole statement, the weakest that all parts allow. ADD "
	       "COLUMN alone is instant and ADD INDEX alone is built online without touching the rows, but "
	       "together they rebuild the table (measured on MariaDB 10.11).",
	.check = check,
	.examples = EXAMPLES,
};
