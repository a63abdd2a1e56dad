"""squawk and inchworm lint on the same SQL; see tests/support/lint_differences.py.

    python3 tests/conformance/test_lint_squawk.py    prints what is not explained
"""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import deps
import lint_differences
import lint_examples


def run(texts):
    return lint_examples.squawk(deps.native("tools", "@squawk-cli/linux-x64", "bin/squawk"), texts)


SQUAWK = lint_differences.Tool("squawk", run, {"require-lock-timeout", "require-statement-timeout", "require-timeout-settings",
                                               "require-table-schema"})


class Squawk(unittest.TestCase):
    def test_every_difference_is_explained(self):
        if not deps.is_installed("tools"):
            self.skipTest("squawk could not be fetched")
        lint_differences.check(self, SQUAWK)


if __name__ == "__main__":
    print("\n".join(lint_differences.unexplained(SQUAWK)[0]))
