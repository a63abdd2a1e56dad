/* Synthetic rows for a scratch database, so that scans and failures that depend on data show; see trace.h. */
#include "run/trace.h"

#include "base/error.h"
#include "sql/sql.h"

#include <string.h>

struct filling {
	iw_connection *connection;
	iw_arena *arena;
	const iw_schema *schema;
	guint64 rows;
};

/* Values of a type, from the row's number i (1 ...). `match`: the beginning of the type's base name. The n of {n} is
 * its length or precision, {v} the members of an ENUM. */
struct generator {
	enum iw_dialect dialect;
	const char *match;
	const char *sql;
};
/* clang-format off */
static const struct generator GENERATORS[] = {
	{IW_POSTGRES, "smallint", "(i % 32000)::smallint"},
	{IW_POSTGRES, "integer", "i"},
	{IW_POSTGRES, "bigint", "i"},
	{IW_POSTGRES, "numeric", "i % {10}"},
	{IW_POSTGRES, "double precision", "i"},
	{IW_POSTGRES, "real", "i"},
	{IW_POSTGRES, "money", "i::numeric::money"},
	{IW_POSTGRES, "boolean", "i % 2 = 0"},
	{IW_POSTGRES, "text", "'x' || i"},
	{IW_POSTGRES, "citext", "'x' || i"},
	{IW_POSTGRES, "character varying", "right('x' || i, {n})"},
	{IW_POSTGRES, "character", "right('x' || i, {n})"},
	{IW_POSTGRES, "bit varying", "i::bit(32)::bit varying({n})"},
	{IW_POSTGRES, "bit", "i::bit({n})"},
	{IW_POSTGRES, "date", "date '2020-01-01' + (i % 3000)::int"},
	{IW_POSTGRES, "timestamp", "timestamp '2020-01-01' + i * interval '1 minute'"},
	{IW_POSTGRES, "time", "time '00:00' + i * interval '1 second'"},
	{IW_POSTGRES, "interval", "i * interval '1 minute'"},
	{IW_POSTGRES, "uuid", "md5(i::text)::uuid"},
	{IW_POSTGRES, "json", "'{}'"},
	{IW_POSTGRES, "bytea", "decode(md5(i::text), 'hex')"},
	{IW_POSTGRES, "inet", "inet '10.0.0.0' + i"},
	{IW_POSTGRES, "cidr", "'10.0.0.0/8'"},
	{IW_POSTGRES, "tsvector", "to_tsvector('simple', 'x' || i)"},
	{IW_POSTGRES, "xml", "'<x/>'"},
	{IW_MYSQL, "tinyint", "i % 100"},
	{IW_MYSQL, "smallint", "i % 32000"},
	{IW_MYSQL, "mediumint", "i"},
	{IW_MYSQL, "int", "i"},
	{IW_MYSQL, "bigint", "i"},
	{IW_MYSQL, "decimal", "i % {10}"},
	{IW_MYSQL, "float", "i"},
	{IW_MYSQL, "double", "i"},
	{IW_MYSQL, "bit", "1"},
	{IW_MYSQL, "year", "2000 + i % 100"},
	{IW_MYSQL, "varchar", "RIGHT(CONCAT('x', i), {n})"},
	{IW_MYSQL, "char", "RIGHT(CONCAT('x', i), {n})"},
	{IW_MYSQL, "tinytext", "CONCAT('x', i)"},
	{IW_MYSQL, "text", "CONCAT('x', i)"},
	{IW_MYSQL, "mediumtext", "CONCAT('x', i)"},
	{IW_MYSQL, "longtext", "CONCAT('', i)"},
	{IW_MYSQL, "binary", "LEFT(UNHEX(MD5(i)), {n})"},
	{IW_MYSQL, "varbinary", "LEFT(UNHEX(MD5(i)), {n})"},
	{IW_MYSQL, "blob", "UNHEX(MD5(i))"},
	{IW_MYSQL, "longblob", "UNHEX(MD5(i))"},
	{IW_MYSQL, "date", "DATE '2020-01-01' + INTERVAL (i % 3000) DAY"},
	{IW_MYSQL, "datetime", "TIMESTAMP '2020-01-01 00:00:00' + INTERVAL i MINUTE"},
	{IW_MYSQL, "timestamp", "TIMESTAMP '2020-01-01 12:00:00' + INTERVAL i SECOND"},
	{IW_MYSQL, "time", "SEC_TO_TIME(i % 86400)"},
	{IW_MYSQL, "json", "'{}'"},
	{IW_MYSQL, "enum", "1 + i % {v}"},
	{IW_MYSQL, "set", "1"},
	{IW_MYSQL, "uuid", "INSERT(INSERT(INSERT(INSERT(MD5(i), 9, 0, '-'), 14, 0, '-'), 19, 0, '-'), 24, 0, '-')"},
};
/* clang-format on */

