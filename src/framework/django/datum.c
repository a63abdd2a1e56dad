/*
 * Values as fields prepare them for the database: get_prep_value(), get_db_prep_value(), adapt_*_value() of each
 * internal type; see fields.h. After django/db/models/fields and django/contrib/postgres/fields.
 */
#include "framework/django/fields.h"

#include "framework/django/decimal.h"

#include <arpa/inet.h>
#include <string.h>

enum { STANDARD_PRECISION = 28 };

static struct django_datum *new_datum(struct django_context *context, enum django_datum_kind kind)
{
	struct django_datum *datum = iw_new(context->arena, struct django_datum);
	datum->kind = kind;
	return datum;
}

static struct django_datum *new_text(struct django_context *context, enum django_datum_kind kind, const char *text)
{
	struct django_datum *datum = new_datum(context, kind);
	datum->text = iw_arena_strdup(context->arena, text);
	datum->length = strlen(text);
	return datum;
}

static struct django_datum *fail(struct django_context *context, const struct iw_py_value *value)
{
	const struct iw_py_value *unknown = iw_py_unknown_in(value);
	if (unknown != NULL)
		return iw_django_fail(context, unknown->place, "%s", unknown->text);
	return iw_django_fail(context, value->place, "the value %s is not known as SQL",
			      iw_py_repr(context->python, value));
}

static bool uses_zones(const struct django_context *context)
{
	return context->settings != NULL && context->settings->use_tz;
}

static const char *time_zone(const struct django_context *context)
{
	const char *zone = context->settings == NULL ? NULL : context->settings->time_zone;
	return zone == NULL ? "America/Chicago" : zone;
}

/* values by their own type ------------------------------------------------------------------------------------------
 */

const struct iw_py_value *iw_django_lazy_text(struct django_context *context, const struct iw_py_value *value)
{
	static const struct {
		const char *path;
		guint position; /* of the message */
	} rows[] = {
		{"django.utils.translation.gettext_lazy", 0},
		{"django.utils.translation.ugettext_lazy", 0},
		{"django.utils.translation.gettext", 0},
		{"django.utils.translation.ugettext", 0},
		{"django.utils.translation.gettext_noop", 0},
		{"django.utils.translation.ugettext_noop", 0},
		{"django.utils.translation.pgettext_lazy", 1},
		{"django.utils.translation.pgettext", 1},
		{"gettext.gettext", 0},
	};
	const char *path = value->kind == IW_PY_CALL ? iw_py_path(context->python, value) : NULL;
	for (size_t i = 0; path != NULL && i < G_N_ELEMENTS(rows); i++) {
		if (strcmp(rows[i].path, path) != 0 || value->items->len != rows[i].position + 1)
			continue;
		const struct iw_py_value *text = value->items->pdata[rows[i].position];
		return text->kind == IW_PY_STRING ? text : NULL;
	}
	return NULL;
}

/* str(uuid.UUID(text)) */
static const char *uuid_text(iw_arena *arena, const char *text)
{
	char digits[33];
	size_t count = 0;
	if (g_str_has_prefix(text, "urn:uuid:"))
		text += strlen("urn:uuid:");
	for (; *text != '\0'; text++) {
		if (strchr("-{}", *text) != NULL)
			continue;
		if (!g_ascii_isxdigit(*text) || count == 32)
			return NULL;
		digits[count++] = g_ascii_tolower(*text);
	}
	if (count != 32)
		return NULL;
	return iw_arena_printf(arena, "%.8s-%.4s-%.4s-%.4s-%.12s", digits, digits + 8, digits + 12, digits + 16,
			       digits + 20);
}

static const char *uuid_of_integer(iw_arena *arena, gint64 number)
{
	if (number < 0 || number == G_MAXINT64)
		return NULL;
	g_autofree char *text = g_strdup_printf("%032" G_GINT64_MODIFIER "x", number);
	return uuid_text(arena, text);
}

static struct django_datum *read_uuid(struct django_context *context, const struct iw_py_value *call)
{
	const struct iw_py_value *hex = iw_py_argument(call, 0, "hex"), *number = iw_py_argument(call, -1, "int");
	const char *text = NULL;
	if (iw_py_text(hex) != NULL)
		text = uuid_text(context->arena, hex->text);
	else if (number != NULL && number->kind == IW_PY_INTEGER)
		text = uuid_of_integer(context->arena, number->integer);
	return text == NULL ? fail(context, call) : new_text(context, DATUM_UUID, text);
}

