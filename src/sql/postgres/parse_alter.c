/* ALTER TABLE and its like: one operation for each subcommand, at the subcommand's own place. */
#include "sql/postgres/newer.h"
#include "sql/postgres/tree.h"
#include "sql/postgres/quote.h"

#include <string.h>

/* One subcommand. */
struct command {
	struct reading *reading;
	const AlterTableStmt *statement;
	const AlterTableCmd *node;
	size_t from, to;    /* its text */
	const char *prefix; /* "ALTER TABLE ONLY t", as written */
	struct iw_operation *operation;
};

typedef void fill(struct command *command);

static void fill_definition(struct command *command)
{
	struct reading *reading = command->reading;
	command->operation->definition = iw_arena_printf(reading->arena, "%s %s", command->prefix,
							 iw_pg_slice(reading, command->from, command->to));
}

static void fill_member(struct command *command)
{
	command->operation->member = iw_arena_strdup(command->reading->arena, command->node->name);
}

static void fill_text(struct command *command)
{
	fill_member(command);
	if (command->node->def != NULL && IsA(command->node->def, String))
		command->operation->text = iw_arena_strdup(command->reading->arena, strVal(command->node->def));
	const struct pg_amendment *storage =
		iw_pg_find_amendment(command->reading, PG_AMEND_STORAGE, command->from, command->to);
	if (storage != NULL)
		command->operation->text = storage->text;
}

static void fill_column(struct command *command)
{
	struct iw_column *column = iw_pg_column(command->reading, castNode(ColumnDef, command->node->def));
	command->operation->column = column;
	command->operation->member = column->name;
	command->operation->flags |= command->node->missing_ok ? IW_IF_NOT_EXISTS : 0;
	if (column->options != NULL)
		fill_definition(command);
}

static void fill_drop(struct command *command)
{
	fill_member(command);
	command->operation->flags |= command->node->missing_ok ? IW_IF_EXISTS : 0;
	command->operation->flags |= command->node->behavior == DROP_CASCADE ? IW_CASCADED : 0;
}

/* The expression runs from behind the word to the end of the subcommand. */
static const struct iw_expression *expression_behind(struct command *command, Node *node, const char *word,
						     const struct iw_type *expected)
{
	struct reading *reading = command->reading;
	guint token = iw_pg_find_word(reading, iw_pg_token_from(reading, command->from), word);
	const struct pg_token *found = &iw_pg_tokens(reading)[token];
	return iw_pg_expression(reading, node, found->offset + found->length, command->to, expected);
}

static void fill_default(struct command *command)
{
	fill_member(command);
	if (command->node->def == NULL) {
		command->operation->kind = IW_OP_DROP_DEFAULT;
	} else if (iw_pg_find_amendment(command->reading, PG_AMEND_SET_EXPRESSION, command->from, command->to) !=
		   NULL) {
		command->operation->kind = IW_OP_SET_GENERATION;
		command->operation->expression = expression_behind(command, command->node->def, "as", NULL);
	} else {
		command->operation->expression = expression_behind(command, command->node->def, "default", NULL);
	}
}

static void fill_type(struct command *command)
{
	const ColumnDef *definition = castNode(ColumnDef, command->node->def);
	struct iw_column *column = iw_new(command->reading->arena, struct iw_column);
	fill_member(command);
	column->name = command->operation->member;
	column->type = iw_pg_type(command->reading, definition->typeName);
	if (definition->collClause != NULL)
		column->collation = iw_pg_list_name(command->reading, definition->collClause->collname).name;
	command->operation->column = column;
	if (definition->raw_default != NULL)
		command->operation->expression =
			expression_behind(command, definition->raw_default, "using", &column->type);
}

