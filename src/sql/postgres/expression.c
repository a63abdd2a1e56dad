/*
 * Expressions in a normal form: what an author writes and what the server prints for it are equal text.
 *
 * The tree is written out again with every operator in brackets; what the server adds or rewrites on its own is undone
 * (casts of literals, casts of columns to text, = ANY (ARRAY[...]) for IN, >= AND <= for BETWEEN, ~~ for LIKE, the
 * pg_catalog and public schemas). The form is for comparing: it is not meant to be run.
 */
#include "sql/postgres/expression_internal.h"

#include "sql/postgres/quote.h"
#include "sql/postgres/volatility.h"

#include <string.h>

static void worsen(struct canon *canon, enum iw_volatility volatility)
{
	canon->volatility = MAX(canon->volatility, volatility);
}

static void give_up(struct canon *canon)
{
	canon->is_unreadable = true;
	worsen(canon, IW_VOLATILITY_UNKNOWN);
}

void iw_pg_write_text(struct canon *canon, const char *text)
{
	g_string_append(canon->out, text);
}

void iw_pg_write_list(struct canon *canon, const List *list, enum pg_hint hint)
{
	ListCell *cell;
	foreach (cell, list) {
		if (foreach_current_index(cell) > 0)
			iw_pg_write_text(canon, ", ");
		iw_pg_write_node(canon, lfirst(cell), hint);
	}
}

/* --- constants and casts --- */

/* The types to which the server casts on its own, so that an author's cast and the server's cannot be told apart. */
static const char *const silent_types[] = {
	"text", "varchar", "bpchar", "numeric", "float8", "int8", "timestamp", "timestamptz", "name", "regclass", "oid",
};
static const char *const silent_column_types[] = {"float4", "int4", "inet", "interval", "date"};

static bool is_one_of(const char *word, const char *const *words, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (strcmp(words[i], word) == 0)
			return true;
	return false;
}

static const char *type_word(const TypeName *type)
{
	return type->names == NIL ? "" : strVal(llast(type->names));
}

Node *iw_pg_strip_casts(Node *node)
{
	while (node != NULL && IsA(node, TypeCast))
		node = ((TypeCast *)node)->arg;
	return node;
}

bool iw_pg_is_number_node(Node *node)
{
	node = iw_pg_strip_casts(node);
	if (node == NULL || !IsA(node, A_Const))
		return false;
	A_Const *constant = (A_Const *)node;
	if (constant->isnull)
		return false;
	return !IsA(&constant->val.node, String) || iw_pg_is_number(constant->val.sval.sval);
}

bool iw_pg_is_minus(const A_Expr *expression)
{
	return expression->kind == AEXPR_OP && expression->lexpr == NULL && list_length(expression->name) == 1 &&
	       strcmp(strVal(linitial(expression->name)), "-") == 0;
}

static bool is_literal(Node *node)
{
	node = iw_pg_strip_casts(node);
	if (node == NULL)
		return false;
	if (IsA(node, A_Expr) && iw_pg_is_minus((A_Expr *)node))
		return iw_pg_is_number_node(((A_Expr *)node)->rexpr);
	return IsA(node, A_Const);
}

static enum pg_hint hint_of(const TypeName *type)
{
	const char *word = type_word(type);
	if (strcmp(word, "bool") == 0)
		return PG_HINT_BOOLEAN;
	if (strcmp(word, "regclass") == 0)
		return PG_HINT_NAME;
	return PG_HINT_NONE;
}

static void write_constant(struct canon *canon, const A_Const *constant, enum pg_hint hint)
{
	if (constant->isnull) {
		iw_pg_write_text(canon, "NULL");
		return;
	}
	switch (nodeTag(&constant->val.node)) {
	case T_Integer:
		if (hint == PG_HINT_BOOLEAN)
			iw_pg_write_text(canon, constant->val.ival.ival != 0 ? "true" : "false");
		else
			g_string_append_printf(canon->out, "%d", constant->val.ival.ival);
		break;
	case T_Float:
		iw_pg_write_number(canon->out, constant->val.fval.fval);
		break;
	case T_Boolean:
		iw_pg_write_text(canon, constant->val.boolval.boolval ? "true" : "false");
		break;
	case T_BitString:
		iw_pg_write_bits(canon->out, constant->val.bsval.bsval);
		break;
	default:
		iw_pg_write_string(canon->out, constant->val.sval.sval, hint);
		break;
	}
}

