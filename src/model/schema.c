/* Schemas: containers, the rules of names, lookup by name, copy on write. Replay is elsewhere; see schema.h. */
#include "model/schema_internal.h"

#include <string.h>

/* How names compare: relations are tables, views, indexes, sequences; members are constraints and keys. */
static const struct {
	bool relation_folds, column_folds, member_folds;
	const char *temporary, *default_schema;
} rules[IW_DIALECTS] = {
	[IW_POSTGRES] = {false, false, false, "pg_temp", "public"},
	[IW_MYSQL] = {false, true, true, "#temporary", NULL},
	[IW_SQLITE] = {true, true, true, "temp", "main"},
};

static bool same_text(bool folds, const char *a, const char *b)
{
	return folds ? g_ascii_strcasecmp(a, b) == 0 : strcmp(a, b) == 0;
}

bool iw_same_column(struct iw_engine engine, const char *a, const char *b)
{
	return a != NULL && b != NULL && same_text(rules[engine.dialect].column_folds, a, b);
}

bool iw_same_member(struct iw_engine engine, const char *a, const char *b)
{
	return a != NULL && b != NULL && same_text(rules[engine.dialect].member_folds, a, b);
}

const char *iw_schema_temporary(enum iw_dialect dialect)
{
	return rules[dialect].temporary;
}

/* Hashing of normal names. */

static guint hash_exact(gconstpointer key)
{
	const struct iw_name *name = key;
	return g_str_hash(name->name) * 31 + (name->schema != NULL ? g_str_hash(name->schema) : 0);
}

static gboolean equal_exact(gconstpointer a, gconstpointer b)
{
	const struct iw_name *left = a, *right = b;
	return strcmp(left->name, right->name) == 0 && g_strcmp0(left->schema, right->schema) == 0;
}

static guint hash_text_folded(const char *text)
{
	guint hash = 5381;
	for (; *text != '\0'; text++)
		hash = hash * 33 + (guchar)g_ascii_tolower(*text);
	return hash;
}

static guint hash_folded(gconstpointer key)
{
	const struct iw_name *name = key;
	return hash_text_folded(name->name) * 31 + (name->schema != NULL ? hash_text_folded(name->schema) : 0);
}

static gboolean equal_folded(gconstpointer a, gconstpointer b)
{
	const struct iw_name *left = a, *right = b;
	if ((left->schema == NULL) != (right->schema == NULL))
		return false;
	return g_ascii_strcasecmp(left->name, right->name) == 0 &&
	       (left->schema == NULL || g_ascii_strcasecmp(left->schema, right->schema) == 0);
}

static GHashTable *names_new(iw_arena *arena, struct iw_engine engine)
{
	bool folds = rules[engine.dialect].relation_folds;
	return iw_arena_hash_table(arena, folds ? hash_folded : hash_exact, folds ? equal_folded : equal_exact);
}

struct iw_name iw_schema_normal(const iw_schema *schema, struct iw_name name)
{
	if (name.schema != NULL && schema->default_schema != NULL &&
	    same_text(rules[schema->engine.dialect].relation_folds, name.schema, schema->default_schema))
		name.schema = NULL;
	return name;
}

struct iw_name *iw_schema_key(const iw_schema *schema, struct iw_name name)
{
	struct iw_name *key = iw_new(schema->arena, struct iw_name);
	*key = iw_schema_normal(schema, name);
	return key;
}

bool iw_schema_same_name(const iw_schema *schema, struct iw_name a, struct iw_name b)
{
	if (a.name == NULL || b.name == NULL)
		return false;
	struct iw_name left = iw_schema_normal(schema, a), right = iw_schema_normal(schema, b);
	return rules[schema->engine.dialect].relation_folds ? equal_folded(&left, &right) : equal_exact(&left, &right);
}

/* Construction. */

