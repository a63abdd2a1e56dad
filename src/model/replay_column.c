/* Replay of columns: add, drop, rename, type, default, not null; see replay_internal.h. */
#include "model/replay_internal.h"

guint iw_replay_column_position(struct replay *replay, const struct iw_table *table, const char *after)
{
	if (after == NULL)
		return table->columns->len;
	for (guint i = 0; *after != '\0' && i < table->columns->len; i++)
		if (iw_same_column(replay->engine, ((struct iw_column *)table->columns->pdata[i])->name, after))
			return i + 1;
	return *after == '\0' ? 0 : table->columns->len;
}

/* Children have it too, without being asked; one that is there already is merged. */
static bool add_to_children(struct replay *replay, struct iw_table *table, const struct iw_column *column)
{
	g_autoptr(GPtrArray) children = iw_replay_children(replay, table);
	for (guint i = 0; i < children->len; i++) {
		struct iw_table *child = iw_replay_edit(replay, children->pdata[i]);
		if (iw_table_find_column(child, replay->engine, column->name) == NULL)
			iw_replay_list_add(replay, child->columns, column);
		if (!add_to_children(replay, child, column))
			return false;
	}
	return true;
}

bool iw_replay_add_column(struct replay *replay)
{
	const struct iw_operation *operation = replay->operation;
	bool done;
	struct iw_table *table = iw_replay_table(replay, &done);
	if (table == NULL)
		return done;
	if (iw_table_find_column(table, replay->engine, operation->column->name) != NULL) {
		if (iw_replay_has_flag(replay, IW_IF_NOT_EXISTS) || replay->schema->is_uncertain)
			return true;
		return iw_replay_fail(replay, COLUMN_EXISTS, operation->column->name, table->name.name);
	}
	struct iw_column *column = iw_column_copy(replay->arena, operation->column);
	g_autoptr(GPtrArray) constraints = g_ptr_array_new();
	iw_replay_take_inline(replay, column, constraints);
	iw_replay_list_insert(replay, table->columns, iw_replay_column_position(replay, table, column->position),
			      column);
	column->position = NULL;
	if (column->default_value != NULL && column->default_value->is_null)
		column->default_value = NULL;
	if (!replay->dialect->finish_column(replay, table, column) || !add_to_children(replay, table, column))
		return false;
	for (guint i = 0; i < constraints->len; i++)
		if (!replay->dialect->add_constraint(replay, iw_replay_edit(replay, table), constraints->pdata[i]))
			return false;
	return true;
}

bool iw_replay_drop_one_column(struct replay *replay, struct iw_table *table, struct iw_column *column)
{
	const char *name = column->name;
	if (!replay->dialect->drop_column(replay, table, column))
		return false;
	table = iw_replay_edit(replay, table);
	iw_replay_list_remove(replay, table->columns, iw_table_find_column(table, replay->engine, name));
	if (iw_replay_has_flag(replay, IW_ONLY))
		return true;
	g_autoptr(GPtrArray) children = iw_replay_children(replay, table);
	for (guint i = 0; i < children->len; i++) {
		struct iw_table *child = iw_replay_edit(replay, children->pdata[i]);
		struct iw_column *inherited = iw_table_find_column(child, replay->engine, name);
		if (inherited != NULL && !iw_replay_drop_one_column(replay, child, inherited))
			return false;
	}
	return true;
}

bool iw_replay_drop_column(struct replay *replay)
{
	bool done;
	struct iw_table *table = iw_replay_table(replay, &done);
	if (table == NULL)
		return done;
	const char *name = replay->operation->member;
	struct iw_column *column = iw_table_find_column(table, replay->engine, name);
	if (column == NULL)
		return table->is_opaque || iw_replay_missing(replay, COLUMN_NOT_DROPPABLE, name, table->name.name);
	return iw_replay_drop_one_column(replay, table, column);
}

/* Renaming: all that names the column. */

struct renaming {
	struct replay *replay;
	const char *old_name, *new_name;
};

