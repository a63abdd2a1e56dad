/* The text of a migration, and the state behind it: its operations, one after the other. After migration.py. */
#include "framework/django/operations.h"

#include <string.h>

static struct iw_py_value *operations_of(struct django_context *context, struct iw_py_value *migration)
{
	struct iw_py_value *value = iw_py_find(context->python, migration, "operations");
	/* Migration's own: an empty list. */
	bool is_own = value == NULL || value->kind == IW_PY_ATTRIBUTE || value->kind == IW_PY_FOREIGN;
	return is_own ? NULL : value;
}

static GPtrArray *ops_of(struct django_context *context, const char *app_label, struct iw_py_value *migration,
			 const char **why)
{
	return iw_django_ops(context, app_label, operations_of(context, migration), why);
}

/* state ------------------------------------------------------------------------------------------------------------ */

bool iw_django_state_apply(iw_django_state *state, const char *app_label, struct iw_py_value *migration, GError **error)
{
	const char *why = NULL;
	GPtrArray *ops = ops_of(state->context, app_label, migration, &why);
	if (why != NULL)
		iw_django_state_forget_app(state, app_label, why);
	for (guint i = 0; i < ops->len; i++)
		if (!iw_django_forwards(state, ops->pdata[i], error))
			return false;
	return true;
}

void iw_django_state_forget(iw_django_state *state, const char *app_label, const char *why)
{
	iw_django_state_forget_app(state, app_label, why);
}

/* text ------------------------------------------------------------------------------------------------------------- */

struct making {
	struct django_context context; /* results of this text only, in an arena of their own */
	const struct iw_django_making *making;
	struct django_editor *editor;
	GPtrArray *ops;	   /* struct django_op * */
	GPtrArray *states; /* iw_django_state *: before each of them, and after the last */
};

static struct django_step step_of(struct making *self, guint index, GError **error)
{
	bool is_up = self->making->direction == IW_UP;
	return (struct django_step){
		.editor = self->editor,
		.context = &self->context,
		.making = self->making,
		.op = self->ops->pdata[index],
		.from = self->states->pdata[is_up ? index : index + 1],
		.to = self->states->pdata[is_up ? index + 1 : index],
		.number = (int)index + 1,
		.error = error,
	};
}

static bool check_reversible(const struct making *self, GError **error)
{
	for (guint i = 0; i < self->ops->len; i++) {
		const struct django_op *op = self->ops->pdata[i];
		if (!iw_django_op_is_reversible(op))
			return iw_fail_at(error, IW_ERROR_UNSUPPORTED, &op->place,
					  "Operation %s in %s is not reversible", op->name, self->making->shown);
	}
	return true;
}

static bool run_all(struct making *self, const iw_django_state *before, GError **error)
{
	if (self->making->direction == IW_DOWN && !check_reversible(self, error))
		return false;
	g_ptr_array_add(self->states, iw_django_state_branch(before, &self->context));
	for (guint i = 0; i < self->ops->len; i++) {
		iw_django_state *state = iw_django_state_branch(self->states->pdata[i], &self->context);
		g_ptr_array_add(self->states, state);
		if (!iw_django_forwards(state, self->ops->pdata[i], error))
			return false;
		if (self->making->direction == IW_DOWN)
			continue;
		struct django_step step = step_of(self, i, error);
		if (!iw_django_run(&step, true))
			return false;
	}
	for (guint i = self->making->direction == IW_DOWN ? self->ops->len : 0; i-- > 0;) {
		struct django_step step = step_of(self, i, error);
		if (!iw_django_run(&step, false))
			return false;
	}
	return true;
}

/* What waits until the end may turn out not to be known, too. */
static void finish(struct making *self, iw_made *made)
{
	self->context.problem = NULL;
	iw_django_editor_finish(self->editor, made);
	if (self->context.problem != NULL)
		iw_made_foreign(made, self->making->migration->place, self->context.problem);
}

iw_source *iw_django_make(const iw_django_state *before, const struct iw_django_making *making, GError **error)
{
	g_autoptr(iw_arena) arena = iw_arena_new();
	struct making self = {.context = *before->context, .making = making};
	self.context.arena = arena;
	self.context.problem = NULL;
	self.context.classes = NULL;
	self.states = iw_arena_ptr_array(arena);
	self.editor = iw_django_editor_new(&self.context, making->catalogue, making->data);
	self.editor->is_backwards = making->direction == IW_DOWN;
	const char *why = NULL;
	self.ops = ops_of(&self.context, making->app_label, making->migration, &why);
	iw_made *made = iw_made_new(making->shown);
	if (why != NULL) {
		iw_made_foreign(made, making->migration->place,
				iw_arena_printf(arena, "its operations are not known: %s", why));
		return iw_made_finish(made);
	}
	if (!run_all(&self, before, error)) {
		iw_made_free(made);
		return NULL;
	}
	finish(&self, made);
	return iw_made_finish(made);
}

/* renames ---------------------------------------------------------------------------------------------------------- */

GPtrArray *iw_django_renamed_models(const iw_django_state *before, const char *app_label, struct iw_py_value *migration)
{
	struct django_context *context = before->context;
	GPtrArray *names = iw_arena_ptr_array(context->arena);
	const char *why = NULL;
	GPtrArray *ops = ops_of(context, app_label, migration, &why);
	for (guint i = 0; i < ops->len; i++) {
		const struct django_op *op = ops->pdata[i];
		const struct django_operation *kind = op->base != NULL ? op->base : op->kind;
		if (strcmp(kind->name, "RenameModel") != 0)
			continue;
		const char *old_name = iw_django_given_text(context, op, "old_name", &why);
		const char *new_name = iw_django_given_text(context, op, "new_name", &why);
		if (old_name == NULL || new_name == NULL)
			continue;
		g_ptr_array_add(names, (char *)app_label);
		g_ptr_array_add(names, (char *)iw_django_lower(context->arena, old_name));
		g_ptr_array_add(names, (char *)iw_django_lower(context->arena, new_name));
		g_ptr_array_add(names, iw_arena_strdup(context->arena, old_name));
	}
	return names;
}
