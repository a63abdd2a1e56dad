"""Replay equals inspection: the files under replay/ are run by the engine's own client and replayed by Inchworm; the two
schemas must be equal, and what the server refuses, replay must refuse in the same words.

A file is a list of cases, "-- ## sentence", each in a database of its own; "[15+]" behind it asks for a server of at
least that version. "-- refused" stands before a statement that the server must refuse. Every statement that the server
takes is checked, not only the last one.
"""

import pathlib
import re
import sqlite3
import subprocess
import unittest

FOLDER = pathlib.Path(__file__).parent / "replay"


def read_cases(engine):
    """(sentence, oldest version, [(is refused, SQL)])"""
    text = (FOLDER / f"{engine}.sql").read_text()
    for part in re.split(r"^-- ## ", text, flags=re.M)[1:]:
        title, _, body = part.partition("\n")
        version = re.search(r"\[(\d+)\+\]", title)
        statements, lines, is_refused = [], [], False
        for line in body.splitlines():
            if line == "-- refused":
                is_refused = True
            elif line.strip():
                lines.append(line)
                if line.endswith(";"):
                    statements.append((is_refused, "\n".join(lines) + "\n"))
                    lines, is_refused = [], False
        yield title, int(version.group(1)) if version else 0, statements


def replay(program, engine, url, files):
    done = subprocess.run([program, engine, "--strict", "yes", "--invert", "yes", "--url", url, *files],
                          capture_output=True, text=True)
    return done.returncode, (done.stdout + done.stderr).strip()


def server_words(message):
    """The primary text of an error as the clients print it."""
    for pattern in (r"ERROR:\s+(.*)", r"ERROR \d+ \(\w+\)[^:]*: (.*)", r"(?:Parse|Runtime) error near line \d+: (.*?)(?: \(\d+\))?$"):
        found = re.search(pattern, message, flags=re.M)
        if found:
            return found.group(1).strip()
    return message.strip()


def check_case(program, engine, run, url, tmp_path, statements):
    """Every difference as a line; `run(sql)` returns None or the server's error."""
    failures, files = [], []
    for number, (is_refused, sql) in enumerate(statements):
        file = tmp_path / f"{number:03}.sql"
        file.write_text(sql)
        refusal = run(sql)
        if is_refused != (refusal is not None):
            return [f"{sql.strip()}\n      the server: {refusal or 'took it'}"]
        status, output = replay(program, engine, url, [*files, file])
        if refusal is None:
            files.append(file)
            if status != 0:
                failures.append(f"{sql.strip()}\n      {output}")
        elif status != 2 or server_words(refusal) not in output:
            failures.append(f"{sql.strip()}\n      the server: {server_words(refusal)}\n      replay: {output or 'took it'}")
    return failures


def check(program, engine, tmp_path, database, version=0):
    failures = []
    for title, oldest, statements in read_cases(engine):
        if version and version < oldest:
            continue
        run, url = database()
        folder = tmp_path / re.sub(r"\W+", "-", title)
        folder.mkdir()
        found = check_case(program, {"mysql": "mariadb"}.get(engine, engine), run, url, folder, statements)
        failures += [f"{title}\n    {failure}" for failure in found]
    if failures:
        raise AssertionError("\n" + "\n".join(failures))


def on_server(server):
    def database():
        url = server.fresh_database()

        def run(sql):
            try:
                server.sql(sql, url)
            except Exception as error:  # ServerError of a module that the runner loads
                return str(error)
            return None
        return run, url
    return database


def test_replay_equals_inspection_on_postgres(replay_dump, postgres, tmp_path):
    check(replay_dump, "postgres", tmp_path, on_server(postgres), int(str(postgres.version).split(".")[0]))


def test_replay_equals_inspection_on_mariadb(replay_dump, mariadb, tmp_path):
    check(replay_dump, "mysql", tmp_path, on_server(mariadb))


def test_replay_equals_inspection_on_sqlite(replay_dump, tmp_path):
    if sqlite3.sqlite_version_info < (3, 37):
        raise unittest.SkipTest("this SQLite is older than STRICT tables")
    numbers = iter(range(1000))

    def database():
        path = tmp_path / f"{next(numbers)}.db"

        def run(sql):
            done = subprocess.run(["sqlite3", "-bail", path], input=sql, capture_output=True, text=True)
            return None if done.returncode == 0 else done.stderr
        return run, f"sqlite:{path}"
    check(replay_dump, "sqlite", tmp_path, database)
