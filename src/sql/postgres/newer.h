/*
 * Newer grammar: the forms of PostgreSQL 16 to 18 that the parser (15) does not know.
 *
 *  1. iw_pg_rewrite() turns the tokens of a refused statement into what 15 accepts, in place (blanks where a clause is
 *     taken out), so that every location stays right; the few texts that must grow are noted as insertions;
 *  2. what the tree then cannot say is kept as amendments, by their offset in the author's text;
 *  3. the readers ask for the amendments that lie inside the part they read.
 */
#pragma once

#include "sql/postgres/tree.h"

enum pg_amendment_kind {
	PG_AMEND_NOT_NULL,  /* a table's CHECK (c) was CONSTRAINT n NOT NULL c */
	PG_AMEND_VIRTUAL,   /* GENERATED ... VIRTUAL, or nothing behind it */
	PG_AMEND_GENERATED, /* a column's DEFAULT (e) was GENERATED ALWAYS AS (e) without STORED */
	PG_AMEND_NOT_ENFORCED,
	PG_AMEND_ENFORCED,
	PG_AMEND_INHERIT,    /* ALTER CONSTRAINT n INHERIT; text "NO INHERIT" or "INHERIT" */
	PG_AMEND_NO_INHERIT, /* of a NOT NULL constraint */
	PG_AMEND_WITHOUT_OVERLAPS,
	PG_AMEND_SET_EXPRESSION, /* SET DEFAULT was SET EXPRESSION AS */
	PG_AMEND_STORAGE,	 /* text: the column's storage */
	PG_AMEND_ACCESS_METHOD,	 /* DEFAULT */
	PG_AMEND_EXPRESSION,	 /* part of an expression was taken out: it has no normal form */
};

struct pg_amendment {
	enum pg_amendment_kind kind;
	size_t offset, end;
	const char *text;
};

/* The text to parse instead (g_free it), or NULL when nothing of it is newer grammar that is known. Fills the reading's
 * insertions and amendments. */
char *iw_pg_rewrite(struct reading *reading);

/* The first amendment of the kind with from <= offset < to, or NULL. */
const struct pg_amendment *iw_pg_find_amendment(const struct reading *reading, enum pg_amendment_kind kind, size_t from,
						size_t to);
bool iw_pg_amendment_hides_expression(const struct pg_amendment *amendment, size_t from, size_t to);
