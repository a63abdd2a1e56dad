/* States of models: what is shared between them, and how they change; see state.h. */
#include "framework/django/state.h"

#include <string.h>

const char *iw_django_lower(iw_arena *arena, const char *text)
{
	g_autofree char *lower = g_utf8_strdown(text, -1);
	return iw_arena_strdup(arena, lower);
}

const char *iw_django_model_key(iw_arena *arena, const char *app_label, const char *name)
{
	const char *dot = strchr(name, '.');
	const char *label = dot == NULL ? app_label : iw_arena_strndup(arena, name, (size_t)(dot - name));
	return iw_arena_printf(arena, "%s.%s", label, iw_django_lower(arena, dot == NULL ? name : dot + 1));
}

GPtrArray *iw_django_list_copy(iw_arena *arena, const GPtrArray *list)
{
	GPtrArray *copy = iw_arena_ptr_array(arena);
	for (guint i = 0; list != NULL && i < list->len; i++)
		g_ptr_array_add(copy, list->pdata[i]);
	return copy;
}

/* life ------------------------------------------------------------------------------------------------------------- */

static const void *new_owner(const iw_django_state *state)
{
	return iw_arena_alloc(state->context->arena, 1);
}

iw_django_state *iw_django_state_new(iw_arena *arena, iw_py *python, struct iw_engine engine,
				     const struct iw_django_settings *settings)
{
	struct django_context *context = iw_new(arena, struct django_context);
	*context = (struct django_context){
		.arena = arena,
		.python = python,
		.engine = engine,
		.version = settings->version == 0 ? 60100 : settings->version,
		.settings = settings,
	};
	iw_django_state *state = iw_new(arena, iw_django_state);
	state->context = context;
	state->apps = iw_arena_ptr_array(arena);
	state->owner = new_owner(state);
	return state;
}

iw_django_state *iw_django_state_branch(const iw_django_state *state, struct django_context *context)
{
	iw_django_state *copy = iw_new(context->arena, iw_django_state);
	copy->context = context;
	copy->apps = iw_django_list_copy(context->arena, state->apps);
	copy->owner = new_owner(copy);
	/* What the original could change so far, the copy sees now. */
	((iw_django_state *)state)->owner = new_owner(state);
	return copy;
}

iw_django_state *iw_django_state_copy(const iw_django_state *state)
{
	return iw_django_state_branch(state, state->context);
}

struct django_context *iw_django_state_context(const iw_django_state *state)
{
	return state->context;
}

/* finding ---------------------------------------------------------------------------------------------------------- */

