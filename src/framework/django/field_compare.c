/* Whether two fields differ in what the database sees: _field_should_be_altered(); see models.h. */
#include "framework/django/fields.h"

#include "framework/django/decimal.h"
#include "framework/django/expressions.h"

#include <string.h>

/* values ------------------------------------------------------------------------------------------------------------
 */

enum { DEEPEST = 40 };

/* 1 equal, 0 not, -1 not known, as Python's == would find them. */
static int same(struct django_context *context, const struct iw_py_value *a, const struct iw_py_value *b, int depth);

static int same_lists(struct django_context *context, const GPtrArray *a, const GPtrArray *b, int depth)
{
	if (a->len != b->len)
		return 0;
	int all = 1;
	for (guint i = 0; i < a->len && all != 0; i++) {
		int one = same(context, a->pdata[i], b->pdata[i], depth + 1);
		all = one == 0 ? 0 : MIN(all, one);
	}
	return all;
}

/* Dictionaries and sets: whatever the order. */
static int same_tables(struct django_context *context, const struct iw_py_value *a, const struct iw_py_value *b,
		       int depth)
{
	if (a->items->len != b->items->len)
		return 0;
	int all = 1;
	for (guint i = 0; i < a->items->len && all != 0; i++) {
		int found = 0;
		for (guint k = 0; k < b->items->len && found != 1; k++) {
			int one = same(context, a->items->pdata[i], b->items->pdata[k], depth + 1);
			if (one == 1 && a->kind == IW_PY_DICT)
				one = same(context, a->values->pdata[i], b->values->pdata[k], depth + 1);
			found = one == 0 ? found : one == 1 ? 1 : -1;
		}
		all = found == 0 ? 0 : MIN(all, found);
	}
	return all;
}

/* The number of a Decimal, an int, a float, without zeros that say nothing; NULL: it is none. */
static const char *number_text(struct django_context *context, const struct iw_py_value *value, bool *is_decimal)
{
	const struct iw_py_value *given = value;
	*is_decimal = value->kind == IW_PY_CALL && iw_py_is(context->python, value, "decimal.Decimal");
	if (*is_decimal)
		given = iw_py_argument(value, 0, "value");
	if (given == NULL)
		return "0";
	const char *text = given->kind == IW_PY_STRING && *is_decimal ? given->text
			   : given->kind == IW_PY_INTEGER	      ? given->text
			   : given->kind == IW_PY_FLOAT ? iw_decimal_of_float(context->arena, given->number, 380)
							: NULL;
	const char *written = text == NULL ? NULL : iw_decimal_plain(context->arena, text);
	if (written == NULL || strchr(written, '.') == NULL)
		return written;
	size_t length = strlen(written);
	while (written[length - 1] == '0')
		length--;
	length -= written[length - 1] == '.';
	return iw_arena_strndup(context->arena, written, length);
}

/* datetime, timedelta, uuid, Decimal; -2: they are none of these. */
static int same_objects(struct django_context *context, const struct iw_py_value *a, const struct iw_py_value *b)
{
	enum django_datum_kind kind_a = DATUM_NULL, kind_b = DATUM_NULL;
	struct django_moment moment_a, moment_b;
	__int128 duration_a, duration_b;
	bool is_decimal_a, is_decimal_b;
	const char *number_a = number_text(context, a, &is_decimal_a);
	const char *number_b = number_text(context, b, &is_decimal_b);
	if (number_a != NULL && number_b != NULL && (is_decimal_a || is_decimal_b))
		return strcmp(number_a, number_b) == 0;
	if (iw_django_read_moment(context, a, &kind_a, &moment_a) &&
	    iw_django_read_moment(context, b, &kind_b, &moment_b))
		return kind_a == kind_b && moment_a.is_aware == moment_b.is_aware &&
		       strcmp(iw_django_moment_text(context->arena, &moment_a, kind_a, ' ', true),
			      iw_django_moment_text(context->arena, &moment_b, kind_b, ' ', true)) == 0;
	if (iw_django_read_duration(context, a, &duration_a) && iw_django_read_duration(context, b, &duration_b))
		return duration_a == duration_b;
	return -2;
}

