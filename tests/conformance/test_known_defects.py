"""What Prisma and drizzle-kit are known to do wrong, and Inchworm does right. Each test names the defect it is about."""

import hashlib
import json
import pathlib
import shutil
import sqlite3
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import project

HISTORY, STATEMENT = 6, 7
FIRST, SECOND, THIRD = "20240101000000_first", "20240102000000_second", "20240103000000_third"


def states(inchworm, folder, url):
    """{migration: its state, with "out of order" added}"""
    result = {}
    for one in project.status(inchworm, folder, url)["migrations"]:
        words = [one["state"]] + ["out of order"] * one["outOfOrder"]
        result[one["name"]] = ", ".join(words)
    return result


def succeed(inchworm, folder, url, *arguments):
    result = project.run(inchworm, folder, url, *arguments)
    assert result.returncode == 0, (arguments, result.returncode, result.stdout, result.stderr)
    return result.stdout + result.stderr


def fail(status, inchworm, folder, url, *arguments):
    result = project.run(inchworm, folder, url, *arguments)
    assert result.returncode == status, (arguments, result.returncode, result.stdout, result.stderr)
    return result.stdout + result.stderr


def sqlite_rows(path, sql):
    with sqlite3.connect(path) as connection:
        return connection.execute(sql).fetchall()


BREAK = "--> statement-breakpoint\n"


def make(kind, folder, dialect, migrations):
    """The same migrations as a project of Prisma or of Drizzle, which wants a breakpoint between statements."""
    if kind == "prisma":
        return project.prisma(folder, dialect, {name: sql.replace(BREAK, "\n") for name, sql in migrations.items()})
    return project.drizzle(folder, dialect, [(name, 1000 * n, sql) for n, (name, sql) in enumerate(migrations.items(), 1)])


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


# ---------------------------------------------------------------- Drizzle: the watermark


def test_an_older_drizzle_migration_that_was_merged_late_is_applied(inchworm, postgres15, tmp_path):
    """drizzle#5316, #5769: whatever is older than the newest row is skipped, "applied successfully"."""
    mine = [("0000_first", 1000, "CREATE TABLE a (b int);"), ("0002_mine", 3000, "CREATE TABLE mine (b int);")]
    folder = project.drizzle(tmp_path, "postgres", mine)
    url = postgres15.fresh_database()
    succeed(inchworm, folder, url, "up")
    project.drizzle(tmp_path, "postgres", [mine[0], ("0001_theirs", 2000, "CREATE TABLE theirs (b int);"), mine[1]])
    fail(1, inchworm, folder, url, "status")
    assert states(inchworm, folder, url)["0001_theirs"] == "pending, out of order"
    succeed(inchworm, folder, url, "up")
    assert postgres15.sql("SELECT to_regclass('theirs')", url).strip() == "theirs"
    assert postgres15.sql("SELECT created_at FROM drizzle.__drizzle_migrations ORDER BY id", url).split() == [
        "1000", "3000", "2000"]
    succeed(inchworm, folder, url, "status")


def test_a_journal_whose_times_run_backwards_is_applied_whole_and_in_its_order(inchworm, tmp_path):
    """Found in Cap and kan: an entry with a `when` before its predecessor's never runs on a database in use."""
    entries = [("0000_first", 3000, "CREATE TABLE a (b int);"), ("0001_second", 1000, "ALTER TABLE a ADD c int;")]
    folder = project.drizzle(tmp_path, "sqlite", entries)
    url = f"file:{tmp_path}/t.db"
    said = succeed(inchworm, folder, url, "up", "0000_first")
    fail(1, inchworm, folder, url, "status")
    said = succeed(inchworm, folder, url, "up")
    assert [row[1] for row in sqlite_rows(tmp_path / "t.db", "PRAGMA table_info(a)")] == ["b", "c"], said
    assert sqlite_rows(tmp_path / "t.db", "SELECT hash, created_at FROM __drizzle_migrations ORDER BY rowid") == [
        (digest(entries[0][2]), 3000), (digest(entries[1][2]), 1000)]


def test_a_journal_whose_times_run_backwards_is_said_before_anything_runs(inchworm, tmp_path):
    entries = [("0000_first", 3000, "CREATE TABLE a (b int);"), ("0001_second", 1000, "CREATE TABLE c (d int);")]
    folder = project.drizzle(tmp_path, "sqlite", entries)
    result = project.run(inchworm, folder, "", "lint")
    assert "0001_second" in result.stdout + result.stderr and "skip" in result.stdout + result.stderr, result


