/* The SQLite driver on real files: opening, errors, locks, limits, the run lock, inspection, statistics. */
#include "base/error.h"
#include "driver/driver.h"

#include <glib/gstdio.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#define ENDLESS                                                                                                        \
	"WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 1000000000000) SELECT max(x) FROM c"

struct fixture {
	char *folder, *path;
	iw_arena *arena;
};

static int set_up(void **state)
{
	struct fixture *fixture = g_new0(struct fixture, 1);
	fixture->folder = g_dir_make_tmp("inchworm-sqlite-XXXXXX", NULL);
	fixture->path = g_build_filename(fixture->folder, "app.db", NULL);
	fixture->arena = iw_arena_new();
	*state = fixture;
	return fixture->folder == NULL;
}

static guint count_files(const char *folder)
{
	GDir *directory = g_dir_open(folder, 0, NULL);
	guint count = 0;
	while (g_dir_read_name(directory) != NULL)
		count++;
	g_dir_close(directory);
	return count;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;
	GDir *directory = g_dir_open(fixture->folder, 0, NULL);
	for (const char *name; (name = g_dir_read_name(directory)) != NULL;) {
		g_autofree char *path = g_build_filename(fixture->folder, name, NULL);
		g_unlink(path);
	}
	g_dir_close(directory);
	g_rmdir(fixture->folder);
	g_free(fixture->folder);
	g_free(fixture->path);
	iw_arena_free(fixture->arena);
	g_free(fixture);
	return 0;
}

static iw_connection *try_open(struct fixture *fixture, struct iw_open_options options, GError **error)
{
	return iw_connection_open(iw_url_parse(fixture->arena, "app.db", fixture->folder, NULL), &options, error);
}

static iw_connection *open_new(struct fixture *fixture)
{
	g_autoptr(GError) error = NULL;
	iw_connection *connection = try_open(fixture, (struct iw_open_options){.create_database = true}, &error);
	if (connection == NULL)
		fail_msg("%s", error->message);
	return connection;
}

static void run(iw_connection *connection, const char *sql)
{
	g_autoptr(GError) error = NULL;
	if (!iw_execute(connection, sql, &error))
		fail_msg("%s: %s", sql, error->message);
}

static void assert_value(iw_connection *connection, const char *sql, const char *expected)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *value = iw_query_value(connection, sql, &error);
	if (error != NULL)
		fail_msg("%s: %s", sql, error->message);
	assert_string_equal(value, expected);
}

static void assert_error(GError *error, enum iw_error class, const char *code, const char *message)
{
	assert_non_null(error);
	assert_string_equal(error->message, message);
	assert_int_equal(error->code, class);
	if (code != NULL)
		assert_string_equal(iw_error_info(error)->server_code, code);
}

static void a_missing_file_is_said_to_be_missing_and_not_made(void **state)
{
	struct fixture *fixture = *state;
	g_autoptr(GError) error = NULL, second = NULL, third = NULL;
	assert_null(try_open(fixture, (struct iw_open_options){0}, &error));
	assert_error(error, IW_ERROR_CONNECT, NULL, "cannot open database \"app.db\": there is no such file");
	assert_null(try_open(fixture, (struct iw_open_options){.read_only = true, .create_database = true}, &second));
	assert_error(second, IW_ERROR_CONNECT, NULL, "cannot open database \"app.db\": there is no such file");
	assert_int_equal(count_files(fixture->folder), 0);
	const struct iw_url *url = iw_url_parse(fixture->arena, "no/app.db", fixture->folder, NULL);
	assert_null(iw_connection_open(url, &(struct iw_open_options){.create_database = true}, &third));
	assert_error(third, IW_ERROR_CONNECT, NULL, "cannot open database \"no/app.db\": its folder does not exist");
}

static void a_folder_or_another_kind_of_file_is_no_database(void **state)
{
	struct fixture *fixture = *state;
	g_autoptr(GError) error = NULL, second = NULL;
	const struct iw_url *url = iw_url_parse(fixture->arena, "sqlite:.", fixture->folder, NULL);
	assert_null(iw_connection_open(url, NULL, &error));
	assert_error(error, IW_ERROR_CONNECT, NULL, "cannot open database \".\": it is not a file");
	char text[4096];
	memset(text, 'x', sizeof text);
	g_file_set_contents(fixture->path, text, sizeof text, NULL);
	assert_null(try_open(fixture, (struct iw_open_options){0}, &second));
	assert_error(second, IW_ERROR_CONNECT, "SQLITE_NOTADB",
		     "cannot read \"app.db\": it is not a SQLite database, or it is encrypted");
}

