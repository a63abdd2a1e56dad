/*
 * Prints what the Python evaluator makes of a file, for tests/conformance/test_python_values.py:
 *     python-dump FILE [ROOT...]        "name = repr" for each name of the module, in order of their names
 *     python-dump --quiet FILE...       nothing but a count of names that are not known, for measuring
 */
#include "base/error.h"
#include "framework/python/python.h"

#include <stdio.h>
#include <string.h>

static void print_error(const GError *error)
{
	const struct iw_error_info *info = iw_error_info(error);
	if (info->place.source == NULL) {
		printf("error: %s\n", error->message);
		return;
	}
	struct iw_line_column at = iw_source_locate(info->place.source, info->place.offset);
	printf("error: %d:%d: %s\n", at.line, at.column, error->message);
}

static void say_skipped(void *data, iw_py *python, struct iw_place place, const char *reason)
{
	(void)data, (void)python;
	struct iw_line_column at = iw_source_locate(place.source, place.offset);
	printf("skipped %d: %s\n", at.line, reason);
}

static const struct iw_py_host host = {.skipped = say_skipped};

static void print_value(iw_py *python, const char *name, const struct iw_py_value *value)
{
	const struct iw_py_value *unknown = iw_py_unknown_in(value);
	if (unknown != NULL)
		printf("%s = ? %s\n", name, unknown->text);
	else
		printf("%s = %s\n", name, iw_py_repr(python, value));
}

static int print_names(iw_py *python, struct iw_py_value *module)
{
	g_autoptr(GList) names = g_list_sort(g_hash_table_get_keys(module->attributes), (GCompareFunc)strcmp);
	for (GList *at = names; at != NULL; at = at->next) {
		const char *name = at->data;
		if (name[0] != '_')
			print_value(python, name, iw_py_get(python, module, name));
	}
	return 0;
}

static int count_unknown(int count, char **paths)
{
	int unknown = 0, failed = 0, names = 0;
	for (int i = 0; i < count; i++) {
		g_autoptr(iw_arena) arena = iw_arena_new();
		iw_py *python = iw_py_new(arena, &(struct iw_py_options){.top = "/"});
		g_autoptr(GError) error = NULL;
		struct iw_py_value *module = iw_py_load(python, paths[i], paths[i], &error);
		if (module == NULL) {
			failed++;
			print_error(error);
			continue;
		}
		GHashTableIter iterator;
		gpointer name;
		g_autoptr(GList) keys = g_hash_table_get_keys(module->attributes);
		for (GList *at = keys; at != NULL; at = at->next) {
			name = at->data;
			const struct iw_py_value *bad = iw_py_unknown_in(iw_py_get(python, module, name));
			names++;
			unknown += bad != NULL;
			if (bad != NULL)
				printf("%s: %s: %s\n", paths[i], (char *)name, bad->text);
		}
		(void)iterator;
	}
	printf("%d files, %d names, %d not known, %d failed\n", count, names, unknown, failed);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	if (strcmp(argv[1], "--quiet") == 0)
		return count_unknown(argc - 2, argv + 2);
	g_autoptr(iw_arena) arena = iw_arena_new();
	g_autofree char *top = g_path_get_dirname(argv[1]);
	struct iw_py_options options = {.roots = (const char *const *)argv + 2, .top = top, .host = &host};
	iw_py *python = iw_py_new(arena, &options);
	g_autoptr(GError) error = NULL;
	struct iw_py_value *module = iw_py_load(python, argv[1], argv[1], &error);
	if (module != NULL)
		return print_names(python, module);
	print_error(error);
	return 1;
}
