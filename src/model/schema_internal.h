/*
 * What replay needs of a schema beyond schema.h: the rules of names, the index of names, copy on write.
 * For files of model/ only.
 *
 * Elements of a schema's lists (columns, constraints, indexes, enums, sequences, objects, ...) are never changed in
 * place once they are in: an edited copy takes their place. Only struct iw_table is changed in place, by its one owner.
 */
#pragma once

#include "model/schema.h"

/* Keys are struct iw_name *, with the default schema as NULL; compared by the dialect's rule for relations. */
struct iw_schema_names {
	GHashTable *indexes;	 /* -> struct iw_table *; empty on MySQL, where index names belong to their table */
	GHashTable *constraints; /* -> how many constraints of that schema have the name (GUINT_TO_POINTER) */
	GHashTable *sequences;	 /* -> struct iw_sequence * */
};

/* Made on first use; kept right by the functions of replay afterwards. */
struct iw_schema_names *iw_schema_names(iw_schema *schema);

/* The schema part as NULL when it is the default one. */
struct iw_name iw_schema_normal(const iw_schema *schema, struct iw_name name);
/* A key for the hashes, in the schema's arena. */
struct iw_name *iw_schema_key(const iw_schema *schema, struct iw_name name);
bool iw_schema_same_name(const iw_schema *schema, struct iw_name a, struct iw_name b);
/* Where temporary objects live. */
const char *iw_schema_temporary(enum iw_dialect dialect);

/* Names of columns, constraints and indexes within a table. */
bool iw_same_column(struct iw_engine engine, const char *a, const char *b);
bool iw_same_member(struct iw_engine engine, const char *a, const char *b);

void iw_schema_insert_table(iw_schema *schema, guint position, struct iw_table *table);
guint iw_list_position(const GPtrArray *list, const void *element);
/* The table itself when the schema may change it, else its copy, put in its place. */
struct iw_table *iw_schema_own(iw_schema *schema, struct iw_table *table);
