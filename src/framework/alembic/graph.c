/* Revisions, linked and sorted; see graph.h. */
#include "framework/alembic/graph.h"

#include "base/error.h"

#include <string.h>

struct alembic_graph *iw_alembic_graph_new(iw_arena *arena)
{
	struct alembic_graph *graph = iw_new(arena, struct alembic_graph);
	graph->arena = arena;
	graph->revisions = iw_arena_ptr_array(arena);
	graph->names = iw_arena_hash_table(arena, g_str_hash, g_str_equal);
	graph->keys = iw_arena_ptr_array(arena);
	graph->heads = iw_arena_ptr_array(arena);
	graph->real_heads = iw_arena_ptr_array(arena);
	graph->bases = iw_arena_ptr_array(arena);
	return graph;
}

struct alembic_revision *iw_alembic_graph_add(struct alembic_graph *graph, const char *id,
					      struct iw_migration *migration)
{
	struct alembic_revision *revision = iw_new(graph->arena, struct alembic_revision);
	GPtrArray **const lists[] = {
		&revision->down,    &revision->depends_on,  &revision->labels,	 &revision->parents,
		&revision->depends, &revision->all_parents, &revision->children, &revision->dependents,
	};
	for (size_t i = 0; i < G_N_ELEMENTS(lists); i++)
		*lists[i] = iw_arena_ptr_array(graph->arena);
	revision->id = id;
	revision->migration = migration;
	revision->branches = iw_arena_hash_table(graph->arena, g_str_hash, g_str_equal);
	revision->index = graph->revisions->len;
	g_ptr_array_add(graph->revisions, revision);
	return revision;
}

/* sets --------------------------------------------------------------------------------------------------------- */

alembic_set *iw_alembic_set_new(iw_arena *arena, const struct alembic_graph *graph)
{
	alembic_set *set = iw_arena_alloc(arena, graph->revisions->len / 8 + 1);
	memset(set, 0, graph->revisions->len / 8 + 1);
	return set;
}

bool iw_alembic_set_has(const alembic_set *set, const struct alembic_revision *revision)
{
	return (set[revision->index / 8] >> (revision->index % 8)) & 1;
}

void iw_alembic_set_add(alembic_set *set, const struct alembic_revision *revision)
{
	set[revision->index / 8] |= (alembic_set)(1 << (revision->index % 8));
}

static void set_remove(alembic_set *set, const struct alembic_revision *revision)
{
	set[revision->index / 8] &= (alembic_set) ~(1 << (revision->index % 8));
}

typedef GPtrArray *(*related)(const struct alembic_revision *revision);

static GPtrArray *parents_of(const struct alembic_revision *revision)
{
	return revision->parents;
}

static GPtrArray *all_parents_of(const struct alembic_revision *revision)
{
	return revision->all_parents;
}

static GPtrArray *children_of(const struct alembic_revision *revision)
{
	return revision->children;
}

static GPtrArray *dependents_of(const struct alembic_revision *revision)
{
	return revision->dependents;
}

static void add_related(GPtrArray *from, related next, alembic_set *set)
{
	g_autoptr(GPtrArray) todo = g_ptr_array_new();
	g_ptr_array_extend(todo, from, NULL, NULL);
	while (todo->len > 0) {
		struct alembic_revision *revision = g_ptr_array_steal_index_fast(todo, todo->len - 1);
		if (iw_alembic_set_has(set, revision))
			continue;
		iw_alembic_set_add(set, revision);
		g_ptr_array_extend(todo, next(revision), NULL, NULL);
	}
}

void iw_alembic_add_ancestors(const struct alembic_graph *graph, GPtrArray *from, bool dependencies, alembic_set *set)
{
	(void)graph;
	add_related(from, dependencies ? all_parents_of : parents_of, set);
}

void iw_alembic_add_descendants(const struct alembic_graph *graph, GPtrArray *from, bool dependencies, alembic_set *set)
{
	(void)graph;
	add_related(from, dependencies ? dependents_of : children_of, set);
}

/* linking ------------------------------------------------------------------------------------------------------ */

