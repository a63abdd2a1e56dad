"""Many files of Python are parsed by threads: what is printed is what one processor prints."""

import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench"))
import python_projects

URL = "postgresql://nobody@127.0.0.1:1/nothing"


def said(inchworm, folder, environment, arguments, processors):
    ran = subprocess.run([inchworm, *arguments], cwd=folder, env={**os.environ, "NO_COLOR": "1", **environment}, capture_output=True,
                         text=True, timeout=120, preexec_fn=lambda: os.sched_setaffinity(0, processors))
    return ran.returncode, ran.stdout, ran.stderr


def same_with_one_processor(inchworm, folder, environment, *arguments):
    all_of_them = os.sched_getaffinity(0)
    one = said(inchworm, folder, environment, arguments, {min(all_of_them)})
    for _ in range(5):
        assert said(inchworm, folder, environment, arguments, all_of_them) == one
    return one


def spoil(paths):
    """A file that is no Python, one that is no text, one that is Python 2, one that is gone, one that imports another."""
    paths[20].write_text("def upgrade(:\n")
    paths[70].write_bytes(b"# \xff\xfe\n" + paths[70].read_bytes())
    paths[71].write_text(paths[71].read_text() + "\nprint 'x'\n")
    paths[150].write_bytes(b"a\0b")
    paths[180].unlink()
    paths[180].symlink_to("nowhere.py")


def test_revisions_of_alembic_are_read_in_order_whatever_parses_them(inchworm, tmp_path):
    folder = python_projects.alembic_project(tmp_path / "project", 200)
    (folder / "migrations/env.py").write_text("from alembic import context\ncontext.configure(url='')\n")
    status, out, err = same_with_one_processor(inchworm, folder, {}, "plan", "--sql", "--dialect", "postgres")
    assert (status, err) == (0, "") and out.count("CREATE TABLE") == 50, (status, err)
    spoil(sorted((folder / "migrations/versions").glob("*.py")))
    for command in (["plan", "--dialect", "postgres"], ["lint", "--dialect", "postgres", "--json"]):
        status, _, err = same_with_one_processor(inchworm, folder, {}, *command)
        assert status not in (0, 70), (status, err)


def test_migrations_of_django_are_read_in_order_whatever_parses_them(inchworm, tmp_path):
    folder = python_projects.django_project(tmp_path / "project", 200)
    environment = {**python_projects.django_environment(URL), "DB_NAME": "nothing"}
    settings = folder / "site_settings.py"
    settings.write_text(settings.read_text().split("DATABASES")[0])
    status, out, err = same_with_one_processor(inchworm, folder, environment, "plan", "--sql", "--dialect", "postgres")
    assert status == 0 and out.count("CREATE TABLE") == 50, (status, err)
    spoil(sorted(folder.glob("app*/migrations/0*.py")))
    for command in (["plan", "--dialect", "postgres"], ["lint", "--dialect", "postgres", "--json"]):
        status, _, err = same_with_one_processor(inchworm, folder, environment, *command)
        assert status not in (0, 70), (status, err)


def test_what_a_migration_does_to_its_operations_counts_for_the_graph(inchworm, tmp_path):
    folder = python_projects.django_project(tmp_path / "project", 30)
    environment = {**python_projects.django_environment(URL), "DB_NAME": "nothing"}
    settings = folder / "site_settings.py"
    settings.write_text(settings.read_text().split("DATABASES")[0])
    path = folder / "app3/migrations/0003_change_2.py"
    path.write_text(path.read_text().replace("operations = [", "operations = [undefined,"))
    status, out, err = said(inchworm, folder, environment, ["plan", "--sql", "--dialect", "postgres"], os.sched_getaffinity(0))
    assert status == 3 and "name 'undefined' is not defined" in err, (status, out, err)
    path.write_text("from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n"
                    "    operations = [migrations.RunSQL('SELECT 1')]\n"
                    "    dependencies = [('app3', '0002_change_1')] if len(operations) == 1 else []\n")
    status, out, err = said(inchworm, folder, environment, ["plan", "--sql", "--dialect", "postgres"], os.sched_getaffinity(0))
    assert status == 0 and out.index("-- app3.0002_change_1") < out.index("-- app3.0003_change_2"), (status, err)
