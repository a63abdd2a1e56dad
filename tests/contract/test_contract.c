/*
 * The contract of driver.h, member by member, asked of every driver: INCHWORM_TEST_URL is the URL of an empty database
 * where the user may do anything, or "fake:"; without it the program is skipped. The fake driver, which knows no SQL,
 * is asked for what needs none; what only servers have is not asked of SQLite.
 */
#include "base/error.h"
#include "driver/driver.h"
#include "driver/fake/fake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* What has to be said differently. `kill` takes the session; NULL: sessions cannot be ended from outside. */
static const struct words {
	const char *sleep, *kill;
} words[IW_DIALECTS] = {
	[IW_POSTGRES] = {"SELECT pg_sleep(60)", "SELECT pg_terminate_backend(%s)"},
	[IW_MYSQL] = {"SELECT sleep(60)", "KILL %s"},
	[IW_SQLITE] = {"WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c", NULL},
};
enum { SKIPPED = 77 };	     /* what meson takes for "skipped" */
enum { LIMIT_SECONDS = 45 }; /* below the sleep above, far above any wait that the tests ask for */

#define BLOCKED "ALTER TABLE contract ADD COLUMN extra int"

struct fixture {
	iw_arena *arena;
	struct iw_url *url;   /* NULL: the fake driver */
	iw_connection *a, *b; /* two sessions; a table `contract` with one row (1, 'one') */
};

static iw_connection *try_open(struct fixture *fixture, GError **error)
{
	static const struct iw_open_options options = {.application_name = "contract", .create_database = true};
	if (fixture->url == NULL)
		return iw_fake_new((struct iw_engine){.dialect = IW_POSTGRES, .version = 150000});
	return iw_connection_open(fixture->url, &options, error);
}

