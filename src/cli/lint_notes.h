/*
 * What lint says beside statements.
 *
 *  1. iw_lint_notes_new() once;
 *  2. for each migration that is reported: iw_lint_notes_migration() after iw_lint_begin_migration(), and
 *     iw_lint_notes_statement() for each of its statements;
 *  3. iw_lint_notes_end() when all has been read: the schema of `lint` is the one at the end of the history.
 */
#pragma once

#include "cli/cli.h"
#include "lint/lint.h"

struct iw_lint_notes;

/* What is linted: the whole project, what was named (what comes after it is not read), or what a branch adds. */
enum iw_lint_scope { IW_LINT_WHOLE, IW_LINT_NAMED, IW_LINT_SINCE };
struct iw_lint_notes *iw_lint_notes_new(struct iw_cli *cli, iw_lint *lint, iw_arena *arena, enum iw_lint_scope scope);
void iw_lint_notes_migration(struct iw_lint_notes *self, const struct iw_migration *migration);
void iw_lint_notes_statement(struct iw_lint_notes *self, const struct iw_migration *migration,
			     const struct iw_statement *statement);
void iw_lint_notes_end(struct iw_lint_notes *self,
		       bool (*is_reported)(void *data, const struct iw_migration *migration), void *data);
