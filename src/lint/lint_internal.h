/*
 * What the engine remembers of a migration while it is read; private to lint/. Rules ask through rules/rules.h.
 */
#pragma once

#include "lint/lint.h"

/* The first strong lock that the running transaction has taken on a table that was there before. */
struct iw_lint_strong_lock {
	const char *table; /* as shown; NULL: none */
	const char *lock;  /* "ACCESS EXCLUSIVE" */
	const char *title; /* "add column users.email" */
	int line;
};

/* What a rule met and judges when the migration ends. */
struct iw_lint_kept {
	const struct iw_rule *rule;
	struct iw_name table;
	const char *what;   /* the rule's own word: a column, an index, ... */
	GPtrArray *columns; /* char *; NULL: none */
	struct iw_place place;
	const struct iw_migration *migration;
	const struct iw_suppression *suppression; /* kept for the end: what turns it off; NULL */
};

struct iw_lint_directives;

struct iw_lint_memory {
	struct iw_lint_directives *directives; /* of the migration */
	iw_arena *arena;		       /* lives as long as the migration */
	GHashTable *new_tables;		       /* key of a table -> itself */
	GHashTable *copied;	/* key of a table whose rows were copied into a new table -> key of that one */
	GHashTable *renamed;	/* key of the old name of a table of before -> itself */
	GHashTable *said;	/* text -> itself: what is said once in a migration */
	GHashTable *not_valid;	/* "table constraint" added NOT VALID in this transaction -> itself */
	GHashTable *counts;	/* text -> how often a rule met it in this migration */
	GPtrArray *kept;	/* struct iw_lint_kept * */
	GPtrArray *for_end;	/* the same, of all migrations */
	iw_arena *end_arena;	/* of for_end: lives as long as the lint */
	GHashTable *new_values; /* enum value added in this transaction -> its type's name */
	struct iw_lint_strong_lock strong;
	bool in_block;		   /* inside the author's own BEGIN */
	bool was_committed;	   /* by the author: the framework's transaction is over */
	bool foreign_keys_off;	   /* PRAGMA foreign_keys=OFF that took effect */
	bool foreign_keys_ignored; /* ... or was written where it does nothing */
	struct iw_session_settings settings;
	guint transaction;   /* counts the transactions of the migration */
	double lock_timeout; /* seconds, by SET; 0: none; negative: not set */
	double statement_timeout;
	bool is_local_timeout; /* SET LOCAL: gone with the transaction */
	bool session_is_utc;   /* SET timezone = 'UTC' */
};

/* assumed.c */
struct iw_lint_assumed {
	GHashTable *made;    /* key of what migrations made, renamed or dropped -> itself */
	GHashTable *objects; /* key of an index, a type, ... that was there before -> itself */
};
enum iw_lint_assumption {
	IW_LINT_NOTHING_ASSUMED, /* the operation fails */
	IW_LINT_TABLE_ASSUMED,	 /* it may be applied again */
	IW_LINT_OBJECT_ASSUMED,	 /* it is about what is not replayed */
};
void iw_lint_assumed_init(iw_lint *lint, struct iw_lint_assumed *assumed);
/* Before an operation is judged: its table is there. */
void iw_lint_assume_before(iw_lint *lint, const struct iw_lint_assumed *assumed, const struct iw_operation *operation);
/* Texts are shared: `from` must live as long. */
void iw_lint_assumed_copy(struct iw_lint_assumed *assumed, const struct iw_lint_assumed *from);
/* After an operation that was applied. */
void iw_lint_assumed_note(iw_lint *lint, const struct iw_lint_assumed *assumed, const struct iw_operation *operation);
/* After one that was refused. */
enum iw_lint_assumption iw_lint_assume(iw_lint *lint, const struct iw_lint_assumed *assumed,
				       const struct iw_operation *operation);

void iw_lint_memory_begin(struct iw_lint_memory *memory);
/* Before the rules see a statement, and after. */
void iw_lint_memory_statement(struct iw_lint_memory *memory, const struct iw_lint_context *context);
void iw_lint_memory_operation(struct iw_lint_memory *memory, const struct iw_lint_context *context);
/* "schema\x1ftable" in `arena`, the default schema spelled out. */
const char *iw_lint_table_key(iw_arena *arena, const iw_schema *schema, struct iw_name name);
bool iw_lint_is_new(const struct iw_lint_memory *memory, const iw_schema *schema, struct iw_name name);

/* comments.c: struct iw_place, in order. */
/* Of a Python text. */
GArray *iw_lint_python_comments(const iw_source *source);
/* Those from `offset` on that nothing but blanks and other comments stand before; `line` only: until the line ends. */
GArray *iw_lint_sql_comments(const iw_source *source, enum iw_dialect dialect, size_t offset, bool line);

/*
 * directives.c: comments that turn rules off in one migration,
 *     inchworm: ignore rule[, rule] reason        for the statement that it stands before, in, or behind on its line
 *     inchworm: ignore-file rule[, rule] reason   for the file, before its first statement
 * with no rule, all. In SQL and in Python, each with its own comments.
 */
struct iw_lint_directives {
	iw_arena *arena;	 /* lives as long as the migration */
	GPtrArray *all;		 /* struct directive * */
	GPtrArray *active;	 /* struct directive *: those of the statement at hand and of the file */
	const iw_source *python; /* whose comments have been read */
	const iw_source *source; /* SQL: of the last statement */
	size_t end;		 /* SQL: where the last statement ended */
	bool is_begun;		 /* a statement was there */
	bool is_ended;		 /* what stands behind the last one was read */
	size_t limit;		 /* SQL: where the migration's part of the file ends */
	bool is_quiet;		 /* what is wrong with a directive is not reported */
};
void iw_lint_directives_begin(struct iw_lint_directives *directives, iw_arena *arena, const struct iw_script *script);
void iw_lint_directives_statement(iw_lint *lint, struct iw_lint_directives *directives,
				  const struct iw_statement *statement);
/* What turns this rule off at this place; NULL: nothing. The suppression lives in `arena`. */
const struct iw_suppression *iw_lint_suppression(struct iw_lint_directives *directives, iw_arena *arena,
						 const struct iw_rule *rule, const struct iw_place *place);
/* The same for what was seen in code, whose place need not be in a statement nor in a migration: a comment on its line,
 * right above it, or for its file. `in_migration`: between the migration's last statement and its end. */
const struct iw_suppression *iw_lint_note_suppression(iw_lint *lint, struct iw_lint_directives *directives,
						      iw_arena *arena, const struct iw_rule *rule,
						      const struct iw_place *place, bool in_migration);
/* Reports those that nothing was turned off by. */
void iw_lint_directives_end(iw_lint *lint, struct iw_lint_directives *directives);

/* Does the engine run this rule? */
bool iw_lint_runs(const iw_lint *lint, const struct iw_rule *rule);

/* squawk.c: adds what a rule of Squawk is here; nothing where none is like it. */
void iw_lint_squawk_rules(const char *name, GPtrArray *rules);

/* fingerprint.c; `counts` is of this migration: key -> how many so far. */
const char *iw_lint_fingerprint(iw_arena *arena, GHashTable *counts, const struct iw_finding *finding);
