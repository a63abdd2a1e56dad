/*
 * The classes of types, and what the compilers of the three dialects make of them; see sqlalchemy.h. From
 * sqlalchemy/sql/compiler.py (GenericTypeCompiler) and the type compilers of
 * dialects/{postgresql,mysql,sqlite}/base.py.
 */
#include "framework/alembic/types.h"

#include <string.h>

static const char *number_argument(struct iw_sa *sa, const struct iw_sa_type *type, int position, const char *name)
{
	const struct iw_py_value *value = iw_sa_given(type->call, position, name);
	if (value == NULL)
		return NULL;
	if (value->kind == IW_PY_INTEGER)
		return value->text;
	if (value->kind == IW_PY_STRING)
		return value->text;
	if (!iw_sa_unknown(sa, value))
		iw_sa_fail(sa, "%s is no number", iw_py_repr(sa->python, value));
	return NULL;
}

static bool is_set(struct iw_sa *sa, const struct iw_sa_type *type, const char *name)
{
	return iw_sa_truth(sa, iw_sa_given(type->call, -1, name), 0) == 1;
}

/* SQLAlchemy 1.4 had these for their own dialects only. */
static bool is_too_new(struct iw_sa *sa, const struct iw_sa_type *type)
{
	static const char *const spaces[] = {
		[IW_POSTGRES] = "postgresql", [IW_MYSQL] = "mysql", [IW_SQLITE] = "sqlite"};
	static const char *const names[] = {"UUID", "Uuid", "Double", "DOUBLE", "DOUBLE_PRECISION"};
	const char *path = type->call == NULL ? NULL : iw_py_path(sa->python, type->call);
	if (sa->version >= 200 || (path != NULL && strstr(path, spaces[sa->engine.dialect]) != NULL))
		return false;
	for (guint i = 0; i < G_N_ELEMENTS(names); i++)
		if (strcmp(names[i], type->row->name) == 0)
			return true;
	return false;
}

static const char *base_text(struct iw_sa *sa, const struct iw_sa_type *type)
{
	const char *text = type->row->text[sa->engine.dialect];
	if (sa->engine.dialect == IW_SQLITE && sa->version >= 201 && strcmp(type->row->name, "JSONB") == 0)
		text = "JSONB";
	if (text != NULL && !is_too_new(sa, type))
		return text;
	return iw_sa_fail(sa, "SQLAlchemy has no SQL for the type %s on this database", type->row->name);
}

static bool is_mysql_type(const struct iw_sa_type *type)
{
	return strcmp(type->row->space, "mysql") == 0;
}

/* UNSIGNED and ZEROFILL of the types of dialects.mysql */
static const char *extend_number(struct iw_sa *sa, const struct iw_sa_type *type, const char *text)
{
	if (sa->engine.dialect != IW_MYSQL || !is_mysql_type(type))
		return text;
	bool zerofill = is_set(sa, type, "zerofill");
	return iw_arena_printf(sa->arena, "%s%s%s", text, is_set(sa, type, "unsigned") ? " UNSIGNED" : "",
			       zerofill ? " ZEROFILL" : "");
}

static const char *fixed(struct iw_sa *sa, const struct iw_sa_type *type)
{
	return base_text(sa, type);
}

static const char *integer(struct iw_sa *sa, const struct iw_sa_type *type)
{
	const char *text = base_text(sa, type);
	const char *width = is_mysql_type(type) ? number_argument(sa, type, 0, "display_width") : NULL;
	if (text != NULL && width != NULL && sa->engine.dialect == IW_MYSQL)
		text = iw_arena_printf(sa->arena, "%s(%s)", text, width);
	return extend_number(sa, type, text);
}

/* NUMERIC(10, 2) */
static const char *decimal(struct iw_sa *sa, const struct iw_sa_type *type)
{
	const char *text = base_text(sa, type);
	const char *precision = number_argument(sa, type, 0, "precision"),
		   *scale = number_argument(sa, type, 1, "scale");
	if (precision != NULL)
		text = scale == NULL ? iw_arena_printf(sa->arena, "%s(%s)", text, precision)
				     : iw_arena_printf(sa->arena, "%s(%s, %s)", text, precision, scale);
	return extend_number(sa, type, text);
}