/* ('now'::text)::date and its like: how servers before 10 print CURRENT_DATE. */
static const char *now_text(const TypeCast *cast)
{
	static const char *const names[][2] = {
		{"date", "CURRENT_DATE"},   {"timestamptz", "now()"}, {"timestamp", "LOCALTIMESTAMP"},
		{"timetz", "CURRENT_TIME"}, {"time", "LOCALTIME"},
	};
	if (!IsA(cast->arg, TypeCast) || strcmp(type_word(((TypeCast *)cast->arg)->typeName), "text") != 0)
		return NULL;
	Node *literal = iw_pg_strip_casts(cast->arg);
	if (!IsA(literal, A_Const))
		return NULL;
	const A_Const *constant = (const A_Const *)literal;
	if (constant->isnull || !IsA(&constant->val.node, String) || strcmp(constant->val.sval.sval, "now") != 0)
		return NULL;
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		if (strcmp(type_word(cast->typeName), names[i][0]) == 0)
			return names[i][1];
	return NULL;
}

static bool is_silent_cast(const TypeCast *cast)
{
	const TypeName *type = cast->typeName;
	if (type->typmods != NIL || type->arrayBounds != NIL)
		return type->arrayBounds != NIL && is_one_of(type_word(type), silent_types, 3);
	if (is_one_of(type_word(type), silent_types, G_N_ELEMENTS(silent_types)))
		return true;
	Node *argument = iw_pg_strip_casts(cast->arg);
	return IsA(argument, ColumnRef) &&
	       is_one_of(type_word(type), silent_column_types, G_N_ELEMENTS(silent_column_types) - 1);
}

/* INTERVAL '1' DAY is '1 day'. */
static bool write_interval_field(struct canon *canon, const TypeCast *cast)
{
	if (strcmp(type_word(cast->typeName), "interval") != 0 || cast->typeName->typmods == NIL ||
	    !iw_pg_is_number_node(cast->arg) || !IsA(cast->arg, A_Const) ||
	    !IsA(&((A_Const *)cast->arg)->val.node, String))
		return false;
	const char *unit = strrchr(iw_pg_type(canon->reading, cast->typeName).text, ' ');
	if (unit == NULL)
		return false;
	const char *text = iw_arena_printf(canon->reading->arena, "%s%s", ((A_Const *)cast->arg)->val.sval.sval, unit);
	iw_pg_write_string(canon->out, text, PG_HINT_NONE);
	return true;
}

static void write_cast(struct canon *canon, const TypeCast *cast)
{
	if (write_interval_field(canon, cast))
		return;
	const char *now = now_text(cast);
	if (now != NULL) {
		iw_pg_write_text(canon, now);
		worsen(canon, IW_STABLE);
		return;
	}
	Node *bare = iw_pg_strip_casts(cast->arg);
	if (is_literal(cast->arg) || (bare != NULL && IsA(bare, A_ArrayExpr))) {
		iw_pg_write_node(canon, IsA(cast->arg, TypeCast) ? cast->arg : bare, hint_of(cast->typeName));
		return;
	}
	if (is_silent_cast(cast)) {
		iw_pg_write_node(canon, cast->arg, PG_HINT_NONE);
		return;
	}
	iw_pg_write_text(canon, "(");
	iw_pg_write_node(canon, cast->arg, PG_HINT_NONE);
	iw_pg_write_text(canon, ")::");
	iw_pg_write_text(canon, iw_pg_type(canon->reading, cast->typeName).text);
}

