"""__drizzle_migrations: what Inchworm leaves is what drizzle-kit 0.31 and 1.0 leave, each sees the other's work as its own,
and what drizzle-kit silently skips is run."""

import json
import sqlite3
import unittest

import books
import oracles

TABLES = {
    "postgresql": ("postgresql", 'CREATE TABLE "{}" ("id" integer);'),
    "mysql": ("mysql", "CREATE TABLE `{}` (`id` int);"),
    "sqlite": ("sqlite", "CREATE TABLE `{}` (`id` integer);"),
}
PLACE = {"postgresql": "drizzle.__drizzle_migrations", "mysql": "__drizzle_migrations", "sqlite": "__drizzle_migrations"}


def entry(index, when, tag):
    return {"idx": index, "version": "7", "when": when, "tag": tag, "breakpoints": True}


def need(manifest):
    reason = oracles.why_not(manifest)
    if reason:
        raise unittest.SkipTest(reason)


def config(dialect):
    return ("import { defineConfig } from 'drizzle-kit';\n"
            f"export default defineConfig({{ dialect: '{dialect}', schema: './schema.ts', out: './drizzle',\n"
            "  dbCredentials: { url: process.env.DATABASE_URL! } });\n")


def journal_project(folder, dialect, entries, extra=()):
    """entries: (when, tag) in the journal's order."""
    need("drizzle")
    sql = TABLES[dialect][1]
    files = {"drizzle.config.ts": config(dialect), "schema.ts": "export {};\n",
             "drizzle/meta/_journal.json": json.dumps({"version": "7", "dialect": dialect, "entries": [
                 entry(index, when, tag) for index, (when, tag) in enumerate(entries)]}, indent=2)}
    for _, tag in [*entries, *extra]:
        files[f"drizzle/{tag}.sql"] = sql.format(tag) + "--> statement-breakpoint\n" + sql.format(tag + "_more") + "\n"
    return books.write(folder, files)


def folder_project(folder, dialect, names):
    need("drizzle-next")
    sql = TABLES[dialect][1]
    files = {"drizzle.config.ts": config(dialect), "schema.ts": "export {};\n"}
    for name in names:
        files[f"drizzle/{name}/migration.sql"] = sql.format(name) + "\n"
    return books.write(folder, files)


def migrate(folder, url, manifest="drizzle"):
    done = oracles.drizzle(folder, url, "migrate", manifest=manifest)
    assert done.returncode == 0, done.stdout + done.stderr


def urls(dialect, server, tmp_path):
    if dialect == "sqlite":
        return [f"file:{tmp_path}/{name}.db" for name in ("theirs", "ours")]
    return [server.fresh_database(), server.fresh_database()]


def table_rows(server, url, dialect, columns):
    return books.rows(server, url, PLACE[dialect], columns, "created_at", keep=["milliseconds"])


def both_ways(inchworm, server, dialect, folder, tmp_path, columns, manifest):
    theirs, ours = urls(dialect, server, tmp_path)
    migrate(folder, theirs, manifest)
    books.inchworm(inchworm, folder, ours, "up")
    forms = [books.form(server, url, PLACE[dialect]) for url in (theirs, ours)]
    assert forms[0] == forms[1], "\n".join(forms)
    rows = [table_rows(server, url, dialect, columns) for url in (theirs, ours)]
    assert rows[0] == rows[1] and rows[0], "\n".join(rows)
    assert set(books.states(inchworm, folder, theirs).values()) == {"applied"}
    migrate(folder, ours, manifest)  # would fail: the tables are there
    assert table_rows(server, ours, dialect, columns) == rows[0]


ENTRIES = [(1700000000000, "0000_first"), (1700000001234, "0001_second")]


def test_rows_and_table_are_drizzles_on_postgres(inchworm, postgres15, tmp_path):
    folder = journal_project(tmp_path / "p", "postgresql", ENTRIES)
    both_ways(inchworm, postgres15, "postgresql", folder, tmp_path, "id, hash, created_at", "drizzle")


def test_rows_and_table_are_drizzles_on_mysql(inchworm, mariadb, tmp_path):
    folder = journal_project(tmp_path / "p", "mysql", ENTRIES)
    both_ways(inchworm, mariadb, "mysql", folder, tmp_path, "id, hash, created_at", "drizzle")


def test_rows_and_table_are_drizzles_on_sqlite(inchworm, tmp_path):
    folder = journal_project(tmp_path / "p", "sqlite", ENTRIES)
    both_ways(inchworm, None, "sqlite", folder, tmp_path, "id, hash, created_at", "drizzle")


NAMES = ["20240101000000_first", "20240102000000_second"]
COLUMNS_1 = "id, hash, created_at, name, applied_at"


def test_rows_and_table_are_drizzle_1s_on_postgres(inchworm, postgres15, tmp_path):
    folder = folder_project(tmp_path / "p", "postgresql", NAMES)
    both_ways(inchworm, postgres15, "postgresql", folder, tmp_path, COLUMNS_1, "drizzle-next")


