/* Operations on indexes and constraints of Meta. After django/db/migrations/operations/models.py. */
#include "framework/django/operations.h"

#include <string.h>

static bool is_stopped(const struct django_step *step)
{
	return step->context->problem != NULL || (step->error != NULL && *step->error != NULL);
}

/* lists of Meta -----------------------------------------------------------------------------------------------------
 */

static struct django_index *find_index(const struct django_model *model, const char *name)
{
	for (guint i = 0; i < model->indexes->len; i++) {
		struct django_index *index = model->indexes->pdata[i];
		if (index->name != NULL && strcmp(index->name, name) == 0)
			return index;
	}
	return NULL;
}

static struct django_constraint *find_constraint(const struct django_model *model, const char *name)
{
	for (guint i = 0; i < model->constraints->len; i++) {
		struct django_constraint *constraint = model->constraints->pdata[i];
		if (constraint->name != NULL && strcmp(constraint->name, name) == 0)
			return constraint;
	}
	return NULL;
}

/* One of the list in place of another; `other` NULL: it is taken away. */
static GPtrArray *list_with(iw_arena *arena, const GPtrArray *list, const void *one, void *other)
{
	GPtrArray *copy = iw_arena_ptr_array(arena);
	for (guint i = 0; i < list->len; i++) {
		void *item = list->pdata[i] == one ? other : list->pdata[i];
		if (item != NULL)
			g_ptr_array_add(copy, item);
	}
	return copy;
}

static GPtrArray *list_and(iw_arena *arena, const GPtrArray *list, void *item)
{
	GPtrArray *copy = iw_django_list_copy(arena, list);
	g_ptr_array_add(copy, item);
	return copy;
}

static struct iw_py_value *given_or_unknown(struct django_context *context, const struct django_op *op,
					    const char *name)
{
	struct iw_py_value *value = iw_django_given(op, name);
	return value != NULL ? value : iw_py_new_unknown(context->python, op->place, "no %s is given", name);
}

static struct django_index *given_index(struct django_context *context, const struct django_op *op)
{
	return iw_django_index_new(context, given_or_unknown(context, op, "index"));
}

static struct django_constraint *given_constraint(struct django_context *context, const struct django_op *op)
{
	return iw_django_constraint_new(context, given_or_unknown(context, op, "constraint"));
}

/* The model, writable. NULL and true: there is nothing to do. */
static bool edited(iw_django_state *state, const struct django_op *op, struct django_model **model, GError **error)
{
	struct django_model_ref found;
	*model = NULL;
	if (!iw_django_state_model(state, op, "model_name", &found, error))
		return false;
	if (found.model != NULL)
		*model = iw_django_edit_model(state, found.model);
	return true;
}

/* A name that is not known may be any of the list. */
static const char *given_name(iw_django_state *state, const struct django_op *op, const char *argument,
			      struct django_model *model)
{
	const char *why = NULL, *name = iw_django_given_text(state->context, op, argument, &why);
	if (name == NULL)
		model->unknown = model->doubt = why != NULL ? why : "an operation names no index";
	return name;
}

/* state ------------------------------------------------------------------------------------------------------------ */

bool iw_django_add_index_state(iw_django_state *state, const struct django_op *op, GError **error)
{
	struct django_model *model;
	if (!edited(state, op, &model, error))
		return false;
	if (model != NULL)
		model->indexes = list_and(state->context->arena, model->indexes, given_index(state->context, op));
	return true;
}

bool iw_django_remove_index_state(iw_django_state *state, const struct django_op *op, GError **error)
{
	struct django_model *model;
	if (!edited(state, op, &model, error))
		return false;
	const char *name = model == NULL ? NULL : given_name(state, op, "name", model);
	if (name != NULL)
		model->indexes = list_with(state->context->arena, model->indexes, find_index(model, name), NULL);
	return true;
}

static bool is_same_set(const GPtrArray *one, const GPtrArray *other)
{
	guint same = 0;
	while (one->len == other->len && same < one->len && strcmp(one->pdata[same], other->pdata[same]) == 0)
		same++;
	return one->len == other->len && same == one->len;
}