static int same_calls(struct django_context *context, const struct iw_py_value *a, const struct iw_py_value *b,
		      int depth)
{
	int all = same(context, a->receiver, b->receiver, depth + 1);
	if (all == 0 || a->items->len != b->items->len || a->names->len != b->names->len)
		return 0;
	int items = same_lists(context, a->items, b->items, depth);
	all = items == 0 ? 0 : MIN(all, items);
	for (guint i = 0; i < a->names->len && all != 0; i++) {
		const struct iw_py_value *other = iw_py_argument(b, -1, a->names->pdata[i]);
		int one = other == NULL ? 0 : same(context, a->values->pdata[i], other, depth + 1);
		all = one == 0 ? 0 : MIN(all, one);
	}
	return all;
}

/* Objects of these are equal when they were made alike; those of the others, when they are one. */
static bool has_value_equality(const char *path)
{
	static const char *const prefixes[] = {"django.core.validators.",
					       "django.db.models.",
					       "django.contrib.postgres.",
					       "uuid.",
					       "datetime.",
					       "decimal.",
					       "ipaddress.",
					       "re.compile",
					       "django.utils.translation.",
					       "django.utils.text.",
					       "builtins.getattr",
					       "psycopg"};
	for (size_t i = 0; path != NULL && i < G_N_ELEMENTS(prefixes); i++)
		if (g_str_has_prefix(path, prefixes[i]))
			return true;
	return false;
}

static bool has_identity(const char *path)
{
	static const char *const prefixes[] = {"django.core.files.storage.", "functools.partial", "builtins.object"};
	for (size_t i = 0; path != NULL && i < G_N_ELEMENTS(prefixes); i++)
		if (g_str_has_prefix(path, prefixes[i]))
			return true;
	return false;
}

static const char *foreign_base(struct django_context *context, const struct iw_py_value *call)
{
	if (call->receiver->kind != IW_PY_CLASS)
		return iw_py_path(context->python, call);
	const GPtrArray *order = iw_py_resolution_order(call->receiver);
	for (guint i = 0; i < order->len; i++) {
		const struct iw_py_value *one = order->pdata[i];
		if (one->kind == IW_PY_CLASS && g_hash_table_contains(one->attributes, "__eq__"))
			return NULL;
		if (one->kind == IW_PY_FOREIGN)
			return one->text;
	}
	return NULL;
}

static int same_made(struct django_context *context, const struct iw_py_value *a, const struct iw_py_value *b,
		     int depth)
{
	int objects = same_objects(context, a, b);
	if (objects != -2)
		return objects;
	const char *path = foreign_base(context, a);
	int alike = same_calls(context, a, b, depth);
	if (alike == 0 || has_value_equality(path))
		return alike;
	return has_identity(path) ? 0 : -1;
}

static int same_foreign(struct django_context *context, const struct iw_py_value *a, const struct iw_py_value *b)
{
	const char *one = iw_django_plain_path(context->arena, a->text);
	const char *other = iw_django_plain_path(context->arena, b->text);
	if (strcmp(one, other) == 0)
		return 1;
	/* One of them may be another name of the other. */
	const char *last = strrchr(one, '.'), *other_last = strrchr(other, '.');
	bool is_alias = strcspn(one, ".") == strcspn(other, ".") && strncmp(one, other, strcspn(one, ".")) == 0 &&
			last != NULL && other_last != NULL && strcmp(last, other_last) == 0;
	return is_alias ? -1 : 0;
}

/* Something of a package that is not read, and something that is known. */
static int same_as_symbol(const struct iw_py_value *symbol)
{
	static const char *const prefixes[] = {"builtins.", "django.utils.timezone.", "uuid.", "datetime.",
					       "decimal.",  "django.db.models."};
	const struct iw_py_value *of = symbol;
	while (of != NULL && (of->kind == IW_PY_CALL || of->kind == IW_PY_ATTRIBUTE))
		of = of->receiver;
	if (of != NULL && of->kind == IW_PY_CLASS)
		return 0;
	for (size_t i = 0; of != NULL && of->kind == IW_PY_FOREIGN && i < G_N_ELEMENTS(prefixes); i++)
		if (g_str_has_prefix(of->text, prefixes[i]))
			return 0;
	return -1;
}

