/* One page that needs nothing else: findings, and of each migration its statements with their locks over time. */
#include "report/report.h"

#include <string.h>

static const char STYLE[] =
	":root{color-scheme:light "
	"dark;--bg:#fff;--fg:#1c2330;--dim:#5b6575;--card:#f5f7fa;--line:#d7dde6;--code:#eef1f6;"
	"--error:#b42318;--warning:#8a5a00;--note:#1f5fbf;--good:#18794e;--error-bg:#fde7e4;--warning-bg:#fdf0d2;"
	"--note-bg:#e3edfc;--bar-all:#d6483a;--bar-writes:#d99514;--bar-ddl:#7d8ca3}"
	"@media(prefers-color-scheme:dark){:root{--bg:#11151c;--fg:#e4e9f1;--dim:#9aa6b8;--card:#1a202a;--line:#2e3846;"
	"--code:#0c1016;--error:#ff9d92;--warning:#f2c261;--note:#8fbcff;--good:#6fd3a1;--error-bg:#43201d;"
	"--warning-bg:#3b2e12;--note-bg:#1b2d4a;--bar-all:#e2574a;--bar-writes:#d99a2b;--bar-ddl:#718099}}"
	"*{box-sizing:border-box}body{margin:0 auto;max-width:70rem;padding:1.5rem 1rem 4rem;background:var(--bg);"
	"color:var(--fg);font:16px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}"
	"h1{font-size:1.5rem;margin:0}h2{font-size:1.2rem;margin:2.5rem 0 .75rem}h3{font-size:1rem;margin:0}"
	"p{margin:.5rem 0}.dim{color:var(--dim)}a{color:var(--note)}"
	"code,pre{font:.875rem/1.5 ui-monospace,monospace}pre{background:var(--code);border:1px solid var(--line);"
	"border-radius:6px;padding:.6rem .75rem;margin:.6rem 0;overflow-x:auto;white-space:pre;overflow-wrap:normal}"
	".card{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:.9rem 1rem;margin:.75rem "
	"0}"
	".chips{display:flex;flex-wrap:wrap;gap:.5rem;margin:.75rem 0}"
	".chip{border-radius:99px;padding:.1rem .7rem;font-size:.875rem;font-weight:600;white-space:nowrap}"
	".error{color:var(--error);background:var(--error-bg)}.warning{color:var(--warning);background:var(--warning-"
	"bg)}"
	".note{color:var(--note);background:var(--note-bg)}.good{color:var(--good);border:1px solid var(--good)}"
	".head{display:flex;flex-wrap:wrap;gap:.6rem;align-items:baseline}"
	"details>summary{cursor:pointer;padding:.3rem 0}summary h3{display:inline}"
	".step{display:grid;grid-template-columns:2rem minmax(0,1fr);gap:.5rem;border-top:1px solid var(--line);"
	"padding:.6rem 0}.step pre{margin:0}.step .number{color:var(--dim);text-align:right;padding-top:.6rem}"
	".lock{display:grid;grid-template-columns:minmax(0,16rem) minmax(0,1fr);gap:.75rem;align-items:center;"
	"font-size:.875rem;padding:.15rem 0}.track{position:relative;height:1.1rem;background:var(--code);"
	"border-radius:4px}.held,.work{position:absolute;top:0;bottom:0;border-radius:4px}.held{opacity:.4}"
	".all{background:var(--bar-all)}.writes{background:var(--bar-writes)}.ddl{background:var(--bar-ddl)}"
	".legend span{display:inline-flex;align-items:center;gap:.35rem;margin-right:1rem}"
	".legend i{width:.9rem;height:.9rem;border-radius:3px;display:inline-block}"
	"@media(max-width:40rem){.lock{grid-template-columns:1fr;gap:.1rem}.step{grid-template-columns:1.2rem "
	"minmax(0,1fr)}"
	"body{padding:1rem .75rem 3rem}}@media print{details{break-inside:avoid}}";

static void element(GString *out, const char *tag, const char *class, const char *text)
{
	g_string_append_printf(out, "<%s%s%s%s>", tag, class == NULL ? "" : " class=\"", class == NULL ? "" : class,
			       class == NULL ? "" : "\"");
	iw_report_markup(out, text);
	g_string_append_printf(out, "</%s>", tag);
}

/* findings -------------------------------------------------------------------------------------------------------- */