def test_a_missing_file_of_a_drizzle_journal_is_named(inchworm, tmp_path):
    """drizzle-kit 0.31 ends with status 1 and no word."""
    folder = project.drizzle(tmp_path, "sqlite", [("0000_first", 1000, "CREATE TABLE a (b int);"), ("0001_gone", 2000, None)])
    result = project.run(inchworm, folder, f"file:{tmp_path}/t.db", "up")
    assert result.returncode in (3, 4, 6), (result.returncode, result.stdout, result.stderr)
    assert "0001_gone" in result.stderr and "_journal.json" in result.stderr, result.stderr
    assert sqlite_rows(tmp_path / "t.db", "SELECT name FROM sqlite_master WHERE name = 'a'") == []


def test_a_file_that_no_drizzle_journal_entry_names_is_said(inchworm, tmp_path):
    """Found in sim, dokploy, unkey, Cap and midday: the file never runs."""
    folder = project.drizzle(tmp_path, "sqlite", [("0000_first", 1000, "CREATE TABLE a (b int);")])
    (tmp_path / "drizzle/0001_orphan.sql").write_text("CREATE TABLE orphan (b int);")
    result = project.run(inchworm, folder, "", "lint")
    assert "0001_orphan.sql" in result.stdout + result.stderr, result


def test_a_failing_drizzle_migration_says_what_and_where(inchworm, postgres15, tmp_path):
    """drizzle#5816, #5521, #6215: drizzle-kit prints nothing and ends with status 1."""
    folder = project.drizzle(tmp_path, "postgres", [
        ("0000_first", 1000, "CREATE TABLE a (b int);--> statement-breakpoint\nALTER TABLE nope ADD c int;")])
    url = postgres15.fresh_database()
    said = fail(STATEMENT, inchworm, folder, url, "up")
    assert 'relation "nope" does not exist' in said and "drizzle/0000_first.sql:2:" in said and "^" in said, said
    assert postgres15.sql("SELECT to_regclass('a') IS NULL", url).strip() == "t"


def test_the_file_that_drizzle_pull_writes_is_a_baseline_that_never_runs(inchworm, postgres15, tmp_path):
    """Drizzle's own migrator splits inside the comment and fails: unterminated /* comment."""
    text = ("-- Current sql file was generated after introspecting the database\n"
            "-- If you want to run this migration please uncomment this code before executing migrations\n"
            "/*\nCREATE TABLE \"a\" (\n\t\"b\" integer\n);\n--> statement-breakpoint\n"
            "CREATE INDEX \"i\" ON \"a\" USING btree (\"b\");\n*/")
    folder = project.drizzle(tmp_path, "postgres", [
        ("0000_pulled", 1000, text), ("0001_next", 2000, 'ALTER TABLE "a" ADD COLUMN "c" integer;')])
    url = postgres15.fresh_database()
    postgres15.sql('CREATE TABLE a (b int)', url)
    result = project.run(inchworm, folder, "", "lint")
    assert result.returncode in (0, 1), (result.stdout, result.stderr)
    succeed(inchworm, folder, url, "up")
    assert postgres15.sql("SELECT count(*) FROM pg_indexes WHERE tablename = 'a'", url).strip() == "0"
    assert postgres15.sql("SELECT count(*) FROM pg_attribute WHERE attrelid = 'a'::regclass AND attnum > 0", url).strip() == "2"
    succeed(inchworm, folder, url, "status")


def test_two_drizzle_runs_at_once_apply_everything_once(inchworm, postgres15, mariadb, tmp_path):
    """drizzle#874: no lock at all."""
    for dialect, server in (("postgres", postgres15), ("mysql", mariadb), ("sqlite", None)):
        folder = project.drizzle(tmp_path / dialect, dialect, [
            (f"000{number}_m", 1000 + number,
             f"CREATE TABLE t{number} (a int);--> statement-breakpoint\nINSERT INTO t{number} VALUES (1);")
            for number in range(4)])
        url = server.fresh_database() if server else f"file:{tmp_path}/two.db"
        processes = [project.start(inchworm, folder, url, "up") for _ in range(3)]
        results = [(process.communicate(timeout=120), process.returncode) for process in processes]
        assert all(code == 0 for _, code in results), results
        assert sum("4 migrations applied" in out for (out, _), _ in results) == 1, results
        succeed(inchworm, folder, url, "status")


