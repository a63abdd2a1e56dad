/*
 * References: where the project's own code still uses a table or a column. Reads files, runs nothing.
 *
 *  1. iw_refs_new() with the targets, all that are to be looked for in one pass;
 *  2. iw_refs_find() walks the project's folder: first it learns the models (Django, SQLAlchemy, Prisma, Drizzle), then
 * it reads every file in which one of the words stands;
 *  3. read `references` and `counts`; places keep their sources as long as the arena lives.
 *
 * Migrations are no references, nor are vendored and generated folders and what .gitignore names.
 */
#pragma once

#include "framework/framework.h"

enum iw_certainty {
	IW_POSSIBLE, /* the name alone */
	IW_LIKELY,   /* the name, on something that is not resolved, in a file that uses the model */
	IW_CERTAIN,  /* resolved to the model's field, or to the table in SQL */
	IW_CERTAINTIES,
};

struct iw_ref_target {
	struct iw_name table;
	const char *column; /* NULL: the table itself */
	const char *field;  /* what the code calls the column, where that is known and the models may not have it any
			       more;  NULL */
};

struct iw_reference {
	guint target; /* index */
	enum iw_certainty certainty;
	struct iw_place place;
	const char *how; /* "filter() of User", "SQL": a few words */
};

struct iw_skipped_file {
	const char *path, *reason;
};

typedef struct iw_refs {
	GArray *references;		 /* struct iw_reference, by file and line; POSSIBLE ones only with keeps_all */
	guint (*counts)[IW_CERTAINTIES]; /* of each target */
	GPtrArray *skipped;		 /* struct iw_skipped_file * */
	guint files;			 /* that were read */
	guint models;			 /* that were learnt */
	const char *directory;
	/* private */
	struct refs_private *private;
} iw_refs;

/* `directory`: where to look, absolute. `migrations`: struct iw_migration *, whose files are no code; may be NULL. */
iw_refs *iw_refs_new(iw_arena *arena, const char *directory, GPtrArray *migrations, bool keeps_all);
guint iw_refs_add(iw_refs *refs, const struct iw_ref_target *target);
/* Errors: IW_ERROR_INPUT (the folder cannot be read). */
bool iw_refs_find(iw_refs *refs, GError **error);
/* Do the models still have it? After iw_refs_find(). */
bool iw_refs_is_declared(const iw_refs *refs, guint target);
/* What the code called the column of an operation of Python, by its text: RemoveField(model_name="user", name="nick").
 * NULL: not said. */
const char *iw_refs_field_of(iw_arena *arena, const struct iw_place *place);
const char *iw_certainty_name(enum iw_certainty certainty);
/* "users.nick", "app.users" */
const char *iw_ref_target_words(iw_arena *arena, const struct iw_ref_target *target);
