/*
 * The table __drizzle_migrations, in the form of Drizzle 0.x (hash, created_at) and of 1.0 (name and applied_at as
 * well).
 *
 * 0.x looks only at the newest created_at; 1.0 at names. Inchworm takes the set difference: a migration is applied when
 * a row carries its created_at, its name, or failing both its hash. The hash is the SHA-256 of the file; Drizzle writes
 * and never checks it.
 */
#include "framework/drizzle/drizzle_internal.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

/* Columns of read_sql. */
enum { HASH, CREATED_AT, NAME, APPLIED_AT };

static bool has_names(const struct iw_bookkeeping *self)
{
	return ((const struct iw_drizzle_history *)self->data)->has_names;
}

/* Drizzle's own text, blanks included: SQLite keeps it (of its drivers' texts, the one of libSQL). [has_names][dialect]
 */
static const char *const create[2][IW_DIALECTS] = {
	{
		[IW_POSTGRES] = "CREATE TABLE IF NOT EXISTS %s (\n"
				"\t\t\t\tid SERIAL PRIMARY KEY,\n"
				"\t\t\t\thash text NOT NULL,\n"
				"\t\t\t\tcreated_at bigint\n"
				"\t\t\t)",
		[IW_MYSQL] = "create table if not exists %s (\n"
			     "\t\t\t\tid serial primary key,\n"
			     "\t\t\t\thash text not null,\n"
			     "\t\t\t\tcreated_at bigint\n"
			     "\t\t\t)",
		[IW_SQLITE] = "CREATE TABLE IF NOT EXISTS %s (\n"
			      "\t\t\tid SERIAL PRIMARY KEY,\n"
			      "\t\t\thash text NOT NULL,\n"
			      "\t\t\tcreated_at numeric\n"
			      "\t\t)",
	},
	{
		[IW_POSTGRES] = "CREATE TABLE IF NOT EXISTS %s (\n"
				"\t\t\t\tid SERIAL PRIMARY KEY,\n"
				"\t\t\t\thash text NOT NULL,\n"
				"\t\t\t\tcreated_at bigint,\n"
				"\t\t\t\tname text,\n"
				"\t\t\t\tapplied_at timestamp with time zone DEFAULT now()\n"
				"\t\t\t)",
		[IW_MYSQL] = "CREATE TABLE IF NOT EXISTS %s (\n"
			     "\t\t\t\tid SERIAL PRIMARY KEY,\n"
			     "\t\t\t\thash TEXT NOT NULL,\n"
			     "\t\t\t\tcreated_at BIGINT,\n"
			     "\t\t\t\tname TEXT,\n"
			     "\t\t\t\tapplied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP\n"
			     "\t\t\t)",
		[IW_SQLITE] = "CREATE TABLE IF NOT EXISTS %s (\n"
			      "\t\t\tid INTEGER PRIMARY KEY,\n"
			      "\t\t\thash text NOT NULL,\n"
			      "\t\t\tcreated_at numeric,\n"
			      "\t\t\tname text,\n"
			      "\t\t\tapplied_at TEXT\n"
			      "\t\t)",
	},
};

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static const char *with_table(iw_arena *arena, const struct iw_bookkeeping *self, const char *format)
{
	return iw_arena_printf(arena, format, iw_bookkeeping_table(arena, self));
}
#pragma GCC diagnostic pop

static GPtrArray *create_sql(iw_arena *arena, const struct iw_bookkeeping *self)
{
	GPtrArray *list = iw_arena_ptr_array(arena);
	if (self->schema != NULL)
		g_ptr_array_add(list, iw_arena_printf(arena, "CREATE SCHEMA IF NOT EXISTS %s",
						      iw_quote(arena, self->dialect, self->schema)));
	g_ptr_array_add(list, (char *)with_table(arena, self, create[has_names(self)][self->dialect]));
	return list;
}

/*
 * Works on both forms of the table: where the inner table has no column "name", the name means the NULL of the outer
 * query. (In SQLite 0.x ids are all NULL: SERIAL is not its word for a row number.)
 */
