"""pgfence and inchworm lint on the same SQL; see tests/support/lint_differences.py.

    python3 tests/conformance/test_lint_pgfence.py    prints what is not explained
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import deps
import lint_differences


def run(texts):
    """[set of rule ids]; its policies, which are about sessions, are no checks and left out. One file it cannot parse
    makes it give up, so those are given to it alone."""
    with tempfile.TemporaryDirectory(prefix="inchworm-pgfence-") as folder:
        paths = []
        for i, text in enumerate(texts):
            paths.append(pathlib.Path(folder) / f"{i:04}.sql")
            paths[-1].write_text(text + "\n")
        found = [set() for _ in texts]
        for result in analyze(paths):
            found[int(pathlib.Path(result["filePath"]).stem)].update(check["ruleId"] for check in result["checks"])
        return found


def analyze(paths):
    program = [deps.node(), deps.program("linters", "pgfence"), "analyze", "--format", "sql", "--output", "json"]
    ran = subprocess.run([*program, *map(str, paths)], capture_output=True, text=True)
    if ran.stdout.startswith("{"):
        return json.loads(ran.stdout)["results"]
    if len(paths) == 1:
        return []
    half = len(paths) // 2
    return analyze(paths[:half]) + analyze(paths[half:])


PGFENCE = lint_differences.Tool("pgfence", run, {"missing-lock-timeout", "missing-statement-timeout"})


class Pgfence(unittest.TestCase):
    def test_every_difference_is_explained(self):
        if not deps.is_installed("linters"):
            self.skipTest("pgfence could not be fetched")
        lint_differences.check(self, PGFENCE)


if __name__ == "__main__":
    print("\n".join(lint_differences.unexplained(PGFENCE)[0]))
