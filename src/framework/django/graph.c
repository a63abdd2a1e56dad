/* Django's graph of migrations; see graph.h. */
#include "framework/django/graph.h"

#include "base/error.h"

#include <string.h>

struct django_graph *iw_django_graph_new(iw_arena *arena, int version)
{
	struct django_graph *graph = iw_new(arena, struct django_graph);
	*graph = (struct django_graph){
		.arena = arena,
		.version = version,
		.disk = iw_arena_ptr_array(arena),
		.dummies = iw_arena_ptr_array(arena),
		.nodes = iw_arena_hash_table(arena, g_str_hash, g_str_equal),
		.apps = iw_arena_hash_table(arena, g_str_hash, g_str_equal),
		.recorded = iw_arena_hash_table(arena, g_str_hash, g_str_equal),
		.knows_all_apps = true,
	};
	return graph;
}

struct django_key *iw_django_key_new(iw_arena *arena, const char *app, const char *name, const struct iw_migration *of,
				     struct iw_place place)
{
	struct django_key *key = iw_new(arena, struct django_key);
	*key = (struct django_key){
		.app = iw_arena_share(arena, app),
		.name = iw_arena_strdup(arena, name),
		.of = place.source != NULL ? of : NULL,
		.offset = place.offset,
		.length = place.length,
	};
	return key;
}

/* Opens the file again: for messages. */
static struct iw_place place_of(const struct django_graph *graph, const struct django_key *key)
{
	iw_source *source = key == NULL || key->of == NULL || !g_path_is_absolute(key->of->up.path)
				    ? NULL
				    : iw_source_open(key->of->up.path, key->of->up.shown_path, NULL);
	if (source == NULL)
		return (struct iw_place){0};
	iw_arena_defer(graph->arena, (GDestroyNotify)iw_source_unref, source);
	return (struct iw_place){source, key->offset, key->length};
}

static struct django_node *new_node(struct django_graph *graph, const char *app, const char *name)
{
	struct django_node *node = iw_new(graph->arena, struct django_node);
	*node = (struct django_node){
		.app = app,
		.name = name,
		.key = iw_arena_printf(graph->arena, "%s.%s", app, name),
		.dependencies = iw_arena_ptr_array(graph->arena),
		.run_before = iw_arena_ptr_array(graph->arena),
		.replaces = iw_arena_ptr_array(graph->arena),
		.parents = iw_arena_ptr_array(graph->arena),
		.children = iw_arena_ptr_array(graph->arena),
		.outside = iw_arena_ptr_array(graph->arena),
	};
	g_hash_table_insert(graph->nodes, (char *)node->key, node);
	return node;
}

struct django_node *iw_django_graph_add(struct django_graph *graph, const char *app, const char *name,
					struct iw_migration *migration)
{
	struct django_node *node = new_node(graph, app, name);
	node->migration = migration;
	g_ptr_array_add(graph->disk, node);
	return node;
}

struct django_node *iw_django_graph_find(const struct django_graph *graph, const char *app, const char *name)
{
	g_autofree char *key = g_strconcat(app, ".", name, NULL);
	return g_hash_table_lookup(graph->nodes, key);
}

static struct django_node *find_key(const struct django_graph *graph, const struct django_key *key)
{
	return iw_django_graph_find(graph, key->app, key->name);
}

gint iw_django_by_key(gconstpointer a, gconstpointer b)
{
	const struct django_node *left = *(struct django_node *const *)a, *right = *(struct django_node *const *)b;
	int apps = strcmp(left->app, right->app);
	return apps != 0 ? apps : strcmp(left->name, right->name);
}

/* edges ------------------------------------------------------------------------------------------------------------ */

static void add_once(GPtrArray *list, struct django_node *node)
{
	if (!g_ptr_array_find(list, node, NULL))
		g_ptr_array_add(list, node);
}

