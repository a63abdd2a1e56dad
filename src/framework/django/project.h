/*
 * Parts of opening a Django project: settings (settings.c, and the helpers they call: values.c), databases
 * (database.c), apps (apps.c), Django's own apps (contrib.c), bookkeeping (records.c). Nothing is executed.
 */
#pragma once

#include "framework/django/django_internal.h"
#include "framework/django/graph.h"

enum { DJANGO_MOST_ROOTS = 64, DJANGO_MOST_VARIABLES = 4096 };

/* How settings are read: one evaluator, told what stands in the environment and where imports start. */
struct django_reader {
	iw_arena *arena;
	iw_py *python;
	const char *roots[DJANGO_MOST_ROOTS + 1]; /* sys.path as far as it matters; grows while code is read */
	const char **environment;		  /* NAME=VALUE; grows when a .env file is read */
	size_t variables;
	const char *directory; /* of manage.py */
	const char *top;
	struct iw_py_host host;
	GPtrArray *site_packages; /* char *: folders of installed packages; empty: none are known */
	GHashTable *missing;	  /* char * set: variables that were asked for, are not set, and have no default */
};

void iw_django_reader_init(struct django_reader *reader, iw_arena *arena, const char *directory);
/* An evaluator that has read nothing yet. */
void iw_django_reader_start(struct django_reader *reader);
/* installed.c: what a call asks of installed packages; NULL: nothing, or it is not known. */
struct iw_py_value *iw_django_ask_packages(struct django_reader *reader, const struct iw_py_value *call,
					   const char *path);
/* Unless it is there already. */
void iw_django_reader_add_root(struct django_reader *reader, const char *path);
/* The file of a module, over all roots; NULL: there is none. */
const char *iw_django_module_path(const struct django_reader *reader, const char *dotted);
const char *iw_django_reader_variable(const struct django_reader *reader, const char *name);
void iw_django_reader_set_variable(struct django_reader *reader, const char *name, const char *value);
/* Variables of a .env file that the process does not set. */
void iw_django_reader_load_dotenv(struct django_reader *reader, const char *path);

/* Which settings module, and what it holds. */
struct django_config {
	struct django_reader *reader;
	const char *manage;	 /* manage.py; NULL: there is none */
	const char *module;	 /* "config.settings.production" */
	const char *module_from; /* "DJANGO_SETTINGS_MODULE", "manage.py" */
	const char *path, *shown;
	const char *missing_import;	    /* a module of which all names are imported, and that is not found; NULL */
	struct iw_py_value *imported;	    /* the same, found among installed packages: the MODULE; NULL */
	const char *failure;		    /* the module raises: why; NULL */
	struct iw_py_value *values;	    /* the MODULE, or the CLASS of django-configurations */
	const char *database;		    /* alias */
	struct iw_py_value *database_value; /* DATABASES[alias]; NULL: not there */
	struct iw_django_settings settings;
	const char *time_zone, *database_time_zone; /* TIME_ZONE; NULL: Django's default, UTC */
	const char *auto_field; /* DEFAULT_AUTO_FIELD as the table of Django's own migrations takes it */
};

/* Errors: PROJECT (no settings are found), INPUT. What could not be told becomes problems of the project. */
bool iw_django_config_read(iw_arena *arena, struct iw_project *project, const struct iw_project_options *options,
			   struct django_config *config, GError **error);
/* "manage.py" or whatever says that this folder is Django's; NULL: it is not. */
const char *iw_django_config_find(iw_arena *arena, const char *directory, int *score);
/* A setting; NULL: not there. */
struct iw_py_value *iw_django_setting(const struct django_config *config, const char *name);

/* global_settings.c: does Django itself give it a value where the project does not? */
bool iw_django_has_global_setting(const char *name);
/* What a package sets by itself; NULL: none does. */
struct iw_py_value *iw_django_package_setting(iw_py *python, const char *name);

/* database.c */
/* A DATABASES entry of a URL, as dj-database-url and django-environ make it: a DICT. */
struct iw_py_value *iw_django_database_of_url(iw_py *python, const char *url);
/* Sets url and dialect of the project, of DATABASES[alias]. Errors: PROJECT, UNSUPPORTED. */
bool iw_django_database_read(iw_arena *arena, struct iw_project *project, const struct iw_project_options *options,
			     struct django_config *config, GError **error);

/* apps.c */
struct django_app {
	const char *name, *label; /* "django.contrib.auth", "auth" */
	const char *directory;	  /* of its package; NULL: not found */
	const char *default_auto_field;
	bool is_contrib;	   /* of Django itself */
	bool is_installed_package; /* found among installed packages, not in the project */
	enum django_app_kind kind;
	const char *migrations; /* folder; NULL: none, or embedded */
};

/* contrib.c: migrations of Django's own apps, for projects whose Django is not installed here. */
struct django_contrib_file {
	const char *app, *name, *text;
};
extern const struct django_contrib_file iw_django_contrib_files[]; /* ends with app NULL; by app, then name */

