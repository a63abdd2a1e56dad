/* What the files that render share: text is appended to one buffer. */
#pragma once

#include "sql/sql.h"

struct sql {
	iw_arena *arena;
	struct iw_engine engine;
	GString *out;
};

void sql_text(struct sql *sql, const char *text);
void sql_printf(struct sql *sql, const char *format, ...) G_GNUC_PRINTF(2, 3);
void sql_ident(struct sql *sql, const char *identifier);
void sql_name(struct sql *sql, struct iw_name name);
void sql_literal(struct sql *sql, const char *text);
/* "(a, b)" of char *. */
void sql_idents(struct sql *sql, const GPtrArray *names);
/* An identifier that may be qualified and quoted already: collations, operator classes. */
void sql_loose_name(struct sql *sql, const char *name);

void sql_column(struct sql *sql, const struct iw_column *column);
void sql_constraint(struct sql *sql, const struct iw_constraint *constraint);
void sql_create_table(struct sql *sql, const struct iw_operation *operation);
void sql_create_index(struct sql *sql, const struct iw_operation *operation);
/* The subcommand of ALTER TABLE, without "ALTER TABLE t"; false when the kind is none. */
bool sql_alter_command(struct sql *sql, const struct iw_operation *operation);
/* May `next` follow `group` (operations of one ALTER TABLE) without changing what they do? */
bool sql_can_merge(const GPtrArray *group, const struct iw_operation *next);
