"""Alembic projects written by tests: revisions of plain SQL, on any database; and random graphs of them."""

import pathlib
import random

ENV = '''from alembic import context
from sqlalchemy import create_engine, pool

config = context.config
engine = create_engine(config.get_main_option("sqlalchemy.url"), poolclass=pool.NullPool)
with engine.connect() as connection:
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
'''

REVISION = '''"""make {id}"""
from alembic import op

revision = {id!r}
down_revision = {down!r}
branch_labels = {labels!r}
depends_on = {depends!r}


def upgrade():
    {up}


def downgrade():
    {back}
'''


class Revision:
    """down, depends, labels: None, a text or a tuple, as Alembic takes them. up, back: lines of Python; sql makes both."""

    def __init__(self, id, down=None, depends=None, labels=None, up=None, back=None):
        self.id, self.down, self.depends, self.labels = id, down, depends, labels
        self.up = up or f"op.execute('CREATE TABLE t_{id} (id integer)')"
        self.back = back or f"op.execute('DROP TABLE t_{id}')"

    def text(self):
        return REVISION.format(**vars(self))


def write(folder, url, revisions, env=ENV, more=""):
    """A project in `folder`; returns the folder as text."""
    versions = pathlib.Path(folder) / "migrations/versions"
    versions.mkdir(parents=True, exist_ok=True)
    (versions.parents[1] / "alembic.ini").write_text(
        f"[alembic]\nscript_location = %(here)s/migrations\nsqlalchemy.url = {url.replace('%', '%%')}\n{more}")
    (versions.parent / "env.py").write_text(env)
    for revision in revisions:
        (versions / f"{revision.id}_x.py").write_text(revision.text())
    return str(folder)


LOG = "op.execute(\"INSERT INTO step_log (what, rows_then) SELECT '{what}', group_concat(version_num) FROM alembic_version\")"


def logging(id, down=None, depends=None, labels=None):
    """A revision for SQLite that notes the rows of alembic_version at its beginning."""
    return Revision(id, down, depends, labels, LOG.format(what=f"up {id}"), LOG.format(what=f"down {id}"))


def one_or_many(rng, names):
    return None if not names else names[0] if len(names) == 1 and rng.random() < 0.7 else tuple(names)


def random_graph(seed):
    """Revisions with branches, merges, several roots, dependencies and labels; parents first."""
    rng = random.Random(seed)
    made, tips = [], []
    length = rng.choice([12, 12, 4, 6])
    shared = f"{rng.getrandbits(16):04x}"
    for index in range(rng.randint(2, 13)):
        start = shared if rng.random() < 0.25 else ""
        id = start + f"{rng.getrandbits(64):016x}"[: length - len(start) + (4 if start else 0)]
        if any(other.id == id for other in made):
            continue
        chance = rng.random()
        if not made or chance < 0.08:
            down = []
        elif chance < 0.25 and len(tips) > 1:
            down = rng.sample(tips, rng.choice([2, 2, min(3, len(tips))]))
        elif chance < 0.7:
            down = [rng.choice(tips)]
        else:
            down = [rng.choice(made).id]
        depends = []
        if made and rng.random() < 0.2:
            other = rng.choice(made)
            if other.id not in down:
                depends = [other.labels if other.labels and isinstance(other.labels, str) and rng.random() < 0.5 else other.id]
        if len(made) > 2 and depends and rng.random() < 0.2:
            depends.append(next(one.id for one in made if one.id not in depends and one.labels not in depends))
        labels = [f"label{index}"] if rng.random() < 0.2 else []
        made.append(logging(id, one_or_many(rng, down), one_or_many(rng, depends), one_or_many(rng, labels)))
        tips = [tip for tip in tips if tip not in down] + [id]
    return made


def random_target(rng, revisions, up):
    ids = [one.id for one in revisions]
    labels = [one.labels if isinstance(one.labels, str) else one.labels[0] for one in revisions if one.labels] or ids
    revision, label = rng.choice(ids), rng.choice(labels)
    count = rng.choice([1, 1, 2, 3])
    absolute = [revision, revision, revision[: rng.randint(3, 7)], label, "heads" if up else "base"]
    relative = [f"{'+' if up else '-'}{count}", f"{revision}{'+' if up else '-'}{count}", f"{revision}{'-' if up else '+'}1",
                f"{label}@{'+' if up else '-'}{count}", f"{'-' if up else '+'}1"]
    branch = [f"{label}@head", f"{revision}@head", f"{label}@base", f"{label}@{revision}", f"{label}@heads",
              f"{label}@{revision[:5]}"]
    rare = ["head", "heads", "base", "nothing", revision[:2], "head-1", "base+1", "", "@head", "nothing@head", f"{label}@nothing"]
    return rng.choice(rng.choice([absolute, absolute, relative, relative, branch, rare]))
