/*
 * Replay with PostgreSQL's side effects: sequences of serial and identity columns, indexes of constraints, keys that
 * set NOT NULL, what a drop takes along. See replay_internal.h.
 */
#include "model/replay_postgres.h"

#include <string.h>

/* --- columns --- */

static const char *serial_type(enum iw_serial serial)
{
	return serial == IW_BIGSERIAL ? "bigint" : serial == IW_SMALLSERIAL ? "smallint" : "integer";
}

static struct iw_sequence *own_sequence(struct replay *replay, const struct iw_table *table,
					const struct iw_column *column)
{
	struct iw_sequence *sequence = iw_new(replay->arena, struct iw_sequence);
	const char *name =
		iw_replay_pg_relation_name(replay, table->name.schema, table->name.name, column->name, "seq", false);
	sequence->name = (struct iw_name){table->name.schema, name};
	sequence->type = column->type.text;
	sequence->owner_table = table->name;
	sequence->owner_column = column->name;
	sequence->is_identity = column->identity != IW_NO_IDENTITY;
	sequence->options = column->identity_options;
	iw_replay_put_sequence(replay, sequence);
	return sequence;
}

static struct iw_constraint *not_null_constraint(struct replay *replay, const struct iw_table *table,
						 const char *column)
{
	for (guint i = 0; i < table->constraints->len; i++) {
		struct iw_constraint *constraint = table->constraints->pdata[i];
		if (constraint->kind == IW_NOT_NULL_CONSTRAINT &&
		    iw_replay_list_has(replay, constraint->columns, column))
			return constraint;
	}
	return NULL;
}

/* PostgreSQL 18 keeps NOT NULL as a constraint with a name. */
static void keep_not_null(struct replay *replay, struct iw_table *table, const char *column, const char *name)
{
	if (!replay_pg_keeps_not_null(replay) || not_null_constraint(replay, table, column) != NULL)
		return;
	struct iw_constraint *constraint = iw_new(replay->arena, struct iw_constraint);
	constraint->kind = IW_NOT_NULL_CONSTRAINT;
	constraint->name = name != NULL ? name
					: iw_replay_pg_constraint_name(replay, table->name.schema, table->name.name,
								       column, "not_null");
	constraint->columns = iw_arena_share_list(replay->arena, &(void *){(gpointer)column}, 1);
	iw_replay_put_constraint(replay, table, constraint);
}

static void keep_not_null_with_children(struct replay *replay, struct iw_table *table, const char *column,
					const char *name)
{
	keep_not_null(replay, table, column, name);
	const struct iw_constraint *constraint = not_null_constraint(replay, table, column);
	g_autoptr(GPtrArray) children = iw_replay_children(replay, table);
	for (guint i = 0; constraint != NULL && i < children->len; i++)
		keep_not_null_with_children(replay, iw_replay_edit(replay, children->pdata[i]), column,
					    constraint->name);
}

static bool finish_column(struct replay *replay, struct iw_table *table, struct iw_column *column)
{
	if (column->serial != IW_NOT_SERIAL) {
		column->type.text = column->type.base = serial_type(column->serial);
		column->not_null = true;
		column->default_value = iw_replay_pg_nextval(replay, own_sequence(replay, table, column)->name);
		column->serial = IW_NOT_SERIAL;
	} else if (column->identity != IW_NO_IDENTITY) {
		column->not_null = true;
		own_sequence(replay, table, column);
	}
	column->identity_options = NULL;
	/* CREATE TABLE names all at once, after its checks. */
	if (column->not_null && replay->operation->kind == IW_OP_ADD_COLUMN)
		keep_not_null_with_children(replay, table, column->name, NULL);
	return true;
}

