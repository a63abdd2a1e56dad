/* Types, domains, sequences, triggers, policies, rules, and everything that is kept by name and definition. */
#include "sql/postgres/tree.h"
#include "sql/postgres/quote.h"

#include <string.h>

void iw_pg_read_enum(struct reading *reading, Node *node)
{
	const CreateEnumStmt *create = (CreateEnumStmt *)node;
	struct iw_operation *operation = iw_pg_add(reading, IW_OP_CREATE_ENUM);
	operation->name = iw_pg_list_name(reading, create->typeName);
	operation->values = iw_pg_strings(reading, create->vals);
}

void iw_pg_read_alter_enum(struct reading *reading, Node *node)
{
	const AlterEnumStmt *alter = (AlterEnumStmt *)node;
	bool is_rename = alter->oldVal != NULL;
	struct iw_operation *operation = iw_pg_add(reading, is_rename ? IW_OP_RENAME_ENUM_VALUE : IW_OP_ADD_ENUM_VALUE);
	operation->name = iw_pg_list_name(reading, alter->typeName);
	operation->member = iw_arena_strdup(reading->arena, is_rename ? alter->oldVal : alter->newVal);
	if (is_rename) {
		operation->new_name.name = iw_arena_strdup(reading->arena, alter->newVal);
		return;
	}
	operation->text = iw_arena_strdup(reading->arena, alter->newValNeighbor);
	operation->flags |= alter->newValNeighbor != NULL && !alter->newValIsAfter ? IW_BEFORE : 0;
	operation->flags |= alter->skipIfNewValExists ? IW_IF_NOT_EXISTS : 0;
	reading->statement->needs_no_transaction |= !pg_at_least(reading->engine, 12);
}

void iw_pg_read_domain(struct reading *reading, Node *node)
{
	const CreateDomainStmt *create = (CreateDomainStmt *)node;
	struct iw_operation *operation = iw_pg_add(reading, IW_OP_CREATE_DOMAIN);
	struct iw_domain *domain = iw_new(reading->arena, struct iw_domain);
	struct iw_column column = {.type = iw_pg_type(reading, create->typeName)};
	column.name = "";
	iw_pg_column_constraints(reading, &column, create->constraints, reading->to);
	domain->name = iw_pg_list_name(reading, create->domainname);
	domain->base = column.type;
	domain->not_null = column.not_null;
	domain->default_value = column.default_value;
	domain->constraints = column.constraints == NULL ? iw_arena_ptr_array(reading->arena) : column.constraints;
	operation->name = domain->name;
	operation->domain = domain;
	if (create->collClause != NULL)
		operation->definition = iw_pg_definition(reading);
}

void iw_pg_read_alter_domain(struct reading *reading, Node *node)
{
	static const struct {
		char subtype;
		const char *text;
	} words[] = {
		{'T', "set default"},	 {'N', "drop not null"},   {'O', "set not null"},
		{'C', "add constraint"}, {'X', "drop constraint"}, {'V', "validate constraint"},
	};
	const AlterDomainStmt *alter = (AlterDomainStmt *)node;
	struct iw_operation *operation = iw_pg_add(reading, IW_OP_ALTER_DOMAIN);
	operation->name = iw_pg_list_name(reading, alter->typeName);
	operation->member = iw_arena_strdup(reading->arena, alter->name);
	operation->flags |= alter->missing_ok ? IW_IF_EXISTS : 0;
	operation->flags |= alter->behavior == DROP_CASCADE ? IW_CASCADED : 0;
	for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
		if (words[i].subtype == alter->subtype)
			operation->text = words[i].text;
	if (alter->subtype == 'T' && alter->def == NULL)
		operation->text = "drop default";
	if (alter->subtype == 'T' && alter->def != NULL) {
		guint word = iw_pg_find_word(reading, iw_pg_token_from(reading, reading->from), "default");
		const struct pg_token *token = &iw_pg_tokens(reading)[word];
		operation->expression =
			iw_pg_expression(reading, alter->def, token->offset + token->length, reading->to, NULL);
	}
	if (alter->subtype == 'C') {
		operation->constraint = iw_pg_constraint(reading, castNode(Constraint, alter->def), reading->to);
		operation->member = operation->constraint->name;
	}
	operation->definition = iw_pg_definition(reading);
}

