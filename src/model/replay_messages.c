/* What the servers themselves say; see replay_internal.h. $1 and $2 stand for names. */
#include "model/replay_internal.h"

/* MariaDB's words where they are not MySQL's. */
enum { MARIADB = IW_DIALECTS, VENDORS };

static const char *const texts[REPLAY_MESSAGES][VENDORS] = {
	/* clang-format off */
	[TABLE_EXISTS] = {"relation \"$1\" already exists", "Table '$1' already exists", "table $1 already exists"},
	[TABLE_MISSING] = {"relation \"$1\" does not exist", "Table '$1' doesn't exist", "no such table: $1"},
	[TABLE_NOT_DROPPABLE] = {"table \"$1\" does not exist", "Unknown table '$1'", "no such table: $1"},
	[TABLE_REFERENCED] = {"cannot drop table $1 because other objects depend on it",
		"Cannot drop table '$1' referenced by a foreign key constraint '$2'", "FOREIGN KEY constraint failed"},
	[COLUMN_EXISTS] = {"column \"$1\" of relation \"$2\" already exists", "Duplicate column name '$1'",
		"duplicate column name: $1"},
	[COLUMN_MISSING] = {"column \"$1\" of relation \"$2\" does not exist", "Unknown column '$1' in '$2'",
		"no such column: \"$1\""},
	[COLUMN_IN_PRIMARY_KEY] = {"column \"$1\" is in a primary key", NULL,
		"cannot drop PRIMARY KEY column: \"$1\""},
	[COLUMN_IS_UNIQUE] = {NULL, NULL, "cannot drop UNIQUE column: \"$1\""},
	[COLUMN_NOT_DROPPABLE] = {"column \"$1\" of relation \"$2\" does not exist",
		"Can't DROP '$1'; check that column/key exists", "no such column: \"$1\"",
		"Can't DROP COLUMN `$1`; check that it exists"},
	[COLUMN_NEEDED] = {"cannot drop column $1 of table $2 because other objects depend on it",
		"Cannot drop column '$1': needed in a foreign key constraint '$2'",
		"error in $2 after drop column: no such column: $1"},
	[COLUMN_NOT_RENAMED] = {NULL, NULL,
		"UPDATE cannot also rename column: \"$1\" to \"$2\". Use ALTER TABLE RENAME instead"},
	[CONSTRAINT_NOT_ALTERED] = {NULL, NULL, "$1 constraint cannot be altered"},
	[KEY_COLUMN_MISSING] = {"column \"$1\" named in key does not exist", "Key column '$1' doesn't exist in table",
		"table $2 has no column named $1"},
	[INDEX_COLUMN_MISSING] = {"column \"$1\" does not exist", "Key column '$1' doesn't exist in table",
		"table $2 has no column named $1"},
	[FOREIGN_COLUMN_MISSING] = {"column \"$1\" referenced in foreign key constraint does not exist",
		"Key column '$1' doesn't exist in table", "unknown column \"$1\" in foreign key definition"},
	[CONSTRAINT_NEEDED] = {"cannot drop constraint $1 on table $2 because other objects depend on it"},
	[CONSTRAINT_EXISTS] = {"constraint \"$1\" for relation \"$2\" already exists", "Duplicate constraint name '$1'",
		"constraint $1 already exists"},
	[CONSTRAINT_MISSING] = {"constraint \"$1\" of relation \"$2\" does not exist", "Constraint '$1' does not exist.",
		"no such constraint: $1", "Can't DROP CONSTRAINT `$1`; check that it exists"},
	[RENAMED_CONSTRAINT_MISSING] = {"constraint \"$1\" for table \"$2\" does not exist"},
	[COLUMN_IN_CHECK] = {NULL, "Check constraint '$2' uses column '$1', hence column cannot be dropped or renamed.",
		NULL, "Unknown column '$1' in 'CHECK'"},
	[FOREIGN_KEY_MISSING] = {"constraint \"$1\" of relation \"$2\" does not exist",
		"Can't DROP '$1'; check that column/key exists", "no such constraint: $1",
		"Can't DROP FOREIGN KEY `$1`; check that it exists"},
	[PRIMARY_KEY_EXISTS] = {"multiple primary keys for table \"$1\" are not allowed", "Multiple primary key defined",
		"table \"$1\" has more than one primary key"},
	[PRIMARY_KEY_MISSING] = {"constraint \"$1\" of relation \"$2\" does not exist",
		"Can't DROP 'PRIMARY'; check that column/key exists", "no such constraint: $1",
		"Can't DROP INDEX `PRIMARY`; check that it exists"},
	[INDEX_EXISTS] = {"relation \"$1\" already exists", "Duplicate key name '$1'", "index $1 already exists"},
	[INDEX_MISSING] = {"index \"$1\" does not exist", "Can't DROP '$1'; check that column/key exists",
		"no such index: $1", "Can't DROP INDEX `$1`; check that it exists"},
	[INDEX_NEEDED] = {"cannot drop index $1 because constraint $2 requires it",
		"Cannot drop index '$1': needed in a foreign key constraint",
		"index associated with UNIQUE or PRIMARY KEY constraint cannot be dropped"},
	[RENAMED_INDEX_MISSING] = {"relation \"$1\" does not exist", "Key '$1' doesn't exist in table '$2'",
		"no such index: $1"},
	[VIEW_MISSING] = {"view \"$1\" does not exist", "Unknown VIEW: '$1'", "no such view: $1"},
	[TYPE_EXISTS] = {"type \"$1\" already exists"},
	[TYPE_MISSING] = {"type \"$1\" does not exist"},
	[VALUE_EXISTS] = {"enum label \"$1\" already exists"},
	[VALUE_MISSING] = {"\"$1\" is not an existing enum label"},
	[SEQUENCE_MISSING] = {"sequence \"$1\" does not exist", "Unknown SEQUENCE: '$1'"},
	[TRIGGER_EXISTS] = {"trigger \"$1\" for relation \"$2\" already exists", "Trigger already exists",
		"trigger $1 already exists", "Trigger '$1' already exists"},
	[TRIGGER_MISSING] = {"trigger \"$1\" for table \"$2\" does not exist", "Trigger does not exist", "no such trigger: $1"},
	[POLICY_EXISTS] = {"policy \"$1\" for table \"$2\" already exists"},
	[POLICY_MISSING] = {"policy \"$1\" for table \"$2\" does not exist"},
	[OBJECT_EXISTS] = {"$2 \"$1\" already exists", "$2 $1 already exists", "$2 $1 already exists"},
	[OBJECT_MISSING] = {"$2 \"$1\" does not exist", "$2 $1 does not exist", "no such $2: $1"},
	/* clang-format on */
};

