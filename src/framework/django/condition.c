/* Q as WHERE: trees of conditions, how Django squashes, negates and prints them; see expression_internal.h. After Q of
 * django/db/models/query_utils.py, utils/tree.py, build_filter() and _add_q() of sql/query.py, and sql/where.py. */
#include "framework/django/expression_internal.h"

enum { DEEPEST = 100 };

/* Q ---------------------------------------------------------------------------------------------------------------- */

struct q;
struct q_child {
	struct q *q;		   /* NULL: see name, value */
	const char *name;	   /* "author__isnull"; NULL: an expression */
	struct iw_py_value *value; /* what it is compared with, or the expression */
};
struct q {
	const char *connector;
	bool is_negated;
	GPtrArray *children; /* struct q_child * */
	struct iw_place place;
};

static bool is_q_class(struct django_context *context, const struct iw_py_value *value)
{
	enum django_module module;
	const char *class = iw_django_class_of(value, &module);
	(void)context;
	return class != NULL && module == DJANGO_MODELS && strcmp(class, "Q") == 0;
}

/* Operators that combine conditions are those of Q, unless they are those of full text search. */
static bool is_of_search(const struct iw_py_value *value)
{
	while (value->kind == IW_PY_OPERATION)
		value = value->items->pdata[0];
	enum django_module module;
	const char *class = iw_django_class_of(value, &module);
	return class != NULL && (strcmp(class, "SearchQuery") == 0 || strcmp(class, "Lexeme") == 0);
}

bool iw_django_is_q(struct django_context *context, const struct iw_py_value *value)
{
	if (value->kind != IW_PY_OPERATION)
		return is_q_class(context, value);
	bool is_logical =
		strcmp(value->text, "&") == 0 || strcmp(value->text, "|") == 0 || strcmp(value->text, "^") == 0;
	if (value->items->len == 2)
		return is_logical && !is_of_search(value);
	return strcmp(value->text, "~") == 0 && iw_django_is_q(context, value->items->pdata[0]);
}

static struct q *q_new(struct django_context *context, const char *connector, struct iw_place place)
{
	struct q *q = iw_new(context->arena, struct q);
	*q = (struct q){.connector = connector, .children = iw_arena_ptr_array(context->arena), .place = place};
	return q;
}

static struct q *q_copy(struct django_context *context, const struct q *of)
{
	struct q *q = q_new(context, of->connector, of->place);
	q->is_negated = of->is_negated;
	for (guint i = 0; i < of->children->len; i++)
		g_ptr_array_add(q->children, of->children->pdata[i]);
	return q;
}

static void q_append(struct django_context *context, struct q *q, struct q_child child)
{
	g_ptr_array_add(q->children, iw_arena_memdup(context->arena, &child, sizeof child));
}

static bool same_q(struct django_context *context, const struct q *one, const struct q *other)
{
	if (strcmp(one->connector, other->connector) != 0 || one->is_negated != other->is_negated ||
	    one->children->len != other->children->len)
		return false;
	for (guint i = 0; i < one->children->len; i++) {
		const struct q_child *a = one->children->pdata[i], *b = other->children->pdata[i];
		bool same = (a->q == NULL) == (b->q == NULL) && g_strcmp0(a->name, b->name) == 0 &&
			    (a->q != NULL ? same_q(context, a->q, b->q)
					  : iw_django_values_equal(context, a->value, b->value));
		if (!same)
			return false;
	}
	return true;
}

/* Before Django 4.0 a tree takes the same child only once. */
static bool holds_q(struct django_context *context, const struct q *q, const struct q *child)
{
	for (guint i = 0; context->version < 40000 && i < q->children->len; i++) {
		const struct q_child *other = q->children->pdata[i];
		if (other->q != NULL && same_q(context, other->q, child))
			return true;
	}
	return false;
}

/* Node.add() of a tree whose connector is that of the addition. */
static void q_add(struct django_context *context, struct q *q, struct q *data)
{
	if (holds_q(context, q, data))
		return;
	if (data->is_negated || (strcmp(data->connector, q->connector) != 0 && data->children->len != 1)) {
		q_append(context, q, (struct q_child){.q = data});
		return;
	}
	for (guint i = 0; i < data->children->len; i++)
		g_ptr_array_add(q->children, data->children->pdata[i]);
}

