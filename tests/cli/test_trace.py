"""`inchworm trace`: what was predicted beside what a throwaway server does; which server; what is left behind."""

import glob
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))
import deps
import project
import servers

INCHWORM = pathlib.Path(os.environ.get("INCHWORM_BUILD", ROOT / "build")) / "inchworm"
HISTORY = """
CREATE TABLE users (id bigserial PRIMARY KEY, email varchar(100) NOT NULL, age int);
CREATE TABLE orders (id bigserial PRIMARY KEY, user_id bigint NOT NULL REFERENCES users (id), total numeric(10,2));
CREATE TABLE odd (r int4range NOT NULL);
"""
CHANGES = """
ALTER TABLE users ADD COLUMN token uuid DEFAULT gen_random_uuid();
ALTER TABLE users ALTER COLUMN age SET NOT NULL;
CREATE INDEX users_age ON users (age);
DROP TABLE orders;
"""


MIGRATION = """from django.db import migrations, models
def fill(apps, schema_editor):
    apps.get_model("shop", "Item").objects.filter(name="a").update(price=3)
class Migration(migrations.Migration):
    dependencies = [{0}]
    operations = [{1}]
"""
DJANGO = {
    "manage.py": 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "site1.settings")\n',
    "site1/__init__.py": "", "shop/__init__.py": "", "shop/migrations/__init__.py": "",
    "site1/settings.py": 'INSTALLED_APPS = ["shop"]\nDATABASES = {"default": {"ENGINE": "django.db.backends.postgresql",'
                         ' "NAME": "x"}}\nDEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"\n',
    "shop/migrations/0001_initial.py": MIGRATION.format("", """migrations.CreateModel(name="Item", fields=[
        ("id", models.BigAutoField(primary_key=True)), ("name", models.CharField(max_length=20))])"""),
    "shop/migrations/0002_more.py": MIGRATION.format('("shop", "0001_initial")', """
        migrations.AddField("item", "price", models.IntegerField(default=0)), migrations.RunPython(fill),
        migrations.AlterField("item", "name", models.CharField(max_length=40))"""),
    "shop/migrations/0003_last.py": MIGRATION.format('("shop", "0002_more")', """
        migrations.AddField("item", "kind", models.CharField(max_length=8, null=True))"""),
}


