/* What only the PostgreSQL driver does; what all drivers promise is in tests/contract. INCHWORM_TEST_POSTGRES is the
 * URL of an empty database of a superuser. */
#include "driver/postgres/postgres_internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

struct fixture {
	iw_arena *arena;
	struct iw_url *url;
	iw_connection *connection;
};

static iw_connection *open_with(struct fixture *fixture, const struct iw_open_options *options)
{
	GError *error = NULL;
	iw_connection *connection = iw_connection_open(fixture->url, options, &error);
	if (connection == NULL)
		fail_msg("%s", error->message);
	return connection;
}

static void must(iw_connection *connection, const char *sql)
{
	GError *error = NULL;
	if (!iw_execute(connection, sql, &error))
		fail_msg("%s: %s", sql, error->message);
}

static void assert_value(iw_connection *connection, const char *sql, const char *expected)
{
	GError *error = NULL;
	g_autofree char *value = iw_query_value(connection, sql, &error);
	if (error != NULL)
		fail_msg("%s: %s", sql, error->message);
	assert_string_equal(value, expected);
}

static void assert_refused(iw_connection *connection, const char *sql, enum iw_error code, const char *sqlstate)
{
	g_autoptr(GError) error = NULL;
	assert_false(iw_execute(connection, sql, &error));
	assert_int_equal(error->code, code);
	assert_string_equal(iw_error_info(error)->server_code, sqlstate);
}

static int setup(void **state)
{
	const char *text = getenv("INCHWORM_TEST_POSTGRES");
	*state = NULL;
	if (text == NULL)
		return 0;
	struct fixture *fixture = g_new0(struct fixture, 1);
	fixture->arena = iw_arena_new();
	fixture->url = iw_url_parse(fixture->arena, text, NULL, NULL);
	fixture->connection = open_with(fixture, NULL);
	must(fixture->connection, "DROP SCHEMA public CASCADE");
	must(fixture->connection, "DROP SCHEMA IF EXISTS other CASCADE");
	must(fixture->connection, "CREATE SCHEMA public");
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;
	if (fixture == NULL)
		return 0;
	iw_connection_free(fixture->connection);
	iw_arena_free(fixture->arena);
	g_free(fixture);
	return 0;
}

/* NULL: there is no server. */
static struct fixture *fixture_of(void **state)
{
	if (*state == NULL)
		skip();
	return *state;
}

static void sqlstates_fall_into_error_classes(void **state)
{
	(void)state;
	static const struct {
		const char *sqlstate;
		enum iw_error code;
	} rows[] = {{"55P03", IW_ERROR_LOCK},	  {"40P01", IW_ERROR_LOCK},	{"57P01", IW_ERROR_LOST},
		    {"08006", IW_ERROR_LOST},	  {"42501", IW_ERROR_RIGHTS},	{"53100", IW_ERROR_RESOURCE},
		    {"53300", IW_ERROR_RESOURCE}, {"58030", IW_ERROR_RESOURCE}, {"42P01", IW_ERROR_STATEMENT},
		    {"40001", IW_ERROR_STATEMENT}};
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		assert_int_equal(iw_postgres_error_class(rows[i].sqlstate), rows[i].code);
}

static void a_session_has_its_settings_and_its_name(void **state)
{
	struct fixture *fixture = fixture_of(state);
	assert_value(fixture->connection, "SHOW standard_conforming_strings", "on");
	assert_value(fixture->connection, "SHOW client_min_messages", "warning");
	assert_value(fixture->connection, "SHOW client_encoding", "UTF8");
	assert_value(fixture->connection, "SHOW application_name", "inchworm");
	assert_string_equal(fixture->connection->default_schema, "public");
}

static void the_schema_of_the_url_is_the_search_path_even_before_it_exists(void **state)
{
	struct fixture *fixture = fixture_of(state);
	fixture->url->schema = "other";
	iw_connection *connection = open_with(fixture, NULL);
	assert_string_equal(connection->default_schema, "other");
	must(connection, "CREATE SCHEMA other");
	must(connection, "CREATE TABLE t (id int)");
	assert_value(connection, "SELECT 'other.t'::regclass::text", "t");
	iw_connection_free(connection);
}

static void a_read_only_session_writes_nothing(void **state)
{
	struct fixture *fixture = fixture_of(state);
	struct iw_open_options options = {.read_only = true};
	iw_connection *connection = open_with(fixture, &options);
	assert_refused(connection, "CREATE TABLE t (id int)", IW_ERROR_STATEMENT, "25006");
	iw_connection_free(connection);
}