/* Nested ANDs (ORs) are one list, BETWEEN's two comparisons included. */
static void write_bool_items(struct canon *canon, const BoolExpr *expression, const char *joiner, bool *is_first)
{
	ListCell *cell;
	foreach (cell, expression->args) {
		Node *item = lfirst(cell);
		bool is_same = IsA(item, BoolExpr) && ((BoolExpr *)item)->boolop == expression->boolop;
		if (is_same && canon->depth < MAX_DEPTH) {
			canon->depth++;
			write_bool_items(canon, (BoolExpr *)item, joiner, is_first);
			canon->depth--;
			continue;
		}
		if (!*is_first)
			iw_pg_write_text(canon, joiner);
		*is_first = false;
		size_t start = canon->out->len;
		iw_pg_write_node(canon, item, PG_HINT_NONE);
		bool is_flat = IsA(item, A_Expr) &&
			       ((((A_Expr *)item)->kind == AEXPR_BETWEEN && expression->boolop == AND_EXPR) ||
				(((A_Expr *)item)->kind == AEXPR_NOT_BETWEEN && expression->boolop == OR_EXPR));
		if (is_flat) {
			g_string_erase(canon->out, (gssize)start, 1);
			g_string_truncate(canon->out, canon->out->len - 1);
		}
	}
}

static void write_bool(struct canon *canon, const BoolExpr *expression)
{
	if (expression->boolop == NOT_EXPR) {
		iw_pg_write_text(canon, "(NOT ");
		iw_pg_write_node(canon, linitial(expression->args), PG_HINT_NONE);
		iw_pg_write_text(canon, ")");
		return;
	}
	bool is_first = true;
	iw_pg_write_text(canon, "(");
	write_bool_items(canon, expression, expression->boolop == AND_EXPR ? " AND " : " OR ", &is_first);
	iw_pg_write_text(canon, ")");
}

/* --- functions --- */

static const char *function_name(struct canon *canon, const FuncCall *call)
{
	static const char *const same[][2] = {{"transaction_timestamp", "now"}, {"extract", "date_part"}};
	const char *name = strVal(llast(call->funcname));
	const char *schema = list_length(call->funcname) > 1 ? strVal(linitial(call->funcname)) : "pg_catalog";
	bool is_catalog = strcmp(schema, "pg_catalog") == 0;
	if (!is_catalog && strcmp(schema, "public") != 0) {
		worsen(canon, IW_VOLATILITY_UNKNOWN);
		return iw_arena_printf(canon->reading->arena, "%s.%s", iw_pg_quote(canon->reading->arena, schema),
				       iw_pg_quote(canon->reading->arena, name));
	}
	worsen(canon, iw_pg_volatility(name));
	for (size_t i = 0; i < G_N_ELEMENTS(same); i++)
		if (strcmp(same[i][0], name) == 0)
			return same[i][1];
	return iw_pg_quote(canon->reading->arena, name);
}

static bool is_sequence_function(const char *name)
{
	return strcmp(name, "nextval") == 0 || strcmp(name, "currval") == 0 || strcmp(name, "setval") == 0;
}

static void write_function(struct canon *canon, const FuncCall *call)
{
	ListCell *cell;
	if (call->agg_order != NIL || call->agg_filter != NULL || call->over != NULL || call->agg_within_group)
		give_up(canon);
	const char *name = function_name(canon, call);
	bool is_sequence = is_sequence_function(name);
	iw_pg_write_text(canon, name);
	iw_pg_write_text(canon, call->agg_star ? "(*" : call->agg_distinct ? "(DISTINCT " : "(");
	foreach (cell, call->args) {
		int index = foreach_current_index(cell);
		if (index > 0)
			iw_pg_write_text(canon, ", ");
		if (call->func_variadic && index == list_length(call->args) - 1)
			iw_pg_write_text(canon, "VARIADIC ");
		iw_pg_write_node(canon, lfirst(cell), is_sequence && index == 0 ? PG_HINT_NAME : PG_HINT_NONE);
	}
	iw_pg_write_text(canon, ")");
}

