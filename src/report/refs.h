/* References to what a migration drops, as text and JSON; see report.h. */
#pragma once

#include "base/text.h"
#include "refs/refs.h"

#include <jansson.h>

/* Of one target. `all`: the possible ones, too. */
void iw_report_refs_text(GString *out, struct iw_style style, const iw_refs *refs, const struct iw_ref_target *target,
			 bool all);
json_t *iw_report_refs_json(const iw_refs *refs, const struct iw_ref_target *target, bool all);
