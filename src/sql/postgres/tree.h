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
	GArray *tokens;	       /* struct pg_token of `text`; by iw_pg_tokens() */
	size_t from, to;       /* of the one raw statement that is being read, in `text` */
	GArray *insertions;    /* struct pg_insertion: where the parsed text is longer than the author's; or NULL */
	GPtrArray *amendments; /* struct pg_amendment *; NULL: none */
};

/* `added` bytes were put into the parsed text at its offset `at`. */
struct pg_insertion {
	size_t at, added;
};

/* --- reading.c: places, slices, names --- */
const struct pg_token *iw_pg_tokens(struct reading *reading);
/* Index of the first token that starts at or after `offset`. */
guint iw_pg_token_from(struct reading *reading, size_t offset);
/* A location of the tree as an offset in the author's text. */
size_t iw_pg_at(const struct reading *reading, int location);
/* The author's text, blanks at both ends left out. */
const char *iw_pg_slice(struct reading *reading, size_t from, size_t to);
/* End (offset) of the list element that token `start` begins: at a ',' or closing bracket of its depth. */
size_t iw_pg_element_end(struct reading *reading, guint start);
/* Index of the token that closes the bracket token `open`. */
guint iw_pg_closing(struct reading *reading, guint open);
/* From `start` the first token at its depth that is `word`, or the index of the end token. */
guint iw_pg_find_word(struct reading *reading, guint start, const char *word);
struct iw_name iw_pg_range_name(struct reading *reading, const RangeVar *range);
/* Of a list of String: a.b.c -> schema b, name c. */
struct iw_name iw_pg_list_name(struct reading *reading, const List *names);
/* char * of a list of String. */
GPtrArray *iw_pg_strings(struct reading *reading, const List *strings);
struct iw_operation *iw_pg_add(struct reading *reading, enum iw_operation_kind kind);
void iw_pg_set_place(struct reading *reading, struct iw_operation *operation, size_t from, size_t to);
struct iw_operation *iw_pg_add_opaque(struct reading *reading, const char *reason);
/* The whole raw statement as written. */
const char *iw_pg_definition(struct reading *reading);
/* "(a = 1, b = 'x')" without brackets, names lower case and sorted; NULL for an empty list. */
const char *iw_pg_options(struct reading *reading, const List *options);
/* A DefElem's argument as text; NULL when it has none. */
const char *iw_pg_option_value(struct reading *reading, const DefElem *option);

/* --- type.c --- */
struct iw_type iw_pg_type(struct reading *reading, const TypeName *name);
enum iw_serial iw_pg_serial(const TypeName *name);

/* --- expression.c --- */
/* The tree's normal form with the author's text[from, to); `expected` (may be NULL) is the type it is assigned to. */
const struct iw_expression *iw_pg_expression(struct reading *reading, Node *node, size_t from, size_t to,
					     const struct iw_type *expected);

/* --- parse_*.c: each adds the operations of one raw statement --- */
typedef void pg_reader(struct reading *reading, Node *node);
pg_reader iw_pg_read_create_table, iw_pg_read_create_foreign_table, iw_pg_read_create_table_as, iw_pg_read_view;
pg_reader iw_pg_read_alter_table, iw_pg_read_rename, iw_pg_read_alter_schema, iw_pg_read_owner;
pg_reader iw_pg_read_index, iw_pg_read_drop;
pg_reader iw_pg_read_enum, iw_pg_read_alter_enum, iw_pg_read_domain, iw_pg_read_alter_domain, iw_pg_read_sequence;
pg_reader iw_pg_read_alter_sequence, iw_pg_read_trigger, iw_pg_read_policy, iw_pg_read_alter_policy, iw_pg_read_rule,
	iw_pg_read_comment;
pg_reader iw_pg_read_grant, iw_pg_read_object, iw_pg_read_alter_object;
pg_reader iw_pg_read_insert, iw_pg_read_update, iw_pg_read_delete, iw_pg_read_merge, iw_pg_read_truncate,
	iw_pg_read_copy, iw_pg_read_select;
pg_reader iw_pg_read_set, iw_pg_read_show, iw_pg_read_transaction, iw_pg_read_lock, iw_pg_read_vacuum,
	iw_pg_read_reindex;
pg_reader iw_pg_read_cluster, iw_pg_read_refresh, iw_pg_read_do, iw_pg_read_other;

/* --- parse_column.c: parts of tables --- */
struct iw_column *iw_pg_column(struct reading *reading, const ColumnDef *definition);
/* Column constraints: fills the column from a list of Constraint; `end` is where the column's text ends. */
void iw_pg_column_constraints(struct reading *reading, struct iw_column *column, const List *constraints, size_t end);
struct iw_constraint *iw_pg_constraint(struct reading *reading, const Constraint *constraint, size_t end);
const char *iw_pg_sequence_options(struct reading *reading, const List *options);
/* --- parse_index.c --- */
/* struct iw_key * of a list of IndexElem whose text stands between the brackets of token `open`. */
GPtrArray *iw_pg_keys(struct reading *reading, const List *elements, guint open);
/* --- parse_table.c --- */
const char *iw_pg_partition_bound(struct reading *reading, const PartitionBoundSpec *bound);
/* --- parse_data.c --- */
/* Tables and functions that a query reads. */
struct iw_data *iw_pg_query_data(struct reading *reading, Node *query);
/* --- objects.c --- */
enum iw_object_kind iw_pg_object_kind(ObjectType type);
struct iw_name iw_pg_object_name(struct reading *reading, ObjectType type, Node *object, const char **member);
const char *iw_pg_function_name(struct reading *reading, const ObjectWithArgs *function, struct iw_name *name);

/* True when the server's version is known to be at least `major`, or unknown (then the newest). */
static inline bool pg_at_least(struct iw_engine engine, int major)
{
	return engine.version == 0 || engine.version >= major * 10000;
}
