/* Opening a repository, and what its index says; see git.h. */
#include "git/git.h"

#include "git/library_internal.h"

#include <stdlib.h>
#include <string.h>

struct iw_git_functions iw_git_functions;

static const struct iw_library_function functions[] = {IW_GIT_FUNCTIONS(IW_LIBRARY_ROW){0}};

static struct iw_library library = {.file = IW_LIBGIT2, .functions = functions};

/*
 * Any owner's repository may be read, since nothing of it is run: in containers of CI it often is another's. Extensions
 * that change nothing of what is read here are let pass.
 */
static bool load(GError **error)
{
	static const char *const EXTENSIONS[] = {"partialclone", "worktreeconfig", "preciousobjects"};
	bool was_loaded = library.handle != NULL;
	g_autoptr(GError) failure = NULL;
	if (!iw_library_load(&library, &failure)) {
		iw_fail(error, IW_ERROR_PROJECT, "%s", failure->message);
		iw_error_hint(error, "It is in Debian's package libgit2-1.5.");
		return false;
	}
	if (was_loaded)
		return true;
	git_libgit2_init();
	git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
	git_libgit2_opts(GIT_OPT_SET_EXTENSIONS, EXTENSIONS, G_N_ELEMENTS(EXTENSIONS));
	return true;
}

bool iw_git_fail(GError **error, const char *what)
{
	const git_error *last = git_error_last();
	return iw_fail(error, IW_ERROR_PROJECT, "%s: %s", what, last == NULL ? "unknown error" : last->message);
}

static char *without_slash(const char *path)
{
	char *text = realpath(path, NULL);
	char *copy = g_strdup(text == NULL ? path : text);
	free(text);
	size_t length = strlen(copy);
	if (length > 1 && copy[length - 1] == '/')
		copy[length - 1] = '\0';
	return copy;
}

iw_git *iw_git_open(const char *path, GError **error)
{
	if (!load(error))
		return NULL;
	git_repository *repository = NULL;
	int status = git_repository_open_ext(&repository, path, 0, NULL);
	if (status == GIT_ENOTFOUND) {
		iw_fail(error, IW_ERROR_PROJECT, "\"%s\" is in no git repository", path);
		return NULL;
	}
	if (status != 0) {
		iw_git_fail(error, "cannot read the git repository");
		return NULL;
	}
	const char *top = git_repository_workdir(repository);
	if (top == NULL) {
		iw_fail(error, IW_ERROR_PROJECT, "the git repository of \"%s\" is a bare one", path);
		git_repository_free(repository);
		return NULL;
	}
	iw_git *git = g_new0(iw_git, 1);
	git->repository = repository;
	git->top = without_slash(top);
	git->top_length = strlen(git->top);
	return git;
}

void iw_git_free(iw_git *git)
{
	if (git == NULL)
		return;
	if (git->index != NULL)
		git_index_free(git->index);
	git_repository_free(git->repository);
	g_free(git->top);
	g_free(git);
}

const char *iw_git_top(const iw_git *git)
{
	return git->top;
}

/* The folder is what links lead through; a file that is a link is itself what git knows. */
char *iw_git_inside(const struct iw_git *git, const char *path)
{
	g_autofree char *folder = g_path_get_dirname(path);
	g_autofree char *name = g_path_get_basename(path);
	g_autofree char *real = without_slash(g_file_test(path, G_FILE_TEST_IS_DIR) ? path : folder);
	g_autofree char *full =
		g_file_test(path, G_FILE_TEST_IS_DIR) ? g_strdup(real) : g_build_filename(real, name, NULL);
	if (!g_str_has_prefix(full, git->top))
		return NULL;
	const char *rest = full + git->top_length;
	return *rest == '/' ? g_strdup(rest + 1) : *rest == '\0' ? g_strdup("") : NULL;
}

bool iw_git_read_index(iw_git *git)
{
	return git->index != NULL || git_repository_index(&git->index, git->repository) == 0;
}

bool iw_git_is_tracked(iw_git *git, const char *path)
{
	g_autofree char *inside = iw_git_inside(git, path);
	if (inside == NULL || !iw_git_read_index(git))
		return false;
	return git_index_get_bypath(git->index, inside, 0) != NULL;
}

bool iw_git_is_ignored(iw_git *git, const char *path)
{
	g_autofree char *inside = iw_git_inside(git, path);
	int is_ignored = 0;
	return inside != NULL && *inside != '\0' &&
	       git_ignore_path_is_ignored(&is_ignored, git->repository, inside) == 0 && is_ignored != 0;
}
