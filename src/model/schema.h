/*
 * Schema: what a database holds, in the words of its own catalogue. Comes from three places that must agree:
 * replayed from migrations, read from models, inspected on a server. Lives in one arena.
 *
 *  1. iw_schema_new(arena, engine);
 *  2. fill with iw_schema_apply() (model/replay.h) or a driver's inspect;
 *  3. look objects up, compare (model/compare.h), invert (model/invert.h).
 *
 * Names are as the catalogue keeps them (PostgreSQL: unquoted names already folded to lower case).
 * Lookup follows the dialect: exact on PostgreSQL, without regard to ASCII case for tables and columns on
 * SQLite and for columns on MySQL.
 *
 * Canonical text: `struct iw_type.text` and `struct iw_expression.canonical` are normalised by the reader of the
 * dialect (sql/<dialect>/) so that the same thing written differently, or printed by the server, is equal text.
 *
 * MySQL and MariaDB, where the catalogue forgets how a thing was written (replay and inspect both give this form):
 *  - PRIMARY KEY: constraint "PRIMARY" and its index "PRIMARY" (constraint = "PRIMARY"). Every other unique key is an
 *    index only, is_unique, whether it was written as UNIQUE, a column's UNIQUE or CREATE UNIQUE INDEX.
 *  - FOREIGN KEY: a constraint; the index that the server makes for it is an ordinary index.
 *  - CHECK: a constraint; one written with a column on MariaDB is named as the column. JSON on MariaDB is longtext of
 *    collation utf8mb4_bin with the check json_valid(`column`), named as the column.
 *  - index.method is "btree" or "hash" as the server keeps it (InnoDB: always "btree"); NULL when `special` is set.
 *  - DEFAULT NULL is no default. A literal default is as the server keeps it, converted to the column's type: 5 for
 *    int DEFAULT '5', 1.50 for decimal(4,2) DEFAULT 1.5. CURRENT_TIMESTAMP is current_timestamp() or (n).
 *  - column.collation and type.charset only where they differ from the table's.
 *  - table.options: what CREATE_OPTIONS keeps, lower case, sorted, "key=value" with blanks between; not "partitioned".
 *  - table.partition_by: "RANGE (year(`d`)) (PARTITION `p0` VALUES LESS THAN (2000), ...)", "HASH (`id`) PARTITIONS 4";
 *    the table's kind is IW_PARTITIONED_TABLE.
 *  - triggers, routines, events, views: by name; the definition is the server's text and rarely equals the author's.
 *    Routines are named without arguments.
 */
#pragma once

#include "base/arena.h"
#include "model/engine.h"

#include <glib.h>
#include <stdbool.h>

/* `schema` is NULL for "the default one" (search_path's first, the connected database, main). */
struct iw_name {
	const char *schema;
	const char *name;
};

enum iw_volatility { IW_IMMUTABLE, IW_STABLE, IW_VOLATILE, IW_VOLATILITY_UNKNOWN };

struct iw_expression {
	const char *text;	       /* as written or as the server prints it */
	const char *canonical;	       /* normalised, for comparing */
	enum iw_volatility volatility; /* the worst of its functions; unknown functions: UNKNOWN */
	bool is_null;		       /* the literal NULL */
	bool is_constant;	       /* a literal, possibly cast or signed */
	struct iw_name of_type; /* PostgreSQL: the user type that a default still is of after its column has another
				 * type: DROP TYPE ... CASCADE takes the default. By replay; name NULL: none */
};

struct iw_type {
	/* Canonical, as the catalogue prints it: "integer", "character varying(30)", "timestamp(3) without time zone",
	 * "numeric(10,2)", "text[]", "public.mood" for user types outside the default schema (else "mood");
	 * MySQL: "int unsigned", "varchar(191)", "enum('a','b')" (integer display width dropped, tinyint(1) kept);
	 * SQLite: as declared. */
	const char *text;
	const char *base; /* without arguments and brackets: "character varying", "varchar", "mood" */
	int arguments[2]; /* length / precision, scale; -1 where absent */
	bool is_array;
	bool is_unsigned;    /* MySQL */
	const char *charset; /* MySQL, explicit only */
	GPtrArray *values;   /* char *: MySQL ENUM and SET members, unquoted; else NULL */
	struct iw_name user; /* PostgreSQL: the enum, domain or other user type it names, unquoted, schema as written;
			      * name NULL for built-in types */
};

