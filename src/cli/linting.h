/*
 * Linting: what the files of `lint` share. The order of things:
 *
 *  1. lint_settings.c: inchworm.yaml and the options to severities and thresholds;
 *  2. since.c: with --since, which migrations a branch added or changed, and what was before;
 *  3. lint.c runs the engine; lint_output.c takes its findings, marks those of the baseline, and writes a format.
 */
#pragma once

#include "cli/cli.h"
#include "lint/lint.h"
#include "report/report.h"

#include <stdio.h>

/* What --since knows of one migration. */
enum iw_since_kind { IW_SINCE_ADDED, IW_SINCE_CHANGED, IW_SINCE_RENAMED };

struct iw_since {
	const char *base;   /* the commit, shortened */
	GHashTable *kinds;  /* struct iw_migration * -> struct iw_since_one * */
	GPtrArray *order;   /* struct iw_migration *: what was there before, then what is new, as parents allow */
	GPtrArray *deleted; /* char *: shown paths of files that are there no more */
};
struct iw_since_one {
	enum iw_since_kind kind;
	const char *old_name;		   /* RENAMED: the file's base name of before */
	const struct iw_migration *before; /* which was there already and comes behind this new one; NULL: none */
};

/* Errors: PROJECT. */
struct iw_since *iw_cli_since(struct iw_cli *cli, GPtrArray *migrations, GError **error);
/* Between begin and end of a migration: what is to be said of its having changed. */
void iw_cli_since_report(iw_lint *lint, const struct iw_since *since, const struct iw_migration *migration);

/* lint_settings.c */
struct iw_lint_choice {
	GHashTable *severities; /* of iw_lint_options */
	enum iw_severity least, fail_on;
	bool require_reason, honours_squawk;
	double small_table_rows, quick_seconds, slow_seconds; /* 0: not said */
	const char *baseline;				      /* path; NULL: none */
};
/* cli->project may be NULL. Errors: USAGE, PROJECT. */
bool iw_cli_lint_choice(struct iw_cli *cli, struct iw_lint_choice *choice, GError **error);
/* Does inchworm.yaml exclude it? */
bool iw_cli_is_excluded(const struct iw_cli *cli, const struct iw_migration *migration);
/* Options of the engine; nothing live. */
struct iw_lint_options iw_cli_lint_options(const struct iw_cli *cli, struct iw_engine engine,
					   const struct iw_lint_choice *choice);

/* baseline.c */
struct iw_baseline {
	const char *path;
	GPtrArray *entries; /* struct iw_baseline_entry * */
	GHashTable *by_fingerprint;
};
struct iw_baseline_entry {
	const char *rule, *migration, *object, *fingerprint;
	bool is_used;
};
/* `may_be_missing`: an empty one then. Errors: INPUT. */
struct iw_baseline *iw_baseline_read(iw_arena *arena, const char *path, bool may_be_missing, GError **error);
/* Marks findings that it lists. */
void iw_baseline_apply(struct iw_baseline *baseline, GPtrArray *findings);
/* char *: "drop-column of users.age in 0007_x", entries of judged migrations (or of none that is there) that were not
 * found. `judged` is a set of names; `all`: every migration was. */
GPtrArray *iw_baseline_stale(iw_arena *arena, const struct iw_baseline *baseline, GHashTable *judged, bool all);
/* Writes what is found, and the entries of migrations that were not judged. Errors: INPUT. */
bool iw_baseline_write(const struct iw_baseline *baseline, GPtrArray *findings, GHashTable *judged, bool all,
		       GError **error);

/* live.c: what the database tells of the tables that findings are about, beside their size. */
void iw_cli_live_note(struct iw_cli *cli, const struct iw_finding *finding);
void iw_cli_live_text(struct iw_cli *cli, GString *out);
/* null without a database. */
json_t *iw_cli_live_json(struct iw_cli *cli);

/* explain.c: `lint --rules`. */
int iw_cli_list_rules(struct iw_cli *cli, GError **error);

/*
 * lint_output.c: findings to a format. Text, JSON and GitHub's commands are written as they come (constant memory), the
 * others when all is known.
 *
 *  1. iw_lint_output_new(), iw_lint_output_begin();
 *  2. findings by iw_lint_output_take() as `found` of the engine where `is_stream`, else all at once;
 *     iw_lint_output_migration(), _error() as migrations end;
 *  3. iw_lint_output_end(): the exit status that the findings make (0 or 1).
 */
enum iw_lint_format {
	IW_FORMAT_TEXT,
	IW_FORMAT_JSON,
	IW_FORMAT_SARIF,
	IW_FORMAT_JUNIT,
	IW_FORMAT_GITHUB,
	IW_FORMAT_GITLAB,
	IW_FORMAT_MARKDOWN,
	IW_FORMAT_HTML,
	IW_FORMATS,
};
struct iw_lint_output {
	struct iw_cli *cli;
	const struct iw_lint_choice *choice;
	enum iw_lint_format format;
	bool is_stream;
	struct iw_baseline *baseline; /* NULL: none */
	const struct iw_since *since; /* NULL: none */
	struct iw_report report;      /* findings only where not is_stream */
	guint ignored, known;	      /* by comments, by the baseline */
	GHashTable *judged;	      /* char * names of migrations -> itself */
	bool is_all;		      /* every migration was judged */
	guint64 printed;
	json_t *errors, *suppressed; /* JSON */
	GPtrArray *to_baseline;	     /* findings to write, with --update-baseline; then nothing is streamed */
	FILE *file;		     /* --output */
};

/* "sarif" of --format. Errors: USAGE. */
bool iw_cli_format(const struct iw_cli *cli, enum iw_lint_format *format, GError **error);
/* Opens --output, if there is one, and sends what is printed there. Errors: INPUT. */
bool iw_cli_open_output(struct iw_cli *cli, FILE **file, GError **error);
/* Errors: INPUT (what was written did not reach the disk). */
bool iw_cli_close_output(struct iw_cli *cli, FILE *file, GError **error);

/* The arena keeps what is listed. Errors: USAGE, INPUT. */
struct iw_lint_output *iw_lint_output_new(struct iw_cli *cli, const struct iw_lint_choice *choice, GError **error);
void iw_lint_output_begin(struct iw_lint_output *output, struct iw_engine engine);
void iw_lint_output_take(void *output, GPtrArray *findings);
void iw_lint_output_migration(struct iw_lint_output *output, const struct iw_migration *migration, guint64 statements);
/* Takes a copy. */
void iw_lint_output_error(struct iw_lint_output *output, const GError *error);
/* `findings`: of the engine, where it kept them. Errors: INPUT. */
bool iw_lint_output_end(struct iw_lint_output *output, GPtrArray *findings, int *status, GError **error);
