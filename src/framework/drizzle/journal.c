/*
 * meta/_journal.json of Drizzle Kit 0.x. The order of its entries is the order of migrations; `when` is what the
 * database remembers. drizzle-kit runs what is newer than the newest row and skips the rest without a word: what it
 * would skip is reported here, and run by Inchworm all the same.
 */
#include "framework/drizzle/drizzle_internal.h"

#include "base/error.h"

#include <jansson.h>
#include <string.h>

struct journal {
	iw_arena *arena;
	struct iw_project *project;
	iw_source *source;
	struct iw_folder folder;
	GHashTable *files;   /* char * name of a .sql file: not yet claimed by an entry */
	GHashTable *tags;    /* char * tag -> struct iw_migration * */
	GHashTable *indexes; /* idx + 1 -> tag */
	struct iw_migration *newest;
};

static bool fail_syntax(const iw_source *source, const json_error_t *cause, GError **error)
{
	size_t offset = cause->position > 0 ? (size_t)cause->position - 1 : 0;
	struct iw_place place = {source, MIN(source->start + offset, source->length), 1};
	struct iw_line_column at = iw_source_locate(source, place.offset);
	iw_fail_at(error, IW_ERROR_INPUT, &place, "%s:%d: this is not JSON: %s", source->path, at.line, cause->text);
	iw_error_hint(error, "After a merge, resolve the conflict in the journal: keep the entries of both sides.");
	return false;
}

static void complain(struct journal *journal, bool is_error, const char *hint, const char *format, ...)
	G_GNUC_PRINTF(4, 5);
static void complain(struct journal *journal, bool is_error, const char *hint, const char *format, ...)
{
	va_list list;
	va_start(list, format);
	g_autofree char *message = g_strdup_vprintf(format, list);
	va_end(list);
	struct iw_problem problem = {
		.is_error = is_error,
		.path = journal->source->path,
		.message = iw_arena_strdup(journal->arena, message),
		.hint = hint,
	};
	iw_project_problem(journal->arena, journal->project, &problem);
}

static bool list_files(struct journal *journal, const char *directory, GError **error)
{
	GPtrArray *entries = iw_directory_list(journal->arena, directory, error);
	for (guint i = 0; entries != NULL && i < entries->len; i++) {
		const struct iw_entry *entry = g_ptr_array_index(entries, i);
		if (entry->is_file && g_str_has_suffix(entry->name, ".sql"))
			g_hash_table_add(journal->files, (char *)entry->name);
	}
	return entries != NULL;
}

/* "0003_calm_hero" has a number and a title; other prefixes are possible, and none. */
static void split_tag(iw_arena *arena, struct iw_migration *migration)
{
	size_t digits = strspn(migration->name, "0123456789");
	if (digits == 0 || migration->name[digits] != '_' || migration->name[digits + 1] == '\0')
		return;
	migration->version = iw_arena_strndup(arena, migration->name, digits);
	migration->title = migration->name + digits + 1;
}

struct iw_migration *iw_drizzle_migration_new(iw_arena *arena, const char *name, struct iw_script up)
{
	up.breakpoint = IW_DRIZZLE_BREAKPOINT;
	up.is_atomic = true;
	struct iw_migration *migration = iw_migration_new(arena, name, up);
	struct iw_drizzle_migration *data = iw_new(arena, struct iw_drizzle_migration);
	data->hook.arena = arena;
	migration->framework_data = data;
	split_tag(arena, migration);
	return migration;
}

static void check_order(struct journal *journal, struct iw_migration *migration)
{
	const struct iw_migration *newest = journal->newest;
	if (newest == NULL || migration->when_ms > newest->when_ms) {
		journal->newest = migration;
		return;
	}
	const char *how = migration->when_ms == newest->when_ms ? "the same" : "an older";
	complain(journal, false, "Inchworm runs it; drizzle-kit does once its `when` is raised above the others.",
		 "\"%s\" has %s `when` than \"%s\", which stands before it: drizzle-kit skips it silently on every "
		 "database that "
		 "has the other",
		 migration->name, how, newest->name);
}

static void check_twice(struct journal *journal, struct iw_migration *migration, json_int_t idx)
{
	iw_arena *arena = journal->arena;
	if (g_hash_table_contains(journal->tags, migration->name)) {
		iw_migration_complain(arena, migration, "the journal lists \"%s\" twice", migration->name);
		iw_error_hint(&migration->problem, "Delete one of the two entries in %s.", journal->source->path);
	} else {
		g_hash_table_insert(journal->tags, (char *)migration->name, migration);
	}
	const char *other = g_hash_table_lookup(journal->indexes, GINT_TO_POINTER((int)idx + 1));
	if (other != NULL && strcmp(other, migration->name) != 0)
		complain(journal, false,
			 "Harmless for running; it comes from merging two branches. Renumber the later one.",
			 "\"%s\" and \"%s\" have the same idx %lld", other, migration->name, (long long)idx);
	g_hash_table_insert(journal->indexes, GINT_TO_POINTER((int)idx + 1), (char *)migration->name);
}