static struct django_datum *read_decimal(struct django_context *context, const struct iw_py_value *call)
{
	const struct iw_py_value *given = iw_py_argument(call, 0, "value");
	const char *text = given == NULL ? "0" : NULL;
	if (given != NULL && (given->kind == IW_PY_STRING || given->kind == IW_PY_INTEGER))
		text = iw_decimal_text(context->arena, given->text);
	else if (given != NULL && given->kind == IW_PY_FLOAT)
		text = iw_decimal_of_float(context->arena, given->number, 380);
	return text == NULL ? fail(context, call) : new_text(context, DATUM_DECIMAL, text);
}

/* uuid.uuid4() */
static bool is_random_uuid(struct django_context *context, const struct iw_py_value *value)
{
	const char *path = value->kind == IW_PY_CALL && value->items->len == 0 && value->names->len == 0
				   ? iw_py_path(context->python, value)
				   : NULL;
	return path != NULL && (strcmp(path, "uuid.uuid4") == 0 || strcmp(path, "uuid.uuid1") == 0);
}

static struct django_datum *random_uuid(struct django_context *context, enum django_datum_kind kind)
{
	g_autofree char *text = g_uuid_string_random();
	return new_text(context, kind, text);
}

/* uuid.uuid4().hex */
static struct django_datum *read_attribute(struct django_context *context, const struct iw_py_value *value)
{
	if (strcmp(value->text, "hex") != 0 || value->receiver == NULL || !is_random_uuid(context, value->receiver))
		return fail(context, value);
	g_autofree char *text = g_uuid_string_random();
	g_auto(GStrv) parts = g_strsplit(text, "-", -1);
	g_autofree char *hex = g_strjoinv("", parts);
	return new_text(context, DATUM_TEXT, hex);
}

static struct django_datum *current_moment(struct django_context *context, const char *path)
{
	bool is_utc = strcmp(path, "datetime.datetime.utcnow") == 0, is_django = g_str_has_prefix(path, "django.");
	struct django_datum *datum = new_datum(context, DATUM_DATE_TIME);
	datum->moment = iw_django_now();
	if (is_django && uses_zones(context))
		return datum;
	/* Python's own clock runs in the zone that Django sets for the process, TIME_ZONE. */
	if (!iw_django_moment_to_zone(context, &datum->moment, is_utc ? "UTC" : time_zone(context), false))
		return NULL;
	if (g_str_has_suffix(path, "date.today"))
		datum->kind = DATUM_DATE;
	return datum;
}

static struct django_datum *read_call(struct django_context *context, const struct iw_py_value *value)
{
	static const char *const clocks[] = {"django.utils.timezone.now", "datetime.datetime.now",
					     "datetime.datetime.utcnow", "datetime.datetime.today",
					     "datetime.date.today"};
	const char *path = iw_py_path(context->python, value);
	struct django_datum *datum = new_datum(context, DATUM_NULL);
	if (path == NULL || value->receiver->kind == IW_PY_CALL)
		return fail(context, value);
	if (iw_django_read_moment(context, value, &datum->kind, &datum->moment))
		return datum;
	__int128 microseconds;
	datum->kind = DATUM_DURATION;
	if (iw_django_read_duration(context, value, &microseconds)) {
		datum->microseconds = microseconds;
		return datum;
	}
	if (context->problem != NULL)
		return NULL;
	if (strcmp(path, "decimal.Decimal") == 0)
		return read_decimal(context, value);
	if (strcmp(path, "uuid.UUID") == 0)
		return read_uuid(context, value);
	const struct iw_py_value *lazy = iw_django_lazy_text(context, value);
	if (lazy != NULL)
		return new_text(context, DATUM_TEXT, lazy->text);
	bool is_bare = value->items->len == 0 && value->names->len == 0;
	if (is_random_uuid(context, value))
		return random_uuid(context, DATUM_UUID);
	if (strcmp(path, "builtins.str") == 0 && value->items->len == 1 &&
	    is_random_uuid(context, value->items->pdata[0]))
		return random_uuid(context, DATUM_TEXT);
	for (size_t i = 0; is_bare && i < G_N_ELEMENTS(clocks); i++)
		if (strcmp(clocks[i], path) == 0)
			return current_moment(context, path);
	return fail(context, value);
}

