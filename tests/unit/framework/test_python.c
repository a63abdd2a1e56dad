/* The Python evaluator: what a file says without being run, what it calls of others, and what it cannot know. */
#include "base/error.h"
#include "framework/python/python.h"
#include "unit/framework/support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/* Statements, and repr(x) after them; "? reason" when it is not known. Values are those of Python 3.11. */
struct row {
	const char *source, *expected;
};

struct heard {
	GString *text;
	iw_py *python;
};

static struct iw_py_value *hear_call(void *data, iw_py *python, struct iw_py_value *call)
{
	struct heard *heard = data;
	g_string_append_printf(heard->text, "%s; ", iw_py_repr(python, call));
	if (iw_py_is(python, call, "alembic.context.is_offline_mode"))
		return iw_py_new_boolean(python, true);
	return NULL;
}

static void hear_skipped(void *data, iw_py *python, struct iw_place place, const char *reason)
{
	struct heard *heard = data;
	(void)python;
	g_string_append_printf(heard->text, "skipped %d (%s); ", iw_source_locate(place.source, place.offset).line,
			       reason);
}

static struct iw_py_value *hear_enter(void *data, iw_py *python, struct iw_py_value *manager)
{
	struct heard *heard = data;
	g_string_append_printf(heard->text, "enter %s; ", iw_py_repr(python, manager));
	return NULL;
}

static void hear_leave(void *data, iw_py *python, struct iw_py_value *manager)
{
	struct heard *heard = data;
	(void)python, (void)manager;
	g_string_append(heard->text, "leave; ");
}

static struct iw_py_value *hear_attribute(void *data, iw_py *python, struct iw_py_value *attribute)
{
	(void)data;
	return iw_py_is(python, attribute, "alembic.op.get_bind.dialect.name") ? iw_py_new_string(python, "postgresql")
									       : NULL;
}

static const char *evaluate(iw_arena *arena, const char *source)
{
	g_auto(tree_auto) tree = tree_new();
	tree_write(&tree, "m.py", source);
	g_autofree char *path = g_build_filename(tree.root, "m.py", NULL);
	static const char *const environment[] = {"IW_SET=from env", NULL};
	iw_py *python = iw_py_new(arena, &(struct iw_py_options){.top = tree.root, .environment = environment});
	g_autoptr(GError) error = NULL;
	struct iw_py_value *module = iw_py_load(python, path, "m.py", &error);
	if (module == NULL)
		return iw_arena_printf(arena, "! %s", error->message);
	struct iw_py_value *value = iw_py_get(python, module, "x");
	const struct iw_py_value *unknown = iw_py_unknown_in(value);
	return unknown != NULL ? iw_arena_printf(arena, "? %s", unknown->text) : iw_py_repr(python, value);
}

static void check_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		g_autoptr(iw_arena) arena = iw_arena_new();
		const char *actual = evaluate(arena, rows[i].source);
		if (strcmp(actual, rows[i].expected) != 0)
			print_message("in: %s\n", rows[i].source);
		assert_string_equal(actual, rows[i].expected);
	}
}

