/*
 * Tree: what the files of this folder share that walk PostgreSQL's own parse tree. The only header here that brings in
 * the server's headers; never define a function whose name libpg_query exports (palloc, list_free, errmsg, ...).
 *
 * A `struct reading` is one statement being read: the tree points into libpg_query's memory and is gone afterwards,
 * so everything that stays is copied into the arena.
 */
#pragma once

#include "sql/sql.h"
#include "sql/postgres/lexer.h"

#include <pg_query.h>
#include <pg_query_internal.h>
#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
#include "nodes/parsenodes.h"

/* What newer grammar said that the parser's cannot hold; see newer.h. */
struct pg_amendment;

struct reading {
	iw_arena *arena;
	struct iw_engine engine;
	struct iw_statement *statement; /* NULL for a lone expression or type */
	const char *text;		/* the author's */
	size_t length;
	GArray *tokens;	       /* struct pg_token of `text`; by pg_tokens() */
	size_t from, to;       /* of the one raw statement that is being read, in `text` */
	GArray *insertions;    /* struct pg_insertion: where the parsed text is longer than the author's; or NULL */
	GPtrArray *amendments; /* struct pg_amendment *; NULL: none */
};

/* `added` bytes were put into the parsed text at its offset `at`. */
struct pg_insertion {
	size_t at, added;
};

/* --- reading.c: places, slices, names --- */
const struct pg_token *pg_tokens(struct reading *reading);
/* Index of the first token that starts at or after `offset`. */
guint pg_token_from(struct reading *reading, size_t offset);
/* A location of the tree as an offset in the author's text. */
size_t pg_at(const struct reading *reading, int location);
/* The author's text, blanks at both ends left out. */
const char *pg_slice(struct reading *reading, size_t from, size_t to);
/* End (offset) of the list element that token `start` begins: at a ',' or closing bracket of its depth. */
size_t pg_element_end(struct reading *reading, guint start);
/* Index of the token that closes the bracket token `open`. */
guint pg_closing(struct reading *reading, guint open);
/* From `start` the first token at its depth that is `word`, or the index of the end token. */
guint pg_find_word(struct reading *reading, guint start, const char *word);
struct iw_name pg_range_name(struct reading *reading, const RangeVar *range);
/* Of a list of String: a.b.c -> schema b, name c. */
struct iw_name pg_list_name(struct reading *reading, const List *names);
/* char * of a list of String. */
GPtrArray *pg_strings(struct reading *reading, const List *strings);
struct iw_operation *pg_add(struct reading *reading, enum iw_operation_kind kind);
void pg_set_place(struct reading *reading, struct iw_operation *operation, size_t from, size_t to);
struct iw_operation *pg_add_opaque(struct reading *reading, const char *reason);
/* The whole raw statement as written. */
const char *pg_definition(struct reading *reading);
/* "(a = 1, b = 'x')" without brackets, names lower case and sorted; NULL for an empty list. */
const char *pg_options(struct reading *reading, const List *options);
/* A DefElem's argument as text; NULL when it has none. */
const char *pg_option_value(struct reading *reading, const DefElem *option);

/* --- type.c --- */
struct iw_type pg_type(struct reading *reading, const TypeName *name);
enum iw_serial pg_serial(const TypeName *name);

/* --- expression.c --- */
/* The tree's normal form with the author's text[from, to); `expected` (may be NULL) is the type it is assigned to. */
const struct iw_expression *pg_expression(struct reading *reading, Node *node, size_t from, size_t to,
					  const struct iw_type *expected);

/* --- parse_*.c: each adds the operations of one raw statement --- */
typedef void pg_reader(struct reading *reading, Node *node);
pg_reader pg_read_create_table, pg_read_create_foreign_table, pg_read_create_table_as, pg_read_view;
pg_reader pg_read_alter_table, pg_read_rename, pg_read_alter_schema, pg_read_owner;
pg_reader pg_read_index, pg_read_drop;
pg_reader pg_read_enum, pg_read_alter_enum, pg_read_domain, pg_read_alter_domain, pg_read_sequence;
pg_reader pg_read_alter_sequence, pg_read_trigger, pg_read_policy, pg_read_alter_policy, pg_read_rule, pg_read_comment;
pg_reader pg_read_grant, pg_read_object, pg_read_alter_object;
pg_reader pg_read_insert, pg_read_update, pg_read_delete, pg_read_merge, pg_read_truncate, pg_read_copy, pg_read_select;
pg_reader pg_read_set, pg_read_show, pg_read_transaction, pg_read_lock, pg_read_vacuum, pg_read_reindex;
pg_reader pg_read_cluster, pg_read_refresh, pg_read_do, pg_read_other;

/* --- parse_column.c: parts of tables --- */
struct iw_column *pg_column(struct reading *reading, const ColumnDef *definition);
/* Column constraints: fills the column from a list of Constraint; `end` is where the column's text ends. */
void pg_column_constraints(struct reading *reading, struct iw_column *column, const List *constraints, size_t end);
struct iw_constraint *pg_constraint(struct reading *reading, const Constraint *constraint, size_t end);
const char *pg_sequence_options(struct reading *reading, const List *options);
/* --- parse_index.c --- */
/* struct iw_key * of a list of IndexElem whose text stands between the brackets of token `open`. */
GPtrArray *pg_keys(struct reading *reading, const List *elements, guint open);
/* --- parse_table.c --- */
const char *pg_partition_bound(struct reading *reading, const PartitionBoundSpec *bound);
/* --- parse_data.c --- */
/* Tables and functions that a query reads. */
struct iw_data *pg_query_data(struct reading *reading, Node *query);
/* --- objects.c --- */
enum iw_object_kind pg_object_kind(ObjectType type);
struct iw_name pg_object_name(struct reading *reading, ObjectType type, Node *object, const char **member);
const char *pg_function_name(struct reading *reading, const ObjectWithArgs *function, struct iw_name *name);

/* True when the server's version is known to be at least `major`, or unknown (then the newest). */
static inline bool pg_at_least(struct iw_engine engine, int major)
{
	return engine.version == 0 || engine.version >= major * 10000;
}