/* In the table and its children. */
static bool set_not_null_as(struct replay *replay, struct iw_table *table, struct iw_column *column, bool not_null,
			    const char *constraint_name)
{
	const char *name = column->name;
	const struct iw_constraint *primary = iw_table_primary_key(table);
	if (!not_null && primary != NULL && iw_replay_key_uses(replay, primary->keys, name))
		return iw_replay_fail(replay, COLUMN_IN_PRIMARY_KEY, name, NULL);
	table = iw_replay_edit(replay, table);
	iw_replay_edit_column(replay, table, column)->not_null = not_null;
	struct iw_constraint *constraint = not_null_constraint(replay, table, name);
	if (not_null && constraint != NULL && constraint->is_not_valid)
		iw_replay_edit_constraint(replay, table, constraint)->is_not_valid = false;
	if (not_null)
		keep_not_null(replay, table, name, constraint_name);
	else if (constraint != NULL)
		iw_replay_take_constraint(replay, table, constraint);
	g_autoptr(GPtrArray) children = iw_replay_children(replay, table);
	for (guint i = 0; !iw_replay_has_flag(replay, IW_ONLY) && i < children->len; i++) {
		struct iw_table *child = children->pdata[i];
		struct iw_column *inherited = iw_table_find_column(child, replay->engine, name);
		const struct iw_constraint *own = not_null_constraint(replay, table, name);
		/* Children keep it under the parent's name. */
		if (inherited != NULL &&
		    !set_not_null_as(replay, child, inherited, not_null, own != NULL ? own->name : NULL))
			return false;
	}
	return true;
}

static bool set_not_null(struct replay *replay, struct iw_table *table, struct iw_column *column, bool not_null)
{
	return set_not_null_as(replay, table, column, not_null, NULL);
}

/* --- identity --- */

static bool set_identity(struct replay *replay)
{
	const struct iw_operation *operation = replay->operation;
	bool done;
	struct iw_table *table = iw_replay_table(replay, &done);
	struct iw_column *column = table != NULL ? iw_replay_column(replay, table, &done) : NULL;
	if (column == NULL)
		return done;
	if (operation->column == NULL || operation->column->identity == IW_NO_IDENTITY)
		return true;
	column = iw_replay_edit_column(replay, table, column);
	column->identity = operation->column->identity;
	if (operation->kind == IW_OP_ADD_IDENTITY) {
		column->not_null = true;
		column->identity_options = iw_arena_strdup(replay->arena, operation->column->identity_options);
		own_sequence(replay, table, column);
		column->identity_options = NULL;
		keep_not_null(replay, table, column->name, NULL);
	}
	return true;
}

static struct iw_sequence *sequence_of(struct replay *replay, const struct iw_table *table, const char *column)
{
	for (guint i = replay->schema->sequences->len; i > 0; i--) {
		struct iw_sequence *sequence = replay->schema->sequences->pdata[i - 1];
		if (iw_replay_same_table(replay, sequence->owner_table, table->name) &&
		    (column == NULL || g_strcmp0(sequence->owner_column, column) == 0))
			return sequence;
	}
	return NULL;
}

static bool drop_identity(struct replay *replay)
{
	bool done;
	struct iw_table *table = iw_replay_table(replay, &done);
	struct iw_column *column = table != NULL ? iw_replay_column(replay, table, &done) : NULL;
	if (column == NULL || column->identity == IW_NO_IDENTITY)
		return column == NULL ? done : true;
	struct iw_sequence *sequence = sequence_of(replay, table, column->name);
	if (sequence != NULL && sequence->is_identity)
		iw_replay_take_sequence(replay, sequence);
	iw_replay_edit_column(replay, table, column)->identity = IW_NO_IDENTITY;
	return true;
}

/* --- constraints and their indexes --- */

/* The operator class that the method takes for the type on its own is not kept as one. */
static bool is_default_class(const char *method, const char *class)
{
	static const struct {
		const char *method;
		const char *classes[9];
	} defaults[] = {
		{"gin", {"array_ops", "jsonb_ops", "tsvector_ops"}},
		{"gist",
		 {"box_ops", "circle_ops", "point_ops", "poly_ops", "range_ops", "multirange_ops", "tsvector_ops",
		  "tsquery_ops"}},
		{"spgist", {"text_ops", "range_ops", "box_ops", "poly_ops", "quad_point_ops", "inet_ops"}},
	};
	if (g_strcmp0(method, "brin") == 0)
		return g_str_has_suffix(class, "_minmax_ops");
	for (size_t i = 0; i < G_N_ELEMENTS(defaults); i++)
		for (size_t j = 0; strcmp(defaults[i].method, method) == 0 && defaults[i].classes[j] != NULL; j++)
			if (strcmp(defaults[i].classes[j], class) == 0)
				return true;
	bool is_ordering = strcmp(method, "btree") == 0 || strcmp(method, "hash") == 0;
	return is_ordering && g_str_has_suffix(class, "_ops") && !g_str_has_suffix(class, "_pattern_ops") &&
	       strcmp(class, "varchar_ops") != 0 && strcmp(class, "cidr_ops") != 0;
}

