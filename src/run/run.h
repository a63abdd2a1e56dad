/*
 * Run: executes plans. Invents nothing: every statement comes from a plan, a bookkeeping or the journal.
 *
 *  1. iw_run_new() over an open connection;
 *  2. iw_run_lock(): one run at a time per database, the framework's own lock too;
 *  3. iw_run_read(): what the bookkeeping and the journal say (creates nothing);
 *  4. iw_run_prepare(): creates the framework's table when it is missing;
 *  5. iw_run_migration() for each plan in order; stops at the first error with nothing half done, or with a journal
 *     from which the next run goes on;
 *  6. iw_run_settle() when all went well;
 *  7. iw_run_end(): drops an empty journal, lets the locks go. Also after an error.
 *
 * Killed at any instant: a transaction leaves nothing; a statement outside one is found in the journal, with the
 * fingerprint that its tables had before, and the next run asks the database whether it took effect. What is no SQL
 * between statements (a plan that is split) writes the journal itself, in its own transaction.
 */
#pragma once

#include "driver/driver.h"
#include "model/bookkeeping.h"
#include "plan/plan.h"

#include <signal.h>

struct iw_run_limits {
	int lock_timeout_ms;	  /* one statement may queue this long for a lock; default 2,000 */
	int lock_budget_ms;	  /* all attempts at one segment together; default 120,000 */
	int statement_timeout_ms; /* 0: none */
	int concurrent_wait_ms;	  /* CREATE INDEX CONCURRENTLY and the like wait for old transactions at most; default
				     1,800,000 */
};
extern const struct iw_run_limits iw_run_default_limits;

/* How backfills give way to everybody else. */
struct iw_pace {
	int max_lag_ms;		    /* replicas may be behind so far; 0: not asked */
	int stop_lag_ms;	    /* ... and from here on the run ends; 0: never */
	int pause_ms;		    /* between two batches */
	int batch_ms;		    /* that one batch may take; 0: 100 */
	int max_sessions;	    /* that may be active; 0: not asked */
	const char *throttle_query; /* holds while it yields a number other than 0; NULL: none */
	GPtrArray *replicas;	    /* struct iw_url *: to be asked themselves, instead of the primary; NULL: none */
};
extern const struct iw_pace iw_run_default_pace;

enum iw_event_kind {
	IW_EVENT_LOCKED_OUT, /* another run holds the lock; text tells which lock */
	IW_EVENT_MIGRATION_BEGIN,
	IW_EVENT_RESUMED,	   /* goes on after `step`->number statements; text tells what was found */
	IW_EVENT_LONG_TRANSACTION, /* blocker: may be in the way of the step */
	IW_EVENT_STEP_BEGIN,
	IW_EVENT_WAITING,	/* about once a second while a statement runs: wait, seconds */
	IW_EVENT_RETRY,		/* attempt, seconds until the next one, wait (of the last attempt, may be NULL) */
	IW_EVENT_STEP_END,	/* seconds */
	IW_EVENT_LEFTOVER,	/* text: an invalid index was dropped */
	IW_EVENT_MIGRATION_END, /* seconds */
	IW_EVENT_DELEGATED,	/* text: the framework's command that is started */
	IW_EVENT_OUTPUT,	/* text: a line that it printed */
	IW_EVENT_BACKFILL,	/* after a batch, some times a second: backfill */
	IW_EVENT_UNDO,		/* text: a statement that takes a step back */
	IW_EVENT_CLOSING,	/* text: the framework's command for the end of a run */
	IW_EVENT_NOTE,		/* text: a sentence without a full stop */
};

/* Where a backfill has come to. */
struct iw_backfill_progress {
	gint64 walked, written; /* rows passed, rows changed; of all runs together */
	double total;		/* estimate; negative: unknown */
	double rows_per_second; /* walked, of late */
	double seconds_left;	/* negative: unknown */
	int batch;		/* rows of the next one */
	const char *held_by;	/* what it waits for: "replica lag 12 s, at most 5 s"; NULL: it goes on */
};

