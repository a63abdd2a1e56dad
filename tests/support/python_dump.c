/*
 * Prints what the Python evaluator makes of a file, for tests/conformance/test_python_values.py:
 *     python-dump FILE [ROOT...]        "name = repr" for each name of the module, in order of their names
 *     python-dump --count ROOT FILE...  what in migrations is not known, and how many are known, for measuring
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

/* A name of another package, a call of one: known, but no value. */
static const struct iw_py_value *symbol_in(const struct iw_py_value *value)
{
	if (value->kind >= IW_PY_FOREIGN)
		return value;
	GPtrArray *lists[] = {value->kind == IW_PY_INSTANCE ? NULL : value->items, value->values};
	for (size_t k = 0; k < G_N_ELEMENTS(lists); k++)
		for (guint i = 0; lists[k] != NULL && i < lists[k]->len; i++) {
			const struct iw_py_value *found = symbol_in(lists[k]->pdata[i]);
			if (found != NULL)
				return found;
		}
	return NULL;
}

static void print_value(iw_py *python, const char *name, const struct iw_py_value *value)
{
	const struct iw_py_value *unknown = iw_py_unknown_in(value);
	if (unknown != NULL)
		printf("%s = ? %s\n", name, unknown->text);
	else if (symbol_in(value) != NULL)
		printf("%s = ? symbol %s\n", name, iw_py_repr(python, symbol_in(value)));
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

/* What keeps a migration from being known: counted as the host hears it. */
struct count {
	int calls, unknown;
	const char *path;
};

static struct iw_py_value *count_call(void *data, iw_py *python, struct iw_py_value *call)
{
	struct count *count = data;
	const char *path = iw_py_path(python, call);
	const struct iw_py_value *bad =
		path != NULL && g_str_has_prefix(path, "alembic.op") ? iw_py_unknown_in(call) : NULL;
	count->calls++;
	count->unknown += bad != NULL;
	if (bad != NULL)
		printf("%s: %s: %s\n", count->path, path, bad->text);
	return NULL;
}

static struct iw_py_value *answer_attribute(void *data, iw_py *python, struct iw_py_value *attribute)
{
	(void)data;
	const char *path = iw_py_path(python, attribute);
	return path != NULL && g_str_has_suffix(path, ".dialect.name") ? iw_py_new_string(python, "postgresql") : NULL;
}

static void count_skipped(void *data, iw_py *python, struct iw_place place, const char *reason)
{
	struct count *count = data;
	(void)python;
	count->unknown++;
	printf("%s:%d: skipped: %s\n", count->path, iw_source_locate(place.source, place.offset).line, reason);
}

static void count_function(iw_py *python, struct iw_py_value *module, const char *name, struct count *count)
{
	struct iw_py_value *function = iw_py_find(python, module, name), *raised = NULL;
	if (function == NULL || function->kind != IW_PY_FUNCTION)
		return;
	iw_py_call(python, function, NULL, &raised);
	if (raised != NULL)
		printf("%s: raises %s\n", count->path, iw_py_repr(python, raised));
}

static int count_unknown(int argc, char **argv)
{
	int known = 0, failed = 0, count_files = 0, calls = 0;
	const char *roots[] = {argv[0], NULL};
	for (int i = 1; i < argc; i++) {
		g_autoptr(iw_arena) arena = iw_arena_new();
		struct count count = {.path = argv[i]};
		struct iw_py_host counting = {
			.call = count_call, .attribute = answer_attribute, .skipped = count_skipped, .data = &count};
		iw_py *python =
			iw_py_new(arena, &(struct iw_py_options){.top = argv[0], .roots = roots, .host = &counting});
		g_autoptr(GError) error = NULL;
		struct iw_py_value *module = iw_py_load(python, argv[i], argv[i], &error);
		count_files++;
		if (module == NULL) {
			failed++;
			printf("%s: ", argv[i]);
			print_error(error);
			continue;
		}
		struct iw_py_value *migration = iw_py_find(python, module, "Migration");
		const struct iw_py_value *bad =
			migration == NULL ? NULL : iw_py_unknown_in(iw_py_get(python, migration, "operations"));
		if (bad != NULL)
			printf("%s: operations: %s\n", argv[i], bad->text);
		count_function(python, module, "upgrade", &count);
		count_function(python, module, "downgrade", &count);
		known += bad == NULL && count.unknown == 0;
		calls += count.calls;
	}
	printf("%d files, %d known, %d calls, %d failed\n", count_files, known, calls, failed);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc < 2 || (strcmp(argv[1], "--count") == 0 && argc < 3))
		return 2;
	if (strcmp(argv[1], "--count") == 0)
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