/* FLOAT(53); of dialects.mysql FLOAT(10, 2) */
static const char *floating(struct iw_sa *sa, const struct iw_sa_type *type)
{
	const char *text = base_text(sa, type);
	const char *precision = number_argument(sa, type, 0, "precision");
	const char *scale = is_mysql_type(type) ? number_argument(sa, type, 1, "scale") : NULL;
	bool takes_one = strcmp(type->row->name, "Float") == 0 || strcmp(type->row->name, "FLOAT") == 0;
	if (sa->engine.dialect == IW_SQLITE || precision == NULL || strcmp(precision, "0") == 0)
		return extend_number(sa, type, text);
	if (scale != NULL && sa->engine.dialect == IW_MYSQL)
		text = iw_arena_printf(sa->arena, "%s(%s, %s)", text, precision, scale);
	else if (takes_one)
		text = iw_arena_printf(sa->arena, "%s(%s)", text, precision);
	return extend_number(sa, type, text);
}

/* CHARACTER SET and COLLATE of dialects.mysql */
static const char *extend_string(struct iw_sa *sa, const struct iw_sa_type *type, const char *text)
{
	bool own = is_mysql_type(type), national = own && is_set(sa, type, "national");
	const char *charset = own ? iw_sa_text(sa, iw_sa_given(type->call, -1, "charset")) : NULL;
	const char *collation = iw_sa_text(sa, iw_sa_given(type->call, -1, "collation"));
	g_autoptr(GString) out = g_string_new(NULL);
	g_string_printf(out, "%s%s", national ? "NATIONAL " : "", text);
	if (charset != NULL && !national)
		g_string_append_printf(out, " CHARACTER SET %s", charset);
	else if (own && !national && is_set(sa, type, "ascii"))
		g_string_append(out, " ASCII");
	else if (own && !national && is_set(sa, type, "unicode"))
		g_string_append(out, " UNICODE");
	if (collation != NULL)
		g_string_append_printf(out, " COLLATE %s", collation);
	else if (own && is_set(sa, type, "binary"))
		g_string_append(out, " BINARY");
	return iw_arena_strdup(sa->arena, out->str);
}

/* VARCHAR(50) COLLATE "C" */
static const char *string(struct iw_sa *sa, const struct iw_sa_type *type)
{
	const char *text = base_text(sa, type), *length = number_argument(sa, type, 0, "length");
	if (text == NULL)
		return NULL;
	if (length == NULL && sa->engine.dialect == IW_MYSQL && g_str_has_suffix(text, "VARCHAR"))
		return iw_sa_fail(sa, "SQLAlchemy refuses VARCHAR without a length on MySQL");
	if (length != NULL)
		text = iw_arena_printf(sa->arena, "%s(%s)", text, length);
	if (sa->engine.dialect == IW_MYSQL)
		return extend_string(sa, type, text);
	const char *collation = iw_sa_text(sa, iw_sa_given(type->call, 1, "collation"));
	if (collation == NULL)
		return text;
	return sa->version >= 201 ? iw_arena_printf(sa->arena, "%s COLLATE %s", text, iw_sa_quote(sa, collation))
				  : iw_arena_printf(sa->arena, "%s COLLATE \"%s\"", text, collation);
}

/* LONGTEXT and its kin: no length */
static const char *text_of(struct iw_sa *sa, const struct iw_sa_type *type)
{
	const char *text = base_text(sa, type);
	return text == NULL ? NULL : extend_string(sa, type, text);
}

static const char *binary(struct iw_sa *sa, const struct iw_sa_type *type)
{
	const char *text = base_text(sa, type), *length = number_argument(sa, type, 0, "length");
	bool is_generic = strcmp(type->row->name, "LargeBinary") == 0;
	if (length == NULL || text == NULL || (is_generic && sa->engine.dialect != IW_MYSQL))
		return text;
	if (strcmp(type->row->name, "BLOB") == 0 && sa->engine.dialect != IW_MYSQL)
		return text;
	return iw_arena_printf(sa->arena, "%s(%s)", text, length);
}

