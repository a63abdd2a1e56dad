/* Migrations in Python: any text is refused with a place or has values, unknown at worst, within the bounds. */
#include "base/error.h"
#include "framework/python/python.h"

#include <glib/gstdio.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct iw_py_value *hear_call(void *data, iw_py *python, struct iw_py_value *call)
{
	(void)data;
	iw_py_path(python, call);
	iw_py_unknown_in(call);
	return NULL;
}

static void hear_skipped(void *data, iw_py *python, struct iw_place place, const char *reason)
{
	(void)data, (void)python;
	g_assert(place.source == NULL || place.offset <= place.source->length);
	g_assert_nonnull(reason);
}

static void look_at(iw_py *python, struct iw_py_value *module)
{
	g_autoptr(GList) names = g_hash_table_get_keys(module->attributes);
	for (GList *at = names; at != NULL; at = at->next) {
		struct iw_py_value *value = iw_py_get(python, module, at->data), *raised = NULL;
		g_assert_nonnull(iw_py_repr(python, value));
		iw_py_unknown_in(value);
		iw_py_truth(value);
		if (value->kind == IW_PY_FUNCTION || value->kind == IW_PY_CLASS)
			g_assert((iw_py_call(python, value, NULL, &raised) == NULL) == (raised != NULL));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char *path, *folder;
	if (path == NULL) {
		folder = g_dir_make_tmp("inchworm-fuzz-XXXXXX", NULL);
		path = g_build_filename(folder, "m.py", NULL);
	}
	if (!g_file_set_contents_full(path, (const char *)data, (gssize)size, G_FILE_SET_CONTENTS_NONE, 0644, NULL))
		return 0;
	static const struct iw_py_host host = {.call = hear_call, .skipped = hear_skipped};
	static const char *const environment[] = {NULL};
	const char *roots[] = {folder, NULL};
	g_autoptr(iw_arena) arena = iw_arena_new();
	iw_py *python = iw_py_new(arena, &(struct iw_py_options){roots, folder, &host, environment});
	g_autoptr(GError) error = NULL;
	struct iw_py_value *module = iw_py_load(python, path, "m.py", &error);
	g_assert((module == NULL) == (error != NULL));
	if (module != NULL)
		look_at(python, module);
	else
		g_assert_nonnull(iw_error_info(error));
	return 0;
}
