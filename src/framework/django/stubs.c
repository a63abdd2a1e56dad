/* Weak stand-ins while the editor is being written; removed when nothing needs them. */
#include "framework/django/editor.h"
#pragma GCC diagnostic ignored "-Wunused-parameter"

__attribute__((weak)) void *iw_django_fail(struct django_context *context, struct iw_place place, const char *format,
					   ...)
{
	return NULL;
}
__attribute__((weak)) bool iw_django_is_unknown(struct django_context *context, const struct iw_py_value *value)
{
	return false;
}
__attribute__((weak)) struct django_field *iw_django_field_new(struct django_context *context, const char *app_label,
							       const char *model, const char *name,
							       struct iw_py_value *value)
{
	return NULL;
}
__attribute__((weak)) struct django_field *iw_django_field_make(struct django_context *context, const char *path,
								const char *name)
{
	return NULL;
}
__attribute__((weak)) struct django_field *iw_django_field_copy(iw_arena *arena, const struct django_field *field)
{
	return NULL;
}
__attribute__((weak)) const char *iw_django_attname(struct django_context *context, const struct django_field *field)
{
	return NULL;
}
__attribute__((weak)) const char *iw_django_column(struct django_context *context, const struct django_field *field)
{
	return NULL;
}
__attribute__((weak)) bool iw_django_has_default(const struct django_field *field)
{
	return false;
}
__attribute__((weak)) bool iw_django_is_a(struct django_context *context, const struct django_field *field,
					  const char *path)
{
	return false;
}
__attribute__((weak)) struct django_column iw_django_column_of(struct django_context *context,
							       struct django_field_ref field)
{
	return (struct django_column){0};
}
__attribute__((weak)) const char *iw_django_data_type(struct django_context *context, struct django_field_ref field)
{
	return NULL;
}
__attribute__((weak)) const char *iw_django_rel_db_type(struct django_context *context, struct django_field_ref field)
{
	return NULL;
}
__attribute__((weak)) enum django_type iw_django_target_type(struct django_context *context,
							     struct django_field_ref field)
{
	return 0;
}
__attribute__((weak)) const char *iw_django_type_name(enum django_type type)
{
	return NULL;
}
__attribute__((weak)) const char *iw_django_cast_type(struct django_context *context, struct django_field_ref field)
{
	return NULL;
}
__attribute__((weak)) bool iw_django_should_be_altered(struct django_context *context, struct django_field_ref old,
						       struct django_field_ref new_field, const char *const *ignore)
{
	return false;
}
__attribute__((weak)) bool iw_django_same_argument(struct django_context *context, const struct django_field *one,
						   const struct django_field *other, const char *name)
{
	return false;
}
__attribute__((weak)) bool iw_django_values_equal(struct django_context *context, const struct iw_py_value *one,
						  const struct iw_py_value *other)
{
	return false;
}
__attribute__((weak)) const char *iw_django_effective_default(struct django_context *context,
							      struct django_field_ref field, bool *is_volatile)
{
	return NULL;
}
__attribute__((weak)) const char *iw_django_literal(struct django_context *context, struct django_field_ref field,
						    const struct iw_py_value *value)
{
	return NULL;
}
__attribute__((weak)) const char *iw_django_quote_text(struct django_context *context, const char *text)
{
	return NULL;
}
__attribute__((weak)) struct django_context *iw_django_state_context(const iw_django_state *state)
{
	return NULL;
}
__attribute__((weak)) struct django_model_ref iw_django_find_model(const iw_django_state *state, const char *key)
{
	return (struct django_model_ref){0};
}
__attribute__((weak)) struct django_model_ref iw_django_get_model(const iw_django_state *state, const char *app_label,
								  const char *name)
{
	return (struct django_model_ref){0};
}
__attribute__((weak)) GPtrArray *iw_django_models(const iw_django_state *state)
{
	return NULL;
}
__attribute__((weak)) struct django_field_ref iw_django_get_field(struct django_model_ref model, const char *name)
{
	return (struct django_field_ref){0};
}
__attribute__((weak)) GPtrArray *iw_django_local_fields(struct django_model_ref model)
{
	return NULL;
}
__attribute__((weak)) GPtrArray *iw_django_local_many_to_many(struct django_model_ref model)
{
	return NULL;
}
__attribute__((weak)) struct django_field_ref iw_django_primary_key(struct django_model_ref model)
{
	return (struct django_field_ref){0};
}
__attribute__((weak)) struct django_field_ref iw_django_target(struct django_field_ref field)
{
	return (struct django_field_ref){0};
}
__attribute__((weak)) struct django_model_ref iw_django_through(struct django_field_ref field)
{
	return (struct django_model_ref){0};
}
__attribute__((weak)) struct django_field_ref iw_django_through_field(struct django_field_ref field, bool is_reverse)
{
	return (struct django_field_ref){0};
}
__attribute__((weak)) GPtrArray *iw_django_related(struct django_model_ref model)
{
	return NULL;
}
__attribute__((weak)) const char *iw_django_condition_sql(struct django_context *context, struct django_model_ref model,
							  struct iw_py_value *condition, enum django_truth *truth)
{
	return NULL;
}
__attribute__((weak)) const char *
iw_django_expression_sql(struct django_context *context, struct django_model_ref model, struct iw_py_value *expression)
{
	return NULL;
}
__attribute__((weak)) const char *iw_django_db_default_sql(struct django_context *context,
							   struct django_field_ref field)
{
	return NULL;
}
__attribute__((weak)) const char *iw_django_generated_sql(struct django_context *context, struct django_field_ref field)
{
	return NULL;
}
__attribute__((weak)) GPtrArray *iw_django_used_fields(struct django_context *context,
						       const struct iw_py_value *expression)
{
	return NULL;
}
__attribute__((weak)) struct django_index *iw_django_index_new(struct django_context *context,
							       struct iw_py_value *value)
{
	return NULL;
}
__attribute__((weak)) struct django_constraint *iw_django_constraint_new(struct django_context *context,
									 struct iw_py_value *value)
{
	return NULL;
}
__attribute__((weak)) const char *iw_django_index_name(struct django_context *context, struct django_model_ref model,
						       const struct django_index *index)
{
	return NULL;
}
__attribute__((weak)) bool iw_django_same_index(struct django_context *context, const struct django_index *one,
						const struct django_index *other)
{
	return false;
}
__attribute__((weak)) bool iw_django_same_constraint(struct django_context *context,
						     const struct django_constraint *one,
						     const struct django_constraint *other)
{
	return false;
}
__attribute__((weak)) struct django_editor *
iw_django_editor_new(struct django_context *context, const iw_schema *(*catalogue_before)(void *data), void *data)
{
	return NULL;
}
__attribute__((weak)) void iw_django_execute(struct django_editor *self, const char *sql)
{
}
__attribute__((weak)) void iw_django_execute_statement(struct django_editor *self,
						       const struct django_statement *statement)
{
}
__attribute__((weak)) void iw_django_execute_foreign(struct django_editor *self, const char *why)
{
}
__attribute__((weak)) void iw_django_editor_finish(struct django_editor *self, iw_made *made)
{
}
__attribute__((weak)) struct django_mark iw_django_editor_mark(const struct django_editor *self)
{
	return (struct django_mark){0};
}
__attribute__((weak)) void iw_django_editor_rewind(struct django_editor *self, struct django_mark mark)
{
}
__attribute__((weak)) const char *iw_django_quote_name(const struct django_context *context, const char *name)
{
	return NULL;
}
__attribute__((weak)) const char *iw_django_format(iw_arena *arena, const char *template, ...)
{
	return NULL;
}
__attribute__((weak)) const struct django_backend *iw_django_backend(const struct django_context *context)
{
	return NULL;
}
__attribute__((weak)) void iw_django_create_model(struct django_editor *self, struct django_model_ref model)
{
}
__attribute__((weak)) void iw_django_delete_model(struct django_editor *self, struct django_model_ref model)
{
}
__attribute__((weak)) void iw_django_alter_db_table(struct django_editor *self, struct django_model_ref model,
						    const char *old_table, const char *new_table)
{
}
__attribute__((weak)) void iw_django_alter_db_table_comment(struct django_editor *self, struct django_model_ref model,
							    const char *comment)
{
}
__attribute__((weak)) void iw_django_alter_db_tablespace(struct django_editor *self, struct django_model_ref model,
							 const char *old_tablespace, const char *new_tablespace)
{
}
__attribute__((weak)) void iw_django_alter_unique_together(struct django_editor *self, struct django_model_ref model,
							   GPtrArray *old_sets, GPtrArray *new_sets)
{
}
__attribute__((weak)) void iw_django_alter_index_together(struct django_editor *self, struct django_model_ref model,
							  GPtrArray *old_sets, GPtrArray *new_sets)
{
}
__attribute__((weak)) void iw_django_add_field(struct django_editor *self, struct django_field_ref field)
{
}
__attribute__((weak)) void iw_django_remove_field(struct django_editor *self, struct django_field_ref field)
{
}
__attribute__((weak)) void iw_django_alter_field(struct django_editor *self, struct django_field_ref old,
						 struct django_field_ref new_field, bool strict)
{
}
__attribute__((weak)) void iw_django_add_index(struct django_editor *self, struct django_model_ref model,
					       const struct django_index *index, bool concurrently)
{
}
__attribute__((weak)) void iw_django_remove_index(struct django_editor *self, struct django_model_ref model,
						  const struct django_index *index, bool concurrently)
{
}
__attribute__((weak)) void iw_django_rename_index(struct django_editor *self, struct django_model_ref model,
						  const struct django_index *old_index,
						  const struct django_index *new_index)
{
}
__attribute__((weak)) void iw_django_add_constraint(struct django_editor *self, struct django_model_ref model,
						    const struct django_constraint *constraint)
{
}
__attribute__((weak)) void iw_django_remove_constraint(struct django_editor *self, struct django_model_ref model,
						       const struct django_constraint *constraint)
{
}
__attribute__((weak)) void iw_django_base_create_model(struct django_editor *self, struct django_model_ref model)
{
}
__attribute__((weak)) void iw_django_base_delete_model(struct django_editor *self, struct django_model_ref model)
{
}
__attribute__((weak)) void iw_django_base_add_field(struct django_editor *self, struct django_field_ref field)
{
}
__attribute__((weak)) void iw_django_base_remove_field(struct django_editor *self, struct django_field_ref field)
{
}
__attribute__((weak)) void iw_django_base_alter_physical_field(struct django_editor *self, struct django_field_ref old,
							       struct django_field_ref new_field,
							       const struct django_column *old_column,
							       const struct django_column *new_column, bool strict)
{
}
__attribute__((weak)) void iw_django_base_alter_many_to_many(struct django_editor *self, struct django_field_ref old,
							     struct django_field_ref new_field, bool strict)
{
}
__attribute__((weak)) void iw_django_base_alter_db_table(struct django_editor *self, struct django_model_ref model,
							 const char *old_table, const char *new_table)
{
}
__attribute__((weak)) void iw_django_base_add_constraint(struct django_editor *self, struct django_model_ref model,
							 const struct django_constraint *constraint)
{
}
__attribute__((weak)) void iw_django_base_remove_constraint(struct django_editor *self, struct django_model_ref model,
							    const struct django_constraint *constraint)
{
}
__attribute__((weak)) void iw_django_base_remove_index(struct django_editor *self, struct django_model_ref model,
						       const struct django_index *index)
{
}
__attribute__((weak)) const char *iw_django_base_alter_column_type(struct django_editor *self,
								   struct django_field_ref old,
								   struct django_field_ref new_field,
								   const char *new_type, const char *old_collation,
								   const char *new_collation, GPtrArray *post_actions)
{
	return NULL;
}
__attribute__((weak)) const char *iw_django_base_alter_column_null(struct django_editor *self,
								   struct django_field_ref old,
								   struct django_field_ref new_field)
{
	return NULL;
}
__attribute__((weak)) bool iw_django_base_should_be_indexed(struct django_editor *self, struct django_field_ref field)
{
	return false;
}
__attribute__((weak)) const char *iw_django_table_sql(struct django_editor *self, struct django_model_ref model)
{
	return NULL;
}
__attribute__((weak)) const char *iw_django_column_sql(struct django_editor *self, struct django_field_ref field,
						       bool include_default)
{
	return NULL;
}
__attribute__((weak)) const char *iw_django_alter_column_default_sql(struct django_editor *self,
								     struct django_field_ref old,
								     struct django_field_ref new_field, bool drop)
{
	return NULL;
}
__attribute__((weak)) const char *iw_django_alter_column_comment_sql(struct django_editor *self,
								     struct django_field_ref field, const char *type,
								     const char *comment)
{
	return NULL;
}
__attribute__((weak)) GPtrArray *iw_django_model_indexes(struct django_editor *self, struct django_model_ref model)
{
	return NULL;
}
__attribute__((weak)) GPtrArray *iw_django_field_indexes(struct django_editor *self, struct django_field_ref field)
{
	return NULL;
}
__attribute__((weak)) struct django_statement *iw_django_create_index_sql(struct django_editor *self,
									  struct django_model_ref model,
									  const struct django_index_request *request)
{
	return NULL;
}
__attribute__((weak)) struct django_statement *iw_django_create_unique_sql(struct django_editor *self,
									   struct django_model_ref model,
									   const struct django_index_request *request)
{
	return NULL;
}
__attribute__((weak)) struct django_statement *
iw_django_create_fk_sql(struct django_editor *self, struct django_field_ref field, const char *suffix)
{
	return NULL;
}
__attribute__((weak)) struct django_statement *iw_django_delete_constraint_sql(struct django_editor *self,
									       const char *template,
									       struct django_model_ref model,
									       const char *name)
{
	return NULL;
}
__attribute__((weak)) struct django_statement *iw_django_delete_index_sql(struct django_editor *self,
									  struct django_model_ref model,
									  const char *name, bool concurrently)
{
	return NULL;
}
__attribute__((weak)) struct django_statement *iw_django_index_create_sql(struct django_editor *self,
									  struct django_model_ref model,
									  const struct django_index *index,
									  bool concurrently)
{
	return NULL;
}
__attribute__((weak)) const char *iw_django_constraint_sql(struct django_editor *self, struct django_model_ref model,
							   const struct django_constraint *constraint)
{
	return NULL;
}
__attribute__((weak)) struct django_statement *
iw_django_constraint_create_sql(struct django_editor *self, struct django_model_ref model,
				const struct django_constraint *constraint)
{
	return NULL;
}
__attribute__((weak)) struct django_statement *
iw_django_constraint_remove_sql(struct django_editor *self, struct django_model_ref model,
				const struct django_constraint *constraint)
{
	return NULL;
}
__attribute__((weak)) const struct django_backend iw_django_postgres;
__attribute__((weak)) const struct django_backend iw_django_sqlite;
