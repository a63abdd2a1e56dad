"""What a migration says about its own transaction holds: modes of BEGIN, SET TRANSACTION."""

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import project

NOTE = "INSERT INTO seen SELECT current_setting('transaction_isolation'), current_setting('transaction_read_only');\n"
MIGRATIONS = {
    "20240101000000_table": "CREATE TABLE seen (isolation text, read_only text);\n",
    "20240102000000_set": "BEGIN;\nSET TRANSACTION ISOLATION LEVEL REPEATABLE READ;\n" + NOTE + "COMMIT;\n",
    "20240103000000_begin": "BEGIN ISOLATION LEVEL SERIALIZABLE, READ WRITE;\n" + NOTE + "COMMIT;\n",
    "20240104000000_two": "START TRANSACTION ISOLATION LEVEL REPEATABLE READ;\n" + NOTE + "COMMIT;\nBEGIN;\n" + NOTE + "COMMIT;\n",
    "20240105000000_savepoint": "SAVEPOINT a;\n" + NOTE + "ROLLBACK TO SAVEPOINT a;\n" + NOTE,
}
ISOLATION = "repeatable read\nserializable\nrepeatable read\nread committed\nread committed"


def test_the_isolation_level_that_a_migration_asks_for_is_what_it_gets(inchworm, postgres15, tmp_path):
    folder, url = project.prisma(tmp_path, "postgres", MIGRATIONS), postgres15.fresh_database()
    result = project.run(inchworm, folder, url, "up")
    assert result.returncode == 0, result.stderr
    assert postgres15.sql("SELECT isolation FROM seen", url) == ISOLATION
    assert project.run(inchworm, folder, url, "status").returncode == 0
    assert len(postgres15.sql(project.PRISMA_ROWS, url).splitlines()) == len(MIGRATIONS)


def drizzle(folder, migrations):
    (folder / "drizzle/meta").mkdir(parents=True)
    (folder / "drizzle.config.ts").write_text('export default { dialect: "postgresql", out: "./drizzle" };\n')
    entries = [{"idx": i, "version": "7", "when": 1700000000000 + i, "tag": tag, "breakpoints": True}
               for i, tag in enumerate(migrations)]
    (folder / "drizzle/meta/_journal.json").write_text(
        json.dumps({"version": "7", "dialect": "postgresql", "entries": entries}))
    for tag, statements in migrations.items():
        (folder / f"drizzle/{tag}.sql").write_text("--> statement-breakpoint\n".join(statements))
    return str(folder)


COMMITS = {
    "0000_table": ["CREATE TABLE t (id int, done boolean);", "INSERT INTO t SELECT generate_series(1, 5), false;"],
    "0001_fill": ["ALTER TABLE t ADD COLUMN note text;", "COMMIT;",
                  "CREATE PROCEDURE fill() LANGUAGE plpgsql AS $$ BEGIN UPDATE t SET done = true; COMMIT; END $$;",
                  "CALL fill();", "DROP PROCEDURE fill();", "CREATE INDEX CONCURRENTLY t_done ON t (done);"],
}


def test_after_a_commit_of_the_authors_statements_commit_by_themselves(inchworm, postgres15, tmp_path):
    folder, url = drizzle(tmp_path, COMMITS), postgres15.fresh_database()
    findings = json.loads(project.run(inchworm, folder, url, "lint", "--json").stdout)["findings"]
    assert "concurrently-in-transaction" not in [finding["rule"] for finding in findings]
    result = project.run(inchworm, folder, url, "up")
    assert result.returncode == 0, result.stderr
    assert postgres15.sql("SELECT count(*) FROM t WHERE done", url) == "5"
    assert project.run(inchworm, folder, url, "status").returncode == 0


HALF = {
    "20240101000000_a": "CREATE TABLE t (id INT PRIMARY KEY);\n",
    "20240102000000_b": "ALTER TABLE t MODIFY id BIGINT;\n",
    "20240103000000_c": "ALTER TABLE t MODIFY id BIGINT UNSIGNED;\nALTER TABLE t DROP COLUMN absent;\n",
}


def test_down_does_not_go_below_a_migration_that_is_half_done(inchworm, mariadb, tmp_path):
    folder, url = project.prisma(tmp_path, "mysql", HALF), mariadb.fresh_database()
    assert project.run(inchworm, folder, url, "up").returncode == 7
    before = project.catalogue(mariadb, url)
    result = project.run(inchworm, folder, url, "down", "--lossy")
    assert result.returncode == 6, result.stderr
    assert '"20240103000000_c" was begun and is not finished' in result.stderr
    assert "resolve --rolled-back 20240103000000_c" in result.stderr
    assert project.catalogue(mariadb, url) == before
    mariadb.sql("ALTER TABLE t MODIFY id BIGINT NOT NULL", url)
    assert project.run(inchworm, folder, url, "resolve", "--rolled-back", "20240103000000_c").returncode == 0
    result = project.run(inchworm, folder, url, "down", "--lossy")
    assert result.returncode == 0, result.stderr
    assert "undone" in result.stdout
