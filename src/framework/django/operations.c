/* The table of operations, and how one is run; see operations.h. */
#include "framework/django/operations.h"

#include <string.h>

#define CREATE_EXTENSION(class, extension)                                                                             \
	{                                                                                                              \
		.name = class, .parameters = {"hints"}, .forwards = iw_django_extension_forwards,                      \
		.backwards = iw_django_extension_backwards, .fixed_name = extension                                    \
	}

static const struct django_operation operations[] = {
	{"CreateModel",
	 {"name", "fields", "options", "bases", "managers"},
	 iw_django_create_model_state,
	 iw_django_create_model_forwards,
	 iw_django_create_model_backwards,
	 .since = 0},
	{"DeleteModel",
	 {"name"},
	 iw_django_delete_model_state,
	 iw_django_delete_model_forwards,
	 iw_django_delete_model_backwards,
	 .since = 0},
	{"RenameModel",
	 {"old_name", "new_name"},
	 iw_django_rename_model_state,
	 iw_django_rename_model_forwards,
	 iw_django_rename_model_backwards,
	 .since = 0},
	{"AlterModelTable",
	 {"name", "table"},
	 iw_django_alter_table_state,
	 iw_django_alter_table_forwards,
	 iw_django_alter_table_forwards,
	 .since = 0},
	{"AlterModelTableComment",
	 {"name", "table_comment"},
	 iw_django_alter_comment_state,
	 iw_django_alter_comment_forwards,
	 iw_django_alter_comment_forwards,
	 .since = 40200},
	{"AlterUniqueTogether",
	 {"name", "unique_together"},
	 iw_django_alter_unique_together_state,
	 iw_django_alter_unique_together_forwards,
	 iw_django_alter_unique_together_forwards,
	 .since = 0},
	{"AlterIndexTogether",
	 {"name", "index_together"},
	 iw_django_alter_index_together_state,
	 iw_django_alter_index_together_forwards,
	 iw_django_alter_index_together_forwards,
	 .since = 0},
	{"AlterOrderWithRespectTo",
	 {"name", "order_with_respect_to"},
	 iw_django_alter_order_state,
	 iw_django_alter_order_forwards,
	 iw_django_alter_order_forwards,
	 .since = 0},
	{"AlterModelOptions", {"name", "options"}, iw_django_alter_options_state, NULL, NULL, .since = 0},
	{"AlterModelManagers", {"name", "managers"}, iw_django_alter_managers_state, NULL, NULL, .since = 0},
	{"AddIndex",
	 {"model_name", "index"},
	 iw_django_add_index_state,
	 iw_django_add_index_forwards,
	 iw_django_add_index_backwards,
	 .since = 0},
	{"RemoveIndex",
	 {"model_name", "name"},
	 iw_django_remove_index_state,
	 iw_django_remove_index_forwards,
	 iw_django_remove_index_backwards,
	 .since = 0},
	{"RenameIndex",
	 {"model_name", "new_name", "old_name", "old_fields"},
	 iw_django_rename_index_state,
	 iw_django_rename_index_forwards,
	 iw_django_rename_index_backwards,
	 .since = 40100},
	{"AddConstraint",
	 {"model_name", "constraint"},
	 iw_django_add_constraint_state,
	 iw_django_add_constraint_forwards,
	 iw_django_add_constraint_backwards,
	 .since = 0},
	{"RemoveConstraint",
	 {"model_name", "name"},
	 iw_django_remove_constraint_state,
	 iw_django_remove_constraint_forwards,
	 iw_django_remove_constraint_backwards,
	 .since = 0},
	{"AlterConstraint",
	 {"model_name", "name", "constraint"},
	 iw_django_alter_constraint_state,
	 NULL,
	 NULL,
	 .since = 50200},
	{"AddField",
	 {"model_name", "name", "field", "preserve_default"},
	 iw_django_add_field_state,
	 iw_django_add_field_forwards,
	 iw_django_add_field_backwards,
	 .since = 0},
	{"RemoveField",
	 {"model_name", "name", "field"},
	 iw_django_remove_field_state,
	 iw_django_remove_field_forwards,
	 iw_django_remove_field_backwards,
	 .since = 0},
	{"AlterField",
	 {"model_name", "name", "field", "preserve_default"},
	 iw_django_alter_field_state,
	 iw_django_alter_field_forwards,
	 iw_django_alter_field_forwards,
	 .since = 0},
	{"RenameField",
	 {"model_name", "old_name", "new_name"},
	 iw_django_rename_field_state,
	 iw_django_rename_field_forwards,
	 iw_django_rename_field_backwards,
	 .since = 0},
	{"SeparateDatabaseAndState",
	 {"database_operations", "state_operations"},
	 iw_django_separate_state,
	 iw_django_separate_forwards,
	 iw_django_separate_backwards,
	 .since = 0},
	{"RunSQL",
	 {"sql", "reverse_sql", "state_operations", "hints", "elidable"},
	 iw_django_run_sql_state,
	 iw_django_run_sql_forwards,
	 iw_django_run_sql_backwards,
	 iw_django_run_sql_is_reversible,
	 .since = 0},
	{"RunPython",
	 {"code", "reverse_code", "atomic", "hints", "elidable"},
	 NULL,
	 iw_django_run_python_forwards,
	 iw_django_run_python_backwards,
	 iw_django_run_python_is_reversible,
	 .since = 0},
	/* What classes of projects derive from. */
	{"Operation", {NULL}, NULL, NULL, NULL, .since = 0},
	{"ModelOperation", {"name"}, NULL, NULL, NULL, .since = 0},
	{"ModelOptionOperation", {"name"}, NULL, NULL, NULL, .since = 0},
	{"FieldOperation", {"model_name", "name", "field"}, NULL, NULL, NULL, .since = 0},
	{"IndexOperation", {NULL}, NULL, NULL, NULL, .since = 0},
};

