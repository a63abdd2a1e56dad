/*
 * Scratch server: a throwaway database server of our own, from the binaries that are installed here.
 *
 *  1. iw_scratch_start(): finds the installed server whose version is closest to the one wanted, makes a data folder in
 *     a private temporary folder, starts the server on a socket in that folder (it listens on no network) and waits
 *     until it answers;
 *  2. iw_scratch_url(), iw_scratch_engine(): open as many connections as needed;
 *  3. iw_scratch_stop(): ends the server by its own pid and removes the folder.
 *
 * A keeper, a child process of ours in a session of its own, owns the server and does step 3 also when this process
 * ends in any other way (Ctrl-C, kill -9): it holds a pipe to us and notices its end. Started by root, the server runs
 * as the engine's own user (postgres, mysql) or as nobody, since servers refuse root. SQLite needs no server: the
 * scratch is a file in such a folder. Nothing but the SQL of its user is ever executed.
 */
#pragma once

#include "driver/driver.h"

#include <signal.h>

typedef struct iw_scratch iw_scratch;

struct iw_scratch_options {
	struct iw_engine engine;	    /* version 0: the newest that is installed */
	volatile sig_atomic_t *interrupted; /* ends the wait for the server; NULL: nothing does */
};

/* Errors: UNSUPPORTED (no such server is installed; the hint says where was looked), CONNECT (it does not start, with
 * the end of its log), INTERRUPTED, RESOURCE (no folder). */
iw_scratch *iw_scratch_start(const struct iw_scratch_options *options, GError **error);
/* A database of its own for the scratch's user; lives as long as the scratch. */
const struct iw_url *iw_scratch_url(const iw_scratch *scratch);
/* What was started: the installed version. SQLite: version of the library once a connection told it, here 0. */
struct iw_engine iw_scratch_engine(const iw_scratch *scratch);
/* "/usr/lib/postgresql/15/bin/postgres"; NULL: SQLite. */
const char *iw_scratch_program(const iw_scratch *scratch);
/* NULL-safe; connections must be closed before. */
void iw_scratch_stop(iw_scratch *scratch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(iw_scratch, iw_scratch_stop)
