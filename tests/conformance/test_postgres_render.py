"""Rendering PostgreSQL: running what was parsed and rendered gives the catalogue that the original gives.

usage: test_postgres_render.py DUMP_OPERATIONS [VERSION ...]

The statements of postgres_ddl.sql (from 18 on also postgres_ddl_18.sql) run as they are in one database, rendered
operation by operation in a second and merged per statement in a third; the three catalogues must be equal, and no
statement may be opaque.
"""

import difflib
import json
import pathlib
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
import servers

OURS = "nspname !~ '^pg_' AND nspname <> 'information_schema'"
CATALOGUE = f"""
SELECT 'schema', nspname, nspacl FROM pg_namespace WHERE {OURS} ORDER BY 2;
SELECT 'relation', nspname, relname, relkind, relpersistence, reloptions, relrowsecurity, relforcerowsecurity, relreplident,
  relispartition, pg_get_expr(relpartbound, c.oid), pg_get_partkeydef(c.oid), relacl, am.amname, reloftype::regtype,
  ARRAY(SELECT inhparent::regclass::text FROM pg_inherits WHERE inhrelid = c.oid ORDER BY inhseqno), obj_description(c.oid)
  FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace LEFT JOIN pg_am am ON am.oid = relam WHERE {OURS} ORDER BY 2, 3;
SELECT 'column', nspname, relname, attnum, attname, format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid),
  attidentity, attgenerated, attstorage, attcompression, collname, attstattarget, attoptions, attislocal, attinhcount,
  col_description(c.oid, attnum), attacl
  FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid JOIN pg_namespace n ON n.oid = relnamespace
  LEFT JOIN pg_attrdef d ON d.adrelid = attrelid AND d.adnum = attnum LEFT JOIN pg_collation o ON o.oid = attcollation
  WHERE {OURS} AND attnum > 0 AND NOT attisdropped ORDER BY 2, 3, 4;
SELECT 'constraint', nspname, conrelid::regclass, contypid::regtype, conname, pg_get_constraintdef(c.oid), convalidated, connoinherit,
  condeferrable, condeferred, obj_description(c.oid) FROM pg_constraint c JOIN pg_namespace n ON n.oid = connamespace
  WHERE {OURS} ORDER BY 2, 3, 4, 5;
SELECT 'index', nspname, pg_get_indexdef(indexrelid), indisvalid, indisclustered, indisreplident FROM pg_index
  JOIN pg_class c ON c.oid = indexrelid JOIN pg_namespace n ON n.oid = relnamespace WHERE {OURS} ORDER BY 2, 3;
SELECT 'sequence', nspname, relname, seqtypid::regtype, seqstart, seqincrement, seqmax, seqmin, seqcache, seqcycle,
  (SELECT refobjid::regclass || ':' || refobjsubid || deptype::text FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid
   AND refobjsubid > 0) FROM pg_sequence s JOIN pg_class c ON c.oid = seqrelid JOIN pg_namespace n ON n.oid = relnamespace
  WHERE {OURS} ORDER BY 2, 3;
SELECT 'type', nspname, typname, typtype, typnotnull, typdefault, format_type(typbasetype, typtypmod), typacl, obj_description(t.oid, 'pg_type'),
  ARRAY(SELECT enumlabel FROM pg_enum WHERE enumtypid = t.oid ORDER BY enumsortorder)
  FROM pg_type t JOIN pg_namespace n ON n.oid = typnamespace WHERE {OURS} ORDER BY 2, 3;
SELECT 'view', nspname, relname, pg_get_viewdef(c.oid) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
  WHERE {OURS} AND relkind IN ('v', 'm') ORDER BY 2, 3;
SELECT 'function', nspname, pg_get_functiondef(p.oid), proacl FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace
  WHERE {OURS} AND prokind IN ('f', 'p') ORDER BY 2, 3;
SELECT 'aggregate', nspname, p.oid::regprocedure FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace WHERE {OURS} AND prokind = 'a'
  ORDER BY 2, 3;
SELECT 'trigger', tgrelid::regclass, pg_get_triggerdef(oid), tgenabled FROM pg_trigger WHERE NOT tgisinternal ORDER BY 2, 3;
SELECT 'rule', pg_get_ruledef(r.oid), ev_enabled FROM pg_rewrite r WHERE rulename <> '_RETURN' AND r.oid > 16383 ORDER BY 2;
SELECT 'policy', schemaname, tablename, policyname, permissive, roles, cmd, qual, with_check FROM pg_policies ORDER BY 2, 3, 4;
SELECT 'extension', extname FROM pg_extension ORDER BY 2;
SELECT 'statistics', pg_get_statisticsobjdef(oid), stxstattarget FROM pg_statistic_ext ORDER BY 2;
SELECT 'publication', pubname, puballtables, ARRAY(SELECT prrelid::regclass::text FROM pg_publication_rel WHERE prpubid = p.oid ORDER BY 1)
  FROM pg_publication p ORDER BY 2;
SELECT 'default acl', defaclobjtype, defaclacl FROM pg_default_acl ORDER BY 2;
SELECT 'comment', d.classoid::regclass, (SELECT type || ' ' || identity FROM pg_identify_object(d.classoid, d.objoid, d.objsubid)),
  description FROM pg_description d WHERE objoid > 16383 ORDER BY 2, 3, 4;
SELECT 'rows', relname, (xpath('/row/c/text()', query_to_xml('SELECT count(*) AS c FROM ' || c.oid::regclass, false, true, '')))[1]
  FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE {OURS} AND relkind IN ('r', 'p', 'm') AND relispopulated ORDER BY 2;
"""


