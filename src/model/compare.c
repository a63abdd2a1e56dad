/* Comparison of schemas, trait by trait; see compare.h. */
#include "model/compare.h"

#include "model/operation.h"
#include "model/schema_internal.h"
#include "model/traits.h"

#include <string.h>

struct side {
	struct trait_context context;
};

struct comparison {
	iw_arena *arena;
	GPtrArray *differences;
	const struct iw_compare_options *options;
	struct side left, right;
	bool is_uncertain;
	const char *suffix; /* " on users", for parts of tables; NULL */
};

typedef const char *(*key_of)(const struct side *side, const void *object);

/* One kind of object: what it is called in lists, how pairs are found, what is compared. */
struct matter {
	enum iw_object_kind kind;
	const char *word; /* before the name; "" for columns */
	key_of key;
	const struct trait *traits;
};

static void report(struct comparison *comparison, enum iw_difference_kind kind, enum iw_object_kind object_kind,
		   const char *object, const char *what, const char *left, const char *right)
{
	if (comparison->is_uncertain && kind != IW_CHANGED)
		return;
	struct iw_difference *difference = iw_new(comparison->arena, struct iw_difference);
	*difference = (struct iw_difference){kind, object_kind, object, what, left, right};
	g_ptr_array_add(comparison->differences, difference);
}

static void compare_traits(struct comparison *comparison, const struct matter *matter, const char *shown,
			   const void *left, const void *right)
{
	for (const struct trait *trait = matter->traits; trait->what != NULL; trait++) {
		const char *a = iw_trait_text(trait, &comparison->left.context, left);
		const char *b = iw_trait_text(trait, &comparison->right.context, right);
		if (g_strcmp0(a, b) == 0 || (trait->is_unknown_when_null && (a == NULL || b == NULL)))
			continue;
		report(comparison, IW_CHANGED, matter->kind, shown, trait->what, a, b);
	}
}

static const char *shown(struct comparison *comparison, const struct matter *matter, const char *name)
{
	const char *suffix = comparison->suffix != NULL ? comparison->suffix : "";
	if (matter->kind == IW_OBJECT_COLUMN)
		return iw_arena_printf(comparison->arena, "%s.%s", suffix, name);
	return iw_arena_printf(comparison->arena, "%s %s%s%s", matter->word, name, *suffix != '\0' ? " on " : "",
			       suffix);
}

struct entry {
	const char *key;
	const void *object;
};

static gint compare_entries(gconstpointer a, gconstpointer b)
{
	return strcmp(((const struct entry *)a)->key, ((const struct entry *)b)->key);
}

static GArray *sorted(const struct matter *matter, const struct side *side, const GPtrArray *objects)
{
	GArray *entries = g_array_new(false, false, sizeof(struct entry));
	for (guint i = 0; i < objects->len; i++) {
		struct entry entry = {matter->key(side, objects->pdata[i]), objects->pdata[i]};
		if (entry.key != NULL)
			g_array_append_val(entries, entry);
	}
	g_array_sort(entries, compare_entries);
	return entries;
}

/* A merge of two sorted lists. */
static void compare_lists(struct comparison *comparison, const struct matter *matter, const GPtrArray *left,
			  const GPtrArray *right)
{
	g_autoptr(GArray) a = sorted(matter, &comparison->left, left);
	g_autoptr(GArray) b = sorted(matter, &comparison->right, right);
	for (guint i = 0, j = 0; i < a->len || j < b->len;) {
		const struct entry *one = i < a->len ? &g_array_index(a, struct entry, i) : NULL;
		const struct entry *other = j < b->len ? &g_array_index(b, struct entry, j) : NULL;
		int order = one == NULL ? 1 : other == NULL ? -1 : strcmp(one->key, other->key);
		const char *name = shown(comparison, matter, order <= 0 ? one->key : other->key);
		if (order < 0)
			report(comparison, IW_MISSING, matter->kind, name, NULL,
			       iw_traits_line(matter->traits, &comparison->left.context, one->object), NULL);
		else if (order > 0)
			report(comparison, IW_EXTRA, matter->kind, name, NULL, NULL,
			       iw_traits_line(matter->traits, &comparison->right.context, other->object));
		else
			compare_traits(comparison, matter, name, one->object, other->object);
		i += order <= 0;
		j += order >= 0;
	}
}

