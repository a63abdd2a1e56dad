/* What is kept by its text: partitioning, views, triggers, routines, events. */
#include "driver/mysql/inspect_internal.h"

#include "sql/sql.h"

#include <string.h>

/* "VALUES LESS THAN (2000)", "VALUES LESS THAN MAXVALUE", "VALUES IN (1,2)"; empty for HASH and KEY. */
static void append_bound(GString *out, const char *method, const char *description)
{
	if (description == NULL)
		return;
	if (g_str_has_prefix(method, "LIST"))
		g_string_append_printf(out, strcmp(description, "DEFAULT") == 0 ? " %s" : " VALUES IN (%s)",
				       description);
	else if (strcmp(method, "RANGE") == 0 && strcmp(description, "MAXVALUE") == 0)
		g_string_append(out, " VALUES LESS THAN MAXVALUE");
	else if (g_str_has_prefix(method, "RANGE"))
		g_string_append_printf(out, " VALUES LESS THAN (%s)", description);
	else
		g_string_append_printf(out, " %s", description);
}

static void append_method(GString *out, struct row row, const char *method_column, const char *expression_column)
{
	const char *expression = iw_mysql_field(row, expression_column);
	g_string_append_printf(out, "%s (%s)", iw_mysql_field(row, method_column),
			       expression != NULL ? expression : "");
}

static bool has_bounds(const char *method)
{
	return strstr(method, "HASH") == NULL && strstr(method, "KEY") == NULL;
}

/* Rows [begin, end) are the partitions, times subpartitions, of one table. */
static const char *partition_text(iw_arena *arena, const iw_rows *rows, guint begin, guint end)
{
	struct row first = {rows, begin};
	const char *method = iw_mysql_field(first, "PARTITION_METHOD");
	g_autoptr(GString) out = g_string_new(NULL);
	g_autoptr(GString) list = g_string_new(NULL);
	guint count = 0;
	for (guint i = begin; i < end; i++) {
		struct row row = {rows, i};
		const char *subpartition = iw_mysql_field(row, "SUBPARTITION_ORDINAL_POSITION");
		if (subpartition != NULL && strcmp(subpartition, "1") != 0)
			continue;
		const char *name = iw_mysql_field(row, "PARTITION_NAME");
		g_string_append_printf(list, "%sPARTITION %s", count++ > 0 ? ", " : "",
				       iw_quote(arena, IW_MYSQL, name));
		append_bound(list, method, iw_mysql_field(row, "PARTITION_DESCRIPTION"));
	}
	append_method(out, first, "PARTITION_METHOD", "PARTITION_EXPRESSION");
	if (iw_mysql_field(first, "SUBPARTITION_METHOD") != NULL) {
		g_string_append(out, " SUBPARTITION BY ");
		append_method(out, first, "SUBPARTITION_METHOD", "SUBPARTITION_EXPRESSION");
		g_string_append_printf(out, " SUBPARTITIONS %u", (end - begin) / count);
	}
	if (has_bounds(method))
		g_string_append_printf(out, " (%s)", list->str);
	else
		g_string_append_printf(out, " PARTITIONS %u", count);
	return iw_arena_strdup(arena, out->str);
}

bool iw_mysql_inspect_partitions(struct inspection *inspection, GError **error)
{
	g_autoptr(iw_rows) rows = iw_mysql_catalogue(
		inspection, "* FROM information_schema.partitions", "PARTITION_NAME IS NOT NULL AND TABLE_SCHEMA",
		"TABLE_NAME", "TABLE_SCHEMA, TABLE_NAME, PARTITION_ORDINAL_POSITION, SUBPARTITION_ORDINAL_POSITION",
		error);
	if (rows == NULL)
		return false;
	guint count = iw_rows_count(rows);
	for (guint begin = 0, end; begin < count; begin = end) {
		struct iw_table *table =
			iw_mysql_table_of(inspection, (struct row){rows, begin}, "TABLE_SCHEMA", "TABLE_NAME");
		for (end = begin + 1; end < count; end++)
			if (iw_mysql_table_of(inspection, (struct row){rows, end}, "TABLE_SCHEMA", "TABLE_NAME") !=
			    table)
				break;
		if (table == NULL)
			continue;
		table->kind = IW_PARTITIONED_TABLE;
		table->partition_by = partition_text(inspection->arena, rows, begin, end);
	}
	return true;
}

