/* What the formats share: regions, escaping, where a rule's page is. */
#include "report/report.h"

#include <string.h>

const char *iw_report_rule_url(iw_arena *arena, const struct iw_rule *rule)
{
	const char *base = g_getenv("INCHWORM_DOCS_URL");
	if (base == NULL || *base == '\0')
		return NULL;
	return iw_arena_printf(arena, "%s%s%s.md", base, g_str_has_suffix(base, "/") ? "" : "/", rule->id);
}

bool iw_report_region(const struct iw_place *place, struct iw_report_region *region)
{
	if (place->source == NULL)
		return false;
	size_t begin = MIN(place->offset, place->source->length);
	size_t end = begin + MIN(MAX(place->length, 1), place->source->length - begin);
	region->path = place->source->path;
	region->begin = iw_source_locate(place->source, begin);
	region->end = iw_source_locate(place->source, end);
	return true;
}

char *iw_report_clean(const char *text)
{
	char *valid = g_utf8_make_valid(text, -1);
	for (char *at = valid; *at != '\0'; at++)
		if ((unsigned char)*at < ' ' && *at != '\t' && *at != '\n')
			*at = *at == '\r' ? ' ' : '?';
	return valid;
}

void iw_report_markup(GString *out, const char *text)
{
	static const char *const ENTITIES[128] = {
		['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['"'] = "&quot;", ['\''] = "&#39;"};
	g_autofree char *clean = iw_report_clean(text);
	for (const char *at = clean; *at != '\0';) {
		const char *next = g_utf8_next_char(at);
		gunichar c = g_utf8_get_char(at);
		if (c < 128 && ENTITIES[c] != NULL)
			g_string_append(out, ENTITIES[c]);
		else if (c == 0xfffe || c == 0xffff) /* no characters of XML */
			g_string_append(out, "\xef\xbf\xbd");
		else
			g_string_append_len(out, at, next - at);
		at = next;
	}
}

const char *iw_report_counts(iw_arena *arena, const guint *counts)
{
	g_autoptr(GString) text = g_string_new(NULL);
	for (enum iw_severity severity = IW_SEVERE; severity > IW_OFF; severity--)
		if (counts[severity] > 0)
			g_string_append_printf(text, "%s%s", text->len > 0 ? ", " : "",
					       iw_words_count(arena, counts[severity], iw_severity_name(severity)));
	return text->len == 0 ? "no findings" : iw_arena_strdup(arena, text->str);
}
