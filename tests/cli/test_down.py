"""What `down` undoes where the framework has no down files."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import project

TEMPORARY = {
    "postgres": "CREATE TEMP TABLE work AS SELECT id FROM kept;\nCREATE UNIQUE INDEX ON work (id);\n"
                "CREATE INDEX work_again ON work (id);\nDROP INDEX work_again;\n"
                "ALTER TABLE work ADD COLUMN n int;\nUPDATE work SET n = 1;\nCREATE TABLE made AS SELECT * FROM work;\n"
                "DROP TABLE work;\n",
    "mysql": "CREATE TEMPORARY TABLE work (id int);\nCREATE INDEX work_id ON work (id);\n"
             "ALTER TABLE work ADD COLUMN n int;\nINSERT INTO work SELECT id, 1 FROM kept;\n"
             "CREATE TABLE made (id int);\nDROP TEMPORARY TABLE work;\n",
    "sqlite": "CREATE TEMP TABLE work (id int);\nCREATE INDEX temp.work_id ON work (id);\n"
              "ALTER TABLE work ADD COLUMN n int;\nINSERT INTO work SELECT id, 1 FROM kept;\n"
              "CREATE TABLE made (id int);\nDROP TABLE work;\n",
}


def check_temporary(inchworm, server, folder, dialect, url):
    project.prisma(folder, dialect, {"20240101000000_a": "CREATE TABLE kept (id int);\n"})
    assert project.run(inchworm, folder, url, "up").returncode == 0
    before = project.catalogue(server, url)
    project.prisma(folder, dialect, {"20240102000000_b": TEMPORARY[dialect]})
    result = project.run(inchworm, folder, url, "up")
    assert result.returncode == 0, result.stderr
    result = project.run(inchworm, folder, url, "plan", "--down", "--sql")
    assert "work" not in result.stdout and "DROP TABLE" in result.stdout, result.stdout
    result = project.run(inchworm, folder, url, "down", "--lossy")
    assert result.returncode == 0, result.stderr
    assert project.catalogue(server, url) == before


def test_temporary_tables_of_a_migration_need_no_undoing_on_postgres(inchworm, postgres15, tmp_path):
    check_temporary(inchworm, postgres15, str(tmp_path), "postgres", postgres15.fresh_database())


def test_temporary_tables_of_a_migration_need_no_undoing_on_mariadb(inchworm, mariadb, tmp_path):
    check_temporary(inchworm, mariadb, str(tmp_path), "mysql", mariadb.fresh_database())


def test_temporary_tables_of_a_migration_need_no_undoing_on_sqlite(inchworm, tmp_path):
    check_temporary(inchworm, None, str(tmp_path), "sqlite", f"file:{tmp_path}/app.db")
