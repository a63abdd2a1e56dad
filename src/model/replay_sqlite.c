/*
 * Replay with SQLite's side effects. Keys written with a table have no name of their own and no index that could be
 * named; DROP COLUMN refuses what is used; DROP TABLE leaves the references of others. See replay_internal.h.
 */
#include "model/replay_internal.h"
#include "model/words.h"

#include <string.h>

static bool finish_column(struct replay *replay, struct iw_table *table, struct iw_column *column)
{
	(void)replay;
	(void)table;
	(void)column;
	return true;
}

/* WITHOUT ROWID tables keep their key's columns NOT NULL; others have allowed NULL there since ever. */
static void set_keys_not_null(struct replay *replay, struct iw_table *table, const struct iw_constraint *constraint)
{
	for (guint i = 0; table->is_without_rowid && constraint->keys != NULL && i < constraint->keys->len; i++) {
		const struct iw_key *key = constraint->keys->pdata[i];
		struct iw_column *column = iw_table_find_column(table, replay->engine, key->column);
		if (column != NULL && !column->not_null)
			iw_replay_edit_column(replay, table, column)->not_null = true;
	}
}

static bool add_constraint(struct replay *replay, struct iw_table *table, struct iw_constraint *constraint)
{
	if (constraint->kind == IW_NOT_NULL_CONSTRAINT)
		return true;
	if (constraint->kind == IW_PRIMARY_KEY) {
		if (iw_table_primary_key(table) != NULL)
			return iw_replay_fail(replay, PRIMARY_KEY_EXISTS, table->name.name, NULL);
		set_keys_not_null(replay, table, constraint);
	}
	iw_replay_put_constraint(replay, table, constraint);
	return true;
}

static bool add_index(struct replay *replay, struct iw_table *table, struct iw_index *index)
{
	iw_replay_put_index(replay, table, index);
	return true;
}

static bool add_members(struct replay *replay, struct iw_table *table, GPtrArray *constraints, GPtrArray *indexes)
{
	for (guint i = 0; i < constraints->len; i++)
		if (!add_constraint(replay, table, constraints->pdata[i]))
			return false;
	for (guint i = 0; i < indexes->len; i++)
		if (!add_index(replay, table, indexes->pdata[i]))
			return false;
	return true;
}

static bool drop_constraint(struct replay *replay, struct iw_table *table, struct iw_constraint *constraint)
{
	(void)replay;
	(void)table;
	(void)constraint;
	return true;
}

/* "cannot drop PRIMARY KEY column: ..." and what else the server refuses. */
static bool refuse_key(struct replay *replay, const struct iw_constraint *constraint, const char *name)
{
	bool is_primary = constraint->kind == IW_PRIMARY_KEY;
	if (!is_primary && constraint->kind != IW_UNIQUE)
		return true;
	return iw_replay_fail(replay, is_primary ? COLUMN_IN_PRIMARY_KEY : COLUMN_IS_UNIQUE, name, NULL);
}

/* A check or foreign key that was written with the column goes with it; any other use is an error. */
static bool drop_column(struct replay *replay, struct iw_table *table, struct iw_column *column)
{
	const char *name = column->name;
	for (guint i = table->constraints->len; i > 0; i--) {
		struct iw_constraint *constraint = table->constraints->pdata[i - 1];
		if (!iw_replay_constraint_uses(replay, constraint, name))
			continue;
		if (!refuse_key(replay, constraint, name))
			return false;
		iw_replay_take_constraint(replay, table, constraint);
	}
	for (guint i = 0; i < table->indexes->len; i++) {
		const struct iw_index *index = table->indexes->pdata[i];
		if (iw_replay_index_uses(replay, index, name)) {
			const char *what = iw_arena_printf(replay->arena, "index %s", index->name);
			return iw_replay_fail(replay, COLUMN_NEEDED, name, what);
		}
	}
	return true;
}

static bool drop_table(struct replay *replay, struct iw_table *table)
{
	(void)replay;
	(void)table;
	return true;
}

/* RENAME TABLE rewrites "old.column" to "new.column" in checks, generated columns and indexes: Drizzle's rebuilds,
 * which write CHECK ("__new_t"."a" > 0), count on it. */
struct renaming {
	struct replay *replay;
	const char *old_name, *new_name;
};

static const struct iw_expression *requalify(const struct renaming *renaming, const struct iw_expression *expression)
{
	struct replay *replay = renaming->replay;
	return iw_expression_rename(replay->arena, replay->engine, IW_WORD_TABLE, expression, renaming->old_name,
				    renaming->new_name);
}

static void requalify_columns(const struct renaming *renaming, struct iw_table *table)
{
	for (guint i = 0; i < table->columns->len; i++) {
		struct iw_column *column = table->columns->pdata[i];
		const struct iw_expression *generation = requalify(renaming, column->generation);
		if (generation != column->generation)
			iw_replay_edit_column(renaming->replay, table, column)->generation = generation;
	}
}

