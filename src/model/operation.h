/*
 * Operation: one change to a schema, whatever spelled it; statement: one piece of SQL with its operations.
 *
 * A statement comes out of a reader (sql/sql.h) or a framework's own reader. It always has at least one
 * operation: what cannot be read is one IW_OP_OPAQUE operation with its reason, never nothing.
 * All of it lives in the arena given to the reader.
 */
#pragma once

#include "base/source.h"
#include "model/schema.h"

/*
 * kind, object it is about, words for a person. The struct iw_operation members a kind uses, beside `name`,
 * are in the comment behind it. For kinds about a part of a table `name` is the table, `member` the part.
 */
/* clang-format off */
#define IW_OPERATION_TABLE(X)                                                                                          \
	X(CREATE_TABLE, TABLE, "create table")                 /* table; AS SELECT: table->is_opaque, data */          \
	X(DROP_TABLE, TABLE, "drop table")                                                                             \
	X(RENAME_TABLE, TABLE, "rename table")                 /* new_name */                                          \
	X(SET_TABLE_SCHEMA, TABLE, "move table to a schema")   /* new_name.schema */                                   \
	X(SET_TABLE_OPTIONS, TABLE, "set table options")       /* member: option or "" ; text: value; charset etc. */  \
	X(SET_LOGGED, TABLE, "set logged or unlogged")         /* flag: IW_ON = logged */                              \
	X(SET_TABLESPACE, TABLE, "move to a tablespace")                                                               \
	X(SET_ACCESS_METHOD, TABLE, "set access method")                                                               \
	X(CONVERT_CHARSET, TABLE, "convert character set")     /* text: charset, member: collation */                  \
	X(REBUILD_TABLE, TABLE, "rebuild table")               /* MySQL FORCE / ENGINE=, OPTIMIZE; PG VACUUM FULL, CLUSTER */ \
	X(SET_REPLICA_IDENTITY, TABLE, "set replica identity")                                                         \
	X(SET_ROW_SECURITY, TABLE, "set row security")         /* IW_ON; member "force" for FORCE */                   \
	X(SET_INHERIT, TABLE, "set inheritance")               /* new_name: parent; IW_ON */                           \
	X(ATTACH_PARTITION, TABLE, "attach partition")         /* new_name: the partition; text: its bound */          \
	X(DETACH_PARTITION, TABLE, "detach partition")         /* new_name: the partition; IW_CONCURRENTLY */          \
	X(ALTER_PARTITIONS, TABLE, "alter partitions")         /* MySQL ADD/DROP/REORGANIZE/...; text: the clause */   \
	X(ADD_COLUMN, COLUMN, "add column")                    /* member, column */                                    \
	X(DROP_COLUMN, COLUMN, "drop column")                  /* member */                                            \
	X(RENAME_COLUMN, COLUMN, "rename column")              /* member, new_name.name */                             \
	X(ALTER_COLUMN_TYPE, COLUMN, "change column type")     /* member, column (name, type, collation), expression: USING */ \
	X(MODIFY_COLUMN, COLUMN, "redefine column")            /* MySQL MODIFY/CHANGE: member (old name), column (whole) */ \
	X(SET_NOT_NULL, COLUMN, "set not null")                /* member */                                            \
	X(DROP_NOT_NULL, COLUMN, "drop not null")              /* member */                                            \
	X(SET_DEFAULT, COLUMN, "set default")                  /* member, expression */                                \
	X(DROP_DEFAULT, COLUMN, "drop default")                /* member */                                            \
	X(ADD_IDENTITY, COLUMN, "add identity")                /* member, column->identity */                          \
	X(SET_IDENTITY, COLUMN, "alter identity")              /* member, column->identity (may be NO: options only) */ \
	X(DROP_IDENTITY, COLUMN, "drop identity")              /* member */                                            \
	X(SET_GENERATION, COLUMN, "change generation expression") /* member, expression (PG 17) */                     \
	X(DROP_GENERATION, COLUMN, "drop generation expression")  /* member */                                         \
	X(SET_COLUMN_OPTIONS, COLUMN, "set column options")    /* member; text: "statistics", "options", "visible", ... */ \
	X(SET_STORAGE, COLUMN, "set column storage")           /* member, text */                                      \
	X(SET_COMPRESSION, COLUMN, "set column compression")   /* member, text */                                      \
	X(ADD_CONSTRAINT, CONSTRAINT, "add constraint")        /* member (may be NULL), constraint */                  \
	X(DROP_CONSTRAINT, CONSTRAINT, "drop constraint")      /* member; MySQL also: constraint->kind when spelled    \
	                                                          (DROP PRIMARY KEY: member NULL; DROP FOREIGN KEY f) */ \
	X(VALIDATE_CONSTRAINT, CONSTRAINT, "validate constraint") /* member */                                         \
	X(RENAME_CONSTRAINT, CONSTRAINT, "rename constraint")  /* member, new_name.name */                             \
	X(ALTER_CONSTRAINT, CONSTRAINT, "alter constraint")    /* member, constraint; text: what is altered, "deferrable", "enforced", "inherit"; NULL: all */ \
	X(CREATE_INDEX, INDEX, "create index")                 /* member (may be NULL), index; flags */                \
	X(DROP_INDEX, INDEX, "drop index")                     /* name: the index itself on PG and SQLite (name.name   \
	                                                          = index); MySQL: name = table, member = index */     \
	X(RENAME_INDEX, INDEX, "rename index")                 /* as DROP_INDEX; new_name.name */                      \
	X(ALTER_INDEX, INDEX, "alter index")                   /* as DROP_INDEX; text; MySQL visibility: IW_ON */      \
	X(ATTACH_INDEX, INDEX, "attach index partition")       /* name: parent index; new_name: child index */         \
	X(REINDEX, INDEX, "rebuild index")                     /* object_kind: INDEX, TABLE, SCHEMA, DATABASE; IW_CONCURRENTLY */ \
	X(SET_KEYS, TABLE, "disable or enable keys")           /* MySQL; IW_ON */                                      \
	X(CREATE_ENUM, ENUM, "create enum")                    /* values */                                            \
	X(ADD_ENUM_VALUE, ENUM, "add enum value")              /* member; text: neighbour; IW_BEFORE */                \
	X(RENAME_ENUM_VALUE, ENUM, "rename enum value")        /* member, new_name.name */                             \
	X(CREATE_DOMAIN, DOMAIN, "create domain")              /* domain */                                            \
	X(ALTER_DOMAIN, DOMAIN, "alter domain")                /* text: "set default", "drop not null", "add constraint", ...; \
	                                                          expression / constraint / member */                  \
	X(CREATE_SEQUENCE, SEQUENCE, "create sequence")        /* sequence */                                          \
	X(ALTER_SEQUENCE, SEQUENCE, "alter sequence")          /* sequence: owner when OWNED BY was given, type when AS was */ \
	X(CREATE_VIEW, VIEW, "create view")                    /* table (kind, definition, columns if listed); IW_REPLACE */ \
	X(CREATE_MATERIALIZED_VIEW, MATERIALIZED_VIEW, "create materialized view") /* table */                         \
	X(REFRESH_MATERIALIZED_VIEW, MATERIALIZED_VIEW, "refresh materialized view")                                   \
	X(CREATE_TRIGGER, TRIGGER, "create trigger")           /* member: trigger; definition */                       \
	X(DROP_TRIGGER, TRIGGER, "drop trigger")               /* member; name.name NULL where the engine needs no table */ \
	X(SET_TRIGGER, TRIGGER, "enable or disable trigger")   /* member: a name, "all", "user"; IW_ON */              \
	X(CREATE_RULE, RULE, "create rule")                    /* member */                                            \
	X(CREATE_POLICY, POLICY, "create policy")              /* member; definition */                                \
	X(ALTER_POLICY, POLICY, "alter policy")                /* member */                                            \
	X(DROP_POLICY, POLICY, "drop policy")                  /* member */                                            \
	X(CREATE_OBJECT, OTHER, "create object")               /* object_kind, definition: function, extension, schema, type, ... */ \
	X(ALTER_OBJECT, OTHER, "alter object")                 /* object_kind, text */                                 \
	X(DROP_OBJECT, OTHER, "drop object")                   /* object_kind: sequence, view, enum, domain, function, ... */ \
	X(RENAME_OBJECT, OTHER, "rename object")               /* object_kind, new_name: view, sequence, type, trigger (member), ... */ \
	X(SET_OWNER, OTHER, "set owner")                       /* object_kind, text */                                 \
	X(COMMENT, OTHER, "comment")                           /* object_kind, member, text (NULL removes) */          \
	X(GRANT, OTHER, "grant or revoke")                     /* object_kind */                                       \
	X(INSERT, TABLE, "insert rows")                        /* data */                                              \
	X(UPDATE, TABLE, "update rows")                        /* data */                                              \
	X(DELETE, TABLE, "delete rows")                        /* data */                                              \
	X(MERGE, TABLE, "merge rows")                          /* data */                                              \
	X(TRUNCATE, TABLE, "truncate")                         /* IW_CASCADE */                                        \
	X(COPY, TABLE, "copy rows")                            /* COPY FROM, LOAD DATA */                              \
	X(SELECT, TABLE, "query")                              /* data; only functions with effects: name.name NULL */ \
	X(LOCK_TABLE, TABLE, "lock table")                     /* text: mode */                                        \
	X(ANALYZE, TABLE, "analyze")                                                                                   \
	X(VACUUM, TABLE, "vacuum")                             /* not FULL */                                          \
	X(SET, NONE, "set a parameter")                        /* member: parameter lower case, text: value; IW_LOCAL; PRAGMA too */ \
	X(TRANSACTION, NONE, "transaction control")            /* text: "begin", "commit", "rollback", "savepoint", "release", "rollback to"; member: savepoint, modes of "begin" */ \
	X(OPAQUE, NONE, "not readable")                        /* reason; data: it can only have changed rows */
