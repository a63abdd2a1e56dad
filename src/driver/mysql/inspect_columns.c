/* Columns of a live schema: types, defaults and all that information_schema puts into EXTRA. */
#include "driver/mysql/inspect_internal.h"

#include "sql/sql.h"

#include <string.h>

static bool is_one_of(const char *word, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(word, words[i]) == 0)
			return true;
	return false;
}

/* MySQL's COLUMN_DEFAULT is the bare value: quotes are needed for all but these. */
static bool has_bare_literals(const char *data_type)
{
	static const char *const numeric[] = {"tinyint", "smallint", "mediumint", "int",  "bigint", "decimal",
					      "numeric", "float",    "double",	  "real", "bit",    "year"};
	return is_one_of(data_type, numeric, G_N_ELEMENTS(numeric));
}

static bool is_now(const char *data_type, const char *text)
{
	static const char *const temporal[] = {"timestamp", "datetime"};
	return is_one_of(data_type, temporal, G_N_ELEMENTS(temporal)) &&
	       (g_ascii_strncasecmp(text, "current_timestamp", strlen("current_timestamp")) == 0);
}

static const char *quoted(iw_arena *arena, const char *text)
{
	g_autoptr(GString) out = g_string_new("'");
	for (const char *at = text; *at != '\0'; at++) {
		if (*at == '\'' || *at == '\\')
			g_string_append_c(out, *at);
		g_string_append_c(out, *at);
	}
	g_string_append_c(out, '\'');
	return iw_arena_strdup(arena, out->str);
}

/* Since 10.2.7 MariaDB prints an expression, and NULL as a word. */
static bool prints_expressions(struct iw_engine engine)
{
	return engine.is_mariadb && engine.version >= 100207;
}

static const struct iw_expression *default_of(struct inspection *inspection, struct row row, const char *extra)
{
	struct iw_engine engine = inspection->connection->engine;
	const char *text = iw_mysql_field(row, "COLUMN_DEFAULT"), *data_type = iw_mysql_field(row, "DATA_TYPE");
	if (text == NULL)
		return NULL;
	if (prints_expressions(engine))
		return strcmp(text, "NULL") == 0 ? NULL : iw_expression_read(inspection->arena, engine, text);
	if (strstr(extra, "DEFAULT_GENERATED") != NULL)
		return iw_mysql_expression(inspection, text);
	if (!has_bare_literals(data_type) && !is_now(data_type, text))
		text = quoted(inspection->arena, text);
	return iw_expression_read(inspection->arena, engine, text);
}

static const struct iw_expression *on_update_of(struct inspection *inspection, const char *extra)
{
	static const char words[] = "on update ";
	g_autofree char *lower = g_ascii_strdown(extra, -1);
	const char *at = strstr(lower, words);
	if (at == NULL)
		return NULL;
	at += strlen(words);
	g_autofree char *text = g_strndup(at, strcspn(at, " ,"));
	return iw_expression_read(inspection->arena, inspection->connection->engine, text);
}

static void read_generation(struct inspection *inspection, struct row row, const char *extra, struct iw_column *column)
{
	if (strstr(extra, "VIRTUAL") != NULL)
		column->generated = IW_GENERATED_VIRTUAL;
	else if (strstr(extra, "STORED GENERATED") != NULL || strstr(extra, "PERSISTENT") != NULL)
		column->generated = IW_GENERATED_STORED;
	const char *text = iw_mysql_field(row, "GENERATION_EXPRESSION");
	if (column->generated == IW_NOT_GENERATED)
		return;
	column->default_value = NULL;
	if (text != NULL && text[0] != '\0')
		column->generation = iw_mysql_expression(inspection, text);
}

/* Only what differs from the table's own says that somebody wrote it. */
static void read_charset(struct inspection *inspection, struct row row, const struct iw_table *table,
			 struct iw_column *column)
{
	const char *charset = iw_mysql_field(row, "CHARACTER_SET_NAME"),
		   *collation = iw_mysql_field(row, "COLLATION_NAME");
	if (table->kind == IW_VIEW)
		return;
	if (charset != NULL && g_strcmp0(charset, table->charset) != 0)
		column->type.charset = iw_arena_strdup(inspection->arena, charset);
	if (collation != NULL && g_strcmp0(collation, table->collation) != 0)
		column->collation = iw_arena_strdup(inspection->arena, collation);
}

static struct iw_column *read_column(struct inspection *inspection, struct row row, const struct iw_table *table)
{
	struct iw_column *column = iw_new(inspection->arena, struct iw_column);
	const char *extra = iw_mysql_field(row, "EXTRA");
	extra = extra != NULL ? extra : "";
	column->name = iw_mysql_text(inspection, row, "COLUMN_NAME");
	column->type = iw_type_read(inspection->arena, inspection->connection->engine,
				    iw_mysql_text(inspection, row, "COLUMN_TYPE"));
	column->not_null = strcmp(iw_mysql_field(row, "IS_NULLABLE"), "NO") == 0;
	column->default_value = default_of(inspection, row, extra);
	column->on_update = on_update_of(inspection, extra);
	column->auto_increment = strstr(extra, "auto_increment") != NULL;
	column->is_invisible = strstr(extra, "INVISIBLE") != NULL;
	column->comment = iw_mysql_text(inspection, row, "COLUMN_COMMENT");
	read_generation(inspection, row, extra, column);
	read_charset(inspection, row, table, column);
	return column;
}

bool iw_mysql_inspect_columns(struct inspection *inspection, GError **error)
{
	g_autoptr(iw_rows) rows = iw_mysql_catalogue(inspection, "* FROM information_schema.columns", "TABLE_SCHEMA",
						     "TABLE_NAME", "TABLE_SCHEMA, TABLE_NAME, ORDINAL_POSITION", error);
	if (rows == NULL)
		return false;
	for (guint i = 0; i < iw_rows_count(rows); i++) {
		struct row row = {rows, i};
		struct iw_table *table = iw_mysql_table_of(inspection, row, "TABLE_SCHEMA", "TABLE_NAME");
		if (table != NULL)
			g_ptr_array_add(table->columns, read_column(inspection, row, table));
	}
	return true;
}
