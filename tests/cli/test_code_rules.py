"""Rules about what is no statement: each example of a rule's page in its framework's own form, and what the pages do not show."""

import json
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import alembic_project
import django_project
import project

ROOT = pathlib.Path(__file__).resolve().parents[2]
URL = "postgresql://app@localhost/shop"
DJANGO_IMPORTS = ("from django.db import migrations, models\nfrom django.db.models import F, Func, Value\n"
                  "from django.db.models.functions import Coalesce, Lower\n\n\n")
ALEMBIC_HEADER = ("import sqlalchemy as sa\nfrom alembic import op\nfrom sqlalchemy.orm import Session\n\nrevision = 'b'\n"
                  "down_revision = 'a'\n\n\n")
EXAMPLE = re.compile(r"^## (Django|Alembic|goose)\n\nThis is reported:\n\n```\w+\n(.*?)```\n\nand this is not:\n\n```\w+\n(.*?)```\n",
                     re.MULTILINE | re.DOTALL)


def lint(inchworm, folder, *arguments, rule=None, url=URL):
    done = project.run(inchworm, folder, url, "lint", "--json", "--dialect", "postgres", *arguments)
    assert done.returncode in (0, 1, 6, 13), (done.returncode, done.stderr)  # a graph that is refused, a text that cannot be made
    report = json.loads(done.stdout)
    return [one for one in report["findings"] if rule is None or one["rule"] == rule]


def django(folder, text, name="0002_change"):
    first = "migrations.CreateModel('User', [('id', models.BigAutoField(primary_key=True)), ('name', models.TextField(null=True))])"
    django_project.write(folder, ["shop"], [django_project.Migration("shop", "0001_initial", operations=[])])
    migrations = pathlib.Path(folder) / "shop/migrations"
    (migrations / "0001_initial.py").write_text(
        f"{DJANGO_IMPORTS}class Migration(migrations.Migration):\n    initial = True\n    operations = [{first}]\n")
    (migrations / f"{name}.py").write_text(DJANGO_IMPORTS + text)
    return folder


def alembic(folder, text):
    first = alembic_project.Revision("a", up="op.execute('CREATE TABLE users (id int PRIMARY KEY, name text, nick text)')")
    alembic_project.write(folder, URL, [first])
    (pathlib.Path(folder) / "migrations/versions/b_x.py").write_text(ALEMBIC_HEADER + text)
    return folder


def goose(folder, text):
    migrations = pathlib.Path(folder) / "migrations"
    migrations.mkdir(parents=True)
    (migrations / "00001_users.sql").write_text("-- +goose Up\nCREATE TABLE users (id int);\n-- +goose Down\nDROP TABLE users;\n")
    (migrations / "00002_nick.sql").write_text(text)
    return folder


MAKERS = {"Django": django, "Alembic": alembic, "goose": goose}


def test_every_example_of_code_holds(inchworm, tmp_path):
    count = 0
    for page in sorted((ROOT / "docs/rules").glob("*.md")):
        for framework, bad, good in EXAMPLE.findall(page.read_text()):
            for kind, text in (("bad", bad), ("good", good)):
                folder = tmp_path / f"{page.stem}-{framework}-{kind}"
                found = lint(inchworm, MAKERS[framework](folder, text), rule=page.stem)
                assert bool(found) == (kind == "bad"), (page.stem, framework, kind, found)
                assert not found or found[0]["place"]["line"] > 0, found
                count += 1
    assert count == 24, count


def test_explain_shows_the_examples_in_code(inchworm):
    text = subprocess.run([inchworm, "explain", "never-ending-loop"], capture_output=True, text=True, check=True).stdout
    assert "Alembic\n  this is reported:\n      def upgrade():" in text and "\nDjango\n" in text, text


# ----------------------------------------------------------------------------------------------------- way back, Python


