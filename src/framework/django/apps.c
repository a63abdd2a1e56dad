/*
 * The apps of a Django project: what INSTALLED_APPS names, where their packages are, their labels and migrations; see
 * project.h. After django/apps/config.py.
 */
#include "framework/django/project.h"

#include <string.h>

static const char *last_part(const char *dotted)
{
	const char *dot = strrchr(dotted, '.');
	return dot == NULL ? dotted : dot + 1;
}

/* packages --------------------------------------------------------------------------------------------------------- */

struct place {
	const char *directory; /* of a package */
	const char *file;      /* of a module, or the package's __init__.py; NULL: a namespace */
	bool is_installed;
};

static bool look_in(iw_arena *arena, const char *root, const char *relative, struct place *place)
{
	const char *base = iw_arena_printf(arena, "%s/%s", root, relative);
	const char *init = iw_arena_printf(arena, "%s/__init__.py", base);
	const char *file = iw_arena_printf(arena, "%s.py", base);
	*place = (struct place){0};
	if (iw_path_is_file(init))
		*place = (struct place){.directory = base, .file = init};
	else if (iw_path_is_file(file))
		*place = (struct place){.file = file};
	else if (iw_path_is_directory(base))
		*place = (struct place){.directory = base};
	return place->directory != NULL || place->file != NULL;
}

static bool is_skipped(const struct iw_entry *entry)
{
	static const char *const skipped[] = {"node_modules", "venv", "env", "build", "dist", "static", "locale"};
	for (size_t i = 0; i < G_N_ELEMENTS(skipped); i++)
		if (strcmp(entry->name, skipped[i]) == 0)
			return true;
	return !entry->is_directory || entry->is_link || entry->name[0] == '.';
}

/* Settings that change sys.path in a way that was not followed: the folder that holds the package all the same. */
static bool look_below(struct django_project *self, const char *folder, const char *relative, int depth,
		       struct place *place)
{
	GPtrArray *entries = iw_directory_list(self->arena, folder, NULL);
	for (guint i = 0; entries != NULL && i < entries->len; i++) {
		const struct iw_entry *entry = g_ptr_array_index(entries, i);
		if (is_skipped(entry))
			continue;
		const char *path = iw_path_join(self->arena, folder, entry->name);
		/* A file that happens to be called like an installed package is not that package. */
		bool is_there = look_in(self->arena, path, relative, place) && place->file != NULL;
		if (is_there && (place->directory != NULL || strchr(relative, '/') != NULL)) {
			iw_django_reader_add_root(&self->reader, path);
			return true;
		}
		if (depth > 1 && look_below(self, path, relative, depth - 1, place))
			return true;
	}
	return false;
}

static bool find_module(struct django_project *self, const char *dotted, struct place *place)
{
	g_autofree char *relative = g_strdelimit(g_strdup(dotted), ".", '/');
	for (size_t i = 0; self->reader.roots[i] != NULL; i++)
		if (look_in(self->arena, self->reader.roots[i], relative, place))
			return true;
	for (guint i = 0; i < self->site_packages->len; i++)
		if (look_in(self->arena, self->site_packages->pdata[i], relative, place)) {
			place->is_installed = true;
			return true;
		}
	return false;
}

static bool find_anywhere(struct django_project *self, const char *dotted, struct place *place)
{
	if (find_module(self, dotted, place))
		return true;
	g_autofree char *relative = g_strdelimit(g_strdup(dotted), ".", '/');
	return look_below(self, self->reader.directory, relative, 2, place) ||
	       look_below(self, self->reader.top, relative, 2, place);
}

/* AppConfig -------------------------------------------------------------------------------------------------------- */

static bool has_foreign_base(const struct iw_py_value *class)
{
	for (guint i = 0; class->bases != NULL && i < class->bases->len; i++)
		if (((struct iw_py_value *)class->bases->pdata[i])->kind == IW_PY_FOREIGN)
			return true;
	return false;
}

/* Its base may be another package's, which is not found here: then its name says what it is. */
static bool is_config(iw_py *python, struct iw_py_value *class)
{
	if (class->kind != IW_PY_CLASS)
		return false;
	if (iw_py_is_subclass(python, class, "django.apps.AppConfig") ||
	    iw_py_is_subclass(python, class, "django.apps.config.AppConfig"))
		return true;
	const struct iw_py_value *name = iw_py_find(python, class, "name");
	return has_foreign_base(class) && g_str_has_suffix(class->text, "Config") && name != NULL &&
	       iw_py_text(name) != NULL;
}

