/* Arena allocation in growing blocks; see arena.h. */
#include "base/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { FIRST_BLOCK = 4096, LARGEST_BLOCK = 256 * 1024, ALIGNMENT = 16 };

struct block {
	struct block *next;
	size_t size; /* bytes usable in data */
	_Alignas(ALIGNMENT) char data[];
};

struct deferred {
	struct deferred *next;
	GDestroyNotify destroy;
	void *data;
};

struct iw_arena {
	struct block *blocks; /* newest first */
	size_t used;	      /* of the newest block */
	size_t total;
	struct deferred *deferred;
};

static struct block *block_new(size_t size)
{
	struct block *block = g_malloc(sizeof *block + size);
	block->next = NULL;
	block->size = size;
	return block;
}

iw_arena *iw_arena_new(void)
{
	return g_new0(iw_arena, 1);
}

static void run_deferred(iw_arena *arena)
{
	/* A destroy function may not allocate from the arena: the list is taken off first. */
	struct deferred *deferred = arena->deferred;
	arena->deferred = NULL;
	for (; deferred != NULL; deferred = deferred->next)
		deferred->destroy(deferred->data);
}

static void free_blocks(struct block *block)
{
	while (block != NULL) {
		struct block *next = block->next;
		g_free(block);
		block = next;
	}
}

void iw_arena_free(iw_arena *arena)
{
	if (arena == NULL)
		return;
	run_deferred(arena);
	free_blocks(arena->blocks);
	g_free(arena);
}

void iw_arena_reset(iw_arena *arena)
{
	run_deferred(arena);
	arena->used = 0;
	arena->total = 0;
	if (arena->blocks == NULL)
		return;
	free_blocks(arena->blocks->next);
	arena->blocks->next = NULL;
	if (arena->blocks->size > LARGEST_BLOCK) {
		free_blocks(arena->blocks);
		arena->blocks = NULL;
		return;
	}
	arena->total = arena->blocks->size;
}

size_t iw_arena_size(const iw_arena *arena)
{
	return arena->total;
}

static void add_block(iw_arena *arena, size_t wanted)
{
	size_t size = arena->blocks == NULL ? FIRST_BLOCK : MIN(arena->blocks->size * 2, (size_t)LARGEST_BLOCK);
	struct block *block = block_new(MAX(size, wanted));
	block->next = arena->blocks;
	arena->blocks = block;
	arena->used = 0;
	arena->total += block->size;
}

static void *take(iw_arena *arena, size_t size)
{
	g_assert(size <= SIZE_MAX / 2);
	size_t rounded = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
	if (arena->blocks == NULL || arena->blocks->size - arena->used < rounded)
		add_block(arena, rounded);
	void *memory = arena->blocks->data + arena->used;
	arena->used += rounded;
	return memory;
}

void *iw_arena_alloc(iw_arena *arena, size_t size)
{
	return memset(take(arena, MAX(size, 1)), 0, size);
}

void *iw_arena_memdup(iw_arena *arena, const void *bytes, size_t size)
{
	void *copy = take(arena, MAX(size, 1));
	if (size > 0)
		memcpy(copy, bytes, size);
	return copy;
}

char *iw_arena_strndup(iw_arena *arena, const char *text, size_t length)
{
	char *copy = take(arena, length + 1);
	if (length > 0)
		memcpy(copy, text, length);
	copy[length] = '\0';
	return copy;
}

char *iw_arena_strdup(iw_arena *arena, const char *text)
{
	return text == NULL ? NULL : iw_arena_strndup(arena, text, strlen(text));
}

char *iw_arena_printf(iw_arena *arena, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	g_autofree char *text = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	return iw_arena_strdup(arena, text);
}

void iw_arena_defer(iw_arena *arena, GDestroyNotify destroy, void *data)
{
	struct deferred *deferred = iw_new(arena, struct deferred);
	*deferred = (struct deferred){arena->deferred, destroy, data};
	arena->deferred = deferred;
}

GPtrArray *iw_arena_ptr_array(iw_arena *arena)
{
	GPtrArray *array = g_ptr_array_new();
	iw_arena_defer(arena, (GDestroyNotify)g_ptr_array_unref, array);
	return array;
}

GHashTable *iw_arena_hash_table(iw_arena *arena, GHashFunc hash, GEqualFunc equal)
{
	GHashTable *table = g_hash_table_new(hash, equal);
	iw_arena_defer(arena, (GDestroyNotify)g_hash_table_unref, table);
	return table;
}
