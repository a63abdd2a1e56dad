/*
 * django-pgtrigger: its operations hold their triggers as compiled SQL. After pgtrigger/migrations.py and compiler.py,
 * whose template is of version 1 for all migrations that were ever written.
 */
#include "framework/django/operations.h"

#include <string.h>

/* The triggers of a model are one of its options, as pgtrigger keeps them. */
static struct iw_py_value *triggers_of(struct django_context *context, const struct django_model *model)
{
	struct iw_py_value *list = g_hash_table_lookup(model->options, "triggers");
	bool is_list = list != NULL && (list->kind == IW_PY_LIST || list->kind == IW_PY_TUPLE);
	return is_list ? list : iw_py_new_list(context->python, IW_PY_LIST);
}

static const char *name_of(const struct iw_py_value *trigger)
{
	const struct iw_py_value *name = trigger->kind == IW_PY_CALL ? iw_py_argument(trigger, -1, "name") : NULL;
	return name == NULL ? NULL : iw_py_text(name);
}

bool iw_django_add_trigger_state(iw_django_state *state, const struct django_op *op, GError **error)
{
	struct django_model_ref model;
	if (!iw_django_state_model(state, op, "model_name", &model, error))
		return false;
	struct iw_py_value *trigger = iw_django_given(op, "trigger");
	if (model.model == NULL || trigger == NULL)
		return true;
	const struct iw_py_value *old = triggers_of(state->context, model.model);
	struct iw_py_value *list = iw_py_new_list(state->context->python, IW_PY_LIST);
	for (guint i = 0; i < old->items->len; i++)
		g_ptr_array_add(list->items, old->items->pdata[i]);
	g_ptr_array_add(list->items, trigger);
	iw_django_set_option(state->context, iw_django_edit_model(state, model.model), "triggers", list);
	return true;
}

bool iw_django_remove_trigger_state(iw_django_state *state, const struct django_op *op, GError **error)
{
	struct django_model_ref model;
	if (!iw_django_state_model(state, op, "model_name", &model, error))
		return false;
	const char *why = NULL, *name = iw_django_given_text(state->context, op, "name", &why);
	if (model.model == NULL || name == NULL)
		return true;
	const struct iw_py_value *old = triggers_of(state->context, model.model);
	struct iw_py_value *list = iw_py_new_list(state->context->python, IW_PY_LIST);
	for (guint i = 0; i < old->items->len; i++) {
		const char *other = name_of(old->items->pdata[i]);
		if (other == NULL || strcmp(other, name) != 0)
			g_ptr_array_add(list->items, old->items->pdata[i]);
	}
	iw_django_set_option(state->context, iw_django_edit_model(state, model.model), "triggers", list);
	return true;
}

/* the SQL ---------------------------------------------------------------------------------------------------------- */

struct trigger {
	struct django_step *step;
	const struct iw_py_value *sql; /* the UpsertTriggerSql */
};

/* An argument of UpsertTriggerSql; NULL: not given and no default, or not known. */
static const char *part(const struct trigger *trigger, const char *name, const char *standard)
{
	struct django_context *context = trigger->step->context;
	const struct iw_py_value *value = iw_py_argument(trigger->sql, -1, name);
	if (value == NULL)
		return standard != NULL ? standard
					: iw_django_fail(context, trigger->sql->place, "a trigger without %s", name);
	const char *text = iw_py_text(value);
	if (text == NULL && !iw_django_is_unknown(context, value))
		iw_django_fail(context, value->place, "%s of a trigger is no plain text", name);
	return text;
}

/* Quotes what is not quoted yet. */
static const char *table_of(const struct trigger *trigger)
{
	const char *table = part(trigger, "table", NULL);
	if (table == NULL || g_str_has_prefix(table, "\"") || g_str_has_suffix(table, "\""))
		return table;
	return iw_arena_printf(trigger->step->context->arena, "\"%s\"", table);
}

static const char *function_sql(const struct trigger *trigger, const char *id, const char *ignore)
{
	iw_arena *arena = trigger->step->context->arena;
	const char *declare = part(trigger, "declare", ""), *body = part(trigger, "func", NULL);
	if (declare == NULL || body == NULL)
		return NULL;
	const char *shared = iw_arena_printf(arena,
					     "CREATE OR REPLACE FUNCTION %s(\n    trigger_name NAME\n)\n"
					     "RETURNS BOOLEAN AS $$\n"
					     "    DECLARE\n"
					     "        _pgtrigger_ignore TEXT[];\n"
					     "        _result BOOLEAN;\n"
					     "    BEGIN\n"
					     "        BEGIN\n"
					     "            SELECT INTO _pgtrigger_ignore\n"
					     "                CURRENT_SETTING('pgtrigger.ignore');\n"
					     "            EXCEPTION WHEN OTHERS THEN\n"
					     "        END;\n"
					     "        IF _pgtrigger_ignore IS NOT NULL THEN\n"
					     "            SELECT trigger_name = ANY(_pgtrigger_ignore)\n"
					     "            INTO _result;\n"
					     "            RETURN _result;\n"
					     "        ELSE\n"
					     "            RETURN FALSE;\n"
					     "        END IF;\n"
					     "    END;\n"
					     "$$ LANGUAGE plpgsql;\n",
					     ignore);
	return iw_arena_printf(arena,
			       "%s\nCREATE OR REPLACE FUNCTION %s()\nRETURNS TRIGGER AS $$\n    %s\n"
			       "    BEGIN\n"
			       "        IF (%s(TG_NAME) IS TRUE) THEN\n"
			       "            IF (TG_OP = 'DELETE') THEN\n"
			       "                RETURN OLD;\n"
			       "            ELSE\n"
			       "                RETURN NEW;\n"
			       "            END IF;\n"
			       "        END IF;\n"
			       "        %s\n"
			       "    END;\n"
			       "$$ LANGUAGE plpgsql;\n",
			       shared, id, declare, ignore, body);
}

