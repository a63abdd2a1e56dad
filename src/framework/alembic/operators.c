/*
 * Operators, functions and clauses of SQLAlchemy as SQL; see expression.h. What is written with a precedence lower than
 * its surroundings stands in parentheses, by the rules of sqlalchemy/sql/operators.py.
 */
#include "framework/alembic/expression.h"

#include <string.h>

enum {
	DEEPEST = 60,
	LOOSEST = -10,
	OR = 2,
	AND = 3,
	NOT = 4,
	COMPARISON = 5,
	CONCAT = 6,
	SUM = 7,
	PRODUCT = 8,
	ATOM = 100
};

struct text {
	const char *sql;
	int precedence;
	const char *operator; /* the outermost; NULL: none */
};

static struct text render(struct iw_sa *sa, struct iw_py_value *value, unsigned flags);

static struct text atom(const char *sql)
{
	return (struct text){.sql = sql == NULL ? "" : sql, .precedence = ATOM};
}

static const char *parenthesised(struct iw_sa *sa, const char *sql)
{
	return iw_arena_printf(sa->arena, "(%s)", sql);
}

static bool is_associative(const char *operator)
{
	static const char *const names[] = {"AND", "OR", "+", "*", "||", "=", "!="};
	for (guint i = 0; i < G_N_ELEMENTS(names); i++)
		if (strcmp(names[i], operator) == 0)
			return true;
	return false;
}

static const char *grouped(struct iw_sa *sa, struct text inner, const char *operator, int precedence)
{
	bool is_same = inner.operator!= NULL && strcmp(inner.operator, operator) == 0;
	if (inner.precedence > precedence || (is_same && is_associative(operator)))
		return inner.sql;
	return parenthesised(sa, inner.sql);
}

/* A value beside a column takes the column's type. */
static struct text operand(struct iw_sa *sa, struct iw_py_value *value, const struct iw_py_value *beside,
			   unsigned flags)
{
	if (iw_sa_is_expression(sa, value))
		return render(sa, value, flags);
	const struct iw_sa_type *type = beside == NULL ? NULL : iw_sa_type_of(sa, (struct iw_py_value *)beside);
	return atom(iw_sa_literal(sa, value, type));
}

static struct text binary(struct iw_sa *sa, const char *operator, int precedence, struct iw_py_value *left,
			  struct iw_py_value *right, unsigned flags)
{
	struct text a = operand(sa, left, right, flags), b = operand(sa, right, left, flags);
	return (struct text){.sql = iw_arena_printf(sa->arena, "%s %s %s",
						    grouped(sa, a, operator, precedence), operator,
						    grouped(sa, b, operator, precedence)),
			     .precedence = precedence,
			     .operator= operator, };
}

static bool is_null(struct iw_sa *sa, const struct iw_py_value *value)
{
	return value->kind == IW_PY_NONE || iw_sa_is(sa, value, "null");
}

static struct text is_or_not(struct iw_sa *sa, struct iw_py_value *left, struct iw_py_value *right, bool is_not,
			     unsigned flags)
{
	struct text a = operand(sa, left, NULL, flags);
	const char *word = is_null(sa, right) ? "NULL" : operand(sa, right, left, flags).sql;
	return (struct text){
		.sql = iw_arena_printf(sa->arena, "%s IS %s%s", grouped(sa, a, "IS", COMPARISON), is_not ? "NOT " : "",
				       word),
		.precedence = COMPARISON,
		.operator= is_not ? "IS NOT" : "IS",
	};
}

static const struct operator
{
	const char *python, *sql;
	int precedence;
}
operators[] = {
	{"==", "=", COMPARISON}, {"!=", "!=", COMPARISON}, {"<", "<", COMPARISON}, {"<=", "<=", COMPARISON},
	{">", ">", COMPARISON},	 {">=", ">=", COMPARISON}, {"&", "AND", AND},	   {"|", "OR", OR},
	{"+", "+", SUM},	 {"-", "-", SUM},	   {"*", "*", PRODUCT},	   {"%", "%", PRODUCT},
};

/* + of strings is concatenation: by the type of what is known. */
static bool is_string(struct iw_sa *sa, struct iw_py_value *value)
{
	if (value->kind == IW_PY_STRING)
		return true;
	const struct iw_sa_type *type = iw_sa_type_of(sa, value);
	return type != NULL && type->affinity == IW_SA_STRING;
}

