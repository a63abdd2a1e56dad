/*
 * Django: migrations in Python files of each app, read without running them. Opening finds settings, apps and the
 * graph; texts are made when they are asked for, from the models as all migrations before leave them.
 */
#include "framework/django/project.h"

#include "base/error.h"
#include "framework/python/packages.h"

#include <string.h>

static int detect(iw_arena *arena, const char *directory, const char **why)
{
	int score = IW_DETECT_NO;
	const char *path = iw_django_config_find(arena, directory, &score);
	if (path != NULL)
		*why = iw_path_shown(arena, path);
	return score;
}

/* selection -------------------------------------------------------------------------------------------------------- */

static bool check_files(const struct django_project *self, GError **error)
{
	for (guint i = 0; i < self->graph->disk->len; i++) {
		const struct django_node *node = g_ptr_array_index(self->graph->disk, i);
		if (node->migration->problem == NULL)
			continue;
		g_propagate_error(error, g_error_copy(node->migration->problem));
		return false;
	}
	return true;
}

static GPtrArray *select_migrations(iw_arena *arena, const struct iw_project *project, GPtrArray *applied,
				    const char *const *targets, enum iw_direction direction, GError **error)
{
	(void)applied; /* the graph was built for it */
	struct django_project *self = (struct django_project *)project->bookkeeping->data;
	const char *database = self->config.database;
	if (!check_files(self, error) || !iw_django_graph_build(self->graph, self->graph->recorded, true, error) ||
	    !iw_django_graph_check_history(self->graph, database, error) ||
	    !iw_django_graph_check_conflicts(self->graph, error))
		return NULL;
	GPtrArray *nodes = direction == IW_UP ? iw_django_upgrades(self->graph, targets, error)
					      : iw_django_downgrades(self->graph, targets, self->newest, error);
	if (nodes == NULL)
		return NULL;
	if (self->graph->is_without_replacements)
		iw_django_arrange(self);
	GPtrArray *migrations = iw_arena_ptr_array(arena);
	for (guint i = 0; i < nodes->len; i++)
		g_ptr_array_add(migrations, ((struct django_node *)g_ptr_array_index(nodes, i))->migration);
	return migrations;
}

/* delegation ------------------------------------------------------------------------------------------------------- */

/* The python that the project's packages are installed for. */
static const char *find_python(iw_arena *arena, const struct django_project *self)
{
	for (guint i = 0; i < self->site_packages->len; i++) {
		/* ENV/lib/python3.11/site-packages */
		const char *lib = iw_path_parent(arena, iw_path_parent(arena, self->site_packages->pdata[i]));
		const char *path = iw_arena_printf(arena, "%s/bin/python", iw_path_parent(arena, lib));
		if (iw_path_is_file(path))
			return path;
	}
	return "python3";
}

static void add_words(GPtrArray *list, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (words[i] != NULL)
			g_ptr_array_add(list, (char *)words[i]);
}

void iw_django_command(iw_arena *arena, const struct django_project *self, const char *const *words, size_t count,
		       struct iw_framework_command *command)
{
	const char *start[] = {find_python(arena, self), self->config.manage != NULL ? self->config.manage : "-m",
			       self->config.manage != NULL ? NULL : "django"};
	command->directory = self->reader.directory;
	command->arguments = iw_arena_ptr_array(arena);
	command->environment = iw_arena_ptr_array(arena);
	add_words(command->arguments, start, G_N_ELEMENTS(start));
	add_words(command->arguments, words, count);
	g_ptr_array_add(command->environment, iw_arena_printf(arena, "DJANGO_SETTINGS_MODULE=%s", self->config.module));
}

/* opening ---------------------------------------------------------------------------------------------------------- */

/* Made of what every evaluator can hold: the settings' own has functions and classes of its own. */
static bool is_plain(const struct iw_py_value *value, int depth)
{
	bool is_list = value->kind == IW_PY_LIST || value->kind == IW_PY_TUPLE || value->kind == IW_PY_SET ||
		       value->kind == IW_PY_DICT;
	for (guint i = 0; is_list && i < value->items->len; i++)
		if (depth > 10 || !is_plain(value->items->pdata[i], depth + 1) ||
		    (value->kind == IW_PY_DICT && !is_plain(value->values->pdata[i], depth + 1)))
			return false;
	return is_list || (value->kind >= IW_PY_NONE && value->kind <= IW_PY_BYTES);
}

