/* The language server's base: messages in any pieces, positions in UTF-16, changes of a text. */
#include "lsp/document.h"
#include "lsp/rpc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void messages_come_in_whatever_pieces(void **state)
{
	(void)state;
	static const char BYTES[] = "Content-Length: 17\r\n\r\n{\"jsonrpc\":\"2.0\"}Content-Length: 2\r\n\r\n{}";
	for (size_t step = 1; step < sizeof BYTES; step++) {
		g_autoptr(iw_rpc) rpc = iw_rpc_new();
		guint good = 0, bad = 0;
		for (size_t at = 0; at < strlen(BYTES); at += step) {
			iw_rpc_feed(rpc, BYTES + at, MIN(step, strlen(BYTES) - at));
			json_t *message = NULL;
			enum iw_rpc_event event;
			while ((event = iw_rpc_next(rpc, &message)) != IW_RPC_NOTHING) {
				assert_int_not_equal(event, IW_RPC_BROKEN);
				good += event == IW_RPC_MESSAGE;
				bad += event == IW_RPC_BAD;
				if (event == IW_RPC_MESSAGE)
					json_decref(message);
			}
		}
		assert_int_equal(good, 1);
		assert_int_equal(bad, 1);
	}
}

static const char TEXT[] = "a\xf0\x9f\x90\x9b\xc3\xa9z\r\n\rlast";

static void positions_count_utf16_and_every_end_of_a_line(void **state)
{
	(void)state;
	static const struct {
		gint64 line, character;
		size_t offset;
	} cases[] = {{0, 0, 0}, {0, 1, 1}, {0, 3, 5}, {0, 4, 7}, {0, 5, 8}, {1, 0, 10}, {2, 0, 11}, {2, 4, 15}};
	struct iw_lines lines = iw_lines_of(TEXT, strlen(TEXT));
	assert_int_equal(lines.begins->len, 3);
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct iw_position position = {cases[i].line, cases[i].character};
		assert_int_equal(iw_position_to_offset(&lines, position), cases[i].offset);
		struct iw_position back = iw_position_of(&lines, cases[i].offset);
		assert_int_equal(back.line, cases[i].line);
		assert_int_equal(back.character, cases[i].character);
	}
	/* In the middle of a pair, behind the line, behind the text. */
	assert_int_equal(iw_position_to_offset(&lines, (struct iw_position){0, 2}), 5);
	assert_int_equal(iw_position_to_offset(&lines, (struct iw_position){0, 99}), 8);
	assert_int_equal(iw_position_to_offset(&lines, (struct iw_position){9, 0}), strlen(TEXT));
	iw_lines_clear(&lines);
	lines = iw_lines_of("", 0);
	assert_int_equal(iw_position_to_offset(&lines, (struct iw_position){0, 5}), 0);
	iw_lines_clear(&lines);
}

static void a_change_replaces_a_range_or_all_and_a_bad_one_nothing(void **state)
{
	(void)state;
	static const struct {
		const char *change, *after;
	} cases[] = {
		{"{\"text\":\"x\"}", "x"},
		{"{\"range\":{\"start\":{\"line\":0,\"character\":1},\"end\":{\"line\":1,\"character\":1}},\"text\":\"-"
		 "\"}",
		 "a-d"},
		{"{\"range\":{\"start\":{\"line\":1,\"character\":1},\"end\":{\"line\":0,\"character\":0}},\"text\":\"-"
		 "\"}",
		 "ab\nc-d"},
		{"{\"range\":{\"start\":{\"line\":7,\"character\":0},\"end\":{\"line\":9,\"character\":0}},\"text\":\"!"
		 "\"}",
		 "ab\ncd!"},
		{"{\"range\":{\"start\":{\"line\":-1,\"character\":0},\"end\":{\"line\":0,\"character\":0}},\"text\":"
		 "\"\"}",
		 NULL},
		{"{\"range\":3,\"text\":\"\"}", NULL},
		{"{}", NULL},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		GString *text = g_string_new("ab\ncd");
		json_t *change = json_loads(cases[i].change, 0, NULL);
		assert_int_equal(iw_document_change(text, change), cases[i].after != NULL);
		assert_string_equal(text->str, cases[i].after != NULL ? cases[i].after : "ab\ncd");
		json_decref(change);
		g_string_free(text, TRUE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_come_in_whatever_pieces),
		cmocka_unit_test(positions_count_utf16_and_every_end_of_a_line),
		cmocka_unit_test(a_change_replaces_a_range_or_all_and_a_bad_one_nothing),
	};
	return cmocka_run_group_tests_name("lsp", tests, NULL, NULL);
}
