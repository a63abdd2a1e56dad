/* Text for terminals: widths, wrapping, tables, numbers in words. */
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static const struct iw_style PLAIN = {.colours = false, .width = 30};
static const struct iw_style COLOURED = {.colours = true, .width = 30};

static void widths_are_columns_not_bytes(void **state)
{
	(void)state;
	assert_int_equal(iw_text_width("abc"), 3);
	assert_int_equal(iw_text_width("\xC3\xA9"), 1);	    /* e acute */
	assert_int_equal(iw_text_width("e\xCC\x81"), 1);    /* combining acute */
	assert_int_equal(iw_text_width("\xE6\xBC\xA2"), 2); /* wide */
	assert_int_equal(iw_text_width("a\xFF"), 2);	    /* invalid byte */
}

static void colours_are_left_out_when_not_wanted(void **state)
{
	(void)state;
	GString *out = g_string_new(NULL);
	iw_text_add(out, PLAIN, IW_RED, "x");
	iw_text_add(out, COLOURED, IW_RED, "x");
	iw_text_add(out, COLOURED, IW_PLAIN, "y");
	assert_string_equal(out->str, "x\033[31mx\033[0my");
	g_string_free(out, TRUE);
}

static void long_text_is_wrapped_at_words(void **state)
{
	(void)state;
	GString *out = g_string_new(NULL);
	iw_text_wrap(out, PLAIN, 2, "one two three four five six seven\neight");
	assert_string_equal(out->str, "  one two three four five six\n  seven\n  eight\n");
	g_string_free(out, TRUE);
}

static void tables_are_aligned_and_cut(void **state)
{
	(void)state;
	g_autoptr(iw_arena) arena = iw_arena_new();
	struct iw_text_table *table = iw_text_table_new(arena, 3);
	table->right = 1U << 1;
	table->cut = true;
	iw_text_table_header(table, "name", "rows", "what");
	const char *cells[] = {"users", "12", "a text that is longer than the line", "p\xC3\xA9\033", "1500", NULL};
	for (size_t i = 0; i < G_N_ELEMENTS(cells); i++)
		iw_text_table_add(table, IW_PLAIN, cells[i]);
	GString *out = g_string_new(NULL);
	iw_text_table_render(table, out, PLAIN, 1);
	assert_string_equal(out->str, " name   rows  what\n"
				      " users    12  a text that is \xE2\x80\xA6\n"
				      " p\xC3\xA9?    1500\n");
	g_string_free(out, TRUE);
}

static void numbers_are_said_in_words(void **state)
{
	(void)state;
	g_autoptr(iw_arena) arena = iw_arena_new();
	assert_string_equal(iw_words_duration(arena, 0), "0 ms");
	assert_string_equal(iw_words_duration(arena, 0.12), "120 ms");
	assert_string_equal(iw_words_duration(arena, 3), "3 s");
	assert_string_equal(iw_words_duration(arena, 2.5), "2.5 s");
	assert_string_equal(iw_words_duration(arena, 120), "2 min");
	assert_string_equal(iw_words_duration(arena, 7200 + 1800), "2.5 h");
	assert_string_equal(iw_words_duration(arena, 86400 * 3), "3 days");
	assert_string_equal(iw_words_duration(arena, -1), "unknown");
	assert_string_equal(iw_words_size(arena, 512), "512 bytes");
	assert_string_equal(iw_words_size(arena, 1.2e9), "1.2 GB");
	assert_string_equal(iw_words_size(arena, 84e6), "84 MB");
	assert_string_equal(iw_words_rows(arena, 0), "no rows");
	assert_string_equal(iw_words_rows(arena, 1), "1 row");
	assert_string_equal(iw_words_rows(arena, 950), "950 rows");
	assert_string_equal(iw_words_rows(arena, 12000), "12 thousand rows");
	assert_string_equal(iw_words_rows(arena, 4.2e6), "4.2 million rows");
	assert_string_equal(iw_words_count(arena, 1, "statement"), "1 statement");
	assert_string_equal(iw_words_count(arena, 3, "statement"), "3 statements");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(widths_are_columns_not_bytes),	 cmocka_unit_test(colours_are_left_out_when_not_wanted),
		cmocka_unit_test(long_text_is_wrapped_at_words), cmocka_unit_test(tables_are_aligned_and_cut),
		cmocka_unit_test(numbers_are_said_in_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
