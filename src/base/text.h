/*
 * Text for a terminal: colours, aligned tables, and numbers in words. Pure but for iw_style_for().
 *
 *  1. iw_style_for(fd) once per output stream;
 *  2. build text in a GString with the functions below; without colours they add plain text.
 */
#pragma once

#include "base/arena.h"

#include <stdbool.h>

struct iw_style {
	bool colours;
	int width; /* columns of the terminal; 100 when it is not one */
	bool is_terminal;
};

/* Colours when `fd` is a terminal and TERM is not "dumb", or CLICOLOR_FORCE is set, and NO_COLOR is not; width by
 * COLUMNS, then the terminal. */
struct iw_style iw_style_for(int fd);

enum iw_colour { IW_PLAIN, IW_BOLD, IW_DIM, IW_RED, IW_YELLOW, IW_GREEN, IW_BLUE, IW_CYAN, IW_COLOURS };

/* Adds `text` in `colour`; NULL adds nothing. */
void iw_text_add(GString *out, struct iw_style style, enum iw_colour colour, const char *text);
void iw_text_printf(GString *out, struct iw_style style, enum iw_colour colour, const char *format, ...)
	G_GNUC_PRINTF(4, 5);
/* Words of `text` in lines of at most `style.width`, each line after `indent` blanks; ends with a newline. */
void iw_text_wrap(GString *out, struct iw_style style, int indent, const char *text);
/* Columns that a terminal uses for it (UTF-8, wide and combining characters). */
int iw_text_width(const char *text);
/* Prints control characters (escape sequences in names, for one) as "?": for text that comes from files or servers. */
const char *iw_text_clean(iw_arena *arena, const char *text);

/*
 * Table: rows of cells, columns padded to the widest cell. Cells are copied. The last column is not padded and is
 * cut with "…" when the line would be wider than the style's width and `cut` was set.
 */
struct iw_text_table {
	iw_arena *arena;
	int columns;
	unsigned right; /* bit i: column i is aligned to the right */
	bool cut;
	GPtrArray *cells; /* struct iw_text_cell *, row by row */
};
struct iw_text_table *iw_text_table_new(iw_arena *arena, int columns);
/* The first row, printed dim; one string per column. */
void iw_text_table_header(struct iw_text_table *table, ...);
/* Cells fill rows from left to right. NULL is an empty cell. */
void iw_text_table_add(struct iw_text_table *table, enum iw_colour colour, const char *text);
void iw_text_table_render(const struct iw_text_table *table, GString *out, struct iw_style style, int indent);

/* "0 ms", "120 ms", "3 s", "2 min", "5 h", "3 days"; "unknown" when negative. */
const char *iw_words_duration(iw_arena *arena, double seconds);
/* "0 bytes", "512 bytes", "1.2 GB" (powers of 1000); "unknown" when negative. */
const char *iw_words_size(iw_arena *arena, double bytes);
/* "no rows", "1 row", "950 rows", "12 thousand rows", "4.2 million rows"; "unknown" when negative. */
const char *iw_words_rows(iw_arena *arena, double rows);
/* "1 statement", "3 statements": English plurals by "s". */
const char *iw_words_count(iw_arena *arena, guint64 count, const char *noun);
/* "Did you mean": the candidate that `word` is most probably a slip of, NULL when none is near. `next` gives one
 * candidate a call and NULL at the end. */
const char *iw_words_nearest(const char *word, const char *(*next)(void *data), void *data);
