/*
 * How expressions become SQL; for the files of expressions only. Three steps, as Django has them:
 *
 *  1. resolving: a value of the Python reader becomes a tree of nodes that know their columns and output fields
 *     (resolve.c, condition.c for Q);
 *  2. compiling: a node becomes a text with "%s" for each parameter, as its as_sql() gives it (compile.c, lookup.c and
 *     the hooks in the table of functions);
 *  3. the parameters go into the text as literals, as the schema editor does it (iw_django_interpolate()).
 */
#pragma once

#include "framework/django/editor.h"

#include <string.h>

/* compiled SQL -------------------------------------------------------------------------------------------------------
 */

struct django_sql_value {
	const char *literal; /* as quote_value() writes it */
	const char *text;    /* the str that was given; NULL: it was none */
	bool is_text;	     /* what the driver gets is a str */
	bool is_boolean;     /* what the driver gets is True or False */
};

struct django_sql {
	const char *text;	 /* with %s and %%; NULL: see truth, or it failed */
	GPtrArray *parameters;	 /* struct django_sql_value * */
	enum django_truth truth; /* EmptyResultSet, FullResultSet */
};

/* nodes --------------------------------------------------------------------------------------------------------------
 */

/* output_field: a field, none (Django raises OutputFieldIsNoneError), or an error (FieldError). */
enum django_output_kind { DJANGO_OUTPUT_UNASKED, DJANGO_OUTPUT_FIELD, DJANGO_OUTPUT_NONE, DJANGO_OUTPUT_ERROR };
struct django_output {
	enum django_output_kind kind;
	struct django_field_ref field; /* its model is NULL when it is no column */
	const char *error;
};

enum django_node_kind {
	NODE_COLUMN,   /* Col */
	NODE_VALUE,    /* Value */
	NODE_FUNCTION, /* Func and its kin, transforms */
	NODE_COMBINED, /* CombinedExpression, text: the connector */
	NODE_DURATION, /* DurationExpression */
	NODE_TEMPORAL, /* TemporalSubtraction */
	NODE_CASE,     /* sources: WHENs, last the default */
	NODE_WHEN,     /* sources: condition, result */
	NODE_WRAPPER,  /* ExpressionWrapper */
	NODE_NEGATED,  /* NegatedExpression */
	NODE_RAW,      /* RawSQL: text, value: params */
	NODE_ORDER_BY, /* OrderBy */
	NODE_LIST,     /* ExpressionList */
	NODE_LOOKUP,   /* sources: lhs; rhs */
	NODE_WHERE,    /* WhereNode, text: the connector */
};

struct django_function;
struct django_lookup;
struct django_rhs;

struct django_node {
	enum django_node_kind kind;
	struct iw_place place;
	GPtrArray *sources; /* struct django_node * */
	struct django_output output;
	struct django_field_ref column;		/* COLUMN: its target */
	const struct django_function *function; /* FUNCTION */
	const struct django_lookup *lookup;	/* LOOKUP */
	struct django_rhs *rhs;			/* LOOKUP */
	struct iw_py_value *value;
	const char *text;  /* see the kinds; FUNCTION: what its class keeps: key, part of a date, collation, ... */
	GHashTable *extra; /* FUNCTION: char * -> char *: **extra, with function, template, arg_joiner; NULL: none */
	struct django_node *config, *weight;	     /* of SearchVector; NULL */
	const char *time_zone;			     /* FUNCTION: of tzinfo; NULL: the current one */
	bool is_negated;			     /* WHERE; SearchQuery, Lexeme: invert */
	bool is_resolved;			     /* WHERE: where.resolved */
	bool is_descending, nulls_first, nulls_last; /* ORDER_BY */
};

/* Query(model, alias_cols=False), and how much is nested. */
struct django_query {
	struct django_context *context;
	struct django_model_ref model;
	guint depth;
	bool is_unresolved; /* resolve_expression() is not called: db_default */
};

/* functions: expression_functions.c ----------------------------------------------------------------------------------
 */

enum django_module { DJANGO_MODELS, DJANGO_CONTRIB_POSTGRES };

