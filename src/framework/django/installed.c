/* What settings ask of installed packages: whether one is there, and which plugins they bring. See project.h. */
#include "framework/django/project.h"

#include <string.h>

/* importlib.util.find_spec("scim"): not None where the package is found. */
static struct iw_py_value *find_spec(struct django_reader *reader, const struct iw_py_value *call)
{
	const struct iw_py_value *given = iw_py_argument(call, 0, "name");
	const char *name = given == NULL ? NULL : iw_py_text(given);
	if (name == NULL || strchr(name, '/') != NULL)
		return NULL;
	if (iw_django_module_path(reader, name) != NULL)
		return iw_py_new_boolean(reader->python, true);
	g_autofree char *relative = g_strdelimit(g_strdup(name), ".", '/');
	for (guint i = 0; i < reader->site_packages->len; i++) {
		const char *base = iw_path_join(reader->arena, reader->site_packages->pdata[i], relative);
		if (iw_path_is_directory(base) || iw_path_is_file(iw_arena_printf(reader->arena, "%s.py", base)))
			return iw_py_new_boolean(reader->python, true);
	}
	return reader->site_packages->len == 0 ? NULL : iw_py_new_none(reader->python);
}

/* Does a package's entry_points.txt have the section? */
static bool has_section(const char *path, const char *group)
{
	g_autofree char *text = NULL, *line = g_strdup_printf("[%s]", group);
	return g_file_get_contents(path, &text, NULL, NULL) && strstr(text, line) != NULL;
}

/* importlib.metadata.entry_points(group="shop.plugins"): none, where no installed package has any. */
static struct iw_py_value *entry_points(struct django_reader *reader, const struct iw_py_value *call)
{
	const struct iw_py_value *given = iw_py_argument(call, -1, "group");
	const char *group = given == NULL ? NULL : iw_py_text(given);
	if (group == NULL || reader->site_packages->len == 0)
		return NULL;
	for (guint i = 0; i < reader->site_packages->len; i++) {
		const char *folder = reader->site_packages->pdata[i];
		GPtrArray *entries = iw_directory_list(reader->arena, folder, NULL);
		for (guint k = 0; entries != NULL && k < entries->len; k++) {
			const struct iw_entry *entry = entries->pdata[k];
			bool is_package = g_str_has_suffix(entry->name, ".dist-info") ||
					  g_str_has_suffix(entry->name, ".egg-info");
			if (is_package &&
			    has_section(iw_arena_printf(reader->arena, "%s/%s/entry_points.txt", folder, entry->name),
					group))
				return NULL;
		}
	}
	return iw_py_new_list(reader->python, IW_PY_LIST);
}

struct iw_py_value *iw_django_ask_packages(struct django_reader *reader, const struct iw_py_value *call,
					   const char *path)
{
	if (strcmp(path, "importlib.util.find_spec") == 0)
		return find_spec(reader, call);
	return strcmp(path, "importlib.metadata.entry_points") == 0 ? entry_points(reader, call) : NULL;
}
