/* DROP TABLE: see docs/recipes. */
#include "plan/recipes/parts.h"

#include <string.h>

static bool is_name_reused(const struct iw_recipe_context *context)
{
	for (guint i = context->index + 1; i < context->others->len; i++) {
		const struct iw_operation *one = context->others->pdata[i];
		struct iw_name taken = one->kind == IW_OP_CREATE_TABLE	 ? one->name
				       : one->kind == IW_OP_RENAME_TABLE ? one->new_name
									 : (struct iw_name){NULL, NULL};
		if (taken.name != NULL && iw_name_equal(context->before, taken, context->operation->name))
			return true;
	}
	return false;
}

static bool is_referenced(const struct iw_recipe_context *context)
{
	for (guint i = 0; i < context->before->tables->len; i++) {
		const struct iw_table *table = context->before->tables->pdata[i];
		for (guint j = 0; table != context->table && j < table->constraints->len; j++) {
			const struct iw_constraint *constraint = table->constraints->pdata[j];
			if (constraint->kind == IW_FOREIGN_KEY &&
			    iw_name_equal(context->before, constraint->references, context->table->name))
				return true;
		}
	}
	return false;
}

static bool fits(const struct iw_recipe_context *context)
{
	const struct iw_operation *operation = context->operation;
	return operation->kind == IW_OP_DROP_TABLE && (operation->flags & IW_CASCADED) == 0 &&
	       context->table->kind == IW_TABLE && context->table->partition_of.name == NULL &&
	       !is_name_reused(context) && !is_referenced(context);
}

/* New code deletes rows that the table still refers to. */
static void let_parents_go(struct iw_recipe_maker *maker)
{
	const struct iw_table *table = maker->context->table;
	bool is_begun = false;
	for (guint i = 0; i < table->constraints->len; i++) {
		const struct iw_constraint *constraint = table->constraints->pdata[i];
		if (constraint->kind != IW_FOREIGN_KEY)
			continue;
		if (!is_begun)
			iw_recipe_unit(maker, IW_SWITCH,
				       "code that does not know %s any more can delete what it refers to",
				       table->name.name);
		is_begun = true;
		struct iw_constraint *again = iw_constraint_copy(maker->context->arena, constraint);
		again->is_not_valid = true;
		iw_recipe_sql(maker, "ALTER TABLE %s DROP CONSTRAINT %s", iw_recipe_table(maker),
			      iw_recipe_quote(maker, constraint->name));
		iw_recipe_undo(maker, "%s", iw_recipe_render_constraint(maker->context, table->name, again));
	}
}

static const char *make(struct iw_recipe_maker *maker)
{
	const char *name = maker->context->table->name.name;
	const char *hidden = iw_recipe_own_name(maker, "dropped", "");
	let_parents_go(maker);
	iw_recipe_unit(maker, IW_CONTRACT, "%s is hidden: what still uses it fails, and it can come back", name);
	iw_recipe_sql(maker, "ALTER TABLE %s RENAME TO %s", iw_recipe_table(maker), iw_recipe_quote(maker, hidden));
	iw_recipe_undo(maker, "ALTER TABLE %s RENAME TO %s", iw_recipe_beside(maker, hidden),
		       iw_recipe_quote(maker, name));
	iw_recipe_unit(maker, IW_PURGE, "%s goes for good", name);
	iw_recipe_sql(maker, "DROP TABLE %s", iw_recipe_beside(maker, hidden));
	return NULL;
}

const struct iw_recipe iw_recipe_drop_table = {
	.id = "drop-table-late",
	.title = "A table dropped after the old code is gone, and hidden first",
	.dialects = 1U << IW_POSTGRES,
	.fits = fits,
	.make = make,
	.when = "DROP TABLE of a table that has rows: as written the code that is running fails from then on, the rows "
		"are "
		"gone, and the tables that it refers to are locked, too.",
	.how = "`up` takes its foreign keys off, so that new code can delete what they refer to. `contract` gives it a "
	       "hidden "
	       "name, and after the grace period, or with --purge, drops it.",
	.cost = "The table is there longer.",
	.no_return = "The purge. Until then `down` gives the table its name, rows included; foreign keys come back NOT "
		     "VALID.",
	.setup = "CREATE TABLE users (id bigint PRIMARY KEY, email text, name text, age integer NOT NULL DEFAULT 0);",
	.example = "DROP TABLE users;",
};
