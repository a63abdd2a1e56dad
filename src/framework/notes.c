/* What is to be seen beside SQL: in the code of a migration, in the history as a whole, and where the project starts.
 */
#include "framework/notes.h"

#include "framework/files.h"

#include <stdarg.h>
#include <string.h>

GPtrArray *iw_migration_notes(iw_arena *arena, const struct iw_project *project, const struct iw_migration *migration)
{
	GPtrArray *notes = iw_arena_ptr_array(arena);
	if (project->framework->notes != NULL && migration->problem == NULL)
		project->framework->notes(arena, migration, notes);
	return notes;
}

void iw_note_file(iw_arena *arena, GPtrArray *notes, enum iw_note_kind kind, const char *path, const char *word,
		  const char *format, ...)
{
	va_list list;
	va_start(list, format);
	g_autofree char *text = g_strdup_vprintf(format, list);
	va_end(list);
	struct iw_code_note *note = iw_new(arena, struct iw_code_note);
	*note = (struct iw_code_note){.kind = kind, .message = iw_arena_strdup(arena, text)};
	iw_source *source = path == NULL ? NULL : iw_arena_source(arena, path, NULL);
	if (source != NULL && source->length > 0) {
		const char *found = word == NULL ? NULL : memmem(source->text, source->length, word, strlen(word));
		size_t offset = found == NULL ? source->start : (size_t)(found - source->text);
		size_t end = offset;
		while (end < source->length && source->text[end] != '\n' && source->text[end] != '\r')
			end++;
		note->place = (struct iw_place){source, offset, end - offset};
	}
	g_ptr_array_add(notes, note);
}

/* Branches that were named are meant to be there. */
static bool is_labelled(const struct iw_migration *head)
{
	for (; head != NULL; head = head->parents->len == 1 ? head->parents->pdata[0] : NULL)
		if (head->labels != NULL && head->labels->len > 0)
			return true;
	return false;
}

/* Revisions that nothing follows: two people each added one. */
static void note_heads(iw_arena *arena, const struct iw_project *project, GPtrArray *notes)
{
	g_autoptr(GString) names = g_string_new(NULL);
	const struct iw_migration *last = NULL;
	guint count = 0, labelled = 0;
	for (guint i = 0; i < project->migrations->len; i++) {
		const struct iw_migration *one = project->migrations->pdata[i];
		if (!one->is_head)
			continue;
		g_string_append_printf(names, "%s%s", count++ > 0 ? ", " : "", one->name);
		labelled += is_labelled(one);
		last = one;
	}
	if (count > 1 && labelled + 1 < count)
		iw_note_file(arena, notes, IW_NOTE_SEVERAL_HEADS, last->up.path, "down_revision",
			     "%u revisions have nothing after them (%s): `upgrade head` refuses, until `alembic merge "
			     "heads` joins "
			     "them",
			     count, names->str);
}

/* Django's own words for the same are a problem of the project already. */
static void note_conflicts(iw_arena *arena, const struct iw_project *project, GPtrArray *notes)
{
	for (guint i = 0; i < project->problems->len; i++) {
		const struct iw_problem *problem = project->problems->pdata[i];
		if (!problem->is_of_history || strstr(problem->message, "multiple leaf nodes") == NULL)
			continue;
		struct iw_code_note *note = iw_new(arena, struct iw_code_note);
		*note = (struct iw_code_note){IW_NOTE_SEVERAL_HEADS, problem->place, problem->message, false};
		g_ptr_array_add(notes, note);
	}
}

GPtrArray *iw_project_notes(iw_arena *arena, const struct iw_project *project)
{
	GPtrArray *notes = iw_arena_ptr_array(arena);
	note_heads(arena, project, notes);
	note_conflicts(arena, project, notes);
	iw_startup_notes(arena, iw_path_repository(arena, project->directory), notes);
	return notes;
}
