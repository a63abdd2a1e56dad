/*
 * What `manage.py migrate` does at its end beside the migrations: post_migrate, whose receivers make content types,
 * permissions and whatever else installed apps want. Inchworm runs no Python, so it says who would hear the signal,
 * and with which command Django sends it while it has nothing to run; see framework.h.
 */
#include "framework/django/project.h"

#include "base/error.h"

#include <string.h>

enum { MOST_DEPTH = 4, MOST_FILES = 2000 };

/* Receivers of Django's own apps. */
static const struct {
	const char *label, *rows;
} own_receivers[] = {
	{"contenttypes", "content types of new models (django.contrib.contenttypes)"},
	{"auth", "permissions of new models (django.contrib.auth)"},
	{"sites", "the default site (django.contrib.sites)"},
};

/* receivers -------------------------------------------------------------------------------------------------------- */

static bool is_passed_over(const struct iw_entry *entry)
{
	static const char *const names[] = {"migrations", "tests", "test", "static", "locale", "templates"};
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		if (strcmp(entry->name, names[i]) == 0)
			return true;
	return *entry->name == '.' || entry->is_link;
}

static bool names_signal(iw_arena *arena, const char *path)
{
	g_autoptr(iw_source) source = iw_source_open(path, iw_path_shown(arena, path), NULL);
	return source != NULL && g_strstr_len(source->text, (gssize)source->length, "post_migrate") != NULL;
}

/* Does any file of the package name the signal? *files: how many more are looked into. */
static bool listens(iw_arena *arena, const char *folder, int depth, int *files)
{
	GPtrArray *entries = iw_directory_list(arena, folder, NULL);
	for (guint i = 0; entries != NULL && i<entries->len && * files> 0; i++) {
		const struct iw_entry *entry = g_ptr_array_index(entries, i);
		if (is_passed_over(entry))
			continue;
		const char *path = iw_arena_printf(arena, "%s/%s", folder, entry->name);
		if (entry->is_directory && depth > 1 && listens(arena, path, depth - 1, files))
			return true;
		if (!entry->is_file || !g_str_has_suffix(entry->name, ".py"))
			continue;
		(*files)--;
		if (names_signal(arena, path))
			return true;
	}
	return false;
}

static const char *own_rows(const char *label)
{
	for (size_t i = 0; i < G_N_ELEMENTS(own_receivers); i++)
		if (strcmp(own_receivers[i].label, label) == 0)
			return own_receivers[i].rows;
	return NULL;
}

static void add_receivers(struct django_project *self, struct iw_framework_closing *closing)
{
	int files = MOST_FILES;
	for (guint i = 0; i < self->apps->len; i++) {
		const struct django_app *app = g_ptr_array_index(self->apps, i);
		const char *rows = app->is_contrib ? own_rows(app->label) : NULL;
		if (rows != NULL)
			g_ptr_array_add(closing->rows, (char *)rows);
		else if (app->kind == DJANGO_NOT_FOUND && !app->is_contrib)
			g_ptr_array_add(closing->unknown,
					iw_arena_printf(self->arena, "%s (its files are not found)", app->name));
		else if (!app->is_contrib && app->directory != NULL &&
			 listens(self->arena, app->directory, MOST_DEPTH, &files))
			g_ptr_array_add(closing->rows,
					iw_arena_printf(self->arena, "what %s does on post_migrate", app->name));
	}
	if (files <= 0)
		g_ptr_array_add(closing->unknown, (char *)"apps behind the first two thousand files");
	if (!self->graph->knows_all_apps && closing->unknown->len == 0)
		g_ptr_array_add(closing->unknown,
				(char *)"apps that INSTALLED_APPS may hold beside those that are known");
}

/* the command ------------------------------------------------------------------------------------------------------ */

static bool has_applied_child(const struct django_node *node)
{
	for (guint i = 0; i < node->children->len; i++) {
		const struct django_node *child = g_ptr_array_index(node->children, i);
		if (child->is_applied && strcmp(child->app, node->app) == 0)
			return true;
	}
	return false;
}

/* Django takes even a whole name for the beginning of one, and refuses when two begin so. */
static bool is_beginning(const struct django_project *self, const struct django_node *node)
{
	guint count = 0;
	for (guint i = 0; i < self->graph->disk->len; i++) {
		const struct django_node *other = g_ptr_array_index(self->graph->disk, i);
		count += strcmp(other->app, node->app) == 0 && g_str_has_prefix(other->name, node->name);
	}
	return count > 1;
}

