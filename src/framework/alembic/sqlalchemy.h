/*
 * SQLAlchemy in C, as far as migrations use it: names, types, expressions, tables, and the SQL its compilers make of
 * them for one engine. Values of the Python reader go in, text comes out.
 *
 *  1. fill struct iw_sa; it is set up anew for each revision;
 *  2. read objects out of values: iw_sa_column(), iw_sa_table(), ...;
 *  3. compile them: iw_sa_create_table(), iw_sa_expression(), ...;
 *  4. where something cannot be known or cannot be rendered, iw_sa_fail() keeps the first reason, and what is returned
 *     does not count: look at `problem` at the end of an operation.
 *
 * All text lives in the arena and is never NULL unless said so.
 */
#pragma once

#include "framework/python/python.h"
#include "model/schema.h"

struct iw_sa {
	iw_py *python;
	iw_arena *arena;
	struct iw_engine engine;
	bool is_mariadb_url;		 /* mariadb://: a dialect with a name and options of its own */
	int version;			 /* of SQLAlchemy: 104, 200, 201 */
	struct iw_py_value *conventions; /* naming convention, a DICT; NULL: SQLAlchemy's own */
	const char *problem;		 /* why the operation at hand cannot be rendered; NULL: it can */
	struct iw_place problem_place;
	int depth;
};

