/* The table of tools, finding and opening their folders; see sqltools_internal.h. */
#include "framework/sqltools/sqltools_internal.h"

#include "base/error.h"

#include <stdint.h>
#include <string.h>

static const struct sql_tool tools[];

/* names of files --------------------------------------------------------------------------------------------------- */

static bool is_sql(const char *file)
{
	return g_str_has_suffix(file, ".sql");
}

/* "0001_add_users.sql": digits, and what follows the first "_". */
static bool split_numbered(iw_arena *arena, const char *file, size_t end, struct sql_name *name)
{
	size_t digits = strspn(file, "0123456789");
	if (digits == 0 || digits > 18)
		return false;
	name->version = iw_arena_strndup(arena, file, digits);
	size_t title = digits + strspn(file + digits, "_-");
	name->title = title < end ? iw_arena_strndup(arena, file + title, end - title) : name->version;
	return true;
}

static bool parse_golang_migrate(iw_arena *arena, const char *file, struct sql_name *name)
{
	size_t digits = strspn(file, "0123456789");
	const char *up = g_strrstr(file, ".up.");
	const char *down = g_strrstr(file, ".down.");
	const char *end = up > down ? up : down;
	if (end == NULL || file[digits] != '_' || !split_numbered(arena, file, (size_t)(end - file), name))
		return false;
	name->direction = end == up ? IW_UP : IW_DOWN;
	name->name = iw_arena_strndup(arena, file, (size_t)(end - file));
	return true;
}

static bool parse_goose(iw_arena *arena, const char *file, struct sql_name *name)
{
	size_t digits = strspn(file, "0123456789");
	bool is_go = g_str_has_suffix(file, ".go") && !g_str_has_suffix(file, "_test.go");
	if ((!is_sql(file) && !is_go) || file[digits] != '_')
		return false;
	name->name = file;
	return split_numbered(arena, file, strlen(file) - (is_go ? 3 : 4), name) &&
	       g_ascii_strtoull(name->version, NULL, 10) > 0;
}

static bool parse_dbmate(iw_arena *arena, const char *file, struct sql_name *name)
{
	name->name = file;
	return is_sql(file) && split_numbered(arena, file, strlen(file) - 4, name);
}

/* NNN_name.sql, or NNN_name.up.sql with NNN_name.down.sql */
static bool parse_inchworm(iw_arena *arena, const char *file, struct sql_name *name)
{
	if (!is_sql(file))
		return false;
	size_t end = strlen(file) - 4;
	bool is_up = end > 3 && strncmp(file + end - 3, ".up", 3) == 0;
	bool is_down = end > 5 && strncmp(file + end - 5, ".down", 5) == 0;
	end -= is_up ? 3 : is_down ? 5 : 0;
	name->direction = is_down ? IW_DOWN : IW_UP;
	name->name = iw_arena_strndup(arena, file, end);
	return split_numbered(arena, file, end, name);
}

/* configuration ---------------------------------------------------------------------------------------------------- */

static void take_table(struct sql_opening *opening, const char *table)
{
	const char *dot = table == NULL ? NULL : strchr(table, '.');
	if (table == NULL || *table == '\0')
		return;
	opening->table = dot == NULL ? table : dot + 1;
	if (dot != NULL)
		opening->schema = iw_arena_strndup(opening->arena, table, (size_t)(dot - table));
}

static bool configure_dbmate(struct sql_opening *opening, GError **error)
{
	(void)error;
	take_table(opening, iw_environment_get(opening->environment, "DBMATE_MIGRATIONS_TABLE"));
	iw_project_default_url(opening->arena, opening->project, opening->environment);
	const char *url = opening->project->url;
	const char *path = url == NULL ? NULL : iw_url_parameter(opening->arena, url, "search_path");
	if (path != NULL && opening->schema == NULL) /* the first of "a,b" */
		opening->schema = g_strstrip(iw_arena_strndup(opening->arena, path, strcspn(path, ",")));
	return true;
}

static bool configure_goose(struct sql_opening *opening, GError **error)
{
	(void)error;
	const char *driver = iw_environment_get(opening->environment, "GOOSE_DRIVER");
	const char *text = iw_environment_get(opening->environment, "GOOSE_DBSTRING");
	take_table(opening, iw_environment_get(opening->environment, "GOOSE_TABLE"));
	iw_project_set_url(opening->arena, opening->project, opening->options,
			   iw_sql_url_of_goose(opening->arena, driver, text), "GOOSE_DBSTRING", opening->root);
	iw_project_default_url(opening->arena, opening->project, opening->environment);
	return true;
}

