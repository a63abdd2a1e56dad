/* Defaults as the schema editor sends them: _effective_default() and effective_default(); see models.h. */
#include "framework/django/fields.h"

#include <string.h>

/* callables ---------------------------------------------------------------------------------------------------------
 */

static const struct {
	const char *path, *text; /* an empty one, as it is written */
} makers[] = {
	{"builtins.str", "''"},
	{"builtins.bool", "False"},
	{"builtins.int", "0"},
	{"builtins.list", "[]"},
};

static struct iw_py_value *call_of(iw_py *python, struct iw_py_value *callee)
{
	struct iw_py_value *call = iw_arena_alloc(iw_py_arena(python), sizeof *call);
	call->kind = IW_PY_CALL;
	call->place = callee->place;
	call->receiver = callee;
	call->items = iw_arena_ptr_array(iw_py_arena(python));
	call->names = iw_arena_ptr_array(iw_py_arena(python));
	call->values = iw_arena_ptr_array(iw_py_arena(python));
	return call;
}

static struct iw_py_value *call_known(struct django_context *context, struct iw_py_value *callee)
{
	for (size_t i = 0; i < G_N_ELEMENTS(makers); i++)
		if (strcmp(makers[i].path, callee->text) == 0)
			return iw_django_initial_value(context, makers[i].text);
	if (strcmp(callee->text, "builtins.dict") == 0 || strcmp(callee->text, "collections.OrderedDict") == 0)
		return iw_py_new_dict(context->python);
	if (strcmp(callee->text, "builtins.set") == 0)
		return iw_py_new_list(context->python, IW_PY_SET);
	if (strcmp(callee->text, "builtins.tuple") == 0)
		return iw_py_new_list(context->python, IW_PY_TUPLE);
	return NULL;
}

struct iw_py_value *iw_django_called_default(struct django_context *context, struct iw_py_value *value)
{
	struct iw_py_value *raised = NULL, *result = value;
	if (value->kind == IW_PY_FUNCTION || value->kind == IW_PY_CLASS) {
		result = iw_py_call(context->python, value, NULL, &raised);
	} else if (value->kind == IW_PY_FOREIGN) {
		result = call_known(context, value);
		if (result == NULL)
			result = call_of(context->python, value);
	}
	if (raised == NULL)
		return result;
	return iw_py_new_unknown(context->python, value->place, "the default %s() raises %s", value->text,
				 iw_py_repr(context->python, raised));
}

/* volatile ----------------------------------------------------------------------------------------------------------
 */

/* Does it hold the call of something that gives another value each time? */
static bool is_volatile_value(struct django_context *context, const struct iw_py_value *value, int depth)
{
	static const char *const paths[] = {
		"uuid.uuid4",
		"uuid.uuid1",
		"django.utils.timezone.now",
		"datetime.datetime.now",
		"datetime.datetime.utcnow",
		"datetime.datetime.today",
		"datetime.date.today",
	};
	if (value == NULL || depth > 20)
		return false;
	if (value->kind == IW_PY_ATTRIBUTE)
		return is_volatile_value(context, value->receiver, depth + 1);
	const char *path = value->kind == IW_PY_CALL ? iw_py_path(context->python, value) : NULL;
	for (size_t i = 0; path != NULL && i < G_N_ELEMENTS(paths); i++)
		if (strcmp(paths[i], path) == 0)
			return true;
	for (guint i = 0; value->items != NULL && i < value->items->len; i++)
		if (is_volatile_value(context, value->items->pdata[i], depth + 1))
			return true;
	for (guint i = 0; value->values != NULL && i < value->values->len; i++)
		if (is_volatile_value(context, value->values->pdata[i], depth + 1))
			return true;
	return false;
}

/* effective_default() ------------------------------------------------------------------------------------------------
 */

/* get_default(), with what the class overrides. */
static struct iw_py_value *given_default(struct django_context *context, struct django_field_ref field)
{
	bool is_own = false;
	struct iw_py_value *value = iw_django_field_method(context, field, "get_default", NULL, &is_own);
	return is_own ? value : iw_django_called_default(context, field.field->default_value);
}

static struct iw_py_value *current(struct django_context *context, enum django_type type)
{
	const char *path = type == DJANGO_DATE_TIME ? "django.utils.timezone.now"
			   : type == DJANGO_DATE    ? "datetime.date.today"
						    : "datetime.datetime.now";
	return call_of(context->python, iw_py_new_foreign(context->python, path));
}

/* _effective_default(); NULL: it failed. */
static struct iw_py_value *effective_value(struct django_context *context, struct django_field_ref field)
{
	const struct django_field *of = field.field;
	if (of->default_value != NULL)
		return given_default(context, field);
	if (of->type == DJANGO_GENERATED)
		return iw_py_new_none(context->python);
	/* A field of binary data gets b"", which is written by its type. */
	if (!of->null && of->blank && of->empty_strings_allowed)
		return iw_py_new_string(context->python, "");
	return of->is_auto_now ? current(context, of->type) : iw_py_new_none(context->python);
}

struct iw_py_value *iw_django_prepared_value(struct django_context *context, struct django_field_ref field,
					     struct iw_py_value *value, enum django_preparation from)
{
	static const char *const names[] = {[PREPARE_SAVE] = "get_db_prep_save",
					    [PREPARE_DATABASE] = "get_db_prep_value",
					    [PREPARE_VALUE] = "get_prep_value"};
	for (size_t i = from; i < G_N_ELEMENTS(names) && field.field->self != NULL; i++) {
		bool is_own = false;
		GPtrArray *arguments = iw_arena_ptr_array(context->arena);
		g_ptr_array_add(arguments, value);
		if (i != PREPARE_VALUE)
			g_ptr_array_add(arguments, iw_django_connection(context));
		struct iw_py_value *made = iw_django_field_method(context, field, names[i], arguments, &is_own);
		if (is_own)
			return made;
	}
	return value;
}

const char *iw_django_effective_default(struct django_context *context, struct django_field_ref field,
					bool *is_volatile)
{
	if (is_volatile != NULL)
		*is_volatile = false;
	if (field.field->unknown != NULL)
		return iw_django_fail(context, field.field->place, "%s", field.field->unknown);
	if (field.field->type == DJANGO_NO_COLUMN)
		return NULL;
	struct iw_py_value *value = effective_value(context, field);
	if (value != NULL && is_volatile != NULL)
		*is_volatile = is_volatile_value(context, value, 0);
	if (value != NULL)
		value = iw_django_prepared_value(context, field, value, PREPARE_SAVE);
	if (value == NULL || iw_django_is_unknown(context, value))
		return NULL;
	const struct django_datum *datum = iw_django_datum(context, field, value);
	return datum == NULL || datum->kind == DATUM_NULL ? NULL : iw_django_datum_literal(context, datum);
}

const char *iw_django_literal(struct django_context *context, struct django_field_ref field,
			      const struct iw_py_value *value)
{
	if (field.field != NULL && field.field->unknown != NULL)
		return iw_django_fail(context, field.field->place, "%s", field.field->unknown);
	if (field.field != NULL)
		value = iw_django_prepared_value(context, field, (struct iw_py_value *)value, PREPARE_SAVE);
	if (value == NULL)
		return NULL;
	const struct django_datum *datum = iw_django_datum(context, field, value);
	return datum == NULL ? NULL : iw_django_datum_literal(context, datum);
}
