/* The fake driver: what tests of the runner rely on. */
#include "driver/fake/fake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static iw_connection *new_fake(enum iw_dialect dialect)
{
	return iw_fake_new((struct iw_engine){.dialect = dialect});
}

static void assert_log(iw_connection *connection, const char *wanted)
{
	g_autofree char *log = iw_fake_log(connection, NULL);
	assert_string_equal(log, wanted);
}

static void calls_are_remembered_in_order(void **state)
{
	(void)state;
	g_autoptr(iw_connection) connection = new_fake(IW_POSTGRES);
	assert_true(connection->driver->begin(connection, NULL));
	assert_true(iw_execute(connection, "CREATE TABLE t (a int)", NULL));
	assert_true(connection->in_transaction);
	assert_true(connection->driver->commit(connection, NULL));
	assert_true(connection->driver->rollback(connection, NULL));
	assert_log(connection, "begin\nexecute CREATE TABLE t (a int)\ncommit\n");
	g_autofree char *some = iw_fake_log(connection, "execute*");
	assert_string_equal(some, "execute CREATE TABLE t (a int)\n");
}

static void queries_are_answered_by_pattern_and_the_last_script_counts(void **state)
{
	(void)state;
	g_autoptr(iw_connection) connection = new_fake(IW_POSTGRES);
	iw_fake_answer(connection, "SELECT*", 1, 1, (const char *[]){"old"});
	iw_fake_answer(connection, "SELECT*", 2, 2, (const char *[]){"a", NULL, "b", "c"});
	g_autoptr(iw_rows) rows = iw_query(connection, "SELECT x", NULL);
	assert_int_equal(iw_rows_count(rows), 2);
	assert_string_equal(iw_rows_value(rows, 0, 0), "a");
	assert_null(iw_rows_value(rows, 0, 1));
	assert_string_equal(iw_rows_value(rows, 1, 1), "c");
	g_autoptr(iw_rows) none = iw_query(connection, "SHOW x", NULL);
	assert_int_equal(iw_rows_count(none), 0);
}

static void a_failure_strikes_as_often_as_told(void **state)
{
	(void)state;
	g_autoptr(iw_connection) connection = new_fake(IW_MYSQL);
	iw_fake_fail(connection, "ALTER*",
		     (struct iw_fake_failure){.code = IW_ERROR_LOCK, .server_code = "1205", .times = 2});
	g_autoptr(GError) error = NULL;
	assert_false(iw_execute(connection, "ALTER TABLE t", &error));
	assert_int_equal(error->code, IW_ERROR_LOCK);
	assert_string_equal(iw_error_info(error)->server_code, "1205");
	assert_false(iw_execute(connection, "ALTER TABLE t", NULL));
	assert_true(iw_execute(connection, "ALTER TABLE t", NULL));
	assert_log(connection, "execute ALTER TABLE t !LOCK\nexecute ALTER TABLE t !LOCK\nexecute ALTER TABLE t\n");
}

static void a_connection_can_be_lost_at_any_call_before_or_after_its_effect(void **state)
{
	(void)state;
	g_autoptr(iw_connection) connection = new_fake(IW_POSTGRES);
	iw_fake_fail_call(connection, 2, (struct iw_fake_failure){.code = IW_ERROR_LOST, .moment = IW_FAKE_AFTER});
	assert_true(connection->driver->begin(connection, NULL));
	assert_false(connection->driver->commit(connection, NULL));
	assert_true(connection->is_lost);
	assert_false(iw_execute(connection, "SELECT 1", NULL));
	assert_log(connection, "begin\ncommit ?LOST\nexecute SELECT 1 !LOST\n");
	iw_fake_reconnect(connection);
	assert_true(iw_execute(connection, "SELECT 1", NULL));
}

static bool say_no(void *data)
{
	return ++*(int *)data < 3;
}

static void a_tick_that_says_no_interrupts(void **state)
{
	(void)state;
	int ticks = 0;
	g_autoptr(iw_connection) connection = new_fake(IW_SQLITE);
	iw_connection_set_tick(connection, say_no, &ticks, 10);
	iw_fake_take_ticks(connection, "*slow*", 5);
	g_autoptr(GError) error = NULL;
	assert_true(iw_execute(connection, "quick", NULL));
	assert_int_equal(ticks, 0);
	assert_false(iw_execute(connection, "slow", &error));
	assert_int_equal(error->code, IW_ERROR_INTERRUPTED);
	assert_int_equal(ticks, 3);
}

static void a_lock_held_elsewhere_is_not_taken(void **state)
{
	(void)state;
	bool taken = true;
	g_autoptr(iw_connection) connection = new_fake(IW_POSTGRES);
	iw_fake_hold_lock(connection, "run", true);
	assert_true(connection->driver->try_lock(connection, "run", &taken, NULL));
	assert_false(taken);
	iw_fake_hold_lock(connection, "run", false);
	assert_true(connection->driver->try_lock(connection, "run", &taken, NULL));
	assert_true(taken);
}

static void ddl_commits_on_mysql_only(void **state)
{
	(void)state;
	for (int dialect = 0; dialect < IW_DIALECTS; dialect++) {
		g_autoptr(iw_connection) connection = new_fake((enum iw_dialect)dialect);
		assert_true(connection->driver->begin(connection, NULL));
		assert_true(iw_execute(connection, "create table t (a int)", NULL));
		assert_int_equal(connection->in_transaction, dialect != IW_MYSQL);
	}
}

static void an_inspected_schema_is_a_copy(void **state)
{
	(void)state;
	g_autoptr(iw_arena) arena = iw_arena_new();
	g_autoptr(iw_connection) connection = new_fake(IW_SQLITE);
	iw_schema *empty = connection->driver->inspect(connection, arena, NULL, NULL);
	assert_int_equal(empty->tables->len, 0);
	iw_schema *schema = iw_schema_new(arena, connection->engine);
	iw_schema_add_table(schema, iw_table_new(arena, (struct iw_name){NULL, "t"}));
	iw_fake_set_world(connection, (struct iw_fake_world){.schema = schema});
	iw_schema *copy = connection->driver->inspect(connection, arena, NULL, NULL);
	assert_ptr_not_equal(copy, schema);
	assert_non_null(iw_schema_find_table(copy, (struct iw_name){NULL, "t"}));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_are_remembered_in_order),
		cmocka_unit_test(queries_are_answered_by_pattern_and_the_last_script_counts),
		cmocka_unit_test(a_failure_strikes_as_often_as_told),
		cmocka_unit_test(a_connection_can_be_lost_at_any_call_before_or_after_its_effect),
		cmocka_unit_test(a_tick_that_says_no_interrupts),
		cmocka_unit_test(a_lock_held_elsewhere_is_not_taken),
		cmocka_unit_test(ddl_commits_on_mysql_only),
		cmocka_unit_test(an_inspected_schema_is_a_copy),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
