"""Backfills that give way: to replicas that are behind, to a query of the user's."""

import json
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import project
import servers

SETUP, CHANGE = "20240101000000_setup", "2024010800000_change"
BIG = ("--tiny-rows", "1", "--batch-time", "1ms")
TABLE = "CREATE TABLE t (id serial PRIMARY KEY, n integer, v text);\n" \
        "INSERT INTO t (n) SELECT generate_series(1, 8000);\nANALYZE t;\n"
UPDATE = "UPDATE t SET v = 'x' || n;\n"


def begin(inchworm, folder, url, setup=TABLE, change=UPDATE, dialect="postgres"):
    project.prisma(folder, dialect, {SETUP: setup})
    done = project.run(inchworm, folder, url, "up")
    assert done.returncode == 0, done.stderr
    project.prisma(folder, dialect, {CHANGE: change})


def events(result):
    return [json.loads(line) for line in result.stdout.splitlines()]


def held(result):
    return [event["backfill"]["heldBy"] for event in events(result) if event["event"] == "backfill"]


def wait_for(server, sql, url, wanted):
    deadline = time.monotonic() + 30
    while server.sql(sql, url) != wanted:
        assert time.monotonic() < deadline, sql
        time.sleep(0.1)


def test_batches_wait_for_a_standby_and_go_on(inchworm, tmp_path):
    with servers.postgres(15) as postgres15:
        url = postgres15.fresh_database()
        begin(inchworm, tmp_path, url)
        with postgres15.standby(recovery_min_apply_delay="1s") as standby:
            wait_for(postgres15, "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'", url, "1")
            done = project.run(inchworm, tmp_path, url, "up", "--json", *BIG, "--max-lag", "500ms", "--pause", "20ms")
            assert done.returncode == 0, done.stdout + done.stderr
            reasons = held(done)
            assert any(reason and reason.startswith("replica lag ") for reason in reasons), reasons
            assert reasons[-1] is None
            assert postgres15.sql("SELECT count(*) FROM t WHERE v = 'x' || n", url) == "8000"
            project.prisma(tmp_path, "postgres", {"20240103000000_more": "UPDATE t SET v = 'y' || n;\n"})
            done = project.run(inchworm, tmp_path, url, "up", "--json", *BIG, "--max-lag", "500ms", "--pause", "20ms", "--replica",
                               standby.url(url.rsplit("/", 1)[1]))
            assert done.returncode == 0, done.stdout + done.stderr
            assert any(reason and reason.startswith("replica lag ") for reason in held(done)), held(done)


def test_at_the_stop_level_it_ends_and_the_next_run_goes_on(inchworm, tmp_path):
    with servers.postgres(15) as postgres15:
        url = postgres15.fresh_database()
        begin(inchworm, tmp_path, url)
        with postgres15.standby(recovery_min_apply_delay="1min"):
            wait_for(postgres15, "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'", url, "1")
            stopped = project.run(inchworm, tmp_path, url, "up", *BIG, "--max-lag", "500ms", "--stop-lag", "1500ms", "--pause", "20ms")
            assert stopped.returncode == 10, stopped.stdout + stopped.stderr
            assert "has reached --stop-lag" in stopped.stderr and "waits: replica lag " in stopped.stdout
            some = int(postgres15.sql("SELECT count(v) FROM t", url))
            assert 0 < some < 8000
        done = project.run(inchworm, tmp_path, url, "up", "--json", *BIG)
        assert done.returncode == 0, done.stderr
        walked = [event["backfill"]["rowsWalked"] for event in events(done) if event["event"] == "backfill"]
        assert walked[-1] == 8000 and postgres15.sql("SELECT count(v) FROM t", url) == "8000"


def start(inchworm, folder, url, *arguments):
    return project.start(inchworm, folder, url, "up", "--json", *BIG, *arguments)


def test_a_throttle_query_holds_until_it_yields_zero(inchworm, postgres15, tmp_path):
    url = postgres15.fresh_database()
    begin(inchworm, tmp_path, url, TABLE + "CREATE TABLE busy AS SELECT 1 AS busy;\n")
    running = start(inchworm, tmp_path, url, "--throttle-query", "SELECT busy FROM busy")
    lines = [running.stdout.readline()]
    while "heldBy\":\"the throttle query gives 1" not in lines[-1]:
        assert lines[-1], lines
        lines.append(running.stdout.readline())
    assert postgres15.sql("SELECT count(v) FROM t", url) == "0"
    postgres15.sql("UPDATE busy SET busy = 0", url)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 0, out + err
    assert postgres15.sql("SELECT count(v) FROM t", url) == "8000"


def test_what_is_not_known_holds_and_then_ends_the_run(inchworm, postgres15, tmp_path):
    url = postgres15.fresh_database()
    begin(inchworm, tmp_path, url)
    failed = project.run(inchworm, tmp_path, url, "up", *BIG, "--throttle-query", "SELECT nothing FROM nowhere")
    assert failed.returncode == 7 and "the throttle query:" in failed.stderr, failed.stderr
    assert "waits: not known whether it may go on" in failed.stdout
    assert postgres15.sql("SELECT count(v) FROM t", url) == "0"


def test_a_server_that_is_no_replica_is_not_taken_for_one(inchworm, postgres15, tmp_path):
    url = postgres15.fresh_database()
    begin(inchworm, tmp_path, url)
    failed = project.run(inchworm, tmp_path, url, "up", *BIG, "--replica", url)
    assert failed.returncode == 14 and "is no replica" in failed.stderr, failed.stderr


def test_settings_come_from_the_file_and_mariadb_counts_sessions(inchworm, mariadb, tmp_path):
    url = mariadb.fresh_database()
    begin(inchworm, tmp_path, url, "CREATE TABLE t (id int PRIMARY KEY, v int);\nINSERT INTO t SELECT seq, NULL FROM seq_1_to_3000;\nANALYZE TABLE t;\n",
          "UPDATE t SET v = id;\n", "mysql")
    (tmp_path / "inchworm.yaml").write_text("backfill:\n  max_lag: 1s\n  max_sessions: 50\n  throttle_query: SELECT 'nonsense'\n")
    failed = project.run(inchworm, tmp_path, url, "up", *BIG)
    assert failed.returncode == 14 and "the throttle query gives no number" in failed.stderr, failed.stderr
    (tmp_path / "inchworm.yaml").write_text("backfill:\n  max_lag: 1s\n  max_sessions: 50\n  throttle_query: SELECT 0\n")
    done = project.run(inchworm, tmp_path, url, "up", *BIG)
    assert done.returncode == 0, done.stderr
    assert mariadb.sql("SELECT sum(v = id) FROM t", url) == "3000"
