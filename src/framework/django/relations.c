/*
 * What models are once they are together: ids and links to parents that the migration does not write, through tables,
 * what foreign keys lead to and what leads to a model. After ModelState.render(), db/models/base.py, options.py and
 * fields/related.py.
 */
#include "framework/django/editor.h"
#include "framework/django/state.h"

#include <string.h>

/* A model as Django's metaclass makes it; kept with the state until that changes. */
struct django_rendered {
	GPtrArray *fields, *many_to_many; /* struct django_field * */
	GPtrArray *parents;		  /* char *: keys of concrete models that it derives from */
	const struct django_field *pk;	  /* NULL: a proxy, or its own parent has it */
	GHashTable *through;		  /* char * field -> struct django_model * */
	const char *missing;		  /* a model that it derives from and that is not known; NULL */
};

/* parents ---------------------------------------------------------------------------------------------------------- */

/* The model whose table a proxy stands for. NULL: it is not there, or proxies go round in a circle. */
static const struct django_model *concrete_model(const iw_django_state *state, const struct django_model *model)
{
	for (int depth = 0; model != NULL && model->is_proxy; depth++) {
		if (depth == 100 || model->bases->len == 0)
			return NULL;
		const char *key = model->bases->pdata[0];
		model = iw_django_find_model(state, key).model;
	}
	return model;
}

static bool has_text(const GPtrArray *list, const char *text)
{
	for (guint i = 0; i < list->len; i++)
		if (strcmp(list->pdata[i], text) == 0)
			return true;
	return false;
}

/* The link that the migration itself writes; nothing else of the parent is needed for most that is done to a child. */
static bool has_own_link(const struct django_model *model, const char *key)
{
	for (guint i = 0; i < model->fields->len; i++) {
		const struct django_field *field = model->fields->pdata[i];
		if (field->is_parent_link && field->to != NULL && strcmp(field->to, key) == 0)
			return true;
	}
	return false;
}

static void find_parents(const iw_django_state *state, const struct django_model *model,
			 struct django_rendered *rendered)
{
	for (guint i = 0; i < model->bases->len; i++) {
		const char *key = model->bases->pdata[i];
		const struct django_model *base = concrete_model(state, iw_django_find_model(state, key).model);
		if (base == NULL && !has_own_link(model, key))
			rendered->missing = key;
		else if (base != model && !has_text(rendered->parents, base == NULL ? key : base->key))
			g_ptr_array_add(rendered->parents, (char *)(base == NULL ? key : base->key));
	}
}

/* fields that Django adds -------------------------------------------------------------------------------------------
 */

static struct django_field *find_field(const struct django_rendered *rendered, const char *name)
{
	for (guint i = 0; i < rendered->fields->len; i++) {
		struct django_field *field = rendered->fields->pdata[i];
		if (strcmp(field->name, name) == 0)
			return field;
	}
	return NULL;
}

static void set_argument(struct django_context *context, struct django_field *field, const char *name,
			 struct iw_py_value *value)
{
	if (field->arguments == NULL)
		field->arguments = iw_arena_hash_table(context->arena, g_str_hash, g_str_equal);
	g_hash_table_insert(field->arguments, (char *)name, value);
}

static void set_flag(struct django_context *context, struct django_field *field, const char *name, bool *flag)
{
	*flag = true;
	set_argument(context, field, name, iw_py_new_boolean(context->python, true));
}

static void make_primary_key(struct django_context *context, struct django_field *field)
{
	set_flag(context, field, "primary_key", &field->primary_key);
	field->unique = true;
}

static struct django_field *make_relation(struct django_context *context, const char *path, const char *name,
					  const char *to)
{
	struct django_field *field = iw_django_field_make(context, path, name);
	field->to = to;
	field->is_relation = field->db_constraint = true;
	field->on_delete = "CASCADE";
	set_argument(context, field, "to", iw_py_new_string(context->python, to));
	set_argument(context, field, "on_delete", iw_py_new_foreign(context->python, "django.db.models.CASCADE"));
	return field;
}