iw_schema *iw_schema_new(iw_arena *arena, struct iw_engine engine)
{
	iw_schema *schema = iw_new(arena, iw_schema);
	schema->arena = arena;
	schema->engine = engine;
	schema->default_schema = rules[engine.dialect].default_schema;
	schema->tables = iw_arena_ptr_array(arena);
	schema->enums = iw_arena_ptr_array(arena);
	schema->domains = iw_arena_ptr_array(arena);
	schema->sequences = iw_arena_ptr_array(arena);
	schema->objects = iw_arena_ptr_array(arena);
	schema->tables_by_name = names_new(arena, engine);
	return schema;
}

struct iw_table *iw_table_new(iw_arena *arena, struct iw_name name)
{
	struct iw_table *table = iw_new(arena, struct iw_table);
	table->name = name;
	table->columns = iw_arena_ptr_array(arena);
	table->constraints = iw_arena_ptr_array(arena);
	table->indexes = iw_arena_ptr_array(arena);
	table->triggers = iw_arena_ptr_array(arena);
	table->policies = iw_arena_ptr_array(arena);
	return table;
}

static GPtrArray *same_elements(iw_arena *arena, const GPtrArray *list)
{
	GPtrArray *copy = iw_arena_ptr_array(arena);
	g_ptr_array_set_size(copy, (gint)list->len);
	if (list->len > 0)
		memcpy(copy->pdata, list->pdata, list->len * sizeof(gpointer));
	return copy;
}

iw_schema *iw_schema_copy(iw_arena *arena, const iw_schema *schema)
{
	iw_schema *copy = iw_new(arena, iw_schema);
	*copy = *schema;
	copy->arena = arena;
	copy->default_schema = iw_arena_strdup(arena, schema->default_schema);
	copy->tables = same_elements(arena, schema->tables);
	copy->enums = same_elements(arena, schema->enums);
	copy->domains = same_elements(arena, schema->domains);
	copy->sequences = same_elements(arena, schema->sequences);
	copy->objects = same_elements(arena, schema->objects);
	copy->tables_by_name = names_new(arena, schema->engine);
	copy->names = NULL;
	copy->is_walked = false;
	copy->spare_columns = NULL;
	for (guint i = 0; i < copy->tables->len; i++) {
		struct iw_table *table = copy->tables->pdata[i];
		table->is_shared = true;
		g_hash_table_insert(copy->tables_by_name, iw_schema_key(copy, table->name), table);
	}
	return copy;
}

/* Copy on write. */

static struct iw_table *shallow_copy(iw_arena *arena, const struct iw_table *table)
{
	struct iw_table *copy = iw_arena_memdup(arena, table, sizeof *table);
	copy->columns = same_elements(arena, table->columns);
	copy->constraints = same_elements(arena, table->constraints);
	copy->indexes = same_elements(arena, table->indexes);
	copy->triggers = table->triggers->len > 0 ? same_elements(arena, table->triggers) : table->triggers;
	copy->policies = table->policies->len > 0 ? same_elements(arena, table->policies) : table->policies;
	if (table->inherits != NULL)
		copy->inherits = same_elements(arena, table->inherits);
	copy->is_shared = false;
	return copy;
}

struct iw_table *iw_schema_own(iw_schema *schema, struct iw_table *table)
{
	if (!table->is_shared)
		return table;
	struct iw_table *copy = shallow_copy(schema->arena, table);
	schema->tables->pdata[iw_list_position(schema->tables, table)] = copy;
	g_hash_table_replace(schema->tables_by_name, iw_schema_key(schema, copy->name), copy);
	GHashTable *indexes = iw_schema_names(schema)->indexes;
	for (guint i = 0; i < copy->indexes->len; i++) {
		const struct iw_index *index = copy->indexes->pdata[i];
		struct iw_name name = iw_schema_normal(schema, (struct iw_name){copy->name.schema, index->name});
		if (index->name != NULL && g_hash_table_lookup(indexes, &name) == table)
			g_hash_table_replace(indexes, iw_schema_key(schema, name), copy);
	}
	return copy;
}

/* The index of names. */

static void count_name(const iw_schema *schema, GHashTable *counts, struct iw_name name)
{
	struct iw_name normal = iw_schema_normal(schema, name);
	guint count = GPOINTER_TO_UINT(g_hash_table_lookup(counts, &normal));
	g_hash_table_replace(counts, iw_schema_key(schema, name), GUINT_TO_POINTER(count + 1));
}

