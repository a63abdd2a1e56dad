"""Sequences of Django migrations, one a case: every operation and what its arguments may be; see cases/README.md.

    histories.cases((5, 2), "postgres")             the cases that are for that Django and engine
    histories.write(folder, cases, (5, 2), "postgres")   one project that holds them, an app each
"""

import dataclasses
import hashlib
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
ENGINES = {"postgres": "postgresql", "mysql": "mysql", "sqlite": "sqlite3"}
POSTGRES_OPERATIONS = {
    "CreateExtension", "BloomExtension", "BtreeGinExtension", "BtreeGistExtension", "CITextExtension", "CryptoExtension",
    "HStoreExtension", "TrigramExtension", "UnaccentExtension", "AddIndexConcurrently", "RemoveIndexConcurrently",
    "CreateCollation", "RemoveCollation", "AddConstraintNotValid", "ValidateConstraint"}
CASCADE = "on_delete=django.db.models.deletion.CASCADE"
SHORTHANDS = [
    (r"\bFK\(([\w.]+)", rf'models.ForeignKey({CASCADE}, to="\1"'),
    (r"\bO2O\(([\w.]+)", rf'models.OneToOneField({CASCADE}, to="\1"'),
    (r"\bM2M\(([\w.]+)", r'models.ManyToManyField(to="\1"'),
    (r'\bto="(?!self")(\w+)"', r'to="APP.\1"'),
    (r"\bID\b(?=[,\]])", '("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"))'),
    (r"\bAUTO\b(?=[,\]])", '("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"))'),
    (r"\bpg\.", "django.contrib.postgres."),
    (r"\bfn\.", "django.db.models.functions."),
]
HEAD = """import datetime
import decimal
import uuid

import django.core.serializers.json
import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions
import django.db.models.lookups
import django.db.models.manager
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models
"""
POSTGRES_HEAD = """import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.functions
import django.contrib.postgres.indexes
import django.contrib.postgres.operations
import django.contrib.postgres.search
"""


@dataclasses.dataclass
class Migration:
    operations: list
    code: list = dataclasses.field(default_factory=list)
    attributes: list = dataclasses.field(default_factory=list)
    dependencies: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Case:
    title: str
    tags: list
    migrations: list

    @property
    def label(self):
        """The app's: short, and the same however many cases come and go."""
        return "k" + hashlib.md5(self.title.encode()).hexdigest()[:5]

    def tagged(self, word):
        """The values of the tags `word` or `word=value`."""
        return [tag.partition("=")[2] for tag in self.tags if tag.partition("=")[0] == word]

    def is_for(self, django, engine, server=None):
        wanted = [tag for tag in self.tags if tag in ENGINES]
        if (wanted and engine not in wanted) or f"not-{engine}" in self.tags:
            return False
        return all(holds(tag, django, server if engine == "postgres" else None) for tag in self.tags)


def holds(tag, django, server):
    """Of a tag like >=5.0, <5.1, pg>=15: is it true? Other tags are."""
    match = re.fullmatch(r"(pg)?(>=|<)([\d.]+)", tag)
    if match is None or (match[1] and server is None):
        return True
    have = (server,) if match[1] else django
    bound = tuple(int(part) for part in match[3].split("."))
    return have >= bound if match[2] == ">=" else have < bound


# ---------------------------------------------------------------- reading


def parse_migration(lines):
    made = Migration([])
    for line in lines:
        if line.startswith("! ") or line == "!":
            made.code.append(line[2:])
        elif line.startswith("depends "):
            made.dependencies.append(line[8:])
        elif re.match(r"\w+ = ", line):
            made.attributes.append(line)
        elif line[0] in " ])}":
            made.operations[-1] += "\n" + line
        else:
            made.operations.append(line)
    return made


def parse_case(block, bases):
    head, *lines = block
    title, *tags = [word.strip() for word in head[2:].split(" | ")]
    parts = [[]]
    for line in lines:
        if line == "--":
            parts.append([])
        elif line.startswith("use "):
            parts[-1] += bases[line[4:]]
            parts.append([])
        else:
            parts[-1].append(line)
    return Case(title, tags, [parse_migration(part) for part in parts if part])


