/* Shared by the files of run/ only. */
#pragma once

#include "run/journal.h"
#include "run/run.h"

struct iw_run {
	iw_arena *arena;
	struct iw_run_options options;
	iw_connection *connection;
	iw_connection *observer; /* opened when something waits; NULL before, and where it cannot be had */
	bool observer_failed;
	bool has_lock, has_framework_lock;
	enum iw_dialect dialect;
	GHashTable *journal; /* migration name -> struct iw_journal_entry *: what an earlier run left */
	bool has_journal_table;
	/* The statement under way. */
	const struct iw_migration_plan *plan;
	const struct iw_step *step;
	gint64 step_began, last_look; /* monotonic microseconds */
	iw_arena *wait_arena;	      /* of `last_wait` */
	struct iw_wait *last_wait;
	int used_ms;	    /* of the lock budget of this segment */
	gint64 quiet_until; /* monotonic microseconds: until then no transaction can be old */
	int attempt;
};

/* wait.c: ticks, observer, backoff. */
void iw_run_emit(iw_run *run, struct iw_event event);
void iw_run_watch(iw_run *run);
bool iw_run_is_interrupted(const iw_run *run);
/* Sleeps before the next attempt. False: budget spent or interrupted, *error (the lock's own error) is decorated. */
bool iw_run_backoff(iw_run *run, gint64 attempt_began, GError **error);
/* False: interrupted meanwhile. */
bool iw_run_sleep(iw_run *run, int milliseconds);
void iw_run_report_long_transactions(iw_run *run, const struct iw_segment *segment);

/* fingerprint.c: hash of the live definition of what a statement touches; NULL on error. */
const char *iw_run_fingerprint(iw_run *run, const struct iw_statement *statement, GError **error);
/* Invalid indexes of the tables a statement touches, char * quoted names. */
GPtrArray *iw_run_invalid_indexes(iw_run *run, const struct iw_statement *statement, GError **error);

/* run.c: did the statement that was under way take effect? Its tables tell; the entry then says so. */
bool iw_run_settle_step(iw_run *run, const struct iw_migration_plan *plan, struct iw_journal_entry *entry,
			GError **error);

/* segment.c: executes one segment from step `done` on; `last` also writes the bookkeeping and ends the journal entry.
 */
enum iw_stage { IW_STAGE_UP, IW_STAGE_CONTRACT, IW_STAGE_PURGE };
struct iw_progress {
	struct iw_journal_entry *entry; /* NULL: the migration is atomic, no journal is kept */
	bool is_last, is_first;
	enum iw_stage stage;
	gint64 began; /* of the migration, monotonic microseconds */
};
bool iw_run_segment(iw_run *run, const struct iw_migration_plan *plan, const struct iw_segment *segment,
		    struct iw_progress *progress, GError **error);
void iw_run_note_done(iw_run *run, const struct iw_migration_plan *plan, struct iw_progress *progress, int done);
/* part.c: what is no SQL between statements. */
bool iw_run_part(iw_run *run, const struct iw_migration_plan *plan, const struct iw_segment *segment,
		 struct iw_progress *progress, GError **error);
/* backfill.c: one step, a transaction for each batch; the place reached is in the entry's cursor. */
bool iw_run_backfill(iw_run *run, const struct iw_migration_plan *plan, const struct iw_step *step,
		     struct iw_progress *progress, GError **error);
/* throttle.c: between batches. */
typedef struct iw_throttle iw_throttle;
iw_throttle *iw_throttle_new(iw_run *run, const char *migration);
void iw_throttle_free(iw_throttle *throttle);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(iw_throttle, iw_throttle_free)
/* Returns when the next batch may run; `tell` hears why it may not, about once a second, and NULL when it may again.
 * Errors: INTERRUPTED (also: at the lag at which to stop), UNCERTAIN, RIGHTS, ... (not known for 15 seconds). */
bool iw_throttle_wait(iw_throttle *throttle, void (*tell)(void *data, const char *reason), void *data, GError **error);
/* What one batch may take, as it was told last. */
int iw_throttle_batch_ms(const iw_throttle *throttle);
/* The pause between two batches. */
bool iw_throttle_pause(iw_throttle *throttle, GError **error);
/* Statements, in one transaction or each by itself, tried again from the first one within the lock budget. */
bool iw_run_bounded(iw_run *run, GPtrArray *statements, bool in_transaction, GError **error);
/* Rolls back even after an interrupt: without ticks. */
void iw_run_rollback(iw_run *run);
/* child.c: a command of the framework's own, run to its end. */
struct iw_run_child {
	void (*look)(void *data); /* now and then while it runs; may be NULL */
	void *data;
	bool is_quiet; /* its lines are not shown */
	bool is_good, was_interrupted;
	int status;
	const char *output, *tail; /* all of standard output; the last lines of both */
};
/* Error: PROJECT (it could not be started). */
bool iw_run_child(iw_run *run, const struct iw_run_delegation *delegation, struct iw_run_child *child, GError **error);
const char *iw_run_shown_command(iw_run *run, const struct iw_run_delegation *delegation);
bool iw_run_is_lock_timeout(const char *output);
/* part.c: what a command needs to write the journal in its own transaction; see framework.h. Nothing where the command
 * has no environment of its own. */
void iw_run_tell_child(const iw_run *run, const struct iw_run_delegation *delegation, const char *journal_sql);
/* delegate.c: the command itself, tried again after lock timeouts. */
bool iw_run_command(iw_run *run, const struct iw_migration_plan *plan, const struct iw_run_delegation *delegation,
		    GError **error);
bool iw_run_execute_all(iw_run *run, GPtrArray *statements, GError **error);
bool iw_run_finish_bookkeeping(iw_run *run, const struct iw_migration_plan *plan, const struct iw_progress *progress,
			       GError **error);
