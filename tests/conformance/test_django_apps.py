"""Applications from the registry, with all that they ever migrated: the whole history by Django in one database, by
Inchworm (which leaves Python to Django) in another. Then both must be the same, and Django must find nothing to do.

INCHWORM_ALL_APPS=1 in the environment takes apps.MORE too, which lasts long."""

import os
import pathlib
import re
import sqlite3
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "support"), str(HERE / "django")]
import apps
import capture
import catalogue
import deps

ABSENT = "its SQL is not made yet"
ROWS = "SELECT app, name FROM django_migrations"
TYPES = "SELECT app_label, model FROM django_content_type"
PERMISSIONS = "SELECT app_label, model, codename FROM auth_permission p JOIN django_content_type t ON t.id = p.content_type_id"


class Site:
    """One database of the project."""

    def __init__(self, folder, server, name):
        self.folder, self.server = folder, server
        if server is None:
            self.url = f"file:{folder / name}.db"
            place = {"DJANGO_NAME": str(folder / f"{name}.db")}
        else:
            place = capture.address(server)
            self.url = server.url(place["DJANGO_NAME"])
        self.environment = {**os.environ, **place, "NO_COLOR": "1", "TZ": "UTC"}

    def run(self, *command):
        return subprocess.run(command, cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=2400)

    def manage(self, *arguments):
        return self.run(deps.python(apps.MANIFEST), "manage.py", *arguments)

    def rows(self, query):
        if self.server is not None:
            return sorted(self.server.sql(query, self.url).splitlines())
        with sqlite3.connect(self.url[5:]) as connection:
            return sorted("\t".join(row) for row in connection.execute(query))


def check(inchworm, dump_project, folder, engine, server):
    apps.write(folder, engine, is_all="INCHWORM_ALL_APPS" in os.environ)
    (folder / ".venv").symlink_to(pathlib.Path(deps.python(apps.MANIFEST)).parents[1])
    if ABSENT in subprocess.run([dump_project, folder], stdin=subprocess.DEVNULL, capture_output=True, text=True).stdout:
        raise unittest.SkipTest("Inchworm has no schema editor for Django yet")
    theirs, ours = Site(folder, server, "theirs"), Site(folder, server, "ours")
    done = theirs.manage("migrate", "--verbosity", "0")
    assert done.returncode == 0, done.stderr[-4000:]
    done = ours.run(inchworm, "up", "--delegate", "--as-written")  # phases leave old parts for `contract`
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    assert not (text := catalogue.difference(catalogue.of(server, theirs.url), catalogue.of(server, ours.url))), text
    assert theirs.rows(ROWS) == ours.rows(ROWS)
    finds_nothing(theirs, ours)


def finds_nothing(theirs, ours):
    assert ours.manage("migrate", "--check").returncode == 0
    plan = ours.manage("showmigrations", "--plan").stdout
    assert plan and not re.search(r"^\[ \]", plan, re.MULTILINE), plan
    assert "No migrations to apply" in ours.manage("migrate").stdout
    assert theirs.rows(TYPES) == ours.rows(TYPES)
    assert theirs.rows(PERMISSIONS) == ours.rows(PERMISSIONS)
    made = [site.manage("makemigrations", "--check", "--dry-run") for site in (theirs, ours)]
    assert (made[0].returncode, made[0].stdout) == (made[1].returncode, made[1].stdout)


def test_histories_on_postgresql(inchworm, dump_project, tmp_path, postgres18):
    check(inchworm, dump_project, tmp_path, "postgres", postgres18)


def test_histories_on_mariadb(inchworm, dump_project, tmp_path, mariadb):
    check(inchworm, dump_project, tmp_path, "mysql", mariadb)


def test_histories_on_sqlite(inchworm, dump_project, tmp_path):
    check(inchworm, dump_project, tmp_path, "sqlite", None)
