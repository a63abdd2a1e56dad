"""What the conformance tests of facts share: reading case files, asking fact-probe, comparing."""

import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("INCHWORM_BUILD", ROOT / "build"))
FIXTURES = ROOT / "tests/fixtures/facts"
sys.path.insert(0, str(ROOT / "tests/support"))


class Case:
    """`-- case ID [word [number]]...`, then statements; the last one is the subject."""

    def __init__(self, head, body):
        self.id, *words = head.split()
        self.outside = "outside" in words
        self.refused = "refused" in words
        self.rows = "rows" in words
        self.unlisted = "unlisted" in words
        self.plain = "plain" in words
        self.server = "server" in words
        self.careful = "careful" in words
        self.together = "together" in words
        self.first = int(words[words.index("from") + 1]) if "from" in words else 0
        self.below = int(words[words.index("below") + 1]) if "below" in words else 1 << 30
        statements = [part.strip() for part in re.split(r";[ \t]*$", body, flags=re.M) if part.strip()]
        self.preparation, self.subject = statements[:-1], statements[-1]
        self.text = f"-- case {head}\n{body}"

    def fits(self, major):
        return self.first <= major < self.below


def read_cases(name):
    """(preamble, cases) of a fixture."""
    parts = re.split(r"^-- case (.*)$", (FIXTURES / name).read_text(), flags=re.M)
    return parts[0], [Case(head, body) for head, body in zip(parts[1::2], parts[2::2])]


def probe(dialect, version, preamble, cases):
    text = preamble + "".join(case.text for case in cases)
    command = [BUILD / "tests/fact-probe", dialect, str(version)]
    return json.loads(subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout)


def rows(dialect):
    command = [BUILD / "tests/fact-probe", "--list", dialect]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def unproved(dialect, seen, vendor=0, first=0, last=1 << 30):
    """Rows that claim to be proved but were in no case of the versions that were run."""
    return [row["id"] for row in rows(dialect) if row["proved"] and row["id"] not in seen
            and (vendor == 0 or row["vendor"] in (0, vendor))
            and row["from"] <= last and (row["below"] == 0 or row["below"] > first)]