static void write_value_function(struct canon *canon, const SQLValueFunction *function)
{
	static const char *const names[] = {
		[SVFOP_CURRENT_DATE] = "CURRENT_DATE",
		[SVFOP_CURRENT_TIME] = "CURRENT_TIME",
		[SVFOP_CURRENT_TIME_N] = "CURRENT_TIME(%d)",
		[SVFOP_CURRENT_TIMESTAMP] = "now()",
		[SVFOP_CURRENT_TIMESTAMP_N] = "CURRENT_TIMESTAMP(%d)",
		[SVFOP_LOCALTIME] = "LOCALTIME",
		[SVFOP_LOCALTIME_N] = "LOCALTIME(%d)",
		[SVFOP_LOCALTIMESTAMP] = "LOCALTIMESTAMP",
		[SVFOP_LOCALTIMESTAMP_N] = "LOCALTIMESTAMP(%d)",
		[SVFOP_CURRENT_ROLE] = "CURRENT_ROLE",
		[SVFOP_CURRENT_USER] = "CURRENT_USER",
		[SVFOP_USER] = "USER",
		[SVFOP_SESSION_USER] = "SESSION_USER",
		[SVFOP_CURRENT_CATALOG] = "CURRENT_CATALOG",
		[SVFOP_CURRENT_SCHEMA] = "CURRENT_SCHEMA",
	};
	const char *name = names[function->op];
	const char *argument = strchr(name, '%');
	worsen(canon, IW_STABLE);
	if (argument == NULL)
		iw_pg_write_text(canon, name);
	else
		g_string_append_printf(canon->out, "%.*s%d)", (int)(argument - name), name, function->typmod);
}

/* --- the rest --- */

/* One table only, so that the column's own name is enough. */
static void write_column(struct canon *canon, const ColumnRef *reference)
{
	Node *last = llast(reference->fields);
	if (!IsA(last, String)) {
		iw_pg_write_text(canon, "*");
		return;
	}
	iw_pg_write_text(canon, iw_pg_quote(canon->reading->arena, strVal(last)));
}

static bool is_null_constant(Node *node)
{
	node = iw_pg_strip_casts(node);
	return node != NULL && IsA(node, A_Const) && ((A_Const *)node)->isnull;
}

static void write_case(struct canon *canon, const CaseExpr *expression)
{
	ListCell *cell;
	iw_pg_write_text(canon, "CASE");
	if (expression->arg != NULL) {
		iw_pg_write_text(canon, " ");
		iw_pg_write_node(canon, (Node *)expression->arg, PG_HINT_NONE);
	}
	foreach (cell, expression->args) {
		const CaseWhen *when = lfirst_node(CaseWhen, cell);
		iw_pg_write_text(canon, " WHEN ");
		iw_pg_write_node(canon, (Node *)when->expr, PG_HINT_NONE);
		iw_pg_write_text(canon, " THEN ");
		iw_pg_write_node(canon, (Node *)when->result, PG_HINT_NONE);
	}
	if (expression->defresult != NULL && !is_null_constant((Node *)expression->defresult)) {
		iw_pg_write_text(canon, " ELSE ");
		iw_pg_write_node(canon, (Node *)expression->defresult, PG_HINT_NONE);
	}
	iw_pg_write_text(canon, " END");
}

static void write_array(struct canon *canon, const A_ArrayExpr *array, enum pg_hint hint)
{
	iw_pg_write_text(canon, "ARRAY[");
	iw_pg_write_list(canon, array->elements, hint);
	iw_pg_write_text(canon, "]");
}