static void rename_name(const struct renaming *renaming, const char **name)
{
	if (iw_same_column(renaming->replay->engine, *name, renaming->old_name))
		*name = renaming->new_name;
}

static void rename_list(const struct renaming *renaming, GPtrArray **names)
{
	if (*names == NULL)
		return;
	g_autoptr(GPtrArray) renamed = g_ptr_array_new();
	for (guint i = 0; i < (*names)->len; i++) {
		const char *name = (*names)->pdata[i];
		rename_name(renaming, &name);
		g_ptr_array_add(renamed, (gpointer)name);
	}
	*names = iw_arena_share_list(renaming->replay->arena, renamed->pdata, renamed->len);
}

static const struct iw_expression *rename_expression(const struct renaming *renaming,
						     const struct iw_expression *expression)
{
	struct replay *replay = renaming->replay;
	return iw_expression_rename(replay->arena, replay->engine, IW_WORD_COLUMN, expression, renaming->old_name,
				    renaming->new_name);
}

static bool rename_key(void *data, struct iw_key *key)
{
	const struct renaming *renaming = data;
	rename_name(renaming, &key->column);
	key->expression = rename_expression(renaming, key->expression);
	return true;
}

static GPtrArray *rename_keys(const struct renaming *renaming, GPtrArray *keys)
{
	return iw_keys_change(renaming->replay->arena, keys, rename_key, (void *)renaming);
}

static void rename_in_constraints(const struct renaming *renaming, struct iw_table *table)
{
	struct replay *replay = renaming->replay;
	for (guint i = 0; i < table->constraints->len; i++) {
		struct iw_constraint *old = table->constraints->pdata[i];
		if (!iw_replay_constraint_uses(replay, old, renaming->old_name))
			continue;
		struct iw_constraint *copy = iw_constraint_copy(replay->arena, old);
		copy->keys = rename_keys(renaming, copy->keys);
		rename_list(renaming, &copy->columns);
		rename_list(renaming, &copy->included);
		rename_list(renaming, &copy->set_columns);
		copy->check = rename_expression(renaming, copy->check);
		copy->where = rename_expression(renaming, copy->where);
		/* MariaDB: the check of a column keeps the name it had when it was made. */
		rename_name(renaming, &copy->of_column);
		iw_replay_list_replace(replay, table->constraints, old, copy);
	}
}

static void rename_in_indexes(const struct renaming *renaming, struct iw_table *table)
{
	struct replay *replay = renaming->replay;
	for (guint i = 0; i < table->indexes->len; i++) {
		struct iw_index *old = table->indexes->pdata[i];
		if (!iw_replay_index_uses(replay, old, renaming->old_name))
			continue;
		struct iw_index *copy = iw_index_copy(replay->arena, old);
		copy->keys = rename_keys(renaming, copy->keys);
		rename_list(renaming, &copy->included);
		copy->where = rename_expression(renaming, copy->where);
		iw_replay_list_replace(replay, table->indexes, old, copy);
	}
}

static void rename_in_columns(const struct renaming *renaming, struct iw_table *table)
{
	struct replay *replay = renaming->replay;
	for (guint i = 0; i < table->columns->len; i++) {
		struct iw_column *column = table->columns->pdata[i];
		const struct iw_expression *generation = rename_expression(renaming, column->generation);
		/* Only there may a default name another column. */
		const struct iw_expression *initial = replay->engine.dialect == IW_MYSQL
							      ? rename_expression(renaming, column->default_value)
							      : column->default_value;
		bool is_it = iw_same_column(replay->engine, column->name, renaming->old_name);
		if (!is_it && generation == column->generation && initial == column->default_value)
			continue;
		column = iw_replay_edit_column(replay, table, column);
		column->generation = generation;
		column->default_value = initial;
		rename_name(renaming, &column->name);
	}
}

static bool rename_referenced(struct replay *replay, struct iw_table *table, struct iw_constraint *constraint,
			      void *data)
{
	const struct renaming *renaming = data;
	table = iw_replay_edit(replay, table);
	struct iw_constraint *copy = iw_constraint_copy(replay->arena, constraint);
	rename_list(renaming, &copy->referenced_columns);
	iw_replay_list_replace(replay, table->constraints, constraint, copy);
	return true;
}