static void fill_identity(struct command *command)
{
	struct iw_column *column = iw_new(command->reading->arena, struct iw_column);
	ListCell *cell;
	List *options = NIL;
	fill_member(command);
	column->name = command->operation->member;
	command->operation->column = column;
	if (command->node->subtype == AT_AddIdentity) {
		const Constraint *constraint = castNode(Constraint, command->node->def);
		column->identity = constraint->generated_when == ATTRIBUTE_IDENTITY_ALWAYS ? IW_IDENTITY_ALWAYS
											   : IW_IDENTITY_BY_DEFAULT;
		column->identity_options = iw_pg_sequence_options(command->reading, constraint->options);
		return;
	}
	foreach (cell, castNode(List, command->node->def)) {
		DefElem *option = lfirst_node(DefElem, cell);
		if (strcmp(option->defname, "generated") == 0)
			column->identity = intVal(option->arg) == ATTRIBUTE_IDENTITY_ALWAYS ? IW_IDENTITY_ALWAYS
											    : IW_IDENTITY_BY_DEFAULT;
		else
			options = lappend(options, option);
	}
	column->identity_options = iw_pg_sequence_options(command->reading, options);
}

static void fill_constraint(struct command *command)
{
	struct iw_constraint *constraint =
		iw_pg_constraint(command->reading, castNode(Constraint, command->node->def), command->to);
	command->operation->constraint = constraint;
	command->operation->member = constraint->name;
}

static void fill_alter_constraint(struct command *command)
{
	const Constraint *node = castNode(Constraint, command->node->def);
	struct iw_constraint *constraint = iw_new(command->reading->arena, struct iw_constraint);
	constraint->name = iw_arena_strdup(command->reading->arena, node->conname);
	constraint->is_deferrable = node->deferrable;
	constraint->is_initially_deferred = node->initdeferred;
	constraint->is_not_enforced =
		iw_pg_find_amendment(command->reading, PG_AMEND_NOT_ENFORCED, command->from, command->to) != NULL;
	const struct pg_amendment *inherit =
		iw_pg_find_amendment(command->reading, PG_AMEND_INHERIT, command->from, command->to);
	bool is_enforcement = constraint->is_not_enforced || iw_pg_find_amendment(command->reading, PG_AMEND_ENFORCED,
										  command->from, command->to) != NULL;
	constraint->is_no_inherit = inherit != NULL && strcmp(inherit->text, "NO INHERIT") == 0;
	command->operation->text = inherit != NULL ? "inherit" : is_enforcement ? "enforced" : "deferrable";
	command->operation->constraint = constraint;
	command->operation->member = constraint->name;
	fill_definition(command);
}

static void fill_options(struct command *command)
{
	const char *options = iw_pg_options(command->reading, castNode(List, command->node->def));
	command->operation->member = "";
	command->operation->text = options == NULL ? "" : options;
	fill_definition(command);
}

static void fill_column_options(struct command *command)
{
	fill_member(command);
	command->operation->text = command->node->subtype == AT_SetStatistics ? "statistics" : "options";
	fill_definition(command);
}

static void fill_tablespace(struct command *command)
{
	command->operation->text = iw_arena_strdup(command->reading->arena, command->node->name);
	if (iw_pg_find_amendment(command->reading, PG_AMEND_ACCESS_METHOD, command->from, command->to) != NULL)
		command->operation->text = "default";
}

static void fill_trigger(struct command *command)
{
	switch (command->node->subtype) {
	case AT_EnableTrigAll:
	case AT_DisableTrigAll:
		command->operation->member = "all";
		break;
	case AT_EnableTrigUser:
	case AT_DisableTrigUser:
		command->operation->member = "user";
		break;
	default:
		fill_member(command);
		break;
	}
	fill_definition(command);
}

static void fill_rule(struct command *command)
{
	fill_member(command);
	command->operation->object_kind = IW_OBJECT_RULE;
	fill_definition(command);
}

static void fill_inherit(struct command *command)
{
	command->operation->new_name = iw_pg_range_name(command->reading, castNode(RangeVar, command->node->def));
}

