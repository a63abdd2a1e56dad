"""Django projects that run: the pinned Django on a server or a file, beside Inchworm on the same database."""

import os
import pathlib
import re
import sqlite3
import subprocess

import deps
import django_project
import project

SETTINGS = '''SECRET_KEY = "x"
USE_TZ = True
INSTALLED_APPS = {apps!r}
DATABASES = {{"default": {database!r}}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
'''

# The pinned Django 6 runs on an older Python with this; MariaDB is reached without a compiled client.
MANAGE = '''import inspect
if not hasattr(inspect, "markcoroutinefunction"):
    import asgiref.sync
    inspect.markcoroutinefunction = asgiref.sync.markcoroutinefunction
try:
    import pymysql
    pymysql.version_info = (2, 2, 7, "final", 0)
    pymysql.install_as_MySQLdb()
except ImportError:
    pass
''' + django_project.MANAGE

URL = re.compile(r"\w+://(?P<USER>[^:@/]*)(?::(?P<PASSWORD>[^@]*))?@(?P<HOST>[^:/]*):(?P<PORT>\d+)/(?P<NAME>[^?]*)")
ENGINES = {"postgres": "postgresql", "mysql": "mysql"}


class Live:
    """A project whose database is replaced by fresh()."""

    def __init__(self, inchworm, folder, manifest, server, files, apps=("shop",)):
        """files: {path: text}; manifest: "django52"."""
        self.inchworm, self.folder, self.server, self.apps = inchworm, pathlib.Path(folder), server, list(apps)
        self.python, self.count = deps.python(manifest), 0
        django_project.write(folder, self.apps, [], f"{manifest[-2]}.{manifest[-1]}")
        (self.folder / "manage.py").write_text(MANAGE)
        for path, text in files.items():
            (self.folder / path).write_text(text)

    def fresh(self):
        self.count += 1
        if self.server is None:
            path = str(self.folder / f"{self.count}.db")
            self.url, database = f"sqlite:{path}", {"ENGINE": "django.db.backends.sqlite3", "NAME": path}
        else:
            self.url = self.server.fresh_database()
            parts = {key: value or "" for key, value in URL.match(self.url).groupdict().items()}
            database = {"ENGINE": f"django.db.backends.{ENGINES[self.url.split(':')[0].replace('postgresql', 'postgres')]}", **parts}
        (self.folder / "settings.py").write_text(SETTINGS.format(apps=self.apps, database=database))
        return self

    def environment(self):
        return {**os.environ, "VIRTUAL_ENV": str(pathlib.Path(self.python).parents[1]), "PYTHONDONTWRITEBYTECODE": "1",
                "NO_COLOR": "1"}

    def command(self, *words):
        return dict(args=[self.inchworm, words[0], "--url", self.url, *words[1:]], cwd=self.folder, env=self.environment(),
                    text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run(self, *words, expect=0):
        ran = subprocess.run(**self.command(*words), timeout=120)
        assert ran.returncode == expect, (ran.returncode, ran.stdout + ran.stderr)
        return ran.stdout + ran.stderr

    def start(self, *words):
        return subprocess.Popen(**self.command(*words))

    def manage(self, *words, expect=0):
        ran = subprocess.run([self.python, "manage.py", *words], cwd=self.folder, env=self.environment(), text=True,
                             capture_output=True)
        assert ran.returncode == expect, ran.stdout + ran.stderr
        return ran.stdout + ran.stderr

    def query(self, text):
        if self.server:
            return self.server.sql(text, self.url)
        with sqlite3.connect(self.url[7:]) as connection:
            return "\n".join("\t".join(map(str, row)) for row in connection.execute(text))

    def catalogue(self):
        """What there is, but for Inchworm's own table and texts that only Django's order of columns changes."""
        return project.catalogue(self.server, self.url if self.server else f"file:{self.url[7:]}")

    def applied(self):
        return self.query("SELECT name FROM django_migrations ORDER BY id").split()