/* What the author wrote out although it is so anyway. */
static bool normalise_key(void *data, struct iw_key *key)
{
	if (key->operator_class != NULL && is_default_class(data, key->operator_class))
		key->operator_class = NULL;
	if (key->nulls == (key->is_descending ? 1 : 2))
		key->nulls = 0;
	return true;
}

static GPtrArray *normalise_keys(struct replay *replay, GPtrArray *keys, const char *method)
{
	return iw_keys_change(replay->arena, keys, normalise_key, (void *)method);
}

static const char *index_label(enum iw_constraint_kind kind)
{
	return kind == IW_PRIMARY_KEY ? "pkey" : kind == IW_EXCLUDE ? "excl" : "key";
}

static bool set_keys_not_null(struct replay *replay, struct iw_table *table, GPtrArray *keys)
{
	for (guint i = 0; i < keys->len; i++) {
		const struct iw_key *key = keys->pdata[i];
		struct iw_column *column = iw_table_find_column(table, replay->engine, key->column);
		if (column == NULL)
			continue;
		if (!column->not_null)
			iw_replay_edit_column(replay, table, column)->not_null = true;
		keep_not_null(replay, table, column->name, NULL);
	}
	return true;
}

static bool keys_exist(struct replay *replay, const struct iw_table *table, GPtrArray *keys)
{
	for (guint i = 0; !table->is_opaque && keys != NULL && i < keys->len; i++) {
		const struct iw_key *key = keys->pdata[i];
		if (key->column != NULL && iw_table_find_column(table, replay->engine, key->column) == NULL &&
		    !replay->schema->is_uncertain)
			return iw_replay_fail(replay, KEY_COLUMN_MISSING, key->column, table->name.name);
	}
	return true;
}

/* ADD CONSTRAINT c UNIQUE USING INDEX i: the index takes the constraint's name. */
static bool take_over_index(struct replay *replay, struct iw_table *table, struct iw_constraint *constraint)
{
	struct iw_index *index = iw_table_find_index(table, replay->engine, constraint->using_index);
	if (index == NULL)
		return iw_replay_missing(replay, INDEX_MISSING, constraint->using_index, NULL);
	if (constraint->name == NULL)
		constraint->name = index->name;
	if (strcmp(constraint->name, index->name) != 0) {
		iw_replay_rename_index(replay, table, index, constraint->name);
		index = iw_table_find_index(table, replay->engine, constraint->name);
	}
	index = iw_replay_edit_index(replay, table, index);
	index->constraint = constraint->name;
	constraint->keys = index->keys;
	constraint->included = index->included;
	constraint->nulls_not_distinct = index->nulls_not_distinct;
	constraint->using_index = NULL;
	if (constraint->kind == IW_PRIMARY_KEY)
		set_keys_not_null(replay, table, constraint->keys);
	iw_replay_put_constraint(replay, table, constraint);
	return true;
}

static struct iw_index *new_index_of(struct replay *replay, const struct iw_table *table,
				     struct iw_constraint *constraint)
{
	struct iw_index *index = iw_new(replay->arena, struct iw_index);
	index->name = index->constraint = constraint->name;
	index->table = table->name;
	index->is_unique = constraint->kind != IW_EXCLUDE;
	index->method = constraint->method != NULL     ? constraint->method
			: constraint->without_overlaps ? "gist"
						       : "btree";
	index->keys = constraint->keys = normalise_keys(replay, constraint->keys, index->method);
	index->included = constraint->included;
	index->where = constraint->where;
	index->nulls_not_distinct = constraint->nulls_not_distinct;
	index->options = constraint->options;
	index->tablespace = constraint->tablespace;
	return index;
}

