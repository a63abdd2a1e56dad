/* Finds drizzle.config.*: in the project's folder, where its scripts say, or where people put it. */
#include "framework/drizzle/drizzle_internal.h"

#include <jansson.h>
#include <string.h>

static const char *const names[] = {
	"drizzle.config.ts",  "drizzle.config.js",  "drizzle.config.mjs",  "drizzle.config.cjs",
	"drizzle.config.mts", "drizzle.config.cts", "drizzle.config.json", NULL,
};
static const char *const folders[] = {"config", "db",	     "drizzle",	   "src",	    "src/db",	  "src/drizzle",
				      "server", "server/db", "src/server", "src/server/db", "src/lib/db", "lib/db"};

const char *iw_drizzle_config_in(iw_arena *arena, const char *directory)
{
	return iw_path_first_file(arena, directory, names);
}

/* "drizzle-kit migrate --config ./server/db/drizzle.config.ts", "--config=..." */
static const char *config_of_script(iw_arena *arena, const char *directory, const char *script)
{
	if (strstr(script, "drizzle-kit") == NULL)
		return NULL;
	g_auto(GStrv) words = g_strsplit_set(script, " \t=", -1);
	for (guint i = 0; words[i] != NULL && words[i + 1] != NULL; i++) {
		if (strcmp(words[i], "--config") != 0)
			continue;
		const char *path = iw_path_join(arena, directory, words[i + 1]);
		if (iw_path_is_file(path))
			return path;
	}
	return NULL;
}

static const char *config_of_scripts(iw_arena *arena, const char *directory)
{
	json_t *package = json_load_file(iw_path_join(arena, directory, "package.json"), 0, NULL);
	const char *found = NULL;
	const char *name;
	json_t *script;
	json_object_foreach(json_object_get(package, "scripts"), name, script)
	{
		if (found == NULL && json_is_string(script))
			found = config_of_script(arena, directory, json_string_value(script));
	}
	json_decref(package);
	return found;
}

const char *iw_drizzle_find_config(iw_arena *arena, const char *directory)
{
	const char *found = iw_drizzle_config_in(arena, directory);
	if (found == NULL)
		found = config_of_scripts(arena, directory);
	for (size_t i = 0; found == NULL && i < G_N_ELEMENTS(folders); i++)
		found = iw_drizzle_config_in(arena, iw_path_join(arena, directory, folders[i]));
	return found;
}