static void a_read_only_connection_reads_and_refuses_to_write(void **state)
{
	struct fixture *fixture = *state;
	iw_connection_free(open_new(fixture));
	g_autoptr(iw_connection) writer = open_new(fixture);
	run(writer, "CREATE TABLE t(a)");
	g_autoptr(iw_connection) reader = try_open(fixture, (struct iw_open_options){.read_only = true}, NULL);
	assert_value(reader, "SELECT count(*) FROM t", "0");
	g_autoptr(GError) error = NULL;
	assert_false(iw_execute(reader, "INSERT INTO t VALUES (1)", &error));
	assert_error(error, IW_ERROR_RIGHTS, "SQLITE_READONLY", "attempt to write a readonly database");
}

static void errors_carry_the_librarys_code_and_the_place(void **state)
{
	struct fixture *fixture = *state;
	g_autoptr(iw_connection) connection = open_new(fixture);
	run(connection, "CREATE TABLE t(a UNIQUE, b CHECK (b > 0))");
	run(connection, "INSERT INTO t VALUES (1, 1)");
	static const struct {
		const char *sql, *code, *message;
		gssize offset;
	} examples[] = {
		{"INSERT INTO t VALUES (1, 1)", "SQLITE_CONSTRAINT_UNIQUE", "UNIQUE constraint failed: t.a", -1},
		{"INSERT INTO t VALUES (2, 0)", "SQLITE_CONSTRAINT_CHECK", "CHECK constraint failed: b > 0", -1},
		{"SELECT 1 FRM t", "SQLITE_ERROR", "near \"t\": syntax error", 13},
		{"SELECT 1;\n SELECT x FROM t", "SQLITE_ERROR", "no such column: x", 18},
		{"SELECT 'a", "SQLITE_ERROR", "unrecognized token: \"'a\"", 7},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(examples); i++) {
		g_autoptr(GError) error = NULL;
		assert_false(iw_execute(connection, examples[i].sql, &error));
		assert_error(error, IW_ERROR_STATEMENT, examples[i].code, examples[i].message);
		assert_int_equal(connection->error_offset, examples[i].offset);
	}
}

static void values_are_text_and_null_is_null(void **state)
{
	struct fixture *fixture = *state;
	g_autoptr(iw_connection) connection = open_new(fixture);
	g_autoptr(iw_rows) rows = iw_query(connection, "SELECT 1 AS a, 1.5, 'x', NULL, x'00ff', x'6162', ''", NULL);
	static const char *const expected[] = {"1", "1.5", "x", NULL, "X'00FF'", "ab", ""};
	assert_int_equal(rows->columns, 7);
	assert_string_equal(g_ptr_array_index(rows->names, 0), "a");
	for (int i = 0; i < rows->columns; i++)
		if (expected[i] == NULL)
			assert_null(iw_rows_value(rows, 0, i));
		else
			assert_string_equal(iw_rows_value(rows, 0, i), expected[i]);
	g_autoptr(iw_rows) none = iw_query(connection, "CREATE TABLE t(a)", NULL);
	assert_int_equal(iw_rows_count(none), 0);
}

static void affected_rows_are_those_of_the_statement(void **state)
{
	struct fixture *fixture = *state;
	g_autoptr(iw_connection) connection = open_new(fixture);
	const struct iw_driver *driver = connection->driver;
	gint64 affected = -1;
	run(connection, "CREATE TABLE t(a)");
	assert_true(driver->execute(connection, "INSERT INTO t VALUES (1), (2), (3)", &affected, NULL));
	assert_int_equal(affected, 3);
	assert_true(driver->execute(connection, "CREATE TABLE u(a)", &affected, NULL));
	assert_int_equal(affected, 0);
}

