/* The undo log of replay and the changes that write to it; see replay_internal.h. */
#include "model/replay_internal.h"

enum undo_kind {
	UNDO_INSERT,
	UNDO_REMOVE,
	UNDO_REPLACE,
	UNDO_EDIT_COLUMN,
	UNDO_MEMBERS,
	UNDO_HASH,
	UNDO_ADD_TABLE,
	UNDO_REMOVE_TABLE,
	UNDO_RENAME_TABLE
};

struct undo {
	enum undo_kind kind;
	GPtrArray *list;
	GHashTable *hash;
	guint position;
	const void *old;     /* element, hash value or saved struct */
	struct iw_name *key; /* hash key, or the old name of a table */
	struct iw_table *table;
};

static void record(struct replay *replay, struct undo undo)
{
	g_array_append_val(replay->undo, undo);
}

/* Lists. */

void iw_replay_list_insert(struct replay *replay, GPtrArray *list, guint position, const void *element)
{
	g_ptr_array_insert(list, (gint)position, (gpointer)element);
	record(replay, (struct undo){.kind = UNDO_INSERT, .list = list, .position = position});
}

void iw_replay_list_add(struct replay *replay, GPtrArray *list, const void *element)
{
	iw_replay_list_insert(replay, list, list->len, element);
}

void iw_replay_list_remove(struct replay *replay, GPtrArray *list, const void *element)
{
	guint position = iw_list_position(list, element);
	g_ptr_array_remove_index(list, position);
	record(replay, (struct undo){.kind = UNDO_REMOVE, .list = list, .position = position, .old = element});
}

void iw_replay_list_replace(struct replay *replay, GPtrArray *list, const void *old, const void *element)
{
	guint position = iw_list_position(list, old);
	list->pdata[position] = (gpointer)element;
	record(replay, (struct undo){.kind = UNDO_REPLACE, .list = list, .position = position, .old = old});
}

/* Hashes; NULL is "absent". */

static void hash_set(struct replay *replay, GHashTable *hash, struct iw_name name, const void *value)
{
	struct iw_name normal = iw_schema_normal(replay->schema, name);
	gpointer known = NULL, old = NULL;
	bool is_known = g_hash_table_lookup_extended(hash, &normal, &known, &old);
	struct iw_name *key = is_known ? known : iw_schema_key(replay->schema, normal);
	if (value != NULL)
		g_hash_table_replace(hash, key, (gpointer)value);
	else
		g_hash_table_remove(hash, key);
	record(replay, (struct undo){.kind = UNDO_HASH, .hash = hash, .key = key, .old = old});
}

static void count_constraint(struct replay *replay, const struct iw_table *table, const char *name, int change)
{
	if (name == NULL)
		return;
	GHashTable *counts = iw_schema_names(replay->schema)->constraints;
	struct iw_name normal = iw_schema_normal(replay->schema, (struct iw_name){table->name.schema, name});
	guint count = GPOINTER_TO_UINT(g_hash_table_lookup(counts, &normal));
	hash_set(replay, counts, normal, GUINT_TO_POINTER((guint)((int)count + change)));
}

static void name_index(struct replay *replay, const struct iw_table *table, const char *name, const void *value)
{
	if (name == NULL || replay->engine.dialect == IW_MYSQL)
		return;
	hash_set(replay, iw_schema_names(replay->schema)->indexes, (struct iw_name){table->name.schema, name}, value);
}

/* Tables. */

struct iw_table *iw_replay_edit(struct replay *replay, struct iw_table *table)
{
	table = iw_schema_own(replay->schema, table);
	/* One snapshot of a table is enough while nothing else was written in between. */
	if (replay->undo->len > 0) {
		const struct undo *last = &g_array_index(replay->undo, struct undo, replay->undo->len - 1);
		if (last->kind == UNDO_MEMBERS && last->table == table)
			return table;
	}
	struct iw_table *saved = g_memdup2(table, sizeof *table);
	record(replay, (struct undo){.kind = UNDO_MEMBERS, .table = table, .old = saved});
	return table;
}