def test_the_place_is_the_operation_or_the_function(inchworm, tmp_path):
    django(tmp_path / "a", "def fill(apps, schema_editor):\n    pass\n\n\nclass Migration(migrations.Migration):\n"
           "    dependencies = [('shop', '0001_initial')]\n    operations = [\n        migrations.RunPython(fill),\n    ]\n")
    found = lint(inchworm, tmp_path / "a", rule="runpython-irreversible")
    assert [(one["place"]["line"], one["place"]["column"], one["severity"]) for one in found] == [(13, 9, "note")], found
    assert found[0]["message"] == "RunPython(fill) without reverse_code: this migration cannot be undone", found


def test_a_downgrade_that_raises_says_that_there_is_none(inchworm, tmp_path):
    change = "def upgrade():\n    op.execute('SELECT 1')\n\n\n"
    for index, (down, is_found) in enumerate([
            ("def downgrade():\n    raise NotImplementedError\n", False), ("def downgrade():\n    '''nothing'''\n", True),
            ("def downgrade():\n    ...\n", True), ("def downgrade():\n    return\n", True), ("", True)]):
        found = lint(inchworm, alembic(tmp_path / str(index), change + down), rule="downgrade-missing")
        assert bool(found) == is_found, (down, found)
    empty = alembic(tmp_path / "empty", "def upgrade():\n    pass\n\n\ndef downgrade():\n    pass\n")
    assert not lint(inchworm, empty, rule="downgrade-missing")


def test_several_databases_of_alembic_have_functions_of_their_own(inchworm, tmp_path):
    body = "def upgrade(engine_name):\n    globals()['upgrade_%s' % engine_name]()\n\n\ndef downgrade(engine_name):\n" \
           "    globals()['downgrade_%s' % engine_name]()\n\n\ndef upgrade_one():\n    pass\n\n\ndef downgrade_one():\n    pass\n"
    assert not lint(inchworm, alembic(tmp_path, body), rule="downgrade-missing")


def test_golang_migrate_has_a_down_file_that_may_be_empty(inchworm, tmp_path):
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations/0001_a.up.sql").write_text("CREATE TABLE a (id int);\n")
    (tmp_path / "migrations/0001_a.down.sql").write_text("-- nothing\n")
    assert len(lint(inchworm, tmp_path, rule="downgrade-missing")) == 1
    (tmp_path / "migrations/0001_a.down.sql").write_text("DROP TABLE a;\n")
    assert not lint(inchworm, tmp_path, rule="downgrade-missing")


# ------------------------------------------------------------------------------------------------------ rows and loops

LOOPS = [
    ("nick=Func(F('name'), function='LOWER')", "", True),
    ("nick=Lower(F('name'))", "", True),
    ("nick=F('name')", "", True),
    ("nick='x'", "", False),
    ("nick=Coalesce(F('name'), Value(''))", "", False),
    ("nick=Lower(F('name'))", ", name__isnull=False", False),
    ("nick=Lower(F('name'))", ", id__gt=last", False),
    ("other=Lower(F('name'))", "", False),
]


def test_loops_of_django_end_when_what_they_set_is_never_null(inchworm, tmp_path):
    for index, (value, more, is_found) in enumerate(LOOPS):
        text = ("def fill(apps, schema_editor):\n    User = apps.get_model('shop', 'User')\n    while True:\n"
                f"        ids = list(User.objects.filter(nick__isnull=True{more})[:1000])\n        if not ids:\n            break\n"
                f"        User.objects.filter(id__in=ids).update({value})\n\n\nclass Migration(migrations.Migration):\n"
                "    atomic = False\n    dependencies = [('shop', '0001_initial')]\n"
                "    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]\n")
        found = lint(inchworm, django(tmp_path / str(index), text), rule="never-ending-loop")
        assert bool(found) == is_found, (value, more, found)
        assert not found or (found[0]["severity"], found[0]["place"]["line"]) == ("error", 8), found


