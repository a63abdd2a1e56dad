/* What is to be seen in migrations of SQL files beside their SQL: a way back that holds nothing. */
#include "framework/sqltools/sqltools_internal.h"

#include "model/code_note.h"

#include <string.h>

/* Nothing but comments and blanks. */
static bool is_empty(const char *text, const char *end)
{
	while (text < end) {
		bool is_comment = end - text > 1 && text[0] == '-' && text[1] == '-';
		if (is_comment)
			text = memchr(text, '\n', (size_t)(end - text));
		else if (!g_ascii_isspace(*text) && *text != ';')
			return false;
		if (text == NULL)
			return true;
		text++;
	}
	return true;
}

/* Behind the line "-- +goose Down", "-- migrate:down"; NULL: the file has none. */
static const char *down_section(const char *text, const char *end)
{
	static const char *const marks[] = {"+goose down", "migrate:down", "inchworm:down"};
	for (const char *line = text; line < end;) {
		const char *next = memchr(line, '\n', (size_t)(end - line));
		next = next == NULL ? end : next + 1;
		const char *at = line;
		while (at < next && (*at == '-' || *at == ' ' || *at == '\t'))
			at++;
		for (size_t i = 0; at > line + 1 && i < G_N_ELEMENTS(marks); i++)
			if ((size_t)(next - at) >= strlen(marks[i]) &&
			    g_ascii_strncasecmp(at, marks[i], strlen(marks[i])) == 0)
				return next;
		line = next;
	}
	return NULL;
}

void iw_sql_notes(iw_arena *arena, const struct iw_migration *migration, GPtrArray *notes)
{
	const char *path = migration->down.path;
	bool is_same = path != NULL && migration->up.path != NULL && strcmp(path, migration->up.path) == 0;
	if (migration->up.path == NULL || migration->is_repeatable || migration->is_baseline)
		return;
	path = path == NULL ? migration->up.path : path;
	g_autoptr(iw_source) source = iw_source_open(
		path, path == migration->up.path ? migration->up.shown_path : migration->down.shown_path, NULL);
	if (source == NULL)
		return;
	const char *end = source->text + source->length;
	const char *down = path == migration->up.path || is_same ? down_section(source->text, end) : source->text;
	if (down == NULL || !is_empty(down, end))
		return;
	const char *line = down > source->text ? down - 1 : down; /* the mark itself */
	while (line > source->text && line[-1] != '\n')
		line--;
	struct iw_code_note *note = iw_new(arena, struct iw_code_note);
	*note = (struct iw_code_note){
		.kind = IW_NOTE_DOWNGRADE_MISSING,
		.place = {source, (size_t)(line - source->text), strcspn(line, "\r\n")},
		.message = "the way down is empty: it records that the migration was undone and undoes nothing",
	};
	iw_arena_defer(arena, (GDestroyNotify)iw_source_unref, iw_source_ref(source));
	g_ptr_array_add(notes, note);
}