static void connect(struct django_node *child, struct django_node *parent)
{
	if (g_ptr_array_find(child->parents, parent, NULL))
		return;
	g_ptr_array_add(child->parents, parent);
	g_ptr_array_add(parent->children, child);
}

static enum django_app_kind kind_of(const struct django_graph *graph, const char *app)
{
	enum django_app_kind kind = (enum django_app_kind)GPOINTER_TO_INT(g_hash_table_lookup(graph->apps, app));
	return kind == DJANGO_NOT_INSTALLED && !graph->knows_all_apps ? DJANGO_NOT_FOUND : kind;
}

/* The node that a key names, or a stand-in that makes the graph inconsistent unless it is replaced. */
static struct django_node *node_or_dummy(struct django_graph *graph, const struct django_node *origin, const char *what,
					 const struct django_key *key)
{
	struct django_node *node = find_key(graph, key);
	if (node == NULL)
		node = new_node(graph, key->app, key->name);
	if (!node->is_in_graph && node->migration == NULL) {
		node->is_in_graph = true;
		node->problem = iw_arena_printf(graph->arena,
						"Migration %s dependencies reference nonexistent %s node ('%s', '%s')",
						origin->key, what, key->app, key->name);
		node->problem_key = key;
		g_ptr_array_add(graph->dummies, node);
	}
	return node;
}

static void add_internal(struct django_graph *graph, struct django_node *node)
{
	for (guint i = 0; i < node->dependencies->len; i++) {
		const struct django_key *key = g_ptr_array_index(node->dependencies, i);
		if (strcmp(key->app, node->app) == 0 && strcmp(key->name, "__first__") != 0)
			connect(node, node_or_dummy(graph, node, "parent", key));
	}
}

static bool is_symbolic(const struct django_key *key)
{
	return strcmp(key->name, "__first__") == 0 || strcmp(key->name, "__latest__") == 0;
}

/* check_key(): *found is NULL when the dependency says nothing. */
static bool resolve(struct django_graph *graph, struct django_node *node, const char *what, struct django_key *key,
		    struct django_node **found, GError **error)
{
	*found = NULL;
	bool is_own = strcmp(key->app, node->app) == 0;
	enum django_app_kind kind = kind_of(graph, key->app);
	if (!is_own && kind == DJANGO_NOT_FOUND) {
		g_ptr_array_add(node->outside, key);
		return true;
	}
	if (!is_symbolic(key)) {
		*found = node_or_dummy(graph, node, what, key);
		return true;
	}
	if (is_own || kind == DJANGO_UNMIGRATED)
		return true;
	if (kind == DJANGO_NOT_INSTALLED) {
		struct iw_place place = place_of(graph, key);
		return iw_fail_at(error, IW_ERROR_HISTORY, &place, "%s: Dependency on unknown app: %s", node->key,
				  key->app);
	}
	bool is_first = strcmp(key->name, "__first__") == 0;
	GPtrArray *ends = is_first ? iw_django_graph_roots(graph, key->app) : iw_django_graph_leaves(graph, key->app);
	if (ends->len == 0) {
		struct iw_place place = place_of(graph, key);
		return iw_fail_at(error, IW_ERROR_HISTORY, &place, "%s: Dependency on app with no migrations: %s",
				  node->key, key->app);
	}
	*found = g_ptr_array_index(ends, 0);
	return true;
}

static bool add_external(struct django_graph *graph, struct django_node *node, GError **error)
{
	struct django_node *other;
	for (guint i = 0; i < node->dependencies->len; i++) {
		struct django_key *key = g_ptr_array_index(node->dependencies, i);
		if (strcmp(key->app, node->app) == 0)
			continue;
		if (!resolve(graph, node, "parent", key, &other, error))
			return false;
		if (other != NULL)
			connect(node, other);
	}
	for (guint i = 0; i < node->run_before->len; i++) {
		guint outside = node->outside->len;
		if (!resolve(graph, node, "child", g_ptr_array_index(node->run_before, i), &other, error))
			return false;
		g_ptr_array_set_size(node->outside, (gint)outside); /* it waits for us, not we for it */
		if (other != NULL)
			connect(other, node);
	}
	return true;
}

