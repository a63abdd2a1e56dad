/* PostgreSQL's grammar: where statements end, what they do, types and expressions in normal form. */
#include "base/error.h"
#include "sql/sql.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct iw_engine newest = {.dialect = IW_POSTGRES};

/* The statements of `sql`, one a line of "<text>", or "error: <message> at <line>:<column>". */
static const char *cut(iw_arena *arena, const char *sql, const struct iw_script *script)
{
	GError *error = NULL;
	GString *out = g_string_new(NULL);
	iw_source *source = iw_source_from_text(sql, strlen(sql), "<text>");
	iw_reader *reader = iw_reader_new(newest, source, script);
	struct iw_statement *statement;
	while ((statement = iw_reader_next(reader, arena, &error)) != NULL)
		g_string_append_printf(out, "<%s>", statement->text);
	if (error != NULL) {
		struct iw_place place = iw_error_info(error)->place;
		struct iw_line_column at = iw_source_locate(source, place.offset);
		g_string_append_printf(out, "error: %s at %d:%d", error->message, at.line, at.column);
		g_error_free(error);
	}
	iw_reader_free(reader);
	iw_source_unref(source);
	const char *text = iw_arena_strdup(arena, out->str);
	g_string_free(out, TRUE);
	return text;
}

static const struct iw_statement *read_one(iw_arena *arena, const char *sql, int version)
{
	struct iw_engine engine = {.dialect = IW_POSTGRES, .version = version};
	iw_source *source = iw_source_from_text(sql, strlen(sql), "<text>");
	GPtrArray *statements = iw_read_all(arena, engine, source, NULL, NULL);
	iw_source_unref(source);
	assert_non_null(statements);
	assert_true(statements->len >= 1);
	return g_ptr_array_index(statements, 0);
}

static const struct iw_operation *operation_at(const struct iw_statement *statement, guint index)
{
	assert_true(index < statement->operations->len);
	return g_ptr_array_index(statement->operations, index);
}

static void statements_end_where_psql_ends_them(void **state)
{
	(void)state;
	static const char *const cases[][2] = {
		{"select 1; select 2", "<select 1><select 2>"},
		{";; -- nothing\n ;/* x */", ""},
		{"select ';' ; select \"a;b\"", "<select ';'><select \"a;b\">"},
		{"select 'it''s;' ; select 2", "<select 'it''s;'><select 2>"},
		{"select E'a\\';b' ; select 2", "<select E'a\\';b'><select 2>"},
		{"select 'a\\' ; select 2", "<select 'a\\'><select 2>"},
		{"select $$a;b$$ ; select $x$ $$;$$ $x$;", "<select $$a;b$$><select $x$ $$;$$ $x$>"},
		{"select a$b$c; select 2", "<select a$b$c><select 2>"},
		{"select $1; select 2", "<select $1><select 2>"},
		{"select /* a /* ; */ b; */ 1; select 2", "<select /* a /* ; */ b; */ 1><select 2>"},
		{"select 1 -- a;b\n, 2; select 3 -- end", "<select 1 -- a;b\n, 2><select 3>"},
		{"-- before\nselect 1; -- after\n", "<select 1>"},
		{"create rule r as on insert to t do (select 1; select 2); select 3",
		 "<create rule r as on insert to t do (select 1; select 2)><select 3>"},
		{"create table t (a int; create table u (b int);", "<create table t (a int><create table u (b int)>"},
		{"create function f() returns int language sql begin atomic select case when true then 1 end; select "
		 "2; end; select 3",
		 "<create function f() returns int language sql begin atomic select case when true then 1 end; select "
		 "2; "
		 "end><select 3>"},
		{"begin; select 1; end; select 2", "<begin><select 1><end><select 2>"},
		{"\\connect db\nselect 1;", "<\\connect db><select 1>"},
		{"select 1 \\gexec\nselect 2;", "<select 1 \\gexec><select 2>"},
		{"copy t (a) from stdin;\n1;\n'\n\\.\nselect 2;", "<copy t (a) from stdin><select 2>"},
		{"copy t from stdin;\r\n1\r\n\\.\r\nselect 2", "<copy t from stdin><select 2>"},
		{"\xEF\xBB\xBFselect 1;", "<select 1>"},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(iw_arena) arena = iw_arena_new();
		assert_string_equal(cut(arena, cases[i][0], NULL), cases[i][1]);
	}
}

