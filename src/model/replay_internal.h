/*
 * Replay: what its files share.
 *
 * Every change goes through the functions below, which write what they change to an undo log: a handler may fail at any
 * point, the schema is then put back as it was. Elements of lists are replaced, never edited in place.
 *
 * A handler returns true when the operation is done (or rightly has no effect) and false with the error set.
 */
#pragma once

#include "base/error.h"
#include "model/replay.h"
#include "model/schema_internal.h"
#include "model/words.h"

struct replay_dialect;

struct replay {
	iw_schema *schema;
	iw_arena *arena; /* the schema's */
	struct iw_engine engine;
	const struct replay_dialect *dialect;
	const struct iw_operation *operation;
	GArray *undo; /* struct undo, newest last */
	GError **error;
};

typedef bool (*replay_handler)(struct replay *replay);

/* What differs by engine. Constraints, columns and indexes handed in are fresh copies in the arena, not yet in a table.
 */
struct replay_dialect {
	/* A new column, already in its table, without its constraints: serial, implied defaults. Edits it in place. */
	bool (*finish_column)(struct replay *replay, struct iw_table *table, struct iw_column *column);
	/* Constraints (struct iw_constraint *) and then indexes of CREATE TABLE, in the engine's order and with its
	 * names. */
	bool (*add_members)(struct replay *replay, struct iw_table *table, GPtrArray *constraints, GPtrArray *indexes);
	/* After every other change of a table's columns or keys by one operation. */
	bool (*add_constraint)(struct replay *replay, struct iw_table *table, struct iw_constraint *constraint);
	bool (*add_index)(struct replay *replay, struct iw_table *table, struct iw_index *index);
	bool (*drop_constraint)(struct replay *replay, struct iw_table *table, struct iw_constraint *constraint);
	/* Before the column leaves the table: what goes with it, or why it cannot. */
	bool (*drop_column)(struct replay *replay, struct iw_table *table, struct iw_column *column);
	/* Before the table leaves the schema. */
	bool (*drop_table)(struct replay *replay, struct iw_table *table);
	/* Instead of only setting the column's flag; may be NULL. */
	bool (*set_not_null)(struct replay *replay, struct iw_table *table, struct iw_column *column, bool not_null);
	/* After the table has its new name; may be NULL. */
	void (*renamed_table)(struct replay *replay, struct iw_table *table, struct iw_name old_name);
	/* Operations that only this engine has, or has differently; an entry wins over the common one. */
	const replay_handler *handlers; /* IW_OP_KINDS entries */
};
extern const struct replay_dialect iw_replay_postgres, iw_replay_mysql, iw_replay_sqlite;

/* --- messages: replay_messages.c --- */
enum replay_message {
	TABLE_EXISTS,
	TABLE_MISSING,
	TABLE_NOT_DROPPABLE,
	TABLE_REFERENCED,
	COLUMN_EXISTS,
	COLUMN_MISSING,
	COLUMN_IN_PRIMARY_KEY,
	COLUMN_IS_UNIQUE,
	COLUMN_NOT_DROPPABLE,
	COLUMN_NEEDED,
	COLUMN_NOT_RENAMED,
	CONSTRAINT_NOT_ALTERED,
	KEY_COLUMN_MISSING,
	INDEX_COLUMN_MISSING,
	FOREIGN_COLUMN_MISSING,
	CONSTRAINT_NEEDED,
	CONSTRAINT_EXISTS,
	RENAMED_CONSTRAINT_MISSING,
	COLUMN_IN_CHECK,
	CONSTRAINT_MISSING,
	FOREIGN_KEY_MISSING,
	PRIMARY_KEY_EXISTS,
	PRIMARY_KEY_MISSING,
	INDEX_EXISTS,
	INDEX_MISSING,
	INDEX_NEEDED,
	RENAMED_INDEX_MISSING,
	VIEW_MISSING,
	TYPE_EXISTS,
	TYPE_MISSING,
	VALUE_EXISTS,
	VALUE_MISSING,
	SEQUENCE_MISSING,
	TRIGGER_EXISTS,
	TRIGGER_MISSING,
	POLICY_EXISTS,
	POLICY_MISSING,
	OBJECT_EXISTS,
	OBJECT_MISSING,
	REPLAY_MESSAGES
};
/* Fails at the operation's place, in the server's words; $1 and $2 of the text are `first` and `second`. */
bool iw_replay_fail(struct replay *replay, enum replay_message message, const char *first, const char *second);
/* An object is missing: an error, unless IF EXISTS was said or the schema is uncertain. */
bool iw_replay_missing(struct replay *replay, enum replay_message message, const char *first, const char *second);
/* "name" or "schema.name" for messages. */
const char *iw_replay_shown(struct replay *replay, struct iw_name name);

