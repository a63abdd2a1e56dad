/*
 * Source: the bytes of one input file (a large one is mapped, never copied whole) and places in it.
 *
 *  1. iw_source_open() a file, or iw_source_from_text();
 *  2. read `text`, `length` (not NUL-terminated!), turn byte offsets into line and column;
 *  3. iw_source_unref(); statements and operations that point at it take a reference through their arena.
 *
 * A byte order mark at the start is kept in `text` (checksums are over the file as it is); `start` is the
 * offset after it. CR, LF and CRLF end lines.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

struct iw_arena;

typedef struct iw_source iw_source;

/* One-based line and column; the column counts characters (invalid UTF-8 bytes count as one each). */
struct iw_place {
	const iw_source *source;
	size_t offset;
	size_t length;
};

/*
 * A part of a text that was made from something else (Python), in order and without overlap: one statement that is
 * sent as one query (it may hold several of SQL), or something that is no SQL and that the framework must run itself.
 */
struct iw_piece {
	size_t offset, length;
	struct iw_place origin; /* where the author wrote it */
	const char *foreign;	/* no SQL: why ("runs Python: fill_names()"); NULL: SQL */
	bool is_rows_only;	/* foreign: tables are as they were afterwards */
	int part; /* foreign: which of its operations, from 1, where the framework can run that one alone; 0 */
	bool is_part_atomic; /* ... in one transaction */
	const char *note;    /* how it came to be, for people ("asked has_table(\"t\"): answered from the migrations
				before"); NULL */
	const char *needs;   /* SQL: what only the framework's own connection has, "REGEXP"; NULL: nothing */
	const char *const *varying; /* literals in it that are others at each reading (uuid4(), now()), NULL-terminated;
				       NULL: none */
	const char *undo;	    /* SQL: what takes it back, where its maker knows; NULL */
	bool is_alone;		    /* outside any transaction (autocommit_block, atomic = False) */
};

struct iw_source {
	const char *path; /* as shown to the user: relative to where Inchworm was started, or "<text>" */
	const char *text;
	size_t length;
	size_t start;
	/* private */
	gatomicrefcount references;
	GMappedFile *mapped;
	char *owned_path;
	char *owned_text;
	size_t forgotten;	  /* offset */
	GArray *line_starts;	  /* built on first use */
	const GArray *pieces;	  /* struct iw_piece; NULL: the text is the author's own */
	struct iw_arena *made_in; /* holds pieces and keeps the sources of their origins; owned */
};

/* Errors: IW_ERROR_INPUT (missing, not a regular file, unreadable). */
iw_source *iw_source_open(const char *path, const char *shown_as, GError **error);
/* From now on the file at this absolute path holds `text`, as an editor has it that has not saved yet; NULL: what is on
 * disk counts again. Not while another thread opens files. */
void iw_source_override(const char *path, const char *text, size_t length);
iw_source *iw_source_from_text(const char *text, size_t length, const char *shown_as);
/* The source takes `arena`, in which `pieces` live, and frees it at its end. */
void iw_source_set_pieces(iw_source *source, struct iw_arena *arena, const GArray *pieces);
/* Hint: what stands before `offset` is hardly needed any more; the memory of a large mapped file goes back. */
void iw_source_forget(iw_source *source, size_t offset);
iw_source *iw_source_ref(iw_source *source);
void iw_source_unref(iw_source *source);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(iw_source, iw_source_unref)

struct iw_line_column {
	int line;
	int column;
};
struct iw_line_column iw_source_locate(const iw_source *source, size_t offset);

/*
 * The line at `place` and a caret line under it:
 *     12 | ALTER TABLE users ADD COLUMN email text NOT NULL
 *        |                              ^~~~~
 * Long lines are cut around the caret at `width` characters. Tabs keep their width.
 */
void iw_place_caret(GString *out, const struct iw_place *place, int width);

/* Offset of the first byte that is not valid UTF-8 (or is NUL: a binary file), or -1. */
gssize iw_source_find_invalid(const iw_source *source);
