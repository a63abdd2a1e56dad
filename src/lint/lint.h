/*
 * Lint: migrations in, findings out. Findings are results, not errors.
 *
 *  1. iw_lint_new(arena, options); the schema starts empty or as given;
 *  2. iw_lint_statement() for each statement of each migration in order, between iw_lint_begin/end_migration();
 *     migrations that are only history (not asked about) pass with report = false: replayed, not judged;
 *  3. iw_lint_end(), then read `findings`; those that a comment turns off are among them, with their `suppression`.
 */
#pragma once

#include "facts/facts.h"
#include "model/code_note.h"
#include "model/migration.h"

enum iw_severity { IW_OFF, IW_NOTE, IW_WARNING, IW_SEVERE }; /* "note", "warning", "error" */

struct iw_rule;
struct iw_lint_kept;

/* Why a finding does not count. */
struct iw_suppression {
	struct iw_place place; /* of the comment; source NULL: a baseline's */
	const char *reason;    /* NULL: none was given */
};

struct iw_finding {
	const struct iw_rule *rule;
	enum iw_severity severity;
	const struct iw_migration *migration;
	struct iw_place place;	     /* the operation, for the caret */
	const char *object;	     /* "users.email" */
	struct iw_name table;	     /* name NULL: it is about none */
	const char *message;	     /* one sentence: what is locked, for how long in words, or what breaks */
	const char *safe_sql;	     /* the safe way, to paste; NULL: none in SQL */
	const char *advice;	     /* one or two sentences, constant text; may be NULL */
	const struct iw_fact *fact;  /* NULL for rules that are not about one */
	double rows, bytes, seconds; /* from statistics; negative: unknown */
	/* 32 hexadecimal digits: of rule, migration, object and the text at the place, not of where that stands; the
	 * same as long as these are, unique among the findings of a migration. */
	const char *fingerprint;
	const struct iw_suppression *suppression; /* NULL: it counts */
};

/* The live numbers a rule may use, free of the driver's types. */
struct iw_table_size {
	double rows, bytes;
};
typedef bool (*iw_size_lookup)(void *data, struct iw_name table, struct iw_table_size *size);

struct iw_lint_options {
	struct iw_engine engine;
	iw_size_lookup size; /* NULL: no live database */
	void *size_data;
	double small_table_rows; /* with sizes: below this, locks of work other than rewrite are notes; 0: default
				    10,000 */
	/* With sizes: work that is estimated to take less is a note, more an error; 0: not said. */
	double quick_seconds, slow_seconds;
	bool foreign_keys_off;	/* SQLite: the framework itself switches them off before each migration */
	GHashTable *severities; /* rule id -> "off" | "note" | "warning" | "error"; NULL */
	/* Takes findings as they come, some at a time, in order; they are freed when it returns and `findings` stays
	 * empty: constant memory in the number of findings. NULL: all are kept in `findings`. */
	void (*found)(void *data, GPtrArray *findings);
	void *found_data;
	/* The first tables may be older than the first migration: create_all() made them from the models. What a
	 * migration changes and none makes is taken to be there, and listed in `assumed`. */
	bool may_start_from_models;
	bool has_no_history; /* loose files: what they change and do not make is taken to be there */
	bool require_reason; /* a comment that ignores a rule must say why */
	bool honours_squawk; /* "squawk-ignore" and "squawk-ignore-file" count where a rule is like theirs */
};

/* What a rule sees. */
struct iw_lint_memory;
struct iw_lint_summary;

struct iw_lint_context {
	const struct iw_lint_options *options;
	iw_arena *arena;	 /* for the finding's texts; copied when the check has returned */
	const iw_schema *before; /* just before the operation */
	const struct iw_migration *migration;
	const struct iw_statement *statement;
	const struct iw_operation *operation; /* NULL in check_migration */
	const struct iw_fact *fact;	      /* of the operation */
	bool in_transaction;
	bool is_new_table; /* the operation's table was created by this migration (or is known to be empty) */
	const struct iw_lint_summary *summary; /* of the migration so far */
	const struct iw_lint_memory *memory;   /* what this migration and transaction did before; rules/rules.h */
	const struct iw_rule *rule;	       /* the one that is asked */
	const GError *replay_error; /* set only when replay refused the operation: it would fail on the server */
};

