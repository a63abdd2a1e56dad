/* Stands in for the schema editor until it is there. */
#include "framework/django/django_internal.h"
#include "framework/made.h"

struct iw_django_state {
	iw_arena *arena;
};

iw_django_state *iw_django_state_new(iw_arena *arena, iw_py *python, struct iw_engine engine,
				     const struct iw_django_settings *settings)
{
	(void)python, (void)engine, (void)settings;
	iw_django_state *state = iw_new(arena, iw_django_state);
	state->arena = arena;
	return state;
}

iw_django_state *iw_django_state_copy(const iw_django_state *state)
{
	return iw_arena_memdup(state->arena, state, sizeof *state);
}

bool iw_django_state_apply(iw_django_state *state, const char *app_label, struct iw_py_value *migration, GError **error)
{
	(void)state, (void)app_label, (void)migration, (void)error;
	return true;
}

/* RunSQL of plain texts, for tests of what is around the editor. */
static const char *sql_of(const struct iw_py_value *operation, enum iw_direction direction)
{
	const struct iw_py_value *value =
		direction == IW_UP ? iw_py_argument(operation, 0, "sql") : iw_py_argument(operation, 1, "reverse_sql");
	return value == NULL ? NULL : iw_py_text(value);
}

iw_source *iw_django_make(const iw_django_state *before, const struct iw_django_making *making, GError **error)
{
	(void)before, (void)error;
	enum iw_direction direction = making->direction;
	struct iw_py_value *migration = making->migration;
	iw_made *made = iw_made_new(making->shown);
	const struct iw_py_value *operations =
		migration->attributes == NULL ? NULL : g_hash_table_lookup(migration->attributes, "operations");
	guint count = operations == NULL || operations->items == NULL ? 0 : operations->items->len;
	for (guint i = 0; i < count; i++) {
		const struct iw_py_value *operation = operations->items->pdata[direction == IW_UP ? i : count - 1 - i];
		const char *sql = operation->kind == IW_PY_CALL ? sql_of(operation, direction) : NULL;
		if (sql != NULL)
			iw_made_sql(made, operation->place, sql);
		else
			iw_made_foreign(made, operation->place, "an operation of Django: its SQL is not made yet");
	}
	return iw_made_finish(made);
}

GPtrArray *iw_django_renamed_models(const iw_django_state *before, const char *app_label, struct iw_py_value *migration)
{
	(void)app_label, (void)migration;
	return iw_arena_ptr_array(before->arena);
}