class Trace(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.scratch = self.folder / "tmp"
        self.scratch.mkdir()
        os.chmod(self.folder, 0o755)
        os.chmod(self.scratch, 0o777)

    def write(self, name, sql):
        (self.folder / name).write_text(sql)
        return name

    def environment(self, path=None):
        return {**os.environ, "TMPDIR": str(self.scratch), "NO_COLOR": "1", **({"PATH": path} if path else {})}

    def trace(self, *arguments, path=None, status=0):
        done = subprocess.run([INCHWORM, "trace", *arguments], cwd=self.folder, env=self.environment(path), text=True,
                              capture_output=True, timeout=120)
        self.assertEqual(status, done.returncode, done.stdout + done.stderr)
        self.assertEqual([], glob.glob(str(self.scratch / "*")))
        return done

    def statements(self, *arguments, **options):
        told = json.loads(self.trace("--json", *arguments, **options).stdout)
        return told, told["migrations"][-1]["statements"]


def postgres_path(*majors):
    return ":".join([*(str(deps.postgres(major) / "bin") for major in majors), "/usr/sbin:/usr/bin:/sbin:/bin"])


def need(kind, version=None):
    reason = servers.why_not(kind, version)
    if reason is not None:
        raise unittest.SkipTest(reason)


class OfPostgres(Trace):
    def setUp(self):
        super().setUp()
        need("postgres", 15)
        need("postgres", 17)
        self.files = self.write("a.sql", HISTORY), self.write("b.sql", CHANGES)

    def test_predictions_are_what_the_server_does(self):
        told, statements = self.statements("--engine", "postgres 17", "--rows", "300", *self.files, path=postgres_path(15, 17))
        self.assertEqual((0, 0, None), (told["different"], told["failed"], told["asked"]))
        self.assertTrue(told["server"].startswith("PostgreSQL 17"), told["server"])
        self.assertEqual([{"relation": "users", "lock": "ACCESS EXCLUSIVE"}], statements[0]["observed"]["locks"])
        self.assertEqual(["rewrite", "scan", "build", "instant"], [one["observed"]["work"] for one in statements])
        self.assertEqual(["users_age"], statements[2]["observed"]["built"])
        self.assertEqual({"orders": "ACCESS EXCLUSIVE", "users": "ACCESS EXCLUSIVE"},
                         {lock["relation"]: lock["lock"] for lock in statements[3]["observed"]["locks"]})
        self.assertEqual({"users": None, "orders": None, "odd": "values of type int4range are not known (column r)"},
                         {one["table"]: one["notFilled"] for one in told["filled"]})

    def test_the_closest_version_is_taken_and_said(self):
        out = self.trace("--engine", "postgres 13", *self.files, path=postgres_path(15, 17)).stdout
        if not glob.glob("/usr/lib/postgresql/1[34]"):
            self.assertIn("On a scratch PostgreSQL 15", out)
            self.assertIn("PostgreSQL 13", out)

    def test_failures_that_depend_on_rows_show(self):
        self.write("c.sql", "ALTER TABLE users ADD COLUMN must int NOT NULL;\nSELECT 1;\n")
        out = self.trace("--engine", "postgres 15", "--rows", "10", "a.sql", "c.sql", path=postgres_path(15), status=1).stdout
        self.assertIn('it fails: column "must" of relation "users" contains null values', out)
        self.assertIn("not reached: 1 statement", out)
        self.trace("--engine", "postgres 15", "a.sql", "c.sql", path=postgres_path(15))

    def test_a_difference_is_marked_and_is_status_1(self):
        self.write("a.sql", "CREATE TABLE t (a int);\nCREATE FUNCTION hide() RETURNS void LANGUAGE sql AS"
                            " $$ ALTER TABLE t ADD COLUMN z int DEFAULT random() $$;\n")
        self.write("b.sql", "SELECT hide();\n")
        out = self.trace("--engine", "postgres 15", "a.sql", "b.sql", path=postgres_path(15), status=1).stdout
        self.assertIn("DIFFERS    ACCESS EXCLUSIVE on t was not predicted", out)

    def test_what_cannot_be_in_a_transaction_is_seen_too(self):
        self.write("b.sql", "CREATE INDEX CONCURRENTLY ux ON users (age);\nDROP INDEX CONCURRENTLY ux;\nVACUUM users;\n")
        told, statements = self.statements("--engine", "postgres 15", "a.sql", "b.sql", path=postgres_path(15))
        self.assertEqual([[{"relation": "users", "lock": "SHARE UPDATE EXCLUSIVE"}]] * 3,
                         [one["observed"]["locks"] for one in statements])
        self.assertEqual(["ux"], statements[0]["observed"]["built"])

    def test_set_local_holds_for_the_statements_of_its_transaction(self):
        self.write("a.sql", "CREATE TABLE t (a timestamp);\n")
        self.write("b.sql", "SET LOCAL timezone = 'UTC';\nALTER TABLE t ALTER COLUMN a TYPE timestamptz;\n")
        _, statements = self.statements("--engine", "postgres 15", "a.sql", "b.sql", path=postgres_path(15))
        self.assertEqual("instant", statements[1]["observed"]["work"])

    def test_what_fails_only_in_one_transaction_is_said(self):
        self.write("a.sql", "CREATE TABLE t (id int PRIMARY KEY, up int REFERENCES t DEFERRABLE INITIALLY DEFERRED);\n"
                            "INSERT INTO t VALUES (1, NULL);\n")
        self.write("b.sql", "UPDATE t SET up = 1;\nALTER TABLE t ADD COLUMN n int;\n")
        out = self.trace("--engine", "postgres 15", "a.sql", "b.sql", path=postgres_path(15), status=1).stdout
        self.assertIn("in one transaction with those before it, it fails: cannot ALTER TABLE \"t\" because it has pending"
                      " trigger events", out)

    def test_what_needs_its_transaction_is_no_failure(self):
        self.write("b.sql", "CREATE TEMP TABLE ids ON COMMIT DROP AS SELECT id FROM users;\n"
                            "UPDATE users SET age = 1 WHERE id IN (SELECT id FROM ids);\n")
        out = self.trace("--engine", "postgres 15", "a.sql", "b.sql", path=postgres_path(15)).stdout
        self.assertIn("not observed: it works only in one transaction", out)

    def test_migrations_of_django(self):
        for name, text in DJANGO.items():
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            self.write(name, text)
        told, statements = self.statements("--engine", "postgres 15", "shop", "0002", path=postgres_path(15))
        self.assertEqual((0, 0, 1), (told["different"], told["failed"], told["history"]["migrations"]))
        self.assertEqual([None, None, "not run: only the framework itself can run it", None],
                         [one["notRun"] for one in statements])
        self.assertTrue(statements[3]["sql"].endswith("TYPE varchar(40)"), statements[3]["sql"])
        told, _ = self.statements("--engine", "postgres 15", "shop", "0003", path=postgres_path(15))
        self.assertEqual({"migrations": 2, "leftOut": 1}, told["history"])

    def test_migrations_of_a_project(self):
        project.prisma(self.folder, "postgres", {"1_init": HISTORY, "2_more": CHANGES, "3_late": "DROP TABLE nothing;"})
        told, statements = self.statements("--engine", "postgres 15", "2_more", path=postgres_path(15))
        self.assertEqual((1, "2_more", 4), (told["history"]["migrations"], told["migrations"][0]["migration"], len(statements)))
        told = json.loads(self.trace("--json", "--engine", "postgres 15", "prisma/migrations/1_init/migration.sql",
                                     path=postgres_path(15)).stdout)
        self.assertEqual(["1_init"], [one["migration"] for one in told["migrations"]])

    def test_the_manual_shows_what_is_printed(self):
        need("postgres", 17)
        blocks = re.findall(r"^```(sql)?\n(.*?)^```$", (ROOT / "docs/trace.md").read_text(), re.M | re.S)
        first, second = [text for kind, text in blocks if kind == "sql"]
        self.write("1.sql", first)
        self.write("2.sql", second)
        out = self.trace("--engine", "postgres 17", "--rows", "1000", "1.sql", "2.sql", path=postgres_path(17), status=1).stdout

        def without_times(text):
            return re.sub(r"17\.\d+", "17.x", re.sub(r"\d+ ms", "n ms", text))

        self.assertEqual(without_times(blocks[-1][1]), without_times(out))

    def test_a_history_that_fails_is_said_with_its_place(self):
        self.write("a.sql", "CREATE TABLE t (a int);\nALTER TABLE gone ADD COLUMN b int;\n")
        done = self.trace("--engine", "postgres 15", "a.sql", "b.sql", path=postgres_path(15), status=7)
        self.assertIn('relation "gone" does not exist', done.stderr)
        self.assertIn("a.sql:2", done.stderr)

    def end(self, how):
        self.write("b.sql", "SELECT pg_sleep(60);\n")
        process = subprocess.Popen([INCHWORM, "trace", "--engine", "postgres 15", *self.files], cwd=self.folder,
                                   env=self.environment(postgres_path(15)), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        deadline = time.monotonic() + 60
        pids = []
        while not pids and time.monotonic() < deadline:
            time.sleep(0.05)
            pids = [int(text.split()[0]) for name in glob.glob(str(self.scratch / "*/data/postmaster.pid"))
                    if (text := pathlib.Path(name).read_text())]
        time.sleep(0.5)
        process.send_signal(how)
        process.communicate(timeout=60)
        deadline = time.monotonic() + 30
        while (os.path.exists(f"/proc/{pids[0]}") or list(self.scratch.iterdir())) and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertFalse(os.path.exists(f"/proc/{pids[0]}"))
        self.assertEqual([], list(self.scratch.iterdir()))
        return process.returncode

    def test_ctrl_c_leaves_nothing_behind(self):
        self.assertEqual(10, self.end(signal.SIGINT))

    def test_kill_9_leaves_nothing_behind(self):
        self.assertEqual(-9, self.end(signal.SIGKILL))


class OfMariadb(Trace):
    def test_the_server_says_by_its_refusals_how_it_does_an_alter(self):
        need("mariadb")
        self.write("a.sql", "CREATE TABLE p (id int AUTO_INCREMENT PRIMARY KEY, name varchar(50));\n"
                            "CREATE TABLE c (id int AUTO_INCREMENT PRIMARY KEY, p_id int NOT NULL, v int, KEY (p_id),"
                            " CONSTRAINT f FOREIGN KEY (p_id) REFERENCES p (id));\n")
        self.write("b.sql", "ALTER TABLE c ADD COLUMN x int;\nALTER TABLE c MODIFY v bigint;\nCREATE INDEX cv ON c (v);\n"
                            "ALTER TABLE c ADD COLUMN y int, ADD INDEX (x);\nRENAME TABLE c TO c2;\n")
        told, statements = self.statements("--engine", "mariadb", "--rows", "200", "a.sql", "b.sql")
        self.assertEqual((0, 0), (told["different"], told["failed"]))
        self.assertEqual(["ALGORITHM=INSTANT", "ALGORITHM=COPY, LOCK=SHARED", "ALGORITHM=NOCOPY, LOCK=NONE",
                          "ALGORITHM=INPLACE, LOCK=NONE"], [one["observed"]["locks"][0]["lock"] for one in statements[:4]])
        self.assertEqual(["instant", "rewrite", "build", "rewrite"], [one["observed"]["work"] for one in statements[:4]])
        self.assertIsNotNone(statements[4]["observed"]["locksUnknown"])
        self.assertEqual([None, None], [one["notFilled"] for one in told["filled"]])


class OfSqlite(Trace):
    def test_a_temporary_file_is_enough(self):
        self.write("a.sql", "CREATE TABLE p (id integer PRIMARY KEY, name text);\n"
                            "CREATE TABLE c (id integer PRIMARY KEY, p_id int NOT NULL REFERENCES p (id), w text);\n")
        self.write("b.sql", "ALTER TABLE c ADD COLUMN x int;\nCREATE INDEX cx ON c (x);\nALTER TABLE c DROP COLUMN w;\n"
                            "UPDATE c SET x = 1;\nALTER TABLE c ADD COLUMN k int NOT NULL;\n")
        told, statements = self.statements("--engine", "sqlite", "--rows", "1000", "a.sql", "b.sql", status=1)
        self.assertEqual((0, 1), (told["different"], told["failed"]))
        self.assertEqual(["instant", "build", "rewrite", "scan"], [one["observed"]["work"] for one in statements[:4]])
        self.assertEqual([{"relation": None, "lock": "RESERVED"}], statements[0]["observed"]["locks"])
        self.assertIn("Cannot add a NOT NULL column", statements[4]["error"]["message"])


class WithoutServer(Trace):
    def test_what_is_not_installed_is_said(self):
        self.write("a.sql", "CREATE TABLE t (a int);\n")
        if not glob.glob("/usr/lib/postgresql/*/bin/postgres"):
            done = self.trace("--engine", "postgres 15", "a.sql", path="/usr/bin:/bin", status=13)
            self.assertIn("no PostgreSQL server is installed here", done.stderr)
            self.assertIn('put the folder of its "postgres" on the PATH', done.stderr)

    def test_mariadb_is_not_taken_for_mysql(self):
        need("mariadb")
        self.write("a.sql", "CREATE TABLE t (a int);\n")
        done = self.trace("--engine", "mysql 8.0", "a.sql", status=13)
        self.assertIn("no MySQL server is installed here", done.stderr)
        self.assertIn("--engine mariadb takes it", done.stderr)

    def test_wrong_words(self):
        self.write("a.sql", "CREATE TABLE t (a int);\n")
        self.assertIn("which database are they for", self.trace("a.sql", status=2).stderr)
        self.assertIn('"many" is no number of rows', self.trace("--engine", "sqlite", "--rows", "many", "a.sql", status=2).stderr)


if __name__ == "__main__":
    unittest.main()