static int default_of(iw_py *python, struct iw_py_value *class)
{
	const struct iw_py_value *value = iw_py_find(python, class, "default");
	return value == NULL || value->kind != IW_PY_BOOLEAN ? -1 : value->boolean;
}

/* The only one of apps.py, or the one that says that it is the default. */
static struct iw_py_value *config_in(iw_py *python, struct iw_py_value *module)
{
	struct iw_py_value *only = NULL, *marked = NULL;
	guint count = 0, marks = 0;
	g_autoptr(GList) names = g_list_sort(g_hash_table_get_keys(module->attributes), (GCompareFunc)strcmp);
	for (GList *at = names; at != NULL; at = at->next) {
		struct iw_py_value *value = iw_py_find(python, module, at->data);
		if (value == NULL || !is_config(python, value) || default_of(python, value) == 0)
			continue;
		only = value;
		count++;
		if (default_of(python, value) == 1) {
			marked = value;
			marks++;
		}
	}
	return count == 1 ? only : marks == 1 ? marked : NULL;
}

static struct iw_py_value *load_module(struct django_project *self, const char *path)
{
	return path == NULL ? NULL : iw_py_load(self->python, path, iw_path_shown(self->arena, path), NULL);
}

struct iw_py_value *iw_django_module(struct django_project *self, const char *dotted)
{
	struct place place;
	return find_anywhere(self, dotted, &place) ? load_module(self, place.file) : NULL;
}

struct iw_py_value *iw_django_class(struct django_project *self, const char *dotted)
{
	struct place place;
	const char *dot = strrchr(dotted, '.');
	if (dot == NULL || !find_anywhere(self, iw_arena_strndup(self->arena, dotted, (size_t)(dot - dotted)), &place))
		return NULL;
	struct iw_py_value *module = load_module(self, place.file);
	struct iw_py_value *class = module == NULL ? NULL : iw_py_find(self->python, module, dot + 1);
	return class != NULL && class->kind == IW_PY_CLASS ? class : NULL;
}

/* "shop.apps.ShopConfig" */
static struct iw_py_value *config_named(struct django_project *self, const char *entry)
{
	struct iw_py_value *class = iw_django_class(self, entry);
	return class != NULL && is_config(self->python, class) ? class : NULL;
}

/* Of an entry that is a module: its apps.py; before Django 4.1 what its __init__.py names. */
static struct iw_py_value *config_of_module(struct django_project *self, const struct place *place)
{
	if (place->directory == NULL)
		return NULL;
	int version = self->config.settings.version;
	struct iw_py_value *module = version > 0 && version < 40100 ? load_module(self, place->file) : NULL;
	const struct iw_py_value *named =
		module == NULL ? NULL : iw_py_find(self->python, module, "default_app_config");
	if (named != NULL && iw_py_text(named) != NULL)
		return config_named(self, named->text);
	struct place apps;
	if (!look_in(self->arena, place->directory, "apps", &apps) || apps.file == NULL)
		return NULL;
	module = load_module(self, apps.file);
	return module == NULL ? NULL : config_in(self->python, module);
}

static const char *text_of(struct django_project *self, struct iw_py_value *class, const char *name)
{
	const struct iw_py_value *value = class == NULL ? NULL : iw_py_find(self->python, class, name);
	return value == NULL ? NULL : iw_py_text(value);
}

/* Django's own ----------------------------------------------------------------------------------------------------- */

#define CONTRIB "django.contrib."

static bool is_contrib_auto_field(const char *label)
{
	static const char *const labels[] = {"admin", "auth", "contenttypes", "flatpages", "gis", "redirects", "sites"};
	for (size_t i = 0; i < G_N_ELEMENTS(labels); i++)
		if (strcmp(labels[i], label) == 0)
			return true;
	return false;
}

static struct django_app *contrib_app(struct django_project *self, const char *entry)
{
	const char *rest = entry + strlen(CONTRIB);
	struct django_app *app = iw_new(self->arena, struct django_app);
	app->label = iw_arena_strndup(self->arena, rest, strcspn(rest, "."));
	app->name = iw_arena_printf(self->arena, "%s%s", CONTRIB, app->label);
	app->is_contrib = true;
	app->default_auto_field = is_contrib_auto_field(app->label) ? "django.db.models.AutoField" : NULL;
	g_autofree char *relative = g_strdelimit(g_strdup(app->name), ".", '/');
	for (guint i = 0; i < self->site_packages->len && app->directory == NULL; i++) {
		const char *path =
			iw_arena_printf(self->arena, "%s/%s", (char *)self->site_packages->pdata[i], relative);
		app->directory = iw_path_is_directory(path) ? path : NULL;
	}
	return app;
}

