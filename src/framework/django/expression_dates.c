/* Parts and beginnings of dates, and comparisons of years; see expression_internal.h. After
 * django/db/models/functions/datetime.py, YearLookup of lookups.py, and date_extract_sql() and its kin of the backends.
 */
#include "framework/django/lookups.h"

/* time zones ------------------------------------------------------------------------------------------------------- */

/* TimezoneMixin.get_tzname(); "": none. NULL: it failed. */
static const char *zone_of(struct django_context *context, const struct django_node *node)
{
	if (!context->settings->use_tz)
		return "";
	const char *zone = node->time_zone != NULL ? node->time_zone : context->settings->time_zone;
	if (zone == NULL)
		zone = "America/Chicago"; /* of django/conf/global_settings.py */
	for (const char *at = zone; *at != '\0'; at++)
		if ((*at == '+' || *at == '-') && g_ascii_isdigit(at[1]))
			return iw_django_fail(context, node->place,
					      "it is not known how Django writes the time zone %s", zone);
	return zone;
}

/* A text that became a parameter in Django 4.1, and stood in the SQL before. */
static struct django_sql text_sql(struct django_context *context, const char *text)
{
	if (context->version >= 40100)
		return iw_django_sql_parameter(context, iw_django_text_parameter(context, text));
	g_auto(GStrv) pieces = g_strsplit(text, "%", -1);
	g_autofree char *doubled = g_strjoinv("%%", pieces);
	return iw_django_sql(context, iw_arena_printf(context->arena, "'%s'", doubled));
}

/* _convert_sql_to_tz() */
static struct django_sql in_zone(struct django_context *context, struct django_sql sql, const char *zone)
{
	if (*zone == '\0' || sql.text == NULL)
		return sql;
	struct django_sql name = text_sql(context, zone);
	if (context->engine.dialect == IW_POSTGRES)
		return iw_django_sql_of(context, &sql, &name, "%s AT TIME ZONE %s", sql.text, name.text);
	if (strcmp(zone, "UTC") == 0)
		return sql;
	struct django_sql utc = text_sql(context, "UTC");
	struct django_sql zones = iw_django_sql_of(context, &utc, &name, "%s, %s", utc.text, name.text);
	return iw_django_sql_of(context, &sql, &zones, "CONVERT_TZ(%s, %s)", sql.text, zones.text);
}

/* django_datetime_trunc('month', "moment", 'Europe/Paris', 'UTC') of SQLite; zone NULL: without one. */
static struct django_sql sqlite_call(struct django_context *context, const char *function, const char *part,
				     const struct django_sql *of, const char *zone)
{
	struct django_sql what = part == NULL ? iw_django_sql(context, "") : text_sql(context, part);
	struct django_sql head =
		iw_django_sql_of(context, &what, of, "%s%s%s", what.text, part == NULL ? "" : ", ", of->text);
	if (zone == NULL)
		return iw_django_sql_of(context, &head, NULL, "%s(%s)", function, head.text);
	struct django_sql names[2];
	bool has_zone = *zone != '\0';
	for (int i = 0; i < 2; i++) {
		const char *name = i == 0 ? zone : "UTC";
		names[i] = has_zone ? text_sql(context, name)
			   : context->version >= 40100
				   ? iw_django_sql_parameter(context, iw_django_literal_parameter(context, "NULL"))
				   : iw_django_sql(context, "NULL");
	}
	struct django_sql zones =
		iw_django_sql_of(context, &names[0], &names[1], "%s, %s", names[0].text, names[1].text);
	return iw_django_sql_of(context, &head, &zones, "%s(%s, %s)", function, head.text, zones.text);
}

/* parts ------------------------------------------------------------------------------------------------------------ */

/* date_extract_sql() of PostgreSQL and MySQL. */
static const char *part_text(struct django_context *context, const char *part, const char *sql)
{
	static const struct {
		const char *part, *postgres, *mysql;
	} rows[] = {
		{"week_day", "EXTRACT(DOW FROM %s) + 1", "DAYOFWEEK(%s)"},
		{"iso_week_day", "EXTRACT(ISODOW FROM %s)", "WEEKDAY(%s) + 1"},
		{"iso_year", "EXTRACT(ISOYEAR FROM %s)", "TRUNCATE(YEARWEEK(%s, 3), -2) / 100"},
		{"week", NULL, "WEEK(%s, 3)"},
	};
	bool is_postgres = context->engine.dialect == IW_POSTGRES, is_old = is_postgres && context->version < 40200;
	const char *format = NULL;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		if (strcmp(rows[i].part, part) == 0)
			format = is_postgres ? rows[i].postgres : rows[i].mysql;
	g_autofree char *upper = g_ascii_strup(part, -1);
	g_autofree char *own = is_old ? g_strdup_printf("EXTRACT('%s' FROM %%s)", part)
				      : g_strdup_printf("EXTRACT(%s FROM %%s)", upper);
	g_autofree char *quoted = NULL;
	if (format != NULL && is_old) { /* EXTRACT('dow' FROM %s) + 1 */
		const char *name = format + strlen("EXTRACT("), *end = strchr(name, ' ');
		g_autofree char *word = g_ascii_strdown(name, end - name);
		quoted = g_strdup_printf("EXTRACT('%s'%s", word, end);
	}
	g_auto(GStrv) halves = g_strsplit(quoted != NULL ? quoted : format != NULL ? format : own, "%s", 2);
	return iw_arena_printf(context->arena, "%s%s%s", halves[0], sql, halves[1]);
}