static void read_owned_by(struct iw_sequence *sequence, struct reading *reading, const DefElem *option)
{
	List *names = castNode(List, option->arg);
	int length = list_length(names);
	if (length < 2) {
		/* OWNED BY NONE */
		sequence->owner_column = "";
		return;
	}
	sequence->owner_column = iw_arena_strdup(reading->arena, strVal(llast(names)));
	sequence->owner_table = iw_pg_list_name(reading, list_truncate(list_copy(names), length - 1));
}

static struct iw_sequence *read_sequence_options(struct reading *reading, const RangeVar *name, const List *options)
{
	ListCell *cell;
	struct iw_sequence *sequence = iw_new(reading->arena, struct iw_sequence);
	sequence->name = iw_pg_range_name(reading, name);
	foreach (cell, options) {
		const DefElem *option = lfirst_node(DefElem, cell);
		if (strcmp(option->defname, "owned_by") == 0)
			read_owned_by(sequence, reading, option);
		else if (strcmp(option->defname, "as") == 0)
			sequence->type = iw_pg_type(reading, castNode(TypeName, option->arg)).text;
	}
	sequence->options = iw_pg_sequence_options(reading, options);
	return sequence;
}

void iw_pg_read_sequence(struct reading *reading, Node *node)
{
	const CreateSeqStmt *create = (CreateSeqStmt *)node;
	struct iw_operation *operation = iw_pg_add(reading, IW_OP_CREATE_SEQUENCE);
	struct iw_sequence *sequence = read_sequence_options(reading, create->sequence, create->options);
	sequence->is_temporary = create->sequence->relpersistence == RELPERSISTENCE_TEMP;
	sequence->is_unlogged = create->sequence->relpersistence == RELPERSISTENCE_UNLOGGED;
	if (sequence->type == NULL)
		sequence->type = "bigint";
	operation->name = sequence->name;
	operation->sequence = sequence;
	operation->flags |= create->if_not_exists ? IW_IF_NOT_EXISTS : 0;
	operation->flags |= sequence->is_temporary ? IW_TEMPORARY : 0;
}

void iw_pg_read_alter_sequence(struct reading *reading, Node *node)
{
	const AlterSeqStmt *alter = (AlterSeqStmt *)node;
	struct iw_operation *operation = iw_pg_add(reading, IW_OP_ALTER_SEQUENCE);
	operation->sequence = read_sequence_options(reading, alter->sequence, alter->options);
	operation->name = operation->sequence->name;
	operation->flags |= alter->missing_ok ? IW_IF_EXISTS : 0;
	operation->definition = iw_pg_definition(reading);
}

void iw_pg_read_trigger(struct reading *reading, Node *node)
{
	const CreateTrigStmt *create = (CreateTrigStmt *)node;
	struct iw_operation *operation = iw_pg_add(reading, IW_OP_CREATE_TRIGGER);
	operation->name = iw_pg_range_name(reading, create->relation);
	operation->member = iw_arena_strdup(reading->arena, create->trigname);
	operation->flags |= create->replace ? IW_REPLACE : 0;
	operation->definition = iw_pg_definition(reading);
}

void iw_pg_read_policy(struct reading *reading, Node *node)
{
	const CreatePolicyStmt *create = (CreatePolicyStmt *)node;
	struct iw_operation *operation = iw_pg_add(reading, IW_OP_CREATE_POLICY);
	operation->name = iw_pg_range_name(reading, create->table);
	operation->member = iw_arena_strdup(reading->arena, create->policy_name);
	operation->definition = iw_pg_definition(reading);
}

void iw_pg_read_alter_policy(struct reading *reading, Node *node)
{
	const AlterPolicyStmt *alter = (AlterPolicyStmt *)node;
	struct iw_operation *operation = iw_pg_add(reading, IW_OP_ALTER_POLICY);
	operation->name = iw_pg_range_name(reading, alter->table);
	operation->member = iw_arena_strdup(reading->arena, alter->policy_name);
	operation->definition = iw_pg_definition(reading);
}

void iw_pg_read_rule(struct reading *reading, Node *node)
{
	const RuleStmt *create = (RuleStmt *)node;
	struct iw_operation *operation = iw_pg_add(reading, IW_OP_CREATE_RULE);
	operation->name = iw_pg_range_name(reading, create->relation);
	operation->member = iw_arena_strdup(reading->arena, create->rulename);
	operation->flags |= create->replace ? IW_REPLACE : 0;
	operation->definition = iw_pg_definition(reading);
}

