/* Conditions, expressions, defaults and generated columns as SQL: what the rest of the editor asks for; see
 * expressions.h. After Index._get_condition_sql(), db_default_sql(), _column_generated_sql() and IndexExpression. */
#include "framework/django/expression_internal.h"

/* A compiled expression, as text. */
static const char *text_of(struct django_context *context, struct iw_place place, const struct django_sql *sql,
			   enum django_quoting quoting)
{
	if (context->problem != NULL || sql->text == NULL)
		return NULL;
	return iw_django_interpolate(context, place, sql, quoting);
}

/* conditions ------------------------------------------------------------------------------------------------------- */

const char *iw_django_condition_sql(struct django_context *context, struct django_model_ref model,
				    struct iw_py_value *condition, enum django_truth *truth)
{
	struct django_query query = {.context = context, .model = model};
	struct django_node *where = iw_django_build_where(&query, condition);
	struct django_sql sql = where == NULL ? iw_django_sql_failed() : iw_django_where_sql(context, where);
	enum django_truth found = sql.text != NULL && *sql.text == '\0' ? DJANGO_ALWAYS_TRUE : sql.truth;
	if (context->problem != NULL)
		found = DJANGO_DEPENDS;
	if (truth != NULL)
		*truth = found;
	return found != DJANGO_DEPENDS ? NULL : text_of(context, condition->place, &sql, DJANGO_QUOTE_VALUE);
}

const char *iw_django_expression_sql(struct django_context *context, struct django_model_ref model,
				     struct iw_py_value *expression)
{
	struct django_query query = {.context = context, .model = model};
	struct django_node *node = iw_django_resolve_value(&query, expression);
	struct django_sql sql = node == NULL ? iw_django_sql_failed() : iw_django_compile(context, node);
	return text_of(context, expression->place, &sql, DJANGO_QUOTE_VALUE);
}

/* columns ---------------------------------------------------------------------------------------------------------- */

/* db_default as an expression; NULL: it failed. */
static struct django_node *default_node(struct django_context *context, struct django_field_ref field)
{
	struct django_query query = {.context = context, .model = {field.state, field.model}, .is_unresolved = true};
	struct iw_py_value *value = field.field->db_default;
	if (value == NULL)
		return iw_django_fail(context, field.field->place, "%s has no db_default", field.field->name);
	if (iw_django_is_expression(context, value))
		return iw_django_resolve_value(&query, value);
	if (iw_django_is_unknown(context, value))
		return NULL;
	struct django_node *node = iw_django_value_node(context, value);
	iw_django_set_output(node, field);
	return node;
}

/* _column_default_sql(): MySQL wants texts and JSON in parentheses. */
static bool wants_parentheses(struct django_context *context, struct django_field_ref field,
			      const struct django_node *node)
{
	static const char *const limited[] = {"blob", "tinyblob",   "mediumblob", "longblob", "tinytext",
					      "text", "mediumtext", "longtext",	  "json"};
	if (!iw_django_is_value(node))
		return true;
	if (context->engine.dialect != IW_MYSQL || iw_django_is_mariadb(context))
		return false;
	const char *type = iw_django_column_of(context, field).type;
	for (size_t i = 0; type != NULL && i < G_N_ELEMENTS(limited); i++)
		if (g_ascii_strcasecmp(limited[i], type) == 0)
			return true;
	return false;
}

/* Without a parameter nothing is formatted, so that "%%" stays in what is sent: Django's own mistake. */
static bool keeps_percents(struct django_context *context, const struct django_sql *sql)
{
	return context->engine.dialect != IW_SQLITE && sql->text != NULL && sql->parameters->len == 0 &&
	       strstr(sql->text, "%%") != NULL;
}

static const char *column_text(struct django_context *context, struct django_field_ref field,
			       const struct django_sql *sql)
{
	if (keeps_percents(context, sql))
		return iw_django_fail(context, field.field->place,
				      "what Django sends for %s depends on the other columns: it has a percent sign",
				      field.field->name);
	bool is_formatted = context->engine.dialect == IW_SQLITE || sql->parameters->len > 0;
	return is_formatted ? text_of(context, field.field->place, sql, DJANGO_BY_DRIVER) : sql->text;
}

const char *iw_django_db_default_sql(struct django_context *context, struct django_field_ref field)
{
	struct django_node *node = default_node(context, field);
	struct django_sql sql = node == NULL ? iw_django_sql_failed() : iw_django_compile(context, node);
	const char *text = sql.text == NULL ? NULL : column_text(context, field, &sql);
	if (text == NULL || !wants_parentheses(context, field, node))
		return text;
	return iw_arena_printf(context->arena, "(%s)", text);
}

