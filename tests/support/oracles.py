"""The pinned frameworks and tools that tests compare with, as subprocesses: Prisma, drizzle-kit, dbmate, squawk.

Each function runs one command in a project's folder and returns a CompletedProcess with text output. All of them are
installed by tools/install-deps; why_not(name) gives the reason when one is not.
"""

import os
import pathlib
import subprocess

import deps

SHIM = pathlib.Path(__file__).resolve().parent / "prisma-schema-engine-shim.mjs"


def why_not(manifest):
    """manifest: "prisma", "drizzle", "drizzle-next" (1.0 release candidate), "tools" (dbmate, squawk)."""
    return None if deps.is_installed(manifest) else f"no {manifest} installed"


def run(command, folder, url, extra=None, text=None):
    environment = {**deps.environment(), "DATABASE_URL": url or "", **(extra or {})}
    return subprocess.run(command, cwd=folder, env=environment, input=text, capture_output=True, text=True, timeout=180)


def prisma(folder, url, *arguments):
    """Prisma 7.8.0: prisma(folder, url, "migrate", "deploy"). PostgreSQL and SQLite (a file: URL).

    The folder needs a prisma.config.ts or prisma.config.mjs with the URL, as Prisma 7 wants it: prisma_config() writes one.
    """
    root = deps.folder("prisma")
    extra = {"PRISMA_SCHEMA_ENGINE_BINARY": str(SHIM), "SHIM_ROOT": str(root)}
    return run([deps.node(), root / "node_modules/prisma/build/index.js", *arguments], folder, url, extra)


def prisma_config(folder):
    """A configuration for Prisma 7 whose URL is DATABASE_URL; the schema file must not name a URL then."""
    (pathlib.Path(folder) / "prisma.config.mjs").write_text(
        'export default {\n'
        '  schema: "prisma/schema.prisma",\n'
        '  migrations: { path: "prisma/migrations" },\n'
        '  datasource: { url: process.env.DATABASE_URL },\n'
        '}\n')


def drizzle(folder, url, *arguments, manifest="drizzle"):
    """drizzle-kit 0.31.10, or 1.0.0-rc.5 with manifest="drizzle-next". Schema files find drizzle-orm through a link."""
    link = pathlib.Path(folder) / "node_modules"
    if not link.exists():
        link.symlink_to(deps.folder(manifest) / "node_modules")
    return run([deps.node(), deps.folder(manifest) / "node_modules/drizzle-kit/bin.cjs", *arguments], folder, url)


def dbmate(folder, url, *arguments):
    """dbmate 2.36.0; wants ?sslmode=disable on a PostgreSQL URL."""
    return run([deps.native("tools", "@dbmate/linux-x64", "bin/dbmate"), *arguments], folder, url)


def squawk(folder, *arguments):
    """squawk 2.66.0, the native binary."""
    return run([deps.native("tools", "@squawk-cli/linux-x64", "bin/squawk"), *arguments], folder, None)
