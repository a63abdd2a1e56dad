/* Types that are better not used; all off until a project asks for them, since each is a matter of house style. */
#include "lint/rules/rules.h"

#include <string.h>

struct type_row {
	bool (*matches)(const struct iw_lint_context *context, const struct iw_column *column);
	const char *what; /* after the column's name */
	const char *advice;
};

static bool is_one_of(const char *base, const char *const *names)
{
	for (; base != NULL && *names != NULL; names++)
		if (g_ascii_strcasecmp(base, *names) == 0)
			return true;
	return false;
}

static bool is_serial(const struct iw_column *column)
{
	return column->serial != IW_NOT_SERIAL;
}

static bool is_small_integer(const struct iw_lint_context *context, const struct iw_column *column)
{
	static const char *const NAMES[] = {"integer", "smallint", "int",    "mediumint",   "tinyint",
					    "int4",    "int2",	   "serial", "smallserial", NULL};
	(void)context;
	if (is_serial(column))
		return column->serial != IW_BIGSERIAL;
	bool is_boolean = g_strcmp0(column->type.text, "tinyint(1)") == 0;
	return !is_boolean && is_one_of(column->type.base, NAMES);
}

static bool is_primary(const struct iw_lint_context *context, const struct iw_column *column)
{
	GPtrArray *constraints = iw_lint_constraints(context);
	for (guint i = 0; i < constraints->len; i++) {
		const struct iw_constraint *constraint = g_ptr_array_index(constraints, i);
		if (constraint->kind != IW_PRIMARY_KEY)
			continue;
		bool is_own = column->constraints != NULL && g_ptr_array_find(column->constraints, constraint, NULL);
		GPtrArray *columns = iw_lint_constraint_columns(context, constraint);
		bool is_listed = columns->len == 1 && strcmp(g_ptr_array_index(columns, 0), column->name) == 0;
		if (is_own || is_listed)
			return true;
	}
	return false;
}

static bool is_small_key(const struct iw_lint_context *context, const struct iw_column *column)
{
	return is_small_integer(context, column) && is_primary(context, column);
}

static bool is_serial_column(const struct iw_lint_context *context, const struct iw_column *column)
{
	(void)context;
	return is_serial(column);
}

static bool is_limited_text(const struct iw_lint_context *context, const struct iw_column *column)
{
	static const char *const NAMES[] = {"character varying", "varchar", NULL};
	(void)context;
	return is_one_of(column->type.base, NAMES) && column->type.arguments[0] > 0;
}

static bool is_char(const struct iw_lint_context *context, const struct iw_column *column)
{
	static const char *const NAMES[] = {"character", "char", "bpchar", NULL};
	(void)context;
	return is_one_of(column->type.base, NAMES);
}

static bool has_suffix(const struct iw_column *column, const char *prefix, const char *suffix)
{
	const char *text = column->type.text;
	return text != NULL && g_str_has_prefix(text, prefix) && strstr(text, suffix) != NULL;
}

static bool is_plain_timestamp(const struct iw_lint_context *context, const struct iw_column *column)
{
	(void)context;
	return has_suffix(column, "timestamp", "without time zone");
}

static bool is_timetz(const struct iw_lint_context *context, const struct iw_column *column)
{
	(void)context;
	return has_suffix(column, "time", "with time zone") && !g_str_has_prefix(column->type.text, "timestamp");
}

static bool is_rounded_timestamp(const struct iw_lint_context *context, const struct iw_column *column)
{
	(void)context;
	return has_suffix(column, "timestamp", "(0)");
}

static bool is_json(const struct iw_lint_context *context, const struct iw_column *column)
{
	(void)context;
	return g_strcmp0(column->type.base, "json") == 0;
}

static bool is_money(const struct iw_lint_context *context, const struct iw_column *column)
{
	(void)context;
	return g_strcmp0(column->type.base, "money") == 0;
}

static bool is_float(const struct iw_lint_context *context, const struct iw_column *column)
{
	static const char *const NAMES[] = {"real", "double precision", "float", "double", NULL};
	(void)context;
	return is_one_of(column->type.base, NAMES);
}