struct django_project {
	iw_arena *arena;
	struct iw_project *project;
	struct django_config config;
	struct django_reader reader;
	GPtrArray *apps; /* struct django_app * */
	struct django_graph *graph;
	iw_py *python;		/* for migrations: sees the project and installed packages */
	iw_py_ahead *ahead;	/* of migrations' files */
	iw_py_scratch *headers; /* the same, for what the graph wants to know of them */
	bool has_classes;	/* of the migrations, in `python` */
	struct iw_py_host host;
	GPtrArray *site_packages;  /* char *: folders of installed packages */
	int knows_all_models;	   /* 1: each model is some migration's; -1: not; 0: not asked yet */
	GHashTable *squashed_rows; /* char * set: what squashed migrations replace */
	bool is_broken;		   /* the graph, whatever a database holds; a problem of the project says why */
	const char *newest;	   /* the row written last; of the last match() */
	/* The models as migrations change them, in `order`. */
	iw_arena *state_arena;
	GPtrArray *states;	/* iw_django_state *: before each migration of `order`; one more than were applied */
	const GPtrArray *order; /* struct iw_migration *: whose states these are */
	guint next;		/* place in the project's order after the migration that was asked for last */
	struct iw_engine engine;
	GPtrArray *texts;   /* iw_source *: of the way up, beside `order`; NULL: not made yet */
	GPtrArray *undoing; /* the same of the way down, with all that comes later undone before */
	iw_schema *schema;  /* what the first `replayed` of `order` leave behind; NULL: not asked for yet */
	guint replayed;
	iw_schema *undone_schema; /* what is left when the last `undone` of `order` have been undone; NULL: not asked
				     for */
	guint undone;
};

/* Of a migration: first member is what framework_internal.h wants. */
struct django_migration {
	struct iw_migration_hook hook;
	struct django_project *owner;
	struct django_node *node;
	struct iw_py_value *class; /* Migration; from the first time on that a text is asked for */
	const char *embedded;	   /* text of a migration that is in no file; NULL */
};

/* A class by its dotted name ("shop.fields.AutoField"), of the project or installed; NULL: not found. */
struct iw_py_value *iw_django_class(struct django_project *self, const char *dotted);
/* The module of that name, of the project or installed; NULL: not found, or it cannot be read. */
struct iw_py_value *iw_django_module(struct django_project *self, const char *dotted);
/* Fills self->apps in the order of INSTALLED_APPS; false: not all of them are known. */
bool iw_django_apps_read(struct django_project *self);

/* model_class.c: Model._meta.db_table of a class of the project or of an installed package; NULL: anything else. */
struct iw_py_value *iw_django_class_table(const struct django_project *self, iw_py *python,
					  const struct iw_py_value *attribute);

/* router.c: sets config.settings.router; what is not found becomes a problem of the project. */
void iw_django_router_read(struct django_project *self);

/* loader.c: adds all migrations of all apps to the graph; what is wrong is their problem or the project's. Their
 * operations are read when a text is asked for. */
bool iw_django_load(struct django_project *self);
/* Brings project->migrations to what is in the graph now, in Django's order. */
void iw_django_arrange(struct django_project *self);

/* texts.c: iw_migration_hook.make. */
iw_source *iw_django_text(const struct iw_migration *migration, enum iw_direction direction, GError **error);
/* It is another one now. */
void iw_django_forget_text(const struct iw_migration *migration);
void iw_django_forget_states(void *project);

/* django.c: `python manage.py WORDS`. */
void iw_django_command(iw_arena *arena, const struct django_project *self, const char *const *words, size_t count,
		       struct iw_framework_command *command);

/* part.c: members of struct iw_framework. */
bool iw_django_delegate(iw_arena *arena, const struct iw_project *project, const struct iw_migration *migration,
			enum iw_direction direction, struct iw_framework_command *command, GError **error);
bool iw_django_delegate_part(iw_arena *arena, const struct iw_project *project, const struct iw_migration *migration,
			     enum iw_direction direction, int part, struct iw_framework_command *command);

/* renames.c: `source` with what Django's own apps do for models renamed by the migration at `index` of `order`, behind
 * its own pieces; takes the reference. `names`: of iw_django_renamed_models(). */
iw_source *iw_django_with_renames(struct django_project *self, const struct iw_migration *migration, iw_source *source,
				  enum iw_direction direction, const GPtrArray *order, guint index, GPtrArray *names);

/* closing.c: members of struct iw_framework. */
bool iw_django_probe(iw_arena *arena, const struct iw_project *project, struct iw_framework_command *command,
		     GError **error);
bool iw_django_agrees(const struct iw_project *project, GPtrArray *applied, const char *output, GError **error);
bool iw_django_closing(iw_arena *arena, const struct iw_project *project, struct iw_framework_closing *closing);

/* notes.c: see struct iw_framework. */
void iw_django_notes(iw_arena *arena, const struct iw_migration *migration, GPtrArray *notes);

extern const struct iw_bookkeeping_class iw_django_bookkeeping;