static void fill_partition(struct command *command)
{
	const PartitionCmd *partition = castNode(PartitionCmd, command->node->def);
	command->operation->new_name = iw_pg_range_name(command->reading, partition->name);
	if (partition->bound != NULL)
		command->operation->text = iw_pg_partition_bound(command->reading, partition->bound);
	if (partition->concurrent) {
		command->operation->flags |= IW_CONCURRENTLY;
		command->reading->statement->needs_no_transaction = true;
	}
	if (command->node->subtype == AT_DetachPartitionFinalize)
		command->operation->flags |= IW_FINALIZE;
}

static void fill_security(struct command *command)
{
	AlterTableType type = command->node->subtype;
	if (type == AT_ForceRowSecurity || type == AT_NoForceRowSecurity)
		command->operation->member = "force";
}

static const char *role_name(struct reading *reading, const RoleSpec *role)
{
	switch (role->roletype) {
	case ROLESPEC_CURRENT_ROLE:
		return "CURRENT_ROLE";
	case ROLESPEC_CURRENT_USER:
		return "CURRENT_USER";
	case ROLESPEC_SESSION_USER:
		return "SESSION_USER";
	case ROLESPEC_PUBLIC:
		return "public";
	default:
		return iw_arena_strdup(reading->arena, role->rolename);
	}
}

static void fill_owner(struct command *command)
{
	command->operation->text = role_name(command->reading, command->node->newowner);
	fill_definition(command);
}

/* Kept by its text: clustering, OF, generic options, what a later server would add. */
static void fill_other(struct command *command)
{
	fill_member(command);
	command->operation->text = iw_pg_slice(command->reading, command->from, command->to);
	fill_definition(command);
}

