"""lint --since: only what a branch adds, by git; what was there before is replayed, whatever the files are called."""

import json
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import project

FIRST, SECOND, THIRD = "20240101000000_first", "20240102000000_second", "20240103000000_third"
GIT = {"GIT_CONFIG_NOSYSTEM": "1", "HOME": "/nonexistent", "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b",
       "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b"}


def git(folder, *arguments):
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, env={**os.environ, **GIT})


def commit(folder, message="more"):
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", message)


def shop(folder):
    project.prisma(folder, "postgres", {
        FIRST: "CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);\n",
        SECOND: "ALTER TABLE users DROP COLUMN age;\n"})
    git(folder, "init", "-qb", "main")
    commit(folder)
    git(folder, "checkout", "-qb", "topic")
    return folder


def write(folder, name, sql):
    path = folder / "prisma/migrations" / name
    path.mkdir(exist_ok=True)
    (path / "migration.sql").write_text(sql)


def lint(inchworm, folder, *arguments, expect=0):
    ran = subprocess.run([inchworm, "lint", *arguments], cwd=folder, capture_output=True, text=True, timeout=120,
                         env={**os.environ, "NO_COLOR": "1", "DATABASE_URL": ""})
    assert ran.returncode == expect, (arguments, ran.returncode, ran.stdout, ran.stderr)
    return ran.stdout + ran.stderr


def found(inchworm, folder, *arguments, expect=1):
    output = json.loads(lint(inchworm, folder, "--json", *arguments, expect=expect))
    return [(one["migration"], one["rule"]) for one in output["findings"]], output


def test_only_what_the_branch_adds_is_judged_with_the_schema_of_before(inchworm, tmp_path):
    shop(tmp_path)
    assert "no findings in 0 statements of 0 migrations, since " in lint(inchworm, tmp_path, "--since", "main")
    write(tmp_path, THIRD, "ALTER TABLE users DROP COLUMN name;\nALTER TABLE users DROP COLUMN age;\n")  # not even added
    findings, output = found(inchworm, tmp_path, "--since", "main")
    # age is gone since the second one: that is known although the second one is not judged.
    assert findings == [(THIRD, "drop-column"), (THIRD, "drop-column"), (THIRD, "would-fail")]
    assert output["migrations"] == 1 and len(output["since"]["base"]) == 10
    commit(tmp_path)
    assert found(inchworm, tmp_path, "--since", "main")[0] == findings
    # The default branch is found.
    assert found(inchworm, tmp_path, "--since")[0] == findings
    assert found(inchworm, tmp_path, "--since", "--fail-on", "error")[0] == findings
    # Names beside it narrow it down.
    assert found(inchworm, tmp_path, "--since=main", FIRST, expect=0)[0] == []


def test_a_changed_or_renamed_old_migration_is_a_finding(inchworm, tmp_path):
    shop(tmp_path)
    write(tmp_path, SECOND, "ALTER TABLE users DROP COLUMN name;\n")
    findings, output = found(inchworm, tmp_path, "--since", "main")
    assert findings == [(SECOND, "drop-column"), (SECOND, "changed-migration")]
    assert output["findings"][1]["severity"] == "error"
    # It can be meant, and the file can say so.
    write(tmp_path, SECOND, "-- inchworm: ignore-file changed-migration it has run nowhere yet\nALTER TABLE users DROP COLUMN name;\n")
    findings, output = found(inchworm, tmp_path, "--since", "main")
    assert findings == [(SECOND, "drop-column")]
    assert output["suppressed"][0]["suppression"]["reason"] == "it has run nowhere yet"
    git(tmp_path, "checkout", "-q", ".")
    git(tmp_path, "mv", f"prisma/migrations/{SECOND}", f"prisma/migrations/{THIRD}")
    findings, output = found(inchworm, tmp_path, "--since", "main")
    assert (THIRD, "changed-migration") in findings
    assert "databases know it by that name" in output["findings"][-1]["message"]
    git(tmp_path, "reset", "-q", "--hard")
    git(tmp_path, "rm", "-q", f"prisma/migrations/{SECOND}/migration.sql")
    assert "is deleted" in lint(inchworm, tmp_path, "--since", "main")


