"""Plans in phases from the outside: refusals, batches on every engine, what is open beside what is new."""

import json
import pathlib
import sqlite3
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import django_project
import project

SETUP, CHANGE, MORE = "20240101000000_setup", "20240102000000_change", "20240103000000_more"
BIG = ("--tiny-rows", "1")


def run(inchworm, folder, url, *arguments):
    result = project.run(inchworm, folder, url, *arguments)
    assert result.returncode == 0, f"{arguments}\n{result.stdout}{result.stderr}"
    return result.stdout


def begin(inchworm, folder, dialect, url, setup, change):
    project.prisma(folder, dialect, {SETUP: setup})
    run(inchworm, folder, url, "up")
    project.prisma(folder, dialect, {CHANGE: change})


MARIADB_TABLE = """CREATE TABLE t (a varchar(20) NOT NULL, b varbinary(8) NOT NULL, c bigint NOT NULL, v varchar(50), n int, PRIMARY KEY (a, b, c));
INSERT INTO t (a, b, c, n) SELECT concat('it''s ', seq % 7), unhex(lpad(hex(seq % 5), 4, '0')), seq, seq FROM seq_1_to_3000;
ANALYZE TABLE t;
"""


def test_mariadb_updates_in_batches_along_a_key_of_text_bytes_and_numbers(inchworm, mariadb, tmp_path):
    url = mariadb.fresh_database()
    begin(inchworm, tmp_path, "mysql", url, MARIADB_TABLE, "UPDATE t SET v = concat('x', n) WHERE n > 10;\n")
    plan = json.loads(run(inchworm, tmp_path, url, "plan", "--json", *BIG))["plan"][0]
    assert [step["recipe"] for step in plan["statements"]] == ["update-in-batches"]
    run(inchworm, tmp_path, url, "up", *BIG)
    assert mariadb.sql("SELECT count(*), sum(v = concat('x', n)), sum(v IS NULL) FROM t", url) == "3000\t2990\t10"
    assert "_inchworm" not in mariadb.sql("SHOW TABLES", url)


def test_sqlite_updates_in_batches(inchworm, tmp_path):
    url = f"file:{tmp_path}/x.db"
    begin(inchworm, tmp_path, "sqlite", url, "CREATE TABLE t (a text NOT NULL, b blob NOT NULL, v text, PRIMARY KEY (a, b)) WITHOUT ROWID;\n"
          "WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < 3000)\n"
          "INSERT INTO t SELECT 'it''s ' || (i % 9), CAST('b' || i AS blob), NULL FROM s;\n", "UPDATE t SET v = a || hex(b);\n")
    with sqlite3.connect(f"{tmp_path}/x.db") as connection:
        connection.execute("ANALYZE")
    plan = json.loads(run(inchworm, tmp_path, url, "plan", "--json", *BIG))["plan"][0]
    assert [step["recipe"] for step in plan["statements"]] == ["update-in-batches"]
    run(inchworm, tmp_path, url, "up", *BIG)
    with sqlite3.connect(f"{tmp_path}/x.db") as connection:
        assert connection.execute("SELECT count(*), sum(v = a || hex(b)) FROM t").fetchone() == (3000, 3000)


def test_a_value_that_stays_null_does_not_loop(inchworm, postgres15, tmp_path):
    url = postgres15.fresh_database()
    begin(inchworm, tmp_path, "postgres", url, "CREATE TABLE t (id serial PRIMARY KEY, email text, low text);\n"
          "INSERT INTO t (email) SELECT CASE WHEN i % 2 = 0 THEN 'A' || i END FROM generate_series(1, 3000) i;\nANALYZE t;\n",
          "UPDATE t SET low = lower(email) WHERE low IS NULL;\n")
    run(inchworm, tmp_path, url, "up", *BIG)
    assert postgres15.sql("SELECT count(low), count(*) FROM t", url) == "1500\t3000"


def test_an_update_that_reads_its_own_column_runs_as_written(inchworm, postgres15, tmp_path):
    url = postgres15.fresh_database()
    begin(inchworm, tmp_path, "postgres", url, "CREATE TABLE t (id serial PRIMARY KEY, n integer);\nINSERT INTO t (n) SELECT generate_series(1, 100);\nANALYZE t;\n",
          "UPDATE t SET n = n + 1;\nUPDATE t SET n = u.n FROM t AS u WHERE u.id = t.id;\n")
    plan = json.loads(run(inchworm, tmp_path, url, "plan", "--json", *BIG))["plan"][0]
    assert [step["recipe"] for step in plan["statements"]] == [None, None] and not plan["phased"]
    run(inchworm, tmp_path, url, "up", *BIG)
    assert postgres15.sql("SELECT sum(n) FROM t", url) == str(sum(range(2, 102)))