static struct text concatenation(struct iw_sa *sa, struct iw_py_value *left, struct iw_py_value *right, unsigned flags)
{
	if (sa->engine.dialect != IW_MYSQL)
		return binary(sa, "||", CONCAT, left, right, flags);
	const char *text = iw_arena_printf(sa->arena, "concat(%s, %s)", operand(sa, left, right, flags).sql,
					   operand(sa, right, left, flags).sql);
	return (struct text){.sql = text, .precedence = CONCAT, .operator= "||" };
}

static struct text negation(struct iw_sa *sa, struct iw_py_value *inner, unsigned flags)
{
	static const char *const opposites[][2] = {{"==", "!="}, {"!=", "=="}, {"<", ">="},
						   {">=", "<"},	 {">", "<="},  {"<=", ">"}};
	static const char *const negated[][2] = {{"in_", "not_in"},	 {"not_in", "in_"},	 {"notin_", "in_"},
						 {"like", "not_like"},	 {"not_like", "like"},	 {"notlike", "like"},
						 {"ilike", "not_ilike"}, {"not_ilike", "ilike"}, {"notilike", "ilike"}};
	if (inner->kind == IW_PY_OPERATION && inner->items->len == 2) {
		for (guint i = 0; i < G_N_ELEMENTS(opposites); i++)
			if (strcmp(inner->text, opposites[i][0]) == 0) {
				struct iw_py_value turned = *inner;
				turned.text = opposites[i][1];
				return render(sa, &turned, flags);
			}
	}
	const char *method = NULL;
	struct iw_py_value *of = iw_sa_method(inner, &method);
	if (of != NULL &&
	    (strcmp(method, "is_") == 0 || strcmp(method, "is_not") == 0 || strcmp(method, "isnot") == 0) &&
	    inner->items->len == 1)
		return is_or_not(sa, of, inner->items->pdata[0], strcmp(method, "is_") == 0, flags);
	for (guint i = 0; of != NULL && i < G_N_ELEMENTS(negated); i++)
		if (strcmp(method, negated[i][0]) == 0) {
			struct iw_py_value name = *inner->receiver, turned = *inner;
			name.text = negated[i][1];
			turned.receiver = &name;
			return render(sa, &turned, flags);
		}
	struct text text = render(sa, inner, flags);
	return (struct text){.sql = iw_arena_printf(sa->arena, "NOT %s", grouped(sa, text, "NOT", NOT)),
			     .precedence = NOT,
			     .operator= "NOT" };
}

static struct text operation(struct iw_sa *sa, struct iw_py_value *value, unsigned flags)
{
	if (value->items->len == 1 && (strcmp(value->text, "~") == 0 || strcmp(value->text, "not") == 0))
		return negation(sa, value->items->pdata[0], flags);
	if (value->items->len == 1 && strcmp(value->text, "-") == 0)
		return (struct text){
			.sql = iw_arena_printf(sa->arena, "-%s", render(sa, value->items->pdata[0], flags).sql),
			.precedence = PRODUCT,
			.operator= "-" };
	if (value->items->len != 2)
		return atom(iw_sa_fail(sa, "the operator %s is not known here", value->text));
	struct iw_py_value *left = value->items->pdata[0], *right = value->items->pdata[1];
	bool is_equality = strcmp(value->text, "==") == 0, is_difference = strcmp(value->text, "!=") == 0;
	if ((is_equality || is_difference) && is_null(sa, right))
		return is_or_not(sa, left, right, is_difference, flags);
	if (strcmp(value->text, "+") == 0 && (is_string(sa, left) || is_string(sa, right)))
		return concatenation(sa, left, right, flags);
	for (guint i = 0; i < G_N_ELEMENTS(operators); i++)
		if (strcmp(operators[i].python, value->text) == 0)
			return binary(sa, operators[i].sql, operators[i].precedence, left, right, flags);
	return atom(iw_sa_fail(sa, "the operator %s is not known here", value->text));
}

/* clauses ---------------------------------------------------------------------------------------------------------- */

