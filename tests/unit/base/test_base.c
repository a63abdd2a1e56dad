/* Arena, errors, sources and places. */
#include "base/arena.h"
#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

static void arena_memory_is_zeroed_and_aligned(void **state)
{
	(void)state;
	g_autoptr(iw_arena) arena = iw_arena_new();
	for (size_t size = 1; size < 100000; size = size * 3 + 1) {
		char *memory = iw_arena_alloc(arena, size);
		assert_int_equal((uintptr_t)memory % _Alignof(double), 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(memory[i], 0);
		memset(memory, 0xff, size);
	}
}

static void arena_keeps_texts_and_structs_apart(void **state)
{
	(void)state;
	g_autoptr(iw_arena) arena = iw_arena_new();
	char *texts[3000];
	char *blobs[3000];
	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
		texts[i] = iw_arena_printf(arena, "%0*zu", (int)(i % 100) + 1, i);
		blobs[i] = memset(iw_arena_alloc(arena, i % 70 * (i % 50 == 0 ? 3000 : 1) + 1), 'x', i % 70 + 1);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
		g_autofree char *expected = g_strdup_printf("%0*zu", (int)(i % 100) + 1, i);
		assert_string_equal(texts[i], expected);
		assert_int_equal(blobs[i][i % 70], 'x');
	}
}

static void arena_gives_one_copy_of_a_text_that_repeats(void **state)
{
	(void)state;
	g_autoptr(iw_arena) arena = iw_arena_new();
	const char *first = iw_arena_share(arena, "btree");
	for (int i = 0; i < 10000; i++) {
		g_autofree char *text = g_strdup_printf("%d", i);
		assert_string_equal(iw_arena_share(arena, text), text);
	}
	assert_string_equal(first, "btree");
	assert_ptr_equal(iw_arena_share(arena, "x"), iw_arena_share(arena, "x"));
	assert_null(iw_arena_share(arena, NULL));
	iw_arena_reset(arena);
	assert_string_equal(iw_arena_share(arena, "x"), "x");
}

static void arena_gives_one_copy_of_a_struct_and_of_a_list_that_repeat(void **state)
{
	(void)state;
	g_autoptr(iw_arena) arena = iw_arena_new();
	struct {
		const char *text;
		gint64 number;
	} one = {"x", 1}, other = {"x", 2};
	const void *first = iw_arena_share_struct(arena, &one, sizeof one);
	assert_ptr_equal(iw_arena_share_struct(arena, &one, sizeof one), first);
	assert_ptr_not_equal(iw_arena_share_struct(arena, &other, sizeof other), first);
	assert_memory_equal(first, &one, sizeof one);
	void *items[] = {&one, &other};
	GPtrArray *list = iw_arena_share_list(arena, items, 2);
	assert_int_equal(list->len, 2);
	assert_ptr_equal(g_ptr_array_index(list, 1), &other);
	assert_ptr_equal(iw_arena_share_list(arena, items, 2), list);
	assert_ptr_not_equal(iw_arena_share_list(arena, items, 1), list);
	assert_int_equal(iw_arena_share_list(arena, NULL, 0)->len, 0);
	for (gint64 i = 0; i < 10000; i++) {
		one.number = i;
		assert_memory_equal(iw_arena_share_struct(arena, &one, sizeof one), &one, sizeof one);
	}
	iw_arena_reset(arena);
	assert_memory_equal(iw_arena_share_struct(arena, &other, sizeof other), &other, sizeof other);
	assert_int_equal(iw_arena_share_list(arena, items, 2)->len, 2);
}

static void count_up(void *data)
{
	++*(int *)data;
}

static void arena_reset_runs_deferred_functions_once(void **state)
{
	(void)state;
	int calls = 0;
	g_autoptr(iw_arena) arena = iw_arena_new();
	iw_arena_defer(arena, count_up, &calls);
	iw_arena_reset(arena);
	iw_arena_reset(arena);
	assert_int_equal(calls, 1);
}

