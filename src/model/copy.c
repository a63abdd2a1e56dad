/* Deep copies of what schemas are made of; see schema.h. */
#include "model/schema.h"

typedef void *(*copy_element)(iw_arena *arena, const void *element);

static GPtrArray *copy_list(iw_arena *arena, const GPtrArray *list, copy_element copy)
{
	if (list == NULL)
		return NULL;
	GPtrArray *out = iw_arena_ptr_array(arena);
	for (guint i = 0; i < list->len; i++)
		g_ptr_array_add(out, copy(arena, list->pdata[i]));
	return out;
}

/* Schemas name the same types, columns and methods over and over. */
static void *copy_string(iw_arena *arena, const void *text)
{
	return (char *)iw_arena_share(arena, text);
}

static GPtrArray *copy_strings(iw_arena *arena, const GPtrArray *list)
{
	return copy_list(arena, list, copy_string);
}

static void copy_texts(iw_arena *arena, const char **const *fields, size_t count)
{
	for (size_t i = 0; i < count; i++)
		*fields[i] = iw_arena_share(arena, *fields[i]);
}

#define COPY_TEXTS(arena, ...)                                                                                         \
	copy_texts((arena), (const char **const[]){__VA_ARGS__},                                                       \
		   sizeof((const char **const[]){__VA_ARGS__}) / sizeof(const char **))
/* A shallow copy of a struct in the arena; NULL in, NULL out at the call site. */
#define SHALLOW(arena, type, from) ((type *)iw_arena_memdup((arena), (from), sizeof(type)))

/* Lists of names, of keys and of a column's constraints are shared: whoever changes one makes another. */
static GPtrArray *share_list(iw_arena *arena, const GPtrArray *list, copy_element copy)
{
	if (list == NULL)
		return NULL;
	g_autoptr(GPtrArray) copies = g_ptr_array_sized_new(list->len);
	for (guint i = 0; i < list->len; i++)
		g_ptr_array_add(copies, copy(arena, list->pdata[i]));
	return iw_arena_share_list(arena, copies->pdata, copies->len);
}

static GPtrArray *share_strings(iw_arena *arena, const GPtrArray *list)
{
	return share_list(arena, list, copy_string);
}

struct iw_name iw_name_copy(iw_arena *arena, struct iw_name name)
{
	return (struct iw_name){iw_arena_share(arena, name.schema), iw_arena_share(arena, name.name)};
}

struct iw_type iw_type_copy(iw_arena *arena, const struct iw_type *type)
{
	struct iw_type copy = *type;
	copy.text = iw_arena_share(arena, type->text);
	/* Most types have no arguments: one string serves both. */
	copy.base = type->base != NULL && g_strcmp0(type->base, type->text) == 0 ? copy.text
										 : iw_arena_share(arena, type->base);
	copy.charset = iw_arena_share(arena, type->charset);
	copy.user = iw_name_copy(arena, type->user);
	copy.values = copy_strings(arena, type->values);
	return copy;
}

const struct iw_expression *iw_expression_copy(iw_arena *arena, const struct iw_expression *expression)
{
	if (expression == NULL)
		return NULL;
	struct iw_expression copy = *expression;
	copy.text = iw_arena_share(arena, expression->text);
	copy.canonical = g_strcmp0(expression->text, expression->canonical) == 0
				 ? copy.text
				 : iw_arena_share(arena, expression->canonical);
	copy.of_type = iw_name_copy(arena, expression->of_type);
	return iw_arena_share_struct(arena, &copy, sizeof copy);
}

static void *copy_key(iw_arena *arena, const void *from)
{
	struct iw_key copy = *(const struct iw_key *)from;
	copy.expression = iw_expression_copy(arena, copy.expression);
	COPY_TEXTS(arena, &copy.column, &copy.operator_class, &copy.collation, &copy.with_operator);
	return (void *)iw_arena_share_struct(arena, &copy, sizeof copy);
}

