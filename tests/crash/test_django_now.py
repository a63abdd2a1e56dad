"""Defaults of now: each reading makes other texts, and a run that was killed on MariaDB goes on all the same."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import django_project
import project
import test_django_killed

FIRST = ('migrations.CreateModel("Thing", [("id", models.BigAutoField(primary_key=True)), ("name", models.CharField(max_length=9))])',
         "migrations.RunSQL(\"INSERT INTO shop_thing (id, name) VALUES (1, 'a')\", migrations.RunSQL.noop)")
SECOND = ('migrations.AddField("Thing", "key", models.UUIDField(default=uuid.uuid4, editable=False))',
          'migrations.AddField("Thing", "token", models.CharField(max_length=36, default=text_key))',
          'migrations.AddField("Thing", "short", models.CharField(max_length=32, default=short_key))',
          'migrations.AddField("Thing", "made", models.DateTimeField(default=timezone.now))',
          'migrations.AddField("Thing", "seen", models.DateTimeField(auto_now=True))')


HEAD = '''import uuid

from django.db import models
from django.utils import timezone


def text_key():
    return str(uuid.uuid4())


def short_key():
    return uuid.uuid4().hex


'''


def write(folder):
    make = django_project.Migration
    django_project.write(folder, ["shop"], [make("shop", "0001_initial", operations=FIRST),
                                            make("shop", "0002_now", [("shop", "0001_initial")], operations=SECOND)], "5.2.19")
    for path in (folder / "shop/migrations").glob("0*.py"):
        path.write_text(HEAD + path.read_text())
    (folder / "settings.py").write_text(test_django_killed.SETTINGS)
    return folder


def test_texts_that_are_others_at_each_reading_are_no_edit_on_mariadb(inchworm, mariadb, tmp_path):
    folder, database = write(tmp_path / "p"), test_django_killed.Database(mariadb, tmp_path)
    database.fresh()
    events = test_django_killed.up(inchworm, folder, database)
    wanted = database.catalogue()
    for number in range(1, events + 1):
        process = project.start(inchworm, folder, database.fresh(), "up", "--json")
        for _ in range(number):
            process.stdout.readline()
        process.kill()
        process.communicate()
        test_django_killed.up(inchworm, folder, database)
        assert database.catalogue() == wanted, f"after a kill at event {number}"
        assert len(set(database.query("SELECT `key` FROM shop_thing").split())) == 1