/* How the output field comes about. */
enum django_output_rule {
	DJANGO_OUT_SOURCES, /* that of all sources, when they agree */
	DJANGO_OUT_NUMERIC, /* NumericOutputFieldMixin */
	DJANGO_OUT_FIRST,   /* that of the first source */
	DJANGO_OUT_FIELD,   /* `output` */
	DJANGO_OUT_BASE,    /* base_field of the first source's */
	DJANGO_OUT_NONE,
};

struct django_function {
	const char *name; /* of the class */
	enum django_module module;
	const char *function; /* NULL: none */
	/* What as_postgresql(), ... pass; NULL: nothing. */
	struct {
		const char *function, *template;
	} on_postgres, on_mysql, on_sqlite;
	const char *template, *joiner; /* NULL: Func's own */
	const char *parameters;	       /* "expression length": names of positional ones; NULL: any number */
	const char *defaults;	       /* of the last parameter, when it is a text: " "; NULL */
	int least;		       /* how many must be given */
	enum django_output_rule rule;
	const char *output;	 /* path of the output field, below "django." */
	bool is_plain_on_sqlite; /* its as_sqlite() does not cast decimals */
	bool is_bilateral;
	int since; /* version of Django; 0: all */
	/* Other than Func: reads the CALL; NULL: it failed. */
	struct django_node *(*resolve)(struct django_query *query, const struct django_function *function,
				       struct iw_py_value *call);
	struct django_sql (*compile)(struct django_context *context, struct django_node *node);
};

/* NULL: there is none, in this version of Django. */
const struct django_function *iw_django_function_named(const struct django_context *context, enum django_module module,
						       const char *name);
/* A node of one, with these sources, NULL-terminated. */
struct django_node *iw_django_function_node(struct django_context *context, const char *name,
					    struct django_node *source, ...) G_GNUC_NULL_TERMINATED;

/* resolve.c ----------------------------------------------------------------------------------------------------------
 */

struct django_node *iw_django_node_new(struct django_context *context, enum django_node_kind kind,
				       struct iw_place place);
/* An expression; a str is a field, anything else a Value: _parse_expressions(). NULL: it failed. */
struct django_node *iw_django_resolve(struct django_query *query, struct iw_py_value *value);
/* The same, but a str is a Value. */
struct django_node *iw_django_resolve_value(struct django_query *query, struct iw_py_value *value);
/* hasattr(value, "resolve_expression") */
bool iw_django_is_expression(struct django_context *context, const struct iw_py_value *value);
/* resolve_ref(): "author", "data__key". */
struct django_node *iw_django_resolve_name(struct django_query *query, const char *name, struct iw_place place);
/* What Query.names_to_path() and setup_joins() find for "author__isnull": the field; *rest: what follows it. */
struct django_field_ref iw_django_find_path(struct django_query *query, const char *name, struct iw_place place,
					    char ***rest, bool allows_targets);
struct django_node *iw_django_value_node(struct django_context *context, struct iw_py_value *value);
struct django_node *iw_django_text_node(struct django_context *context, const char *text);
struct django_node *iw_django_column_node(struct django_context *context, struct django_field_ref target,
					  bool as_relation);
struct django_node *iw_django_combined_node(struct django_context *context, struct django_node *lhs,
					    const char *connector, struct django_node *rhs);
/* Is it a Value, or of a class that derives from it? */
bool iw_django_is_value(const struct django_node *node);
/* Class of an expression: "Lower", with its module; NULL: none of Django's. */
const char *iw_django_class_of(const struct iw_py_value *value, enum django_module *module);
struct django_field_ref iw_django_output_given(struct django_query *query, struct iw_py_value *value);
/* Func's own way to read a CALL. */
struct django_node *iw_django_resolve_function(struct django_query *query, const struct django_function *function,
					       struct iw_py_value *call);
/* What remains of a CALL's keywords: output_field and **extra; false: it failed. */
bool iw_django_take_keywords(struct django_query *query, struct django_node *node, const struct iw_py_value *call,
			     const char *const *known);

/* resolve_special.c: hooks of the table -----------------------------------------------------------------------------
 */

#define DJANGO_RESOLVE(name)                                                                                           \
	struct django_node *iw_django_resolve_##name(struct django_query *query,                                       \
						     const struct django_function *function, struct iw_py_value *call)
