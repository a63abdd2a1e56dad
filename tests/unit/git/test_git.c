/* Git: what is tracked, ignored and changed, in repositories that the real git makes. */
#include "git/git.h"

#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

/* libgit2 1.5 loses a list of commits when the walk for a merge base meets one that is not there. */
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:git_merge_base\nleak:libgit2";
}

struct repository {
	char *top;
	iw_arena *arena;
};

static void run(const struct repository *repository, const char *command)
{
	g_autofree char *line = g_strdup_printf(
		"cd '%s' && export GIT_CONFIG_NOSYSTEM=1 HOME=/nonexistent GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b "
		"GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b && (%s) >/dev/null 2>&1",
		repository->top, command);
	if (system(line) != 0)
		fail_msg("failed: %s", command);
}

static struct repository start(const char *commands)
{
	struct repository repository = {.arena = iw_arena_new()};
	repository.top = g_dir_make_tmp("inchworm-git-XXXXXX", NULL);
	if (*commands != '\0')
		run(&repository, commands);
	return repository;
}

static void end(struct repository *repository)
{
	g_autofree char *line = g_strdup_printf("rm -rf '%s'", repository->top);
	assert_int_equal(system(line), 0);
	g_free(repository->top);
	iw_arena_free(repository->arena);
}

/* Every file in m/, absolute, NULL-terminated. */
static char **files_of(const struct repository *repository, const char *folder)
{
	GPtrArray *files = g_ptr_array_new();
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	for (const char *name; dir != NULL && (name = g_dir_read_name(dir)) != NULL;)
		g_ptr_array_add(files, g_build_filename(repository->top, "m", name, NULL));
	g_ptr_array_add(files, NULL);
	return (char **)g_ptr_array_free(files, FALSE);
}

static const char *changes_by(struct repository *repository, const char *revision, bool names_files)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(iw_git) git = iw_git_open(repository->top, &error);
	if (git == NULL)
		return iw_arena_strdup(repository->arena, error->message);
	g_autofree char *folder = g_build_filename(repository->top, "m", NULL);
	const char *base = NULL;
	g_auto(GStrv) files = files_of(repository, folder);
	GPtrArray *found = iw_git_changes_since(git, repository->arena, revision, (const char *const[]){folder, NULL},
						names_files ? (const char *const *)files : NULL, &base, &error);
	if (found == NULL) {
		const char *hint = iw_error_info(error)->hint;
		return iw_arena_printf(repository->arena, "%s%s%s", error->message, hint == NULL ? "" : " / ",
				       hint == NULL ? "" : hint);
	}
	GString *out = g_string_new(NULL);
	for (guint i = 0; i < found->len; i++) {
		const struct iw_git_change *change = g_ptr_array_index(found, i);
		const char *old = change->kind == IW_GIT_RENAMED ? strrchr(change->old_path, '/') + 1 : "";
		g_string_append_printf(out, "%s%c %s%s%s", i > 0 ? ", " : "", "ACRD"[change->kind],
				       strrchr(change->path, '/') + 1, *old == '\0' ? "" : " was ", old);
		if (change->is_same)
			g_string_append(out, " same");
	}
	const char *text = iw_arena_strdup(repository->arena, out->str);
	g_string_free(out, TRUE);
	return text;
}

/* "A new.sql, C old.sql, R was.sql > is.sql": sorted by path, as libgit2 gives them. The same whether all is walked, or
 * the files are named. */
static const char *changes(struct repository *repository, const char *revision)
{
	const char *walked = changes_by(repository, revision, false);
	assert_string_equal(changes_by(repository, revision, true), walked);
	return walked;
}

static const char SETUP[] = "git init -q -b main && mkdir m && echo 1 > m/a.sql && seq 40 > m/b.sql && seq 50 90 > "
			    "m/c.sql && echo x > other "
			    "&& echo '*.tmp' > .gitignore && git add . && git commit -qm one && git checkout -qb topic";

static void what_a_branch_adds_is_found_whether_committed_staged_saved_or_not_even_added(void **state)
{
	(void)state;
	struct repository repository = start(SETUP);
	assert_string_equal(changes(&repository, "main"), "");
	run(&repository,
	    "echo 2 > m/d.sql && git add . && git commit -qm two && echo 3 > m/e.sql && git add m/e.sql && "
	    "echo 4 > m/f.sql && echo 5 >> m/a.sql && echo 6 > m/g.tmp && echo 7 > other");
	assert_string_equal(changes(&repository, "main"), "C a.sql, A d.sql, A e.sql, A f.sql");
	/* What main does meanwhile is not the branch's. */
	run(&repository,
	    "git stash -qu && git checkout -q main && echo 9 > m/h.sql && git add . && git commit -qm three "
	    "&& git checkout -q topic && git stash pop -q");
	assert_string_equal(changes(&repository, "main"), "C a.sql, A d.sql, A e.sql, A f.sql");
	end(&repository);
}

