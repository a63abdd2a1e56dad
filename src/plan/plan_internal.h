/* Shared by the files of plan/ only. */
#pragma once

#include "plan/plan.h"

/* Fills plan->segments and plan->is_atomic from plan->steps; marks steps that the segments already say. */
bool iw_plan_segments(iw_arena *arena, const struct iw_plan_options *options, struct iw_migration_plan *plan,
		      const struct iw_script *script, GError **error);

/* Sets is_delegated, is_split and shape_reason; before iw_plan_segments(). */
void iw_plan_mixed(iw_arena *arena, const struct iw_plan_options *options, struct iw_migration_plan *plan,
		   bool is_atomic);

/* The text of the derived inverse of `migration`, whose effects `schema` does not hold yet; sets losses. */
char *iw_plan_derive_down(const iw_schema *schema, struct iw_engine engine, const struct iw_migration *migration,
			  iw_arena *arena, GPtrArray *losses, GError **error);
