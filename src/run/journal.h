/*
 * Journal: what is under way and could be left half done. A table in the database itself, there only while something
 * is open. One row a migration; written in the same transaction as what it tells of wherever the engine can.
 */
#pragma once

#include "run/run.h"

bool iw_journal_exists(iw_connection *connection, bool *exists, GError **error);
bool iw_journal_create(iw_connection *connection, GError **error);
/* Drops the table when it is empty. */
bool iw_journal_drop_empty(iw_connection *connection, GError **error);

/* Statements, in `arena`. */
const char *iw_journal_insert_sql(iw_arena *arena, const iw_connection *connection,
				  const struct iw_journal_entry *entry);
const char *iw_journal_update_sql(iw_arena *arena, const iw_connection *connection,
				  const struct iw_journal_entry *entry);
/* "done" becomes that of `after` if it still is that of `before`: for a session of the framework's in this database. */
const char *iw_journal_advance_sql(iw_arena *arena, const iw_connection *connection,
				   const struct iw_journal_entry *before, const struct iw_journal_entry *after);
/* What other sessions have told the runner, which its own updates leave alone. */
const char *iw_journal_control_sql(iw_arena *arena, const iw_connection *connection, const char *migration);
const char *iw_journal_set_control_sql(iw_arena *arena, const iw_connection *connection, const char *migration,
				       const char *control);
/* The entry goes; for such a session, too. */
const char *iw_journal_take_sql(iw_arena *arena, const iw_connection *connection, const char *migration);
const char *iw_journal_delete_sql(iw_arena *arena, const iw_connection *connection, const char *migration);

/* Hash over the statements [0, count) of a plan: tells whether what was done is still what the file says. */
const char *iw_journal_hash(iw_arena *arena, const struct iw_migration_plan *plan, int count);
const char *iw_journal_step_hash(iw_arena *arena, const struct iw_step *step);
