/* Django as methods of the project's fields see it; see host.h. */
#include "framework/django/host.h"

#include "framework/django/editor.h"

#include <string.h>

/* attributes --------------------------------------------------------------------------------------------------------
 */

static void show(iw_py *python, struct iw_py_value *object, const char *name, struct iw_py_value *value)
{
	g_hash_table_insert(object->attributes, iw_arena_strdup(iw_py_arena(python), name), value);
}

void iw_django_host_show(struct django_building *building, struct iw_py_value *object)
{
	static const char *const under[] = {"unique", "verbose_name", "validators", "error_messages"};
	iw_py *python = building->context->python;
	GHashTableIter iterator;
	gpointer name, value;
	g_hash_table_iter_init(&iterator, building->values);
	while (g_hash_table_iter_next(&iterator, &name, &value))
		show(python, object, name, value);
	for (size_t i = 0; i < G_N_ELEMENTS(under); i++) {
		g_autofree char *private = g_strconcat("_", under[i], NULL);
		value = g_hash_table_lookup(building->values, under[i]);
		if (value != NULL)
			show(python, object, private, value);
	}
	if (building->field->name != NULL && g_hash_table_lookup(building->values, "name") != NULL)
		show(python, object, "name", iw_py_new_string(python, building->field->name));
}

void iw_django_host_read_back(struct django_host *self, struct django_building *building)
{
	GHashTableIter iterator;
	gpointer name, value;
	(void)self;
	g_hash_table_iter_init(&iterator, building->values);
	while (g_hash_table_iter_next(&iterator, &name, &value)) {
		struct iw_py_value *now = g_hash_table_lookup(building->field->self->attributes, name);
		if (now != NULL && now != value && strcmp(name, "name") != 0)
			g_hash_table_iter_replace(&iterator, now);
	}
	struct iw_py_value *unique = g_hash_table_lookup(building->field->self->attributes, "_unique");
	if (unique != NULL)
		g_hash_table_insert(building->values, (char *)"unique", unique);
}

static struct iw_py_value *text_or_none(iw_py *python, const char *text)
{
	return text == NULL ? iw_py_new_none(python) : iw_py_new_string(python, text);
}

/* What self.NAME is, where neither the class nor Django's __init__() has set it. */
static struct iw_py_value *attribute_of_self(struct django_host *self, const char *name)
{
	iw_py *python = self->context->python;
	const struct django_field *field = self->field.field;
	if (strcmp(name, "__class__") == 0)
		return field->self->receiver;
	if (strcmp(name, "name") == 0)
		return text_or_none(python, field->name);
	if (self->building != NULL)
		return NULL;
	if (strcmp(name, "column") == 0)
		return text_or_none(python, iw_django_column(self->context, field));
	if (strcmp(name, "attname") == 0)
		return text_or_none(python, iw_django_attname(self->context, field));
	if (strcmp(name, "is_relation") == 0)
		return iw_py_new_boolean(python, field->is_relation);
	if (strcmp(name, "empty_strings_allowed") == 0)
		return iw_py_new_boolean(python, field->empty_strings_allowed);
	if (strcmp(name, "__dict__") != 0)
		return NULL;
	struct iw_py_value *dict = iw_py_new_dict(python);
	GHashTableIter iterator;
	gpointer key, value;
	g_hash_table_iter_init(&iterator, field->self->attributes);
	while (g_hash_table_iter_next(&iterator, &key, &value))
		iw_py_dict_set(python, dict, iw_py_new_string(python, key), value);
	return dict;
}

/* the connection ----------------------------------------------------------------------------------------------------
 */

static struct iw_py_value *data_types(struct django_context *context)
{
	struct iw_py_value *dict = iw_py_new_dict(context->python);
	for (int type = DJANGO_NO_COLUMN + 1; type < DJANGO_GENERATED; type++) {
		const char *template = iw_django_type_template(context, type);
		if (template != NULL)
			iw_py_dict_set(context->python, dict,
				       iw_py_new_string(context->python, iw_django_type_name(type)),
				       iw_py_new_string(context->python, template));
	}
	return dict;
}

