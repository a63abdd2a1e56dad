/*
 * What is to be seen in the functions of a migration written in Python, by its syntax: loops that may never end, rows
 * changed one by one in one transaction, application models that are imported. Nothing is evaluated.
 *
 *  1. iw_py_notes_open() parses the file; false: there is nothing to say (the reader of the migration says why);
 *  2. ask for each function; notes go to the list, their sources stay as long as the arena.
 */
#pragma once

#include "framework/python/syntax.h"
#include "model/code_note.h"

struct iw_py_notes {
	iw_arena *arena;
	iw_source *source;
	struct py_node *tree;
	GPtrArray *notes; /* struct iw_code_note * */
	guint lookups;	  /* of names, which are bounded */
};

bool iw_py_notes_open(struct iw_py_notes *self, iw_arena *arena, const char *path, const char *shown, GPtrArray *notes);
/* At the node's first line; is_slight: less than the rule's own severity. */
struct iw_code_note *iw_py_note(struct iw_py_notes *self, enum iw_note_kind kind, const struct py_node *node,
				const char *format, ...) G_GNUC_PRINTF(4, 5);

/* Calls `visit` for the node and all below it, parents first; below those for which it returns false it does not go. */
void iw_py_walk(const struct py_node *node, bool (*visit)(void *data, const struct py_node *node), void *data);
/* The name that a CALL calls, "filter" of a.b.filter(...); NULL: no CALL, or of something without a name. */
const char *iw_py_called(const struct py_node *node);
/* Argument by keyword, or by position (-1: keyword only); NULL: not given. */
const struct py_node *iw_py_node_argument(const struct py_node *call, int position, const char *name);
/* Does the code of the node hold this text? */
bool iw_py_holds(const struct iw_py_notes *self, const struct py_node *node, const char *text);

/* while loops of a function that select rows WHERE x IS NULL and may set x to NULL again. */
void iw_py_note_loops(struct iw_py_notes *self, const struct py_node *function);
/* Loops over all rows of a table, and changes of all rows by the ORM, in one transaction. */
void iw_py_note_backfills(struct iw_py_notes *self, const struct py_node *function);
/* Classes of the project's models that functions of the file use for queries. `hint`: what to do instead. */
void iw_py_note_imports(struct iw_py_notes *self, const char *instead);