static void copy_from_a_client_is_refused_and_copy_to_one_is_drained(void **state)
{
	struct fixture *fixture = fixture_of(state);
	must(fixture->connection, "CREATE TABLE t (id int)");
	assert_refused(fixture->connection, "COPY t FROM STDIN", IW_ERROR_STATEMENT, "57014");
	must(fixture->connection, "COPY (SELECT generate_series(1, 10000)) TO STDOUT");
	assert_value(fixture->connection, "SELECT count(*) FROM t", "0");
}

static void an_error_inside_a_function_tells_where(void **state)
{
	struct fixture *fixture = fixture_of(state);
	g_autoptr(GError) error = NULL;
	const char *sql = "DO $$ BEGIN RAISE EXCEPTION 'no way' USING DETAIL = 'Reasons.', HINT = 'Try less.'; END $$";
	assert_false(iw_execute(fixture->connection, sql, &error));
	assert_string_equal(error->message, "no way");
	assert_non_null(strstr(iw_error_info(error)->detail, "Reasons.\nPL/pgSQL function inline_code_block line 1"));
	assert_string_equal(iw_error_info(error)->hint, "Try less.");
}

static void rights_are_an_error_of_their_own(void **state)
{
	struct fixture *fixture = fixture_of(state);
	must(fixture->connection, "SET ROLE pg_monitor");
	assert_refused(fixture->connection, "CREATE TABLE public.t (id int)", IW_ERROR_RIGHTS, "42501");
}

static const struct iw_table *inspected(struct fixture *fixture, const char *const *schemas, struct iw_name name)
{
	GError *error = NULL;
	struct iw_inspect_options options = {.schemas = schemas};
	iw_schema *schema = iw_postgres_inspect(fixture->connection, fixture->arena, &options, &error);
	if (schema == NULL)
		fail_msg("%s", error->message);
	const struct iw_table *table = iw_schema_find_table(schema, name);
	assert_non_null(table);
	return table;
}

static const struct iw_index *index_named(const struct fixture *fixture, const struct iw_table *table, const char *name)
{
	const struct iw_index *index = iw_table_find_index(table, fixture->connection->engine, name);
	assert_non_null(index);
	return index;
}

static void an_index_left_by_a_failed_concurrent_build_is_invalid(void **state)
{
	struct fixture *fixture = fixture_of(state);
	must(fixture->connection, "CREATE TABLE t (id int)");
	must(fixture->connection, "INSERT INTO t VALUES (1), (1)");
	assert_refused(fixture->connection, "CREATE UNIQUE INDEX CONCURRENTLY t_id ON t (id)", IW_ERROR_STATEMENT,
		       "23505");
	must(fixture->connection, "CREATE INDEX t_more ON t (id DESC NULLS LAST) WHERE id > 5");
	const struct iw_table *table = inspected(fixture, NULL, (struct iw_name){NULL, "t"});
	assert_true(index_named(fixture, table, "t_id")->is_invalid);
	const struct iw_index *good = index_named(fixture, table, "t_more");
	const struct iw_key *key = g_ptr_array_index(good->keys, 0);
	assert_false(good->is_invalid);
	assert_true(key->is_descending);
	assert_int_equal(key->nulls, 2);
	assert_string_equal(good->where->text, "(id > 5)");
}

static void constraints_not_yet_validated_are_told_apart(void **state)
{
	struct fixture *fixture = fixture_of(state);
	must(fixture->connection, "CREATE TABLE t (id int PRIMARY KEY, up int)");
	must(fixture->connection, "ALTER TABLE t ADD CONSTRAINT t_up FOREIGN KEY (up) REFERENCES t ON DELETE SET NULL"
				  " DEFERRABLE NOT VALID");
	const struct iw_table *table = inspected(fixture, NULL, (struct iw_name){NULL, "t"});
	const struct iw_constraint *constraint = iw_table_find_constraint(table, fixture->connection->engine, "t_up");
	assert_true(constraint->is_not_valid);
	assert_true(constraint->is_deferrable);
	assert_int_equal(constraint->on_delete, IW_SET_NULL);
	assert_string_equal(constraint->references.name, "t");
	assert_string_equal(g_ptr_array_index(constraint->referenced_columns, 0), "id");
}

static void names_of_other_schemas_are_qualified(void **state)
{
	struct fixture *fixture = fixture_of(state);
	const char *const schemas[] = {"public", "other", NULL};
	must(fixture->connection, "CREATE SCHEMA other");
	must(fixture->connection, "CREATE TYPE other.mood AS ENUM ('a, b', '\"c\"', '')");
	must(fixture->connection, "CREATE TABLE other.t (m other.mood)");
	must(fixture->connection, "SET search_path = other, public");
	const struct iw_table *table = inspected(fixture, schemas, (struct iw_name){"other", "t"});
	const struct iw_column *column = g_ptr_array_index(table->columns, 0);
	assert_string_equal(column->type.text, "other.mood");
	iw_schema *schema = iw_postgres_inspect(fixture->connection, fixture->arena,
						&(struct iw_inspect_options){.schemas = schemas}, NULL);
	const struct iw_enum *mood = iw_schema_find_enum(schema, (struct iw_name){"other", "mood"});
	assert_int_equal(mood->values->len, 3);
	assert_string_equal(g_ptr_array_index(mood->values, 0), "a, b");
	assert_string_equal(g_ptr_array_index(mood->values, 1), "\"c\"");
	assert_string_equal(g_ptr_array_index(mood->values, 2), "");
	assert_value(fixture->connection, "SHOW search_path", "other, public");
}

