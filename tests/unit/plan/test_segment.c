/* Segments: what commits together. */
#include "plan/plan_internal.h"

#include "base/error.h"
#include "sql/sql.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static const struct iw_engine postgres = {IW_POSTGRES, false, 150000};
static const struct iw_engine mysql = {IW_MYSQL, false, 80400};
static const struct iw_engine sqlite = {IW_SQLITE, false, 34000};

/* "tx:1-3 single:4" for the segments of a script; "!" behind one with foreign keys off. */
static char *segments_of(struct iw_engine engine, const char *sql, bool is_atomic, GError **error)
{
	g_autoptr(iw_arena) arena = iw_arena_new();
	g_autoptr(iw_source) source = iw_source_from_text(sql, strlen(sql), "<test>");
	struct iw_migration migration = {.name = "m"};
	struct iw_migration_plan plan = {.migration = &migration, .steps = iw_arena_ptr_array(arena)};
	GPtrArray *statements = iw_read_all(arena, engine, source, NULL, NULL);
	for (guint i = 0; i < statements->len; i++) {
		struct iw_step *step = iw_new(arena, struct iw_step);
		step->statement = g_ptr_array_index(statements, i);
		g_ptr_array_add(plan.steps, step);
	}
	struct iw_plan_options options = {.engine = engine, .transactional_ddl = engine.dialect != IW_MYSQL};
	struct iw_script script = {.is_atomic = is_atomic};
	if (!iw_plan_segments(arena, &options, &plan, &script, error))
		return NULL;
	GString *text = g_string_new(plan.is_atomic ? "atomic " : "");
	for (guint i = 0; i < plan.segments->len; i++) {
		const struct iw_segment *segment = g_ptr_array_index(plan.segments, i);
		g_string_append_printf(text, "%s:%u-%u%s ", segment->kind == IW_SEGMENT_TRANSACTION ? "tx" : "single",
				       segment->first + 1, segment->first + segment->count,
				       segment->foreign_keys_off ? "!" : "");
	}
	g_strchomp(text->str);
	return g_string_free(text, FALSE);
}

static void assert_segments(struct iw_engine engine, bool is_atomic, const char *sql, const char *expected)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *found = segments_of(engine, sql, is_atomic, &error);
	assert_null(error);
	assert_string_equal(found, expected);
}

static void an_atomic_script_is_one_transaction(void **state)
{
	(void)state;
	assert_segments(postgres, true, "CREATE TABLE a (b int); ALTER TABLE a ADD c int; UPDATE a SET c = 1",
			"atomic tx:1-3");
}

static void concurrent_index_stands_alone_between_transactions(void **state)
{
	(void)state;
	assert_segments(postgres, true,
			"CREATE TABLE a (b int); CREATE INDEX CONCURRENTLY i ON a (b); ALTER TABLE a ADD c int",
			"tx:1-1 single:2-2 tx:3-3");
}

static void commit_in_a_file_ends_a_segment_and_begin_joins_one(void **state)
{
	(void)state;
	assert_segments(postgres, true,
			"CREATE TABLE a (b int); BEGIN; ALTER TABLE a ADD c int; COMMIT; ALTER TABLE a ADD d int",
			"tx:1-3 tx:5-5");
}

static void without_the_frameworks_transaction_each_statement_commits(void **state)
{
	(void)state;
	assert_segments(postgres, false, "CREATE TABLE a (b int); ALTER TABLE a ADD c int", "tx:1-1 tx:2-2");
	assert_segments(postgres, false, "BEGIN; CREATE TABLE a (b int); ALTER TABLE a ADD c int; COMMIT",
			"atomic tx:2-3");
}

static void mysql_ddl_commits_by_itself_and_data_goes_together(void **state)
{
	(void)state;
	assert_segments(mysql, true,
			"ALTER TABLE a ADD c int; UPDATE a SET c = 1; DELETE FROM a WHERE c = 2; DROP TABLE b",
			"single:1-1 tx:2-3 single:4-4");
}

static void sqlite_foreign_keys_are_off_round_a_rebuild(void **state)
{
	(void)state;
	assert_segments(
		sqlite, true,
		"PRAGMA foreign_keys=OFF; CREATE TABLE new_a (b int); INSERT INTO new_a SELECT b FROM a; DROP TABLE a;"
		"ALTER TABLE new_a RENAME TO a; PRAGMA foreign_keys=ON",
		"atomic tx:1-6!");
	assert_segments(sqlite, true, "CREATE TABLE new_a (b int); DROP TABLE a; ALTER TABLE new_a RENAME TO a",
			"atomic tx:1-3!");
	assert_segments(sqlite, true, "CREATE TABLE a (b int); DROP TABLE c", "atomic tx:1-2");
}

static void a_new_enum_value_commits_before_its_first_use(void **state)
{
	(void)state;
	assert_segments(postgres, true, "ALTER TYPE r ADD VALUE 'x'; CREATE TABLE b (c int); UPDATE a SET r = 'x'",
			"tx:1-2 tx:3-3");
	assert_segments(postgres, true, "ALTER TYPE r ADD VALUE 'it''s'; UPDATE a SET r = 'it''s'", "tx:1-1 tx:2-2");
	assert_segments(postgres, true, "ALTER TYPE r ADD VALUE 'x'; ALTER TYPE r ADD VALUE 'y' AFTER 'x'",
			"atomic tx:1-2");
	assert_segments(postgres, true, "ALTER TYPE r ADD VALUE 'x'; UPDATE a SET r = 'old'", "atomic tx:1-2");
	assert_segments(postgres, true,
			"CREATE TYPE r AS ENUM ('a'); ALTER TYPE r ADD VALUE 'x'; CREATE TABLE b (c r DEFAULT 'x')",
			"atomic tx:1-3");
	assert_segments(postgres, true, "BEGIN; ALTER TYPE r ADD VALUE 'x'; UPDATE a SET r = 'x'; COMMIT",
			"atomic tx:2-3");
}

static void rollback_in_a_file_is_refused(void **state)
{
	(void)state;
	g_autoptr(GError) error = NULL;
	assert_null(segments_of(postgres, "CREATE TABLE a (b int); ROLLBACK", true, &error));
	assert_int_equal(error->code, IW_ERROR_UNSUPPORTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_atomic_script_is_one_transaction),
		cmocka_unit_test(concurrent_index_stands_alone_between_transactions),
		cmocka_unit_test(commit_in_a_file_ends_a_segment_and_begin_joins_one),
		cmocka_unit_test(without_the_frameworks_transaction_each_statement_commits),
		cmocka_unit_test(mysql_ddl_commits_by_itself_and_data_goes_together),
		cmocka_unit_test(sqlite_foreign_keys_are_off_round_a_rebuild),
		cmocka_unit_test(a_new_enum_value_commits_before_its_first_use),
		cmocka_unit_test(rollback_in_a_file_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