static void what_is_not_terminated_is_an_error_at_its_opening(void **state)
{
	(void)state;
	static const char *const cases[][2] = {
		{"select 1;\n 'abc", "<select 1>error: unterminated quoted string at 2:2"},
		{"select \"abc", "error: unterminated quoted identifier at 1:8"},
		{"select $a$ abc $$ ", "error: unterminated dollar-quoted string at 1:8"},
		{"select 1 /* /* */", "error: unterminated comment at 1:10"},
		{"select E'a\\'", "error: unterminated quoted string at 1:9"},
		{"copy t from stdin;\n1\n",
		 "error: unterminated data of COPY ... FROM stdin (there is no line \"\\.\") at 1:1"},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(iw_arena) arena = iw_arena_new();
		assert_string_equal(cut(arena, cases[i][0], NULL), cases[i][1]);
	}
}

static void breakpoints_and_block_markers_cut_statements(void **state)
{
	(void)state;
	g_autoptr(iw_arena) arena = iw_arena_new();
	struct iw_script drizzle = {.length = SIZE_MAX, .breakpoint = "--> statement-breakpoint"};
	assert_string_equal(cut(arena,
				"select 1\n--> statement-breakpoint\nselect 2;--> statement-breakpoint\n select 3",
				&drizzle),
			    "<select 1><select 2><select 3>");
	struct iw_script goose = {
		.length = SIZE_MAX, .block_begin = "-- +goose StatementBegin", .block_end = "-- +goose StatementEnd"};
	assert_string_equal(
		cut(arena,
		    "select 0;\n-- +goose StatementBegin\nselect 1; select 2;\n-- +goose StatementEnd\nselect 3;",
		    &goose),
		"<select 0><select 1; select 2><select 3>");
	assert_string_equal(cut(arena, "-- +goose StatementBegin\nselect 1;", &goose),
			    "error: unterminated statement block at 1:1");
}

static void each_subcommand_of_alter_table_is_an_operation_at_its_place(void **state)
{
	(void)state;
	g_autoptr(iw_arena) arena = iw_arena_new();
	const struct iw_statement *statement = read_one(
		arena, "ALTER TABLE s.t ADD COLUMN a numeric(10, 2) DEFAULT 0, DROP COLUMN IF EXISTS b CASCADE", 0);
	assert_int_equal(statement->operations->len, 2);
	const struct iw_operation *add = operation_at(statement, 0);
	assert_int_equal(add->kind, IW_OP_ADD_COLUMN);
	assert_string_equal(add->name.schema, "s");
	assert_string_equal(add->name.name, "t");
	assert_string_equal(add->column->type.text, "numeric(10,2)");
	assert_string_equal(add->column->default_value->text, "0");
	assert_int_equal(add->place.offset, 16);
	assert_int_equal(add->place.length, 37);
	const struct iw_operation *drop = operation_at(statement, 1);
	assert_int_equal(drop->kind, IW_OP_DROP_COLUMN);
	assert_string_equal(drop->member, "b");
	assert_int_equal(drop->flags, IW_IF_EXISTS | IW_CASCADED);
}

static void types_are_what_the_catalogue_prints(void **state)
{
	(void)state;
	static const char *const cases[][2] = {
		{"int", "integer"},
		{"INT8", "bigint"},
		{"varchar(30)", "character varying(30)"},
		{"char", "character(1)"},
		{"\"char\"", "\"char\""},
		{"timestamptz(3)", "timestamp(3) with time zone"},
		{"timestamp", "timestamp without time zone"},
		{"decimal(10)", "numeric(10,0)"},
		{"decimal", "numeric"},
		{"float(24)", "real"},
		{"varbit(5)", "bit varying(5)"},
		{"interval day to second(3)", "interval day to second(3)"},
		{"interval(2)", "interval(2)"},
		{"text[][]", "text[]"},
		{"text array", "text[]"},
		{"public.mood", "mood"},
		{"other.mood", "other.mood"},
		{"\"Status\"", "\"Status\""},
		{"vector(3)", "vector(3)"},
		{"geometry(Point, 4326)", "geometry(point,4326)"},
		{"jsonb", "jsonb"},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(iw_arena) arena = iw_arena_new();
		assert_string_equal(iw_type_read(arena, newest, cases[i][0]).text, cases[i][1]);
	}
}

