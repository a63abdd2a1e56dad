"""Runs migrations by the real Django and records what it sends to the server, one migration and direction after another.

usage: django_recorder.py FOLDER < {"cases": [{"label", "needs"}, ...], "stepwise": false, "keep": false} > captures.json

FOLDER holds manage.py's project; its database is scratch. Every case is an app, run by itself: all its migrations
forwards, then all backwards, as `manage.py migrate LABEL` and `migrate LABEL zero` do it, with the apps in `needs` there;
stepwise: one command for each migration; keep: only forwards.
Prints {"django", "server", "cases": {label: [{"name", "atomic", "up", "down"}, ...]}} (a text in place of the list: why
Python cannot read the files), where "up" and "down" are
{"sql": [text, ...], "other": [text, ...], "error": null or [kind, text]} or null when it was not reached. "sql" is what
the schema editor sends, parameters filled in; "other" is what goes beside it (the ORM in RunPython, PRAGMAs). Kinds of
errors: "django" (it refuses), "server" (the last statement was refused; then the migration is faked, to go on).
"""

import importlib
import inspect
import json
import os
import pathlib
import sys
import warnings


def be_driver():
    """What stands between these Djangos, Python 3.11 and the drivers that come as wheels."""
    if not hasattr(inspect, "markcoroutinefunction"):  # Django 6.1; new in Python 3.12
        import asgiref.sync
        inspect.markcoroutinefunction = asgiref.sync.markcoroutinefunction
    import pymysql
    pymysql.version_info = (2, 2, 7, "final", 0)  # Django asks for a mysqlclient that is new enough
    pymysql.install_as_MySQLdb()


be_driver()
sys.path.insert(0, sys.argv[1])
os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
warnings.simplefilter("ignore")

import django  # noqa: E402

django.setup()

from django.conf import settings  # noqa: E402
from django.db import Error, connection  # noqa: E402
from django.db.backends.base.schema import BaseDatabaseSchemaEditor  # noqa: E402
from django.db.migrations import executor as executors  # noqa: E402
from django.db.migrations.executor import MigrationExecutor  # noqa: E402
from django.db.migrations.loader import MigrationLoader  # noqa: E402
from django.db.migrations.recorder import MigrationRecorder  # noqa: E402
from django.db.migrations.state import ProjectState  # noqa: E402
from django.utils.functional import cached_property  # noqa: E402

UNSAID = ("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT")
DRIVER_ERRORS = ("sqlite3", "psycopg2", "psycopg", "pymysql", "MySQLdb")


def filled_in(text, params, cursor):
    """The text that goes over the wire; SQLite has none and gets literals."""
    if hasattr(connection.ops, "compose_sql"):  # PostgreSQL from Django 4.2 on; a cursor of psycopg 3 would lose its rows
        return connection.ops.compose_sql(text, params)
    if connection.vendor != "sqlite":
        made = cursor.mogrify(text, params)
        return made.decode() if isinstance(made, bytes) else made
    return connection.ops.last_executed_query(cursor, text, params) if len(params) else text.replace("%%", "%")


class Recorder:
    """Which statements belong to what is running now."""

    def __init__(self):
        self.current = None
        self.depth = 0  # inside of the schema editor's execute()

    def wrapper(self, execute, sql, params, many, context):
        text = str(sql)
        try:
            return execute(sql, params, many, context)
        finally:
            if self.current is not None:
                self.add(text, params, context)

    def add(self, text, params, context):
        if params is not None:
            text = filled_in(text, params, context["cursor"].cursor)
        head = text.lstrip().upper()
        if self.depth:
            self.current["sql"].append(text)
        elif not head.startswith(("SELECT", "SHOW", *UNSAID)) and "django_migrations" not in text:
            if not (head.startswith("PRAGMA") and "=" not in text):  # those only look
                self.current["other"].append(text)


RECORDER = Recorder()


def connect():
    connection.connect()
    if connection.vendor == "sqlite":
        connection.cursor().execute("PRAGMA synchronous = OFF")


def watch_schema_editor():
    original = BaseDatabaseSchemaEditor.execute

    def execute(self, *arguments, **options):
        RECORDER.depth += 1
        try:
            return original(self, *arguments, **options)
        finally:
            RECORDER.depth -= 1

    BaseDatabaseSchemaEditor.execute = execute


class Loader(MigrationLoader):
    """Of the project's migrations only those of some apps."""

    everything = None
    labels = ()

    def load_disk(self):
        if Loader.everything is None:
            super().load_disk()
            Loader.everything = (self.disk_migrations, self.unmigrated_apps, self.migrated_apps)
        disk, unmigrated, migrated = Loader.everything
        self.disk_migrations = {key: value for key, value in disk.items() if key[0] in Loader.labels}
        self.migrated_apps = migrated & set(Loader.labels)
        self.unmigrated_apps = unmigrated - {"postgres"}


def error_of(failure):
    text = f"{type(failure).__name__}: {failure}".strip()
    is_server = isinstance(failure, Error) and type(failure.__cause__).__module__.split(".")[0] in DRIVER_ERRORS
    return ["server" if is_server else "django", text[:600]]


