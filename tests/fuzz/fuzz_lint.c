/* Lint of any text in any dialect with its comments, and what is found in every format. */
#include "report/report.h"
#include "sql/sql.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_all(const iw_lint *lint)
{
	static void (*const WRITERS[])(GString *, const struct iw_report *) = {
		iw_report_sarif, iw_report_junit, iw_report_gitlab, iw_report_markdown, iw_report_html};
	g_autoptr(GPtrArray) none = g_ptr_array_new();
	struct iw_report report = {
		.findings = lint->findings, .migrations = none, .errors = none, .engine = "x", .version = "0"};
	for (guint i = 0; i < lint->findings->len; i++)
		report.counts[((const struct iw_finding *)lint->findings->pdata[i])->severity]++;
	for (size_t i = 0; i < G_N_ELEMENTS(WRITERS); i++) {
		g_autoptr(GString) out = g_string_new(NULL);
		WRITERS[i](out, &report);
		g_assert(g_utf8_validate(out->str, (gssize)out->len, NULL));
	}
	g_autoptr(GString) out = g_string_new(NULL);
	iw_report_github(out, lint->findings);
	for (const char *line = out->str; *line != '\0'; line = strchr(line, '\n') + 1)
		g_assert(g_str_has_prefix(line, "::"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	g_autoptr(iw_arena) arena = iw_arena_new();
	const struct iw_lint_options options = {.engine = {.dialect = (enum iw_dialect)(data[0] % IW_DIALECTS)},
						.require_reason = (data[0] & 64) != 0};
	const char *name = (data[0] & 128) != 0 ? "a.py" : "a.sql";
	g_autoptr(iw_source) source = iw_source_from_text((const char *)data + 1, size - 1, name);
	iw_lint *lint = iw_lint_new(arena, &options);
	const struct iw_migration migration = {.name = "m", .up = {.length = SIZE_MAX, .is_atomic = true}};
	g_autoptr(GError) error = NULL;
	GPtrArray *statements = iw_read_all(arena, options.engine, source, NULL, &error);
	iw_lint_begin_migration(lint, &migration, true);
	for (guint i = 0; statements != NULL && i < statements->len; i++)
		iw_lint_statement(lint, g_ptr_array_index(statements, i));
	iw_lint_end_migration(lint);
	write_all(lint);
	return 0;
}