/* One byte: there are as many of these as columns in a schema. */
#define IW_SMALL __attribute__((packed))
enum iw_serial { IW_NOT_SERIAL, IW_SMALLSERIAL, IW_SERIAL, IW_BIGSERIAL } IW_SMALL;
enum iw_identity { IW_NO_IDENTITY, IW_IDENTITY_ALWAYS, IW_IDENTITY_BY_DEFAULT } IW_SMALL;
enum iw_generated { IW_NOT_GENERATED, IW_GENERATED_STORED, IW_GENERATED_VIRTUAL } IW_SMALL;

struct iw_column {
	const char *name;
	struct iw_type type;
	bool not_null;
	enum iw_serial serial; /* as written; replay turns it into sequence and default */
	enum iw_identity identity;
	enum iw_generated generated;
	bool auto_increment; /* MySQL; SQLite AUTOINCREMENT */
	bool is_invisible;   /* MySQL/MariaDB INVISIBLE, SQLite hidden */
	bool null_written;   /* MySQL: NULL or DEFAULT NULL was written, which tells for TIMESTAMP where
			      * explicit_defaults_for_timestamp is off (MariaDB before 10.10) */
	const struct iw_expression *default_value; /* NULL: none */
	const struct iw_expression *generation;	   /* of generated columns */
	const struct iw_expression *on_update;	   /* MySQL ON UPDATE CURRENT_TIMESTAMP */
	const char *collation;			   /* explicit, NULL for the type's or table's own */
	const char *comment;
	const char *storage, *compression; /* PostgreSQL, when not the type's own */
	const char *position;		   /* ADD COLUMN only: "" = FIRST, name = AFTER that column, NULL = last */
	GPtrArray *constraints;		   /* struct iw_constraint *: written inline with the column; NULL: none.
					    * Replay moves them to the table. */
	const char *identity_options;	   /* PostgreSQL, as written: "START WITH 10 INCREMENT BY 2"; NULL: none */
	const char *options;		   /* PostgreSQL foreign tables: "OPTIONS (...)"; MySQL: what has no member,
					    * as written: "SRID 4326 COLUMN_FORMAT FIXED"; NULL: none */
};

enum iw_constraint_kind {
	IW_PRIMARY_KEY,
	IW_UNIQUE,
	IW_FOREIGN_KEY,
	IW_CHECK,
	IW_EXCLUDE,
	IW_NOT_NULL_CONSTRAINT
} IW_SMALL;
enum iw_action { IW_NO_ACTION, IW_RESTRICT, IW_CASCADE, IW_SET_NULL, IW_SET_DEFAULT } IW_SMALL;

/* One key of an index or of a PRIMARY KEY / UNIQUE / EXCLUDE constraint. */
struct iw_key {
	const char *column; /* NULL when an expression */
	const struct iw_expression *expression;
	bool is_descending;
	gint8 nulls; /* 0 = the order's own (last for ASC, first for DESC), 1 = FIRST, 2 = LAST */
	int length;  /* MySQL prefix, 0: whole */
	const char *operator_class, *collation;
	const char *with_operator; /* EXCLUDE */
};