static void add_rule(GString *out, const struct iw_rule *rule)
{
	g_autoptr(iw_arena) arena = iw_arena_new();
	const char *url = iw_report_rule_url(arena, rule);
	if (url == NULL) {
		element(out, "code", NULL, rule->id);
		return;
	}
	g_string_append(out, "<a href=\"");
	iw_report_markup(out, url);
	g_string_append(out, "\">");
	element(out, "code", NULL, rule->id);
	g_string_append(out, "</a>");
}

static void add_place(GString *out, const struct iw_finding *finding)
{
	struct iw_report_region region;
	if (!iw_report_region(&finding->place, &region))
		return;
	g_autofree char *where = g_strdup_printf("%s:%d:%d", region.path, region.begin.line, region.begin.column);
	element(out, "span", "dim", where);
	g_autoptr(GString) caret = g_string_new(NULL);
	iw_place_caret(caret, &finding->place, 160);
	element(out, "pre", NULL, caret->str);
}

static void add_size(GString *out, const struct iw_finding *finding)
{
	g_autoptr(iw_arena) arena = iw_arena_new();
	if (finding->rows < 0)
		return;
	const char *seconds =
		finding->seconds < 0 ? ""
				     : iw_arena_printf(arena, "; about %s", iw_words_duration(arena, finding->seconds));
	element(out, "p", "dim",
		iw_arena_printf(arena, "Size: %s, %s%s", iw_words_rows(arena, finding->rows),
				iw_words_size(arena, finding->bytes), seconds));
}

static void add_finding(GString *out, const struct iw_finding *finding)
{
	const char *severity = iw_severity_name(finding->severity);
	g_autofree char *class = g_strdup_printf("chip %s", severity);
	g_string_append(out, "<section class=\"card\"><div class=\"head\">");
	element(out, "span", class, severity);
	add_rule(out, finding->rule);
	g_string_append(out, "</div>");
	element(out, "p", NULL, finding->message);
	add_place(out, finding);
	add_size(out, finding);
	if (finding->advice != NULL)
		element(out, "p", NULL, finding->advice);
	if (finding->safe_sql != NULL) {
		g_string_append(out, "<p>Safe way:</p>");
		element(out, "pre", NULL, finding->safe_sql);
	}
	g_string_append(out, "</section>\n");
}

static void add_ignored(GString *out, GPtrArray *findings)
{
	guint count = 0;
	for (guint i = 0; i < findings->len; i++)
		count += ((const struct iw_finding *)g_ptr_array_index(findings, i))->suppression != NULL;
	if (count == 0)
		return;
	g_string_append_printf(out, "<details><summary><h3>%u ignored</h3></summary><ul>", count);
	for (guint i = 0; i < findings->len; i++) {
		const struct iw_finding *finding = g_ptr_array_index(findings, i);
		if (finding->suppression == NULL)
			continue;
		g_string_append(out, "<li>");
		add_rule(out, finding->rule);
		g_string_append(out, ": ");
		iw_report_markup(out, finding->message);
		element(out, "span", "dim", finding->suppression->reason == NULL ? " (no reason given)" : " (");
		if (finding->suppression->reason != NULL) {
			element(out, "span", "dim", finding->suppression->reason);
			element(out, "span", "dim", ")");
		}
		g_string_append(out, "</li>");
	}
	g_string_append(out, "</ul></details>\n");
}

static void add_findings(GString *out, const struct iw_report *report)
{
	if (report->findings->len == 0)
		return;
	g_string_append(out, "<h2>Findings</h2>\n");
	for (enum iw_severity severity = IW_SEVERE; severity > IW_OFF; severity--)
		for (guint i = 0; i < report->findings->len; i++) {
			const struct iw_finding *finding = g_ptr_array_index(report->findings, i);
			if (finding->suppression == NULL && finding->severity == severity)
				add_finding(out, finding);
		}
	add_ignored(out, report->findings);
}

/* locks over time ------------------------------------------------------------------------------------------------- */

/* How long a statement takes on the time axis: seconds where they are known, else a share by the kind of work. */
static double duration(const struct iw_step *step, bool is_known)
{
	static const double SHARES[] = {[IW_INSTANT] = 1, [IW_SCAN] = 6, [IW_BUILD] = 10, [IW_REWRITE] = 16};
	return is_known ? MAX(step->seconds, 0.01) : SHARES[step->work];
}

static bool has_seconds(const struct iw_migration_plan *plan)
{
	for (guint i = 0; i < plan->steps->len; i++)
		if (((const struct iw_step *)g_ptr_array_index(plan->steps, i))->seconds > 0)
			return true;
	return false;
}

static const struct iw_segment *segment_of(const struct iw_migration_plan *plan, guint step)
{
	for (guint i = 0; i < plan->segments->len; i++) {
		const struct iw_segment *segment = g_ptr_array_index(plan->segments, i);
		if (step >= segment->first && step < segment->first + segment->count)
			return segment;
	}
	return NULL;
}

