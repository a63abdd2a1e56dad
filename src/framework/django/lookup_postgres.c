/* Arrays, ranges, hstore and full text search; see lookups.h. After django/contrib/postgres/fields, lookups.py and
 * search.py. */
#include "framework/django/lookups.h"

#include "framework/django/fields.h"

/* operators -------------------------------------------------------------------------------------------------------- */

static bool is_postgres(struct django_context *context, const struct django_node *node)
{
	if (context->engine.dialect != IW_POSTGRES)
		iw_django_fail(context, node->place, "this is of PostgreSQL only");
	return context->engine.dialect == IW_POSTGRES;
}

static struct django_sql operator_of(struct django_context *context, struct django_node *node,
				     const struct django_sql *lhs, const struct django_sql *rhs)
{
	return lhs->text == NULL || rhs->text == NULL
		       ? iw_django_sql_failed()
		       : iw_django_sql_of(context, lhs, rhs, "%s %s %s", lhs->text, node->lookup->symbol, rhs->text);
}

struct django_sql iw_django_lookup_operator(struct django_context *context, struct django_node *node)
{
	if (!is_postgres(context, node))
		return iw_django_sql_failed();
	struct django_sql lhs = iw_django_process_lhs(context, node, false);
	struct django_sql rhs = lhs.text == NULL ? lhs : iw_django_process_rhs(context, node);
	return operator_of(context, node, &lhs, &rhs);
}

/* hstore ----------------------------------------------------------------------------------------------------------- */

/* A list of texts, whatever the column is. */
struct django_sql iw_django_lookup_keys(struct django_context *context, struct django_node *node)
{
	if (!is_postgres(context, node) || node->rhs->items == NULL) {
		iw_django_fail(context, node->place, "the keys of the lookup '%s' are not known", node->lookup->name);
		return iw_django_sql_failed();
	}
	struct iw_py_value *list = iw_py_new_list(context->python, IW_PY_LIST);
	for (guint i = 0; i < node->rhs->items->len; i++) {
		const struct django_rhs *item = node->rhs->items->pdata[i];
		const char *text = item->node == NULL ? iw_django_str(context, item->value) : NULL;
		if (text == NULL)
			return iw_django_sql_failed();
		g_ptr_array_add(list->items, iw_py_new_string(context->python, text));
	}
	struct django_sql lhs = iw_django_process_lhs(context, node, false);
	struct django_sql rhs =
		iw_django_sql_parameter(context, iw_django_parameter(context, (struct django_field_ref){0}, list));
	return operator_of(context, node, &lhs, &rhs);
}

DJANGO_COMPILE(hstore_key)
{
	struct django_sql lhs = iw_django_compile(context, iw_django_lhs(node));
	struct django_sql key = iw_django_sql_parameter(context, iw_django_text_parameter(context, node->text));
	return lhs.text == NULL ? lhs : iw_django_sql_of(context, &lhs, &key, "(%s -> %s)", lhs.text, key.text);
}

/* arrays ----------------------------------------------------------------------------------------------------------- */

static bool has_value(const struct django_rhs *rhs)
{
	if (rhs->items == NULL)
		return rhs->node != NULL || rhs->value->kind != IW_PY_NONE;
	for (guint i = 0; i < rhs->items->len; i++)
		if (has_value(rhs->items->pdata[i]))
			return true;
	return false;
}

/* ArrayRHSMixin: (ARRAY['a', 'b']) of a list that holds anything but None. */
static struct django_sql array_rhs(struct django_context *context, struct django_node *node)
{
	struct django_field_ref field = iw_django_output_needed(context, iw_django_lhs(node));
	const char *type = field.field == NULL ? NULL : iw_django_cast_type(context, field);
	const struct django_rhs *rhs = node->rhs;
	if (type == NULL)
		return iw_django_sql_failed();
	struct django_sql sql;
	if (rhs->items != NULL && (has_value(rhs) || context->version < 40200)) {
		sql = iw_django_sql(context, NULL);
		g_autoptr(GString) text = g_string_new(context->version >= 40000 ? "(ARRAY[" : "ARRAY[");
		struct django_field_ref base = {field.state, NULL, field.field->base};
		if (base.field != NULL && base.field->type == DJANGO_ARRAY)
			base = (struct django_field_ref){0}; /* get_prep_value() of lists leaves them as they are */
		for (guint i = 0; i < rhs->items->len; i++) {
			const struct django_rhs *item = rhs->items->pdata[i];
			struct django_sql part =
				item->node != NULL ? iw_django_compile(context, item->node)
						   : iw_django_sql_parameter(
							     context, iw_django_parameter(context, base, item->value));
			if (part.text == NULL)
				return part;
			g_string_append_printf(text, "%s%s", i == 0 ? "" : ", ", part.text);
			iw_django_sql_join(&sql, &part);
		}
		g_string_append(text, context->version >= 40000 ? "])" : "]");
		sql.text = iw_arena_strdup(context->arena, text->str);
	} else {
		sql = iw_django_process_rhs(context, node);
	}
	if (sql.text != NULL)
		sql.text = iw_arena_printf(context->arena, "%s::%s", sql.text, type);
	return sql;
}