/* squashed migrations ---------------------------------------------------------------------------------------------- */

static bool is_among(const struct django_node *node, GPtrArray *keys)
{
	for (guint i = 0; i < keys->len; i++) {
		const struct django_key *key = g_ptr_array_index(keys, i);
		if (strcmp(key->app, node->app) == 0 && strcmp(key->name, node->name) == 0)
			return true;
	}
	return false;
}

static bool is_node(const struct django_node *node)
{
	return node != NULL && node->is_in_graph;
}

/* The replaced nodes go, and what pointed at them points at the replacement. */
static bool remove_replaced(struct django_graph *graph, struct django_node *replacement, GError **error)
{
	if (!is_node(replacement))
		return iw_fail(error, IW_ERROR_HISTORY,
			       "Unable to find replacement node ('%s', '%s'). It was either never added to the "
			       "migration graph, or has been removed.",
			       replacement->app, replacement->name);
	for (guint i = 0; i < replacement->replaces->len; i++) {
		struct django_node *node = find_key(graph, g_ptr_array_index(replacement->replaces, i));
		if (!is_node(node))
			continue;
		node->is_in_graph = false;
		for (guint j = 0; j < node->children->len; j++) {
			struct django_node *child = g_ptr_array_index(node->children, j);
			g_ptr_array_remove(child->parents, node);
			if (!is_among(child, replacement->replaces))
				connect(child, replacement);
		}
		for (guint j = 0; j < node->parents->len; j++) {
			struct django_node *parent = g_ptr_array_index(node->parents, j);
			g_ptr_array_remove(parent->children, node);
			if (!is_among(parent, replacement->replaces))
				connect(replacement, parent);
		}
	}
	return true;
}

/* The squashed migration goes, and what pointed at it points at the last of those it would have replaced. */
static bool remove_replacement(struct django_graph *graph, struct django_node *replacement, GError **error)
{
	if (!is_node(replacement))
		return iw_fail(error, IW_ERROR_HISTORY,
			       "Unable to remove replacement node ('%s', '%s'). It was either never added to the "
			       "migration graph, or has been removed already.",
			       replacement->app, replacement->name);
	replacement->is_in_graph = false;
	g_autoptr(GPtrArray) replaced = g_ptr_array_new(), parents = g_ptr_array_new();
	for (guint i = 0; i < replacement->replaces->len; i++) {
		struct django_node *node = find_key(graph, g_ptr_array_index(replacement->replaces, i));
		if (!is_node(node))
			continue;
		add_once(replaced, node);
		for (guint j = 0; j < node->parents->len; j++)
			add_once(parents, g_ptr_array_index(node->parents, j));
	}
	for (guint i = 0; i < replacement->children->len; i++) {
		struct django_node *child = g_ptr_array_index(replacement->children, i);
		g_ptr_array_remove(child->parents, replacement);
		for (guint j = 0; j < replaced->len; j++)
			if (!g_ptr_array_find(parents, g_ptr_array_index(replaced, j), NULL))
				connect(child, g_ptr_array_index(replaced, j));
	}
	for (guint i = 0; i < replacement->parents->len; i++)
		g_ptr_array_remove(((struct django_node *)g_ptr_array_index(replacement->parents, i))->children,
				   replacement);
	return true;
}

static bool is_replacement(const struct django_node *node)
{
	return node != NULL && node->migration != NULL && node->replaces->len > 0;
}