static const struct generator *find_generator(enum iw_dialect dialect, const char *base)
{
	const struct generator *best = NULL;
	for (size_t i = 0; i < G_N_ELEMENTS(GENERATORS); i++) {
		const struct generator *one = &GENERATORS[i];
		bool fits = one->dialect == dialect && g_ascii_strncasecmp(base, one->match, strlen(one->match)) == 0;
		if (fits && (best == NULL || strlen(one->match) > strlen(best->match)))
			best = one;
	}
	return best;
}

/* The template with {n}, {10} and {v} put in. */
static const char *generate(const struct filling *filling, const char *template, const struct iw_type *type)
{
	int length = type->arguments[0], whole = length - MAX(type->arguments[1], 0);
	gint64 limit = 1;
	for (int i = 0; i < CLAMP(length > 0 ? whole : 9, 0, 9); i++)
		limit *= 10;
	g_autoptr(GString) sql = g_string_new(template);
	g_autofree char *n = g_strdup_printf("%d", length > 0 ? length : 1000);
	g_autofree char *ten = g_strdup_printf("%" G_GINT64_FORMAT, limit);
	g_autofree char *members = g_strdup_printf("%u", type->values != NULL ? MAX(type->values->len, 1) : 1);
	g_string_replace(sql, "{n}", n, 0);
	g_string_replace(sql, "{10}", ten, 0);
	g_string_replace(sql, "{v}", members, 0);
	return iw_arena_strdup(filling->arena, sql->str);
}

static const char *enum_value(const struct filling *filling, const struct iw_enum *kind)
{
	g_autoptr(GString) sql = g_string_new("(ARRAY[");
	for (guint i = 0; i < kind->values->len; i++)
		g_string_append_printf(
			sql, "%s%s", i > 0 ? ", " : "",
			iw_quote_literal(filling->arena, IW_POSTGRES, g_ptr_array_index(kind->values, i)));
	g_string_append_printf(sql, "])[1 + i %% %u]::%s", MAX(kind->values->len, 1),
			       iw_quote_name(filling->arena, IW_POSTGRES, kind->name));
	return iw_arena_strdup(filling->arena, sql->str);
}

/* SQLite's rules of affinity: anything else than text may as well be a number. */
static const char *lite_value(const struct iw_type *type)
{
	static const char *const TEXTS[] = {"char", "clob", "text"};
	g_autofree char *low = g_ascii_strdown(type->text != NULL ? type->text : "", -1);
	for (size_t i = 0; strstr(low, "int") == NULL && i < G_N_ELEMENTS(TEXTS); i++)
		if (strstr(low, TEXTS[i]) != NULL)
			return "'x' || i";
	return "i";
}

/* SQL of the i-th value; NULL: such a type is not known here. */
static const char *value_of(const struct filling *filling, const struct iw_type *type)
{
	enum iw_dialect dialect = filling->schema->engine.dialect;
	if (dialect == IW_SQLITE)
		return lite_value(type);
	if (type->is_array)
		return "'{}'";
	struct iw_name name = type->user.name != NULL ? type->user : (struct iw_name){NULL, type->base};
	const struct iw_enum *kind = dialect == IW_POSTGRES ? iw_schema_find_enum(filling->schema, name) : NULL;
	const struct iw_domain *domain = dialect == IW_POSTGRES ? iw_schema_find_domain(filling->schema, name) : NULL;
	if (kind != NULL)
		return enum_value(filling, kind);
	if (domain != NULL)
		return value_of(filling, &domain->base);
	const struct generator *generator = find_generator(dialect, type->base);
	return generator == NULL ? NULL : generate(filling, generator->sql, type);
}

static bool gets_its_own(const struct iw_column *column)
{
	return column->generated != IW_NOT_GENERATED || column->identity != IW_NO_IDENTITY || column->auto_increment ||
	       column->serial != IW_NOT_SERIAL;
}

