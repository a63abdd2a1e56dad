"""What MariaDB itself says of our reading of its grammar.

 1. syntax: what PREPARE refuses with 1064 we flag as a syntax error, what it takes we do not;
 2. round trip: a schema made by what we rendered equals the one made by the author's text (SHOW CREATE TABLE);
 3. canonical text: an author's expression and what information_schema prints for it are equal to us; types likewise.
"""

import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))
import servers

DUMP = None  # path of the helper program
CORPUS = ROOT / "tests/unit/sql/mysql/corpus.txt"
SYNTAX = 1064

# Written by hand: where the two may differ, and why.
EXPECTED_DIFFERENCES = {
    "CREATE TABLE t (a wibble)": "both vendors refuse it, but MariaDB with a number of its own (4161, MySQL 1064)",
}

ROUND_TRIP = r"""
CREATE TABLE a (id int NOT NULL AUTO_INCREMENT, n varchar(191) CHARACTER SET latin1 NOT NULL DEFAULT 'x''y\\z', d decimal(10,2) unsigned DEFAULT 1.5, e enum('a','b''c') DEFAULT 'a', s set('x','y'), t timestamp NULL DEFAULT NULL, u datetime(3) NOT NULL DEFAULT current_timestamp(3) ON UPDATE current_timestamp(3), j json, b bit(3) DEFAULT b'101', z int(5) zerofill, y year, f float(7,2), bo boolean NOT NULL DEFAULT true COMMENT 'it''s', PRIMARY KEY (id), UNIQUE KEY u (n(10)), KEY k (d DESC, id) COMMENT 'c') ENGINE=InnoDB AUTO_INCREMENT=100 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci COMMENT='t''t' ROW_FORMAT=DYNAMIC
CREATE TABLE b (id bigint unsigned NOT NULL, a_id int, g int GENERATED ALWAYS AS (a_id * 2 + 1) VIRTUAL, h varchar(40) AS (concat('x', 'y')) STORED, i int INVISIBLE DEFAULT 3, c int CHECK (c > 0 AND c < 10), PRIMARY KEY (id), KEY (a_id), CONSTRAINT fk FOREIGN KEY (a_id) REFERENCES a (id) ON DELETE SET NULL ON UPDATE CASCADE, CONSTRAINT ck CHECK (id > 5 OR c IS NULL))
CREATE TABLE c (id int, d date NOT NULL) PARTITION BY RANGE (year(d)) (PARTITION p0 VALUES LESS THAN (2000), PARTITION p1 VALUES LESS THAN MAXVALUE)
CREATE TABLE h (id int) PARTITION BY HASH (id) PARTITIONS 4
CREATE TABLE l (id int, k varchar(9)) PARTITION BY LIST COLUMNS (k) (PARTITION p VALUES IN ('a', 'b'))
CREATE TABLE v (id int) WITH SYSTEM VERSIONING
CREATE TABLE w (t text, g point NOT NULL, FULLTEXT KEY f (t), SPATIAL KEY s (g), u uuid DEFAULT uuid())
CREATE TABLE x LIKE a
CREATE TABLE s (id serial, n nchar(3), bb binary(4), lv long varchar, tx text(100), x double precision, p real, k char(5) BINARY)
ALTER TABLE a ADD COLUMN z1 int FIRST, ADD z2 varchar(9) DEFAULT 'q' AFTER id, ADD INDEX iz (z2), DROP COLUMN y, MODIFY n varchar(200) NOT NULL, CHANGE e e2 enum('a','b''c','d') NOT NULL
ALTER TABLE a ALTER COLUMN z2 SET DEFAULT 'w', RENAME COLUMN bo TO boo, RENAME INDEX k TO kk, ADD CONSTRAINT uq UNIQUE (z2, z1), ADD CHECK (z1 <> 7)
ALTER TABLE b DROP FOREIGN KEY fk, DROP CONSTRAINT ck, ALTER INDEX a_id IGNORED
ALTER TABLE b ADD CONSTRAINT fk2 FOREIGN KEY (a_id) REFERENCES a (id), COMMENT='new', ROW_FORMAT=COMPACT
ALTER TABLE c ADD COLUMN q int, ALGORITHM=INPLACE, LOCK=NONE
ALTER TABLE h REMOVE PARTITIONING
ALTER TABLE s CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
ALTER TABLE l ADD COLUMN q int DEFAULT (1 + 2)
CREATE UNIQUE INDEX ux ON x (z, f DESC)
DROP INDEX u ON x
RENAME TABLE l TO l2, x TO x2
ALTER TABLE w ENGINE=InnoDB
ALTER TABLE s DROP COLUMN p, ADD PRIMARY KEY (id), AUTO_INCREMENT=50
ALTER TABLE IF EXISTS nowhere ADD COLUMN q int, DROP COLUMN r
ALTER TABLE IF EXISTS nowhere RENAME TO somewhere
ALTER TABLE IF EXISTS a WAIT 5 ADD COLUMN q9 int
ALTER TABLE a ADD COLUMN IF NOT EXISTS id int, ADD COLUMN IF NOT EXISTS (q7 int, q8 int), ADD INDEX IF NOT EXISTS iz (q7), ADD UNIQUE IF NOT EXISTS uq (q7)
ALTER TABLE a DROP COLUMN IF EXISTS nix, DROP INDEX IF EXISTS nix, DROP CONSTRAINT IF EXISTS nix, DROP FOREIGN KEY IF EXISTS nix
ALTER TABLE a MODIFY COLUMN IF EXISTS nix int, CHANGE COLUMN IF EXISTS nix nox int, ALTER COLUMN IF EXISTS nix SET DEFAULT 1
ALTER TABLE a RENAME COLUMN IF EXISTS nix TO nox, RENAME INDEX IF EXISTS nix TO nox, ALTER INDEX IF EXISTS nix IGNORED
ALTER TABLE b ADD CONSTRAINT IF NOT EXISTS ck3 CHECK (id > 6), ADD CONSTRAINT fk2 FOREIGN KEY IF NOT EXISTS (a_id) REFERENCES a (id)
ALTER TABLE c DROP PARTITION IF EXISTS nix
RENAME TABLE IF EXISTS nowhere TO somewhere
RENAME TABLE x2 WAIT 5 TO x3
CREATE INDEX IF NOT EXISTS iz ON a (q7) WAIT 5
CREATE OR REPLACE INDEX iz ON a (q7) WAIT 5
OPTIMIZE TABLE a WAIT 5
DROP INDEX IF EXISTS nix ON a WAIT 5
DROP TABLE IF EXISTS nowhere, neither WAIT 5
TRUNCATE TABLE x3 NOWAIT
"""