static struct q *q_of(struct django_query *query, struct iw_py_value *value, guint depth);

/* A positional argument of Q: a Q, an expression, or ("field__lookup", value). */
static bool add_argument(struct django_query *query, struct q *q, struct iw_py_value *value, guint depth)
{
	struct django_context *context = query->context;
	struct q_child child = {.value = value};
	bool is_pair = (value->kind == IW_PY_TUPLE || value->kind == IW_PY_LIST) && value->items->len == 2;
	if (iw_django_is_unknown(context, value))
		return false;
	if (is_pair && iw_py_text(value->items->pdata[0]) != NULL) {
		child.name = iw_py_text(value->items->pdata[0]);
		child.value = value->items->pdata[1];
	} else if (iw_django_is_q(context, value)) {
		child = (struct q_child){.q = q_of(query, value, depth + 1)};
		if (child.q == NULL)
			return false;
	} else if (!iw_django_is_expression(context, value)) {
		return iw_django_fail(context, value->place, "it is not known what this argument of Q means") != NULL;
	}
	q_append(context, q, child);
	return true;
}

static int by_name(gconstpointer a, gconstpointer b)
{
	const struct q_child *const *one = a, *const *other = b;
	return strcmp((*one)->name, (*other)->name);
}

/* Keywords but those of `known`, in order of their names. */
static void add_keywords(struct django_context *context, struct q *q, const struct iw_py_value *call,
			 const char *const *known)
{
	g_autoptr(GPtrArray) list = g_ptr_array_new();
	for (guint i = 0; call->names != NULL && i < call->names->len; i++) {
		const char *name = call->names->pdata[i];
		bool is_known = false;
		for (guint k = 0; known[k] != NULL; k++)
			is_known |= strcmp(known[k], name) == 0;
		struct q_child child = {.name = name, .value = call->values->pdata[i]};
		if (!is_known)
			g_ptr_array_add(list, iw_arena_memdup(context->arena, &child, sizeof child));
	}
	g_ptr_array_sort(list, by_name);
	for (guint i = 0; i < list->len; i++)
		g_ptr_array_add(q->children, list->pdata[i]);
}

/* "OR" or Q.OR; NULL: it is not known. */
static const char *connector_of(const struct iw_py_value *value)
{
	static const char *const names[] = {"AND", "OR", "XOR"};
	if (value == NULL || value->kind == IW_PY_NONE)
		return names[0];
	if (value->kind != IW_PY_STRING && value->kind != IW_PY_FOREIGN)
		return NULL;
	const char *point = value->kind == IW_PY_FOREIGN ? strrchr(value->text, '.') : NULL;
	if (value->kind == IW_PY_FOREIGN && (point == NULL || !g_str_has_prefix(value->text, "django.db.models.")))
		return NULL;
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		if (strcmp(point == NULL ? value->text : point + 1, names[i]) == 0)
			return names[i];
	return NULL;
}

static struct q *q_of_call(struct django_query *query, struct iw_py_value *call, guint depth)
{
	static const char *const known[] = {"_connector", "_negated", NULL};
	struct django_context *context = query->context;
	const struct iw_py_value *connector = iw_py_argument(call, -1, "_connector");
	const struct iw_py_value *negated = iw_py_argument(call, -1, "_negated");
	struct q *q = q_new(context, connector_of(connector), call->place);
	if (q->connector == NULL)
		return iw_django_fail(context, call->place, "the connector of a Q is not known");
	if (negated != NULL && iw_py_truth(negated) < 0)
		return iw_django_fail(context, call->place, "it is not known whether a Q is negated");
	q->is_negated = negated != NULL && iw_py_truth(negated) == 1;
	for (guint i = 0; i < call->items->len; i++)
		if (!add_argument(query, q, call->items->pdata[i], depth))
			return NULL;
	add_keywords(context, q, call, known);
	return q;
}

