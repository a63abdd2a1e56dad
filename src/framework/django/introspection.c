/*
 * introspection.get_constraints() of the three backends, over a replayed table: what Django would read in the server's
 * catalogue, under the names that it would give, in the order in which it would find it; see editor.h.
 */
#include "framework/django/editor.h"
#include "model/words.h"

#include <string.h>

struct look {
	iw_arena *arena;
	const struct django_context *context;
	const struct iw_table *table;
	GPtrArray *found; /* struct django_known_constraint * */
};

static struct django_known_constraint *add(struct look *look, const char *name, GPtrArray *columns)
{
	struct django_known_constraint *known = iw_new(look->arena, struct django_known_constraint);
	*known = (struct django_known_constraint){.name = name, .columns = columns};
	g_ptr_array_add(look->found, known);
	return known;
}

static struct django_known_constraint *find(const struct look *look, const char *name)
{
	for (guint i = 0; i < look->found->len; i++) {
		struct django_known_constraint *known = look->found->pdata[i];
		if (strcmp(known->name, name) == 0)
			return known;
	}
	return NULL;
}

/* NULL among them: an expression. */
static GPtrArray *columns_of_keys(const struct look *look, const GPtrArray *keys, const GPtrArray *included)
{
	GPtrArray *columns = iw_arena_ptr_array(look->arena);
	for (guint i = 0; keys != NULL && i < keys->len; i++)
		g_ptr_array_add(columns, (gpointer)((struct iw_key *)keys->pdata[i])->column);
	for (guint i = 0; included != NULL && i < included->len; i++)
		g_ptr_array_add(columns, included->pdata[i]);
	return columns;
}

/* In the order of the table's columns. */
static GPtrArray *columns_of_check(const struct look *look, const struct iw_constraint *constraint)
{
	GPtrArray *columns = iw_arena_ptr_array(look->arena);
	for (guint i = 0; constraint->check != NULL && i < look->table->columns->len; i++) {
		const struct iw_column *column = look->table->columns->pdata[i];
		if (iw_text_uses_column(look->context->engine, constraint->check->canonical, column->name))
			g_ptr_array_add(columns, (gpointer)column->name);
	}
	return columns;
}

static GPtrArray *columns_of(const struct look *look, const struct iw_constraint *constraint)
{
	if (constraint->kind == IW_CHECK)
		return columns_of_check(look, constraint);
	if (constraint->kind == IW_FOREIGN_KEY)
		return constraint->columns;
	return columns_of_keys(look, constraint->keys, NULL);
}

/* PostgreSQL ------------------------------------------------------------------------------------------------------- */

static gint compare_names(gconstpointer a, gconstpointer b)
{
	return strcmp((*(struct iw_index *const *)a)->name, (*(struct iw_index *const *)b)->name);
}

static void add_postgres_constraint(struct look *look, const struct iw_constraint *constraint)
{
	if (constraint->name == NULL || constraint->kind == IW_NOT_NULL_CONSTRAINT)
		return;
	struct django_known_constraint *known = add(look, constraint->name, columns_of(look, constraint));
	known->primary_key = constraint->kind == IW_PRIMARY_KEY;
	known->unique = known->primary_key || constraint->kind == IW_UNIQUE;
	known->foreign_key = constraint->kind == IW_FOREIGN_KEY;
	known->check = constraint->kind == IW_CHECK;
}

/* Sorted by name: the query groups by it. */
static void look_at_postgres(struct look *look)
{
	for (guint i = 0; i < look->table->constraints->len; i++)
		add_postgres_constraint(look, look->table->constraints->pdata[i]);
	g_autoptr(GPtrArray) indexes = g_ptr_array_copy(look->table->indexes, NULL, NULL);
	g_ptr_array_sort(indexes, compare_names);
	for (guint i = 0; i < indexes->len; i++) {
		const struct iw_index *index = indexes->pdata[i];
		if (find(look, index->name) != NULL)
			continue;
		struct django_known_constraint *known =
			add(look, index->name, columns_of_keys(look, index->keys, index->included));
		bool is_plain = g_strcmp0(index->method, "btree") == 0 && !g_str_has_suffix(index->name, "_btree") &&
				index->options == NULL;
		known->unique = index->is_unique;
		known->index = true;
		known->type = is_plain ? "idx" : index->method;
	}
}

