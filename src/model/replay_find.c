/* Lookups of replay: what an operation is about, and who uses what; see replay_internal.h. */
#include "model/replay_internal.h"

#include <string.h>

bool iw_replay_has_flag(const struct replay *replay, unsigned flag)
{
	return (replay->operation->flags & flag) != 0;
}

struct iw_table *iw_replay_table(struct replay *replay, bool *done)
{
	struct iw_name name = replay->operation->name;
	struct iw_table *table = iw_schema_find_table(replay->schema, name);
	if (table == NULL) {
		*done = iw_replay_has_flag(replay, IW_TABLE_IF_EXISTS) ||
			iw_replay_missing(replay, TABLE_MISSING, iw_replay_shown(replay, name), NULL);
		return NULL;
	}
	return iw_replay_edit(replay, table);
}

struct iw_column *iw_replay_column(struct replay *replay, struct iw_table *table, bool *done)
{
	const char *name = replay->operation->member;
	struct iw_column *column = iw_table_find_column(table, replay->engine, name);
	if (column != NULL)
		return column;
	/* Views and tables of unknown shape may have it all the same. */
	*done = table->is_opaque || table->kind == IW_VIEW ||
		iw_replay_missing(replay, COLUMN_MISSING, name, table->name.name);
	return NULL;
}

bool iw_replay_same_table(struct replay *replay, struct iw_name a, struct iw_name b)
{
	return iw_schema_same_name(replay->schema, a, b);
}

bool iw_replay_key_uses(struct replay *replay, GPtrArray *keys, const char *column)
{
	for (guint i = 0; keys != NULL && i < keys->len; i++) {
		const struct iw_key *key = keys->pdata[i];
		if (iw_same_column(replay->engine, key->column, column))
			return true;
		if (key->expression != NULL && iw_text_uses_column(replay->engine, key->expression->canonical, column))
			return true;
	}
	return false;
}

bool iw_replay_list_has(struct replay *replay, GPtrArray *names, const char *column)
{
	for (guint i = 0; names != NULL && i < names->len; i++)
		if (iw_same_column(replay->engine, names->pdata[i], column))
			return true;
	return false;
}

static bool expression_uses(struct replay *replay, const struct iw_expression *expression, const char *column)
{
	return expression != NULL && iw_text_uses_column(replay->engine, expression->canonical, column);
}

bool iw_replay_constraint_uses(struct replay *replay, const struct iw_constraint *constraint, const char *column)
{
	return iw_replay_key_uses(replay, constraint->keys, column) ||
	       iw_replay_list_has(replay, constraint->columns, column) ||
	       iw_replay_list_has(replay, constraint->included, column) ||
	       expression_uses(replay, constraint->check, column) || expression_uses(replay, constraint->where, column);
}

bool iw_replay_index_uses(struct replay *replay, const struct iw_index *index, const char *column)
{
	return iw_replay_key_uses(replay, index->keys, column) || iw_replay_list_has(replay, index->included, column) ||
	       expression_uses(replay, index->where, column);
}

struct iw_index *iw_replay_index_of(struct iw_table *table, const struct iw_constraint *constraint)
{
	for (guint i = 0; constraint->name != NULL && i < table->indexes->len; i++) {
		struct iw_index *index = table->indexes->pdata[i];
		if (g_strcmp0(index->constraint, constraint->name) == 0)
			return index;
	}
	return NULL;
}

static bool is_child(struct replay *replay, const struct iw_table *table, struct iw_name parent)
{
	if (iw_replay_same_table(replay, table->partition_of, parent))
		return true;
	for (guint i = 0; table->inherits != NULL && i < table->inherits->len; i++)
		if (iw_replay_same_table(replay, *(const struct iw_name *)table->inherits->pdata[i], parent))
			return true;
	return false;
}

GPtrArray *iw_replay_children(struct replay *replay, const struct iw_table *table)
{
	GPtrArray *children = g_ptr_array_new();
	if (replay->engine.dialect != IW_POSTGRES || !replay->schema->has_children)
		return children;
	for (guint i = 0; i < replay->schema->tables->len; i++) {
		struct iw_table *other = replay->schema->tables->pdata[i];
		if (is_child(replay, other, table->name))
			g_ptr_array_add(children, other);
	}
	return children;
}

static bool visit_table(struct replay *replay, struct iw_table *table, struct iw_name name, replay_visit visit,
			void *data)
{
	/* Backwards: a visitor may remove the one it is shown. */
	for (guint i = table->constraints->len; i > 0; i--) {
		struct iw_constraint *constraint = table->constraints->pdata[i - 1];
		if (constraint->kind != IW_FOREIGN_KEY || !iw_replay_same_table(replay, constraint->references, name))
			continue;
		if (!visit(replay, table, constraint, data))
			return false;
		/* The visitor may have changed a copy of the table. */
		table = iw_schema_find_table(replay->schema, table->name);
	}
	return true;
}

bool iw_replay_each_referrer(struct replay *replay, struct iw_name name, replay_visit visit, void *data)
{
	for (guint i = 0; i < replay->schema->tables->len; i++)
		if (!visit_table(replay, replay->schema->tables->pdata[i], name, visit, data))
			return false;
	return true;
}

bool iw_replay_drops_together(struct replay *replay, struct iw_name name)
{
	const struct iw_statement *statement = replay->operation->statement;
	for (guint i = 0; statement != NULL && statement->operations != NULL && i < statement->operations->len; i++) {
		const struct iw_operation *other = statement->operations->pdata[i];
		if (other->kind == IW_OP_DROP_TABLE && iw_replay_same_table(replay, other->name, name))
			return true;
	}
	return false;
}