bool iw_mysql_inspect_views(struct inspection *inspection, GError **error)
{
	g_autoptr(iw_rows) rows = iw_mysql_catalogue(inspection, "* FROM information_schema.views", "TABLE_SCHEMA",
						     "TABLE_NAME", "TABLE_SCHEMA, TABLE_NAME", error);
	if (rows == NULL)
		return false;
	for (guint i = 0; i < iw_rows_count(rows); i++) {
		struct row row = {rows, i};
		struct iw_table *table = iw_mysql_table_of(inspection, row, "TABLE_SCHEMA", "TABLE_NAME");
		if (table != NULL)
			table->definition = iw_mysql_text(inspection, row, "VIEW_DEFINITION");
	}
	return true;
}

static struct iw_object *new_object(struct inspection *inspection, enum iw_object_kind kind, struct iw_name name,
				    const char *definition)
{
	struct iw_object *object = iw_new(inspection->arena, struct iw_object);
	object->kind = kind;
	object->name = name;
	object->definition = definition;
	return object;
}

bool iw_mysql_inspect_triggers(struct inspection *inspection, GError **error)
{
	g_autoptr(iw_rows) rows = iw_mysql_catalogue(
		inspection, "* FROM information_schema.triggers", "EVENT_OBJECT_SCHEMA", "EVENT_OBJECT_TABLE",
		"EVENT_OBJECT_SCHEMA, EVENT_OBJECT_TABLE, EVENT_MANIPULATION, ACTION_TIMING, ACTION_ORDER", error);
	if (rows == NULL)
		return false;
	for (guint i = 0; i < iw_rows_count(rows); i++) {
		struct row row = {rows, i};
		struct iw_table *table =
			iw_mysql_table_of(inspection, row, "EVENT_OBJECT_SCHEMA", "EVENT_OBJECT_TABLE");
		if (table == NULL)
			continue;
		struct iw_name name = {NULL, iw_mysql_text(inspection, row, "TRIGGER_NAME")};
		const char *definition =
			iw_arena_printf(inspection->arena, "CREATE TRIGGER %s %s %s ON %s FOR EACH ROW %s",
					iw_quote(inspection->arena, IW_MYSQL, name.name),
					iw_mysql_field(row, "ACTION_TIMING"), iw_mysql_field(row, "EVENT_MANIPULATION"),
					iw_quote(inspection->arena, IW_MYSQL, table->name.name),
					iw_mysql_field(row, "ACTION_STATEMENT"));
		g_ptr_array_add(table->triggers, new_object(inspection, IW_OBJECT_TRIGGER, name, definition));
	}
	return true;
}

static enum iw_object_kind routine_kind(const char *type)
{
	if (strcmp(type, "FUNCTION") == 0)
		return IW_OBJECT_FUNCTION;
	return strcmp(type, "PROCEDURE") == 0 ? IW_OBJECT_PROCEDURE : IW_OBJECT_OTHER;
}

/* "`a` int(11), `b` varchar(3)" of one routine; the row without position is what a function returns. */
static const char *parameter_list(struct inspection *inspection, const iw_rows *rows, struct row routine)
{
	g_autoptr(GString) out = g_string_new(NULL);
	const char *type = iw_mysql_field(routine, "ROUTINE_TYPE");
	for (guint i = 0; i < iw_rows_count(rows); i++) {
		struct row row = {rows, i};
		const char *mode = iw_mysql_field(row, "PARAMETER_MODE");
		if (mode == NULL || strcmp(iw_mysql_field(row, "ROUTINE_TYPE"), type) != 0 ||
		    strcmp(iw_mysql_field(row, "SPECIFIC_NAME"), iw_mysql_field(routine, "SPECIFIC_NAME")) != 0 ||
		    strcmp(iw_mysql_field(row, "SPECIFIC_SCHEMA"), iw_mysql_field(routine, "ROUTINE_SCHEMA")) != 0)
			continue;
		g_string_append(out, out->len > 0 ? ", " : "");
		if (strcmp(type, "PROCEDURE") == 0)
			g_string_append_printf(out, "%s ", mode);
		const char *name = iw_mysql_field(row, "PARAMETER_NAME");
		g_string_append_printf(out, "%s %s", iw_quote(inspection->arena, IW_MYSQL, name != NULL ? name : ""),
				       iw_mysql_field(row, "DTD_IDENTIFIER"));
	}
	return iw_arena_strdup(inspection->arena, out->str);
}