static void statements_that_cannot_run_in_a_transaction_say_so(void **state)
{
	(void)state;
	static const struct {
		const char *sql;
		int version;
		bool expected;
	} cases[] = {
		{"CREATE INDEX CONCURRENTLY i ON t (a)", 150000, true},
		{"CREATE INDEX i ON t (a)", 150000, false},
		{"DROP INDEX CONCURRENTLY i", 150000, true},
		{"REINDEX INDEX CONCURRENTLY i", 150000, true},
		{"REINDEX TABLE t", 150000, false},
		{"REINDEX DATABASE d", 150000, true},
		{"REINDEX SYSTEM d", 150000, true},
		{"VACUUM t", 150000, true},
		{"VACUUM FULL t", 150000, true},
		{"ANALYZE t", 150000, false},
		{"CREATE DATABASE d", 150000, true},
		{"DROP DATABASE d", 150000, true},
		{"ALTER SYSTEM SET work_mem = '1MB'", 150000, true},
		{"ALTER TABLE t DETACH PARTITION p CONCURRENTLY", 150000, true},
		{"ALTER TABLE t DETACH PARTITION p", 150000, false},
		{"ALTER TYPE e ADD VALUE 'x'", 110000, true},
		{"ALTER TYPE e ADD VALUE 'x'", 120000, false},
		{"ALTER TYPE e ADD VALUE 'x'", 0, false},
		{"CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p", 150000, true},
		{"CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p WITH (create_slot = false)", 150000, false},
		{"CLUSTER", 150000, true},
		{"CLUSTER t USING i", 150000, false},
		{"REFRESH MATERIALIZED VIEW CONCURRENTLY v", 150000, false},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(iw_arena) arena = iw_arena_new();
		const struct iw_statement *statement = read_one(arena, cases[i].sql, cases[i].version);
		if (statement->needs_no_transaction != cases[i].expected)
			fail_msg("%s", cases[i].sql);
	}
}

/* "columns | reads | equals | functions | flags" of the last operation's data. */
static const char *data_text(iw_arena *arena, const char *sql)
{
	const struct iw_statement *statement = read_one(arena, sql, 0);
	const struct iw_data *data = operation_at(statement, statement->operations->len - 1)->data;
	assert_non_null(data);
	GString *out = g_string_new(NULL);
	for (guint i = 0; data->columns != NULL && i < data->columns->len; i++)
		g_string_append_printf(out, "%s ", (char *)g_ptr_array_index(data->columns, i));
	g_string_append(out, "|");
	for (guint i = 0; data->reads != NULL && i < data->reads->len; i++)
		g_string_append_printf(out, " %s", ((struct iw_name *)g_ptr_array_index(data->reads, i))->name);
	g_string_append(out, " |");
	for (guint i = 0; data->equals != NULL && i < data->equals->len; i++)
		g_string_append_printf(out, " %s", (char *)g_ptr_array_index(data->equals, i));
	g_string_append(out, " |");
	for (guint i = 0; data->functions != NULL && i < data->functions->len; i++)
		g_string_append_printf(out, " %s", (char *)g_ptr_array_index(data->functions, i));
	g_string_append_printf(out, " |%s%s%s%s%s", data->has_where ? " where" : "", data->has_limit ? " limit" : "",
			       data->is_values ? " values" : "", data->has_on_conflict ? " conflict" : "",
			       data->is_bounded ? " bounded" : "");
	const char *text = iw_arena_strdup(arena, out->str);
	g_string_free(out, TRUE);
	return text;
}

