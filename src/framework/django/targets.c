/*
 * Which migrations `up TARGET` and `down TARGET` are about, and in which order; see graph.h. Targets are Django's: APP,
 * APP NAME (or the beginning of one), APP zero; "app.0003_name" is APP NAME in one word.
 */
#include "framework/django/graph.h"

#include "base/error.h"

#include <string.h>

struct target {
	const char *app, *name; /* name NULL: all of the app; app NULL: everything */
};

static void *fail(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void *fail(GError **error, const char *format, ...)
{
	va_list list;
	va_start(list, format);
	g_autofree char *message = g_strdup_vprintf(format, list);
	va_end(list);
	iw_fail(error, IW_ERROR_USAGE, "%s", message);
	iw_error_hint(error, "`inchworm history` lists the migrations.");
	return NULL;
}

static bool has_app(const struct django_graph *graph, const char *app)
{
	return g_hash_table_contains(graph->apps, app);
}

static bool parse_target(const struct django_graph *graph, const char *const *words, struct target *target,
			 GError **error)
{
	*target = (struct target){words[0], words[0] == NULL ? NULL : words[1]};
	if (words[0] == NULL)
		return true;
	if (words[1] != NULL && words[2] != NULL)
		return fail(error, "\"%s\" is one word too many: a target is APP, or APP NAME", words[2]) != NULL;
	const char *dot = strchr(words[0], '.');
	if (dot != NULL && words[1] == NULL && !has_app(graph, words[0])) {
		target->app = iw_arena_strndup(graph->arena, words[0], (size_t)(dot - words[0]));
		target->name = dot + 1;
	}
	gpointer kind;
	if (!g_hash_table_lookup_extended(graph->apps, target->app, NULL, &kind))
		return fail(error, "No installed app with label '%s'.", target->app) != NULL;
	if (GPOINTER_TO_INT(kind) == DJANGO_UNMIGRATED)
		return fail(error, "App '%s' does not have migrations.", target->app) != NULL;
	if (GPOINTER_TO_INT(kind) == DJANGO_NOT_FOUND)
		return iw_fail(error, IW_ERROR_PROJECT,
			       "the files of app '%s' are not found: its migrations are not known", target->app);
	return true;
}

/* By the beginning of its name; files that squashed migrations replace count, too. */
static struct django_node *find(const struct django_graph *graph, const struct target *target, GError **error)
{
	struct django_node *found = NULL, *exact = iw_django_graph_find(graph, target->app, target->name);
	if (exact != NULL && exact->migration != NULL)
		return exact;
	for (guint i = 0; i < graph->disk->len; i++) {
		struct django_node *node = g_ptr_array_index(graph->disk, i);
		if (strcmp(node->app, target->app) != 0 || !g_str_has_prefix(node->name, target->name))
			continue;
		if (found != NULL)
			return fail(error, "More than one migration matches '%s' in app '%s'. Please be more specific.",
				    target->name, target->app);
		found = node;
	}
	if (found == NULL)
		return fail(error, "Cannot find a migration matching '%s' from app '%s'.", target->name, target->app);
	return found;
}

static struct django_node *fail_not_valid(GError **error, const struct django_node *node)
{
	return fail(error, "Node ('%s', '%s') not a valid node: %s", node->app, node->name,
		    node->replaces->len > 0 ? "some of what it replaces is applied"
					    : "a squashed migration has taken its place");
}

/* Half applied squashed migrations are not in the graph: the last one that they replace is meant. One that is replaced
 * is in the graph only when nothing is. */
static struct django_node *find_in_graph(struct django_graph *graph, const struct target *target, GError **error)
{
	struct django_node *node = find(graph, target, error);
	if (node == NULL || node->is_in_graph)
		return node;
	if (node->replaces->len > 0 && graph->version < 40000)
		return fail_not_valid(error, node);
	if (node->replaces->len > 0) {
		const struct django_key *last = g_ptr_array_index(node->replaces, node->replaces->len - 1);
		struct django_node *other = iw_django_graph_find(graph, last->app, last->name);
		node = other != NULL && other->migration != NULL ? other : node;
	}
	bool is_recorded = g_hash_table_contains(graph->recorded, node->key);
	if (!node->is_in_graph && graph->version < 60000 && !is_recorded)
		return fail_not_valid(error, node);
	if (!node->is_in_graph && !iw_django_graph_build(graph, graph->recorded, false, error))
		return NULL;
	return node;
}

/* Django runs what is chosen in the order of the whole plan. */
static GPtrArray *in_plan_order(const struct django_graph *graph, GHashTable *chosen)
{
	GPtrArray *plan = iw_django_graph_plan(graph), *list = iw_arena_ptr_array(graph->arena);
	for (guint i = 0; i < plan->len; i++)
		if (g_hash_table_contains(chosen, g_ptr_array_index(plan, i)))
			g_ptr_array_add(list, g_ptr_array_index(plan, i));
	return list;
}

static bool check_outside(const struct django_graph *graph, const struct django_node *node, GError **error)
{
	for (guint i = 0; i < node->outside->len; i++) {
		const struct django_key *key = g_ptr_array_index(node->outside, i);
		g_autofree char *text = g_strdup_printf("%s.%s", key->app, key->name);
		if (g_str_has_prefix(key->name, "__") || g_hash_table_contains(graph->recorded, text))
			continue;
		iw_fail(error, IW_ERROR_HISTORY, "%s depends on %s, which is not applied and whose file is not found",
			node->key, text);
		iw_error_hint(
			error,
			"Activate the project's virtual environment, or make one in .venv, so that the app \"%s\" is "
			"found; or run `manage.py migrate %s` first.",
			key->app, key->app);
		return false;
	}
	return true;
}

GPtrArray *iw_django_upgrades(struct django_graph *graph, const char *const *targets, GError **error)
{
	struct target target;
	if (!parse_target(graph, targets, &target, error))
		return NULL;
	if (g_strcmp0(target.name, "zero") == 0) {
		fail(error, "`up %s zero` would undo migrations", target.app);
		iw_error_hint(error, "`inchworm down %s zero` does that.", target.app);
		return NULL;
	}
	GPtrArray *ends = iw_arena_ptr_array(graph->arena);
	if (target.name != NULL)
		g_ptr_array_add(ends, find_in_graph(graph, &target, error));
	else
		ends = iw_django_graph_leaves(graph, target.app);
	if (ends->len > 0 && ends->pdata[0] == NULL)
		return NULL;
	g_autoptr(GHashTable) chosen = g_hash_table_new(NULL, NULL);
	for (guint i = 0; i < ends->len; i++) {
		struct django_node *end = g_ptr_array_index(ends, i);
		GPtrArray *before = end->is_applied ? NULL : iw_django_graph_forwards(graph, end);
		for (guint j = 0; before != NULL && j < before->len; j++) {
			struct django_node *node = g_ptr_array_index(before, j);
			if (!node->is_applied)
				g_hash_table_add(chosen, node);
		}
	}
	GPtrArray *list = in_plan_order(graph, chosen);
	for (guint i = 0; i < list->len; i++)
		if (!check_outside(graph, g_ptr_array_index(list, i), error))
			return NULL;
	return list;
}

/* down --------------------------------------------------------------------------------------------------------- */

static void add_backwards(const struct django_graph *graph, struct django_node *from, GHashTable *seen, GPtrArray *list)
{
	GPtrArray *after = iw_django_graph_backwards(graph, from);
	for (guint i = 0; i < after->len; i++) {
		struct django_node *node = g_ptr_array_index(after, i);
		if (node->is_applied && g_hash_table_add(seen, node))
			g_ptr_array_add(list, node);
	}
}

/* Of an app, or of all: the applied one that comes last. */
static struct django_node *last_applied(const struct django_graph *graph, const char *app, const char *newest)
{
	struct django_node *found = newest == NULL ? NULL : g_hash_table_lookup(graph->nodes, newest);
	if (app == NULL && found != NULL && found->is_in_graph && found->is_applied)
		return found;
	GPtrArray *plan = iw_django_graph_plan(graph);
	found = NULL;
	for (guint i = 0; i < plan->len; i++) {
		struct django_node *node = g_ptr_array_index(plan, i);
		if (node->is_applied && (app == NULL || strcmp(app, node->app) == 0))
			found = node;
	}
	return found;
}

/* What comes after the one that stays, in its app; what depends on that goes first. */
static void add_after(const struct django_graph *graph, struct django_node *keep, GHashTable *seen, GPtrArray *list)
{
	g_autoptr(GPtrArray) next = g_ptr_array_new();
	for (guint i = 0; i < keep->children->len; i++) {
		struct django_node *child = g_ptr_array_index(keep->children, i);
		if (strcmp(child->app, keep->app) == 0)
			g_ptr_array_add(next, child);
	}
	g_ptr_array_sort(next, iw_django_by_key);
	for (guint i = 0; i < next->len; i++)
		add_backwards(graph, g_ptr_array_index(next, i), seen, list);
}

GPtrArray *iw_django_downgrades(struct django_graph *graph, const char *const *targets, const char *newest,
				GError **error)
{
	struct target target;
	if (targets[0] != NULL && targets[1] == NULL && strcmp(targets[0], "-1") == 0)
		targets++;
	if (!parse_target(graph, targets, &target, error))
		return NULL;
	GPtrArray *list = iw_arena_ptr_array(graph->arena);
	g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
	if (target.name == NULL) {
		struct django_node *last = last_applied(graph, target.app, newest);
		if (last != NULL)
			add_backwards(graph, last, seen, list);
		return list;
	}
	if (strcmp(target.name, "zero") == 0) {
		GPtrArray *roots = iw_django_graph_roots(graph, target.app);
		for (guint i = 0; i < roots->len; i++)
			add_backwards(graph, g_ptr_array_index(roots, i), seen, list);
		return list;
	}
	struct django_node *keep = find_in_graph(graph, &target, error);
	if (keep == NULL)
		return NULL;
	if (!keep->is_applied)
		return fail(error, "%s is not applied: there is nothing after it to undo", keep->key);
	add_after(graph, keep, seen, list);
	return list;
}
