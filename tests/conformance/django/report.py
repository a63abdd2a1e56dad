#!/usr/bin/env python3
"""Where what Inchworm makes differs from what Django sends, for one Django and one engine.

    tests/conformance/django/report.py 52 postgres18               counts and the first 20 differences
    tests/conformance/django/report.py 52 sqlite -k 'Rename' -n 5  of cases whose label or title match
    tests/conformance/django/report.py 61 mariadb --unresolved     why Inchworm does not know, counted
    tests/conformance/django/report.py 61 mariadb --source k1a2b   the migrations of a case, and both texts

Djangos: 32 42 52 60 61; engines: sqlite, mariadb, postgres14 ... postgres18. Asks Django once and keeps what it said (see
capture.py); runs build/tests/dump-project of this tree, or of the folder in INCHWORM_BUILD. Exit status 1: it differs.
"""

import argparse
import collections
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import capture
import compare
import histories

ROOT = pathlib.Path(__file__).resolve().parents[3]


def show_source(django, engine, label, found):
    for case in capture.found(django, engine):
        if case.label != label:
            continue
        for index in range(len(case.migrations)):
            text = histories.migration_text(case, index, capture.DJANGO[django], capture.ENGINES[engine][0])
            print(f"---- {histories.migration_name(index)}\n" + text[text.index("class Migration"):])
            for one in found:
                if one.migration == histories.migration_name(index):
                    print(one)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("django", choices=capture.DJANGO)
    parser.add_argument("engine", choices=capture.ENGINES)
    parser.add_argument("-k", metavar="PATTERN", help="only cases whose label or title match")
    parser.add_argument("-n", type=int, default=20, help="how many differences (20; 0: all)")
    parser.add_argument("--unresolved", action="store_true", help="also the reasons of what is unresolved")
    parser.add_argument("--source", metavar="LABEL", help="one case, in full")
    options = parser.parse_args()
    program = os.environ.get("INCHWORM_BUILD", str(ROOT / "build")) + "/tests/dump-project"
    found = list(compare.outcomes(program, options.django, options.engine, pattern=options.source or options.k))
    if options.source:
        show_source(options.django, options.engine, options.source, found)
        return 0
    bad = [one for one in found if one.kind in ("different", "wrong", "broken")]
    for one in bad[:options.n or None]:
        print(one, end="\n\n")
    if options.unresolved:
        for reason, count in collections.Counter(one.said for one in found if one.kind == "unresolved").most_common():
            first = next(one for one in found if one.kind == "unresolved" and one.said == reason)
            print(f"{count:5} {reason[:160]}  [{first.case.label} {first.case.title}]")
    counts = collections.Counter(one.kind for one in found)
    unlisted = sum(not one.is_allowed for one in found if one.kind == "unresolved")
    print(f"Django {options.django}, {options.engine}: " + ", ".join(f"{count} {kind}" for kind, count in counts.most_common()) +
          f" ({unlisted} unresolved that are not listed)")
    return 1 if bad or unlisted else 0


if __name__ == "__main__":
    sys.exit(main())