static void values_are_worked_out(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"x = 'a' \"b\" r'\\n'", "'ab\\\\n'"},
		{"x: str = 'typed'", "'typed'"},
		{"x = 2**100", "1267650600228229401496703205376"},
		{"x = -7 // 2, -7 % 3, 7 / 2", "(-4, 2, 3.5)"},
		{"x = 0.1 + 0.2", "0.30000000000000004"},
		{"x = f\"{'a'!r:>5}|{3.14159:.2f}|{1000000:,}\"", "\"  'a'|3.14|1,000,000\""},
		{"x = '%s-%05d-%r' % ('a', 42, 'b')", "\"a-00042-'b'\""},
		{"x = '{0} {y[0]} {1:>5}'.format('a', 2, y=[1])", "'a 1     2'"},
		{"x = [*range(3), *'ab']", "[0, 1, 2, 'a', 'b']"},
		{"x = {k: v for k, v in zip('abc', range(3)) if v}", "{'b': 1, 'c': 2}"},
		{"a, *x, c = 1, 2, 3, 4", "[2, 3]"},
		{"x = 'hello'[::-1], [1, 2, 3][1:], (1, 2)[-1]", "('olleh', [2, 3], 2)"},
		{"def f(a, b=2, *c, d, **e): return (a, b, c, d, e)\nx = f(1, 3, 4, d=6, g=7)",
		 "(1, 3, (4,), 6, {'g': 7})"},
		{"def f(n): return n if n < 2 else f(n - 1) + f(n - 2)\nx = f(12)", "144"},
		{"x = ','.join(sorted(['b', 'a'], key=lambda s: s.upper()))", "'a,b'"},
		{"try:\n  {}['q']\nexcept KeyError as e:\n  x = str(e)", "\"'q'\""},
		{"x = 0\nfor i in range(10):\n  if i == 3: continue\n  if i == 5: break\n  x += i\nelse:\n  x = -1",
		 "7"},
		{"x = 1\nwhile x < 100: x *= 2", "128"},
		{"import os\nx = os.environ.get('IW_SET'), os.getenv('IW_UNSET', 'd'), os.getenv('IW_UNSET')",
		 "('from env', 'd', None)"},
		{"from enum import Enum\nclass C(str, Enum):\n  A = 'a'\n  B = 'b'\nx = [c.value for c in C], "
		 "C('a').name",
		 "(['a', 'b'], 'A')"},
		{"class P:\n  def __init__(self, v): self.v = v\n  @property\n  def two(self): return self.v * 2\n"
		 "class Q(P):\n  def __init__(self, v): super().__init__(v + 1)\nx = Q(5).two",
		 "12"},
		{"import textwrap\nx = textwrap.dedent('''\n  a\n    b\n''')", "'\\na\\n  b\\n'"},
		{"import hashlib\nx = hashlib.md5(b'a').hexdigest()", "'0cc175b9c0f1b6a831c399e269772661'"},
		{"import json\nx = json.dumps({'a': [1, None, 'b']})", "'{\"a\": [1, null, \"b\"]}'"},
		{"from contextlib import contextmanager\nx = []\n@contextmanager\ndef m(a):\n  x.append(a)\n  yield 5\n"
		 "  x.append('end')\nwith m('in') as v:\n  x.append(v)",
		 "['in', 5, 'end']"},
		{"with open(__file__) as f: x = f.read()[:4]", "'with'"},
		{"match 3:\n  case 1 | 2: x = 'no'\n  case y if y > 2: x = 'yes'", "'yes'"},
	};
	check_rows(rows, G_N_ELEMENTS(rows));
}

static void names_of_other_packages_are_symbols(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"import sqlalchemy as sa\nx = sa.Column('id', sa.Integer(), nullable=False)",
		 "sqlalchemy.Column('id', sqlalchemy.Integer(), nullable=False)"},
		{"from sqlalchemy.dialects.postgresql import JSONB as J\nx = J",
		 "sqlalchemy.dialects.postgresql.JSONB"},
		{"import sqlalchemy as sa\nx = sa.table('t').c.id == 5", "sqlalchemy.table('t').c.id == 5"},
		{"from django.db.models import *\nx = Q(a=1) | ~Q()",
		 "django.db.models.Q(a=1) | ~django.db.models.Q()"},
		{"x = dict", "dict"},
		{"import uuid\nx = uuid.uuid4()", "uuid.uuid4()"},
	};
	check_rows(rows, G_N_ELEMENTS(rows));
}

static void what_is_not_known_says_why(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"import a\nx = 'n'\nif a.b(): x = 'y'", "? a.b() is not known"},
		{"import a\nx = []\nfor i in a.b(): x.append(i)", "? a.b() is not known"},
		{"import a\nx = f'{a.b}'", "? the text of a.b is not known"},
		{"x = 'a' * 10**10", "? this is too large to work out"},
		{"while True: x = 1", "? this takes too many steps to work out"},
		{"def f(): return f()\nx = f()", "? this is nested too deeply to work out"},
	};
	check_rows(rows, G_N_ELEMENTS(rows));
}

static void python_2_and_broken_files_are_refused(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"print 'a'", "! this is Python 2: print is a function now"},
		{"try: pass\nexcept X, e: pass", "! this is Python 2: write \"except X as e\""},
		{"x = `1`", "! this is Python 2: `x` is repr(x) now"},
		{"x = 0777", "! this is Python 2: write octal numbers as 0o777"},
		{"x = 1 <> 2", "! this is Python 2: <> is != now"},
		{"x = ur'a'", "! this is Python 2: ur'' is no string of Python 3"},
		{"x = (1,", "! \"(\" was never closed"},
		{"x = 'a", "! this string never ends"},
		{"def f():\nx = 1", "! an indented block was expected"},
		{"x = = 1", "! an expression was expected"},
	};
	check_rows(rows, G_N_ELEMENTS(rows));
}

