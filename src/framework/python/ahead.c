/*
 * Parsing ahead by threads; see ahead.h. Files are taken in blocks, in order, by threads and by who loads: one that
 * waits for a block that another has taken parses the next one meanwhile.
 */
#include "framework/python/python_internal.h"

enum {
	BLOCK = 16, /* files */
	FEWEST = 4 * BLOCK,
	MOST_THREADS = 3,
	WINDOW = 4 * MOST_THREADS, /* blocks parsed beyond the one that is loaded */
};

struct block {
	iw_py_ahead *ahead;
	gint references; /* the list's, its taker's until it is done, and one for each module that was loaded */
	iw_arena *arena;
	struct py_names names;
	bool is_done;
	struct py_parsed files[BLOCK];
};

/* `mutex` guards all but what a block holds, which is its taker's until it is done, and then its loader's. */
struct iw_py_ahead {
	GMutex mutex;
	GCond changed;
	GThread *threads[MOST_THREADS];
	guint thread_count;
	GPtrArray *paths, *shown;
	GHashTable *indexes;  /* char * path -> index + 1 */
	GPtrArray *blocks;    /* struct block *; NULL: nobody has taken it, or it is done with */
	guint next;	      /* the first that nobody has taken */
	guint wanted;	      /* the one that is loaded */
	struct block *loaded; /* that one; only of who loads */
	GQueue spare;	      /* struct block *: nobody needs them, their memory is used again */
	guint waiting;	      /* who waits for `changed` */
	bool is_stopped;
};

/* Blocks ---------------------------------------------------------------------------------------------------------- */

static void clear_file(struct py_parsed *file)
{
	iw_source_unref(g_steal_pointer(&file->source));
	g_clear_error(&file->error);
}

static void free_block(void *data)
{
	struct block *block = data;
	iw_arena_free(block->arena);
	g_free(block);
}

/* With `mutex` held. */
static void release(struct block *block)
{
	if (!g_atomic_int_dec_and_test(&block->references))
		return;
	for (guint i = 0; i < BLOCK; i++)
		clear_file(&block->files[i]);
	g_queue_push_head(&block->ahead->spare, block);
}

static void unref_block(void *data)
{
	struct block *block = data;
	if (block == NULL)
		return;
	g_mutex_lock(&block->ahead->mutex);
	release(block);
	g_mutex_unlock(&block->ahead->mutex);
}

/* With `mutex` held. */
static struct block *take_block(iw_py_ahead *ahead, guint index)
{
	struct block *block = g_queue_pop_head(&ahead->spare);
	if (block == NULL) {
		block = g_new0(struct block, 1);
		block->ahead = ahead;
	}
	block->references = 2;
	block->is_done = false;
	ahead->blocks->pdata[index] = block;
	ahead->next = index + 1;
	return block;
}

/* With `mutex` held. */
static void wait_for_change(iw_py_ahead *ahead)
{
	ahead->waiting++;
	g_cond_wait(&ahead->changed, &ahead->mutex);
	ahead->waiting--;
}

static void say_change(iw_py_ahead *ahead)
{
	if (ahead->waiting > 0)
		g_cond_broadcast(&ahead->changed);
}

/* With `mutex` held, which is given back meanwhile. */
static void parse_block(iw_py_ahead *ahead, guint index)
{
	struct block *block = take_block(ahead, index);
	g_mutex_unlock(&ahead->mutex);
	if (block->arena == NULL)
		block->arena = iw_arena_new();
	iw_arena_reset(block->arena);
	block->names = (struct py_names){.arena = block->arena};
	for (guint i = 0; i < BLOCK && index * BLOCK + i < ahead->paths->len; i++)
		iw_py_parse_file(&block->names, ahead->paths->pdata[index * BLOCK + i],
				 ahead->shown->pdata[index * BLOCK + i], &block->files[i]);
	g_mutex_lock(&ahead->mutex);
	block->is_done = true;
	say_change(ahead);
	release(block);
}

/* Threads --------------------------------------------------------------------------------------------------------- */

static bool is_any_left(const iw_py_ahead *ahead)
{
	return !ahead->is_stopped && ahead->next < ahead->blocks->len;
}

static void *parse_blocks(void *data)
{
	iw_py_ahead *ahead = data;
	g_mutex_lock(&ahead->mutex);
	while (is_any_left(ahead)) {
		if (ahead->next <= ahead->wanted + WINDOW)
			parse_block(ahead, ahead->next);
		else
			wait_for_change(ahead);
	}
	g_mutex_unlock(&ahead->mutex);
	return NULL;
}

