"""Graphs of revisions: what `up` and `down` choose, in which order, and the rows of alembic_version after each step are
those of the real Alembic, on random graphs with branches, merges, labels and dependencies."""

import json
import os
import pathlib
import random
import re
import sqlite3
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import alembic_project
import deps

MANIFEST = "alembic-sqlalchemy20"
ORACLE = pathlib.Path(__file__).resolve().parents[1] / "support/alembic_oracle.py"


def real_alembic(folder, commands, hash_seed):
    if not os.path.exists(deps.python(MANIFEST)):
        raise unittest.SkipTest("the pinned Alembic is not installed (tools/install-deps)")
    (folder / "oracle.db").unlink(missing_ok=True)
    (folder / "commands.json").write_text(json.dumps(commands))
    ran = subprocess.run([deps.python(MANIFEST), str(ORACLE), str(folder), str(folder / "commands.json")], text=True,
                         capture_output=True, env={**os.environ, "PYTHONHASHSEED": str(hash_seed), "PYTHONDONTWRITEBYTECODE": "1"})
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def prepare(database, rows):
    pathlib.Path(database).unlink(missing_ok=True)
    with sqlite3.connect(database) as connection:
        connection.execute("CREATE TABLE step_log (id integer PRIMARY KEY, what text, rows_then text)")
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL,"
                           " CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))")
        connection.executemany("INSERT INTO alembic_version VALUES (?)", [(row,) for row in rows])


def ours(inchworm, folder, rows, command, target):
    database = folder / "ours.db"
    prepare(database, rows)
    words = {"upgrade": ["up", "--", target], "downgrade": ["down", "--lossy", "--", target],
             "stamp": ["resolve", "--applied", "--", target]}[command]
    ran = subprocess.run([inchworm, words[0], "--url", f"sqlite:{database}", "--json", *words[1:]], cwd=folder, text=True,
                         capture_output=True)
    with sqlite3.connect(database) as connection:
        steps = [[what, sorted(then.split(",")) if then else []] for what, then in
                 connection.execute("SELECT what, rows_then FROM step_log ORDER BY id")]
        after = sorted(row[0] for row in connection.execute("SELECT version_num FROM alembic_version"))
    error = None
    if ran.returncode != 0:
        said = json.loads(ran.stdout.splitlines()[-1]) if ran.stdout else {}
        error = [ran.returncode, said.get("error", {}).get("message", ran.stdout + ran.stderr)]
    return {"before": rows, "steps": steps, "after": after, "error": error}


# Inchworm says which; Alembic has one text for all of them.
UNKNOWN = ("Multiple revisions start with", "No such branch", "is not a member of branch")
# Rows of which one is above another, which Alembic itself can leave: it refuses to go on, Inchworm goes on.
OVERLAP = "overlaps with other requested revisions"


def shape(message):
    """A message without the names in it."""
    if "Can't locate revision identified by" in message or any(words in message for words in UNKNOWN):
        return "not known"
    return re.sub(r"'[^']*'|[0-9a-f]{4,}|[+-]\d+|\d+", "#", message.split(";")[0])[:40]


# Where Alembic takes one of several heads with a warning, Inchworm asks.
ASKS = "is ambiguous: the database stands at several heads"
# `stamp` also goes back; Inchworm has --rolled-back for that.
STAMPED = "is recorded as applied already"


def difference(theirs, mine):
    crashed = theirs["error"] and theirs["error"][0] != "CommandError"
    if crashed or (theirs["error"] and OVERLAP in theirs["error"][1]) or (
            mine["error"] and (ASKS in mine["error"][1] or STAMPED in mine["error"][1])):
        return None
    if (theirs["error"] is None) != (mine["error"] is None):
        return f"error {mine['error']}, Alembic's: {theirs['error']}"
    if theirs["error"] and "ultiple head" not in theirs["error"][1] and shape(theirs["error"][1]) != shape(mine["error"][1]):
        return f"says {mine['error'][1]!r}, Alembic: {theirs['error'][1]!r}"
    if theirs["steps"] != mine["steps"]:
        return f"steps {mine['steps']}, Alembic's: {theirs['steps']}"
    if theirs["after"] != mine["after"]:
        return f"rows {mine['after']}, Alembic's: {theirs['after']}"
    return None


def check_graph(inchworm, folder, seed, commands=10):
    rng = random.Random(seed * 7919)
    folder.mkdir()
    revisions = alembic_project.random_graph(seed)
    alembic_project.write(folder, f"sqlite:///{folder}/oracle.db", revisions)
    words = []
    for _ in range(commands):
        up = rng.random() < 0.62
        if rng.random() < 0.15:
            # `alembic stamp heads` forgets heads that are there already: see _stamp_revs(). It is not compared.
            words.append(["stamp", rng.choice([one.id for one in revisions] + ["head"])])
            continue
        words.append(["upgrade" if up else "downgrade", alembic_project.random_target(rng, revisions, up)])
    wrong = []
    for hash_seed in range(8):  # the order of some steps, and some errors, hang on the order of Python's sets
        said = real_alembic(folder, words, hash_seed)
        problems = [difference(theirs, ours(inchworm, folder, theirs["before"], *words[i])) for i, theirs in enumerate(said)]
        wrong = [f"graph {seed}, {words[i][0]} {words[i][1]!r} from {said[i]['before']}: {problem}"
                 for i, problem in enumerate(problems) if problem is not None]
        if not wrong:
            break
    return wrong


def test_revisions_order_and_rows_are_those_of_alembic_on_random_graphs(inchworm, tmp_path):
    first, count = int(os.environ.get("INCHWORM_SEED", "1")), int(os.environ.get("INCHWORM_GRAPHS", "25"))
    wrong = []
    for seed in range(first, first + count):
        wrong += check_graph(inchworm, tmp_path / f"g{seed}", seed)
    assert not wrong, "\n".join(wrong)