static bool configure_golang_migrate(struct sql_opening *opening, GError **error)
{
	(void)error;
	struct iw_project *project = opening->project;
	iw_project_default_url(opening->arena, project, opening->environment);
	if (project->url == NULL)
		return true;
	take_table(opening, iw_url_parameter(opening->arena, project->url, "x-migrations-table"));
	project->url = iw_sql_url_of_go(opening->arena, project->url);
	return true;
}

static bool configure_inchworm(struct sql_opening *opening, GError **error)
{
	(void)error;
	iw_project_default_url(opening->arena, opening->project, opening->environment);
	return true;
}

/* detection -------------------------------------------------------------------------------------------------------- */

static const struct sql_tool *tool_of(const struct iw_framework *framework);

/* The first file that the tool would run, and whether it carries the tool's mark. */
static int detect_files(iw_arena *arena, const struct sql_tool *tool, const char *directory, const char **why)
{
	GPtrArray *entries = iw_directory_list(arena, directory, NULL);
	for (guint i = 0; entries != NULL && i < entries->len; i++) {
		const struct iw_entry *entry = g_ptr_array_index(entries, i);
		struct sql_name name = {0};
		if (!entry->is_file || !is_sql(entry->name))
			continue;
		if (!tool->parse_name(arena, entry->name, &name)) {
			if (g_ascii_isdigit(entry->name[0])) /* numbered otherwise: the folder is another tool's */
				return IW_DETECT_NO;
			continue;
		}
		const char *path = iw_path_join(arena, directory, entry->name);
		if (tool->mark != NULL && !iw_sql_has_mark(path, tool->mark))
			return IW_DETECT_NO;
		*why = iw_path_shown(arena, path);
		return IW_DETECT_NAMES;
	}
	return IW_DETECT_NO;
}

static int detect_golang_migrate(iw_arena *arena, const char *directory, const char **why)
{
	return detect_files(arena, tool_of(&iw_golang_migrate), directory, why);
}

static int detect_goose(iw_arena *arena, const char *directory, const char **why)
{
	return detect_files(arena, tool_of(&iw_goose), directory, why);
}

static int detect_dbmate(iw_arena *arena, const char *directory, const char **why)
{
	return detect_files(arena, tool_of(&iw_dbmate), directory, why);
}

static int detect_flyway(iw_arena *arena, const char *directory, const char **why)
{
	const char *path = NULL;
	if (!iw_flyway_has_settings(arena, directory, &path))
		return detect_files(arena, tool_of(&iw_flyway), directory, why);
	*why = iw_path_shown(arena, path);
	return IW_DETECT_CONFIG;
}

/* Files with our mark; or numbered files without anybody's, in a folder whose name says what they are. */
static int detect_inchworm(iw_arena *arena, const char *directory, const char **why)
{
	GPtrArray *entries = iw_directory_list(arena, directory, NULL);
	g_autofree char *folder = g_path_get_basename(directory);
	for (guint i = 0; entries != NULL && i < entries->len; i++) {
		const struct iw_entry *entry = g_ptr_array_index(entries, i);
		struct sql_name name = {0};
		if (!entry->is_file || !parse_inchworm(arena, entry->name, &name))
			continue;
		const char *path = iw_path_join(arena, directory, entry->name);
		*why = iw_path_shown(arena, path);
		if (iw_sql_has_mark(path, "inchworm:"))
			return IW_DETECT_NAMES;
		bool is_theirs = strcmp(name.name, entry->name) != 0 && g_strrstr(entry->name, ".up.") != NULL;
		return !is_theirs && strstr(folder, "migrat") != NULL ? IW_DETECT_FILES : IW_DETECT_NO;
	}
	return IW_DETECT_NO;
}

/* opening ---------------------------------------------------------------------------------------------------------- */

static int compare_versions_of(const struct iw_migration *left, const struct iw_migration *right)
{
	if (left->is_repeatable != right->is_repeatable)
		return left->is_repeatable ? 1 : -1;
	if (left->version == NULL || right->version == NULL)
		return strcmp(left->title, right->title);
	return iw_sql_compare_versions(left->version, right->version);
}