static const struct django_operation postgres_operations[] = {
	{"CreateExtension",
	 {"name", "hints"},
	 NULL,
	 iw_django_extension_forwards,
	 iw_django_extension_backwards,
	 .since = 0},
	CREATE_EXTENSION("BloomExtension", "bloom"),
	CREATE_EXTENSION("BtreeGinExtension", "btree_gin"),
	CREATE_EXTENSION("BtreeGistExtension", "btree_gist"),
	CREATE_EXTENSION("CITextExtension", "citext"),
	CREATE_EXTENSION("CryptoExtension", "pgcrypto"),
	CREATE_EXTENSION("HStoreExtension", "hstore"),
	CREATE_EXTENSION("TrigramExtension", "pg_trgm"),
	CREATE_EXTENSION("UnaccentExtension", "unaccent"),
	{"AddIndexConcurrently",
	 {"model_name", "index"},
	 iw_django_add_index_state,
	 iw_django_add_index_concurrently_forwards,
	 iw_django_add_index_concurrently_backwards,
	 .since = 0},
	{"RemoveIndexConcurrently",
	 {"model_name", "name"},
	 iw_django_remove_index_state,
	 iw_django_remove_index_concurrently_forwards,
	 iw_django_remove_index_concurrently_backwards,
	 .since = 0},
	{"CreateCollation",
	 {"name", "locale", "provider", "deterministic"},
	 NULL,
	 iw_django_create_collation_forwards,
	 iw_django_create_collation_backwards,
	 .since = 0},
	{"RemoveCollation",
	 {"name", "locale", "provider", "deterministic"},
	 NULL,
	 iw_django_remove_collation_forwards,
	 iw_django_remove_collation_backwards,
	 .since = 0},
	{"AddConstraintNotValid",
	 {"model_name", "constraint"},
	 iw_django_add_constraint_state,
	 iw_django_not_valid_forwards,
	 iw_django_add_constraint_backwards,
	 .since = 40000},
	{"ValidateConstraint", {"model_name", "name"}, NULL, iw_django_validate_forwards, NULL, .since = 40000},
};

const struct django_operation iw_django_unknown_operation = {.name = "?"};

/* finding ---------------------------------------------------------------------------------------------------------- */

static const char *last_of(const char *path)
{
	const char *dot = strrchr(path, '.');
	return dot == NULL ? path : dot + 1;
}

static const struct django_operation *find_in(const struct django_operation *table, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(table[i].name, name) == 0)
			return &table[i];
	return NULL;
}

const struct django_operation *iw_django_find_operation(const char *path)
{
	if (path == NULL)
		return NULL;
	if (g_str_has_prefix(path, "django.db.migrations."))
		return find_in(operations, G_N_ELEMENTS(operations), last_of(path));
	if (g_str_has_prefix(path, "django.contrib.postgres.operations."))
		return find_in(postgres_operations, G_N_ELEMENTS(postgres_operations), last_of(path));
	return NULL;
}

static void set_unknown(struct django_op *op, const char *why)
{
	op->kind = &iw_django_unknown_operation;
	op->problem = why;
}

