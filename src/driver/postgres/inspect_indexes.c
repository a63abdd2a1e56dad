/* Indexes and their keys, from pg_index. */
#include "driver/postgres/inspect_internal.h"

#include <stdlib.h>

enum {
	INDEX_OID,
	INDEX_TABLE,
	INDEX_NAME,
	INDEX_UNIQUE,
	INDEX_METHOD,
	INDEX_VALID,
	INDEX_NULLS_NOT_DISTINCT,
	INDEX_WHERE,
	INDEX_OPTIONS,
	INDEX_TABLESPACE,
	INDEX_COMMENT,
	INDEX_CONSTRAINT,
};

static void read_index(struct inspection *inspection)
{
	struct iw_table *table = iw_pg_table_at(inspection, INDEX_TABLE);
	if (table == NULL)
		return;
	struct iw_index *index = iw_new(inspection->arena, struct iw_index);
	index->name = iw_pg_text(inspection, INDEX_NAME);
	index->table = table->name;
	index->is_unique = iw_pg_is(inspection, INDEX_UNIQUE);
	index->method = iw_pg_text(inspection, INDEX_METHOD);
	index->keys = iw_arena_ptr_array(inspection->arena);
	index->where = iw_pg_expression_at(inspection, INDEX_WHERE);
	index->nulls_not_distinct = iw_pg_is(inspection, INDEX_NULLS_NOT_DISTINCT);
	index->is_invalid = !iw_pg_is(inspection, INDEX_VALID);
	index->constraint = iw_pg_text(inspection, INDEX_CONSTRAINT);
	index->options = iw_pg_options_at(inspection, INDEX_OPTIONS);
	index->tablespace = iw_pg_text(inspection, INDEX_TABLESPACE);
	index->comment = iw_pg_text(inspection, INDEX_COMMENT);
	g_ptr_array_add(table->indexes, index);
	g_hash_table_insert(inspection->indexes, (char *)iw_pg_text(inspection, INDEX_OID), index);
}

const struct catalogue_query iw_postgres_indexes_query = {
	"SELECT x.indexrelid, x.indrelid, i.relname, x.indisunique, am.amname, x.indisvalid, @nulls_not_distinct@,"
	" pg_get_expr(x.indpred, x.indrelid), i.reloptions, ts.spcname, obj_description(i.oid, 'pg_class'),"
	" (SELECT con.conname FROM pg_constraint con WHERE con.conindid = x.indexrelid AND con.conrelid = x.indrelid"
	"  AND con.contype IN ('p', 'u', 'x'))"
	" FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class c ON c.oid = x.indrelid"
	" JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_am am ON am.oid = i.relam"
	" LEFT JOIN pg_tablespace ts ON ts.oid = i.reltablespace WHERE @relations@ ORDER BY x.indexrelid",
	read_index,
};

enum {
	KEY_INDEX,
	KEY_COLUMN,
	KEY_EXPRESSION,
	KEY_FLAGS,
	KEY_CLASS,
	KEY_COLLATION,
	KEY_CLASS_OPTIONS,
	KEY_IS_INCLUDED,
};
enum { DESCENDING = 1, NULLS_FIRST = 2 }; /* INDOPTION_DESC, INDOPTION_NULLS_FIRST */

static const char *operator_class(struct inspection *inspection)
{
	const char *name = iw_pg_text(inspection, KEY_CLASS),
		   *options = iw_pg_options_at(inspection, KEY_CLASS_OPTIONS);
	return options == NULL ? name : iw_arena_printf(inspection->arena, "%s(%s)", name, options);
}

static void read_key(struct inspection *inspection)
{
	struct iw_index *index = g_hash_table_lookup(inspection->indexes, iw_pg_text(inspection, KEY_INDEX));
	if (index == NULL)
		return;
	if (iw_pg_is(inspection, KEY_IS_INCLUDED)) {
		if (index->included == NULL)
			index->included = iw_arena_ptr_array(inspection->arena);
		g_ptr_array_add(index->included, (char *)iw_pg_text(inspection, KEY_COLUMN));
		return;
	}
	struct iw_key *key = iw_new(inspection->arena, struct iw_key);
	int flags = atoi(iw_pg_text(inspection, KEY_FLAGS));
	bool is_first = (flags & NULLS_FIRST) != 0;
	key->column = iw_pg_text(inspection, KEY_COLUMN);
	if (key->column == NULL)
		key->expression = iw_pg_expression_at(inspection, KEY_EXPRESSION);
	key->is_descending = (flags & DESCENDING) != 0;
	key->nulls = is_first == key->is_descending ? 0 : is_first ? 1 : 2;
	key->operator_class = operator_class(inspection);
	key->collation = iw_pg_text(inspection, KEY_COLLATION);
	g_ptr_array_add(index->keys, key);
}

/* The collation of an expression's own is not in the catalogue: there pg_get_indexdef() tells whether one is named. */
const struct catalogue_query iw_postgres_keys_query = {
	"SELECT x.indexrelid, a.attname, CASE WHEN a.attname IS NULL THEN pg_get_indexdef(x.indexrelid, k, false) END,"
	" coalesce(x.indoption[k - 1], 0),"
	" CASE WHEN NOT oc.opcdefault OR ia.attoptions IS NOT NULL THEN CASE WHEN ocn.nspname IN ('pg_catalog',"
	"  current_schema()) THEN oc.opcname ELSE ocn.nspname || '.' || oc.opcname END END,"
	" CASE WHEN x.indcollation[k - 1] <> 0 AND CASE WHEN a.attname IS NOT NULL"
	"  THEN x.indcollation[k - 1] <> a.attcollation"
	"  ELSE x.indcollation[k - 1] <> 100 AND pg_get_indexdef(x.indexrelid) LIKE '% COLLATE %' END THEN"
	"  (SELECT CASE WHEN cn.nspname IN ('pg_catalog', current_schema()) THEN co.collname"
	"   ELSE cn.nspname || '.' || co.collname END FROM pg_collation co"
	"   JOIN pg_namespace cn ON cn.oid = co.collnamespace WHERE co.oid = x.indcollation[k - 1]) END,"
	" ia.attoptions, k > x.indnkeyatts"
	" FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
	" CROSS JOIN LATERAL generate_series(1, x.indnatts) k"
	" JOIN pg_attribute ia ON ia.attrelid = x.indexrelid AND ia.attnum = k"
	" LEFT JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = x.indkey[k - 1] AND x.indkey[k - 1] <> 0"
	" LEFT JOIN pg_opclass oc ON k <= x.indnkeyatts AND oc.oid = x.indclass[k - 1]"
	" LEFT JOIN pg_namespace ocn ON ocn.oid = oc.opcnamespace WHERE @relations@ ORDER BY x.indexrelid, k",
	read_key,
};
