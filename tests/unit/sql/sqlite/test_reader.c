/* What the SQLite reader makes of files and statements: cuts, places, data statements, normal forms. */
#include "base/error.h"
#include "sql/sql.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static const struct iw_engine engine = {.dialect = IW_SQLITE};

static GPtrArray *read_with(iw_arena *arena, const char *text, const struct iw_script *script, GError **error)
{
	g_autoptr(iw_source) source = iw_source_from_text(text, strlen(text), "m.sql");
	return iw_read_all(arena, engine, source, script, error);
}

static const struct iw_operation *first_of(iw_arena *arena, const char *text)
{
	g_autoptr(GError) error = NULL;
	GPtrArray *statements = read_with(arena, text, NULL, &error);
	if (statements == NULL)
		fail_msg("%s: %s", text, error->message);
	assert_int_equal(statements->len, 1);
	const struct iw_statement *statement = g_ptr_array_index(statements, 0);
	assert_int_equal(statement->operations->len, 1);
	return g_ptr_array_index(statement->operations, 0);
}

static char *join(const GPtrArray *words)
{
	GString *out = g_string_new(NULL);
	for (guint i = 0; words != NULL && i < words->len; i++)
		g_string_append_printf(out, "%s%s", i > 0 ? " " : "", (const char *)g_ptr_array_index(words, i));
	return g_string_free(out, FALSE);
}

static void check_cuts(const char *text, const struct iw_script *script, const char *const *expected, size_t count)
{
	g_autoptr(iw_arena) arena = iw_arena_new();
	g_autoptr(GError) error = NULL;
	GPtrArray *statements = read_with(arena, text, script, &error);
	if (statements == NULL)
		fail_msg("%s: %s", text, error->message);
	assert_int_equal(statements->len, count);
	for (guint i = 0; i < count; i++) {
		const struct iw_statement *statement = g_ptr_array_index(statements, i);
		assert_string_equal(statement->text, expected[i]);
		assert_memory_equal(text + statement->place.offset, expected[i], strlen(expected[i]));
	}
}
#define CHECK_CUTS(text, script, ...)                                                                                  \
	do {                                                                                                           \
		static const char *const expected[] = {__VA_ARGS__};                                                   \
		check_cuts(text, script, expected, G_N_ELEMENTS(expected));                                            \
	} while (0)

static void statements_end_at_semicolons_outside_quotes_comments_and_triggers(void **state)
{
	(void)state;
	CHECK_CUTS(" SELECT 1 ; -- a;b\n;;SELECT ';' /* ; */;SELECT \"a;b\",`c;d`,[e;f]", NULL, "SELECT 1",
		   "SELECT ';'", "SELECT \"a;b\",`c;d`,[e;f]");
	CHECK_CUTS("CREATE TRIGGER t AFTER UPDATE ON x BEGIN UPDATE x SET a = CASE WHEN b THEN 1 END; SELECT 2; END; "
		   "SELECT 3",
		   NULL,
		   "CREATE TRIGGER t AFTER UPDATE ON x BEGIN UPDATE x SET a = CASE WHEN b THEN 1 END; SELECT 2; END",
		   "SELECT 3");
	CHECK_CUTS("create temp /* c */ trigger t delete on x begin select 1; end -- c\n; begin; end;", NULL,
		   "create temp /* c */ trigger t delete on x begin select 1; end", "begin", "end");
	CHECK_CUTS("CREATE TABLE trigger(a); SELECT 1", NULL, "CREATE TABLE trigger(a)", "SELECT 1");
	CHECK_CUTS("EXPLAIN QUERY PLAN CREATE TRIGGER t DELETE ON x BEGIN SELECT 1; END; SELECT 2", NULL,
		   "EXPLAIN QUERY PLAN CREATE TRIGGER t DELETE ON x BEGIN SELECT 1; END", "SELECT 2");
	CHECK_CUTS("SELECT 'it''s';SELECT 1", NULL, "SELECT 'it''s'", "SELECT 1");
}

