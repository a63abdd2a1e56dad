/*
 * The functions of django.db.models and django.contrib.postgres as a table: what their classes say, engine by engine,
 * and the few that make SQL in a way of their own. After django/db/models/functions/ and expressions.py,
 * contrib/postgres/{functions,search,indexes,lookups}.py and contrib/postgres/fields/.
 */
#include "framework/django/lookups.h"

#define CONTRIB	    .module = DJANGO_CONTRIB_POSTGRES
#define FIELD(path) .rule = DJANGO_OUT_FIELD, .output = path
#define CHAR	    FIELD("db.models.CharField")
#define TEXT	    FIELD("db.models.TextField")
#define INTEGER	    FIELD("db.models.IntegerField")
#define FLOAT	    FIELD("db.models.FloatField")
#define BOOLEAN	    FIELD("db.models.BooleanField")
#define JSON	    FIELD("db.models.JSONField")
#define DATE_TIME   FIELD("db.models.DateTimeField")
#define TEXTS	    FIELD("contrib.postgres.fields.ArrayField")
#define VECTOR	    FIELD("contrib.postgres.search.SearchVectorField")
#define ONE	    .parameters = "expression", .least = 1
#define READ(hook)  .resolve = iw_django_resolve_##hook
#define MAKE(hook)  .compile = iw_django_compile_##hook
#define REFUSED(class)                                                                                                 \
	{                                                                                                              \
		class, READ(refused)                                                                                   \
	}

#define NUMBER(class, sql)                                                                                             \
	{                                                                                                              \
		class, .function = sql, .rule = DJANGO_OUT_NUMERIC, ONE                                                \
	}
#define SAME(class, sql)                                                                                               \
	{                                                                                                              \
		class, .function = sql, ONE                                                                            \
	}
#define EXTRACT(class, part)                                                                                           \
	{                                                                                                              \
		class, .function = part, INTEGER, ONE, READ(date_part), MAKE(extract), .is_plain_on_sqlite = true      \
	}
#define TRUNC(class, part)                                                                                             \
	{                                                                                                              \
		class, .function = part, ONE, READ(date_part), MAKE(trunc), .is_plain_on_sqlite = true                 \
	}
#define SHA(class, bits)                                                                                               \
	{                                                                                                              \
		class, .function = class, ONE,                                                                         \
		       .on_postgres = {"sha" bits, "ENCODE(DIGEST(%(expressions)s, '%(function)s'), 'hex')"},          \
		       .on_mysql =                                                                                     \
		{                                                                                                      \
			NULL,                                                                                          \
			"SHA2(%(expressions)s, " bits ")"                                                              \
		}                                                                                                      \
	}
#define RANGE_TRANSFORM(class, sql)                                                                                    \
	{                                                                                                              \
		class, CONTRIB, .function = sql, BOOLEAN, ONE                                                          \
	}
#define TRIGRAM(class, sql, operator, names)                                                                           \
	{                                                                                                              \
		class, CONTRIB, .function = sql, .joiner = operator, FLOAT, .parameters = names, READ(trigram)         \
	}

