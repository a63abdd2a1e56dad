/* Decimals of Python as text: what decimal.Decimal() reads, how str(), format() and quantize() write it; see decimal.h.
 */
#include "framework/django/decimal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_DIGITS = 400 };

/* A coefficient of decimal digits, an exponent, a sign. */
struct parts {
	bool is_negative;
	char digits[MOST_DIGITS + 2]; /* without leading zeros, but "0" */
	int exponent;
};

static bool read_parts(const char *text, struct parts *parts)
{
	g_autofree char *copy = g_strstrip(g_strdup(text));
	const char *at = copy;
	size_t count = 0;
	bool has_digit = false, is_fraction = false;
	*parts = (struct parts){0};
	parts->is_negative = *at == '-';
	at += *at == '-' || *at == '+';
	for (; g_ascii_isdigit(*at) || (*at == '.' && !is_fraction) || (*at == '_' && has_digit); at++) {
		if (*at == '_')
			continue;
		if (*at == '.') {
			is_fraction = true;
			continue;
		}
		has_digit = true;
		parts->exponent -= is_fraction;
		if (count == 0 && *at == '0')
			continue;
		if (count == MOST_DIGITS)
			return false;
		parts->digits[count++] = *at;
	}
	if (count == 0)
		parts->digits[0] = '0';
	if (has_digit && (*at == 'e' || *at == 'E')) {
		char *end = NULL;
		gint64 exponent = g_ascii_strtoll(at + 1, &end, 10);
		if (end == at + 1 || exponent < -9999 || exponent > 9999)
			return false;
		parts->exponent += (int)exponent;
		at = end;
	}
	return has_digit && *at == '\0';
}

/* str(Decimal): scientific where the exponent asks for it. */
static const char *write_parts(iw_arena *arena, const struct parts *parts)
{
	int count = (int)strlen(parts->digits), left = parts->exponent + count;
	bool is_plain = parts->exponent <= 0 && left > -6;
	int dot = is_plain ? left : 1;
	g_autoptr(GString) out = g_string_new(parts->is_negative ? "-" : "");
	if (dot <= 0) {
		g_string_append(out, "0.");
		for (int i = dot; i < 0; i++)
			g_string_append_c(out, '0');
		g_string_append(out, parts->digits);
	} else {
		g_string_append_len(out, parts->digits, MIN(dot, count));
		if (dot < count)
			g_string_append_printf(out, ".%s", parts->digits + dot);
	}
	if (left != dot)
		g_string_append_printf(out, "E%+d", left - dot);
	return iw_arena_strdup(arena, out->str);
}

const char *iw_decimal_text(iw_arena *arena, const char *text)
{
	struct parts parts;
	return read_parts(text, &parts) ? write_parts(arena, &parts) : NULL;
}

/* format(value, "f") */
const char *iw_decimal_plain(iw_arena *arena, const char *text)
{
	struct parts parts;
	if (!read_parts(text, &parts))
		return NULL;
	g_autoptr(GString) out = g_string_new(parts.is_negative ? "-" : "");
	int count = (int)strlen(parts.digits), dot = count + parts.exponent;
	if (dot <= 0) {
		g_string_append(out, "0.");
		for (int i = dot; i < 0; i++)
			g_string_append_c(out, '0');
		g_string_append(out, parts.digits);
	} else {
		g_string_append_len(out, parts.digits, MIN(dot, count));
		for (int i = count; i < dot && strcmp(parts.digits, "0") != 0; i++)
			g_string_append_c(out, '0');
		if (dot < count)
			g_string_append_printf(out, ".%s", parts.digits + dot);
	}
	return iw_arena_strdup(arena, out->str);
}

/* Half to even, at `keep` digits of the coefficient (0 or less: nothing is left). */
static void round_to(struct parts *parts, int keep)
{
	int count = (int)strlen(parts->digits);
	int dropped = count - keep;
	bool is_up = false;
	if (keep >= 0) {
		char first = parts->digits[keep];
		bool is_exact = strspn(parts->digits + keep + 1, "0") == strlen(parts->digits + keep + 1);
		bool is_odd = keep > 0 && (parts->digits[keep - 1] - '0') % 2 == 1;
		is_up = first > '5' || (first == '5' && (!is_exact || is_odd));
	}
	parts->exponent += dropped;
	if (keep <= 0) {
		strcpy(parts->digits, is_up ? "1" : "0");
		return;
	}
	parts->digits[keep] = '\0';
	int at = keep - 1;
	for (; is_up && at >= 0 && parts->digits[at] == '9'; at--)
		parts->digits[at] = '0';
	if (is_up && at >= 0)
		parts->digits[at]++;
	if (is_up && at < 0) {
		memmove(parts->digits + 1, parts->digits, (size_t)keep + 1);
		parts->digits[0] = '1';
	}
}

const char *iw_decimal_quantize(iw_arena *arena, const char *text, int max_digits, int decimal_places)
{
	struct parts parts;
	if (!read_parts(text, &parts))
		return NULL;
	int count = (int)strlen(parts.digits);
	if (parts.exponent < -decimal_places) {
		round_to(&parts, count - (-decimal_places - parts.exponent));
	} else if (strcmp(parts.digits, "0") == 0) {
		parts.exponent = -decimal_places;
	} else {
		for (; parts.exponent > -decimal_places; parts.exponent--) {
			if (count == MOST_DIGITS)
				return NULL;
			parts.digits[count++] = '0';
			parts.digits[count] = '\0';
		}
	}
	bool is_zero = strcmp(parts.digits, "0") == 0;
	if (max_digits >= 0 && !is_zero && (int)strlen(parts.digits) > max_digits)
		return NULL; /* Python raises InvalidOperation */
	return iw_decimal_plain(arena, write_parts(arena, &parts));
}

const char *iw_decimal_of_float(iw_arena *arena, double number, int precision)
{
	char exact[1200];
	struct parts parts;
	if (!isfinite(number))
		return NULL;
	/* All digits that the number has, then without the zeros behind them. */
	snprintf(exact, sizeof exact, "%.*e", MOST_DIGITS - 2, number);
	if (!read_parts(exact, &parts))
		return NULL;
	int count = (int)strlen(parts.digits);
	if (number == 0)
		parts.exponent = 0;
	while (count > 1 && parts.digits[count - 1] == '0' && parts.exponent < 0) {
		parts.digits[--count] = '\0';
		parts.exponent++;
	}
	if (count > precision)
		round_to(&parts, precision);
	if ((int)strlen(parts.digits) > precision) { /* 9.99 became 10.0 */
		parts.digits[precision] = '\0';
		parts.exponent++;
	}
	return write_parts(arena, &parts);
}
