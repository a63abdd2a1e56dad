"""What a framework's bookkeeping left behind, as text that two runs can be compared by: the table's form and its rows with
ids, times and durations masked. And projects of two small migrations for every framework."""

import contextlib
import fcntl
import json
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import unittest

import deps

POSTGRES_FORM = """
SELECT a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, pg_get_expr(d.adbin, d.adrelid)
  FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
 WHERE a.attrelid = '{table}'::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum;
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = '{table}'::regclass AND contype <> 'n' ORDER BY 1;
SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = '{table}'::regclass ORDER BY 1
"""
MASKS = [
    (r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", "<uuid>"),
    (r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?([+-]\d\d(:\d\d)?|Z)?", "<time>"),
    (r"\b1[6-9]\d{11}\b", "<milliseconds>"),
]


def mask(text, also=()):
    for pattern, word in [*MASKS, *also]:
        text = re.sub(pattern, word, text)
    return text


def form(server, url, table):
    """The table as the catalogue describes it; SQLite: as it was written."""
    if url.startswith(("file:", "sqlite:")):
        with sqlite3.connect(url.split(":", 1)[1]) as connection:
            rows = connection.execute("SELECT type, name, sql FROM sqlite_master WHERE tbl_name = ? ORDER BY 1, 2", [table]).fetchall()
        return "\n".join(map(str, rows))
    if url.startswith("postgres"):
        return server.sql(POSTGRES_FORM.format(table=table), url)
    return re.sub(r"AUTO_INCREMENT=\d+ ", "", server.sql(f"SHOW CREATE TABLE `{table}`", url))


def rows(server, url, table, columns, order, keep=()):
    """The rows, masked; `keep` names masks that are not wanted ("milliseconds")."""
    query = f"SELECT {columns} FROM {table} ORDER BY {order}"
    if url.startswith(("file:", "sqlite:")):
        with sqlite3.connect(url.split(":", 1)[1]) as connection:
            text = "\n".join("\t".join(str(value) for value in row) for row in connection.execute(query))
    else:
        text = server.sql(query, url)
    for pattern, word in MASKS:
        if word.strip("<>") not in keep:
            text = re.sub(pattern, word, text)
    return text


def inchworm(program, folder, url, *arguments, status=0):
    """Runs it with DATABASE_URL; the standard output."""
    environment = {**os.environ, "DATABASE_URL": url, "NO_COLOR": "1"}
    done = subprocess.run([program, *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == status, f"inchworm {arguments}: status {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


def states(program, folder, url, *arguments):
    """{migration: state} as `inchworm status --json` tells it."""
    environment = {**os.environ, "DATABASE_URL": url, "NO_COLOR": "1"}
    done = subprocess.run([program, "status", "--json", *arguments], cwd=folder, env=environment, capture_output=True, text=True,
                          timeout=120)
    assert done.stdout, done.stderr
    return {row["name"]: row["state"] for row in json.loads(done.stdout)["migrations"]}


def write(folder, files):
    for name, text in files.items():
        path = pathlib.Path(folder) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


# ---------------------------------------------------------------- tools that are built here when Go or Java are at hand
#
# Getting them takes minutes, so it is done only when INCHWORM_ORACLES is set; what was built stays with the other fetched
# things and is used from then on. Without them the tests compare with what the real tools were recorded to leave.

GO_TOOLS = {
    "goose": ("github.com/pressly/goose/v3/cmd/goose@v3.29.0", ""),
    "migrate": ("github.com/golang-migrate/migrate/v4/cmd/migrate@v4.18.3", "postgres mysql sqlite3"),
}
FLYWAY_POM = """<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>inchworm</groupId><artifactId>oracle</artifactId><version>1</version><dependencies>
<dependency><groupId>org.flywaydb</groupId><artifactId>flyway-database-postgresql</artifactId><version>10.22.0</version></dependency>
<dependency><groupId>org.flywaydb</groupId><artifactId>flyway-mysql</artifactId><version>10.22.0</version></dependency>
<dependency><groupId>org.postgresql</groupId><artifactId>postgresql</artifactId><version>42.7.4</version></dependency>
<dependency><groupId>org.mariadb.jdbc</groupId><artifactId>mariadb-java-client</artifactId><version>3.4.1</version></dependency>
<dependency><groupId>org.xerial</groupId><artifactId>sqlite-jdbc</artifactId><version>3.46.1.3</version></dependency>
</dependencies></project>"""
FLYWAY_MAIN = """import org.flywaydb.core.Flyway;
public class Oracle {
  public static void main(String[] a) throws Exception {
    var flyway = Flyway.configure().dataSource(a[1], a[2], "").locations("filesystem:" + a[3]).load();
    if (a[0].equals("migrate")) System.out.println(flyway.migrate().migrationsExecuted);
    if (a[0].equals("validate")) flyway.validate();
    if (a[0].equals("pending")) System.out.println(flyway.info().pending().length);
  }
}"""


@contextlib.contextmanager
def one_at_a_time(what):
    """Tests run side by side; what they fetch is fetched by one of them."""
    with open(deps.folder() / f".{what}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def go_tool(name):
    """Path of the tool, built on first use; skips the test when it cannot be."""
    module, tags = GO_TOOLS[name]
    target = deps.folder() / "go" / module.rsplit("@", 1)[1] / name
    with one_at_a_time("go"):
        build_go_tool(target, module, tags)
    return str(target)


def build_go_tool(target, module, tags):
    name = target.name
    if not target.exists():
        if "INCHWORM_ORACLES" not in os.environ or shutil.which("go") is None:
            raise unittest.SkipTest(f"no {name} here: INCHWORM_ORACLES=1 builds it when there is Go")
        environment = {**os.environ, "GOBIN": str(target.parent), "GOFLAGS": "-mod=mod"}
        done = subprocess.run(["go", "install", "-tags", tags, module], env=environment, capture_output=True, text=True,
                              timeout=600)
        if done.returncode != 0:
            raise unittest.SkipTest(f"{name} could not be built: {done.stderr[-200:]}")


def flyway(command, jdbc, user, folder):
    """Flyway 10.22.0 of Maven Central through its Java interface; a CompletedProcess."""
    home = deps.folder() / "flyway-10.22.0"
    with one_at_a_time("flyway"):
        fetch_flyway(home)
    return subprocess.run(["java", "-cp", f"{home}/lib/*:{home}", "Oracle", command, jdbc, user, str(folder)],
                          capture_output=True, text=True, timeout=120)


def fetch_flyway(home):
    if not (home / "Oracle.class").exists():
        if "INCHWORM_ORACLES" not in os.environ or shutil.which("mvn") is None or shutil.which("javac") is None:
            raise unittest.SkipTest("no Flyway here: INCHWORM_ORACLES=1 gets it when there are Maven and Java")
        home.mkdir(parents=True, exist_ok=True)
        (home / "pom.xml").write_text(FLYWAY_POM)
        (home / "Oracle.java").write_text(FLYWAY_MAIN)
        for step in (["mvn", "-q", "-B", "dependency:copy-dependencies", "-DoutputDirectory=lib"],
                     ["javac", "-cp", "lib/*", "Oracle.java"]):
            done = subprocess.run(step, cwd=home, capture_output=True, text=True, timeout=600)
            if done.returncode != 0:
                raise unittest.SkipTest(f"Flyway could not be had: {(done.stdout + done.stderr)[-200:]}")
