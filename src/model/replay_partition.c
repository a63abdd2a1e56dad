/* Replay of what tables have from other tables: LIKE, inheritance and partitions; see replay_internal.h. */
#include "model/replay_internal.h"

#include <string.h>

/* --- columns of parents --- */

static void take_constraints(struct replay *replay, const struct iw_table *source, GPtrArray *constraints,
			     enum iw_constraint_kind kind)
{
	for (guint i = 0; i < source->constraints->len; i++) {
		const struct iw_constraint *constraint = source->constraints->pdata[i];
		if (constraint->kind == kind && !constraint->is_no_inherit)
			g_ptr_array_insert(constraints, 0, iw_constraint_copy(replay->arena, constraint));
	}
}

/* What the child says of its own about a column that it also inherits. */
static void merge_column(struct iw_column *column, const struct iw_column *own)
{
	column->not_null |= own->not_null;
	if (own->default_value != NULL)
		column->default_value = own->default_value;
	if (own->generation != NULL) {
		column->generated = own->generated;
		column->generation = own->generation;
	}
}

static bool inherit_from(struct replay *replay, struct iw_table *table, struct iw_name name, GPtrArray *columns,
			 GPtrArray *constraints)
{
	const struct iw_table *parent = iw_schema_find_table(replay->schema, name);
	replay->schema->has_children = true;
	if (parent == NULL) {
		table->is_opaque = true;
		return replay->schema->is_uncertain ||
		       iw_replay_fail(replay, TABLE_MISSING, iw_replay_shown(replay, name), NULL);
	}
	table->is_opaque |= parent->is_opaque;
	for (guint i = 0; i < parent->columns->len; i++) {
		struct iw_column *column =
			iw_arena_memdup(replay->arena, parent->columns->pdata[i], sizeof(struct iw_column));
		const struct iw_column *own = iw_table_find_column(table, replay->engine, column->name);
		/* Only partitions inherit identity, and share its sequence. */
		if (table->partition_of.name == NULL)
			column->identity = IW_NO_IDENTITY;
		if (own != NULL)
			merge_column(column, own);
		g_ptr_array_add(columns, column);
	}
	take_constraints(replay, parent, constraints, IW_CHECK);
	take_constraints(replay, parent, constraints, IW_NOT_NULL_CONSTRAINT);
	return true;
}

static bool has_column(struct replay *replay, GPtrArray *columns, const char *name)
{
	for (guint i = 0; i < columns->len; i++)
		if (iw_same_column(replay->engine, ((struct iw_column *)columns->pdata[i])->name, name))
			return true;
	return false;
}

bool iw_replay_inherit_columns(struct replay *replay, struct iw_table *table, GPtrArray *constraints)
{
	if (table->partition_of.name == NULL && (table->inherits == NULL || table->inherits->len == 0))
		return true;
	GPtrArray *columns = iw_arena_ptr_array(replay->arena);
	if (table->partition_of.name != NULL && !inherit_from(replay, table, table->partition_of, columns, constraints))
		return false;
	for (guint i = 0; table->inherits != NULL && i < table->inherits->len; i++)
		if (!inherit_from(replay, table, *(struct iw_name *)table->inherits->pdata[i], columns, constraints))
			return false;
	for (guint i = 0; i < table->columns->len; i++) {
		struct iw_column *own = table->columns->pdata[i];
		if (!has_column(replay, columns, own->name))
			g_ptr_array_add(columns, own);
	}
	table->columns = columns;
	return true;
}

/* --- LIKE --- */

static struct iw_column *column_like(struct replay *replay, const struct iw_column *column, unsigned options)
{
	struct iw_column *copy = iw_column_copy(replay->arena, column);
	bool is_generated = column->generated != IW_NOT_GENERATED;
	if (!(options & (is_generated ? IW_LIKE_GENERATED : IW_LIKE_DEFAULTS)))
		copy->default_value = NULL;
	if (!(options & IW_LIKE_GENERATED)) {
		copy->generated = IW_NOT_GENERATED;
		copy->generation = NULL;
	}
	if (!(options & IW_LIKE_IDENTITY))
		copy->identity = IW_NO_IDENTITY;
	if (!(options & IW_LIKE_COMMENTS))
		copy->comment = NULL;
	if (!(options & IW_LIKE_STORAGE))
		copy->storage = NULL;
	if (!(options & IW_LIKE_COMPRESSION))
		copy->compression = NULL;
	return copy;
}