static struct django_datum *plain(struct django_context *context, const struct iw_py_value *value);

static struct django_datum *read_list(struct django_context *context, const struct iw_py_value *value)
{
	struct django_datum *datum = new_datum(context, DATUM_ARRAY);
	datum->items = iw_arena_ptr_array(context->arena);
	for (guint i = 0; i < value->items->len; i++) {
		struct django_datum *item = plain(context, value->items->pdata[i]);
		if (item == NULL)
			return NULL;
		g_ptr_array_add(datum->items, item);
	}
	return datum;
}

/* A member of an Enum that is a str or an int, too, is written as that; of any other, it is not known. */
static const struct iw_py_value *enum_value(struct django_context *context, const struct iw_py_value *value)
{
	static const char *const bases[] = {"django.db.models.TextChoices",
					    "django.db.models.IntegerChoices",
					    "django.db.models.enums.TextChoices",
					    "django.db.models.enums.IntegerChoices",
					    "enum.StrEnum",
					    "enum.IntEnum",
					    "builtins.str",
					    "builtins.int"};
	if (value->kind != IW_PY_INSTANCE || value->receiver == NULL || value->attributes == NULL)
		return NULL;
	for (size_t i = 0; i < G_N_ELEMENTS(bases); i++)
		if (iw_py_is_subclass(context->python, value->receiver, bases[i]))
			return g_hash_table_lookup(value->attributes, "value");
	return NULL;
}

static struct django_datum *plain(struct django_context *context, const struct iw_py_value *value)
{
	struct django_datum *datum;
	const struct iw_py_value *member = enum_value(context, value);
	switch (value->kind) {
	case IW_PY_NONE:
		return new_datum(context, DATUM_NULL);
	case IW_PY_BOOLEAN:
		datum = new_datum(context, DATUM_BOOLEAN);
		datum->boolean = value->boolean;
		return datum;
	case IW_PY_INTEGER:
		return new_text(context, DATUM_INTEGER, value->text);
	case IW_PY_FLOAT:
		datum = new_text(context, DATUM_FLOAT, value->text);
		datum->number = value->number;
		return datum;
	case IW_PY_STRING:
	case IW_PY_BYTES:
		datum = new_datum(context, value->kind == IW_PY_STRING ? DATUM_TEXT : DATUM_BYTES);
		datum->text = iw_arena_strndup(context->arena, value->text, value->length);
		datum->length = value->length;
		return datum;
	case IW_PY_LIST:
	case IW_PY_TUPLE:
		return read_list(context, value);
	case IW_PY_CALL:
		return read_call(context, value);
	case IW_PY_ATTRIBUTE:
		return read_attribute(context, value);
	default:
		return member != NULL ? plain(context, member) : fail(context, value);
	}
}

/* values as a type has them -----------------------------------------------------------------------------------------
 */

struct preparing {
	struct django_context *context;
	struct django_field_ref field;
	const struct iw_py_value *value;
	struct django_datum *datum; /* by its own type; NULL: DICT and SET, which only some types know */
};

/* str() */
static struct django_datum *to_text(struct preparing *all)
{
	struct django_context *context = all->context;
	struct django_datum *datum = all->datum;
	if (datum == NULL || datum->kind == DATUM_ARRAY)
		return iw_py_unknown_in(all->value) != NULL
			       ? fail(context, all->value)
			       : new_text(context, DATUM_TEXT, iw_py_repr(context->python, all->value));
	switch (datum->kind) {
	case DATUM_NULL:
	case DATUM_TEXT:
		return datum;
	case DATUM_BOOLEAN:
		return new_text(context, DATUM_TEXT, datum->boolean ? "True" : "False");
	case DATUM_INTEGER:
	case DATUM_FLOAT:
	case DATUM_DECIMAL:
	case DATUM_UUID:
		return new_text(context, DATUM_TEXT, datum->text);
	case DATUM_DATE:
	case DATUM_DATE_TIME:
	case DATUM_TIME:
		return new_text(context, DATUM_TEXT,
				iw_django_moment_text(context->arena, &datum->moment, datum->kind, ' ', false));
	default:
		return fail(context, all->value);
	}
}

