"""The tables of dbmate, goose, golang-migrate and Flyway: what Inchworm leaves is what the tool leaves, and each sees the
other's work as its own. dbmate is always at hand. The others are where INCHWORM_ORACLES=1 had them built; what they left is
recorded in fixtures/bookkeeping (INCHWORM_RECORD=1 writes it anew), and Inchworm is always compared with that."""

import hashlib
import os
import subprocess
import unittest

import books
import deps
import oracles

RECORDS = deps.ROOT / "tests/fixtures/bookkeeping"

DBMATE = {
    "db/migrations/20240101000000_a.sql": "-- migrate:up\nCREATE TABLE a (i int);\n\n-- migrate:down\nDROP TABLE a;\n",
    "db/migrations/20240102000000_b.sql": "-- migrate:up transaction:false\nCREATE TABLE b (i int);\n\n-- migrate:down\nDROP TABLE b;\n",
}
GOOSE = {
    "migrations/00001_a.sql": "-- +goose Up\nCREATE TABLE a (i int);\n-- +goose Down\nDROP TABLE a;\n",
    "migrations/00012_b.sql": "-- +goose NO TRANSACTION\n-- +goose Up\nCREATE TABLE b (i int);\n-- +goose Down\nDROP TABLE b;\n",
}
MIGRATE = {
    "migrations/000001_a.up.sql": "CREATE TABLE a (i int);\n",
    "migrations/000001_a.down.sql": "DROP TABLE a;\n",
    "migrations/000020_b.up.sql": "CREATE TABLE b (i int);\n",
    "migrations/000020_b.down.sql": "DROP TABLE b;\n",
}
FLYWAY = {
    "sql/V1__first_of_all.sql": "\ufeffCREATE TABLE a (i int);\r\n\r\nCREATE TABLE a2 (i int);\n",
    "sql/V1_2__b.sql": "CREATE TABLE b (i int);",
    "sql/deep/V10.1__c.sql": "CREATE TABLE c (i int);\n",
    "sql/R__the_view.sql": "CREATE OR REPLACE VIEW v AS SELECT 1 AS x;\n",
}


class Tool:
    """How one tool is run; `table`, `columns` and `order` say what to compare."""

    def __init__(self, name, files, table, columns, order, masks=()):
        self.name, self.files, self.table, self.columns, self.order, self.masks = name, files, table, columns, order, masks

    def run(self, folder, url, command):
        if self.name == "dbmate":
            reason = oracles.why_not("tools")
            if reason:
                raise unittest.SkipTest(reason)
            command = {"up": ["up"], "down": ["down"]}[command]
            done = oracles.dbmate(folder, address(url, "dbmate"), "--no-dump-schema", *command)
        elif self.name == "goose":
            driver = {"p": "postgres", "m": "mysql", "f": "sqlite3"}[url[0]]
            done = subprocess.run([books.go_tool("goose"), "-dir", "migrations", driver, address(url, "goose"), command],
                                  cwd=folder, capture_output=True, text=True)
        elif self.name == "golang-migrate":
            command = {"up": ["up"], "down": ["down", "1"]}[command]
            done = subprocess.run([books.go_tool("migrate"), "-path", "migrations", "-database", address(url, "migrate"), *command],
                                  cwd=folder, capture_output=True, text=True)
        else:
            jdbc, user = address(url, "flyway")
            done = books.flyway({"up": "migrate"}.get(command, command), jdbc, user, folder / "sql")
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def rows(self, server, url):
        text = books.rows(server, url, self.table, self.columns, self.order)
        return books.mask(text, self.masks)


def address(url, tool):
    """The database's URL as each tool writes it."""
    if url.startswith("file:"):
        path = url[5:]
        return {"dbmate": f"sqlite:{path}", "goose": path, "migrate": f"sqlite3://{path}", "flyway": (f"jdbc:sqlite:{path}", "")}[tool]
    user, place = url.split("://")[1].split("@")
    host, database = place.split("/")
    if url.startswith("postgres"):
        plain = f"postgres://{user}@{place}?sslmode=disable"
        return {"flyway": (f"jdbc:postgresql://{place}", user)}.get(tool, plain)
    return {
        "dbmate": url,
        "goose": f"{user}@tcp({host})/{database}?parseTime=true",
        "migrate": f"mysql://{user}@tcp({host})/{database}?multiStatements=true",
        "flyway": (f"jdbc:mariadb://{place}", user),
    }[tool]


