/* Nodes as SQL: the as_sql() and as_vendor() of django/db/models/expressions.py, with what the backends' operations.py
 * say about operators; see expression_internal.h. */
#include "framework/django/expression_internal.h"

bool iw_django_is_mariadb(const struct django_context *context)
{
	return context->engine.dialect == IW_MYSQL && context->engine.is_mariadb;
}

static struct django_node *source_of(const struct django_node *node, guint index)
{
	return index < node->sources->len ? node->sources->pdata[index] : NULL;
}

static bool is_text(const char *text, const char *other)
{
	return strcmp(text, other) == 0;
}

/* values ----------------------------------------------------------------------------------------------------------- */

/* get_placeholder(); that of MySQL's bytes is in the literal. */
static const char *placeholder(struct django_context *context, struct django_field_ref field)
{
	enum django_type type = field.field == NULL ? DJANGO_NO_COLUMN : field.field->type;
	if (type == DJANGO_ARRAY || (type == DJANGO_RANGE && context->version >= 40100)) {
		const char *name = iw_django_column_of(context, field).type;
		return name == NULL ? NULL : iw_arena_printf(context->arena, "%%s::%s", name);
	}
	return "%s";
}

/* What Value.as_sqlite() casts decimals to; NULL: it does not. */
static const char *decimal_cast(struct django_context *context, struct django_node *node)
{
	if (context->engine.dialect != IW_SQLITE || context->version < 40000 ||
	    !iw_django_output_is(context, node, DJANGO_DECIMAL))
		return NULL;
	bool is_decimal = iw_py_is(context->python, node->value, "decimal.Decimal");
	return context->version >= 60100 && is_decimal ? "(CAST(%s AS REAL))"
	       : context->version >= 50000	       ? "(CAST(%s AS NUMERIC))"
						       : "CAST(%s AS NUMERIC)";
}

/* None: NULL, or a parameter where the type stands beside it. */
static struct django_sql none_sql(struct django_context *context, const char *text)
{
	if (is_text(text, "%s"))
		return iw_django_sql(context, "NULL");
	struct django_sql sql = iw_django_sql(context, text);
	iw_django_sql_add(&sql, iw_django_literal_parameter(context, "NULL"));
	return sql;
}

static struct django_sql value_sql(struct django_context *context, struct django_node *node)
{
	struct django_field_ref field = iw_django_output_field(context, node);
	const char *text = placeholder(context, field), *cast = decimal_cast(context, node);
	if (text == NULL)
		return iw_django_sql_failed();
	bool is_json = field.field != NULL && field.field->type == DJANGO_JSON && context->version >= 40200;
	bool is_none = node->value->kind == IW_PY_NONE;
	struct django_sql sql =
		is_none && is_json ? iw_django_sql_parameter(context, iw_django_json_null(context))
		: is_none	   ? none_sql(context, text)
				   : iw_django_sql_parameter(context, iw_django_parameter(context, field, node->value));
	if (sql.text == NULL)
		return sql;
	if (sql.parameters->len > 0)
		sql.text = text;
	if (cast != NULL) {
		g_auto(GStrv) halves = g_strsplit(cast, "%s", 2);
		sql.text = iw_arena_printf(context->arena, "%s%s%s", halves[0], sql.text, halves[1]);
	}
	return sql;
}

static struct django_sql raw_sql(struct django_context *context, struct django_node *node)
{
	struct django_sql sql = iw_django_sql(context, iw_arena_printf(context->arena, "(%s)", node->text));
	for (guint i = 0; node->value != NULL && node->value->items != NULL && i < node->value->items->len; i++) {
		struct django_sql_value *parameter =
			iw_django_parameter(context, (struct django_field_ref){0}, node->value->items->pdata[i]);
		if (parameter == NULL)
			return iw_django_sql_failed();
		iw_django_sql_add(&sql, parameter);
	}
	return sql;
}

/* functions -------------------------------------------------------------------------------------------------------- */

