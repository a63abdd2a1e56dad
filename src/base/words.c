/* Numbers in words: durations, sizes, row counts; see text.h. */
#include "base/text.h"

#include <math.h>

struct scale {
	double least; /* from this value on */
	double unit;
	const char *words;
};

static const struct scale DURATIONS[] = {
	{2 * 86400, 86400, "days"}, {2 * 3600, 3600, "h"}, {120, 60, "min"}, {0.9995, 1, "s"}, {0, 0.001, "ms"},
};
static const struct scale SIZES[] = {
	{1e12, 1e12, "TB"}, {1e9, 1e9, "GB"}, {1e6, 1e6, "MB"}, {1e3, 1e3, "kB"}, {0, 1, "bytes"},
};
static const struct scale ROWS[] = {
	{1e9, 1e9, "billion rows"},
	{1e6, 1e6, "million rows"},
	{1e4, 1e3, "thousand rows"},
	{0, 1, "rows"},
};

static const struct scale *scale_for(const struct scale *scales, double value)
{
	while (value < scales->least)
		scales++;
	return scales;
}

/* One decimal below 10 of a unit that has fractions, none above. */
static const char *scaled(iw_arena *arena, const struct scale *scale, double value, bool whole)
{
	double number = value / scale->unit;
	if (!whole && number < 9.95 && fabs(number - round(number)) >= 0.05)
		return iw_arena_printf(arena, "%.1f %s", number, scale->words);
	return iw_arena_printf(arena, "%.0f %s", number, scale->words);
}

const char *iw_words_duration(iw_arena *arena, double seconds)
{
	if (!(seconds >= 0))
		return "unknown";
	const struct scale *scale = scale_for(DURATIONS, seconds);
	return scaled(arena, scale, seconds, scale->unit < 1 || scale->unit == 60);
}

const char *iw_words_size(iw_arena *arena, double bytes)
{
	if (!(bytes >= 0))
		return "unknown";
	const struct scale *scale = scale_for(SIZES, bytes);
	return scaled(arena, scale, bytes, scale->unit == 1);
}

const char *iw_words_rows(iw_arena *arena, double rows)
{
	if (!(rows >= 0))
		return "unknown";
	if (rows < 0.5)
		return "no rows";
	if (rows < 1.5)
		return "1 row";
	const struct scale *scale = scale_for(ROWS, rows);
	return scaled(arena, scale, rows, scale->unit == 1);
}

const char *iw_words_count(iw_arena *arena, guint64 count, const char *noun)
{
	return iw_arena_printf(arena, "%" G_GUINT64_FORMAT " %s%s", count, noun, count == 1 ? "" : "s");
}
