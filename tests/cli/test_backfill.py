"""Backfills that give way: to replicas that are behind, to a query of the user's."""

import json
import os
import pathlib
import pty
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


def test_a_user_who_may_not_see_the_lag_is_told(inchworm, tmp_path):
    with servers.postgres(15) as primary:
        database = primary.fresh_database().rsplit("/", 1)[1]
        primary.sql(f"CREATE ROLE app LOGIN; ALTER DATABASE {database} OWNER TO app")
        url = primary.url(database, "app")
        begin(inchworm, tmp_path, url)
        with primary.standby():
            wait_for(primary, "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'", None, "1")
            failed = project.run(inchworm, tmp_path, url, "up", *BIG)
            assert failed.returncode == 15 and "cannot be seen how far 1 of 1 replicas" in failed.stderr, failed.stderr
            assert "pg_monitor" in failed.stderr and primary.sql("SELECT count(v) FROM t", primary.url(database)) == "0"
            failed = project.run(inchworm, tmp_path, url, "up", *BIG, "--max-lag", "0", "--max-sessions", "9")
            assert failed.returncode == 15 and "may not see how many sessions" in failed.stderr, failed.stderr
            primary.sql("GRANT pg_monitor TO app")
            done = project.run(inchworm, tmp_path, url, "up", *BIG, "--max-sessions", "50")
            assert done.returncode == 0, done.stdout + done.stderr


def start(inchworm, folder, url, *arguments):
    return project.start(inchworm, folder, url, "up", "--json", *BIG, *arguments)


def test_a_throttle_query_holds_until_it_yields_zero(inchworm, postgres15, tmp_path):
    url = postgres15.fresh_database()
    begin(inchworm, tmp_path, url, TABLE + "CREATE TABLE busy AS SELECT 1 AS busy;\n")
    running = start(inchworm, tmp_path, url, "--throttle-query", "SELECT busy FROM busy")
    read_until(running, "heldBy\":\"the throttle query gives 1")
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


def read_until(running, words):
    """The lines up to one that holds the words."""
    lines = [running.stdout.readline()]
    while words not in lines[-1]:
        assert lines[-1], lines + [running.stderr.read()]
        lines.append(running.stdout.readline())
    return lines


def told(inchworm, folder, url, *arguments):
    done = project.run(inchworm, folder, url, "backfill", *arguments)
    assert done.returncode == 0 and "told " in done.stdout, done.stdout + done.stderr


def test_a_backfill_is_held_and_changed_while_it_runs(inchworm, postgres15, tmp_path):
    url = postgres15.fresh_database()
    begin(inchworm, tmp_path, url)
    running = start(inchworm, tmp_path, url, "--pause", "50ms")
    read_until(running, '"event":"backfill"')
    told(inchworm, tmp_path, url, "--hold")
    read_until(running, "--hold`")
    state = project.status(inchworm, tmp_path, url)["unfinished"][0]["backfill"]
    assert state["held"] and 0 < state["rowsWalked"] < 8000 and state["rowsTotal"] == 8000, state
    text = project.run(inchworm, tmp_path, url, "status").stdout
    assert "rows in batches: " in text and "held: " in text, text
    refused = project.run(inchworm, tmp_path, url, "backfill", "--set", "colour=red")
    assert refused.returncode == 2 and "max-lag=" in refused.stderr, refused.stderr
    told(inchworm, tmp_path, url, "--resume", "--set", "pause=0", "--set", "batch-time=1s", "--set", "max-sessions=90")
    out, err = running.communicate(timeout=60)
    assert running.returncode == 0, out + err
    assert postgres15.sql("SELECT count(v) FROM t", url) == "8000"
    assert project.run(inchworm, tmp_path, url, "backfill", "--hold").returncode == 6


