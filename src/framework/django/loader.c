/* Migrations of the apps: their files, what the classes in them say, and their place in the graph; see project.h. */
#include "framework/django/project.h"

#include "base/error.h"

#include <stdint.h>
#include <string.h>

/* what a migration says ---------------------------------------------------------------------------------------------
 */

struct reading {
	struct django_project *self;
	iw_py *python;
	struct iw_migration *migration;
	struct django_node *node;
};

static bool is_pair(const struct iw_py_value *value)
{
	return (value->kind == IW_PY_TUPLE || value->kind == IW_PY_LIST) && value->items->len == 2 &&
	       iw_py_text(value->items->pdata[0]) != NULL && iw_py_text(value->items->pdata[1]) != NULL;
}

/* swappable_dependency(settings.AUTH_USER_MODEL): the first migration of that model's app. */
static const char *swapped_app(struct reading *reading, const struct iw_py_value *value)
{
	const char *path = value->kind == IW_PY_CALL ? iw_py_path(reading->python, value) : NULL;
	if (path == NULL || !g_str_has_suffix(path, "swappable_dependency") || value->items->len != 1)
		return NULL;
	const char *model = iw_py_text(value->items->pdata[0]);
	return model == NULL ? NULL : iw_arena_strndup(reading->self->arena, model, strcspn(model, "."));
}

static void read_keys(struct reading *reading, struct iw_py_value *class, const char *name, GPtrArray *into)
{
	iw_arena *arena = reading->self->arena;
	const struct iw_py_value *value = iw_py_find(reading->python, class, name);
	if (value == NULL || value->kind == IW_PY_ATTRIBUTE || value->kind == IW_PY_FOREIGN)
		return; /* of Django's own class: empty */
	bool is_list = value->kind == IW_PY_LIST || value->kind == IW_PY_TUPLE || value->kind == IW_PY_SET;
	const struct iw_py_value *unknown = is_list ? NULL : value;
	for (guint i = 0; is_list && i < value->items->len; i++) {
		const struct iw_py_value *item = value->items->pdata[i];
		const char *app = swapped_app(reading, item);
		if (is_pair(item))
			g_ptr_array_add(into, iw_django_key_new(arena, iw_py_text(item->items->pdata[0]),
								iw_py_text(item->items->pdata[1]), reading->migration,
								item->place));
		else if (app != NULL)
			g_ptr_array_add(into,
					iw_django_key_new(arena, app, "__first__", reading->migration, item->place));
		else
			unknown = item;
	}
	if (unknown == NULL)
		return;
	const struct iw_py_value *reason = iw_py_unknown_in(unknown);
	iw_migration_complain(arena, reading->migration, "%s: the %s of this migration are not known: %s",
			      reading->migration->up.shown_path, name,
			      reason != NULL ? reason->text : iw_py_repr(reading->python, unknown));
}

/* Migrations of packages whose __init__() names what they depend on. */
static const struct {
	const char *app, *name, *dependency;
} named_by_code[] = {
	{"token_blacklist", "0011_linearizes_history", "0010_fix_migrate_to_bigautofield"}, /* simplejwt */
};

/* __init__() is not run: it may change anything that the class says. */
static void read_init(struct reading *reading, struct iw_py_value *class)
{
	const struct iw_py_value *init = iw_py_find(reading->python, class, "__init__");
	if (init == NULL || init->kind != IW_PY_FUNCTION)
		return;
	struct django_node *node = reading->node;
	for (size_t i = 0; i < G_N_ELEMENTS(named_by_code); i++) {
		if (strcmp(node->app, named_by_code[i].app) != 0 || strcmp(node->name, named_by_code[i].name) != 0)
			continue;
		g_ptr_array_add(node->dependencies,
				iw_django_key_new(reading->self->arena, node->app, named_by_code[i].dependency,
						  reading->migration, init->place));
		return;
	}
	iw_migration_complain(
		reading->self->arena, reading->migration,
		"%s: the class Migration has an __init__(), which is not run: what it depends on is not known",
		reading->migration->up.shown_path);
}

static void read_class(struct reading *reading, struct iw_py_value *module)
{
	iw_py *python = reading->python;
	struct iw_migration *migration = reading->migration;
	struct iw_py_value *class = iw_py_find(python, module, "Migration");
	if (class == NULL || class->kind != IW_PY_CLASS) {
		const char *failure = iw_py_module_failure(module);
		failure = failure == NULL && class != NULL && class->kind == IW_PY_UNKNOWN ? class->text : failure;
		iw_migration_complain(reading->self->arena, migration,
				      failure != NULL ? "%s: there is no class Migration: %s"
						      : "%s: there is no class Migration%s",
				      migration->up.shown_path, failure != NULL ? failure : "");
		return;
	}
	read_keys(reading, class, "dependencies", reading->node->dependencies);
	read_keys(reading, class, "run_before", reading->node->run_before);
	read_keys(reading, class, "replaces", reading->node->replaces);
	read_init(reading, class);
	const struct iw_py_value *atomic = iw_py_find(python, class, "atomic");
	if (atomic != NULL && atomic->kind == IW_PY_BOOLEAN)
		migration->up.is_atomic = migration->down.is_atomic = atomic->boolean;
	for (guint i = 0; i < reading->node->replaces->len; i++) {
		const struct django_key *key = g_ptr_array_index(reading->node->replaces, i);
		g_hash_table_add(reading->self->squashed_rows,
				 iw_arena_printf(reading->self->arena, "%s.%s", key->app, key->name));
	}
}

