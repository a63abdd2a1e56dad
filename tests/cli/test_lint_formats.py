"""lint --format: each format as a whole, validated by its own schema or parser, and what must be escaped in it."""

import html.parser
import json
import os
import pathlib
import re
import subprocess
import sys
import unittest
import xml.etree.ElementTree as xml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import deps
import project

FIRST, SECOND = "20240101000000_first", "20240102000000_second"
GOLDEN = pathlib.Path(__file__).resolve().parents[1] / "golden/lint"


def shop(folder, second=None):
    return project.prisma(folder, "postgres", {
        FIRST: "CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);\n",
        SECOND: second or "ALTER TABLE users ADD COLUMN email text NOT NULL;\n"
                          "-- inchworm: ignore drop-column nobody reads it since May\n"
                          "ALTER TABLE users DROP COLUMN age;\n"
                          "CREATE INDEX users_name ON users (name);\n"})


def lint(inchworm, folder, *arguments, expect=1, **environment):
    ran = subprocess.run([inchworm, "lint", *arguments], cwd=folder, capture_output=True, text=True, timeout=120,
                         env={**os.environ, "NO_COLOR": "1", "DATABASE_URL": "", **environment})
    assert ran.returncode == expect, (ran.returncode, ran.stdout, ran.stderr)
    return ran.stdout


