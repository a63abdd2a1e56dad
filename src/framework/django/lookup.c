/* Which lookup or transform a name means for a type, and how lookups are built; see lookups.h. After
 * RegisterLookupMixin of django/db/models/query_utils.py, build_lookup() of sql/query.py and the register_lookup()
 * calls of django/db/models and django/contrib/postgres. */
#include "framework/django/lookups.h"

/* tables ----------------------------------------------------------------------------------------------------------- */

#define SAME(text)                                                                                                     \
	{                                                                                                              \
		text, text, text                                                                                       \
	}
#define LIKE_SQLITE "LIKE %s ESCAPE '\\'"

/* Field.register_lookup() */
static const struct django_lookup base[] = {
	{"exact", "Exact", iw_django_lookup_exact, SAME("= %s")},
	{"gt", "GreaterThan", iw_django_lookup_compare, SAME("> %s")},
	{"gte", "GreaterThanOrEqual", iw_django_lookup_compare, SAME(">= %s")},
	{"lt", "LessThan", iw_django_lookup_compare, SAME("< %s")},
	{"lte", "LessThanOrEqual", iw_django_lookup_compare, SAME("<= %s")},
	{"in", "In", iw_django_lookup_in, SAME("IN %s"), .is_list = true},
	{"range", "Range", iw_django_lookup_range, SAME("BETWEEN %s"), .is_list = true},
	{"isnull", "IsNull", iw_django_lookup_isnull, .is_unprepared = true},
	{"iexact", "IExact", iw_django_lookup_iexact, {"= UPPER(%s)", "LIKE %s", LIKE_SQLITE}, .is_unprepared = true},
	{"contains",
	 "Contains",
	 iw_django_lookup_pattern,
	 {"LIKE %s", "LIKE BINARY %s", LIKE_SQLITE},
	 {"LIKE '%%' || {} || '%%'", "LIKE BINARY CONCAT('%%', {}, '%%')", "LIKE '%%' || {} || '%%' ESCAPE '\\'"},
	 .has_percent_before = true,
	 .has_percent_after = true,
	 .is_unprepared = true},
	{"icontains",
	 "IContains",
	 iw_django_lookup_pattern,
	 {"LIKE UPPER(%s)", "LIKE %s", LIKE_SQLITE},
	 {"LIKE '%%' || UPPER({}) || '%%'", "LIKE CONCAT('%%', {}, '%%')",
	  "LIKE '%%' || UPPER({}) || '%%' ESCAPE '\\'"},
	 .has_percent_before = true,
	 .has_percent_after = true,
	 .is_unprepared = true},
	{"startswith",
	 "StartsWith",
	 iw_django_lookup_pattern,
	 {"LIKE %s", "LIKE BINARY %s", LIKE_SQLITE},
	 {"LIKE {} || '%%'", "LIKE BINARY CONCAT({}, '%%')", "LIKE {} || '%%' ESCAPE '\\'"},
	 .has_percent_after = true,
	 .is_unprepared = true},
	{"istartswith",
	 "IStartsWith",
	 iw_django_lookup_pattern,
	 {"LIKE UPPER(%s)", "LIKE %s", LIKE_SQLITE},
	 {"LIKE UPPER({}) || '%%'", "LIKE CONCAT({}, '%%')", "LIKE UPPER({}) || '%%' ESCAPE '\\'"},
	 .has_percent_after = true,
	 .is_unprepared = true},
	{"endswith",
	 "EndsWith",
	 iw_django_lookup_pattern,
	 {"LIKE %s", "LIKE BINARY %s", LIKE_SQLITE},
	 {"LIKE '%%' || {}", "LIKE BINARY CONCAT('%%', {})", "LIKE '%%' || {} ESCAPE '\\'"},
	 .has_percent_before = true,
	 .is_unprepared = true},
	{"iendswith",
	 "IEndsWith",
	 iw_django_lookup_pattern,
	 {"LIKE UPPER(%s)", "LIKE %s", LIKE_SQLITE},
	 {"LIKE '%%' || UPPER({})", "LIKE CONCAT('%%', {})", "LIKE '%%' || UPPER({}) ESCAPE '\\'"},
	 .has_percent_before = true,
	 .is_unprepared = true},
	{"regex", "Regex", iw_django_lookup_regex, {"~ %s", NULL, "REGEXP %s"}, .is_unprepared = true},
	{"iregex", "IRegex", iw_django_lookup_regex, {"~* %s", NULL, "REGEXP '(?i)' || %s"}, .is_unprepared = true},
	{NULL},
};

