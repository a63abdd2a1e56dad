"""Commands over migrations that form a graph: Alembic projects with branches, merges, dependencies and several roots."""

import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import alembic_project
import deps
from alembic_project import Revision

USAGE, PROJECT, HISTORY, STATEMENT, UNSUPPORTED = 2, 4, 6, 7, 13

# aaaa1111 -- bbbb2222 -- bbbb3333 -- eeee1111        dddd1111 is a root of its own, depends on bbbb2222
#          `- cccc2222 (shop) ------'
TWO_HEADS = [Revision("aaaa1111"), Revision("bbbb2222", "aaaa1111"), Revision("bbbb3333", "bbbb2222"),
             Revision("cccc2222", "aaaa1111", labels=("shop",)), Revision("dddd1111", depends="bbbb2222", labels=("other",))]
MERGED = TWO_HEADS[:4] + [Revision("eeee1111", ("bbbb3333", "cccc2222"))]


class Graph:
    def __init__(self, inchworm, folder, revisions, server=None):
        self.inchworm, self.folder, self.server = inchworm, folder / "project", server
        self.url = server.fresh_database() if server else f"sqlite:{folder}/t.db"
        self.framework_url = self.url.replace("mysql:", "mysql+pymysql:") if server else f"sqlite:///{folder}/t.db"
        alembic_project.write(self.folder, self.framework_url, revisions)

    def run(self, *arguments, expect=0, environment=None):
        ran = subprocess.run([self.inchworm, *arguments], cwd=self.folder, capture_output=True, text=True,
                             env={**os.environ, "NO_COLOR": "1", **(environment or {})})
        assert ran.returncode == expect, (arguments, ran.returncode, ran.stdout, ran.stderr)
        return ran.stdout + ran.stderr

    def query(self, sql):
        if self.server:
            return self.server.sql(sql, self.url).splitlines()
        with sqlite3.connect(self.url.removeprefix("sqlite:")) as connection:
            return [row[0] for row in connection.execute(sql)]

    def rows(self):
        return sorted(self.query("SELECT version_num FROM alembic_version"))

    def tables(self):
        sql = ("SELECT name FROM sqlite_master WHERE type = 'table'" if not self.server else
               "SELECT tablename FROM pg_tables WHERE schemaname = 'public'" if self.url.startswith("postgres") else
               "SELECT table_name FROM information_schema.tables WHERE table_schema = database()")
        return sorted(name[2:] for name in self.query(sql) if name.startswith("t_"))


def graphs(inchworm, folder, server, revisions):
    (folder / "sqlite").mkdir()
    (folder / "postgres").mkdir()
    return [Graph(inchworm, folder / "sqlite", revisions), Graph(inchworm, folder / "postgres", revisions, server)]


def test_up_without_a_target_refuses_two_heads_and_names_them(inchworm, tmp_path):
    graph = Graph(inchworm, tmp_path, TWO_HEADS)
    for target in ([], ["head"]):
        said = graph.run("up", *target, expect=HISTORY)
        assert "Multiple head revisions are present for given argument 'head'" in said, said
        assert "bbbb3333, cccc2222, dddd1111" in said and "`inchworm up heads`" in said, said
    assert graph.tables() == []
    said = graph.run("status", expect=1)
    assert "Current: none." in said and "there are 3 heads" in said, said
    assert graph.run("plan", expect=HISTORY) and "up aaaa1111" not in graph.run("plan", expect=HISTORY)


def test_up_and_down_take_the_identifiers_of_alembic(inchworm, tmp_path, postgres15):
    steps = [("up +1", None), ("up aaaa", ["aaaa1111"]), ("up shop@head", ["cccc2222"]), ("up bbbb3", ["bbbb3333", "cccc2222"]),
             ("up bbbb3333", ["bbbb3333", "cccc2222"]), ("down shop@-1", ["bbbb3333"]), ("down bbbb3333-1", ["bbbb2222"]),
             ("up aaaa1111+1", None), ("up other@+1", ["dddd1111"]), ("up heads", ["bbbb3333", "cccc2222", "dddd1111"]),
             ("down bbbb2222", ["cccc2222", "dddd1111"]), ("down aaaa", ["aaaa1111"]), ("down base", []),
             ("up dddd", ["dddd1111"])]
    for graph in graphs(inchworm, tmp_path, postgres15, TWO_HEADS):
        for words, rows in steps:
            if rows is None:
                assert "Ambiguous walk" in graph.run(*words.split(), expect=USAGE)
                continue
            graph.run(*words.split())
            assert graph.rows() == rows, (words, graph.rows())
        assert graph.tables() == ["aaaa1111", "bbbb2222", "dddd1111"]


