/* Keys of a live schema: indexes with the primary key, foreign keys, checks. */
#include "driver/mysql/inspect_internal.h"

#include "sql/sql.h"

#include <stdlib.h>
#include <string.h>

static bool is_yes(struct row row, const char *name)
{
	return g_strcmp0(iw_mysql_field(row, name), "YES") == 0;
}

static struct iw_key *read_key(struct inspection *inspection, struct row row, const struct iw_index *index)
{
	struct iw_key *key = iw_new(inspection->arena, struct iw_key);
	const char *expression = iw_mysql_field(row, "EXPRESSION"), *length = iw_mysql_field(row, "SUB_PART");
	key->column = iw_mysql_text(inspection, row, "COLUMN_NAME");
	if (expression != NULL && key->column == NULL)
		key->expression = iw_mysql_expression(inspection, expression);
	key->is_descending = g_strcmp0(iw_mysql_field(row, "COLLATION"), "D") == 0;
	/* A spatial index shows the size of a bounding box there. */
	if (length != NULL && index->special == NULL)
		key->length = atoi(length);
	return key;
}

static struct iw_index *new_index(struct inspection *inspection, struct row row, const struct iw_table *table)
{
	struct iw_index *index = iw_new(inspection->arena, struct iw_index);
	const char *type = iw_mysql_field(row, "INDEX_TYPE");
	index->name = iw_mysql_text(inspection, row, "INDEX_NAME");
	index->table = table->name;
	index->is_unique = strcmp(iw_mysql_field(row, "NON_UNIQUE"), "0") == 0;
	index->keys = iw_arena_ptr_array(inspection->arena);
	if (strcmp(type, "FULLTEXT") == 0 || strcmp(type, "SPATIAL") == 0)
		index->special = strcmp(type, "FULLTEXT") == 0 ? "fulltext" : "spatial";
	else
		index->method = iw_arena_strdup(inspection->arena, strcmp(type, "HASH") == 0 ? "hash" : "btree");
	index->is_invisible = is_yes(row, "IGNORED") || g_strcmp0(iw_mysql_field(row, "IS_VISIBLE"), "NO") == 0;
	index->comment = iw_mysql_text(inspection, row, "INDEX_COMMENT");
	return index;
}

static void add_primary_key(struct inspection *inspection, struct iw_table *table, struct iw_index *index)
{
	struct iw_constraint *constraint = iw_new(inspection->arena, struct iw_constraint);
	constraint->kind = IW_PRIMARY_KEY;
	constraint->name = index->name;
	constraint->keys = index->keys;
	index->constraint = index->name;
	g_ptr_array_add(table->constraints, constraint);
}

bool iw_mysql_inspect_indexes(struct inspection *inspection, GError **error)
{
	g_autoptr(iw_rows) rows =
		iw_mysql_catalogue(inspection, "* FROM information_schema.statistics", "TABLE_SCHEMA", "TABLE_NAME",
				   "TABLE_SCHEMA, TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX", error);
	if (rows == NULL)
		return false;
	struct iw_index *index = NULL;
	for (guint i = 0; i < iw_rows_count(rows); i++) {
		struct row row = {rows, i};
		struct iw_table *table = iw_mysql_table_of(inspection, row, "TABLE_SCHEMA", "TABLE_NAME");
		if (table == NULL)
			continue;
		if (strcmp(iw_mysql_field(row, "SEQ_IN_INDEX"), "1") == 0) {
			index = new_index(inspection, row, table);
			g_ptr_array_add(table->indexes, index);
			if (strcmp(index->name, "PRIMARY") == 0)
				add_primary_key(inspection, table, index);
		}
		g_ptr_array_add(index->keys, read_key(inspection, row, index));
	}
	return true;
}

static enum iw_action action_of(const char *rule)
{
	static const char *const names[] = {
		[IW_NO_ACTION] = "NO ACTION", [IW_RESTRICT] = "RESTRICT",	[IW_CASCADE] = "CASCADE",
		[IW_SET_NULL] = "SET NULL",   [IW_SET_DEFAULT] = "SET DEFAULT",
	};
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		if (g_strcmp0(rule, names[i]) == 0)
			return (enum iw_action)i;
	return IW_NO_ACTION;
}

