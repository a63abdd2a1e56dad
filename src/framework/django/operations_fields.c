/* AddField, RemoveField, AlterField, RenameField. After django/db/migrations/operations/fields.py. */
#include "framework/django/operations.h"

#include <string.h>

/* the field that an operation holds -------------------------------------------------------------------------------- */

static struct iw_py_value *field_value(struct django_context *context, const struct django_op *op)
{
	struct iw_py_value *value = iw_django_given(op, "field");
	return value != NULL ? value : iw_py_new_unknown(context->python, op->place, "no field is given");
}

static struct django_field *new_field(struct django_context *context, const struct django_op *op, const char *model,
				      const char *name)
{
	return iw_django_field_new(context, op->app_label, model, name, field_value(context, op));
}

static void set_default(struct django_context *context, struct django_field *field, struct iw_py_value *value)
{
	GHashTable *arguments = iw_arena_hash_table(context->arena, g_str_hash, g_str_equal);
	GHashTableIter iterator;
	gpointer key, argument;
	if (field->arguments != NULL) {
		g_hash_table_iter_init(&iterator, field->arguments);
		while (g_hash_table_iter_next(&iterator, &key, &argument))
			g_hash_table_insert(arguments, key, argument);
	}
	if (value == NULL)
		g_hash_table_remove(arguments, "default");
	else
		g_hash_table_insert(arguments, (char *)"default", value);
	field->arguments = arguments;
	field->default_value = value;
}

/* A default that was only given for the rows that are there does not stay. */
static bool keeps_default(const struct django_op *op)
{
	return iw_django_given_flag(op, "preserve_default", true) != 0;
}

static bool fail_field(const struct django_op *op, const struct django_model *model, const char *name, GError **error)
{
	return iw_fail_at(error, IW_ERROR_INPUT, &op->place, "%s: %s.%s has no field named '%s'", op->name,
			  model->app_label, model->name, name);
}

/* Meta.order_with_respect_to keeps the name of a field that goes: Django cannot make the model then. */
static bool check_order(const struct django_op *op, const struct django_model *model, const char *name, GError **error)
{
	if (model->order_with_respect_to == NULL || strcmp(model->order_with_respect_to, name) != 0)
		return true;
	return iw_fail_at(error, IW_ERROR_INPUT, &op->place, "%s: %s has no field named '%s'", op->name, model->name,
			  name);
}

/* A name of a field that is not known may be any. */
static const char *field_name(iw_django_state *state, const struct django_op *op, const char *argument,
			      struct django_model_ref model)
{
	const char *why = NULL, *name = iw_django_given_text(state->context, op, argument, &why);
	if (name != NULL)
		return name;
	struct django_model *copy = iw_django_edit_model(state, model.model);
	copy->unknown = copy->doubt = why != NULL ? why : "an operation does not name its field";
	return NULL;
}

/* state ------------------------------------------------------------------------------------------------------------ */

static bool put_field(iw_django_state *state, const struct django_op *op, bool is_new, GError **error)
{
	struct django_model_ref model;
	if (!iw_django_state_model(state, op, "model_name", &model, error))
		return false;
	const char *name = model.model == NULL ? NULL : field_name(state, op, "name", model);
	if (name == NULL)
		return true;
	int index = iw_django_field_index(model.model, name);
	if (index < 0 && !is_new && model.model->doubt == NULL)
		return fail_field(op, model.model, name, error);
	struct django_field *field = new_field(state->context, op, model.model->name, name);
	if (!keeps_default(op))
		set_default(state->context, field, NULL);
	struct django_model *copy = iw_django_edit_model(state, model.model);
	if (index >= 0)
		copy->fields->pdata[index] = field;
	else
		g_ptr_array_add(copy->fields, field);
	return true;
}

bool iw_django_add_field_state(iw_django_state *state, const struct django_op *op, GError **error)
{
	return put_field(state, op, true, error);
}

bool iw_django_alter_field_state(iw_django_state *state, const struct django_op *op, GError **error)
{
	return put_field(state, op, false, error);
}

bool iw_django_remove_field_state(iw_django_state *state, const struct django_op *op, GError **error)
{
	struct django_model_ref model;
	if (!iw_django_state_model(state, op, "model_name", &model, error))
		return false;
	const char *name = model.model == NULL ? NULL : field_name(state, op, "name", model);
	if (name == NULL)
		return true;
	int index = iw_django_field_index(model.model, name);
	if (index < 0)
		return model.model->doubt != NULL || fail_field(op, model.model, name, error);
	struct django_model *copy = iw_django_edit_model(state, model.model);
	g_ptr_array_remove_index(copy->fields, (guint)index);
	return check_order(op, copy, name, error);
}

