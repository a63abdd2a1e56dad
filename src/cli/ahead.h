/*
 * Reading ahead: a thread of its own cuts and parses the migrations in order while the caller judges what is read.
 *
 *  1. iw_ahead_new() starts the thread;
 *  2. iw_ahead_next() until it returns NULL: a few statements of one migration at a time, each given back with
 * iw_ahead_return();
 *  3. iw_ahead_free(), also in the middle.
 *
 * While it runs nobody else may use the arena that the project lives in.
 */
#pragma once

#include "model/migration.h"

struct iw_chunk {
	guint migration;       /* index into what was given */
	GPtrArray *statements; /* struct iw_statement * */
	bool is_last;	       /* of its migration */
	GError *error;	       /* with is_last: it could not be opened or cut; NULL: all was read */
	iw_arena *arena;       /* holds the statements */
};

typedef struct iw_ahead iw_ahead;

/* `count` of the migrations are read. They must stay as they are. */
iw_ahead *iw_ahead_new(struct iw_engine engine, GPtrArray *migrations, guint count);
struct iw_chunk *iw_ahead_next(iw_ahead *ahead);
void iw_ahead_return(iw_ahead *ahead, struct iw_chunk *chunk);
void iw_ahead_free(iw_ahead *ahead);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(iw_ahead, iw_ahead_free)
