/*
 * Replay with the side effects of MySQL and MariaDB: names of keys, foreign keys and checks, the index behind a foreign
 * key and its silent end, MODIFY as a whole new definition, keys that shrink with their columns. The form of what is
 * kept is in schema.h. See replay_internal.h.
 */
#include "model/replay_mysql.h"

#include <stdlib.h>
#include <string.h>

/* --- columns --- */

static void add_json_check(struct replay *replay, struct iw_table *table, const struct iw_column *column)
{
	if (iw_table_find_constraint(table, replay->engine, column->name) != NULL)
		return;
	struct iw_constraint *constraint = iw_new(replay->arena, struct iw_constraint);
	struct iw_expression *check = iw_new(replay->arena, struct iw_expression);
	check->text =
		iw_arena_printf(replay->arena, "json_valid(%s)", iw_word_quoted(replay->arena, IW_MYSQL, column->name));
	check->canonical = iw_arena_printf(replay->arena, "json_valid(%s)",
					   iw_word_canonical(replay->arena, IW_MYSQL, column->name));
	constraint->kind = IW_CHECK;
	constraint->name = constraint->of_column = column->name;
	constraint->check = check;
	iw_replay_put_constraint(replay, table, constraint);
}

/* JSON is a word for this on MariaDB. */
static void make_json(struct replay *replay, struct iw_table *table, struct iw_column *column)
{
	if (!replay->engine.is_mariadb || g_strcmp0(column->type.base, "json") != 0)
		return;
	column->type.text = column->type.base = "longtext";
	column->type.charset = "utf8mb4";
	column->collation = "utf8mb4_bin";
	add_json_check(replay, table, column);
}

/* Only what differs from the table's is kept. */
static void drop_common_collation(struct iw_table *table, struct iw_column *column)
{
	if (column->collation != NULL && g_strcmp0(column->collation, table->collation) == 0)
		column->collation = NULL;
	if (column->type.charset != NULL && g_strcmp0(column->type.charset, table->charset) == 0)
		column->type.charset = NULL;
}

static bool finish_column(struct replay *replay, struct iw_table *table, struct iw_column *column)
{
	column->not_null |= column->auto_increment;
	make_json(replay, table, column);
	drop_common_collation(table, column);
	return true;
}

static bool set_keys_not_null(struct replay *replay, struct iw_table *table, GPtrArray *keys)
{
	for (guint i = 0; i < keys->len; i++) {
		const struct iw_key *key = keys->pdata[i];
		struct iw_column *column = iw_table_find_column(table, replay->engine, key->column);
		if (column == NULL && !table->is_opaque && !replay->schema->is_uncertain)
			return iw_replay_fail(replay, KEY_COLUMN_MISSING, key->column, table->name.name);
		if (column == NULL || column->not_null)
			continue;
		iw_replay_edit_column(replay, table, column)->not_null = true;
	}
	return true;
}

/* --- names --- */

static const char *numbered_key_name(struct replay *replay, const struct iw_table *table, const char *name)
{
	if (iw_table_find_index(table, replay->engine, name) == NULL && g_ascii_strcasecmp(name, "PRIMARY") != 0)
		return name;
	for (int i = 2;; i++) {
		const char *numbered = iw_arena_printf(replay->arena, "%s_%d", name, i);
		if (iw_table_find_index(table, replay->engine, numbered) == NULL)
			return numbered;
	}
}

/* make_unique_key_name() */
static const char *key_name(struct replay *replay, const struct iw_table *table, const struct iw_index *index)
{
	const struct iw_key *first = index->keys->len > 0 ? index->keys->pdata[0] : NULL;
	return numbered_key_name(replay, table,
				 first != NULL && first->column != NULL ? first->column : "functional_index");
}

/* One more than the highest number among names "prefixN". */
static int next_number(const struct iw_table *table, const char *prefix)
{
	size_t length = strlen(prefix);
	int highest = 0;
	for (guint i = 0; i < table->constraints->len; i++) {
		const struct iw_constraint *constraint = table->constraints->pdata[i];
		if (constraint->name != NULL && g_ascii_strncasecmp(constraint->name, prefix, length) == 0)
			highest = MAX(highest, atoi(constraint->name + length));
	}
	return highest + 1;
}