static void name_table_members(const iw_schema *schema, struct iw_schema_names *names, struct iw_table *table)
{
	for (guint i = 0; i < table->constraints->len; i++) {
		const struct iw_constraint *constraint = table->constraints->pdata[i];
		if (constraint->name != NULL)
			count_name(schema, names->constraints, (struct iw_name){table->name.schema, constraint->name});
	}
	if (schema->engine.dialect == IW_MYSQL)
		return;
	for (guint i = 0; i < table->indexes->len; i++) {
		const struct iw_index *index = table->indexes->pdata[i];
		if (index->name != NULL)
			g_hash_table_replace(names->indexes,
					     iw_schema_key(schema, (struct iw_name){table->name.schema, index->name}),
					     table);
	}
}

struct iw_schema_names *iw_schema_names(iw_schema *schema)
{
	if (schema->names != NULL)
		return schema->names;
	struct iw_schema_names *names = iw_new(schema->arena, struct iw_schema_names);
	names->indexes = names_new(schema->arena, schema->engine);
	names->constraints = names_new(schema->arena, schema->engine);
	names->sequences = names_new(schema->arena, schema->engine);
	for (guint i = 0; i < schema->tables->len; i++)
		name_table_members(schema, names, schema->tables->pdata[i]);
	for (guint i = 0; i < schema->sequences->len; i++) {
		struct iw_sequence *sequence = schema->sequences->pdata[i];
		g_hash_table_replace(names->sequences, iw_schema_key(schema, sequence->name), sequence);
	}
	schema->names = names;
	return names;
}

/* Tables in and out. */

void iw_schema_insert_table(iw_schema *schema, guint position, struct iw_table *table)
{
	g_ptr_array_insert(schema->tables, (gint)position, table);
	g_hash_table_replace(schema->tables_by_name, iw_schema_key(schema, table->name), table);
}

void iw_schema_add_table(iw_schema *schema, struct iw_table *table)
{
	iw_schema_insert_table(schema, schema->tables->len, table);
}

guint iw_list_position(const GPtrArray *list, const void *element)
{
	for (guint i = list->len; i > 0; i--)
		if (list->pdata[i - 1] == element)
			return i - 1;
	g_assert_not_reached();
}

void iw_schema_remove_table(iw_schema *schema, struct iw_table *table)
{
	struct iw_name name = iw_schema_normal(schema, table->name);
	g_ptr_array_remove_index(schema->tables, iw_list_position(schema->tables, table));
	if (g_hash_table_lookup(schema->tables_by_name, &name) == table)
		g_hash_table_remove(schema->tables_by_name, &name);
}

void iw_schema_rename_table(iw_schema *schema, struct iw_table *table, struct iw_name new_name)
{
	struct iw_name name = iw_schema_normal(schema, table->name);
	if (g_hash_table_lookup(schema->tables_by_name, &name) == table)
		g_hash_table_remove(schema->tables_by_name, &name);
	table->name = new_name;
	g_hash_table_replace(schema->tables_by_name, iw_schema_key(schema, new_name), table);
}

/* Lookups. */

struct iw_table *iw_schema_find_table(const iw_schema *schema, struct iw_name name)
{
	if (name.name == NULL)
		return NULL;
	if (name.schema == NULL && schema->has_temporary) {
		struct iw_name hidden = {rules[schema->engine.dialect].temporary, name.name};
		struct iw_table *table = g_hash_table_lookup(schema->tables_by_name, &hidden);
		if (table != NULL)
			return table;
	}
	struct iw_name normal = iw_schema_normal(schema, name);
	return g_hash_table_lookup(schema->tables_by_name, &normal);
}

/* Enums, domains, sequences and objects: `name` is each struct's first member, or after the kind. */
#define FIND_BY_NAME(schema, list, type, wanted)                                                                       \
	for (guint i = 0; i < (list)->len; i++) {                                                                      \
		type *found = (list)->pdata[i];                                                                        \
		if (iw_schema_same_name((schema), found->name, (wanted)))                                              \
			return found;                                                                                  \
	}                                                                                                              \
	return NULL