DJANGO_RESOLVE(f);
DJANGO_RESOLVE(value_object);
DJANGO_RESOLVE(json_null);
DJANGO_RESOLVE(case);
DJANGO_RESOLVE(when);
DJANGO_RESOLVE(wrapper);
DJANGO_RESOLVE(negated);
DJANGO_RESOLVE(raw);
DJANGO_RESOLVE(order_by);
DJANGO_RESOLVE(combined);
DJANGO_RESOLVE(cast);
DJANGO_RESOLVE(collate);
DJANGO_RESOLVE(concat);
DJANGO_RESOLVE(round);
DJANGO_RESOLVE(json_object);
DJANGO_RESOLVE(key_transform);
DJANGO_RESOLVE(kt);
DJANGO_RESOLVE(date_part);
DJANGO_RESOLVE(op_class);
DJANGO_RESOLVE(range_boundary);
DJANGO_RESOLVE(search_vector);
DJANGO_RESOLVE(combined_search);
DJANGO_RESOLVE(search_query);
DJANGO_RESOLVE(search_config);
DJANGO_RESOLVE(trigram);
DJANGO_RESOLVE(refused);

/* Hooks of the table that compile. */
#define DJANGO_COMPILE(name)                                                                                           \
	struct django_sql iw_django_compile_##name(struct django_context *context, struct django_node *node)
DJANGO_COMPILE(cast);
DJANGO_COMPILE(collate);
DJANGO_COMPILE(concat_pair);
DJANGO_COMPILE(left);
DJANGO_COMPILE(right);
DJANGO_COMPILE(decimal_input);
DJANGO_COMPILE(round);
DJANGO_COMPILE(json_object);
DJANGO_COMPILE(json_array);
DJANGO_COMPILE(uuid4);
DJANGO_COMPILE(uuid7);
DJANGO_COMPILE(extract);
DJANGO_COMPILE(trunc);
DJANGO_COMPILE(trunc_date);
DJANGO_COMPILE(trunc_time);
DJANGO_COMPILE(key_transform);
DJANGO_COMPILE(key_text_transform);
DJANGO_COMPILE(hstore_key);
DJANGO_COMPILE(array_length);
DJANGO_COMPILE(array_index);
DJANGO_COMPILE(array_slice);
DJANGO_COMPILE(range_boundary);
DJANGO_COMPILE(search_vector);
DJANGO_COMPILE(search_query);
DJANGO_COMPILE(search_config);
DJANGO_COMPILE(json_null);

/* output.c -----------------------------------------------------------------------------------------------------------
 */

const struct django_output *iw_django_output(struct django_context *context, struct django_node *node);
/* `field` NULL: it has none, or an error; that is no failure. */
struct django_field_ref iw_django_output_field(struct django_context *context, struct django_node *node);
/* The same, but none and an error are failures. */
struct django_field_ref iw_django_output_needed(struct django_context *context, struct django_node *node);
/* A field that Django makes: "db.models.CharField", "contrib.postgres.search.SearchVectorField". */
struct django_field_ref iw_django_made_field(struct django_context *context, const char *path);
void iw_django_set_output(struct django_node *node, struct django_field_ref field);
/* isinstance() of the classes that have an internal type. */
bool iw_django_type_is(enum django_type type, enum django_type of);
bool iw_django_output_is(struct django_context *context, struct django_node *node, enum django_type of);
/* getattr(node, "conditional") */
bool iw_django_is_conditional(struct django_context *context, struct django_node *node);
/* Of foreign keys the field that they point to, in the end. */
struct django_field_ref iw_django_final_field(struct django_context *context, struct django_field_ref field);

/* compile.c ----------------------------------------------------------------------------------------------------------
 */

struct django_sql iw_django_compile(struct django_context *context, struct django_node *node);
/* Func.as_sql() with another function, template or joiner; NULL: its own. */
struct django_sql iw_django_function_sql(struct django_context *context, struct django_node *node, const char *function,
					 const char *template, const char *joiner);
/* as_postgresql(), ...: with what the row says of the engine. */
struct django_sql iw_django_engine_sql(struct django_context *context, struct django_node *node);
/* SQLiteNumericMixin */
struct django_sql iw_django_numeric_cast(struct django_context *context, struct django_node *node,
					 struct django_sql sql);