static const char *constraint_name(struct replay *replay, const struct iw_table *table, const char *middle)
{
	g_autofree char *prefix = g_strdup_printf("%s%s", table->name.name, middle);
	return iw_arena_printf(replay->arena, "%s%d", prefix, next_number(table, prefix));
}

/* MariaDB: the first CONSTRAINT_N that is free. */
static const char *check_name(struct replay *replay, const struct iw_table *table)
{
	if (!replay->engine.is_mariadb)
		return constraint_name(replay, table, "_chk_");
	for (int i = 1;; i++) {
		const char *name = iw_arena_printf(replay->arena, "CONSTRAINT_%d", i);
		if (iw_table_find_constraint(table, replay->engine, name) == NULL)
			return name;
	}
}

/* --- indexes --- */

/* True when `keys` begin with `columns`, in their order. */
static bool begins_with(struct replay *replay, const struct iw_index *index, GPtrArray *columns)
{
	if (index->special != NULL || columns == NULL || index->keys->len < columns->len)
		return false;
	for (guint i = 0; i < columns->len; i++) {
		const struct iw_key *key = index->keys->pdata[i];
		if (key->length > 0 || !iw_same_column(replay->engine, key->column, columns->pdata[i]))
			return false;
	}
	return true;
}

bool iw_replay_mysql_is_covered(struct replay *replay, const struct iw_table *table, GPtrArray *columns,
				const struct iw_index *except)
{
	for (guint i = 0; i < table->indexes->len; i++)
		if (table->indexes->pdata[i] != except && begins_with(replay, table->indexes->pdata[i], columns))
			return true;
	return false;
}

/* An index that the server made for a foreign key goes when another one can take its place. */
static void drop_implicit(struct replay *replay, struct iw_table *table, const struct iw_index *new_index)
{
	for (guint i = table->indexes->len; i > 0; i--) {
		struct iw_index *old = table->indexes->pdata[i - 1];
		if (!old->is_implicit || old == new_index)
			continue;
		g_autoptr(GPtrArray) columns = g_ptr_array_new();
		for (guint j = 0; j < old->keys->len; j++)
			g_ptr_array_add(columns, (gpointer)((struct iw_key *)old->keys->pdata[j])->column);
		if (begins_with(replay, new_index, columns))
			iw_replay_take_index(replay, table, old);
	}
}

/* MariaDB: a unique key over whole texts, or one that asks for it, is a hash. */
static bool is_long_unique(struct replay *replay, const struct iw_table *table, const struct iw_index *index)
{
	if (!replay->engine.is_mariadb || !index->is_unique)
		return false;
	if (index->method != NULL && g_ascii_strcasecmp(index->method, "hash") == 0)
		return true;
	for (guint i = 0; i < index->keys->len; i++) {
		const struct iw_key *key = index->keys->pdata[i];
		const struct iw_column *column = iw_table_find_column(table, replay->engine, key->column);
		const char *base = column != NULL && column->type.base != NULL ? column->type.base : "";
		if (key->length == 0 && (g_str_has_suffix(base, "text") || g_str_has_suffix(base, "blob")))
			return true;
	}
	return false;
}

/* InnoDB has one kind, whatever the author wrote. */
static const char *method_of(struct replay *replay, const struct iw_table *table, const struct iw_index *index)
{
	if (index->special != NULL)
		return NULL;
	bool is_memory = table->engine != NULL && g_ascii_strcasecmp(table->engine, "memory") == 0;
	if (is_memory && index->method != NULL)
		return index->method;
	return is_long_unique(replay, table, index) ? "hash" : "btree";
}