static void markers_of_other_tools_cut_too(void **state)
{
	(void)state;
	const struct iw_script drizzle = {.length = SIZE_MAX, .breakpoint = "--> statement-breakpoint"};
	CHECK_CUTS("CREATE TABLE a(b)--> statement-breakpoint\nSELECT 1;--> statement-breakpoint\n--> "
		   "statement-breakpoint\nSELECT 2",
		   &drizzle, "CREATE TABLE a(b)", "SELECT 1", "SELECT 2");
	const struct iw_script goose = {
		.length = SIZE_MAX, .block_begin = "-- +goose StatementBegin", .block_end = "-- +goose StatementEnd"};
	CHECK_CUTS("SELECT 1;\n-- +goose StatementBegin\n SELECT 2; SELECT 3;\n-- +goose StatementEnd\nSELECT 4;",
		   &goose, "SELECT 1", "SELECT 2; SELECT 3", "SELECT 4");
	g_autoptr(iw_arena) arena = iw_arena_new();
	const struct iw_statement *block = g_ptr_array_index(
		read_with(arena, "-- +goose StatementBegin\nSELECT 2; DROP TABLE a;\n-- +goose StatementEnd", &goose,
			  NULL),
		0);
	assert_int_equal(block->operations->len, 2);
	assert_int_equal(((struct iw_operation *)g_ptr_array_index(block->operations, 1))->kind, IW_OP_DROP_TABLE);
}

static void what_does_not_end_is_an_error_at_its_beginning(void **state)
{
	(void)state;
	static const struct {
		const char *text, *message;
		size_t offset;
	} examples[] = {
		{"SELECT 1; SELECT 'a;\n", "unterminated string", 17},
		{"SELECT \"a", "unterminated quoted name", 7},
		{"SELECT [a", "unterminated quoted name", 7},
		{"SELECT 1 /* a", "unterminated comment", 9},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(examples); i++) {
		g_autoptr(iw_arena) arena = iw_arena_new();
		g_autoptr(GError) error = NULL;
		assert_null(read_with(arena, examples[i].text, NULL, &error));
		assert_int_equal(error->code, IW_ERROR_INPUT);
		assert_string_equal(error->message, examples[i].message);
		assert_int_equal(iw_error_info(error)->place.offset, examples[i].offset);
	}
}

static void a_syntax_error_is_opaque_with_its_place(void **state)
{
	(void)state;
	g_autoptr(iw_arena) arena = iw_arena_new();
	g_autoptr(GError) error = NULL;
	GPtrArray *statements = read_with(arena, "SELECT 1;\nCREATE TABLE t(a INT AUTO_INCREMENT 5);", NULL, &error);
	const struct iw_statement *statement = g_ptr_array_index(statements, 1);
	const struct iw_operation *operation = g_ptr_array_index(statement->operations, 0);
	assert_int_equal(operation->kind, IW_OP_OPAQUE);
	assert_string_equal(operation->reason, "near \"5\": syntax error");
	assert_true(statement->is_syntax_error);
	struct iw_line_column at = iw_source_locate(statement->error_place.source, statement->error_place.offset);
	assert_int_equal(at.line, 2);
	assert_int_equal(at.column, 37);
}

static void a_column_is_redefined_as_libsql_does(void **state)
{
	(void)state;
	g_autoptr(iw_arena) arena = iw_arena_new();
	const char *const text = "ALTER TABLE \"t\" ALTER COLUMN \"a\" TO \"a\" text NOT NULL DEFAULT 'x' "
				 "CHECK (a <> '') REFERENCES \"u\" (\"b\")";
	const struct iw_operation *operation = first_of(arena, text);
	assert_int_equal(operation->kind, IW_OP_MODIFY_COLUMN);
	assert_string_equal(operation->name.name, "t");
	assert_string_equal(operation->member, "a");
	assert_string_equal(operation->column->type.text, "text");
	assert_true(operation->column->not_null);
	assert_int_equal(operation->column->constraints->len, 2);
	assert_string_equal(iw_render(arena, (struct iw_engine){.dialect = IW_SQLITE}, operation), text);
}

