/*
 * Types, in the words of information_schema on MySQL 8: display widths are gone but for tinyint(1) and ZEROFILL.
 * JSON stays "json": MariaDB's catalogue shows it as longtext of collation utf8mb4_bin with a check
 * json_valid(`column`), and so who compares on MariaDB has to take those three for it (see model/schema.h).
 */
#include "sql/mysql/parser.h"

#include <stdlib.h>

enum arguments {
	ARGUMENTS_NONE,
	ARGUMENTS_WIDTH,
	ARGUMENTS_LENGTH,
	ARGUMENTS_SCALE,
	ARGUMENTS_FRACTION,
	ARGUMENTS_SIZE,
	ARGUMENTS_VALUES
};

struct type_row {
	const char *words, *base;
	enum arguments arguments;
	int width; /* of an integer with ZEROFILL; default length of the others, 0: required */
	bool is_text;
};

/* Longer spellings before their beginnings. */
static const struct type_row types[] = {
	/* clang-format off */
	{"TINYINT", "tinyint", ARGUMENTS_WIDTH, 3}, {"INT1", "tinyint", ARGUMENTS_WIDTH, 3},
	{"SMALLINT", "smallint", ARGUMENTS_WIDTH, 5}, {"INT2", "smallint", ARGUMENTS_WIDTH, 5},
	{"MEDIUMINT", "mediumint", ARGUMENTS_WIDTH, 8}, {"MIDDLEINT", "mediumint", ARGUMENTS_WIDTH, 8},
	{"INT3", "mediumint", ARGUMENTS_WIDTH, 8}, {"INTEGER", "int", ARGUMENTS_WIDTH, 10},
	{"INT4", "int", ARGUMENTS_WIDTH, 10}, {"INT8", "bigint", ARGUMENTS_WIDTH, 20}, {"INT", "int", ARGUMENTS_WIDTH, 10},
	{"BIGINT", "bigint", ARGUMENTS_WIDTH, 20},
	{"DECIMAL", "decimal", ARGUMENTS_SCALE}, {"DEC", "decimal", ARGUMENTS_SCALE}, {"NUMERIC", "decimal", ARGUMENTS_SCALE},
	{"FIXED", "decimal", ARGUMENTS_SCALE}, {"NUMBER", "decimal", ARGUMENTS_SCALE},
	{"DOUBLE PRECISION", "double", ARGUMENTS_SCALE}, {"DOUBLE", "double", ARGUMENTS_SCALE}, {"FLOAT8", "double", ARGUMENTS_SCALE},
	{"REAL", "double", ARGUMENTS_SCALE}, {"FLOAT4", "float", ARGUMENTS_SCALE}, {"FLOAT", "float", ARGUMENTS_SCALE},
	{"BIT", "bit", ARGUMENTS_LENGTH, 1}, {"BOOLEAN", "tinyint", ARGUMENTS_NONE, 1}, {"BOOL", "tinyint", ARGUMENTS_NONE, 1},
	{"DATETIME", "datetime", ARGUMENTS_FRACTION}, {"DATE", "date", ARGUMENTS_NONE},
	{"TIMESTAMP", "timestamp", ARGUMENTS_FRACTION}, {"TIME", "time", ARGUMENTS_FRACTION}, {"YEAR", "year", ARGUMENTS_WIDTH},
	{"NATIONAL CHARACTER VARYING", "varchar", ARGUMENTS_LENGTH, 0, true}, {"NATIONAL CHAR VARYING", "varchar", ARGUMENTS_LENGTH, 0, true},
	{"NATIONAL VARCHARACTER", "varchar", ARGUMENTS_LENGTH, 0, true}, {"NATIONAL VARCHAR", "varchar", ARGUMENTS_LENGTH, 0, true},
	{"NATIONAL CHARACTER", "char", ARGUMENTS_LENGTH, 1, true}, {"NATIONAL CHAR", "char", ARGUMENTS_LENGTH, 1, true},
	{"NCHAR VARYING", "varchar", ARGUMENTS_LENGTH, 0, true}, {"NCHAR VARCHARACTER", "varchar", ARGUMENTS_LENGTH, 0, true},
	{"NCHAR VARCHAR", "varchar", ARGUMENTS_LENGTH, 0, true}, {"NCHAR", "char", ARGUMENTS_LENGTH, 1, true},
	{"NVARCHAR", "varchar", ARGUMENTS_LENGTH, 0, true},
	{"CHARACTER VARYING", "varchar", ARGUMENTS_LENGTH, 0, true}, {"CHAR VARYING", "varchar", ARGUMENTS_LENGTH, 0, true},
	{"CHAR BYTE", "binary", ARGUMENTS_LENGTH, 1}, {"CHARACTER", "char", ARGUMENTS_LENGTH, 1, true}, {"CHAR", "char", ARGUMENTS_LENGTH, 1, true},
	{"VARCHARACTER", "varchar", ARGUMENTS_LENGTH, 0, true}, {"VARCHAR2", "varchar", ARGUMENTS_LENGTH, 0, true},
	{"VARCHAR", "varchar", ARGUMENTS_LENGTH, 0, true},
	{"BINARY", "binary", ARGUMENTS_LENGTH, 1}, {"VARBINARY", "varbinary", ARGUMENTS_LENGTH},
	{"TINYTEXT", "tinytext", ARGUMENTS_NONE, 0, true}, {"TEXT", "text", ARGUMENTS_SIZE, 0, true},
	{"MEDIUMTEXT", "mediumtext", ARGUMENTS_NONE, 0, true}, {"LONGTEXT", "longtext", ARGUMENTS_NONE, 0, true}, {"CLOB", "longtext", ARGUMENTS_NONE, 0, true},
	{"TINYBLOB", "tinyblob", ARGUMENTS_NONE}, {"BLOB", "blob", ARGUMENTS_SIZE}, {"MEDIUMBLOB", "mediumblob", ARGUMENTS_NONE},
	{"LONGBLOB", "longblob", ARGUMENTS_NONE}, {"LONG VARBINARY", "mediumblob", ARGUMENTS_NONE},
	{"LONG CHARACTER VARYING", "mediumtext", ARGUMENTS_NONE, 0, true}, {"LONG CHAR VARYING", "mediumtext", ARGUMENTS_NONE, 0, true},
	{"LONG VARCHARACTER", "mediumtext", ARGUMENTS_NONE, 0, true}, {"LONG VARCHAR", "mediumtext", ARGUMENTS_NONE, 0, true},
	{"LONG", "mediumtext", ARGUMENTS_NONE, 0, true},
	{"ENUM", "enum", ARGUMENTS_VALUES, 0, true}, {"SET", "set", ARGUMENTS_VALUES, 0, true}, {"JSON", "json", ARGUMENTS_NONE},
	{"GEOMETRYCOLLECTION", "geomcollection", ARGUMENTS_NONE}, {"GEOMCOLLECTION", "geomcollection", ARGUMENTS_NONE},
	{"GEOMETRY", "geometry", ARGUMENTS_NONE}, {"POINT", "point", ARGUMENTS_NONE}, {"LINESTRING", "linestring", ARGUMENTS_NONE},
	{"POLYGON", "polygon", ARGUMENTS_NONE}, {"MULTIPOINT", "multipoint", ARGUMENTS_NONE},
	{"MULTILINESTRING", "multilinestring", ARGUMENTS_NONE}, {"MULTIPOLYGON", "multipolygon", ARGUMENTS_NONE},
	{"INET4", "inet4", ARGUMENTS_NONE}, {"INET6", "inet6", ARGUMENTS_NONE}, {"UUID", "uuid", ARGUMENTS_NONE},
	{"VECTOR", "vector", ARGUMENTS_LENGTH, 2048}, {"SERIAL", "bigint", ARGUMENTS_NONE},
	/* clang-format on */
};