static const struct django_function functions[] = {
	/* expressions.py */
	{"F", READ(f)},
	{"Value", READ(value_object)},
	{"JSONNull", READ(json_null), MAKE(json_null), JSON, .since = 60100},
	{"Func"},
	{"Transform", ONE},
	{"ExpressionList", .template = "%(expressions)s", .is_plain_on_sqlite = true},
	{"Case", READ(case)},
	{"When", READ(when)},
	{"ExpressionWrapper", READ(wrapper)},
	{"NegatedExpression", READ(negated)},
	{"RawSQL", READ(raw)},
	{"OrderBy", READ(order_by)},
	{"CombinedExpression", READ(combined)},
	{"DurationExpression", READ(combined)},
	REFUSED("TemporalSubtraction"),
	REFUSED("Subquery"),
	REFUSED("Exists"),
	REFUSED("OuterRef"),
	REFUSED("Window"),
	REFUSED("Count"),
	REFUSED("Sum"),
	REFUSED("Avg"),
	REFUSED("Max"),
	REFUSED("Min"),
	/* functions/comparison.py */
	{"Cast", .function = "CAST", .template = "%(function)s(%(expressions)s AS %(db_type)s)", READ(cast), MAKE(cast),
	 .is_plain_on_sqlite = true},
	{"Coalesce", .function = "COALESCE", .least = 2},
	{"Collate", READ(collate), MAKE(collate)},
	{"Greatest", .function = "GREATEST", .on_sqlite = {"MAX"}},
	{"Least", .function = "LEAST", .on_sqlite = {"MIN"}},
	{"NullIf", .function = "NULLIF"},
	/* functions/json.py */
	{"JSONObject", .function = "JSON_OBJECT", JSON, READ(json_object), MAKE(json_object)},
	{"JSONArray", .function = "JSON_ARRAY", JSON, MAKE(json_array), .since = 50200},
	{"KeyTransform", READ(key_transform), MAKE(key_transform)},
	{"KeyTextTransform", TEXT, READ(key_transform), MAKE(key_text_transform), .since = 40200},
	{"KeyTextTransform", READ(key_transform), MAKE(key_text_transform)},
	{"KT", READ(kt)},
	/* functions/math.py */
	SAME("Abs", "ABS"),
	NUMBER("ACos", "ACOS"),
	NUMBER("ASin", "ASIN"),
	NUMBER("ATan", "ATAN"),
	{"ATan2", .function = "ATAN2", .rule = DJANGO_OUT_NUMERIC, .is_plain_on_sqlite = true},
	SAME("Ceil", "CEILING"),
	NUMBER("Cos", "COS"),
	NUMBER("Cot", "COT"),
	NUMBER("Degrees", "DEGREES"),
	NUMBER("Exp", "EXP"),
	SAME("Floor", "FLOOR"),
	NUMBER("Ln", "LN"),
	{"Log", .function = "LOG", .rule = DJANGO_OUT_NUMERIC, MAKE(decimal_input), .is_plain_on_sqlite = true},
	{"Mod", .function = "MOD", .rule = DJANGO_OUT_NUMERIC, MAKE(decimal_input)},
	{"Pi", .function = "PI", .rule = DJANGO_OUT_NUMERIC},
	{"Power", .function = "POWER", .rule = DJANGO_OUT_NUMERIC},
	NUMBER("Radians", "RADIANS"),
	{"Random", .function = "RANDOM", .on_mysql = {"RAND"}, .on_sqlite = {"RAND"}, .rule = DJANGO_OUT_NUMERIC},
	{"Round", .function = "ROUND", .parameters = "expression precision", .least = 1, .rule = DJANGO_OUT_FIRST,
	 READ(round), MAKE(round), .since = 40000},
	SAME("Round", "ROUND"),
	SAME("Sign", "SIGN"),
	NUMBER("Sin", "SIN"),
	NUMBER("Sqrt", "SQRT"),
	NUMBER("Tan", "TAN"),
	/* functions/text.py */
	{"Chr", .function = "CHR", CHAR, ONE, .on_mysql = {"CHAR", "%(function)s(%(expressions)s USING utf16)"},
	 .on_sqlite = {"CHAR"}},
	{"ConcatPair", .function = "CONCAT", MAKE(concat_pair), .is_plain_on_sqlite = true},
	{"Concat", .template = "%(expressions)s", READ(concat)},
	{"Left", .function = "LEFT", CHAR, .parameters = "expression length", .least = 2, MAKE(left)},
	{"Length", .function = "LENGTH", INTEGER, ONE, .on_mysql = {"CHAR_LENGTH"}},
	SAME("Lower", "LOWER"),
	{"LPad", .function = "LPAD", CHAR, .parameters = "expression length fill_text", .defaults = " ", .least = 2},
	SAME("LTrim", "LTRIM"),
	SAME("MD5", "MD5"),
	{"Ord", .function = "ASCII", INTEGER, ONE, .on_mysql = {"ORD"}, .on_sqlite = {"UNICODE"}},
	{"Repeat", .function = "REPEAT", CHAR, .parameters = "expression number", .least = 2},
	{"Replace", .function = "REPLACE", .parameters = "expression text replacement", .defaults = "", .least = 2},
	SAME("Reverse", "REVERSE"),
	{"Right", .function = "RIGHT", CHAR, .parameters = "expression length", .least = 2, MAKE(right)},
	{"RPad", .function = "RPAD", CHAR, .parameters = "expression length fill_text", .defaults = " ", .least = 2},
	SAME("RTrim", "RTRIM"),
	{"SHA1", .function = "SHA1", ONE,
	 .on_postgres = {"sha1", "ENCODE(DIGEST(%(expressions)s, '%(function)s'), 'hex')"}},
	SHA("SHA224", "224"),
	SHA("SHA256", "256"),
	SHA("SHA384", "384"),
	SHA("SHA512", "512"),
	{"StrIndex", .function = "INSTR", INTEGER, .on_postgres = {"STRPOS"}},
	{"Substr", .function = "SUBSTRING", CHAR, .parameters = "expression pos length", .least = 2,
	 .on_sqlite = {"SUBSTR"}},
	SAME("Trim", "TRIM"),
	SAME("Upper", "UPPER"),
	/* functions/datetime.py */
	{"Extract", INTEGER, ONE, READ(date_part), MAKE(extract), .is_plain_on_sqlite = true},
	EXTRACT("ExtractYear", "year"),
	EXTRACT("ExtractIsoYear", "iso_year"),
	EXTRACT("ExtractMonth", "month"),
	EXTRACT("ExtractDay", "day"),
	EXTRACT("ExtractWeek", "week"),
	EXTRACT("ExtractWeekDay", "week_day"),
	EXTRACT("ExtractIsoWeekDay", "iso_week_day"),
	EXTRACT("ExtractQuarter", "quarter"),
	EXTRACT("ExtractHour", "hour"),
	EXTRACT("ExtractMinute", "minute"),
	EXTRACT("ExtractSecond", "second"),
	{"Trunc", ONE, READ(date_part), MAKE(trunc), .is_plain_on_sqlite = true},
	TRUNC("TruncYear", "year"),
	TRUNC("TruncQuarter", "quarter"),
	TRUNC("TruncMonth", "month"),
	TRUNC("TruncWeek", "week"),
	TRUNC("TruncDay", "day"),
	TRUNC("TruncHour", "hour"),
	TRUNC("TruncMinute", "minute"),
	TRUNC("TruncSecond", "second"),
	{"TruncDate", .function = "date", FIELD("db.models.DateField"), ONE, READ(date_part), MAKE(trunc_date)},
	{"TruncTime", .function = "time", FIELD("db.models.TimeField"), ONE, READ(date_part), MAKE(trunc_time)},
	{"Now", .template = "CURRENT_TIMESTAMP", DATE_TIME, .on_postgres = {NULL, "STATEMENT_TIMESTAMP()"},
	 .on_mysql = {NULL, "CURRENT_TIMESTAMP(6)"},
	 .on_sqlite = {NULL, "STRFTIME('%%%%Y-%%%%m-%%%%d %%%%H:%%%%M:%%%%f', 'NOW')"}, .since = 40200},
	{"Now", .template = "CURRENT_TIMESTAMP", DATE_TIME, .on_postgres = {NULL, "STATEMENT_TIMESTAMP()"}},
	/* functions/uuid.py */
	{"UUID4", .function = "UUIDV4", FIELD("db.models.UUIDField"), MAKE(uuid4), .since = 60100},
	{"UUID7", .function = "UUIDV7", FIELD("db.models.UUIDField"), .parameters = "shift", MAKE(uuid7),
	 .since = 60100},
	/* contrib.postgres */
	{"RandomUUID", CONTRIB, .template = "GEN_RANDOM_UUID()", FIELD("db.models.UUIDField")},
	{"TransactionNow", CONTRIB, .template = "CURRENT_TIMESTAMP", DATE_TIME},
	{"OpClass", CONTRIB, .template = "%(expressions)s %(name)s", READ(op_class)},
	{"RangeBoundary", CONTRIB, .rule = DJANGO_OUT_NONE, READ(range_boundary), MAKE(range_boundary)},
	{"Unaccent", CONTRIB, .function = "UNACCENT", ONE, .is_bilateral = true},
	{"SearchConfig", CONTRIB, .rule = DJANGO_OUT_NONE, READ(search_config), MAKE(search_config)},
	{"SearchVector", CONTRIB, .function = "to_tsvector", .joiner = " || ' ' || ", VECTOR, READ(search_vector),
	 MAKE(search_vector)},
	{"CombinedSearchVector", CONTRIB, READ(combined_search)},
	{"SearchQuery", CONTRIB, .rule = DJANGO_OUT_NONE, READ(search_query), MAKE(search_query)},
	{"CombinedSearchQuery", CONTRIB, READ(combined_search)},
	{"SearchRank", CONTRIB, READ(refused)},
	{"SearchHeadline", CONTRIB, READ(refused)},
	{"Lexeme", CONTRIB, READ(refused)},
	TRIGRAM("TrigramSimilarity", "SIMILARITY", NULL, "expression string"),
	TRIGRAM("TrigramDistance", "", " <-> ", "expression string"),
	TRIGRAM("TrigramWordDistance", "", " <<-> ", "string expression"),
	TRIGRAM("TrigramStrictWordDistance", "", " <<<-> ", "string expression"),
	TRIGRAM("TrigramWordSimilarity", "WORD_SIMILARITY", NULL, "string expression"),
	TRIGRAM("TrigramStrictWordSimilarity", "STRICT_WORD_SIMILARITY", NULL, "string expression"),
	{"KeyTransform", CONTRIB, TEXT, READ(key_transform), MAKE(hstore_key)},
	{"HStoreKeyTransform", CONTRIB, TEXT, MAKE(hstore_key)},
	{"KeysTransform", CONTRIB, .function = "akeys", TEXTS, ONE},
	{"ValuesTransform", CONTRIB, .function = "avals", TEXTS, ONE},
	{"ArrayLenTransform", CONTRIB, INTEGER, ONE, MAKE(array_length)},
	{"IndexTransform", CONTRIB, .rule = DJANGO_OUT_BASE, MAKE(array_index)},
	{"SliceTransform", CONTRIB, MAKE(array_slice)},
	{"RangeStartsWith", CONTRIB, .function = "lower", .rule = DJANGO_OUT_BASE, ONE},
	{"RangeEndsWith", CONTRIB, .function = "upper", .rule = DJANGO_OUT_BASE, ONE},
	RANGE_TRANSFORM("IsEmpty", "isempty"),
	RANGE_TRANSFORM("LowerInclusive", "LOWER_INC"),
	RANGE_TRANSFORM("LowerInfinite", "LOWER_INF"),
	RANGE_TRANSFORM("UpperInclusive", "UPPER_INC"),
	RANGE_TRANSFORM("UpperInfinite", "UPPER_INF"),
};

