/*
 * The parser's state and its parts, for sql/mysql/ only. Recursive descent over the grammars of MySQL 5.7 to 9 and
 * MariaDB 10.6 to 11, the forms of both always accepted. Every part returns false once the text cannot be read; the
 * first to notice keeps the reason: iw_mysql_refuse() for what cannot be valid, iw_mysql_give_up() for what may be.
 */
#pragma once

#include "sql/mysql/lexer.h"
#include "sql/sql.h"

#include <string.h>

/* Of parentheses, functions and queries inside each other. */
#define MYSQL_MAX_DEPTH 200

struct node;

struct parser {
	iw_arena *arena;
	struct iw_engine engine;
	struct lexer lexer;
	struct token token;  /* the next one, not yet taken */
	size_t previous_end; /* end of the one taken last */
	int depth;
	bool is_failed, is_syntax_error;
	struct token error_token;
	const char *reason;
	struct iw_statement *statement; /* NULL: a piece of text only */
	unsigned flags;			/* given to every operation of the statement */
	/* What the expressions read so far are made of; reset by who wants to know. */
	enum iw_volatility volatility;
	bool has_names, has_queries, has_variables, has_calls;
	bool is_quiet;	      /* expressions leave no nodes: for long lists of values */
	struct node *scrap;   /* what they leave instead */
	GPtrArray *reads;     /* struct iw_name *: tables of FROM; NULL: not collected */
	GPtrArray *common;    /* char *: names of WITH, which are no tables */
	GPtrArray *functions; /* char *: functions called; NULL: not collected */
};

/* parser.c: tokens */
void iw_mysql_parser_begin(struct parser *parser, iw_arena *arena, struct iw_engine engine, const char *text,
			   size_t length);
void iw_mysql_take(struct parser *parser);
/* "near" the next token. */
bool iw_mysql_refuse(struct parser *parser);
bool iw_mysql_refuse_with(struct parser *parser, const char *reason);
bool iw_mysql_give_up(struct parser *parser, const char *reason);
bool iw_mysql_deeper(struct parser *parser);
bool iw_mysql_is(const struct parser *parser, const char *word);
bool iw_mysql_is_operator(const struct parser *parser, const char *text);
/* The token behind the next one. */
struct token iw_mysql_peek(const struct parser *parser);
bool iw_mysql_peek_is(const struct parser *parser, const char *word);
/* The next words are these: "NOT NULL". */
bool iw_mysql_is_words(const struct parser *parser, const char *words);
/* Take them when they are there. */
bool iw_mysql_skip(struct parser *parser, const char *words);
bool iw_mysql_skip_operator(struct parser *parser, const char *text);
/* Take or fail. */
bool iw_mysql_expect(struct parser *parser, const char *words);
bool iw_mysql_expect_operator(struct parser *parser, const char *text);
bool iw_mysql_at_end(const struct parser *parser);

/* names.c: names, literals, pieces of text */
bool iw_mysql_token_is_name(const struct parser *parser, const struct token *token);
bool iw_mysql_identifier(struct parser *parser, const char **name);
/* The same where reserved words are names, as after a dot. */
bool iw_mysql_any_name(struct parser *parser, const char **name);
bool iw_mysql_full_name(struct parser *parser, struct iw_name *name);
/* Names of databases, character sets, engines, ... in words or quotes; DEFAULT and BINARY too. */
bool iw_mysql_word_or_text(struct parser *parser, const char **text);
/* ( name, name ... ) */
bool iw_mysql_name_list(struct parser *parser, GPtrArray *names);
/* One or more string literals in a row. */
bool iw_mysql_string(struct parser *parser, const char **text);
bool iw_mysql_integer(struct parser *parser, guint64 *number);
/* [WAIT seconds | NOWAIT], MariaDB: for the whole statement. */
bool iw_mysql_wait_clause(struct parser *parser);
/* An account: user, 'user'@'host', CURRENT_USER[()]; a role. Text as written. */
bool iw_mysql_account(struct parser *parser, const char **text);
const char *iw_mysql_unquote(struct parser *parser, const struct token *token);
/* From `begin` to the end of the token taken last; blanks and comments between tokens become one blank. */
const char *iw_mysql_text_from(struct parser *parser, size_t begin);
/* Takes what is left, with balanced parentheses; gives it as text ("" when nothing is). */
bool iw_mysql_rest(struct parser *parser, const char **text);
/* Takes tokens up to a comma or the end outside parentheses. */
bool iw_mysql_take_clause(struct parser *parser);
bool iw_mysql_if_exists(struct parser *parser, unsigned *flags);
bool iw_mysql_if_not_exists(struct parser *parser, unsigned *flags);
/* `begin`: where its own text begins; the end is that of the token taken last (see iw_mysql_end_operation). */
struct iw_operation *iw_mysql_operation(struct parser *parser, enum iw_operation_kind kind, size_t begin);
/* Gives all operations from number `first` on the text up to the token taken last. */
void iw_mysql_end_operations(struct parser *parser, guint first);
GPtrArray *iw_mysql_list(struct parser *parser);