struct iw_constraint {
	enum iw_constraint_kind kind;
	enum iw_action on_delete, on_update; /* FOREIGN KEY */
	bool is_deferrable, is_initially_deferred;
	bool is_not_valid, is_not_enforced, is_no_inherit;
	bool nulls_not_distinct;
	bool without_overlaps;		   /* PostgreSQL 18 WITHOUT OVERLAPS / PERIOD */
	bool auto_increment;		   /* SQLite PRIMARY KEY AUTOINCREMENT */
	const char *name;		   /* NULL: not named by the author (replay gives the server's name) */
	GPtrArray *keys;		   /* struct iw_key *: PRIMARY KEY, UNIQUE, EXCLUDE */
	GPtrArray *columns;		   /* char *: FOREIGN KEY's own columns; NOT NULL's one column */
	struct iw_name references;	   /* FOREIGN KEY */
	GPtrArray *referenced_columns;	   /* char *; empty: the primary key */
	const char *match;		   /* "FULL", "PARTIAL" or NULL for SIMPLE */
	const struct iw_expression *check; /* CHECK */
	GPtrArray *included;		   /* char *: INCLUDE columns; NULL: none */
	const char *method;		   /* EXCLUDE USING, MySQL USING BTREE|HASH */
	const struct iw_expression *where; /* EXCLUDE */
	const char *using_index;	   /* ADD CONSTRAINT ... USING INDEX */
	const char *on_conflict;	   /* SQLite ON CONFLICT clause */
	GPtrArray *set_columns;		   /* char *: ON DELETE SET NULL (a, b); NULL: all */
	const char *of_column; /* the column that a CHECK (MariaDB) or any constraint (SQLite) was written with; NULL:
				* none or not known */
	const char *options, *tablespace; /* PostgreSQL: WITH (...) and TABLESPACE of its index; NULL: none */
};

struct iw_index {
	const char *name; /* NULL: not named by the author */
	struct iw_name table;
	bool is_unique;
	bool nulls_not_distinct;
	bool is_invalid;     /* left over from a failed concurrent build; inspect sets it */
	bool is_invisible;   /* MySQL INVISIBLE / MariaDB IGNORED */
	bool is_implicit;    /* MySQL: made by the server behind a foreign key; goes when another covers it */
	const char *method;  /* "btree" where the author said nothing and the engine has that default */
	GPtrArray *keys;     /* struct iw_key * */
	GPtrArray *included; /* char *; NULL: none */
	const struct iw_expression *where;
	const char *special;	/* MySQL "fulltext", "spatial"; else NULL */
	const char *constraint; /* name of the constraint that owns it; NULL: none */
	const char *options;	/* WITH (...), canonical; NULL: none */
	const char *tablespace;
	const char *comment;
	const char *parent; /* PostgreSQL: the partitioned index it is a part of; NULL: none or not known */
};

enum iw_table_kind {
	IW_TABLE,
	IW_PARTITIONED_TABLE,
	IW_VIEW,
	IW_MATERIALIZED_VIEW,
	IW_FOREIGN_TABLE,
	IW_VIRTUAL_TABLE
};

/* CREATE TABLE ... (a int, LIKE source INCLUDING DEFAULTS, b int): `after` columns come before it. */
enum iw_like_option {
	IW_LIKE_COMMENTS = 1 << 0,
	IW_LIKE_COMPRESSION = 1 << 1,
	IW_LIKE_CONSTRAINTS = 1 << 2, /* CHECK; NOT NULL is always copied */
	IW_LIKE_DEFAULTS = 1 << 3,
	IW_LIKE_GENERATED = 1 << 4,
	IW_LIKE_IDENTITY = 1 << 5,
	IW_LIKE_INDEXES = 1 << 6, /* and PRIMARY KEY, UNIQUE, EXCLUDE */
	IW_LIKE_STATISTICS = 1 << 7,
	IW_LIKE_STORAGE = 1 << 8,
	IW_LIKE_ALL = (1 << 9) - 1,
};
struct iw_like {
	struct iw_name source;
	unsigned options; /* enum iw_like_option */
	guint after;
};