/* files ------------------------------------------------------------------------------------------------------------ */

static iw_source *make_text(const struct iw_migration *migration, enum iw_direction direction, GError **error);
static void forget_text(const struct iw_migration *migration);

static struct django_migration *data_of(const struct django_node *node)
{
	return node->migration->framework_data;
}

static struct iw_migration *add_migration(struct django_project *self, const struct django_app *app, const char *name,
					  struct iw_script up)
{
	iw_arena *arena = self->arena;
	up.is_atomic = true;
	const char *shown = iw_arena_join(arena, app->label, ".", name);
	struct iw_migration *migration = iw_migration_new(arena, shown, up);
	struct django_node *node = iw_django_graph_add(self->graph, app->label, name, migration);
	migration->name = migration->title = node->key;
	migration->down = migration->up;
	migration->is_of_framework = app->is_contrib;
	struct django_migration *data = iw_new(arena, struct django_migration);
	data->hook = (struct iw_migration_hook){.arena = arena, .make = make_text, .forget = forget_text};
	data->owner = self;
	data->node = node;
	migration->framework_data = data;
	return migration;
}

static void take_failure(struct reading *reading, GError *failure)
{
	if (failure == NULL)
		return;
	reading->migration->problem = failure;
	iw_arena_defer(reading->self->arena, (GDestroyNotify)g_error_free, failure);
}

static struct iw_py_value *load_module(iw_py *python, const struct iw_migration *migration, GError **error)
{
	const struct django_migration *data = migration->framework_data;
	const struct iw_script *up = &migration->up;
	return data->embedded != NULL ? iw_py_load_text(python, up->path, data->embedded, error)
				      : iw_py_load(python, up->path, up->shown_path, error);
}

static void read_header(struct django_project *self, struct django_node *node)
{
	GError *failure = NULL;
	struct reading reading = {self, iw_py_scratch_next(self->headers), node->migration, node};
	struct iw_py_value *module = load_module(reading.python, reading.migration, &failure);
	take_failure(&reading, failure);
	if (module != NULL)
		read_class(&reading, module);
}

/* What the program carries of Django's own apps. */
static void add_embedded(struct django_project *self, const struct django_app *app)
{
	for (const struct django_contrib_file *file = iw_django_contrib_files; file->app != NULL; file++) {
		if (strcmp(file->app, app->label) != 0)
			continue;
		const char *path =
			iw_arena_printf(self->arena, "django/contrib/%s/migrations/%s.py", file->app, file->name);
		struct iw_script up = {.path = path, .shown_path = path, .length = SIZE_MAX};
		const struct iw_migration *migration = add_migration(self, app, file->name, up);
		((struct django_migration *)migration->framework_data)->embedded = file->text;
	}
}

/* As pkgutil.iter_modules() has it: modules, no packages, not those that begin with "_" or "~". */
static const char *module_name(iw_arena *arena, const char *folder, const GPtrArray *entries,
			       const struct iw_entry *entry)
{
	const char *name = entry->name;
	size_t length = strlen(name);
	bool is_compiled = g_str_has_suffix(name, ".pyc");
	if (!entry->is_file || *name == '_' || *name == '~' || (!is_compiled && !g_str_has_suffix(name, ".py")))
		return NULL;
	const char *module = iw_arena_strndup(arena, name, length - (is_compiled ? 4 : 3));
	if (*module == '\0' || strchr(module, '.') != NULL)
		return NULL;
	/* A package of the same name comes first; a file beats what was compiled from it. */
	const struct iw_entry *package = iw_directory_find(entries, module);
	if (package != NULL && iw_path_is_file(iw_arena_printf(arena, "%s/%s/__init__.py", folder, module)))
		return NULL;
	return is_compiled && iw_path_is_file(iw_arena_printf(arena, "%s/%s.py", folder, module)) ? NULL : module;
}