static void what_extensions_bring_along_is_left_out(void **state)
{
	struct fixture *fixture = fixture_of(state);
	must(fixture->connection, "CREATE EXTENSION pg_trgm");
	must(fixture->connection, "CREATE FUNCTION mine(a int, OUT b text) LANGUAGE sql AS 'SELECT ''x'''");
	iw_schema *schema = iw_postgres_inspect(fixture->connection, fixture->arena, NULL, NULL);
	assert_int_equal(schema->objects->len, 2);
	assert_non_null(iw_schema_find_object(schema, IW_OBJECT_EXTENSION, (struct iw_name){NULL, "pg_trgm"}));
	assert_non_null(iw_schema_find_object(schema, IW_OBJECT_FUNCTION, (struct iw_name){NULL, "mine(integer)"}));
}

static void a_partitioned_table_is_as_large_as_its_partitions(void **state)
{
	struct fixture *fixture = fixture_of(state);
	must(fixture->connection, "CREATE TABLE p (id int) PARTITION BY RANGE (id)");
	must(fixture->connection, "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (500)");
	must(fixture->connection, "CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (500) TO (2000)");
	must(fixture->connection, "INSERT INTO p SELECT generate_series(1, 1000)");
	must(fixture->connection, "ANALYZE p");
	must(fixture->connection, "CREATE TABLE never (id int)");
	must(fixture->connection, "INSERT INTO never VALUES (1)");
	struct iw_statistics *statistics = iw_postgres_statistics(fixture->connection, fixture->arena, NULL);
	const struct iw_table_statistics *whole = iw_statistics_find(statistics, (struct iw_name){NULL, "p"});
	const struct iw_table_statistics *part = iw_statistics_find(statistics, (struct iw_name){NULL, "p1"});
	const struct iw_table_statistics *never = iw_statistics_find(statistics, (struct iw_name){NULL, "never"});
	assert_int_equal((int)whole->rows, 1000);
	assert_true(whole->bytes > part->bytes && part->bytes > 0);
	if (fixture->connection->engine.version >= 140000)
		assert_true(never->rows < 0);
}

static void a_prepared_transaction_is_seen_as_old_and_by_its_name(void **state)
{
	struct fixture *fixture = fixture_of(state);
	must(fixture->connection, "CREATE TABLE t (id int)");
	must(fixture->connection, "BEGIN");
	must(fixture->connection, "INSERT INTO t VALUES (1)");
	must(fixture->connection, "PREPARE TRANSACTION 'left over'");
	struct iw_name table = {NULL, "t"};
	GPtrArray *tables = iw_arena_ptr_array(fixture->arena);
	g_ptr_array_add(tables, &table);
	GPtrArray *found = iw_postgres_long_transactions(fixture->connection, fixture->arena, tables, 0, NULL);
	must(fixture->connection, "ROLLBACK PREPARED 'left over'");
	assert_int_equal(found->len, 1);
	const struct iw_blocker *blocker = g_ptr_array_index(found, 0);
	assert_string_equal(blocker->state, "prepared transaction 'left over'");
	assert_string_equal(blocker->relation, "t");
	assert_string_equal(blocker->lock, "RowExclusiveLock");
}

#define ROW(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sqlstates_fall_into_error_classes),
		ROW(a_session_has_its_settings_and_its_name),
		ROW(the_schema_of_the_url_is_the_search_path_even_before_it_exists),
		ROW(a_read_only_session_writes_nothing),
		ROW(copy_from_a_client_is_refused_and_copy_to_one_is_drained),
		ROW(an_error_inside_a_function_tells_where),
		ROW(rights_are_an_error_of_their_own),
		ROW(an_index_left_by_a_failed_concurrent_build_is_invalid),
		ROW(constraints_not_yet_validated_are_told_apart),
		ROW(names_of_other_schemas_are_qualified),
		ROW(what_extensions_bring_along_is_left_out),
		ROW(a_partitioned_table_is_as_large_as_its_partitions),
		ROW(a_prepared_transaction_is_seen_as_old_and_by_its_name),
	};
	return cmocka_run_group_tests_name("the PostgreSQL driver", tests, NULL, NULL);
}
