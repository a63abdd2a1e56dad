/* Control of a backfill that runs, through its journal row: another session writes, the runner reads between batches.
 */
#include "run/run_internal.h"

#include "base/error.h"
#include "sql/sql.h"

#include <jansson.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static const struct key {
	const char *name;
	bool is_count; /* else milliseconds */
	size_t member;
} keys[] = {
	{"max-lag", false, offsetof(struct iw_pace, max_lag_ms)},
	{"stop-lag", false, offsetof(struct iw_pace, stop_lag_ms)},
	{"pause", false, offsetof(struct iw_pace, pause_ms)},
	{"batch-time", false, offsetof(struct iw_pace, batch_ms)},
	{"max-sessions", true, offsetof(struct iw_pace, max_sessions)},
};

bool iw_control_knows(const char *key, bool *is_count)
{
	for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
		if (strcmp(keys[i].name, key) == 0) {
			*is_count = keys[i].is_count;
			return true;
		}
	return false;
}

bool iw_control_read(const char *control, struct iw_pace *pace)
{
	json_t *object = control == NULL ? NULL : json_loads(control, 0, NULL);
	bool is_held = json_is_true(json_object_get(object, "hold"));
	for (size_t i = 0; i < G_N_ELEMENTS(keys) && pace != NULL; i++) {
		const json_t *value = json_object_get(object, keys[i].name);
		if (json_is_integer(value))
			*(int *)(void *)((char *)pace + keys[i].member) = (int)json_integer_value(value);
	}
	json_decref(object);
	return is_held;
}

const char *iw_control_with(iw_arena *arena, const char *control, const char *key, int value)
{
	json_t *object = control == NULL ? NULL : json_loads(control, 0, NULL);
	if (object == NULL)
		object = json_object();
	bool is_hold = strcmp(key, "hold") == 0;
	json_object_set_new(object, key, is_hold ? json_boolean(value) : json_integer(value));
	char *text = json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS);
	const char *kept = iw_arena_strdup(arena, text);
	free(text);
	json_decref(object);
	return kept;
}

bool iw_journal_read_control(iw_connection *connection, iw_arena *arena, const char *migration, const char **control,
			     GError **error)
{
	GError *failure = NULL;
	g_autofree char *text =
		iw_query_value(connection, iw_journal_control_sql(arena, connection, migration), &failure);
	*control = iw_arena_strdup(arena, text);
	if (failure == NULL)
		return true;
	g_propagate_error(error, failure);
	return false;
}

bool iw_journal_write_control(iw_connection *connection, iw_arena *arena, const char *migration, const char *control,
			      GError **error)
{
	return iw_execute(connection, iw_journal_set_control_sql(arena, connection, migration, control), error);
}
