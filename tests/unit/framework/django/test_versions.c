/* Fields altered on PostgreSQL by every version of Django: tests/fixtures/django-editor/postgres.txt, written by Django
 * itself (real.py beside it). */
#include "framework/django/editor.h"

#include "framework/django/django_internal.h"
#include "model/replay.h"
#include "sql/sql.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define FIXTURE SOURCE_ROOT "/tests/fixtures/django-editor/postgres.txt"

static const char prelude[] = "import datetime, decimal, uuid\n"
			      "import django.contrib.postgres.fields\n"
			      "import django.contrib.postgres.operations\n"
			      "import django.db.models.functions\n"
			      "from django.db import migrations, models\n"
			      "def check(condition, name):\n"
			      "    return models.CheckConstraint(name=name, check=condition)\n"
			      "class Migration(migrations.Migration):\n"
			      "    operations = [\n";

/* One case as one version of Django sees it. */
struct run {
	iw_arena *arena;
	iw_py *python;
	struct iw_engine engine;
	iw_django_state *state;
	iw_schema *schema;
	const char *title, *version;
	guint migration, wrong;
};

/* the file --------------------------------------------------------------------------------------------------------- */

/* The lines of a migration that begin so, without that; up to `end`. */
static GPtrArray *operations_of(char **lines, guint *at)
{
	GPtrArray *operations = g_ptr_array_new();
	for (; lines[*at] != NULL && g_str_has_prefix(lines[*at], "+ "); (*at)++)
		g_ptr_array_add(operations, lines[*at] + 2);
	g_ptr_array_add(operations, NULL);
	return operations;
}

static bool is_in_group(const char *line, const char *version)
{
	g_auto(GStrv) versions = g_strsplit(line + 2, " ", -1);
	return g_strv_contains((const char *const *)versions, version);
}

/* What the version sends, NULL: it is not asked; `at` goes behind all groups of the migration. */
static GPtrArray *expected_of(char **lines, guint *at, const char *version)
{
	GPtrArray *expected = NULL;
	while (lines[*at] != NULL && g_str_has_prefix(lines[*at], "= ")) {
		bool is_it = is_in_group(lines[(*at)++], version);
		if (is_it)
			expected = g_ptr_array_new();
		for (; lines[*at] != NULL && *lines[*at] != '\0' && strchr("=+", *lines[*at]) == NULL; (*at)++)
			if (is_it)
				g_ptr_array_add(expected, lines[*at]);
	}
	return expected;
}

/* what is made ----------------------------------------------------------------------------------------------------- */

static struct iw_py_value *module_of(struct run *run, GPtrArray *operations)
{
	g_autofree char *body = g_strjoinv("\n", (char **)operations->pdata);
	g_autofree char *text = g_strconcat(prelude, body, "\n]\n", NULL);
	g_autofree char *path = g_strdup_printf("%04u.py", ++run->migration);
	g_autoptr(GError) error = NULL;
	struct iw_py_value *module = iw_py_load_text(run->python, path, text, &error);
	assert_null(error);
	assert_null(iw_py_module_failure(module));
	return iw_py_get(run->python, module, "Migration");
}

static const iw_schema *catalogue(void *data)
{
	const struct run *run = data;
	return run->schema;
}

static void replay(struct run *run, iw_source *source)
{
	g_autoptr(iw_reader) reader = iw_reader_new(run->engine, source, NULL);
	struct iw_statement *statement;
	while ((statement = iw_reader_next(reader, run->arena, NULL)) != NULL)
		assert_true(iw_schema_apply_statement(run->schema, statement, NULL));
}

/* Compares one by one; stops where the real one was refused. False: it was. */
static bool compare(struct run *run, const iw_source *source, const GPtrArray *expected)
{
	guint count = source->pieces == NULL ? 0 : source->pieces->len;
	for (guint i = 0; i < MAX(count, expected->len); i++) {
		const struct iw_piece *piece = i < count ? &g_array_index(source->pieces, struct iw_piece, i) : NULL;
		g_autofree char *text = piece == NULL ? NULL : g_strndup(source->text + piece->offset, piece->length);
		const char *wanted = i < expected->len ? expected->pdata[i] : NULL;
		if (wanted != NULL && *wanted == '!')
			return false;
		if (g_strcmp0(text, wanted) == 0)
			continue;
		run->wrong++;
		print_error("%s %s, migration %u, query %u\n  django:   %s\n  inchworm: %s\n", run->version, run->title,
			    run->migration, i + 1, wanted, text);
	}
	return true;
}

static bool step(struct run *run, GPtrArray *operations, const GPtrArray *expected)
{
	struct iw_py_value *migration = module_of(run, operations);
	const struct iw_django_making making = {
		.app_label = "shop", .shown = "shop.py", .migration = migration, .catalogue = catalogue, .data = run};
	g_autoptr(GError) error = NULL;
	g_autoptr(iw_source) source = iw_django_make(run->state, &making, &error);
	assert_null(error);
	bool goes_on = compare(run, source, expected);
	if (!goes_on)
		return false;
	replay(run, source);
	assert_true(iw_django_state_apply(run->state, "shop", migration, &error));
	return true;
}

/* A case, from the line behind its title; returns the line behind it. */
static guint run_case(struct run *run, char **lines, guint at)
{
	bool goes_on = true;
	while (lines[at] != NULL && g_str_has_prefix(lines[at], "+ ")) {
		g_autoptr(GPtrArray) operations = operations_of(lines, &at);
		g_autoptr(GPtrArray) expected = expected_of(lines, &at, run->version);
		goes_on = goes_on && expected != NULL && step(run, operations, expected);
	}
	return at;
}

static guint run_version(const char *text, const char *version, int number)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	guint wrong = 0;
	for (guint at = 0; lines[at] != NULL;) {
		if (!g_str_has_prefix(lines[at++], "# "))
			continue;
		g_autoptr(iw_arena) arena = iw_arena_new();
		const struct iw_django_settings settings = {.version = number,
							    .use_tz = true,
							    .psycopg = number < 60100 ? 2 : 3,
							    .default_auto_field = "django.db.models.BigAutoField"};
		struct run run = {.arena = arena,
				  .python = iw_py_new(arena, &(struct iw_py_options){0}),
				  .engine = {IW_POSTGRES, false, 150000},
				  .title = lines[at - 1] + 2,
				  .version = version};
		run.state = iw_django_state_new(arena, run.python, run.engine, &settings);
		run.schema = iw_schema_new(arena, run.engine);
		at = run_case(&run, lines, at);
		wrong += run.wrong;
	}
	return wrong;
}

static void every_version_sends_what_django_sends(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		int number;
	} versions[] = {{"3.2", 30200}, {"4.0", 40000}, {"4.1", 40100}, {"4.2", 40200}, {"5.0", 50000},
			{"5.1", 50100}, {"5.2", 50200}, {"6.0", 60000}, {"6.1", 60100}};
	g_autofree char *text = NULL;
	assert_true(g_file_get_contents(FIXTURE, &text, NULL, NULL));
	guint wrong = 0;
	for (guint i = 0; i < G_N_ELEMENTS(versions); i++)
		wrong += run_version(text, versions[i].name, versions[i].number);
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_version_sends_what_django_sends),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