/* The second of a time has fractions, which are cut off since Django 4.1; `cut`: that part, NULL for dates. */
static struct django_sql extracted(struct django_context *context, const char *cut, const char *part,
				   struct django_sql sql)
{
	bool cuts = context->engine.dialect == IW_POSTGRES && context->version >= 40100 && g_strcmp0(cut, part) == 0;
	if (!cuts) {
		sql.text = part_text(context, part, sql.text);
		return sql;
	}
	struct django_sql second = text_sql(context, "second");
	return iw_django_sql_of(context, &second, &sql, "EXTRACT(%s FROM DATE_TRUNC(%s, %s))",
				context->version >= 40200 ? "SECOND" : "'second'", second.text, sql.text);
}

static bool is_part(const char *text)
{
	return *text != '\0' && strspn(text, "abcdefghijklmnopqrstuvwxyz_") == strlen(text);
}

DJANGO_COMPILE(extract)
{
	struct django_node *lhs = iw_django_lhs(node);
	struct django_field_ref field = iw_django_output_needed(context, lhs);
	struct django_sql sql = field.field == NULL ? iw_django_sql_failed() : iw_django_compile(context, lhs);
	if (sql.text == NULL)
		return sql;
	enum django_type type = field.field->type;
	bool is_moment = type == DJANGO_DATE_TIME, is_sqlite = context->engine.dialect == IW_SQLITE;
	bool is_duration = type == DJANGO_DURATION && context->engine.dialect == IW_POSTGRES;
	if (!is_part(node->text) || (!is_moment && type != DJANGO_DATE && type != DJANGO_TIME && !is_duration)) {
		iw_django_fail(context, node->place, "Django cannot extract '%s' from this", node->text);
		return iw_django_sql_failed();
	}
	const char *zone = is_moment ? zone_of(context, node) : "";
	if (zone == NULL)
		return iw_django_sql_failed();
	if (is_sqlite)
		return sqlite_call(context,
				   is_moment		 ? "django_datetime_extract"
				   : type == DJANGO_DATE ? "django_date_extract"
							 : "django_time_extract",
				   node->text, &sql, is_moment ? zone : NULL);
	sql = in_zone(context, sql, zone);
	return extracted(context, type == DJANGO_DATE ? NULL : "second", node->text, sql);
}

/* beginnings ------------------------------------------------------------------------------------------------------- */

/* DATE_FORMAT() of MySQL that keeps what is before `kind`. */
static const char *mysql_format(struct django_context *context, const char *kind)
{
	static const char *const names[] = {"year", "month", "day", "hour", "minute", "second"};
	static const char *const formats[] = {"%Y-", "%m", "-%d", " %H:", "%i", ":%s"};
	static const char *const defaults[] = {"0000-", "01", "-01", " 00:", "00", ":00"};
	g_autoptr(GString) format = g_string_new(NULL);
	bool is_found = false;
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		g_string_append(format, is_found ? defaults[i] : formats[i]);
		is_found |= strcmp(names[i], kind) == 0;
	}
	return is_found ? iw_arena_strdup(context->arena, format->str) : NULL;
}

static struct django_sql date_format(struct django_context *context, const struct django_sql *sql, const char *format,
				     const char *type)
{
	struct django_sql text = text_sql(context, format);
	return iw_django_sql_of(context, sql, &text, "CAST(DATE_FORMAT(%s, %s) AS %s)", sql->text, text.text, type);
}

/* The first day of a quarter, the Monday of a week: neither has a format. NULL: another kind. */
static struct django_sql mysql_day(struct django_context *context, const char *kind, const struct django_sql *sql)
{
	if (strcmp(kind, "quarter") == 0)
		return iw_django_sql_of(context, sql, sql,
					"MAKEDATE(YEAR(%s), 1) + INTERVAL QUARTER(%s) QUARTER - INTERVAL 1 QUARTER",
					sql->text, sql->text);
	if (strcmp(kind, "week") == 0)
		return iw_django_sql_of(context, sql, sql, "DATE_SUB(%s, INTERVAL WEEKDAY(%s) DAY)", sql->text,
					sql->text);
	return iw_django_sql_failed();
}