static int same_instances(struct django_context *context, struct iw_py_value *a, const struct iw_py_value *b)
{
	struct iw_py_value *method = iw_py_find(context->python, a, "__eq__");
	if (method == NULL || method->kind != IW_PY_FUNCTION)
		return 0;
	GPtrArray *arguments = iw_arena_ptr_array(context->arena);
	g_ptr_array_add(arguments, (gpointer)b);
	return iw_py_truth(iw_py_call(context->python, method, arguments, NULL));
}

static bool is_symbol(const struct iw_py_value *value)
{
	return value->kind == IW_PY_FOREIGN || value->kind == IW_PY_CALL || value->kind == IW_PY_ATTRIBUTE ||
	       value->kind == IW_PY_OPERATION;
}

static const struct iw_py_value *enum_value(const struct iw_py_value *value)
{
	bool is_member = value->kind == IW_PY_INSTANCE && value->receiver != NULL && value->attributes != NULL &&
			 g_hash_table_contains(value->attributes, "label");
	return is_member ? g_hash_table_lookup(value->attributes, "value") : NULL;
}

static int same_symbols(struct django_context *context, const struct iw_py_value *a, const struct iw_py_value *b,
			int depth)
{
	if (!is_symbol(a) || !is_symbol(b) || a->kind != b->kind) {
		int objects = same_objects(context, a, b);
		return objects != -2 ? objects
				     : MIN(is_symbol(a) ? same_as_symbol(a) : 0, is_symbol(b) ? same_as_symbol(b) : 0);
	}
	if (a->kind == IW_PY_FOREIGN)
		return same_foreign(context, a, b);
	if (a->kind == IW_PY_CALL)
		return same_made(context, a, b, depth);
	if (strcmp(a->text, b->text) != 0)
		return -1;
	int parts = a->kind == IW_PY_ATTRIBUTE ? same(context, a->receiver, b->receiver, depth + 1)
					       : same_lists(context, a->items, b->items, depth);
	return parts == 1 ? 1 : -1;
}

static int same(struct django_context *context, const struct iw_py_value *a, const struct iw_py_value *b, int depth)
{
	if (a == b && a->kind != IW_PY_UNKNOWN)
		return 1;
	if (a->kind == IW_PY_UNKNOWN || b->kind == IW_PY_UNKNOWN || depth > DEEPEST)
		return -1;
	const struct iw_py_value *lazy = iw_django_lazy_text(context, a), *other_lazy = iw_django_lazy_text(context, b);
	a = lazy != NULL ? lazy : enum_value(a) != NULL ? enum_value(a) : a;
	b = other_lazy != NULL ? other_lazy : enum_value(b) != NULL ? enum_value(b) : b;
	if (is_symbol(a) || is_symbol(b))
		return same_symbols(context, a, b, depth);
	if (a->kind == IW_PY_FUNCTION && b->kind == IW_PY_FUNCTION)
		return a->place.source != NULL && a->place.source == b->place.source &&
		       a->place.offset == b->place.offset && strcmp(a->text, b->text) == 0 &&
		       strcmp(a->text, "partial") != 0;
	if (a->kind == IW_PY_INSTANCE)
		return same_instances(context, (struct iw_py_value *)a, b);
	if (a->kind != b->kind) {
		bool are_numbers = (a->kind == IW_PY_BOOLEAN || a->kind == IW_PY_INTEGER || a->kind == IW_PY_FLOAT) &&
				   (b->kind == IW_PY_BOOLEAN || b->kind == IW_PY_INTEGER || b->kind == IW_PY_FLOAT);
		return are_numbers && a->number == b->number && a->integer == b->integer;
	}
	switch (a->kind) {
	case IW_PY_NONE:
		return 1;
	case IW_PY_BOOLEAN:
		return a->boolean == b->boolean;
	case IW_PY_INTEGER:
		return strcmp(a->text, b->text) == 0;
	case IW_PY_FLOAT:
		return a->number == b->number;
	case IW_PY_STRING:
	case IW_PY_BYTES:
		return a->length == b->length && memcmp(a->text, b->text, a->length) == 0;
	case IW_PY_LIST:
	case IW_PY_TUPLE:
		return same_lists(context, a->items, b->items, depth);
	case IW_PY_SET:
	case IW_PY_DICT:
		return same_tables(context, a, b, depth);
	default:
		return 0;
	}
}

