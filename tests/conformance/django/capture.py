"""What the real Django sends for the cases, asked once: captures are kept with the other fetched things (tools/deps-dir),
by what they depend on (the case's text, RECORD, the pinned Django, the engine), so that only what has changed runs again. `python3 capture.py 52 postgres18 [--again]` asks.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "support")]
import deps
import histories
import servers

DJANGO = {"32": (3, 2), "42": (4, 2), "52": (5, 2), "60": (6, 0), "61": (6, 1)}
ENGINES = {"sqlite": ("sqlite", None), "mariadb": ("mysql", None),
           **{f"postgres{version}": ("postgres", version) for version in servers.POSTGRES_VERSIONS}}
MOST = 2000  # captures that are kept, of one Django and engine
RECORD = 1  # raise it when the oracle records something else than before
ORACLE = HERE.parents[1] / "support/django_recorder.py"


def pinned(django):
    """The whole version of Django in its manifest."""
    lines = (HERE.parents[1] / f"pip/django{django}.txt").read_text().splitlines()
    return next(line.split("==")[1].split()[0] for line in lines if line.startswith("django=="))


def found(django, engine):
    name, version = ENGINES[engine]
    return histories.cases(DJANGO[django], name, version)


def needs(case):
    """Apps of Django's own that must be there."""
    wanted = " ".join(word for migration in case.migrations for word in migration.dependencies)
    return ("contenttypes", "auth") if wanted else ()


def address(server):
    """Variables for histories.SETTINGS: a new database."""
    url = server.fresh_database()
    user = "postgres" if url.startswith("postgres") else "root"
    return {"DJANGO_NAME": url.rsplit("/", 1)[1], "DJANGO_USER": user, "DJANGO_HOST": "127.0.0.1", "DJANGO_PORT": str(server.port)}


def open_server(engine):
    name, version = ENGINES[engine]
    if name == "sqlite":
        return None
    return servers.postgres(version) if name == "postgres" else servers.mariadb()


class Cache:
    def __init__(self, django, engine):
        self.prefix = f"{RECORD}-{django}-{engine}"
        self.folder = deps.folder() / "django-captures"
        self.base = f"{RECORD} {deps.folder(f'django{django}').name} {engine} "
        self.django, self.engine = DJANGO[django], ENGINES[engine][0]

    def key(self, case):
        texts = [histories.migration_text(case, index, self.django, self.engine) for index in range(len(case.migrations))]
        return hashlib.sha256((self.base + json.dumps(texts)).encode()).hexdigest()[:20]

    @contextlib.contextmanager
    def lock(self):
        """Two that want to know the same ask once."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with open(self.folder / f".{self.prefix}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def read(self):
        path = self.folder / f"{self.prefix}.json"
        return json.loads(path.read_text()) if path.exists() else {}

    def write(self, known):
        part = self.folder / f".{self.prefix}.{os.getpid()}"
        part.write_text(json.dumps(known))
        part.rename(self.folder / f"{self.prefix}.json")


def run_oracle(django, folder, cases, place, **options):
    """What tests/support/django_recorder.py says about a project that was written; `place`: of address()."""
    asked = {"cases": [{"label": case.label, "needs": needs(case)} for case in cases], **options}
    done = subprocess.run([deps.python(f"django{django}"), ORACLE, folder], input=json.dumps(asked), capture_output=True,
                          text=True, env={**os.environ, **place, "PYTHONHASHSEED": "0", "TZ": "UTC"})
    if done.returncode != 0:
        raise RuntimeError(done.stderr[-4000:])
    return json.loads(done.stdout)


def ask(django, engine, cases, server=None):
    """What Django says now: {label: [migration, ...]}, and who says it."""
    own = server is None and open_server(engine)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="inchworm-django-"))
    try:
        histories.write(folder, cases, DJANGO[django], ENGINES[engine][0], pinned(django))
        place = address(server or own) if server or own else {"DJANGO_NAME": str(folder / "scratch.db")}
        return run_oracle(django, folder, cases, place)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if own:
            own.close()


def captures(django, engine, cases, server=None, again=False):
    """{label: [{"name", "atomic", "up", "down"}, ...]} of the cases, as tests/support/django_recorder.py says it."""
    cache = Cache(django, engine)
    with cache.lock():
        return complete(cache, django, engine, cases, server, again)


def complete(cache, django, engine, cases, server, again):
    known = cache.read()
    keys = {case.label: cache.key(case) for case in cases}
    missing = [case for case in cases if again or keys[case.label] not in known]
    if missing:
        answer = ask(django, engine, missing, server)["cases"]
        known.update({keys[label]: one for label, one in answer.items()})
        if len(known) > MOST:
            known = {key: known[key] for key in keys.values()}
        cache.write(known)
    return {label: known[key] for label, key in keys.items()}


def main():
    django, engine = sys.argv[1:3]
    cases = found(django, engine)
    said = captures(django, engine, cases, again="--again" in sys.argv)
    for case in cases:
        if isinstance(said[case.label], str):
            print(case.label, repr(case.title), "unreadable", said[case.label])
            continue
        for one in said[case.label]:
            for direction in ("up", "down"):
                if one[direction] is not None and one[direction]["error"] is not None:
                    print(case.label, repr(case.title), one["name"], direction, *one[direction]["error"])


if __name__ == "__main__":
    main()