static void data_statements_say_what_they_touch(void **state)
{
	(void)state;
	static const char *const cases[][2] = {
		{"INSERT INTO t (a, b) VALUES (1, 2), (3, now())", "a b | | | now | values bounded"},
		{"INSERT INTO t DEFAULT VALUES", "| | | | values bounded"},
		{"INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING", "| | | | values conflict bounded"},
		{"INSERT INTO t (a) SELECT b FROM u JOIN v ON true", "a | u v | | |"},
		{"INSERT INTO t (a) SELECT b FROM u WHERE true", "a | u | | |"},
		{"INSERT INTO t (a) SELECT b FROM u LIMIT 5", "a | u | | | limit bounded"},
		{"INSERT INTO t (a) SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM u)", "a | u | | | where bounded"},
		{"UPDATE t SET a = 1, b = lower(c)", "a b | | | lower |"},
		{"UPDATE t SET a = 1 WHERE 1 = 1", "a | | | |"},
		{"UPDATE t SET a = 1 WHERE true OR b = 2", "a | | | |"},
		{"UPDATE t SET a = 1 WHERE id = 5 AND b > 2", "a | | id | | where bounded"},
		{"UPDATE t SET a = 1 WHERE id IN (1, 2, 3)", "a | | id | | where bounded"},
		{"UPDATE t SET a = 1 WHERE id = 5 OR b = 2", "a | | | | where"},
		{"UPDATE t SET a = 1 WHERE b IS NULL", "a | | | | where"},
		{"UPDATE t SET a = u.a FROM u WHERE t.id = u.id", "a | u | | | where"},
		{"UPDATE t x SET a = u.a FROM u WHERE x.id = 7 AND u.id = 8", "a | u | id | | where bounded"},
		{"UPDATE t SET (a, b) = (SELECT 1, 2 FROM u)", "a b | u | | |"},
		{"UPDATE t SET a = 1 WHERE id IN (SELECT id FROM t LIMIT 100)", "a | t | | | where limit bounded"},
		{"DELETE FROM t", "| | | |"},
		{"DELETE FROM t USING u WHERE t.a = u.a", "| u | | | where"},
		{"DELETE FROM t WHERE id = ANY (ARRAY[1, 2])", "| | id | | where bounded"},
		{"WITH w AS (SELECT 1 FROM u) DELETE FROM t WHERE a IN (SELECT * FROM w)", "| u | | | where"},
		{"SELECT setval('s', 5), pg_catalog.set_config('a', 'b', false)", "| | | setval set_config | bounded"},
		{"MERGE INTO t USING u ON t.id = u.id WHEN MATCHED THEN UPDATE SET a = 1", "a | u | | | where"},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(iw_arena) arena = iw_arena_new();
		const char *found = data_text(arena, cases[i][0]);
		if (strcmp(found, cases[i][1]) != 0)
			fail_msg("%s\n  expected %s\n  found    %s", cases[i][0], cases[i][1], found);
	}
}

static void rows_changed_in_a_with_query_are_operations_of_their_own(void **state)
{
	(void)state;
	g_autoptr(iw_arena) arena = iw_arena_new();
	const struct iw_statement *statement =
		read_one(arena, "WITH gone AS (DELETE FROM a RETURNING *) INSERT INTO b SELECT * FROM gone", 0);
	assert_int_equal(statement->operations->len, 2);
	assert_int_equal(operation_at(statement, 0)->kind, IW_OP_DELETE);
	assert_int_equal(operation_at(statement, 1)->kind, IW_OP_INSERT);
	assert_string_equal(operation_at(statement, 1)->name.name, "b");
}

static void what_cannot_be_read_is_opaque_with_its_reason(void **state)
{
	(void)state;
	static const struct {
		const char *sql;
		const char *reason;
		int error_offset; /* -1: not a syntax error */
	} cases[] = {
		{"DO $$ BEGIN END $$", "DO block: plpgsql code, what it does is only known when it runs", -1},
		{"DO LANGUAGE plv8 $$ x $$", "DO block: plv8 code, what it does is only known when it runs", -1},
		{"CALL p(1)", "CALL of procedure p: what it does is only known when it runs", -1},
		{"\\restrict abc", "a command of psql, which is not SQL", -1},
		{"SELECT '\xC3\xA9\xC3\xA9' FRM t x", "syntax error at or near \"t\"", 18},
		{"ALTER TABEL t ADD c int", "syntax error at or near \"TABEL\"", 6},
		{"CREATE TABLE t (a int", "syntax error at end of input", 21},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(iw_arena) arena = iw_arena_new();
		const struct iw_statement *statement = read_one(arena, cases[i].sql, 0);
		assert_int_equal(operation_at(statement, 0)->kind, IW_OP_OPAQUE);
		assert_string_equal(operation_at(statement, 0)->reason, cases[i].reason);
		assert_int_equal(statement->is_syntax_error, cases[i].error_offset >= 0);
		if (cases[i].error_offset >= 0)
			assert_int_equal(statement->error_place.offset, cases[i].error_offset);
	}
}

