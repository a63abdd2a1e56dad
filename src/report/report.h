/*
 * Report: results to text and JSON. Pure: everything goes to a GString or a json_t, nothing is printed here.
 *
 * The JSON shapes are documented in docs/json.md and stable: members are added, never renamed or removed.
 */
#pragma once

#include "base/text.h"
#include "lint/lint.h"
#include "plan/plan.h"

#include <jansson.h>

/* Findings, in the order given: severity, place with caret, message, safe way, the rule's page. */
void iw_report_findings_text(GString *out, struct iw_style style, GPtrArray *findings);
/* One finding, for commands that show findings beside their statements. */
void iw_report_finding_text(GString *out, struct iw_style style, const struct iw_finding *finding);
/* "3 errors, 2 warnings and 1 note in 12 statements of 4 migrations", "no findings in ...". */
/* counts: how many of each severity, indexed by enum iw_severity. */
void iw_report_findings_summary(GString *out, struct iw_style style, const guint *counts, guint64 statements,
				guint64 migrations);

/* The array of findings; the caller owns the reference. */
json_t *iw_report_findings_json(GPtrArray *findings);
json_t *iw_report_place_json(const struct iw_place *place);
/* What one operation does: {"id", "lock", "blocks", "also_locks", "work", "breaks", ...}. */
json_t *iw_report_fact_json(const struct iw_question *question, const struct iw_fact *fact);
/* "ACCESS EXCLUSIVE, blocks reads and writes, rewrites the table (about 3 min)": one line, no newline. */
void iw_report_fact_text(GString *out, struct iw_style style, const struct iw_fact *fact, double seconds);
/* Adds the JSON text and a newline; object keys in the order they were set. */
void iw_report_json(GString *out, const json_t *value);

/* One migration's plan: every statement exactly as it will be sent, and what it locks, does and breaks. */
void iw_report_plan_text(GString *out, struct iw_style style, const struct iw_migration_plan *plan);
json_t *iw_report_plan_json(const struct iw_migration_plan *plan);