static bool add_index(struct replay *replay, struct iw_table *table, struct iw_index *index)
{
	if (index->name != NULL && iw_table_find_index(table, replay->engine, index->name) != NULL)
		return iw_replay_has_flag(replay, IW_IF_NOT_EXISTS) || replay->schema->is_uncertain ||
		       iw_replay_fail(replay, INDEX_EXISTS, index->name, NULL);
	drop_implicit(replay, table, index);
	if (index->name == NULL)
		index->name = key_name(replay, table, index);
	index->table = table->name;
	index->method = method_of(replay, table, index);
	iw_replay_put_index(replay, table, index);
	return true;
}

/* --- constraints --- */

static struct iw_index *index_for(struct replay *replay, const struct iw_constraint *constraint)
{
	struct iw_index *index = iw_new(replay->arena, struct iw_index);
	index->name = constraint->name;
	index->is_unique = constraint->kind != IW_FOREIGN_KEY;
	index->method = constraint->method;
	index->keys = constraint->keys;
	return index;
}

static bool add_primary_key(struct replay *replay, struct iw_table *table, struct iw_constraint *constraint)
{
	if (iw_table_primary_key(table) != NULL)
		return iw_replay_has_flag(replay, IW_IF_NOT_EXISTS) ||
		       iw_replay_fail(replay, PRIMARY_KEY_EXISTS, table->name.name, NULL);
	if (!set_keys_not_null(replay, table, constraint->keys))
		return false;
	constraint->name = "PRIMARY";
	constraint->method = NULL;
	struct iw_index *index = index_for(replay, constraint);
	index->constraint = index->name;
	index->table = table->name;
	index->method = "btree";
	iw_replay_put_constraint(replay, table, constraint);
	iw_replay_put_index(replay, table, index);
	drop_implicit(replay, table, index);
	return true;
}

static bool add_unique(struct replay *replay, struct iw_table *table, struct iw_constraint *constraint)
{
	return add_index(replay, table, index_for(replay, constraint));
}

static struct iw_index *index_behind(struct replay *replay, const struct iw_table *table,
				     const struct iw_constraint *constraint)
{
	struct iw_index *index = iw_new(replay->arena, struct iw_index);
	index->keys = iw_keys_new(replay->arena, constraint->columns);
	index->table = table->name;
	index->method = "btree";
	index->is_implicit = true;
	return index;
}

/* One that somebody made, or a longer one of the server's own; one of the same columns gives way to the new one. */
static bool has_index_for(struct replay *replay, const struct iw_table *table, GPtrArray *columns)
{
	for (guint i = 0; i < table->indexes->len; i++) {
		const struct iw_index *index = table->indexes->pdata[i];
		if (begins_with(replay, index, columns) && (!index->is_implicit || index->keys->len > columns->len))
			return true;
	}
	return false;
}

static bool add_foreign_key(struct replay *replay, struct iw_table *table, struct iw_constraint *constraint)
{
	const char *given = constraint->name;
	for (guint i = 0; !table->is_opaque && !replay->schema->is_uncertain && i < constraint->columns->len; i++)
		if (iw_table_find_column(table, replay->engine, constraint->columns->pdata[i]) == NULL)
			return iw_replay_fail(replay, KEY_COLUMN_MISSING, constraint->columns->pdata[i],
					      table->name.name);
	if (given != NULL && iw_table_find_constraint(table, replay->engine, given) != NULL)
		return iw_replay_has_flag(replay, IW_IF_NOT_EXISTS) || replay->schema->is_uncertain ||
		       iw_replay_fail(replay, CONSTRAINT_EXISTS, given, table->name.name);
	if (!has_index_for(replay, table, constraint->columns)) {
		struct iw_index *index = index_behind(replay, table, constraint);
		drop_implicit(replay, table, index);
		bool is_free = given != NULL && iw_table_find_index(table, replay->engine, given) == NULL;
		index->name = is_free ? given : key_name(replay, table, index);
		iw_replay_put_index(replay, table, index);
	}
	if (constraint->name == NULL)
		constraint->name = constraint_name(replay, table, "_ibfk_");
	iw_replay_put_constraint(replay, table, constraint);
	return true;
}

