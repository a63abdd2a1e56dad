"""Every command on a small project: what it prints, as text and as JSON, and its exit status."""

import json
import pathlib
import sqlite3
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import project

USAGE, PROJECT, LOSSY = 2, 4, 12
USERS, POSTS, AGE = "20240101000000_users", "20240102000000_posts", "20240103000000_age"


class Shop:
    """Three migrations in SQLite; the second one has a down file, the others do not."""

    def __init__(self, inchworm, folder):
        self.inchworm, self.database = inchworm, folder / "t.db"
        self.folder = project.prisma(folder, "sqlite", {
            USERS: "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);\n",
            POSTS: "CREATE TABLE posts (id INTEGER PRIMARY KEY);\nINSERT INTO posts VALUES (1);\n",
            AGE: "ALTER TABLE users ADD COLUMN age INTEGER;\n"})
        (folder / f"prisma/migrations/{POSTS}/down.sql").write_text("DROP TABLE posts; -- by hand\n")

    def run(self, *arguments, expect=0, cwd=None):
        result = project.run(self.inchworm, cwd or self.folder, f"file:{self.database}", *arguments)
        assert result.returncode == expect, (arguments, result.returncode, result.stdout, result.stderr)
        return result.stdout + result.stderr

    def applied(self):
        with sqlite3.connect(self.database) as connection:
            rows = connection.execute("SELECT migration_name FROM _prisma_migrations ORDER BY 1").fetchall()
        return [name for name, in rows]


def test_up_applies_all_the_next_or_up_to_a_target(inchworm, tmp_path):
    shop = Shop(inchworm, tmp_path)
    assert "1 migration applied" in shop.run("up", "+1")
    assert shop.applied() == [USERS]
    shop.run("up", "20240102")
    assert shop.applied() == [USERS, POSTS]
    shop.run("up", "2024", expect=USAGE)
    shop.run("up", "nothing_like_it", expect=USAGE)
    assert shop.applied() == [USERS, POSTS]
    shop.run("up")
    assert shop.applied() == [USERS, POSTS, AGE]
    assert "no migration is pending" in shop.run("up")


def test_up_tells_its_events_as_json(inchworm, tmp_path):
    events = [json.loads(line) for line in Shop(inchworm, tmp_path).run("up", "--json").splitlines()]
    assert [one["event"] for one in events[:4]] == ["migrationBegin", "statementBegin", "statementEnd", "migrationEnd"]
    assert events[1]["sql"] == "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT)"
    assert events[-1] == {"event": "end", "direction": "up", "migrations": 3}


def test_down_undoes_one_some_or_all(inchworm, tmp_path):
    shop = Shop(inchworm, tmp_path)
    for arguments, left in [([], [USERS, POSTS]), (["-1"], [USERS, POSTS]), (["-2"], [USERS]), (["20240101"], [USERS]),
                            (["zero"], [])]:
        shop.run("up")
        shop.run("down", "--lossy", *arguments)
        assert shop.applied() == left, arguments
    shop.run("down", "-1x", expect=USAGE)
    assert "no migration to undo" in shop.run("down")


def test_a_derived_down_that_loses_data_is_refused_without_lossy(inchworm, tmp_path):
    shop = Shop(inchworm, tmp_path)
    shop.run("up")
    said = shop.run("down", expect=LOSSY)
    assert AGE in said and "users.age" in said and "--lossy" in said, said
    assert shop.applied() == [USERS, POSTS, AGE]
    shop.run("down", "zero", expect=LOSSY)
    assert shop.applied() == [USERS, POSTS, AGE]
    shop.run("down", "--lossy")
    assert "age" not in project.catalogue(None, f"file:{shop.database}")


def test_a_down_file_is_used_as_it_is(inchworm, tmp_path):
    shop = Shop(inchworm, tmp_path)
    shop.run("up", "+2")
    assert "by hand" not in shop.run("up", "+1") and f"down {POSTS}" in shop.run("down", "-2", "--lossy")
    assert shop.applied() == [USERS]
    assert '"posts"' not in project.catalogue(None, f"file:{shop.database}")


def test_plan_shows_and_changes_nothing(inchworm, tmp_path):
    shop = Shop(inchworm, tmp_path)
    shop.run("up", "+1")
    before = project.catalogue(None, f"file:{shop.database}")
    text = shop.run("plan")
    assert POSTS in text and AGE in text and "ALTER TABLE users ADD COLUMN age INTEGER" in text, text
    plan = json.loads(shop.run("plan", "+1", "--json"))["plan"]
    assert [one["migration"] for one in plan] == [POSTS] and plan[0]["atomic"] and not plan[0]["derived"]
    assert [one["sql"] for one in plan[0]["statements"]] == [
        "CREATE TABLE posts (id INTEGER PRIMARY KEY)", "INSERT INTO posts VALUES (1)"]
    down = json.loads(shop.run("plan", "--down", "--json"))["plan"]
    assert down[0]["migration"] == USERS and down[0]["derived"] and down[0]["losses"]
    assert "CREATE TABLE posts" in shop.run("plan", "--sql")
    assert project.catalogue(None, f"file:{shop.database}") == before


