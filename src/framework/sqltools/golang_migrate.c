/*
 * golang-migrate's schema_migrations: one row with the newest version, `dirty` while a migration is under way and after
 * it failed. All versions up to that one count as applied: the table cannot say otherwise.
 */
#include "framework/sqltools/sqltools_internal.h"

#include "base/error.h"

#include <string.h>

#define LOCK_SALT 1486364155u /* golang-migrate: database/util.go */

/* Columns of read_sql. */
enum { VERSION, DIRTY };

/* bookkeeping.data */
struct golang_migrate {
	const char *lock;     /* number as text; NULL: the database's name is not known */
	const char *recorded; /* version of the row that was matched last; NULL: none */
};

/* PostgreSQL joins schema, table and database by NUL, MySQL writes "database:table". */
void iw_golang_migrate_finish(struct sql_opening *opening)
{
	iw_arena *arena = opening->arena;
	struct iw_bookkeeping *book = opening->project->bookkeeping;
	struct golang_migrate *data = iw_new(arena, struct golang_migrate);
	const char *database = opening->project->url == NULL ? NULL : iw_url_database(arena, opening->project->url);
	book->data = data;
	if (database == NULL || book->dialect == IW_SQLITE)
		return;
	g_autoptr(GString) name = g_string_new(NULL);
	if (book->dialect == IW_POSTGRES) {
		const char *path = iw_url_parameter(arena, opening->project->url, "search_path");
		g_string_append(name, book->schema != NULL ? book->schema : path != NULL ? path : "public");
		g_string_append_c(name, '\0');
		g_string_append(name, book->table_name);
		g_string_append_c(name, '\0');
		g_string_append(name, database);
	} else {
		g_string_append_printf(name, "%s:%s", database, book->table_name);
	}
	data->lock = iw_arena_printf(arena, "%u", iw_sql_crc32(0, name->str, name->len) * LOCK_SALT);
}

static GPtrArray *create_sql(iw_arena *arena, const struct iw_bookkeeping *self)
{
	const char *table = self->dialect == IW_SQLITE ? iw_bookkeeping_plain_table(arena, self)
						       : iw_bookkeeping_table(arena, self);
	if (self->dialect == IW_SQLITE)
		return iw_statements(
			arena,
			iw_arena_printf(arena, "CREATE TABLE IF NOT EXISTS %s (version uint64,dirty bool)", table),
			iw_arena_printf(arena, "CREATE UNIQUE INDEX IF NOT EXISTS version_unique ON %s (version)",
					table),
			NULL);
	return iw_statements(
		arena,
		iw_arena_printf(arena, "CREATE TABLE %s (version bigint not null primary key, dirty boolean not null)",
				table),
		NULL);
}

static const char *read_sql(iw_arena *arena, const struct iw_bookkeeping *self)
{
	return iw_arena_printf(arena, "SELECT version, CASE WHEN dirty THEN 1 ELSE 0 END FROM %s LIMIT 1",
			       iw_bookkeeping_table(arena, self));
}

static void add_unknown(iw_arena *arena, GPtrArray *list, const char *version, bool is_dirty)
{
	struct iw_applied *applied = iw_applied_add(arena, list, NULL, version);
	if (is_dirty)
		applied->state = IW_FAILED;
}

static GPtrArray *match(iw_arena *arena, const struct iw_bookkeeping *self, GPtrArray *records, GError **error)
{
	(void)error;
	GPtrArray *list = iw_arena_ptr_array(arena);
	const struct iw_record *record = records->len == 0 ? NULL : g_ptr_array_index(records, 0);
	const char *version = record == NULL ? NULL : record->values[VERSION];
	bool is_dirty = record != NULL && strcmp(record->values[DIRTY], "1") == 0;
	((struct golang_migrate *)self->data)->recorded = version;
	bool is_found = version == NULL || version[0] == '-'; /* -1: a failed down of the first one */
	for (guint i = 0; i < self->migrations->len; i++) {
		struct iw_migration *migration = g_ptr_array_index(self->migrations, i);
		struct iw_applied *applied = iw_applied_add(arena, list, migration, migration->name);
		if (version == NULL || version[0] == '-')
			continue;
		int order = iw_sql_compare_versions(migration->version, version);
		if (order <= 0)
			applied->state = order == 0 && is_dirty ? IW_FAILED : IW_APPLIED;
		is_found = is_found || order == 0;
	}
	if (!is_found)
		add_unknown(arena, list, version, is_dirty);
	return list;
}

/* writing ---------------------------------------------------------------------------------------------------------- */