static const struct type_row *type_row(struct parser *parser)
{
	for (size_t i = 0; i < G_N_ELEMENTS(types); i++)
		if (iw_mysql_skip(parser, types[i].words))
			return &types[i];
	return NULL;
}

/* ( n [, m] ); leaves -1 where there is none. */
static bool numbers(struct parser *parser, int count, int *first, int *second)
{
	guint64 number;
	if (!iw_mysql_skip_operator(parser, "("))
		return true;
	if (!iw_mysql_integer(parser, &number))
		return false;
	*first = (int)MIN(number, G_MAXINT);
	if (count > 1 && iw_mysql_skip_operator(parser, ",")) {
		if (!iw_mysql_integer(parser, &number))
			return false;
		*second = (int)MIN(number, G_MAXINT);
	}
	return iw_mysql_expect_operator(parser, ")");
}

static bool values(struct parser *parser, struct iw_type *type)
{
	type->values = iw_mysql_list(parser);
	if (!iw_mysql_expect_operator(parser, "("))
		return false;
	do {
		const char *value;
		if (parser->token.kind == TOKEN_BITS)
			return iw_mysql_give_up(parser, "members of ENUM and SET in hexadecimal are not read");
		if (!iw_mysql_string(parser, &value))
			return false;
		/* Trailing blanks are no part of a member. */
		g_ptr_array_add(type->values, g_strchomp(iw_arena_strdup(parser->arena, value)));
	} while (iw_mysql_skip_operator(parser, ","));
	return iw_mysql_expect_operator(parser, ")");
}

