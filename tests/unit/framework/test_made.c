/* Text in pieces: the reader cuts it, and every statement is shown where its author wrote it. */
#include "framework/made.h"
#include "sql/sql.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static const struct iw_engine postgres = {IW_POSTGRES, false, 150000};

static iw_source *python(void)
{
	static const char text[] = "def upgrade():\n    op.drop_table('a')\n    fill()\n    op.execute('...')\n";
	return iw_source_from_text(text, strlen(text), "versions/a.py");
}

static struct iw_place place_of(const iw_source *source, const char *text)
{
	return (struct iw_place){source, (size_t)(strstr(source->text, text) - source->text), strlen(text)};
}

static GPtrArray *read_made(iw_arena *arena)
{
	g_autoptr(iw_source) file = python();
	iw_made *made = iw_made_new("versions/a.py");
	iw_made_sql(made, place_of(file, "op.drop_table('a')"), "DROP TABLE a");
	iw_made_foreign(made, place_of(file, "fill()"), "runs Python: fill()\nand more");
	iw_made_note(made, "asked %s", "has_table");
	iw_made_set_alone(made, true);
	iw_made_sql(made, place_of(file, "op.execute('...')"), "SELECT ';'; -- no end\nDROP TABLE b");
	assert_int_equal(iw_made_count(made), 3);
	g_autoptr(iw_source) source = iw_made_finish(made);
	GPtrArray *statements = iw_read_all(arena, postgres, source, NULL, NULL);
	assert_non_null(statements);
	return statements;
}

static void every_statement_is_shown_where_it_was_written(void **state)
{
	(void)state;
	g_autoptr(iw_arena) arena = iw_arena_new();
	GPtrArray *statements = read_made(arena);
	static const struct {
		const char *text;
		int line, column;
	} rows[] = {{"DROP TABLE a", 2, 5},
		    {"-- not SQL: runs Python: fill() and more", 3, 5},
		    {"SELECT ';'", 4, 5},
		    {"DROP TABLE b", 4, 5}};
	assert_int_equal(statements->len, G_N_ELEMENTS(rows));
	for (guint i = 0; i < statements->len; i++) {
		const struct iw_statement *statement = g_ptr_array_index(statements, i);
		const struct iw_operation *operation = g_ptr_array_index(statement->operations, 0);
		struct iw_line_column at = iw_source_locate(operation->place.source, operation->place.offset);
		assert_string_equal(statement->text, rows[i].text);
		assert_string_equal(operation->place.source->path, "versions/a.py");
		assert_int_equal(at.line, rows[i].line);
		assert_int_equal(at.column, rows[i].column);
	}
}

static void what_is_no_sql_says_why(void **state)
{
	(void)state;
	g_autoptr(iw_arena) arena = iw_arena_new();
	const struct iw_statement *statement = g_ptr_array_index(read_made(arena), 1);
	const struct iw_operation *operation = g_ptr_array_index(statement->operations, 0);
	assert_true(statement->is_foreign);
	assert_int_equal(operation->kind, IW_OP_OPAQUE);
	assert_string_equal(operation->reason, "runs Python: fill()\nand more");
}

static void notes_and_the_place_outside_a_transaction_go_with_the_piece(void **state)
{
	(void)state;
	g_autoptr(iw_arena) arena = iw_arena_new();
	GPtrArray *statements = read_made(arena);
	const struct iw_statement *first = g_ptr_array_index(statements, 0);
	const struct iw_statement *last = g_ptr_array_index(statements, 3);
	assert_null(first->note);
	assert_false(first->needs_no_transaction);
	assert_string_equal(last->note, "asked has_table");
	assert_true(last->needs_no_transaction);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_statement_is_shown_where_it_was_written),
		cmocka_unit_test(what_is_no_sql_says_why),
		cmocka_unit_test(notes_and_the_place_outside_a_transaction_go_with_the_piece),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