static const char *numbers(const struct filling *filling)
{
	const char *count = iw_arena_printf(filling->arena, "%" G_GUINT64_FORMAT, filling->rows);
	if (filling->schema->engine.dialect == IW_POSTGRES)
		return iw_arena_printf(filling->arena, "FROM generate_series(1, %s) AS i", count);
	static const char DIGITS[] =
		"(SELECT 0 AS d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4"
		" UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL"
		" SELECT 9)";
	g_autoptr(GString) sum = g_string_new("1"), from = g_string_new(NULL);
	guint64 power = 1;
	for (int digit = 0; digit == 0 || power < filling->rows; digit++, power *= 10) {
		g_string_append_printf(sum, " + %" G_GUINT64_FORMAT " * d%d.d", power, digit);
		g_string_append_printf(from, "%s%s d%d", digit > 0 ? " CROSS JOIN " : "", DIGITS, digit);
	}
	return iw_arena_printf(filling->arena, "FROM (SELECT %s AS i FROM %s) n WHERE i <= %s", sum->str, from->str,
			       count);
}

/* NULL with *reason: a column cannot be filled. A table all of whose columns come by themselves has one row. */
static const char *insert_sql(const struct filling *filling, const struct iw_table *table, const char **reason)
{
	enum iw_dialect dialect = filling->schema->engine.dialect;
	g_autoptr(GString) names = g_string_new(NULL), values = g_string_new(NULL);
	for (guint i = 0; i < table->columns->len; i++) {
		const struct iw_column *column = g_ptr_array_index(table->columns, i);
		const char *value = gets_its_own(column) ? NULL : value_of(filling, &column->type);
		if (value == NULL && !gets_its_own(column) && column->not_null && column->default_value == NULL) {
			*reason = iw_arena_printf(filling->arena, "values of type %s are not known (column %s)",
						  column->type.text, column->name);
			return NULL;
		}
		if (value == NULL)
			continue;
		const char *comma = names->len > 0 ? ", " : "";
		g_string_append_printf(names, "%s%s", comma, iw_quote(filling->arena, dialect, column->name));
		g_string_append_printf(values, "%s%s", comma, value);
	}
	const char *name = iw_quote_name(filling->arena, dialect, table->name);
	if (names->len == 0)
		return iw_arena_printf(filling->arena, "INSERT INTO %s %s", name,
				       dialect == IW_MYSQL ? "() VALUES ()" : "DEFAULT VALUES");
	return iw_arena_printf(filling->arena, "INSERT INTO %s (%s) SELECT %s %s", name, names->str, values->str,
			       numbers(filling));
}

/* True when it has rows now. A failure is the table's reason, unless the session itself is at its end. */
static bool fill_table(const struct filling *filling, struct iw_filled *filled, GError **error)
{
	const struct iw_table *table = iw_schema_find_table(filling->schema, filled->table);
	const char *sql = insert_sql(filling, table, &filled->reason);
	GError *failure = NULL;
	if (sql == NULL)
		return false;
	if (iw_execute(filling->connection, sql, &failure)) {
		filled->reason = NULL;
		return true;
	}
	if (failure->code == IW_ERROR_LOST || failure->code == IW_ERROR_INTERRUPTED) {
		g_propagate_error(error, failure);
		return false;
	}
	filled->reason = iw_arena_strdup(filling->arena, failure->message);
	g_error_free(failure);
	return false;
}

/* Views, partitions (their parent's rows go there), other servers' and virtual tables are not filled. */
static bool is_filled(const struct iw_table *table)
{
	return table->kind <= IW_PARTITIONED_TABLE && table->partition_of.name == NULL && !table->is_temporary &&
	       !table->is_opaque;
}

static GPtrArray *tables_to_fill(const struct filling *filling)
{
	GPtrArray *all = iw_arena_ptr_array(filling->arena);
	for (guint i = 0; i < filling->schema->tables->len; i++) {
		const struct iw_table *table = g_ptr_array_index(filling->schema->tables, i);
		if (!is_filled(table))
			continue;
		struct iw_filled *filled = iw_new(filling->arena, struct iw_filled);
		*filled = (struct iw_filled){table->name, "not tried"};
		g_ptr_array_add(all, filled);
	}
	return all;
}

GPtrArray *iw_trace_fill(iw_connection *connection, iw_arena *arena, const iw_schema *schema, guint64 rows,
			 GError **error)
{
	struct filling filling = {connection, arena, schema, rows};
	GPtrArray *all = tables_to_fill(&filling);
	bool is_moving = true;
	/* What references a table that is still empty is refused, and tried again in the next round. */
	while (is_moving) {
		is_moving = false;
		for (guint i = 0; i < all->len; i++) {
			struct iw_filled *filled = g_ptr_array_index(all, i);
			GError *failure = NULL;
			if (filled->reason != NULL && fill_table(&filling, filled, &failure))
				is_moving = true;
			if (failure == NULL)
				continue;
			g_propagate_error(error, failure);
			return NULL;
		}
	}
	if (schema->engine.dialect != IW_MYSQL && !iw_execute(connection, "ANALYZE", error))
		return NULL;
	return all;
}
