/*
 * Constants in a normal form: a literal that the server has read and printed again equals what the author wrote.
 * '10' and 10, 'true' and true, '1 hour' and '01:00:00', '{"b": 1, "a":2}' and '{"a": 2, "b": 1}' are the same.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* What a literal is known to become. */
enum pg_hint {
	PG_HINT_NONE,
	PG_HINT_BOOLEAN,
	PG_HINT_NAME, /* of a relation: regclass */
};

/* A plain decimal number as numeric prints it: no leading zeros, no exponent, no plus sign. */
bool iw_pg_is_number(const char *text);
/* Of a number token: .5, 1e3, 007 in its plain form. */
void iw_pg_write_number(GString *out, const char *text);
/* b0101 and x1F, as the parser gives them. */
void iw_pg_write_bits(GString *out, const char *text);
/* A string literal, quoted where it does not turn out to be a number or a boolean. */
void iw_pg_write_string(GString *out, const char *text, enum pg_hint hint);