bool iw_django_rename_field_state(iw_django_state *state, const struct django_op *op, GError **error)
{
	struct django_model_ref model;
	if (!iw_django_state_model(state, op, "model_name", &model, error))
		return false;
	const char *old_name = model.model == NULL ? NULL : field_name(state, op, "old_name", model);
	const char *new_name = old_name == NULL ? NULL : field_name(state, op, "new_name", model);
	if (new_name == NULL)
		return true;
	if (iw_django_field_index(model.model, old_name) < 0)
		return model.model->doubt != NULL || fail_field(op, model.model, old_name, error);
	iw_django_rename_field(state, model.model, old_name, new_name);
	return check_order(op, model.model, old_name, error);
}

/* database --------------------------------------------------------------------------------------------------------- */

static const char *step_text(struct django_step *step, const char *argument)
{
	const char *why = NULL, *text = iw_django_given_text(step->context, step->op, argument, &why);
	if (text == NULL)
		iw_django_fail(step->context, step->op->place, "%s", why == NULL ? "it names no field" : why);
	return text;
}

/* With the default that does not stay: `field` is in the state without it. */
static struct django_field_ref with_default(struct django_step *step, struct django_field_ref field)
{
	if (keeps_default(step->op) || field.field == NULL || iw_django_given(step->op, "field") == NULL)
		return field;
	struct django_field *given = new_field(step->context, step->op, field.model->name, field.field->name);
	struct django_field *copy = iw_django_field_copy(step->context->arena, field.field);
	set_default(step->context, copy, given->default_value);
	field.field = copy;
	return field;
}

static bool is_stopped(const struct django_step *step)
{
	return step->context->problem != NULL || (step->error != NULL && *step->error != NULL);
}

bool iw_django_add_field_forwards(struct django_step *step)
{
	struct django_model_ref to = iw_django_step_model(step, step->to, "model_name");
	if (!iw_django_may_migrate(step, to))
		return true;
	struct django_model_ref from = iw_django_step_model(step, step->from, "model_name");
	const char *name = step_text(step, "name");
	if (is_stopped(step))
		return true;
	struct django_field_ref field = with_default(step, iw_django_step_field(step, to, name));
	if (is_stopped(step))
		return true;
	field.model = from.model;
	iw_django_add_field(step->editor, field);
	return true;
}

static bool remove_from(struct django_step *step, const iw_django_state *state)
{
	struct django_model_ref model = iw_django_step_model(step, state, "model_name");
	const char *name = step_text(step, "name");
	if (is_stopped(step) || !iw_django_may_migrate(step, model))
		return true;
	struct django_field_ref field = iw_django_step_field(step, model, name);
	if (!is_stopped(step))
		iw_django_remove_field(step->editor, field);
	return true;
}

bool iw_django_add_field_backwards(struct django_step *step)
{
	return remove_from(step, step->from);
}

bool iw_django_remove_field_forwards(struct django_step *step)
{
	return remove_from(step, step->from);
}

bool iw_django_remove_field_backwards(struct django_step *step)
{
	struct django_model_ref to = iw_django_step_model(step, step->to, "model_name");
	if (!iw_django_may_migrate(step, to))
		return true;
	struct django_model_ref from = iw_django_step_model(step, step->from, "model_name");
	const char *name = step_text(step, "name");
	if (is_stopped(step))
		return true;
	struct django_field_ref field = iw_django_step_field(step, to, name);
	if (is_stopped(step))
		return true;
	field.model = from.model;
	iw_django_add_field(step->editor, field);
	return true;
}

static bool alter(struct django_step *step, const char *old_argument, const char *new_argument, bool gives_default)
{
	struct django_model_ref to = iw_django_step_model(step, step->to, "model_name");
	if (!iw_django_may_migrate(step, to))
		return true;
	struct django_model_ref from = iw_django_step_model(step, step->from, "model_name");
	const char *old_name = step_text(step, old_argument), *new_name = step_text(step, new_argument);
	if (is_stopped(step))
		return true;
	struct django_field_ref old = iw_django_step_field(step, from, old_name);
	struct django_field_ref new_field = iw_django_step_field(step, to, new_name);
	if (is_stopped(step))
		return true;
	iw_django_alter_field(step->editor, old, gives_default ? with_default(step, new_field) : new_field, false);
	return true;
}

/* Backwards, too, Django gives the new field's default to the old one. */
bool iw_django_alter_field_forwards(struct django_step *step)
{
	return alter(step, "name", "name", true);
}

bool iw_django_rename_field_forwards(struct django_step *step)
{
	return alter(step, "old_name", "new_name", false);
}

bool iw_django_rename_field_backwards(struct django_step *step)
{
	return alter(step, "new_name", "old_name", false);
}
