"""Commands that only read connect while they read the project: what they say, when and how they end is as if they did not."""

import os
import pathlib
import signal
import socket
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import project

USAGE, INPUT, PROJECT, CONNECT = 2, 3, 4, 5
READERS = (["status"], ["history"], ["plan"])
MIGRATIONS = {"20240101000000_a": "CREATE TABLE a (b int);\n"}


class Deaf:
    """A server that takes connections and never says a word."""

    def __enter__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.taken = []
        self.is_taken = threading.Event()
        threading.Thread(target=self.take, daemon=True).start()
        return self

    def take(self):
        try:
            while True:
                self.taken.append(self.listener.accept()[0])
                self.is_taken.set()
        except OSError:
            pass

    def __exit__(self, *_):
        self.listener.close()
        for connection in self.taken:
            connection.close()

    @property
    def url(self):
        return f"postgresql://app:secret@127.0.0.1:{self.listener.getsockname()[1]}/app"


def ends_at_once(inchworm, folder, url, command, status, *words):
    began = time.monotonic()
    result = project.run(inchworm, folder, url, *command)
    assert result.returncode == status, (command, result.returncode, result.stdout, result.stderr)
    assert time.monotonic() - began < 8, "it waited for the server"  # which is given 10 s
    for word in words:
        assert word in result.stderr, (word, result.stderr)
    assert "connect" not in result.stderr, result.stderr


def test_a_server_that_is_not_there_is_said_by_commands_that_read(inchworm, tmp_path):
    folder = project.prisma(tmp_path, "postgres", MIGRATIONS)
    for command in READERS:
        result = project.run(inchworm, folder, "postgresql://app:secret@127.0.0.1:1/app", *command)
        assert result.returncode == CONNECT, (command, result.returncode, result.stderr)
        assert result.stdout == "", result.stdout
        assert result.stderr.startswith("error: could not connect to postgresql://app@127.0.0.1:1/app: "), result.stderr
        assert result.stderr.count("error:") == 1 and "secret" not in result.stderr, result.stderr


def test_a_wrong_password_is_said_by_commands_that_read(inchworm, mariadb, tmp_path):
    folder = project.prisma(tmp_path, "mysql", MIGRATIONS)
    url = mariadb.fresh_database()
    wrong = url.replace("mysql://", "mysql://nobody:wrong@", 1) if "@" not in url else f"mysql://nobody:wrong@{url.split('@')[1]}"
    for command in READERS:
        result = project.run(inchworm, folder, wrong, *command)
        assert result.returncode == CONNECT, (command, result.returncode, result.stderr)
        assert "Access denied" in result.stderr and ":wrong" not in result.stderr, result.stderr


def test_what_is_wrong_with_the_project_is_said_before_the_server_answers(inchworm, tmp_path):
    with Deaf() as server:
        folder = project.drizzle(tmp_path, "postgres", [("0000_a", 1, "SELECT 1;\n")])
        journal = pathlib.Path(folder) / "drizzle/meta/_journal.json"
        journal.write_text("{")
        for command in READERS:
            ends_at_once(inchworm, folder, server.url, command, INPUT, "_journal.json:1: this is not JSON")


def test_a_url_of_another_engine_is_said_before_the_server_answers(inchworm, tmp_path):
    with Deaf() as server:
        folder = project.prisma(tmp_path, "mysql", MIGRATIONS)
        for command in READERS:
            ends_at_once(inchworm, folder, server.url, command, PROJECT, "the project is for mysql, its URL is for postgres")


def test_nobody_is_connected_to_before_it_is_known_which_project_is_meant(inchworm, tmp_path):
    with Deaf() as server:
        for name in ("one", "two"):
            project.prisma(tmp_path / name, "postgres", MIGRATIONS)
        for command in READERS:
            ends_at_once(inchworm, tmp_path, server.url, command, PROJECT, "found 2 projects")
        project.prisma(tmp_path / "three", "postgres", MIGRATIONS)
        ends_at_once(inchworm, tmp_path / "three", server.url, ["lint"], 0)
        ends_at_once(inchworm, tmp_path / "three", server.url, ["status", "--nonsense"], USAGE)
        time.sleep(0.2)
        assert not server.taken


def obey():
    """What is started in the background may have been told to ignore it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_ctrl_c_ends_a_command_that_waits_for_its_connection(inchworm, tmp_path):
    folder = project.prisma(tmp_path, "postgres", MIGRATIONS)
    for command in READERS:
        with Deaf() as server:
            process = subprocess.Popen([inchworm, *command], cwd=folder, env={**os.environ, "DATABASE_URL": server.url},
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=obey)
            assert server.is_taken.wait(60)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=8)
            assert process.returncode == -signal.SIGINT, (process.returncode, out, err)
