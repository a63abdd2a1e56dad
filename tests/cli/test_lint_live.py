"""lint with a database: sizes, estimates, thresholds, and what else the server knows of the tables."""

import json
import os
import pathlib
import sqlite3
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import project

FIRST, SECOND = "20240101000000_first", "20240102000000_second"
SCHEMA = ("CREATE TABLE users (id bigint PRIMARY KEY, name varchar(50), age int);\n"
          "CREATE TABLE posts (id bigint PRIMARY KEY, user_id bigint, CONSTRAINT posts_user FOREIGN KEY (user_id) REFERENCES users (id));\n"
          "CREATE TABLE vacant (id bigint PRIMARY KEY, name varchar(50));\n")
CHANGE = "CREATE INDEX users_name ON users (name);\nCREATE INDEX vacant_name ON vacant (name);\n"


def lint(inchworm, folder, url, *arguments, expect=None):
    ran = project.run(inchworm, folder, url, "lint", *arguments)
    assert expect is None or ran.returncode == expect, (ran.returncode, ran.stdout, ran.stderr)
    return ran.stdout


def shop(folder, dialect, settings=""):
    project.prisma(folder, dialect, {FIRST: SCHEMA, SECOND: CHANGE})
    (folder / "inchworm.yaml").write_text(settings)
    return folder


def test_postgres_tells_sizes_foreign_keys_and_long_transactions(inchworm, tmp_path, postgres):
    url = postgres.fresh_database()
    folder = shop(tmp_path, "postgres")
    postgres.sql(SCHEMA + "INSERT INTO users SELECT g, 'n' || g, g FROM generate_series(1, 50000) g; ANALYZE;", url)
    output = json.loads(lint(inchworm, folder, url, "--json", "--url", url, expect=1))
    # The empty table is not reported, the full one with its size and about how long.
    finding, = [one for one in output["findings"] if one["rule"] == "create-index-blocking"]
    assert finding["severity"] == "warning" and finding["rows"] == 50000 and 0 < finding["seconds"] < 10
    table, = output["live"]["tables"]
    assert (table["table"], table["rows"], table["indexes"]) == ("users", 50000, ["users_pkey"])
    assert table["referencedBy"] == ["posts (posts_user)"] and table["bytes"] > 1e6
    assert output["live"]["replicas"] == 0 and output["live"]["longTransactions"] == []
    text = lint(inchworm, folder, url, "--live", expect=1)
    assert "The database now:" in text and "posts (posts_user)" in text and "50 thousand rows" in text
    # Thresholds are the user's.
    (folder / "inchworm.yaml").write_text("lint:\n  small_table_rows: 60000\n")
    assert {one["severity"] for one in json.loads(lint(inchworm, folder, url, "--json", "--live", expect=0))["findings"]} == {"note"}
    (folder / "inchworm.yaml").write_text("lint:\n  quick: 1min\n")
    assert {one["severity"] for one in json.loads(lint(inchworm, folder, url, "--json", "--live", expect=0))["findings"]} == {"note"}
    (folder / "inchworm.yaml").write_text("lint:\n  slow: 1ms\n")
    assert {one["severity"] for one in json.loads(lint(inchworm, folder, url, "--json", "--live", expect=1))["findings"]} == {"error"}
    # Without a database nothing is known of it.
    (folder / "inchworm.yaml").write_text("")
    assert json.loads(lint(inchworm, folder, url, "--json", expect=1))["live"] is None


def test_mariadb_tells_sizes_and_foreign_keys(inchworm, tmp_path, mariadb):
    url = mariadb.fresh_database()
    folder = shop(tmp_path, "mysql")
    mariadb.sql(SCHEMA + "INSERT INTO users SELECT seq, concat('n', seq), seq FROM seq_1_to_20000; ANALYZE TABLE users;", url)
    (folder / f"prisma/migrations/{SECOND}/migration.sql").write_text("ALTER TABLE users MODIFY name varchar(20);\n")
    output = json.loads(lint(inchworm, folder, url, "--json", "--live", expect=1))
    table, = output["live"]["tables"]
    assert table["table"] == "users" and table["referencedBy"] == ["posts (posts_user)"] and table["rows"] > 10000


def test_sqlite_tells_rows(inchworm, tmp_path):
    folder = shop(tmp_path, "sqlite")
    url = f"file:{tmp_path}/t.db"
    assert project.run(inchworm, folder, url, "up", "+1").returncode == 0
    with sqlite3.connect(tmp_path / "t.db") as connection:
        connection.executemany("INSERT INTO users VALUES (?, ?, ?)", [(number, "n", 1) for number in range(500)])
    (folder / f"prisma/migrations/{SECOND}/migration.sql").write_text("ALTER TABLE users DROP COLUMN age;\n")
    output = json.loads(lint(inchworm, folder, url, "--json", "--live", expect=1))
    table, = output["live"]["tables"]
    assert table["table"] == "users" and table["rows"] == 500 and table["referencedBy"] == ["posts (posts_user)"]


def test_files_outside_of_a_project_are_judged_without_a_database(inchworm, tmp_path):
    (tmp_path / "a.sql").write_text("SELECT 1;\n")
    ran = subprocess.run([inchworm, "lint", "a.sql", "--dialect", "postgres", "--url", "postgres://localhost/x"], cwd=tmp_path,
                         capture_output=True, text=True, env={**os.environ, "DATABASE_URL": ""})
    assert ran.returncode == 2 and "judged without a database" in ran.stderr
