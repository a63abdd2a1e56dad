/*
 * Plan: one migration and one direction to steps. Pure and printable without a server; run/ executes it as it is.
 *
 *  1. iw_planner_new() with the live schema, or empty and then iw_planner_replay() of each applied migration;
 *  2. iw_planner_plan() for each migration to run, in order; the planner's schema moves along;
 *  3. show it (report/), run it (run/).
 *
 * Statements are grouped in segments: what commits together. A segment is a transaction, or one statement that
 * cannot be in one (and is then probed for on resuming).
 */
#pragma once

#include "facts/facts.h"
#include "lint/lint.h"
#include "model/migration.h"

/* What one operation does here: the fact about it, with the size of the table when it is known. */
struct iw_judgement {
	const struct iw_operation *operation;
	const struct iw_fact *fact;
	GPtrArray *locks;	     /* struct iw_relation_lock *: every relation it locks */
	double rows, bytes, seconds; /* negative: unknown */
	bool is_new_table;	     /* created by the same migration: nobody is there to wait */
	bool is_new_in_run;	     /* ... or by one that was planned before it */
};

/* What happens to the application's old and new form: docs/phases.md. */
enum iw_phase {
	IW_AS_WRITTEN, /* safe as the framework sends it */
	IW_EXPAND,     /* new parts beside the old ones */
	IW_MIGRATE,    /* rows filled in, constraints validated */
	IW_SWITCH,     /* the new parts take the old ones' names */
	IW_CONTRACT,   /* old parts go: after `up`, by `contract` */
	IW_PURGE,      /* ... and what was only hidden, for good: after a grace period */
};

/*
 * Rows to fill in, in batches by a unique key. Texts are SQL of the dialect; `set` and `where` may read the row's own
 * columns only. A row that has its value already is not written.
 */
struct iw_backfill {
	struct iw_name table;
	GPtrArray *keys;   /* char *: columns of a unique key, none of which may be NULL, in its order */
	const char *forms; /* a letter a key: 'n' a number, 't' text and all that is written like it, 'b' bytes */
	const char *set;   /* "a = lower(b), c = 1" */
	const char *where; /* rows that need it: "a IS DISTINCT FROM lower(b)"; NULL: all */
};

struct iw_recipe;

struct iw_step {
	const struct iw_statement *statement;
	const char *sql; /* exactly what is sent */
	enum iw_phase phase;
	const struct iw_recipe *recipe; /* that made it; NULL: as written */
	const char *title;		/* what it is for, a sentence without a full stop; NULL: as written */
	int unit;			/* steps of one unit commit together where the engine can */
	GPtrArray *undo;       /* char *: statements that take it back; they may be repeated. NULL: not known */
	bool undo_is_alone;    /* each of them outside of a transaction */
	bool undo_prepares;    /* ... and also when only the step before it was done, whose undo needs it */
	const char *no_undo;   /* why it cannot be taken back; NULL */
	const char *undo_loss; /* what taking it back loses; NULL: nothing */
	const struct iw_backfill *backfill; /* instead of a statement; sql is its first batch, to look at */
	int number;			    /* from 1, within the migration */
	bool is_skipped;		    /* COMMIT, BEGIN and the like, which the segments already say */
	GPtrArray *judgements;		    /* struct iw_judgement *, one an operation */
	/* The worst over the judgements. */
	const struct iw_judgement *worst; /* NULL: nothing is locked or changed */
	enum iw_blocks blocks;
	enum iw_work work;
	unsigned breaks; /* enum iw_breaks, joined */
	double seconds;
};

enum iw_segment_kind {
	IW_SEGMENT_TRANSACTION, /* BEGIN, steps, bookkeeping, COMMIT */
	IW_SEGMENT_SINGLE,	/* one statement outside a transaction */
	IW_SEGMENT_PART,	/* what is no SQL: the framework runs that operation alone */
	IW_SEGMENT_BACKFILL,	/* one step, a transaction for each batch */
};

struct iw_segment {
	enum iw_segment_kind kind;
	guint first, count;    /* steps */
	bool foreign_keys_off; /* SQLite: PRAGMA foreign_keys=OFF before BEGIN, checked before COMMIT */
};

struct iw_migration_plan {
	struct iw_migration *migration;
	enum iw_direction direction;
	bool is_derived;     /* no down file: the inverse of what `up` did */
	bool is_lossy;	     /* derived, and rows or values cannot be put back */
	GPtrArray *losses;   /* char *: one sentence each */
	iw_source *source;   /* owned by the arena */
	GPtrArray *steps;    /* struct iw_step * */
	GPtrArray *segments; /* struct iw_segment * */
	bool is_atomic;	     /* one transaction holds all of it and the bookkeeping */
	/* What holds what is no SQL: all of it is run by the framework, or only that, between our own segments. */
	bool is_delegated, is_split;
	const char *shape_reason; /* why so, where both were possible or splitting is not: half a sentence; NULL */
	bool is_edited;		  /* loaded, and its file is another one since */
	bool is_phased;		  /* some statements are replaced by recipes: stored while it is open */
	guint contract_from;	  /* steps from here on are `contract`'s; steps->len: none */
	guint purge_from;	  /* of these, what goes for good; steps->len: none */
	GPtrArray *blocking;	  /* char *: what would block for long and has no recipe, a sentence each */
	const char *no_recipe;	  /* why the last statement that a recipe is for is done as written; NULL */
	GPtrArray *notes;	  /* char *: what the plan cannot keep as written (column order, ...) */
};

struct iw_plan_options {
	struct iw_engine engine;
	bool transactional_ddl;
	iw_size_lookup size; /* NULL: offline */
	void *size_data;
	bool only_text;	 /* of migrations that go up: their steps are not judged, and the planner's schema stays */
	bool as_written; /* no recipes */
	double tiny_rows, tiny_bytes; /* tables up to both run as written; 0: default 10,000 and 8 MB */
};

typedef struct iw_planner iw_planner;

/* `before`: the live schema, which the planner copies; NULL: empty, fill it by replay. */
iw_planner *iw_planner_new(iw_arena *arena, const struct iw_plan_options *options, const iw_schema *before);
/* Replays a migration that is applied already. Problems in old files make the schema uncertain, never fail. */
void iw_planner_replay(iw_planner *planner, const struct iw_migration *migration);
const iw_schema *iw_planner_schema(const iw_planner *planner);

/*
 * Plans one migration. For DOWN the planner must have been fed by replay up to, not including, this migration: without
 * a down file the inverse is derived from the schema before it. Errors: INPUT and HISTORY (file), LOSSY is not an error
 * here (see is_lossy), UNSUPPORTED (cannot be inverted; names the statement and why; explicit ROLLBACK in a file).
 */
struct iw_migration_plan *iw_planner_plan(iw_planner *planner, iw_arena *arena, struct iw_migration *migration,
					  enum iw_direction direction, GError **error);
/* "inchworm: derived down of NAME": a script as text, for plan --sql. In `arena`. */
const char *iw_migration_plan_script(iw_arena *arena, const struct iw_migration_plan *plan);

const char *iw_phase_name(enum iw_phase phase); /* "as written", "expand", "migrate", "switch", "contract" */
/* A phased plan as JSON, for the journal; and back. Errors: UNCERTAIN. */
const char *iw_plan_store(iw_arena *arena, const struct iw_migration_plan *plan);
struct iw_migration_plan *iw_plan_load(iw_planner *planner, iw_arena *arena, const struct iw_plan_options *options,
				       struct iw_migration *migration, const char *text, GError **error);