static bool add_check(struct replay *replay, struct iw_table *table, struct iw_constraint *constraint)
{
	if (constraint->name == NULL)
		constraint->name = check_name(replay, table);
	else if (iw_table_find_constraint(table, replay->engine, constraint->name) != NULL) {
		/* JSON columns have theirs already. */
		return iw_table_find_column(table, replay->engine, constraint->name) != NULL ||
		       iw_replay_has_flag(replay, IW_IF_NOT_EXISTS) || replay->schema->is_uncertain ||
		       iw_replay_fail(replay, CONSTRAINT_EXISTS, constraint->name, table->name.name);
	}
	iw_replay_put_constraint(replay, table, constraint);
	return true;
}

static bool add_constraint(struct replay *replay, struct iw_table *table, struct iw_constraint *constraint)
{
	static bool (*const adders[])(struct replay *, struct iw_table *, struct iw_constraint *) = {
		[IW_PRIMARY_KEY] = add_primary_key,
		[IW_UNIQUE] = add_unique,
		[IW_FOREIGN_KEY] = add_foreign_key,
		[IW_CHECK] = add_check,
		[IW_EXCLUDE] = NULL,
		[IW_NOT_NULL_CONSTRAINT] = NULL,
	};
	return adders[constraint->kind] == NULL || adders[constraint->kind](replay, table, constraint);
}

/* Foreign keys last: any index of the statement can stand behind them. */
static bool add_members(struct replay *replay, struct iw_table *table, GPtrArray *constraints, GPtrArray *indexes)
{
	for (guint i = 0; i < constraints->len; i++) {
		struct iw_constraint *constraint = constraints->pdata[i];
		if (constraint->kind != IW_FOREIGN_KEY && !add_constraint(replay, table, constraint))
			return false;
	}
	for (guint i = 0; i < indexes->len; i++)
		if (!add_index(replay, table, indexes->pdata[i]))
			return false;
	for (guint i = 0; i < constraints->len; i++) {
		struct iw_constraint *constraint = constraints->pdata[i];
		if (constraint->kind == IW_FOREIGN_KEY && !add_constraint(replay, table, constraint))
			return false;
	}
	return true;
}

static bool drop_constraint(struct replay *replay, struct iw_table *table, struct iw_constraint *constraint)
{
	struct iw_index *index = iw_replay_index_of(table, constraint);
	if (index != NULL)
		iw_replay_take_index(replay, table, index);
	return true;
}

/* --- drops --- */

struct losing {
	struct replay *replay;
	const char *column;
};

static bool is_kept(void *data, struct iw_key *key)
{
	const struct losing *losing = data;
	return !iw_same_column(losing->replay->engine, key->column, losing->column);
}

static void shrink_index(struct replay *replay, struct iw_table *table, struct iw_index *index, const char *column)
{
	struct iw_index *copy = iw_index_copy(replay->arena, index);
	struct losing losing = {replay, column};
	copy->keys = iw_keys_change(replay->arena, copy->keys, is_kept, &losing);
	if (copy->keys->len == 0) {
		iw_replay_take_index(replay, table, index);
		return;
	}
	iw_replay_list_replace(replay, table->indexes, index, copy);
}

static void shrink_primary_key(struct replay *replay, struct iw_table *table)
{
	struct iw_constraint *constraint = iw_table_primary_key(table);
	if (constraint == NULL)
		return;
	struct iw_index *index = iw_table_find_index(table, replay->engine, "PRIMARY");
	if (index == NULL)
		iw_replay_take_constraint(replay, table, constraint);
	else
		iw_replay_edit_constraint(replay, table, constraint)->keys = index->keys;
}

/* The same ALTER TABLE drops the foreign key too, before or after. */
static bool is_dropped_too(const struct replay *replay, const char *constraint)
{
	const struct iw_statement *statement = replay->operation->statement;
	for (guint i = 0; statement != NULL && statement->operations != NULL && i < statement->operations->len; i++) {
		const struct iw_operation *other = statement->operations->pdata[i];
		if (other->kind == IW_OP_DROP_CONSTRAINT && g_strcmp0(other->member, constraint) == 0)
			return true;
	}
	return false;
}

