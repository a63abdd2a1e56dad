"""Django projects written by tests: settings, apps and migrations; and random graphs of migrations."""

import pathlib
import random

SETTINGS = '''import os

SECRET_KEY = "x"
USE_TZ = True
INSTALLED_APPS = {apps!r}
DATABASES = {{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ.get("DATABASE_FILE", "db.sqlite3")}}}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
{more}'''

MANAGE = '''#!/usr/bin/env python
import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
    from django.core.management import execute_from_command_line
    execute_from_command_line(sys.argv)
'''

MIGRATION = '''from django.conf import settings
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [{dependencies}]
    run_before = {run_before!r}
    replaces = {replaces!r}
    operations = [{operations}]
'''


class Migration:
    """dependencies: ("app", "name"), or "SETTING" for a swappable dependency. operations: lines of Python."""

    def __init__(self, app, name, dependencies=(), run_before=(), replaces=(), operations=None):
        self.app, self.name = app, name
        self.dependencies, self.run_before, self.replaces = list(dependencies), list(run_before), list(replaces)
        self.operations = logging(app, name) if operations is None else operations

    @property
    def key(self):
        return (self.app, self.name)

    def text(self):
        dependencies = ", ".join(f"migrations.swappable_dependency(settings.{one})" if isinstance(one, str) else repr(one)
                                 for one in self.dependencies)
        return MIGRATION.format(dependencies=dependencies, run_before=self.run_before, replaces=self.replaces,
                                operations=", ".join(self.operations))


def logging(app, name):
    """Operations that note in step_log that they ran."""
    words = [f"\"INSERT INTO step_log (what) VALUES ('{way} {app}.{name}')\"" for way in ("up", "down")]
    return [f"migrations.RunSQL({words[0]}, {words[1]})"]


