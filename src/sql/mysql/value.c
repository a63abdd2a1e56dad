/* Expressions as the model keeps them, and literal defaults as the server converts them to the column's type. */
#include "sql/mysql/expression.h"

#include <math.h>
#include <stdlib.h>

/* A literal, possibly signed or cast. */
static bool is_constant(const struct node *node)
{
	if (node->kind == NODE_LITERAL)
		return true;
	bool is_wrapped = node->kind == NODE_CAST || node->kind == NODE_COLLATE || node->kind == NODE_UNARY;
	return is_wrapped && node->first != NULL && is_constant(node->first);
}

static const struct iw_expression *expression_from(struct parser *parser, const struct node *node, size_t begin)
{
	struct iw_expression *expression = iw_new(parser->arena, struct iw_expression);
	expression->text = iw_mysql_text_from(parser, begin);
	expression->canonical = iw_mysql_print(parser->arena, node, false);
	expression->volatility = parser->volatility;
	expression->is_constant = is_constant(node);
	expression->is_null = node->kind == NODE_LITERAL && strcmp(node->text, "null") == 0;
	return expression;
}

static bool read_with(struct parser *parser, bool (*read)(struct parser *, struct node **),
		      const struct iw_expression **expression)
{
	size_t begin = parser->token.begin;
	enum iw_volatility outer = parser->volatility;
	bool was_quiet = parser->is_quiet;
	struct node *node;
	parser->volatility = IW_IMMUTABLE;
	parser->is_quiet = false;
	bool is_well = read(parser, &node);
	if (is_well)
		*expression = expression_from(parser, node, begin);
	parser->is_quiet = was_quiet;
	parser->volatility = MAX(outer, parser->volatility);
	return is_well;
}

bool iw_mysql_expression_of(struct parser *parser, const struct iw_expression **expression)
{
	return read_with(parser, iw_mysql_expr, expression);
}

bool iw_mysql_default_of(struct parser *parser, const struct iw_expression **expression)
{
	bool is_signed = iw_mysql_is_operator(parser, "-") || iw_mysql_is_operator(parser, "+");
	/* COLLATE behind it belongs to the column. */
	return read_with(parser, is_signed ? iw_mysql_unary : iw_mysql_primary, expression);
}

const struct iw_expression *iw_mysql_expression_read(iw_arena *arena, struct iw_engine engine, const char *text)
{
	struct parser parser;
	const struct iw_expression *expression = NULL;
	iw_mysql_parser_begin(&parser, arena, engine, text, strlen(text));
	if (iw_mysql_expression_of(&parser, &expression) && iw_mysql_at_end(&parser)) {
		((struct iw_expression *)expression)->text = iw_arena_strdup(arena, text);
		return expression;
	}
	struct iw_expression *unread = iw_new(arena, struct iw_expression);
	unread->text = iw_arena_strdup(arena, text);
	unread->canonical = unread->text;
	unread->volatility = IW_VOLATILITY_UNKNOWN;
	return unread;
}

/* ---- literal defaults ---- */

static const struct iw_expression *with_canonical(struct parser *parser, const struct iw_expression *expression,
						  const char *canonical)
{
	struct iw_expression *converted = iw_new(parser->arena, struct iw_expression);
	*converted = *expression;
	converted->canonical = canonical;
	return converted;
}

static bool is_one_of(const char *base, const char *const *bases, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(base, bases[i]) == 0)
			return true;
	return false;
}

/* The literal's text without quotes; NULL when it is no plain string or number. */
static const char *plain(struct parser *parser, const struct iw_expression *expression)
{
	const char *text = expression->canonical;
	size_t length = strlen(text);
	if (text[0] == '\'')
		return length >= 2 && strpbrk(text, "\\") == NULL
			       ? iw_arena_strndup(parser->arena, text + 1, length - 2)
			       : NULL;
	return g_ascii_isdigit(text[0]) || text[0] == '-' ? text : NULL;
}

