/* Quoting: identifiers quoted only when they must be, literals safe whatever standard_conforming_strings says. */
#pragma once

#include "base/arena.h"

const char *iw_pg_quote(iw_arena *arena, const char *identifier);
const char *iw_pg_quote_literal(iw_arena *arena, const char *text);