static void free_ahead(void *data)
{
	iw_py_ahead *ahead = data;
	iw_py_ahead_stop(ahead);
	g_queue_clear_full(&ahead->spare, free_block);
	g_mutex_clear(&ahead->mutex);
	g_cond_clear(&ahead->changed);
	g_free(ahead);
}

iw_py_ahead *iw_py_ahead_new(iw_arena *owner)
{
	iw_py_ahead *ahead = g_new0(iw_py_ahead, 1);
	g_mutex_init(&ahead->mutex);
	g_cond_init(&ahead->changed);
	g_queue_init(&ahead->spare);
	iw_arena_defer(owner, free_ahead, ahead);
	return ahead;
}

void iw_py_ahead_start(iw_py_ahead *ahead, const GPtrArray *paths, const GPtrArray *shown)
{
	iw_py_ahead_stop(ahead);
	guint threads = MIN(g_get_num_processors() - 1, MOST_THREADS);
	if (paths->len < FEWEST || threads == 0)
		return;
	ahead->paths = g_ptr_array_copy((GPtrArray *)paths, NULL, NULL);
	ahead->shown = g_ptr_array_copy((GPtrArray *)shown, NULL, NULL);
	ahead->indexes = g_hash_table_new(g_str_hash, g_str_equal);
	for (guint i = 0; i < paths->len; i++)
		g_hash_table_insert(ahead->indexes, paths->pdata[i], GUINT_TO_POINTER(i + 1));
	ahead->blocks = g_ptr_array_new_with_free_func(unref_block);
	g_ptr_array_set_size(ahead->blocks, (gint)((paths->len + BLOCK - 1) / BLOCK));
	ahead->next = ahead->wanted = 0;
	ahead->is_stopped = false;
	for (guint i = 0; i < threads; i++) {
		GThread *thread = g_thread_try_new("parser", parse_blocks, ahead, NULL);
		if (thread != NULL)
			ahead->threads[ahead->thread_count++] = thread;
	}
}

void iw_py_ahead_stop(iw_py_ahead *ahead)
{
	g_mutex_lock(&ahead->mutex);
	ahead->is_stopped = true;
	ahead->loaded = NULL;
	g_cond_broadcast(&ahead->changed);
	g_mutex_unlock(&ahead->mutex);
	for (; ahead->thread_count > 0; ahead->thread_count--)
		g_thread_join(ahead->threads[ahead->thread_count - 1]);
	g_clear_pointer(&ahead->blocks, g_ptr_array_unref);
	g_clear_pointer(&ahead->indexes, g_hash_table_unref);
	g_clear_pointer(&ahead->paths, g_ptr_array_unref);
	g_clear_pointer(&ahead->shown, g_ptr_array_unref);
}

/* Loading --------------------------------------------------------------------------------------------------------- */

/* With `mutex` held: the block, done. */
static struct block *want_block(iw_py_ahead *ahead, guint index)
{
	ahead->wanted = index;
	say_change(ahead);
	if (index >= ahead->next)
		parse_block(ahead, index);
	struct block *block = ahead->blocks->pdata[index];
	while (!block->is_done) {
		if (is_any_left(ahead) && ahead->next <= index + WINDOW)
			parse_block(ahead, ahead->next);
		else
			wait_for_change(ahead);
	}
	return block;
}

/* The block; those before it are done with. */
static struct block *load_block(iw_py_ahead *ahead, guint index)
{
	if (ahead->loaded != NULL && ahead->wanted == index)
		return ahead->loaded;
	for (guint i = ahead->wanted; i < index; i++)
		unref_block(g_steal_pointer(&ahead->blocks->pdata[i]));
	g_mutex_lock(&ahead->mutex);
	ahead->loaded = want_block(ahead, index);
	g_mutex_unlock(&ahead->mutex);
	return ahead->loaded;
}

bool iw_py_ahead_take(iw_py_ahead *ahead, iw_arena *arena, const char *path, struct py_parsed *parsed)
{
	guint index = ahead == NULL || ahead->blocks == NULL
			      ? 0
			      : GPOINTER_TO_UINT(g_hash_table_lookup(ahead->indexes, path));
	if (index == 0 || (index - 1) / BLOCK < ahead->wanted)
		return false;
	struct block *block = load_block(ahead, (index - 1) / BLOCK);
	struct py_parsed *file = &block->files[(index - 1) % BLOCK];
	if (file->source == NULL && file->error == NULL)
		return false; /* it was taken before */
	*parsed = *file;
	*file = (struct py_parsed){0};
	if (parsed->tree != NULL) {
		g_atomic_int_inc(&block->references);
		iw_arena_defer(arena, unref_block, block);
	}
	if (index == ahead->paths->len)
		iw_py_ahead_stop(ahead);
	return true;
}
