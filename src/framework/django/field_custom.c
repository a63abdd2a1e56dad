/*
 * Fields whose class is of the project or of an installed package: the class is followed to Django's own, and what it
 * does on the way (its __init__(), deconstruct(), db_type(), ...) is evaluated; see fields.h.
 */
#include "framework/django/fields.h"

#include "framework/django/host.h"

#include <string.h>

/* classes ------------------------------------------------------------------------------------------------------------
 */

struct custom {
	const struct django_class *row; /* of the class of Django, or of a package, that it derives from */
	guint depth;			/* so many classes of its order come before that */
	const char *unknown;
};

static const struct iw_py_value *plain_base(const struct iw_py_value *base)
{
	bool is_generic = base->kind == IW_PY_OPERATION && strcmp(base->text, "[]") == 0;
	return is_generic ? base->items->pdata[0] : base;
}

static const char *why_unknown(struct django_context *context, const struct iw_py_value *base)
{
	const struct iw_py_value *unknown = iw_py_unknown_in(base);
	if (unknown != NULL)
		return unknown->text;
	const char *path = iw_py_path(context->python, base);
	return iw_arena_printf(context->arena, "what %s does is not known: it is not installed here",
			       path != NULL ? path : iw_py_repr(context->python, base));
}

/*
 * Of foreign bases that derive from each other the evaluator does not know which comes first: that one counts from
 * which no other derives, unless classes that are read stand between them.
 */
static void take_most_derived(struct django_context *context, struct custom *custom, const GPtrArray *order)
{
	bool is_between = false;
	for (guint i = custom->depth + 1; i < order->len; i++) {
		const struct iw_py_value *one = plain_base(order->pdata[i]);
		const struct django_class *row = one->kind == IW_PY_FOREIGN ? iw_django_class_row(one->text) : NULL;
		is_between = is_between || one->kind == IW_PY_CLASS;
		if (row == NULL || row == custom->row || !iw_django_class_derives(row, custom->row->path))
			continue;
		custom->row = row;
		if (is_between)
			custom->unknown = iw_arena_printf(context->arena, "the order of the bases of %s is not known",
							  ((const struct iw_py_value *)order->pdata[0])->text);
	}
}

static struct custom *look_at(struct django_context *context, const struct iw_py_value *class)
{
	struct custom *custom = iw_new(context->arena, struct custom);
	const GPtrArray *order = iw_py_resolution_order(class);
	for (; custom->depth < order->len; custom->depth++) {
		const struct iw_py_value *one = plain_base(order->pdata[custom->depth]);
		if (one->kind == IW_PY_CLASS)
			continue;
		custom->row = one->kind == IW_PY_FOREIGN ? iw_django_class_row(one->text) : NULL;
		if (custom->row != NULL) {
			take_most_derived(context, custom, order);
			return custom;
		}
		if (one->kind == IW_PY_FOREIGN && iw_django_is_harmless_base(one->text))
			continue;
		custom->unknown = why_unknown(context, one);
		return custom;
	}
	custom->unknown = iw_arena_printf(context->arena, "%s is not derived from a field of Django", class->text);
	return custom;
}

static const struct custom *custom_of(struct django_context *context, const struct iw_py_value *class)
{
	if (context->classes == NULL)
		context->classes = iw_arena_hash_table(context->arena, g_direct_hash, g_direct_equal);
	struct custom *custom = g_hash_table_lookup(context->classes, class);
	if (custom == NULL) {
		custom = look_at(context, class);
		g_hash_table_insert(context->classes, (gpointer) class, custom);
	}
	return custom;
}

struct iw_py_value *iw_django_class_attribute(struct django_context *context, struct iw_py_value *class,
					      const char *name)
{
	const struct custom *custom = custom_of(context, class);
	const GPtrArray *order = iw_py_resolution_order(class);
	for (guint i = 0; i < custom->depth; i++) {
		const struct iw_py_value *one = order->pdata[i];
		if (one->kind == IW_PY_CLASS && g_hash_table_contains(one->attributes, name))
			return iw_py_find(context->python, class, name);
	}
	return NULL;
}

/* Is the class of an installed package that has a row? The project may have modules of the same name. */
static const struct django_class *packaged_row(struct django_context *context, const struct iw_py_value *class)
{
	const char *file = class->place.source == NULL ? "" : class->place.source->path;
	bool is_installed = strstr(file, "site-packages/") != NULL || strstr(file, "dist-packages/") != NULL;
	const char *path = is_installed ? iw_py_path(context->python, class) : NULL;
	return path == NULL ? NULL : iw_django_class_row(path);
}

