/* Lookups: rows of the tables in lookup.c, and the hooks that compile them; for the files of lookups only. */
#pragma once

#include "framework/django/expression_internal.h"

struct django_lookup {
	const char *name, *class; /* "gt", "GreaterThan" */
	struct django_sql (*compile)(struct django_context *context, struct django_node *node);
	/* connection.operators and pattern_ops, by enum iw_dialect; "{}": the escaped right side. */
	const char *operators[IW_DIALECTS], *patterns[IW_DIALECTS];
	const char *symbol;			    /* postgres_operator; JSON: how several keys are joined elsewhere */
	bool has_percent_before, has_percent_after; /* param_pattern */
	bool is_list;				    /* the right side is a list */
	bool takes_none;			    /* can_use_none_as_rhs */
	bool is_unprepared;			    /* prepare_rhs = False */
	int since;
};

/* lookup_sql.c */
struct django_sql iw_django_lookup_exact(struct django_context *context, struct django_node *node);
struct django_sql iw_django_lookup_compare(struct django_context *context, struct django_node *node);
struct django_sql iw_django_lookup_iexact(struct django_context *context, struct django_node *node);
struct django_sql iw_django_lookup_pattern(struct django_context *context, struct django_node *node);
struct django_sql iw_django_lookup_in(struct django_context *context, struct django_node *node);
struct django_sql iw_django_lookup_range(struct django_context *context, struct django_node *node);
struct django_sql iw_django_lookup_isnull(struct django_context *context, struct django_node *node);
struct django_sql iw_django_lookup_regex(struct django_context *context, struct django_node *node);
struct django_sql iw_django_lookup_year(struct django_context *context, struct django_node *node);

/* lookup_postgres.c */
struct django_sql iw_django_lookup_operator(struct django_context *context, struct django_node *node);
struct django_sql iw_django_lookup_array(struct django_context *context, struct django_node *node);
struct django_sql iw_django_lookup_array_exact(struct django_context *context, struct django_node *node);
struct django_sql iw_django_lookup_keys(struct django_context *context, struct django_node *node);
struct django_sql iw_django_lookup_range_contains(struct django_context *context, struct django_node *node);
struct django_sql iw_django_lookup_contained_by_range(struct django_context *context, struct django_node *node);
struct django_sql iw_django_lookup_search(struct django_context *context, struct django_node *node);

/* lookup_json.c */
struct django_sql iw_django_lookup_json_contains(struct django_context *context, struct django_node *node);
struct django_sql iw_django_lookup_json_has_key(struct django_context *context, struct django_node *node);
struct django_sql iw_django_lookup_json_exact(struct django_context *context, struct django_node *node);
struct django_sql iw_django_lookup_json_icontains(struct django_context *context, struct django_node *node);
struct django_sql iw_django_lookup_json_in(struct django_context *context, struct django_node *node);
struct django_sql iw_django_lookup_key_exact(struct django_context *context, struct django_node *node);
struct django_sql iw_django_lookup_key_isnull(struct django_context *context, struct django_node *node);
struct django_sql iw_django_lookup_key_text(struct django_context *context, struct django_node *node);
struct django_sql iw_django_lookup_key_compare(struct django_context *context, struct django_node *node);

/* A lookup of all fields, whatever the type of the left side has for that name. */
struct django_node *iw_django_base_lookup(struct django_context *context, const char *name, struct django_node *lhs,
					  struct django_rhs *rhs);
/* Is it the JSON key transform, or one that makes a text of the value? */
bool iw_django_is_key(const struct django_node *node);

/* Parts that hooks share. ------------------------------------------------------------------------------------------ */

struct django_node *iw_django_lhs(const struct django_node *node);
/* process_lhs() of Lookup; `casts`: with BuiltinLookup's lookup_cast(). */
struct django_sql iw_django_process_lhs(struct django_context *context, struct django_node *node, bool casts);
/* process_rhs(): of an expression, or of a value prepared by the output field of the left side. */
struct django_sql iw_django_process_rhs(struct django_context *context, struct django_node *node);
/* Lookup.process_rhs() of an expression: parentheses where precedence asks for them. */
struct django_sql iw_django_rhs_expression(struct django_context *context, struct django_node *rhs);
/* The value as a parameter, prepared by the output field of the left side. */
struct django_sql_value *iw_django_prepared(struct django_context *context, struct django_node *node,
					    const struct iw_py_value *value);
/* Has the server, as Django sees it, REGEXP_LIKE()? */
bool iw_django_has_regexp_like(const struct django_context *context);
/* str(value) of what pattern lookups compare with; NULL: it failed. */
const char *iw_django_str(struct django_context *context, const struct iw_py_value *value);
/* prep_for_like_query() */
const char *iw_django_like_text(struct django_context *context, const char *text);
/* "lhs operator", with the right side in the operator's %s. */
struct django_sql iw_django_compare(struct django_context *context, struct django_node *node,
				    const struct django_sql *lhs, const struct django_sql *rhs);
/* Bilateral transforms of the left side, put around the right one; the same node: there are none. */
struct django_node *iw_django_bilateral(struct django_context *context, struct django_node *lhs,
					struct django_node *rhs);
bool iw_django_has_bilateral(const struct django_node *lhs);