bool iw_django_values_equal(struct django_context *context, const struct iw_py_value *one,
			    const struct iw_py_value *other)
{
	int answer = same(context, one, other, 0);
	if (answer < 0 && !iw_django_is_unknown(context, one) && !iw_django_is_unknown(context, other))
		iw_django_fail(context, one->place, "whether %s equals %s is not known",
			       iw_py_repr(context->python, one), iw_py_repr(context->python, other));
	return answer == 1;
}

/* arguments ---------------------------------------------------------------------------------------------------------
 */

/* Attributes that do not count: Field.non_db_attrs. */
struct uncounted {
	const char *name;
	int since, below; /* versions of Django */
};
static const struct uncounted non_db_attrs[] = {
	{"blank", 0, G_MAXINT},
	{"choices", 40100, G_MAXINT},
	{"db_column", 0, G_MAXINT},
	{"editable", 0, G_MAXINT},
	{"error_messages", 0, G_MAXINT},
	{"help_text", 0, G_MAXINT},
	{"limit_choices_to", 0, G_MAXINT},
	{"on_delete", 0, 60100},
	{"related_name", 0, G_MAXINT},
	{"related_query_name", 0, G_MAXINT},
	{"validators", 0, G_MAXINT},
	{"verbose_name", 0, G_MAXINT},
};

static void add_own_names(GHashTable *names, const struct iw_py_value *value)
{
	bool is_list = value->kind == IW_PY_LIST || value->kind == IW_PY_TUPLE || value->kind == IW_PY_SET;
	for (guint i = 0; is_list && i < value->items->len; i++)
		if (iw_py_text(value->items->pdata[i]) != NULL)
			g_hash_table_add(names, (char *)iw_py_text(value->items->pdata[i]));
	bool is_sum = value->kind == IW_PY_OPERATION && strcmp(value->text, "+") == 0;
	for (guint i = 0; is_sum && i < value->items->len; i++)
		add_own_names(names, value->items->pdata[i]);
}

static GHashTable *uncounted_names(struct django_context *context, struct django_field_ref field,
				   const char *const *ignore)
{
	GHashTable *names = iw_arena_hash_table(context->arena, g_str_hash, g_str_equal);
	for (size_t i = 0; i < G_N_ELEMENTS(non_db_attrs); i++)
		if (context->version >= non_db_attrs[i].since && context->version < non_db_attrs[i].below)
			g_hash_table_add(names, (char *)non_db_attrs[i].name);
	/* 6.1.0 counts it always; later ones when the database does it. */
	bool is_database = field.field->on_delete != NULL && g_str_has_prefix(field.field->on_delete, "DB_");
	if (context->version >= 60100 && !is_database)
		g_hash_table_add(names, (char *)"on_delete");
	for (; ignore != NULL && *ignore != NULL; ignore++)
		g_hash_table_add(names, (char *)*ignore);
	bool is_own = false;
	const struct iw_py_value *own = iw_django_field_method(context, field, "non_db_attrs", NULL, &is_own);
	if (is_own && own != NULL && context->version >= 40100)
		add_own_names(names, own);
	return names;
}

static struct iw_py_value *argument(const struct django_field *field, const char *name)
{
	if (strcmp(name, "default") == 0 && field->default_value == NULL)
		return NULL;
	return g_hash_table_lookup(field->arguments, name);
}

/* deconstruct()'s list of choices is one whatever was given. */
static int same_choices(struct django_context *context, const struct iw_py_value *one, const struct iw_py_value *other)
{
	bool are_lists = (one->kind == IW_PY_LIST || one->kind == IW_PY_TUPLE) &&
			 (other->kind == IW_PY_LIST || other->kind == IW_PY_TUPLE);
	return are_lists ? same_lists(context, one->items, other->items, 0) : same(context, one, other, 0);
}

