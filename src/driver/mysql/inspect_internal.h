/*
 * Reading information_schema: what the inspect*.c files share. A constant number of queries, each over all tables;
 * rows are read by column name, so that what a version does not have is simply absent.
 */
#pragma once

#include "driver/mysql/mysql_internal.h"

struct inspection {
	iw_connection *connection;
	iw_arena *arena;
	iw_schema *schema;
	const char *schemas;   /* "'a', 'b'" */
	const char *tables;    /* likewise; NULL: all */
	struct iw_table *last; /* of iw_mysql_table_of() */
};

/* One row while walking. */
struct row {
	const iw_rows *rows;
	guint index;
};

/* "SELECT what FROM information_schema.from" limited to the schemas and, with `table_column`, tables asked for. */
iw_rows *iw_mysql_catalogue(struct inspection *inspection, const char *what_from, const char *schema_column,
			    const char *table_column, const char *order, GError **error);
/* NULL: no such column, or NULL. Lives as long as the rows. */
const char *iw_mysql_field(struct row row, const char *name);
/* The same in the inspection's arena; "" becomes NULL. */
const char *iw_mysql_text(struct inspection *inspection, struct row row, const char *name);
/* NULL schema for the default one. */
struct iw_name iw_mysql_catalogue_name(struct inspection *inspection, const char *schema, const char *name);
/* The table that the row is about; NULL: not among those inspected. */
struct iw_table *iw_mysql_table_of(struct inspection *inspection, struct row row, const char *schema_column,
				   const char *table_column);
/* An expression as information_schema prints it: MySQL escapes quotes and backslashes there, MariaDB does not. */
const struct iw_expression *iw_mysql_expression(struct inspection *inspection, const char *text);

bool iw_mysql_inspect_columns(struct inspection *inspection, GError **error);
bool iw_mysql_inspect_indexes(struct inspection *inspection, GError **error);
bool iw_mysql_inspect_foreign_keys(struct inspection *inspection, GError **error);
bool iw_mysql_inspect_checks(struct inspection *inspection, GError **error);
bool iw_mysql_inspect_partitions(struct inspection *inspection, GError **error);
bool iw_mysql_inspect_views(struct inspection *inspection, GError **error);
bool iw_mysql_inspect_triggers(struct inspection *inspection, GError **error);
bool iw_mysql_inspect_routines(struct inspection *inspection, GError **error);
bool iw_mysql_inspect_events(struct inspection *inspection, GError **error);
