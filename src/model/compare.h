/*
 * Compare: two schemas of one engine, object by object, by canonical text. The result is a list a person can read;
 * an empty list means equal. Used for drift, for `verify`, and for the property that replay equals inspection.
 *
 * What is not known is no difference:
 *  - a table whose is_opaque is set on either side is only looked for by name;
 *  - when either schema is_uncertain, nothing is MISSING or EXTRA (an unread statement may have made or dropped it);
 *  - views are compared by name, kind and, where both sides list them, columns; never by their query;
 *  - functions, triggers, policies, extensions by name (and disabled or not), never by definition;
 *  - temporary tables are left out; NOT NULL as a named constraint (PostgreSQL 18) only where both sides name some.
 */
#pragma once

#include "model/schema.h"

enum iw_difference_kind { IW_MISSING, IW_EXTRA, IW_CHANGED };

struct iw_difference {
	enum iw_difference_kind kind;
	enum iw_object_kind object_kind;
	const char *object; /* "users.email", "index users_email_idx on users" */
	const char *what;   /* CHANGED: "type", "default", "not null", ... */
	const char *left, *right;
};

struct iw_compare_options {
	bool ignore_column_order;
	/* Neither functions, extensions, types nor schemas: for engines and drivers that do not list them all. */
	bool ignore_objects;
	/* Names of tables (glob patterns) to leave out: bookkeeping tables, Inchworm's own. NULL-terminated; may be
	 * NULL. */
	const char *const *ignored_tables;
};

/* struct iw_difference *, ordered by object; in `arena`. Left is "wanted", right is "found": MISSING = only in left. */
GPtrArray *iw_schema_compare(iw_arena *arena, const iw_schema *left, const iw_schema *right,
			     const struct iw_compare_options *options);
/* One table (or view) only; either may be NULL. Used by probes of the runner. */
GPtrArray *iw_table_compare(iw_arena *arena, struct iw_engine engine, const struct iw_table *left,
			    const struct iw_table *right, const struct iw_compare_options *options);
const char *iw_difference_text(iw_arena *arena, const struct iw_difference *difference);

/* A deterministic dump, one fact a line, sorted by object: golden files, `--json`, debugging. */
void iw_schema_dump(const iw_schema *schema, GString *out);
