/*
 * Client libraries, loaded when the first connection is opened: libpq alone brings thirty others, which take longer to
 * load than a lint of a few files takes, and what reads files only needs none of them.
 *
 * A driver's header lists the functions it calls and puts each name in place of the library's own:
 *     #define IW_PQ_FUNCTIONS(ROW) ROW(PQclear) ROW(PQcancel) ...
 *     struct iw_pq { IW_PQ_FUNCTIONS(IW_LIBRARY_MEMBER) };
 *     extern struct iw_pq iw_pq;
 *     #define PQclear iw_pq.PQclear
 */
#pragma once

#include "base/error.h"

#include <glib.h>

#define IW_LIBRARY_MEMBER(name) __typeof__(name) *name;
/* A row of struct iw_library_function. */
#define IW_LIBRARY_ROW(name) {#name, (void **)&name},

struct iw_library_function {
	const char *name;
	void **pointer;
};

struct iw_library {
	const char *file;			     /* "libpq.so.5" */
	const struct iw_library_function *functions; /* ended by name NULL */
	void *handle;				     /* NULL: not loaded yet */
};

/* Once; from any thread. Errors: CONNECT. */
bool iw_library_load(struct iw_library *library, GError **error);
