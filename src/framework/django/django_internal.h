/*
 * Django: what its project reader and its schema editor say to each other.
 *
 * The schema editor turns the operations of one migration into the queries that `manage.py migrate` would send, without
 * running Python:
 *
 *  1. iw_django_state_new(): a project without models;
 *  2. for each migration in the order of the graph: iw_django_make() where its text is wanted, then
 *     iw_django_state_apply(), which moves the state past it;
 *  3. iw_django_state_copy() keeps a point to come back to: backwards text is made from the state before the migration.
 *
 * A state costs little to copy: models are shared until one of them changes.
 */
#pragma once

#include "base/source.h"
#include "framework/django/router.h"
#include "framework/python/python.h"
#include "model/engine.h"
#include "model/migration.h"
#include "model/schema.h"

struct iw_django_settings {
	int version;			/* 30200, 40200, 50200, 60000, 60100: of Django; 0: the newest */
	bool use_tz;			/* USE_TZ */
	int psycopg;			/* 2, 3: which of the drivers of PostgreSQL is installed; 0: not known */
	const char *time_zone;		/* TIME_ZONE; NULL: Django's default, America/Chicago */
	const char *database_time_zone; /* of the database's own settings; NULL: UTC with USE_TZ, else TIME_ZONE */
	const char *auth_user_model;	/* "auth.User" when NULL */
	const char *default_auto_field; /* dotted path; NULL: the version's own */
	GHashTable
		*swappable; /* char * -> char *: other settings that name a model ("OAUTH2_PROVIDER_APPLICATION_MODEL"
			     * -> "oauth2_provider.Application"); NULL: none */
	GHashTable *values; /* char * -> struct iw_py_value *: any other setting that was read; NULL: none */
	struct iw_django_router *router; /* router.h; NULL: all operations touch this database */
	GHashTable *auto_fields;	 /* app label -> char *: AppConfig.default_auto_field; NULL: none */
};

typedef struct iw_django_state iw_django_state;

/* All of it lives in `arena`; `settings` must stay. */
iw_django_state *iw_django_state_new(iw_arena *arena, iw_py *python, struct iw_engine engine,
				     const struct iw_django_settings *settings);
iw_django_state *iw_django_state_copy(const iw_django_state *state);

/*
 * Moves the state past a migration. `migration` is the CLASS named Migration. What cannot be known (operations that are
 * computed from unknown values) makes the models it may concern unknown, not the state. Errors: INPUT, with place: an
 * operation names a model or field that is not there (Django would refuse too); the state is then as far as it came.
 */
bool iw_django_state_apply(iw_django_state *state, const char *app_label, struct iw_py_value *migration,
			   GError **error);

/* The migration that comes next is not known: nothing is known any more of the models of its app. */
void iw_django_state_forget(iw_django_state *state, const char *app_label, const char *why);

/* What is asked of around one text. */
struct iw_django_making {
	const char *app_label, *shown; /* `shown`: the file's shown path */
	struct iw_py_value *migration; /* the CLASS named Migration */
	enum iw_direction direction;
	bool knows_all_models; /* all models that Django would know here are in the state, or in through tables */
	const char *database;  /* the alias of settings.DATABASES that is migrated; NULL: not known */
	/* The catalogue in which the text will run, by replay: before the migration for UP, after it for DOWN; NULL
	 * result: not known. Called at most once. NULL member: not known. */
	const iw_schema *(*catalogue)(void *data);
	/* DATABASE_ROUTERS: may this model (NULL: RunSQL and the like, with hints) be migrated here? *why when not
	 * known. NULL member: always. */
	enum iw_django_allow (*allows)(void *data, const char *app_label, const char *model_name,
				       const struct iw_py_value *hints, const char **why);
	void *data;
};

/*
 * The text of one direction of a migration; `before` is the state before it runs forwards, in both directions. What
 * cannot be made is a foreign piece with its reason. Errors: INPUT as above; UNSUPPORTED for DOWN when an operation is
 * irreversible.
 */
iw_source *iw_django_make(const iw_django_state *before, const struct iw_django_making *making, GError **error);

/* What RenameModel operations of the migration rename, in order: app label, old and new name in lower case, the old one
 * as it is written, four strings each (contenttypes renames its rows then). */
GPtrArray *iw_django_renamed_models(const iw_django_state *before, const char *app_label,
				    struct iw_py_value *migration);

/* host.c: connection.vendor. */
const char *iw_django_vendor(enum iw_dialect dialect);
/* host.c: what a name of Django holds that modules of a project ask for at once ("django.VERSION"); NULL: none. */
struct iw_py_value *iw_django_constant(iw_py *python, int version, struct iw_py_value *symbol);
