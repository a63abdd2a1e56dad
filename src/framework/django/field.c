/* Fields as migrations have them: from the call to a struct django_field, its names, its class; see models.h. */
#include "framework/django/fields.h"

#include <string.h>

/* reasons -----------------------------------------------------------------------------------------------------------
 */

void *iw_django_fail(struct django_context *context, struct iw_place place, const char *format, ...)
{
	if (context->problem != NULL)
		return NULL;
	va_list arguments;
	va_start(arguments, format);
	g_autofree char *text = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	context->problem = iw_arena_strdup(context->arena, text);
	context->problem_place = place;
	return NULL;
}

bool iw_django_is_unknown(struct django_context *context, const struct iw_py_value *value)
{
	const struct iw_py_value *unknown = value == NULL ? NULL : iw_py_unknown_in(value);
	if (unknown == NULL)
		return false;
	iw_django_fail(context, unknown->place, "%s", unknown->text);
	return true;
}

/* making ------------------------------------------------------------------------------------------------------------
 */

static struct django_field *new_field(struct django_context *context, const char *name)
{
	struct django_field *field = iw_new(context->arena, struct django_field);
	field->name = name == NULL ? NULL : iw_arena_share(context->arena, name);
	field->arguments = iw_arena_hash_table(context->arena, g_str_hash, g_str_equal);
	field->max_length = field->max_digits = field->decimal_places = field->size = -1;
	field->db_constraint = true;
	return field;
}

/* The class of Django that the row is, or derives from. */
static const char *base_of(const struct django_class *row)
{
	while (!g_str_has_prefix(row->path, "django.") && iw_django_class_parent(row) != NULL)
		row = iw_django_class_parent(row);
	return row->path;
}

void iw_django_field_of_row(struct django_building *building, const struct django_class *row)
{
	struct django_field *field = building->field;
	if (row == NULL) {
		iw_django_field_unknown(field, building->context->arena,
					"what kind of field %s is, is not known: it is not installed here",
					field->path);
		return;
	}
	field->path = row->path;
	field->base_path = base_of(row);
	if (iw_django_field_init(building, row, field->value, 0))
		iw_django_field_settle(building);
	if ((row->flags & OWN_ARGUMENTS) != 0)
		field->opaque = iw_arena_printf(building->context->arena, "what %s gives of its arguments is not known",
						row->path);
}

struct django_field *iw_django_field_new(struct django_context *context, const char *app_label, const char *model,
					 const char *name, struct iw_py_value *value)
{
	struct django_field *field = new_field(context, name);
	struct django_building building = {context, field, app_label, model, NULL, NULL};
	field->value = value;
	field->place = value->place;
	const char *path = value->kind == IW_PY_CALL ? iw_py_path(context->python, value) : NULL;
	field->path = field->base_path = path == NULL ? "" : path;
	if (value->kind == IW_PY_CALL && value->receiver->kind == IW_PY_CLASS)
		iw_django_field_custom(&building);
	else if (value->kind == IW_PY_CALL && value->receiver->kind == IW_PY_FOREIGN)
		iw_django_field_of_row(&building, iw_django_class_row(path));
	else if (value->kind == IW_PY_UNKNOWN)
		iw_django_field_unknown(field, context->arena, "%s", value->text);
	else
		iw_django_field_unknown(field, context->arena, "what this field is, is not known: %s",
					iw_py_repr(context->python, value));
	return field;
}

struct django_field *iw_django_field_make(struct django_context *context, const char *path, const char *name)
{
	static const struct iw_py_value nothing = {.kind = IW_PY_CALL};
	struct django_field *field = new_field(context, name);
	struct django_building building = {context, field, NULL, NULL, NULL, NULL};
	struct iw_py_value call = nothing;
	call.items = iw_arena_ptr_array(context->arena);
	call.names = iw_arena_ptr_array(context->arena);
	call.values = iw_arena_ptr_array(context->arena);
	const struct django_class *row = iw_django_class_row(path);
	field->path = field->base_path = path;
	if (row == NULL) {
		iw_django_field_unknown(field, context->arena, "what kind of field %s is, is not known", path);
		return field;
	}
	field->path = row->path;
	field->base_path = base_of(row);
	bool is_relation = iw_django_class_derives(row, "django.db.models.RelatedField");
	if (iw_django_field_init(&building, row, &call, 0) && is_relation)
		g_hash_table_insert(building.values, (char *)"to", iw_py_new_string(context->python, "."));
	if (field->unknown == NULL)
		iw_django_field_settle(&building);
	if (is_relation)
		field->to = NULL;
	return field;
}

struct django_field *iw_django_field_copy(iw_arena *arena, const struct django_field *field)
{
	struct django_field *copy = iw_arena_memdup(arena, field, sizeof *field);
	copy->arguments = iw_arena_hash_table(arena, g_str_hash, g_str_equal);
	GHashTableIter iterator;
	gpointer name, value;
	g_hash_table_iter_init(&iterator, field->arguments);
	while (g_hash_table_iter_next(&iterator, &name, &value))
		g_hash_table_insert(copy->arguments, name, value);
	return copy;
}

/* names -------------------------------------------------------------------------------------------------------------
 */

static bool is_foreign_key(const struct django_field *field)
{
	return field->type == DJANGO_FOREIGN_KEY || field->type == DJANGO_ONE_TO_ONE;
}

const char *iw_django_attname(struct django_context *context, const struct django_field *field)
{
	return is_foreign_key(field) ? iw_arena_printf(context->arena, "%s_id", field->name) : field->name;
}

/* Before 6.0 many-to-many fields had the column that they would have if they had one; nothing was made of it. */
const char *iw_django_column(struct django_context *context, const struct django_field *field)
{
	if (field->type == DJANGO_NO_COLUMN)
		return NULL;
	return field->db_column != NULL ? field->db_column : iw_django_attname(context, field);
}

bool iw_django_has_default(const struct django_field *field)
{
	return field->default_value != NULL;
}

bool iw_django_is_a(struct django_context *context, const struct django_field *field, const char *path)
{
	(void)context;
	const struct django_class *row = iw_django_class_row(field->base_path);
	return strcmp(field->path, path) == 0 || (row != NULL && iw_django_class_derives(row, path));
}
