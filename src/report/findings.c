/* Findings as text: severity, place with caret, message, safe way, page; and the summary line. */
#include "report/report.h"

#include <string.h>

enum { INDENT = 2, CODE_INDENT = 6 };

static const enum iw_colour SEVERITY_COLOURS[] = {
	[IW_OFF] = IW_PLAIN, [IW_NOTE] = IW_BLUE, [IW_WARNING] = IW_YELLOW, [IW_SEVERE] = IW_RED};

static void add_place(GString *out, struct iw_style style, const struct iw_place *place)
{
	if (place->source == NULL)
		return;
	struct iw_line_column at = iw_source_locate(place->source, place->offset);
	iw_text_printf(out, style, IW_DIM, "  --> %s:%d:%d\n", place->source->path, at.line, at.column);
	iw_place_caret(out, place, style.width - 10);
}

static void add_size(GString *out, struct iw_style style, const struct iw_finding *finding)
{
	if (finding->rows < 0)
		return;
	g_autoptr(iw_arena) arena = iw_arena_new();
	iw_text_printf(out, style, IW_PLAIN, "  size: %s", iw_words_rows(arena, finding->rows));
	if (finding->bytes >= 0)
		g_string_append_printf(out, ", %s", iw_words_size(arena, finding->bytes));
	if (finding->seconds >= 0)
		g_string_append_printf(out, "; about %s", iw_words_duration(arena, finding->seconds));
	g_string_append_c(out, '\n');
}

static void add_code(GString *out, struct iw_style style, const char *sql)
{
	iw_text_add(out, style, IW_GREEN, "  safe way:\n");
	g_auto(GStrv) lines = g_strsplit(sql, "\n", -1);
	for (char **line = lines; *line != NULL; line++) {
		if (**line == '\0' && line[1] == NULL)
			break;
		g_string_append_printf(out, "%*s%s\n", **line == '\0' ? 0 : CODE_INDENT, "", *line);
	}
}

/* One line, which programs can cut; on a terminal it is broken at the terminal's width. */
static void add_headline(GString *out, struct iw_style style, const struct iw_finding *finding)
{
	g_autoptr(iw_arena) arena = iw_arena_new();
	const char *name = iw_severity_name(finding->severity);
	const char *rule = iw_arena_printf(arena, " [%s]", finding->rule->id);
	const char *line = iw_arena_printf(arena, "%s: %s%s", name, iw_text_clean(arena, finding->message), rule);
	g_autoptr(GString) lines = g_string_new(NULL);
	if (style.is_terminal && iw_text_width(line) > style.width) {
		iw_text_wrap(lines, style, INDENT, line);
		g_string_erase(lines, 0, INDENT);
		g_string_truncate(lines, lines->len - 1);
	} else {
		g_string_append(lines, line);
	}
	iw_text_add(out, style, SEVERITY_COLOURS[finding->severity], name);
	size_t end = lines->len - (strlen(rule) - 1);
	g_autofree char *middle = g_strndup(lines->str + strlen(name), end - strlen(name));
	iw_text_add(out, style, IW_BOLD, middle);
	iw_text_printf(out, style, IW_DIM, "%s\n", rule + 1);
}

void iw_report_finding_text(GString *out, struct iw_style style, const struct iw_finding *finding)
{
	add_headline(out, style, finding);
	add_place(out, style, &finding->place);
	add_size(out, style, finding);
	if (finding->advice != NULL)
		iw_text_wrap(out, style, INDENT, finding->advice);
	if (finding->safe_sql != NULL)
		add_code(out, style, finding->safe_sql);
	g_autoptr(iw_arena) arena = iw_arena_new();
	const char *url = iw_report_rule_url(arena, finding->rule);
	iw_text_printf(out, style, IW_DIM, "  see %s\n",
		       url != NULL ? url : iw_arena_printf(arena, "docs/rules/%s.md", finding->rule->id));
}

void iw_report_findings_text(GString *out, struct iw_style style, GPtrArray *findings)
{
	for (guint i = 0; i < findings->len; i++) {
		iw_report_finding_text(out, style, g_ptr_array_index(findings, i));
		g_string_append_c(out, '\n');
	}
}

/* "3 errors, 2 warnings and 1 note" */
static void add_counts(GString *out, struct iw_style style, iw_arena *arena, const guint *counts)
{
	const char *parts[IW_SEVERE + 1];
	enum iw_severity kinds[IW_SEVERE + 1];
	guint used = 0;
	for (enum iw_severity severity = IW_SEVERE; severity > IW_OFF; severity--) {
		if (counts[severity] == 0)
			continue;
		kinds[used] = severity;
		parts[used++] = iw_words_count(arena, counts[severity], iw_severity_name(severity));
	}
	for (guint i = 0; i < used; i++) {
		if (i > 0)
			g_string_append(out, i == used - 1 ? " and " : ", ");
		iw_text_add(out, style, SEVERITY_COLOURS[kinds[i]], parts[i]);
	}
	if (used == 0)
		iw_text_add(out, style, IW_GREEN, "no findings");
}

void iw_report_findings_summary(GString *out, struct iw_style style, const guint *counts, guint64 statements,
				guint64 migrations)
{
	g_autoptr(iw_arena) arena = iw_arena_new();
	add_counts(out, style, arena, counts);
	g_string_append_printf(out, " in %s of %s\n", iw_words_count(arena, statements, "statement"),
			       iw_words_count(arena, migrations, "migration"));
}
