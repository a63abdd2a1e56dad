/* Schemas, lookups, copies and the promises of replay that need no server; what servers do is in tests/conformance. */
#include "base/error.h"
#include "model/compare.h"
#include "model/invert.h"
#include "model/replay.h"
#include "model/words.h"
#include "sql/sql.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static const struct iw_engine postgres = {IW_POSTGRES, false, 150000};
static const struct iw_engine mariadb = {IW_MYSQL, true, 101100};
static const struct iw_engine sqlite = {IW_SQLITE, false, 34000};

/* Applies all statements; false at the first that fails. */
static bool apply_sql(iw_schema *schema, const char *sql)
{
	g_autoptr(iw_arena) arena = iw_arena_new();
	g_autoptr(iw_source) source = iw_source_from_text(sql, strlen(sql), "<test>");
	GPtrArray *statements = iw_read_all(arena, schema->engine, source, NULL, NULL);
	assert_non_null(statements);
	for (guint i = 0; i < statements->len; i++)
		if (!iw_schema_apply_statement(schema, statements->pdata[i], NULL))
			return false;
	return true;
}

static iw_schema *schema_of(iw_arena *arena, struct iw_engine engine, const char *sql)
{
	iw_schema *schema = iw_schema_new(arena, engine);
	assert_true(apply_sql(schema, sql));
	return schema;
}

static char *dump(const iw_schema *schema)
{
	GString *out = g_string_new(NULL);
	iw_schema_dump(schema, out);
	return g_string_free(out, false);
}

static void lookups_follow_the_rules_of_the_engine(void **state)
{
	(void)state;
	g_autoptr(iw_arena) arena = iw_arena_new();
	iw_schema *pg = schema_of(arena, postgres, "CREATE TABLE t (a int); CREATE INDEX i ON t (a)");
	iw_schema *my = schema_of(arena, mariadb, "CREATE TABLE t (a int)");
	iw_schema *lite = schema_of(arena, sqlite, "CREATE TABLE t (a int)");
	struct iw_table *table = NULL;
	assert_non_null(iw_schema_find_table(pg, (struct iw_name){"public", "t"}));
	assert_null(iw_schema_find_table(pg, (struct iw_name){NULL, "T"}));
	assert_null(iw_schema_find_table(pg, (struct iw_name){"other", "t"}));
	assert_non_null(iw_schema_find_index(pg, (struct iw_name){NULL, "i"}, &table));
	assert_string_equal(table->name.name, "t");
	assert_null(iw_schema_find_table(my, (struct iw_name){NULL, "T"}));
	assert_non_null(iw_table_find_column(iw_schema_find_table(my, (struct iw_name){NULL, "t"}), mariadb, "A"));
	assert_non_null(iw_schema_find_table(lite, (struct iw_name){"main", "T"}));
}

static void a_copy_and_its_original_do_not_change_each_other(void **state)
{
	(void)state;
	g_autoptr(iw_arena) arena = iw_arena_new();
	iw_schema *original = schema_of(arena, postgres,
					"CREATE TABLE p (id serial PRIMARY KEY); CREATE TABLE c (p int REFERENCES p)");
	g_autofree char *before = dump(original);
	iw_schema *copy = iw_schema_copy(arena, original);
	assert_true(apply_sql(copy, "ALTER TABLE p RENAME TO q; ALTER TABLE q RENAME COLUMN id TO x;"
				    "ALTER TABLE c ADD COLUMN n int; CREATE TABLE d (); DROP TABLE c"));
	g_autofree char *after = dump(original);
	assert_string_equal(before, after);
	g_autofree char *copied = dump(copy);
	assert_true(apply_sql(original, "DROP TABLE c; ALTER TABLE p ADD COLUMN y int"));
	g_autofree char *copied_after = dump(copy);
	assert_string_equal(copied, copied_after);
}

static void a_failed_statement_changes_nothing(void **state)
{
	(void)state;
	const struct {
		struct iw_engine engine;
		const char *setup, *statement;
	} cases[] = {
		{postgres, "CREATE TABLE t (a serial PRIMARY KEY, b int CHECK (b > 0)); CREATE INDEX i ON t (b)",
		 "ALTER TABLE t DROP COLUMN b, ADD COLUMN n int UNIQUE, ADD COLUMN n int"},
		{postgres, "CREATE TABLE t (a serial PRIMARY KEY, b int CHECK (b > 0)); CREATE INDEX i ON t (b)",
		 "ALTER TABLE t DROP COLUMN b, DROP COLUMN a, ADD COLUMN c serial, DROP COLUMN missing"},
		{postgres, "CREATE TABLE t (a int); CREATE TABLE u (a int)", "DROP TABLE t, missing, u"},
		{mariadb, "CREATE TABLE t (a INT, b INT, KEY k (a, b))",
		 "ALTER TABLE t DROP COLUMN a, ADD INDEX n (b), DROP COLUMN missing"},
		{sqlite, "CREATE TABLE t (a INT); CREATE INDEX i ON t (a)", "ALTER TABLE t DROP COLUMN a"},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(iw_arena) arena = iw_arena_new();
		iw_schema *schema = schema_of(arena, cases[i].engine, cases[i].setup);
		g_autofree char *before = dump(schema);
		assert_false(apply_sql(schema, cases[i].statement));
		g_autofree char *after = dump(schema);
		assert_string_equal(before, after);
	}
}

