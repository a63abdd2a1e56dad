/* Findings as GitHub's workflow commands, and as GitLab's code quality report. */
#include "report/report.h"

#include <string.h>

/* github ---------------------------------------------------------------------------------------------------------- */

static void escape(GString *out, const char *text, const char *special)
{
	g_autofree char *clean = iw_report_clean(text);
	for (const char *at = clean; *at != '\0'; at++) {
		if (*at == '%' || *at == '\r' || *at == '\n' || strchr(special, *at) != NULL)
			g_string_append_printf(out, "%%%02X", (unsigned char)*at);
		else
			g_string_append_c(out, *at);
	}
}

static void property(GString *out, const char *name, const char *value)
{
	g_string_append_printf(out, "%s=", name);
	escape(out, value, ":,");
}

static void command(GString *out, const char *name, const struct iw_place *place, const char *title)
{
	struct iw_report_region region;
	g_string_append_printf(out, "::%s ", name);
	if (iw_report_region(place, &region)) {
		property(out, "file", region.path);
		g_string_append_printf(out, ",line=%d,endLine=%d", region.begin.line, region.end.line);
		/* Columns mean something on one line only. */
		if (region.begin.line == region.end.line)
			g_string_append_printf(out, ",col=%d,endColumn=%d", region.begin.column, region.end.column);
		g_string_append_c(out, ',');
	}
	property(out, "title", title);
	g_string_append(out, "::");
}

void iw_report_github(GString *out, GPtrArray *findings)
{
	static const char *const NAMES[] = {
		[IW_OFF] = "debug", [IW_NOTE] = "notice", [IW_WARNING] = "warning", [IW_SEVERE] = "error"};
	for (guint i = 0; i < findings->len; i++) {
		const struct iw_finding *finding = g_ptr_array_index(findings, i);
		if (finding->suppression != NULL)
			continue;
		command(out, NAMES[finding->severity], &finding->place, finding->rule->id);
		escape(out, finding->message, "");
		if (finding->advice != NULL) {
			g_string_append(out, "%0A");
			escape(out, finding->advice, "");
		}
		if (finding->safe_sql != NULL) {
			g_string_append(out, "%0A%0A");
			escape(out, finding->safe_sql, "");
		}
		g_string_append_c(out, '\n');
	}
}

void iw_report_github_error(GString *out, const GError *error)
{
	command(out, "error", &iw_error_info(error)->place, "inchworm");
	escape(out, error->message, "");
	g_string_append_c(out, '\n');
}

/* gitlab ---------------------------------------------------------------------------------------------------------- */

static json_t *issue(const char *check, const char *words, const char *severity, const char *fingerprint,
		     const struct iw_place *place)
{
	struct iw_report_region region = {.path = "(no file)", .begin = {1, 1}, .end = {1, 1}};
	iw_report_region(place, &region);
	g_autofree char *valid = g_utf8_make_valid(words, -1);
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:{s:s, s:{s:i, s:i}}}", "type", "issue", "check_name", check,
			 "description", valid, "severity", severity, "fingerprint", fingerprint, "location", "path",
			 region.path, "lines", "begin", region.begin.line, "end", region.end.line);
}

static json_t *finding_issue(const struct iw_finding *finding)
{
	static const char *const SEVERITIES[] = {
		[IW_OFF] = "info", [IW_NOTE] = "info", [IW_WARNING] = "major", [IW_SEVERE] = "critical"};
	g_autofree char *words = finding->advice == NULL ? g_strdup(finding->message)
							 : g_strdup_printf("%s. %s", finding->message, finding->advice);
	return issue(finding->rule->id, words, SEVERITIES[finding->severity], finding->fingerprint, &finding->place);
}

static json_t *error_issue(const GError *error)
{
	g_autofree char *fingerprint = g_compute_checksum_for_string(G_CHECKSUM_SHA256, error->message, -1);
	return issue("inchworm", error->message, "blocker", fingerprint, &iw_error_info(error)->place);
}

void iw_report_gitlab(GString *out, const struct iw_report *report)
{
	json_t *issues = json_array();
	for (guint i = 0; i < report->findings->len; i++) {
		const struct iw_finding *finding = g_ptr_array_index(report->findings, i);
		if (finding->suppression == NULL)
			json_array_append_new(issues, finding_issue(finding));
	}
	for (guint i = 0; i < report->errors->len; i++)
		json_array_append_new(issues, error_issue(g_ptr_array_index(report->errors, i)));
	iw_report_json(out, issues);
	json_decref(issues);
}