/* TEXT(n) and BLOB(n) are the smallest type that holds n characters of up to four bytes. */
static const char *sized(const char *base, int size)
{
	static const struct {
		gint64 most;
		const char *text, *blob;
	} sizes[] = {{255, "tinytext", "tinyblob"}, {65535, "text", "blob"}, {16777215, "mediumtext", "mediumblob"}};
	bool is_text = base[0] == 't';
	for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++)
		if ((gint64)size * (is_text ? 4 : 1) <= sizes[i].most)
			return is_text ? sizes[i].text : sizes[i].blob;
	return is_text ? "longtext" : "longblob";
}

static bool read_arguments(struct parser *parser, const struct type_row *row, struct iw_type *type)
{
	int *first = &type->arguments[0], *second = &type->arguments[1];
	switch (row->arguments) {
	case ARGUMENTS_NONE:
		break;
	case ARGUMENTS_VALUES:
		return values(parser, type);
	case ARGUMENTS_SCALE:
		return numbers(parser, 2, first, second);
	case ARGUMENTS_WIDTH:
	case ARGUMENTS_FRACTION:
	case ARGUMENTS_SIZE:
		return numbers(parser, 1, first, second);
	case ARGUMENTS_LENGTH:
		if (row->width == 0 && !iw_mysql_is_operator(parser, "("))
			return iw_mysql_refuse(parser);
		return numbers(parser, 1, first, second);
	}
	return true;
}

static void default_arguments(const struct type_row *row, struct iw_type *type, bool is_zerofill)
{
	int *first = &type->arguments[0], *second = &type->arguments[1];
	if (strcmp(row->base, "decimal") == 0) {
		*first = *first <= 0 ? 10 : *first;
		*second = MAX(*second, 0);
	} else if (row->arguments == ARGUMENTS_SCALE && *second < 0) {
		/* FLOAT(p) only says how many bytes. */
		if (strcmp(row->base, "float") == 0 && *first > 24)
			type->base = "double";
		*first = -1;
	} else if (row->arguments == ARGUMENTS_WIDTH) {
		bool is_boolean = strcmp(row->base, "tinyint") == 0 && *first == 1 && !type->is_unsigned;
		if (is_zerofill && *first < 0)
			*first = row->width;
		else if (!is_zerofill && !is_boolean)
			*first = -1;
	} else if (row->arguments == ARGUMENTS_LENGTH && *first < 0) {
		*first = row->width;
	} else if (row->arguments == ARGUMENTS_FRACTION && *first == 0) {
		*first = -1;
	} else if (row->arguments == ARGUMENTS_SIZE && *first >= 0) {
		type->base = sized(row->base, *first);
		*first = -1;
	}
}

static void append_values(GString *out, const GPtrArray *members)
{
	for (guint i = 0; i < members->len; i++) {
		g_string_append(out, i == 0 ? "('" : ",'");
		for (const char *at = g_ptr_array_index(members, i); *at != '\0'; at++) {
			if (*at == '\'')
				g_string_append_c(out, '\'');
			if (*at == '\\')
				g_string_append_c(out, '\\');
			g_string_append_c(out, *at);
		}
		g_string_append_c(out, '\'');
	}
	g_string_append_c(out, ')');
}

static void write_text(struct parser *parser, struct iw_type *type, bool is_zerofill)
{
	g_autoptr(GString) out = g_string_new(type->base);
	if (type->values != NULL)
		append_values(out, type->values);
	else if (type->arguments[0] >= 0 && type->arguments[1] >= 0)
		g_string_append_printf(out, "(%d,%d)", type->arguments[0], type->arguments[1]);
	else if (type->arguments[0] >= 0)
		g_string_append_printf(out, "(%d)", type->arguments[0]);
	if (type->is_unsigned)
		g_string_append(out, " unsigned");
	if (is_zerofill)
		g_string_append(out, " zerofill");
	type->text = iw_arena_strndup(parser->arena, out->str, out->len);
}

/* ---- character sets ---- */