/* Partitions have the key too, under names of their own. */
static bool add_key_to_children(struct replay *replay, struct iw_table *table, const struct iw_constraint *constraint)
{
	if (table->kind != IW_PARTITIONED_TABLE || iw_replay_has_flag(replay, IW_ONLY))
		return true;
	g_autoptr(GPtrArray) children = iw_replay_children(replay, table);
	for (guint i = 0; i < children->len; i++) {
		struct iw_constraint *copy = iw_constraint_copy(replay->arena, constraint);
		struct iw_table *child = iw_replay_edit(replay, children->pdata[i]);
		copy->name = NULL;
		if (!iw_replay_pg_add_constraint(replay, child, copy))
			return false;
		iw_replay_edit_index(replay, child, iw_replay_index_of(child, copy))->parent = constraint->name;
	}
	return true;
}

static bool add_key(struct replay *replay, struct iw_table *table, struct iw_constraint *constraint)
{
	if (constraint->kind == IW_PRIMARY_KEY && iw_table_primary_key(table) != NULL)
		return iw_replay_fail(replay, PRIMARY_KEY_EXISTS, table->name.name, NULL);
	if (constraint->using_index != NULL)
		return take_over_index(replay, table, constraint);
	if (!keys_exist(replay, table, constraint->keys))
		return false;
	if (constraint->name == NULL)
		constraint->name = iw_replay_pg_index_name(replay, table, constraint->keys, constraint->included,
							   index_label(constraint->kind));
	else if (iw_schema_find_index(replay->schema, (struct iw_name){table->name.schema, constraint->name}, NULL) !=
			 NULL ||
		 iw_schema_find_table(replay->schema, (struct iw_name){table->name.schema, constraint->name}) != NULL)
		return iw_replay_fail(replay, INDEX_EXISTS, constraint->name, NULL);
	if (constraint->kind == IW_PRIMARY_KEY)
		set_keys_not_null(replay, table, constraint->keys);
	iw_replay_put_index(replay, table, new_index_of(replay, table, constraint));
	iw_replay_put_constraint(replay, table, constraint);
	return add_key_to_children(replay, table, constraint);
}

static bool columns_exist(struct replay *replay, const struct iw_table *table, GPtrArray *columns,
			  enum replay_message message)
{
	for (guint i = 0; !table->is_opaque && columns != NULL && i < columns->len; i++)
		if (iw_table_find_column(table, replay->engine, columns->pdata[i]) == NULL &&
		    !replay->schema->is_uncertain)
			return iw_replay_fail(replay, message, columns->pdata[i], table->name.name);
	return true;
}

static void fill_referenced(struct replay *replay, const struct iw_table *target, struct iw_constraint *constraint)
{
	const struct iw_constraint *primary = iw_table_primary_key(target);
	if ((constraint->referenced_columns != NULL && constraint->referenced_columns->len > 0) || primary == NULL)
		return;
	g_autoptr(GPtrArray) columns = g_ptr_array_new();
	for (guint i = 0; i < primary->keys->len; i++)
		g_ptr_array_add(columns, (gpointer)((struct iw_key *)primary->keys->pdata[i])->column);
	constraint->referenced_columns = iw_arena_share_list(replay->arena, columns->pdata, columns->len);
}

/* Partitions carry the foreign key under the same name where that is free. */
static void add_foreign_key_to_children(struct replay *replay, const struct iw_table *table,
					const struct iw_constraint *constraint)
{
	if (table->kind != IW_PARTITIONED_TABLE)
		return;
	g_autoptr(GPtrArray) children = iw_replay_children(replay, table);
	for (guint i = 0; i < children->len; i++) {
		struct iw_table *child = iw_replay_edit(replay, children->pdata[i]);
		struct iw_constraint *copy = iw_constraint_copy(replay->arena, constraint);
		if (iw_table_find_constraint(child, replay->engine, copy->name) != NULL)
			copy->name = iw_replay_pg_constraint_name(
				replay, child->name.schema, child->name.name,
				iw_replay_pg_columns_name(replay->arena, copy->columns), "fkey");
		iw_replay_put_constraint(replay, child, copy);
		add_foreign_key_to_children(replay, child, copy);
	}
}