static bool has_embedded(const char *label)
{
	for (const struct django_contrib_file *file = iw_django_contrib_files; file->app != NULL; file++)
		if (strcmp(file->app, label) == 0)
			return true;
	return false;
}

/* migrations ------------------------------------------------------------------------------------------------------- */

static bool holds_migrations(iw_arena *arena, const char *folder)
{
	GPtrArray *entries = iw_directory_list(arena, folder, NULL);
	for (guint i = 0; entries != NULL && i < entries->len; i++)
		if (g_str_has_suffix(((struct iw_entry *)entries->pdata[i])->name, ".py"))
			return true;
	return false;
}

static void take_folder(struct django_project *self, struct django_app *app, const char *folder)
{
	const char *init = iw_path_join(self->arena, folder, "__init__.py");
	app->kind = DJANGO_UNMIGRATED;
	if (iw_path_is_file(init)) {
		app->kind = DJANGO_MIGRATED;
		app->migrations = folder;
	} else if (iw_path_is_directory(folder) && holds_migrations(self->arena, folder)) {
		iw_project_complain(
			self->arena, self->project, false, folder, NULL,
			"there is no __init__.py in \"%s\": Django does not see the migrations of app \"%s\"",
			iw_path_shown(self->arena, folder), app->label);
	}
}

/* MIGRATION_MODULES: *folder NULL: switched off. */
static bool is_moved(struct django_project *self, struct django_app *app, const char **folder)
{
	const struct iw_py_value *all = iw_django_setting(&self->config, "MIGRATION_MODULES");
	const struct iw_py_value *module =
		all == NULL || all->kind != IW_PY_DICT ? NULL : iw_py_dict_find(all, app->label);
	*folder = NULL;
	if (module == NULL)
		return false;
	struct place place;
	const char *dotted = iw_py_text(module);
	if (dotted != NULL && find_anywhere(self, dotted, &place) && place.directory != NULL) {
		*folder = place.directory;
	} else if (module->kind != IW_PY_NONE) {
		app->kind = DJANGO_NOT_FOUND;
		iw_project_complain(
			self->arena, self->project, true, NULL, NULL,
			"MIGRATION_MODULES says that the migrations of app \"%s\" are in \"%s\", which is not "
			"found",
			app->label, dotted == NULL ? "a computed place" : dotted);
	} else {
		app->kind = DJANGO_UNMIGRATED;
	}
	return true;
}

static void find_migrations(struct django_project *self, struct django_app *app)
{
	const char *folder = NULL;
	if (is_moved(self, app, &folder)) {
		if (folder != NULL)
			take_folder(self, app, folder);
		return;
	}
	if (app->directory != NULL)
		take_folder(self, app, iw_path_join(self->arena, app->directory, "migrations"));
	else if (app->is_contrib)
		app->kind = has_embedded(app->label) ? DJANGO_MIGRATED : DJANGO_UNMIGRATED;
}

/* INSTALLED_APPS --------------------------------------------------------------------------------------------------- */

/* "a.b.apps.BConfig" of a package that is not found: its name is likely "a.b". */
static void guess_name(struct django_project *self, struct django_app *app, const char *entry)
{
	const char *end = entry + strlen(entry), *last = last_part(entry);
	if (g_ascii_isupper(*last) && last > entry) {
		end = last - 1;
		bool is_in_apps = end - entry > 5 && strncmp(end - 5, ".apps", 5) == 0;
		end -= is_in_apps ? 5 : 0;
	}
	app->name = iw_arena_strndup(self->arena, entry, (size_t)(end - entry));
	app->label = last_part(app->name);
	app->kind = DJANGO_NOT_FOUND;
}

static struct django_app *read_app(struct django_project *self, const char *entry)
{
	if (g_str_has_prefix(entry, CONTRIB))
		return contrib_app(self, entry);
	struct django_app *app = iw_new(self->arena, struct django_app);
	struct place place;
	struct iw_py_value *class = NULL;
	bool is_module = find_module(self, entry, &place);
	if (is_module)
		class = config_of_module(self, &place);
	else
		class = config_named(self, entry);
	app->name = text_of(self, class, "name");
	if (app->name == NULL && (is_module || find_anywhere(self, entry, &place)))
		app->name = entry;
	if (app->name == NULL) {
		guess_name(self, app, entry);
		return app;
	}
	const char *label = text_of(self, class, "label");
	app->label = label != NULL ? label : last_part(app->name);
	app->default_auto_field = text_of(self, class, "default_auto_field");
	if (find_anywhere(self, app->name, &place)) {
		app->directory = place.directory;
		app->is_installed_package = place.is_installed;
		app->kind = DJANGO_UNMIGRATED;
	} else {
		app->kind = DJANGO_NOT_FOUND;
	}
	return app;
}