static const char *const read_form[IW_DIALECTS] = {
	[IW_POSTGRES] =
		"SELECT o.hash, o.created_at, (SELECT name FROM %1$s i WHERE i.id = o.id) AS name,"
		" (SELECT to_char(applied_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"
		" FROM %1$s i WHERE i.id = o.id) AS applied_at"
		" FROM (SELECT id, hash, created_at, NULL::text AS name, NULL::timestamptz AS applied_at FROM %1$s) o"
		" ORDER BY o.created_at, o.id",
	[IW_MYSQL] = "SELECT o.hash, o.created_at, (SELECT name FROM %1$s i WHERE i.id = o.id) AS name,"
		     " (SELECT DATE_FORMAT('1970-01-01' + INTERVAL UNIX_TIMESTAMP(applied_at) SECOND, "
		     "'%%Y-%%m-%%dT%%H:%%i:%%sZ')"
		     " FROM %1$s i WHERE i.id = o.id) AS applied_at"
		     " FROM (SELECT id, hash, created_at, NULL AS name, NULL AS applied_at FROM %1$s) o"
		     " ORDER BY o.created_at, o.id",
	[IW_SQLITE] =
		"SELECT o.hash, CAST(o.created_at AS INTEGER), (SELECT name FROM %1$s i WHERE i.rowid = o.row) AS name,"
		" (SELECT applied_at FROM %1$s i WHERE i.rowid = o.row) AS applied_at"
		" FROM (SELECT rowid AS row, hash, created_at, NULL AS name, NULL AS applied_at FROM %1$s) o"
		" ORDER BY o.created_at, o.row",
};

static const char *read_sql(iw_arena *arena, const struct iw_bookkeeping *self)
{
	return with_table(arena, self, read_form[self->dialect]);
}

/* match -------------------------------------------------------------------------------------------------------- */

struct matching {
	iw_arena *arena;
	const struct iw_bookkeeping *self;
	GPtrArray *list; /* struct iw_applied *, first one per migration */
	GPtrArray *records;
	bool *is_claimed; /* per record */
	GError *error;
};

static gint64 created_at(const struct iw_record *record)
{
	return record->values[CREATED_AT] == NULL ? 0 : g_ascii_strtoll(record->values[CREATED_AT], NULL, 10);
}

/* Drizzle's own way from 0.x to 1.0: the folder's name holds whole seconds. */
static bool is_same_when(const struct matching *matching, const struct iw_record *record,
			 const struct iw_migration *migration)
{
	gint64 when = created_at(record);
	return when == migration->when_ms || (has_names(matching->self) && when / 1000 * 1000 == migration->when_ms);
}

static bool has_same_hash(struct matching *matching, const struct iw_record *record,
			  const struct iw_migration *migration)
{
	if (migration->problem != NULL || record->values[HASH] == NULL || matching->error != NULL)
		return false;
	return iw_sha256_matches(matching->arena, migration, record->values[HASH], &matching->error);
}

static bool has_same_name(struct matching *matching, const struct iw_record *record,
			  const struct iw_migration *migration)
{
	return has_names(matching->self) && g_strcmp0(record->values[NAME], migration->name) == 0;
}

static bool is_same_moment(struct matching *matching, const struct iw_record *record,
			   const struct iw_migration *migration)
{
	return !(has_names(matching->self) && record->values[NAME] != NULL) &&
	       is_same_when(matching, record, migration);
}

static bool is_same_moment_and_hash(struct matching *matching, const struct iw_record *record,
				    const struct iw_migration *migration)
{
	return is_same_moment(matching, record, migration) && has_same_hash(matching, record, migration);
}

static bool is_nameless_with_same_hash(struct matching *matching, const struct iw_record *record,
				       const struct iw_migration *migration)
{
	if ((has_names(matching->self) && record->values[NAME] != NULL) || migration->problem != NULL)
		return false;
	return g_strcmp0(iw_migration_sha256(matching->arena, migration, NULL), record->values[HASH]) == 0;
}

static void claim(struct matching *matching, guint index, struct iw_applied *applied, bool by_hash_only)
{
	const struct iw_record *record = g_ptr_array_index(matching->records, index);
	struct iw_drizzle_migration *data = applied->migration->framework_data;
	matching->is_claimed[index] = true;
	applied->state = IW_APPLIED;
	applied->checksum = record->values[HASH];
	applied->applied_at = record->values[APPLIED_AT];
	data->recorded_when = created_at(record);
	if (by_hash_only)
		applied->note = iw_arena_printf(matching->arena,
						"recorded with created_at %" G_GINT64_FORMAT
						", the journal now says %" G_GINT64_FORMAT,
						data->recorded_when, applied->migration->when_ms);
}

typedef bool (*is_same)(struct matching *matching, const struct iw_record *record,
			const struct iw_migration *migration);