static iw_connection *open_session(struct fixture *fixture)
{
	GError *error = NULL;
	iw_connection *connection = try_open(fixture, &error);
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

static char *value_of(iw_connection *connection, const char *sql)
{
	GError *error = NULL;
	char *value = iw_query_value(connection, sql, &error);
	if (error != NULL)
		fail_msg("%s: %s", sql, error->message);
	return value;
}

static void assert_value(iw_connection *connection, const char *sql, const char *expected)
{
	g_autofree char *value = value_of(connection, sql);
	assert_string_equal(value, expected);
}

/* Runs what must fail and gives its error, to be freed. */
static GError *error_of(iw_connection *connection, const char *sql)
{
	GError *error = NULL;
	assert_false(iw_execute(connection, sql, &error));
	assert_non_null(error);
	return error;
}

static void assert_fails(iw_connection *connection, const char *sql, enum iw_error code)
{
	g_autoptr(GError) error = error_of(connection, sql);
	if (error->code != (int)code)
		fail_msg("%s: %s, not %s: %s", sql, iw_error_class(error->code), iw_error_class((int)code),
			 error->message);
}

static int setup(void **state)
{
	struct fixture *fixture = g_new0(struct fixture, 1);
	const char *text = getenv("INCHWORM_TEST_URL");
	GError *error = NULL;
	*state = fixture;
	fixture->arena = iw_arena_new();
	if (strcmp(text, "fake:") != 0) {
		fixture->url = iw_url_parse(fixture->arena, text, NULL, &error);
		if (fixture->url == NULL)
			fail_msg("%s", error->message);
	}
	fixture->a = open_session(fixture);
	if (fixture->url != NULL) {
		must(fixture->a, "DROP TABLE IF EXISTS contract");
		must(fixture->a, "CREATE TABLE contract (id int PRIMARY KEY, note varchar(100))");
		must(fixture->a, "INSERT INTO contract VALUES (1, 'one')");
	}
	fixture->b = open_session(fixture);
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;
	iw_connection_free(fixture->a);
	iw_connection_free(fixture->b);
	iw_arena_free(fixture->arena);
	g_free(fixture);
	return 0;
}

static const struct words *words_of(const struct fixture *fixture)
{
	return &words[fixture->a->engine.dialect];
}

static void needs_feature(const struct fixture *fixture, unsigned features)
{
	if ((fixture->a->features & features) != features)
		skip();
}

/* --- opening --- */

static void a_session_knows_its_engine_and_starts_outside_a_transaction(void **state)
{
	struct fixture *fixture = *state;
	assert_int_equal(fixture->a->engine.dialect, fixture->url->dialect);
	assert_true(fixture->a->engine.version > 30000);
	assert_non_null(fixture->a->session);
	assert_non_null(fixture->a->default_schema);
	assert_false(fixture->a->in_transaction);
	assert_false(fixture->a->is_lost);
	if (fixture->url->dialect != IW_SQLITE)
		assert_string_not_equal(fixture->a->session, fixture->b->session);
}

static void assert_refused(const struct iw_url *url)
{
	g_autoptr(GError) error = NULL;
	struct iw_open_options options = {.application_name = "contract"};
	assert_null(iw_connection_open(url, &options, &error));
	assert_int_equal(error->code, IW_ERROR_CONNECT);
	assert_null(strstr(error->message, "s3cret"));
	assert_non_null(iw_error_info(error)->hint);
}

static void an_unreachable_server_is_a_connect_error_with_a_hint_and_no_password(void **state)
{
	struct fixture *fixture = *state;
	struct iw_url url = *fixture->url;
	url.port = "1";
	url.password = "s3cret";
	assert_refused(&url);
}

static void a_missing_database_is_a_connect_error_and_can_be_created(void **state)
{
	struct fixture *fixture = *state;
	struct iw_url url = *fixture->url;
	url.database = "contract database";
	assert_refused(&url);
	struct iw_open_options options = {.create_database = true};
	for (int i = 0; i < 2; i++) {
		iw_connection *connection = iw_connection_open(&url, &options, NULL);
		assert_non_null(connection);
		iw_connection_free(connection);
	}
	must(fixture->a, fixture->url->dialect == IW_MYSQL ? "DROP DATABASE `contract database`"
							   : "DROP DATABASE \"contract database\"");
}

/* --- statements --- */

static void values_come_as_text_and_null_as_null(void **state)
{
	struct fixture *fixture = *state;
	GError *error = NULL;
	const char *sql =
		"SELECT 1 AS one, NULL AS missing, '' AS empty, 'h\u00e9\u4e16\U0001f41b' AS words, -1.50 AS number";
	g_autoptr(iw_rows) rows = iw_query(fixture->a, sql, &error);
	if (rows == NULL)
		fail_msg("%s", error->message);
	assert_int_equal(rows->columns, 5);
	assert_int_equal(iw_rows_count(rows), 1);
	assert_string_equal(g_ptr_array_index(rows->names, 3), "words");
	assert_string_equal(iw_rows_value(rows, 0, 0), "1");
	assert_null(iw_rows_value(rows, 0, 1));
	assert_string_equal(iw_rows_value(rows, 0, 2), "");
	assert_string_equal(iw_rows_value(rows, 0, 3), "h\u00e9\u4e16\U0001f41b");
	assert_memory_equal(iw_rows_value(rows, 0, 4), "-1.5", 4);
}

static void no_rows_are_no_error(void **state)
{
	struct fixture *fixture = *state;
	GError *error = NULL;
	g_autoptr(iw_rows) rows = iw_query(fixture->a, "SELECT id, note FROM contract WHERE id = 99", &error);
	assert_non_null(rows);
	assert_int_equal(iw_rows_count(rows), 0);
	assert_int_equal(rows->columns, 2);
	assert_null(iw_query_value(fixture->a, "SELECT id FROM contract WHERE id = 99", &error));
	assert_null(error);
}

static void affected_rows_are_counted(void **state)
{
	struct fixture *fixture = *state;
	gint64 affected = -1;
	must(fixture->a, "INSERT INTO contract VALUES (2, 'two'), (3, 'three')");
	assert_true(fixture->a->driver->execute(fixture->a, "UPDATE contract SET note = 'x' WHERE id > 1", &affected,
						NULL));
	assert_int_equal(affected, 2);
	assert_true(fixture->a->driver->execute(fixture->a, "DELETE FROM contract WHERE id = 99", &affected, NULL));
	assert_int_equal(affected, 0);
}

static void execute_drops_the_rows_of_a_select(void **state)
{
	struct fixture *fixture = *state;
	must(fixture->a, "SELECT * FROM contract");
	assert_value(fixture->a, "SELECT count(*) FROM contract", "1");
}

static void a_refused_statement_has_its_class_and_code_and_leaves_the_session_usable(void **state)
{
	struct fixture *fixture = *state;
	static const char *const refused[] = {
		"INSERT INTO contract VALUES (1, 'again')",
		"SELECT * FROM no_such_table",
		"SELEC 1",
	};
	for (size_t i = 0; i < G_N_ELEMENTS(refused); i++) {
		g_autoptr(GError) error = error_of(fixture->a, refused[i]);
		assert_int_equal(error->code, IW_ERROR_STATEMENT);
		assert_non_null(iw_error_info(error)->server_code);
		assert_true(strlen(error->message) > 0);
		assert_false(fixture->a->is_lost);
	}
	assert_false(iw_execute(fixture->a, refused[0], NULL));
	assert_value(fixture->a, "SELECT note FROM contract WHERE id = 1", "one");
}

static void the_error_offset_counts_bytes_where_the_server_tells(void **state)
{
	struct fixture *fixture = *state;
	const char *sql = "SELECT '\u00e9\u4e16' AS w, nowhere FROM contract";
	assert_fails(fixture->a, sql, IW_ERROR_STATEMENT);
	gssize offset = fixture->a->error_offset;
	if (fixture->a->engine.dialect == IW_POSTGRES)
		assert_int_equal(offset, strstr(sql, "nowhere") - sql);
	assert_true(offset == -1 || offset == strstr(sql, "nowhere") - sql);
	must(fixture->a, "SELECT 1");
	assert_int_equal(fixture->a->error_offset, -1);
}

/* --- transactions --- */

static void rollback_undoes_and_commit_keeps(void **state)
{
	struct fixture *fixture = *state;
	const struct iw_driver *driver = fixture->a->driver;
	assert_true(driver->begin(fixture->a, NULL));
	must(fixture->a, "INSERT INTO contract VALUES (2, 'two')");
	assert_true(driver->rollback(fixture->a, NULL));
	assert_value(fixture->a, "SELECT count(*) FROM contract", "1");
	assert_true(driver->begin(fixture->a, NULL));
	must(fixture->a, "INSERT INTO contract VALUES (3, 'three')");
	assert_true(driver->commit(fixture->a, NULL));
	assert_value(fixture->b, "SELECT count(*) FROM contract", "2");
}

static void begin_commit_and_rollback_tell_whether_a_transaction_is_open(void **state)
{
	struct fixture *fixture = *state;
	const struct iw_driver *driver = fixture->a->driver;
	assert_true(driver->begin(fixture->a, NULL));
	assert_true(fixture->a->in_transaction);
	assert_true(driver->commit(fixture->a, NULL));
	assert_false(fixture->a->in_transaction);
	assert_true(driver->begin(fixture->a, NULL));
	assert_true(driver->rollback(fixture->a, NULL));
	assert_false(fixture->a->in_transaction);
}

static void begin_inside_a_transaction_is_a_defect_and_changes_nothing(void **state)
{
	struct fixture *fixture = *state;
	g_autoptr(GError) error = NULL;
	assert_true(fixture->a->driver->begin(fixture->a, NULL));
	assert_false(fixture->a->driver->begin(fixture->a, &error));
	assert_int_equal(error->code, IW_ERROR_INTERNAL);
	assert_true(fixture->a->in_transaction);
	assert_true(fixture->a->driver->rollback(fixture->a, NULL));
}

static void rollback_outside_a_transaction_does_nothing(void **state)
{
	struct fixture *fixture = *state;
	assert_true(fixture->a->driver->rollback(fixture->a, NULL));
	assert_true(fixture->a->driver->rollback(fixture->a, NULL));
}

static void a_commit_that_could_only_roll_back_is_an_error(void **state)
{
	struct fixture *fixture = *state;
	g_autoptr(GError) error = NULL;
	assert_true(fixture->a->driver->begin(fixture->a, NULL));
	must(fixture->a, "INSERT INTO contract VALUES (2, 'two')");
	assert_fails(fixture->a, "SELECT 1 / 0", IW_ERROR_STATEMENT);
	assert_false(fixture->a->driver->commit(fixture->a, &error));
	assert_int_equal(error->code, IW_ERROR_STATEMENT);
	assert_false(fixture->a->in_transaction);
	assert_value(fixture->a, "SELECT count(*) FROM contract", "1");
}

static void transactional_ddl_goes_back_with_the_transaction(void **state)
{
	struct fixture *fixture = *state;
	assert_true(fixture->a->features & IW_TRANSACTIONAL_DDL);
	assert_true(fixture->a->driver->begin(fixture->a, NULL));
	must(fixture->a, BLOCKED);
	assert_true(fixture->a->driver->rollback(fixture->a, NULL));
	assert_fails(fixture->a, "SELECT extra FROM contract", IW_ERROR_STATEMENT);
}

/* --- limits --- */

/* A has changed a row and not committed: ALTER TABLE has to wait on every engine. */
static void hold(struct fixture *fixture)
{
	assert_true(fixture->a->driver->begin(fixture->a, NULL));
	must(fixture->a, "UPDATE contract SET note = 'held' WHERE id = 1");
}

/* How long `sql` took to fail with `code`, in milliseconds. */
static gint64 time_of_failure(iw_connection *connection, const char *sql, enum iw_error code)
{
	gint64 began = g_get_monotonic_time();
	assert_fails(connection, sql, code);
	gint64 took = (g_get_monotonic_time() - began) / 1000;
	assert_true(took < LIMIT_SECONDS * 1000);
	return took;
}

static void a_lock_is_waited_for_as_long_as_the_lock_timeout_says(void **state)
{
	struct fixture *fixture = *state;
	hold(fixture);
	assert_true(fixture->b->driver->set_lock_timeout(fixture->b, 1000, NULL));
	assert_true(time_of_failure(fixture->b, BLOCKED, IW_ERROR_LOCK) >= 900);
	assert_false(fixture->b->is_lost);
	assert_true(fixture->a->driver->rollback(fixture->a, NULL));
	must(fixture->b, BLOCKED);
}

static void the_lock_timeout_survives_the_transaction_it_was_set_in(void **state)
{
	struct fixture *fixture = *state;
	const struct iw_driver *driver = fixture->b->driver;
	assert_true(driver->begin(fixture->b, NULL));
	assert_true(driver->set_lock_timeout(fixture->b, 1000, NULL));
	assert_true(driver->rollback(fixture->b, NULL));
	hold(fixture);
	time_of_failure(fixture->b, BLOCKED, IW_ERROR_LOCK);
	assert_true(fixture->a->driver->rollback(fixture->a, NULL));
}

static void a_statement_ends_when_the_statement_timeout_says(void **state)
{
	struct fixture *fixture = *state;
	assert_true(fixture->a->driver->set_statement_timeout(fixture->a, 1000, NULL));
	assert_true(time_of_failure(fixture->a, words_of(fixture)->sleep, IW_ERROR_STATEMENT) >= 900);
	assert_true(fixture->a->driver->set_statement_timeout(fixture->a, 0, NULL));
	must(fixture->a, "SELECT 1");
}

static bool count_ticks(void *data)
{
	int *left = data;
	return --*left > 0;
}

static void a_tick_that_says_no_interrupts_the_statement(void **state)
{
	struct fixture *fixture = *state;
	int left = 3;
	iw_connection_set_tick(fixture->a, count_ticks, &left, 20);
	time_of_failure(fixture->a, words_of(fixture)->sleep, IW_ERROR_INTERRUPTED);
	assert_int_equal(left, 0);
	iw_connection_set_tick(fixture->a, NULL, NULL, 0);
	must(fixture->a, "SELECT 1");
}

static void a_tick_interrupts_the_wait_for_a_lock(void **state)
{
	struct fixture *fixture = *state;
	int left = 3;
	hold(fixture);
	iw_connection_set_tick(fixture->b, count_ticks, &left, 20);
	time_of_failure(fixture->b, BLOCKED, IW_ERROR_INTERRUPTED);
	iw_connection_set_tick(fixture->b, NULL, NULL, 0);
	assert_true(fixture->a->driver->rollback(fixture->a, NULL));
	must(fixture->b, BLOCKED);
}

struct canceller {
	iw_connection *connection;
	gint is_done; /* atomic */
};

/* Again and again: the statement may not have begun yet. */
static gpointer cancel_until_done(gpointer data)
{
	struct canceller *canceller = data;
	while (!g_atomic_int_get(&canceller->is_done)) {
		g_usleep(100000);
		canceller->connection->driver->cancel(canceller->connection);
	}
	return NULL;
}

static void cancel_from_another_thread_ends_the_statement(void **state)
{
	struct fixture *fixture = *state;
	struct canceller canceller = {.connection = fixture->a};
	GThread *thread = g_thread_new("cancel", cancel_until_done, &canceller);
	time_of_failure(fixture->a, words_of(fixture)->sleep, IW_ERROR_INTERRUPTED);
	g_atomic_int_set(&canceller.is_done, 1);
	g_thread_join(thread);
	assert_false(fixture->a->is_lost);
}

static void a_cancel_between_statements_does_no_harm(void **state)
{
	struct fixture *fixture = *state;
	fixture->a->driver->cancel(fixture->a);
	g_usleep(200000);
	must(fixture->a, "SELECT 1");
}

/* --- named locks --- */

static bool try_lock(iw_connection *connection, const char *name)
{
	bool taken;
	GError *error = NULL;
	if (!connection->driver->try_lock(connection, name, &taken, &error))
		fail_msg("%s", error->message);
	return taken;
}

static void a_named_lock_is_had_by_one_session_until_it_unlocks(void **state)
{
	struct fixture *fixture = *state;
	needs_feature(fixture, IW_RUN_LOCK);
	assert_true(try_lock(fixture->a, "inchworm"));
	assert_false(try_lock(fixture->b, "inchworm"));
	assert_true(try_lock(fixture->b, "another"));
	assert_true(fixture->a->driver->unlock(fixture->a, "inchworm", NULL));
	assert_true(try_lock(fixture->b, "inchworm"));
}

static void a_named_lock_taken_twice_is_released_once(void **state)
{
	struct fixture *fixture = *state;
	assert_true(try_lock(fixture->a, "inchworm"));
	assert_true(try_lock(fixture->a, "inchworm"));
	assert_true(fixture->a->driver->unlock(fixture->a, "inchworm", NULL));
	assert_true(try_lock(fixture->b, "inchworm"));
}

static void a_named_lock_goes_with_its_session(void **state)
{
	struct fixture *fixture = *state;
	assert_true(try_lock(fixture->a, "inchworm"));
	iw_connection_free(fixture->a);
	bool is_free = false; /* the server notices the end of a session in its own time */
	for (int i = 0; i < LIMIT_SECONDS * 20 && !is_free; i++) {
		is_free = try_lock(fixture->b, "inchworm");
		g_usleep(is_free ? 0 : 50000);
	}
	fixture->a = open_session(fixture);
	assert_true(is_free);
}

static void a_named_lock_survives_commit_and_rollback(void **state)
{
	struct fixture *fixture = *state;
	needs_feature(fixture, IW_RUN_LOCK);
	assert_true(try_lock(fixture->a, "inchworm"));
	assert_true(fixture->a->driver->begin(fixture->a, NULL));
	assert_true(fixture->a->driver->rollback(fixture->a, NULL));
	assert_true(fixture->a->driver->begin(fixture->a, NULL));
	assert_true(fixture->a->driver->commit(fixture->a, NULL));
	assert_false(try_lock(fixture->b, "inchworm"));
}

/* --- losing the connection --- */

static void kill_session(iw_connection *killer, const struct words *of, const iw_connection *victim)
{
	GString *sql = g_string_new(of->kill);
	g_string_replace(sql, "%s", victim->session, 0);
	must(killer, sql->str);
	g_string_free(sql, TRUE);
}

static void a_session_that_was_ended_is_lost_and_stays_so(void **state)
{
	struct fixture *fixture = *state;
	assert_true(fixture->a->driver->begin(fixture->a, NULL));
	kill_session(fixture->b, words_of(fixture), fixture->a);
	assert_fails(fixture->a, "SELECT 1", IW_ERROR_LOST);
	assert_true(fixture->a->is_lost);
	assert_fails(fixture->a, "SELECT 1", IW_ERROR_LOST);
	assert_null(iw_query(fixture->a, "SELECT 1", NULL));
	fixture->a->driver->cancel(fixture->a);
	assert_value(fixture->b, "SELECT count(*) FROM contract", "1");
}

struct killer {
	struct fixture *fixture;
	bool is_done;
};

static bool kill_at_first_tick(void *data)
{
	struct killer *killer = data;
	if (!killer->is_done)
		kill_session(killer->fixture->b, words_of(killer->fixture), killer->fixture->a);
	killer->is_done = true;
	return true;
}

static void a_session_that_is_ended_during_a_statement_is_lost(void **state)
{
	struct fixture *fixture = *state;
	struct killer killer = {.fixture = fixture};
	iw_connection_set_tick(fixture->a, kill_at_first_tick, &killer, 50);
	time_of_failure(fixture->a, words_of(fixture)->sleep, IW_ERROR_LOST);
	assert_true(fixture->a->is_lost);
}

/* --- observing --- */

struct watch {
	struct fixture *fixture;
	iw_connection *observer;
	struct iw_wait *wait;
	int left;
};

static bool look(void *data)
{
	struct watch *watch = data;
	watch->wait = watch->observer->driver->waits(watch->observer, watch->fixture->arena, watch->fixture->b->session,
						     NULL);
	return watch->wait != NULL && !watch->wait->is_waiting && --watch->left > 0;
}

/* MySQL's metadata locks can be told only with a plugin: the blocker is then a suspect. */
static void a_wait_for_a_lock_is_seen_with_the_session_in_the_way(void **state)
{
	struct fixture *fixture = *state;
	assert_true(fixture->a->features & IW_SEES_WAITS);
	struct watch watch = {.fixture = fixture, .observer = open_session(fixture), .left = 100};
	hold(fixture);
	iw_connection_set_tick(fixture->b, look, &watch, 100);
	time_of_failure(fixture->b, BLOCKED, IW_ERROR_INTERRUPTED);
	iw_connection_free(watch.observer);
	assert_non_null(watch.wait);
	assert_true(watch.wait->is_waiting);
	assert_true(watch.wait->waiting_seconds >= 0);
	assert_non_null(watch.wait->waits_for);
	bool is_found = false;
	for (guint i = 0; i < watch.wait->blockers->len; i++) {
		const struct iw_blocker *blocker = g_ptr_array_index(watch.wait->blockers, i);
		is_found |= strcmp(blocker->session, fixture->a->session) == 0 && blocker->transaction_seconds >= 0;
	}
	assert_true(is_found);
}

static void a_session_that_does_not_wait_is_seen_so(void **state)
{
	struct fixture *fixture = *state;
	assert_true(fixture->a->features & IW_SEES_WAITS);
	struct iw_wait *wait = fixture->b->driver->waits(fixture->b, fixture->arena, fixture->a->session, NULL);
	assert_non_null(wait);
	assert_false(wait->is_waiting);
	assert_int_equal(wait->blockers->len, 0);
}

static bool finds_a(struct fixture *fixture, const char *table, double seconds)
{
	GPtrArray *tables = iw_arena_ptr_array(fixture->arena);
	struct iw_name name = {NULL, table};
	g_ptr_array_add(tables, &name);
	GError *error = NULL;
	GPtrArray *found = fixture->b->driver->long_transactions(fixture->b, fixture->arena,
								 table == NULL ? NULL : tables, seconds, &error);
	if (found == NULL)
		fail_msg("%s", error->message);
	bool is_found = false;
	for (guint i = 0; i < found->len; i++)
		is_found |= strcmp(((struct iw_blocker *)found->pdata[i])->session, fixture->a->session) == 0;
	return is_found;
}

static void an_old_transaction_is_found_by_age_and_table(void **state)
{
	struct fixture *fixture = *state;
	must(fixture->b, "CREATE TABLE IF NOT EXISTS quiet (id int)");
	hold(fixture);
	g_usleep(1100000);
	assert_true(finds_a(fixture, "contract", 0.5));
	assert_true(finds_a(fixture, NULL, 0.5));
	assert_false(finds_a(fixture, NULL, 3600));
	if (fixture->a->engine.dialect == IW_POSTGRES)
		assert_false(finds_a(fixture, "quiet", 0.5));
	assert_true(fixture->a->driver->rollback(fixture->a, NULL));
}

static void statistics_know_the_tables(void **state)
{
	struct fixture *fixture = *state;
	needs_feature(fixture, IW_HAS_STATISTICS);
	GError *error = NULL;
	struct iw_statistics *statistics = fixture->a->driver->statistics(fixture->a, fixture->arena, &error);
	if (statistics == NULL)
		fail_msg("%s", error->message);
	struct iw_name name = {NULL, "contract"}, qualified = {fixture->a->default_schema, "contract"};
	const struct iw_table_statistics *table = iw_statistics_find(statistics, name);
	assert_non_null(table);
	assert_ptr_equal(table, iw_statistics_find(statistics, qualified));
	assert_true(table->bytes > 0);
	assert_true(statistics->database_bytes > 0);
	assert_null(iw_statistics_find(statistics, (struct iw_name){NULL, "no_such_table"}));
}

/* --- the live schema --- */

static iw_schema *inspect(struct fixture *fixture, const struct iw_inspect_options *options)
{
	GError *error = NULL;
	iw_schema *schema = fixture->a->driver->inspect(fixture->a, fixture->arena, options, &error);
	if (schema == NULL)
		fail_msg("%s", error->message);
	return schema;
}

static void the_live_schema_is_read(void **state)
{
	struct fixture *fixture = *state;
	must(fixture->a, "CREATE INDEX contract_note ON contract (note)");
	iw_schema *schema = inspect(fixture, NULL);
	struct iw_table *table = iw_schema_find_table(schema, (struct iw_name){NULL, "contract"});
	assert_true(schema->is_inspected);
	assert_non_null(table);
	assert_int_equal(table->columns->len, 2);
	assert_non_null(iw_table_find_column(table, schema->engine, "note"));
	assert_non_null(iw_table_primary_key(table));
	assert_non_null(iw_table_find_index(table, schema->engine, "contract_note"));
}

static void inspection_can_be_limited_to_tables(void **state)
{
	struct fixture *fixture = *state;
	must(fixture->a, "CREATE TABLE IF NOT EXISTS quiet (id int)");
	const char *const tables[] = {"contract", "no such table", NULL};
	struct iw_inspect_options options = {.tables = tables};
	iw_schema *schema = inspect(fixture, &options);
	assert_non_null(iw_schema_find_table(schema, (struct iw_name){NULL, "contract"}));
	assert_null(iw_schema_find_table(schema, (struct iw_name){NULL, "quiet"}));
	must(fixture->a, "DROP TABLE quiet");
}

static void inspection_leaves_an_open_transaction_open(void **state)
{
	struct fixture *fixture = *state;
	assert_true(fixture->a->driver->begin(fixture->a, NULL));
	must(fixture->a, "INSERT INTO contract VALUES (2, 'two')");
	inspect(fixture, NULL);
	assert_true(fixture->a->in_transaction);
	assert_true(fixture->a->driver->rollback(fixture->a, NULL));
	assert_value(fixture->a, "SELECT count(*) FROM contract", "1");
}

static struct iw_trace *trace(struct fixture *fixture, const char *sql, GError **error)
{
	const struct iw_trace_request request = {
		.sql = sql, .in_transaction = true, .relation = {NULL, "contract"}, .clause_separator = ", "};
	return fixture->a->driver->trace(fixture->a, fixture->b, fixture->arena, &request, error);
}

static void a_traced_statement_has_taken_effect_and_its_lock_was_seen(void **state)
{
	struct fixture *fixture = *state;
	struct iw_trace *seen = trace(fixture, "ALTER TABLE contract ADD COLUMN extra int", NULL);
	assert_non_null(seen);
	assert_true(seen->locks->len == 1 && seen->rewritten->len == 0);
	assert_false(fixture->a->in_transaction || fixture->b->in_transaction);
	assert_value(fixture->b, "SELECT count(extra) FROM contract", "0");
}

static void a_traced_statement_that_is_refused_leaves_no_transaction(void **state)
{
	struct fixture *fixture = *state;
	GError *error = NULL;
	assert_null(trace(fixture, "ALTER TABLE contract ADD COLUMN note int", &error));
	assert_int_equal(error->code, IW_ERROR_STATEMENT);
	g_error_free(error);
	must(fixture->b, "ALTER TABLE contract ADD COLUMN extra int"); /* nothing is locked */
}

#define ROW(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static const struct CMUnitTest of_all[] = {
	ROW(begin_commit_and_rollback_tell_whether_a_transaction_is_open),
	ROW(begin_inside_a_transaction_is_a_defect_and_changes_nothing),
	ROW(rollback_outside_a_transaction_does_nothing),
	ROW(a_named_lock_taken_twice_is_released_once),
};
static const struct CMUnitTest of_engines[] = {
	ROW(a_session_knows_its_engine_and_starts_outside_a_transaction),
	ROW(values_come_as_text_and_null_as_null),
	ROW(no_rows_are_no_error),
	ROW(affected_rows_are_counted),
	ROW(execute_drops_the_rows_of_a_select),
	ROW(a_refused_statement_has_its_class_and_code_and_leaves_the_session_usable),
	ROW(the_error_offset_counts_bytes_where_the_server_tells),
	ROW(rollback_undoes_and_commit_keeps),
	ROW(a_lock_is_waited_for_as_long_as_the_lock_timeout_says),
	ROW(the_lock_timeout_survives_the_transaction_it_was_set_in),
	ROW(a_statement_ends_when_the_statement_timeout_says),
	ROW(a_tick_that_says_no_interrupts_the_statement),
	ROW(a_tick_interrupts_the_wait_for_a_lock),
	ROW(cancel_from_another_thread_ends_the_statement),
	ROW(a_cancel_between_statements_does_no_harm),
	ROW(a_named_lock_is_had_by_one_session_until_it_unlocks),
	ROW(a_named_lock_goes_with_its_session),
	ROW(a_named_lock_survives_commit_and_rollback),
	ROW(statistics_know_the_tables),
	ROW(the_live_schema_is_read),
	ROW(inspection_can_be_limited_to_tables),
	ROW(inspection_leaves_an_open_transaction_open),
	ROW(a_traced_statement_has_taken_effect_and_its_lock_was_seen),
	ROW(a_traced_statement_that_is_refused_leaves_no_transaction),
};
static const struct CMUnitTest of_transactional_engines[] = {
	ROW(transactional_ddl_goes_back_with_the_transaction),
};
static const struct CMUnitTest of_servers[] = {
	ROW(an_unreachable_server_is_a_connect_error_with_a_hint_and_no_password),
	ROW(a_missing_database_is_a_connect_error_and_can_be_created),
	ROW(a_session_that_was_ended_is_lost_and_stays_so),
	ROW(a_session_that_is_ended_during_a_statement_is_lost),
	ROW(a_wait_for_a_lock_is_seen_with_the_session_in_the_way),
	ROW(a_session_that_does_not_wait_is_seen_so),
	ROW(an_old_transaction_is_found_by_age_and_table),
};
static const struct CMUnitTest of_postgres[] = {
	ROW(a_commit_that_could_only_roll_back_is_an_error),
};

int main(void)
{
	const char *url = getenv("INCHWORM_TEST_URL");
	if (url == NULL) {
		puts("skipped: INCHWORM_TEST_URL is not set; tests/run starts servers and sets it");
		return SKIPPED;
	}
	bool is_fake = strcmp(url, "fake:") == 0;
	bool is_postgres = g_str_has_prefix(url, "postgres");
	bool is_mysql = g_str_has_prefix(url, "mysql");
	int failed = cmocka_run_group_tests_name("all drivers", of_all, NULL, NULL);
	if (!is_fake)
		failed += cmocka_run_group_tests_name("engines", of_engines, NULL, NULL);
	if (!is_fake && !is_mysql)
		failed += cmocka_run_group_tests_name("transactional DDL", of_transactional_engines, NULL, NULL);
	if (is_postgres || is_mysql)
		failed += cmocka_run_group_tests_name("servers", of_servers, NULL, NULL);
	if (is_postgres)
		failed += cmocka_run_group_tests_name("PostgreSQL", of_postgres, NULL, NULL);
	return failed;
}
