/* INSERT, UPDATE, DELETE, MERGE, TRUNCATE, COPY and queries: which table, which columns, how many rows. */
#include "sql/postgres/tree.h"

#include <string.h>

#define MAX_DEPTH 1000

/* What a walk over a query finds. */
struct walk {
	struct reading *reading;
	GPtrArray *reads;     /* struct iw_name * */
	GPtrArray *functions; /* char * */
	GPtrArray *common;    /* const char *: names of WITH queries, which are no tables */
	bool has_limit, locks_rows;
	int depth;
};

static void walk_node(struct walk *walk, Node *node);

static void walk_list(struct walk *walk, const List *list)
{
	ListCell *cell;
	foreach (cell, list)
		walk_node(walk, lfirst(cell));
}

static void add_table(struct walk *walk, const RangeVar *range)
{
	for (guint i = 0; range->schemaname == NULL && i < walk->common->len; i++)
		if (strcmp(g_ptr_array_index(walk->common, i), range->relname) == 0)
			return;
	for (guint i = 0; i < walk->reads->len && i < MAX_DEPTH; i++) {
		const struct iw_name *known = g_ptr_array_index(walk->reads, i);
		if (strcmp(known->name, range->relname) == 0 && g_strcmp0(known->schema, range->schemaname) == 0)
			return;
	}
	struct iw_name *name = iw_new(walk->reading->arena, struct iw_name);
	*name = iw_pg_range_name(walk->reading, range);
	g_ptr_array_add(walk->reads, name);
}

static void add_function(struct walk *walk, const FuncCall *call)
{
	struct iw_name name = iw_pg_list_name(walk->reading, call->funcname);
	bool is_plain = name.schema == NULL || strcmp(name.schema, "pg_catalog") == 0;
	const char *text =
		is_plain ? name.name : iw_arena_printf(walk->reading->arena, "%s.%s", name.schema, name.name);
	g_ptr_array_add(walk->functions, (char *)text);
}

static void walk_with(struct walk *walk, const WithClause *with)
{
	ListCell *cell;
	if (with == NULL)
		return;
	foreach (cell, with->ctes)
		g_ptr_array_add(walk->common, lfirst_node(CommonTableExpr, cell)->ctename);
	foreach (cell, with->ctes)
		walk_node(walk, lfirst_node(CommonTableExpr, cell)->ctequery);
}

static void walk_select(struct walk *walk, const SelectStmt *select)
{
	walk_with(walk, select->withClause);
	walk->has_limit |= select->limitCount != NULL;
	walk->locks_rows |= select->lockingClause != NULL;
	walk_list(walk, select->distinctClause);
	walk_list(walk, select->targetList);
	walk_list(walk, select->fromClause);
	walk_node(walk, select->whereClause);
	walk_list(walk, select->groupClause);
	walk_node(walk, select->havingClause);
	walk_list(walk, select->windowClause);
	walk_list(walk, select->valuesLists);
	walk_list(walk, select->sortClause);
	walk_node(walk, select->limitOffset);
	walk_node(walk, select->limitCount);
	walk_node(walk, (Node *)select->larg);
	walk_node(walk, (Node *)select->rarg);
}

static void walk_function(struct walk *walk, const FuncCall *call)
{
	add_function(walk, call);
	walk_list(walk, call->args);
	walk_list(walk, call->agg_order);
	walk_node(walk, call->agg_filter);
	walk_node(walk, (Node *)call->over);
}

