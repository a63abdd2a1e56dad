/* Configuration files: any text has a value, unknown at worst, within the evaluator's bounds. */
#include "framework/typescript/typescript.h"

#include <glib/gstdio.h>
#include <stdint.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char *path;
	if (path == NULL) {
		g_autofree char *folder = g_dir_make_tmp("inchworm-fuzz-XXXXXX", NULL);
		path = g_build_filename(folder, "drizzle.config.ts", NULL);
	}
	if (!g_file_set_contents_full(path, (const char *)data, (gssize)size, G_FILE_SET_CONTENTS_NONE, 0644, NULL))
		return 0;
	g_autoptr(iw_arena) arena = iw_arena_new();
	g_autoptr(GError) error = NULL;
	struct iw_ts_module *module = iw_ts_read(arena, path, iw_environment_new(arena), &error);
	g_assert((module == NULL) == (error != NULL));
	if (module == NULL)
		return 0;
	const struct iw_ts_value *unknown = NULL;
	iw_ts_text(module->value, "dbCredentials.url", &unknown);
	if (unknown != NULL)
		g_assert_nonnull(iw_ts_explain(arena, unknown));
	return 0;
}
