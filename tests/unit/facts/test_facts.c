/* Facts: the tables themselves, versions, conditions that compare with the schema before, locks on other relations. */
#include "base/source.h"
#include "facts/conditions.h"
#include "facts/facts.h"
#include "model/replay.h"
#include "sql/sql.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static const struct iw_engine POSTGRES = {IW_POSTGRES, false, 150000};
static const struct iw_engine SQLITE = {IW_SQLITE, false, 34001};

/* The fact of the last statement's first operation; the others are replayed before it. */
static const struct iw_fact *fact_of(iw_arena *arena, struct iw_engine engine, const char *sql, GPtrArray **locks)
{
	g_autoptr(iw_source) source = iw_source_from_text(sql, strlen(sql), "<test>");
	g_autoptr(GError) error = NULL;
	GPtrArray *statements = iw_read_all(arena, engine, source, NULL, &error);
	if (statements == NULL)
		fail_msg("%s", error->message);
	iw_schema *schema = iw_schema_new(arena, engine);
	for (guint i = 0; i + 1 < statements->len; i++)
		if (!iw_schema_apply_statement(schema, g_ptr_array_index(statements, i), &error))
			fail_msg("%s", error->message);
	const struct iw_statement *last = g_ptr_array_index(statements, statements->len - 1);
	const struct iw_question question = {engine, g_ptr_array_index(last->operations, 0), schema, true, {0}};
	if (locks != NULL)
		*locks = iw_fact_locks(arena, &question);
	return iw_fact_find(&question);
}

static void assert_fact(struct iw_engine engine, const char *sql, const char *id)
{
	g_autoptr(iw_arena) arena = iw_arena_new();
	const struct iw_fact *fact = fact_of(arena, engine, sql, NULL);
	if (strcmp(fact->id, id) != 0)
		fail_msg("%s\n  is %s, not %s", sql, fact->id, id);
}

static void ids_are_unique_and_rows_are_complete(void **state)
{
	(void)state;
	g_autoptr(GHashTable) ids = g_hash_table_new(g_str_hash, g_str_equal);
	for (int dialect = 0; dialect < IW_DIALECTS; dialect++) {
		size_t count;
		const struct iw_fact *facts = iw_facts(dialect, &count);
		for (size_t i = 0; i < count; i++) {
			if (!g_hash_table_add(ids, (char *)facts[i].id))
				fail_msg("%s stands twice", facts[i].id);
			if (facts[i].lock == NULL || facts[i].source == NULL ||
			    (facts[i].condition == NULL) != (facts[i].condition_words == NULL))
				fail_msg("%s is incomplete", facts[i].id);
			assert_int_equal(facts[i].dialect, dialect);
		}
	}
}

/* Kinds that an engine does not have; every other kind has rows on PostgreSQL. */
static void every_kind_of_operation_has_a_fact_on_postgres(void **state)
{
	(void)state;
	size_t count;
	const struct iw_fact *facts = iw_facts(IW_POSTGRES, &count);
	for (enum iw_operation_kind kind = 0; kind < IW_OP_OPAQUE; kind++) {
		bool is_foreign = kind == IW_OP_CONVERT_CHARSET || kind == IW_OP_ALTER_PARTITIONS ||
				  kind == IW_OP_MODIFY_COLUMN || kind == IW_OP_SET_KEYS;
		bool is_there = false;
		for (size_t i = 0; i < count; i++)
			is_there |= facts[i].kind == kind;
		if (!is_there && !is_foreign)
			fail_msg("no fact about %s", iw_operation_kind_name(kind));
	}
}

static void what_no_row_is_about_is_unknown_and_assumed_to_be_the_worst(void **state)
{
	(void)state;
	g_autoptr(iw_arena) arena = iw_arena_new();
	const struct iw_fact *fact = fact_of(arena, POSTGRES, "DO $$ begin end $$", NULL);
	assert_string_equal(fact->id, "pg-unknown");
	assert_int_equal(fact->blocks, IW_BLOCKS_EVERYTHING);
	assert_int_equal(fact->work, IW_REWRITE);
}

static void versions_choose_the_row(void **state)
{
	(void)state;
	static const char SQL[] = "CREATE TABLE t (a int); ALTER TABLE t ADD COLUMN b int DEFAULT 5;";
	assert_fact((struct iw_engine){IW_POSTGRES, false, 100023}, SQL, "pg-add-column-default-before-11");
	assert_fact((struct iw_engine){IW_POSTGRES, false, 110000}, SQL, "pg-add-column-default");
	assert_fact((struct iw_engine){IW_POSTGRES, false, 0}, SQL, "pg-add-column-default");
}

static void a_type_that_is_not_known_is_not_taken_for_safe(void **state)
{
	(void)state;
	assert_fact(POSTGRES, "ALTER TABLE nobody ALTER COLUMN a TYPE text;", "pg-alter-type-unknown");
}

