/* Replay of MySQL's own forms of ALTER TABLE; see iw_replay_mysql.c. */
#include "model/replay_mysql.h"

#include <string.h>

/* --- MODIFY and CHANGE --- */

static bool is_primary_column(struct replay *replay, const struct iw_table *table, const char *name)
{
	const struct iw_constraint *primary = iw_table_primary_key(table);
	return primary != NULL && iw_replay_key_uses(replay, primary->keys, name);
}

/* MariaDB: the check that was written with the column, which is named as it, is part of the definition. */
static void drop_own_check(struct replay *replay, struct iw_table *table, const char *column)
{
	for (guint i = table->constraints->len; replay->engine.is_mariadb && i > 0; i--) {
		struct iw_constraint *check = table->constraints->pdata[i - 1];
		const char *owner = check->of_column != NULL ? check->of_column : check->name;
		if (check->kind == IW_CHECK && iw_same_column(replay->engine, owner, column))
			iw_replay_take_constraint(replay, table, check);
	}
}

static void move_column(struct replay *replay, struct iw_table *table, struct iw_column *column, const char *position)
{
	if (position == NULL)
		return;
	iw_replay_list_remove(replay, table->columns, column);
	iw_replay_list_insert(replay, table->columns, iw_replay_column_position(replay, table, position), column);
}

static bool modify_column(struct replay *replay)
{
	const struct iw_operation *operation = replay->operation;
	bool done;
	struct iw_table *table = iw_replay_table(replay, &done);
	struct iw_column *old = table != NULL ? iw_replay_column(replay, table, &done) : NULL;
	if (old == NULL)
		return done;
	struct iw_column *column = iw_column_copy(replay->arena, operation->column);
	if (column->name == NULL)
		column->name = old->name;
	struct iw_column *other = iw_table_find_column(table, replay->engine, column->name);
	if (other != NULL && other != old)
		return iw_replay_fail(replay, COLUMN_EXISTS, column->name, table->name.name);
	drop_own_check(replay, table, old->name);
	if (strcmp(old->name, column->name) != 0)
		iw_replay_rename_column_in(replay, table, old->name, column->name);
	table = iw_replay_edit(replay, table);
	g_autoptr(GPtrArray) constraints = g_ptr_array_new();
	iw_replay_take_inline(replay, column, constraints);
	column->not_null |= is_primary_column(replay, table, column->name);
	if (column->default_value != NULL && column->default_value->is_null)
		column->default_value = NULL;
	const char *position = column->position;
	column->position = NULL;
	iw_replay_list_replace(replay, table->columns, iw_table_find_column(table, replay->engine, column->name),
			       column);
	move_column(replay, table, column, position);
	if (!replay->dialect->finish_column(replay, table, column))
		return false;
	for (guint i = 0; i < constraints->len; i++)
		if (!replay->dialect->add_constraint(replay, table, constraints->pdata[i]))
			return false;
	return true;
}

/* --- drops by kind --- */

static bool is_needed(struct replay *replay, const struct iw_table *table, const struct iw_index *index)
{
	for (guint i = 0; i < table->constraints->len; i++) {
		const struct iw_constraint *constraint = table->constraints->pdata[i];
		if (constraint->kind != IW_FOREIGN_KEY ||
		    !iw_replay_mysql_is_covered(replay, table, constraint->columns, NULL) ||
		    iw_replay_mysql_is_covered(replay, table, constraint->columns, index))
			continue;
		return true;
	}
	return false;
}

/* The statement has an operation of that kind. */
static bool has_kind(const struct replay *replay, enum iw_operation_kind kind)
{
	const struct iw_statement *statement = replay->operation->statement;
	for (guint i = 0; statement != NULL && statement->operations != NULL && i < statement->operations->len; i++)
		if (((struct iw_operation *)statement->operations->pdata[i])->kind == kind)
			return true;
	return false;
}