static bool is_old(const struct iw_lint_context *context, const struct iw_column *column)
{
	static const char *const NAMES[] = {"hstore", "xml", NULL};
	(void)context;
	return is_one_of(column->type.base, NAMES);
}

static bool is_nullable_boolean(const struct iw_lint_context *context, const struct iw_column *column)
{
	bool is_boolean = g_strcmp0(column->type.base, "boolean") == 0 || g_strcmp0(column->type.base, "bool") == 0 ||
			  g_strcmp0(column->type.text, "tinyint(1)") == 0;
	return is_boolean && !column->not_null && context->operation->kind != IW_OP_ALTER_COLUMN_TYPE;
}

static bool is_timestamp_2038(const struct iw_lint_context *context, const struct iw_column *column)
{
	(void)context;
	return g_strcmp0(column->type.base, "timestamp") == 0;
}

static bool is_inline_enum(const struct iw_lint_context *context, const struct iw_column *column)
{
	static const char *const NAMES[] = {"enum", "set", NULL};
	(void)context;
	return is_one_of(column->type.base, NAMES);
}

static struct iw_finding *check(const struct iw_lint_context *context)
{
	const struct type_row *row = context->rule->row;
	GPtrArray *columns = iw_lint_columns(context);
	for (guint i = 0; i < columns->len; i++) {
		const struct iw_column *column = g_ptr_array_index(columns, i);
		if (column->name == NULL && context->operation->member == NULL)
			continue;
		if (!row->matches(context, column))
			continue;
		const char *name = column->name != NULL ? column->name : context->operation->member;
		struct iw_finding *finding = iw_finding_new(context, IW_OFF, "\"%s\" of %s %s", name,
							    iw_lint_table_words(context), row->what);
		finding->fact = NULL;
		return iw_finding_with(finding, row->advice, NULL);
	}
	return NULL;
}

#define ROW(...)                                                                                                       \
	.check = check, .row = &(const struct type_row)                                                                \
	{                                                                                                              \
		__VA_ARGS__                                                                                            \
	}

