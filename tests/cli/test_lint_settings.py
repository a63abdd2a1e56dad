"""Severities, thresholds and exclusions of inchworm.yaml and the options; suppressions; the baseline; explain."""

import json
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import django_project
import project

FIRST, SECOND, THIRD = "20240101000000_first", "20240102000000_second", "20240103000000_third"


def shop(folder, settings=""):
    project.prisma(folder, "postgres", {
        FIRST: "CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);\n",
        SECOND: "ALTER TABLE users DROP COLUMN age;\n",
        THIRD: "ALTER TABLE users RENAME COLUMN name TO title;\n"})
    if settings:
        (folder / "inchworm.yaml").write_text(settings)
    return folder


def lint(inchworm, folder, *arguments, expect=0):
    ran = subprocess.run([inchworm, *(arguments if arguments[:1] == ("explain",) else ("lint", *arguments))], cwd=folder,
                         capture_output=True, text=True, timeout=120,
                         env={**os.environ, "NO_COLOR": "1", "DATABASE_URL": ""})
    assert ran.returncode == expect, (arguments, ran.returncode, ran.stdout, ran.stderr)
    return ran.stdout + ran.stderr


def found(inchworm, folder, *arguments, expect=0):
    output = json.loads(lint(inchworm, folder, "--json", *arguments, expect=expect))
    return {one["rule"]: one["severity"] for one in output["findings"]}, output


def test_severities_come_from_the_file_and_then_from_the_options(inchworm, tmp_path):
    shop(tmp_path, "lint:\n  drop-column: off\n  rename-*: note\n")
    assert found(inchworm, tmp_path)[0] == {"rename-column": "note"}
    assert found(inchworm, tmp_path, "--rule", "drop-column=error", expect=1)[0] == {
        "drop-column": "error", "rename-column": "note"}
    assert found(inchworm, tmp_path, "--rule", "*=off")[0] == {}
    # A rule's own line is stronger than a pattern, wherever it stands.
    (tmp_path / "inchworm.yaml").write_text("lint:\n  drop-column: error\n  \"*\": off\n")
    assert found(inchworm, tmp_path, expect=1)[0] == {"drop-column": "error"}


def test_what_makes_the_run_fail_can_be_chosen(inchworm, tmp_path):
    shop(tmp_path, "lint:\n  fail_on: error\n")
    lint(inchworm, tmp_path, "--rule", "rename-column=warning")
    lint(inchworm, tmp_path, "--fail-on", "warning", expect=1)
    lint(inchworm, tmp_path, "--rule", "*=note")
    lint(inchworm, tmp_path, "--rule", "*=note", "--fail-on", "note", expect=1)
    lint(inchworm, tmp_path, "--fail-on", "never", expect=2)


def test_a_rule_that_does_not_exist_is_an_error_with_its_place_and_the_one_that_was_meant(inchworm, tmp_path):
    shop(tmp_path, "lint:\n  drop-colunm: off\n")
    printed = lint(inchworm, tmp_path, expect=4)
    assert 'inchworm.yaml:2: there is no rule "drop-colunm"' in printed
    assert "^~~~~~~~~~~" in printed and 'Did you mean "drop-column"?' in printed
    (tmp_path / "inchworm.yaml").write_text("lint:\n  zzz-*: off\n")
    assert 'no rule matches "zzz-*"' in lint(inchworm, tmp_path, expect=4)
    (tmp_path / "inchworm.yaml").write_text("lint:\n  fail_at: error\n")
    assert 'unknown key "fail_at"' in lint(inchworm, tmp_path, expect=4)
    (tmp_path / "inchworm.yaml").write_text("")
    assert 'Did you mean "truncate"?' in lint(inchworm, tmp_path, "--rule", "trunkate=off", expect=2)
    lint(inchworm, tmp_path, "--rule", "truncate", expect=2)