struct iw_lint_summary {
	int statements, schema_changes, data_changes, opaque;
	struct iw_place first_data_change; /* source NULL: none */
	struct iw_place no_transaction;	   /* first statement that cannot run in a transaction */
	const char *no_transaction_title;  /* "create index users_email_idx" */
};

struct iw_rule {
	const char *id; /* "add-column-not-null" */
	const char *title;
	enum iw_severity severity;	      /* IW_OFF: runs only where the configuration gives it a severity */
	enum iw_severity severity_with_sizes; /* of a rule that is off otherwise: what it is where sizes are known */
	unsigned dialects;		      /* 1 << enum iw_dialect */
	const char *why;		      /* paragraph for the rule's page */
	/* One of the two, or both: what check() keeps is judged when the migration ends. NULL result: no finding. The
	 * engine fills rule, migration, place, fact where left empty. */
	struct iw_finding *(*check)(const struct iw_lint_context *context);
	struct iw_finding *(*check_migration)(const struct iw_lint_context *context);
	/* When all migrations are read, for each thing that check() kept for the end: is it still so? */
	struct iw_finding *(*check_end)(const struct iw_lint_context *context, const struct iw_lint_kept *kept);
	bool is_of_engine; /* neither: iw_lint_report() is called for it */
	/* Neither: what is seen in code (model/code_note.h) is its finding, with this advice. */
	enum iw_note_kind note;
	const char *advice;
	const struct iw_rule_code *code; /* examples of that, for the page and tests/cli/test_code_rules.py */
	/* For the page and the tests: SQL that must trigger, that must not, and the fixed form; separated by dialect.
	 */
	const struct iw_rule_example *examples;
	const void *row; /* rules that share a check: what this one is about; private to their file */
};
struct iw_rule_example {
	enum iw_dialect dialect;
	const char *setup, *bad,
		*good; /* setup is history; bad triggers, good does not. dialect IW_DIALECTS ends the list */
	int version;   /* of the server; 0: none is known */
};
struct iw_rule_code {
	const char *title, *language, *file; /* "Django", "python", what the test names it; title NULL ends the list */
	const char *bad, *good;
};
extern const struct iw_rule *const iw_rules[]; /* NULL-terminated */
const struct iw_rule *iw_rule_find(const char *id);
/* The id that this one is most probably a slip of; NULL: none is near. */
const char *iw_rule_nearest(const char *id);

typedef struct iw_lint {
	iw_arena *arena;
	struct iw_lint_options options;
	iw_schema *schema;   /* replayed so far */
	GPtrArray *findings; /* struct iw_finding * */
	GPtrArray *assumed;  /* char *: tables, and what else was there, in the order in which they were met */
	/* private */
	struct iw_lint_private *private;
} iw_lint;

iw_lint *iw_lint_new(iw_arena *arena, const struct iw_lint_options *options);
void iw_lint_begin_migration(iw_lint *lint, const struct iw_migration *migration, bool report);
/* The statement may be freed afterwards: findings copy what they keep. */
void iw_lint_statement(iw_lint *lint, const struct iw_statement *statement);
void iw_lint_end_migration(iw_lint *lint);
/* After the last one: what no migration has mended. */
void iw_lint_end(iw_lint *lint);
/* A finding of a rule that is none of statements, between begin and end of the migration that it is about. `advice` is
 * constant text or lives as long as the lint. */
void iw_lint_report(iw_lint *lint, const struct iw_rule *rule, const struct iw_place *place, const char *advice,
		    const char *message);
/* What was seen in code: between the last statement and the end of its migration, or outside of any. */
void iw_lint_note(iw_lint *lint, const struct iw_code_note *note);
/* Another one that goes on from here, with a schema and a memory of its own. */
iw_lint *iw_lint_fork(const iw_lint *lint, iw_arena *arena);
const char *iw_severity_name(enum iw_severity severity);
