"""Projects for libSQL (Turso), whose SQL is not all SQLite's."""

import json
import pathlib
import sqlite3
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import project

UNSUPPORTED = 13


TURSO = [("0000_a", 1700000000000, "CREATE TABLE t (id integer PRIMARY KEY, a text);\n"),
         ("0001_b", 1700000000001, 'ALTER TABLE `t` ALTER COLUMN "a" TO "a" text NOT NULL;\n')]


def test_what_only_libsql_has_is_read_and_not_run_on_sqlite(inchworm, tmp_path):
    folder, file = project.drizzle(tmp_path, "sqlite", TURSO), tmp_path / "app.db"
    config = tmp_path / "drizzle.config.ts"
    result = project.run(inchworm, folder, f"file:{file}", "up")
    assert result.returncode == UNSUPPORTED, result.stderr
    assert "libSQL's" in result.stderr and "0001_b.sql:1:" in result.stderr, result.stderr
    with sqlite3.connect(file) as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 't'").fetchone() == (0,)
    rules = [finding["rule"] for finding in
             json.loads(project.run(inchworm, folder, "", "lint", "--json").stdout)["findings"]]
    assert rules == ["refused"], rules
    config.write_text(config.read_text().replace("'sqlite'", "'turso'"))
    assert json.loads(project.run(inchworm, folder, "", "lint", "--json").stdout)["findings"] == []
