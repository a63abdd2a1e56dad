/*
 * Which revisions `up TARGET` and `down TARGET` are about, and in which order; see graph.h. Identifiers are Alembic's:
 * an id or its beginning, head, heads, base, label@head, +2, -1, ae10+2, label@+1.
 */
#include "framework/alembic/graph.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

/* "label@symbol+2", "+2", "label@-1"; parts that are not given are NULL. */
struct target {
	const char *label, *symbol;
	int steps; /* 0: absolute */
};

static struct target parse_target(iw_arena *arena, const char *text)
{
	struct target target = {0};
	const char *at = strchr(text, '@');
	if (at != NULL && at > text)
		target.label = iw_arena_strndup(arena, text, (size_t)(at - text));
	const char *symbol = at == NULL ? text : at + 1;
	const char *sign = strpbrk(symbol, "+-");
	if (sign != NULL && sign[1] != '\0' && strspn(sign + 1, "0123456789") == strlen(sign + 1)) {
		target.steps = atoi(sign);
		target.symbol = sign == symbol ? NULL : iw_arena_strndup(arena, symbol, (size_t)(sign - symbol));
		return target;
	}
	target.symbol = symbol;
	return target;
}

static GPtrArray *one(iw_arena *arena, struct alembic_revision *revision)
{
	GPtrArray *list = iw_arena_ptr_array(arena);
	if (revision != NULL)
		g_ptr_array_add(list, revision);
	return list;
}

