/*
 * Command line: one file and one row per command, one row per option. Only this folder prints and exits.
 *
 *  1. main() finds the command, iw_cli_parse() fills struct iw_cli_options from the table of options;
 *  2. the command opens what it needs with iw_cli_open_project(), iw_cli_connect();
 *  3. it returns an exit status: 0 done, 1 findings or pending, else an enum iw_error with *error set.
 */
#pragma once

#include "base/error.h"
#include "base/text.h"
#include "cli/early.h"
#include "driver/driver.h"
#include "framework/framework.h"
#include "plan/plan.h"
#include "run/run.h"

#include <jansson.h>

struct iw_cli_options {
	/* project */
	char *directory, *framework, *migrations, *config, *dialect, *url, *engine, *database;
	/* output */
	gboolean json, no_color;
	char *format, *output;
	/* plan, up, down, resolve, lint */
	gboolean sql, lossy, down, dry_run, live, delegate, no_transaction, allow_edited, create_database;
	char *lock_timeout, *lock_budget, *statement_timeout;
	gboolean as_written, accept_blocking, purge;
	char *grace;
	char *max_lag, *stop_lag, *pause, *batch_time, *throttle_query; /* backfill */
	char **replicas;
	char **sets; /* of the command backfill */
	char *where;
	gboolean hold, resume;
	int max_sessions;
	int tiny_rows;
	gboolean applied, rolled_back, repair, forget;
	char *min_severity, *fail_on, *since, *baseline;
	char **rules;
	char *rows; /* trace */
	gboolean list_rules, require_reason, update_baseline;
	gboolean all; /* refs */
	char *code;
	char **arguments; /* what is not an option; never NULL */
};

struct iw_cli {
	iw_arena *arena;
	struct iw_cli_options options;
	struct iw_style out, err; /* of standard output and standard error */
	struct iw_project *project;
	struct iw_url *url;
	iw_connection *connection;
	iw_early *early;		  /* of iw_cli_open_project_to_read() */
	struct iw_statistics *statistics; /* asked once, by iw_cli_size() */
	bool asked_statistics;
	GHashTable *live_tables; /* struct iw_name * -> itself: those of findings; NULL: none yet */
	GHashTable *children;	 /* struct iw_migration * -> how many come right after it; made once, by graph.c */
	bool has_bar;		 /* the terminal's last line is a backfill's, whose next one takes its place */
	volatile sig_atomic_t interrupted;
	bool is_library; /* no signal handlers, nothing on standard error */
	void (*sink)(void *data, const char *text, size_t length);
	void *sink_data;
};

struct iw_command {
	const char *name;
	const char *arguments;		  /* "[TARGET]" */
	const char *summary;		  /* one line, for `inchworm help` */
	const char *description;	  /* paragraph for `inchworm help COMMAND` */
	const char *const *option_groups; /* which rows of the option table it takes; NULL-terminated */
	int (*run)(struct iw_cli *cli, GError **error);
};
extern const struct iw_command iw_command_status, iw_command_history, iw_command_plan, iw_command_up, iw_command_down,
	iw_command_contract, iw_command_resolve, iw_command_lint, iw_command_explain, iw_command_lsp, iw_command_trace,
	iw_command_refs, iw_command_backfill;
extern const struct iw_command *const iw_commands[]; /* NULL-terminated */

/* options.c. Errors: USAGE. `help` is set when --help was asked for. */
bool iw_cli_parse(const struct iw_command *command, int argc, char **argv, struct iw_cli_options *options, bool *help,
		  GError **error);
/* Frees what iw_cli_parse() put into it, also when it failed. */
void iw_cli_free_options(struct iw_cli_options *options);
void iw_cli_help(GString *out, const struct iw_command *command);
/* One row of the option table, for the manual page. */
void iw_cli_list_options(const struct iw_command *command,
			 void (*each)(void *data, const char *name, char letter, const char *argument,
				      const char *help),
			 void *data);

/* up.c: SIGINT and SIGTERM set cli->interrupted; the second one ends the process. */
void iw_cli_catch_signals(struct iw_cli *cli);

/* open.c */
/* "postgres 14", "mariadb 10.11", "sqlite": dialect and version. Errors: USAGE. */
bool iw_cli_parse_engine(const char *text, struct iw_engine *engine, GError **error);
bool iw_cli_open_project(struct iw_cli *cli, GError **error);
/* The same if the migrations' files end like this (".sql"); NULL: any. Error otherwise: PROJECT, and nothing was read.
 */