static gint by_version(gconstpointer a, gconstpointer b)
{
	const struct iw_migration *left = *(struct iw_migration *const *)a;
	const struct iw_migration *right = *(struct iw_migration *const *)b;
	int order = compare_versions_of(left, right);
	return order != 0 ? order : strcmp(left->name, right->name);
}

static gint by_name(gconstpointer a, gconstpointer b)
{
	return strcmp((*(struct iw_migration *const *)a)->name, (*(struct iw_migration *const *)b)->name);
}

static struct iw_migration *new_migration(struct sql_opening *opening, const struct sql_name *name)
{
	iw_arena *arena = opening->arena;
	struct iw_migration *migration = iw_migration_new(arena, name->name, (struct iw_script){.length = SIZE_MAX});
	migration->version = name->version;
	migration->title = name->title;
	migration->is_repeatable = name->is_repeatable;
	migration->is_baseline = name->is_baseline;
	if (opening->tool->prepare != NULL) {
		struct iw_migration_hook *hook = iw_new(arena, struct iw_migration_hook);
		hook->arena = arena;
		hook->prepare = opening->tool->prepare;
		migration->framework_data = hook;
	}
	return migration;
}

/* MySQL commits by itself, whatever the tool wishes; golang-migrate does not even wish it there. */
static bool is_atomic(const struct sql_opening *opening)
{
	return opening->project->engine.dialect != IW_MYSQL || opening->tool->framework != &iw_golang_migrate;
}

/* What is listed, before it is put in order. */
struct listing {
	GPtrArray *ups, *downs; /* struct iw_migration * */
};

static void add_file(struct sql_opening *opening, struct iw_folder folder, struct listing *listing,
		     const struct iw_entry *entry)
{
	iw_arena *arena = opening->arena;
	struct sql_name name = {0};
	if (!entry->is_file || !opening->tool->parse_name(arena, entry->name, &name))
		return;
	struct iw_migration *migration = new_migration(opening, &name);
	struct iw_script script = iw_folder_script(arena, folder, entry->name);
	script.is_atomic = is_atomic(opening);
	*(name.direction == IW_UP ? &migration->up : &migration->down) = script;
	/* Sections of the one file are found when it is opened; until then there may be a down one. */
	if (opening->tool->prepare != NULL && name.direction == IW_UP)
		migration->down = script;
	g_ptr_array_add(name.direction == IW_UP ? listing->ups : listing->downs, migration);
	if (!is_sql(entry->name) && opening->tool->framework == &iw_goose) {
		iw_migration_complain(arena, migration, "\"%s\" is a program, not SQL", script.shown_path);
		iw_error_hint(&migration->problem,
			      "Run it with goose itself; then `inchworm status` sees it as applied.");
	}
}

/* Up and down belong together by their version, whatever the rest of the name says. */
static void join_downs(struct sql_opening *opening, struct listing *listing)
{
	iw_arena *arena = opening->arena;
	GHashTable *by_key = iw_arena_hash_table(arena, g_str_hash, g_str_equal);
	for (guint i = 0; listing->downs->len > 0 && i < listing->ups->len; i++) {
		struct iw_migration *up = g_ptr_array_index(listing->ups, i);
		if (up->version != NULL && !up->is_baseline)
			g_hash_table_insert(by_key, (char *)iw_sql_version_key(arena, up->version), up);
	}
	for (guint i = 0; i < listing->downs->len; i++) {
		struct iw_migration *down = g_ptr_array_index(listing->downs, i);
		struct iw_migration *up = g_hash_table_lookup(by_key, iw_sql_version_key(arena, down->version));
		if (up != NULL) {
			up->down = down->down;
			continue;
		}
		down->up = down->down;
		iw_migration_complain(arena, down, "\"%s\" has a down file and no up file", down->name);
		g_ptr_array_add(listing->ups, down);
	}
}

static void check_versions(struct sql_opening *opening, GPtrArray *list)
{
	const struct iw_migration *before = NULL;
	for (guint i = 0; i < list->len; i++) {
		struct iw_migration *migration = g_ptr_array_index(list, i);
		bool is_same = before != NULL && before->version != NULL && migration->version != NULL &&
			       iw_sql_compare_versions(before->version, migration->version) == 0;
		if (is_same && before->is_baseline == migration->is_baseline) {
			iw_migration_complain(opening->arena, migration, "\"%s\" has the same version as \"%s\"",
					      migration->name, before->name);
			iw_error_hint(&migration->problem,
				      "%s tells migrations apart by version; give one of the two another.",
				      opening->tool->framework->title);
		}
		before = migration;
	}
}

