/* Arena allocation in growing blocks; see arena.h. */
#include "base/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum {
	FIRST_BLOCK = 4096,
	LARGEST_BLOCK = 256 * 1024,
	OWN_BLOCK = LARGEST_BLOCK / 4, /* from this size on a request gets a block of its own */
	ALIGNMENT = 8,		       /* enough for pointers, integers and doubles: all that is described here */
	SHARED_TEXTS = 512,
	SHARED_PARTS = 256,
	LONGEST_SHARED = 64,
	CONTAINERS = 15,
};

struct block {
	struct block *next;
	size_t size; /* bytes usable in data */
	_Alignas(ALIGNMENT) char data[];
};

struct shared_struct {
	size_t size;
	const void *bytes;
};

/* A list of containers, 8 bytes for each. */
struct containers {
	struct containers *next;
	guint count;
	void *items[CONTAINERS];
};

struct deferred {
	struct deferred *next;
	GDestroyNotify destroy;
	void *data;
};

/* Structs grow from the front of the newest block, texts, which need no alignment, from its back. */
struct iw_arena {
	struct block *blocks; /* newest first */
	size_t front, back;   /* what is free of the newest block */
	size_t total;
	struct deferred *deferred;
	struct containers *arrays, *hash_tables;
	const char **shared; /* SHARED_TEXTS of the texts that iw_arena_share() gave last; NULL: none yet */
	struct shared_struct *shared_structs; /* SHARED_PARTS of iw_arena_share_struct(); NULL: none yet */
	GPtrArray **shared_lists;	      /* the same of iw_arena_share_list() */
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
	for (struct containers *some = arena->arrays; some != NULL; some = some->next)
		for (guint i = 0; i < some->count; i++)
			g_ptr_array_unref(some->items[i]);
	for (struct containers *some = arena->hash_tables; some != NULL; some = some->next)
		for (guint i = 0; i < some->count; i++)
			g_hash_table_unref(some->items[i]);
	arena->arrays = arena->hash_tables = NULL;
	arena->shared = NULL;
	arena->shared_structs = NULL;
	arena->shared_lists = NULL;
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
	arena->front = arena->back = arena->total = 0;
	if (arena->blocks == NULL)
		return;
	free_blocks(arena->blocks->next);
	arena->blocks->next = NULL;
	if (arena->blocks->size > LARGEST_BLOCK) {
		free_blocks(arena->blocks);
		arena->blocks = NULL;
		return;
	}
	arena->back = arena->total = arena->blocks->size;
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
	arena->front = 0;
	arena->back = block->size;
	arena->total += block->size;
}

/* What is left of the newest block stays in use. */
static void *take_own_block(iw_arena *arena, size_t size)
{
	struct block *block = block_new(size);
	block->next = arena->blocks->next;
	arena->blocks->next = block;
	arena->total += size;
	return block->data;
}

static void *take(iw_arena *arena, size_t size)
{
	g_assert(size <= SIZE_MAX / 2);
	size_t rounded = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
	if (arena->back - arena->front < rounded) {
		if (rounded >= OWN_BLOCK && arena->blocks != NULL)
			return take_own_block(arena, rounded);
		add_block(arena, rounded);
	}
	void *memory = arena->blocks->data + arena->front;
	arena->front += rounded;
	return memory;
}

static char *take_text(iw_arena *arena, size_t size)
{
	g_assert(size <= SIZE_MAX / 2);
	if (arena->back - arena->front < size + ALIGNMENT)
		return take(arena, size);
	arena->back -= size;
	return arena->blocks->data + arena->back;
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
	char *copy = take_text(arena, length + 1);
	if (length > 0)
		memcpy(copy, text, length);
	copy[length] = '\0';
	return copy;
}

char *iw_arena_strdup(iw_arena *arena, const char *text)
{
	return text == NULL ? NULL : iw_arena_strndup(arena, text, strlen(text));
}

