"""kill -9 of `up` of a Django project at every event it reports: a migration and its rows in django_migrations, those of
what it replaces among them, are there together or not at all, and the next run finishes."""

import pathlib
import signal
import sqlite3
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import django_project
import project

SETTINGS = '''import dj_database_url

SECRET_KEY = "x"
INSTALLED_APPS = ["shop"]
DATABASES = {"default": dj_database_url.config()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
'''

# A table, or an index, for each row: the migration that made it.
MADE = {"0001_initial": ["t1", "i1"], "0002_more": ["t2"], "0003_last": ["t3", "i3"]}


def sql(up, back):
    return f"migrations.RunSQL({up!r}, {back!r})"


def migrations():
    first = [sql("CREATE TABLE t1 (id integer NOT NULL PRIMARY KEY, name varchar(20))", "DROP TABLE t1"),
             sql("CREATE INDEX i1 ON t1 (name)", "DROP INDEX i1"),
             sql("INSERT INTO t1 (id, name) VALUES (1, 'a')", "DELETE FROM t1")]
    last = [sql("CREATE TABLE t3 (id integer NOT NULL PRIMARY KEY, name varchar(20))", "DROP TABLE t3"),
            sql("UPDATE t1 SET name = 'b'", "UPDATE t1 SET name = 'a'"),
            sql("CREATE INDEX i3 ON t3 (name)", "DROP INDEX i3")]
    make = django_project.Migration
    second = [sql("CREATE TABLE t2 (id integer NOT NULL PRIMARY KEY)", "DROP TABLE t2")]
    return [make("shop", "0001_initial", operations=first),
            make("shop", "0002_a", [("shop", "0001_initial")], operations=second),
            make("shop", "0002_more", [("shop", "0001_initial")], (), [("shop", "0002_a"), ("shop", "0002_b")], second),
            make("shop", "0003_last", [("shop", "0002_more")], operations=last)]


def write(folder):
    django_project.write(folder, ["shop"], migrations(), "5.2.19")
    (folder / "settings.py").write_text(SETTINGS)
    return folder


class Database:
    """One server, or a folder for SQLite; `url` of the one in use."""

    def __init__(self, server, folder):
        self.server, self.folder, self.count = server, folder, 0

    def fresh(self):
        self.count += 1
        self.path = str(self.folder / f"{self.count}.db")
        self.url = self.server.fresh_database() if self.server else f"sqlite:///{self.path}"
        return self.url

    def query(self, text):
        if self.server:
            return self.server.sql(text, self.url)
        with sqlite3.connect(self.path) as connection:
            return "\n".join("\t".join(map(str, row)) for row in connection.execute(text))

    def catalogue(self):
        return project.catalogue(self.server, self.url if self.server else f"file:{self.path}")

    def rows(self):
        if "django_migrations" not in self.catalogue():
            return []
        return self.query("SELECT name FROM django_migrations ORDER BY name").split()


def check_together(database, number):
    """What one transaction made is recorded in it."""
    catalogue, rows = database.catalogue(), database.rows()
    for name, objects in MADE.items():
        for one in objects:
            assert (one in catalogue) == (name in rows), f"after a kill at event {number}: {one}, {rows}\n{catalogue}"
    assert ("0002_a" in rows) == ("0002_more" in rows) == ("0002_b" in rows), rows


def up(inchworm, folder, database):
    ran = project.run(inchworm, folder, database.url, "up", "--json")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return len(ran.stdout.splitlines())


def check_every_event(inchworm, folder, database, is_atomic=True):
    database.fresh()
    events = up(inchworm, folder, database)
    wanted = (database.catalogue(), database.rows(), database.query("SELECT id, name FROM t1"))
    assert wanted[1] == ["0001_initial", "0002_a", "0002_b", "0002_more", "0003_last"], wanted
    killed = 0
    for number in range(1, events + 1):
        process = project.start(inchworm, folder, database.fresh(), "up", "--json")
        for _ in range(number):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        process.communicate()
        killed += process.returncode == -signal.SIGKILL
        if is_atomic:
            check_together(database, number)
        up(inchworm, folder, database)
        found = (database.catalogue(), database.rows(), database.query("SELECT id, name FROM t1"))
        assert found == wanted, f"after a kill at event {number}:\n{found}\nwanted\n{wanted}"
    assert killed > events / 2, f"only {killed} of {events} runs were killed in time"


def test_django_on_postgres_survives_a_kill_at_every_event(inchworm, postgres16, tmp_path):
    check_every_event(inchworm, write(tmp_path / "p"), Database(postgres16, tmp_path))


def test_django_on_sqlite_survives_a_kill_at_every_event(inchworm, tmp_path):
    check_every_event(inchworm, write(tmp_path / "p"), Database(None, tmp_path))


def test_django_on_mariadb_survives_a_kill_at_every_event(inchworm, mariadb, tmp_path):
    check_every_event(inchworm, write(tmp_path / "p"), Database(mariadb, tmp_path), is_atomic=False)
