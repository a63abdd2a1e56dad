/* What migrations ask of models as the code has them now: Model._meta.db_table, get_user_model()._meta. See project.h.
 */
#include "framework/django/project.h"

#include <string.h>

/* The app whose package holds the class; the innermost counts. */
static const struct django_app *app_of(const struct django_project *self, const char *path)
{
	const struct django_app *best = NULL;
	for (guint i = 0; i < self->apps->len; i++) {
		const struct django_app *app = self->apps->pdata[i];
		size_t length = strlen(app->name);
		bool is_inside = strncmp(path, app->name, length) == 0 && path[length] == '.';
		if (is_inside && (best == NULL || length > strlen(best->name)))
			best = app;
	}
	return best;
}

/* Meta may be somewhere that cannot be read. */
static bool has_unknown_base(const struct iw_py_value *class)
{
	const GPtrArray *order = iw_py_resolution_order(class);
	for (guint i = 0; i < order->len; i++) {
		const struct iw_py_value *base = order->pdata[i];
		bool is_known = base->kind == IW_PY_CLASS ||
				(base->kind == IW_PY_FOREIGN && (strcmp(base->text, "django.db.models.Model") == 0 ||
								 g_str_has_prefix(base->text, "builtins.")));
		if (!is_known)
			return true;
	}
	return false;
}

static bool is_set(const struct iw_py_value *meta, const char *name)
{
	const struct iw_py_value *value = meta == NULL ? NULL : g_hash_table_lookup(meta->attributes, name);
	return value != NULL && iw_py_truth(value) != 0;
}

static const char *text_of(iw_py *python, struct iw_py_value *meta, const char *name, bool *is_unknown)
{
	const struct iw_py_value *value = meta == NULL ? NULL : iw_py_find(python, meta, name);
	const char *text = value == NULL ? NULL : iw_py_text(value);
	*is_unknown = *is_unknown || (value != NULL && text == NULL);
	return text;
}

static const char *table_of(const struct django_project *self, iw_py *python, struct iw_py_value *class)
{
	const char *path = iw_py_path(python, class);
	struct iw_py_value *meta = iw_py_find(python, class, "Meta");
	bool is_own = g_hash_table_contains(class->attributes, "Meta"), is_unknown = has_unknown_base(class);
	meta = meta != NULL && meta->kind == IW_PY_CLASS ? meta : NULL;
	if (path == NULL || (is_own && (is_set(meta, "abstract") || is_set(meta, "proxy"))))
		return NULL;
	const char *table = text_of(python, meta, "db_table", &is_unknown);
	const char *label = text_of(python, meta, "app_label", &is_unknown);
	const struct django_app *app = app_of(self, path);
	if (is_unknown || (table == NULL && label == NULL && app == NULL))
		return NULL;
	if (table != NULL)
		return table;
	g_autofree char *name = g_utf8_strdown(class->text, -1);
	return iw_arena_printf(self->arena, "%s_%s", label != NULL ? label : app->label, name);
}

/* get_user_model()._meta.object_name: what AUTH_USER_MODEL says. */
static struct iw_py_value *user_model_value(const struct django_project *self, iw_py *python, const char *name)
{
	const char *label = self->config.settings.auth_user_model;
	const struct iw_py_value *setting = iw_django_setting(&self->config, "AUTH_USER_MODEL");
	if (label == NULL)
		label = setting == NULL ? "auth.User" : NULL;
	const char *dot = label == NULL ? NULL : strchr(label, '.');
	if (dot == NULL)
		return NULL;
	g_autofree char *app = g_strndup(label, (gsize)(dot - label)), *lower = g_utf8_strdown(dot + 1, -1);
	g_autofree char *label_lower = g_strdup_printf("%s.%s", app, lower);
	const char *const values[][2] = {{"app_label", app},
					 {"object_name", dot + 1},
					 {"model_name", lower},
					 {"label", label},
					 {"label_lower", label_lower}};
	for (size_t i = 0; i < G_N_ELEMENTS(values); i++)
		if (strcmp(values[i][0], name) == 0)
			return iw_py_new_string(python, values[i][1]);
	bool is_own = strcmp(label, "auth.User") == 0 && strcmp(name, "db_table") == 0;
	return is_own ? iw_py_new_string(python, "auth_user") : NULL;
}

struct iw_py_value *iw_django_class_table(const struct django_project *self, iw_py *python,
					  const struct iw_py_value *attribute)
{
	const struct iw_py_value *meta = attribute->kind == IW_PY_ATTRIBUTE ? attribute->receiver : NULL;
	if (meta == NULL || meta->kind != IW_PY_ATTRIBUTE || strcmp(meta->text, "_meta") != 0)
		return NULL;
	if (iw_py_is(python, meta->receiver, "django.contrib.auth.get_user_model"))
		return user_model_value(self, python, attribute->text);
	if (meta->receiver->kind != IW_PY_CLASS || strcmp(attribute->text, "db_table") != 0)
		return NULL;
	const char *table = table_of(self, python, meta->receiver);
	/* Longer names are cut, and where depends on the server. */
	return table == NULL || strlen(table) > 63 ? NULL : iw_py_new_string(python, table);
}
