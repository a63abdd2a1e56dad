/* Values of the Python reader as trees of nodes; see expression_internal.h. After resolve_expression() of
 * django/db/models/expressions.py and names_to_path(), setup_joins() and resolve_ref() of sql/query.py. */
#include "framework/django/expression_internal.h"

enum { DEEPEST = 100 }; /* nested expressions; more is refused */

struct django_node *iw_django_node_new(struct django_context *context, enum django_node_kind kind,
				       struct iw_place place)
{
	struct django_node *node = iw_new(context->arena, struct django_node);
	node->kind = kind;
	node->place = place;
	node->sources = iw_arena_ptr_array(context->arena);
	return node;
}

/* what values are -------------------------------------------------------------------------------------------------- */

const char *iw_django_class_of(const struct iw_py_value *value, enum django_module *module)
{
	static const char *const prefixes[] = {"django.db.models.", "django.contrib.postgres."};
	const struct iw_py_value *called = value->kind == IW_PY_CALL ? value->receiver : NULL;
	for (guint i = 0; called != NULL && called->kind == IW_PY_FOREIGN && i < G_N_ELEMENTS(prefixes); i++) {
		if (!g_str_has_prefix(called->text, prefixes[i]))
			continue;
		*module = i == 0 ? DJANGO_MODELS : DJANGO_CONTRIB_POSTGRES;
		return strrchr(called->text, '.') + 1;
	}
	return NULL;
}

static const struct django_function *row_of(struct django_context *context, const struct iw_py_value *value)
{
	enum django_module module;
	const char *class = iw_django_class_of(value, &module);
	return class == NULL ? NULL : iw_django_function_named(context, module, class);
}

static bool is_lookup(const struct iw_py_value *value)
{
	enum django_module module;
	const char *class = iw_django_class_of(value, &module);
	return class != NULL && strstr(value->receiver->text, ".lookups.") != NULL && iw_django_is_lookup_class(class);
}

/* The first FOREIGN among the bases of a class of the project, and theirs; NULL: none. */
static const struct iw_py_value *foreign_base(const struct iw_py_value *class, int depth)
{
	for (guint i = 0; class->bases != NULL && i < class->bases->len && depth < 20; i++) {
		const struct iw_py_value *base = class->bases->pdata[i];
		const struct iw_py_value *found = base->kind == IW_PY_FOREIGN ? base
						  : base->kind == IW_PY_CLASS ? foreign_base(base, depth + 1)
									      : NULL;
		if (found != NULL)
			return found;
	}
	return NULL;
}

bool iw_django_is_expression(struct django_context *context, const struct iw_py_value *value)
{
	if (value->kind == IW_PY_OPERATION)
		for (guint i = 0; i < value->items->len; i++)
			if (iw_django_is_expression(context, value->items->pdata[i]))
				return true;
	if (value->kind != IW_PY_CALL || value->receiver == NULL)
		return false;
	const struct iw_py_value *called = value->receiver;
	if (called->kind == IW_PY_ATTRIBUTE && called->receiver != NULL)
		return iw_django_is_expression(context, called->receiver);
	if (called->kind == IW_PY_CLASS) {
		const struct iw_py_value *base = foreign_base(called, 0);
		const struct iw_py_value call = {.kind = IW_PY_CALL, .receiver = (struct iw_py_value *)base};
		return base != NULL && (row_of(context, &call) != NULL || is_lookup(&call));
	}
	return row_of(context, value) != NULL || is_lookup(value) || iw_django_is_q(context, value);
}

/* plain values ----------------------------------------------------------------------------------------------------- */

struct django_node *iw_django_value_node(struct django_context *context, struct iw_py_value *value)
{
	struct django_node *node = iw_django_node_new(context, NODE_VALUE, value->place);
	node->value = value;
	return node;
}

struct django_node *iw_django_text_node(struct django_context *context, const char *text)
{
	return iw_django_value_node(context, iw_py_new_string(context->python, text));
}

/* columns ---------------------------------------------------------------------------------------------------------- */