TABLE = "CREATE TABLE t (id serial PRIMARY KEY, n integer, name text);\nCREATE TABLE u (id serial PRIMARY KEY);\n" \
        "INSERT INTO t (n) SELECT generate_series(1, 1000);\nANALYZE;\n"


def test_a_new_migration_of_the_same_table_waits_for_contract(inchworm, postgres15, tmp_path):
    url = postgres15.fresh_database()
    begin(inchworm, tmp_path, "postgres", url, TABLE, "ALTER TABLE t RENAME COLUMN n TO m;\n")
    run(inchworm, tmp_path, url, "up", *BIG)
    project.prisma(tmp_path, "postgres", {MORE: "ALTER TABLE u ADD COLUMN x integer;\n"})
    run(inchworm, tmp_path, url, "up", *BIG)
    project.prisma(tmp_path, "postgres", {"20240104000000_same": "ALTER TABLE t ADD COLUMN x integer;\n"})
    refused = project.run(inchworm, tmp_path, url, "up", *BIG)
    assert refused.returncode != 0 and "has left old parts" in refused.stderr and "inchworm contract" in refused.stderr
    run(inchworm, tmp_path, url, "contract")
    run(inchworm, tmp_path, url, "up", *BIG)
    assert project.status(inchworm, tmp_path, url)["upToDate"]


def test_a_dropped_column_comes_back_until_it_is_purged(inchworm, postgres15, tmp_path):
    url = postgres15.fresh_database()
    begin(inchworm, tmp_path, "postgres", url, TABLE, "ALTER TABLE t DROP COLUMN n;\n")
    run(inchworm, tmp_path, url, "up", *BIG)
    assert postgres15.sql("SELECT sum(n) FROM t", url) == "500500"  # old code goes on
    run(inchworm, tmp_path, url, "contract")
    assert "does not exist" in postgres15.sql("SELECT n FROM t", url, check=False)
    run(inchworm, tmp_path, url, "contract")  # the grace period is not over
    run(inchworm, tmp_path, url, "down")
    assert postgres15.sql("SELECT sum(n) FROM t", url) == "500500"
    run(inchworm, tmp_path, url, "up", *BIG)
    run(inchworm, tmp_path, url, "contract")
    run(inchworm, tmp_path, url, "contract", "--grace", "0")
    assert postgres15.sql("SELECT count(*) FROM pg_attribute WHERE attname LIKE '%inchworm%'", url) == "0"


USES = {  # change, the code that still uses what goes, what is said of it
    "column": ("ALTER TABLE t DROP COLUMN n;\n", "db.$queryRaw`SELECT n FROM t`;\n", '"t.n" by src/app.ts:2:'),
    "renamed": ("ALTER TABLE t RENAME COLUMN n TO m;\n", "db.$queryRaw`SELECT n FROM t`;\n", '"t.n" by src/app.ts:2:'),
    "table": ("DROP TABLE u;\n", "db.$queryRaw`SELECT id FROM u`;\n", '"u" by src/app.ts:2:'),
    "renamed table": ("ALTER TABLE u RENAME TO w;\n", "db.$queryRaw`SELECT id FROM u`;\n", '"u" by src/app.ts:2:'),
}


def test_contract_is_refused_while_the_code_uses_what_goes(inchworm, postgres15, tmp_path):
    for name, (change, use, words) in USES.items():
        url, folder = postgres15.fresh_database(), tmp_path / name.replace(" ", "_")
        folder.mkdir()
        begin(inchworm, folder, "postgres", url, TABLE + "INSERT INTO u SELECT generate_series(1, 1000);\nANALYZE;\n", change)
        code = folder / "src/app.ts"
        code.parent.mkdir()
        code.write_text(f"// the shop\n{use}")
        run(inchworm, folder, url, "up", *BIG)
        refused = project.run(inchworm, folder, url, "contract")
        assert refused.returncode == 12, (name, refused.stdout, refused.stderr)
        assert "still uses what would go: " + words in refused.stderr, (name, refused.stderr)
        assert "--despite-references" in refused.stderr and "0 rows" not in postgres15.sql(use[use.index("`") + 1:-3], url)
        code.write_text("// the shop\n")
        if "renamed" in name:
            code.write_text(f"// the shop\n{use}")
            run(inchworm, folder, url, "contract", "--despite-references")
        else:
            run(inchworm, folder, url, "contract")
        assert "does not exist" in postgres15.sql(use[use.index("`") + 1:-3], url, check=False)
        run(inchworm, folder, url, "contract", "--purge")


DJANGO = "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n"
USER = ("from django.db import models\n\n\nclass User(models.Model):\n    name = models.TextField(null=True)\n")
VIEW = "from shop.models import User\n\n\ndef named(text):\n    return User.objects.filter({}=text)\n"