def validate(schema, text):
    """By the jsonschema of tests/pip/lint.txt."""
    script = "import json, jsonschema, sys\njsonschema.validate(json.load(sys.stdin), json.load(open(sys.argv[1])))"
    ran = subprocess.run([deps.python("lint"), "-c", script, schema], input=text, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr[-3000:]


def test_each_format_is_what_its_golden_file_says(inchworm, tmp_path):
    folder = shop(tmp_path)
    for name in ["text", "github", "gitlab", "junit", "markdown"]:
        printed = lint(inchworm, folder, "--format", name)
        golden = GOLDEN / f"{name}.txt"
        if os.environ.get("ACCEPT"):
            golden.parent.mkdir(exist_ok=True)
            golden.write_text(printed)
        assert printed == golden.read_text(), f"{printed}\ndiffers from {golden}; ACCEPT=1 tests/run -k golden accepts it"


def test_sarif_holds_what_the_schema_wants_with_regions_fingerprints_and_suppressions(inchworm, tmp_path):
    schema = deps.folder("sarif") / "node_modules/@microsoft/sarif-multitool-linux/sarif-2.1.0.json"
    if not schema.exists():
        raise unittest.SkipTest("tests/npm/sarif was not fetched")
    folder = shop(tmp_path)
    text = lint(inchworm, folder, "--format", "sarif", INCHWORM_DOCS_URL="https://docs.example.org/rules")
    validate(schema, text)
    run = json.loads(text)["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    results = {one["ruleId"]: one for one in run["results"]}
    assert set(results) == {"add-column-not-null", "drop-column", "create-index-blocking"}
    for result in run["results"]:
        rule = rules[result["ruleIndex"]]
        assert rule["id"] == result["ruleId"]
        assert rule["helpUri"] == f"https://docs.example.org/rules/{rule['id']}.md"
        assert re.fullmatch("[0-9a-f]{32}", result["partialFingerprints"]["inchworm/v1"])
    location = results["add-column-not-null"]["locations"][0]["physicalLocation"]
    assert location["artifactLocation"] == {"uri": f"prisma/migrations/{SECOND}/migration.sql", "uriBaseId": "%SRCROOT%"}
    assert location["region"] == {"startLine": 1, "startColumn": 19, "endLine": 1, "endColumn": 49}
    assert results["add-column-not-null"]["suppressions"] == []
    suppression, = results["drop-column"]["suppressions"]
    assert (suppression["kind"], suppression["justification"]) == ("inSource", "nobody reads it since May")
    # A file that cannot be read is said, too, and the log still is one.
    (tmp_path / f"prisma/migrations/{SECOND}/migration.sql").write_text("SELECT 'never closed\n")
    text = lint(inchworm, folder, "--format", "sarif", expect=3)
    validate(schema, text)
    invocation = json.loads(text)["runs"][0]["invocations"][0]
    assert invocation["executionSuccessful"] is False and len(invocation["toolExecutionNotifications"]) == 1


def test_junit_has_a_case_per_migration_and_fails_from_fail_on(inchworm, tmp_path):
    folder = shop(tmp_path)
    suites = xml.fromstring(lint(inchworm, folder, "--format", "junit"))
    cases = {case.get("name"): case for case in suites.iter("testcase")}
    assert set(cases) == {FIRST, SECOND}
    assert cases[FIRST].find("failure") is None
    assert cases[SECOND].find("failure").get("type") == "add-column-not-null"
    assert "create-index-blocking" in cases[SECOND].find("failure").text
    assert "ignored: nobody reads it since May" in cases[SECOND].find("system-out").text
    suites = xml.fromstring(lint(inchworm, folder, "--format", "junit", "--fail-on", "error"))
    case = [one for one in suites.iter("testcase") if one.get("name") == SECOND][0]
    assert "create-index-blocking" in case.find("system-out").text
    assert suites.get("failures") == "1" and suites.get("tests") == "2"


def test_names_from_files_cannot_break_out_of_any_format(inchworm, tmp_path):
    evil = 'x%0A::error::|</code><script>alert(1)</script>`@all ]]> & \x1b[31m,title=y: z'
    folder = shop(tmp_path, f'ALTER TABLE users RENAME COLUMN "{evil}" TO b;\n')
    github = lint(inchworm, folder, "--format", "github")
    assert all(line.startswith(("::error ", "::warning ", "::notice ")) for line in github.splitlines()), github
    assert "%250A::error" in github
    html_text = lint(inchworm, folder, "--format", "html")
    assert "<script" not in html_text and "\x1b" not in html_text
    html.parser.HTMLParser().feed(html_text)
    markdown = lint(inchworm, folder, "--format", "markdown")
    assert "<script" not in re.sub(r"```.*?```", "", markdown, flags=re.S) and "@all" not in re.sub(
        r"```.*?```", "", markdown, flags=re.S)
    xml.fromstring(lint(inchworm, folder, "--format", "junit"))
    for name in ["json", "sarif", "gitlab"]:
        json.loads(lint(inchworm, folder, "--format", name))
    assert "\x1b" not in lint(inchworm, folder)


def test_gitlab_issues_have_stable_fingerprints_of_their_own(inchworm, tmp_path):
    folder = shop(tmp_path)
    path = tmp_path / f"prisma/migrations/{SECOND}/migration.sql"
    before = json.loads(lint(inchworm, folder, "--format", "gitlab"))
    path.write_text("-- a new first line\n\nSELECT 1;\n" + path.read_text())
    after = json.loads(lint(inchworm, folder, "--format", "gitlab"))
    assert [one["fingerprint"] for one in before] == [one["fingerprint"] for one in after]
    assert [one["location"]["lines"]["begin"] for one in after] == [4, 7]
    assert len({one["fingerprint"] for one in after}) == len(after)
    for issue in after:
        assert {"description", "check_name", "fingerprint", "severity", "location"} <= set(issue)
        assert issue["severity"] in {"info", "minor", "major", "critical", "blocker"}


def test_markdown_fits_a_comment_however_much_is_found(inchworm, tmp_path):
    statements = "".join(f"ALTER TABLE users ADD COLUMN c{number} text NOT NULL;\n" for number in range(2000))
    text = lint(inchworm, shop(tmp_path, statements), "--format", "markdown")
    assert 60000 < len(text) <= 65536
    assert "of the findings are not shown in full" in text


class Page(html.parser.HTMLParser):
    """What a page asks for from outside of it, and the tags that are left open."""

    EMPTY = {"meta", "br", "link", "img", "input", "hr"}

    def __init__(self):
        super().__init__()
        self.outside, self.open, self.wrong = [], [], []

    def handle_starttag(self, tag, attributes):
        self.outside += [value for name, value in attributes if name in ("src", "href", "srcset", "action")]
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


def test_the_html_page_needs_nothing_else_and_shows_locks_over_time(inchworm, tmp_path):
    folder = shop(tmp_path)
    text = lint(inchworm, folder, "--format", "html", "-o", "report.html")
    assert text == ""
    text = (tmp_path / "report.html").read_text()
    page = Page()
    page.feed(text)
    page.close()
    assert (page.outside, page.open, page.wrong) == ([], [], [])
    assert "url(" not in text and "@import" not in text and "<script" not in text
    assert "prefers-color-scheme:dark" in text
    assert text.count('class="track"') == 3 and 'aria-label="blocks reads and writes' in text
    assert "nobody reads it since May" in text


def test_output_goes_to_a_file_without_colours_and_a_full_disk_is_an_error(inchworm, tmp_path):
    folder = shop(tmp_path)
    printed = lint(inchworm, folder)
    assert lint(inchworm, folder, "--output", "out.txt", CLICOLOR_FORCE="1", NO_COLOR="") == ""
    assert (tmp_path / "out.txt").read_text() == printed
    assert "could not write" in lint(inchworm, folder, "--json", "--output", "nowhere/out", expect=3)
    lint(inchworm, folder, "--output", "/dev/full", expect=3)


def test_colours_follow_the_conventions(inchworm, tmp_path):
    folder = shop(tmp_path)
    assert "\x1b[" not in lint(inchworm, folder, NO_COLOR="")
    assert "\x1b[31m" in lint(inchworm, folder, NO_COLOR="", CLICOLOR_FORCE="1")
    assert "\x1b[" not in lint(inchworm, folder, CLICOLOR_FORCE="1")
    assert "\x1b[" not in lint(inchworm, folder, "--no-color", NO_COLOR="", CLICOLOR_FORCE="1")


def test_a_format_that_does_not_exist_is_named(inchworm, tmp_path):
    folder = shop(tmp_path)
    lint(inchworm, folder, "--format", "yaml", expect=2)
    lint(inchworm, folder, "--format", "sarif", "--json", expect=2)