def test_merges_are_one_row_and_come_apart_again(inchworm, tmp_path, postgres15):
    for graph in graphs(inchworm, tmp_path, postgres15, MERGED):
        assert "5 migrations applied" in graph.run("up")
        assert graph.rows() == ["eeee1111"]
        graph.run("down", "-1", expect=USAGE)  # two parents: Alembic says "Ambiguous walk", too
        graph.run("down", "bbbb3333")
        assert graph.rows() == ["bbbb3333", "cccc2222"]
        said = graph.run("down", expect=HISTORY)
        assert "is ambiguous: the database stands at several heads" in said, said
        graph.run("up")
        assert graph.rows() == ["eeee1111"]


def test_history_shows_the_graph(inchworm, tmp_path):
    graph = Graph(inchworm, tmp_path, MERGED + TWO_HEADS[4:])
    graph.run("up", "cccc2222")
    lines = [line.split(None, 2) for line in graph.run("history").splitlines() if line.startswith("  ")]
    shown = {line[1]: [line[0], line[2] if len(line) > 2 else ""] for line in lines if line[0] in ("applied", "pending")}
    assert shown["aaaa1111"] == ["applied", "branch point"], shown
    assert shown["bbbb2222"][1].endswith("branch point"), shown  # bbbb3333 follows it, dddd1111 depends on it
    assert shown["cccc2222"][0] == "applied" and shown["cccc2222"][1].endswith("current, label shop"), shown
    assert shown["cccc2222"][1].startswith("after aaaa1111") != shown["bbbb2222"][1].startswith("after aaaa1111"), shown
    assert shown["eeee1111"] == ["pending", "after bbbb3333 and cccc2222, merge, head"], shown
    assert shown["dddd1111"] == ["pending", "after bbbb2222, head, label other"], shown
    said = json.loads(graph.run("history", "--json"))
    assert sorted(said["heads"]) == ["dddd1111", "eeee1111"] and said["current"] == ["cccc2222"]
    by_name = {one["name"]: one for one in said["migrations"]}
    assert by_name["eeee1111"]["parents"] == ["bbbb3333", "cccc2222"] and by_name["eeee1111"]["isHead"]
    assert by_name["dddd1111"]["parents"] == ["bbbb2222"] and by_name["dddd1111"]["labels"] == ["other"]
    assert by_name["cccc2222"]["isCurrent"] and not by_name["cccc2222"]["isHead"]
    assert [one["name"] for one in said["migrations"] if one["state"] == "applied"] == ["aaaa1111", "cccc2222"]
    names = [one["name"] for one in said["migrations"]]
    assert all(names.index(parent) < names.index(one["name"]) for one in said["migrations"] for parent in one["parents"])


def test_plan_shows_what_up_and_down_would_run_and_in_which_order(inchworm, tmp_path):
    graph = Graph(inchworm, tmp_path, TWO_HEADS)
    graph.run("up", "bbbb2222")
    plan = json.loads(graph.run("plan", "--json", "heads"))
    assert sorted(one["migration"] for one in plan["plan"]) == ["bbbb3333", "cccc2222", "dddd1111"]
    graph.run("up", "heads")
    planned = [one["migration"] for one in json.loads(graph.run("plan", "--down", "--json", "base"))["plan"]]
    undone = [json.loads(line)["migration"] for line in graph.run("down", "--json", "base").splitlines()
              if json.loads(line)["event"] == "migrationBegin"]
    assert planned == undone and len(undone) == 5


def test_a_branch_sees_what_the_other_branch_did(inchworm, tmp_path):
    """A table is made anew for SQLite from what is known of it: a column that another branch added must not get lost."""
    batch = ("with op.batch_alter_table('t_a') as batch: batch.drop_column('x')",
             "import sqlalchemy as sa; op.add_column('t_a', sa.Column('x', sa.Integer()))")
    graph = Graph(inchworm, tmp_path, [
        Revision("aaaa1111", up="op.execute('CREATE TABLE t_a (id integer, x integer)')"),
        Revision("bbbb2222", "aaaa1111", up=batch[0], back=batch[1]),
        Revision("cccc3333", "aaaa1111", up="op.execute('ALTER TABLE t_a ADD COLUMN y integer DEFAULT 7')",
                 back="op.execute('ALTER TABLE t_a DROP COLUMN y')")])
    graph.run("up", "cccc3333")
    with sqlite3.connect(graph.url.removeprefix("sqlite:")) as connection:
        connection.execute("INSERT INTO t_a VALUES (1, 2, 3)")
    said = graph.run("up", "bbbb2222")
    with sqlite3.connect(graph.url.removeprefix("sqlite:")) as connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(t_a)")]
        assert columns == ["id", "y"], (columns, said)
        assert connection.execute("SELECT id, y FROM t_a").fetchall() == [(1, 3)]
    graph.run("down", "bbbb2222@aaaa1111", "--lossy")
    assert graph.rows() == ["cccc3333"]