/* --- keys --- */

/* Names compare as the engine does. */
static const char *member_key(const struct side *side, const char *name)
{
	if (name == NULL || side->context.engine.dialect == IW_POSTGRES)
		return name;
	g_autofree char *folded = g_ascii_strdown(name, -1);
	return iw_arena_strdup(side->context.arena, folded);
}

static const char *column_key(const struct side *side, const void *object)
{
	return member_key(side, ((const struct iw_column *)object)->name);
}

/* Constraints that nobody named are known by what they say. */
static const char *constraint_key(const struct side *side, const void *object)
{
	const struct iw_constraint *constraint = object;
	if (constraint->name != NULL)
		return member_key(side, constraint->name);
	return iw_traits_line(iw_constraint_traits, &side->context, constraint);
}

static const char *index_key(const struct side *side, const void *object)
{
	return member_key(side, ((const struct iw_index *)object)->name);
}

static const char *name_key(const struct side *side, const void *object)
{
	return iw_shown_name(&side->context, *(const struct iw_name *)object);
}

static const char *member_object_key(const struct side *side, const void *object)
{
	return member_key(side, ((const struct iw_object *)object)->name.name);
}

static const char *object_key(const struct side *side, const void *object)
{
	const struct iw_object *it = object;
	return iw_arena_printf(side->context.arena, "%s %s", iw_object_kind_words(it->kind),
			       iw_shown_name(&side->context, it->name));
}

static const char *table_key(const struct side *side, const void *object)
{
	const char *name = iw_shown_name(&side->context, ((const struct iw_table *)object)->name);
	return side->context.engine.dialect == IW_SQLITE ? member_key(side, name) : name;
}

static const struct matter columns = {IW_OBJECT_COLUMN, "", column_key, iw_column_traits};
static const struct matter constraints = {IW_OBJECT_CONSTRAINT, "constraint", constraint_key, iw_constraint_traits};
static const struct matter indexes = {IW_OBJECT_INDEX, "index", index_key, iw_index_traits};
static const struct matter triggers = {IW_OBJECT_TRIGGER, "trigger", member_object_key, iw_trigger_traits};
static const struct matter policies = {IW_OBJECT_POLICY, "policy", member_object_key, iw_trigger_traits};
static const struct matter tables = {IW_OBJECT_TABLE, "table", table_key, iw_table_traits};
static const struct matter enums = {IW_OBJECT_ENUM, "enum", name_key, iw_enum_traits};
static const struct matter domains = {IW_OBJECT_DOMAIN, "domain", name_key, iw_domain_traits};
static const struct matter sequences = {IW_OBJECT_SEQUENCE, "sequence", name_key, iw_sequence_traits};
static const struct matter objects = {IW_OBJECT_OTHER, "object", object_key, iw_trigger_traits};

/* --- tables --- */

static const char *order_text(struct comparison *comparison, const struct side *side, const struct iw_table *table,
			      const struct iw_table *other)
{
	g_autoptr(GString) out = g_string_new(NULL);
	for (guint i = 0; i < table->columns->len; i++) {
		const char *name = column_key(side, table->columns->pdata[i]);
		if (iw_table_find_column(other, side->context.engine, name) != NULL)
			g_string_append_printf(out, "%s%s", out->len > 0 ? ", " : "", name);
	}
	return iw_arena_strndup(comparison->arena, out->str, out->len);
}

static bool is_owned(const struct iw_index *index)
{
	return index->constraint != NULL;
}

/* Indexes of constraints are told with their constraints. */
static GPtrArray *own_indexes(const struct iw_table *table)
{
	GPtrArray *own = g_ptr_array_new();
	for (guint i = 0; i < table->indexes->len; i++)
		if (!is_owned(table->indexes->pdata[i]))
			g_ptr_array_add(own, table->indexes->pdata[i]);
	return own;
}

