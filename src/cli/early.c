/* A connection that is opened while files are read; see early.h. */
#include "cli/early.h"

#include <string.h>

enum state { OPENING, DONE, FORSAKEN };

struct iw_early {
	GThread *thread; /* NULL: joined, or left to itself */
	iw_arena *arena; /* the thread's until it is DONE */
	const char *text;
	const struct iw_url *url;
	struct iw_open_options options;
	iw_connection *connection;
	GError *error;
	gint state; /* atomic: whoever comes second, the thread that is DONE or who has FORSAKEN it, frees */
};

static void free_early(iw_early *early)
{
	iw_connection_free(early->connection);
	g_clear_error(&early->error);
	iw_arena_free(early->arena);
	g_free(early);
}

static void *open_connection(void *data)
{
	iw_early *early = data;
	early->connection = iw_connection_open(early->url, &early->options, &early->error);
	if (!g_atomic_int_compare_and_exchange(&early->state, OPENING, DONE))
		free_early(early);
	return NULL;
}

static void *prepare(void *data)
{
	iw_connection_prepare((enum iw_dialect)GPOINTER_TO_INT(data));
	return NULL;
}

void iw_early_prepare(const char *text)
{
	g_autoptr(iw_arena) arena = iw_arena_new();
	const struct iw_url *url = text == NULL ? NULL : iw_url_parse(arena, text, NULL, NULL);
	if (url == NULL || url->dialect == IW_SQLITE)
		return;
	GThread *thread = g_thread_try_new("load", prepare, GINT_TO_POINTER(url->dialect), NULL);
	if (thread != NULL)
		g_thread_unref(thread);
}

iw_early *iw_early_start(const char *text, const char *base, const struct iw_open_options *options)
{
	iw_arena *arena = iw_arena_new();
	const struct iw_url *url = iw_url_parse(arena, text, base, NULL);
	if (url == NULL || url->dialect == IW_SQLITE) {
		iw_arena_free(arena);
		return NULL;
	}
	iw_early *early = g_new0(iw_early, 1);
	early->arena = arena;
	early->text = iw_arena_strdup(arena, text);
	early->url = url;
	early->options = *options;
	early->options.application_name = iw_arena_strdup(arena, options->application_name);
	early->thread = g_thread_try_new("connect", open_connection, early, NULL);
	if (early->thread != NULL)
		return early;
	free_early(early);
	return NULL;
}

bool iw_early_is_done(const iw_early *early)
{
	return g_atomic_int_get(&early->state) == DONE;
}

static bool is_same(const iw_early *early, const struct iw_url *url, const struct iw_open_options *options)
{
	const struct iw_open_options *ours = &early->options;
	return strcmp(early->text, url->text) == 0 && ours->read_only == options->read_only &&
	       ours->create_database == options->create_database &&
	       ours->connect_timeout_ms == options->connect_timeout_ms &&
	       g_strcmp0(ours->application_name, options->application_name) == 0;
}

bool iw_early_take(iw_early *early, const struct iw_url *url, const struct iw_open_options *options,
		   iw_connection **connection, GError **error)
{
	if (early == NULL || early->thread == NULL || !is_same(early, url, options))
		return false;
	g_thread_join(g_steal_pointer(&early->thread));
	*connection = g_steal_pointer(&early->connection);
	if (*connection == NULL)
		g_propagate_error(error, g_steal_pointer(&early->error));
	return true;
}

bool iw_early_free(iw_early *early)
{
	if (early == NULL)
		return true;
	if (early->thread != NULL && g_atomic_int_compare_and_exchange(&early->state, OPENING, FORSAKEN)) {
		g_thread_unref(early->thread); /* now its own to free */
		return false;
	}
	if (early->thread != NULL)
		g_thread_join(early->thread);
	free_early(early);
	return true;
}
