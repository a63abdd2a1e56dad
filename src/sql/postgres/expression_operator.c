/* Operators in a normal form; see expression.c. */
#include "sql/postgres/expression_internal.h"

#include <string.h>

static const char *operator_name(struct canon *canon, const List *name)
{
	const char *operator= strVal(llast(name));
	if (list_length(name) == 1)
		return operator;
	const char *schema = strVal(linitial(name));
	if (strcmp(schema, "pg_catalog") == 0 || strcmp(schema, "public") == 0)
		return operator;
	return iw_arena_printf(canon->reading->arena, "OPERATOR(%s.%s)", schema, operator);
}

static void write_pair(struct canon *canon, Node *left, const char *operator, Node * right)
{
	iw_pg_write_text(canon, "(");
	iw_pg_write_node(canon, left, PG_HINT_NONE);
	g_string_append_printf(canon->out, " %s ", operator);
	iw_pg_write_node(canon, right, PG_HINT_NONE);
	iw_pg_write_text(canon, ")");
}

/* Equality of rows is equality of each column. */
static void write_row_pairs(struct canon *canon, const RowExpr *left, const char *operator, const RowExpr * right)
{
	ListCell *a;
	ListCell *b;
	const char *joiner = strcmp(operator, "=") == 0 ? " AND " : " OR ";
	iw_pg_write_text(canon, "(");
	forboth(a, left->args, b, right->args)
	{
		if (foreach_current_index(a) > 0)
			iw_pg_write_text(canon, joiner);
		write_pair(canon, lfirst(a), operator, lfirst(b));
	}
	iw_pg_write_text(canon, ")");
}

static void write_comparison(struct canon *canon, Node *left, const char *operator, Node * right)
{
	bool is_equality = strcmp(operator, "=") == 0 || strcmp(operator, "<>") == 0;
	if (is_equality && left != NULL && right != NULL && IsA(left, RowExpr) && IsA(right, RowExpr) &&
	    list_length(((RowExpr *)left)->args) == list_length(((RowExpr *)right)->args))
		write_row_pairs(canon, (RowExpr *)left, operator,(RowExpr *) right);
	else
		write_pair(canon, left, operator, right);
}

static void write_prefix(struct canon *canon, const A_Expr *expression)
{
	if (iw_pg_is_minus(expression) && iw_pg_is_number_node(expression->rexpr)) {
		size_t start = canon->out->len;
		iw_pg_write_node(canon, expression->rexpr, PG_HINT_NONE);
		if (canon->out->str[start] == '-')
			g_string_erase(canon->out, (gssize)start, 1);
		else
			g_string_insert_c(canon->out, (gssize)start, '-');
		return;
	}
	g_string_append_printf(canon->out, "(%s ", operator_name(canon, expression->name));
	iw_pg_write_node(canon, expression->rexpr, PG_HINT_NONE);
	iw_pg_write_text(canon, ")");
}

static bool has_column(Node *node, int depth)
{
	ListCell *cell;
	if (node == NULL || depth > 50)
		return node != NULL;
	switch (nodeTag(node)) {
	case T_A_Const:
		return false;
	case T_TypeCast:
		return has_column(((TypeCast *)node)->arg, depth + 1);
	case T_A_Expr:
		return has_column(((A_Expr *)node)->lexpr, depth + 1) || has_column(((A_Expr *)node)->rexpr, depth + 1);
	case T_FuncCall:
		foreach (cell, ((FuncCall *)node)->args)
			if (has_column(lfirst(cell), depth + 1))
				return true;
		return false;
	default:
		return true;
	}
}

static void write_each(struct canon *canon, Node *left, const char *operator, const List * list, bool with_columns)
{
	ListCell *cell;
	const char *joiner = strcmp(operator, "=") == 0 ? " OR " : " AND ";
	bool is_first = true;
	foreach (cell, list) {
		if (has_column(lfirst(cell), 0) != with_columns)
			continue;
		if (!is_first)
			iw_pg_write_text(canon, joiner);
		is_first = false;
		write_comparison(canon, left, operator, lfirst(cell));
	}
}

static int count_columns(const List *list)
{
	ListCell *cell;
	int count = 0;
	foreach (cell, list)
		count += has_column(lfirst(cell), 0);
	return count;
}

static void write_in_list(struct canon *canon, Node *left, const char *operator, const List * list)
{
	iw_pg_write_text(canon, "(");
	iw_pg_write_node(canon, left, PG_HINT_NONE);
	iw_pg_write_text(canon, strcmp(operator, "=") == 0 ? " IN (" : " NOT IN (");
	iw_pg_write_list(canon, list, PG_HINT_NONE);
	iw_pg_write_text(canon, "))");
}

static List *without_columns(const List *list)
{
	ListCell *cell;
	List *result = NIL;
	foreach (cell, list)
		if (!has_column(lfirst(cell), 0))
			result = lappend(result, lfirst(cell));
	return result;
}