/* Keys that are no squashed migrations themselves; since Django 6.0. */
static void add_resolved(const struct django_graph *graph, const struct django_node *node, GHashTable *into, int depth)
{
	for (guint i = 0; i < node->replaces->len && depth < 100; i++) {
		const struct django_key *key = g_ptr_array_index(node->replaces, i);
		const struct django_node *other = find_key(graph, key);
		if (is_replacement(other))
			add_resolved(graph, other, into, depth + 1);
		else
			g_hash_table_add(into, g_strdup_printf("%s.%s", key->app, key->name));
	}
}

static void count_applied(const struct django_graph *graph, const struct django_node *node, GHashTable *applied,
			  bool *all, bool *any)
{
	g_autoptr(GHashTable) keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	if (graph->version >= 60000)
		add_resolved(graph, node, keys, 0);
	for (guint i = 0; graph->version < 60000 && i < node->replaces->len; i++) {
		const struct django_key *key = g_ptr_array_index(node->replaces, i);
		g_hash_table_add(keys, g_strdup_printf("%s.%s", key->app, key->name));
	}
	*all = true;
	*any = false;
	GHashTableIter iter;
	gpointer key;
	g_hash_table_iter_init(&iter, keys);
	while (g_hash_table_iter_next(&iter, &key, NULL)) {
		bool is_applied = g_hash_table_contains(applied, key);
		*all = *all && is_applied;
		*any = *any || is_applied;
	}
}

enum { DJANGO_NOT_BEGUN, DJANGO_BEGUN, DJANGO_DONE };

static bool replace(struct django_graph *graph, struct django_node *node, GHashTable *applied, GError **error)
{
	if (node->progress == DJANGO_DONE)
		return true;
	/* Before 6.0 one that replaces itself is lost from the graph, or Django fails on it with a KeyError. */
	if (node->progress == DJANGO_BEGUN || is_among(node, node->replaces))
		return iw_fail(error, IW_ERROR_HISTORY, "Cyclical squash replacement found, starting at ('%s', '%s')",
			       node->app, node->name);
	node->progress = DJANGO_BEGUN;
	for (guint i = 0; graph->version >= 60000 && i < node->replaces->len; i++) {
		struct django_node *other = find_key(graph, g_ptr_array_index(node->replaces, i));
		if (is_replacement(other) && !replace(graph, other, applied, error))
			return false;
	}
	bool all, any;
	count_applied(graph, node, applied, &all, &any);
	if (all)
		g_hash_table_add(applied, (char *)node->key);
	else
		g_hash_table_remove(applied, node->key);
	node->progress = DJANGO_DONE;
	return all || !any ? remove_replaced(graph, node, error) : remove_replacement(graph, node, error);
}

/* building --------------------------------------------------------------------------------------------------------- */

/* Of check_cycles(). */
enum { NOT_SEEN, ON_STACK, SEEN };

static void start_again(struct django_graph *graph)
{
	for (guint i = 0; i < graph->disk->len + graph->dummies->len; i++) {
		struct django_node *node = i < graph->disk->len
						   ? g_ptr_array_index(graph->disk, i)
						   : g_ptr_array_index(graph->dummies, i - graph->disk->len);
		node->is_in_graph = node->migration != NULL;
		node->is_applied = false;
		node->progress = DJANGO_NOT_BEGUN;
		node->walk = NOT_SEEN;
		g_ptr_array_set_size(node->parents, 0);
		g_ptr_array_set_size(node->children, 0);
		g_ptr_array_set_size(node->outside, 0);
	}
	g_ptr_array_set_size(graph->dummies, 0);
}