/* Encodings, line ends, indentation, and syntax of other versions than the one that runs the conformance test. */
static void files_of_every_kind_are_read(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"if True:\r\n  x = 'a\\\r\nb'\r\n", "'ab'"},
		{"x = '''a\r\nb\rc'''", "'a\\nb\\nc'"},
		{"\xEF\xBB\xBFx = 'bom'", "'bom'"},
		{"# -*- coding: latin-1 -*-\nx = '\xE9'", "'é'"},
		{"#!/usr/bin/python\n# vim: set fileencoding=iso-8859-15 :\nx = '\xA4'", "'€'"},
		{"# coding: utf-8\nx = 'é'", "'é'"},
		{"# coding: latin-1\nx = 'é'", "'Ã©'"},
		{"# coding=koi8-r\nx = '\xC4\xC1'", "'да'"},
		{"x = 1\n\n# coding: latin-1\ny = '\xE9'", "! this file is not valid UTF-8"},
		{"# coding: no-such-thing\nx = '\xE9'", "! this file cannot be read in its encoding \"no-such-thing\""},
		{"if 1:\n\tif 1:\n\t\tx = 1\n", "1"},
		{"if 1:\n\fx = 1", "! an indented block was expected"},
		{"x = (1 +  # one\n\n     2)\n", "3"},
		{"x = 1 \\\n  + 2", "3"},
		{"class A: pass\ndef f(): return 1; y = 2\nx = f()", "1"},
		{"имя = 'да'\nx = имя", "'да'"},
		{"ﬁ = 1\nx = fi", "1"},
		{"名, ñ = 1, 2\nx = 名 + ñ", "3"},
		{"x = f'{'a'}{f'{1 + 1}'}{'\\n'.join(['b', 'c'])}'", "'a2b\\nc'"},
		{"x = f'{\n1 + 1  # why\n}'", "'2'"},
		{"type Alias = list[int]\nx = 1", "1"},
		{"def f[T](a: T) -> T: return a\nclass C[T]: y = 2\nx = f(1) + C.y", "3"},
		{"async def f():\n  async with a as b:\n    await b\n  async for c in d: pass\nx = 1", "1"},
		{"@property\n@staticmethod\ndef f(): pass\nx = 1", "1"},
		{"def f(a, /, b, *, c): return a, b, c\nx = f(1, 2, c=3)", "(1, 2, 3)"},
		{"try: raise ValueError\nexcept* ValueError: x = 1", "1"},
		{"with (open(__file__) as a, open(__file__) as b): x = 1", "1"},
		{"match = 1\ncase = 2\ntype = 3\nx = match + case + type", "6"},
		{"print('a', end='')\nexec('x = 2')\nx = 1", "1"},
		{"", "? there is no x"},
	};
	check_rows(rows, G_N_ELEMENTS(rows));
}

static void work_is_bounded(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"while True: x = 1", "? this takes too many steps to work out"},
		{"x = [i for i in range(10 ** 12)]", "? this takes too much memory to work out"},
		{"x = 'a' * 10**10", "? this is too large to work out"},
		{"x = [0] * 10**10", "? this is too large to work out"},
		{"x = 10 ** 10 ** 10", "? this is too large to work out"},
		{"x = 1 << 10 ** 9", "? this is too large to work out"},
		{"x = f'{1:1000000000}'", "? what the format \"1000000000\" makes is not known"},
		{"x = 'a'\nfor i in range(64): x += x", "? this is too large to work out"},
		{"def f(): return f()\nx = f()", "? this is nested too deeply to work out"},
		{"class A:\n  def __str__(self): return str(self)\nx = str(A())",
		 "? this is nested too deeply to work out"},
		{"x = []\nx.append(x)\nx = len(x)", "1"},
	};
	check_rows(rows, G_N_ELEMENTS(rows));
	g_autoptr(GString) deep = g_string_new("x = ");
	for (int i = 0; i < 100000; i++)
		g_string_append_c(deep, '(');
	check_rows(&(struct row){deep->str, "! too many nested parentheses"}, 1);
	g_autoptr(GString) long_sum = g_string_new("x = 0");
	for (int i = 0; i < 20000; i++)
		g_string_append(long_sum, " + 1");
	check_rows(&(struct row){long_sum->str, "20000"}, 1);
	g_autoptr(GString) digits = g_string_new("x = ");
	for (int i = 0; i < 100000; i++)
		g_string_append_c(digits, '7');
	check_rows(&(struct row){digits->str, digits->str + 4}, 1);
}

