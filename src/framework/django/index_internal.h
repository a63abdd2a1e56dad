/* What indexes and constraints share, for index.c and constraint.c only. */
#pragma once

#include "framework/django/editor.h"

/*
 * The class of Django that a CALL is of, through classes of the project that have none of these methods
 * (NULL-terminated) of their own. NULL: *why it is not known.
 */
const struct iw_py_value *iw_django_foreign_base(struct django_context *context, const struct iw_py_value *call,
						 const char *const *methods, const char **why);
/* A list of texts, or nothing; false: it is something else. */
bool iw_django_take_texts(struct django_context *context, const struct iw_py_value *value, GPtrArray *list);
/* NULL for None. */
struct iw_py_value *iw_django_some(struct iw_py_value *value);

bool iw_django_same_texts(const GPtrArray *one, const GPtrArray *other);
bool iw_django_same_values(struct django_context *context, const GPtrArray *one, const GPtrArray *other);
bool iw_django_same_value(struct django_context *context, const struct iw_py_value *one,
			  const struct iw_py_value *other);

/* Fields of the model by their names, and their columns; they fail where there is none. */
const struct django_field *iw_django_named_field(struct django_context *context, struct django_model_ref model,
						 const char *name, struct iw_place place);
const char *iw_django_named_column(struct django_context *context, struct django_model_ref model, const char *name,
				   struct iw_place place);
bool iw_django_take_fields(struct django_context *context, struct django_model_ref model, const GPtrArray *names,
			   struct iw_place place, GPtrArray *fields);
bool iw_django_take_columns(struct django_context *context, struct django_model_ref model, const GPtrArray *names,
			    struct iw_place place, GPtrArray *columns);
/* Indexed expressions, as SQL, with the columns that they name. */
bool iw_django_take_expressions(struct django_editor *self, struct django_model_ref model, const GPtrArray *expressions,
				struct django_index_request *request);
/*
 * Where there are no partial indexes only an empty condition counts: "" then. Others need not be known; it fails where
 * Django does.
 */
const char *iw_django_left_out(struct django_editor *self, struct django_model_ref model,
			       struct iw_py_value *condition);
/* _get_condition_sql(): *sql stays where there is no condition; "": it is always true. */
bool iw_django_take_condition(struct django_editor *self, struct django_model_ref model, struct iw_py_value *condition,
			      const char **sql);
