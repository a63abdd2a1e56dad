"""batch_alter_table() on SQLite: the whole chain by the real Alembic in one database, by Inchworm in another. What both
leave must be equal: the catalogue's text, rows, the revision."""

import os
import pathlib
import re
import sqlite3
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import deps

HEAD = """
import sqlalchemy as sa
from alembic import op
"""
TABLE = """
    op.create_table("{t}", sa.Column("id", sa.Integer(), nullable=False), sa.Column("a", sa.String(30), nullable=False),
        sa.Column("b", sa.Integer(), server_default="10"), sa.Column("c", sa.DateTime(), server_default=sa.func.now()),
        sa.Column("d", sa.Numeric(10, 2)), sa.Column("e", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("o", sa.Integer()), sa.Column("j", sa.JSON()), sa.Column("s", sa.String(5), server_default="it's"),
        sa.ForeignKeyConstraint(["o"], ["other.id"], name="fk_{t}_o", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_{t}"), sa.UniqueConstraint("a", "b", name="uq_{t}"),
        sa.CheckConstraint("b > 0", name="ck_{t}"))
    op.create_index("ix_{t}_a", "{t}", ["a"])
    op.create_index("ix_{t}_b", "{t}", ["b", "c"], unique=True, sqlite_where=sa.text("b > 5"))
    op.execute("INSERT INTO {t} (id, a, b, c, d, o, j) VALUES (1, 'x', 7, '2020-01-01', 1.5, NULL, '[]')")
"""
BATCHES = [
    ['b.add_column(sa.Column("n", sa.Integer()))', 'b.create_index("ix_{t}_n", ["n"])'],
    ['b.drop_column("d")'],
    ['b.alter_column("a", type_=sa.Text(), existing_type=sa.String(30), nullable=True)'],
    ['b.alter_column("b", type_=sa.String(9), existing_type=sa.Integer())'],
    ['b.alter_column("j", type_=sa.Text())'],
    ['b.alter_column("a", new_column_name="renamed")'],
    ['b.alter_column("b", server_default=None)', 'b.alter_column("s", server_default="new")'],
    ['b.alter_column("c", server_default=sa.text("(datetime(\'now\'))"))'],
    ['b.drop_constraint("uq_{t}", type_="unique")'],
    ['b.drop_constraint("fk_{t}_o", type_="foreignkey")', 'b.drop_column("o")'],
    ['b.create_unique_constraint("uq2_{t}", ["a"])', 'b.create_check_constraint("ck2_{t}", "b < 100")'],
    ['b.create_foreign_key("fk2_{t}", "other", ["b"], ["id"], ondelete="SET NULL")'],
    ['b.drop_index("ix_{t}_a")', 'b.drop_column("a")'],
    ['b.drop_column("j")', 'b.add_column(sa.Column("n", sa.Integer(), nullable=True), insert_after="id")'],
    ['b.add_column(sa.Column("n", sa.Integer(), sa.ForeignKey("other.id", name="fk3_{t}")))'],
    ['b.add_column(sa.Column("n", sa.DateTime(), server_default=sa.func.now()))'],
    ['b.alter_column("e", type_=sa.Integer(), existing_type=sa.Boolean(), server_default="1")', 'b.drop_constraint("ck_{t}")'],
    ['b.drop_index("ix_{t}_b")', 'b.create_index("ix_{t}_c", ["c"], unique=False)'],
]
ALWAYS = "with op.batch_alter_table({t!r}, recreate='always') as b:\n        b.create_index('ix_{t}_x', ['d'])"


def revisions():
    yield "other", 'op.create_table("other", sa.Column("id", sa.Integer(), primary_key=True))\n    op.execute("INSERT INTO other VALUES (7)")'
    for index, lines in enumerate(BATCHES):
        table = f"t{index}"
        body = TABLE.format(t=table) + f"    with op.batch_alter_table({table!r}, schema=None) as b:\n"
        yield table, body.strip() + "\n" + "\n".join("        " + line.format(t=table) for line in lines)
    yield "always", TABLE.format(t="always").strip() + "\n    " + ALWAYS.format(t="always")


def project(folder):
    (folder / "versions").mkdir(parents=True)
    (folder / "alembic.ini").write_text("[alembic]\nscript_location = .\n")
    (folder / "env.py").write_text("""
import os
import sqlalchemy as sa
from alembic import context
engine = sa.create_engine(os.environ["DATABASE_URL"])
with engine.connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
""")
    before = None
    for name, body in revisions():
        (folder / f"versions/{name}.py").write_text(
            f"revision = {name!r}\ndown_revision = {before!r}\n{HEAD}\ndef upgrade():\n    {body}\n\ndef downgrade():\n    pass\n")
        before = name


def parts(sql):
    """The lines of a CREATE TABLE; Alembic's order of constraints is that of a Python set."""
    text = re.sub(r"\s+", " ", sql or "").replace("( ", "(").replace(" )", ")").replace(" ,", ",")
    head, _, rest = text.partition("(")
    items, depth, current = [], 0, ""
    for character in rest:
        depth += (character == "(") - (character == ")")
        if character == "," and depth == 0:
            items.append(current.strip())
            current = ""
        else:
            current += character
    items.append(current.strip().removesuffix(")").strip())
    columns = [item for item in items if not re.match(r"CONSTRAINT|FOREIGN|UNIQUE|PRIMARY|CHECK", item)]
    return head.strip(), columns, sorted(set(items) - set(columns))


def left(path):
    with sqlite3.connect(path) as connection:
        catalogue = {name: (kind, table) + parts(sql) for kind, name, table, sql in connection.execute(
            "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE '%inchworm%'")
                     if not name.startswith("sqlite_autoindex")}
        tables = [name for name, one in catalogue.items() if one[0] == "table"]
        rows = {name: [row for row in connection.execute(f"SELECT * FROM {name}")] for name in tables}
    return catalogue, rows


def without_moments(rows):
    return {table: [tuple(re.sub(r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d", "now", value) if isinstance(value, str) else value
                          for value in row) for row in found] for table, found in rows.items()}


def check(inchworm, tmp_path, manifest):
    folder = tmp_path / "project"
    project(folder)
    a, b = tmp_path / "a.db", tmp_path / "b.db"
    real = subprocess.run([deps.python(manifest), "-m", "alembic", "upgrade", "head"], cwd=folder, text=True,
                          capture_output=True, env={**os.environ, "DATABASE_URL": f"sqlite:///{a}"})
    assert real.returncode == 0, real.stderr[-3000:]
    done = subprocess.run([inchworm, "up", "--url", f"sqlite:{b}"], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (real, real_rows), (made, made_rows) = left(a), left(b)
    for name in sorted(real.keys() | made.keys()):
        assert real.get(name) == made.get(name), (name, real.get(name), made.get(name))
    assert without_moments(real_rows) == without_moments(made_rows)


def test_batches_leave_what_alembic_leaves(inchworm, tmp_path):
    check(inchworm, tmp_path, "alembic-sqlalchemy20")