/* Another operation of the same statement drops the foreign key or adds an index that will do. */
static bool is_mended(const struct replay *replay)
{
	return has_kind(replay, IW_OP_CREATE_INDEX) || has_kind(replay, IW_OP_ADD_CONSTRAINT) ||
	       has_kind(replay, IW_OP_DROP_CONSTRAINT) || has_kind(replay, IW_OP_DROP_COLUMN);
}

static bool drop_one_index(struct replay *replay, struct iw_table *table, struct iw_index *index)
{
	if (is_needed(replay, table, index) && !is_mended(replay))
		return iw_replay_fail(replay, INDEX_NEEDED, index->name, NULL);
	struct iw_constraint *owner = iw_table_find_constraint(table, replay->engine, index->constraint);
	iw_replay_take_index(replay, table, index);
	if (owner != NULL)
		iw_replay_take_constraint(replay, table, owner);
	return true;
}

static bool drop_index(struct replay *replay)
{
	const char *name = replay->operation->member;
	bool done;
	struct iw_table *table = iw_replay_table(replay, &done);
	if (table == NULL)
		return done;
	struct iw_index *index = iw_table_find_index(table, replay->engine, name);
	if (index == NULL)
		return table->is_opaque || iw_replay_missing(replay, INDEX_MISSING, name, table->name.name);
	return drop_one_index(replay, table, index);
}

static bool drop_primary_key(struct replay *replay, struct iw_table *table)
{
	struct iw_index *index = iw_table_find_index(table, replay->engine, "PRIMARY");
	if (index == NULL)
		return iw_replay_missing(replay, PRIMARY_KEY_MISSING, "PRIMARY", table->name.name);
	return drop_one_index(replay, table, index);
}

/* DROP CONSTRAINT also takes unique keys and the primary key. */
static bool drop_constraint(struct replay *replay)
{
	const struct iw_operation *operation = replay->operation;
	bool done;
	struct iw_table *table = iw_replay_table(replay, &done);
	if (table == NULL)
		return done;
	if (operation->member == NULL)
		return drop_primary_key(replay, table);
	struct iw_constraint *constraint = iw_table_find_constraint(table, replay->engine, operation->member);
	struct iw_index *index = iw_table_find_index(table, replay->engine, operation->member);
	if (constraint != NULL && constraint->kind != IW_PRIMARY_KEY) {
		iw_replay_take_constraint(replay, table, constraint);
		return true;
	}
	bool is_key = operation->constraint == NULL || operation->constraint->kind == IW_UNIQUE ||
		      operation->constraint->kind == IW_PRIMARY_KEY;
	if (is_key && index != NULL && index->is_unique)
		return drop_one_index(replay, table, index);
	/* It went with a column that the same statement drops. */
	if (has_kind(replay, IW_OP_DROP_COLUMN))
		return true;
	bool is_foreign = operation->constraint != NULL && operation->constraint->kind == IW_FOREIGN_KEY;
	return table->is_opaque || iw_replay_missing(replay, is_foreign ? FOREIGN_KEY_MISSING : CONSTRAINT_MISSING,
						     operation->member, table->name.name);
}

/* --- indexes --- */

static struct iw_index *member_index(struct replay *replay, struct iw_table **table, bool *done)
{
	*table = iw_replay_table(replay, done);
	if (*table == NULL)
		return NULL;
	struct iw_index *index = iw_table_find_index(*table, replay->engine, replay->operation->member);
	if (index == NULL)
		*done = (*table)->is_opaque || iw_replay_missing(replay, RENAMED_INDEX_MISSING,
								 replay->operation->member, (*table)->name.name);
	return index;
}

static bool rename_index(struct replay *replay)
{
	const char *new_name = replay->operation->new_name.name;
	struct iw_table *table;
	bool done;
	struct iw_index *index = member_index(replay, &table, &done);
	if (index == NULL)
		return done;
	struct iw_index *other = iw_table_find_index(table, replay->engine, new_name);
	if (other != NULL && other != index)
		return iw_replay_fail(replay, INDEX_EXISTS, new_name, NULL);
	iw_replay_rename_index(replay, table, index, new_name);
	/* With a name that somebody gave it is no longer the server's own to drop. */
	iw_replay_edit_index(replay, table, iw_table_find_index(table, replay->engine, new_name))->is_implicit = false;
	return true;
}