struct iw_table {
	struct iw_name name;
	enum iw_table_kind kind;
	GPtrArray *columns;	/* struct iw_column *, in order */
	GPtrArray *constraints; /* struct iw_constraint * */
	GPtrArray *indexes;	/* struct iw_index *, constraint-owned ones too (constraint != NULL) */
	GPtrArray *triggers;	/* struct iw_object *; an empty list is shared: replay makes another before it adds */
	GPtrArray *policies;	/* the same */
	const char *comment;
	const char *partition_by;    /* "RANGE (created_at)"; NULL: none. MySQL: the text of its PARTITION BY */
	struct iw_name partition_of; /* name NULL: not a partition */
	const char *partition_bound; /* "FOR VALUES ..." / "DEFAULT" */
	GPtrArray *inherits;	     /* struct iw_name *; NULL: none */
	const char *definition;	     /* views: the query; virtual tables: USING ...; MySQL tables with parts that have
				      * no member (AS SELECT, PERIOD FOR): the whole statement */
	const char *engine, *charset, *collation; /* MySQL, as far as known */
	const char *options;			  /* storage parameters, other options; canonical; NULL: none */
	bool is_unlogged, is_temporary, row_security, force_row_security;
	bool is_strict, is_without_rowid; /* SQLite */
	bool is_opaque;			  /* its true shape cannot be known (CREATE TABLE AS, OF a type, ...) */
	GPtrArray *likes;		  /* struct iw_like *: LIKE clauses replay has to expand; NULL: none */
	const char *creation_options;	  /* MySQL, as written: what the catalogue does not keep as an option, to render
					   * only:     "AUTO_INCREMENT=100 DATA DIRECTORY='/x'"; not compared; NULL: none */
	const char *access_method, *tablespace,
		*on_commit; /* PostgreSQL, explicit only; on_commit "DROP", "DELETE ROWS" */
	bool is_shared;	    /* private to model/: another schema holds it too, copy before changing */
};

enum iw_object_kind {
	IW_OBJECT_NONE,
	IW_OBJECT_TABLE,
	IW_OBJECT_COLUMN,
	IW_OBJECT_CONSTRAINT,
	IW_OBJECT_INDEX,
	IW_OBJECT_VIEW,
	IW_OBJECT_MATERIALIZED_VIEW,
	IW_OBJECT_SEQUENCE,
	IW_OBJECT_ENUM,
	IW_OBJECT_DOMAIN,
	IW_OBJECT_TYPE,
	IW_OBJECT_FUNCTION,
	IW_OBJECT_PROCEDURE,
	IW_OBJECT_AGGREGATE,
	IW_OBJECT_TRIGGER,
	IW_OBJECT_POLICY,
	IW_OBJECT_RULE,
	IW_OBJECT_EXTENSION,
	IW_OBJECT_SCHEMA,
	IW_OBJECT_DATABASE,
	IW_OBJECT_ROLE,
	IW_OBJECT_PUBLICATION,
	IW_OBJECT_STATISTICS,
	IW_OBJECT_COLLATION,
	IW_OBJECT_FOREIGN_TABLE,
	IW_OBJECT_EVENT,
	IW_OBJECT_OTHER,
};

/* Anything that is kept by name and definition only: functions, triggers, policies, extensions, schemas, ... */
struct iw_object {
	enum iw_object_kind kind;
	struct iw_name name;	/* functions: name with argument types, "f(integer,text)" */
	const char *definition; /* NULL: not known */
	bool is_disabled;	/* triggers */
};

struct iw_enum {
	struct iw_name name;
	GPtrArray *values; /* char *, in order */
};

struct iw_domain {
	struct iw_name name;
	struct iw_type base;
	bool not_null;
	const struct iw_expression *default_value;
	GPtrArray *constraints; /* struct iw_constraint *, CHECK */
};

struct iw_sequence {
	struct iw_name name;
	const char *type;	    /* "bigint", "integer", "smallint" */
	struct iw_name owner_table; /* OWNED BY; name NULL: none */
	const char *owner_column;   /* ALTER SEQUENCE only: "" without owner_table is OWNED BY NONE */
	bool is_identity;	    /* belongs to an identity column */
	const char *options;	    /* as written: "START WITH 10 CYCLE"; NULL: none */
	bool is_unlogged, is_temporary;
};

typedef struct iw_schema {
	iw_arena *arena;
	struct iw_engine engine;
	const char *default_schema; /* "public"; MySQL: the database's name or NULL; SQLite: "main" */
	GPtrArray *tables;	    /* struct iw_table *, views included, in order of creation */
	GPtrArray *enums;	    /* struct iw_enum * */
	GPtrArray *domains;	    /* struct iw_domain * */
	GPtrArray *sequences;	    /* struct iw_sequence * */
	GPtrArray *objects;	    /* struct iw_object *: functions, extensions, schemas, types, ... */
	bool is_uncertain;	    /* an opaque statement may have changed anything */
	bool is_inspected;	    /* read from a server: what is not here does not exist */
	bool is_walked; /* nobody keeps pointers to its parts from one apply to the next: replaced ones are used again;
			 * for walks over long histories */
	/* private to model/ */
	GPtrArray *spare_columns; /* struct iw_column * to use again; NULL: none yet */
	GHashTable *tables_by_name;
	struct iw_schema_names *names;	  /* of indexes, constraints and sequences; made by the first apply */
	bool has_temporary, has_children; /* some table is temporary; some table has a parent */
} iw_schema;

