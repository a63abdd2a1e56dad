/* The foreign keys of other tables that an altered field takes along; see editor_related.h. After
 * _is_relevant_relation(), _all_related_fields() and _related_non_m2m_objects() of django/db/backends/base/schema.py.
 */
#include "framework/django/editor_related.h"

#include <string.h>

enum { DEEPEST = 32 };

/* related_name="%(app_label)s_%(class)s" */
static const char *filled(struct django_context *context, const struct django_model *model, const char *name)
{
	const char *lower = g_utf8_strdown(model->name, -1);
	const char *text = iw_django_format(context->arena, name, "class", lower, "model_name", lower, "app_label",
					    model->app_label, NULL);
	g_free((char *)lower);
	return text;
}

static const char *text_of(GHashTable *values, const char *name)
{
	const struct iw_py_value *value = values == NULL ? NULL : g_hash_table_lookup(values, name);
	const char *text = value == NULL ? NULL : iw_py_text(value);
	return text == NULL || *text == '\0' ? NULL : text;
}

/* ForeignObjectRel.name is related_query_name(): what sorts the relations. */
static const char *relation_name(struct django_context *context, struct django_field_ref field)
{
	if (field.model->auto_created)
		return iw_arena_printf(context->arena, "%s+", field.model->name);
	const char *name = text_of(field.field->arguments, "related_query_name");
	if (name == NULL)
		name = text_of(field.field->arguments, "related_name");
	if (name == NULL)
		name = text_of(field.model->options, "default_related_name");
	return filled(context, field.model, name == NULL ? "%(class)s" : name);
}

static bool is_hidden(const struct django_field_ref *relation)
{
	const char *name = text_of(relation->field->arguments, "related_name");
	return relation->model->auto_created || (name != NULL && g_str_has_suffix(name, "+"));
}

/* Must the relation's foreign key go while the field is altered? */
static bool is_relevant(struct django_context *context, const struct django_field_ref *relation,
			struct django_field_ref altered)
{
	if (relation->field->is_many_to_many)
		return false;
	const char *to_field = relation->field->to_field;
	if (to_field == NULL)
		return altered.field->primary_key;
	return strcmp(to_field, altered.field->name) == 0 ||
	       (context->version >= 60100 && strcmp(to_field, iw_django_attname(context, altered.field)) == 0);
}

struct named {
	const char *name;
	const struct django_field_ref *relation;
	guint place;
};

static gint by_name(gconstpointer a, gconstpointer b)
{
	const struct named *one = a, *other = b;
	int order = strcmp(one->name, other->name);
	return order != 0 ? order : one->place < other->place ? -1 : one->place > other->place;
}

/* _all_related_fields(), those that are relevant: struct named. Sorted since 4.1; before, Django's order also depended
 * on which models it had loaded anew, and here it is that of the state. Any order makes the same schema. */
static GArray *relevant_relations(struct django_context *context, struct django_field_ref field)
{
	GArray *list = g_array_new(FALSE, TRUE, sizeof(struct named));
	const GPtrArray *all = iw_django_related((struct django_model_ref){field.state, field.model});
	for (guint i = 0; all != NULL && i < all->len; i++) {
		const struct django_field_ref *relation = all->pdata[i];
		if (!is_relevant(context, relation, field))
			continue;
		struct named named = {relation_name(context, *relation), relation, i};
		g_array_append_val(list, named);
	}
	if (context->version >= 40100)
		g_array_sort(list, by_name);
	return list;
}

static void add_pairs(struct django_context *context, struct django_field_ref old, struct django_field_ref new_field,
		      GArray *pairs, guint depth)
{
	if (depth > DEEPEST) {
		iw_django_fail(context, new_field.field->place, "primary keys point to each other in a circle");
		return;
	}
	g_autoptr(GArray) before = relevant_relations(context, old);
	g_autoptr(GArray) after = relevant_relations(context, new_field);
	for (guint i = 0; context->problem == NULL && i < MIN(before->len, after->len); i++) {
		struct django_related_pair pair = {*g_array_index(before, struct named, i).relation,
						   *g_array_index(after, struct named, i).relation};
		g_array_append_val(pairs, pair);
		if (context->version >= 40000)
			add_pairs(context, pair.old, pair.new_field, pairs, depth + 1);
	}
}

void iw_django_related_pairs(struct django_context *context, struct django_field_ref old,
			     struct django_field_ref new_field, GArray *pairs)
{
	add_pairs(context, old, new_field, pairs, 0);
}

GPtrArray *iw_django_shown_relations(struct django_context *context, struct django_field_ref field)
{
	GPtrArray *list = iw_arena_ptr_array(context->arena);
	g_autoptr(GArray) relations = relevant_relations(context, field);
	for (guint i = 0; i < relations->len; i++) {
		const struct django_field_ref *relation = g_array_index(relations, struct named, i).relation;
		if (!is_hidden(relation))
			g_ptr_array_add(list, (gpointer)relation);
	}
	return list;
}