struct django_node *iw_django_column_node(struct django_context *context, struct django_field_ref target,
					  bool as_relation)
{
	const struct django_field *field = target.field;
	if (field->unknown != NULL)
		return iw_django_fail(context, field->place, "%s", field->unknown);
	if (field->is_many_to_many || iw_django_column(context, field) == NULL)
		return iw_django_fail(context, field->place, "%s has no column", field->name);
	struct django_node *node = iw_django_node_new(context, NODE_COLUMN, field->place);
	node->column = target;
	struct django_field_ref output = target;
	if (field->type == DJANGO_GENERATED && field->base != NULL)
		output.field = field->base;
	else if (!as_relation)
		output = iw_django_final_field(context, target);
	if (output.field == NULL)
		return NULL;
	iw_django_set_output(node, output);
	return node;
}

/* "author__pk": does the name say the column of the model's that the foreign key points to? */
static bool is_target(struct django_field_ref field, const char *name, bool *is_field)
{
	struct django_field_ref target = iw_django_target(field);
	if (target.model == NULL)
		return false;
	struct django_model_ref model = {target.state, target.model};
	struct django_field_ref named =
		strcmp(name, "pk") == 0 ? iw_django_primary_key(model) : iw_django_get_field(model, name);
	*is_field = named.field != NULL;
	return named.field != NULL && named.field == target.field;
}

struct django_field_ref iw_django_find_path(struct django_query *query, const char *name, struct iw_place place,
					    char ***rest, bool allows_targets)
{
	struct django_context *context = query->context;
	const struct django_field_ref nothing = {0};
	g_auto(GStrv) parts = g_strsplit(name, "__", -1);
	struct django_field_ref field = strcmp(parts[0], "pk") == 0 ? iw_django_primary_key(query->model)
								    : iw_django_get_field(query->model, parts[0]);
	if (field.field == NULL) {
		iw_django_fail(context, place, "%s has no field named '%s'", query->model.model->name, parts[0]);
		return nothing;
	}
	if (field.model != query->model.model) {
		iw_django_fail(context, place, "%s is a field of another model, %s", parts[0],
			       field.model == NULL ? "which is not known" : field.model->name);
		return nothing;
	}
	guint used = 1;
	bool is_relation = field.field->is_relation && !field.field->is_many_to_many;
	bool is_field = false;
	if (is_relation && parts[1] != NULL && is_target(field, parts[1], &is_field) && allows_targets)
		used = 2;
	else if (is_field) {
		iw_django_fail(context, place, "Django permits no joined fields here: %s", name);
		return nothing;
	}
	GPtrArray *list = iw_arena_ptr_array(context->arena);
	for (guint i = used; parts[i] != NULL; i++)
		g_ptr_array_add(list, iw_arena_strdup(context->arena, parts[i]));
	g_ptr_array_add(list, NULL);
	*rest = (char **)list->pdata;
	return field;
}

struct django_node *iw_django_resolve_name(struct django_query *query, const char *name, struct iw_place place)
{
	struct django_context *context = query->context;
	char **transforms = NULL;
	struct django_field_ref field = iw_django_find_path(query, name, place, &transforms, true);
	struct django_node *node = field.field == NULL ? NULL : iw_django_column_node(context, field, false);
	for (guint i = 0; node != NULL && transforms[i] != NULL; i++) {
		struct django_node *inner = node;
		node = iw_django_transform(context, inner, transforms[i]);
		if (node == NULL)
			return iw_django_fail(context, place, "the transform '%s' of %s is not known", transforms[i],
					      field.field->name);
	}
	if (node != NULL)
		node->place = place;
	return node;
}

/* functions -------------------------------------------------------------------------------------------------------- */

struct django_field_ref iw_django_output_given(struct django_query *query, struct iw_py_value *value)
{
	struct django_context *context = query->context;
	const struct django_model *model = query->model.model;
	struct django_field_ref output = {.state = query->model.state};
	if (iw_django_is_unknown(context, value))
		return output;
	struct django_field *field = iw_django_field_new(context, model == NULL ? "" : model->app_label,
							 model == NULL ? "" : model->name, "", value);
	if (field->unknown != NULL)
		iw_django_fail(context, value->place, "%s", field->unknown);
	else
		output.field = field;
	return output;
}