static void syntax_errors_have_their_place(void **state)
{
	(void)state;
	static const struct {
		const char *source;
		int line, column;
	} rows[] = {
		{"x = 1\ny = = 2\n", 2, 5}, {"def f(:\n  pass\n", 1, 6},
		{"if x\n  y = 1\n", 1, 5},  {"a = 'b\nc = 1\n", 1, 5},
		{"f(1,\n  2\n", 1, 2},	    {"x = 1\n  y = 2\n", 2, 3},
		{"r = \"é\" + )\n", 1, 11}, {"class A:\n\tx = 1\n        y = 2\n", 3, 9},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(iw_arena) arena = iw_arena_new();
		g_auto(tree_auto) tree = tree_new();
		tree_write(&tree, "m.py", rows[i].source);
		g_autofree char *path = g_build_filename(tree.root, "m.py", NULL);
		iw_py *python = iw_py_new(arena, &(struct iw_py_options){.top = tree.root});
		g_autoptr(GError) error = NULL;
		assert_null(iw_py_load(python, path, "m.py", &error));
		assert_true(g_error_matches(error, IW_ERROR, IW_ERROR_INPUT));
		struct iw_place place = iw_error_info(error)->place;
		struct iw_line_column at = iw_source_locate(place.source, place.offset);
		assert_int_equal(at.line, rows[i].line);
		assert_int_equal(at.column, rows[i].column);
	}
}

static gint64 number_of(iw_py *python, struct iw_py_value *module, const char *name)
{
	struct iw_py_value *value = iw_py_get(python, module, name);
	assert_int_equal(value->kind, IW_PY_INTEGER);
	return value->integer;
}

static void memory_of_many_modules_is_used_again(void **state)
{
	(void)state;
	g_autoptr(iw_arena) owner = iw_arena_new();
	g_autoptr(GString) large = g_string_new("t = (");
	for (int i = 0; i < 30; i++)
		g_string_append_printf(large, "%d, ", i);
	g_string_append(large, ")\nn = len(t)\n");
	iw_py_scratch *scratch = iw_py_scratch_new(owner, &(struct iw_py_options){.top = "/nowhere"}, true);
	for (int i = 0; i < 1000; i++) {
		g_autofree char *path = g_strdup_printf("/nowhere/m%d.py", i);
		iw_py *python = iw_py_scratch_next(scratch);
		struct iw_py_value *module = iw_py_load_text(python, path, large->str, NULL);
		assert_non_null(module);
		assert_int_equal(number_of(python, module, "n"), 30);
		assert_true(iw_arena_size(iw_py_arena(python)) < 2 << 20);
	}
}

static void what_modules_do_to_an_imported_one_is_kept(void **state)
{
	(void)state;
	g_autoptr(iw_arena) owner = iw_arena_new();
	g_auto(tree_auto) tree = tree_new();
	const char *const roots[] = {tree.root, NULL};
	tree_write(&tree, "helper.py", "seen = []\n");
	const struct iw_py_options options = {.top = tree.root, .roots = roots};
	iw_py_scratch *scratch = iw_py_scratch_new(owner, &options, true);
	g_autofree char *filler = g_strnfill(2000, 'x');
	g_autofree char *text =
		g_strdup_printf("import helper\nhelper.seen.append(1)\nn = len(helper.seen)\ns = '%s'\n", filler);
	for (int i = 0; i < 1000; i++) {
		g_autofree char *path = g_strdup_printf("%s/m%d.py", tree.root, i);
		iw_py *python = iw_py_scratch_next(scratch);
		struct iw_py_value *module = iw_py_load_text(python, path, text, NULL);
		assert_int_equal(number_of(python, module, "n"), i + 1);
	}
}

