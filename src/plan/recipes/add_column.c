/* ADD COLUMN that would rewrite, scan or build: see docs/recipes. */
#include "plan/recipes/parts.h"

#include <string.h>

static bool fits(const struct iw_recipe_context *context)
{
	return context->operation->kind == IW_OP_ADD_COLUMN && context->operation->column != NULL &&
	       context->table->kind == IW_TABLE && iw_recipe_blocks(context);
}

static bool is_volatile(const struct iw_column *column)
{
	return column->default_value != NULL && column->default_value->volatility >= IW_VOLATILE;
}

static void add_column(struct iw_recipe_maker *maker, const struct iw_column *column)
{
	struct iw_operation add = *maker->context->operation;
	add.column = column;
	iw_recipe_sql(maker, "%s", iw_render(maker->context->arena, maker->context->options->engine, &add));
	iw_recipe_undo(maker, "ALTER TABLE %s DROP COLUMN IF EXISTS %s", iw_recipe_table(maker),
		       iw_recipe_quote(maker, column->name));
	iw_recipe_loses(maker, "what has been written into the column is lost");
}

/* The column alone: without what makes the server read or write rows. */
static struct iw_column *bare(const struct iw_recipe_maker *maker, const struct iw_column *column)
{
	struct iw_column *copy = iw_column_copy(maker->context->arena, column);
	copy->constraints = NULL;
	copy->not_null = false;
	copy->default_value = NULL;
	copy->serial = IW_NOT_SERIAL;
	copy->identity = IW_NO_IDENTITY;
	copy->identity_options = NULL;
	return copy;
}

static const char *fill(struct iw_recipe_maker *maker, const struct iw_column *column, const char *value)
{
	const char *quoted = iw_recipe_quote(maker, column->name);
	iw_arena *arena = maker->context->arena;
	iw_recipe_unit(maker, IW_MIGRATE, "rows that are there get their value, in batches");
	return iw_recipe_backfill(maker, iw_arena_printf(arena, "%s = %s", quoted, value),
				  iw_arena_printf(arena, "%s IS NULL", quoted));
}

/* DEFAULT random(): new rows have it at once, old ones in batches. */
static const char *with_default(struct iw_recipe_maker *maker, const struct iw_column *column)
{
	iw_recipe_unit(maker, IW_EXPAND, "column %s, which new rows fill by its default; no row is written",
		       column->name);
	add_column(maker, bare(maker, column));
	iw_recipe_sql(maker, "ALTER TABLE %s ALTER COLUMN %s SET DEFAULT %s", iw_recipe_table(maker),
		      iw_recipe_quote(maker, column->name), column->default_value->text);
	const char *why = fill(maker, column, column->default_value->text);
	return why == NULL && column->not_null ? iw_recipe_make_not_null(maker, column->name) : why;
}

/* numbering --------------------------------------------------------------------------------------------------- */

static const char *const integer_types[] = {
	[IW_SMALLSERIAL] = "smallint", [IW_SERIAL] = "integer", [IW_BIGSERIAL] = "bigint"};

/* The sequence that the operation makes; NULL: not known. */
static const char *new_sequence(const struct iw_recipe_context *context)
{
	for (guint i = 0; i < context->after->sequences->len; i++) {
		const struct iw_sequence *sequence = context->after->sequences->pdata[i];
		if (sequence->name.name != NULL && iw_schema_find_sequence(context->before, sequence->name) == NULL)
			return sequence->name.name;
	}
	return NULL;
}

static const char *numbers(struct iw_recipe_maker *maker, const struct iw_column *column, const char *type,
			   const char *sequence)
{
	const char *table = iw_recipe_table(maker), *quoted = iw_recipe_quote(maker, column->name);
	const char *name = iw_recipe_beside(maker, sequence);
	const char *next = iw_arena_printf(maker->context->arena, "nextval(%s)",
					   iw_quote_literal(maker->context->arena, IW_POSTGRES, name));
	iw_recipe_unit(maker, IW_EXPAND, "column %s, which new rows fill from a sequence; no row is written",
		       column->name);
	struct iw_column *plain = bare(maker, column);
	plain->type = iw_type_read(maker->context->arena, maker->context->options->engine, type);
	add_column(maker, plain);
	iw_recipe_sql(maker, "CREATE SEQUENCE %s AS %s", name, type);
	iw_recipe_sql(maker, "ALTER SEQUENCE %s OWNED BY %s.%s", name, table, quoted);
	iw_recipe_sql(maker, "ALTER TABLE %s ALTER COLUMN %s SET DEFAULT %s", table, quoted, next);
	const char *why = fill(maker, column, next);
	return why != NULL ? why : iw_recipe_make_not_null(maker, column->name);
}