/* x IN (...): the server makes an array of what holds no column, if there are several, and compares one by one with
 * the rest (transformAExprIn). */
static void write_in(struct canon *canon, Node *left, const char *operator, const List * list)
{
	int columns = count_columns(list);
	int constants = list_length(list) - columns;
	bool is_row = IsA(left, RowExpr);
	if (list_length(list) == 1) {
		write_comparison(canon, left, operator, linitial(list));
		return;
	}
	if (columns == 0 && !is_row) {
		write_in_list(canon, left, operator, list);
		return;
	}
	const char *joiner = strcmp(operator, "=") == 0 ? " OR " : " AND ";
	iw_pg_write_text(canon, "(");
	if (constants > 1 && !is_row)
		write_in_list(canon, left, operator, without_columns(list));
	else
		write_each(canon, left, operator, list, false);
	if (columns > 0 && constants > 0)
		iw_pg_write_text(canon, joiner);
	write_each(canon, left, operator, list, true);
	iw_pg_write_text(canon, ")");
}

static void write_any(struct canon *canon, const A_Expr *expression)
{
	bool is_any = expression->kind == AEXPR_OP_ANY;
	const char *operator= operator_name(canon, expression->name);
	Node *array = iw_pg_strip_casts(expression->rexpr);
	if (array != NULL && IsA(array, A_ArrayExpr) && ((A_ArrayExpr *)array)->elements != NIL &&
	    strcmp(operator, is_any ? "=" : "<>") == 0) {
		const List *elements = ((A_ArrayExpr *)array)->elements;
		if (list_length(elements) == 1)
			write_comparison(canon, expression->lexpr, operator, linitial(elements));
		else
			write_in_list(canon, expression->lexpr, operator, elements);
		return;
	}
	iw_pg_write_text(canon, "(");
	iw_pg_write_node(canon, expression->lexpr, PG_HINT_NONE);
	g_string_append_printf(canon->out, " %s %s (", operator, is_any ? "ANY" : "ALL");
	iw_pg_write_node(canon, expression->rexpr, PG_HINT_NONE);
	iw_pg_write_text(canon, "))");
}

static void write_between_once(struct canon *canon, const A_Expr *expression, bool is_not, Node *low, Node *high)
{
	iw_pg_write_text(canon, "(");
	write_pair(canon, expression->lexpr, is_not ? "<" : ">=", low);
	iw_pg_write_text(canon, is_not ? " OR " : " AND ");
	write_pair(canon, expression->lexpr, is_not ? ">" : "<=", high);
	iw_pg_write_text(canon, ")");
}

static void write_between(struct canon *canon, const A_Expr *expression)
{
	bool is_not = expression->kind == AEXPR_NOT_BETWEEN || expression->kind == AEXPR_NOT_BETWEEN_SYM;
	bool is_symmetric = expression->kind == AEXPR_BETWEEN_SYM || expression->kind == AEXPR_NOT_BETWEEN_SYM;
	Node *low = linitial((List *)expression->rexpr);
	Node *high = lsecond((List *)expression->rexpr);
	if (!is_symmetric) {
		write_between_once(canon, expression, is_not, low, high);
		return;
	}
	iw_pg_write_text(canon, "(");
	write_between_once(canon, expression, is_not, low, high);
	iw_pg_write_text(canon, is_not ? " AND " : " OR ");
	write_between_once(canon, expression, is_not, high, low);
	iw_pg_write_text(canon, ")");
}

void iw_pg_write_operator(struct canon *canon, const A_Expr *expression)
{
	switch (expression->kind) {
	case AEXPR_OP:
	case AEXPR_LIKE:
	case AEXPR_ILIKE:
	case AEXPR_SIMILAR:
		if (expression->lexpr == NULL)
			write_prefix(canon, expression);
		else
			write_comparison(canon, expression->lexpr, operator_name(canon, expression->name),
					 expression->rexpr);
		break;
	case AEXPR_OP_ANY:
	case AEXPR_OP_ALL:
		write_any(canon, expression);
		break;
	case AEXPR_DISTINCT:
		write_pair(canon, expression->lexpr, "IS DISTINCT FROM", expression->rexpr);
		break;
	case AEXPR_NOT_DISTINCT:
		iw_pg_write_text(canon, "(NOT ");
		write_pair(canon, expression->lexpr, "IS DISTINCT FROM", expression->rexpr);
		iw_pg_write_text(canon, ")");
		break;
	case AEXPR_NULLIF:
		iw_pg_write_text(canon, "NULLIF(");
		iw_pg_write_node(canon, expression->lexpr, PG_HINT_NONE);
		iw_pg_write_text(canon, ", ");
		iw_pg_write_node(canon, expression->rexpr, PG_HINT_NONE);
		iw_pg_write_text(canon, ")");
		break;
	case AEXPR_IN:
		write_in(canon, expression->lexpr, operator_name(canon, expression->name), (List *)expression->rexpr);
		break;
	default:
		write_between(canon, expression);
		break;
	}
}
