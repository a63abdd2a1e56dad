/*
 * Flyway's flyway_schema_history. Rows are numbered by installed_rank; a version may have several (undone and run
 * again, deleted by repair), and the last one that says something counts. Rows of type SCHEMA are no migrations; a
 * BASELINE row says that all versions up to its own were there before.
 */
#include "framework/sqltools/sqltools_internal.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

/* Columns of read_sql. */
enum { RANK, VERSION, DESCRIPTION, TYPE, SCRIPT, CHECKSUM, AT, SUCCESS };

/* Flyway's own texts; %1$s: the table quoted, %2$s: its name as text of other objects' names. */
static const char *const create_table[IW_DIALECTS] = {
	[IW_POSTGRES] = "CREATE TABLE %1$s (\n"
			"    \"installed_rank\" INT NOT NULL,\n"
			"    \"version\" VARCHAR(50),\n"
			"    \"description\" VARCHAR(200) NOT NULL,\n"
			"    \"type\" VARCHAR(20) NOT NULL,\n"
			"    \"script\" VARCHAR(1000) NOT NULL,\n"
			"    \"checksum\" INTEGER,\n"
			"    \"installed_by\" VARCHAR(100) NOT NULL,\n"
			"    \"installed_on\" TIMESTAMP NOT NULL DEFAULT now(),\n"
			"    \"execution_time\" INTEGER NOT NULL,\n"
			"    \"success\" BOOLEAN NOT NULL,\n"
			"    CONSTRAINT %2$s PRIMARY KEY (\"installed_rank\")\n"
			")",
	[IW_MYSQL] = "CREATE TABLE %1$s (\n"
		     "    `installed_rank` INT NOT NULL,\n"
		     "    `version` VARCHAR(50),\n"
		     "    `description` VARCHAR(200) NOT NULL,\n"
		     "    `type` VARCHAR(20) NOT NULL,\n"
		     "    `script` VARCHAR(1000) NOT NULL,\n"
		     "    `checksum` INT,\n"
		     "    `installed_by` VARCHAR(100) NOT NULL,\n"
		     "    `installed_on` TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,\n"
		     "    `execution_time` INT NOT NULL,\n"
		     "    `success` BOOL NOT NULL,\n"
		     "    CONSTRAINT %2$s PRIMARY KEY (`installed_rank`)\n"
		     ")",
	[IW_SQLITE] = "CREATE TABLE %1$s (\n"
		      "    \"installed_rank\" INT NOT NULL PRIMARY KEY,\n"
		      "    \"version\" VARCHAR(50),\n"
		      "    \"description\" VARCHAR(200) NOT NULL,\n"
		      "    \"type\" VARCHAR(20) NOT NULL,\n"
		      "    \"script\" VARCHAR(1000) NOT NULL,\n"
		      "    \"checksum\" INT,\n"
		      "    \"installed_by\" VARCHAR(100) NOT NULL,\n"
		      "    \"installed_on\" TEXT NOT NULL DEFAULT (strftime('%%Y-%%m-%%d %%H:%%M:%%f','now')),\n"
		      "    \"execution_time\" INT NOT NULL,\n"
		      "    \"success\" BOOLEAN NOT NULL\n"
		      ")",
};

static GPtrArray *create_sql(iw_arena *arena, const struct iw_bookkeeping *self)
{
	const char *table = iw_bookkeeping_table(arena, self);
	const char *key = iw_quote(arena, self->dialect, iw_arena_printf(arena, "%s_pk", self->table_name));
	const char *index = iw_quote(arena, self->dialect, iw_arena_printf(arena, "%s_s_idx", self->table_name));
	GPtrArray *list = iw_arena_ptr_array(arena);
	if (self->schema != NULL && strcmp(self->schema, "public") != 0)
		g_ptr_array_add(list, iw_arena_printf(arena, "CREATE SCHEMA IF NOT EXISTS %s",
						      iw_quote(arena, self->dialect, self->schema)));
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	g_ptr_array_add(list, iw_arena_printf(arena, create_table[self->dialect], table, key));
#pragma GCC diagnostic pop
	g_ptr_array_add(list, iw_arena_printf(arena, "CREATE INDEX %s ON %s (%s)", index, table,
					      iw_quote(arena, self->dialect, "success")));
	return list;
}