/* finding ---------------------------------------------------------------------------------------------------------- */

const struct django_function *iw_django_function_named(const struct django_context *context, enum django_module module,
						       const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(functions); i++)
		if (functions[i].module == module && context->version >= functions[i].since &&
		    strcmp(functions[i].name, name) == 0)
			return &functions[i];
	return NULL;
}

struct django_node *iw_django_function_node(struct django_context *context, const char *name,
					    struct django_node *source, ...)
{
	struct django_node *node = iw_django_node_new(context, NODE_FUNCTION, source->place);
	node->function = iw_django_function_named(context, DJANGO_MODELS, name);
	if (node->function == NULL)
		node->function = iw_django_function_named(context, DJANGO_CONTRIB_POSTGRES, name);
	va_list sources;
	va_start(sources, source);
	for (; source != NULL; source = va_arg(sources, struct django_node *))
		g_ptr_array_add(node->sources, source);
	va_end(sources);
	return node;
}

/* casts ------------------------------------------------------------------------------------------------------------ */

/* Cast.as_sqlite(): the types of dates are no types of SQLite. */
static struct django_sql sqlite_cast(struct django_context *context, struct django_node *node, const char *db_type)
{
	if (strcmp(db_type, "date") == 0)
		return iw_django_function_sql(context, node, NULL, "date(%(expressions)s)", NULL);
	const char *format = strcmp(db_type, "time") == 0 ? "%H:%M:%f" : "%Y-%m-%d %H:%M:%f";
	struct django_sql text = iw_django_sql_parameter(context, iw_django_text_parameter(context, format));
	struct django_sql of = iw_django_function_sql(context, node, NULL, "%(expressions)s", NULL);
	return of.text == NULL ? of : iw_django_sql_of(context, &text, &of, "strftime(%s, %s)", text.text, of.text);
}

