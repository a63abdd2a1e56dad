"""Expressions of PostgreSQL: what an author writes and what the server prints for it have one normal form.

usage: test_postgres_expressions.py DUMP_OPERATIONS [VERSION ...]

Every expression below is put into a default, a check, an index or a generated column of a real server; the catalogue's
own text of it (pg_get_expr, pg_get_constraintdef, pg_get_indexdef) must read as equal to the author's.
"""

import json
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import servers

COLUMNS = """
    id int, small smallint, big bigint, qty int, price numeric(10,2), total numeric, ratio double precision, r4 real,
    name varchar(50), code char(3), email text, status varchar(20), body text, flag boolean, active boolean,
    d date, ts timestamp, tstz timestamptz, t time, span interval, data jsonb, doc json, tags text[], nums int[],
    uid uuid, ip inet, mood mood, period tstzrange, created_at timestamptz, updated_at timestamptz, start_at timestamp,
    end_at timestamp, first_name varchar(20), last_name varchar(20), addr address
"""

PREAMBLE = """
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TYPE address AS (street text, zip int);
CREATE DOMAIN plus AS int CHECK (VALUE > 0);
CREATE SEQUENCE numbers;
CREATE FUNCTION answer() RETURNS int LANGUAGE sql AS 'SELECT 42';
"""