/* Records by created_at, so that ten thousand rows are not compared with ten thousand migrations. */
static GHashTable *index_by_moment(struct matching *matching)
{
	GHashTable *index = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, (GDestroyNotify)g_array_unref);
	for (guint i = 0; i < matching->records->len; i++) {
		gint64 when = created_at(g_ptr_array_index(matching->records, i));
		if (has_names(matching->self))
			when = when / 1000 * 1000;
		GArray *rows = g_hash_table_lookup(index, &when);
		if (rows == NULL) {
			rows = g_array_new(FALSE, FALSE, sizeof(guint));
			g_hash_table_insert(index, g_memdup2(&when, sizeof when), rows);
		}
		g_array_append_val(rows, i);
	}
	return index;
}

static void claim_from(struct matching *matching, struct iw_applied *applied, const GArray *rows, is_same same)
{
	for (guint i = 0; rows != NULL && i < rows->len && applied->state == IW_PENDING; i++) {
		guint row = g_array_index(rows, guint, i);
		if (!matching->is_claimed[row] &&
		    same(matching, g_ptr_array_index(matching->records, row), applied->migration))
			claim(matching, row, applied, false);
	}
}

static void claim_by_moment(struct matching *matching)
{
	static const is_same rules[] = {has_same_name, is_same_moment_and_hash, is_same_moment};
	g_autoptr(GHashTable) index = index_by_moment(matching);
	for (size_t rule = 0; rule < G_N_ELEMENTS(rules); rule++)
		for (guint i = 0; i < matching->list->len; i++) {
			struct iw_applied *applied = g_ptr_array_index(matching->list, i);
			claim_from(matching, applied, g_hash_table_lookup(index, &applied->migration->when_ms),
				   rules[rule]);
		}
}

/* What is left on both sides: folders and rows whose times differ, by name, then by content. */
static void claim_leftovers(struct matching *matching)
{
	static const is_same rules[] = {has_same_name, is_nameless_with_same_hash};
	for (size_t rule = 0; rule < G_N_ELEMENTS(rules); rule++)
		for (guint row = 0; row < matching->records->len; row++) {
			const struct iw_record *record = g_ptr_array_index(matching->records, row);
			for (guint i = 0; i < matching->list->len && !matching->is_claimed[row]; i++) {
				struct iw_applied *applied = g_ptr_array_index(matching->list, i);
				if (applied->state == IW_PENDING && rules[rule](matching, record, applied->migration))
					claim(matching, row, applied, rule == 1);
			}
		}
}

/* Two runs at once leave a row twice (Drizzle has no lock): that is no missing file. */
static bool is_duplicate(struct matching *matching, const struct iw_record *record)
{
	for (guint i = 0; i < matching->self->migrations->len; i++) {
		const struct iw_applied *applied = g_ptr_array_index(matching->list, i);
		if (applied->state == IW_APPLIED && g_strcmp0(applied->checksum, record->values[HASH]) == 0 &&
		    is_same_when(matching, record, applied->migration))
			return true;
	}
	return false;
}

static void add_missing(struct matching *matching)
{
	for (guint row = 0; row < matching->records->len; row++) {
		const struct iw_record *record = g_ptr_array_index(matching->records, row);
		if (matching->is_claimed[row] || is_duplicate(matching, record))
			continue;
		const char *name = record->values[NAME];
		if (name == NULL)
			name = iw_arena_printf(matching->arena, "created_at=%s", record->values[CREATED_AT]);
		struct iw_applied *applied = iw_applied_add(matching->arena, matching->list, NULL, name);
		applied->checksum = record->values[HASH];
		applied->applied_at = record->values[APPLIED_AT];
	}
}

static void check_edited(struct matching *matching)
{
	for (guint i = 0; i < matching->list->len; i++) {
		struct iw_applied *applied = g_ptr_array_index(matching->list, i);
		if (applied->state != IW_APPLIED || applied->migration->problem != NULL || matching->error != NULL)
			continue;
		applied->is_edited =
			!iw_sha256_matches(matching->arena, applied->migration, applied->checksum, &matching->error);
	}
}

static GPtrArray *match(iw_arena *arena, const struct iw_bookkeeping *self, GPtrArray *records, GError **error)
{
	struct matching matching = {.arena = arena, .self = self, .records = records};
	matching.list = iw_arena_ptr_array(arena);
	matching.is_claimed = iw_arena_alloc(arena, records->len + 1);
	for (guint i = 0; i < self->migrations->len; i++) {
		struct iw_migration *migration = g_ptr_array_index(self->migrations, i);
		iw_applied_add(arena, matching.list, migration, migration->name);
	}
	claim_by_moment(&matching);
	claim_leftovers(&matching);
	check_edited(&matching);
	add_missing(&matching);
	iw_mark_out_of_order(matching.list);
	if (matching.error == NULL)
		return matching.list;
	g_propagate_error(error, matching.error);
	return NULL;
}

