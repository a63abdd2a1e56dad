/*
 * Environment: the process's variables, then those of the .env files a project loads. A file never overrides the
 * process, nor a later file an earlier one, as the dotenv package and its ports have it.
 */
#pragma once

#include "base/source.h"
#include "base/arena.h"

#include <stdbool.h>

struct iw_environment {
	iw_arena *arena;
	GHashTable *variables; /* private: char * name -> what a file says */
};

struct iw_environment *iw_environment_new(iw_arena *arena);
/* NULL when neither the process nor a file sets it. */
const char *iw_environment_get(const struct iw_environment *environment, const char *name);
/*
 * Reads `path` when it is there; false when it is not or cannot be read. Understands `export`, single, double and
 * backtick quotes (several lines long, too), "\n" in double quotes, and comments. With `expand` also $NAME, ${NAME},
 * ${NAME:-default} and ${NAME-default}, "\$" being a plain dollar, as dotenv-expand does.
 */
bool iw_environment_load(struct iw_environment *environment, const char *path, bool expand);
void iw_environment_read(struct iw_environment *environment, const char *text, size_t length, bool expand);
/* References in all that was read so far count from now on, as after dotenv-expand's expand(). */
void iw_environment_expand(struct iw_environment *environment);