# (type of the column, the default as written)
DEFAULTS = [
    ("int", "0"), ("int", "'0'"), ("int", "-1"), ("int", "(-1)"), ("int", "+1"), ("int", "(1 + 2) * 3"),
    ("int", "nextval('numbers')"), ("int", "nextval('public.numbers'::regclass)"), ("int", "answer()"),
    ("int", "public.answer()"), ("bigint", "0"), ("bigint", "'5'"), ("bigint", "5::bigint"),
    ("bigint", "(EXTRACT(epoch FROM now()) * 1000)"), ("smallint", "1"), ("numeric", "0"), ("numeric", "0.00"),
    ("numeric", "'0.00'"), ("numeric(10,2)", "1.50"), ("numeric(10,2)", "-1.5"), ("numeric", ".5"), ("numeric", "1e3"),
    ("double precision", "0"), ("double precision", "1.5"), ("double precision", "'1.5'"), ("real", "1"),
    ("boolean", "true"), ("boolean", "'true'"), ("boolean", "'t'"), ("boolean", "FALSE"), ("boolean", "'f'"),
    ("boolean", "'no'"), ("boolean", "true::boolean"), ("boolean", "(1 = 1)"), ("boolean", "(NOT true)"),
    ("text", "''"), ("text", "'x'"), ("text", "'it''s'"), ("text", "E'a\\\\b\\t'"), ("text", "'x'::text"),
    ("text", "'true'"), ("text", "'10'"), ("text", "'a' || 'b'"), ("text", "U&'\\0041'"), ("text", "$$dollar$$"),
    ("text", "upper('abc')"), ("text", "concat('a', 1)"), ("text", "CURRENT_USER"), ("text", "session_user"),
    ("text", "current_setting('app.x', true)"), ("text", "(gen_random_uuid())::text"), ("text", "md5(random()::text)"),
    ("text", "substring(md5(random()::text) from 1 for 8)"), ("text", "to_char(now(), 'YYYY')"),
    ("varchar(20)", "'new'"), ("varchar(20)", "'new'::varchar"), ("varchar(20)", "'new'::character varying(20)"),
    ("varchar", "now()"), ("char(3)", "'EUR'"), ("\"char\"", "'x'"), ("name", "'n'"),
    ("date", "CURRENT_DATE"), ("date", "now()"), ("date", "'2020-01-01'"), ("date", "date '2020-01-01'"),
    ("date", "(now() + interval '7 days')::date"), ("date", "CURRENT_DATE + 30"),
    ("timestamp", "now()"), ("timestamp", "CURRENT_TIMESTAMP"), ("timestamp(3)", "CURRENT_TIMESTAMP(3)"),
    ("timestamp(3)", "CURRENT_TIMESTAMP"), ("timestamp", "LOCALTIMESTAMP"), ("timestamp", "(now() at time zone 'utc')"),
    ("timestamp", "timezone('utc', now())"), ("timestamp", "timezone('utc'::text, now())"), ("timestamp", "'2020-01-01'"),
    ("timestamp", "'2020-01-01 00:00:00'"), ("timestamp", "'2020-01-01T10:11:12'"), ("timestamp", "now()::timestamp"),
    ("timestamptz", "now()"), ("timestamptz", "CURRENT_TIMESTAMP"), ("timestamptz", "transaction_timestamp()"),
    ("timestamptz", "clock_timestamp()"), ("timestamptz", "now() + interval '1 hour'"),
    ("timestamptz", "now() + '30 minutes'::interval"), ("timestamptz", "now() - interval '1 day'"),
    ("timestamptz", "date_trunc('day', now())"), ("timestamptz", "'infinity'"),
    ("timestamptz", "'2020-01-01 10:00:00+00'"), ("time", "CURRENT_TIME"), ("time", "'10:00'"), ("time", "LOCALTIME"),
    ("interval", "'1 day'"), ("interval", "interval '1 hour 30 minutes'"), ("interval", "'1 year 2 mons'"),
    ("interval", "'90 minutes'"), ("interval", "'1 week'"), ("interval", "interval '1' day"),
    ("interval", "make_interval(days => 10)"), ("uuid", "gen_random_uuid()"),
    ("uuid", "'00000000-0000-0000-0000-00000000ABCD'"), ("jsonb", "'{}'"), ("jsonb", "'[]'"), ("jsonb", "'{}'::jsonb"),
    ("jsonb", "'{\"b\": 1, \"a\":[1,2]}'"), ("jsonb", "jsonb_build_object('a', 1)"), ("json", "'{\"b\": 1, \"a\":2}'"),
    ("jsonb", "'null'"), ("jsonb", "'\"x\"'"), ("jsonb", "'1'"), ("text[]", "'{}'"), ("text[]", "ARRAY[]::text[]"),
    ("text[]", "ARRAY['a', 'b']"), ("text[]", "'{a, b}'"), ("text[]", "array['a'::varchar, 'b']"),
    ("int[]", "'{1,2}'"), ("int[]", "ARRAY[1,2]"), ("int[]", "'{}'::int[]"), ("varchar(10)[]", "ARRAY['a']"),
    ("mood", "'ok'"), ("mood", "'ok'::mood"), ("mood", "'ok'::public.mood"), ("mood[]", "ARRAY['ok','sad']::mood[]"),
    ("plus", "5"), ("bytea", "'\\x00ff'"), ("bit(3)", "B'101'"), ("bit varying(8)", "'0011'"), ("bit(8)", "X'1F'"),
    ("inet", "'127.0.0.1'"), ("cidr", "'10.0.0.0/8'"), ("point", "'(1,2)'"), ("regclass", "'pg_class'"),
    ("int4range", "'[1,5)'"), ("int4range", "int4range(1, 5)"), ("tsvector", "''"), ("xml", "'<a/>'"),
    ("text", "CASE WHEN true THEN 'a' ELSE 'b' END"), ("text", "COALESCE(NULL, 'x')"), ("int", "LEAST(1, 2)"),
    ("text", "nullif('a', 'b')"), ("int", "array_length(ARRAY[1,2], 1)"), ("int", "(ARRAY[1,2])[1]"),
    ("int", "length('abc')"), ("text", "left('abc', 2)"), ("text", "trim('  x ')"), ("text", "lpad('1', 3, '0')"),
    ("timestamptz", "to_timestamp(0)"), ("bigint", "floor(random() * 100)"), ("int", "ceil(1.5)"),
    ("bigint", "txid_current()"), ("text", "pg_catalog.upper('x')"), ("text", "'a' COLLATE \"C\""),
]