/* Q._combine(); an expression counts as the Q of it. */
static struct q *q_combined(struct django_query *query, struct iw_py_value *value, guint depth)
{
	struct django_context *context = query->context;
	struct q *sides[2];
	for (guint i = 0; i < 2; i++) {
		struct iw_py_value *operand = value->items->pdata[i];
		sides[i] = q_of(query, operand, depth + 1);
		if (sides[i] == NULL)
			return NULL;
	}
	if (sides[0]->children->len == 0)
		return q_copy(context, sides[1]);
	if (sides[1]->children->len == 0)
		return q_copy(context, sides[0]);
	const char *connector = value->text[0] == '&' ? "AND" : value->text[0] == '|' ? "OR" : "XOR";
	if (strcmp(connector, "XOR") == 0 && context->version < 40100)
		return iw_django_fail(context, value->place, "Django has no XOR of Q before 4.1");
	struct q *q = q_new(context, connector, value->place);
	q_add(context, q, sides[0]);
	q_add(context, q, sides[1]);
	return q;
}

/* Q.__invert__() */
static struct q *q_inverted(struct django_query *query, const struct iw_py_value *value, guint depth)
{
	struct django_context *context = query->context;
	struct q *inner = q_of(query, value->items->pdata[0], depth + 1);
	if (inner == NULL)
		return NULL;
	struct q *q = context->version >= 40200 ? q_copy(context, inner) : q_new(context, "AND", value->place);
	if (context->version < 40200)
		q_add(context, q, inner);
	q->is_negated = !q->is_negated;
	return q;
}

static struct q *q_of(struct django_query *query, struct iw_py_value *value, guint depth)
{
	struct django_context *context = query->context;
	if (depth > DEEPEST)
		return iw_django_fail(context, value->place, "conditions are nested too deeply");
	if (iw_django_is_unknown(context, value))
		return NULL;
	if (is_q_class(context, value))
		return q_of_call(query, value, depth);
	if (iw_django_is_q(context, value))
		return value->items->len == 1 ? q_inverted(query, value, depth) : q_combined(query, value, depth);
	struct q *q = q_new(context, "AND", value->place);
	return add_argument(query, q, value, depth) ? q : NULL;
}

/* trees of conditions ---------------------------------------------------------------------------------------------- */

static struct django_node *where_new(struct django_context *context, const char *connector, bool is_negated,
				     struct iw_place place)
{
	struct django_node *where = iw_django_node_new(context, NODE_WHERE, place);
	where->text = connector;
	where->is_negated = is_negated;
	return where;
}

/* Node.add() */
static void where_add(struct django_context *context, struct django_node *where, struct django_node *data,
		      const char *connector)
{
	if (strcmp(where->text, connector) != 0) {
		struct django_node *inner = where_new(context, where->text, where->is_negated, where->place);
		inner->sources = where->sources;
		where->text = connector;
		where->sources = iw_arena_ptr_array(context->arena);
		g_ptr_array_add(where->sources, inner);
		g_ptr_array_add(where->sources, data);
	} else if (data->kind == NODE_WHERE && !data->is_negated &&
		   (strcmp(data->text, connector) == 0 || data->sources->len == 1)) {
		for (guint i = 0; i < data->sources->len; i++)
			g_ptr_array_add(where->sources, data->sources->pdata[i]);
	} else {
		g_ptr_array_add(where->sources, data);
	}
}

static struct django_node *where_of(struct django_context *context, struct django_node *condition)
{
	struct django_node *where = where_new(context, "AND", false, condition->place);
	g_ptr_array_add(where->sources, condition);
	return where;
}

/* build_filter() of an expression: it has to be a condition. */
static struct django_node *expression_filter(struct django_query *query, struct iw_py_value *value)
{
	static char *const exact[] = {(char *)"exact", NULL};
	struct django_context *context = query->context;
	struct django_node *condition = iw_django_resolve_value(query, value);
	if (condition == NULL)
		return NULL;
	if (condition->kind == NODE_LOOKUP && context->version >= 40000)
		return where_of(context, condition);
	if (!iw_django_is_conditional(context, condition))
		return iw_django_fail(context, value->place,
				      "Django cannot filter by an expression that is no condition");
	struct django_rhs *rhs = iw_django_rhs(query, iw_py_new_boolean(context->python, true));
	struct django_node *lookup = rhs == NULL ? NULL : iw_django_build_lookup(query, condition, (char **)exact, rhs);
	return lookup == NULL ? NULL : where_of(context, lookup);
}

static bool is_null_column(const struct django_node *node)
{
	return node != NULL && node->kind == NODE_COLUMN && node->column.field->null;
}