/* --- kept by name and definition --- */

static struct iw_name plain(struct reading *reading, const char *name)
{
	return (struct iw_name){NULL, iw_arena_strdup(reading->arena, name)};
}

static bool is_input(const FunctionParameter *parameter)
{
	return parameter->mode != FUNC_PARAM_OUT && parameter->mode != FUNC_PARAM_TABLE;
}

/* "f(integer,text)": the input arguments, by which the catalogue tells overloads apart. */
static struct iw_name routine_name(struct reading *reading, const List *names, const List *parameters)
{
	ListCell *cell;
	struct iw_name name = iw_pg_list_name(reading, names);
	GString *out = g_string_new(name.name);
	g_string_append_c(out, '(');
	size_t start = out->len;
	foreach (cell, parameters) {
		const FunctionParameter *parameter = lfirst_node(FunctionParameter, cell);
		if (!is_input(parameter))
			continue;
		if (out->len > start)
			g_string_append_c(out, ',');
		g_string_append(out, iw_pg_type(reading, parameter->argType).text);
	}
	g_string_append_c(out, ')');
	name.name = iw_arena_strndup(reading->arena, out->str, out->len);
	g_string_free(out, TRUE);
	return name;
}

static void read_function(struct reading *reading, struct iw_operation *operation, const CreateFunctionStmt *create)
{
	ListCell *cell;
	operation->object_kind = create->is_procedure ? IW_OBJECT_PROCEDURE : IW_OBJECT_FUNCTION;
	operation->name = routine_name(reading, create->funcname, create->parameters);
	operation->flags |= create->replace ? IW_REPLACE : 0;
	operation->text = create->sql_body != NULL ? "sql" : NULL;
	foreach (cell, create->options) {
		const DefElem *option = lfirst_node(DefElem, cell);
		if (strcmp(option->defname, "language") == 0)
			operation->text = iw_pg_option_value(reading, option);
	}
}

static struct iw_name define_name(struct reading *reading, const DefineStmt *define)
{
	if (define->kind == OBJECT_AGGREGATE && !define->oldstyle && list_length(define->args) > 0 &&
	    linitial(define->args) != NULL && IsA(linitial(define->args), List))
		return routine_name(reading, define->defnames, linitial_node(List, define->args));
	return iw_pg_list_name(reading, define->defnames);
}

/* FOR TABLE a, b: `data` names them. */
static void name_published(struct reading *reading, struct iw_operation *operation, const CreatePublicationStmt *create)
{
	struct iw_data *data = iw_new(reading->arena, struct iw_data);
	ListCell *cell;
	operation->object_kind = IW_OBJECT_PUBLICATION;
	operation->name = plain(reading, create->pubname);
	*data = (struct iw_data){.reads = iw_arena_ptr_array(reading->arena), .is_bounded = true};
	foreach (cell, create->pubobjects) {
		const PublicationObjSpec *object = lfirst_node(PublicationObjSpec, cell);
		if (object->pubtable == NULL)
			continue;
		struct iw_name *name = iw_new(reading->arena, struct iw_name);
		*name = iw_pg_range_name(reading, object->pubtable->relation);
		g_ptr_array_add(data->reads, name);
	}
	if (data->reads->len > 0)
		operation->data = data;
}

static void name_statistics(struct reading *reading, struct iw_operation *operation, const CreateStatsStmt *create)
{
	ListCell *cell;
	operation->object_kind = IW_OBJECT_STATISTICS;
	if (reading->insertions == NULL) /* else not named by the author */
		operation->name = iw_pg_list_name(reading, create->defnames);
	foreach (cell, create->relations)
		if (IsA(lfirst(cell), RangeVar))
			operation->new_name = iw_pg_range_name(reading, lfirst_node(RangeVar, cell));
}

