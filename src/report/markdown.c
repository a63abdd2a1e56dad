/* Findings as Markdown, for a comment at a pull request. */
#include "report/report.h"

#include <string.h>

enum { MOST_CHARACTERS = 65536, FOR_THE_END = 300 };

static const char *const MARKS[] = {
	[IW_OFF] = "", [IW_NOTE] = "note", [IW_WARNING] = "**warning**", [IW_SEVERE] = "**error**"};

/* Text in a cell or a sentence: nothing in it is markup. */
static void add_text(GString *out, const char *text)
{
	g_autofree char *clean = iw_report_clean(text);
	for (const char *at = clean; *at != '\0'; at++) {
		if (*at == '<')
			g_string_append(out, "&lt;");
		else if (*at == '&')
			g_string_append(out, "&amp;");
		else if (*at == '@') /* nobody is to be called by a name in a file */
			g_string_append(out, "&#64;");
		else if (*at == '\n' || *at == '\t')
			g_string_append_c(out, ' ');
		else if (strchr("\\`*_{}[]#|~", *at) != NULL)
			g_string_append_printf(out, "\\%c", *at);
		else
			g_string_append_c(out, *at);
	}
}

/* A fence longer than any run of backticks in the text. */
static void add_code(GString *out, const char *language, const char *code)
{
	guint longest = 2, run = 0;
	for (const char *at = code; *at != '\0'; at++) {
		run = *at == '`' ? run + 1 : 0;
		longest = MAX(longest, run);
	}
	g_autofree char *fence = g_strnfill(longest + 1, '`');
	g_autofree char *clean = iw_report_clean(code);
	g_string_append_printf(out, "%s%s\n%s%s%s\n", fence, language, clean, g_str_has_suffix(clean, "\n") ? "" : "\n",
			       fence);
}

static void add_place(GString *out, const struct iw_finding *finding)
{
	struct iw_report_region region;
	if (iw_report_region(&finding->place, &region)) {
		add_text(out, region.path);
		g_string_append_printf(out, ":%d", region.begin.line);
	} else if (finding->migration != NULL) {
		add_text(out, finding->migration->name);
	}
}

static void add_rule(GString *out, const struct iw_rule *rule)
{
	g_autoptr(iw_arena) arena = iw_arena_new();
	const char *url = iw_report_rule_url(arena, rule);
	if (url == NULL)
		g_string_append_printf(out, "`%s`", rule->id);
	else
		g_string_append_printf(out, "[`%s`](%s)", rule->id, url);
}

static void add_row(GString *out, const struct iw_finding *finding)
{
	g_string_append_printf(out, "| %s | ", MARKS[finding->severity]);
	add_place(out, finding);
	g_string_append(out, " | ");
	add_text(out, finding->message);
	g_string_append_c(out, ' ');
	add_rule(out, finding->rule);
	g_string_append(out, " |\n");
}

static char *statement_text(const struct iw_place *place)
{
	enum { MOST = 2000 };
	if (place->source == NULL || place->offset >= place->source->length)
		return NULL;
	size_t length = MIN(place->length, place->source->length - place->offset);
	return g_strndup(place->source->text + place->offset, MIN(length, MOST));
}

static void add_details(GString *out, const struct iw_finding *finding)
{
	g_string_append(out, "<details><summary>");
	iw_report_markup(out, finding->rule->id);
	struct iw_report_region region;
	if (iw_report_region(&finding->place, &region)) {
		g_string_append(out, " in <code>");
		iw_report_markup(out, region.path);
		g_string_append_printf(out, ":%d</code>", region.begin.line);
	}
	g_string_append(out, "</summary>\n\n");
	g_autofree char *statement = statement_text(&finding->place);
	if (statement != NULL)
		add_code(out, g_str_has_suffix(finding->place.source->path, ".py") ? "python" : "sql", statement);
	g_string_append_c(out, '\n');
	add_text(out, finding->message);
	g_string_append(out, ".\n\n");
	if (finding->advice != NULL) {
		add_text(out, finding->advice);
		g_string_append(out, "\n\n");
	}
	if (finding->safe_sql != NULL) {
		g_string_append(out, "Safe way:\n\n");
		add_code(out, "sql", finding->safe_sql);
		g_string_append_c(out, '\n');
	}
	g_string_append(out, "</details>\n\n");
}

static bool fits(const GString *out, const GString *part)
{
	return g_utf8_strlen(out->str, (gssize)out->len) + g_utf8_strlen(part->str, (gssize)part->len) + FOR_THE_END <=
	       MOST_CHARACTERS;
}

typedef void (*add_part)(GString *out, const struct iw_finding *finding);

/* The worst first; how many did not fit. */
static guint add_all(GString *out, const struct iw_report *report, add_part add)
{
	guint left_out = 0;
	for (enum iw_severity severity = IW_SEVERE; severity > IW_OFF; severity--)
		for (guint i = 0; i < report->findings->len; i++) {
			const struct iw_finding *finding = g_ptr_array_index(report->findings, i);
			if (finding->suppression != NULL || finding->severity != severity)
				continue;
			g_autoptr(GString) part = g_string_new(NULL);
			add(part, finding);
			if (left_out == 0 && fits(out, part))
				g_string_append_len(out, part->str, (gssize)part->len);
			else
				left_out++;
		}
	return left_out;
}

static guint count_ignored(const struct iw_report *report)
{
	guint count = 0;
	for (guint i = 0; i < report->findings->len; i++)
		count += ((const struct iw_finding *)g_ptr_array_index(report->findings, i))->suppression != NULL;
	return count;
}

static void add_errors(GString *out, const struct iw_report *report)
{
	for (guint i = 0; i < report->errors->len; i++) {
		g_autoptr(GString) line = g_string_new("- **cannot be read**: ");
		add_text(line, ((const GError *)g_ptr_array_index(report->errors, i))->message);
		g_string_append_c(line, '\n');
		if (fits(out, line))
			g_string_append_len(out, line->str, (gssize)line->len);
	}
	if (report->errors->len > 0)
		g_string_append_c(out, '\n');
}

void iw_report_markdown(GString *out, const struct iw_report *report)
{
	g_autoptr(iw_arena) arena = iw_arena_new();
	g_string_append_printf(out, "### Inchworm: %s\n\n", iw_report_counts(arena, report->counts));
	add_errors(out, report);
	guint left_out = 0;
	if (report->counts[IW_NOTE] + report->counts[IW_WARNING] + report->counts[IW_SEVERE] > 0) {
		g_string_append(out, "| | where | what |\n|---|---|---|\n");
		left_out = add_all(out, report, add_row);
		g_string_append_c(out, '\n');
		guint shortened = add_all(out, report, add_details);
		left_out = MAX(left_out, shortened);
	}
	if (left_out > 0)
		g_string_append_printf(
			out, "%u of the findings are not shown in full: the comment would be too long.\n\n", left_out);
	guint ignored = count_ignored(report);
	g_string_append_printf(
		out, "<sub>%s in %s, judged for %s%s</sub>\n", iw_words_count(arena, report->statements, "statement"),
		iw_words_count(arena, report->migrations->len, "migration"), report->engine,
		ignored == 0 ? "" : iw_arena_printf(arena, "; %u ignored by comments or the baseline", ignored));
}
