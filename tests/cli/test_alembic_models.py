"""Alembic projects whose first tables come from create_all(): what no migration makes is named once, and is no finding;
what migrations made and took away still is one."""

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import alembic_project
import project

LINES = {
    "aa1": ["op.add_column('users', sa.Column('age', sa.Integer()))", "op.alter_column('users', 'name', nullable=False)",
            "op.drop_constraint('uq_users', 'users')"],
    "aa2": ["op.create_table('posts', sa.Column('id', sa.Integer()), sa.Column('event_id', sa.Integer(), sa.ForeignKey('events.id')))",
            "op.drop_index('ix_old')", "op.execute(\"ALTER TYPE mood ADD VALUE 'x'\")", "op.execute('UPDATE rooms SET x = 1')"],
    "aa3": ["op.drop_table('posts')", "op.rename_table('rooms', 'halls')", "op.add_column('halls', sa.Column('q', sa.Integer()))",
            "op.add_column('users', sa.Column('x', sa.Integer()))"],
    "aa4": ["op.add_column('posts', sa.Column('x', sa.Integer()))", "op.add_column('rooms', sa.Column('x', sa.Integer()))"],
}
NOTE = "no migration makes these, which migrations change: users, events, ix_old, mood, rooms"


def write(folder, lines):
    revisions = [alembic_project.Revision(id, f"aa{i}" if i else None, up="\n    ".join(lines[id]), back="pass")
                 for i, id in enumerate(lines)]
    alembic_project.write(folder, "postgresql://localhost/x", revisions)
    for path in (folder / "migrations/versions").glob("*.py"):
        path.write_text(path.read_text().replace("from alembic import op", "import sqlalchemy as sa\nfrom alembic import op"))
    return folder


def test_tables_of_create_all_are_named_once(inchworm, tmp_path):
    said = json.loads(project.run(inchworm, write(tmp_path, LINES), "", "lint", "--json").stdout)
    wrong = [(one["migration"], one["message"].split(": ")[1]) for one in said["findings"] if one["rule"] == "would-fail"]
    assert wrong == [("aa4", 'relation "posts" does not exist'), ("aa4", 'relation "rooms" does not exist')], wrong
    assert [(one["severity"], one["message"]) for one in said["problems"]] == [("note", NOTE)], said["problems"]
    assert project.run(inchworm, tmp_path, "", "lint").stderr == (
        f"note: {NOTE}\n"
        "  hint: They are taken to be there, as create_all() makes them from the models; what they hold is not known.\n")


def test_many_of_them_are_counted(inchworm, tmp_path):
    write(tmp_path, {"aa1": [f"op.add_column('t{i}', sa.Column('x', sa.Integer()))" for i in range(30)]})
    said = json.loads(project.run(inchworm, tmp_path, "", "lint", "--json").stdout)
    assert said["problems"][0]["message"].endswith("change: " + ", ".join(f"t{i}" for i in range(12)) + " and 18 more"), said
    assert "would-fail" not in str(said["findings"])


def test_a_history_that_makes_its_tables_says_nothing(inchworm, tmp_path):
    write(tmp_path, {"aa1": ["op.create_table('a', sa.Column('id', sa.Integer()))"],
                     "aa2": ["op.add_column('a', sa.Column('x', sa.Integer()))", "op.drop_column('a', 'nothing')"]})
    said = json.loads(project.run(inchworm, tmp_path, "", "lint", "--json").stdout)
    assert said["problems"] == [] and [one["rule"] for one in said["findings"]].count("would-fail") == 1, said
