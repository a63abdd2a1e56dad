/* Operations on models and on their Meta. After django/db/migrations/operations/models.py. */
#include "framework/django/operations.h"

#include <string.h>

static bool is_stopped(const struct django_step *step)
{
	return step->context->problem != NULL || (step->error != NULL && *step->error != NULL);
}

/* CreateModel, DeleteModel ------------------------------------------------------------------------------------------
 */

bool iw_django_create_model_state(iw_django_state *state, const struct django_op *op, GError **error)
{
	(void)error;
	const char *why = NULL, *name = iw_django_given_text(state->context, op, "name", &why);
	if (name == NULL) {
		iw_django_state_forget_app(state, op->app_label, why == NULL ? "a model without a name" : why);
		return true;
	}
	iw_django_put_model(state, iw_django_model_new(state->context, op->app_label, name, op->place,
						       iw_django_given(op, "fields"), iw_django_given(op, "options"),
						       iw_django_given(op, "bases")));
	return true;
}

static bool create(struct django_step *step, bool is_forwards)
{
	struct django_model_ref model = iw_django_step_model(step, step->to, "name");
	if (is_stopped(step) || !iw_django_may_migrate(step, model))
		return true;
	iw_django_create_model(step->editor, model);
	/* Since 5.1 Meta has no index_together any more, and old migrations may still have it. */
	bool is_apart = is_forwards && step->context->version >= 50100;
	if (is_apart && model.model->index_together->len > 0 && !is_stopped(step))
		iw_django_alter_index_together(step->editor, model, iw_arena_ptr_array(step->context->arena),
					       model.model->index_together);
	return true;
}

static bool delete (struct django_step *step)
{
	struct django_model_ref model = iw_django_step_model(step, step->from, "name");
	if (!is_stopped(step) && iw_django_may_migrate(step, model))
		iw_django_delete_model(step->editor, model);
	return true;
}

bool iw_django_create_model_forwards(struct django_step *step)
{
	return create(step, true);
}

bool iw_django_create_model_backwards(struct django_step *step)
{
	return delete (step);
}

bool iw_django_delete_model_state(iw_django_state *state, const struct django_op *op, GError **error)
{
	struct django_model_ref model;
	if (!iw_django_state_model(state, op, "name", &model, error))
		return false;
	if (model.model != NULL)
		iw_django_drop_model(state, model.model->key);
	return true;
}

bool iw_django_delete_model_forwards(struct django_step *step)
{
	return delete (step);
}

bool iw_django_delete_model_backwards(struct django_step *step)
{
	return create(step, false);
}

/* RenameModel ------------------------------------------------------------------------------------------------------ */

bool iw_django_rename_model_state(iw_django_state *state, const struct django_op *op, GError **error)
{
	struct django_model_ref model;
	if (!iw_django_state_model(state, op, "old_name", &model, error))
		return false;
	const char *why = NULL, *name = iw_django_given_text(state->context, op, "new_name", &why);
	if (name == NULL) {
		iw_django_state_forget_app(state, op->app_label, why == NULL ? "a model gets no name" : why);
		return true;
	}
	if (model.model == NULL)
		return true;
	/* Django takes the model away under its old name, which is the new one. */
	const char *lower = iw_django_lower(state->context->arena, name);
	if (strcmp(lower, strchr(model.model->key, '.') + 1) == 0) {
		iw_fail_at(error, IW_ERROR_INPUT, &op->place, "%s: KeyError: ('%s', '%s')", op->name, op->app_label,
			   lower);
		iw_error_hint(error, "Django loses a model when only the case of its name changes.");
		return false;
	}
	iw_django_rename_model(state, model.model, name);
	return true;
}

/* related_name="+" and the like; then Django does not alter the field. */
static bool is_hidden(const struct django_field_ref *field)
{
	const struct iw_py_value *name =
		field->field->arguments == NULL ? NULL : g_hash_table_lookup(field->field->arguments, "related_name");
	if (name == NULL)
		name = g_hash_table_lookup(field->model->options, "default_related_name");
	const char *text = name == NULL ? NULL : iw_py_text(name);
	return text != NULL && g_str_has_suffix(text, "+");
}

/* _meta.related_objects */
static void add_related_objects(struct django_model_ref model, bool is_parent, GPtrArray *into, int depth)
{
	GPtrArray *parents = iw_django_parents(model);
	for (guint i = 0; i < parents->len && depth < 100; i++) {
		struct django_model_ref parent = iw_django_find_model(model.state, parents->pdata[i]);
		if (parent.model != NULL)
			add_related_objects(parent, true, into, depth + 1);
		else
			iw_django_fail(iw_django_state_context(model.state), model.model->place,
				       "%s derives from %s, which is not known", model.model->name,
				       (const char *)parents->pdata[i]);
	}
	GPtrArray *related = iw_django_related(model);
	for (guint i = 0; i < related->len; i++) {
		struct django_field_ref *field = related->pdata[i];
		bool is_link = is_parent && field->field->is_parent_link;
		bool is_visible = field->field->is_many_to_many || !is_hidden(field);
		if (is_visible && !is_link && !g_ptr_array_find(into, field, NULL))
			g_ptr_array_add(into, field);
	}
}