static bool list_folder(struct sql_opening *opening, const char *path, struct listing *listing, GError **error)
{
	GPtrArray *entries = iw_directory_list(opening->arena, path, error);
	struct iw_folder folder = iw_folder_of(opening->arena, path);
	for (guint i = 0; entries != NULL && i < entries->len; i++) {
		const struct iw_entry *entry = g_ptr_array_index(entries, i);
		add_file(opening, folder, listing, entry);
		/* Flyway looks into folders of folders, too. */
		bool enters = opening->flyway != NULL && entry->is_directory && !entry->is_link;
		if (enters && !list_folder(opening, iw_path_join(opening->arena, path, entry->name), listing, error))
			return false;
	}
	return entries != NULL;
}

static bool list_migrations(struct sql_opening *opening, GError **error)
{
	struct listing listing = {iw_arena_ptr_array(opening->arena), iw_arena_ptr_array(opening->arena)};
	GPtrArray *list = listing.ups;
	GPtrArray *folders = opening->flyway == NULL ? NULL : opening->flyway->locations;
	for (guint i = 0; i < (folders == NULL ? 1 : folders->len); i++) {
		const char *path = folders == NULL ? opening->directory : g_ptr_array_index(folders, i);
		if (!list_folder(opening, path, &listing, error))
			return false;
	}
	join_downs(opening, &listing);
	g_ptr_array_sort(list, opening->tool->is_numeric ? by_version : by_name);
	check_versions(opening, list);
	for (guint i = 0; i < list->len; i++)
		iw_project_add(opening->project, g_ptr_array_index(list, i));
	return true;
}

/* .env files from the migrations' folder up to the repository's root; the nearest one's folder is the project's. */
static void load_environment(struct sql_opening *opening)
{
	iw_arena *arena = opening->arena;
	const char *top = iw_path_repository(arena, opening->directory);
	opening->root = opening->project->directory;
	bool is_found = false;
	if (strcmp(top, opening->directory) ==
	    0) /* nothing marks the project's root: "db/migrations" is two below it */
		top = iw_path_join(arena, opening->directory, "../..");
	for (const char *at = opening->directory;; at = iw_path_parent(arena, at)) {
		bool has_file = iw_environment_load(opening->environment, iw_path_join(arena, at, ".env"), true);
		if (has_file && !is_found) {
			opening->root = at;
			is_found = true;
		}
		if (strcmp(at, top) == 0 || strcmp(at, "/") == 0)
			return;
	}
}

static const char *find_directory(struct sql_opening *opening)
{
	static const char *const places[] = {"migrations",
					     "db/migrations",
					     "database/migrations",
					     "sql/migrations",
					     "db/migrate",
					     "src/main/resources/db/migration",
					     "sql"};
	const char *directory = opening->project->directory;
	if (opening->options->migrations != NULL)
		return opening->options->migrations;
	const char *why;
	if (opening->tool->framework->detect(opening->arena, directory, &why) > 0)
		return directory;
	for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
		const char *path = iw_path_join(opening->arena, directory, places[i]);
		if (iw_path_is_directory(path))
			return path;
	}
	return directory;
}

static bool open_tool(const struct sql_tool *tool, iw_arena *arena, const struct iw_project_options *options,
		      struct iw_project *project, GError **error)
{
	struct sql_opening opening = {.arena = arena, .options = options, .project = project, .tool = tool};
	opening.environment = iw_environment_new(arena);
	opening.directory = find_directory(&opening);
	project->migrations_directory = iw_path_shown(arena, opening.directory);
	load_environment(&opening);
	if (!tool->configure(&opening, error))
		return false;
	iw_project_url_is_final(project, options);
	const char *word = project->url != NULL ? NULL : iw_sql_dialect_of_go_mod(arena, opening.directory);
	if (!iw_project_set_dialect(project, options, word, "go.mod", error))
		return false;
	if (!list_migrations(&opening, error))
		return false;
	if (project->migrations->len == 0 && opening.options->migrations == NULL)
		iw_project_complain(arena, project, false, opening.directory, NULL,
				    "there are no migrations of %s in \"%s\"", tool->framework->title,
				    project->migrations_directory);
	const char *schema = project->engine.dialect == IW_POSTGRES ? opening.schema : NULL;
	project->bookkeeping = iw_bookkeeping_new(arena, project, tool->bookkeeping, schema,
						  opening.table != NULL ? opening.table : tool->table);
	project->bookkeeping->data = tool->books;
	if (tool->finish != NULL)
		tool->finish(&opening);
	return true;
}

