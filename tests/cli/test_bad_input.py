"""Bad input and bad luck: a clear message, a documented exit status, an unharmed database."""

import json
import os
import pathlib
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import project

INPUT, CONNECT, HISTORY, STATEMENT, LOCK, BUSY, INTERRUPTED, LOST, RIGHTS, RESOURCE = 3, 5, 6, 7, 8, 9, 10, 11, 15, 16
NAME = "20240101000000_a"


def lint_text(inchworm, tmp_path, data, dialect="postgres"):
    path = tmp_path / "m.sql"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return project.run(inchworm, str(tmp_path), "", "lint", "--dialect", dialect, "m.sql")


def expect_input_error(result, words, place):
    assert result.returncode == INPUT, (result.returncode, result.stdout, result.stderr)
    assert words in result.stderr and place in result.stderr, result.stderr
    assert "^" in result.stderr, result.stderr


def test_invalid_utf8_is_an_error_with_its_place(inchworm, tmp_path):
    expect_input_error(lint_text(inchworm, tmp_path, b"SELECT 1;\nSELECT '\xff';\n"), "not valid UTF-8", "m.sql:2:9")


def test_a_binary_file_is_an_error_with_its_place(inchworm, tmp_path):
    expect_input_error(lint_text(inchworm, tmp_path, b"\x7fELF\x00\x00"), "NUL byte", "m.sql:1:5")


def test_unterminated_quotes_point_at_their_opening(inchworm, tmp_path):
    for dialect, text, place in [
        ("postgres", "SELECT 1;\nSELECT 'abc;\n", "m.sql:2:8"),
        ("postgres", "CREATE FUNCTION f() RETURNS int AS $x$ SELECT 1;\n", "m.sql:1:36"),
        ("postgres", "/* a /* b */ SELECT 1;\n", "m.sql:1:1"),
        ("postgres", 'SELECT "abc;\n', "m.sql:1:8"),
        ("mysql", "SELECT 1;\nSELECT `abc;\n", "m.sql:2:8"),
        ("mysql", "SELECT 'a\\';\n", "m.sql:1:8"),
        ("sqlite", "SELECT [abc;\n", "m.sql:1:8"),
        ("sqlite", "SELECT 'abc;\n", "m.sql:1:8"),
    ]:
        expect_input_error(lint_text(inchworm, tmp_path, text, dialect), "unterminated", place)


def test_crlf_bom_and_nested_comments_are_read(inchworm, tmp_path):
    text = "\ufeffCREATE TABLE a (b int);\r\n/* x /* y */ z */\r\nALTER TABLE a ADD c int;\r\n"
    result = lint_text(inchworm, tmp_path, text)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "2 statements" in result.stdout


def test_a_syntax_error_does_not_hide_the_statements_around_it(inchworm, tmp_path):
    (tmp_path / "m.sql").write_text("CREATE TABLE a (b int);\nCREATE TABEL x (y int);\nVACUUM FULL a;\n")
    result = project.run(inchworm, str(tmp_path), "", "lint", "--dialect", "postgres", "--json", "m.sql")
    findings = json.loads(result.stdout)["findings"]
    lines = {finding["place"]["line"] for finding in findings}
    assert result.returncode == 1 and {2, 3} <= lines, result.stdout


def test_an_unreadable_file_is_named(inchworm, tmp_path):
    folder = project.prisma(tmp_path, "sqlite", {NAME: "CREATE TABLE a (b int);"})
    path = tmp_path / f"prisma/migrations/{NAME}/migration.sql"
    path.unlink()
    path.symlink_to("migration.sql")  # points at itself: unreadable for root, too
    result = project.run(inchworm, folder, f"file:{tmp_path}/t.db", "up")
    assert result.returncode in (INPUT, 4) and "migration.sql" in result.stderr, result.stderr


def test_a_million_statements_are_read_in_little_memory(inchworm, tmp_path):
    with open(tmp_path / "m.sql", "w") as file:
        for number in range(1_000_000):
            file.write(f"INSERT INTO t VALUES ({number});\n")
    command = ["/usr/bin/env", "bash", "-c", f"ulimit -v 1000000; exec {inchworm} lint --dialect sqlite --json m.sql"]
    if "asan" in inchworm:
        command[-1] = f"exec {inchworm} lint --dialect sqlite --json m.sql"
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert result.returncode in (0, 1), result.stderr[-2000:]
    assert json.loads(result.stdout)["statements"] == 1_000_000