struct django_op iw_django_op(struct django_context *context, const char *app_label, struct iw_py_value *value)
{
	struct django_op op = {.value = value, .place = value->place, .name = "?", .app_label = app_label};
	const char *path = value->kind == IW_PY_CALL ? iw_py_path(context->python, value) : NULL;
	if (value->kind == IW_PY_UNKNOWN) {
		set_unknown(&op, value->text);
		return op;
	}
	if (path == NULL) {
		set_unknown(&op, iw_arena_printf(context->arena, "%s is no operation that is known",
						 iw_py_repr(context->python, value)));
		return op;
	}
	op.name = iw_arena_strdup(context->arena, last_of(path));
	op.kind = value->receiver->kind == IW_PY_FOREIGN ? iw_django_find_operation(path) : NULL;
	if (op.kind == NULL)
		iw_django_custom_op(context, &op);
	if (op.kind == NULL)
		set_unknown(&op, iw_arena_printf(context->arena, "what the operation %s does is not known", op.name));
	return op;
}

GPtrArray *iw_django_ops(struct django_context *context, const char *app_label, const struct iw_py_value *list,
			 const char **why)
{
	GPtrArray *ops = iw_arena_ptr_array(context->arena);
	bool is_nothing = list == NULL || list->kind == IW_PY_NONE;
	if (is_nothing)
		return ops;
	if (list->kind != IW_PY_LIST && list->kind != IW_PY_TUPLE) {
		*why = list->kind == IW_PY_UNKNOWN ? list->text : "the list of operations is not known";
		return ops;
	}
	for (guint i = 0; i < list->items->len; i++) {
		struct django_op op = iw_django_op(context, app_label, list->items->pdata[i]);
		g_ptr_array_add(ops, iw_arena_memdup(context->arena, &op, sizeof op));
	}
	return ops;
}

/* arguments -------------------------------------------------------------------------------------------------------- */

struct iw_py_value *iw_django_given(const struct django_op *op, const char *name)
{
	int position = -1;
	for (size_t i = 0; i < G_N_ELEMENTS(op->kind->parameters) && op->kind->parameters[i] != NULL; i++)
		if (strcmp(op->kind->parameters[i], name) == 0)
			position = (int)i;
	struct iw_py_value *value = op->is_made ? g_hash_table_lookup(op->value->attributes, name)
						: iw_py_argument(op->value, position, name);
	return value == NULL || value->kind == IW_PY_NONE ? NULL : value;
}

const char *iw_django_given_text(struct django_context *context, const struct django_op *op, const char *name,
				 const char **why)
{
	const struct iw_py_value *value = iw_django_given(op, name);
	const char *text = value == NULL ? NULL : iw_py_text(value);
	if (value == NULL || text != NULL)
		return text;
	*why = value->kind == IW_PY_UNKNOWN ? value->text
					    : iw_arena_printf(context->arena, "%s=%s is not looked into", name,
							      iw_py_repr(context->python, value));
	return NULL;
}

int iw_django_given_flag(const struct django_op *op, const char *name, bool standard)
{
	const struct iw_py_value *value = iw_django_given(op, name);
	return value == NULL ? standard : iw_py_truth(value);
}

/* models ----------------------------------------------------------------------------------------------------------- */

static bool fail_model(const struct django_op *op, const char *name, GError **error)
{
	return iw_fail_at(error, IW_ERROR_INPUT, &op->place, "%s: App '%s' doesn't have a '%s' model.", op->name,
			  op->app_label, name);
}

bool iw_django_state_model(iw_django_state *state, const struct django_op *op, const char *name,
			   struct django_model_ref *model, GError **error)
{
	const char *why = NULL;
	*model = (struct django_model_ref){state, NULL};
	const char *text = iw_django_given_text(state->context, op, name, &why);
	if (text == NULL && why == NULL)
		why = iw_arena_printf(state->context->arena, "%s without %s", op->name, name);
	if (why != NULL) {
		iw_django_state_forget_app(state, op->app_label, why);
		return true;
	}
	*model = iw_django_get_model(state, op->app_label, text);
	return model->model != NULL || iw_django_state_doubt(state, op->app_label) != NULL ||
	       fail_model(op, text, error);
}