static bool add_foreign_key(struct replay *replay, struct iw_table *table, struct iw_constraint *constraint)
{
	const struct iw_table *target = iw_schema_find_table(replay->schema, constraint->references);
	if (target == NULL && !replay->schema->is_uncertain)
		return iw_replay_fail(replay, TABLE_MISSING, iw_replay_shown(replay, constraint->references), NULL);
	if (!columns_exist(replay, table, constraint->columns, FOREIGN_COLUMN_MISSING))
		return false;
	if (target != NULL) {
		fill_referenced(replay, target, constraint);
		if (!columns_exist(replay, target, constraint->referenced_columns, FOREIGN_COLUMN_MISSING))
			return false;
	}
	if (constraint->name == NULL)
		constraint->name = iw_replay_pg_constraint_name(
			replay, table->name.schema, table->name.name,
			iw_replay_pg_columns_name(replay->arena, constraint->columns), "fkey");
	iw_replay_put_constraint(replay, table, constraint);
	add_foreign_key_to_children(replay, table, constraint);
	return true;
}

static bool add_check(struct replay *replay, struct iw_table *table, struct iw_constraint *constraint)
{
	if (constraint->name == NULL)
		constraint->name = iw_replay_pg_constraint_name(
			replay, table->name.schema, table->name.name,
			iw_replay_pg_only_column(replay, table, constraint->check), "check");
	iw_replay_put_constraint(replay, table, constraint);
	if (constraint->is_no_inherit)
		return true;
	g_autoptr(GPtrArray) children = iw_replay_children(replay, table);
	for (guint i = 0; i < children->len; i++) {
		struct iw_table *child = iw_replay_edit(replay, children->pdata[i]);
		if (iw_table_find_constraint(child, replay->engine, constraint->name) == NULL &&
		    !add_check(replay, child, iw_constraint_copy(replay->arena, constraint)))
			return false;
	}
	return true;
}

static bool add_not_null(struct replay *replay, struct iw_table *table, struct iw_constraint *constraint)
{
	const char *name = constraint->columns->len > 0 ? constraint->columns->pdata[0] : NULL;
	struct iw_column *column = iw_table_find_column(table, replay->engine, name);
	if (column == NULL)
		return table->is_opaque || iw_replay_missing(replay, COLUMN_MISSING, name, table->name.name);
	bool is_known = not_null_constraint(replay, table, name) != NULL;
	iw_replay_edit_column(replay, table, column)->not_null = true;
	keep_not_null(replay, table, column->name, constraint->name);
	struct iw_constraint *kept = not_null_constraint(replay, table, name);
	if (!is_known && kept != NULL)
		kept->is_not_valid = constraint->is_not_valid;
	return true;
}

bool iw_replay_pg_add_constraint(struct replay *replay, struct iw_table *table, struct iw_constraint *constraint)
{
	static bool (*const adders[])(struct replay *, struct iw_table *, struct iw_constraint *) = {
		[IW_PRIMARY_KEY] = add_key, [IW_UNIQUE] = add_key,  [IW_FOREIGN_KEY] = add_foreign_key,
		[IW_CHECK] = add_check,	    [IW_EXCLUDE] = add_key, [IW_NOT_NULL_CONSTRAINT] = add_not_null,
	};
	return adders[constraint->kind](replay, table, constraint);
}

/* transformIndexConstraints(): a key written twice is one. */
static bool same_keys(const struct iw_constraint *a, const struct iw_constraint *b)
{
	if (a->kind > IW_UNIQUE || b->kind > IW_UNIQUE || a->keys->len != b->keys->len ||
	    a->is_deferrable != b->is_deferrable || a->is_initially_deferred != b->is_initially_deferred ||
	    (a->included != NULL) != (b->included != NULL))
		return false;
	for (guint i = 0; i < a->keys->len; i++)
		if (g_strcmp0(((struct iw_key *)a->keys->pdata[i])->column,
			      ((struct iw_key *)b->keys->pdata[i])->column) != 0)
			return false;
	return true;
}

