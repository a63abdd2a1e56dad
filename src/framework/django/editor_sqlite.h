/* SQLite alters tables by making new ones; see editor_sqlite.c, editor_sqlite_remake.c. */
#pragma once

#include "framework/django/editor.h"

struct django_alteration {
	struct django_field_ref old, new_field;
};

/* What is different in the new table; all of it may be empty (field NULL). */
struct django_remake {
	struct django_field_ref created, deleted;
	struct django_alteration altered[2];
	guint altered_count;
};

/* _remake_table(): `model` is the model that Django passes, with the fields of before. */
void iw_django_remake_table(struct django_editor *self, struct django_model_ref model,
			    const struct django_remake *remake);
