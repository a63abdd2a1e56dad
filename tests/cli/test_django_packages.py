"""What Django's settings ask of installed packages is answered from the virtual environment's files, else not known."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import project

SETTINGS = """import importlib.util
from importlib.metadata import entry_points

INSTALLED_APPS = ["shop"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}}
for plugin in entry_points(group="shop.plugins"):
    INSTALLED_APPS.append(plugin.name)
if importlib.util.find_spec("extra") is not None:
    INSTALLED_APPS.append("extra")
"""
MIGRATION = """from django.db import migrations, models


class Migration(migrations.Migration):
    operations = [migrations.CreateModel("Item", [("id", models.AutoField(primary_key=True))])]
"""


def write(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def shop(inchworm, folder, installed):
    """Names of the migrations that are found, and what is said beside."""
    packages = ".venv/lib/python3.11/site-packages/"
    write(folder, {
        "manage.py": 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")\n',
        "settings.py": SETTINGS,
        "shop/__init__.py": "", "shop/migrations/__init__.py": "", "shop/migrations/0001_initial.py": MIGRATION,
        **{packages + name: text for name, text in installed.items()}})
    result = project.run(inchworm, str(folder), "", "plan", "--sql")
    assert result.returncode == 0, result.stderr
    return sorted(line.removeprefix("-- ") for line in result.stdout.splitlines() if line.startswith("-- ")), result.stderr


def test_plugins_and_optional_packages_are_looked_for_in_the_environment(inchworm, tmp_path):
    extra = {"extra/__init__.py": "", "extra/migrations/__init__.py": "", "extra/migrations/0001_initial.py": MIGRATION}
    scripts = {"other-1.0.dist-info/entry_points.txt": "[console_scripts]\nx = y:z\n"}
    names, said = shop(inchworm, tmp_path / "none", scripts)
    assert names == ["shop.0001_initial"] and "INSTALLED_APPS" not in said, said
    names, said = shop(inchworm, tmp_path / "one", {**scripts, **extra})
    assert names == ["extra.0001_initial", "shop.0001_initial"] and "INSTALLED_APPS" not in said, said


def test_without_an_environment_it_is_said_that_the_apps_are_not_known(inchworm, tmp_path):
    names, said = shop(inchworm, tmp_path, {})
    assert "shop.0001_initial" in names
    assert "INSTALLED_APPS is not known" in said, said


MANAGERS = """from django.db.models.fields.related import RelatedField


class TaggableManager(RelatedField):
    many_to_many = True

    def __init__(self, verbose_name="Tags", through=None, blank=False):
        self.through = through

    def deconstruct(self):
        return "", "", [], {}
"""
OWN_TAGS = """from taggit.managers import TaggableManager


class Large(TaggableManager):
    def __init__(self, *args, **kwargs):
        kwargs.setdefault("through", "shop.Tagged")
        super().__init__(*args, **kwargs)


class Other(Large):
    def get_internal_type(self):
        return "IntegerField"
"""
TAGGED = """from django.db import migrations, models
from shop.tags import Large, Other


class Migration(migrations.Migration):
    operations = [migrations.CreateModel("Item", [("id", models.AutoField(primary_key=True)), ("tags", {})])]
"""


def test_a_managers_class_that_only_starts_in_another_way_is_the_packages(inchworm, tmp_path):
    packages = ".venv/lib/python3.11/site-packages/"
    write(tmp_path, {
        packages + "taggit/__init__.py": "", packages + "taggit/managers.py": MANAGERS, "shop/tags.py": OWN_TAGS,
        "manage.py": 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")\n',
        "settings.py": SETTINGS.split("for plugin")[0], "shop/__init__.py": "", "shop/migrations/__init__.py": ""})
    for tags, known in (('Large(through="shop.Tagged")', True), ("Large()", False), ('Other(through="shop.Tagged")', False)):
        write(tmp_path, {"shop/migrations/0001_initial.py": TAGGED.format(tags)})
        said = project.run(inchworm, str(tmp_path), "", "plan").stdout
        assert ("holds Python" not in said and "CREATE TABLE" in said) == known, (tags, said)