/* What CREATE SCHEMA holds lies in that schema. Tables and sequences are read; the rest has to stand by itself. */
static void read_schema_elements(struct reading *reading, struct iw_operation *operation,
				 const CreateSchemaStmt *create)
{
	ListCell *cell;
	const char *owner =
		create->authrole == NULL || create->authrole->rolename == NULL ? NULL : create->authrole->rolename;
	const char *name = iw_pg_quote(reading->arena, operation->name.name);
	operation->definition = owner == NULL ? iw_arena_printf(reading->arena, "CREATE SCHEMA %s", name)
					      : iw_arena_printf(reading->arena, "CREATE SCHEMA %s AUTHORIZATION %s",
								name, iw_pg_quote(reading->arena, owner));
	foreach (cell, create->schemaElts) {
		Node *element = lfirst(cell);
		if (IsA(element, CreateStmt)) {
			((CreateStmt *)element)->relation->schemaname = (char *)operation->name.name;
			iw_pg_read_create_table(reading, element);
		} else if (IsA(element, CreateSeqStmt)) {
			((CreateSeqStmt *)element)->sequence->schemaname = (char *)operation->name.name;
			iw_pg_read_sequence(reading, element);
		} else {
			iw_pg_add_opaque(reading, "a part of CREATE SCHEMA that is neither table nor sequence: "
						  "write it as a statement of its own");
		}
	}
}

static void read_schema(struct reading *reading, struct iw_operation *operation, const CreateSchemaStmt *create)
{
	operation->object_kind = IW_OBJECT_SCHEMA;
	operation->name = plain(reading, create->schemaname != NULL ? create->schemaname : create->authrole->rolename);
	operation->flags |= create->if_not_exists ? IW_IF_NOT_EXISTS : 0;
	if (create->schemaElts != NIL)
		read_schema_elements(reading, operation, create);
}

static bool has_slot(const List *options)
{
	ListCell *cell;
	foreach (cell, options) {
		const DefElem *option = lfirst_node(DefElem, cell);
		bool is_named = strcmp(option->defname, "create_slot") == 0 || strcmp(option->defname, "connect") == 0;
		if (!is_named || option->arg == NULL)
			continue;
		if (IsA(option->arg, Boolean)
			    ? !boolVal(option->arg)
			    : IsA(option->arg, String) && g_ascii_strcasecmp(strVal(option->arg), "false") == 0)
			return false;
	}
	return true;
}

static void name_object(struct reading *reading, struct iw_operation *operation, Node *node)
{
	bool *no_transaction = &reading->statement->needs_no_transaction;
	enum iw_object_kind *kind = &operation->object_kind;
	switch (nodeTag(node)) {
	case T_CreateFunctionStmt:
		read_function(reading, operation, (CreateFunctionStmt *)node);
		break;
	case T_CreateSchemaStmt:
		read_schema(reading, operation, (CreateSchemaStmt *)node);
		break;
	case T_CreateExtensionStmt:
		*kind = IW_OBJECT_EXTENSION;
		operation->name = plain(reading, ((CreateExtensionStmt *)node)->extname);
		operation->flags |= ((CreateExtensionStmt *)node)->if_not_exists ? IW_IF_NOT_EXISTS : 0;
		break;
	case T_CompositeTypeStmt:
		*kind = IW_OBJECT_TYPE;
		operation->name = iw_pg_range_name(reading, ((CompositeTypeStmt *)node)->typevar);
		break;
	case T_CreateRangeStmt:
		*kind = IW_OBJECT_TYPE;
		operation->name = iw_pg_list_name(reading, ((CreateRangeStmt *)node)->typeName);
		break;
	case T_DefineStmt:
		*kind = iw_pg_object_kind(((DefineStmt *)node)->kind);
		operation->name = define_name(reading, (DefineStmt *)node);
		operation->flags |= ((DefineStmt *)node)->if_not_exists ? IW_IF_NOT_EXISTS : 0;
		operation->flags |= ((DefineStmt *)node)->replace ? IW_REPLACE : 0;
		break;
	case T_CreateStatsStmt:
		name_statistics(reading, operation, (CreateStatsStmt *)node);
		operation->flags |= ((CreateStatsStmt *)node)->if_not_exists ? IW_IF_NOT_EXISTS : 0;
		break;
	case T_CreatePublicationStmt:
		name_published(reading, operation, (CreatePublicationStmt *)node);
		break;
	case T_CreateSubscriptionStmt:
		operation->name = plain(reading, ((CreateSubscriptionStmt *)node)->subname);
		*no_transaction |= has_slot(((CreateSubscriptionStmt *)node)->options);
		break;
	case T_CreateRoleStmt:
		*kind = IW_OBJECT_ROLE;
		operation->name = plain(reading, ((CreateRoleStmt *)node)->role);
		break;
	case T_CreatedbStmt:
		*kind = IW_OBJECT_DATABASE;
		operation->name = plain(reading, ((CreatedbStmt *)node)->dbname);
		*no_transaction = true;
		break;
	case T_CreateTableSpaceStmt:
		operation->name = plain(reading, ((CreateTableSpaceStmt *)node)->tablespacename);
		*no_transaction = true;
		break;
	case T_CreateEventTrigStmt:
		operation->name = plain(reading, ((CreateEventTrigStmt *)node)->trigname);
		break;
	case T_CreateForeignServerStmt:
		operation->name = plain(reading, ((CreateForeignServerStmt *)node)->servername);
		break;
	default:
		break;
	}
}

