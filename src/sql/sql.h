/*
 * SQL: text to statements with operations, and back. No connection.
 *
 *  1. iw_reader_new(engine, source) reads a whole file, or set `script` to read a section of it;
 *  2. iw_reader_next() until it returns NULL: one statement at a time, in constant memory;
 *     allocate each in an arena of its own (or reset one) when the file may be large;
 *  3. iw_reader_free().
 *
 * The reader never fails on bad SQL: what it cannot read is an OPAQUE operation with its reason and, when the text
 * cannot be valid, `is_syntax_error` with a place. It fails (IW_ERROR_INPUT, with place) only where no statement can
 * be cut out: unterminated quote, dollar quote or comment, bytes that are not UTF-8, NUL bytes.
 */
#pragma once

#include "model/migration.h"

typedef struct iw_reader iw_reader;

iw_reader *iw_reader_new(struct iw_engine engine, iw_source *source, const struct iw_script *script);
void iw_reader_free(iw_reader *reader);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(iw_reader, iw_reader_free)

/* The next statement, or NULL at the end or on error (then *error is set). Statement and operations live in `arena`,
 * which also keeps the source alive. Empty statements (";;", comments only) are skipped. */
struct iw_statement *iw_reader_next(iw_reader *reader, iw_arena *arena, GError **error);

/* Cuts and reads all: for small inputs and tests. NULL on error. */
GPtrArray *iw_read_all(iw_arena *arena, struct iw_engine engine, iw_source *source, const struct iw_script *script,
		       GError **error);

/* One statement without terminator, one statement's worth of text each: struct iw_statement * is not rendered back
 * from its text but from its operations. `operations` that came from one ALTER TABLE may be rendered together
 * (iw_render_all merges neighbours of one table where the dialect allows and order permits when `merge`). */
const char *iw_render(iw_arena *arena, struct iw_engine engine, const struct iw_operation *operation);
GPtrArray *iw_render_all(iw_arena *arena, struct iw_engine engine, GPtrArray *operations, bool merge);

/* The one quoting function of each dialect: an identifier (quoted only when it must be on PostgreSQL; always on MySQL
 * and SQLite), a possibly qualified name, a string literal. */
const char *iw_quote(iw_arena *arena, enum iw_dialect dialect, const char *identifier);
const char *iw_quote_name(iw_arena *arena, enum iw_dialect dialect, struct iw_name name);
const char *iw_quote_literal(iw_arena *arena, enum iw_dialect dialect, const char *text);

/* Normal forms for what a server prints (inspect) or a reader finds: see schema.h on canonical text. Never NULL. */
const struct iw_expression *iw_expression_read(iw_arena *arena, struct iw_engine engine, const char *text);
struct iw_type iw_type_read(iw_arena *arena, struct iw_engine engine, const char *text);

/*
 * A dialect's implementation; one const instance in sql/<dialect>/<dialect>.c. sql/sql.c picks by dialect.
 * `split` finds the end of the statement that starts at `offset` (end of text, after the terminator) and knows the
 * dialect's quotes, comments and block bodies; DELIMITER is the MySQL one's own state in `cookie`.
 */
struct iw_cut {
	size_t begin, end; /* the statement's text, blanks and comments at both ends left out; empty: begin == end */
	size_t next;	   /* where the following one starts */
};
struct iw_grammar {
	bool (*split)(const iw_source *source, size_t offset, size_t limit, const struct iw_script *script,
		      void **cookie, struct iw_cut *cut, GError **error);
	void (*free_cookie)(void *cookie);
	/* Fills operations (at least one), flags and error_place of `statement`, whose text and place are set. */
	void (*parse)(iw_arena *arena, struct iw_engine engine, struct iw_statement *statement);
	const char *(*render)(iw_arena *arena, struct iw_engine engine, const struct iw_operation *operation);
	/* Merge neighbours into one statement; may be NULL. */
	GPtrArray *(*render_all)(iw_arena *arena, struct iw_engine engine, GPtrArray *operations);
	const char *(*quote)(iw_arena *arena, const char *identifier);
	const char *(*quote_literal)(iw_arena *arena, const char *text);
	const struct iw_expression *(*expression)(iw_arena *arena, struct iw_engine engine, const char *text);
	struct iw_type (*type)(iw_arena *arena, struct iw_engine engine, const char *text);
};
extern const struct iw_grammar iw_postgres_grammar, iw_mysql_grammar, iw_sqlite_grammar;