struct django_sql iw_django_lookup_array(struct django_context *context, struct django_node *node)
{
	if (!is_postgres(context, node))
		return iw_django_sql_failed();
	struct django_sql lhs = iw_django_process_lhs(context, node, false);
	struct django_sql rhs = lhs.text == NULL ? lhs : array_rhs(context, node);
	return operator_of(context, node, &lhs, &rhs);
}

struct django_sql iw_django_lookup_array_exact(struct django_context *context, struct django_node *node)
{
	struct django_sql lhs = iw_django_process_lhs(context, node, true);
	struct django_sql rhs = lhs.text == NULL ? lhs : array_rhs(context, node);
	return rhs.text == NULL ? rhs : iw_django_compare(context, node, &lhs, &rhs);
}

DJANGO_COMPILE(array_length)
{
	struct django_sql lhs = iw_django_compile(context, iw_django_lhs(node));
	return lhs.text == NULL ? lhs
				: iw_django_sql_of(context, &lhs, &lhs,
						   "CASE WHEN %s IS NULL THEN NULL ELSE coalesce(array_length(%s, 1), "
						   "0) END",
						   lhs.text, lhs.text);
}

/* "(tags)", but "tags[1]" as it is, and all before Django 4.2. */
static const char *subscripted(struct django_context *context, const char *text)
{
	bool is_bare = g_str_has_suffix(text, "]") || context->version < 40200;
	return is_bare ? text : iw_arena_printf(context->arena, "(%s)", text);
}

static struct django_sql number_sql(struct django_context *context, const struct iw_py_value *value)
{
	return iw_django_sql_parameter(context, iw_django_literal_parameter(context, value->text));
}

DJANGO_COMPILE(array_index)
{
	struct django_sql lhs = iw_django_compile(context, iw_django_lhs(node));
	if (lhs.text == NULL)
		return lhs;
	struct django_sql index = number_sql(context, node->value);
	return iw_django_sql_of(context, &lhs, &index, "%s[%s]", subscripted(context, lhs.text), index.text);
}

DJANGO_COMPILE(array_slice)
{
	struct django_sql lhs = iw_django_compile(context, iw_django_lhs(node));
	if (lhs.text == NULL)
		return lhs;
	const char *of = context->version >= 50100 ? iw_arena_printf(context->arena, "(%s)", lhs.text)
						   : subscripted(context, lhs.text);
	struct django_sql first = number_sql(context, node->value->items->pdata[0]);
	struct django_sql start = iw_django_sql_of(context, &lhs, &first, "%s[%s:", of, first.text);
	if (node->value->items->len == 1)
		return iw_django_sql_of(context, &start, NULL, "%s]", start.text);
	struct django_sql last = number_sql(context, node->value->items->pdata[1]);
	return iw_django_sql_of(context, &start, &last, "%s%s]", start.text, last.text);
}

/* ranges ----------------------------------------------------------------------------------------------------------- */

DJANGO_COMPILE(range_boundary)
{
	return iw_django_sql(context, node->text);
}

/* NumericRange(1, 5), (1, 5) */
static bool is_range(const struct django_rhs *rhs)
{
	const struct iw_py_value *called =
		rhs->node == NULL && rhs->value->kind == IW_PY_CALL ? rhs->value->receiver : NULL;
	return rhs->items != NULL ||
	       (called != NULL && called->kind == IW_PY_FOREIGN && g_str_has_suffix(called->text, "Range"));
}