static bool refuse_foreign_key(struct replay *replay, const struct iw_table *table, const char *column,
			       const struct iw_constraint *constraint)
{
	for (guint i = 0; replay->engine.is_mariadb && i < table->indexes->len; i++) {
		const struct iw_index *index = table->indexes->pdata[i];
		if (index->keys->len == 1 && iw_replay_index_uses(replay, index, column))
			return iw_replay_fail(replay, INDEX_NEEDED, index->name, NULL);
	}
	return iw_replay_fail(replay, COLUMN_NEEDED, column, constraint->name);
}

/* A check that uses other columns too keeps the column. */
static bool is_shared_check(struct replay *replay, const struct iw_table *table, const struct iw_constraint *check,
			    const char *name)
{
	for (guint i = 0; check->of_column == NULL && i < table->columns->len; i++) {
		const struct iw_column *column = table->columns->pdata[i];
		if (!iw_same_column(replay->engine, column->name, name) &&
		    iw_replay_constraint_uses(replay, check, column->name))
			return true;
	}
	return false;
}

static bool take_constraints(struct replay *replay, struct iw_table *table, const char *name)
{
	for (guint i = table->constraints->len; i > 0; i--) {
		struct iw_constraint *constraint = table->constraints->pdata[i - 1];
		bool is_foreign =
			constraint->kind == IW_FOREIGN_KEY && iw_replay_list_has(replay, constraint->columns, name);
		bool is_check = constraint->kind == IW_CHECK && iw_replay_constraint_uses(replay, constraint, name);
		if ((!is_foreign && !is_check) || is_dropped_too(replay, constraint->name)) {
			if (is_foreign || is_check)
				iw_replay_take_constraint(replay, table, constraint);
			continue;
		}
		if (is_foreign)
			return refuse_foreign_key(replay, table, name, constraint);
		if (is_shared_check(replay, table, constraint, name))
			return iw_replay_fail(replay, COLUMN_IN_CHECK, name, constraint->name);
		iw_replay_take_constraint(replay, table, constraint);
	}
	return true;
}

static bool drop_column(struct replay *replay, struct iw_table *table, struct iw_column *column)
{
	const char *name = column->name;
	if (!take_constraints(replay, table, name))
		return false;
	for (guint i = table->indexes->len; i > 0; i--) {
		struct iw_index *index = table->indexes->pdata[i - 1];
		if (!iw_replay_index_uses(replay, index, name))
			continue;
		/* MariaDB does not make a unique key of several columns stricter in silence. */
		if (replay->engine.is_mariadb && index->is_unique && index->keys->len > 1)
			return iw_replay_fail(replay, KEY_COLUMN_MISSING, name, table->name.name);
		shrink_index(replay, table, index, name);
	}
	shrink_primary_key(replay, table);
	return true;
}

static bool drop_table(struct replay *replay, struct iw_table *table)
{
	(void)replay;
	(void)table;
	return true;
}

/* InnoDB renames the keys and checks that it has named itself. */
static void renamed_table(struct replay *replay, struct iw_table *table, struct iw_name old_name)
{
	static const char *const middles[] = {"_ibfk_", "_chk_"};
	for (guint i = 0; i < table->constraints->len; i++) {
		struct iw_constraint *constraint = table->constraints->pdata[i];
		for (size_t j = 0; j < G_N_ELEMENTS(middles); j++) {
			g_autofree char *prefix = g_strdup_printf("%s%s", old_name.name, middles[j]);
			if (constraint->name == NULL || !g_str_has_prefix(constraint->name, prefix))
				continue;
			const char *name = iw_arena_printf(replay->arena, "%s%s%s", table->name.name, middles[j],
							   constraint->name + strlen(prefix));
			iw_replay_rename_constraint(replay, table, constraint, name);
			break;
		}
	}
}

const struct replay_dialect iw_replay_mysql = {
	.finish_column = finish_column,
	.add_members = add_members,
	.add_constraint = add_constraint,
	.add_index = add_index,
	.drop_constraint = drop_constraint,
	.drop_column = drop_column,
	.drop_table = drop_table,
	.renamed_table = renamed_table,
	.handlers = iw_replay_mysql_handlers,
};
