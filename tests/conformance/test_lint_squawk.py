"""The same SQL, given to squawk and to inchworm lint: every difference is explained by a line of a table.

Inputs are the cases of tests/fixtures/lint/squawk.sql and the examples of our rules' pages. Which rule of ours answers one of
squawk's is docs/rules/compared.md. tests/fixtures/lint/squawk.tsv holds the differences: who says it, the rule, where ("*":
anywhere), and why. A line that explains nothing any more fails, too.

    python3 tests/conformance/test_lint_squawk.py    prints what is not explained
"""

import collections
import os
import pathlib
import re
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))
import deps
import lint_examples

INCHWORM = os.environ.get("INCHWORM", str(ROOT / "build/inchworm"))
FIXTURES = ROOT / "tests/fixtures/lint"
# Said of nearly every statement and asked for by nobody here.
NOT_COMPARED = {"require-lock-timeout", "require-statement-timeout", "require-timeout-settings", "require-table-schema", "unused-ignore"}
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


def answers():
    """squawk's rule -> ours."""
    text = (ROOT / "docs/rules/compared.md").read_text()
    section = text[text.index("## squawk"):].split("\n## ")[0]
    found = {}
    for line in section.splitlines():
        if line.startswith("| ") and not line.startswith("| rule |"):
            theirs, ours = line.strip("| ").split(" | ", 1)
            found[theirs] = set(re.findall(r"`([a-z0-9-]+)`", ours)) if not ours.startswith("—") else set()
    return found


def inputs():
    """[(where, setup, sql)]"""
    for case in re.split(r"^-- case: ", (FIXTURES / "squawk.sql").read_text(), flags=re.M)[1:]:
        title, sql = case.split("\n", 1)
        yield title.strip(), SETUP, sql
    seen = collections.Counter()
    for example in lint_examples.all_of("postgres"):
        seen[example["rule"]] += 1
        where = example["rule"] if seen[example["rule"]] == 1 else f"{example['rule']} {seen[example['rule']]}"
        yield f"{where}, bad", example["setup"], example["bad"]
        yield f"{where}, good", example["setup"], example["good"]


def differences():
    """{(who, rule): [where]}"""
    answer = answers()
    ours_of_theirs = set().union(*(answer[rule] for rule in answer if rule not in NOT_COMPARED))
    asked = sorted(rule for rule in ours_of_theirs if "Severity: off" in (ROOT / f"docs/rules/{rule}.md").read_text())
    given = list(inputs())
    found = collections.defaultdict(list)
    squawk = deps.native("tools", "@squawk-cli/linux-x64", "bin/squawk")
    for (where, setup, sql), theirs in zip(given, lint_examples.squawk(squawk, [sql for _, _, sql in given])):
        with tempfile.TemporaryDirectory(prefix="inchworm-lint-") as folder:
            ours = lint_examples.inchworm(INCHWORM, folder, setup, sql, asked)
        for rule in theirs - NOT_COMPARED:
            if not answer[rule] & ours:
                found["squawk", rule].append(where)
        for rule in ours:
            mine = {theirs_rule for theirs_rule, names in answer.items() if rule in names and theirs_rule not in NOT_COMPARED}
            if mine and not mine & theirs:  # what squawk has no rule for is no difference of judgement
                found["inchworm", rule].append(where)
    return found


def explanations():
    lines = (FIXTURES / "squawk.tsv").read_text().splitlines()
    return [tuple(line.split("\t")) for line in lines if line and not line.startswith("#")]


def unexplained():
    found, known = differences(), explanations()
    used = set()
    left = []
    for (who, rule), places in sorted(found.items()):
        for where in places:
            lines = [line for line in known if line[0] == who and line[1] == rule and line[2] in ("*", where)]
            used.update(lines)
            if not lines:
                left.append(f"{who}\t{rule}\t{where}\t")
    return left, [line for line in known if line not in used]


class Squawk(unittest.TestCase):
    def setUp(self):
        if not deps.is_installed("tools"):
            self.skipTest("squawk could not be fetched")

    def test_every_difference_is_explained(self):
        left, _ = unexplained()
        self.assertEqual([], left)

    def test_every_explanation_is_needed_and_has_a_reason(self):
        _, unused = unexplained()
        self.assertEqual([], unused)
        for line in explanations():
            self.assertGreater(len(line[3]), 15, line)


if __name__ == "__main__":
    print("\n".join(unexplained()[0]))