struct iw_event {
	enum iw_event_kind kind;
	const struct iw_migration_plan *plan;
	const struct iw_step *step;
	double seconds;
	int attempt;
	const struct iw_wait *wait;
	const struct iw_blocker *blocker;
	const struct iw_backfill_progress *backfill;
	const char *text;
};

/* The framework's own command that runs one migration. */
struct iw_run_delegation {
	const char *directory;
	GPtrArray *arguments;	/* char *: the program first */
	GPtrArray *environment; /* char *: NAME=VALUE, added to our own; NULL: nothing */
	const char *shown;	/* for people; NULL: the arguments are short enough */
};

struct iw_run_options {
	iw_connection *connection;
	const struct iw_url *url; /* for the observer's own connection */
	struct iw_bookkeeping *bookkeeping;
	struct iw_run_limits limits;
	struct iw_pace pace;
	volatile sig_atomic_t *interrupted;			 /* set by the signal handler; may be NULL */
	void (*event)(void *data, const struct iw_event *event); /* may be NULL */
	void *event_data;
	/* How the framework runs what is no SQL in a plan that is split; `environment` can be added to. NULL: no plan
	 * is. */
	bool (*part)(void *data, const struct iw_migration_plan *plan, const struct iw_step *step,
		     struct iw_run_delegation *delegation, GError **error);
	void *part_data;
};

typedef struct iw_run iw_run;

iw_run *iw_run_new(iw_arena *arena, const struct iw_run_options *options);
/* Errors: BUSY, INTERRUPTED. Waits up to the lock budget. */
bool iw_run_lock(iw_run *run, GError **error);
/* struct iw_applied *: bookkeeping_class.match over what the table holds; *exists tells whether there is a table. */
GPtrArray *iw_bookkeeping_read(iw_connection *connection, iw_arena *arena, const struct iw_bookkeeping *bookkeeping,
			       bool *exists, GError **error);
bool iw_run_prepare(iw_run *run, GError **error);
/* After the last migration, also when there was none: what the framework itself records then. */
bool iw_run_settle(iw_run *run, GError **error);
bool iw_run_migration(iw_run *run, const struct iw_migration_plan *plan, GError **error);

/*
 * What `up` left of a phased plan: its contract steps (OPEN, CONTRACTING), or with `purge` what these have only hidden
 * (HIDDEN, PURGING). Errors as iw_run_migration().
 */
bool iw_run_contract(iw_run *run, const struct iw_migration_plan *plan, bool purge, GError **error);
/*
 * Takes back what a phased plan has done so far, step by step from the last one; the framework's record goes first.
 * Nothing is touched when a step cannot be taken back (UNSUPPORTED), or only with a loss and `lossy` is false (LOSSY).
 */
bool iw_run_undo(iw_run *run, const struct iw_migration_plan *plan, bool lossy, GError **error);
/* The journal's entry of a migration; NULL: it has none. After iw_run_prepare(). */
const struct iw_journal_entry *iw_run_entry(const iw_run *run, const char *migration);

/*
 * A migration that holds Python (plan->is_delegated): all of it is run by the framework, which also writes its own
 * bookkeeping. The session's limits go with it where the client library takes them from the environment (PostgreSQL);
 * after a lock timeout it is tried again when it runs in one transaction. Errors: PROJECT (the command cannot be
 * started), STATEMENT (it failed: its last lines), LOCK, INTERRUPTED, UNCERTAIN (what it did cannot be told).
 */
bool iw_run_delegated(iw_run *run, const struct iw_migration_plan *plan, const struct iw_run_delegation *delegation,
		      GError **error);
/*
 * Runs a command of the framework's own that only reads its bookkeeping, and finds out whether it reads this very
 * database: on PostgreSQL and MySQL the table is locked until somebody is seen to wait for it. Returns what the command
 * printed. Errors: PROJECT (it failed, or read another database), INTERRUPTED.
 */
