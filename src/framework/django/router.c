/* DATABASE_ROUTERS; see router.h. */
#include "framework/django/router.h"

#include "framework/django/project.h"

#include <string.h>

/* ConnectionRouter.allow_migrate() of django/db/utils.py. */
static const char code[] = "def allow_migrate(routers, db, app_label, hints):\n"
			   "    for router in routers:\n"
			   "        try:\n"
			   "            method = router.allow_migrate\n"
			   "        except AttributeError:\n"
			   "            continue\n"
			   "        allow = method(db, app_label, **hints)\n"
			   "        if allow is not None:\n"
			   "            return allow\n"
			   "    return True\n";

struct iw_django_router {
	iw_py *python;
	struct iw_py_value *function, *routers, *database;
	GHashTable *answers; /* char * "app.model" -> struct answer *: of what has no hints */
};

struct answer {
	enum iw_django_allow allow;
	const char *why;
};

iw_django_router *iw_django_router_new(iw_py *python, GPtrArray *routers, const char *database)
{
	iw_arena *arena = iw_py_arena(python);
	iw_django_router *router = iw_new(arena, iw_django_router);
	router->python = python;
	router->routers = iw_py_new_list(python, IW_PY_LIST);
	for (guint i = 0; i < routers->len; i++) {
		struct iw_py_value *value = g_ptr_array_index(routers, i);
		if (value->kind == IW_PY_CLASS)
			value = iw_py_call(python, value, iw_arena_ptr_array(arena), NULL);
		g_ptr_array_add(router->routers->items, value);
	}
	router->database = iw_py_new_string(python, database);
	router->answers = iw_arena_hash_table(arena, g_str_hash, g_str_equal);
	struct iw_py_value *module = iw_py_load_text(python, "django/db/utils.py", code, NULL);
	router->function = iw_py_get(python, module, "allow_migrate");
	return router;
}

/* What the operation passes on; `model` is a class that only Django can make. */
static struct iw_py_value *hints_of(const iw_django_router *router, const char *model_name,
				    const struct iw_py_value *hints)
{
	iw_py *python = router->python;
	struct iw_py_value *all = iw_py_new_dict(python);
	for (guint i = 0; hints != NULL && i < hints->items->len; i++)
		iw_py_dict_set(python, all, hints->items->pdata[i], hints->values->pdata[i]);
	if (model_name == NULL)
		return all;
	iw_py_dict_set(python, all, iw_py_new_string(python, "model_name"), iw_py_new_string(python, model_name));
	iw_py_dict_set(python, all, iw_py_new_string(python, "model"),
		       iw_py_new_unknown(python, (struct iw_place){0}, "a router looks at the class of a model"));
	return all;
}

static struct answer ask(const iw_django_router *router, const char *app_label, const char *model_name,
			 const struct iw_py_value *hints)
{
	g_autoptr(GPtrArray) arguments = g_ptr_array_new();
	g_ptr_array_add(arguments, router->routers);
	g_ptr_array_add(arguments, router->database);
	g_ptr_array_add(arguments, iw_py_new_string(router->python, app_label));
	g_ptr_array_add(arguments, hints_of(router, model_name, hints));
	struct iw_py_value *raised = NULL, *value = iw_py_call(router->python, router->function, arguments, &raised);
	if (value == NULL)
		return (struct answer){IW_DJANGO_ALLOW_UNKNOWN,
				       iw_arena_printf(iw_py_arena(router->python), "a router raises %s",
						       iw_py_repr(router->python, raised))};
	int truth = iw_py_truth(value);
	const struct iw_py_value *unknown = iw_py_unknown_in(value);
	if (truth >= 0 && unknown == NULL)
		return (struct answer){truth ? IW_DJANGO_ALLOWED : IW_DJANGO_FORBIDDEN, NULL};
	return (struct answer){IW_DJANGO_ALLOW_UNKNOWN,
			       unknown != NULL ? unknown->text : iw_py_repr(router->python, value)};
}

enum iw_django_allow iw_django_allows(iw_django_router *router, const char *app_label, const char *model_name,
				      const struct iw_py_value *hints, const char **why_unknown)
{
	if (router == NULL)
		return IW_DJANGO_ALLOWED;
	iw_arena *arena = iw_py_arena(router->python);
	bool has_hints = hints != NULL && (hints->kind != IW_PY_DICT || hints->items->len > 0);
	if (has_hints && hints->kind != IW_PY_DICT) {
		*why_unknown = "the hints of the operation are not known";
		return IW_DJANGO_ALLOW_UNKNOWN;
	}
	const char *key = iw_arena_printf(arena, "%s.%s", app_label, model_name == NULL ? "" : model_name);
	struct answer *answer = has_hints ? NULL : g_hash_table_lookup(router->answers, key);
	if (answer == NULL) {
		answer = iw_new(arena, struct answer);
		*answer = ask(router, app_label, model_name, hints);
		if (!has_hints)
			g_hash_table_insert(router->answers, (char *)key, answer);
	}
	if (answer->why != NULL)
		*why_unknown = answer->why;
	return answer->allow;
}

/* of the project --------------------------------------------------------------------------------------------------- */

static struct iw_py_value *router_named(struct django_project *self, const struct iw_py_value *entry)
{
	const char *dotted = iw_py_text(entry);
	if (dotted == NULL)
		return iw_py_new_unknown(self->python, entry->place, "a router of DATABASE_ROUTERS is made by code");
	struct iw_py_value *class = iw_django_class(self, dotted);
	return class != NULL ? class
			     : iw_py_new_unknown(self->python, entry->place, "the router \"%s\" is not found", dotted);
}

void iw_django_router_read(struct django_project *self)
{
	const struct iw_py_value *list = iw_django_setting(&self->config, "DATABASE_ROUTERS");
	bool is_list = list != NULL && (list->kind == IW_PY_LIST || list->kind == IW_PY_TUPLE);
	if (list == NULL || (is_list && list->items->len == 0))
		return;
	GPtrArray *routers = iw_arena_ptr_array(self->arena);
	for (guint i = 0; is_list && i < list->items->len; i++)
		g_ptr_array_add(routers, router_named(self, list->items->pdata[i]));
	if (!is_list)
		g_ptr_array_add(routers, iw_py_new_unknown(self->python, list->place,
							   "DATABASE_ROUTERS is not known: it is made by code"));
	self->config.settings.router = iw_django_router_new(self->python, routers, self->config.database);
	for (guint i = 0; i < routers->len; i++) {
		const struct iw_py_value *router = g_ptr_array_index(routers, i);
		if (router->kind == IW_PY_UNKNOWN)
			iw_project_complain(self->arena, self->project, false, self->config.path, NULL,
					    "%s: which models live in \"%s\" is not known", router->text,
					    self->config.database);
	}
}
