/*
 * Tokens of MySQL and MariaDB, for sql/mysql/ only. Works on any text with a length, copies nothing, looks no further
 * than the token it returns. What is inside executable comments, of the versions the engine runs, is tokens like any
 * other.
 */
#pragma once

#include "model/engine.h"

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

enum token_kind {
	TOKEN_END,
	TOKEN_WORD,	 /* an unquoted name or keyword */
	TOKEN_QUOTED,	 /* `name` */
	TOKEN_STRING,	 /* '...' or "..." */
	TOKEN_NUMBER,	 /* 1, 1.5, .5, 1e3 */
	TOKEN_BITS,	 /* 0x1F, x'1F', 0b01, b'01' */
	TOKEN_VARIABLE,	 /* @name, @'name', @@global.name */
	TOKEN_PARAMETER, /* ? */
	TOKEN_OPERATOR,
};

struct token {
	enum token_kind kind;
	size_t begin, end;
};

struct lexer {
	const char *text;
	size_t length, at;
	struct iw_engine engine;
	bool runs_all;	    /* take every executable comment, whatever its version: for the splitter */
	bool in_executable; /* inside an executable comment ... */
	size_t executable_begin, executable_end; /* ... which begins there, and where the last one ended */
	bool may_close;				 /* the text begins inside an executable comment, perhaps */
	const char *stop;			 /* words end before this text (a delimiter like "$$"); NULL: none */
	const char *breakpoint;			 /* line comments end before this text; NULL: none */
	GArray *comments;			 /* of struct token: where comments are; NULL: not wanted */
	/* What has no end: "string", "quoted name", "comment"; NULL: all is well. */
	const char *open_what;
	size_t open_at;
};

/* Moves over blanks and comments. False: a comment has no end. */
bool iw_mysql_lexer_skip(struct lexer *lexer);
/* False: `open_what` has no end; the token then reaches to the end of the text. */
bool iw_mysql_lexer_next(struct lexer *lexer, struct token *token);
/* Without regard to case, and only of unquoted words. `word` in capitals or not. */
bool iw_mysql_token_is(const char *text, const struct token *token, const char *word);
bool iw_mysql_is_reserved(const char *word, size_t length);
bool iw_mysql_is_name_byte(char byte);
