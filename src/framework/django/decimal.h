/* Decimals of Python, as text: Django's defaults of DecimalField are these. Texts are in the arena. */
#pragma once

#include "base/arena.h"

#include <stdbool.h>

/* str(Decimal(text)); NULL: no decimal, or not a finite one. */
const char *iw_decimal_text(iw_arena *arena, const char *text);
/* format(Decimal(text), "f") */
const char *iw_decimal_plain(iw_arena *arena, const char *text);
/* django.db.backends.utils.format_number(); NULL: it does not fit. max_digits -1: any. */
const char *iw_decimal_quantize(iw_arena *arena, const char *text, int max_digits, int decimal_places);
/* Context(prec=precision).create_decimal_from_float(number) as str() has it. */
const char *iw_decimal_of_float(iw_arena *arena, double number, int precision);