/* DEFAULT_AUTO_FIELD; what an AppConfig says does not count in migrations. */
static struct django_field *make_id(struct django_context *context)
{
	const char *path = context->settings->default_auto_field;
	if (path == NULL)
		path = context->version >= 60000 ? "django.db.models.BigAutoField" : "django.db.models.AutoField";
	struct django_field *field = iw_django_field_make(context, path, "id");
	set_argument(context, field, "verbose_name", iw_py_new_string(context->python, "ID"));
	set_flag(context, field, "auto_created", &field->auto_created);
	make_primary_key(context, field);
	return field;
}

static struct django_field *make_order(struct django_context *context)
{
	struct django_field *field = iw_django_field_make(context, "django.db.models.OrderWrt", "_order");
	set_argument(context, field, "editable", iw_py_new_boolean(context->python, false));
	return field;
}

static struct django_field *parent_link(const struct django_rendered *rendered, const char *key)
{
	for (guint i = 0; i < rendered->fields->len; i++) {
		struct django_field *field = rendered->fields->pdata[i];
		if (field->is_parent_link && field->to != NULL && strcmp(field->to, key) == 0)
			return field;
	}
	return NULL;
}

/* The first that Django makes by itself has the highest creation counter of those, so it comes last among them. */
static void add_first(struct django_rendered *rendered, struct django_field *field)
{
	g_ptr_array_insert(rendered->fields, 0, field);
}

static struct django_field *link_to_parent(struct django_context *context, struct django_rendered *rendered,
					   const char *key)
{
	struct django_field *field = parent_link(rendered, key);
	const char *name = iw_arena_printf(context->arena, "%s_ptr", strchr(key, '.') + 1);
	if (field == NULL)
		field = find_field(rendered, name);
	if (field != NULL)
		return field;
	field = make_relation(context, "django.db.models.OneToOneField", name, key);
	field->unique = true;
	set_flag(context, field, "auto_created", &field->auto_created);
	set_flag(context, field, "parent_link", &field->is_parent_link);
	add_first(rendered, field);
	return field;
}

static void replace_field(struct django_rendered *rendered, const struct django_field *old, struct django_field *field)
{
	guint index;
	if (g_ptr_array_find(rendered->fields, old, &index))
		rendered->fields->pdata[index] = field;
}

static void add_implicit(const iw_django_state *state, const struct django_model *model,
			 struct django_rendered *rendered)
{
	struct django_context *context = state->context;
	struct django_field *link = NULL;
	for (guint i = 0; i < rendered->parents->len; i++) {
		struct django_field *one = link_to_parent(context, rendered, rendered->parents->pdata[i]);
		link = link == NULL ? one : link;
	}
	if (rendered->pk == NULL && link != NULL) {
		struct django_field *key = iw_django_field_copy(context->arena, link);
		key->arguments = NULL;
		GHashTableIter iterator;
		gpointer name, value;
		g_hash_table_iter_init(&iterator, link->arguments);
		while (g_hash_table_iter_next(&iterator, &name, &value))
			set_argument(context, key, name, value);
		make_primary_key(context, key);
		replace_field(rendered, link, key);
		rendered->pk = key;
	} else if (rendered->pk == NULL) {
		struct django_field *id = make_id(context);
		add_first(rendered, id);
		rendered->pk = id;
	}
	if (model->order_with_respect_to != NULL && find_field(rendered, "_order") == NULL)
		g_ptr_array_add(rendered->fields, make_order(context));
}

/* rendering -------------------------------------------------------------------------------------------------------- */

