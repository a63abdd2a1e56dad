/* Values as JSON: json.dumps(), and what DjangoJSONEncoder adds to it; see fields.h. */
#include "framework/django/fields.h"

#include <string.h>

enum { MICROSECONDS = 1000000, DEEPEST = 60 };
static const char django_encoder[] = "django.core.serializers.json.DjangoJSONEncoder";

const char *iw_django_json_text(struct django_context *context, const struct iw_py_value *value)
{
	GPtrArray *arguments = iw_arena_ptr_array(context->arena);
	g_ptr_array_add(arguments, (gpointer)value);
	const struct iw_py_value *text =
		iw_py_call(context->python, iw_py_new_foreign(context->python, "json.dumps"), arguments, NULL);
	if (text->kind == IW_PY_STRING)
		return text->text;
	return iw_django_fail(context, value->place, "%s cannot be written as JSON here",
			      iw_py_repr(context->python, value));
}

/* isoformat() with milliseconds, and Z for UTC. */
static const char *moment_text(struct django_context *context, struct django_moment *moment,
			       enum django_datum_kind kind)
{
	const char *text = iw_django_moment_text(context->arena, moment, kind, 'T', false);
	const char *dot = moment->microsecond == 0 ? NULL : strchr(text, '.');
	if (dot != NULL)
		text = iw_arena_printf(context->arena, "%.*s%s", (int)(dot + 4 - text), text, dot + 7);
	if (!g_str_has_suffix(text, "+00:00"))
		return text;
	return iw_arena_printf(context->arena, "%.*sZ", (int)(strlen(text) - strlen("+00:00")), text);
}

/* duration_iso_string() */
static const char *duration_text(struct django_context *context, __int128 microseconds)
{
	bool is_negative = microseconds < 0;
	if (is_negative)
		microseconds = -microseconds;
	gint64 seconds = (gint64)(microseconds / MICROSECONDS);
	int rest = (int)(microseconds % MICROSECONDS), of_day = (int)(seconds % 86400);
	const char *fraction = rest == 0 ? "" : iw_arena_printf(context->arena, ".%06d", rest);
	return iw_arena_printf(context->arena, "%sP%dDT%02dH%02dM%02d%sS", is_negative ? "-" : "",
			       (int)(seconds / 86400), of_day / 3600, of_day / 60 % 60, of_day % 60, fraction);
}

/* What DjangoJSONEncoder.default() gives, as text; NULL: it would refuse, or it is not known. */
static const char *encoded_text(struct django_context *context, const struct iw_py_value *value)
{
	const struct django_datum *datum = iw_django_datum(context, (struct django_field_ref){0}, value);
	if (datum == NULL)
		return NULL;
	struct django_moment moment = datum->moment;
	switch (datum->kind) {
	case DATUM_DATE:
	case DATUM_DATE_TIME:
	case DATUM_TIME:
		return datum->kind == DATUM_TIME && moment.is_aware ? NULL : moment_text(context, &moment, datum->kind);
	case DATUM_DURATION:
		return duration_text(context, datum->microseconds);
	case DATUM_DECIMAL:
	case DATUM_UUID:
	case DATUM_TEXT:
		return datum->text;
	default:
		return NULL;
	}
}

/* The value with texts in place of what JSON does not have. NULL: not known, with a reason. */
static struct iw_py_value *encodable(struct django_context *context, const struct iw_py_value *value, int depth)
{
	iw_py *python = context->python;
	bool is_dict = value->kind == IW_PY_DICT, is_list = value->kind == IW_PY_LIST || value->kind == IW_PY_TUPLE;
	if (value->kind == IW_PY_CALL) {
		const char *text = encoded_text(context, value);
		return text != NULL ? iw_py_new_string(python, text)
				    : iw_django_fail(context, value->place, "%s cannot be written as JSON here",
						     iw_py_repr(python, value));
	}
	if ((!is_dict && !is_list) || depth > DEEPEST)
		return (struct iw_py_value *)value;
	struct iw_py_value *made = is_dict ? iw_py_new_dict(python) : iw_py_new_list(python, IW_PY_LIST);
	for (guint i = 0; i < value->items->len; i++) {
		const struct iw_py_value *part = is_dict ? value->values->pdata[i] : value->items->pdata[i];
		struct iw_py_value *one = encodable(context, part, depth + 1);
		if (one == NULL)
			return NULL;
		if (is_dict)
			iw_py_dict_set(python, made, value->items->pdata[i], one);
		else
			g_ptr_array_add(made->items, one);
	}
	return made;
}

const char *iw_django_encoded_json(struct django_context *context, const struct iw_py_value *value,
				   const struct iw_py_value *encoder)
{
	static const char *const methods[] = {"default", "encode", "iterencode"};
	bool is_class = encoder != NULL && encoder->kind == IW_PY_CLASS;
	bool is_django = encoder != NULL && iw_py_is_subclass(context->python, encoder, django_encoder);
	for (size_t i = 0; is_class && i < G_N_ELEMENTS(methods); i++) {
		const struct iw_py_value *own = iw_py_find(context->python, (struct iw_py_value *)encoder, methods[i]);
		bool is_own = own != NULL && own->kind == IW_PY_FUNCTION;
		if (is_own && strcmp(methods[i], "default") != 0)
			return iw_django_fail(context, encoder->place, "how %s writes JSON is not known",
					      encoder->text);
		is_django = is_django && !is_own;
	}
	const struct iw_py_value *plain = is_django ? encodable(context, value, 0) : value;
	return plain == NULL ? NULL : iw_django_json_text(context, plain);
}
