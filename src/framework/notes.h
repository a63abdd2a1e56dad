/* Notes on code (model/code_note.h), filled by the frameworks' readers and judged by the rules of their kinds. */
#pragma once

#include "framework/framework.h"
#include "model/code_note.h"

/* struct iw_code_note * of one migration, from its file alone: any thread may ask, whatever else is done with the
 * project. */
GPtrArray *iw_migration_notes(iw_arena *arena, const struct iw_project *project, const struct iw_migration *migration);
/* Of the project as a whole: its history, and whether its applications migrate when they start. */
GPtrArray *iw_project_notes(iw_arena *arena, const struct iw_project *project);

/* Adds a note at the line of `path` in which `word` stands first (NULL: the first line). */
void iw_note_file(iw_arena *arena, GPtrArray *notes, enum iw_note_kind kind, const char *path, const char *word,
		  const char *format, ...) G_GNUC_PRINTF(6, 7);
/* startup.c: of the files below a folder that start something. */
void iw_startup_notes(iw_arena *arena, const char *directory, GPtrArray *notes);