/* A squashed migration that is half applied could have stood for the missing one: Django says so. */
static bool fail_missing(const struct django_graph *graph, const struct django_node *missing, GError **error)
{
	g_autoptr(GString) tries = g_string_new(NULL);
	bool is_replaced = false;
	for (guint i = 0; i < graph->disk->len; i++) {
		const struct django_node *node = g_ptr_array_index(graph->disk, i);
		if (!is_replacement(node) || !is_among(missing, node->replaces))
			continue;
		is_replaced = is_replaced || node->is_in_graph;
		g_string_append_printf(tries, "%s%s", tries->len > 0 ? ", " : "", node->key);
	}
	struct iw_place place = place_of(graph, missing->problem_key);
	iw_fail_at(error, IW_ERROR_HISTORY, &place, "%s", missing->problem);
	if (tries->len > 0 && !is_replaced)
		iw_error_detail(error,
				"Django tried to replace migration %s with any of [%s] but wasn't able to because some "
				"of the replaced migrations are already applied.",
				missing->key, tries->str);
	return false;
}

static bool check_consistency(const struct django_graph *graph, GError **error)
{
	for (guint i = 0; i < graph->dummies->len; i++) {
		const struct django_node *node = g_ptr_array_index(graph->dummies, i);
		if (node->is_in_graph)
			return fail_missing(graph, node, error);
	}
	return true;
}

static const struct django_key *key_among(GPtrArray *keys, const struct django_node *node)
{
	for (guint i = 0; i < keys->len; i++) {
		const struct django_key *key = g_ptr_array_index(keys, i);
		if (strcmp(key->app, node->app) == 0 && strcmp(key->name, node->name) == 0)
			return key;
	}
	return NULL;
}

/* Where one edge of it is written; nowhere when a squashed migration took it over. */
static struct iw_place place_of_cycle(const struct django_graph *graph, GPtrArray *stack, guint from)
{
	const struct django_node *parent = g_ptr_array_index(stack, from);
	const struct django_node *child = g_ptr_array_index(stack, from + 1 < stack->len ? from + 1 : from);
	const struct django_key *key = key_among(child->dependencies, parent);
	return place_of(graph, key != NULL ? key : key_among(parent->run_before, child));
}

static bool fail_cycle(const struct django_graph *graph, GPtrArray *stack, guint from, GError **error)
{
	struct iw_place place = place_of_cycle(graph, stack, from);
	g_autoptr(GString) names = g_string_new(NULL);
	for (guint i = from; i < stack->len; i++)
		g_string_append_printf(names, "%s%s", i > from ? ", " : "",
				       ((struct django_node *)g_ptr_array_index(stack, i))->key);
	iw_fail_at(error, IW_ERROR_HISTORY, &place, "the dependencies of these migrations form a cycle: %s",
		   names->str);
	iw_error_hint(error, "Django refuses to run any migration until one of these dependencies is taken out.");
	return false;
}

/* GvR's way, as Django has it: a walk along children that never comes back to what it stands on. */
static bool check_cycles(const struct django_graph *graph, GError **error)
{
	g_autoptr(GPtrArray) stack = g_ptr_array_new();
	for (guint i = 0; i < graph->disk->len; i++) {
		struct django_node *next = g_ptr_array_index(graph->disk, i);
		if (!next->is_in_graph || next->walk != NOT_SEEN)
			continue;
		do {
			if (next != NULL) {
				next->walk = ON_STACK;
				g_ptr_array_add(stack, next);
			}
			struct django_node *top = g_ptr_array_index(stack, stack->len - 1);
			next = NULL;
			for (guint j = 0; j < top->children->len && next == NULL; j++) {
				struct django_node *child = g_ptr_array_index(top->children, j);
				guint at = 0;
				if (child->walk == ON_STACK && g_ptr_array_find(stack, child, &at))
					return fail_cycle(graph, stack, at, error);
				if (child->walk == NOT_SEEN)
					next = child;
			}
			if (next != NULL)
				continue;
			top->walk = SEEN;
			g_ptr_array_set_size(stack, (gint)stack->len - 1);
		} while (stack->len > 0);
	}
	return true;
}