static struct django_sql mysql_trunc(struct django_context *context, const char *kind, enum django_type type,
				     struct django_sql sql)
{
	static const struct {
		const char *kind;
		enum django_type type;
		const char *format;
	} rows[] = {{"year", DJANGO_DATE, "%Y-01-01"},
		    {"month", DJANGO_DATE, "%Y-%m-01"},
		    {"hour", DJANGO_TIME, "%H:00:00"},
		    {"minute", DJANGO_TIME, "%H:%i:00"},
		    {"second", DJANGO_TIME, "%H:%i:%s"}};
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		if (rows[i].type == type && strcmp(rows[i].kind, kind) == 0)
			return date_format(context, &sql, rows[i].format, type == DJANGO_DATE ? "DATE" : "TIME");
	struct django_sql day = type == DJANGO_TIME ? iw_django_sql_failed() : mysql_day(context, kind, &sql);
	if (type == DJANGO_TIME)
		return iw_django_sql_of(context, &sql, NULL, "TIME(%s)", sql.text);
	if (type == DJANGO_DATE)
		return day.text != NULL ? day : iw_django_sql_of(context, &sql, NULL, "DATE(%s)", sql.text);
	if (day.text != NULL)
		return date_format(context, &day, strcmp(kind, "week") == 0 ? "%Y-%m-%d 00:00:00" : "%Y-%m-01 00:00:00",
				   "DATETIME");
	const char *format = mysql_format(context, kind);
	return format == NULL ? sql : date_format(context, &sql, format, "DATETIME");
}

/* What it makes: a moment, a date or a time; NO_COLUMN: Django refuses. */
static enum django_type truncated_type(struct django_context *context, struct django_node *node)
{
	enum django_type from = iw_django_output_field(context, iw_django_lhs(node)).field == NULL
					? DJANGO_NO_COLUMN
					: iw_django_output_field(context, iw_django_lhs(node)).field->type;
	struct django_field_ref to = iw_django_output_field(context, node);
	enum django_type type = to.field == NULL ? DJANGO_NO_COLUMN : to.field->type;
	static const char *const of_time[] = {"hour", "minute", "second", "time"};
	bool is_time = false;
	for (size_t i = 0; i < G_N_ELEMENTS(of_time); i++)
		is_time |= strcmp(of_time[i], node->text) == 0;
	if (from != DJANGO_DATE_TIME && from != DJANGO_DATE && from != DJANGO_TIME)
		return DJANGO_NO_COLUMN;
	if ((from == DJANGO_DATE && (type == DJANGO_DATE_TIME || is_time)) ||
	    (from == DJANGO_TIME && (type == DJANGO_DATE_TIME || !is_time)))
		return DJANGO_NO_COLUMN;
	return type == DJANGO_DATE_TIME || type == DJANGO_DATE || type == DJANGO_TIME ? type : DJANGO_NO_COLUMN;
}

DJANGO_COMPILE(trunc)
{
	struct django_node *lhs = iw_django_lhs(node);
	enum django_type type = truncated_type(context, node);
	if (type == DJANGO_NO_COLUMN || !is_part(node->text)) {
		iw_django_fail(context, node->place, "Django cannot truncate this to %s", node->text);
		return iw_django_sql_failed();
	}
	struct django_sql sql = iw_django_compile(context, lhs);
	const char *zone = iw_django_output_is(context, lhs, DJANGO_DATE_TIME) ? zone_of(context, node) : "";
	if (sql.text == NULL || zone == NULL)
		return iw_django_sql_failed();
	if (context->engine.dialect == IW_SQLITE)
		return sqlite_call(context,
				   type == DJANGO_DATE_TIME ? "django_datetime_trunc"
				   : type == DJANGO_DATE    ? "django_date_trunc"
							    : "django_time_trunc",
				   node->text, &sql, zone);
	sql = in_zone(context, sql, zone);
	if (context->engine.dialect == IW_MYSQL)
		return mysql_trunc(context, node->text, type, sql);
	struct django_sql part = text_sql(context, node->text);
	return iw_django_sql_of(context, &part, &sql, "DATE_TRUNC(%s, %s)%s", part.text, sql.text,
				type == DJANGO_TIME ? "::time" : "");
}