static struct text junction(struct iw_sa *sa, const GPtrArray *items, const char *word, int precedence, unsigned flags)
{
	GPtrArray *texts = iw_arena_ptr_array(sa->arena);
	for (guint i = 0; i < items->len; i++)
		g_ptr_array_add(texts, (gpointer)grouped(sa, render(sa, items->pdata[i], flags), word, precedence));
	if (items->len == 1)
		return render(sa, items->pdata[0], flags);
	return (struct text){.sql = iw_sa_join(sa, texts, iw_arena_printf(sa->arena, " %s ", word)),
			     .precedence = precedence,
			     .operator= word };
}

static const char *listed(struct iw_sa *sa, const GPtrArray *items, guint from, unsigned flags)
{
	GPtrArray *texts = iw_arena_ptr_array(sa->arena);
	for (guint i = from; i < items->len; i++)
		g_ptr_array_add(texts, (gpointer)operand(sa, items->pdata[i], NULL, flags).sql);
	return iw_sa_join(sa, texts, ", ");
}

static bool is_plain_name(const char *name)
{
	for (const char *at = name; *at != '\0'; at++)
		if (!g_ascii_isalnum(*at) && *at != '_' && *at != '$')
			return false;
	return true;
}

/* Names that stand without parentheses, and those whose name is another one on an engine. */
static struct text function(struct iw_sa *sa, const struct iw_py_value *call, const char *name, unsigned flags)
{
	static const char *const bare[] = {"current_date", "current_time",   "current_timestamp", "current_user",
					   "localtime",	   "localtimestamp", "session_user",	  "user"};
	static const char *const generic[] = {"now",	"count",       "max",	 "min",	      "sum",  "coalesce",
					      "concat", "char_length", "random", "array_agg", "rank", "next_value"};
	g_autofree char *lower = g_ascii_strdown(name, -1);
	if (sa->engine.dialect == IW_SQLITE && strcmp(lower, "now") == 0)
		return atom("CURRENT_TIMESTAMP");
	for (guint i = 0; i < G_N_ELEMENTS(bare); i++)
		if (strcmp(lower, bare[i]) == 0 && call->items->len == 0) {
			g_autofree char *upper = g_ascii_strup(name, -1);
			return atom(iw_arena_strdup(sa->arena, strcmp(lower, "user") == 0 ? lower : upper));
		}
	const char *shown = is_plain_name(name) ? name : iw_sa_quote(sa, name);
	for (guint i = 0; i < G_N_ELEMENTS(generic); i++)
		if (strcmp(lower, generic[i]) == 0)
			shown = generic[i];
	if (strcmp(lower, "random") == 0 && sa->engine.dialect == IW_MYSQL)
		shown = "rand";
	if (strcmp(lower, "char_length") == 0 && sa->engine.dialect == IW_SQLITE)
		shown = "length";
	if (strcmp(lower, "count") == 0 && call->items->len == 0)
		return atom("count(*)");
	return atom(iw_arena_printf(sa->arena, "%s(%s)", shown, listed(sa, call->items, 0, flags)));
}

static struct text cast(struct iw_sa *sa, const struct iw_py_value *call, struct iw_py_value *inner,
			struct iw_py_value *type, unsigned flags)
{
	(void)call;
	if (inner == NULL || type == NULL)
		return atom(iw_sa_fail(sa, "CAST without a type"));
	const struct iw_sa_type *known = iw_sa_type(sa, type);
	const char *text = iw_sa_type_text(sa, known);
	if (sa->engine.dialect == IW_MYSQL)
		text = known->affinity == IW_SA_INTEGER	 ? "SIGNED INTEGER"
		       : known->affinity == IW_SA_STRING ? "CHAR"
							 : text;
	return atom(iw_arena_printf(sa->arena, "CAST(%s AS %s)", operand(sa, inner, NULL, flags).sql, text));
}