static const char *bit(struct iw_sa *sa, const struct iw_sa_type *type)
{
	const char *length = number_argument(sa, type, 0, "length");
	if (base_text(sa, type) == NULL)
		return NULL;
	bool varying =
		sa->engine.dialect == IW_POSTGRES && iw_sa_truth(sa, iw_sa_given(type->call, 1, "varying"), 0) == 1;
	if (length == NULL && !varying && !is_mysql_type(type))
		length = "1";
	const char *text = varying ? "BIT VARYING" : "BIT";
	return length == NULL ? text : iw_arena_printf(sa->arena, "%s(%s)", text, length);
}

/* TIMESTAMP(3) WITH TIME ZONE; DATETIME(6) */
static const char *moment(struct iw_sa *sa, const struct iw_sa_type *type)
{
	const char *text = base_text(sa, type);
	if (text == NULL)
		return NULL;
	if (sa->engine.dialect == IW_MYSQL) {
		const char *fsp = is_mysql_type(type) ? number_argument(sa, type, 1, "fsp") : NULL;
		return fsp == NULL || strcmp(fsp, "0") == 0 ? text : iw_arena_printf(sa->arena, "%s(%s)", text, fsp);
	}
	if (sa->engine.dialect != IW_POSTGRES || strcmp(text, "DATETIME") == 0)
		return text;
	bool zoned = iw_sa_truth(sa, iw_sa_given(type->call, 0, "timezone"), 0) == 1;
	const char *precision =
		strcmp(type->row->space, "postgresql") == 0 ? number_argument(sa, type, 1, "precision") : NULL;
	return iw_arena_printf(sa->arena, "%s%s%s%s %s TIME ZONE", text, precision == NULL ? "" : "(",
			       precision == NULL ? "" : precision, precision == NULL ? "" : ")",
			       zoned ? "WITH" : "WITHOUT");
}

static const char *interval(struct iw_sa *sa, const struct iw_sa_type *type)
{
	bool generic = type->row->space[0] == '\0' && strcmp(type->row->name, "Interval") == 0;
	if (sa->engine.dialect != IW_POSTGRES)
		return generic ? "DATETIME" : base_text(sa, type);
	const struct iw_py_value *given = generic ? NULL : iw_sa_given(type->call, 0, "precision");
	if (given != NULL && given->kind == IW_PY_STRING)
		return iw_sa_fail(sa, "the precision of INTERVAL is a number");
	if (generic && iw_sa_truth(sa, iw_sa_given(type->call, 0, "native"), 1) == 0)
		return "TIMESTAMP WITHOUT TIME ZONE";
	const char *precision =
		generic ? number_argument(sa, type, 1, "second_precision") : number_argument(sa, type, 0, "precision");
	const char *fields = generic ? NULL : iw_sa_text(sa, iw_sa_given(type->call, 1, "fields"));
	return iw_arena_printf(sa->arena, "INTERVAL%s%s%s%s%s", fields == NULL ? "" : " ", fields == NULL ? "" : fields,
			       precision == NULL ? "" : " (", precision == NULL ? "" : precision,
			       precision == NULL ? "" : ")");
}

/* MariaDB has a type of its own since 10.7, which SQLAlchemy sees on a connection (2.0.0 and newer). */
static const char *uuid(struct iw_sa *sa, const struct iw_sa_type *type)
{
	bool native = iw_sa_truth(sa, iw_sa_given(type->call, 1, "native_uuid"), 1) == 1;
	return native ? base_text(sa, type) : "CHAR(32)";
}

static const char *array(struct iw_sa *sa, const struct iw_sa_type *type)
{
	if (sa->engine.dialect != IW_POSTGRES)
		return iw_sa_fail(sa, "SQLAlchemy has no SQL for ARRAY on this database");
	const char *inner = iw_sa_type_text(sa, type->item), *dimensions = number_argument(sa, type, 2, "dimensions");
	const char *collate = strstr(inner, " COLLATE");
	g_autoptr(GString) out = g_string_new_len(inner, collate == NULL ? (gssize)strlen(inner) : collate - inner);
	for (int i = dimensions == NULL ? 1 : atoi(dimensions); i > 0 && i < 10; i--)
		g_string_append(out, "[]");
	g_string_append(out, collate == NULL ? "" : collate);
	return iw_arena_strdup(sa->arena, out->str);
}