def test_a_row_without_a_file_is_not_guessed_at(inchworm, tmp_path):
    graph = Graph(inchworm, tmp_path, MERGED)
    graph.run("up", "bbbb2222")
    (graph.folder / "migrations/versions/bbbb2222_x.py").unlink()
    (graph.folder / "migrations/versions/bbbb3333_x.py").unlink()
    (graph.folder / "migrations/versions/eeee1111_x.py").unlink()
    for command in (["up"], ["down", "base"], ["plan"]):
        said = graph.run(*command, expect=HISTORY)
        assert "Can't locate revision identified by 'bbbb2222'" in said, said
    assert "Current: bbbb2222 (no file). Heads: cccc2222." in graph.run("status", expect=1)
    assert graph.rows() == ["bbbb2222"]


def test_resolve_leaves_the_rows_that_alembic_stamp_would(inchworm, tmp_path, postgres15):
    for graph in graphs(inchworm, tmp_path, postgres15, MERGED):
        graph.run("up", "--url", graph.url, "aaaa1111")
        graph.run("resolve", "--applied", "cccc2")
        assert graph.rows() == ["cccc2222"]
        graph.run("resolve", "--applied", "bbbb3333")
        assert graph.rows() == ["bbbb3333", "cccc2222"]
        graph.run("resolve", "--applied", "head")
        assert graph.rows() == ["eeee1111"]
        assert "is not a head" in graph.run("resolve", "--rolled-back", "bbbb3333", expect=HISTORY)
        graph.run("resolve", "--rolled-back", "eeee1111", "cccc2222")
        assert graph.rows() == ["bbbb3333"]
        assert graph.tables() == ["aaaa1111"]


def test_a_database_of_several_is_chosen_by_name(inchworm, tmp_path):
    graph = Graph(inchworm, tmp_path, [Revision("aaaa1111")])
    other = tmp_path / "other"
    alembic_project.write(other, "sqlite:///unused", [Revision("ffff1111")])
    with open(graph.folder / "alembic.ini", "a", encoding="utf-8") as ini:
        ini.write(f"\n[billing]\nscript_location = {other}/migrations\nsqlalchemy.url = sqlite:///{tmp_path}/billing.db\n")
    assert "ffff1111" in graph.run("up", "--database", "billing")
    assert (tmp_path / "billing.db").exists() and not (tmp_path / "t.db").exists()
    (graph.folder / "inchworm.yaml").write_text("database: billing\n")
    assert "ffff1111" in graph.run("history")
    assert "nothing_like_it" in graph.run("status", "--database", "nothing_like_it", expect=PROJECT)


MULTIDB = '''"""both"""
revision, down_revision, branch_labels, depends_on = "aaaa1111", None, None, None
from alembic import op


def upgrade(engine_name):
    globals()["upgrade_%s" % engine_name]()


def upgrade_one():
    op.execute("CREATE TABLE t_one (id integer)")


def upgrade_two():
    op.execute("CREATE TABLE t_two (id integer)")
'''


def test_the_databases_of_the_multidb_template_are_chosen_by_name(inchworm, tmp_path):
    graph = Graph(inchworm, tmp_path, [Revision("aaaa1111")])
    (graph.folder / "migrations/versions/aaaa1111_x.py").write_text(MULTIDB)
    (graph.folder / "alembic.ini").write_text(
        "[alembic]\nscript_location = migrations\ndatabases = one, two\n"
        f"[one]\nsqlalchemy.url = sqlite:///{tmp_path}/one.db\n[two]\nsqlalchemy.url = sqlite:///{tmp_path}/two.db\n")
    said = graph.run("up", expect=PROJECT)
    assert "holds several databases: one, two" in said and "--database NAME" in said, said
    assert "CREATE TABLE t_two" in graph.run("up", "--database", "two")
    assert (tmp_path / "two.db").exists() and not (tmp_path / "one.db").exists()


def test_a_line_has_one_target(inchworm, tmp_path):
    folder = tmp_path / "prisma/migrations/1_a"
    folder.mkdir(parents=True)
    (folder / "migration.sql").write_text("CREATE TABLE a (id int);\n")
    (tmp_path / "prisma/schema.prisma").write_text(f'datasource db {{\n  provider = "sqlite"\n  url = "file:{tmp_path}/x.db"\n}}\n')
    ran = subprocess.run([inchworm, "up", "1_a", "2_b"], cwd=tmp_path, capture_output=True, text=True)
    assert ran.returncode == USAGE and '"2_b" is one word too many' in ran.stderr, ran.stderr