static struct django_datum *to_integer(struct preparing *all)
{
	static const char *const types[] = {
		[DJANGO_SMALL_INTEGER] = "int2", [DJANGO_POSITIVE_SMALL_INTEGER] = "int2",
		[DJANGO_INTEGER] = "int4",	 [DJANGO_POSITIVE_INTEGER] = "int4",
		[DJANGO_BIG_INTEGER] = "int8",	 [DJANGO_POSITIVE_BIG_INTEGER] = "int8",
	};
	struct django_datum *datum = all->datum;
	const char *text = NULL;
	if (datum == NULL)
		return fail(all->context, all->value);
	if (datum->kind == DATUM_NULL)
		return datum;
	if (datum->kind == DATUM_BOOLEAN)
		text = datum->boolean ? "1" : "0";
	else if (datum->kind == DATUM_INTEGER)
		text = datum->text;
	else if (datum->kind == DATUM_FLOAT && ABS(datum->number) < 1e15)
		text = iw_arena_printf(all->context->arena, "%" G_GINT64_FORMAT, (gint64)datum->number);
	else if (datum->kind == DATUM_TEXT && datum->length < 18 &&
		 strspn(datum->text, "-0123456789") == datum->length && datum->length > 0)
		text = iw_arena_printf(all->context->arena, "%" G_GINT64_FORMAT,
				       g_ascii_strtoll(datum->text, NULL, 10));
	else if (datum->kind == DATUM_DECIMAL && datum->length < 18 &&
		 strspn(datum->text, "-.0123456789") == datum->length) /* int() cuts off */
		text = iw_arena_printf(all->context->arena, "%" G_GINT64_FORMAT,
				       g_ascii_strtoll(datum->text, NULL, 10));
	if (text == NULL)
		return fail(all->context, all->value);
	datum = new_text(all->context, DATUM_INTEGER, text);
	enum django_type type = all->field.field->type;
	datum->type = type < G_N_ELEMENTS(types) ? types[type] : NULL;
	return datum;
}

static struct django_datum *to_float(struct preparing *all)
{
	struct django_datum *datum = all->datum;
	char *end = NULL;
	if (datum == NULL || datum->kind == DATUM_NULL || datum->kind == DATUM_FLOAT)
		return datum != NULL ? datum : fail(all->context, all->value);
	bool is_number = datum->kind == DATUM_INTEGER || datum->kind == DATUM_TEXT || datum->kind == DATUM_DECIMAL;
	double number = is_number ? g_ascii_strtod(datum->text, &end) : datum->boolean;
	if ((is_number && (*end != '\0' || datum->length == 0)) || (!is_number && datum->kind != DATUM_BOOLEAN))
		return fail(all->context, all->value);
	GPtrArray *arguments = iw_arena_ptr_array(all->context->arena);
	g_ptr_array_add(arguments, is_number ? iw_py_new_string(all->context->python, datum->text)
					     : iw_py_new_integer(all->context->python, datum->boolean));
	struct iw_py_value *made = iw_py_call(
		all->context->python, iw_py_new_foreign(all->context->python, "builtins.float"), arguments, NULL);
	(void)number;
	return made->kind == IW_PY_FLOAT ? plain(all->context, made) : fail(all->context, all->value);
}

static struct django_datum *to_boolean(struct preparing *all)
{
	static const char *const words[][2] = {{"True", "False"}, {"t", "f"}, {"1", "0"}};
	struct django_datum *datum = all->datum;
	if (datum == NULL || datum->kind == DATUM_NULL || datum->kind == DATUM_BOOLEAN)
		return datum != NULL ? datum : fail(all->context, all->value);
	if (datum->kind == DATUM_TEXT && datum->length == 0 && all->field.field->null)
		return new_datum(all->context, DATUM_NULL);
	struct django_datum *made = new_datum(all->context, DATUM_BOOLEAN);
	for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
		for (int k = 0; k < 2; k++) {
			bool is_number = strcmp(words[i][0], "1") == 0 && datum->kind == DATUM_INTEGER;
			if ((datum->kind == DATUM_TEXT || is_number) && strcmp(datum->text, words[i][k]) == 0) {
				made->boolean = k == 0;
				return made;
			}
		}
	return fail(all->context, all->value);
}