static void link_names(struct alembic_graph *graph)
{
	for (guint i = 0; i < graph->revisions->len; i++) {
		struct alembic_revision *revision = g_ptr_array_index(graph->revisions, i);
		struct alembic_revision *same = g_hash_table_lookup(graph->names, revision->id);
		if (same == NULL) {
			g_hash_table_insert(graph->names, (char *)revision->id, revision);
			g_ptr_array_add(graph->keys, (char *)revision->id);
			continue;
		}
		graph->is_broken = true;
		iw_migration_complain(graph->arena, revision->migration,
				      "Revision %s is present more than once: \"%s\" and \"%s\"", revision->id,
				      same->migration->up.shown_path, revision->migration->up.shown_path);
		iw_error_hint(&revision->migration->problem, "Give one of the two another revision id.");
	}
	for (guint i = 0; i < graph->revisions->len; i++) {
		struct alembic_revision *revision = g_ptr_array_index(graph->revisions, i);
		for (guint j = 0; j < revision->labels->len; j++) {
			char *label = g_ptr_array_index(revision->labels, j);
			struct alembic_revision *other = g_hash_table_lookup(graph->names, label);
			if (other != NULL) {
				iw_migration_complain(graph->arena, revision->migration,
						      "Branch name '%s' in revision %s already used by revision %s",
						      label, revision->id, other->id);
				continue;
			}
			g_hash_table_insert(graph->names, label, revision);
			g_ptr_array_add(graph->keys, label);
		}
	}
}

/* depends_on may be a partial id. */
static struct alembic_revision *find_named(const struct alembic_graph *graph, const char *name, bool partial)
{
	struct alembic_revision *found = g_hash_table_lookup(graph->names, name);
	for (guint i = 0; partial && found == NULL && i < graph->revisions->len; i++) {
		struct alembic_revision *revision = g_ptr_array_index(graph->revisions, i);
		if (strlen(name) > 3 && g_str_has_prefix(revision->id, name))
			found = revision;
	}
	return found;
}

static void link_list(struct alembic_graph *graph, struct alembic_revision *revision, GPtrArray *names, GPtrArray *into,
		      bool partial)
{
	for (guint i = 0; i < names->len; i++) {
		const char *name = g_ptr_array_index(names, i);
		struct alembic_revision *other = find_named(graph, name, partial);
		if (other != NULL && other != revision) {
			g_ptr_array_add(into, other);
			continue;
		}
		graph->is_broken = true;
		if (other == revision)
			iw_migration_complain(graph->arena, revision->migration,
					      "Self-loop is detected in revisions (%s)", revision->id);
		else
			iw_migration_complain(graph->arena, revision->migration,
					      "Revision %s referenced from %s is not present", name, revision->id);
	}
}

static void link_children(struct alembic_graph *graph)
{
	for (guint i = 0; i < graph->revisions->len; i++) {
		struct alembic_revision *revision = g_ptr_array_index(graph->revisions, i);
		for (guint j = 0; j < revision->parents->len; j++) {
			struct alembic_revision *parent = g_ptr_array_index(revision->parents, j);
			g_ptr_array_add(parent->children, revision);
			g_ptr_array_add(parent->dependents, revision);
		}
		for (guint j = 0; j < revision->depends->len; j++) {
			struct alembic_revision *other = g_ptr_array_index(revision->depends, j);
			if (!g_ptr_array_find(revision->parents, other, NULL))
				g_ptr_array_add(other->dependents, revision);
		}
	}
}

/* A dependency that an ancestor has already says nothing new. */
static void normalize(struct alembic_graph *graph, struct alembic_revision *revision)
{
	g_ptr_array_extend(revision->all_parents, revision->parents, NULL, NULL);
	if (revision->depends->len == 0)
		return;
	g_autoptr(iw_arena) scratch = iw_arena_new();
	alembic_set *known = iw_alembic_set_new(scratch, graph), *above = iw_alembic_set_new(scratch, graph);
	add_related(revision->parents, parents_of, above);
	for (guint i = 0; i < graph->revisions->len; i++) {
		struct alembic_revision *other = g_ptr_array_index(graph->revisions, i);
		for (guint j = 0; iw_alembic_set_has(above, other) && j < other->depends->len; j++)
			iw_alembic_set_add(known, g_ptr_array_index(other->depends, j));
	}
	for (guint i = 0; i < revision->depends->len; i++) {
		struct alembic_revision *other = g_ptr_array_index(revision->depends, i);
		if (!iw_alembic_set_has(known, other) && !g_ptr_array_find(revision->all_parents, other, NULL))
			g_ptr_array_add(revision->all_parents, other);
	}
}

