/*
 * Alembic's graph of revisions: branches, merges, dependencies, labels, and the order in which Alembic runs them.
 * After alembic/script/revision.py, whose names are kept where they say the same.
 *
 *  1. iw_alembic_graph_new(), iw_alembic_graph_add() each file in the order of their names;
 *  2. iw_alembic_graph_link(): parents, children, dependencies, labels; what is wrong becomes problems of the project;
 *  3. ask for heads, ancestors, order, targets.
 */
#pragma once

#include "framework/framework_internal.h"

struct alembic_revision {
	struct iw_migration *migration;
	const char *id;
	struct iw_place place;	/* of `revision = ` in the file, for messages */
	GPtrArray *down;	/* char *: down_revision as written */
	GPtrArray *depends_on;	/* char *: as written */
	GPtrArray *labels;	/* char *: branch_labels as written */
	guint index;		/* in graph->revisions */
	GPtrArray *parents;	/* struct alembic_revision *: down_revision */
	GPtrArray *depends;	/* ... depends_on */
	GPtrArray *all_parents; /* parents, and dependencies that no ancestor has already */
	GPtrArray *children;	/* by down_revision */
	GPtrArray *dependents;	/* children, and those that depend on it */
	GHashTable *branches;	/* char * set: labels that reach it */
};

/* One bit for each revision. */
typedef guint8 alembic_set;

struct alembic_graph {
	iw_arena *arena;
	GPtrArray *revisions; /* struct alembic_revision *, by file name */
	GHashTable *names;    /* id or label -> struct alembic_revision * */
	GPtrArray *keys;      /* char *: ids, then labels, in Alembic's order */
	GPtrArray *heads, *real_heads, *bases;
	bool is_broken; /* a cycle or a missing parent: there is no order */
};

struct alembic_graph *iw_alembic_graph_new(iw_arena *arena);
struct alembic_revision *iw_alembic_graph_add(struct alembic_graph *graph, const char *id,
					      struct iw_migration *migration);
/* Problems of single revisions are their migration's; of the whole graph, the project's. */
void iw_alembic_graph_link(struct alembic_graph *graph, struct iw_project *project);

alembic_set *iw_alembic_set_new(iw_arena *arena, const struct alembic_graph *graph);
bool iw_alembic_set_has(const alembic_set *set, const struct alembic_revision *revision);
void iw_alembic_set_add(alembic_set *set, const struct alembic_revision *revision);
/* Adds the revisions and what is above or below them. */
void iw_alembic_add_ancestors(const struct alembic_graph *graph, GPtrArray *from, bool dependencies, alembic_set *set);
void iw_alembic_add_descendants(const struct alembic_graph *graph, GPtrArray *from, bool dependencies,
				alembic_set *set);
/* The revisions of the set, newest first, as Alembic sorts them. */
GPtrArray *iw_alembic_sort(const struct alembic_graph *graph, const alembic_set *set, GPtrArray *heads);

/*
 * targets.c: what `up` and `down` are about, struct alembic_revision * in the order in which they run. `current`: the
 * revisions in the table. Errors, in Alembic's words: USAGE, HISTORY.
 */
GPtrArray *iw_alembic_upgrades(struct alembic_graph *graph, GPtrArray *current, const char *target, GError **error);
GPtrArray *iw_alembic_downgrades(struct alembic_graph *graph, GPtrArray *current, const char *target, GError **error);
