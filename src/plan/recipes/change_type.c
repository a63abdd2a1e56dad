/* ALTER COLUMN TYPE that would rewrite the table: see docs/recipes. */
#include "plan/recipes/twin.h"

#include <string.h>

struct change {
	struct iw_recipe_maker *maker;
	struct iw_twin twin;
	const char *table, *column, *hidden; /* quoted */
	const char *old;		     /* the old column's hidden name after the switch, quoted */
	const char *value;		     /* the new value, over the row's columns */
	bool is_reversible;		     /* the old value can be made of the new one */
};

static bool fits(const struct iw_recipe_context *context)
{
	return context->operation->kind == IW_OP_ALTER_COLUMN_TYPE && context->operation->column != NULL &&
	       iw_recipe_blocks(context);
}

/* before the switch ------------------------------------------------------------------------------------------- */

static void expand(const struct change *change)
{
	const struct iw_operation *operation = change->maker->context->operation;
	iw_recipe_unit(change->maker, IW_EXPAND, "%s with its new type beside it, kept right by a trigger",
		       operation->member);
	iw_twin_guard(&change->twin);
	iw_twin_add(&change->twin, &operation->column->type, operation->column->collation);
	/* The expression may name the table or its columns: it is evaluated over the row, under the table's name. */
	iw_twin_trigger(&change->twin,
			iw_arena_printf(change->maker->context->arena,
					"SELECT %s INTO NEW.%s FROM (SELECT NEW.*) AS %s;", change->value,
					change->hidden,
					iw_twin_quote(&change->twin, change->maker->context->table->name.name)));
}

static void validate(const struct change *change, struct iw_name table, const char *name)
{
	iw_recipe_unit(change->maker, IW_MIGRATE, "rows that are there are checked; reads and writes go on");
	iw_recipe_sql(change->maker, "ALTER TABLE %s VALIDATE CONSTRAINT %s", iw_twin_table(&change->twin, table),
		      iw_twin_quote(&change->twin, name));
}

/* Constraints of the new column, or on it, under names of our own. */
static void constrain(const struct change *change, GPtrArray *parts)
{
	for (guint i = 0; i < parts->len; i++) {
		const struct iw_twin_part *part = parts->pdata[i];
		const char *table = iw_twin_table(&change->twin, part->table);
		iw_recipe_unit(change->maker, IW_EXPAND, "constraint %s holds for the new column, too", part->name);
		iw_recipe_sql(change->maker, "%s",
			      iw_twin_constraint(&change->twin, part, true, part->own, true, NULL));
		iw_recipe_undo(change->maker, "ALTER TABLE %s DROP CONSTRAINT IF EXISTS %s", table,
			       iw_twin_quote(&change->twin, part->own));
		if (part->constraint->is_not_valid)
			continue;
		validate(change, part->table, part->own);
		/* After a way back from the switch the old constraint is there again, not yet checked. */
		iw_recipe_undo(change->maker, "ALTER TABLE %s VALIDATE CONSTRAINT %s", table,
			       iw_twin_quote(&change->twin, part->name));
	}
}

static void prove_not_null(const struct change *change)
{
	const char *own = iw_recipe_own_name(change->maker, "nn", change->twin.column->name);
	iw_recipe_unit(change->maker, IW_EXPAND, "new rows have a value in the new column");
	iw_recipe_sql(change->maker, "ALTER TABLE %s ADD CONSTRAINT %s CHECK (%s IS NOT NULL) NOT VALID", change->table,
		      iw_twin_quote(&change->twin, own), change->hidden);
	iw_recipe_undo(change->maker, "ALTER TABLE %s DROP CONSTRAINT IF EXISTS %s", change->table,
		       iw_twin_quote(&change->twin, own));
	validate(change, change->maker->context->table->name, own);
	iw_recipe_unit(change->maker, IW_SWITCH, "the checked constraint proves it: no row is read under the lock");
	iw_recipe_sql(change->maker, "ALTER TABLE %s ALTER COLUMN %s SET NOT NULL", change->table, change->hidden);
	iw_recipe_sql(change->maker, "ALTER TABLE %s DROP CONSTRAINT %s", change->table,
		      iw_twin_quote(&change->twin, own));
}

static const char *fill(const struct change *change)
{
	iw_arena *arena = change->maker->context->arena;
	bool is_comparable = iw_recipe_has_equality(&change->maker->context->operation->column->type);
	iw_recipe_unit(change->maker, IW_MIGRATE, "rows that are there get the new value, in batches");
	const char *where = is_comparable
				    ? iw_arena_printf(arena, "%s IS DISTINCT FROM (%s)", change->hidden, change->value)
				    : iw_arena_printf(arena, "%s IS NULL", change->hidden);
	return iw_recipe_backfill(change->maker, iw_arena_printf(arena, "%s = %s", change->hidden, change->value),
				  where);
}