def run(target, direction, said):
    """One `migrate LABEL TARGET`: fills the records of what it came to; the name of the migration at which it ended, or None."""
    by_name = {one["name"]: one for one in said}
    reached = []

    def progress(action, migration=None, fake=False):
        if action in ("apply_start", "unapply_start"):
            reached.append(migration.name)
            RECORDER.current = by_name[migration.name][direction] = {"sql": [], "other": [], "error": None}
        elif action in ("apply_success", "unapply_success"):
            RECORDER.current = None

    try:
        MigrationExecutor(connection, progress).migrate([target])
        return None
    except Exception as failure:
        if not reached or RECORDER.current is None:  # before anything began: the models cannot be followed
            raise
        RECORDER.current["error"] = error_of(failure)
        return reached[-1]
    finally:
        RECORDER.current = None


def fake(app, name, direction):
    recorder = MigrationRecorder(connection)
    (recorder.record_applied if direction == "up" else recorder.record_unapplied)(app, name)


def close_transaction():
    """A server's refusal must not leave anything behind that the next statement stumbles on."""
    connection.close()
    connect()
    connection.execute_wrappers[:] = [RECORDER.wrapper]


def run_case(app, needs, is_stepwise, is_kept):
    Loader.labels = (app, *needs)
    names = sorted(name for label, name in MigrationExecutor(connection).loader.disk_migrations if label == app)
    said = [{"name": name, "atomic": Loader.everything[0][app, name].atomic, "up": None, "down": None} for name in names]
    try:
        do_case(app, said, names if is_stepwise else names[-1:])
        if is_kept:
            return said
        undo_case(app, [one for one in said if one["up"] is not None], is_stepwise)
    except Exception as failure:  # Django cannot follow the models past what it refused: what is left was not reached
        print(f"{app}: {type(failure).__name__}: {failure}", file=sys.stderr)
    MigrationRecorder(connection).migration_qs.filter(app=app).delete()
    return said


def do_case(app, said, targets):
    while targets:
        stopped = run((app, targets[0]), "up", said)
        if stopped is None:
            targets = targets[1:]
            continue
        close_transaction()
        if record(said, stopped)["up"]["error"][0] == "django" and not goes_on(app, stopped):
            break
        fake(app, stopped, "up")
        targets = [name for name in targets if name > stopped]


def record(said, name):
    return next(one for one in said if one["name"] == name)


def undo_case(app, said, is_stepwise):
    """Backwards to nothing; what was not done is not undone."""
    while said:
        last = said[-1]
        if last["up"]["error"] is not None:
            fake(app, last["name"], "down")
            said = said[:-1]
            continue
        stop = max([index + 1 for index, one in enumerate(said) if one["up"]["error"] is not None], default=0)
        if is_stepwise:
            stop = len(said) - 1
        stopped = run((app, said[stop - 1]["name"] if stop else None), "down", said)
        if stopped is None:
            said = said[:stop]
            continue
        close_transaction()
        fake(app, stopped, "down")
        said = [one for one in said if one["name"] < stopped]


def goes_on(app, name):
    """Can the models be followed past a migration that Django does not run?"""
    try:
        state = ProjectState()
        for migration, _ in MigrationExecutor(connection).migration_plan([(app, name)], clean_start=True):
            state = migration.mutate_state(state)
        state.apps
        return True
    except Exception:
        return False


def unreadable(labels):
    """Apps whose migrations Python cannot read: a fault of the case, or of this version; {label: text}."""
    broken = {}
    for label in labels:
        try:
            for path in sorted((pathlib.Path(sys.argv[1]) / label / "migrations").glob("0*.py")):
                importlib.import_module(f"{label}.migrations.{path.stem}")
        except Exception as failure:
            broken[label] = f"{path.stem}: {type(failure).__name__}: {failure}"
            settings.MIGRATION_MODULES[label] = None
    return broken


def learn_features():
    """What Django asks a server once, it asks now."""
    for name, value in vars(type(connection.features)).items():
        if isinstance(value, cached_property):
            getattr(connection.features, name)


def server_name():
    if connection.vendor == "sqlite":
        import sqlite3
        return sqlite3.sqlite_version
    with connection.cursor() as cursor:
        cursor.execute("SELECT version()")
        return cursor.fetchone()[0]


def main():
    asked = json.load(sys.stdin)
    watch_schema_editor()
    executors.MigrationLoader = Loader
    broken = unreadable([case["label"] for case in asked["cases"]])
    Loader.labels = ("contenttypes", "auth")
    connect()
    runner = MigrationExecutor(connection)
    learn_features()
    runner.migrate([key for key in runner.loader.graph.leaf_nodes()])
    connection.execute_wrappers[:] = [RECORDER.wrapper]
    answer = {"django": django.__version__, "server": server_name(), "cases": {}}
    for case in asked["cases"]:
        if case["label"] in broken:
            answer["cases"][case["label"]] = broken[case["label"]]
            continue
        answer["cases"][case["label"]] = run_case(case["label"], case["needs"], asked.get("stepwise"),
                                                  asked.get("keep"))
    json.dump(answer, sys.stdout, indent=1)


main()