/* other fields ------------------------------------------------------------------------------------------------------
 */

static bool calls(const char *text, size_t length, const char *what)
{
	for (const char *at = text; (at = g_strstr_len(at, (gssize)(text + length - at), what)) != NULL;
	     at += strlen(what)) {
		const char *line = at;
		while (line > text && line[-1] != '\n')
			line--;
		bool is_own = g_strstr_len(line, at - line, "super(") != NULL ||
			      g_strstr_len(line, at - line, "def ") != NULL ||
			      g_strstr_len(line, at - line, "Field.") != NULL;
		if (!is_own)
			return true;
	}
	return false;
}

/* Does a method of it, by its text, give other fields to the model? */
static bool adds_fields(struct django_context *context, const struct iw_py_value *class)
{
	static const char *const words[] = {"add_to_class(", "add_field(", ".contribute_to_class("};
	const GPtrArray *order = iw_py_resolution_order(class);
	const struct custom *custom = custom_of(context, class);
	for (guint i = 0; i < custom->depth; i++) {
		const struct iw_py_value *one = order->pdata[i];
		/* What packages add is in the migrations, too. */
		if (one->kind != IW_PY_CLASS || packaged_row(context, one) != NULL)
			continue;
		for (guint k = 0; k < one->order->len; k++) {
			const struct iw_py_value *value = g_hash_table_lookup(one->attributes, one->order->pdata[k]);
			if (value == NULL || value->kind != IW_PY_FUNCTION || value->place.source == NULL)
				continue;
			for (size_t w = 0; w < G_N_ELEMENTS(words); w++)
				if (calls(value->place.source->text + value->place.offset, value->place.length,
					  words[w]))
					return true;
		}
	}
	return false;
}

/* contribute_to_class() of what may give other fields: does it, of this one? Then, or if it is not known, it is
 * unknown. */
static void try_to_contribute(struct django_building *building)
{
	struct django_field *field = building->field;
	struct django_context *context = building->context;
	struct iw_py_value *method = iw_py_find(context->python, field->self, "contribute_to_class"), *raised = NULL;
	GPtrArray *arguments = iw_arena_ptr_array(context->arena);
	g_ptr_array_add(arguments, iw_py_new_foreign(context->python, "django.db.models.Model"));
	g_ptr_array_add(arguments, iw_py_new_string(context->python, field->name != NULL ? field->name : ""));
	struct django_host host;
	iw_django_host_enter(&host, context, (struct django_field_ref){NULL, NULL, field}, NULL);
	struct iw_py_value *result = iw_py_call(context->python, method, arguments, &raised);
	iw_django_host_leave(&host);
	if (host.adds_fields)
		iw_django_field_unknown(field, context->arena, "%s gives other fields to its model", field->path);
	else if (raised != NULL || host.skipped != NULL || result->kind == IW_PY_UNKNOWN)
		iw_django_field_unknown(field, context->arena,
					"whether %s gives other fields to its model is not known", field->path);
}

/* making ------------------------------------------------------------------------------------------------------------
 */

static struct iw_py_value *new_self(iw_py *python, const struct iw_py_value *call)
{
	iw_arena *arena = iw_py_arena(python);
	struct iw_py_value *self = iw_arena_memdup(arena, call, sizeof *call);
	self->attributes = iw_arena_hash_table(arena, g_str_hash, g_str_equal);
	return self;
}

/* __init__() as the class has it, to the end. */
static void run_init(struct django_building *building)
{
	struct django_field *field = building->field;
	struct django_context *context = building->context;
	struct iw_py_value *maker = iw_py_find(context->python, field->self, "__init__"), *raised = NULL;
	struct django_host host;
	iw_django_host_enter(&host, context, (struct django_field_ref){NULL, NULL, field}, building);
	struct iw_py_value *result = iw_py_call_like(context->python, maker, field->value, &raised);
	iw_django_host_leave(&host);
	if (raised != NULL)
		iw_django_field_unknown(field, context->arena, "%s raises %s", field->path,
					iw_py_repr(context->python, raised));
	else if (result != NULL && result->kind == IW_PY_UNKNOWN)
		iw_django_field_unknown(field, context->arena, "%s", result->text);
	else if (host.skipped != NULL)
		iw_django_field_unknown(field, context->arena, "what %s does is not known: %s", field->path,
					host.skipped);
	else if (building->values == NULL)
		iw_django_field_unknown(field, context->arena, "%s does not come to the __init__() of Django",
					field->path);
	if (field->unknown == NULL)
		iw_django_host_read_back(&host, building);
}