def test_a_file_of_200_mb_is_read(inchworm, tmp_path):
    row = "('" + "x" * 90 + "'),"
    with open(tmp_path / "m.sql", "w") as file:
        file.write("CREATE TABLE t (a varchar(100));\n")
        for _ in range(210):
            file.write("INSERT INTO t VALUES " + row * 10_000 + "('y');\n")
    assert (tmp_path / "m.sql").stat().st_size > 190_000_000
    for dialect in ("postgres", "mysql", "sqlite"):
        result = project.run(inchworm, str(tmp_path), "", "lint", "--dialect", dialect, "--json", "m.sql")
        assert result.returncode in (0, 1), (dialect, result.returncode, result.stderr[-2000:])
        assert json.loads(result.stdout)["statements"] == 211


def test_a_migration_that_fails_in_the_middle_leaves_nothing_on_postgres(inchworm, postgres15, tmp_path):
    folder = project.prisma(tmp_path, "postgres", {NAME: "CREATE TABLE a (b int);\nALTER TABLE nope ADD c int;\n"})
    url = postgres15.fresh_database()
    result = project.run(inchworm, folder, url, "up")
    assert result.returncode == STATEMENT, result.stderr
    assert 'relation "nope" does not exist' in result.stderr and "migration.sql:2:" in result.stderr
    assert "rolled back" in result.stderr
    assert postgres15.sql("SELECT count(*) FROM pg_tables WHERE tablename = 'a'", url).strip() == "0"
    assert project.status(inchworm, folder, url)["migrations"][0]["state"] == "pending"


def test_an_unreachable_server_is_named_without_its_password(inchworm, tmp_path):
    folder = project.prisma(tmp_path, "postgres", {NAME: "SELECT 1;"})
    result = project.run(inchworm, folder, "postgresql://me:geheim@127.0.0.1:1/x", "up")
    assert result.returncode == CONNECT and "127.0.0.1" in result.stderr, result.stderr
    assert "geheim" not in result.stderr + result.stdout


def test_a_missing_database_says_how_to_create_it(inchworm, postgres15, mariadb, tmp_path):
    for dialect, server in (("postgres", postgres15), ("mysql", mariadb)):
        folder = project.prisma(tmp_path / dialect, dialect, {NAME: "SELECT 1;"})
        result = project.run(inchworm, folder, server.url("no_such_database"), "up")
        assert result.returncode == CONNECT and "no_such_database" in result.stderr, result.stderr


def test_a_wrong_password_is_said(inchworm, mariadb, tmp_path):
    url = mariadb.fresh_database()
    mariadb.sql("CREATE OR REPLACE USER someone@'%' IDENTIFIED BY 'right'", url)
    folder = project.prisma(tmp_path, "mysql", {NAME: "SELECT 1;"})
    database = url.rsplit("/", 1)[1]
    result = project.run(inchworm, folder, mariadb.url(database, user="someone", password="wrong"), "up")
    assert result.returncode in (CONNECT, RIGHTS) and "someone" in result.stderr, result.stderr


def test_revoked_rights_stop_with_nothing_done(inchworm, postgres15, tmp_path):
    url = postgres15.fresh_database()
    database = url.rsplit("/", 1)[1]
    postgres15.sql(f"CREATE TABLE big (a int); CREATE ROLE weak_{database} LOGIN; "
                   f"GRANT CREATE ON SCHEMA public TO weak_{database}", url)
    folder = project.prisma(tmp_path, "postgres", {NAME: "CREATE TABLE mine (a int);\nALTER TABLE big ADD b int;\n"})
    weak = postgres15.url(database, user=f"weak_{database}")
    project.run(inchworm, folder, weak, "resolve", "--applied", NAME)  # the database is not empty: adopt it first
    postgres15.sql('DELETE FROM _prisma_migrations', url)
    result = project.run(inchworm, folder, weak, "up")
    assert result.returncode == RIGHTS and "big" in result.stderr, (result.returncode, result.stderr)
    assert postgres15.sql("SELECT count(*) FROM pg_tables WHERE tablename = 'mine'", url).strip() == "0"


def test_a_full_disk_rolls_back(inchworm, tmp_path):
    database = tmp_path / "t.db"
    with sqlite3.connect(database) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
        connection.execute("CREATE TABLE seed (x)")
    sql = "PRAGMA max_page_count = 20;\nCREATE TABLE a (b);\nINSERT INTO a SELECT randomblob(1000000);\n"
    folder = project.prisma(tmp_path, "sqlite", {NAME: sql})
    url = f"file:{database}"
    project.run(inchworm, folder, url, "resolve", "--applied", NAME)
    with sqlite3.connect(database) as connection:
        connection.execute("DELETE FROM _prisma_migrations")
    result = project.run(inchworm, folder, url, "up")
    assert result.returncode == RESOURCE, (result.returncode, result.stderr)
    with sqlite3.connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'a'").fetchone() == (0,)