SQL_LOOPS = [
    ("UPDATE users SET nick = lower(name) WHERE id IN (SELECT id FROM users WHERE nick IS NULL LIMIT 10)", True),
    ("UPDATE users SET nick = name WHERE nick IS NULL AND id IN (SELECT 1)", True),
    ("UPDATE users SET nick = coalesce(name, '') WHERE id IN (SELECT id FROM users WHERE nick IS NULL LIMIT 10)", False),
    ("UPDATE users SET nick = 'name' WHERE id IN (SELECT id FROM users WHERE nick IS NULL LIMIT 10)", False),
    ("UPDATE users SET nick = now() WHERE id IN (SELECT id FROM users WHERE nick IS NULL LIMIT 10)", False),
    ("UPDATE users SET nick = name WHERE id > 5 AND nick IS NULL", False),
    ("UPDATE users SET nick = lower(name) WHERE id IN (SELECT id FROM users WHERE nick IS NULL AND name IS NOT NULL)", False),
    ("DELETE FROM users WHERE nick IS NULL", False),
]


def test_loops_of_alembic_end_when_what_they_set_is_never_null(inchworm, tmp_path):
    for index, (sql, is_found) in enumerate(SQL_LOOPS):
        for form in (f'op.execute("{sql}")', f'bind.execute(sa.text(f"{sql}"))',
                     'bind.execute("""' + sql.replace(" WHERE", "\n        WHERE", 1) + '""")'):
            text = ("def upgrade():\n    bind = op.get_bind()\n    rows = 1\n    while rows:\n"
                    f"        rows = {form}\n\n\ndef downgrade():\n    op.execute('SELECT 1')\n")
            folder = tmp_path / f"{index}-{abs(hash(form))}"
            found = lint(inchworm, alembic(folder, text), rule="never-ending-loop")
            assert bool(found) == is_found, (form, found)


BACKFILLS = [
    ("User.objects.update(name='x')", True),
    ("User.objects.all().update(name='x')", True),
    ("User.objects.filter(name__isnull=True).update(name='x')", True),
    ("User.objects.filter(id__lt=10).update(name='x')", False),
    ("for one in User.objects.all():\n        one.save()", True),
    ("for one in User.objects.iterator():\n        one.save(update_fields=['name'])", True),
    ("rows = User.objects.all()\n    for one in rows:\n        one.save()", True),
    ("for one in User.objects.all():\n        print(one)", False),
    ("for one in User.objects.filter(id__lt=10):\n        one.save()", False),
    ("for one in User.objects.all()[:10]:\n        one.save()", False),
]


def test_backfills_are_what_changes_a_whole_table(inchworm, tmp_path):
    for index, (code, is_found) in enumerate(BACKFILLS):
        for atomic in ("", ", atomic=False"):
            text = (f"def fill(apps, schema_editor):\n    User = apps.get_model('shop', 'User')\n    {code}\n\n\n"
                    "class Migration(migrations.Migration):\n    dependencies = [('shop', '0001_initial')]\n"
                    f"    operations = [migrations.RunPython(fill, migrations.RunPython.noop{atomic})]\n")
            found = lint(inchworm, django(tmp_path / f"{index}{atomic}", text), rule="backfill-in-one-transaction")
            assert bool(found) == (is_found and atomic == ""), (code, atomic, found)


def test_backfills_through_a_session_are_found(inchworm, tmp_path):
    for index, (query, is_found) in enumerate([("session.query(User).all()", True), ("session.query(User)", True),
                                               ("session.query(User).filter(User.id < 9).all()", False)]):
        for block in ("if True:", "with op.get_context().autocommit_block():"):
            text = (f"def upgrade():\n    {block}\n        session = Session(bind=op.get_bind())\n        rows = {query}\n"
                    "        for row in rows:\n            row.nick = row.name\n        session.commit()\n\n\n"
                    "def downgrade():\n    op.execute('SELECT 1')\n")
            found = lint(inchworm, alembic(tmp_path / f"{index}{block[:2]}", text), rule="backfill-in-one-transaction")
            assert bool(found) == (is_found and block == "if True:"), (query, block, found)


