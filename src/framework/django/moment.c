/* Dates, times and durations of Python: read from calls and texts, moved between zones, written; see fields.h. */
#include "framework/django/fields.h"

#include <math.h>
#include <string.h>

enum { SECONDS_OF_DAY = 86400, MICROSECONDS = 1000000 };

/* calls -------------------------------------------------------------------------------------------------------------
 */

static bool read_number(const struct iw_py_value *value, int *into)
{
	if (value == NULL)
		return true;
	if (value->kind != IW_PY_INTEGER || value->integer > G_MAXINT || value->integer < G_MININT)
		return false;
	*into = (int)value->integer;
	return true;
}

static bool is_utc(const char *path)
{
	static const char *const names[] = {
		"datetime.timezone.utc", "datetime.UTC",     "django.utils.timezone.utc", "pytz.utc", "pytz.UTC",
		"dateutil.tz.UTC",	 "dateutil.tz.tzutc"};
	for (size_t i = 0; path != NULL && i < G_N_ELEMENTS(names); i++)
		if (strcmp(names[i], path) == 0)
			return true;
	return false;
}

static bool read_zone(struct django_context *context, const struct iw_py_value *value, struct django_moment *moment)
{
	if (value == NULL || value->kind == IW_PY_NONE)
		return true;
	const char *path = iw_py_path(context->python, value);
	if (is_utc(path)) {
		moment->is_aware = true;
		return true;
	}
	if (path == NULL || value->kind != IW_PY_CALL)
		return false;
	const struct iw_py_value *first = iw_py_argument(value, 0, "key");
	__int128 offset = 0;
	bool is_named = strcmp(path, "zoneinfo.ZoneInfo") == 0 || strcmp(path, "backports.zoneinfo.ZoneInfo") == 0;
	if (is_named && iw_py_text(first) != NULL)
		return iw_django_moment_in_zone(context, moment, first->text);
	bool is_fixed =
		strcmp(path, "pytz.FixedOffset") == 0 || strcmp(path, "django.utils.timezone.get_fixed_timezone") == 0;
	if (is_fixed && first != NULL && first->kind == IW_PY_INTEGER)
		moment->offset = (int)first->integer * 60;
	else if (strcmp(path, "datetime.timezone") == 0 && first != NULL &&
		 iw_django_read_duration(context, first, &offset))
		moment->offset = (int)(offset / MICROSECONDS);
	else
		return false;
	moment->is_aware = true;
	return true;
}

static bool is_valid(const struct django_moment *moment, enum django_datum_kind kind)
{
	bool is_date = kind == DATUM_TIME ||
		       (moment->year >= 1 && moment->year <= 9999 && moment->month >= 1 && moment->month <= 12 &&
			moment->day >= 1 &&
			moment->day <= g_date_get_days_in_month((GDateMonth)moment->month, (GDateYear)moment->year));
	bool is_time = moment->hour >= 0 && moment->hour < 24 && moment->minute >= 0 && moment->minute < 60 &&
		       moment->second >= 0 && moment->second < 60 && moment->microsecond >= 0 &&
		       moment->microsecond < MICROSECONDS;
	return is_date && is_time;
}

bool iw_django_read_moment(struct django_context *context, const struct iw_py_value *value,
			   enum django_datum_kind *kind, struct django_moment *moment)
{
	static const struct {
		const char *path;
		enum django_datum_kind kind;
		int dates, times; /* so many parts of each */
	} rows[] = {{"datetime.datetime", DATUM_DATE_TIME, 3, 4},
		    {"datetime.date", DATUM_DATE, 3, 0},
		    {"datetime.time", DATUM_TIME, 0, 4}};
	static const char *const names[] = {"year", "month", "day", "hour", "minute", "second", "microsecond"};
	*moment = (struct django_moment){0};
	int *const parts[] = {&moment->year,   &moment->month,	&moment->day,	     &moment->hour,
			      &moment->minute, &moment->second, &moment->microsecond};
	if (value->kind != IW_PY_CALL || value->receiver->kind != IW_PY_FOREIGN)
		return false;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		if (strcmp(value->receiver->text, rows[i].path) != 0)
			continue;
		int from = rows[i].dates == 0 ? 3 : 0, count = rows[i].dates + rows[i].times;
		for (int k = 0; k < count; k++)
			if (!read_number(iw_py_argument(value, k, names[from + k]), parts[from + k]))
				return false;
		*kind = rows[i].kind;
		const struct iw_py_value *zone = rows[i].times > 0 ? iw_py_argument(value, count, "tzinfo") : NULL;
		return is_valid(moment, *kind) && read_zone(context, zone, moment);
	}
	return false;
}

