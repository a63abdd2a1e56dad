/* What a statement that commits by itself finds before it runs: how the next run tells whether it took effect. */
#include "run/run_internal.h"

#include "base/error.h"
#include "model/compare.h"
#include "sql/sql.h"

static void add_table(GPtrArray *names, const char *name)
{
	for (guint i = 0; i < names->len; i++)
		if (g_strcmp0(g_ptr_array_index(names, i), name) == 0)
			return;
	if (name != NULL)
		g_ptr_array_add(names, (char *)name);
}

/* Names a statement is about, NULL-terminated; an index named alone is found through all tables. */
static GPtrArray *touched(iw_arena *arena, const struct iw_statement *statement)
{
	GPtrArray *names = iw_arena_ptr_array(arena);
	for (guint i = 0; i < statement->operations->len; i++) {
		const struct iw_operation *operation = g_ptr_array_index(statement->operations, i);
		if (operation->kind == IW_OP_OPAQUE || operation->kind == IW_OP_DROP_INDEX ||
		    operation->kind == IW_OP_RENAME_INDEX || operation->kind == IW_OP_REINDEX)
			if (operation->member == NULL)
				return NULL;
		add_table(names, operation->name.name);
		add_table(names, operation->new_name.name);
		if (operation->index != NULL)
			add_table(names, operation->index->table.name);
		if (operation->constraint != NULL)
			add_table(names, operation->constraint->references.name);
	}
	g_ptr_array_add(names, NULL);
	return names;
}

static iw_schema *inspect(iw_run *run, iw_arena *arena, const struct iw_statement *statement, GError **error)
{
	GPtrArray *names = touched(arena, statement);
	struct iw_inspect_options options = {.tables = names == NULL ? NULL : (const char *const *)names->pdata};
	return run->connection->driver->inspect(run->connection, arena, &options, error);
}

const char *iw_run_fingerprint(iw_run *run, const struct iw_statement *statement, GError **error)
{
	g_autoptr(iw_arena) arena = iw_arena_new();
	iw_schema *schema = inspect(run, arena, statement, error);
	if (schema == NULL)
		return NULL;
	g_autoptr(GString) dump = g_string_new(NULL);
	iw_schema_dump(schema, dump);
	g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, dump->str, (gssize)dump->len);
	return iw_arena_strdup(run->arena, hash);
}

GPtrArray *iw_run_invalid_indexes(iw_run *run, const struct iw_statement *statement, GError **error)
{
	g_autoptr(iw_arena) arena = iw_arena_new();
	iw_schema *schema = inspect(run, arena, statement, error);
	if (schema == NULL)
		return NULL;
	GPtrArray *names = iw_arena_ptr_array(run->arena);
	for (guint i = 0; i < schema->tables->len; i++) {
		const struct iw_table *table = g_ptr_array_index(schema->tables, i);
		for (guint j = 0; j < table->indexes->len; j++) {
			const struct iw_index *index = g_ptr_array_index(table->indexes, j);
			struct iw_name name = {table->name.schema, index->name};
			if (index->is_invalid)
				g_ptr_array_add(names, (char *)iw_quote_name(run->arena, run->dialect, name));
		}
	}
	return names;
}
