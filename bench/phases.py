"""What clients feel while a column's type is changed and while a column is filled: the statement as it is written, the batched loop
that guides give, and Inchworm, on one table with clients at a fixed rate."""

import os
import random
import subprocess
import threading
import time

ROWS = int(os.environ.get("BENCH_ROWS", "5000000"))
CLIENTS, PAUSE = 4, 0.005  # seconds between two statements of a client
SETUP = f"""CREATE TABLE t (id integer PRIMARY KEY, n integer NOT NULL, name text, low text);
INSERT INTO t SELECT i, i % 1000, 'Name ' || i FROM generate_series(1, {ROWS}) AS i;
CREATE INDEX t_n ON t (n);
VACUUM ANALYZE t;
CHECKPOINT;
"""
TYPE = "ALTER TABLE t ALTER COLUMN n TYPE bigint;"
FILL = "UPDATE t SET low = lower(name);"
LOOP = """DO $$ DECLARE done bigint; BEGIN LOOP
UPDATE t SET low = lower(name) WHERE id IN (SELECT id FROM t WHERE low IS NULL LIMIT 10000);
GET DIAGNOSTICS done = ROW_COUNT; EXIT WHEN done = 0; COMMIT; END LOOP; END $$;"""


class Client(threading.Thread):
    """Reads and writes rows at random; `waits` holds what each statement took, in seconds."""

    def __init__(self, url, seed):
        super().__init__()
        self.process = subprocess.Popen(["psql", "-qAtX", url], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True)
        self.dice, self.waits, self.is_stopped = random.Random(seed), [], False

    def run(self):
        while not self.is_stopped:
            key = self.dice.randrange(1, ROWS)
            sql = f"SELECT n FROM t WHERE id = {key}" if self.dice.random() < 0.5 else f"UPDATE t SET n = n + 1 WHERE id = {key}"
            began = time.monotonic()
            self.process.stdin.write(f"{sql};\n\\echo --\n")
            self.process.stdin.flush()
            while self.process.stdout.readline() != "--\n":
                pass
            self.waits.append(time.monotonic() - began)
            time.sleep(PAUSE)
        self.process.stdin.close()
        self.process.wait()


def percentile(waits, part):
    return sorted(waits)[min(len(waits) - 1, int(len(waits) * part))] * 1000


def under_clients(server, url, work):
    """Runs `work` while clients go on: (seconds, waits, bytes of WAL)."""
    before = server.sql("SELECT pg_current_wal_lsn()", url)
    clients = [Client(url, seed) for seed in range(CLIENTS)]
    for client in clients:
        client.start()
    time.sleep(1)
    began = time.monotonic()
    work()
    seconds = time.monotonic() - began
    for client in clients:
        client.is_stopped = True
    for client in clients:
        client.join()
    wal = int(server.sql(f"SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '{before}')::bigint", url))
    return seconds, [wait for client in clients for wait in client.waits], wal


def inchworm_up(inchworm, measure_once, folder, change, environment):
    memory = []

    def work():
        base = folder / "migrations"
        (base / "0002_change.up.sql").write_text(change)
        memory.append(measure_once([inchworm, "up", "--json"], folder, environment)[1])
    return work, memory


def bench(folder, servers, environment, measure_once, inchworm):
    with servers.postgres(15) as server:
        def fresh(name):
            project = folder / name
            (project / "migrations").mkdir(parents=True)
            (project / "migrations/0001_setup.up.sql").write_text("SELECT 1;\n")
            url = server.fresh_database()
            measure_once([inchworm, "up"], project, environment(url))
            server.sql(SETUP, url)
            return project, url

        project, url = fresh("idle")
        _, waits, _ = under_clients(server, url, lambda: time.sleep(5))
        print(f"\nclients undisturbed, {ROWS:,} rows, {CLIENTS} clients: p50 {percentile(waits, .5):.1f} ms, "
              f"p99 {percentile(waits, .99):.1f} ms, longest {max(waits) * 1000:.1f} ms")
        for title, change, others in (("a column's type changed", TYPE, [("ALTER TABLE as written", TYPE)]),
                                      ("a column filled", FILL, [("UPDATE as written", FILL), ("the loop of guides", LOOP)])):
            print(f"\n{title}, {ROWS:,} rows")
            for name, sql in [("inchworm up", None), *others]:
                project, url = fresh(title.replace(" ", "-").replace("'", "") + name.replace(" ", "-"))
                memory = []
                if sql is None:
                    work, memory = inchworm_up(inchworm, measure_once, project, change, environment(url))
                else:
                    def work(sql=sql, url=url):
                        server.sql(sql, url)
                seconds, waits, wal = under_clients(server, url, work)
                print(f"  {name:24} {seconds:7.1f} s {ROWS / seconds:10,.0f} rows/s  clients p50 {percentile(waits, .5):6.1f} ms "
                      f"p99 {percentile(waits, .99):7.1f} ms longest {max(waits) * 1000:9.1f} ms  WAL {wal / 1e6:7.0f} MB"
                      + (f"  memory {memory[0]:.0f} MB" if memory else ""), flush=True)
