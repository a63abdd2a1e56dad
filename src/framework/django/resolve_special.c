/* Expressions that are no plain functions of their arguments: hooks of the table in expression_functions.c that read a
 * call. After the __init__() of their classes. */
#include "framework/django/expression_internal.h"

static struct django_node *node_of(struct django_query *query, enum django_node_kind kind,
				   const struct django_function *function, const struct iw_py_value *call)
{
	struct django_node *node = iw_django_node_new(query->context, kind, call->place);
	node->function = function;
	return node;
}

/* Adds what `value` resolves to; false: it failed, or there is none. */
static bool add(struct django_query *query, struct django_node *node, struct iw_py_value *value)
{
	if (value == NULL)
		return iw_django_fail(query->context, node->place, "an expression has too few arguments") != NULL;
	struct django_node *source = iw_django_resolve(query, value);
	if (source != NULL)
		g_ptr_array_add(node->sources, source);
	return source != NULL;
}

static bool is_given(const struct iw_py_value *value)
{
	return value != NULL && value->kind != IW_PY_NONE;
}

static bool is_true(const struct iw_py_value *value)
{
	return value != NULL && iw_py_truth(value) == 1;
}

/* The text that an argument has to be. */
static const char *text_of(struct django_query *query, const struct iw_py_value *call, int position, const char *name)
{
	const struct iw_py_value *value = iw_py_argument(call, position, name);
	if (value != NULL && value->kind == IW_PY_STRING)
		return value->text;
	return iw_django_fail(query->context, call->place, "the argument '%s' is not a text that is known", name);
}

DJANGO_RESOLVE(refused)
{
	return iw_django_fail(query->context, call->place, "%s cannot stand in an index, a constraint or a column",
			      function->name);
}

/* names and values ------------------------------------------------------------------------------------------------- */

DJANGO_RESOLVE(f)
{
	(void)function;
	const char *name = text_of(query, call, 0, "name");
	return name == NULL ? NULL : iw_django_resolve_name(query, name, call->place);
}

DJANGO_RESOLVE(value_object)
{
	static const char *const known[] = {"value", NULL};
	struct iw_py_value *value = iw_py_argument(call, 0, "value");
	struct iw_py_value *output = iw_py_argument(call, 1, "output_field");
	if (value == NULL)
		return iw_django_fail(query->context, call->place, "%s has no value", function->name);
	if (iw_django_is_unknown(query->context, value))
		return NULL;
	struct django_node *node = iw_django_value_node(query->context, value);
	if (is_given(output) && call->items->len > 1) {
		struct django_field_ref field = iw_django_output_given(query, output);
		if (field.field == NULL)
			return NULL;
		iw_django_set_output(node, field);
	}
	return iw_django_take_keywords(query, node, call, known) ? node : NULL;
}

DJANGO_RESOLVE(json_null)
{
	struct django_node *node = node_of(query, NODE_FUNCTION, function, call);
	iw_django_set_output(node, iw_django_made_field(query->context, "db.models.JSONField"));
	return node;
}

DJANGO_RESOLVE(raw)
{
	static const char *const known[] = {"sql", "params", NULL};
	struct django_node *node = node_of(query, NODE_RAW, function, call);
	node->text = text_of(query, call, 0, "sql");
	node->value = iw_py_argument(call, 1, "params");
	if (node->text == NULL)
		return NULL;
	if (node->value != NULL && node->value->kind != IW_PY_LIST && node->value->kind != IW_PY_TUPLE)
		return iw_django_fail(query->context, call->place, "the parameters of RawSQL are not known");
	struct iw_py_value *output = call->items->len > 2 ? call->items->pdata[2] : NULL;
	if (is_given(output)) {
		struct django_field_ref field = iw_django_output_given(query, output);
		if (field.field == NULL)
			return NULL;
		iw_django_set_output(node, field);
	}
	return iw_django_take_keywords(query, node, call, known) ? node : NULL;
}

/* conditions ------------------------------------------------------------------------------------------------------- */

