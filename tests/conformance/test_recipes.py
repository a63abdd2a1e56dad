"""Plans in phases end where the statement itself ends, names included, and can be taken back."""

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import catalogue
import project
import recipes

NAMES = ("20240101000000_setup", "20240102000000_change")
BIG = ("--tiny-rows", "1")
DIALECTS = {"postgresql": "postgres", "mysql": "mysql"}


def lines(server, url, with_order=True):
    """The catalogue without the framework's own table."""
    return [line for line in catalogue.of(server, url, with_order) if "_prisma_migrations" not in line]


def inchworm_part(server, url):
    return [line for line in lines(server, url) if "inchworm" in line]


class Database:
    """One with the case's table, where its change is the only pending migration."""

    def __init__(self, inchworm, server, folder, case):
        self.inchworm, self.server, self.case = inchworm, server, case
        self.folder = project.prisma(folder, DIALECTS[server.scheme], {NAMES[0]: case.setup})
        self.url = server.fresh_database()
        self.run("up")
        server.sql("ANALYZE" if server.scheme == "postgresql" else "ANALYZE TABLE t", self.url)
        project.prisma(folder, DIALECTS[server.scheme], {NAMES[1]: case.change})

    def run(self, *arguments):
        result = project.run(self.inchworm, self.folder, self.url, *arguments)
        assert result.returncode == 0, f"{arguments}\n{result.stdout}{result.stderr}"
        return result.stdout


def plain(server, case):
    url = server.fresh_database()
    server.sql(case.setup + case.change, url)
    return url


def check_same_end(inchworm, server, folder, name):
    case = recipes.case(server, name)
    wanted = plain(server, case)
    database = Database(inchworm, server, folder, case)
    before = lines(server, database.url)
    steps = json.loads(database.run("plan", "--json", *BIG))["plan"][0]["statements"]
    assert case.recipe in [step["recipe"] for step in steps], f"{name}: {[step['sql'] for step in steps]}"
    database.run("up", *BIG)
    database.run("contract", "--purge")
    found = catalogue.difference(lines(server, wanted, case.order), lines(server, database.url, case.order))
    assert found == "", f"{name}:\n{found}"
    assert server.sql(case.data, database.url) == server.sql(case.data, wanted), name
    assert project.status(inchworm, database.folder, database.url)["upToDate"]
    return before


def check_way_back(inchworm, server, folder, name):
    case = recipes.case(server, name)
    database = Database(inchworm, server, folder, case)
    before, rows = lines(server, database.url), server.sql("SELECT count(*) FROM t", database.url)
    database.run("up", *BIG)
    database.run("down", *(["--lossy"] if case.undo_loses else []))
    found = catalogue.difference(before, lines(server, database.url))
    if name == "drop table" or name == "drop column":  # foreign keys come back NOT VALID, as the page says
        found = "\n".join(line for line in found.splitlines() if "FOREIGN KEY" not in line and "fkey" not in line)
    assert found == "", f"{name}:\n{found}"
    assert server.sql("SELECT count(*) FROM t", database.url) == rows
    assert not project.status(inchworm, database.folder, database.url)["upToDate"]


def check_all(check, inchworm, server, tmp_path):
    failures = []
    for number, name in enumerate(recipes.MARIADB if server.scheme == "mysql" else recipes.CASES):
        folder = tmp_path / str(number)
        folder.mkdir()
        try:
            check(inchworm, server, folder, name)
        except AssertionError as problem:
            failures.append(f"{name}: {problem}")
    assert not failures, "\n\n".join(failures)


def test_postgres14_ends_where_the_statement_ends(inchworm, postgres14, tmp_path):
    check_all(check_same_end, inchworm, postgres14, tmp_path)


def test_postgres15_ends_where_the_statement_ends(inchworm, postgres15, tmp_path):
    check_all(check_same_end, inchworm, postgres15, tmp_path)


def test_postgres18_ends_where_the_statement_ends(inchworm, postgres18, tmp_path):
    check_all(check_same_end, inchworm, postgres18, tmp_path)


def test_postgres15_goes_back_to_where_it_was(inchworm, postgres15, tmp_path):
    check_all(check_way_back, inchworm, postgres15, tmp_path)


def test_postgres18_goes_back_to_where_it_was(inchworm, postgres18, tmp_path):
    check_all(check_way_back, inchworm, postgres18, tmp_path)


def test_mariadb_ends_where_the_statement_ends(inchworm, mariadb, tmp_path):
    check_all(check_same_end, inchworm, mariadb, tmp_path)


def test_mariadb_goes_back_to_where_it_was(inchworm, mariadb, tmp_path):
    check_all(check_way_back, inchworm, mariadb, tmp_path)


def test_what_mariadb_would_copy_is_refused_before_and_by_the_server(inchworm, mariadb, tmp_path):
    case = recipes.Case(None, recipes.MARIADB_TABLE, "ALTER TABLE t MODIFY n bigint;\nALTER TABLE t ADD COLUMN k int;")
    database = Database(inchworm, mariadb, tmp_path, case)
    mariadb.sql("INSERT INTO t (name, n) SELECT name, n FROM t CROSS JOIN (SELECT 1 FROM seq_1_to_100) s; ANALYZE TABLE t", database.url)
    refused = project.run(inchworm, database.folder, database.url, "up", *BIG)
    assert refused.returncode == 13 and "rewrites the table and blocks writes" in refused.stderr, refused.stderr
    project.prisma(tmp_path, "mysql", {NAMES[1]: "ALTER TABLE t ADD COLUMN k int, ALGORITHM=INPLACE, LOCK=SHARED;"})
    plan = json.loads(database.run("plan", "--json", *BIG))["plan"][0]
    assert [step["recipe"] for step in plan["statements"]] == [None]
