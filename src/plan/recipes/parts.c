/* Steps that several PostgreSQL recipes share; see parts.h. */
#include "plan/recipes/parts.h"

#include <string.h>

int iw_recipe_version(const struct iw_recipe_context *context)
{
	return iw_assumed_version(context->options->engine);
}

bool iw_recipe_blocks(const struct iw_recipe_context *context)
{
	const struct iw_fact *fact = context->judgement->fact;
	return fact->blocks >= IW_BLOCKS_WRITES && fact->work > IW_INSTANT;
}

bool iw_recipe_has_equality(const struct iw_type *type)
{
	static const char *const without[] = {"json", "xml",  "point", "polygon", "path",
					      "lseg", "line", "box",   "circle"};
	for (size_t i = 0; i < G_N_ELEMENTS(without); i++)
		if (g_strcmp0(type->base, without[i]) == 0)
			return false;
	return true;
}

/* constraints ------------------------------------------------------------------------------------------------- */

static const struct iw_table *table_after(const struct iw_recipe_context *context)
{
	return iw_schema_find_table(context->after, context->table->name);
}

GPtrArray *iw_recipe_new_constraints(const struct iw_recipe_context *context)
{
	GPtrArray *found = iw_arena_ptr_array(context->arena);
	const struct iw_table *table = table_after(context);
	for (guint i = 0; table != NULL && i < table->constraints->len; i++) {
		struct iw_constraint *constraint = table->constraints->pdata[i];
		if (constraint->name != NULL &&
		    iw_table_find_constraint(context->table, context->options->engine, constraint->name) == NULL)
			g_ptr_array_add(found, constraint);
	}
	return found;
}

static bool has_same_columns(const struct iw_constraint *a, const struct iw_constraint *b)
{
	if (a->kind == IW_FOREIGN_KEY && a->columns != NULL && a->columns->len > 0 && b->columns != NULL &&
	    b->columns->len > 0)
		return strcmp(a->columns->pdata[0], b->columns->pdata[0]) == 0;
	return true;
}

const char *iw_recipe_constraint_name(const struct iw_recipe_context *context, const struct iw_constraint *written)
{
	if (written->name != NULL)
		return written->name;
	GPtrArray *fresh = iw_recipe_new_constraints(context);
	for (guint i = 0; i < fresh->len; i++) {
		const struct iw_constraint *one = fresh->pdata[i];
		if (one->kind == written->kind && has_same_columns(one, written))
			return one->name;
	}
	return NULL;
}

const char *iw_recipe_render_constraint(const struct iw_recipe_context *context, struct iw_name table,
					const struct iw_constraint *constraint)
{
	const struct iw_operation add = {
		.kind = IW_OP_ADD_CONSTRAINT,
		.object_kind = IW_OBJECT_CONSTRAINT,
		.name = table,
		.member = constraint->name,
		.constraint = constraint,
	};
	return iw_render(context->arena, context->options->engine, &add);
}

static void drop_on_undo(struct iw_recipe_maker *maker, const char *name)
{
	iw_recipe_undo(maker, "ALTER TABLE %s DROP CONSTRAINT IF EXISTS %s", iw_recipe_table(maker),
		       iw_recipe_quote(maker, name));
}

/* FOREIGN KEY, CHECK: there for new rows at once, for the old ones after a scan that blocks nobody. */
static const char *add_then_validate(struct iw_recipe_maker *maker, const struct iw_constraint *written,
				     const char *name)
{
	struct iw_constraint *constraint = iw_constraint_copy(maker->context->arena, written);
	constraint->name = name;
	constraint->is_not_valid = true;
	iw_recipe_unit(maker, IW_EXPAND, "constraint %s holds for new rows; no row is read", name);
	iw_recipe_sql(maker, "%s",
		      iw_recipe_render_constraint(maker->context, maker->context->table->name, constraint));
	drop_on_undo(maker, name);
	iw_recipe_unit(maker, IW_MIGRATE, "rows that are there are checked; reads and writes go on");
	iw_recipe_sql(maker, "ALTER TABLE %s VALIDATE CONSTRAINT %s", iw_recipe_table(maker),
		      iw_recipe_quote(maker, name));
	return NULL;
}

