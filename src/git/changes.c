/* What a branch changed: the files of now beside those of the commit where it began; see git.h. */
#include "git/git.h"

#include "git/library_internal.h"

#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

static bool has_reference(iw_git *git, const char *name)
{
	git_reference *found = NULL;
	bool is_there = git_reference_lookup(&found, git->repository, name) == 0;
	if (is_there)
		git_reference_free(found);
	return is_there;
}

/* "origin/main": what origin/HEAD names, else a usual name that is there. */
static const char *default_branch(iw_git *git, iw_arena *arena, GError **error)
{
	static const char *const USUAL[] = {"refs/remotes/origin/main", "refs/remotes/origin/master", "refs/heads/main",
					    "refs/heads/master"};
	git_reference *head = NULL;
	if (git_reference_lookup(&head, git->repository, "refs/remotes/origin/HEAD") == 0) {
		const char *target = git_reference_symbolic_target(head);
		const char *name = target == NULL ? NULL : iw_arena_strdup(arena, target);
		git_reference_free(head);
		if (name != NULL && has_reference(git, name))
			return name;
	}
	for (size_t i = 0; i < G_N_ELEMENTS(USUAL); i++)
		if (has_reference(git, USUAL[i]))
			return USUAL[i];
	iw_fail(error, IW_ERROR_PROJECT, "the default branch of this repository cannot be told");
	iw_error_hint(error, "Name it: --since origin/main. `git remote set-head origin --auto` makes it known.");
	return NULL;
}

static bool is_shallow(const iw_git *git)
{
	return git_repository_is_shallow(git->repository) == 1;
}

static const char SHALLOW_HINT[] = "This is a shallow clone: fetch the history (`git fetch --unshallow`; in GitHub "
				   "Actions `fetch-depth: 0`, in GitLab CI `GIT_DEPTH: 0`).";

static bool fail_unknown(iw_git *git, const char *revision, GError **error)
{
	iw_fail(error, IW_ERROR_PROJECT, "there is no revision \"%s\" in this repository", revision);
	g_autofree char *remote = g_strconcat("refs/remotes/origin/", revision, NULL);
	if (has_reference(git, remote))
		iw_error_hint(error, "There is origin/%s.", revision);
	else if (is_shallow(git))
		iw_error_hint(error, "%s", SHALLOW_HINT);
	else
		iw_error_hint(error, "`git fetch origin %s` may bring it.", revision);
	return false;
}

static bool find_commit(iw_git *git, const char *revision, git_oid *commit, GError **error)
{
	git_object *object = NULL, *peeled = NULL;
	if (git_revparse_single(&object, git->repository, revision) != 0)
		return fail_unknown(git, revision, error);
	bool is_commit = git_object_peel(&peeled, object, GIT_OBJECT_COMMIT) == 0;
	if (is_commit)
		*commit = *git_commit_id((const git_commit *)peeled);
	git_object_free(object);
	git_object_free(peeled);
	return is_commit || iw_fail(error, IW_ERROR_PROJECT, "\"%s\" is no commit", revision);
}

static bool find_base(iw_git *git, const char *revision, git_oid *base, GError **error)
{
	git_oid theirs, ours;
	if (!find_commit(git, revision, &theirs, error))
		return false;
	if (git_reference_name_to_id(&ours, git->repository, "HEAD") != 0)
		return iw_fail(error, IW_ERROR_PROJECT, "this repository has no commit yet");
	int status = git_merge_base(base, git->repository, &ours, &theirs);
	if (status == 0)
		return true;
	/* The walk meets a commit whose parents were not cloned. */
	if (status != GIT_ENOTFOUND && !is_shallow(git))
		return iw_git_fail(error, "cannot read the git repository");
	iw_fail(error, IW_ERROR_PROJECT, "HEAD and \"%s\" have no commit in common%s", revision,
		is_shallow(git) ? " in what was cloned" : "");
	if (is_shallow(git))
		iw_error_hint(error, "%s", SHALLOW_HINT);
	return false;
}

/* Folders in the form git_diff takes them; those that hold the whole repository make the list empty. */
static bool folder_list(iw_git *git, iw_arena *arena, const char *const *folders, GPtrArray *list, GError **error)
{
	for (; *folders != NULL; folders++) {
		g_autofree char *inside = iw_git_inside(git, *folders);
		if (inside == NULL)
			return iw_fail(error, IW_ERROR_PROJECT, "\"%s\" is not in the git repository at \"%s\"",
				       *folders, git->top);
		if (*inside == '\0') {
			g_ptr_array_set_size(list, 0);
			return true;
		}
		g_ptr_array_add(list, iw_arena_strdup(arena, inside));
	}
	return true;
}