static void write_indirection(struct canon *canon, const A_Indirection *indirection)
{
	ListCell *cell;
	iw_pg_write_text(canon, "(");
	iw_pg_write_node(canon, indirection->arg, PG_HINT_NONE);
	iw_pg_write_text(canon, ")");
	foreach (cell, indirection->indirection) {
		Node *item = lfirst(cell);
		if (IsA(item, String)) {
			g_string_append_printf(canon->out, ".%s", iw_pg_quote(canon->reading->arena, strVal(item)));
		} else if (IsA(item, A_Indices)) {
			const A_Indices *indices = (const A_Indices *)item;
			iw_pg_write_text(canon, "[");
			iw_pg_write_node(canon, indices->lidx, PG_HINT_NONE);
			iw_pg_write_text(canon, indices->is_slice ? ":" : "");
			iw_pg_write_node(canon, indices->uidx, PG_HINT_NONE);
			iw_pg_write_text(canon, "]");
		} else {
			iw_pg_write_text(canon, ".*");
		}
	}
}

static void write_collate(struct canon *canon, const CollateClause *clause)
{
	iw_pg_write_text(canon, "(");
	iw_pg_write_node(canon, clause->arg, PG_HINT_NONE);
	g_string_append_printf(canon->out, " COLLATE %s)",
			       iw_pg_quote(canon->reading->arena, strVal(llast(clause->collname))));
}

static void write_null_test(struct canon *canon, const NullTest *test)
{
	iw_pg_write_text(canon, "(");
	iw_pg_write_node(canon, (Node *)test->arg, PG_HINT_NONE);
	iw_pg_write_text(canon, test->nulltesttype == IS_NULL ? " IS NULL)" : " IS NOT NULL)");
}

static void write_boolean_test(struct canon *canon, const BooleanTest *test)
{
	static const char *const tests[] = {
		[IS_TRUE] = "TRUE",	      [IS_NOT_TRUE] = "NOT TRUE", [IS_FALSE] = "FALSE",
		[IS_NOT_FALSE] = "NOT FALSE", [IS_UNKNOWN] = "UNKNOWN",	  [IS_NOT_UNKNOWN] = "NOT UNKNOWN",
	};
	iw_pg_write_text(canon, "(");
	iw_pg_write_node(canon, (Node *)test->arg, PG_HINT_NONE);
	g_string_append_printf(canon->out, " IS %s)", tests[test->booltesttype]);
}

static void write_call_of(struct canon *canon, const char *name, const List *arguments)
{
	g_string_append_printf(canon->out, "%s(", name);
	iw_pg_write_list(canon, arguments, PG_HINT_NONE);
	iw_pg_write_text(canon, ")");
}

static void write_named_argument(struct canon *canon, const NamedArgExpr *argument)
{
	g_string_append_printf(canon->out, "%s => ", iw_pg_quote(canon->reading->arena, argument->name));
	iw_pg_write_node(canon, (Node *)argument->arg, PG_HINT_NONE);
}

static void write_any_node(struct canon *canon, Node *node, enum pg_hint hint)
{
	switch (nodeTag(node)) {
	case T_A_Const:
		write_constant(canon, (A_Const *)node, hint);
		break;
	case T_ColumnRef:
		write_column(canon, (ColumnRef *)node);
		break;
	case T_ParamRef:
		g_string_append_printf(canon->out, "$%d", ((ParamRef *)node)->number);
		break;
	case T_TypeCast:
		write_cast(canon, (TypeCast *)node);
		break;
	case T_A_Expr:
		iw_pg_write_operator(canon, (A_Expr *)node);
		break;
	case T_BoolExpr:
		write_bool(canon, (BoolExpr *)node);
		break;
	case T_FuncCall:
		write_function(canon, (FuncCall *)node);
		break;
	case T_SQLValueFunction:
		write_value_function(canon, (SQLValueFunction *)node);
		break;
	case T_CaseExpr:
		write_case(canon, (CaseExpr *)node);
		break;
	case T_CoalesceExpr:
		write_call_of(canon, "COALESCE", ((CoalesceExpr *)node)->args);
		break;
	case T_MinMaxExpr:
		write_call_of(canon, ((MinMaxExpr *)node)->op == IS_GREATEST ? "GREATEST" : "LEAST",
			      ((MinMaxExpr *)node)->args);
		break;
	case T_RowExpr:
		write_call_of(canon, "ROW", ((RowExpr *)node)->args);
		break;
	case T_A_ArrayExpr:
		write_array(canon, (A_ArrayExpr *)node, hint);
		break;
	case T_A_Indirection:
		write_indirection(canon, (A_Indirection *)node);
		break;
	case T_CollateClause:
		write_collate(canon, (CollateClause *)node);
		break;
	case T_NullTest:
		write_null_test(canon, (NullTest *)node);
		break;
	case T_BooleanTest:
		write_boolean_test(canon, (BooleanTest *)node);
		break;
	case T_NamedArgExpr:
		write_named_argument(canon, (NamedArgExpr *)node);
		break;
	default:
		give_up(canon);
		break;
	}
}