struct django_model_ref iw_django_step_model(struct django_step *step, const iw_django_state *state,
					     const char *argument)
{
	const char *why = NULL;
	struct django_model_ref nothing = {state, NULL};
	const char *name = iw_django_given_text(step->context, step->op, argument, &why);
	if (name == NULL) {
		iw_django_fail(step->context, step->op->place, "%s", why == NULL ? "it names no model" : why);
		return nothing;
	}
	struct django_model_ref model = iw_django_get_model(state, step->op->app_label, name);
	const char *doubt = iw_django_state_doubt(state, step->op->app_label);
	if (model.model == NULL && doubt == NULL) {
		fail_model(step->op, name, step->error);
		return nothing;
	}
	if (model.model == NULL)
		iw_django_fail(step->context, step->op->place, "%s", doubt);
	else if (model.model->unknown != NULL)
		iw_django_fail(step->context, step->op->place, "%s", model.model->unknown);
	return step->context->problem == NULL ? model : nothing;
}

static bool take_answer(struct django_step *step, enum iw_django_allow answer, const char *why)
{
	if (answer == IW_DJANGO_ALLOW_UNKNOWN)
		iw_django_fail(step->context, step->op->place, "%s",
			       why == NULL ? "what DATABASE_ROUTERS say is not known" : why);
	return answer == IW_DJANGO_ALLOWED;
}

bool iw_django_may_migrate(struct django_step *step, struct django_model_ref model)
{
	const struct django_model *of = model.model;
	if (of == NULL || of->is_proxy || of->swapped || !of->is_managed || of->is_elsewhere)
		return false;
	if (step->making->allows == NULL)
		return true;
	const char *why = NULL, *name = strchr(of->key, '.') + 1;
	enum iw_django_allow answer = step->making->allows(step->making->data, of->app_label, name, NULL, &why);
	return take_answer(step, answer, why);
}

bool iw_django_may_run(struct django_step *step, const struct iw_py_value *hints)
{
	if (step->making->allows == NULL)
		return true;
	const char *why = NULL;
	enum iw_django_allow answer = step->making->allows(step->making->data, step->op->app_label, NULL, hints, &why);
	return take_answer(step, answer, why);
}

struct django_field_ref iw_django_step_field(struct django_step *step, struct django_model_ref model, const char *name)
{
	struct django_field_ref nothing = {model.state, model.model, NULL};
	if (step->context->problem != NULL || (step->error != NULL && *step->error != NULL))
		return nothing;
	struct django_field_ref field = iw_django_get_field(model, name);
	if (field.field == NULL && step->context->problem == NULL)
		iw_fail_at(step->error, IW_ERROR_INPUT, &step->op->place, "%s: %s has no field named '%s'",
			   step->op->name, model.model->name, name);
	else if (field.field != NULL && field.field->unknown != NULL)
		iw_django_fail(step->context, field.field->place, "%s", field.field->unknown);
	return step->context->problem == NULL ? field : nothing;
}

/* running ---------------------------------------------------------------------------------------------------------- */

bool iw_django_forwards(iw_django_state *state, const struct django_op *op, GError **error)
{
	bool is_good = true;
	if (op->kind == &iw_django_unknown_operation)
		iw_django_state_forget_app(state, op->app_label, op->problem);
	else if (op->kind->since > state->context->version)
		return iw_fail_at(error, IW_ERROR_INPUT, &op->place, "%s is not there before Django %d.%d", op->name,
				  op->kind->since / 10000, op->kind->since / 100 % 100);
	else if (op->kind->state_forwards != NULL)
		is_good = op->kind->state_forwards(state, op, error);
	state->context->problem = NULL;
	return is_good;
}

/* What the operation has sent is taken back; Django itself has to run it. */
static void give_up(struct django_step *step, struct django_mark mark, const char *why)
{
	iw_django_editor_rewind(step->editor, mark);
	iw_django_execute_foreign(step->editor, iw_arena_printf(step->context->arena, "%s: %s", step->op->name, why));
	step->context->problem = NULL;
}

bool iw_django_run(struct django_step *step, bool is_forwards)
{
	const struct django_op *op = step->op;
	struct django_mark mark = iw_django_editor_mark(step->editor);
	step->context->problem = NULL;
	step->editor->place = op->place;
	if (op->kind == &iw_django_unknown_operation) {
		give_up(step, mark, op->problem);
		return true;
	}
	django_database_step *run = is_forwards ? op->kind->forwards : op->kind->backwards;
	GError *failure = NULL;
	GError **outer = step->error;
	step->error = &failure;
	bool is_good = run == NULL || run(step);
	step->error = outer;
	if (failure != NULL && step->context->problem == NULL) {
		g_propagate_error(outer, failure);
		return false;
	}
	g_clear_error(&failure);
	if (step->context->problem != NULL)
		give_up(step, mark, step->context->problem);
	return is_good;
}

bool iw_django_op_is_reversible(const struct django_op *op)
{
	return op->kind->is_reversible == NULL || op->kind->is_reversible(op);
}