static void name_members(struct replay *replay, struct iw_table *table, bool are_in)
{
	for (guint i = 0; i < table->indexes->len; i++)
		name_index(replay, table, ((struct iw_index *)table->indexes->pdata[i])->name, are_in ? table : NULL);
	for (guint i = 0; i < table->constraints->len; i++)
		count_constraint(replay, table, ((struct iw_constraint *)table->constraints->pdata[i])->name,
				 are_in ? 1 : -1);
}

void iw_replay_add_table(struct replay *replay, struct iw_table *table)
{
	iw_schema_add_table(replay->schema, table);
	record(replay, (struct undo){.kind = UNDO_ADD_TABLE, .table = table});
	name_members(replay, table, true);
}

void iw_replay_remove_table(struct replay *replay, struct iw_table *table)
{
	name_members(replay, table, false);
	guint position = iw_list_position(replay->schema->tables, table);
	iw_schema_remove_table(replay->schema, table);
	record(replay, (struct undo){.kind = UNDO_REMOVE_TABLE, .table = table, .position = position});
}

void iw_replay_rename_table(struct replay *replay, struct iw_table *table, struct iw_name new_name)
{
	bool moves = g_strcmp0(table->name.schema, new_name.schema) != 0;
	if (moves)
		name_members(replay, table, false);
	struct iw_name *old = iw_new(replay->arena, struct iw_name);
	*old = table->name;
	iw_schema_rename_table(replay->schema, table, iw_name_copy(replay->arena, new_name));
	record(replay, (struct undo){.kind = UNDO_RENAME_TABLE, .table = table, .key = old});
	if (moves)
		name_members(replay, table, true);
}

/* Parts of tables. */

struct iw_column *iw_replay_edit_column(struct replay *replay, struct iw_table *table, struct iw_column *column)
{
	GPtrArray *spare = replay->schema->spare_columns;
	bool has_spare = spare != NULL && spare->len > 0;
	struct iw_column *copy = has_spare ? g_ptr_array_steal_index_fast(spare, spare->len - 1)
					   : iw_new(replay->arena, struct iw_column);
	*copy = *column;
	iw_replay_list_replace(replay, table->columns, column, copy);
	g_array_index(replay->undo, struct undo, replay->undo->len - 1).kind = UNDO_EDIT_COLUMN;
	return copy;
}

/* The column that an edited copy has replaced for good. Parents and children may hold the same column. */
static void spare_column(iw_schema *schema, const void *column)
{
	if (!schema->is_walked || schema->has_children)
		return;
	if (schema->spare_columns == NULL)
		schema->spare_columns = iw_arena_ptr_array(schema->arena);
	g_ptr_array_add(schema->spare_columns, (gpointer)column);
}

void iw_replay_put_constraint(struct replay *replay, struct iw_table *table, struct iw_constraint *constraint)
{
	iw_replay_list_add(replay, table->constraints, constraint);
	count_constraint(replay, table, constraint->name, 1);
}

void iw_replay_take_constraint(struct replay *replay, struct iw_table *table, struct iw_constraint *constraint)
{
	iw_replay_list_remove(replay, table->constraints, constraint);
	count_constraint(replay, table, constraint->name, -1);
}

struct iw_constraint *iw_replay_edit_constraint(struct replay *replay, struct iw_table *table,
						struct iw_constraint *constraint)
{
	struct iw_constraint *copy = iw_arena_memdup(replay->arena, constraint, sizeof *constraint);
	iw_replay_list_replace(replay, table->constraints, constraint, copy);
	return copy;
}

void iw_replay_rename_constraint(struct replay *replay, struct iw_table *table, struct iw_constraint *constraint,
				 const char *new_name)
{
	struct iw_constraint *copy = iw_replay_edit_constraint(replay, table, constraint);
	count_constraint(replay, table, copy->name, -1);
	copy->name = iw_arena_strdup(replay->arena, new_name);
	count_constraint(replay, table, copy->name, 1);
}

void iw_replay_put_index(struct replay *replay, struct iw_table *table, struct iw_index *index)
{
	iw_replay_list_add(replay, table->indexes, index);
	name_index(replay, table, index->name, table);
}

