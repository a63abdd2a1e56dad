"""The end of Django's own run: content types, permissions, sites and whoever else hears post_migrate, after `up` and
`down` of migrations that Inchworm ran itself."""

import json
import os
import pathlib
import re
import sqlite3
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import deps
import django_project

PROJECT = 4  # exit status
INSTALLED = ["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sites"]

SETTINGS = '''import os

SECRET_KEY = "x"
SITE_ID = 1
USE_TZ = True
INSTALLED_APPS = {apps!r}
DATABASES = {{"default": {database!r}}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
'''

# The pinned Django 6 runs on an older Python with this.
MANAGE = '''import inspect
if not hasattr(inspect, "markcoroutinefunction"):
    import asgiref.sync
    inspect.markcoroutinefunction = asgiref.sync.markcoroutinefunction
''' + django_project.MANAGE

MODELS = '''from django.db import models


class Parcel(models.Model):
    name = models.CharField(max_length=20)

    class Meta:
        verbose_name = "parcel to send"
        permissions = [("track_parcel", "Can track")]
'''

FIRST = '''from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = [("contenttypes", "0001_initial")]
    operations = [
        migrations.RunSQL(
            "CREATE TABLE shop_parcel (id bigint PRIMARY KEY, name varchar(20) NOT NULL)",
            "DROP TABLE shop_parcel",
            state_operations=[migrations.CreateModel(
                "Parcel", [("id", models.BigAutoField(primary_key=True)), ("name", models.CharField(max_length=20))],
                options={"verbose_name": "parcel to send", "permissions": [("track_parcel", "Can track")]})]),
    ]
'''

ROWS = ("SELECT app_label, model FROM django_content_type ORDER BY 1, 2",
        "SELECT c.app_label, c.model, p.codename, p.name FROM auth_permission p JOIN django_content_type c"
        " ON c.id = p.content_type_id ORDER BY 1, 2, 3",
        "SELECT domain, name FROM django_site ORDER BY 1")


class Project:
    """A Django project with an app `shop` that has one migration of plain SQL, which Inchworm runs itself."""

    def __init__(self, folder, manifest, database, url, installed=INSTALLED):
        self.folder, self.url, self.python = folder, url, deps.python(manifest)
        django_project.write(folder, ["shop"], [], re.search(r"\d", manifest)[0] + "." + manifest[-1], installed=installed)
        (folder / "settings.py").write_text(SETTINGS.format(apps=[*installed, "shop"], database=database))
        (folder / "manage.py").write_text(MANAGE)
        (folder / "shop/models.py").write_text(MODELS)
        (folder / "shop/migrations/0001_initial.py").write_text(FIRST)

    def environment(self):
        root = str(pathlib.Path(self.python).parents[1])
        return {**os.environ, "VIRTUAL_ENV": root, "PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1"}

    def manage(self, *words):
        ran = subprocess.run([self.python, "manage.py", *words], cwd=self.folder, env=self.environment(), text=True,
                             capture_output=True)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout

    def inchworm(self, program, *words):
        return subprocess.run([program, *words], cwd=self.folder, env=self.environment(), text=True, capture_output=True)

    def rows(self, server):
        if server is None:
            with sqlite3.connect(self.url[7:]) as connection:
                return [connection.execute(sql).fetchall() for sql in ROWS]
        return [server.sql(sql, self.url) for sql in ROWS]


def on_sqlite(folder, manifest, name="db.sqlite3", installed=INSTALLED):
    folder.mkdir()
    path = str(folder / name)
    return Project(folder, manifest, {"ENGINE": "django.db.backends.sqlite3", "NAME": path}, f"sqlite:{path}", installed)


def on_postgres(folder, manifest, server):
    folder.mkdir()
    url = server.fresh_database()
    match = re.match(r"postgres(?:ql)?://(?P<USER>[^:@/]*)(?::(?P<PASSWORD>[^@]*))?@(?P<HOST>[^:/]*):(?P<PORT>\d+)/(?P<NAME>[^?]*)", url)
    database = {"ENGINE": "django.db.backends.postgresql", **{key: value or "" for key, value in match.groupdict().items()}}
    return Project(folder, manifest, database, url)


def check_rows(inchworm, theirs, mine, server):
    theirs.manage("migrate")
    for app in ("contenttypes", "auth", "sites"):
        mine.manage("migrate", app)
    ran = mine.inchworm(inchworm, "up", "--delegate", "--url", mine.url)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert mine.rows(server) == theirs.rows(server)
    assert "holds Python" not in ran.stdout and "Django's own end of a run" in ran.stdout, ran.stdout
    theirs.manage("migrate", "shop", "zero")
    ran = mine.inchworm(inchworm, "down", "--lossy", "--delegate", "--url", mine.url, "shop", "zero")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert mine.rows(server) == theirs.rows(server)


