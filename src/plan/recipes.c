/* The table of recipes, and what their make() calls; see recipe.h. */
#include "plan/recipe.h"

#include "facts/conditions.h"
#include "sql/sql.h"

#include <stdarg.h>
#include <string.h>

const struct iw_recipe *const iw_recipes[] = {
	&iw_recipe_create_index, &iw_recipe_drop_index,
	&iw_recipe_unique,	 &iw_recipe_foreign_key,
	&iw_recipe_check,	 &iw_recipe_set_not_null,
	&iw_recipe_add_column,	 &iw_recipe_keep_default,
	&iw_recipe_change_type,	 &iw_recipe_rename_column,
	&iw_recipe_rename_table, &iw_recipe_drop_column,
	&iw_recipe_drop_table,	 &iw_recipe_detach_partition,
	&iw_recipe_reindex,	 &iw_recipe_update,
	&iw_recipe_mysql_online, NULL,
};

const struct iw_recipe *iw_recipe_find(const struct iw_recipe_context *context)
{
	for (size_t i = 0; iw_recipes[i] != NULL; i++)
		if ((iw_recipes[i]->dialects & (1U << context->options->engine.dialect)) != 0 &&
		    iw_recipes[i]->fits(context))
			return iw_recipes[i];
	return NULL;
}

const struct iw_recipe *iw_recipe_by_id(const char *id)
{
	for (size_t i = 0; iw_recipes[i] != NULL; i++)
		if (strcmp(iw_recipes[i]->id, id) == 0)
			return iw_recipes[i];
	return NULL;
}

/* drafts ------------------------------------------------------------------------------------------------------ */

static char *format_text(struct iw_recipe_maker *maker, const char *format, va_list arguments)
{
	g_autofree char *text = g_strdup_vprintf(format, arguments);
	return iw_arena_strdup(maker->context->arena, text);
}

void iw_recipe_unit(struct iw_recipe_maker *maker, enum iw_phase phase, const char *title, ...)
{
	va_list arguments;
	va_start(arguments, title);
	maker->title = format_text(maker, title, arguments);
	va_end(arguments);
	maker->phase = phase;
	maker->unit++;
}

static struct iw_draft *add_draft(struct iw_recipe_maker *maker, const char *sql)
{
	iw_arena *arena = maker->context->arena;
	struct iw_draft *draft = iw_new(arena, struct iw_draft);
	*draft = (struct iw_draft){
		.sql = sql,
		.phase = maker->phase,
		.title = maker->title,
		.unit = maker->unit,
		.undo = iw_arena_ptr_array(arena),
	};
	g_ptr_array_add(maker->drafts, draft);
	return draft;
}

void iw_recipe_sql(struct iw_recipe_maker *maker, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	add_draft(maker, format_text(maker, format, arguments));
	va_end(arguments);
}

void iw_recipe_undo(struct iw_recipe_maker *maker, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	struct iw_draft *draft = maker->drafts->pdata[maker->drafts->len - 1];
	g_ptr_array_add(draft->undo, format_text(maker, format, arguments));
	va_end(arguments);
}

void iw_recipe_undo_alone(struct iw_recipe_maker *maker)
{
	((struct iw_draft *)maker->drafts->pdata[maker->drafts->len - 1])->undo_is_alone = true;
}

void iw_recipe_undo_prepares(struct iw_recipe_maker *maker)
{
	struct iw_draft *draft = maker->drafts->pdata[maker->drafts->len - 1];
	draft->undo_is_alone = draft->undo_prepares = true;
}

void iw_recipe_loses(struct iw_recipe_maker *maker, const char *loss)
{
	((struct iw_draft *)maker->drafts->pdata[maker->drafts->len - 1])->undo_loss = loss;
}

void iw_recipe_no_undo(struct iw_recipe_maker *maker, const char *why)
{
	((struct iw_draft *)maker->drafts->pdata[maker->drafts->len - 1])->no_undo = why;
}

/* backfill ---------------------------------------------------------------------------------------------------- */

static bool is_not_null(const struct iw_recipe_maker *maker, const char *name)
{
	const struct iw_column *column =
		name == NULL ? NULL
			     : iw_table_find_column(maker->context->table, maker->context->options->engine, name);
	return column != NULL && column->not_null;
}

/* Columns of a unique index that no row is without; NULL: it cannot be walked by it. */
static GPtrArray *walkable(const struct iw_recipe_maker *maker, const struct iw_index *index)
{
	if (!index->is_unique || index->is_invalid || index->where != NULL || index->special != NULL)
		return NULL;
	GPtrArray *columns = iw_arena_ptr_array(maker->context->arena);
	for (guint i = 0; i < index->keys->len; i++) {
		const struct iw_key *key = index->keys->pdata[i];
		if (!is_not_null(maker, key->column) || key->is_descending || key->length > 0)
			return NULL;
		g_ptr_array_add(columns, (void *)key->column);
	}
	return columns->len > 0 ? columns : NULL;
}