iw_schema *iw_schema_new(iw_arena *arena, struct iw_engine engine);
/* A cheap copy: changing either by replay leaves the other as it is. Tables are shared until one of the two changes
 * them, so the copy must not outlive the original's arena. Lives in `arena`. */
iw_schema *iw_schema_copy(iw_arena *arena, const iw_schema *schema);

/* All lookups: NULL when absent; NULL schema in the name means the default one. */
struct iw_table *iw_schema_find_table(const iw_schema *schema, struct iw_name name);
struct iw_enum *iw_schema_find_enum(const iw_schema *schema, struct iw_name name);
struct iw_domain *iw_schema_find_domain(const iw_schema *schema, struct iw_name name);
struct iw_sequence *iw_schema_find_sequence(const iw_schema *schema, struct iw_name name);
struct iw_object *iw_schema_find_object(const iw_schema *schema, enum iw_object_kind kind, struct iw_name name);
/* PostgreSQL and SQLite: index names are per schema; *table_out receives its table. */
struct iw_index *iw_schema_find_index(const iw_schema *schema, struct iw_name index, struct iw_table **table_out);

struct iw_column *iw_table_find_column(const struct iw_table *table, struct iw_engine engine, const char *name);
struct iw_constraint *iw_table_find_constraint(const struct iw_table *table, struct iw_engine engine, const char *name);
struct iw_index *iw_table_find_index(const struct iw_table *table, struct iw_engine engine, const char *name);
struct iw_constraint *iw_table_primary_key(const struct iw_table *table);

/* Keep the private index right; drivers and replay add and remove tables only through these. */
void iw_schema_add_table(iw_schema *schema, struct iw_table *table);
void iw_schema_remove_table(iw_schema *schema, struct iw_table *table);
void iw_schema_rename_table(iw_schema *schema, struct iw_table *table, struct iw_name new_name);
/* A table with its arrays ready, not yet added. */
struct iw_table *iw_table_new(iw_arena *arena, struct iw_name name);

/* Deep copies into `arena`; NULL in, NULL out. Expressions, keys, lists of keys, of names and of a column's constraints
 * are shared with other copies of the same (iw_arena_share_list()): never changed in place. */
struct iw_name iw_name_copy(iw_arena *arena, struct iw_name name);
struct iw_type iw_type_copy(iw_arena *arena, const struct iw_type *type);
const struct iw_expression *iw_expression_copy(iw_arena *arena, const struct iw_expression *expression);
struct iw_column *iw_column_copy(iw_arena *arena, const struct iw_column *column);
struct iw_constraint *iw_constraint_copy(iw_arena *arena, const struct iw_constraint *constraint);
struct iw_index *iw_index_copy(iw_arena *arena, const struct iw_index *index);
/* Keys (struct iw_key *) of columns (char *), in their order. */
GPtrArray *iw_keys_new(iw_arena *arena, GPtrArray *columns);
/* The keys as `change` leaves a copy of each; false: without that key. NULL in, NULL out. */
typedef bool (*iw_key_change)(void *data, struct iw_key *key);
GPtrArray *iw_keys_change(iw_arena *arena, GPtrArray *keys, iw_key_change change, void *data);
struct iw_table *iw_table_copy(iw_arena *arena, const struct iw_table *table);
struct iw_object *iw_object_copy(iw_arena *arena, const struct iw_object *object);
struct iw_sequence *iw_sequence_copy(iw_arena *arena, const struct iw_sequence *sequence);
struct iw_domain *iw_domain_copy(iw_arena *arena, const struct iw_domain *domain);
struct iw_enum *iw_enum_copy(iw_arena *arena, const struct iw_enum *type);
