/* Finding which framework a folder uses, and opening it; see framework.h. */
#include "framework/framework_internal.h"

#include "base/error.h"
#include "framework/settings.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

const struct iw_framework *const iw_frameworks[] = {
	&iw_alembic,	    &iw_django, &iw_prisma, &iw_drizzle, &iw_inchworm_sql,
	&iw_golang_migrate, &iw_goose,	&iw_dbmate, &iw_flyway,	 NULL,
};

enum { DEEPEST = 8, MOST_FOLDERS = 4000 };

/* One place that looks like a project. */
struct candidate {
	const struct iw_framework *framework;
	const char *directory, *why;
	int score;
};

struct search {
	iw_arena *arena;
	const struct iw_framework *only; /* NULL: all */
	GPtrArray *found;		 /* struct candidate * */
	int folders;
	bool in_tests; /* folders of tests and examples, too */
	const struct iw_project_options *options;
	const struct iw_settings *settings;
};

static const struct iw_framework *find_framework(const char *name, GError **error)
{
	g_autoptr(GString) known = g_string_new(NULL);
	for (size_t i = 0; iw_frameworks[i] != NULL; i++) {
		if (g_ascii_strcasecmp(iw_frameworks[i]->name, name) == 0)
			return iw_frameworks[i];
		g_string_append_printf(known, "%s%s", i > 0 ? ", " : "", iw_frameworks[i]->name);
	}
	iw_fail(error, IW_ERROR_USAGE, "unknown framework \"%s\"", name);
	iw_error_hint(error, "Known are %s.", known->str);
	return NULL;
}

/* The best of one folder; two of equal rank are both kept, for the user to decide. */
static bool look_at(struct search *search, const char *directory)
{
	guint before = search->found->len;
	int best = 0;
	for (size_t i = 0; iw_frameworks[i] != NULL; i++) {
		if (search->only != NULL && search->only != iw_frameworks[i])
			continue;
		const char *why = NULL;
		g_autoptr(iw_arena) scratch = iw_arena_new(); /* a folder may list ten thousand files */
		int score = iw_frameworks[i]->detect(scratch, directory, &why);
		if (score == 0 || score < best)
			continue;
		why = iw_arena_strdup(search->arena, why);
		if (score > best)
			g_ptr_array_set_size(search->found, (gint)before);
		best = score;
		struct candidate *candidate = iw_new(search->arena, struct candidate);
		*candidate = (struct candidate){iw_frameworks[i], directory, why, score};
		g_ptr_array_add(search->found, candidate);
	}
	return best > 0;
}

static bool is_one_of(const char *name, const char *const *names)
{
	for (; *names != NULL; names++)
		if (strcmp(name, *names) == 0)
			return true;
	return false;
}

static bool is_worth_entering(const struct search *search, const struct iw_entry *entry)
{
	static const char *const skipped[] = {"node_modules", "vendor",	  "dist", "build", "target", "__pycache__",
					      "venv",	      "coverage", "out",  "bin",   "obj",    NULL};
	static const char *const tests[] = {"test",    "tests", "__tests__", "testdata", "fixtures", "examples",
					    "example", "spec",	"e2e",	     "docs",	 NULL};
	if (!entry->is_directory || entry->is_link || entry->name[0] == '.' || is_one_of(entry->name, skipped))
		return false;
	return search->in_tests || !is_one_of(entry->name, tests);
}

/* Below a folder that is a project nothing more is looked for: what is there belongs to it. */
static void look_below(struct search *search, const char *directory, int depth)
{
	g_autoptr(iw_arena) scratch = iw_arena_new();
	GPtrArray *entries = iw_directory_list(scratch, directory, NULL);
	for (guint i = 0; entries != NULL && i < entries->len && search->folders < MOST_FOLDERS; i++) {
		const struct iw_entry *entry = g_ptr_array_index(entries, i);
		if (!is_worth_entering(search, entry))
			continue;
		search->folders++;
		const char *path = iw_path_join(search->arena, directory, entry->name);
		if (!look_at(search, path) && depth < DEEPEST)
			look_below(search, path, depth + 1);
	}
}