struct iw_enum *iw_schema_find_enum(const iw_schema *schema, struct iw_name name)
{
	FIND_BY_NAME(schema, schema->enums, struct iw_enum, name);
}

struct iw_domain *iw_schema_find_domain(const iw_schema *schema, struct iw_name name)
{
	FIND_BY_NAME(schema, schema->domains, struct iw_domain, name);
}

struct iw_sequence *iw_schema_find_sequence(const iw_schema *schema, struct iw_name name)
{
	if (schema->names != NULL && name.name != NULL) {
		struct iw_name normal = iw_schema_normal(schema, name);
		return g_hash_table_lookup(schema->names->sequences, &normal);
	}
	FIND_BY_NAME(schema, schema->sequences, struct iw_sequence, name);
}

struct iw_object *iw_schema_find_object(const iw_schema *schema, enum iw_object_kind kind, struct iw_name name)
{
	for (guint i = 0; i < schema->objects->len; i++) {
		struct iw_object *object = schema->objects->pdata[i];
		if (object->kind == kind && iw_schema_same_name(schema, object->name, name))
			return object;
	}
	return NULL;
}

struct iw_column *iw_table_find_column(const struct iw_table *table, struct iw_engine engine, const char *name)
{
	for (guint i = 0; i < table->columns->len; i++) {
		struct iw_column *column = table->columns->pdata[i];
		if (iw_same_column(engine, column->name, name))
			return column;
	}
	return NULL;
}

struct iw_constraint *iw_table_find_constraint(const struct iw_table *table, struct iw_engine engine, const char *name)
{
	for (guint i = 0; i < table->constraints->len; i++) {
		struct iw_constraint *constraint = table->constraints->pdata[i];
		if (iw_same_member(engine, constraint->name, name))
			return constraint;
	}
	return NULL;
}

struct iw_index *iw_table_find_index(const struct iw_table *table, struct iw_engine engine, const char *name)
{
	for (guint i = 0; i < table->indexes->len; i++) {
		struct iw_index *index = table->indexes->pdata[i];
		if (iw_same_member(engine, index->name, name))
			return index;
	}
	return NULL;
}

struct iw_constraint *iw_table_primary_key(const struct iw_table *table)
{
	for (guint i = 0; i < table->constraints->len; i++) {
		struct iw_constraint *constraint = table->constraints->pdata[i];
		if (constraint->kind == IW_PRIMARY_KEY)
			return constraint;
	}
	return NULL;
}

static struct iw_index *find_index_slowly(const iw_schema *schema, struct iw_name name, struct iw_table **table_out)
{
	for (guint i = 0; i < schema->tables->len; i++) {
		struct iw_table *table = schema->tables->pdata[i];
		if (!iw_schema_same_name(schema, (struct iw_name){table->name.schema, name.name}, name))
			continue;
		struct iw_index *index = iw_table_find_index(table, schema->engine, name.name);
		if (index != NULL) {
			*table_out = table;
			return index;
		}
	}
	return NULL;
}

struct iw_index *iw_schema_find_index(const iw_schema *schema, struct iw_name name, struct iw_table **table_out)
{
	struct iw_table *table = NULL;
	struct iw_index *index = NULL;
	if (name.name == NULL)
		return NULL;
	if (name.schema == NULL && schema->has_temporary && schema->engine.dialect != IW_MYSQL) {
		index = iw_schema_find_index(
			schema, (struct iw_name){rules[schema->engine.dialect].temporary, name.name}, table_out);
		if (index != NULL)
			return index;
	}
	if (schema->names == NULL || schema->engine.dialect == IW_MYSQL) {
		index = find_index_slowly(schema, name, &table);
	} else {
		struct iw_name normal = iw_schema_normal(schema, name);
		table = g_hash_table_lookup(schema->names->indexes, &normal);
		index = table != NULL ? iw_table_find_index(table, schema->engine, name.name) : NULL;
	}
	if (index != NULL && table_out != NULL)
		*table_out = table;
	return index;
}