/* GeneratedField.generated_sql() */
static struct django_sql generated(struct django_context *context, struct django_field_ref field)
{
	struct django_query query = {.context = context, .model = {field.state, field.model}};
	struct iw_py_value *expression = field.field->expression;
	if (expression == NULL || !iw_django_is_expression(context, expression)) {
		if (expression == NULL || !iw_django_is_unknown(context, expression))
			iw_django_fail(context, field.field->place, "the expression of %s is not known",
				       field.field->name);
		return iw_django_sql_failed();
	}
	struct django_node *node = iw_django_resolve_value(&query, expression);
	struct django_sql sql = node == NULL ? iw_django_sql_failed() : iw_django_compile(context, node);
	if (sql.text == NULL)
		iw_django_fail(context, field.field->place, "the expression of %s is always the same",
			       field.field->name);
	return sql;
}

const char *iw_django_generated_sql(struct django_context *context, struct django_field_ref field)
{
	struct django_sql sql = generated(context, field);
	const char *text = sql.text == NULL ? NULL : column_text(context, field, &sql);
	return text == NULL ? NULL
			    : iw_arena_printf(context->arena, "GENERATED ALWAYS AS (%s) %s", text,
					      field.field->is_stored ? "STORED" : "VIRTUAL");
}

bool iw_django_has_parameters(struct django_context *context, struct django_field_ref field)
{
	struct django_sql sql = iw_django_sql_failed();
	if (context->engine.dialect == IW_SQLITE)
		return false;
	if (field.field->type == DJANGO_GENERATED) {
		sql = generated(context, field);
	} else if (field.field->db_default != NULL) {
		struct django_node *node = default_node(context, field);
		sql = node == NULL ? sql : iw_django_compile(context, node);
	}
	return sql.text != NULL && sql.parameters->len > 0;
}

/* indexed expressions ---------------------------------------------------------------------------------------------- */

/* IndexExpression.wrapper_classes: what stands around an indexed expression; -1: nothing of that kind. */
static int wrapper_rank(struct django_context *context, const struct django_node *node)
{
	bool has_collate = context->engine.dialect != IW_MYSQL;
	if (node->kind == NODE_ORDER_BY)
		return 0;
	if (node->kind != NODE_FUNCTION)
		return -1;
	if (strcmp(node->function->name, "OpClass") == 0)
		return context->engine.dialect == IW_POSTGRES ? 1 : -1;
	return has_collate && strcmp(node->function->name, "Collate") == 0 ? 2 : -1;
}

static bool has_wrapper(struct django_context *context, const struct django_node *node)
{
	if (wrapper_rank(context, node) >= 0)
		return true;
	for (guint i = 0; i < node->sources->len; i++)
		if (has_wrapper(context, node->sources->pdata[i]))
			return true;
	return false;
}

/* Func(root, template="(%(expressions)s)"), unless it is a column. */
static struct django_node *in_parentheses(struct django_context *context, struct django_node *root)
{
	if (root->kind == NODE_COLUMN)
		return root;
	struct django_node *group = iw_django_function_node(context, "Func", root, NULL);
	group->extra = iw_arena_hash_table(context->arena, g_str_hash, g_str_equal);
	g_hash_table_insert(group->extra, (gpointer) "template", (gpointer) "(%(expressions)s)");
	return group;
}

/* IndexExpression.resolve_expression(): order, operator class and collation around the expression, in that order. */
static struct django_node *indexed(struct django_context *context, struct django_node *node)
{
	struct django_node *wrappers[3] = {NULL};
	int rank;
	while ((rank = wrapper_rank(context, node)) >= 0) {
		if (wrappers[rank] != NULL)
			return iw_django_fail(context, node->place,
					      "an indexed expression has two orders, operator classes or collations");
		wrappers[rank] = node;
		node = node->sources->pdata[0];
	}
	if (has_wrapper(context, node))
		return iw_django_fail(context, node->place,
				      "orders, operator classes and collations must be around an indexed expression");
	struct django_node *result = in_parentheses(context, node);
	for (int i = 2; i >= 0; i--) {
		if (wrappers[i] == NULL)
			continue;
		struct django_node *copy = iw_arena_memdup(context->arena, wrappers[i], sizeof *copy);
		copy->sources = iw_arena_ptr_array(context->arena);
		copy->output = (struct django_output){0};
		g_ptr_array_add(copy->sources, result);
		result = copy;
	}
	return result;
}

