/*
 * The parser's state and its parts, for sql/sqlite/ only. Recursive descent over SQLite's grammar (parse.y); every part
 * returns false once the text is not valid, with the offending token kept by iw_sqlite_refuse().
 * Where SQLite takes a keyword for a name only because nothing else fits (%fallback), parts test the keyword first.
 */
#pragma once

#include "sql/sql.h"
#include "sql/sqlite/token.h"

/* Of nested expressions and queries; SQLite refuses deeper expressions itself (SQLITE_MAX_EXPR_DEPTH). */
#define SQLITE_MAX_DEPTH 1000
#define SQLITE_TOO_DEEP	 "it is nested too deeply"

struct parser {
	iw_arena *arena;
	struct iw_engine engine;
	const char *text;
	size_t length;
	struct token token;  /* the next one, not yet taken */
	size_t previous_end; /* end of the one taken last */
	int depth;
	bool is_failed;
	struct token error_token;
	const char *reason; /* why, where it is not plainly the grammar; NULL */
	struct iw_statement *statement;
	/* What the statement being read touches; NULL: not collected. */
	struct iw_data *data;
	GPtrArray *ctes;      /* char *: names of WITH, which are no tables */
	bool collects_equals; /* inside the AND-list of an outermost WHERE */
};

/* What an expression is, as far as the parser needs to know. */
enum value_kind { VALUE_OTHER, VALUE_LITERAL, VALUE_COLUMN };
struct value {
	enum value_kind kind;
	const char *column;
	const char *pinned; /* column that the comparison just read holds to literals; NULL: none */
};

/* parser.c: tokens */
bool iw_sqlite_refuse(struct parser *parser);
bool iw_sqlite_refuse_with(struct parser *parser, const char *reason);
void iw_sqlite_take(struct parser *parser);
/* The token `count` behind the next one (1: the one after it). */
struct token iw_sqlite_peek(const struct parser *parser, int count);
bool iw_sqlite_is(const struct parser *parser, enum keyword keyword);
bool iw_sqlite_is_kind(const struct parser *parser, enum token_kind kind);
bool iw_sqlite_is_operator(const struct parser *parser, const char *text);
/* Take it when it is there. */
bool iw_sqlite_skip(struct parser *parser, enum keyword keyword);
bool iw_sqlite_skip_kind(struct parser *parser, enum token_kind kind);
/* Take it or fail. */
bool iw_sqlite_expect(struct parser *parser, enum keyword keyword);
bool iw_sqlite_expect_kind(struct parser *parser, enum token_kind kind);
/* True when engine's version is unknown or at least `version`. */
bool iw_sqlite_at_least(const struct parser *parser, int version);

/* names; the grammar's own classes: id (names, keywords that fall back), ids (id or 'string'), nm (ids and joins'
 * words) */
bool iw_sqlite_token_is_id(const struct token *token);
bool iw_sqlite_token_is_nm(const struct token *token);
/* Text without quotes. */
char *iw_sqlite_token_name(iw_arena *arena, const struct token *token);
bool iw_sqlite_nm(struct parser *parser, const char **name);
bool iw_sqlite_ids(struct parser *parser, const char **name);
/* nm [. nm]; schema "main" becomes NULL. */
bool iw_sqlite_full_name(struct parser *parser, struct iw_name *name);
/* ( nm, nm ... ) without the opening one being optional; names: char *, may be NULL to discard. */
bool iw_sqlite_name_list(struct parser *parser, GPtrArray *names);
bool iw_sqlite_bare_name_list(struct parser *parser, GPtrArray *names);
/* IF NOT EXISTS, IF EXISTS: sets the flag. */
bool iw_sqlite_if_not_exists(struct parser *parser, unsigned *flags);
bool iw_sqlite_if_exists(struct parser *parser, unsigned *flags);
/* Text from `begin` to the end of the token taken last, blanks and comments outside quotes made one blank. */
const char *iw_sqlite_text_from(struct parser *parser, size_t begin);
const struct iw_expression *iw_sqlite_expression_from(struct parser *parser, size_t begin);
struct iw_operation *iw_sqlite_add_operation(struct parser *parser, enum iw_operation_kind kind);

/* expression.c */
bool iw_sqlite_expr(struct parser *parser, struct value *value);
/* Anything that is an expression list: expr, expr ...; count may be NULL. */
bool iw_sqlite_expr_list(struct parser *parser, size_t *count);
/* [ASC|DESC] [NULLS FIRST|LAST]; key may be NULL. */
bool iw_sqlite_sort_order(struct parser *parser, struct iw_key *key);
bool iw_sqlite_order_terms(struct parser *parser);
bool iw_sqlite_type(struct parser *parser, struct iw_type *type);
bool iw_sqlite_window_definitions(struct parser *parser);

/* query.c */
bool iw_sqlite_starts_select(const struct parser *parser);
bool iw_sqlite_select(struct parser *parser);
bool iw_sqlite_where(struct parser *parser);
/* [WITH ...] INSERT|REPLACE|UPDATE|DELETE|SELECT|VALUES; adds its operation unless in a trigger. */
bool iw_sqlite_data_statement(struct parser *parser, bool is_in_trigger);

/* table.c */
/* Behind CREATE [TEMP] TABLE. */
bool iw_sqlite_create_table(struct parser *parser, unsigned flags);
/* name type constraint ... */
struct iw_column *iw_sqlite_column(struct parser *parser);
/* Table constraints up to the closing parenthesis or the end, added to the array. */
bool iw_sqlite_table_constraints(struct parser *parser, GPtrArray *constraints);
/* ( key, key ... ) of an index, PRIMARY KEY or UNIQUE; is_autoincrement NULL: not allowed. */
bool iw_sqlite_keys(struct parser *parser, GPtrArray *keys, bool *is_autoincrement);

/* create.c: CREATE of all kinds; alter.c: ALTER, DROP and all short statements */
bool iw_sqlite_create(struct parser *parser);
bool iw_sqlite_alter(struct parser *parser);
bool iw_sqlite_drop(struct parser *parser);
bool iw_sqlite_short_statement(struct parser *parser);

/* canonical.c */
const struct iw_expression *iw_sqlite_expression(iw_arena *arena, struct iw_engine engine, const char *text);
const struct iw_expression *iw_sqlite_default(iw_arena *arena, struct iw_engine engine, const char *text);
struct iw_type iw_sqlite_type_read(iw_arena *arena, struct iw_engine engine, const char *text);

/* render.c */
const char *iw_sqlite_render(iw_arena *arena, struct iw_engine engine, const struct iw_operation *operation);
const char *iw_sqlite_quote(iw_arena *arena, const char *identifier);
const char *iw_sqlite_quote_literal(iw_arena *arena, const char *text);