static const struct {
	AlterTableType type;
	enum iw_operation_kind kind;
	unsigned flags;
	fill *fill;
} commands[] = {
	{AT_AddColumn, IW_OP_ADD_COLUMN, 0, fill_column},
	{AT_ColumnDefault, IW_OP_SET_DEFAULT, 0, fill_default},
	{AT_DropNotNull, IW_OP_DROP_NOT_NULL, 0, fill_member},
	{AT_SetNotNull, IW_OP_SET_NOT_NULL, 0, fill_member},
	{AT_DropExpression, IW_OP_DROP_GENERATION, 0, fill_drop},
	{AT_SetStatistics, IW_OP_SET_COLUMN_OPTIONS, 0, fill_column_options},
	{AT_SetOptions, IW_OP_SET_COLUMN_OPTIONS, 0, fill_column_options},
	{AT_ResetOptions, IW_OP_SET_COLUMN_OPTIONS, 0, fill_column_options},
	{AT_AlterColumnGenericOptions, IW_OP_SET_COLUMN_OPTIONS, 0, fill_column_options},
	{AT_SetStorage, IW_OP_SET_STORAGE, 0, fill_text},
	{AT_SetCompression, IW_OP_SET_COMPRESSION, 0, fill_text},
	{AT_DropColumn, IW_OP_DROP_COLUMN, 0, fill_drop},
	{AT_AddConstraint, IW_OP_ADD_CONSTRAINT, 0, fill_constraint},
	{AT_AlterConstraint, IW_OP_ALTER_CONSTRAINT, 0, fill_alter_constraint},
	{AT_ValidateConstraint, IW_OP_VALIDATE_CONSTRAINT, 0, fill_member},
	{AT_DropConstraint, IW_OP_DROP_CONSTRAINT, 0, fill_drop},
	{AT_AlterColumnType, IW_OP_ALTER_COLUMN_TYPE, 0, fill_type},
	{AT_ChangeOwner, IW_OP_SET_OWNER, 0, fill_owner},
	{AT_SetLogged, IW_OP_SET_LOGGED, IW_ON, fill_member},
	{AT_SetUnLogged, IW_OP_SET_LOGGED, 0, fill_member},
	{AT_SetAccessMethod, IW_OP_SET_ACCESS_METHOD, 0, fill_tablespace},
	{AT_SetTableSpace, IW_OP_SET_TABLESPACE, 0, fill_tablespace},
	{AT_SetRelOptions, IW_OP_SET_TABLE_OPTIONS, IW_ON, fill_options},
	{AT_ResetRelOptions, IW_OP_SET_TABLE_OPTIONS, 0, fill_options},
	{AT_EnableTrig, IW_OP_SET_TRIGGER, IW_ON, fill_trigger},
	{AT_EnableAlwaysTrig, IW_OP_SET_TRIGGER, IW_ON, fill_trigger},
	{AT_EnableReplicaTrig, IW_OP_SET_TRIGGER, IW_ON, fill_trigger},
	{AT_DisableTrig, IW_OP_SET_TRIGGER, 0, fill_trigger},
	{AT_EnableTrigAll, IW_OP_SET_TRIGGER, IW_ON, fill_trigger},
	{AT_DisableTrigAll, IW_OP_SET_TRIGGER, 0, fill_trigger},
	{AT_EnableTrigUser, IW_OP_SET_TRIGGER, IW_ON, fill_trigger},
	{AT_DisableTrigUser, IW_OP_SET_TRIGGER, 0, fill_trigger},
	{AT_EnableRule, IW_OP_ALTER_OBJECT, IW_ON, fill_rule},
	{AT_EnableAlwaysRule, IW_OP_ALTER_OBJECT, IW_ON, fill_rule},
	{AT_EnableReplicaRule, IW_OP_ALTER_OBJECT, IW_ON, fill_rule},
	{AT_DisableRule, IW_OP_ALTER_OBJECT, 0, fill_rule},
	{AT_AddInherit, IW_OP_SET_INHERIT, IW_ON, fill_inherit},
	{AT_DropInherit, IW_OP_SET_INHERIT, 0, fill_inherit},
	{AT_ReplicaIdentity, IW_OP_SET_REPLICA_IDENTITY, 0, fill_other},
	{AT_EnableRowSecurity, IW_OP_SET_ROW_SECURITY, IW_ON, fill_security},
	{AT_DisableRowSecurity, IW_OP_SET_ROW_SECURITY, 0, fill_security},
	{AT_ForceRowSecurity, IW_OP_SET_ROW_SECURITY, IW_ON, fill_security},
	{AT_NoForceRowSecurity, IW_OP_SET_ROW_SECURITY, 0, fill_security},
	{AT_AttachPartition, IW_OP_ATTACH_PARTITION, 0, fill_partition},
	{AT_DetachPartition, IW_OP_DETACH_PARTITION, 0, fill_partition},
	{AT_DetachPartitionFinalize, IW_OP_DETACH_PARTITION, 0, fill_partition},
	{AT_AddIdentity, IW_OP_ADD_IDENTITY, 0, fill_identity},
	{AT_SetIdentity, IW_OP_SET_IDENTITY, 0, fill_identity},
	{AT_DropIdentity, IW_OP_DROP_IDENTITY, 0, fill_drop},
};

/* ALTER INDEX, VIEW, SEQUENCE, TYPE with the same subcommands: kept by text, save what has a kind of its own. */
static enum iw_operation_kind other_kind(ObjectType type, const AlterTableCmd *node)
{
	if (node->subtype == AT_ChangeOwner)
		return IW_OP_SET_OWNER;
	if (type == OBJECT_INDEX)
		return node->subtype == AT_AttachPartition ? IW_OP_ATTACH_INDEX : IW_OP_ALTER_INDEX;
	return IW_OP_ALTER_OBJECT;
}

static void read_other(struct command *command)
{
	ObjectType type = command->statement->objtype;
	struct iw_operation *operation = iw_pg_add(command->reading, other_kind(type, command->node));
	command->operation = operation;
	operation->object_kind = iw_pg_object_kind(type);
	if (operation->kind == IW_OP_ATTACH_INDEX)
		fill_inherit(&(struct command){
			command->reading, command->statement,
			&(AlterTableCmd){.def = (Node *)castNode(PartitionCmd, command->node->def)->name},
			command->from, command->to, command->prefix, operation});
	else
		fill_other(command);
	if (operation->kind == IW_OP_SET_OWNER)
		operation->text = role_name(command->reading, command->node->newowner);
}

