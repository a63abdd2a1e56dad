/* A live MySQL or MariaDB schema: tables and sequences, and the order in which the rest is read; see inspect_internal.h
 * and, for the form of what is read, the head of model/schema.h. */
#include "driver/mysql/inspect_internal.h"

#include "base/error.h"
#include "sql/sql.h"

#include <string.h>

iw_rows *iw_mysql_catalogue(struct inspection *inspection, const char *what_from, const char *schema_column,
			    const char *table_column, const char *order, GError **error)
{
	g_autoptr(GString) sql = g_string_new("SELECT ");
	g_string_append_printf(sql, "%s WHERE %s IN (%s)", what_from, schema_column, inspection->schemas);
	if (inspection->tables != NULL && table_column != NULL)
		g_string_append_printf(sql, " AND %s IN (%s)", table_column, inspection->tables);
	if (order != NULL)
		g_string_append_printf(sql, " ORDER BY %s", order);
	return iw_query(inspection->connection, sql->str, error);
}

const char *iw_mysql_field(struct row row, const char *name)
{
	for (int i = 0; i < row.rows->columns; i++)
		if (g_ascii_strcasecmp(g_ptr_array_index(row.rows->names, (guint)i), name) == 0)
			return iw_rows_value(row.rows, row.index, i);
	return NULL;
}

const char *iw_mysql_text(struct inspection *inspection, struct row row, const char *name)
{
	const char *value = iw_mysql_field(row, name);
	return value != NULL && value[0] != '\0' ? iw_arena_strdup(inspection->arena, value) : NULL;
}

struct iw_name iw_mysql_catalogue_name(struct inspection *inspection, const char *schema, const char *name)
{
	const char *default_schema = inspection->connection->default_schema;
	bool is_default = schema == NULL || (default_schema != NULL && strcmp(schema, default_schema) == 0);
	return (struct iw_name){is_default ? NULL : iw_arena_strdup(inspection->arena, schema),
				iw_arena_strdup(inspection->arena, name)};
}

struct iw_table *iw_mysql_table_of(struct inspection *inspection, struct row row, const char *schema_column,
				   const char *table_column)
{
	const char *schema = iw_mysql_field(row, schema_column), *name = iw_mysql_field(row, table_column);
	const char *default_schema = inspection->connection->default_schema;
	if (g_strcmp0(schema, default_schema) == 0)
		schema = NULL;
	struct iw_table *last = inspection->last;
	if (last != NULL && strcmp(last->name.name, name) == 0 && g_strcmp0(last->name.schema, schema) == 0)
		return last;
	inspection->last = iw_schema_find_table(inspection->schema, (struct iw_name){schema, name});
	return inspection->last;
}

/* MySQL prints _utf8mb4\'it\\\'s\' for _utf8mb4'it\'s'. */
static const char *unescape(iw_arena *arena, const char *text)
{
	char *out = iw_arena_strdup(arena, text), *to = out;
	for (const char *from = out; *from != '\0'; from++) {
		if (from[0] == '\\' && (from[1] == '\'' || from[1] == '\\'))
			from++;
		*to++ = *from;
	}
	*to = '\0';
	return out;
}

const struct iw_expression *iw_mysql_expression(struct inspection *inspection, const char *text)
{
	struct iw_engine engine = inspection->connection->engine;
	if (!engine.is_mariadb)
		text = unescape(inspection->arena, text);
	return iw_expression_read(inspection->arena, engine, text);
}

