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

/* The operation is of this kind, on a table that is not new, and is being judged (no replay error). */
bool iw_lint_is(const struct iw_lint_context *context, enum iw_operation_kind kind);
/* Likewise, new tables too. */
bool iw_lint_is_any(const struct iw_lint_context *context, enum iw_operation_kind kind);
bool iw_lint_is_dialect(const struct iw_lint_context *context, enum iw_dialect dialect);
bool iw_lint_is_first_operation(const struct iw_lint_context *context);
/* True the first time that this text is given in a migration. */
bool iw_lint_say_once(const struct iw_lint_context *context, const char *text);
const struct iw_table *iw_lint_table(const struct iw_lint_context *context);

/* A finding with its message; severity IW_OFF leaves it to the rule. Size and object are filled in. */
struct iw_finding *iw_finding_new(const struct iw_lint_context *context, enum iw_severity severity, const char *format,
				  ...) G_GNUC_PRINTF(3, 4);
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