TOOLS = {
    "dbmate": Tool("dbmate", DBMATE, "schema_migrations", "version", "version"),
    "goose": Tool("goose", GOOSE, "goose_db_version", "id, version_id, is_applied, tstamp", "id"),
    "golang-migrate": Tool("golang-migrate", MIGRATE, "schema_migrations", "version, dirty", "version"),
    "flyway": Tool("flyway", FLYWAY, "flyway_schema_history",
                   "installed_rank, version, description, type, script, checksum, installed_by, success", "installed_rank"),
}


def urls(server, tmp_path):
    if server is None:
        return [f"file:{tmp_path}/{name}.db" for name in ("theirs", "ours")]
    return [server.fresh_database(), server.fresh_database()]


def make(tmp_path, tool, server):
    folder = tmp_path / "p"
    for name, text in tool.files.items():
        if server is None and "view" in name:
            continue  # SQLite has no CREATE OR REPLACE VIEW
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return folder


def left_behind(server, url, tool):
    """The table's form and its rows, as text."""
    return books.form(server, url, tool.table).strip() + "\n---\n" + tool.rows(server, url).strip() + "\n"


def compare_with_record(text, tool, url):
    kind = {"p": "postgres", "m": "mysql", "f": "sqlite"}[url[0]]
    path = RECORDS / f"{tool.name}-{kind}.txt"
    if "INCHWORM_RECORD" in os.environ:
        RECORDS.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert text == path.read_text(), f"expected {path.read_text()}\nfound {text}"


def recorded(inchworm, server, tmp_path):
    for tool in TOOLS.values():
        folder = make(tmp_path / tool.name, tool, server)
        url = urls(server, tmp_path / tool.name)[1]
        books.inchworm(inchworm, folder, url, "up")
        compare_with_record(left_behind(server, url, tool), tool, url)


def test_what_is_left_is_what_the_tools_left_on_postgres(inchworm, postgres15, tmp_path):
    recorded(inchworm, postgres15, tmp_path)


def test_what_is_left_is_what_the_tools_left_on_mysql(inchworm, mariadb, tmp_path):
    recorded(inchworm, mariadb, tmp_path)


def test_what_is_left_is_what_the_tools_left_on_sqlite(inchworm, tmp_path):
    recorded(inchworm, None, tmp_path)


def both_ways(inchworm, server, tmp_path, tool):
    tool = TOOLS[tool]
    folder = make(tmp_path, tool, server)
    theirs, ours = urls(server, tmp_path)
    tool.run(folder, theirs, "up")
    compare_with_record(left_behind(server, theirs, tool), tool, theirs)
    books.inchworm(inchworm, folder, ours, "up")
    texts = [left_behind(server, url, tool) for url in (theirs, ours)]
    assert texts[0] == texts[1], "\n".join(texts)
    assert set(books.states(inchworm, folder, theirs).values()) == {"applied"}
    tool.run(folder, ours, "up")  # would fail: the tables are there
    assert left_behind(server, ours, tool) == texts[0]
    if tool.name != "flyway":
        back_and_forth(inchworm, server, tool, folder, theirs, ours)
    return folder, theirs, ours


def back_and_forth(inchworm, server, tool, folder, theirs, ours):
    """One step back with either, then up with the other."""
    tool.run(folder, theirs, "down")
    books.inchworm(inchworm, folder, ours, "down", "--lossy")
    assert tool.rows(server, theirs) == tool.rows(server, ours)
    assert list(books.states(inchworm, folder, theirs).values()) == ["applied", "pending"]
    books.inchworm(inchworm, folder, theirs, "up")
    tool.run(folder, ours, "up")
    assert set(books.states(inchworm, folder, ours).values()) == {"applied"}


def test_dbmate_on_postgres(inchworm, postgres15, tmp_path):
    both_ways(inchworm, postgres15, tmp_path, "dbmate")


def test_dbmate_on_mysql(inchworm, mariadb, tmp_path):
    both_ways(inchworm, mariadb, tmp_path, "dbmate")


def test_dbmate_on_sqlite(inchworm, tmp_path):
    both_ways(inchworm, None, tmp_path, "dbmate")


def test_goose_on_postgres(inchworm, postgres15, tmp_path):
    both_ways(inchworm, postgres15, tmp_path, "goose")


def test_goose_on_mysql(inchworm, mariadb, tmp_path):
    both_ways(inchworm, mariadb, tmp_path, "goose")


def test_goose_on_sqlite(inchworm, tmp_path):
    both_ways(inchworm, None, tmp_path, "goose")


