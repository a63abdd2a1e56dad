/*
 * Inspecting a PostgreSQL schema; see inspect_internal.h.
 *
 * All queries see one snapshot (unless the caller's own transaction sees several), under a search_path of the default
 * schema alone, so that the server prints names of other schemas with their schema and those of this one without.
 * View definitions are deparsed under ACCESS SHARE on what the view reads; nothing else is locked.
 */
#include "driver/postgres/inspect_internal.h"

#include "sql/sql.h"

static const struct catalogue_query *const queries[] = {
	&iw_postgres_tables_query,    &iw_postgres_parents_query,  &iw_postgres_columns_query,
	&iw_postgres_indexes_query,   &iw_postgres_keys_query,	   &iw_postgres_constraints_query,
	&iw_postgres_enums_query,     &iw_postgres_domains_query,  &iw_postgres_domain_checks_query,
	&iw_postgres_sequences_query, &iw_postgres_triggers_query, &iw_postgres_policies_query,
	&iw_postgres_functions_query, &iw_postgres_objects_query,
};

static void append_list(GString *sql, iw_arena *arena, const char *const *names)
{
	g_string_append(sql, " IN (");
	for (const char *const *name = names; *name != NULL; name++)
		g_string_append_printf(sql, "%s%s", name == names ? "" : ", ",
				       iw_quote_literal(arena, IW_POSTGRES, *name));
	g_string_append(sql, names[0] == NULL ? "NULL)" : ")");
}

static void set_conditions(struct inspection *inspection, const struct iw_inspect_options *options)
{
	const char *const only_default[] = {inspection->schema->default_schema, NULL};
	const char *const *schemas = options != NULL && options->schemas != NULL ? options->schemas : only_default;
	GString *sql = g_string_new("n.nspname");
	append_list(sql, inspection->arena, schemas);
	inspection->schemas = iw_arena_strdup(inspection->arena, sql->str);
	if (options != NULL && options->tables != NULL) {
		g_string_append(sql, " AND c.relname");
		append_list(sql, inspection->arena, options->tables);
	}
	inspection->relations = iw_arena_strdup(inspection->arena, sql->str);
	g_string_free(sql, TRUE);
}

static bool ask(struct inspection *inspection, const struct catalogue_query *query, GError **error)
{
	const struct postgres_words words[] = {
		{"@relations@", inspection->relations},
		{"@schemas@", inspection->schemas},
		{NULL, NULL},
	};
	g_autofree char *sql = iw_postgres_adapt(words, inspection->connection->engine.version, query->sql);
	g_autoptr(iw_rows) rows = iw_postgres_query(inspection->connection, sql, error);
	inspection->rows = rows;
	for (inspection->row = 0; rows != NULL && inspection->row < iw_rows_count(rows); inspection->row++)
		query->read(inspection);
	return rows != NULL;
}

static bool ask_all(struct inspection *inspection, GError **error)
{
	for (size_t i = 0; i < G_N_ELEMENTS(queries); i++)
		if (!ask(inspection, queries[i], error))
			return false;
	return true;
}

/* For the transaction that is open, the session when none is: the path before, to be put back. */
static char *set_search_path(struct inspection *inspection, GError **error)
{
	const char *schema = iw_quote(inspection->arena, IW_POSTGRES, inspection->schema->default_schema);
	const char *sql = iw_arena_printf(inspection->arena,
					  "SELECT old, set_config('search_path', %s, true)"
					  " FROM (SELECT current_setting('search_path') AS old OFFSET 0) s",
					  iw_quote_literal(inspection->arena, IW_POSTGRES, schema));
	return iw_query_value(inspection->connection, sql, error);
}

static bool reset_search_path(struct inspection *inspection, const char *path, GError **error)
{
	const char *sql = iw_arena_printf(inspection->arena, "SELECT set_config('search_path', %s, true)",
					  iw_quote_literal(inspection->arena, IW_POSTGRES, path));
	g_autofree char *value = iw_query_value(inspection->connection, sql, error);
	return value != NULL;
}

static bool inspect_in_transaction(struct inspection *inspection, GError **error)
{
	g_autofree char *path = set_search_path(inspection, error);
	return path != NULL && ask_all(inspection, error) && reset_search_path(inspection, path, error);
}

static bool inspect_in_snapshot(struct inspection *inspection, GError **error)
{
	iw_connection *connection = inspection->connection;
	if (!iw_postgres_execute(connection, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", NULL, error))
		return false;
	if (inspect_in_transaction(inspection, error))
		return iw_postgres_execute(connection, "COMMIT", NULL, error);
	if (!connection->is_lost)
		iw_postgres_rollback(connection, NULL);
	return false;
}

iw_schema *iw_postgres_inspect(iw_connection *connection, iw_arena *arena, const struct iw_inspect_options *options,
			       GError **error)
{
	struct inspection inspection = {
		.connection = connection,
		.arena = arena,
		.schema = iw_schema_new(arena, connection->engine),
		.tables = iw_arena_hash_table(arena, g_str_hash, g_str_equal),
		.indexes = iw_arena_hash_table(arena, g_str_hash, g_str_equal),
	};
	inspection.schema->default_schema = iw_arena_strdup(arena, connection->default_schema);
	inspection.schema->is_inspected = true;
	set_conditions(&inspection, options);
	bool is_read = connection->in_transaction ? inspect_in_transaction(&inspection, error)
						  : inspect_in_snapshot(&inspection, error);
	return is_read ? inspection.schema : NULL;
}
