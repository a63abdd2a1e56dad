/* Arguments out of the values of the Python reader; see sqlalchemy.h. */
#include "framework/alembic/sqlalchemy.h"

#include <stdarg.h>
#include <string.h>

void *iw_sa_fail(struct iw_sa *sa, const char *format, ...)
{
	if (sa->problem != NULL)
		return NULL;
	va_list list;
	va_start(list, format);
	g_autofree char *text = g_strdup_vprintf(format, list);
	va_end(list);
	sa->problem = iw_arena_strdup(sa->arena, text);
	return NULL;
}

bool iw_sa_unknown(struct iw_sa *sa, const struct iw_py_value *value)
{
	const struct iw_py_value *unknown = value == NULL ? NULL : iw_py_unknown_in(value);
	if (unknown == NULL)
		return false;
	if (sa->problem == NULL)
		sa->problem_place = unknown->place;
	iw_sa_fail(sa, "%s", unknown->text);
	return true;
}

struct iw_py_value *iw_sa_given(const struct iw_py_value *call, int position, const char *name)
{
	struct iw_py_value *value =
		call == NULL || call->kind != IW_PY_CALL ? NULL : iw_py_argument(call, position, name);
	return value == NULL || value->kind == IW_PY_NONE ? NULL : value;
}

/* quoted_name("x", True), op.f("x"), conv("x"), sa.util.text_type("x") */
static bool wraps_text(struct iw_sa *sa, const struct iw_py_value *value)
{
	static const char *const names[] = {"f", "conv", "quoted_name", "text_type"};
	const char *called = value->kind == IW_PY_CALL ? iw_sa_called(sa, value) : NULL;
	for (guint i = 0; called != NULL && i < G_N_ELEMENTS(names); i++)
		if (strcmp(called, names[i]) == 0)
			return true;
	return false;
}

const char *iw_sa_text(struct iw_sa *sa, const struct iw_py_value *value)
{
	if (value == NULL || value->kind == IW_PY_NONE)
		return NULL;
	if (value->kind == IW_PY_STRING)
		return value->text;
	if (wraps_text(sa, value))
		return iw_sa_text(sa, iw_sa_given(value, 0, "value"));
	if (value->kind == IW_PY_INSTANCE) {
		const struct iw_py_value *inner = iw_py_find(sa->python, (struct iw_py_value *)value, "value");
		if (inner != NULL && inner->kind == IW_PY_STRING)
			return inner->text;
	}
	if (!iw_sa_unknown(sa, value))
		iw_sa_fail(sa, "%s is no string", iw_py_repr(sa->python, value));
	return NULL;
}

int iw_sa_truth(struct iw_sa *sa, const struct iw_py_value *value, int otherwise)
{
	if (value == NULL || value->kind == IW_PY_NONE)
		return otherwise;
	int truth = iw_py_truth(value);
	if (truth >= 0)
		return truth;
	if (!iw_sa_unknown(sa, value))
		iw_sa_fail(sa, "it is not known whether %s is true", iw_py_repr(sa->python, value));
	return otherwise;
}

static bool is_sequence(const struct iw_py_value *value)
{
	return value->kind == IW_PY_LIST || value->kind == IW_PY_TUPLE || value->kind == IW_PY_SET;
}

GPtrArray *iw_sa_texts(struct iw_sa *sa, const struct iw_py_value *value)
{
	GPtrArray *texts = iw_arena_ptr_array(sa->arena);
	if (value == NULL || value->kind == IW_PY_NONE)
		return texts;
	if (!is_sequence(value)) {
		const char *text = iw_sa_text(sa, value);
		if (text != NULL)
			g_ptr_array_add(texts, (gpointer)text);
		return texts;
	}
	for (guint i = 0; i < value->items->len; i++) {
		const char *text = iw_sa_text(sa, value->items->pdata[i]);
		if (text != NULL)
			g_ptr_array_add(texts, (gpointer)text);
	}
	return texts;
}

const char *iw_sa_called(struct iw_sa *sa, const struct iw_py_value *value)
{
	if (value == NULL || (value->kind != IW_PY_CALL && value->kind != IW_PY_FOREIGN))
		return NULL;
	const struct iw_py_value *callee = value->kind == IW_PY_CALL ? value->receiver : value;
	if (callee != NULL && callee->kind == IW_PY_ATTRIBUTE)
		return callee->text;
	const char *path = iw_py_path(sa->python, value);
	const char *dot = path == NULL ? NULL : strrchr(path, '.');
	return dot == NULL ? path : dot + 1;
}

bool iw_sa_is(struct iw_sa *sa, const struct iw_py_value *value, const char *name)
{
	const char *called = iw_sa_called(sa, value);
	if (called == NULL || strcmp(called, name) != 0)
		return false;
	const char *path = iw_py_path(sa->python, value);
	return path != NULL && (g_str_has_prefix(path, "sqlalchemy.") || g_str_has_prefix(path, "sqlmodel."));
}

struct iw_py_value *iw_sa_method(const struct iw_py_value *call, const char **name)
{
	if (call == NULL || call->kind != IW_PY_CALL || call->receiver == NULL ||
	    call->receiver->kind != IW_PY_ATTRIBUTE)
		return NULL;
	*name = call->receiver->text;
	return call->receiver->receiver;
}

const char *iw_sa_join(struct iw_sa *sa, GPtrArray *texts, const char *separator)
{
	g_autoptr(GString) out = g_string_new(NULL);
	for (guint i = 0; i < texts->len; i++) {
		if (i > 0)
			g_string_append(out, separator);
		g_string_append(out, texts->pdata[i] == NULL ? "" : texts->pdata[i]);
	}
	return iw_arena_strdup(sa->arena, out->str);
}
