/* The MySQL driver against a real server; INCHWORM_TEST_MYSQL is the URL of a server where the user may do anything.
 * Each test has a database of its own. What all drivers have in common is in tests/contract. */
#include "base/error.h"
#include "driver/driver.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

struct fixture {
	iw_arena *arena;
	struct iw_url *url;
	iw_connection *connection;
};

static iw_connection *open_session(struct fixture *fixture)
{
	GError *error = NULL;
	struct iw_open_options options = {.application_name = "inchworm test", .create_database = true};
	iw_connection *connection = iw_connection_open(fixture->url, &options, &error);
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

static int setup(void **state)
{
	static int number;
	const char *text = getenv("INCHWORM_TEST_MYSQL");
	*state = NULL;
	if (text == NULL || text[0] == '\0')
		return 0;
	struct fixture *fixture = g_new0(struct fixture, 1);
	fixture->arena = iw_arena_new();
	fixture->url = iw_url_parse(fixture->arena, text, NULL, NULL);
	assert_non_null(fixture->url);
	fixture->url->database = iw_arena_printf(fixture->arena, "iw_driver_%d_%d", (int)getpid(), number++);
	fixture->connection = open_session(fixture);
	*state = fixture;
	return 0;
}

/* A failed assertion leaves its sessions open: they would keep the database from being dropped. */
static void end_other_sessions(iw_connection *connection)
{
	g_autoptr(iw_rows) rows = iw_query(connection,
					   "SELECT ID FROM information_schema.processlist"
					   " WHERE DB = DATABASE() AND ID <> CONNECTION_ID()",
					   NULL);
	for (guint i = 0; i < iw_rows_count(rows); i++) {
		g_autofree char *kill = g_strdup_printf("KILL %s", iw_rows_value(rows, i, 0));
		iw_execute(connection, kill, NULL);
	}
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;
	if (fixture == NULL)
		return 0;
	g_autofree char *drop = g_strdup_printf("DROP DATABASE IF EXISTS `%s`", fixture->url->database);
	iw_connection_free(fixture->connection);
	iw_connection *last = open_session(fixture);
	end_other_sessions(last);
	iw_execute(last, drop, NULL);
	iw_connection_free(last);
	iw_arena_free(fixture->arena);
	g_free(fixture);
	return 0;
}

/* Skips without a server. */
static struct fixture *begin(void **state)
{
	if (*state == NULL)
		skip();
	return *state;
}

static void assert_error(GError **error, int class, const char *number)
{
	assert_non_null(*error);
	if ((*error)->code != class)
		fail_msg("class %d, wanted %d: %s", (*error)->code, class, (*error)->message);
	assert_string_equal(iw_error_info(*error)->server_code, number);
	g_clear_error(error);
}

static void an_open_session_knows_its_server(void **state)
{
	struct fixture *fixture = begin(state);
	iw_connection *connection = fixture->connection;
	g_autofree char *version = iw_query_value(connection, "SELECT VERSION()", NULL);
	g_autofree char *id = iw_query_value(connection, "SELECT CONNECTION_ID()", NULL);
	assert_int_equal(connection->engine.is_mariadb, strstr(version, "MariaDB") != NULL);
	assert_int_equal(connection->engine.version / 10000, atoi(version));
	assert_string_equal(connection->session, id);
	assert_string_equal(connection->default_schema, fixture->url->database);
	/* MySQL 5.6 has one user lock a session: the framework's would release ours. */
	bool has_run_lock = connection->engine.is_mariadb || connection->engine.version >= 50705;
	assert_int_equal((connection->features & IW_RUN_LOCK) != 0, has_run_lock);
	assert_false(connection->features & IW_TRANSACTIONAL_DDL);
}

static void values_are_text_and_null_is_null(void **state)
{
	struct fixture *fixture = begin(state);
	g_autoptr(iw_rows) rows = iw_query(
		fixture->connection,
		"SELECT 1 AS a, NULL AS b, 'h\xC3\xA9\xF0\x9F\x90\x9B' AS c UNION ALL SELECT 2, 'x', ''", NULL);
	assert_int_equal(iw_rows_count(rows), 2);
	assert_int_equal(rows->columns, 3);
	assert_string_equal(g_ptr_array_index(rows->names, 2), "c");
	assert_string_equal(iw_rows_value(rows, 0, 0), "1");
	assert_null(iw_rows_value(rows, 0, 1));
	assert_string_equal(iw_rows_value(rows, 0, 2), "h\xC3\xA9\xF0\x9F\x90\x9B");
	assert_string_equal(iw_rows_value(rows, 1, 2), "");
}

static void two_statements_in_one_string_are_refused(void **state)
{
	struct fixture *fixture = begin(state);
	GError *error = NULL;
	assert_false(iw_execute(fixture->connection, "CREATE TABLE t (a int); DROP TABLE t", &error));
	assert_int_equal(fixture->connection->error_offset, 24);
	assert_error(&error, IW_ERROR_STATEMENT, "1064");
}

static void a_procedure_with_several_results_leaves_the_session_usable(void **state)
{
	struct fixture *fixture = begin(state);
	must(fixture->connection, "CREATE PROCEDURE p() BEGIN SELECT 1; SELECT 2; END");
	must(fixture->connection, "CALL p()");
	g_autoptr(iw_rows) rows = iw_query(fixture->connection, "CALL p()", NULL);
	assert_string_equal(iw_rows_value(rows, 0, 0), "1");
	g_autofree char *value = iw_query_value(fixture->connection, "SELECT 3", NULL);
	assert_string_equal(value, "3");
}

static void ddl_ends_the_transaction_and_the_driver_knows(void **state)
{
	struct fixture *fixture = begin(state);
	iw_connection *connection = fixture->connection;
	assert_true(connection->driver->begin(connection, NULL));
	assert_true(connection->in_transaction);
	GError *error = NULL;
	assert_false(connection->driver->begin(connection, &error));
	assert_int_equal(error->code, IW_ERROR_INTERNAL);
	g_clear_error(&error);
	must(connection, "CREATE TABLE t (a int PRIMARY KEY)");
	assert_false(connection->in_transaction);
	assert_true(connection->driver->begin(connection, NULL));
	assert_false(iw_execute(connection, "CREATE TABLE t (a int)", NULL));
	assert_false(connection->in_transaction);
	assert_true(connection->driver->rollback(connection, NULL));
}

static void a_row_lock_is_waited_for_no_longer_than_the_timeout(void **state)
{
	struct fixture *fixture = begin(state);
	g_autoptr(iw_connection) other = open_session(fixture);
	must(other, "CREATE TABLE t (a int PRIMARY KEY, b int) ENGINE=InnoDB");
	must(other, "INSERT INTO t VALUES (1, 1)");
	assert_true(other->driver->begin(other, NULL));
	must(other, "UPDATE t SET b = 2");
	GError *error = NULL;
	assert_true(fixture->connection->driver->set_lock_timeout(fixture->connection, 1, NULL));
	assert_false(iw_execute(fixture->connection, "UPDATE t SET b = 3", &error));
	assert_error(&error, IW_ERROR_LOCK, "1205");
	assert_false(iw_execute(fixture->connection, "ALTER TABLE t ADD c int", &error));
	assert_error(&error, IW_ERROR_LOCK, "1205");
}

struct waiter {
	iw_connection *connection;
	const char *sql;
	GError *error;
};

static void *run_waiter(void *data)
{
	struct waiter *waiter = data;
	iw_execute(waiter->connection, waiter->sql, &waiter->error);
	return NULL;
}

/* Asks until the waiter is seen waiting. innodb_trx is renewed only when nobody has read it for 100 ms. */
static struct iw_wait *wait_until_waiting(iw_connection *observer, iw_arena *arena, const char *session)
{
	for (int i = 0; i < 200; i++) {
		GError *error = NULL;
		struct iw_wait *wait = observer->driver->waits(observer, arena, session, &error);
		if (wait == NULL)
			fail_msg("%s", error->message);
		if (wait->is_waiting && wait->blockers->len > 0)
			return wait;
		g_usleep(150000);
	}
	fail_msg("nobody waits");
	return NULL;
}

/* Two rows, two sessions, each holds one and asks for the other's: InnoDB picks the one that changed less. */
static void a_deadlock_is_a_lock_error_and_ends_the_transaction(void **state)
{
	struct fixture *fixture = begin(state);
	g_autoptr(iw_connection) other = open_session(fixture);
	g_autoptr(iw_connection) observer = open_session(fixture);
	iw_connection *connection = fixture->connection;
	must(other, "CREATE TABLE t (a int PRIMARY KEY, b int) ENGINE=InnoDB");
	must(other, "INSERT INTO t VALUES (1, 1), (2, 2), (3, 3), (4, 4), (5, 5)");
	must(connection, "START TRANSACTION");
	must(connection, "UPDATE t SET b = 0 WHERE a = 1");
	must(other, "START TRANSACTION");
	must(other, "UPDATE t SET b = 0 WHERE a > 1");
	struct waiter waiter = {other, "UPDATE t SET b = 0 WHERE a = 1", NULL};
	GThread *thread = g_thread_new("waiter", run_waiter, &waiter);
	wait_until_waiting(observer, fixture->arena, other->session);
	GError *error = NULL;
	assert_false(iw_execute(connection, "UPDATE t SET b = 0 WHERE a = 2", &error));
	assert_error(&error, IW_ERROR_LOCK, "1213");
	assert_false(connection->in_transaction);
	g_thread_join(thread);
	assert_null(waiter.error);
}

struct ticks {
	int count, stop_at;
};

static bool on_tick(void *data)
{
	struct ticks *ticks = data;
	return ++ticks->count != ticks->stop_at;
}

/* 1,024 rows: a join of five of them never ends. */
static void fill_numbers(iw_connection *connection)
{
	must(connection, "CREATE TABLE n (seq int)");
	must(connection, "INSERT INTO n VALUES (0)");
	for (int i = 0; i < 10; i++)
		must(connection, "INSERT INTO n SELECT * FROM n");
}

static void a_tick_that_says_no_ends_the_statement_and_the_session_goes_on(void **state)
{
	struct fixture *fixture = begin(state);
	iw_connection *connection = fixture->connection;
	static const char *const endless[] = {
		"SELECT SLEEP(1000)",
		"DO BENCHMARK(1000000000000, SHA1('x'))",
		"INSERT INTO t SELECT a.seq FROM n a, n b, n c, n d, n e",
	};
	must(connection, "CREATE TABLE t (a bigint) ENGINE=InnoDB");
	fill_numbers(connection);
	for (size_t i = 0; i < G_N_ELEMENTS(endless); i++) {
		struct ticks ticks = {0, 3};
		GError *error = NULL;
		iw_connection_set_tick(connection, on_tick, &ticks, 20);
		assert_false(iw_execute(connection, endless[i], &error));
		assert_int_equal(error->code, IW_ERROR_INTERRUPTED);
		g_clear_error(&error);
		assert_int_equal(ticks.count, 3);
		iw_connection_set_tick(connection, NULL, NULL, 0);
		assert_false(connection->is_lost);
		must(connection, "DELETE FROM t");
	}
	g_autofree char *count = iw_query_value(connection, "SELECT COUNT(*) FROM t", NULL);
	assert_string_equal(count, "0");
}

static void *cancel_soon(void *data)
{
	iw_connection *connection = data;
	for (int i = 0; i < 10; i++) {
		g_usleep(50000);
		connection->driver->cancel(connection);
	}
	return NULL;
}

static void another_thread_cancels_only_what_runs(void **state)
{
	struct fixture *fixture = begin(state);
	iw_connection *connection = fixture->connection;
	GThread *thread = g_thread_new("cancel", cancel_soon, connection);
	GError *error = NULL;
	assert_false(iw_execute(connection, "DO BENCHMARK(1000000000000, SHA1('x'))", &error));
	assert_int_equal(error->code, IW_ERROR_INTERRUPTED);
	g_clear_error(&error);
	g_thread_join(thread);
	connection->driver->cancel(connection);
	must(connection, "CREATE TABLE t (a int)");
}

static void the_statement_timeout_ends_every_kind_of_statement(void **state)
{
	struct fixture *fixture = begin(state);
	iw_connection *connection = fixture->connection;
	static const char *const endless[] = {
		"SELECT COUNT(*) FROM n a, n b, n c, n d, n e",
		"CREATE TABLE u AS SELECT a.seq FROM n a, n b, n c, n d, n e",
		"INSERT INTO n SELECT a.seq FROM n a, n b, n c, n d, n e",
	};
	fill_numbers(connection);
	assert_true(connection->driver->set_statement_timeout(connection, 200, NULL));
	for (size_t i = 0; i < G_N_ELEMENTS(endless); i++) {
		GError *error = NULL;
		assert_false(iw_execute(connection, endless[i], &error));
		assert_int_equal(error->code, IW_ERROR_STATEMENT);
		assert_non_null(strstr(iw_error_info(error)->hint, "timeout"));
		g_clear_error(&error);
	}
	assert_true(connection->driver->set_statement_timeout(connection, 0, NULL));
	must(connection, "DO SLEEP(0.3)");
}

static void the_run_lock_is_of_one_session_and_one_database(void **state)
{
	struct fixture *fixture = begin(state);
	iw_connection *connection = fixture->connection;
	const struct iw_driver *driver = connection->driver;
	g_autoptr(iw_connection) other = open_session(fixture);
	const char *name = "a lock whose name is much longer than the sixty-four characters that the server takes";
	bool taken = false;
	assert_true(driver->try_lock(connection, name, &taken, NULL));
	assert_true(taken);
	assert_true(driver->try_lock(other, name, &taken, NULL));
	assert_false(taken);
	must(other, "CREATE DATABASE IF NOT EXISTS iw_driver_elsewhere");
	struct iw_url elsewhere = *fixture->url;
	elsewhere.database = "iw_driver_elsewhere";
	g_autoptr(iw_connection) third = iw_connection_open(&elsewhere, NULL, NULL);
	assert_true(driver->try_lock(third, name, &taken, NULL));
	assert_true(taken);
	must(third, "DROP DATABASE iw_driver_elsewhere");
	assert_true(driver->unlock(connection, name, NULL));
	assert_true(driver->try_lock(other, name, &taken, NULL));
	assert_true(taken);
}

static void a_killed_session_is_lost_and_says_so_ever_after(void **state)
{
	struct fixture *fixture = begin(state);
	iw_connection *connection = fixture->connection;
	g_autoptr(iw_connection) other = open_session(fixture);
	g_autofree char *kill = g_strdup_printf("KILL CONNECTION %s", connection->session);
	must(other, kill);
	GError *error = NULL;
	assert_false(iw_execute(connection, "CREATE TABLE t (a int)", &error));
	assert_int_equal(error->code, IW_ERROR_LOST);
	g_clear_error(&error);
	assert_true(connection->is_lost);
	assert_false(iw_execute(connection, "SELECT 1", &error));
	assert_int_equal(error->code, IW_ERROR_LOST);
	g_clear_error(&error);
}

static void a_refused_login_says_why_without_the_password(void **state)
{
	struct fixture *fixture = begin(state);
	struct iw_url url = *fixture->url;
	url.user = "iw_nobody";
	url.password = "hunter2";
	url.socket = fixture->url->socket;
	GError *error = NULL;
	assert_null(iw_connection_open(&url, NULL, &error));
	assert_null(strstr(error->message, "hunter2"));
	assert_error(&error, IW_ERROR_CONNECT, "1045");
	url = *fixture->url;
	url.database = "iw_no_such_database";
	assert_null(iw_connection_open(&url, NULL, &error));
	assert_error(&error, IW_ERROR_CONNECT, "1049");
	url.socket = NULL;
	url.host = "127.0.0.1";
	url.port = "1";
	assert_null(iw_connection_open(&url, NULL, &error));
	assert_int_equal(error->code, IW_ERROR_CONNECT);
	g_clear_error(&error);
}

static void a_missing_right_is_a_rights_error(void **state)
{
	struct fixture *fixture = begin(state);
	iw_connection *connection = fixture->connection;
	must(connection, "CREATE TABLE t (a int)");
	iw_execute(connection, "DROP USER iw_reader@localhost, iw_reader@'127.0.0.1'", NULL);
	must(connection, "CREATE USER iw_reader@localhost, iw_reader@'127.0.0.1'");
	must(connection, "GRANT SELECT ON *.* TO iw_reader@localhost, iw_reader@'127.0.0.1'");
	struct iw_url url = *fixture->url;
	url.user = "iw_reader";
	url.password = NULL;
	g_autoptr(iw_connection) reader = iw_connection_open(&url, NULL, NULL);
	assert_non_null(reader);
	GError *error = NULL;
	assert_false(iw_execute(reader, "ALTER TABLE t ADD b int", &error));
	assert_error(&error, IW_ERROR_RIGHTS, "1142");
	must(connection, "DROP USER iw_reader@localhost, iw_reader@'127.0.0.1'");
}

static void a_read_only_session_changes_nothing(void **state)
{
	struct fixture *fixture = begin(state);
	struct iw_open_options options = {.read_only = true};
	must(fixture->connection, "CREATE TABLE t (a int)");
	g_autoptr(iw_connection) reader = iw_connection_open(fixture->url, &options, NULL);
	GError *error = NULL;
	assert_false(iw_execute(reader, "INSERT INTO t VALUES (1)", &error));
	assert_error(&error, IW_ERROR_STATEMENT, "1792");
	assert_false(iw_execute(reader, "DROP TABLE t", &error));
	assert_error(&error, IW_ERROR_STATEMENT, "1792");
}

static void check_wait(struct fixture *fixture, const char *waiting_sql, const char *what, bool is_suspect)
{
	g_autoptr(iw_connection) holder = open_session(fixture);
	g_autoptr(iw_connection) observer = open_session(fixture);
	must(holder, "START TRANSACTION");
	must(holder, "UPDATE t SET b = 2 WHERE a = 1");
	struct waiter waiter = {fixture->connection, waiting_sql, NULL};
	GThread *thread = g_thread_new("waiter", run_waiter, &waiter);
	struct iw_wait *wait = wait_until_waiting(observer, fixture->arena, fixture->connection->session);
	assert_string_equal(wait->waits_for, what);
	const struct iw_blocker *blocker = g_ptr_array_index(wait->blockers, 0);
	assert_string_equal(blocker->session, holder->session);
	assert_string_equal(blocker->state, "Sleep");
	assert_true(blocker->transaction_seconds >= 0 && blocker->transaction_seconds < 600);
	assert_int_equal(blocker->is_suspect, is_suspect);
	must(holder, "COMMIT");
	g_thread_join(thread);
	assert_null(waiter.error);
	/* The process list calls a session idle some time after its answer was sent. */
	for (int i = 0; i < 200 && wait->is_waiting; i++) {
		g_usleep(50000);
		wait = observer->driver->waits(observer, fixture->arena, fixture->connection->session, NULL);
	}
	assert_false(wait->is_waiting);
}

static void the_session_in_the_way_is_named(void **state)
{
	struct fixture *fixture = begin(state);
	must(fixture->connection, "CREATE TABLE t (a int PRIMARY KEY, b int) ENGINE=InnoDB");
	must(fixture->connection, "INSERT INTO t VALUES (1, 1)");
	check_wait(fixture, "UPDATE t SET b = 3 WHERE a = 1", "row lock", false);
	g_autofree char *knows =
		iw_query_value(fixture->connection,
			       "SELECT COUNT(*) FROM information_schema.plugins WHERE PLUGIN_STATUS = 'ACTIVE'"
			       " AND PLUGIN_NAME = 'METADATA_LOCK_INFO'",
			       NULL);
	g_autofree char *instrument = iw_query_value(
		fixture->connection,
		"SELECT COUNT(*) FROM performance_schema.setup_instruments"
		" WHERE NAME = 'wait/lock/metadata/sql/mdl' AND ENABLED = 'YES' AND @@performance_schema",
		NULL);
	bool is_suspect = strcmp(knows, "0") == 0 && g_strcmp0(instrument, "1") != 0;
	check_wait(fixture, "ALTER TABLE t ADD c int", "table metadata lock", is_suspect);
}

static bool is_long_transaction(iw_connection *connection, iw_arena *arena, GPtrArray *tables, const char *session)
{
	GPtrArray *found = connection->driver->long_transactions(connection, arena, tables, 0, NULL);
	for (guint i = 0; i < found->len; i++)
		if (strcmp(((struct iw_blocker *)g_ptr_array_index(found, i))->session, session) == 0)
			return true;
	return false;
}

static void long_transactions_are_found_by_age(void **state)
{
	struct fixture *fixture = begin(state);
	iw_connection *connection = fixture->connection;
	g_autoptr(iw_connection) holder = open_session(fixture);
	must(connection, "CREATE TABLE t (a int PRIMARY KEY) ENGINE=InnoDB");
	must(holder, "START TRANSACTION");
	must(holder, "INSERT INTO t VALUES (1)");
	struct iw_name name = {NULL, "t"};
	g_autoptr(GPtrArray) tables = g_ptr_array_new();
	g_ptr_array_add(tables, &name);
	bool is_there = false;
	for (int attempt = 0; attempt < 20 && !is_there; attempt++) {
		g_usleep(150000);
		is_there = is_long_transaction(connection, fixture->arena, tables, holder->session);
	}
	assert_true(is_there);
	GPtrArray *found = connection->driver->long_transactions(connection, fixture->arena, tables, 100000, NULL);
	assert_int_equal(found->len, 0);
}

static void statistics_estimate_rows_and_bytes(void **state)
{
	struct fixture *fixture = begin(state);
	iw_connection *connection = fixture->connection;
	must(connection, "CREATE TABLE t (a int PRIMARY KEY AUTO_INCREMENT, b char(200), KEY kb (b))");
	must(connection, "INSERT INTO t (b) VALUES ('x')");
	for (int i = 0; i < 10; i++)
		must(connection, "INSERT INTO t (b) SELECT b FROM t");
	must(connection, "ANALYZE TABLE t");
	struct iw_statistics *statistics = connection->driver->statistics(connection, fixture->arena, NULL);
	const struct iw_table_statistics *table = iw_statistics_find(statistics, (struct iw_name){NULL, "t"});
	assert_true(table->rows > 900 && table->rows < 1200);
	assert_true(table->bytes >= 200 * 1024);
	assert_true(table->index_bytes > 0);
	assert_int_equal(table->indexes->len, 2);
}

#define server_test(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		server_test(an_open_session_knows_its_server),
		server_test(values_are_text_and_null_is_null),
		server_test(two_statements_in_one_string_are_refused),
		server_test(a_procedure_with_several_results_leaves_the_session_usable),
		server_test(ddl_ends_the_transaction_and_the_driver_knows),
		server_test(a_row_lock_is_waited_for_no_longer_than_the_timeout),
		server_test(a_deadlock_is_a_lock_error_and_ends_the_transaction),
		server_test(a_tick_that_says_no_ends_the_statement_and_the_session_goes_on),
		server_test(another_thread_cancels_only_what_runs),
		server_test(the_statement_timeout_ends_every_kind_of_statement),
		server_test(the_run_lock_is_of_one_session_and_one_database),
		server_test(a_killed_session_is_lost_and_says_so_ever_after),
		server_test(a_refused_login_says_why_without_the_password),
		server_test(a_missing_right_is_a_rights_error),
		server_test(a_read_only_session_changes_nothing),
		server_test(the_session_in_the_way_is_named),
		server_test(long_transactions_are_found_by_age),
		server_test(statistics_estimate_rows_and_bytes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
