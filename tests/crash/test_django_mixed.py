"""Migrations that hold Python among changes of the schema: where it is run alone, between Inchworm's own segments, the
end is Django's, and kill -9 at any event neither repeats it nor leaves it out."""

import json
import pathlib
import signal
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import django_live

FIRST = '''from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    operations = [
        migrations.CreateModel("Parcel", [("id", models.BigAutoField(primary_key=True)), ("name", models.CharField(max_length=20))]),
        migrations.CreateModel("Log", [("id", models.BigAutoField(primary_key=True)), ("what", models.CharField(max_length=20))]),
    ]
'''

# The schema changes again on both sides of the Python; what it prints are events in the middle and after its commit.
MIXED = '''from django.db import migrations, models, transaction


def fill(apps, schema_editor):
    parcel = apps.get_model("shop", "Parcel")
    for one in parcel.objects.filter(code=None):
        one.code = one.name.upper()
        one.save()
    apps.get_model("shop", "Log").objects.create(what="fill")
    assert not hasattr(parcel, "later")
    print("filled", flush=True)
    transaction.on_commit(lambda: print("committed", flush=True))


def clear(apps, schema_editor):
    apps.get_model("shop", "Parcel").objects.update(code=None)
    apps.get_model("shop", "Log").objects.create(what="clear")
    print("cleared", flush=True)


class Migration(migrations.Migration):
    atomic = {atomic}
    dependencies = [("shop", "0001_initial")]
    operations = [
        migrations.AddField("Parcel", "code", models.CharField(max_length=20, null=True)),
        migrations.RunPython(fill, clear{more}),
        migrations.AlterField("Parcel", "code", models.CharField(max_length=20)),
        migrations.AddField("Parcel", "later", models.IntegerField(default=1)),
    ]
'''

ROWS = "INSERT INTO shop_parcel (id, name) VALUES (1, 'a'), (2, 'b')"
PARCELS = "SELECT id, name, code, later FROM shop_parcel ORDER BY id"
LOG = "SELECT what FROM shop_log ORDER BY id"


# Python that may change tables is not run alone: Django runs all of the migration.
WHOLE = ('print("filled", flush=True)', 'print("filled", flush=True); schema_editor.execute("SELECT 1")')


def live(inchworm, folder, manifest, server, atomic=True, more="", whole=False):
    text = MIXED.format(atomic=atomic, more=more)
    return django_live.Live(inchworm, folder, manifest, server, {
        "shop/migrations/0001_initial.py": FIRST, "shop/migrations/0002_mixed.py": text.replace(*WHOLE) if whole else text})


def begin(one):
    """Rows are there before the mixed migration is."""
    one.fresh().run("up", "shop", "0001")
    one.query(ROWS)
    return one


def end(one, way="up"):
    rows = one.query(PARCELS if way == "up" else "SELECT id, name FROM shop_parcel ORDER BY id")
    return (one.catalogue(), rows, one.query(LOG), one.applied())


def of_django(one):
    one.fresh().manage("migrate", "shop", "0001")
    one.query(ROWS)
    one.manage("migrate")
    up = end(one)
    one.manage("migrate", "shop", "0001")
    return up, end(one, "down")


def is_split(one):
    plan = json.loads(one.run("plan", "--json"))
    return next(each for each in plan["plan"] if "0002" in each["migration"])["split"]


def check_end(one, split):
    wanted, undone = of_django(one)
    begin(one)
    assert is_split(one) == split
    said = one.run("up", "--delegate")
    assert ("(operation 2 of shop.0002_mixed)" in said) == split, said
    assert end(one) == wanted
    one.run("down", "--delegate", "--lossy", "shop", "0001")
    assert end(one, "down") == undone
    assert "_inchworm" not in one.catalogue()
    return wanted


def test_the_end_is_that_of_django_on_postgres(inchworm, postgres17, tmp_path):
    for manifest in ("django42", "django52"):
        for atomic in (True, False):
            check_end(live(inchworm, tmp_path / f"{manifest}{atomic}", manifest, postgres17, atomic), True)


def test_the_end_is_that_of_django_on_sqlite(inchworm, tmp_path):
    for manifest in ("django42", "django52"):
        for atomic in (True, False):
            check_end(live(inchworm, tmp_path / f"{manifest}{atomic}", manifest, None, atomic), not atomic)


def test_the_end_is_that_of_django_on_mariadb(inchworm, mariadb, tmp_path):
    for manifest in ("django42", "django52"):
        check_end(live(inchworm, tmp_path / manifest, manifest, mariadb), True)


def kill_at(one, words, number):
    """True when it was killed before it ended; the last line that it printed."""
    process = one.start(*words, "--json")
    line = ""
    for _ in range(number):
        line = process.stdout.readline() or line
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return process.returncode == -signal.SIGKILL, line


def check_every_event(one, words, way, wanted, prepare):
    prepare(one)
    events = len(one.run(*words, "--json").splitlines())
    assert end(one, way) == wanted
    killed = 0
    for number in range(1, events + 1):
        prepare(one)
        was_killed, line = kill_at(one, words, number)
        killed += was_killed
        one.run(*words)
        found = end(one, way)
        assert found == wanted, f"after a kill at event {number} {line}:\n{found}\nwanted\n{wanted}"
    assert killed > events / 2, f"only {killed} of {events} runs were killed in time"


def up_first(one):
    begin(one).run("up", "--delegate")


def check_kills(one, both=False):
    up, down = of_django(one)
    check_every_event(one, ("up", "--delegate"), "up", up, begin)
    if both:
        check_every_event(one, ("down", "--delegate", "--lossy", "shop", "0001"), "down", down, up_first)


def test_a_mixed_migration_on_postgres_survives_a_kill_at_every_event(inchworm, postgres17, tmp_path):
    check_kills(live(inchworm, tmp_path / "p", "django52", postgres17), both=True)


def test_a_mixed_migration_on_sqlite_survives_a_kill_at_every_event(inchworm, tmp_path):
    check_kills(live(inchworm, tmp_path / "p", "django52", None, False, ", atomic=True"))


def test_a_mixed_migration_on_mariadb_survives_a_kill_at_every_event(inchworm, mariadb, tmp_path):
    check_kills(live(inchworm, tmp_path / "p", "django42", mariadb))


def test_a_whole_migration_on_postgres_survives_a_kill_at_every_event(inchworm, postgres17, tmp_path):
    check_kills(live(inchworm, tmp_path / "p", "django52", postgres17, whole=True))


def test_a_whole_migration_on_sqlite_survives_a_kill_at_every_event(inchworm, tmp_path):
    check_kills(live(inchworm, tmp_path / "p", "django32", None), both=True)