DJANGO_COMPILE(cast)
{
	struct django_field_ref field = iw_django_output_needed(context, node);
	const char *db_type = field.field == NULL ? NULL : iw_django_column_of(context, field).type;
	const char *type = field.field == NULL ? NULL : iw_django_cast_type(context, field);
	if (type == NULL) {
		iw_django_fail(context, node->place, "the type of a Cast is not known");
		return iw_django_sql_failed();
	}
	bool is_moment = db_type != NULL && (strcmp(db_type, "datetime") == 0 || strcmp(db_type, "time") == 0 ||
					     strcmp(db_type, "date") == 0);
	if (context->engine.dialect == IW_SQLITE && is_moment)
		return sqlite_cast(context, node, db_type);
	const char *template = NULL;
	if (context->engine.dialect == IW_POSTGRES && context->version >= 40000)
		template = "(%(expressions)s)::%(db_type)s";
	else if (context->engine.dialect == IW_MYSQL && field.field->type == DJANGO_FLOAT)
		template = "(%(expressions)s + 0.0)";
	else if (iw_django_is_mariadb(context) && field.field->type == DJANGO_JSON)
		template = "JSON_EXTRACT(%(expressions)s, '$')";
	struct django_node *copy = iw_arena_memdup(context->arena, node, sizeof *node);
	copy->extra = iw_arena_hash_table(context->arena, g_str_hash, g_str_equal);
	g_hash_table_insert(copy->extra, (gpointer) "db_type", (gpointer)type);
	return iw_django_function_sql(context, copy, NULL, template, NULL);
}

