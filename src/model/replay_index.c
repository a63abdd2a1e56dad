/* Replay of indexes where a name is enough to find one (PostgreSQL, SQLite); see replay_internal.h. */
#include "model/replay_internal.h"

static bool index_exists(struct replay *replay, const struct iw_table *table, const char *name)
{
	if (replay->engine.dialect == IW_MYSQL)
		return iw_table_find_index(table, replay->engine, name) != NULL;
	/* In the table's own schema: a temporary one of that name is not in the way. */
	const char *schema = table->name.schema != NULL ? table->name.schema : replay->schema->default_schema;
	struct iw_name full = {schema, name};
	return iw_schema_find_index(replay->schema, full, NULL) != NULL ||
	       iw_schema_find_table(replay->schema, full) != NULL ||
	       (replay->engine.dialect == IW_POSTGRES && iw_schema_find_sequence(replay->schema, full) != NULL);
}

static bool has_columns(struct replay *replay, const struct iw_table *table, const struct iw_index *index)
{
	bool is_known = !table->is_opaque && table->kind != IW_VIEW && table->kind != IW_MATERIALIZED_VIEW &&
			table->kind != IW_VIRTUAL_TABLE && !replay->schema->is_uncertain;
	for (guint i = 0; is_known && i < index->keys->len; i++) {
		const struct iw_key *key = index->keys->pdata[i];
		if (key->column != NULL && iw_table_find_column(table, replay->engine, key->column) == NULL)
			return iw_replay_fail(replay, INDEX_COLUMN_MISSING, key->column, table->name.name);
	}
	return true;
}

bool iw_replay_create_index(struct replay *replay)
{
	const struct iw_operation *operation = replay->operation;
	bool done;
	struct iw_table *table = iw_replay_table(replay, &done);
	if (table == NULL)
		return done;
	struct iw_index *index = iw_index_copy(replay->arena, operation->index);
	if (index->name == NULL)
		index->name = iw_arena_strdup(replay->arena, operation->member);
	index->table = table->name;
	if (index->keys == NULL)
		index->keys = iw_arena_ptr_array(replay->arena);
	if (index->name != NULL && index_exists(replay, table, index->name)) {
		if (iw_replay_has_flag(replay, IW_IF_NOT_EXISTS) || replay->schema->is_uncertain)
			return true;
		return iw_replay_fail(replay, INDEX_EXISTS, index->name, NULL);
	}
	return has_columns(replay, table, index) && replay->dialect->add_index(replay, table, index);
}

static struct iw_index *named_index(struct replay *replay, enum replay_message message, struct iw_table **table,
				    bool *done)
{
	struct iw_name name = replay->operation->name;
	struct iw_index *index = iw_schema_find_index(replay->schema, name, table);
	if (index == NULL) {
		*done = iw_replay_missing(replay, message, iw_replay_shown(replay, name), NULL);
		return NULL;
	}
	*table = iw_replay_edit(replay, *table);
	return index;
}

/* The parts of a partitioned index go with it. */
static void drop_with_parts(struct replay *replay, struct iw_table *table, struct iw_index *index)
{
	const char *name = index->name;
	table = iw_replay_edit(replay, table);
	iw_replay_take_index(replay, table, index);
	g_autoptr(GPtrArray) children = iw_replay_children(replay, table);
	for (guint i = 0; i < children->len; i++) {
		struct iw_table *child = children->pdata[i];
		for (guint j = child->indexes->len; j > 0; j--) {
			struct iw_index *part = child->indexes->pdata[j - 1];
			if (g_strcmp0(part->parent, name) != 0)
				continue;
			drop_with_parts(replay, child, part);
			break;
		}
	}
}

bool iw_replay_drop_index(struct replay *replay)
{
	struct iw_table *table = NULL;
	bool done;
	struct iw_index *index = named_index(replay, INDEX_MISSING, &table, &done);
	if (index == NULL)
		return done;
	if (index->constraint != NULL) {
		const char *constraint =
			iw_arena_printf(replay->arena, "%s on table %s", index->constraint, table->name.name);
		return iw_replay_fail(replay, INDEX_NEEDED, index->name, constraint);
	}
	drop_with_parts(replay, table, index);
	return true;
}

bool iw_replay_rename_index_operation(struct replay *replay)
{
	const char *new_name = replay->operation->new_name.name;
	struct iw_table *table = NULL;
	bool done;
	struct iw_index *index = named_index(replay, RENAMED_INDEX_MISSING, &table, &done);
	if (index == NULL)
		return done;
	if (index_exists(replay, table, new_name))
		return iw_replay_fail(replay, INDEX_EXISTS, new_name, NULL);
	struct iw_constraint *owner = iw_table_find_constraint(table, replay->engine, index->constraint);
	if (owner != NULL)
		iw_replay_rename_constraint(replay, table, owner, new_name);
	iw_replay_rename_index(replay, table, index, new_name);
	if (owner != NULL) {
		index = iw_table_find_index(table, replay->engine, new_name);
		iw_replay_edit_index(replay, table, index)->constraint = index->name;
	}
	return true;
}

bool iw_replay_alter_index(struct replay *replay)
{
	/* Storage parameters and statistics of an index are no part of the schema that is compared. */
	(void)replay;
	return true;
}
