/*
 * Golden dumps: tests/golden/model/ENGINE-*.txt hold cases "title, SQL, ---, the schema after it", with a line of ====
 * between two cases. INCHWORM_ACCEPT=1 writes what comes out as what is expected; read the difference before.
 */
#include "base/error.h"
#include "model/compare.h"
#include "model/replay.h"
#include "sql/sql.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define FOLDER SOURCE_ROOT "/tests/golden/model"

static void replay_text(iw_schema *schema, iw_arena *arena, const char *sql, GString *out)
{
	GError *error = NULL;
	g_autoptr(iw_source) source = iw_source_from_text(sql, strlen(sql), "<golden>");
	GPtrArray *statements = iw_read_all(arena, schema->engine, source, NULL, &error);
	for (guint i = 0; statements != NULL && i < statements->len; i++)
		if (!iw_schema_apply_statement(schema, statements->pdata[i], &error)) {
			g_string_append_printf(out, "error: %s\n", error->message);
			g_clear_error(&error);
		}
	if (error != NULL)
		g_string_append_printf(out, "error: %s\n", error->message);
	g_clear_error(&error);
}

static char *dump_of(const char *file, const char *sql)
{
	g_autoptr(iw_arena) arena = iw_arena_new();
	g_autofree char *engine_name = g_strndup(file, strcspn(file, "-"));
	struct iw_engine engine;
	GString *out = g_string_new(NULL);
	assert_true(iw_engine_parse(engine_name, &engine));
	iw_schema *schema = iw_schema_new(arena, engine);
	replay_text(schema, arena, sql, out);
	iw_schema_dump(schema, out);
	return g_string_free(out, false);
}

/* The case as it should stand in the file. */
static char *run_case(const char *file, const char *text)
{
	const char *title_end = strchr(text, '\n'), *rule = strstr(text, "\n---\n");
	assert_non_null(title_end);
	assert_non_null(rule);
	g_autofree char *sql = g_strndup(title_end + 1, (gsize)(rule - title_end));
	g_autofree char *dump = dump_of(file, sql);
	g_autofree char *head = g_strndup(text, (gsize)(rule - text) + strlen("\n---\n"));
	return g_strconcat(head, dump, NULL);
}

static void show_difference(const char *file, const char *expected, const char *found)
{
	g_auto(GStrv) left = g_strsplit(expected, "\n", -1), right = g_strsplit(found, "\n", -1);
	print_error("%s: %s\n", file, left[0]);
	for (char **line = left; *line != NULL; line++)
		if (!g_strv_contains((const char *const *)right, *line))
			print_error("  - %s\n", *line);
	for (char **line = right; *line != NULL; line++)
		if (!g_strv_contains((const char *const *)left, *line))
			print_error("  + %s\n", *line);
	print_error("to accept: INCHWORM_ACCEPT=1 build/tests/test-model-golden\n");
}

static int check_file(const char *file)
{
	g_autofree char *path = g_build_filename(FOLDER, file, NULL), *text = NULL;
	assert_true(g_file_get_contents(path, &text, NULL, NULL));
	g_auto(GStrv) cases = g_strsplit(text, "====\n", -1);
	g_autoptr(GString) whole = g_string_new(NULL);
	int failures = 0;
	for (char **each = cases; *each != NULL; each++) {
		g_autofree char *found = run_case(file, *each);
		g_string_append_printf(whole, "%s%s", whole->len > 0 ? "====\n" : "", found);
		if (strcmp(found, *each) == 0)
			continue;
		show_difference(file, *each, found);
		failures++;
	}
	if (failures > 0 && getenv("INCHWORM_ACCEPT") != NULL)
		assert_true(g_file_set_contents(path, whole->str, -1, NULL));
	return failures;
}

static void schemas_after_migrations_are_as_the_golden_files_say(void **state)
{
	(void)state;
	int failures = 0, files = 0;
	g_autoptr(GDir) folder = g_dir_open(FOLDER, 0, NULL);
	assert_non_null(folder);
	for (const char *file = g_dir_read_name(folder); file != NULL; file = g_dir_read_name(folder), files++)
		failures += check_file(file);
	assert_true(files > 0);
	assert_int_equal(failures, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(schemas_after_migrations_are_as_the_golden_files_say),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