/* A field that points to the renamed model follows it. */
static void alter_related(struct django_step *step, struct django_model_ref old_model,
			  struct django_model_ref new_model, const struct django_field_ref *related)
{
	bool is_own = related->model == old_model.model;
	struct django_model_ref model = is_own ? new_model : iw_django_find_model(step->to, related->model->key);
	if (model.model == NULL || model.model->unknown != NULL) {
		iw_django_fail(step->context, step->op->place, "what the model %s is is not known",
			       related->model->key);
		return;
	}
	struct django_field_ref to_field = iw_django_step_field(step, model, related->field->name);
	if (is_stopped(step))
		return;
	struct django_field_ref old = *related;
	/* The table of a M2M is named after its own model. */
	if ((is_own || step->context->version >= 50100) && !old.field->is_many_to_many)
		old.model = model.model;
	iw_django_alter_field(step->editor, old, to_field, false);
}

static void alter_many_to_many(struct django_editor *editor, struct django_field_ref old,
			       struct django_field_ref new_field)
{
	if (editor->backend->alter_many_to_many != NULL)
		editor->backend->alter_many_to_many(editor, old, new_field, false);
	else
		iw_django_base_alter_many_to_many(editor, old, new_field, false);
}

/* Before 4.2: the table and the column that are named after the model. */
static void rename_through(struct django_step *step, struct django_field_ref old, struct django_field_ref new_field)
{
	struct django_model_ref old_through = iw_django_through(old), new_through = iw_django_through(new_field);
	iw_django_alter_db_table(step->editor, new_through, old_through.model->db_table, new_through.model->db_table);
	struct django_field_ref from = iw_django_step_field(step, old_through, strchr(old.model->key, '.') + 1);
	struct django_field_ref to = iw_django_step_field(step, new_through, strchr(new_field.model->key, '.') + 1);
	if (is_stopped(step))
		return;
	from.model = new_through.model;
	iw_django_alter_field(step->editor, from, to, false);
}

static void rename_many_to_many(struct django_step *step, struct django_model_ref old_model,
				struct django_model_ref new_model)
{
	GPtrArray *old_fields = iw_django_local_many_to_many(old_model);
	GPtrArray *new_fields = iw_django_local_many_to_many(new_model);
	for (guint i = 0; i < old_fields->len && i < new_fields->len && !is_stopped(step); i++) {
		struct django_field_ref old = {step->from, old_model.model, old_fields->pdata[i]};
		struct django_field_ref new_field = {step->to, new_model.model, new_fields->pdata[i]};
		bool is_self = new_field.field->to != NULL && strcmp(new_field.field->to, new_model.model->key) == 0;
		if (is_self || new_field.field->through != NULL)
			continue;
		if (step->context->version >= 40200)
			alter_many_to_many(step->editor, old, new_field);
		else
			rename_through(step, old, new_field);
	}
}

static bool rename_model(struct django_step *step, const char *old_argument, const char *new_argument)
{
	struct django_model_ref new_model = iw_django_step_model(step, step->to, new_argument);
	if (is_stopped(step) || !iw_django_may_migrate(step, new_model))
		return true;
	struct django_model_ref old_model = iw_django_step_model(step, step->from, old_argument);
	if (is_stopped(step))
		return true;
	iw_django_alter_db_table(step->editor, new_model, old_model.model->db_table, new_model.model->db_table);
	GPtrArray *related = iw_arena_ptr_array(step->context->arena);
	add_related_objects(old_model, false, related, 0);
	for (guint i = 0; i < related->len && !is_stopped(step); i++)
		alter_related(step, old_model, new_model, related->pdata[i]);
	if (!is_stopped(step))
		rename_many_to_many(step, old_model, new_model);
	return true;
}

bool iw_django_rename_model_forwards(struct django_step *step)
{
	return rename_model(step, "old_name", "new_name");
}

bool iw_django_rename_model_backwards(struct django_step *step)
{
	return rename_model(step, "new_name", "old_name");
}

/* Meta: state ------------------------------------------------------------------------------------------------------ */

static bool set_option(iw_django_state *state, const struct django_op *op, const char *option, const char *argument,
		       GError **error)
{
	struct django_model_ref model;
	if (!iw_django_state_model(state, op, "name", &model, error))
		return false;
	if (model.model == NULL)
		return true;
	struct iw_py_value *value = iw_django_given(op, argument);
	struct django_model *copy = iw_django_edit_model(state, model.model);
	iw_django_set_option(state->context, copy, option,
			     value != NULL ? value : iw_py_new_none(state->context->python));
	return true;
}

bool iw_django_alter_table_state(iw_django_state *state, const struct django_op *op, GError **error)
{
	return set_option(state, op, "db_table", "table", error);
}

