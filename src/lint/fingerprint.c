/* What a finding is known by when lines move; see lint.h. */
#include "lint/lint_internal.h"

#include <string.h>

enum { MOST_TEXT = 64 * 1024, DIGITS = 32 };

/* The text at the place, runs of blanks as one. */
static void add_text(GString *key, const struct iw_place *place)
{
	if (place->source == NULL)
		return;
	size_t offset = MIN(place->offset, place->source->length);
	size_t end = offset + MIN(MIN(place->length, place->source->length - offset), MOST_TEXT);
	bool was_blank = false;
	for (; offset < end; offset++) {
		char c = place->source->text[offset];
		bool is_blank = g_ascii_isspace(c);
		if (!is_blank)
			g_string_append_c(key, c);
		else if (!was_blank)
			g_string_append_c(key, ' ');
		was_blank = is_blank;
	}
}

const char *iw_lint_fingerprint(iw_arena *arena, GHashTable *counts, const struct iw_finding *finding)
{
	g_autoptr(GString) key = g_string_new(finding->rule->id);
	g_string_append_printf(key, "\x1f%s\x1f%s\x1f", finding->migration == NULL ? "" : finding->migration->name,
			       finding->object == NULL ? "" : finding->object);
	add_text(key, &finding->place);
	g_autofree char *plain = g_compute_checksum_for_string(G_CHECKSUM_SHA256, key->str, (gssize)key->len);
	guint count = GPOINTER_TO_UINT(g_hash_table_lookup(counts, plain));
	g_hash_table_insert(counts, g_strdup(plain), GUINT_TO_POINTER(count + 1));
	if (count == 0)
		return iw_arena_strndup(arena, plain, DIGITS);
	g_autofree char *again = g_strdup_printf("%s\x1f%u", plain, count);
	g_autofree char *numbered = g_compute_checksum_for_string(G_CHECKSUM_SHA256, again, -1);
	return iw_arena_strndup(arena, numbered, DIGITS);
}