DJANGO_RESOLVE(when)
{
	struct django_context *context = query->context;
	struct django_node *node = node_of(query, NODE_WHEN, function, call);
	struct iw_py_value *condition = iw_py_argument(call, 0, "condition");
	struct iw_py_value *then = iw_py_argument(call, 1, "then");
	bool has_lookups = false;
	for (guint i = 0; call->names != NULL && i < call->names->len; i++) {
		const char *name = call->names->pdata[i];
		has_lookups |= strcmp(name, "condition") != 0 && strcmp(name, "then") != 0;
	}
	if (!is_given(condition) && !has_lookups)
		return iw_django_fail(context, call->place, "When has no condition");
	struct django_node *test =
		has_lookups || iw_django_is_q(context, condition)
			? iw_django_resolve_q(query, is_given(condition) ? condition : NULL, has_lookups ? call : NULL)
			: iw_django_resolve_value(query, condition);
	if (test == NULL)
		return NULL;
	g_ptr_array_add(node->sources, test);
	return add(query, node, then == NULL ? iw_py_new_none(context->python) : then) ? node : NULL;
}

DJANGO_RESOLVE(case)
{
	static const char *const known[] = {"default", NULL};
	struct django_node *node = node_of(query, NODE_CASE, function, call);
	for (guint i = 0; i < call->items->len; i++) {
		struct django_node *when = iw_django_resolve_value(query, call->items->pdata[i]);
		if (when == NULL)
			return NULL;
		if (when->kind != NODE_WHEN)
			return iw_django_fail(query->context, call->place, "an argument of Case is no When");
		g_ptr_array_add(node->sources, when);
	}
	struct iw_py_value *value = iw_py_argument(call, -1, "default");
	if (!add(query, node, value == NULL ? iw_py_new_none(query->context->python) : value) ||
	    !iw_django_take_keywords(query, node, call, known))
		return NULL;
	if (node->extra != NULL)
		return iw_django_fail(query->context, call->place, "the arguments of this Case are not known");
	return node;
}

DJANGO_RESOLVE(negated)
{
	struct django_node *node = node_of(query, NODE_NEGATED, function, call);
	return add(query, node, iw_py_argument(call, 0, "expression")) ? node : NULL;
}

/* wrappers --------------------------------------------------------------------------------------------------------- */

/* An argument that is a field: sets the output of the node. */
static bool take_output(struct django_query *query, struct django_node *node, struct iw_py_value *output)
{
	struct django_field_ref field =
		is_given(output) ? iw_django_output_given(query, output) : (struct django_field_ref){0};
	if (field.field == NULL)
		return iw_django_fail(query->context, node->place, "an output_field is not known") != NULL;
	iw_django_set_output(node, field);
	return true;
}

DJANGO_RESOLVE(wrapper)
{
	struct django_node *node = node_of(query, NODE_WRAPPER, function, call);
	return add(query, node, iw_py_argument(call, 0, "expression")) &&
			       take_output(query, node, iw_py_argument(call, 1, "output_field"))
		       ? node
		       : NULL;
}

DJANGO_RESOLVE(cast)
{
	struct django_node *node = node_of(query, NODE_FUNCTION, function, call);
	return add(query, node, iw_py_argument(call, 0, "expression")) &&
			       take_output(query, node, iw_py_argument(call, 1, "output_field"))
		       ? node
		       : NULL;
}

DJANGO_RESOLVE(order_by)
{
	struct django_node *node = node_of(query, NODE_ORDER_BY, function, call);
	if (!add(query, node, iw_py_argument(call, 0, "expression")))
		return NULL;
	node->is_descending = is_true(iw_py_argument(call, 1, "descending"));
	node->nulls_first = is_true(iw_py_argument(call, 2, "nulls_first"));
	node->nulls_last = is_true(iw_py_argument(call, 3, "nulls_last"));
	return node;
}

