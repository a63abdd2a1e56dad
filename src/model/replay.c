/* The walk of replay: one handler for each kind of operation, kept or taken back as a whole; see replay.h. */
#include "model/replay_internal.h"

static bool mark_uncertain(struct replay *replay)
{
	replay->schema->is_uncertain = true;
	return true;
}

/* Kinds without a row leave the schema as it is. A dialect's own row wins. */
static const replay_handler handlers[IW_OP_KINDS] = {
	[IW_OP_CREATE_TABLE] = replay_create_table,
	[IW_OP_DROP_TABLE] = replay_drop_table,
	[IW_OP_RENAME_TABLE] = replay_rename_table_operation,
	[IW_OP_SET_TABLE_SCHEMA] = replay_set_table_schema,
	[IW_OP_SET_TABLE_OPTIONS] = replay_set_table_options,
	[IW_OP_SET_LOGGED] = replay_set_logged,
	[IW_OP_SET_TABLESPACE] = replay_set_tablespace,
	[IW_OP_SET_ACCESS_METHOD] = replay_set_access_method,
	[IW_OP_SET_ROW_SECURITY] = replay_set_row_security,
	[IW_OP_SET_INHERIT] = replay_set_inherit,
	[IW_OP_ATTACH_PARTITION] = replay_attach_partition,
	[IW_OP_DETACH_PARTITION] = replay_detach_partition,
	[IW_OP_ADD_COLUMN] = replay_add_column,
	[IW_OP_DROP_COLUMN] = replay_drop_column,
	[IW_OP_RENAME_COLUMN] = replay_rename_column,
	[IW_OP_ALTER_COLUMN_TYPE] = replay_alter_column_type,
	[IW_OP_SET_NOT_NULL] = replay_set_not_null,
	[IW_OP_DROP_NOT_NULL] = replay_drop_not_null,
	[IW_OP_SET_DEFAULT] = replay_set_default,
	[IW_OP_DROP_DEFAULT] = replay_drop_default,
	[IW_OP_SET_GENERATION] = replay_set_generation,
	[IW_OP_DROP_GENERATION] = replay_drop_generation,
	[IW_OP_SET_STORAGE] = replay_set_column_text,
	[IW_OP_SET_COMPRESSION] = replay_set_column_text,
	[IW_OP_ADD_CONSTRAINT] = replay_add_constraint,
	[IW_OP_DROP_CONSTRAINT] = replay_drop_constraint,
	[IW_OP_VALIDATE_CONSTRAINT] = replay_validate_constraint,
	[IW_OP_RENAME_CONSTRAINT] = replay_rename_constraint_operation,
	[IW_OP_ALTER_CONSTRAINT] = replay_alter_constraint,
	[IW_OP_CREATE_INDEX] = replay_create_index,
	[IW_OP_DROP_INDEX] = replay_drop_index,
	[IW_OP_RENAME_INDEX] = replay_rename_index_operation,
	[IW_OP_ALTER_INDEX] = replay_alter_index,
	[IW_OP_ATTACH_INDEX] = replay_attach_index,
	[IW_OP_CREATE_ENUM] = replay_create_enum,
	[IW_OP_ADD_ENUM_VALUE] = replay_add_enum_value,
	[IW_OP_RENAME_ENUM_VALUE] = replay_rename_enum_value,
	[IW_OP_CREATE_DOMAIN] = replay_create_domain,
	[IW_OP_ALTER_DOMAIN] = replay_alter_domain,
	[IW_OP_CREATE_SEQUENCE] = replay_create_sequence,
	[IW_OP_ALTER_SEQUENCE] = replay_alter_sequence,
	[IW_OP_CREATE_VIEW] = replay_create_view,
	[IW_OP_CREATE_MATERIALIZED_VIEW] = replay_create_view,
	[IW_OP_CREATE_TRIGGER] = replay_create_trigger,
	[IW_OP_DROP_TRIGGER] = replay_drop_trigger,
	[IW_OP_SET_TRIGGER] = replay_set_trigger,
	[IW_OP_CREATE_POLICY] = replay_create_policy,
	[IW_OP_DROP_POLICY] = replay_drop_policy,
	[IW_OP_CREATE_OBJECT] = replay_create_object,
	[IW_OP_ALTER_OBJECT] = replay_alter_object,
	[IW_OP_DROP_OBJECT] = replay_drop_object,
	[IW_OP_RENAME_OBJECT] = replay_rename_object,
	[IW_OP_COMMENT] = replay_comment,
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
	replay_begin(&replay, schema, error);
	bool ok = apply_one(&replay, operation);
	replay_end(&replay, ok);
	return ok;
}

bool iw_schema_apply_statement(iw_schema *schema, const struct iw_statement *statement, GError **error)
{
	struct replay replay;
	bool ok = true;
	replay_begin(&replay, schema, error);
	for (guint i = 0; ok && i < statement->operations->len; i++)
		ok = apply_one(&replay, statement->operations->pdata[i]);
	replay_end(&replay, ok);
	return ok;
}
