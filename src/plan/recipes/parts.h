/* Steps that several recipes share. Each adds units to the maker; NULL result: done, else why it cannot be. */
#pragma once

#include "plan/recipe.h"

#include "facts/conditions.h"
#include "sql/sql.h"

/* The version, or the one that is assumed. */
int iw_recipe_version(const struct iw_recipe_context *context);
/* The operation's fact blocks reads or writes for longer than an instant. */
bool iw_recipe_blocks(const struct iw_recipe_context *context);
/* Constraints of the table that are there after the operation and not before. struct iw_constraint * */
GPtrArray *iw_recipe_new_constraints(const struct iw_recipe_context *context);
/* The name that the operation's (unnamed) constraint gets; NULL: not known. */
const char *iw_recipe_constraint_name(const struct iw_recipe_context *context, const struct iw_constraint *written);

const char *iw_recipe_add_constraint(struct iw_recipe_maker *maker, const struct iw_constraint *constraint);
const char *iw_recipe_make_not_null(struct iw_recipe_maker *maker, const char *column);
/* An index, built CONCURRENTLY; on a partitioned table on each partition. */
const char *iw_recipe_build_index(struct iw_recipe_maker *maker, const struct iw_index *index);

/* Can values be compared by IS DISTINCT FROM? Types without an equality operator are compared as text, or not at all.
 */
bool iw_recipe_has_equality(const struct iw_type *type);
/* "ALTER TABLE ... ADD CONSTRAINT ..." and "CREATE INDEX ...". */
const char *iw_recipe_render_constraint(const struct iw_recipe_context *context, struct iw_name table,
					const struct iw_constraint *constraint);
const char *iw_recipe_render_index(const struct iw_recipe_context *context, const struct iw_index *index,
				   unsigned flags);
