/* What is to be seen in the code of a revision beside its SQL; see model/code_note.h. */
#include "framework/alembic/project.h"

#include "framework/python/notes.h"

#include <string.h>

/* pass, ..., a docstring: nothing. */
static bool is_empty(const struct py_node *body)
{
	if (body->kind != PY_BLOCK)
		return body->kind == PY_PASS;
	for (guint i = 0; i < body->count; i++) {
		const struct py_node *node = body->items[i];
		bool is_text =
			node->kind == PY_EXPRESSION && (node->a->kind == PY_STRING || node->a->kind == PY_ELLIPSIS);
		if (node->kind != PY_PASS && !is_text && !(node->kind == PY_RETURN && node->a == NULL))
			return false;
	}
	return true;
}

/* "upgrade", or "upgrade_engine1" in a project of several databases. */
static const struct py_node *find(const struct py_node *tree, const char *name, bool is_filled)
{
	for (guint i = 0; i < tree->count; i++) {
		const struct py_node *node = tree->items[i];
		size_t length = strlen(name);
		if (node->kind == PY_FUNCTION && strncmp(node->text, name, length) == 0 &&
		    (node->text[length] == '\0' || node->text[length] == '_') && (!is_filled || !is_empty(node->b)))
			return node;
	}
	return NULL;
}

static void note_downgrade(struct iw_py_notes *self)
{
	const struct py_node *up = find(self->tree, "upgrade", true), *down = find(self->tree, "downgrade", false);
	if (up == NULL || find(self->tree, "downgrade", true) != NULL)
		return;
	iw_py_note(self, IW_NOTE_DOWNGRADE_MISSING, down != NULL ? down : up,
		   down != NULL ? "downgrade() is empty: it records the way back and undoes nothing"
				: "there is no downgrade(): this revision cannot be undone");
}

void iw_alembic_notes(iw_arena *arena, const struct iw_migration *migration, GPtrArray *notes)
{
	struct iw_py_notes self;
	if (migration->up.path == NULL ||
	    !iw_py_notes_open(&self, arena, migration->up.path, migration->up.shown_path, notes))
		return;
	note_downgrade(&self);
	for (guint i = 0; i < self.tree->count; i++) {
		const struct py_node *node = self.tree->items[i];
		if (node->kind != PY_FUNCTION)
			continue;
		iw_py_note_loops(&self, node);
		if (!g_str_has_prefix(node->text, "downgrade") && !iw_py_holds(&self, node, "autocommit_block"))
			iw_py_note_backfills(&self, node);
	}
	iw_py_note_imports(&self, " (sa.table() or SQL says what is meant)");
}