static void walk_expression(struct walk *walk, Node *node)
{
	switch (nodeTag(node)) {
	case T_A_Expr:
		walk_node(walk, ((A_Expr *)node)->lexpr);
		walk_node(walk, ((A_Expr *)node)->rexpr);
		break;
	case T_BoolExpr:
		walk_list(walk, ((BoolExpr *)node)->args);
		break;
	case T_TypeCast:
		walk_node(walk, ((TypeCast *)node)->arg);
		break;
	case T_FuncCall:
		walk_function(walk, (FuncCall *)node);
		break;
	case T_NullTest:
		walk_node(walk, (Node *)((NullTest *)node)->arg);
		break;
	case T_BooleanTest:
		walk_node(walk, (Node *)((BooleanTest *)node)->arg);
		break;
	case T_CaseExpr:
		walk_node(walk, (Node *)((CaseExpr *)node)->arg);
		walk_list(walk, ((CaseExpr *)node)->args);
		walk_node(walk, (Node *)((CaseExpr *)node)->defresult);
		break;
	case T_CaseWhen:
		walk_node(walk, (Node *)((CaseWhen *)node)->expr);
		walk_node(walk, (Node *)((CaseWhen *)node)->result);
		break;
	case T_CoalesceExpr:
		walk_list(walk, ((CoalesceExpr *)node)->args);
		break;
	case T_MinMaxExpr:
		walk_list(walk, ((MinMaxExpr *)node)->args);
		break;
	case T_RowExpr:
		walk_list(walk, ((RowExpr *)node)->args);
		break;
	case T_A_ArrayExpr:
		walk_list(walk, ((A_ArrayExpr *)node)->elements);
		break;
	case T_A_Indirection:
		walk_node(walk, ((A_Indirection *)node)->arg);
		walk_list(walk, ((A_Indirection *)node)->indirection);
		break;
	case T_A_Indices:
		walk_node(walk, ((A_Indices *)node)->lidx);
		walk_node(walk, ((A_Indices *)node)->uidx);
		break;
	case T_CollateClause:
		walk_node(walk, ((CollateClause *)node)->arg);
		break;
	case T_NamedArgExpr:
		walk_node(walk, (Node *)((NamedArgExpr *)node)->arg);
		break;
	case T_XmlExpr:
		walk_list(walk, ((XmlExpr *)node)->args);
		walk_list(walk, ((XmlExpr *)node)->named_args);
		break;
	case T_SubLink:
		walk_node(walk, ((SubLink *)node)->testexpr);
		walk_node(walk, ((SubLink *)node)->subselect);
		break;
	default:
		break;
	}
}

static void walk_window(struct walk *walk, const WindowDef *window)
{
	walk_list(walk, window->partitionClause);
	walk_list(walk, window->orderClause);
	walk_node(walk, window->startOffset);
	walk_node(walk, window->endOffset);
}

static void walk_any(struct walk *walk, Node *node)
{
	switch (nodeTag(node)) {
	case T_List:
		walk_list(walk, (List *)node);
		break;
	case T_SelectStmt:
		walk_select(walk, (SelectStmt *)node);
		break;
	case T_RangeVar:
		add_table(walk, (RangeVar *)node);
		break;
	case T_JoinExpr:
		walk_node(walk, ((JoinExpr *)node)->larg);
		walk_node(walk, ((JoinExpr *)node)->rarg);
		walk_node(walk, ((JoinExpr *)node)->quals);
		break;
	case T_RangeSubselect:
		walk_node(walk, ((RangeSubselect *)node)->subquery);
		break;
	case T_RangeFunction:
		walk_list(walk, ((RangeFunction *)node)->functions);
		break;
	case T_RangeTableSample:
		walk_node(walk, ((RangeTableSample *)node)->relation);
		walk_list(walk, ((RangeTableSample *)node)->args);
		break;
	case T_ResTarget:
		walk_node(walk, ((ResTarget *)node)->val);
		break;
	case T_MultiAssignRef:
		walk_node(walk, ((MultiAssignRef *)node)->source);
		break;
	case T_SortBy:
		walk_node(walk, ((SortBy *)node)->node);
		break;
	case T_WindowDef:
		walk_window(walk, (WindowDef *)node);
		break;
	case T_InsertStmt:
		walk_with(walk, ((InsertStmt *)node)->withClause);
		walk_node(walk, ((InsertStmt *)node)->selectStmt);
		break;
	case T_UpdateStmt:
		walk_with(walk, ((UpdateStmt *)node)->withClause);
		walk_list(walk, ((UpdateStmt *)node)->targetList);
		walk_list(walk, ((UpdateStmt *)node)->fromClause);
		walk_node(walk, ((UpdateStmt *)node)->whereClause);
		break;
	case T_DeleteStmt:
		walk_with(walk, ((DeleteStmt *)node)->withClause);
		walk_list(walk, ((DeleteStmt *)node)->usingClause);
		walk_node(walk, ((DeleteStmt *)node)->whereClause);
		break;
	default:
		walk_expression(walk, node);
		break;
	}
}

