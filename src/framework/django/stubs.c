/* Weak stand-ins while the editor is being written; removed when nothing needs them. */
#include "framework/django/editor.h"
#include "framework/django/state.h"
#pragma GCC diagnostic ignored "-Wunused-parameter"

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
__attribute__((weak)) iw_django_state *iw_django_state_branch(const iw_django_state *state,
							      struct django_context *context)
{
	return NULL;
}
__attribute__((weak)) const char *iw_django_model_key(iw_arena *arena, const char *app_label, const char *name)
{
	return NULL;
}
__attribute__((weak)) void iw_django_put_model(iw_django_state *state, struct django_model *model)
{
}