def test_a_class_that_is_only_a_type_may_be_imported(inchworm, tmp_path):
    text = ("from shop.models import User, validate_name\nimport shop.models\n\n\nclass Migration(migrations.Migration):\n"
            "    dependencies = [('shop', '0001_initial')]\n"
            "    operations = [migrations.AddField('user', 'x', models.TextField(null=True, validators=[validate_name]))]\n")
    assert not lint(inchworm, django(tmp_path, text), rule="runpython-imports-models")


def suppressed(inchworm, folder):
    done = project.run(inchworm, folder, URL, "lint", "--json", "--dialect", "postgres")
    return [(one["rule"], one["suppression"].get("reason")) for one in json.loads(done.stdout)["suppressed"]]


def test_a_comment_beside_it_turns_a_rule_about_code_off(inchworm, tmp_path):
    loop = "    while rows:\n        rows = op.execute('UPDATE users SET nick = name WHERE nick IS NULL')\n"
    for index, (file, above, reason) in enumerate([
            ("", "", None), ("", "    # inchworm: ignore never-ending-loop all names are there\n", "all names are there"),
            ("# inchworm: ignore-file never-ending-loop once\n", "", "once"),
            ("", "    # inchworm: ignore downgrade-missing x\n", None)]):
        text = f"{file}def upgrade():\n    rows = 1\n{above}{loop}\n\ndef downgrade():\n    op.execute('SELECT 1')\n"
        folder = alembic(tmp_path / str(index), text)
        assert bool(lint(inchworm, folder, rule="never-ending-loop")) == (reason is None), (above, reason)
        assert suppressed(inchworm, folder) == ([("never-ending-loop", reason)] if reason else [])
        unused = lint(inchworm, folder, rule="unused-suppression")
        assert [one["message"] for one in unused] == (
            ["this comment ignores downgrade-missing, which is not found in its statement"] if index == 3 else [])


def test_a_comment_turns_a_rule_off_in_sql_and_in_a_start_script(inchworm, tmp_path):
    comment = "-- inchworm: ignore downgrade-missing there is no way back\n"
    folder = goose(tmp_path / "goose", f"-- +goose Up\nALTER TABLE users ADD COLUMN nick text;\n{comment}-- +goose Down\n")
    assert not lint(inchworm, folder, rule="downgrade-missing")
    assert not lint(inchworm, folder, rule="unused-suppression")
    assert suppressed(inchworm, folder) == [("downgrade-missing", "there is no way back")]
    folder = alembic(tmp_path / "start", "def upgrade():\n    pass\n\n\ndef downgrade():\n    pass\n")
    script = folder / "entrypoint.sh"
    script.write_text("#!/bin/sh\nalembic upgrade head\nexec gunicorn shop\n")
    assert lint(inchworm, folder, rule="migrations-at-startup")
    script.write_text("#!/bin/sh\n# inchworm: ignore migrations-at-startup one process only\nalembic upgrade head\nexec gunicorn shop\n")
    assert not lint(inchworm, folder, rule="migrations-at-startup")
    assert suppressed(inchworm, folder) == [("migrations-at-startup", "one process only")]


def test_what_is_not_known_in_a_loop_is_said_once(inchworm, tmp_path):
    text = ("def upgrade():\n    for name in ('a', 'b', 'c'):\n        rows = op.get_bind().execute(sa.text(f'SELECT {name} FROM users')).fetchall()\n"
            "        if rows:\n            op.execute('DELETE FROM users')\n\n\ndef downgrade():\n    op.execute('SELECT 1')\n")
    found = lint(inchworm, alembic(tmp_path, text), rule="not-readable")
    places = [(one["place"]["line"], one["place"]["column"], one["message"]) for one in found]
    assert places and len(places) == len(set(places)), places


# ------------------------------------------------------------------------------------------------------------ history


def test_several_heads_are_found_and_labelled_branches_are_not(inchworm, tmp_path):
    one = [alembic_project.Revision("a"), alembic_project.Revision("b", "a"), alembic_project.Revision("c", "a")]
    found = lint(inchworm, alembic_project.write(tmp_path / "a", URL, one), rule="several-heads")
    assert len(found) == 1 and "(c, b)" in found[0]["message"] and found[0]["place"]["line"] == 5, found
    two = [alembic_project.Revision("a"), alembic_project.Revision("b", "a", labels=("x",)), alembic_project.Revision("c", "a")]
    assert not lint(inchworm, alembic_project.write(tmp_path / "b", URL, two), rule="several-heads")