/* MySQL ------------------------------------------------------------------------------------------------------------ */

/* The server sorts keys like this, and keeps their order otherwise. */
static int rank(const struct look *look, const struct iw_index *index)
{
	bool is_partial = false, is_nullable = false;
	for (guint i = 0; i < index->keys->len; i++) {
		const struct iw_key *key = index->keys->pdata[i];
		const struct iw_column *column =
			key->column == NULL ? NULL
					    : iw_table_find_column(look->table, look->context->engine, key->column);
		is_partial |= key->length > 0;
		is_nullable |= column == NULL || !column->not_null;
	}
	if (g_strcmp0(index->constraint, "PRIMARY") == 0)
		return 0;
	if (!index->is_unique)
		return index->special != NULL ? 5 : 4;
	return is_partial ? 3 : is_nullable ? 2 : 1;
}

static void add_index(struct look *look, const struct iw_index *index)
{
	struct django_known_constraint *known = find(look, index->name);
	if (known == NULL) {
		known = add(look, index->name, columns_of_keys(look, index->keys, NULL));
		known->unique = index->is_unique;
	}
	const char *method = index->special != NULL ? index->special : index->method;
	known->index = true;
	known->type = method == NULL || strcmp(method, "btree") == 0 ? "idx" : method;
}

static void add_keys(struct look *look, bool is_unique)
{
	for (int wanted = 0; wanted < 6; wanted++)
		for (guint i = 0; i < look->table->indexes->len; i++) {
			const struct iw_index *index = look->table->indexes->pdata[i];
			if (rank(look, index) != wanted || index->is_unique != is_unique)
				continue;
			add_index(look, index);
			find(look, index->name)->primary_key |= wanted == 0;
		}
}

static gint compare_constraints(gconstpointer a, gconstpointer b)
{
	return g_strcmp0((*(struct iw_constraint *const *)a)->name, (*(struct iw_constraint *const *)b)->name);
}

static void add_foreign_keys(struct look *look)
{
	g_autoptr(GPtrArray) list = g_ptr_array_copy(look->table->constraints, NULL, NULL);
	g_ptr_array_sort(list, compare_constraints);
	for (guint i = 0; i < list->len; i++) {
		const struct iw_constraint *constraint = list->pdata[i];
		if (constraint->kind == IW_FOREIGN_KEY && constraint->name != NULL &&
		    find(look, constraint->name) == NULL)
			add(look, constraint->name, constraint->columns)->foreign_key = true;
	}
}

/* can_introspect_check_constraints */
static bool sees_checks(const struct django_context *context)
{
	int version = context->engine.version;
	if (context->engine.is_mariadb)
		return version == 0 || version >= 100310 || (version >= 100222 && version < 100300);
	return version == 0 || version >= 80016;
}

static bool is_named_as_its_column(const struct iw_constraint *constraint, const GPtrArray *columns)
{
	return columns->len == 1 && g_strcmp0(constraint->name, columns->pdata[0]) == 0;
}

static void add_check(struct look *look, const struct iw_constraint *constraint, int *unnamed)
{
	GPtrArray *columns = columns_of_check(look, constraint);
	const char *name = constraint->name;
	if (is_named_as_its_column(constraint, columns))
		name = iw_arena_printf(look->arena, "__unnamed_constraint_%d__", ++*unnamed);
	if (name != NULL)
		add(look, name, columns)->check = true;
}

