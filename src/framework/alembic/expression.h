/* What the files that render expressions share; see sqlalchemy.h. */
#pragma once

#include "framework/alembic/sqlalchemy.h"

#include <stdlib.h>

/* A string of JSON, as json.dumps() writes it; false: it is no UTF-8. */
bool iw_sa_json_string(GString *out, const char *text);
/* A value of a parameter. */
const char *iw_sa_bound(struct iw_sa *sa, struct iw_py_value *value);
/* Values of a list, with commas between. */
const char *iw_sa_bound_list(struct iw_sa *sa, const struct iw_py_value *value);
/* The type of a column, as far as it is known; NULL: not. */
const struct iw_sa_type *iw_sa_type_of(struct iw_sa *sa, struct iw_py_value *value);
/* A column's name, with its table where the flags say so; NULL: it is none. */
const char *iw_sa_column_reference(struct iw_sa *sa, struct iw_py_value *value, unsigned flags);
/* SELECT, without a terminator. */
const char *iw_sa_select(struct iw_sa *sa, struct iw_py_value *value);
/* In parentheses unless it is an atom, as values of UPDATE are. */
const char *iw_sa_grouped(struct iw_sa *sa, struct iw_py_value *value, unsigned flags);
/* struct iw_py_value *: joined with AND */
const char *iw_sa_conjunction(struct iw_sa *sa, const GPtrArray *conditions, unsigned flags);