/*
 * Started within a project, "prisma/" or "drizzle/" for one, whose own folder says little: the same framework's folder
 * above is meant when it says more.
 */
static void prefer_parent(struct search *search, const char *directory, const char *top)
{
	struct candidate *inner = g_ptr_array_index(search->found, 0);
	if (search->found->len != 1 || inner->score >= IW_DETECT_CONFIG || strcmp(directory, top) == 0)
		return;
	const char *at = directory;
	for (int steps = 0; steps < 3 && strcmp(at, top) != 0; steps++) {
		const char *why = NULL;
		at = iw_path_parent(search->arena, at);
		int score = inner->framework->detect(search->arena, at, &why);
		if (score > inner->score)
			*inner = (struct candidate){inner->framework, at, why, score};
	}
}

static void look_everywhere(struct search *search, const char *directory)
{
	const char *top = iw_path_repository(search->arena, directory);
	for (const char *at = directory;; at = iw_path_parent(search->arena, at)) {
		if (look_at(search, at)) {
			prefer_parent(search, at, top);
			return;
		}
		if (strcmp(at, top) == 0)
			break;
	}
	look_below(search, directory, 1);
	if (search->found->len == 0) {
		search->in_tests = true;
		search->folders = 0;
		look_below(search, directory, 1);
	}
}

static void take_url(iw_arena *arena, struct iw_project *project, const struct iw_settings *settings)
{
	struct iw_project_options none = {0};
	if (settings->path == NULL || project->url != NULL)
		return;
	const char *shown = iw_path_shown(arena, settings->path);
	const char *base = iw_path_parent(arena, settings->path);
	if (settings->url != NULL) {
		iw_project_set_url(arena, project, &none, settings->url, iw_arena_printf(arena, "%s: url", shown),
				   base);
		return;
	}
	if (settings->url_env == NULL)
		return;
	struct iw_environment *environment = iw_environment_new(arena);
	iw_environment_load(environment, iw_path_join(arena, base, ".env"), true);
	const char *url = iw_environment_get(environment, settings->url_env);
	iw_project_set_url(arena, project, &none, url,
			   iw_arena_printf(arena, "%s: url_env %s", shown, settings->url_env), base);
	if (url == NULL)
		project->url_missing =
			iw_arena_printf(arena, "%s names the variable %s, which is not set", shown, settings->url_env);
}

static struct iw_project *open_candidate(const struct search *search, const struct candidate *candidate, GError **error)
{
	iw_arena *arena = search->arena;
	struct iw_project *project = iw_new(arena, struct iw_project);
	project->framework = candidate->framework;
	project->directory = candidate->directory;
	project->migrations = iw_arena_ptr_array(arena);
	project->problems = iw_arena_ptr_array(arena);
	project->limits = search->settings->limits;
	project->backfill = search->settings->backfill;
	project->lint = search->settings->lint;
	project->may_delegate = search->settings->may_delegate;
	project->engine = search->settings->engine;
	iw_project_set_url(arena, project, search->options, NULL, NULL, NULL);
	take_url(arena, project, search->settings);
	return project->framework->open(arena, search->options, project, error) ? project : NULL;
}

/* Is `directory` above the migrations? */
static bool holds_migrations(const struct search *search, const char *migrations, const char *directory)
{
	g_autofree char *shown = g_strconcat(iw_path_shown(search->arena, directory), "/", NULL);
	return g_str_has_prefix(migrations, shown);
}

/* Its `migrations_directory`; NULL: it cannot be opened. */
static const char *find_migrations(const struct search *search, const struct candidate *candidate)
{
	struct iw_project_options options = *search->options;
	options.only_finds = true;
	struct search finding = *search;
	finding.options = &options;
	const struct iw_project *project = open_candidate(&finding, candidate, NULL);
	return project == NULL ? NULL : project->migrations_directory;
}

