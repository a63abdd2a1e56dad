/*
 * DATABASE_ROUTERS: may a migration's operation touch this database? Django asks for each operation: one that no router
 * allows changes the models and not the database, and the migration is recorded all the same. The routers' own
 * allow_migrate() is evaluated, never run; what hangs on what is not known is unknown, with the reason.
 *
 *  1. iw_django_router_read() for the database of the project;
 *  2. iw_django_allows() for each operation.
 */
#pragma once

#include "framework/python/python.h"

enum iw_django_allow { IW_DJANGO_ALLOWED, IW_DJANGO_FORBIDDEN, IW_DJANGO_ALLOW_UNKNOWN };

typedef struct iw_django_router iw_django_router;

/*
 * `routers`: struct iw_py_value *, each a CLASS or an INSTANCE; an UNKNOWN where one was not found. All of it lives in
 * the arena of `python`.
 */
iw_django_router *iw_django_router_new(iw_py *python, GPtrArray *routers, const char *database);

/*
 * `router` NULL: there are none, and all is allowed. `model_name`: in lower case, of an operation on a model; NULL: of
 * RunSQL, RunPython and the like, whose `hints` (a DICT; NULL: none) are passed on. *why_unknown is set for UNKNOWN
 * only.
 */
enum iw_django_allow iw_django_allows(iw_django_router *router, const char *app_label, const char *model_name,
				      const struct iw_py_value *hints, const char **why_unknown);