# ---------------------------------------------------------------- edited, ahead, rolled back


def test_an_edited_file_is_reported_refused_and_can_be_accepted(inchworm, tmp_path):
    """Prisma's deploy and status do not look (prisma#12666 wishes for a repair); Drizzle never looks."""
    for kind in ("prisma", "drizzle"):
        base = tmp_path / kind
        url = f"file:{base}/t.db"

        folder = make(kind, base, "sqlite", {FIRST: "CREATE TABLE a (b int);"})
        succeed(inchworm, folder, url, "up")
        make(kind, base, "sqlite", {FIRST: "CREATE TABLE a (b int); -- edited", SECOND: "CREATE TABLE c (d int);"})
        said = fail(1, inchworm, folder, url, "status")
        assert states(inchworm, folder, url) == {FIRST: "edited", SECOND: "pending"}, said
        said = fail(HISTORY, inchworm, folder, url, "up")
        assert FIRST in said and "resolve --repair" in said, said
        assert sqlite_rows(base / "t.db", "SELECT * FROM sqlite_master WHERE name = 'c'") == []
        succeed(inchworm, folder, url, "resolve", "--repair", FIRST)
        succeed(inchworm, folder, url, "up")
        succeed(inchworm, folder, url, "status")


def test_a_database_ahead_of_the_folder_is_reported(inchworm, tmp_path):
    """Prisma's status: "Database schema is up to date!"."""
    for kind in ("prisma", "drizzle"):
        base = tmp_path / kind
        url = f"file:{base}/t.db"
        folder = make(kind, base, "sqlite", {FIRST: "CREATE TABLE a (b int);", SECOND: "CREATE TABLE c (d int);"})
        succeed(inchworm, folder, url, "up")
        shutil.rmtree(base / kind)
        make(kind, base, "sqlite", {FIRST: "CREATE TABLE a (b int);"})
        said = fail(1, inchworm, folder, url, "status")
        assert "missing" in said or "without a file" in said, said
        found = project.status(inchworm, folder, url)
        assert not found["upToDate"] and len(found["migrations"]) == 2, found


def test_a_rolled_back_prisma_migration_is_pending_again(inchworm, postgres15, tmp_path):
    """Prisma's status: "Database schema is up to date!" while deploy would run it."""
    folder = project.prisma(tmp_path, "postgres", {FIRST: "CREATE TABLE a (b int);"})
    url = postgres15.fresh_database()
    succeed(inchworm, folder, url, "up")
    postgres15.sql("UPDATE _prisma_migrations SET rolled_back_at = now(); DROP TABLE a", url)
    fail(1, inchworm, folder, url, "status")
    assert states(inchworm, folder, url)[FIRST] in ("pending", "rolled back")
    succeed(inchworm, folder, url, "up")
    assert postgres15.sql("SELECT to_regclass('a')", url).strip() == "a"
    succeed(inchworm, folder, url, "status")


def test_a_prisma_file_checked_out_with_crlf_is_not_edited(inchworm, tmp_path):
    folder = project.prisma(tmp_path, "sqlite", {FIRST: "CREATE TABLE a (\n  b int\n);\n"})
    url = f"file:{tmp_path}/t.db"
    succeed(inchworm, folder, url, "up")
    path = tmp_path / f"prisma/migrations/{FIRST}/migration.sql"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    succeed(inchworm, folder, url, "status")
    assert states(inchworm, folder, url) == {FIRST: "applied"}


# ---------------------------------------------------------------- Prisma: failed and foreign databases


def test_a_database_in_use_is_not_touched_until_it_is_baselined(inchworm, postgres15, tmp_path):
    """Prisma's P3005 flow."""
    folder = project.prisma(tmp_path, "postgres", {FIRST: "CREATE TABLE a (b int);", SECOND: "ALTER TABLE a ADD c int;"})
    url = postgres15.fresh_database()
    postgres15.sql("CREATE TABLE a (b int)", url)
    said = fail(HISTORY, inchworm, folder, url, "up")
    assert "resolve --applied" in said, said
    assert postgres15.sql("SELECT to_regclass('_prisma_migrations') IS NULL", url).strip() == "t"
    succeed(inchworm, folder, url, "resolve", "--applied", FIRST)
    assert states(inchworm, folder, url) == {FIRST: "applied", SECOND: "pending"}
    succeed(inchworm, folder, url, "up")
    succeed(inchworm, folder, url, "status")
    steps = postgres15.sql("SELECT applied_steps_count FROM _prisma_migrations ORDER BY migration_name", url).split()
    assert steps == ["0", "1"], steps


