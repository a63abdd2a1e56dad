/*
 * inchworm.yaml: what a project tells Inchworm itself. Every key is optional; unknown keys are errors with their line.
 *
 *     framework: prisma            # else found out
 *     directory: packages/db       # the project's folder, from the file's own
 *     migrations: prisma/migrations
 *     engine: postgres 15          # or `dialect: postgres` when the version is not known
 *     url_env: MIGRATION_URL       # or `url:`
 *     limits:
 *       lock_timeout: 2s           # ms, s, min, h; one attempt to get a lock
 *       lock_budget: 2min          # all attempts together
 *       statement_timeout: 0       # none
 *     backfill:
 *       max_lag: 5s                # batches wait while replicas are further behind; 0: not asked
 *       stop_lag: 5min             # ... and the run ends from there on
 *       replicas: [postgres://r1]  # to be asked themselves
 *       pause: 0                   # between two batches
 *       batch_time: 100ms          # how long one may take
 *       max_sessions: 40           # batches wait while more are active
 *       throttle_query: SELECT busy FROM load
 *     delegate: true               # the framework may run what is Python in a migration
 *     lint:
 *       rule-name: off             # off, note, warning, error
 *       add-*: note                # all that match; a rule's own line is stronger
 *       fail_on: error             # the least severity that makes the exit status 1; warning when not said
 *       small_table_rows: 10000    # with a database: smaller tables' findings are notes
 *       quick: 500ms               # ... and so is what holds a lock for less
 *       slow: 30s                  # ... and what holds one for longer is an error
 *       require_reason: true       # comments that ignore a rule must say why
 *       squawk_ignore: true        # comments for squawk count, too
 *       exclude: [old/0001_*.sql]  # read, not judged
 *       baseline: lint-baseline.json
 */
#pragma once

#include "framework/framework.h"

struct iw_settings {
	const char *path; /* absolute; NULL: there is no file */
	const char *framework, *directory, *migrations, *dialect, *url, *url_env, *database;
	struct iw_engine engine; /* version 0: not said */
	struct iw_limits limits;
	struct iw_backfill_settings backfill;
	bool may_delegate;
	struct iw_lint_settings lint;
};

/* `path` NULL: the one found by walking from `directory` up to the repository's root. Errors: IW_ERROR_INPUT, PROJECT.
 */
bool iw_settings_read(iw_arena *arena, const char *path, const char *directory, struct iw_settings *settings,
		      GError **error);
/* "2s", "500ms", "1.5 min", "0" to milliseconds. */
bool iw_duration_parse(const char *text, int *milliseconds);
