/*
 * The live schema. SQLite's catalogue is the text of the CREATE statements, kept up to date by ALTER; reading them with
 * the parser and replaying them gives the schema in the same form that replay of the migrations does. Left out:
 * SQLite's own tables and the tables that virtual tables keep their data in.
 */
#include "base/error.h"
#include "driver/sqlite/sqlite_internal.h"
#include "model/replay.h"
#include "sql/sql.h"

#include <string.h>

struct inspection {
	struct lite *lite;
	iw_arena *arena;
	iw_schema *schema;
	const char *name;	   /* of the schema that is read: "main" */
	const char *const *tables; /* NULL: all */
};

static bool is_wanted(const struct inspection *inspection, const char *table)
{
	if (inspection->tables == NULL)
		return true;
	for (const char *const *wanted = inspection->tables; *wanted != NULL; wanted++)
		if (g_ascii_strcasecmp(*wanted, table) == 0)
			return true;
	return false;
}

static bool is_main(const struct inspection *inspection)
{
	return g_ascii_strcasecmp(inspection->name, "main") == 0;
}

/* Stored statements do not name their schema. */
static void qualify(const struct inspection *inspection, struct iw_statement *statement)
{
	if (is_main(inspection))
		return;
	const char *name = iw_arena_strdup(inspection->arena, inspection->name);
	for (guint i = 0; i < statement->operations->len; i++) {
		struct iw_operation *operation = g_ptr_array_index(statement->operations, i);
		operation->name.schema = name;
		if (operation->table != NULL)
			((struct iw_table *)operation->table)->name.schema = name;
		if (operation->index != NULL)
			((struct iw_index *)operation->index)->table.schema = name;
	}
}

static struct iw_statement *read_statement(const struct inspection *inspection, const char *sql)
{
	g_autoptr(iw_source) source = iw_source_from_text(sql, strlen(sql), "sqlite_schema");
	GPtrArray *statements = iw_read_all(inspection->arena, inspection->lite->base.engine, source, NULL, NULL);
	if (statements == NULL || statements->len != 1)
		return NULL;
	struct iw_statement *statement = g_ptr_array_index(statements, 0);
	const struct iw_operation *first = g_ptr_array_index(statement->operations, 0);
	return first->kind == IW_OP_OPAQUE ? NULL : statement;
}

/* A table whose statement cannot be read (a newer SQLite's syntax): what the library tells of it, marked as not whole.
 */
static bool add_unreadable_table(struct inspection *inspection, const char *table_name, GError **error)
{
	iw_arena *arena = inspection->arena;
	const char *quoted = iw_quote_literal(arena, IW_SQLITE, table_name);
	const char *sql =
		iw_arena_printf(arena, "SELECT name, type, \"notnull\", dflt_value FROM pragma_table_xinfo(%s, %s)",
				quoted, iw_quote_literal(arena, IW_SQLITE, inspection->name));
	g_autoptr(iw_rows) rows = iw_lite_query(&inspection->lite->base, sql, error);
	if (rows == NULL)
		return false;
	struct iw_name name = {is_main(inspection) ? NULL : iw_arena_strdup(arena, inspection->name),
			       iw_arena_strdup(arena, table_name)};
	struct iw_table *table = iw_table_new(arena, name);
	table->is_opaque = true;
	for (guint i = 0; i < iw_rows_count(rows); i++) {
		struct iw_column *column = iw_new(arena, struct iw_column);
		const char *value = iw_rows_value(rows, i, 3);
		column->name = iw_arena_strdup(arena, iw_rows_value(rows, i, 0));
		column->type = iw_type_read(arena, inspection->lite->base.engine, iw_rows_value(rows, i, 1));
		column->not_null = strcmp(iw_rows_value(rows, i, 2), "1") == 0;
		column->default_value =
			value != NULL ? iw_expression_read(arena, inspection->lite->base.engine, value) : NULL;
		g_ptr_array_add(table->columns, column);
	}
	iw_schema_add_table(inspection->schema, table);
	return true;
}

static bool add_object(struct inspection *inspection, const char *type, const char *name, const char *sql,
		       GError **error)
{
	struct iw_statement *statement = read_statement(inspection, sql);
	if (statement != NULL) {
		qualify(inspection, statement);
		if (iw_schema_apply_statement(inspection->schema, statement, NULL))
			return true;
	}
	if (strcmp(type, "table") == 0)
		return add_unreadable_table(inspection, name, error);
	inspection->schema->is_uncertain = true;
	return true;
}

/* Tables and views in the order of their creation, then what stands on them. */
static bool read_schema(struct inspection *inspection, GError **error)
{
	iw_arena *arena = inspection->arena;
	const char *schema = iw_quote(arena, IW_SQLITE, inspection->name);
	const char *sql = iw_arena_printf(arena,
					  "SELECT type, name, tbl_name, sql FROM %s.sqlite_schema AS s WHERE sql IS "
					  "NOT NULL AND name NOT LIKE 'sqlite\\_%%' ESCAPE '\\' "
					  "AND NOT EXISTS (SELECT 1 FROM pragma_table_list AS l WHERE l.type = "
					  "'shadow' AND l.schema = %s COLLATE NOCASE "
					  "AND l.name = s.tbl_name) ORDER BY type = 'trigger', type = 'index', s.rowid",
					  schema, iw_quote_literal(arena, IW_SQLITE, inspection->name));
	g_autoptr(iw_rows) rows = iw_lite_query(&inspection->lite->base, sql, error);
	if (rows == NULL)
		return false;
	for (guint i = 0; i < iw_rows_count(rows); i++) {
		if (!is_wanted(inspection, iw_rows_value(rows, i, 2)))
			continue;
		if (!add_object(inspection, iw_rows_value(rows, i, 0), iw_rows_value(rows, i, 1),
				iw_rows_value(rows, i, 3), error))
			return false;
	}
	return true;
}

iw_schema *iw_lite_inspect(iw_connection *connection, iw_arena *arena, const struct iw_inspect_options *options,
			   GError **error)
{
	static const char *const only_main[] = {"main", NULL};
	bool has_schemas = options != NULL && options->schemas != NULL;
	struct inspection inspection = {
		.lite = lite_of(connection),
		.arena = arena,
		.schema = iw_schema_new(arena, connection->engine),
		.tables = options != NULL ? options->tables : NULL,
	};
	inspection.schema->default_schema = "main";
	for (const char *const *name = has_schemas ? options->schemas : only_main; *name != NULL; name++) {
		inspection.name = *name;
		if (!read_schema(&inspection, error))
			return NULL;
	}
	inspection.schema->is_inspected = true;
	return inspection.schema;
}