/* the switch -------------------------------------------------------------------------------------------------- */

/* Before the columns change names: on a way back the old constraints are put on after they have changed back. */
static void drop_old(const struct change *change, GPtrArray *parts)
{
	for (guint i = 0; i < parts->len; i++) {
		const struct iw_twin_part *part = parts->pdata[i];
		iw_recipe_sql(change->maker, "ALTER TABLE %s DROP CONSTRAINT %s",
			      iw_twin_table(&change->twin, part->table), iw_twin_quote(&change->twin, part->name));
		iw_recipe_undo(change->maker, "%s",
			       iw_twin_constraint(&change->twin, part, false, part->name, true, NULL));
	}
}

static void take_names(const struct change *change, GPtrArray *parts)
{
	for (guint i = 0; i < parts->len; i++) {
		const struct iw_twin_part *part = parts->pdata[i];
		const char *table = iw_twin_table(&change->twin, part->table);
		const char *name = iw_twin_quote(&change->twin, part->name);
		iw_recipe_sql(change->maker, "ALTER TABLE %s RENAME CONSTRAINT %s TO %s", table,
			      iw_twin_quote(&change->twin, part->own), name);
		iw_recipe_undo(change->maker, "ALTER TABLE %s DROP CONSTRAINT IF EXISTS %s", table, name);
	}
}

static const char *old_index(const struct change *change, const struct iw_twin_part *part)
{
	return iw_recipe_own_name(change->maker, "old", part->name);
}

static void swap_keys(const struct change *change)
{
	for (guint i = 0; i < change->twin.keys->len; i++) {
		const struct iw_twin_part *part = change->twin.keys->pdata[i];
		const char *name = iw_twin_quote(&change->twin, part->name);
		iw_recipe_sql(change->maker, "ALTER TABLE %s DROP CONSTRAINT %s", change->table, name);
		iw_recipe_undo(
			change->maker, "%s",
			iw_twin_constraint(&change->twin, part, false, part->name, false, old_index(change, part)));
		iw_recipe_sql(change->maker, "%s",
			      iw_twin_constraint(&change->twin, part, true, part->name, false, part->own));
		iw_recipe_undo(change->maker, "ALTER TABLE %s DROP CONSTRAINT %s", change->table, name);
	}
}

static void swap_indexes(const struct change *change)
{
	for (guint i = 0; i < change->twin.indexes->len; i++) {
		const struct iw_twin_part *part = change->twin.indexes->pdata[i];
		const char *name = iw_twin_beside(&change->twin, part->name);
		const char *old = iw_twin_beside(&change->twin, old_index(change, part));
		iw_recipe_sql(change->maker, "ALTER INDEX %s RENAME TO %s", name,
			      iw_twin_quote(&change->twin, old_index(change, part)));
		iw_recipe_undo(change->maker, "ALTER INDEX %s RENAME TO %s", old,
			       iw_twin_quote(&change->twin, part->name));
		iw_recipe_sql(change->maker, "ALTER INDEX %s RENAME TO %s", iw_twin_beside(&change->twin, part->own),
			      iw_twin_quote(&change->twin, part->name));
		iw_recipe_undo(change->maker, "ALTER INDEX %s RENAME TO %s", name,
			       iw_twin_quote(&change->twin, part->own));
	}
}

static void move_default(const struct change *change)
{
	const struct iw_column *column = change->twin.column;
	const struct iw_recipe_context *context = change->maker->context;
	const struct iw_table *after = iw_schema_find_table(context->after, context->table->name);
	const struct iw_column *changed =
		after == NULL ? NULL : iw_table_find_column(after, context->options->engine, column->name);
	if (column->default_value == NULL)
		return;
	iw_recipe_sql(change->maker, "ALTER TABLE %s ALTER COLUMN %s DROP DEFAULT", change->table, change->old);
	iw_recipe_undo(change->maker, "ALTER TABLE %s ALTER COLUMN %s SET DEFAULT %s", change->table, change->old,
		       column->default_value->text);
	if (changed != NULL && changed->default_value != NULL)
		iw_recipe_sql(change->maker, "ALTER TABLE %s ALTER COLUMN %s SET DEFAULT %s", change->table,
			      change->column, changed->default_value->text);
}