/* str() of what **extra may hold. */
static const char *extra_text(struct django_context *context, const struct iw_py_value *value)
{
	if (value->kind == IW_PY_STRING || value->kind == IW_PY_INTEGER)
		return value->text;
	if (value->kind == IW_PY_BOOLEAN)
		return value->boolean ? "True" : "False";
	return iw_django_fail(context, value->place, "it is not known what a function does with this argument");
}

static bool is_among(const char *const *names, const char *name)
{
	for (; names != NULL && *names != NULL; names++)
		if (strcmp(*names, name) == 0)
			return true;
	return false;
}

bool iw_django_take_keywords(struct django_query *query, struct django_node *node, const struct iw_py_value *call,
			     const char *const *known)
{
	struct django_context *context = query->context;
	for (guint i = 0; call->names != NULL && i < call->names->len; i++) {
		const char *name = call->names->pdata[i];
		struct iw_py_value *value = call->values->pdata[i];
		if (is_among(known, name) || (strcmp(name, "output_field") == 0 && value->kind == IW_PY_NONE))
			continue;
		if (strcmp(name, "output_field") == 0) {
			struct django_field_ref field = iw_django_output_given(query, value);
			if (field.field == NULL)
				return false;
			iw_django_set_output(node, field);
			continue;
		}
		const char *text = extra_text(context, value);
		if (text == NULL)
			return false;
		if (node->extra == NULL)
			node->extra = iw_arena_hash_table(context->arena, g_str_hash, g_str_equal);
		g_hash_table_insert(node->extra, (gpointer)name, (gpointer)text);
	}
	return true;
}

/* Adds the argument of a parameter as a source. */
static bool add_argument(struct django_query *query, struct django_node *node, const struct iw_py_value *call,
			 guint position, const char *name, bool is_last)
{
	struct django_context *context = query->context;
	const struct django_function *function = node->function;
	struct iw_py_value *value =
		name == NULL ? call->items->pdata[position] : iw_py_argument(call, (int)position, name);
	bool is_needed = (int)position < function->least, has_default = is_last && function->defaults != NULL;
	if (value == NULL && is_needed)
		return iw_django_fail(context, call->place, "%s takes more arguments", function->name) != NULL;
	if (name != NULL && value != NULL && value->kind == IW_PY_NONE && !is_needed && !has_default)
		return true;
	struct django_node *source = value != NULL ? iw_django_resolve(query, value)
				     : has_default ? iw_django_text_node(context, function->defaults)
						   : NULL;
	if (source != NULL)
		g_ptr_array_add(node->sources, source);
	return source != NULL || (value == NULL && !has_default);
}

struct django_node *iw_django_resolve_function(struct django_query *query, const struct django_function *function,
					       struct iw_py_value *call)
{
	struct django_context *context = query->context;
	struct django_node *node = iw_django_node_new(context, NODE_FUNCTION, call->place);
	node->function = function;
	g_auto(GStrv) names = g_strsplit(function->parameters == NULL ? "" : function->parameters, " ", -1);
	guint count = function->parameters == NULL ? call->items->len : g_strv_length(names);
	if (call->items->len > count)
		return iw_django_fail(context, call->place, "%s takes fewer arguments", function->name);
	for (guint i = 0; i < count; i++)
		if (!add_argument(query, node, call, i, function->parameters == NULL ? NULL : names[i], i + 1 == count))
			return NULL;
	return iw_django_take_keywords(query, node, call, (const char *const *)names) ? node : NULL;
}

/* classes of the project ------------------------------------------------------------------------------------------- */

static const char *const overrides[] = {"__init__",
					"as_sql",
					"as_postgresql",
					"as_mysql",
					"as_sqlite",
					"as_vendor",
					"resolve_expression",
					"_resolve_output_field",
					"get_source_expressions",
					"_parse_expressions",
					"get_source_fields"};

/* A text attribute of the class. false: it is there, but is no text. */
static bool text_attribute(struct django_context *context, struct iw_py_value *class, const char *name,
			   const char **text)
{
	struct iw_py_value *value = iw_py_find(context->python, class, name);
	if (value == NULL || value->kind == IW_PY_FOREIGN || value->kind == IW_PY_ATTRIBUTE)
		return true;
	if (value->kind != IW_PY_STRING && value->kind != IW_PY_NONE)
		return false;
	*text = iw_py_text(value);
	return true;
}