def test_excluded_files_are_read_and_not_judged(inchworm, tmp_path):
    shop(tmp_path, f"lint:\n  exclude: prisma/migrations/{SECOND}\n")
    assert found(inchworm, tmp_path, expect=1)[0] == {"rename-column": "error"}
    (tmp_path / "inchworm.yaml").write_text("lint:\n  exclude: [\"prisma/migrations/*_second/*\", prisma/nothing/]\n")
    assert found(inchworm, tmp_path, expect=1)[0] == {"rename-column": "error"}


def test_suppressed_findings_are_kept_with_their_reason(inchworm, tmp_path):
    shop(tmp_path)
    path = tmp_path / f"prisma/migrations/{SECOND}/migration.sql"
    path.write_text("-- inchworm: ignore drop-column the code is gone since 2.4\n" + path.read_text())
    findings, output = found(inchworm, tmp_path, expect=1)
    assert findings == {"rename-column": "error"}
    kept, = output["suppressed"]
    assert kept["rule"] == "drop-column"
    assert kept["suppression"]["kind"] == "comment"
    assert kept["suppression"]["reason"] == "the code is gone since 2.4"
    assert kept["suppression"]["place"]["line"] == 1
    assert "1 ignored by comments" in lint(inchworm, tmp_path, expect=1)


def test_a_reason_can_be_wanted_by_the_file_or_an_option(inchworm, tmp_path):
    shop(tmp_path)
    path = tmp_path / f"prisma/migrations/{SECOND}/migration.sql"
    path.write_text("-- inchworm: ignore drop-column\n" + path.read_text())
    assert "suppression-without-reason" not in found(inchworm, tmp_path, expect=1)[0]
    assert "suppression-without-reason" in found(inchworm, tmp_path, "--require-reason", expect=1)[0]
    (tmp_path / "inchworm.yaml").write_text("lint:\n  require_reason: true\n")
    assert "suppression-without-reason" in found(inchworm, tmp_path, expect=1)[0]


ALEMBIC = '''"""two"""
from alembic import op
import sqlalchemy as sa
revision = "a2"
down_revision = "a1"
note = "# inchworm: ignore-file"
def upgrade():
    # inchworm: ignore add-column-not-null
    # the table is empty until the launch
    op.add_column(
        "users",
        sa.Column("x", sa.Integer, nullable=False),  # a comment in it
    )
    op.drop_column("users", "age")  # inchworm: ignore drop-column code is gone
    op.drop_column(
        "users",  # inchworm: ignore drop-column also gone
        "name")
    # inchworm: ignore drop-column

    op.drop_column("users", "last")
def downgrade():
    pass
'''


def test_comments_of_python_count_before_in_and_behind_the_call(inchworm, tmp_path):
    versions = tmp_path / "alembic/versions"
    versions.mkdir(parents=True)
    (tmp_path / "alembic.ini").write_text("[alembic]\nscript_location = alembic\nsqlalchemy.url = postgresql://localhost/x\n")
    (tmp_path / "alembic/env.py").write_text("")
    (versions / "a1.py").write_text(
        'from alembic import op\nimport sqlalchemy as sa\nrevision = "a1"\ndown_revision = None\ndef upgrade():\n'
        '    op.create_table("users", *[sa.Column(n, sa.Integer) for n in ("id", "age", "name", "last")])\n'
        'def downgrade():\n    raise NotImplementedError\n')
    (versions / "a2.py").write_text(ALEMBIC + "\ndef downgrade():\n    raise NotImplementedError\n")
    _, output = found(inchworm, tmp_path, expect=1)
    assert [(one["rule"], one["object"]) for one in output["findings"]] == [
        ("drop-column", "users.last"), ("unused-suppression", None)]
    assert [(one["rule"], one["suppression"]["reason"]) for one in output["suppressed"]] == [
        ("add-column-not-null", None), ("drop-column", "code is gone"), ("drop-column", "also gone")]
    assert output["findings"][1]["place"]["line"] == 18


