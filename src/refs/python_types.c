/* What names and expressions of a Python file stand for, as far as imports, classes and calls of queries tell. */
#include "refs/python_internal.h"

#include <string.h>

const struct refs_model iw_python_other = {.name = ""}, iw_python_self = {.name = ""};

enum { DEEPEST = 60 };

static bool is_in(const char *word, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(word, list[i]) == 0)
			return true;
	return false;
}

bool iw_python_is_query_method(const char *name)
{
	static const char *const methods[] = {
		"filter",
		"exclude",
		"get",
		"create",
		"update",
		"get_or_create",
		"update_or_create",
		"annotate",
		"aggregate",
		"alias",
		"filter_by",
		"get_or_none",
		"acreate",
		"aget",
		"aupdate",
		"values",
		"aget_or_create",
		"complex_filter",
		"create_user",
		"create_superuser",
		"aupdate_or_create",
		"having",
	};
	return is_in(name, methods, G_N_ELEMENTS(methods));
}

bool iw_python_takes_names(const char *name)
{
	static const char *const takers[] = {
		"values",
		"values_list",
		"order_by",
		"only",
		"defer",
		"select_related",
		"prefetch_related",
		"distinct",
		"F",
		"OuterRef",
		"Count",
		"Sum",
		"Avg",
		"Max",
		"Min",
		"Prefetch",
		"dates",
		"datetimes",
		"earliest",
		"latest",
		"in_bulk",
		"bulk_update",
		"abulk_update",
		"ArrayAgg",
		"StringAgg",
		"Lower",
		"Upper",
		"Trunc",
		"TruncDate",
		"TruncDay",
		"TruncMonth",
		"TruncHour",
		"TruncWeek",
		"Extract",
		"ExtractYear",
		"Index",
		"UniqueConstraint",
		"CheckConstraint",
		"load_only",
		"Concat",
		"Length",
		"JSONObject",
		"SearchVector",
		"TrigramSimilarity",
		"StdDev",
		"Variance",
		"GinIndex",
		"save",
		"asave",
		"refresh_from_db",
		"When",
		"Case",
		"Cast",
		"Greatest",
		"Least",
		"get_field",
		"unique_together",
		"FieldError",
		"Coalesce",
		"Q",
		"full_clean",
		"filter_by_name",
	};
	return is_in(name, takers, G_N_ELEMENTS(takers));
}

const char *iw_python_called(const struct py_node *call)
{
	return call->kind == PY_CALL && call->a != NULL && (call->a->kind == PY_NAME || call->a->kind == PY_ATTRIBUTE)
		       ? call->a->text
		       : NULL;
}

/* names -------------------------------------------------------------------------------------------------------------
 */

void iw_python_bind(struct python *python, const char *name, const struct refs_model *model)
{
	g_hash_table_insert(python->scope->names, (char *)name, (void *)model);
}

static void mention(struct python *python, const struct refs_model *model)
{
	if (model != NULL && model->table != NULL)
		g_hash_table_add(python->file->mentioned, (void *)model);
}

/* "app.models" as "app/models"; relative ones from the file's own folder. */
static char *module_path(const struct python *python, const char *module, guint level)
{
	g_autofree char *path = g_strdelimit(g_strdup(module == NULL ? "" : module), ".", '/');
	if (level == 0)
		return g_steal_pointer(&path);
	g_autofree char *folder = g_strdup(python->file->path);
	for (guint i = 0; i < level; i++) {
		char *slash = strrchr(folder, '/');
		if (slash != NULL)
			*slash = '\0';
	}
	return g_strdup_printf("%s%s%s", *folder == '/' ? folder + 1 : folder, *path == '\0' ? "" : "/", path);
}

/* from shop.models import User, where there is no such class any more: shop_user. */
static bool use_gone(struct python *python, const struct py_node *alias, const char *path)
{
	const char *models =
		g_str_has_suffix(path, "models") ? path + strlen(path) - strlen("models") : strstr(path, "models/");
	bool is_known =
		g_hash_table_contains(python->file->private->by_name, alias->text); /* handed on from elsewhere */
	if (models == NULL || models - path < 2 || !g_ascii_isupper(*alias->text) || is_known)
		return false;
	const char *end = models - 1, *begin = end;
	while (begin > path && begin[-1] != '/')
		begin--;
	g_autofree char *class = g_ascii_strdown(alias->text, -1);
	g_autofree char *table = g_strdup_printf("%.*s_%s", (int)(end - begin), begin, class);
	iw_refs_use_table(python->file, table, iw_refs_place(python->file, alias->offset, strlen(alias->text)),
			  "imported, and the models have no such class");
	return true;
}