const char *iw_django_indexed_sql(struct django_context *context, struct django_model_ref model,
				  struct iw_py_value *expression, const char *opclass, GPtrArray *columns)
{
	struct django_query query = {.context = context, .model = model};
	struct django_node *node = iw_django_resolve(&query, expression);
	if (node != NULL && opclass != NULL) {
		node = iw_django_function_node(context, "OpClass", node, NULL);
		node->extra = iw_arena_hash_table(context->arena, g_str_hash, g_str_equal);
		g_hash_table_insert(node->extra, (gpointer) "name", (gpointer)opclass);
	}
	node = node == NULL ? NULL : indexed(context, node);
	if (node == NULL)
		return NULL;
	GPtrArray *named = iw_django_columns_in(context, node);
	for (guint i = 0; i < named->len; i++)
		if (!g_ptr_array_find_with_equal_func(columns, named->pdata[i], g_str_equal, NULL))
			g_ptr_array_add(columns, named->pdata[i]);
	struct django_sql sql = iw_django_compile(context, node);
	if (sql.text == NULL)
		return iw_django_fail(context, expression->place, "an indexed expression is always the same");
	return text_of(context, expression->place, &sql, DJANGO_QUOTE_VALUE);
}

/* names ------------------------------------------------------------------------------------------------------------ */

static void add_name(struct django_context *context, GPtrArray *names, const char *path)
{
	const char *end = strstr(path, "__");
	char *name = end == NULL ? iw_arena_strdup(context->arena, path)
				 : iw_arena_strndup(context->arena, path, (size_t)(end - path));
	if (!g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL))
		g_ptr_array_add(names, name);
}

static void add_names(struct django_context *context, GPtrArray *names, const struct iw_py_value *value, bool is_text,
		      int depth);

/* Is the positional argument an expression, so that a str is a field? */
static bool is_field_argument(const struct django_function *function, guint position)
{
	static const char *const others[] = {"Value", "RawSQL", "CombinedExpression", "SearchConfig", "SearchQuery"};
	for (size_t i = 0; i < G_N_ELEMENTS(others); i++)
		if (strcmp(function->name, others[i]) == 0)
			return false;
	if (strcmp(function->name, "KeyTransform") == 0 || strcmp(function->name, "KeyTextTransform") == 0)
		return position == 1;
	bool has_word = strcmp(function->name, "Collate") == 0 || strcmp(function->name, "OpClass") == 0 ||
			g_str_has_prefix(function->name, "Extract") || g_str_has_prefix(function->name, "Trunc");
	if (g_str_has_prefix(function->name, "Trigram"))
		return g_str_has_prefix(function->parameters, "string") ? position == 1 : position == 0;
	return !has_word || position == 0;
}

static void add_names_of_call(struct django_context *context, GPtrArray *names, const struct iw_py_value *call,
			      int depth)
{
	enum django_module module;
	const char *class = iw_django_class_of(call, &module);
	const struct django_function *function =
		class == NULL ? NULL : iw_django_function_named(context, module, class);
	bool is_q = iw_django_is_q(context, call), is_when = class != NULL && strcmp(class, "When") == 0;
	for (guint i = 0; call->items != NULL && i < call->items->len; i++) {
		const struct iw_py_value *item = call->items->pdata[i];
		bool is_pair = is_q && (item->kind == IW_PY_TUPLE || item->kind == IW_PY_LIST) && item->items->len == 2;
		if (is_pair && iw_py_text(item->items->pdata[0]) != NULL)
			add_name(context, names, iw_py_text(item->items->pdata[0]));
		add_names(context, names, is_pair ? item->items->pdata[1] : item,
			  function != NULL && is_field_argument(function, i), depth);
	}
	for (guint i = 0; call->names != NULL && i < call->names->len; i++) {
		const char *name = call->names->pdata[i];
		bool is_known = name[0] == '_' || strcmp(name, "then") == 0 || strcmp(name, "condition") == 0;
		if ((is_q || is_when) && !is_known)
			add_name(context, names, name);
		bool is_text = strcmp(name, "then") == 0 || strcmp(name, "expression") == 0 ||
			       (class != NULL && strcmp(class, "JSONObject") == 0);
		add_names(context, names, call->values->pdata[i], is_text, depth);
	}
	if (call->receiver != NULL)
		add_names(context, names, call->receiver, false, depth);
}

/* `is_text`: a str names a field. */
static void add_names(struct django_context *context, GPtrArray *names, const struct iw_py_value *value, bool is_text,
		      int depth)
{
	if (depth > 100)
		return;
	if (value->kind == IW_PY_STRING && is_text)
		add_name(context, names, value->text);
	else if (value->kind == IW_PY_CALL)
		add_names_of_call(context, names, value, depth + 1);
	else if (value->kind == IW_PY_ATTRIBUTE && value->receiver != NULL)
		add_names(context, names, value->receiver, false, depth + 1);
	else if (value->items != NULL && value->kind != IW_PY_DICT)
		for (guint i = 0; i < value->items->len; i++)
			add_names(context, names, value->items->pdata[i], false, depth + 1);
}

GPtrArray *iw_django_used_fields(struct django_context *context, const struct iw_py_value *expression)
{
	GPtrArray *names = iw_arena_ptr_array(context->arena);
	add_names(context, names, expression, true, 0);
	return names;
}