static struct django_node *cast_to(struct django_context *context, struct django_node *node,
				   struct django_field_ref field)
{
	struct django_node *cast = iw_django_function_node(context, "Cast", node, NULL);
	iw_django_set_output(cast, field);
	return cast;
}

DJANGO_COMPILE(collate)
{
	struct django_sql sql = iw_django_compile(context, iw_django_lhs(node));
	if (sql.text != NULL)
		sql.text = iw_arena_printf(context->arena, "%s COLLATE %s", sql.text,
					   iw_django_quote_name(context, node->text));
	return sql;
}

/* A copy whose sources are others. */
static struct django_node *with_sources(struct django_context *context, struct django_node *node, GPtrArray *sources)
{
	struct django_node *copy = iw_arena_memdup(context->arena, node, sizeof *node);
	copy->sources = sources;
	return copy;
}

/* FixDecimalInputMixin: PostgreSQL has no such functions of floats. */
DJANGO_COMPILE(decimal_input)
{
	if (context->engine.dialect != IW_POSTGRES)
		return iw_django_engine_sql(context, node);
	struct django_field_ref decimal = iw_django_made_field(context, "db.models.DecimalField");
	decimal.field = iw_django_field_copy(context->arena, decimal.field);
	((struct django_field *)decimal.field)->max_digits = 1000;
	((struct django_field *)decimal.field)->decimal_places = 15; /* sys.float_info.dig */
	GPtrArray *sources = iw_arena_ptr_array(context->arena);
	for (guint i = 0; i < node->sources->len; i++) {
		struct django_node *source = node->sources->pdata[i];
		bool is_float = iw_django_output_is(context, source, DJANGO_FLOAT);
		g_ptr_array_add(sources, is_float ? cast_to(context, source, decimal) : source);
	}
	return iw_django_engine_sql(context, with_sources(context, node, sources));
}