def test_golang_migrate_on_postgres(inchworm, postgres15, tmp_path):
    both_ways(inchworm, postgres15, tmp_path, "golang-migrate")


def test_golang_migrate_on_mysql(inchworm, mariadb, tmp_path):
    both_ways(inchworm, mariadb, tmp_path, "golang-migrate")


def test_golang_migrate_on_sqlite(inchworm, tmp_path):
    both_ways(inchworm, None, tmp_path, "golang-migrate")


def test_flyway_on_postgres(inchworm, postgres15, tmp_path):
    folder, theirs, ours = both_ways(inchworm, postgres15, tmp_path, "flyway")
    TOOLS["flyway"].run(folder, ours, "validate")
    (folder / "sql/R__the_view.sql").write_text("CREATE OR REPLACE VIEW v AS SELECT 2 AS x;\n")
    assert TOOLS["flyway"].run(folder, ours, "pending").strip() == "1"
    assert books.states(inchworm, folder, ours)["R__the_view"] == "pending"
    books.inchworm(inchworm, folder, ours, "up")
    assert TOOLS["flyway"].run(folder, ours, "pending").strip() == "0"
    (folder / "sql/V1_2__b.sql").write_text("CREATE TABLE b (i bigint);")
    done = subprocess.run([inchworm, "status", "--json"], cwd=folder, env={**os.environ, "DATABASE_URL": ours},
                          capture_output=True, text=True)
    assert '"edited": true' in done.stdout


def test_flyway_on_mysql(inchworm, mariadb, tmp_path):
    folder, _, ours = both_ways(inchworm, mariadb, tmp_path, "flyway")
    TOOLS["flyway"].run(folder, ours, "validate")


def test_flyway_on_sqlite(inchworm, tmp_path):
    folder, _, ours = both_ways(inchworm, None, tmp_path, "flyway")
    TOOLS["flyway"].run(folder, ours, "validate")


def test_a_dirty_version_is_a_failed_migration(inchworm, postgres15, tmp_path):
    folder = books.write(tmp_path / "p", {**MIGRATE, "migrations/000030_bad.up.sql": "SELECT nothing_there;\n"})
    url = postgres15.fresh_database()
    done = subprocess.run([books.go_tool("migrate"), "-path", "migrations", "-database", address(url, "migrate"), "up"], cwd=folder,
                          capture_output=True, text=True)
    assert done.returncode != 0
    assert books.states(inchworm, folder, url) == {"000001_a": "applied", "000020_b": "applied", "000030_bad": "failed"}
    books.inchworm(inchworm, folder, url, "resolve", "--rolled-back", "000030_bad")
    assert TOOLS["golang-migrate"].rows(postgres15, url).split() == ["20", "f"]
    (folder / "migrations/000030_bad.up.sql").write_text("SELECT 1;\n")
    TOOLS["golang-migrate"].run(folder, url, "up")
    assert set(books.states(inchworm, folder, url).values()) == {"applied"}


OWN = {
    "migrations/001_a.sql": "-- inchworm:up\nCREATE TABLE a (i int);\n-- inchworm:down\nDROP TABLE a;\n",
    "migrations/002_b.sql": "-- inchworm:up\nCREATE TABLE b (i int);\n",
}


def own_round(inchworm, server, tmp_path):
    folder = books.write(tmp_path / "p", OWN)
    url = urls(server, tmp_path)[1]
    books.inchworm(inchworm, folder, url, "up")
    text = books.rows(server, url, "inchworm_migrations", "name, checksum", "name")
    assert [line.split()[0] for line in text.splitlines()] == ["001_a", "002_b"]
    digest = hashlib.sha256(OWN["migrations/001_a.sql"].encode()).hexdigest()
    assert digest in text
    books.inchworm(inchworm, folder, url, "down", "zero", "--lossy")
    assert set(books.states(inchworm, folder, url).values()) == {"pending"}
    books.inchworm(inchworm, folder, url, "up")
    assert set(books.states(inchworm, folder, url).values()) == {"applied"}


def test_our_own_table_on_postgres(inchworm, postgres15, tmp_path):
    own_round(inchworm, postgres15, tmp_path)


def test_our_own_table_on_mysql(inchworm, mariadb, tmp_path):
    own_round(inchworm, mariadb, tmp_path)


def test_our_own_table_on_sqlite(inchworm, tmp_path):
    own_round(inchworm, None, tmp_path)