static void move_sequences(const struct change *change)
{
	const struct iw_recipe_context *context = change->maker->context;
	for (guint i = 0; i < context->before->sequences->len; i++) {
		const struct iw_sequence *sequence = context->before->sequences->pdata[i];
		if (sequence->owner_table.name == NULL || sequence->is_identity ||
		    !iw_name_equal(context->before, sequence->owner_table, context->table->name) ||
		    g_strcmp0(sequence->owner_column, change->twin.column->name) != 0)
			continue;
		const char *name = iw_twin_table(&change->twin, sequence->name);
		iw_recipe_sql(change->maker, "ALTER SEQUENCE %s OWNED BY %s.%s", name, change->table, change->column);
		iw_recipe_undo(change->maker, "ALTER SEQUENCE %s OWNED BY %s.%s", name, change->table, change->old);
	}
}

/* "(SEQUENCE NAME t_id_seq)": the one that it has; "": not known, the server then makes a name. */
static const char *identity_options(const struct change *change)
{
	const struct iw_recipe_context *context = change->maker->context;
	for (guint i = 0; i < context->before->sequences->len; i++) {
		const struct iw_sequence *sequence = context->before->sequences->pdata[i];
		if (sequence->is_identity && sequence->owner_table.name != NULL &&
		    iw_name_equal(context->before, sequence->owner_table, context->table->name) &&
		    g_strcmp0(sequence->owner_column, change->twin.column->name) == 0)
			return iw_arena_printf(context->arena, " (SEQUENCE NAME %s)",
					       iw_twin_table(&change->twin, sequence->name));
	}
	return "";
}

/* The count goes on where it has come to: nobody can insert meanwhile. */
static void move_identity(const struct change *change)
{
	const struct iw_column *column = change->twin.column;
	static const char *const words[] = {[IW_IDENTITY_ALWAYS] = "ALWAYS", [IW_IDENTITY_BY_DEFAULT] = "BY DEFAULT"};
	iw_arena *arena = change->maker->context->arena;
	if (column->identity == IW_NO_IDENTITY)
		return;
	const char *own = iw_recipe_own_name(change->maker, "seq", column->name);
	const char *kept = iw_twin_beside(&change->twin, own);
	iw_recipe_sql(change->maker, "CREATE SEQUENCE %s", kept);
	iw_recipe_sql(
		change->maker,
		"DO $inchworm$ BEGIN EXECUTE pg_catalog.format('SELECT pg_catalog.setval(%%L, last_value, is_called) "
		"FROM %%s', %s, pg_get_serial_sequence(%s, %s)); END $inchworm$",
		iw_quote_literal(arena, IW_POSTGRES, kept), iw_quote_literal(arena, IW_POSTGRES, change->table),
		iw_quote_literal(arena, IW_POSTGRES, iw_recipe_own_name(change->maker, "old", column->name)));
	iw_recipe_sql(change->maker, "ALTER TABLE %s ALTER COLUMN %s DROP IDENTITY", change->table, change->old);
	iw_recipe_undo(change->maker, "ALTER TABLE %s ALTER COLUMN %s ADD GENERATED %s AS IDENTITY%s", change->table,
		       change->old, words[column->identity], identity_options(change));
	iw_recipe_undo(change->maker, "SELECT setval(pg_get_serial_sequence(%s, %s), max(%s)) FROM %s",
		       iw_quote_literal(arena, IW_POSTGRES, change->table),
		       iw_quote_literal(arena, IW_POSTGRES, iw_recipe_own_name(change->maker, "old", column->name)),
		       change->old, change->table);
	iw_recipe_sql(change->maker, "ALTER TABLE %s ALTER COLUMN %s ADD GENERATED %s AS IDENTITY%s", change->table,
		      change->column, words[column->identity], identity_options(change));
	iw_recipe_undo(change->maker, "ALTER TABLE %s ALTER COLUMN %s DROP IDENTITY IF EXISTS", change->table,
		       change->column);
	iw_recipe_sql(change->maker, "SELECT setval(pg_get_serial_sequence(%s, %s), last_value, is_called) FROM %s",
		      iw_quote_literal(arena, IW_POSTGRES, change->table),
		      iw_quote_literal(arena, IW_POSTGRES, column->name), kept);
	iw_recipe_sql(change->maker, "DROP SEQUENCE %s", kept);
}

static void move_comment(const struct change *change)
{
	const struct iw_column *column = change->twin.column;
	if (column->comment != NULL)
		iw_recipe_sql(change->maker, "COMMENT ON COLUMN %s.%s IS %s", change->table, change->column,
			      iw_quote_literal(change->maker->context->arena, IW_POSTGRES, column->comment));
}

