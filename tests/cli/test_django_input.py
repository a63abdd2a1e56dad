"""Bad input in Django projects: message, place, exit status; the rest of the project is still read, and nothing of it is
run."""

import json
import os
import pathlib
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import django_project

INPUT, PROJECT, HISTORY = 3, 4, 6
CLASS = "from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n"
AFTER = "    dependencies = [('shop', '0001_initial')]\n"
SETTINGS = ("INSTALLED_APPS = {apps!r}\n"
            "DATABASES = {{'default': {{'ENGINE': 'django.db.backends.sqlite3', 'NAME': 'db.sqlite3'}}}}\n")


def table(app):
    return django_project.Migration(app, "0001_initial", operations=[
        f"migrations.RunSQL('CREATE TABLE {app} (x int)', 'DROP TABLE {app}')"])


def write(folder, files, migrations=None, apps=("shop", "blog")):
    django_project.write(folder, list(apps), [table("shop"), table("blog")] if migrations is None else migrations, "5.2.19")
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def run(inchworm, folder, *words):
    return subprocess.run([inchworm, *words], cwd=folder, text=True, capture_output=True, timeout=100, errors="replace",
                          env={**os.environ, "NO_COLOR": "1", "VIRTUAL_ENV": ""})


def tables(folder):
    with sqlite3.connect(folder / "db.sqlite3") as connection:
        return {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def check(inchworm, folder, status, words, up=None):
    """lint and up end with that status and say so; the table of the other app is not made before that is known."""
    for command in ("lint", "up"):
        ran = run(inchworm, folder, command)
        assert ran.returncode == status, (command, ran.returncode, ran.stdout, ran.stderr)
        for one in words if command == "lint" or up is None else up:
            assert one in ran.stderr, (command, one, ran.stderr)
    assert "blog" not in tables(folder)


def check_file(inchworm, folder, text, *words, name="0002_bad.py"):
    """A second migration of shop that cannot be read."""
    write(folder, {f"shop/migrations/{name}": text})
    check(inchworm, folder, INPUT, words)
    shown = json.loads(run(inchworm, folder, "history", "--json").stdout)
    assert {"blog.0001_initial", "shop.0001_initial"} < {one["name"] for one in shown["migrations"]}, shown
    assert "Conflicting" not in str(shown["problems"]), shown


def test_a_syntax_error_has_its_place(inchworm, tmp_path):
    check_file(inchworm, tmp_path, CLASS + "    dependencies = [('shop', '0001_initial'\n    operations = []\n",
               'error: "(" was never closed', "--> shop/migrations/0002_bad.py:5:21", "^")


def test_python_2_says_so(inchworm, tmp_path):
    check_file(inchworm, tmp_path, CLASS + AFTER + "    print 'x'\n", "this is Python 2", "--> shop/migrations/0002_bad.py:6:5")


def test_zero_bytes_and_nested_parentheses_are_errors(inchworm, tmp_path):
    check_file(inchworm, tmp_path / "a", b"\x00\x01\x02", "null bytes", "0002_bad.py:1:1")
    check_file(inchworm, tmp_path / "b", "x = " + "(" * 3000 + "1" + ")" * 3000 + "\n" + CLASS + AFTER,
               "too many nested parentheses", "0002_bad.py:1:205")


def test_a_module_without_a_migration_says_why(inchworm, tmp_path):
    text = "shop/migrations/0002_bad.py: there is no class Migration"
    check_file(inchworm, tmp_path / "a", "x = 1\n", text)
    check_file(inchworm, tmp_path / "b", "raise ValueError('no')\n" + CLASS + AFTER, text + ": shop.migrations.0002_bad raises "
               "ValueError('no')")
    check_file(inchworm, tmp_path / "c", "while True:\n    pass\n" + CLASS + AFTER, text + ": this takes too many steps")
    check_file(inchworm, tmp_path / "d", "def f(n):\n    return f(n + 1)\n\n\nx = f(0)\n" + CLASS + AFTER,
               text + ": this is nested too deeply")


def test_dependencies_that_are_computed_from_what_is_not_known_are_named(inchworm, tmp_path):
    check_file(inchworm, tmp_path, "import random\n" + CLASS + "    dependencies = [('shop', random.choice(['a', 'b']))]\n",
               "0002_bad.py: the dependencies of this migration are not known: ('shop', random.choice(['a', 'b']))")


def test_two_heads_are_refused(inchworm, tmp_path):
    make = django_project.Migration
    write(tmp_path, {}, [table("shop"), table("blog"), make("shop", "0002_a", [("shop", "0001_initial")]),
                         make("shop", "0002_b", [("shop", "0001_initial")])])
    check(inchworm, tmp_path, HISTORY, ["error: Conflicting migrations detected; multiple leaf nodes in the migration graph: "
                                        "(0002_a, 0002_b in shop)", "makemigrations --merge"])


def test_a_cycle_has_a_place(inchworm, tmp_path):
    make = django_project.Migration
    write(tmp_path, {}, [make("shop", "0001_initial", [("blog", "0001_initial")]),
                         make("blog", "0001_initial", [("shop", "0001_initial")])])
    check(inchworm, tmp_path, HISTORY,
          ["the dependencies of these migrations form a cycle: shop.0001_initial, blog.0001_initial",
           "6 |     dependencies = [('shop', '0001_initial')]", "blog/migrations/0001_initial.py"])


def test_missing_parents_and_unknown_apps_have_their_place(inchworm, tmp_path):
    make = django_project.Migration
    write(tmp_path / "a", {}, [make("shop", "0002_x", [("shop", "0001_initial")]), table("blog")])
    check(inchworm, tmp_path / "a", HISTORY,
          ["Migration shop.0002_x dependencies reference nonexistent parent node ('shop', '0001_initial')",
           "6 |     dependencies = [('shop', '0001_initial')]", "shop/migrations/0002_x.py"])
    write(tmp_path / "b", {}, [make("shop", "0002_x", [("nowhere", "__first__")]), table("blog")])
    check(inchworm, tmp_path / "b", HISTORY, ["shop.0002_x: Dependency on unknown app: nowhere", "shop/migrations/0002_x.py"])


def test_two_apps_of_one_label_are_refused(inchworm, tmp_path):
    write(tmp_path, {"other/shop/__init__.py": "", "settings.py": SETTINGS.format(apps=["shop", "other.shop", "blog"])})
    ran = run(inchworm, tmp_path, "up")
    assert ran.returncode == PROJECT, ran.stderr
    assert 'settings.py: INSTALLED_APPS holds two apps with the label "shop": Django does not start' in ran.stderr, ran.stderr


def test_settings_that_cannot_be_read_have_their_place(inchworm, tmp_path):
    write(tmp_path, {"settings.py": "DATABASES = {'default': {}\nINSTALLED_APPS = ['shop']\n"})
    ran = run(inchworm, tmp_path, "status")
    assert ran.returncode == INPUT and '"{" was never closed\n  --> settings.py:1:13' in ran.stderr, ran.stderr


def test_files_named_like_the_standard_library_do_not_stand_in_for_it(inchworm, tmp_path):
    write(tmp_path, {"os.py": "raise SystemExit\n", "sys.py": "raise SystemExit\n", "builtins.py": "x = 1\n",
                     "shop/migrations/json.py": CLASS + AFTER + "    operations = []\n"})
    ran = run(inchworm, tmp_path, "status", "--json")
    said = json.loads(ran.stdout)
    assert (said["url"], said["problems"]) == ("db.sqlite3", []), said  # settings.py asks os.environ
    assert [one["name"] for one in said["migrations"]] == ["blog.0001_initial", "shop.0001_initial", "shop.json"], said


def test_nothing_of_a_project_is_run(inchworm, tmp_path):
    kill = "import os, shutil\nshutil.rmtree('victim')\nos.remove('victim/file')\nos.system('rm -rf victim')\nopen('made', 'w')\n"
    write(tmp_path, {"victim/file": "x", "shop/apps.py": kill, "shop/__init__.py": kill, "shop/migrations/__init__.py": kill,
                     "shop/migrations/0002_rm.py": kill + CLASS + AFTER + "    operations = []\n",
                     "settings.py": kill + SETTINGS.format(apps=["shop", "blog"])})
    for command in ("status", "history", "lint", "plan", "up", "down"):
        run(inchworm, tmp_path, command)
        assert (tmp_path / "victim/file").exists() and not (tmp_path / "made").exists(), command
    assert "blog" in tables(tmp_path)


def test_giant_literals_are_read(inchworm, tmp_path):
    text = f"DATA = [{'1, ' * 500000}]\nTEXT = '''{'x' * 10000000}'''\n{CLASS}{AFTER}    operations = [" \
           "migrations.RunSQL('CREATE TABLE giant (x int)', 'DROP TABLE giant')]\n"
    write(tmp_path, {"shop/migrations/0002_giant.py": text})
    began = time.monotonic()
    ran = run(inchworm, tmp_path, "up")
    assert ran.returncode == 0 and "giant" in tables(tmp_path), ran.stderr
    assert time.monotonic() - began < 60


def test_crlf_and_a_byte_order_mark_are_read_as_python_does(inchworm, tmp_path):
    text = CLASS + AFTER + "    operations = [migrations.RunSQL('''CREATE TABLE c\n(x int)''', 'DROP TABLE c')]\n"
    write(tmp_path, {"shop/migrations/0002_c.py": b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()})
    assert run(inchworm, tmp_path, "up").returncode == 0
    with sqlite3.connect(tmp_path / "db.sqlite3") as connection:
        assert connection.execute("SELECT sql FROM sqlite_master WHERE name = 'c'").fetchall() == [("CREATE TABLE c\n(x int)",)]


def test_names_in_every_script_are_kept(inchworm, tmp_path):
    write(tmp_path, {"магазин/__init__.py": "", "магазин/migrations/__init__.py": "",
                     "магазин/migrations/0001_größe_テーブル.py": CLASS + "    operations = [migrations.RunSQL("
                     "'CREATE TABLE \"таблица\" (\"größe\" int, \"列\" int)', 'DROP TABLE \"таблица\"')]\n",
                     "settings.py": SETTINGS.format(apps=["shop", "blog", "магазин"])})
    ran = run(inchworm, tmp_path, "up")
    assert ran.returncode == 0 and "up магазин.0001_größe_テーブル\n" in ran.stdout, ran.stdout + ran.stderr
    with sqlite3.connect(tmp_path / "db.sqlite3") as connection:
        assert ("магазин", "0001_größe_テーブル") in connection.execute("SELECT app, name FROM django_migrations").fetchall()
    assert "таблица" in tables(tmp_path)


def test_each_database_has_its_own_history(inchworm, tmp_path):
    more = "DATABASES['other'] = {'ENGINE': 'django.db.backends.sqlite3', 'NAME': 'other.sqlite3'}\n"
    write(tmp_path, {"settings.py": SETTINGS.format(apps=["shop", "blog"]) + more})
    assert run(inchworm, tmp_path, "up", "--database", "other", "shop").returncode == 0
    assert run(inchworm, tmp_path, "up", "blog").returncode == 0
    assert "shop" not in tables(tmp_path) and "blog" in tables(tmp_path)
    with sqlite3.connect(tmp_path / "other.sqlite3") as connection:
        assert connection.execute("SELECT app, name FROM django_migrations").fetchall() == [("shop", "0001_initial")]
    ran = run(inchworm, tmp_path, "up", "--database", "third")
    assert ran.returncode == PROJECT and 'DATABASES has no "third"\n  hint: It has: default, other.' in ran.stderr, ran.stderr


def test_what_a_migration_says_in_its_init_is_not_known(inchworm, tmp_path):
    write(tmp_path, {"shop/migrations/0002_by_code.py": CLASS + (
        "    def __init__(self, *arguments):\n        super().__init__(*arguments)\n"
        "        self.dependencies = [('shop', '0001_initial')]\n\n    operations = []\n")})
    ran = run(inchworm, tmp_path, "history")
    assert "shop/migrations/0002_by_code.py cannot be read: what it depends on is not known" in ran.stderr, ran.stderr
    ran = run(inchworm, tmp_path, "up")
    assert "the class Migration has an __init__(), which is not run" in ran.stderr, (ran.stdout, ran.stderr)
    assert ran.returncode != 0 and "blog" not in tables(tmp_path)


def test_the_migration_of_simplejwt_that_names_its_dependencies_by_code_follows_the_one_before(inchworm, tmp_path):
    folder = tmp_path / "token_blacklist/migrations"
    write(tmp_path, {
        "token_blacklist/__init__.py": "", "token_blacklist/migrations/__init__.py": "",
        "token_blacklist/migrations/0010_fix_migrate_to_bigautofield.py": CLASS + "    operations = []\n",
        "token_blacklist/migrations/0011_linearizes_history.py": "import os\n" + CLASS + (
            "    def __init__(self, *arguments):\n        super().__init__(*arguments)\n"
            "        self.dependencies = [('token_blacklist', '0010_fix_migrate_to_bigautofield')]\n"
            "        if len(os.listdir('.')) == 9:\n            self.dependencies.insert(0, 'other')\n\n    operations = []\n"),
    }, apps=("shop", "blog", "token_blacklist"))
    assert folder.is_dir()
    ran = run(inchworm, tmp_path, "history", "--json")
    order = [one["name"] for one in json.loads(ran.stdout)["migrations"] if one["name"].startswith("token_blacklist")]
    assert order == ["token_blacklist.0010_fix_migrate_to_bigautofield", "token_blacklist.0011_linearizes_history"], ran.stdout
