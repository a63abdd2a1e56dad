/*
 * Traits: what can be said about a column, constraint, index, table or sequence, one text each. Dumps print them,
 * comparisons compare them; a new member of a struct is one more row here. For files of model/ only.
 */
#pragma once

#include "model/schema.h"

struct trait_context {
	iw_arena *arena;
	struct iw_engine engine;
	const iw_schema *schema;      /* may be NULL: names are shown as they are */
	const struct iw_table *table; /* of columns, constraints and indexes */
};

struct trait {
	const char *what;
	/* NULL: does not hold, or nothing to say; "" : holds. */
	const char *(*text)(const struct trait_context *context, const void *object);
	bool is_unknown_when_null; /* NULL says nothing: no difference to any text */
	unsigned dialects;	   /* 1 << enum iw_dialect; 0: all */
};

/* Each ends with an entry whose `what` is NULL. */
extern const struct trait iw_column_traits[], iw_constraint_traits[], iw_index_traits[], iw_table_traits[],
	iw_sequence_traits[], iw_domain_traits[], iw_enum_traits[], iw_trigger_traits[];

/* The trait's text, NULL when the trait is not for the engine. */
const char *iw_trait_text(const struct trait *trait, const struct trait_context *context, const void *object);
/* All traits of an object on one line: "type text, not null, default now()". */
const char *iw_traits_line(const struct trait *traits, const struct trait_context *context, const void *object);
/* "schema.name", the schema left out when it is the default one. */
const char *iw_shown_name(const struct trait_context *context, struct iw_name name);