static void rename_in_sequences(const struct renaming *renaming, struct iw_name table)
{
	struct replay *replay = renaming->replay;
	for (guint i = 0; i < replay->schema->sequences->len; i++) {
		struct iw_sequence *sequence = replay->schema->sequences->pdata[i];
		if (!iw_replay_same_table(replay, sequence->owner_table, table) ||
		    !iw_same_column(replay->engine, sequence->owner_column, renaming->old_name))
			continue;
		struct iw_sequence *copy = iw_arena_memdup(replay->arena, sequence, sizeof *sequence);
		copy->owner_column = renaming->new_name;
		iw_replay_replace_sequence(replay, sequence, copy);
	}
}

void iw_replay_rename_column_in(struct replay *replay, struct iw_table *table, const char *old_name,
				const char *new_name)
{
	struct renaming renaming = {replay, iw_arena_strdup(replay->arena, old_name),
				    iw_arena_strdup(replay->arena, new_name)};
	table = iw_replay_edit(replay, table);
	rename_in_columns(&renaming, table);
	rename_in_constraints(&renaming, table);
	rename_in_indexes(&renaming, table);
	rename_in_sequences(&renaming, table->name);
	table = iw_replay_edit(replay, table);
	table->partition_by = iw_text_rename(replay->arena, replay->engine, IW_WORD_COLUMN, table->partition_by,
					     renaming.old_name, renaming.new_name);
	iw_replay_each_referrer(replay, table->name, rename_referenced, &renaming);
	g_autoptr(GPtrArray) children = iw_replay_children(replay, table);
	for (guint i = 0; i < children->len; i++)
		iw_replay_rename_column_in(replay, children->pdata[i], renaming.old_name, renaming.new_name);
}

bool iw_replay_rename_column(struct replay *replay)
{
	const char *new_name = replay->operation->new_name.name;
	bool done;
	struct iw_table *table = iw_replay_table(replay, &done);
	struct iw_column *column = table != NULL ? iw_replay_column(replay, table, &done) : NULL;
	if (column == NULL)
		return done;
	struct iw_column *other = iw_table_find_column(table, replay->engine, new_name);
	if (other != NULL && other != column && !replay->schema->is_uncertain)
		return iw_replay_fail(replay, COLUMN_EXISTS, new_name, table->name.name);
	for (guint i = 0;
	     replay->engine.dialect == IW_MYSQL && !replay->engine.is_mariadb && i < table->constraints->len; i++) {
		const struct iw_constraint *constraint = table->constraints->pdata[i];
		if (constraint->kind == IW_CHECK && iw_replay_constraint_uses(replay, constraint, column->name))
			return iw_replay_fail(replay, COLUMN_IN_CHECK, column->name, constraint->name);
	}
	iw_replay_rename_column_in(replay, table, column->name, new_name);
	return true;
}

/* Changes of one column, on PostgreSQL also in the table's children. */

typedef void (*change_column)(struct replay *replay, struct iw_table *table, struct iw_column *column);

static void change_everywhere(struct replay *replay, struct iw_table *table, const char *name, change_column change)
{
	table = iw_replay_edit(replay, table);
	struct iw_column *column = iw_table_find_column(table, replay->engine, name);
	if (column == NULL)
		return;
	change(replay, table, iw_replay_edit_column(replay, table, column));
	if (iw_replay_has_flag(replay, IW_ONLY))
		return;
	g_autoptr(GPtrArray) children = iw_replay_children(replay, table);
	for (guint i = 0; i < children->len; i++)
		change_everywhere(replay, children->pdata[i], name, change);
}

static bool change_operation(struct replay *replay, change_column change)
{
	bool done;
	struct iw_table *table = iw_replay_table(replay, &done);
	struct iw_column *column = table != NULL ? iw_replay_column(replay, table, &done) : NULL;
	if (column == NULL)
		return done;
	change_everywhere(replay, table, column->name, change);
	return true;
}