/* A decimal number of plain digits, rounded half away from zero to `scale` digits: as text, to be exact. */
static const char *decimal(struct parser *parser, const char *number, int scale)
{
	const char *digits = number + (*number == '-');
	size_t whole = strspn(digits, "0123456789");
	const char *fraction = digits[whole] == '.' ? digits + whole + 1 : "";
	size_t places = strspn(fraction, "0123456789");
	if (fraction[places] != '\0' || (digits[whole] != '.' && digits[whole] != '\0') || whole + places == 0)
		return NULL;
	g_autoptr(GString) out = g_string_new("0");
	g_string_append_len(out, digits, (gssize)whole);
	for (int i = 0; i < scale; i++)
		g_string_append_c(out, (size_t)i < places ? fraction[i] : '0');
	if ((size_t)scale < places && fraction[scale] >= '5') {
		size_t at = out->len;
		while (at-- > 0 && ++out->str[at] > '9')
			out->str[at] = '0';
	}
	size_t length = out->len - (size_t)scale, zeros = 0;
	while (zeros + 1 < length && out->str[zeros] == '0')
		zeros++;
	bool is_zero = strspn(out->str, "0") == out->len;
	return iw_arena_printf(parser->arena, "%s%.*s%s%s", *number == '-' && !is_zero ? "-" : "",
			       (int)(length - zeros), out->str + zeros, scale > 0 ? "." : "", out->str + length);
}

static const char *real_number(struct parser *parser, const char *number, bool is_float)
{
	char *end, text[64];
	double value = g_ascii_strtod(number, &end);
	if (*end != '\0' || end == number || !isfinite(value))
		return NULL;
	for (int digits = 1; digits <= (is_float ? 9 : 17); digits++) {
		g_ascii_formatd(text, sizeof text, iw_arena_printf(parser->arena, "%%.%dg", digits), value);
		double back = g_ascii_strtod(text, NULL);
		if (is_float ? (float)back == (float)value : back == value)
			break;
	}
	return strpbrk(text, "eE") != NULL ? NULL : iw_arena_strdup(parser->arena, text);
}

/* '2020-01-01' of a datetime(3) is '2020-01-01 00:00:00.000' */
static const char *date_time(struct parser *parser, const char *text, int precision, bool has_date)
{
	if (strspn(text, "0123456789-: .") != strlen(text))
		return NULL;
	size_t length = strlen(text), whole = has_date ? strlen("2020-01-01 00:00:00") : strlen("00:00:00");
	if (has_date && length == strlen("2020-01-01"))
		text = iw_arena_printf(parser->arena, "%s 00:00:00", text);
	length = strlen(text);
	if (length < whole || (length > whole && text[whole] != '.'))
		return NULL;
	if (precision <= 0)
		return length == whole ? text : NULL;
	if (length == whole)
		text = iw_arena_printf(parser->arena, "%s.", text);
	if (strlen(text) > whole + 1 + (size_t)precision)
		return NULL;
	while (strlen(text) < whole + 1 + (size_t)precision)
		text = iw_arena_printf(parser->arena, "%s0", text);
	return text;
}

static const char *numeric(struct parser *parser, const struct iw_type *type, const char *text)
{
	static const char *const integers[] = {"tinyint", "smallint", "mediumint", "int", "bigint"};
	if (is_one_of(type->base, integers, G_N_ELEMENTS(integers)))
		return decimal(parser, text, 0);
	if (strcmp(type->base, "decimal") == 0)
		return decimal(parser, text, MAX(type->arguments[1], 0));
	if (strcmp(type->base, "float") == 0 || strcmp(type->base, "double") == 0) {
		if (type->arguments[1] >= 0)
			return decimal(parser, text, type->arguments[1]);
		return real_number(parser, text, type->base[0] == 'f');
	}
	return NULL;
}

const struct iw_expression *iw_mysql_default_for(struct parser *parser, const struct iw_type *type,
						 const struct iw_expression *expression)
{
	static const char *const texts[] = {"char",	 "varchar",  "enum",	   "set",	 "binary",
					    "varbinary", "tinytext", "text",	   "mediumtext", "longtext",
					    "tinyblob",	 "blob",     "mediumblob", "longblob"};
	if (expression == NULL || expression->is_null || !expression->is_constant || type->base == NULL)
		return expression;
	const char *text = plain(parser, expression), *converted = NULL;
	if (text == NULL)
		return expression;
	bool has_date = strcmp(type->base, "datetime") == 0 || strcmp(type->base, "timestamp") == 0;
	if (has_date || strcmp(type->base, "time") == 0)
		converted = date_time(parser, text, type->arguments[0], has_date);
	bool is_text = is_one_of(type->base, texts, G_N_ELEMENTS(texts)) || converted != NULL;
	if (is_text && expression->canonical[0] == '\'' && converted == NULL)
		return expression;
	if (is_text)
		return with_canonical(parser, expression,
				      iw_arena_printf(parser->arena, "'%s'", converted != NULL ? converted : text));
	converted = numeric(parser, type, text);
	return converted == NULL ? expression : with_canonical(parser, expression, converted);
}