static struct django_datum *to_decimal(struct preparing *all)
{
	iw_arena *arena = all->context->arena;
	const struct django_field *field = all->field.field;
	struct django_datum *datum = all->datum;
	const char *text = NULL;
	if (datum == NULL || datum->kind == DATUM_NULL)
		return datum != NULL ? datum : fail(all->context, all->value);
	if (datum->kind == DATUM_FLOAT)
		text = iw_decimal_of_float(arena, datum->number,
					   field->max_digits < 0 ? STANDARD_PRECISION : field->max_digits);
	else if (datum->kind == DATUM_TEXT || datum->kind == DATUM_INTEGER || datum->kind == DATUM_DECIMAL)
		text = iw_decimal_text(arena, datum->text);
	else if (datum->kind == DATUM_BOOLEAN)
		text = datum->boolean ? "1" : "0";
	/* format_number() of other backends than PostgreSQL's and MySQL's, until 5.2 */
	bool is_formatted = all->context->engine.dialect == IW_SQLITE && all->context->version < 50200;
	if (text != NULL && is_formatted)
		text = field->decimal_places < 0
			       ? iw_decimal_plain(arena, text)
			       : iw_decimal_quantize(arena, text, field->max_digits, field->decimal_places);
	return text == NULL ? fail(all->context, all->value) : new_text(all->context, DATUM_DECIMAL, text);
}

static struct django_datum *parse_moment(struct preparing *all, enum django_datum_kind kind)
{
	struct django_datum *datum = all->datum;
	if (datum == NULL || datum->kind != DATUM_TEXT)
		return datum != NULL ? datum : fail(all->context, all->value);
	struct django_datum *made = new_datum(all->context, kind);
	return iw_django_parse_moment(datum->text, kind, &made->moment) ? made : fail(all->context, all->value);
}

static struct django_datum *to_date(struct preparing *all)
{
	struct django_datum *datum = parse_moment(all, DATUM_DATE);
	if (datum == NULL || datum->kind == DATUM_NULL || datum->kind == DATUM_DATE)
		return datum;
	if (datum->kind != DATUM_DATE_TIME)
		return fail(all->context, all->value);
	if (uses_zones(all->context) && datum->moment.is_aware &&
	    !iw_django_moment_to_zone(all->context, &datum->moment, time_zone(all->context), false))
		return NULL;
	datum->kind = DATUM_DATE;
	return datum;
}

/* The zone of naive datetimes in the database. */
static const char *connection_zone(const struct django_context *context)
{
	const char *zone = context->settings == NULL ? NULL : context->settings->database_time_zone;
	return zone == NULL ? "UTC" : zone;
}

static struct django_datum *to_date_time(struct preparing *all)
{
	struct django_context *context = all->context;
	struct django_datum *datum = parse_moment(all, DATUM_DATE_TIME);
	if (datum == NULL || datum->kind == DATUM_NULL)
		return datum;
	if (datum->kind != DATUM_DATE && datum->kind != DATUM_DATE_TIME)
		return fail(context, all->value);
	datum->kind = DATUM_DATE_TIME;
	if (uses_zones(context) && !datum->moment.is_aware &&
	    !iw_django_moment_in_zone(context, &datum->moment, time_zone(context)))
		return NULL;
	if (context->engine.dialect == IW_POSTGRES || !datum->moment.is_aware)
		return datum;
	if (!uses_zones(context))
		return fail(context, all->value);
	return iw_django_moment_to_zone(context, &datum->moment, connection_zone(context), false) ? datum : NULL;
}

static struct django_datum *to_time(struct preparing *all)
{
	struct django_datum *datum = parse_moment(all, DATUM_TIME);
	if (datum == NULL || datum->kind == DATUM_NULL)
		return datum;
	if (datum->kind == DATUM_DATE_TIME)
		datum->kind = DATUM_TIME;
	bool is_refused = datum->moment.is_aware && all->context->engine.dialect != IW_POSTGRES;
	return datum->kind == DATUM_TIME && !is_refused ? datum : fail(all->context, all->value);
}