/* Keeps the first reason, without a full stop. Returns NULL so that `return iw_sa_fail(...)` reads well. */
void *iw_sa_fail(struct iw_sa *sa, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* The reason of the first UNKNOWN in it; false when it is known. */
bool iw_sa_unknown(struct iw_sa *sa, const struct iw_py_value *value);

/* values.c: arguments of calls ----------------------------------------------------------------------------------- */

/* Not there and None are alike: NULL. */
struct iw_py_value *iw_sa_given(const struct iw_py_value *call, int position, const char *name);
/* A string, of op.f(), quoted_name() and str enums too; NULL: not given. Fails on anything else. */
const char *iw_sa_text(struct iw_sa *sa, const struct iw_py_value *value);
/* 1, 0; `otherwise` when not given. */
int iw_sa_truth(struct iw_sa *sa, const struct iw_py_value *value, int otherwise);
/* char *: of a list, tuple, or a single string. */
GPtrArray *iw_sa_texts(struct iw_sa *sa, const struct iw_py_value *value);
/* The last component of the dotted path of what a CALL calls ("Integer"), or NULL. */
const char *iw_sa_called(struct iw_sa *sa, const struct iw_py_value *value);
/* True when a CALL (or the FOREIGN itself) is of package `top` ("sqlalchemy") and its last component is `name`. */
bool iw_sa_is(struct iw_sa *sa, const struct iw_py_value *value, const char *name);
/* The object and the method's name when the CALL calls an ATTRIBUTE; NULL otherwise. */
struct iw_py_value *iw_sa_method(const struct iw_py_value *call, const char **name);
/* "a, b" of char *. */
const char *iw_sa_join(struct iw_sa *sa, GPtrArray *texts, const char *separator);
/* SQLAlchemy's UPPER of phrases is not done: as written. */

/* names.c -------------------------------------------------------------------------------------------------------- */

bool iw_sa_is_reserved(struct iw_engine engine, const char *word);
/* Quoted where SQLAlchemy quotes. */
const char *iw_sa_quote(struct iw_sa *sa, const char *name);
/* `schema` may be dotted and may be NULL. */
const char *iw_sa_table_name(struct iw_sa *sa, const char *schema, const char *name);

/* A name of a constraint or index. */
struct iw_sa_name {
	const char *text; /* NULL: none given */
	bool is_final;	  /* op.f(), or by convention: not changed again, and cut when too long */
	bool is_forced;	  /* quoted_name(..., True) */
};
struct iw_sa_name iw_sa_name(struct iw_sa *sa, const struct iw_py_value *value);

struct iw_sa_constraint;
struct iw_sa_index;
/* The name by the naming convention, if that has a say. */
struct iw_sa_name iw_sa_constraint_name(struct iw_sa *sa, const struct iw_sa_constraint *constraint, const char *schema,
					const char *table);
struct iw_sa_name iw_sa_index_name(struct iw_sa *sa, const struct iw_sa_index *index, const char *schema,
				   const char *table);
/* Cut or refused when too long, and quoted. */
const char *iw_sa_format_name(struct iw_sa *sa, struct iw_sa_name name, bool is_index);

/* types.c -------------------------------------------------------------------------------------------------------- */

enum iw_sa_affinity {
	IW_SA_NO_AFFINITY,
	IW_SA_INTEGER,
	IW_SA_NUMERIC,
	IW_SA_FLOAT,
	IW_SA_STRING,
	IW_SA_DATE,
	IW_SA_DATETIME,
	IW_SA_TIME,
	IW_SA_INTERVAL,
	IW_SA_BOOLEAN,
	IW_SA_BINARY,
	IW_SA_ENUM,
	IW_SA_JSON,
	IW_SA_UUID,
	IW_SA_ARRAY,
	IW_SA_OTHER_AFFINITY,
};

/* A type as its dialect sees it: variants chosen, decorators unwrapped. */
struct iw_sa_type {
	const struct iw_sa_type_row *row;
	const struct iw_py_value *call; /* holds the arguments; may be a FOREIGN: none */
	const char *text;		/* when it is known without a row */
	enum iw_sa_affinity affinity;
	const struct iw_sa_type *item; /* ARRAY */
	GPtrArray *labels;	       /* char *: enumerations */
	struct iw_sa_name name;	       /* of an enumeration, or of a Boolean's CHECK */
	const char *schema;
	bool is_native;				   /* enumeration that is a type or ENUM() of its own */
	bool is_enum, is_boolean, is_dialect_enum; /* the last: postgresql.ENUM */
	bool creates_type;			   /* create_table makes the type */
	bool creates_constraint;		   /* CHECK */
	bool inherits_schema;
	int length;
};
/* Never NULL; fails when it cannot be told. */
const struct iw_sa_type *iw_sa_type(struct iw_sa *sa, struct iw_py_value *value);
const char *iw_sa_type_text(struct iw_sa *sa, const struct iw_sa_type *type);
/* Name of a type of PostgreSQL with its schema, quoted. */
const char *iw_sa_enum_name(struct iw_sa *sa, const struct iw_sa_type *type);
/* Is it a type at all (a CALL or FOREIGN of a class of types, or a CLASS that decorates one)? */
bool iw_sa_is_type(struct iw_sa *sa, struct iw_py_value *value);
/* A type by SQL text, as SQLite's reflection reads it. */
const struct iw_sa_type *iw_sa_type_of_text(struct iw_sa *sa, const char *text, enum iw_sa_affinity affinity);

/* expression.c --------------------------------------------------------------------------------------------------- */

/* What stands in a string for SQL: ":name" is refused, "\:" is ":". `values`: of bindparams, DICT or NULL. */
const char *iw_sa_literal_text(struct iw_sa *sa, const char *text, const struct iw_py_value *values);
const char *iw_sa_quote_text(struct iw_sa *sa, const char *text);
/* A value of Python as a literal. `type` may be NULL. */
const char *iw_sa_literal(struct iw_sa *sa, const struct iw_py_value *value, const struct iw_sa_type *type);
enum {
	IW_SA_TABLES = 1 << 0, /* columns with their tables */
	IW_SA_BOUND = 1 << 1,  /* values as the driver sends them, not as literals of DDL */
};
const char *iw_sa_expression(struct iw_sa *sa, struct iw_py_value *value, unsigned flags);
/* A server default; NULL value gives NULL. */
const char *iw_sa_default(struct iw_sa *sa, struct iw_py_value *value);
/* Where it is a column (sa.column("a"), table.c.a), its name; NULL: it is none. */
const char *iw_sa_column_of(struct iw_sa *sa, struct iw_py_value *value, struct iw_py_value **table);
/* Is it an SQL construct (and no plain value)? */
bool iw_sa_is_expression(struct iw_sa *sa, const struct iw_py_value *value);
/* A CALL of Table or table, or what op.create_table returned; NULL: it is none. */
struct iw_py_value *iw_sa_as_table(struct iw_sa *sa, struct iw_py_value *value);
/* Statement: text(), a string, insert/update/delete/select. `values`: of its binds, DICT, or NULL. */
const char *iw_sa_statement(struct iw_sa *sa, struct iw_py_value *value, const struct iw_py_value *values);
const char *iw_sa_insert(struct iw_sa *sa, struct iw_py_value *table, const struct iw_py_value *row);
bool iw_sa_is_select(struct iw_sa *sa, struct iw_py_value *value);

/* objects.c ------------------------------------------------------------------------------------------------------ */

struct iw_sa_column {
	const char *name;
	bool is_name_forced;
	const struct iw_sa_type *type;
	struct iw_py_value *type_value;
	int nullable; /* -1: not said */
	bool is_primary, has_index, is_unique, has_default, has_sequence, is_system;
	int autoincrement; /* -1: auto, -2: ignore_fk */
	const char *comment;
	struct iw_py_value *server_default; /* NULL: none */
	const char *default_text;	    /* reflected default, verbatim; NULL: none */
	struct iw_py_value *computed, *identity;
	const char *computed_text; /* reflected */
	GPtrArray *foreign_keys;   /* struct iw_sa_constraint * */
	GPtrArray *checks;	   /* struct iw_sa_constraint *: written with the column */
	struct iw_py_value *value; /* the call; NULL: reflected */
};

enum iw_sa_kind { IW_SA_PRIMARY, IW_SA_UNIQUE, IW_SA_FOREIGN, IW_SA_CHECK, IW_SA_EXCLUDE, IW_SA_ANY };

struct iw_sa_constraint {
	enum iw_sa_kind kind;
	struct iw_sa_name name;
	GPtrArray *columns; /* char * */
	const char *check;  /* CHECK: its text */
	const char *remote_schema, *remote_table;
	GPtrArray *remote_columns; /* char * */
	const char *on_delete, *on_update, *match, *initially;
	int deferrable; /* -1: not said */
	bool is_alter, is_bound_to_type, is_implicit, is_not_valid;
	const char *no_name;	   /* the table has a convention that has no name for it */
	struct iw_py_value *value; /* the call, for options of dialects; NULL: none */
};

struct iw_sa_index {
	struct iw_sa_name name;
	bool is_unique;
	GPtrArray *keys;	   /* struct iw_py_value * */
	struct iw_py_value *value; /* the call, for options of dialects */
	const char *schema, *table;
	GPtrArray *key_texts; /* char *: reflected, in place of keys; NULL: none */
	const char *where;    /* reflected */
};

struct iw_sa_table {
	const char *schema, *name;
	GPtrArray *columns;		  /* struct iw_sa_column * */
	GPtrArray *constraints;		  /* struct iw_sa_constraint *, in the order in which they are written */
	GPtrArray *indexes;		  /* struct iw_sa_index * */
	struct iw_sa_constraint *primary; /* NULL: none */
	const char *comment;
	GPtrArray *prefixes;
	struct iw_py_value *value; /* the call, for options of dialects; NULL: none */
	bool if_not_exists;
};

struct iw_sa_column *iw_sa_column(struct iw_sa *sa, struct iw_py_value *value);
struct iw_sa_constraint *iw_sa_constraint_new(struct iw_sa *sa, enum iw_sa_kind kind);
/* PrimaryKeyConstraint(...) and its kin; NULL: it is none. */
struct iw_sa_constraint *iw_sa_constraint(struct iw_sa *sa, struct iw_py_value *value);
struct iw_sa_index *iw_sa_index(struct iw_sa *sa, struct iw_py_value *value);
/* Puts columns and constraints together as Table() does: `items` are values of columns, constraints, indexes. */
struct iw_sa_table *iw_sa_table(struct iw_sa *sa, const char *schema, const char *name, GPtrArray *items);
/* What a column brings with it: UNIQUE, INDEX, the CHECK of its type, FOREIGN KEY; and primary keys are settled. */
void iw_sa_table_attach(struct iw_sa *sa, struct iw_sa_table *table);
struct iw_sa_column *iw_sa_find_column(const struct iw_sa_table *table, const char *name);
/* The column that numbers itself; NULL: none. */
const struct iw_sa_column *iw_sa_autoincrement(struct iw_sa *sa, const struct iw_sa_table *table);
/* "postgresql", "mysql", "mariadb", "sqlite" */
const char *iw_sa_dialect_name(const struct iw_sa *sa);
/* An option of the dialect, mysql_engine for "engine"; NULL: not given. */
struct iw_py_value *iw_sa_option(struct iw_sa *sa, const struct iw_py_value *call, const char *name);

/* ddl.c ---------------------------------------------------------------------------------------------------------- */

const char *iw_sa_create_table(struct iw_sa *sa, const struct iw_sa_table *table);
const char *iw_sa_column_text(struct iw_sa *sa, const struct iw_sa_table *table, const struct iw_sa_column *column);
/* "CONSTRAINT n UNIQUE (a)"; NULL: the dialect leaves it out. */
const char *iw_sa_constraint_text(struct iw_sa *sa, const struct iw_sa_table *table,
				  const struct iw_sa_constraint *constraint);
const char *iw_sa_deferrability(struct iw_sa *sa, const struct iw_sa_constraint *constraint);
const char *iw_sa_create_index(struct iw_sa *sa, const struct iw_sa_index *index);
const char *iw_sa_identity_options(struct iw_sa *sa, const struct iw_py_value *identity);
const char *iw_sa_sequence_options(struct iw_sa *sa, const struct iw_py_value *sequence);
/* Of a type on PostgreSQL. */
const char *iw_sa_create_enum(struct iw_sa *sa, const struct iw_sa_type *type);