static bool build(struct django_graph *graph, GHashTable *applied, GError **error)
{
	for (guint i = 0; i < graph->disk->len; i++)
		add_internal(graph, g_ptr_array_index(graph->disk, i));
	for (guint i = 0; i < graph->disk->len; i++)
		if (!add_external(graph, g_ptr_array_index(graph->disk, i), error))
			return false;
	for (guint i = 0; !graph->is_without_replacements && i < graph->disk->len; i++) {
		struct django_node *node = g_ptr_array_index(graph->disk, i);
		if (is_replacement(node) && !replace(graph, node, applied, error))
			return false;
	}
	return check_consistency(graph, error) && check_cycles(graph, error);
}

bool iw_django_graph_build(struct django_graph *graph, GHashTable *recorded, bool replaces, GError **error)
{
	graph->is_without_replacements = !replaces;
	start_again(graph);
	g_autoptr(GHashTable) applied = g_hash_table_new(g_str_hash, g_str_equal);
	GHashTableIter iter;
	gpointer key;
	g_hash_table_iter_init(&iter, recorded);
	while (g_hash_table_iter_next(&iter, &key, NULL))
		g_hash_table_add(applied, key);
	graph->recorded = recorded;
	bool is_built = build(graph, applied, error);
	for (guint i = 0; i < graph->disk->len; i++) {
		struct django_node *node = g_ptr_array_index(graph->disk, i);
		node->is_applied = g_hash_table_contains(applied, node->key);
	}
	return is_built;
}

/* asking ----------------------------------------------------------------------------------------------------------- */

static bool has_own(GPtrArray *list, const char *app)
{
	for (guint i = 0; i < list->len; i++)
		if (strcmp(((struct django_node *)g_ptr_array_index(list, i))->app, app) == 0)
			return true;
	return false;
}

static GPtrArray *ends(const struct django_graph *graph, const char *app, bool are_roots)
{
	GPtrArray *list = iw_arena_ptr_array(graph->arena);
	for (guint i = 0; i < graph->disk->len; i++) {
		struct django_node *node = g_ptr_array_index(graph->disk, i);
		if (node->is_in_graph && (app == NULL || strcmp(app, node->app) == 0) &&
		    !has_own(are_roots ? node->parents : node->children, node->app))
			g_ptr_array_add(list, node);
	}
	g_ptr_array_sort(list, iw_django_by_key);
	return list;
}

GPtrArray *iw_django_graph_leaves(const struct django_graph *graph, const char *app)
{
	return ends(graph, app, false);
}

GPtrArray *iw_django_graph_roots(const struct django_graph *graph, const char *app)
{
	return ends(graph, app, true);
}

struct visit {
	struct django_node *node;
	bool is_processed;
};

/* Depth first, without recursion; of several parents the one that sorts last is visited first. */
static GPtrArray *walk(const struct django_graph *graph, struct django_node *start, bool forwards)
{
	GPtrArray *visited = iw_arena_ptr_array(graph->arena);
	g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
	g_autoptr(GArray) stack = g_array_new(FALSE, FALSE, sizeof(struct visit));
	struct visit first = {start, false};
	g_array_append_val(stack, first);
	while (stack->len > 0) {
		struct visit top = g_array_index(stack, struct visit, stack->len - 1);
		g_array_set_size(stack, stack->len - 1);
		if (g_hash_table_contains(seen, top.node))
			continue;
		if (top.is_processed) {
			g_hash_table_add(seen, top.node);
			g_ptr_array_add(visited, top.node);
			continue;
		}
		top.is_processed = true;
		g_array_append_val(stack, top);
		GPtrArray *next = forwards ? top.node->parents : top.node->children;
		g_ptr_array_sort(next, iw_django_by_key);
		for (guint i = 0; i < next->len; i++) {
			struct visit more = {g_ptr_array_index(next, i), false};
			g_array_append_val(stack, more);
		}
	}
	return visited;
}

GPtrArray *iw_django_graph_forwards(const struct django_graph *graph, struct django_node *node)
{
	return walk(graph, node, true);
}

GPtrArray *iw_django_graph_backwards(const struct django_graph *graph, struct django_node *node)
{
	return walk(graph, node, false);
}

