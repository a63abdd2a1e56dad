/*
 * Errors: GError of one domain whose code is the class of error and thereby the exit status.
 *
 * Message grammar is PostgreSQL's: primary text lower case, no full stop; "could not" when a retry may help,
 * "cannot" when it never will; detail and hint are sentences. An error may carry a place, a detail, a hint
 * and the server's own code: read them with iw_error_info().
 */
#pragma once

#include "base/source.h"

#include <glib.h>
#include <stdbool.h>

#define IW_ERROR iw_error_quark()

/* Exit statuses. 0 is success, 1 means findings; see docs/exit-status.md, rendered from this table. */
#define IW_ERROR_TABLE(X)                                                                                              \
	X(USAGE, 2, "the command line cannot be understood")                                                           \
	X(INPUT, 3, "a file cannot be read or parsed")                                                                 \
	X(PROJECT, 4, "no project was found, or its configuration is wrong")                                           \
	X(CONNECT, 5, "the database could not be reached, or refused the login")                                       \
	X(HISTORY, 6, "files and database disagree: edited, missing, duplicate or failed migrations")                  \
	X(STATEMENT, 7, "the server refused a statement of a migration")                                               \
	X(LOCK, 8, "a lock could not be had within the budget; nothing was left half done")                            \
	X(BUSY, 9, "another run is under way on this database")                                                        \
	X(INTERRUPTED, 10, "stopped by a signal or a limit; the next run goes on")                                     \
	X(LOST, 11, "the connection was lost in the middle; the next run finds out and goes on")                       \
	X(LOSSY, 12, "refused: data, or what the code still uses, would be lost and that was not allowed")             \
	X(UNSUPPORTED, 13, "this cannot be done yet, or not on this engine")                                           \
	X(UNCERTAIN, 14, "the state of the database cannot be told; a decision is needed")                             \
	X(RIGHTS, 15, "the database user lacks a right")                                                               \
	X(RESOURCE, 16, "the server ran out of disk, memory or connections")                                           \
	X(INTERNAL, 70, "a defect of Inchworm")

enum iw_error {
#define IW_ERROR_ENUM(name, status, text) IW_ERROR_##name = (status),
	IW_ERROR_TABLE(IW_ERROR_ENUM)
#undef IW_ERROR_ENUM
};

/* All members may be NULL or empty. Strings are owned by the error. */
struct iw_error_info {
	struct iw_place place; /* source NULL: none; the error holds a reference */
	char *detail;
	char *hint;
	char *server_code; /* SQLSTATE, MySQL error number, SQLite result code name */
};

GQuark iw_error_quark(void);

/* Sets *error (when error is not NULL) and returns false, so that `return iw_fail(...)` reads well. */
bool iw_fail(GError **error, enum iw_error code, const char *format, ...) G_GNUC_PRINTF(3, 4);
bool iw_fail_at(GError **error, enum iw_error code, const struct iw_place *place, const char *format, ...)
	G_GNUC_PRINTF(4, 5);

/* Decorate an error that is already set; each keeps what an inner layer has said. NULL-safe. */
void iw_error_detail(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);
void iw_error_hint(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);
void iw_error_server_code(GError **error, const char *code);
void iw_error_place(GError **error, const struct iw_place *place);

/* The information of an IW_ERROR; an all-empty one for any other error. Never NULL. */
const struct iw_error_info *iw_error_info(const GError *error);

/* "input", "connect", …: the class name used in JSON. */
const char *iw_error_class(int code);
