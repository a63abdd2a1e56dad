/* RENAME COLUMN: see docs/recipes. */
#include "plan/recipes/twin.h"

#include <string.h>

static bool fits(const struct iw_recipe_context *context)
{
	return context->operation->kind == IW_OP_RENAME_COLUMN && context->table->kind == IW_TABLE;
}

/*
 * Both names are written by somebody: the one that a statement has set is the one that differs from what it would be
 * without the statement; from its default, or from the row before.
 */
static const char *two_way(const struct iw_twin *twin, const char *old, const char *new, const char *fallback)
{
	const char *cast = iw_recipe_has_equality(&twin->column->type) ? "" : "::text";
	return iw_arena_printf(
		twin->maker->context->arena,
		"IF TG_OP = 'INSERT' THEN IF NEW.%1$s%3$s IS DISTINCT FROM (%4$s)%3$s THEN NEW.%2$s := "
		"NEW.%1$s; ELSE NEW.%1$s := NEW.%2$s; END IF; ELSIF NEW.%2$s%3$s IS DISTINCT FROM "
		"OLD.%2$s%3$s THEN NEW.%1$s := NEW.%2$s; ELSIF NEW.%1$s%3$s IS DISTINCT FROM OLD.%1$s%3$s "
		"THEN NEW.%2$s := NEW.%1$s; END IF;",
		old, new, cast, fallback);
}

static bool has_constant_default(const struct iw_column *column)
{
	return column->default_value != NULL && column->default_value->volatility == IW_IMMUTABLE;
}

/* The copy takes the old name, the column itself the new one: all that hangs on it stays where it is. */
static void switch_names(const struct iw_twin *twin, const char *new_name)
{
	struct iw_recipe_maker *maker = twin->maker;
	const char *table = iw_recipe_table(maker), *hidden = iw_twin_quote(twin, twin->twin);
	const char *old = iw_twin_quote(twin, twin->column->name), *new = iw_twin_quote(twin, new_name);
	const char *fallback = has_constant_default(twin->column)
				       ? twin->column->default_value->text
				       : iw_arena_printf(maker->context->arena, "NULL::%s", twin->column->type.text);
	iw_recipe_unit(maker, IW_SWITCH, "the column is %s now, and its copy %s: both names can be read and written",
		       new_name, twin->column->name);
	iw_twin_drop_trigger(twin);
	iw_recipe_sql(maker, "ALTER TABLE %s RENAME COLUMN %s TO %s", table, old, new);
	iw_recipe_undo(maker, "ALTER TABLE %s RENAME COLUMN %s TO %s", table, new, old);
	iw_recipe_sql(maker, "ALTER TABLE %s RENAME COLUMN %s TO %s", table, hidden, old);
	iw_recipe_undo(maker, "ALTER TABLE %s RENAME COLUMN %s TO %s", table, old, hidden);
	if (has_constant_default(twin->column)) {
		iw_recipe_sql(maker, "ALTER TABLE %s ALTER COLUMN %s SET DEFAULT %s", table, old,
			      twin->column->default_value->text);
		iw_recipe_undo(maker, "ALTER TABLE %s ALTER COLUMN %s DROP DEFAULT", table, old);
	}
	iw_twin_trigger(twin, two_way(twin, old, new, fallback));
}

static const char *make(struct iw_recipe_maker *maker)
{
	const struct iw_operation *operation = maker->context->operation;
	iw_arena *arena = maker->context->arena;
	struct iw_twin twin;
	const char *why = iw_twin_find(maker, operation->member, "twin", &twin);
	if (why != NULL)
		return why;
	const char *old = iw_twin_quote(&twin, operation->member), *hidden = iw_twin_quote(&twin, twin.twin);
	const char *cast = iw_recipe_has_equality(&twin.column->type) ? "" : "::text";
	iw_recipe_unit(maker, IW_EXPAND, "a copy of %s beside it, kept equal by a trigger", operation->member);
	iw_twin_add(&twin, &twin.column->type, twin.column->collation);
	iw_twin_trigger(&twin, iw_arena_printf(arena, "NEW.%s := NEW.%s;", hidden, old));
	iw_recipe_unit(maker, IW_MIGRATE, "rows that are there get the copy, in batches");
	why = iw_recipe_backfill(maker, iw_arena_printf(arena, "%s = %s", hidden, old),
				 iw_arena_printf(arena, "%s%s IS DISTINCT FROM %s%s", hidden, cast, old, cast));
	if (why != NULL)
		return why;
	iw_twin_build_indexes(&twin, twin.indexes);
	iw_twin_build_indexes(&twin, twin.keys);
	switch_names(&twin, operation->new_name.name);
	iw_recipe_unit(maker, IW_CONTRACT, "the old name %s goes", operation->member);
	iw_twin_drop_trigger(&twin);
	iw_recipe_sql(maker, "ALTER TABLE %s DROP COLUMN %s", iw_recipe_table(maker), old);
	return NULL;
}

const struct iw_recipe iw_recipe_rename_column = {
	.id = "rename-column-two-names",
	.title = "A column that has both names until the old code is gone",
	.dialects = 1U << IW_POSTGRES,
	.fits = fits,
	.make = make,
	.when = "RENAME COLUMN on a table that is there: as written it is quick, and from then on the code that is "
		"running "
		"fails.",
	.how = "A copy of the column, kept equal by a trigger, filled in batches, with copies of its indexes. Then, in "
	       "one "
	       "short transaction, the column takes the new name and the copy the old one; the trigger now works both "
	       "ways. "
	       "`contract` drops the copy. The column itself stays what it was, with its indexes, constraints, grants "
	       "and "
	       "place.",
	.cost = "One column and its indexes are there twice for a while; a trigger on each write. Where a row is "
		"inserted "
		"under the old name with an explicit NULL, a default that is not constant takes its place.",
	.no_return = "`contract`: until then the names are swapped back.",
	.setup = "CREATE TABLE users (id bigint PRIMARY KEY, email text, name text, age integer NOT NULL DEFAULT 0);",
	.example = "ALTER TABLE users RENAME COLUMN name TO full_name;",
};
