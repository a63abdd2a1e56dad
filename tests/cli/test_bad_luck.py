"""What can happen to a server in the middle, on every engine: a full disk, a death, a signal, a right that is missing. A clear
message, a documented exit status, an unharmed database, and the next run goes on."""

import json
import pathlib
import signal
import sqlite3
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import project
import servers

INPUT, CONNECT, STATEMENT, INTERRUPTED, LOST, RIGHTS, RESOURCE = 3, 5, 7, 10, 11, 15, 16
FIRST, SECOND = "20240101000000_a", "20240102000000_b"


def count(server, url, sql):
    if url.startswith("file:"):
        with sqlite3.connect(url[5:]) as connection:
            return int(connection.execute(sql).fetchone()[0])
    return int(server.sql(sql, url))


def up(inchworm, folder, url, status, *words):
    result = project.run(inchworm, folder, url, "up")
    assert result.returncode == status, (result.returncode, result.stdout, result.stderr)
    for word in words:
        assert word in result.stderr, (word, result.stderr)
    return result


# ---------------------------------------------------------------- a migration that fails in the middle

MIDDLE = {FIRST: "CREATE TABLE a (b int);\n",
          SECOND: "CREATE TABLE c (b int);\nINSERT INTO a VALUES (1);\nALTER TABLE nope ADD COLUMN c int;\n"}


def check_middle(inchworm, server, folder, dialect, url, words, left):
    folder = project.prisma(folder, dialect, MIDDLE)
    up(inchworm, folder, url, STATEMENT, words, f"{SECOND}/migration.sql:3:1")
    assert count(server, url, "SELECT count(*) FROM a") == left
    state = project.status(inchworm, folder, url)
    assert [row["state"] for row in state["migrations"]][0] == "applied", state
    project.prisma(folder, dialect, {SECOND: MIDDLE[SECOND].replace("nope", "a")})
    up(inchworm, folder, url, 0)
    assert count(server, url, "SELECT count(*) FROM a") == 1
    assert project.status(inchworm, folder, url)["upToDate"]


def test_a_migration_that_fails_in_the_middle_is_undone_on_postgres(inchworm, postgres15, tmp_path):
    check_middle(inchworm, postgres15, tmp_path, "postgres", postgres15.fresh_database(), 'relation "nope" does not exist', 0)


def test_a_migration_that_fails_in_the_middle_goes_on_there_on_mariadb(inchworm, mariadb, tmp_path):
    check_middle(inchworm, mariadb, tmp_path, "mysql", mariadb.fresh_database(), "nope' doesn't exist", 1)


def test_a_migration_that_fails_in_the_middle_is_undone_on_sqlite(inchworm, tmp_path):
    check_middle(inchworm, None, tmp_path, "sqlite", f"file:{tmp_path}/app.db", "no such table: nope", 0)


# ---------------------------------------------------------------- files that cannot be read


def check_unreadable(inchworm, server, tmp_path, dialect, fresh):
    """Found before the first migration runs, on a project that is otherwise fine."""
    broken = {"binary": b"CREATE TABLE c (b int);\n\x00\x01\x02", "latin1": b"CREATE TABLE c (b int); -- caf\xe9\n",
              "cut": b"CREATE TABLE c (b varchar(9) DEFAULT 'ab"}
    for name, data in broken.items():
        folder, url = project.prisma(tmp_path / name, dialect, {FIRST: "CREATE TABLE a (b int);\n", SECOND: ""}), fresh(name)
        (tmp_path / name / f"prisma/migrations/{SECOND}/migration.sql").write_bytes(data)
        up(inchworm, folder, url, INPUT, f"{SECOND}/migration.sql:")
        tables = {"postgres": "SELECT count(*) FROM pg_tables WHERE tablename = 'a'",
                  "mysql": "SELECT count(*) FROM information_schema.tables WHERE table_schema = database() AND table_name = 'a'",
                  "sqlite": "SELECT count(*) FROM sqlite_master WHERE name = 'a'"}[dialect]
        assert count(server, url, tables) == 0, name


def test_what_cannot_be_read_is_found_before_anything_runs_on_postgres(inchworm, postgres15, tmp_path):
    check_unreadable(inchworm, postgres15, tmp_path, "postgres", lambda _: postgres15.fresh_database())


