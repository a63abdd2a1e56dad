/* A column's twin: finding what stands on the column, and the statements round it; see twin.h. */
#include "plan/recipes/twin.h"

#include "model/replay.h"

#include <string.h>

const char *iw_twin_quote(const struct iw_twin *twin, const char *name)
{
	return iw_recipe_quote(twin->maker, name);
}

const char *iw_twin_beside(const struct iw_twin *twin, const char *name)
{
	return iw_recipe_beside(twin->maker, name);
}

const char *iw_twin_table(const struct iw_twin *twin, struct iw_name table)
{
	return iw_quote_name(twin->maker->context->arena, IW_POSTGRES, table);
}

/* finding ----------------------------------------------------------------------------------------------------- */

static struct iw_twin_part *add_part(const struct iw_twin *twin, GPtrArray *parts, struct iw_name table,
				     const char *name)
{
	struct iw_twin_part *part = iw_new(twin->maker->context->arena, struct iw_twin_part);
	*part = (struct iw_twin_part){
		.table = table, .name = name, .own = iw_recipe_own_name(twin->maker, "twin", name)};
	g_ptr_array_add(parts, part);
	return part;
}

static void find_indexes(struct iw_twin *twin)
{
	const struct iw_table *table = twin->maker->context->table;
	for (guint i = 0; i < table->indexes->len; i++) {
		const struct iw_index *index = table->indexes->pdata[i], *other = twin->as_twin->indexes->pdata[i];
		if (index->constraint != NULL || strcmp(iw_recipe_render_index(twin->maker->context, index, 0),
							iw_recipe_render_index(twin->maker->context, other, 0)) == 0)
			continue;
		struct iw_twin_part *part = add_part(twin, twin->indexes, table->name, index->name);
		part->index = index;
		part->index_as_twin = other;
	}
}

static void find_constraints(struct iw_twin *twin)
{
	const struct iw_table *table = twin->maker->context->table;
	for (guint i = 0; i < table->constraints->len; i++) {
		const struct iw_constraint *constraint = table->constraints->pdata[i];
		const struct iw_constraint *other = twin->as_twin->constraints->pdata[i];
		if (constraint->kind == IW_NOT_NULL_CONSTRAINT ||
		    strcmp(iw_recipe_render_constraint(twin->maker->context, table->name, constraint),
			   iw_recipe_render_constraint(twin->maker->context, table->name, other)) == 0)
			continue;
		bool is_key = constraint->kind == IW_UNIQUE || constraint->kind == IW_PRIMARY_KEY;
		struct iw_twin_part *part =
			add_part(twin, is_key ? twin->keys : twin->constraints, table->name, constraint->name);
		part->constraint = constraint;
		part->constraint_as_twin = other;
	}
}

static void find_referrers_of(struct iw_twin *twin, const struct iw_table *table)
{
	const struct iw_table *other = iw_schema_find_table(twin->schema_as_twin, table->name);
	for (guint i = 0; other != NULL && i < table->constraints->len; i++) {
		const struct iw_constraint *constraint = table->constraints->pdata[i];
		const struct iw_constraint *changed = other->constraints->pdata[i];
		if (constraint->kind != IW_FOREIGN_KEY ||
		    strcmp(iw_recipe_render_constraint(twin->maker->context, table->name, constraint),
			   iw_recipe_render_constraint(twin->maker->context, table->name, changed)) == 0)
			continue;
		struct iw_twin_part *part = add_part(twin, twin->referrers, table->name, constraint->name);
		part->own = iw_recipe_own_name(twin->maker, "ref", constraint->name);
		part->constraint = constraint;
		part->constraint_as_twin = changed;
	}
}

/* REFERENCES t without columns means the primary key, which the rename does not show: the columns are spelled out. */
static void spell_references(iw_schema *schema, const struct iw_table *table, iw_arena *arena)
{
	const struct iw_constraint *primary = iw_table_primary_key(table);
	for (guint i = 0; primary != NULL && i < schema->tables->len; i++) {
		struct iw_table *one = schema->tables->pdata[i];
		for (guint j = 0; j < one->constraints->len; j++) {
			struct iw_constraint *constraint = one->constraints->pdata[j];
			if (constraint->kind != IW_FOREIGN_KEY || constraint->referenced_columns == NULL ||
			    constraint->referenced_columns->len > 0 ||
			    !iw_name_equal(schema, constraint->references, table->name))
				continue;
			constraint->referenced_columns = iw_arena_ptr_array(arena);
			for (guint k = 0; k < primary->keys->len; k++)
				g_ptr_array_add(constraint->referenced_columns,
						(void *)((const struct iw_key *)primary->keys->pdata[k])->column);
		}
	}
}

