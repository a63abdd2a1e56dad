/*
 * The table _prisma_migrations, as Prisma's schema engine makes, reads and writes it.
 *
 * A name may have several rows. One that is neither finished nor rolled back blocks Prisma (P3009); a name is applied
 * when it has a finished row that is not rolled back. Rolling back deletes rows instead of marking them: with a marked
 * row Prisma's own `status` would call the history up to date.
 */
#include "framework/prisma/prisma_internal.h"

#include "base/error.h"

#include <string.h>

#define LOCK_ID "72707369" /* schema-engine: pg_advisory_lock(72707369) */

/* Columns of read_sql. */
enum { NAME, CHECKSUM, FINISHED, ROLLED_BACK, LOGS, STARTED };

static const char *const create[IW_DIALECTS] = {
	[IW_POSTGRES] = "CREATE TABLE %s (\n"
			"    id                      VARCHAR(36) PRIMARY KEY NOT NULL,\n"
			"    checksum                VARCHAR(64) NOT NULL,\n"
			"    finished_at             TIMESTAMPTZ,\n"
			"    migration_name          VARCHAR(255) NOT NULL,\n"
			"    logs                    TEXT,\n"
			"    rolled_back_at          TIMESTAMPTZ,\n"
			"    started_at              TIMESTAMPTZ NOT NULL DEFAULT now(),\n"
			"    applied_steps_count     INTEGER NOT NULL DEFAULT 0\n"
			")",
	[IW_MYSQL] = "CREATE TABLE %s (\n"
		     "    id                      VARCHAR(36) PRIMARY KEY NOT NULL,\n"
		     "    checksum                VARCHAR(64) NOT NULL,\n"
		     "    finished_at             DATETIME(3),\n"
		     "    migration_name          VARCHAR(255) NOT NULL,\n"
		     "    logs                    TEXT,\n"
		     "    rolled_back_at          DATETIME(3),\n"
		     "    started_at              DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),\n"
		     "    applied_steps_count     INTEGER UNSIGNED NOT NULL DEFAULT 0\n"
		     ") DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci",
	[IW_SQLITE] = "CREATE TABLE %s (\n"
		      "    \"id\"                    TEXT PRIMARY KEY NOT NULL,\n"
		      "    \"checksum\"              TEXT NOT NULL,\n"
		      "    \"finished_at\"           DATETIME,\n"
		      "    \"migration_name\"        TEXT NOT NULL,\n"
		      "    \"logs\"                  TEXT,\n"
		      "    \"rolled_back_at\"        DATETIME,\n"
		      "    \"started_at\"            DATETIME NOT NULL DEFAULT current_timestamp,\n"
		      "    \"applied_steps_count\"   INTEGER UNSIGNED NOT NULL DEFAULT 0\n"
		      ")",
};

/* The present moment in the column's own form; SQLite: milliseconds since 1970. */
static const char *const now[IW_DIALECTS] = {
	[IW_POSTGRES] = "clock_timestamp()",
	[IW_MYSQL] = "UTC_TIMESTAMP(3)",
	[IW_SQLITE] = "CAST(strftime('%s','now') AS INTEGER) * 1000 + CAST(substr(strftime('%f','now'), 4) AS INTEGER)",
};

/* A moment as ISO 8601 UTC. SQLite: Prisma writes milliseconds, other tools text. */
static const char *const moment[IW_DIALECTS] = {
	[IW_POSTGRES] = "to_char(%s AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')",
	[IW_MYSQL] = "DATE_FORMAT(%s, '%%Y-%%m-%%dT%%H:%%i:%%s.%%fZ')",
	[IW_SQLITE] = ("CASE typeof(%1$s) WHEN 'integer' THEN strftime('%%Y-%%m-%%dT%%H:%%M:%%fZ', %1$s / 1000.0, "
		       "'unixepoch')"
		       " ELSE %1$s END"),
};

