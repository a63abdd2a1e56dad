/* Settings, transactions, locks, maintenance, and what cannot be read because it is code. */
#include "sql/postgres/tree.h"

#include <string.h>

static const char *set_value(struct reading *reading, const List *arguments)
{
	ListCell *cell;
	GString *out = g_string_new(NULL);
	foreach (cell, arguments) {
		Node *argument = lfirst(cell);
		while (IsA(argument, TypeCast))
			argument = ((TypeCast *)argument)->arg;
		if (out->len > 0)
			g_string_append(out, ", ");
		if (!IsA(argument, A_Const))
			continue;
		const A_Const *constant = (A_Const *)argument;
		if (IsA(&constant->val.node, Integer))
			g_string_append_printf(out, "%d", constant->val.ival.ival);
		else if (IsA(&constant->val.node, Float))
			g_string_append(out, constant->val.fval.fval);
		else if (IsA(&constant->val.node, String))
			g_string_append(out, constant->val.sval.sval);
	}
	const char *text = iw_arena_strdup(reading->arena, out->str);
	g_string_free(out, TRUE);
	return text;
}

static struct iw_operation *add_set(struct reading *reading, const char *name)
{
	struct iw_operation *operation = iw_pg_add(reading, IW_OP_SET);
	g_autofree char *lower = g_ascii_strdown(name, -1);
	operation->member = iw_arena_strdup(reading->arena, lower);
	operation->definition = iw_pg_definition(reading);
	return operation;
}

void iw_pg_read_set(struct reading *reading, Node *node)
{
	const VariableSetStmt *set = (VariableSetStmt *)node;
	struct iw_operation *operation = add_set(reading, set->name == NULL ? "all" : set->name);
	operation->flags |= set->is_local ? IW_LOCAL : 0;
	switch (set->kind) {
	case VAR_SET_VALUE:
		operation->text = set_value(reading, set->args);
		break;
	case VAR_SET_MULTI:
		operation->text = operation->definition;
		break;
	case VAR_SET_CURRENT:
		operation->text = "current";
		break;
	default: /* to the default: no text */
		break;
	}
}

void iw_pg_read_show(struct reading *reading, Node *node G_GNUC_UNUSED)
{
	struct iw_operation *operation = iw_pg_add(reading, IW_OP_SELECT);
	operation->data = iw_new(reading->arena, struct iw_data);
	((struct iw_data *)operation->data)->is_bounded = true;
	operation->definition = iw_pg_definition(reading);
}

/* The modes of BEGIN as SET TRANSACTION takes them: "ISOLATION LEVEL repeatable read, READ ONLY"; NULL: none. */
static const char *transaction_modes(struct reading *reading, const List *options)
{
	static const struct {
		const char *name, *yes, *no; /* no NULL: a text follows `yes` */
	} modes[] = {
		{"transaction_isolation", "ISOLATION LEVEL ", NULL},
		{"transaction_read_only", "READ ONLY", "READ WRITE"},
		{"transaction_deferrable", "DEFERRABLE", "NOT DEFERRABLE"},
	};
	g_autoptr(GString) out = g_string_new(NULL);
	ListCell *cell;
	foreach (cell, options) {
		const DefElem *option = lfirst_node(DefElem, cell);
		const A_Const *value = (const A_Const *)option->arg;
		for (size_t i = 0; i < G_N_ELEMENTS(modes); i++) {
			if (strcmp(option->defname, modes[i].name) != 0)
				continue;
			bool is_text = modes[i].no == NULL;
			bool is_yes = is_text || value->val.ival.ival != 0;
			g_string_append_printf(out, "%s%s%s", out->len > 0 ? ", " : "",
					       is_yes ? modes[i].yes : modes[i].no,
					       is_text ? value->val.sval.sval : "");
		}
	}
	return out->len == 0 ? NULL : iw_arena_strdup(reading->arena, out->str);
}

void iw_pg_read_transaction(struct reading *reading, Node *node)
{
	static const char *const words[] = {
		[TRANS_STMT_BEGIN] = "begin",
		[TRANS_STMT_START] = "begin",
		[TRANS_STMT_COMMIT] = "commit",
		[TRANS_STMT_ROLLBACK] = "rollback",
		[TRANS_STMT_SAVEPOINT] = "savepoint",
		[TRANS_STMT_RELEASE] = "release",
		[TRANS_STMT_ROLLBACK_TO] = "rollback to",
		[TRANS_STMT_PREPARE] = "prepare",
		[TRANS_STMT_COMMIT_PREPARED] = "commit prepared",
		[TRANS_STMT_ROLLBACK_PREPARED] = "rollback prepared",
	};
	const TransactionStmt *transaction = (TransactionStmt *)node;
	struct iw_operation *operation = iw_pg_add(reading, IW_OP_TRANSACTION);
	operation->text = words[transaction->kind];
	operation->member = transaction->kind == TRANS_STMT_BEGIN || transaction->kind == TRANS_STMT_START
				    ? transaction_modes(reading, transaction->options)
				    : iw_arena_strdup(reading->arena, transaction->savepoint_name);
	operation->definition = iw_pg_definition(reading);
	if (transaction->kind == TRANS_STMT_COMMIT_PREPARED || transaction->kind == TRANS_STMT_ROLLBACK_PREPARED)
		reading->statement->needs_no_transaction = true;
}

