"""Performs every case of tests/fixtures/facts/mariadb.sql on MariaDB 10.11 with each ALGORITHM and LOCK, fastest first, and
compares what the server accepts with what the facts say; whether the table was rebuilt or an index built is told by InnoDB's
own numbers of tables and indexes."""

import concurrent.futures
import re
import subprocess
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
        """Clauses come last, but before REMOVE PARTITIONING."""
        found = re.match(r"(ALTER TABLE \w+) (REMOVE PARTITIONING)", self.case.subject)
        return f"{found[1]} {clauses} {found[2]}" if found else f"{self.case.subject}, {clauses}"

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


class Session:
    """A client that stays connected; every statement's errors come with its rows."""

    def __init__(self, server, url):
        self.process = subprocess.Popen([*server._client(url), "--force", "--unbuffered"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def __enter__(self):
        self.run("SET lock_wait_timeout = 0, innodb_lock_wait_timeout = 0")
        return self

    def __exit__(self, *_):
        self.process.communicate()

    def run(self, statement):
        """The error's text, or None."""
        self.process.stdin.write(statement + ";\nSELECT '#done';\n")
        self.process.stdin.flush()
        error = None
        for line in iter(self.process.stdout.readline, "#done\n"):
            if not line:
                raise AssertionError(f"the client ended at {statement}")
            if line.startswith("ERROR"):
                error = line.strip()
        return error


WAITS = ("ERROR 1205", "ERROR 1213")
READ_ALL = "BEGIN; SELECT 1 FROM t, p, n, parts, spare, v LIMIT 1; SELECT 1 FROM sq LIMIT 1"
DATA = ("INSERT", "UPDATE", "DELETE", "LOCK", "SELECT")


def waiting(server, url, preamble, case):
    """(waits for a reader, holds up a write, holds up a read); or the server's other refusal."""
    server.sql(preamble + "".join(statement + ";\n" for statement in case.preparation), url)
    with Session(server, url) as reader, Session(server, url) as worker, Session(server, url) as other:
        reader.run(READ_ALL)
        worker.run("BEGIN")
        refusal = worker.run(case.subject)
        if refusal is not None and refusal.startswith(WAITS):
            return True, True, True
        if refusal is not None:
            return refusal
        if not case.subject.startswith(DATA):
            return False, False, False
        writes = other.run("UPDATE t SET f = f + 1 WHERE id = 2")
        return False, writes is not None and writes.startswith(WAITS), other.run("SELECT count(*) FROM t") is not None


def plain_differences(server, url, preamble, case, told):
    fact = told["facts"][0]
    found = [f"replay: {problem}" for problem in told["problems"]]
    if case.id not in [fact["id"] for fact in told["facts"]]:
        found.append(f"is taken for {[fact['id'] for fact in told['facts']]}")
    seen = waiting(server, url, preamble, case)
    wanted = {"nothing": (False, False, False), "writes": (False, True, False), "everything": (True, True, True)}
    if seen != wanted[fact["blocks"]]:
        found.append(f"waits for a reader, holds up writes, reads: {seen}; facts say it blocks {fact['blocks']}")
    return [f"{case.id}: {case.subject}\n      {difference}" for difference in found]


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


    def test_what_takes_no_clauses(self):
        preamble, cases = facts.read_cases("mariadb.sql")
        cases = [case for case in cases if case.plain]
        told = facts.probe("mariadb", 101100, preamble, cases)
        with servers.mariadb() as server, concurrent.futures.ThreadPoolExecutor(SESSIONS) as sessions:
            urls = [server.fresh_database() for _ in cases]
            wrong = sum(sessions.map(lambda url, case, answer: plain_differences(server, url, preamble, case, answer),
                                     urls, cases, told), [])
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