static const char *install_sql(const struct trigger *trigger)
{
	struct django_context *context = trigger->step->context;
	const char *id = part(trigger, "pgid", NULL), *table = table_of(trigger);
	const char *when = part(trigger, "when", NULL), *operation = part(trigger, "operation", NULL);
	const char *constraint = part(trigger, "constraint", ""), *timing = part(trigger, "timing", "");
	const char *referencing = part(trigger, "referencing", ""), *level = part(trigger, "level", "ROW");
	const char *condition = part(trigger, "condition", ""), *hash = part(trigger, "hash", NULL);
	const char *ignore = part(trigger, "ignore_func_name", "\"public\"._pgtrigger_should_ignore");
	if (context->problem != NULL)
		return NULL;
	const char *execute = part(trigger, "execute", iw_arena_printf(context->arena, "%s()", id));
	const char *function = function_sql(trigger, id, ignore);
	if (context->problem != NULL)
		return NULL;
	return iw_arena_printf(context->arena,
			       "%s\nDROP TRIGGER IF EXISTS %s ON %s;\nCREATE %s TRIGGER %s\n    %s %s ON %s\n    %s\n"
			       "    %s\n    FOR EACH %s %s\n    EXECUTE PROCEDURE %s;\n\n"
			       "COMMENT ON TRIGGER %s ON %s IS '%s'",
			       function, id, table, constraint, id, when, operation, table, timing, referencing, level,
			       condition, execute, id, table, hash);
}

static void send(struct django_step *step, const struct iw_py_value *value, bool adds)
{
	struct django_context *context = step->context;
	const struct iw_py_value *sql =
		value != NULL && value->kind == IW_PY_CALL ? iw_py_argument(value, -1, "sql") : NULL;
	if (sql == NULL || sql->kind != IW_PY_CALL ||
	    !iw_py_is(context->python, sql, "pgtrigger.compiler.UpsertTriggerSql")) {
		iw_django_fail(context, step->op->place, "what the trigger is is not known");
		return;
	}
	const struct trigger trigger = {step, sql};
	const char *text;
	if (adds) {
		text = install_sql(&trigger);
	} else {
		const char *id = part(&trigger, "pgid", NULL), *table = table_of(&trigger);
		text = iw_arena_printf(context->arena, "DROP TRIGGER IF EXISTS %s ON %s", id == NULL ? "" : id,
				       table == NULL ? "" : table);
	}
	if (context->problem == NULL)
		iw_django_execute(step->editor, text);
}

/* The operation's own trigger, or that of the model which it names. */
static bool change(struct django_step *step, const iw_django_state *holder, bool adds)
{
	struct django_model_ref to = iw_django_step_model(step, step->to, "model_name");
	if (to.model == NULL || step->context->engine.dialect != IW_POSTGRES || !iw_django_may_migrate(step, to))
		return true;
	const struct iw_py_value *trigger = iw_django_given(step->op, "trigger");
	const char *why = NULL;
	const char *name = trigger != NULL ? NULL : iw_django_given_text(step->context, step->op, "name", &why);
	struct django_model_ref model = iw_django_step_model(step, holder, "model_name");
	const struct iw_py_value *list = model.model == NULL ? NULL : triggers_of(step->context, model.model);
	for (guint i = 0; list != NULL && name != NULL && trigger == NULL && i < list->items->len; i++) {
		const char *other = name_of(list->items->pdata[i]);
		if (other != NULL && strcmp(other, name) == 0)
			trigger = list->items->pdata[i];
	}
	if (step->context->problem == NULL)
		send(step, trigger, adds);
	return true;
}

bool iw_django_add_trigger_forwards(struct django_step *step)
{
	return change(step, step->to, true);
}

bool iw_django_add_trigger_backwards(struct django_step *step)
{
	return change(step, step->to, false);
}

bool iw_django_remove_trigger_forwards(struct django_step *step)
{
	return change(step, step->from, false);
}

bool iw_django_remove_trigger_backwards(struct django_step *step)
{
	return change(step, step->to, true);
}