def test_a_sqlite_file_that_up_would_make_is_an_empty_database(inchworm, tmp_path):
    shop = Shop(inchworm, tmp_path)
    url = f"file:{shop.database}"
    for command, status in (("status", 1), ("history", 0), ("plan", 0)):
        done = project.run(inchworm, shop.folder, url, command)
        assert done.returncode == status and "there is no file" in done.stderr, (command, done.stdout, done.stderr)
        assert USERS in done.stdout, done.stdout
        assert json.loads(project.run(inchworm, shop.folder, url, command, "--json").stdout), command
    lint = project.run(inchworm, shop.folder, url, "lint", "--url", url)
    assert lint.returncode in (0, 1), lint.stderr
    assert not shop.database.exists()
    nowhere = project.run(inchworm, shop.folder, f"file:{tmp_path}/no/such.db", "status")
    assert nowhere.returncode == 5 and "its folder does not exist" in nowhere.stderr, nowhere.stderr


def test_status_and_history_say_where_the_project_stands(inchworm, tmp_path):
    shop = Shop(inchworm, tmp_path)
    shop.run("up", "+2")
    text = shop.run("status", expect=1)
    assert AGE in text and USERS not in text and "2 applied, 1 pending" in text, text
    report = json.loads(shop.run("status", "--json", expect=1))
    assert not report["upToDate"] and [one["state"] for one in report["migrations"]] == ["applied", "applied", "pending"]
    assert [one["hasDownFile"] for one in report["migrations"]] == [False, True, False]
    assert USERS in shop.run("history")
    shop.run("up")
    assert "up to date" in shop.run("status")
    assert json.loads(shop.run("status", "--json"))["upToDate"]


def test_lint_needs_no_database(inchworm, tmp_path):
    shop = Shop(inchworm, tmp_path)
    assert "no findings in 4 statements of 3 migrations" in shop.run("lint")
    assert json.loads(shop.run("lint", "--json"))["findings"] == []
    assert not shop.database.exists()


def test_resolve_records_without_running(inchworm, tmp_path):
    shop = Shop(inchworm, tmp_path)
    shop.run("up", "+1")
    shop.run("resolve", POSTS, expect=USAGE)
    shop.run("resolve", "--applied", expect=USAGE)
    assert "recorded as applied" in shop.run("resolve", "--applied", POSTS)
    assert json.loads(shop.run("resolve", "--applied", AGE, "--json")) == {"resolved": True}
    assert shop.applied() == [USERS, POSTS, AGE]
    assert "posts" not in project.catalogue(None, f"file:{shop.database}")


def test_a_project_elsewhere_is_named_with_a_directory(inchworm, tmp_path):
    shop = Shop(inchworm, tmp_path / "shop")
    shop.run("up", "-C", "shop", cwd=tmp_path)
    assert len(shop.applied()) == 3
    shop.run("status", "-C", "nowhere", cwd=tmp_path, expect=PROJECT)
    (tmp_path / "empty").mkdir()
    shop.run("status", cwd=tmp_path / "empty", expect=PROJECT)


def test_what_the_command_line_cannot_mean_is_status_2(inchworm, tmp_path):
    shop = Shop(inchworm, tmp_path)
    assert "nonsense" in shop.run("nonsense", expect=USAGE)
    assert "--nonsense" in shop.run("up", "--nonsense", expect=USAGE)
    error = json.loads(shop.run("up", "--json", "nothing_like_it", expect=USAGE))["error"]
    assert error["class"] == "usage" and "nothing_like_it" in error["message"], error
    assert shop.run("version").startswith("inchworm ")
    for command in ("status", "history", "plan", "up", "down", "lint", "resolve"):
        assert f"usage: inchworm {command}" in shop.run("help", command) == shop.run(command, "--help")


def test_a_comment_that_turns_a_rule_off_is_no_section(inchworm, tmp_path):
    (tmp_path / "migrations").mkdir()
    (tmp_path / "inchworm.yaml").write_text("framework: sql\nmigrations: migrations\ndialect: postgres\n")
    (tmp_path / "migrations/0001_a.sql").write_text("CREATE TABLE t (id integer PRIMARY KEY, n integer);\n")
    (tmp_path / "migrations/0002_b.sql").write_text("-- inchworm: ignore drop-column nobody reads it\nALTER TABLE t DROP COLUMN n;\n")
    result = project.run(inchworm, tmp_path, "", "lint", "--json")
    assert result.returncode == 0, result.stdout + result.stderr
    answer = json.loads(result.stdout)
    assert [one["rule"] for one in answer["suppressed"]] == ["drop-column"] and answer["findings"] == []
