/*
 * Django's graph of migrations: dependencies between and within apps, squashed migrations and what they replace, and
 * the order in which Django runs them. After django/db/migrations/{loader,graph,executor}.py, whose names are kept
 * where they say the same.
 *
 *  1. iw_django_graph_new(), iw_django_graph_add() each file, apps in the order of INSTALLED_APPS, files by name;
 *  2. iw_django_graph_build() for what a database has recorded; again whenever that changes;
 *  3. ask for leaves, plans, conflicts, history.
 */
#pragma once

#include "framework/framework_internal.h"

/* ("app", "0001_initial") as a file names it. */
struct django_key {
	const char *app, *name; /* name "__first__", "__latest__": whichever that is */
	/* Where it is written; the text itself is not kept. `of` NULL: nowhere. */
	const struct iw_migration *of;
	size_t offset, length;
};

struct django_node {
	const char *app, *name, *key;			 /* key: "app.0001_initial" */
	struct iw_migration *migration;			 /* NULL: something depends on it, and there is no such file */
	GPtrArray *dependencies, *run_before, *replaces; /* struct django_key *, as written */
	/* Of the graph as it was last built. */
	bool is_in_graph;	       /* false: replaced, or a squashed one that cannot be used */
	bool is_applied;	       /* recorded, or all that it replaces is */
	GPtrArray *parents, *children; /* struct django_node *, no order */
	GPtrArray *outside;	       /* struct django_key *: what it needs of apps that are not known */
	const char *problem;	       /* of a node without a migration: in Django's words */
	const struct django_key *problem_key;
	int progress, walk; /* of what is being built; see graph.c */
};

struct django_graph {
	iw_arena *arena;
	int version;	    /* 30200, ...: of Django */
	GPtrArray *disk;    /* struct django_node *: those with a file, as added */
	GPtrArray *dummies; /* ... those without */
	GHashTable *nodes;  /* char * key -> struct django_node * */
	GHashTable *apps;   /* char * label -> GINT_TO_POINTER(enum django_app_kind) */
	bool knows_all_apps;
	GHashTable *recorded; /* char * key: rows of django_migrations */
	bool is_without_replacements;
};

enum django_app_kind { DJANGO_NOT_INSTALLED, DJANGO_UNMIGRATED, DJANGO_MIGRATED, DJANGO_NOT_FOUND };

struct django_graph *iw_django_graph_new(iw_arena *arena, int version);
struct django_node *iw_django_graph_add(struct django_graph *graph, const char *app, const char *name,
					struct iw_migration *migration);
/* As Python compares tuples (app, name); of struct django_node **. */
gint iw_django_by_key(gconstpointer a, gconstpointer b);
struct django_node *iw_django_graph_find(const struct django_graph *graph, const char *app, const char *name);
/* Copies app and name. `place` is in the file of `of`. */
struct django_key *iw_django_key_new(iw_arena *arena, const char *app, const char *name, const struct iw_migration *of,
				     struct iw_place place);

/* `recorded`: char * set of keys. `replaces`: squashed migrations stand for what they replace, as Django has it unless
 * one of those is asked for. Errors: HISTORY, in Django's words. */
bool iw_django_graph_build(struct django_graph *graph, GHashTable *recorded, bool replaces, GError **error);

/* struct django_node *, sorted; app NULL: of all. */
GPtrArray *iw_django_graph_leaves(const struct django_graph *graph, const char *app);
GPtrArray *iw_django_graph_roots(const struct django_graph *graph, const char *app);
/* What must be there before `node`, or after it, ending with it. */
GPtrArray *iw_django_graph_forwards(const struct django_graph *graph, struct django_node *node);
GPtrArray *iw_django_graph_backwards(const struct django_graph *graph, struct django_node *node);
/* All of the graph in the order in which Django runs it on an empty database. */
GPtrArray *iw_django_graph_plan(const struct django_graph *graph);
/* Of a squashed migration; `rows`: char * set of keys. */
bool iw_django_all_replaced_applied(const struct django_graph *graph, GHashTable *rows, const struct django_node *node);

/* Several leaves in one app; something applied before what it depends on. Errors: HISTORY. */
bool iw_django_graph_check_conflicts(const struct django_graph *graph, GError **error);
bool iw_django_graph_check_history(const struct django_graph *graph, const char *database, GError **error);

/* targets.c: struct django_node * in the order in which they run. Errors: USAGE, HISTORY. */
GPtrArray *iw_django_upgrades(struct django_graph *graph, const char *const *targets, GError **error);
/* `newest`: the key of the row that was written last; NULL: none. */
GPtrArray *iw_django_downgrades(struct django_graph *graph, const char *const *targets, const char *newest,
				GError **error);
