"""The SQL that Inchworm makes of Django's operations, beside what the real Django sends to a server: every case of
django/cases and django/generate.py, forwards and backwards. django/report.py looks closer, and at the Djangos and servers
that are left out here."""

import collections
import os
import pathlib
import sqlite3
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "support"), str(HERE / "django")]
import capture
import catalogue
import compare
import histories

SHOWN = 25
ABSENT = "its SQL is not made yet"


def check(dump_project, django, engine, server=None):
    found = list(compare.outcomes(dump_project, django, engine, server))
    if any(one.kind == "unresolved" and ABSENT in one.said for one in found):
        raise unittest.SkipTest("Inchworm has no schema editor for Django yet")
    counts = collections.Counter(one.kind for one in found)
    bad = [str(one) for one in found if not one.is_allowed]
    assert not bad, f"{len(bad)} of {len(found)} {dict(counts)}:\n\n" + "\n\n".join(bad[:SHOWN])
    assert counts["equal"] > 4 * len(capture.found(django, engine)), counts


def test_django_5_2_on_postgresql_18(dump_project, postgres18):
    check(dump_project, "52", "postgres18", postgres18)


def test_django_5_2_on_postgresql_14(dump_project, postgres14):
    check(dump_project, "52", "postgres14", postgres14)


def test_django_5_2_on_mariadb(dump_project, mariadb):
    check(dump_project, "52", "mariadb", mariadb)


def test_django_5_2_on_sqlite(dump_project):
    check(dump_project, "52", "sqlite")


def test_django_6_1_on_postgresql(dump_project, postgres18):
    check(dump_project, "61", "postgres18", postgres18)


def test_django_6_1_on_mariadb(dump_project, mariadb):
    check(dump_project, "61", "mariadb", mariadb)


def test_django_6_1_on_sqlite(dump_project):
    check(dump_project, "61", "sqlite")


def test_django_4_2_on_postgresql(dump_project, postgres18):
    check(dump_project, "42", "postgres18", postgres18)


def test_django_3_2_on_postgresql(dump_project, postgres14):
    check(dump_project, "32", "postgres14", postgres14)


def test_django_3_2_on_mariadb(dump_project, mariadb):
    check(dump_project, "32", "mariadb", mariadb)


def test_django_3_2_on_sqlite(dump_project):
    check(dump_project, "32", "sqlite")


# ---------------------------------------------------------------- schemas


def is_quiet(case, real, mine):
    """Nothing in its way forwards is refused or unresolved, and it needs none of Django's own apps."""
    return not capture.needs(case) and not compare.is_refused(real) and all(
        one["up"] is not None and one["up"]["error"] is None
        and all(sql.startswith("PRAGMA") for sql in one["up"]["other"]) and not compare.reasons_of(mine.get(f"{case.label}.{one['name']}", {}).get("up")) for one in real)


def is_plain(records):
    """SQLite itself takes it: nothing that Django teaches it in Python (REGEXP, MD5, ...)."""
    with sqlite3.connect(":memory:") as connection:
        try:
            for one in records:
                for sql in one["up"]["sql"]:
                    connection.execute(sql)
        except sqlite3.Error:
            return False
    return True


def check_schema(inchworm, dump_project, folder, django, engine, server):
    """A quarter of the cases: Django makes one database, `inchworm up` another, and they are the same."""
    cases, name = capture.found(django, engine), capture.ENGINES[engine][0]
    cases = [case for case in cases if int(case.label[1:], 16) % 4 == 0]
    said = capture.captures(django, engine, cases, server)
    histories.write(folder / "all", cases, capture.DJANGO[django], name, capture.pinned(django))
    mine = compare.made_by_inchworm(dump_project, folder / "all", engine)
    cases = [case for case in cases if is_quiet(case, said[case.label], mine) and (server or is_plain(said[case.label]))]
    if not cases:
        raise unittest.SkipTest("Inchworm has no schema editor for Django yet")
    project = folder / "project"
    histories.write(project, cases, capture.DJANGO[django], name, capture.pinned(django), contrib=())
    places = [capture.address(server) if server else {"DJANGO_NAME": str(folder / f"{one}.db")} for one in ("theirs", "ours")]
    capture.run_oracle(django, project, cases, places[0], keep=True)
    done = subprocess.run([inchworm, "up"], cwd=project, env={**os.environ, **places[1], "NO_COLOR": "1"}, capture_output=True,
                          text=True, timeout=800)
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-3000:]}"
    urls = [server.url(place["DJANGO_NAME"]) if server else "file:" + place["DJANGO_NAME"] for place in places]
    difference = catalogue.difference(*[catalogue.of(server, url) for url in urls])
    assert not difference, f"{len(cases)} cases:\n{difference[:6000]}"


def test_schemas_on_postgresql(inchworm, dump_project, tmp_path, postgres18):
    check_schema(inchworm, dump_project, tmp_path, "52", "postgres18", postgres18)


def test_schemas_on_mariadb(inchworm, dump_project, tmp_path, mariadb):
    check_schema(inchworm, dump_project, tmp_path, "52", "mariadb", mariadb)


def test_schemas_on_sqlite(inchworm, dump_project, tmp_path):
    check_schema(inchworm, dump_project, tmp_path, "52", "sqlite", None)