/* version NULL: none. */
static GPtrArray *set_version(iw_arena *arena, const struct iw_bookkeeping *self, const char *version, bool is_dirty)
{
	const char *table = iw_bookkeeping_table(arena, self);
	const char *remove = iw_arena_printf(arena, "DELETE FROM %s", table);
	if (version == NULL)
		return iw_statements(arena, remove, NULL);
	const char *truth = self->dialect == IW_SQLITE ? (is_dirty ? "1" : "0") : is_dirty ? "true" : "false";
	return iw_statements(arena, remove,
			     iw_arena_printf(arena, "INSERT INTO %s (version, dirty) VALUES (%s, %s)", table,
					     iw_sql_version_key(arena, version), truth),
			     NULL);
}

static const char *version_before(const struct iw_bookkeeping *self, const char *version)
{
	const char *before = NULL;
	for (guint i = 0; i < self->migrations->len; i++) {
		const struct iw_migration *one = g_ptr_array_index(self->migrations, i);
		if (iw_sql_compare_versions(one->version, version) < 0)
			before = one->version;
	}
	return before;
}

static GPtrArray *begin_sql(iw_arena *arena, const struct iw_bookkeeping *self, const struct iw_migration *migration)
{
	return set_version(arena, self, migration->version, true);
}

static GPtrArray *finish_sql(iw_arena *arena, const struct iw_bookkeeping *self, const struct iw_migration *migration,
			     gint64 execution_ms)
{
	(void)execution_ms;
	return set_version(arena, self, migration->version, false);
}

static GPtrArray *undo_sql(iw_arena *arena, const struct iw_bookkeeping *self, const struct iw_migration *migration)
{
	return set_version(arena, self, version_before(self, migration->version), false);
}

/* `migrate force V`. */
static GPtrArray *resolve_sql(iw_arena *arena, const struct iw_bookkeeping *self, const struct iw_applied *applied,
			      enum iw_resolution resolution, GError **error)
{
	if (resolution == IW_RESOLVE_REPAIR)
		return iw_refuse_resolve(error, "the table %s keeps no checksums", iw_bookkeeping_table(arena, self));
	if (resolution == IW_RESOLVE_ROLLED_BACK) {
		if (applied->state == IW_PENDING || applied->state == IW_ROLLED_BACK)
			return iw_refuse_resolve(error, "\"%s\" is not recorded as applied", applied->name);
		const char *version = applied->migration == NULL ? applied->name : applied->migration->version;
		return set_version(arena, self, version_before(self, version), false);
	}
	if (applied->state == IW_APPLIED || applied->state == IW_MISSING_FILE)
		return iw_refuse_resolve(error, "\"%s\" is already recorded as applied", applied->name);
	const char *version = applied->migration == NULL ? applied->name : applied->migration->version;
	const char *before = version_before(self, version);
	const char *recorded = ((const struct golang_migrate *)self->data)->recorded;
	bool skips = applied->state == IW_PENDING && before != NULL &&
		     (recorded == NULL || recorded[0] == '-' || iw_sql_compare_versions(recorded, before) < 0);
	if (skips) {
		iw_refuse_resolve(
			error,
			"older migrations than \"%s\" are pending, and golang-migrate's table would call them applied",
			applied->name);
		iw_error_hint(error, "Resolve or run version %s first.", before);
		return NULL;
	}
	return set_version(arena, self, version, false);
}

/* lock ------------------------------------------------------------------------------------------------------------- */

static const char *lock_call(iw_arena *arena, const struct iw_bookkeeping *self, const char *postgres,
			     const char *mysql, const char *tail)
{
	const char *lock = ((const struct golang_migrate *)self->data)->lock;
	if (lock == NULL || self->dialect == IW_SQLITE)
		return NULL;
	if (self->dialect == IW_POSTGRES)
		return iw_arena_printf(arena, "SELECT %s(%s)::int", postgres, lock);
	return iw_arena_printf(arena, "SELECT %s('%s'%s)", mysql, lock, tail);
}

static const char *try_lock_sql(iw_arena *arena, const struct iw_bookkeeping *self)
{
	return lock_call(arena, self, "pg_try_advisory_lock", "GET_LOCK", ", 0");
}

static const char *unlock_sql(iw_arena *arena, const struct iw_bookkeeping *self)
{
	return lock_call(arena, self, "pg_advisory_unlock", "RELEASE_LOCK", "");
}

const struct iw_bookkeeping_class iw_sql_golang_migrate_bookkeeping = {
	.table = iw_bookkeeping_table,
	.exists_sql = iw_bookkeeping_exists_sql,
	.create_sql = create_sql,
	.read_sql = read_sql,
	.match = match,
	.begin_sql = begin_sql,
	.finish_sql = finish_sql,
	.undo_sql = undo_sql,
	.resolve_sql = resolve_sql,
	.try_lock_sql = try_lock_sql,
	.unlock_sql = unlock_sql,
};