static void read_command(struct command *command)
{
	ObjectType type = command->statement->objtype;
	bool is_table = type == OBJECT_TABLE || type == OBJECT_FOREIGN_TABLE;
	for (size_t i = 0; is_table && i < G_N_ELEMENTS(commands); i++) {
		if (commands[i].type != command->node->subtype)
			continue;
		command->operation = iw_pg_add(command->reading, commands[i].kind);
		command->operation->flags |= commands[i].flags;
		if (commands[i].kind == IW_OP_SET_OWNER)
			command->operation->object_kind = iw_pg_object_kind(type);
		commands[i].fill(command);
		return;
	}
	if (!is_table) {
		read_other(command);
		return;
	}
	command->operation = iw_pg_add(command->reading, command->node->subtype == AT_ClusterOn ||
									 command->node->subtype == AT_DropCluster
								 ? IW_OP_SET_TABLE_OPTIONS
								 : IW_OP_ALTER_OBJECT);
	command->operation->object_kind = IW_OBJECT_TABLE;
	fill_other(command);
}

/* The token behind [schema.]name [*], where the subcommands begin. */
static guint commands_start(struct reading *reading, const RangeVar *relation)
{
	const struct pg_token *tokens = iw_pg_tokens(reading);
	guint i = iw_pg_token_from(reading, iw_pg_at(reading, relation->location)) + 1;
	while (tokens[i].kind != PG_TOKEN_END && iw_pg_is_punctuation(reading->text, &tokens[i], '.'))
		i += 2;
	while (tokens[i].kind != PG_TOKEN_END && ((tokens[i].kind == PG_TOKEN_OPERATOR && tokens[i].length == 1 &&
						   reading->text[tokens[i].offset] == '*') ||
						  iw_pg_is_punctuation(reading->text, &tokens[i], ')')))
		i++;
	return i;
}

void iw_pg_read_alter_table(struct reading *reading, Node *node)
{
	const AlterTableStmt *alter = (AlterTableStmt *)node;
	ListCell *cell;
	guint token = commands_start(reading, alter->relation);
	struct command command = {.reading = reading, .statement = alter};
	command.prefix = iw_pg_slice(reading, reading->from, iw_pg_tokens(reading)[token].offset);
	foreach (cell, alter->cmds) {
		command.node = lfirst_node(AlterTableCmd, cell);
		command.from = iw_pg_tokens(reading)[token].offset;
		command.to = MIN(iw_pg_element_end(reading, token), reading->to);
		read_command(&command);
		command.operation->name = iw_pg_range_name(reading, alter->relation);
		command.operation->flags |= alter->relation->inh ? 0 : IW_ONLY;
		command.operation->flags |= alter->missing_ok ? IW_TABLE_IF_EXISTS : 0;
		if (alter->missing_ok && command.operation->definition == NULL)
			fill_definition(&command);
		iw_pg_set_place(reading, command.operation, command.from, command.to);
		token = MIN(iw_pg_token_from(reading, command.to) + 1, reading->tokens->len - 1);
	}
}

/* --- RENAME, SET SCHEMA, OWNER TO --- */

static bool is_relation(ObjectType type)
{
	return type == OBJECT_TABLE || type == OBJECT_FOREIGN_TABLE || type == OBJECT_VIEW || type == OBJECT_MATVIEW ||
	       type == OBJECT_SEQUENCE || type == OBJECT_INDEX;
}

static enum iw_operation_kind rename_kind(const RenameStmt *rename)
{
	switch (rename->renameType) {
	case OBJECT_TABLE:
	case OBJECT_FOREIGN_TABLE:
		return IW_OP_RENAME_TABLE;
	case OBJECT_INDEX:
		return IW_OP_RENAME_INDEX;
	case OBJECT_COLUMN:
		return IW_OP_RENAME_COLUMN;
	case OBJECT_TABCONSTRAINT:
		return IW_OP_RENAME_CONSTRAINT;
	case OBJECT_DOMCONSTRAINT:
		return IW_OP_ALTER_DOMAIN;
	case OBJECT_ATTRIBUTE:
		return IW_OP_ALTER_OBJECT;
	default:
		return IW_OP_RENAME_OBJECT;
	}
}

