/* Constants in a normal form; see constant.h. */
#include "sql/postgres/constant.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

bool iw_pg_is_number(const char *text)
{
	if (*text == '-')
		text++;
	if (!g_ascii_isdigit(*text) || (text[0] == '0' && g_ascii_isdigit(text[1])))
		return false;
	while (g_ascii_isdigit(*text))
		text++;
	if (*text == '.' && g_ascii_isdigit(text[1]))
		for (text++; g_ascii_isdigit(*text);)
			text++;
	return *text == '\0';
}

/* Digits with the decimal point moved by the exponent. */
static void write_shifted(GString *out, const char *digits, size_t length, long point)
{
	while (length > 0 && *digits == '0' && point > 1) {
		digits++;
		length--;
		point--;
	}
	if (point <= 0) {
		g_string_append(out, "0.");
		for (long i = point; i < 0; i++)
			g_string_append_c(out, '0');
		g_string_append_len(out, digits, (gssize)length);
		return;
	}
	for (size_t i = 0; i < MAX(length, (size_t)point); i++) {
		if ((long)i == point)
			g_string_append_c(out, '.');
		g_string_append_c(out, i < length ? digits[i] : '0');
	}
}

void iw_pg_write_number(GString *out, const char *text)
{
	g_autoptr(GString) digits = g_string_new(NULL);
	long point = -1;
	const char *c = text;
	if (*c == '-') {
		g_string_append_c(out, '-');
		c++;
	}
	for (; g_ascii_isdigit(*c) || *c == '.'; c++) {
		if (*c == '.')
			point = (long)digits->len;
		else
			g_string_append_c(digits, *c);
	}
	if (point < 0)
		point = (long)digits->len;
	long exponent = (*c | 32) == 'e' ? strtol(c + 1, NULL, 10) : 0;
	if (labs(exponent) > 60 || digits->len == 0) {
		g_string_append(out, text);
		return;
	}
	write_shifted(out, digits->str, digits->len, point + exponent);
}

static void write_quoted(GString *out, const char *text)
{
	g_string_append_c(out, '\'');
	for (const char *c = text; *c != '\0'; c++) {
		if (*c == '\'')
			g_string_append_c(out, '\'');
		g_string_append_c(out, *c);
	}
	g_string_append_c(out, '\'');
}

void iw_pg_write_bits(GString *out, const char *text)
{
	g_autoptr(GString) bits = g_string_new(NULL);
	for (const char *c = text + 1; *c != '\0'; c++) {
		if (*text == 'b') {
			g_string_append_c(bits, *c);
			continue;
		}
		int digit = g_ascii_xdigit_value(*c);
		for (int bit = 3; bit >= 0; bit--)
			g_string_append_c(bits, (digit >> bit) & 1 ? '1' : '0');
	}
	iw_pg_write_string(out, bits->str, PG_HINT_NONE);
}

static bool write_boolean(GString *out, const char *text, enum pg_hint hint)
{
	static const char *const words[][2] = {
		{"true", "false"}, {"t", "f"}, {"yes", "no"}, {"y", "n"}, {"on", "off"}, {"1", "0"},
	};
	size_t known = hint == PG_HINT_BOOLEAN ? G_N_ELEMENTS(words) : 1;
	for (size_t i = 0; i < known; i++) {
		for (int value = 0; value < 2; value++) {
			if (g_ascii_strcasecmp(words[i][value], text) != 0)
				continue;
			if (hint != PG_HINT_BOOLEAN && strcmp(words[i][value], text) != 0)
				continue;
			g_string_append(out, value == 0 ? "true" : "false");
			return true;
		}
	}
	return false;
}

/* --- interval: months, days and microseconds, printed as the server's default style does --- */

struct interval {
	gint64 months, days, microseconds;
};

struct unit {
	const char *name; /* singular; a plural 's' is accepted */
	gint64 months, days, microseconds;
};
#define SECOND_US G_GINT64_CONSTANT(1000000)
static const struct unit units[] = {
	{"year", 12, 0, 0},
	{"yr", 12, 0, 0},
	{"month", 1, 0, 0},
	{"mon", 1, 0, 0},
	{"week", 0, 7, 0},
	{"day", 0, 1, 0},
	{"hour", 0, 0, 3600 * SECOND_US},
	{"hr", 0, 0, 3600 * SECOND_US},
	{"minute", 0, 0, 60 * SECOND_US},
	{"min", 0, 0, 60 * SECOND_US},
	{"second", 0, 0, SECOND_US},
	{"sec", 0, 0, SECOND_US},
	{"millisecond", 0, 0, 1000},
	{"decade", 120, 0, 0},
	{"century", 1200, 0, 0},
};

static const struct unit *find_unit(const char *word, size_t length)
{
	for (size_t i = 0; i < G_N_ELEMENTS(units); i++) {
		size_t own = strlen(units[i].name);
		bool is_plural = length == own + 1 && (word[own] | 32) == 's';
		if ((length == own || is_plural) && g_ascii_strncasecmp(units[i].name, word, own) == 0)
			return &units[i];
	}
	return NULL;
}

