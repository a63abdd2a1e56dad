"""SQLite tables that Django makes anew: no row of another table is lost on the way, and none is left without its parent."""

import pathlib
import sqlite3
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import project

SETTINGS = """INSTALLED_APPS = ["shop"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}}
"""
INITIAL = """
    operations = [
        migrations.CreateModel("Parent", [
            ("id", models.BigAutoField(auto_created=True, primary_key=True)), ("name", models.CharField(max_length=20))]),
        migrations.CreateModel("Child", [
            ("id", models.BigAutoField(auto_created=True, primary_key=True)),
            ("parent", models.ForeignKey(on_delete=models.DB_CASCADE, to="shop.parent")),
            ("maybe", models.ForeignKey(null=True, on_delete=models.DB_SET_NULL, related_name="+", to="shop.parent"))]),
        migrations.RunSQL("INSERT INTO shop_parent (id, name) VALUES (1, 'a'), (2, 'b'); "
                          "INSERT INTO shop_child (id, parent_id, maybe_id) VALUES (1, 1, 2), (2, 2, NULL), (3, 2, 1)"),
    ]
"""
ALTERED = """
    dependencies = [("shop", "0001_initial")]
    operations = [
        migrations.AddField("parent", "age", models.IntegerField(default=7)),
        migrations.AlterField("parent", "name", models.CharField(max_length=30, unique=True)),
    ]
"""
ALONE = """
    atomic = False
    dependencies = [("shop", "0002_altered")]
    operations = [migrations.AddField("parent", "size", models.IntegerField(default=8))]
"""
ORPHANS = """
    dependencies = [("shop", "0003_alone")]
    operations = [migrations.RunSQL("DELETE FROM shop_parent WHERE id = 1")]
"""
CHILDREN = [(1, 1, 2), (2, 2, None), (3, 2, 1)]


def django(folder, migrations):
    """A project of one app, shop, that pins Django 6.1."""
    home = folder / "shop/migrations"
    home.mkdir(parents=True)
    for path in (home / "__init__.py", home.parent / "__init__.py"):
        path.touch()
    for name, text in migrations.items():
        (home / f"{name}.py").write_text(
            f"from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):{text}")
    (folder / "settings.py").write_text(SETTINGS)
    (folder / "manage.py").write_text('import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")\n')
    (folder / "requirements.txt").write_text("Django==6.1.3\n")
    return str(folder)


def rows(folder, query):
    with sqlite3.connect(folder / "db.sqlite3") as connection:
        return connection.execute(query).fetchall()


def test_a_table_that_django_makes_anew_keeps_the_rows_that_refer_to_it(inchworm, tmp_path):
    folder = django(tmp_path, {"0001_initial": INITIAL, "0002_altered": ALTERED, "0003_alone": ALONE})
    result = project.run(inchworm, folder, "", "up")
    assert result.returncode == 0, result.stderr
    assert rows(tmp_path, "SELECT * FROM shop_child ORDER BY id") == CHILDREN
    assert rows(tmp_path, "SELECT id, name, age, size FROM shop_parent") == [(1, "a", 7, 8), (2, "b", 7, 8)]
    assert "ON DELETE CASCADE" in rows(tmp_path, "SELECT sql FROM sqlite_master WHERE name = 'shop_child'")[0][0]
    result = project.run(inchworm, folder, "", "down", "shop", "0001")
    assert result.returncode == 0, result.stderr
    assert rows(tmp_path, "SELECT * FROM shop_child ORDER BY id") == CHILDREN
    assert rows(tmp_path, "SELECT * FROM shop_parent") == [(1, "a"), (2, "b")]


def test_a_migration_of_django_that_leaves_orphans_is_rolled_back(inchworm, tmp_path):
    folder = django(tmp_path, {"0001_initial": INITIAL, "0002_altered": ALTERED, "0003_alone": ALONE, "0004_orphans": ORPHANS})
    result = project.run(inchworm, folder, "", "up")
    assert result.returncode != 0
    assert 'error: "shop.0004_orphans" would leave 2 rows without their parent row\n' in result.stderr
    assert rows(tmp_path, "SELECT count(*) FROM shop_parent") == [(2,)]
    assert rows(tmp_path, "SELECT name FROM django_migrations ORDER BY id") == [
        ("0001_initial",), ("0002_altered",), ("0003_alone",)]


def test_tables_that_django_makes_anew_are_no_finding(inchworm, tmp_path):
    folder = django(tmp_path, {"0001_initial": INITIAL, "0002_altered": ALTERED})
    result = project.run(inchworm, folder, "", "lint")
    assert "sqlite-rebuild-cascade" not in result.stdout, result.stdout
