/* Loading of client libraries; see library.h. */
#include "base/library.h"

#include <dlfcn.h>

static GMutex guard;

static bool load(struct iw_library *library, GError **error)
{
	/* As if it had been linked: its plug-ins look for its functions. */
	void *handle = dlopen(library->file, RTLD_LAZY | RTLD_GLOBAL);
	if (handle == NULL)
		return iw_fail(error, IW_ERROR_CONNECT, "cannot load %s: %s", library->file, dlerror());
	for (const struct iw_library_function *function = library->functions; function->name != NULL; function++) {
		*function->pointer = dlsym(handle, function->name);
		if (*function->pointer == NULL)
			return iw_fail(error, IW_ERROR_CONNECT, "%s is too old: it has no %s()", library->file,
				       function->name);
	}
	library->handle = handle;
	return true;
}

bool iw_library_load(struct iw_library *library, GError **error)
{
	g_mutex_lock(&guard);
	bool is_loaded = library->handle != NULL || load(library, error);
	g_mutex_unlock(&guard);
	return is_loaded;
}