def test_a_new_migration_before_old_ones_is_judged_after_them_and_said(inchworm, tmp_path):
    shop(tmp_path)
    write(tmp_path, "20240101120000_between", "ALTER TABLE users ADD COLUMN age int;\n")
    findings, output = found(inchworm, tmp_path, "--since", "main")
    # In the files' order "age" would be there twice; databases have run the second one already.
    assert findings == [("20240101120000_between", "out-of-order")]
    assert f'stands before "{SECOND}"' in output["findings"][0]["message"]


ALEMBIC = '''from alembic import op
import sqlalchemy as sa
revision = "{revision}"
down_revision = {parents}
def upgrade():
    {body}
def downgrade():
    raise NotImplementedError
'''


def alembic(folder, name, revision, parents, body):
    versions = folder / "alembic/versions"
    versions.mkdir(parents=True, exist_ok=True)
    (folder / "alembic.ini").write_text("[alembic]\nscript_location = alembic\nsqlalchemy.url = postgresql://localhost/x\n")
    (folder / "alembic/env.py").write_text("")
    (versions / name).write_text(ALEMBIC.format(revision=revision, parents=parents, body=body))


def test_in_a_graph_parents_say_what_is_before_not_the_names_of_files(inchworm, tmp_path):
    alembic(tmp_path, "z_first.py", "r1", None, 'op.create_table("users", sa.Column("id", sa.Integer), sa.Column("age", sa.Integer))')
    alembic(tmp_path, "m_left.py", "r2", '"r1"', 'op.add_column("users", sa.Column("left", sa.Integer))')
    git(tmp_path, "init", "-qb", "main")
    commit(tmp_path)
    git(tmp_path, "checkout", "-qb", "topic")
    alembic(tmp_path, "a_new.py", "r3", '"r2"', 'op.drop_column("users", "left")')
    assert found(inchworm, tmp_path, "--since", "main")[0] == [("r3", "drop-column")]
    # A file of another name is the same revision.
    git(tmp_path, "mv", "alembic/versions/m_left.py", "alembic/versions/b_left.py")
    assert found(inchworm, tmp_path, "--since", "main")[0] == [("r3", "drop-column")]


def test_what_git_cannot_tell_is_an_error_with_the_way_out(inchworm, tmp_path):
    project.prisma(tmp_path, "postgres", {FIRST: "CREATE TABLE users (id bigint);\n"})
    assert "is in no git repository" in lint(inchworm, tmp_path, "--since", "main", expect=4)
    git(tmp_path, "init", "-qb", "main")
    assert 'there is no revision "main"' in lint(inchworm, tmp_path, "--since", "main", expect=4)
    commit(tmp_path)
    assert 'there is no revision "nowhere"' in lint(inchworm, tmp_path, "--since", "nowhere", expect=4)
    git(tmp_path, "checkout", "-q", "--orphan", "alone")
    commit(tmp_path, "another beginning")
    assert "have no commit in common" in lint(inchworm, tmp_path, "--since", "main", expect=4)


def test_a_worktree_and_a_folder_of_a_repository_are_projects_too(inchworm, tmp_path):
    inner = tmp_path / "repository/packages/db"
    inner.mkdir(parents=True)
    shop_folder = tmp_path / "repository"
    git(shop_folder, "init", "-qb", "main")
    project.prisma(inner, "postgres", {FIRST: "CREATE TABLE users (id bigint, name text);\n"})
    commit(shop_folder)
    git(shop_folder, "worktree", "add", "-qb", "topic", "../tree")
    other = tmp_path / "tree/packages/db"
    write(other, SECOND, "ALTER TABLE users DROP COLUMN name;\n")
    assert found(inchworm, other, "--since", "main")[0] == [(SECOND, "drop-column")]
    found(inchworm, inner, "--since", "main", expect=0)
