/*
 * Texts of migrations: made when they are asked for, from the models as all migrations before leave them; see
 * project.h.
 */
#include "framework/django/project.h"

#include "model/replay.h"
#include "sql/sql.h"

#include <string.h>

static GPtrArray *order_of(const struct django_project *self)
{
	return self->project->order != NULL ? self->project->order : self->project->migrations;
}

static void start_again(struct django_project *self, const GPtrArray *order)
{
	g_clear_pointer(&self->state_arena, iw_arena_free);
	self->state_arena = iw_arena_new();
	self->states = g_ptr_array_sized_new(order->len + 1);
	iw_arena_defer(self->state_arena, (GDestroyNotify)g_ptr_array_unref, self->states);
	self->order = iw_arena_ptr_array(self->state_arena);
	for (guint i = 0; i < order->len; i++)
		g_ptr_array_add((GPtrArray *)self->order, order->pdata[i]);
	self->engine = self->project->engine;
	self->schema = self->undone_schema = NULL;
	self->texts = iw_arena_ptr_array(self->state_arena);
	self->undoing = iw_arena_ptr_array(self->state_arena);
	g_ptr_array_set_size(self->texts, (gint)order->len);
	g_ptr_array_set_size(self->undoing, (gint)order->len);
	g_ptr_array_add(self->states,
			iw_django_state_new(self->state_arena, self->python, self->engine, &self->config.settings));
}

/* As far as states were made, is the order still that one? */
static bool is_same_order(const struct django_project *self, const GPtrArray *order)
{
	if (self->states == NULL || memcmp(&self->engine, &self->project->engine, sizeof self->engine) != 0 ||
	    order->len < self->states->len - 1 || self->order->len != order->len)
		return false;
	for (guint i = 0; i < order->len; i++)
		if (self->order->pdata[i] != order->pdata[i])
			return false;
	return true;
}

/* The models before the migration at `index` of the order. */
static iw_django_state *state_before(struct django_project *self, guint index)
{
	const GPtrArray *order = order_of(self);
	if (!is_same_order(self, order))
		start_again(self, order);
	while (self->states->len <= index) {
		const struct iw_migration *migration = g_ptr_array_index(order, self->states->len - 1);
		const struct django_migration *data = migration->framework_data;
		iw_django_state *state = iw_django_state_copy(g_ptr_array_index(self->states, self->states->len - 1));
		g_autoptr(GError) failure = NULL;
		const char *why = data->class == NULL ? "it could not be read" : NULL;
		if (data->class != NULL && !iw_django_state_apply(state, data->node->app, data->class, &failure))
			why = failure->message;
		if (why != NULL)
			iw_django_state_forget(state, data->node->app,
					       iw_arena_printf(self->state_arena, "%s: %s", data->node->key, why));
		g_ptr_array_add(self->states, state);
	}
	return g_ptr_array_index(self->states, index);
}

/* the catalogue, by replay of the texts ------------------------------------------------------------------------------
 */

static void replay(iw_schema *schema, iw_source *source)
{
	g_autoptr(iw_arena) arena = iw_arena_new();
	g_autoptr(iw_reader) reader = iw_reader_new(schema->engine, source, NULL);
	struct iw_statement *statement;
	while ((statement = iw_reader_next(reader, arena, NULL)) != NULL) {
		if (!iw_schema_apply_statement(schema, statement, NULL))
			schema->is_uncertain = true;
		iw_arena_reset(arena);
	}
}

static void replay_migration(iw_schema *schema, const struct iw_migration *migration, enum iw_direction direction)
{
	g_autoptr(iw_source) source = migration->problem != NULL ? NULL : iw_django_text(migration, direction, NULL);
	if (source == NULL)
		schema->is_uncertain = true;
	else
		replay(schema, source);
}

/* Brings the schema to where the first `count` migrations of the order have run. */
static const iw_schema *replay_to(struct django_project *self, guint count)
{
	if (self->schema == NULL || self->replayed > count) {
		self->schema = iw_schema_new(self->state_arena, self->engine);
		self->replayed = 0;
	}
	for (; self->replayed < count; self->replayed++)
		replay_migration(self->schema, g_ptr_array_index(self->order, self->replayed), IW_UP);
	return self->schema;
}