DJANGO_COMPILE(round)
{
	struct django_node *precision = node->sources->len > 1 ? node->sources->pdata[1] : NULL;
	bool is_negative = precision != NULL && precision->kind == NODE_VALUE && precision->value->integer < 0;
	if (context->engine.dialect == IW_SQLITE && is_negative) {
		iw_django_fail(context, node->place, "SQLite does not support negative precision");
		return iw_django_sql_failed();
	}
	return iw_django_compile_decimal_input(context, node);
}

/* texts ------------------------------------------------------------------------------------------------------------ */

/* A source of a concatenation: as text, where that has to be said. */
static struct django_node *as_text(struct django_context *context, struct django_node *source)
{
	bool is_text =
		iw_django_output_is(context, source, DJANGO_CHAR) || iw_django_output_is(context, source, DJANGO_TEXT);
	if (context->engine.dialect != IW_POSTGRES || context->version < 40200 ||
	    (is_text && context->version >= 50100))
		return source;
	return cast_to(context, source, iw_django_made_field(context, "db.models.TextField"));
}

DJANGO_COMPILE(concat_pair)
{
	if (context->engine.dialect == IW_MYSQL)
		return iw_django_function_sql(context, node, "CONCAT_WS", "%(function)s('', %(expressions)s)", NULL);
	bool has_pipes = context->engine.dialect == IW_SQLITE || context->version >= 50100;
	GPtrArray *sources = iw_arena_ptr_array(context->arena);
	for (guint i = 0; i < node->sources->len; i++) {
		struct django_node *source = as_text(context, node->sources->pdata[i]);
		if (has_pipes)
			source = iw_django_function_node(context, "Coalesce", source, iw_django_text_node(context, ""),
							 NULL);
		g_ptr_array_add(sources, source);
	}
	struct django_node *copy = with_sources(context, node, sources);
	if (!has_pipes)
		return iw_django_engine_sql(context, copy);
	return iw_django_function_sql(context, copy, NULL,
				      context->version >= 50100 ? "(%(expressions)s)" : "%(expressions)s", " || ");
}

static struct django_node *number(struct django_context *context, gint64 value)
{
	return iw_django_value_node(context, iw_py_new_integer(context->python, value));
}

DJANGO_COMPILE(left)
{
	if (context->engine.dialect != IW_SQLITE)
		return iw_django_engine_sql(context, node);
	struct django_node *substr = iw_django_function_node(context, "Substr", node->sources->pdata[0],
							     number(context, 1), node->sources->pdata[1], NULL);
	return iw_django_compile(context, substr);
}

DJANGO_COMPILE(right)
{
	if (context->engine.dialect != IW_SQLITE)
		return iw_django_engine_sql(context, node);
	struct django_node *length = node->sources->pdata[1];
	struct django_node *from = iw_django_combined_node(context, length, "*", number(context, -1));
	struct django_node *substr = iw_django_function_node(context, "Substr", node->sources->pdata[0], from,
							     context->version >= 50000 ? length : NULL, NULL);
	return iw_django_compile(context, substr);
}

/* JSON ------------------------------------------------------------------------------------------------------------- */

static bool is_postgres_16(const struct django_context *context)
{
	return context->engine.version == 0 || context->engine.version >= 160000;
}

/* JSON_OBJECT((('a')::text) VALUE "n" RETURNING JSONB) */
static struct django_sql native_object(struct django_context *context, struct django_node *node)
{
	struct django_sql sql = iw_django_sql(context, NULL);
	bool casts = context->version >= 50200;
	g_autoptr(GString) text = g_string_new("JSON_OBJECT(");
	for (guint i = 0; i + 1 < node->sources->len; i += 2) {
		struct django_node *key = node->sources->pdata[i];
		if (casts)
			key = cast_to(context, key, iw_django_made_field(context, "db.models.TextField"));
		struct django_sql name = iw_django_compile(context, key);
		struct django_sql value = iw_django_compile(context, node->sources->pdata[i + 1]);
		if (name.text == NULL || value.text == NULL)
			return iw_django_sql_failed();
		g_string_append_printf(text, casts ? "%s(%s) VALUE %s" : "%s%s VALUE %s", i == 0 ? "" : ", ", name.text,
				       value.text);
		iw_django_sql_join(&sql, &name);
		iw_django_sql_join(&sql, &value);
	}
	sql.text = iw_arena_printf(context->arena, "%s RETURNING JSONB)", text->str);
	return sql;
}