static int compare_words(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* "row_format=DYNAMIC partitioned" becomes "row_format=dynamic"; backticks round keys of engine options stay away. */
static const char *table_options(iw_arena *arena, const char *created, bool is_versioned)
{
	g_autofree char *lower = g_ascii_strdown(created != NULL ? created : "", -1);
	g_auto(GStrv) words = g_strsplit_set(lower, " ", -1);
	qsort(words, g_strv_length(words), sizeof *words, compare_words);
	g_autoptr(GString) out = g_string_new(is_versioned ? "system_versioned" : NULL);
	for (char **word = words; *word != NULL; word++)
		if (**word != '\0' && strcmp(*word, "partitioned") != 0)
			g_string_append_printf(out, "%s%s", out->len > 0 ? " " : "", *word);
	return out->len > 0 ? iw_arena_strdup(arena, out->str) : NULL;
}

static void add_sequence(struct inspection *inspection, struct iw_name name)
{
	struct iw_sequence *sequence = iw_new(inspection->arena, struct iw_sequence);
	sequence->name = name;
	sequence->type = "bigint";
	g_ptr_array_add(inspection->schema->sequences, sequence);
}

static void add_table(struct inspection *inspection, struct row row, struct iw_name name, const char *type)
{
	struct iw_table *table = iw_table_new(inspection->arena, name);
	if (g_str_has_suffix(type, "VIEW")) {
		table->kind = IW_VIEW;
		iw_schema_add_table(inspection->schema, table);
		return;
	}
	table->kind = IW_TABLE;
	table->engine = iw_mysql_text(inspection, row, "ENGINE");
	table->collation = iw_mysql_text(inspection, row, "TABLE_COLLATION");
	if (table->collation != NULL)
		table->charset = iw_arena_strndup(inspection->arena, table->collation, strcspn(table->collation, "_"));
	table->comment = iw_mysql_text(inspection, row, "TABLE_COMMENT");
	table->options = table_options(inspection->arena, iw_mysql_field(row, "CREATE_OPTIONS"),
				       strcmp(type, "SYSTEM VERSIONED") == 0);
	iw_schema_add_table(inspection->schema, table);
}

static bool read_tables(struct inspection *inspection, GError **error)
{
	g_autoptr(iw_rows) rows = iw_mysql_catalogue(
		inspection,
		"TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, ENGINE, TABLE_COLLATION, CREATE_OPTIONS, TABLE_COMMENT"
		" FROM information_schema.tables",
		"TABLE_SCHEMA", "TABLE_NAME", "TABLE_SCHEMA, TABLE_NAME", error);
	if (rows == NULL)
		return false;
	for (guint i = 0; i < iw_rows_count(rows); i++) {
		struct row row = {rows, i};
		const char *type = iw_mysql_field(row, "TABLE_TYPE");
		struct iw_name name = iw_mysql_catalogue_name(inspection, iw_mysql_field(row, "TABLE_SCHEMA"),
							      iw_mysql_field(row, "TABLE_NAME"));
		if (strcmp(type, "SEQUENCE") == 0)
			add_sequence(inspection, name);
		else if (!g_str_has_prefix(type, "TEMPORARY"))
			add_table(inspection, row, name, type);
	}
	return true;
}

/* "'a', 'b'"; nothing matches when there are none. */
static const char *name_list(iw_arena *arena, const char *const *names)
{
	g_autoptr(GString) out = g_string_new(NULL);
	for (; *names != NULL; names++)
		g_string_append_printf(out, "%s%s", out->len > 0 ? ", " : "", iw_mysql_literal(arena, *names));
	return iw_arena_strdup(arena, out->len > 0 ? out->str : "NULL");
}

static bool (*const parts[])(struct inspection *, GError **) = {
	read_tables,
	iw_mysql_inspect_columns,
	iw_mysql_inspect_indexes,
	iw_mysql_inspect_foreign_keys,
	iw_mysql_inspect_checks,
	iw_mysql_inspect_partitions,
	iw_mysql_inspect_views,
	iw_mysql_inspect_triggers,
	iw_mysql_inspect_routines,
	iw_mysql_inspect_events,
};

iw_schema *iw_mysql_inspect(iw_connection *connection, iw_arena *arena, const struct iw_inspect_options *options,
			    GError **error)
{
	const char *only_default[] = {connection->default_schema, NULL};
	const char *const *schemas = options != NULL && options->schemas != NULL ? options->schemas : only_default;
	struct inspection inspection = {.connection = connection, .arena = arena};
	inspection.schema = iw_schema_new(arena, connection->engine);
	inspection.schema->default_schema = iw_arena_strdup(arena, connection->default_schema);
	inspection.schema->is_inspected = true;
	inspection.schemas = name_list(arena, schemas);
	if (options != NULL && options->tables != NULL)
		inspection.tables = name_list(arena, options->tables);
	for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
		if (!parts[i](&inspection, error))
			return NULL;
	return inspection.schema;
}