char *iw_arena_join(iw_arena *arena, const char *a, const char *b, const char *c)
{
	size_t first = strlen(a), second = strlen(b), third = strlen(c);
	char *text = take_text(arena, first + second + third + 1);
	memcpy(text, a, first);
	memcpy(text + first, b, second);
	memcpy(text + first + second, c, third + 1);
	return text;
}

char *iw_arena_printf(iw_arena *arena, const char *format, ...)
{
	char small[256]; /* most fit */
	va_list arguments;
	va_start(arguments, format);
	int length = vsnprintf(small, sizeof small, format, arguments);
	va_end(arguments);
	if (length >= 0 && (size_t)length < sizeof small)
		return iw_arena_strndup(arena, small, (size_t)length);
	va_start(arguments, format);
	g_autofree char *text = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	return iw_arena_strdup(arena, text);
}

const char *iw_arena_share(iw_arena *arena, const char *text)
{
	size_t length = text == NULL ? 0 : strlen(text);
	if (length > LONGEST_SHARED || text == NULL)
		return iw_arena_strdup(arena, text);
	if (arena->shared == NULL)
		arena->shared = iw_arena_alloc(arena, SHARED_TEXTS * sizeof *arena->shared);
	const char **known = &arena->shared[g_str_hash(text) % SHARED_TEXTS];
	if (*known == NULL || strcmp(*known, text) != 0)
		*known = iw_arena_strndup(arena, text, length);
	return *known;
}

static guint hash_words(const void *bytes, size_t size)
{
	const guint64 *words = bytes;
	guint64 hash = size;
	for (size_t i = 0; i < size / sizeof *words; i++)
		hash = (hash ^ words[i]) * 0x9E3779B97F4A7C15;
	return (guint)(hash >> 40);
}

const void *iw_arena_share_struct(iw_arena *arena, const void *bytes, size_t size)
{
	if (arena->shared_structs == NULL)
		arena->shared_structs = iw_arena_alloc(arena, SHARED_PARTS * sizeof *arena->shared_structs);
	struct shared_struct *known = &arena->shared_structs[hash_words(bytes, size) % SHARED_PARTS];
	if (known->size != size || memcmp(known->bytes, bytes, size) != 0)
		*known = (struct shared_struct){size, iw_arena_memdup(arena, bytes, size)};
	return known->bytes;
}

GPtrArray *iw_arena_share_list(iw_arena *arena, void *const *items, guint count)
{
	if (arena->shared_lists == NULL)
		arena->shared_lists = iw_arena_alloc(arena, SHARED_PARTS * sizeof *arena->shared_lists);
	size_t size = count * sizeof *items;
	GPtrArray **known = &arena->shared_lists[hash_words(items, size) % SHARED_PARTS];
	if (*known != NULL && (*known)->len == count && (count == 0 || memcmp((*known)->pdata, items, size) == 0))
		return *known;
	*known = iw_new(arena, GPtrArray);
	(*known)->len = count;
	(*known)->pdata = iw_arena_memdup(arena, items, size);
	return *known;
}

void iw_arena_defer(iw_arena *arena, GDestroyNotify destroy, void *data)
{
	struct deferred *deferred = iw_new(arena, struct deferred);
	*deferred = (struct deferred){arena->deferred, destroy, data};
	arena->deferred = deferred;
}

static void keep_container(iw_arena *arena, struct containers **list, void *container)
{
	struct containers *some = *list;
	if (some == NULL || some->count == CONTAINERS) {
		some = take(arena, sizeof *some);
		some->next = *list;
		some->count = 0;
		*list = some;
	}
	some->items[some->count++] = container;
}

GPtrArray *iw_arena_ptr_array(iw_arena *arena)
{
	GPtrArray *array = g_ptr_array_new();
	keep_container(arena, &arena->arrays, array);
	return array;
}

GHashTable *iw_arena_hash_table(iw_arena *arena, GHashFunc hash, GEqualFunc equal)
{
	GHashTable *table = g_hash_table_new(hash, equal);
	keep_container(arena, &arena->hash_tables, table);
	return table;
}
