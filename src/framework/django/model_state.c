/* Models of a state from what operations say of them: fields, bases, Meta; see state.h. */
#include "framework/django/editor.h"
#include "framework/django/state.h"

#include <string.h>

/* small parts ------------------------------------------------------------------------------------------------------ */

static bool is_list(const struct iw_py_value *value)
{
	return value != NULL && (value->kind == IW_PY_LIST || value->kind == IW_PY_TUPLE || value->kind == IW_PY_SET);
}

static const char *reason_of(struct django_context *context, const struct iw_py_value *value)
{
	const struct iw_py_value *unknown = iw_py_unknown_in(value);
	if (unknown != NULL)
		return unknown->text;
	return iw_arena_printf(context->arena, "%s is not looked into", iw_py_repr(context->python, value));
}

static GPtrArray *texts_of(iw_arena *arena, const struct iw_py_value *list)
{
	GPtrArray *texts = iw_arena_ptr_array(arena);
	for (guint i = 0; i < list->items->len; i++) {
		const char *text = iw_py_text(list->items->pdata[i]);
		if (text == NULL)
			return NULL;
		g_ptr_array_add(texts, (char *)text);
	}
	return texts;
}

static bool has_set(const GPtrArray *sets, const GPtrArray *wanted)
{
	for (guint i = 0; i < sets->len; i++) {
		const GPtrArray *set = sets->pdata[i];
		guint same = 0;
		while (set->len == wanted->len && same < set->len && strcmp(set->pdata[same], wanted->pdata[same]) == 0)
			same++;
		if (set->len == wanted->len && same == set->len)
			return true;
	}
	return false;
}

GPtrArray *iw_django_normalize_together(iw_arena *arena, const struct iw_py_value *value)
{
	GPtrArray *sets = iw_arena_ptr_array(arena);
	if (value == NULL || value->kind == IW_PY_NONE)
		return sets;
	if (!is_list(value))
		return NULL;
	if (value->items->len > 0 && !is_list(value->items->pdata[0])) {
		GPtrArray *only = texts_of(arena, value);
		if (only == NULL)
			return NULL;
		g_ptr_array_add(sets, only);
		return sets;
	}
	for (guint i = 0; i < value->items->len; i++) {
		GPtrArray *set = is_list(value->items->pdata[i]) ? texts_of(arena, value->items->pdata[i]) : NULL;
		if (set == NULL)
			return NULL;
		if (!has_set(sets, set))
			g_ptr_array_add(sets, set);
	}
	return sets;
}

/* Meta ------------------------------------------------------------------------------------------------------------- */

/* What Meta says of a model, as it is gathered from its options. */
struct settling {
	struct django_context *context;
	struct django_model *model;
	const char *why; /* the first reason why something is not known */
};

static void doubt(struct settling *self, const struct iw_py_value *value, const char *name)
{
	if (self->why == NULL)
		self->why = iw_arena_printf(self->context->arena, "%s of %s: %s", name, self->model->name,
					    reason_of(self->context, value));
}

static const struct iw_py_value *option(const struct settling *self, const char *name)
{
	const struct iw_py_value *value = g_hash_table_lookup(self->model->options, name);
	return value == NULL || value->kind == IW_PY_NONE ? NULL : value;
}

static const char *text_option(struct settling *self, const char *name)
{
	const struct iw_py_value *value = option(self, name);
	const char *text = value == NULL ? NULL : iw_py_text(value);
	if (value != NULL && text == NULL)
		doubt(self, value, name);
	return text == NULL || *text == '\0' ? NULL : text;
}

static bool flag_option(struct settling *self, const char *name, bool standard)
{
	const struct iw_py_value *value = g_hash_table_lookup(self->model->options, name);
	int truth = value == NULL ? standard : iw_py_truth(value);
	if (truth < 0)
		doubt(self, value, name);
	return truth < 0 ? standard : truth;
}

static const char *default_tablespace(struct settling *self)
{
	GHashTable *values = self->context->settings->values;
	const struct iw_py_value *value = values == NULL ? NULL : g_hash_table_lookup(values, "DEFAULT_TABLESPACE");
	const char *text = value == NULL ? NULL : iw_py_text(value);
	if (value != NULL && text == NULL)
		doubt(self, value, "DEFAULT_TABLESPACE");
	return text == NULL || *text == '\0' ? NULL : text;
}