static void check_file(struct journal *journal, struct iw_migration *migration)
{
	const char *name = iw_arena_printf(journal->arena, "%s.sql", migration->name);
	if (strchr(migration->name, '/') != NULL || strchr(migration->name, '\\') != NULL) {
		iw_migration_complain(journal->arena, migration, "the tag \"%s\" in the journal is not a file name",
				      migration->name);
	} else if (!g_hash_table_remove(journal->files, name) && !iw_path_is_file(migration->up.path) &&
		   !g_hash_table_contains(journal->tags, migration->name)) {
		iw_migration_complain(journal->arena, migration, "the journal lists \"%s\", but there is no file %s",
				      migration->name, migration->up.shown_path);
		iw_error_hint(&migration->problem, "Put the file back, or delete its entry in %s.",
			      journal->source->path);
	}
}

static bool add_entry(struct journal *journal, const json_t *entry, size_t number, GError **error)
{
	const char *tag = json_string_value(json_object_get(entry, "tag"));
	const json_t *when = json_object_get(entry, "when");
	if (tag == NULL || *tag == '\0' || !json_is_number(when))
		return iw_fail(error, IW_ERROR_INPUT, "%s: entry %zu has no \"tag\" or no \"when\"",
			       journal->source->path, number);
	const char *name = iw_arena_strdup(journal->arena, tag);
	const char *file = iw_arena_printf(journal->arena, "%s.sql", name);
	struct iw_script up = iw_folder_script(journal->arena, journal->folder, file);
	struct iw_migration *migration = iw_drizzle_migration_new(journal->arena, name, up);
	migration->when_ms = (gint64)json_number_value(when);
	const char *down = iw_arena_printf(journal->arena, "%s.down.sql", name);
	if (g_hash_table_remove(journal->files, down))
		iw_migration_down_file(journal->arena, journal->folder, down, migration);
	check_file(journal, migration);
	const json_t *idx = json_object_get(entry, "idx");
	check_twice(journal, migration, json_is_integer(idx) ? json_integer_value(idx) : (json_int_t)number - 1);
	check_order(journal, migration);
	iw_project_add(journal->project, migration);
	return true;
}

static gint by_text(gconstpointer a, gconstpointer b)
{
	return strcmp(a, b);
}

static void report_orphans(struct journal *journal)
{
	GList *names = g_list_sort(g_hash_table_get_keys(journal->files), by_text);
	for (GList *item = names; item != NULL; item = item->next) {
		struct iw_script script = iw_folder_script(journal->arena, journal->folder, item->data);
		struct iw_problem problem = {
			.path = script.shown_path,
			.message = iw_arena_printf(journal->arena, "\"%s\" is not in the journal: it is never run",
						   script.shown_path),
			.hint = "Add an entry for it to meta/_journal.json, or delete it.",
		};
		iw_project_problem(journal->arena, journal->project, &problem);
	}
	g_list_free(names);
}

static bool add_entries(struct journal *journal, const json_t *json, GError **error)
{
	const json_t *entries = json_object_get(json, "entries");
	if (!json_is_array(entries))
		return iw_fail(error, IW_ERROR_INPUT, "%s has no list \"entries\"", journal->source->path);
	size_t index;
	const json_t *entry;
	json_array_foreach(entries, index, entry) if (!add_entry(journal, entry, index + 1, error)) return false;
	report_orphans(journal);
	return true;
}

bool iw_drizzle_read_journal(iw_arena *arena, struct iw_project *project, const char *directory, const char **dialect,
			     GError **error)
{
	struct journal journal = {.arena = arena, .project = project, .folder = iw_folder_of(arena, directory)};
	journal.source = iw_arena_source(arena, iw_path_join(arena, directory, "meta/_journal.json"), error);
	if (journal.source == NULL)
		return false;
	journal.files = iw_arena_hash_table(arena, g_str_hash, g_str_equal);
	journal.tags = iw_arena_hash_table(arena, g_str_hash, g_str_equal);
	journal.indexes = iw_arena_hash_table(arena, g_direct_hash, g_direct_equal);
	if (!list_files(&journal, directory, error))
		return false;
	const iw_source *source = journal.source;
	json_error_t cause;
	json_t *json = json_loadb(source->text + source->start, source->length - source->start, 0, &cause);
	if (json == NULL)
		return fail_syntax(source, &cause, error);
	*dialect = iw_arena_strdup(arena, json_string_value(json_object_get(json, "dialect")));
	bool is_good = add_entries(&journal, json, error);
	json_decref(json);
	return is_good;
}
