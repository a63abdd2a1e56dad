/*
 * Tokens of SQLite's SQL, for sql/sqlite/ only. Reads bytes [offset, length) of a text that need not end with NUL.
 * Follows src/tokenize.c of SQLite; keywords and which of them also serve as names follow its parse.y (%fallback).
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

enum token_kind {
	TOKEN_END,
	TOKEN_ILLEGAL,
	TOKEN_SPACE,
	TOKEN_COMMENT,
	TOKEN_SEMICOLON,
	TOKEN_OPEN,
	TOKEN_CLOSE,
	TOKEN_COMMA,
	TOKEN_DOT,
	TOKEN_OPERATOR, /* told apart by iw_sqlite_token_is() */
	TOKEN_INTEGER,
	TOKEN_FLOAT,
	TOKEN_STRING, /* '...' */
	TOKEN_BLOB,
	TOKEN_VARIABLE,
	TOKEN_NAME,   /* unquoted, not a keyword */
	TOKEN_QUOTED, /* "..." `...` [...] */
	TOKEN_KEYWORD,
};

/* Keyword, may it be a name where it has no meaning of its own? 'J': words of joins, names in most places. */
/* clang-format off */
#define SQLITE_KEYWORDS(X)                                                                                            \
	X(ABORT, 'F') X(ACTION, 'F') X(ADD, 0) X(AFTER, 'F') X(ALL, 0) X(ALTER, 0) X(ALWAYS, 'F')                     \
	X(ANALYZE, 'F') X(AND, 0) X(AS, 0) X(ASC, 'F') X(ATTACH, 'F') X(AUTOINCREMENT, 0) X(BEFORE, 'F')              \
	X(BEGIN, 'F') X(BETWEEN, 0) X(BY, 'F') X(CASCADE, 'F') X(CASE, 0) X(CAST, 'F') X(CHECK, 0)                    \
	X(COLLATE, 0) X(COLUMN, 'F') X(COMMIT, 0) X(CONFLICT, 'F') X(CONSTRAINT, 0) X(CREATE, 0) X(CROSS, 'J')        \
	X(CURRENT, 'F') X(CURRENT_DATE, 'F') X(CURRENT_TIME, 'F') X(CURRENT_TIMESTAMP, 'F') X(DATABASE, 'F')          \
	X(DEFAULT, 0) X(DEFERRABLE, 0) X(DEFERRED, 'F') X(DELETE, 0) X(DESC, 'F') X(DETACH, 'F') X(DISTINCT, 0)       \
	X(DO, 'F') X(DROP, 0) X(EACH, 'F') X(ELSE, 0) X(END, 'F') X(ESCAPE, 0) X(EXCEPT, 0) X(EXCLUDE, 'F')           \
	X(EXCLUSIVE, 'F') X(EXISTS, 0) X(EXPLAIN, 'F') X(FAIL, 'F') X(FILTER, 0) X(FIRST, 'F')                        \
	X(FOLLOWING, 'F') X(FOR, 'F') X(FOREIGN, 0) X(FROM, 0) X(FULL, 'J') X(GENERATED, 'F') X(GLOB, 'F')            \
	X(GROUP, 0) X(GROUPS, 'F') X(HAVING, 0) X(IF, 'F') X(IGNORE, 'F') X(IMMEDIATE, 'F') X(IN, 0)                  \
	X(INDEX, 0) X(INDEXED, 'I') X(INITIALLY, 'F') X(INNER, 'J') X(INSERT, 0) X(INSTEAD, 'F')                      \
	X(INTERSECT, 0) X(INTO, 0) X(IS, 0) X(ISNULL, 0) X(JOIN, 0) X(KEY, 'F') X(LAST, 'F') X(LEFT, 'J')             \
	X(LIKE, 'F') X(LIMIT, 0) X(MATCH, 'F') X(MATERIALIZED, 'F') X(NATURAL, 'J') X(NO, 'F') X(NOT, 0)              \
	X(NOTHING, 0) X(NOTNULL, 0) X(NULL, 0) X(NULLS, 'F') X(OF, 'F') X(OFFSET, 'F') X(ON, 0) X(OR, 0)              \
	X(ORDER, 0) X(OTHERS, 'F') X(OUTER, 'J') X(OVER, 0) X(PARTITION, 'F') X(PLAN, 'F') X(PRAGMA, 'F')             \
	X(PRECEDING, 'F') X(PRIMARY, 0) X(QUERY, 'F') X(RAISE, 'F') X(RANGE, 'F') X(RECURSIVE, 'F')                   \
	X(REFERENCES, 0) X(REGEXP, 'F') X(REINDEX, 'F') X(RELEASE, 'F') X(RENAME, 'F') X(REPLACE, 'F')                \
	X(RESTRICT, 'F') X(RETURNING, 0) X(RIGHT, 'J') X(ROLLBACK, 'F') X(ROW, 'F') X(ROWS, 'F')                      \
	X(SAVEPOINT, 'F') X(SELECT, 0) X(SET, 0) X(TABLE, 0) X(TEMP, 'F') X(TEMPORARY, 'F') X(THEN, 0)                \
	X(TIES, 'F') X(TO, 0) X(TRANSACTION, 0) X(TRIGGER, 'F') X(UNBOUNDED, 'F') X(UNION, 0) X(UNIQUE, 0)            \
	X(UPDATE, 0) X(USING, 0) X(VACUUM, 'F') X(VALUES, 0) X(VIEW, 'F') X(VIRTUAL, 'F') X(WHEN, 0)                  \
	X(WHERE, 0) X(WINDOW, 0) X(WITH, 'F') X(WITHIN, 'F') X(WITHOUT, 'F')
/* clang-format on */

enum keyword {
	KW_NONE,
#define SQLITE_KEYWORD_ENUM(word, use) KW_##word,
	SQLITE_KEYWORDS(SQLITE_KEYWORD_ENUM)
#undef SQLITE_KEYWORD_ENUM
};

struct token {
	enum token_kind kind;
	enum keyword keyword;
	const char *text; /* not NUL-terminated */
	size_t begin, end;
};

/* The token that starts at `offset`; spaces and comments are tokens. TOKEN_END at or behind `length`. */
struct token iw_sqlite_token_at(const char *text, size_t length, size_t offset);
/* Likewise, passing over spaces and comments. */
struct token iw_sqlite_token_after(const char *text, size_t length, size_t offset);
/* Its text is exactly this operator or punctuation. */
bool iw_sqlite_token_is(const struct token *token, const char *text);
/* 0, 'F', 'J', 'I' of the table; and the word in capitals. */
char iw_sqlite_keyword_use(enum keyword keyword);
const char *iw_sqlite_keyword_name(enum keyword keyword);
/* Keyword of a word, KW_NONE for none. */
enum keyword iw_sqlite_keyword_find(const char *text, size_t length);
