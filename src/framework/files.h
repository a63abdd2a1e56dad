/*
 * Files of a project: listing folders, joining and showing paths, opening sources that live as long as an arena.
 * Paths are absolute and normalised unless said otherwise; "shown" paths are relative to the working directory.
 */
#pragma once

#include "base/source.h"
#include "base/arena.h"

#include <stdbool.h>

/* One entry of a folder; symbolic links are followed (a link to nothing is neither folder nor file). */
struct iw_entry {
	const char *name;
	bool is_directory, is_file;
	bool is_link;
};

/* struct iw_entry *, by the bytes of their names. Errors: IW_ERROR_INPUT. */
GPtrArray *iw_directory_list(iw_arena *arena, const char *path, GError **error);

/* The entry of that name; NULL: there is none. */
const struct iw_entry *iw_directory_find(const GPtrArray *entries, const char *name);

bool iw_path_is_file(const char *path);
bool iw_path_is_directory(const char *path);
/* `name` from the folder `base`, "." and ".." taken out; an absolute name stays. */
const char *iw_path_join(iw_arena *arena, const char *base, const char *name);
const char *iw_path_parent(iw_arena *arena, const char *path);
/* Relative to the working directory where that is shorter; valid UTF-8 (other bytes are shown as U+FFFD). */
const char *iw_path_shown(iw_arena *arena, const char *path);
/* The first of the NULL-terminated `names` that is a file in `directory`, as an absolute path; NULL: none. */
const char *iw_path_first_file(iw_arena *arena, const char *directory, const char *const *names);
/* The topmost folder to look in: the nearest one upwards that holds ".git", else the highest one with a package.json,
 * go.mod or their like, else `directory` itself. */
const char *iw_path_repository(iw_arena *arena, const char *directory);

/* Opened with its shown path, kept until the arena is freed. Errors: IW_ERROR_INPUT. */
iw_source *iw_arena_source(iw_arena *arena, const char *path, GError **error);
/* Lower-case hexadecimal SHA-256 of `length` bytes. */
const char *iw_sha256(iw_arena *arena, const char *bytes, size_t length);