def test_two_leaves_of_a_django_app_are_several_heads(inchworm, tmp_path):
    empty = "class Migration(migrations.Migration):\n    dependencies = [('shop', '0001_initial')]\n"
    django(tmp_path, empty)
    assert not lint(inchworm, tmp_path, rule="several-heads")
    django(tmp_path, empty, "0002_other")
    assert len(lint(inchworm, tmp_path, rule="several-heads")) == 1


def test_an_edited_migration_is_found_with_a_database(inchworm, tmp_path):
    folder = project.prisma(tmp_path, "sqlite", {"1_a": "CREATE TABLE a (id INTEGER PRIMARY KEY);\n"})
    url = f"file:{tmp_path}/t.db"
    assert project.run(inchworm, folder, url, "up").returncode == 0

    def edited(*arguments):
        done = project.run(inchworm, folder, url, "lint", "--json", *arguments)
        return [one for one in json.loads(done.stdout)["findings"] if one["rule"] == "edited-after-applied"]

    assert not edited("--live")
    (tmp_path / "prisma/migrations/1_a/migration.sql").write_text("CREATE TABLE a (id INTEGER PRIMARY KEY, b int);\n")
    assert not edited() and [one["severity"] for one in edited("--live")] == ["error"]


def git(folder, *arguments):
    subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@localhost", *arguments], cwd=folder, check=True,
                   capture_output=True)


def test_a_migration_that_is_not_in_the_repository_is_found(inchworm, tmp_path):
    project.prisma(tmp_path, "postgres", {"1_a": "CREATE TABLE a (id int);\n", "2_b": "CREATE TABLE b (id int);\n"})
    assert not lint(inchworm, tmp_path, rule="not-in-version-control")
    git(tmp_path, "init", "-q")
    (tmp_path / ".gitignore").write_text("*_b/\n")
    messages = [one["message"] for one in lint(inchworm, tmp_path, rule="not-in-version-control")]
    assert messages == ['"1_a" is not in the repository', '"2_b" is not in the repository, and .gitignore keeps it out'], messages
    git(tmp_path, "add", ".")
    assert len(lint(inchworm, tmp_path, rule="not-in-version-control")) == 1
    git(tmp_path, "add", "-f", ".")
    assert not lint(inchworm, tmp_path, rule="not-in-version-control")


# ----------------------------------------------------------------------------------------------------------- start-up

STARTS = {
    "docker/entrypoint.sh": ("#!/bin/sh\nset -e\npython manage.py migrate --no-input\nexec gunicorn app\n",
                             "#!/bin/sh\nexec gunicorn app\n", 3),
    "start.sh": ("alembic upgrade head && uvicorn app:app\n", "#alembic upgrade head\nuvicorn app:app\n", 1),
    "migrate.sh": (None, "alembic upgrade head\n", 0),
    "Dockerfile": ('FROM x\nCMD ["sh", "-c", "npx prisma migrate deploy && node server.js"]\n',
                   'FROM x\nRUN pip install alembic\nCMD ["node", "server.js"]\n', 2),
    "Procfile": ("web: python manage.py migrate && gunicorn app\n", "release: python manage.py migrate\nweb: gunicorn app\n", 1),
    "docker-compose.yml": ("services:\n  web:\n    command: >\n      sh -c 'alembic upgrade head &&\n      uvicorn app'\n",
                           "services:\n  migrate:\n    command: alembic upgrade head\n  web:\n    command: uvicorn app\n", 4),
    "package.json": ('{"scripts": {\n"start": "prisma migrate deploy && node dist/main.js"}}\n',
                     '{"scripts": {"start": "node dist/main.js", "migrate": "prisma migrate deploy"}}\n', 2),
    "app/main.py": ("from fastapi import FastAPI\nfrom alembic import command\n\napp = FastAPI()\ncommand.upgrade(config, 'head')\n",
                    "from fastapi import FastAPI\n\napp = FastAPI()\n", 5),
    "shop/apps.py": ("class C(AppConfig):\n    def ready(self):\n        call_command('migrate')\n",
                     "class C(AppConfig):\n    def ready(self):\n        pass\n", 3),
    "src/server.ts": ('import { migrate } from "drizzle-orm/node-postgres/migrator";\nawait migrate(db, {});\napp.listen(3000);\n',
                      'app.listen(3000);\n', 2),
    "src/migrate.ts": (None, 'import { migrate } from "drizzle-orm/node-postgres/migrator";\nawait migrate(db, {});\n', 0),
}


