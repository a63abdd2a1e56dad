/* Sizes, row estimates and write rates of the tables of a PostgreSQL database. */
#include "driver/postgres/postgres_internal.h"

#include <string.h>

/* A partitioned table has no storage: it is the sum of its leaves. reltuples is -1 before the first ANALYZE. */
static const char tables_query[] =
	"WITH own AS (SELECT c.oid, n.nspname, c.relname, c.relkind,"
	"  CASE WHEN c.reltuples < 0 AND pg_relation_size(c.oid) = 0 THEN 0 ELSE c.reltuples END AS rows,"
	"  pg_table_size(c.oid) AS bytes, pg_indexes_size(c.oid) AS index_bytes,"
	"  s.n_tup_ins + s.n_tup_upd + s.n_tup_del AS writes"
	"  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
	"  LEFT JOIN pg_stat_user_tables s ON s.relid = c.oid"
	"  WHERE c.relkind IN ('r', 'm', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'),"
	" leaves AS (SELECT p.oid, sum(l.rows) AS rows, min(l.rows) AS least, sum(l.bytes) AS bytes,"
	"  sum(l.index_bytes) AS index_bytes, sum(l.writes) AS writes FROM own p"
	"  CROSS JOIN LATERAL pg_partition_tree(p.oid) t JOIN own l ON l.oid = t.relid"
	"  WHERE p.relkind = 'p' AND t.isleaf AND l.relkind <> 'p' GROUP BY p.oid)"
	" SELECT o.nspname, o.relname,"
	"  CASE WHEN o.relkind <> 'p' THEN o.rows WHEN l.least < 0 THEN -1 ELSE coalesce(l.rows, 0) END,"
	"  CASE WHEN o.relkind <> 'p' THEN o.bytes ELSE coalesce(l.bytes, 0) END,"
	"  CASE WHEN o.relkind <> 'p' THEN o.index_bytes ELSE coalesce(l.index_bytes, 0) END,"
	"  CASE WHEN o.relkind <> 'p' THEN o.writes ELSE l.writes END / greatest(1, extract(epoch FROM now() -"
	"   coalesce((SELECT stats_reset FROM pg_stat_database WHERE datname = current_database()),"
	"   pg_postmaster_start_time())))"
	" FROM own o LEFT JOIN leaves l ON l.oid = o.oid";

static const char database_query[] =
	"SELECT pg_database_size(current_database()), count(*), max(extract(epoch FROM replay_lag))"
	" FROM pg_stat_replication";

static const char indexes_query[] =
	"SELECT n.nspname, t.relname, i.relname FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid"
	" JOIN pg_class t ON t.oid = x.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace"
	" WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ORDER BY 3";

static double number(const char *text)
{
	return text == NULL ? -1 : g_ascii_strtod(text, NULL);
}

static char *key_of(const iw_connection *connection, iw_arena *arena, const char *schema, const char *name)
{
	return strcmp(schema, connection->default_schema) == 0 ? iw_arena_strdup(arena, name)
							       : iw_arena_printf(arena, "%s.%s", schema, name);
}

static void read_tables(struct iw_statistics *statistics, const iw_connection *connection, iw_arena *arena,
			const iw_rows *rows)
{
	for (guint row = 0; row < iw_rows_count(rows); row++) {
		struct iw_table_statistics *table = iw_new(arena, struct iw_table_statistics);
		table->name.schema = iw_arena_strdup(arena, iw_rows_value(rows, row, 0));
		table->name.name = iw_arena_strdup(arena, iw_rows_value(rows, row, 1));
		table->rows = number(iw_rows_value(rows, row, 2));
		table->bytes = number(iw_rows_value(rows, row, 3));
		table->index_bytes = number(iw_rows_value(rows, row, 4));
		table->writes_per_second = number(iw_rows_value(rows, row, 5));
		table->indexes = iw_arena_ptr_array(arena);
		g_hash_table_insert(statistics->tables, key_of(connection, arena, table->name.schema, table->name.name),
				    table);
	}
}

static void read_indexes(struct iw_statistics *statistics, const iw_connection *connection, iw_arena *arena,
			 const iw_rows *rows)
{
	for (guint row = 0; row < iw_rows_count(rows); row++) {
		const char *key = key_of(connection, arena, iw_rows_value(rows, row, 0), iw_rows_value(rows, row, 1));
		struct iw_table_statistics *table = g_hash_table_lookup(statistics->tables, key);
		if (table != NULL)
			g_ptr_array_add(table->indexes, iw_arena_strdup(arena, iw_rows_value(rows, row, 2)));
	}
}

struct iw_statistics *iw_postgres_statistics(iw_connection *connection, iw_arena *arena, GError **error)
{
	g_autoptr(iw_rows) tables = iw_postgres_query(connection, tables_query, error);
	g_autoptr(iw_rows) indexes = tables == NULL ? NULL : iw_postgres_query(connection, indexes_query, error);
	g_autoptr(iw_rows) database = indexes == NULL ? NULL : iw_postgres_query(connection, database_query, error);
	if (database == NULL)
		return NULL;
	struct iw_statistics *statistics = iw_new(arena, struct iw_statistics);
	statistics->tables = iw_arena_hash_table(arena, g_str_hash, g_str_equal);
	statistics->database_bytes = number(iw_rows_value(database, 0, 0));
	statistics->free_disk_bytes = -1;
	statistics->replicas = (int)number(iw_rows_value(database, 0, 1));
	statistics->worst_lag_seconds = number(iw_rows_value(database, 0, 2));
	read_tables(statistics, connection, arena, tables);
	read_indexes(statistics, connection, arena, indexes);
	return statistics;
}