/* A class derived from Func that only says its function, template and output field. */
static struct django_node *resolve_project(struct django_query *query, struct iw_py_value *call)
{
	struct django_context *context = query->context;
	struct iw_py_value *class = call->receiver;
	const struct iw_py_value *base = foreign_base(class, 0);
	const struct iw_py_value of_base = {.kind = IW_PY_CALL, .receiver = (struct iw_py_value *)base};
	const struct django_function *row = base == NULL ? NULL : row_of(context, &of_base);
	if (row == NULL || row->resolve != NULL || row->compile != NULL)
		return iw_django_fail(context, call->place, "%s is a class of the project whose SQL is not known",
				      class->text);
	for (size_t i = 0; i < G_N_ELEMENTS(overrides); i++) {
		const struct iw_py_value *method = iw_py_find(context->python, class, overrides[i]);
		if (method != NULL && method->kind == IW_PY_FUNCTION)
			return iw_django_fail(context, call->place, "%s has a method %s() of its own", class->text,
					      overrides[i]);
	}
	struct django_function *own = iw_arena_memdup(context->arena, row, sizeof *row);
	own->name = class->text;
	if (!text_attribute(context, class, "function", &own->function) ||
	    !text_attribute(context, class, "template", &own->template) ||
	    !text_attribute(context, class, "arg_joiner", &own->joiner))
		return iw_django_fail(context, call->place, "the SQL of %s is not known", class->text);
	struct django_node *node = iw_django_resolve_function(query, own, call);
	struct iw_py_value *output = iw_py_find(context->python, class, "output_field");
	if (node == NULL || output == NULL || output->kind == IW_PY_FOREIGN || output->kind == IW_PY_ATTRIBUTE ||
	    node->output.kind != DJANGO_OUTPUT_UNASKED)
		return node;
	struct django_field_ref field = iw_django_output_given(query, output);
	if (field.field == NULL)
		return NULL;
	iw_django_set_output(node, field);
	return node;
}

/* operators and methods -------------------------------------------------------------------------------------------- */

static enum django_type internal_type(struct django_context *context, struct django_node *node)
{
	struct django_field_ref field = iw_django_output_field(context, node);
	return field.field == NULL ? DJANGO_NO_COLUMN : field.field->type;
}

/* CombinedExpression.resolve_expression(): what it becomes once its operands are known. */
struct django_node *iw_django_combined_node(struct django_context *context, struct django_node *lhs,
					    const char *connector, struct django_node *rhs)
{
	if (lhs == NULL || rhs == NULL)
		return NULL;
	struct django_node *node = iw_django_node_new(context, NODE_COMBINED, lhs->place);
	node->text = connector;
	g_ptr_array_add(node->sources, lhs);
	g_ptr_array_add(node->sources, rhs);
	enum django_type left = internal_type(context, lhs), right = internal_type(context, rhs);
	bool is_moment = left == DJANGO_DATE || left == DJANGO_DATE_TIME || left == DJANGO_TIME;
	if ((left == DJANGO_DURATION) != (right == DJANGO_DURATION))
		node->kind = NODE_DURATION;
	else if (strcmp(connector, "-") == 0 && is_moment && left == right)
		node->kind = NODE_TEMPORAL;
	return node;
}

bool iw_django_is_value(const struct django_node *node)
{
	return node->kind == NODE_VALUE ||
	       (node->kind == NODE_FUNCTION && strcmp(node->function->name, "JSONNull") == 0);
}

/* Durations and differences of dates are only seen when expressions are resolved. */
static struct django_node *combined(struct django_query *query, struct django_node *lhs, const char *connector,
				    struct django_node *rhs)
{
	struct django_node *node = iw_django_combined_node(query->context, lhs, connector, rhs);
	if (node != NULL && query->is_unresolved)
		node->kind = NODE_COMBINED;
	return node;
}

static const char *connector_of(const char *sign)
{
	static const char *const rows[][2] = {{"+", "+"}, {"-", "-"}, {"*", "*"}, {"/", "/"}, {"%", "%%"}, {"**", "^"}};
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		if (strcmp(rows[i][0], sign) == 0)
			return rows[i][1];
	return NULL;
}

