/* Indexes of Meta, what they are and their CREATE INDEX; see expressions.h and editor.h. After
 * django/db/models/indexes.py and contrib/postgres/indexes.py. */
#include "framework/django/index_internal.h"

#include <string.h>

/* classes ---------------------------------------------------------------------------------------------------------- */

enum option_kind { OPTION_NUMBER, OPTION_SWITCH, OPTION_COLUMNS };

/* get_with_params(): in the order in which they are written. */
struct django_index_class {
	const char *path; /* as deconstruct() has it */
	const char *module;
	const char *suffix, *using; /* NULL: none */
	struct {
		const char *name; /* of the argument and of the parameter; NULL: the end */
		enum option_kind kind;
	} options[3];
};

#define POSTGRES "django.contrib.postgres.indexes."
static const struct django_index_class classes[] = {
	{"django.db.models.Index", "django.db.models.indexes.Index", "idx", NULL, {{NULL}}},
	{POSTGRES "BloomIndex", NULL, "bloom", "bloom", {{"length", OPTION_NUMBER}, {"columns", OPTION_COLUMNS}}},
	{POSTGRES "BrinIndex",
	 NULL,
	 "brin",
	 "brin",
	 {{"autosummarize", OPTION_SWITCH}, {"pages_per_range", OPTION_NUMBER}}},
	{POSTGRES "BTreeIndex",
	 NULL,
	 "btree",
	 "btree",
	 {{"fillfactor", OPTION_NUMBER}, {"deduplicate_items", OPTION_SWITCH}}},
	{POSTGRES "GinIndex",
	 NULL,
	 "gin",
	 "gin",
	 {{"gin_pending_list_limit", OPTION_NUMBER}, {"fastupdate", OPTION_SWITCH}}},
	{POSTGRES "GistIndex", NULL, "gist", "gist", {{"buffering", OPTION_SWITCH}, {"fillfactor", OPTION_NUMBER}}},
	{POSTGRES "HashIndex", NULL, "hash", "hash", {{"fillfactor", OPTION_NUMBER}}},
	{POSTGRES "SpGistIndex", NULL, "spgist", "spgist", {{"fillfactor", OPTION_NUMBER}}},
};

static const struct django_index_class *class_of(const char *path)
{
	for (size_t i = 0; i < G_N_ELEMENTS(classes); i++)
		if (strcmp(path, classes[i].path) == 0 ||
		    (classes[i].module != NULL && strcmp(path, classes[i].module) == 0))
			return &classes[i];
	return NULL;
}

/* what CALLs and classes say --------------------------------------------------------------------------------------- */

const struct iw_py_value *iw_django_foreign_base(struct django_context *context, const struct iw_py_value *call,
						 const char *const *methods, const char **why)
{
	const struct iw_py_value *class = call->receiver;
	for (guint i = 0; methods[i] != NULL && class->kind == IW_PY_CLASS; i++) {
		const struct iw_py_value *method = iw_py_find(context->python, (struct iw_py_value *)class, methods[i]);
		if (method != NULL && method->kind == IW_PY_FUNCTION) {
			*why = iw_arena_printf(context->arena, "%s has a method %s() of its own", class->text,
					       methods[i]);
			return NULL;
		}
	}
	for (int depth = 0; depth < 20 && class->kind == IW_PY_CLASS; depth++) {
		const struct iw_py_value *next = NULL;
		for (guint i = 0; class->bases != NULL && i < class->bases->len && next == NULL; i++) {
			const struct iw_py_value *base = class->bases->pdata[i];
			if (base->kind == IW_PY_CLASS || base->kind == IW_PY_FOREIGN)
				next = base;
		}
		if (next == NULL)
			break;
		class = next;
	}
	if (class->kind == IW_PY_FOREIGN)
		return class;
	*why = "its class is not known";
	return NULL;
}

bool iw_django_take_texts(struct django_context *context, const struct iw_py_value *value, GPtrArray *list)
{
	if (value == NULL || value->kind == IW_PY_NONE)
		return true;
	if (value->kind != IW_PY_LIST && value->kind != IW_PY_TUPLE)
		return false;
	for (guint i = 0; i < value->items->len; i++) {
		const char *text = iw_py_text(value->items->pdata[i]);
		if (text == NULL)
			return false;
		g_ptr_array_add(list, iw_arena_strdup(context->arena, text));
	}
	return true;
}

struct iw_py_value *iw_django_some(struct iw_py_value *value)
{
	return value == NULL || value->kind == IW_PY_NONE ? NULL : value;
}

/* reading ---------------------------------------------------------------------------------------------------------- */