static const char *mysql_labels(struct iw_sa *sa, const struct iw_sa_type *type, const char *word)
{
	GPtrArray *quoted = iw_arena_ptr_array(sa->arena);
	for (guint i = 0; i < type->labels->len; i++)
		g_ptr_array_add(quoted, (gpointer)iw_sa_quote_text(sa, type->labels->pdata[i]));
	const char *text = iw_arena_printf(sa->arena, "%s(%s)", word, iw_sa_join(sa, quoted, ","));
	return is_mysql_type(type) ? extend_string(sa, type, text) : text;
}

static const char *enumeration(struct iw_sa *sa, const struct iw_sa_type *type)
{
	if (sa->engine.dialect == IW_POSTGRES && type->is_native)
		return iw_sa_enum_name(sa, type);
	if (sa->engine.dialect == IW_MYSQL && type->is_native)
		return mysql_labels(sa, type, "ENUM");
	if (is_mysql_type(type) && sa->engine.dialect == IW_SQLITE)
		return iw_sa_fail(sa, "SQLAlchemy has no SQL for MySQL's ENUM on SQLite");
	return iw_arena_printf(sa->arena, "VARCHAR(%d)", type->length);
}

static const char *set_of(struct iw_sa *sa, const struct iw_sa_type *type)
{
	return sa->engine.dialect == IW_MYSQL ? mysql_labels(sa, type, "SET") : base_text(sa, type);
}

static const char *year(struct iw_sa *sa, const struct iw_sa_type *type)
{
	const char *width = number_argument(sa, type, 0, "display_width");
	const char *text = base_text(sa, type);
	return width == NULL || text == NULL ? text : iw_arena_printf(sa->arena, "YEAR(%s)", width);
}

/* DOMAIN("d", Integer()) */
static const char *domain(struct iw_sa *sa, const struct iw_sa_type *type)
{
	const char *name = iw_sa_text(sa, iw_sa_given(type->call, 0, "name"));
	return name == NULL ? "" : iw_sa_table_name(sa, iw_sa_text(sa, iw_sa_given(type->call, -1, "schema")), name);
}

#define SAME(word)                                                                                                     \
	{                                                                                                              \
		word, word, word                                                                                       \
	}
#define ONLY_PG(word)                                                                                                  \
	{                                                                                                              \
		[IW_POSTGRES] = word                                                                                   \
	}
#define ONLY_MYSQL(word)                                                                                               \
	{                                                                                                              \
		[IW_MYSQL] = word                                                                                      \
	}