def test_rows_and_table_are_drizzle_1s_on_mysql(inchworm, mariadb, tmp_path):
    folder = folder_project(tmp_path / "p", "mysql", NAMES)
    both_ways(inchworm, mariadb, "mysql", folder, tmp_path, COLUMNS_1, "drizzle-next")


def test_rows_and_table_are_drizzle_1s_on_sqlite(inchworm, tmp_path):
    folder = folder_project(tmp_path / "p", "sqlite", NAMES)
    both_ways(inchworm, None, "sqlite", folder, tmp_path, COLUMNS_1, "drizzle-next")


def test_a_merged_older_migration_is_run_that_drizzle_kit_skips_silently(inchworm, postgres15, tmp_path):
    folder = journal_project(tmp_path / "p", "postgresql", ENTRIES)
    theirs, ours = postgres15.fresh_database(), postgres15.fresh_database()
    migrate(folder, theirs)
    books.inchworm(inchworm, folder, ours, "up")
    journal_project(folder, "postgresql", [*ENTRIES, (1690000000000, "0002_merged")])
    exists = "SELECT count(*) FROM pg_class WHERE relname = '0002_merged'"
    migrate(folder, theirs)
    assert postgres15.sql(exists, theirs).strip() == "0"
    assert books.states(inchworm, folder, theirs)["0002_merged"] == "pending"
    for url in (theirs, ours):
        books.inchworm(inchworm, folder, url, "up")
        assert postgres15.sql(exists, url).strip() == "1"
        assert set(books.states(inchworm, folder, url).values()) == {"applied"}


def test_what_inchworm_takes_back_drizzle_kit_runs_again(inchworm, postgres15, tmp_path):
    folder = journal_project(tmp_path / "p", "postgresql", ENTRIES)
    url = postgres15.fresh_database()
    migrate(folder, url)
    books.inchworm(inchworm, folder, url, "down", "--lossy")
    assert books.states(inchworm, folder, url) == {"0000_first": "applied", "0001_second": "pending"}
    migrate(folder, url)
    assert set(books.states(inchworm, folder, url).values()) == {"applied"}


def upgrade(inchworm, server, dialect, tmp_path):
    """A database of 0.x, a project that has moved to 1.0: both tools bring the table to the new form alike."""
    old = journal_project(tmp_path / "old", dialect, [(1704067200123, "0000_first"), (1704153600456, "0001_second")])
    new = folder_project(tmp_path / "new", dialect, ["20240101000000_first", "20240102000000_second", "20240103000000_third"])
    for old_name, new_name in (("0000_first", "20240101000000_first"), ("0001_second", "20240102000000_second")):
        books.write(new, {f"drizzle/{new_name}/migration.sql": (old / f"drizzle/{old_name}.sql").read_text()})
    theirs, ours = urls(dialect, server, tmp_path)
    for url in (theirs, ours):
        migrate(old, url)
    expected = {"20240101000000_first": "applied", "20240102000000_second": "applied", "20240103000000_third": "pending"}
    assert books.states(inchworm, new, ours) == expected
    migrate(new, theirs, "drizzle-next")
    books.inchworm(inchworm, new, ours, "up")
    forms = [books.form(server, url, PLACE[dialect]) for url in (theirs, ours)]
    assert forms[0] == forms[1], "\n".join(forms)
    rows = [table_rows(server, url, dialect, COLUMNS_1) for url in (theirs, ours)]
    assert rows[0] == rows[1], "\n".join(rows)
    assert set(books.states(inchworm, new, theirs).values()) == {"applied"}


def test_a_table_of_drizzle_0_becomes_one_of_drizzle_1_on_postgres(inchworm, postgres15, tmp_path):
    upgrade(inchworm, postgres15, "postgresql", tmp_path)


def test_a_table_of_drizzle_0_becomes_one_of_drizzle_1_on_mysql(inchworm, mariadb, tmp_path):
    upgrade(inchworm, mariadb, "mysql", tmp_path)


def test_a_table_of_drizzle_0_becomes_one_of_drizzle_1_on_sqlite(inchworm, tmp_path):
    upgrade(inchworm, None, "sqlite", tmp_path)


def test_a_pulled_baseline_is_recorded_and_not_run(inchworm, tmp_path):
    folder = journal_project(tmp_path / "p", "sqlite", ENTRIES)
    books.write(folder, {"drizzle/0000_first.sql": "-- pulled\n/*\nCREATE TABLE x (i int);--> statement-breakpoint\n"
                                                   "CREATE TABLE y (i int);\n*/\n"})
    url = f"file:{tmp_path}/b.db"
    books.inchworm(inchworm, folder, url, "up")
    with sqlite3.connect(url[5:]) as connection:
        names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert names == {"__drizzle_migrations", "0001_second", "0001_second_more"}, names
    assert set(books.states(inchworm, folder, url).values()) == {"applied"}
