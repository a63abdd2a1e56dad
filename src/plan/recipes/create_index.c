/* CREATE INDEX: see docs/recipes. */
#include "plan/recipes/parts.h"

static bool fits(const struct iw_recipe_context *context)
{
	const struct iw_operation *operation = context->operation;
	return operation->kind == IW_OP_CREATE_INDEX && (operation->flags & (IW_CONCURRENTLY | IW_ONLY)) == 0 &&
	       operation->index != NULL;
}

/* The index as it is afterwards, named as the server would. */
static const struct iw_index *named(const struct iw_recipe_context *context)
{
	if (context->operation->index->name != NULL)
		return context->operation->index;
	const struct iw_table *after = iw_schema_find_table(context->after, context->table->name);
	for (guint i = 0; after != NULL && i < after->indexes->len; i++) {
		const struct iw_index *index = after->indexes->pdata[i];
		if (iw_table_find_index(context->table, context->options->engine, index->name) != NULL)
			continue;
		struct iw_index *copy = iw_index_copy(context->arena, context->operation->index);
		copy->name = index->name;
		return copy;
	}
	return NULL;
}

static const char *make(struct iw_recipe_maker *maker)
{
	const struct iw_index *index = named(maker->context);
	if (index == NULL)
		return "the name that the server would give the index is not known";
	return iw_recipe_build_index(maker, index);
}

const struct iw_recipe iw_recipe_create_index = {
	.id = "create-index-concurrently",
	.title = "An index built while writes go on",
	.dialects = 1U << IW_POSTGRES,
	.fits = fits,
	.make = make,
	.when = "CREATE INDEX on a table that is there: as written it blocks every write until the index is built.",
	.how = "CREATE INDEX CONCURRENTLY, outside of a transaction. An invalid index that a failed build leaves is "
	       "dropped and the build tried again. Of a partitioned table the parent's index is made ON ONLY it, each "
	       "partition's CONCURRENTLY, and then attached.",
	.cost = "Two scans of the table instead of one; it waits for transactions that are older than it.",
	.no_return = "None: the index is dropped CONCURRENTLY.",
	.setup = "CREATE TABLE users (id bigint PRIMARY KEY, email text, name text, age integer NOT NULL DEFAULT 0);",
	.example = "CREATE INDEX users_email_idx ON users (email);",
};
