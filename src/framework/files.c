/* Folders, paths and sources of a project; see files.h. */
#include "framework/files.h"

#include "base/error.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static gint by_name(gconstpointer a, gconstpointer b)
{
	const struct iw_entry *left = *(struct iw_entry *const *)a;
	const struct iw_entry *right = *(struct iw_entry *const *)b;
	return strcmp(left->name, right->name);
}

static void classify(struct iw_entry *entry, int folder, const struct dirent *found)
{
	entry->is_directory = found->d_type == DT_DIR;
	entry->is_file = found->d_type == DT_REG;
	entry->is_link = found->d_type == DT_LNK;
	if (found->d_type != DT_LNK && found->d_type != DT_UNKNOWN)
		return;
	struct stat status;
	if (fstatat(folder, found->d_name, &status, 0) != 0)
		return;
	entry->is_directory = S_ISDIR(status.st_mode);
	entry->is_file = S_ISREG(status.st_mode);
}

GPtrArray *iw_directory_list(iw_arena *arena, const char *path, GError **error)
{
	DIR *folder = opendir(path);
	if (folder == NULL) {
		iw_fail(error, IW_ERROR_INPUT, "could not read the folder \"%s\": %s", iw_path_shown(arena, path),
			g_strerror(errno));
		return NULL;
	}
	GPtrArray *entries = iw_arena_ptr_array(arena);
	const struct dirent *found;
	while ((found = readdir(folder)) != NULL) {
		if (strcmp(found->d_name, ".") == 0 || strcmp(found->d_name, "..") == 0)
			continue;
		struct iw_entry *entry = iw_new(arena, struct iw_entry);
		entry->name = iw_arena_strdup(arena, found->d_name);
		classify(entry, dirfd(folder), found);
		g_ptr_array_add(entries, entry);
	}
	closedir(folder);
	g_ptr_array_sort(entries, by_name);
	return entries;
}

const struct iw_entry *iw_directory_find(const GPtrArray *entries, const char *name)
{
	guint low = 0, high = entries->len;
	while (low < high) {
		guint middle = low + (high - low) / 2;
		const struct iw_entry *entry = entries->pdata[middle];
		int order = strcmp(entry->name, name);
		if (order == 0)
			return entry;
		low = order < 0 ? middle + 1 : low;
		high = order < 0 ? high : middle;
	}
	return NULL;
}

bool iw_path_is_file(const char *path)
{
	struct stat status;
	return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

bool iw_path_is_directory(const char *path)
{
	struct stat status;
	return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

const char *iw_path_join(iw_arena *arena, const char *base, const char *name)
{
	g_autofree char *path = g_canonicalize_filename(name, base);
	return iw_arena_strdup(arena, path);
}

const char *iw_path_parent(iw_arena *arena, const char *path)
{
	g_autofree char *parent = g_path_get_dirname(path);
	return iw_arena_strdup(arena, parent);
}

/* "../../x" for a neighbour, or NULL when more than `most` steps up would be needed. */
static char *climb(const char *from, const char *to, int most)
{
	GString *relative = g_string_new(NULL);
	g_autofree char *base = g_strdup(from);
	for (int steps = 0; steps <= most; steps++) {
		size_t length = strlen(base);
		bool is_below = strncmp(to, base, length) == 0 && (to[length] == '/' || to[length] == '\0');
		if (is_below && length > 1) {
			g_string_append(relative, to[length] == '\0' ? "" : to + length + 1);
			return g_string_free(relative, FALSE);
		}
		char *slash = strrchr(base, '/');
		if (slash == NULL || slash == base)
			break;
		*slash = '\0';
		g_string_append(relative, "../");
	}
	g_string_free(relative, TRUE);
	return NULL;
}

const char *iw_path_shown(iw_arena *arena, const char *path)
{
	g_autofree char *here = g_get_current_dir();
	g_autofree char *relative = climb(here, path, 3);
	const char *shown = relative == NULL ? path : *relative == '\0' ? "." : relative;
	size_t length = strlen(shown);
	if (relative != NULL && length > 1 && shown[length - 1] == '/')
		relative[length - 1] = '\0';
	g_autofree char *valid = g_utf8_make_valid(shown, -1);
	return iw_arena_strdup(arena, valid);
}

const char *iw_path_first_file(iw_arena *arena, const char *directory, const char *const *names)
{
	for (; *names != NULL; names++) {
		g_autofree char *path = g_build_filename(directory, *names, NULL);
		if (iw_path_is_file(path))
			return iw_path_join(arena, directory, *names);
	}
	return NULL;
}

static bool has_any(const char *directory, const char *const *names)
{
	for (; *names != NULL; names++) {
		g_autofree char *path = g_build_filename(directory, *names, NULL);
		if (access(path, F_OK) == 0)
			return true;
	}
	return false;
}

const char *iw_path_repository(iw_arena *arena, const char *directory)
{
	static const char *const repository[] = {".git", NULL};
	static const char *const packages[] = {"package.json", "go.mod",	"Cargo.toml", "pom.xml",
					       "build.gradle", "inchworm.yaml", NULL};
	const char *top = directory;
	for (const char *at = directory; strcmp(at, "/") != 0; at = iw_path_parent(arena, at)) {
		if (has_any(at, repository))
			return at;
		if (has_any(at, packages))
			top = at;
	}
	return top;
}

iw_source *iw_arena_source(iw_arena *arena, const char *path, GError **error)
{
	iw_source *source = iw_source_open(path, iw_path_shown(arena, path), error);
	if (source != NULL)
		iw_arena_defer(arena, (GDestroyNotify)iw_source_unref, source);
	return source;
}

const char *iw_sha256(iw_arena *arena, const char *bytes, size_t length)
{
	g_autofree char *digest = g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)bytes, length);
	return iw_arena_strdup(arena, digest);
}