static void walk_node(struct walk *walk, Node *node)
{
	if (node == NULL || walk->depth >= MAX_DEPTH)
		return;
	walk->depth++;
	walk_any(walk, node);
	walk->depth--;
}

/* --- what a WHERE says --- */

static Node *strip_casts(Node *node)
{
	while (node != NULL && IsA(node, TypeCast))
		node = ((TypeCast *)node)->arg;
	return node;
}

static bool is_equals(const A_Expr *expression)
{
	return expression->kind == AEXPR_OP && expression->lexpr != NULL && list_length(expression->name) == 1 &&
	       strcmp(strVal(linitial(expression->name)), "=") == 0;
}

/* -1 false, 0 unknown, 1 true, of two constants that are the same or not. */
static int compare_constants(Node *left, Node *right)
{
	left = strip_casts(left);
	right = strip_casts(right);
	if (left == NULL || right == NULL || !IsA(left, A_Const) || !IsA(right, A_Const))
		return 0;
	const A_Const *a = (A_Const *)left;
	const A_Const *b = (A_Const *)right;
	if (a->isnull || b->isnull || nodeTag(&a->val.node) != nodeTag(&b->val.node))
		return 0;
	if (IsA(&a->val.node, Integer))
		return a->val.ival.ival == b->val.ival.ival ? 1 : -1;
	if (IsA(&a->val.node, String))
		return strcmp(a->val.sval.sval, b->val.sval.sval) == 0 ? 1 : -1;
	return 0;
}

static bool is_tautology(Node *node, int depth)
{
	ListCell *cell;
	node = strip_casts(node);
	if (node == NULL || depth > 50)
		return false;
	if (IsA(node, A_Const))
		return !((A_Const *)node)->isnull && IsA(&((A_Const *)node)->val.node, Boolean) &&
		       ((A_Const *)node)->val.boolval.boolval;
	if (IsA(node, A_Expr))
		return is_equals((A_Expr *)node) &&
		       compare_constants(((A_Expr *)node)->lexpr, ((A_Expr *)node)->rexpr) == 1;
	if (!IsA(node, BoolExpr) || ((BoolExpr *)node)->boolop == NOT_EXPR)
		return false;
	bool is_and = ((BoolExpr *)node)->boolop == AND_EXPR;
	foreach (cell, ((BoolExpr *)node)->args)
		if (is_tautology(lfirst(cell), depth + 1) != is_and)
			return !is_and;
	return is_and;
}

/* The table whose rows a WHERE restricts. */
struct target {
	const char *name; /* alias, or its own name */
	bool is_alone;	  /* no other table stands beside it */
};

/* One value that does not come from the row itself. */
static bool is_value(Node *node)
{
	node = strip_casts(node);
	if (node == NULL)
		return false;
	if (IsA(node, A_Const))
		return !((A_Const *)node)->isnull;
	if (IsA(node, SubLink))
		return ((SubLink *)node)->subLinkType == EXPR_SUBLINK;
	return IsA(node, ParamRef);
}