/* Rights on the column alone, statistics target and options, as the catalogue has them. */
static void move_rights(const struct change *change)
{
	iw_arena *arena = change->maker->context->arena;
	iw_recipe_sql(
		change->maker,
		"DO $inchworm$ DECLARE r record; BEGIN FOR r IN SELECT a.attstattarget AS target, g.privilege_type AS "
		"privilege, g.is_grantable AS grantable, CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE "
		"pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(g.grantee)) END AS grantee FROM "
		"pg_catalog.pg_attribute "
		"AS a LEFT JOIN LATERAL pg_catalog.aclexplode(a.attacl) AS g ON true WHERE a.attrelid = "
		"%1$s::pg_catalog.regclass AND a.attname = %2$s LOOP IF r.privilege IS NOT NULL THEN EXECUTE "
		"pg_catalog.format('GRANT %%s (%%I) ON %%s TO %%s%%s', r.privilege, %3$s, %1$s, r.grantee, CASE WHEN "
		"r.grantable THEN ' WITH GRANT OPTION' ELSE '' END); END IF; IF r.target >= 0 THEN EXECUTE "
		"pg_catalog.format('ALTER TABLE %%s ALTER COLUMN %%I SET STATISTICS %%s', %1$s, %3$s, r.target); END "
		"IF; END "
		"LOOP; END $inchworm$",
		iw_quote_literal(arena, IW_POSTGRES, change->table),
		iw_quote_literal(arena, IW_POSTGRES,
				 iw_recipe_own_name(change->maker, "old", change->twin.column->name)),
		iw_quote_literal(arena, IW_POSTGRES, change->twin.column->name));
}

/* After a way back the old column must have a value again: proved by a check before the lock, when there is time. */
static const char *old_proof(const struct change *change)
{
	return iw_twin_quote(&change->twin, iw_recipe_own_name(change->maker, "oldnn", change->twin.column->name));
}

static void swap_columns(const struct change *change)
{
	struct iw_recipe_maker *maker = change->maker;
	const struct iw_column *column = change->twin.column;
	iw_recipe_unit(maker, IW_SWITCH, "%s is the new column now; the old one is kept, hidden", column->name);
	iw_twin_drop_trigger(&change->twin);
	drop_old(change, change->twin.referrers);
	drop_old(change, change->twin.constraints);
	iw_recipe_sql(maker, "ALTER TABLE %s RENAME COLUMN %s TO %s", change->table, change->column, change->old);
	iw_recipe_undo(maker, "ALTER TABLE %s RENAME COLUMN %s TO %s", change->table, change->old, change->column);
	iw_recipe_sql(maker, "ALTER TABLE %s RENAME COLUMN %s TO %s", change->table, change->hidden, change->column);
	iw_recipe_undo(maker, "ALTER TABLE %s RENAME COLUMN %s TO %s", change->table, change->column, change->hidden);
	move_identity(change);
	move_default(change);
	move_sequences(change);
	move_comment(change);
	move_rights(change);
}

static const char *reverse_body(const struct change *change)
{
	return iw_arena_printf(change->maker->context->arena,
			       "BEGIN NEW.%s := NEW.%s; EXCEPTION WHEN data_exception THEN NEW.%s := NULL; END;",
			       change->old, change->column, change->old);
}

/* What only a way back needs: built while reads and writes go on. */
static void prepare_way_back(const struct change *change)
{
	struct iw_recipe_maker *maker = change->maker;
	iw_recipe_unit(maker, IW_SWITCH, "the planner learns what the new column holds");
	iw_recipe_sql(maker, "ANALYZE %s (%s)", change->table, change->column);
	iw_recipe_undo_prepares(maker);
	for (guint i = 0; i < change->twin.keys->len; i++) {
		const struct iw_twin_part *part = change->twin.keys->pdata[i];
		const char *old = iw_twin_beside(&change->twin, old_index(change, part));
		g_autoptr(GString) keys = g_string_new(NULL);
		for (guint k = 0; k < part->constraint->keys->len; k++) {
			const char *key = ((const struct iw_key *)part->constraint->keys->pdata[k])->column;
			bool is_it = strcmp(key, change->twin.column->name) == 0;
			g_string_append_printf(keys, "%s%s", k > 0 ? ", " : "",
					       is_it ? change->old : iw_twin_quote(&change->twin, key));
		}
		iw_recipe_undo(maker, "DROP INDEX CONCURRENTLY IF EXISTS %s", old);
		iw_recipe_undo(maker, "CREATE UNIQUE INDEX CONCURRENTLY %s ON %s (%s)",
			       iw_twin_quote(&change->twin, old_index(change, part)), change->table, keys->str);
	}
	if (!change->twin.column->not_null)
		return;
	iw_recipe_undo(maker, "ALTER TABLE %s DROP CONSTRAINT IF EXISTS %s", change->table, old_proof(change));
	iw_recipe_undo(maker, "ALTER TABLE %s ADD CONSTRAINT %s CHECK (%s IS NOT NULL) NOT VALID", change->table,
		       old_proof(change), change->old);
	iw_recipe_undo(maker, "ALTER TABLE %s VALIDATE CONSTRAINT %s", change->table, old_proof(change));
}