def write(folder, apps, migrations, version=None, more="", installed=()):
    """apps: labels, one that begins with "un" has no migrations. version: "5.2.9" for requirements.txt."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "manage.py").write_text(MANAGE)
    (folder / "settings.py").write_text(SETTINGS.format(apps=[*installed, *apps], more=more))
    if version is not None:
        (folder / "requirements.txt").write_text(f"Django=={version}\n")
    for app in apps:
        package = folder / app
        package.mkdir(exist_ok=True)
        (package / "__init__.py").write_text("")
        if not app.startswith("un"):
            (package / "migrations").mkdir(exist_ok=True)
            (package / "migrations/__init__.py").write_text("")
    for migration in migrations:
        (folder / migration.app / "migrations" / f"{migration.name}.py").write_text(migration.text())
    return str(folder)


APPS = ["alpha", "beta", "gamma", "unmigrated"]
MORE = 'THING_MODEL = "beta.Thing"\nOTHER_MODEL = "unmigrated.Thing"\nLOST_MODEL = "nowhere.Thing"\n'
WORDS = ["initial", "auto", "add_x", "add", "merge", "x", "auto_2"]


def random_chain(rng, app, made, more):
    """Migrations of one app, most of them in a line, with dependencies on what is made already."""
    chain = []
    for index in range(rng.randint(1, 6)):
        name = f"{index + 1:04d}_{rng.choice(WORDS)}"
        down = []
        if chain:
            tip = chain[-1] if rng.random() < 0.95 or len(chain) < 2 else rng.choice(chain)
            down = [tip.key]
        one = Migration(app, name, down)
        if made and rng.random() < 0.4:
            one.dependencies.append(rng.choice(made).key)
        if rng.random() < 0.1:
            one.dependencies.append(more(rng, app))
        rng.shuffle(one.dependencies)
        chain.append(one)
    return chain


def rare_dependency(rng, app):
    other = rng.choice([one for one in APPS if one != app] + [app])
    return rng.choice([(other, "__first__"), (other, "__first__"), (other, "__latest__"), "THING_MODEL", "THING_MODEL",
                       "OTHER_MODEL", ("unmigrated", "__first__")] +
                      ([rng.choice(["LOST_MODEL", ("nowhere", "0001_initial"), (app, "0009_lost"), (other, "0009_lost")])]
                       if rng.random() < 0.15 else []))


def squash(rng, part, number):
    """A migration that replaces `part`, as squashmigrations makes it, or nearly."""
    first, last = part[0], part[-1]
    replaced = {one.key for one in part}
    name = f"{first.name}_squashed_{last.name}" if rng.random() < 0.6 else f"{first.name[:4]}_squashed_{number}"
    dependencies = []
    for one in part:
        for key in one.dependencies:
            if key not in replaced and key not in dependencies and (one is first or not isinstance(key, str)):
                dependencies.append(key)
    if rng.random() < 0.1 and dependencies:
        dependencies.pop()
    run_before = [key for one in part for key in one.run_before]
    return Migration(first.app, name, dependencies, run_before, [one.key for one in part])


def flat(one, squashes):
    return [key for inner in one.replaces for key in (flat(squashes[inner], squashes) if inner in squashes else [inner])]


def add_squashes(rng, chain, everything):
    """Zero to three squashes over one chain, nested or one beside the other; returns what is left on disk."""
    line, squashes, gone = list(chain), {}, set()
    for number in range(rng.choice([0, 1, 1, 2, 2, 3])):
        if len(line) < 2 and rng.random() < 0.9:
            break
        start = 0 if rng.random() < 0.6 else rng.randrange(len(line))
        end = rng.randint(start + 1, len(line))
        part = line[start:end]
        one = squash(rng, part, number)
        if one.key in squashes or one.key in {other.key for other in chain}:
            continue
        if rng.random() < 0.3:
            one.replaces = flat(one, squashes)
        if rng.random() < 0.5:  # what came behind it depends on it now
            for other in everything + list(squashes.values()):
                if other.key not in one.replaces:
                    other.dependencies = [one.key if key == part[-1].key else key for key in other.dependencies]
        if rng.random() < 0.2:
            gone.update(other.key for other in part)
        elif rng.random() < 0.1:
            gone.add(rng.choice(part).key)
        if rng.random() < 0.05:
            one.replaces.append((one.app, rng.choice(["0008_gone", "0001_initial"])))
        squashes[one.key] = one
        line[start:end] = [one] if rng.random() < 0.75 else part
    if squashes and rng.random() < 0.04:
        rng.choice(list(squashes.values())).replaces.append(rng.choice(list(squashes.values())).key)
    return list(squashes.values()), gone


def random_graph(seed):
    """Apps, migrations on disk, and names of migrations that are not there but may be recorded."""
    rng = random.Random(seed)
    apps = rng.sample(APPS, len(APPS))
    made, chains = [], []
    for app in rng.sample(["alpha", "beta", "gamma"], rng.randint(1, 3)):
        chain = random_chain(rng, app, made, rare_dependency)
        chains.append(chain)
        made += chain
    for chain in chains[1:]:  # now and then the first app waits for a later one
        if rng.random() < 0.25:
            late = rng.choice(chains[0])
            if not any(key[0] == chain[0].app for key in late.dependencies if not isinstance(key, str)):
                rng.choice(chain).run_before.append(late.key if rng.random() < 0.8 else (late.app, "__first__"))
    if rng.random() < 0.04:
        early, late = rng.choice(made), rng.choice(made)
        early.dependencies.append(late.key)
    disk, gone = list(made), set()
    for chain in chains:
        squashes, lost = add_squashes(rng, chain, made)
        disk += squashes
        gone |= lost
    if rng.random() < 0.04:
        gone.add(rng.choice(made).key)
    kept = [one for one in disk if one.key not in gone]
    return apps, kept, sorted(gone)


def random_rows(rng, migrations, gone):
    """Rows of django_migrations: what an honest history left, or not so honest."""
    keys = sorted({one.key for one in migrations} | set(gone))
    if rng.random() < 0.3:
        rows = [key for key in keys if rng.random() < 0.5]
    else:  # by number, as far as each app has come
        reach = {app: rng.randint(0, 6) for app in APPS}
        wants_squashes = rng.random() < 0.4
        rows = [key for key in keys if int(key[1][:4]) <= reach[key[0]] and ("squashed" not in key[1] or wants_squashes)]
    if rng.random() < 0.05:
        rows.append(rng.choice([("alpha", "0077_old"), ("nowhere", "0001_initial"), ("unmigrated", "0001_initial")]))
    return rows


def random_target(rng, migrations):
    """Words behind `migrate`."""
    one = rng.choice(migrations)
    exact = [one.app, one.name]
    rare = [[one.app, one.name[:4]], [one.app, "0009"], ["unmigrated"], ["nowhere"], [one.app, one.name[: rng.randint(5, 9)]],
            ["nowhere", "zero"], ["unmigrated", "zero"], [one.app, "0001"]]
    return rng.choice([[], [], [], [one.app], [one.app, "zero"], [one.app, "zero"], exact, exact, exact, exact, exact,
                       rng.choice(rare)])