static void add_folder(struct django_project *self, const struct django_app *app)
{
	GPtrArray *entries = iw_directory_list(self->arena, app->migrations, NULL);
	struct iw_folder folder = iw_folder_of(self->arena, app->migrations);
	for (guint i = 0; entries != NULL && i < entries->len; i++) {
		const struct iw_entry *entry = g_ptr_array_index(entries, i);
		const char *name = module_name(self->arena, app->migrations, entries, entry);
		if (name == NULL)
			continue;
		struct iw_migration *migration =
			add_migration(self, app, name, iw_folder_script(self->arena, folder, entry->name));
		if (g_str_has_suffix(entry->name, ".pyc"))
			iw_migration_complain(self->arena, migration,
					      "%s: only the compiled form of this migration is there",
					      migration->up.shown_path);
	}
}

static bool is_in_file(const struct django_node *node)
{
	return data_of(node)->embedded == NULL && !g_str_has_suffix(node->migration->up.path, ".pyc");
}

/* Their files are loaded next, in this order. */
static void start_ahead(struct django_project *self)
{
	g_autoptr(GPtrArray) paths = g_ptr_array_new(), shown = g_ptr_array_new();
	for (guint i = 0; i < self->graph->disk->len; i++) {
		const struct django_node *node = self->graph->disk->pdata[i];
		if (!is_in_file(node))
			continue;
		g_ptr_array_add(paths, (char *)node->migration->up.path);
		g_ptr_array_add(shown, (char *)node->migration->up.shown_path);
	}
	iw_py_ahead_start(self->ahead, paths, shown);
}

static void read_headers(struct django_project *self)
{
	start_ahead(self);
	for (guint i = 0; i < self->graph->disk->len; i++) {
		struct django_node *node = self->graph->disk->pdata[i];
		if (!g_str_has_suffix(node->migration->up.path, ".pyc"))
			read_header(self, node);
	}
	iw_py_ahead_stop(self->ahead);
}

bool iw_django_load(struct django_project *self)
{
	for (guint i = 0; i < self->apps->len; i++) {
		const struct django_app *app = g_ptr_array_index(self->apps, i);
		g_hash_table_insert(self->graph->apps, (char *)app->label, GINT_TO_POINTER(app->kind));
		if (app->migrations != NULL)
			add_folder(self, app);
		else if (app->kind == DJANGO_MIGRATED)
			add_embedded(self, app);
	}
	read_headers(self);
	bool is_good = true;
	for (guint i = 0; i < self->graph->disk->len; i++)
		is_good &= ((struct django_node *)self->graph->disk->pdata[i])->migration->problem == NULL;
	return is_good;
}

/* texts ------------------------------------------------------------------------------------------------------------ */

/* The Migration class; NULL: the file is another one than when its header was read. */
static struct iw_py_value *load_class(struct django_project *self, const struct iw_migration *migration, GError **error)
{
	struct iw_py_value *module = load_module(self->python, migration, error);
	struct iw_py_value *class = module == NULL ? NULL : iw_py_find(self->python, module, "Migration");
	if (class != NULL && class->kind == IW_PY_CLASS)
		return class;
	if (module != NULL)
		iw_fail(error, IW_ERROR_INPUT, "%s has no Migration class any more", migration->up.shown_path);
	return NULL;
}

/* What a migration does is asked for with what all others do before it. */
static void load_classes(struct django_project *self)
{
	if (self->has_classes)
		return;
	start_ahead(self);
	for (guint i = 0; i < self->graph->disk->len; i++) {
		const struct django_node *node = self->graph->disk->pdata[i];
		data_of(node)->class = load_class(self, node->migration, NULL);
	}
	iw_py_ahead_stop(self->ahead);
	self->has_classes = true;
}

static iw_source *make_text(const struct iw_migration *migration, enum iw_direction direction, GError **error)
{
	struct django_migration *data = migration->framework_data;
	load_classes(data->owner);
	if (data->class == NULL && load_class(data->owner, migration, error) == NULL)
		return NULL;
	return iw_django_text(migration, direction, error);
}

static void forget_text(const struct iw_migration *migration)
{
	struct django_migration *data = migration->framework_data;
	struct django_project *self = data->owner;
	if (!self->has_classes)
		return;
	iw_py_forget(self->python, migration->up.path);
	data->class = load_class(self, migration, NULL);
	iw_django_forget_text(migration);
}

/* order ------------------------------------------------------------------------------------------------------------ */

void iw_django_arrange(struct django_project *self)
{
	GPtrArray *plan = iw_django_graph_plan(self->graph), *migrations = self->project->migrations;
	g_ptr_array_set_size(migrations, 0);
	for (guint i = 0; i < plan->len; i++) {
		struct django_node *node = g_ptr_array_index(plan, i);
		g_ptr_array_set_size(node->migration->parents, 0);
		g_ptr_array_sort(node->parents, iw_django_by_key);
		for (guint j = 0; j < node->parents->len; j++)
			g_ptr_array_add(node->migration->parents,
					((struct django_node *)g_ptr_array_index(node->parents, j))->migration);
		g_ptr_array_add(migrations, node->migration);
	}
}
