/* Conditions of CHECK constraints taken apart; private to facts/. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* char *, owned by the array: the parts of `text` that AND joins, in normal form (lower case, single blanks, no outer
 * parentheses). A part with OR stays whole. */
GPtrArray *iw_conjuncts(const char *text);
