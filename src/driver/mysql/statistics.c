/* Sizes and row estimates of the connected database's tables, and the few numbers about the server beside them. */
#include "driver/mysql/mysql_internal.h"

#include "base/error.h"

#include <string.h>

static double value(const iw_rows *rows, guint row, int column, double otherwise)
{
	const char *text = iw_rows_value(rows, row, column);
	return text != NULL ? g_ascii_strtod(text, NULL) : otherwise;
}

static bool read_tables(iw_connection *connection, iw_arena *arena, struct iw_statistics *statistics, GError **error)
{
	static const char sql[] =
		"SELECT TABLE_NAME, TABLE_ROWS, DATA_LENGTH, INDEX_LENGTH FROM information_schema.tables"
		" WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED')";
	g_autoptr(iw_rows) rows = iw_query(connection, sql, error);
	if (rows == NULL)
		return false;
	for (guint i = 0; i < iw_rows_count(rows); i++) {
		struct iw_table_statistics *table = iw_new(arena, struct iw_table_statistics);
		table->name.schema =
			connection->default_schema != NULL ? iw_arena_strdup(arena, connection->default_schema) : NULL;
		table->name.name = iw_arena_strdup(arena, iw_rows_value(rows, i, 0));
		table->rows = value(rows, i, 1, -1);
		table->bytes = value(rows, i, 2, 0);
		table->index_bytes = value(rows, i, 3, 0);
		table->writes_per_second = -1;
		table->indexes = iw_arena_ptr_array(arena);
		statistics->database_bytes += table->bytes + table->index_bytes;
		g_hash_table_insert(statistics->tables, (char *)table->name.name, table);
	}
	return true;
}

static bool read_indexes(iw_connection *connection, iw_arena *arena, struct iw_statistics *statistics, GError **error)
{
	static const char sql[] = "SELECT TABLE_NAME, INDEX_NAME FROM information_schema.statistics"
				  " WHERE TABLE_SCHEMA = DATABASE() AND SEQ_IN_INDEX = 1";
	g_autoptr(iw_rows) rows = iw_query(connection, sql, error);
	if (rows == NULL)
		return false;
	for (guint i = 0; i < iw_rows_count(rows); i++) {
		struct iw_table_statistics *table = g_hash_table_lookup(statistics->tables, iw_rows_value(rows, i, 0));
		if (table != NULL)
			g_ptr_array_add(table->indexes, iw_arena_strdup(arena, iw_rows_value(rows, i, 1)));
	}
	return true;
}

/* What only some servers and users can tell: -1 otherwise. */
static double optional_number(iw_connection *connection, const char *sql)
{
	g_autoptr(iw_rows) rows = iw_query(connection, sql, NULL);
	return rows != NULL && iw_rows_count(rows) > 0 ? value(rows, 0, 0, -1) : -1;
}

struct iw_statistics *iw_mysql_statistics(iw_connection *connection, iw_arena *arena, GError **error)
{
	struct iw_statistics *statistics = iw_new(arena, struct iw_statistics);
	statistics->tables = iw_arena_hash_table(arena, g_str_hash, g_str_equal);
	statistics->worst_lag_seconds = -1;
	if (!read_tables(connection, arena, statistics, error) || !read_indexes(connection, arena, statistics, error))
		return NULL;
	double replicas = optional_number(connection, "SELECT COUNT(*) FROM information_schema.processlist"
						      " WHERE COMMAND LIKE 'Binlog Dump%'");
	statistics->replicas = replicas > 0 ? (int)replicas : 0;
	statistics->free_disk_bytes = -1;
	if (connection->engine.is_mariadb) /* with the DISKS plugin */
		statistics->free_disk_bytes = optional_number(
			connection, "SELECT d.Available * 1024 FROM information_schema.DISKS d"
				    " WHERE @@datadir LIKE CONCAT(d.Path, '%') ORDER BY LENGTH(d.Path) DESC LIMIT 1");
	return statistics;
}
