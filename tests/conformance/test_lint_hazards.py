"""Hazards that no other linter names: the SQL does its harm on a real server, and lint says so beforehand."""

import collections
import contextlib
import os
import pathlib
import sqlite3
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))
import lint_examples
import servers

INCHWORM = str(pathlib.Path(os.environ.get("INCHWORM_BUILD", ROOT / "build")) / "inchworm")

# `probe` runs in the same transaction after `sql` and yields `harm`; harm "error: ..." is the server's own refusal.
Hazard = collections.namedtuple("Hazard", "name setup sql probe harm rule")

PARENT = "CREATE TABLE p (id bigint PRIMARY KEY); CREATE TABLE c (id bigint PRIMARY KEY, p_id bigint CONSTRAINT f REFERENCES p (id));"
EVENTS = ("CREATE TABLE e (at int NOT NULL) PARTITION BY RANGE (at); CREATE TABLE e_rest PARTITION OF e DEFAULT;"
          "CREATE TABLE e1 PARTITION OF e FOR VALUES FROM (1) TO (10);")
USERS = "CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);"
ROWS = "INSERT INTO users SELECT g, 'n' || g, 1 FROM generate_series(1, 300) g;"
SCANNED = "SELECT pg_stat_get_xact_tuples_returned('users'::regclass) >= 300"
NODE = "CREATE TABLE node AS SELECT pg_relation_filenode('users') AS n;"
REWRITTEN = "SELECT n <> pg_relation_filenode('users') FROM node"


def locked(table):
    return (f"SELECT count(*) > 0 FROM pg_locks WHERE pid = pg_backend_pid() AND relation = '{table}'::regclass "
            "AND mode = 'AccessExclusiveLock'")


