/* Operations of PostgreSQL. After django/contrib/postgres/operations.py. */
#include "framework/django/operations.h"

#include <string.h>

static bool is_stopped(const struct django_step *step)
{
	return step->context->problem != NULL || (step->error != NULL && *step->error != NULL);
}

static bool is_postgres(const struct django_step *step)
{
	return step->context->engine.dialect == IW_POSTGRES;
}

static const char *needed_text(struct django_step *step, const char *argument)
{
	const char *why = NULL, *text = iw_django_given_text(step->context, step->op, argument, &why);
	if (text == NULL)
		iw_django_fail(step->context, step->op->place, "its %s is not known%s%s", argument,
			       why == NULL ? "" : ": ", why == NULL ? "" : why);
	return text;
}

static const char *quoted(struct django_step *step, const char *name)
{
	return iw_django_quote_name(step->context, name);
}

/* extensions ------------------------------------------------------------------------------------------------------- */

static bool change_extension(struct django_step *step, const char *verb)
{
	if (!is_postgres(step) || !iw_django_may_run(step, iw_django_given(step->op, "hints")))
		return true;
	const char *name = step->op->kind->fixed_name;
	if (name == NULL)
		name = needed_text(step, "name");
	if (name != NULL)
		iw_django_execute(step->editor,
				  iw_arena_printf(step->context->arena, "%s %s", verb, quoted(step, name)));
	return true;
}

bool iw_django_extension_forwards(struct django_step *step)
{
	return change_extension(step, "CREATE EXTENSION IF NOT EXISTS");
}

bool iw_django_extension_backwards(struct django_step *step)
{
	return change_extension(step, "DROP EXTENSION IF EXISTS");
}

/* indexes without a lock ---------------------------------------------------------------------------------------------
 */

/* _ensure_not_in_transaction(): what the migration says of itself decides, where DDL can be rolled back. */
static bool ensure_outside(struct django_step *step)
{
	const struct iw_py_value *atomic = iw_py_find(step->context->python, step->making->migration, "atomic");
	bool is_given = atomic != NULL && atomic->kind != IW_PY_ATTRIBUTE && atomic->kind != IW_PY_FOREIGN;
	int truth = is_given ? iw_py_truth(atomic) : 1;
	if (truth < 0)
		iw_django_fail(step->context, step->op->place, "whether the migration is atomic is not known");
	if (truth > 0 && step->editor->backend->can_rollback_ddl)
		return iw_fail_at(step->error, IW_ERROR_INPUT, &step->op->place,
				  "The %s operation cannot be executed inside a transaction (set atomic = False on "
				  "the migration).",
				  step->op->name);
	if (!is_postgres(step))
		return iw_fail_at(step->error, IW_ERROR_INPUT, &step->op->place, "%s works on PostgreSQL only",
				  step->op->name);
	return truth == 0;
}

static bool change_index(struct django_step *step, bool adds)
{
	if (!ensure_outside(step) || is_stopped(step))
		return !is_stopped(step);
	return iw_django_change_index(step, adds, true);
}

bool iw_django_add_index_concurrently_forwards(struct django_step *step)
{
	return change_index(step, true);
}

bool iw_django_add_index_concurrently_backwards(struct django_step *step)
{
	return change_index(step, false);
}

bool iw_django_remove_index_concurrently_forwards(struct django_step *step)
{
	return change_index(step, false);
}

bool iw_django_remove_index_concurrently_backwards(struct django_step *step)
{
	return change_index(step, true);
}

/* collations ------------------------------------------------------------------------------------------------------- */

static bool create_collation(struct django_step *step)
{
	iw_arena *arena = step->context->arena;
	if (!is_postgres(step) || !iw_django_may_run(step, NULL))
		return true;
	const char *why = NULL, *name = needed_text(step, "name"), *locale = needed_text(step, "locale");
	const char *provider = iw_django_given_text(step->context, step->op, "provider", &why);
	int deterministic = iw_django_given_flag(step->op, "deterministic", true);
	if (why != NULL || deterministic < 0)
		iw_django_fail(step->context, step->op->place, "what collation it makes is not known");
	if (is_stopped(step))
		return true;
	const char *options = iw_arena_printf(arena, "locale=%s", quoted(step, locale));
	if (provider != NULL && strcmp(provider, "libc") != 0)
		options = iw_arena_printf(arena, "%s, provider=%s", options, quoted(step, provider));
	if (deterministic == 0)
		options = iw_arena_printf(arena, "%s, deterministic=false", options);
	iw_django_execute(step->editor,
			  iw_arena_printf(arena, "CREATE COLLATION %s (%s)", quoted(step, name), options));
	return true;
}

static bool remove_collation(struct django_step *step)
{
	if (!is_postgres(step) || !iw_django_may_run(step, NULL))
		return true;
	const char *name = needed_text(step, "name");
	if (name != NULL)
		iw_django_execute(step->editor,
				  iw_arena_printf(step->context->arena, "DROP COLLATION %s", quoted(step, name)));
	return true;
}

bool iw_django_create_collation_forwards(struct django_step *step)
{
	return create_collation(step);
}

bool iw_django_create_collation_backwards(struct django_step *step)
{
	return remove_collation(step);
}

bool iw_django_remove_collation_forwards(struct django_step *step)
{
	return remove_collation(step);
}

bool iw_django_remove_collation_backwards(struct django_step *step)
{
	return create_collation(step);
}

/* constraints without a scan ------------------------------------------------------------------------------------------
 */

/* Django takes the model as it was before. */
bool iw_django_not_valid_forwards(struct django_step *step)
{
	struct django_model_ref model = iw_django_step_model(step, step->from, "model_name");
	if (is_stopped(step) || !iw_django_may_migrate(step, model))
		return true;
	struct iw_py_value *value = iw_django_given(step->op, "constraint");
	if (value == NULL) {
		iw_django_fail(step->context, step->op->place, "no constraint is given");
		return true;
	}
	struct django_constraint *constraint = iw_django_constraint_new(step->context, value);
	if (constraint->unknown != NULL) {
		iw_django_fail(step->context, constraint->place, "%s", constraint->unknown);
		return true;
	}
	if (constraint->kind != DJANGO_CHECK)
		return iw_fail_at(step->error, IW_ERROR_INPUT, &step->op->place,
				  "AddConstraintNotValid.constraint must be a check constraint.");
	struct django_statement *statement = iw_django_constraint_create_sql(step->editor, model, constraint);
	const char *sql =
		statement == NULL || is_stopped(step) ? NULL : iw_django_statement_sql(step->editor, statement);
	if (sql != NULL)
		iw_django_execute(step->editor, iw_arena_printf(step->context->arena, "%s NOT VALID", sql));
	return true;
}

bool iw_django_validate_forwards(struct django_step *step)
{
	struct django_model_ref model = iw_django_step_model(step, step->from, "model_name");
	if (is_stopped(step) || !iw_django_may_migrate(step, model))
		return true;
	const char *name = needed_text(step, "name");
	if (name != NULL)
		iw_django_execute(step->editor,
				  iw_arena_printf(step->context->arena, "ALTER TABLE %s VALIDATE CONSTRAINT %s",
						  quoted(step, model.model->db_table), quoted(step, name)));
	return true;
}