def test_applications_that_migrate_when_they_start_are_found(inchworm, tmp_path):
    for index, (name, (bad, good, line)) in enumerate(STARTS.items()):
        for kind, text in (("bad", bad), ("good", good)):
            folder = tmp_path / f"{index}-{kind}"
            project.prisma(folder, "postgres", {"1_a": "CREATE TABLE a (id int);\n"})
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text or "")
            found = lint(inchworm, folder, rule="migrations-at-startup")
            assert [one["place"]["line"] for one in found] == ([line] if kind == "bad" and bad else []), (name, kind, found)


# --------------------------------------------------------------------------- CONCURRENTLY in a transaction, by framework

INDEX = "CREATE INDEX CONCURRENTLY by_name ON users (name)"


def concurrently(inchworm, folder):
    return bool(lint(inchworm, folder, rule="concurrently-in-transaction"))


def test_concurrently_in_a_transaction_of_alembic(inchworm, tmp_path):
    forms = {
        f"op.execute('{INDEX}')": True,
        "op.create_index('by_name', 'users', ['name'], postgresql_concurrently=True)": True,
        f"with op.get_context().autocommit_block():\n        op.execute('{INDEX}')": False,
        "with op.get_context().autocommit_block():\n"
        "        op.create_index('by_name', 'users', ['name'], postgresql_concurrently=True)": False,
    }
    for index, (form, is_found) in enumerate(forms.items()):
        text = f"def upgrade():\n    {form}\n\n\ndef downgrade():\n    op.execute('SELECT 1')\n"
        assert concurrently(inchworm, alembic(tmp_path / str(index), text)) == is_found, form


def test_concurrently_in_a_transaction_of_django(inchworm, tmp_path):
    text = ("class Migration(migrations.Migration):\n    {atomic}\n    dependencies = [('shop', '0001_initial')]\n"
            "    operations = [migrations.RunSQL('CREATE INDEX CONCURRENTLY by_name ON shop_user (name)', '')]\n")
    assert concurrently(inchworm, django(tmp_path / "a", text.format(atomic="atomic = True")))
    assert not concurrently(inchworm, django(tmp_path / "b", text.format(atomic="atomic = False")))


def test_concurrently_in_a_transaction_of_prisma(inchworm, tmp_path):
    first = "CREATE TABLE users (id int PRIMARY KEY, name text);\n"
    alone = project.prisma(tmp_path / "a", "postgres", {"1_a": first, "2_b": f"{INDEX};\n"})
    beside = project.prisma(tmp_path / "b", "postgres", {"1_a": first, "2_b": f"{INDEX};\nALTER TABLE users ADD x int;\n"})
    assert not concurrently(inchworm, alone) and concurrently(inchworm, beside)


def test_concurrently_in_a_transaction_of_drizzle(inchworm, tmp_path):
    first = ("0000_a", 1, "CREATE TABLE users (id int PRIMARY KEY, name text);\n")
    assert concurrently(inchworm, project.drizzle(tmp_path / "a", "postgres", [first, ("0001_b", 2, f"{INDEX};\n")]))
    assert not concurrently(inchworm, project.drizzle(tmp_path / "b", "postgres",
                                                      [first, ("0001_b", 2, INDEX.replace(" CONCURRENTLY", "") + ";\n")]))
