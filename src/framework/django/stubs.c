/* Weak stand-ins while the editor is being written; removed when nothing needs them. */
#include "framework/django/editor.h"
#include "framework/django/state.h"
#pragma GCC diagnostic ignored "-Wunused-parameter"

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