static void switch_over(const struct change *change)
{
	struct iw_recipe_maker *maker = change->maker;
	swap_columns(change);
	/* Keys after the columns: their definitions name the column, whose name is the new one's now. */
	swap_keys(change);
	take_names(change, change->twin.constraints);
	take_names(change, change->twin.referrers);
	swap_indexes(change);
	if (change->twin.column->not_null) {
		iw_recipe_sql(maker, "ALTER TABLE %s ALTER COLUMN %s DROP NOT NULL", change->table, change->old);
		iw_recipe_undo(maker, "ALTER TABLE %s ALTER COLUMN %s SET NOT NULL", change->table, change->old);
		iw_recipe_undo(maker, "ALTER TABLE %s DROP CONSTRAINT %s", change->table, old_proof(change));
	}
	if (change->is_reversible)
		iw_twin_trigger(&change->twin, reverse_body(change));
}

static void contract(const struct change *change)
{
	iw_recipe_unit(change->maker, IW_CONTRACT, "the old column goes");
	if (change->is_reversible)
		iw_twin_drop_trigger(&change->twin);
	iw_recipe_sql(change->maker, "ALTER TABLE %s DROP COLUMN %s", change->table, change->old);
}

static const char *make(struct iw_recipe_maker *maker)
{
	const struct iw_operation *operation = maker->context->operation;
	iw_arena *arena = maker->context->arena;
	struct change change = {.maker = maker};
	const char *why = iw_twin_find(maker, operation->member, "new", &change.twin);
	if (why != NULL)
		return why;
	change.table = iw_recipe_table(maker);
	change.column = iw_recipe_quote(maker, operation->member);
	change.hidden = iw_recipe_quote(maker, change.twin.twin);
	change.old = iw_recipe_quote(maker, iw_recipe_own_name(maker, "old", operation->member));
	change.is_reversible = operation->expression == NULL;
	change.value = operation->expression != NULL
			       ? operation->expression->text
			       : iw_arena_printf(arena, "%s::%s", change.column, operation->column->type.text);
	expand(&change);
	if ((why = fill(&change)) != NULL)
		return why;
	if (change.twin.column->not_null)
		prove_not_null(&change);
	iw_twin_build_indexes(&change.twin, change.twin.indexes);
	iw_twin_build_indexes(&change.twin, change.twin.keys);
	constrain(&change, change.twin.constraints);
	constrain(&change, change.twin.referrers);
	switch_over(&change);
	prepare_way_back(&change);
	contract(&change);
	return NULL;
}

const struct iw_recipe iw_recipe_change_type = {
	.id = "change-type-beside",
	.title = "A column's type changed beside it",
	.dialects = 1U << IW_POSTGRES,
	.fits = fits,
	.make = make,
	.when = "ALTER COLUMN TYPE between types that are not binary-compatible, on a table that is there: as written "
		"the "
		"table and its indexes are written anew while nobody can read or write.",
	.how = "A hidden column of the new type, filled by a trigger for every row that is written and in batches for "
	       "the "
	       "others; its indexes, constraints and the foreign keys that refer to it are built and checked while "
	       "reads "
	       "and writes go on. One short transaction gives the new column the name, default, sequence, identity, "
	       "comment and rights, and the old one a hidden name; a trigger keeps the old one right until `contract` "
	       "drops "
	       "it.",
	.cost = "Every row is written once; the column and its indexes are there twice for a while; a trigger on each "
		"write. "
		"The column moves to the end of the table.",
	.no_return = "`contract`. Until then `down` swaps back; it stops where a value does not fit into the old type.",
	.setup = "CREATE TABLE users (id serial PRIMARY KEY, email text);\n"
		 "CREATE TABLE posts (id bigint PRIMARY KEY, author integer REFERENCES users (id));",
	.example = "ALTER TABLE users ALTER COLUMN id TYPE bigint;",
};