/* The model that stands for this one; NULL: none does. */
static const char *swapped_for(struct settling *self, const char *setting)
{
	const struct iw_django_settings *settings = self->context->settings;
	if (strcmp(setting, "AUTH_USER_MODEL") == 0)
		return settings->auth_user_model == NULL ? "auth.User" : settings->auth_user_model;
	const char *known = settings->swappable == NULL ? NULL : g_hash_table_lookup(settings->swappable, setting);
	const struct iw_py_value *value =
		known != NULL || settings->values == NULL ? NULL : g_hash_table_lookup(settings->values, setting);
	const char *text = known != NULL ? known : value == NULL ? NULL : iw_py_text(value);
	if (text == NULL && value != NULL && value->kind != IW_PY_NONE)
		doubt(self, value, setting);
	return text == NULL || *text == '\0' ? NULL : text;
}

static bool is_swapped(struct settling *self)
{
	const char *setting = text_option(self, "swappable");
	const char *other = setting == NULL ? NULL : swapped_for(self, setting);
	if (other == NULL)
		return false;
	iw_arena *arena = self->context->arena;
	return strcmp(iw_django_model_key(arena, "", other), self->model->key) != 0;
}

static const char *own_table(const struct settling *self)
{
	iw_arena *arena = self->context->arena;
	const struct django_model *model = self->model;
	const char *table = iw_arena_printf(arena, "%s_%s", model->app_label, iw_django_lower(arena, model->name));
	return iw_django_truncate_name(arena, table, iw_django_longest_name(self->context), 4);
}

static void settle_requirements(struct settling *self)
{
	const struct iw_py_value *features = option(self, "required_db_features");
	const char *vendor = text_option(self, "required_db_vendor");
	static const char *const vendors[] = {"postgresql", "mysql", "sqlite"};
	self->model->is_elsewhere = vendor != NULL && strcmp(vendor, vendors[self->context->engine.dialect]) != 0;
	bool is_open = features != NULL && vendor == NULL && (!is_list(features) || features->items->len > 0);
	if (is_open && self->why == NULL)
		self->why = iw_arena_printf(self->context->arena,
					    "required_db_features of %s: which of them the database has is not known",
					    self->model->name);
}

void iw_django_settle_model(struct django_context *context, struct django_model *model)
{
	struct settling self = {context, model, NULL};
	const char *table = text_option(&self, "db_table");
	model->is_db_table_given = table != NULL;
	model->db_table = table != NULL ? table : own_table(&self);
	model->db_table_comment = text_option(&self, "db_table_comment");
	model->db_tablespace = g_hash_table_contains(model->options, "db_tablespace")
				       ? text_option(&self, "db_tablespace")
				       : default_tablespace(&self);
	model->is_managed = flag_option(&self, "managed", true);
	model->is_proxy = flag_option(&self, "proxy", false);
	model->is_abstract = flag_option(&self, "abstract", false);
	model->order_with_respect_to = text_option(&self, "order_with_respect_to");
	model->swapped = is_swapped(&self);
	settle_requirements(&self);
	model->unknown = model->doubt != NULL ? model->doubt : self.why;
}

/* options ---------------------------------------------------------------------------------------------------------- */

static void take_indexes(struct django_context *context, struct django_model *model, const struct iw_py_value *list,
			 bool are_constraints)
{
	GPtrArray *all = iw_arena_ptr_array(context->arena);
	if (list != NULL && !is_list(list) && list->kind != IW_PY_NONE && model->doubt == NULL)
		model->doubt = reason_of(context, list);
	for (guint i = 0; is_list(list) && i < list->items->len; i++) {
		struct iw_py_value *value = list->items->pdata[i];
		g_ptr_array_add(all, are_constraints ? (void *)iw_django_constraint_new(context, value)
						     : (void *)iw_django_index_new(context, value));
	}
	*(are_constraints ? &model->constraints : &model->indexes) = all;
}

static void take_together(struct django_context *context, struct django_model *model, const struct iw_py_value *value,
			  GPtrArray **sets)
{
	GPtrArray *normal = iw_django_normalize_together(context->arena, value);
	if (normal == NULL && model->doubt == NULL)
		model->doubt = reason_of(context, value);
	*sets = normal == NULL ? iw_arena_ptr_array(context->arena) : normal;
}

