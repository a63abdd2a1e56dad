"""Where code still uses a table or a column: written projects of every kind, whose lines say what is expected of them.

A line of a project that ends in "certain", "likely" or "possible" behind a comment sign is where a reference must be found,
with that certainty; there must be no other certain or likely one.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import django_project
import project

MARK = re.compile(r"(?:#|//|--|<!--|\{#)\s*(certain|likely|possible)\b")


def write(folder, files):
    for name, text in files.items():
        path = pathlib.Path(folder) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def refs(inchworm, folder, target, *arguments, expect=None):
    environment = {**os.environ, "NO_COLOR": "1"}
    done = subprocess.run([inchworm, "refs", target, "--code", ".", *arguments], cwd=folder, env=environment,
                          capture_output=True, text=True, timeout=120)
    assert expect is None or done.returncode == expect, (done.returncode, done.stdout, done.stderr)
    assert done.returncode in (0, 1, 2), (done.returncode, done.stderr)
    return done.stdout


def expected(folder):
    marks = {}
    for path in sorted(pathlib.Path(folder).rglob("*")):
        for number, line in enumerate(path.read_text().splitlines() if path.is_file() else [], 1):
            found = MARK.search(line)
            if found is not None:
                marks[(str(path.relative_to(folder)), number)] = found.group(1)
    return marks


def check(inchworm, folder, target):
    report = json.loads(refs(inchworm, folder, target, "--json", "--all"))
    found = {}
    for one in report["references"]:
        place = (one["place"]["file"], one["place"]["line"])
        order = ["possible", "likely", "certain"]
        found[place] = max(found.get(place, "possible"), one["certainty"], key=order.index)
    wanted = expected(folder)
    wrong = {place: (what, found.get(place)) for place, what in wanted.items() if found.get(place) != what}
    assert not wrong, wrong
    more = {place: what for place, what in found.items() if place not in wanted and what != "possible"}
    assert not more, more
    return report


# ------------------------------------------------------------------------------------------------------------ Django

DJANGO = {
    "manage.py": "",
    "shop/__init__.py": "",
    "shop/models.py": '''
from django.contrib.auth.models import AbstractUser
from django.db import models


class Stamped(models.Model):
    created = models.DateTimeField()

    class Meta:
        abstract = True


class User(AbstractUser):
    nick = models.TextField(db_column="nick_name")  # certain

    class Meta:
        ordering = ["-nick"]  # certain

    def greet(self):
        return "Hello " + self.nick  # certain


class Order(Stamped):
    user = models.ForeignKey(User, related_name="orders", on_delete=models.CASCADE)
    nick = models.TextField()

    def owner(self):
        return self.user.nick  # certain

    def own(self):
        return self.nick
''',
    "shop/views.py": '''
from django.contrib.auth import get_user_model
from django.db.models import Count, F, Q
from django.shortcuts import get_object_or_404

from .models import Order, User


def by_name(request, name):
    user = get_object_or_404(User, pk=1)
    user.nick = name  # certain
    found = User.objects.filter(nick__iexact=name).order_by("-nick")  # certain
    found = found.exclude(Q(nick="") | Q(email=F("nick")))  # certain
    names = User.objects.values_list("id", "nick")  # certain
    orders = Order.objects.filter(user__nick=name).select_related("user")  # certain
    for order in orders:
        print(order.user.nick, order.nick)  # certain
    Order.objects.filter(nick=name).values("nick")
    User.objects.filter(orders__nick=name)
    User(nick=name).save(update_fields=["nick"])  # certain
    get_user_model().objects.create(nick=name)  # certain
    print(request.user.nick)  # certain
    print(getattr(user, "nick"))  # certain
    print([one.nick for one in User.objects.all()])  # certain
    print({one.nick: one for one in Order.objects.all()})
    user.nick()
    return find().nick  # likely


def typed(user: User, others: "list[User]", order: Order | None):
    for other in others:
        print(other.nick)  # certain
    return user.nick, order.nick  # certain


async def later():
    one = await User.objects.filter(pk=1).afirst()
    return one.nick  # certain
''',
    "shop/admin.py": '''
from django.contrib import admin
from rest_framework import serializers

from shop import models
from shop.models import User


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    list_display = ["id", "nick"]  # certain
    search_fields = ("nick",)  # certain

    def shout(self, obj):
        return obj.nick.upper()  # certain


class OrderAdmin(admin.ModelAdmin):
    model = models.Order
    list_display = ["nick", "user__nick"]  # certain


class UserSerializer(serializers.ModelSerializer):
    class Meta:
        model = User
        fields = ["id", "nick"]  # certain


class OwnSerializer(serializers.ModelSerializer):
    nick = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields = ["nick"]
''',
    "shop/other.py": '''
class Cat:
    def __init__(self, nick):
        self.nick = nick


def call(cat, user):
    print(cat.nick)  # possible
    print(user.nick)  # likely
''',
    "shop/raw.py": '''
from django.db import connection

with connection.cursor() as cursor:
    cursor.execute("SELECT u.nick_name FROM shop_user u JOIN shop_order o ON o.user_id = u.id")  # certain
    cursor.execute("SELECT o.nick_name FROM shop_user u JOIN shop_order o ON o.user_id = u.id")
    cursor.execute(f"UPDATE shop_user SET nick_name = %s WHERE id = {4}")  # certain
    cursor.execute("SELECT nick_name FROM shop_user, shop_order")  # likely
    cursor.execute("SELECT nick_name FROM other")
    print("Update the nick_name of a shop_user")
''',
    "shop/migrations/0001_initial.py": "from shop.models import User\nUser.objects.filter(nick=1)\n",
    "templates/user.html": '''<p>{{ user.nick }}</p> <!-- likely -->
<p>{{ cat.nick }}</p> <!-- possible -->
<p>user.nick</p>
{% if request.user.nick %}<!-- likely -->
{% endif %}
''',
    "node_modules/x/index.py": "from shop.models import User\nUser.objects.filter(nick=1)\n",
    "ignored/x.py": "from shop.models import User\nUser.objects.filter(nick=1)\n",
    ".gitignore": "ignored/\n",
}


def test_django_fields_are_found_by_their_own_names(inchworm, tmp_path):
    report = check(inchworm, write(tmp_path, DJANGO), "shop_user.nick_name")
    assert report["certain"] == 28 and report["table"] == "shop_user" and report["column"] == "nick_name", report["certain"]


def test_a_foreign_key_is_found_by_both_of_its_names(inchworm, tmp_path):
    write(tmp_path, {
        "shop/models.py": '''
from django.db import models


class User(models.Model):
    name = models.TextField()


class Order(models.Model):
    user = models.ForeignKey("shop.User", on_delete=models.CASCADE, related_name="orders")  # certain
''',
        "shop/views.py": '''
from shop.models import Order, User


def f(order: Order):
    print(order.user_id, order.user.name)  # certain
    Order.objects.filter(user=1)  # certain
    Order.objects.filter(user_id=1)  # certain
    Order.objects.filter(user__name="x").select_related("user")  # certain
    User.objects.filter(name="x")
'''})
    check(inchworm, tmp_path, "shop_order.user_id")


def test_a_column_that_the_models_no_longer_have_is_found_by_its_name(inchworm, tmp_path):
    write(tmp_path, {
        "shop/models.py": '''
from django.db import models


class User(models.Model):
    name = models.TextField()

    @property
    def age(self):
        return 1
''',
        "shop/views.py": '''
from shop.models import User

User.objects.filter(nick="x")  # certain
User.objects.annotate(nick2=1).filter(nick2="x")
User.objects.get().age
'''})
    check(inchworm, tmp_path, "shop_user.nick")
    assert refs(inchworm, tmp_path, "shop_user.age", expect=0)
    assert refs(inchworm, tmp_path, "shop_user.nick2", expect=0)


def test_a_table_is_found_by_its_class(inchworm, tmp_path):
    write(tmp_path, {
        "shop/models.py": "from django.db import models\n\n\nclass User(models.Model):  # certain\n    pass\n",
        "shop/views.py": "from shop.models import User  # certain\n\nUser.objects.all()  # certain\n",
        "shop/raw.py": "x = 'DELETE FROM shop_user WHERE id = 1'  # certain\ny = 'shop_user'\n",
    })
    check(inchworm, tmp_path, "shop_user")


def test_a_class_that_is_gone_is_found_by_its_name(inchworm, tmp_path):
    write(tmp_path / "py", {
        "shop/models.py": "from django.db import models\n\n\nclass User(models.Model):\n    pass\n",
        "shop/views.py": "from shop.models import OldUser, User  # certain\nfrom other.models import OldUser as Other\n",
        "shop/urls.py": "from .models import OldUser  # certain\n"})
    check(inchworm, tmp_path / "py", "shop_olduser")
    write(tmp_path / "js", {
        "schema.prisma": "model User {\n  id Int @id\n}\n",
        "a.ts": "await prisma.oldUser.findMany(); // certain\nawait prisma.user.findMany();\noldUser.name;\n"})
    check(inchworm, tmp_path / "js", "OldUser")


# -------------------------------------------------------------------------------------------------------- SQLAlchemy

SQLALCHEMY = {
    "app/models.py": '''
from sqlalchemy import Column, ForeignKey, MetaData, String, Table
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    nick: Mapped[str] = mapped_column("nick_name", String)  # certain
    posts = relationship("Post", back_populates="author")


class Post(Base):
    __tablename__ = "posts"
    id = Column(primary_key=True)
    nick = Column(String)
    author_id = Column(ForeignKey("users.id"))
    author_nick = Column(ForeignKey("users.nick_name"))  # certain
    author = relationship("User", back_populates="posts")


people = Table("people", MetaData(), Column("nick", String))
''',
    "app/main.py": '''
from sqlalchemy import select, text, update
from app.models import Post, User, people


def work(session):
    session.query(User).filter(User.nick == "x").order_by(User.nick.desc())  # certain
    session.query(User).filter_by(nick="x")  # certain
    user = session.get(User, 1)
    user.nick = "x"  # certain
    for one in session.scalars(select(User).where(User.id > 1)):
        print(one.nick)  # certain
    post = session.query(Post).first()
    print(post.nick, post.author.nick)  # certain
    session.execute(update(User).values(nick="y"))  # certain
    session.add(User(nick="z"))  # certain
    session.execute(text("SELECT nick_name FROM users"))  # certain
    print(people.c.nick, Post.nick)
    return session.thing().nick  # likely
''',
}


def test_sqlalchemy_attributes_are_found(inchworm, tmp_path):
    check(inchworm, write(tmp_path, SQLALCHEMY), "users.nick_name")


def test_a_table_object_of_sqlalchemy_is_found(inchworm, tmp_path):
    write(tmp_path, {
        "app/tables.py": 'import sqlalchemy as sa\n\npeople = sa.Table("people", meta, sa.Column("nick", sa.Text))\n',
        "app/main.py": 'from app.tables import people\n\nprint(people.c.nick)  # certain\n'
                       'print(people.select().where(people.c.nick == 1))  # certain\n'})
    check(inchworm, tmp_path, "people.nick")


# ------------------------------------------------------------------------------------------------------------ Prisma

PRISMA = {
    "prisma/schema.prisma": '''
model User {
  id    Int    @id
  nick  String @map("nick_name") // certain
  posts Post[]

  @@index([nick]) // certain
  @@map("users")
}

model Post {
  id       Int    @id
  nick     String
  author   User   @relation(fields: [authorId], references: [id])
  authorId Int
}
''',
    "src/users.ts": '''
import { PrismaClient, User } from "@prisma/client";

const prisma = new PrismaClient();

export async function work(name: string, nick: string) {
  const user = await prisma.user.findUnique({ where: { id: 1 }, select: { id: true, nick: true } }); // certain
  console.log(user?.nick); // certain
  const posts = await prisma.post.findMany({
    where: { nick: "x", author: { nick: "x" } }, // certain
    include: { author: { select: { nick: true } } }, // certain
  });
  console.log(posts[0].nick, posts[0].author.nick); // certain
  posts.map((post) => post.author.nick); // certain
  const users = await prisma.user.findMany({
    orderBy: [{ nick: "asc" }], // certain
    distinct: ["nick"], // certain
  });
  for (const one of users) {
    console.log(one.nick); // certain
  }
  users.filter((one) => one.nick !== ""); // certain
  await prisma.user.create({
    data: {
      nick, // certain
      posts: { create: { nick: "z" } },
    },
  });
  await db.selectFrom("users").where("users.nick_name", "=", 1); // certain
  await prisma.$queryRaw`SELECT nick_name FROM users WHERE id = ${user.id}`; // certain
  const { nick: other, id } = user; // certain
  const elsewhere = { nick: 1 };
  return foo().nick; // likely
}

export const show = (user: User) => user.nick; // certain
export const other = (one) => one.nick; // likely
export function third(posts) { return posts.nick; } // possible
''',
    "src/other.tsx": '''
export const Card = ({ cat, user }) => <div title="it's">{cat.nick}{user.nick}</div>; // likely
''',
    "src/App.vue": '''<template><p :title="user.nick">{{ user.nick }}</p></template> <!-- likely -->
<script>export default { name: "App" }</script>
''',
}


def test_prisma_fields_are_found_in_calls_of_the_client(inchworm, tmp_path):
    check(inchworm, write(tmp_path, PRISMA), "users.nick_name")


# ----------------------------------------------------------------------------------------------------------- Drizzle

DRIZZLE = {
    "src/schema.ts": '''
import { integer, pgTable, text } from "drizzle-orm/pg-core";

export const users = pgTable("users", {
  id: integer("id").primaryKey(),
  nick: text("nick_name").notNull(), // certain
});
export const posts = pgTable("posts", {
  id: integer().primaryKey(),
  nick: text(),
});
''',
    "src/main.ts": '''
import { eq, sql } from "drizzle-orm";
import { db } from "./db";
import * as schema from "./schema";
import { posts, users } from "./schema";

export async function work() {
  await db.select({ a: users.nick }).from(users).where(eq(users.nick, "x")); // certain
  await db.select({ a: posts.nick }).from(posts);
  await db.insert(users).values({ id: 1, nick: "x" }); // certain
  await db.insert(posts).values({ id: 1, nick: "x" });
  await db.update(users).set({ nick: "y" }).where(eq(users.id, 1)); // certain
  const one = await db.query.users.findFirst({ columns: { nick: true } }); // certain
  console.log(one.nick); // certain
  console.log(schema.users.nick); // certain
  const rows = await db.select().from(users).where(eq(users.id, 1));
  console.log(rows[0].nick, rows.map((row) => row.nick)); // certain
  const [first] = await db.select().from(users);
  console.log(first.nick, elsewhere().nick); // certain
  console.log(user.nick, newUser.nick, post.nick); // likely
  await db.execute(sql`SELECT nick_name FROM users`); // certain
}
''',
}


def test_drizzle_columns_are_found(inchworm, tmp_path):
    check(inchworm, write(tmp_path, DRIZZLE), "users.nick_name")


# ---------------------------------------------------------------------------------------------------- other languages


def test_sql_is_found_in_files_and_in_strings_of_any_language(inchworm, tmp_path):
    write(tmp_path, {
        "queries/a.sql": "SELECT nick FROM users; -- certain\nSELECT nick FROM other;\n-- SELECT nick FROM users\n"
                         "INSERT INTO users (id, nick)\nVALUES (1, 'nick');\n",
        "main.go": 'package main\n\nvar q = `SELECT id\nFROM users WHERE nick = $1` // certain\n',
        "app.rb": 'User.where("x").find_by_sql("SELECT nick FROM users") # certain\nputs "nick"\n',
        "A.java": 'class A { String q = """\n  select u.nick from users u\n  """; } // other\n'})
    text = json.loads(refs(inchworm, tmp_path, "users.nick", "--json"))
    places = sorted((one["place"]["file"], one["place"]["line"], one["place"]["column"]) for one in text["references"])
    assert places == [("A.java", 2, 12), ("app.rb", 1, 37), ("main.go", 4, 18), ("queries/a.sql", 1, 8),
                      ("queries/a.sql", 4, 24)], places


def test_it_is_said_where_with_a_caret_and_what_was_not_read(inchworm, tmp_path):
    write(tmp_path, {"a.sql": "SELECT nick FROM users;\n"})
    (tmp_path / "b.sql").write_bytes(b"SELECT nick FROM users\0")
    (tmp_path / "c.sql").write_text("-- nick\n" * 700000)
    text = refs(inchworm, tmp_path, "users.nick", expect=1)
    assert "certain: SQL\n  --> a.sql:1:8\n    1 | SELECT nick FROM users;\n      |        ^~~~\n" in text, text
    assert "not read: b.sql: no text" in text and "not read: c.sql: larger than 4 MB" in text, text
    assert "users.nick: 1 certain, 0 likely, 0 possible in 1 file of" in text, text


def test_what_is_not_used_ends_with_zero_and_nonsense_with_two(inchworm, tmp_path):
    write(tmp_path, {"a.py": "x = thing.nick\n"})
    assert "1 possible" in refs(inchworm, tmp_path, "users.nick", expect=0)
    assert "possible: attribute" in refs(inchworm, tmp_path, "users.nick", "--all", expect=0)
    for target in ("", "a.b.c.d", "a..b"):
        refs(inchworm, tmp_path, target, expect=2)
    done = subprocess.run([inchworm, "refs"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 2 and "one table or column" in done.stderr, done.stderr


def test_broken_and_odd_files_do_no_harm(inchworm, tmp_path):
    write(tmp_path, {
        "a.py": "def f(:\n    'SELECT nick FROM users'\n", "b.ts": "const { nick } = `${ {nick} ", "c.tsx": "<a>it's nick</a>",
        "d.prisma": "model User {\n  nick String @map(\n", "e.ts": "pgTable('users', { nick: text('", "f.vue": "'" * 1000 + "nick",
        "g.sql": "SELECT nick FROM", "h.py": "x." * 3000 + "nick", "i.html": "{{ user.nick", "j.ts": "`" + "${`" * 200 + "nick"})
    os.symlink(tmp_path, tmp_path / "loop")
    report = json.loads(refs(inchworm, tmp_path, "users.nick", "--json", "--all"))
    assert report["certain"] >= 1 and not report["skipped"], report


def test_five_thousand_files_are_read_in_a_moment(inchworm, tmp_path):
    body = "".join(f"def f{i}(user):\n    return user.name, other.thing({i})\n\n\n" for i in range(60))
    for index in range(5000):
        path = tmp_path / f"p{index % 50}"
        path.mkdir(exist_ok=True)
        (path / f"m{index}.py").write_text("from app.models import User\n\n\n" + body)
    start = time.monotonic()
    refs(inchworm, tmp_path, "users.nick", expect=0)
    # With ASan; the program that users have takes a fifth of a second (docs/refs.md).
    assert time.monotonic() - start < 20


# -------------------------------------------------------------------------------------------------------------- lint


def lint(inchworm, folder, *arguments):
    done = project.run(inchworm, folder, "postgresql://u@localhost/x", "lint", "--json", *arguments)
    assert done.returncode in (0, 1), (done.returncode, done.stderr)
    return [one for one in json.loads(done.stdout)["findings"] if one["rule"] == "dropped-but-used"]


def test_lint_says_where_what_is_dropped_is_still_used(inchworm, tmp_path):
    project.prisma(tmp_path, "postgres", {
        "1_a": 'CREATE TABLE "User" (id int PRIMARY KEY, nick text, age int);\n',
        "2_b": 'ALTER TABLE "User" DROP COLUMN "nick";\nALTER TABLE "User" DROP COLUMN "age";\n'})
    schema = tmp_path / "prisma/schema.prisma"
    schema.write_text(schema.read_text() + "model User {\n  id Int @id\n}\n")
    write(tmp_path, {"src/a.ts": "await prisma.user.findMany({ select: { nick: true } });\nuser.age;\n"})
    found = lint(inchworm, tmp_path)
    assert [one["message"] for one in found] == ['"User.nick" is dropped and is still used: src/a.ts:1:40'], found
    assert found[0]["severity"] == "warning" and found[0]["place"]["line"] == 1 and found[0]["migration"] == "2_b", found
    found = lint(inchworm, tmp_path, "2_b")
    assert [one["severity"] for one in found] == ["warning", "note"], found
    assert found[1]["message"] == '"User.age" is dropped and probably still used: src/a.ts:2:6', found


def test_a_field_of_django_is_found_by_the_name_that_the_migration_gives_it(inchworm, tmp_path):
    head = "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n"
    django_project.write(tmp_path, ["shop"], [])
    write(tmp_path, {
        "shop/migrations/0001_initial.py": head + "    operations = [migrations.CreateModel('User', [\n"
            "        ('id', models.BigAutoField(primary_key=True)), ('nick', models.TextField(db_column='old_nick'))])]\n",
        "shop/migrations/0002_drop.py": head + "    dependencies = [('shop', '0001_initial')]\n"
            "    operations = [migrations.RemoveField(model_name='user', name='nick')]\n",
        "shop/models.py": "from django.db import models\n\n\nclass User(models.Model):\n    pass\n",
        "shop/views.py": "from shop.models import User\n\nUser.objects.filter(nick=1)\n"})
    found = lint(inchworm, tmp_path, "--dialect", "postgres")
    assert [one["message"] for one in found] == ['"shop_user.old_nick" is dropped and is still used: shop/views.py:3:21'], found
    assert found[0]["place"]["file"] == "shop/migrations/0002_drop.py", found


def test_what_comes_back_is_not_gone(inchworm, tmp_path):
    project.prisma(tmp_path, "postgres", {
        "1_a": 'CREATE TABLE "User" (id int PRIMARY KEY, nick text);\n',
        "2_b": 'ALTER TABLE "User" DROP COLUMN "nick";\n', "3_c": 'ALTER TABLE "User" ADD COLUMN "nick" text;\n'})
    schema = tmp_path / "prisma/schema.prisma"
    schema.write_text(schema.read_text() + "model User {\n  id Int @id\n  nick String?\n}\n")
    assert lint(inchworm, tmp_path) == [] and lint(inchworm, tmp_path, "2_b") == []


def test_what_a_branch_drops_is_looked_for(inchworm, tmp_path):
    project.prisma(tmp_path, "postgres", {
        "1_a": 'CREATE TABLE "User" (id int PRIMARY KEY, nick text, age int);\n', "2_b": 'ALTER TABLE "User" DROP COLUMN "age";\n'})
    write(tmp_path, {"src/a.ts": "await prisma.user.findMany({ select: { nick: true } });\n", "src/b.sql": 'SELECT age FROM "User";\n'})
    schema = tmp_path / "prisma/schema.prisma"
    schema.write_text(schema.read_text() + "model User {\n  id Int @id\n  nick String?\n}\n")
    for command in (["init", "-q"], ["add", "."], ["-c", "user.name=a", "-c", "user.email=a@localhost", "commit", "-qm", "x"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True, capture_output=True)
    project.prisma(tmp_path, "postgres", {"3_c": 'ALTER TABLE "User" DROP COLUMN "nick";\n', "4_d": "CREATE TABLE x (id int);\n"})
    schema.write_text(schema.read_text() + "model User {\n  id Int @id\n  nick String?\n}\n")
    found = lint(inchworm, tmp_path, "--since", "HEAD")
    assert [one["migration"] for one in found] == ["3_c"], found
    assert "prisma/schema.prisma:7:3, src/a.ts:1:40" in found[0]["message"], found


def test_the_rule_can_be_switched_off(inchworm, tmp_path):
    project.prisma(tmp_path, "postgres", {
        "1_a": 'CREATE TABLE "User" (id int PRIMARY KEY, nick text);\n', "2_b": 'ALTER TABLE "User" DROP COLUMN "nick";\n'})
    write(tmp_path, {"src/a.sql": 'SELECT nick FROM "User";\n', "inchworm.yaml": "lint:\n  dropped-but-used: error\n"})
    assert [one["severity"] for one in lint(inchworm, tmp_path)] == ["error"]
    write(tmp_path, {"inchworm.yaml": "lint:\n  dropped-but-used: off\n"})
    assert lint(inchworm, tmp_path) == []
