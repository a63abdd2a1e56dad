/*
 * Alembic: revisions in Python files, read without running them. Opening finds configuration, revisions and their
 * graph; texts are made when they are asked for, in order, for an operation may ask what the catalogue holds.
 */
#include "framework/alembic/project.h"

#include "base/error.h"
#include "framework/python/packages.h"
#include "model/replay.h"

#include <stdio.h>
#include <string.h>

/* Of a migration: first member is what framework_internal.h wants. */
struct alembic_migration {
	struct iw_migration_hook hook;
	struct alembic_project *owner;
	const struct alembic_revision *revision;
	iw_source *up; /* its text, once it was made */
};

static int detect(iw_arena *arena, const char *directory, const char **why)
{
	const char *path = iw_alembic_config_find(arena, directory);
	if (path == NULL)
		return IW_DETECT_NO;
	*why = iw_path_shown(arena, path);
	return g_str_has_suffix(path, ".py") ? IW_DETECT_NAMES : IW_DETECT_CONFIG;
}

/* texts ------------------------------------------------------------------------------------------------------------ */

/* Whose catalogue is asked for: of the first `count` migrations of the order. */
struct asking {
	struct alembic_project *self;
	guint count;
};

static const iw_schema *catalogue(void *data);

/* The text that asks is half made: what is made to answer it has an evaluator of its own. */
static struct iw_alembic_render render_for(struct alembic_project *self, struct asking *asking)
{
	return (struct iw_alembic_render){
		.python = iw_py_scratch_next(self->is_replaying ? self->replays : self->texts),
		.engine = self->project->engine,
		.catalogue = catalogue,
		.catalogue_data = asking,
		.naming = self->environment.naming.conventions == NULL ? NULL : &self->environment.naming,
		.made_types = self->made_types,
		.is_mariadb_url = self->environment.url != NULL && g_str_has_prefix(self->environment.url, "mariadb"),
		.database = self->config.engine,
		.sqlalchemy = self->sqlalchemy,
	};
}

static iw_source *make_one(struct alembic_project *self, const struct iw_migration *migration,
			   enum iw_direction direction, guint count, GError **error)
{
	struct alembic_migration *data = migration->framework_data;
	if (direction == IW_UP && data->up != NULL)
		return iw_source_ref(data->up);
	struct asking asking = {self, count};
	struct iw_alembic_render render = render_for(self, &asking);
	iw_source *source = iw_alembic_make(&render, migration->up.path, migration->up.shown_path, direction, error);
	if (source != NULL && direction == IW_UP) {
		data->up = iw_source_ref(source);
		iw_arena_defer(self->arena, (GDestroyNotify)iw_source_unref, data->up);
	}
	return source;
}

static void forget(const struct iw_migration *migration)
{
	struct alembic_migration *data = migration->framework_data;
	data->up = NULL; /* the arena has the reference */
	iw_py_scratch_forget(data->owner->texts, migration->up.path);
	iw_py_scratch_forget(data->owner->replays, migration->up.path);
}

static void replay(struct alembic_project *self, iw_source *source)
{
	g_autoptr(iw_arena) arena = iw_arena_new();
	g_autoptr(iw_reader) reader = iw_reader_new(self->project->engine, source, NULL);
	g_autoptr(GError) error = NULL;
	struct iw_statement *statement;
	while ((statement = iw_reader_next(reader, arena, &error)) != NULL) {
		if (!iw_schema_apply_statement(self->schema, statement, NULL))
			self->schema->is_uncertain = true;
		iw_arena_reset(arena);
	}
}

static void start_again(struct alembic_project *self)
{
	g_clear_pointer(&self->schema_arena, iw_arena_free);
	self->schema_arena = iw_arena_new();
	self->schema = iw_schema_new(self->schema_arena, self->project->engine);
	self->replayed = 0;
	g_hash_table_remove_all(self->made_types);
}

static GPtrArray *order_of(const struct alembic_project *self)
{
	return self->project->order != NULL ? self->project->order : self->project->migrations;
}