static const char *text_of(struct iw_engine engine, enum replay_message message)
{
	const char *const *row = texts[message];
	if (engine.dialect == IW_MYSQL && engine.is_mariadb && row[MARIADB] != NULL)
		return row[MARIADB];
	return row[engine.dialect] != NULL ? row[engine.dialect] : row[IW_POSTGRES];
}

static char *filled(const char *text, const char *first, const char *second)
{
	GString *out = g_string_new(NULL);
	for (; *text != '\0'; text++) {
		bool is_place = text[0] == '$' && (text[1] == '1' || text[1] == '2');
		if (!is_place) {
			g_string_append_c(out, *text);
			continue;
		}
		const char *name = text[1] == '1' ? first : second;
		g_string_append(out, name != NULL ? name : "");
		text++;
	}
	return g_string_free(out, false);
}

bool iw_replay_fail(struct replay *replay, enum replay_message message, const char *first, const char *second)
{
	g_autofree char *text = filled(text_of(replay->engine, message), first, second);
	const struct iw_place *place = &replay->operation->place;
	if (place->source == NULL)
		return iw_fail(replay->error, IW_ERROR_HISTORY, "%s", text);
	return iw_fail_at(replay->error, IW_ERROR_HISTORY, place, "%s", text);
}

bool iw_replay_missing(struct replay *replay, enum replay_message message, const char *first, const char *second)
{
	if (iw_replay_has_flag(replay, IW_IF_EXISTS) || replay->schema->is_uncertain)
		return true;
	return iw_replay_fail(replay, message, first, second);
}

const char *iw_replay_shown(struct replay *replay, struct iw_name name)
{
	if (name.schema == NULL)
		return name.name != NULL ? name.name : "";
	return iw_arena_printf(replay->arena, "%s.%s", name.schema, name.name);
}