def test_one_of_its_own_is_shown_run_and_leaves_nothing(inchworm, postgres15, tmp_path):
    url = postgres15.fresh_database()
    begin(inchworm, tmp_path, url)
    command = ("backfill", "t", "--set", "v = 'it''s ' || n", "--where", "n > 10")
    shown = project.run(inchworm, tmp_path, url, *command, "--dry-run", "--json")
    assert shown.returncode == 0, shown.stderr
    plan = json.loads(shown.stdout)
    assert plan["key"] == ["id"] and plan["rows"] == 8000 and plan["sql"].startswith("UPDATE ") and "(n > 10)" in plan["sql"], plan
    assert "key: id" in project.run(inchworm, tmp_path, url, *command, "--dry-run").stdout
    assert postgres15.sql("SELECT count(v) FROM t", url) == "0"
    done = project.run(inchworm, tmp_path, url, *command, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert postgres15.sql("SELECT count(v), count(*) FILTER (WHERE v = 'it''s ' || n) FROM t", url) == "7990\t7990"
    assert postgres15.sql("SELECT count(*) FROM pg_class WHERE relname LIKE '%inchworm%'", url) == "0"


def test_one_of_its_own_refuses_what_cannot_be_repeated(inchworm, postgres15, tmp_path):
    url = postgres15.fresh_database()
    begin(inchworm, tmp_path, url, TABLE + "CREATE TABLE nokey AS SELECT n FROM t;\n")
    for table, set, why in (("t", "n = n + 1", "depends on the old one"), ("t", "v = (SELECT max(v) FROM t)", "more than the row itself"),
                            ("nokey", "n = 1", "no primary key"), ("nothing", "n = 1", "no such table")):
        refused = project.run(inchworm, tmp_path, url, "backfill", table, "--set", set)
        assert refused.returncode == 13 and why in refused.stderr, refused.stderr
    assert postgres15.sql("SELECT sum(n) FROM t", url) == str(sum(range(8001)))


def test_one_of_its_own_goes_on_after_a_kill_and_up_goes_on_beside_it(inchworm, mariadb, tmp_path):
    url = mariadb.fresh_database()
    begin(inchworm, tmp_path, url, "CREATE TABLE t (id int PRIMARY KEY, v int);\nINSERT INTO t SELECT seq, NULL FROM seq_1_to_8000;\nANALYZE TABLE t;\n",
          "CREATE TABLE other (id int);\n", "mysql")
    running = project.start(inchworm, tmp_path, url, "backfill", "t", "--set", "v = id * 2", "--json", "--batch-time", "1ms", "--pause", "50ms")
    read_until(running, '"event":"backfill"')
    running.kill()
    running.communicate()
    assert 0 < int(mariadb.sql("SELECT count(v) FROM t", url)) < 8000
    text = project.run(inchworm, tmp_path, url, "status").stdout
    assert "backfill of t (" in text and "`inchworm backfill` goes on there" in text, text
    assert project.run(inchworm, tmp_path, url, "up").returncode == 0
    assert project.run(inchworm, tmp_path, url, "down", "--lossy").returncode == 0
    done = project.run(inchworm, tmp_path, url, "backfill", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert any(event["event"] == "resumed" for event in events(done))
    assert mariadb.sql("SELECT sum(v = id * 2) FROM t", url) == "8000"
    assert project.run(inchworm, tmp_path, url, "backfill").returncode == 2


def test_a_replica_of_mariadb_that_has_stopped_is_not_known_to_be_anywhere(inchworm, tmp_path):
    with servers.mariadb() as primary, servers.mariadb() as replica:
        url = primary.fresh_database()
        replica.sql("CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT=1, MASTER_USER='nobody'")
        begin(inchworm, tmp_path, url, "CREATE TABLE t (id int PRIMARY KEY, v int);\nINSERT INTO t SELECT seq, NULL FROM seq_1_to_3000;\nANALYZE TABLE t;\n",
              "UPDATE t SET v = id;\n", "mysql")
        failed = project.run(inchworm, tmp_path, url, "up", *BIG, "--replica", replica.url())
        assert failed.returncode == 14 and "one of its threads has stopped" in failed.stderr, failed.stderr
        assert primary.sql("SELECT count(v) FROM t", url) == "0"


def test_a_terminal_shows_one_bar_in_its_place(inchworm, postgres15, tmp_path):
    url = postgres15.fresh_database()
    begin(inchworm, tmp_path, url)
    pid, terminal = pty.fork()
    if pid == 0:
        try:
            os.chdir(tmp_path)
            os.environ.update(DATABASE_URL=url, NO_COLOR="1", TERM="xterm", COLUMNS="60")
            os.execv(inchworm, [inchworm, "up", *BIG, "--pause", "60ms"])
        finally:
            os._exit(127)
    text = b""
    try:
        while piece := os.read(terminal, 4096):
            text += piece
    except OSError:  # the program has ended
        pass
    assert os.waitpid(pid, 0)[1] == 0, text
    bars = [line for line in text.decode().split("\n") if "rows walked" in line]
    assert len(bars) > 2 and "[####################] 8000" in bars[-1], bars
    assert all(line.startswith("\x1b[1A\x1b[K      [") for line in bars[1:]) and not bars[0].startswith("\x1b"), bars
    assert all(len(line.replace("\x1b[1A\x1b[K", "").rstrip()) < 60 for line in bars), bars