static const struct iw_index *index_of(const struct iw_recipe_maker *maker, const struct iw_constraint *constraint,
				       const char *name)
{
	struct iw_index *index = iw_new(maker->context->arena, struct iw_index);
	*index = (struct iw_index){
		.name = name,
		.table = maker->context->table->name,
		.is_unique = true,
		.nulls_not_distinct = constraint->nulls_not_distinct,
		.method = "btree",
		.keys = constraint->keys,
		.included = constraint->included,
		.options = constraint->options,
		.tablespace = constraint->tablespace,
	};
	return index;
}

static const char *make_keys_not_null(struct iw_recipe_maker *maker, const struct iw_constraint *constraint)
{
	for (guint i = 0; i < constraint->keys->len; i++) {
		const struct iw_key *key = constraint->keys->pdata[i];
		const struct iw_column *column =
			key->column == NULL ? NULL
					    : iw_table_find_column(maker->context->table,
								   maker->context->options->engine, key->column);
		const char *why =
			column == NULL || column->not_null ? NULL : iw_recipe_make_not_null(maker, key->column);
		if (why != NULL)
			return why;
	}
	return NULL;
}

/* UNIQUE, PRIMARY KEY: the index is built CONCURRENTLY, then becomes the constraint's. */
static const char *add_using_index(struct iw_recipe_maker *maker, const struct iw_constraint *constraint,
				   const char *name)
{
	if (maker->context->table->kind == IW_PARTITIONED_TABLE)
		return "a partitioned table takes no constraint USING INDEX";
	if (constraint->without_overlaps)
		return "a constraint WITHOUT OVERLAPS cannot be made from an index";
	const char *why = constraint->kind == IW_PRIMARY_KEY ? make_keys_not_null(maker, constraint) : NULL;
	if (why == NULL)
		why = iw_recipe_build_index(maker, index_of(maker, constraint, name));
	if (why != NULL)
		return why;
	struct iw_constraint *taken = iw_constraint_copy(maker->context->arena, constraint);
	taken->name = name;
	taken->using_index = name;
	iw_recipe_unit(maker, IW_SWITCH, "the index becomes the constraint's; no row is read");
	iw_recipe_sql(maker, "%s", iw_recipe_render_constraint(maker->context, maker->context->table->name, taken));
	drop_on_undo(maker, name);
	return NULL;
}

const char *iw_recipe_add_constraint(struct iw_recipe_maker *maker, const struct iw_constraint *constraint)
{
	const char *name = iw_recipe_constraint_name(maker->context, constraint);
	if (name == NULL)
		return "the name that the server would give the constraint is not known";
	switch (constraint->kind) {
	case IW_FOREIGN_KEY:
		if (maker->context->table->kind == IW_PARTITIONED_TABLE && iw_recipe_version(maker->context) < 180000)
			return "before PostgreSQL 18 a foreign key of a partitioned table cannot be NOT VALID";
		return add_then_validate(maker, constraint, name);
	case IW_CHECK:
		return add_then_validate(maker, constraint, name);
	case IW_UNIQUE:
	case IW_PRIMARY_KEY:
		return add_using_index(maker, constraint, name);
	default:
		return "an exclusion constraint can only be built under a lock";
	}
}

const char *iw_recipe_make_not_null(struct iw_recipe_maker *maker, const char *column)
{
	if (iw_recipe_version(maker->context) < 120000)
		return "before PostgreSQL 12 SET NOT NULL reads all rows, whatever is known of them";
	const char *table = iw_recipe_table(maker), *quoted = iw_recipe_quote(maker, column);
	const char *own = iw_recipe_quote(maker, iw_recipe_own_name(maker, "nn", column));
	iw_recipe_unit(maker, IW_EXPAND, "new rows must have a value in %s; no row is read", column);
	iw_recipe_sql(maker, "ALTER TABLE %s ADD CONSTRAINT %s CHECK (%s IS NOT NULL) NOT VALID", table, own, quoted);
	iw_recipe_undo(maker, "ALTER TABLE %s DROP CONSTRAINT IF EXISTS %s", table, own);
	iw_recipe_unit(maker, IW_MIGRATE, "rows that are there are checked; reads and writes go on");
	iw_recipe_sql(maker, "ALTER TABLE %s VALIDATE CONSTRAINT %s", table, own);
	iw_recipe_unit(maker, IW_SWITCH, "the checked constraint proves it: no row is read under the lock");
	iw_recipe_sql(maker, "ALTER TABLE %s ALTER COLUMN %s SET NOT NULL", table, quoted);
	iw_recipe_undo(maker, "ALTER TABLE %s ALTER COLUMN %s DROP NOT NULL", table, quoted);
	iw_recipe_sql(maker, "ALTER TABLE %s DROP CONSTRAINT %s", table, own);
	return NULL;
}

