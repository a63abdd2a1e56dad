"""Performs every case of tests/fixtures/facts/sqlite.sql and compares: what is refused (always, or once there are rows), its
lock, by what another connection cannot do, whether its work grows with the table (instructions of SQLite's virtual
machine), and whether it writes the table's pages (frames of the write-ahead log)."""

import contextlib
import os
import sqlite3
import tempfile
import unittest

import facts

FEW, MANY = 10, 1000
BLOCKED_BY = {"": (False, False), "SHARED": (False, False), "RESERVED": (True, False), "EXCLUSIVE": (True, True)}


def script(preamble):
    return [part for part in split(preamble) if part]


def split(text):
    """Statements of a script, trigger bodies whole."""
    part = ""
    for line in text.splitlines():
        part += line + "\n"
        if sqlite3.complete_statement(part):
            yield part.strip()
            part = ""


def fill(connection, rows):
    numbers = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})"
    connection.execute(f"INSERT INTO p {numbers} SELECT i, i FROM n")
    connection.execute(f"INSERT INTO t (id, a, b, c, u, k) {numbers} SELECT i, i, i, i, i, i FROM n")
    connection.execute(f"INSERT INTO child {numbers} SELECT i FROM n")


class Try:
    """One case in a database of its own with that many rows."""

    def __init__(self, folder, preamble, case, rows):
        path = os.path.join(folder, "db.sqlite")
        if os.path.exists(path):
            os.unlink(path)
        self.steps, self.error, self.blocks_writers, self.blocks_readers = 0, None, None, None
        worker = sqlite3.connect(path, isolation_level=None, cached_statements=0)
        other = sqlite3.connect(path, isolation_level=None, timeout=0)
        try:
            worker.execute("PRAGMA synchronous = OFF")
            worker.execute("PRAGMA foreign_keys = ON")
            for statement in script(preamble):
                worker.execute(statement)
            if rows:
                fill(worker, rows)
            for statement in case.preparation:
                worker.execute(statement)
            (self.perform_outside if case.outside else self.perform)(worker, other, case.subject)
        finally:
            worker.close()
            other.close()

    def step(self):
        self.steps += 1
        return 0

    def perform_outside(self, worker, other, statement):
        """What needs the whole file is refused while another connection reads it."""
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM sqlite_schema").fetchall()
        self.blocks_readers = self.blocks_writers = refuses(worker, statement)
        other.execute("ROLLBACK")
        worker.execute(statement)

    def perform(self, worker, other, statement):
        worker.execute("BEGIN")
        worker.set_progress_handler(self.step, 1)
        try:
            worker.execute(statement)
        except sqlite3.Error as error:
            self.error = str(error)
        worker.set_progress_handler(None, 1)
        self.blocks_writers = refuses(other, "BEGIN IMMEDIATE")
        self.blocks_readers = refuses(other, "SELECT count(*) FROM sqlite_schema")
        if worker.in_transaction:
            worker.execute("ROLLBACK")


def pages_written(folder, preamble, case):
    """(pages that the statement and its commit write, pages of table t), of a database in WAL mode with many rows."""
    path = os.path.join(folder, "wal.sqlite")
    with contextlib.closing(sqlite3.connect(path, isolation_level=None, cached_statements=0)) as worker:
        for statement in ["PRAGMA journal_mode = WAL", *script(preamble), *case.preparation]:
            worker.execute(statement)
        fill(worker, MANY)
        worker.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        pages = worker.execute("SELECT count(*) FROM dbstat WHERE name = 't'").fetchone()[0]
        worker.execute(case.subject)
        written = worker.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()[1]
    os.unlink(path)
    return written, pages


def refuses(connection, statement):
    try:
        connection.execute(statement)
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        return False
    except sqlite3.OperationalError:
        return True


def differences(case, told, folder, preamble):
    fact = told["facts"][0]
    empty, few, many = (Try(folder, preamble, case, rows) for rows in (0, FEW, MANY))
    found = [f"replay: {problem}" for problem in told["problems"] if not case.refused]
    if fact["id"] != case.id:
        found.append(f"is taken for {fact['id']}")
    if bool(fact["refused"]) != case.refused or bool(fact["failsIf"]) != case.rows:
        found.append(f"facts say refused: {fact['refused']}, fails if: {fact['failsIf']}")
    if bool(empty.error) != case.refused or bool(many.error) != (case.refused or case.rows):
        found.append(f"empty: {empty.error}, with rows: {many.error}")
    if many.error:
        return found
    if (many.blocks_writers, many.blocks_readers) != BLOCKED_BY[fact["lock"]]:
        found.append(f"blocks writers {many.blocks_writers}, readers {many.blocks_readers}, facts say {fact['lock']}")
    if case.outside:
        return found
    grows = many.steps - few.steps > (MANY - FEW) // 2
    if grows != (fact["work"] != "instant"):
        found.append(f"{few.steps} steps on {FEW} rows, {many.steps} on {MANY}, facts say {fact['work']}")
    if case.subject.startswith("ALTER TABLE t "):
        written, pages = pages_written(folder, preamble, case)
        if (written >= pages) != (fact["work"] == "rewrite"):
            found.append(f"{written} pages written, the table has {pages}, facts say {fact['work']}")
    return found


class FactsOfSqlite(unittest.TestCase):
    def test_every_case(self):
        preamble, cases = facts.read_cases("sqlite.sql")
        version = sqlite3.sqlite_version_info
        told = facts.probe("sqlite", version[0] * 10000 + version[1] * 100 + version[2], preamble, cases)
        wrong = []
        with tempfile.TemporaryDirectory() as folder:
            for case, answer in zip(cases, told):
                for difference in differences(case, answer, folder, preamble):
                    wrong.append(f"{case.id}: {case.subject}\n      {difference}")
        self.assertEqual([], wrong, "\n".join(["", *wrong]))

    def test_every_row_that_claims_to_be_proved_has_a_case(self):
        _, cases = facts.read_cases("sqlite.sql")
        self.assertEqual([], facts.unproved("sqlite", {case.id for case in cases}))


if __name__ == "__main__":
    unittest.main()
