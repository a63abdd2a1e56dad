/* Replay of whole tables: create, drop, rename, move, options; see replay_internal.h. */
#include "model/replay_internal.h"

#include <string.h>

/* An inline constraint is about its column even where the reader left that out. */
static void complete_inline(struct iw_constraint *constraint, const struct iw_column *column, iw_arena *arena)
{
	GPtrArray *columns = iw_arena_share_list(arena, &(void *){(gpointer)column->name}, 1);
	bool has_keys = constraint->kind == IW_PRIMARY_KEY || constraint->kind == IW_UNIQUE;
	bool has_columns = constraint->kind == IW_FOREIGN_KEY || constraint->kind == IW_NOT_NULL_CONSTRAINT;
	if (has_keys && (constraint->keys == NULL || constraint->keys->len == 0))
		constraint->keys = iw_keys_new(arena, columns);
	if (has_columns && (constraint->columns == NULL || constraint->columns->len == 0))
		constraint->columns = columns;
}

void iw_replay_take_inline(struct replay *replay, struct iw_column *column, GPtrArray *constraints)
{
	for (guint i = 0; column->constraints != NULL && i < column->constraints->len; i++) {
		struct iw_constraint *constraint = column->constraints->pdata[i];
		bool is_ignored = constraint->kind == IW_FOREIGN_KEY && replay->engine.dialect == IW_MYSQL &&
				  !replay->engine.is_mariadb;
		complete_inline(constraint, column, replay->arena);
		/* MariaDB: a check that is written with the column is named as the column. */
		if (replay->engine.is_mariadb && constraint->kind == IW_CHECK && constraint->name == NULL)
			constraint->name = constraint->of_column = column->name;
		if (replay->engine.dialect == IW_SQLITE)
			constraint->of_column = column->name;
		/* MySQL reads REFERENCES behind a column and forgets it. */
		if (!is_ignored)
			g_ptr_array_add(constraints, constraint);
	}
	column->constraints = NULL;
}

void iw_replay_take_members(struct replay *replay, struct iw_table *table, GPtrArray **constraints, GPtrArray **indexes)
{
	GPtrArray *taken = iw_arena_ptr_array(replay->arena);
	for (guint i = 0; i < table->columns->len; i++)
		iw_replay_take_inline(replay, table->columns->pdata[i], taken);
	for (guint i = 0; i < table->constraints->len; i++)
		g_ptr_array_add(taken, table->constraints->pdata[i]);
	*constraints = taken;
	*indexes = table->indexes;
	table->constraints = iw_arena_ptr_array(replay->arena);
	table->indexes = iw_arena_ptr_array(replay->arena);
}

/* PostgreSQL and SQLite: tables, indexes and (PostgreSQL) sequences share their names. */
static bool is_name_taken(struct replay *replay, struct iw_name name)
{
	return iw_schema_find_table(replay->schema, name) != NULL ||
	       (replay->engine.dialect != IW_MYSQL && iw_schema_find_index(replay->schema, name, NULL) != NULL) ||
	       (replay->engine.dialect == IW_POSTGRES && iw_schema_find_sequence(replay->schema, name) != NULL);
}

/* What is in the way of a new table; true: go on, false: `*done` is the handler's result. */
static bool make_way(struct replay *replay, struct iw_name name, bool is_temporary, bool *done)
{
	if (!is_name_taken(replay, name))
		return true;
	*done = true;
	struct iw_table *old = iw_schema_find_table(replay->schema, name);
	/* A temporary table of an earlier session is gone; an uncertain schema may have lost the old one. */
	if (old != NULL &&
	    (is_temporary || (replay->schema->is_uncertain && !iw_replay_has_flag(replay, IW_IF_NOT_EXISTS)))) {
		iw_replay_drop_one_table(replay, old);
		return true;
	}
	if (!iw_replay_has_flag(replay, IW_IF_NOT_EXISTS) && !replay->schema->is_uncertain)
		*done = iw_replay_fail(replay, TABLE_EXISTS, iw_replay_shown(replay, name), NULL);
	return false;
}

static void fill_column_defaults(struct iw_table *table)
{
	for (guint i = 0; i < table->columns->len; i++) {
		struct iw_column *column = table->columns->pdata[i];
		column->position = NULL;
		if (column->default_value != NULL && column->default_value->is_null)
			column->default_value = NULL;
	}
}

static bool has_duplicate_column(struct replay *replay, struct iw_table *table)
{
	for (guint i = 1; i < table->columns->len; i++) {
		const struct iw_column *column = table->columns->pdata[i];
		if (iw_table_find_column(table, replay->engine, column->name) != column)
			return !iw_replay_fail(replay, COLUMN_EXISTS, column->name, table->name.name);
	}
	return false;
}