EXPRESSIONS = """
a > 0
a != 5
a >= 1 and b <= 2 or not (a = 3)
(a + b) * 2 > 10
a - (b - 1) > 0
a - b - 1 > 0
a between 1 and 10
a not between 1 and 10
a in (1, 2, 3)
a not in (1, 2)
c in ('x', 'it''s')
c like 'x%'
c not like '%y'
not (c like 'z')
c is null
c is not null or a is null
not (c is null)
not (a > 1 and b < 2)
isnull(a)
(a is null) = (b is null)
a % 2 = 0
mod(a, 2) = 0
a div 2 = 1
length(c) > 3
CHAR_LENGTH(c) > 3
character_length(c) > 3
lower(c) = 'x'
LCASE(c) = ucase('y')
substring(c, 1, 2) = 'ab'
coalesce(a, b, 0) > 0
IFNULL(a, 0) <> 0
if(a > 1, 1, 0) = 1
case when a > 1 then 'x' else 'y' end = c
case a when 1 then 2 when 2 then 3 end = 2
cast(a as char) = 'x'
CAST(c AS UNSIGNED INTEGER) > 5
cast(c as decimal(10,2)) > 1
d > '2020-01-01'
d > date '2020-01-01'
year(d) > 2000
d + interval 1 day > '2020-01-01'
date_add(d, interval 1 month) > '2020-01-01'
a | b = 3
a & 1 = 1
a << 2 > 3
a ^ b > 1
-a < 5
a > -5
true
a = true
c regexp '^a'
c collate utf8mb4_bin = 'x'
json_valid(c)
json_extract(c, '$.a') = 1
concat(c, 'x', a) <> ''
a xor b
round(a, 2) > 1
abs(a) > 1
power(a, 2) > 1
trim(c) = c
c = _utf8mb4'x'
a <=> b
!a
not not a
not (a xor b)
not json_valid(c)
not (a + b)
not (c regexp 'x')
not (a = b and c)
not true
not (a is true)
not (a <=> b)
greatest(a, b) > 0
"""

TYPES = """
int(11)
INTEGER
tinyint(1)
bool
boolean
tinyint(4) unsigned
bigint(20) unsigned
int unsigned zerofill
int(5) zerofill
dec
numeric(10)
decimal(5,2) unsigned
fixed(8,3)
float
float(7)
float(30)
float(7,2)
double
double precision
real
bit
bit(8)
char
character(3)
varchar(20)
character varying(9)
binary
varbinary(5)
text
text(100)
tinytext
long
long varbinary
long varchar
blob(10)
enum('a','b''c')
set('x','y')
date
time(3)
datetime
datetime(0)
datetime(6)
timestamp
year(4)
point
geometry
uuid
inet6
"""

