"""The SQL that Inchworm makes of Alembic's directives, beside the real Alembic's: every case of alembic/matrix.py."""

import json
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "support"), str(HERE / "alembic")]
import deps
import matrix

DIALECTS = {"postgresql": "postgres", "mysql": "mysql", "mariadb": "mariadb", "sqlite": "sqlite"}
ENVIRONMENT = """
from alembic import context
import sqlalchemy as sa
context.configure(target_metadata=sa.MetaData(naming_convention=%r))
"""


def canonical(sql):
    sql = re.sub(r"\s+", " ", sql).strip().rstrip(";").strip()
    return sql.replace("( ", "(").replace(" )", ")").replace(" ,", ",")


def sorted_options(sql):
    """Options of MySQL's tables come in any order."""
    head, close, options = sql.rpartition(")")
    return head + close + " ".join(sorted(options.split())) if sql.startswith("CREATE TABLE") else sql


SQLALCHEMY = {"alembic-sqlalchemy14": "1.4.54", "alembic-sqlalchemy20": "2.0.58", "alembic-sqlalchemy21": "2.1.9"}


def ours(dump_project, folder, manifest, dialect, bodies, conventions):
    versions = folder / "versions"
    versions.mkdir(parents=True)
    (folder / "alembic.ini").write_text("[alembic]\nscript_location = .\n")
    (folder / "env.py").write_text(ENVIRONMENT % conventions)
    (folder / "requirements.txt").write_text(f"sqlalchemy=={SQLALCHEMY[manifest]}\n")
    for index, body in enumerate(bodies):
        (versions / f"r{index:04}.py").write_text(
            f"revision = 'r{index:04}'\ndown_revision = None\n{matrix.HEAD}\ndef upgrade():\n    {body}\n")
    output = subprocess.run([dump_project, folder, "--framework", "alembic", "--dialect", DIALECTS[dialect]],
                            check=True, capture_output=True, text=True).stdout
    found = {one["version"]: one["up"] for one in json.loads(output)["migrations"]}
    return [found[f"r{index:04}"] for index in range(len(bodies))]


def theirs(manifest, dialect, bodies, conventions):
    asked = json.dumps({"dialect": dialect, "conventions": conventions, "bodies": bodies})
    done = subprocess.run([deps.python(manifest), HERE / "alembic/oracle.py"], input=asked, check=True,
                          capture_output=True, text=True)
    return json.loads(done.stdout)


def compare(dump_project, folder, manifest, dialect, bodies, conventions):
    """The cases in which what Inchworm makes differs, as text."""
    different = []
    mine = ours(dump_project, folder, manifest, dialect, bodies, conventions)
    for body, made, real in zip(bodies, mine, theirs(manifest, dialect, bodies, conventions)):
        pieces = made.get("pieces", [{"foreign": made.get("message"), "sql": ""}])
        reasons = [piece["foreign"] for piece in pieces if piece["foreign"]]
        if dialect == "sqlite" and any(" ALTER COLUMN " in sql for sql in real["sql"]):
            real["error"] = "the server refuses what Alembic sends"
        if real["error"] is not None:
            if not reasons:
                different.append(f"{body}\n  refused: {real['error'][:200]}\n  inchworm: {[p['sql'] for p in pieces]}")
            continue
        wanted = [sorted_options(canonical(sql)) for sql in real["sql"]]
        have = [sorted_options(canonical(piece["sql"])) for piece in pieces]
        if reasons or sorted(wanted) != sorted(have) or wanted[:1] != have[:1]:
            different.append(f"{body}\n  alembic:  {wanted}\n  inchworm: {reasons or have}")
    return different


def check(dump_project, tmp_path, manifest, dialect):
    unknown = ("nulls_not_distinct", "sqlite_strict") if manifest == "alembic-sqlalchemy14" else ()
    different = compare(dump_project, tmp_path / "plain", manifest, dialect, matrix.cases(unknown), {})
    different += compare(dump_project, tmp_path / "named", manifest, dialect, matrix.named(), matrix.CONVENTIONS)
    assert not different, f"{len(different)} cases:\n" + "\n".join(different)


def test_directives_on_postgresql(dump_project, tmp_path):
    check(dump_project, tmp_path, "alembic-sqlalchemy20", "postgresql")


def test_directives_on_mysql(dump_project, tmp_path):
    check(dump_project, tmp_path, "alembic-sqlalchemy20", "mysql")


def test_directives_on_mariadb(dump_project, tmp_path):
    check(dump_project, tmp_path, "alembic-sqlalchemy20", "mariadb")


def test_directives_on_sqlite(dump_project, tmp_path):
    check(dump_project, tmp_path, "alembic-sqlalchemy20", "sqlite")


def test_sqlalchemy_1_4_on_postgresql(dump_project, tmp_path):
    check(dump_project, tmp_path, "alembic-sqlalchemy14", "postgresql")


def test_sqlalchemy_1_4_on_mysql(dump_project, tmp_path):
    check(dump_project, tmp_path, "alembic-sqlalchemy14", "mysql")


def test_sqlalchemy_1_4_on_sqlite(dump_project, tmp_path):
    check(dump_project, tmp_path, "alembic-sqlalchemy14", "sqlite")


def test_sqlalchemy_2_1_on_postgresql(dump_project, tmp_path):
    check(dump_project, tmp_path, "alembic-sqlalchemy21", "postgresql")


def test_sqlalchemy_2_1_on_mysql(dump_project, tmp_path):
    check(dump_project, tmp_path, "alembic-sqlalchemy21", "mysql")


def test_sqlalchemy_2_1_on_sqlite(dump_project, tmp_path):
    check(dump_project, tmp_path, "alembic-sqlalchemy21", "sqlite")
