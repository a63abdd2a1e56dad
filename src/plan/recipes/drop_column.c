/* DROP COLUMN: see docs/recipes. */
#include "plan/recipes/twin.h"

#include <string.h>

/* A later operation of the migration takes the name again. */
static bool is_name_reused(const struct iw_recipe_context *context)
{
	for (guint i = context->index + 1; i < context->others->len; i++) {
		const struct iw_operation *one = context->others->pdata[i];
		bool is_same_table =
			one->name.name != NULL && iw_name_equal(context->before, one->name, context->operation->name);
		const char *taken = one->kind == IW_OP_ADD_COLUMN && one->column != NULL ? one->column->name
				    : one->kind == IW_OP_RENAME_COLUMN			 ? one->new_name.name
											 : NULL;
		if (is_same_table && g_strcmp0(taken, context->operation->member) == 0)
			return true;
		if (is_same_table && (one->kind == IW_OP_DROP_TABLE || one->kind == IW_OP_RENAME_TABLE))
			return true;
	}
	return false;
}

static bool fits(const struct iw_recipe_context *context)
{
	const struct iw_operation *operation = context->operation;
	return operation->kind == IW_OP_DROP_COLUMN && operation->member != NULL &&
	       (operation->flags & IW_CASCADED) == 0 && context->table->kind == IW_TABLE &&
	       context->table->partition_of.name == NULL && !is_name_reused(context);
}

/* New code deletes rows that the column still refers to, and inserts rows without it. */
static void loosen(struct iw_recipe_maker *maker, const struct iw_twin *twin)
{
	const char *table = iw_recipe_table(maker), *column = iw_recipe_quote(maker, twin->column->name);
	bool needs_value = twin->column->not_null && twin->column->default_value == NULL &&
			   twin->column->identity == IW_NO_IDENTITY;
	if (needs_value) {
		iw_recipe_unit(maker, IW_EXPAND, "code that does not know %s any more can insert", twin->column->name);
		iw_recipe_sql(maker, "ALTER TABLE %s ALTER COLUMN %s DROP NOT NULL", table, column);
		iw_recipe_undo(maker, "ALTER TABLE %s ALTER COLUMN %s SET NOT NULL", table, column);
	}
	for (guint i = 0; i < twin->constraints->len; i++) {
		const struct iw_twin_part *part = twin->constraints->pdata[i];
		if (part->constraint->kind != IW_FOREIGN_KEY)
			continue;
		iw_recipe_unit(maker, IW_SWITCH, "code that does not know %s any more can delete what it refers to",
			       twin->column->name);
		iw_recipe_sql(maker, "ALTER TABLE %s DROP CONSTRAINT %s", table, iw_recipe_quote(maker, part->name));
		iw_recipe_undo(maker, "%s", iw_twin_constraint(twin, part, false, part->name, true, NULL));
	}
}

static const char *make(struct iw_recipe_maker *maker)
{
	const char *name = maker->context->operation->member;
	struct iw_twin twin;
	const char *why = iw_twin_find(maker, name, "dropped", &twin);
	if (why != NULL)
		return why;
	const char *table = iw_recipe_table(maker), *column = iw_recipe_quote(maker, name);
	const char *hidden = iw_recipe_quote(maker, twin.twin);
	loosen(maker, &twin);
	iw_recipe_unit(maker, IW_CONTRACT, "%s is hidden: what still uses it fails, and it can come back", name);
	iw_twin_guard(&twin);
	iw_recipe_sql(maker, "ALTER TABLE %s RENAME COLUMN %s TO %s", table, column, hidden);
	iw_recipe_undo(maker, "ALTER TABLE %s RENAME COLUMN %s TO %s", table, hidden, column);
	iw_recipe_unit(maker, IW_PURGE, "%s goes for good", name);
	iw_recipe_sql(maker, "ALTER TABLE %s DROP COLUMN %s", table, hidden);
	return NULL;
}

const struct iw_recipe iw_recipe_drop_column = {
	.id = "drop-column-late",
	.title = "A column dropped after the old code is gone, and hidden first",
	.dialects = 1U << IW_POSTGRES,
	.fits = fits,
	.make = make,
	.when = "DROP COLUMN on a table that is there: as written the code that is running fails from then on, and the "
		"values are gone.",
	.how = "`up` takes NOT NULL and foreign keys off, so that new code need not know the column. `contract` gives "
	       "it a "
	       "hidden name, and after the grace period, or with --purge, drops it.",
	.cost = "The column is there longer.",
	.no_return =
		"The purge. Until then `down` gives the column its name, values included; a foreign key comes back NOT "
		"VALID.",
	.setup = "CREATE TABLE users (id bigint PRIMARY KEY, email text, name text, age integer NOT NULL DEFAULT 0);",
	.example = "ALTER TABLE users DROP COLUMN email;",
};