/* Is it a call of that class, or do operators combine some? */
static bool is_made_of(const struct django_node *node, const char *class)
{
	while (node->kind == NODE_COMBINED)
		node = node->sources->pdata[0];
	return node->kind == NODE_FUNCTION && strcmp(node->function->name, class) == 0;
}

/* What SearchVector and SearchQuery make of an operator; NULL: it is not theirs. */
static const char *search_connector(const struct django_node *lhs, const char *sign)
{
	if (is_made_of(lhs, "SearchVector"))
		return strcmp(sign, "+") == 0 ? "||" : NULL;
	if (is_made_of(lhs, "SearchQuery"))
		return strcmp(sign, "&") == 0 ? "&&" : strcmp(sign, "|") == 0 ? "||" : NULL;
	return NULL;
}

static struct django_node *resolve_binary(struct django_query *query, const struct iw_py_value *value)
{
	struct django_context *context = query->context;
	struct django_node *lhs = iw_django_resolve_value(query, value->items->pdata[0]);
	struct django_node *rhs = lhs == NULL ? NULL : iw_django_resolve_value(query, value->items->pdata[1]);
	if (rhs == NULL)
		return NULL;
	const char *search = search_connector(lhs, value->text);
	const char *connector = search != NULL ? search : connector_of(value->text);
	if (connector == NULL)
		return iw_django_fail(context, value->place, "the operator \"%s\" of expressions is not known",
				      value->text);
	if (search == NULL)
		return combined(query, lhs, connector, rhs);
	struct django_node *node = iw_django_node_new(context, NODE_COMBINED, value->place);
	node->text = connector;
	g_ptr_array_add(node->sources, lhs);
	g_ptr_array_add(node->sources, rhs);
	return node;
}

/* F("name")[0:3] */
static struct django_node *resolve_slice(struct django_query *query, const struct iw_py_value *value)
{
	struct django_context *context = query->context;
	struct django_node *of = iw_django_resolve(query, value->items->pdata[0]);
	const struct iw_py_value *index = value->items->pdata[1];
	if (of == NULL)
		return NULL;
	bool is_slice = index->kind == IW_PY_OPERATION && index->items->len == 3;
	const struct iw_py_value *from = is_slice ? index->items->pdata[0] : index;
	const struct iw_py_value *to = is_slice ? index->items->pdata[1] : NULL;
	bool has_step = is_slice && ((struct iw_py_value *)index->items->pdata[2])->kind != IW_PY_NONE;
	gint64 start = from->kind == IW_PY_INTEGER ? from->integer + 1 : 1;
	gint64 length = is_slice && to->kind == IW_PY_INTEGER ? to->integer - (start - 1) : is_slice ? -1 : 1;
	bool is_known = (from->kind == IW_PY_INTEGER || (is_slice && from->kind == IW_PY_NONE)) &&
			(to == NULL || to->kind == IW_PY_INTEGER || to->kind == IW_PY_NONE);
	struct django_field_ref field = iw_django_output_field(context, of);
	if (!is_known || has_step || start < 1 || field.field == NULL)
		return iw_django_fail(context, value->place, "this slice of an expression is not known");
	struct iw_py_value *first = iw_py_new_integer(context->python, start);
	bool is_text =
		iw_django_type_is(field.field->type, DJANGO_CHAR) || iw_django_type_is(field.field->type, DJANGO_TEXT);
	if (is_text) {
		struct django_node *count =
			length < 0 ? NULL : iw_django_value_node(context, iw_py_new_integer(context->python, length));
		return iw_django_function_node(context, "Substr", of, iw_django_value_node(context, first), count,
					       NULL);
	}
	if (field.field->type != DJANGO_ARRAY)
		return iw_django_fail(context, value->place, "this field does not support slicing");
	struct django_node *node = iw_django_function_node(context, "SliceTransform", of, NULL);
	node->value = iw_py_new_list(context->python, IW_PY_TUPLE);
	g_ptr_array_add(node->value->items, first);
	if (length >= 0)
		g_ptr_array_add(node->value->items, iw_py_new_integer(context->python, start + length - 1));
	return node;
}