static struct text case_of(struct iw_sa *sa, const struct iw_py_value *call, unsigned flags)
{
	g_autoptr(GString) out = g_string_new("CASE ");
	struct iw_py_value *of = iw_sa_given(call, -1, "value"), *otherwise = iw_sa_given(call, -1, "else_");
	const GPtrArray *whens = call->items;
	if (whens->len == 1 && ((struct iw_py_value *)whens->pdata[0])->kind == IW_PY_LIST)
		whens = ((struct iw_py_value *)whens->pdata[0])->items;
	if (of != NULL)
		g_string_append_printf(out, "%s ", render(sa, of, flags).sql);
	for (guint i = 0; i < whens->len; i++) {
		const struct iw_py_value *when = whens->pdata[i];
		if (when->kind != IW_PY_TUPLE || when->items->len != 2)
			return atom(iw_sa_fail(sa, "this form of case() is not known"));
		struct text condition = operand(sa, when->items->pdata[0], of, flags);
		const char *result = operand(sa, when->items->pdata[1], NULL, flags).sql;
		g_string_append_printf(out, "WHEN %s THEN %s ",
				       condition.precedence < ATOM ? parenthesised(sa, condition.sql) : condition.sql,
				       result);
	}
	if (otherwise != NULL)
		g_string_append_printf(out, "ELSE %s ", operand(sa, otherwise, NULL, flags).sql);
	g_string_append(out, "END");
	return atom(iw_arena_strdup(sa->arena, out->str));
}

static struct text suffixed(struct iw_sa *sa, struct iw_py_value *inner, const char *suffix, unsigned flags)
{
	/* A string names a column here; of several suffixes none is grouped. */
	struct text text = inner->kind == IW_PY_STRING ? atom(inner->text) : operand(sa, inner, NULL, flags);
	const char *own = text.precedence == AND && text.operator!= NULL && strcmp(text.operator, "AND") != 0
				  ? text.sql
				  : grouped(sa, text, suffix, AND);
	return (struct text){
		.sql = iw_arena_printf(sa->arena, "%s %s", own, suffix), .precedence = AND, .operator= suffix };
}

static struct text in_list(struct iw_sa *sa, struct iw_py_value *left, struct iw_py_value *list, bool is_not,
			   unsigned flags)
{
	const char *before = grouped(sa, operand(sa, left, NULL, flags), "IN", COMPARISON), *inside = NULL;
	bool is_values = list->kind == IW_PY_LIST || list->kind == IW_PY_TUPLE || list->kind == IW_PY_SET;
	if (is_values && list->items->len == 0)
		return atom(iw_sa_fail(sa, "IN of an empty list"));
	if (is_values) {
		GPtrArray *texts = iw_arena_ptr_array(sa->arena);
		for (guint i = 0; i < list->items->len; i++)
			g_ptr_array_add(texts, (gpointer)operand(sa, list->items->pdata[i], left, flags).sql);
		inside = iw_sa_join(sa, texts, ", ");
	} else {
		inside = iw_sa_select(sa, list);
	}
	const char *text = iw_arena_printf(sa->arena, is_not ? "(%s NOT IN (%s))" : "%s IN (%s)", before,
					   inside == NULL ? "" : inside);
	return is_not ? atom(text) : (struct text){.sql = text, .precedence = COMPARISON, .operator= "IN" };
}

/* column.startswith("x"): LIKE 'x' || '%', and its kin */
static struct text matching(struct iw_sa *sa, struct iw_py_value *left, struct iw_py_value *right, const char *format,
			    unsigned flags)
{
	const char *wanted = operand(sa, right, left, flags).sql;
	g_auto(GStrv) parts = g_strsplit(format, "@", 2);
	const char *pattern = sa->engine.dialect == IW_MYSQL
				      ? iw_arena_printf(sa->arena, "concat(%s%s%s)", parts[0], wanted, parts[1])
				      : iw_arena_printf(sa->arena, "%s%s%s", parts[0], wanted, parts[1]);
	return (struct text){
		.sql = iw_arena_printf(sa->arena, "(%s LIKE %s)", operand(sa, left, NULL, flags).sql, pattern),
		.precedence = ATOM};
}

static const struct infix {
	const char *method, *sql;
} infixes[] = {
	{"like", "LIKE"},	   {"ilike", "ILIKE"},
	{"notlike", "NOT LIKE"},   {"not_like", "NOT LIKE"},
	{"notilike", "NOT ILIKE"}, {"not_ilike", "NOT ILIKE"},
	{"__eq__", "="},	   {"__ne__", "!="},
	{"regexp_match", "~"},	   {"is_distinct_from", "IS DISTINCT FROM"},
};

static const struct suffix {
	const char *method, *sql;
} suffixes[] = {
	{"desc", "DESC"},
	{"asc", "ASC"},
	{"nullsfirst", "NULLS FIRST"},
	{"nulls_first", "NULLS FIRST"},
	{"nullslast", "NULLS LAST"},
	{"nulls_last", "NULLS LAST"},
};

