/*
 * Words: finds and replaces names inside canonical SQL text (checks, defaults, index expressions, partition keys)
 * without parsing it. It knows quotes, strings, casts, qualified names and calls, and nothing else.
 * For files of model/, and of framework/ that read canonical text.
 */
#pragma once

#include "model/schema.h"

enum iw_word_role {
	IW_WORD_COLUMN, /* a column, bare or after "table." */
	IW_WORD_TYPE,	/* after "::", or in CAST(... AS type) */
	IW_WORD_TABLE,	/* before ".column" */
};

/* True when `text` uses the column. NULL text: false. */
bool iw_text_uses_column(struct iw_engine engine, const char *text, const char *column);
/* True when any identifier of `text` is `name`: for view definitions. NULL text: false. */
bool iw_text_mentions(struct iw_engine engine, const char *text, const char *name);
/* In text as an author would write it: `text` itself when it does not hold the name; else a copy with the new one,
 * quoted where it must be. */
const char *iw_text_rename(iw_arena *arena, struct iw_engine engine, enum iw_word_role role, const char *text,
			   const char *old_name, const char *new_name);
const struct iw_expression *iw_expression_rename(iw_arena *arena, struct iw_engine engine, enum iw_word_role role,
						 const struct iw_expression *expression, const char *old_name,
						 const char *new_name);
/* As the name stands in canonical text. */
const char *iw_word_canonical(iw_arena *arena, enum iw_dialect dialect, const char *name);
/* As PostgreSQL's quote_identifier() for PostgreSQL; backticks and double quotes, always, for the others. */
const char *iw_word_quoted(iw_arena *arena, enum iw_dialect dialect, const char *name);
