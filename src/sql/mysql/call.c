/* Functions: their arguments, and the names that servers print for those with several. */
#include "sql/mysql/expression.h"

static const char *const units[] = {
	"MICROSECOND",
	"SECOND",
	"MINUTE",
	"HOUR",
	"DAY",
	"WEEK",
	"MONTH",
	"QUARTER",
	"YEAR",
	"SECOND_MICROSECOND",
	"MINUTE_SECOND",
	"HOUR_SECOND",
	"HOUR_MINUTE",
	"DAY_SECOND",
	"DAY_MINUTE",
	"DAY_HOUR",
	"YEAR_MONTH",
	"HOUR_MICROSECOND",
	"DAY_MICROSECOND",
	"MINUTE_MICROSECOND",
	"SQL_TSI_SECOND",
	"SQL_TSI_DAY",
	"SQL_TSI_MINUTE",
	"SQL_TSI_HOUR",
	"SQL_TSI_WEEK",
	"SQL_TSI_MONTH",
	"SQL_TSI_QUARTER",
	"SQL_TSI_YEAR",
};

static const char *unit_at(const struct parser *parser)
{
	for (size_t i = 0; i < G_N_ELEMENTS(units); i++)
		if (iw_mysql_is(parser, units[i]))
			return units[i];
	return NULL;
}

bool iw_mysql_starts_unit(const struct parser *parser)
{
	return unit_at(parser) != NULL;
}

bool iw_mysql_unit(struct parser *parser, const char **unit)
{
	const char *found = unit_at(parser);
	if (found == NULL)
		return iw_mysql_refuse(parser);
	if (g_str_has_prefix(found, "SQL_TSI_"))
		found += strlen("SQL_TSI_");
	g_autofree char *lower = g_ascii_strdown(found, -1);
	*unit = iw_arena_strdup(parser->arena, lower);
	iw_mysql_take(parser);
	return true;
}