void iw_pg_read_object(struct reading *reading, Node *node)
{
	struct iw_operation *operation = iw_pg_add(reading, IW_OP_CREATE_OBJECT);
	operation->definition = iw_pg_definition(reading);
	name_object(reading, operation, node);
}

/* --- ALTER of what is kept by definition --- */

static void name_altered(struct reading *reading, struct iw_operation *operation, Node *node)
{
	switch (nodeTag(node)) {
	case T_AlterFunctionStmt:
		operation->object_kind = iw_pg_object_kind(((AlterFunctionStmt *)node)->objtype);
		iw_pg_function_name(reading, ((AlterFunctionStmt *)node)->func, &operation->name);
		break;
	case T_AlterExtensionStmt:
		operation->object_kind = IW_OBJECT_EXTENSION;
		operation->name = plain(reading, ((AlterExtensionStmt *)node)->extname);
		break;
	case T_AlterExtensionContentsStmt:
		operation->object_kind = IW_OBJECT_EXTENSION;
		operation->name = plain(reading, ((AlterExtensionContentsStmt *)node)->extname);
		break;
	case T_AlterPublicationStmt:
		operation->object_kind = IW_OBJECT_PUBLICATION;
		operation->name = plain(reading, ((AlterPublicationStmt *)node)->pubname);
		break;
	case T_AlterStatsStmt:
		operation->object_kind = IW_OBJECT_STATISTICS;
		operation->name = iw_pg_list_name(reading, ((AlterStatsStmt *)node)->defnames);
		break;
	case T_AlterRoleStmt:
		operation->object_kind = IW_OBJECT_ROLE;
		operation->name = plain(reading, ((AlterRoleStmt *)node)->role->rolename);
		break;
	case T_AlterRoleSetStmt:
		operation->object_kind = IW_OBJECT_ROLE;
		if (((AlterRoleSetStmt *)node)->role != NULL)
			operation->name = plain(reading, ((AlterRoleSetStmt *)node)->role->rolename);
		break;
	case T_AlterDatabaseStmt:
		operation->object_kind = IW_OBJECT_DATABASE;
		operation->name = plain(reading, ((AlterDatabaseStmt *)node)->dbname);
		break;
	case T_AlterDatabaseSetStmt:
		operation->object_kind = IW_OBJECT_DATABASE;
		operation->name = plain(reading, ((AlterDatabaseSetStmt *)node)->dbname);
		break;
	case T_AlterCollationStmt:
		operation->object_kind = IW_OBJECT_COLLATION;
		operation->name = iw_pg_list_name(reading, ((AlterCollationStmt *)node)->collname);
		break;
	case T_AlterTypeStmt:
		operation->object_kind = IW_OBJECT_TYPE;
		operation->name = iw_pg_list_name(reading, ((AlterTypeStmt *)node)->typeName);
		break;
	case T_AlterSubscriptionStmt:
		operation->name = plain(reading, ((AlterSubscriptionStmt *)node)->subname);
		reading->statement->needs_no_transaction |=
			((AlterSubscriptionStmt *)node)->kind == ALTER_SUBSCRIPTION_REFRESH;
		break;
	default:
		break;
	}
}

static bool moves_database(Node *node)
{
	ListCell *cell;
	if (!IsA(node, AlterDatabaseStmt))
		return false;
	foreach (cell, ((AlterDatabaseStmt *)node)->options)
		if (strcmp(lfirst_node(DefElem, cell)->defname, "tablespace") == 0)
			return true;
	return false;
}

void iw_pg_read_alter_object(struct reading *reading, Node *node)
{
	struct iw_operation *operation = iw_pg_add(reading, IW_OP_ALTER_OBJECT);
	operation->definition = iw_pg_definition(reading);
	operation->text = operation->definition;
	name_altered(reading, operation, node);
	reading->statement->needs_no_transaction |= IsA(node, AlterSystemStmt) || moves_database(node);
}