static struct iw_py_value *engine_name(struct django_context *context)
{
	const struct iw_django_settings *settings = context->settings;
	const struct iw_py_value *databases = settings == NULL || settings->values == NULL
						      ? NULL
						      : g_hash_table_lookup(settings->values, "DATABASES");
	const struct iw_py_value *standard = iw_py_dict_find(databases, "default");
	return standard == NULL ? NULL : iw_py_dict_find(standard, "ENGINE");
}

const char *iw_django_vendor(enum iw_dialect dialect)
{
	static const char *const vendors[] = {
		[IW_POSTGRES] = "postgresql", [IW_MYSQL] = "mysql", [IW_SQLITE] = "sqlite"};
	return vendors[dialect];
}

static struct iw_py_value *of_connection(struct django_context *context, const char *name)
{
	iw_py *python = context->python;
	static const char *const titles[] = {
		[IW_POSTGRES] = "PostgreSQL", [IW_MYSQL] = "MySQL", [IW_SQLITE] = "SQLite"};
	enum iw_dialect dialect = context->engine.dialect;
	if (strcmp(name, "vendor") == 0)
		return iw_py_new_string(python, iw_django_vendor(dialect));
	if (strcmp(name, "display_name") == 0)
		return iw_py_new_string(python, context->engine.is_mariadb ? "MariaDB" : titles[dialect]);
	if (strcmp(name, "mysql_is_mariadb") == 0)
		return iw_py_new_boolean(python, context->engine.is_mariadb);
	if (strcmp(name, "alias") == 0)
		return iw_py_new_string(python, "default");
	if (strcmp(name, "features.has_native_uuid_field") == 0)
		return iw_py_new_boolean(python, iw_django_has_native_uuid(context));
	if (strcmp(name, "features.has_native_duration_field") == 0)
		return iw_py_new_boolean(python, dialect == IW_POSTGRES);
	if (strcmp(name, "features.supports_json_field") == 0)
		return iw_py_new_boolean(python, true);
	if (strcmp(name, "features.has_native_json_field") == 0)
		return iw_py_new_boolean(python, dialect != IW_SQLITE);
	if (strcmp(name, "features.interprets_empty_strings_as_nulls") == 0)
		return iw_py_new_boolean(python, false);
	if (strcmp(name, "data_types") == 0)
		return data_types(context);
	if (strcmp(name, "settings_dict") == 0 && engine_name(context) != NULL) {
		struct iw_py_value *dict = iw_py_new_dict(python);
		iw_py_dict_set(python, dict, iw_py_new_string(python, "ENGINE"), engine_name(context));
		return dict;
	}
	return NULL;
}

/* (4, 2, 0, "final", 0): the last parts are not known. */
static struct iw_py_value *django_version(iw_py *python, int version, struct iw_place place)
{
	struct iw_py_value *tuple = iw_py_new_list(python, IW_PY_TUPLE);
	g_ptr_array_add(tuple->items, iw_py_new_integer(python, version / 10000));
	g_ptr_array_add(tuple->items, iw_py_new_integer(python, version / 100 % 100));
	g_ptr_array_add(tuple->items, iw_py_new_unknown(python, place, "which patch release of Django this is"));
	g_ptr_array_add(tuple->items, iw_py_new_string(python, "final"));
	g_ptr_array_add(tuple->items, iw_py_new_integer(python, 0));
	return tuple;
}