/* This migration's row of the attempt under way. */
#define OPEN_ROW "migration_name = %s AND finished_at IS NULL AND rolled_back_at IS NULL"

static const char *moment_sql(iw_arena *arena, const struct iw_bookkeeping *self, const char *column)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	return iw_arena_printf(arena, moment[self->dialect], column);
#pragma GCC diagnostic pop
}

static GPtrArray *create_sql(iw_arena *arena, const struct iw_bookkeeping *self)
{
	const char *schema = NULL;
	if (self->dialect == IW_POSTGRES && self->schema != NULL && strcmp(self->schema, "public") != 0)
		schema = iw_arena_printf(arena, "CREATE SCHEMA IF NOT EXISTS %s",
					 iw_quote(arena, self->dialect, self->schema));
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	const char *table = iw_arena_printf(arena, create[self->dialect], iw_bookkeeping_table(arena, self));
#pragma GCC diagnostic pop
	return schema == NULL ? iw_statements(arena, table, NULL) : iw_statements(arena, schema, table, NULL);
}

static const char *read_sql(iw_arena *arena, const struct iw_bookkeeping *self)
{
	return iw_arena_printf(arena,
			       "SELECT migration_name, checksum, %s AS finished, %s AS rolled_back, logs, %s AS started"
			       " FROM %s ORDER BY started",
			       moment_sql(arena, self, "finished_at"), moment_sql(arena, self, "rolled_back_at"),
			       moment_sql(arena, self, "started_at"), iw_bookkeeping_table(arena, self));
}

/* match -------------------------------------------------------------------------------------------------------- */

/* What a row adds to what earlier rows of the same name said: a failure stands above all, success above rolled back. */
static void take_row(struct iw_applied *applied, const char *const *row)
{
	bool is_rolled_back = row[ROLLED_BACK] != NULL;
	bool is_finished = row[FINISHED] != NULL;
	if (is_rolled_back) {
		if (applied->state == IW_PENDING || applied->state == IW_MISSING_FILE)
			applied->state = IW_ROLLED_BACK;
	} else if (!is_finished) {
		applied->state = IW_FAILED;
		applied->note = row[LOGS] != NULL && *row[LOGS] != '\0' ? row[LOGS] : NULL;
	} else if (applied->state != IW_FAILED) {
		applied->state = IW_APPLIED;
	}
	if (applied->state == IW_APPLIED && !is_rolled_back) {
		applied->checksum = row[CHECKSUM];
		applied->applied_at = row[FINISHED];
	}
}

/* A row without a file is MISSING_FILE as long as it counts for Prisma. */
static void settle_without_file(struct iw_applied *applied)
{
	if (applied->state == IW_APPLIED)
		applied->state = IW_MISSING_FILE;
}

static bool check_edited(iw_arena *arena, GPtrArray *list, GError **error)
{
	for (guint i = 0; i < list->len; i++) {
		struct iw_applied *applied = g_ptr_array_index(list, i);
		if (applied->migration == NULL || applied->migration->problem != NULL || applied->checksum == NULL)
			continue;
		GError *failure = NULL;
		applied->is_edited = !iw_sha256_matches(arena, applied->migration, applied->checksum, &failure);
		if (failure != NULL) {
			g_propagate_error(error, failure);
			return false;
		}
	}
	return true;
}

static GPtrArray *match(iw_arena *arena, const struct iw_bookkeeping *self, GPtrArray *records, GError **error)
{
	GPtrArray *list = iw_arena_ptr_array(arena);
	GHashTable *by_name = iw_arena_hash_table(arena, g_str_hash, g_str_equal);
	for (guint i = 0; i < self->migrations->len; i++) {
		struct iw_migration *migration = g_ptr_array_index(self->migrations, i);
		g_hash_table_insert(by_name, (char *)migration->name,
				    iw_applied_add(arena, list, migration, migration->name));
	}
	for (guint i = 0; i < records->len; i++) {
		const struct iw_record *record = g_ptr_array_index(records, i);
		struct iw_applied *applied = g_hash_table_lookup(by_name, record->values[NAME]);
		if (applied == NULL) {
			applied = iw_applied_add(arena, list, NULL, record->values[NAME]);
			g_hash_table_insert(by_name, (char *)applied->name, applied);
		}
		take_row(applied, record->values);
	}
	for (guint i = self->migrations->len; i < list->len; i++)
		settle_without_file(g_ptr_array_index(list, i));
	iw_mark_out_of_order(list);
	return check_edited(arena, list, error) ? list : NULL;
}