static struct django_field_ref base_of(struct django_context *context, struct django_node *node)
{
	struct django_node *start = iw_django_function_node(context, "RangeStartsWith", iw_django_lhs(node), NULL);
	return iw_django_output_needed(context, start);
}

/* DateTimeRangeContains: the type stands beside an expression. */
static struct django_sql moment_rhs(struct django_context *context, struct django_node *node,
				    struct django_field_ref base)
{
	struct django_node *rhs = node->rhs->node;
	if (rhs == NULL && is_range(node->rhs))
		return iw_django_process_rhs(context, node);
	if (rhs == NULL)
		rhs = iw_django_value_node(context, node->rhs->value);
	struct django_sql sql = iw_django_rhs_expression(context, rhs);
	struct django_field_ref field = iw_django_output_field(context, rhs);
	if (sql.text != NULL && field.field != NULL && field.field->type != DJANGO_RANGE)
		sql.text = iw_arena_printf(context->arena, "%s::%s", sql.text, iw_django_data_type(context, base));
	return sql;
}

struct django_sql iw_django_lookup_range_contains(struct django_context *context, struct django_node *node)
{
	struct django_rhs *rhs = node->rhs;
	struct django_field_ref base = base_of(context, node);
	if (!is_postgres(context, node) || base.field == NULL)
		return iw_django_sql_failed();
	bool is_moment = iw_django_type_is(base.field->type, DJANGO_DATE);
	if (is_moment) {
		struct django_sql lhs = iw_django_process_lhs(context, node, false);
		struct django_sql right = lhs.text == NULL ? lhs : moment_rhs(context, node, base);
		return operator_of(context, node, &lhs, &right);
	}
	if (!is_range(rhs) && context->version >= 40200) {
		struct django_node *of = rhs->node != NULL ? rhs->node : iw_django_value_node(context, rhs->value);
		struct django_node *cast = iw_django_function_node(context, "Cast", of, NULL);
		iw_django_set_output(cast, base);
		struct django_rhs *right = iw_new(context->arena, struct django_rhs);
		right->node = cast;
		node->rhs = right;
	} else if (!is_range(rhs) && rhs->node == NULL) {
		rhs->node = iw_django_value_node(context, rhs->value);
		iw_django_set_output(rhs->node, base);
		struct django_sql lhs = iw_django_process_lhs(context, node, false);
		struct django_sql right = iw_django_compile(context, rhs->node);
		return operator_of(context, node, &lhs, &right);
	}
	return iw_django_lookup_operator(context, node);
}

struct django_sql iw_django_lookup_contained_by_range(struct django_context *context, struct django_node *node)
{
	static const struct {
		const char *type, *range, *field;
	} types[] = {
		{"smallint", "int4range", "IntegerRangeField"},
		{"integer", "int4range", "IntegerRangeField"},
		{"bigint", "int8range", "BigIntegerRangeField"},
		{"double precision", "numrange", "DecimalRangeField"},
		{"numeric", "numrange", "DecimalRangeField"},
		{"date", "daterange", "DateRangeField"},
		{"timestamp with time zone", "tstzrange", "DateTimeRangeField"},
	};
	struct django_node *of = iw_django_lhs(node);
	struct django_field_ref field = iw_django_output_needed(context, of);
	const char *type = field.field == NULL ? NULL : iw_django_cast_type(context, field), *range = NULL;
	struct django_field_ref as = {0};
	for (size_t i = 0; type != NULL && i < G_N_ELEMENTS(types); i++) {
		size_t length = strcspn(type, "(");
		if (strlen(types[i].type) != length || strncmp(types[i].type, type, length) != 0)
			continue;
		range = types[i].range;
		as = iw_django_made_field(
			context, iw_arena_printf(context->arena, "contrib.postgres.fields.%s", types[i].field));
	}
	if (range == NULL || !is_postgres(context, node) || node->rhs->items != NULL) {
		iw_django_fail(context, node->place, "the range of the lookup 'contained_by' is not known");
		return iw_django_sql_failed();
	}
	struct django_sql lhs = iw_django_process_lhs(context, node, false);
	if (lhs.text != NULL && field.field->type == DJANGO_FLOAT)
		lhs.text = iw_arena_printf(context->arena, "%s::numeric", lhs.text);
	else if (lhs.text != NULL && iw_django_type_is(field.field->type, DJANGO_SMALL_INTEGER))
		lhs.text = iw_arena_printf(context->arena, "%s::integer", lhs.text);
	struct django_sql rhs =
		node->rhs->node != NULL
			? iw_django_rhs_expression(context, node->rhs->node)
			: iw_django_sql_parameter(context, iw_django_parameter(context, as, node->rhs->value));
	if (rhs.text != NULL)
		rhs.text = iw_arena_printf(context->arena, "%s::%s", rhs.text, range);
	return operator_of(context, node, &lhs, &rhs);
}

