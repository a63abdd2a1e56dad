"""kill -9 of `up` at every event it reports: the next run finishes, and the end is that of an undisturbed run."""

import signal
import subprocess
import sys
import pathlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import project

POSTGRES = {
    "20240101000000_tables": 'CREATE TYPE "mood" AS ENUM (\'sad\', \'ok\');\n'
                             'CREATE TABLE "users" ("id" SERIAL PRIMARY KEY, "name" TEXT NOT NULL);\n'
                             'CREATE TABLE "posts" ("id" SERIAL PRIMARY KEY, "user_id" INTEGER REFERENCES "users"("id"));\n'
                             'INSERT INTO "users" ("name") SELECT \'u\' || i FROM generate_series(1, 1000) i;\n',
    "20240102000000_index": 'ALTER TABLE "users" ADD COLUMN "email" TEXT;\n'
                            'CREATE INDEX CONCURRENTLY "users_name_idx" ON "users"("name");\n'
                            'CREATE UNIQUE INDEX CONCURRENTLY "users_email_key" ON "users"("email");\n'
                            'UPDATE "users" SET "email" = "name" || \'@example.org\';\n',
    "20240103000000_enum": 'ALTER TYPE "mood" ADD VALUE \'happy\';\nALTER TABLE "users" ADD COLUMN "mood" "mood";\n',
}
POSTGRES_DATA = 'SELECT count(*), count(DISTINCT "email"), min("email") FROM "users"'

MARIADB = {
    "20240101000000_tables": "CREATE TABLE `users` (`id` INTEGER NOT NULL AUTO_INCREMENT, `name` VARCHAR(191) NOT NULL,"
                             " `visits` INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (`id`));\n"
                             "INSERT INTO `users` (`name`) VALUES ('a'), ('b'), ('c');\n"
                             "CREATE TABLE `posts` (`id` INTEGER NOT NULL AUTO_INCREMENT, `userId` INTEGER NULL, PRIMARY KEY (`id`));\n",
    "20240102000000_more": "ALTER TABLE `posts` ADD CONSTRAINT `posts_userId_fkey` FOREIGN KEY (`userId`) REFERENCES `users`(`id`);\n"
                           "UPDATE `users` SET `visits` = `visits` + 1;\n"
                           "ALTER TABLE `users` ADD INDEX (`name`);\n"
                           "ALTER TABLE `users` ADD COLUMN `email` VARCHAR(191) NULL, DROP COLUMN `name`;\n"
                           "UPDATE `users` SET `visits` = `visits` + 10;\n"
                           "CREATE UNIQUE INDEX `users_email_key` ON `users`(`email`);\n"
                           "RENAME TABLE `posts` TO `articles`;\n",
}
MARIADB_DATA = "SELECT count(*), sum(`visits`) FROM `users`"

SQLITE = {
    "20240101000000_tables": 'CREATE TABLE "users" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "name" TEXT NOT NULL);\n'
                             'CREATE TABLE "posts" ("id" INTEGER NOT NULL PRIMARY KEY, "userId" INTEGER NOT NULL,'
                             ' FOREIGN KEY ("userId") REFERENCES "users" ("id") ON DELETE CASCADE);\n'
                             'INSERT INTO "users" ("name") VALUES (\'a\'), (\'b\');\nINSERT INTO "posts" VALUES (1, 1), (2, 2);\n',
    "20240102000000_rebuild": 'PRAGMA foreign_keys=OFF;\nCREATE TABLE "new_users" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,'
                              ' "name" TEXT NOT NULL, "email" TEXT);\nINSERT INTO "new_users" ("id", "name") SELECT "id", "name" FROM "users";\n'
                              'DROP TABLE "users";\nALTER TABLE "new_users" RENAME TO "users";\nPRAGMA foreign_keys=ON;\n',
}


def killed_after(inchworm, folder, url, events):
    """Starts `up --json` and kills it as soon as it has reported that many events. True when it was killed."""
    process = project.start(inchworm, folder, url, "up", "--json")
    for _ in range(events):
        if not process.stdout.readline():
            break
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return process.returncode == -signal.SIGKILL


def count_events(inchworm, folder, url):
    result = project.run(inchworm, folder, url, "up", "--json")
    assert result.returncode == 0, result.stdout + result.stderr
    return len(result.stdout.splitlines())


def finish(inchworm, folder, url):
    result = project.run(inchworm, folder, url, "up")
    assert result.returncode == 0, result.stdout + result.stderr
    assert project.status(inchworm, folder, url)["upToDate"]


def check_every_event(inchworm, folder, server, fresh_url, data):
    undisturbed = fresh_url()
    events = count_events(inchworm, folder, undisturbed)
    expected = (project.catalogue(server, undisturbed), project.bookkeeping(server, undisturbed), data(undisturbed))
    assert "_inchworm" not in expected[0]
    killed = 0
    for number in range(1, events + 1):
        url = fresh_url()
        killed += killed_after(inchworm, folder, url, number)
        finish(inchworm, folder, url)
        found = (project.catalogue(server, url), project.bookkeeping(server, url), data(url))
        assert found == expected, f"after a kill at event {number}:\n{found}\nwanted\n{expected}"
    assert killed > events / 2, f"only {killed} of {events} runs were killed in time"


def test_postgres_up_survives_a_kill_at_every_event(inchworm, postgres15, tmp_path):
    folder = project.prisma(tmp_path, "postgres", POSTGRES)
    check_every_event(inchworm, folder, postgres15, postgres15.fresh_database, lambda url: postgres15.sql(POSTGRES_DATA, url))


def test_mariadb_up_survives_a_kill_at_every_event(inchworm, mariadb, tmp_path):
    folder = project.prisma(tmp_path, "mysql", MARIADB)
    check_every_event(inchworm, folder, mariadb, mariadb.fresh_database, lambda url: mariadb.sql(MARIADB_DATA, url))


def test_sqlite_up_survives_a_kill_at_every_event(inchworm, tmp_path):
    import sqlite3
    folder = project.prisma(tmp_path, "sqlite", SQLITE)
    numbers = iter(range(1000))

    def data(url):
        with sqlite3.connect(url[5:]) as connection:
            return connection.execute("SELECT * FROM posts").fetchall()

    check_every_event(inchworm, folder, None, lambda: f"file:{tmp_path}/{next(numbers)}.db", data)


def test_an_edited_prefix_is_refused_and_a_mended_statement_goes_on(inchworm, mariadb, tmp_path):
    folder = project.prisma(tmp_path, "mysql", {"20240101000000_a": "CREATE TABLE `a` (`x` INTEGER);\nCREATE TABLE `b` (`x` NONSENSE);\n"})
    url = mariadb.fresh_database()
    failed = project.run(inchworm, folder, url, "up")
    assert failed.returncode in (7, 3), failed.stdout + failed.stderr
    assert "goes on there" in failed.stderr
    project.prisma(tmp_path, "mysql", {"20240101000000_a": "CREATE TABLE `a` (`y` INTEGER);\nCREATE TABLE `b` (`x` INTEGER);\n"})
    refused = project.run(inchworm, folder, url, "up")
    assert refused.returncode == 14 and "was edited after 1 of its statements" in refused.stderr, refused.stderr
    project.prisma(tmp_path, "mysql", {"20240101000000_a": "CREATE TABLE `a` (`x` INTEGER);\nCREATE TABLE `b` (`x` INTEGER);\n"})
    finish(inchworm, folder, url)
    rows = project.bookkeeping(mariadb, url).splitlines()
    assert len(rows) == 2, rows  # Prisma's failed row, rolled back, and the finished one