bool iw_django_alter_comment_state(iw_django_state *state, const struct django_op *op, GError **error)
{
	return set_option(state, op, "db_table_comment", "table_comment", error);
}

bool iw_django_alter_unique_together_state(iw_django_state *state, const struct django_op *op, GError **error)
{
	return set_option(state, op, "unique_together", "unique_together", error);
}

bool iw_django_alter_index_together_state(iw_django_state *state, const struct django_op *op, GError **error)
{
	return set_option(state, op, "index_together", "index_together", error);
}

bool iw_django_alter_order_state(iw_django_state *state, const struct django_op *op, GError **error)
{
	return set_option(state, op, "order_with_respect_to", "order_with_respect_to", error);
}

bool iw_django_alter_options_state(iw_django_state *state, const struct django_op *op, GError **error)
{
	static const char *const keys[] = {"base_manager_name",
					   "default_manager_name",
					   "default_related_name",
					   "get_latest_by",
					   "managed",
					   "ordering",
					   "permissions",
					   "default_permissions",
					   "select_on_save",
					   "verbose_name",
					   "verbose_name_plural",
					   NULL};
	struct django_model_ref model;
	if (!iw_django_state_model(state, op, "name", &model, error))
		return false;
	if (model.model == NULL)
		return true;
	struct django_model *copy = iw_django_edit_model(state, model.model);
	iw_django_set_options(state->context, copy, iw_django_given(op, "options"), keys);
	return true;
}

bool iw_django_alter_managers_state(iw_django_state *state, const struct django_op *op, GError **error)
{
	struct django_model_ref model;
	return iw_django_state_model(state, op, "name", &model, error);
}

/* Meta: database --------------------------------------------------------------------------------------------------- */

/* The model before and after; false: there is nothing to do, or it is not known. */
static bool both_models(struct django_step *step, struct django_model_ref *from, struct django_model_ref *to)
{
	*to = iw_django_step_model(step, step->to, "name");
	if (is_stopped(step) || !iw_django_may_migrate(step, *to))
		return false;
	*from = iw_django_step_model(step, step->from, "name");
	return !is_stopped(step);
}

bool iw_django_alter_table_forwards(struct django_step *step)
{
	struct django_model_ref from, to;
	if (!both_models(step, &from, &to))
		return true;
	iw_django_alter_db_table(step->editor, to, from.model->db_table, to.model->db_table);
	GPtrArray *old_fields = iw_django_local_many_to_many(from), *new_fields = iw_django_local_many_to_many(to);
	for (guint i = 0; i < old_fields->len && i < new_fields->len && !is_stopped(step); i++) {
		struct django_field_ref old = {step->from, from.model, old_fields->pdata[i]};
		struct django_field_ref new_field = {step->to, to.model, new_fields->pdata[i]};
		if (new_field.field->through != NULL)
			continue;
		struct django_model_ref old_through = iw_django_through(old), through = iw_django_through(new_field);
		if (!is_stopped(step))
			iw_django_alter_db_table(step->editor, through, old_through.model->db_table,
						 through.model->db_table);
	}
	return true;
}

bool iw_django_alter_comment_forwards(struct django_step *step)
{
	struct django_model_ref from, to;
	if (both_models(step, &from, &to))
		iw_django_alter_db_table_comment(step->editor, to, to.model->db_table_comment);
	return true;
}

bool iw_django_alter_unique_together_forwards(struct django_step *step)
{
	struct django_model_ref from, to;
	if (both_models(step, &from, &to))
		iw_django_alter_unique_together(step->editor, to, from.model->unique_together,
						to.model->unique_together);
	return true;
}

bool iw_django_alter_index_together_forwards(struct django_step *step)
{
	struct django_model_ref from, to;
	if (both_models(step, &from, &to))
		iw_django_alter_index_together(step->editor, to, from.model->index_together, to.model->index_together);
	return true;
}

static struct django_field_ref with_zero(struct django_step *step, struct django_field_ref field)
{
	if (field.field == NULL || iw_django_has_default(field.field))
		return field;
	struct django_field *copy = iw_django_field_copy(step->context->arena, field.field);
	copy->default_value = iw_py_new_integer(step->context->python, 0);
	field.field = copy;
	return field;
}

bool iw_django_alter_order_forwards(struct django_step *step)
{
	struct django_model_ref from, to;
	if (!both_models(step, &from, &to))
		return true;
	bool was_ordered = from.model->order_with_respect_to != NULL;
	bool is_ordered = to.model->order_with_respect_to != NULL;
	if (was_ordered == is_ordered)
		return true;
	struct django_field_ref field = iw_django_step_field(step, was_ordered ? from : to, "_order");
	if (is_stopped(step))
		return true;
	field.model = from.model;
	if (was_ordered)
		iw_django_remove_field(step->editor, field);
	else
		iw_django_add_field(step->editor, with_zero(step, field));
	return true;
}