static void errors_are_at_the_operation_in_the_words_of_the_server(void **state)
{
	(void)state;
	g_autoptr(iw_arena) arena = iw_arena_new();
	iw_schema *schema = schema_of(arena, postgres, "CREATE TABLE t (a int)");
	const char *sql = "ALTER TABLE t ADD COLUMN b int,\n ADD COLUMN a int";
	g_autoptr(iw_source) source = iw_source_from_text(sql, strlen(sql), "<test>");
	g_autoptr(GError) error = NULL;
	GPtrArray *statements = iw_read_all(arena, postgres, source, NULL, NULL);
	assert_false(iw_schema_apply_statement(schema, statements->pdata[0], &error));
	assert_string_equal(error->message, "column \"a\" of relation \"t\" already exists");
	assert_int_equal(error->code, IW_ERROR_HISTORY);
	const struct iw_error_info *info = iw_error_info(error);
	assert_int_equal(iw_source_locate(info->place.source, info->place.offset).line, 2);
}

static void after_what_could_not_be_read_nothing_is_missing(void **state)
{
	(void)state;
	g_autoptr(iw_arena) arena = iw_arena_new();
	iw_schema *schema = schema_of(arena, postgres, "DO $$ BEGIN EXECUTE 'CREATE TABLE t (a int)'; END $$");
	iw_schema *live = schema_of(arena, postgres, "CREATE TABLE t (a int)");
	assert_true(schema->is_uncertain);
	assert_true(apply_sql(schema, "ALTER TABLE t ADD COLUMN b int; DROP INDEX i; ALTER TABLE u RENAME TO v"));
	assert_int_equal(iw_schema_compare(arena, schema, live, NULL)->len, 0);
}

static void names_in_expressions_are_renamed_and_nothing_else(void **state)
{
	(void)state;
	const struct {
		struct iw_engine engine;
		const char *text, *expected;
	} cases[] = {
		{postgres, "((a > 0) AND (lower(a) <> 'a'))", "((b > 0) AND (lower(b) <> 'a'))"},
		{postgres, "(a(x) = 'a'::a)", "(a(x) = 'a'::a)"},
		{postgres, "(\"a\" = ab)", "(b = ab)"},
		{postgres, "(t.a = a.c)", "(t.b = a.c)"},
		{mariadb, "`a` + A + `aa`", "`b` + `b` + `aa`"},
		{sqlite, "[a] || \"A\" || 'a'", "\"b\" || \"b\" || 'a'"},
	};
	g_autoptr(iw_arena) arena = iw_arena_new();
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
		assert_string_equal(iw_text_rename(arena, cases[i].engine, IW_WORD_COLUMN, cases[i].text, "a", "b"),
				    cases[i].expected);
	assert_string_equal(iw_text_rename(arena, postgres, IW_WORD_COLUMN, "(a > 0)", "a", "Order"),
			    "(\"Order\" > 0)");
	assert_string_equal(iw_text_rename(arena, postgres, IW_WORD_COLUMN, "(a > 0)", "a", "order"),
			    "(\"order\" > 0)");
	assert_string_equal(iw_text_rename(arena, postgres, IW_WORD_TYPE, "('a'::a = a)", "a", "b"), "('a'::b = a)");
}

static void a_long_history_is_kept_in_memory_of_its_result(void **state)
{
	(void)state;
	g_autoptr(iw_arena) arena = iw_arena_new();
	iw_schema *schema = schema_of(arena, postgres, "CREATE TABLE t (id serial PRIMARY KEY)");
	assert_true(apply_sql(schema, "ALTER TABLE t ADD COLUMN c int; ALTER TABLE t DROP COLUMN c"));
	size_t begin = iw_arena_size(arena);
	for (int i = 0; i < 1000; i++)
		assert_true(apply_sql(schema, "ALTER TABLE t ADD COLUMN c int; ALTER TABLE t DROP COLUMN c"));
	/* A column each time, no table. */
	assert_true(iw_arena_size(arena) - begin < 1000 * 1024);
}

static struct iw_inverse *inverse_of(iw_arena *arena, const iw_schema *schema, const char *sql)
{
	g_autoptr(iw_source) source = iw_source_from_text(sql, strlen(sql), "<test>");
	GPtrArray *statements = iw_read_all(arena, schema->engine, source, NULL, NULL);
	const struct iw_statement *statement = statements->pdata[0];
	return iw_invert(arena, statement->operations->pdata[0], schema);
}