CHECKS = [
    "price > 0", "(price > 0)", "((price)) >= 0.00", "price > 0 AND qty > 0", "price > 0 and (qty > 0 and big > 0)",
    "price > 0 OR qty > 0 AND flag", "NOT flag", "NOT (price > 0)", "flag IS TRUE", "flag is not false", "flag = true",
    "email IS NOT NULL", "email ISNULL", "email <> ''", "email != ''", "status IN ('a', 'b')", "status IN ('a')",
    "status NOT IN ('a', 'b')", "NOT (status IN ('a', 'b'))", "status = 'a' OR status = 'b'", "email IN ('a', 'b')",
    "status = ANY (ARRAY['a', 'b'])", "status = ANY ('{a,b}')", "status::text = ANY (ARRAY['a'::text, 'b'])",
    "status <> ALL (ARRAY['a', 'b'])", "qty IN (1, 2, 3)", "qty NOT IN (1, 2)", "qty IN (1, id)", "qty IN (1, 2, id)",
    "qty IN (id, small)", "big IN (1, 2)", "price IN (1, 2.5)", "mood IN ('ok', 'sad')", "mood = 'ok'", "mood <> 'sad'::mood",
    "qty BETWEEN 1 AND 10", "qty NOT BETWEEN 1 AND 10", "qty BETWEEN SYMMETRIC 10 AND 1",
    "qty > 0 AND qty BETWEEN 1 AND 10", "price BETWEEN 0 AND 99.5", "ts BETWEEN '2020-01-01' AND '2021-01-01'",
    "name LIKE 'a%'", "name NOT LIKE 'a%'", "email LIKE '%@%'", "email ILIKE 'A%'", "email NOT ILIKE 'A%'",
    "email LIKE 'a!%' ESCAPE '!'", "email SIMILAR TO '(a|b)%'", "email ~ '^[a-z]+$'", "email ~* '^x'", "name !~ 'y'",
    "char_length(name) > 3", "length(email) <= 255", "lower(email) = email", "lower(name) = name", "upper(code) = code",
    "code = 'EUR'", "code::text = 'EUR'", "trim(name) <> ''", "trim(both from name) <> ''", "ltrim(name) = name",
    "trim(leading 'x' from name) <> ''", "btrim(email) <> ''", "position('@' in email) > 1", "strpos(email, '@') > 0",
    "substring(email from 2 for 3) = 'abc'", "substring(email, 2) = 'x'", "substring(email from '^a') = 'a'",
    "overlay(email placing 'x' from 1) <> ''", "extract(year from ts) > 2000", "EXTRACT(epoch FROM created_at) > 0",
    "date_part('year', ts) > 2000", "ts < now()", "tstz < CURRENT_TIMESTAMP", "d <= CURRENT_DATE", "d > '2000-01-01'",
    "d > date '2000-01-01'", "ts > timestamp '2000-01-01 10:00:00'", "ts AT TIME ZONE 'utc' < now()",
    "(created_at AT TIME ZONE 'UTC') > '2000-01-01'", "end_at > start_at", "end_at - start_at < interval '1 day'",
    "end_at - start_at < '24 hours'", "span > '0'", "updated_at >= created_at + '1 hour'", "t > '08:00'",
    "qty IS DISTINCT FROM id", "qty IS NOT DISTINCT FROM id",
    "email IS DISTINCT FROM ''", "COALESCE(qty, 0) > 0", "coalesce(name, '') <> ''", "coalesce(price, 0) >= 0",
    "NULLIF(name, '') IS NOT NULL", "GREATEST(qty, id) < 100", "CASE WHEN flag THEN qty > 0 ELSE true END",
    "CASE WHEN flag THEN qty > 0 END", "CASE status WHEN 'a' THEN qty = 1 WHEN 'b' THEN qty = 2 ELSE false END",
    "(CASE WHEN qty IS NULL THEN 0 ELSE 1 END + CASE WHEN id IS NULL THEN 0 ELSE 1 END) = 1",
    "num_nonnulls(qty, id) = 1", "(qty IS NULL) <> (id IS NULL)", "(qty IS NOT NULL)::int + (id IS NOT NULL)::int = 1",
    "qty * price > 0", "qty + small > 0", "price / 2 > 1", "qty % 2 = 0", "ratio >= 0 AND ratio <= 1", "ratio > 0.5",
    "r4 > 1.5", "-qty < 0", "- 1 < qty", "qty > -1", "abs(qty) > 1", "round(price, 1) = price", "mod(qty, 2) = 0",
    "small > 0", "small > 1 + small", "big > 10000000000", "big > 5::bigint", "total >= 1e3", "qty > '5'", "qty > '5'::int",
    "qty::numeric / 2 > 1", "(qty)::text <> ''", "qty::text ~ '^[0-9]$'", "data ? 'a'", "data ->> 'a' = 'b'",
    "(data ->> 'n')::int > 0", "(data->>'n')::numeric > 0", "data -> 'a' -> 0 IS NOT NULL", "data @> '{\"a\": 1}'",
    "data #>> '{a,b}' = 'c'", "jsonb_typeof(data) = 'object'", "jsonb_typeof(data -> 'x') IN ('array', 'null')",
    "data <> '{}'::jsonb", "array_length(tags, 1) > 0", "cardinality(tags) <= 5", "'a' = ANY (tags)", "5 <> ALL (nums)",
    "tags[1] = 'a'", "nums[1:2] = ARRAY[1,2]", "tags <@ ARRAY['a', 'b']", "tags && '{x}'", "array_position(tags, NULL) IS NULL",
    "NOT isempty(period)", "lower(period) < upper(period)", "(addr).zip > 0", "(id, qty) = (1, 2)", "(id, qty) <> (1, 2)",
    "(id, qty) IN ((1, 2), (3, 4))", "ROW(id, qty) < ROW(1, 2)", "(start_at, end_at) OVERLAPS (start_at, end_at)",
    "first_name || ' ' || last_name <> ''", "email || 'x' <> name", "name COLLATE \"C\" > 'a'", "name > 'a' COLLATE \"C\"",
    "regexp_replace(email, 'a', 'b', 'g') <> ''", "ip << '10.0.0.0/8'", "uid <> '00000000-0000-0000-0000-000000000000'",
    "pg_catalog.length(email) > 1", "email OPERATOR(pg_catalog.<>) ''", "starts_with(email, 'a')", "answer() = 42",
    "public.answer() = 42", "t.qty > 0", "flag AND active AND (qty > 0 OR price > 0)", "flag IS UNKNOWN",
    "name = 'x'::varchar(10)", "code IN ('EUR', 'USD')", "email = 'a'\n'b'", "true", "1 = 1",
    "qty > 1.5", "qty > 1.0", "concat(first_name, '-', last_name) <> ''", "to_tsvector('english', body) @@ to_tsquery('a')",
    "make_date(2020, 1, 1) < d", "date_trunc('month', d) = d",
    "date_trunc('day', ts) = ts", "age(ts, start_at) > '1 mon'", "ts::date = d", "d::timestamp = ts", "tstz::date = d",
    "(tstz AT TIME ZONE 'UTC')::date = d", "created_at::timestamp > ts", "CAST(email AS int) > 0",
    "qty & 1 = 1", "qty << 2 > 1", "qty # 3 = 1", "~qty = 1", "|/ ratio > 1",
    "num_nulls(VARIADIC nums) = 0", "doc ->> 'a' IS NOT NULL", "LEAST(price, 0) = 0", "name IN (first_name, last_name)",
    "created_at > '2020-01-01'", "start_at > '2020-01-01T00:00:00'", "span = '1 day 02:00:00'", "span < '2 hours'::interval",
]

