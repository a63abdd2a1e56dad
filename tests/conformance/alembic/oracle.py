"""What the real Alembic makes of bodies of upgrade(): reads {"dialect", "conventions", "bodies": [...]} as JSON, prints a
list of {"sql": [...], "error": text or null}. Runs offline, as near to a connection of that server as offline comes."""

import json
import os
import sys
import warnings

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import matrix  # noqa: E402
import sqlalchemy as sa  # noqa: E402
from alembic.operations import Operations  # noqa: E402
from alembic.runtime.migration import MigrationContext  # noqa: E402

VERSIONS = {"postgresql": (16, 0), "mysql": (8, 0, 36), "mariadb": (10, 11, 6), "sqlite": (3, 40, 1)}


def context(dialect, conventions):
    options = {"as_sql": True, "literal_binds": True, "output_buffer": open(os.devnull, "w", encoding="utf-8"),
               "target_metadata": sa.MetaData(naming_convention=conventions)}
    name = "mysql" if dialect == "mariadb" else dialect  # as mysql+pymysql finds it out on connecting
    made = MigrationContext.configure(dialect_name=name, dialect_opts={"paramstyle": "named"}, opts=options)
    made.dialect.server_version_info = VERSIONS[dialect]
    if dialect == "mariadb":
        made.dialect._set_mariadb(True, VERSIONS[dialect])
    if dialect == "postgresql":
        made.dialect._backslash_escapes = False
        made.dialect.supports_virtual_generated_columns = False  # before 18
    statements = []
    made.impl.static_output = statements.append
    return made, statements


def main():
    warnings.simplefilter("ignore")
    asked = json.load(sys.stdin)
    results = []
    for body in asked["bodies"]:
        made, statements = context(asked["dialect"], asked["conventions"])
        error = None
        try:
            names = {}
            exec(matrix.HEAD, names)
            with Operations.context(made):
                exec(body, names)
        except Exception as failure:  # what Alembic refuses, Inchworm must not resolve
            error = f"{type(failure).__name__}: {failure}"
        results.append({"sql": [one.strip().rstrip(";") for one in statements], "error": error})
    json.dump(results, sys.stdout)


if __name__ == "__main__":
    main()