struct iw_py_value *iw_django_constant(iw_py *python, int version, struct iw_py_value *symbol)
{
	static const struct {
		const char *path, *text;
	} constants[] = {
		{"django.db.models.fields.related.RECURSIVE_RELATIONSHIP_CONSTANT", "self"},
		{"django.db.models.constants.LOOKUP_SEP", "__"},
	};
	if (symbol->kind != IW_PY_FOREIGN)
		return NULL;
	for (size_t i = 0; i < G_N_ELEMENTS(constants); i++)
		if (strcmp(constants[i].path, symbol->text) == 0)
			return iw_py_new_string(python, constants[i].text);
	return strcmp(symbol->text, "django.VERSION") == 0 ? django_version(python, version, symbol->place) : NULL;
}

static struct iw_py_value *on_attribute(void *data, iw_py *python, struct iw_py_value *attribute)
{
	static const char connection[] = "django.db.connection.";
	struct django_host *self = data;
	struct iw_py_value *found = NULL;
	if (attribute->kind == IW_PY_ATTRIBUTE && attribute->receiver == self->field.field->self)
		found = attribute_of_self(self, attribute->text);
	else if (attribute->kind == IW_PY_FOREIGN && g_str_has_prefix(attribute->text, connection))
		found = of_connection(self->context, attribute->text + strlen(connection));
	else if (attribute->kind == IW_PY_FOREIGN &&
		 strcmp(attribute->text, "django.db.models.Model._meta.abstract") == 0)
		found = iw_py_new_boolean(python, false);
	else
		found = iw_django_constant(python, self->context->version, attribute);
	if (found != NULL || self->outer == NULL || self->outer->attribute == NULL)
		return found;
	return self->outer->attribute(self->outer->data, python, attribute);
}

/* Django's own methods ----------------------------------------------------------------------------------------------
 */

struct asked {
	struct django_host *host;
	const struct django_class *row;
	const struct iw_py_value *call;
	guint skip; /* the object itself is among the arguments */
};

static struct iw_py_value *answer_init(struct asked *asked)
{
	struct django_building *building = asked->host->building;
	iw_py *python = asked->host->context->python;
	if (building == NULL)
		return iw_py_new_none(python);
	if (!iw_django_field_init(building, asked->row, asked->call, asked->skip))
		return iw_py_new_unknown(python, asked->call->place, "%s", building->field->unknown);
	iw_django_host_show(building, building->field->self);
	return iw_py_new_none(python);
}

static struct iw_py_value *answer_deconstruct(struct asked *asked)
{
	struct django_context *context = asked->host->context;
	const struct django_field *field = asked->host->field.field;
	iw_py *python = context->python;
	struct iw_py_value *tuple = iw_py_new_list(python, IW_PY_TUPLE), *dict = iw_py_new_dict(python);
	GHashTableIter iterator;
	gpointer name, value;
	g_hash_table_iter_init(&iterator, field->arguments);
	while (g_hash_table_iter_next(&iterator, &name, &value))
		iw_py_dict_set(python, dict, iw_py_new_string(python, name), value);
	g_ptr_array_add(tuple->items, text_or_none(python, field->name));
	g_ptr_array_add(tuple->items, iw_py_new_string(python, field->path));
	g_ptr_array_add(tuple->items, iw_py_new_list(python, IW_PY_LIST));
	g_ptr_array_add(tuple->items, dict);
	return tuple;
}

static struct iw_py_value *answer_type(struct asked *asked)
{
	struct django_context *context = asked->host->context;
	struct django_field_ref field = asked->host->field;
	const char *type = iw_django_own_db_type(context, field);
	return type == NULL && context->problem != NULL
		       ? iw_py_new_unknown(context->python, asked->call->place, "%s", context->problem)
		       : text_or_none(context->python, type);
}

static struct iw_py_value *answer_check(struct asked *asked)
{
	return text_or_none(asked->host->context->python,
			    iw_django_own_db_check(asked->host->context, asked->host->field));
}