const struct iw_rule iw_rules_types[] = {
	{.id = "prefer-bigint-key",
	 .title = "a primary key of 32 bits",
	 .dialects = IW_ON_POSTGRES | IW_ON_MYSQL,
	 .why = "2,147,483,647 rows, failed inserts included, and the table takes no more; changing the type then "
		"rewrites the table and everything that references it. 8 bytes cost nothing beside the row's header.",
	 ROW(is_small_key, "is a primary key that ends at 2,147,483,647", "Use bigint."),
	 .examples = IW_EXAMPLES({IW_POSTGRES, "", "CREATE TABLE t (id serial PRIMARY KEY);",
				  "CREATE TABLE t (id bigserial PRIMARY KEY);"},
				 {IW_MYSQL, "", "CREATE TABLE t (id int AUTO_INCREMENT PRIMARY KEY);",
				  "CREATE TABLE t (id bigint AUTO_INCREMENT PRIMARY KEY);"})},
	{.id = "prefer-bigint",
	 .title = "an integer of 32 bits or less",
	 .dialects = IW_ON_POSTGRES | IW_ON_MYSQL,
	 .why = "Counters and references outgrow 32 bits sooner than expected, and widening a column rewrites the "
		"table. For projects that want bigint everywhere.",
	 ROW(is_small_integer, "is an integer of at most 32 bits", "Use bigint."),
	 .examples = IW_EXAMPLES({IW_POSTGRES, IW_USERS, "ALTER TABLE users ADD COLUMN points int;",
				  "ALTER TABLE users ADD COLUMN points bigint;"},
				 {IW_MYSQL, IW_USERS_MYSQL, "ALTER TABLE users ADD COLUMN points int;",
				  "ALTER TABLE users ADD COLUMN points bigint;"})},
	{.id = "prefer-identity",
	 .title = "serial instead of an identity column",
	 .dialects = IW_ON_POSTGRES,
	 .why = "serial is a shorthand that leaves a sequence with its own owner, grants and default behind; an "
		"identity column is the standard's form, and GENERATED ALWAYS also keeps code from inserting "
		"numbers of its own.",
	 ROW(is_serial_column, "is serial", "Use GENERATED ALWAYS AS IDENTITY (or BY DEFAULT)."),
	 .examples = IW_EXAMPLES({IW_POSTGRES, "", "CREATE TABLE t (id bigserial PRIMARY KEY);",
				  "CREATE TABLE t (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);"})},
	{.id = "prefer-text",
	 .title = "varchar(n) instead of text",
	 .dialects = IW_ON_POSTGRES,
	 .why = "On PostgreSQL varchar(n) is stored like text. The limit is part of the type, so narrowing it later "
		"rewrites the table; a CHECK can be changed without.",
	 ROW(is_limited_text, "is a varchar with a length",
	     "Use text, with a CHECK on its length where one is needed."),
	 .examples = IW_EXAMPLES({IW_POSTGRES, IW_USERS, "ALTER TABLE users ADD COLUMN nick varchar(50);",
				  "ALTER TABLE users ADD COLUMN nick text;"})},
	{.id = "avoid-char",
	 .title = "a char(n) column",
	 .dialects = IW_ON_POSTGRES,
	 .why = "char(n) is padded with blanks that comparisons ignore and functions see; it is neither smaller nor "
		"faster than text.",
	 ROW(is_char, "is padded with blanks to its length", "Use text."),
	 .examples = IW_EXAMPLES({IW_POSTGRES, IW_USERS, "ALTER TABLE users ADD COLUMN code char(3);",
				  "ALTER TABLE users ADD COLUMN code text;"})},
	{.id = "prefer-timestamptz",
	 .title = "a timestamp without time zone",
	 .dialects = IW_ON_POSTGRES,
	 .why = "timestamp without time zone is a clock on a wall: what instant it means depends on who reads it. "
		"timestamptz costs the same 8 bytes and is an instant.",
	 ROW(is_plain_timestamp, "is a timestamp without time zone", "Use timestamptz."),
	 .examples = IW_EXAMPLES({IW_POSTGRES, IW_USERS, "ALTER TABLE users ADD COLUMN seen timestamp;",
				  "ALTER TABLE users ADD COLUMN seen timestamptz;"})},
	{.id = "avoid-timetz",
	 .title = "a time with time zone",
	 .dialects = IW_ON_POSTGRES,
	 .why = "Without a date an offset says little: zones change theirs twice a year. PostgreSQL has the type only "
		"because the standard has it.",
	 ROW(is_timetz, "is a time of day with an offset", "Use time, or timestamptz for instants."),
	 .examples = IW_EXAMPLES({IW_POSTGRES, IW_USERS, "ALTER TABLE users ADD COLUMN wakes timetz;",
				  "ALTER TABLE users ADD COLUMN wakes time;"})},
	{.id = "avoid-timestamp-rounding",
	 .title = "a timestamp that is rounded to seconds",
	 .dialects = IW_ON_POSTGRES,
	 .why = "timestamp(0) rounds, it does not cut: half of all values lie up to half a second in the future.",
	 ROW(is_rounded_timestamp, "rounds to the next second",
	     "Leave the precision out; use date_trunc() to show it."),
	 .examples = IW_EXAMPLES({IW_POSTGRES, IW_USERS, "ALTER TABLE users ADD COLUMN seen timestamptz(0);",
				  "ALTER TABLE users ADD COLUMN seen timestamptz;"})},
	{.id = "prefer-jsonb",
	 .title = "json instead of jsonb",
	 .dialects = IW_ON_POSTGRES,
	 .why = "json keeps the text and parses it at every use, has no equality and can hardly be indexed.",
	 ROW(is_json, "is json", "Use jsonb, unless the exact text must be kept."),
	 .examples = IW_EXAMPLES({IW_POSTGRES, "", "CREATE TABLE t (id bigint, data json);",
				  "CREATE TABLE t (id bigint, data jsonb);"})},
	{.id = "avoid-money",
	 .title = "a money column",
	 .dialects = IW_ON_POSTGRES,
	 .why = "How money is read and printed depends on the server's lc_monetary, and it knows no currency.",
	 ROW(is_money, "is money", "Use numeric, and a column for the currency."),
	 .examples = IW_EXAMPLES({IW_POSTGRES, IW_USERS, "ALTER TABLE users ADD COLUMN balance money;",
				  "ALTER TABLE users ADD COLUMN balance numeric(12,2);"})},
	{.id = "avoid-float",
	 .title = "a floating point column",
	 .dialects = IW_ON_POSTGRES | IW_ON_MYSQL,
	 .why = "Binary fractions cannot hold 0.1: sums drift and equality surprises. Right for measurements, wrong "
		"for money and counts.",
	 ROW(is_float, "is a floating point number", "Use numeric (decimal) where values must be exact."),
	 .examples = IW_EXAMPLES({IW_POSTGRES, IW_USERS, "ALTER TABLE users ADD COLUMN rate real;",
				  "ALTER TABLE users ADD COLUMN rate numeric;"},
				 {IW_MYSQL, IW_USERS_MYSQL, "ALTER TABLE users ADD COLUMN rate double;",
				  "ALTER TABLE users ADD COLUMN rate decimal(10,2);"})},
	{.id = "avoid-old-types",
	 .title = "hstore or xml",
	 .dialects = IW_ON_POSTGRES,
	 .why = "hstore and xml are kept for old schemas; jsonb has more operators, indexes and friends.",
	 ROW(is_old, "has a type of the past", "Use jsonb."),
	 .examples = IW_EXAMPLES({IW_POSTGRES, IW_USERS, "ALTER TABLE users ADD COLUMN extra xml;",
				  "ALTER TABLE users ADD COLUMN extra jsonb;"})},
	{.id = "nullable-boolean",
	 .title = "a boolean with three values",
	 .dialects = IW_ON_ALL,
	 .why = "A boolean that may be NULL has three values, and WHERE NOT flag leaves out the third.",
	 ROW(is_nullable_boolean, "is a boolean that may be NULL", "Give it a default and NOT NULL."),
	 .examples = IW_EXAMPLES({IW_POSTGRES, IW_USERS, "ALTER TABLE users ADD COLUMN active boolean;",
				  "ALTER TABLE users ADD COLUMN active boolean NOT NULL DEFAULT true;"},
				 {IW_MYSQL, IW_USERS_MYSQL, "ALTER TABLE users ADD COLUMN active boolean;",
				  "ALTER TABLE users ADD COLUMN active boolean NOT NULL DEFAULT true;"},
				 {IW_SQLITE, "CREATE TABLE users (id integer PRIMARY KEY);",
				  "ALTER TABLE users ADD COLUMN active boolean;",
				  "ALTER TABLE users ADD COLUMN active boolean NOT NULL DEFAULT true;"})},
	{.id = "avoid-timestamp-2038",
	 .title = "a TIMESTAMP of MySQL ends in 2038",
	 .dialects = IW_ON_MYSQL,
	 .why = "TIMESTAMP holds 32 bits of seconds: values end on 19 January 2038. (MariaDB 11.5 goes on to 2106.)",
	 ROW(is_timestamp_2038, "ends in January 2038", "Use datetime, and write UTC."),
	 .examples = IW_EXAMPLES({IW_MYSQL, IW_USERS_MYSQL, "ALTER TABLE users ADD COLUMN seen timestamp NULL;",
				  "ALTER TABLE users ADD COLUMN seen datetime;"})},
	{.id = "avoid-enum-column",
	 .title = "an ENUM or SET column",
	 .dialects = IW_ON_MYSQL,
	 .why = "The list of values is part of the column: all changes but adding one at the end copy the table.",
	 ROW(is_inline_enum, "has its list of values in its type", "Use a table of values, or a varchar with a CHECK."),
	 .examples = IW_EXAMPLES({IW_MYSQL, IW_USERS_MYSQL, "ALTER TABLE users ADD COLUMN mood enum('a', 'b');",
				  "ALTER TABLE users ADD COLUMN mood varchar(20);"})},
};