POSTGRES = [
    Hazard("dropping a foreign key locks the parent", PARENT, "ALTER TABLE c DROP CONSTRAINT f;", locked("p"), "t", "locks-other-tables"),
    Hazard("dropping a child table locks the parent", PARENT, "DROP TABLE c;", locked("p"), "t", "locks-other-tables"),
    Hazard("dropping a column with a foreign key locks the parent", PARENT, "ALTER TABLE c DROP COLUMN p_id;", locked("p"), "t",
           "locks-other-tables"),
    Hazard("CREATE TABLE PARTITION OF locks the parent", EVENTS, "CREATE TABLE e2 PARTITION OF e FOR VALUES FROM (10) TO (20);",
           locked("e"), "t", "locks-other-tables"),
    Hazard("and the DEFAULT partition", EVENTS, "CREATE TABLE e2 PARTITION OF e FOR VALUES FROM (10) TO (20);", locked("e_rest"), "t",
           "locks-other-tables"),
    Hazard("dropping a partition locks the parent", EVENTS, "DROP TABLE e1;", locked("e"), "t", "locks-other-tables"),
    Hazard("a column of a constrained domain rewrites the table",
           USERS + ROWS + "CREATE DOMAIN positive AS int CHECK (VALUE > 0);" + NODE,
           "ALTER TABLE users ADD COLUMN level positive DEFAULT 1;", REWRITTEN, "t", "add-column-rewrite"),
    Hazard("a CHECK on a new column reads every row", USERS + ROWS, "ALTER TABLE users ADD COLUMN level int CHECK (level > 0);", SCANNED,
           "t", "add-column-scan"),
    Hazard("a backfill behind ADD COLUMN keeps the lock", USERS + ROWS,
           "ALTER TABLE users ADD COLUMN nick text;\nUPDATE users SET nick = name;", locked("users"), "t", "work-under-lock"),
    Hazard("SET NOT NULL reads every row in spite of a constraint that is not valid",
           USERS + ROWS + "ALTER TABLE users ADD CONSTRAINT nn NOT NULL name NOT VALID;", "ALTER TABLE users ALTER COLUMN name SET NOT NULL;",
           SCANNED, "t", "set-not-null-scan"),
    Hazard("a domain's constraint locks the tables that use it",
           "CREATE DOMAIN level AS int; CREATE TABLE users (id bigint, l level);", "ALTER DOMAIN level ADD CONSTRAINT k CHECK (VALUE > 0);",
           "SELECT mode FROM pg_locks WHERE pid = pg_backend_pid() AND relation = 'users'::regclass", "ShareLock", "domain-check-blocking"),
    Hazard("the code of before cannot insert when the default is dropped", USERS,
           "ALTER TABLE users ADD COLUMN level int NOT NULL DEFAULT 0;\nALTER TABLE users ALTER COLUMN level DROP DEFAULT;",
           "INSERT INTO users (id) VALUES (1)", "error: null value in column", "default-dropped"),
    Hazard("a json column breaks SELECT DISTINCT", USERS, "ALTER TABLE users ADD COLUMN data json;", "SELECT DISTINCT * FROM users",
           "error: could not identify an equality operator for type json", "add-column-json"),
    Hazard("a dropped column takes the unique key along", "CREATE TABLE users (a int, b int, UNIQUE (a, b));",
           "ALTER TABLE users DROP COLUMN b;", "INSERT INTO users VALUES (1), (1); SELECT count(*) FROM users", "2",
           "drop-column-takes-key"),
    Hazard("a published table without its key cannot be updated", USERS + ROWS + "CREATE PUBLICATION all_of_it FOR TABLE users;",
           "ALTER TABLE users DROP CONSTRAINT users_pkey;", "UPDATE users SET age = 2 WHERE id = 1",
           "error: cannot update table \"users\" because it does not have a replica identity", "drop-primary-key"),
    Hazard("row security without a policy shows no rows", USERS + ROWS + "CREATE ROLE reader; GRANT SELECT ON users TO reader;",
           "ALTER TABLE users ENABLE ROW LEVEL SECURITY;", "SET LOCAL ROLE reader; SELECT count(*) FROM users", "0",
           "row-security-without-policy"),
    Hazard("foreign keys are not checked while triggers are off", PARENT, "ALTER TABLE c DISABLE TRIGGER ALL;",
           "INSERT INTO c VALUES (1, 7); SELECT count(*) FROM c", "1", "disable-triggers"),
    Hazard("a loop that yields NULL finds its rows for ever",
           "CREATE TABLE users (id bigint PRIMARY KEY, name text, nick text); INSERT INTO users VALUES (1);",
           "SET LOCAL statement_timeout = '1s';\nDO $$ BEGIN LOOP\n"
           "  UPDATE users SET nick = lower(name) WHERE id IN (SELECT id FROM users WHERE nick IS NULL LIMIT 10);\n"
           "  EXIT WHEN NOT FOUND;\nEND LOOP; END $$;", "SELECT 1", "error: canceling statement due to statement timeout",
           "never-ending-loop"),
    Hazard("a partition is read when it is attached",
           "CREATE TABLE e (at int NOT NULL) PARTITION BY RANGE (at); CREATE TABLE users (at int NOT NULL);"
           "INSERT INTO users SELECT 1 FROM generate_series(1, 300);",
           "ALTER TABLE e ATTACH PARTITION users FOR VALUES FROM (1) TO (10);", SCANNED, "t", "attach-partition-scan"),
    Hazard("reads wait for the new index behind a dropped one", USERS + "CREATE INDEX i ON users (age);",
           "DROP INDEX i;\nCREATE INDEX i ON users (age, name);", locked("users"), "t", "index-dropped-before-replacement"),
    Hazard("a statement of MySQL", USERS, "ALTER TABLE `users` ADD COLUMN `a` int;", "SELECT 1", "error: syntax error", "wrong-dialect"),
]