INDEXES = [
    "(lower(email))", "(lower(name))", "((data ->> 'a'))", "(((data ->> 'n')::int))", "((price * qty))", "((qty + 1)) ",
    "(coalesce(name, ''))", "((first_name || ' ' || last_name))", "((ts::date))", "(date_trunc('day', ts))",
    "(upper(code) desc nulls last)", "((email COLLATE \"C\"))", "((created_at AT TIME ZONE 'utc'))", "((flag IS TRUE))",
    "(md5(body))", "((data -> 'a' ->> 'b'))", "(to_tsvector('english', body))", "((qty IS NULL))",
    "(substring(email from '@.*'))", "(left(name, 3))", "(extract(year from ts))", "((NOT flag))", "((- qty))",
    "((CASE WHEN flag THEN id END))", "((tags[1]))", "(nullif(name, ''))", "(((addr).zip))",
]

PREDICATES = [
    "flag", "NOT flag", "email IS NULL", "status = 'active'", "status IN ('a', 'b')",
    "status <> 'x' AND email IS NOT NULL", "qty > 0 OR price > 0", "email IS NOT NULL AND flag = true",
    "mood = 'ok'::mood", "created_at > '2020-01-01'", "(data ->> 'kind') = 'x'", "status::text = ANY (ARRAY['a', 'b'])",
]

GENERATED = [
    ("numeric", "qty * price"), ("text", "first_name || ' ' || last_name"), ("text", "lower(email)"), ("int", "qty + 1"),
    ("tsvector", "to_tsvector('english', coalesce(name, '') || ' ' || coalesce(body, ''))"),
    ("tsvector", "setweight(to_tsvector('simple', coalesce(name, '')), 'A') || to_tsvector('simple', body)"),
    ("boolean", "status = 'a'"), ("int", "CASE WHEN flag THEN 1 ELSE 0 END"), ("text", "data ->> 'a'"),
    ("double precision", "qty::double precision / 2"), ("int", "(data ->> 'n')::int"), ("date", "ts::date"),
]