void iw_pg_read_lock(struct reading *reading, Node *node)
{
	static const char *const modes[] = {
		NULL,	 "ACCESS SHARE",	"ROW SHARE", "ROW EXCLUSIVE",	 "SHARE UPDATE EXCLUSIVE",
		"SHARE", "SHARE ROW EXCLUSIVE", "EXCLUSIVE", "ACCESS EXCLUSIVE",
	};
	const LockStmt *lock = (LockStmt *)node;
	ListCell *cell;
	foreach (cell, lock->relations) {
		struct iw_operation *operation = iw_pg_add(reading, IW_OP_LOCK_TABLE);
		operation->name = iw_pg_range_name(reading, lfirst_node(RangeVar, cell));
		operation->flags |= lfirst_node(RangeVar, cell)->inh ? 0 : IW_ONLY;
		operation->text = modes[CLAMP(lock->mode, 0, (int)G_N_ELEMENTS(modes) - 1)];
		operation->definition = iw_pg_definition(reading);
	}
}

static bool has_option(const List *options, const char *name)
{
	ListCell *cell;
	foreach (cell, options) {
		const DefElem *option = lfirst_node(DefElem, cell);
		if (strcmp(option->defname, name) != 0)
			continue;
		if (option->arg != NULL && IsA(option->arg, String))
			return g_ascii_strcasecmp(strVal(option->arg), "false") != 0 &&
			       g_ascii_strcasecmp(strVal(option->arg), "off") != 0;
		if (option->arg != NULL && IsA(option->arg, Integer))
			return intVal(option->arg) != 0;
		return option->arg == NULL || !IsA(option->arg, Boolean) || boolVal(option->arg);
	}
	return false;
}

void iw_pg_read_vacuum(struct reading *reading, Node *node)
{
	const VacuumStmt *vacuum = (VacuumStmt *)node;
	enum iw_operation_kind kind = !vacuum->is_vacuumcmd		    ? IW_OP_ANALYZE
				      : has_option(vacuum->options, "full") ? IW_OP_REBUILD_TABLE
									    : IW_OP_VACUUM;
	ListCell *cell;
	reading->statement->needs_no_transaction |= vacuum->is_vacuumcmd;
	if (vacuum->rels == NIL)
		iw_pg_add(reading, kind)->definition = iw_pg_definition(reading);
	foreach (cell, vacuum->rels) {
		struct iw_operation *operation = iw_pg_add(reading, kind);
		operation->name = iw_pg_range_name(reading, lfirst_node(VacuumRelation, cell)->relation);
		operation->definition = iw_pg_definition(reading);
	}
}

void iw_pg_read_reindex(struct reading *reading, Node *node)
{
	static const enum iw_object_kind kinds[] = {
		[REINDEX_OBJECT_INDEX] = IW_OBJECT_INDEX,	[REINDEX_OBJECT_TABLE] = IW_OBJECT_TABLE,
		[REINDEX_OBJECT_SCHEMA] = IW_OBJECT_SCHEMA,	[REINDEX_OBJECT_SYSTEM] = IW_OBJECT_DATABASE,
		[REINDEX_OBJECT_DATABASE] = IW_OBJECT_DATABASE,
	};
	const ReindexStmt *reindex = (ReindexStmt *)node;
	struct iw_operation *operation = iw_pg_add(reading, IW_OP_REINDEX);
	bool is_concurrent = has_option(reindex->params, "concurrently");
	bool is_many = reindex->kind != REINDEX_OBJECT_INDEX && reindex->kind != REINDEX_OBJECT_TABLE;
	operation->object_kind = kinds[reindex->kind];
	operation->name = reindex->relation != NULL
				  ? iw_pg_range_name(reading, reindex->relation)
				  : (struct iw_name){NULL, iw_arena_strdup(reading->arena, reindex->name)};
	if (reading->insertions != NULL) /* the current database, without its name */
		operation->name.name = NULL;
	operation->flags |= is_concurrent ? IW_CONCURRENTLY : 0;
	operation->definition = iw_pg_definition(reading);
	reading->statement->needs_no_transaction |= is_concurrent || is_many;
}

void iw_pg_read_cluster(struct reading *reading, Node *node)
{
	const ClusterStmt *cluster = (ClusterStmt *)node;
	struct iw_operation *operation = iw_pg_add(reading, IW_OP_REBUILD_TABLE);
	operation->name = iw_pg_range_name(reading, cluster->relation);
	operation->definition = iw_pg_definition(reading);
	reading->statement->needs_no_transaction |= cluster->relation == NULL;
}

