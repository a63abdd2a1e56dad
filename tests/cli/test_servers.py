"""The servers that tests start leave nothing behind, however the test ends."""

import os
import pathlib
import signal
import subprocess
import sys
import time
import unittest

SUPPORT = pathlib.Path(__file__).resolve().parents[1] / "support"
sys.path.insert(0, str(SUPPORT))
import servers

ABANDON = """
import os, sys
sys.path.insert(0, sys.argv[1])
import servers
with servers.postgres(int(sys.argv[2])) if sys.argv[2].isdigit() else servers.mariadb() as server:
    server.fresh_database()
    print(server.pid, server.folder, flush=True)
    sys.stdin.readline()
"""


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def abandon(kind, how):
    """Starts a process that starts a server, ends the process, and waits for the server and its folder to go."""
    if servers.why_not("postgres" if kind.isdigit() else kind, kind):
        raise unittest.SkipTest(f"no {kind} installed")
    with subprocess.Popen([sys.executable, "-c", ABANDON, str(SUPPORT), kind], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, text=True) as owner:
        pid, folder = owner.stdout.readline().split()
        assert is_alive(int(pid)) and os.path.isdir(folder)
        owner.send_signal(how)
    deadline = time.monotonic() + 30
    while is_alive(int(pid)) or os.path.exists(folder):
        assert time.monotonic() < deadline, f"server {pid} or {folder} is still there"
        time.sleep(0.05)


def test_a_killed_test_leaves_no_postgres_behind():
    abandon("17", signal.SIGKILL)


def test_a_killed_test_leaves_no_mariadb_behind():
    abandon("mariadb", signal.SIGKILL)


def test_a_stopped_test_leaves_no_server_behind():
    abandon("15", signal.SIGTERM)


def test_a_killed_server_starts_again_with_its_data(postgres16):
    url = postgres16.fresh_database()
    postgres16.sql("CREATE TABLE t (a int); INSERT INTO t VALUES (1); CHECKPOINT", url)
    postgres16.kill()
    assert "1" not in postgres16.sql("SELECT 1", url, check=False).split()
    postgres16.start()
    assert postgres16.sql("SELECT a FROM t", url) == "1"