/* What the CALL says; returns why it is not known, NULL: it is. */
static const char *read_index(struct django_context *context, struct django_index *index, struct iw_py_value *value)
{
	static const char *const methods[] = {
		"__init__",	   "create_sql", "remove_sql", "get_with_params", "set_name_with_model",
		"check_supported", NULL};
	const struct iw_py_value *unknown = iw_py_unknown_in(value);
	if (unknown != NULL)
		return unknown->text;
	if (value->kind != IW_PY_CALL)
		return "an index is not known";
	const char *why = NULL;
	const struct iw_py_value *base = iw_django_foreign_base(context, value, methods, &why);
	if (base == NULL)
		return why;
	index->class = class_of(base->text);
	if (index->class == NULL)
		return iw_arena_printf(context->arena, "the index class %s is not known", base->text);
	bool is_own = value->receiver->kind == IW_PY_CLASS;
	index->path = is_own ? iw_py_path(context->python, value) : index->class->path;
	index->suffix = index->class->suffix;
	const struct iw_py_value *suffix = is_own ? iw_py_find(context->python, value->receiver, "suffix") : NULL;
	if (suffix != NULL && suffix->kind == IW_PY_STRING)
		index->suffix = suffix->text;
	for (guint i = 0; i < value->items->len; i++)
		g_ptr_array_add(index->expressions, value->items->pdata[i]);
	struct iw_py_value *name = iw_django_some(iw_py_argument(value, -1, "name"));
	index->name = name == NULL ? NULL : iw_py_text(name);
	if (name != NULL && index->name == NULL)
		return "the name of an index is not known";
	if (index->name != NULL && *index->name == '\0')
		index->name = NULL;
	struct iw_py_value *tablespace = iw_django_some(iw_py_argument(value, -1, "db_tablespace"));
	index->db_tablespace = tablespace == NULL ? NULL : iw_py_text(tablespace);
	index->condition = iw_django_some(iw_py_argument(value, -1, "condition"));
	return iw_django_take_texts(context, iw_py_argument(value, -1, "fields"), index->fields) &&
			       iw_django_take_texts(context, iw_py_argument(value, -1, "opclasses"),
						    index->opclasses) &&
			       iw_django_take_texts(context, iw_py_argument(value, -1, "include"), index->include)
		       ? NULL
		       : "the fields of an index are not known";
}

struct django_index *iw_django_index_new(struct django_context *context, struct iw_py_value *value)
{
	struct django_index *index = iw_new(context->arena, struct django_index);
	*index = (struct django_index){.value = value,
				       .place = value->place,
				       .path = "",
				       .suffix = "idx",
				       .fields = iw_arena_ptr_array(context->arena),
				       .expressions = iw_arena_ptr_array(context->arena),
				       .opclasses = iw_arena_ptr_array(context->arena),
				       .include = iw_arena_ptr_array(context->arena)};
	index->unknown = read_index(context, index, value);
	return index;
}

/* names ------------------------------------------------------------------------------------------------------------ */

/* text[:count], in characters. */
static const char *head(iw_arena *arena, const char *text, glong count)
{
	return g_utf8_strlen(text, -1) <= count
		       ? text
		       : iw_arena_strndup(arena, text, (size_t)(g_utf8_offset_to_pointer(text, count) - text));
}

/* split_identifier()[1] */
static const char *bare_table(iw_arena *arena, const char *table)
{
	const char *dot = strstr(table, "\".\"");
	const char *start = dot == NULL ? table : dot + 3;
	start += strspn(start, "\"");
	size_t length = strlen(start);
	while (length > 0 && start[length - 1] == '"')
		length--;
	return iw_arena_strndup(arena, start, length);
}

const char *iw_django_index_name(struct django_context *context, struct django_model_ref model,
				 const struct django_index *index)
{
	if (index->name != NULL)
		return index->name;
	if (index->unknown != NULL)
		return iw_django_fail(context, index->place, "%s", index->unknown);
	const char *table = bare_table(context->arena, model.model->db_table), *first = NULL;
	g_autoptr(GString) all = g_string_new(table);
	for (guint i = 0; i < index->fields->len; i++) {
		const char *field = index->fields->pdata[i];
		bool is_descending = *field == '-';
		const char *column = iw_django_named_column(context, model, field + is_descending, index->place);
		if (column == NULL)
			return NULL;
		first = first == NULL ? column : first;
		g_string_append_printf(all, "%s%s", is_descending ? "-" : "", column);
	}
	if (first == NULL)
		return iw_django_fail(context, index->place, "an index has neither a name nor fields");
	const char *suffix = index->suffix == NULL ? "idx" : index->suffix;
	g_string_append(all, suffix);
	const char *name = iw_arena_printf(context->arena, "%s_%s_%s_%s", head(context->arena, table, 11),
					   head(context->arena, first, 7),
					   iw_django_names_digest(context->arena, 6, all->str, NULL), suffix);
	if (*name == '_' || g_ascii_isdigit(*name))
		name = iw_arena_printf(context->arena, "D%s", name + 1);
	return name;
}