/* clang-format on */

enum iw_operation_kind {
#define IW_OPERATION_ENUM(kind, object, words) IW_OP_##kind,
	IW_OPERATION_TABLE(IW_OPERATION_ENUM)
#undef IW_OPERATION_ENUM
		IW_OP_KINDS
};

enum iw_operation_flags {
	IW_IF_EXISTS = 1 << 0,
	IW_IF_NOT_EXISTS = 1 << 1,
	IW_CASCADED = 1 << 2, /* DROP ... CASCADE, TRUNCATE ... CASCADE */
	IW_CONCURRENTLY = 1 << 3,
	IW_ONLY = 1 << 4,    /* ON ONLY, ALTER TABLE ONLY */
	IW_REPLACE = 1 << 5, /* OR REPLACE */
	IW_ON = 1 << 6,	     /* enable, logged, visible, force: the positive of two */
	IW_BEFORE = 1 << 7,
	IW_LOCAL = 1 << 8, /* SET LOCAL */
	IW_TEMPORARY = 1 << 9,
	IW_OFFLINE_HINT = 1 << 10,    /* MySQL: an explicit LOCK=EXCLUSIVE/SHARED or ALGORITHM=COPY was written */
	IW_TABLE_IF_EXISTS = 1 << 12, /* ALTER TABLE IF EXISTS, beside what the subcommand says of its own object */
	IW_FINALIZE = 1 << 11,	      /* DETACH PARTITION ... FINALIZE */
};

