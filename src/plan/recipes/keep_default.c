/* ADD COLUMN ... DEFAULT x NOT NULL, then DROP DEFAULT (Django before 5.0): see docs/recipes. */
#include "plan/recipes/parts.h"

#include <string.h>

static bool fits(const struct iw_recipe_context *context)
{
	const struct iw_operation *operation = context->operation;
	if (operation->kind != IW_OP_DROP_DEFAULT)
		return false;
	for (guint i = 0; i < context->index; i++) {
		const struct iw_operation *one = context->others->pdata[i];
		if (one->kind == IW_OP_ADD_COLUMN && one->column != NULL && one->column->not_null &&
		    iw_name_equal(context->before, one->name, operation->name) &&
		    strcmp(one->column->name, operation->member) == 0)
			return true;
	}
	return false;
}

static const char *make(struct iw_recipe_maker *maker)
{
	const struct iw_operation *operation = maker->context->operation;
	const struct iw_column *column =
		iw_table_find_column(maker->context->table, maker->context->options->engine, operation->member);
	const char *quoted = iw_recipe_quote(maker, operation->member);
	iw_recipe_unit(maker, IW_CONTRACT, "code from before leaves %s out when it inserts: its default goes last",
		       operation->member);
	iw_recipe_sql(maker, "ALTER TABLE %s ALTER COLUMN %s DROP DEFAULT", iw_recipe_table(maker), quoted);
	if (column != NULL && column->default_value != NULL)
		iw_recipe_undo(maker, "ALTER TABLE %s ALTER COLUMN %s SET DEFAULT %s", iw_recipe_table(maker), quoted,
			       column->default_value->text);
	return NULL;
}

const struct iw_recipe iw_recipe_keep_default = {
	.id = "keep-default",
	.title = "The default of a new NOT NULL column stays until the old code is gone",
	.dialects = 1U << IW_POSTGRES | 1U << IW_MYSQL,
	.fits = fits,
	.make = make,
	.when = "A column is added NOT NULL with a default that the same migration drops again, as Django does: from "
		"then "
		"on the code that is still running cannot insert.",
	.how = "The default stays; `contract` drops it.",
	.cost = "None.",
	.no_return = "None: the default is set again.",
	.setup = "CREATE TABLE users (id bigint PRIMARY KEY, email text, name text, age integer NOT NULL DEFAULT 0);",
	.example = "ALTER TABLE users ADD COLUMN active boolean DEFAULT true NOT NULL;\n"
		   "ALTER TABLE users ALTER COLUMN active DROP DEFAULT;",
};