def parse(text):
    """Cases are separated by blank lines. `= NAME` begins a block that `use NAME` repeats; `## ` a remark."""
    bases, found = {}, []
    for block in re.split(r"\n\s*\n", text):
        block = [line.rstrip() for line in block.splitlines() if line.strip() and not line.startswith("## ")]
        if not block:
            continue
        if block[0].startswith("= "):
            bases[block[0][2:]] = block[1:]
        elif block[0].startswith("# "):
            found.append(parse_case(block, bases))
        else:
            raise ValueError(f"no title above: {block[0]}")
    return found


def every():
    sys.path.insert(0, str(HERE))
    import generate
    bases = (HERE / "cases/bases.txt").read_text()
    found = []
    for path in sorted((HERE / "cases").glob("*.txt")):
        if path.name != "bases.txt":
            found += parse(bases + "\n\n" + path.read_text())
    found += parse(bases + "\n\n" + generate.text())
    labels = {}
    for case in found:
        if case.label in labels:
            raise ValueError(f"change a title: {case.title!r} and {labels[case.label]!r} give the same label")
        labels[case.label] = case.title
    return found


def cases(django, engine, server=None):
    """django: (5, 2); engine: postgres, mysql, sqlite; server: PostgreSQL's major version."""
    return [case for case in every() if case.is_for(django, engine, server)]


# ---------------------------------------------------------------- writing


def expand(text, case, django):
    for pattern, replacement in SHORTHANDS:
        text = re.sub(pattern, replacement, text)
    text = text.replace("APP", case.label)
    return text.replace("CHECK=", "condition=" if django >= (5, 1) else "check=")


def operation_text(text, case, django):
    name = re.match(r"\w+", text)[0]
    prefix = "django.contrib.postgres.operations." if name in POSTGRES_OPERATIONS else "migrations."
    if text.startswith(("lambda", "Custom", "[")) or "." in text.split("(")[0]:
        prefix = ""
    return "        " + expand(prefix + text, case, django).replace("\n", "\n        ").rstrip(",") + ",\n"


def migration_name(index):
    return f"{index + 1:04}_" + ("initial" if index == 0 else "step")


def migration_text(case, index, django, engine):
    migration = case.migrations[index]
    dependencies = [expand(text, case, django) for text in migration.dependencies]
    if index > 0:
        dependencies.insert(0, f'("{case.label}", "{migration_name(index - 1)}")')
    head = HEAD + (POSTGRES_HEAD if engine == "postgres" else "")
    code = "".join(f"{expand(line, case, django)}\n" for line in migration.code)
    attributes = "".join(f"    {line}\n" for line in migration.attributes)
    operations = "".join(operation_text(text, case, django) for text in migration.operations)
    return (f"# {case.title}\n{head}\n{code}\n\nclass Migration(migrations.Migration):\n{attributes}"
            f"    dependencies = [{', '.join(dependencies)}]\n    operations = [\n{operations}    ]\n")


SETTINGS = """import os

SECRET_KEY = "not a secret"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
%s]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.%s",
        "NAME": os.environ.get("DJANGO_NAME", "scratch"),
        "USER": os.environ.get("DJANGO_USER", ""),
        "HOST": os.environ.get("DJANGO_HOST", ""),
        "PORT": os.environ.get("DJANGO_PORT", ""),
    }
}
"""
MANAGE = """import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
from django.core.management import execute_from_command_line

execute_from_command_line(sys.argv)
"""


def write(folder, found, django, engine, version, contrib=("auth", "contenttypes")):
    """version: Django's whole one, 5.2.19, for requirements.txt; contrib: apps of Django's own."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for case in found:
        home = folder / case.label / "migrations"
        home.mkdir(parents=True)
        (home / "__init__.py").touch()
        (home.parent / "__init__.py").touch()
        for index in range(len(case.migrations)):
            (home / f"{migration_name(index)}.py").write_text(migration_text(case, index, django, engine))
    own = [*contrib, *(["postgres"] if engine == "postgres" else [])]
    apps = [f"django.contrib.{name}" for name in own] + [case.label for case in found]
    (folder / "settings.py").write_text(SETTINGS % ("".join(f'    "{app}",\n' for app in apps), ENGINES[engine]))
    (folder / "manage.py").write_text(MANAGE)
    (folder / "requirements.txt").write_text(f"Django=={version}\n")


if __name__ == "__main__":
    for one in every():
        print(one.label, one.title, one.tags, len(one.migrations))