static const char *with_serial(struct iw_recipe_maker *maker, const struct iw_column *column)
{
	const char *sequence = new_sequence(maker->context);
	if (sequence == NULL)
		return "the name that the server would give its sequence is not known";
	return numbers(maker, column, integer_types[column->serial], sequence);
}

/* The identity's own sequence goes on where ours has come to, while nobody can insert. */
static const char *with_identity(struct iw_recipe_maker *maker, const struct iw_column *column)
{
	if (column->identity_options != NULL)
		return "the identity has options of its own";
	const char *table = iw_recipe_table(maker), *quoted = iw_recipe_quote(maker, column->name);
	const char *own = iw_recipe_own_name(maker, "seq", column->name);
	const char *why = numbers(maker, column, column->type.text, own);
	if (why != NULL)
		return why;
	iw_arena *arena = maker->context->arena;
	iw_recipe_unit(maker, IW_SWITCH, "the column numbers itself from where the sequence has come to");
	iw_recipe_sql(maker, "ALTER TABLE %s ALTER COLUMN %s DROP DEFAULT", table, quoted);
	iw_recipe_sql(maker, "ALTER SEQUENCE %s OWNED BY NONE", iw_recipe_beside(maker, own));
	iw_recipe_sql(maker, "ALTER TABLE %s ALTER COLUMN %s ADD GENERATED %s AS IDENTITY", table, quoted,
		      column->identity == IW_IDENTITY_ALWAYS ? "ALWAYS" : "BY DEFAULT");
	iw_recipe_undo(maker, "ALTER TABLE %s ALTER COLUMN %s DROP IDENTITY IF EXISTS", table, quoted);
	iw_recipe_sql(maker, "SELECT setval(pg_get_serial_sequence(%s, %s), last_value, is_called) FROM %s",
		      iw_quote_literal(arena, IW_POSTGRES, table), iw_quote_literal(arena, IW_POSTGRES, column->name),
		      iw_recipe_beside(maker, own));
	iw_recipe_sql(maker, "DROP SEQUENCE %s", iw_recipe_beside(maker, own));
	return NULL;
}

/* constraints ------------------------------------------------------------------------------------------------- */

static const char *add_constraints(struct iw_recipe_maker *maker)
{
	GPtrArray *fresh = iw_recipe_new_constraints(maker->context);
	for (guint i = 0; i < fresh->len; i++) {
		const struct iw_constraint *constraint = fresh->pdata[i];
		const char *why =
			constraint->kind == IW_NOT_NULL_CONSTRAINT ? NULL : iw_recipe_add_constraint(maker, constraint);
		if (why != NULL)
			return why;
	}
	return NULL;
}

static void plainly(struct iw_recipe_maker *maker, const struct iw_column *column)
{
	struct iw_column *copy = iw_column_copy(maker->context->arena, column);
	copy->constraints = NULL;
	iw_recipe_unit(maker, IW_EXPAND, "column %s without its constraints; no row is read or written", column->name);
	add_column(maker, copy);
}

static const char *make(struct iw_recipe_maker *maker)
{
	const struct iw_column *column = maker->context->operation->column;
	const char *why = NULL;
	if (column->generated == IW_GENERATED_STORED)
		return "a stored generated column can only be made by writing every row under the lock";
	const struct iw_domain *domain = iw_column_domain(maker->context->before, column);
	if (domain != NULL && iw_domain_is_constrained(domain))
		return "a column of a domain with constraints is checked row by row under the lock";
	if (column->serial != IW_NOT_SERIAL)
		why = with_serial(maker, column);
	else if (column->identity != IW_NO_IDENTITY)
		why = with_identity(maker, column);
	else if (is_volatile(column))
		why = with_default(maker, column);
	else
		plainly(maker, column);
	return why != NULL ? why : add_constraints(maker);
}

const struct iw_recipe iw_recipe_add_column = {
	.id = "add-column-in-steps",
	.title = "A column whose rows are filled and constraints checked without a lock",
	.dialects = 1U << IW_POSTGRES,
	.fits = fits,
	.make = make,
	.when = "ADD COLUMN with a volatile default (random(), gen_random_uuid(), nextval()), serial, identity, "
		"UNIQUE, "
		"PRIMARY KEY or CHECK on a table that is there: as written every row is written or read under ACCESS "
		"EXCLUSIVE.",
	.how = "The bare column and its default, which new rows use; rows that are there in batches; NOT NULL by a "
	       "validated check; constraints NOT VALID or from an index, then validated; an identity takes over the "
	       "sequence's count.",
	.cost = "Every row is written once, as before. A row that gets NULL explicitly while the batches run has the "
		"default afterwards when the column may be NULL.",
	.no_return = "None: the column is dropped.",
	.setup = "CREATE TABLE users (id bigint PRIMARY KEY, email text, name text, age integer NOT NULL DEFAULT 0);",
	.example = "ALTER TABLE users ADD COLUMN token uuid NOT NULL DEFAULT gen_random_uuid();",
};