/* Labels reach all that comes after, and back to the branch or merge point. */
static void spread_labels(struct alembic_graph *graph, struct alembic_revision *revision)
{
	g_autoptr(iw_arena) scratch = iw_arena_new();
	alembic_set *set = iw_alembic_set_new(scratch, graph);
	GPtrArray *self = iw_arena_ptr_array(scratch);
	g_ptr_array_add(self, revision);
	add_related(self, children_of, set);
	for (struct alembic_revision *at = revision; at->parents->len == 1;) {
		at = g_ptr_array_index(at->parents, 0);
		if (at->dependents->len > 1 || at->parents->len > 1)
			break;
		iw_alembic_set_add(set, at);
	}
	for (guint i = 0; i < graph->revisions->len; i++) {
		struct alembic_revision *other = g_ptr_array_index(graph->revisions, i);
		for (guint j = 0; iw_alembic_set_has(set, other) && j < revision->labels->len; j++)
			g_hash_table_add(other->branches, g_ptr_array_index(revision->labels, j));
	}
}

/* Names what no walk from the bases reaches through complete sets of parents: the revisions of a cycle, and after it.
 */
static void find_cycles(struct alembic_graph *graph, struct iw_project *project)
{
	g_autofree guint *missing = g_new0(guint, graph->revisions->len + 1);
	g_autoptr(GPtrArray) ready = g_ptr_array_new();
	for (guint i = 0; i < graph->revisions->len; i++) {
		struct alembic_revision *revision = g_ptr_array_index(graph->revisions, i);
		missing[i] = revision->all_parents->len;
		if (missing[i] == 0)
			g_ptr_array_add(ready, revision);
	}
	guint reached = 0;
	for (; reached < ready->len; reached++) {
		const struct alembic_revision *revision = g_ptr_array_index(ready, reached);
		for (guint j = 0; j < revision->dependents->len; j++) {
			struct alembic_revision *next = g_ptr_array_index(revision->dependents, j);
			bool is_counted = g_ptr_array_find(next->all_parents, revision, NULL);
			if (is_counted && --missing[next->index] == 0)
				g_ptr_array_add(ready, next);
		}
	}
	if (reached == graph->revisions->len)
		return;
	graph->is_broken = true;
	g_autoptr(GString) names = g_string_new(NULL);
	for (guint i = 0; i < graph->revisions->len && names->len < 300; i++) {
		const struct alembic_revision *revision = g_ptr_array_index(graph->revisions, i);
		if (missing[i] > 0)
			g_string_append_printf(names, "%s%s", names->len > 0 ? ", " : "", revision->id);
	}
	iw_project_complain(graph->arena, project, true, NULL, "One down_revision or depends_on of them must go.",
			    "Cycle is detected in revisions (%s)", names->str);
}

static bool is_real_head(const struct alembic_revision *revision)
{
	return revision->dependents->len == 0;
}

void iw_alembic_graph_link(struct alembic_graph *graph, struct iw_project *project)
{
	link_names(graph);
	for (guint i = 0; i < graph->revisions->len; i++) {
		struct alembic_revision *revision = g_ptr_array_index(graph->revisions, i);
		link_list(graph, revision, revision->down, revision->parents, false);
		link_list(graph, revision, revision->depends_on, revision->depends, true);
	}
	link_children(graph);
	for (guint i = 0; i < graph->revisions->len; i++)
		normalize(graph, g_ptr_array_index(graph->revisions, i));
	find_cycles(graph, project);
	for (guint i = 0; i < graph->revisions->len; i++) {
		struct alembic_revision *revision = g_ptr_array_index(graph->revisions, i);
		if (revision->children->len == 0)
			g_ptr_array_add(graph->heads, revision);
		if (is_real_head(revision))
			g_ptr_array_add(graph->real_heads, revision);
		if (revision->parents->len == 0)
			g_ptr_array_add(graph->bases, revision);
		if (revision->labels->len > 0 && !graph->is_broken)
			spread_labels(graph, revision);
	}
}

/* order -------------------------------------------------------------------------------------------------------- */

struct sorting {
	const struct alembic_graph *graph;
	iw_arena *arena;
	alembic_set *todo;
	GPtrArray *heads;     /* struct alembic_revision *: where the walk stands */
	GPtrArray *ancestors; /* alembic_set *: of each */
	GPtrArray *output;
};