bool iw_replay_create_table(struct replay *replay)
{
	const struct iw_operation *operation = replay->operation;
	struct iw_name name = operation->table->name.name != NULL ? operation->table->name : operation->name;
	bool is_temporary = operation->table->is_temporary || iw_replay_has_flag(replay, IW_TEMPORARY);
	bool done;
	if (is_temporary)
		name.schema = iw_schema_temporary(replay->engine.dialect);
	if (!make_way(replay, name, is_temporary, &done))
		return done;
	struct iw_table *table = iw_table_copy(replay->arena, operation->table);
	GPtrArray *constraints, *indexes;
	table->name = iw_name_copy(replay->arena, name);
	table->is_temporary = is_temporary;
	replay->schema->has_temporary |= is_temporary;
	fill_column_defaults(table);
	iw_replay_take_members(replay, table, &constraints, &indexes);
	if (!iw_replay_expand_likes(replay, table, constraints, indexes) ||
	    !iw_replay_inherit_columns(replay, table, constraints) || has_duplicate_column(replay, table))
		return false;
	iw_replay_add_table(replay, table);
	for (guint i = 0; i < table->columns->len; i++)
		if (!replay->dialect->finish_column(replay, table, table->columns->pdata[i]))
			return false;
	return replay->dialect->add_members(replay, table, constraints, indexes) &&
	       (table->partition_of.name == NULL ||
		iw_replay_fill_partition(replay, iw_schema_find_table(replay->schema, table->partition_of), table));
}

bool iw_replay_drop_one_table(struct replay *replay, struct iw_table *table)
{
	if (!replay->dialect->drop_table(replay, table))
		return false;
	iw_replay_remove_table(replay, iw_schema_find_table(replay->schema, table->name));
	return true;
}

bool iw_replay_drop_table(struct replay *replay)
{
	struct iw_table *table = iw_schema_find_table(replay->schema, replay->operation->name);
	if (table == NULL)
		return iw_replay_missing(replay, TABLE_NOT_DROPPABLE, iw_replay_shown(replay, replay->operation->name),
					 NULL);
	return iw_replay_drop_one_table(replay, table);
}

/* Everything of the schema that names a table. */

static bool point_to(struct replay *replay, struct iw_table *table, struct iw_constraint *constraint, void *new_name)
{
	table = iw_replay_edit(replay, table);
	iw_replay_edit_constraint(replay, table, constraint)->references = *(struct iw_name *)new_name;
	return true;
}

static void rename_parent(struct replay *replay, struct iw_table *child, struct iw_name old_name, struct iw_name name)
{
	child = iw_replay_edit(replay, child);
	if (iw_replay_same_table(replay, child->partition_of, old_name))
		child->partition_of = name;
	for (guint i = 0; child->inherits != NULL && i < child->inherits->len; i++) {
		const struct iw_name *parent = child->inherits->pdata[i];
		struct iw_name *copy = iw_arena_memdup(replay->arena, &name, sizeof name);
		if (iw_replay_same_table(replay, *parent, old_name))
			iw_replay_list_replace(replay, child->inherits, parent, copy);
	}
}

static void rename_in_sequences(struct replay *replay, struct iw_name old_name, struct iw_name name)
{
	for (guint i = 0; i < replay->schema->sequences->len; i++) {
		struct iw_sequence *sequence = replay->schema->sequences->pdata[i];
		if (!iw_replay_same_table(replay, sequence->owner_table, old_name))
			continue;
		struct iw_sequence *copy = iw_arena_memdup(replay->arena, sequence, sizeof *sequence);
		copy->owner_table = name;
		iw_replay_replace_sequence(replay, sequence, copy);
	}
}

static void move_sequences(struct replay *replay, struct iw_name table, const char *schema)
{
	for (guint i = 0; i < replay->schema->sequences->len; i++) {
		struct iw_sequence *sequence = replay->schema->sequences->pdata[i];
		if (iw_replay_same_table(replay, sequence->owner_table, table))
			iw_replay_sequence_renamed(replay, sequence, (struct iw_name){schema, sequence->name.name});
	}
}

/* The table itself and all that names it. */
static bool rename_everywhere(struct replay *replay, struct iw_table *table, struct iw_name new_name)
{
	struct iw_name old_name = table->name, name = iw_name_copy(replay->arena, new_name);
	GPtrArray *children = iw_replay_children(replay, table);
	for (guint i = 0; i < children->len; i++)
		rename_parent(replay, children->pdata[i], old_name, name);
	g_ptr_array_free(children, true);
	iw_replay_rename_table(replay, table, name);
	for (guint i = 0; i < table->indexes->len; i++)
		iw_replay_edit_index(replay, table, table->indexes->pdata[i])->table = name;
	rename_in_sequences(replay, old_name, name);
	iw_replay_each_referrer(replay, old_name, point_to, &name);
	if (replay->dialect->renamed_table != NULL)
		replay->dialect->renamed_table(replay, iw_schema_find_table(replay->schema, name), old_name);
	return true;
}

