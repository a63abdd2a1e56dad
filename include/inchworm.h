/*
 * Inchworm's public interface: what the program does, for programs. The only installed header.
 *
 *  1. inchworm_open() a project (reads configuration and the list of migrations; executes nothing, asks no server);
 *  2. inchworm_lint(), inchworm_plan(), inchworm_status(): read only;
 *  3. inchworm_up(), inchworm_down(), inchworm_resolve(): change the database;
 *  4. inchworm_close().
 *
 * Results are JSON texts of the shapes in docs/json.md, given to a sink as they come (one call per object, ended by a
 * newline). Every function returns an exit status of docs/exit-status.md: 0 done, 1 findings or pending migrations,
 * more: an error, which was also given to the sink as {"error": ...}. Misuse (a NULL handle, a call from the sink)
 * returns 2 and changes nothing. A handle serves one thread at a time.
 */
#pragma once

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define INCHWORM_API __attribute__((visibility("default")))

typedef struct inchworm inchworm;
typedef void (*inchworm_sink)(void *data, const char *json, size_t length);

/* All members may be NULL: found as the program finds them. */
struct inchworm_options {
	const char *directory, *framework, *migrations, *config, *dialect, *url, *engine;
	const char *lock_timeout, *lock_budget, *statement_timeout; /* "500ms", "2s", "5min" */
	int lossy;						    /* down: derived steps may lose data */
	int allow_edited;     /* up, down: go on although applied files were edited */
	const char *database; /* which one, where the project has several */
	int delegate;	      /* up, down: the framework itself may run migrations that hold Python */
};

/* "0.1.0". Static. */
INCHWORM_API const char *inchworm_version(void);

/* Copies the options. *status receives the exit status; NULL is returned when it is not 0. */
INCHWORM_API inchworm *inchworm_open(const struct inchworm_options *options, inchworm_sink sink, void *data,
				     int *status);
INCHWORM_API void inchworm_close(inchworm *handle);

/* names: NULL-terminated names, files or folders to judge; NULL: all. */
INCHWORM_API int inchworm_lint(inchworm *handle, const char *const *names);
INCHWORM_API int inchworm_status(inchworm *handle);
/* target: as on the command line, words separated by spaces; NULL: all pending (down: the newest one). */
INCHWORM_API int inchworm_plan(inchworm *handle, const char *target, int down);
INCHWORM_API int inchworm_up(inchworm *handle, const char *target);
INCHWORM_API int inchworm_down(inchworm *handle, const char *target);
/* decision: "applied", "rolled-back" or "repair"; names: NULL-terminated. */
INCHWORM_API int inchworm_resolve(inchworm *handle, const char *decision, const char *const *names);
/* From a signal handler or another thread: the running call stops as Ctrl-C would stop the program. */
INCHWORM_API void inchworm_interrupt(inchworm *handle);

#ifdef __cplusplus
}
#endif