static const char *read_sql(iw_arena *arena, const struct iw_bookkeeping *self)
{
	static const char *const at[IW_DIALECTS] = {
		[IW_POSTGRES] = "to_char(installed_on AT TIME ZONE current_setting('TimeZone') AT TIME ZONE 'UTC',"
				" 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')",
		[IW_MYSQL] = "DATE_FORMAT('1970-01-01' + INTERVAL UNIX_TIMESTAMP(installed_on) SECOND, "
			     "'%Y-%m-%dT%H:%i:%sZ')",
		[IW_SQLITE] = "replace(installed_on, ' ', 'T') || 'Z'",
	};
	return iw_arena_printf(arena,
			       "SELECT installed_rank, version, description, type, script, checksum, %s,"
			       " CASE WHEN success THEN 1 ELSE 0 END FROM %s ORDER BY installed_rank",
			       at[self->dialect], iw_bookkeeping_table(arena, self));
}

/* match
 * ---------------------------------------------------------------------------------------------------------------- */

struct matching {
	iw_arena *arena;
	GPtrArray *list;
	GHashTable *by_key; /* version key, or "R" and the description */
	const char *baseline;
};

static const char *key_of(iw_arena *arena, const char *version, const char *description)
{
	return version != NULL ? iw_sql_version_key(arena, version) : iw_arena_printf(arena, "R%s", description);
}

static void take_row(struct matching *matching, const char *const *row)
{
	const char *type = row[TYPE];
	if (strcmp(type, "SCHEMA") == 0)
		return;
	if (strcmp(type, "BASELINE") == 0) {
		matching->baseline = row[VERSION];
		return;
	}
	const char *key = key_of(matching->arena, row[VERSION], row[DESCRIPTION]);
	struct iw_applied *applied = g_hash_table_lookup(matching->by_key, key);
	bool is_undone = g_str_has_prefix(type, "UNDO") || strcmp(type, "DELETE") == 0;
	if (applied == NULL) {
		if (is_undone)
			return;
		applied = iw_applied_add(matching->arena, matching->list, NULL, row[SCRIPT]);
		g_hash_table_insert(matching->by_key, (char *)key, applied);
	}
	bool is_success = strcmp(row[SUCCESS], "1") == 0;
	if (!is_success)
		applied->state = IW_FAILED;
	else if (is_undone)
		applied->state = applied->migration == NULL ? IW_ROLLED_BACK : IW_PENDING;
	else
		applied->state = applied->migration == NULL ? IW_MISSING_FILE : IW_APPLIED;
	applied->checksum = is_undone ? NULL : row[CHECKSUM];
	applied->applied_at = is_undone || !is_success ? NULL : row[AT];
}

static void apply_baseline(struct matching *matching)
{
	for (guint i = 0; matching->baseline != NULL && i < matching->list->len; i++) {
		struct iw_applied *applied = g_ptr_array_index(matching->list, i);
		bool is_below = applied->migration != NULL && applied->migration->version != NULL &&
				applied->state == IW_PENDING &&
				iw_sql_compare_versions(applied->migration->version, matching->baseline) <= 0;
		if (!is_below)
			continue;
		applied->state = IW_APPLIED;
		applied->note = iw_arena_printf(matching->arena, "below the baseline %s", matching->baseline);
	}
}

/* A changed repeatable migration is pending again; a changed versioned one was edited. */
static bool check_checksum(struct matching *matching, struct iw_applied *applied, GError **error)
{
	bool is_checked = applied->migration != NULL && applied->migration->problem == NULL &&
			  applied->state == IW_APPLIED && applied->checksum != NULL;
	if (!is_checked)
		return true;
	gint32 checksum;
	if (!iw_flyway_checksum(matching->arena, applied->migration, &checksum, error))
		return false;
	bool is_same = checksum == (gint32)atoi(applied->checksum);
	if (is_same)
		return true;
	if (applied->migration->is_repeatable) {
		applied->state = IW_PENDING;
		applied->note = "changed since it ran; it runs again";
	} else {
		applied->is_edited = true;
	}
	return true;
}

static GPtrArray *match(iw_arena *arena, const struct iw_bookkeeping *self, GPtrArray *records, GError **error)
{
	struct matching matching = {.arena = arena, .list = iw_arena_ptr_array(arena)};
	matching.by_key = iw_arena_hash_table(arena, g_str_hash, g_str_equal);
	for (guint i = 0; i < self->migrations->len; i++) {
		struct iw_migration *migration = g_ptr_array_index(self->migrations, i);
		struct iw_applied *applied = iw_applied_add(arena, matching.list, migration, migration->name);
		const char *key = key_of(arena, migration->version, migration->title);
		if (!migration->is_baseline && !g_hash_table_contains(matching.by_key, key))
			g_hash_table_insert(matching.by_key, (char *)key, applied);
	}
	for (guint i = 0; i < records->len; i++)
		take_row(&matching, ((const struct iw_record *)g_ptr_array_index(records, i))->values);
	apply_baseline(&matching);
	for (guint i = matching.list->len; i-- > self->migrations->len;)
		if (((struct iw_applied *)g_ptr_array_index(matching.list, i))->state == IW_ROLLED_BACK)
			g_ptr_array_remove_index(matching.list, i);
	for (guint i = 0; i < matching.list->len; i++)
		if (!check_checksum(&matching, g_ptr_array_index(matching.list, i), error))
			return NULL;
	iw_mark_out_of_order(matching.list);
	return matching.list;
}

