/* All files of a project that may hold code: what is vendored, generated, ignored or no text is left out. */
#include "refs/refs_internal.h"

#include "base/error.h"
#include "framework/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEEPEST = 24, LARGEST = 4 << 20, MOST_FILES = 500000 };

/* Folders of other people's code and of what tools make. */
static const char *const not_ours[] = {
	"node_modules",	 "bower_components", "vendor",	    "venv",	     "env",
	"site-packages", "__pycache__",	     "dist",	    "build",	     "target",
	"coverage",	 "htmlcov",	     "generated",   "__generated__", "migrations",
	"third_party",	 "site-static",	     "staticfiles", "locale",	     "locales",
};

static const char *const endings[] = {
	".py",	   ".pyi",     ".ts",	  ".tsx",  ".mts",  ".cts",	 ".js",	   ".jsx",    ".mjs",	".cjs",
	".vue",	   ".svelte",  ".prisma", ".sql",  ".html", ".htm",	 ".jinja", ".jinja2", ".j2",	".erb",
	".txt.j2", ".go",      ".rb",	  ".java", ".kt",   ".php",	 ".rs",	   ".cs",     ".scala", ".ex",
	".exs",	   ".graphql", ".astro",  ".hbs",  ".ejs",  ".mustache", ".twig",  ".liquid",
};

/* One line of a .gitignore, in the folder `base`. */
struct pattern {
	const char *base;
	char *glob;
	bool is_negated, is_folder, is_anchored;
};

struct walk {
	iw_refs *refs;
	struct refs_private *self;
	GPtrArray *patterns; /* struct pattern *: of this folder and those above */
};

static bool is_in(const char *word, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(word, list[i]) == 0)
			return true;
	return false;
}

static void skip(iw_refs *refs, const char *path, const char *reason)
{
	struct iw_skipped_file *skipped = iw_new(refs->private->arena, struct iw_skipped_file);
	skipped->path = iw_path_shown(refs->private->arena, path);
	skipped->reason = iw_arena_strdup(refs->private->arena, reason);
	g_ptr_array_add(refs->skipped, skipped);
}

static void read_ignored(struct walk *walk, const char *folder)
{
	g_autofree char *path = g_build_filename(folder, ".gitignore", NULL);
	g_autofree char *text = NULL;
	if (!g_file_get_contents(path, &text, NULL, NULL))
		return;
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	for (char **line = lines; *line != NULL; line++) {
		char *glob = g_strchomp(*line);
		struct pattern *pattern = iw_new(walk->self->arena, struct pattern);
		pattern->is_negated = *glob == '!';
		glob += pattern->is_negated;
		size_t length = strlen(glob);
		if (length == 0 || *glob == '#')
			continue;
		pattern->is_folder = glob[length - 1] == '/';
		if (pattern->is_folder)
			glob[length - 1] = '\0';
		pattern->is_anchored = strchr(glob, '/') != NULL && !g_str_has_prefix(glob, "**/");
		glob += g_str_has_prefix(glob, "**/") ? 3 : *glob == '/' ? 1 : 0;
		pattern->base = iw_arena_strdup(walk->self->arena, folder);
		pattern->glob = iw_arena_strdup(walk->self->arena, glob);
		g_ptr_array_add(walk->patterns, pattern);
	}
}

/* The last pattern that fits decides. */
static bool is_ignored(const struct walk *walk, const char *path, const char *name, bool is_folder)
{
	for (guint i = walk->patterns->len; i-- > 0;) {
		const struct pattern *pattern = walk->patterns->pdata[i];
		if (pattern->is_folder && !is_folder)
			continue;
		const char *subject = pattern->is_anchored ? path + strlen(pattern->base) + 1 : name;
		if (g_pattern_match_simple(pattern->glob, subject))
			return !pattern->is_negated;
	}
	return false;
}

static bool has_known_ending(const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(endings); i++)
		if (g_str_has_suffix(name, endings[i]))
			return !g_str_has_suffix(name, ".min.js") && !g_str_has_suffix(name, ".d.ts");
	return false;
}