static struct django_rendered *render(const iw_django_state *state, const struct django_model *model)
{
	iw_arena *arena = state->context->arena;
	struct django_rendered *rendered = iw_new(arena, struct django_rendered);
	*rendered = (struct django_rendered){
		.fields = iw_arena_ptr_array(arena),
		.many_to_many = iw_arena_ptr_array(arena),
		.parents = iw_arena_ptr_array(arena),
		.through = iw_arena_hash_table(arena, g_str_hash, g_str_equal),
	};
	for (guint i = 0; i < model->fields->len; i++) {
		struct django_field *field = model->fields->pdata[i];
		if (field->primary_key && rendered->pk == NULL)
			rendered->pk = field;
		if (field->is_many_to_many)
			g_ptr_array_add(rendered->many_to_many, field);
		else if (field->auto_created)
			add_first(rendered, field);
		else
			g_ptr_array_add(rendered->fields, field);
	}
	find_parents(state, model, rendered);
	if (!model->is_proxy && !model->has_no_key)
		add_implicit(state, model, rendered);
	return rendered;
}

static struct django_rendered *rendered_of(struct django_model_ref ref)
{
	iw_django_state *state = (iw_django_state *)ref.state;
	if (state->rendered == NULL)
		state->rendered = iw_arena_hash_table(state->context->arena, NULL, NULL);
	struct django_rendered *rendered = g_hash_table_lookup(state->rendered, ref.model);
	if (rendered == NULL) {
		rendered = render(state, ref.model);
		g_hash_table_insert(state->rendered, (struct django_model *)ref.model, rendered);
	}
	if (rendered->missing != NULL)
		iw_django_fail(state->context, ref.model->place, "%s derives from %s, which is not known",
			       ref.model->name, rendered->missing);
	return rendered;
}

GPtrArray *iw_django_parents(struct django_model_ref model)
{
	return rendered_of(model)->parents;
}

GPtrArray *iw_django_local_fields(struct django_model_ref model)
{
	return rendered_of(model)->fields;
}

GPtrArray *iw_django_local_many_to_many(struct django_model_ref model)
{
	return rendered_of(model)->many_to_many;
}

/* one field -------------------------------------------------------------------------------------------------------- */

static const struct django_field *field_in(struct django_context *context, const GPtrArray *fields, const char *name)
{
	for (guint i = 0; i < fields->len; i++) {
		const struct django_field *field = fields->pdata[i];
		if (strcmp(field->name, name) == 0)
			return field;
	}
	for (guint i = 0; i < fields->len; i++) {
		const struct django_field *field = fields->pdata[i];
		const char *attname = field->is_relation ? iw_django_attname(context, field) : NULL;
		if (attname != NULL && strcmp(attname, name) == 0)
			return field;
	}
	return NULL;
}

static struct django_field_ref get_field(struct django_model_ref model, const char *name, int depth)
{
	const struct django_rendered *rendered = rendered_of(model);
	struct django_context *context = model.state->context;
	const struct django_field *field = field_in(context, rendered->fields, name);
	if (field == NULL)
		field = field_in(context, rendered->many_to_many, name);
	struct django_field_ref found = {model.state, model.model, field};
	for (guint i = 0; found.field == NULL && i < rendered->parents->len && depth < 100; i++) {
		const char *key = rendered->parents->pdata[i];
		struct django_model_ref parent = iw_django_find_model(model.state, key);
		if (parent.model != NULL)
			found = get_field(parent, name, depth + 1);
		else
			iw_django_fail(context, model.model->place, "%s derives from %s, which is not known",
				       model.model->name, key);
	}
	if (found.field == NULL)
		found.model = model.model;
	return found;
}

struct django_field_ref iw_django_get_field(struct django_model_ref model, const char *name)
{
	if (model.model == NULL)
		return (struct django_field_ref){model.state, NULL, NULL};
	return strcmp(name, "pk") == 0 ? iw_django_primary_key(model) : get_field(model, name, 0);
}