def wait_for(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def test_a_server_that_dies_during_a_statement_is_told_and_the_next_run_goes_on(inchworm, postgres15, tmp_path):
    folder = project.prisma(tmp_path, "postgres", {NAME: "CREATE TABLE a (b int);\nSELECT pg_sleep(30);\n"})
    url = postgres15.fresh_database()
    process = project.start(inchworm, folder, url, "up", "--json")
    while "pg_sleep" not in process.stdout.readline():
        pass
    postgres15.kill()
    out, err = process.communicate(timeout=60)
    assert process.returncode == LOST, (process.returncode, out, err)
    postgres15.start()
    project.prisma(tmp_path, "postgres", {NAME: "CREATE TABLE a (b int);\n"})
    result = project.run(inchworm, folder, url, "up")
    assert result.returncode == 0, result.stderr


def test_ctrl_c_stops_a_statement_and_leaves_nothing(inchworm, postgres15, mariadb, tmp_path):
    for dialect, server, sleep in (("postgres", postgres15, "SELECT pg_sleep(60)"), ("mysql", mariadb, "DO SLEEP(60)")):
        folder = project.prisma(tmp_path / dialect, dialect, {NAME: f"{sleep};\nCREATE TABLE a (b int);\n"})
        url = server.fresh_database()
        process = project.start(inchworm, folder, url, "up", "--json")
        while "statementBegin" not in process.stdout.readline():
            pass
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
        assert process.returncode == INTERRUPTED, (process.returncode, out, err)
        assert json.loads(out.splitlines()[-1])["error"]["class"] == "interrupted"
        assert project.status(inchworm, folder, url)["unfinished"] == []


def test_two_runs_at_once_apply_everything_once(inchworm, postgres15, mariadb, tmp_path):
    for dialect, server in (("postgres", postgres15), ("mysql", mariadb), ("sqlite", None)):
        sql = {f"202401{day:02}000000_m": f"CREATE TABLE t{day} (a INTEGER);\nINSERT INTO t{day} VALUES (1);\n" for day in range(1, 9)}
        folder = project.prisma(tmp_path / dialect, dialect, sql)
        url = server.fresh_database() if server else f"file:{tmp_path}/two.db"
        processes = [project.start(inchworm, folder, url, "up") for _ in range(3)]
        results = [(process.communicate(timeout=60), process.returncode) for process in processes]
        assert all(code == 0 for _, code in results), results
        assert sum(int("8 migrations applied" in out) for (out, _), _ in results) == 1, results
        assert len(project.bookkeeping(server, url).strip().splitlines()) == 8


def test_a_long_transaction_in_the_way_is_named_and_the_budget_ends_the_wait(inchworm, postgres15, mariadb, tmp_path):
    for dialect, server, hold in (
        ("postgres", postgres15, "BEGIN; SELECT * FROM a; SELECT pg_sleep(20)"),
        ("mysql", mariadb, "BEGIN; SELECT * FROM a; DO SLEEP(20)"),
    ):
        url = server.fresh_database()
        folder = project.prisma(tmp_path / dialect, dialect, {NAME: "CREATE TABLE a (b int);"})
        assert project.run(inchworm, folder, url, "up").returncode == 0
        project.prisma(tmp_path / dialect, dialect, {"20240102000000_b": "ALTER TABLE a ADD COLUMN c int;"})
        holder = threading.Thread(target=lambda: server.sql(hold, url, check=False), daemon=True)
        holder.start()
        time.sleep(1)
        result = project.run(inchworm, folder, url, "up", "--lock-timeout", "1s", "--lock-budget", "4s")
        assert result.returncode == LOCK, (result.returncode, result.stdout, result.stderr)
        assert "In the way: session" in result.stderr, result.stdout + result.stderr
        assert "gave way after attempt 1" in result.stdout
        holder.join()
        assert project.run(inchworm, folder, url, "up").returncode == 0


def test_nothing_of_a_project_is_executed(inchworm, tmp_path):
    trap = "require('fs').writeFileSync(require('path').join(__dirname, 'SPRUNG'), '');"
    (tmp_path / "drizzle/meta").mkdir(parents=True)
    (tmp_path / "drizzle/meta/_journal.json").write_text('{"version":"7","dialect":"sqlite","entries":[]}')
    (tmp_path / "drizzle.config.ts").write_text(
        f"{trap}\nexport default {{ dialect: 'sqlite', out: './drizzle', dbCredentials: {{ url: './t.db' }} }};\n")
    os.chmod(tmp_path / "drizzle.config.ts", stat.S_IRWXU)
    result = project.run(inchworm, str(tmp_path), "", "lint")
    assert result.returncode == 0, result.stderr
    assert not list(tmp_path.rglob("SPRUNG"))
