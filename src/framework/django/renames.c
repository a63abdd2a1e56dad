/*
 * What Django's own apps do when a model is renamed: django.contrib.contenttypes renames its content type right behind
 * RenameModel, and since Django 6.1 django.contrib.auth its permissions at the end of the run. Both as SQL at the end
 * of the migration that renames, in its transaction: nothing in between can tell the difference.
 */
#include "framework/django/project.h"
#include "framework/django/router.h"

#include "framework/made.h"

#include <string.h>

/* models of an app, as far as permissions are named after them ----------------------------------------------------- */

struct named_model {
	const char *name;		   /* as written */
	const struct iw_py_value *options; /* DICT; NULL: none */
};

struct naming {
	struct django_project *self;
	iw_arena *arena;
	GHashTable *models; /* char * lower-case name -> struct named_model * */
};

static void read_operations(struct naming *naming, const struct iw_py_value *list);

static const char *lower(struct naming *naming, const char *name)
{
	g_autofree char *text = g_utf8_strdown(name, -1);
	return iw_arena_strdup(naming->arena, text);
}

static void put(struct naming *naming, const char *name, const struct iw_py_value *options)
{
	struct named_model *model = iw_new(naming->arena, struct named_model);
	*model = (struct named_model){name, options};
	g_hash_table_insert(naming->models, (char *)lower(naming, name), model);
}

static void read_operation(struct naming *naming, const struct iw_py_value *call, const char *kind)
{
	const struct iw_py_value *first =
		iw_py_argument(call, 0, strcmp(kind, "RenameModel") == 0 ? "old_name" : "name");
	const char *name = first == NULL ? NULL : iw_py_text(first);
	if (strcmp(kind, "CreateModel") == 0 && name != NULL) {
		put(naming, name, iw_py_argument(call, 2, "options"));
	} else if (strcmp(kind, "AlterModelOptions") == 0 && name != NULL) {
		struct named_model *model = g_hash_table_lookup(naming->models, lower(naming, name));
		if (model != NULL)
			model->options = iw_py_argument(call, 1, "options");
	} else if (strcmp(kind, "RenameModel") == 0 && name != NULL) {
		struct named_model *model = g_hash_table_lookup(naming->models, lower(naming, name));
		const struct iw_py_value *second = iw_py_argument(call, 1, "new_name");
		g_hash_table_remove(naming->models, lower(naming, name));
		if (second != NULL && iw_py_text(second) != NULL)
			put(naming, iw_py_text(second), model == NULL ? NULL : model->options);
	} else if (strcmp(kind, "SeparateDatabaseAndState") == 0) {
		read_operations(naming, iw_py_argument(call, 1, "state_operations"));
	} else if (strcmp(kind, "RunSQL") == 0) {
		read_operations(naming, iw_py_argument(call, 2, "state_operations"));
	}
}

static void read_operations(struct naming *naming, const struct iw_py_value *list)
{
	bool is_list = list != NULL && (list->kind == IW_PY_LIST || list->kind == IW_PY_TUPLE);
	for (guint i = 0; is_list && i < list->items->len; i++) {
		const struct iw_py_value *call = list->items->pdata[i];
		const char *path = call->kind == IW_PY_CALL ? iw_py_path(naming->self->python, call) : NULL;
		if (path != NULL)
			read_operation(naming, call, strrchr(path, '.') == NULL ? path : strrchr(path, '.') + 1);
	}
}

/* The models of an app behind the first `count` migrations of the order. */
static void read_models(struct naming *naming, const GPtrArray *order, guint count, const char *app)
{
	for (guint i = 0; i < count && i < order->len; i++) {
		const struct django_migration *data = ((struct iw_migration *)order->pdata[i])->framework_data;
		if (data->class != NULL && strcmp(data->node->app, app) == 0)
			read_operations(naming, iw_py_find(naming->self->python, data->class, "operations"));
	}
}

/* "PurchaseOrder" -> "purchase order" */
static const char *spaced(iw_arena *arena, const char *name)
{
	g_autoptr(GRegex) regex = g_regex_new("(((?<=[a-z])[A-Z])|([A-Z](?![A-Z]|$)))", 0, 0, NULL);
	g_autofree char *text = g_regex_replace(regex, name, -1, 0, " \\1", 0, NULL);
	g_autofree char *small = g_utf8_strdown(g_strstrip(text), -1);
	return iw_arena_strdup(arena, small);
}