/* writing ------------------------------------------------------------------------------------------------------ */

static const char *hash_literal(iw_arena *arena, const struct iw_bookkeeping *self,
				const struct iw_migration *migration)
{
	const char *hash = iw_migration_sha256(arena, migration, NULL);
	return iw_literal(arena, self, hash == NULL ? "" : hash);
}

static const char *insert_sql(iw_arena *arena, const struct iw_bookkeeping *self, const struct iw_migration *migration)
{
	const char *table = iw_bookkeeping_table(arena, self);
	const char *hash = hash_literal(arena, self, migration);
	if (!has_names(self))
		return iw_arena_printf(arena, "INSERT INTO %s (hash, created_at) VALUES (%s, %" G_GINT64_FORMAT ")",
				       table, hash, migration->when_ms);
	const char *name = iw_literal(arena, self, migration->name);
	bool needs_time = self->dialect == IW_SQLITE; /* elsewhere the column has a default */
	return iw_arena_printf(arena,
			       "INSERT INTO %s (hash, created_at, name%s) VALUES (%s, %" G_GINT64_FORMAT ", %s%s)",
			       table, needs_time ? ", applied_at" : "", hash, migration->when_ms, name,
			       needs_time ? ", strftime('%Y-%m-%dT%H:%M:%fZ', 'now')" : "");
}

static GPtrArray *finish_sql(iw_arena *arena, const struct iw_bookkeeping *self, const struct iw_migration *migration,
			     gint64 execution_ms)
{
	(void)execution_ms;
	return iw_statements(arena, insert_sql(arena, self, migration), NULL);
}

static GPtrArray *undo_sql(iw_arena *arena, const struct iw_bookkeeping *self, const struct iw_migration *migration)
{
	const struct iw_drizzle_migration *data = migration->framework_data;
	const char *table = iw_bookkeeping_table(arena, self);
	gint64 when = data->recorded_when != 0 ? data->recorded_when : migration->when_ms;
	const char *by_when = iw_arena_printf(arena, "created_at = %" G_GINT64_FORMAT, when);
	if (has_names(self))
		by_when = iw_arena_printf(arena, "(name = %s OR (name IS NULL AND %s))",
					  iw_literal(arena, self, migration->name), by_when);
	return iw_statements(arena, iw_arena_printf(arena, "DELETE FROM %s WHERE %s", table, by_when), NULL);
}

/* resolve ------------------------------------------------------------------------------------------------------ */

static GPtrArray *resolve_applied(iw_arena *arena, const struct iw_bookkeeping *self, const struct iw_applied *applied,
				  GError **error)
{
	if (applied->migration == NULL)
		return iw_refuse_resolve(error, "there is no migration \"%s\" in the project", applied->name);
	if (applied->state == IW_APPLIED)
		return iw_refuse_resolve(error, "\"%s\" is already recorded as applied", applied->name);
	if (iw_migration_sha256(arena, applied->migration, error) == NULL)
		return NULL;
	return iw_statements(arena, insert_sql(arena, self, applied->migration), NULL);
}

static GPtrArray *resolve_rolled_back(iw_arena *arena, const struct iw_bookkeeping *self,
				      const struct iw_applied *applied, GError **error)
{
	if (applied->state == IW_APPLIED)
		return undo_sql(arena, self, applied->migration);
	if (applied->state != IW_MISSING_FILE)
		return iw_refuse_resolve(error, "\"%s\" is not recorded as applied", applied->name);
	return iw_statements(arena,
			     iw_arena_printf(arena, "DELETE FROM %s WHERE hash = %s", iw_bookkeeping_table(arena, self),
					     iw_literal(arena, self, applied->checksum)),
			     NULL);
}

static GPtrArray *resolve_repair(iw_arena *arena, const struct iw_bookkeeping *self, const struct iw_applied *applied,
				 GError **error)
{
	if (applied->migration == NULL)
		return iw_refuse_resolve(error, "there is no file for \"%s\" whose hash could be recorded",
					 applied->name);
	const struct iw_drizzle_migration *data = applied->migration->framework_data;
	bool has_other_time = data->recorded_when != 0 && data->recorded_when != applied->migration->when_ms;
	if (applied->state != IW_APPLIED || (!applied->is_edited && !has_other_time))
		return iw_refuse_resolve(error, "what is recorded of \"%s\" needs no repair", applied->name);
	if (iw_migration_sha256(arena, applied->migration, error) == NULL)
		return NULL;
	return iw_statements(arena,
			     iw_arena_printf(arena,
					     "UPDATE %s SET hash = %s, created_at = %" G_GINT64_FORMAT
					     " WHERE created_at = %" G_GINT64_FORMAT " AND hash = %s",
					     iw_bookkeeping_table(arena, self),
					     hash_literal(arena, self, applied->migration), applied->migration->when_ms,
					     data->recorded_when, iw_literal(arena, self, applied->checksum)),
			     NULL);
}