def test_a_migration_that_prisma_failed_blocks_until_it_is_resolved(inchworm, postgres15, tmp_path):
    """P3009; and afterwards no false "modified after it was applied" (prisma#15328, #16927)."""
    folder = project.prisma(tmp_path, "postgres", {FIRST: "CREATE TABLE a (b int);\nALTER TABLE a ADD nope nope;\n"})
    url = postgres15.fresh_database()
    succeed(inchworm, project.prisma(tmp_path / "empty", "postgres", {"20230101000000_x": "SELECT 1;"}), url, "up")
    postgres15.sql("DELETE FROM _prisma_migrations", url)
    postgres15.sql("INSERT INTO _prisma_migrations (id, checksum, migration_name, logs) VALUES "
                   f"('1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed', '{'0' * 64}', '{FIRST}', 'ERROR: type \"nope\"')", url)
    fail(1, inchworm, folder, url, "status")
    assert states(inchworm, folder, url) == {FIRST: "failed"}
    said = fail(HISTORY, inchworm, folder, url, "up")
    assert FIRST in said and "resolve --rolled-back" in said and "resolve --applied" in said, said
    succeed(inchworm, folder, url, "resolve", "--rolled-back", FIRST)
    project.prisma(tmp_path, "postgres", {FIRST: "CREATE TABLE a (b int);\nALTER TABLE a ADD nope int;\n"})
    succeed(inchworm, folder, url, "up")
    succeed(inchworm, folder, url, "status")
    assert states(inchworm, folder, url) == {FIRST: "applied"}
    rows = postgres15.sql("SELECT migration_name, finished_at IS NOT NULL, rolled_back_at IS NOT NULL FROM _prisma_migrations "
                          "ORDER BY started_at", url).split()
    assert len(rows) >= 2, rows


def test_a_failed_migration_that_was_finished_by_hand_counts_as_applied(inchworm, postgres15, tmp_path):
    folder = project.prisma(tmp_path, "postgres", {FIRST: "CREATE TABLE a (b int);"})
    url = postgres15.fresh_database()
    succeed(inchworm, folder, url, "resolve", "--applied", FIRST)
    postgres15.sql("UPDATE _prisma_migrations SET finished_at = NULL, logs = 'no'", url)
    fail(HISTORY, inchworm, folder, url, "up")
    succeed(inchworm, folder, url, "resolve", "--applied", FIRST)
    succeed(inchworm, folder, url, "status")
    assert postgres15.sql("SELECT count(*) FROM _prisma_migrations WHERE rolled_back_at IS NULL", url).strip() == "1"


# ---------------------------------------------------------------- SQLite rebuilds

DRIZZLE_REBUILD = (
    "PRAGMA foreign_keys=OFF;" + BREAK +
    "CREATE TABLE `__new_parent` (\n\t`id` integer PRIMARY KEY NOT NULL,\n\t`name` text NOT NULL\n);\n" + BREAK +
    'INSERT INTO `__new_parent`("id", "name") SELECT "id", "name" FROM `parent`;' + BREAK +
    "DROP TABLE `parent`;" + BREAK +
    "ALTER TABLE `__new_parent` RENAME TO `parent`;" + BREAK)
FOREIGN_KEYS_ON = "PRAGMA foreign_keys=ON;"
PRISMA_REBUILD = (
    "-- RedefineTables\nPRAGMA defer_foreign_keys=ON;\nPRAGMA foreign_keys=OFF;\n"
    'CREATE TABLE "new_parent" (\n    "id" INTEGER NOT NULL PRIMARY KEY,\n    "name" TEXT NOT NULL\n);\n'
    'INSERT INTO "new_parent" ("id", "name") SELECT "id", "name" FROM "parent";\n'
    'DROP TABLE "parent";\nALTER TABLE "new_parent" RENAME TO "parent";\n'
    "PRAGMA foreign_keys=ON;\nPRAGMA defer_foreign_keys=OFF;\n")
