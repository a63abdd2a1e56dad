/* json.loads() and json.dumps(); see python_internal.h. */
#include "framework/python/methods.h"

#include <jansson.h>

static struct iw_py_value *from_json(iw_py *python, const json_t *json, int depth)
{
	struct iw_py_value *value;
	const char *key;
	json_t *item;
	size_t at;
	if (depth > 100)
		return iw_py_new_unknown(python, iw_py_no_place(), "this is nested too deeply to work out");
	switch (json_typeof(json)) {
	case JSON_OBJECT:
		value = iw_py_new_dict(python);
		json_object_foreach((json_t *)json, key, item) iw_py_dict_set(
			python, value, iw_py_new_string(python, key), from_json(python, item, depth + 1));
		return value;
	case JSON_ARRAY:
		value = iw_py_new_list(python, IW_PY_LIST);
		json_array_foreach(json, at, item) g_ptr_array_add(value->items, from_json(python, item, depth + 1));
		return value;
	case JSON_STRING:
		return iw_py_new_text(python, IW_PY_STRING, json_string_value(json), json_string_length(json));
	case JSON_INTEGER:
		return iw_py_new_integer(python, json_integer_value(json));
	case JSON_REAL:
		return iw_py_new_float(python, json_real_value(json));
	case JSON_NULL:
		return python->none;
	default:
		return iw_py_new_boolean(python, json_is_true(json));
	}
}

static struct iw_py_value *load_json(const struct py_call *call)
{
	struct iw_py_value *value = iw_py_given(call, 0, "s");
	if (value != NULL && value->kind == IW_PY_CALL && g_str_has_suffix(call->name, ".load")) {
		struct py_arguments *none = iw_py_new_arguments(call->python);
		struct py_call read = {call->python, call->scope, call->place, "read", value, none};
		value = iw_py_read_file(&read);
	}
	if (value == NULL || value->kind != IW_PY_STRING)
		return value != NULL && value->kind == IW_PY_UNKNOWN ? value : NULL;
	json_error_t error;
	json_t *json = json_loadb(value->text, value->length, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
	if (json == NULL)
		return NULL;
	struct iw_py_value *result = from_json(call->python, json, 0);
	json_decref(json);
	return result;
}

static void add_json_text(GString *out, const struct iw_py_value *value)
{
	g_string_append_c(out, '"');
	const char *end = value->text + value->length;
	for (const char *at = value->text; at < end; at = g_utf8_next_char(at)) {
		gunichar c = g_utf8_get_char(at);
		static const char letters[] = "\"\\\n\r\t\f\b", escapes[] = "\"\\nrtfb";
		const char *special = c != 0 && c < 128 ? strchr(letters, (char)c) : NULL;
		if (special != NULL)
			g_string_append_printf(out, "\\%c", escapes[special - letters]);
		else if (c >= 32 && c < 127)
			g_string_append_c(out, (char)c);
		else if (c > 0xFFFF)
			g_string_append_printf(out, "\\u%04x\\u%04x", 0xD800 + ((c - 0x10000) >> 10),
					       0xDC00 + ((c - 0x10000) & 0x3FF));
		else
			g_string_append_printf(out, "\\u%04x", c);
	}
	g_string_append_c(out, '"');
}

static bool add_json(GString *out, const struct iw_py_value *value, int depth)
{
	bool is_dict = value->kind == IW_PY_DICT;
	if (depth > 60 || out->len > PY_LONGEST)
		return false;
	if (is_dict || iw_py_is_sequence(value)) {
		g_string_append_c(out, is_dict ? '{' : '[');
		for (guint i = 0; i < value->items->len; i++) {
			const struct iw_py_value *item = value->items->pdata[i];
			g_string_append(out, i > 0 ? ", " : "");
			if (is_dict && item->kind != IW_PY_STRING)
				return false;
			if (!add_json(out, item, depth + 1))
				return false;
			g_string_append(out, is_dict ? ": " : "");
			if (is_dict && !add_json(out, value->values->pdata[i], depth + 1))
				return false;
		}
		g_string_append_c(out, is_dict ? '}' : ']');
		return true;
	}
	if (value->kind == IW_PY_STRING)
		add_json_text(out, value);
	else if (value->kind == IW_PY_NONE)
		g_string_append(out, "null");
	else if (value->kind == IW_PY_BOOLEAN)
		g_string_append(out, value->boolean ? "true" : "false");
	else if (value->kind == IW_PY_INTEGER || (value->kind == IW_PY_FLOAT && isfinite(value->number)))
		g_string_append(out, value->text);
	else
		return false;
	return true;
}

static struct iw_py_value *dump_json(const struct py_call *call)
{
	const struct iw_py_value *value = iw_py_given(call, 0, "obj");
	g_autoptr(GString) out = g_string_new(NULL);
	if (value == NULL || call->arguments->names->len > 0 || !add_json(out, value, 0)) {
		const struct iw_py_value *unknown = value == NULL ? NULL : iw_py_unknown_in(value);
		return unknown != NULL ? iw_py_unknown_from(call->python, unknown) : NULL;
	}
	return iw_py_new_text(call->python, IW_PY_STRING, out->str, out->len);
}

const struct py_row iw_py_json_rows[] = {
	{"json.loads", load_json},
	{"json.load", load_json},
	{"json.dumps", dump_json},
	{NULL, NULL},
};
