/* Indexes and constraints of Meta, unique_together and index_together; see editor.h. After the actions of
 * django/db/backends/base/schema.py. */
#include "framework/django/editor.h"

#include <string.h>

/* indexes ---------------------------------------------------------------------------------------------------------- */

/* Does the backend leave this index out, because it is of expressions? */
static bool is_left_out(struct django_editor *self, const struct django_index *index)
{
	bool (*supports)(const struct django_context *) = self->backend->supports_expression_indexes;
	bool has_expressions = index->expressions != NULL && index->expressions->len > 0;
	return has_expressions && supports != NULL && !supports(self->context);
}

void iw_django_add_index(struct django_editor *self, struct django_model_ref model, const struct django_index *index,
			 bool concurrently)
{
	if (!is_left_out(self, index))
		iw_django_execute_statement(self, iw_django_index_create_sql(self, model, index, concurrently));
}

void iw_django_base_remove_index(struct django_editor *self, struct django_model_ref model,
				 const struct django_index *index)
{
	if (!is_left_out(self, index))
		iw_django_execute_statement(
			self, iw_django_delete_index_sql(self, model, iw_django_index_name(self->context, model, index),
							 false));
}

void iw_django_remove_index(struct django_editor *self, struct django_model_ref model, const struct django_index *index,
			    bool concurrently)
{
	if (concurrently)
		iw_django_execute_statement(
			self, iw_django_delete_index_sql(self, model, iw_django_index_name(self->context, model, index),
							 true));
	else if (self->backend->remove_index != NULL)
		self->backend->remove_index(self, model, index);
	else
		iw_django_base_remove_index(self, model, index);
}

void iw_django_rename_index(struct django_editor *self, struct django_model_ref model,
			    const struct django_index *old_index, const struct django_index *new_index)
{
	struct django_context *context = self->context;
	if (!self->backend->can_rename_index) {
		iw_django_remove_index(self, model, old_index, false);
		iw_django_add_index(self, model, new_index, false);
		return;
	}
	const char *old_name = iw_django_index_name(context, model, old_index);
	const char *new_name = iw_django_index_name(context, model, new_index);
	iw_django_execute(self, iw_django_format(context->arena, self->backend->sql.rename_index, "table",
						 iw_django_quote_name(context, model.model->db_table), "old_name",
						 iw_django_quote_name(context, old_name), "new_name",
						 iw_django_quote_name(context, new_name), NULL));
}

/* _field_indexes_sql() and _model_indexes_sql() -------------------------------------------------------------------- */

bool iw_django_base_should_be_indexed(struct django_editor *self, struct django_field_ref field)
{
	(void)self;
	return field.field->db_index && !iw_django_is_unique(field.field);
}

static bool should_be_indexed(struct django_editor *self, struct django_field_ref field)
{
	return self->backend->should_be_indexed != NULL ? self->backend->should_be_indexed(self, field)
							: iw_django_base_should_be_indexed(self, field);
}

static void add_statement(GPtrArray *list, struct django_statement *statement)
{
	if (statement != NULL)
		g_ptr_array_add(list, statement);
}

static struct django_model_ref model_of(struct django_field_ref field)
{
	return (struct django_model_ref){field.state, field.model};
}

static void add_field_indexes(struct django_editor *self, struct django_field_ref field, GPtrArray *list)
{
	struct django_index_request request = {.fields = iw_django_list(self->context->arena, field.field),
					       .nulls_distinct = -1};
	if (should_be_indexed(self, field))
		add_statement(list, iw_django_create_index_sql(self, model_of(field), &request));
	if (self->backend->more_field_indexes != NULL)
		self->backend->more_field_indexes(self, field, list);
}

GPtrArray *iw_django_field_indexes(struct django_editor *self, struct django_field_ref field)
{
	GPtrArray *list = iw_arena_ptr_array(self->context->arena);
	add_field_indexes(self, field, list);
	return list;
}

/* Of Meta; since 5.1 CreateModel makes them by itself. */
static void add_index_together(struct django_editor *self, struct django_model_ref model, GPtrArray *list)
{
	const GPtrArray *sets = model.model->index_together;
	for (guint i = 0; self->context->version < 50100 && sets != NULL && i < sets->len; i++) {
		struct django_index_request request = {.fields = iw_django_named_fields(self, model, sets->pdata[i]),
						       .suffix = "_idx",
						       .nulls_distinct = -1};
		if (request.fields->len > 0)
			add_statement(list, iw_django_create_index_sql(self, model, &request));
	}
}

