/* Names and kinds of the objects that DROP, COMMENT, RENAME and GRANT speak of. */
#include "sql/postgres/tree.h"
#include "sql/postgres/quote.h"

#include <string.h>

enum iw_object_kind iw_pg_object_kind(ObjectType type)
{
	static const struct {
		ObjectType type;
		enum iw_object_kind kind;
	} kinds[] = {
		{OBJECT_TABLE, IW_OBJECT_TABLE},
		{OBJECT_FOREIGN_TABLE, IW_OBJECT_FOREIGN_TABLE},
		{OBJECT_COLUMN, IW_OBJECT_COLUMN},
		{OBJECT_ATTRIBUTE, IW_OBJECT_COLUMN},
		{OBJECT_TABCONSTRAINT, IW_OBJECT_CONSTRAINT},
		{OBJECT_DOMCONSTRAINT, IW_OBJECT_DOMAIN},
		{OBJECT_INDEX, IW_OBJECT_INDEX},
		{OBJECT_VIEW, IW_OBJECT_VIEW},
		{OBJECT_MATVIEW, IW_OBJECT_MATERIALIZED_VIEW},
		{OBJECT_SEQUENCE, IW_OBJECT_SEQUENCE},
		{OBJECT_DOMAIN, IW_OBJECT_DOMAIN},
		{OBJECT_TYPE, IW_OBJECT_TYPE},
		{OBJECT_FUNCTION, IW_OBJECT_FUNCTION},
		{OBJECT_ROUTINE, IW_OBJECT_FUNCTION},
		{OBJECT_PROCEDURE, IW_OBJECT_PROCEDURE},
		{OBJECT_AGGREGATE, IW_OBJECT_AGGREGATE},
		{OBJECT_TRIGGER, IW_OBJECT_TRIGGER},
		{OBJECT_POLICY, IW_OBJECT_POLICY},
		{OBJECT_RULE, IW_OBJECT_RULE},
		{OBJECT_EXTENSION, IW_OBJECT_EXTENSION},
		{OBJECT_SCHEMA, IW_OBJECT_SCHEMA},
		{OBJECT_DATABASE, IW_OBJECT_DATABASE},
		{OBJECT_ROLE, IW_OBJECT_ROLE},
		{OBJECT_PUBLICATION, IW_OBJECT_PUBLICATION},
		{OBJECT_STATISTIC_EXT, IW_OBJECT_STATISTICS},
		{OBJECT_COLLATION, IW_OBJECT_COLLATION},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
		if (kinds[i].type == type)
			return kinds[i].kind;
	return IW_OBJECT_OTHER;
}

static const char *argument_types(struct reading *reading, const ObjectWithArgs *function)
{
	ListCell *cell;
	GString *out = g_string_new("(");
	foreach (cell, function->objargs) {
		if (foreach_current_index(cell) > 0)
			g_string_append_c(out, ',');
		if (lfirst(cell) != NULL && IsA(lfirst(cell), TypeName))
			g_string_append(out, iw_pg_type(reading, lfirst_node(TypeName, cell)).text);
		else
			g_string_append(out, "NONE");
	}
	g_string_append_c(out, ')');
	const char *text = iw_arena_strdup(reading->arena, out->str);
	g_string_free(out, TRUE);
	return text;
}

const char *iw_pg_function_name(struct reading *reading, const ObjectWithArgs *function, struct iw_name *name)
{
	*name = iw_pg_list_name(reading, function->objname);
	if (!function->args_unspecified)
		name->name = iw_arena_printf(reading->arena, "%s%s", name->name, argument_types(reading, function));
	return name->name;
}

/* Lists that end in the part's own name: table.column, table.trigger. */
static struct iw_name part_name(struct reading *reading, const List *names, const char **member)
{
	*member = iw_arena_strdup(reading->arena, strVal(llast(names)));
	return iw_pg_list_name(reading, list_truncate(list_copy(names), list_length(names) - 1));
}

static bool is_part(ObjectType type)
{
	return type == OBJECT_COLUMN || type == OBJECT_TABCONSTRAINT || type == OBJECT_TRIGGER ||
	       type == OBJECT_POLICY || type == OBJECT_RULE;
}

/* ON DOMAIN: (type, constraint); TRANSFORM and OPERATOR CLASS: a list that starts with something else. */
static struct iw_name list_object_name(struct reading *reading, ObjectType type, const List *list, const char **member)
{
	if (list == NIL)
		return (struct iw_name){NULL, NULL};
	if (is_part(type) && IsA(llast(list), String))
		return part_name(reading, list, member);
	if (IsA(linitial(list), TypeName)) {
		if (list_length(list) > 1 && IsA(lsecond(list), String))
			*member = iw_arena_strdup(reading->arena, strVal(lsecond(list)));
		return iw_pg_list_name(reading, linitial_node(TypeName, list)->names);
	}
	if (IsA(llast(list), String))
		return iw_pg_list_name(reading, list);
	return (struct iw_name){NULL, NULL};
}

struct iw_name iw_pg_object_name(struct reading *reading, ObjectType type, Node *object, const char **member)
{
	struct iw_name name = {NULL, NULL};
	if (object == NULL)
		return name;
	switch (nodeTag(object)) {
	case T_String:
		name.name = iw_arena_strdup(reading->arena, strVal(object));
		return name;
	case T_TypeName:
		return iw_pg_list_name(reading, ((TypeName *)object)->names);
	case T_ObjectWithArgs:
		iw_pg_function_name(reading, (ObjectWithArgs *)object, &name);
		return name;
	case T_RangeVar:
		return iw_pg_range_name(reading, (RangeVar *)object);
	case T_List:
		return list_object_name(reading, type, (List *)object, member);
	case T_RoleSpec:
		name.name = iw_arena_strdup(reading->arena, ((RoleSpec *)object)->rolename);
		return name;
	default:
		return name;
	}
}

static enum iw_operation_kind drop_kind(ObjectType type)
{
	switch (type) {
	case OBJECT_TABLE:
	case OBJECT_FOREIGN_TABLE:
		return IW_OP_DROP_TABLE;
	case OBJECT_INDEX:
		return IW_OP_DROP_INDEX;
	case OBJECT_TRIGGER:
		return IW_OP_DROP_TRIGGER;
	case OBJECT_POLICY:
		return IW_OP_DROP_POLICY;
	default:
		return IW_OP_DROP_OBJECT;
	}
}

/* Kinds whose DROP cannot be written from name and kind alone. */
static bool is_structured_drop(ObjectType type)
{
	return type != OBJECT_RULE && iw_pg_object_kind(type) != IW_OBJECT_OTHER && type != OBJECT_ROUTINE;
}

/* Several objects: each at its own name. */
static void place_each(struct reading *reading, guint first_operation)
{
	GPtrArray *operations = reading->statement->operations;
	const struct pg_token *tokens = iw_pg_tokens(reading);
	guint start = iw_pg_token_from(reading, reading->from);
	for (guint i = first_operation; i < operations->len; i++) {
		size_t end = MIN(iw_pg_element_end(reading, start), reading->to);
		iw_pg_set_place(reading, g_ptr_array_index(operations, i), tokens[start].offset, end);
		guint next = iw_pg_token_from(reading, end);
		start = tokens[next].kind == PG_TOKEN_END ? next : next + 1;
	}
}

void iw_pg_read_drop(struct reading *reading, Node *node)
{
	const DropStmt *drop = (DropStmt *)node;
	ListCell *cell;
	guint first = reading->statement->operations->len;
	foreach (cell, drop->objects) {
		struct iw_operation *operation = iw_pg_add(reading, drop_kind(drop->removeType));
		operation->object_kind = iw_pg_object_kind(drop->removeType);
		operation->name = iw_pg_object_name(reading, drop->removeType, lfirst(cell), &operation->member);
		operation->flags |= drop->missing_ok ? IW_IF_EXISTS : 0;
		operation->flags |= drop->behavior == DROP_CASCADE ? IW_CASCADED : 0;
		operation->flags |= drop->concurrent ? IW_CONCURRENTLY : 0;
		if (!is_structured_drop(drop->removeType))
			operation->definition = iw_pg_definition(reading);
	}
	reading->statement->needs_no_transaction |= drop->concurrent;
	if (list_length(drop->objects) > 1)
		place_each(reading, first);
}

void iw_pg_read_comment(struct reading *reading, Node *node)
{
	const CommentStmt *comment = (CommentStmt *)node;
	struct iw_operation *operation = iw_pg_add(reading, IW_OP_COMMENT);
	operation->object_kind = iw_pg_object_kind(comment->objtype);
	operation->name = iw_pg_object_name(reading, comment->objtype, comment->object, &operation->member);
	operation->text = iw_arena_strdup(reading->arena, comment->comment);
	if (operation->name.name == NULL ||
	    (comment->objtype != OBJECT_TABLE && comment->objtype != OBJECT_COLUMN && comment->objtype != OBJECT_INDEX))
		operation->definition = iw_pg_definition(reading);
}

static void read_grant_target(struct reading *reading, struct iw_operation *operation, const GrantStmt *grant)
{
	operation->object_kind = iw_pg_object_kind(grant->objtype);
	operation->text = grant->is_grant ? "grant" : "revoke";
	if (grant->targtype == ACL_TARGET_OBJECT && grant->objects != NIL)
		operation->name =
			iw_pg_object_name(reading, grant->objtype, linitial(grant->objects), &operation->member);
}

void iw_pg_read_grant(struct reading *reading, Node *node)
{
	struct iw_operation *operation = iw_pg_add(reading, IW_OP_GRANT);
	operation->definition = iw_pg_definition(reading);
	if (IsA(node, GrantStmt)) {
		read_grant_target(reading, operation, (GrantStmt *)node);
	} else if (IsA(node, GrantRoleStmt)) {
		operation->object_kind = IW_OBJECT_ROLE;
		operation->text = ((GrantRoleStmt *)node)->is_grant ? "grant" : "revoke";
	} else {
		operation->object_kind = IW_OBJECT_OTHER;
		operation->text = "default privileges";
	}
}