/* What a data statement touches. */
struct iw_data {
	GPtrArray *columns; /* char *: columns written; NULL: all or unknown */
	GPtrArray *reads;   /* struct iw_name *: other tables read; NULL: none */
	bool has_where;	    /* a WHERE that is not a tautology */
	bool has_limit;
	bool locks_rows;      /* SELECT ... FOR UPDATE, FOR SHARE, somewhere in it (PostgreSQL) */
	bool is_values;	      /* INSERT ... VALUES with literals: bounded by the file */
	bool has_on_conflict; /* ON CONFLICT / ON DUPLICATE KEY / INSERT IGNORE / REPLACE */
	size_t rows;	      /* of VALUES */
	/* UPDATE/DELETE restricted by equality (or IN of literals) on these columns: bounded when they are a key. */
	GPtrArray *equals;    /* char *; NULL: none */
	bool is_bounded;      /* VALUES, LIMIT, or `equals` is not empty: not a statement over the whole table */
	GPtrArray *functions; /* char *: functions called (SELECT f()) */
};

struct iw_statement;

struct iw_operation {
	enum iw_operation_kind kind;
	enum iw_object_kind object_kind;
	unsigned flags;
	struct iw_name name;
	const char *member;
	struct iw_name new_name;
	const char *text;
	const struct iw_table *table;
	const struct iw_column *column;
	const struct iw_constraint *constraint;
	const struct iw_index *index;
	const struct iw_sequence *sequence;
	const struct iw_domain *domain;
	const struct iw_expression *expression;
	const struct iw_data *data;
	GPtrArray *values;	/* char * */
	const char *definition; /* text of what is kept by definition only */
	const char *reason;	/* OPAQUE: why it cannot be read */
	/* Where: the subcommand itself (ADD COLUMN ...), inside its statement. */
	const struct iw_statement *statement;
	struct iw_place place;
};