/* comparing -------------------------------------------------------------------------------------------------------- */

bool iw_django_same_texts(const GPtrArray *one, const GPtrArray *other)
{
	if (one->len != other->len)
		return false;
	for (guint i = 0; i < one->len; i++)
		if (strcmp(one->pdata[i], other->pdata[i]) != 0)
			return false;
	return true;
}

bool iw_django_same_values(struct django_context *context, const GPtrArray *one, const GPtrArray *other)
{
	if (one->len != other->len)
		return false;
	for (guint i = 0; i < one->len; i++)
		if (!iw_django_values_equal(context, one->pdata[i], other->pdata[i]))
			return false;
	return true;
}

bool iw_django_same_value(struct django_context *context, const struct iw_py_value *one,
			  const struct iw_py_value *other)
{
	return one == NULL || other == NULL ? one == other : iw_django_values_equal(context, one, other);
}

bool iw_django_same_index(struct django_context *context, const struct django_index *one,
			  const struct django_index *other)
{
	if (one->unknown != NULL || other->unknown != NULL || strcmp(one->path, other->path) != 0 ||
	    g_strcmp0(one->name, other->name) != 0 || g_strcmp0(one->db_tablespace, other->db_tablespace) != 0 ||
	    !iw_django_same_texts(one->fields, other->fields) ||
	    !iw_django_same_texts(one->opclasses, other->opclasses) ||
	    !iw_django_same_texts(one->include, other->include) ||
	    !iw_django_same_values(context, one->expressions, other->expressions) ||
	    !iw_django_same_value(context, one->condition, other->condition))
		return false;
	for (size_t i = 0; one->value != NULL && other->value != NULL && i < G_N_ELEMENTS(one->class->options); i++) {
		const char *name = one->class->options[i].name;
		if (name != NULL && !iw_django_same_value(context, iw_django_some(iw_py_argument(one->value, -1, name)),
							  iw_django_some(iw_py_argument(other->value, -1, name))))
			return false;
	}
	return true;
}

/* SQL -------------------------------------------------------------------------------------------------------------- */

const struct django_field *iw_django_named_field(struct django_context *context, struct django_model_ref model,
						 const char *name, struct iw_place place)
{
	struct django_field_ref field = iw_django_get_field(model, name);
	if (field.field == NULL)
		return iw_django_fail(context, place, "%s has no field named '%s'", model.model->name, name);
	if (field.field->unknown != NULL)
		return iw_django_fail(context, place, "%s", field.field->unknown);
	return field.field;
}

const char *iw_django_named_column(struct django_context *context, struct django_model_ref model, const char *name,
				   struct iw_place place)
{
	const struct django_field *field = iw_django_named_field(context, model, name, place);
	const char *column = field == NULL ? NULL : iw_django_column(context, field);
	return field == NULL || column != NULL ? column : iw_django_fail(context, place, "%s has no column", name);
}

bool iw_django_take_fields(struct django_context *context, struct django_model_ref model, const GPtrArray *names,
			   struct iw_place place, GPtrArray *fields)
{
	for (guint i = 0; i < names->len; i++) {
		const char *name = names->pdata[i];
		const struct django_field *field =
			iw_django_named_field(context, model, name + (*name == '-' ? 1 : 0), place);
		if (field == NULL)
			return false;
		g_ptr_array_add(fields, (gpointer)field);
	}
	return true;
}

bool iw_django_take_columns(struct django_context *context, struct django_model_ref model, const GPtrArray *names,
			    struct iw_place place, GPtrArray *columns)
{
	for (guint i = 0; i < names->len; i++) {
		const char *column = iw_django_named_column(context, model, names->pdata[i], place);
		if (column == NULL)
			return false;
		g_ptr_array_add(columns, (gpointer)column);
	}
	return true;
}

bool iw_django_take_expressions(struct django_editor *self, struct django_model_ref model, const GPtrArray *expressions,
				struct django_index_request *request)
{
	struct django_context *context = self->context;
	request->expressions = iw_arena_ptr_array(context->arena);
	request->expression_columns = iw_arena_ptr_array(context->arena);
	for (guint i = 0; i < expressions->len; i++) {
		const char *sql =
			iw_django_indexed_sql(context, model, expressions->pdata[i], NULL, request->expression_columns);
		if (sql == NULL)
			return false;
		g_ptr_array_add(request->expressions, (gpointer)sql);
	}
	return true;
}

bool iw_django_take_condition(struct django_editor *self, struct django_model_ref model, struct iw_py_value *condition,
			      const char **sql)
{
	struct django_context *context = self->context;
	enum django_truth truth = DJANGO_DEPENDS;
	if (condition == NULL)
		return true;
	*sql = iw_django_condition_sql(context, model, condition, &truth);
	if (truth == DJANGO_ALWAYS_TRUE && context->version < 40200) {
		*sql = "";
		return true;
	}
	if (truth != DJANGO_DEPENDS)
		iw_django_fail(context, condition->place, "Django refuses a condition that is always %s",
			       truth == DJANGO_ALWAYS_TRUE ? "true" : "false");
	return *sql != NULL;
}