static GPtrArray *old_fields_of(struct django_context *context, const struct django_op *op)
{
	GPtrArray *sets = iw_django_normalize_together(context->arena, iw_django_given(op, "old_fields"));
	return sets == NULL || sets->len != 1 ? NULL : sets->pdata[0];
}

static struct django_index *plain_index(struct django_context *context, const struct django_op *op, const char *name,
					GPtrArray *fields)
{
	iw_arena *arena = context->arena;
	struct django_index *index = iw_new(arena, struct django_index);
	*index = (struct django_index){
		.name = name,
		.place = op->place,
		.path = "django.db.models.Index",
		.fields = fields,
		.expressions = iw_arena_ptr_array(arena),
		.opclasses = iw_arena_ptr_array(arena),
		.include = iw_arena_ptr_array(arena),
	};
	return index;
}

/* An index without a name of its own becomes one of Meta.indexes. */
static void name_together(struct django_context *context, const struct django_op *op, struct django_model *model,
			  const char *name)
{
	GPtrArray *fields = old_fields_of(context, op), *left = iw_arena_ptr_array(context->arena);
	if (fields == NULL) {
		model->unknown = model->doubt = "an operation does not say which index it renames";
		return;
	}
	model->indexes = list_and(context->arena, model->indexes, plain_index(context, op, name, fields));
	for (guint i = 0; i < model->index_together->len; i++)
		if (!is_same_set(model->index_together->pdata[i], fields))
			g_ptr_array_add(left, model->index_together->pdata[i]);
	model->index_together = left;
}

bool iw_django_rename_index_state(iw_django_state *state, const struct django_op *op, GError **error)
{
	struct django_model *model;
	if (!edited(state, op, &model, error))
		return false;
	const char *new_name = model == NULL ? NULL : given_name(state, op, "new_name", model);
	if (new_name == NULL)
		return true;
	if (iw_django_given(op, "old_fields") != NULL) {
		name_together(state->context, op, model, new_name);
		return true;
	}
	const char *old_name = given_name(state, op, "old_name", model);
	struct django_index *index = old_name == NULL ? NULL : find_index(model, old_name);
	if (index == NULL)
		return true;
	struct django_index *renamed = iw_arena_memdup(state->context->arena, index, sizeof *index);
	renamed->name = new_name;
	model->indexes = list_with(state->context->arena, model->indexes, index, renamed);
	return true;
}

bool iw_django_add_constraint_state(iw_django_state *state, const struct django_op *op, GError **error)
{
	struct django_model *model;
	if (!edited(state, op, &model, error))
		return false;
	if (model != NULL)
		model->constraints =
			list_and(state->context->arena, model->constraints, given_constraint(state->context, op));
	return true;
}

bool iw_django_remove_constraint_state(iw_django_state *state, const struct django_op *op, GError **error)
{
	struct django_model *model;
	if (!edited(state, op, &model, error))
		return false;
	const char *name = model == NULL ? NULL : given_name(state, op, "name", model);
	if (name != NULL)
		model->constraints =
			list_with(state->context->arena, model->constraints, find_constraint(model, name), NULL);
	return true;
}

bool iw_django_alter_constraint_state(iw_django_state *state, const struct django_op *op, GError **error)
{
	struct django_model *model;
	if (!edited(state, op, &model, error))
		return false;
	const char *name = model == NULL ? NULL : given_name(state, op, "name", model);
	if (name != NULL)
		model->constraints = list_with(state->context->arena, model->constraints, find_constraint(model, name),
					       given_constraint(state->context, op));
	return true;
}

/* database: indexes -------------------------------------------------------------------------------------------------
 */

static bool check_index(struct django_step *step, const struct django_index *index)
{
	if (index->unknown != NULL)
		iw_django_fail(step->context, index->place, "%s", index->unknown);
	return index->unknown == NULL;
}