/* Brings the schema to where the first `count` migrations of the order have run. */
static void replay_to(struct alembic_project *self, guint count)
{
	const GPtrArray *order = order_of(self);
	bool is_other_engine = self->schema != NULL &&
			       memcmp(&self->schema->engine, &self->project->engine, sizeof self->schema->engine) != 0;
	if (self->schema == NULL || self->replayed > count || is_other_engine || self->replayed_order != order)
		start_again(self);
	self->replayed_order = order;
	bool was_replaying = self->is_replaying;
	self->is_replaying = true;
	for (; self->replayed < count; self->replayed++) {
		const struct iw_migration *migration = g_ptr_array_index(order, self->replayed);
		g_autoptr(iw_source) source =
			migration->problem != NULL ? NULL : make_one(self, migration, IW_UP, self->replayed, NULL);
		if (source == NULL)
			self->schema->is_uncertain = true;
		else
			replay(self, source);
	}
	self->is_replaying = was_replaying;
}

static const iw_schema *catalogue(void *data)
{
	const struct asking *asking = data;
	replay_to(asking->self, asking->count);
	return asking->self->schema;
}

/* Migrations are mostly asked for one after another. */
static bool find_in_order(struct alembic_project *self, const struct iw_migration *migration, guint *index)
{
	const GPtrArray *order = order_of(self);
	*index = self->next;
	bool is_there = *index < order->len && order->pdata[*index] == migration;
	if (!is_there)
		is_there = g_ptr_array_find((GPtrArray *)order, migration, index);
	if (is_there)
		self->next = *index + 1;
	return is_there;
}

/* What comes after the first one that is asked for is asked for next. */
static void start_ahead(struct alembic_project *self, guint index)
{
	const GPtrArray *order = order_of(self);
	if (self->parsed_order == order)
		return;
	self->parsed_order = order;
	g_autoptr(GPtrArray) paths = g_ptr_array_new(), shown = g_ptr_array_new();
	for (; index < order->len; index++) {
		const struct iw_script *script = &((const struct iw_migration *)order->pdata[index])->up;
		g_ptr_array_add(paths, (char *)script->path);
		g_ptr_array_add(shown, (char *)script->shown_path);
	}
	iw_py_ahead_start(self->ahead, paths, shown);
}

static iw_source *make(const struct iw_migration *migration, enum iw_direction direction, GError **error)
{
	const struct alembic_migration *data = migration->framework_data;
	struct alembic_project *self = data->owner;
	guint index = 0;
	if (direction == IW_UP && data->up != NULL)
		return iw_source_ref(data->up);
	if (!find_in_order(self, migration, &index))
		return make_one(self, migration, direction, order_of(self)->len, error);
	if (direction == IW_UP)
		start_ahead(self, index);
	return make_one(self, migration, direction, direction == IW_UP ? index : index + 1, error);
}

/* revisions -------------------------------------------------------------------------------------------------------- */

static void add_names(iw_arena *arena, GPtrArray *into, const struct iw_py_value *value)
{
	if (value == NULL)
		return;
	if (value->kind == IW_PY_STRING && *value->text != '\0')
		g_ptr_array_add(into, iw_arena_strdup(arena, value->text));
	bool is_list = value->kind == IW_PY_TUPLE || value->kind == IW_PY_LIST || value->kind == IW_PY_SET;
	for (guint i = 0; is_list && i < value->items->len; i++)
		add_names(arena, into, g_ptr_array_index(value->items, i));
}

/* The first paragraph of the docstring, on one line. */
static const char *title_of(iw_arena *arena, const struct iw_py_value *module)
{
	const char *text = iw_py_docstring(module);
	g_autofree char *copy = g_strdup(text == NULL ? "" : text);
	char *begin = g_strchug(copy);
	char *end = strstr(begin, "\n\n");
	if (end != NULL)
		*end = '\0';
	g_auto(GStrv) lines = g_strsplit(g_strchomp(begin), "\n", -1);
	for (guint i = 0; lines[i] != NULL; i++)
		g_strstrip(lines[i]);
	g_autofree char *joined = g_strjoinv(" ", lines);
	g_autofree char *valid = g_utf8_make_valid(joined, -1);
	return iw_arena_strdup(arena, valid);
}

static const char *revision_id(const struct alembic_project *self, iw_py *python, struct iw_py_value *module,
			       const char *file, struct iw_migration *migration)
{
	struct iw_py_value *value = module == NULL ? NULL : iw_py_find(python, module, "revision");
	if (value != NULL && iw_py_text(value) != NULL)
		return iw_arena_strdup(self->arena, iw_py_text(value));
	if (module != NULL && value == NULL)
		iw_migration_complain(self->arena, migration, "%s defines no revision", migration->up.shown_path);
	else if (module != NULL)
		iw_migration_complain(self->arena, migration, "the revision of %s is not known: %s",
				      migration->up.shown_path,
				      value->kind == IW_PY_UNKNOWN ? value->text : "it is no string");
	return file;
}

