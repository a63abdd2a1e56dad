/* Parts of opening an Alembic project: configuration (config.c), env.py (environment.c), bookkeeping (records.c). */
#pragma once

#include "framework/alembic/alembic_internal.h"
#include "framework/alembic/graph.h"

/* alembic.ini, or [tool.alembic] of pyproject.toml. */
struct alembic_config {
	const char *path, *directory; /* of the file, or of env.py where there is none */
	const char *section;	      /* "alembic" */
	const char *engine;	      /* of the multidb template's databases; NULL: there is one */
	GPtrArray *sections;	      /* char *: those with a script_location */
	GHashTable *values;	      /* char * -> char *, interpolated */
	const char *script_location;  /* absolute */
	GPtrArray *version_locations; /* char *, absolute */
	bool is_recursive;
	bool has_no_file; /* `path` is env.py */
};

/* `section` NULL: "alembic", else the first one that has a script_location. Errors: PROJECT, INPUT. */
bool iw_alembic_config_read(iw_arena *arena, const char *directory, const char *section, struct alembic_config *config,
			    GError **error);
/* The file in `directory` that says it is Alembic's; NULL: none. */
const char *iw_alembic_config_find(iw_arena *arena, const char *directory);

/* What env.py gives to context.configure(), as far as it can be told. */
struct alembic_environment {
	const char *version_table, *version_table_schema;
	bool transaction_per_migration, is_read;
	struct iw_alembic_naming naming;
	const char *url, *url_missing; /* missing: "migrations/env.py: value from settings.X" */
	const char *note;	       /* what could not be told, and matters; NULL */
};
void iw_alembic_environment_read(iw_arena *arena, iw_py *python, const struct alembic_config *config,
				 struct alembic_environment *environment);

struct alembic_project {
	iw_arena *arena;
	struct iw_project *project;
	struct alembic_config config;
	struct alembic_environment environment;
	struct alembic_graph *graph;
	iw_py *python;			   /* of env.py */
	iw_py_ahead *ahead;		   /* of revisions' files */
	iw_py_scratch *headers;		   /* of revisions, as far as the graph wants to know them */
	iw_py_scratch *texts;		   /* of what upgrade() and downgrade() do */
	iw_py_scratch *replays;		   /* the same, of revisions before one whose text is being made */
	guint names_postgres, names_mysql; /* revisions that mention the dialect */
	int sqlalchemy;			   /* 104, 200, 201: its version; 0: not known */
	struct iw_environment *variables;
	/* The catalogue as the migrations are made, in the project's order. */
	iw_arena *schema_arena;
	iw_schema *schema;
	guint replayed; /* migrations that `schema` holds, of `replayed_order` */
	bool is_replaying;
	const GPtrArray *replayed_order;
	const GPtrArray *parsed_order; /* whose files are parsed ahead */
	guint next;		       /* place in the order after the migration that was asked for last */
	GHashTable *made_types;	       /* see alembic_internal.h */
};

/* notes.c: see struct iw_framework. */
void iw_alembic_notes(iw_arena *arena, const struct iw_migration *migration, GPtrArray *notes);

extern const struct iw_bookkeeping_class iw_alembic_bookkeeping;
/* The revisions that the table names; of match(). */
GPtrArray *iw_alembic_current(const struct alembic_project *self, GPtrArray *applied);