/* writing
 * ---------------------------------------------------------------------------------------------------------------- */

static const char *same_migration(iw_arena *arena, const struct iw_bookkeeping *self,
				  const struct iw_migration *migration)
{
	if (migration->version != NULL)
		return iw_arena_printf(arena, "version = %s", iw_literal(arena, self, migration->version));
	return iw_arena_printf(arena, "version IS NULL AND description = %s",
			       iw_literal(arena, self, migration->title));
}

static const char *delete_failed(iw_arena *arena, const struct iw_bookkeeping *self,
				 const struct iw_migration *migration)
{
	return iw_arena_printf(arena, "DELETE FROM %s WHERE %s AND NOT success", iw_bookkeeping_table(arena, self),
			       same_migration(arena, self, migration));
}

static const char *insert_sql(iw_arena *arena, const struct iw_bookkeeping *self, const struct iw_migration *migration,
			      gint64 execution_ms, bool is_success)
{
	static const char *const user[IW_DIALECTS] = {
		[IW_POSTGRES] = "current_user",
		[IW_MYSQL] = "SUBSTRING_INDEX(USER(), '@', 1)",
		[IW_SQLITE] = "''",
	};
	const struct flyway_migration *data = migration->framework_data;
	const char *table = iw_bookkeeping_table(arena, self);
	gint32 checksum = 0;
	iw_flyway_checksum(arena, migration, &checksum, NULL);
	const char *truth = self->dialect == IW_SQLITE ? (is_success ? "1" : "0") : is_success ? "true" : "false";
	/* The rank comes from a table of its own making, as MySQL refuses to read what it inserts into otherwise. */
	return iw_arena_printf(
		arena,
		"INSERT INTO %s (installed_rank, version, description, type, script, checksum, installed_by,"
		" execution_time, success) SELECT coalesce(max(installed_rank), 0) + 1, %s, %s, '%s', %s, %d, %s,"
		" %" G_GINT64_FORMAT ", %s FROM %s",
		table, iw_literal(arena, self, migration->version), iw_literal(arena, self, migration->title),
		migration->is_baseline ? "SQL_BASELINE" : "SQL", iw_literal(arena, self, data->script), checksum,
		user[self->dialect], execution_ms, truth, table);
}

static GPtrArray *finish_sql(iw_arena *arena, const struct iw_bookkeeping *self, const struct iw_migration *migration,
			     gint64 execution_ms)
{
	return iw_statements(arena, delete_failed(arena, self, migration),
			     insert_sql(arena, self, migration, execution_ms, true), NULL);
}

static GPtrArray *fail_sql(iw_arena *arena, const struct iw_bookkeeping *self, const struct iw_migration *migration,
			   const char *log)
{
	(void)log;
	return iw_statements(arena, delete_failed(arena, self, migration), insert_sql(arena, self, migration, 0, false),
			     NULL);
}

/* Flyway's community edition has no undo: without a row the version is pending again. */
static GPtrArray *undo_sql(iw_arena *arena, const struct iw_bookkeeping *self, const struct iw_migration *migration)
{
	return iw_statements(arena,
			     iw_arena_printf(arena, "DELETE FROM %s WHERE %s", iw_bookkeeping_table(arena, self),
					     same_migration(arena, self, migration)),
			     NULL);
}

static GPtrArray *resolve_repair(iw_arena *arena, const struct iw_bookkeeping *self, const struct iw_applied *applied,
				 GError **error)
{
	gint32 checksum;
	if (applied->state != IW_APPLIED || !applied->is_edited)
		return iw_refuse_resolve(error, "the recorded checksum of \"%s\" needs no repair", applied->name);
	if (!iw_flyway_checksum(arena, applied->migration, &checksum, error))
		return NULL;
	return iw_statements(arena,
			     iw_arena_printf(arena,
					     "UPDATE %s SET checksum = %d, description = %s WHERE %s AND success",
					     iw_bookkeeping_table(arena, self), checksum,
					     iw_literal(arena, self, applied->migration->title),
					     same_migration(arena, self, applied->migration)),
			     NULL);
}

