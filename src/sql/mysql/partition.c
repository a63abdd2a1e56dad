/*
 * PARTITION BY and the partitions' definitions, as canonical text:
 *     RANGE (year(`d`)) (PARTITION `p0` VALUES LESS THAN (2000), PARTITION `p1` VALUES LESS THAN MAXVALUE)
 */
#include "sql/mysql/expression.h"

static void add_name(struct parser *parser, GString *out, const char *name)
{
	g_string_append(out, iw_mysql_quote(parser->arena, name));
}

/* ( expression, ... ) with names in backticks */
static bool expressions(struct parser *parser, GString *out)
{
	if (!iw_mysql_expect_operator(parser, "("))
		return false;
	g_string_append_c(out, '(');
	for (bool is_first = true; is_first || iw_mysql_skip_operator(parser, ","); is_first = false) {
		struct node *node;
		g_string_append(out, is_first ? "" : ",");
		if (iw_mysql_skip(parser, "MAXVALUE")) {
			g_string_append(out, "MAXVALUE");
			continue;
		}
		if (!iw_mysql_expr(parser, &node))
			return false;
		g_string_append(out, iw_mysql_print(parser->arena, node, true));
	}
	g_string_append_c(out, ')');
	return iw_mysql_expect_operator(parser, ")");
}

static bool columns(struct parser *parser, GString *out)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new();
	if (iw_mysql_is_operator(parser, "(") && iw_mysql_peek_is(parser, ")")) {
		iw_mysql_take(parser);
		iw_mysql_take(parser);
	} else if (!iw_mysql_name_list(parser, names)) {
		return false;
	}
	g_string_append_c(out, '(');
	for (guint i = 0; i < names->len; i++) {
		g_string_append(out, i > 0 ? "," : "");
		add_name(parser, out, names->pdata[i]);
	}
	g_string_append_c(out, ')');
	return true;
}

/* SYSTEM_TIME [INTERVAL n unit [STARTS when] [AUTO]] [LIMIT n] */
static bool system_time(struct parser *parser, GString *out)
{
	size_t begin = parser->token.begin;
	g_string_append(out, "SYSTEM_TIME");
	while (parser->token.kind != TOKEN_END && !iw_mysql_is_operator(parser, "(") &&
	       !iw_mysql_is(parser, "PARTITIONS") && !iw_mysql_is(parser, "SUBPARTITION"))
		iw_mysql_take(parser);
	const char *rest = begin < parser->previous_end ? iw_mysql_text_from(parser, begin) : "";
	g_string_append_printf(out, "%s%s", *rest != '\0' ? " " : "", rest);
	return !parser->is_failed;
}

/* [LINEAR] HASH | KEY */
static bool hash_or_key(struct parser *parser, GString *out)
{
	guint64 algorithm;
	if (iw_mysql_skip(parser, "LINEAR"))
		g_string_append(out, "LINEAR ");
	if (iw_mysql_skip(parser, "HASH")) {
		g_string_append(out, "HASH ");
		return expressions(parser, out);
	}
	if (!iw_mysql_expect(parser, "KEY"))
		return false;
	g_string_append(out, "KEY ");
	if (iw_mysql_skip(parser, "ALGORITHM")) {
		iw_mysql_skip_operator(parser, "=");
		if (!iw_mysql_integer(parser, &algorithm))
			return false;
		g_string_append_printf(out, "ALGORITHM = %" G_GUINT64_FORMAT " ", algorithm);
	}
	return columns(parser, out);
}

static bool method(struct parser *parser, GString *out)
{
	bool is_range = iw_mysql_is(parser, "RANGE");
	if (iw_mysql_skip(parser, "SYSTEM_TIME"))
		return system_time(parser, out);
	if (!is_range && !iw_mysql_is(parser, "LIST"))
		return hash_or_key(parser, out);
	iw_mysql_take(parser);
	bool has_columns = iw_mysql_skip(parser, "COLUMNS");
	g_string_append_printf(out, "%s%s ", is_range ? "RANGE" : "LIST", has_columns ? " COLUMNS" : "");
	return has_columns ? columns(parser, out) : expressions(parser, out);
}