static void a_transaction_takes_the_write_lock_at_once(void **state)
{
	struct fixture *fixture = *state;
	g_autoptr(iw_connection) first = open_new(fixture), second = open_new(fixture);
	const struct iw_driver *driver = first->driver;
	assert_true(driver->begin(first, NULL));
	assert_true(first->in_transaction);
	g_autoptr(GError) error = NULL, inner = NULL;
	assert_false(driver->begin(first, &inner));
	assert_int_equal(inner->code, IW_ERROR_INTERNAL);
	assert_true(driver->set_lock_timeout(second, 20, NULL));
	assert_false(driver->begin(second, &error));
	assert_error(error, IW_ERROR_LOCK, "SQLITE_BUSY", "database is locked");
	assert_false(second->in_transaction);
	assert_true(driver->rollback(second, NULL));
	run(first, "CREATE TABLE t(a)");
	assert_true(driver->rollback(first, NULL));
	assert_value(second, "SELECT count(*) FROM sqlite_schema", "0");
	assert_true(driver->begin(second, NULL));
	assert_true(driver->commit(second, NULL));
}

static void a_commit_kept_out_by_a_reader_can_be_tried_again(void **state)
{
	struct fixture *fixture = *state;
	g_autoptr(iw_connection) writer = open_new(fixture), reader = open_new(fixture);
	const struct iw_driver *driver = writer->driver;
	run(writer, "CREATE TABLE t(a)");
	run(reader, "BEGIN");
	assert_value(reader, "SELECT count(*) FROM t", "0");
	assert_true(driver->set_lock_timeout(writer, 20, NULL));
	assert_true(driver->begin(writer, NULL));
	run(writer, "INSERT INTO t VALUES (1)");
	g_autoptr(GError) error = NULL;
	assert_false(driver->commit(writer, &error));
	assert_error(error, IW_ERROR_LOCK, "SQLITE_BUSY", "database is locked");
	assert_true(writer->in_transaction);
	run(reader, "COMMIT");
	assert_true(driver->commit(writer, NULL));
	assert_value(reader, "SELECT count(*) FROM t", "1");
}

static bool count_down(void *data)
{
	return --*(int *)data > 0;
}

static void the_tick_runs_while_a_lock_is_awaited_and_may_end_the_wait(void **state)
{
	struct fixture *fixture = *state;
	g_autoptr(iw_connection) first = open_new(fixture), second = open_new(fixture);
	assert_true(first->driver->begin(first, NULL));
	assert_true(second->driver->set_lock_timeout(second, 0, NULL));
	int ticks = 3;
	iw_connection_set_tick(second, count_down, &ticks, 5);
	g_autoptr(GError) error = NULL;
	assert_false(second->driver->begin(second, &error));
	assert_error(error, IW_ERROR_INTERRUPTED, "SQLITE_INTERRUPT", "interrupted");
	assert_int_equal(ticks, 0);
}

static void the_tick_runs_during_a_long_statement_and_may_end_it(void **state)
{
	struct fixture *fixture = *state;
	g_autoptr(iw_connection) connection = open_new(fixture);
	int ticks = 3;
	iw_connection_set_tick(connection, count_down, &ticks, 5);
	g_autoptr(GError) error = NULL;
	assert_false(iw_execute(connection, ENDLESS, &error));
	assert_error(error, IW_ERROR_INTERRUPTED, "SQLITE_INTERRUPT", "interrupted");
	iw_connection_set_tick(connection, NULL, NULL, 0);
	assert_value(connection, "SELECT 1", "1");
}

static void a_statement_ends_at_its_time_limit(void **state)
{
	struct fixture *fixture = *state;
	g_autoptr(iw_connection) connection = open_new(fixture);
	assert_true(connection->driver->set_statement_timeout(connection, 20, NULL));
	g_autoptr(GError) error = NULL;
	assert_false(iw_execute(connection, ENDLESS, &error));
	assert_error(error, IW_ERROR_STATEMENT, "SQLITE_INTERRUPT",
		     "the statement was stopped after 20 ms (statement timeout)");
}

static void *cancel_soon(void *data)
{
	iw_connection *connection = data;
	for (int i = 0; i < 20; i++) {
		g_usleep(5000);
		connection->driver->cancel(connection);
	}
	return NULL;
}

static void another_thread_can_cancel(void **state)
{
	struct fixture *fixture = *state;
	g_autoptr(iw_connection) connection = open_new(fixture);
	GThread *thread = g_thread_new("cancel", cancel_soon, connection);
	g_autoptr(GError) error = NULL;
	assert_false(iw_execute(connection, ENDLESS, &error));
	g_thread_join(thread);
	assert_error(error, IW_ERROR_INTERRUPTED, "SQLITE_INTERRUPT", "interrupted");
}

