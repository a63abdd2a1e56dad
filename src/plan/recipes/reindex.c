/* REINDEX: see docs/recipes. */
#include "plan/recipes/parts.h"

static bool fits(const struct iw_recipe_context *context)
{
	const struct iw_operation *operation = context->operation;
	return operation->kind == IW_OP_REINDEX && (operation->flags & IW_CONCURRENTLY) == 0 &&
	       (operation->object_kind == IW_OBJECT_INDEX || operation->object_kind == IW_OBJECT_TABLE);
}

static const char *make(struct iw_recipe_maker *maker)
{
	const struct iw_operation *operation = maker->context->operation;
	if (maker->context->table->kind == IW_PARTITIONED_TABLE && iw_recipe_version(maker->context) < 140000)
		return "REINDEX CONCURRENTLY of a partitioned table is there from PostgreSQL 14 on";
	iw_recipe_unit(maker, IW_MIGRATE, "built anew while reads and writes go on");
	iw_recipe_sql(maker, "REINDEX %s CONCURRENTLY %s",
		      operation->object_kind == IW_OBJECT_INDEX ? "INDEX" : "TABLE",
		      iw_quote_name(maker->context->arena, IW_POSTGRES, operation->name));
	return NULL;
}

const struct iw_recipe iw_recipe_reindex = {
	.id = "reindex-concurrently",
	.title = "Indexes built anew while writes go on",
	.dialects = 1U << IW_POSTGRES,
	.fits = fits,
	.make = make,
	.when = "REINDEX INDEX or TABLE: as written it blocks writes, and reads that would use the index.",
	.how = "REINDEX ... CONCURRENTLY, outside of a transaction.",
	.cost = "Twice the work and the space while it runs.",
	.no_return = "None needed: the schema is the same.",
	.setup = "CREATE TABLE users (id bigint PRIMARY KEY, email text, name text, age integer NOT NULL DEFAULT 0);\n"
		 "CREATE INDEX users_email_idx ON users (email);",
	.example = "REINDEX INDEX users_email_idx;",
};