/* MariaDB tells those of columns first, in their order. */
static void add_checks(struct look *look)
{
	int unnamed = 0;
	bool is_mariadb = look->context->engine.is_mariadb;
	for (guint i = 0; is_mariadb && i < look->table->columns->len; i++) {
		const struct iw_column *column = look->table->columns->pdata[i];
		for (guint j = 0; j < look->table->constraints->len; j++) {
			const struct iw_constraint *constraint = look->table->constraints->pdata[j];
			if (constraint->kind == IW_CHECK && g_strcmp0(constraint->of_column, column->name) == 0)
				add_check(look, constraint, &unnamed);
		}
	}
	for (guint i = 0; i < look->table->constraints->len; i++) {
		const struct iw_constraint *constraint = look->table->constraints->pdata[i];
		if (constraint->kind == IW_CHECK && !(is_mariadb && constraint->of_column != NULL))
			add_check(look, constraint, &unnamed);
	}
}

static void look_at_mysql(struct look *look)
{
	add_keys(look, true);
	add_foreign_keys(look);
	if (sees_checks(look->context))
		add_checks(look);
	add_keys(look, false);
}

/* SQLite ----------------------------------------------------------------------------------------------------------- */

static void add_written(struct look *look, const struct iw_constraint *constraint, int *unnamed)
{
	bool is_unique = constraint->kind == IW_UNIQUE;
	if (!is_unique && constraint->kind != IW_CHECK)
		return;
	const char *name = constraint->of_column == NULL ? constraint->name : NULL;
	/* Without a name behind the columns, Django takes the word UNIQUE for a column's name. */
	if (name == NULL && constraint->of_column == NULL && is_unique)
		return;
	if (name == NULL)
		name = iw_arena_printf(look->arena, "__unnamed_constraint_%d__", ++*unnamed);
	struct django_known_constraint *known = add(look, name, columns_of(look, constraint));
	known->unique = is_unique;
	known->check = !is_unique;
}

/* UNIQUE, then CHECK, of each column; then what is written behind the columns. */
static void add_all_written(struct look *look)
{
	int unnamed = 0;
	for (guint i = 0; i < 2 * look->table->columns->len; i++) {
		const struct iw_column *column = look->table->columns->pdata[i / 2];
		enum iw_constraint_kind kind = i % 2 == 0 ? IW_UNIQUE : IW_CHECK;
		for (guint j = 0; j < look->table->constraints->len; j++) {
			const struct iw_constraint *constraint = look->table->constraints->pdata[j];
			if (constraint->kind == kind && g_strcmp0(constraint->of_column, column->name) == 0)
				add_written(look, constraint, &unnamed);
		}
	}
	for (guint i = 0; i < look->table->constraints->len; i++) {
		const struct iw_constraint *constraint = look->table->constraints->pdata[i];
		if (constraint->of_column == NULL)
			add_written(look, constraint, &unnamed);
	}
}

/* The newest index and foreign key come first. */
static void look_at_sqlite(struct look *look)
{
	add_all_written(look);
	for (guint i = look->table->indexes->len; i-- > 0;) {
		const struct iw_index *index = look->table->indexes->pdata[i];
		if (index->constraint != NULL || find(look, index->name) != NULL)
			continue;
		struct django_known_constraint *known =
			add(look, index->name, columns_of_keys(look, index->keys, NULL));
		known->unique = index->is_unique;
		known->index = true;
		known->type = "idx";
	}
	const struct iw_constraint *primary = iw_table_primary_key(look->table);
	if (primary != NULL)
		add(look, "__primary__", columns_of(look, primary))->primary_key = true;
	for (guint i = look->table->constraints->len, count = 0; i-- > 0;) {
		const struct iw_constraint *constraint = look->table->constraints->pdata[i];
		if (constraint->kind == IW_FOREIGN_KEY)
			add(look, iw_arena_printf(look->arena, "fk_%u", count++), constraint->columns)->foreign_key =
				true;
	}
}

GPtrArray *iw_django_introspect(const struct django_context *context, const struct iw_table *table)
{
	static void (*const lookers[])(struct look * look) = {
		[IW_POSTGRES] = look_at_postgres,
		[IW_MYSQL] = look_at_mysql,
		[IW_SQLITE] = look_at_sqlite,
	};
	struct look look = {context->arena, context, table, iw_arena_ptr_array(context->arena)};
	lookers[context->engine.dialect](&look);
	return look.found;
}