static struct iw_py_value *answer_parameters(struct asked *asked)
{
	iw_py *python = asked->host->context->python;
	struct iw_py_value *dict = iw_py_new_dict(python);
	iw_py_dict_set(python, dict, iw_py_new_string(python, "type"), answer_type(asked));
	iw_py_dict_set(python, dict, iw_py_new_string(python, "check"), answer_check(asked));
	return dict;
}

static struct iw_py_value *answer_type_name(struct asked *asked)
{
	return text_or_none(asked->host->context->python, iw_django_type_name(asked->row->type));
}

/* What a type makes of a value comes last, when it is written. */
static struct iw_py_value *answer_value(struct asked *asked, enum django_preparation from)
{
	const GPtrArray *items = asked->call->items;
	struct django_host *host = asked->host;
	if (items->len <= asked->skip)
		return NULL;
	struct iw_py_value *value =
		iw_django_prepared_value(host->context, host->field, items->pdata[asked->skip], from);
	return value != NULL ? value
			     : iw_py_new_unknown(host->context->python, asked->call->place, "%s",
						 host->context->problem != NULL ? host->context->problem : "");
}

static struct iw_py_value *answer_save(struct asked *asked)
{
	return answer_value(asked, PREPARE_DATABASE);
}

static struct iw_py_value *answer_database(struct asked *asked)
{
	return answer_value(asked, PREPARE_VALUE);
}

static struct iw_py_value *answer_prepared(struct asked *asked)
{
	return answer_value(asked, PREPARED);
}

static struct iw_py_value *answer_has_default(struct asked *asked)
{
	const struct iw_py_value *self = asked->host->field.field->self;
	const struct iw_py_value *value = g_hash_table_lookup(self->attributes, "default");
	return iw_py_new_boolean(asked->host->context->python, !iw_django_is_not_provided(value));
}

static struct iw_py_value *answer_default(struct asked *asked)
{
	struct iw_py_value *value = asked->host->field.field->default_value;
	iw_py *python = asked->host->context->python;
	if (value == NULL)
		return asked->host->field.field->empty_strings_allowed && !asked->host->field.field->null
			       ? iw_py_new_string(python, "")
			       : iw_py_new_none(python);
	return iw_django_called_default(asked->host->context, value);
}

static struct iw_py_value *answer_nothing(struct asked *asked)
{
	return iw_py_new_none(asked->host->context->python);
}

static const struct {
	const char *name;
	struct iw_py_value *(*answer)(struct asked *asked);
} methods[] = {
	{"__init__", answer_init},
	{"deconstruct", answer_deconstruct},
	{"db_type", answer_type},
	{"rel_db_type", answer_type},
	{"db_check", answer_check},
	{"db_parameters", answer_parameters},
	{"get_internal_type", answer_type_name},
	{"get_prep_value", answer_prepared},
	{"get_db_prep_value", answer_database},
	{"get_db_prep_save", answer_save},
	{"to_python", answer_prepared},
	{"has_default", answer_has_default},
	{"get_default", answer_default},
	{"contribute_to_class", answer_nothing},
	{"check", answer_nothing},
};

/* Python's own questions ----------------------------------------------------------------------------------------------
 */

static struct iw_py_value *answer_callable(struct django_host *self, const struct iw_py_value *call)
{
	static const char *const prefixes[] = {"builtins.", "uuid.uuid", "django.utils.timezone.now", "datetime."};
	const struct iw_py_value *value = call->items->len == 1 ? call->items->pdata[0] : NULL;
	for (size_t i = 0; value != NULL && value->kind == IW_PY_FOREIGN && i < G_N_ELEMENTS(prefixes); i++)
		if (g_str_has_prefix(value->text, prefixes[i]))
			return iw_py_new_boolean(self->context->python, true);
	return NULL;
}