static void a_bad_statement_does_not_hide_the_next(void **state)
{
	(void)state;
	g_autoptr(iw_arena) arena = iw_arena_new();
	const char *sql = "SELEC 1; CREATE TABLE t (a int; DROP TABLE u;";
	iw_source *source = iw_source_from_text(sql, strlen(sql), "<text>");
	GPtrArray *statements = iw_read_all(arena, newest, source, NULL, NULL);
	iw_source_unref(source);
	assert_int_equal(statements->len, 3);
	assert_int_equal(operation_at(g_ptr_array_index(statements, 2), 0)->kind, IW_OP_DROP_TABLE);
}

static void comments_before_and_inside_a_statement_are_kept(void **state)
{
	(void)state;
	g_autoptr(iw_arena) arena = iw_arena_new();
	const struct iw_statement *statement =
		read_one(arena, "-- one\n/* two */ SELECT '-- no' /* three */, 1; -- after", 0);
	assert_int_equal(statement->comments->len, 3);
	const struct iw_place *first = g_ptr_array_index(statement->comments, 0);
	assert_int_equal(first->offset, 0);
	assert_int_equal(first->length, 6);
}

static void newer_grammar_is_read(void **state)
{
	(void)state;
	g_autoptr(iw_arena) arena = iw_arena_new();
	const struct iw_statement *statement =
		read_one(arena,
			 "ALTER TABLE t ADD CONSTRAINT n NOT NULL \"C\" NO INHERIT NOT VALID, ADD COLUMN v int "
			 "GENERATED ALWAYS AS (a + 1), "
			 "ADD CHECK (a > 0) NOT ENFORCED, ALTER COLUMN g SET EXPRESSION AS (a * 2)",
			 180000);
	const struct iw_constraint *not_null = operation_at(statement, 0)->constraint;
	assert_int_equal(not_null->kind, IW_NOT_NULL_CONSTRAINT);
	assert_string_equal(g_ptr_array_index(not_null->columns, 0), "C");
	assert_true(not_null->is_no_inherit && not_null->is_not_valid);
	assert_int_equal(operation_at(statement, 1)->column->generated, IW_GENERATED_VIRTUAL);
	assert_string_equal(operation_at(statement, 1)->column->generation->text, "a + 1");
	assert_true(operation_at(statement, 2)->constraint->is_not_enforced);
	assert_int_equal(operation_at(statement, 3)->kind, IW_OP_SET_GENERATION);
	assert_string_equal(operation_at(statement, 3)->expression->canonical, "(a * 2)");
	assert_int_equal(operation_at(statement, 3)->place.offset,
			 strlen(statement->text) - strlen("ALTER COLUMN g SET EXPRESSION AS (a * 2)"));
}

static void names_are_quoted_only_when_they_must_be(void **state)
{
	(void)state;
	static const char *const cases[][2] = {
		{"users", "users"},
		{"Users", "\"Users\""},
		{"select", "\"select\""},
		{"order", "\"order\""},
		{"name", "name"},
		{"a b", "\"a b\""},
		{"a\"b", "\"a\"\"b\""},
		{"1a", "\"1a\""},
		{"values", "\"values\""},
		{"json_table", "\"json_table\""},
		{"", "\"\""},
		{"_x1", "_x1"},
		{"caf\xC3\xA9", "\"caf\xC3\xA9\""},
	};
	g_autoptr(iw_arena) arena = iw_arena_new();
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
		assert_string_equal(iw_quote(arena, IW_POSTGRES, cases[i][0]), cases[i][1]);
	assert_string_equal(iw_quote_literal(arena, IW_POSTGRES, "it's"), "'it''s'");
	assert_string_equal(iw_quote_literal(arena, IW_POSTGRES, "a\\b'"), "E'a\\\\b'''");
}