DEFAULTS = """
int|5
int|'5'
int|-1
int|1.6
tinyint(1)|true
tinyint(1)|'0'
bigint|007
decimal(4,2)|1.5
decimal(4,2)|'1.555'
decimal(10,0)|2
float|1.5
double|'0.25'
varchar(9)|'x'
varchar(9)|5
varchar(9)|'it''s'
varchar(9)|"dq"
char(3)|''
enum('a','b')|'a'
date|'2020-01-01'
datetime|'2020-01-01'
datetime(3)|'2020-01-01 10:00:00'
time|'10:00:00'
bit(3)|b'011'
datetime|now()
datetime(3)|current_timestamp(3)
timestamp|localtimestamp
varchar(40)|(uuid())
int|(1 + 2)
"""

failures = []


def check(condition, message):
    if not condition:
        failures.append(message)


def lines(text):
    return [line for line in text.split("\n") if line]


def dump(text, *options):
    run = subprocess.run([DUMP, "--dialect", "mariadb", "--version", "101119", *options], input=text, capture_output=True,
                         text=True, timeout=60)
    if run.returncode != 0:
        raise SystemExit(f"dump-operations ended with {run.returncode}: {run.stderr}\n{text[:500]}")
    return run.stdout


def read(sql):
    answer = json.loads(dump(sql, "--render"))
    return answer["statements"], answer["error"]