static struct iw_constraint *repeated(GPtrArray *constraints, struct iw_constraint *constraint)
{
	for (guint i = 0; constraint->kind <= IW_UNIQUE && i < constraints->len; i++) {
		struct iw_constraint *other = constraints->pdata[i];
		if (other != constraint && same_keys(constraint, other))
			return other;
	}
	return NULL;
}

/* Primary keys stay, of unique keys the first; a name is taken over by one without. */
static GPtrArray *without_repeated(struct replay *replay, GPtrArray *constraints)
{
	GPtrArray *kept = iw_arena_ptr_array(replay->arena);
	for (int round = 0; round < 2; round++)
		for (guint i = 0; i < constraints->len; i++) {
			struct iw_constraint *constraint = constraints->pdata[i];
			if ((constraint->kind == IW_PRIMARY_KEY) != (round == 0))
				continue;
			struct iw_constraint *other = repeated(kept, constraint);
			if (other == NULL || constraint->kind == IW_PRIMARY_KEY)
				g_ptr_array_add(kept, constraint);
			else if (other->name == NULL)
				other->name = constraint->name;
		}
	return kept;
}

/* The server's order: checks with the table, then NOT NULL, the primary key, other keys, foreign keys. */
static bool add_members(struct replay *replay, struct iw_table *table, GPtrArray *constraints, GPtrArray *indexes)
{
	static const enum iw_constraint_kind rounds[] = {IW_CHECK,   IW_NOT_NULL_CONSTRAINT, IW_PRIMARY_KEY, IW_UNIQUE,
							 IW_EXCLUDE, IW_FOREIGN_KEY};
	constraints = without_repeated(replay, constraints);
	for (size_t round = 0; round < G_N_ELEMENTS(rounds); round++) {
		for (guint i = 0; i < constraints->len; i++) {
			struct iw_constraint *constraint = constraints->pdata[i];
			if (constraint->kind == rounds[round] &&
			    !iw_replay_pg_add_constraint(replay, table, constraint))
				return false;
		}
		for (guint i = 0; rounds[round] == IW_NOT_NULL_CONSTRAINT && i < table->columns->len; i++) {
			const struct iw_column *column = table->columns->pdata[i];
			if (column->not_null)
				keep_not_null(replay, table, column->name, NULL);
		}
	}
	for (guint i = 0; i < indexes->len; i++)
		if (!iw_replay_pg_add_index(replay, table, indexes->pdata[i]))
			return false;
	return true;
}

/* --- indexes --- */

static bool add_index_to_children(struct replay *replay, struct iw_table *table, const struct iw_index *index)
{
	if (table->kind != IW_PARTITIONED_TABLE || iw_replay_has_flag(replay, IW_ONLY))
		return true;
	g_autoptr(GPtrArray) children = iw_replay_children(replay, table);
	for (guint i = 0; i < children->len; i++) {
		struct iw_index *copy = iw_index_copy(replay->arena, index);
		struct iw_table *child = iw_replay_edit(replay, children->pdata[i]);
		copy->name = NULL;
		copy->parent = index->name;
		copy->table = child->name;
		if (!iw_replay_pg_add_index(replay, child, copy))
			return false;
	}
	return true;
}

bool iw_replay_pg_add_index(struct replay *replay, struct iw_table *table, struct iw_index *index)
{
	table = iw_replay_edit(replay, table);
	if (index->method == NULL)
		index->method = "btree";
	index->keys = normalise_keys(replay, index->keys, index->method);
	if (index->name == NULL)
		index->name = iw_replay_pg_index_name(replay, table, index->keys, index->included, "idx");
	iw_replay_put_index(replay, table, index);
	return add_index_to_children(replay, table, index);
}

/* --- drops --- */

struct dependents {
	const struct iw_table *table;
	const char *column;			/* foreign keys to it; NULL: to the keys of `constraint` */
	const struct iw_constraint *constraint; /* NULL, with column NULL: all of the table */
	bool are_refused;			/* one was found and CASCADE was not said */
};