static bool holds_none(const struct django_rhs *rhs)
{
	for (guint i = 0; rhs->items != NULL && i < rhs->items->len; i++) {
		const struct django_rhs *item = rhs->items->pdata[i];
		if (item->node == NULL && item->value->kind == IW_PY_NONE)
			return true;
	}
	return false;
}

/* What a negated condition is joined with, so that NULL counts as different. */
static bool add_null_tests(struct django_query *query, struct django_node *clause, struct django_field_ref target,
			   const struct django_node *condition)
{
	struct django_context *context = query->context;
	const char *name = iw_django_lookup_name(condition);
	const struct django_rhs *rhs = condition->rhs;
	bool is_none = rhs->node == NULL && rhs->items == NULL && rhs->value->kind == IW_PY_NONE;
	if (strcmp(name, "isnull") == 0 || is_none)
		return true;
	if (target.field->null) {
		struct django_node *column = iw_django_column_node(context, target, true);
		bool is_or = context->version >= 60100 && strcmp(name, "in") == 0 && holds_none(rhs);
		struct django_node *test = column == NULL ? NULL : iw_django_is_null(query, column, is_or);
		if (test == NULL)
			return false;
		where_add(context, clause, test, is_or ? "OR" : "AND");
	}
	bool is_same = context->version < 40000 && rhs->node != NULL && rhs->node->column.field == target.field;
	if (is_null_column(rhs->node) && !is_same) {
		struct django_node *test = iw_django_is_null(query, rhs->node, false);
		if (test == NULL)
			return false;
		where_add(context, clause, test, "AND");
	}
	return true;
}

/* build_filter() of ("field__lookup", value). */
static struct django_node *pair_filter(struct django_query *query, const struct q_child *child, bool is_negated,
				       struct iw_place place)
{
	struct django_context *context = query->context;
	char **lookups = NULL;
	struct iw_place at = child->value->place.source != NULL ? child->value->place : place;
	if (iw_django_is_unknown(context, child->value))
		return NULL;
	struct django_field_ref field = iw_django_find_path(query, child->name, at, &lookups, false);
	struct django_rhs *rhs = field.field == NULL ? NULL : iw_django_rhs(query, child->value);
	struct django_node *column = rhs == NULL ? NULL : iw_django_column_node(context, field, true);
	if (column == NULL)
		return NULL;
	column->place = at;
	struct django_node *condition = iw_django_build_lookup(query, column, lookups, rhs);
	if (condition == NULL)
		return NULL;
	struct django_node *clause = where_of(context, condition);
	return !is_negated || add_null_tests(query, clause, field, condition) ? clause : NULL;
}

/* _add_q() */
static struct django_node *where_of_q(struct django_query *query, const struct q *q, bool is_negated)
{
	struct django_context *context = query->context;
	is_negated ^= q->is_negated;
	struct django_node *where = where_new(context, q->connector, q->is_negated, q->place);
	for (guint i = 0; i < q->children->len; i++) {
		const struct q_child *child = q->children->pdata[i];
		struct django_node *clause = child->q != NULL	   ? where_of_q(query, child->q, is_negated)
					     : child->name != NULL ? pair_filter(query, child, is_negated, q->place)
								   : expression_filter(query, child->value);
		if (clause == NULL)
			return NULL;
		bool is_there = false;
		for (guint k = 0; child->q != NULL && context->version < 40000 && k < i; k++) {
			const struct q_child *earlier = q->children->pdata[k];
			is_there |= earlier->q != NULL && same_q(context, earlier->q, child->q);
		}
		if (clause->sources->len > 0 && !is_there)
			where_add(context, where, clause, q->connector);
	}
	return where;
}

struct django_node *iw_django_resolve_q(struct django_query *query, struct iw_py_value *value,
					const struct iw_py_value *lookups)
{
	static const char *const known[] = {"condition", "then", NULL};
	struct q *q = NULL;
	if (query->is_unresolved)
		return iw_django_fail(query->context, (lookups == NULL ? value : lookups)->place,
				      "Django cannot write a Q as a default");
	if (lookups == NULL) {
		q = q_of(query, value, 0);
	} else {
		q = q_new(query->context, "AND", lookups->place);
		if (value != NULL && !add_argument(query, q, value, 0))
			return NULL;
		add_keywords(query->context, q, lookups, known);
	}
	return q == NULL ? NULL : where_of_q(query, q, false);
}

