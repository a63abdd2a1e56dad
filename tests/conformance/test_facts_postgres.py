"""Performs every case of tests/fixtures/facts/postgres.sql on PostgreSQL 14 to 18 and compares the locks, the rewrites and
the scans that are observed with what the facts say."""

import re
import subprocess
import time
import unittest

import facts
import servers

STRENGTH = ["ACCESS SHARE", "ROW SHARE", "ROW EXCLUSIVE", "SHARE UPDATE EXCLUSIVE", "SHARE", "SHARE ROW EXCLUSIVE",
            "EXCLUSIVE", "ACCESS EXCLUSIVE"]
ROWS = 500
WORK = ["instant", "scan", "build", "rewrite"]

KNOWN = """
DROP TABLE IF EXISTS pg_temp.known;
CREATE TEMP TABLE known AS SELECT c.oid, relname, relkind, pg_relation_filenode(c.oid) AS node,
  pg_stat_get_xact_tuples_returned(c.oid) AS returned FROM pg_class c
  JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = 'fx';
"""
OBSERVE = r"""
SELECT '@lock', relname, mode FROM pg_locks l JOIN known k ON k.oid = relation
  WHERE pid = pg_backend_pid() AND granted AND relkind IN ('r', 'p', 'm', 'v', 'f');
SELECT '@rewritten', k.relname, k.relkind FROM known k JOIN pg_class c USING (oid, relname)
  WHERE pg_relation_filenode(oid) IS DISTINCT FROM node AND k.relkind <> 'S';
SELECT '@built', c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_index i ON indexrelid = c.oid
  JOIN known k ON k.oid = indrelid WHERE nspname = 'fx' AND k.relkind = 'r'
  AND pg_relation_filenode(c.oid) NOT IN (SELECT node FROM known WHERE node IS NOT NULL);
SELECT '@scanned', relname FROM known WHERE pg_stat_get_xact_tuples_returned(oid) - returned >= %d;
""" % ROWS


FRESH = """DROP SCHEMA IF EXISTS fx CASCADE;
CREATE SCHEMA fx;
SET search_path = fx;
SET timezone = 'UTC';
"""


def script(number, preamble, case, is_fresh):
    begin, end = ("", "") if case.outside else ("BEGIN;", "ROLLBACK;")
    preparation = "".join(statement + ";\n" for statement in case.preparation)
    before, within = ("", preparation) if case.together else (preparation, "")
    observe = "" if case.outside else OBSERVE
    return (f"\\echo @case {number}\n{'' if is_fresh else FRESH + preamble}\n"
            f"{before}\\if :ERROR\n\\echo @broken :LAST_ERROR_MESSAGE\n\\endif\n"
            f"{begin}\n{KNOWN}{within}{case.subject};\n\\if :ERROR\n\\echo @error :LAST_ERROR_MESSAGE\n\\endif\n{observe}\n{end}\n")


def scripts(preamble, cases):
    """What was only rolled back leaves the tables as they were for the next case."""
    is_fresh, parts = False, []
    for number, case in enumerate(cases):
        parts.append(script(number, preamble, case, is_fresh))
        is_fresh = not case.outside and (not case.preparation or case.together)
    return "".join(parts)


def spaced(mode):
    """AccessExclusiveLock -> ACCESS EXCLUSIVE"""
    return re.sub(r"(?<!^)(?=[A-Z])", " ", mode.removesuffix("Lock")).upper()


class Observation:
    def __init__(self):
        self.error = self.broken = None
        self.locks, self.rewritten, self.indexes, self.scanned = {}, set(), set(), set()

    def add(self, kind, fields):
        if kind == "lock":
            mode, known = spaced(fields[1]), self.locks.get(fields[0])
            if known is None or STRENGTH.index(mode) > STRENGTH.index(known):
                self.locks[fields[0]] = mode
        elif kind == "rewritten":
            (self.indexes if fields[1] == "i" else self.rewritten).add(fields[0])
        elif kind == "built":
            self.indexes.add(fields[0])
        elif kind == "scanned":
            self.scanned.add(fields[0])

    @property
    def work(self):
        if self.rewritten:
            return "rewrite"
        if self.indexes:
            return "build"
        return "scan" if self.scanned else "instant"