/* indexes ----------------------------------------------------------------------------------------------------- */

const char *iw_recipe_render_index(const struct iw_recipe_context *context, const struct iw_index *index,
				   unsigned flags)
{
	const struct iw_operation create = {
		.kind = IW_OP_CREATE_INDEX,
		.object_kind = IW_OBJECT_INDEX,
		.name = index->table,
		.member = index->name,
		.index = index,
		.flags = flags,
	};
	return iw_render(context->arena, context->options->engine, &create);
}

/* As the server names it after the whole index on the parent; NULL: not known. */
static const char *part_name(const struct iw_recipe_maker *maker, const struct iw_table *part, const char *parent)
{
	const struct iw_table *after = iw_schema_find_table(maker->context->after, part->name);
	for (guint i = 0; after != NULL && i < after->indexes->len; i++) {
		const struct iw_index *index = after->indexes->pdata[i];
		if (g_strcmp0(index->parent, parent) == 0)
			return index->name;
	}
	return NULL;
}

static bool is_part_of(const struct iw_recipe_maker *maker, const struct iw_table *table, const struct iw_table *parent)
{
	return table->partition_of.name != NULL &&
	       iw_name_equal(maker->context->before, table->partition_of, parent->name);
}

static void build_alone(struct iw_recipe_maker *maker, const struct iw_index *index)
{
	const char *name =
		iw_quote_name(maker->context->arena, IW_POSTGRES, (struct iw_name){index->table.schema, index->name});
	iw_recipe_unit(maker, IW_EXPAND, "index %s is built while reads and writes go on", index->name);
	iw_recipe_sql(maker, "%s", iw_recipe_render_index(maker->context, index, IW_CONCURRENTLY));
	iw_recipe_undo(maker, "DROP INDEX CONCURRENTLY IF EXISTS %s", name);
}

/* The parent's index alone is invalid until each partition's is attached. */
static const char *build_on_parts(struct iw_recipe_maker *maker, const struct iw_table *table,
				  const struct iw_index *index)
{
	iw_arena *arena = maker->context->arena;
	const char *name = iw_quote_name(arena, IW_POSTGRES, (struct iw_name){table->name.schema, index->name});
	iw_recipe_unit(maker, IW_EXPAND, "index %s of %s, still without its partitions'", index->name,
		       table->name.name);
	iw_recipe_sql(maker, "%s", iw_recipe_render_index(maker->context, index, IW_ONLY));
	iw_recipe_undo(maker, "DROP INDEX IF EXISTS %s", name);
	GPtrArray *tables = maker->context->before->tables;
	for (guint i = 0; i < tables->len; i++) {
		const struct iw_table *part = tables->pdata[i];
		if (!is_part_of(maker, part, table))
			continue;
		struct iw_index *own = iw_index_copy(arena, index);
		own->table = part->name;
		own->name = part_name(maker, part, index->name);
		if (own->name == NULL || part->kind == IW_FOREIGN_TABLE)
			return "the name that the server would give the index of a partition is not known";
		const char *why = NULL;
		if (part->kind == IW_PARTITIONED_TABLE)
			why = build_on_parts(maker, part, own);
		else
			build_alone(maker, own);
		if (why != NULL)
			return why;
		iw_recipe_unit(maker, IW_SWITCH, "the index of partition %s becomes a part of it", part->name.name);
		iw_recipe_sql(maker, "ALTER INDEX %s ATTACH PARTITION %s", name,
			      iw_quote_name(arena, IW_POSTGRES, (struct iw_name){part->name.schema, own->name}));
		/* An attached index goes with the whole. */
		iw_recipe_undo(maker, "DROP INDEX IF EXISTS %s", name);
	}
	return NULL;
}

const char *iw_recipe_build_index(struct iw_recipe_maker *maker, const struct iw_index *index)
{
	if (maker->context->table->kind == IW_PARTITIONED_TABLE)
		return build_on_parts(maker, maker->context->table, index);
	build_alone(maker, index);
	return NULL;
}