static void comments_around_a_statement_are_kept_for_suppressions(void **state)
{
	(void)state;
	g_autoptr(iw_arena) arena = iw_arena_new();
	GPtrArray *statements =
		read_with(arena, "SELECT 1; -- one\n/* two */ SELECT /* three */ 2; -- four", NULL, NULL);
	const struct iw_statement *first = g_ptr_array_index(statements, 0), *second = g_ptr_array_index(statements, 1);
	assert_null(first->comments);
	assert_int_equal(second->comments->len, 3);
	const struct iw_place *place = g_ptr_array_index(second->comments, 0);
	assert_memory_equal(place->source->text + place->offset, "-- one", place->length);
}

static void data_statements_say_what_they_touch(void **state)
{
	(void)state;
	static const struct {
		const char *sql;
		enum iw_operation_kind kind;
		const char *table, *columns, *reads, *equals;
		bool has_where, is_bounded, is_values, has_on_conflict;
		size_t rows;
	} examples[] = {
		{"INSERT INTO t(a, b) VALUES (1, 2), (3, 4)", IW_OP_INSERT, "t", "a b", "", "", false, true, true,
		 false, 2},
		{"INSERT OR IGNORE INTO t SELECT * FROM u, t", IW_OP_INSERT, "t", "", "u t", "", false, false, false,
		 true, 0},
		{"INSERT INTO t DEFAULT VALUES", IW_OP_INSERT, "t", "", "", "", false, true, true, false, 1},
		{"INSERT INTO t SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM t)", IW_OP_INSERT, "t", "", "t", "", true,
		 true, false, false, 0},
		{"REPLACE INTO t VALUES (1)", IW_OP_INSERT, "t", "", "", "", false, true, true, true, 1},
		{"INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING", IW_OP_INSERT, "t", "", "", "", false, true, true,
		 true, 1},
		{"WITH x AS (SELECT * FROM u) INSERT INTO t SELECT * FROM x", IW_OP_INSERT, "t", "", "u", "", false,
		 false, false, false, 0},
		{"UPDATE t SET a = 1, (b, c) = (2, 3)", IW_OP_UPDATE, "t", "a b c", "", "", false, false, false, false,
		 0},
		{"UPDATE t SET a = 1 WHERE id = 5 AND b > 2", IW_OP_UPDATE, "t", "a", "", "id", true, true, false,
		 false, 0},
		{"UPDATE t SET a = 1 WHERE ('x' = t.k) AND (b IN (1, 2))", IW_OP_UPDATE, "t", "a", "", "k b", true,
		 true, false, false, 0},
		{"UPDATE t SET a = 1 WHERE id = 5 OR b = 2", IW_OP_UPDATE, "t", "a", "", "", true, false, false, false,
		 0},
		{"UPDATE t SET a = 1 WHERE NOT id = 5", IW_OP_UPDATE, "t", "a", "", "", true, false, false, false, 0},
		{"UPDATE t SET a = 1 WHERE (id = 5) = 0", IW_OP_UPDATE, "t", "a", "", "", true, false, false, false, 0},
		{"UPDATE t SET a = 1 WHERE id = other", IW_OP_UPDATE, "t", "a", "", "", true, false, false, false, 0},
		{"UPDATE t SET a = 1 WHERE a IS NULL", IW_OP_UPDATE, "t", "a", "", "", true, false, false, false, 0},
		{"UPDATE t SET a = 1 WHERE id IN (SELECT id FROM u WHERE v = 1)", IW_OP_UPDATE, "t", "a", "u", "", true,
		 false, false, false, 0},
		{"UPDATE t SET a = 1 WHERE CASE WHEN id = 1 THEN 1 END", IW_OP_UPDATE, "t", "a", "", "", true, false,
		 false, false, 0},
		{"UPDATE t SET a = 1 FROM u WHERE t.id = u.id", IW_OP_UPDATE, "t", "a", "u", "", true, false, false,
		 false, 0},
		{"DELETE FROM t", IW_OP_DELETE, "t", "", "", "", false, false, false, false, 0},
		{"DELETE FROM t WHERE 1 = 1", IW_OP_DELETE, "t", "", "", "", false, false, false, false, 0},
		{"DELETE FROM t WHERE true", IW_OP_DELETE, "t", "", "", "", false, false, false, false, 0},
		{"DELETE FROM t WHERE a LIKE 'x%' LIMIT 10", IW_OP_DELETE, "t", "", "", "", true, true, false, false,
		 0},
		{"SELECT * FROM t WHERE id = 1", IW_OP_SELECT, NULL, "", "t", "", true, false, false, false, 0},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(examples); i++) {
		g_autoptr(iw_arena) arena = iw_arena_new();
		const struct iw_operation *operation = first_of(arena, examples[i].sql);
		const struct iw_data *data = operation->data;
		g_autoptr(GPtrArray) names = g_ptr_array_new();
		for (guint r = 0; data != NULL && data->reads != NULL && r < data->reads->len; r++)
			g_ptr_array_add(names, (char *)((struct iw_name *)g_ptr_array_index(data->reads, r))->name);
		if (operation->kind != examples[i].kind || data == NULL)
			fail_msg("%s: %s", examples[i].sql, iw_operation_kind_name(operation->kind));
		g_autofree char *columns = join(data->columns), *reads = join(names), *equals = join(data->equals);
		g_autofree char *found = g_strdup_printf("%s|%s|%s|%s|%d%d%d%d|%zu", operation->name.name, columns,
							 reads, equals, data->has_where, data->is_bounded,
							 data->is_values, data->has_on_conflict, data->rows);
		g_autofree char *expected = g_strdup_printf(
			"%s|%s|%s|%s|%d%d%d%d|%zu", examples[i].table, examples[i].columns, examples[i].reads,
			examples[i].equals, examples[i].has_where, examples[i].is_bounded, examples[i].is_values,
			examples[i].has_on_conflict, examples[i].rows);
		if (strcmp(found, expected) != 0)
			fail_msg("%s:\n  found %s\n  expected %s", examples[i].sql, found, expected);
	}
}