def read(program, version, text):
    done = subprocess.run([program, "--dialect", "postgres", "--version", str(version * 10000), "--render"], input=text,
                          capture_output=True, text=True, check=True)
    result = json.loads(done.stdout)
    assert result["error"] is None, result["error"]
    return result["statements"]


def run(server, url, script):
    done = subprocess.run(["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-f", "-", url], input=script, capture_output=True, text=True)
    if done.returncode:
        number = int(done.stderr.split("ERROR")[0].rsplit(":", 2)[1])
        sys.exit(f"{done.stderr}\n{chr(10).join(script.splitlines()[max(0, number - 8):number + 2])}")
    return server.sql(CATALOGUE, url).splitlines()


def one_by_one(statement):
    """What one DROP drops may depend on each other: only together can it be dropped without CASCADE."""
    texts = [operation["sql"] for operation in statement["operations"]]
    if all(operation["kind"].startswith("DROP_TABLE") for operation in statement["operations"]):
        texts = statement["merged"]
    return "".join(text + ";\n" for text in texts)


def check_version(program, version):
    text = (HERE / "postgres_ddl.sql").read_text()
    if version >= 18:
        text += (HERE / "postgres_ddl_18.sql").read_text()
    statements = read(program, version, text)
    operations = [operation for statement in statements for operation in statement["operations"]]
    opaque = [operation for operation in operations if operation["kind"] == "OPAQUE"]
    for operation in opaque:
        print("opaque:", operation["reason"], operation["definition"])
    with servers.postgres(version) as server:
        wanted = run(server, server.fresh_database(), text)
        single = run(server, server.fresh_database(), "".join(one_by_one(statement) for statement in statements))
        merged = run(server, server.fresh_database(),
                     "".join(sql + ";\n" for statement in statements for sql in statement["merged"]))
    differences = []
    for name, found in (("rendered", single), ("merged", merged)):
        differences += difflib.unified_diff(wanted, found, "original", name, lineterm="", n=0)
    print("\n".join(differences))
    print(f"PostgreSQL {version}: {len(statements)} statements, {len(operations)} operations, {len(wanted)} catalogue rows,"
          f" {len(differences)} lines of difference, {len(opaque)} opaque")
    return not differences and not opaque


def test_rendered_statements_make_the_same_catalogue(dump_operations, postgres_version):
    if postgres_version < 15:
        raise unittest.SkipTest("postgres_ddl.sql is written for PostgreSQL 15 and later")
    assert check_version(dump_operations, postgres_version)


def main():
    program = sys.argv[1]
    for version in [int(version) for version in sys.argv[2:]] or [15, 18]:
        reason = servers.why_not("postgres", version)
        if reason:
            print(f"skipped PostgreSQL {version}: {reason}")
        elif not check_version(program, version):
            sys.exit(1)


if __name__ == "__main__":
    main()