/* --- changes: replay_undo.c --- */
void iw_replay_list_insert(struct replay *replay, GPtrArray *list, guint position, const void *element);
void iw_replay_list_add(struct replay *replay, GPtrArray *list, const void *element);
void iw_replay_list_remove(struct replay *replay, GPtrArray *list, const void *element);
void iw_replay_list_replace(struct replay *replay, GPtrArray *list, const void *old, const void *element);
/* The table as one that may be changed: its scalar members directly, its lists through the functions here. */
struct iw_table *iw_replay_edit(struct replay *replay, struct iw_table *table);
void iw_replay_add_table(struct replay *replay, struct iw_table *table);
void iw_replay_remove_table(struct replay *replay, struct iw_table *table);
void iw_replay_rename_table(struct replay *replay, struct iw_table *table, struct iw_name new_name);
/* A copy of the column that already took the column's place in the table, to be edited at once. */
struct iw_column *iw_replay_edit_column(struct replay *replay, struct iw_table *table, struct iw_column *column);
void iw_replay_put_constraint(struct replay *replay, struct iw_table *table, struct iw_constraint *constraint);
void iw_replay_take_constraint(struct replay *replay, struct iw_table *table, struct iw_constraint *constraint);
struct iw_constraint *iw_replay_edit_constraint(struct replay *replay, struct iw_table *table,
						struct iw_constraint *constraint);
void iw_replay_rename_constraint(struct replay *replay, struct iw_table *table, struct iw_constraint *constraint,
				 const char *new_name);
void iw_replay_put_index(struct replay *replay, struct iw_table *table, struct iw_index *index);
void iw_replay_take_index(struct replay *replay, struct iw_table *table, struct iw_index *index);
struct iw_index *iw_replay_edit_index(struct replay *replay, struct iw_table *table, struct iw_index *index);
void iw_replay_rename_index(struct replay *replay, struct iw_table *table, struct iw_index *index,
			    const char *new_name);
void iw_replay_put_sequence(struct replay *replay, struct iw_sequence *sequence);
void iw_replay_take_sequence(struct replay *replay, struct iw_sequence *sequence);
void iw_replay_replace_sequence(struct replay *replay, struct iw_sequence *old, struct iw_sequence *sequence);
void iw_replay_begin(struct replay *replay, iw_schema *schema, GError **error);
/* Keeps the changes, or takes all back. */
void iw_replay_end(struct replay *replay, bool keep);

/* --- lookups: replay_find.c --- */
bool iw_replay_has_flag(const struct replay *replay, unsigned flag);
/* The operation's table ready to be changed; NULL: `*done` tells what the handler returns. */
struct iw_table *iw_replay_table(struct replay *replay, bool *done);
struct iw_column *iw_replay_column(struct replay *replay, struct iw_table *table, bool *done);
bool iw_replay_same_table(struct replay *replay, struct iw_name a, struct iw_name b);
bool iw_replay_key_uses(struct replay *replay, GPtrArray *keys, const char *column);
bool iw_replay_list_has(struct replay *replay, GPtrArray *names, const char *column);
bool iw_replay_constraint_uses(struct replay *replay, const struct iw_constraint *constraint, const char *column);
bool iw_replay_index_uses(struct replay *replay, const struct iw_index *index, const char *column);
struct iw_index *iw_replay_index_of(struct iw_table *table, const struct iw_constraint *constraint);
/* Tables (struct iw_table *) in a fresh GPtrArray the caller frees. */
GPtrArray *iw_replay_children(struct replay *replay, const struct iw_table *table);
/* Calls `visit` for every foreign key of another table (or of this one) to `name`. */
typedef bool (*replay_visit)(struct replay *replay, struct iw_table *table, struct iw_constraint *constraint,
			     void *data);
bool iw_replay_each_referrer(struct replay *replay, struct iw_name name, replay_visit visit, void *data);
/* True when the same statement drops that table too (DROP TABLE a, b). */
bool iw_replay_drops_together(struct replay *replay, struct iw_name name);

