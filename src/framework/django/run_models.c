/* What code that operations run asks of models: apps.get_model(), apps.get_models(), Model._meta; see operations.h. */
#include "framework/django/operations.h"

#include <string.h>

struct django_model_ref iw_django_model_of_call(const struct django_step *step, const struct iw_py_value *call)
{
	struct django_model_ref nothing = {step->from, NULL};
	const char *path = call == NULL || call->kind != IW_PY_CALL ? NULL : iw_py_path(step->context->python, call);
	if (path == NULL || !g_str_has_suffix(path, "apps.get_model"))
		return nothing;
	const iw_django_state *state = g_str_has_prefix(path, "to_state.") ? step->to : step->from;
	const struct iw_py_value *first = iw_py_argument(call, 0, "app_label");
	const struct iw_py_value *second = iw_py_argument(call, 1, "model_name");
	const char *label = first == NULL ? NULL : iw_py_text(first);
	const char *name = second == NULL ? NULL : iw_py_text(second);
	if (label == NULL || (name == NULL && second != NULL))
		return nothing;
	struct django_model_ref model =
		name != NULL ? iw_django_get_model(state, label, name) : iw_django_find_model(state, label);
	return model.model != NULL && model.model->unknown == NULL ? model : nothing;
}

struct iw_py_value *iw_django_meta_value(const struct django_step *step, const struct iw_py_value *attribute)
{
	const struct iw_py_value *meta = attribute->kind == IW_PY_ATTRIBUTE ? attribute->receiver : NULL;
	if (meta == NULL || meta->kind != IW_PY_ATTRIBUTE || strcmp(meta->text, "_meta") != 0)
		return NULL;
	const struct django_model *model = iw_django_model_of_call(step, meta->receiver).model;
	iw_py *python = step->context->python;
	const char *name = attribute->text;
	if (model == NULL)
		return NULL;
	if (strcmp(name, "proxy") == 0)
		return iw_py_new_boolean(python, model->is_proxy);
	if (strcmp(name, "managed") == 0)
		return iw_py_new_boolean(python, model->is_managed);
	if (strcmp(name, "app_label") == 0)
		return iw_py_new_string(python, model->app_label);
	if (strcmp(name, "object_name") == 0)
		return iw_py_new_string(python, model->name);
	if (strcmp(name, "model_name") == 0)
		return iw_py_new_string(python, strchr(model->key, '.') + 1);
	return strcmp(name, "db_table") == 0 && !model->is_proxy ? iw_py_new_string(python, model->db_table) : NULL;
}

/* A call of apps.get_model() as the code itself would write it. */
static struct iw_py_value *model_value(const struct django_step *step, const struct django_model *model)
{
	iw_arena *arena = iw_py_arena(step->context->python);
	struct iw_py_value *call = iw_new(arena, struct iw_py_value);
	*call = (struct iw_py_value){
		.kind = IW_PY_CALL,
		.place = step->op->place,
		.receiver = iw_py_new_foreign(step->context->python, "apps.get_model"),
		.items = iw_arena_ptr_array(arena),
		.names = iw_arena_ptr_array(arena),
		.values = iw_arena_ptr_array(arena),
	};
	g_ptr_array_add(call->items, iw_py_new_string(step->context->python, model->app_label));
	g_ptr_array_add(call->items, iw_py_new_string(step->context->python, model->name));
	return call;
}

struct iw_py_value *iw_django_all_models(const struct django_step *step)
{
	const iw_django_state *state = step->from;
	for (guint i = 0; i < state->apps->len; i++)
		if (((const struct django_app_models *)state->apps->pdata[i])->unknown != NULL)
			return NULL;
	if (!step->making->knows_all_models)
		return NULL;
	struct iw_py_value *list = iw_py_new_list(step->context->python, IW_PY_LIST);
	GPtrArray *models = iw_django_models(state);
	for (guint i = 0; i < models->len; i++) {
		const struct django_model *model = models->pdata[i];
		if (model->unknown != NULL)
			return NULL;
		if (!model->swapped)
			g_ptr_array_add(list->items, model_value(step, model));
	}
	return list;
}