/* ExtractYear, ExtractIsoYear */
static const struct django_lookup years[] = {
	{"exact", "YearExact", iw_django_lookup_year, SAME("= %s")},
	{"gt", "YearGt", iw_django_lookup_year, SAME("> %s")},
	{"gte", "YearGte", iw_django_lookup_year, SAME(">= %s")},
	{"lt", "YearLt", iw_django_lookup_year, SAME("< %s")},
	{"lte", "YearLte", iw_django_lookup_year, SAME("<= %s")},
	{NULL},
};

static const struct django_lookup json[] = {
	{"contains", "DataContains", iw_django_lookup_json_contains, .symbol = "@>"},
	{"contained_by", "ContainedBy", iw_django_lookup_json_contains, .symbol = "<@"},
	{"has_key", "HasKey", iw_django_lookup_json_has_key, .symbol = "?", .is_unprepared = true},
	{"has_keys", "HasKeys", iw_django_lookup_json_has_key, .symbol = "?&", .is_list = true},
	{"has_any_keys", "HasAnyKeys", iw_django_lookup_json_has_key, .symbol = "?|", .is_list = true},
	{"exact", "JSONExact", iw_django_lookup_json_exact, SAME("= %s"), .takes_none = true},
	{"icontains",
	 "JSONIContains",
	 iw_django_lookup_json_icontains,
	 {"LIKE UPPER(%s)", "LIKE %s", LIKE_SQLITE},
	 {"LIKE '%%' || UPPER({}) || '%%'", "LIKE CONCAT('%%', {}, '%%')",
	  "LIKE '%%' || UPPER({}) || '%%' ESCAPE '\\'"},
	 .has_percent_before = true,
	 .has_percent_after = true,
	 .is_unprepared = true,
	 .since = 40000},
	{"in", "JSONIn", iw_django_lookup_json_in, SAME("IN %s"), .is_list = true, .since = 60100},
	{NULL},
};

#define TEXT_LOOKUP(name, class)                                                                                       \
	{                                                                                                              \
		name, class, iw_django_lookup_key_text, .is_unprepared = true                                          \
	}
static const struct django_lookup keys[] = {
	{"in", "KeyTransformIn", iw_django_lookup_json_in, SAME("IN %s"), .is_list = true},
	{"exact", "KeyTransformExact", iw_django_lookup_key_exact, SAME("= %s"), .takes_none = true},
	{"iexact", "KeyTransformIExact", iw_django_lookup_key_text, .takes_none = true, .is_unprepared = true,
	 .since = 60100},
	TEXT_LOOKUP("iexact", "KeyTransformIExact"),
	{"isnull", "KeyTransformIsNull", iw_django_lookup_key_isnull, .is_unprepared = true},
	TEXT_LOOKUP("icontains", "KeyTransformIContains"),
	TEXT_LOOKUP("startswith", "KeyTransformStartsWith"),
	TEXT_LOOKUP("istartswith", "KeyTransformIStartsWith"),
	TEXT_LOOKUP("endswith", "KeyTransformEndsWith"),
	TEXT_LOOKUP("iendswith", "KeyTransformIEndsWith"),
	TEXT_LOOKUP("regex", "KeyTransformRegex"),
	TEXT_LOOKUP("iregex", "KeyTransformIRegex"),
	{"gt", "KeyTransformGt", iw_django_lookup_key_compare, SAME("> %s")},
	{"gte", "KeyTransformGte", iw_django_lookup_key_compare, SAME(">= %s")},
	{"lt", "KeyTransformLt", iw_django_lookup_key_compare, SAME("< %s")},
	{"lte", "KeyTransformLte", iw_django_lookup_key_compare, SAME("<= %s")},
	{NULL},
};

