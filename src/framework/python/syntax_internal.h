/* Parts of the parser: tokens (token.c), literals (literal.c), expressions (expression.c), statements (parse.c). */
#pragma once

#include "framework/python/syntax.h"

enum py_token_kind { PY_END, PY_NEWLINE, PY_INDENT, PY_DEDENT, PY_WORD, PY_DIGITS, PY_QUOTED, PY_SIGN };

/* Words that Python reserves; 0: a name. */
enum py_keyword {
	PY_K_NONE = 1,
	PY_K_TRUE,
	PY_K_FALSE,
	PY_K_AND,
	PY_K_AS,
	PY_K_ASSERT,
	PY_K_ASYNC,
	PY_K_AWAIT,
	PY_K_BREAK,
	PY_K_CLASS,
	PY_K_CONTINUE,
	PY_K_DEF,
	PY_K_DEL,
	PY_K_ELIF,
	PY_K_ELSE,
	PY_K_EXCEPT,
	PY_K_FINALLY,
	PY_K_FOR,
	PY_K_FROM,
	PY_K_GLOBAL,
	PY_K_IF,
	PY_K_IMPORT,
	PY_K_IN,
	PY_K_IS,
	PY_K_LAMBDA,
	PY_K_NONLOCAL,
	PY_K_NOT,
	PY_K_OR,
	PY_K_PASS,
	PY_K_RAISE,
	PY_K_RETURN,
	PY_K_TRY,
	PY_K_WHILE,
	PY_K_WITH,
	PY_K_YIELD,
};

struct py_token {
	guint32 kind;
	guint32 code; /* SIGN: sign; WORD: keyword */
	guint32 offset, end;
};

struct py_failure {
	bool is_set;
	size_t offset, length;
	char message[160];
};

struct py_parser {
	struct py_names *names;
	iw_arena *arena;
	const char *text;
	GArray *tokens; /* struct py_token; the last is END */
	guint at;
	int depth;
	bool has_yield; /* in the function being read */
	struct py_failure *failure;
	GPtrArray *stack; /* nodes of lists being read */
};

enum { PY_DEEPEST_SYNTAX = 120 };

/* Tokens of text[from, to); inside brackets from the start when `is_field` (of an f-string). */
bool iw_py_tokenize(const char *text, size_t from, size_t to, bool is_field, GArray *tokens,
		    struct py_failure *failure);
/* Offset after the string literal whose prefix ends at `quote`; 0: it never ends. */
size_t iw_py_string_end(const char *text, size_t quote, size_t to, bool is_format, bool is_raw, int depth);
void iw_py_failure(struct py_failure *failure, size_t offset, size_t length, const char *format, ...)
	G_GNUC_PRINTF(4, 5);

/* parser helpers (expression.c) */
struct py_node *iw_py_node(struct py_parser *parser, enum py_node_kind kind, guint32 offset);
struct py_node *iw_py_close(struct py_parser *parser, struct py_node *node); /* ends at the token before */
void iw_py_take_items(struct py_parser *parser, struct py_node *node, guint from);
/* The error node after a failure; the parser is at the end then. */
struct py_node *iw_py_fail(struct py_parser *parser, const char *format, ...) G_GNUC_PRINTF(2, 3);
struct py_node *iw_py_fail_at(struct py_parser *parser, guint32 offset, guint32 end, const char *format, ...)
	G_GNUC_PRINTF(4, 5);

static inline const struct py_token *py_token(const struct py_parser *parser)
{
	return &g_array_index(parser->tokens, struct py_token, parser->at);
}
static inline bool py_is_sign(const struct py_parser *parser, guint32 code)
{
	const struct py_token *token = py_token(parser);
	return token->kind == PY_SIGN && token->code == code;
}
static inline bool py_is_keyword(const struct py_parser *parser, enum py_keyword keyword)
{
	const struct py_token *token = py_token(parser);
	return token->kind == PY_WORD && token->code == keyword;
}
bool iw_py_accept_sign(struct py_parser *parser, guint32 code);
bool iw_py_accept_keyword(struct py_parser *parser, enum py_keyword keyword);
bool iw_py_expect_sign(struct py_parser *parser, guint32 code, const char *what);
const char *iw_py_expect_name(struct py_parser *parser);

struct py_node *iw_py_parse_expression(struct py_parser *parser);  /* ternary, lambda; no := */
struct py_node *iw_py_parse_named(struct py_parser *parser);	   /* with := */
struct py_node *iw_py_parse_expressions(struct py_parser *parser); /* a, b: a tuple; starred allowed; yield too */
struct py_node *iw_py_parse_targets(struct py_parser *parser);	   /* of for and of comprehensions, up to "in" */
struct py_node *iw_py_parse_primary(struct py_parser *parser);
struct py_node *iw_py_parse_arguments(struct py_parser *parser, struct py_node *call); /* after "(" */
struct py_node *iw_py_parse_parameters(struct py_parser *parser, guint32 closing);
struct py_node *iw_py_parse_strings(struct py_parser *parser); /* literal.c */

/* parse.c, pattern.c */
bool iw_py_is_word(const struct py_parser *parser, const struct py_token *token, const char *word);
struct py_node *iw_py_parse_block(struct py_parser *parser); /* from ":" */
bool iw_py_is_match(const struct py_parser *parser);	     /* "match x:" and a line that starts with "case"? */
struct py_node *iw_py_parse_match(struct py_parser *parser);