/* A virtual environment, or a folder of migrations (Drizzle's, Prisma's, Alembic's), whatever its name is. */
static bool is_marked(const char *path, const char *name)
{
	static const char *const marks[] = {"pyvenv.cfg", "meta/_journal.json", "migration_lock.toml"};
	for (size_t i = 0; i < G_N_ELEMENTS(marks); i++) {
		g_autofree char *mark = g_build_filename(path, marks[i], NULL);
		if (access(mark, F_OK) == 0)
			return true;
	}
	g_autofree char *environment = g_build_filename(path, "..", "env.py", NULL);
	return strcmp(name, "versions") == 0 && access(environment, F_OK) == 0;
}

static bool walk_folder(struct walk *walk, const char *path, int depth, GError **error);

static bool visit(struct walk *walk, const char *path, const struct iw_entry *entry, int depth)
{
	struct refs_private *self = walk->self;
	if (entry->name[0] == '.' || entry->is_link)
		return true;
	g_autofree char *full = g_build_filename(path, entry->name, NULL);
	if (is_ignored(walk, full, entry->name, entry->is_directory))
		return true;
	if (entry->is_directory) {
		bool is_left_out = is_in(entry->name, not_ours, G_N_ELEMENTS(not_ours)) || is_marked(full, entry->name);
		/* Below here it may be somebody's own reading: a folder that cannot be read is said, not an error. */
		g_autoptr(GError) failure = NULL;
		if (!is_left_out && !walk_folder(walk, full, depth + 1, &failure))
			skip(walk->refs, full, failure->message);
		return true;
	}
	if (entry->is_file && has_known_ending(entry->name) && !g_hash_table_contains(self->migrations, full))
		g_ptr_array_add(self->files, iw_arena_strdup(self->arena, full));
	return self->files->len < MOST_FILES;
}

static bool walk_folder(struct walk *walk, const char *path, int depth, GError **error)
{
	if (depth > DEEPEST)
		return iw_fail(error, IW_ERROR_INPUT, "folders are nested too deeply");
	g_autoptr(iw_arena) arena = iw_arena_new();
	GPtrArray *entries = iw_directory_list(arena, path, error);
	if (entries == NULL)
		return false;
	guint patterns = walk->patterns->len;
	read_ignored(walk, path);
	for (guint i = 0; i < entries->len; i++)
		if (!visit(walk, path, g_ptr_array_index(entries, i), depth))
			return iw_fail(error, IW_ERROR_INPUT, "there are more than %d files", MOST_FILES);
	g_ptr_array_set_size(walk->patterns, (gint)patterns);
	return true;
}

bool iw_refs_walk(iw_refs *refs, GError **error)
{
	struct walk walk = {refs, refs->private, iw_arena_ptr_array(refs->private->arena)};
	return walk_folder(&walk, refs->directory, 0, error);
}

/* read() of what fits into the buffer; false: an error. */
static bool read_all(GByteArray *buffer, int file, size_t size)
{
	g_byte_array_set_size(buffer, (guint)size + 1);
	size_t done = 0;
	while (done < size) {
		ssize_t got = read(file, buffer->data + done, size - done);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return false;
		if (got == 0)
			break;
		done += (size_t)got;
	}
	buffer->data[done] = '\0';
	g_byte_array_set_size(buffer, (guint)done + 1);
	return true;
}

bool iw_refs_read(iw_refs *refs, const char *path)
{
	struct refs_private *self = refs->private;
	int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat status;
	bool is_read = file >= 0 && fstat(file, &status) == 0 && S_ISREG(status.st_mode);
	if (is_read && status.st_size > LARGEST) {
		skip(refs, path, "larger than 4 MB");
		close(file);
		return false;
	}
	is_read = is_read && read_all(self->buffer, file, (size_t)status.st_size);
	if (file >= 0)
		close(file);
	if (!is_read)
		skip(refs, path, "cannot be read");
	else if (memchr(self->buffer->data, '\0', self->buffer->len - 1) != NULL) {
		skip(refs, path, "no text");
		is_read = false;
	}
	return is_read;
}