static void retype_identity(struct replay *replay, const struct iw_table *table, const struct iw_column *column)
{
	for (guint i = 0; i < replay->schema->sequences->len; i++) {
		struct iw_sequence *sequence = replay->schema->sequences->pdata[i];
		if (!sequence->is_identity || !iw_replay_same_table(replay, sequence->owner_table, table->name) ||
		    !iw_same_column(replay->engine, sequence->owner_column, column->name))
			continue;
		struct iw_sequence *copy = iw_arena_memdup(replay->arena, sequence, sizeof *sequence);
		copy->type = column->type.text;
		iw_replay_replace_sequence(replay, sequence, copy);
		return;
	}
}

static void change_type(struct replay *replay, struct iw_table *table, struct iw_column *column)
{
	const struct iw_column *wanted = replay->operation->column;
	if (column->default_value != NULL && column->default_value->of_type.name == NULL &&
	    column->type.user.name != NULL) {
		struct iw_expression kept = *column->default_value;
		kept.of_type = column->type.user;
		column->default_value = iw_arena_share_struct(replay->arena, &kept, sizeof kept);
	}
	column->type = iw_type_copy(replay->arena, &wanted->type);
	column->collation = iw_arena_strdup(replay->arena, wanted->collation);
	column->storage = NULL;
	if (column->identity != IW_NO_IDENTITY)
		retype_identity(replay, table, column);
}

bool iw_replay_alter_column_type(struct replay *replay)
{
	return change_operation(replay, change_type);
}

static bool set_not_null(struct replay *replay, bool not_null)
{
	bool done;
	struct iw_table *table = iw_replay_table(replay, &done);
	struct iw_column *column = table != NULL ? iw_replay_column(replay, table, &done) : NULL;
	if (column == NULL)
		return done;
	if (replay->dialect->set_not_null != NULL)
		return replay->dialect->set_not_null(replay, table, column, not_null);
	iw_replay_edit_column(replay, table, column)->not_null = not_null;
	return true;
}

bool iw_replay_set_not_null(struct replay *replay)
{
	return set_not_null(replay, true);
}

bool iw_replay_drop_not_null(struct replay *replay)
{
	return set_not_null(replay, false);
}

static void change_default(struct replay *replay, struct iw_table *table, struct iw_column *column)
{
	(void)table;
	const struct iw_expression *expression = replay->operation->expression;
	bool is_none = expression == NULL || expression->is_null || replay->operation->kind == IW_OP_DROP_DEFAULT;
	column->default_value = is_none ? NULL : iw_expression_copy(replay->arena, expression);
}

bool iw_replay_set_default(struct replay *replay)
{
	return change_operation(replay, change_default);
}

bool iw_replay_drop_default(struct replay *replay)
{
	return change_operation(replay, change_default);
}

static void change_generation(struct replay *replay, struct iw_table *table, struct iw_column *column)
{
	(void)table;
	column->generation = iw_expression_copy(replay->arena, replay->operation->expression);
}

bool iw_replay_set_generation(struct replay *replay)
{
	return change_operation(replay, change_generation);
}

static void drop_generation(struct replay *replay, struct iw_table *table, struct iw_column *column)
{
	(void)replay;
	(void)table;
	column->generated = IW_NOT_GENERATED;
	column->generation = NULL;
}

bool iw_replay_drop_generation(struct replay *replay)
{
	return change_operation(replay, drop_generation);
}

static void change_text(struct replay *replay, struct iw_table *table, struct iw_column *column)
{
	(void)table;
	const char *text = replay->operation->text;
	bool is_default = text == NULL || g_ascii_strcasecmp(text, "default") == 0;
	const char *value = is_default ? NULL : iw_arena_strdup(replay->arena, text);
	if (replay->operation->kind == IW_OP_SET_STORAGE)
		column->storage = value;
	else
		column->compression = value;
}

bool iw_replay_set_column_text(struct replay *replay)
{
	return change_operation(replay, change_text);
}