/* datetime_cast_date_sql(), datetime_cast_time_sql() */
static struct django_sql cast_moment(struct django_context *context, struct django_node *node, const char *type)
{
	struct django_sql sql = iw_django_compile(context, iw_django_lhs(node));
	const char *zone = sql.text == NULL ? NULL : zone_of(context, node);
	if (zone == NULL)
		return iw_django_sql_failed();
	bool is_date = strcmp(type, "date") == 0;
	if (context->engine.dialect == IW_SQLITE)
		return sqlite_call(context, is_date ? "django_datetime_cast_date" : "django_datetime_cast_time", NULL,
				   &sql, zone);
	sql = in_zone(context, sql, zone);
	return context->engine.dialect == IW_POSTGRES
		       ? iw_django_sql_of(context, &sql, NULL, "(%s)::%s", sql.text, type)
		       : iw_django_sql_of(context, &sql, NULL, is_date ? "DATE(%s)" : "TIME(%s)", sql.text);
}

DJANGO_COMPILE(trunc_date)
{
	return cast_moment(context, node, "date");
}

DJANGO_COMPILE(trunc_time)
{
	return cast_moment(context, node, "time");
}

/* years ------------------------------------------------------------------------------------------------------------ */

static void add_number(struct django_context *context, struct iw_py_value *call, gint64 number)
{
	g_ptr_array_add(call->items, iw_py_new_integer(context->python, number));
}

/* datetime.date(2020, 12, 31), or datetime.datetime(...) at the begin or the end of that day in the project's zone. */
static struct iw_py_value *bound(struct django_context *context, const GDate *day, bool is_moment, bool is_end)
{
	struct iw_py_value *call = iw_new(context->arena, struct iw_py_value);
	call->kind = IW_PY_CALL;
	call->receiver = iw_py_new_foreign(context->python, is_moment ? "datetime.datetime" : "datetime.date");
	call->items = iw_arena_ptr_array(context->arena);
	call->values = iw_arena_ptr_array(context->arena);
	call->names = iw_arena_ptr_array(context->arena);
	add_number(context, call, g_date_get_year(day));
	add_number(context, call, g_date_get_month(day));
	add_number(context, call, g_date_get_day(day));
	static const int last[] = {23, 59, 59, 999999};
	for (size_t i = 0; is_moment && i < G_N_ELEMENTS(last); i++)
		add_number(context, call, is_end ? last[i] : 0);
	return call;
}

/* The first day of the year; of ISO years the Monday of week 1. */
static void first_day(GDate *day, int year, bool is_iso)
{
	g_date_clear(day, 1);
	g_date_set_dmy(day, is_iso ? 4 : 1, G_DATE_JANUARY, (GDateYear)year);
	if (is_iso)
		g_date_subtract_days(day, (guint)g_date_get_weekday(day) - 1);
}

struct django_sql iw_django_lookup_year(struct django_context *context, struct django_node *node)
{
	const struct django_rhs *rhs = node->rhs;
	struct django_node *extract = iw_django_lhs(node), *of = iw_django_lhs(extract);
	if (rhs->node != NULL)
		return strcmp(node->lookup->name, "exact") == 0 ? iw_django_lookup_exact(context, node)
								: iw_django_lookup_compare(context, node);
	struct django_field_ref field = iw_django_output_needed(context, of);
	if (field.field == NULL)
		return iw_django_sql_failed();
	bool is_moment = field.field->type == DJANGO_DATE_TIME;
	bool is_year = rhs->items == NULL && rhs->value->kind == IW_PY_INTEGER && rhs->value->integer >= 1 &&
		       rhs->value->integer < 9999;
	if (!is_year) {
		iw_django_fail(context, node->place, "it is not known when this year begins");
		return iw_django_sql_failed();
	}
	bool is_iso = strcmp(extract->function->name, "ExtractIsoYear") == 0 && context->version >= 40000;
	GDate first, last;
	first_day(&first, (int)rhs->value->integer, is_iso);
	first_day(&last, (int)rhs->value->integer + 1, is_iso);
	g_date_subtract_days(&last, 1);
	struct django_sql lhs = iw_django_compile(context, of);
	if (lhs.text == NULL)
		return lhs;
	struct django_sql from = iw_django_sql_parameter(
		context, iw_django_parameter(context, field, bound(context, &first, is_moment, false)));
	struct django_sql to = iw_django_sql_parameter(
		context, iw_django_parameter(context, field, bound(context, &last, is_moment, true)));
	if (from.text == NULL || to.text == NULL)
		return iw_django_sql_failed();
	if (strcmp(node->lookup->name, "exact") == 0) {
		struct django_sql both = iw_django_sql_of(context, &from, &to, "%s AND %s", from.text, to.text);
		return iw_django_sql_of(context, &lhs, &both, "%s BETWEEN %s", lhs.text, both.text);
	}
	bool is_first = strcmp(node->lookup->name, "gte") == 0 || strcmp(node->lookup->name, "lt") == 0;
	return iw_django_compare(context, node, &lhs, is_first ? &from : &to);
}