static const struct django_lookup arrays[] = {
	{"contains", "ArrayContains", iw_django_lookup_array, .symbol = "@>"},
	{"contained_by", "ArrayContainedBy", iw_django_lookup_array, .symbol = "<@"},
	{"overlap", "ArrayOverlap", iw_django_lookup_array, .symbol = "&&"},
	{"exact", "ArrayExact", iw_django_lookup_array_exact, SAME("= %s")},
	{NULL},
};

static const struct django_lookup hstores[] = {
	{"contains", "DataContains", iw_django_lookup_operator, .symbol = "@>"},
	{"contained_by", "ContainedBy", iw_django_lookup_operator, .symbol = "<@"},
	{"has_key", "HasKey", iw_django_lookup_operator, .symbol = "?", .is_unprepared = true},
	{"has_keys", "HasKeys", iw_django_lookup_keys, .symbol = "?&", .is_list = true},
	{"has_any_keys", "HasAnyKeys", iw_django_lookup_keys, .symbol = "?|", .is_list = true},
	{NULL},
};

static const struct django_lookup ranges[] = {
	{"contains", "RangeContains", iw_django_lookup_range_contains, .symbol = "@>"},
	{"contained_by", "ContainedBy", iw_django_lookup_operator, .symbol = "<@"},
	{"overlap", "Overlap", iw_django_lookup_operator, .symbol = "&&"},
	{"fully_lt", "FullyLessThan", iw_django_lookup_operator, .symbol = "<<"},
	{"fully_gt", "FullGreaterThan", iw_django_lookup_operator, .symbol = ">>"},
	{"not_lt", "NotLessThan", iw_django_lookup_operator, .symbol = "&>"},
	{"not_gt", "NotGreaterThan", iw_django_lookup_operator, .symbol = "&<"},
	{"adjacent_to", "AdjacentToLookup", iw_django_lookup_operator, .symbol = "-|-"},
	{NULL},
};

/* Of numbers and dates, and of texts, where django.contrib.postgres is installed. */
static const struct django_lookup within[] = {
	{"contained_by", "RangeContainedBy", iw_django_lookup_contained_by_range, .symbol = "<@"},
	{NULL},
};
static const struct django_lookup texts[] = {
	{"search", "SearchLookup", iw_django_lookup_search},
	{"trigram_similar", "TrigramSimilar", iw_django_lookup_operator, .symbol = "%%"},
	{"trigram_word_similar", "TrigramWordSimilar", iw_django_lookup_operator, .symbol = "%%>"},
	{"trigram_strict_word_similar", "TrigramStrictWordSimilar", iw_django_lookup_operator, .symbol = "%%>>"},
	{NULL},
};
static const struct django_lookup vectors[] = {
	{"exact", "SearchVectorExact", iw_django_lookup_search},
	{NULL},
};

/* finding ---------------------------------------------------------------------------------------------------------- */

static const struct django_lookup *find_in(const struct django_context *context, const struct django_lookup *table,
					   const char *name)
{
	for (; table->name != NULL; table++)
		if (strcmp(table->name, name) == 0 && context->version >= table->since)
			return table;
	return NULL;
}

bool iw_django_is_lookup_class(const char *class)
{
	for (const struct django_lookup *row = base; row->name != NULL; row++)
		if (strcmp(row->class, class) == 0)
			return true;
	return false;
}

bool iw_django_is_key(const struct django_node *node)
{
	return node->kind == NODE_FUNCTION && node->function->module == DJANGO_MODELS &&
	       (strcmp(node->function->name, "KeyTransform") == 0 ||
		strcmp(node->function->name, "KeyTextTransform") == 0);
}

static bool is_number_or_date(enum django_type type)
{
	return iw_django_type_is(type, DJANGO_INTEGER) || type == DJANGO_FLOAT || type == DJANGO_DECIMAL ||
	       iw_django_type_is(type, DJANGO_DATE);
}

static bool is_text(enum django_type type)
{
	return iw_django_type_is(type, DJANGO_CHAR) || type == DJANGO_TEXT || type == DJANGO_CITEXT;
}

