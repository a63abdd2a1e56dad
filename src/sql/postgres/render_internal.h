/* What the files that render share: text is appended to one buffer. */
#pragma once

#include "sql/sql.h"

struct sql {
	iw_arena *arena;
	struct iw_engine engine;
	GString *out;
};

void iw_sql_text(struct sql *sql, const char *text);
void iw_sql_printf(struct sql *sql, const char *format, ...) G_GNUC_PRINTF(2, 3);
void iw_sql_ident(struct sql *sql, const char *identifier);
void iw_sql_name(struct sql *sql, struct iw_name name);
void iw_sql_literal(struct sql *sql, const char *text);
/* "(a, b)" of char *. */
void iw_sql_idents(struct sql *sql, const GPtrArray *names);
/* An identifier that may be qualified and quoted already: collations, operator classes. */
void iw_sql_loose_name(struct sql *sql, const char *name);

void iw_sql_column(struct sql *sql, const struct iw_column *column);
void iw_sql_constraint(struct sql *sql, const struct iw_constraint *constraint);
void iw_sql_create_table(struct sql *sql, const struct iw_operation *operation);
void iw_sql_create_index(struct sql *sql, const struct iw_operation *operation);
/* The subcommand of ALTER TABLE, without "ALTER TABLE t"; false when the kind is none. */
bool iw_sql_alter_command(struct sql *sql, const struct iw_operation *operation);
/* May `next` follow `group` (operations of one ALTER TABLE) without changing what they do? */
bool iw_sql_can_merge(const GPtrArray *group, const struct iw_operation *next);