/* Of the object: what is set, and what Django's fields have. Of plain values: what none of them has. */
static struct iw_py_value *answer_has_attribute(struct django_host *self, const struct iw_py_value *call)
{
	static const char *const of_fields[] = {"_validators",	"_error_messages", "_verbose_name",
						"_unique",	"_choices",	   "_db_tablespace",
						"_get_default", "_meta",	   "_check"};
	static const char *const of_none[] = {
		"as_sql", "resolve_expression", "code",	    "value", "amount", "pk", "id", "name", "hex", "all", "read",
		"file",	  "isoformat",		"to_python"};
	iw_py *python = self->context->python;
	const struct iw_py_value *of = call->items->len == 2 ? call->items->pdata[0] : NULL;
	const char *name = of == NULL ? NULL : iw_py_text(call->items->pdata[1]);
	if (name == NULL)
		return NULL;
	if (of == self->field.field->self) {
		bool is_own = g_hash_table_contains(of->attributes, name) ||
			      iw_django_class_attribute(self->context, of->receiver, name) != NULL;
		for (size_t i = 0; i < G_N_ELEMENTS(of_fields) && !is_own; i++)
			is_own = g_str_has_prefix(name, of_fields[i]);
		return is_own || *name == '_' ? iw_py_new_boolean(python, is_own) : NULL;
	}
	for (size_t i = 0; of->kind <= IW_PY_DICT && of->kind != IW_PY_UNKNOWN && i < G_N_ELEMENTS(of_none); i++)
		if (strcmp(of_none[i], name) == 0)
			return iw_py_new_boolean(python, false);
	return NULL;
}

/* super(SlugField, self): the class behind it. */
static struct iw_py_value *answer_super(struct django_host *self, const struct iw_py_value *call)
{
	const struct iw_py_value *class = call->items->len == 2 ? call->items->pdata[0] : NULL;
	const struct django_class *row =
		class == NULL || class->kind != IW_PY_FOREIGN ? NULL : iw_django_class_row(class->text);
	const struct django_class *parent = row == NULL ? NULL : iw_django_class_parent(row);
	bool is_own = parent != NULL && call->items->pdata[1] == self->field.field->self;
	return is_own ? iw_py_new_foreign(self->context->python, parent->path) : NULL;
}

/* json.dumps(value, cls=...): an encoder class says how to write what JSON does not have. */
static struct iw_py_value *answer_json(struct django_host *self, const struct iw_py_value *call)
{
	for (guint i = 0; i < call->names->len; i++)
		if (strcmp(call->names->pdata[i], "cls") != 0)
			return NULL;
	struct django_context *context = self->context;
	const char *before = context->problem;
	const char *text = call->items->len == 1 ? iw_django_json_text(context, call->items->pdata[0]) : NULL;
	if (before == NULL)
		context->problem = NULL;
	return text == NULL ? NULL : iw_py_new_string(context->python, text);
}

static struct iw_py_value *answer_text(struct django_host *self, const struct iw_py_value *call)
{
	struct iw_py_value *value = call->items->len == 1 ? call->items->pdata[0] : NULL;
	if (value == NULL || value->kind == IW_PY_STRING)
		return value;
	return value->kind == IW_PY_INTEGER ? iw_py_new_string(self->context->python, value->text) : NULL;
}

static const struct {
	const char *path;
	struct iw_py_value *(*answer)(struct django_host *self, const struct iw_py_value *call);
} questions[] = {
	{"json.dumps", answer_json},
	{"django.utils.encoding.force_str", answer_text},
	{"django.utils.encoding.force_text", answer_text},
	{"django.utils.encoding.smart_str", answer_text},
	{"django.utils.encoding.smart_text", answer_text},
	{"builtins.callable", answer_callable},
	{"builtins.hasattr", answer_has_attribute},
	{"builtins.super", answer_super},
};