/* column.is_(None), column.in_([...]), ...; sql NULL: it is none of these. */
static struct text method_call(struct iw_sa *sa, struct iw_py_value *of, const char *method,
			       const struct iw_py_value *call, unsigned flags)
{
	struct iw_py_value *first = call->items->len > 0 ? call->items->pdata[0] : NULL;
	for (guint i = 0; first == NULL && i < G_N_ELEMENTS(suffixes); i++)
		if (strcmp(suffixes[i].method, method) == 0)
			return suffixed(sa, of, suffixes[i].sql, flags);
	if (first == NULL)
		return (struct text){0};
	for (guint i = 0; i < G_N_ELEMENTS(infixes); i++)
		if (strcmp(infixes[i].method, method) == 0) {
			bool lowers = strstr(infixes[i].sql, "ILIKE") != NULL && sa->engine.dialect != IW_POSTGRES;
			if (!lowers && call->values->len == 0)
				return binary(sa, infixes[i].sql, COMPARISON, of, first, flags);
		}
	if (strcmp(method, "is_") == 0)
		return is_or_not(sa, of, first, false, flags);
	if (strcmp(method, "is_not") == 0 || strcmp(method, "isnot") == 0)
		return is_or_not(sa, of, first, true, flags);
	if (strcmp(method, "in_") == 0)
		return in_list(sa, of, first, false, flags);
	if (strcmp(method, "not_in") == 0 || strcmp(method, "notin_") == 0)
		return in_list(sa, of, first, true, flags);
	if (strcmp(method, "startswith") == 0)
		return matching(sa, of, first, sa->engine.dialect == IW_MYSQL ? "@, '%'" : "@ || '%'", flags);
	if (strcmp(method, "endswith") == 0)
		return matching(sa, of, first, sa->engine.dialect == IW_MYSQL ? "'%', @" : "'%' || @", flags);
	if (strcmp(method, "contains") == 0)
		return matching(sa, of, first, sa->engine.dialect == IW_MYSQL ? "'%', @, '%'" : "'%' || @ || '%'",
				flags);
	if (strcmp(method, "between") == 0 && call->items->len == 2) {
		const char *low = operand(sa, first, of, flags).sql;
		const char *high = operand(sa, call->items->pdata[1], of, flags).sql;
		const char *text =
			iw_arena_printf(sa->arena, "%s BETWEEN %s AND %s", operand(sa, of, NULL, flags).sql, low, high);
		return (struct text){.sql = text, .precedence = COMPARISON, .operator= "BETWEEN" };
	}
	if (strcmp(method, "cast") == 0)
		return cast(sa, call, of, first, flags);
	if (strcmp(method, "concat") == 0)
		return concatenation(sa, of, first, flags);
	if (strcmp(method, "label") == 0)
		return render(sa, of, flags);
	return (struct text){0};
}