GPtrArray *iw_django_graph_plan(const struct django_graph *graph)
{
	GPtrArray *plan = iw_arena_ptr_array(graph->arena), *leaves = iw_django_graph_leaves(graph, NULL);
	g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
	for (guint i = 0; i < leaves->len; i++) {
		if (g_hash_table_contains(seen, g_ptr_array_index(leaves, i)))
			continue;
		GPtrArray *before = iw_django_graph_forwards(graph, g_ptr_array_index(leaves, i));
		for (guint j = 0; j < before->len; j++)
			if (g_hash_table_add(seen, g_ptr_array_index(before, j)))
				g_ptr_array_add(plan, g_ptr_array_index(before, j));
	}
	return plan;
}

/* Squashed migrations that replace each other would go on without end. */
static bool all_replaced_applied(const struct django_graph *graph, GHashTable *rows, const struct django_node *node,
				 int depth)
{
	if (!is_replacement(node) || depth > 100)
		return false;
	for (guint i = 0; i < node->replaces->len; i++) {
		const struct django_key *key = g_ptr_array_index(node->replaces, i);
		g_autofree char *text = g_strdup_printf("%s.%s", key->app, key->name);
		const struct django_node *other = find_key(graph, key);
		bool is_there = g_hash_table_contains(rows, text) ||
				(graph->version >= 60000 && all_replaced_applied(graph, rows, other, depth + 1));
		if (!is_there)
			return false;
	}
	return true;
}

bool iw_django_all_replaced_applied(const struct django_graph *graph, GHashTable *rows, const struct django_node *node)
{
	return all_replaced_applied(graph, rows, node, 0);
}

bool iw_django_graph_check_conflicts(const struct django_graph *graph, GError **error)
{
	GPtrArray *leaves = iw_django_graph_leaves(graph, NULL);
	g_autoptr(GString) text = g_string_new(NULL);
	for (guint i = 0; i < leaves->len;) {
		const char *app = ((struct django_node *)g_ptr_array_index(leaves, i))->app;
		g_autoptr(GString) names = g_string_new(NULL);
		guint count = 0;
		for (; i < leaves->len && strcmp(((struct django_node *)leaves->pdata[i])->app, app) == 0; i++, count++)
			g_string_append_printf(names, "%s%s", count > 0 ? ", " : "",
					       ((struct django_node *)leaves->pdata[i])->name);
		if (count > 1)
			g_string_append_printf(text, "%s%s in %s", text->len > 0 ? "; " : "", names->str, app);
	}
	if (text->len == 0)
		return true;
	iw_fail(error, IW_ERROR_HISTORY,
		"Conflicting migrations detected; multiple leaf nodes in the migration graph: (%s)", text->str);
	iw_error_hint(error, "`python manage.py makemigrations --merge` joins them.");
	return false;
}

bool iw_django_graph_check_history(const struct django_graph *graph, const char *database, GError **error)
{
	for (guint i = 0; i < graph->disk->len; i++) {
		struct django_node *node = g_ptr_array_index(graph->disk, i);
		if (!node->is_in_graph || !g_hash_table_contains(graph->recorded, node->key))
			continue;
		for (guint j = 0; j < node->parents->len; j++) {
			const struct django_node *parent = g_ptr_array_index(node->parents, j);
			if (g_hash_table_contains(graph->recorded, parent->key) ||
			    iw_django_all_replaced_applied(graph, graph->recorded, parent))
				continue;
			iw_fail(error, IW_ERROR_HISTORY,
				"Migration %s is applied before its dependency %s on database '%s'.", node->key,
				parent->key, database);
			iw_error_hint(error,
				      "Django refuses to run on such a history. If the dependency's changes are in the "
				      "database, `inchworm resolve --applied %s` records them.",
				      parent->key);
			return false;
		}
	}
	return true;
}