/* PostgreSQL names the copies anew; on MySQL index names belong to their table and stay. */
static void add_indexes_like(struct replay *replay, const struct iw_table *source, GPtrArray *constraints,
			     GPtrArray *indexes)
{
	bool keeps_names = replay->engine.dialect == IW_MYSQL;
	for (guint i = 0; i < source->constraints->len; i++) {
		const struct iw_constraint *constraint = source->constraints->pdata[i];
		if (constraint->kind != IW_PRIMARY_KEY && constraint->kind != IW_UNIQUE &&
		    constraint->kind != IW_EXCLUDE)
			continue;
		struct iw_constraint *copy = iw_constraint_copy(replay->arena, constraint);
		copy->name = NULL;
		g_ptr_array_add(constraints, copy);
	}
	for (guint i = 0; i < source->indexes->len; i++) {
		const struct iw_index *index = source->indexes->pdata[i];
		if (index->constraint != NULL)
			continue;
		struct iw_index *copy = iw_index_copy(replay->arena, index);
		copy->parent = NULL;
		copy->is_implicit = false;
		if (!keeps_names)
			copy->name = NULL;
		g_ptr_array_add(indexes, copy);
	}
}

static bool expand_like(struct replay *replay, struct iw_table *table, const struct iw_like *like, guint *position,
			GPtrArray *constraints, GPtrArray *indexes)
{
	const struct iw_table *source = iw_schema_find_table(replay->schema, like->source);
	bool is_mysql = replay->engine.dialect == IW_MYSQL;
	unsigned options = is_mysql ? IW_LIKE_ALL : like->options;
	if (source == NULL) {
		table->is_opaque = true;
		return replay->schema->is_uncertain ||
		       iw_replay_fail(replay, TABLE_MISSING, iw_replay_shown(replay, like->source), NULL);
	}
	table->is_opaque |= source->is_opaque;
	for (guint i = 0; i < source->columns->len; i++)
		g_ptr_array_insert(table->columns, (gint)(*position)++,
				   column_like(replay, source->columns->pdata[i], options));
	if (options & IW_LIKE_CONSTRAINTS)
		take_constraints(replay, source, constraints, IW_CHECK);
	if (!is_mysql)
		take_constraints(replay, source, constraints, IW_NOT_NULL_CONSTRAINT);
	if (options & IW_LIKE_INDEXES)
		add_indexes_like(replay, source, constraints, indexes);
	if (is_mysql) {
		table->engine = source->engine;
		table->charset = source->charset;
		table->collation = source->collation;
		table->options = source->options;
		table->comment = source->comment;
	}
	return true;
}

bool iw_replay_expand_likes(struct replay *replay, struct iw_table *table, GPtrArray *constraints, GPtrArray *indexes)
{
	guint added = 0;
	for (guint i = 0; table->likes != NULL && i < table->likes->len; i++) {
		const struct iw_like *like = table->likes->pdata[i];
		guint begin = MIN(like->after + added, table->columns->len), position = begin;
		if (!expand_like(replay, table, like, &position, constraints, indexes))
			return false;
		added += position - begin;
	}
	table->likes = NULL;
	return true;
}

/* --- keys and indexes of partitions --- */

static bool same_strings(const GPtrArray *a, const GPtrArray *b)
{
	if (a == NULL || b == NULL || a->len != b->len)
		return a == b;
	for (guint i = 0; i < a->len; i++)
		if (strcmp(a->pdata[i], b->pdata[i]) != 0)
			return false;
	return true;
}

static const char *key_text(const struct iw_key *key)
{
	return key->column != NULL ? key->column : key->expression->canonical;
}

static bool same_index(const struct iw_index *a, const struct iw_index *b)
{
	if (a->is_unique != b->is_unique || g_strcmp0(a->method, b->method) != 0 || a->keys->len != b->keys->len ||
	    (a->constraint != NULL && b->constraint == NULL))
		return false;
	for (guint i = 0; i < a->keys->len; i++)
		if (strcmp(key_text(a->keys->pdata[i]), key_text(b->keys->pdata[i])) != 0)
			return false;
	return g_strcmp0(a->where != NULL ? a->where->canonical : NULL,
			 b->where != NULL ? b->where->canonical : NULL) == 0;
}

/* ATTACH takes an index of the partition that is the same and has no parent yet. */
static bool adopt_index(struct replay *replay, struct iw_table *child, const struct iw_index *index)
{
	for (guint i = 0; i < child->indexes->len; i++) {
		struct iw_index *own = child->indexes->pdata[i];
		if (own->parent != NULL || !same_index(index, own))
			continue;
		iw_replay_edit_index(replay, child, own)->parent = index->name;
		return true;
	}
	return false;
}

static bool add_key_copy(struct replay *replay, const struct iw_table *parent, struct iw_table *child,
			 const struct iw_index *index)
{
	const struct iw_constraint *key = iw_table_find_constraint(parent, replay->engine, index->constraint);
	struct iw_constraint *copy = iw_constraint_copy(replay->arena, key);
	if (copy == NULL)
		return true;
	copy->name = NULL;
	if (!replay->dialect->add_constraint(replay, child, copy))
		return false;
	iw_replay_edit_index(replay, child, iw_replay_index_of(child, copy))->parent = index->name;
	return true;
}