/* The body is hidden from users that neither own the routine nor may read all: then the definition is not known. */
static const char *routine_text(struct inspection *inspection, const iw_rows *parameters, struct row row,
				struct iw_name name)
{
	const char *body = iw_mysql_field(row, "ROUTINE_DEFINITION"), *returns = iw_mysql_field(row, "DTD_IDENTIFIER");
	if (body == NULL)
		return NULL;
	return iw_arena_printf(
		inspection->arena, "CREATE %s %s(%s)%s%s %s%s", iw_mysql_field(row, "ROUTINE_TYPE"),
		iw_quote(inspection->arena, IW_MYSQL, name.name), parameter_list(inspection, parameters, row),
		returns != NULL ? " RETURNS " : "", returns != NULL ? returns : "",
		g_strcmp0(iw_mysql_field(row, "IS_DETERMINISTIC"), "YES") == 0 ? "DETERMINISTIC " : "", body);
}

bool iw_mysql_inspect_routines(struct inspection *inspection, GError **error)
{
	g_autoptr(iw_rows) parameters =
		iw_mysql_catalogue(inspection, "* FROM information_schema.parameters", "SPECIFIC_SCHEMA", NULL,
				   "SPECIFIC_SCHEMA, SPECIFIC_NAME, ORDINAL_POSITION", error);
	if (parameters == NULL)
		return false;
	g_autoptr(iw_rows) rows = iw_mysql_catalogue(inspection, "* FROM information_schema.routines", "ROUTINE_SCHEMA",
						     NULL, "ROUTINE_SCHEMA, ROUTINE_TYPE, ROUTINE_NAME", error);
	if (rows == NULL)
		return false;
	for (guint i = 0; i < iw_rows_count(rows); i++) {
		struct row row = {rows, i};
		struct iw_name name = iw_mysql_catalogue_name(inspection, iw_mysql_field(row, "ROUTINE_SCHEMA"),
							      iw_mysql_field(row, "ROUTINE_NAME"));
		g_ptr_array_add(inspection->schema->objects,
				new_object(inspection, routine_kind(iw_mysql_field(row, "ROUTINE_TYPE")), name,
					   routine_text(inspection, parameters, row, name)));
	}
	return true;
}

bool iw_mysql_inspect_events(struct inspection *inspection, GError **error)
{
	g_autoptr(iw_rows) rows = iw_mysql_catalogue(inspection, "* FROM information_schema.events", "EVENT_SCHEMA",
						     NULL, "EVENT_SCHEMA, EVENT_NAME", error);
	if (rows == NULL)
		return false;
	for (guint i = 0; i < iw_rows_count(rows); i++) {
		struct row row = {rows, i};
		struct iw_name name = iw_mysql_catalogue_name(inspection, iw_mysql_field(row, "EVENT_SCHEMA"),
							      iw_mysql_field(row, "EVENT_NAME"));
		const char *at = iw_mysql_field(row, "EXECUTE_AT"), *every = iw_mysql_field(row, "INTERVAL_VALUE");
		const char *unit = iw_mysql_field(row, "INTERVAL_FIELD");
		const char *schedule = at != NULL ? iw_arena_printf(inspection->arena, "AT '%s'", at)
						  : iw_arena_printf(inspection->arena, "EVERY %s %s", every, unit);
		const char *definition = iw_arena_printf(inspection->arena, "CREATE EVENT %s ON SCHEDULE %s DO %s",
							 iw_quote(inspection->arena, IW_MYSQL, name.name), schedule,
							 iw_mysql_field(row, "EVENT_DEFINITION"));
		g_ptr_array_add(inspection->schema->objects, new_object(inspection, IW_OBJECT_EVENT, name, definition));
	}
	return true;
}