/* cls.add_to_class(name, field), field.contribute_to_class(cls, name) of another field */
static bool gives_field(const struct django_host *self, iw_py *python, const struct iw_py_value *call)
{
	static const char *const paths[] = {"django.db.models.Model.add_to_class",
					    "django.db.models.Model._meta.add_field"};
	const char *path = iw_py_path(python, call);
	for (size_t i = 0; path != NULL && i < G_N_ELEMENTS(paths); i++)
		if (strcmp(paths[i], path) == 0)
			return true;
	const struct iw_py_value *callee = call->receiver;
	return callee->kind == IW_PY_ATTRIBUTE && strcmp(callee->text, "contribute_to_class") == 0 &&
	       callee->receiver != self->field.field->self;
}

/* Whose method is called: of self, or of a class behind super(). */
static bool find_row(struct django_host *self, const struct iw_py_value *call, struct asked *asked)
{
	const struct iw_py_value *callee = call->receiver;
	const struct iw_py_value *object = self->field.field->self;
	*asked = (struct asked){self, NULL, call, 0};
	if (callee->kind == IW_PY_ATTRIBUTE && callee->receiver == object) {
		asked->row = iw_django_class_row(self->field.field->base_path);
	} else if (callee->kind == IW_PY_FOREIGN) {
		const char *dot = strrchr(callee->text, '.');
		g_autofree char *class = dot == NULL ? NULL : g_strndup(callee->text, (gsize)(dot - callee->text));
		asked->row = class == NULL ? NULL : iw_django_class_row(class);
		if (asked->row == NULL && class != NULL && iw_django_is_harmless_base(class))
			asked->row = iw_django_class_row(self->field.field->base_path);
		asked->skip = call->items->len > 0 && call->items->pdata[0] == object;
	}
	return asked->row != NULL;
}

static struct iw_py_value *on_call(void *data, iw_py *python, struct iw_py_value *call)
{
	struct django_host *self = data;
	struct asked asked;
	const char *dot = call->receiver->kind == IW_PY_FOREIGN	    ? strrchr(call->receiver->text, '.')
			  : call->receiver->kind == IW_PY_ATTRIBUTE ? call->receiver->text - 1
								    : NULL;
	for (size_t i = 0; dot != NULL && i < G_N_ELEMENTS(methods); i++)
		if (strcmp(dot + 1, methods[i].name) == 0 && find_row(self, call, &asked))
			return methods[i].answer(&asked);
	self->adds_fields = self->adds_fields || gives_field(self, python, call);
	const char *path = iw_py_path(python, call);
	for (size_t i = 0; path != NULL && call->receiver->kind == IW_PY_FOREIGN && i < G_N_ELEMENTS(questions); i++) {
		struct iw_py_value *answer =
			strcmp(questions[i].path, path) == 0 ? questions[i].answer(self, call) : NULL;
		if (answer != NULL)
			return answer;
	}
	bool is_quoting = path != NULL && strcmp(path, "django.db.connection.ops.quote_name") == 0;
	if (is_quoting && call->items->len == 1 && iw_py_text(call->items->pdata[0]) != NULL)
		return iw_py_new_string(python, iw_django_quote_name(self->context, iw_py_text(call->items->pdata[0])));
	return self->outer == NULL || self->outer->call == NULL ? NULL
								: self->outer->call(self->outer->data, python, call);
}

static void on_skipped(void *data, iw_py *python, struct iw_place place, const char *reason)
{
	struct django_host *self = data;
	(void)python;
	(void)place;
	if (self->skipped == NULL)
		self->skipped = iw_arena_strdup(self->context->arena, reason);
}

void iw_django_host_enter(struct django_host *self, struct django_context *context, struct django_field_ref field,
			  struct django_building *building)
{
	*self = (struct django_host){.context = context, .field = field, .building = building};
	self->host = (struct iw_py_host){
		.call = on_call, .attribute = on_attribute, .skipped = on_skipped, .data = self, .hears_all = true};
	self->outer = iw_py_set_host(context->python, &self->host);
}

void iw_django_host_leave(struct django_host *self)
{
	iw_py_set_host(self->context->python, self->outer);
}