struct django_node *iw_django_build_where(struct django_query *query, struct iw_py_value *condition)
{
	if (iw_django_is_unknown(query->context, condition))
		return NULL;
	return iw_django_is_q(query->context, condition) ? iw_django_resolve_q(query, condition, NULL)
							 : expression_filter(query, condition);
}

/* as SQL ----------------------------------------------------------------------------------------------------------- */

/* Always true: an exception since Django 4.2, an empty text before. */
static struct django_sql full(struct django_context *context)
{
	return context->version >= 40200 ? iw_django_sql_truth(DJANGO_ALWAYS_TRUE) : iw_django_sql(context, "");
}

/* XOR where the engine has none: (a OR b ...) AND MOD(a + b + ..., 2) = 1 */
static struct django_sql xor_sql(struct django_context *context, struct django_node *where)
{
	struct django_node *any = where_new(context, "OR", false, where->place), *sum = NULL;
	struct django_node *one = iw_django_value_node(context, iw_py_new_integer(context->python, 1));
	for (guint i = 0; i < where->sources->len; i++) {
		g_ptr_array_add(any->sources, where->sources->pdata[i]);
		struct django_node *when = iw_django_node_new(context, NODE_WHEN, where->place);
		g_ptr_array_add(when->sources, where->sources->pdata[i]);
		g_ptr_array_add(when->sources, one);
		struct django_node *choice = iw_django_node_new(context, NODE_CASE, where->place);
		g_ptr_array_add(choice->sources, when);
		g_ptr_array_add(choice->sources, iw_django_value_node(context, iw_py_new_integer(context->python, 0)));
		sum = sum == NULL ? choice : iw_django_combined_node(context, sum, "+", choice);
	}
	if (where->sources->len > 2 && context->version >= 50000)
		sum = iw_django_function_node(context, "Mod", sum,
					      iw_django_value_node(context, iw_py_new_integer(context->python, 2)),
					      NULL);
	static char *const exact[] = {(char *)"exact", NULL};
	struct django_query query = {.context = context};
	struct django_rhs rhs = {.node = sum};
	struct django_node *both = where_new(context, "AND", where->is_negated, where->place);
	g_ptr_array_add(both->sources, any);
	g_ptr_array_add(both->sources, iw_django_build_lookup(&query, one, (char **)exact, &rhs));
	return iw_django_where_sql(context, both);
}

struct django_sql iw_django_where_sql(struct django_context *context, struct django_node *where)
{
	bool is_and = strcmp(where->text, "AND") == 0;
	guint count = where->sources->len;
	guint full_needed = is_and ? count : 1, empty_needed = is_and ? 1 : count;
	bool has_xor = context->engine.dialect == IW_MYSQL || context->version < 40100;
	if (strcmp(where->text, "XOR") == 0 && !has_xor)
		return xor_sql(context, where);
	struct django_sql sql = iw_django_sql(context, NULL);
	g_autoptr(GString) text = g_string_new(NULL);
	guint shown = 0;
	for (guint i = 0; i < count; i++) {
		struct django_sql part = iw_django_compile(context, where->sources->pdata[i]);
		if (part.text == NULL && part.truth == DJANGO_DEPENDS)
			return part;
		if (part.truth == DJANGO_ALWAYS_FALSE) {
			empty_needed--;
		} else if (part.text == NULL || *part.text == '\0') {
			full_needed--;
		} else {
			if (shown++ > 0)
				g_string_append_printf(text, " %s ", where->text);
			g_string_append(text, part.text);
			iw_django_sql_join(&sql, &part);
		}
		if (empty_needed == 0)
			return where->is_negated ? full(context) : iw_django_sql_truth(DJANGO_ALWAYS_FALSE);
		if (full_needed == 0)
			return where->is_negated ? iw_django_sql_truth(DJANGO_ALWAYS_FALSE) : full(context);
	}
	if (shown == 0)
		return full(context);
	bool is_grouped = where->is_negated || shown > 1 || where->is_resolved;
	sql.text = iw_arena_printf(context->arena, "%s%s%s%s", where->is_negated ? "NOT " : "", is_grouped ? "(" : "",
				   text->str, is_grouped ? ")" : "");
	return sql;
}
