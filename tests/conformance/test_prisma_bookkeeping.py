"""_prisma_migrations: what Inchworm leaves is what Prisma 7.8 leaves, and each sees the other's work as its own."""

import os
import subprocess
import unittest

import books
import oracles
import project

MIGRATIONS = {
    "20240101000000_init": 'CREATE TABLE "A" ("id" INTEGER NOT NULL, CONSTRAINT "A_pkey" PRIMARY KEY ("id"));\n',
    "20240102000000_two": 'CREATE TABLE "B" ("x" TEXT);\n',
}
COLUMNS = "id, checksum, finished_at, migration_name, logs, rolled_back_at, started_at, applied_steps_count"
UP_TO_DATE = "Database schema is up to date!"


def make(tmp_path, name, dialect, migrations=MIGRATIONS):
    reason = oracles.why_not("prisma")
    if reason:
        raise unittest.SkipTest(reason)
    folder = tmp_path / name
    project.prisma(folder, dialect, migrations)
    schema = folder / "prisma/schema.prisma"
    schema.write_text("".join(line for line in schema.read_text().splitlines(True) if "url" not in line))
    oracles.prisma_config(folder)
    return folder


def deploy(folder, url):
    done = oracles.prisma(folder, url, "migrate", "deploy")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def status(folder, url):
    return oracles.prisma(folder, url, "migrate", "status").stdout


def compare(server, theirs, ours):
    assert books.form(server, theirs, "_prisma_migrations") == books.form(server, ours, "_prisma_migrations")
    rows = [books.rows(server, url, "_prisma_migrations", COLUMNS, "started_at") for url in (theirs, ours)]
    assert rows[0] == rows[1], "\n".join(rows)
    assert "<uuid>" in rows[0]


def both_ways(inchworm, server, folder, theirs, ours):
    deploy(folder, theirs)
    books.inchworm(inchworm, folder, ours, "up")
    compare(server, theirs, ours)
    assert UP_TO_DATE in status(folder, ours)
    assert "No pending migrations to apply." in deploy(folder, ours)
    assert set(books.states(inchworm, folder, theirs).values()) == {"applied"}
    assert set(books.states(inchworm, folder, ours).values()) == {"applied"}


def test_rows_and_table_are_prismas_on_postgres(inchworm, postgres15, tmp_path):
    folder = make(tmp_path, "p", "postgres")
    both_ways(inchworm, postgres15, folder, postgres15.fresh_database(), postgres15.fresh_database())


def test_rows_and_table_are_prismas_in_a_schema_of_their_own(inchworm, postgres15, tmp_path):
    folder = make(tmp_path, "p", "postgres")
    url = postgres15.fresh_database() + "?schema=app"
    books.inchworm(inchworm, folder, url, "up")
    plain = url.split("?")[0]
    assert postgres15.sql("SELECT count(*) FROM app._prisma_migrations", plain).strip() == "2"
    assert UP_TO_DATE in status(folder, url)


def test_rows_and_table_are_prismas_on_sqlite(inchworm, tmp_path):
    folder = make(tmp_path, "p", "sqlite")
    urls = [f"file:{tmp_path}/{name}.db" for name in ("theirs", "ours")]
    both_ways(inchworm, None, folder, *urls)


def test_the_table_on_mysql_is_what_prismas_source_says(inchworm, mariadb, tmp_path):
    folder = tmp_path / "p"
    project.prisma(folder, "mysql", {"20240101000000_init": "CREATE TABLE A (id INTEGER NOT NULL PRIMARY KEY);\n"})
    url, reference = mariadb.fresh_database(), mariadb.fresh_database()
    mariadb.sql("""CREATE TABLE _prisma_migrations (id VARCHAR(36) PRIMARY KEY NOT NULL, checksum VARCHAR(64) NOT NULL,
        finished_at DATETIME(3), migration_name VARCHAR(255) NOT NULL, logs TEXT, rolled_back_at DATETIME(3),
        started_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3), applied_steps_count INTEGER UNSIGNED NOT NULL DEFAULT 0
        ) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci""", reference)
    books.inchworm(inchworm, folder, url, "up")
    assert books.form(mariadb, url, "_prisma_migrations") == books.form(mariadb, reference, "_prisma_migrations")
    row = books.rows(mariadb, url, "_prisma_migrations", "migration_name, finished_at, logs, rolled_back_at, applied_steps_count",
                     "started_at")
    assert row.split() == ["20240101000000_init", "<time>", "NULL", "NULL", "1"], row
    assert set(books.states(inchworm, folder, url).values()) == {"applied"}


