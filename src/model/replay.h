/*
 * Replay: applies operations to a schema, with the names and side effects that the engine itself gives
 * (PostgreSQL: sequences of serial columns, indexes of constraints, "t_a_b_key" names with truncation at 63
 * bytes, NOT NULL by PRIMARY KEY, DROP COLUMN taking indexes and constraints along, ...; MySQL: index and
 * foreign key names, keys behind foreign keys, implicit defaults; SQLite: rewritten references on rename, ...).
 * Pure; never asks a server.
 *
 * The schema keeps nothing of the operation: what it stores is copied to schema->arena, so statements can be freed as
 * soon as they are applied (a project of 200,000 statements is replayed in little memory).
 */
#pragma once

#include "model/operation.h"

/*
 * Applies one operation. Errors, IW_ERROR_HISTORY at the operation's place: an object is missing or already
 * there (unless IF [NOT] EXISTS, or the schema is uncertain), in the server's own words where it has them.
 * The schema is unchanged by a failed operation. OPAQUE operations set `is_uncertain` and succeed,
 * but for those whose `data` says that only rows can have changed.
 */
bool iw_schema_apply(iw_schema *schema, const struct iw_operation *operation, GError **error);

/* All operations of a statement, in order; stops at the first error. */
bool iw_schema_apply_statement(iw_schema *schema, const struct iw_statement *statement, GError **error);