static void one_thing_written_in_two_ways_has_one_normal_form(void **state)
{
	(void)state;
	static const char *const pairs[][2] = {
		{"((a+1))", "a + 1"},
		{"\"Age\">=18 and [Name] != 'X'", "age >= 18 AND name <> 'X'"},
		{"LENGTH( `Email` )  > 0 -- c", "length(email) > 0"},
		{"a == - 1", "a = -1"},
		{"a notnull", "a IS NOT NULL"},
		{"\"order\" in (1,2)", "\"order\" IN (1, 2)"},
		{"case when a then true else FALSE end", "CASE WHEN a THEN TRUE ELSE FALSE END"},
		{"(a) + (b)", "(a) + (b)"},
		{"current_timestamp", "CURRENT_TIMESTAMP"},
		{"'It''s'", "'It''s'"},
	};
	g_autoptr(iw_arena) arena = iw_arena_new();
	for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++) {
		assert_string_equal(iw_expression_read(arena, engine, pairs[i][0])->canonical, pairs[i][1]);
		assert_string_equal(iw_expression_read(arena, engine, pairs[i][1])->canonical, pairs[i][1]);
	}
}

static void expressions_say_what_they_are(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool is_constant, is_null;
		enum iw_volatility volatility;
	} examples[] = {
		{"1", true, false, IW_IMMUTABLE},
		{"(NULL)", true, true, IW_IMMUTABLE},
		{"-(+1)", true, false, IW_IMMUTABLE},
		{"CAST('1' AS INT)", true, false, IW_IMMUTABLE},
		{"'a'", true, false, IW_IMMUTABLE},
		{"1 + 1", false, false, IW_IMMUTABLE},
		{"true", true, false, IW_IMMUTABLE},
		{"lower(a)", false, false, IW_IMMUTABLE},
		{"datetime('now')", false, false, IW_STABLE},
		{"CURRENT_DATE", false, false, IW_STABLE},
		{"abs(random())", false, false, IW_VOLATILE},
		{"mine(1)", false, false, IW_VOLATILITY_UNKNOWN},
		{"a", false, false, IW_IMMUTABLE},
	};
	g_autoptr(iw_arena) arena = iw_arena_new();
	for (size_t i = 0; i < G_N_ELEMENTS(examples); i++) {
		const struct iw_expression *expression = iw_expression_read(arena, engine, examples[i].text);
		if (expression->is_constant != examples[i].is_constant || expression->is_null != examples[i].is_null ||
		    expression->volatility != examples[i].volatility)
			fail_msg("%s: constant %d, null %d, volatility %d", examples[i].text, expression->is_constant,
				 expression->is_null, expression->volatility);
	}
}

