/*
 * What rules are written with: questions about the context, words, findings. A rule is one file with one const struct
 * iw_rule; its check answers NULL at once for operations it is not about. The engine calls every check a second time
 * with `replay_error` set when replay refused the operation: iw_lint_is() is false then.
 */
#pragma once

#include "lint/lint_internal.h"
#include "sql/sql.h"

#define IW_ON_POSTGRES (1U << IW_POSTGRES)
#define IW_ON_MYSQL    (1U << IW_MYSQL)
#define IW_ON_SQLITE   (1U << IW_SQLITE)
#define IW_ON_ALL      (IW_ON_POSTGRES | IW_ON_MYSQL | IW_ON_SQLITE)

/* Said once the file is known to be for another database: the syntax errors that follow tell nothing. */
#define IW_WRONG_DIALECT "wrong dialect"

/* A rule's examples, and what they begin with. */
#define IW_EXAMPLES(...) ((const struct iw_rule_example[]){__VA_ARGS__, {.dialect = IW_DIALECTS}})
#define IW_USERS	 "CREATE TABLE users (id bigint PRIMARY KEY, name text, age int);"
#define IW_USERS_MYSQL	 "CREATE TABLE users (id bigint PRIMARY KEY, name varchar(100), age int);"

/* The operation is of this kind, on a table that is not new, and is being judged (no replay error). */
bool iw_lint_is(const struct iw_lint_context *context, enum iw_operation_kind kind);
/* Likewise, new tables too. */
bool iw_lint_is_any(const struct iw_lint_context *context, enum iw_operation_kind kind);
bool iw_lint_is_dialect(const struct iw_lint_context *context, enum iw_dialect dialect);
bool iw_lint_is_first_operation(const struct iw_lint_context *context);
/* True the first time that this text is given in a migration. */
bool iw_lint_say_once(const struct iw_lint_context *context, const char *text);
/* How often this text was given before in the migration: 0 the first time. */
guint iw_lint_count(const struct iw_lint_context *context, const char *text);
/* Keeps the operation's table and place for the rule's check_migration(), unless a comment turns the rule off there. */
void iw_lint_keep(const struct iw_lint_context *context, const char *what, GPtrArray *columns);
/* Likewise for check_end(). */
void iw_lint_keep_for_end(const struct iw_lint_context *context, const char *what);
/* What the rule has kept, struct iw_lint_kept *. */
GPtrArray *iw_lint_kept(const struct iw_lint_context *context);
/* One finding for all that is left of it: "message" with their names, at the first one's place; NULL for none. */
struct iw_finding *iw_finding_of_kept(const struct iw_lint_context *context, GPtrArray *kept, const char *message);
/* The text was given to iw_lint_say_once() in this migration. */
bool iw_lint_was_said(const struct iw_lint_context *context, const char *text);
/* The configuration gives this rule a severity. */
bool iw_lint_is_asked_for(const struct iw_lint_context *context);
const struct iw_table *iw_lint_table(const struct iw_lint_context *context);

/* Columns that the operation makes or gives another definition, struct iw_column *; empty: it is not about columns. */
GPtrArray *iw_lint_columns(const struct iw_lint_context *context);
/* Constraints that the operation makes, those written with a column too; struct iw_constraint *. */
GPtrArray *iw_lint_constraints(const struct iw_lint_context *context);
/* Columns of an index's keys in order, char *; NULL for an expression. */
GPtrArray *iw_lint_key_columns(const struct iw_lint_context *context, GPtrArray *keys);

/* Is the name one of `names`, char * or NULL? */
bool iw_lint_has_name(GPtrArray *names, const char *name);

/* A finding with its message; severity IW_OFF leaves it to the rule. Size and object are filled in. */
struct iw_finding *iw_finding_new(const struct iw_lint_context *context, enum iw_severity severity, const char *format,
				  ...) G_GNUC_PRINTF(3, 4);
/* Constant advice and the fix; for rules that have nothing else to add. */
struct iw_finding *iw_finding_with(struct iw_finding *finding, const char *advice, const char *safe_sql);
/* How bad the lock is: error for a rewrite or an index build that blocks everything, warning for a scan or for blocked
 * writes; a note on small tables when sizes are known. */
enum iw_severity iw_lint_lock_severity(const struct iw_lint_context *context);
/* "blocks reads and writes of "users" while the table is rewritten (ACCESS EXCLUSIVE)" */
const char *iw_lint_lock_words(const struct iw_lint_context *context);
/* The operation's own table with quotes for people: "\"users\"", "\"app.users\"". */
const char *iw_lint_table_words(const struct iw_lint_context *context);

/* SQL: names quoted for the dialect; formatted text in the context's arena. */
const char *iw_lint_sql_table(const struct iw_lint_context *context);
const char *iw_lint_sql_name(const struct iw_lint_context *context, const char *name);
const char *iw_lint_sql(const struct iw_lint_context *context, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* The operation rendered back, with a semicolon. */
const char *iw_lint_render(const struct iw_lint_context *context, const struct iw_operation *operation);
/* "users_email_key": a name for an object on the operation's table, as PostgreSQL would make it. */
const char *iw_lint_make_name(const struct iw_lint_context *context, GPtrArray *columns, const char *suffix);
/* char * of a constraint's own columns (keys or columns). */
GPtrArray *iw_lint_constraint_columns(const struct iw_lint_context *context, const struct iw_constraint *constraint);

/* Rules that share a file. */
extern const struct iw_rule iw_rules_transactions[6];	/* transactions.c */
extern const struct iw_rule iw_rules_protections[10];	/* protections.c */
extern const struct iw_rule iw_rules_partitions[4];	/* partitions.c */
extern const struct iw_rule iw_rules_breaking[6];	/* breaking.c */
extern const struct iw_rule iw_rules_rows[4];		/* rows_fit.c */
extern const struct iw_rule iw_rules_loops[2];		/* loops.c */
extern const struct iw_rule iw_rules_sqlite_rebuild[2]; /* sqlite_rebuild_loses.c */
extern const struct iw_rule iw_rules_style[19];		/* schema_style.c */
extern const struct iw_rule iw_rules_types[15];		/* types.c */

/* Examples in the frameworks' own languages of rules that are about SQL, too. */
extern const struct iw_rule_code iw_code_never_ending_loop[], iw_code_backfill_in_one_transaction[];