/* Lookups that a type has before those of all fields; NULL: none. */
static const struct django_lookup *table_of(const struct django_context *context, enum django_type type)
{
	bool is_postgres = context->engine.dialect == IW_POSTGRES;
	switch (type) {
	case DJANGO_JSON:
		return json;
	case DJANGO_ARRAY:
		return arrays;
	case DJANGO_HSTORE:
		return hstores;
	case DJANGO_RANGE:
		return ranges;
	case DJANGO_SEARCH_VECTOR:
		return vectors;
	default:
		return !is_postgres ? NULL : is_number_or_date(type) ? within : is_text(type) ? texts : NULL;
	}
}

static bool is_year(const struct django_node *node)
{
	return node->kind == NODE_FUNCTION && (strcmp(node->function->name, "ExtractYear") == 0 ||
					       strcmp(node->function->name, "ExtractIsoYear") == 0);
}

static const char *const range_transforms[] = {"startswith", "endswith",  "isempty",   "lower_inc",
					       "lower_inf",  "upper_inc", "upper_inf", NULL};

static bool is_among(const char *const *names, const char *name)
{
	for (; *names != NULL; names++)
		if (strcmp(*names, name) == 0)
			return true;
	return false;
}

/* lhs.get_lookup(); NULL: there is none (or the type is not known, which is a failure). */
static const struct django_lookup *find(struct django_context *context, struct django_node *lhs, const char *name)
{
	static const char *const related[] = {"exact", "gt", "gte", "lt", "lte", "in", "isnull", NULL};
	struct django_field_ref field = iw_django_output_needed(context, lhs);
	if (field.field == NULL)
		return NULL;
	enum django_type type = field.field->type;
	bool is_relation = iw_django_type_is(type, DJANGO_FOREIGN_KEY);
	if ((is_relation && !is_among(related, name)) || (type == DJANGO_RANGE && is_among(range_transforms, name)) ||
	    type == DJANGO_CUSTOM)
		return type == DJANGO_CUSTOM ? find_in(context, base, name) : NULL;
	const struct django_lookup *row = NULL;
	if (is_year(lhs))
		row = find_in(context, years, name);
	if (row == NULL && iw_django_is_key(lhs) && type == DJANGO_JSON)
		row = find_in(context, keys, name);
	const struct django_lookup *table = table_of(context, type);
	if (row == NULL && table != NULL)
		row = find_in(context, table, name);
	return row != NULL ? row : find_in(context, base, name);
}

/* transforms ------------------------------------------------------------------------------------------------------- */

static struct django_node *transform_of(struct django_context *context, struct django_node *lhs, const char *class,
					const char *text)
{
	struct django_node *node = iw_django_function_node(context, class, lhs, NULL);
	node->text = text != NULL ? text : node->function->function;
	node->place = lhs->place;
	return node;
}

static const struct {
	const char *name, *class;
	enum django_type type; /* and what derives from it */
	int since;
} transforms[] = {
	{"year", "ExtractYear", DJANGO_DATE, 0},
	{"iso_year", "ExtractIsoYear", DJANGO_DATE, 0},
	{"month", "ExtractMonth", DJANGO_DATE, 0},
	{"day", "ExtractDay", DJANGO_DATE, 0},
	{"week", "ExtractWeek", DJANGO_DATE, 0},
	{"week_day", "ExtractWeekDay", DJANGO_DATE, 0},
	{"iso_week_day", "ExtractIsoWeekDay", DJANGO_DATE, 0},
	{"quarter", "ExtractQuarter", DJANGO_DATE, 0},
	{"hour", "ExtractHour", DJANGO_DATE_TIME, 0},
	{"minute", "ExtractMinute", DJANGO_DATE_TIME, 0},
	{"second", "ExtractSecond", DJANGO_DATE_TIME, 0},
	{"date", "TruncDate", DJANGO_DATE_TIME, 0},
	{"time", "TruncTime", DJANGO_DATE_TIME, 0},
	{"hour", "ExtractHour", DJANGO_TIME, 0},
	{"minute", "ExtractMinute", DJANGO_TIME, 0},
	{"second", "ExtractSecond", DJANGO_TIME, 0},
	{"len", "ArrayLenTransform", DJANGO_ARRAY, 0},
	{"keys", "KeysTransform", DJANGO_HSTORE, 0},
	{"values", "ValuesTransform", DJANGO_HSTORE, 0},
	{"startswith", "RangeStartsWith", DJANGO_RANGE, 0},
	{"endswith", "RangeEndsWith", DJANGO_RANGE, 0},
	{"isempty", "IsEmpty", DJANGO_RANGE, 0},
	{"lower_inc", "LowerInclusive", DJANGO_RANGE, 0},
	{"lower_inf", "LowerInfinite", DJANGO_RANGE, 0},
	{"upper_inc", "UpperInclusive", DJANGO_RANGE, 0},
	{"upper_inf", "UpperInfinite", DJANGO_RANGE, 0},
	{"unaccent", "Unaccent", DJANGO_CHAR, 0},
	{"unaccent", "Unaccent", DJANGO_TEXT, 0},
};