static const struct iw_py_value *option(const struct named_model *model, const char *name)
{
	bool is_dict = model != NULL && model->options != NULL && model->options->kind == IW_PY_DICT;
	return is_dict ? iw_py_dict_find(model->options, name) : NULL;
}

/* NULL: it is computed from what is not known. */
static const char *verbose_name(struct naming *naming, const struct named_model *model, const char *name)
{
	const struct iw_py_value *value = option(model, "verbose_name");
	if (model == NULL)
		return name;
	return value == NULL ? spaced(naming->arena, model->name) : iw_py_text(value);
}

/* char *: "add", "change", "delete", "view", or what Meta.default_permissions says; NULL: not known. */
static GPtrArray *actions(struct naming *naming, const struct named_model *model)
{
	static const char *const standard[] = {"add", "change", "delete", "view"};
	const struct iw_py_value *value = option(model, "default_permissions");
	GPtrArray *list = iw_arena_ptr_array(naming->arena);
	for (size_t i = 0; value == NULL && i < G_N_ELEMENTS(standard); i++)
		g_ptr_array_add(list, (char *)standard[i]);
	if (value == NULL)
		return list;
	if (value->kind != IW_PY_LIST && value->kind != IW_PY_TUPLE)
		return NULL;
	for (guint i = 0; i < value->items->len; i++) {
		const char *text = iw_py_text(value->items->pdata[i]);
		if (text == NULL)
			return NULL;
		g_ptr_array_add(list, (char *)text);
	}
	return list;
}

/* the SQL ---------------------------------------------------------------------------------------------------------- */

struct rename {
	struct django_project *self;
	iw_arena *arena;
	iw_made *made;
	struct iw_place origin;
	const char *app, *from, *to; /* lower case */
	const char *before;	     /* up: `from` as it is written */
	struct naming *naming;
};

static const char *literal(const struct rename *rename, const char *text)
{
	return iw_quote_literal(rename->arena, rename->self->project->engine.dialect, text);
}

static const char *table(const struct rename *rename, const char *name)
{
	const char *quote = rename->self->project->engine.dialect == IW_MYSQL ? "`" : "\"";
	return iw_arena_printf(rename->arena, "%s%s%s", quote, name, quote);
}

/* DISTINCT keeps MySQL from merging the subquery into an UPDATE of the same table, which it refuses. */
static const char *content_type_sql(const struct rename *rename, const char *from, const char *to)
{
	const char *types = table(rename, "django_content_type"), *app = literal(rename, rename->app);
	return iw_arena_printf(rename->arena,
			       "UPDATE %s SET model = %s WHERE app_label = %s AND model = %s AND NOT EXISTS (SELECT 1 "
			       "FROM (SELECT DISTINCT model FROM %s WHERE app_label = %s) AS t WHERE t.model = %s)",
			       types, literal(rename, to), app, literal(rename, from), types, app, literal(rename, to));
}

static void rename_content_type(const struct rename *rename)
{
	iw_made_note(rename->made, "what django.contrib.contenttypes does when a model is renamed");
	iw_made_sql(rename->made, rename->origin, content_type_sql(rename, rename->from, rename->to));
	iw_made_set_undo(rename->made, content_type_sql(rename, rename->to, rename->from));
}

/* One that is taken already stays: Django fails then, behind all migrations. */
static const char *permission_sql(const struct rename *rename, const char *action, const char *from, const char *to,
				  const char *name)
{
	iw_arena *arena = rename->arena;
	const char *types = table(rename, "django_content_type"), *permissions = table(rename, "auth_permission");
	const char *old = literal(rename, iw_arena_printf(arena, "%s_%s", action, from));
	const char *new = literal(rename, iw_arena_printf(arena, "%s_%s", action, to));
	return iw_arena_printf(arena,
			       "UPDATE %s SET codename = %s, name = %s WHERE codename = %s AND content_type_id IN "
			       "(SELECT id FROM %s WHERE app_label = %s AND model = %s) AND content_type_id NOT IN "
			       "(SELECT t.content_type_id FROM (SELECT DISTINCT content_type_id FROM %s WHERE codename "
			       "= %s) AS t)",
			       permissions, new, literal(rename, iw_arena_printf(arena, "Can %s %s", action, name)),
			       old, types, literal(rename, rename->app), literal(rename, rename->to), permissions, new);
}