struct django_field_ref iw_django_primary_key(struct django_model_ref model)
{
	const struct django_model *concrete = concrete_model(model.state, model.model);
	if (concrete == NULL)
		return (struct django_field_ref){model.state, model.model, NULL};
	const struct django_rendered *rendered = rendered_of((struct django_model_ref){model.state, concrete});
	return (struct django_field_ref){model.state, concrete, rendered->pk};
}

/* what a field leads to ----------------------------------------------------------------------------------------------
 */

/* A model by its key, as long as it is known what it is; else the reason is kept. */
static const struct django_model *known_model(const iw_django_state *state, const char *key, struct iw_place place)
{
	const struct django_model *model = iw_django_find_model(state, key).model;
	if (model == NULL) {
		const char *label = iw_arena_strndup(state->context->arena, key, strcspn(key, "."));
		const char *why = iw_django_state_doubt(state, label);
		return iw_django_fail(state->context, place, "what the model %s is is not known%s%s", key,
				      why == NULL ? "" : ": ", why == NULL ? "" : why);
	}
	if (model->unknown != NULL)
		return iw_django_fail(state->context, place, "what the model %s is is not known: %s", key,
				      model->unknown);
	return model;
}

struct django_field_ref iw_django_target(struct django_field_ref field)
{
	struct django_field_ref nothing = {field.state, NULL, NULL};
	if (field.field->to == NULL)
		return nothing;
	const struct django_model *model = known_model(field.state, field.field->to, field.field->place);
	const struct django_model *concrete = model == NULL ? NULL : concrete_model(field.state, model);
	if (concrete == NULL)
		return nothing;
	struct django_model_ref ref = {field.state, concrete};
	if (field.field->is_many_to_many)
		return (struct django_field_ref){field.state, concrete, NULL};
	struct django_field_ref target = field.field->to_field == NULL
						 ? iw_django_primary_key(ref)
						 : iw_django_get_field(ref, field.field->to_field);
	if (target.field != NULL)
		return target;
	iw_django_fail(field.state->context, field.field->place, "%s has no field named '%s'", concrete->name,
		       field.field->to_field == NULL ? "pk" : field.field->to_field);
	return nothing;
}

/* through models --------------------------------------------------------------------------------------------------- */

/* strip_quotes() */
static const char *unquoted(iw_arena *arena, const char *table)
{
	size_t length = strlen(table);
	bool is_quoted = length > 1 && table[0] == '"' && table[length - 1] == '"';
	return is_quoted ? iw_arena_strndup(arena, table + 1, length - 2) : table;
}

static const char *through_table(struct django_context *context, struct django_field_ref field)
{
	if (field.field->db_table != NULL)
		return field.field->db_table;
	const struct django_model *concrete = concrete_model(field.state, field.model);
	const char *owner = unquoted(context->arena, concrete == NULL ? field.model->db_table : concrete->db_table);
	const char *table = iw_arena_printf(context->arena, "%s_%s", owner, field.field->name);
	return iw_django_truncate_name(context->arena, table, iw_django_longest_name(context), 4);
}

static struct django_field *through_link(struct django_context *context, struct django_field_ref field,
					 const char *name, const char *to, const char *through)
{
	struct django_field *link = make_relation(context, "django.db.models.ForeignKey", name, to);
	link->place = field.field->place;
	link->db_index = true;
	link->db_constraint = field.field->db_constraint;
	link->db_tablespace = field.field->db_tablespace;
	set_argument(context, link, "related_name",
		     iw_py_new_string(context->python, iw_arena_printf(context->arena, "%s+", through)));
	if (!link->db_constraint)
		set_argument(context, link, "db_constraint", iw_py_new_boolean(context->python, false));
	return link;
}

