/* Making a field of a row and the arguments of a call: what __init__() sets, what deconstruct() gives; see fields.h. */
#include "framework/django/fields.h"

#include <string.h>

void iw_django_field_unknown(struct django_field *field, iw_arena *arena, const char *format, ...)
{
	if (field->unknown != NULL)
		return;
	va_list arguments;
	va_start(arguments, format);
	g_autofree char *text = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	field->unknown = iw_arena_strdup(arena, text);
}

static bool fail(struct django_building *building, const char *what, const struct iw_py_value *value)
{
	const struct iw_py_value *reason = iw_py_unknown_in(value);
	iw_django_field_unknown(building->field, building->context->arena, "%s of field \"%s\" is not known: %s", what,
				building->field->name != NULL ? building->field->name : "?",
				reason != NULL ? reason->text : iw_py_repr(building->context->python, value));
	return false;
}

struct iw_py_value *iw_django_initial_value(struct django_context *context, const char *text)
{
	iw_py *python = context->python;
	size_t length = strlen(text);
	if (strcmp(text, "None") == 0)
		return iw_py_new_none(python);
	if (strcmp(text, "True") == 0 || strcmp(text, "False") == 0)
		return iw_py_new_boolean(python, *text == 'T');
	if (strcmp(text, "[]") == 0)
		return iw_py_new_list(python, IW_PY_LIST);
	if (*text == '\'')
		return iw_py_new_string(python, iw_arena_strndup(context->arena, text + 1, length - 2));
	if (g_ascii_isdigit(*text))
		return iw_py_new_integer(python, g_ascii_strtoll(text, NULL, 10));
	return iw_py_new_foreign(python, text);
}

bool iw_django_is_not_provided(const struct iw_py_value *value)
{
	return value == NULL || (value->kind == IW_PY_FOREIGN && g_str_has_suffix(value->text, ".NOT_PROVIDED"));
}

/* __init__() ---------------------------------------------------------------------------------------------------------
 */

static const char *positional_names(const struct django_class *row)
{
	for (; row != NULL; row = iw_django_class_parent(row))
		if (row->positional != NULL)
			return row->positional;
	return "";
}

static bool take_arguments(struct django_building *building, const struct iw_py_value *call, guint skip,
			   GHashTable *given)
{
	bool has_positions = call->items->len > skip;
	g_auto(GStrv) names = has_positions ? g_strsplit(positional_names(building->row), " ", -1) : NULL;
	guint known = has_positions ? g_strv_length(names) : 0;
	bool is_composite = iw_django_class_derives(building->row, "django.db.models.CompositePrimaryKey");
	for (guint i = skip; i < call->items->len && !is_composite; i++) {
		if (i - skip >= known || *names[i - skip] == '\0')
			return fail(building, "what the arguments say", call);
		g_hash_table_insert(given, iw_arena_strdup(building->context->arena, names[i - skip]),
				    call->items->pdata[i]);
	}
	for (guint i = 0; i < call->names->len; i++) {
		if (strcmp(call->names->pdata[i], "**") == 0)
			return fail(building, "what the arguments say", call->values->pdata[i]);
		g_hash_table_insert(given, call->names->pdata[i], call->values->pdata[i]);
	}
	return true;
}

static int truth_of(struct django_building *building, const char *name)
{
	struct iw_py_value *value = g_hash_table_lookup(building->values, name);
	if (value == NULL)
		return 0;
	int truth = iw_py_truth(value);
	if (truth < 0)
		fail(building, name, value);
	return truth;
}

static bool is_automatic(struct django_building *building)
{
	return truth_of(building, "auto_now") == 1 || truth_of(building, "auto_now_add") == 1;
}

bool iw_django_field_init(struct django_building *building, const struct django_class *row,
			  const struct iw_py_value *call, guint skip)
{
	struct django_context *context = building->context;
	GHashTable *given = iw_arena_hash_table(context->arena, g_str_hash, g_str_equal);
	building->row = row;
	building->values = iw_arena_hash_table(context->arena, g_str_hash, g_str_equal);
	if (!take_arguments(building, call, skip, given))
		return false;
	for (const struct django_class *at = row; at != NULL; at = iw_django_class_parent(at))
		for (const struct django_parameter *one = at->parameters; one != NULL && one->name != NULL; one++) {
			if (g_hash_table_contains(building->values, one->name))
				continue;
			bool may_be_given = g_hash_table_size(given) > 0;
			struct iw_py_value *value =
				one->is_forced || !may_be_given ? NULL : g_hash_table_lookup(given, one->name);
			if (value == NULL && one->initial != NULL)
				value = iw_django_initial_value(context, one->initial);
			if (value != NULL)
				g_hash_table_insert(building->values, (char *)one->name, value);
			if (may_be_given)
				g_hash_table_remove(given, one->name);
		}
	GHashTableIter iterator;
	gpointer name, value;
	g_hash_table_iter_init(&iterator, given);
	while (g_hash_table_iter_next(&iterator, &name, &value))
		if (!g_hash_table_contains(building->values, name))
			g_hash_table_insert(building->values, name, value);
	if (g_hash_table_contains(building->values, "auto_now") && is_automatic(building)) {
		g_hash_table_insert(building->values, (char *)"editable", iw_py_new_boolean(context->python, false));
		g_hash_table_insert(building->values, (char *)"blank", iw_py_new_boolean(context->python, true));
	}
	return building->field->unknown == NULL;
}

