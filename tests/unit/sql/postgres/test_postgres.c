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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(statements_end_where_psql_ends_them),
		cmocka_unit_test(what_is_not_terminated_is_an_error_at_its_opening),
		cmocka_unit_test(breakpoints_and_block_markers_cut_statements),
		cmocka_unit_test(each_subcommand_of_alter_table_is_an_operation_at_its_place),
		cmocka_unit_test(types_are_what_the_catalogue_prints),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