/* get_index_by_name(); NULL: an error or a problem is set. */
static const struct django_index *step_index(struct django_step *step, struct django_model_ref model,
					     const char *argument)
{
	const char *why = NULL, *name = iw_django_given_text(step->context, step->op, argument, &why);
	if (name == NULL)
		return iw_django_fail(step->context, step->op->place, "%s", why == NULL ? "it has no name" : why);
	const struct django_index *index = find_index(model.model, name);
	if (index == NULL)
		iw_fail_at(step->error, IW_ERROR_INPUT, &step->op->place, "%s: No index named %s on model %s",
			   step->op->name, name, model.model->name);
	return index != NULL && check_index(step, index) ? index : NULL;
}

static void send_index(struct django_step *step, struct django_model_ref model, const struct django_index *index,
		       bool adds, bool concurrently)
{
	if (adds)
		iw_django_add_index(step->editor, model, index, concurrently);
	else
		iw_django_remove_index(step->editor, model, index, concurrently);
}

/* AddIndex, and its way back. */
static bool given_index_step(struct django_step *step, bool adds, bool concurrently)
{
	struct django_model_ref model = iw_django_step_model(step, adds ? step->to : step->from, "model_name");
	if (is_stopped(step) || !iw_django_may_migrate(step, model))
		return true;
	const struct django_index *index = given_index(step->context, step->op);
	if (check_index(step, index))
		send_index(step, model, index, adds, concurrently);
	return true;
}

/* RemoveIndex, and its way back: what the index is stands in the model. */
static bool named_index_step(struct django_step *step, bool adds, bool concurrently)
{
	struct django_model_ref model = iw_django_step_model(step, adds ? step->to : step->from, "model_name");
	if (is_stopped(step) || !iw_django_may_migrate(step, model))
		return true;
	const struct django_index *index = step_index(step, model, "name");
	if (index != NULL && !is_stopped(step))
		send_index(step, model, index, adds, concurrently);
	return true;
}

bool iw_django_change_index(struct django_step *step, bool adds, bool concurrently)
{
	return iw_django_given(step->op, "index") != NULL ? given_index_step(step, adds, concurrently)
							  : named_index_step(step, adds, concurrently);
}

bool iw_django_add_index_forwards(struct django_step *step)
{
	return given_index_step(step, true, false);
}

bool iw_django_add_index_backwards(struct django_step *step)
{
	return given_index_step(step, false, false);
}

bool iw_django_remove_index_forwards(struct django_step *step)
{
	return named_index_step(step, false, false);
}

bool iw_django_remove_index_backwards(struct django_step *step)
{
	return named_index_step(step, true, false);
}

/* The one index of the database that is over these columns. */
static const struct django_index *unnamed_index(struct django_step *step)
{
	struct django_context *context = step->context;
	struct django_model_ref model = iw_django_step_model(step, step->from, "model_name");
	GPtrArray *fields = old_fields_of(context, step->op), *columns = iw_arena_ptr_array(context->arena);
	if (fields == NULL)
		return iw_django_fail(context, step->op->place, "which index it renames is not known");
	for (guint i = 0; i < fields->len && !is_stopped(step); i++) {
		struct django_field_ref field = iw_django_step_field(step, model, fields->pdata[i]);
		const char *column = field.field == NULL ? NULL : iw_django_column(context, field.field);
		if (column != NULL)
			g_ptr_array_add(columns, (char *)column);
	}
	if (is_stopped(step))
		return NULL;
	const struct django_wanted wanted = {
		.unique = context->version >= 50100 ? 0 : -1,
		.primary_key = -1,
		.index = 1,
		.foreign_key = -1,
		.check = -1,
		.columns = columns,
	};
	GPtrArray *names = iw_django_constraint_names(step->editor, model.model->db_table, &wanted);
	if (is_stopped(step))
		return NULL;
	if (names == NULL || names->len != 1) {
		iw_fail_at(step->error, IW_ERROR_INPUT, &step->op->place,
			   "%s: Found wrong number (%u) of indexes for %s", step->op->name,
			   names == NULL ? 0 : names->len, model.model->db_table);
		return NULL;
	}
	return plain_index(context, step->op, names->pdata[0], fields);
}