static void types_are_as_declared_with_blanks_in_order(void **state)
{
	(void)state;
	g_autoptr(iw_arena) arena = iw_arena_new();
	struct iw_type type = iw_type_read(arena, engine, "Decimal  ( 10 , 2 )");
	assert_string_equal(type.text, "Decimal(10,2)");
	assert_string_equal(type.base, "Decimal");
	assert_int_equal(type.arguments[0], 10);
	assert_int_equal(type.arguments[1], 2);
	type = iw_type_read(arena, engine, "UNSIGNED /* c */ BIG\nINT");
	assert_string_equal(type.text, "UNSIGNED BIG INT");
	assert_int_equal(type.arguments[0], -1);
	assert_string_equal(iw_type_read(arena, engine, "").text, "");
}

static void what_cannot_run_in_a_transaction_says_so(void **state)
{
	(void)state;
	static const struct {
		const char *sql;
		bool expected;
	} examples[] = {
		{"VACUUM", true},
		{"PRAGMA journal_mode=WAL", true},
		{"PRAGMA journal_mode", false},
		{"PRAGMA synchronous=OFF", true},
		{"PRAGMA foreign_keys=OFF", false},
		{"CREATE TABLE t(a)", false},
		{"EXPLAIN VACUUM", false},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(examples); i++) {
		g_autoptr(iw_arena) arena = iw_arena_new();
		assert_int_equal(first_of(arena, examples[i].sql)->statement->needs_no_transaction,
				 examples[i].expected);
	}
}

static void pragmas_are_parameters(void **state)
{
	(void)state;
	g_autoptr(iw_arena) arena = iw_arena_new();
	const struct iw_operation *operation = first_of(arena, "PRAGMA main.Foreign_Keys = off");
	assert_int_equal(operation->kind, IW_OP_SET);
	assert_string_equal(operation->member, "foreign_keys");
	assert_string_equal(operation->text, "off");
	assert_null(operation->name.schema);
}

static void deep_nesting_is_reported_not_crashed_on(void **state)
{
	(void)state;
	g_autoptr(iw_arena) arena = iw_arena_new();
	g_autoptr(GString) text = g_string_new("SELECT ");
	for (int i = 0; i < 100000; i++)
		g_string_append_c(text, '(');
	const struct iw_operation *operation = first_of(arena, text->str);
	assert_int_equal(operation->kind, IW_OP_OPAQUE);
	assert_string_equal(operation->reason, "it is nested too deeply");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(statements_end_at_semicolons_outside_quotes_comments_and_triggers),
		cmocka_unit_test(markers_of_other_tools_cut_too),
		cmocka_unit_test(what_does_not_end_is_an_error_at_its_beginning),
		cmocka_unit_test(a_syntax_error_is_opaque_with_its_place),
		cmocka_unit_test(a_column_is_redefined_as_libsql_does),
		cmocka_unit_test(comments_around_a_statement_are_kept_for_suppressions),
		cmocka_unit_test(data_statements_say_what_they_touch),
		cmocka_unit_test(one_thing_written_in_two_ways_has_one_normal_form),
		cmocka_unit_test(expressions_say_what_they_are),
		cmocka_unit_test(types_are_as_declared_with_blanks_in_order),
		cmocka_unit_test(what_cannot_run_in_a_transaction_says_so),
		cmocka_unit_test(pragmas_are_parameters),
		cmocka_unit_test(deep_nesting_is_reported_not_crashed_on),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