static bool is_digits(const char *text)
{
	return *text != '\0' && strspn(text, "0123456789") == strlen(text);
}

/* ArrayField.get_transform(): "0" and "0_2" */
static struct django_node *array_transform(struct django_context *context, struct django_node *lhs, const char *name)
{
	g_auto(GStrv) parts = g_strsplit(name, "_", 2);
	bool is_slice = parts[0] != NULL && parts[1] != NULL;
	if (!is_digits(parts[0]) || (is_slice && !is_digits(parts[1])))
		return NULL;
	struct iw_py_value *first = iw_py_new_integer(context->python, g_ascii_strtoll(parts[0], NULL, 10) + 1);
	struct django_node *node =
		iw_django_function_node(context, is_slice ? "SliceTransform" : "IndexTransform", lhs, NULL);
	node->place = lhs->place;
	node->value = first;
	if (is_slice) {
		node->value = iw_py_new_list(context->python, IW_PY_TUPLE);
		g_ptr_array_add(node->value->items, first);
		g_ptr_array_add(node->value->items,
				iw_py_new_integer(context->python, g_ascii_strtoll(parts[1], NULL, 10)));
	}
	return node;
}

struct django_node *iw_django_transform(struct django_context *context, struct django_node *lhs, const char *name)
{
	struct django_field_ref field = iw_django_output_field(context, lhs);
	if (field.field == NULL)
		return NULL;
	enum django_type type = field.field->type;
	for (size_t i = 0; i < G_N_ELEMENTS(transforms); i++)
		if (strcmp(transforms[i].name, name) == 0 && iw_django_type_is(type, transforms[i].type))
			return transform_of(context, lhs, transforms[i].class, NULL);
	if (type == DJANGO_ARRAY)
		return array_transform(context, lhs, name);
	if (type == DJANGO_JSON)
		return transform_of(context, lhs, "KeyTransform", iw_arena_strdup(context->arena, name));
	if (type == DJANGO_HSTORE)
		return transform_of(context, lhs, "HStoreKeyTransform", iw_arena_strdup(context->arena, name));
	return NULL;
}

/* right sides ------------------------------------------------------------------------------------------------------ */

struct django_rhs *iw_django_rhs(struct django_query *query, struct iw_py_value *value)
{
	struct django_context *context = query->context;
	struct django_rhs *rhs = iw_new(context->arena, struct django_rhs);
	rhs->value = value;
	if (iw_django_is_unknown(context, value))
		return NULL;
	if (iw_django_is_expression(context, value)) {
		rhs->node = iw_django_resolve_value(query, value);
		return rhs->node == NULL ? NULL : rhs;
	}
	bool is_list = value->kind == IW_PY_LIST || value->kind == IW_PY_TUPLE || value->kind == IW_PY_SET;
	if (!is_list)
		return rhs;
	rhs->items = iw_arena_ptr_array(context->arena);
	for (guint i = 0; i < value->items->len; i++) {
		struct django_rhs *item = iw_django_rhs(query, value->items->pdata[i]);
		if (item == NULL)
			return NULL;
		g_ptr_array_add(rhs->items, item);
	}
	return rhs;
}

/* building --------------------------------------------------------------------------------------------------------- */

static struct django_node *lookup_node(struct django_context *context, const struct django_lookup *row,
				       struct django_node *lhs, struct django_rhs *rhs)
{
	struct django_node *node = iw_django_node_new(context, NODE_LOOKUP, lhs->place);
	node->lookup = row;
	node->rhs = rhs;
	g_ptr_array_add(node->sources, lhs);
	return node;
}

