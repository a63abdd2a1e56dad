/* Shared by scratch*.c only. */
#pragma once

#include "run/scratch.h"

/* An installed server. */
struct scratch_program {
	const char *path;
	struct iw_engine engine;
};
/* Errors: UNSUPPORTED. */
bool iw_scratch_find(iw_arena *arena, struct iw_engine wanted, struct scratch_program *program, GError **error);

/* What the keeper runs, prepared before the fork. */
struct scratch_job {
	char **make;   /* makes the data folder; NULL: nothing to make */
	char **server; /* the server itself */
	const char *folder, *log;
	unsigned user, group; /* 0: as we are */
	int end_signal;	      /* a clean end */
};
/*
 * scratch_keeper.c: forks the keeper. *pid: the keeper; *lifeline: closing it ends server and keeper and removes the
 * folder; *news: reads 'm' when the data folder could not be made, 's' when the server ended, end of file when the
 * keeper did. False: errno says why, nothing was started.
 */
bool iw_scratch_keep(const struct scratch_job *job, GPid *pid, int *lifeline, int *news);
/* Removes a folder with all that is in it; also in the keeper. */
void iw_scratch_remove(const char *folder);