# Delegation ------------------------------------------------------------------------------------------------------------

PYTHON = "for row in op.get_bind().exec_driver_sql('SELECT 1'): op.execute('CREATE TABLE t_python (id integer)')"


def with_alembic(graph):
    """The project's own virtual environment, as far as it is looked for."""
    if not os.path.exists(deps.python("alembic-sqlalchemy20")):
        raise unittest.SkipTest("the pinned Alembic is not installed (tools/install-deps)")
    program = graph.folder / ".venv/bin/alembic"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec {deps.python("alembic-sqlalchemy20")} -m alembic "$@"\n')
    program.chmod(0o755)
    return graph


def python_project():
    return [Revision("aaaa1111"), Revision("bbbb2222", "aaaa1111", up=PYTHON, back="op.execute('DROP TABLE t_python')"),
            Revision("cccc3333", "bbbb2222")]


def test_a_migration_that_holds_python_is_run_by_alembic_when_that_is_allowed(inchworm, tmp_path, postgres15):
    for graph in graphs(inchworm, tmp_path, postgres15, python_project()):
        with_alembic(graph)
        assert "--delegate" in graph.run("up", expect=UNSUPPORTED)
        assert graph.tables() == []
        said = graph.run("up", "--delegate")
        assert "3 migrations applied" in said and "upgrade bbbb2222" in said, said
        assert graph.tables() == ["aaaa1111", "cccc3333", "python"] and graph.rows() == ["cccc3333"]


def test_alembic_undoes_only_the_revision_that_is_delegated(inchworm, tmp_path, postgres15):
    """Another branch from the same parent, and the parents of a merge, stay."""
    undone = "[op.execute(row[0]) for row in op.get_bind().exec_driver_sql(\"SELECT 'DROP TABLE t_{id}'\")]"
    revisions = [Revision(one.id, one.down, labels=one.labels, back=undone.format(id=one.id)) for one in MERGED]
    for graph in graphs(inchworm, tmp_path, postgres15, revisions):
        with_alembic(graph)
        graph.run("up")
        assert "--delegate" in graph.run("down", "bbbb3333", expect=UNSUPPORTED)
        for target, rows in (("bbbb3333", ["bbbb3333", "cccc2222"]), ("shop@-1", ["bbbb3333"]), ("-1", ["bbbb2222"]),
                             ("base", [])):
            graph.run("down", "--delegate", target)
            assert graph.rows() == rows, (target, graph.rows())
        assert graph.tables() == []


def test_nothing_is_delegated_to_another_database_that_looks_the_same(inchworm, tmp_path, postgres15, mariadb):
    """Both are empty: only who waits for whom tells them apart."""
    for server in (postgres15, mariadb):
        graph = with_alembic(Graph(inchworm, tmp_path / server.scheme, python_project(), server))
        other = server.fresh_database()
        said = graph.run("up", "--delegate", "--url", other, expect=PROJECT)
        assert "works on another database" in said and "nothing has run yet" in said, said
        assert graph.tables() == []
        graph.run("up", "--delegate")
        assert graph.tables() == ["aaaa1111", "cccc3333", "python"] and graph.rows() == ["cccc3333"]


def test_a_command_that_fails_behind_its_migration_is_not_said_to_have_left_nothing(inchworm, tmp_path, postgres15):
    for graph in graphs(inchworm, tmp_path, postgres15, python_project()):
        program = with_alembic(graph).folder / ".venv/bin/alembic"
        text = program.read_text()
        program.write_text(text.replace("exec ", "") + 'case "$*" in *upgrade*) echo mail is down >&2; exit 5;; esac\n')
        said = graph.run("up", "--delegate", expect=STATEMENT)
        assert 'the framework recorded that "bbbb2222" is applied, but its command failed' in said, said
        assert "mail is down" in said and "The migration is applied and is not run again" in said, said
        assert graph.rows() == ["bbbb2222"]
        program.write_text(text)
        assert "1 migration applied" in graph.run("up", "--delegate")
        assert graph.tables() == ["aaaa1111", "cccc3333", "python"] and graph.rows() == ["cccc3333"]


def test_nothing_is_delegated_to_a_database_in_another_state(inchworm, tmp_path):
    graph = with_alembic(Graph(inchworm, tmp_path, python_project()))
    graph.run("up", "--delegate")
    said = graph.run("up", "--delegate", "--url", f"sqlite:{tmp_path}/other.db", expect=PROJECT)
    assert "`alembic current` says cccc3333" in said, said
    shutil.rmtree(graph.folder / ".venv")