static void take_option(struct django_context *context, struct django_model *model, const char *name,
			struct iw_py_value *value)
{
	if (strcmp(name, "indexes") == 0)
		take_indexes(context, model, value, false);
	else if (strcmp(name, "constraints") == 0)
		take_indexes(context, model, value, true);
	else if (strcmp(name, "unique_together") == 0)
		take_together(context, model, value, &model->unique_together);
	else if (strcmp(name, "index_together") == 0)
		take_together(context, model, value, &model->index_together);
	else
		g_hash_table_insert(model->options, (char *)name, value);
}

static void own_options(struct django_context *context, struct django_model *model)
{
	GHashTable *old = model->options;
	GHashTableIter iterator;
	gpointer name, value;
	model->options = iw_arena_hash_table(context->arena, g_str_hash, g_str_equal);
	g_hash_table_iter_init(&iterator, old);
	while (g_hash_table_iter_next(&iterator, &name, &value))
		g_hash_table_insert(model->options, name, value);
}

static void take_options(struct django_context *context, struct django_model *model, const struct iw_py_value *options)
{
	if (options == NULL || options->kind == IW_PY_NONE)
		return;
	if (options->kind != IW_PY_DICT) {
		model->doubt = model->doubt != NULL ? model->doubt : reason_of(context, options);
		return;
	}
	for (guint i = 0; i < options->items->len; i++) {
		const char *name = iw_py_text(options->items->pdata[i]);
		if (name != NULL)
			take_option(context, model, name, options->values->pdata[i]);
		else if (model->doubt == NULL)
			model->doubt = reason_of(context, options->items->pdata[i]);
	}
}

void iw_django_set_options(struct django_context *context, struct django_model *model,
			   const struct iw_py_value *options, const char *const *keys)
{
	own_options(context, model);
	for (size_t i = 0; keys != NULL && keys[i] != NULL; i++)
		g_hash_table_remove(model->options, keys[i]);
	/* Those that are given stay, or come: alter_model_options() updates, then takes away what is missing. */
	take_options(context, model, options);
	iw_django_settle_model(context, model);
}

void iw_django_set_option(struct django_context *context, struct django_model *model, const char *name,
			  struct iw_py_value *value)
{
	own_options(context, model);
	take_option(context, model, name, value);
	iw_django_settle_model(context, model);
}

/* CreateModel ------------------------------------------------------------------------------------------------------ */

static void take_fields(struct django_context *context, struct django_model *model, const struct iw_py_value *fields)
{
	if (fields == NULL || !is_list(fields)) {
		model->doubt = fields == NULL ? "its fields are not given" : reason_of(context, fields);
		return;
	}
	for (guint i = 0; i < fields->items->len; i++) {
		const struct iw_py_value *pair = fields->items->pdata[i];
		const char *name = is_list(pair) && pair->items->len == 2 ? iw_py_text(pair->items->pdata[0]) : NULL;
		if (name == NULL) {
			model->doubt = model->doubt != NULL ? model->doubt : reason_of(context, pair);
			continue;
		}
		struct django_field *field =
			iw_django_field_new(context, model->app_label, model->name, name, pair->items->pdata[1]);
		int index = iw_django_field_index(model, name);
		if (index >= 0)
			model->fields->pdata[index] = field;
		else
			g_ptr_array_add(model->fields, field);
	}
}

/* Is it a class attribute that makes no column? */
static bool has_no_column(struct django_context *context, const struct iw_py_value *value)
{
	static const enum iw_py_kind plain[] = {IW_PY_NONE,	IW_PY_BOOLEAN, IW_PY_INTEGER, IW_PY_STRING,
						IW_PY_FUNCTION, IW_PY_CLASS,   IW_PY_DICT};
	const char *path = value->kind == IW_PY_CALL ? iw_py_path(context->python, value) : NULL;
	for (size_t i = 0; i < G_N_ELEMENTS(plain); i++)
		if (value->kind == plain[i])
			return true;
	return is_list(value) || (path != NULL && g_str_has_prefix(path, "django.") &&
				  (g_str_has_suffix(path, ".GenericRelation") || g_str_has_suffix(path, ".Manager")));
}