static void a_transaction_that_the_library_rolled_back_is_known_to_be_over(void **state)
{
	struct fixture *fixture = *state;
	g_autoptr(iw_connection) connection = open_new(fixture);
	run(connection, "CREATE TABLE t(a)");
	assert_true(connection->driver->begin(connection, NULL));
	int ticks = 2;
	iw_connection_set_tick(connection, count_down, &ticks, 5);
	g_autoptr(GError) error = NULL;
	assert_false(iw_execute(connection, "INSERT INTO t " ENDLESS, &error));
	assert_error(error, IW_ERROR_INTERRUPTED, "SQLITE_INTERRUPT", "interrupted");
	iw_connection_set_tick(connection, NULL, NULL, 0);
	assert_false(connection->in_transaction);
	assert_true(connection->driver->rollback(connection, NULL));
	assert_value(connection, "SELECT count(*) FROM t", "0");
}

static void a_full_database_is_a_lack_of_resources(void **state)
{
	struct fixture *fixture = *state;
	g_autoptr(iw_connection) connection = open_new(fixture);
	run(connection, "CREATE TABLE t(a)");
	run(connection, "PRAGMA max_page_count = 8");
	g_autoptr(GError) error = NULL;
	assert_false(iw_execute(connection, "INSERT INTO t VALUES (zeroblob(100000))", &error));
	assert_error(error, IW_ERROR_RESOURCE, "SQLITE_FULL", "database or disk is full");
	assert_value(connection, "SELECT count(*) FROM t", "0");
}

static bool try_lock(iw_connection *connection, bool *taken)
{
	g_autoptr(GError) error = NULL;
	if (connection->driver->try_lock(connection, "inchworm", taken, &error))
		return true;
	fail_msg("%s", error->message);
	return false;
}

static void one_connection_holds_the_run_lock_and_nothing_is_left_behind(void **state)
{
	struct fixture *fixture = *state;
	iw_connection *first = open_new(fixture);
	g_autoptr(iw_connection) second = open_new(fixture);
	guint files = count_files(fixture->folder);
	bool taken = false;
	assert_true(try_lock(first, &taken) && taken);
	assert_true(try_lock(second, &taken) && !taken);
	run(second, "CREATE TABLE t(a)");
	assert_true(first->driver->unlock(first, "inchworm", NULL));
	assert_true(try_lock(second, &taken) && taken);
	assert_true(second->driver->unlock(second, "inchworm", NULL));
	assert_int_equal(count_files(fixture->folder), files);
	assert_true(try_lock(first, &taken) && taken);
	iw_connection_free(first);
	assert_true(try_lock(second, &taken) && taken);
}

static void the_run_lock_of_a_killed_process_is_free(void **state)
{
	struct fixture *fixture = *state;
	iw_connection_free(open_new(fixture));
	int pipe_ends[2];
	assert_int_equal(pipe(pipe_ends), 0);
	pid_t child = fork();
	if (child == 0) {
		iw_connection *connection = try_open(fixture, (struct iw_open_options){0}, NULL);
		bool taken = false;
		connection->driver->try_lock(connection, "inchworm", &taken, NULL);
		if (write(pipe_ends[1], taken ? "y" : "n", 1) == 1)
			pause();
		_exit(1);
	}
	char answer = 0;
	assert_int_equal(read(pipe_ends[0], &answer, 1), 1);
	assert_int_equal(answer, 'y');
	g_autoptr(iw_connection) connection = open_new(fixture);
	bool taken = true;
	assert_true(try_lock(connection, &taken) && !taken);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	close(pipe_ends[0]);
	close(pipe_ends[1]);
	assert_true(try_lock(connection, &taken) && taken);
}