GPtrArray *iw_django_model_indexes(struct django_editor *self, struct django_model_ref model)
{
	GPtrArray *list = iw_arena_ptr_array(self->context->arena);
	if (!model.model->is_managed || model.model->is_proxy || model.model->swapped)
		return list;
	const GPtrArray *fields = iw_django_local_fields(model), *indexes = model.model->indexes;
	for (guint i = 0; fields != NULL && i < fields->len; i++)
		add_field_indexes(self, (struct django_field_ref){model.state, model.model, fields->pdata[i]}, list);
	add_index_together(self, model, list);
	for (guint i = 0; indexes != NULL && i < indexes->len; i++)
		if (!is_left_out(self, indexes->pdata[i]))
			add_statement(list, iw_django_index_create_sql(self, model, indexes->pdata[i], false));
	return list;
}

/* constraints ------------------------------------------------------------------------------------------------------ */

void iw_django_base_add_constraint(struct django_editor *self, struct django_model_ref model,
				   const struct django_constraint *constraint)
{
	iw_django_execute_statement(self, iw_django_constraint_create_sql(self, model, constraint));
}

void iw_django_add_constraint(struct django_editor *self, struct django_model_ref model,
			      const struct django_constraint *constraint)
{
	if (self->backend->add_constraint != NULL)
		self->backend->add_constraint(self, model, constraint);
	else
		iw_django_base_add_constraint(self, model, constraint);
}

void iw_django_base_remove_constraint(struct django_editor *self, struct django_model_ref model,
				      const struct django_constraint *constraint)
{
	iw_django_execute_statement(self, iw_django_constraint_remove_sql(self, model, constraint));
}

void iw_django_remove_constraint(struct django_editor *self, struct django_model_ref model,
				 const struct django_constraint *constraint)
{
	if (self->backend->remove_constraint != NULL)
		self->backend->remove_constraint(self, model, constraint);
	else
		iw_django_base_remove_constraint(self, model, constraint);
}

/* unique_together and index_together ------------------------------------------------------------------------------- */

/* What tells both apart. */
struct together {
	bool is_unique;
	const char *delete_template;
	const char *suffix; /* of the indexes that it makes */
};

static bool same_names(const GPtrArray *one, const GPtrArray *other)
{
	if (one->len != other->len)
		return false;
	for (guint i = 0; i < one->len; i++)
		if (g_strcmp0(one->pdata[i], other->pdata[i]) != 0)
			return false;
	return true;
}

static bool holds_names(const GPtrArray *sets, guint length, const GPtrArray *names)
{
	for (guint i = 0; sets != NULL && i < length; i++)
		if (same_names(sets->pdata[i], names))
			return true;
	return false;
}

static gint by_names(gconstpointer a, gconstpointer b)
{
	const GPtrArray *one = *(GPtrArray *const *)a, *other = *(GPtrArray *const *)b;
	for (guint i = 0; i < MIN(one->len, other->len); i++) {
		int order = strcmp(one->pdata[i], other->pdata[i]);
		if (order != 0)
			return order;
	}
	return (gint)one->len - (gint)other->len;
}

/*
 * sets - others. Django walks over a set of Python, whose order differs from run to run; here they come sorted by their
 * names. Any order makes the same schema.
 */
static GPtrArray *difference(iw_arena *arena, const GPtrArray *sets, const GPtrArray *others)
{
	GPtrArray *list = iw_arena_ptr_array(arena);
	for (guint i = 0; sets != NULL && i < sets->len; i++)
		if (!holds_names(others, others == NULL ? 0 : others->len, sets->pdata[i]) &&
		    !holds_names(sets, i, sets->pdata[i]))
			g_ptr_array_add(list, sets->pdata[i]);
	g_ptr_array_sort(list, by_names);
	return list;
}

static GPtrArray *columns_of(struct django_editor *self, const GPtrArray *fields)
{
	GPtrArray *columns = iw_arena_ptr_array(self->context->arena);
	for (guint i = 0; i < fields->len; i++)
		g_ptr_array_add(columns, (gpointer)iw_django_column(self->context, fields->pdata[i]));
	return columns;
}

GHashTable *iw_django_meta_names(struct django_editor *self, struct django_model_ref model, unsigned which)
{
	GHashTable *names = iw_arena_hash_table(self->context->arena, g_str_hash, g_str_equal);
	const GPtrArray *constraints = model.model->constraints, *indexes = model.model->indexes;
	for (guint i = 0; (which & DJANGO_CONSTRAINT_NAMES) != 0 && constraints != NULL && i < constraints->len; i++) {
		const struct django_constraint *constraint = constraints->pdata[i];
		if (constraint->name != NULL)
			g_hash_table_add(names, (gpointer)constraint->name);
	}
	for (guint i = 0; (which & DJANGO_INDEX_NAMES) != 0 && indexes != NULL && i < indexes->len; i++) {
		const char *name = iw_django_index_name(self->context, model, indexes->pdata[i]);
		if (name != NULL)
			g_hash_table_add(names, (gpointer)name);
	}
	return names;
}