static const char *target_column(Node *node, const struct target *target)
{
	node = strip_casts(node);
	if (node == NULL || !IsA(node, ColumnRef))
		return NULL;
	const List *fields = ((ColumnRef *)node)->fields;
	if (!IsA(llast(fields), String))
		return NULL;
	if (list_length(fields) == 1)
		return target->is_alone ? strVal(llast(fields)) : NULL;
	const Node *qualifier = list_nth(fields, list_length(fields) - 2);
	return IsA(qualifier, String) && strcmp(strVal(qualifier), target->name) == 0 ? strVal(llast(fields)) : NULL;
}

static bool are_values(const List *list)
{
	ListCell *cell;
	foreach (cell, list)
		if (!is_value(lfirst(cell)))
			return false;
	return true;
}

static const char *equal_column(const A_Expr *expression, const struct target *target)
{
	if (expression->kind == AEXPR_IN && strcmp(strVal(linitial(expression->name)), "=") == 0)
		return are_values((List *)expression->rexpr) ? target_column(expression->lexpr, target) : NULL;
	if (expression->kind == AEXPR_OP_ANY && strcmp(strVal(llast(expression->name)), "=") == 0) {
		Node *array = strip_casts(expression->rexpr);
		bool is_array =
			array != NULL && IsA(array, A_ArrayExpr) && are_values(((A_ArrayExpr *)array)->elements);
		return is_array ? target_column(expression->lexpr, target) : NULL;
	}
	if (!is_equals(expression))
		return NULL;
	if (is_value(expression->rexpr))
		return target_column(expression->lexpr, target);
	return is_value(expression->lexpr) ? target_column(expression->rexpr, target) : NULL;
}

static void collect_equals(struct reading *reading, Node *node, const struct target *target, GPtrArray *equals,
			   int depth)
{
	ListCell *cell;
	if (node == NULL || depth > 50)
		return;
	if (IsA(node, BoolExpr) && ((BoolExpr *)node)->boolop == AND_EXPR) {
		foreach (cell, ((BoolExpr *)node)->args)
			collect_equals(reading, lfirst(cell), target, equals, depth + 1);
		return;
	}
	const char *column = IsA(node, A_Expr) ? equal_column((A_Expr *)node, target) : NULL;
	if (column != NULL)
		g_ptr_array_add(equals, iw_arena_strdup(reading->arena, column));
}

/* --- the operations --- */

static struct walk new_walk(struct reading *reading)
{
	return (struct walk){.reading = reading,
			     .reads = iw_arena_ptr_array(reading->arena),
			     .functions = iw_arena_ptr_array(reading->arena),
			     .common = iw_arena_ptr_array(reading->arena)};
}

static void take(struct iw_data *data, const struct walk *walk)
{
	if (walk->reads->len > 0)
		data->reads = walk->reads;
	if (walk->functions->len > 0)
		data->functions = walk->functions;
	data->locks_rows = walk->locks_rows;
}

struct iw_data *iw_pg_query_data(struct reading *reading, Node *query)
{
	struct iw_data *data = iw_new(reading->arena, struct iw_data);
	struct walk walk = new_walk(reading);
	walk_node(&walk, query);
	take(data, &walk);
	if (query != NULL && IsA(query, SelectStmt))
		data->has_where = ((SelectStmt *)query)->whereClause != NULL;
	data->has_limit = walk.has_limit;
	data->is_bounded = data->reads == NULL || data->has_limit;
	return data;
}

static void read_changing_query(struct reading *reading, Node *node)
{
	switch (nodeTag(node)) {
	case T_InsertStmt:
		iw_pg_read_insert(reading, node);
		break;
	case T_UpdateStmt:
		iw_pg_read_update(reading, node);
		break;
	case T_DeleteStmt:
		iw_pg_read_delete(reading, node);
		break;
	default:
		break;
	}
}

/* WITH queries that change rows are operations of their own, before the statement's. */
static void read_with(struct reading *reading, const WithClause *with)
{
	ListCell *cell;
	if (with == NULL)
		return;
	foreach (cell, with->ctes)
		read_changing_query(reading, lfirst_node(CommonTableExpr, cell)->ctequery);
}