static void a_check_proves_not_null_only_as_a_whole_or_joined_by_and(void **state)
{
	(void)state;
	assert_true(iw_check_proves_not_null("g IS NOT NULL", "g"));
	assert_true(iw_check_proves_not_null("((g is  not null))", "g"));
	assert_true(iw_check_proves_not_null("(a > 0) AND (g IS NOT NULL)", "g"));
	assert_true(iw_check_proves_not_null("((a > 0) AND ((b > 0) AND (\"g\" IS NOT NULL)))", "g"));
	assert_false(iw_check_proves_not_null("g IS NOT NULL OR a > 0", "g"));
	assert_false(iw_check_proves_not_null("NOT (g IS NOT NULL)", "g"));
	assert_false(iw_check_proves_not_null("gg IS NOT NULL", "g"));
	assert_false(iw_check_proves_not_null("x = ' AND g IS NOT NULL AND '", "g"));
	assert_false(iw_check_proves_not_null("g > 0", "g"));
}

static const char *lock_on(GPtrArray *locks, const char *name)
{
	for (guint i = 0; i < locks->len; i++) {
		const struct iw_relation_lock *lock = g_ptr_array_index(locks, i);
		if (strcmp(lock->name.name, name) == 0)
			return lock->lock;
	}
	return NULL;
}

static void dropping_a_child_locks_its_parents(void **state)
{
	(void)state;
	g_autoptr(iw_arena) arena = iw_arena_new();
	GPtrArray *locks;
	fact_of(arena, POSTGRES,
		"CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE q (id int PRIMARY KEY);"
		"CREATE TABLE c (p int REFERENCES p, q int REFERENCES q); DROP TABLE c;",
		&locks);
	assert_string_equal(lock_on(locks, "c"), "ACCESS EXCLUSIVE");
	assert_string_equal(lock_on(locks, "p"), "ACCESS EXCLUSIVE");
	assert_string_equal(lock_on(locks, "q"), "ACCESS EXCLUSIVE");
}

static void the_operations_own_relation_is_not_among_the_others(void **state)
{
	(void)state;
	g_autoptr(iw_arena) arena = iw_arena_new();
	static const char SQL[] =
		"CREATE TABLE t (id int PRIMARY KEY, up int); ALTER TABLE t ADD FOREIGN KEY (up) REFERENCES t;";
	g_autoptr(iw_source) source = iw_source_from_text(SQL, strlen(SQL), "<test>");
	GPtrArray *statements = iw_read_all(arena, POSTGRES, source, NULL, NULL);
	iw_schema *schema = iw_schema_new(arena, POSTGRES);
	assert_true(iw_schema_apply_statement(schema, g_ptr_array_index(statements, 0), NULL));
	const struct iw_statement *last = g_ptr_array_index(statements, 1);
	const struct iw_question question = {POSTGRES, g_ptr_array_index(last->operations, 0), schema, true, {0}};
	assert_int_equal(iw_fact_other_relations(arena, &question)->len, 0);
}

static void sqlite_knows_what_add_column_cannot(void **state)
{
	(void)state;
	assert_fact(SQLITE, "CREATE TABLE t (a); ALTER TABLE t ADD COLUMN b UNIQUE;", "sqlite-add-column-unique");
	assert_fact(SQLITE, "CREATE TABLE t (a); ALTER TABLE t ADD COLUMN b DEFAULT CURRENT_TIMESTAMP;",
		    "sqlite-add-column-default");
	assert_fact(SQLITE, "CREATE TABLE t (a); ALTER TABLE t ADD COLUMN b DEFAULT 5;", "sqlite-add-column");
	assert_fact(SQLITE, "CREATE TABLE t (a, b); CREATE INDEX i ON t (b); ALTER TABLE t DROP COLUMN b;",
		    "sqlite-drop-column-used");
	assert_fact(SQLITE, "CREATE TABLE t (a, b); ALTER TABLE t DROP COLUMN b;", "sqlite-drop-column");
}

static void estimates_grow_with_the_table_and_are_nothing_for_instant_work(void **state)
{
	(void)state;
	const struct iw_fact instant = {.work = IW_INSTANT};
	const struct iw_fact scan = {.work = IW_SCAN};
	const struct iw_fact rewrite = {.work = IW_REWRITE};
	assert_true(iw_fact_seconds(&instant, 1e9, 1e12) == 0);
	assert_true(iw_fact_seconds(&scan, -1, -1) < 0);
	assert_true(iw_fact_seconds(&scan, 1e6, 1e8) < iw_fact_seconds(&rewrite, 1e6, 1e8));
	assert_true(iw_fact_seconds(&rewrite, 1e6, 1e8) < iw_fact_seconds(&rewrite, 1e8, 1e10));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_are_unique_and_rows_are_complete),
		cmocka_unit_test(every_kind_of_operation_has_a_fact_on_postgres),
		cmocka_unit_test(what_no_row_is_about_is_unknown_and_assumed_to_be_the_worst),
		cmocka_unit_test(versions_choose_the_row),
		cmocka_unit_test(a_type_that_is_not_known_is_not_taken_for_safe),
		cmocka_unit_test(a_check_proves_not_null_only_as_a_whole_or_joined_by_and),
		cmocka_unit_test(dropping_a_child_locks_its_parents),
		cmocka_unit_test(the_operations_own_relation_is_not_among_the_others),
		cmocka_unit_test(sqlite_knows_what_add_column_cannot),
		cmocka_unit_test(estimates_grow_with_the_table_and_are_nothing_for_instant_work),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