static void errors_keep_the_innermost_detail(void **state)
{
	(void)state;
	g_autoptr(GError) error = NULL;
	assert_false(iw_fail(&error, IW_ERROR_LOCK, "could not lock table \"%s\"", "users"));
	iw_error_hint(&error, "first");
	iw_error_hint(&error, "second");
	assert_string_equal(error->message, "could not lock table \"users\"");
	assert_string_equal(iw_error_info(error)->hint, "first");
	assert_string_equal(iw_error_class(error->code), "LOCK");
}

static void lines_end_with_lf_crlf_or_cr_and_columns_count_characters(void **state)
{
	(void)state;
	const char text[] = "\xEF\xBB\xBF"
			    "a\r\nb\rc\n\xC3\xA9x";
	g_autoptr(iw_source) source = iw_source_from_text(text, sizeof text - 1, "<text>");
	assert_int_equal(source->start, 3);
	struct iw_line_column at = iw_source_locate(source, sizeof text - 2);
	assert_int_equal(at.line, 4);
	assert_int_equal(at.column, 2);
	at = iw_source_locate(source, 6);
	assert_int_equal(at.line, 2);
	assert_int_equal(at.column, 1);
}

static void a_caret_points_at_the_place(void **state)
{
	(void)state;
	const char text[] = "one\n\ttwo three\n";
	g_autoptr(iw_source) source = iw_source_from_text(text, sizeof text - 1, "<text>");
	struct iw_place place = {source, 9, 5};
	g_autoptr(GString) out = g_string_new(NULL);
	iw_place_caret(out, &place, 80);
	assert_string_equal(out->str, "    2 | \ttwo three\n      | \t    ^~~~~\n");
}

/* A file that does not end on a boundary of what is given back at once, with other memory right behind it. */
static void looking_at_a_large_file_leaves_the_memory_behind_it_alone(void **state)
{
	(void)state;
	enum { SIZE = (5 << 20), BEHIND = 4 << 20 };
	g_autofree char *path = NULL, *text = g_malloc(SIZE);
	memset(text, 'x', SIZE);
	int file = g_file_open_tmp("inchworm-source-XXXXXX", &path, NULL);
	assert_true(file >= 0 && write(file, text, SIZE) == SIZE);
	close(file);
	iw_source *source = iw_source_open(path, path, NULL);
	assert_non_null(source);
	char *wanted = (char *)(uintptr_t)source->text + SIZE;
	iw_source_unref(source);
	/* The next mapping of the size goes where this one was; a neighbour is put there before. */
	char *behind = mmap(wanted, BEHIND, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(behind, MAP_FAILED);
	memset(behind, 'y', BEHIND);
	source = iw_source_open(path, path, NULL);
	bool are_neighbours = source->text + SIZE == behind;
	assert_int_equal(iw_source_find_invalid(source), -1);
	for (size_t i = 0; i < BEHIND; i += 4096)
		assert_int_equal(behind[i], 'y');
	iw_source_unref(source);
	munmap(behind, BEHIND);
	unlink(path);
	if (!are_neighbours)
		print_message("the kernel put something else behind the file\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arena_memory_is_zeroed_and_aligned),
		cmocka_unit_test(arena_keeps_texts_and_structs_apart),
		cmocka_unit_test(arena_gives_one_copy_of_a_text_that_repeats),
		cmocka_unit_test(arena_gives_one_copy_of_a_struct_and_of_a_list_that_repeat),
		cmocka_unit_test(arena_reset_runs_deferred_functions_once),
		cmocka_unit_test(errors_keep_the_innermost_detail),
		cmocka_unit_test(lines_end_with_lf_crlf_or_cr_and_columns_count_characters),
		cmocka_unit_test(a_caret_points_at_the_place),
		cmocka_unit_test(looking_at_a_large_file_leaves_the_memory_behind_it_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