static void import_from(struct python *python, const struct py_node *node)
{
	g_autofree char *path = module_path(python, node->text, node->sign);
	iw_arena *arena = python->file->private->scratch;
	if (node->count == 0 && *path != '\0')
		g_ptr_array_add(python->stars, iw_arena_strdup(arena, path));
	for (guint i = 0; i < node->count; i++) {
		const struct py_node *alias = node->items[i];
		const char *bound = alias->a != NULL ? alias->a->text : alias->text;
		const struct refs_model *model =
			*path == '\0' ? NULL : iw_refs_find_model(python->file->private, alias->text, path);
		if (model != NULL && model->is_known) {
			mention(python, model);
			iw_python_bind(python, bound, model);
			iw_refs_use_model(python->file, model,
					  iw_refs_place(python->file, alias->offset, strlen(alias->text)), "imported");
		} else if (model == NULL && use_gone(python, alias, path)) {
			iw_python_bind(python, bound, &iw_python_other);
		} else if (g_ascii_isupper(*bound) || g_str_has_suffix(bound, "models")) {
			iw_python_bind(python, bound, &iw_python_other);
		}
	}
}

void iw_python_import(struct python *python, const struct py_node *node)
{
	if (node->kind == PY_FROM) {
		import_from(python, node);
		return;
	}
	for (guint i = 0; i < node->count; i++) {
		const struct py_node *alias = node->items[i];
		if (alias->a != NULL || strchr(alias->text, '.') == NULL)
			iw_python_bind(python, alias->a != NULL ? alias->a->text : alias->text, &iw_python_other);
	}
}

static const struct refs_model *resolve_name(struct python *python, const char *name)
{
	for (const struct python_scope *scope = python->scope; scope != NULL; scope = scope->parent) {
		gpointer model;
		if (g_hash_table_lookup_extended(scope->names, name, NULL, &model))
			return model;
	}
	for (guint i = 0; i < python->stars->len; i++) {
		const struct refs_model *model =
			iw_refs_find_model(python->file->private, name, python->stars->pdata[i]);
		if (model != NULL && model->is_known) {
			mention(python, model);
			return model;
		}
	}
	return NULL;
}

/* annotations -------------------------------------------------------------------------------------------------------
 */

const struct refs_model *iw_python_annotated(struct python *python, const struct py_node *node)
{
	if (node == NULL || python->depth > DEEPEST)
		return NULL;
	const struct refs_model *model = NULL;
	python->depth++;
	if (node->kind == PY_NAME || node->kind == PY_ATTRIBUTE) {
		model = iw_python_resolve(python, node);
	} else if (node->kind == PY_STRING) {
		/* "list[User]" */
		const char *inner = strrchr(node->text, '[');
		const char *begin = inner == NULL ? node->text : inner + 1;
		g_autofree char *name = g_strndup(begin, strcspn(begin, "]|, "));
		const char *dot = strrchr(name, '.');
		model = resolve_name(python, dot == NULL ? name : dot + 1);
	} else if (node->kind == PY_BINARY) {
		model = iw_python_annotated(python, node->a);
	} else if (node->kind == PY_SUBSCRIPT) {
		const struct py_node *of = node->b;
		if (of != NULL && of->kind == PY_TUPLE && of->count > 0)
			of = of->items[of->count - 1];
		model = iw_python_annotated(python, of);
	}
	python->depth--;
	return model == &iw_python_other ? NULL : model;
}

/* expressions -------------------------------------------------------------------------------------------------------
 */

/* Methods of querysets, sessions and results that give the same model again. */
static bool keeps_model(const char *name)
{
	static const char *const methods[] = {
		"objects",
		"all",
		"filter",
		"exclude",
		"get",
		"first",
		"last",
		"order_by",
		"create",
		"select_related",
		"prefetch_related",
		"distinct",
		"annotate",
		"only",
		"defer",
		"select_for_update",
		"using",
		"latest",
		"earliest",
		"reverse",
		"none",
		"iterator",
		"filter_by",
		"query",
		"where",
		"limit",
		"offset",
		"scalars",
		"scalar",
		"scalar_one",
		"scalar_one_or_none",
		"one",
		"one_or_none",
		"unique",
		"options",
		"join",
		"outerjoin",
		"group_by",
		"having",
		"alias",
		"union",
		"c",
		"columns",
		"_default_manager",
		"_base_manager",
		"bulk_create",
		"aget",
		"afirst",
		"acreate",
		"first_or_404",
		"get_or_404",
		"populate_existing",
		"with_for_update",
		"execution_options",
		"active",
		"with_entities",
		"insert",
		"update",
		"delete",
		"select",
		"values",
		"__table__",
	};
	return is_in(name, methods, G_N_ELEMENTS(methods)) || g_str_has_suffix(name, "_objects") ||
	       g_str_has_suffix(name, "_manager");
}