/* One name for each function, the one that the server prints where it prints another than was written. */
static const char *canonical_name(const char *name)
{
	static const char *const names[][2] = {
		{"now", "current_timestamp"},
		{"localtime", "current_timestamp"},
		{"localtimestamp", "current_timestamp"},
		{"current_date", "curdate"},
		{"current_time", "curtime"},
		{"lcase", "lower"},
		{"ucase", "upper"},
		{"substring", "substr"},
		{"mid", "substr"},
		{"character_length", "char_length"},
		{"octet_length", "length"},
		{"power", "pow"},
		{"ceiling", "ceil"},
		{"day", "dayofmonth"},
		{"schema", "database"},
		{"session_user", "user"},
		{"system_user", "user"},
		{"nvl", "ifnull"},
		{"rlike", "regexp"},
		{"json_length", "json_length"},
		{"std", "std"},
		{"value", "values"},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		if (strcmp(name, names[i][0]) == 0)
			return names[i][1];
	return name;
}

/* ---- arguments of a form of their own; the opening parenthesis is taken ---- */

static bool argument(struct parser *parser, struct node *call)
{
	struct node *value;
	if (!iw_mysql_expr(parser, &value))
		return false;
	iw_mysql_append(parser, call, value);
	return true;
}

/* The type of CAST and CONVERT: a character set does not count, INTEGER neither. */
static bool cast_type(struct parser *parser, const char **text)
{
	size_t begin = parser->token.begin;
	if (iw_mysql_skip(parser, "SIGNED") || iw_mysql_skip(parser, "UNSIGNED")) {
		*text = iw_mysql_text_from(parser, begin);
		return iw_mysql_skip(parser, "INTEGER") || iw_mysql_skip(parser, "INT") || !parser->is_failed;
	}
	struct iw_type type = {0};
	struct iw_column column = {0};
	if (!iw_mysql_type(parser, &type, &column))
		return false;
	*text = type.text;
	return true;
}

static bool cast(struct parser *parser, const char *name, struct node *call)
{
	struct node *value;
	const char *type;
	if (!iw_mysql_expr(parser, &value))
		return false;
	iw_mysql_append(parser, call, value);
	if (strcmp(name, "convert") == 0 && iw_mysql_skip(parser, "USING")) {
		const char *charset;
		if (!iw_mysql_charset_name(parser, &charset))
			return false;
		call->after = iw_arena_printf(parser->arena, " using %s", charset);
		return true;
	}
	if (strcmp(name, "convert") == 0 ? !iw_mysql_expect_operator(parser, ",") : false)
		return false;
	if (strcmp(name, "cast") == 0 && iw_mysql_skip(parser, "AT TIME ZONE")) {
		const char *zone;
		iw_mysql_skip(parser, "INTERVAL");
		if (!iw_mysql_string(parser, &zone))
			return false;
	}
	if (strcmp(name, "cast") == 0 && !iw_mysql_expect(parser, "AS"))
		return false;
	if (!cast_type(parser, &type))
		return false;
	bool is_array = iw_mysql_skip(parser, "ARRAY");
	if (parser->is_quiet)
		return true;
	g_autofree char *lower = g_ascii_strdown(type, -1);
	call->kind = NODE_CAST;
	call->text = iw_arena_printf(parser->arena, "%s%s", lower, is_array ? " array" : "");
	return true;
}

static bool extract(struct parser *parser, const char *name, struct node *call)
{
	const char *unit;
	(void)name;
	if (!iw_mysql_unit(parser, &unit) || !iw_mysql_expect(parser, "FROM"))
		return false;
	iw_mysql_append(parser, call, iw_mysql_node(parser, NODE_RAW, LEVEL_PRIMARY, unit));
	return argument(parser, call);
}

/* TRIM([LEADING | TRAILING | BOTH] [what] FROM text): the words stay in front */
static bool trim(struct parser *parser, const char *name, struct node *call)
{
	static const char *const sides[] = {"LEADING", "TRAILING", "BOTH"};
	const char *side = "both";
	(void)name;
	for (size_t i = 0; i < G_N_ELEMENTS(sides); i++)
		if (iw_mysql_skip(parser, sides[i]))
			side = i == 0 ? "leading" : i == 1 ? "trailing" : "both";
	if (iw_mysql_skip(parser, "FROM"))
		return argument(parser, call);
	if (!argument(parser, call))
		return false;
	if (!iw_mysql_skip(parser, "FROM"))
		return true;
	iw_mysql_append(parser, call, iw_mysql_node(parser, NODE_RAW, LEVEL_PRIMARY, side));
	return argument(parser, call);
}

/* SUBSTRING(text FROM position [FOR length]) and with commas */
static bool substring(struct parser *parser, const char *name, struct node *call)
{
	(void)name;
	if (!argument(parser, call))
		return false;
	while (iw_mysql_skip_operator(parser, ",") || iw_mysql_skip(parser, "FROM") || iw_mysql_skip(parser, "FOR"))
		if (!argument(parser, call))
			return false;
	return true;
}

/* POSITION(what IN text) is locate(what, text) */
static bool position(struct parser *parser, const char *name, struct node *call)
{
	struct node *what;
	(void)name;
	call->text = "locate";
	if (!iw_mysql_bit_expr(parser, &what) || !iw_mysql_expect(parser, "IN"))
		return false;
	iw_mysql_append(parser, call, what);
	return argument(parser, call);
}

/* CHAR(65, 66 USING utf8mb4) */
static bool character(struct parser *parser, const char *name, struct node *call)
{
	const char *charset;
	(void)name;
	if (!iw_mysql_expr_list(parser, call))
		return false;
	if (!iw_mysql_skip(parser, "USING"))
		return true;
	if (!iw_mysql_charset_name(parser, &charset))
		return false;
	call->after = iw_arena_printf(parser->arena, " using %s", charset);
	return true;
}

/* Text up to the closing parenthesis as it is: clauses that matter to queries only. */
static bool verbatim(struct parser *parser, struct node *call)
{
	size_t begin = parser->token.begin;
	int depth = 0;
	while (parser->token.kind != TOKEN_END && !(depth == 0 && iw_mysql_is_operator(parser, ")"))) {
		depth += iw_mysql_is_operator(parser, "(") ? 1 : iw_mysql_is_operator(parser, ")") ? -1 : 0;
		iw_mysql_take(parser);
	}
	if (!parser->is_quiet)
		call->after = iw_arena_printf(parser->arena, " %s", iw_mysql_text_from(parser, begin));
	return !parser->is_failed;
}

/* JSON_VALUE(document, path RETURNING type ON EMPTY ...), WEIGHT_STRING(text AS CHAR(n)) */
static bool with_clauses(struct parser *parser, const char *name, struct node *call)
{
	(void)name;
	return iw_mysql_expr_list(parser, call) && (iw_mysql_is_operator(parser, ")") || verbatim(parser, call));
}

/* [DISTINCT] values [ORDER BY ...] [SEPARATOR ','] [LIMIT n] */
static bool aggregate(struct parser *parser, const char *name, struct node *call)
{
	(void)name;
	size_t begin = parser->token.begin;
	if (iw_mysql_skip_operator(parser, "*")) {
		iw_mysql_append(parser, call, iw_mysql_node(parser, NODE_RAW, LEVEL_PRIMARY, "*"));
		return true;
	}
	bool is_distinct = iw_mysql_skip(parser, "DISTINCT");
	if (!is_distinct)
		iw_mysql_skip(parser, "ALL");
	if (!iw_mysql_expr_list(parser, call))
		return false;
	if (iw_mysql_is(parser, "ORDER") && !iw_mysql_order_by(parser))
		return false;
	const char *separator;
	bool has_limit;
	if (iw_mysql_skip(parser, "SEPARATOR") && !iw_mysql_string(parser, &separator))
		return false;
	if (iw_mysql_is(parser, "LIMIT") && !iw_mysql_limit(parser, &has_limit))
		return false;
	if (!parser->is_quiet && is_distinct) {
		call->kind = NODE_CALL;
		call->first = call->last = NULL;
		iw_mysql_append(parser, call,
				iw_mysql_node(parser, NODE_RAW, LEVEL_PRIMARY, iw_mysql_text_from(parser, begin)));
	}
	return true;
}

/* TIMESTAMPADD, TIMESTAMPDIFF(unit, ...); GET_FORMAT(DATE, 'ISO') */
static bool word_first(struct parser *parser, const char *name, struct node *call)
{
	const char *first = NULL;
	if (strcmp(name, "get_format") == 0 ? !iw_mysql_any_name(parser, &first) : !iw_mysql_unit(parser, &first))
		return false;
	iw_mysql_append(parser, call, iw_mysql_node(parser, NODE_NAME, LEVEL_PRIMARY, first));
	return iw_mysql_expect_operator(parser, ",") && iw_mysql_expr_list(parser, call);
}

static const struct {
	const char *name;
	bool (*arguments)(struct parser *parser, const char *name, struct node *call);
} special[] = {
	{"cast", cast},
	{"convert", cast},
	{"extract", extract},
	{"trim", trim},
	{"substring", substring},
	{"substr", substring},
	{"mid", substring},
	{"position", position},
	{"char", character},
	{"json_value", with_clauses},
	{"weight_string", with_clauses},
	{"count", aggregate},
	{"sum", aggregate},
	{"avg", aggregate},
	{"min", aggregate},
	{"max", aggregate},
	{"group_concat", aggregate},
	{"json_arrayagg", aggregate},
	{"json_objectagg", aggregate},
	{"bit_or", aggregate},
	{"bit_and", aggregate},
	{"bit_xor", aggregate},
	{"std", aggregate},
	{"stddev", aggregate},
	{"timestampadd", word_first},
	{"timestampdiff", word_first},
	{"get_format", word_first},
};

static bool arguments(struct parser *parser, const char *name, struct node *call)
{
	if (!iw_mysql_skip_operator(parser, "("))
		return true;
	if (iw_mysql_skip_operator(parser, ")"))
		return true;
	for (size_t i = 0; i < G_N_ELEMENTS(special); i++)
		if (strcmp(name, special[i].name) == 0)
			return special[i].arguments(parser, name, call) && iw_mysql_expect_operator(parser, ")");
	return iw_mysql_expr_list(parser, call) && iw_mysql_expect_operator(parser, ")");
}

/* [FROM FIRST | LAST] [RESPECT NULLS] OVER window; WITHIN GROUP (ORDER BY ...) */
static bool over(struct parser *parser, struct node *call)
{
	size_t begin = parser->token.begin;
	const char *window;
	if (iw_mysql_skip(parser, "WITHIN GROUP")) {
		if (!iw_mysql_expect_operator(parser, "(") || !iw_mysql_order_by(parser) ||
		    !iw_mysql_expect_operator(parser, ")"))
			return false;
	}
	if (!iw_mysql_skip(parser, "RESPECT NULLS"))
		iw_mysql_skip(parser, "IGNORE NULLS");
	if (!iw_mysql_skip(parser, "OVER"))
		return true;
	if (iw_mysql_skip_operator(parser, "(")) {
		if (!iw_mysql_window_specification(parser) || !iw_mysql_expect_operator(parser, ")"))
			return false;
	} else if (!iw_mysql_identifier(parser, &window)) {
		return false;
	}
	if (!parser->is_quiet)
		call->window = iw_mysql_text_from(parser, begin);
	return true;
}

/* ---- functions that are operators ---- */

static bool has_two(const struct node *call)
{
	return call->first != NULL && call->first->next != NULL && call->first->next->next == NULL;
}

/* date_add(a, interval 1 day) is a + interval 1 day; mod(a, b) is a % b */
static struct node *as_operator(struct parser *parser, struct node *call)
{
	static const struct {
		const char *name, *op;
		enum level level;
		bool is_interval;
	} rows[] = {{"date_add", "+", LEVEL_ADD, true},
		    {"adddate", "+", LEVEL_ADD, true},
		    {"date_sub", "-", LEVEL_ADD, true},
		    {"subdate", "-", LEVEL_ADD, true},
		    {"mod", "%", LEVEL_MULTIPLY, false}};
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		if (strcmp(call->text, rows[i].name) != 0 || !has_two(call))
			continue;
		struct node *left = call->first, *right = left->next;
		if (rows[i].is_interval && right->kind != NODE_INTERVAL)
			return call;
		left->next = NULL;
		return iw_mysql_chained(parser, rows[i].level, left, rows[i].op, right);
	}
	return call;
}