struct django_node *iw_django_base_lookup(struct django_context *context, const char *name, struct django_node *lhs,
					  struct django_rhs *rhs)
{
	return lookup_node(context, find_in(context, base, name), lhs, rhs);
}

struct django_node *iw_django_is_null(struct django_query *query, struct django_node *lhs, bool is_null)
{
	struct django_context *context = query->context;
	struct django_rhs *rhs = iw_new(context->arena, struct django_rhs);
	rhs->value = iw_py_new_boolean(context->python, is_null);
	const struct django_lookup *row = find(context, lhs, "isnull");
	return row == NULL ? NULL : lookup_node(context, row, lhs, rhs);
}

/* The type, for messages. */
static const char *type_words(struct django_context *context, struct django_node *lhs)
{
	struct django_field_ref field = iw_django_output_field(context, lhs);
	const char *path = field.field == NULL ? "an expression" : field.field->path;
	const char *dot = strrchr(path, '.');
	return dot == NULL ? path : dot + 1;
}

static struct django_node *transformed(struct django_query *query, struct django_node *lhs, const char *name)
{
	struct django_context *context = query->context;
	struct django_node *node = iw_django_transform(context, lhs, name);
	if (node == NULL)
		iw_django_fail(context, lhs->place, "the lookup '%s' of %s is not known", name,
			       type_words(context, lhs));
	return node;
}

struct django_node *iw_django_build_lookup(struct django_query *query, struct django_node *lhs, char **lookups,
					   struct django_rhs *rhs)
{
	struct django_context *context = query->context;
	guint count = g_strv_length(lookups);
	const char *name = count == 0 ? "exact" : lookups[count - 1];
	for (guint i = 0; i + 1 < count; i++) {
		lhs = transformed(query, lhs, lookups[i]);
		if (lhs == NULL)
			return NULL;
	}
	const struct django_lookup *row = find(context, lhs, name);
	if (row == NULL && context->problem == NULL) {
		lhs = transformed(query, lhs, name);
		name = "exact";
		row = lhs == NULL ? NULL : find(context, lhs, name);
	}
	if (row == NULL)
		return NULL;
	bool is_none = rhs->node == NULL && rhs->items == NULL && rhs->value->kind == IW_PY_NONE;
	if (!is_none || row->takes_none)
		return lookup_node(context, row, lhs, rhs);
	if (strcmp(name, "exact") != 0 && strcmp(name, "iexact") != 0)
		return iw_django_fail(context, lhs->place, "Cannot use None as a query value");
	return iw_django_is_null(query, lhs, true);
}

struct django_node *iw_django_lookup_call(struct django_query *query, const char *class, struct iw_py_value *call)
{
	struct django_context *context = query->context;
	struct iw_py_value *left = iw_py_argument(call, 0, "lhs"), *right = iw_py_argument(call, 1, "rhs");
	const struct django_lookup *row = NULL;
	for (const struct django_lookup *at = base; at->name != NULL && row == NULL; at++)
		if (strcmp(at->class, class) == 0)
			row = at;
	if (row == NULL || left == NULL || right == NULL)
		return iw_django_fail(context, call->place, "%s is not known", iw_py_path(context->python, call));
	struct django_node *lhs = iw_django_resolve_value(query, left);
	struct django_rhs *rhs = lhs == NULL ? NULL : iw_django_rhs(query, right);
	if (rhs == NULL)
		return NULL;
	/* The type of the left side is not known yet when the right one is prepared. */
	if (!row->is_list && !row->is_unprepared && rhs->node == NULL && lhs->kind != NODE_VALUE)
		rhs->node = iw_django_value_node(context, rhs->value);
	struct django_node *node = lookup_node(context, row, lhs, rhs);
	node->place = call->place;
	return node;
}

const char *iw_django_lookup_name(const struct django_node *node)
{
	return node->lookup->name;
}

struct django_sql iw_django_lookup_sql(struct django_context *context, struct django_node *node)
{
	return node->lookup->compile(context, node);
}
