"""Graphs of migrations: what is shown, what `up` and `down` choose, in which order, and the rows of django_migrations
afterwards are those of the real Django, on random graphs with squashed migrations, dependencies between apps and
histories that no honest run left."""

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
import deps
import django_project

MANIFESTS = ["django32", "django42", "django52", "django60", "django61"]
ORACLE = pathlib.Path(__file__).resolve().parents[1] / "support/django_graph_oracle.py"


def version_of(manifest):
    text = (pathlib.Path(__file__).resolve().parents[1] / f"pip/{manifest}.txt").read_text()
    return re.search(r"^django==([0-9.]+)", text, re.I | re.M)[1]


def real_django(python, folder, commands):
    (folder / "oracle.db").unlink(missing_ok=True)
    (folder / "commands.json").write_text(json.dumps(commands))
    ran = subprocess.run([python, "-W", "ignore", str(ORACLE), str(folder), str(folder / "commands.json")], text=True,
                         capture_output=True,
                         env={**os.environ, "PYTHONHASHSEED": "1", "PYTHONDONTWRITEBYTECODE": "1"})
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def prepare(database, rows):
    pathlib.Path(database).unlink(missing_ok=True)
    with sqlite3.connect(database) as connection:
        connection.execute("CREATE TABLE step_log (id integer PRIMARY KEY, what text)")
        connection.execute('CREATE TABLE "django_migrations" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "app"'
                           ' varchar(255) NOT NULL, "name" varchar(255) NOT NULL, "applied" datetime NOT NULL)')
        connection.executemany("INSERT INTO django_migrations (app, name, applied) VALUES (?, ?, '2026-01-02 03:04:05')", rows)


def run(inchworm, folder, *arguments):
    ran = subprocess.run([inchworm, *arguments, "--url", f"sqlite:{folder}/ours.db", "--json"], cwd=folder, text=True,
                         capture_output=True, env={**os.environ, "VIRTUAL_ENV": ""}, stdin=subprocess.DEVNULL)
    said = json.loads(ran.stdout.splitlines()[-1]) if ran.stdout.strip() and arguments[0] in ("up", "down") else (
        json.loads(ran.stdout) if ran.stdout.strip() else {})
    error = None
    if "error" in said:
        error = [ran.returncode, said["error"]["message"] + " " + str(said["error"].get("detail"))]
    elif ran.returncode not in (0, 1) or not said:
        error = [ran.returncode, ran.stdout + ran.stderr]
    return said, error


# Rows of what is not in the graph.
OUTSIDE = "replaced by|its row does not count"


def ours(inchworm, folder, rows, words, goes_down):
    prepare(folder / "ours.db", rows)
    said, shown_error = run(inchworm, folder, "history")
    shown_error = shown_error or next(([0, one["message"]] for one in said["problems"] if one["severity"] == "error"), None)
    shown = [["X" if one["state"] == "applied" else " ", one["name"]] for one in said.get("migrations", [])
             if one["state"] in ("applied", "pending") and not re.search(OUTSIDE, one.get("note") or "")]
    _, error = run(inchworm, folder, *(["down", "--lossy", *words] if goes_down else ["up", *words]))
    with sqlite3.connect(folder / "ours.db") as connection:
        steps = [row[0] for row in connection.execute("SELECT what FROM step_log ORDER BY id")]
        after = [list(row) for row in connection.execute("SELECT app, name FROM django_migrations ORDER BY app, name, id")]
    return {"shown": shown, "shown_error": shown_error, "steps": steps, "after": after, "error": error}


MEANINGS = {
    "nonexistent": "nonexistent", "Circular": "cycle", "form a cycle": "cycle", "is applied before its": "history",
    "Conflicting migrations": "conflict", "Dependency on unknown app": "unknown app", "with no migrations": "no migrations",
    "Cyclical squash": "cyclical squash", "No installed app": "no app", "does not have migrations": "unmigrated",
    "More than one migration": "ambiguous", "Cannot find a migration": "not found", "replacement node": "replacement node",
    "not a valid node": "not valid",
}


def meaning(error):
    text = " ".join(map(str, error))
    return next((value for key, value in MEANINGS.items() if key in text), text)


def difference(theirs, mine, part):
    error, own = theirs[part + "error"], mine[part + "error"]
    if own and SELF in own[1]:  # before 6.0 Django loses it, or fails with a KeyError
        return None
    if part and own and (own[0] == 0 or error):  # what would be wrong on an empty database is shown, and the rest, too
        return None
    if (error is None) != (own is None):
        return f"{part}error {own}, Django's: {error}"
    if error is not None and meaning(error) != meaning(own):
        return f"{part}says {own[1]!r}, Django: {error}"
    keys = ["shown"] if part else ["steps", "after"]
    for key in keys:
        if error is None and theirs[key] != mine[key]:
            return f"{key} {mine[key]}, Django's: {theirs[key]}"
    return None


# A squashed migration that replaces itself.
SELF = "Cyclical squash replacement"


def is_crash(error):
    return error is not None and error[0] not in ("CommandError", "NodeNotFoundError", "CircularDependencyError",
                                                  "InconsistentMigrationHistory", "ValueError", "LookupError")


def compare(inchworm, folder, theirs, words):
    goes_down = theirs["plan"] == "down" or (len(words) > 1 and words[1] == "zero")
    mine = ours(inchworm, folder, theirs["before"], words, goes_down)
    is_exact = len(words) == 2 and (folder / words[0] / "migrations" / f"{words[1]}.py").exists()
    if is_exact and theirs["error"] and "More than one migration matches" in theirs["error"][1]:
        return []  # Django takes a whole name for the beginning of another one, too
    problems = [difference(theirs, mine, part) for part in ("shown_", "") if not is_crash(theirs[part + "error"])]
    return [problem for problem in problems if problem is not None]


def check_graph(inchworm, python, version, folder, seed, commands=8):
    rng = random.Random(seed * 7919)
    apps, migrations, gone = django_project.random_graph(seed)
    django_project.write(folder, apps, migrations, version, django_project.MORE)
    words = []
    for _ in range(commands):
        if rng.random() < 0.3:
            words.append(["rows", django_project.random_rows(rng, migrations, gone)])
        words.append(["migrate", *django_project.random_target(rng, migrations)])
    asked = [one[1:] for one in words if one[0] == "migrate"]
    said = real_django(python, folder, words)
    return [f"Django {version}, graph {seed}, migrate {' '.join(asked[i])} from {theirs['before']}: {problem}"
            for i, theirs in enumerate(said) for problem in compare(inchworm, folder, theirs, asked[i])]


def test_what_is_shown_run_and_recorded_is_what_django_does_on_random_graphs(inchworm, tmp_path):
    first, count = int(os.environ.get("INCHWORM_SEED", "1")), int(os.environ.get("INCHWORM_GRAPHS", "25"))
    manifests = [one for one in MANIFESTS if (deps.folder(one) / "bin/python").exists()]
    if not manifests:
        raise unittest.SkipTest("no pinned Django is installed (tools/install-deps)")
    wrong = []
    for seed in range(first, first + count):
        manifest = manifests[seed % len(manifests)]
        wrong += check_graph(inchworm, deps.python(manifest), version_of(manifest), tmp_path / f"g{seed}", seed)
    assert not wrong, "\n".join(wrong)