def test_rows_that_post_migrate_makes_are_those_of_django_on_sqlite(inchworm, tmp_path):
    for manifest in ("django42", "django61"):
        check_rows(inchworm, on_sqlite(tmp_path / f"t{manifest}", manifest), on_sqlite(tmp_path / f"m{manifest}", manifest), None)


def test_rows_that_post_migrate_makes_are_those_of_django_on_postgres(inchworm, tmp_path, postgres17):
    for manifest in ("django32", "django52"):
        check_rows(inchworm, on_postgres(tmp_path / f"t{manifest}", manifest, postgres17),
                   on_postgres(tmp_path / f"m{manifest}", manifest, postgres17), postgres17)


RENAME = '''from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("shop", "{before}")]
    operations = [migrations.RenameModel("{old}", "{new}"){more}]
'''
TOUCHING = ", migrations.RunPython(*[lambda apps, editor: editor.connection.ensure_connection()] * 2)"


def check_renames(inchworm, theirs, mine, server, more=""):
    """Chained, there and back."""
    for project in (theirs, mine):
        project.manage("migrate")
        migrations = project.folder / "shop/migrations"
        (migrations / "0002_one.py").write_text(RENAME.format(before="0001_initial", old="Parcel", new="BigParcel", more=more))
        (migrations / "0003_two.py").write_text(RENAME.format(before="0002_one", old="BigParcel", new="HTTPBox", more=more))
        models = project.folder / "shop/models.py"
        models.write_text(models.read_text().replace("class Parcel", "class HTTPBox"))
    theirs.manage("migrate")
    ran = mine.inchworm(inchworm, "up", "--delegate", "--url", mine.url)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert mine.rows(server) == theirs.rows(server)
    assert "add_httpbox" in str(mine.rows(server)) and "add_parcel" not in str(mine.rows(server))
    theirs.manage("migrate", "shop", "0001")
    ran = mine.inchworm(inchworm, "down", "--lossy", "--delegate", "--url", mine.url, "shop", "0001")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert mine.rows(server) == theirs.rows(server)


def test_content_types_and_permissions_follow_renamed_models_on_sqlite(inchworm, tmp_path):
    check_renames(inchworm, on_sqlite(tmp_path / "t", "django61"), on_sqlite(tmp_path / "m", "django61"), None)


def test_content_types_and_permissions_follow_renamed_models_on_postgres(inchworm, tmp_path, postgres17):
    check_renames(inchworm, on_postgres(tmp_path / "t", "django61", postgres17),
                  on_postgres(tmp_path / "m", "django61", postgres17), postgres17)


def test_content_types_and_permissions_follow_models_that_django_itself_renames(inchworm, tmp_path, postgres17):
    check_renames(inchworm, on_sqlite(tmp_path / "st", "django61"), on_sqlite(tmp_path / "sm", "django61"), None, TOUCHING)
    check_renames(inchworm, on_postgres(tmp_path / "pt", "django61", postgres17),
                  on_postgres(tmp_path / "pm", "django61", postgres17), postgres17, TOUCHING)


def test_without_permission_to_delegate_it_is_said_what_is_not_made(inchworm, tmp_path):
    project = on_sqlite(tmp_path / "p", "django52")
    for app in ("contenttypes", "auth", "sites"):
        project.manage("migrate", app)
    before = project.rows(None)
    ran = project.inchworm(inchworm, "up", "--url", project.url)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.endswith(
        "1 migration applied\n"
        "not made: what Django makes at the end of its own run\n"
        "  content types of new models (django.contrib.contenttypes)\n"
        "  permissions of new models (django.contrib.auth)\n"
        "  the default site (django.contrib.sites)\n"
        "`python manage.py migrate` makes it; with --delegate, `inchworm` runs that itself\n"), ran.stdout
    assert project.rows(None) == before
    ran = project.inchworm(inchworm, "down", "--lossy", "--json", "--url", project.url, "shop", "zero")
    assert json.loads(ran.stdout.splitlines()[-1])["closing"] == {
        "done": False, "unknown": [], "command": "python manage.py migrate sites 0002_alter_domain_unique",
        "rows": ["content types of new models (django.contrib.contenttypes)", "permissions of new models (django.contrib.auth)",
                 "the default site (django.contrib.sites)"]}