/* Since 6.1: the constraint may still be put off; then it is not made at all. */
static bool is_still_deferred(struct django_editor *self, const char *table, const GPtrArray *columns)
{
	for (guint i = 0; self->context->version >= 60100 && i < self->deferred->len; i++) {
		const struct django_statement *statement = self->deferred->pdata[i];
		const struct django_part *part = iw_django_statement_find(statement, "columns");
		if (!iw_django_references_table(statement, table) || part == NULL || part->columns == NULL ||
		    !same_names(part->columns, columns) || g_strcmp0(part->table, table) != 0)
			continue;
		g_ptr_array_remove_index(self->deferred, i);
		return true;
	}
	return false;
}

static bool holds_text(const GPtrArray *list, const char *text)
{
	for (guint i = 0; i < list->len; i++)
		if (strcmp(list->pdata[i], text) == 0)
			return true;
	return false;
}

/* The name of the constraint or index on just these columns; NULL: it is not to be told. */
static const char *composed_name(struct django_editor *self, struct django_model_ref model, GPtrArray *columns,
				 const struct together *kind)
{
	struct django_context *context = self->context;
	struct django_wanted wanted = {
		.unique = kind->is_unique,
		.primary_key = kind->is_unique && context->version >= 40100 ? 0 : -1,
		.index = kind->is_unique ? -1 : 1,
		.foreign_key = -1,
		.check = -1,
		.columns = columns,
		.exclude = iw_django_meta_names(self, model, DJANGO_CONSTRAINT_NAMES | DJANGO_INDEX_NAMES),
	};
	const GPtrArray *names = iw_django_constraint_names(self, model.model->db_table, &wanted);
	if (context->problem != NULL || names == NULL)
		return NULL;
	if (kind->is_unique && context->version >= 40100 && self->backend->allows_multiple_constraints_on_same_fields) {
		const char *own = iw_django_create_index_name(context, model.model->db_table, columns, "_uniq");
		if (holds_text(names, own))
			return own;
	}
	if (names->len == 1)
		return names->pdata[0];
	g_autoptr(GString) text = g_string_new(NULL);
	for (guint i = 0; i < columns->len; i++)
		g_string_append_printf(text, "%s%s", i == 0 ? "" : ", ", (const char *)columns->pdata[i]);
	return iw_django_fail(context, self->place, "Found wrong number (%u) of constraints for %s(%s)", names->len,
			      model.model->db_table, text->str);
}

static void delete_composed_index(struct django_editor *self, struct django_model_ref model, const GPtrArray *names,
				  const struct together *kind)
{
	GPtrArray *fields = iw_django_named_fields(self, model, names);
	if (fields->len == 0)
		return;
	if (self->backend->before_delete_composed != NULL)
		self->backend->before_delete_composed(self, model, fields);
	GPtrArray *columns = columns_of(self, fields);
	if (kind->is_unique && is_still_deferred(self, model.model->db_table, columns))
		return;
	const char *name = composed_name(self, model, columns, kind);
	if (name != NULL)
		iw_django_execute_statement(self,
					    iw_django_delete_constraint_sql(self, kind->delete_template, model, name));
}

static void alter_together(struct django_editor *self, struct django_model_ref model, GPtrArray *old_sets,
			   GPtrArray *new_sets, const struct together *kind)
{
	const GPtrArray *dropped = difference(self->context->arena, old_sets, new_sets);
	for (guint i = 0; i < dropped->len; i++)
		delete_composed_index(self, model, dropped->pdata[i], kind);
	const GPtrArray *added = difference(self->context->arena, new_sets, old_sets);
	for (guint i = 0; i < added->len; i++) {
		struct django_index_request request = {.fields = iw_django_named_fields(self, model, added->pdata[i]),
						       .suffix = kind->suffix,
						       .nulls_distinct = -1};
		if (request.fields->len == 0)
			return;
		iw_django_execute_statement(self, kind->is_unique ? iw_django_create_unique_sql(self, model, &request)
								  : iw_django_create_index_sql(self, model, &request));
	}
}

void iw_django_alter_unique_together(struct django_editor *self, struct django_model_ref model, GPtrArray *old_sets,
				     GPtrArray *new_sets)
{
	alter_together(self, model, old_sets, new_sets,
		       &(struct together){.is_unique = true, .delete_template = self->backend->sql.delete_unique});
}

void iw_django_alter_index_together(struct django_editor *self, struct django_model_ref model, GPtrArray *old_sets,
				    GPtrArray *new_sets)
{
	alter_together(self, model, old_sets, new_sets,
		       &(struct together){.delete_template = self->backend->sql.delete_index, .suffix = "_idx"});
}
