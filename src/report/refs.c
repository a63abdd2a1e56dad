/* References as text and JSON. */
#include "report/refs.h"

#include "report/report.h"

#include <string.h>

static const enum iw_colour COLOURS[] = {[IW_POSSIBLE] = IW_DIM, [IW_LIKELY] = IW_YELLOW, [IW_CERTAIN] = IW_RED};

static void add_reference(GString *out, struct iw_style style, const struct iw_reference *reference)
{
	struct iw_line_column at = iw_source_locate(reference->place.source, reference->place.offset);
	iw_text_add(out, style, COLOURS[reference->certainty], iw_certainty_name(reference->certainty));
	iw_text_printf(out, style, IW_BOLD, ": %s\n", reference->how);
	iw_text_printf(out, style, IW_DIM, "  --> %s:%d:%d\n", reference->place.source->path, at.line, at.column);
	iw_place_caret(out, &reference->place, style.width - 10);
	g_string_append_c(out, '\n');
}

static void add_skipped(GString *out, struct iw_style style, const GPtrArray *skipped)
{
	enum { MOST = 5 };
	for (guint i = 0; i < MIN(skipped->len, MOST); i++) {
		const struct iw_skipped_file *one = skipped->pdata[i];
		iw_text_printf(out, style, IW_DIM, "not read: %s: %s\n", one->path, one->reason);
	}
	if (skipped->len > MOST)
		iw_text_printf(out, style, IW_DIM, "not read: %u more files\n", skipped->len - MOST);
}

void iw_report_refs_text(GString *out, struct iw_style style, const iw_refs *refs, const struct iw_ref_target *target,
			 bool all)
{
	g_autoptr(iw_arena) arena = iw_arena_new();
	for (guint i = 0; i < refs->references->len; i++) {
		const struct iw_reference *reference = &g_array_index(refs->references, struct iw_reference, i);
		if (all || reference->certainty > IW_POSSIBLE)
			add_reference(out, style, reference);
	}
	add_skipped(out, style, refs->skipped);
	const guint *counts = refs->counts[0];
	iw_text_printf(out, style, IW_BOLD, "%s", iw_ref_target_words(arena, target));
	g_string_append_printf(out, ": %u certain, %u likely, %u possible in %s of %s", counts[IW_CERTAIN],
			       counts[IW_LIKELY], counts[IW_POSSIBLE], iw_words_count(arena, refs->files, "file"),
			       iw_text_clean(arena, refs->directory));
	g_string_append(out, counts[IW_POSSIBLE] > 0 && !all ? " (--all shows the possible ones)\n" : "\n");
}

json_t *iw_report_refs_json(const iw_refs *refs, const struct iw_ref_target *target, bool all)
{
	json_t *object = json_object(), *list = json_array(), *skipped = json_array();
	json_object_set_new(object, "schema",
			    target->table.schema == NULL ? json_null() : json_string(target->table.schema));
	json_object_set_new(object, "table", json_string(target->table.name));
	json_object_set_new(object, "column", target->column == NULL ? json_null() : json_string(target->column));
	for (guint i = 0; i < refs->references->len; i++) {
		const struct iw_reference *one = &g_array_index(refs->references, struct iw_reference, i);
		if (!all && one->certainty == IW_POSSIBLE)
			continue;
		json_t *item = json_object();
		json_object_set_new(item, "certainty", json_string(iw_certainty_name(one->certainty)));
		json_object_set_new(item, "how", json_string(one->how));
		json_object_set_new(item, "place", iw_report_place_json(&one->place));
		json_array_append_new(list, item);
	}
	for (guint i = 0; i < refs->skipped->len; i++) {
		const struct iw_skipped_file *one = refs->skipped->pdata[i];
		json_array_append_new(skipped, json_pack("{s:s, s:s}", "file", one->path, "reason", one->reason));
	}
	json_object_set_new(object, "references", list);
	for (enum iw_certainty certainty = IW_POSSIBLE; certainty < IW_CERTAINTIES; certainty++)
		json_object_set_new(object, iw_certainty_name(certainty), json_integer(refs->counts[0][certainty]));
	json_object_set_new(object, "files", json_integer(refs->files));
	json_object_set_new(object, "skipped", skipped);
	return object;
}
