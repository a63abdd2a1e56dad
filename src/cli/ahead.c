/* A thread that parses ahead, some chunks at most; see ahead.h. */
#include "cli/ahead.h"

#include "framework/framework.h"
#include "sql/sql.h"

enum {
	MOST_WAITING = 16,     /* chunks between the two threads */
	WORTH_WAKING = 8,      /* of them: small ones are handed over together, for the threads to sleep seldom */
	MOST_STATEMENTS = 256, /* of a chunk */
	LARGEST = 256 * 1024,  /* bytes of text after which a chunk is full */
};

struct iw_ahead {
	GThread *thread;
	struct iw_engine engine;
	GPtrArray *migrations;
	guint count;
	GMutex mutex;
	GCond changed;
	GQueue chunks; /* struct iw_chunk *: read */
	GQueue used;   /* struct iw_chunk *: done with; the reader empties what it filled */
	bool is_done;  /* all is read, or the reader stopped because of is_wanted */
	bool is_wanted;
};

static void chunk_free(struct iw_chunk *chunk)
{
	g_clear_error(&chunk->error);
	iw_arena_free(chunk->arena);
	g_free(chunk);
}

void iw_ahead_return(iw_ahead *ahead, struct iw_chunk *chunk)
{
	g_mutex_lock(&ahead->mutex);
	g_queue_push_tail(&ahead->used, chunk);
	g_mutex_unlock(&ahead->mutex);
}

static struct iw_chunk *chunk_new(iw_ahead *ahead, guint migration)
{
	g_mutex_lock(&ahead->mutex);
	struct iw_chunk *chunk = g_queue_pop_head(&ahead->used);
	g_mutex_unlock(&ahead->mutex);
	if (chunk == NULL) {
		chunk = g_new0(struct iw_chunk, 1);
		chunk->arena = iw_arena_new();
	}
	iw_arena_reset(chunk->arena);
	g_clear_error(&chunk->error);
	chunk->is_last = false;
	chunk->migration = migration;
	chunk->statements = iw_arena_ptr_array(chunk->arena);
	return chunk;
}

/* Takes the chunk. False: nobody wants more. */
static bool give(iw_ahead *ahead, struct iw_chunk *chunk)
{
	g_mutex_lock(&ahead->mutex);
	while (ahead->is_wanted && ahead->chunks.length >= MOST_WAITING)
		g_cond_wait(&ahead->changed, &ahead->mutex);
	bool is_wanted = ahead->is_wanted;
	bool is_small = chunk->is_last && chunk->statements->len < MOST_STATEMENTS / WORTH_WAKING;
	if (is_wanted)
		g_queue_push_tail(&ahead->chunks, chunk);
	if (!is_small || ahead->chunks.length == WORTH_WAKING)
		g_cond_broadcast(&ahead->changed);
	g_mutex_unlock(&ahead->mutex);
	if (!is_wanted)
		chunk_free(chunk);
	return is_wanted;
}

static bool read_migration(iw_ahead *ahead, guint index)
{
	const struct iw_migration *migration = g_ptr_array_index(ahead->migrations, index);
	if (migration->up.path == NULL && migration->problem == NULL)
		return true;
	struct iw_chunk *chunk = chunk_new(ahead, index);
	g_autoptr(iw_source) source = iw_migration_open(migration, IW_UP, &chunk->error);
	g_autoptr(iw_reader) reader = source == NULL ? NULL : iw_reader_new(ahead->engine, source, &migration->up);
	size_t begin = 0;
	while (reader != NULL) {
		struct iw_statement *statement = iw_reader_next(reader, chunk->arena, &chunk->error);
		if (statement == NULL)
			break;
		g_ptr_array_add(chunk->statements, statement);
		if (chunk->statements->len < MOST_STATEMENTS && statement->end - begin < LARGEST)
			continue;
		begin = statement->end;
		if (!give(ahead, chunk))
			return false;
		chunk = chunk_new(ahead, index);
	}
	chunk->is_last = true;
	return give(ahead, chunk);
}

static void *run(void *data)
{
	iw_ahead *ahead = data;
	bool is_wanted = true;
	for (guint i = 0; is_wanted && i < ahead->count; i++)
		is_wanted = read_migration(ahead, i);
	g_mutex_lock(&ahead->mutex);
	ahead->is_done = true;
	g_cond_broadcast(&ahead->changed);
	g_mutex_unlock(&ahead->mutex);
	return NULL;
}

iw_ahead *iw_ahead_new(struct iw_engine engine, GPtrArray *migrations, guint count)
{
	iw_ahead *ahead = g_new0(iw_ahead, 1);
	ahead->engine = engine;
	ahead->migrations = migrations;
	ahead->count = count;
	ahead->is_wanted = true;
	g_mutex_init(&ahead->mutex);
	g_cond_init(&ahead->changed);
	g_queue_init(&ahead->chunks);
	g_queue_init(&ahead->used);
	ahead->thread = g_thread_new("reader", run, ahead);
	return ahead;
}

struct iw_chunk *iw_ahead_next(iw_ahead *ahead)
{
	g_mutex_lock(&ahead->mutex);
	while (ahead->chunks.length == 0 && !ahead->is_done)
		g_cond_wait(&ahead->changed, &ahead->mutex);
	struct iw_chunk *chunk = g_queue_pop_head(&ahead->chunks);
	/* The reader sleeps when as many wait as may. */
	if (ahead->chunks.length == MOST_WAITING - WORTH_WAKING)
		g_cond_broadcast(&ahead->changed);
	g_mutex_unlock(&ahead->mutex);
	return chunk;
}

void iw_ahead_free(iw_ahead *ahead)
{
	if (ahead == NULL)
		return;
	g_mutex_lock(&ahead->mutex);
	ahead->is_wanted = false;
	g_cond_broadcast(&ahead->changed);
	g_mutex_unlock(&ahead->mutex);
	g_thread_join(ahead->thread);
	g_queue_clear_full(&ahead->chunks, (GDestroyNotify)chunk_free);
	g_queue_clear_full(&ahead->used, (GDestroyNotify)chunk_free);
	g_mutex_clear(&ahead->mutex);
	g_cond_clear(&ahead->changed);
	g_free(ahead);
}