static GPtrArray *resolve_sql(iw_arena *arena, const struct iw_bookkeeping *self, const struct iw_applied *applied,
			      enum iw_resolution resolution, GError **error)
{
	switch (resolution) {
	case IW_RESOLVE_APPLIED:
		return resolve_applied(arena, self, applied, error);
	case IW_RESOLVE_ROLLED_BACK:
		return resolve_rolled_back(arena, self, applied, error);
	default:
		return resolve_repair(arena, self, applied, error);
	}
}

/* from 0.x to 1.0 ---------------------------------------------------------------------------------------------- */

static const char *outdated_sql(iw_arena *arena, const struct iw_bookkeeping *self)
{
	if (!has_names(self))
		return "SELECT 0";
	const char *table = iw_literal(arena, self, self->table_name);
	if (self->dialect == IW_SQLITE)
		return iw_arena_printf(arena, "SELECT count(*) = 0 FROM pragma_table_info(%s) WHERE name = 'name'",
				       table);
	const char *schema = self->schema != NULL	 ? iw_literal(arena, self, self->schema)
			     : self->dialect == IW_MYSQL ? "DATABASE()"
							 : "current_schema()";
	return iw_arena_printf(arena,
			       "SELECT CASE WHEN count(*) = 0 THEN 1 ELSE 0 END FROM information_schema.columns"
			       " WHERE table_schema = %s AND table_name = %s AND column_name = 'name'",
			       schema, table);
}

/* Drizzle 1.0 refuses, too, when a row has no folder. */
static GPtrArray *upgrade_sql(iw_arena *arena, const struct iw_bookkeeping *self, GPtrArray *records, GError **error)
{
	static const char *const columns[IW_DIALECTS] = {
		[IW_POSTGRES] =
			"ALTER TABLE %s ADD COLUMN IF NOT EXISTS \"applied_at\" timestamp with time zone DEFAULT now()",
		[IW_MYSQL] = "ALTER TABLE %s ADD `applied_at` TIMESTAMP DEFAULT CURRENT_TIMESTAMP",
		[IW_SQLITE] = "ALTER TABLE %s ADD COLUMN \"applied_at\" TEXT",
	};
	static const char *const names[IW_DIALECTS] = {
		[IW_POSTGRES] = "ALTER TABLE %s ADD COLUMN IF NOT EXISTS \"name\" text",
		[IW_MYSQL] = "ALTER TABLE %s ADD `name` text",
		[IW_SQLITE] = "ALTER TABLE %s ADD COLUMN \"name\" text",
	};
	GPtrArray *list = match(arena, self, records, error);
	if (list == NULL)
		return NULL;
	const char *table = iw_bookkeeping_table(arena, self);
	GPtrArray *statements = iw_statements(arena, with_table(arena, self, names[self->dialect]),
					      with_table(arena, self, columns[self->dialect]), NULL);
	for (guint i = 0; i < list->len; i++) {
		const struct iw_applied *applied = g_ptr_array_index(list, i);
		if (applied->state == IW_MISSING_FILE)
			return iw_refuse_resolve(
				error,
				"the bookkeeping table is of Drizzle 0.x, and its row %s has no folder: it cannot "
				"be brought to the form of Drizzle 1.0",
				applied->name);
		if (applied->state != IW_APPLIED)
			continue;
		const struct iw_drizzle_migration *data = applied->migration->framework_data;
		g_ptr_array_add(
			statements,
			iw_arena_printf(
				arena,
				"UPDATE %s SET name = %s, applied_at = NULL WHERE created_at = %" G_GINT64_FORMAT
				" AND hash = %s",
				table, iw_literal(arena, self, applied->name), data->recorded_when,
				iw_literal(arena, self, applied->checksum)));
	}
	return statements;
}

const struct iw_bookkeeping_class iw_drizzle_bookkeeping = {
	.table = iw_bookkeeping_table,
	.exists_sql = iw_bookkeeping_exists_sql,
	.create_sql = create_sql,
	.read_sql = read_sql,
	.match = match,
	.finish_sql = finish_sql,
	.undo_sql = undo_sql,
	.resolve_sql = resolve_sql,
	.outdated_sql = outdated_sql,
	.upgrade_sql = upgrade_sql,
	.enforces_foreign_keys = true,
};
