/* Migrations of Django: whatever a file holds, its text is made or refused, up and down, and the models go on. */
#include "base/error.h"
#include "framework/django/django_internal.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void make(const iw_django_state *state, struct iw_py_value *class, enum iw_direction direction)
{
	struct iw_django_making making = {.app_label = "shop",
					  .shown = "shop/migrations/0001_initial.py",
					  .migration = class,
					  .direction = direction};
	g_autoptr(GError) error = NULL;
	g_autoptr(iw_source) source = iw_django_make(state, &making, &error);
	g_assert((source == NULL) <= (error != NULL));
	for (guint i = 0; source != NULL && source->pieces != NULL && i < source->pieces->len; i++) {
		const struct iw_piece *piece = &g_array_index(source->pieces, struct iw_piece, i);
		g_assert(piece->offset + piece->length <= source->length);
	}
}

/* The first byte chooses the engine, the second the version of Django; the rest is the file. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int versions[] = {30200, 40200, 50200, 60000, 60100};
	static const char *const environment[] = {NULL}, *const roots[] = {NULL};
	if (size < 2)
		return 0;
	struct iw_engine engine = {.dialect = data[0] % IW_DIALECTS, .is_mariadb = data[0] % 2 == 1};
	struct iw_django_settings settings = {.version = versions[data[1] % G_N_ELEMENTS(versions)], .use_tz = true};
	g_autofree char *text = g_strndup((const char *)data + 2, size - 2);
	g_autoptr(iw_arena) arena = iw_arena_new();
	iw_py *python = iw_py_new(arena, &(struct iw_py_options){.roots = roots, .environment = environment});
	g_autoptr(GError) error = NULL;
	struct iw_py_value *module = iw_py_load_text(python, "0001_initial.py", text, &error);
	struct iw_py_value *class = module == NULL ? NULL : iw_py_find(python, module, "Migration");
	if (class == NULL || class->kind != IW_PY_CLASS)
		return 0;
	iw_django_state *before = iw_django_state_new(arena, python, engine, &settings);
	make(before, class, IW_UP);
	make(before, class, IW_DOWN);
	iw_django_state *after = iw_django_state_copy(before);
	if (iw_django_state_apply(after, "shop", class, NULL))
		make(after, class, IW_UP);
	return 0;
}
