/*
 * Expressions as trees, for sql/mysql/ only: enough to print the canonical form and to see what a WHERE restricts.
 * A quiet parser (struct parser) makes no nodes: every function then gives parser->scrap.
 */
#pragma once

#include "sql/mysql/parser.h"

enum node_kind {
	NODE_LITERAL,  /* text */
	NODE_NAME,     /* text: the last part of a possibly qualified name, as written */
	NODE_CALL,     /* text: function; children: arguments; after: what follows the last argument */
	NODE_CHAIN,    /* children, each with the operator in front of it; all operators of one level */
	NODE_UNARY,    /* text: operator */
	NODE_COMPARE,  /* text: operator; two children */
	NODE_TEST,     /* text: "in", "between", "like", "regexp", "is null", "is true", ...; is_negated */
	NODE_CASE,     /* children in order; has_operand, has_else */
	NODE_CAST,     /* one child; text: "as signed" */
	NODE_COLLATE,  /* one child; text: the collation */
	NODE_INTERVAL, /* one child; text: the unit */
	NODE_ROW,      /* children */
	NODE_RAW,      /* text: a subquery and the like */
};

/* How tight it binds, loosest first. */
enum level {
	LEVEL_OR,
	LEVEL_XOR,
	LEVEL_AND,
	LEVEL_NOT,
	LEVEL_COMPARE,
	LEVEL_BIT_OR,
	LEVEL_BIT_AND,
	LEVEL_SHIFT,
	LEVEL_ADD,
	LEVEL_MULTIPLY,
	LEVEL_BIT_XOR,
	LEVEL_UNARY,
	LEVEL_COLLATE,
	LEVEL_PRIMARY,
};

struct node {
	enum node_kind kind;
	enum level level;
	const char *text, *after, *window;
	const char *op; /* as a child of a chain: in front of it */
	bool is_negated, has_operand, has_else, is_number, is_string;
	struct node *first, *last, *next;
};

struct node *iw_mysql_node(struct parser *parser, enum node_kind kind, enum level level, const char *text);
void iw_mysql_append(struct parser *parser, struct node *parent, struct node *child);
/* NOT node, in the server's own way: comparisons turn round, AND and OR change places. */
struct node *iw_mysql_negated(struct parser *parser, struct node *node);
/* left operator right, chains of one level joined. */
struct node *iw_mysql_chained(struct parser *parser, enum level level, struct node *left, const char *op,
			      struct node *right);
/* Canonical text; `quotes_names`: names in backticks as written, else bare and in lower case. */
const char *iw_mysql_print(iw_arena *arena, const struct node *node, bool quotes_names);

/* call.c: a function whose name was taken and whose parenthesis is next. `name` is in lower case. */
bool iw_mysql_call(struct parser *parser, const char *name, struct node **node);
/* unit of an INTERVAL, EXTRACT */
bool iw_mysql_unit(struct parser *parser, const char **unit);
bool iw_mysql_starts_unit(const struct parser *parser);
/* volatility.c */
enum iw_volatility iw_mysql_volatility(const char *function);
/* (query) with the opening parenthesis taken; takes the closing one. */
bool iw_mysql_subquery(struct parser *parser, size_t begin, struct node **node);
