/* The walk of replay: one handler for each kind of operation, kept or taken back as a whole; see replay.h. */
#include "model/replay_internal.h"

static bool mark_uncertain(struct replay *replay)
{
	/* A block that is known to change rows only leaves the schema certain. */
	if (replay->operation->data == NULL)
		replay->schema->is_uncertain = true;
	return true;
}

/* Kinds without a row leave the schema as it is. A dialect's own row wins. */
static const replay_handler handlers[IW_OP_KINDS] = {
	[IW_OP_CREATE_TABLE] = iw_replay_create_table,
	[IW_OP_DROP_TABLE] = iw_replay_drop_table,
	[IW_OP_RENAME_TABLE] = iw_replay_rename_table_operation,
	[IW_OP_SET_TABLE_SCHEMA] = iw_replay_set_table_schema,
	[IW_OP_SET_TABLE_OPTIONS] = iw_replay_set_table_options,
	[IW_OP_SET_LOGGED] = iw_replay_set_logged,
	[IW_OP_SET_TABLESPACE] = iw_replay_set_tablespace,
	[IW_OP_SET_ACCESS_METHOD] = iw_replay_set_access_method,
	[IW_OP_SET_ROW_SECURITY] = iw_replay_set_row_security,
	[IW_OP_SET_INHERIT] = iw_replay_set_inherit,
	[IW_OP_ATTACH_PARTITION] = iw_replay_attach_partition,
	[IW_OP_DETACH_PARTITION] = iw_replay_detach_partition,
	[IW_OP_ADD_COLUMN] = iw_replay_add_column,
	[IW_OP_DROP_COLUMN] = iw_replay_drop_column,
	[IW_OP_RENAME_COLUMN] = iw_replay_rename_column,
	[IW_OP_ALTER_COLUMN_TYPE] = iw_replay_alter_column_type,
	[IW_OP_SET_NOT_NULL] = iw_replay_set_not_null,
	[IW_OP_DROP_NOT_NULL] = iw_replay_drop_not_null,
	[IW_OP_SET_DEFAULT] = iw_replay_set_default,
	[IW_OP_DROP_DEFAULT] = iw_replay_drop_default,
	[IW_OP_SET_GENERATION] = iw_replay_set_generation,
	[IW_OP_DROP_GENERATION] = iw_replay_drop_generation,
	[IW_OP_SET_STORAGE] = iw_replay_set_column_text,
	[IW_OP_SET_COMPRESSION] = iw_replay_set_column_text,
	[IW_OP_ADD_CONSTRAINT] = iw_replay_add_constraint,
	[IW_OP_DROP_CONSTRAINT] = iw_replay_drop_constraint,
	[IW_OP_VALIDATE_CONSTRAINT] = iw_replay_validate_constraint,
	[IW_OP_RENAME_CONSTRAINT] = iw_replay_rename_constraint_operation,
	[IW_OP_ALTER_CONSTRAINT] = iw_replay_alter_constraint,
	[IW_OP_CREATE_INDEX] = iw_replay_create_index,
	[IW_OP_DROP_INDEX] = iw_replay_drop_index,
	[IW_OP_RENAME_INDEX] = iw_replay_rename_index_operation,
	[IW_OP_ALTER_INDEX] = iw_replay_alter_index,
	[IW_OP_ATTACH_INDEX] = iw_replay_attach_index,
	[IW_OP_CREATE_ENUM] = iw_replay_create_enum,
	[IW_OP_ADD_ENUM_VALUE] = iw_replay_add_enum_value,
	[IW_OP_RENAME_ENUM_VALUE] = iw_replay_rename_enum_value,
	[IW_OP_CREATE_DOMAIN] = iw_replay_create_domain,
	[IW_OP_ALTER_DOMAIN] = iw_replay_alter_domain,
	[IW_OP_CREATE_SEQUENCE] = iw_replay_create_sequence,
	[IW_OP_ALTER_SEQUENCE] = iw_replay_alter_sequence,
	[IW_OP_CREATE_VIEW] = iw_replay_create_view,
	[IW_OP_CREATE_MATERIALIZED_VIEW] = iw_replay_create_view,
	[IW_OP_CREATE_TRIGGER] = iw_replay_create_trigger,
	[IW_OP_DROP_TRIGGER] = iw_replay_drop_trigger,
	[IW_OP_SET_TRIGGER] = iw_replay_set_trigger,
	[IW_OP_CREATE_POLICY] = iw_replay_create_policy,
	[IW_OP_DROP_POLICY] = iw_replay_drop_policy,
	[IW_OP_CREATE_OBJECT] = iw_replay_create_object,
	[IW_OP_ALTER_OBJECT] = iw_replay_alter_object,
	[IW_OP_DROP_OBJECT] = iw_replay_drop_object,
	[IW_OP_RENAME_OBJECT] = iw_replay_rename_object,
	[IW_OP_COMMENT] = iw_replay_comment,
	[IW_OP_OPAQUE] = mark_uncertain,
};

static bool apply_one(struct replay *replay, const struct iw_operation *operation)
{
	replay_handler handler = replay->dialect->handlers[operation->kind];
	if (handler == NULL)
		handler = handlers[operation->kind];
	replay->operation = operation;
	return handler == NULL || handler(replay);
}

bool iw_schema_apply(iw_schema *schema, const struct iw_operation *operation, GError **error)
{
	struct replay replay;
	iw_replay_begin(&replay, schema, error);
	bool ok = apply_one(&replay, operation);
	iw_replay_end(&replay, ok);
	return ok;
}

bool iw_schema_apply_statement(iw_schema *schema, const struct iw_statement *statement, GError **error)
{
	struct replay replay;
	bool ok = true;
	iw_replay_begin(&replay, schema, error);
	for (guint i = 0; ok && i < statement->operations->len; i++)
		ok = apply_one(&replay, statement->operations->pdata[i]);
	iw_replay_end(&replay, ok);
	return ok;
}