/* expression.empty_result_set_value; NULL: NotImplemented. */
static struct django_node *empty_value(struct django_context *context, struct django_node *node)
{
	if (node->kind == NODE_VALUE)
		return node;
	bool is_coalesce = node->kind == NODE_FUNCTION && is_text(node->function->name, "Coalesce");
	for (guint i = 0; is_coalesce && i < node->sources->len; i++) {
		struct django_node *value = empty_value(context, node->sources->pdata[i]);
		if (value == NULL || value->value->kind != IW_PY_NONE)
			return value;
	}
	return is_coalesce ? iw_django_value_node(context, iw_py_new_none(context->python)) : NULL;
}

/* An argument of a function: conditions that are always true or false become values. */
static struct django_sql argument_sql(struct django_context *context, struct django_node *node)
{
	struct django_sql sql = iw_django_compile(context, node);
	if (sql.text != NULL || sql.truth == DJANGO_DEPENDS)
		return sql;
	struct django_node *value = sql.truth == DJANGO_ALWAYS_TRUE
					    ? iw_django_value_node(context, iw_py_new_boolean(context->python, true))
					    : (context->version >= 40000 ? empty_value(context, node) : NULL);
	return value == NULL ? sql : iw_django_compile(context, value);
}

static const char *extra_of(const struct django_node *node, const char *name)
{
	return node->extra == NULL ? NULL : g_hash_table_lookup(node->extra, name);
}

struct django_sql iw_django_function_sql(struct django_context *context, struct django_node *node, const char *function,
					 const char *template, const char *joiner)
{
	const struct django_function *row = node->function;
	const char *with[] = {joiner, extra_of(node, "arg_joiner"), row->joiner, ", "};
	for (size_t i = 0; joiner == NULL && i < G_N_ELEMENTS(with); i++)
		joiner = with[i];
	struct django_sql sql = iw_django_sql(context, NULL);
	g_autoptr(GString) list = g_string_new(NULL);
	for (guint i = 0; i < node->sources->len; i++) {
		struct django_sql part = argument_sql(context, node->sources->pdata[i]);
		if (part.text == NULL)
			return part;
		g_string_append_printf(list, "%s%s", i == 0 ? "" : joiner, part.text);
		iw_django_sql_join(&sql, &part);
	}
	g_autoptr(GHashTable) data = g_hash_table_new(g_str_hash, g_str_equal);
	GHashTableIter iterator;
	gpointer name, text;
	if (node->extra != NULL) {
		g_hash_table_iter_init(&iterator, node->extra);
		while (g_hash_table_iter_next(&iterator, &name, &text))
			g_hash_table_insert(data, name, text);
	}
	if (function != NULL || !g_hash_table_contains(data, "function"))
		g_hash_table_insert(data, (gpointer) "function",
				    (gpointer)(function != NULL ? function : row->function));
	g_hash_table_insert(data, (gpointer) "expressions", list->str);
	g_hash_table_insert(data, (gpointer) "field", list->str);
	template = template != NULL			? template
		   : extra_of(node, "template") != NULL ? extra_of(node, "template")
		   : row->template != NULL		? row->template
							: "%(function)s(%(expressions)s)";
	sql.text = iw_django_fill_template(context, node->place, template, data);
	return sql;
}

struct django_sql iw_django_numeric_cast(struct django_context *context, struct django_node *node,
					 struct django_sql sql)
{
	if (sql.text == NULL || context->engine.dialect != IW_SQLITE ||
	    !iw_django_output_is(context, node, DJANGO_DECIMAL))
		return sql;
	sql.text = iw_arena_printf(
		context->arena, context->version >= 50000 ? "(CAST(%s AS NUMERIC))" : "CAST(%s AS NUMERIC)", sql.text);
	return sql;
}

struct django_sql iw_django_engine_sql(struct django_context *context, struct django_node *node)
{
	const struct django_function *row = node->function;
	switch (context->engine.dialect) {
	case IW_POSTGRES:
		return iw_django_function_sql(context, node, row->on_postgres.function, row->on_postgres.template,
					      NULL);
	case IW_MYSQL:
		return iw_django_function_sql(context, node, row->on_mysql.function, row->on_mysql.template, NULL);
	default:
		return iw_django_function_sql(context, node, row->on_sqlite.function, row->on_sqlite.template, NULL);
	}
}