const char *iw_twin_find(struct iw_recipe_maker *maker, const char *column, const char *purpose, struct iw_twin *twin)
{
	const struct iw_recipe_context *context = maker->context;
	iw_arena *arena = context->arena;
	*twin = (struct iw_twin){
		.maker = maker,
		.column = iw_table_find_column(context->table, context->options->engine, column),
		.twin = iw_recipe_own_name(maker, purpose, column),
		.indexes = iw_arena_ptr_array(arena),
		.keys = iw_arena_ptr_array(arena),
		.constraints = iw_arena_ptr_array(arena),
		.referrers = iw_arena_ptr_array(arena),
	};
	if (twin->column == NULL || context->before->is_uncertain)
		return "the table as it is now is not known";
	if (context->table->kind != IW_TABLE || context->table->partition_of.name != NULL)
		return "a partitioned table would need a copy of the column in each partition";
	if (twin->column->generated != IW_NOT_GENERATED)
		return "the column is generated";
	spell_references((iw_schema *)context->before, context->table, arena);
	iw_schema *renamed = iw_schema_copy(arena, context->before);
	const struct iw_operation rename = {
		.kind = IW_OP_RENAME_COLUMN,
		.object_kind = IW_OBJECT_COLUMN,
		.name = context->table->name,
		.member = column,
		.new_name = {NULL, twin->twin},
	};
	if (!iw_schema_apply(renamed, &rename, NULL))
		return "the table as it is now is not known";
	twin->schema_as_twin = renamed;
	twin->as_twin = iw_schema_find_table(renamed, context->table->name);
	find_indexes(twin);
	find_constraints(twin);
	for (guint i = 0; i < context->before->tables->len; i++) {
		const struct iw_table *table = context->before->tables->pdata[i];
		if (table != context->table)
			find_referrers_of(twin, table);
	}
	return NULL;
}

/* statements -------------------------------------------------------------------------------------------------- */

/* Objects of the catalogue that hang on the column besides indexes, constraints, defaults and sequences. */
void iw_twin_guard(const struct iw_twin *twin)
{
	iw_arena *arena = twin->maker->context->arena;
	const char *table = iw_quote_literal(arena, IW_POSTGRES, iw_recipe_table(twin->maker));
	const char *column = iw_quote_literal(arena, IW_POSTGRES, twin->column->name);
	iw_recipe_sql(
		twin->maker,
		"DO $inchworm$ DECLARE found text; BEGIN SELECT pg_catalog.pg_describe_object(d.classid, d.objid, "
		"d.objsubid) INTO found FROM pg_catalog.pg_depend AS d JOIN pg_catalog.pg_attribute AS a ON "
		"a.attrelid = d.refobjid AND a.attnum = d.refobjsubid WHERE d.refclassid = "
		"'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = %s::pg_catalog.regclass AND a.attname "
		"= %s AND (d.classid IN ('pg_catalog.pg_rewrite'::pg_catalog.regclass, "
		"'pg_catalog.pg_policy'::pg_catalog.regclass, 'pg_catalog.pg_trigger'::pg_catalog.regclass, "
		"'pg_catalog.pg_statistic_ext'::pg_catalog.regclass, "
		"'pg_catalog.pg_publication_rel'::pg_catalog.regclass, 'pg_catalog.pg_proc'::pg_catalog.regclass) "
		"OR (d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND EXISTS (SELECT FROM "
		"pg_catalog.pg_attribute AS g JOIN pg_catalog.pg_attrdef AS e ON e.adrelid = g.attrelid AND "
		"e.adnum = g.attnum WHERE e.oid = d.objid AND g.attgenerated <> ''))) AND NOT (d.classid = "
		"'pg_catalog.pg_trigger'::pg_catalog.regclass AND d.deptype IN ('i', 'I')) LIMIT 1; IF found IS NOT "
		"NULL THEN RAISE EXCEPTION 'cannot change the column: %% depends on it', found; END IF; END "
		"$inchworm$",
		table, column);
}