/* create_many_to_many_intermediary_model() */
static struct django_model *make_through(struct django_field_ref field)
{
	struct django_context *context = field.state->context;
	iw_arena *arena = context->arena;
	const struct django_model *related = iw_django_find_model(field.state, field.field->to).model;
	const char *name = iw_arena_printf(arena, "%s_%s", field.model->name, field.field->name);
	const char *from = strchr(field.model->key, '.') + 1, *to = strchr(field.field->to, '.') + 1;
	if (strcmp(from, to) == 0) {
		from = iw_arena_printf(arena, "from_%s", from);
		to = iw_arena_printf(arena, "to_%s", to);
	}
	struct django_model *model = iw_django_model_new(context, field.model->app_label, name, field.field->place,
							 iw_py_new_list(context->python, IW_PY_LIST), NULL, NULL);
	g_ptr_array_add(model->fields, through_link(context, field, from, field.model->key, name));
	g_ptr_array_add(model->fields, through_link(context, field, to, field.field->to, name));
	GPtrArray *unique = iw_arena_ptr_array(arena);
	g_ptr_array_add(unique, (char *)from);
	g_ptr_array_add(unique, (char *)to);
	g_ptr_array_add(model->unique_together, unique);
	model->db_table = through_table(context, field);
	model->is_db_table_given = true;
	model->db_tablespace = field.model->db_tablespace;
	model->auto_created = true;
	model->is_managed = field.model->is_managed || (related != NULL && related->is_managed);
	return model;
}

struct django_model_ref iw_django_through(struct django_field_ref field)
{
	struct django_model_ref nothing = {field.state, NULL};
	if (field.field->through != NULL)
		return (struct django_model_ref){field.state,
						 known_model(field.state, field.field->through, field.field->place)};
	if (field.field->to == NULL || field.model->swapped) {
		iw_django_fail(field.state->context, field.field->place, "%s has no table of its own",
			       field.field->name);
		return nothing;
	}
	struct django_rendered *rendered = rendered_of((struct django_model_ref){field.state, field.model});
	struct django_model *model = g_hash_table_lookup(rendered->through, field.field->name);
	if (model == NULL) {
		model = make_through(field);
		g_hash_table_insert(rendered->through, (char *)field.field->name, model);
	}
	return (struct django_model_ref){field.state, model};
}

struct django_model_ref iw_django_auto_through(struct django_field_ref field)
{
	struct django_model_ref nothing = {field.state, NULL};
	bool is_auto = field.field->is_many_to_many && field.field->through == NULL;
	return is_auto ? iw_django_through(field) : nothing;
}

static bool leads_to(const struct django_field *field, const char *key)
{
	return field->to != NULL && strcmp(field->to, key) == 0;
}

/* Fields of the through model and of its parents that are relations, in order. */
static GPtrArray *relations_of(struct django_model_ref model, int depth)
{
	const struct django_rendered *rendered = rendered_of(model);
	GPtrArray *all = iw_arena_ptr_array(model.state->context->arena);
	for (guint i = 0; i < rendered->parents->len && depth < 100; i++) {
		struct django_model_ref parent = iw_django_find_model(model.state, rendered->parents->pdata[i]);
		GPtrArray *more = parent.model == NULL ? NULL : relations_of(parent, depth + 1);
		for (guint j = 0; more != NULL && j < more->len; j++)
			g_ptr_array_add(all, more->pdata[j]);
	}
	for (guint i = 0; i < rendered->fields->len; i++) {
		const struct django_field *field = rendered->fields->pdata[i];
		if (!field->is_relation)
			continue;
		struct django_field_ref *ref = iw_new(model.state->context->arena, struct django_field_ref);
		*ref = (struct django_field_ref){model.state, model.model, field};
		g_ptr_array_add(all, ref);
	}
	return all;
}

