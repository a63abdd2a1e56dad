/*
 * Expressions of Django: Q, F, functions, lookups, and the indexes and constraints that hold them, as SQL of one
 * engine. After django/db/models/{expressions,lookups,query_utils,indexes,constraints}.py, functions/ and
 * contrib/postgres. Reasons why something cannot be rendered go to the context: see models.h.
 */
#pragma once

#include "framework/django/models.h"

/* Whether a condition says something: Django raises EmptyResultSet and FullResultSet. */
enum django_truth { DJANGO_DEPENDS, DJANGO_ALWAYS_TRUE, DJANGO_ALWAYS_FALSE };

/* A Q (or a conditional expression) as the WHERE of an index, or as a CHECK: columns without their table, values as
 * literals. NULL with *truth set: it depends on nothing; NULL otherwise: it failed. `truth` may be NULL. */
const char *iw_django_condition_sql(struct django_context *context, struct django_model_ref model,
				    struct iw_py_value *condition, enum django_truth *truth);
/* An expression as in an index, a generated column or a db_default; plain values become literals. */
const char *iw_django_expression_sql(struct django_context *context, struct django_model_ref model,
				     struct iw_py_value *expression);
/* db_default_sql(): "5", "(NOW())": with the parentheses that the engine wants. */
const char *iw_django_db_default_sql(struct django_context *context, struct django_field_ref field);
/* Is db_default, or what a column is generated from, sent with parameters? False where it cannot be worked out. */
bool iw_django_has_parameters(struct django_context *context, struct django_field_ref field);
/* An expression as an index has it: with its order, operator class and collation behind it, and parentheses around what
 * is no column. `opclass`: another one; NULL. Columns that it names are added to `columns` (char *). NULL: it failed.
 */
const char *iw_django_indexed_sql(struct django_context *context, struct django_model_ref model,
				  struct iw_py_value *expression, const char *opclass, GPtrArray *columns);
/* GENERATED ALWAYS AS (...) STORED */
const char *iw_django_generated_sql(struct django_context *context, struct django_field_ref field);
/* Names of the model's fields that an expression or Q uses ("author__name": "author"), char *. */
GPtrArray *iw_django_used_fields(struct django_context *context, const struct iw_py_value *expression);

struct django_index {
	const char *name;	   /* NULL: made from table and columns by set_name_with_model() */
	struct iw_py_value *value; /* the CALL; NULL: made from a field or index_together */
	struct iw_place place;
	const char *unknown;			/* NULL: it is known */
	const char *path;			/* "django.contrib.postgres.indexes.GinIndex" */
	const struct django_index_class *class; /* private to index.c */
	const char *suffix;			/* "idx", "gin" */
	GPtrArray *fields;			/* char *: as written, "-created" is descending; empty: expressions */
	GPtrArray *expressions, *opclasses, *include; /* struct iw_py_value *; char *; char *; may be empty */
	struct iw_py_value *condition;		      /* NULL */
	const char *db_tablespace;		      /* NULL */
};

enum django_constraint_kind { DJANGO_CHECK, DJANGO_UNIQUE, DJANGO_EXCLUSION };

struct django_constraint {
	enum django_constraint_kind kind;
	const char *name;
	struct iw_py_value *value;
	struct iw_place place;
	const char *unknown;
	const char *path;
	GPtrArray *fields, *expressions, *opclasses, *include; /* as above */
	struct iw_py_value *condition;			       /* UNIQUE's condition; CHECK's condition or check */
	const char *deferrable;				       /* "DEFERRED", "IMMEDIATE"; NULL: not deferrable */
	int nulls_distinct;				       /* 1, 0; -1: not given */
	const char *index_type;				       /* EXCLUSION: "GIST" */
	bool is_not_valid;				       /* AddConstraintNotValid */
};

/* Never NULL; classes of the project that derive from Django's are followed. */
struct django_index *iw_django_index_new(struct django_context *context, struct iw_py_value *value);
struct django_constraint *iw_django_constraint_new(struct django_context *context, struct iw_py_value *value);
/* set_name_with_model(): the name that an index without one gets. */
const char *iw_django_index_name(struct django_context *context, struct django_model_ref model,
				 const struct django_index *index);
/* deconstruct() of both is equal. */
bool iw_django_same_index(struct django_context *context, const struct django_index *one,
			  const struct django_index *other);
bool iw_django_same_constraint(struct django_context *context, const struct django_constraint *one,
			       const struct django_constraint *other);
