/*
 * Inspecting a PostgreSQL schema: a fixed number of queries, each read by one function of driver/postgres/inspect_*.c.
 *
 * Queries hold placeholders: @relations@ (a condition on n.nspname and c.relname), @schemas@ (on n.nspname) and those
 * of iw_postgres_adapt().
 */
#pragma once

#include "driver/postgres/postgres_internal.h"

struct inspection {
	iw_connection *connection;
	iw_arena *arena;
	iw_schema *schema;
	char *relations, *schemas;
	GHashTable *tables;  /* oid as text -> struct iw_table * */
	GHashTable *indexes; /* oid as text -> struct iw_index * */
	const iw_rows *rows; /* of the query that is being read */
	guint row;
};

/* One query and what to do with each of its rows; an unknown table in it is one that came or went meanwhile. */
struct catalogue_query {
	const char *sql;
	void (*read)(struct inspection *inspection);
};
extern const struct catalogue_query iw_postgres_tables_query, iw_postgres_parents_query, iw_postgres_columns_query,
	iw_postgres_indexes_query, iw_postgres_keys_query, iw_postgres_constraints_query, iw_postgres_enums_query,
	iw_postgres_domains_query, iw_postgres_domain_checks_query, iw_postgres_sequences_query,
	iw_postgres_triggers_query, iw_postgres_policies_query, iw_postgres_functions_query, iw_postgres_objects_query;

/* Of the row being read, copied to the arena; NULL is NULL. */
const char *iw_pg_text(struct inspection *inspection, int column);
bool iw_pg_is(struct inspection *inspection, int column);	   /* "t" */
char iw_pg_letter(struct inspection *inspection, int column);	   /* the first character, '\0' for none */
GPtrArray *iw_pg_array(struct inspection *inspection, int column); /* char *, of an array of text; NULL for NULL */
const struct iw_expression *iw_pg_expression_at(struct inspection *inspection, int column);
/* Schema and name in two columns; the default schema becomes NULL. */
struct iw_name iw_pg_name_at(struct inspection *inspection, int column);
struct iw_table *iw_pg_table_at(struct inspection *inspection, int column);
/* "a = 1, b = off" from an array of "a=1" as reloptions holds it; NULL for none. */
const char *iw_pg_options_at(struct inspection *inspection, int column);