static bool add_index_copy(struct replay *replay, struct iw_table *child, const struct iw_index *index)
{
	struct iw_index *copy = iw_index_copy(replay->arena, index);
	copy->name = NULL;
	copy->table = child->name;
	copy->parent = index->name;
	return replay->dialect->add_index(replay, child, copy);
}

static bool has_same_foreign_key(struct replay *replay, const struct iw_table *child,
				 const struct iw_constraint *wanted)
{
	for (guint i = 0; i < child->constraints->len; i++) {
		const struct iw_constraint *own = child->constraints->pdata[i];
		if (own->kind == IW_FOREIGN_KEY && same_strings(own->columns, wanted->columns) &&
		    iw_replay_same_table(replay, own->references, wanted->references))
			return true;
	}
	return false;
}

bool iw_replay_fill_partition(struct replay *replay, struct iw_table *parent, struct iw_table *child)
{
	if (parent == NULL)
		return true;
	child = iw_replay_edit(replay, child);
	for (guint i = 0; i < parent->indexes->len; i++) {
		const struct iw_index *index = parent->indexes->pdata[i];
		if (adopt_index(replay, child, index))
			continue;
		if (!(index->constraint != NULL ? add_key_copy(replay, parent, child, index)
						: add_index_copy(replay, child, index)))
			return false;
	}
	for (guint i = 0; i < parent->constraints->len; i++) {
		const struct iw_constraint *constraint = parent->constraints->pdata[i];
		if (constraint->kind != IW_FOREIGN_KEY || has_same_foreign_key(replay, child, constraint))
			continue;
		if (!replay->dialect->add_constraint(replay, child, iw_constraint_copy(replay->arena, constraint)))
			return false;
	}
	return true;
}

/* --- operations --- */

static struct iw_table *other_table(struct replay *replay, bool *done)
{
	struct iw_name name = replay->operation->new_name;
	struct iw_table *table = iw_schema_find_table(replay->schema, name);
	if (table == NULL) {
		*done = iw_replay_missing(replay, TABLE_MISSING, iw_replay_shown(replay, name), NULL);
		return NULL;
	}
	return iw_replay_edit(replay, table);
}

bool iw_replay_attach_partition(struct replay *replay)
{
	bool done;
	struct iw_table *parent = iw_replay_table(replay, &done);
	struct iw_table *child = parent != NULL ? other_table(replay, &done) : NULL;
	if (child == NULL)
		return done;
	child->partition_of = parent->name;
	child->partition_bound = iw_arena_strdup(replay->arena, replay->operation->text);
	replay->schema->has_children = true;
	return iw_replay_fill_partition(replay, parent, child);
}

bool iw_replay_detach_partition(struct replay *replay)
{
	bool done;
	struct iw_table *parent = iw_replay_table(replay, &done);
	struct iw_table *child = parent != NULL ? other_table(replay, &done) : NULL;
	if (child == NULL)
		return done;
	child->partition_of = (struct iw_name){NULL, NULL};
	child->partition_bound = NULL;
	for (guint i = 0; i < child->indexes->len; i++) {
		struct iw_index *index = child->indexes->pdata[i];
		if (index->parent != NULL)
			iw_replay_edit_index(replay, child, index)->parent = NULL;
	}
	return true;
}

bool iw_replay_set_inherit(struct replay *replay)
{
	struct iw_name parent = replay->operation->new_name;
	bool done;
	struct iw_table *table = iw_replay_table(replay, &done);
	if (table == NULL)
		return done;
	if (iw_replay_has_flag(replay, IW_ON)) {
		struct iw_name *copy = iw_new(replay->arena, struct iw_name);
		*copy = iw_name_copy(replay->arena, parent);
		if (table->inherits == NULL)
			table->inherits = iw_arena_ptr_array(replay->arena);
		iw_replay_list_add(replay, table->inherits, copy);
		replay->schema->has_children = true;
		return true;
	}
	for (guint i = 0; table->inherits != NULL && i < table->inherits->len; i++)
		if (iw_replay_same_table(replay, *(struct iw_name *)table->inherits->pdata[i], parent)) {
			iw_replay_list_remove(replay, table->inherits, table->inherits->pdata[i]);
			break;
		}
	return true;
}

bool iw_replay_attach_index(struct replay *replay)
{
	struct iw_name name = replay->operation->new_name;
	struct iw_table *table = NULL;
	struct iw_index *index = iw_schema_find_index(replay->schema, name, &table);
	if (index == NULL)
		return iw_replay_missing(replay, INDEX_MISSING, iw_replay_shown(replay, name), NULL);
	table = iw_replay_edit(replay, table);
	iw_replay_edit_index(replay, table, index)->parent =
		iw_arena_strdup(replay->arena, replay->operation->name.name);
	return true;
}
