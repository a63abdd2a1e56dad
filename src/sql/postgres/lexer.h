/*
 * Lexer: PostgreSQL's tokens as offsets into a text, for what the parse tree does not say (where things end, comments)
 * and for reading grammar newer than the parser's. Never fails: what is unterminated runs to the end of the text.
 *
 *  1. iw_pg_skip_*(): step over one lexical thing, given where it starts; used by the splitter too;
 *  2. iw_pg_lex(): all tokens of one statement.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

enum pg_token_kind {
	PG_TOKEN_END,
	PG_TOKEN_WORD,	 /* keyword or unquoted identifier */
	PG_TOKEN_QUOTED, /* "identifier" */
	PG_TOKEN_STRING, /* any literal in quotes or dollar quotes */
	PG_TOKEN_NUMBER,
	PG_TOKEN_PARAMETER,
	PG_TOKEN_OPERATOR,
	PG_TOKEN_PUNCTUATION, /* one of ( ) [ ] , ; . : and what is not SQL */
};

struct pg_token {
	enum pg_token_kind kind;
	int depth; /* of parentheses and brackets, of the token itself: "(" and its ")" have the outer depth */
	size_t offset, length;
};

/* Where a thing that starts at `at` ends, or `limit` + 1 when it is not terminated before `limit`. */
size_t iw_pg_skip_quoted(const char *text, size_t at, size_t limit, bool has_escapes);
size_t iw_pg_skip_dollar(const char *text, size_t at, size_t limit); /* `at` itself when it is no dollar quote */
size_t iw_pg_skip_block_comment(const char *text, size_t at, size_t limit);
/* To the end of the line, which is not included; never unterminated. */
size_t iw_pg_skip_line(const char *text, size_t at, size_t limit);
size_t iw_pg_skip_word(const char *text, size_t at, size_t limit);

extern const unsigned char iw_pg_class[256];
enum pg_class {
	PG_CLASS_OTHER,
	PG_CLASS_SPACE,
	PG_CLASS_WORD, /* letters, underscore, bytes above 127: may start a word */
	PG_CLASS_DIGIT,
	PG_CLASS_OPERATOR,
	PG_CLASS_PUNCTUATION,
};

/* struct pg_token, ended by a PG_TOKEN_END whose offset is the length of the text; comments (offset and length of each
 * comment as PG_TOKEN_END tokens) go to `comments` when it is not NULL. The caller frees the array. */
GArray *iw_pg_lex(const char *text, size_t length, GArray *comments);
/* Only what is outside of strings matters: appends the comments of text[from, to). */
void iw_pg_find_comments(const char *text, size_t from, size_t to, GArray *comments);

/* Is the token this word (lower case), whatever its case? */
bool iw_pg_token_is(const char *text, const struct pg_token *token, const char *word);
bool iw_pg_is_punctuation(const char *text, const struct pg_token *token, char c);
