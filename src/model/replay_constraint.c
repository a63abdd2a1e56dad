/* Replay of constraints; names and what comes along are the dialect's. See replay_internal.h. */
#include "model/replay_internal.h"

#include <string.h>

bool iw_replay_add_constraint(struct replay *replay)
{
	const struct iw_operation *operation = replay->operation;
	bool done;
	struct iw_table *table = iw_replay_table(replay, &done);
	if (table == NULL)
		return done;
	struct iw_constraint *constraint = iw_constraint_copy(replay->arena, operation->constraint);
	if (constraint->name == NULL)
		constraint->name = iw_arena_strdup(replay->arena, operation->member);
	bool exists =
		constraint->name != NULL && iw_table_find_constraint(table, replay->engine, constraint->name) != NULL;
	if (exists && (iw_replay_has_flag(replay, IW_IF_NOT_EXISTS) || replay->schema->is_uncertain))
		return true;
	if (exists && replay->engine.dialect == IW_POSTGRES)
		return iw_replay_fail(replay, CONSTRAINT_EXISTS, constraint->name, table->name.name);
	return replay->dialect->add_constraint(replay, table, constraint);
}

static struct iw_constraint *named_constraint(struct replay *replay, struct iw_table *table,
					      enum replay_message message, bool *done)
{
	const char *name = replay->operation->member;
	struct iw_constraint *constraint = iw_table_find_constraint(table, replay->engine, name);
	if (constraint == NULL)
		*done = table->is_opaque || iw_replay_missing(replay, message, name, table->name.name);
	return constraint;
}

/* Constraints of parents are in their children under the same name. */
static bool drop_everywhere(struct replay *replay, struct iw_table *table, struct iw_constraint *constraint)
{
	const char *name = constraint->name;
	if (!replay->dialect->drop_constraint(replay, table, constraint))
		return false;
	table = iw_replay_edit(replay, table);
	constraint = iw_table_find_constraint(table, replay->engine, name);
	if (constraint != NULL)
		iw_replay_take_constraint(replay, table, constraint);
	g_autoptr(GPtrArray) children = iw_replay_children(replay, table);
	for (guint i = 0; i < children->len; i++) {
		struct iw_table *child = iw_replay_edit(replay, children->pdata[i]);
		struct iw_constraint *inherited = iw_table_find_constraint(child, replay->engine, name);
		if (inherited != NULL && !iw_replay_has_flag(replay, IW_ONLY) &&
		    !drop_everywhere(replay, child, inherited))
			return false;
	}
	return true;
}

bool iw_replay_drop_constraint(struct replay *replay)
{
	bool done;
	struct iw_table *table = iw_replay_table(replay, &done);
	struct iw_constraint *constraint =
		table != NULL ? named_constraint(replay, table, CONSTRAINT_MISSING, &done) : NULL;
	return constraint == NULL ? done : drop_everywhere(replay, table, constraint);
}

static void validate_everywhere(struct replay *replay, struct iw_table *table, const char *name)
{
	table = iw_replay_edit(replay, table);
	struct iw_constraint *constraint = iw_table_find_constraint(table, replay->engine, name);
	if (constraint == NULL)
		return;
	iw_replay_edit_constraint(replay, table, constraint)->is_not_valid = false;
	g_autoptr(GPtrArray) children = iw_replay_children(replay, table);
	for (guint i = 0; i < children->len; i++)
		validate_everywhere(replay, children->pdata[i], name);
}

bool iw_replay_validate_constraint(struct replay *replay)
{
	bool done;
	struct iw_table *table = iw_replay_table(replay, &done);
	struct iw_constraint *constraint =
		table != NULL ? named_constraint(replay, table, CONSTRAINT_MISSING, &done) : NULL;
	if (constraint == NULL)
		return done;
	validate_everywhere(replay, table, constraint->name);
	return true;
}

static void rename_index_of(struct replay *replay, struct iw_table *table, struct iw_index *index, const char *new_name)
{
	iw_replay_rename_index(replay, table, index, new_name);
	index = iw_table_find_index(table, replay->engine, new_name);
	iw_replay_edit_index(replay, table, index)->constraint = iw_arena_strdup(replay->arena, new_name);
}

bool iw_replay_rename_constraint_operation(struct replay *replay)
{
	const char *new_name = replay->operation->new_name.name;
	bool done;
	struct iw_table *table = iw_replay_table(replay, &done);
	struct iw_constraint *constraint =
		table != NULL ? named_constraint(replay, table, RENAMED_CONSTRAINT_MISSING, &done) : NULL;
	if (constraint == NULL)
		return done;
	if (iw_table_find_constraint(table, replay->engine, new_name) != NULL)
		return iw_replay_fail(replay, CONSTRAINT_EXISTS, new_name, table->name.name);
	struct iw_index *index = iw_replay_index_of(table, constraint);
	if (index != NULL)
		rename_index_of(replay, table, index, new_name);
	bool is_inherited = constraint->kind == IW_CHECK || constraint->kind == IW_NOT_NULL_CONSTRAINT;
	g_autoptr(GPtrArray) children = iw_replay_children(replay, table);
	for (guint i = 0; is_inherited && i < children->len; i++) {
		struct iw_table *child = iw_replay_edit(replay, children->pdata[i]);
		struct iw_constraint *inherited =
			iw_table_find_constraint(child, replay->engine, replay->operation->member);
		if (inherited != NULL)
			iw_replay_rename_constraint(replay, child, inherited, new_name);
	}
	iw_replay_rename_constraint(replay, table, constraint, new_name);
	return true;
}

bool iw_replay_alter_constraint(struct replay *replay)
{
	const struct iw_constraint *wanted = replay->operation->constraint;
	bool done;
	struct iw_table *table = iw_replay_table(replay, &done);
	struct iw_constraint *constraint =
		table != NULL ? named_constraint(replay, table, CONSTRAINT_MISSING, &done) : NULL;
	if (constraint == NULL)
		return done;
	constraint = iw_replay_edit_constraint(replay, table, constraint);
	if (wanted == NULL)
		return true;
	/* What the statement does not speak of stays: PostgreSQL's text is "enforced", "deferrable" or "inherit". */
	const char *what = replay->operation->text;
	bool is_deferring = wanted->is_deferrable || wanted->is_initially_deferred;
	if (what == NULL || strcmp(what, "enforced") == 0)
		constraint->is_not_enforced = wanted->is_not_enforced;
	if (replay->engine.dialect == IW_POSTGRES &&
	    (what == NULL || is_deferring || strcmp(what, "deferrable") == 0)) {
		constraint->is_deferrable = wanted->is_deferrable;
		constraint->is_initially_deferred = wanted->is_initially_deferred;
	}
	return true;
}