static bool count(struct parser *parser, GString *out, const char *words)
{
	guint64 number;
	if (!iw_mysql_skip(parser, words))
		return true;
	if (!iw_mysql_integer(parser, &number))
		return false;
	g_string_append_printf(out, " %s %" G_GUINT64_FORMAT, words, number);
	return true;
}

/* VALUES LESS THAN (...) | VALUES IN (...) | HISTORY | CURRENT | DEFAULT */
static bool bound(struct parser *parser, GString *out)
{
	if (iw_mysql_skip(parser, "VALUES LESS THAN")) {
		g_string_append(out, " VALUES LESS THAN ");
		if (!iw_mysql_skip(parser, "MAXVALUE"))
			return expressions(parser, out);
		g_string_append(out, "MAXVALUE");
	} else if (iw_mysql_skip(parser, "VALUES IN")) {
		g_string_append(out, " VALUES IN ");
		return expressions(parser, out);
	} else if (iw_mysql_skip(parser, "DEFAULT") || iw_mysql_skip(parser, "VALUES DEFAULT")) {
		g_string_append(out, " DEFAULT");
	} else if (iw_mysql_skip(parser, "HISTORY")) {
		g_string_append(out, " HISTORY");
	} else if (iw_mysql_skip(parser, "CURRENT")) {
		g_string_append(out, " CURRENT");
	}
	return !parser->is_failed;
}

static bool partition_options(struct parser *parser, GString *out)
{
	for (;;) {
		struct table_option option;
		bool found, has_storage = iw_mysql_skip(parser, "STORAGE ENGINE"),
			    has_nodegroup = iw_mysql_is(parser, "NODEGROUP");
		if (has_storage || has_nodegroup) {
			const char *value;
			guint64 number;
			if (has_nodegroup)
				iw_mysql_take(parser);
			iw_mysql_skip_operator(parser, "=");
			if (has_nodegroup ? !iw_mysql_integer(parser, &number) : !iw_mysql_word_or_text(parser, &value))
				return false;
			continue;
		}
		if (!iw_mysql_table_option(parser, &option, &found))
			return false;
		if (!found)
			return true;
		/* The engine is the table's own. */
		if (strcmp(option.name, "engine") != 0)
			g_string_append_printf(out, " %s", option.text);
	}
}

static bool definitions(struct parser *parser, GString *out, const char *word, bool is_sub)
{
	if (!iw_mysql_expect_operator(parser, "("))
		return false;
	g_string_append_c(out, '(');
	for (bool is_first = true; is_first || iw_mysql_skip_operator(parser, ","); is_first = false) {
		const char *name;
		if (!iw_mysql_expect(parser, word) || !iw_mysql_identifier(parser, &name))
			return false;
		g_string_append_printf(out, "%s%s ", is_first ? "" : ", ", word);
		add_name(parser, out, name);
		if (!is_sub && !bound(parser, out))
			return false;
		if (!partition_options(parser, out))
			return false;
		if (!is_sub && iw_mysql_is_operator(parser, "(")) {
			g_string_append_c(out, ' ');
			if (!definitions(parser, out, "SUBPARTITION", true))
				return false;
		}
	}
	g_string_append_c(out, ')');
	return iw_mysql_expect_operator(parser, ")");
}

bool iw_mysql_partition_definitions(struct parser *parser, GString *out)
{
	return definitions(parser, out, "PARTITION", false);
}

static bool partition_by(struct parser *parser, GString *out)
{
	if (!iw_mysql_expect(parser, "PARTITION BY") || !method(parser, out) || !count(parser, out, "PARTITIONS"))
		return false;
	if (iw_mysql_skip(parser, "SUBPARTITION BY")) {
		g_string_append(out, " SUBPARTITION BY ");
		if (!hash_or_key(parser, out) || !count(parser, out, "SUBPARTITIONS"))
			return false;
	}
	if (!iw_mysql_is_operator(parser, "(") || iw_mysql_peek_is(parser, "SELECT"))
		return true;
	g_string_append_c(out, ' ');
	return definitions(parser, out, "PARTITION", false);
}

bool iw_mysql_partition_by(struct parser *parser, const char **text)
{
	g_autoptr(GString) out = g_string_new(NULL);
	bool is_well = partition_by(parser, out);
	*text = iw_arena_strndup(parser->arena, out->str, out->len);
	return is_well;
}
