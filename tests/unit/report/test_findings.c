/* Report: findings as text and JSON, exactly. */
#include "report/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static const struct iw_style PLAIN = {.colours = false, .width = 80};
static const char SQL[] = "BEGIN;\nALTER TABLE users DROP COLUMN age;\n";

static struct iw_finding example(iw_source *source)
{
	return (struct iw_finding){
		.rule = iw_rule_find("drop-column"),
		.severity = IW_WARNING,
		.place = {.source = source, .offset = 25, .length = 15},
		.object = "users.age",
		.message = "dropping \"age\" breaks code",
		.advice = "First deploy code that does not use it, then drop it in a later migration.",
		.safe_sql = "SELECT 1;\n\nSELECT 2;",
		.rows = 4.2e6,
		.bytes = 1.2e9,
		.seconds = -1,
	};
}

static void a_finding_shows_its_place_size_and_safe_way(void **state)
{
	(void)state;
	g_autoptr(iw_source) source = iw_source_from_text(SQL, strlen(SQL), "m/0002.sql");
	struct iw_finding finding = example(source);
	GString *out = g_string_new(NULL);
	iw_report_finding_text(out, PLAIN, &finding);
	assert_string_equal(out->str, "warning: dropping \"age\" breaks code [drop-column]\n"
				      "  --> m/0002.sql:2:19\n"
				      "    2 | ALTER TABLE users DROP COLUMN age;\n"
				      "      |                   ^~~~~~~~~~~~~~~\n"
				      "  size: 4.2 million rows, 1.2 GB\n"
				      "  First deploy code that does not use it, then drop it in a later migration.\n"
				      "  safe way:\n"
				      "      SELECT 1;\n"
				      "\n"
				      "      SELECT 2;\n"
				      "  see docs/rules/drop-column.md\n");
	g_string_free(out, TRUE);
}

static void the_summary_counts_by_severity(void **state)
{
	(void)state;
	const guint none[IW_SEVERE + 1] = {0};
	const guint some[IW_SEVERE + 1] = {[IW_NOTE] = 1, [IW_WARNING] = 1, [IW_SEVERE] = 2};
	GString *out = g_string_new(NULL);
	iw_report_findings_summary(out, PLAIN, none, 1, 1);
	iw_report_findings_summary(out, PLAIN, some, 12, 4);
	assert_string_equal(out->str, "no findings in 1 statement of 1 migration\n"
				      "2 errors, 1 warning and 1 note in 12 statements of 4 migrations\n");
	g_string_free(out, TRUE);
}

static void json_of_a_finding_is_stable(void **state)
{
	(void)state;
	g_autoptr(iw_source) source = iw_source_from_text(SQL, strlen(SQL), "m/0002.sql");
	struct iw_finding finding = example(source);
	g_autoptr(GPtrArray) findings = g_ptr_array_new();
	g_ptr_array_add(findings, &finding);
	json_t *array = iw_report_findings_json(findings);
	GString *out = g_string_new(NULL);
	iw_report_json(out, array);
	assert_string_equal(
		out->str,
		"[\n  {\n    \"rule\": \"drop-column\",\n    \"severity\": \"warning\",\n    \"migration\": null,\n"
		"    \"place\": {\n      \"file\": \"m/0002.sql\",\n      \"line\": 2,\n      \"column\": 19,\n      "
		"\"offset\": 25,\n"
		"      \"length\": 15\n    },\n    \"object\": \"users.age\",\n"
		"    \"message\": \"dropping \\\"age\\\" breaks code\",\n"
		"    \"advice\": \"First deploy code that does not use it, then drop it in a later migration.\",\n"
		"    \"safeSql\": \"SELECT 1;\\n\\nSELECT 2;\",\n    \"fact\": null,\n    \"fingerprint\": null,\n    "
		"\"rows\": 4200000.0,\n"
		"    \"bytes\": 1200000000.0,\n    \"seconds\": null\n  }\n]\n");
	json_decref(array);
	g_string_free(out, TRUE);
}

static void an_instant_fact_gives_no_time(void **state)
{
	(void)state;
	const struct iw_fact fact = {.lock = "ACCESS EXCLUSIVE", .blocks = IW_BLOCKS_EVERYTHING, .work = IW_REWRITE};
	const struct iw_fact none = {.lock = "", .breaks = IW_BREAKS_BOTH};
	GString *out = g_string_new(NULL);
	iw_report_fact_text(out, PLAIN, &fact, 180);
	g_string_append_c(out, '\n');
	iw_report_fact_text(out, PLAIN, &none, 0);
	assert_string_equal(out->str, "ACCESS EXCLUSIVE, blocks reads and writes, rewrites the table (about 3 min)\n"
				      "no table lock, blocks nothing, instant; breaks code that reads or writes");
	g_string_free(out, TRUE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_finding_shows_its_place_size_and_safe_way),
		cmocka_unit_test(the_summary_counts_by_severity),
		cmocka_unit_test(json_of_a_finding_is_stable),
		cmocka_unit_test(an_instant_fact_gives_no_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