MARIADB = [
    Hazard("columns and indexes in one ALTER rebuild the table", "CREATE TABLE t (id int PRIMARY KEY, a int);",
           "ALTER TABLE t ADD COLUMN b int, ADD INDEX (a);",
           "CREATE TABLE u (id int PRIMARY KEY, a int); ALTER TABLE u ADD COLUMN b int, ADD INDEX (a), ALGORITHM=NOCOPY",
           "error: ALGORITHM=NOCOPY is not supported", "mixed-alter"),
    Hazard("NOT NULL fills old rows with zeros", "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1);",
           "ALTER TABLE t ADD COLUMN b int NOT NULL;", "SELECT b FROM t", "0", "add-column-not-null"),
    Hazard("a column of a unique key cannot be dropped",
           "CREATE TABLE t (a int, b int, UNIQUE KEY k (a, b)); INSERT INTO t VALUES (1, 1), (1, 2);", "ALTER TABLE t DROP COLUMN b;",
           "SELECT 1", "error: Key column 'b' doesn't exist", "drop-column-takes-key"),
]

PEOPLE = "CREATE TABLE people (id integer PRIMARY KEY, name text);"
CHILD = PEOPLE + "CREATE TABLE pets (owner integer REFERENCES people (id) ON DELETE CASCADE);"
FILLED = CHILD + "INSERT INTO people VALUES (1, 'a'); INSERT INTO pets VALUES (1);"


def rebuild(column="text", select="name"):
    return (f"CREATE TABLE new_people (id integer PRIMARY KEY, name {column});\n"
            f"INSERT INTO new_people (id, name) SELECT id, {select} FROM people;\nDROP TABLE people;\n"
            "ALTER TABLE new_people RENAME TO people;")


SQLITE = [
    Hazard("a rebuild deletes the rows of other tables", FILLED, "PRAGMA foreign_keys=OFF;\n" + rebuild(), "SELECT count(*) FROM pets", 0,
           "sqlite-rebuild-cascade"),
    Hazard("a rebuild in the wrong order leaves references to nowhere", FILLED,
           "ALTER TABLE people RENAME TO old_people;\nCREATE TABLE people (id integer PRIMARY KEY, name text);\n"
           "INSERT INTO people SELECT id, name FROM old_people;\nDROP TABLE old_people;",
           "INSERT INTO pets VALUES (1)", "error: no such table: main.old_people", "sqlite-rebuild-order"),
    Hazard("a rebuild loses a unique index", PEOPLE + "CREATE UNIQUE INDEX people_name ON people (name);", rebuild(),
           "SELECT count(*) FROM sqlite_schema WHERE name = 'people_name'", 0, "sqlite-rebuild-loses-objects"),
    Hazard("a rebuild copies NULL into NOT NULL", PEOPLE + "INSERT INTO people VALUES (1, NULL);", rebuild("text NOT NULL"), "SELECT 1",
           "error: NOT NULL constraint failed", "sqlite-copy-null"),
    Hazard("a default that is not constant fails once there is a row", PEOPLE + "INSERT INTO people VALUES (1, 'a');",
           "ALTER TABLE people ADD COLUMN at text DEFAULT CURRENT_TIMESTAMP;", "SELECT 1", "error: Cannot add a column with non-constant default",
           "add-column-on-rows"),
    Hazard("a required column fails once there is a row", PEOPLE + "INSERT INTO people VALUES (1, 'a');",
           "ALTER TABLE people ADD COLUMN mail text NOT NULL;", "SELECT 1", "error: Cannot add a NOT NULL column",
           "add-column-not-null"),
    Hazard("a new column cannot be UNIQUE", PEOPLE, "ALTER TABLE people ADD COLUMN mail text UNIQUE;", "SELECT 1",
           "error: Cannot add a UNIQUE column", "refused"),
]