def test_what_cannot_be_read_is_found_before_anything_runs_on_mariadb(inchworm, mariadb, tmp_path):
    check_unreadable(inchworm, mariadb, tmp_path, "mysql", lambda _: mariadb.fresh_database())


def test_what_cannot_be_read_is_found_before_anything_runs_on_sqlite(inchworm, tmp_path):
    check_unreadable(inchworm, None, tmp_path, "sqlite", lambda name: f"file:{tmp_path}/{name}/app.db")


def test_bom_and_crlf_are_run_as_they_are(inchworm, postgres15, mariadb, tmp_path):
    text = "\ufeffCREATE TABLE a (b int); -- one\r\n\r\nINSERT INTO a VALUES (1);\r\n"
    for dialect, server in (("postgres", postgres15), ("mysql", mariadb), ("sqlite", None)):
        folder = project.prisma(tmp_path / dialect, dialect, {FIRST: ""})
        (tmp_path / dialect / f"prisma/migrations/{FIRST}/migration.sql").write_bytes(text.encode())
        url = server.fresh_database() if server else f"file:{tmp_path}/bom.db"
        up(inchworm, folder, url, 0)
        assert count(server, url, "SELECT count(*) FROM a") == 1


# ---------------------------------------------------------------- full disks

FILL = {
    "postgres": "CREATE TABLE c (b text);\nINSERT INTO c SELECT repeat(md5(i::text), 30) FROM generate_series(1, 20000) i;\n",
    "mysql": "CREATE TABLE c (b text);\nINSERT INTO c SELECT repeat(md5(seq), 30) FROM seq_1_to_20000;\n",
}


def small_disk(full_disk, folder, part):
    """The environment of a server whose disk is full while a file is there; that file."""
    folder.chmod(0o711)  # the server is another user
    flag = folder / "full"
    flag.touch()
    return {"LD_PRELOAD": full_disk, "FULL_DISK_FLAG": str(flag), "FULL_DISK_PATH": part, "FULL_DISK_BYTES": "6000000"}, flag


def check_full(inchworm, server, folder, dialect, flag):
    url = server.fresh_database()
    folder = project.prisma(folder, dialect, {FIRST: "CREATE TABLE a (b int);\n", SECOND: FILL[dialect]})
    result = up(inchworm, folder, url, RESOURCE, f"{SECOND}/migration.sql:2:1")
    assert "full" in result.stderr or "No space left on device" in result.stderr, result.stderr
    assert count(server, url, "SELECT count(*) FROM a") == 0
    left = server.sql("SELECT count(*) FROM c", url, check=False)
    assert ("does not exist" in left) if dialect == "postgres" else left == "0", left
    flag.unlink()
    up(inchworm, folder, url, 0)
    assert count(server, url, "SELECT count(*) FROM c") == 20000


def test_a_full_disk_is_said_and_undone_on_postgres(inchworm, full_disk, tmp_path):
    if servers.why_not("postgres", 15):
        raise unittest.SkipTest(servers.why_not("postgres", 15))
    full, flag = small_disk(full_disk, tmp_path, "/base/")
    with servers.postgres(15, full) as server:
        check_full(inchworm, server, tmp_path, "postgres", flag)


def test_a_full_disk_is_said_and_the_next_run_goes_on_on_mariadb(inchworm, full_disk, tmp_path):
    if servers.why_not("mariadb"):
        raise unittest.SkipTest(servers.why_not("mariadb"))
    full, flag = small_disk(full_disk, tmp_path, "/data/test_")
    with servers.mariadb(full) as server:
        check_full(inchworm, server, tmp_path, "mysql", flag)


# ---------------------------------------------------------------- servers that die, signals


def test_a_mariadb_that_dies_during_a_statement_is_told_and_the_next_run_goes_on(inchworm, mariadb, tmp_path):
    folder = project.prisma(tmp_path, "mysql", {FIRST: "CREATE TABLE a (b int);\nDO SLEEP(30);\n"})
    url = mariadb.fresh_database()
    process = project.start(inchworm, folder, url, "up", "--json")
    while "SLEEP" not in process.stdout.readline():
        pass
    time.sleep(0.3)
    mariadb.kill()
    out, err = process.communicate(timeout=60)
    assert process.returncode == LOST, (process.returncode, out, err)
    mariadb.start()
    project.prisma(tmp_path, "mysql", {FIRST: "CREATE TABLE a (b int);\nDO SLEEP(0);\n"})
    up(inchworm, folder, url, 0)
    assert project.status(inchworm, folder, url)["upToDate"]


