/*
 * Sizes. Small databases are counted exactly. In large ones nothing is scanned: rows come from sqlite_stat1 (ANALYZE)
 * or from the highest rowid, which is too high where rows were deleted; bytes are the file's, shared out by rows.
 */
#include "driver/sqlite/sqlite_internal.h"
#include "sql/sql.h"

#include <string.h>
#include <sys/statvfs.h>

/* Up to this size every page may be read: some hundredths of a second. */
#define SMALL_BYTES (32.0 * 1024 * 1024)

struct survey {
	iw_connection *connection;
	iw_arena *arena;
	struct iw_statistics *statistics;
	bool is_small;
};

static guint hash_name(const void *name)
{
	g_autofree char *lower = g_ascii_strdown(name, -1);
	return g_str_hash(lower);
}

static gboolean equal_names(const void *a, const void *b)
{
	return g_ascii_strcasecmp(a, b) == 0;
}

/* The number that a query gives; -1 when it gives none or fails. */
static double number(struct survey *survey, const char *sql)
{
	g_autofree char *value = iw_query_value(survey->connection, sql, NULL);
	return value != NULL ? g_ascii_strtod(value, NULL) : -1;
}

static double count_rows(struct survey *survey, const char *table, bool has_rowid)
{
	const char *quoted = iw_quote(survey->arena, IW_SQLITE, table);
	if (survey->is_small)
		return number(survey, iw_arena_printf(survey->arena, "SELECT count(*) FROM main.%s", quoted));
	if (!has_rowid)
		return -1;
	return number(survey, iw_arena_printf(survey->arena, "SELECT coalesce(max(rowid), 0) FROM main.%s", quoted));
}

static bool survey_tables(struct survey *survey, GError **error)
{
	g_autoptr(iw_rows) rows = iw_query(
		survey->connection,
		"SELECT name, wr, type FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'virtual') "
		"AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
		error);
	if (rows == NULL)
		return false;
	for (guint i = 0; i < iw_rows_count(rows); i++) {
		struct iw_table_statistics *table = iw_new(survey->arena, struct iw_table_statistics);
		bool is_virtual = strcmp(iw_rows_value(rows, i, 2), "virtual") == 0;
		table->name = (struct iw_name){"main", iw_arena_strdup(survey->arena, iw_rows_value(rows, i, 0))};
		table->rows =
			is_virtual ? -1
				   : count_rows(survey, table->name.name, strcmp(iw_rows_value(rows, i, 1), "0") == 0);
		table->writes_per_second = -1;
		table->indexes = iw_arena_ptr_array(survey->arena);
		g_hash_table_insert(survey->statistics->tables, (char *)table->name.name, table);
	}
	return true;
}

/* The first number of sqlite_stat1.stat is the table's row count, for any of its indexes. */
static void read_analyzed(struct survey *survey)
{
	g_autoptr(iw_rows) rows = iw_query(
		survey->connection, "SELECT tbl, max(CAST(stat AS INTEGER)) FROM main.sqlite_stat1 GROUP BY tbl", NULL);
	for (guint i = 0; rows != NULL && !survey->is_small && i < iw_rows_count(rows); i++) {
		const char *name = iw_rows_value(rows, i, 0), *value = iw_rows_value(rows, i, 1);
		struct iw_table_statistics *table =
			name != NULL ? g_hash_table_lookup(survey->statistics->tables, name) : NULL;
		if (table != NULL && value != NULL)
			table->rows = g_ascii_strtod(value, NULL);
	}
}

static void list_indexes(struct survey *survey)
{
	g_autoptr(iw_rows) rows = iw_query(survey->connection,
					   "SELECT tbl_name, name FROM main.sqlite_schema WHERE type = 'index'", NULL);
	for (guint i = 0; rows != NULL && i < iw_rows_count(rows); i++) {
		struct iw_table_statistics *table =
			g_hash_table_lookup(survey->statistics->tables, iw_rows_value(rows, i, 0));
		if (table != NULL)
			g_ptr_array_add(table->indexes, iw_arena_strdup(survey->arena, iw_rows_value(rows, i, 1)));
	}
}

/* Exact, where the library was built with dbstat. */
static bool measure_bytes(struct survey *survey)
{
	g_autoptr(iw_rows) rows = iw_query(survey->connection,
					   "SELECT s.tbl_name, s.type, sum(d.pgsize) FROM dbstat AS d JOIN "
					   "main.sqlite_schema AS s ON s.name = d.name "
					   "WHERE d.aggregate = 1 GROUP BY 1, 2",
					   NULL);
	for (guint i = 0; rows != NULL && i < iw_rows_count(rows); i++) {
		struct iw_table_statistics *table =
			g_hash_table_lookup(survey->statistics->tables, iw_rows_value(rows, i, 0));
		if (table == NULL)
			continue;
		bool is_index = strcmp(iw_rows_value(rows, i, 1), "index") == 0;
		*(is_index ? &table->index_bytes : &table->bytes) = g_ascii_strtod(iw_rows_value(rows, i, 2), NULL);
	}
	return rows != NULL;
}

static void share_bytes(struct survey *survey)
{
	GHashTableIter iterator;
	void *value;
	double rows = 0;
	g_hash_table_iter_init(&iterator, survey->statistics->tables);
	while (g_hash_table_iter_next(&iterator, NULL, &value))
		rows += MAX(0, ((struct iw_table_statistics *)value)->rows);
	g_hash_table_iter_init(&iterator, survey->statistics->tables);
	while (g_hash_table_iter_next(&iterator, NULL, &value)) {
		struct iw_table_statistics *table = value;
		table->bytes =
			rows > 0 && table->rows > 0 ? survey->statistics->database_bytes * table->rows / rows : 0;
	}
}

static double free_bytes(const struct lite *lite)
{
	struct statvfs status;
	if (lite->path == NULL || statvfs(lite->path, &status) != 0)
		return -1;
	return (double)status.f_bavail * (double)status.f_frsize;
}

struct iw_statistics *iw_lite_statistics(iw_connection *connection, iw_arena *arena, GError **error)
{
	struct iw_statistics *statistics = iw_new(arena, struct iw_statistics);
	struct survey survey = {.connection = connection, .arena = arena, .statistics = statistics};
	statistics->tables = iw_arena_hash_table(arena, hash_name, equal_names);
	statistics->database_bytes =
		number(&survey, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size");
	statistics->free_disk_bytes = free_bytes(lite_of(connection));
	statistics->worst_lag_seconds = -1;
	survey.is_small = statistics->database_bytes >= 0 && statistics->database_bytes <= SMALL_BYTES;
	if (!survey_tables(&survey, error))
		return NULL;
	read_analyzed(&survey);
	list_indexes(&survey);
	if (!survey.is_small || !measure_bytes(&survey))
		share_bytes(&survey);
	return statistics;
}
