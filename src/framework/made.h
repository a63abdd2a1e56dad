/*
 * Made: the text of a migration that is written in Python, as SQL in pieces that know where they come from.
 *
 *  1. iw_made_new();
 *  2. iw_made_sql(), iw_made_foreign() in the order in which the framework would do them;
 *  3. iw_made_finish(): a source for the SQL reader, each piece ended by ";\n". The text is what `plan --sql` shows.
 */
#pragma once

#include "base/arena.h"
#include "base/source.h"

typedef struct iw_made iw_made;

/* shown_as: the Python file's shown path. */
iw_made *iw_made_new(const char *shown_as);
void iw_made_free(iw_made *made);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(iw_made, iw_made_free)

/* One query, without its terminator. Texts are copied; `origin.source` is kept alive. */
void iw_made_sql(iw_made *made, struct iw_place origin, const char *sql);
/* What comes until the next call is outside (or again inside) the migration's transaction. */
void iw_made_set_alone(iw_made *made, bool is_alone);
/* `why` is a short sentence without a full stop: "runs Python: fill_names()". */
void iw_made_foreign(iw_made *made, struct iw_place origin, const char *why);
/* The same, of what changes rows at most: it is still known what tables are like. */
void iw_made_foreign_rows(iw_made *made, struct iw_place origin, const char *why);
/* The last piece is the operation `part` (from 1) of the migration, and the framework can run that one alone. */
void iw_made_set_part(iw_made *made, int part, bool is_atomic);
/* What takes the last piece back. */
void iw_made_set_undo(iw_made *made, const char *sql);
/* The last piece is SQL that names what only the framework's own connection has. */
void iw_made_set_needs(iw_made *made, const char *needs);
/* Those of `literals` (char *) that stand in the last piece are others at each reading. */
void iw_made_set_varying(iw_made *made, const GPtrArray *literals);
/* Goes with the next piece. */
void iw_made_note(iw_made *made, const char *format, ...) G_GNUC_PRINTF(2, 3);
guint iw_made_count(const iw_made *made);
/* Frees `made`. */
iw_source *iw_made_finish(iw_made *made);