static const char *absolute(const iw_git *git, iw_arena *arena, const git_diff_file *file)
{
	return iw_arena_printf(arena, "%s/%s", git->top, file->path);
}

static bool read_kind(const git_diff_delta *delta, enum iw_git_change_kind *kind)
{
	switch (delta->status) {
	case GIT_DELTA_ADDED:
	case GIT_DELTA_UNTRACKED:
	case GIT_DELTA_COPIED:
		*kind = IW_GIT_ADDED;
		return true;
	case GIT_DELTA_MODIFIED:
	case GIT_DELTA_TYPECHANGE:
	case GIT_DELTA_CONFLICTED:
		*kind = IW_GIT_CHANGED;
		return true;
	case GIT_DELTA_RENAMED:
		*kind = IW_GIT_RENAMED;
		return true;
	case GIT_DELTA_DELETED:
		*kind = IW_GIT_DELETED;
		return true;
	default:
		return false;
	}
}

static GPtrArray *read_changes(const iw_git *git, iw_arena *arena, const git_diff *diff)
{
	GPtrArray *changes = iw_arena_ptr_array(arena);
	for (size_t i = 0; i < git_diff_num_deltas(diff); i++) {
		const git_diff_delta *delta = git_diff_get_delta(diff, i);
		struct iw_git_change *change = iw_new(arena, struct iw_git_change);
		if (!read_kind(delta, &change->kind))
			continue;
		bool is_gone = change->kind == IW_GIT_DELETED;
		change->path = absolute(git, arena, is_gone ? &delta->old_file : &delta->new_file);
		if (change->kind != IW_GIT_ADDED)
			change->old_path = absolute(git, arena, &delta->old_file);
		change->is_same = change->kind == IW_GIT_RENAMED && delta->similarity == 100;
		g_ptr_array_add(changes, change);
	}
	return changes;
}

/* what may differ ------------------------------------------------------------------------------------------------- */

static bool is_below_any(GPtrArray *folders, const char *path)
{
	for (guint i = 0; i < folders->len; i++) {
		size_t length = strlen(folders->pdata[i]);
		if (strncmp(folders->pdata[i], path, length) == 0 && (path[length] == '/' || path[length] == '\0'))
			return true;
	}
	return folders->len == 0;
}

/* The fraction is 0 where git was built to leave it out. */
static bool is_time(const git_index_time *noted, const struct timespec *now)
{
	return noted->seconds == (int32_t)now->tv_sec &&
	       (noted->nanoseconds == 0 || noted->nanoseconds == (uint32_t)now->tv_nsec);
}

static bool is_before(const git_index_time *noted, const struct timespec *other)
{
	return noted->seconds < other->tv_sec || (noted->nanoseconds != 0 && noted->seconds == other->tv_sec &&
						  noted->nanoseconds < (uint32_t)other->tv_nsec);
}

/* Is the file for certain what the index says of it? One that was written when the index was, or after it, may have
 * been changed since without another time. */
static bool is_as_in_index(const git_index_entry *entry, const struct stat *now, const struct stat *index)
{
	return is_before(&entry->mtime, &index->st_mtim) && is_time(&entry->mtime, &now->st_mtim) &&
	       is_time(&entry->ctime, &now->st_ctim) && S_ISREG(now->st_mode) && (entry->mode & S_IFMT) == S_IFREG &&
	       ((entry->mode ^ now->st_mode) & S_IXUSR) == 0 && entry->file_size == (uint32_t)now->st_size &&
	       entry->ino == (uint32_t)now->st_ino;
}

static void add_touched(iw_git *git, iw_arena *arena, GPtrArray *folders, GPtrArray *paths)
{
	struct stat index = {0}, now;
	if (git_index_path(git->index) == NULL || stat(git_index_path(git->index), &index) != 0)
		index.st_mtim.tv_sec = 0; /* nothing is certain */
	g_autoptr(GString) path = g_string_new(git->top);
	g_string_append_c(path, '/');
	gsize top = path->len;
	for (size_t i = 0; i < git_index_entrycount(git->index); i++) {
		const git_index_entry *entry = git_index_get_byindex(git->index, i);
		if (!is_below_any(folders, entry->path))
			continue;
		g_string_truncate(path, top);
		g_string_append(path, entry->path);
		if (lstat(path->str, &now) != 0 || !is_as_in_index(entry, &now, &index))
			g_ptr_array_add(paths, iw_arena_strdup(arena, entry->path));
	}
}