/* For guess_dialect(), which only asks where there is no URL. */
static void count_names(struct alembic_project *self, const iw_source *source)
{
	if (self->project->url != NULL)
		return;
	self->names_postgres += memmem(source->text, source->length, "postgresql", strlen("postgresql")) != NULL;
	self->names_mysql += memmem(source->text, source->length, "mysql", strlen("mysql")) != NULL;
}

static void add_file(struct alembic_project *self, struct iw_script up)
{
	iw_arena *arena = self->arena;
	const char *file = strrchr(up.path, '/') + 1;
	GError *failure = NULL;
	iw_py *python = iw_py_scratch_next(self->headers);
	struct iw_py_value *module = iw_py_load(python, up.path, up.shown_path, &failure);
	up.is_atomic = true; /* on MySQL each statement commits by itself all the same */
	struct iw_migration *migration = iw_migration_new(arena, file, up);
	if (failure != NULL) {
		migration->problem = failure;
		iw_arena_defer(arena, (GDestroyNotify)g_error_free, failure);
	}
	const char *id = revision_id(self, python, module, file, migration);
	struct alembic_revision *revision = iw_alembic_graph_add(self->graph, id, migration);
	migration->version = id;
	if (module != NULL) {
		count_names(self, iw_py_source(module));
		add_names(arena, revision->down, iw_py_find(python, module, "down_revision"));
		add_names(arena, revision->depends_on, iw_py_find(python, module, "depends_on"));
		add_names(arena, revision->labels, iw_py_find(python, module, "branch_labels"));
		migration->title = title_of(arena, module);
	}
	migration->name = id;
	struct alembic_migration *data = iw_new(arena, struct alembic_migration);
	*data = (struct alembic_migration){
		.hook = {.arena = arena, .make = make, .forget = forget}, .owner = self, .revision = revision};
	migration->framework_data = data;
	migration->down = migration->up;
}

static bool is_revision_file(const char *name)
{
	return g_str_has_suffix(name, ".py") && !g_str_has_prefix(name, ".#") && strcmp(name, "__init__.py") != 0;
}

/* The scripts of the folder's revisions. */
static bool list_folder(struct alembic_project *self, const char *path, GArray *scripts, GError **error)
{
	GPtrArray *entries = iw_directory_list(self->arena, path, error);
	struct iw_folder folder = iw_folder_of(self->arena, path);
	for (guint i = 0; entries != NULL && i < entries->len; i++) {
		const struct iw_entry *entry = g_ptr_array_index(entries, i);
		if (entry->is_file && is_revision_file(entry->name))
			g_array_append_vals(
				scripts, (struct iw_script[]){iw_folder_script(self->arena, folder, entry->name)}, 1);
		bool enters =
			self->config.is_recursive && entry->is_directory && strcmp(entry->name, "__pycache__") != 0;
		if (enters && !list_folder(self, iw_path_join(self->arena, path, entry->name), scripts, error))
			return false;
	}
	return entries != NULL;
}

static void add_files(struct alembic_project *self, const GArray *scripts)
{
	g_autoptr(GPtrArray) paths = g_ptr_array_new(), shown = g_ptr_array_new();
	for (guint i = 0; i < scripts->len; i++) {
		const struct iw_script *script = &g_array_index(scripts, struct iw_script, i);
		g_ptr_array_add(paths, (char *)script->path);
		g_ptr_array_add(shown, (char *)script->shown_path);
	}
	iw_py_ahead_start(self->ahead, paths, shown);
	for (guint i = 0; i < scripts->len; i++)
		add_file(self, g_array_index(scripts, struct iw_script, i));
	iw_py_ahead_stop(self->ahead);
}

static bool add_revisions(struct alembic_project *self, GError **error)
{
	g_autoptr(GArray) scripts = g_array_new(FALSE, FALSE, sizeof(struct iw_script));
	GPtrArray *folders = self->config.version_locations;
	for (guint i = 0; i < folders->len; i++) {
		const char *path = g_ptr_array_index(folders, i);
		if (!iw_path_is_directory(path)) {
			iw_project_complain(self->arena, self->project, false, path, NULL,
					    "the folder \"%s\" does not exist", iw_path_shown(self->arena, path));
			continue;
		}
		if (!list_folder(self, path, scripts, error))
			return false;
	}
	add_files(self, scripts);
	return true;
}