class Hazards(unittest.TestCase):
    def lint(self, hazard, dialect, engine=None):
        with tempfile.TemporaryDirectory(prefix="inchworm-lint-") as folder:
            found = lint_examples.inchworm(INCHWORM, folder, hazard.setup, hazard.sql, dialect=dialect, engine=engine)
        self.assertIn(hazard.rule, found)

    def assert_harm(self, hazard, seen):
        if str(hazard.harm).startswith("error: "):
            self.assertIn(hazard.harm.removeprefix("error: "), seen)
        else:
            self.assertEqual(hazard.harm, seen)

    def test_hazards_on_postgres(self):
        with contextlib.closing(servers.postgres(18)) as server:
            for hazard in POSTGRES:
                with self.subTest(hazard.name):
                    url = server.fresh_database()
                    server.sql(hazard.setup, url)
                    seen = server.sql(f"BEGIN;\n{hazard.sql}\n{hazard.probe};\nROLLBACK;\nDROP ROLE IF EXISTS nobody_at_all;", url, check=False)
                    self.assert_harm(hazard, seen.splitlines()[-1] if not str(hazard.harm).startswith("error") else seen)
                    self.lint(hazard, "postgres", "postgres 18")
                    server.sql("DROP OWNED BY reader; DROP ROLE reader;", url, check=False)

    def test_a_foreign_key_not_valid_on_a_partitioned_table_is_refused_before_18(self):
        hazard = Hazard("", "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE e (p_id int) PARTITION BY RANGE (p_id);",
                        "ALTER TABLE e ADD FOREIGN KEY (p_id) REFERENCES p (id) NOT VALID;", "SELECT 1",
                        "error: cannot add NOT VALID foreign key", "refused")
        with contextlib.closing(servers.postgres(17)) as server:
            url = server.fresh_database()
            server.sql(hazard.setup, url)
            self.assert_harm(hazard, server.sql(hazard.sql, url, check=False))
        self.lint(hazard, "postgres", "postgres 17")

    def test_a_short_lock_timeout_cancels_a_concurrent_index_build(self):
        """Another session holds a snapshot and has touched another table only; 1 s later the build is gone, its index invalid."""
        hazard = Hazard("", USERS + "CREATE TABLE other (id int);",
                        "SET lock_timeout = '1s';\nCREATE INDEX CONCURRENTLY users_age ON users (age);", "", "",
                        "concurrent-index-lock-timeout")
        with contextlib.closing(servers.postgres(18)) as server:
            url = server.fresh_database()
            server.sql(hazard.setup, url)
            reader = subprocess.Popen(["psql", "-qAt", url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            reader.stdin.write("BEGIN ISOLATION LEVEL REPEATABLE READ;\nSELECT count(*) FROM other;\n")
            reader.stdin.flush()
            self.assertEqual("0", reader.stdout.readline().strip())
            self.assertIn("canceling statement due to lock timeout", server.sql(hazard.sql, url, check=False))
            self.assertEqual("f", server.sql("SELECT indisvalid FROM pg_index WHERE indexrelid = 'users_age'::regclass", url))
            reader.communicate("ROLLBACK;\n")
        self.lint(hazard, "postgres")

    def test_hazards_on_mariadb(self):
        with contextlib.closing(servers.mariadb()) as server:
            for hazard in MARIADB:
                with self.subTest(hazard.name):
                    url = server.fresh_database()
                    server.sql(hazard.setup, url)
                    seen = server.sql(f"{hazard.sql}\n{hazard.probe};", url, check=False)
                    self.assert_harm(hazard, seen)
                    self.lint(hazard, "mariadb")

    def test_hazards_on_sqlite(self):
        for hazard in SQLITE:
            with self.subTest(hazard.name):
                database = sqlite3.connect(":memory:", isolation_level=None)
                database.execute("PRAGMA foreign_keys = ON")
                database.executescript(hazard.setup)
                try:
                    database.execute("BEGIN")
                    for statement in hazard.sql.split(";\n"):
                        database.execute(statement)
                    database.execute("COMMIT")
                    row = database.execute(hazard.probe).fetchone()
                    seen = row[0] if row else None
                except sqlite3.Error as error:
                    seen = str(error)
                self.assert_harm(hazard, seen)
                self.lint(hazard, "sqlite")


if __name__ == "__main__":
    unittest.main()
