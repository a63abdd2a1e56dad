/* With sizes: a 32-bit primary key that has used most of its numbers. */
#include "lint/rules/rules.h"

#include <string.h>

static const char *small_key(const struct iw_table *table, struct iw_engine engine)
{
	const struct iw_constraint *key = table == NULL ? NULL : iw_table_primary_key(table);
	if (key == NULL || key->keys == NULL || key->keys->len != 1)
		return NULL;
	const char *name = ((const struct iw_key *)g_ptr_array_index(key->keys, 0))->column;
	const struct iw_column *column = name == NULL ? NULL : iw_table_find_column(table, engine, name);
	bool is_small = column != NULL && !column->type.is_unsigned &&
			(g_strcmp0(column->type.base, "integer") == 0 || g_strcmp0(column->type.base, "int") == 0);
	return is_small ? name : NULL;
}

static struct iw_finding *check(const struct iw_lint_context *context)
{
	enum { HIGH = 1500000000 };
	struct iw_table_size size;
	const struct iw_operation *operation = context->operation;
	if (context->options->size == NULL || operation->name.name == NULL || context->is_new_table ||
	    context->replay_error != NULL || operation->kind == IW_OP_ALTER_COLUMN_TYPE ||
	    operation->kind == IW_OP_MODIFY_COLUMN)
		return NULL;
	const struct iw_table *table = iw_lint_table(context);
	const char *column = small_key(table, context->options->engine);
	if (column == NULL || !context->options->size(context->options->size_data, table->name, &size) ||
	    size.rows < HIGH || !iw_lint_say_once(context, iw_lint_sql(context, "key full %s", table->name.name)))
		return NULL;
	struct iw_finding *finding =
		iw_finding_new(context, IW_OFF,
			       "the 32-bit key \"%s\" of %s ends at 2,147,483,647, and the table has %.0f million rows",
			       column, iw_lint_table_words(context), size.rows / 1e6);
	finding->fact = NULL;
	return iw_finding_with(
		finding,
		"Move it to bigint now: a new column, kept in step by a trigger, filled in batches, then swapped.",
		NULL);
}

static const struct iw_rule_example EXAMPLES[] = {
	{IW_POSTGRES, "CREATE TABLE t (id serial PRIMARY KEY);", "ALTER TABLE t ADD COLUMN a int;",
	 "ALTER TABLE t ALTER COLUMN id TYPE bigint;"},
	{IW_MYSQL, "CREATE TABLE t (id int AUTO_INCREMENT PRIMARY KEY);", "ALTER TABLE t ADD COLUMN a int;",
	 "ALTER TABLE t MODIFY id bigint AUTO_INCREMENT;"},
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_key_almost_full = {
	.id = "key-almost-full",
	.title = "a 32-bit key is almost used up",
	.severity_with_sizes = IW_WARNING,
	.dialects = IW_ON_POSTGRES | IW_ON_MYSQL,
	.why = "When the last number is given out, every insert fails; the change to bigint then rewrites the table "
	       "while the "
	       "application stands still. Known with a database URL only; failed inserts use numbers up, too.",
	.check = check,
	.examples = EXAMPLES,
};