def test_contract_finds_a_field_of_django_by_the_name_the_code_gave_it(inchworm, postgres15, tmp_path):
    url = postgres15.fresh_database()
    django_project.write(tmp_path, ["shop"], [])
    folder = tmp_path / "shop/migrations"
    (folder / "0001_initial.py").write_text(
        f"{DJANGO}    operations = [migrations.CreateModel('User', [('id', models.BigAutoField(primary_key=True)),\n"
        "        ('nick', models.TextField(null=True, db_column='nickname')), ('name', models.TextField(null=True))])]\n")
    run(inchworm, tmp_path, url, "up", "--url", url)
    postgres15.sql("INSERT INTO shop_user (name) SELECT i FROM generate_series(1, 100) i; ANALYZE", url)
    (folder / "0002_nick.py").write_text(f"{DJANGO}    dependencies = [('shop', '0001_initial')]\n"
                                         "    operations = [migrations.RemoveField(model_name='user', name='nick')]\n")
    (tmp_path / "shop/models.py").write_text(USER)
    (tmp_path / "shop/views.py").write_text(VIEW.format("nick"))
    run(inchworm, tmp_path, url, "up", "--url", url, *BIG)
    refused = project.run(inchworm, tmp_path, url, "contract", "--url", url)
    assert refused.returncode == 12 and '"shop_user.nickname" by shop/views.py:5:' in refused.stderr, (refused.stdout, refused.stderr)
    (tmp_path / "shop/views.py").write_text(VIEW.format("name"))
    run(inchworm, tmp_path, url, "contract", "--url", url)


def test_what_blocks_for_long_and_has_no_recipe_is_refused_before_anything_runs(inchworm, postgres15, tmp_path):
    url = postgres15.fresh_database()
    begin(inchworm, tmp_path, "postgres", url, TABLE + "INSERT INTO t (n, name) SELECT i, repeat('x', 500) FROM generate_series(1, 100000) i;\nANALYZE;\n",
          "ALTER TABLE t ADD COLUMN x integer;\nALTER TABLE t ADD COLUMN g integer GENERATED ALWAYS AS (n * 2) STORED;\n")
    refused = project.run(inchworm, tmp_path, url, "up", *BIG)
    assert refused.returncode != 0 and "would block the application for long" in refused.stderr, refused.stderr
    assert "stored generated column" in refused.stderr and "--accept-blocking" in refused.stderr
    assert postgres15.sql("SELECT count(*) FROM pg_attribute WHERE attname = 'x'", url) == "0"
    run(inchworm, tmp_path, url, "up", *BIG, "--accept-blocking")


def test_a_view_on_the_column_stops_the_change_before_anything_is_left(inchworm, postgres15, tmp_path):
    url = postgres15.fresh_database()
    begin(inchworm, tmp_path, "postgres", url, TABLE + "CREATE VIEW v AS SELECT n FROM t;\n", "ALTER TABLE t ALTER COLUMN n TYPE bigint;\n")
    refused = project.run(inchworm, tmp_path, url, "up", *BIG)
    assert refused.returncode != 0 and "depends on it" in refused.stderr, refused.stdout + refused.stderr
    assert postgres15.sql("SELECT count(*) FROM pg_attribute WHERE attname LIKE '%inchworm%' AND attrelid = 't'::regclass", url) == "0"


def test_a_failed_check_leaves_a_plan_that_goes_on_or_back(inchworm, postgres15, tmp_path):
    url = postgres15.fresh_database()
    begin(inchworm, tmp_path, "postgres", url, TABLE, "CREATE INDEX t_n ON t (n);\nALTER TABLE t ADD CHECK (n <> 7);\n")
    failed = project.run(inchworm, tmp_path, url, "up", *BIG)
    assert failed.returncode != 0 and "violated by some row" in failed.stderr
    assert project.status(inchworm, tmp_path, url)["unfinished"][0]["statementsDone"] == 2
    postgres15.sql("UPDATE t SET n = 8 WHERE n = 7", url)
    run(inchworm, tmp_path, url, "up", *BIG)
    assert project.status(inchworm, tmp_path, url)["upToDate"]


def test_as_written_sends_what_the_framework_would(inchworm, postgres15, tmp_path):
    url = postgres15.fresh_database()
    begin(inchworm, tmp_path, "postgres", url, TABLE, "CREATE INDEX t_n ON t (n);\n")
    plan = json.loads(run(inchworm, tmp_path, url, "plan", "--json", "--as-written", *BIG))["plan"][0]
    assert [step["sql"] for step in plan["statements"]] == ["CREATE INDEX t_n ON t (n)"] and plan["atomic"]
