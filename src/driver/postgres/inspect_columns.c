/* Tables, views and their columns, from pg_class and pg_attribute. */
#include "driver/postgres/inspect_internal.h"

#include "sql/sql.h"

#include <string.h>

enum {
	TABLE_OID,
	TABLE_NAME,
	TABLE_KIND = 3,
	TABLE_PERSISTENCE,
	TABLE_ROW_SECURITY,
	TABLE_FORCED,
	TABLE_OPTIONS,
	TABLE_COMMENT,
	TABLE_PARTITION_BY,
	TABLE_BOUND,
	TABLE_DEFINITION,
	TABLE_METHOD,
	TABLE_TABLESPACE,
};

static void read_table(struct inspection *inspection)
{
	static const struct {
		char letter;
		enum iw_table_kind kind;
	} kinds[] = {
		{'r', IW_TABLE},	 {'p', IW_PARTITIONED_TABLE}, {'v', IW_VIEW}, {'m', IW_MATERIALIZED_VIEW},
		{'f', IW_FOREIGN_TABLE},
	};
	struct iw_table *table = iw_table_new(inspection->arena, iw_pg_name_at(inspection, TABLE_NAME));
	for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
		if (kinds[i].letter == iw_pg_letter(inspection, TABLE_KIND))
			table->kind = kinds[i].kind;
	table->is_unlogged = iw_pg_letter(inspection, TABLE_PERSISTENCE) == 'u';
	table->is_temporary = iw_pg_letter(inspection, TABLE_PERSISTENCE) == 't';
	table->row_security = iw_pg_is(inspection, TABLE_ROW_SECURITY);
	table->force_row_security = iw_pg_is(inspection, TABLE_FORCED);
	table->options = iw_pg_options_at(inspection, TABLE_OPTIONS);
	table->comment = iw_pg_text(inspection, TABLE_COMMENT);
	table->partition_by = iw_pg_text(inspection, TABLE_PARTITION_BY);
	table->partition_bound = iw_pg_text(inspection, TABLE_BOUND);
	table->definition = iw_pg_text(inspection, TABLE_DEFINITION);
	table->access_method = iw_pg_text(inspection, TABLE_METHOD);
	table->tablespace = iw_pg_text(inspection, TABLE_TABLESPACE);
	iw_schema_add_table(inspection->schema, table);
	g_hash_table_insert(inspection->tables, (char *)iw_pg_text(inspection, TABLE_OID), table);
}

/* The view's query without the semicolon that pg_get_viewdef() puts behind it. */
const struct catalogue_query iw_postgres_tables_query = {
	"SELECT c.oid, n.nspname, c.relname, c.relkind, c.relpersistence, c.relrowsecurity, c.relforcerowsecurity,"
	" (SELECT array_agg(o) FROM (SELECT unnest(c.reloptions) AS o"
	"  UNION ALL SELECT 'toast.' || unnest(t.reloptions)) options),"
	" obj_description(c.oid, 'pg_class'),"
	" CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END,"
	" CASE WHEN c.relispartition THEN pg_get_expr(c.relpartbound, c.oid) END,"
	" CASE WHEN c.relkind IN ('v', 'm') THEN rtrim(pg_get_viewdef(c.oid), ';')"
	"  WHEN c.relkind = 'f' THEN (SELECT 'SERVER ' || quote_ident(s.srvname) || coalesce(' OPTIONS (' ||"
	"   (SELECT string_agg(quote_ident(option_name) || ' ' || quote_literal(option_value), ', ')"
	"    FROM pg_options_to_table(f.ftoptions)) || ')', '')"
	"   FROM pg_foreign_table f JOIN pg_foreign_server s ON s.oid = f.ftserver WHERE f.ftrelid = c.oid) END,"
	" CASE WHEN am.amname <> current_setting('default_table_access_method') THEN am.amname END, ts.spcname"
	" FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
	" LEFT JOIN pg_class t ON t.oid = c.reltoastrelid LEFT JOIN pg_am am ON am.oid = c.relam"
	" LEFT JOIN pg_tablespace ts ON ts.oid = c.reltablespace"
	" WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND @relations@"
	" AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid"
	"  AND d.deptype = 'e') ORDER BY c.oid",
	read_table,
};

static void read_parent(struct inspection *inspection)
{
	struct iw_table *table = iw_pg_table_at(inspection, 0);
	if (table == NULL)
		return;
	struct iw_name parent = iw_pg_name_at(inspection, 1);
	inspection->schema->has_children = true;
	if (iw_pg_is(inspection, 3)) {
		table->partition_of = parent;
		return;
	}
	if (table->inherits == NULL)
		table->inherits = iw_arena_ptr_array(inspection->arena);
	g_ptr_array_add(table->inherits, iw_arena_memdup(inspection->arena, &parent, sizeof parent));
}