def test_the_baseline_keeps_old_findings_from_failing_and_new_ones_fail(inchworm, tmp_path):
    shop(tmp_path)
    baseline = tmp_path / "baseline.json"
    assert "2 findings" in lint(inchworm, tmp_path, "--baseline", "baseline.json", "--update-baseline")
    entries = json.loads(baseline.read_text())
    assert [one["rule"] for one in entries["findings"]] == ["drop-column", "rename-column"]
    assert "2 in the baseline" in lint(inchworm, tmp_path, "--baseline", "baseline.json")
    # Edits elsewhere do not matter; a new finding does.
    path = tmp_path / f"prisma/migrations/{SECOND}/migration.sql"
    path.write_text("SELECT 1;\n\n" + path.read_text())
    lint(inchworm, tmp_path, "--baseline", "baseline.json")
    path.write_text(path.read_text() + "ALTER TABLE users DROP COLUMN id;\n")
    findings, _ = found(inchworm, tmp_path, "--baseline", "baseline.json", expect=1)
    assert "drop-column" in findings
    # What is there no more is said, and taken out.
    path.write_text("SELECT 1;\n")
    printed = lint(inchworm, tmp_path, "--baseline", "baseline.json")
    assert f"the baseline lists drop-column of users.age in {SECOND}, which is not found any more" in printed
    (tmp_path / "inchworm.yaml").write_text("lint:\n  baseline: baseline.json\n")
    assert found(inchworm, tmp_path)[1]["staleBaseline"] == [f"drop-column of users.age in {SECOND}"]
    # Of a run over some migrations only theirs are renewed.
    lint(inchworm, tmp_path, SECOND, "--update-baseline")
    assert [one["rule"] for one in json.loads(baseline.read_text())["findings"]] == ["rename-column"]
    baseline.write_text("{}")
    assert "this is no baseline" in lint(inchworm, tmp_path, expect=3)
    baseline.unlink()
    lint(inchworm, tmp_path, expect=3)


def test_rules_are_listed_and_explained(inchworm, tmp_path):
    rules = json.loads(lint(inchworm, tmp_path, "--rules", "--json"))
    assert {"id", "severity", "defaultSeverity", "engines", "title", "why"} <= set(rules[0])
    text = lint(inchworm, tmp_path, "--rules")
    assert all(one["id"] in text for one in rules)
    page = lint(inchworm, tmp_path, "explain", "drop-column")
    assert page.startswith("drop-column: ") and "this is reported:" in page
    assert json.loads(lint(inchworm, tmp_path, "explain", "drop-column", "--json"))[0]["id"] == "drop-column"
    assert 'Did you mean "drop-column"?' in lint(inchworm, tmp_path, "explain", "drop-colum", expect=2)
    lint(inchworm, tmp_path, "explain", expect=2)
    shop(tmp_path, "lint:\n  drop-column: off\n")
    rules = {one["id"]: one["severity"] for one in json.loads(lint(inchworm, tmp_path, "--rules", "--json"))}
    assert rules["drop-column"] == "off"


def test_a_rule_that_is_off_can_be_asked_for_in_files_of_no_project(inchworm, tmp_path):
    (tmp_path / "a.sql").write_text("CREATE TABLE t (id int);\n")
    files = ("--dialect", "postgres", "a.sql")
    assert found(inchworm, tmp_path, *files)[0] == {}
    for level, status in (("note", 0), ("warning", 1), ("error", 1)):
        assert found(inchworm, tmp_path, "--rule", f"table-without-primary-key={level}", *files, expect=status)[0] == {
            "table-without-primary-key": level}


def test_apps_that_are_not_the_projects_are_neither_judged_nor_taken_for_files_of_it(inchworm, tmp_path):
    one = django_project.Migration("shop", "0001_initial", [("notifications", "0001_initial")], operations=["migrations.RunSQL('SELECT 1', '')"])
    django_project.write(tmp_path, ["shop"], [one], installed=("django.contrib.contenttypes", "notifications"))
    (tmp_path / "shop/notifications.py").write_text("")  # no package: the installed one is not found
    findings, output = found(inchworm, tmp_path, "--dialect", "postgres")
    assert findings == {} and output["problems"][0]["message"].endswith("models are not known: notifications"), output
    named = found(inchworm, tmp_path, "--dialect", "postgres", "contenttypes.0002_remove_content_type_name", expect=1)[0]
    assert "drop-column" in named, named