const char *iw_run_probe(iw_run *run, const struct iw_run_delegation *delegation, GError **error);
/*
 * At the end, when all migrations are applied and recorded: a command of the framework's own that has no migration to
 * run and may be run again (struct iw_framework.closing), under the same limits; again after lock timeouts. Errors:
 * PROJECT, STATEMENT, LOCK, INTERRUPTED.
 */
bool iw_run_closing(iw_run *run, const struct iw_run_delegation *delegation, GError **error);
/*
 * That it is due stands in the journal, as an entry named IW_JOURNAL_CLOSING, from before the first migration until it
 * was done: a run that is killed or fails on the way leaves it to the next. owes: an earlier run did.
 */
#define IW_JOURNAL_CLOSING "the framework's own end of the run"
/* What `backfill` runs: an entry named so, and by the table. No migration of the project has such a name. */
#define IW_JOURNAL_BACKFILL "backfill of "
bool iw_run_note_closing(iw_run *run, enum iw_direction direction, GError **error);
bool iw_run_forget_closing(iw_run *run, GError **error);
bool iw_run_owes_closing(const iw_run *run);
void iw_run_end(iw_run *run);

/* What is being done with a migration. */
enum iw_journal_state {
	IW_RUNNING,	/* towards its end in `direction` */
	IW_OPEN,	/* `up` is done and recorded; what is left is `contract`'s */
	IW_CONTRACTING, /* ... and was begun */
	IW_HIDDEN,	/* contracted but for what is only hidden; `cursor` tells since when */
	IW_PURGING,	/* ... and that goes, too */
	IW_UNDOING,	/* step by step, by a phased plan's own undo */
};

/* What the journal says about a migration that was begun and not finished. */
struct iw_journal_entry {
	const char *migration;
	enum iw_direction direction;
	enum iw_journal_state state;
	int done;		 /* statements that took effect */
	int doing;		 /* statement under way when it was written; 0: none */
	const char *done_hash;	 /* of the text of those done */
	const char *doing_hash;	 /* of the text of the one under way */
	const char *fingerprint; /* of the tables that one touches, before it */
	const char *started_at;
	const char *note; /* the server's error; NULL: none (killed) */
	const char *plan; /* of a phased migration, as iw_plan_store() gives it; NULL: as written */
	/* Of the backfill under way, as backfill.c writes it; HIDDEN: since when, ISO 8601 UTC; NULL: none. */
	const char *cursor;
	const char *control; /* what iw_control_read() reads; NULL: nothing was told */
};
const char *iw_journal_state_name(enum iw_journal_state state); /* "running", "open", "contracting", "hidden", ... */
/* Empty array when there is no journal. Part of `status`. */
GPtrArray *iw_journal_read(iw_connection *connection, iw_arena *arena, GError **error);
/* Forgets one migration's entry (`resolve`); drops the journal when it was the last. */
bool iw_journal_forget(iw_connection *connection, iw_arena *arena, const char *migration, GError **error);
/* How far the backfill under way has come, by the journal; false: none is. */
bool iw_journal_progress(const struct iw_journal_entry *entry, struct iw_backfill_progress *progress);

/* control.c: what a session tells the runner of another one. */
/* "max-lag", "stop-lag", "pause", "batch-time" (milliseconds) or "max-sessions" (a count)? */
bool iw_control_knows(const char *key, bool *is_count);
/* Puts what was told over `pace` (may be NULL); returns whether batches are held. */
bool iw_control_read(const char *control, struct iw_pace *pace);
/* The same with one key changed; "hold" is 0 or 1. */
const char *iw_control_with(iw_arena *arena, const char *control, const char *key, int value);
bool iw_journal_read_control(iw_connection *connection, iw_arena *arena, const char *migration, const char **control,
			     GError **error);
bool iw_journal_write_control(iw_connection *connection, iw_arena *arena, const char *migration, const char *control,
			      GError **error);
#define IW_JOURNAL_TABLE "_inchworm_journal"