struct iw_statement {
	const char *text; /* without leading blanks and comments, without the terminator; NUL-terminated */
	size_t length;
	struct iw_place place; /* of `text` in the file */
	size_t lead;	       /* offset where the blanks and comments before `text` begin */
	size_t end;	       /* offset after the terminator (or of the end of the file) */
	GPtrArray *operations; /* struct iw_operation *, at least one */
	GPtrArray *comments;   /* struct iw_place *: comments before or inside it, for suppressions; NULL: none */
	const char *algorithm,
		*lock;	  /* MySQL ALGORITHM= and LOCK= of the whole statement, lower case; NULL: not given */
	const char *wait; /* MariaDB "WAIT 5" or "NOWAIT" of the whole statement; NULL: not given */
	/* Cannot run inside a transaction block on this engine and version (CREATE INDEX CONCURRENTLY, VACUUM, ...). */
	bool needs_no_transaction;
	/* The author has put it outside of the framework's transaction (autocommit_block, atomic = False). */
	bool is_outside;
	/* Commits by itself (MySQL DDL). */
	bool commits_implicitly;
	/* The statement is not valid for the dialect's grammar as far as Inchworm knows: set beside an OPAQUE
	 * operation. */
	bool is_syntax_error;
	struct iw_place error_place; /* of the offending token when is_syntax_error */
	/* No SQL: the framework itself must run it; beside an OPAQUE operation that says why. */
	bool is_foreign;
	int part; /* foreign: which of the migration's operations it is, from 1, where the framework can run that
		     one alone; 0: it cannot */
	bool is_part_atomic; /* ... in one transaction */
	const char *needs; /* SQL that the framework itself must run all the same: what only its connection has; NULL */
	/* Literals in its text that are others at each reading, NULL-terminated; NULL: none. */
	const char *const *varying;
	const char *note; /* how it came to be, where it was made from something else; NULL */
	const char *undo; /* the statement that takes it back, where its maker knows; NULL */
};

/* "CREATE_TABLE" / "create table"; never NULL. */
const char *iw_operation_kind_name(enum iw_operation_kind kind);
const char *iw_operation_kind_words(enum iw_operation_kind kind);
enum iw_object_kind iw_operation_kind_object(enum iw_operation_kind kind);
const char *iw_object_kind_words(enum iw_object_kind kind);
/* "add column users.email": for people; in `arena`. */
const char *iw_operation_title(iw_arena *arena, const struct iw_operation *operation);
/* True when it may change the catalogue (false: data, SET, transaction control, ANALYZE, ...). */
bool iw_operation_is_ddl(const struct iw_operation *operation);
/* True for INSERT, UPDATE, DELETE, MERGE, TRUNCATE, COPY. */
bool iw_operation_is_data(const struct iw_operation *operation);