/* deconstruct() ------------------------------------------------------------------------------------------------------
 */

enum { MOST_CLASSES = 16 };

/* A class and those that it derives from. */
struct ancestry {
	const struct django_class *rows[MOST_CLASSES];
	guint count;
};

static struct ancestry ancestry_of(const struct django_class *row)
{
	struct ancestry all = {.count = 0};
	for (; row != NULL; row = iw_django_class_parent(row)) {
		g_assert(all.count < MOST_CLASSES); /* of a table of ours */
		all.rows[all.count++] = row;
	}
	return all;
}

static const struct django_parameter *find_parameter(const struct ancestry *all, const char *name)
{
	for (guint i = 0; i < all->count; i++)
		for (const struct django_parameter *one = all->rows[i]->parameters; one != NULL && one->name != NULL;
		     one++)
			if (one->name[0] == name[0] && strcmp(one->name, name) == 0)
				return one;
	return NULL;
}

static bool is_initial(struct django_context *context, const struct django_parameter *parameter,
		       const struct iw_py_value *value)
{
	if (g_str_has_suffix(parameter->initial, ".NOT_PROVIDED"))
		return iw_django_is_not_provided(value);
	const struct iw_py_value *initial = iw_django_initial_value(context, parameter->initial);
	if (initial->kind != value->kind)
		return false;
	return value->kind == IW_PY_INTEGER  ? value->integer == initial->integer
	       : value->kind == IW_PY_STRING ? strcmp(value->text, initial->text) == 0
					     : value->kind == IW_PY_NONE;
}

static bool is_dropped(struct django_context *context, const struct django_parameter *parameter,
		       const struct iw_py_value *value)
{
	if (value->kind == IW_PY_FOREIGN && g_str_has_suffix(value->text, "files.storage.default_storage"))
		return true;
	switch (parameter->drop) {
	case DROP_ALWAYS:
		return true;
	case DROP_NONE:
		return value->kind == IW_PY_NONE;
	case DROP_FALSE:
		return value->kind == IW_PY_BOOLEAN && !value->boolean;
	case DROP_TRUE:
		return value->kind == IW_PY_BOOLEAN && value->boolean;
	case DROP_FALSY:
		return iw_py_truth(value) == 0;
	case DROP_INITIAL:
		return is_initial(context, parameter, value);
	default:
		return false;
	}
}

/* Arguments that deconstruct() puts differently from how they are given. */
static struct iw_py_value *put(const struct django_building *building, const char *name, struct iw_py_value *value,
			       const struct django_parameter *parameter)
{
	iw_py *python = building->context->python;
	const struct django_field *field = building->field;
	if (parameter != NULL && parameter->drop == SAY_TRUE)
		return iw_py_new_boolean(python, true);
	if (strcmp(name, "to") == 0 && field->to != NULL)
		return iw_py_new_string(python, field->to);
	if (strcmp(name, "through") == 0 && field->through != NULL)
		return iw_py_new_string(python, field->through);
	bool is_flag = strcmp(name, "auto_now") == 0 || strcmp(name, "auto_now_add") == 0;
	return is_flag && iw_django_class_derives(building->row, "django.db.models.DateField")
		       ? iw_py_new_boolean(python, true)
		       : value;
}

/* Options.setup_pk() */
static bool is_of_key(const struct django_building *building, const char *name)
{
	return building->field->primary_key && strcmp(name, "serialize") == 0;
}

static bool is_left_out(const struct django_building *building, const char *name, const struct iw_py_value *value,
			const struct django_parameter *parameter)
{
	struct django_context *context = building->context;
	if (is_of_key(building, name))
		return false;
	return (parameter != NULL && is_dropped(context, parameter, value)) ||
	       (building->field->is_auto_now && (strcmp(name, "editable") == 0 || strcmp(name, "blank") == 0)) ||
	       (context->version < 50200 && strcmp(name, "through_fields") == 0);
}