static bool names_not_null(const struct iw_table *table)
{
	for (guint i = 0; i < table->constraints->len; i++)
		if (((struct iw_constraint *)table->constraints->pdata[i])->kind == IW_NOT_NULL_CONSTRAINT)
			return true;
	return false;
}

static GPtrArray *told_constraints(const struct iw_table *table, bool with_not_null)
{
	GPtrArray *told = g_ptr_array_new();
	for (guint i = 0; i < table->constraints->len; i++) {
		const struct iw_constraint *constraint = table->constraints->pdata[i];
		if (with_not_null || constraint->kind != IW_NOT_NULL_CONSTRAINT)
			g_ptr_array_add(told, table->constraints->pdata[i]);
	}
	return told;
}

static bool is_view(const struct iw_table *table)
{
	return table->kind == IW_VIEW || table->kind == IW_MATERIALIZED_VIEW || table->kind == IW_VIRTUAL_TABLE;
}

static void compare_parts(struct comparison *comparison, const struct iw_table *left, const struct iw_table *right)
{
	bool with_not_null = names_not_null(left) && names_not_null(right);
	bool has_columns = !is_view(left) || (left->columns->len > 0 && right->columns->len > 0 &&
					      ((struct iw_column *)left->columns->pdata[0])->type.text != NULL);
	g_autoptr(GPtrArray) left_constraints = told_constraints(left, with_not_null);
	g_autoptr(GPtrArray) right_constraints = told_constraints(right, with_not_null);
	g_autoptr(GPtrArray) left_indexes = own_indexes(left);
	g_autoptr(GPtrArray) right_indexes = own_indexes(right);
	if (has_columns)
		compare_lists(comparison, &columns, left->columns, right->columns);
	compare_lists(comparison, &constraints, left_constraints, right_constraints);
	compare_lists(comparison, &indexes, left_indexes, right_indexes);
	compare_lists(comparison, &triggers, left->triggers, right->triggers);
	compare_lists(comparison, &policies, left->policies, right->policies);
	if (!has_columns || (comparison->options != NULL && comparison->options->ignore_column_order))
		return;
	const char *a = order_text(comparison, &comparison->left, left, right);
	const char *b = order_text(comparison, &comparison->right, right, left);
	if (strcmp(a, b) != 0)
		report(comparison, IW_CHANGED, IW_OBJECT_TABLE, comparison->suffix, "column order", a, b);
}

static void compare_table(struct comparison *comparison, const struct iw_table *left, const struct iw_table *right)
{
	if (left->is_opaque || right->is_opaque)
		return;
	comparison->left.context.table = left;
	comparison->right.context.table = right;
	comparison->suffix = iw_shown_name(&comparison->left.context, left->name);
	const char *name = comparison->suffix;
	compare_traits(comparison, &tables, name, left, right);
	compare_parts(comparison, left, right);
	comparison->suffix = NULL;
}

static bool is_ignored(const struct comparison *comparison, const struct iw_table *table)
{
	if (table->is_temporary)
		return true;
	const char *const *patterns = comparison->options != NULL ? comparison->options->ignored_tables : NULL;
	for (; patterns != NULL && *patterns != NULL; patterns++)
		if (g_pattern_match_simple(*patterns, table->name.name))
			return true;
	return false;
}

static GPtrArray *told_tables(const struct comparison *comparison, const iw_schema *schema)
{
	GPtrArray *told = g_ptr_array_new();
	for (guint i = 0; i < schema->tables->len; i++)
		if (!is_ignored(comparison, schema->tables->pdata[i]))
			g_ptr_array_add(told, schema->tables->pdata[i]);
	return told;
}