/* "utf8" is utf8mb3 to every server that we read, and all but old ones print it so. */
static const char *long_name(struct parser *parser, const char *name)
{
	int version = parser->engine.version;
	bool prints_long = version == 0 || (parser->engine.is_mariadb ? version >= 100600 : version >= 80030);
	g_autofree char *lower = g_ascii_strdown(name, -1);
	if (prints_long && (strcmp(lower, "utf8") == 0 || g_str_has_prefix(lower, "utf8_")))
		return iw_arena_printf(parser->arena, "utf8mb3%s", lower + strlen("utf8"));
	return iw_arena_strdup(parser->arena, lower);
}

bool iw_mysql_charset_name(struct parser *parser, const char **charset)
{
	const char *name;
	if (!iw_mysql_word_or_text(parser, &name))
		return false;
	*charset = long_name(parser, name);
	return true;
}

bool iw_mysql_collation_name(struct parser *parser, const char **collation)
{
	return iw_mysql_charset_name(parser, collation);
}

/* [CHARACTER SET x | CHARSET x | ASCII | UNICODE | BYTE] [BINARY] */
static bool charset(struct parser *parser, struct iw_type *type, struct iw_column *column)
{
	bool is_binary = false;
	for (;;) {
		if (iw_mysql_skip(parser, "CHARACTER SET") || iw_mysql_skip(parser, "CHARSET") ||
		    iw_mysql_skip(parser, "CHAR SET")) {
			if (!iw_mysql_charset_name(parser, &type->charset))
				return false;
		} else if (iw_mysql_skip(parser, "ASCII")) {
			type->charset = "latin1";
		} else if (iw_mysql_skip(parser, "UNICODE")) {
			type->charset = "ucs2";
		} else if (iw_mysql_skip(parser, "BYTE")) {
			type->charset = "binary";
		} else if (iw_mysql_skip(parser, "BINARY")) {
			is_binary = true;
		} else {
			break;
		}
	}
	if (is_binary && type->charset != NULL)
		column->collation = iw_arena_printf(parser->arena, "%s_bin", type->charset);
	else if (is_binary)
		column->collation = "binary";
	return true;
}

static bool has_sign(const struct type_row *row)
{
	return row->arguments == ARGUMENTS_WIDTH || row->arguments == ARGUMENTS_SCALE;
}

static void serial(struct parser *parser, struct iw_type *type, struct iw_column *column)
{
	type->is_unsigned = column->not_null = column->auto_increment = true;
	column->constraints = iw_mysql_list(parser);
	g_ptr_array_add(column->constraints, iw_mysql_constraint(parser, IW_UNIQUE, NULL));
}

bool iw_mysql_type(struct parser *parser, struct iw_type *type, struct iw_column *column)
{
	bool is_national =
		iw_mysql_is(parser, "NATIONAL") || iw_mysql_is(parser, "NCHAR") || iw_mysql_is(parser, "NVARCHAR");
	bool is_serial = iw_mysql_is(parser, "SERIAL"), is_zerofill = false;
	const struct type_row *row = type_row(parser);
	if (row == NULL)
		return iw_mysql_refuse(parser);
	*type = (struct iw_type){.base = row->base, .arguments = {-1, -1}};
	if (is_national)
		type->charset = "utf8mb3";
	if (!read_arguments(parser, row, type))
		return false;
	while (has_sign(row) &&
	       (iw_mysql_is(parser, "UNSIGNED") || iw_mysql_is(parser, "SIGNED") || iw_mysql_is(parser, "ZEROFILL"))) {
		is_zerofill = is_zerofill || iw_mysql_is(parser, "ZEROFILL");
		type->is_unsigned = type->is_unsigned || !iw_mysql_is(parser, "SIGNED");
		iw_mysql_take(parser);
	}
	if (row->is_text && !charset(parser, type, column))
		return false;
	if (is_serial)
		serial(parser, type, column);
	if (strcmp(row->words, "BOOL") == 0 || strcmp(row->words, "BOOLEAN") == 0)
		type->arguments[0] = 1;
	default_arguments(row, type, is_zerofill);
	write_text(parser, type, is_zerofill);
	return !parser->is_failed;
}

struct iw_type iw_mysql_type_read(iw_arena *arena, struct iw_engine engine, const char *text)
{
	struct parser parser;
	struct iw_type type = {0};
	struct iw_column column = {0};
	iw_mysql_parser_begin(&parser, arena, engine, text, strlen(text));
	if (iw_mysql_type(&parser, &type, &column))
		return type;
	type = (struct iw_type){.text = iw_arena_strdup(arena, text), .arguments = {-1, -1}};
	type.base = type.text;
	return type;
}