static GPtrArray *resolve_rolled_back(iw_arena *arena, const struct iw_bookkeeping *self,
				      const struct iw_applied *applied, GError **error)
{
	if (applied->migration == NULL)
		return iw_statements(arena,
				     iw_arena_printf(arena, "DELETE FROM %s WHERE script = %s",
						     iw_bookkeeping_table(arena, self),
						     iw_literal(arena, self, applied->name)),
				     NULL);
	if (applied->state == IW_FAILED)
		return iw_statements(arena, delete_failed(arena, self, applied->migration), NULL);
	if (applied->state == IW_APPLIED)
		return undo_sql(arena, self, applied->migration);
	return iw_refuse_resolve(error, "\"%s\" is not recorded as applied", applied->name);
}

static GPtrArray *resolve_sql(iw_arena *arena, const struct iw_bookkeeping *self, const struct iw_applied *applied,
			      enum iw_resolution resolution, GError **error)
{
	gint32 checksum;
	if (resolution == IW_RESOLVE_REPAIR)
		return resolve_repair(arena, self, applied, error);
	if (resolution == IW_RESOLVE_ROLLED_BACK)
		return resolve_rolled_back(arena, self, applied, error);
	if (applied->migration == NULL)
		return iw_refuse_resolve(error, "there is no migration \"%s\" in the project", applied->name);
	if (applied->state == IW_APPLIED)
		return iw_refuse_resolve(error, "\"%s\" is already recorded as applied", applied->name);
	if (!iw_flyway_checksum(arena, applied->migration, &checksum, error))
		return NULL;
	return finish_sql(arena, self, applied->migration, 0);
}

/* lock
 * -------------------------------------------------------------------------------------------------------------------
 */

static gint32 java_hash(const char *text) /* String.hashCode */
{
	guint32 hash = 0;
	for (; *text != '\0'; text++)
		hash = hash * 31 + (unsigned char)*text;
	return (gint32)hash;
}

/* Flyway hashes the table's name as it quotes it. */
static const char *postgres_lock(iw_arena *arena, const struct iw_bookkeeping *self)
{
	gint64 magic = G_GINT64_CONSTANT(77431708279161); /* the bytes of "Flyway" */
	g_autofree char *quoted =
		g_strdup_printf("\"%s\".\"%s\"", self->schema == NULL ? "public" : self->schema, self->table_name);
	return iw_arena_printf(arena, "%" G_GINT64_FORMAT, magic + java_hash(quoted));
}

static const char *mysql_lock(iw_arena *arena, const struct iw_bookkeeping *self)
{
	const struct flyway_settings *settings = self->data;
	if (settings->database == NULL)
		return NULL;
	g_autofree char *quoted = g_strdup_printf("`%s`.`%s`", settings->database, self->table_name);
	return iw_arena_printf(arena, "Flyway-%d", java_hash(quoted));
}

static const char *lock_call(iw_arena *arena, const struct iw_bookkeeping *self, const char *postgres,
			     const char *mysql)
{
	const char *name = self->dialect == IW_MYSQL ? mysql_lock(arena, self) : NULL;
	if (self->dialect == IW_POSTGRES)
		return iw_arena_printf(arena, "SELECT %s(%s)::int", postgres, postgres_lock(arena, self));
	return name == NULL ? NULL
			    : iw_arena_printf(arena, "SELECT %s('%s'%s)", mysql, name, *mysql == 'G' ? ", 0" : "");
}

static const char *try_lock_sql(iw_arena *arena, const struct iw_bookkeeping *self)
{
	return lock_call(arena, self, "pg_try_advisory_lock", "GET_LOCK");
}

static const char *unlock_sql(iw_arena *arena, const struct iw_bookkeeping *self)
{
	return lock_call(arena, self, "pg_advisory_unlock", "RELEASE_LOCK");
}

const struct iw_bookkeeping_class iw_flyway_bookkeeping = {
	.table = iw_bookkeeping_table,
	.exists_sql = iw_bookkeeping_exists_sql,
	.create_sql = create_sql,
	.read_sql = read_sql,
	.match = match,
	.finish_sql = finish_sql,
	.fail_sql = fail_sql,
	.undo_sql = undo_sql,
	.resolve_sql = resolve_sql,
	.try_lock_sql = try_lock_sql,
	.unlock_sql = unlock_sql,
	.refuses_foreign_database = true,
};
