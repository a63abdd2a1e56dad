"""DATABASE_ROUTERS: what allow_migrate() of a project's routers answers is what Django's ConnectionRouter makes of them,
without running them; or it is said to be unknown."""

import json
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import deps
import django_project

ROUTERS = '''from django.conf import settings


class ByApp:
    """As Django's manual has it."""
    route_app_labels = {"auth", "contenttypes"}

    def db_for_read(self, model, **hints):
        return "other" if model._meta.app_label in self.route_app_labels else None

    def allow_migrate(self, db, app_label, model_name=None, **hints):
        if app_label in self.route_app_labels:
            return db == "other"
        return None


class Base:
    name = "default"

    def allow_migrate(self, db, app_label, model_name=None, **hints):
        if db == self.name:
            return app_label not in settings.ELSEWHERE
        elif app_label in settings.ELSEWHERE:
            return settings.ELSEWHERE[app_label] == db


class Inherits(Base):
    name = "other"


class ByModel:
    def allow_migrate(self, db, app_label, model_name=None, **hints):
        if model_name and model_name.startswith("log"):
            return db != "default"
        if "target" in hints:
            return db in hints["target"]


class Says:
    def allow_migrate(self, db, app_label, **hints):
        return bool(hints.get("model_name")) or 1


class Silent:
    def db_for_write(self, model, **hints):
        return "other"


class LooksAtModel:
    def allow_migrate(self, db, app_label, model_name=None, **hints):
        model = hints.get("model")
        if model is not None:
            return getattr(model, "database", "default") == db
        return db == "default"


class Raises:
    def allow_migrate(self, db, app_label, model_name=None, **hints):
        if app_label == "shop":
            raise ValueError("no")
        return {"default": True}[db]


class AsksOutside:
    def allow_migrate(self, db, app_label, model_name=None, **hints):
        import socket
        return socket.gethostname() == "primary"


class Old:
    def allow_migrate(self, db, model):
        return True


class Constructed:
    def __init__(self):
        self.allowed = [name for name, value in settings.DATABASES.items() if "db" in value["NAME"]]

    def allow_migrate(self, db, app_label, model_name=None, **hints):
        return db in self.allowed and len(self.allowed) > 1
'''

MORE = '''
ELSEWHERE = {"shop": "other"}
DATABASE_ROUTERS = %r
DATABASES["other"] = {"ENGINE": "django.db.backends.sqlite3", "NAME": "other.sqlite3"}
DATABASES["third"] = {"ENGINE": "django.db.backends.sqlite3", "NAME": "third.db"}
'''

QUESTIONS = ["auth user", "auth -", "shop order", "shop -", "shop logentry", "other -", "shop - {'target': ('default', 'third')}",
             "shop - {'target': []}", "shop - {'model_name': 'logx'}", "contenttypes contenttype", "shop - {'x': 1}"]

ORACLE = '''import inspect, json, sys
if not hasattr(inspect, "markcoroutinefunction"):
    import asgiref.sync
    inspect.markcoroutinefunction = asgiref.sync.markcoroutinefunction
import django
django.setup()
from django.db import router
def ask(db, question):
    app, model, *hints = question.split(" ", 2)
    hints = eval(hints[0]) if hints else {}
    if model != "-":
        hints |= {"model_name": model, "model": type("Model", (), {})}
    try:
        return "yes" if router.allow_migrate(db, app, **hints) else "no"
    except Exception as failure:
        return type(failure).__name__
print(json.dumps([[ask(db, question) for question in json.load(open("questions.json"))] for db in ("default", "other", "third")]))
'''

CHAINS = [["ByApp"], ["Base"], ["Inherits"], ["ByModel"], ["Says"], ["Silent"], ["ByApp", "ByModel", "Base"], ["Constructed"],
          ["Silent", "ByModel", "Says"], ["Raises"], ["Old"]]
# Django knows more: a model's class, the machine.
UNKNOWN = {"LooksAtModel": "a router looks at the class of a model", "AsksOutside": "socket.gethostname"}


def answers(router_dump, folder, database):
    ran = subprocess.run([router_dump, database], cwd=folder, text=True, capture_output=True, input="\n".join(QUESTIONS))
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.splitlines(), ran.stderr


def write(folder, routers, version="5.2.19"):
    django_project.write(folder, ["shop"], [], version, MORE % (routers,))
    (folder / "shop/routers.py").write_text(ROUTERS)
    (folder / "questions.json").write_text(json.dumps(QUESTIONS))
    (folder / "oracle.py").write_text(ORACLE)


def check(router_dump, folder, chain, manifest):
    write(folder, [f"shop.routers.{name}" for name in chain])
    ran = subprocess.run([deps.python(manifest), "oracle.py"], cwd=folder, text=True, capture_output=True,
                         env={**os.environ, "DJANGO_SETTINGS_MODULE": "settings", "PYTHONDONTWRITEBYTECODE": "1"})
    assert ran.returncode == 0, ran.stderr
    for database, theirs in zip(("default", "other", "third"), json.loads(ran.stdout)):
        for question, said, mine in zip(QUESTIONS, theirs, answers(router_dump, folder, database)[0]):
            if said in ("yes", "no"):
                assert mine == said, f"{chain}, {database}, {question}: {mine}, Django: {said}"
            else:
                assert mine.startswith("unknown: a router raises"), f"{chain}, {database}, {question}: {mine}, Django: {said}"


def test_routers_answer_as_in_django(router_dump, tmp_path):
    for i, chain in enumerate(CHAINS):
        check(router_dump, tmp_path / f"p{i}", chain, ["django32", "django52", "django61"][i % 3])


def test_what_only_django_can_know_is_said_to_be_unknown(router_dump, tmp_path):
    write(tmp_path / "a", ["shop.routers.LooksAtModel"])
    lines, _ = answers(router_dump, tmp_path / "a", "other")
    assert lines[0] == "unknown: a router looks at the class of a model" and lines[1] == "no", lines
    write(tmp_path / "b", ["shop.routers.AsksOutside"])
    lines, _ = answers(router_dump, tmp_path / "b", "other")
    assert all(line.startswith("unknown: ") for line in lines), lines


def test_routers_that_cannot_be_read_are_named(router_dump, tmp_path):
    write(tmp_path / "a", ["vendor.routers.Sync", "shop.routers.ByApp"])
    lines, said = answers(router_dump, tmp_path / "a", "default")
    assert set(lines) == {"unknown: the router \"vendor.routers.Sync\" is not found"}, lines
    assert 'the router "vendor.routers.Sync" is not found: which models live in "default" is not known' in said
