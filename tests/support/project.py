"""Small Prisma and Drizzle projects for tests of the runner, and what a database holds as plain text."""

import json
import os
import pathlib
import re
import sqlite3
import subprocess

PROVIDERS = {"postgres": "postgresql", "mysql": "mysql", "sqlite": "sqlite"}


def prisma(folder, dialect, migrations):
    """migrations: {name: sql}. A Prisma 6 project whose URL comes from DATABASE_URL."""
    base = pathlib.Path(folder) / "prisma/migrations"
    base.mkdir(parents=True, exist_ok=True)
    provider = PROVIDERS[dialect]
    (base / "migration_lock.toml").write_text(f'provider = "{provider}"\n')
    (base.parent / "schema.prisma").write_text(
        f'datasource db {{\n  provider = "{provider}"\n  url = env("DATABASE_URL")\n}}\n')
    for name, sql in migrations.items():
        (base / name).mkdir(exist_ok=True)
        (base / name / "migration.sql").write_text(sql)
    return str(folder)


def drizzle(folder, dialect, entries):
    """entries: [(tag, when, sql)] in the journal's order; sql None leaves the file out. A Drizzle Kit 0.x project."""
    base = pathlib.Path(folder) / "drizzle"
    (base / "meta").mkdir(parents=True, exist_ok=True)
    name = PROVIDERS[dialect]
    rows = [{"idx": index, "version": "7", "when": when, "tag": tag, "breakpoints": True}
            for index, (tag, when, _) in enumerate(entries)]
    (base / "meta/_journal.json").write_text(json.dumps({"version": "7", "dialect": name, "entries": rows}, indent=2))
    (base.parent / "drizzle.config.ts").write_text(
        "import { defineConfig } from 'drizzle-kit';\n"
        f"export default defineConfig({{ dialect: '{name}', out: './drizzle', schema: './schema.ts',\n"
        "  dbCredentials: { url: process.env.DATABASE_URL! } });\n")
    for tag, _, sql in entries:
        if sql is not None:
            (base / f"{tag}.sql").write_text(sql)
    return str(folder)


def run(inchworm, project, url, *arguments, **options):
    """Runs one command to its end; the CompletedProcess has text output."""
    environment = {**os.environ, "DATABASE_URL": url, "NO_COLOR": "1"}
    return subprocess.run([inchworm, *arguments], cwd=project, env=environment, capture_output=True, text=True, timeout=120,
                          **options)


def start(inchworm, project, url, *arguments):
    environment = {**os.environ, "DATABASE_URL": url, "NO_COLOR": "1"}
    return subprocess.Popen([inchworm, *arguments], cwd=project, env=environment, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True)


def status(inchworm, project, url):
    return json.loads(run(inchworm, project, url, "status", "--json").stdout)


POSTGRES_CATALOGUE = """
SELECT table_name, column_name, data_type, is_nullable, coalesce(column_default, '') FROM information_schema.columns
 WHERE table_schema = 'public' ORDER BY 1, ordinal_position;
SELECT c.relname, i.indisvalid, pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
 JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public' ORDER BY 1;
SELECT conname, convalidated, pg_get_constraintdef(oid) FROM pg_constraint
 WHERE connamespace = 'public'::regnamespace ORDER BY 1;
SELECT t.typname, e.enumlabel FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid ORDER BY 1, e.enumsortorder
"""

PRISMA_ROWS = ("SELECT migration_name, finished_at IS NOT NULL, rolled_back_at IS NOT NULL, applied_steps_count, logs IS NULL"
               " FROM _prisma_migrations ORDER BY started_at, migration_name")


def catalogue(server, url):
    """Everything a migration can change, as text to compare; _prisma_migrations and the data of tables included."""
    if url.startswith("file:"):
        with sqlite3.connect(url[5:]) as connection:
            schema = connection.execute("SELECT type, name, sql FROM sqlite_master ORDER BY 1, 2").fetchall()
        return "\n".join(map(str, schema))
    if url.startswith("postgres"):
        return server.sql(POSTGRES_CATALOGUE, url)
    tables = [line.split("\t")[0] for line in server.sql("SHOW TABLES", url).splitlines() if line]
    text = "\n".join(server.sql(f"SHOW CREATE TABLE `{table}`", url) for table in tables)
    return re.sub(r" AUTO_INCREMENT=\d+", "", text)  # a rolled-back INSERT keeps its numbers


def bookkeeping(server, url):
    if url.startswith("file:"):
        with sqlite3.connect(url[5:]) as connection:
            return "\n".join(map(str, connection.execute(PRISMA_ROWS).fetchall()))
    return server.sql(PRISMA_ROWS, url)