/* " WITH (fillfactor = 70)"; before Django 4.1 without the blank before it and with one behind. */
static const char *with_parameters(struct django_context *context, const struct django_index *index)
{
	g_autoptr(GString) text = g_string_new(NULL);
	for (size_t i = 0; index->value != NULL && i < G_N_ELEMENTS(index->class->options); i++) {
		const char *name = index->class->options[i].name;
		enum option_kind kind = index->class->options[i].kind;
		const struct iw_py_value *value =
			name == NULL ? NULL : iw_django_some(iw_py_argument(index->value, -1, name));
		bool is_list = value != NULL && (value->kind == IW_PY_LIST || value->kind == IW_PY_TUPLE);
		if (value == NULL || (is_list && value->items->len == 0))
			continue;
		const char *separator = text->len == 0 ? "" : ", ";
		if (kind == OPTION_SWITCH && iw_py_truth(value) >= 0)
			g_string_append_printf(text, "%s%s = %s", separator, name, iw_py_truth(value) ? "on" : "off");
		else if (kind == OPTION_NUMBER && value->kind == IW_PY_INTEGER)
			g_string_append_printf(text, "%s%s = %s", separator, name, value->text);
		else if (kind != OPTION_COLUMNS || !is_list)
			return iw_django_fail(context, index->place, "the value of %s is not known", name);
		for (guint k = 0; kind == OPTION_COLUMNS && k < value->items->len; k++) {
			const struct iw_py_value *length = value->items->pdata[k];
			if (length->kind != IW_PY_INTEGER)
				return iw_django_fail(context, index->place, "the value of %s is not known", name);
			g_string_append_printf(text, "%scol%u = %s", text->len == 0 ? "" : ", ", k + 1, length->text);
		}
	}
	if (text->len == 0)
		return "";
	return iw_arena_printf(context->arena, context->version >= 40100 ? " WITH (%s)" : "WITH (%s) ", text->str);
}

/* Does the server keep the order of an index's columns? Django asks from 4.1 to 6.0. */
static bool has_orders(const struct django_editor *self)
{
	const struct django_context *context = self->context;
	bool is_new = context->engine.version == 0 || context->engine.version >= 100800;
	bool is_known = context->version < 40100 || context->version >= 60100 || is_new;
	return self->backend->supports_index_column_ordering && (!context->engine.is_mariadb || is_known);
}

static GPtrArray *orders_of(struct django_editor *self, const struct django_index *index)
{
	GPtrArray *orders = iw_arena_ptr_array(self->context->arena);
	for (guint i = 0; i < index->fields->len; i++) {
		bool is_descending = *(const char *)index->fields->pdata[i] == '-';
		g_ptr_array_add(orders, (gpointer)(is_descending && has_orders(self) ? "DESC" : ""));
	}
	return orders;
}

struct django_statement *iw_django_index_create_sql(struct django_editor *self, struct django_model_ref model,
						    const struct django_index *index, bool concurrently)
{
	struct django_context *context = self->context;
	if (index->unknown != NULL)
		return iw_django_fail(context, index->place, "%s", index->unknown);
	struct django_index_request request = {.fields = iw_arena_ptr_array(context->arena),
					       .name = iw_django_index_name(context, model, index),
					       .suffixes = orders_of(self, index),
					       .opclasses = index->opclasses,
					       .include = iw_arena_ptr_array(context->arena),
					       .db_tablespace = index->db_tablespace,
					       .nulls_distinct = -1};
	bool has_conditions = self->backend->supports_partial_indexes;
	if (index->condition != NULL && !has_conditions)
		iw_django_left_out(self, model, index->condition);
	if (request.name == NULL || context->problem != NULL ||
	    !iw_django_take_fields(context, model, index->fields, index->place, request.fields) ||
	    !iw_django_take_columns(context, model, index->include, index->place, request.include) ||
	    !iw_django_take_condition(self, model, has_conditions ? index->condition : NULL, &request.condition) ||
	    !iw_django_take_expressions(self, model, index->expressions, &request))
		return NULL;
	if (index->class != NULL && index->class->using != NULL) {
		request.using = iw_arena_printf(context->arena, " USING %s", index->suffix);
		request.extra = with_parameters(context, index);
		if (request.extra == NULL)
			return NULL;
	}
	if (concurrently)
		request.template = "CREATE INDEX CONCURRENTLY %(name)s ON %(table)s%(using)s "
				   "(%(columns)s)%(include)s%(extra)s%(condition)s";
	return iw_django_create_index_sql(self, model, &request);
}