DJANGO_RESOLVE(collate)
{
	struct django_node *node = node_of(query, NODE_FUNCTION, function, call);
	node->text = text_of(query, call, 1, "collation");
	return node->text != NULL && add(query, node, iw_py_argument(call, 0, "expression")) ? node : NULL;
}

DJANGO_RESOLVE(op_class)
{
	struct django_context *context = query->context;
	struct django_node *node = node_of(query, NODE_FUNCTION, function, call);
	const char *name = text_of(query, call, 1, "name");
	if (name == NULL || !add(query, node, iw_py_argument(call, 0, "expression")))
		return NULL;
	node->extra = iw_arena_hash_table(context->arena, g_str_hash, g_str_equal);
	g_hash_table_insert(node->extra, (gpointer) "name", (gpointer)name);
	return node;
}

DJANGO_RESOLVE(combined)
{
	(void)function;
	struct django_context *context = query->context;
	struct iw_py_value *left = iw_py_argument(call, 0, "lhs"), *right = iw_py_argument(call, 2, "rhs");
	struct iw_py_value *output = iw_py_argument(call, 3, "output_field");
	const char *connector = text_of(query, call, 1, "connector");
	if (connector == NULL || left == NULL || right == NULL)
		return iw_django_fail(context, call->place, "an expression has too few arguments");
	struct django_node *lhs = iw_django_resolve_value(query, left);
	struct django_node *rhs = lhs == NULL ? NULL : iw_django_resolve_value(query, right);
	struct django_node *node = iw_django_combined_node(context, lhs, connector, rhs);
	if (node != NULL && query->is_unresolved)
		node->kind = NODE_COMBINED;
	if (node == NULL || node->kind != NODE_COMBINED || !is_given(output))
		return node;
	return take_output(query, node, output) ? node : NULL;
}

/* functions -------------------------------------------------------------------------------------------------------- */

/* Concat of three is a pair of one and a pair of two. */
static struct django_node *pairs(struct django_query *query, GPtrArray *sources, guint from,
				 const struct django_node *whole)
{
	struct django_context *context = query->context;
	struct django_node *rest =
		from + 2 == sources->len ? sources->pdata[from + 1] : pairs(query, sources, from + 1, whole);
	struct django_node *pair = iw_django_function_node(context, "ConcatPair", sources->pdata[from], rest, NULL);
	pair->place = whole->place;
	if (context->version >= 50100)
		pair->output = whole->output;
	return pair;
}

DJANGO_RESOLVE(concat)
{
	struct django_node *node = iw_django_resolve_function(query, function, call);
	if (node == NULL)
		return NULL;
	if (node->sources->len < 2 || node->extra != NULL)
		return iw_django_fail(query->context, call->place, "the arguments of this Concat are not known");
	struct django_node *pair = pairs(query, node->sources, 0, node);
	node->sources = iw_arena_ptr_array(query->context->arena);
	g_ptr_array_add(node->sources, pair);
	return node;
}

DJANGO_RESOLVE(round)
{
	struct django_node *node = iw_django_resolve_function(query, function, call);
	if (node != NULL && node->sources->len == 1)
		g_ptr_array_add(node->sources,
				iw_django_value_node(query->context, iw_py_new_integer(query->context->python, 0)));
	return node;
}

DJANGO_RESOLVE(json_object)
{
	struct django_node *node = node_of(query, NODE_FUNCTION, function, call);
	for (guint i = 0; call->names != NULL && i < call->names->len; i++) {
		g_ptr_array_add(node->sources, iw_django_text_node(query->context, call->names->pdata[i]));
		if (!add(query, node, call->values->pdata[i]))
			return NULL;
	}
	return node;
}

DJANGO_RESOLVE(key_transform)
{
	struct django_node *node = node_of(query, NODE_FUNCTION, function, call);
	const struct iw_py_value *key = iw_py_argument(call, 0, "key_name");
	if (key == NULL || (key->kind != IW_PY_STRING && key->kind != IW_PY_INTEGER))
		return iw_django_fail(query->context, call->place, "the key of a transform is not known");
	node->text = key->text;
	return add(query, node, iw_py_argument(call, 1, "expression")) ? node : NULL;
}