GPtrArray *iw_keys_new(iw_arena *arena, GPtrArray *columns)
{
	g_autoptr(GPtrArray) keys = g_ptr_array_new();
	for (guint i = 0; i < columns->len; i++) {
		const struct iw_key key = {.column = columns->pdata[i]};
		g_ptr_array_add(keys, (void *)iw_arena_share_struct(arena, &key, sizeof key));
	}
	return iw_arena_share_list(arena, keys->pdata, keys->len);
}

GPtrArray *iw_keys_change(iw_arena *arena, GPtrArray *keys, iw_key_change change, void *data)
{
	if (keys == NULL)
		return NULL;
	g_autoptr(GPtrArray) changed = g_ptr_array_sized_new(keys->len);
	for (guint i = 0; i < keys->len; i++) {
		struct iw_key key = *(const struct iw_key *)keys->pdata[i];
		if (change(data, &key))
			g_ptr_array_add(changed, (void *)iw_arena_share_struct(arena, &key, sizeof key));
	}
	return iw_arena_share_list(arena, changed->pdata, changed->len);
}

struct iw_constraint *iw_constraint_copy(iw_arena *arena, const struct iw_constraint *constraint)
{
	if (constraint == NULL)
		return NULL;
	struct iw_constraint *copy = SHALLOW(arena, struct iw_constraint, constraint);
	copy->keys = share_list(arena, constraint->keys, copy_key);
	copy->columns = share_strings(arena, constraint->columns);
	copy->references = iw_name_copy(arena, constraint->references);
	copy->referenced_columns = share_strings(arena, constraint->referenced_columns);
	copy->check = iw_expression_copy(arena, constraint->check);
	copy->included = share_strings(arena, constraint->included);
	copy->where = iw_expression_copy(arena, constraint->where);
	copy->set_columns = share_strings(arena, constraint->set_columns);
	COPY_TEXTS(arena, &copy->name, &copy->match, &copy->method, &copy->using_index, &copy->of_column,
		   &copy->on_conflict, &copy->options, &copy->tablespace);
	return copy;
}

static void *copy_constraint(iw_arena *arena, const void *from)
{
	return iw_constraint_copy(arena, from);
}

struct iw_column *iw_column_copy(iw_arena *arena, const struct iw_column *column)
{
	if (column == NULL)
		return NULL;
	struct iw_column *copy = SHALLOW(arena, struct iw_column, column);
	copy->type = iw_type_copy(arena, &column->type);
	copy->default_value = iw_expression_copy(arena, column->default_value);
	copy->generation = iw_expression_copy(arena, column->generation);
	copy->on_update = iw_expression_copy(arena, column->on_update);
	copy->constraints = share_list(arena, column->constraints, copy_constraint);
	COPY_TEXTS(arena, &copy->name, &copy->collation, &copy->comment, &copy->storage, &copy->compression,
		   &copy->position, &copy->identity_options, &copy->options);
	return copy;
}

static void *copy_column(iw_arena *arena, const void *from)
{
	return iw_column_copy(arena, from);
}

struct iw_index *iw_index_copy(iw_arena *arena, const struct iw_index *index)
{
	if (index == NULL)
		return NULL;
	struct iw_index *copy = SHALLOW(arena, struct iw_index, index);
	copy->table = iw_name_copy(arena, index->table);
	copy->keys = share_list(arena, index->keys, copy_key);
	copy->included = share_strings(arena, index->included);
	copy->where = iw_expression_copy(arena, index->where);
	COPY_TEXTS(arena, &copy->name, &copy->method, &copy->special, &copy->constraint, &copy->options,
		   &copy->tablespace, &copy->comment, &copy->parent);
	return copy;
}

static void *copy_index(iw_arena *arena, const void *from)
{
	return iw_index_copy(arena, from);
}