static const struct iw_sa_type_row rows[] = {
	{"", "Integer", SAME("INTEGER"), IW_SA_INTEGER, integer},
	{"", "INTEGER", SAME("INTEGER"), IW_SA_INTEGER, integer},
	{"", "INT", SAME("INTEGER"), IW_SA_INTEGER, integer},
	{"", "BigInteger", SAME("BIGINT"), IW_SA_INTEGER, integer},
	{"", "BIGINT", SAME("BIGINT"), IW_SA_INTEGER, integer},
	{"", "SmallInteger", SAME("SMALLINT"), IW_SA_INTEGER, integer},
	{"", "SMALLINT", SAME("SMALLINT"), IW_SA_INTEGER, integer},
	{"", "String", SAME("VARCHAR"), IW_SA_STRING, string},
	{"", "Unicode", SAME("VARCHAR"), IW_SA_STRING, string},
	{"", "VARCHAR", SAME("VARCHAR"), IW_SA_STRING, string},
	{"", "CHAR", SAME("CHAR"), IW_SA_STRING, string},
	{"", "NCHAR", {"NCHAR", "NATIONAL CHAR", "NCHAR"}, IW_SA_STRING, string},
	{"", "NVARCHAR", {"NVARCHAR", "NATIONAL VARCHAR", "NVARCHAR"}, IW_SA_STRING, string},
	{"", "Text", SAME("TEXT"), IW_SA_STRING, string},
	{"", "UnicodeText", SAME("TEXT"), IW_SA_STRING, string},
	{"", "TEXT", SAME("TEXT"), IW_SA_STRING, string},
	{"", "CLOB", SAME("CLOB"), IW_SA_STRING, string},
	{"", "Boolean", {"BOOLEAN", "BOOL", "BOOLEAN"}, IW_SA_BOOLEAN, fixed},
	{"", "BOOLEAN", {"BOOLEAN", "BOOL", "BOOLEAN"}, IW_SA_BOOLEAN, fixed},
	{"", "MatchType", {"BOOLEAN", "BOOL", "BOOLEAN"}, IW_SA_BOOLEAN, fixed},
	{"", "Float", SAME("FLOAT"), IW_SA_NUMERIC, floating},
	{"", "FLOAT", SAME("FLOAT"), IW_SA_NUMERIC, floating},
	{"", "Double", {"DOUBLE PRECISION", "DOUBLE", "DOUBLE"}, IW_SA_NUMERIC, floating},
	{"", "DOUBLE", SAME("DOUBLE"), IW_SA_NUMERIC, floating},
	{"", "DOUBLE_PRECISION", SAME("DOUBLE PRECISION"), IW_SA_NUMERIC, floating},
	{"", "REAL", SAME("REAL"), IW_SA_NUMERIC, floating},
	{"", "Numeric", SAME("NUMERIC"), IW_SA_NUMERIC, decimal},
	{"", "NUMERIC", SAME("NUMERIC"), IW_SA_NUMERIC, decimal},
	{"", "DECIMAL", SAME("DECIMAL"), IW_SA_NUMERIC, decimal},
	{"", "Date", SAME("DATE"), IW_SA_DATE, fixed},
	{"", "DATE", SAME("DATE"), IW_SA_DATE, fixed},
	{"", "DateTime", {"TIMESTAMP", "DATETIME", "DATETIME"}, IW_SA_DATETIME, moment},
	{"", "DATETIME", SAME("DATETIME"), IW_SA_DATETIME, moment},
	{"", "TIMESTAMP", SAME("TIMESTAMP"), IW_SA_DATETIME, moment},
	{"", "Time", SAME("TIME"), IW_SA_TIME, moment},
	{"", "TIME", SAME("TIME"), IW_SA_TIME, moment},
	{"", "Interval", SAME("INTERVAL"), IW_SA_INTERVAL, interval},
	{"", "LargeBinary", {"BYTEA", "BLOB", "BLOB"}, IW_SA_BINARY, binary},
	{"", "PickleType", {"BYTEA", "BLOB", "BLOB"}, IW_SA_BINARY, fixed},
	{"", "BLOB", SAME("BLOB"), IW_SA_BINARY, binary},
	{"", "BINARY", SAME("BINARY"), IW_SA_BINARY, binary},
	{"", "VARBINARY", SAME("VARBINARY"), IW_SA_BINARY, binary},
	{"", "JSON", SAME("JSON"), IW_SA_JSON, fixed},
	{"", "Uuid", {"UUID", "CHAR(32)", "CHAR(32)"}, IW_SA_UUID, uuid},
	{"", "UUID", SAME("UUID"), IW_SA_UUID, fixed},
	{"", "Enum", {NULL}, IW_SA_ENUM, enumeration},
	{"", "ARRAY", {NULL}, IW_SA_ARRAY, array},
	{"postgresql", "ARRAY", {NULL}, IW_SA_ARRAY, array},
	{"postgresql", "ENUM", {NULL}, IW_SA_ENUM, enumeration},
	{"postgresql", "JSONB", ONLY_PG("JSONB"), IW_SA_JSON, fixed},
	{"postgresql", "BYTEA", ONLY_PG("BYTEA"), IW_SA_BINARY, fixed},
	{"postgresql", "INET", ONLY_PG("INET"), IW_SA_OTHER_AFFINITY, fixed},
	{"postgresql", "CIDR", ONLY_PG("CIDR"), IW_SA_OTHER_AFFINITY, fixed},
	{"postgresql", "MACADDR", ONLY_PG("MACADDR"), IW_SA_OTHER_AFFINITY, fixed},
	{"postgresql", "MACADDR8", ONLY_PG("MACADDR8"), IW_SA_OTHER_AFFINITY, fixed},
	{"postgresql", "MONEY", ONLY_PG("MONEY"), IW_SA_OTHER_AFFINITY, fixed},
	{"postgresql", "OID", ONLY_PG("OID"), IW_SA_OTHER_AFFINITY, fixed},
	{"postgresql", "REGCLASS", ONLY_PG("REGCLASS"), IW_SA_OTHER_AFFINITY, fixed},
	{"postgresql", "REGCONFIG", ONLY_PG("REGCONFIG"), IW_SA_OTHER_AFFINITY, fixed},
	{"postgresql", "HSTORE", ONLY_PG("HSTORE"), IW_SA_OTHER_AFFINITY, fixed},
	{"postgresql", "TSVECTOR", ONLY_PG("TSVECTOR"), IW_SA_STRING, fixed},
	{"postgresql", "TSQUERY", ONLY_PG("TSQUERY"), IW_SA_STRING, fixed},
	{"postgresql", "CITEXT", ONLY_PG("CITEXT"), IW_SA_STRING, fixed},
	{"postgresql", "JSONPATH", ONLY_PG("JSONPATH"), IW_SA_STRING, fixed},
	{"postgresql", "INT4RANGE", ONLY_PG("INT4RANGE"), IW_SA_OTHER_AFFINITY, fixed},
	{"postgresql", "INT8RANGE", ONLY_PG("INT8RANGE"), IW_SA_OTHER_AFFINITY, fixed},
	{"postgresql", "NUMRANGE", ONLY_PG("NUMRANGE"), IW_SA_OTHER_AFFINITY, fixed},
	{"postgresql", "DATERANGE", ONLY_PG("DATERANGE"), IW_SA_OTHER_AFFINITY, fixed},
	{"postgresql", "TSRANGE", ONLY_PG("TSRANGE"), IW_SA_OTHER_AFFINITY, fixed},
	{"postgresql", "TSTZRANGE", ONLY_PG("TSTZRANGE"), IW_SA_OTHER_AFFINITY, fixed},
	{"postgresql", "INT4MULTIRANGE", ONLY_PG("INT4MULTIRANGE"), IW_SA_OTHER_AFFINITY, fixed},
	{"postgresql", "INT8MULTIRANGE", ONLY_PG("INT8MULTIRANGE"), IW_SA_OTHER_AFFINITY, fixed},
	{"postgresql", "NUMMULTIRANGE", ONLY_PG("NUMMULTIRANGE"), IW_SA_OTHER_AFFINITY, fixed},
	{"postgresql", "DATEMULTIRANGE", ONLY_PG("DATEMULTIRANGE"), IW_SA_OTHER_AFFINITY, fixed},
	{"postgresql", "TSMULTIRANGE", ONLY_PG("TSMULTIRANGE"), IW_SA_OTHER_AFFINITY, fixed},
	{"postgresql", "TSTZMULTIRANGE", ONLY_PG("TSTZMULTIRANGE"), IW_SA_OTHER_AFFINITY, fixed},
	{"postgresql", "BIT", {"BIT", "BIT", NULL}, IW_SA_OTHER_AFFINITY, bit},
	{"postgresql", "INTERVAL", ONLY_PG("INTERVAL"), IW_SA_INTERVAL, interval},
	{"postgresql", "TIMESTAMP", SAME("TIMESTAMP"), IW_SA_DATETIME, moment},
	{"postgresql", "TIME", SAME("TIME"), IW_SA_TIME, moment},
	{"postgresql", "DOMAIN", ONLY_PG("DOMAIN"), IW_SA_OTHER_AFFINITY, domain},
	{"sqlite", "DATETIME", {"TIMESTAMP", "DATETIME", "DATETIME"}, IW_SA_DATETIME, moment},
	{"mysql", "TINYINT", ONLY_MYSQL("TINYINT"), IW_SA_INTEGER, integer},
	{"mysql", "SMALLINT", SAME("SMALLINT"), IW_SA_INTEGER, integer},
	{"mysql", "MEDIUMINT", ONLY_MYSQL("MEDIUMINT"), IW_SA_INTEGER, integer},
	{"mysql", "INTEGER", SAME("INTEGER"), IW_SA_INTEGER, integer},
	{"mysql", "INT", SAME("INTEGER"), IW_SA_INTEGER, integer},
	{"mysql", "BIGINT", SAME("BIGINT"), IW_SA_INTEGER, integer},
	{"mysql", "NUMERIC", SAME("NUMERIC"), IW_SA_NUMERIC, decimal},
	{"mysql", "DECIMAL", SAME("DECIMAL"), IW_SA_NUMERIC, decimal},
	{"mysql", "DOUBLE", SAME("DOUBLE"), IW_SA_NUMERIC, floating},
	{"mysql", "FLOAT", SAME("FLOAT"), IW_SA_NUMERIC, floating},
	{"mysql", "REAL", SAME("REAL"), IW_SA_NUMERIC, floating},
	{"mysql", "VARCHAR", SAME("VARCHAR"), IW_SA_STRING, string},
	{"mysql", "CHAR", SAME("CHAR"), IW_SA_STRING, string},
	{"mysql", "NVARCHAR", {"NVARCHAR", "NATIONAL VARCHAR", "NVARCHAR"}, IW_SA_STRING, string},
	{"mysql", "NCHAR", {"NCHAR", "NATIONAL CHAR", "NCHAR"}, IW_SA_STRING, string},
	{"mysql", "TEXT", SAME("TEXT"), IW_SA_STRING, string},
	{"mysql", "TINYTEXT", ONLY_MYSQL("TINYTEXT"), IW_SA_STRING, text_of},
	{"mysql", "MEDIUMTEXT", ONLY_MYSQL("MEDIUMTEXT"), IW_SA_STRING, text_of},
	{"mysql", "LONGTEXT", ONLY_MYSQL("LONGTEXT"), IW_SA_STRING, text_of},
	{"mysql", "TINYBLOB", ONLY_MYSQL("TINYBLOB"), IW_SA_BINARY, fixed},
	{"mysql", "MEDIUMBLOB", ONLY_MYSQL("MEDIUMBLOB"), IW_SA_BINARY, fixed},
	{"mysql", "LONGBLOB", ONLY_MYSQL("LONGBLOB"), IW_SA_BINARY, fixed},
	{"mysql", "DATETIME", SAME("DATETIME"), IW_SA_DATETIME, moment},
	{"mysql", "TIMESTAMP", SAME("TIMESTAMP"), IW_SA_DATETIME, moment},
	{"mysql", "TIME", SAME("TIME"), IW_SA_TIME, moment},
	{"mysql", "YEAR", ONLY_MYSQL("YEAR"), IW_SA_OTHER_AFFINITY, year},
	{"mysql", "BIT", ONLY_MYSQL("BIT"), IW_SA_OTHER_AFFINITY, bit},
	{"mysql", "ENUM", {NULL}, IW_SA_ENUM, enumeration},
	{"mysql", "SET", ONLY_MYSQL("SET"), IW_SA_STRING, set_of},
};