static void set_type(struct django_building *building)
{
	struct django_field *field = building->field;
	struct django_context *context = building->context;
	const struct custom *custom = custom_of(context, field->value->receiver);
	bool is_own = false, overrides = iw_django_field_overrides(context, field, "db_type");
	if (field->type == DJANGO_FOREIGN_KEY || field->type == DJANGO_ONE_TO_ONE || field->is_many_to_many ||
	    field->columns_of != NULL)
		return;
	struct iw_py_value *name = iw_django_field_method(context, (struct django_field_ref){NULL, NULL, field},
							  "get_internal_type", NULL, &is_own);
	if (!is_own && (custom->row->flags & NAMED_TYPE) == 0)
		return;
	if (is_own && (name == NULL || iw_py_text(name) == NULL)) {
		iw_django_field_unknown(field, context->arena, "what get_internal_type() of %s gives is not known",
					field->path);
		context->problem = NULL;
		return;
	}
	field->type = iw_django_type_of_name(is_own ? name->text : field->value->receiver->text);
	if (field->type == DJANGO_TYPES)
		field->type = overrides ? DJANGO_CUSTOM : DJANGO_NO_COLUMN;
}

static void set_arguments(struct django_building *building)
{
	struct django_field *field = building->field;
	struct django_context *context = building->context;
	bool is_own = false;
	struct iw_py_value *result = iw_django_field_method(context, (struct django_field_ref){NULL, NULL, field},
							    "deconstruct", NULL, &is_own);
	context->problem = NULL;
	if (!is_own)
		return;
	const struct iw_py_value *dict = result != NULL && result->kind == IW_PY_TUPLE && result->items->len == 4
						 ? result->items->pdata[3]
						 : NULL;
	const char *path = dict == NULL ? NULL : iw_py_text(result->items->pdata[1]);
	if (dict == NULL || dict->kind != IW_PY_DICT || path == NULL) {
		field->opaque =
			iw_arena_printf(context->arena, "what deconstruct() of %s gives is not known", field->path);
		return;
	}
	field->path = iw_arena_strdup(context->arena, path);
	g_hash_table_remove_all(field->arguments);
	const struct iw_py_value *positional = result->items->pdata[2];
	if (iw_py_truth(positional) != 0)
		g_hash_table_insert(field->arguments, (char *)"*", (gpointer)positional);
	for (guint i = 0; i < dict->items->len; i++) {
		const char *name = iw_py_text(dict->items->pdata[i]);
		if (name != NULL)
			g_hash_table_insert(field->arguments, (char *)name, dict->values->pdata[i]);
	}
}

/* Methods of many-to-many fields that change the table that is made for them. */
static const char *changed_table(struct django_context *context, struct iw_py_value *class)
{
	static const char *const names[] = {"contribute_to_class", "create_intermediate_model", "_get_m2m_db_table",
					    "_get_m2m_attr"};
	const struct custom *custom = custom_of(context, class);
	if (!iw_django_class_derives(custom->row, "django.db.models.ManyToManyField") ||
	    packaged_row(context, class) != NULL)
		return NULL;
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		if (iw_django_class_attribute(context, class, names[i]) != NULL)
			return names[i];
	return NULL;
}

/* Methods that are not evaluated, but would change what is asked. */
static const char *changed_method(struct django_context *context, struct iw_py_value *class)
{
	static const char *const names[] = {
		"__new__", "get_attname", "get_attname_column", "set_attributes_from_name", "db_type_parameters",
		"unique",  "has_default"};
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		if (iw_django_class_attribute(context, class, names[i]) != NULL)
			return names[i];
	return changed_table(context, class);
}

/* A relation that says itself that it is many-to-many: taggit's managers. What table it has, its own methods say. */
static bool is_other_many_to_many(struct django_context *context, struct iw_py_value *class)
{
	const struct iw_py_value *flag = iw_django_class_attribute(context, class, "many_to_many");
	return flag != NULL && iw_py_truth(flag) != 0 &&
	       !iw_django_class_derives(custom_of(context, class)->row, "django.db.models.ManyToManyField");
}