/* the table ----------------------------------------------------------------------------------------------------------
 */

static const struct sql_tool tools[] = {
	{
		.framework = &iw_inchworm_sql,
		.parse_name = parse_inchworm,
		.prepare = iw_sql_prepare_inchworm,
		.configure = configure_inchworm,
		.is_numeric = true,
		.table = "inchworm_migrations",
		.bookkeeping = &iw_sql_inchworm_bookkeeping,
		.books = &iw_sql_inchworm_books,
	},
	{
		.framework = &iw_golang_migrate,
		.parse_name = parse_golang_migrate,
		.configure = configure_golang_migrate,
		.finish = iw_golang_migrate_finish,
		.is_numeric = true,
		.table = "schema_migrations",
		.bookkeeping = &iw_sql_golang_migrate_bookkeeping,
	},
	{
		.framework = &iw_goose,
		.parse_name = parse_goose,
		.mark = "+goose",
		.prepare = iw_sql_prepare_goose,
		.configure = configure_goose,
		.is_numeric = true,
		.table = "goose_db_version",
		.bookkeeping = &iw_sql_goose_bookkeeping,
		.books = &iw_sql_goose_books,
	},
	{
		.framework = &iw_dbmate,
		.parse_name = parse_dbmate,
		.mark = "migrate:",
		.prepare = iw_sql_prepare_dbmate,
		.configure = configure_dbmate,
		.table = "schema_migrations",
		.bookkeeping = &iw_sql_dbmate_bookkeeping,
		.books = &iw_sql_dbmate_books,
	},
	{
		.framework = &iw_flyway,
		.parse_name = iw_flyway_parse_name,
		.configure = iw_flyway_configure,
		.finish = iw_flyway_finish,
		.is_numeric = true,
		.table = "flyway_schema_history",
		.bookkeeping = &iw_flyway_bookkeeping,
	},
};

static const struct sql_tool *tool_of(const struct iw_framework *framework)
{
	const struct sql_tool *tool = tools;
	while (tool->framework != framework)
		tool++;
	return tool;
}

static bool open_inchworm(iw_arena *arena, const struct iw_project_options *options, struct iw_project *project,
			  GError **error)
{
	return open_tool(tool_of(&iw_inchworm_sql), arena, options, project, error);
}

static bool open_golang_migrate(iw_arena *arena, const struct iw_project_options *options, struct iw_project *project,
				GError **error)
{
	return open_tool(tool_of(&iw_golang_migrate), arena, options, project, error);
}

static bool open_goose(iw_arena *arena, const struct iw_project_options *options, struct iw_project *project,
		       GError **error)
{
	return open_tool(tool_of(&iw_goose), arena, options, project, error);
}

static bool open_dbmate(iw_arena *arena, const struct iw_project_options *options, struct iw_project *project,
			GError **error)
{
	return open_tool(tool_of(&iw_dbmate), arena, options, project, error);
}

static bool open_flyway(iw_arena *arena, const struct iw_project_options *options, struct iw_project *project,
			GError **error)
{
	return open_tool(tool_of(&iw_flyway), arena, options, project, error);
}

static const char *checksum_of_flyway(iw_arena *arena, const struct iw_migration *migration, GError **error)
{
	gint32 checksum;
	return iw_flyway_checksum(arena, migration, &checksum, error) ? iw_arena_printf(arena, "%d", checksum) : NULL;
}

#define TOOL(word, words, finds, opens)                                                                                \
	.name = word, .title = words, .detect = finds, .open = opens, .notes = iw_sql_notes
const struct iw_framework iw_inchworm_sql = {TOOL("sql", "plain SQL files", detect_inchworm, open_inchworm),
					     .checksum = iw_migration_sha256};
const struct iw_framework iw_golang_migrate = {
	TOOL("golang-migrate", "golang-migrate", detect_golang_migrate, open_golang_migrate)};
const struct iw_framework iw_goose = {TOOL("goose", "goose", detect_goose, open_goose)};
const struct iw_framework iw_dbmate = {TOOL("dbmate", "dbmate", detect_dbmate, open_dbmate)};
const struct iw_framework iw_flyway = {TOOL("flyway", "Flyway", detect_flyway, open_flyway),
				       .checksum = checksum_of_flyway};