static bool is_primary(const struct iw_recipe_maker *maker, const struct iw_index *index)
{
	const struct iw_constraint *primary = iw_table_primary_key(maker->context->table);
	return primary != NULL && index->constraint != NULL && g_strcmp0(primary->name, index->constraint) == 0;
}

static GPtrArray *primary_columns(const struct iw_recipe_maker *maker)
{
	const struct iw_constraint *primary = iw_table_primary_key(maker->context->table);
	GPtrArray *columns = iw_arena_ptr_array(maker->context->arena);
	for (guint i = 0; primary != NULL && i < primary->keys->len; i++)
		g_ptr_array_add(columns, (void *)((const struct iw_key *)primary->keys->pdata[i])->column);
	return columns->len > 0 ? columns : NULL;
}

static GPtrArray *walking_key(const struct iw_recipe_maker *maker)
{
	GPtrArray *best = primary_columns(maker);
	for (guint i = 0; best == NULL && i < maker->context->table->indexes->len; i++) {
		const struct iw_index *index = maker->context->table->indexes->pdata[i];
		if (!is_primary(maker, index))
			best = walkable(maker, index);
	}
	return best;
}

static char key_form(const struct iw_recipe_maker *maker, const char *name)
{
	static const char *const numbers[] = {"tinyint", "smallint", "mediumint", "int", "integer",
					      "bigint",	 "decimal",  "numeric",	  "year"};
	static const char *const bytes[] = {"binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob", "bit"};
	const struct iw_column *column =
		iw_table_find_column(maker->context->table, maker->context->options->engine, name);
	const char *base = column->type.base == NULL ? "" : column->type.base;
	for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++)
		if (strcmp(base, numbers[i]) == 0)
			return 'n';
	for (size_t i = 0; i < G_N_ELEMENTS(bytes); i++)
		if (strcmp(base, bytes[i]) == 0)
			return 'b';
	return 't';
}

static const char *key_forms(const struct iw_recipe_maker *maker, GPtrArray *keys)
{
	char *forms = iw_arena_alloc(maker->context->arena, keys->len + 1);
	for (guint i = 0; i < keys->len; i++)
		forms[i] = key_form(maker, keys->pdata[i]);
	return forms;
}

const char *iw_recipe_backfill(struct iw_recipe_maker *maker, const char *set, const char *where)
{
	GPtrArray *keys = walking_key(maker);
	if (keys == NULL)
		return "its rows cannot be walked in batches: it has no primary key and no unique key of NOT NULL "
		       "columns";
	const char *forms = key_forms(maker, keys);
	struct iw_backfill *backfill = iw_new(maker->context->arena, struct iw_backfill);
	*backfill = (struct iw_backfill){
		.table = maker->context->table->name,
		.keys = keys,
		.forms = forms,
		.set = set,
		.where = where,
	};
	const char *sql = iw_arena_printf(maker->context->arena, "UPDATE %s SET %s%s%s", iw_recipe_table(maker), set,
					  where == NULL ? "" : " WHERE ", where == NULL ? "" : where);
	add_draft(maker, sql)->backfill = backfill;
	return NULL;
}

/* names ------------------------------------------------------------------------------------------------------- */

const char *iw_recipe_quote(const struct iw_recipe_maker *maker, const char *name)
{
	return iw_quote(maker->context->arena, maker->context->options->engine.dialect, name);
}

const char *iw_recipe_table(const struct iw_recipe_maker *maker)
{
	return iw_quote_name(maker->context->arena, maker->context->options->engine.dialect,
			     maker->context->table->name);
}

const char *iw_recipe_beside(const struct iw_recipe_maker *maker, const char *name)
{
	struct iw_name full = {maker->context->table->name.schema, name};
	return iw_quote_name(maker->context->arena, maker->context->options->engine.dialect, full);
}

const char *iw_recipe_own_name(const struct iw_recipe_maker *maker, const char *purpose, const char *name)
{
	enum { LONGEST = 63, HASH = 8 };
	iw_arena *arena = maker->context->arena;
	const char *table = maker->context->table->name.name;
	const char *whole = iw_arena_printf(arena, "_inchworm_%s_%s_%s", purpose, table, name);
	if (strlen(whole) <= LONGEST)
		return whole;
	g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, whole, -1);
	return iw_arena_printf(arena, "_inchworm_%s_%.*s", purpose, HASH * 2, hash);
}

const char *iw_recipe_list(const struct iw_recipe_maker *maker, GPtrArray *names)
{
	g_autoptr(GString) list = g_string_new(NULL);
	for (guint i = 0; i < names->len; i++)
		g_string_append_printf(list, "%s%s", i > 0 ? ", " : "", iw_recipe_quote(maker, names->pdata[i]));
	return iw_arena_strdup(maker->context->arena, list->str);
}