static gint by_name(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

struct iw_py_value *iw_django_field_deconstruct(const struct django_building *building)
{
	iw_py *python = building->context->python;
	struct iw_py_value *dict = iw_py_new_dict(python);
	const struct ancestry all = ancestry_of(building->row);
	g_autoptr(GPtrArray) names = g_ptr_array_new();
	GHashTableIter iterator;
	gpointer name, value;
	g_hash_table_iter_init(&iterator, building->values);
	while (g_hash_table_iter_next(&iterator, &name, &value))
		if (!is_left_out(building, name, value, find_parameter(&all, name)))
			g_ptr_array_add(names, name);
	g_ptr_array_sort(names, by_name);
	for (guint i = 0; i < names->len; i++) {
		name = names->pdata[i];
		value = is_of_key(building, name) ? iw_py_new_boolean(python, false)
						  : g_hash_table_lookup(building->values, name);
		iw_py_dict_set(python, dict, iw_py_new_string(python, name),
			       put(building, name, value, find_parameter(&all, name)));
	}
	return dict;
}

/* members -----------------------------------------------------------------------------------------------------------
 */

static const char *text_of(struct django_building *building, const char *name)
{
	struct iw_py_value *value = g_hash_table_lookup(building->values, name);
	if (value == NULL || value->kind == IW_PY_NONE)
		return NULL;
	if (value->kind == IW_PY_STRING)
		return value->text;
	fail(building, name, value);
	return NULL;
}

static int number_of(struct django_building *building, const char *name)
{
	struct iw_py_value *value = g_hash_table_lookup(building->values, name);
	if (value == NULL || value->kind == IW_PY_NONE)
		return -1;
	if ((value->kind == IW_PY_INTEGER || value->kind == IW_PY_BOOLEAN) && value->integer >= 0 &&
	    value->integer <= G_MAXINT)
		return (int)value->integer;
	fail(building, name, value);
	return -1;
}

/* Django writes what it is given into the type: "30" is as good. */
static int length_of(struct django_building *building)
{
	const struct iw_py_value *value = g_hash_table_lookup(building->values, "max_length");
	const char *text = value == NULL ? NULL : iw_py_text(value);
	guint64 number = 0;
	bool is_number = text != NULL && *text >= '1' && *text <= '9' &&
			 g_ascii_string_to_unsigned(text, 10, 1, G_MAXINT, &number, NULL);
	return is_number ? (int)number : number_of(building, "max_length");
}

static void set_flags(struct django_building *building)
{
	const struct {
		const char *name;
		bool *member;
	} rows[] = {
		{"null", &building->field->null},
		{"blank", &building->field->blank},
		{"unique", &building->field->unique},
		{"primary_key", &building->field->primary_key},
		{"db_index", &building->field->db_index},
		{"auto_created", &building->field->auto_created},
		{"parent_link", &building->field->is_parent_link},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		*rows[i].member = truth_of(building, rows[i].name) == 1;
	building->field->unique |= building->field->primary_key;
	building->field->is_auto_now = is_automatic(building);
}

static const char *setting_model(struct django_building *building, const struct iw_py_value *value)
{
	static const char prefix[] = "django.conf.settings.";
	const struct iw_django_settings *settings = building->context->settings;
	const char *path = iw_py_path(building->context->python, value);
	if (path == NULL || !g_str_has_prefix(path, prefix))
		return NULL;
	const char *name = path + strlen(prefix);
	if (strcmp(name, "AUTH_USER_MODEL") == 0)
		return settings != NULL && settings->auth_user_model != NULL ? settings->auth_user_model : "auth.User";
	return settings == NULL || settings->swappable == NULL ? NULL : g_hash_table_lookup(settings->swappable, name);
}

/* swapper.get_model_name("shop", "Order"): what SHOP_ORDER_MODEL names, else that model. */
static const char *swapped_model(struct django_building *building, const struct iw_py_value *value)
{
	struct django_context *context = building->context;
	const struct iw_django_settings *settings = context->settings;
	bool is_asked = value->kind == IW_PY_CALL && iw_py_is(context->python, value, "swapper.get_model_name");
	const char *app = is_asked ? iw_py_text(iw_py_argument(value, 0, "app_label")) : NULL;
	const char *model = is_asked ? iw_py_text(iw_py_argument(value, 1, "model")) : NULL;
	if (app == NULL || model == NULL || settings == NULL || settings->values == NULL)
		return NULL;
	g_autofree char *name = g_strdup_printf("%s_%s_MODEL", app, model);
	g_autofree char *upper = g_ascii_strup(name, -1);
	const struct iw_py_value *given = g_hash_table_lookup(settings->values, upper);
	return given == NULL ? iw_arena_printf(context->arena, "%s.%s", app, model) : iw_py_text(given);
}

/* "shop.order" of "Order", "self", "shop.Order", settings.X; NULL: it is not known. */
static const char *model_key(struct django_building *building, const char *what, const struct iw_py_value *value)
{
	iw_arena *arena = building->context->arena;
	const char *text = iw_py_text(value);
	if (text == NULL)
		text = setting_model(building, value);
	if (text == NULL)
		text = swapped_model(building, value);
	if (text == NULL) {
		fail(building, what, value);
		return NULL;
	}
	if (strcmp(text, "self") == 0)
		text = building->model != NULL ? building->model : "self";
	if (strchr(text, '.') == NULL)
		text = iw_arena_printf(arena, "%s.%s", building->app_label, text);
	g_autofree char *lower = g_utf8_strdown(text, -1);
	return iw_arena_strdup(arena, lower);
}

static const char *reference(struct django_building *building, const char *name)
{
	const struct iw_py_value *value = g_hash_table_lookup(building->values, name);
	return value == NULL || value->kind == IW_PY_NONE ? NULL : model_key(building, name, value);
}

static void set_through_fields(struct django_building *building)
{
	const struct iw_py_value *value = g_hash_table_lookup(building->values, "through_fields");
	if (value == NULL || value->kind == IW_PY_NONE)
		return;
	bool is_pair = (value->kind == IW_PY_TUPLE || value->kind == IW_PY_LIST) && value->items->len >= 2;
	building->field->through_from = is_pair ? iw_py_text(value->items->pdata[0]) : NULL;
	building->field->through_to = is_pair ? iw_py_text(value->items->pdata[1]) : NULL;
	if (building->field->through_from == NULL || building->field->through_to == NULL)
		fail(building, "through_fields", value);
}

static const char *last_of(struct django_context *context, const struct iw_py_value *value)
{
	if (value->kind == IW_PY_FUNCTION || value->kind == IW_PY_CLASS)
		return value->text;
	const char *path = iw_py_path(context->python, value);
	const char *dot = path == NULL ? NULL : strrchr(path, '.');
	return dot == NULL ? path : dot + 1;
}

static void set_relation(struct django_building *building)
{
	struct django_field *field = building->field;
	field->is_many_to_many = iw_django_class_derives(building->row, "django.db.models.ManyToManyField");
	bool is_foreign_key = iw_django_class_derives(building->row, "django.db.models.ForeignKey");
	field->is_relation = field->is_many_to_many || is_foreign_key;
	field->db_constraint = true;
	if (!field->is_relation)
		return;
	const struct iw_py_value *on_delete = g_hash_table_lookup(building->values, "on_delete");
	field->to = reference(building, "to");
	field->db_constraint = truth_of(building, "db_constraint") != 0;
	field->through = reference(building, "through");
	field->db_table = text_of(building, "db_table");
	field->to_field = is_foreign_key ? text_of(building, "to_field") : NULL;
	set_through_fields(building);
	if (on_delete != NULL && on_delete->kind == IW_PY_UNKNOWN)
		fail(building, "on_delete", on_delete);
	else if (on_delete != NULL)
		field->on_delete = last_of(building->context, on_delete);
	bool is_managed = iw_django_class_derives(building->row, "taggit.managers.TaggableManager");
	if (field->to == NULL && !is_managed)
		iw_django_field_unknown(field, building->context->arena, "field \"%s\" does not say what it points to",
					field->name);
}

static void set_base(struct django_building *building)
{
	struct django_field *field = building->field;
	bool is_generated = field->type == DJANGO_GENERATED;
	const char *name = is_generated ? "output_field" : "base_field";
	struct iw_py_value *value = g_hash_table_lookup(building->values, name);
	if (field->type != DJANGO_ARRAY && !is_generated)
		return;
	if (value == NULL) {
		iw_django_field_unknown(field, building->context->arena, "field \"%s\" has no %s", field->name, name);
		return;
	}
	field->base = iw_django_field_new(building->context, building->app_label, building->model, field->name, value);
	if (field->base->unknown != NULL)
		iw_django_field_unknown(field, building->context->arena, "%s", field->base->unknown);
	field->size = number_of(building, "size");
	field->expression = g_hash_table_lookup(building->values, "expression");
	field->is_stored = truth_of(building, "db_persist") == 1;
	if (field->type == DJANGO_ARRAY)
		field->db_collation = field->base->db_collation;
}

static void set_composite(struct django_building *building)
{
	const struct iw_py_value *call = building->field->value;
	if (!iw_django_class_derives(building->row, "django.db.models.CompositePrimaryKey") || call == NULL)
		return;
	building->field->columns_of = iw_arena_ptr_array(building->context->arena);
	for (guint i = 0; i < call->items->len; i++) {
		const char *name = iw_py_text(call->items->pdata[i]);
		if (name == NULL)
			fail(building, "what the primary key is made of", call->items->pdata[i]);
		else
			g_ptr_array_add(building->field->columns_of, (char *)name);
	}
}

/* db_type() of a row: of PostgreSQL, whatever the backend, as Django's fields of PostgreSQL have it. */
static void set_db_type(struct django_building *building)
{
	struct django_context *context = building->context;
	struct django_field *field = building->field;
	const struct django_class *row = building->row;
	while (row != NULL && row->db_type == NULL)
		row = iw_django_class_parent(row);
	const char *open = row == NULL ? NULL : strstr(row->db_type, "(%(");
	field->db_type = row == NULL ? NULL : row->db_type;
	if (open == NULL)
		return;
	/* "vector(%(dimensions)s)": a number, or nothing at all */
	const char *name = iw_arena_strndup(context->arena, open + 3, strcspn(open + 3, ")"));
	int number = number_of(building, name);
	field->db_type = iw_arena_printf(context->arena, "%.*s", (int)(open - row->db_type), row->db_type);
	if (number >= 0)
		field->db_type = iw_arena_printf(context->arena, "%s(%d)", field->db_type, number);
}

/* geo_db_type() of PostGIS; the other spatial backends do more than columns. */
static void set_geometry(struct django_building *building)
{
	struct django_context *context = building->context;
	struct django_field *field = building->field;
	if (!g_str_has_prefix(building->row->path, "django.contrib.gis."))
		return;
	if (context->engine.dialect != IW_POSTGRES) {
		iw_django_field_unknown(field, context->arena, "columns of geometry are known of PostGIS only");
		return;
	}
	bool is_raster = strcmp(building->row->db_type, "RASTER") == 0;
	int srid = number_of(building, "srid"), dimensions = is_raster ? 2 : number_of(building, "dim");
	bool is_geography = !is_raster && truth_of(building, "geography") == 1;
	field->has_spatial_index = truth_of(building, "spatial_index") == 1;
	field->db_type =
		is_raster ? "raster"
			  : iw_arena_printf(context->arena, "%s(%s%s,%d)", is_geography ? "geography" : "geometry",
					    building->row->db_type, dimensions == 3 ? "Z" : "", srid);
	if (field->has_spatial_index && (is_raster || field->db_index))
		iw_django_field_unknown(field, context->arena, "the index of field \"%s\" is not known", field->name);
	if (is_geography && srid != 4326)
		iw_django_field_unknown(field, context->arena, "PostGIS has geography columns of SRID 4326 only");
}

static void set_arguments(struct django_building *building)
{
	const struct iw_py_value *dict = iw_django_field_deconstruct(building);
	building->field->arguments = iw_arena_hash_table(building->context->arena, g_str_hash, g_str_equal);
	for (guint i = 0; i < dict->items->len; i++)
		g_hash_table_insert(building->field->arguments,
				    (char *)((const struct iw_py_value *)dict->items->pdata[i])->text,
				    dict->values->pdata[i]);
}

void iw_django_field_settle(struct django_building *building)
{
	struct django_field *field = building->field;
	const struct django_class *row = building->row;
	field->type = row->type;
	if (field->type == DJANGO_CITEXT && building->context->version >= 50100 &&
	    g_str_has_prefix(row->path, "django."))
		field->type = iw_django_class_parent(row)->type;
	field->empty_strings_allowed = (row->flags & NO_EMPTY_STRINGS) == 0;
	set_flags(building);
	set_relation(building);
	field->db_column = text_of(building, "db_column");
	field->db_comment = text_of(building, "db_comment");
	field->db_collation = text_of(building, "db_collation");
	field->db_tablespace = text_of(building, "db_tablespace");
	field->max_length = length_of(building);
	field->max_digits = number_of(building, "max_digits");
	field->decimal_places = number_of(building, "decimal_places");
	field->default_value = g_hash_table_lookup(building->values, "default");
	field->db_default = g_hash_table_lookup(building->values, "db_default");
	if (iw_django_is_not_provided(field->default_value))
		field->default_value = NULL;
	if (iw_django_is_not_provided(field->db_default))
		field->db_default = NULL;
	set_base(building);
	set_composite(building);
	set_db_type(building);
	set_geometry(building);
	set_arguments(building);
}