/* type.c */
bool iw_mysql_type(struct parser *parser, struct iw_type *type, struct iw_column *column);
struct iw_type iw_mysql_type_read(iw_arena *arena, struct iw_engine engine, const char *text);
/* [CHARACTER SET | CHARSET] name without the keywords, lower case. */
bool iw_mysql_charset_name(struct parser *parser, const char **charset);
bool iw_mysql_collation_name(struct parser *parser, const char **collation);

/* column.c: behind the name; keys and constraints in key.c */
bool iw_mysql_column(struct parser *parser, struct iw_column **column, const char *name);
bool iw_mysql_key_list(struct parser *parser, GPtrArray *keys);
/* What a table's element is, when it is not a column. */
struct element {
	struct iw_constraint *constraint; /* PRIMARY KEY, FOREIGN KEY, CHECK; and UNIQUE, beside its index */
	struct iw_index *index;
	unsigned flags;
	bool is_period;
};
bool iw_mysql_starts_element(const struct parser *parser);
bool iw_mysql_element(struct parser *parser, struct element *element);
bool iw_mysql_index_options(struct parser *parser, struct iw_index *index, bool has_where_first);
bool iw_mysql_references(struct parser *parser, struct iw_constraint *constraint);
struct iw_constraint *iw_mysql_constraint(struct parser *parser, enum iw_constraint_kind kind, const char *name);
struct iw_index *iw_mysql_index(struct parser *parser);

/* table.c, partition.c, alter.c */
bool iw_mysql_create_table(struct parser *parser, size_t begin);
bool iw_mysql_alter_table(struct parser *parser);
bool iw_mysql_create_index(struct parser *parser, size_t begin);
bool iw_mysql_drop_index(struct parser *parser, size_t begin);
struct table_option {
	const char *name;  /* lower case, underscores: "row_format", "character set" */
	const char *value; /* as written but for names, which are lower case; text unquoted for COMMENT */
	const char *text;  /* "ROW_FORMAT=COMPACT", "COMMENT='x'": to render */
};
/* *found: one was read. */
bool iw_mysql_table_option(struct parser *parser, struct table_option *option, bool *found);
/* [ALGORITHM [=] x] [LOCK [=] x]; *found: one was read. */
bool iw_mysql_algorithm_or_lock(struct parser *parser, bool *found);
/* PARTITION BY ...: its canonical text. */
bool iw_mysql_partition_by(struct parser *parser, const char **text);
bool iw_mysql_partition_definitions(struct parser *parser, GString *out);

/* object.c, account.c, session.c, maintenance.c */
bool iw_mysql_create(struct parser *parser);
bool iw_mysql_drop(struct parser *parser);
bool iw_mysql_alter(struct parser *parser);
bool iw_mysql_session_statement(struct parser *parser, bool *found);

/* data.c, query.c */
bool iw_mysql_data_statement(struct parser *parser);
/* SELECT, (SELECT ...), VALUES, TABLE, WITH ... SELECT. */
bool iw_mysql_starts_query(const struct parser *parser);
bool iw_mysql_read_query(struct parser *parser);
bool iw_mysql_with(struct parser *parser);
bool iw_mysql_table_references(struct parser *parser);
bool iw_mysql_order_by(struct parser *parser);
bool iw_mysql_limit(struct parser *parser, bool *has_limit);
bool iw_mysql_window_specification(struct parser *parser);
void iw_mysql_read_table(struct parser *parser, struct iw_name name);

/* expression.c, primary.c, print.c, value.c */
bool iw_mysql_expr(struct parser *parser, struct node **node);
/* Without AND, OR, comparison: the server's bit_expr; and the server's simple_expr. */
bool iw_mysql_bit_expr(struct parser *parser, struct node **node);
bool iw_mysql_unary(struct parser *parser, struct node **node);
bool iw_mysql_primary(struct parser *parser, struct node **node);
bool iw_mysql_expr_list(struct parser *parser, struct node *parent);
/* Reads an expression and gives it as the model keeps it. */
bool iw_mysql_expression_of(struct parser *parser, const struct iw_expression **expression);
/* One simple_expr or signed literal, as behind DEFAULT. */
bool iw_mysql_default_of(struct parser *parser, const struct iw_expression **expression);
/* A literal default as the server keeps it for a column of this type. */
const struct iw_expression *iw_mysql_default_for(struct parser *parser, const struct iw_type *type,
						 const struct iw_expression *expression);
const struct iw_expression *iw_mysql_expression_read(iw_arena *arena, struct iw_engine engine, const char *text);

/* render.c, quote.c */
const char *iw_mysql_render(iw_arena *arena, struct iw_engine engine, const struct iw_operation *operation);
GPtrArray *iw_mysql_render_all(iw_arena *arena, struct iw_engine engine, GPtrArray *operations);
const char *iw_mysql_quote(iw_arena *arena, const char *identifier);
const char *iw_mysql_quote_literal(iw_arena *arena, const char *text);