/* _get_m2m_attr(), _get_m2m_reverse_attr() */
struct django_field_ref iw_django_through_field(struct django_field_ref field, bool is_reverse)
{
	struct django_field_ref nothing = {field.state, NULL, NULL};
	struct django_model_ref through = iw_django_through(field);
	if (through.model == NULL)
		return nothing;
	const char *link = is_reverse ? field.field->through_to : field.field->through_from;
	const char *key = is_reverse ? field.field->to : field.model->key;
	bool skips_first = is_reverse && link == NULL && strcmp(field.field->to, field.model->key) == 0;
	GPtrArray *fields = relations_of(through, 0);
	for (guint i = 0; i < fields->len; i++) {
		const struct django_field_ref *one = fields->pdata[i];
		if (!leads_to(one->field, key) || (link != NULL && strcmp(link, one->field->name) != 0))
			continue;
		if (!skips_first)
			return *one;
		skips_first = false;
	}
	iw_django_fail(field.state->context, field.field->place, "%s has no foreign key to %s", through.model->name,
		       key);
	return nothing;
}

/* what leads to a model ----------------------------------------------------------------------------------------------
 */

static void add_pointing(iw_django_state *state, const struct django_model *model, const struct django_field *field,
			 const char *to)
{
	const struct django_model *target = iw_django_find_model(state, to).model;
	const struct django_model *concrete = target == NULL ? NULL : concrete_model(state, target);
	if (concrete == NULL)
		return;
	GPtrArray *list = g_hash_table_lookup(state->pointing, concrete->key);
	if (list == NULL) {
		list = iw_arena_ptr_array(state->context->arena);
		g_hash_table_insert(state->pointing, (char *)concrete->key, list);
	}
	struct django_field_ref *ref = iw_new(state->context->arena, struct django_field_ref);
	*ref = (struct django_field_ref){state, model, field};
	g_ptr_array_add(list, ref);
}

static void add_all_pointing(iw_django_state *state, const struct django_model *model)
{
	const struct django_rendered *rendered = rendered_of((struct django_model_ref){state, model});
	for (guint i = 0; i < rendered->many_to_many->len; i++) {
		const struct django_field *field = rendered->many_to_many->pdata[i];
		if (field->through != NULL || field->to == NULL)
			continue;
		const struct django_model *through =
			iw_django_through((struct django_field_ref){state, model, field}).model;
		for (guint j = 0; through != NULL && j < through->fields->len; j++) {
			const struct django_field *link = through->fields->pdata[j];
			add_pointing(state, through, link, link->to);
		}
	}
	for (guint i = 0; i < rendered->fields->len + rendered->many_to_many->len; i++) {
		const struct django_field *field = i < rendered->fields->len
							   ? rendered->fields->pdata[i]
							   : rendered->many_to_many->pdata[i - rendered->fields->len];
		if (field->to != NULL)
			add_pointing(state, model, field, field->to);
	}
}

/* What is not known may point to anything. */
static const char *pointing_doubt(const iw_django_state *state)
{
	for (guint i = 0; i < state->apps->len; i++) {
		const struct django_app_models *app = state->apps->pdata[i];
		if (app->unknown != NULL)
			return app->unknown;
		for (guint j = 0; j < app->models->len; j++) {
			const struct django_model *model = app->models->pdata[j];
			if (model->doubt != NULL)
				return model->doubt;
		}
	}
	return NULL;
}

GPtrArray *iw_django_related(struct django_model_ref model)
{
	iw_django_state *state = (iw_django_state *)model.state;
	const char *why = pointing_doubt(state);
	if (why != NULL)
		iw_django_fail(state->context, model.model->place, "what points to %s is not known: %s",
			       model.model->name, why);
	if (state->pointing == NULL) {
		state->pointing = iw_arena_hash_table(state->context->arena, g_str_hash, g_str_equal);
		GPtrArray *models = iw_django_models(state);
		for (guint i = 0; i < models->len; i++)
			if (!((const struct django_model *)models->pdata[i])->swapped)
				add_all_pointing(state, models->pdata[i]);
	}
	const struct django_model *concrete = concrete_model(state, model.model);
	GPtrArray *list = concrete == NULL ? NULL : g_hash_table_lookup(state->pointing, concrete->key);
	return list != NULL ? list : iw_arena_ptr_array(state->context->arena);
}