/* In a workspace several folders' configurations may name the same migrations: they are one project, that around them.
 */
static void merge_same_migrations(struct search *search)
{
	g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal); /* folder -> struct candidate * */
	GPtrArray *all = iw_arena_ptr_array(search->arena);
	for (guint i = 0; i < search->found->len; i++) {
		struct candidate *one = g_ptr_array_index(search->found, i);
		const char *migrations = find_migrations(search, one);
		struct candidate *other = migrations == NULL ? NULL : g_hash_table_lookup(seen, migrations);
		if (other == NULL || other->framework != one->framework) {
			g_ptr_array_add(all, one);
			if (migrations != NULL)
				g_hash_table_insert(seen, (char *)migrations, one);
		} else if (one->score > other->score ||
			   (one->score == other->score && holds_migrations(search, migrations, one->directory))) {
			*other = *one; /* configuration beats a folder that only looks like it */
		}
	}
	search->found = all;
}

static void fail_several(const struct search *search, GError **error)
{
	const struct candidate *first = g_ptr_array_index(search->found, 0);
	bool is_one_folder = true;
	g_autoptr(GString) list = g_string_new(NULL);
	for (guint i = 0; i < search->found->len; i++) {
		const struct candidate *one = g_ptr_array_index(search->found, i);
		is_one_folder = is_one_folder && strcmp(one->directory, first->directory) == 0;
		g_string_append_printf(list, "%s%s in %s (%s)", i > 0 ? "; " : "", one->framework->title,
				       iw_path_shown(search->arena, one->directory), one->why);
	}
	iw_fail(error, IW_ERROR_PROJECT, "found %u projects, and only one can be worked on at a time",
		search->found->len);
	iw_error_detail(error, "They are: %s.", list->str);
	if (is_one_folder)
		iw_error_hint(error, "Say which with --framework %s, or with `framework:` in inchworm.yaml.",
			      first->framework->name);
	else
		iw_error_hint(error, "Say which with --directory %s, or with `directory:` in inchworm.yaml.",
			      iw_path_shown(search->arena, first->directory));
}

static const struct candidate *decide(struct search *search, const char *start, GError **error)
{
	if (search->found->len > 1)
		merge_same_migrations(search);
	if (search->found->len == 1)
		return g_ptr_array_index(search->found, 0);
	if (search->found->len > 1) {
		fail_several(search, error);
		return NULL;
	}
	if (search->only != NULL) { /* its own `open` says best what is missing */
		struct candidate *candidate = iw_new(search->arena, struct candidate);
		*candidate = (struct candidate){search->only, start, "asked for", 0};
		return candidate;
	}
	iw_fail(error, IW_ERROR_PROJECT, "found no migrations in \"%s\"", iw_path_shown(search->arena, start));
	iw_error_hint(
		error,
		"Looked for Alembic, Django, Prisma, Drizzle, Flyway, goose, dbmate, golang-migrate and plain .sql "
		"migrations here, "
		"in the folders above up to the repository's root, and below. Name the folder with --migrations "
		"DIR and the tool with --framework NAME.");
	return NULL;
}

/* What is not given on the command line comes from inchworm.yaml, its paths from that file's folder. */
static bool merge(iw_arena *arena, struct iw_project_options *options, const struct iw_settings *settings,
		  const char **start, GError **error)
{
	if (settings->path == NULL)
		return true;
	const char *base = iw_path_parent(arena, settings->path);
	if (options->migrations == NULL && settings->migrations != NULL)
		options->migrations = iw_path_join(arena, base, settings->migrations);
	if (options->framework == NULL)
		options->framework = settings->framework;
	if (options->database == NULL)
		options->database = settings->database;
	if (options->dialect == NULL)
		options->dialect = settings->dialect;
	if (settings->directory != NULL)
		*start = iw_path_join(arena, base, settings->directory);
	else if (settings->framework != NULL || settings->migrations != NULL)
		*start = base;
	if (!iw_path_is_directory(*start))
		return iw_fail(error, IW_ERROR_PROJECT, "%s: the folder \"%s\" does not exist",
			       iw_path_shown(arena, settings->path), settings->directory);
	return true;
}