static alembic_set *ancestors_of(struct sorting *sorting, struct alembic_revision *revision)
{
	alembic_set *set = iw_alembic_set_new(sorting->arena, sorting->graph);
	g_autoptr(GPtrArray) self = g_ptr_array_new();
	g_ptr_array_add(self, revision);
	add_related(self, all_parents_of, set);
	return set;
}

/* Another head that must come before; -1: none. */
static int blocking_head(const struct sorting *sorting, guint at)
{
	const struct alembic_revision *candidate = g_ptr_array_index(sorting->heads, at);
	for (guint i = 0; i < sorting->ancestors->len; i++)
		if (i != at && iw_alembic_set_has(g_ptr_array_index(sorting->ancestors, i), candidate))
			return (int)i;
	return -1;
}

static GPtrArray *next_heads(const struct sorting *sorting, const struct alembic_revision *revision)
{
	GPtrArray *next = g_ptr_array_new();
	for (guint i = 0; i < revision->all_parents->len; i++) {
		struct alembic_revision *parent = g_ptr_array_index(revision->all_parents, i);
		if (iw_alembic_set_has(sorting->todo, parent) && !g_ptr_array_find(sorting->heads, parent, NULL))
			g_ptr_array_add(next, parent);
	}
	return next;
}

/* Goes on from the head at `at`, which was emitted; returns where the walk stands next. */
static guint move_on(struct sorting *sorting, guint at)
{
	struct alembic_revision *candidate = g_ptr_array_index(sorting->heads, at);
	g_autoptr(GPtrArray) next = next_heads(sorting, candidate);
	if (next->len == 0) {
		g_ptr_array_remove_index(sorting->heads, at);
		g_ptr_array_remove_index(sorting->ancestors, at);
		return at > 0 ? at - 1 : 0;
	}
	sorting->heads->pdata[at] = next->pdata[0];
	bool is_line = candidate->parents->len == 1 && candidate->all_parents->len == 1;
	if (is_line) {
		set_remove(sorting->ancestors->pdata[at], candidate);
		return at;
	}
	sorting->ancestors->pdata[at] = ancestors_of(sorting, next->pdata[0]);
	for (guint i = 1; i < next->len; i++) {
		g_ptr_array_add(sorting->heads, next->pdata[i]);
		g_ptr_array_add(sorting->ancestors, ancestors_of(sorting, next->pdata[i]));
	}
	return at;
}

static gint by_index(gconstpointer a, gconstpointer b)
{
	const struct alembic_revision *one = *(const struct alembic_revision *const *)a;
	const struct alembic_revision *two = *(const struct alembic_revision *const *)b;
	return one->index < two->index ? -1 : one->index > two->index;
}

GPtrArray *iw_alembic_sort(const struct alembic_graph *graph, const alembic_set *set, GPtrArray *heads)
{
	g_autoptr(iw_arena) scratch = iw_arena_new();
	struct sorting sorting = {.graph = graph, .arena = scratch, .heads = iw_arena_ptr_array(scratch)};
	sorting.ancestors = iw_arena_ptr_array(scratch);
	sorting.output = iw_arena_ptr_array(graph->arena);
	sorting.todo = iw_alembic_set_new(scratch, graph);
	memcpy(sorting.todo, set, graph->revisions->len / 8 + 1);
	for (guint i = 0; i < heads->len; i++)
		if (iw_alembic_set_has(set, g_ptr_array_index(heads, i)) &&
		    !g_ptr_array_find(sorting.heads, g_ptr_array_index(heads, i), NULL))
			g_ptr_array_add(sorting.heads, g_ptr_array_index(heads, i));
	g_ptr_array_sort(sorting.heads, by_index);
	for (guint i = 0; i < sorting.heads->len; i++)
		g_ptr_array_add(sorting.ancestors, ancestors_of(&sorting, g_ptr_array_index(sorting.heads, i)));
	for (guint at = 0; sorting.heads->len > 0;) {
		int blocking = blocking_head(&sorting, at);
		if (blocking >= 0) {
			at = (guint)blocking;
			continue;
		}
		struct alembic_revision *candidate = g_ptr_array_index(sorting.heads, at);
		if (iw_alembic_set_has(sorting.todo, candidate))
			g_ptr_array_add(sorting.output, candidate);
		set_remove(sorting.todo, candidate);
		at = move_on(&sorting, at);
	}
	return sorting.output;
}