static bool alter_index(struct replay *replay)
{
	struct iw_table *table;
	bool done;
	struct iw_index *index = member_index(replay, &table, &done);
	if (index == NULL)
		return done;
	iw_replay_edit_index(replay, table, index)->is_invisible = !iw_replay_has_flag(replay, IW_ON);
	return true;
}

/* --- character sets --- */

static int widest_character(const char *charset)
{
	static const struct {
		const char *charset;
		int bytes;
	} widths[] = {{"utf8mb4", 4}, {"utf16", 4}, {"utf32", 4}, {"utf8mb3", 3}, {"utf8", 3},
		      {"ucs2", 2},    {"gbk", 2},   {"sjis", 2},  {"big5", 2}};
	for (size_t i = 0; charset != NULL && i < G_N_ELEMENTS(widths); i++)
		if (g_ascii_strcasecmp(charset, widths[i].charset) == 0)
			return widths[i].bytes;
	return 1;
}

/* TEXT types hold bytes: they grow with the widest character. */
static void widen_text(struct iw_column *column, const char *from, const char *to)
{
	static const char *const sizes[] = {"tinytext", "text", "mediumtext", "longtext"};
	if (from == NULL || widest_character(from) >= widest_character(to))
		return;
	for (size_t i = 0; i + 1 < G_N_ELEMENTS(sizes); i++)
		if (g_strcmp0(column->type.base, sizes[i]) == 0) {
			column->type.text = column->type.base = sizes[i + 1];
			return;
		}
}

static bool is_text_type(const struct iw_column *column)
{
	static const char *const types[] = {"char",	  "varchar",  "tinytext", "text",
					    "mediumtext", "longtext", "enum",	  "set"};
	for (size_t i = 0; i < G_N_ELEMENTS(types); i++)
		if (g_strcmp0(column->type.base, types[i]) == 0)
			return true;
	return false;
}

static bool convert_charset(struct replay *replay)
{
	const struct iw_operation *operation = replay->operation;
	bool done;
	struct iw_table *table = iw_replay_table(replay, &done);
	if (table == NULL)
		return done;
	const char *charset = iw_arena_strdup(replay->arena, operation->text);
	for (guint i = 0; i < table->columns->len; i++) {
		if (!is_text_type(table->columns->pdata[i]))
			continue;
		struct iw_column *column = iw_replay_edit_column(replay, table, table->columns->pdata[i]);
		widen_text(column, column->type.charset != NULL ? column->type.charset : table->charset, charset);
		column->type.charset = NULL;
		column->collation = NULL;
	}
	table->charset = charset;
	table->collation = iw_arena_strdup(replay->arena, operation->member);
	return true;
}

/* --- partitions --- */

static bool alter_partitions(struct replay *replay)
{
	const char *text = replay->operation->text != NULL ? replay->operation->text : "";
	bool done;
	struct iw_table *table = iw_replay_table(replay, &done);
	if (table == NULL)
		return done;
	if (g_ascii_strncasecmp(text, "remove partitioning", 19) == 0) {
		table->partition_by = NULL;
		table->kind = IW_TABLE;
		return true;
	}
	table->kind = IW_PARTITIONED_TABLE;
	/* "" is: partitioned, in a way that is not known. */
	table->partition_by = "";
	return true;
}

const replay_handler iw_replay_mysql_handlers[IW_OP_KINDS] = {
	[IW_OP_MODIFY_COLUMN] = modify_column,
	[IW_OP_DROP_CONSTRAINT] = drop_constraint,
	[IW_OP_DROP_INDEX] = drop_index,
	[IW_OP_RENAME_INDEX] = rename_index,
	[IW_OP_ALTER_INDEX] = alter_index,
	[IW_OP_CONVERT_CHARSET] = convert_charset,
	[IW_OP_ALTER_PARTITIONS] = alter_partitions,
};