static struct django_datum *to_duration(struct preparing *all)
{
	struct django_datum *datum = all->datum;
	bool is_text = datum != NULL && datum->kind == DATUM_TEXT && all->context->engine.dialect == IW_POSTGRES;
	if (datum == NULL || (datum->kind != DATUM_NULL && datum->kind != DATUM_DURATION && !is_text))
		return fail(all->context, all->value);
	return datum;
}

static struct django_datum *to_uuid(struct preparing *all)
{
	struct django_datum *datum = all->datum;
	const char *text = NULL;
	if (datum == NULL || datum->kind == DATUM_NULL || datum->kind == DATUM_UUID)
		return datum != NULL ? datum : fail(all->context, all->value);
	if (datum->kind == DATUM_TEXT)
		text = uuid_text(all->context->arena, datum->text);
	else if (datum->kind == DATUM_INTEGER)
		text = uuid_of_integer(all->context->arena, g_ascii_strtoll(datum->text, NULL, 10));
	return text == NULL ? fail(all->context, all->value) : new_text(all->context, DATUM_UUID, text);
}

static struct django_datum *to_address(struct preparing *all)
{
	struct django_context *context = all->context;
	struct django_datum *datum = all->datum == NULL ? NULL : to_text(all);
	bool is_generic = all->field.field->type == DJANGO_GENERIC_IP_ADDRESS;
	if (datum == NULL || datum->kind == DATUM_NULL || !is_generic)
		return datum != NULL ? datum : fail(context, all->value);
	if (datum->length == 0)
		return new_datum(context, DATUM_NULL);
	if (strchr(datum->text, ':') != NULL) {
		unsigned char bytes[16];
		char text[INET6_ADDRSTRLEN];
		bool is_plain = inet_pton(AF_INET6, datum->text, bytes) == 1 &&
				inet_ntop(AF_INET6, bytes, text, sizeof text) != NULL && strchr(text, '.') == NULL;
		if (!is_plain)
			return fail(context, all->value);
		datum = new_text(context, DATUM_TEXT, text);
	}
	datum->kind = DATUM_INET;
	return datum;
}

static struct django_datum *to_bytes(struct preparing *all)
{
	struct django_datum *datum = all->datum;
	if (datum != NULL && datum->kind == DATUM_TEXT && datum->length == 0)
		datum->kind = DATUM_BYTES;
	bool is_good = datum != NULL && (datum->kind == DATUM_BYTES || datum->kind == DATUM_NULL);
	return is_good ? datum : fail(all->context, all->value);
}

static struct django_datum *to_json(struct preparing *all)
{
	if (all->value->kind == IW_PY_NONE)
		return new_datum(all->context, DATUM_NULL);
	const struct iw_py_value *encoder = g_hash_table_lookup(all->field.field->arguments, "encoder");
	const char *text = iw_django_encoded_json(all->context, all->value, encoder);
	return text == NULL ? NULL : new_text(all->context, DATUM_JSON, text);
}

static struct django_datum *to_array(struct preparing *all)
{
	bool is_list = all->value->kind == IW_PY_LIST || all->value->kind == IW_PY_TUPLE;
	const struct django_field *field = all->field.field;
	if (!is_list || field->base == NULL)
		return all->datum != NULL ? all->datum : fail(all->context, all->value);
	struct django_field_ref base = {all->field.state, all->field.model, field->base};
	struct django_datum *datum = new_datum(all->context, DATUM_ARRAY);
	datum->items = iw_arena_ptr_array(all->context->arena);
	for (guint i = 0; i < all->value->items->len; i++) {
		struct django_datum *item = iw_django_datum(all->context, base, all->value->items->pdata[i]);
		if (item == NULL)
			return NULL;
		g_ptr_array_add(datum->items, item);
	}
	return datum;
}