static const char *start_directory(iw_arena *arena, const char *directory, GError **error)
{
	char *real = realpath(directory == NULL ? "." : directory, NULL);
	if (real == NULL) {
		iw_fail(error, IW_ERROR_PROJECT, "could not open the folder \"%s\": %s",
			directory == NULL ? "." : directory, g_strerror(errno));
		return NULL;
	}
	const char *start = iw_arena_strdup(arena, real);
	free(real);
	if (iw_path_is_directory(start))
		return start;
	iw_fail(error, IW_ERROR_PROJECT, "\"%s\" is not a folder", directory);
	return NULL;
}

static const struct candidate *find_project(struct search *search, const char *start, GError **error)
{
	const struct iw_project_options *options = search->options;
	if (options->framework != NULL && (search->only = find_framework(options->framework, error)) == NULL)
		return NULL;
	if (search->only != NULL && look_at(search, start))
		return decide(search, start, error);
	if (options->migrations != NULL && !iw_path_is_directory(options->migrations)) {
		iw_fail(error, IW_ERROR_PROJECT, "the folder \"%s\" does not exist",
			iw_path_shown(search->arena, options->migrations));
		return NULL;
	}
	if (options->migrations != NULL && search->only == NULL && look_at(search, options->migrations)) {
		for (guint i = 0; i < search->found->len; i++)
			((struct candidate *)g_ptr_array_index(search->found, i))->directory = start;
		return decide(search, start, error);
	}
	if (options->migrations == NULL)
		look_everywhere(search, start);
	return decide(search, start, error);
}

static bool has_ending(const struct iw_framework *framework, const char *wanted, GError **error)
{
	const char *ending = framework->ending != NULL ? framework->ending : ".sql";
	return wanted == NULL || strcmp(ending, wanted) == 0 ||
	       iw_fail(error, IW_ERROR_PROJECT, "the migrations of %s are %s files, not %s files", framework->title,
		       ending, wanted);
}

struct iw_project *iw_project_open(iw_arena *arena, const struct iw_project_options *given, GError **error)
{
	struct iw_project_options options = given == NULL ? (struct iw_project_options){0} : *given;
	struct iw_settings settings;
	const char *start = start_directory(arena, options.directory, error);
	if (start == NULL || !iw_settings_read(arena, options.config, start, &settings, error))
		return NULL;
	if (options.migrations != NULL)
		options.migrations = iw_path_join(arena, start, options.migrations);
	if (!merge(arena, &options, &settings, &start, error))
		return NULL;
	const iw_project_on_url on_url = options.on_url;
	options.on_url = NULL; /* until it is decided which project it is */
	struct search search = {
		.arena = arena,
		.found = iw_arena_ptr_array(arena),
		.options = &options,
		.settings = &settings,
	};
	const struct candidate *candidate = find_project(&search, start, error);
	options.on_url = on_url;
	if (candidate == NULL || !has_ending(candidate->framework, options.ending, error))
		return NULL;
	return open_candidate(&search, candidate, error);
}

/* migrations --------------------------------------------------------------------------------------------------- */

static void fail_ambiguous(const struct iw_project *project, const char *wanted, guint count, GError **error)
{
	g_autoptr(GString) names = g_string_new(NULL);
	for (guint i = 0; i < project->migrations->len && names->len < 400; i++) {
		const struct iw_migration *one = g_ptr_array_index(project->migrations, i);
		if (g_str_has_prefix(one->name, wanted))
			g_string_append_printf(names, "%s%s", names->len > 0 ? ", " : "", one->name);
	}
	iw_fail(error, IW_ERROR_USAGE, "\"%s\" could be any of %u migrations", wanted, count);
	iw_error_detail(error, "They are: %s.", names->str);
}