def observe(server, preamble, cases):
    text = scripts(preamble, cases)
    url = server.fresh_database()
    psql = subprocess.run(["psql", "-XAtq", "-F", "\t", url], input=text, capture_output=True, text=True, check=True)
    observations, now = {}, None
    for line in psql.stdout.splitlines():
        if line.startswith("@case "):
            now = observations[int(line.split()[1])] = Observation()
        elif line.startswith("@error "):
            now.error = line[7:]
        elif line.startswith("@broken "):
            now.broken = line[8:]
        elif line.startswith("@"):
            kind, *fields = line[1:].split("\t")
            now.add(kind, fields)
    return observations


def worst(told, member, order):
    return max((fact[member] for fact in told["facts"]), key=order.index)


def expected_locks(told):
    locks = {}
    for fact in told["facts"]:
        for relation, lock in fact["locks"].items():
            if relation not in locks or STRENGTH.index(lock) > STRENGTH.index(locks[relation]):
                locks[relation] = lock
    return locks


def strong(locks, told):
    """ACCESS SHARE is compared only where the facts speak of it: planning takes it on all that a query names."""
    return {name: lock for name, lock in locks.items() if lock != "ACCESS SHARE" or name in told}


EMPTIED = ("pg-truncate", "pg-truncate-cascade")  # a new file, but no row is written


def differences(case, told, seen):
    """What the facts say and the server does not do, as sentences."""
    ids = [fact["id"] for fact in told["facts"]]
    if seen.broken is not None:
        return [f"the case's preparation fails: {seen.broken}"]
    found = [f"replay: {problem}" for problem in told["problems"] if not (case.refused or case.server)]
    if case.id != "matrix" and not set(ids) <= {case.id}:
        found.append(f"is taken for {ids}")
    refused = [fact["refused"] for fact in told["facts"] if fact["refused"]]
    if bool(seen.error) != (case.refused or case.server) or bool(refused) != case.refused:
        return found + [f"server says {seen.error!r}, facts say {refused}"]
    if seen.error or case.outside:
        return found
    wanted = expected_locks(told)
    if not case.unlisted and strong(seen.locks, wanted) != wanted:
        found.append(f"locks {strong(seen.locks, wanted)}, facts say {wanted}")
    work = worst(told, "work", WORK)
    if not set(ids) <= set(EMPTIED) and seen.work != work and not (case.careful and WORK.index(seen.work) < WORK.index(work)):
        found.append(f"work is {seen.work}, facts say {work}")
    return found


def wrong_cases(server, name, major):
    """(how many were performed, what is wrong) of one fixture on one server."""
    preamble, cases = facts.read_cases(name)
    cases = [case for case in cases if case.fits(major)]
    told = facts.probe("postgres", major * 10000, preamble, cases)
    seen = observe(server, preamble, cases)
    wrong = []
    for number, case in enumerate(cases):
        for difference in differences(case, told[number], seen[number]):
            wrong.append(f"{'; '.join([*case.preparation, case.subject])}\n      {case.id}: {difference}")
    return len(cases), wrong


class FactsOfPostgres(unittest.TestCase):
    def check(self, major):
        reason = servers.why_not("postgres", major)
        if reason is not None:
            self.skipTest(reason)
        with servers.postgres(major) as server:
            for fixture in ("postgres.sql", "postgres_matrix.sql"):
                with self.subTest(fixture):
                    count, wrong = wrong_cases(server, fixture, major)
                    self.assertGreater(count, 150)
                    self.assertEqual([], wrong, "\n".join(["", *wrong]))

    def test_14(self):
        self.check(14)

    def test_15(self):
        self.check(15)

    def test_16(self):
        self.check(16)

    def test_17(self):
        self.check(17)

    def test_18(self):
        self.check(18)

    def test_every_row_that_claims_to_be_proved_has_a_case(self):
        _, cases = facts.read_cases("postgres.sql")
        self.assertEqual([], facts.unproved("postgres", {case.id for case in cases}, first=140000, last=189999))


