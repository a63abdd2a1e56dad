/* Findings as JUnit's XML: a test case per migration. */
#include "report/report.h"

#include <string.h>

static void attribute(GString *out, const char *name, const char *value)
{
	if (value == NULL)
		return;
	g_string_append_printf(out, " %s=\"", name);
	/* A line end in an attribute would be read as a blank. */
	g_auto(GStrv) lines = g_strsplit(value, "\n", -1);
	for (guint i = 0; lines[i] != NULL; i++) {
		g_string_append(out, i > 0 ? "&#10;" : "");
		iw_report_markup(out, lines[i]);
	}
	g_string_append_c(out, '"');
}

static bool is_failure(const struct iw_report *report, const struct iw_finding *finding)
{
	return finding->suppression == NULL && finding->severity >= report->fail_on;
}

static void add_finding(GString *out, const struct iw_finding *finding)
{
	g_autoptr(GString) text = g_string_new(NULL);
	iw_report_finding_text(text, (struct iw_style){false, 100}, finding);
	if (finding->suppression != NULL)
		g_string_append_printf(text, "  ignored%s%s\n", finding->suppression->reason == NULL ? "" : ": ",
				       finding->suppression->reason == NULL ? "" : finding->suppression->reason);
	iw_report_markup(out, text->str);
	g_string_append_c(out, '\n');
}

static GPtrArray *findings_of(const struct iw_report *report, const char *migration, bool failing)
{
	GPtrArray *found = g_ptr_array_new();
	for (guint i = 0; i < report->findings->len; i++) {
		struct iw_finding *finding = g_ptr_array_index(report->findings, i);
		if (finding->migration != NULL && strcmp(finding->migration->name, migration) == 0 &&
		    is_failure(report, finding) == failing)
			g_ptr_array_add(found, finding);
	}
	return found;
}

static void add_failure(GString *out, GPtrArray *findings)
{
	g_autoptr(iw_arena) arena = iw_arena_new();
	const struct iw_finding *first = g_ptr_array_index(findings, 0);
	g_string_append(out, "\t\t\t<failure");
	attribute(out, "type", first->rule->id);
	attribute(out, "message",
		  findings->len == 1 ? first->message
				     : iw_arena_printf(arena, "%s (and %u more)", first->message, findings->len - 1));
	g_string_append(out, ">\n");
	for (guint i = 0; i < findings->len; i++)
		add_finding(out, g_ptr_array_index(findings, i));
	g_string_append(out, "</failure>\n");
}

static void add_case(GString *out, const struct iw_report *report, const struct iw_report_migration *migration)
{
	g_autoptr(GPtrArray) failing = findings_of(report, migration->name, true);
	g_autoptr(GPtrArray) others = findings_of(report, migration->name, false);
	g_string_append(out, "\t\t<testcase");
	attribute(out, "classname", "inchworm.lint");
	attribute(out, "name", migration->name);
	attribute(out, "file", migration->path);
	g_string_append(out, failing->len + others->len == 0 ? "/>\n" : ">\n");
	if (failing->len + others->len == 0)
		return;
	if (failing->len > 0)
		add_failure(out, failing);
	if (others->len > 0) {
		g_string_append(out, "\t\t\t<system-out>\n");
		for (guint i = 0; i < others->len; i++)
			add_finding(out, g_ptr_array_index(others, i));
		g_string_append(out, "</system-out>\n");
	}
	g_string_append(out, "\t\t</testcase>\n");
}

static void add_error(GString *out, const GError *error)
{
	const struct iw_place *place = &iw_error_info(error)->place;
	g_string_append(out, "\t\t<testcase");
	attribute(out, "classname", "inchworm.lint");
	attribute(out, "name", place->source == NULL ? "reading the files" : place->source->path);
	g_string_append(out, ">\n\t\t\t<error");
	attribute(out, "type", iw_error_class(error->code));
	attribute(out, "message", error->message);
	g_string_append(out, "/>\n\t\t</testcase>\n");
}

static guint count_failed(const struct iw_report *report)
{
	guint failed = 0;
	for (guint i = 0; i < report->migrations->len; i++) {
		const struct iw_report_migration *migration = g_ptr_array_index(report->migrations, i);
		g_autoptr(GPtrArray) failing = findings_of(report, migration->name, true);
		failed += failing->len > 0;
	}
	return failed;
}

void iw_report_junit(GString *out, const struct iw_report *report)
{
	g_autofree char *counts = g_strdup_printf(" tests=\"%u\" failures=\"%u\" errors=\"%u\"",
						  report->migrations->len + report->errors->len, count_failed(report),
						  report->errors->len);
	g_string_append_printf(
		out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"inchworm lint\"%s>\n", counts);
	g_string_append_printf(out, "\t<testsuite name=\"inchworm lint\"%s>\n", counts);
	for (guint i = 0; i < report->migrations->len; i++)
		add_case(out, report, g_ptr_array_index(report->migrations, i));
	for (guint i = 0; i < report->errors->len; i++)
		add_error(out, g_ptr_array_index(report->errors, i));
	g_string_append(out, "\t</testsuite>\n</testsuites>\n");
}