DJANGO_RESOLVE(kt)
{
	(void)function;
	const char *path = text_of(query, call, 0, "lookup");
	if (path == NULL)
		return NULL;
	g_auto(GStrv) keys = g_strsplit(path, "__", -1);
	struct django_node *node = iw_django_resolve_name(query, keys[0], call->place);
	for (guint i = 1; node != NULL && keys[i] != NULL; i++) {
		node = iw_django_function_node(query->context, "KeyTextTransform", node, NULL);
		node->text = iw_arena_strdup(query->context->arena, keys[i]);
	}
	return node;
}

/* dates ------------------------------------------------------------------------------------------------------------ */

/* str(tzinfo); NULL: it is not known. */
static const char *zone_of(struct django_query *query, const struct iw_py_value *value)
{
	static const char *const zones[] = {"zoneinfo.ZoneInfo", "backports.zoneinfo.ZoneInfo", "pytz.timezone"};
	static const char *const utc[] = {"datetime.timezone.utc", "pytz.utc", "pytz.UTC", "django.utils.timezone.utc"};
	struct django_context *context = query->context;
	for (size_t i = 0; i < G_N_ELEMENTS(zones); i++) {
		const struct iw_py_value *key = value->kind == IW_PY_CALL && iw_py_is(context->python, value, zones[i])
							? iw_py_argument(value, 0, i == 2 ? "zone" : "key")
							: NULL;
		if (key != NULL && key->kind == IW_PY_STRING)
			return key->text;
	}
	const char *path = iw_py_path(context->python, value);
	for (size_t i = 0; path != NULL && i < G_N_ELEMENTS(utc); i++)
		if (strcmp(path, utc[i]) == 0)
			return "UTC";
	return iw_django_fail(context, value->place, "this time zone is not known");
}

DJANGO_RESOLVE(date_part)
{
	struct django_node *node = node_of(query, NODE_FUNCTION, function, call);
	bool is_extract = g_str_has_prefix(function->name, "Extract");
	bool says_part = function->function == NULL;
	int next = says_part || is_extract ? 2 : 1;
	node->text = says_part ? text_of(query, call, 1, is_extract ? "lookup_name" : "kind") : function->function;
	if (node->text == NULL || !add(query, node, iw_py_argument(call, 0, "expression")))
		return NULL;
	struct iw_py_value *output = is_extract ? NULL : iw_py_argument(call, next++, "output_field");
	const struct iw_py_value *zone = iw_py_argument(call, next, "tzinfo");
	if (is_given(output) && !take_output(query, node, output))
		return NULL;
	node->time_zone = is_given(zone) ? zone_of(query, zone) : NULL;
	return is_given(zone) && node->time_zone == NULL ? NULL : node;
}

/* contrib.postgres ------------------------------------------------------------------------------------------------- */

DJANGO_RESOLVE(range_boundary)
{
	struct django_node *node = node_of(query, NODE_FUNCTION, function, call);
	const struct iw_py_value *lower = iw_py_argument(call, 0, "inclusive_lower");
	const struct iw_py_value *upper = iw_py_argument(call, 1, "inclusive_upper");
	node->text = iw_arena_printf(query->context->arena, "'%s%s'", lower == NULL || is_true(lower) ? "[" : "(",
				     is_true(upper) ? "]" : ")");
	return node;
}

DJANGO_RESOLVE(search_config)
{
	struct django_node *node = node_of(query, NODE_FUNCTION, function, call);
	struct iw_py_value *config = iw_py_argument(call, 0, "config");
	struct django_node *source = config == NULL ? NULL : iw_django_resolve_value(query, config);
	if (source == NULL)
		return iw_django_fail(query->context, call->place, "a search configuration is not known");
	g_ptr_array_add(node->sources, source);
	return node;
}