struct axis {
	const struct iw_migration_plan *plan;
	bool is_known;
	double total;
};

static double time_before(const struct axis *axis, guint end)
{
	double time = 0;
	for (guint i = 0; i < end; i++)
		time += duration(g_ptr_array_index(axis->plan->steps, i), axis->is_known);
	return time;
}

static bool is_shown(const struct iw_step *step)
{
	return step->worst != NULL && !step->is_skipped && step->blocks > IW_BLOCKS_NOTHING &&
	       !step->worst->is_new_table;
}

static void add_bar(GString *out, const struct axis *axis, const char *kind, const char *colour, double from, double to)
{
	char left[G_ASCII_DTOSTR_BUF_SIZE], width[G_ASCII_DTOSTR_BUF_SIZE];
	g_ascii_formatd(left, sizeof left, "%.2f", 100 * from / axis->total);
	g_ascii_formatd(width, sizeof width, "%.2f", MAX(100 * (to - from) / axis->total, 0.6));
	g_string_append_printf(out, "<span class=\"%s %s\" style=\"left:%s%%;width:%s%%\"></span>", kind, colour, left,
			       width);
}

static void add_lock(GString *out, const struct axis *axis, guint index)
{
	static const char *const COLOURS[] = {[IW_BLOCKS_NOTHING] = "ddl",
					      [IW_BLOCKS_DDL] = "ddl",
					      [IW_BLOCKS_WRITES] = "writes",
					      [IW_BLOCKS_EVERYTHING] = "all"};
	g_autoptr(iw_arena) arena = iw_arena_new();
	const struct iw_step *step = g_ptr_array_index(axis->plan->steps, index);
	const struct iw_segment *segment = segment_of(axis->plan, index);
	bool is_held = segment != NULL && segment->kind == IW_SEGMENT_TRANSACTION;
	double from = time_before(axis, index), to = from + duration(step, axis->is_known);
	const struct iw_fact *fact = step->worst->fact;
	g_string_append(out, "<div class=\"lock\">");
	element(out, "span", NULL,
		iw_arena_printf(arena, "%d  %s: %s", step->number, iw_operation_title(arena, step->worst->operation),
				*fact->lock == '\0' ? "no table lock" : fact->lock));
	g_string_append_printf(out, "<span class=\"track\" role=\"img\" aria-label=\"blocks %s, %s%s\">",
			       iw_blocks_words(step->blocks), iw_work_words(step->work),
			       is_held ? ", held until the transaction ends" : "");
	if (is_held)
		add_bar(out, axis, "held", COLOURS[step->blocks], from,
			time_before(axis, segment->first + segment->count));
	add_bar(out, axis, "work", COLOURS[step->blocks], from, to);
	g_string_append(out, "</span></div>\n");
}

static void add_timeline(GString *out, const struct iw_migration_plan *plan)
{
	struct axis axis = {.plan = plan, .is_known = has_seconds(plan)};
	axis.total = time_before(&axis, plan->steps->len);
	guint shown = 0;
	for (guint i = 0; i < plan->steps->len; i++)
		shown += is_shown(g_ptr_array_index(plan->steps, i));
	if (shown == 0 || axis.total <= 0)
		return;
	g_autoptr(iw_arena) arena = iw_arena_new();
	element(out, "p", "dim",
		axis.is_known ? iw_arena_printf(arena, "Locks over about %s:", iw_words_duration(arena, axis.total))
			      : "Locks in the order in which they are taken (how long each is held hangs on the "
				"tables' sizes):");
	for (guint i = 0; i < plan->steps->len; i++)
		if (is_shown(g_ptr_array_index(plan->steps, i)))
			add_lock(out, &axis, i);
}

/* the plan -------------------------------------------------------------------------------------------------------- */

static void add_step(GString *out, const struct iw_step *step)
{
	g_string_append_printf(out, "<div class=\"step\"><span class=\"number\">%d</span><div>", step->number);
	element(out, "pre", NULL, step->sql);
	for (guint i = 0; i < step->judgements->len; i++) {
		g_autoptr(iw_arena) arena = iw_arena_new();
		const struct iw_judgement *judgement = g_ptr_array_index(step->judgements, i);
		g_autoptr(GString) words = g_string_new(iw_operation_title(arena, judgement->operation));
		g_string_append(words, ": ");
		if (judgement->is_new_table)
			g_string_append(words, "a table of this migration, nobody waits");
		else
			iw_report_fact_text(words, (struct iw_style){.width = 100}, judgement->fact,
					    judgement->seconds);
		element(out, "p", "dim", words->str);
	}
	g_string_append(out, "</div></div>\n");
}