void iw_twin_add(const struct iw_twin *twin, const struct iw_type *type, const char *collation)
{
	struct iw_column *copy = iw_new(twin->maker->context->arena, struct iw_column);
	*copy = (struct iw_column){.name = twin->twin, .type = *type, .collation = collation};
	const struct iw_operation add = {
		.kind = IW_OP_ADD_COLUMN,
		.object_kind = IW_OBJECT_COLUMN,
		.name = twin->maker->context->table->name,
		.member = twin->twin,
		.column = copy,
	};
	iw_recipe_sql(twin->maker, "%s",
		      iw_render(twin->maker->context->arena, twin->maker->context->options->engine, &add));
	iw_recipe_undo(twin->maker, "ALTER TABLE %s DROP COLUMN IF EXISTS %s", iw_recipe_table(twin->maker),
		       iw_twin_quote(twin, twin->twin));
}

static const char *function_name(const struct iw_twin *twin)
{
	return iw_twin_beside(twin, iw_recipe_own_name(twin->maker, "sync", twin->column->name));
}

/* Triggers run in the order of their names: after the author's own, whose changes it must see. */
static const char *trigger_name(const struct iw_twin *twin)
{
	return iw_twin_quote(twin, iw_arena_printf(twin->maker->context->arena, "~%s",
						   iw_recipe_own_name(twin->maker, "sync", twin->column->name) + 1));
}

void iw_twin_trigger(const struct iw_twin *twin, const char *body)
{
	const char *function = function_name(twin), *table = iw_recipe_table(twin->maker);
	iw_recipe_sql(
		twin->maker,
		"CREATE FUNCTION %s() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $inchworm$ "
		"BEGIN %s RETURN NEW; END $inchworm$",
		function, body);
	iw_recipe_undo(twin->maker, "DROP FUNCTION IF EXISTS %s() CASCADE", function);
	iw_recipe_sql(twin->maker,
		      "CREATE TRIGGER %s BEFORE INSERT OR UPDATE ON %s FOR EACH ROW WHEN "
		      "(pg_catalog.current_setting('inchworm.backfill', true) IS DISTINCT FROM 'on') EXECUTE FUNCTION "
		      "%s()",
		      trigger_name(twin), table, function);
}

void iw_twin_drop_trigger(const struct iw_twin *twin)
{
	iw_recipe_sql(twin->maker, "DROP TRIGGER %s ON %s", trigger_name(twin), iw_recipe_table(twin->maker));
	iw_recipe_sql(twin->maker, "DROP FUNCTION %s()", function_name(twin));
}

void iw_twin_build_indexes(const struct iw_twin *twin, GPtrArray *parts)
{
	for (guint i = 0; i < parts->len; i++) {
		const struct iw_twin_part *part = parts->pdata[i];
		struct iw_index *copy;
		if (part->index_as_twin != NULL) {
			copy = iw_index_copy(twin->maker->context->arena, part->index_as_twin);
		} else {
			const struct iw_constraint *key = part->constraint_as_twin;
			copy = iw_new(twin->maker->context->arena, struct iw_index);
			*copy = (struct iw_index){
				.table = part->table,
				.is_unique = true,
				.nulls_not_distinct = key->nulls_not_distinct,
				.method = "btree",
				.keys = key->keys,
				.included = key->included,
				.options = key->options,
				.tablespace = key->tablespace,
			};
		}
		copy->name = part->own;
		iw_recipe_build_index(twin->maker, copy);
	}
}

const char *iw_twin_constraint(const struct iw_twin *twin, const struct iw_twin_part *part, bool as_twin,
			       const char *name, bool not_valid, const char *using_index)
{
	struct iw_constraint *copy =
		iw_constraint_copy(twin->maker->context->arena, as_twin ? part->constraint_as_twin : part->constraint);
	copy->name = name;
	copy->is_not_valid = not_valid;
	copy->using_index = using_index;
	return iw_recipe_render_constraint(twin->maker->context, part->table, copy);
}