bool iw_django_read_duration(struct django_context *context, const struct iw_py_value *value, __int128 *microseconds)
{
	static const struct {
		const char *name;
		gint64 unit;
	} parts[] = {{"days", (gint64)SECONDS_OF_DAY * MICROSECONDS},
		     {"seconds", MICROSECONDS},
		     {"microseconds", 1},
		     {"milliseconds", 1000},
		     {"minutes", (gint64)60 * MICROSECONDS},
		     {"hours", (gint64)3600 * MICROSECONDS},
		     {"weeks", (gint64)7 * SECONDS_OF_DAY * MICROSECONDS}};
	if (value->kind != IW_PY_CALL || !iw_py_is(context->python, value, "datetime.timedelta") ||
	    value->receiver->kind != IW_PY_FOREIGN || value->items->len > G_N_ELEMENTS(parts))
		return false;
	__int128 sum = 0;
	for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
		const struct iw_py_value *part = iw_py_argument(value, (int)i, parts[i].name);
		if (part == NULL)
			continue;
		if (part->kind == IW_PY_INTEGER)
			sum += (__int128)part->integer * parts[i].unit;
		else if (part->kind == IW_PY_FLOAT && part->number == floor(part->number))
			sum += (__int128)part->number * parts[i].unit;
		else if (part->kind == IW_PY_FLOAT &&
			 part->number * (double)parts[i].unit == floor(part->number * (double)parts[i].unit))
			sum += (__int128)(part->number * (double)parts[i].unit);
		else
			return false;
	}
	*microseconds = sum;
	return true;
}

/* texts -------------------------------------------------------------------------------------------------------------
 */

static bool digits(const char **at, int least, int most, int *into)
{
	int count = 0, sum = 0;
	for (; count < most && g_ascii_isdigit(**at); count++, ++*at)
		sum = sum * 10 + (**at - '0');
	if (count >= least)
		*into = sum;
	return count >= least;
}

static bool take(const char **at, char c)
{
	bool is_there = **at == c;
	*at += is_there;
	return is_there;
}

static bool read_date_text(const char **at, struct django_moment *moment)
{
	return digits(at, 4, 4, &moment->year) && take(at, '-') && digits(at, 1, 2, &moment->month) && take(at, '-') &&
	       digits(at, 1, 2, &moment->day);
}

static bool read_fraction(const char **at, int *microsecond)
{
	int count = 0;
	*microsecond = 0;
	for (; g_ascii_isdigit(**at); ++*at, count++)
		if (count < 6)
			*microsecond = *microsecond * 10 + (**at - '0');
	for (int i = count; i < 6; i++)
		*microsecond *= 10;
	return count > 0;
}

static bool read_time_text(const char **at, struct django_moment *moment)
{
	if (!digits(at, 1, 2, &moment->hour) || !take(at, ':') || !digits(at, 1, 2, &moment->minute))
		return false;
	if (!take(at, ':'))
		return true;
	if (!digits(at, 1, 2, &moment->second))
		return false;
	return take(at, '.') || take(at, ',') ? read_fraction(at, &moment->microsecond) : true;
}

static bool read_offset_text(const char **at, struct django_moment *moment)
{
	int hours = 0, minutes = 0;
	if (**at == ' ')
		++*at;
	if (**at == '\0')
		return true;
	moment->is_aware = true;
	if (take(at, 'Z'))
		return true;
	int sign = **at == '-' ? -1 : 1;
	if (!take(at, '+') && !take(at, '-'))
		return false;
	if (!digits(at, 2, 2, &hours))
		return false;
	take(at, ':');
	digits(at, 2, 2, &minutes);
	moment->offset = sign * (hours * 3600 + minutes * 60);
	return true;
}

bool iw_django_parse_moment(const char *text, enum django_datum_kind kind, struct django_moment *moment)
{
	*moment = (struct django_moment){0};
	const char *at = text;
	bool is_good = kind == DATUM_TIME || read_date_text(&at, moment);
	if (kind == DATUM_DATE_TIME && is_good && *at != '\0')
		is_good = (take(&at, 'T') || take(&at, ' ')) && read_time_text(&at, moment) &&
			  read_offset_text(&at, moment);
	else if (kind == DATUM_TIME)
		is_good = read_time_text(&at, moment);
	return is_good && *at == '\0' && is_valid(moment, kind);
}