bool iw_replay_rename_table_operation(struct replay *replay)
{
	const struct iw_operation *operation = replay->operation;
	struct iw_name new_name = operation->new_name;
	bool done;
	struct iw_table *table = iw_replay_table(replay, &done);
	if (table == NULL)
		return done;
	if (new_name.schema == NULL)
		new_name.schema = table->name.schema;
	bool is_same = replay->engine.dialect != IW_POSTGRES && iw_replay_same_table(replay, table->name, new_name);
	if (!is_same && is_name_taken(replay, new_name) && !replay->schema->is_uncertain)
		return iw_replay_fail(replay, TABLE_EXISTS, iw_replay_shown(replay, new_name), NULL);
	return rename_everywhere(replay, table, new_name);
}

bool iw_replay_set_table_schema(struct replay *replay)
{
	bool done;
	struct iw_table *table = iw_replay_table(replay, &done);
	if (table == NULL)
		return done;
	struct iw_name new_name = {replay->operation->new_name.schema, table->name.name};
	if (is_name_taken(replay, new_name) && !iw_replay_same_table(replay, table->name, new_name))
		return iw_replay_fail(replay, TABLE_EXISTS, iw_replay_shown(replay, new_name), NULL);
	move_sequences(replay, table->name, new_name.schema);
	return rename_everywhere(replay, table, new_name);
}

/* Options. */

static gint compare_texts(gconstpointer a, gconstpointer b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* "fillfactor=70, autovacuum_enabled=false": the separator is kept as the dialect has it. */
static const char *merge_option(iw_arena *arena, const char *options, const char *separator, const char *key,
				const char *value)
{
	g_auto(GStrv) parts = g_strsplit(options != NULL ? options : "", separator, -1);
	g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func(g_free);
	size_t length = strlen(key);
	for (char **part = parts; *part != NULL; part++) {
		const char *text = g_strstrip(*part);
		bool is_same =
			g_ascii_strncasecmp(text, key, length) == 0 && (text[length] == '=' || text[length] == '\0');
		if (*text != '\0' && !is_same)
			g_ptr_array_add(entries, g_strdup(text));
	}
	if (value != NULL)
		g_ptr_array_add(entries, g_strdup_printf("%s=%s", key, value));
	g_ptr_array_sort(entries, compare_texts);
	if (entries->len == 0)
		return NULL;
	g_ptr_array_add(entries, NULL);
	g_autofree char *joined = g_strjoinv(separator, (char **)entries->pdata);
	return iw_arena_strdup(arena, joined);
}

static const char **option_member(struct iw_table *table, const char *key)
{
	static const struct {
		const char *key;
		size_t offset;
	} members[] = {
		{"engine", offsetof(struct iw_table, engine)},
		{"charset", offsetof(struct iw_table, charset)},
		{"character set", offsetof(struct iw_table, charset)},
		{"collate", offsetof(struct iw_table, collation)},
		{"collation", offsetof(struct iw_table, collation)},
		{"comment", offsetof(struct iw_table, comment)},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(members); i++)
		if (g_ascii_strcasecmp(key, members[i].key) == 0)
			return (const char **)((char *)table + members[i].offset);
	return NULL;
}

bool iw_replay_set_table_options(struct replay *replay)
{
	const struct iw_operation *operation = replay->operation;
	bool done;
	struct iw_table *table = iw_replay_table(replay, &done);
	if (table == NULL)
		return done;
	const char *key = operation->member != NULL ? operation->member : "";
	const char **member = replay->engine.dialect == IW_MYSQL ? option_member(table, key) : NULL;
	if (member != NULL)
		*member = operation->text != NULL && *operation->text != '\0'
				  ? iw_arena_strdup(replay->arena, operation->text)
				  : NULL;
	else if (*key != '\0' && g_ascii_strcasecmp(key, "auto_increment") != 0)
		table->options = merge_option(replay->arena, table->options,
					      replay->engine.dialect == IW_MYSQL ? " " : ", ", key, operation->text);
	return true;
}

bool iw_replay_set_logged(struct replay *replay)
{
	bool done;
	struct iw_table *table = iw_replay_table(replay, &done);
	if (table == NULL)
		return done;
	table->is_unlogged = !iw_replay_has_flag(replay, IW_ON);
	return true;
}

bool iw_replay_set_tablespace(struct replay *replay)
{
	bool done;
	struct iw_table *table = iw_replay_table(replay, &done);
	if (table == NULL)
		return done;
	table->tablespace = iw_arena_strdup(replay->arena, replay->operation->text);
	return true;
}

bool iw_replay_set_access_method(struct replay *replay)
{
	bool done;
	struct iw_table *table = iw_replay_table(replay, &done);
	if (table == NULL)
		return done;
	table->access_method = iw_arena_strdup(replay->arena, replay->operation->text);
	return true;
}

bool iw_replay_set_row_security(struct replay *replay)
{
	bool done;
	struct iw_table *table = iw_replay_table(replay, &done);
	if (table == NULL)
		return done;
	if (g_strcmp0(replay->operation->member, "force") == 0)
		table->force_row_security = iw_replay_has_flag(replay, IW_ON);
	else
		table->row_security = iw_replay_has_flag(replay, IW_ON);
	return true;
}