static bool is_key_of(struct replay *replay, const struct iw_constraint *key, GPtrArray *columns)
{
	if (columns == NULL || key->keys == NULL || columns->len != key->keys->len)
		return false;
	for (guint i = 0; i < columns->len; i++)
		if (!iw_replay_key_uses(replay, key->keys, columns->pdata[i]))
			return false;
	return true;
}

static bool drop_referrer(struct replay *replay, struct iw_table *table, struct iw_constraint *constraint, void *data)
{
	struct dependents *dependents = data;
	bool is_own = iw_replay_same_table(replay, table->name, dependents->table->name);
	if (dependents->column != NULL &&
	    !iw_replay_list_has(replay, constraint->referenced_columns, dependents->column))
		return true;
	if (dependents->constraint != NULL &&
	    !is_key_of(replay, dependents->constraint, constraint->referenced_columns))
		return true;
	bool whole_table = dependents->column == NULL && dependents->constraint == NULL;
	if (whole_table && is_own)
		return true;
	bool goes_along =
		(dependents->column != NULL && is_own) ||
		(whole_table && (iw_replay_drops_together(replay, table->name) || table->partition_of.name != NULL));
	if (!goes_along && !iw_replay_has_flag(replay, IW_CASCADED) && !replay->schema->is_uncertain) {
		dependents->are_refused = true;
		return false;
	}
	iw_replay_take_constraint(replay, iw_replay_edit(replay, table), constraint);
	return true;
}

static void drop_sequences(struct replay *replay, const struct iw_table *table, const char *column)
{
	struct iw_sequence *sequence;
	while ((sequence = sequence_of(replay, table, column)) != NULL)
		iw_replay_take_sequence(replay, sequence);
}

/* With CASCADE go the views whose query names the table (and the column). */
static void drop_views(struct replay *replay, const struct iw_table *table, const char *column)
{
	if (!iw_replay_has_flag(replay, IW_CASCADED))
		return;
	for (guint i = replay->schema->tables->len; i > 0; i--) {
		if (i > replay->schema->tables->len)
			continue;
		struct iw_table *view = replay->schema->tables->pdata[i - 1];
		bool is_view = view->kind == IW_VIEW || view->kind == IW_MATERIALIZED_VIEW;
		if (!is_view || view == table || !iw_text_mentions(replay->engine, view->definition, table->name.name))
			continue;
		if (column != NULL && !iw_text_mentions(replay->engine, view->definition, column))
			continue;
		drop_views(replay, view, NULL);
		iw_replay_remove_table(replay, view);
	}
}

static bool drop_table(struct replay *replay, struct iw_table *table)
{
	struct dependents dependents = {.table = table};
	g_autoptr(GPtrArray) children = iw_replay_children(replay, table);
	for (guint i = 0; i < children->len; i++) {
		struct iw_table *child = children->pdata[i];
		bool is_partition = iw_replay_same_table(replay, child->partition_of, table->name);
		if (!is_partition && !iw_replay_has_flag(replay, IW_CASCADED) &&
		    !iw_replay_drops_together(replay, child->name))
			return iw_replay_fail(replay, TABLE_REFERENCED, table->name.name, NULL);
		if (is_partition || iw_replay_has_flag(replay, IW_CASCADED))
			iw_replay_drop_one_table(replay, child);
	}
	if (!iw_replay_each_referrer(replay, table->name, drop_referrer, &dependents))
		return !dependents.are_refused || iw_replay_fail(replay, TABLE_REFERENCED, table->name.name, NULL);
	drop_sequences(replay, table, NULL);
	drop_views(replay, table, NULL);
	return true;
}