static int same_argument(struct django_context *context, const struct django_field *one,
			 const struct django_field *other, const char *name)
{
	const struct iw_py_value *a = argument(one, name), *b = argument(other, name);
	if (a == NULL || b == NULL)
		return a == b;
	/* Fields within fields are equal when they are one; ArrayField gives a new one each time. */
	if (strcmp(name, "base_field") == 0)
		return 0;
	if (strcmp(name, "output_field") == 0)
		return a == b;
	return strcmp(name, "choices") == 0 ? same_choices(context, a, b) : same(context, a, b, 0);
}

bool iw_django_same_argument(struct django_context *context, const struct django_field *one,
			     const struct django_field *other, const char *name)
{
	int answer = same_argument(context, one, other, name);
	if (answer < 0)
		iw_django_fail(context, other->place, "whether \"%s\" of field \"%s\" has changed is not known", name,
			       other->name);
	return answer == 1;
}

/* _field_should_be_altered() ----------------------------------------------------------------------------------------
 */

static bool is_concrete(const struct django_context *context, const struct django_field *field)
{
	return field->type != DJANGO_NO_COLUMN || (field->is_many_to_many && context->version < 60000);
}

/* field.column; many-to-many fields had one by name until 6.0. */
static const char *column_name(struct django_context *context, const struct django_field *field)
{
	const char *column = iw_django_column(context, field);
	if (column == NULL && field->is_many_to_many && context->version < 60000)
		return field->db_column != NULL ? field->db_column : field->name;
	return column;
}

/* to_field as deconstruct() gives it: not when it is the primary key. */
static const char *to_field(struct django_field_ref field)
{
	struct django_field_ref target =
		field.field->to_field == NULL ? (struct django_field_ref){0} : iw_django_target(field);
	if (target.model == NULL)
		return field.field->to_field;
	struct django_field_ref key = iw_django_primary_key((struct django_model_ref){target.state, target.model});
	bool is_key =
		key.field != NULL && key.field->name != NULL && strcmp(key.field->name, field.field->to_field) == 0;
	return is_key ? NULL : field.field->to_field;
}

static bool points_to_same_table(struct django_field_ref old, struct django_field_ref new_field)
{
	if (new_field.field->is_many_to_many || !old.field->is_relation || !new_field.field->is_relation)
		return false;
	const struct django_model *from = iw_django_target(old).model, *to = iw_django_target(new_field).model;
	return from != NULL && to != NULL && g_strcmp0(from->db_table, to->db_table) == 0;
}

static bool has_same_db_default(struct django_context *context, struct django_field_ref old,
				struct django_field_ref new_field)
{
	const struct iw_py_value *one = argument(old.field, "db_default"),
				 *other = argument(new_field.field, "db_default");
	if (one == NULL || other == NULL || iw_py_truth(one) == 0 || iw_py_truth(other) == 0)
		return false;
	const char *before = iw_django_db_default_sql(context, old);
	const char *after = before == NULL ? NULL : iw_django_db_default_sql(context, new_field);
	return after != NULL && strcmp(before, after) == 0;
}

struct comparing {
	struct django_context *context;
	struct django_field_ref old, new_field;
	GHashTable *old_uncounted, *new_uncounted;
	bool is_different;
	const char *unsure; /* the argument of which it is not known */
};

static void compare_one(struct comparing *all, const char *name)
{
	bool is_left_out = g_hash_table_contains(all->old_uncounted, name);
	bool is_other_left_out = g_hash_table_contains(all->new_uncounted, name);
	if (strcmp(name, "to_field") == 0 || (is_left_out && is_other_left_out))
		return;
	int answer = is_left_out || is_other_left_out
			     ? argument(is_left_out ? all->new_field.field : all->old.field, name) == NULL
			     : same_argument(all->context, all->old.field, all->new_field.field, name);
	if (answer == 0)
		all->is_different = true;
	else if (answer < 0 && all->unsure == NULL)
		all->unsure = name;
}