const struct catalogue_query iw_postgres_parents_query = {
	"SELECT c.oid, pn.nspname, p.relname, c.relispartition FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
	" JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_class p ON p.oid = i.inhparent"
	" JOIN pg_namespace pn ON pn.oid = p.relnamespace WHERE c.relkind IN ('r', 'p', 'f') AND @relations@"
	" ORDER BY c.oid, i.inhseqno",
	read_parent,
};

enum {
	COLUMN_TABLE,
	COLUMN_NAME,
	COLUMN_TYPE,
	COLUMN_NOT_NULL,
	COLUMN_IDENTITY,
	COLUMN_GENERATED,
	COLUMN_EXPRESSION,
	COLUMN_COLLATION,
	COLUMN_COMMENT,
	COLUMN_STORAGE,
	COLUMN_COMPRESSION,
	COLUMN_OPTIONS,
};

static const char *storage_name(char letter)
{
	return letter == 'p'   ? "PLAIN"
	       : letter == 'e' ? "EXTERNAL"
	       : letter == 'm' ? "MAIN"
	       : letter == 'x' ? "EXTENDED"
			       : NULL;
}

static void read_expression(struct inspection *inspection, struct iw_column *column)
{
	char generated = iw_pg_letter(inspection, COLUMN_GENERATED);
	column->generated = generated == 's'   ? IW_GENERATED_STORED
			    : generated == 'v' ? IW_GENERATED_VIRTUAL
					       : IW_NOT_GENERATED;
	const struct iw_expression *expression = iw_pg_expression_at(inspection, COLUMN_EXPRESSION);
	if (column->generated != IW_NOT_GENERATED)
		column->generation = expression;
	else
		column->default_value = expression;
}

static void read_column(struct inspection *inspection)
{
	struct iw_table *table = iw_pg_table_at(inspection, COLUMN_TABLE);
	if (table == NULL)
		return;
	struct iw_column *column = iw_new(inspection->arena, struct iw_column);
	char identity = iw_pg_letter(inspection, COLUMN_IDENTITY),
	     compression = iw_pg_letter(inspection, COLUMN_COMPRESSION);
	column->name = iw_pg_text(inspection, COLUMN_NAME);
	column->type = iw_type_read(inspection->arena, inspection->schema->engine, iw_pg_text(inspection, COLUMN_TYPE));
	column->not_null = iw_pg_is(inspection, COLUMN_NOT_NULL);
	column->identity = identity == 'a'   ? IW_IDENTITY_ALWAYS
			   : identity == 'd' ? IW_IDENTITY_BY_DEFAULT
					     : IW_NO_IDENTITY;
	read_expression(inspection, column);
	column->collation = iw_pg_text(inspection, COLUMN_COLLATION);
	column->comment = iw_pg_text(inspection, COLUMN_COMMENT);
	column->storage = storage_name(iw_pg_letter(inspection, COLUMN_STORAGE));
	column->compression = compression == 'p' ? "pglz" : compression == 'l' ? "lz4" : NULL;
	column->options = iw_pg_text(inspection, COLUMN_OPTIONS);
	g_ptr_array_add(table->columns, column);
}

const struct catalogue_query iw_postgres_columns_query = {
	"SELECT a.attrelid, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, "
	"a.attgenerated,"
	" pg_get_expr(d.adbin, d.adrelid),"
	" CASE WHEN a.attcollation <> t.typcollation THEN (SELECT CASE WHEN cn.nspname = 'pg_catalog' THEN co.collname"
	"  ELSE format('\"%s\".\"%s\"', cn.nspname, co.collname) END"
	"  FROM pg_collation co JOIN pg_namespace cn ON cn.oid = co.collnamespace WHERE co.oid = a.attcollation) END,"
	" col_description(a.attrelid, a.attnum), CASE WHEN a.attstorage <> t.typstorage THEN a.attstorage END,"
	" @compression@, 'OPTIONS (' || (SELECT string_agg(quote_ident(option_name) || ' ' ||"
	"  quote_literal(option_value), ', ') FROM pg_options_to_table(a.attfdwoptions)) || ')'"
	" FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
	" JOIN pg_type t ON t.oid = a.atttypid"
	" LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum AND a.atthasdef"
	" WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.attnum > 0 AND NOT a.attisdropped AND @relations@"
	" ORDER BY a.attrelid, a.attnum",
	read_column,
};