static void renamed_and_deleted_files_are_said(void **state)
{
	(void)state;
	struct repository repository = start(SETUP);
	run(&repository, "git mv m/b.sql m/z.sql && rm m/a.sql && mv m/c.sql m/y.sql && echo more >> m/y.sql");
	assert_string_equal(changes(&repository, "main"), "D a.sql, R y.sql was c.sql, R z.sql was b.sql same");
	end(&repository);
}

static void a_touched_file_has_not_changed_and_one_of_the_same_size_and_time_has(void **state)
{
	(void)state;
	struct repository repository = start(SETUP);
	run(&repository, "touch -d '2001-01-01' m/a.sql m/b.sql m/c.sql && git update-index --refresh");
	assert_string_equal(changes(&repository, "main"), "");
	run(&repository, "touch m/b.sql && echo 2 > m/a.sql && touch -d '2001-01-01' m/a.sql");
	assert_string_equal(changes(&repository, "main"), "C a.sql");
	run(&repository, "git checkout -q m && echo 3 > m/a.sql && git add m && echo 4 > m/a.sql");
	assert_string_equal(changes(&repository, "main"), "C a.sql");
	run(&repository, "git checkout -q HEAD m && rm m/a.sql && ln -s b.sql m/a.sql");
	assert_string_equal(changes(&repository, "main"), "C a.sql");
	end(&repository);
}

static void what_is_missing_is_said_with_the_way_out(void **state)
{
	(void)state;
	struct repository repository = start("");
	assert_non_null(strstr(changes(&repository, "main"), "is in no git repository"));
	run(&repository, "git init -q -b main && mkdir m");
	assert_non_null(strstr(changes(&repository, "main"), "there is no revision \"main\""));
	run(&repository, "echo 1 > m/a && git add . && git commit -qm one && git checkout -q --orphan other && "
			 "git commit -qm two");
	assert_string_equal(changes(&repository, "main"), "HEAD and \"main\" have no commit in common");
	assert_string_equal(changes(&repository, "nowhere"), "there is no revision \"nowhere\" in this repository / "
							     "`git fetch origin nowhere` may bring it.");
	end(&repository);
}

static void a_shallow_clone_is_named_as_the_cause(void **state)
{
	(void)state;
	struct repository origin = start(SETUP);
	run(&origin,
	    "echo 1 > m/n.sql && git add . && git commit -qm two && git checkout -q main && echo 2 > m/o.sql && "
	    "git add . && git commit -qm three");
	struct repository clone = start("");
	g_autofree char *command = g_strdup_printf(
		"git clone -q --depth 1 --no-single-branch file://%s . && git checkout -q topic", origin.top);
	run(&clone, command);
	assert_non_null(strstr(changes(&clone, "main"), "This is a shallow clone: fetch the history"));
	assert_non_null(strstr(changes(&clone, "origin/main"), "fetch-depth: 0"));
	run(&clone, "git fetch -q --unshallow");
	assert_string_equal(changes(&clone, "origin/main"), "A n.sql");
	assert_string_equal(changes(&clone, ""), "A n.sql");
	assert_string_equal(changes(&clone, "main"), "A n.sql");
	end(&clone);
	end(&origin);
}

static void tracked_and_ignored_files_are_told_apart(void **state)
{
	(void)state;
	struct repository repository = start(SETUP);
	run(&repository, "echo 1 > m/new.sql && echo 1 > m/x.tmp && ln -s m link");
	g_autoptr(GError) error = NULL;
	g_autoptr(iw_git) git = iw_git_open(repository.top, &error);
	assert_non_null(git);
	const struct {
		const char *path;
		bool is_tracked, is_ignored;
	} cases[] = {{"m/a.sql", true, false}, {"link/a.sql", true, false}, {"m/new.sql", false, false},
		     {"m/x.tmp", false, true}, {"nothing", false, false},   {"/etc/passwd", false, false}};
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *path = cases[i].path[0] == '/' ? g_strdup(cases[i].path)
								: g_build_filename(repository.top, cases[i].path, NULL);
		assert_int_equal(iw_git_is_tracked(git, path), cases[i].is_tracked);
		assert_int_equal(iw_git_is_ignored(git, path), cases[i].is_ignored);
	}
	end(&repository);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_branch_adds_is_found_whether_committed_staged_saved_or_not_even_added),
		cmocka_unit_test(renamed_and_deleted_files_are_said),
		cmocka_unit_test(a_touched_file_has_not_changed_and_one_of_the_same_size_and_time_has),
		cmocka_unit_test(what_is_missing_is_said_with_the_way_out),
		cmocka_unit_test(a_shallow_clone_is_named_as_the_cause),
		cmocka_unit_test(tracked_and_ignored_files_are_told_apart),
	};
	return cmocka_run_group_tests_name("git", tests, NULL, NULL);
}
