/*
 * Parsing ahead: the files of a list are read and parsed by threads while their modules are evaluated in order.
 *
 *  1. iw_py_ahead_new(), into struct iw_py_options of the evaluators that load the files;
 *  2. iw_py_ahead_start() with the list; iw_py_load() of a file of it takes what was parsed, and parses itself where
 *     nobody has begun to;
 *  3. iw_py_ahead_stop(), the next start, or the last file of the list.
 *
 * What is loaded, and what is said of it, is what it would be without threads.
 */
#pragma once

#include "base/arena.h"
#include "base/source.h"

typedef struct iw_py_ahead iw_py_ahead;

iw_py_ahead *iw_py_ahead_new(iw_arena *owner);
/* char *, absolute paths and how they are shown, in the order in which they will be loaded. The texts stay until the
 * stop; the arrays need not. A short list is left to who loads it. */
void iw_py_ahead_start(iw_py_ahead *ahead, const GPtrArray *paths, const GPtrArray *shown);
void iw_py_ahead_stop(iw_py_ahead *ahead);