static void check_heard(const char *body, const char *expected)
{
	g_autoptr(iw_arena) arena = iw_arena_new();
	g_auto(tree_auto) tree = tree_new();
	g_autofree char *source = g_strconcat("from alembic import op, context\nimport sqlalchemy as sa\n"
					      "def upgrade():\n",
					      body, NULL);
	tree_write(&tree, "m.py", source);
	g_autofree char *path = g_build_filename(tree.root, "m.py", NULL);
	g_autoptr(GString) text = g_string_new(NULL);
	struct heard heard = {.text = text};
	struct iw_py_host host = {hear_call, hear_attribute, hear_enter, hear_leave, hear_skipped, &heard};
	iw_py *python = iw_py_new(arena, &(struct iw_py_options){.top = tree.root, .host = &host});
	struct iw_py_value *module = iw_py_load(python, path, "m.py", NULL);
	assert_non_null(module);
	struct iw_py_value *raised = NULL;
	iw_py_call(python, iw_py_get(python, module, "upgrade"), NULL, &raised);
	if (raised != NULL)
		g_string_append_printf(text, "raised %s; ", iw_py_repr(python, raised));
	assert_string_equal(text->str, expected);
}

static void the_host_hears_what_runs_in_order(void **state)
{
	(void)state;
	check_heard(" op.drop_table('a')\n with op.batch_alter_table('b') as b:\n  b.drop_column('c')\n",
		    "alembic.op.drop_table('a'); alembic.op.batch_alter_table('b'); enter "
		    "alembic.op.batch_alter_table('b'); alembic.op.batch_alter_table('b').drop_column('c'); leave; ");
	check_heard(" if context.is_offline_mode():\n  op.f('a')\n",
		    "alembic.context.is_offline_mode(); alembic.op.f('a'); ");
	check_heard(" if op.get_bind().dialect.name != 'postgresql':\n  return\n op.f('a')\n",
		    "alembic.op.get_bind(); alembic.op.f('a'); ");
	check_heard(" raise NotImplementedError('no way')\n", "raised NotImplementedError('no way'); ");
}

static void code_that_may_not_run_is_reported(void **state)
{
	(void)state;
	check_heard(" if sa.q():\n  op.f('a')\n op.f('b')\n",
		    "sqlalchemy.q(); skipped 4 (sqlalchemy.q() is not known); alembic.op.f('b'); ");
	check_heard(" if sa.q():\n  return\n op.f('b')\n", "sqlalchemy.q(); skipped 4 (sqlalchemy.q() is not known); "
							   "skipped 6 (sqlalchemy.q() is not known); ");
	check_heard(" if sa.q():\n  raise Exception('guard')\n op.f('b')\n", "sqlalchemy.q(); alembic.op.f('b'); ");
	check_heard(" [op.f(r[0]) for r in sa.q()]\n",
		    "sqlalchemy.q(); skipped 4 (what sqlalchemy.q() holds is not known); ");
	check_heard(" list(map(op.f, sa.q()))\n list(map(lambda r: r[0], sa.q()))\n",
		    "sqlalchemy.q(); skipped 4 (how often this is called is not known); sqlalchemy.q(); ");
	check_heard(" [str(r) for r in sa.q()]\n", "sqlalchemy.q(); ");
	check_heard(" [op.f(i) for i in (1, 2) if sa.q(i)]\n",
		    "sqlalchemy.q(1); skipped 4 (what sqlalchemy.q(1) holds is not known); ");
	check_heard(" any(op.f(r) for r in sa.q())\n",
		    "sqlalchemy.q(); skipped 4 (what sqlalchemy.q() holds is not known); ");
	check_heard(" for r in sa.q():\n  op.f(r)\n", "sqlalchemy.q(); skipped 4 (sqlalchemy.q() is not known); ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_worked_out),
		cmocka_unit_test(names_of_other_packages_are_symbols),
		cmocka_unit_test(what_is_not_known_says_why),
		cmocka_unit_test(python_2_and_broken_files_are_refused),
		cmocka_unit_test(files_of_every_kind_are_read),
		cmocka_unit_test(work_is_bounded),
		cmocka_unit_test(syntax_errors_have_their_place),
		cmocka_unit_test(memory_of_many_modules_is_used_again),
		cmocka_unit_test(what_modules_do_to_an_imported_one_is_kept),
		cmocka_unit_test(the_host_hears_what_runs_in_order),
		cmocka_unit_test(code_that_may_not_run_is_reported),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
