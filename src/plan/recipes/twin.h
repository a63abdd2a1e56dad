/*
 * Twin: a second column that holds the same value while old and new code both run. PostgreSQL.
 *
 * What stands on the column (indexes, constraints, foreign keys of this and other tables) is found by replaying its
 * rename to the twin's name: what reads differently then, uses it.
 */
#pragma once

#include "plan/recipes/parts.h"

struct iw_twin {
	struct iw_recipe_maker *maker;
	const struct iw_column *column; /* as it is */
	const char *twin;		/* the twin's name */
	const struct iw_table *as_twin; /* the table as if the column had the twin's name */
	const iw_schema *schema_as_twin;
	GPtrArray *indexes;	/* struct iw_twin_part *: on the column, without those of constraints */
	GPtrArray *keys;	/* ... PRIMARY KEY and UNIQUE */
	GPtrArray *constraints; /* ... CHECK and FOREIGN KEY of the table */
	GPtrArray *referrers;	/* ... FOREIGN KEYs of other tables */
};

struct iw_twin_part {
	struct iw_name table;
	const char *name; /* of the index or constraint */
	const char *own;  /* of what is built for the twin */
	const struct iw_index *index, *index_as_twin;
	const struct iw_constraint *constraint, *constraint_as_twin;
};

/* NULL result: done, else why the column cannot have one. */
const char *iw_twin_find(struct iw_recipe_maker *maker, const char *column, const char *purpose, struct iw_twin *twin);
/* Fails as the server itself would, had it to change the column: views, policies, ... that use it. */
void iw_twin_guard(const struct iw_twin *twin);
/* "ALTER TABLE t ADD COLUMN twin type", alone. */
void iw_twin_add(const struct iw_twin *twin, const struct iw_type *type, const char *collation);
/* A trigger that runs `body` (PL/pgSQL over NEW and OLD) before a row is written, last of all. */
void iw_twin_trigger(const struct iw_twin *twin, const char *body);
void iw_twin_drop_trigger(const struct iw_twin *twin);
/* Copies of the plain indexes, built while reads and writes go on. */
void iw_twin_build_indexes(const struct iw_twin *twin, GPtrArray *parts);
/* SQL of the part's constraint, under `name`. */
const char *iw_twin_constraint(const struct iw_twin *twin, const struct iw_twin_part *part, bool as_twin,
			       const char *name, bool not_valid, const char *using_index);
const char *iw_twin_quote(const struct iw_twin *twin, const char *name);
const char *iw_twin_beside(const struct iw_twin *twin, const char *name);
const char *iw_twin_table(const struct iw_twin *twin, struct iw_name table);