def literal(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def run_script(server, url, statements):
    """Error number of each statement (0: none), in one client."""
    command = server._client(url) + ["--force"]
    client = subprocess.run(command, input="".join(statement + ";\n" for statement in statements), capture_output=True, text=True)
    errors = [0] * len(statements)
    messages = [""] * len(statements)
    for found in re.finditer(r"^ERROR (\d+) \(\w+\) at line (\d+): (.*)", client.stderr, re.M):
        errors[int(found[2]) - 1] = int(found[1])
        messages[int(found[2]) - 1] = found[3]
    return errors, messages


def rows():
    for line in CORPUS.read_text().split("\n"):
        if line and not line.startswith("#"):
            yield line.split(" | ", 2)


def syntax(server):
    corpus = [row for row in rows()]
    url = server.fresh_database()
    errors, messages = run_script(server, url, ["PREPARE iw_s FROM " + literal(row[2]) for row in corpus])
    decided = 0
    for (vendor, _, text), error, message in zip(corpus, errors, messages):
        statements, failure = read(text)
        ours = failure is not None or any(statement.get("is_syntax_error") for statement in statements)
        if vendor == "8":
            check(not ours, f"MySQL only, and refused by us: {text}")
            continue
        decided += 1
        if text in EXPECTED_DIFFERENCES:
            continue
        check(ours == (error == SYNTAX), f"{text}\n    MariaDB: {error} {message}\n    we: {'syntax error' if ours else 'read'}")
    return decided


def tables(server, url):
    names = server.sql("SHOW FULL TABLES", url).split("\n")
    shown = {}
    for name in sorted(line.split("\t")[0] for line in names if line):
        shown[name] = server.sql(f"SHOW CREATE TABLE `{name}`\\G", url)
    return shown


def round_trip(server):
    ours, theirs, merged = server.fresh_database(), server.fresh_database(), server.fresh_database()
    before, done = len(failures), 0
    for text in lines(ROUND_TRIP):
        statements, failure = read(text)
        check(failure is None and len(statements) == 1, f"not one statement: {text}")
        operations = statements[0]["operations"]
        check(operations[0]["kind"] != "OPAQUE", f"opaque ({operations[0].get('reason')}): {text}")
        server.sql(text, theirs)
        for url, parts in ((ours, [operation["sql"] for operation in operations]), (merged, statements[0]["merged"])):
            for part in parts:
                message = server.sql(part, url, check=False)
                check("ERROR" not in message, f"{text}\n    rendered: {part}\n    {message}")
        wanted = tables(server, theirs)
        # Renamed columns keep their place, but one operation after the other may order indexes differently.
        check(tables(server, merged) == wanted, f"merged differs after: {text}\n{difference(wanted, tables(server, merged))}")
        check(sorted_lines(tables(server, ours)) == sorted_lines(wanted),
              f"one by one differs after: {text}\n{difference(wanted, tables(server, ours))}")
        done += 1
        # What follows builds on what failed.
        if len(failures) > before:
            break
    check(done == len(lines(ROUND_TRIP)), f"the round trip ended after {done} of {len(lines(ROUND_TRIP))} statements")
    return done


def sorted_lines(shown):
    return {name: sorted(line.rstrip(",") for line in text.split("\n")) for name, text in shown.items()}


def difference(wanted, found):
    for name in sorted(set(wanted) | set(found)):
        if wanted.get(name) != found.get(name):
            return f"    wanted {wanted.get(name)}\n    found  {found.get(name)}"
    return ""


def canonical(texts):
    return [json.loads(line)["canonical"] for line in dump("".join(text + "\n" for text in texts), "--expressions").split("\n") if line]


def expressions(server):
    url = server.fresh_database()
    wanted, printed = [], []
    for text in lines(EXPRESSIONS):
        message = server.sql(f"CREATE OR REPLACE TABLE t (a int, b int, c varchar(99) CHARACTER SET utf8mb4, d date, CONSTRAINT k CHECK ({text}))",
                             url, check=False)
        check("ERROR" not in message, f"MariaDB refuses the test's own expression {text}: {message}")
        wanted.append(text)
        printed.append(server.sql("SELECT check_clause FROM information_schema.check_constraints WHERE constraint_schema = database()", url))
    for text, shown, ours, theirs in zip(wanted, printed, canonical(wanted), canonical(printed)):
        check(ours == theirs, f"expression {text}\n    printed as {shown}\n    {ours}\n    {theirs}")
    return len(printed)


def types(server):
    url = server.fresh_database()
    wanted = lines(TYPES)
    server.sql("CREATE TABLE t (" + ", ".join(f"c{i} {text}" for i, text in enumerate(wanted)) + ")", url)
    printed = server.sql("SELECT column_type FROM information_schema.columns WHERE table_schema = database() ORDER BY ordinal_position", url)
    read_types = [[json.loads(line)["text"] for line in dump(part, "--types").split("\n") if line]
                  for part in ("\n".join(wanted) + "\n", printed + "\n")]
    for text, shown, ours, theirs in zip(wanted, printed.split("\n"), *read_types):
        check(ours == theirs, f"type {text}: printed as {shown}: {ours} / {theirs}")
    check(len(read_types[0]) == len(read_types[1]) == len(wanted), "types: not all were compared")
    return len(wanted)


def defaults(server):
    url = server.fresh_database()
    wanted = [line.split("|") for line in lines(DEFAULTS)]
    columns = [f"c{i} {type_name} DEFAULT {value}" for i, (type_name, value) in enumerate(wanted)]
    server.sql("CREATE TABLE t (" + ", ".join(columns) + ")", url)
    printed = server.sql("SELECT column_default FROM information_schema.columns WHERE table_schema = database() ORDER BY ordinal_position", url)
    statements, _ = read("CREATE TABLE t (" + ", ".join(columns) + ")")
    ours = [column["default"]["canonical"] for column in statements[0]["operations"][0]["table"]["columns"]]
    for (type_name, value), shown, mine, theirs in zip(wanted, printed.split("\n"), ours, canonical(printed.split("\n"))):
        check(mine == theirs, f"default {type_name} {value}: printed as {shown}: {mine} / {theirs}")
    check(len(ours) == len(printed.split("\n")) == len(wanted), "defaults: not all were compared")
    return len(wanted)


def agrees(part, dump_operations, server):
    global DUMP
    DUMP = dump_operations
    failures.clear()
    compared = part(server)
    assert compared > 0 and not failures, "\n".join(map(str, failures))


def test_mariadb_and_we_agree_on_what_is_a_syntax_error(dump_operations, mariadb):
    agrees(syntax, dump_operations, mariadb)


def test_types_are_canonical_as_mariadb_prints_them(dump_operations, mariadb):
    agrees(types, dump_operations, mariadb)


def test_defaults_are_canonical_as_mariadb_prints_them(dump_operations, mariadb):
    agrees(defaults, dump_operations, mariadb)


def test_expressions_are_canonical_as_mariadb_prints_them(dump_operations, mariadb):
    agrees(expressions, dump_operations, mariadb)


def test_rendered_statements_keep_how_long_they_wait(dump_operations):
    global DUMP
    DUMP = dump_operations
    texts = [line for line in lines(ROUND_TRIP) if "WAIT" in line]
    assert len(texts) > 5
    for text in texts:
        wait = "NOWAIT" if "NOWAIT" in text else "WAIT 5"
        for operation in read(text)[0][0]["operations"]:
            assert wait in operation["sql"], (text, operation["sql"])


def test_mysql_rendered_statements_make_the_same_schema(dump_operations, mariadb):
    agrees(round_trip, dump_operations, mariadb)