/* Where the app is, or would be. */
static guint app_index(const iw_django_state *state, const char *label, bool *is_there)
{
	guint low = 0, high = state->apps->len;
	*is_there = false;
	while (low < high) {
		guint middle = (low + high) / 2;
		const struct django_app_models *app = state->apps->pdata[middle];
		int order = strcmp(app->label, label);
		if (order == 0) {
			*is_there = true;
			return middle;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct django_app_models *iw_django_state_app(const iw_django_state *state, const char *label)
{
	bool is_there;
	guint index = app_index(state, label, &is_there);
	return is_there ? state->apps->pdata[index] : NULL;
}

static const struct django_app_models *app_of_key(const iw_django_state *state, const char *key)
{
	const char *dot = strchr(key, '.');
	g_autofree char *label = dot == NULL ? g_strdup("") : g_strndup(key, (gsize)(dot - key));
	return iw_django_state_app(state, label);
}

struct django_model_ref iw_django_find_model(const iw_django_state *state, const char *key)
{
	const struct django_app_models *app = app_of_key(state, key);
	const struct django_model *model = app == NULL ? NULL : g_hash_table_lookup(app->by_key, key);
	if (app != NULL && model == NULL) {
		const char *dot = strchr(key, '.');
		g_autofree char *lower = g_utf8_strdown(dot + 1, -1);
		g_autofree char *again = g_strconcat(app->label, ".", lower, NULL);
		model = g_hash_table_lookup(app->by_key, again);
	}
	return (struct django_model_ref){state, model};
}

struct django_model_ref iw_django_get_model(const iw_django_state *state, const char *app_label, const char *name)
{
	g_autofree char *lower = g_utf8_strdown(name, -1);
	g_autofree char *key = g_strconcat(app_label, ".", lower, NULL);
	const struct django_app_models *app = iw_django_state_app(state, app_label);
	return (struct django_model_ref){state, app == NULL ? NULL : g_hash_table_lookup(app->by_key, key)};
}

GPtrArray *iw_django_models(const iw_django_state *state)
{
	GPtrArray *models = iw_arena_ptr_array(state->context->arena);
	for (guint i = 0; i < state->apps->len; i++) {
		const struct django_app_models *app = state->apps->pdata[i];
		for (guint j = 0; j < app->models->len; j++)
			g_ptr_array_add(models, app->models->pdata[j]);
	}
	return models;
}

const char *iw_django_state_doubt(const iw_django_state *state, const char *label)
{
	const struct django_app_models *app = iw_django_state_app(state, label);
	return app == NULL ? NULL : app->unknown;
}

int iw_django_field_index(const struct django_model *model, const char *name)
{
	for (guint i = 0; i < model->fields->len; i++)
		if (strcmp(((const struct django_field *)model->fields->pdata[i])->name, name) == 0)
			return (int)i;
	return -1;
}

/* changing --------------------------------------------------------------------------------------------------------- */

static struct django_app_models *new_app(iw_django_state *state, const char *label)
{
	iw_arena *arena = state->context->arena;
	struct django_app_models *app = iw_new(arena, struct django_app_models);
	*app = (struct django_app_models){
		.label = iw_arena_strdup(arena, label),
		.models = iw_arena_ptr_array(arena),
		.by_key = iw_arena_hash_table(arena, g_str_hash, g_str_equal),
		.owner = state->owner,
	};
	return app;
}

/* The app as this state may change it. */
static struct django_app_models *own_app(iw_django_state *state, const char *label)
{
	bool is_there;
	guint index = app_index(state, label, &is_there);
	state->rendered = state->pointing = NULL;
	struct django_app_models *old = is_there ? state->apps->pdata[index] : NULL;
	if (is_there && old->owner == state->owner)
		return old;
	struct django_app_models *app = new_app(state, label);
	if (!is_there) {
		g_ptr_array_insert(state->apps, (gint)index, app);
		return app;
	}
	app->unknown = old->unknown;
	for (guint i = 0; i < old->models->len; i++) {
		struct django_model *model = old->models->pdata[i];
		g_ptr_array_add(app->models, model);
		g_hash_table_insert(app->by_key, (char *)model->key, model);
	}
	state->apps->pdata[index] = app;
	return app;
}

void iw_django_put_model(iw_django_state *state, struct django_model *model)
{
	struct django_app_models *app = own_app(state, model->app_label);
	struct django_model *old = g_hash_table_lookup(app->by_key, model->key);
	guint index;
	if (old != NULL && g_ptr_array_find(app->models, old, &index))
		app->models->pdata[index] = model;
	else
		g_ptr_array_add(app->models, model);
	g_hash_table_replace(app->by_key, (char *)model->key, model);
}

void iw_django_drop_model(iw_django_state *state, const char *key)
{
	const struct django_app_models *found = app_of_key(state, key);
	if (found == NULL)
		return;
	struct django_app_models *app = own_app(state, found->label);
	struct django_model *model = g_hash_table_lookup(app->by_key, key);
	g_hash_table_remove(app->by_key, key);
	g_ptr_array_remove(app->models, model);
}

struct django_model *iw_django_edit_model(iw_django_state *state, const struct django_model *model)
{
	struct django_model *copy = iw_arena_memdup(state->context->arena, model, sizeof *model);
	copy->fields = iw_django_list_copy(state->context->arena, model->fields);
	iw_django_put_model(state, copy);
	return copy;
}

void iw_django_state_forget_app(iw_django_state *state, const char *label, const char *why)
{
	iw_arena *arena = state->context->arena;
	struct django_app_models *app = own_app(state, label);
	app->unknown = iw_arena_strdup(arena, why);
	for (guint i = 0; i < app->models->len; i++) {
		struct django_model *copy = iw_arena_memdup(arena, app->models->pdata[i], sizeof(struct django_model));
		if (copy->unknown != NULL)
			continue;
		copy->unknown = copy->doubt = app->unknown;
		app->models->pdata[i] = copy;
		g_hash_table_replace(app->by_key, (char *)copy->key, copy);
	}
}

/* renaming --------------------------------------------------------------------------------------------------------- */

/* An argument of a field as deconstruct() gives it, in a table of its own. */
static void set_argument(struct django_context *context, struct django_field *field, const char *name, const char *text)
{
	GHashTable *arguments = iw_arena_hash_table(context->arena, g_str_hash, g_str_equal);
	GHashTableIter iterator;
	gpointer key, value;
	if (field->arguments != NULL) {
		g_hash_table_iter_init(&iterator, field->arguments);
		while (g_hash_table_iter_next(&iterator, &key, &value))
			g_hash_table_insert(arguments, key, value);
	}
	g_hash_table_insert(arguments, (char *)name, iw_py_new_string(context->python, text));
	field->arguments = arguments;
}

struct renaming {
	iw_django_state *state;
	const char *old_key, *new_key, *label; /* label: "shop.Order", as fields then say it */
};

static struct django_field *repoint(const struct renaming *renaming, const struct django_field *field)
{
	struct django_context *context = renaming->state->context;
	bool has_to = field->to != NULL && strcmp(field->to, renaming->old_key) == 0;
	bool has_through = field->through != NULL && strcmp(field->through, renaming->old_key) == 0;
	if (!has_to && !has_through)
		return NULL;
	struct django_field *copy = iw_django_field_copy(context->arena, field);
	if (has_to) {
		copy->to = renaming->new_key;
		set_argument(context, copy, "to", renaming->label);
	}
	if (has_through) {
		copy->through = renaming->new_key;
		set_argument(context, copy, "through", renaming->label);
	}
	return copy;
}

/* A state that may be changed keeps its list of models while they are looked through. */
static void repoint_all(const struct renaming *renaming)
{
	GPtrArray *models = iw_django_models(renaming->state);
	for (guint i = 0; i < models->len; i++) {
		const struct django_model *model = models->pdata[i];
		struct django_model *copy = NULL;
		for (guint j = 0; j < model->fields->len; j++) {
			struct django_field *field = repoint(renaming, model->fields->pdata[j]);
			if (field == NULL)
				continue;
			if (copy == NULL)
				copy = iw_django_edit_model(renaming->state, model);
			copy->fields->pdata[j] = field;
		}
	}
}

void iw_django_rename_model(iw_django_state *state, const struct django_model *model, const char *new_name)
{
	struct django_context *context = state->context;
	struct django_model *renamed = iw_arena_memdup(context->arena, model, sizeof *model);
	renamed->fields = iw_django_list_copy(context->arena, model->fields);
	renamed->name = iw_arena_strdup(context->arena, new_name);
	renamed->key = iw_django_model_key(context->arena, model->app_label, new_name);
	iw_django_settle_model(context, renamed);
	if (strcmp(renamed->key, model->key) != 0)
		iw_django_drop_model(state, model->key);
	iw_django_put_model(state, renamed);
	const struct renaming renaming = {
		.state = state,
		.old_key = model->key,
		.new_key = renamed->key,
		.label = iw_arena_printf(context->arena, "%s.%s", model->app_label, new_name),
	};
	repoint_all(&renaming);
}

static GPtrArray *renamed_in_list(iw_arena *arena, const GPtrArray *list, const char *old_name, const char *new_name)
{
	GPtrArray *renamed = iw_arena_ptr_array(arena);
	for (guint i = 0; i < list->len; i++) {
		bool is_it = strcmp(list->pdata[i], old_name) == 0;
		g_ptr_array_add(renamed, is_it ? iw_arena_strdup(arena, new_name) : list->pdata[i]);
	}
	return renamed;
}

static GPtrArray *renamed_in_sets(iw_arena *arena, const GPtrArray *sets, const char *old_name, const char *new_name)
{
	GPtrArray *renamed = iw_arena_ptr_array(arena);
	for (guint i = 0; i < sets->len; i++)
		g_ptr_array_add(renamed, renamed_in_list(arena, sets->pdata[i], old_name, new_name));
	return renamed;
}

/* Does this field point to that one by name? `name` is the field's old name; a key without to_field names none. */
static bool points_to(const struct django_field *field, const char *key, const char *name)
{
	return field->to != NULL && !field->is_many_to_many && strcmp(field->to, key) == 0 && field->to_field != NULL &&
	       strcmp(field->to_field, name) == 0;
}

static void rename_targets(iw_django_state *state, const char *key, const char *old_name, const char *new_name)
{
	struct django_context *context = state->context;
	GPtrArray *models = iw_django_models(state);
	for (guint i = 0; i < models->len; i++) {
		const struct django_model *model = models->pdata[i];
		struct django_model *copy = NULL;
		for (guint j = 0; j < model->fields->len; j++) {
			const struct django_field *field = model->fields->pdata[j];
			if (!points_to(field, key, old_name))
				continue;
			if (copy == NULL)
				copy = iw_django_edit_model(state, model);
			struct django_field *changed = iw_django_field_copy(context->arena, field);
			changed->to_field = iw_arena_strdup(context->arena, new_name);
			set_argument(context, changed, "to_field", new_name);
			copy->fields->pdata[j] = changed;
		}
	}
}

/* The renamed field goes to the end, as it does in Django. Indexes and constraints keep the old name, also as there. */
void iw_django_rename_field(iw_django_state *state, const struct django_model *model, const char *old_name,
			    const char *new_name)
{
	iw_arena *arena = state->context->arena;
	struct django_model *copy = iw_django_edit_model(state, model);
	int index = iw_django_field_index(copy, old_name);
	struct django_field *field = iw_django_field_copy(arena, copy->fields->pdata[index]);
	field->name = iw_arena_strdup(arena, new_name);
	g_ptr_array_remove_index(copy->fields, (guint)index);
	int other = iw_django_field_index(copy, new_name);
	if (other >= 0)
		copy->fields->pdata[other] = field;
	else
		g_ptr_array_add(copy->fields, field);
	for (guint i = 0; i < copy->fields->len; i++) {
		struct django_field *one = copy->fields->pdata[i];
		if (one->columns_of == NULL)
			continue;
		one = copy->fields->pdata[i] = iw_django_field_copy(arena, one);
		one->columns_of = renamed_in_list(arena, one->columns_of, old_name, new_name);
	}
	copy->unique_together = renamed_in_sets(arena, copy->unique_together, old_name, new_name);
	copy->index_together = renamed_in_sets(arena, copy->index_together, old_name, new_name);
	rename_targets(state, copy->key, old_name, new_name);
}
