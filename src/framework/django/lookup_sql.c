/* Lookups of all fields as SQL; see lookups.h. After django/db/models/lookups.py and the backends' lookup_cast(). */
#include "framework/django/lookups.h"

#include "framework/django/fields.h"

/* left sides ------------------------------------------------------------------------------------------------------- */

struct django_node *iw_django_lhs(const struct django_node *node)
{
	return node->sources->pdata[0];
}

/* Django resolves the left side once more when it is compiled: conditions in it get their parentheses. */
static void resolve_again(struct django_node *node)
{
	if (node->kind == NODE_WHERE) {
		node->is_resolved = true;
		for (guint i = 0; i < node->sources->len; i++) {
			struct django_node *child = node->sources->pdata[i];
			if (child->kind == NODE_LOOKUP)
				resolve_again(iw_django_lhs(child));
		}
		return;
	}
	for (guint i = 0; i < node->sources->len; i++)
		resolve_again(node->sources->pdata[i]);
}

static bool is_text_lookup(const char *name)
{
	static const char *const names[] = {"iexact",	"contains",  "icontains", "startswith", "istartswith",
					    "endswith", "iendswith", "regex",	  "iregex"};
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static bool is_upper_lookup(const char *name)
{
	return strcmp(name, "iexact") == 0 || strcmp(name, "icontains") == 0 || strcmp(name, "istartswith") == 0 ||
	       strcmp(name, "iendswith") == 0;
}

/* ops.lookup_cast() */
static const char *lookup_cast(struct django_context *context, struct django_node *node, const char *sql)
{
	struct django_field_ref field = iw_django_output_needed(context, iw_django_lhs(node));
	if (field.field == NULL)
		return NULL;
	const char *name = node->lookup->name;
	enum django_type type = field.field->type;
	if (context->engine.dialect == IW_MYSQL && type == DJANGO_JSON &&
	    (iw_django_is_mariadb(context) || is_text_lookup(name)))
		return iw_arena_printf(context->arena, "JSON_UNQUOTE(%s)", sql);
	if (context->engine.dialect != IW_POSTGRES)
		return sql;
	if (is_text_lookup(name) && (type == DJANGO_IP_ADDRESS || type == DJANGO_GENERIC_IP_ADDRESS))
		sql = iw_arena_printf(context->arena, "HOST(%s)", sql);
	else if (is_text_lookup(name))
		sql = iw_arena_printf(context->arena, "%s::%s", sql,
				      type == DJANGO_CITEXT && context->version < 50100 ? "citext" : "text");
	return is_upper_lookup(name) ? iw_arena_printf(context->arena, "UPPER(%s)", sql) : sql;
}

struct django_sql iw_django_process_lhs(struct django_context *context, struct django_node *node, bool casts)
{
	struct django_node *lhs = iw_django_lhs(node);
	resolve_again(lhs);
	struct django_sql sql = iw_django_compile(context, lhs);
	if (sql.text != NULL && lhs->kind == NODE_LOOKUP && context->version >= 40000)
		sql.text = iw_arena_printf(context->arena, "(%s)", sql.text);
	if (sql.text != NULL && casts)
		sql.text = lookup_cast(context, node, sql.text);
	return sql;
}

/* right sides ------------------------------------------------------------------------------------------------------ */

struct django_sql iw_django_rhs_expression(struct django_context *context, struct django_node *rhs)
{
	struct django_sql sql = iw_django_compile(context, rhs);
	bool is_bare = context->version < 40000 || (context->version >= 50100 && iw_django_is_value(rhs));
	if (sql.text != NULL && !is_bare && *sql.text != '\0' && *sql.text != '(')
		sql.text = iw_arena_printf(context->arena, "(%s)", sql.text);
	return sql;
}

struct django_sql_value *iw_django_prepared(struct django_context *context, struct django_node *node,
					    const struct iw_py_value *value)
{
	struct django_field_ref field = iw_django_output_needed(context, iw_django_lhs(node));
	if (field.field != NULL)
		field = iw_django_final_field(context, field);
	return field.field == NULL ? NULL : iw_django_parameter(context, field, value);
}

bool iw_django_has_bilateral(const struct django_node *lhs)
{
	for (; lhs != NULL && lhs->kind == NODE_FUNCTION; lhs = lhs->sources->len > 0 ? lhs->sources->pdata[0] : NULL)
		if (lhs->function->is_bilateral)
			return true;
	return false;
}

struct django_node *iw_django_bilateral(struct django_context *context, struct django_node *lhs,
					struct django_node *rhs)
{
	if (lhs->kind != NODE_FUNCTION || lhs->sources->len == 0)
		return rhs;
	rhs = iw_django_bilateral(context, lhs->sources->pdata[0], rhs);
	if (!lhs->function->is_bilateral)
		return rhs;
	struct django_node *node = iw_django_function_node(context, lhs->function->name, rhs, NULL);
	node->place = rhs->place;
	return node;
}

struct django_sql iw_django_process_rhs(struct django_context *context, struct django_node *node)
{
	struct django_rhs *rhs = node->rhs;
	struct django_node *lhs = iw_django_lhs(node), *expression = rhs->node;
	if (iw_django_has_bilateral(lhs)) {
		if (expression == NULL) {
			expression = iw_django_value_node(context, rhs->value);
			expression->output = *iw_django_output(context, lhs);
		}
		expression = iw_django_bilateral(context, lhs, expression);
	}
	return expression != NULL ? iw_django_rhs_expression(context, expression)
				  : iw_django_sql_parameter(context, iw_django_prepared(context, node, rhs->value));
}

struct django_sql iw_django_compare(struct django_context *context, struct django_node *node,
				    const struct django_sql *lhs, const struct django_sql *rhs)
{
	g_auto(GStrv) halves = g_strsplit(node->lookup->operators[context->engine.dialect], "%s", 2);
	return iw_django_sql_of(context, lhs, rhs, "%s %s%s%s", lhs->text, halves[0], rhs->text, halves[1]);
}

static struct django_sql builtin(struct django_context *context, struct django_node *node,
				 struct django_sql (*process_rhs)(struct django_context *, struct django_node *))
{
	struct django_sql lhs = iw_django_process_lhs(context, node, true);
	if (lhs.text == NULL)
		return lhs;
	struct django_sql rhs = process_rhs(context, node);
	return rhs.text == NULL ? rhs : iw_django_compare(context, node, &lhs, &rhs);
}

/* integers --------------------------------------------------------------------------------------------------------- */

/* An integer of Python; beyond 10**30 its sign counts. */
static bool wide_of(const struct iw_py_value *value, __int128 *number)
{
	if (value->kind == IW_PY_BOOLEAN) {
		*number = value->boolean;
		return true;
	}
	if (value->kind != IW_PY_INTEGER)
		return false;
	const char *digits = value->text[0] == '-' ? value->text + 1 : value->text;
	*number = 0;
	for (guint i = 0; digits[i] != '\0' && i < 30; i++)
		*number = *number * 10 + (digits[i] - '0');
	if (value->text[0] == '-')
		*number = -*number;
	return true;
}

/* ops.integer_field_range() */
static void range_of(const struct django_context *context, enum django_type type, __int128 *least, __int128 *most)
{
	static const struct {
		enum django_type type;
		int bits;
		bool is_positive;
	} rows[] = {
		{DJANGO_SMALL_INTEGER, 16, false},
		{DJANGO_SMALL_AUTO, 16, false},
		{DJANGO_INTEGER, 32, false},
		{DJANGO_AUTO, 32, false},
		{DJANGO_BIG_INTEGER, 64, false},
		{DJANGO_BIG_AUTO, 64, false},
		{DJANGO_POSITIVE_SMALL_INTEGER, 16, true},
		{DJANGO_POSITIVE_INTEGER, 32, true},
		{DJANGO_POSITIVE_BIG_INTEGER, 64, true},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		if (rows[i].type != type)
			continue;
		int bits = context->engine.dialect == IW_SQLITE ? 64 : rows[i].bits;
		bool is_unsigned = rows[i].is_positive && context->engine.dialect == IW_MYSQL;
		*least = rows[i].is_positive ? 0 : -((__int128)1 << (bits - 1));
		*most = ((__int128)1 << (is_unsigned ? bits : bits - 1)) - 1;
	}
}

/* IntegerFieldOverflow: is the comparison the same for all rows? */
static enum django_truth overflow(const struct django_context *context, enum django_type type, const char *name,
				  const struct iw_py_value *value)
{
	__int128 number, least = 0, most = 0;
	if (context->version < 50000 || !wide_of(value, &number))
		return DJANGO_DEPENDS;
	range_of(context, type, &least, &most);
	if (number < least)
		return name[0] == 'g' ? DJANGO_ALWAYS_TRUE : DJANGO_ALWAYS_FALSE;
	if (number > most)
		return name[0] == 'l' ? DJANGO_ALWAYS_TRUE : DJANGO_ALWAYS_FALSE;
	return DJANGO_DEPENDS;
}

/* int(value) of a decimal; of anything else, and of what is too large, the value itself. */
static struct iw_py_value *whole_of(struct django_context *context, struct iw_py_value *value)
{
	enum { MOST_DIGITS = 18 };
	const struct django_datum *datum = iw_django_datum(context, (struct django_field_ref){0}, value);
	if (datum == NULL || datum->kind != DATUM_DECIMAL || strlen(datum->text) > MOST_DIGITS ||
	    strspn(datum->text, "-0123456789.") < strlen(datum->text))
		return value;
	return iw_py_new_integer(context->python, g_ascii_strtoll(datum->text, NULL, 10));
}

/* int(value), rounded up where IntegerFieldFloatRounding does so. */
static struct iw_py_value *integer_of(struct django_context *context, const char *name, struct iw_py_value *value)
{
	if (value->kind == IW_PY_BOOLEAN)
		return iw_py_new_integer(context->python, value->boolean);
	if (value->kind == IW_PY_CALL)
		return whole_of(context, value);
	if (value->kind != IW_PY_FLOAT || value->number > 9e15 || value->number < -9e15)
		return value;
	gint64 whole = (gint64)value->number; /* towards zero, as int() */
	bool rounds_up = strcmp(name, "gte") == 0 || strcmp(name, "lt") == 0;
	if (rounds_up && value->number > (double)whole)
		whole++;
	return iw_py_new_integer(context->python, whole);
}

struct django_sql iw_django_lookup_compare(struct django_context *context, struct django_node *node)
{
	struct django_field_ref field = iw_django_output_needed(context, iw_django_lhs(node));
	struct django_rhs *rhs = node->rhs;
	if (field.field == NULL)
		return iw_django_sql_failed();
	if (rhs->node == NULL && rhs->items == NULL && iw_django_type_is(field.field->type, DJANGO_INTEGER)) {
		rhs->value = integer_of(context, node->lookup->name, rhs->value);
		enum django_truth truth = overflow(context, field.field->type, node->lookup->name, rhs->value);
		if (truth != DJANGO_DEPENDS)
			return iw_django_sql_truth(truth);
	}
	return builtin(context, node, iw_django_process_rhs);
}

/* equality --------------------------------------------------------------------------------------------------------- */

/* BooleanField.to_python() of a value; -1: it is none that it takes. */
static int boolean_of(const struct iw_py_value *value)
{
	static const char *const names[][3] = {{"f", "False", "0"}, {"t", "True", "1"}};
	if (value->kind == IW_PY_BOOLEAN)
		return value->boolean;
	if (value->kind == IW_PY_INTEGER && (value->integer == 0 || value->integer == 1))
		return (int)value->integer;
	for (int i = 0; value->kind == IW_PY_STRING && i < 2; i++)
		for (size_t k = 0; k < 3; k++)
			if (strcmp(value->text, names[i][k]) == 0)
				return i;
	return -1;
}

struct django_sql iw_django_lookup_exact(struct django_context *context, struct django_node *node)
{
	struct django_node *lhs = iw_django_lhs(node);
	const struct django_rhs *rhs = node->rhs;
	bool is_value = rhs->node == NULL && rhs->items == NULL;
	int truth = is_value && iw_django_is_conditional(context, lhs) ? boolean_of(rhs->value) : -1;
	if (truth >= 0)
		node->rhs->value = iw_py_new_boolean(context->python, truth == 1);
	if (truth < 0 || !iw_django_is_supported_in_where(context, lhs))
		return iw_django_lookup_compare(context, node);
	struct django_sql sql = iw_django_process_lhs(context, node, true);
	if (sql.text != NULL && truth == 0)
		sql.text = iw_arena_printf(context->arena, "NOT %s", sql.text);
	return sql;
}

/* lists ------------------------------------------------------------------------------------------------------------ */

/* One item of a list; in lists that hold expressions values are Value() since Django 5.2. */
static struct django_sql item_sql(struct django_context *context, struct django_node *node, struct django_rhs *item,
				  bool has_expression)
{
	if (item->node != NULL)
		return iw_django_compile(context, item->node);
	if (has_expression && context->version >= 50200) {
		struct django_node *value = iw_django_value_node(context, item->value);
		if (context->version >= 60100 || item->value->kind == IW_PY_STRING)
			value->output = *iw_django_output(context, iw_django_lhs(node));
		else if (iw_django_output_is(context, iw_django_lhs(node), DJANGO_DECIMAL))
			iw_django_set_output(value, iw_django_made_field(context, "db.models.DecimalField"));
		return iw_django_compile(context, value);
	}
	if (!iw_django_has_bilateral(iw_django_lhs(node)))
		return iw_django_sql_parameter(context, iw_django_prepared(context, node, item->value));
	struct django_node *value = iw_django_value_node(context, item->value);
	value->output = *iw_django_output(context, iw_django_lhs(node));
	return iw_django_compile(context, iw_django_bilateral(context, iw_django_lhs(node), value));
}

static bool has_expression(const struct django_rhs *rhs)
{
	for (guint i = 0; rhs->items != NULL && i < rhs->items->len; i++)
		if (((struct django_rhs *)rhs->items->pdata[i])->node != NULL)
			return true;
	return false;
}

/* The items, without None and without those that are there already. */
static struct django_sql items_sql(struct django_context *context, struct django_node *node)
{
	struct django_rhs *rhs = node->rhs;
	struct django_sql sql = iw_django_sql(context, NULL);
	g_autoptr(GString) text = g_string_new("(");
	g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
	for (guint i = 0; i < rhs->items->len; i++) {
		struct django_rhs *item = rhs->items->pdata[i];
		if (item->node == NULL && item->value->kind == IW_PY_NONE)
			continue;
		struct django_sql part = item_sql(context, node, item, has_expression(rhs));
		if (part.text == NULL)
			return part;
		const struct django_sql_value *first = part.parameters->len == 1 ? part.parameters->pdata[0] : NULL;
		bool has_hash = item->node == NULL && item->items == NULL && item->value->kind != IW_PY_DICT;
		if (has_hash && first != NULL && !g_hash_table_add(seen, (gpointer)first->literal))
			continue;
		g_string_append_printf(text, "%s%s", text->len == 1 ? "" : ", ", part.text);
		iw_django_sql_join(&sql, &part);
	}
	if (text->len == 1)
		return iw_django_sql_truth(DJANGO_ALWAYS_FALSE);
	g_string_append_c(text, ')');
	sql.text = iw_arena_strdup(context->arena, text->str);
	return sql;
}

static struct django_sql no_list(struct django_context *context, const struct django_node *node)
{
	iw_django_fail(context, node->place, "the list of the lookup '%s' is not known", node->lookup->name);
	return iw_django_sql_failed();
}

/* list(value): the keys of a dict, the members of an enumeration. */
static struct django_rhs *list_of(struct django_context *context, struct django_rhs *rhs)
{
	struct django_query query = {.context = context};
	struct iw_py_value *raised = NULL;
	GPtrArray *arguments = iw_arena_ptr_array(context->arena);
	g_ptr_array_add(arguments, rhs->value);
	struct iw_py_value *list =
		iw_py_call(context->python, iw_py_new_foreign(context->python, "builtins.list"), arguments, &raised);
	struct django_rhs *made = list != NULL && list->kind == IW_PY_LIST ? iw_django_rhs(&query, list) : NULL;
	return made == NULL ? rhs : made;
}

struct django_sql iw_django_lookup_in(struct django_context *context, struct django_node *node)
{
	if (node->rhs->node != NULL)
		return builtin(context, node, iw_django_process_rhs);
	const struct iw_py_value *value = node->rhs->value;
	if (node->rhs->items == NULL && (value->kind == IW_PY_DICT || value->kind == IW_PY_CLASS))
		node->rhs = list_of(context, node->rhs);
	return node->rhs->items == NULL ? no_list(context, node) : builtin(context, node, items_sql);
}

static struct django_sql bounds_sql(struct django_context *context, struct django_node *node)
{
	const struct django_rhs *rhs = node->rhs;
	struct django_sql parts[2];
	for (guint i = 0; i < 2; i++) {
		parts[i] = item_sql(context, node, rhs->items->pdata[i], has_expression(rhs));
		if (parts[i].text == NULL)
			return parts[i];
	}
	return iw_django_sql_of(context, &parts[0], &parts[1], "%s AND %s", parts[0].text, parts[1].text);
}

struct django_sql iw_django_lookup_range(struct django_context *context, struct django_node *node)
{
	const struct django_rhs *rhs = node->rhs;
	return rhs->items == NULL || rhs->items->len != 2 ? no_list(context, node) : builtin(context, node, bounds_sql);
}

/* NULL ------------------------------------------------------------------------------------------------------------- */

struct django_sql iw_django_lookup_isnull(struct django_context *context, struct django_node *node)
{
	const struct django_rhs *rhs = node->rhs;
	struct django_node *lhs = iw_django_lhs(node);
	int truth = rhs->node == NULL && rhs->items == NULL &&
				    (rhs->value->kind == IW_PY_BOOLEAN || context->version < 40000)
			    ? iw_py_truth(rhs->value)
			    : -1;
	if (truth < 0) {
		iw_django_fail(context, node->place, "The QuerySet value for an isnull lookup must be True or False");
		return iw_django_sql_failed();
	}
	if (lhs->kind == NODE_VALUE && context->version >= 40200) {
		bool is_none = lhs->value->kind == IW_PY_NONE;
		return iw_django_sql_truth(is_none == (truth == 1) ? DJANGO_ALWAYS_TRUE : DJANGO_ALWAYS_FALSE);
	}
	struct django_sql sql = iw_django_process_lhs(context, node, context->version >= 40200);
	if (sql.text != NULL)
		sql.text = iw_arena_printf(context->arena, "%s IS %sNULL", sql.text, truth == 1 ? "" : "NOT ");
	return sql;
}

/* texts ------------------------------------------------------------------------------------------------------------ */

/* The value of an enumeration's member that str() shows as its value. */
static const struct iw_py_value *member_value(struct django_context *context, const struct iw_py_value *value)
{
	static const char *const bases[] = {"django.db.models.TextChoices", "django.db.models.IntegerChoices",
					    "django.db.models.enums.TextChoices",
					    "django.db.models.enums.IntegerChoices", "enum.StrEnum"};
	if (value->kind != IW_PY_INSTANCE || value->receiver == NULL || value->attributes == NULL)
		return value;
	for (size_t i = 0; i < G_N_ELEMENTS(bases); i++) {
		const struct iw_py_value *member = iw_py_is_subclass(context->python, value->receiver, bases[i])
							   ? g_hash_table_lookup(value->attributes, "value")
							   : NULL;
		if (member != NULL)
			return member;
	}
	return value;
}

const char *iw_django_str(struct django_context *context, const struct iw_py_value *value)
{
	value = member_value(context, value);
	if (value->kind == IW_PY_STRING || value->kind == IW_PY_INTEGER || value->kind == IW_PY_FLOAT)
		return value->text;
	if (value->kind == IW_PY_BOOLEAN)
		return value->boolean ? "True" : "False";
	return iw_django_fail(context, value->place, "it is not known what text this value is");
}

const char *iw_django_like_text(struct django_context *context, const char *text)
{
	g_autoptr(GString) out = g_string_new(NULL);
	for (const char *at = text; *at != '\0'; at++) {
		if (strchr("\\%_", *at) != NULL)
			g_string_append_c(out, '\\');
		g_string_append_c(out, *at);
	}
	return iw_arena_strdup(context->arena, out->str);
}

static bool is_direct(const struct django_node *node)
{
	return node->rhs->node == NULL && !iw_django_has_bilateral(iw_django_lhs(node));
}

/* UUIDTextMixin: hyphens are taken out where there is no such type; NULL: it failed. */
static struct django_node *uuid_rhs(struct django_context *context, struct django_node *node)
{
	struct django_node *text =
		node->rhs->node != NULL ? node->rhs->node : iw_django_value_node(context, node->rhs->value);
	struct django_node *replace = iw_django_function_node(
		context, "Replace", text, iw_django_text_node(context, "-"), iw_django_text_node(context, ""), NULL);
	iw_django_set_output(replace, iw_django_made_field(context, "db.models.CharField"));
	return replace;
}

/* Does the engine keep UUIDs as texts? */
static bool is_uuid_text(struct django_context *context, struct django_node *node)
{
	if (!iw_django_output_is(context, iw_django_lhs(node), DJANGO_UUID) || context->engine.dialect == IW_POSTGRES)
		return false;
	bool is_native = iw_django_is_mariadb(context) && context->version >= 50000 &&
			 (context->engine.version == 0 || context->engine.version >= 100700);
	return !is_native;
}

static struct django_sql text_rhs(struct django_context *context, struct django_node *node, bool escapes,
				  bool is_before, bool is_after)
{
	const char *text = iw_django_str(context, node->rhs->value);
	if (text == NULL)
		return iw_django_sql_failed();
	if (escapes)
		text = iw_django_like_text(context, text);
	return iw_django_sql_parameter(
		context,
		iw_django_text_parameter(context, iw_arena_printf(context->arena, "%s%s%s", is_before ? "%" : "", text,
								  is_after ? "%" : "")));
}

struct django_sql iw_django_lookup_iexact(struct django_context *context, struct django_node *node)
{
	if (is_uuid_text(context, node)) {
		struct django_rhs *rhs = iw_new(context->arena, struct django_rhs);
		rhs->node = uuid_rhs(context, node);
		node->rhs = rhs;
	}
	struct django_sql lhs = iw_django_process_lhs(context, node, true);
	if (lhs.text == NULL)
		return lhs;
	bool escapes = context->engine.dialect != IW_POSTGRES;
	struct django_sql rhs =
		is_direct(node) ? text_rhs(context, node, escapes, false, false) : iw_django_process_rhs(context, node);
	if (rhs.text == NULL)
		return rhs;
	struct django_sql_value *first = rhs.parameters->len > 0 ? rhs.parameters->pdata[0] : NULL;
	if (!is_direct(node) && first != NULL && first->text != NULL && escapes)
		rhs.parameters->pdata[0] = iw_django_text_parameter(context, iw_django_like_text(context, first->text));
	return iw_django_compare(context, node, &lhs, &rhs);
}

/* The right side is no plain value: it is escaped by the database. */
static struct django_sql escaped_pattern(struct django_context *context, struct django_node *node,
					 const struct django_sql *lhs, const struct django_sql *rhs)
{
	static const char *const escapes[IW_DIALECTS] = {
		"REPLACE(REPLACE(REPLACE({}, E'\\\\', E'\\\\\\\\'), E'%%', E'\\\\%%'), E'_', E'\\\\_')",
		"REPLACE(REPLACE(REPLACE({}, '\\\\', '\\\\\\\\'), '%%', '\\%%'), '_', '\\_')",
		"REPLACE(REPLACE(REPLACE({}, '\\', '\\\\'), '%%', '\\%%'), '_', '\\_')",
	};
	g_auto(GStrv) pattern = g_strsplit(node->lookup->patterns[context->engine.dialect], "{}", 2);
	g_auto(GStrv) escape = g_strsplit(escapes[context->engine.dialect], "{}", 2);
	return iw_django_sql_of(context, lhs, rhs, "%s %s%s%s%s%s", lhs->text, pattern[0], escape[0], rhs->text,
				escape[1], pattern[1]);
}

struct django_sql iw_django_lookup_pattern(struct django_context *context, struct django_node *node)
{
	if (is_uuid_text(context, node)) {
		struct django_rhs *rhs = iw_new(context->arena, struct django_rhs);
		rhs->node = uuid_rhs(context, node);
		node->rhs = rhs;
	}
	struct django_sql lhs = iw_django_process_lhs(context, node, true);
	if (lhs.text == NULL)
		return lhs;
	const struct django_lookup *row = node->lookup;
	struct django_sql rhs = is_direct(node)
					? text_rhs(context, node, true, row->has_percent_before, row->has_percent_after)
					: iw_django_process_rhs(context, node);
	if (rhs.text == NULL)
		return rhs;
	return is_direct(node) ? iw_django_compare(context, node, &lhs, &rhs)
			       : escaped_pattern(context, node, &lhs, &rhs);
}

bool iw_django_has_regexp_like(const struct django_context *context)
{
	bool is_new = context->version >= 40200 || context->engine.version == 0 || context->engine.version >= 80000;
	return context->engine.dialect == IW_MYSQL && !iw_django_is_mariadb(context) && is_new;
}

struct django_sql iw_django_lookup_regex(struct django_context *context, struct django_node *node)
{
	struct django_sql lhs = iw_django_process_lhs(context, node, true);
	if (lhs.text == NULL)
		return lhs;
	struct django_sql rhs =
		is_direct(node) ? text_rhs(context, node, false, false, false) : iw_django_process_rhs(context, node);
	if (rhs.text == NULL)
		return rhs;
	if (context->engine.dialect != IW_MYSQL)
		return iw_django_compare(context, node, &lhs, &rhs);
	bool is_exact = strcmp(node->lookup->name, "regex") == 0;
	return !iw_django_has_regexp_like(context) ? iw_django_sql_of(context, &lhs, &rhs, "%s REGEXP %s%s", lhs.text,
								      is_exact ? "BINARY " : "", rhs.text)
						   : iw_django_sql_of(context, &lhs, &rhs, "REGEXP_LIKE(%s, %s, '%s')",
								      lhs.text, rhs.text, is_exact ? "c" : "i");
}