void iw_replay_take_index(struct replay *replay, struct iw_table *table, struct iw_index *index)
{
	iw_replay_list_remove(replay, table->indexes, index);
	name_index(replay, table, index->name, NULL);
}

struct iw_index *iw_replay_edit_index(struct replay *replay, struct iw_table *table, struct iw_index *index)
{
	struct iw_index *copy = iw_arena_memdup(replay->arena, index, sizeof *index);
	iw_replay_list_replace(replay, table->indexes, index, copy);
	return copy;
}

void iw_replay_rename_index(struct replay *replay, struct iw_table *table, struct iw_index *index, const char *new_name)
{
	struct iw_index *copy = iw_replay_edit_index(replay, table, index);
	name_index(replay, table, copy->name, NULL);
	copy->name = iw_arena_strdup(replay->arena, new_name);
	name_index(replay, table, copy->name, table);
}

/* Sequences. */

void iw_replay_put_sequence(struct replay *replay, struct iw_sequence *sequence)
{
	iw_replay_list_add(replay, replay->schema->sequences, sequence);
	hash_set(replay, iw_schema_names(replay->schema)->sequences, sequence->name, sequence);
}

void iw_replay_take_sequence(struct replay *replay, struct iw_sequence *sequence)
{
	iw_replay_list_remove(replay, replay->schema->sequences, sequence);
	hash_set(replay, iw_schema_names(replay->schema)->sequences, sequence->name, NULL);
}

void iw_replay_replace_sequence(struct replay *replay, struct iw_sequence *old, struct iw_sequence *sequence)
{
	iw_replay_list_replace(replay, replay->schema->sequences, old, sequence);
	hash_set(replay, iw_schema_names(replay->schema)->sequences, old->name, NULL);
	hash_set(replay, iw_schema_names(replay->schema)->sequences, sequence->name, sequence);
}

/* Beginning and end. */

void iw_replay_begin(struct replay *replay, iw_schema *schema, GError **error)
{
	static const struct replay_dialect *const dialects[IW_DIALECTS] = {
		[IW_POSTGRES] = &iw_replay_postgres,
		[IW_MYSQL] = &iw_replay_mysql,
		[IW_SQLITE] = &iw_replay_sqlite,
	};
	*replay = (struct replay){
		.schema = schema,
		.arena = schema->arena,
		.engine = schema->engine,
		.dialect = dialects[schema->engine.dialect],
		.undo = g_array_new(false, false, sizeof(struct undo)),
		.error = error,
	};
	iw_schema_names(schema);
}

static void take_back(iw_schema *schema, const struct undo *undo)
{
	switch (undo->kind) {
	case UNDO_INSERT:
		g_ptr_array_remove_index(undo->list, undo->position);
		break;
	case UNDO_REMOVE:
		g_ptr_array_insert(undo->list, (gint)undo->position, (gpointer)undo->old);
		break;
	case UNDO_REPLACE:
	case UNDO_EDIT_COLUMN:
		undo->list->pdata[undo->position] = (gpointer)undo->old;
		break;
	case UNDO_MEMBERS:
		*undo->table = *(const struct iw_table *)undo->old;
		break;
	case UNDO_HASH:
		if (undo->old != NULL)
			g_hash_table_replace(undo->hash, undo->key, (gpointer)undo->old);
		else
			g_hash_table_remove(undo->hash, undo->key);
		break;
	case UNDO_ADD_TABLE:
		iw_schema_remove_table(schema, undo->table);
		break;
	case UNDO_REMOVE_TABLE:
		iw_schema_insert_table(schema, undo->position, undo->table);
		break;
	case UNDO_RENAME_TABLE:
		iw_schema_rename_table(schema, undo->table, *undo->key);
		break;
	}
}

void iw_replay_end(struct replay *replay, bool keep)
{
	for (guint i = replay->undo->len; i > 0; i--) {
		struct undo *undo = &g_array_index(replay->undo, struct undo, i - 1);
		if (!keep)
			take_back(replay->schema, undo);
		else if (undo->kind == UNDO_EDIT_COLUMN)
			spare_column(replay->schema, undo->old);
		if (undo->kind == UNDO_MEMBERS)
			g_free((gpointer)undo->old);
	}
	g_array_free(replay->undo, true);
}
