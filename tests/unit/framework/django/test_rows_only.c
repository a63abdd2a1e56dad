/* Which functions of RunPython are seen to change rows at most. */
#include "framework/django/operations.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#define FILL                                                                                                           \
	"def fill(apps, schema_editor):\n"                                                                             \
	"    Book = apps.get_model('shop', 'Book')\n"                                                                  \
	"    db = schema_editor.connection.alias\n"                                                                    \
	"    Book.objects.using(db).filter(a=1).update(a=2)  # cursor.execute()\n"

static bool changes_rows_only(const char *text, const char *name)
{
	g_autoptr(iw_arena) arena = iw_arena_new();
	iw_py *python = iw_py_new(arena, &(struct iw_py_options){0});
	struct django_context context = {.arena = arena, .python = python, .version = 60100};
	struct iw_py_value *module = iw_py_load_text(python, "shop/migrations/0002_fill.py", text, NULL);
	assert_non_null(module);
	struct iw_py_value *function = iw_py_get(python, module, name);
	assert_int_equal(function->kind, IW_PY_FUNCTION);
	return iw_django_changes_rows_only(&context, function);
}

static void what_only_uses_models_changes_rows(void **state)
{
	(void)state;
	assert_true(changes_rows_only(FILL, "fill"));
	assert_true(
		changes_rows_only(FILL "def again(apps, schema_editor):\n    fill(apps, schema_editor)\n", "again"));
	assert_true(changes_rows_only("def f(apps, schema_editor):\n"
				      "    \"\"\"Not connection.cursor().execute().\"\"\"\n"
				      "    if schema_editor.connection.vendor == 'sqlite':\n"
				      "        return\n"
				      "    apps.get_model('a', 'B').objects.create(name='connection')\n",
				      "f"));
	assert_true(changes_rows_only(
		"def other(apps, schema_editor):\n    schema_editor.execute('DROP TABLE a')\n" FILL, "fill"));
}

static void what_reaches_the_database_may_do_anything(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"def f(apps, schema_editor):\n    schema_editor.execute('DROP TABLE a')\n",
		"def f(apps, editor):\n    editor.alter_field(1, 2, 3)\n",
		"from django.db import connection\ndef f(apps, schema_editor):\n    with connection.cursor() as c:\n"
		"        c.execute('SELECT 1')\n",
		"from django.db import connections\ndef f(apps, schema_editor):\n    connections['default'].commit()\n",
		"from shop.tools import rebuild\ndef f(apps, schema_editor):\n    rebuild(apps, schema_editor)\n",
		"from django.core.management import call_command\ndef f(apps, schema_editor):\n"
		"    call_command('flush')\n",
		"def f(apps, schema_editor):\n    c = schema_editor.connection\n    c.close()\n",
		"def f(apps, schema_editor):\n    self = schema_editor\n    self.deferred_sql = []\n",
		"from os import system as go\ndef f(apps, schema_editor):\n    go('make')\n",
		"from django.db import connection as c\ndef f(apps, schema_editor):\n    c.close()\n",
		"def f(apps, schema_editor):\n    from shop.tools import rebuild\n    rebuild(apps)\n",
		"class Helper:\n    def go(self, x=(\n1,\n)):\n        connection.close()\n"
		"def f(apps, schema_editor):\n    Helper().go()\n",
		FILL "def g(apps, schema_editor):\n    schema_editor.execute('DROP TABLE a')\n"
		     "def f(apps, schema_editor):\n    g(apps, schema_editor)\n",
	};
	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
		assert_false(changes_rows_only(texts[i], "f"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_only_uses_models_changes_rows),
		cmocka_unit_test(what_reaches_the_database_may_do_anything),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
