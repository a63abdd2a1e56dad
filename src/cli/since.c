/* lint --since: which migrations a branch added or changed, by git, and what was there before; see linting.h. */
#include "cli/linting.h"

#include "framework/files.h"
#include "git/git.h"

#include <stdlib.h>
#include <string.h>

/* where to look --------------------------------------------------------------------------------------------------- */

enum { MOST_FOLDERS = 64 }; /* above it the one folder that holds them all is compared */

static bool is_inside(const char *folder, const char *path)
{
	size_t length = strlen(folder);
	return strncmp(folder, path, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

static char *common_folder(const char *a, const char *b)
{
	g_autofree char *folder = g_strdup(a);
	while (!is_inside(folder, b)) {
		char *parent = g_path_get_dirname(folder);
		g_free(folder);
		folder = parent;
	}
	return g_steal_pointer(&folder);
}

/* How many migrations are in each folder: char * -> count. */
static GHashTable *count_folders(GPtrArray *migrations)
{
	GHashTable *counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	for (guint i = 0; i < migrations->len; i++) {
		const struct iw_migration *migration = g_ptr_array_index(migrations, i);
		if (migration->up.path == NULL)
			continue;
		char *folder = g_path_get_dirname(migration->up.path);
		guint count = GPOINTER_TO_UINT(g_hash_table_lookup(counts, folder));
		g_hash_table_replace(counts, folder, GUINT_TO_POINTER(count + 1));
	}
	return counts;
}

/* A folder of a single migration may be that migration's own: its kin, also those that are gone, are beside it. */
static char *place_of(const char *folder, guint count)
{
	return count > 1 ? g_strdup(folder) : g_path_get_dirname(folder);
}

/* Folders of the migrations in the repository, NULL-terminated. Those of installed packages are not the branch's. */
static GPtrArray *folders_of(iw_arena *arena, const iw_git *git, GPtrArray *migrations)
{
	g_autoptr(GHashTable) counts = count_folders(migrations);
	g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
	GPtrArray *folders = iw_arena_ptr_array(arena);
	g_autofree char *common = NULL;
	GHashTableIter iterator;
	gpointer key, value;
	g_hash_table_iter_init(&iterator, counts);
	while (g_hash_table_iter_next(&iterator, &key, &value)) {
		g_autofree char *place = place_of(key, GPOINTER_TO_UINT(value));
		if (!is_inside(iw_git_top(git), key) || g_hash_table_contains(seen, place))
			continue;
		const char *kept = iw_arena_strdup(arena, is_inside(iw_git_top(git), place) ? place : key);
		g_hash_table_add(seen, (char *)kept);
		g_ptr_array_add(folders, (char *)kept);
		char *joined = common == NULL ? g_strdup(kept) : common_folder(common, kept);
		g_free(common);
		common = joined;
	}
	if (folders->len > MOST_FOLDERS) {
		g_ptr_array_set_size(folders, 0);
		g_ptr_array_add(folders, (char *)iw_arena_strdup(arena, common));
	}
	g_ptr_array_add(folders, NULL);
	return folders;
}

/* what changed ---------------------------------------------------------------------------------------------------- */

/* Alembic knows a revision by the id in the file, not by the file's name. */
static bool is_only_renamed_file(const struct iw_cli *cli, const struct iw_git_change *change)
{
	return change->kind == IW_GIT_RENAMED && change->is_same && cli->project != NULL &&
	       strcmp(cli->project->framework->name, "alembic") == 0;
}

static void note_change(struct iw_cli *cli, struct iw_since *since, const struct iw_git_change *change,
			const struct iw_migration *migration)
{
	static const enum iw_since_kind KINDS[] = {[IW_GIT_ADDED] = IW_SINCE_ADDED,
						   [IW_GIT_CHANGED] = IW_SINCE_CHANGED,
						   [IW_GIT_RENAMED] = IW_SINCE_RENAMED};
	if (is_only_renamed_file(cli, change))
		return;
	struct iw_since_one *one = iw_new(cli->arena, struct iw_since_one);
	one->kind = KINDS[change->kind];
	if (change->kind == IW_GIT_RENAMED)
		one->old_name = change->old_path;
	g_hash_table_insert(since->kinds, (void *)migration, one);
}

static char *real_path(const char *path)
{
	g_autofree char *folder = g_path_get_dirname(path);
	g_autofree char *name = g_path_get_basename(path);
	char *real = realpath(folder, NULL);
	char *joined = g_build_filename(real == NULL ? folder : real, name, NULL);
	free(real);
	return joined;
}

/* "folder/file.sql": what stays of a path whatever links lead to it. */
static const char *tail_of(const char *path)
{
	const char *at = strrchr(path, '/');
	while (at != NULL && at > path && at[-1] != '/')
		at--;
	return at == NULL ? path : at;
}

static GHashTable *by_tail(GPtrArray *migrations)
{
	GHashTable *table = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_ptr_array_unref);
	for (guint i = 0; i < migrations->len; i++) {
		struct iw_migration *migration = g_ptr_array_index(migrations, i);
		if (migration->up.path == NULL)
			continue;
		const char *tail = tail_of(migration->up.path);
		GPtrArray *kin = g_hash_table_lookup(table, tail);
		if (kin == NULL)
			g_hash_table_insert(table, (char *)tail, kin = g_ptr_array_new());
		g_ptr_array_add(kin, migration);
	}
	return table;
}

/* By its name alone: the project does not know files that are gone. */
static bool may_be_migration(const char *path, GPtrArray *migrations)
{
	const struct iw_migration *any = g_ptr_array_index(migrations, 0);
	const char *ending = any->up.path == NULL ? NULL : strrchr(any->up.path, '.');
	const char *name = strrchr(path, '/') + 1;
	return *name != '_' && (ending == NULL || g_str_has_suffix(name, ending));
}

/* The cost is that of what changed: links are followed for files that may be the one. */
static void match_changes(struct iw_cli *cli, struct iw_since *since, GPtrArray *migrations, GPtrArray *changes)
{
	if (changes->len == 0)
		return;
	g_autoptr(GHashTable) tails = by_tail(migrations);
	for (guint i = 0; i < changes->len; i++) {
		const struct iw_git_change *change = g_ptr_array_index(changes, i);
		if (change->kind == IW_GIT_DELETED) {
			if (may_be_migration(change->path, migrations))
				g_ptr_array_add(since->deleted, (char *)iw_path_shown(cli->arena, change->path));
			continue;
		}
		GPtrArray *kin = g_hash_table_lookup(tails, tail_of(change->path));
		for (guint j = 0; kin != NULL && j < kin->len; j++) {
			const struct iw_migration *migration = g_ptr_array_index(kin, j);
			g_autofree char *path = real_path(migration->up.path);
			if (strcmp(path, change->path) == 0)
				note_change(cli, since, change, migration);
		}
	}
}

/* in which order -------------------------------------------------------------------------------------------------- */

static struct iw_since_one *one_of(const struct iw_since *since, const struct iw_migration *migration)
{
	return g_hash_table_lookup(since->kinds, migration);
}

static bool is_new(const struct iw_since *since, const struct iw_migration *migration)
{
	const struct iw_since_one *one = one_of(since, migration);
	return one != NULL && one->kind == IW_SINCE_ADDED;
}

/* Frameworks that go by the list run a new one after those that are applied, or not at all. */
static void order_line(struct iw_since *since, GPtrArray *migrations)
{
	const struct iw_migration *last = NULL;
	for (guint i = migrations->len; i-- > 0;) {
		const struct iw_migration *migration = g_ptr_array_index(migrations, i);
		if (!is_new(since, migration) && last == NULL && !migration->is_repeatable)
			last = migration;
		if (is_new(since, migration) && last != NULL && !migration->is_repeatable)
			one_of(since, migration)->before = last;
	}
	for (int pass = 0; pass < 2; pass++)
		for (guint i = 0; i < migrations->len; i++)
			if (is_new(since, g_ptr_array_index(migrations, i)) == (pass == 1))
				g_ptr_array_add(since->order, g_ptr_array_index(migrations, i));
}

/* Those that were there come first, unless a parent of theirs is new; parents always before children. */
static void order_graph(struct iw_since *since, GPtrArray *migrations)
{
	g_autoptr(GHashTable) late = g_hash_table_new(NULL, NULL);
	for (guint i = 0; i < migrations->len; i++) { /* parents come before children */
		struct iw_migration *migration = g_ptr_array_index(migrations, i);
		bool is_late = is_new(since, migration);
		for (guint j = 0; !is_late && migration->parents != NULL && j < migration->parents->len; j++)
			is_late = g_hash_table_contains(late, g_ptr_array_index(migration->parents, j));
		if (is_late)
			g_hash_table_add(late, migration);
		else
			g_ptr_array_add(since->order, migration);
	}
	for (guint i = 0; i < migrations->len; i++)
		if (g_hash_table_contains(late, g_ptr_array_index(migrations, i)))
			g_ptr_array_add(since->order, g_ptr_array_index(migrations, i));
}

static bool is_graph(const struct iw_cli *cli)
{
	return cli->project != NULL && cli->project->framework->select != NULL;
}

struct iw_since *iw_cli_since(struct iw_cli *cli, GPtrArray *migrations, GError **error)
{
	iw_arena *arena = cli->arena;
	g_autofree char *here = g_get_current_dir();
	g_autoptr(iw_git) git = iw_git_open(cli->project != NULL ? cli->project->directory : here, error);
	if (git == NULL)
		return NULL;
	struct iw_since *since = iw_new(arena, struct iw_since);
	since->kinds = iw_arena_hash_table(arena, NULL, NULL);
	since->order = iw_arena_ptr_array(arena);
	since->deleted = iw_arena_ptr_array(arena);
	GPtrArray *folders = folders_of(arena, git, migrations);
	if (folders->len == 1) /* no migration at all: whatever is there */
		g_ptr_array_insert(folders, 0, (char *)iw_git_top(git));
	GPtrArray *files = iw_arena_ptr_array(arena);
	for (guint i = 0; i < migrations->len; i++) {
		const struct iw_migration *migration = migrations->pdata[i];
		if (migration->up.path != NULL)
			g_ptr_array_add(files, (char *)migration->up.path);
	}
	g_ptr_array_add(files, NULL);
	GPtrArray *changes = iw_git_changes_since(git, arena, cli->options.since, (const char *const *)folders->pdata,
						  (const char *const *)files->pdata, &since->base, error);
	if (changes == NULL)
		return NULL;
	if (migrations->len > 0)
		match_changes(cli, since, migrations, changes);
	if (is_graph(cli))
		order_graph(since, migrations);
	else
		order_line(since, migrations);
	if (cli->project != NULL)
		cli->project->order = since->order;
	return since;
}

/* what is said of it ---------------------------------------------------------------------------------------------- */

static void report_changed(iw_lint *lint, const struct iw_since *since, const struct iw_since_one *one,
			   const struct iw_place *place)
{
	g_autofree char *message = NULL;
	if (one->kind == IW_SINCE_RENAMED) {
		g_autofree char *name = g_path_get_basename(one->old_name);
		message = g_strdup_printf("this migration was \"%s\" in %s: databases know it by that name", name,
					  since->base);
	} else {
		message = g_strdup_printf("this migration was there in %s and has been changed since: databases that "
					  "have run it will not see that",
					  since->base);
	}
	iw_lint_report(lint, iw_rule_find("changed-migration"), place, "Leave it as it was, and write a new migration.",
		       message);
}

void iw_cli_since_report(iw_lint *lint, const struct iw_since *since, const struct iw_migration *migration)
{
	const struct iw_since_one *one = one_of(since, migration);
	if (one == NULL || migration->up.path == NULL)
		return;
	g_autoptr(iw_source) source = iw_source_open(migration->up.path, migration->up.shown_path, NULL);
	struct iw_place place = {source, 0, 1};
	/* A repeatable one (Flyway's R__) is there to be changed. */
	if (one->kind != IW_SINCE_ADDED && !migration->is_repeatable)
		report_changed(lint, since, one, &place);
	if (one->before == NULL)
		return;
	g_autofree char *message =
		g_strdup_printf("this new migration stands before \"%s\", which was there in %s: databases that have "
				"run that one meet it out of order",
				one->before->name, since->base);
	iw_lint_report(lint, iw_rule_find("out-of-order"), &place, "Give it a name (or number) behind the newest one.",
		       message);
}