/* sa.text("..."), sa.func.now(), sa.and_(...): by the last name of what is called; sql NULL: none of these. */
static struct text construct(struct iw_sa *sa, struct iw_py_value *call, unsigned flags)
{
	const char *name = iw_sa_called(sa, call), *path = iw_py_path(sa->python, call);
	const GPtrArray *items = call->items;
	struct iw_py_value *first = items->len > 0 ? items->pdata[0] : NULL;
	const char *prefix = path == NULL ? NULL : strstr(path, "sqlalchemy.");
	const char *functions = prefix == NULL ? NULL : strstr(path, ".func.");
	if (functions != NULL)
		return function(sa, call, functions + strlen(".func."), flags);
	if (name == NULL)
		return (struct text){0};
	if (strcmp(name, "true") == 0 || strcmp(name, "false") == 0)
		return atom(sa->engine.dialect == IW_SQLITE ? (name[0] == 't' ? "1" : "0") : name);
	if (strcmp(name, "null") == 0)
		return atom("NULL");
	if (strcmp(name, "exists") == 0) {
		const char *select = first == NULL ? NULL : iw_sa_select(sa, first);
		return select == NULL ? atom(iw_sa_fail(sa, "this form of exists() is not known"))
				      : atom(iw_arena_printf(sa->arena, "EXISTS (%s)", select));
	}
	if (strcmp(name, "case") == 0)
		return case_of(sa, call, flags);
	if (first == NULL)
		return (struct text){0};
	if (strcmp(name, "text") == 0)
		return atom(iw_sa_literal_text(sa, iw_sa_text(sa, first) == NULL ? "" : iw_sa_text(sa, first), NULL));
	if (strcmp(name, "literal_column") == 0)
		return atom(iw_sa_text(sa, first));
	if (strcmp(name, "literal") == 0 || strcmp(name, "inline_literal") == 0) {
		struct iw_py_value *type = iw_sa_given(call, 1, "type_");
		return atom(iw_sa_literal(sa, first, type == NULL ? NULL : iw_sa_type(sa, type)));
	}
	if (strcmp(name, "bindparam") == 0 && iw_sa_given(call, 1, "value") != NULL)
		return atom(iw_sa_bound(sa, iw_sa_given(call, 1, "value")));
	if (strcmp(name, "and_") == 0)
		return junction(sa, items, "AND", AND, flags);
	if (strcmp(name, "or_") == 0)
		return junction(sa, items, "OR", OR, flags);
	if (strcmp(name, "not_") == 0)
		return negation(sa, first, flags);
	if (strcmp(name, "cast") == 0 || strcmp(name, "Cast") == 0)
		return cast(sa, call, first, iw_sa_given(call, 1, "type_"), flags);
	if (strcmp(name, "type_coerce") == 0)
		return operand(sa, first, NULL, flags);
	if (strcmp(name, "distinct") == 0)
		return atom(iw_arena_printf(sa->arena, "DISTINCT %s", operand(sa, first, NULL, flags).sql));
	for (guint i = 0; i < G_N_ELEMENTS(suffixes); i++)
		if (strcmp(suffixes[i].method, name) == 0)
			return suffixed(sa, first, suffixes[i].sql, flags);
	return (struct text){0};
}

/* text("...").bindparams(x=1), text("...").columns(...) */
static struct text bound_text(struct iw_sa *sa, struct iw_py_value *of, const struct iw_py_value *call)
{
	struct iw_py_value *values = iw_py_new_dict(sa->python);
	for (guint i = 0; i < call->names->len; i++)
		iw_py_dict_set(sa->python, values, iw_py_new_string(sa->python, call->names->pdata[i]),
			       call->values->pdata[i]);
	for (guint i = 0; i < call->items->len; i++) {
		struct iw_py_value *bind = call->items->pdata[i];
		struct iw_py_value *key = iw_sa_given(bind, 0, "key"), *value = iw_sa_given(bind, 1, "value");
		bool expands = iw_sa_truth(sa, iw_sa_given(bind, -1, "expanding"), 0) == 1;
		bool is_list = value != NULL && (value->kind == IW_PY_LIST || value->kind == IW_PY_TUPLE);
		if (iw_sa_is(sa, bind, "bindparam") && key != NULL && value != NULL)
			iw_py_dict_set(sa->python, values, key, expands && is_list ? bind : value);
	}
	const char *text = iw_sa_text(sa, iw_sa_given(of, 0, "text"));
	return atom(text == NULL ? "" : iw_sa_literal_text(sa, text, values));
}

static struct text call_text(struct iw_sa *sa, struct iw_py_value *value, unsigned flags)
{
	struct text text = {0};
	const char *method = NULL;
	struct iw_py_value *of = iw_sa_method(value, &method);
	if (of != NULL && strcmp(method, "bindparams") == 0 && iw_sa_is(sa, of, "text"))
		return bound_text(sa, of, value);
	if (of != NULL && of->kind == IW_PY_CALL && iw_sa_is(sa, of, "op") && strcmp(method, "op") != 0)
		of = NULL;
	if (of != NULL)
		text = method_call(sa, of, method, value, flags);
	/* column.op("->>")("x") calls what the call returned. */
	struct iw_py_value *made = value->receiver;
	const char *maker = NULL;
	struct iw_py_value *left = made != NULL && made->kind == IW_PY_CALL ? iw_sa_method(made, &maker) : NULL;
	if (left != NULL && strcmp(maker, "op") == 0 && value->items->len == 1) {
		const char *operator= iw_sa_text(sa, iw_sa_given(made, 0, "opstring"));
		if (operator!= NULL)
			return binary(sa, operator, COMPARISON - 1, left, value->items->pdata[0], flags);
	}
	if (text.sql == NULL)
		text = construct(sa, value, flags);
	if (text.sql == NULL &&
	    (strcmp(iw_sa_called(sa, value) == NULL ? "" : iw_sa_called(sa, value), "scalar_subquery") == 0 ||
	     iw_sa_is_select(sa, value))) {
		const char *select = iw_sa_select(sa, of != NULL && !iw_sa_is_select(sa, value) ? of : value);
		return atom(select == NULL ? "" : parenthesised(sa, select));
	}
	if (text.sql == NULL && !iw_sa_unknown(sa, value))
		iw_sa_fail(sa, "%s is no SQL that is known", iw_py_repr(sa->python, value));
	return text.sql == NULL ? atom("") : text;
}