/* By package and class; "(l)" is the first argument or `length`, in parentheses, where there is one. */
static const struct iw_sa_foreign_type foreign[] = {
	{"sqlmodel.", "AutoString", {"VARCHAR(l)", "VARCHAR(l)", "VARCHAR(l)"}, IW_SA_STRING, 0},
	{"sqlmodel.", "GUID", {"UUID", "CHAR(32)", "CHAR(32)"}, IW_SA_UUID, 0},
	{"sqlalchemy_utils.", "UUIDType", {"UUID", "BINARY(16)", "BINARY(16)"}, IW_SA_UUID, 0},
	{"sqlalchemy_utils.", "EmailType", SAME("VARCHAR(255)"), IW_SA_STRING, 0},
	{"sqlalchemy_utils.", "URLType", SAME("TEXT"), IW_SA_STRING, 0},
	{"sqlalchemy_utils.", "ChoiceType", SAME("VARCHAR(255)"), IW_SA_STRING, 2},
	{"sqlalchemy_utils.", "JSONType", {"JSON", "TEXT", "TEXT"}, IW_SA_JSON, 0},
	{"sqlalchemy_utils.", "TimezoneType", SAME("VARCHAR(50)"), IW_SA_STRING, 0},
	{"sqlalchemy_utils.", "ScalarListType", SAME("TEXT"), IW_SA_STRING, 0},
	{"sqlalchemy_utils.", "IPAddressType", SAME("VARCHAR(50)"), IW_SA_STRING, 0},
	{"sqlalchemy_utils.", "CountryType", SAME("VARCHAR(2)"), IW_SA_STRING, 0},
	{"sqlalchemy_utils.", "CurrencyType", SAME("VARCHAR(3)"), IW_SA_STRING, 0},
	{"sqlalchemy_utils.", "LocaleType", SAME("VARCHAR(10)"), IW_SA_STRING, 0},
	{"sqlalchemy_utils.", "ColorType", SAME("VARCHAR(20)"), IW_SA_STRING, 0},
	{"sqlalchemy_utils.", "PhoneNumberType", SAME("VARCHAR(20)"), IW_SA_STRING, 0},
	{"sqlalchemy_utils.", "ArrowType", {"TIMESTAMP WITHOUT TIME ZONE", "DATETIME", "DATETIME"}, IW_SA_DATETIME, 0},
	{"sqlalchemy_utils.", "EncryptedType", {"BYTEA", "BLOB", "BLOB"}, IW_SA_BINARY, 0},
	{"sqlalchemy_utils.", "StringEncryptedType", {"VARCHAR", NULL, "VARCHAR"}, IW_SA_STRING, 0},
	{"sqlalchemy_utils.", "TSVectorType", ONLY_PG("TSVECTOR"), IW_SA_STRING, 0},
	{"sqlalchemy_utils.", "LtreeType", ONLY_PG("LTREE"), IW_SA_STRING, 0},
	{"sqlalchemy_utils.", "PasswordType", {"BYTEA", "VARBINARY(1094)", "VARBINARY(1094)"}, IW_SA_BINARY, 1},
	{"sqlalchemy_searchable", "TSVectorType", ONLY_PG("TSVECTOR"), IW_SA_STRING, 0},
	{"sqlalchemy_utc.", "UtcDateTime", {"TIMESTAMP WITH TIME ZONE", "DATETIME", "DATETIME"}, IW_SA_DATETIME, 0},
	{"sqlalchemy_json.", "MutableJson", SAME("JSON"), IW_SA_JSON, 0},
	{"sqlalchemy_json.", "NestedMutableJson", SAME("JSON"), IW_SA_JSON, 0},
	{"fastapi_users_db_sqlalchemy.", "GUID", {"UUID", "CHAR(36)", "CHAR(36)"}, IW_SA_UUID, 0},
	{"fastapi_users_db_sqlalchemy.",
	 "TIMESTAMPAware",
	 {"TIMESTAMP WITH TIME ZONE", "TIMESTAMP", "TIMESTAMP"},
	 IW_SA_DATETIME,
	 0},
	{"fastapi_utils.", "GUID", {"UUID", "CHAR(32)", "CHAR(32)"}, IW_SA_UUID, 0},
	{"fastapi_restful.", "GUID", {"UUID", "CHAR(32)", "CHAR(32)"}, IW_SA_UUID, 0},
	{"pgvector.", "Vector", ONLY_PG("VECTOR(l)"), IW_SA_OTHER_AFFINITY, 0},
	{"pgvector.", "VECTOR", ONLY_PG("VECTOR(l)"), IW_SA_OTHER_AFFINITY, 0},
	{"pgvector.", "HALFVEC", ONLY_PG("HALFVEC(l)"), IW_SA_OTHER_AFFINITY, 0},
	{"pgvector.", "SPARSEVEC", ONLY_PG("SPARSEVEC(l)"), IW_SA_OTHER_AFFINITY, 0},
	{"pgvector.", "BIT", ONLY_PG("BIT(l)"), IW_SA_OTHER_AFFINITY, 0},
	{"citext.", "CIText", ONLY_PG("CITEXT"), IW_SA_STRING, 0},
	{"advanced_alchemy.", "DateTimeUTC", {"TIMESTAMP WITH TIME ZONE", "DATETIME", "DATETIME"}, IW_SA_DATETIME, 0},
};

const struct iw_sa_type_row *iw_sa_type_row(const char *space, const char *name)
{
	const struct iw_sa_type_row *generic = NULL;
	for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
		if (strcmp(rows[i].name, name) == 0) {
			if (strcmp(rows[i].space, space) == 0)
				return &rows[i];
			if (rows[i].space[0] == '\0')
				generic = &rows[i];
		}
	return generic;
}

const struct iw_sa_foreign_type *iw_sa_foreign_type(const char *path)
{
	const char *dot = strrchr(path, '.');
	for (guint i = 0; dot != NULL && i < G_N_ELEMENTS(foreign); i++)
		if (g_str_has_prefix(path, foreign[i].package) && strcmp(dot + 1, foreign[i].name) == 0)
			return &foreign[i];
	return NULL;
}
