"""Which migrations with Python in them are split, why, and what happens when the Python fails."""

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import django_live

STATEMENT, UNSUPPORTED, UNCERTAIN = 7, 13, 14  # exit status

HEAD = '''import time

from django.db import migrations, models

from shop.more import change


def fill(apps, schema_editor):
    parcel = apps.get_model("shop", "Parcel")
    for one in parcel.objects.all():
        one.name = one.name.upper()
        one.save()
    print("filled", flush=True)
    time.sleep({sleep})
    {more}


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]
    atomic = {atomic}
    operations = [{operations}]
'''
MORE = '''import time


def change(apps, schema_editor):
    schema_editor.execute("CREATE TABLE other%s (id integer)" % time.time_ns())
'''
FIRST = '''from django.db import migrations, models


class Migration(migrations.Migration):
    operations = [migrations.CreateModel("Parcel", [
        ("id", models.BigAutoField(primary_key=True)), ("name", models.CharField(max_length=20))])]
'''
ADD = 'migrations.AddField("Parcel", "code", models.CharField(max_length=20, null=True))'
NEW = 'migrations.CreateModel("Box", [("id", models.BigAutoField(primary_key=True))])'
FILL = "migrations.RunPython(fill, migrations.RunPython.noop)"
INNER = f"migrations.SeparateDatabaseAndState(database_operations=[{FILL}])"
CHANGE = "migrations.RunPython(change, migrations.RunPython.noop)"
SETTING = 'migrations.RunSQL("SET search_path = public")'

PARTS = "the framework would not run it in one transaction either"
HELD = "in one transaction, shop_parcel would stay locked while the Python runs"
FREE = "one transaction holds it, and nobody waits for what is locked while the Python runs"
ALONE = "the framework cannot run that part of it alone"
SESSION = "some of its SQL is meant for the session that the Python runs in"

#       operations           atomic  why on PostgreSQL, on MariaDB; None: there is nothing to split
CASES = [
    ([ADD, FILL],            True,   (True, HELD),      (True, PARTS)),
    ([FILL, ADD],            True,   (False, FREE),     (True, PARTS)),
    ([FILL, ADD],            False,  (True, PARTS),     (True, PARTS)),
    ([NEW, FILL],            True,   (False, FREE),     (True, PARTS)),
    ([ADD, INNER],           True,   (False, ALONE),    (False, ALONE)),
    ([ADD, FILL, CHANGE],    True,   (False, ALONE),    (False, ALONE)),
    ([SETTING, ADD, FILL],   True,   (False, SESSION),  (False, SESSION)),
    ([FILL],                 True,   (False, None),     (True, PARTS)),
    ([FILL],                 False,  (True, PARTS),     (True, PARTS)),
    ([CHANGE],               True,   (False, None),     (False, None)),
]


def live(inchworm, folder, server, operations, atomic=True, more="pass", sleep=0):
    one = django_live.Live(inchworm, folder, "django52", server, {"shop/migrations/0001_initial.py": FIRST})
    (one.folder / "shop/more.py").write_text(MORE)
    write(one, operations, atomic, more, sleep)
    return one.fresh()


def write(one, operations, atomic=True, more="pass", sleep=0):
    (one.folder / "shop/migrations/0002_mixed.py").write_text(
        HEAD.format(atomic=atomic, operations=", ".join(operations), more=more, sleep=sleep))


def test_a_migration_is_split_where_that_is_safer_and_the_plan_says_why(inchworm, tmp_path, postgres17, mariadb):
    for server in (postgres17, mariadb):
        one = live(inchworm, tmp_path / server.scheme, server, [FILL])
        for operations, atomic, on_postgres, on_mariadb in CASES:
            write(one, operations, atomic)
            split, why = on_mariadb if server is mariadb else on_postgres
            plan = json.loads(one.run("plan", "--json"))["plan"][1]
            assert (plan["split"], plan["shapeReason"]) == (split, why), (operations, atomic, plan)
            assert plan["delegated"] != plan["split"]
            assert why is None or f": {why})" in one.run("plan")


