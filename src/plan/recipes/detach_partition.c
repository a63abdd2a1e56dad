/* DETACH PARTITION: see docs/recipes. */
#include "plan/recipes/parts.h"

static bool fits(const struct iw_recipe_context *context)
{
	const struct iw_operation *operation = context->operation;
	return operation->kind == IW_OP_DETACH_PARTITION && (operation->flags & (IW_CONCURRENTLY | IW_FINALIZE)) == 0;
}

/* DETACH CONCURRENTLY leaves the partition's bound behind as a check, which DETACH does not. */
static void drop_bound(struct iw_recipe_maker *maker, const struct iw_table *table, const char *part)
{
	iw_arena *arena = maker->context->arena;
	g_autoptr(GString) known = g_string_new("''");
	for (guint i = 0; i < table->constraints->len; i++) {
		const struct iw_constraint *constraint = table->constraints->pdata[i];
		if (constraint->name != NULL)
			g_string_append_printf(known, ", %s", iw_quote_literal(arena, IW_POSTGRES, constraint->name));
	}
	iw_recipe_unit(maker, IW_SWITCH, "the check that is left of its bound goes");
	iw_recipe_sql(
		maker,
		"DO $inchworm$ DECLARE r record; BEGIN FOR r IN SELECT conname FROM pg_catalog.pg_constraint WHERE "
		"conrelid = %s::pg_catalog.regclass AND contype = 'c' AND conname NOT IN (%s) LOOP EXECUTE "
		"pg_catalog.format('ALTER TABLE %%s DROP CONSTRAINT %%I', %s, r.conname); END LOOP; END $inchworm$",
		iw_quote_literal(arena, IW_POSTGRES, part), known->str, iw_quote_literal(arena, IW_POSTGRES, part));
}

static const char *make(struct iw_recipe_maker *maker)
{
	const struct iw_recipe_context *context = maker->context;
	if (iw_recipe_version(context) < 140000)
		return "DETACH PARTITION CONCURRENTLY is there from PostgreSQL 14 on";
	if (iw_default_partition(context->before, context->table) != NULL)
		return "DETACH PARTITION CONCURRENTLY is refused while there is a default partition";
	const char *part = iw_quote_name(context->arena, IW_POSTGRES, context->operation->new_name);
	const struct iw_table *table = iw_schema_find_table(context->before, context->operation->new_name);
	iw_recipe_unit(maker, IW_SWITCH, "the partition leaves while reads and writes go on");
	iw_recipe_sql(maker, "ALTER TABLE %s DETACH PARTITION %s CONCURRENTLY", iw_recipe_table(maker), part);
	if (table != NULL && table->partition_bound != NULL)
		iw_recipe_undo(maker, "ALTER TABLE %s ATTACH PARTITION %s %s", iw_recipe_table(maker), part,
			       table->partition_bound);
	if (table == NULL)
		return "the partition is not known";
	drop_bound(maker, table, part);
	return NULL;
}

const struct iw_recipe iw_recipe_detach_partition = {
	.id = "detach-partition-concurrently",
	.title = "A partition detached while reads and writes go on",
	.dialects = 1U << IW_POSTGRES,
	.fits = fits,
	.make = make,
	.when = "DETACH PARTITION: as written it waits for ACCESS EXCLUSIVE on the whole partitioned table.",
	.how = "DETACH PARTITION ... CONCURRENTLY, outside of a transaction.",
	.cost = "It waits for transactions that are older than it.",
	.no_return = "None: the partition is attached again, which reads its rows.",
	.setup = "CREATE TABLE events (at date NOT NULL) PARTITION BY RANGE (at);\n"
		 "CREATE TABLE events_2023 PARTITION OF events FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');",
	.example = "ALTER TABLE events DETACH PARTITION events_2023;",
};