FAMILY = BREAK.join([
    "CREATE TABLE parent (id integer PRIMARY KEY NOT NULL, name text);",
    "CREATE TABLE child (id integer PRIMARY KEY NOT NULL, p integer REFERENCES parent(id) ON DELETE CASCADE);",
    "INSERT INTO parent VALUES (1, 'x');",
    "INSERT INTO child VALUES (7, 1);"])


def test_a_sqlite_rebuild_keeps_the_rows_of_other_tables(inchworm, tmp_path):
    """drizzle#5782, #4938, #3065: PRAGMA foreign_keys is void inside the migrator's transaction, DROP TABLE cascades."""
    for kind, rebuild in (("prisma", PRISMA_REBUILD), ("drizzle", DRIZZLE_REBUILD + FOREIGN_KEYS_ON)):
        path = tmp_path / kind / "t.db"
        folder = make(kind, tmp_path / kind, "sqlite", {FIRST: FAMILY, SECOND: rebuild})
        succeed(inchworm, folder, f"file:{path}", "up")
        assert sqlite_rows(path, "SELECT * FROM child") == [(7, 1)], kind
        assert sqlite_rows(path, "SELECT * FROM parent") == [(1, "x")], kind
        assert sqlite_rows(path, "SELECT \"notnull\" FROM pragma_table_info('parent') WHERE name = 'name'") == [(1,)]
        assert sqlite_rows(path, "PRAGMA foreign_key_check") == []


def test_the_second_rebuild_of_a_drizzle_file_keeps_the_rows_of_other_tables(inchworm, tmp_path):
    """drizzle-kit writes PRAGMA foreign_keys=ON after the first table, and nothing around the second."""
    other = DRIZZLE_REBUILD.replace("parent", "other") + FOREIGN_KEYS_ON + BREAK
    folder = project.drizzle(tmp_path, "sqlite", [
        (FIRST, 1000, "CREATE TABLE other (id integer PRIMARY KEY NOT NULL, name text);" + BREAK + FAMILY),
        (SECOND, 2000, other + DRIZZLE_REBUILD.split(BREAK, 1)[1])])
    succeed(inchworm, folder, f"file:{tmp_path}/t.db", "up")
    assert sqlite_rows(tmp_path / "t.db", "SELECT * FROM child") == [(7, 1)]


def test_a_copy_of_a_column_that_does_not_exist_is_found(inchworm, tmp_path):
    """SQLite takes the unknown "newreq" for a string, and fills the column with it."""
    rebuild = DRIZZLE_REBUILD.replace("`name` text NOT NULL", "`newreq` text NOT NULL").replace('"name"', '"newreq"')
    folder = project.drizzle(tmp_path, "sqlite", [
        (FIRST, 1000, "CREATE TABLE `parent` (`id` integer PRIMARY KEY NOT NULL);"), (SECOND, 2000, rebuild)])
    result = project.run(inchworm, folder, "", "lint", "--json")
    found = [one for one in json.loads(result.stdout)["findings"] if one["rule"] == "sqlite-copy-missing-column"]
    assert result.returncode == 1 and len(found) == 1, result.stdout + result.stderr
    assert "newreq" in found[0]["message"] and found[0]["place"]["line"] == 7, found


# ---------------------------------------------------------------- PostgreSQL: what cannot be in a transaction

CONCURRENT = BREAK.join([
    "CREATE TABLE IF NOT EXISTS z (y int);", "CREATE INDEX CONCURRENTLY i ON a (b);", "ALTER TABLE a ADD c int;"])


def test_a_concurrent_index_among_other_statements_is_built(inchworm, postgres15, tmp_path):
    """prisma#14456, #22922; drizzle#860: 25001, cannot run inside a transaction block."""
    for kind in ("prisma", "drizzle"):
        url = postgres15.fresh_database()
        folder = make(kind, tmp_path / kind, "postgres", {FIRST: "CREATE TABLE a (b int);", SECOND: CONCURRENT})
        succeed(inchworm, folder, url, "up")
        assert postgres15.sql("SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass", url).strip() == "t"
        assert postgres15.sql("SELECT c FROM a", url).strip() == ""
        succeed(inchworm, folder, url, "status")