DJANGO_COMPILE(json_object)
{
	if (context->engine.dialect != IW_POSTGRES)
		return iw_django_engine_sql(context, node);
	if (context->version >= 50100 && is_postgres_16(context))
		return native_object(context, node);
	GPtrArray *sources = iw_arena_ptr_array(context->arena);
	for (guint i = 0; i < node->sources->len; i++) {
		struct django_node *source = node->sources->pdata[i];
		bool is_key = i % 2 == 0 && context->version >= 40200;
		g_ptr_array_add(sources,
				is_key ? cast_to(context, source, iw_django_made_field(context, "db.models.TextField"))
				       : source);
	}
	return iw_django_function_sql(context, with_sources(context, node, sources), "JSONB_BUILD_OBJECT", NULL, NULL);
}

DJANGO_COMPILE(json_array)
{
	if (context->engine.dialect != IW_POSTGRES)
		return iw_django_engine_sql(context, node);
	GPtrArray *sources = iw_arena_ptr_array(context->arena);
	for (guint i = 0; i < node->sources->len; i++) {
		struct django_node *source = node->sources->pdata[i];
		bool is_cast = source->kind == NODE_FUNCTION && strcmp(source->function->name, "Cast") == 0;
		struct django_field_ref field = iw_django_output_needed(context, source);
		if (field.field == NULL)
			return iw_django_sql_failed();
		g_ptr_array_add(sources, is_cast ? source : cast_to(context, source, field));
	}
	struct django_node *copy = with_sources(context, node, sources);
	if (!is_postgres_16(context))
		return iw_django_function_sql(context, copy, "JSONB_BUILD_ARRAY", NULL, NULL);
	return iw_django_function_sql(context, copy, NULL,
				      node->sources->len > 0
					      ? "%(function)s(%(expressions)s NULL ON NULL RETURNING JSONB)"
					      : "%(function)s(%(expressions)s  RETURNING JSONB)",
				      NULL);
}

/* UUIDs ------------------------------------------------------------------------------------------------------------ */

/* Does the server make UUIDs of version 4 and 7 by names of its own? */
static bool has_uuids(const struct django_context *context)
{
	int version = context->engine.version;
	if (context->engine.dialect == IW_POSTGRES)
		return version == 0 || version >= 180000;
	return iw_django_is_mariadb(context) && (version == 0 || version >= 110700);
}

DJANGO_COMPILE(uuid4)
{
	if (context->engine.dialect == IW_MYSQL && !has_uuids(context)) {
		iw_django_fail(context, node->place, "UUID4 is not supported by this server");
		return iw_django_sql_failed();
	}
	const char *function = context->engine.dialect == IW_MYSQL			       ? "UUID_V4"
			       : context->engine.dialect == IW_POSTGRES && !has_uuids(context) ? "GEN_RANDOM_UUID"
											       : NULL;
	return iw_django_function_sql(context, node, function, NULL, NULL);
}

DJANGO_COMPILE(uuid7)
{
	bool is_sqlite = context->engine.dialect == IW_SQLITE;
	if (is_sqlite || !has_uuids(context) || (node->sources->len > 0 && context->engine.dialect == IW_MYSQL)) {
		iw_django_fail(context, node->place,
			       is_sqlite ? "UUID7 depends on the version of Python on SQLite"
					 : "UUID7 is not supported by this server");
		return iw_django_sql_failed();
	}
	return iw_django_function_sql(context, node, context->engine.dialect == IW_MYSQL ? "UUID_V7" : NULL, NULL,
				      NULL);
}