static void inverses_say_what_is_lost_and_what_cannot_be_undone(void **state)
{
	(void)state;
	static const struct {
		const char *sql;
		enum iw_invertible verdict;
		const char *first; /* the inverse's first statement; NULL: none */
	} cases[] = {
		{"CREATE TABLE n (a int)", IW_INVERTIBLE_LOSSY, "DROP TABLE n"},
		{"ALTER TABLE t ADD COLUMN c int", IW_INVERTIBLE_LOSSY, "ALTER TABLE t DROP COLUMN c"},
		{"ALTER TABLE t DROP COLUMN b", IW_INVERTIBLE_LOSSY,
		 "ALTER TABLE t ADD COLUMN b character varying(30)"},
		{"ALTER TABLE t RENAME COLUMN b TO x", IW_INVERTIBLE, "ALTER TABLE t RENAME COLUMN x TO b"},
		{"ALTER TABLE t ALTER COLUMN b TYPE varchar(10)", IW_INVERTIBLE,
		 "ALTER TABLE t ALTER COLUMN b TYPE character varying(30)"},
		{"ALTER TABLE t ALTER COLUMN b TYPE text", IW_INVERTIBLE_LOSSY,
		 "ALTER TABLE t ALTER COLUMN b TYPE character varying(30) USING b::character varying(30)"},
		{"ALTER TABLE t ALTER COLUMN b SET NOT NULL", IW_INVERTIBLE,
		 "ALTER TABLE t ALTER COLUMN b DROP NOT NULL"},
		{"ALTER TABLE t ALTER COLUMN a SET NOT NULL", IW_INVERTIBLE, NULL},
		{"DROP INDEX CONCURRENTLY i", IW_INVERTIBLE, "CREATE INDEX CONCURRENTLY i ON t (b)"},
		{"ALTER TYPE mood ADD VALUE 'ok'", IW_NOT_INVERTIBLE, NULL},
		{"UPDATE t SET a = 1", IW_NOT_INVERTIBLE, NULL},
		{"DO $$ BEGIN EXECUTE 'x'; END $$", IW_NOT_INVERTIBLE, NULL},
		{"SET lock_timeout = '1s'", IW_INVERTIBLE, NULL},
		{"CREATE TABLE IF NOT EXISTS t (z int)", IW_INVERTIBLE, NULL},
		{"CREATE TEMP TABLE u (a int)", IW_INVERTIBLE, NULL},
		{"CREATE INDEX v ON work (a)", IW_INVERTIBLE, NULL},
		{"DROP INDEX work_index", IW_INVERTIBLE, NULL},
		{"ALTER TABLE work ADD COLUMN b int", IW_INVERTIBLE, NULL},
		{"INSERT INTO work SELECT a FROM t", IW_INVERTIBLE, NULL},
		{"DROP TABLE work", IW_INVERTIBLE, NULL},
		{"CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql AS 'SELECT 1'", IW_INVERTIBLE, NULL},
	};
	g_autoptr(iw_arena) arena = iw_arena_new();
	iw_schema *schema = schema_of(arena, postgres,
				      "CREATE TABLE t (a int PRIMARY KEY, b varchar(30)); CREATE INDEX i ON t (b);"
				      "CREATE TYPE mood AS ENUM ('sad');"
				      "CREATE TEMP TABLE work (a int); CREATE INDEX work_index ON work (a)");
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct iw_inverse *inverse = inverse_of(arena, schema, cases[i].sql);
		assert_int_equal(inverse->verdict, cases[i].verdict);
		assert_true((inverse->verdict == IW_INVERTIBLE) == (inverse->reason == NULL));
		if (cases[i].first == NULL)
			assert_int_equal(inverse->operations->len, 0);
		else
			assert_string_equal(iw_render(arena, postgres, inverse->operations->pdata[0]), cases[i].first);
	}
}

static void titles_are_for_people(void **state)
{
	(void)state;
	g_autoptr(iw_arena) arena = iw_arena_new();
	struct iw_column column = {.name = "email"};
	struct iw_operation add = {.kind = IW_OP_ADD_COLUMN, .name = {NULL, "users"}, .column = &column};
	struct iw_operation drop = {
		.kind = IW_OP_DROP_OBJECT, .object_kind = IW_OBJECT_FUNCTION, .name = {"s", "f(integer)"}};
	assert_string_equal(iw_operation_title(arena, &add), "add column users.email");
	assert_string_equal(iw_operation_title(arena, &drop), "drop function s.f(integer)");
	assert_string_equal(iw_operation_kind_name(IW_OP_ADD_COLUMN), "ADD_COLUMN");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lookups_follow_the_rules_of_the_engine),
		cmocka_unit_test(a_copy_and_its_original_do_not_change_each_other),
		cmocka_unit_test(a_failed_statement_changes_nothing),
		cmocka_unit_test(errors_are_at_the_operation_in_the_words_of_the_server),
		cmocka_unit_test(after_what_could_not_be_read_nothing_is_missing),
		cmocka_unit_test(names_in_expressions_are_renamed_and_nothing_else),
		cmocka_unit_test(a_long_history_is_kept_in_memory_of_its_result),
		cmocka_unit_test(inverses_say_what_is_lost_and_what_cannot_be_undone),
		cmocka_unit_test(titles_are_for_people),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