static struct iw_constraint *new_foreign_key(struct inspection *inspection, struct row row, const char *name)
{
	struct iw_constraint *constraint = iw_new(inspection->arena, struct iw_constraint);
	constraint->kind = IW_FOREIGN_KEY;
	constraint->name = iw_arena_strdup(inspection->arena, name);
	constraint->columns = iw_arena_ptr_array(inspection->arena);
	constraint->referenced_columns = iw_arena_ptr_array(inspection->arena);
	constraint->references = iw_mysql_catalogue_name(inspection, iw_mysql_field(row, "REFERENCED_TABLE_SCHEMA"),
							 iw_mysql_field(row, "REFERENCED_TABLE_NAME"));
	constraint->on_delete = action_of(iw_mysql_field(row, "DELETE_RULE"));
	constraint->on_update = action_of(iw_mysql_field(row, "UPDATE_RULE"));
	return constraint;
}

bool iw_mysql_inspect_foreign_keys(struct inspection *inspection, GError **error)
{
	g_autoptr(iw_rows) rows = iw_mysql_catalogue(
		inspection,
		"k.*, r.UPDATE_RULE, r.DELETE_RULE FROM information_schema.key_column_usage k"
		" JOIN information_schema.referential_constraints r ON r.CONSTRAINT_SCHEMA = k.CONSTRAINT_SCHEMA"
		" AND r.TABLE_NAME = k.TABLE_NAME AND r.CONSTRAINT_NAME = k.CONSTRAINT_NAME",
		"k.REFERENCED_TABLE_NAME IS NOT NULL AND k.TABLE_SCHEMA", "k.TABLE_NAME",
		"k.TABLE_SCHEMA, k.TABLE_NAME, k.CONSTRAINT_NAME, k.ORDINAL_POSITION", error);
	if (rows == NULL)
		return false;
	struct iw_constraint *constraint = NULL;
	for (guint i = 0; i < iw_rows_count(rows); i++) {
		struct row row = {rows, i};
		struct iw_table *table = iw_mysql_table_of(inspection, row, "TABLE_SCHEMA", "TABLE_NAME");
		if (table == NULL)
			continue;
		if (strcmp(iw_mysql_field(row, "ORDINAL_POSITION"), "1") == 0) {
			constraint = new_foreign_key(inspection, row, iw_mysql_field(row, "CONSTRAINT_NAME"));
			g_ptr_array_add(table->constraints, constraint);
		}
		g_ptr_array_add(constraint->columns, (char *)iw_mysql_text(inspection, row, "COLUMN_NAME"));
		g_ptr_array_add(constraint->referenced_columns,
				(char *)iw_mysql_text(inspection, row, "REFERENCED_COLUMN_NAME"));
	}
	return true;
}

/* MariaDB names the table in the view itself; MySQL's names are unique in a schema. */
static const char *checks_source(struct iw_engine engine)
{
	if (engine.is_mariadb)
		return engine.version >= 100222 ? "c.* FROM information_schema.check_constraints c" : NULL;
	if (engine.version < 80016)
		return NULL;
	return "c.CONSTRAINT_SCHEMA, c.CONSTRAINT_NAME, c.CHECK_CLAUSE, t.TABLE_NAME, t.ENFORCED"
	       " FROM information_schema.check_constraints c JOIN information_schema.table_constraints t"
	       " ON t.CONSTRAINT_SCHEMA = c.CONSTRAINT_SCHEMA AND t.CONSTRAINT_NAME = c.CONSTRAINT_NAME"
	       " AND t.CONSTRAINT_TYPE = 'CHECK'";
}

bool iw_mysql_inspect_checks(struct inspection *inspection, GError **error)
{
	const char *source = checks_source(inspection->connection->engine);
	if (source == NULL)
		return true;
	g_autoptr(iw_rows) rows = iw_mysql_catalogue(inspection, source, "c.CONSTRAINT_SCHEMA", "TABLE_NAME",
						     "c.CONSTRAINT_SCHEMA, TABLE_NAME, c.CONSTRAINT_NAME", error);
	if (rows == NULL)
		return false;
	for (guint i = 0; i < iw_rows_count(rows); i++) {
		struct row row = {rows, i};
		struct iw_table *table = iw_mysql_table_of(inspection, row, "CONSTRAINT_SCHEMA", "TABLE_NAME");
		if (table == NULL)
			continue;
		struct iw_constraint *constraint = iw_new(inspection->arena, struct iw_constraint);
		constraint->kind = IW_CHECK;
		constraint->name = iw_mysql_text(inspection, row, "CONSTRAINT_NAME");
		constraint->check = iw_mysql_expression(inspection, iw_mysql_field(row, "CHECK_CLAUSE"));
		constraint->is_not_enforced = g_strcmp0(iw_mysql_field(row, "ENFORCED"), "NO") == 0;
		g_ptr_array_add(table->constraints, constraint);
	}
	return true;
}