static struct text render_inner(struct iw_sa *sa, struct iw_py_value *value, unsigned flags)
{
	const char *column = iw_sa_column_reference(sa, value, flags);
	if (column != NULL)
		return atom(column);
	if (value->kind == IW_PY_STRING) /* where an expression is wanted, a string is text() */
		return atom(iw_sa_literal_text(sa, value->text, NULL));
	if (value->kind == IW_PY_OPERATION)
		return operation(sa, value, flags);
	if (value->kind == IW_PY_CALL)
		return call_text(sa, value, flags);
	const char *path =
		value->kind == IW_PY_ATTRIBUTE || value->kind == IW_PY_FOREIGN ? iw_py_path(sa->python, value) : NULL;
	if (path != NULL && g_str_has_prefix(path, "sqlalchemy.") && strstr(path, ".func.") == NULL) {
		iw_sa_fail(sa, "%s is no SQL that is known", path);
		return atom("");
	}
	return atom(iw_sa_literal(sa, value, NULL));
}

static struct text render(struct iw_sa *sa, struct iw_py_value *value, unsigned flags)
{
	if (value == NULL || sa->depth >= DEEPEST)
		return atom(iw_sa_fail(sa, "the expression cannot be told"));
	sa->depth++;
	struct text text = render_inner(sa, value, flags);
	sa->depth--;
	return text;
}

const char *iw_sa_expression(struct iw_sa *sa, struct iw_py_value *value, unsigned flags)
{
	const char *sql = render(sa, value, flags).sql;
	return sql == NULL ? "" : sql;
}

const char *iw_sa_grouped(struct iw_sa *sa, struct iw_py_value *value, unsigned flags)
{
	struct text text = iw_sa_is_expression(sa, value) ? render(sa, value, flags) : operand(sa, value, NULL, flags);
	return text.precedence < ATOM ? parenthesised(sa, text.sql) : text.sql;
}

const char *iw_sa_conjunction(struct iw_sa *sa, const GPtrArray *conditions, unsigned flags)
{
	return junction(sa, conditions, "AND", AND, flags).sql;
}

bool iw_sa_is_expression(struct iw_sa *sa, const struct iw_py_value *value)
{
	if (value->kind == IW_PY_OPERATION)
		return true;
	struct iw_py_value *table = NULL;
	if (iw_sa_column_of(sa, (struct iw_py_value *)value, &table) != NULL)
		return true;
	if (value->kind != IW_PY_CALL)
		return false;
	const char *path = iw_py_path(sa->python, value);
	return path == NULL || g_str_has_prefix(path, "sqlalchemy.") || g_str_has_prefix(path, "alembic.") ||
	       g_str_has_prefix(path, "sqlmodel.");
}

/* As get_column_default_string(): a string is a literal, anything else an expression. */
const char *iw_sa_default(struct iw_sa *sa, struct iw_py_value *value)
{
	if (value == NULL)
		return NULL;
	if (value->kind == IW_PY_STRING)
		return iw_sa_quote_text(sa, value->text);
	if (iw_sa_unknown(sa, value))
		return "";
	if (iw_sa_is_expression(sa, value))
		return iw_sa_expression(sa, value, 0);
	if (value->kind == IW_PY_INSTANCE && iw_sa_text(sa, value) != NULL)
		return iw_sa_quote_text(sa, iw_sa_text(sa, value));
	iw_sa_fail(sa, "SQLAlchemy takes no %s for a server default", iw_py_repr(sa->python, value));
	return "";
}
