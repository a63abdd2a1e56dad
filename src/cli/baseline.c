/* Findings that were there when linting began: a sorted file of fingerprints; see linting.h. */
#include "cli/linting.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct iw_suppression BASELINE = {.reason = "it is in the baseline"};

static const char *text_of(iw_arena *arena, const json_t *object, const char *key)
{
	return iw_arena_strdup(arena, json_string_value(json_object_get(object, key)));
}

static bool read_entry(iw_arena *arena, struct iw_baseline *baseline, const json_t *object)
{
	struct iw_baseline_entry *entry = iw_new(arena, struct iw_baseline_entry);
	*entry = (struct iw_baseline_entry){text_of(arena, object, "rule"), text_of(arena, object, "migration"),
					    text_of(arena, object, "object"), text_of(arena, object, "fingerprint"),
					    false};
	if (entry->rule == NULL || entry->fingerprint == NULL)
		return false;
	g_ptr_array_add(baseline->entries, entry);
	g_hash_table_insert(baseline->by_fingerprint, (char *)entry->fingerprint, entry);
	return true;
}

static bool read_all(iw_arena *arena, struct iw_baseline *baseline, const json_t *root)
{
	const json_t *findings = json_object_get(root, "findings");
	if (!json_is_array(findings) || json_integer_value(json_object_get(root, "version")) != 1)
		return false;
	size_t i;
	json_t *object;
	json_array_foreach(findings, i, object)
	{
		if (!read_entry(arena, baseline, object))
			return false;
	}
	return true;
}

struct iw_baseline *iw_baseline_read(iw_arena *arena, const char *path, bool may_be_missing, GError **error)
{
	struct iw_baseline *baseline = iw_new(arena, struct iw_baseline);
	*baseline = (struct iw_baseline){path, iw_arena_ptr_array(arena),
					 iw_arena_hash_table(arena, g_str_hash, g_str_equal)};
	if (may_be_missing && !g_file_test(path, G_FILE_TEST_EXISTS))
		return baseline;
	g_autoptr(iw_source) source = iw_source_open(path, path, error);
	if (source == NULL)
		return NULL;
	json_error_t problem;
	json_t *root = json_loadb(source->text, source->length, 0, &problem);
	bool is_read = root != NULL && read_all(arena, baseline, root);
	json_decref(root);
	if (is_read)
		return baseline;
	iw_fail(error, IW_ERROR_INPUT, "cannot read \"%s\": this is no baseline of `inchworm lint`", path);
	iw_error_hint(error, "`inchworm lint --baseline %s --update-baseline` makes it anew.", path);
	return NULL;
}

void iw_baseline_apply(struct iw_baseline *baseline, GPtrArray *findings)
{
	for (guint i = 0; i < findings->len; i++) {
		struct iw_finding *finding = g_ptr_array_index(findings, i);
		struct iw_baseline_entry *entry = g_hash_table_lookup(baseline->by_fingerprint, finding->fingerprint);
		if (finding->suppression != NULL || entry == NULL)
			continue;
		entry->is_used = true;
		finding->suppression = &BASELINE;
	}
}

GPtrArray *iw_baseline_stale(iw_arena *arena, const struct iw_baseline *baseline, GHashTable *judged, bool all)
{
	GPtrArray *stale = iw_arena_ptr_array(arena);
	for (guint i = 0; i < baseline->entries->len; i++) {
		const struct iw_baseline_entry *entry = g_ptr_array_index(baseline->entries, i);
		const char *migration = entry->migration == NULL ? "" : entry->migration;
		if (entry->is_used || !(all || g_hash_table_contains(judged, migration)))
			continue;
		g_ptr_array_add(stale,
				iw_arena_printf(arena, "%s%s%s in %s", entry->rule, entry->object == NULL ? "" : " of ",
						entry->object == NULL ? "" : entry->object, migration));
	}
	return stale;
}

static json_t *line(const char *rule, const char *migration, const char *object, const char *fingerprint)
{
	json_t *entry = json_object();
	iw_cli_json_text(entry, "migration", migration);
	iw_cli_json_text(entry, "rule", rule);
	iw_cli_json_text(entry, "object", object);
	iw_cli_json_text(entry, "fingerprint", fingerprint);
	return entry;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void add_line(GPtrArray *lines, json_t *object)
{
	char *text = json_dumps(object, JSON_COMPACT);
	json_decref(object);
	g_ptr_array_add(lines, g_strdup(text));
	free(text);
}

bool iw_baseline_write(const struct iw_baseline *baseline, GPtrArray *findings, GHashTable *judged, bool all,
		       GError **error)
{
	g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
	for (guint i = 0; i < findings->len; i++) {
		const struct iw_finding *finding = g_ptr_array_index(findings, i);
		if (finding->suppression != NULL && finding->suppression != &BASELINE)
			continue;
		add_line(lines, line(finding->rule->id, finding->migration == NULL ? NULL : finding->migration->name,
				     finding->object, finding->fingerprint));
	}
	for (guint i = 0; i < baseline->entries->len; i++) {
		const struct iw_baseline_entry *entry = g_ptr_array_index(baseline->entries, i);
		if (!all && !g_hash_table_contains(judged, entry->migration == NULL ? "" : entry->migration))
			add_line(lines, line(entry->rule, entry->migration, entry->object, entry->fingerprint));
	}
	g_ptr_array_sort(lines, compare);
	g_autoptr(GString) out = g_string_new("{\"version\":1,\"findings\":[");
	for (guint i = 0; i < lines->len; i++)
		g_string_append_printf(out, "%s\n%s", i > 0 ? "," : "", (char *)lines->pdata[i]);
	g_string_append(out, "\n]}\n");
	g_autoptr(GError) failure = NULL;
	if (g_file_set_contents(baseline->path, out->str, (gssize)out->len, &failure))
		return true;
	return iw_fail(error, IW_ERROR_INPUT, "could not write \"%s\": %s", baseline->path, failure->message);
}