/* django/conf/global_settings.py, as far as migrations ask. */
static struct iw_py_value *standard_setting(const struct django_project *self, iw_py *python, const char *name)
{
	static const struct {
		const char *name, *text;
	} texts[] = {
		{"AUTH_USER_MODEL", "auth.User"},
		{"WAGTAIL_PAGE_MODEL", "wagtailcore.Page"},
		{"LANGUAGE_CODE", "en-us"},
		{"MEDIA_ROOT", ""},
		{"MEDIA_URL", ""},
		{"DEFAULT_TABLESPACE", ""},
		{"DEFAULT_INDEX_TABLESPACE", ""},
		{"TIME_ZONE", "America/Chicago"},
		{"DEFAULT_CHARSET", "utf-8"},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
		if (strcmp(texts[i].name, name) == 0)
			return iw_py_new_string(python, texts[i].text);
	if (strcmp(name, "DEFAULT_AUTO_FIELD") == 0)
		return iw_py_new_string(python, self->config.auto_field);
	return strcmp(name, "DEBUG") == 0 ? iw_py_new_boolean(python, false) : iw_django_package_setting(python, name);
}

/* A setting as a migration sees it; NULL: not known, or nothing plain. */
static struct iw_py_value *setting_value(struct django_project *self, iw_py *python, const char *name)
{
	struct iw_py_value *value = iw_django_setting(&self->config, name);
	if (value == NULL && self->config.failure == NULL)
		return standard_setting(self, python, name);
	return value != NULL && is_plain(value, 0) ? value : NULL;
}

/* The connection that Django calls "default": what kind of database it is stands in its ENGINE; which server, in what
 * is configured of it. */
static struct iw_py_value *connection_value(const struct django_project *self, iw_py *python, const char *name)
{
	static const char *const vendors[] = {"postgresql", "mysql", "sqlite"};
	struct iw_engine engine = self->project->engine;
	if (strcmp(self->config.database, "default") != 0)
		return NULL;
	if (strcmp(name, "vendor") == 0)
		return iw_py_new_string(python, vendors[engine.dialect]);
	bool is_known = engine.dialect != IW_MYSQL || engine.version != 0 || engine.is_mariadb;
	return strcmp(name, "mysql_is_mariadb") == 0 && is_known ? iw_py_new_boolean(python, engine.is_mariadb) : NULL;
}

/* sqlite3.sqlite_version_info, where the version is configured. */
static struct iw_py_value *sqlite_version(const struct django_project *self, iw_py *python)
{
	struct iw_engine engine = self->project->engine;
	if (engine.dialect != IW_SQLITE || engine.version == 0)
		return NULL;
	struct iw_py_value *tuple = iw_py_new_list(python, IW_PY_TUPLE);
	g_ptr_array_add(tuple->items, iw_py_new_integer(python, engine.version / 10000));
	g_ptr_array_add(tuple->items, iw_py_new_integer(python, engine.version / 100 % 100));
	g_ptr_array_add(tuple->items, iw_py_new_integer(python, engine.version % 100));
	return tuple;
}

/* settings.NAME */
static struct iw_py_value *on_attribute(void *data, iw_py *python, struct iw_py_value *attribute)
{
	static const char prefix[] = "django.conf.settings.";
	const struct django_project *self = data;
	int version = self->config.settings.version == 0 ? 60100 : self->config.settings.version;
	struct iw_py_value *constant = iw_django_constant(python, version, attribute);
	const char *path = iw_py_path(python, attribute);
	if (constant == NULL)
		constant = iw_django_class_table(self, python, attribute);
	if (constant != NULL)
		return constant;
	if (path != NULL && g_str_has_prefix(path, "django.db.connection."))
		return connection_value(self, python, path + strlen("django.db.connection."));
	if (path != NULL && strcmp(path, "sqlite3.sqlite_version_info") == 0)
		return sqlite_version(self, python);
	if (path == NULL || !g_str_has_prefix(path, prefix) || strchr(path + strlen(prefix), '.') != NULL)
		return NULL;
	return setting_value(data, python, path + strlen(prefix));
}

/* apps.is_installed("name") */
static struct iw_py_value *is_installed(struct django_project *self, iw_py *python, const struct iw_py_value *call)
{
	const struct iw_py_value *name = iw_py_argument(call, 0, "app_name");
	const char *text = name == NULL ? NULL : iw_py_text(name);
	for (guint i = 0; text != NULL && i < self->apps->len; i++)
		if (strcmp(((const struct django_app *)self->apps->pdata[i])->name, text) == 0)
			return iw_py_new_boolean(python, true);
	return text != NULL && self->graph->knows_all_apps ? iw_py_new_boolean(python, false) : NULL;
}

/* import_string("django.db.models.AutoField"), import_module("shop.fields"), get_callable("shop.texts.slugify") */
static struct iw_py_value *import_named(struct django_project *self, iw_py *python, const struct iw_py_value *call,
					const char *path)
{
	static const char *const names[] = {"importlib.import_module", "django.utils.module_loading.import_string",
					    "django.urls.get_callable", "django.urls.utils.get_callable"};
	const char *dotted = call->items->len == 1 ? iw_py_text(call->items->pdata[0]) : NULL;
	size_t name = 0;
	while (name < G_N_ELEMENTS(names) && strcmp(names[name], path) != 0)
		name++;
	if (dotted == NULL || name == G_N_ELEMENTS(names))
		return NULL;
	if (g_str_has_prefix(dotted, "django."))
		return iw_py_new_foreign(python, dotted);
	if (name == 0)
		return iw_django_module(self, dotted);
	const char *dot = strrchr(dotted, '.');
	struct iw_py_value *module =
		dot == NULL ? NULL
			    : iw_django_module(self, iw_arena_strndup(self->arena, dotted, (size_t)(dot - dotted)));
	return module == NULL ? NULL : iw_py_find(python, module, dot + 1);
}

/* migrations.swappable_dependency("shop.Parcel"): ("shop", "__first__"). */
static struct iw_py_value *swappable_dependency(iw_py *python, const struct iw_py_value *call, const char *path)
{
	const char *model = call->items->len == 1 ? iw_py_text(call->items->pdata[0]) : NULL;
	if (model == NULL || !g_str_has_prefix(path, "django.db.migrations.") ||
	    !g_str_has_suffix(path, ".swappable_dependency"))
		return NULL;
	g_autofree char *app = g_strndup(model, strcspn(model, "."));
	struct iw_py_value *tuple = iw_py_new_list(python, IW_PY_TUPLE);
	tuple->place = call->place;
	g_ptr_array_add(tuple->items, iw_py_new_string(python, app));
	g_ptr_array_add(tuple->items, iw_py_new_string(python, "__first__"));
	return tuple;
}

/* getattr(settings, "NAME", default), hasattr(settings, "NAME") */
static struct iw_py_value *on_call(void *data, iw_py *python, struct iw_py_value *call)
{
	struct django_project *self = data;
	const char *path = iw_py_path(python, call);
	if (path != NULL && strcmp(path, "django.apps.apps.is_installed") == 0)
		return is_installed(self, python, call);
	struct iw_py_value *imported = path == NULL ? NULL : import_named(self, python, call, path);
	if (imported == NULL && path != NULL)
		imported = swappable_dependency(python, call, path);
	if (imported != NULL)
		return imported;
	bool asks = path != NULL && strcmp(path, "builtins.hasattr") == 0;
	if (path == NULL || (!asks && strcmp(path, "builtins.getattr") != 0) || call->items->len < 2)
		return NULL;
	const char *of = iw_py_path(python, call->items->pdata[0]), *name = iw_py_text(call->items->pdata[1]);
	if (of == NULL || name == NULL || strcmp(of, "django.conf.settings") != 0)
		return NULL;
	struct iw_py_value *value = setting_value(self, python, name);
	bool is_there = value != NULL || iw_django_setting(&self->config, name) != NULL;
	if (value == NULL && iw_django_has_global_setting(name))
		return asks ? iw_py_new_boolean(python, true) : NULL;
	if (asks)
		return is_there || self->config.failure == NULL ? iw_py_new_boolean(python, is_there) : NULL;
	return !is_there && call->items->len > 2 && self->config.failure == NULL ? call->items->pdata[2] : value;
}

static void start_python(struct django_project *self)
{
	GPtrArray *roots = iw_arena_ptr_array(self->arena);
	for (size_t i = 0; self->reader.roots[i] != NULL; i++)
		g_ptr_array_add(roots, (char *)self->reader.roots[i]);
	for (guint i = 0; i < self->site_packages->len; i++)
		g_ptr_array_add(roots, self->site_packages->pdata[i]);
	g_ptr_array_add(roots, NULL);
	self->host = (struct iw_py_host){.call = on_call, .attribute = on_attribute, .data = self};
	self->ahead = iw_py_ahead_new(self->arena);
	const struct iw_py_options options = {
		.ahead = self->ahead,
		.roots = (const char *const *)roots->pdata,
		.top = self->reader.top,
		.host = &self->host,
		.environment = self->reader.environment,
	};
	self->python = iw_py_new(self->arena, &options);
	static const char *const unasked[] = {"operations", NULL};
	struct iw_py_options header_options = options;
	header_options.unasked = unasked;
	self->headers = iw_py_scratch_new(self->arena, &header_options, false);
}

/* Which driver Django takes: the newer one where both are installed, from 4.2 on. */
static int psycopg_version(const struct django_project *self)
{
	for (int version = 3; version >= 2; version--)
		for (guint i = 0; i < self->site_packages->len; i++) {
			const char *name = version == 3 ? "psycopg" : "psycopg2";
			if (iw_path_is_directory(iw_path_join(self->arena, self->site_packages->pdata[i], name)))
				return version;
		}
	return 0;
}

static void take_auto_fields(struct django_project *self)
{
	GHashTable *fields = iw_arena_hash_table(self->arena, g_str_hash, g_str_equal);
	for (guint i = 0; i < self->apps->len; i++) {
		const struct django_app *app = g_ptr_array_index(self->apps, i);
		if (app->default_auto_field != NULL)
			g_hash_table_insert(fields, (char *)app->label, (char *)app->default_auto_field);
	}
	self->config.settings.auto_fields = fields;
}

/* What Django would refuse on an empty database. */
static void complain_about_graph(struct django_project *self, const GError *failure)
{
	const struct iw_error_info *info = iw_error_info(failure);
	const struct iw_problem problem = {
		.is_error = true,
		.is_of_history = true,
		.place = info->place,
		.path = info->place.source != NULL ? info->place.source->path : NULL,
		.message = iw_arena_strdup(self->arena, failure->message),
		.hint = iw_arena_strdup(self->arena, info->hint != NULL ? info->hint : info->detail),
	};
	iw_project_problem(self->arena, self->project, &problem);
}

/* Without all dependencies nothing can be said of the graph. */
static bool is_readable(struct django_project *self)
{
	for (guint i = 0; i < self->graph->disk->len; i++) {
		const struct django_node *node = g_ptr_array_index(self->graph->disk, i);
		if (node->migration->problem == NULL)
			continue;
		iw_project_complain(
			self->arena, self->project, false, NULL, NULL,
			"%s cannot be read: what it depends on is not known, so the order of the migrations "
			"may be another one",
			node->migration->up.shown_path);
		return false;
	}
	return true;
}

static void build_graph(struct django_project *self)
{
	bool is_whole = is_readable(self);
	g_autoptr(GError) failure = NULL;
	GHashTable *nothing = iw_arena_hash_table(self->arena, g_str_hash, g_str_equal);
	if (iw_django_graph_build(self->graph, nothing, true, &failure)) {
		iw_django_arrange(self);
		g_autoptr(GError) conflict = NULL;
		if (is_whole && !iw_django_graph_check_conflicts(self->graph, &conflict))
			complain_about_graph(self, conflict);
		return;
	}
	self->is_broken = true;
	if (is_whole)
		complain_about_graph(self, failure);
	for (guint i = 0; i < self->graph->disk->len; i++)
		g_ptr_array_add(self->project->migrations,
				((struct django_node *)self->graph->disk->pdata[i])->migration);
}

static bool open_project(iw_arena *arena, const struct iw_project_options *options, struct iw_project *project,
			 GError **error)
{
	struct django_project *self = iw_new(arena, struct django_project);
	self->arena = arena;
	self->project = project;
	iw_arena_defer(arena, iw_django_forget_states, self);
	iw_django_reader_init(&self->reader, arena, project->directory);
	self->config.reader = &self->reader;
	project->database = options->database;
	if (!iw_django_config_read(arena, project, options, &self->config, error))
		return false;
	project->migrations_directory = iw_path_shown(arena, project->directory);
	if (options->only_finds)
		return true;
	if (!iw_django_database_read(arena, project, options, &self->config, error))
		return false;
	iw_project_url_is_final(project, options);
	self->site_packages = iw_python_site_packages(arena, project->directory, self->reader.top);
	self->squashed_rows = iw_arena_hash_table(arena, g_str_hash, g_str_equal);
	start_python(self);
	self->graph =
		iw_django_graph_new(arena, self->config.settings.version == 0 ? 60100 : self->config.settings.version);
	self->graph->knows_all_apps = false;
	self->graph->knows_all_apps = iw_django_apps_read(self);
	take_auto_fields(self);
	self->config.settings.psycopg = psycopg_version(self);
	iw_django_load(self);
	build_graph(self);
	iw_django_router_read(self);
	project->bookkeeping = iw_bookkeeping_new(arena, project, &iw_django_bookkeeping, NULL, "django_migrations");
	project->bookkeeping->data = self;
	return true;
}

const struct iw_framework iw_django = {
	.name = "django",
	.title = "Django",
	.ending = ".py",
	.detect = detect,
	.open = open_project,
	.select = select_migrations,
	.delegate = iw_django_delegate,
	.delegate_part = iw_django_delegate_part,
	.probe = iw_django_probe,
	.agrees = iw_django_agrees,
	.closing = iw_django_closing,
	.notes = iw_django_notes,
};