struct iw_object *iw_object_copy(iw_arena *arena, const struct iw_object *object)
{
	if (object == NULL)
		return NULL;
	struct iw_object *copy = SHALLOW(arena, struct iw_object, object);
	copy->name = iw_name_copy(arena, object->name);
	copy->definition = iw_arena_share(arena, object->definition);
	return copy;
}

static void *copy_object(iw_arena *arena, const void *from)
{
	return iw_object_copy(arena, from);
}

static void *copy_name(iw_arena *arena, const void *from)
{
	struct iw_name *copy = iw_new(arena, struct iw_name);
	*copy = iw_name_copy(arena, *(const struct iw_name *)from);
	return copy;
}

static void *copy_like(iw_arena *arena, const void *from)
{
	struct iw_like *copy = SHALLOW(arena, struct iw_like, from);
	copy->source = iw_name_copy(arena, copy->source);
	return copy;
}

static GPtrArray *never_null(iw_arena *arena, GPtrArray *list)
{
	return list != NULL ? list : iw_arena_ptr_array(arena);
}

/* Few tables have any. */
static GPtrArray *copy_members(iw_arena *arena, const GPtrArray *list)
{
	bool is_empty = list == NULL || list->len == 0;
	return is_empty ? iw_arena_share_list(arena, NULL, 0) : copy_list(arena, list, copy_object);
}

struct iw_table *iw_table_copy(iw_arena *arena, const struct iw_table *table)
{
	if (table == NULL)
		return NULL;
	struct iw_table *copy = SHALLOW(arena, struct iw_table, table);
	copy->name = iw_name_copy(arena, table->name);
	copy->columns = never_null(arena, copy_list(arena, table->columns, copy_column));
	copy->constraints = never_null(arena, copy_list(arena, table->constraints, copy_constraint));
	copy->indexes = never_null(arena, copy_list(arena, table->indexes, copy_index));
	copy->triggers = copy_members(arena, table->triggers);
	copy->policies = copy_members(arena, table->policies);
	copy->partition_of = iw_name_copy(arena, table->partition_of);
	copy->inherits = copy_list(arena, table->inherits, copy_name);
	copy->likes = copy_list(arena, table->likes, copy_like);
	COPY_TEXTS(arena, &copy->comment, &copy->partition_by, &copy->partition_bound, &copy->definition, &copy->engine,
		   &copy->charset, &copy->collation, &copy->options, &copy->access_method, &copy->tablespace,
		   &copy->on_commit);
	copy->is_shared = false;
	return copy;
}

struct iw_sequence *iw_sequence_copy(iw_arena *arena, const struct iw_sequence *sequence)
{
	if (sequence == NULL)
		return NULL;
	struct iw_sequence *copy = SHALLOW(arena, struct iw_sequence, sequence);
	copy->name = iw_name_copy(arena, sequence->name);
	copy->owner_table = iw_name_copy(arena, sequence->owner_table);
	COPY_TEXTS(arena, &copy->type, &copy->owner_column, &copy->options);
	return copy;
}

struct iw_domain *iw_domain_copy(iw_arena *arena, const struct iw_domain *domain)
{
	if (domain == NULL)
		return NULL;
	struct iw_domain *copy = SHALLOW(arena, struct iw_domain, domain);
	copy->name = iw_name_copy(arena, domain->name);
	copy->base = iw_type_copy(arena, &domain->base);
	copy->default_value = iw_expression_copy(arena, domain->default_value);
	copy->constraints = never_null(arena, copy_list(arena, domain->constraints, copy_constraint));
	return copy;
}

struct iw_enum *iw_enum_copy(iw_arena *arena, const struct iw_enum *type)
{
	if (type == NULL)
		return NULL;
	struct iw_enum *copy = SHALLOW(arena, struct iw_enum, type);
	copy->name = iw_name_copy(arena, type->name);
	copy->values = never_null(arena, copy_strings(arena, type->values));
	return copy;
}