static void *fail(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void *fail(GError **error, const char *format, ...)
{
	va_list list;
	va_start(list, format);
	g_autofree char *message = g_strdup_vprintf(format, list);
	va_end(list);
	iw_fail(error, IW_ERROR_USAGE, "%s", message);
	iw_error_hint(error, "`inchworm history` lists the revisions.");
	return NULL;
}

/* Of one line with it: above or below, dependencies apart. */
static bool shares_lineage(struct alembic_graph *graph, struct alembic_revision *revision,
			   const struct alembic_revision *with)
{
	g_autoptr(iw_arena) scratch = iw_arena_new();
	alembic_set *set = iw_alembic_set_new(scratch, graph), *below = iw_alembic_set_new(scratch, graph);
	iw_alembic_add_ancestors(graph, one(scratch, revision), false, set);
	iw_alembic_add_descendants(graph, one(scratch, revision), false, below);
	return iw_alembic_set_has(set, with) || iw_alembic_set_has(below, with);
}

static GPtrArray *filter(struct alembic_graph *graph, GPtrArray *list, const struct alembic_revision *branch)
{
	GPtrArray *kept = iw_arena_ptr_array(graph->arena);
	for (guint i = 0; i < list->len; i++)
		if (branch == NULL || shares_lineage(graph, g_ptr_array_index(list, i), branch))
			g_ptr_array_add(kept, g_ptr_array_index(list, i));
	return kept;
}

/* By its id, a label, or the beginning of one of them. */
static struct alembic_revision *find(struct alembic_graph *graph, const char *name,
				     const struct alembic_revision *branch, GError **error)
{
	struct alembic_revision *exact = g_hash_table_lookup(graph->names, name), *found = NULL;
	if (exact != NULL)
		return exact;
	g_autoptr(GString) several = g_string_new(NULL);
	guint count = 0;
	for (guint i = 0; i < graph->keys->len; i++) {
		const char *key = g_ptr_array_index(graph->keys, i);
		struct alembic_revision *revision = g_hash_table_lookup(graph->names, key);
		if (strlen(key) <= 3 || *name == '\0' || !g_str_has_prefix(key, name))
			continue;
		if (branch != NULL && !shares_lineage(graph, revision, branch))
			continue;
		found = revision;
		if (count++ < 3)
			g_string_append_printf(several, "%s'%s'", count > 1 ? ", " : "", key);
	}
	if (count > 1)
		return fail(error, "Multiple revisions start with '%s': %s...", name, several->str);
	if (count == 0)
		return fail(error, "Can't locate revision identified by '%s'", name);
	return found;
}

static struct alembic_revision *find_branch(struct alembic_graph *graph, const char *label, GError **error)
{
	struct alembic_revision *branch = find(graph, label, NULL, NULL);
	return branch != NULL ? branch : fail(error, "No such branch: '%s'", label);
}

static void *fail_heads(GPtrArray *heads, const char *given, GError **error)
{
	g_autoptr(GString) names = g_string_new(NULL);
	for (guint i = 0; i < heads->len; i++)
		g_string_append_printf(names, "%s%s", i > 0 ? ", " : "",
				       ((struct alembic_revision *)g_ptr_array_index(heads, i))->id);
	iw_fail(error, IW_ERROR_HISTORY,
		"Multiple head revisions are present for given argument '%s'; please specify a specific target "
		"revision, "
		"'<branchname>@%s' to narrow to a specific head, or 'heads' for all heads",
		given, given);
	iw_error_detail(error, "They are: %s.", names->str);
	iw_error_hint(error, "`inchworm up heads` applies all. `alembic merge heads` joins them for good.");
	return NULL;
}

/* get_revisions(): of a name without steps. An empty list is "base". */
static GPtrArray *resolve(struct alembic_graph *graph, const struct target *target, GError **error)
{
	struct alembic_revision *branch = NULL;
	if (target->label != NULL && (branch = find_branch(graph, target->label, error)) == NULL)
		return NULL;
	if (target->symbol == NULL || strcmp(target->symbol, "base") == 0)
		return iw_arena_ptr_array(graph->arena);
	if (strcmp(target->symbol, "heads") == 0)
		return filter(graph, branch == NULL ? graph->real_heads : graph->heads, branch);
	if (strcmp(target->symbol, "head") == 0) {
		GPtrArray *heads = filter(graph, graph->heads, branch);
		return heads->len > 1 ? fail_heads(heads, "head", error) : heads;
	}
	struct alembic_revision *revision = find(graph, target->symbol, branch, error);
	if (revision == NULL)
		return NULL;
	if (branch != NULL && !shares_lineage(graph, revision, branch))
		return fail(error, "Revision %s is not a member of branch '%s'", revision->id, target->label);
	return one(graph->arena, revision);
}

/* _walk(): *from NULL is the base, where going down starts from the heads. *is_outside: there are not so many. */
static bool walk(struct alembic_graph *graph, struct alembic_revision **from, int steps,
		 const struct alembic_revision *branch, bool *is_outside, GError **error)
{
	*is_outside = false;
	for (int i = 0; i < abs(steps); i++) {
		if (steps < 0 && *from == NULL && i > 0) {
			*is_outside = true;
			return true;
		}
		GPtrArray *next = steps > 0 ? (*from == NULL ? graph->bases : (*from)->children)
					    : (*from == NULL ? graph->heads : (*from)->parents);
		if (steps > 0 && branch != NULL)
			next = filter(graph, next, branch);
		if (next->len > 1)
			return fail(error, "Ambiguous walk") != NULL;
		if (next->len == 0 && steps > 0) {
			*is_outside = true;
			return true;
		}
		*from = next->len == 0 ? NULL : g_ptr_array_index(next, 0);
	}
	return true;
}

static void *fail_steps(int steps, GError **error)
{
	return fail(error, "Relative revision %+d didn't produce %d migrations", steps, abs(steps));
}

/* Where "label@+1" starts: the current revision of that branch, or its branch point, or the base. */
static bool start_of(struct alembic_graph *graph, GPtrArray *current, const struct alembic_revision *branch,
		     struct alembic_revision **start, GError **error)
{
	GPtrArray *starts = filter(graph, current, branch);
	if (starts->len == 0 && branch != NULL) {
		alembic_set *set = iw_alembic_set_new(graph->arena, graph);
		iw_alembic_add_ancestors(graph, current, true, set);
		GPtrArray *active = iw_arena_ptr_array(graph->arena);
		for (guint i = 0; i < graph->revisions->len; i++)
			if (iw_alembic_set_has(set, g_ptr_array_index(graph->revisions, i)))
				g_ptr_array_add(active, g_ptr_array_index(graph->revisions, i));
		active = filter(graph, active, branch);
		for (guint i = 0; i < active->len; i++) {
			bool is_tip = true;
			for (guint j = 0; j < active->len; j++) {
				const struct alembic_revision *other = g_ptr_array_index(active, j);
				is_tip &= !g_ptr_array_find(other->all_parents, g_ptr_array_index(active, i), NULL);
			}
			if (is_tip)
				g_ptr_array_add(starts, g_ptr_array_index(active, i));
		}
	}
	if (starts->len > 1)
		return fail(error, "Ambiguous upgrade from multiple current revisions") != NULL;
	*start = starts->len == 0 ? NULL : g_ptr_array_index(starts, 0);
	return true;
}

static GPtrArray *upgrade_targets(struct alembic_graph *graph, GPtrArray *current, const struct target *target,
				  GError **error)
{
	if (target->steps == 0)
		return resolve(graph, target, error);
	struct alembic_revision *branch = NULL, *revision = NULL;
	bool is_outside = false;
	if (target->label != NULL && (branch = find_branch(graph, target->label, error)) == NULL)
		return NULL;
	if (target->symbol == NULL) {
		if (target->steps < 0)
			return fail_steps(target->steps, error);
		if (!start_of(graph, current, branch, &revision, error))
			return NULL;
	} else {
		struct target absolute = {target->steps < 0 ? target->label : NULL, target->symbol, 0};
		GPtrArray *found = resolve(graph, &absolute, error);
		if (found == NULL)
			return NULL;
		revision = found->len == 0 ? NULL : g_ptr_array_index(found, 0);
	}
	if (!walk(graph, &revision, target->steps, branch, &is_outside, error))
		return NULL;
	return is_outside ? fail_steps(target->steps, error) : one(graph->arena, revision);
}

static GPtrArray *reversed(iw_arena *arena, GPtrArray *list)
{
	GPtrArray *out = iw_arena_ptr_array(arena);
	for (guint i = list->len; i-- > 0;)
		g_ptr_array_add(out, g_ptr_array_index(list, i));
	return out;
}

GPtrArray *iw_alembic_upgrades(struct alembic_graph *graph, GPtrArray *current, const char *text, GError **error)
{
	struct target target = parse_target(graph->arena, text);
	GPtrArray *targets = upgrade_targets(graph, current, &target, error);
	if (targets == NULL)
		return NULL;
	alembic_set *wanted = iw_alembic_set_new(graph->arena, graph),
		    *active = iw_alembic_set_new(graph->arena, graph);
	iw_alembic_add_ancestors(graph, targets, true, wanted);
	iw_alembic_add_ancestors(graph, current, true, active);
	for (guint i = 0; i < graph->revisions->len / 8 + 1; i++)
		wanted[i] &= (alembic_set)~active[i];
	return reversed(graph->arena, iw_alembic_sort(graph, wanted, targets));
}

/* Where `down` ends: the revision that stays, NULL: the base. */
static bool downgrade_target(struct alembic_graph *graph, GPtrArray *current, struct target *target,
			     struct alembic_revision **keep, GError **error)
{
	struct alembic_revision *branch = NULL;
	*keep = NULL;
	if (target->steps == 0) {
		struct target absolute = {NULL, target->symbol, 0};
		GPtrArray *found = resolve(graph, &absolute, error);
		if (found == NULL)
			return false;
		if (found->len > 1)
			return fail_heads(found, target->symbol, error) != NULL;
		*keep = found->len == 0 ? NULL : g_ptr_array_index(found, 0);
		return true;
	}
	if (target->label != NULL && (branch = find_branch(graph, target->label, error)) == NULL)
		return false;
	if (target->symbol == NULL) {
		GPtrArray *starts = filter(graph, current, branch);
		if (target->steps > 0 || starts->len == 0)
			return fail_steps(target->steps, error) != NULL;
		if (starts->len > 1) { /* Alembic takes one of them, with a warning */
			iw_fail(error, IW_ERROR_HISTORY, "%+d is ambiguous: the database stands at several heads",
				target->steps);
			iw_error_hint(error, "Say which with <branchname>@%+d, or name the revision that is to stay.",
				      target->steps);
			return false;
		}
		*keep = g_ptr_array_index(starts, 0);
		target->label = target->label != NULL ? target->label : (*keep)->id;
	} else {
		struct target absolute = {target->label, target->symbol, 0};
		GPtrArray *found = resolve(graph, &absolute, error);
		if (found == NULL)
			return false;
		*keep = found->len == 0 ? NULL : g_ptr_array_index(found, 0);
	}
	bool is_outside = false;
	if (!walk(graph, keep, target->steps, branch, &is_outside, error))
		return false;
	if (is_outside && target->symbol != NULL)
		return fail(error, "Walked too far") != NULL;
	return !is_outside || fail_steps(target->steps, error) != NULL;
}

/* "label@base" and "-1": only the children of that branch. */
static GPtrArray *roots_of(struct alembic_graph *graph, const struct alembic_revision *keep, const char *label,
			   GError **error)
{
	GPtrArray *roots = keep == NULL ? graph->bases : keep->children;
	if (label == NULL || roots->len < 2)
		return roots;
	struct alembic_revision *branch = find_branch(graph, label, error);
	if (branch == NULL)
		return NULL;
	alembic_set *above = iw_alembic_set_new(graph->arena, graph);
	iw_alembic_add_ancestors(graph, one(graph->arena, branch), false, above);
	GPtrArray *kept = iw_arena_ptr_array(graph->arena);
	for (guint i = 0; i < roots->len; i++)
		if (iw_alembic_set_has(above, g_ptr_array_index(roots, i)))
			g_ptr_array_add(kept, g_ptr_array_index(roots, i));
	return kept->len > 0 ? kept : fail(error, "Not a valid downgrade target from current heads");
}

GPtrArray *iw_alembic_downgrades(struct alembic_graph *graph, GPtrArray *current, const char *text, GError **error)
{
	struct target target = parse_target(graph->arena, text);
	struct alembic_revision *keep = NULL;
	if (!downgrade_target(graph, current, &target, &keep, error))
		return NULL;
	GPtrArray *roots = roots_of(graph, keep, target.label, error);
	if (roots == NULL)
		return NULL;
	alembic_set *dropped = iw_alembic_set_new(graph->arena, graph),
		    *active = iw_alembic_set_new(graph->arena, graph);
	iw_alembic_add_descendants(graph, roots, true, dropped);
	iw_alembic_add_ancestors(graph, current, true, active);
	for (guint i = 0; i < graph->revisions->len / 8 + 1; i++)
		dropped[i] &= active[i];
	GPtrArray *sorted = iw_alembic_sort(graph, dropped, current);
	if (sorted->len == 0 && keep != NULL && !g_ptr_array_find(current, keep, NULL))
		return fail(error, "Destination %s is not a valid downgrade target from current head(s)", text);
	return sorted;
}