static GPtrArray *target_columns(struct reading *reading, const List *targets)
{
	ListCell *cell;
	if (targets == NIL)
		return NULL;
	GPtrArray *columns = iw_arena_ptr_array(reading->arena);
	foreach (cell, targets)
		if (IsA(lfirst(cell), ResTarget) && lfirst_node(ResTarget, cell)->name != NULL)
			g_ptr_array_add(columns, iw_arena_strdup(reading->arena, lfirst_node(ResTarget, cell)->name));
	return columns;
}

static bool is_values_only(const SelectStmt *select)
{
	ListCell *cell;
	foreach (cell, select->fromClause) {
		Node *item = lfirst(cell);
		bool is_values = IsA(item, RangeSubselect) && IsA(((RangeSubselect *)item)->subquery, SelectStmt) &&
				 ((SelectStmt *)((RangeSubselect *)item)->subquery)->valuesLists != NIL;
		if (!is_values)
			return false;
	}
	return select->op == SETOP_NONE;
}

static void read_rows(struct iw_data *data, const SelectStmt *select)
{
	if (select == NULL) {
		data->rows = 1;
		data->is_values = data->is_bounded = true;
		return;
	}
	if (select->valuesLists != NIL) {
		data->rows = (size_t)list_length(select->valuesLists);
		data->is_values = data->is_bounded = true;
		return;
	}
	data->has_where = select->whereClause != NULL && !is_tautology(select->whereClause, 0);
	data->has_limit = select->limitCount != NULL;
	data->is_bounded = data->has_limit || is_values_only(select);
}

void iw_pg_read_insert(struct reading *reading, Node *node)
{
	const InsertStmt *insert = (InsertStmt *)node;
	read_with(reading, insert->withClause);
	struct iw_operation *operation = iw_pg_add(reading, IW_OP_INSERT);
	struct iw_data *data = iw_new(reading->arena, struct iw_data);
	struct walk walk = new_walk(reading);
	walk_node(&walk, node);
	take(data, &walk);
	data->columns = target_columns(reading, insert->cols);
	data->has_on_conflict = insert->onConflictClause != NULL;
	read_rows(data, (SelectStmt *)insert->selectStmt);
	operation->name = iw_pg_range_name(reading, insert->relation);
	operation->data = data;
	operation->definition = iw_pg_definition(reading);
}

static const struct iw_data *changed_rows(struct reading *reading, Node *node, const RangeVar *relation, Node *where,
					  const List *from)
{
	struct iw_data *data = iw_new(reading->arena, struct iw_data);
	struct walk walk = new_walk(reading);
	GPtrArray *equals = iw_arena_ptr_array(reading->arena);
	struct target target = {relation->alias != NULL ? relation->alias->aliasname : relation->relname, from == NIL};
	walk_node(&walk, node);
	take(data, &walk);
	data->has_where = where != NULL && !is_tautology(where, 0);
	data->has_limit = walk.has_limit;
	collect_equals(reading, where, &target, equals, 0);
	if (equals->len > 0)
		data->equals = equals;
	data->is_bounded = data->equals != NULL || data->has_limit;
	return data;
}

void iw_pg_read_update(struct reading *reading, Node *node)
{
	const UpdateStmt *update = (UpdateStmt *)node;
	read_with(reading, update->withClause);
	struct iw_operation *operation = iw_pg_add(reading, IW_OP_UPDATE);
	struct iw_data *data = (struct iw_data *)changed_rows(reading, node, update->relation, update->whereClause,
							      update->fromClause);
	data->columns = target_columns(reading, update->targetList);
	operation->name = iw_pg_range_name(reading, update->relation);
	operation->data = data;
	operation->definition = iw_pg_definition(reading);
}