static void compare_arguments(struct comparing *all)
{
	const struct django_field *fields[] = {all->old.field, all->new_field.field};
	for (size_t i = 0; i < 2; i++) {
		GHashTableIter iterator;
		gpointer name;
		g_hash_table_iter_init(&iterator, fields[i]->arguments);
		while (g_hash_table_iter_next(&iterator, &name, NULL) && !all->is_different)
			if (i == 0 || !g_hash_table_contains(fields[0]->arguments, name))
				compare_one(all, name);
	}
	if (g_strcmp0(to_field(all->old), to_field(all->new_field)) != 0)
		all->is_different = true;
}

static bool same_names(const GPtrArray *one, const GPtrArray *other)
{
	if (one == NULL || other == NULL || one->len != other->len)
		return one == other;
	for (guint i = 0; i < one->len; i++)
		if (strcmp(one->pdata[i], other->pdata[i]) != 0)
			return false;
	return true;
}

/* deconstruct() of one of them is not known: they are equal when they were made alike. */
static void compare_calls(struct comparing *all)
{
	const struct django_field *old = all->old.field, *new_field = all->new_field.field;
	bool are_alike = old->value != NULL && new_field->value != NULL &&
			 same_calls(all->context, old->value, new_field->value, 0) == 1;
	if (!are_alike)
		all->unsure = "deconstruct()";
}

/*
 * Where it is not known, PostgreSQL and MySQL do the same in both cases for what is not a foreign key: what is not
 * known there are values that never reach the database.
 */
static bool answer(struct comparing *all)
{
	const struct django_field *field = all->new_field.field;
	if (all->is_different || all->unsure == NULL)
		return all->is_different;
	bool matters = all->context->engine.dialect == IW_SQLITE || all->old.field->is_relation || field->is_relation;
	if (matters)
		iw_django_fail(all->context, field->place, "whether \"%s\" of field \"%s\" has changed is not known",
			       all->unsure, field->name);
	return true;
}

bool iw_django_should_be_altered(struct django_context *context, struct django_field_ref old,
				 struct django_field_ref new_field, const char *const *ignore)
{
	const struct django_field *fields[] = {old.field, new_field.field};
	for (size_t i = 0; i < 2; i++)
		if (fields[i]->unknown != NULL) {
			iw_django_fail(context, fields[i]->place, "%s", fields[i]->unknown);
			return true;
		}
	bool is_old = is_concrete(context, old.field), is_new = is_concrete(context, new_field.field);
	bool has_none = !is_old && !old.field->is_many_to_many && !is_new && !new_field.field->is_many_to_many;
	if (context->version >= 50000 && has_none)
		return false;
	bool is_renamed = is_old && is_new &&
			  g_strcmp0(column_name(context, old.field), column_name(context, new_field.field)) != 0;
	bool is_moved = context->version >= 60000 && old.field->is_many_to_many && new_field.field->is_many_to_many &&
			g_strcmp0(old.field->name, new_field.field->name) != 0;
	if (is_renamed || is_moved || (is_old != is_new && context->version < 60000) ||
	    strcmp(old.field->path, new_field.field->path) != 0)
		return true;
	struct comparing all = {.context = context,
				.old = old,
				.new_field = new_field,
				.old_uncounted = uncounted_names(context, old, ignore),
				.new_uncounted = uncounted_names(context, new_field, ignore)};
	if (context->version >= 50000 && points_to_same_table(old, new_field)) {
		g_hash_table_add(all.old_uncounted, (char *)"to");
		g_hash_table_add(all.new_uncounted, (char *)"to");
	}
	if (context->version >= 50000 && has_same_db_default(context, old, new_field)) {
		g_hash_table_add(all.old_uncounted, (char *)"db_default");
		g_hash_table_add(all.new_uncounted, (char *)"db_default");
	}
	all.is_different = !same_names(old.field->columns_of, new_field.field->columns_of);
	if (old.field->opaque != NULL || new_field.field->opaque != NULL)
		compare_calls(&all);
	else
		compare_arguments(&all);
	return answer(&all);
}