def test_nothing_runs_before_python_is_allowed(inchworm, tmp_path, postgres17):
    one = live(inchworm, tmp_path / "p", postgres17, [ADD, FILL])
    said = one.run("up", expect=UNSUPPORTED)
    assert "holds what is not SQL: runs Python: fill()" in said and "nothing has run yet" in said, said
    assert "shop_parcel" not in one.catalogue()


def check_failure(one):
    """What ran before it stays, with a journal; when the Python is mended it goes on there."""
    one.run("up", "shop", "0001")
    one.query("INSERT INTO shop_parcel (id, name) VALUES (1, 'a')")
    said = one.run("up", "--delegate", expect=STATEMENT)
    assert 'the framework failed to run a part of "shop.0002_mixed": it runs Python: fill()' in said, said
    assert "ZeroDivisionError" in said and "Fix statement 2 and run `inchworm up` again: it goes on there." in said, said
    assert "is not finished: 1 statement took effect." in one.run("status", expect=1)
    assert one.query("SELECT name FROM shop_parcel") == "a" and one.applied() == ["0001_initial"]
    write(one, [ADD, FILL, ADD.replace("code", "other")], more="pass")
    assert "goes on where an earlier run stopped: 1 of 3 statements" in one.run("up", "--delegate")
    assert one.query("SELECT name FROM shop_parcel WHERE code IS NULL AND other IS NULL") == "A"
    assert one.applied() == ["0001_initial", "0002_mixed"] and "_inchworm" not in one.catalogue()


def test_python_that_fails_can_be_mended(inchworm, tmp_path, postgres17, mariadb):
    for server in (postgres17, mariadb):
        check_failure(live(inchworm, tmp_path / server.scheme, server, [ADD, FILL, ADD.replace("code", "other")], more="1 / 0"))


def test_the_table_is_free_while_python_runs(inchworm, tmp_path, postgres17):
    """Django alone keeps the lock of ADD COLUMN until its transaction ends."""
    one = live(inchworm, tmp_path / "p", postgres17, [ADD, FILL], sleep=3)
    process = one.start("up", "--delegate", "--json")
    assert any('"filled"' in line for line in iter(process.stdout.readline, "")), process.communicate()
    assert one.query("SET lock_timeout = '100ms'; SELECT count(code) FROM shop_parcel").endswith("0")
    process.communicate()
    assert process.returncode == 0
    assert one.query("SELECT count(*) FROM django_migrations") == "2"


def test_python_outside_of_a_transaction_is_not_repeated_on_a_guess(inchworm, tmp_path, postgres17):
    """Killed in the middle of it, nobody knows how far it came."""
    one = live(inchworm, tmp_path / "p", postgres17, [ADD, FILL], atomic=False, sleep=3)
    process = one.start("up", "--delegate", "--json")
    assert any('"filled"' in line for line in iter(process.stdout.readline, "")), process.communicate()
    process.kill()
    process.communicate()
    said = one.run("up", "--delegate", expect=UNCERTAIN)
    assert "was stopped in the middle of a part of" in said and "Statements before number 2 took effect." in said, said
    one.run("resolve", "--applied", "shop.0002_mixed")
    assert "nothing to do" in one.run("up") and "_inchworm" not in one.catalogue()

LISTENING = '''from django.apps import AppConfig
from django.db import connection
from django.db.models.signals import post_migrate, pre_migrate


def listen(signal, **given):
    from django.db.migrations.recorder import MigrationRecorder
    assert ("shop", "0003_last") in MigrationRecorder(connection).applied_migrations()
    print("heard", flush=True)


class Config(AppConfig):
    name = "shop"

    def ready(self):
        post_migrate.connect(listen, sender=self)
        pre_migrate.connect(listen, sender=self)
'''
LAST = '''from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("shop", "0002_mixed")]
    operations = [migrations.CreateModel("Last", [])]
'''