static void make(struct django_building *building)
{
	struct django_field *field = building->field;
	struct django_context *context = building->context;
	struct iw_py_value *class = field->value->receiver;
	const struct custom *custom = custom_of(context, class);
	if (custom->unknown != NULL) {
		iw_django_field_unknown(field, context->arena, "%s", custom->unknown);
		return;
	}
	building->row = custom->row;
	field->base_path = custom->row->path;
	field->self = new_self(context->python, field->value);
	const char *method = changed_method(context, class);
	if (method != NULL)
		iw_django_field_unknown(field, context->arena, "%s has a %s() of its own", field->path, method);
	else if (is_other_many_to_many(context, class))
		iw_django_field_unknown(field, context->arena, "%s is many-to-many in a way of its own", field->path);
	else if (iw_django_class_attribute(context, class, "__init__") != NULL)
		run_init(building);
	else
		iw_django_field_init(building, custom->row, field->value, 0);
	if (field->unknown != NULL)
		return;
	iw_django_field_settle(building);
	iw_django_host_show(building, field->self);
	const struct iw_py_value *allowed = g_hash_table_lookup(field->self->attributes, "empty_strings_allowed");
	if (allowed == NULL)
		allowed = iw_django_class_attribute(context, class, "empty_strings_allowed");
	if (allowed != NULL)
		field->empty_strings_allowed = iw_py_truth(allowed) == 1;
	bool contributes = iw_django_class_attribute(context, class, "contribute_to_class") != NULL;
	if (field->unknown == NULL && contributes && adds_fields(context, class))
		try_to_contribute(building);
	if (field->unknown == NULL)
		set_type(building);
	if (field->unknown == NULL)
		set_arguments(building);
	if ((custom->row->flags & OWN_ARGUMENTS) != 0)
		field->opaque = iw_arena_printf(context->arena, "what %s gives of its arguments is not known",
						custom->row->path);
}

static bool starts_only(const struct iw_py_value *class)
{
	for (guint i = 0; i < class->order->len; i++)
		if (strcmp(class->order->pdata[i], "__init__") != 0 && !g_str_has_prefix(class->order->pdata[i], "__"))
			return false;
	return true;
}

/* Of a class that only starts one of taggit's managers in another way: that one's. What a migration gives as its table
 * is not changed by that. */
static const struct django_class *managed_row(struct django_context *context, const struct iw_py_value *call)
{
	const GPtrArray *order = iw_py_resolution_order(call->receiver);
	if (iw_py_argument(call, -1, "through") == NULL)
		return NULL;
	for (guint i = 0; i < order->len; i++) {
		const struct iw_py_value *one = order->pdata[i];
		const struct django_class *row = one->kind == IW_PY_CLASS ? packaged_row(context, one) : NULL;
		if (row != NULL)
			return iw_django_class_derives(row, "taggit.managers.TaggableManager") ? row : NULL;
		if (one->kind != IW_PY_CLASS || !starts_only(one))
			return NULL;
	}
	return NULL;
}

void iw_django_field_custom(struct django_building *building)
{
	struct django_field *field = building->field;
	struct django_field before = *field;
	make(building);
	/* What a package does may be beyond the evaluator, but known. */
	const struct django_class *row =
		field->unknown == NULL ? NULL : packaged_row(building->context, before.value->receiver);
	if (row == NULL && field->unknown != NULL)
		row = managed_row(building->context, before.value);
	if (row == NULL)
		return;
	*field = before;
	building->values = NULL;
	iw_django_field_of_row(building, row);
}

/* methods -----------------------------------------------------------------------------------------------------------
 */

bool iw_django_field_overrides(struct django_context *context, const struct django_field *field, const char *name)
{
	return field->self != NULL && iw_django_class_attribute(context, field->self->receiver, name) != NULL;
}

struct iw_py_value *iw_django_connection(struct django_context *context)
{
	return iw_py_new_foreign(context->python, "django.db.connection");
}

struct iw_py_value *iw_django_field_method(struct django_context *context, struct django_field_ref field,
					   const char *name, GPtrArray *arguments, bool *is_own)
{
	*is_own = iw_django_field_overrides(context, field.field, name);
	if (!*is_own)
		return NULL;
	struct iw_py_value *method = iw_py_find(context->python, field.field->self, name), *raised = NULL;
	struct iw_place place = field.field->place;
	if (method->kind != IW_PY_FUNCTION)
		return method;
	struct django_host host;
	iw_django_host_enter(&host, context, field, NULL);
	struct iw_py_value *result = iw_py_call(context->python, method, arguments, &raised);
	iw_django_host_leave(&host);
	if (raised != NULL)
		return iw_django_fail(context, place, "%s() of %s raises %s", name, field.field->path,
				      iw_py_repr(context->python, raised));
	return iw_django_is_unknown(context, result) ? NULL : result;
}
