"""The table of facts itself: nothing that a reader can make is without a row, no row is without a proof or a source."""

import re
import unittest

import facts

FIXTURES = {"postgres": ["postgres.sql"], "mysql": ["mariadb.sql", "mysql56.sql"], "sqlite": ["sqlite.sql"]}
# Read, but by no statement of that dialect: the renderer mentions it, or the row is the "unknown" one.
WITHOUT = {"OPAQUE", "KINDS"}


def kinds_of_reader(dialect):
    """What the files of sql/<dialect> can make of a statement."""
    text = "".join(path.read_text() for path in (facts.ROOT / "src/sql" / dialect).glob("*.c"))
    return set(re.findall(r"IW_OP_([A-Z_]+)", text)) - WITHOUT


class Rows(unittest.TestCase):
    def test_every_operation_that_a_dialect_has_has_a_row(self):
        for dialect in FIXTURES:
            with self.subTest(dialect):
                kinds = {row["kind"] for row in facts.rows(dialect)}
                self.assertEqual(set(), kinds_of_reader(dialect) - kinds)

    def test_every_kind_of_the_model_is_read_by_some_dialect(self):
        model = re.findall(r"^\tX\((\w+),", (facts.ROOT / "src/model/operation.h").read_text(), re.M)
        self.assertEqual(set(), set(model) - WITHOUT - set.union(*map(kinds_of_reader, FIXTURES)))

    def test_a_row_is_proved_by_a_case_with_its_name_or_says_where_it_is_from(self):
        for dialect, names in FIXTURES.items():
            cases = {case.id for name in names for case in facts.read_cases(name)[1]}
            for row in facts.rows(dialect):
                with self.subTest(row["id"]):
                    self.assertTrue(row["id"] in cases if row["proved"] else row["source"])

    def test_every_case_is_about_a_row(self):
        for dialect, names in FIXTURES.items():
            known = {row["id"] for row in facts.rows(dialect)}
            cases = {case.id for name in names for case in facts.read_cases(name)[1]}
            self.assertEqual(set(), cases - known)


if __name__ == "__main__":
    unittest.main()