static struct django_datum *to_hstore(struct preparing *all)
{
	struct django_context *context = all->context;
	if (all->value->kind != IW_PY_DICT)
		return all->datum != NULL ? all->datum : fail(context, all->value);
	struct django_datum *datum = new_datum(context, DATUM_HSTORE);
	datum->items = iw_arena_ptr_array(context->arena);
	for (guint i = 0; i < all->value->items->len; i++) {
		const struct iw_py_value *pair[] = {all->value->items->pdata[i], all->value->values->pdata[i]};
		for (size_t k = 0; k < 2; k++) {
			struct preparing one = {context, all->field, pair[k], plain(context, pair[k])};
			struct django_datum *text = one.datum == NULL ? NULL : to_text(&one);
			if (text == NULL)
				return NULL;
			g_ptr_array_add(datum->items, text);
		}
	}
	return datum;
}

/* What the ends of a range are. */
static const char *range_part(const char *type)
{
	if (strcmp(type, "tstzrange") == 0)
		return "django.db.models.DateTimeField";
	return strcmp(type, "daterange") == 0 ? "django.db.models.DateField" : NULL;
}

static struct django_datum *range_of(struct preparing *all, const struct iw_py_value *lower,
				     const struct iw_py_value *upper, const char *bounds)
{
	struct django_context *context = all->context;
	const char *part = range_part(all->field.field->db_type);
	struct django_field_ref end = {all->field.state, all->field.model,
				       part == NULL ? NULL : iw_django_field_make(context, part, NULL)};
	struct django_datum *datum = new_datum(context, DATUM_RANGE);
	datum->type = all->field.field->db_type;
	datum->text = bounds;
	datum->items = iw_arena_ptr_array(context->arena);
	const struct iw_py_value *ends[] = {lower, upper};
	for (size_t i = 0; i < 2; i++) {
		struct django_datum *one =
			ends[i] == NULL ? new_datum(context, DATUM_NULL) : iw_django_datum(context, end, ends[i]);
		if (one == NULL)
			return NULL;
		g_ptr_array_add(datum->items, one);
	}
	return datum;
}

static struct django_datum *to_range(struct preparing *all)
{
	const struct iw_py_value *value = all->value;
	const struct iw_py_value *given = g_hash_table_lookup(all->field.field->arguments, "default_bounds");
	const char *standard = iw_py_text(given) != NULL ? given->text : "[)";
	bool is_pair = (value->kind == IW_PY_TUPLE || value->kind == IW_PY_LIST) && value->items->len == 2;
	if (is_pair && all->field.field->db_type != NULL)
		return range_of(all, value->items->pdata[0], value->items->pdata[1], standard);
	const char *path = value->kind == IW_PY_CALL ? iw_py_path(all->context->python, value) : NULL;
	const char *last = path == NULL ? NULL : strrchr(path, '.');
	bool is_range = last != NULL && g_str_has_suffix(last, "Range") && strstr(path, "psycopg") != NULL;
	if (is_range && all->field.field->db_type != NULL) {
		const struct iw_py_value *bounds = iw_py_argument(value, 2, "bounds");
		const struct iw_py_value *is_empty = iw_py_argument(value, 3, "empty");
		bool has_none = is_empty != NULL && iw_py_truth(is_empty) == 1;
		return range_of(all, iw_py_argument(value, 0, "lower"), iw_py_argument(value, 1, "upper"),
				has_none		     ? NULL
				: iw_py_text(bounds) != NULL ? bounds->text
							     : "[)");
	}
	return all->datum != NULL && all->datum->kind == DATUM_NULL ? all->datum : fail(all->context, value);
}

static struct django_datum *as_it_is(struct preparing *all)
{
	return all->datum != NULL ? all->datum : fail(all->context, all->value);
}

typedef struct django_datum *preparer(struct preparing *all);