static void rename_permissions(const struct rename *rename)
{
	const struct named_model *model = g_hash_table_lookup(rename->naming->models, rename->to);
	const char *name = verbose_name(rename->naming, model, rename->to);
	GPtrArray *list = actions(rename->naming, model);
	if (name == NULL || list == NULL) {
		iw_made_foreign(rename->made, rename->origin,
				"django.contrib.auth names permissions after a model whose options are not known");
		return;
	}
	iw_made_note(rename->made, "what django.contrib.auth does when a model is renamed");
	const char *before = option(model, "verbose_name") != NULL || rename->before == NULL
				     ? name
				     : spaced(rename->arena, rename->before);
	for (guint i = 0; i < list->len; i++) {
		const char *action = list->pdata[i];
		iw_made_sql(rename->made, rename->origin,
			    permission_sql(rename, action, rename->from, rename->to, name));
		iw_made_set_undo(rename->made, permission_sql(rename, action, rename->to, rename->from, before));
	}
}

/* the migration ---------------------------------------------------------------------------------------------------- */

static bool is_before(const struct django_project *self, const GPtrArray *order, guint index, const char *app)
{
	const struct django_node *first = iw_django_graph_find(self->graph, app, "0001_initial");
	for (guint i = 0; first != NULL && i < index && i < order->len; i++)
		if (order->pdata[i] == first->migration)
			return true;
	return false;
}

static iw_made *copy_of(const iw_source *source, iw_arena *arena, struct iw_place *origin)
{
	iw_made *made = iw_made_new(source->path);
	GPtrArray *varying = iw_arena_ptr_array(arena);
	for (guint i = 0; i < source->pieces->len; i++) {
		const struct iw_piece *piece = &g_array_index(source->pieces, struct iw_piece, i);
		*origin = piece->origin;
		iw_made_set_alone(made, piece->is_alone);
		if (piece->note != NULL)
			iw_made_note(made, "%s", piece->note);
		if (piece->foreign != NULL && piece->is_rows_only)
			iw_made_foreign_rows(made, piece->origin, piece->foreign);
		else if (piece->foreign != NULL)
			iw_made_foreign(made, piece->origin, piece->foreign);
		else
			iw_made_sql(made, piece->origin,
				    iw_arena_strndup(arena, source->text + piece->offset, piece->length));
		for (const char *const *one = piece->varying; one != NULL && *one != NULL; one++)
			g_ptr_array_add(varying, (char *)*one);
		iw_made_set_varying(made, varying);
		if (piece->needs != NULL)
			iw_made_set_needs(made, piece->needs);
		if (piece->part != 0)
			iw_made_set_part(made, piece->part, piece->is_part_atomic);
	}
	return made;
}

iw_source *iw_django_with_renames(struct django_project *self, const struct iw_migration *migration, iw_source *source,
				  enum iw_direction direction, const GPtrArray *order, guint index, GPtrArray *names)
{
	const struct django_migration *data = migration->framework_data;
	if (names->len == 0 || source->pieces == NULL || !is_before(self, order, index, "contenttypes"))
		return source;
	g_autoptr(iw_arena) arena = iw_arena_new();
	struct naming naming = {self, arena, iw_arena_hash_table(arena, g_str_hash, g_str_equal)};
	bool has_permissions = self->graph->version >= 60100 && is_before(self, order, index, "auth") &&
			       iw_django_allows(self->config.settings.router, "auth", "permission", NULL,
						&(const char *){NULL}) != IW_DJANGO_FORBIDDEN;
	if (has_permissions)
		read_models(&naming, order, direction == IW_UP ? order->len : index, data->node->app);
	const char *why = NULL;
	enum iw_django_allow allow =
		iw_django_allows(self->config.settings.router, "contenttypes", "contenttype", NULL, &why);
	if (allow == IW_DJANGO_FORBIDDEN)
		return source;
	struct rename rename = {.self = self, .arena = arena, .naming = &naming};
	rename.made = copy_of(source, arena, &rename.origin);
	if (allow == IW_DJANGO_ALLOW_UNKNOWN)
		iw_made_foreign(rename.made, rename.origin, why);
	guint count = names->len / 4;
	for (guint i = 0; i < count; i++) {
		char **one = (char **)names->pdata + 4 * (gsize)(direction == IW_UP ? i : count - 1 - i);
		rename.app = one[0];
		rename.from = direction == IW_UP ? one[1] : one[2];
		rename.to = direction == IW_UP ? one[2] : one[1];
		rename.before = direction == IW_UP ? one[3] : NULL;
		rename_content_type(&rename);
		if (has_permissions)
			rename_permissions(&rename);
	}
	iw_source *all = iw_made_finish(rename.made);
	iw_source_unref(source);
	return all;
}