/* In Alembic's own order; where the graph is broken, as the files are named. */
static void add_in_order(struct alembic_project *self)
{
	struct alembic_graph *graph = self->graph;
	alembic_set *all = iw_alembic_set_new(self->arena, graph);
	for (guint i = 0; i < graph->revisions->len; i++)
		iw_alembic_set_add(all, g_ptr_array_index(graph->revisions, i));
	GPtrArray *sorted = graph->is_broken ? graph->revisions : iw_alembic_sort(graph, all, graph->real_heads);
	for (guint i = 0; i < sorted->len; i++) {
		guint at = graph->is_broken ? i : sorted->len - 1 - i;
		struct alembic_revision *revision = g_ptr_array_index(sorted, at);
		revision->migration->labels = revision->labels->len > 0 ? revision->labels : NULL;
		revision->migration->is_head = revision->children->len == 0;
		for (guint j = 0; j < revision->all_parents->len; j++)
			g_ptr_array_add(revision->migration->parents,
					((struct alembic_revision *)revision->all_parents->pdata[j])->migration);
		g_ptr_array_add(self->project->migrations, revision->migration);
	}
}

static void complain_about_graph(struct alembic_project *self)
{
	struct alembic_graph *graph = self->graph;
	if (graph->is_broken || graph->heads->len < 2)
		return;
	g_autoptr(GString) names = g_string_new(NULL);
	for (guint i = 0; i < graph->heads->len; i++)
		g_string_append_printf(names, "%s%s", i > 0 ? ", " : "",
				       ((struct alembic_revision *)g_ptr_array_index(graph->heads, i))->id);
	iw_project_complain(
		self->arena, self->project, false, NULL,
		"`alembic merge heads` joins them; until then `up` must be told which: `inchworm up heads`.",
		"there are %u heads: %s", graph->heads->len, names->str);
}

/* selection -------------------------------------------------------------------------------------------------------- */

/* What is applied is only known when every row's revision has a file. */
static bool are_all_known(const struct alembic_project *self, GPtrArray *applied, GError **error)
{
	for (guint i = 0; applied != NULL && i < applied->len; i++) {
		const struct iw_applied *one = g_ptr_array_index(applied, i);
		if (one->state != IW_MISSING_FILE)
			continue;
		iw_fail(error, IW_ERROR_HISTORY, "Can't locate revision identified by '%s'", one->name);
		iw_error_detail(error, "The database stands at it (a row of %s), and no file here defines it.",
				self->project->bookkeeping->table_name);
		iw_error_hint(error,
			      "Get the file of that revision, from another branch or a later version of the project.");
		return false;
	}
	return true;
}

static GPtrArray *select_migrations(iw_arena *arena, const struct iw_project *project, GPtrArray *applied,
				    const char *const *targets, enum iw_direction direction, GError **error)
{
	const struct alembic_project *self = project->bookkeeping->data;
	const char *target = targets[0] != NULL ? targets[0] : direction == IW_UP ? "head" : "-1";
	if (direction == IW_DOWN && strcmp(target, "zero") == 0)
		target = "base";
	for (guint i = 0; self->graph->is_broken && i < project->migrations->len; i++) {
		const struct iw_migration *migration = g_ptr_array_index(project->migrations, i);
		if (migration->problem == NULL)
			continue;
		g_propagate_error(error, g_error_copy(migration->problem));
		return NULL;
	}
	if (!are_all_known(self, applied, error))
		return NULL;
	GPtrArray *current = iw_alembic_current(self, applied);
	GPtrArray *revisions = direction == IW_UP ? iw_alembic_upgrades(self->graph, current, target, error)
						  : iw_alembic_downgrades(self->graph, current, target, error);
	if (revisions == NULL)
		return NULL;
	GPtrArray *migrations = iw_arena_ptr_array(arena);
	for (guint i = 0; i < revisions->len; i++)
		g_ptr_array_add(migrations, ((struct alembic_revision *)g_ptr_array_index(revisions, i))->migration);
	return migrations;
}