def test_a_project_that_nobody_listens_in_ends_without_a_word(inchworm, tmp_path):
    project = on_sqlite(tmp_path / "p", "django52", installed=[])
    path = project.folder / "shop/migrations/0001_initial.py"
    path.write_text(path.read_text().replace('("contenttypes", "0001_initial")', ""))
    ran = project.inchworm(inchworm, "up", "--delegate", "--url", project.url)
    assert ran.returncode == 0 and ran.stdout.endswith("\n1 migration applied\n"), ran.stdout + ran.stderr
    (project.folder / "shop/signals.py").write_text("from django.db.models.signals import post_migrate\n")
    ran = project.inchworm(inchworm, "down", "--lossy", "--url", project.url, "shop", "zero")
    assert "  what shop does on post_migrate\n" in ran.stdout, ran.stdout


def test_settings_for_another_database_are_found_out_before_anything_runs(inchworm, tmp_path, postgres17):
    project = on_postgres(tmp_path / "p", "django52", postgres17)
    other = postgres17.fresh_database()
    ran = project.inchworm(inchworm, "up", "--delegate", "--json", "--url", other, "shop")
    assert ran.returncode == PROJECT, ran.stdout + ran.stderr
    assert json.loads(ran.stdout.splitlines()[-1])["error"]["message"] == "the framework's own command works on another database"
    assert "shop_parcel" not in postgres17.sql("SELECT relname FROM pg_class", other)


def test_another_sqlite_file_is_left_alone(inchworm, tmp_path):
    project = on_sqlite(tmp_path / "p", "django52")
    path = project.folder / "shop/migrations/0001_initial.py"
    path.write_text(path.read_text().replace('("contenttypes", "0001_initial")', ""))
    other = tmp_path / "other.db"
    ran = project.inchworm(inchworm, "up", "--delegate", "--json", "--url", f"sqlite:{other}", "shop")
    error = json.loads(ran.stdout.splitlines()[-1])["error"]
    assert (ran.returncode, error["message"]) == (PROJECT, "Django's own settings are for another database"), ran.stdout + ran.stderr
    assert error["hint"].startswith("All migrations are done and recorded; "), error
    with sqlite3.connect(project.url[7:]) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == []


BROKEN = '''from django.apps import AppConfig
from django.db.models.signals import post_migrate


def fail(**given):
    raise ValueError("not yet")


class Config(AppConfig):
    name = "shop"

    def ready(self):
        post_migrate.connect(fail, sender=self)
'''


def test_an_end_that_failed_is_made_by_the_next_run(inchworm, tmp_path, postgres17):
    for project, server in ((on_sqlite(tmp_path / "s", "django52"), None), (on_postgres(tmp_path / "p", "django52", postgres17), postgres17)):
        for app in ("contenttypes", "auth", "sites"):
            project.manage("migrate", app)
        (project.folder / "shop/apps.py").write_text(BROKEN)
        ran = project.inchworm(inchworm, "up", "--delegate", "--url", project.url)
        assert ran.returncode == 7 and "ValueError: not yet" in ran.stderr, ran.stdout + ran.stderr
        said = project.inchworm(inchworm, "status", "--url", project.url)
        assert said.returncode == 1 and '"the framework\'s own end of the run" was begun' in said.stdout, said.stdout
        (project.folder / "shop/apps.py").unlink()
        ran = project.inchworm(inchworm, "up", "--url", project.url)
        assert ran.returncode == 0 and "not made: what Django makes at the end of its own run" in ran.stdout, ran.stdout
        ran = project.inchworm(inchworm, "up", "--delegate", "--url", project.url)
        assert ran.returncode == 0 and "Django's own end of a run" in ran.stdout, ran.stdout + ran.stderr
        assert "add_parcel" in str(project.rows(server))
        said = project.inchworm(inchworm, "status", "--url", project.url)
        assert said.returncode == 0 and "end of the run" not in said.stdout, said.stdout


def test_the_end_of_a_run_that_was_killed_is_made_by_the_next(inchworm, tmp_path):
    """At whatever event: the migration is done, and Django's end is or will be."""
    for number in range(1, 7):
        project = on_sqlite(tmp_path / str(number), "django52")
        for app in ("contenttypes", "auth", "sites"):
            project.manage("migrate", app)
        process = subprocess.Popen([inchworm, "up", "--delegate", "--json", "--url", project.url], cwd=project.folder,
                                   env=project.environment(), stdout=subprocess.PIPE, text=True)
        for _ in range(number):
            process.stdout.readline()
        process.kill()
        process.communicate()
        ran = project.inchworm(inchworm, "up", "--delegate", "--url", project.url)
        assert ran.returncode == 0 and "add_parcel" in str(project.rows(None)), ran.stdout + ran.stderr
