/*
 * Python's syntax: text becomes a tree. Written by hand because the generated grammars read 8 MB/s and accept what
 * Python refuses; this one reads 100 MB/s, says what Python says, and makes small nodes.
 *
 *  1. iw_py_parse() a source into an arena;
 *  2. walk the nodes; they live as long as the arena. A node's `offset` and `length` are its place in the source.
 */
#pragma once

#include "base/arena.h"
#include "base/source.h"

#include <stdbool.h>

/*   node          a            b           c           d        items                   text       sign
 *   NAME                                                                                name
 *   INTEGER, FLOAT, IMAGINARY                                                           digits, without "_"
 *   STRING, BYTES                                                                       contents (see text_length)
 *   FSTRING                                                     STRING, FIELD
 *   FIELD         expression   format (FSTRING)                                         "x=" or NULL   'r' 's' 'a' or 0
 *   TUPLE LIST SET                                              items, STARRED too
 *   DICT                                                        key, value, ...; key NULL: ** value
 *   UNARY         operand                                                                          '-' '+' '~' NOT
 *   BINARY        left         right                                                               OP
 *   AND OR                                                      operands
 *   COMPARE       first                                         COMPARED
 *   COMPARED      operand                                                                          OP
 *   CALL          callee                                        arguments: expression, STARRED, KEYWORD
 *   KEYWORD       value                                                                 name; NULL: ** value
 *   ATTRIBUTE     of                                                                    name
 *   SUBSCRIPT     of           index
 *   SLICE         from         to          step
 *   LAMBDA        PARAMETERS   body
 *   TERNARY       condition    then        else
 *   COMPREHENSION element      dict value                       CLAUSE                             '[' '{' ':' '('
 *   CLAUSE        target       iterable                         conditions
 *   NAMED         NAME         value
 *   AWAIT YIELD YIELD_FROM STARRED: a
 *   PARAMETERS                                                  PARAMETER
 *   PARAMETER     default      annotation                                               name  0 '/' (before /) ','
 * (after *) '*' '2' EXPRESSION    a ASSIGN        value                                         targets TYPED target
 * annotation  value AUGMENTED     target       value                                                               OP
 *   RETURN a; RAISE a from b; ASSERT a, b; DELETE items; GLOBAL NONLOCAL items: NAME
 *   IMPORT                                                      ALIAS
 *   FROM                                                        ALIAS; none: *          module     level
 *   ALIAS         NAME of "as"                                                          dotted name
 *   IF WHILE      condition    body        else
 *   FOR           target       iterable    body        else
 *   TRY           body         else        finally              HANDLER                            '*': except*
 *   HANDLER       type         body                                                     name or NULL
 *   WITH          body                                          WITH_ITEM
 *   WITH_ITEM     manager      target
 *   FUNCTION      PARAMETERS   body        returns              decorators              name       1: has yield
 *   CLASS                      body                             decorators              name   (c: CALL of the bases)
 *   MATCH         subject                                       CASE
 *   CASE          pattern      body        guard
 *   TYPE_ALIAS    NAME         value
 *   BLOCK                                                       statements
 *   patterns: MATCH_VALUE a; MATCH_NAME text (NULL: _); MATCH_OR items; MATCH_SEQUENCE items; MATCH_STAR text;
 *             MATCH_OTHER (mappings and classes); MATCH_AS a, text
 */
enum py_node_kind {
	PY_NAME,
	PY_INTEGER,
	PY_FLOAT,
	PY_IMAGINARY,
	PY_STRING,
	PY_BYTES,
	PY_FSTRING,
	PY_FIELD,
	PY_TRUE,
	PY_FALSE,
	PY_NONE,
	PY_ELLIPSIS,
	PY_TUPLE,
	PY_LIST,
	PY_SET,
	PY_DICT,
	PY_UNARY,
	PY_BINARY,
	PY_AND,
	PY_OR,
	PY_COMPARE,
	PY_COMPARED,
	PY_CALL,
	PY_KEYWORD,
	PY_ATTRIBUTE,
	PY_SUBSCRIPT,
	PY_SLICE,
	PY_LAMBDA,
	PY_TERNARY,
	PY_COMPREHENSION,
	PY_CLAUSE,
	PY_NAMED,
	PY_AWAIT,
	PY_YIELD,
	PY_YIELD_FROM,
	PY_STARRED,
	PY_PARAMETERS,
	PY_PARAMETER,
	PY_EXPRESSION,
	PY_ASSIGN,
	PY_TYPED,
	PY_AUGMENTED,
	PY_RETURN,
	PY_RAISE,
	PY_ASSERT,
	PY_DELETE,
	PY_GLOBAL,
	PY_NONLOCAL,
	PY_IMPORT,
	PY_FROM,
	PY_ALIAS,
	PY_PASS,
	PY_BREAK,
	PY_CONTINUE,
	PY_IF,
	PY_WHILE,
	PY_FOR,
	PY_TRY,
	PY_HANDLER,
	PY_WITH,
	PY_WITH_ITEM,
	PY_FUNCTION,
	PY_CLASS,
	PY_MATCH,
	PY_CASE,
	PY_TYPE_ALIAS,
	PY_BLOCK,
	PY_MATCH_VALUE,
	PY_MATCH_NAME,
	PY_MATCH_OR,
	PY_MATCH_SEQUENCE,
	PY_MATCH_STAR,
	PY_MATCH_OTHER,
	PY_MATCH_AS,
};

/* Operators are their characters, little end first; words have a code of their own. */
#define PY_OP2(a, b)	((guint32)(a) | (guint32)(b) << 8)
#define PY_OP3(a, b, c) ((guint32)(a) | (guint32)(b) << 8 | (guint32)(c) << 16)
enum { PY_IN = 256 * 'i', PY_NOT_IN, PY_IS, PY_IS_NOT, PY_NOT };

struct py_node {
	guint8 kind;
	guint32 sign;
	guint32 offset, length;
	guint32 count;
	guint32 text_length;
	const char *text; /* names are shared: one pointer for a name in one arena's parse */
	struct py_node *a, *b, *c, *d;
	struct py_node **items;
	void *known; /* the evaluator's: a literal's value */
};

/* Shares names: NUL-terminated copies in an arena, one for each text. */
struct py_names {
	iw_arena *arena;
	const char **slots;
	guint size, count;
	GArray *tokens; /* the parser's, to be used again; NULL: none yet */
	GPtrArray *stack;
};
const char *iw_py_share(struct py_names *names, const char *text, size_t length);

/* A BLOCK; NULL and IW_ERROR_INPUT with a place when it is not Python 3. */
struct py_node *iw_py_parse(struct py_names *names, const iw_source *source, GError **error);

/* The sign as it is written, in static memory. */
const char *iw_py_operator_text(guint32 sign);