static void compare_tables(struct comparison *comparison, const iw_schema *left, const iw_schema *right)
{
	g_autoptr(GPtrArray) left_told = told_tables(comparison, left);
	g_autoptr(GPtrArray) right_told = told_tables(comparison, right);
	g_autoptr(GArray) a = sorted(&tables, &comparison->left, left_told);
	g_autoptr(GArray) b = sorted(&tables, &comparison->right, right_told);
	for (guint i = 0, j = 0; i < a->len || j < b->len;) {
		const struct entry *one = i < a->len ? &g_array_index(a, struct entry, i) : NULL;
		const struct entry *other = j < b->len ? &g_array_index(b, struct entry, j) : NULL;
		int order = one == NULL ? 1 : other == NULL ? -1 : strcmp(one->key, other->key);
		if (order < 0)
			report(comparison, IW_MISSING, IW_OBJECT_TABLE, one->key, NULL, NULL, NULL);
		else if (order > 0)
			report(comparison, IW_EXTRA, IW_OBJECT_TABLE, other->key, NULL, NULL, NULL);
		else
			compare_table(comparison, one->object, other->object);
		i += order <= 0;
		j += order >= 0;
	}
}

/* --- the whole --- */

static void begin(struct comparison *comparison, iw_arena *arena, struct iw_engine engine,
		  const struct iw_compare_options *options)
{
	*comparison = (struct comparison){.arena = arena, .options = options};
	comparison->differences = iw_arena_ptr_array(arena);
	comparison->left.context = (struct trait_context){.arena = arena, .engine = engine};
	comparison->right.context = comparison->left.context;
}

/* Sequences of ignored tables are ignored too. */
static GPtrArray *told_sequences(const struct comparison *comparison, const iw_schema *schema)
{
	GPtrArray *told = g_ptr_array_new();
	for (guint i = 0; i < schema->sequences->len; i++) {
		const struct iw_sequence *sequence = schema->sequences->pdata[i];
		struct iw_table owner = {.name = sequence->owner_table};
		if (sequence->is_temporary || (owner.name.name != NULL && is_ignored(comparison, &owner)))
			continue;
		g_ptr_array_add(told, schema->sequences->pdata[i]);
	}
	return told;
}

GPtrArray *iw_schema_compare(iw_arena *arena, const iw_schema *left, const iw_schema *right,
			     const struct iw_compare_options *options)
{
	struct comparison comparison;
	begin(&comparison, arena, left->engine, options);
	comparison.left.context.schema = left;
	comparison.right.context.schema = right;
	comparison.is_uncertain = left->is_uncertain || right->is_uncertain;
	g_autoptr(GPtrArray) left_sequences = told_sequences(&comparison, left);
	g_autoptr(GPtrArray) right_sequences = told_sequences(&comparison, right);
	if (options == NULL || !options->ignore_objects)
		compare_lists(&comparison, &objects, left->objects, right->objects);
	compare_lists(&comparison, &enums, left->enums, right->enums);
	compare_lists(&comparison, &domains, left->domains, right->domains);
	compare_lists(&comparison, &sequences, left_sequences, right_sequences);
	compare_tables(&comparison, left, right);
	return comparison.differences;
}

GPtrArray *iw_table_compare(iw_arena *arena, struct iw_engine engine, const struct iw_table *left,
			    const struct iw_table *right, const struct iw_compare_options *options)
{
	struct comparison comparison;
	begin(&comparison, arena, engine, options);
	if (left != NULL && right != NULL)
		compare_table(&comparison, left, right);
	else if (left != NULL)
		report(&comparison, IW_MISSING, IW_OBJECT_TABLE, left->name.name, NULL, NULL, NULL);
	else if (right != NULL)
		report(&comparison, IW_EXTRA, IW_OBJECT_TABLE, right->name.name, NULL, NULL, NULL);
	return comparison.differences;
}

static const char *shown_value(const char *text)
{
	return text == NULL ? "none" : *text == '\0' ? "yes" : text;
}

const char *iw_difference_text(iw_arena *arena, const struct iw_difference *difference)
{
	const char *detail = difference->left != NULL ? difference->left : difference->right;
	if (difference->kind == IW_CHANGED)
		return iw_arena_printf(arena, "%s: %s: wanted %s, found %s", difference->object, difference->what,
				       shown_value(difference->left), shown_value(difference->right));
	return iw_arena_printf(arena, "%s: %s%s%s%s", difference->object,
			       difference->kind == IW_MISSING ? "missing" : "not wanted", detail != NULL ? " (" : "",
			       detail != NULL ? detail : "", detail != NULL ? ")" : "");
}