/* isnull(a) is a is null; regexp_like(a, b) is a regexp b */
static void as_test(struct node *call)
{
	bool is_null = strcmp(call->text, "isnull") == 0 && call->first != NULL && call->first->next == NULL;
	bool is_regexp = strcmp(call->text, "regexp_like") == 0 && has_two(call);
	if (!is_null && !is_regexp)
		return;
	call->kind = NODE_TEST;
	call->level = LEVEL_COMPARE;
	call->text = is_null ? "is null" : "regexp";
}

/* now(0) is now() */
static void drop_zero_precision(struct node *call)
{
	static const char *const names[] = {"current_timestamp", "curtime", "sysdate", "utc_timestamp", "utc_time"};
	const struct node *argument = call->first;
	if (argument == NULL || argument->next != NULL || argument->kind != NODE_LITERAL ||
	    strcmp(argument->text, "0") != 0)
		return;
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		if (strcmp(call->text, names[i]) == 0)
			call->first = call->last = NULL;
}

bool iw_mysql_call(struct parser *parser, const char *name, struct node **node)
{
	parser->volatility = MAX(parser->volatility, iw_mysql_volatility(name));
	const char *kept = parser->is_quiet && parser->functions == NULL
				   ? ""
				   : iw_arena_strdup(parser->arena, canonical_name(name));
	if (parser->functions != NULL)
		g_ptr_array_add(parser->functions, (char *)kept);
	struct node *call = iw_mysql_node(parser, NODE_CALL, LEVEL_PRIMARY, kept);
	if (!arguments(parser, name, call) || !over(parser, call))
		return false;
	parser->has_calls = true;
	*node = call;
	if (parser->is_quiet || call->kind != NODE_CALL)
		return true;
	drop_zero_precision(call);
	*node = as_operator(parser, call);
	if (*node == call)
		as_test(call);
	return true;
}
