/*
 * Texts of migrations: made when they are asked for, from the models as all migrations before leave them; see
 * project.h.
 */
#include "framework/django/project.h"

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
		if (data->class != NULL)
			iw_django_state_apply(state, data->node->app, data->class, NULL);
		g_ptr_array_add(self->states, state);
	}
	return g_ptr_array_index(self->states, index);
}

iw_source *iw_django_text(const struct iw_migration *migration, enum iw_direction direction, GError **error)
{
	const struct django_migration *data = migration->framework_data;
	struct django_project *self = data->owner;
	guint index = 0;
	if (!g_ptr_array_find(order_of(self), migration, &index))
		index = order_of(self)->len;
	iw_source *source = iw_django_make(state_before(self, index), data->node->app, data->class,
					   migration->up.shown_path, direction, error);
	if (source == NULL)
		return NULL;
	GPtrArray *names = iw_django_renamed_models(state_before(self, index), data->node->app, data->class);
	return iw_django_with_renames(self, migration, source, direction, order_of(self), index, names);
}

void iw_django_forget_states(void *project)
{
	struct django_project *self = project;
	g_clear_pointer(&self->state_arena, iw_arena_free);
}