/* writing ------------------------------------------------------------------------------------------------------ */

static const char *checksum_literal(iw_arena *arena, const struct iw_bookkeeping *self,
				    const struct iw_migration *migration)
{
	const char *checksum = iw_migration_sha256(arena, migration, NULL);
	return iw_literal(arena, self, checksum == NULL ? "" : checksum);
}

static GPtrArray *begin_sql(iw_arena *arena, const struct iw_bookkeeping *self, const struct iw_migration *migration)
{
	return iw_statements(arena,
			     iw_arena_printf(arena,
					     "INSERT INTO %s (id, checksum, started_at, migration_name)"
					     " VALUES ('%s', %s, %s, %s)",
					     iw_bookkeeping_table(arena, self), iw_uuid4(arena),
					     checksum_literal(arena, self, migration), now[self->dialect],
					     iw_literal(arena, self, migration->name)),
			     NULL);
}

/* The checksum again: the file may have been mended between a failed attempt and the one that got through. */
static GPtrArray *finish_sql(iw_arena *arena, const struct iw_bookkeeping *self, const struct iw_migration *migration,
			     gint64 execution_ms)
{
	(void)execution_ms;
	return iw_statements(arena,
			     iw_arena_printf(arena,
					     "UPDATE %s SET finished_at = %s, checksum = %s,"
					     " applied_steps_count = applied_steps_count + 1 WHERE " OPEN_ROW,
					     iw_bookkeeping_table(arena, self), now[self->dialect],
					     checksum_literal(arena, self, migration),
					     iw_literal(arena, self, migration->name)),
			     NULL);
}

static GPtrArray *fail_sql(iw_arena *arena, const struct iw_bookkeeping *self, const struct iw_migration *migration,
			   const char *log)
{
	return iw_statements(arena,
			     iw_arena_printf(arena, "UPDATE %s SET logs = %s WHERE " OPEN_ROW,
					     iw_bookkeeping_table(arena, self), iw_literal(arena, self, log),
					     iw_literal(arena, self, migration->name)),
			     NULL);
}

static GPtrArray *undo_sql(iw_arena *arena, const struct iw_bookkeeping *self, const struct iw_migration *migration)
{
	return iw_statements(
		arena,
		iw_arena_printf(arena, "DELETE FROM %s WHERE migration_name = %s AND rolled_back_at IS NULL",
				iw_bookkeeping_table(arena, self), iw_literal(arena, self, migration->name)),
		NULL);
}

/* resolve ------------------------------------------------------------------------------------------------------ */

static const char *roll_back_sql(iw_arena *arena, const struct iw_bookkeeping *self, const char *name)
{
	return iw_arena_printf(arena, "UPDATE %s SET rolled_back_at = %s WHERE " OPEN_ROW,
			       iw_bookkeeping_table(arena, self), now[self->dialect], iw_literal(arena, self, name));
}