static void add_untracked(iw_git *git, iw_arena *arena, const char *const *files, GPtrArray *paths)
{
	for (; *files != NULL; files++) {
		bool is_plain = g_str_has_prefix(*files, git->top) && (*files)[git->top_length] == '/';
		if (is_plain && git_index_get_bypath(git->index, *files + git->top_length + 1, 0) != NULL)
			continue;
		g_autofree char *inside = iw_git_inside(git, *files);
		if (inside != NULL && git_index_get_bypath(git->index, inside, 0) == NULL)
			g_ptr_array_add(paths, iw_arena_strdup(arena, inside));
	}
}

/* From the top on: every file that differs from the tree, and maybe some that do not. */
static GPtrArray *may_differ(iw_git *git, iw_arena *arena, git_tree *tree, const git_diff_options *options,
			     GPtrArray *folders, const char *const *files)
{
	git_diff *diff = NULL;
	if (!iw_git_read_index(git) || git_diff_tree_to_index(&diff, git->repository, tree, git->index, options) != 0)
		return NULL;
	GPtrArray *paths = iw_arena_ptr_array(arena);
	for (size_t i = 0; i < git_diff_num_deltas(diff); i++) {
		const git_diff_delta *delta = git_diff_get_delta(diff, i);
		g_ptr_array_add(paths, iw_arena_strdup(arena, delta->old_file.path));
		g_ptr_array_add(paths, iw_arena_strdup(arena, delta->new_file.path));
	}
	git_diff_free(diff);
	add_touched(git, arena, folders, paths);
	add_untracked(git, arena, files, paths);
	return paths;
}

/* the difference -------------------------------------------------------------------------------------------------- */

static GPtrArray *diff_paths(iw_git *git, iw_arena *arena, git_tree *tree, GPtrArray *folders, const char *const *files)
{
	git_diff_options options = GIT_DIFF_OPTIONS_INIT;
	options.flags = GIT_DIFF_INCLUDE_UNTRACKED | GIT_DIFF_RECURSE_UNTRACKED_DIRS | GIT_DIFF_INCLUDE_TYPECHANGE |
			GIT_DIFF_IGNORE_SUBMODULES | GIT_DIFF_DISABLE_PATHSPEC_MATCH;
	options.pathspec = (git_strarray){(char **)folders->pdata, folders->len};
	GPtrArray *paths = files == NULL ? folders : may_differ(git, arena, tree, &options, folders, files);
	if (paths == NULL)
		return NULL;
	if (files != NULL && paths->len == 0)
		return iw_arena_ptr_array(arena);
	options.pathspec = (git_strarray){(char **)paths->pdata, paths->len};
	git_diff_find_options find = GIT_DIFF_FIND_OPTIONS_INIT;
	find.flags = GIT_DIFF_FIND_RENAMES | GIT_DIFF_FIND_FOR_UNTRACKED;
	git_diff *diff = NULL;
	if (git_diff_tree_to_workdir_with_index(&diff, git->repository, tree, &options) != 0)
		return NULL;
	git_diff_find_similar(diff, &find); /* fails when a blob is not there: then nothing is a rename */
	GPtrArray *changes = read_changes(git, arena, diff);
	git_diff_free(diff);
	return changes;
}

static GPtrArray *diff_from(iw_git *git, iw_arena *arena, const git_oid *base, GPtrArray *folders,
			    const char *const *files, GError **error)
{
	git_commit *commit = NULL;
	git_tree *tree = NULL;
	GPtrArray *changes = NULL;
	if (git_commit_lookup(&commit, git->repository, base) == 0 && git_commit_tree(&tree, commit) == 0)
		changes = diff_paths(git, arena, tree, folders, files);
	if (changes == NULL)
		iw_git_fail(error, "cannot read the git repository");
	git_object_free((git_object *)tree);
	git_object_free((git_object *)commit);
	return changes;
}

GPtrArray *iw_git_changes_since(iw_git *git, iw_arena *arena, const char *revision, const char *const *folders,
				const char *const *files, const char **base, GError **error)
{
	enum { SHORT = 10 };
	git_oid oid;
	GPtrArray *list = iw_arena_ptr_array(arena);
	if (*revision == '\0' && (revision = default_branch(git, arena, error)) == NULL)
		return NULL;
	if (!find_base(git, revision, &oid, error) || !folder_list(git, arena, folders, list, error))
		return NULL;
	char text[SHORT + 1];
	git_oid_tostr(text, sizeof text, &oid);
	*base = iw_arena_strdup(arena, text);
	return diff_from(git, arena, &oid, list, files, error);
}