/* "[-]DD [-]HH:MM:ss.uuuuuu" with parts left out from the front, as str(timedelta) and duration_string() write it. */
bool iw_django_parse_duration(const char *text, __int128 *microseconds)
{
	const char *at = text;
	gint64 days = 0;
	char *end = NULL;
	if (strchr(text, ' ') != NULL) {
		days = g_ascii_strtoll(at, &end, 10);
		at = end;
		if (end == text || *at++ != ' ')
			return false;
		const char *word = g_str_has_prefix(at, "days, ")  ? "days, "
				   : g_str_has_prefix(at, "day, ") ? "day, "
								   : "";
		at += strlen(word);
	}
	int sign = take(&at, '-') ? -1 : 1, parts[3] = {0}, count = 0, fraction = 0;
	do
		if (count == 3 || !digits(&at, 1, 9, &parts[count++]))
			return false;
	while (take(&at, ':'));
	if (take(&at, '.') && !read_fraction(&at, &fraction))
		return false;
	__int128 seconds = 0;
	for (int i = 0; i < count; i++)
		seconds = seconds * 60 + parts[i];
	*microseconds = (__int128)days * SECONDS_OF_DAY * MICROSECONDS + sign * (seconds * MICROSECONDS + fraction);
	return *at == '\0';
}

/* writing -----------------------------------------------------------------------------------------------------------
 */

const char *iw_django_moment_text(iw_arena *arena, const struct django_moment *moment, enum django_datum_kind kind,
				  char separator, bool has_microseconds)
{
	g_autoptr(GString) out = g_string_new(NULL);
	if (kind != DATUM_TIME)
		g_string_append_printf(out, "%04d-%02d-%02d", moment->year, moment->month, moment->day);
	if (kind == DATUM_DATE_TIME)
		g_string_append_c(out, separator);
	if (kind != DATUM_DATE)
		g_string_append_printf(out, "%02d:%02d:%02d", moment->hour, moment->minute, moment->second);
	if (kind != DATUM_DATE && (moment->microsecond != 0 || has_microseconds))
		g_string_append_printf(out, ".%06d", moment->microsecond);
	if (kind != DATUM_DATE && moment->is_aware) {
		int offset = ABS(moment->offset);
		g_string_append_printf(out, "%c%02d:%02d", moment->offset < 0 ? '-' : '+', offset / 3600,
				       offset / 60 % 60);
		if (offset % 60 != 0)
			g_string_append_printf(out, ":%02d", offset % 60);
	}
	return iw_arena_strdup(arena, out->str);
}

/* zones -------------------------------------------------------------------------------------------------------------
 */

static GTimeZone *open_zone(const char *name)
{
	if (name == NULL || strcmp(name, "UTC") == 0)
		return g_time_zone_new_utc();
	/* "Europe/Berlin", never "+02:00": Python's zones have names. */
	return g_ascii_isalpha(*name) ? g_time_zone_new_identifier(name) : NULL;
}

static gint64 seconds_of(const struct django_moment *moment)
{
	g_autoptr(GDateTime) date = g_date_time_new_utc(moment->year, moment->month, moment->day, moment->hour,
							moment->minute, moment->second);
	return date == NULL ? 0 : g_date_time_to_unix(date);
}

static void set_seconds(struct django_moment *moment, gint64 seconds)
{
	g_autoptr(GDateTime) date = g_date_time_new_from_unix_utc(seconds);
	if (date == NULL)
		return;
	g_date_time_get_ymd(date, &moment->year, &moment->month, &moment->day);
	moment->hour = g_date_time_get_hour(date);
	moment->minute = g_date_time_get_minute(date);
	moment->second = g_date_time_get_second(date);
}

static bool no_zone(struct django_context *context, const char *name)
{
	iw_django_fail(context, (struct iw_place){0}, "the time zone \"%s\" is not known here", name);
	return false;
}

bool iw_django_moment_to_zone(struct django_context *context, struct django_moment *moment, const char *zone,
			      bool keeps_zone)
{
	g_autoptr(GTimeZone) to = open_zone(zone);
	if (to == NULL)
		return no_zone(context, zone);
	gint64 instant = seconds_of(moment) - moment->offset;
	int interval = g_time_zone_find_interval(to, G_TIME_TYPE_UNIVERSAL, instant);
	moment->offset = interval < 0 ? 0 : g_time_zone_get_offset(to, interval);
	set_seconds(moment, instant + moment->offset);
	moment->is_aware = keeps_zone;
	if (!keeps_zone)
		moment->offset = 0;
	return true;
}

bool iw_django_moment_in_zone(struct django_context *context, struct django_moment *moment, const char *zone)
{
	g_autoptr(GTimeZone) in = open_zone(zone);
	if (in == NULL)
		return no_zone(context, zone);
	int interval = g_time_zone_find_interval(in, G_TIME_TYPE_STANDARD, seconds_of(moment));
	moment->offset = interval < 0 ? 0 : g_time_zone_get_offset(in, interval);
	moment->is_aware = true;
	return true;
}

struct django_moment iw_django_now(void)
{
	gint64 now = g_get_real_time();
	struct django_moment moment = {.is_aware = true};
	set_seconds(&moment, now / MICROSECONDS);
	moment.microsecond = (int)(now % MICROSECONDS);
	return moment;
}
