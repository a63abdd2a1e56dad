/*
 * The connection of a command that only reads, opened by a thread of its own while the project's files are read.
 *
 *  1. iw_early_start() when the project's URL is known;
 *  2. iw_early_take() where the command needs the connection, or hears why there is none;
 *  3. iw_early_free() after iw_connection_free(): the connection's URL is kept here.
 *
 * The thread shares nothing with its caller until it is joined: it has an arena of its own. Nothing that it meets is
 * said before it is asked for.
 */
#pragma once

#include "driver/driver.h"

typedef struct iw_early iw_early;

/* Before the project's URL is known: it is likely to be this one (NULL: nobody can tell), or one of its kind. A thread
 * loads what connecting takes. */
void iw_early_prepare(const char *url);

/* `url` and `base` as for iw_url_parse(); `options` is copied. NULL: nothing is opened early, as the URL cannot be
 * read or is a file's, or the system gives no thread. */
iw_early *iw_early_start(const char *url, const char *base, const struct iw_open_options *options);
/* Is there nothing to wait for any more? */
bool iw_early_is_done(const iw_early *early);
/*
 * Waits, and gives *connection, or NULL with error set as iw_connection_open() sets it. Once. False, and nothing is
 * touched: `early` is NULL, or was started for another URL or other options.
 */
bool iw_early_take(iw_early *early, const struct iw_url *url, const struct iw_open_options *options,
		   iw_connection **connection, GError **error);
/*
 * Closes what nobody took. False: the thread is still under way, which nothing can end (the system may be looking for a
 * name). It closes what it opens; the process ends by _exit(), for exit() would take libraries away from under it.
 */
bool iw_early_free(iw_early *early);
