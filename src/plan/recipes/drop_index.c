/* DROP INDEX: see docs/recipes. */
#include "plan/recipes/parts.h"

static const struct iw_index *index_of(const struct iw_recipe_context *context)
{
	return iw_schema_find_index(context->before, context->operation->name, NULL);
}

static bool fits(const struct iw_recipe_context *context)
{
	const struct iw_operation *operation = context->operation;
	if (operation->kind != IW_OP_DROP_INDEX || (operation->flags & (IW_CONCURRENTLY | IW_CASCADED)) != 0)
		return false;
	const struct iw_index *index = index_of(context);
	return index != NULL && index->constraint == NULL && index->parent == NULL &&
	       context->table->kind != IW_PARTITIONED_TABLE;
}

static const char *make(struct iw_recipe_maker *maker)
{
	const struct iw_recipe_context *context = maker->context;
	const struct iw_index *index = index_of(context);
	iw_recipe_unit(maker, IW_SWITCH, "the index goes without a lock that stops reads or writes");
	iw_recipe_sql(maker, "DROP INDEX CONCURRENTLY IF EXISTS %s", iw_recipe_beside(maker, index->name));
	iw_recipe_undo(maker, "%s", iw_recipe_render_index(context, index, IW_CONCURRENTLY | IW_IF_NOT_EXISTS));
	return NULL;
}

const struct iw_recipe iw_recipe_drop_index = {
	.id = "drop-index-concurrently",
	.title = "An index dropped while reads and writes go on",
	.dialects = 1U << IW_POSTGRES,
	.fits = fits,
	.make = make,
	.when = "DROP INDEX on a table that is there: as written it waits for ACCESS EXCLUSIVE, and all behind it "
		"wait.",
	.how = "DROP INDEX CONCURRENTLY, outside of a transaction.",
	.cost = "It waits for transactions that are older than it.",
	.no_return = "None: the index is built again CONCURRENTLY.",
	.setup = "CREATE TABLE users (id bigint PRIMARY KEY, email text, name text, age integer NOT NULL DEFAULT 0);\n"
		 "CREATE INDEX users_email_idx ON users (email);",
	.example = "DROP INDEX users_email_idx;",
};
