/*
 * Git: what a repository says about files, read with libgit2, which is loaded at the first call. Nothing of the
 * repository is executed (no hook, no filter, no fsmonitor, no textconv, no pager) and nothing of it is written.
 *
 *  1. iw_git_open() the repository that a file or folder is in;
 *  2. ask; paths are absolute;
 *  3. iw_git_free().
 */
#pragma once

#include "base/arena.h"

#include <stdbool.h>

typedef struct iw_git iw_git;

/* Errors: PROJECT (no repository, a bare one, one that cannot be read, no libgit2). */
iw_git *iw_git_open(const char *path, GError **error);
void iw_git_free(iw_git *git);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(iw_git, iw_git_free)

/* Absolute, links followed, without a slash at its end. */
const char *iw_git_top(const iw_git *git);
/* Is this file in the index (committed or added)? */
bool iw_git_is_tracked(iw_git *git, const char *path);
/* Does a .gitignore name it? */
bool iw_git_is_ignored(iw_git *git, const char *path);

enum iw_git_change_kind { IW_GIT_ADDED, IW_GIT_CHANGED, IW_GIT_RENAMED, IW_GIT_DELETED };

struct iw_git_change {
	enum iw_git_change_kind kind;
	const char *path;     /* absolute: of now, of then when DELETED */
	const char *old_path; /* absolute, of then; NULL: ADDED */
	bool is_same;	      /* RENAMED: its content is as it was */
};

/*
 * struct iw_git_change *: how the files under these folders (absolute, NULL-terminated) differ from the commit where
 * HEAD left `revision`, whether that is committed, staged, only saved, or not even added. *base: that commit,
 * shortened. `revision` "": the default branch of "origin". `files` (absolute, NULL-terminated): of those that were
 * never added only these are looked for, which spares reading every folder; NULL: all. Errors: PROJECT, each with a
 * hint (unknown revision, shallow clone, nothing in common, no commit yet).
 */
GPtrArray *iw_git_changes_since(iw_git *git, iw_arena *arena, const char *revision, const char *const *folders,
				const char *const *files, const char **base, GError **error);