struct iw_migration *iw_project_find(const struct iw_project *project, const char *wanted, GError **error)
{
	struct iw_migration *found = NULL;
	guint count = 0;
	for (guint i = 0; i < project->migrations->len; i++) {
		struct iw_migration *one = g_ptr_array_index(project->migrations, i);
		if (strcmp(one->name, wanted) == 0)
			return one;
		if (one->version != NULL && strcmp(one->version, wanted) == 0) {
			found = one;
			count = 1;
			break;
		}
		if (*wanted != '\0' && g_str_has_prefix(one->name, wanted)) {
			found = one;
			count++;
		}
	}
	if (count == 1)
		return found;
	if (count > 1) {
		fail_ambiguous(project, wanted, count, error);
		return NULL;
	}
	iw_fail(error, IW_ERROR_USAGE, "there is no migration \"%s\" in \"%s\"", wanted, project->migrations_directory);
	iw_error_hint(
		error,
		"`inchworm history` lists them. The first characters of a name are enough where they fit only one.");
	return NULL;
}

static bool prepare(struct iw_migration *migration, const iw_source *source, GError **error)
{
	struct iw_migration_hook *hook = migration->framework_data;
	if (hook == NULL || hook->prepare == NULL || hook->is_prepared)
		return true;
	if (!hook->prepare(migration, source, error))
		return false;
	hook->is_prepared = true;
	return true;
}

/* Finds the sections of the file on its first use; then the text that is run. */
static iw_source *take_source(struct iw_migration *migration, iw_source *source, bool is_up_file, GError **error)
{
	struct iw_migration_hook *hook = migration->framework_data;
	if (is_up_file && !prepare(migration, source, error))
		return NULL;
	return hook != NULL && hook->render != NULL ? hook->render(migration, source, error) : iw_source_ref(source);
}

struct text_hook {
	struct iw_migration_hook base;
	const char *text;
};

static iw_source *source_of_text(const struct iw_migration *migration, enum iw_direction direction, GError **error)
{
	const struct text_hook *hook = migration->framework_data;
	(void)direction;
	(void)error;
	return iw_source_from_text(hook->text, strlen(hook->text), migration->name);
}

struct iw_migration *iw_migration_of_text(iw_arena *arena, const char *name, const char *text)
{
	struct text_hook *hook = iw_new(arena, struct text_hook);
	*hook = (struct text_hook){{.arena = arena, .make = source_of_text}, text};
	struct iw_migration *migration = iw_new(arena, struct iw_migration);
	*migration = (struct iw_migration){
		.name = name,
		.up = {.path = name, .shown_path = name, .length = SIZE_MAX},
		.framework_data = hook,
	};
	return migration;
}

iw_source *iw_migration_open(const struct iw_migration *read_only, enum iw_direction direction, GError **error)
{
	struct iw_migration *migration = (struct iw_migration *)read_only; /* sections are found on first use */
	if (migration->problem != NULL) {
		g_propagate_error(error, g_error_copy(migration->problem));
		return NULL;
	}
	const struct iw_script *script = direction == IW_UP ? &migration->up : &migration->down;
	if (script->path == NULL)
		return NULL;
	const struct iw_migration_hook *hook = migration->framework_data;
	if (hook != NULL && hook->make != NULL)
		return hook->make(migration, direction, error);
	g_autoptr(iw_source) source = iw_source_open(script->path, script->shown_path, error);
	if (source == NULL)
		return NULL;
	bool is_up_file = strcmp(migration->up.path, script->path) == 0;
	g_autoptr(iw_source) taken = take_source(migration, source, is_up_file, error);
	return taken == NULL || script->path == NULL ? NULL : g_steal_pointer(&taken);
}

void iw_migration_forget(struct iw_migration *migration)
{
	struct iw_migration_hook *hook = migration->framework_data;
	if (hook == NULL)
		return;
	hook->is_prepared = false;
	if (hook->forget != NULL)
		hook->forget(migration);
}