# The forms that only a newer server prints or takes.
NEWER_CHECKS = {17: ["data IS JSON", "email IS JSON OBJECT"]}


def cases(version):
    checks = CHECKS + [check for least, more in NEWER_CHECKS.items() if version >= least for check in more]
    for kind, value in DEFAULTS:
        yield ("default", f"CREATE TABLE x (c {kind} DEFAULT {value})", "SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef"
               " WHERE adrelid = 'x'::regclass", lambda op: op["table"]["columns"][0]["default"])
    for check in checks:
        yield ("check", f"ALTER TABLE t ADD CONSTRAINT k CHECK ({check})", "SELECT pg_get_expr(conbin, conrelid) FROM"
               " pg_constraint WHERE conname = 'k'", lambda op: op["constraint"]["check"])
    for index in INDEXES:
        yield ("index", f"CREATE INDEX k ON t {index}", "SELECT pg_get_indexdef('k'::regclass, 1, false)",
               key_text)
    for predicate in PREDICATES:
        yield ("where", f"CREATE INDEX k ON t (id) WHERE {predicate}", "SELECT pg_get_expr(indpred, indrelid) FROM pg_index"
               " WHERE indexrelid = 'k'::regclass", lambda op: op["index"]["where"])
    for kind, value in GENERATED:
        yield ("generated", f"ALTER TABLE t ADD COLUMN k {kind} GENERATED ALWAYS AS ({value}) STORED",
               "SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = 't'::regclass",
               lambda op: op["column"]["generation"])


def key_text(operation):
    key = operation["index"]["keys"][0]
    return key.get("expression") or {"canonical": key["column"]}


def dump(program, arguments, text):
    return subprocess.run([program, "--dialect", "postgres"] + arguments, input=text, capture_output=True, text=True,
                          check=True).stdout


def check_version(program, version):
    failures = []
    refused = 0
    rows = []
    with servers.postgres(version) as server:
        url = server.fresh_database()
        server.sql(PREAMBLE, url)
        todo = list(cases(version))
        mark = "----"
        script = ""
        for _, statement, query, _ in todo:
            script += f"BEGIN; CREATE TABLE t ({COLUMNS});\n{statement};\n{query};\nROLLBACK;\n\\echo {mark}\n"
        client = subprocess.run(["psql", "-XAtq", "-f", "-", url], input=script, capture_output=True, text=True)
        printed = client.stdout.split(mark + "\n")
        for (kind, statement, _, get), text in zip(todo, printed):
            text = text.strip("\n")
            if not text:
                refused += 1
                print("refused by the server:", statement)
                continue
            rows.append((kind, statement, get, text))
        if refused:
            print(client.stderr)
    for kind, statement, get, text in rows:
        parsed = json.loads(dump(program, ["--version", str(version * 10000)], statement))
        operation = parsed["statements"][0]["operations"][0]
        try:
            written = get(operation)["canonical"]
        except (KeyError, TypeError):
            written = json.dumps(operation)
        found = json.loads(dump(program, ["--expressions"], text.replace("\n", " ")).splitlines()[0])["canonical"]
        if written != found:
            failures.append(f"{statement}\n    server  {text}\n    written {written}\n    found   {found}")
    for failure in failures:
        print("FAILED", failure)
    print(f"PostgreSQL {version}: {len(rows) - len(failures)} equal, {len(failures)} different, {refused} refused")
    return not failures and not refused


def test_expressions_read_as_written_equal_those_that_15_prints(dump_operations):
    assert check_version(dump_operations, 15)


def test_expressions_read_as_written_equal_those_that_18_prints(dump_operations):
    assert check_version(dump_operations, 18)


def main():
    program = sys.argv[1]
    versions = [int(version) for version in sys.argv[2:]] or [15]
    for version in versions:
        reason = servers.why_not("postgres", version)
        if reason:
            print(f"skipped PostgreSQL {version}: {reason}")
            continue
        if not check_version(program, version):
            sys.exit(1)


if __name__ == "__main__":
    main()