/* The schema in which the migration at `index` of the order is undone: all have run, and those behind it are undone. */
static const iw_schema *undo_to(struct django_project *self, guint index)
{
	guint last = self->order->len - 1;
	if (self->undone_schema == NULL || self->undone > last - index) {
		self->undone_schema = iw_schema_copy(self->state_arena, replay_to(self, self->order->len));
		self->undone = 0;
	}
	for (; self->undone < last - index; self->undone++)
		replay_migration(self->undone_schema, g_ptr_array_index(self->order, last - self->undone), IW_DOWN);
	return self->undone_schema;
}

/* A text that is being made. */
struct asking {
	struct django_project *self;
	enum iw_direction direction;
	guint index; /* in the order; its length: behind all of it */
};

static const iw_schema *catalogue_of(void *data)
{
	const struct asking *asking = data;
	bool is_undone = asking->direction == IW_DOWN && asking->index < asking->self->order->len;
	return is_undone ? undo_to(asking->self, asking->index) : replay_to(asking->self, asking->index);
}

static enum iw_django_allow allows(void *data, const char *app_label, const char *model_name,
				   const struct iw_py_value *hints, const char **why)
{
	const struct asking *asking = data;
	return iw_django_allows(asking->self->config.settings.router, app_label, model_name, hints, why);
}

/* An app without migrations has models all the same when its models.py makes a class. */
static bool may_have_models(const struct django_project *self, const struct django_app *app)
{
	if (app->kind != DJANGO_UNMIGRATED || app->is_contrib)
		return app->kind == DJANGO_NOT_FOUND;
	if (app->directory == NULL || iw_path_is_directory(iw_path_join(self->arena, app->directory, "models")))
		return true;
	g_autofree char *path = g_build_filename(app->directory, "models.py", NULL), *text = NULL;
	return g_file_get_contents(path, &text, NULL, NULL) && strstr(text, "class ") != NULL;
}

static bool knows_all_models(struct django_project *self)
{
	if (self->knows_all_models != 0)
		return self->knows_all_models > 0;
	self->knows_all_models = self->graph->knows_all_apps ? 1 : -1;
	for (guint i = 0; i < self->apps->len; i++)
		if (may_have_models(self, self->apps->pdata[i]))
			self->knows_all_models = -1;
	return self->knows_all_models > 0;
}

static iw_source *make(struct django_project *self, const struct iw_migration *migration, enum iw_direction direction,
		       guint index, GError **error)
{
	const struct django_migration *data = migration->framework_data;
	const iw_django_state *before = state_before(self, index);
	struct asking asking = {self, direction, index};
	struct iw_django_making making = {
		.app_label = data->node->app,
		.shown = migration->up.shown_path,
		.migration = data->class,
		.direction = direction,
		.database = self->config.database,
		.knows_all_models = knows_all_models(self),
		.catalogue = catalogue_of,
		.allows = allows,
		.data = &asking,
	};
	iw_source *source = iw_django_make(before, &making, error);
	if (source == NULL)
		return NULL;
	GPtrArray *names = iw_django_renamed_models(before, data->node->app, data->class);
	return iw_django_with_renames(self, migration, source, direction, order_of(self), index, names);
}

/* Texts are kept as long as the states they were made from. */
iw_source *iw_django_text(const struct iw_migration *migration, enum iw_direction direction, GError **error)
{
	const struct django_migration *data = migration->framework_data;
	struct django_project *self = data->owner;
	guint index = 0;
	bool is_in_order = g_ptr_array_find(order_of(self), migration, &index);
	if (!is_in_order)
		index = order_of(self)->len;
	state_before(self, index);
	if (!is_in_order)
		return make(self, migration, direction, index, error);
	GPtrArray *texts = direction == IW_UP ? self->texts : self->undoing;
	iw_source *known = g_ptr_array_index(texts, index);
	if (known == NULL) {
		known = make(self, migration, direction, index, error);
		if (known == NULL)
			return NULL;
		texts->pdata[index] = known;
		iw_arena_defer(self->state_arena, (GDestroyNotify)iw_source_unref, known);
	}
	return iw_source_ref(known);
}

void iw_django_forget_text(const struct iw_migration *migration)
{
	const struct django_migration *data = migration->framework_data;
	struct django_project *self = data->owner;
	guint index;
	if (self->state_arena != NULL && g_ptr_array_find(order_of(self), migration, &index) &&
	    index < self->texts->len)
		self->texts->pdata[index] = NULL; /* the arena has the reference */
}

void iw_django_forget_states(void *project)
{
	struct django_project *self = project;
	g_clear_pointer(&self->state_arena, iw_arena_free);
}