void iw_pg_read_refresh(struct reading *reading, Node *node)
{
	const RefreshMatViewStmt *refresh = (RefreshMatViewStmt *)node;
	struct iw_operation *operation = iw_pg_add(reading, IW_OP_REFRESH_MATERIALIZED_VIEW);
	operation->name = iw_pg_range_name(reading, refresh->relation);
	operation->flags |= refresh->concurrent ? IW_CONCURRENTLY : 0;
	operation->definition = iw_pg_definition(reading);
}

static void add_drop(struct reading *reading, enum iw_object_kind kind, const char *name, bool is_missing_ok)
{
	struct iw_operation *operation = iw_pg_add(reading, IW_OP_DROP_OBJECT);
	operation->object_kind = kind;
	operation->name.name = iw_arena_strdup(reading->arena, name);
	operation->flags |= is_missing_ok ? IW_IF_EXISTS : 0;
	if (kind != IW_OBJECT_ROLE)
		operation->definition = iw_pg_definition(reading);
}

static void read_drop_role(struct reading *reading, const DropRoleStmt *drop)
{
	ListCell *cell;
	foreach (cell, drop->roles)
		add_drop(reading, IW_OBJECT_ROLE, lfirst_node(RoleSpec, cell)->rolename, drop->missing_ok);
}

/* EXPLAIN runs nothing, EXPLAIN ANALYZE does. */
static void read_explain(struct reading *reading, const ExplainStmt *explain)
{
	if (has_option(explain->options, "analyze") && !IsA(explain->query, SelectStmt))
		iw_pg_add_opaque(reading, "EXPLAIN ANALYZE runs its statement");
	else
		iw_pg_read_show(reading, NULL);
}

static void read_call(struct reading *reading, const CallStmt *call)
{
	struct iw_name name = iw_pg_list_name(reading, call->funccall->funcname);
	iw_pg_add_opaque(reading,
			 iw_arena_printf(reading->arena,
					 "CALL of procedure %s: what it does is only known when it runs", name.name));
}

void iw_pg_read_other(struct reading *reading, Node *node)
{
	switch (nodeTag(node)) {
	case T_ExplainStmt:
		read_explain(reading, (ExplainStmt *)node);
		break;
	case T_CallStmt:
		read_call(reading, (CallStmt *)node);
		break;
	case T_DropRoleStmt:
		read_drop_role(reading, (DropRoleStmt *)node);
		break;
	case T_DropdbStmt:
		add_drop(reading, IW_OBJECT_DATABASE, ((DropdbStmt *)node)->dbname, ((DropdbStmt *)node)->missing_ok);
		reading->statement->needs_no_transaction = true;
		break;
	case T_DropTableSpaceStmt:
		add_drop(reading, IW_OBJECT_OTHER, ((DropTableSpaceStmt *)node)->tablespacename,
			 ((DropTableSpaceStmt *)node)->missing_ok);
		reading->statement->needs_no_transaction = true;
		break;
	case T_DropSubscriptionStmt:
		add_drop(reading, IW_OBJECT_OTHER, ((DropSubscriptionStmt *)node)->subname,
			 ((DropSubscriptionStmt *)node)->missing_ok);
		reading->statement->needs_no_transaction = true;
		break;
	case T_DropUserMappingStmt:
		add_drop(reading, IW_OBJECT_OTHER, ((DropUserMappingStmt *)node)->servername,
			 ((DropUserMappingStmt *)node)->missing_ok);
		break;
	case T_ConstraintsSetStmt:
		add_set(reading, "constraints")->text = iw_pg_definition(reading);
		break;
	case T_DiscardStmt:
		add_set(reading, "discard");
		break;
	case T_PrepareStmt:
	case T_ExecuteStmt:
		iw_pg_add_opaque(reading, "a prepared statement: what it does is only known when it is executed");
		break;
	case T_ImportForeignSchemaStmt:
		iw_pg_add_opaque(reading, "IMPORT FOREIGN SCHEMA: which tables it makes only the other server knows");
		break;
	case T_DropOwnedStmt:
		iw_pg_add_opaque(reading, "DROP OWNED: which objects it drops only the server knows");
		break;
	case T_ReassignOwnedStmt:
		iw_pg_add_opaque(reading, "REASSIGN OWNED: which objects it touches only the server knows");
		break;
	case T_AlterTableMoveAllStmt:
		iw_pg_add_opaque(reading, "ALTER ... ALL IN TABLESPACE: which tables it moves only the server knows");
		break;
	case T_ListenStmt:
	case T_UnlistenStmt:
	case T_NotifyStmt:
	case T_CheckPointStmt:
	case T_DeallocateStmt:
	case T_DeclareCursorStmt:
	case T_FetchStmt:
	case T_ClosePortalStmt:
		iw_pg_read_show(reading, NULL);
		break;
	default:
		iw_pg_add_opaque(reading, "a kind of statement that Inchworm does not know");
		break;
	}
}
