"""While a plan in phases runs, the application's old and new form read and write: nothing is lost, nothing waits long.

Each writer keeps a ledger of what it has committed; at the end the table must hold just that, in either form that is
still there. The longest wait of any of their statements stays under the lock budget of an attempt plus a batch."""

import pathlib
import random
import subprocess
import sys
import threading
import time

FOLDER = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(FOLDER / "support"), str(FOLDER / "conformance")]
import project
import recipes
from test_recipes import BIG, NAMES

ROWS = 20000
LONGEST_WAIT = 2.5  # seconds: one attempt's lock timeout (2 s) and a batch, on a machine that others use, too


class Session:
    """psql kept open: a statement at a time, its answer read up to a mark."""

    def __init__(self, url):
        self.process = subprocess.Popen(["psql", "-qAtX", "-v", "VERBOSITY=terse", url], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def run(self, sql):
        self.process.stdin.write(f"{sql};\n\\echo --\n")
        self.process.stdin.flush()
        lines = []
        while (line := self.process.stdout.readline().rstrip("\n")) != "--":
            if not line and self.process.poll() is not None:
                raise RuntimeError("the session is gone")
            lines.append(line)
        return lines

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Writer(threading.Thread):
    """Changes its own share of the rows at random, under the names that work; `ledger`: key -> value."""

    def __init__(self, url, share, names, seed):
        super().__init__()
        self.session = Session(url)
        self.names, self.share = names, share
        self.dice = random.Random(seed)
        self.ledger, self.gone, self.errors = {}, set(), []
        self.longest, self.count, self.next_key = 0.0, 0, 1000000 * (seed + 1)
        self.is_stopped = False

    def statement(self, name):
        value = self.dice.randrange(1, 1000000)
        kind = self.dice.randrange(10)
        if kind < 3:
            self.next_key += 1
            return self.next_key, value, f"INSERT INTO t (id, {name}) VALUES ({self.next_key}, {value}) RETURNING {name}"
        key = self.dice.choice(self.share)
        if kind == 3:
            return key, None, f"DELETE FROM t WHERE id = {key} RETURNING id"
        if kind == 4:
            return key, value, (f"INSERT INTO t (id, {name}) VALUES ({key}, {value}) ON CONFLICT (id) DO UPDATE SET {name} = "
                                f"excluded.{name} RETURNING {name}")
        return key, value, f"UPDATE t SET {name} = {value} WHERE id = {key} RETURNING {name}"

    def run(self):
        while not self.is_stopped:
            name = self.dice.choice(self.names)
            key, value, sql = self.statement(name)
            began = time.monotonic()
            answer = self.session.run(sql)
            self.longest = max(self.longest, time.monotonic() - began)
            self.count += 1
            if any("ERROR" in line for line in answer):
                if "does not exist" in answer[0] and len(self.names) > 1:
                    continue  # that form is not there yet, or no more
                self.errors.append((sql, answer))
            elif not answer:
                continue  # no such row: UPDATE or DELETE of a deleted one
            elif value is None:
                self.ledger.pop(key, None)
                self.gone.add(key)
            else:
                self.ledger[key] = value
                self.gone.discard(key)
            time.sleep(0.001)
        self.session.close()


SETUP = f"""CREATE TABLE t (id bigint PRIMARY KEY, n integer NOT NULL DEFAULT 7, u integer);
INSERT INTO t (id, n) SELECT i, i FROM generate_series(1, {ROWS}) AS i;
CREATE INDEX t_n ON t (n);
ANALYZE;
"""


def check(inchworm, server, tmp_path, change, old, new, last):
    """old, new: the names under which the value is written; last: under which it is read at the end."""
    folder = project.prisma(tmp_path, "postgres", {NAMES[0]: SETUP})
    url = server.fresh_database()
    assert project.run(inchworm, folder, url, "up").returncode == 0
    server.sql("ANALYZE", url)
    project.prisma(tmp_path, "postgres", {NAMES[1]: change})
    shares = [range(1 + i, ROWS, 4) for i in range(4)]
    writers = [Writer(url, list(share), [old, new] if i % 2 else [old], i) for i, share in enumerate(shares)]
    before = dict(line.split("\t") for line in server.sql("SELECT id, n FROM t", url).splitlines())
    for writer in writers:
        writer.start()
    time.sleep(0.3)
    result = project.run(inchworm, folder, url, "up", *BIG)
    time.sleep(0.3)
    for writer in writers:
        writer.is_stopped = True
    for writer in writers:
        writer.join()
    assert result.returncode == 0, result.stdout + result.stderr
    expected = dict(before)
    for writer in writers:
        assert not writer.errors, writer.errors[:3]
        for key in writer.gone:
            expected.pop(str(key), None)
        expected.update({str(key): str(value) for key, value in writer.ledger.items()})
    found = {}
    for line in server.sql(f"SELECT id, {last} FROM t", url).splitlines():
        key, value = line.split("\t")
        found[key] = value.removesuffix(".00")
    wrong = {key: (expected.get(key), found.get(key)) for key in {*expected, *found} if expected.get(key) != found.get(key)}
    assert not wrong, f"{len(wrong)} rows are not what was committed (wanted, found): {dict(list(wrong.items())[:5])}"
    assert sum(writer.count for writer in writers) > 50
    longest = max(writer.longest for writer in writers)
    assert longest < LONGEST_WAIT, f"a statement waited {longest:.2f} s"
    return url, folder


def test_a_type_is_changed_under_writers(inchworm, postgres15, tmp_path):
    check(inchworm, postgres15, tmp_path, "ALTER TABLE t ALTER COLUMN n TYPE numeric(20,2);", "n", "n", "n")


def test_the_key_is_widened_under_writers(inchworm, postgres18, tmp_path):
    check(inchworm, postgres18, tmp_path, "ALTER TABLE t ALTER COLUMN n TYPE bigint; ALTER TABLE t ALTER COLUMN id TYPE numeric(20,0);",
          "n", "n", "n")


def test_a_column_is_renamed_under_writers_of_both_names(inchworm, postgres15, tmp_path):
    url, folder = check(inchworm, postgres15, tmp_path, "ALTER TABLE t RENAME COLUMN n TO amount;", "n", "amount", "amount")
    assert postgres15.sql("SELECT count(*) FROM t WHERE n IS DISTINCT FROM amount", url) == "0"


def test_rows_are_filled_under_writers(inchworm, postgres15, tmp_path):
    url, _ = check(inchworm, postgres15, tmp_path, "ALTER TABLE t ADD COLUMN k uuid NOT NULL DEFAULT gen_random_uuid();\n"
                   "CREATE INDEX t_k ON t (k);\nALTER TABLE t ADD CHECK (n > 0);\n", "n", "n", "n")
    assert postgres15.sql("SELECT count(*) FROM t WHERE k IS NULL", url) == "0"
