"""All that a schema consists of, as sorted lines, to compare two databases that came to it in different ways.

    catalogue.of(server, url)      PostgreSQL, MariaDB
    catalogue.of(None, "file:x.db")
    catalogue.difference(one, other)   what only one has, as text; "" when they are equal
"""

import difflib
import re
import sqlite3

POSTGRES = """
SELECT 'schema', nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema';
SELECT 'extension', extname FROM pg_extension;
SELECT 'table', c.oid::regclass, c.relkind, c.relpersistence, c.reltablespace, coalesce(array_to_string(c.reloptions, ','), ''),
       coalesce(obj_description(c.oid, 'pg_class'), '') FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE {ours} AND c.relkind IN ('r', 'p', 'v', 'm');
SELECT 'column', a.attrelid::regclass, {number} a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated,
       coalesce(pg_get_expr(d.adbin, d.adrelid), ''), coalesce(nullif(l.collname, 'default'), ''),
       coalesce(col_description(a.attrelid, a.attnum), '')
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum LEFT JOIN pg_collation l ON l.oid = a.attcollation
 WHERE {ours} AND c.relkind IN ('r', 'p', 'v', 'm') AND a.attnum > 0 AND NOT a.attisdropped;
SELECT 'index', pg_get_indexdef(i.indexrelid), i.indisvalid, i.indisprimary, coalesce(array_to_string(c.reloptions, ','), '')
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {ours};
SELECT 'constraint', conrelid::regclass, conname, convalidated, condeferrable, condeferred, pg_get_constraintdef(o.oid)
  FROM pg_constraint o JOIN pg_namespace n ON n.oid = o.connamespace WHERE {ours} AND contype <> 'n' AND conrelid <> 0;
SELECT 'sequence', s.seqrelid::regclass, s.seqtypid::regtype, s.seqstart, s.seqincrement, s.seqmax,
       coalesce((SELECT e.refobjid::regclass || '.' || a.attname FROM pg_depend e JOIN pg_attribute a
                 ON a.attrelid = e.refobjid AND a.attnum = e.refobjsubid WHERE e.objid = s.seqrelid AND e.deptype IN ('a', 'i')), '')
  FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {ours};
SELECT 'collation', collname, collprovider, collisdeterministic FROM pg_collation l JOIN pg_namespace n ON n.oid = l.collnamespace
 WHERE {ours};
SELECT 'trigger', t.tgrelid::regclass, pg_get_triggerdef(t.oid) FROM pg_trigger t WHERE NOT tgisinternal;
SELECT 'function', p.oid::regprocedure FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE {ours};
SELECT 'enum', t.typname, e.enumlabel FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid ORDER BY e.enumsortorder
""".replace("{ours}", "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'")


def of(server, url, with_order=True):
    """with_order: columns in their order too (PostgreSQL; the others always)."""
    if url.startswith(("file:", "sqlite:")):
        with sqlite3.connect(url.split(":", 1)[1]) as connection:
            found = connection.execute("SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'").fetchall()
        return sorted(" ".join(f"{kind} {name} {sql}".split()) for kind, name, sql in found)
    if url.startswith("postgres"):
        number = "row_number() OVER (PARTITION BY a.attrelid ORDER BY a.attnum)," if with_order else ""
        return sorted(server.sql(POSTGRES.replace("{number}", number), url).splitlines())
    tables = [line for line in server.sql("SHOW TABLES", url).splitlines() if line]
    text = server.sql(";\n".join(f"SHOW CREATE TABLE `{table.replace('`', '``')}`" for table in tables), url)
    text = re.sub(r"\b0x0([01])\b", r"\1", re.sub(r" AUTO_INCREMENT=\d+", "", text))  # b'1' of mysqlclient, 1 of PyMySQL
    return sorted(re.split(r"\n(?=\S[^\n]*\tCREATE )", text)) if tables else []


def difference(one, other):
    return "\n".join(line for line in difflib.unified_diff(one, other, lineterm="", n=0) if not line.startswith(("---", "+++", "@@")))