def test_an_invalid_index_that_a_failed_run_left_is_built_again(inchworm, postgres15, tmp_path):
    folder = project.prisma(tmp_path, "postgres", {
        FIRST: "CREATE TABLE a (b int);\nINSERT INTO a VALUES (1), (1);",
        SECOND: "CREATE TABLE c (d int);\nCREATE UNIQUE INDEX CONCURRENTLY i ON a (b);\nCREATE TABLE e (f int);"})
    url = postgres15.fresh_database()
    said = fail(STATEMENT, inchworm, folder, url, "up")
    assert "could not create unique index" in said, said
    postgres15.sql("DELETE FROM a WHERE ctid = (SELECT min(ctid) FROM a)", url)
    succeed(inchworm, folder, url, "up")
    assert postgres15.sql("SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass", url).strip() == "t"
    assert postgres15.sql("SELECT to_regclass('e')", url).strip() == "e"
    succeed(inchworm, folder, url, "status")


def test_a_new_enum_value_can_be_used_by_the_next_pending_migration(inchworm, postgres15, tmp_path):
    """55P04 in drizzle-kit, which runs all that is pending in one transaction; prisma#8424."""
    parts = ["CREATE TYPE role AS ENUM ('user');", "ALTER TYPE role ADD VALUE 'admin';",
             "CREATE TABLE a (r role DEFAULT 'admin');\nINSERT INTO a DEFAULT VALUES;"]
    for kind in ("prisma", "drizzle"):
        url = postgres15.fresh_database()
        folder = make(kind, tmp_path / kind, "postgres", dict(zip((FIRST, SECOND, THIRD), parts)))
        succeed(inchworm, folder, url, "up")
        assert postgres15.sql("SELECT r FROM a", url).strip() == "admin"


def test_a_new_enum_value_can_be_used_in_the_same_file(inchworm, postgres15, tmp_path):
    """prisma#8424: 55P04, unsafe use of new value."""
    folder = project.prisma(tmp_path, "postgres", {
        FIRST: "CREATE TYPE role AS ENUM ('user');\nCREATE TABLE a (r role);",
        SECOND: "ALTER TYPE role ADD VALUE 'admin';\nALTER TABLE a ALTER r SET DEFAULT 'admin';"})
    url = postgres15.fresh_database()
    succeed(inchworm, folder, url, "up")
    assert "admin" in postgres15.sql("SELECT column_default FROM information_schema.columns WHERE table_name = 'a'", url)


def test_a_dump_that_empties_the_search_path_can_be_the_first_migration(inchworm, postgres15, tmp_path):
    """Prisma then fails to find _prisma_migrations."""
    dump = ("SET statement_timeout = 0;\nSET lock_timeout = 0;\nSET client_encoding = 'UTF8';\n"
            "SELECT pg_catalog.set_config('search_path', '', false);\nSET check_function_bodies = false;\n"
            "CREATE TABLE public.a (b integer);\n")
    folder = project.prisma(tmp_path, "postgres", {FIRST: dump, SECOND: "ALTER TABLE a ADD c int;"})
    url = postgres15.fresh_database()
    succeed(inchworm, folder, url, "up")
    succeed(inchworm, folder, url, "status")
    assert postgres15.sql("SELECT migration_name FROM public._prisma_migrations ORDER BY 1", url).split() == [FIRST, SECOND]


# ---------------------------------------------------------------- MySQL: no transaction around DDL


def test_a_migration_that_failed_in_the_middle_on_mysql_goes_on_there(inchworm, mariadb, tmp_path):
    """Prisma wants a decision, Drizzle runs the first statement again: already exists."""
    for kind in ("prisma", "drizzle"):
        url = mariadb.fresh_database()
        sql = BREAK.join(["CREATE TABLE a (b int);", "ALTER TABLE later ADD c int;", "CREATE TABLE d (e int);"])
        folder = make(kind, tmp_path / kind, "mysql", {FIRST: sql})
        said = fail(STATEMENT, inchworm, folder, url, "up")
        assert "later" in said and ".sql:2:" in said, said
        fail(1, inchworm, folder, url, "status")
        mariadb.sql("CREATE TABLE later (x int)", url)
        succeed(inchworm, folder, url, "up")
        assert set(mariadb.sql("SHOW TABLES", url).split()) >= {"a", "d", "later"}
        succeed(inchworm, folder, url, "status")