static struct django_sql any_function_sql(struct django_context *context, struct django_node *node)
{
	struct django_sql sql = node->function->compile != NULL ? node->function->compile(context, node)
								: iw_django_engine_sql(context, node);
	return node->function->is_plain_on_sqlite ? sql : iw_django_numeric_cast(context, node, sql);
}

/* operators -------------------------------------------------------------------------------------------------------- */

/* ops.combine_expression() */
static const char *combine(struct django_context *context, const char *connector, const char *lhs, const char *rhs)
{
	static const struct {
		const char *connector;
		enum iw_dialect dialect;
		const char *format;
	} rows[] = {
		{"^", IW_SQLITE, "POWER(%s,%s)"},
		{"#", IW_SQLITE, "BITXOR(%s,%s)"},
		{"^", IW_MYSQL, "POW(%s,%s)"},
		{"&", IW_MYSQL, "CONVERT(%s&%s, SIGNED)"},
		{"|", IW_MYSQL, "CONVERT(%s|%s, SIGNED)"},
		{"<<", IW_MYSQL, "CONVERT(%s<<%s, SIGNED)"},
		{"#", IW_MYSQL, "CONVERT(%s^%s, SIGNED)"},
		{">>", IW_MYSQL, "FLOOR(%s / POW(2, %s))"},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		if (rows[i].dialect == context->engine.dialect && is_text(rows[i].connector, connector)) {
			g_auto(GStrv) parts = g_strsplit(rows[i].format, "%s", 3);
			return iw_arena_printf(context->arena, "%s%s%s%s%s", parts[0], lhs, parts[1], rhs, parts[2]);
		}
	return iw_arena_printf(context->arena, "%s %s %s", lhs, connector, rhs);
}

static struct django_sql combined_sql(struct django_context *context, struct django_node *node)
{
	struct django_sql lhs = iw_django_compile(context, source_of(node, 0));
	if (lhs.text == NULL)
		return lhs;
	struct django_sql rhs = iw_django_compile(context, source_of(node, 1));
	if (rhs.text == NULL)
		return rhs;
	return iw_django_sql_of(context, &lhs, &rhs, "(%s)", combine(context, node->text, lhs.text, rhs.text));
}

/* DurationExpression.compile() */
static struct django_sql duration_side(struct django_context *context, struct django_node *node)
{
	struct django_sql sql = iw_django_compile(context, node);
	if (sql.text != NULL && context->engine.dialect == IW_MYSQL &&
	    iw_django_output_is(context, node, DJANGO_DURATION))
		sql.text = iw_arena_printf(context->arena, "INTERVAL %s MICROSECOND", sql.text);
	return sql;
}

static bool may_be_factor(struct django_context *context, struct django_node *node)
{
	struct django_field_ref field = iw_django_output_field(context, node);
	enum django_type type = field.field == NULL ? DJANGO_NO_COLUMN : field.field->type;
	return field.field == NULL || type == DJANGO_DECIMAL || type == DJANGO_DURATION || type == DJANGO_FLOAT ||
	       type == DJANGO_INTEGER;
}

static struct django_sql duration_sql(struct django_context *context, struct django_node *node)
{
	if (context->engine.dialect == IW_POSTGRES)
		return combined_sql(context, node);
	struct django_sql lhs = duration_side(context, source_of(node, 0));
	struct django_sql rhs = lhs.text == NULL ? lhs : duration_side(context, source_of(node, 1));
	if (lhs.text == NULL || rhs.text == NULL)
		return iw_django_sql_failed();
	const char *connector = node->text;
	bool is_sum = is_text(connector, "+") || is_text(connector, "-");
	bool is_product = is_text(connector, "*") || is_text(connector, "/");
	if (context->engine.dialect == IW_MYSQL) /* anything but a sum is an error of the server */
		return iw_django_sql_of(context, &lhs, &rhs, "(%s)", combine(context, connector, lhs.text, rhs.text));
	bool is_old = context->version < 40000;
	if (!is_sum && (is_old || !is_product || !may_be_factor(context, source_of(node, 0)) ||
			!may_be_factor(context, source_of(node, 1)))) {
		iw_django_fail(context, node->place, "Django refuses the operator \"%s\" of a duration", connector);
		return iw_django_sql_failed();
	}
	struct django_sql sql = iw_django_sql_of(context, &lhs, &rhs, "(django_format_dtdelta('%s', %s, %s))",
						 connector, lhs.text, rhs.text);
	return is_old ? iw_django_numeric_cast(context, node, sql) : sql;
}

/* ops.subtract_temporals() */
static struct django_sql temporal_sql(struct django_context *context, struct django_node *node)
{
	struct django_sql lhs = iw_django_compile(context, source_of(node, 0));
	struct django_sql rhs = lhs.text == NULL ? lhs : iw_django_compile(context, source_of(node, 1));
	if (lhs.text == NULL || rhs.text == NULL)
		return iw_django_sql_failed();
	enum django_type type = iw_django_output_field(context, source_of(node, 0)).field->type;
	bool is_time = type == DJANGO_TIME;
	if (context->engine.dialect == IW_SQLITE)
		return iw_django_sql_of(context, &lhs, &rhs, "django_%s_diff(%s, %s)", is_time ? "time" : "timestamp",
					lhs.text, rhs.text);
	if (context->engine.dialect == IW_POSTGRES)
		return type == DJANGO_DATE ? iw_django_sql_of(context, &lhs, &rhs, "(interval '1 day' * (%s - %s))",
							      lhs.text, rhs.text)
					   : iw_django_sql_of(context, &lhs, &rhs, "(%s - %s)", lhs.text, rhs.text);
	if (!is_time)
		return iw_django_sql_of(context, &rhs, &lhs, "TIMESTAMPDIFF(MICROSECOND, %s, %s)", rhs.text, lhs.text);
	if (iw_django_is_mariadb(context))
		return iw_django_sql_of(context, &lhs, &rhs,
					"CAST((TIME_TO_SEC(%s) - TIME_TO_SEC(%s)) * 1000000 AS SIGNED)", lhs.text,
					rhs.text);
	struct django_sql left = iw_django_sql_of(context, &lhs, &lhs, "%s", lhs.text);
	struct django_sql right = iw_django_sql_of(context, &rhs, &rhs, "%s", rhs.text);
	return iw_django_sql_of(context, &left, &right,
				"((TIME_TO_SEC(%s) * 1000000 + MICROSECOND(%s)) - (TIME_TO_SEC(%s) * 1000000 + "
				"MICROSECOND(%s)))",
				lhs.text, lhs.text, rhs.text, rhs.text);
}

/* conditions ------------------------------------------------------------------------------------------------------- */

bool iw_django_is_supported_in_where(struct django_context *context, struct django_node *node)
{
	enum iw_dialect dialect = context->engine.dialect;
	bool is_picky =
		dialect == IW_MYSQL ? context->version >= 40100 : dialect == IW_SQLITE && context->version >= 60100;
	if (!is_picky || node->kind == NODE_LOOKUP)
		return true;
	if (node->kind == NODE_WRAPPER || node->kind == NODE_NEGATED)
		return iw_django_is_supported_in_where(context, source_of(node, 0));
	return context->version >= 60100 && (node->kind == NODE_WHERE || node->kind == NODE_RAW);
}

static struct django_sql when_sql(struct django_context *context, struct django_node *node)
{
	struct django_sql condition = iw_django_compile(context, source_of(node, 0));
	if (condition.text == NULL)
		return condition;
	struct django_sql result = iw_django_compile(context, source_of(node, 1));
	if (result.text == NULL)
		return result;
	return iw_django_sql_of(context, &condition, &result, "WHEN %s THEN %s", condition.text, result.text);
}

/* What a Case is when none of its conditions is left. */
static struct django_sql default_sql(struct django_context *context, struct django_node *node)
{
	struct django_field_ref field = iw_django_output_field(context, node);
	if (context->version < 60000 || node->kind != NODE_VALUE || field.field == NULL)
		return iw_django_compile(context, node);
	struct django_node *cast = iw_django_function_node(context, "Cast", node, NULL);
	iw_django_set_output(cast, field);
	return iw_django_compile(context, cast);
}

/* ops.unification_cast_sql() */
static struct django_sql unify(struct django_context *context, struct django_node *node, struct django_sql sql)
{
	const struct django_output *output = iw_django_output(context, node);
	if (output->kind == DJANGO_OUTPUT_ERROR) {
		iw_django_fail(context, node->place, "%s", output->error);
		return iw_django_sql_failed();
	}
	if (output->kind != DJANGO_OUTPUT_FIELD || context->engine.dialect != IW_POSTGRES)
		return sql;
	enum django_type type = output->field.field->type;
	if (type != DJANGO_GENERIC_IP_ADDRESS && type != DJANGO_IP_ADDRESS && type != DJANGO_TIME &&
	    type != DJANGO_UUID)
		return sql;
	const char *name = iw_django_column_of(context, output->field).type;
	if (name == NULL)
		return iw_django_sql_failed();
	sql.text = iw_arena_printf(context->arena, "CAST(%s AS %.*s)", sql.text, (int)strcspn(name, "("), name);
	return sql;
}

static struct django_sql case_sql(struct django_context *context, struct django_node *node)
{
	struct django_node *rest = node->sources->pdata[node->sources->len - 1];
	if (node->sources->len == 1)
		return iw_django_compile(context, rest);
	struct django_sql sql = iw_django_sql(context, NULL);
	g_autoptr(GString) cases = g_string_new(NULL);
	for (guint i = 0; i + 1 < node->sources->len; i++) {
		struct django_node *when = node->sources->pdata[i];
		struct django_sql part = iw_django_compile(context, when);
		if (part.text == NULL && part.truth == DJANGO_DEPENDS)
			return part;
		if (part.truth == DJANGO_ALWAYS_TRUE) {
			rest = source_of(when, 1);
			break;
		}
		if (part.text == NULL)
			continue;
		g_string_append_printf(cases, "%s%s", cases->len == 0 ? "" : " ", part.text);
		iw_django_sql_join(&sql, &part);
	}
	if (cases->len == 0)
		return default_sql(context, rest);
	struct django_sql otherwise = iw_django_compile(context, rest);
	if (otherwise.text == NULL)
		return otherwise;
	iw_django_sql_join(&sql, &otherwise);
	sql.text = iw_arena_printf(context->arena, "CASE %s ELSE %s END", cases->str, otherwise.text);
	return unify(context, node, sql);
}

/* Case and ExpressionWrapper cast decimals of SQLite since Django 4.1. */
static struct django_sql cast_lately(struct django_context *context, struct django_node *node, struct django_sql sql)
{
	return context->version >= 40100 ? iw_django_numeric_cast(context, node, sql) : sql;
}

static struct django_sql negated_sql(struct django_context *context, struct django_node *node)
{
	struct django_sql sql = iw_django_compile(context, source_of(node, 0));
	if (sql.truth == DJANGO_ALWAYS_FALSE)
		return iw_django_compile(context,
					 iw_django_value_node(context, iw_py_new_boolean(context->python, true)));
	if (sql.text == NULL)
		return sql;
	bool is_supported = iw_django_is_supported_in_where(context, source_of(node, 0));
	sql.text = iw_arena_printf(context->arena, is_supported ? "NOT %s" : "CASE WHEN %s = 0 THEN 1 ELSE 0 END",
				   sql.text);
	return sql;
}

/* orders and lists ------------------------------------------------------------------------------------------------- */

/* Only PostgreSQL and SQLite (since 3.30, which all have) know NULLS FIRST. */
static struct django_sql order_by_sql(struct django_context *context, struct django_node *node)
{
	struct django_sql sql = iw_django_compile(context, source_of(node, 0));
	if (sql.text == NULL)
		return sql;
	const char *order = node->is_descending ? "DESC" : "ASC", *text = sql.text;
	if (context->engine.dialect != IW_MYSQL) {
		sql.text = iw_arena_printf(context->arena, "%s %s%s", text, order,
					   node->nulls_last    ? " NULLS LAST"
					   : node->nulls_first ? " NULLS FIRST"
							       : "");
		return sql;
	}
	bool is_last = node->nulls_last && !node->is_descending, is_first = node->nulls_first && node->is_descending;
	if (!is_last && !is_first)
		return iw_django_sql_of(context, &sql, NULL, "%s %s", text, order);
	return iw_django_sql_of(context, &sql, &sql, "%s IS %s, %s %s", text, is_last ? "NULL" : "NOT NULL", text,
				order);
}

static struct django_sql list_sql(struct django_context *context, struct django_node *node)
{
	struct django_sql sql = iw_django_sql(context, NULL);
	g_autoptr(GString) text = g_string_new(NULL);
	for (guint i = 0; i < node->sources->len; i++) {
		struct django_sql part = argument_sql(context, node->sources->pdata[i]);
		if (part.text == NULL)
			return part;
		g_string_append_printf(text, "%s%s", i == 0 ? "" : ", ", part.text);
		iw_django_sql_join(&sql, &part);
	}
	sql.text = iw_arena_strdup(context->arena, text->str);
	return sql;
}

static struct django_sql column_sql(struct django_context *context, const struct django_node *node)
{
	const char *column = iw_django_column(context, node->column.field);
	const char *quoted = iw_django_quote_name(context, column);
	g_auto(GStrv) pieces = g_strsplit(quoted, "%", -1);
	g_autofree char *text = g_strjoinv("%%", pieces);
	return iw_django_sql(context, iw_arena_strdup(context->arena, text));
}

struct django_sql iw_django_compile(struct django_context *context, struct django_node *node)
{
	if (context->problem != NULL)
		return iw_django_sql_failed();
	switch (node->kind) {
	case NODE_COLUMN:
		return column_sql(context, node);
	case NODE_VALUE:
		return value_sql(context, node);
	case NODE_FUNCTION:
		return any_function_sql(context, node);
	case NODE_COMBINED:
		return iw_django_numeric_cast(context, node, combined_sql(context, node));
	case NODE_DURATION:
		return duration_sql(context, node);
	case NODE_TEMPORAL:
		return temporal_sql(context, node);
	case NODE_CASE:
		return cast_lately(context, node, case_sql(context, node));
	case NODE_WHEN:
		return when_sql(context, node);
	case NODE_WRAPPER:
		return cast_lately(context, node, iw_django_compile(context, source_of(node, 0)));
	case NODE_NEGATED:
		return iw_django_numeric_cast(context, node, negated_sql(context, node));
	case NODE_RAW:
		return raw_sql(context, node);
	case NODE_ORDER_BY:
		return order_by_sql(context, node);
	case NODE_LIST:
		return list_sql(context, node);
	case NODE_LOOKUP:
		return iw_django_lookup_sql(context, node);
	case NODE_WHERE:
		return iw_django_where_sql(context, node);
	}
	return iw_django_sql_failed();
}

/* columns ---------------------------------------------------------------------------------------------------------- */

static void add_columns(struct django_context *context, struct django_node *node, GPtrArray *columns)
{
	if (node == NULL)
		return;
	if (node->kind == NODE_COLUMN) {
		gpointer column = (gpointer)iw_django_column(context, node->column.field);
		if (!g_ptr_array_find_with_equal_func(columns, column, g_str_equal, NULL))
			g_ptr_array_add(columns, column);
	}
	for (guint i = 0; i < node->sources->len; i++)
		add_columns(context, node->sources->pdata[i], columns);
	if (node->rhs != NULL)
		add_columns(context, node->rhs->node, columns);
	for (guint i = 0; node->rhs != NULL && node->rhs->items != NULL && i < node->rhs->items->len; i++)
		add_columns(context, ((struct django_rhs *)node->rhs->items->pdata[i])->node, columns);
}

GPtrArray *iw_django_columns_in(struct django_context *context, struct django_node *node)
{
	GPtrArray *columns = iw_arena_ptr_array(context->arena);
	add_columns(context, node, columns);
	return columns;
}
