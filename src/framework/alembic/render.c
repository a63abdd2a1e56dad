/* Alembic's renderer; see alembic_internal.h. */
#include "framework/alembic/alembic_internal.h"
#include "framework/made.h"

iw_source *iw_alembic_make(struct iw_alembic_render *render, const char *path, const char *shown,
			   enum iw_direction direction, GError **error)
{
	struct iw_py_value *module = iw_py_load(render->python, path, shown, error);
	if (module == NULL)
		return NULL;
	const char *name = direction == IW_UP ? "upgrade" : "downgrade";
	struct iw_py_value *function = iw_py_find(render->python, module, name);
	iw_made *made = iw_made_new(shown);
	struct iw_place place = function == NULL ? (struct iw_place){.source = iw_py_source(module)} : function->place;
	iw_made_foreign(made, place, "runs Python");
	return iw_made_finish(made);
}