bool iw_django_is_mariadb(const struct django_context *context);
/* connection.ops.conditional_expression_supported_in_where_clause() */
bool iw_django_is_supported_in_where(struct django_context *context, struct django_node *node);
/* The columns that it names, once each: char *. */
GPtrArray *iw_django_columns_in(struct django_context *context, struct django_node *node);

/* expression_sql.c: pieces of SQL ------------------------------------------------------------------------------------
 */

struct django_sql iw_django_sql(struct django_context *context, const char *text);
struct django_sql iw_django_sql_failed(void);
struct django_sql iw_django_sql_truth(enum django_truth truth);
/* A text with parameters of up to two others, in that order; NULL: none. */
struct django_sql iw_django_sql_of(struct django_context *context, const struct django_sql *first,
				   const struct django_sql *second, const char *format, ...) G_GNUC_PRINTF(4, 5);
void iw_django_sql_add(struct django_sql *sql, struct django_sql_value *parameter);
void iw_django_sql_join(struct django_sql *sql, const struct django_sql *more);
/* JSON null as a parameter. */
struct django_sql_value *iw_django_json_null(struct django_context *context);
/* A str as a parameter. */
struct django_sql_value *iw_django_text_parameter(struct django_context *context, const char *text);
struct django_sql_value *iw_django_literal_parameter(struct django_context *context, const char *literal);
/* A value prepared by the field (field NULL: as it is); NULL: it failed. */
struct django_sql_value *iw_django_parameter(struct django_context *context, struct django_field_ref field,
					     const struct iw_py_value *value);
/* "%s" with that one; fails when it is NULL. */
struct django_sql iw_django_sql_parameter(struct django_context *context, struct django_sql_value *parameter);
/* Python's template % data; NULL: Python would raise. */
const char *iw_django_fill_template(struct django_context *context, struct iw_place place, const char *template,
				    GHashTable *data);
/* Who puts the parameters in: the editor's quote_value(), or the driver when it sends the query. */
enum django_quoting { DJANGO_QUOTE_VALUE, DJANGO_BY_DRIVER };
/* sql % params; NULL: it failed. */
const char *iw_django_interpolate(struct django_context *context, struct iw_place place, const struct django_sql *sql,
				  enum django_quoting quoting);

/* condition.c --------------------------------------------------------------------------------------------------------
 */

/* Query.build_where(): a Q or a conditional expression. */
struct django_node *iw_django_build_where(struct django_query *query, struct iw_py_value *condition);
/* Is the value a Q, or an operation on some? */
bool iw_django_is_q(struct django_context *context, const struct iw_py_value *value);
/* Q.resolve_expression(): inside of expressions. `lookups`: more of it, of When(); NULL. */
struct django_node *iw_django_resolve_q(struct django_query *query, struct iw_py_value *value,
					const struct iw_py_value *lookups);
struct django_sql iw_django_where_sql(struct django_context *context, struct django_node *where);

/* lookup.c -----------------------------------------------------------------------------------------------------------
 */

/* A right side: an expression, or a value; of a list each item. */
struct django_rhs {
	struct django_node *node;  /* NULL: a value */
	struct iw_py_value *value; /* the value; of a list the LIST */
	GPtrArray *items;	   /* of a list: struct django_rhs *; NULL: none */
};

/* Query.resolve_lookup_value(); NULL: it failed. */
struct django_rhs *iw_django_rhs(struct django_query *query, struct iw_py_value *value);
/* build_lookup(): `lookups` is what follows the field in "field__lookup"; NULL: it failed. */
struct django_node *iw_django_build_lookup(struct django_query *query, struct django_node *lhs, char **lookups,
					   struct django_rhs *rhs);
/* django.db.models.lookups.GreaterThan(lhs, rhs) */
struct django_node *iw_django_lookup_call(struct django_query *query, const char *class, struct iw_py_value *call);
bool iw_django_is_lookup_class(const char *class);
struct django_sql iw_django_lookup_sql(struct django_context *context, struct django_node *node);
const char *iw_django_lookup_name(const struct django_node *node);
struct django_node *iw_django_is_null(struct django_query *query, struct django_node *lhs, bool is_null);
/* try_transform(); NULL without failure: the field has no transform of that name. */
struct django_node *iw_django_transform(struct django_context *context, struct django_node *lhs, const char *name);