void iw_pg_write_node(struct canon *canon, Node *node, enum pg_hint hint)
{
	if (node == NULL)
		return;
	if (canon->depth >= MAX_DEPTH || canon->is_unreadable) {
		give_up(canon);
		return;
	}
	canon->depth++;
	write_any_node(canon, node, hint);
	canon->depth--;
}

/* --- the result --- */

static bool is_false_start(const struct reading *reading, const struct pg_token *token)
{
	return token->kind != PG_TOKEN_WORD || reading->text[token->offset + token->length] == '\'';
}

/* What has no normal form is compared token by token, words in lower case. */
static const char *token_text(struct reading *reading, size_t from, size_t to)
{
	const struct pg_token *tokens = iw_pg_tokens(reading);
	GString *out = g_string_new(NULL);
	guint first = iw_pg_token_from(reading, from);
	guint last = iw_pg_token_from(reading, to);
	while (first < last && iw_pg_is_punctuation(reading->text, &tokens[first], '(') &&
	       iw_pg_closing(reading, first) == last - 1) {
		first++;
		last--;
	}
	for (guint i = first; i < last; i++) {
		if (out->len > 0)
			g_string_append_c(out, ' ');
		size_t start = out->len;
		g_string_append_len(out, reading->text + tokens[i].offset, (gssize)tokens[i].length);
		for (size_t c = start; !is_false_start(reading, &tokens[i]) && c < out->len; c++)
			out->str[c] = g_ascii_tolower(out->str[c]);
	}
	const char *text = iw_arena_strndup(reading->arena, out->str, out->len);
	g_string_free(out, TRUE);
	return text;
}

static bool touches_amendment(const struct reading *reading, size_t from, size_t to)
{
	for (guint i = 0; reading->amendments != NULL && i < reading->amendments->len; i++)
		if (iw_pg_amendment_hides_expression(g_ptr_array_index(reading->amendments, i), from, to))
			return true;
	return false;
}

const struct iw_expression *iw_pg_expression(struct reading *reading, Node *node, size_t from, size_t to,
					     const struct iw_type *expected)
{
	struct iw_expression *expression = iw_new(reading->arena, struct iw_expression);
	struct canon canon = {.reading = reading, .out = g_string_sized_new(64), .volatility = IW_IMMUTABLE};
	bool is_boolean = expected != NULL && !expected->is_array && g_strcmp0(expected->base, "boolean") == 0;
	expression->text = iw_pg_slice(reading, from, to);
	expression->is_null = node != NULL && is_null_constant(node);
	expression->is_constant = node != NULL && is_literal(node);
	if (node == NULL)
		give_up(&canon);
	iw_pg_write_node(&canon, node, is_boolean ? PG_HINT_BOOLEAN : PG_HINT_NONE);
	if (canon.is_unreadable || touches_amendment(reading, from, to)) {
		expression->canonical = token_text(reading, from, to);
		expression->volatility = IW_VOLATILITY_UNKNOWN;
	} else {
		expression->canonical = iw_arena_strndup(reading->arena, canon.out->str, canon.out->len);
		expression->volatility = canon.volatility;
	}
	g_string_free(canon.out, TRUE);
	return expression;
}