/* full text search ------------------------------------------------------------------------------------------------- */

static bool is_made_of(const struct django_node *node, const char *class)
{
	while (node != NULL && node->kind == NODE_COMBINED)
		node = node->sources->pdata[0];
	return node != NULL && node->kind == NODE_FUNCTION && strcmp(node->function->name, class) == 0;
}

struct django_sql iw_django_lookup_search(struct django_context *context, struct django_node *node)
{
	if (!is_postgres(context, node))
		return iw_django_sql_failed();
	struct django_node *query = node->rhs->node;
	if (!is_made_of(query, "SearchQuery")) {
		struct django_node *text = query != NULL ? query : iw_django_value_node(context, node->rhs->value);
		query = iw_django_function_node(context, "SearchQuery", text, NULL);
		query->text = "plainto_tsquery";
	}
	if (!iw_django_output_is(context, iw_django_lhs(node), DJANGO_SEARCH_VECTOR)) {
		struct django_node *vector =
			iw_django_function_node(context, "SearchVector", iw_django_lhs(node), NULL);
		if (query->kind == NODE_FUNCTION && query->sources->len > 1)
			vector->config = query->sources->pdata[0];
		node->sources->pdata[0] = vector;
	}
	struct django_sql lhs = iw_django_process_lhs(context, node, false);
	struct django_sql rhs = lhs.text == NULL ? lhs : iw_django_rhs_expression(context, query);
	return rhs.text == NULL ? rhs : iw_django_sql_of(context, &lhs, &rhs, "%s @@ %s", lhs.text, rhs.text);
}

DJANGO_COMPILE(search_config)
{
	struct django_sql sql = iw_django_compile(context, iw_django_lhs(node));
	if (sql.text != NULL)
		sql.text = iw_arena_printf(context->arena, "%s::regconfig", sql.text);
	return sql;
}

DJANGO_COMPILE(search_query)
{
	struct django_sql sql = iw_django_function_sql(context, node, node->text, NULL, NULL);
	if (sql.text != NULL && node->is_negated)
		sql.text = iw_arena_printf(context->arena, "!!(%s)", sql.text);
	return sql;
}

/* A source as a text that is never NULL. */
static struct django_node *searched(struct django_context *context, struct django_node *source)
{
	bool is_text =
		iw_django_output_is(context, source, DJANGO_CHAR) || iw_django_output_is(context, source, DJANGO_TEXT);
	if (!is_text) {
		struct django_node *cast = iw_django_function_node(context, "Cast", source, NULL);
		iw_django_set_output(cast, iw_django_made_field(context, "db.models.TextField"));
		source = cast;
	}
	return iw_django_function_node(context, "Coalesce", source, iw_django_text_node(context, ""), NULL);
}

DJANGO_COMPILE(search_vector)
{
	struct django_node *clone = iw_arena_memdup(context->arena, node, sizeof *node);
	clone->sources = iw_arena_ptr_array(context->arena);
	for (guint i = 0; i < node->sources->len; i++)
		g_ptr_array_add(clone->sources, searched(context, node->sources->pdata[i]));
	struct django_sql config =
		node->config == NULL ? iw_django_sql(context, "") : iw_django_compile(context, node->config);
	struct django_sql sql = iw_django_function_sql(context, clone, NULL, "%(expressions)s", NULL);
	if (config.text == NULL || sql.text == NULL)
		return iw_django_sql_failed();
	sql = iw_django_sql_of(context, &config, &sql, "to_tsvector(%s%s%s)", config.text,
			       node->config == NULL ? "" : ", ", sql.text);
	if (node->weight == NULL)
		return sql;
	struct django_sql weight = iw_django_compile(context, node->weight);
	return weight.text == NULL
		       ? weight
		       : iw_django_sql_of(context, &sql, &weight, "setweight(%s, %s)", sql.text, weight.text);
}
