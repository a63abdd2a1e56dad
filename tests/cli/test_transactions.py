"""What a migration says about its own transaction holds: modes of BEGIN, SET TRANSACTION."""

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