static preparer *const preparers[DJANGO_TYPES] = {
	[DJANGO_AUTO] = to_integer,
	[DJANGO_BIG_AUTO] = to_integer,
	[DJANGO_SMALL_AUTO] = to_integer,
	[DJANGO_BIG_INTEGER] = to_integer,
	[DJANGO_INTEGER] = to_integer,
	[DJANGO_SMALL_INTEGER] = to_integer,
	[DJANGO_POSITIVE_BIG_INTEGER] = to_integer,
	[DJANGO_POSITIVE_INTEGER] = to_integer,
	[DJANGO_POSITIVE_SMALL_INTEGER] = to_integer,
	[DJANGO_BINARY] = to_bytes,
	[DJANGO_BOOLEAN] = to_boolean,
	[DJANGO_NULL_BOOLEAN] = to_boolean,
	[DJANGO_CHAR] = to_text,
	[DJANGO_SLUG] = to_text,
	[DJANGO_FILE] = to_text,
	[DJANGO_FILE_PATH] = to_text,
	[DJANGO_COMMA_SEPARATED_INTEGER] = to_text,
	[DJANGO_TEXT] = to_text,
	[DJANGO_CITEXT] = to_text,
	[DJANGO_DATE] = to_date,
	[DJANGO_TIME] = to_time,
	[DJANGO_DATE_TIME] = to_date_time,
	[DJANGO_DECIMAL] = to_decimal,
	[DJANGO_DURATION] = to_duration,
	[DJANGO_FLOAT] = to_float,
	[DJANGO_IP_ADDRESS] = to_address,
	[DJANGO_GENERIC_IP_ADDRESS] = to_address,
	[DJANGO_JSON] = to_json,
	[DJANGO_UUID] = to_uuid,
	[DJANGO_ARRAY] = to_array,
	[DJANGO_HSTORE] = to_hstore,
	[DJANGO_RANGE] = to_range,
};

/* fields ------------------------------------------------------------------------------------------------------------
 */

/*
 * The type whose methods prepare values: not that of get_internal_type(), which a class may name as it likes, but of
 * the class that it derives from.
 */
static enum django_type preparing_type(const struct django_field *field)
{
	const struct django_class *row = iw_django_class_row(field->base_path);
	if (field->self == NULL || row == NULL || row->type == DJANGO_TYPES)
		return row != NULL && row->type != DJANGO_TYPES ? row->type : field->type;
	return row->type;
}

static struct django_datum *prepare_as_row(struct preparing *all, const struct django_class *row)
{
	bool is_own = (row->flags & OWN_VALUES) != 0, is_json = (row->flags & JSON_VALUES) != 0;
	struct django_datum *datum = all->datum;
	if (is_json && !(all->value->kind == IW_PY_NONE && all->field.field->null)) {
		const char *text = iw_django_json_text(all->context, all->value);
		return text == NULL ? NULL : new_text(all->context, DATUM_TEXT, text);
	}
	bool is_nothing =
		datum != NULL && (datum->kind == DATUM_NULL || (datum->kind == DATUM_TEXT && datum->length == 0));
	if (is_own && !is_nothing)
		return iw_django_fail(all->context, all->field.field->place, "how %s writes its values is not known",
				      row->path);
	return NULL;
}

struct django_datum *iw_django_datum(struct django_context *context, struct django_field_ref field,
				     const struct iw_py_value *value)
{
	if (iw_django_is_unknown(context, value))
		return NULL;
	for (int depth = 0; field.field != NULL && field.field->is_relation && !field.field->is_many_to_many; depth++) {
		if (value->kind == IW_PY_NONE || depth == 32)
			return new_datum(context, DATUM_NULL);
		struct django_field_ref target = iw_django_target(field);
		if (target.field == NULL)
			return iw_django_fail(context, field.field->place, "what \"%s\" points to is not known",
					      field.field->name);
		field = target;
		if (value->kind == IW_PY_STRING && value->length == 0 && !target.field->empty_strings_allowed)
			return new_datum(context, DATUM_NULL);
	}
	bool has_own_form = value->kind == IW_PY_DICT || value->kind == IW_PY_SET;
	struct preparing all = {context, field, value, NULL};
	preparer *prepare = field.field == NULL ? NULL : preparers[preparing_type(field.field)];
	bool needs_plain = prepare != to_range && prepare != to_json && prepare != to_hstore && prepare != to_array;
	if (!has_own_form && (needs_plain || value->kind != IW_PY_CALL) && prepare != to_json)
		all.datum = plain(context, value);
	if (context->problem != NULL)
		return NULL;
	const struct django_class *row =
		field.field == NULL || field.field->self != NULL ? NULL : iw_django_class_row(field.field->path);
	struct django_datum *datum = row == NULL ? NULL : prepare_as_row(&all, row);
	if (datum != NULL || context->problem != NULL)
		return datum;
	return prepare == NULL ? as_it_is(&all) : prepare(&all);
}
