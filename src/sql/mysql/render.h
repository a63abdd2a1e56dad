/* Pieces of rendered SQL; for sql/mysql/ only. All append to `out`. */
#pragma once

#include "sql/mysql/parser.h"

struct writer {
	GString *out;
	iw_arena *arena;
	struct iw_engine engine;
};

/* render_table.c */
void iw_mysql_write_name(struct writer *writer, struct iw_name name);
void iw_mysql_write_quoted(struct writer *writer, const char *name);
void iw_mysql_write_column(struct writer *writer, const struct iw_column *column, bool has_position);
void iw_mysql_write_default(struct writer *writer, const struct iw_expression *value, const struct iw_type *type);
void iw_mysql_write_constraint(struct writer *writer, const struct iw_constraint *constraint, unsigned flags);
void iw_mysql_write_index(struct writer *writer, const struct iw_index *index, unsigned flags);
void iw_mysql_write_keys(struct writer *writer, const GPtrArray *keys);
void iw_mysql_write_index_options(struct writer *writer, const struct iw_index *index);
void iw_mysql_write_table(struct writer *writer, const struct iw_operation *operation);