CONCURRENT = {
    "CREATE INDEX CONCURRENTLY c ON t (a)": ("pg-create-index-concurrently", "t"),
    "DROP INDEX CONCURRENTLY i": ("pg-drop-index-concurrently", "t"),
    "REINDEX INDEX CONCURRENTLY i": ("pg-reindex-concurrently", "t"),
    "VACUUM t": ("pg-vacuum", "t"),
    "ALTER TABLE pt DETACH PARTITION pt1 CONCURRENTLY": ("pg-detach-partition-concurrently", "pt"),
}
TABLES = """
CREATE TABLE t (a int);
CREATE INDEX i ON t (a);
CREATE TABLE pt (a int) PARTITION BY RANGE (a);
CREATE TABLE pt1 PARTITION OF pt FOR VALUES FROM (0) TO (10);
"""


def wait_for(server, url, query, seconds=20):
    for _ in range(seconds * 20):
        answer = server.sql(query, url)
        if answer:
            return answer
        time.sleep(0.05)
    raise AssertionError(f"nothing came of {query}")


class ConcurrentForms(unittest.TestCase):
    """What runs outside a transaction is watched from another session while a third one holds it up."""

    def lock_of(self, server, statement, relation):
        url = server.fresh_database()
        server.sql(TABLES, url)
        blocker = subprocess.Popen(["psql", "-XAtq", url], stdin=subprocess.PIPE, text=True)
        blocker.stdin.write("BEGIN; SELECT pg_advisory_lock(1); "
                            + ("LOCK TABLE t IN SHARE ROW EXCLUSIVE MODE;\n" if statement.startswith("VACUUM") else "LOCK TABLE pt IN SHARE ROW EXCLUSIVE MODE;\n" if "DETACH" in statement
                               else "INSERT INTO t VALUES (1);\n"))
        blocker.stdin.flush()
        wait_for(server, url, "SELECT 1 FROM pg_locks WHERE locktype = 'advisory'")
        worker = subprocess.Popen(["psql", "-XAtq", url, "-c", statement], text=True)
        mode = wait_for(server, url, f"SELECT mode FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE "
                                     f"relation = '{relation}'::regclass AND query = '{statement}' LIMIT 1")
        blocker.communicate("ROLLBACK;\n")
        self.assertEqual(0, worker.wait(30))
        return spaced(mode)

    def test_concurrent_forms_hold_share_update_exclusive(self):
        reason = servers.why_not("postgres", 15)
        if reason is not None:
            self.skipTest(reason)
        told = facts.probe("postgres", 150000, TABLES, [facts.Case(row, f"\n{statement};\n")
                                                        for statement, (row, _) in CONCURRENT.items()])
        with servers.postgres(15) as server:
            for (statement, (row, relation)), answer in zip(CONCURRENT.items(), told):
                with self.subTest(statement):
                    self.assertEqual(row, answer["facts"][0]["id"])
                    self.assertEqual(answer["facts"][0]["lock"], self.lock_of(server, statement, relation))

    def test_finalize_takes_what_its_row_says(self):
        reason = servers.why_not("postgres", 15)
        if reason is not None:
            self.skipTest(reason)
        finalize = "ALTER TABLE pt DETACH PARTITION pt1 FINALIZE"
        told = facts.probe("postgres", 150000, TABLES, [facts.Case("x", f"\n{finalize};\n")])[0]["facts"][0]
        with servers.postgres(15) as server:
            url = server.fresh_database()
            server.sql(TABLES, url)
            reader = subprocess.Popen(["psql", "-XAtq", url], stdin=subprocess.PIPE, text=True)
            reader.stdin.write("BEGIN; SELECT pg_advisory_lock(1); SELECT * FROM pt;\n")
            reader.stdin.flush()
            wait_for(server, url, "SELECT 1 FROM pg_locks WHERE locktype = 'advisory'")
            server.sql("SET statement_timeout = '500ms'; \nALTER TABLE pt DETACH PARTITION pt1 CONCURRENTLY;", url, check=False)
            reader.communicate("ROLLBACK;\n")
            seen = server.sql(f"BEGIN;\n{finalize};\nSELECT relation::regclass, mode FROM pg_locks WHERE pid = pg_backend_pid()"
                              " AND relation IN ('pt'::regclass, 'pt1'::regclass) AND mode <> 'AccessShareLock'", url)
        locks = {relation: spaced(mode) for relation, mode in (line.split("\t") for line in seen.splitlines())}
        self.assertEqual(("pg-detach-partition-finalize", locks), (told["id"], told["locks"]))


if __name__ == "__main__":
    unittest.main()