bool iw_cli_open_project_of(struct iw_cli *cli, const char *ending, GError **error);
/* The same for a command that calls iw_cli_connect(cli, true) next: the connection is opened meanwhile. */
bool iw_cli_open_project_to_read(struct iw_cli *cli, GError **error);
/* Needs a project with a URL (or --url). read_only: nothing is created. */
bool iw_cli_connect(struct iw_cli *cli, bool read_only, GError **error);
/* struct iw_applied * of the bookkeeping; without a database all are pending. Needs a connection. */
GPtrArray *iw_cli_read_applied(struct iw_cli *cli, bool *has_table, GError **error);
/* "500ms", "2s", "2min", "1h"; a bare number is seconds. NULL text: *milliseconds stays. Errors: USAGE. */
bool iw_cli_duration(const char *text, int *milliseconds, GError **error);
bool iw_cli_limits(const struct iw_cli *cli, struct iw_run_limits *limits, GError **error);
/* After iw_cli_open_project(). Errors: USAGE, PROJECT (a replica's URL). */
bool iw_cli_pace(const struct iw_cli *cli, struct iw_pace *pace, GError **error);
/* Fails with IW_ERROR_PROJECT when the project has a problem that forbids running; prints the others to stderr. */
bool iw_cli_check_problems(struct iw_cli *cli, bool running, GError **error);
void iw_cli_print_problem(const struct iw_cli *cli, const struct iw_problem *problem);
/* Cached statistics of the live database as the size lookup of lint and plan; false when there is none. */
bool iw_cli_size(void *cli, struct iw_name table, struct iw_table_size *size);

/* print.c */
/* To standard output, or to the sink of a program that uses the library. */
void iw_cli_print(const struct iw_cli *cli, const GString *text);
void iw_cli_note(const struct iw_cli *cli, const char *format, ...) G_GNUC_PRINTF(2, 3);
void iw_cli_print_error(const struct iw_cli *cli, const GError *error);
json_t *iw_cli_project_json(const struct iw_cli *cli);
json_t *iw_cli_applied_json(const struct iw_applied *applied);
json_t *iw_cli_error_json(const GError *error);
json_t *iw_cli_problems_json(const struct iw_cli *cli);
/* Adds `"key": text` (null when NULL, invalid UTF-8 replaced). */
void iw_cli_json_text(json_t *object, const char *key, const char *text);
const char *iw_cli_state_word(const struct iw_applied *applied);
/* "Prisma Migrate, PostgreSQL 15.20 at postgresql://app@localhost/app" and the folder. */
void iw_cli_print_header(const struct iw_cli *cli, GString *out);

/*
 * targets.c: which migrations a command is about, in the order in which they run; project->order is set to them and
 * what is applied. `targets`: in the framework's own words; empty: all that is pending, the last one applied.
 * `applied` NULL: nothing is. Errors: USAGE, HISTORY.
 */
GPtrArray *iw_cli_pending(struct iw_cli *cli, GPtrArray *applied, char **targets, GError **error);
GPtrArray *iw_cli_to_undo(struct iw_cli *cli, GPtrArray *applied, char **targets, GError **error);
/* Before `down`: a migration of which statements took effect stands above all that could be undone. Error: HISTORY. */
bool iw_cli_check_unfinished(GPtrArray *journal, GError **error);
bool iw_cli_is_applied(GPtrArray *applied, const struct iw_migration *migration);
/* Edited, missing or failed applied migrations stop `up` and `down`. */
bool iw_cli_check_history(struct iw_cli *cli, GPtrArray *applied, GPtrArray *journal, GError **error);

/* plan.c. A planner that knows the schema now: the live one; without a database, an empty one. */
iw_planner *iw_cli_planner(struct iw_cli *cli, GError **error);
/*
 * struct iw_migration_plan * of undoing these, of iw_cli_to_undo(), in that order. Each needs the schema from before
 * its migration: all that is applied is replayed, those that stay first.
 */
/* Of a migration whose phased plan is open in `run` (may be NULL) that plan is taken: iw_run_undo() takes it back. */
GPtrArray *iw_cli_plans_down(struct iw_cli *cli, const iw_run *run, GPtrArray *migrations, GError **error);
/* The plan that the journal keeps of a migration. */
struct iw_migration_plan *iw_cli_stored_plan(struct iw_cli *cli, iw_planner *planner, iw_arena *arena,
					     struct iw_migration *migration, const char *text, GError **error);

/* graph.c: of migrations that are no line. */
/* "Current: b2 (head). Heads: b2, c1."; nothing for frameworks that do not speak of heads. */
void iw_cli_print_heads(struct iw_cli *cli, GString *out, GPtrArray *applied);
/* How many migrations come right after this one. */
guint iw_cli_children(struct iw_cli *cli, const struct iw_migration *migration);
/* What is worth saying of one migration's place: "after b1 and b2, head, label: shop"; NULL: it follows `previous`. */
const char *iw_cli_place_in_graph(struct iw_cli *cli, const struct iw_applied *one,
				  const struct iw_migration *previous);
/* "heads", "current" of the project; "parents" and the like of each of the array's migrations. */
void iw_cli_graph_json(struct iw_cli *cli, json_t *object, json_t *migrations, GPtrArray *applied);
