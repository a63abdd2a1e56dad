/* Shared by the files of plan/ only. */
#pragma once

#include "plan/plan.h"

/* Fills plan->segments and plan->is_atomic from plan->steps; marks steps that the segments already say. */
bool iw_plan_segments(iw_arena *arena, const struct iw_plan_options *options, struct iw_migration_plan *plan,
		      const struct iw_script *script, GError **error);

/* Sets is_delegated, is_split and shape_reason; before iw_plan_segments(). */
void iw_plan_mixed(iw_arena *arena, const struct iw_plan_options *options, struct iw_migration_plan *plan,
		   bool is_atomic);
/* Cannot be in a transaction, or commits by itself here. */
bool iw_plan_stands_alone(const struct iw_plan_options *options, const struct iw_step *step);
/* The same for a plan of recipes, whose units say what commits together. */
void iw_plan_phased_segments(iw_arena *arena, const struct iw_plan_options *options, struct iw_migration_plan *plan);

/* The text of the derived inverse of `migration`, whose effects `schema` does not hold yet; sets losses. */
char *iw_plan_derive_down(const iw_schema *schema, struct iw_engine engine, const struct iw_migration *migration,
			  iw_arena *arena, GPtrArray *losses, GError **error);

struct iw_draft;
/* The step of a recipe's draft: read back, judged against `schema`, which moves along. A text that cannot be read is a
 * defect of the recipe. */
struct iw_step *iw_plan_draft(iw_planner *planner, iw_arena *arena, iw_schema *schema, const struct iw_draft *draft);
/* Replaces steps of `plan` by recipes' where that is needed. `before`: the schema before the migration. */
void iw_plan_expand(iw_planner *planner, iw_arena *arena, const struct iw_plan_options *options,
		    struct iw_migration_plan *plan, const struct iw_script *script, const iw_schema *before);