static GPtrArray *resolve_applied(iw_arena *arena, const struct iw_bookkeeping *self, const struct iw_applied *applied,
				  GError **error)
{
	if (applied->migration == NULL)
		return iw_refuse_resolve(error, "there is no migration \"%s\" in the project (Prisma's P3017)",
					 applied->name);
	if (applied->state == IW_APPLIED)
		return iw_refuse_resolve(error, "\"%s\" is already recorded as applied (Prisma's P3008)",
					 applied->name);
	if (iw_migration_sha256(arena, applied->migration, error) == NULL)
		return NULL;
	const char *insert = iw_arena_printf(
		arena,
		"INSERT INTO %s (id, checksum, started_at, finished_at, migration_name, logs, applied_steps_count)"
		" VALUES ('%s', %s, %s, %s, %s, '', 0)",
		iw_bookkeeping_table(arena, self), iw_uuid4(arena), checksum_literal(arena, self, applied->migration),
		now[self->dialect], now[self->dialect], iw_literal(arena, self, applied->name));
	if (applied->state == IW_FAILED)
		return iw_statements(arena, roll_back_sql(arena, self, applied->name), insert, NULL);
	return iw_statements(arena, insert, NULL);
}

static GPtrArray *resolve_rolled_back(iw_arena *arena, const struct iw_bookkeeping *self,
				      const struct iw_applied *applied, GError **error)
{
	switch (applied->state) {
	case IW_PENDING:
		return iw_refuse_resolve(error, "\"%s\" was never applied to this database (Prisma's P3011)",
					 applied->name);
	case IW_APPLIED:
	case IW_MISSING_FILE:
		iw_refuse_resolve(error, "\"%s\" did not fail: it is recorded as applied (Prisma's P3012)",
				  applied->name);
		iw_error_hint(error, "`inchworm down` takes an applied migration back.");
		return NULL;
	case IW_FAILED:
		return iw_statements(arena, roll_back_sql(arena, self, applied->name), NULL);
	case IW_ROLLED_BACK:
		break;
	}
	return iw_arena_ptr_array(arena);
}

static GPtrArray *resolve_repair(iw_arena *arena, const struct iw_bookkeeping *self, const struct iw_applied *applied,
				 GError **error)
{
	if (applied->migration == NULL)
		return iw_refuse_resolve(error, "there is no file for \"%s\" whose checksum could be recorded",
					 applied->name);
	if (applied->state != IW_APPLIED || !applied->is_edited)
		return iw_refuse_resolve(error, "the recorded checksum of \"%s\" needs no repair", applied->name);
	if (iw_migration_sha256(arena, applied->migration, error) == NULL)
		return NULL;
	return iw_statements(
		arena,
		iw_arena_printf(arena,
				"UPDATE %s SET checksum = %s WHERE migration_name = %s AND rolled_back_at IS NULL",
				iw_bookkeeping_table(arena, self), checksum_literal(arena, self, applied->migration),
				iw_literal(arena, self, applied->name)),
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

/* lock --------------------------------------------------------------------------------------------------------- */

static const char *try_lock_sql(iw_arena *arena, const struct iw_bookkeeping *self)
{
	(void)arena;
	static const char *const sql[IW_DIALECTS] = {
		[IW_POSTGRES] = "SELECT pg_try_advisory_lock(" LOCK_ID ")::int",
		[IW_MYSQL] = "SELECT GET_LOCK('prisma_migrate', 0)",
	};
	return sql[self->dialect];
}

static const char *unlock_sql(iw_arena *arena, const struct iw_bookkeeping *self)
{
	(void)arena;
	static const char *const sql[IW_DIALECTS] = {
		[IW_POSTGRES] = "SELECT pg_advisory_unlock(" LOCK_ID ")::int",
		[IW_MYSQL] = "SELECT RELEASE_LOCK('prisma_migrate')",
	};
	return sql[self->dialect];
}

const struct iw_bookkeeping_class iw_prisma_bookkeeping = {
	.table = iw_bookkeeping_table,
	.exists_sql = iw_bookkeeping_exists_sql,
	.create_sql = create_sql,
	.read_sql = read_sql,
	.match = match,
	.begin_sql = begin_sql,
	.finish_sql = finish_sql,
	.fail_sql = fail_sql,
	.undo_sql = undo_sql,
	.resolve_sql = resolve_sql,
	.try_lock_sql = try_lock_sql,
	.unlock_sql = unlock_sql,
	.refuses_foreign_database = true,
	.enforces_foreign_keys = true,
};