static void requalify_constraints(const struct renaming *renaming, struct iw_table *table)
{
	for (guint i = 0; i < table->constraints->len; i++) {
		struct iw_constraint *old = table->constraints->pdata[i];
		const struct iw_expression *check = requalify(renaming, old->check);
		if (check != old->check)
			iw_replay_edit_constraint(renaming->replay, table, old)->check = check;
	}
}

static bool requalify_key(void *data, struct iw_key *key)
{
	key->expression = requalify(data, key->expression);
	return true;
}

static void requalify_indexes(const struct renaming *renaming, struct iw_table *table)
{
	for (guint i = 0; i < table->indexes->len; i++) {
		struct iw_index *index = iw_replay_edit_index(renaming->replay, table, table->indexes->pdata[i]);
		index->where = requalify(renaming, index->where);
		index->keys = iw_keys_change(renaming->replay->arena, index->keys, requalify_key, (void *)renaming);
	}
}

static void renamed_table(struct replay *replay, struct iw_table *table, struct iw_name old_name)
{
	struct renaming renaming = {replay, old_name.name, table->name.name};
	table = iw_replay_edit(replay, table);
	requalify_columns(&renaming, table);
	requalify_constraints(&renaming, table);
	requalify_indexes(&renaming, table);
}

/* --- libSQL's ALTER COLUMN ... TO --- */

static const char *unalterable(const struct iw_constraint *constraint)
{
	return constraint->kind == IW_PRIMARY_KEY ? "PRIMARY KEY" : constraint->kind == IW_UNIQUE ? "UNIQUE" : NULL;
}

/* What was written with the old definition goes with it; its keys cannot. */
static bool drop_own_constraints(struct replay *replay, struct iw_table *table, const char *column)
{
	for (guint i = table->constraints->len; i > 0; i--) {
		struct iw_constraint *constraint = table->constraints->pdata[i - 1];
		if (!iw_same_column(replay->engine, constraint->of_column, column))
			continue;
		if (unalterable(constraint) != NULL)
			return iw_replay_fail(replay, CONSTRAINT_NOT_ALTERED, unalterable(constraint), NULL);
		iw_replay_take_constraint(replay, table, constraint);
	}
	return true;
}

static bool add_own_constraints(struct replay *replay, struct iw_table *table, const GPtrArray *constraints)
{
	for (guint i = 0; i < constraints->len; i++) {
		struct iw_constraint *constraint = constraints->pdata[i];
		if (unalterable(constraint) != NULL)
			return iw_replay_fail(replay, CONSTRAINT_NOT_ALTERED, unalterable(constraint), NULL);
		if (!add_constraint(replay, table, constraint))
			return false;
	}
	return true;
}

/* Measured on libSQL 3.45.1: the definition takes the old one's place as it is; rows stay and are not looked at. */
static bool modify_column(struct replay *replay)
{
	bool done;
	struct iw_table *table = iw_replay_table(replay, &done);
	struct iw_column *old = table != NULL ? iw_replay_column(replay, table, &done) : NULL;
	if (old == NULL)
		return done;
	struct iw_column *column = iw_column_copy(replay->arena, replay->operation->column);
	if (!iw_same_column(replay->engine, old->name, column->name))
		return iw_replay_fail(replay, COLUMN_NOT_RENAMED, old->name, column->name);
	if (old->generation != NULL || column->generation != NULL)
		return iw_replay_fail(replay, CONSTRAINT_NOT_ALTERED, "GENERATED", NULL);
	if (!drop_own_constraints(replay, table, old->name))
		return false;
	if (strcmp(old->name, column->name) != 0)
		iw_replay_rename_column_in(replay, table, old->name, column->name);
	table = iw_replay_edit(replay, table);
	g_autoptr(GPtrArray) constraints = g_ptr_array_new();
	iw_replay_take_inline(replay, column, constraints);
	if (column->default_value != NULL && column->default_value->is_null)
		column->default_value = NULL;
	iw_replay_list_replace(replay, table->columns, iw_table_find_column(table, replay->engine, column->name),
			       column);
	return add_own_constraints(replay, table, constraints);
}

/* DROP VIEW and DROP TABLE look at one namespace. */
static const replay_handler handlers[IW_OP_KINDS] = {
	[IW_OP_MODIFY_COLUMN] = modify_column,
};

const struct replay_dialect iw_replay_sqlite = {
	.finish_column = finish_column,
	.add_members = add_members,
	.add_constraint = add_constraint,
	.add_index = add_index,
	.drop_constraint = drop_constraint,
	.drop_column = drop_column,
	.drop_table = drop_table,
	.renamed_table = renamed_table,
	.handlers = handlers,
};