static bool has_finding(const struct iw_report *report, const struct iw_migration *migration)
{
	for (guint i = 0; i < report->findings->len; i++) {
		const struct iw_finding *finding = g_ptr_array_index(report->findings, i);
		if (finding->migration == migration && finding->suppression == NULL)
			return true;
	}
	return false;
}

static void add_plan(GString *out, const struct iw_report *report, const struct iw_migration_plan *plan)
{
	g_autoptr(iw_arena) arena = iw_arena_new();
	bool is_open = report->plans->len == 1 || has_finding(report, plan->migration);
	g_string_append_printf(out, "<details class=\"card\"%s><summary>", is_open ? " open" : "");
	element(out, "h3", NULL,
		iw_arena_printf(arena, "%s%s", plan->direction == IW_DOWN ? "down of " : "", plan->migration->name));
	element(out, "span", "dim",
		iw_arena_printf(arena, " %s, %s", iw_words_count(arena, plan->steps->len, "statement"),
				plan->is_delegated ? "run by the framework itself"
				: plan->is_atomic  ? "one transaction"
						   : iw_words_count(arena, plan->segments->len, "part")));
	g_string_append(out, "</summary>\n");
	for (guint i = 0; i < plan->losses->len; i++)
		element(out, "p", NULL, iw_arena_printf(arena, "Loses data: %s", (char *)plan->losses->pdata[i]));
	add_timeline(out, plan);
	for (guint i = 0; i < plan->steps->len; i++)
		add_step(out, g_ptr_array_index(plan->steps, i));
	g_string_append(out, "</details>\n");
}

static void add_plans(GString *out, const struct iw_report *report)
{
	if (report->plans != NULL && report->plans->len == 0 && report->is_plan)
		g_string_append(out, "<p>Nothing to do.</p>\n");
	if (report->plans == NULL || report->plans->len == 0)
		return;
	g_string_append(out,
			"<h2>Plan</h2>\n<p class=\"legend dim\"><span><i class=\"all\"></i>blocks reads and "
			"writes</span><span><i class=\"writes\"></i>blocks writes</span><span><i class=\"ddl\"></i>"
			"blocks schema changes</span><span>pale: held until the transaction ends</span></p>\n");
	for (guint i = 0; i < report->plans->len; i++)
		add_plan(out, report, g_ptr_array_index(report->plans, i));
}

static void add_chips(GString *out, const struct iw_report *report)
{
	g_autoptr(iw_arena) arena = iw_arena_new();
	guint sum = 0;
	g_string_append(out, "<div class=\"chips\">");
	for (enum iw_severity severity = IW_SEVERE; severity > IW_OFF; severity--) {
		if (report->counts[severity] == 0)
			continue;
		const char *name = iw_severity_name(severity);
		element(out, "span", iw_arena_printf(arena, "chip %s", name),
			iw_words_count(arena, report->counts[severity], name));
		sum += report->counts[severity];
	}
	if (sum == 0 && report->errors->len == 0 && !report->is_plan)
		element(out, "span", "chip good", "no findings");
	g_string_append(out, "</div>\n");
}

void iw_report_html(GString *out, const struct iw_report *report)
{
	g_autoptr(iw_arena) arena = iw_arena_new();
	g_string_append_printf(
		out,
		"<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
		"content=\"width=device-width,initial-scale=1\"><title>Inchworm: %s</title>\n<style>%s</style></head>\n"
		"<body><h1>Inchworm</h1>\n",
		report->is_plan ? "plan" : iw_report_counts(arena, report->counts), STYLE);
	element(out, "p", "dim",
		iw_arena_printf(arena, "%s%s in %s, judged for %s",
				report->project == NULL ? "" : iw_arena_printf(arena, "%s: ", report->project),
				iw_words_count(arena, report->statements, "statement"),
				iw_words_count(arena, report->migrations->len, "migration"), report->engine));
	add_chips(out, report);
	for (guint i = 0; i < report->errors->len; i++) {
		g_string_append(out, "<section class=\"card\"><span class=\"chip error\">cannot be read</span>");
		element(out, "p", NULL, ((const GError *)g_ptr_array_index(report->errors, i))->message);
		g_string_append(out, "</section>\n");
	}
	add_findings(out, report);
	add_plans(out, report);
	g_string_append_printf(out, "<p class=\"dim\">Inchworm %s</p></body></html>\n", report->version);
}