static struct django_node *resolve_operation(struct django_query *query, struct iw_py_value *value)
{
	struct django_context *context = query->context;
	if (iw_django_is_q(context, value))
		return iw_django_resolve_q(query, value, NULL);
	if (strcmp(value->text, "[]") == 0)
		return resolve_slice(query, value);
	if (value->items->len == 2)
		return resolve_binary(query, value);
	struct django_node *operand = iw_django_resolve(query, value->items->pdata[0]);
	if (operand == NULL)
		return NULL;
	if (strcmp(value->text, "-") == 0)
		return combined(query, operand, "*",
				iw_django_value_node(context, iw_py_new_integer(context->python, -1)));
	if (strcmp(value->text, "~") == 0 && operand->kind == NODE_FUNCTION && is_made_of(operand, "SearchQuery")) {
		operand->is_negated = !operand->is_negated;
		return operand;
	}
	if (strcmp(value->text, "~") != 0 || context->version < 40200)
		return iw_django_fail(context, value->place, "the operator \"%s\" of expressions is not known",
				      value->text);
	struct django_node *node = iw_django_node_new(context, NODE_NEGATED, value->place);
	g_ptr_array_add(node->sources, operand);
	return node;
}

/* F("a").desc(), F("a").bitand(1) */
static struct django_node *resolve_method(struct django_query *query, struct iw_py_value *call)
{
	static const char *const bits[][2] = {
		{"bitand", "&"}, {"bitor", "|"}, {"bitxor", "#"}, {"bitleftshift", "<<"}, {"bitrightshift", ">>"}};
	struct django_context *context = query->context;
	const char *name = call->receiver->text;
	struct django_node *of = iw_django_resolve(query, call->receiver->receiver);
	if (of == NULL)
		return NULL;
	for (size_t i = 0; i < G_N_ELEMENTS(bits); i++)
		if (strcmp(bits[i][0], name) == 0 && call->items->len == 1)
			return combined(query, of, bits[i][1], iw_django_resolve_value(query, call->items->pdata[0]));
	if (strcmp(name, "desc") != 0 && strcmp(name, "asc") != 0)
		return iw_django_fail(context, call->place, "the method %s() of expressions is not known", name);
	struct django_node *node = iw_django_node_new(context, NODE_ORDER_BY, call->place);
	g_ptr_array_add(node->sources, of);
	node->is_descending = strcmp(name, "desc") == 0;
	const struct iw_py_value *first = iw_py_argument(call, -1, "nulls_first");
	const struct iw_py_value *last = iw_py_argument(call, -1, "nulls_last");
	node->nulls_first = first != NULL && iw_py_truth(first) == 1;
	node->nulls_last = last != NULL && iw_py_truth(last) == 1;
	return node;
}

/* any -------------------------------------------------------------------------------------------------------------- */

static struct django_node *resolve_call(struct django_query *query, struct iw_py_value *value)
{
	struct django_context *context = query->context;
	if (value->receiver->kind == IW_PY_ATTRIBUTE)
		return resolve_method(query, value);
	if (value->receiver->kind == IW_PY_CLASS)
		return resolve_project(query, value);
	if (iw_django_is_q(context, value))
		return iw_django_resolve_q(query, value, NULL);
	const struct django_function *function = row_of(context, value);
	if (function == NULL)
		return iw_django_lookup_call(query, strrchr(value->receiver->text, '.') + 1, value);
	return function->resolve != NULL ? function->resolve(query, function, value)
					 : iw_django_resolve_function(query, function, value);
}

struct django_node *iw_django_resolve_value(struct django_query *query, struct iw_py_value *value)
{
	struct django_context *context = query->context;
	if (iw_django_is_unknown(context, value))
		return NULL;
	if (!iw_django_is_expression(context, value))
		return iw_django_value_node(context, value);
	if (query->depth >= DEEPEST)
		return iw_django_fail(context, value->place, "expressions are nested too deeply");
	query->depth++;
	struct django_node *node =
		value->kind == IW_PY_OPERATION ? resolve_operation(query, value) : resolve_call(query, value);
	query->depth--;
	return node;
}

struct django_node *iw_django_resolve(struct django_query *query, struct iw_py_value *value)
{
	return value->kind == IW_PY_STRING ? iw_django_resolve_name(query, value->text, value->place)
					   : iw_django_resolve_value(query, value);
}