void iw_pg_read_delete(struct reading *reading, Node *node)
{
	const DeleteStmt *delete = (DeleteStmt *)node;
	read_with(reading, delete->withClause);
	struct iw_operation *operation = iw_pg_add(reading, IW_OP_DELETE);
	operation->name = iw_pg_range_name(reading, delete->relation);
	operation->data = changed_rows(reading, node, delete->relation, delete->whereClause, delete->usingClause);
	operation->definition = iw_pg_definition(reading);
}

void iw_pg_read_merge(struct reading *reading, Node *node)
{
	const MergeStmt *merge = (MergeStmt *)node;
	ListCell *cell;
	read_with(reading, merge->withClause);
	struct iw_operation *operation = iw_pg_add(reading, IW_OP_MERGE);
	struct iw_data *data = iw_new(reading->arena, struct iw_data);
	struct walk walk = new_walk(reading);
	walk_with(&walk, merge->withClause);
	walk_node(&walk, merge->sourceRelation);
	walk_node(&walk, merge->joinCondition);
	data->columns = iw_arena_ptr_array(reading->arena);
	foreach (cell, merge->mergeWhenClauses) {
		const MergeWhenClause *clause = lfirst_node(MergeWhenClause, cell);
		GPtrArray *columns = target_columns(reading, clause->targetList);
		walk_node(&walk, clause->condition);
		walk_list(&walk, clause->targetList);
		walk_list(&walk, clause->values);
		for (guint i = 0; columns != NULL && i < columns->len; i++)
			g_ptr_array_add(data->columns, g_ptr_array_index(columns, i));
	}
	take(data, &walk);
	data->has_where = true;
	data->is_bounded = data->reads == NULL;
	operation->name = iw_pg_range_name(reading, merge->relation);
	operation->data = data;
	operation->definition = iw_pg_definition(reading);
}

void iw_pg_read_truncate(struct reading *reading, Node *node)
{
	const TruncateStmt *truncate = (TruncateStmt *)node;
	ListCell *cell;
	foreach (cell, truncate->relations) {
		const RangeVar *relation = lfirst_node(RangeVar, cell);
		struct iw_operation *operation = iw_pg_add(reading, IW_OP_TRUNCATE);
		operation->name = iw_pg_range_name(reading, relation);
		operation->flags |= truncate->behavior == DROP_CASCADE ? IW_CASCADED : 0;
		operation->flags |= relation->inh ? 0 : IW_ONLY;
		operation->definition = iw_pg_definition(reading);
	}
}

void iw_pg_read_copy(struct reading *reading, Node *node)
{
	const CopyStmt *copy = (CopyStmt *)node;
	if (copy->is_from && copy->filename == NULL) {
		struct iw_operation *opaque = iw_pg_add_opaque(
			reading, "COPY ... FROM stdin: the rows stand in the file, and only psql can send them");
		opaque->name = iw_pg_range_name(reading, copy->relation);
		return;
	}
	struct iw_operation *operation = iw_pg_add(reading, copy->is_from ? IW_OP_COPY : IW_OP_SELECT);
	operation->definition = iw_pg_definition(reading);
	operation->data = iw_pg_query_data(reading, copy->query);
	if (copy->is_from)
		operation->name = iw_pg_range_name(reading, copy->relation);
}

void iw_pg_read_select(struct reading *reading, Node *node)
{
	const SelectStmt *select = (SelectStmt *)node;
	read_with(reading, select->withClause);
	if (select->intoClause != NULL) {
		struct iw_operation *create = iw_pg_add(reading, IW_OP_CREATE_TABLE);
		struct iw_table *table =
			iw_table_new(reading->arena, iw_pg_range_name(reading, select->intoClause->rel));
		table->is_opaque = true;
		create->name = table->name;
		create->table = table;
		create->data = iw_pg_query_data(reading, node);
		create->definition = iw_pg_definition(reading);
		return;
	}
	struct iw_operation *operation = iw_pg_add(reading, IW_OP_SELECT);
	operation->data = iw_pg_query_data(reading, node);
	operation->definition = iw_pg_definition(reading);
}
