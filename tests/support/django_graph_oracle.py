"""Runs commands of the real Django, in one process of its virtual environment, and says what each did.

usage: django_graph_oracle.py FOLDER COMMANDS.json; COMMANDS: one after the other on FOLDER/oracle.db, whose migrations are
django_project.logging():
    ["migrate", "app", "name"]      words of `manage.py migrate`
    ["rows", [["app", "name"], ...]]  what django_migrations holds from now on
Prints a JSON list, for each "migrate": {"before", "shown", "plan", "steps", "after", "error"}: rows before and after,
`showmigrations --plan`, whether the plan goes "up", "down" or is null, what ran, and [class, message].
"""

import inspect
import io
import json
import os
import pathlib
import sqlite3
import sys

folder = pathlib.Path(sys.argv[1])
os.environ["DATABASE_FILE"] = str(folder / "oracle.db")
os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
sys.path.insert(0, str(folder))
sys.setrecursionlimit(400)

if not hasattr(inspect, "markcoroutinefunction"):  # Django 6 wants Python 3.12; nothing else in what is used here
    import asgiref.sync
    inspect.markcoroutinefunction = asgiref.sync.markcoroutinefunction

import django
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder


def rows():
    with connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations ORDER BY app, name, id")
        return [list(row) for row in cursor.fetchall()]


def attempt(what):
    """(result, error)"""
    try:
        return what(), None
    except (Exception, SystemExit) as failure:
        return None, [type(failure).__name__, str(failure)]


def shown():
    text = io.StringIO()
    call_command("showmigrations", format="plan", verbosity=1, stdout=text, no_color=True)
    return [[line[1], line[5:].split()[0]] for line in text.getvalue().splitlines() if line.startswith("[")]


plans = []
original = MigrationExecutor.migrate


def noting(self, targets, plan=None, **options):
    plans.append(plan)
    return original(self, targets, plan=plan, **options)


MigrationExecutor.migrate = noting
load_disk = MigrationLoader.load_disk


def in_order(self):
    """Before 6.1 the files of an app come in the order of a set, another one in each process."""
    load_disk(self)
    apps = list(dict.fromkeys(app for app, _ in self.disk_migrations))
    self.disk_migrations = dict(sorted(self.disk_migrations.items(), key=lambda one: (apps.index(one[0][0]), one[0][1])))


MigrationLoader.load_disk = in_order


def migrate(words):
    before = rows()
    plans.clear()
    state, state_error = attempt(shown)
    _, error = attempt(lambda: call_command("migrate", *words, verbosity=0, interactive=False))
    plan = plans[-1] if plans else []
    with connection.cursor() as cursor:
        cursor.execute("SELECT what FROM step_log ORDER BY id")
        steps = [row[0] for row in cursor.fetchall()]
        cursor.execute("DELETE FROM step_log")
    return {"before": before, "shown": state, "shown_error": state_error, "plan": plan and ("down" if plan[0][1] else "up"),
            "steps": steps, "after": rows(), "error": error}


def main():
    django.setup()
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE step_log (id integer PRIMARY KEY, what text)")
    MigrationRecorder(connection).ensure_schema()
    said = []
    for command in json.loads(pathlib.Path(sys.argv[2]).read_text()):
        if command[0] == "migrate":
            said.append(migrate(command[1:]))
            continue
        MigrationRecorder(connection).migration_qs.all().delete()
        for app, name in command[1]:
            MigrationRecorder(connection).record_applied(app, name)
    print(json.dumps(said))


main()