def test_ctrl_c_stops_a_statement_of_sqlite(inchworm, tmp_path):
    endless = ("CREATE TABLE a (b int);\nINSERT INTO a WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
               "SELECT count(*) FROM n;\n")
    folder, url = project.prisma(tmp_path, "sqlite", {FIRST: endless}), f"file:{tmp_path}/app.db"
    process = project.start(inchworm, folder, url, "up", "--json")
    while "RECURSIVE" not in process.stdout.readline():
        pass
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert process.returncode == INTERRUPTED, (process.returncode, out, err)
    assert json.loads(out.splitlines()[-1])["error"]["class"] == "interrupted"
    assert count(None, url, "SELECT count(*) FROM sqlite_master WHERE name = 'a'") == 0


# ---------------------------------------------------------------- servers that refuse


def test_a_server_that_is_not_there_is_named(inchworm, tmp_path):
    folder = project.prisma(tmp_path, "mysql", {FIRST: "SELECT 1;"})
    for command in ("up", "status", "plan"):
        result = project.run(inchworm, folder, "mysql://me:geheim@127.0.0.1:1/x", command)
        assert result.returncode == CONNECT and "127.0.0.1" in result.stderr, (command, result.stderr)
        assert "geheim" not in result.stderr + result.stdout, command


def test_a_wrong_password_is_said_by_postgres(inchworm, postgres15, tmp_path):
    url = postgres15.fresh_database()
    database = url.rsplit("/", 1)[1]
    postgres15.sql(f"CREATE ROLE p_{database} LOGIN PASSWORD 'right'", url)
    access = pathlib.Path(postgres15.folder) / "data/pg_hba.conf"
    access.write_text(f"host all p_{database} 127.0.0.1/32 scram-sha-256\n" + access.read_text())
    postgres15.sql("SELECT pg_reload_conf()")
    folder = project.prisma(tmp_path, "postgres", {FIRST: "CREATE TABLE a (b int);"})
    for password in ("wrong", None):
        result = project.run(inchworm, folder, postgres15.url(database, user=f"p_{database}", password=password), "up")
        assert result.returncode == CONNECT and f"p_{database}" in result.stderr, (result.returncode, result.stderr)
        assert "wrong" not in result.stderr + result.stdout


def test_rights_that_mariadb_does_not_give_stop_the_run(inchworm, mariadb, tmp_path):
    database = "rights"  # everybody may do everything in test and test_%
    mariadb.sql(f"CREATE OR REPLACE DATABASE {database}")
    url = mariadb.url(database)
    folder = project.prisma(tmp_path, "mysql", {FIRST: "CREATE TABLE a (b int);\n",
                                                SECOND: "CREATE TABLE c (d int);\nALTER TABLE a ADD c int;\n"})
    mariadb.sql(f"CREATE OR REPLACE USER w_{database}@'%'; "
                f"GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP ON {database}.* TO w_{database}@'%'", url)
    weak = mariadb.url(database, user=f"w_{database}")
    up(inchworm, folder, weak, RIGHTS, "ALTER command denied", f"{SECOND}/migration.sql:2:1")
    assert count(mariadb, url, "SELECT count(*) FROM information_schema.columns WHERE table_schema = database() AND table_name = 'a'") == 1
    mariadb.sql(f"GRANT ALTER ON {database}.* TO w_{database}@'%'", url)
    up(inchworm, folder, weak, 0)
    assert project.status(inchworm, folder, weak)["upToDate"]


def test_a_sqlite_file_that_may_not_be_written_is_said(inchworm, tmp_path):
    folder, file = project.prisma(tmp_path, "sqlite", {FIRST: "CREATE TABLE a (b int);\n"}), tmp_path / "app.db"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE other (a int)")
        connection.execute("DROP TABLE other")
    up(inchworm, folder, f"file:{file}?mode=ro", RIGHTS, "readonly")
    assert project.status(inchworm, folder, f"file:{file}?mode=ro")["migrations"][0]["state"] == "pending"
