/* The corpus: every statement gives the operations written beside it, and its rendered form gives the same again. */
#include "sql/sql.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char *const kinds[] = {
#define KIND(kind, object, words) #kind,
	IW_OPERATION_TABLE(KIND)
#undef KIND
};

static GPtrArray *read_text(iw_arena *arena, const char *text, struct iw_engine engine)
{
	g_autoptr(iw_source) source = iw_source_from_text(text, strlen(text), "corpus");
	g_autoptr(GError) error = NULL;
	GPtrArray *statements = iw_read_all(arena, engine, source, NULL, &error);
	if (statements == NULL)
		fail_msg("%s: %s", text, error->message);
	return statements;
}

static char *kinds_of(const struct iw_statement *statement)
{
	if (statement->is_syntax_error)
		return g_strdup("SYNTAX");
	GString *out = g_string_new(NULL);
	for (guint i = 0; i < statement->operations->len; i++) {
		const struct iw_operation *operation = statement->operations->pdata[i];
		g_string_append_printf(out, "%s%s", i > 0 ? " " : "", kinds[operation->kind]);
	}
	return g_string_free(out, FALSE);
}

static void check_row(const char *vendor, const char *expected, const char *text)
{
	g_autoptr(iw_arena) arena = iw_arena_new();
	struct iw_engine engine = {IW_MYSQL, *vendor == 'm', 0};
	GPtrArray *statements = read_text(arena, text, engine);
	if (statements->len != 1)
		fail_msg("%s: %u statements", text, statements->len);
	const struct iw_statement *statement = statements->pdata[0];
	g_autofree char *found = kinds_of(statement);
	const struct iw_operation *first = statement->operations->pdata[0];
	const char *reason = first->reason != NULL ? first->reason : "";
	if (strcmp(found, expected) != 0)
		print_error("%s: expected %s, found %s (%s)\n", text, expected, found, reason);
	assert_string_equal(found, expected);
	if (strcmp(expected, "SYNTAX") == 0 || strcmp(expected, "OPAQUE") == 0) {
		assert_non_null(first->reason);
		return;
	}
	GPtrArray *texts = iw_render_all(arena, engine, statement->operations, true);
	for (guint i = 0; i < texts->len; i++) {
		GPtrArray *again = read_text(arena, texts->pdata[i], engine);
		assert_int_equal(again->len, 1);
		const struct iw_statement *reread = again->pdata[0];
		const struct iw_operation *operation = reread->operations->pdata[0];
		if (operation->kind == IW_OP_OPAQUE)
			fail_msg("%s: rendered %s, which is not readable", text, (char *)texts->pdata[i]);
	}
}

static void every_statement_of_the_corpus_gives_its_operations(void **state)
{
	(void)state;
	g_autofree char *all = NULL;
	g_autoptr(GError) error = NULL;
	if (!g_file_get_contents(SOURCE_ROOT "/tests/unit/sql/mysql/corpus.txt", &all, NULL, &error))
		fail_msg("%s", error->message);
	g_auto(GStrv) lines = g_strsplit(all, "\n", -1);
	guint count = 0;
	for (char **line = lines; *line != NULL; line++) {
		if (**line == '\0' || **line == '#')
			continue;
		g_auto(GStrv) parts = g_strsplit(*line, " | ", 3);
		assert_int_equal(g_strv_length(parts), 3);
		check_row(parts[0], parts[1], parts[2]);
		count++;
	}
	assert_true(count >= 300);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(every_statement_of_the_corpus_gives_its_operations)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
