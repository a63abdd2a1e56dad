/* Code of any language: it is read to its end, and each reference is a name within it. Notes on migrations, too. */
#include "framework/python/notes.h"
#include "refs/refs.h"

#include <glib/gstdio.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const names[] = {"models.py", "a.ts", "b.vue", "c.sql", "d.prisma", "e.html", "f.go"};
static char *folder;

static void make_folder(void)
{
	static const char model[] =
		"from django.db import models\nclass User(models.Model):\n    nick = models.TextField()\n"
		"    class Meta:\n        db_table = 'users'\n";
	folder = g_dir_make_tmp("inchworm-fuzz-XXXXXX", NULL);
	g_autofree char *shop = g_build_filename(folder, "shop", NULL);
	g_autofree char *path = g_build_filename(shop, "models.py", NULL);
	g_mkdir(shop, 0755);
	g_file_set_contents(path, model, -1, NULL);
}

static void look_at_notes(const char *path)
{
	g_autoptr(iw_arena) arena = iw_arena_new();
	struct iw_py_notes notes;
	if (!iw_py_notes_open(&notes, arena, path, "models.py", iw_arena_ptr_array(arena)))
		return;
	for (guint i = 0; i < notes.tree->count; i++) {
		if (notes.tree->items[i]->kind != PY_FUNCTION)
			continue;
		iw_py_note_loops(&notes, notes.tree->items[i]);
		iw_py_note_backfills(&notes, notes.tree->items[i]);
	}
	iw_py_note_imports(&notes, "");
	for (guint i = 0; i < notes.notes->len; i++) {
		const struct iw_code_note *note = notes.notes->pdata[i];
		g_assert(note->place.offset + note->place.length <= note->place.source->length);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (folder == NULL)
		make_folder();
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *path = g_build_filename(folder, names[i], NULL);
		if (!g_file_set_contents_full(path, (const char *)data, (gssize)size, G_FILE_SET_CONTENTS_NONE, 0644,
					      NULL))
			return 0;
		if (i == 0)
			look_at_notes(path);
	}
	g_autoptr(iw_arena) arena = iw_arena_new();
	iw_refs *refs = iw_refs_new(arena, folder, NULL, true);
	iw_refs_add(refs, &(struct iw_ref_target){{NULL, "users"}, "nick"});
	iw_refs_add(refs, &(struct iw_ref_target){{NULL, "users"}, NULL});
	g_assert_true(iw_refs_find(refs, NULL));
	for (guint i = 0; i < refs->references->len; i++) {
		const struct iw_reference *one = &g_array_index(refs->references, struct iw_reference, i);
		g_assert(one->place.offset + one->place.length <= one->place.source->length);
	}
	return 0;
}