/* The project's own environment first: its Alembic knows its models. */
static const char *find_program(iw_arena *arena, const char *directory, const char *name)
{
	const char *active = g_getenv("VIRTUAL_ENV");
	const char *folders[] = {active, iw_path_join(arena, directory, ".venv"),
				 iw_path_join(arena, directory, "venv")};
	for (size_t i = 0; i < G_N_ELEMENTS(folders); i++) {
		const char *path = folders[i] == NULL ? NULL : iw_arena_printf(arena, "%s/bin/%s", folders[i], name);
		if (path != NULL && iw_path_is_file(path))
			return path;
	}
	return name;
}

static void add_words(struct iw_framework_command *command, const char *const *words)
{
	for (; *words != NULL; words++)
		g_ptr_array_add(command->arguments, (char *)*words);
}

/* "alembic -c FILE -n SECTION VERB"; Flask-Migrate's env.py needs its application: "flask db VERB -d FOLDER". */
static bool begin_command(iw_arena *arena, const struct alembic_project *self, struct iw_framework_command *command,
			  const char *verb, GError **error)
{
	const struct alembic_config *config = &self->config;
	if (config->engine != NULL)
		return iw_fail(error, IW_ERROR_UNSUPPORTED,
			       "Alembic cannot be told to work on the database \"%s\" alone", config->engine);
	if (config->has_no_file)
		return iw_fail(error, IW_ERROR_PROJECT,
			       "there is no alembic.ini: how Alembic is started here is not known");
	bool is_flask = strcmp(config->script_location, config->directory) == 0;
	command->arguments = iw_arena_ptr_array(arena);
	command->directory = is_flask ? iw_path_parent(arena, config->directory) : config->directory;
	const char *program = find_program(arena, command->directory, is_flask ? "flask" : "alembic");
	if (is_flask)
		add_words(command, (const char *[]){program, "db", verb, "-d", config->directory, NULL});
	else
		add_words(command, (const char *[]){program, "-c", config->path, "-n", config->section, verb, NULL});
	return true;
}

/*
 * What to tell `alembic downgrade` so that this revision goes and no other: "bbbb@aaaa", its branch down to its parent,
 * leaves what else follows the parent. NULL: there is no such word.
 */
static const char *way_down(iw_arena *arena, const struct alembic_project *self, struct alembic_revision *revision)
{
	if (revision->parents->len == 0)
		return iw_arena_printf(arena, "%s@base", revision->id);
	alembic_set *above = iw_alembic_set_new(arena, self->graph);
	iw_alembic_add_ancestors(self->graph, revision->parents, false, above);
	for (guint i = 0; i < revision->parents->len; i++) {
		const struct alembic_revision *parent = g_ptr_array_index(revision->parents, i);
		bool is_only = true;
		for (guint k = 0; k < parent->children->len; k++)
			is_only = is_only && !iw_alembic_set_has(above, g_ptr_array_index(parent->children, k));
		if (is_only)
			return iw_arena_printf(arena, "%s@%s", revision->id, parent->id);
	}
	return NULL;
}

static bool delegate(iw_arena *arena, const struct iw_project *project, const struct iw_migration *migration,
		     enum iw_direction direction, struct iw_framework_command *command, GError **error)
{
	const struct alembic_project *self = project->bookkeeping->data;
	struct alembic_revision *revision = g_hash_table_lookup(self->graph->names, migration->version);
	const char *target = direction == IW_UP ? migration->version : way_down(arena, self, revision);
	if (target == NULL)
		return iw_fail(error, IW_ERROR_UNSUPPORTED, "Alembic cannot be told to undo the merge \"%s\" alone",
			       migration->name);
	if (!begin_command(arena, self, command, direction == IW_UP ? "upgrade" : "downgrade", error))
		return false;
	g_ptr_array_add(command->arguments, (char *)target);
	return true;
}

static bool probe(iw_arena *arena, const struct iw_project *project, struct iw_framework_command *command,
		  GError **error)
{
	return begin_command(arena, project->bookkeeping->data, command, "current", error);
}

static bool fail_other_state(const struct iw_project *project, GError **error, const char *id, bool is_here)
{
	iw_fail(error, IW_ERROR_PROJECT, "Alembic's own settings are for another database");
	iw_error_detail(error,
			is_here ? "This one stands at %s; `alembic current` does not say so."
				: "`alembic current` says %s, which is not applied in this one.",
			id);
	iw_error_hint(error, "Compare the URL that %s and its env.py use with the URL above; nothing has run yet.",
		      iw_path_shown(((const struct alembic_project *)project->bookkeeping->data)->arena,
				    ((const struct alembic_project *)project->bookkeeping->data)->config.path));
	return false;
}