def test_what_inchworm_takes_back_prisma_runs_again(inchworm, postgres15, tmp_path):
    folder = make(tmp_path, "p", "postgres")
    url = postgres15.fresh_database()
    deploy(folder, url)
    books.inchworm(inchworm, folder, url, "down", "--lossy")
    assert "20240102000000_two" in status(folder, url)
    assert "20240102000000_two" in deploy(folder, url)
    assert UP_TO_DATE in status(folder, url)


def test_a_merged_older_migration_is_pending_for_both(inchworm, postgres15, tmp_path):
    folder = make(tmp_path, "p", "postgres")
    url = postgres15.fresh_database()
    deploy(folder, url)
    books.write(folder, {"prisma/migrations/20240101120000_merged/migration.sql": 'CREATE TABLE "C" ("x" TEXT);\n'})
    assert books.states(inchworm, folder, url)["20240101120000_merged"] == "pending"
    books.inchworm(inchworm, folder, url, "up")
    assert UP_TO_DATE in status(folder, url)


def test_an_edited_file_is_told_where_prismas_status_is_silent(inchworm, postgres15, tmp_path):
    folder = make(tmp_path, "p", "postgres")
    url = postgres15.fresh_database()
    deploy(folder, url)
    path = folder / "prisma/migrations/20240102000000_two/migration.sql"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert '"edited": true' not in books.inchworm(inchworm, folder, url, "status", "--json")
    path.write_text('CREATE TABLE "B" ("y" TEXT);\n')
    assert UP_TO_DATE in status(folder, url)
    done = subprocess.run([inchworm, "status", "--json"], cwd=folder, env={**os.environ, "DATABASE_URL": url},
                          capture_output=True, text=True)
    assert '"edited": true' in done.stdout and done.returncode != 0


def test_a_rolled_back_migration_is_pending_where_prismas_status_says_up_to_date(inchworm, postgres15, tmp_path):
    folder = make(tmp_path, "p", "postgres")
    url = postgres15.fresh_database()
    deploy(folder, url)
    postgres15.sql("UPDATE _prisma_migrations SET rolled_back_at = now() WHERE migration_name LIKE '%two'", url)
    postgres15.sql('DROP TABLE "B"', url)
    assert UP_TO_DATE in status(folder, url)
    assert books.states(inchworm, folder, url)["20240102000000_two"] in ("rolled back", "pending", "rolled-back")
    books.inchworm(inchworm, folder, url, "up")
    assert set(books.states(inchworm, folder, url).values()) == {"applied"}
    assert "No pending" in deploy(folder, url)


def test_failed_migrations_are_resolved_in_either_tool(inchworm, postgres15, tmp_path):
    folder = make(tmp_path, "p", "postgres", {**MIGRATIONS, "20240103000000_bad": "SELECT nothing_there;\n"})
    url = postgres15.fresh_database()
    assert oracles.prisma(folder, url, "migrate", "deploy").returncode == 1
    assert books.states(inchworm, folder, url)["20240103000000_bad"] == "failed"
    books.inchworm(inchworm, folder, url, "resolve", "--rolled-back", "20240103000000_bad")
    (folder / "prisma/migrations/20240103000000_bad/migration.sql").write_text("SELECT 1;\n")
    assert "20240103000000_bad" in deploy(folder, url)
    assert set(books.states(inchworm, folder, url).values()) == {"applied"}


def test_resolve_applied_writes_prismas_row(inchworm, postgres15, tmp_path):
    folder = make(tmp_path, "p", "postgres")
    theirs, ours = postgres15.fresh_database(), postgres15.fresh_database()
    for name in MIGRATIONS:
        assert oracles.prisma(folder, theirs, "migrate", "resolve", "--applied", name).returncode == 0
        books.inchworm(inchworm, folder, ours, "resolve", "--applied", name)
    compare(postgres15, theirs, ours)
    assert UP_TO_DATE in status(folder, ours)


def test_the_two_tools_exclude_each_other(inchworm, postgres15, tmp_path):
    folder = make(tmp_path, "p", "postgres")
    url = postgres15.fresh_database()
    holder = subprocess.Popen(["psql", "-qX", url, "-c", "SELECT pg_advisory_lock(72707369)", "-c", "SELECT pg_sleep(30)"],
                              stdout=subprocess.DEVNULL)
    try:
        waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
        while postgres15.sql(waiting, url).strip() == "0":
            pass
        done = subprocess.run([inchworm, "up", "--lock-budget", "1s"], cwd=folder, env={**os.environ, "DATABASE_URL": url},
                              capture_output=True, text=True, timeout=60)
        assert done.returncode == 9, done.stdout + done.stderr
        assert "the framework's own lock" in done.stderr
    finally:
        holder.kill()
        holder.wait()
