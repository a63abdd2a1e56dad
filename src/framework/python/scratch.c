/* An evaluator whose memory is used again, for reading many modules of which little is kept; see python.h. */
#include "framework/python/python_internal.h"

enum {
	FIRST_LIMIT = 512 << 10, /* bytes after which the evaluator is made anew: what fits in a processor's cache */
	LAST_LIMIT = 32 << 20,
	FEW_MODULES = 32,
};

struct iw_py_scratch {
	struct iw_py_options options;
	iw_arena *arena;
	iw_py *python;
	size_t limit;
	guint modules; /* since it was made */
	bool keeps_imports;
};

static void free_scratch(void *data)
{
	iw_py_scratch *scratch = data;
	iw_arena_free(scratch->arena);
	g_free(scratch);
}

iw_py_scratch *iw_py_scratch_new(iw_arena *owner, const struct iw_py_options *options, bool keeps_imports)
{
	iw_py_scratch *scratch = g_new0(iw_py_scratch, 1);
	scratch->options = *options;
	scratch->arena = iw_arena_new();
	scratch->limit = FIRST_LIMIT;
	scratch->keeps_imports = keeps_imports;
	iw_arena_defer(owner, free_scratch, scratch);
	return scratch;
}

/* A module that was imported may hold what another one has changed in it. */
static bool has_imports(const iw_py *python)
{
	GHashTableIter iter;
	gpointer module;
	g_hash_table_iter_init(&iter, python->modules);
	while (g_hash_table_iter_next(&iter, NULL, &module))
		if (!((const struct py_module *)module)->is_asked_for)
			return true;
	return false;
}

iw_py *iw_py_scratch_next(iw_py_scratch *scratch)
{
	bool is_full = scratch->python != NULL && iw_arena_size(scratch->arena) >= scratch->limit;
	if (is_full && scratch->keeps_imports && has_imports(scratch->python))
		is_full = false;
	/* Few modules filled it: what they import is large, and would be read over and over. */
	if (is_full && scratch->modules < FEW_MODULES && scratch->limit < LAST_LIMIT) {
		scratch->limit *= 2;
		is_full = false;
	}
	if (is_full) {
		iw_arena_reset(scratch->arena);
		scratch->python = NULL;
	}
	if (scratch->python == NULL) {
		scratch->python = iw_py_new(scratch->arena, &scratch->options);
		scratch->modules = 0;
	}
	scratch->modules++;
	return scratch->python;
}

void iw_py_scratch_forget(iw_py_scratch *scratch, const char *path)
{
	if (scratch->python != NULL)
		iw_py_forget(scratch->python, path);
}
