/* Text in pieces that know where they come from; see made.h. */
#include "framework/made.h"

#include <stdarg.h>
#include <string.h>

struct iw_made {
	iw_arena *arena;
	char *shown_as, *note;
	GString *text;
	GArray *pieces;
	GHashTable *sources; /* iw_source *: kept alive by the arena */
	bool is_alone;
};

iw_made *iw_made_new(const char *shown_as)
{
	iw_made *made = g_new0(iw_made, 1);
	made->arena = iw_arena_new();
	made->shown_as = g_strdup(shown_as);
	made->text = g_string_new(NULL);
	made->pieces = g_array_new(FALSE, TRUE, sizeof(struct iw_piece));
	made->sources = g_hash_table_new(NULL, NULL);
	iw_arena_defer(made->arena, (GDestroyNotify)g_array_unref, made->pieces);
	return made;
}

void iw_made_free(iw_made *made)
{
	if (made == NULL)
		return;
	if (made->arena != NULL)
		iw_arena_free(made->arena);
	g_free(made->shown_as);
	g_free(made->note);
	g_string_free(made->text, TRUE);
	g_hash_table_unref(made->sources);
	g_free(made);
}

static void add(iw_made *made, struct iw_place origin, size_t offset, const char *foreign)
{
	if (origin.source != NULL && g_hash_table_add(made->sources, (void *)origin.source))
		iw_arena_defer(made->arena, (GDestroyNotify)iw_source_unref, iw_source_ref((iw_source *)origin.source));
	struct iw_piece piece = {
		.offset = offset,
		.length = made->text->len - offset,
		.origin = origin,
		.foreign = foreign,
		.note = made->note == NULL ? NULL : iw_arena_strdup(made->arena, made->note),
		.is_alone = made->is_alone,
	};
	g_clear_pointer(&made->note, g_free);
	g_array_append_val(made->pieces, piece);
	g_string_append(made->text, foreign == NULL ? ";\n" : "\n");
}

void iw_made_sql(iw_made *made, struct iw_place origin, const char *sql)
{
	size_t offset = made->text->len;
	g_string_append(made->text, sql);
	add(made, origin, offset, NULL);
}

void iw_made_set_alone(iw_made *made, bool is_alone)
{
	made->is_alone = is_alone;
}

/* In the text it is a comment, one line. */
void iw_made_foreign(iw_made *made, struct iw_place origin, const char *why)
{
	size_t offset = made->text->len;
	g_autofree char *line = g_strdelimit(g_strdup(why), "\r\n", ' ');
	g_string_append_printf(made->text, "-- not SQL: %s", line);
	add(made, origin, offset, iw_arena_strdup(made->arena, why));
}

void iw_made_foreign_rows(iw_made *made, struct iw_place origin, const char *why)
{
	iw_made_foreign(made, origin, why);
	g_array_index(made->pieces, struct iw_piece, made->pieces->len - 1).is_rows_only = true;
}

void iw_made_set_part(iw_made *made, int part, bool is_atomic)
{
	struct iw_piece *piece = &g_array_index(made->pieces, struct iw_piece, made->pieces->len - 1);
	piece->part = part;
	piece->is_part_atomic = is_atomic;
}

void iw_made_set_undo(iw_made *made, const char *sql)
{
	g_array_index(made->pieces, struct iw_piece, made->pieces->len - 1).undo = iw_arena_strdup(made->arena, sql);
}

void iw_made_set_needs(iw_made *made, const char *needs)
{
	g_array_index(made->pieces, struct iw_piece, made->pieces->len - 1).needs = iw_arena_strdup(made->arena, needs);
}

void iw_made_set_varying(iw_made *made, const GPtrArray *literals)
{
	struct iw_piece *piece = &g_array_index(made->pieces, struct iw_piece, made->pieces->len - 1);
	GPtrArray *found = iw_arena_ptr_array(made->arena);
	for (guint i = 0; i < literals->len; i++)
		if (strstr(made->text->str + piece->offset, literals->pdata[i]) != NULL)
			g_ptr_array_add(found, iw_arena_strdup(made->arena, literals->pdata[i]));
	if (found->len == 0)
		return;
	g_ptr_array_add(found, NULL);
	piece->varying = (const char *const *)found->pdata;
}

void iw_made_note(iw_made *made, const char *format, ...)
{
	va_list list;
	va_start(list, format);
	g_autofree char *note = g_strdup_vprintf(format, list);
	va_end(list);
	char *joined = made->note == NULL ? g_strdup(note) : g_strconcat(made->note, "; ", note, NULL);
	g_free(made->note);
	made->note = joined;
}

guint iw_made_count(const iw_made *made)
{
	return made->pieces->len;
}

iw_source *iw_made_finish(iw_made *made)
{
	iw_source *source = iw_source_from_text(made->text->str, made->text->len, made->shown_as);
	iw_source_set_pieces(source, g_steal_pointer(&made->arena), made->pieces);
	iw_made_free(made);
	return source;
}
