"""kill -9 in the middle of a plan in phases: the next `up` finishes it, or `down` takes it back; nothing is lost."""

import pathlib
import signal
import sys

FOLDER = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(FOLDER / "support"), str(FOLDER / "conformance")]
import catalogue
import project
import recipes
from test_recipes import BIG, NAMES, Database, lines, plain


def killed_after(database, events, *arguments):
    """Starts a command with --json and kills it as soon as it has reported that many events. True: it was killed."""
    process = project.start(database.inchworm, database.folder, database.url, *arguments, "--json")
    for _ in range(events):
        if not process.stdout.readline():
            break
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return process.returncode == -signal.SIGKILL


def count_events(database, *arguments):
    return len(database.run(*arguments, "--json").splitlines())


def make(inchworm, server, tmp_path, name, number):
    folder = tmp_path / f"{name.replace(' ', '_')}-{number}"
    folder.mkdir()
    return Database(inchworm, server, folder, recipes.case(server, name))


def rows(server, url, case):
    return server.sql(case.data, url)


def check_resumed(inchworm, server, tmp_path, name, numbers):
    case = recipes.case(server, name)
    wanted = plain(server, case)
    for number in numbers:
        database = make(inchworm, server, tmp_path, name, f"up{number}")
        killed_after(database, number, "up", *BIG)
        database.run("up", *BIG)
        database.run("contract", "--purge")
        found = catalogue.difference(lines(server, wanted, case.order), lines(server, database.url, case.order))
        assert found == "", f"{name}, killed at event {number}, gone on with:\n{found}"
        assert rows(server, database.url, case) == rows(server, wanted, case), f"{name}, killed at event {number}"


def is_begun(database):
    status = project.status(database.inchworm, database.folder, database.url)
    return status["unfinished"] or status["migrations"][-1]["state"] != "pending"


def check_taken_back(inchworm, server, tmp_path, name, numbers):
    case = recipes.case(server, name)
    for number in numbers:
        database = make(inchworm, server, tmp_path, name, f"down{number}")
        before = lines(server, database.url)
        killed_after(database, number, "up", *BIG)
        if is_begun(database):  # else `down` would take back the migration before it
            killed_after(database, 1 + number % 7, "down", "--lossy")
        if is_begun(database):
            database.run("down", "--lossy")
        database.run("contract")  # any run that ends drops a journal that a kill has left empty
        found = catalogue.difference(before, lines(server, database.url))
        assert found == "", f"{name}, killed at event {number}, taken back:\n{found}"
        assert server.sql("SELECT count(*) FROM t", database.url) == str(recipes.ROWS)


def check(inchworm, server, tmp_path, name):
    probe = make(inchworm, server, tmp_path, name, "probe")
    events = count_events(probe, "up", *BIG)
    every = range(1, events + 1)
    check_resumed(inchworm, server, tmp_path, name, every)
    check_taken_back(inchworm, server, tmp_path, name, every[::2])


def test_an_index(inchworm, postgres15, tmp_path):
    check(inchworm, postgres15, tmp_path, "unique index")


def test_a_partitioned_index(inchworm, postgres15, tmp_path):
    check(inchworm, postgres15, tmp_path, "partitioned index")


def test_a_primary_key(inchworm, postgres15, tmp_path):
    check(inchworm, postgres15, tmp_path, "primary key")


def test_a_foreign_key(inchworm, postgres18, tmp_path):
    check(inchworm, postgres18, tmp_path, "foreign key")


def test_a_volatile_default(inchworm, postgres15, tmp_path):
    check(inchworm, postgres15, tmp_path, "volatile default")


def test_an_identity(inchworm, postgres15, tmp_path):
    check(inchworm, postgres15, tmp_path, "identity")


def test_a_type_of_a_key(inchworm, postgres15, tmp_path):
    check(inchworm, postgres15, tmp_path, "type of a key")


def test_a_type_with_constraints(inchworm, postgres18, tmp_path):
    check(inchworm, postgres18, tmp_path, "type")


def test_a_renamed_column(inchworm, postgres15, tmp_path):
    check(inchworm, postgres15, tmp_path, "rename column")


def test_online_statements_of_mariadb(inchworm, mariadb, tmp_path):
    check(inchworm, mariadb, tmp_path, "several statements")
