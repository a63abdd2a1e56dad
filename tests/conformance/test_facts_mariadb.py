"""Performs every case of tests/fixtures/facts/mariadb.sql on MariaDB 10.11 with each ALGORITHM and LOCK, fastest first, and
compares what the server accepts with what the facts say; whether the table was rebuilt or an index built is told by InnoDB's
own numbers of tables and indexes."""

import concurrent.futures
import re
import unittest

import facts
import servers

ALGORITHMS = ["INSTANT", "NOCOPY", "INPLACE", "COPY"]
SESSIONS = 4  # at a time, each in a database of its own: the server waits for the disk more than it works
LOCKS = ["NONE", "SHARED", "EXCLUSIVE"]
TABLES = "information_schema.INNODB_SYS_TABLES"
NUMBERS = f"""SELECT 'table', TABLE_ID FROM {TABLES} WHERE NAME LIKE concat(database(), '/%') AND NAME NOT LIKE '%/FTS%';
SELECT 'index', INDEX_ID FROM information_schema.INNODB_SYS_INDEXES JOIN {TABLES} t USING (TABLE_ID)
  WHERE t.NAME LIKE concat(database(), '/%') AND t.NAME NOT LIKE '%/FTS%';
SELECT '--';
"""


class Trial:
    """A case performed on fresh tables, with one clause after the other."""

    algorithms = ALGORITHMS

    def __init__(self, server, preamble, case, database="fx"):
        self.server, self.case, self.database = server, case, database
        names = {"p", case.subject.split()[2]}
        tables = [part for part in re.split(r"(?<=;)\n", re.sub(r"^--.*\n", "", preamble, flags=re.M)) if set(part.split()[2:3]) & names]
        self.setup = "\n".join(tables) + "".join("\n" + statement + ";" for statement in case.preparation) + "\n"

    def accepts(self, algorithm, lock=None):
        """Whether the server does it so; `changed` tells which numbers are new then."""
        clauses = f"ALGORITHM={algorithm}" + (f", LOCK={lock}" if lock else "")
        script = (f"SET foreign_key_checks = 0; DROP DATABASE IF EXISTS {self.database};"
                  f"CREATE DATABASE {self.database} CHARACTER SET utf8mb4; USE {self.database};"
                  f"SET foreign_key_checks = 1;\n{self.setup}{NUMBERS}{self.with_clauses(clauses)};\n{NUMBERS}")
        try:
            before, after, _ = self.server.sql(script).split("--")
        except servers.ServerError as error:
            self.refusal = str(error)
            return False
        self.changed = {line.split("\t")[0] for line in set(after.split("\n")) - set(before.split("\n"))}
        return True

    def with_clauses(self, clauses):
        """Clauses come last, but before what an ALTER does to partitions."""
        found = re.match(r"(ALTER TABLE \w+) ((ADD|DROP|REORGANIZE|COALESCE|TRUNCATE|EXCHANGE|REBUILD|REMOVE) PARTITION.*)",
                         self.case.subject, re.S)
        return f"{found[1]} {clauses}, {found[2]}" if found else f"{self.case.subject}, {clauses}"

    def fits(self, algorithm, lock):
        """None, or why these are not the fastest and weakest that the server accepts."""
        if not self.accepts(algorithm, lock):
            return f"the server refuses ALGORITHM={algorithm}, LOCK={lock}: {self.refusal}"
        work = self.work
        at, weaker = self.algorithms.index(algorithm), LOCKS.index(lock)
        if at > 0 and self.accepts(self.algorithms[at - 1]):
            return f"the server accepts ALGORITHM={self.algorithms[at - 1]} too"
        if weaker > 0 and self.accepts(algorithm, LOCKS[weaker - 1]):
            return f"the server accepts LOCK={LOCKS[weaker - 1]} too"
        self.seen_work = work
        return None

    @property
    def work(self):
        if "table" in self.changed:
            return "rewrite"
        return "build" if "index" in self.changed else "instant"


def parts(lock):
    """ALGORITHM=COPY, LOCK=SHARED -> (COPY, SHARED)"""
    algorithm, _, rest = lock.partition(", ")
    return algorithm.partition("=")[2], rest.partition("=")[2] or "NONE"


def differences(trial, case, told):
    fact = max(told["facts"], key=lambda fact: ["instant", "scan", "build", "rewrite"].index(fact["work"]))
    found = [f"replay: {problem}" for problem in told["problems"]]
    if case.id not in [fact["id"] for fact in told["facts"]]:
        found.append(f"is taken for {[fact['id'] for fact in told['facts']]}")
    difference = trial.fits(*parts(fact["lock"]))
    if difference is not None:
        return found + [f"facts say {fact['lock']}, but {difference}"]
    if trial.seen_work != fact["work"]:
        found.append(f"work is {trial.seen_work}, facts say {fact['work']}")
    return found


class TrialOf56(Trial):
    algorithms = ["INPLACE", "COPY"]


def wrong_cases(server, kind, preamble, cases, told):
    def perform(number, case, answer):
        trial = kind(server, preamble, case, f"fx{number}")
        return [f"{case.id}: {case.subject}\n      {difference}" for difference in differences(trial, case, answer)]

    with concurrent.futures.ThreadPoolExecutor(SESSIONS) as sessions:
        return sum(sessions.map(perform, range(len(cases)), cases, told), [])


@unittest.skipIf(servers.why_not("mariadb"), servers.why_not("mariadb"))
class FactsOfMariadb(unittest.TestCase):
    def test_every_case(self):
        preamble, cases = facts.read_cases("mariadb.sql")
        cases = [case for case in cases if not case.plain]
        told = facts.probe("mariadb", 101100, preamble, cases)
        with servers.mariadb() as server:
            wrong = wrong_cases(server, Trial, preamble, cases, told)
        self.assertEqual([], wrong, "\n".join(["", *wrong]))


@unittest.skipIf(servers.why_not("mysql56"), servers.why_not("mysql56"))
class FactsOfMysql(unittest.TestCase):
    def test_what_has_not_changed_since_5_6(self):
        preamble, cases = facts.read_cases("mysql56.sql")
        told = facts.probe("mysql", 50700, preamble, cases)
        with servers.mysql56() as server:
            wrong = wrong_cases(server, TrialOf56, preamble, cases, told)
        self.assertEqual([], wrong, "\n".join(["", *wrong]))


class EveryRow(unittest.TestCase):
    def test_that_claims_to_be_proved_has_a_case(self):
        seen = {case.id for name in ("mariadb.sql", "mysql56.sql") for case in facts.read_cases(name)[1]}
        self.assertEqual([], facts.unproved("mysql", seen))


if __name__ == "__main__":
    unittest.main()