/* The label, when another app has it already. */
static const char *add_app(struct django_project *self, const char *entry, GHashTable *seen)
{
	struct django_app *app = read_app(self, entry);
	if (!g_hash_table_add(seen, (char *)app->label))
		return app->label;
	if (app->kind != DJANGO_NOT_FOUND || app->is_contrib)
		find_migrations(self, app);
	g_ptr_array_add(self->apps, app);
	return NULL;
}

/* Without INSTALLED_APPS: what has migrations in the project. */
static void add_by_folders(struct django_project *self, const char *folder, int depth, GHashTable *seen)
{
	GPtrArray *entries = iw_directory_list(self->arena, folder, NULL);
	for (guint i = 0; entries != NULL && i < entries->len; i++) {
		const struct iw_entry *entry = g_ptr_array_index(entries, i);
		if (is_skipped(entry))
			continue;
		const char *path = iw_path_join(self->arena, folder, entry->name);
		const char *init = iw_path_join(self->arena, path, "migrations/__init__.py");
		if (iw_path_is_file(init)) {
			const char *root = self->reader.directory;
			bool is_below = g_str_has_prefix(path, root) && path[strlen(root)] == '/';
			const char *dotted = is_below ? path + strlen(root) + 1 : entry->name;
			add_app(self, g_strdelimit(iw_arena_strdup(self->arena, dotted), "/", '.'), seen);
		}
		if (depth > 1)
			add_by_folders(self, path, depth - 1, seen);
	}
}

static void complain_about_missing(struct django_project *self)
{
	g_autoptr(GString) names = g_string_new(NULL);
	guint count = 0;
	for (guint i = 0; i < self->apps->len; i++) {
		const struct django_app *app = g_ptr_array_index(self->apps, i);
		if (app->kind == DJANGO_NOT_FOUND)
			g_string_append_printf(names, "%s%s", count++ > 0 ? ", " : "", app->name);
	}
	if (count == 0)
		return;
	iw_project_complain(
		self->arena, self->project, false, NULL,
		"Activate the project's virtual environment, or make one in .venv: installed packages are read there.",
		"the files of %u installed apps are not found, so their migrations and models are not known: %s", count,
		names->str);
}

bool iw_django_apps_read(struct django_project *self)
{
	static const char *const standard[] = {"django.contrib.admin", "django.contrib.auth",
					       "django.contrib.contenttypes", "django.contrib.sessions"};
	struct iw_py_value *installed = iw_django_setting(&self->config, "INSTALLED_APPS");
	g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
	self->apps = iw_arena_ptr_array(self->arena);
	bool is_list =
		installed != NULL && installed->items != NULL &&
		(installed->kind == IW_PY_LIST || installed->kind == IW_PY_TUPLE || installed->kind == IW_PY_SET);
	bool is_whole = is_list;
	for (guint i = 0; is_list && i < installed->items->len; i++) {
		const struct iw_py_value *entry = installed->items->pdata[i];
		if (iw_py_text(entry) != NULL) {
			const char *label = add_app(self, entry->text, seen);
			if (label != NULL)
				iw_project_complain(self->arena, self->project, true, self->config.path, NULL,
						    "INSTALLED_APPS holds two apps with the label \"%s\": Django does "
						    "not start",
						    label);
			continue;
		}
		is_whole = false;
		iw_project_complain(self->arena, self->project, false, self->config.path, NULL,
				    "an entry of INSTALLED_APPS is not known: %s",
				    entry->kind == IW_PY_UNKNOWN ? entry->text : "it is made by code");
	}
	if (!is_list) {
		const char *reason = installed == NULL			? "the settings do not have it"
				     : installed->kind == IW_PY_UNKNOWN ? installed->text
									: "it is made by code";
		iw_project_complain(
			self->arena, self->project, false, self->config.path, NULL,
			"INSTALLED_APPS is not known (%s): the apps are those whose migrations are found in "
			"the project",
			reason);
		for (size_t i = 0; i < G_N_ELEMENTS(standard); i++)
			add_app(self, standard[i], seen);
		add_by_folders(self, self->reader.directory, 4, seen);
	}
	complain_about_missing(self);
	for (guint i = 0; i < self->apps->len; i++)
		is_whole = is_whole && ((struct django_app *)self->apps->pdata[i])->kind != DJANGO_NOT_FOUND;
	return is_whole;
}