/* `alembic current` prints "ae1027a6acf (head)" for each head; the first words of lines that are revisions count. */
static bool agrees(const struct iw_project *project, GPtrArray *applied, const char *output, GError **error)
{
	const struct alembic_project *self = project->bookkeeping->data;
	g_autoptr(GHashTable) printed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_auto(GStrv) lines = g_strsplit(output, "\n", -1);
	for (char **line = lines; *line != NULL; line++)
		g_hash_table_add(printed, g_strndup(*line, strcspn(*line, " \t\r")));
	for (guint i = 0; i < applied->len; i++) {
		const struct iw_applied *one = g_ptr_array_index(applied, i);
		bool is_printed = g_hash_table_contains(printed, one->name);
		if (one->is_current && !is_printed)
			return fail_other_state(project, error, one->name, true);
		if (one->state != IW_APPLIED && is_printed && g_hash_table_contains(self->graph->names, one->name))
			return fail_other_state(project, error, one->name, false);
	}
	return true;
}

/* opening ---------------------------------------------------------------------------------------------------------- */

static void start_python(struct alembic_project *self)
{
	iw_arena *arena = self->arena;
	const char *top = iw_path_repository(arena, self->config.directory);
	GPtrArray *roots = iw_arena_ptr_array(arena);
	const char *paths = g_hash_table_lookup(self->config.values, "prepend_sys_path");
	g_auto(GStrv) parts = g_strsplit_set(paths == NULL ? "." : paths, " ,:;\n", -1);
	for (guint i = 0; parts[i] != NULL; i++)
		if (*parts[i] != '\0')
			g_ptr_array_add(roots, (char *)iw_path_join(arena, self->config.directory, parts[i]));
	g_ptr_array_add(roots, (char *)self->config.directory);
	g_ptr_array_add(roots, (char *)iw_path_join(arena, self->config.directory, "src"));
	g_ptr_array_add(roots, (char *)iw_path_parent(arena, self->config.script_location));
	g_ptr_array_add(roots, (char *)top);
	g_ptr_array_add(roots, NULL);
	g_auto(GStrv) own = g_get_environ();
	GPtrArray *variables = iw_arena_ptr_array(arena);
	for (guint i = 0; own[i] != NULL; i++)
		g_ptr_array_add(variables, iw_arena_strdup(arena, own[i]));
	GHashTableIter iter;
	gpointer key, value;
	g_hash_table_iter_init(&iter, self->variables->variables);
	while (g_hash_table_iter_next(&iter, &key, &value))
		if (g_environ_getenv(own, key) == NULL)
			g_ptr_array_add(variables, iw_arena_printf(arena, "%s=%s", (char *)key,
								   iw_environment_get(self->variables, key)));
	g_ptr_array_add(variables, NULL);
	self->ahead = iw_py_ahead_new(arena);
	const struct iw_py_options options = {
		.ahead = self->ahead,
		.roots = (const char *const *)roots->pdata,
		.top = top,
		.environment = (const char *const *)variables->pdata,
	};
	self->python = iw_py_new(arena, &options);
	self->headers = iw_py_scratch_new(arena, &options, false);
	self->texts = iw_py_scratch_new(arena, &options, true);
	self->replays = iw_py_scratch_new(arena, &options, true);
}

/* "postgresql+asyncpg://..." names SQLAlchemy's driver, and "sqlite:///x.db" a path from the working directory. */
static const char *plain_url(iw_arena *arena, const char *url)
{
	const char *colon = strstr(url, "://"), *plus = strchr(url, '+');
	if (colon == NULL)
		return url;
	const char *end = plus != NULL && plus < colon ? plus : colon;
	const char *rest = colon + 3;
	const char *scheme = iw_arena_strndup(arena, url, (size_t)(end - url));
	if (strcmp(scheme, "sqlite") != 0)
		return iw_arena_printf(arena, "%s://%s", scheme, rest);
	const char *path = *rest == '/' ? rest + 1 : rest;
	return iw_arena_printf(arena, "sqlite:%s", *path == '\0' ? ":memory:" : path);
}