/* An abstract model that gives no columns, nor do those that it derives from: as good as a mixin. */
static bool is_without_columns(struct django_context *context, const struct iw_py_value *class, int depth)
{
	if (class->kind == IW_PY_FOREIGN)
		return strcmp(class->text, "django.db.models.Model") == 0 ||
		       strcmp(class->text, "builtins.object") == 0;
	if (class->kind != IW_PY_CLASS || depth > 20 || class->attributes == NULL || class->bases == NULL)
		return false;
	const struct iw_py_value *meta = g_hash_table_lookup(class->attributes, "Meta");
	const struct iw_py_value *abstract =
		meta == NULL || meta->attributes == NULL ? NULL : g_hash_table_lookup(meta->attributes, "abstract");
	bool is_model = iw_py_is_subclass(context->python, (struct iw_py_value *)class, "django.db.models.Model");
	if (is_model && (abstract == NULL || iw_py_truth(abstract) != 1))
		return false;
	GHashTableIter iter;
	gpointer value;
	g_hash_table_iter_init(&iter, class->attributes);
	while (g_hash_table_iter_next(&iter, NULL, &value))
		if (!has_no_column(context, value))
			return false;
	for (guint i = 0; i < class->bases->len; i++)
		if (!is_without_columns(context, class->bases->pdata[i], depth + 1))
			return false;
	return true;
}

/* makemigrations writes models that it derives from as "app.model", and mixins without fields as classes. */
static void take_base(struct django_context *context, struct django_model *model, const struct iw_py_value *base)
{
	const char *name = iw_py_text(base);
	if (name != NULL) {
		g_ptr_array_add(model->bases, (char *)iw_django_model_key(context->arena, model->app_label, name));
		return;
	}
	bool is_model = base->kind == IW_PY_CLASS && iw_py_is_subclass(context->python, base, "django.db.models.Model");
	bool is_known = base->kind == IW_PY_CLASS || base->kind == IW_PY_FOREIGN || base->kind == IW_PY_ATTRIBUTE;
	if (is_known && (!is_model || is_without_columns(context, base, 0)))
		return;
	if (model->doubt == NULL)
		model->doubt =
			is_model ? iw_arena_printf(context->arena, "its base %s is a class, not a name", base->text)
				 : reason_of(context, base);
}

static void take_bases(struct django_context *context, struct django_model *model, const struct iw_py_value *bases)
{
	if (bases == NULL || bases->kind == IW_PY_NONE)
		return;
	if (!is_list(bases)) {
		model->doubt = model->doubt != NULL ? model->doubt : reason_of(context, bases);
		return;
	}
	for (guint i = 0; i < bases->items->len; i++)
		take_base(context, model, bases->items->pdata[i]);
}

/* "%(app_label)s_%(class)s_x" of an abstract Meta; makemigrations writes names in full. */
static const char *interpolated(iw_arena *arena, const struct django_model *model, const char *name)
{
	if (name == NULL || strstr(name, "%(") == NULL)
		return name;
	return iw_django_format(arena, name, "app_label", iw_django_lower(arena, model->app_label), "class",
				iw_django_lower(arena, model->name), NULL);
}

static void interpolate_names(iw_arena *arena, struct django_model *model)
{
	for (guint i = 0; i < model->indexes->len; i++) {
		struct django_index *index = model->indexes->pdata[i];
		index->name = interpolated(arena, model, index->name);
	}
	for (guint i = 0; i < model->constraints->len; i++) {
		struct django_constraint *constraint = model->constraints->pdata[i];
		constraint->name = interpolated(arena, model, constraint->name);
	}
}

struct django_model *iw_django_model_new(struct django_context *context, const char *app_label, const char *name,
					 struct iw_place place, const struct iw_py_value *fields,
					 const struct iw_py_value *options, const struct iw_py_value *bases)
{
	iw_arena *arena = context->arena;
	struct django_model *model = iw_new(arena, struct django_model);
	*model = (struct django_model){
		.app_label = app_label,
		.name = name,
		.key = iw_django_model_key(arena, app_label, name),
		.place = place,
		.fields = iw_arena_ptr_array(arena),
		.bases = iw_arena_ptr_array(arena),
		.unique_together = iw_arena_ptr_array(arena),
		.index_together = iw_arena_ptr_array(arena),
		.indexes = iw_arena_ptr_array(arena),
		.constraints = iw_arena_ptr_array(arena),
		.options = iw_arena_hash_table(arena, g_str_hash, g_str_equal),
	};
	take_fields(context, model, fields);
	take_bases(context, model, bases);
	take_options(context, model, options);
	interpolate_names(arena, model);
	iw_django_settle_model(context, model);
	return model;
}