/* Told to go where it is, Django runs nothing: whatever else is pending, or is not known here, stays as it is. */
static const struct django_node *standing(const struct django_project *self)
{
	GPtrArray *plan = iw_django_graph_plan(self->graph);
	for (guint i = plan->len; i-- > 0;) {
		const struct django_node *node = g_ptr_array_index(plan, i);
		if (node->is_applied && !has_applied_child(node) && !is_beginning(self, node))
			return node;
	}
	return NULL;
}

static bool is_all_applied(const struct django_project *self)
{
	GPtrArray *plan = iw_django_graph_plan(self->graph);
	for (guint i = 0; i < plan->len; i++)
		if (!((struct django_node *)g_ptr_array_index(plan, i))->is_applied)
			return false;
	return self->graph->knows_all_apps;
}

static const char *migrated_app(const struct django_project *self)
{
	return self->graph->disk->len == 0 ? NULL : ((struct django_node *)self->graph->disk->pdata[0])->app;
}

/* For a person: the shortest one. */
static const char *shown_command(const struct django_project *self, iw_arena *arena, const char *app, const char *name)
{
	g_autoptr(GString) text = g_string_new("python ");
	g_string_append(text, self->config.manage != NULL ? iw_path_shown(arena, self->config.manage) : "-m django");
	g_string_append(text, " migrate");
	if (!is_all_applied(self))
		g_string_append_printf(text, " %s %s", app, name);
	if (strcmp(self->config.database, "default") != 0)
		g_string_append_printf(text, " --database %s", self->config.database);
	return iw_arena_strdup(arena, text->str);
}

bool iw_django_closing(iw_arena *arena, const struct iw_project *project, struct iw_framework_closing *closing)
{
	struct django_project *self = (struct django_project *)project->bookkeeping->data;
	const struct django_node *node = standing(self);
	const char *app = node != NULL ? node->app : migrated_app(self), *name = node != NULL ? node->name : "zero";
	*closing =
		(struct iw_framework_closing){.rows = iw_arena_ptr_array(arena), .unknown = iw_arena_ptr_array(arena)};
	add_receivers(self, closing);
	if (app == NULL || closing->rows->len + closing->unknown->len == 0)
		return false;
	const char *words[] = {"migrate", app, name, "--no-input", "--database", self->config.database};
	iw_django_command(arena, self, words, G_N_ELEMENTS(words), &closing->command);
	closing->shown = shown_command(self, arena, app, name);
	return true;
}

/* Is it this database? --------------------------------------------------------------------------------------------- */

bool iw_django_probe(iw_arena *arena, const struct iw_project *project, struct iw_framework_command *command,
		     GError **error)
{
	(void)error;
	const struct django_project *self = project->bookkeeping->data;
	const char *words[] = {"showmigrations", "--plan", "--no-color", "--database", self->config.database};
	iw_django_command(arena, self, words, G_N_ELEMENTS(words), command);
	return true;
}

static bool fail_other_state(const struct django_project *self, const char *name, bool is_here, GError **error)
{
	iw_fail(error, IW_ERROR_PROJECT, "Django's own settings are for another database");
	iw_error_detail(error,
			is_here ? "%s is applied in this one; `manage.py showmigrations` does not say so."
				: "`manage.py showmigrations` says that %s is applied, which it is not in this one.",
			name);
	iw_error_hint(error, "Compare DATABASES[\"%s\"] of %s with the URL above.", self->config.database,
		      self->config.shown);
	return false;
}

/* "[X]  shop.0001_initial" for each migration that Django sees. */
bool iw_django_agrees(const struct iw_project *project, GPtrArray *applied, const char *output, GError **error)
{
	const struct django_project *self = project->bookkeeping->data;
	g_autoptr(GHashTable) states = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_auto(GStrv) lines = g_strsplit(output, "\n", -1);
	for (char **line = lines; *line != NULL; line++)
		if (strlen(*line) > 5 && **line == '[' && (*line)[2] == ']')
			g_hash_table_insert(states, g_strndup(*line + 5, strcspn(*line + 5, " \t\r")),
					    GINT_TO_POINTER((*line)[1] == 'X' ? 1 : 2));
	for (guint i = 0; i < applied->len; i++) {
		const struct iw_applied *one = g_ptr_array_index(applied, i);
		int state = GPOINTER_TO_INT(g_hash_table_lookup(states, one->name));
		bool is_in_graph = one->migration != NULL &&
				   ((struct django_migration *)one->migration->framework_data)->node->is_in_graph;
		if (is_in_graph && one->state == IW_APPLIED && state != 1)
			return fail_other_state(self, one->name, true, error);
		if (is_in_graph && one->state == IW_PENDING && state == 1)
			return fail_other_state(self, one->name, false, error);
	}
	return true;
}