static void find_url(struct alembic_project *self, const struct iw_project_options *options)
{
	struct alembic_environment *environment = &self->environment;
	const char *shown = iw_path_shown(self->arena, self->config.path);
	if (environment->url != NULL)
		iw_project_set_url(self->arena, self->project, options, plain_url(self->arena, environment->url), shown,
				   self->config.directory);
	if (self->project->url == NULL)
		iw_project_default_url(self->arena, self->project, self->variables);
	if (self->project->url == NULL && environment->url_missing != NULL)
		self->project->url_missing = environment->url_missing;
	if (self->project->url != NULL)
		self->project->url = plain_url(self->arena, self->project->url);
}

/* "2.0.30": 200 */
static int sqlalchemy_version(iw_arena *arena, const char *directory)
{
	const char *top = iw_path_repository(arena, directory);
	const char *text = iw_python_package_version(arena, directory, top, "sqlalchemy");
	int major = 0, minor = 0;
	return text != NULL && sscanf(text, "%d.%d", &major, &minor) == 2 ? major * 100 + minor : 0;
}

static void forget_schema(void *data)
{
	struct alembic_project *self = data;
	g_clear_pointer(&self->schema_arena, iw_arena_free);
}

/* --migrations names the folder of the revisions. */
static void take_location(struct alembic_project *self, const struct iw_project_options *options)
{
	if (options->migrations == NULL)
		return;
	self->config.version_locations = iw_arena_ptr_array(self->arena);
	g_ptr_array_add(self->config.version_locations, (char *)options->migrations);
}

/* Without a URL: the dialect whose own types and options the revisions name, if it is one only. */
static const char *guess_dialect(struct alembic_project *self)
{
	const struct iw_project *project = self->project;
	bool is_guessed = project->url == NULL && (self->names_postgres > 0) != (self->names_mysql > 0);
	if (!is_guessed)
		return NULL;
	bool is_postgres = self->names_postgres > 0;
	iw_project_complain(self->arena, self->project, false, NULL,
			    "`--dialect` or `dialect:` in inchworm.yaml says it.",
			    "taken to be for %s, which is what %u revisions name", is_postgres ? "PostgreSQL" : "MySQL",
			    is_postgres ? self->names_postgres : self->names_mysql);
	return is_postgres ? "postgres" : "mysql";
}

static bool open_project(iw_arena *arena, const struct iw_project_options *options, struct iw_project *project,
			 GError **error)
{
	struct alembic_project *self = iw_new(arena, struct alembic_project);
	*self = (struct alembic_project){.arena = arena, .project = project};
	iw_arena_defer(arena, forget_schema, self);
	self->variables = iw_environment_new(arena);
	iw_environment_load(self->variables, iw_path_join(arena, project->directory, ".env"), true);
	if (!iw_alembic_config_read(arena, project->directory, options->database, &self->config, error))
		return false;
	project->database = options->database;
	start_python(self);
	self->sqlalchemy = sqlalchemy_version(arena, self->config.directory);
	iw_alembic_environment_read(arena, self->python, &self->config, &self->environment);
	find_url(self, options);
	iw_project_url_is_final(project, options);
	take_location(self, options);
	project->migrations_directory = iw_path_shown(arena, g_ptr_array_index(self->config.version_locations, 0));
	if (options->only_finds)
		return true;
	self->graph = iw_alembic_graph_new(arena);
	if (!add_revisions(self, error))
		return false;
	if (!iw_project_set_dialect(project, options, guess_dialect(self), NULL, error))
		return false;
	iw_alembic_graph_link(self->graph, project);
	add_in_order(self);
	complain_about_graph(self);
	if (self->environment.note != NULL)
		iw_project_complain(arena, project, false, NULL, NULL, "%s", self->environment.note);
	const char *table = self->environment.version_table;
	project->bookkeeping =
		iw_bookkeeping_new(arena, project, &iw_alembic_bookkeeping, self->environment.version_table_schema,
				   table == NULL ? "alembic_version" : table);
	project->bookkeeping->data = self;
	self->made_types = iw_arena_hash_table(arena, g_str_hash, g_str_equal);
	return true;
}

const struct iw_framework iw_alembic = {
	.name = "alembic",
	.title = "Alembic",
	.may_start_from_models = true,
	.ending = ".py",
	.detect = detect,
	.open = open_project,
	.select = select_migrations,
	.delegate = delegate,
	.probe = probe,
	.agrees = agrees,
	.notes = iw_alembic_notes,
};
