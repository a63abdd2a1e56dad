/* Migrations that form a graph, in `status` and `history`: heads, where the database stands, branches, merges. */
#include "cli/cli.h"

#include <string.h>

static bool keeps_heads(const struct iw_cli *cli)
{
	return cli->project->bookkeeping->class->keeps_heads;
}

static void add_name(GString *list, const char *name)
{
	g_string_append_printf(list, "%s%s", list->len > 0 ? ", " : "", name);
}

static const char *or_none(const GString *list)
{
	return list->len > 0 ? list->str : "none";
}

void iw_cli_print_heads(struct iw_cli *cli, GString *out, GPtrArray *applied)
{
	if (!keeps_heads(cli))
		return;
	g_autoptr(GString) current = g_string_new(NULL), heads = g_string_new(NULL);
	for (guint i = 0; i < applied->len; i++) {
		const struct iw_applied *one = g_ptr_array_index(applied, i);
		bool is_head = one->migration != NULL && one->migration->is_head;
		const char *name = iw_text_clean(cli->arena, one->name);
		if (is_head)
			add_name(heads, name);
		if (one->state == IW_MISSING_FILE)
			add_name(current, iw_arena_printf(cli->arena, "%s (no file)", name));
		else if (one->is_current)
			add_name(current, is_head ? iw_arena_printf(cli->arena, "%s (head)", name) : name);
	}
	g_string_append_printf(out, "Current: %s. Heads: %s.\n", or_none(current), or_none(heads));
}

guint iw_cli_children(struct iw_cli *cli, const struct iw_migration *migration)
{
	if (cli->children == NULL) {
		cli->children = iw_arena_hash_table(cli->arena, NULL, NULL);
		for (guint i = 0; i < cli->project->migrations->len; i++) {
			const struct iw_migration *other = g_ptr_array_index(cli->project->migrations, i);
			for (guint k = 0; k < other->parents->len; k++) {
				gpointer parent = g_ptr_array_index(other->parents, k);
				guint count = GPOINTER_TO_UINT(g_hash_table_lookup(cli->children, parent));
				g_hash_table_insert(cli->children, parent, GUINT_TO_POINTER(count + 1));
			}
		}
	}
	return GPOINTER_TO_UINT(g_hash_table_lookup(cli->children, migration));
}

static const char *join_names(iw_arena *arena, GPtrArray *migrations)
{
	g_autoptr(GString) text = g_string_new(NULL);
	for (guint i = 0; i < migrations->len; i++) {
		const struct iw_migration *one = g_ptr_array_index(migrations, i);
		const char *before = i == 0 ? "" : i + 1 == migrations->len ? " and " : ", ";
		g_string_append_printf(text, "%s%s", before, iw_text_clean(arena, one->name));
	}
	return iw_arena_strdup(arena, text->str);
}

static void add_remark(GString *text, const char *remark)
{
	g_string_append_printf(text, "%s%s", text->len > 0 ? ", " : "", remark);
}

const char *iw_cli_place_in_graph(struct iw_cli *cli, const struct iw_applied *one, const struct iw_migration *previous)
{
	const struct iw_migration *migration = one->migration;
	if (cli->project->framework->select == NULL || migration == NULL)
		return NULL;
	g_autoptr(GString) text = g_string_new(NULL);
	guint parents = migration->parents->len;
	bool follows = parents == 1 && g_ptr_array_index(migration->parents, 0) == previous;
	if (parents == 0 && previous != NULL)
		add_remark(text, "a root");
	else if (parents > 0 && !follows)
		add_remark(text, iw_arena_printf(cli->arena, "after %s", join_names(cli->arena, migration->parents)));
	if (keeps_heads(cli)) {
		if (parents > 1)
			add_remark(text, "merge");
		if (iw_cli_children(cli, migration) > 1)
			add_remark(text, "branch point");
		if (migration->is_head)
			add_remark(text, "head");
		if (one->is_current)
			add_remark(text, "current");
	}
	for (guint i = 0; migration->labels != NULL && i < migration->labels->len; i++)
		add_remark(text, iw_arena_printf(cli->arena, "label %s",
						 iw_text_clean(cli->arena, g_ptr_array_index(migration->labels, i))));
	return text->len == 0 ? NULL : iw_arena_strdup(cli->arena, text->str);
}

static void add_text(json_t *array, const char *text)
{
	g_autofree char *valid = g_utf8_make_valid(text, -1);
	json_array_append_new(array, json_string(valid));
}

static void add_graph_members(struct iw_cli *cli, json_t *object, const struct iw_applied *one)
{
	const struct iw_migration *migration = one->migration;
	json_t *parents = json_array();
	for (guint i = 0; migration != NULL && i < migration->parents->len; i++)
		add_text(parents, ((struct iw_migration *)g_ptr_array_index(migration->parents, i))->name);
	json_object_set_new(object, "parents", parents);
	if (!keeps_heads(cli))
		return;
	json_t *labels = json_array();
	for (guint i = 0; migration != NULL && migration->labels != NULL && i < migration->labels->len; i++)
		add_text(labels, g_ptr_array_index(migration->labels, i));
	json_object_set_new(object, "labels", labels);
	json_object_set_new(object, "isHead", json_boolean(migration != NULL && migration->is_head));
	json_object_set_new(object, "isCurrent", json_boolean(one->is_current || one->state == IW_MISSING_FILE));
}

void iw_cli_graph_json(struct iw_cli *cli, json_t *object, json_t *migrations, GPtrArray *applied)
{
	if (cli->project->framework->select == NULL)
		return;
	json_t *heads = json_array(), *current = json_array();
	for (guint i = 0; i < applied->len; i++) {
		const struct iw_applied *one = g_ptr_array_index(applied, i);
		add_graph_members(cli, json_array_get(migrations, i), one);
		if (one->migration != NULL && one->migration->is_head)
			add_text(heads, one->name);
		if (one->is_current || one->state == IW_MISSING_FILE)
			add_text(current, one->name);
	}
	if (keeps_heads(cli)) {
		json_object_set_new(object, "heads", json_incref(heads));
		json_object_set_new(object, "current", json_incref(current));
	}
	json_decref(heads);
	json_decref(current);
}