static const struct refs_model *resolve_attribute(struct python *python, const struct py_node *node)
{
	const struct refs_private *self = python->file->private;
	const char *name = node->text;
	const struct refs_model *of = iw_python_resolve(python, node->a);
	if (of == &iw_python_self) {
		bool is_served =
			python->class != NULL && python->class->serves != NULL &&
			(strcmp(name, "instance") == 0 || strcmp(name, "object") == 0 ||
			 strcmp(name, "queryset") == 0 || strcmp(name, "model") == 0 || strcmp(name, "obj") == 0);
		if (is_served)
			return python->class->serves;
		of = NULL;
	}
	if (of == &iw_python_other && node->a->kind == PY_NAME) {
		/* models.User, where `models` is a module of the project */
		const struct refs_model *model = g_ascii_isupper(*name) ? iw_refs_find_model(self, name, NULL) : NULL;
		bool is_models = strstr(node->a->text, "model") != NULL;
		return is_models && model != NULL && model->is_known ? model : &iw_python_other;
	}
	if (of == NULL || of == &iw_python_other) {
		/* request.user, self.request.user */
		bool is_request = node->a->kind == PY_NAME || node->a->kind == PY_ATTRIBUTE;
		if (is_request && strcmp(name, "user") == 0 && strcmp(node->a->text, "request") == 0)
			return iw_refs_user_model(self);
		return of;
	}
	if (keeps_model(name) && iw_refs_find_field(self, of, name) == NULL)
		return of;
	const struct refs_model *related = iw_refs_related(self, of, name);
	return related;
}

static const struct refs_model *first_argument(struct python *python, const struct py_node *call)
{
	const struct refs_model *model = call->count == 0 || call->items[0]->kind == PY_KEYWORD
						 ? NULL
						 : iw_python_resolve(python, call->items[0]);
	return model == &iw_python_self ? NULL : model;
}

/* apps.get_model("shop", "Order"), apps.get_model("shop.Order"): it may be the model as a migration has it, so that its
 * uses are likely ones. */
static const struct refs_model *model_by_label(struct python *python, const struct py_node *call)
{
	const char *parts[2] = {NULL, NULL};
	for (guint i = 0; i < call->count && i < 2; i++)
		parts[i] = call->items[i]->kind == PY_STRING ? call->items[i]->text : NULL;
	if (parts[0] == NULL)
		return NULL;
	g_autofree char *label = parts[1] == NULL ? g_strdup(parts[0]) : g_strdup_printf("%s.%s", parts[0], parts[1]);
	mention(python, iw_refs_model_of_label(python->file->private, label));
	return NULL;
}

static const struct refs_model *resolve_call(struct python *python, const struct py_node *node)
{
	static const char *const takers[] = {"get_object_or_404",
					     "aget_object_or_404",
					     "get_list_or_404",
					     "select",
					     "query",
					     "get",
					     "insert",
					     "update",
					     "delete",
					     "aliased",
					     "list",
					     "reversed",
					     "sorted",
					     "iter",
					     "next",
					     "scalars",
					     "scalar",
					     "execute",
					     "copy",
					     "deepcopy",
					     "cast",
					     "filter_queryset",
					     "get_one",
					     "select_from"};
	const char *name = iw_python_called(node);
	if (name == NULL)
		return NULL;
	if (strcmp(name, "get_user_model") == 0) {
		const struct refs_model *user = iw_refs_user_model(python->file->private);
		mention(python, user);
		return user;
	}
	if (strcmp(name, "get_model") == 0)
		return model_by_label(python, node);
	if (strcmp(name, "get_object") == 0 && python->class != NULL)
		return python->class->serves;
	if (node->a->kind == PY_NAME) {
		const struct refs_model *made = iw_python_resolve(python, node->a);
		if (made != NULL && made != &iw_python_other)
			return made;
		return is_in(name, takers, G_N_ELEMENTS(takers)) ? first_argument(python, node) : NULL;
	}
	const struct refs_model *of = iw_python_resolve(python, node->a->a);
	if (of != NULL && of != &iw_python_other && of != &iw_python_self) {
		if (keeps_model(name))
			return of;
		return g_str_has_prefix(name, "get_or_") || g_str_has_prefix(name, "values") ? NULL
		       : iw_refs_related(python->file->private, of, name) == NULL && node->count == 0 &&
				       iw_refs_find_field(python->file->private, of, name) == NULL &&
				       g_ascii_isupper(*node->a->text)
			       ? of
			       : NULL;
	}
	const struct refs_model *argument =
		is_in(name, takers, G_N_ELEMENTS(takers)) ? first_argument(python, node) : NULL;
	return argument == &iw_python_other ? NULL : argument;
}

const struct refs_model *iw_python_resolve(struct python *python, const struct py_node *node)
{
	const struct refs_model *model = NULL;
	if (node == NULL || python->depth > DEEPEST)
		return NULL;
	python->depth++;
	switch (node->kind) {
	case PY_NAME:
		model = resolve_name(python, node->text);
		break;
	case PY_ATTRIBUTE:
		model = resolve_attribute(python, node);
		break;
	case PY_CALL:
		model = resolve_call(python, node);
		break;
	case PY_SUBSCRIPT:
	case PY_AWAIT:
	case PY_NAMED:
		model = iw_python_resolve(python, node->kind == PY_NAMED ? node->b : node->a);
		break;
	case PY_BINARY:
		model = iw_python_resolve(python, node->a);
		break;
	case PY_OR:
	case PY_TERNARY:
		model = iw_python_resolve(python, node->kind == PY_OR ? node->items[0] : node->b);
		break;
	default:
		break;
	}
	python->depth--;
	return model;
}