def test_signals_are_sent_once_behind_the_last_migration(inchworm, tmp_path, postgres17, mariadb):
    """Receivers work with the tables of the last migration."""
    for server in (postgres17, mariadb, None):
        for operations in ([FILL], [NEW, INNER], [CHANGE] if server is not mariadb else [FILL, FILL]):
            one = live(inchworm, tmp_path / f"{server and server.scheme}{operations[-1]}{len(operations)}", server, operations)
            (one.folder / "shop/apps.py").write_text(LISTENING)
            (one.folder / "shop/models.py").touch()
            (one.folder / "shop/migrations/0003_last.py").write_text(LAST)
            said = one.run("up", "--delegate")
            assert said.count("heard") == 2 and "of shop.0002_mixed)" in said, said
            assert one.applied() == ["0001_initial", "0002_mixed", "0003_last"] and "_inchworm" not in one.catalogue()
            one.manage("migrate", "--check")


OWN = '''from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]
    operations = [
        migrations.AddConstraint("Parcel", models.CheckConstraint({word}=Q(name__regex="^[a-z]+$"), name="shop_parcel_name")),
        migrations.RunSQL("INSERT INTO shop_parcel (id, name) VALUES (1, 'a')", migrations.RunSQL.noop),
        migrations.RunSQL("UPDATE shop_parcel SET name = reverse(name) -- md5(name)", migrations.RunSQL.noop),
        migrations.RunSQL("UPDATE shop_parcel SET name = name || ' md5(x)'  WHERE 1 = 0", migrations.RunSQL.noop),
    ]
'''


def test_functions_of_djangos_own_connection_to_sqlite_are_seen_when_read(inchworm, tmp_path):
    one = django_live.Live(inchworm, tmp_path / "p", "django52", None, {
        "shop/migrations/0001_initial.py": FIRST, "shop/migrations/0002_own.py": OWN.format(word="condition")}).fresh()
    said = one.run("up", expect=UNSUPPORTED)
    assert '"shop.0002_own" needs REGEXP, which only the framework\'s own connection has' in said, said
    plan = json.loads(one.run("plan", "--json"))["plan"][1]
    assert [each["needs"] for each in plan["statements"] if each["needs"]] == ["REGEXP", "reverse"], plan["statements"]
    assert plan["delegated"] and "needs REGEXP" in one.run("plan")
    one.run("up", "--delegate")
    assert one.query("SELECT name FROM shop_parcel") == "a" and "REGEXP" in one.catalogue()


HELPED = '''from django.db import migrations

from shop import tools
from shop.tools import Filling, fill_well


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]
    operations = [migrations.RunPython({code}), migrations.RunSQL("SELECT 1", migrations.RunSQL.noop)]
'''
TOOLS = '''from shop.deeper import really, quietly


def fill_well(apps, schema_editor):
    quietly(apps)


def fill_badly(apps, schema_editor):
    really(apps)


class Filling:
    def __init__(self, model):
        self.model = model

    def __call__(self, apps, schema_editor):
        quietly(apps)
'''
DEEPER = '''from django.db import connection as one


def quietly(apps):
    apps.get_model("shop", "Parcel").objects.update(name="")


def really(apps):
    one.cursor().execute("DROP TABLE shop_parcel")
'''


def test_functions_are_followed_through_the_files_of_the_project(inchworm, tmp_path):
    one = django_live.Live(inchworm, tmp_path / "p", "django52", None, {
        "shop/migrations/0001_initial.py": FIRST, "shop/tools.py": TOOLS, "shop/deeper.py": DEEPER}).fresh()
    for code, rows_only in (("fill_well", True), ("tools.fill_badly", False), ('Filling("Parcel")', True)):
        (one.folder / "shop/migrations/0002_helped.py").write_text(HELPED.format(code=code))
        statement = json.loads(one.run("plan", "--json"))["plan"][1]["statements"][0]
        assert statement["rowsOnly"] == rows_only, statement
