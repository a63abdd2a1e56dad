/*
 * Bookkeeping: how a framework records in the database what has run. Pure: it only makes SQL text and reads rows;
 * the runner executes. Every function's SQL is for one dialect, each statement complete, without parameters.
 */
#pragma once

#include "model/migration.h"

/* One row of the bookkeeping table as text; NULL values are NULL. Columns in the order of the read query. */
struct iw_record {
	const char *const *values;
};

enum iw_resolution { IW_RESOLVE_APPLIED, IW_RESOLVE_ROLLED_BACK, IW_RESOLVE_REPAIR };

struct iw_bookkeeping;

struct iw_bookkeeping_class {
	/* The table, quoted for the dialect, for messages. */
	const char *(*table)(iw_arena *arena, const struct iw_bookkeeping *self);
	/* One query, one row, one column: 1 when the table exists, else 0. */
	const char *(*exists_sql)(iw_arena *arena, const struct iw_bookkeeping *self);
	/* char *: statements that create it exactly as the framework would, and seed it. */
	GPtrArray *(*create_sql)(iw_arena *arena, const struct iw_bookkeeping *self);
	/* All rows, oldest first. */
	const char *(*read_sql)(iw_arena *arena, const struct iw_bookkeeping *self);
	/* records: struct iw_record *; returns struct iw_applied *, one for every migration of the project in the
	 * project's order, then one for every row without a file. */
	GPtrArray *(*match)(iw_arena *arena, const struct iw_bookkeeping *self, GPtrArray *records, GError **error);
	/* Written, and committed, before the migration's first statement (NULL or empty: nothing). */
	GPtrArray *(*begin_sql)(iw_arena *arena, const struct iw_bookkeeping *self,
				const struct iw_migration *migration);
	/* Written in the same transaction as the last statement where the engine can, else just after it. */
	GPtrArray *(*finish_sql)(iw_arena *arena, const struct iw_bookkeeping *self,
				 const struct iw_migration *migration, gint64 execution_ms);
	/* After a failure that left something behind. `log` is the server's error text. */
	GPtrArray *(*fail_sql)(iw_arena *arena, const struct iw_bookkeeping *self, const struct iw_migration *migration,
			       const char *log);
	/* After `down`: so that the framework itself would run it again. */
	GPtrArray *(*undo_sql)(iw_arena *arena, const struct iw_bookkeeping *self,
			       const struct iw_migration *migration);
	/* `resolve`. Errors: IW_ERROR_HISTORY with the framework's own reasons (no such row, already applied, ...). */
	GPtrArray *(*resolve_sql)(iw_arena *arena, const struct iw_bookkeeping *self, const struct iw_applied *applied,
				  enum iw_resolution resolution, GError **error);
	/* The framework's own lock: a query whose one value is 1 when it was taken now, 0 when another holds it; and
	 * its release. NULL: the framework has none on this dialect. Session lock. */
	const char *(*try_lock_sql)(iw_arena *arena, const struct iw_bookkeeping *self);
	const char *(*unlock_sql)(iw_arena *arena, const struct iw_bookkeeping *self);
	/* Both or neither; NULL: the table has one form. A query whose one value is 1 when the table is of an older
	 * form that the framework would bring up to date before its first write, and the statements that do it.
	 * records: as for match. */
	const char *(*outdated_sql)(iw_arena *arena, const struct iw_bookkeeping *self);
	GPtrArray *(*upgrade_sql)(iw_arena *arena, const struct iw_bookkeeping *self, GPtrArray *records,
				  GError **error);
	/* What the framework records at the end of a run that went well, also of one that had nothing to do: all in one
	 * transaction. records: as for match. NULL member, empty: nothing. */
	GPtrArray *(*settle_sql)(iw_arena *arena, const struct iw_bookkeeping *self, GPtrArray *records);
	/* Rows are the heads of what is applied, not all of it (Alembic). */
	bool keeps_heads;
	/* Refuse to start on a database that holds tables but no bookkeeping (Prisma's P3005). */
	bool refuses_foreign_database;
	/* SQLite: the framework's own connection enforces foreign keys (else SQLite's default: it does not). */
	bool enforces_foreign_keys;
	/* SQLite: the framework switches them off for a migration, and looks for rows without their parent row before
	 * it commits. */
	bool checks_foreign_keys;
};

struct iw_bookkeeping {
	const struct iw_bookkeeping_class *class;
	enum iw_dialect dialect;
	const char *schema; /* where the table lives; NULL: the default one */
	const char *table_name;
	GPtrArray *migrations; /* struct iw_migration *, the project's */
	const void *data;      /* private to the framework */
};
