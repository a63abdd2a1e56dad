/*
 * Arena: memory for everything that describes (statements, operations, schemas, findings, plans).
 *
 *  1. iw_arena_new();
 *  2. allocate from it; nothing is freed by hand; all memory is zeroed;
 *  3. iw_arena_free() (or g_autoptr(iw_arena)) frees all of it at once, GLib containers included.
 *
 * Not for things that are alive (connections, files, processes): those are g_autoptr objects.
 * An arena belongs to one thread at a time. Running out of memory aborts, as GLib does.
 */
#pragma once

#include <glib.h>
#include <stddef.h>

typedef struct iw_arena iw_arena;

iw_arena *iw_arena_new(void);
void iw_arena_free(iw_arena *arena);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(iw_arena, iw_arena_free)

/* Forgets all that was allocated and keeps one block for reuse: for loops over statements. */
void iw_arena_reset(iw_arena *arena);
/* Bytes held from the system, for tests and reports. */
size_t iw_arena_size(const iw_arena *arena);

void *iw_arena_alloc(iw_arena *arena, size_t size);
void *iw_arena_memdup(iw_arena *arena, const void *bytes, size_t size);
/* NULL in, NULL out. */
char *iw_arena_strdup(iw_arena *arena, const char *text);
/* A copy that is never changed: where the same text was copied lately, that copy. For descriptions that repeat few
 * words. */
const char *iw_arena_share(iw_arena *arena, const char *text);
/* The same of a struct whose pointers are shared themselves. `size` is a multiple of a pointer's. */
const void *iw_arena_share_struct(iw_arena *arena, const void *bytes, size_t size);
/* The same of a list of such pointers. It has `pdata` and `len` and is nothing for the functions of GPtrArray. */
GPtrArray *iw_arena_share_list(iw_arena *arena, void *const *items, guint count);
/* Copies exactly `length` bytes and ends them with NUL. */
char *iw_arena_strndup(iw_arena *arena, const char *text, size_t length);
/* The three texts, one after another: what is done for each of ten thousand files. */
char *iw_arena_join(iw_arena *arena, const char *a, const char *b, const char *c);
char *iw_arena_printf(iw_arena *arena, const char *format, ...) G_GNUC_PRINTF(2, 3);

#define iw_new(arena, type) ((type *)iw_arena_alloc((arena), sizeof(type)))

/* Containers registered with the arena at birth; they own nothing they point to. */
GPtrArray *iw_arena_ptr_array(iw_arena *arena);
GHashTable *iw_arena_hash_table(iw_arena *arena, GHashFunc hash, GEqualFunc equal);
/* Runs `destroy(data)` when the arena is freed or reset, last registered first, before the containers go. */
void iw_arena_defer(iw_arena *arena, GDestroyNotify destroy, void *data);
