/*
 * Report: results to text and JSON. Pure: everything goes to a GString or a json_t, nothing is printed here.
 *
 * The JSON shapes are documented in docs/json.md and stable: members are added, never renamed or removed.
 */
#pragma once

#include "base/error.h"
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

/* The caller owns the references. */
json_t *iw_report_finding_json(const struct iw_finding *finding);
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

/* What a lint found, for formats that want all of it at once. */
struct iw_report_migration {
	const char *name, *path; /* path as shown; NULL: it has no file */
	guint64 statements;
};
struct iw_report {
	GPtrArray *findings;   /* struct iw_finding *: suppressed ones too */
	GPtrArray *migrations; /* struct iw_report_migration *: those that were judged, in order */
	GPtrArray *errors;     /* GError *: files that could not be read */
	GPtrArray *plans;      /* struct iw_migration_plan *, of what was judged; NULL: not wanted */
	guint counts[IW_SEVERE + 1];
	guint64 statements;
	enum iw_severity fail_on;
	const char *engine;  /* "PostgreSQL 15" */
	const char *project; /* "Prisma Migrate"; NULL: files outside of any */
	const char *version; /* of Inchworm */
	bool is_plan;	     /* a plan alone: nothing was judged, `migrations` only counts */
};

/* SARIF 2.1.0, one run. */
void iw_report_sarif(GString *out, const struct iw_report *report);
/* JUnit's XML: a test case per migration, failed by findings from `fail_on` on. */
void iw_report_junit(GString *out, const struct iw_report *report);
/* GitLab's code quality report. */
void iw_report_gitlab(GString *out, const struct iw_report *report);
/* For a comment at a pull request: at most 65,536 characters. */
void iw_report_markdown(GString *out, const struct iw_report *report);
/* One page that needs nothing else: findings, the plan, locks over time. */
void iw_report_html(GString *out, const struct iw_report *report);
/* GitHub's workflow commands, one finding or file that cannot be read a line; suppressed ones are left out. */
void iw_report_github(GString *out, GPtrArray *findings);
void iw_report_github_error(GString *out, const GError *error);

/* format.c */
/* Where the rule's page is: INCHWORM_DOCS_URL and "/rule.md"; NULL: the variable is not set. In `arena`. */
const char *iw_report_rule_url(iw_arena *arena, const struct iw_rule *rule);
/* First and last line and column of a place; false: it has none. */
struct iw_report_region {
	const char *path;
	struct iw_line_column begin, end; /* `end` is behind the last character */
};
bool iw_report_region(const struct iw_place *place, struct iw_report_region *region);
/* `text` as UTF-8 without control characters but tabs and line ends: what XML and HTML take. */
char *iw_report_clean(const char *text);
/* The same with & < > " ' escaped, for XML and HTML; at most `length` bytes. */
void iw_report_markup(GString *out, const char *text);
/* "3 errors, 1 warning" of what counts; "no findings". */
const char *iw_report_counts(iw_arena *arena, const guint *counts);
