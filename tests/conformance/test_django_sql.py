"""The SQL that Inchworm makes of Django's operations, beside what the real Django sends to a server: every case of
django/cases and django/generate.py, forwards and backwards. How to look closer: django/report.py."""

import collections
import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "support"), str(HERE / "django")]
import capture
import compare

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


def test_django_6_0_on_sqlite(dump_project):
    check(dump_project, "60", "sqlite")


def test_django_4_2_on_postgresql(dump_project, postgres18):
    check(dump_project, "42", "postgres18", postgres18)


def test_django_4_2_on_mariadb(dump_project, mariadb):
    check(dump_project, "42", "mariadb", mariadb)


def test_django_4_2_on_sqlite(dump_project):
    check(dump_project, "42", "sqlite")


def test_django_3_2_on_postgresql(dump_project, postgres14):
    check(dump_project, "32", "postgres14", postgres14)


def test_django_3_2_on_mariadb(dump_project, mariadb):
    check(dump_project, "32", "mariadb", mariadb)


def test_django_3_2_on_sqlite(dump_project):
    check(dump_project, "32", "sqlite")