/* hh:mm[:ss] after its hours have been read. */
static bool read_clock(const char **text, gint64 hours, bool is_negative, struct interval *interval)
{
	char *end;
	gint64 minutes = g_ascii_strtoll(*text + 1, &end, 10);
	gint64 seconds = 0;
	if (end - *text != 3 || minutes > 59)
		return false;
	if (*end == ':') {
		const char *start = end + 1;
		seconds = g_ascii_strtoll(start, &end, 10);
		if (end - start != 2 || *end == '.')
			return false;
	}
	gint64 total = ((hours * 60 + minutes) * 60 + seconds) * SECOND_US;
	interval->microseconds += is_negative ? -total : total;
	*text = end;
	return true;
}

static bool read_part(const char **text, struct interval *interval)
{
	char *end;
	bool is_negative = **text == '-';
	bool is_signed = is_negative || **text == '+';
	if (!g_ascii_isdigit((*text)[is_signed ? 1 : 0]))
		return false;
	gint64 amount = g_ascii_strtoll(*text, &end, 10);
	if (end - *text > 9)
		return false;
	if (*end == ':') {
		*text = end;
		return read_clock(text, ABS(amount), is_negative, interval);
	}
	while (*end == ' ')
		end++;
	size_t length = 0;
	while (g_ascii_isalpha(end[length]))
		length++;
	const struct unit *unit = find_unit(end, length);
	if (unit == NULL)
		return false;
	interval->months += amount * unit->months;
	interval->days += amount * unit->days;
	interval->microseconds += amount * unit->microseconds;
	*text = end + length;
	return true;
}

static bool read_interval(const char *text, struct interval *interval)
{
	int parts = 0;
	while (*text != '\0') {
		if (!read_part(&text, interval) || ++parts > 8)
			return false;
		while (*text == ' ')
			text++;
	}
	return parts > 0;
}

static bool write_interval(GString *out, const char *text)
{
	struct interval interval = {0};
	if (!read_interval(text, &interval))
		return false;
	if (interval.months == 0 && interval.days == 0 && interval.microseconds == 0) {
		g_string_append_c(out, '0');
		return true;
	}
	g_string_append_printf(out, "'%" G_GINT64_FORMAT " mons %" G_GINT64_FORMAT " days %" G_GINT64_FORMAT "'",
			       interval.months, interval.days, interval.microseconds);
	return true;
}

/* --- times, JSON, arrays, names --- */

static bool matches(const char *text, const char *pattern)
{
	for (; *pattern != '\0'; pattern++, text++)
		if (*pattern == '9' ? !g_ascii_isdigit(*text) : *pattern != *text)
			return false;
	return *text == '\0';
}

/* A point in time at midnight is its date; 'T' between date and time is a blank; +00 and Z are not kept apart. */
static bool write_timestamp(GString *out, const char *text)
{
	size_t length = strlen(text);
	if (length < 19 || length > 29)
		return false;
	g_autofree char *copy = g_strdup(text);
	if (copy[10] == 'T')
		copy[10] = ' ';
	if (g_str_has_suffix(copy, "+00:00"))
		copy[length - 6] = '\0';
	else if (g_str_has_suffix(copy, "+00"))
		copy[length - 3] = '\0';
	else if (g_str_has_suffix(copy, "Z"))
		copy[length - 1] = '\0';
	if (!matches(copy, "9999-99-99 99:99:99"))
		return false;
	if (g_str_has_suffix(copy, " 00:00:00"))
		copy[10] = '\0';
	write_quoted(out, copy);
	return true;
}

static bool write_json(GString *out, const char *text)
{
	json_error_t error;
	if (*text != '{' && *text != '[')
		return false;
	json_t *value = json_loads(text, JSON_DECODE_ANY, &error);
	if (value == NULL)
		return false;
	char *dumped = json_dumps(value, JSON_SORT_KEYS | JSON_COMPACT);
	json_decref(value);
	if (dumped == NULL)
		return false;
	write_quoted(out, dumped);
	free(dumped);
	return true;
}

/* '{1, 2}': blanks of an array literal outside of its quotes do not count. */
static bool write_array_literal(GString *out, const char *text)
{
	bool in_quotes = false;
	size_t length = strlen(text);
	if (length < 2 || *text != '{' || text[length - 1] != '}')
		return false;
	g_autoptr(GString) squeezed = g_string_new(NULL);
	for (const char *c = text; *c != '\0'; c++) {
		if (*c == '"')
			in_quotes = !in_quotes;
		if (*c == '\\' && c[1] != '\0')
			g_string_append_c(squeezed, *c++);
		else if (!in_quotes && *c == ' ' && (c[-1] == ',' || c[-1] == '{' || c[-1] == ' '))
			continue;
		g_string_append_c(squeezed, *c);
	}
	write_quoted(out, squeezed->str);
	return true;
}

static bool write_uuid(GString *out, const char *text)
{
	if (strlen(text) != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-')
		return false;
	for (const char *c = text; *c != '\0'; c++)
		if (!g_ascii_isxdigit(*c) && *c != '-')
			return false;
	g_autofree char *lower = g_ascii_strdown(text, -1);
	write_quoted(out, lower);
	return true;
}

void iw_pg_write_string(GString *out, const char *text, enum pg_hint hint)
{
	if (hint == PG_HINT_NAME) {
		write_quoted(out, g_str_has_prefix(text, "public.") ? text + strlen("public.") : text);
		return;
	}
	if (write_boolean(out, text, hint) || write_interval(out, text) || write_timestamp(out, text) ||
	    write_json(out, text) || write_array_literal(out, text) || write_uuid(out, text))
		return;
	if (iw_pg_is_number(text))
		g_string_append(out, text);
	else
		write_quoted(out, text);
}
