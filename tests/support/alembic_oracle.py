"""Runs commands of the real Alembic, in one process of its virtual environment, and says what each did.

usage: alembic_oracle.py FOLDER COMMANDS.json; COMMANDS: [["upgrade", "heads"], ...] one after the other on FOLDER/oracle.db,
whose revisions are alembic_project.logging(). Prints a JSON list of {"before", "steps", "after", "error"}: rows of
alembic_version before and after, what ran with the rows at its beginning, and [class, message].
"""

import json
import logging
import pathlib
import sqlite3
import sys
import warnings

import alembic.command
import alembic.config
import alembic.util

logging.disable(logging.CRITICAL)
warnings.simplefilter("ignore")


def rows(database):
    with sqlite3.connect(database) as connection:
        return sorted(row[0] for row in connection.execute("SELECT version_num FROM alembic_version"))


def main(folder, commands):
    folder = pathlib.Path(folder)
    database = folder / "oracle.db"
    with sqlite3.connect(database) as connection:
        connection.execute("CREATE TABLE step_log (id integer PRIMARY KEY, what text, rows_then text)")
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL,"
                           " CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))")
    config = alembic.config.Config(str(folder / "alembic.ini"))
    config.set_main_option("sqlalchemy.url", f"sqlite:///{database}")
    said = []
    for command, target in commands:
        before, error = rows(database), None
        try:
            getattr(alembic.command, command)(config, target)
        except alembic.util.CommandError as failure:
            error = [type(failure).__name__, str(failure)]
        except Exception as failure:  # what Alembic did not think of
            error = [type(failure).__name__, str(failure)]
        with sqlite3.connect(database) as connection:
            steps = [[what, sorted((then or "").split(",")) if then else []] for what, then in
                     connection.execute("SELECT what, rows_then FROM step_log ORDER BY id")]
            connection.execute("DELETE FROM step_log")
        said.append({"before": before, "steps": steps, "after": rows(database), "error": error})
    print(json.dumps(said))


main(sys.argv[1], json.loads(pathlib.Path(sys.argv[2]).read_text()))