void iw_pg_read_rename(struct reading *reading, Node *node)
{
	const RenameStmt *rename = (RenameStmt *)node;
	struct iw_operation *operation = iw_pg_add(reading, rename_kind(rename));
	const char *member = NULL;
	bool is_part = rename->relation != NULL;
	operation->object_kind = iw_pg_object_kind(rename->renameType);
	if (rename->renameType == OBJECT_ATTRIBUTE)
		operation->object_kind = IW_OBJECT_TYPE;
	operation->name = is_part ? iw_pg_range_name(reading, rename->relation)
				  : iw_pg_object_name(reading, rename->renameType, rename->object, &member);
	operation->member =
		rename->subname != NULL && is_part ? iw_arena_strdup(reading->arena, rename->subname) : member;
	if (rename->renameType == OBJECT_DOMCONSTRAINT)
		operation->member = iw_arena_strdup(reading->arena, rename->subname);
	if (operation->name.name == NULL)
		operation->name.name = iw_arena_strdup(reading->arena, rename->subname);
	operation->new_name.name = iw_arena_strdup(reading->arena, rename->newname);
	if (operation->kind == IW_OP_ALTER_DOMAIN)
		operation->text = "rename constraint";
	if (operation->kind == IW_OP_ALTER_OBJECT)
		operation->text = "rename attribute";
	operation->flags |= rename->missing_ok ? IW_IF_EXISTS : 0;
	operation->flags |= rename->relation != NULL && !rename->relation->inh ? IW_ONLY : 0;
	operation->flags |= rename->behavior == DROP_CASCADE ? IW_CASCADED : 0;
	if (rename->missing_ok || !is_relation(rename->renameType))
		operation->definition = iw_pg_definition(reading);
	if (operation->kind == IW_OP_RENAME_COLUMN && rename->relationType == OBJECT_TABLE && !rename->missing_ok)
		operation->definition = NULL;
	if (operation->kind == IW_OP_RENAME_CONSTRAINT && !rename->missing_ok)
		operation->definition = NULL;
}

void iw_pg_read_alter_schema(struct reading *reading, Node *node)
{
	const AlterObjectSchemaStmt *alter = (AlterObjectSchemaStmt *)node;
	bool is_table = alter->objectType == OBJECT_TABLE || alter->objectType == OBJECT_FOREIGN_TABLE;
	struct iw_operation *operation = iw_pg_add(reading, is_table ? IW_OP_SET_TABLE_SCHEMA : IW_OP_ALTER_OBJECT);
	operation->object_kind = iw_pg_object_kind(alter->objectType);
	operation->name = alter->relation != NULL
				  ? iw_pg_range_name(reading, alter->relation)
				  : iw_pg_object_name(reading, alter->objectType, alter->object, &operation->member);
	operation->new_name.schema = iw_arena_strdup(reading->arena, alter->newschema);
	operation->text = "set schema";
	operation->flags |= alter->missing_ok ? IW_IF_EXISTS : 0;
	operation->definition = is_table && !alter->missing_ok ? NULL : iw_pg_definition(reading);
}

void iw_pg_read_owner(struct reading *reading, Node *node)
{
	const AlterOwnerStmt *alter = (AlterOwnerStmt *)node;
	struct iw_operation *operation = iw_pg_add(reading, IW_OP_SET_OWNER);
	operation->object_kind = iw_pg_object_kind(alter->objectType);
	operation->name = alter->relation != NULL
				  ? iw_pg_range_name(reading, alter->relation)
				  : iw_pg_object_name(reading, alter->objectType, alter->object, &operation->member);
	operation->text = role_name(reading, alter->newowner);
	operation->definition = iw_pg_definition(reading);
}