/* --- shared by handlers --- */
/* iw_replay_table.c */
bool iw_replay_create_table(struct replay *replay), iw_replay_drop_table(struct replay *replay);
bool iw_replay_rename_table_operation(struct replay *replay), iw_replay_set_table_schema(struct replay *replay);
bool iw_replay_set_table_options(struct replay *replay), iw_replay_set_logged(struct replay *replay);
bool iw_replay_set_row_security(struct replay *replay);
bool iw_replay_set_tablespace(struct replay *replay), iw_replay_set_access_method(struct replay *replay);
/* Removes it without asking. */
bool iw_replay_drop_one_table(struct replay *replay, struct iw_table *table);
/* Inline constraints of the columns and the table's own, out of the (fresh) table into two new lists. */
void iw_replay_take_members(struct replay *replay, struct iw_table *table, GPtrArray **constraints,
			    GPtrArray **indexes);
void iw_replay_take_inline(struct replay *replay, struct iw_column *column, GPtrArray *constraints);
/* iw_replay_column.c */
bool iw_replay_add_column(struct replay *replay), iw_replay_drop_column(struct replay *replay);
bool iw_replay_rename_column(struct replay *replay), iw_replay_alter_column_type(struct replay *replay);
bool iw_replay_set_not_null(struct replay *replay), iw_replay_drop_not_null(struct replay *replay);
bool iw_replay_set_default(struct replay *replay), iw_replay_drop_default(struct replay *replay);
bool iw_replay_set_column_text(struct replay *replay), iw_replay_drop_generation(struct replay *replay);
bool iw_replay_set_generation(struct replay *replay);
guint iw_replay_column_position(struct replay *replay, const struct iw_table *table, const char *after);
/* In the table and in everything of the schema that names the column. */
void iw_replay_rename_column_in(struct replay *replay, struct iw_table *table, const char *old_name,
				const char *new_name);
bool iw_replay_drop_one_column(struct replay *replay, struct iw_table *table, struct iw_column *column);
/* replay_constraint.c, replay_index.c */
bool iw_replay_add_constraint(struct replay *replay), iw_replay_drop_constraint(struct replay *replay);
bool iw_replay_validate_constraint(struct replay *replay), iw_replay_rename_constraint_operation(struct replay *replay);
bool iw_replay_alter_constraint(struct replay *replay);
bool iw_replay_create_index(struct replay *replay), iw_replay_drop_index(struct replay *replay);
bool iw_replay_rename_index_operation(struct replay *replay), iw_replay_alter_index(struct replay *replay);
/* replay_object.c, replay_type.c */
bool iw_replay_create_view(struct replay *replay), iw_replay_create_object(struct replay *replay);
bool iw_replay_drop_object(struct replay *replay), iw_replay_rename_object(struct replay *replay);
bool iw_replay_alter_object(struct replay *replay);
bool iw_replay_create_trigger(struct replay *replay), iw_replay_drop_trigger(struct replay *replay);
bool iw_replay_set_trigger(struct replay *replay);
bool iw_replay_create_policy(struct replay *replay), iw_replay_drop_policy(struct replay *replay);
bool iw_replay_comment(struct replay *replay);
bool iw_replay_create_enum(struct replay *replay), iw_replay_add_enum_value(struct replay *replay);
bool iw_replay_rename_enum_value(struct replay *replay), iw_replay_create_domain(struct replay *replay);
bool iw_replay_alter_domain(struct replay *replay);
bool iw_replay_create_sequence(struct replay *replay), iw_replay_alter_sequence(struct replay *replay);
/* Types and sequences moved or renamed: everything that names them. */
void iw_replay_type_renamed(struct replay *replay, struct iw_name old_name, struct iw_name new_name);
void iw_replay_sequence_renamed(struct replay *replay, struct iw_sequence *sequence, struct iw_name new_name);
/* Defaults that take their values from it are dropped. */
void iw_replay_forget_sequence(struct replay *replay, const struct iw_sequence *sequence);
/* replay_partition.c */
bool iw_replay_attach_partition(struct replay *replay), iw_replay_detach_partition(struct replay *replay);
bool iw_replay_set_inherit(struct replay *replay), iw_replay_attach_index(struct replay *replay);
bool iw_replay_inherit_columns(struct replay *replay, struct iw_table *table, GPtrArray *constraints);
bool iw_replay_expand_likes(struct replay *replay, struct iw_table *table, GPtrArray *constraints, GPtrArray *indexes);
/* Gives a new partition what its parent has: indexes and keys. */
bool iw_replay_fill_partition(struct replay *replay, struct iw_table *parent, struct iw_table *child);
