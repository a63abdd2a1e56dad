/* The functions of libgit2 that are called, by way of pointers; see base/library.h. */
#pragma once

#include "base/library.h"

#include <git2.h>

/* clang-format off */
#define IW_GIT_FUNCTIONS(ROW) \
	ROW(git_commit_id) ROW(git_commit_lookup) ROW(git_commit_tree) ROW(git_diff_find_similar) ROW(git_diff_free) \
	ROW(git_diff_get_delta) ROW(git_diff_num_deltas) ROW(git_diff_tree_to_index) \
	ROW(git_diff_tree_to_workdir_with_index) ROW(git_error_last) ROW(git_index_entrycount) \
	ROW(git_index_get_byindex) ROW(git_index_path) \
	ROW(git_ignore_path_is_ignored) ROW(git_index_free) ROW(git_index_get_bypath) ROW(git_libgit2_init) \
	ROW(git_libgit2_opts) ROW(git_merge_base) ROW(git_object_free) ROW(git_object_peel) ROW(git_oid_tostr) \
	ROW(git_reference_free) ROW(git_reference_lookup) ROW(git_reference_name_to_id) \
	ROW(git_reference_symbolic_target) ROW(git_repository_free) ROW(git_repository_index) \
	ROW(git_repository_is_shallow) ROW(git_repository_open_ext) ROW(git_repository_workdir) \
	ROW(git_revparse_single)
/* clang-format on */

struct iw_git_functions {
	IW_GIT_FUNCTIONS(IW_LIBRARY_MEMBER)
};
extern struct iw_git_functions iw_git_functions;

#define git_commit_id			    iw_git_functions.git_commit_id
#define git_commit_lookup		    iw_git_functions.git_commit_lookup
#define git_commit_tree			    iw_git_functions.git_commit_tree
#define git_diff_find_similar		    iw_git_functions.git_diff_find_similar
#define git_diff_free			    iw_git_functions.git_diff_free
#define git_diff_get_delta		    iw_git_functions.git_diff_get_delta
#define git_diff_num_deltas		    iw_git_functions.git_diff_num_deltas
#define git_diff_tree_to_workdir_with_index iw_git_functions.git_diff_tree_to_workdir_with_index
#define git_diff_tree_to_index		    iw_git_functions.git_diff_tree_to_index
#define git_index_entrycount		    iw_git_functions.git_index_entrycount
#define git_index_get_byindex		    iw_git_functions.git_index_get_byindex
#define git_index_path			    iw_git_functions.git_index_path
#define git_error_last			    iw_git_functions.git_error_last
#define git_ignore_path_is_ignored	    iw_git_functions.git_ignore_path_is_ignored
#define git_index_free			    iw_git_functions.git_index_free
#define git_index_get_bypath		    iw_git_functions.git_index_get_bypath
#define git_libgit2_init		    iw_git_functions.git_libgit2_init
#define git_libgit2_opts		    iw_git_functions.git_libgit2_opts
#define git_merge_base			    iw_git_functions.git_merge_base
#define git_object_free			    iw_git_functions.git_object_free
#define git_object_peel			    iw_git_functions.git_object_peel
#define git_oid_tostr			    iw_git_functions.git_oid_tostr
#define git_reference_free		    iw_git_functions.git_reference_free
#define git_reference_lookup		    iw_git_functions.git_reference_lookup
#define git_reference_name_to_id	    iw_git_functions.git_reference_name_to_id
#define git_reference_symbolic_target	    iw_git_functions.git_reference_symbolic_target
#define git_repository_free		    iw_git_functions.git_repository_free
#define git_repository_index		    iw_git_functions.git_repository_index
#define git_repository_is_shallow	    iw_git_functions.git_repository_is_shallow
#define git_repository_open_ext		    iw_git_functions.git_repository_open_ext
#define git_repository_workdir		    iw_git_functions.git_repository_workdir
#define git_revparse_single		    iw_git_functions.git_revparse_single

struct iw_git {
	git_repository *repository;
	git_index *index; /* read when asked for */
	char *top;	  /* absolute, links followed, without the slash at its end */
	size_t top_length;
};

/* The path from the top on, of an absolute path that may lead through links; "" for the top itself; NULL: it is not in
 * the repository. */
char *iw_git_inside(const struct iw_git *git, const char *path);
/* Reads git->index when it was not read yet. */
bool iw_git_read_index(iw_git *git);
/* Sets *error with what libgit2 says of its last call, and returns false. */
bool iw_git_fail(GError **error, const char *what);
