"""docs/rules/compared.md: every rule of other tools has one of ours, or a reason why not."""

import pathlib
import re
import unittest

DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs/rules"
TOOLS = {"squawk": 41, "Atlas": 39, "strong_migrations": 33, "online_migrations": 34, "safe-pg-migrations": 10, "eugene": 15,
         "django-migration-linter": 16, "django-pg-zero-downtime-migrations": 13, "Photoroom zdm": 17,
         "django-safe-migrations": 47, "pgfence": 73, "MigrationPilot": 117, "pg-migration-lint": 53,
         "drizzle-migration-lint": 16, "pg-schema-diff": 12}


def sections():
    """{title: [(rule of theirs, what stands beside it)]}"""
    found, title = {}, None
    for line in (DOCS / "compared.md").read_text().splitlines():
        if line.startswith("## "):
            title = line[3:]
            found[title] = []
        elif line.startswith("| ") and title and not line.startswith(("| rule |", "| concern |")):
            theirs, ours = line.strip("| ").split(" | ", 1)
            found[title].append((theirs, ours.strip()))
    return found


def ids(text):
    """The rules at the beginning of a cell; a rule that a reason mentions counts, too."""
    return re.findall(r"`([a-z0-9-]+)`", text)


class Compared(unittest.TestCase):
    def test_every_row_has_a_rule_of_ours_or_a_reason(self):
        ours = {path.stem for path in DOCS.glob("*.md")} - {"index", "compared"}
        for title, rows in sections().items():
            for theirs, answer in rows:
                with self.subTest(tool=title, rule=theirs):
                    if answer.startswith("—"):
                        self.assertGreater(len(answer), 8, "a reason is a sentence")
                    else:
                        self.assertTrue(ids(answer.split(" (")[0]), answer)
                    for name in ids(answer):
                        known = ours | {"inchworm plan"}
                        self.assertIn(name, known)

    def test_no_rule_is_listed_twice_and_none_is_lost(self):
        for title, rows in sections().items():
            names = [theirs for theirs, _ in rows]
            self.assertEqual(len(names), len(set(names)), title)
            if title in TOOLS:
                self.assertEqual(len(names), TOOLS[title], title)
        self.assertEqual(set(TOOLS) | {"By concern"}, set(sections()))


if __name__ == "__main__":
    unittest.main()
