"""The same SQL, given to another linter and to inchworm lint: every difference is explained by a line of a table.

Inputs are the cases of tests/fixtures/lint/cases.sql and the examples of our rules' pages. Which rule of ours answers one of
theirs is docs/rules/compared.md. tests/fixtures/lint/TOOL.tsv holds the differences: who says it, the rule, where ("*":
anywhere), and why. A line that explains nothing any more fails, too.
"""

import collections
import os
import pathlib
import re
import tempfile

import lint_examples

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "tests/fixtures/lint"
INCHWORM = str(pathlib.Path(os.environ.get("INCHWORM_BUILD", ROOT / "build")) / "inchworm")
SETUP = """
CREATE TYPE mood AS ENUM ('ok');
CREATE DOMAIN plain AS bigint;
CREATE TABLE people (id bigint PRIMARY KEY, name text, age int, mood mood);
ALTER TABLE people ADD CONSTRAINT people_old CHECK (age < 200) NOT VALID;
ALTER TABLE people ADD CONSTRAINT people_named CHECK (name IS NOT NULL) NOT VALID;
CREATE TABLE mails (id bigint PRIMARY KEY, person_id bigint, address text, kind varchar(20) NOT NULL, amount plain);
CREATE INDEX mails_address ON mails (address);
CREATE UNIQUE INDEX mails_address_unique ON mails (address);
CREATE TABLE cards (id bigint PRIMARY KEY, person_id bigint CONSTRAINT cards_person REFERENCES people (id));
CREATE TABLE logs (at timestamptz NOT NULL);
CREATE TABLE events (at bigint NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (1) TO (100);
"""

# `run(texts)` gives a set of rule names for each text; `skipped` are rules that are said of nearly every statement, or say nothing.
Tool = collections.namedtuple("Tool", "name run skipped")


def answers(tool):
    """Their rule -> ours."""
    text = (ROOT / "docs/rules/compared.md").read_text()
    section = text[text.index(f"## {tool.name}\n"):].split("\n## ")[0]
    found = {}
    for line in section.splitlines():
        if line.startswith("| ") and not line.startswith("| rule |"):
            theirs, ours = line.strip("| ").split(" | ", 1)
            found[theirs] = set(re.findall(r"`([a-z0-9-]+)`", ours)) if not ours.startswith("—") else set()
    return found


def inputs():
    """[(where, setup, sql)]"""
    for case in re.split(r"^-- case: ", (FIXTURES / "cases.sql").read_text(), flags=re.M)[1:]:
        title, sql = case.split("\n", 1)
        yield title.strip(), SETUP, sql
    seen = collections.Counter()
    for example in lint_examples.all_of("postgres"):
        seen[example["rule"]] += 1
        where = example["rule"] if seen[example["rule"]] == 1 else f"{example['rule']} {seen[example['rule']]}"
        yield f"{where}, bad", example["setup"], example["bad"]
        yield f"{where}, good", example["setup"], example["good"]


def differences(tool):
    """{(who, rule): [where]}"""
    given = list(inputs())
    said = tool.run([sql for _, _, sql in given])
    ever = set().union(*said)  # rules of other versions than the pinned one are not compared
    answer = {theirs: ours for theirs, ours in answers(tool).items() if theirs in ever - tool.skipped and ours}
    pages = {rule: ROOT / f"docs/rules/{rule}.md" for ours in answer.values() for rule in ours}
    asked = sorted(rule for rule, page in pages.items() if page.exists() and "Severity: off" in page.read_text())
    found = collections.defaultdict(list)
    for (where, setup, sql), theirs in zip(given, said):
        with tempfile.TemporaryDirectory(prefix="inchworm-lint-") as folder:
            ours = lint_examples.inchworm(INCHWORM, folder, setup, sql, asked)
        for rule in theirs & set(answer):
            if not answer[rule] & ours:
                found[tool.name, rule].append(where)
        for rule in ours:
            mine = {theirs_rule for theirs_rule, names in answer.items() if rule in names}
            if mine and not mine & theirs:  # what they have no rule for is no difference of judgement
                found["inchworm", rule].append(where)
    return found


def explanations(tool):
    lines = (FIXTURES / f"{tool.name}.tsv").read_text().splitlines()
    return [tuple(line.split("\t")) for line in lines if line and not line.startswith("#")]


def unexplained(tool):
    """([what no line explains], [lines that explain nothing])"""
    known, used, left = explanations(tool), set(), []
    for (who, rule), places in sorted(differences(tool).items()):
        for where in places:
            lines = [line for line in known if line[0] == who and line[1] == rule and line[2] in ("*", where)]
            used.update(lines)
            if not lines:
                left.append(f"{who}\t{rule}\t{where}\t")
    return left, [line for line in known if line not in used]


def check(case, tool):
    left, unused = unexplained(tool)
    case.assertEqual([], left)
    case.assertEqual([], unused)
    for line in explanations(tool):
        case.assertGreater(len(line[3]), 15, line)