static void volatility_is_the_worst_of_the_functions(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		enum iw_volatility volatility;
	} cases[] = {
		{"5", IW_IMMUTABLE},
		{"lower('x')", IW_IMMUTABLE},
		{"now()", IW_STABLE},
		{"CURRENT_TIMESTAMP", IW_STABLE},
		{"gen_random_uuid()", IW_VOLATILE},
		{"random() + 1", IW_VOLATILE},
		{"nextval('s')", IW_VOLATILE},
		{"mine()", IW_VOLATILITY_UNKNOWN},
		{"other.now()", IW_VOLATILITY_UNKNOWN},
		{"uuid_generate_v4()", IW_VOLATILE},
		{"clock_timestamp()", IW_VOLATILE},
		{"pg_catalog.now()", IW_STABLE},
	};
	g_autoptr(iw_arena) arena = iw_arena_new();
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
		assert_int_equal(iw_expression_read(arena, newest, cases[i].text)->volatility, cases[i].volatility);
	assert_true(iw_expression_read(arena, newest, "NULL::text")->is_null);
	assert_true(iw_expression_read(arena, newest, "'-1'::integer")->is_constant);
	assert_false(iw_expression_read(arena, newest, "now()")->is_constant);
}

static const char *repeat(iw_arena *arena, const char *before, const char *part, size_t count, const char *after)
{
	GString *out = g_string_new(before);
	for (size_t i = 0; i < count; i++)
		g_string_append(out, part);
	g_string_append(out, after);
	const char *text = iw_arena_strdup(arena, out->str);
	g_string_free(out, TRUE);
	return text;
}

static void deep_nesting_does_no_harm(void **state)
{
	(void)state;
	static const char *const parts[][3] = {
		{"SELECT ", "(", "1"},
		{"SELECT 1", " + 1", ""},
		{"SELECT 1", " UNION ALL SELECT 1", ""},
		{"SELECT ", "NOT ", "true"},
		{"SELECT ", "ARRAY[", "1"},
		{"ALTER TABLE t ADD CHECK (a", " || a", ")"},
		{"ALTER TABLE t ADD CHECK (true", " AND (a = 1 OR b = 2)", ")"},
		{"CREATE TABLE t (a int DEFAULT ", "f(", "1"},
		{"SELECT * FROM ", "(SELECT * FROM ", "t"},
		{"SELECT CASE WHEN ", "CASE WHEN ", "true"},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
		g_autoptr(iw_arena) arena = iw_arena_new();
		const char *sql = repeat(arena, parts[i][0], parts[i][1], 20000, parts[i][2]);
		assert_true(read_one(arena, sql, 0)->operations->len > 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(statements_end_where_psql_ends_them),
		cmocka_unit_test(what_is_not_terminated_is_an_error_at_its_opening),
		cmocka_unit_test(breakpoints_and_block_markers_cut_statements),
		cmocka_unit_test(each_subcommand_of_alter_table_is_an_operation_at_its_place),
		cmocka_unit_test(types_are_what_the_catalogue_prints),
		cmocka_unit_test(statements_that_cannot_run_in_a_transaction_say_so),
		cmocka_unit_test(data_statements_say_what_they_touch),
		cmocka_unit_test(rows_changed_in_a_with_query_are_operations_of_their_own),
		cmocka_unit_test(what_cannot_be_read_is_opaque_with_its_reason),
		cmocka_unit_test(a_bad_statement_does_not_hide_the_next),
		cmocka_unit_test(comments_before_and_inside_a_statement_are_kept),
		cmocka_unit_test(newer_grammar_is_read),
		cmocka_unit_test(names_are_quoted_only_when_they_must_be),
		cmocka_unit_test(volatility_is_the_worst_of_the_functions),
		cmocka_unit_test(deep_nesting_does_no_harm),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