static void inspection_reads_what_the_statements_say(void **state)
{
	struct fixture *fixture = *state;
	g_autoptr(iw_connection) connection = open_new(fixture);
	run(connection,
	    "CREATE TABLE IF NOT EXISTS \"users\"(id INTEGER PRIMARY KEY AUTOINCREMENT, email TEXT NOT NULL, "
	    "age INT CONSTRAINT adult CHECK (age>=18), lower_email TEXT AS (lower(email)) STORED);"
	    "CREATE UNIQUE INDEX users_email ON users(email COLLATE NOCASE) WHERE age IS NOT NULL;"
	    "CREATE TABLE posts(id INTEGER PRIMARY KEY, author INT REFERENCES users(id) ON DELETE CASCADE);"
	    "CREATE VIRTUAL TABLE search USING fts5(body);"
	    "CREATE VIEW grown AS SELECT * FROM users;"
	    "CREATE TRIGGER touch AFTER UPDATE ON users BEGIN SELECT 1; END;"
	    "ALTER TABLE users ADD COLUMN nick TEXT DEFAULT 'x'; ALTER TABLE users RENAME COLUMN age TO years;");
	g_autoptr(GError) error = NULL;
	iw_schema *schema = connection->driver->inspect(connection, fixture->arena, NULL, &error);
	assert_null(error);
	assert_true(schema->is_inspected);
	assert_false(schema->is_uncertain);
	assert_int_equal(schema->tables->len, 4);
	struct iw_table *users = iw_schema_find_table(schema, (struct iw_name){NULL, "users"});
	assert_int_equal(users->columns->len, 5);
	assert_int_equal(users->triggers->len, 1);
	struct iw_column *generated = iw_table_find_column(users, schema->engine, "lower_email");
	assert_int_equal(generated->generated, IW_GENERATED_STORED);
	assert_string_equal(generated->generation->canonical, "lower(email)");
	struct iw_constraint *check = iw_table_find_constraint(users, schema->engine, "adult");
	assert_string_equal(check->check->canonical, "years >= 18");
	struct iw_index *index = iw_table_find_index(users, schema->engine, "users_email");
	assert_true(index->is_unique);
	assert_string_equal(index->where->canonical, "years IS NOT NULL");
	struct iw_table *search = iw_schema_find_table(schema, (struct iw_name){NULL, "search"});
	assert_int_equal(search->kind, IW_VIRTUAL_TABLE);
	struct iw_inspect_options only = {.tables = (const char *const[]){"POSTS", NULL}};
	assert_int_equal(connection->driver->inspect(connection, fixture->arena, &only, &error)->tables->len, 1);
}

static void statistics_count_small_tables_exactly(void **state)
{
	struct fixture *fixture = *state;
	g_autoptr(iw_connection) connection = open_new(fixture);
	run(connection,
	    "CREATE TABLE big(a INTEGER PRIMARY KEY, b TEXT); CREATE INDEX big_b ON big(b); CREATE TABLE none(a)");
	run(connection, "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 5000) "
			"INSERT INTO big SELECT x, 'some text' || x FROM c");
	run(connection, "DELETE FROM big WHERE a > 4000");
	struct iw_statistics *statistics = connection->driver->statistics(connection, fixture->arena, NULL);
	const struct iw_table_statistics *big = iw_statistics_find(statistics, (struct iw_name){NULL, "BIG"});
	assert_true(big->rows == 4000);
	assert_true(big->bytes >= 4096 * 10 && big->index_bytes >= 4096 * 10);
	assert_int_equal(big->indexes->len, 1);
	assert_true(iw_statistics_find(statistics, (struct iw_name){"main", "none"})->rows == 0);
	assert_true(statistics->database_bytes >= big->bytes + big->index_bytes);
	assert_true(statistics->free_disk_bytes > 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_missing_file_is_said_to_be_missing_and_not_made),
		TEST(a_folder_or_another_kind_of_file_is_no_database),
		TEST(a_read_only_connection_reads_and_refuses_to_write),
		TEST(errors_carry_the_librarys_code_and_the_place),
		TEST(values_are_text_and_null_is_null),
		TEST(affected_rows_are_those_of_the_statement),
		TEST(a_transaction_takes_the_write_lock_at_once),
		TEST(a_commit_kept_out_by_a_reader_can_be_tried_again),
		TEST(the_tick_runs_while_a_lock_is_awaited_and_may_end_the_wait),
		TEST(the_tick_runs_during_a_long_statement_and_may_end_it),
		TEST(a_statement_ends_at_its_time_limit),
		TEST(another_thread_can_cancel),
		TEST(a_transaction_that_the_library_rolled_back_is_known_to_be_over),
		TEST(a_full_database_is_a_lack_of_resources),
		TEST(one_connection_holds_the_run_lock_and_nothing_is_left_behind),
		TEST(the_run_lock_of_a_killed_process_is_free),
		TEST(inspection_reads_what_the_statements_say),
		TEST(statistics_count_small_tables_exactly),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