static bool drop_constraint(struct replay *replay, struct iw_table *table, struct iw_constraint *constraint)
{
	struct dependents dependents = {.table = table, .constraint = constraint};
	bool is_key = constraint->kind == IW_PRIMARY_KEY || constraint->kind == IW_UNIQUE;
	if (is_key && !iw_replay_each_referrer(replay, table->name, drop_referrer, &dependents))
		return iw_replay_fail(replay, CONSTRAINT_NEEDED, constraint->name, table->name.name);
	table = iw_replay_edit(replay, table);
	struct iw_index *index = iw_replay_index_of(table, constraint);
	if (index != NULL)
		iw_replay_take_index(replay, table, index);
	if (constraint->kind == IW_NOT_NULL_CONSTRAINT && constraint->columns->len > 0) {
		struct iw_column *column = iw_table_find_column(table, replay->engine, constraint->columns->pdata[0]);
		if (column != NULL)
			iw_replay_edit_column(replay, table, column)->not_null = false;
	}
	/* Keys of partitions have other names. */
	g_autoptr(GPtrArray) children = iw_replay_children(replay, table);
	for (guint i = 0; is_key && i < children->len; i++) {
		struct iw_table *child = iw_replay_edit(replay, children->pdata[i]);
		for (guint j = child->indexes->len; j > 0; j--) {
			struct iw_index *part = child->indexes->pdata[j - 1];
			struct iw_constraint *own = iw_table_find_constraint(child, replay->engine, part->constraint);
			if (g_strcmp0(part->parent, constraint->name) != 0 || own == NULL)
				continue;
			drop_constraint(replay, child, own);
			iw_replay_take_constraint(replay, iw_replay_edit(replay, child), own);
			break;
		}
	}
	return true;
}

/* Generated columns that use it need CASCADE; before PostgreSQL 15 they just went along. */
static bool drop_generated(struct replay *replay, struct iw_table *table, const char *column)
{
	bool needs_cascade = replay->engine.version == 0 || replay->engine.version >= 150000;
	for (guint i = table->columns->len; i > 0; i--) {
		struct iw_column *other = table->columns->pdata[i - 1];
		if (other->generation == NULL || strcmp(other->name, column) == 0 ||
		    !iw_text_uses_column(replay->engine, other->generation->canonical, column))
			continue;
		if (needs_cascade && !iw_replay_has_flag(replay, IW_CASCADED))
			return iw_replay_fail(replay, COLUMN_NEEDED, column, table->name.name);
		if (!iw_replay_drop_one_column(replay, table, other))
			return false;
	}
	return true;
}

static bool drop_column(struct replay *replay, struct iw_table *table, struct iw_column *column)
{
	struct dependents dependents = {.table = table, .column = column->name};
	const char *name = column->name;
	if (!drop_generated(replay, table, name))
		return false;
	if (!iw_replay_each_referrer(replay, table->name, drop_referrer, &dependents))
		return iw_replay_fail(replay, COLUMN_NEEDED, name, table->name.name);
	table = iw_replay_edit(replay, table);
	for (guint i = table->constraints->len; i > 0; i--) {
		struct iw_constraint *constraint = table->constraints->pdata[i - 1];
		if (!iw_replay_constraint_uses(replay, constraint, name))
			continue;
		struct iw_index *index = iw_replay_index_of(table, constraint);
		if (index != NULL)
			iw_replay_take_index(replay, table, index);
		iw_replay_take_constraint(replay, table, constraint);
	}
	for (guint i = table->indexes->len; i > 0; i--)
		if (iw_replay_index_uses(replay, table->indexes->pdata[i - 1], name))
			iw_replay_take_index(replay, table, table->indexes->pdata[i - 1]);
	drop_sequences(replay, table, name);
	drop_views(replay, table, name);
	return true;
}

static const replay_handler handlers[IW_OP_KINDS] = {
	[IW_OP_ADD_IDENTITY] = set_identity,
	[IW_OP_SET_IDENTITY] = set_identity,
	[IW_OP_DROP_IDENTITY] = drop_identity,
};

const struct replay_dialect iw_replay_postgres = {
	.finish_column = finish_column,
	.add_members = add_members,
	.add_constraint = iw_replay_pg_add_constraint,
	.add_index = iw_replay_pg_add_index,
	.drop_constraint = drop_constraint,
	.drop_column = drop_column,
	.drop_table = drop_table,
	.set_not_null = set_not_null,
	.handlers = handlers,
};
