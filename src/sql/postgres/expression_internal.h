/* What the files that write normal forms share. */
#pragma once

#include "sql/postgres/constant.h"
#include "sql/postgres/newer.h"
#include "sql/postgres/tree.h"

#define MAX_DEPTH 1000

/* A walk over one expression. */
struct canon {
	struct reading *reading;
	GString *out;
	enum iw_volatility volatility;
	int depth;
	bool is_unreadable; /* holds something that has no normal form: the text is used instead */
};

void iw_pg_write_node(struct canon *canon, Node *node, enum pg_hint hint);
void iw_pg_write_text(struct canon *canon, const char *text);
void iw_pg_write_list(struct canon *canon, const List *list, enum pg_hint hint);
Node *iw_pg_strip_casts(Node *node);
/* A number, possibly a cast one or a string that is one. */
bool iw_pg_is_number_node(Node *node);
/* "- x" */
bool iw_pg_is_minus(const A_Expr *expression);
/* Operators of all kinds: a + b, IN, BETWEEN, LIKE, = ANY, IS DISTINCT FROM. */
void iw_pg_write_operator(struct canon *canon, const A_Expr *expression);