static bool rename_index(struct django_step *step, const char *old_argument, const char *new_argument)
{
	struct django_model_ref to = iw_django_step_model(step, step->to, "model_name");
	if (is_stopped(step) || !iw_django_may_migrate(step, to))
		return true;
	struct django_model_ref from = iw_django_step_model(step, step->from, "model_name");
	if (is_stopped(step))
		return true;
	const struct django_index *old_index = iw_django_given(step->op, "old_fields") != NULL
						       ? unnamed_index(step)
						       : step_index(step, from, old_argument);
	if (old_index == NULL || is_stopped(step))
		return true;
	const char *why = NULL, *new_name = iw_django_given_text(step->context, step->op, new_argument, &why);
	if (new_name != NULL && strcmp(old_index->name, new_name) == 0)
		return true;
	const struct django_index *new_index = step_index(step, to, new_argument);
	if (new_index != NULL && !is_stopped(step))
		iw_django_rename_index(step->editor, to, old_index, new_index);
	return true;
}

bool iw_django_rename_index_forwards(struct django_step *step)
{
	return rename_index(step, "old_name", "new_name");
}

bool iw_django_rename_index_backwards(struct django_step *step)
{
	if (iw_django_given(step->op, "old_fields") != NULL)
		return true;
	return rename_index(step, "new_name", "old_name");
}

/* database: constraints ---------------------------------------------------------------------------------------------
 */

static bool check_constraint(struct django_step *step, const struct django_constraint *constraint)
{
	if (constraint->unknown != NULL)
		iw_django_fail(step->context, constraint->place, "%s", constraint->unknown);
	return constraint->unknown == NULL;
}

/* Both ways look at the state that is gone to. */
static bool given_constraint_step(struct django_step *step, bool adds)
{
	struct django_model_ref model = iw_django_step_model(step, step->to, "model_name");
	if (is_stopped(step) || !iw_django_may_migrate(step, model))
		return true;
	const struct django_constraint *constraint = given_constraint(step->context, step->op);
	if (!check_constraint(step, constraint))
		return true;
	if (adds)
		iw_django_add_constraint(step->editor, model, constraint);
	else
		iw_django_remove_constraint(step->editor, model, constraint);
	return true;
}

bool iw_django_add_constraint_forwards(struct django_step *step)
{
	return given_constraint_step(step, true);
}

bool iw_django_add_constraint_backwards(struct django_step *step)
{
	return given_constraint_step(step, false);
}

static bool named_constraint_step(struct django_step *step, bool adds)
{
	struct django_model_ref to = iw_django_step_model(step, step->to, "model_name");
	if (is_stopped(step) || !iw_django_may_migrate(step, to))
		return true;
	struct django_model_ref holder = adds ? to : iw_django_step_model(step, step->from, "model_name");
	const char *why = NULL, *name = iw_django_given_text(step->context, step->op, "name", &why);
	if (name == NULL)
		iw_django_fail(step->context, step->op->place, "%s", why == NULL ? "it has no name" : why);
	if (is_stopped(step))
		return true;
	const struct django_constraint *constraint = find_constraint(holder.model, name);
	if (constraint == NULL)
		return iw_fail_at(step->error, IW_ERROR_INPUT, &step->op->place,
				  "%s: No constraint named %s on model %s", step->op->name, name, holder.model->name);
	if (!check_constraint(step, constraint))
		return true;
	if (adds)
		iw_django_add_constraint(step->editor, to, constraint);
	else
		iw_django_remove_constraint(step->editor, to, constraint);
	return true;
}

bool iw_django_remove_constraint_forwards(struct django_step *step)
{
	return named_constraint_step(step, false);
}

bool iw_django_remove_constraint_backwards(struct django_step *step)
{
	return named_constraint_step(step, true);
}