/* SearchConfig.from_parameter(); NULL without failure: none. */
static struct django_node *config_of(struct django_query *query, struct iw_py_value *value, bool *is_wrong)
{
	if (!is_given(value))
		return NULL;
	struct django_node *source = iw_django_resolve_value(query, value);
	*is_wrong = source == NULL;
	if (source == NULL || (source->kind == NODE_FUNCTION && strcmp(source->function->name, "SearchConfig") == 0))
		return source;
	struct django_node *node = iw_django_node_new(query->context, NODE_FUNCTION, value->place);
	node->function = iw_django_function_named(query->context, DJANGO_CONTRIB_POSTGRES, "SearchConfig");
	g_ptr_array_add(node->sources, source);
	return node;
}

DJANGO_RESOLVE(search_vector)
{
	struct django_node *node = node_of(query, NODE_FUNCTION, function, call);
	for (guint i = 0; i < call->items->len; i++)
		if (!add(query, node, call->items->pdata[i]))
			return NULL;
	bool is_wrong = false;
	node->config = config_of(query, iw_py_argument(call, -1, "config"), &is_wrong);
	struct iw_py_value *weight = iw_py_argument(call, -1, "weight");
	node->weight = is_given(weight) ? iw_django_resolve_value(query, weight) : NULL;
	return is_wrong || (is_given(weight) && node->weight == NULL) ? NULL : node;
}

/* CombinedSearchVector, CombinedSearchQuery: as CombinedExpression, with a configuration that has no effect. */
DJANGO_RESOLVE(combined_search)
{
	struct django_node *node = node_of(query, NODE_COMBINED, function, call);
	node->text = text_of(query, call, 1, "connector");
	return node->text != NULL && add(query, node, iw_py_argument(call, 0, "lhs")) &&
			       add(query, node, iw_py_argument(call, 2, "rhs"))
		       ? node
		       : NULL;
}

DJANGO_RESOLVE(search_query)
{
	static const char *const types[][2] = {{"plain", "plainto_tsquery"},
					       {"phrase", "phraseto_tsquery"},
					       {"raw", "to_tsquery"},
					       {"websearch", "websearch_to_tsquery"}};
	struct django_node *node = node_of(query, NODE_FUNCTION, function, call);
	const struct iw_py_value *type = iw_py_argument(call, -1, "search_type");
	for (size_t i = 0; i < G_N_ELEMENTS(types); i++)
		if (strcmp(types[i][0], type == NULL ? "plain" : type->kind == IW_PY_STRING ? type->text : "") == 0)
			node->text = types[i][1];
	struct iw_py_value *value = iw_py_argument(call, 0, "value");
	bool is_wrong = false;
	struct django_node *config = config_of(query, iw_py_argument(call, -1, "config"), &is_wrong);
	struct django_node *source = value == NULL ? NULL : iw_django_resolve_value(query, value);
	if (node->text == NULL || source == NULL || is_wrong)
		return iw_django_fail(query->context, call->place, "a search query is not known");
	if (config != NULL)
		g_ptr_array_add(node->sources, config);
	g_ptr_array_add(node->sources, source);
	node->is_negated = is_true(iw_py_argument(call, -1, "invert"));
	return node;
}

/* TrigramSimilarity("name", "text"); of words the text comes first. */
DJANGO_RESOLVE(trigram)
{
	struct django_node *node = node_of(query, NODE_FUNCTION, function, call);
	bool is_word = g_str_has_prefix(function->parameters, "string");
	for (int i = 0; i < 2; i++) {
		bool is_text = is_word == (i == 0);
		struct iw_py_value *value = iw_py_argument(call, i, is_text ? "string" : "expression");
		struct django_node *source = value == NULL ? NULL
					     : is_text	   ? iw_django_resolve_value(query, value)
							   : iw_django_resolve(query, value);
		if (source == NULL)
			return iw_django_fail(query->context, call->place, "the arguments of %s are not known",
					      function->name);
		g_ptr_array_add(node->sources, source);
	}
	return node;
}
