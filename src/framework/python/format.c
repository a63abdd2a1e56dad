/* Text made from values: format specifications, str.format() and "%"; see python_internal.h. */
#include "framework/python/python_internal.h"

enum { WIDEST = 100000 };

struct spec {
	const char *fill;
	size_t fill_length;
	char align, sign, grouping, type;
	bool is_alternate, is_zeroed;
	int width, precision; /* -1: none */
};

static const char *read_number(const char *at, int *number)
{
	*number = 0;
	for (; g_ascii_isdigit(*at); at++)
		*number = MIN(*number * 10 + (*at - '0'), WIDEST + 1);
	return at;
}

/* [[fill]align][sign][z][#][0][width][grouping][.precision][type] */
static bool read_spec(const char *at, struct spec *spec)
{
	*spec = (struct spec){.fill = " ", .fill_length = 1, .width = -1, .precision = -1};
	const char *second = at[0] == '\0' ? at : g_utf8_next_char(at);
	bool has_fill = *second != '\0' && strchr("<>=^", *second) != NULL;
	if (has_fill) {
		spec->fill = at;
		spec->fill_length = (size_t)(second - at);
		spec->align = *second;
		at = second + 1;
	} else if (*at != '\0' && strchr("<>=^", *at) != NULL) {
		spec->align = *at++;
	}
	if (*at != '\0' && strchr("+- ", *at) != NULL)
		spec->sign = *at++;
	if (*at == '#') {
		spec->is_alternate = true;
		at++;
	}
	if (*at == '0' && spec->fill[0] == ' ' && !has_fill) {
		spec->fill = "0";
		spec->is_zeroed = spec->align == '\0';
		at++;
	}
	if (g_ascii_isdigit(*at))
		at = read_number(at, &spec->width);
	if (*at == ',' || *at == '_')
		spec->grouping = *at++;
	if (*at == '.') {
		if (!g_ascii_isdigit(at[1]))
			return false;
		at = read_number(at + 1, &spec->precision);
	}
	if (*at != '\0')
		spec->type = *at++;
	return *at == '\0' && spec->width <= WIDEST && spec->precision <= WIDEST;
}

static struct iw_py_value *pad(iw_py *python, const struct spec *spec, const char *sign, const char *body,
			       size_t length, char standard)
{
	gint64 missing = spec->width - (gint64)strlen(sign) - (gint64)iw_py_characters(body, length);
	char align = spec->align != '\0' ? spec->align : spec->is_zeroed && standard == '>' ? '=' : standard;
	gint64 before = missing <= 0 || align == '<' ? 0 : align == '^' ? missing / 2 : missing;
	g_autoptr(GString) out = g_string_new(NULL);
	if (align == '=')
		g_string_append(out, sign);
	for (gint64 i = 0; i < before; i++)
		g_string_append_len(out, spec->fill, (gssize)spec->fill_length);
	if (align != '=')
		g_string_append(out, sign);
	g_string_append_len(out, body, (gssize)length);
	for (gint64 i = before; i < missing; i++)
		g_string_append_len(out, spec->fill, (gssize)spec->fill_length);
	return iw_py_new_text(python, IW_PY_STRING, out->str, out->len);
}

/* Digits in groups of three (four for other bases), up to the point. */
static void group_digits(GString *body, char separator, int size)
{
	const char *point = size == 3 ? strpbrk(body->str, ".eE%") : NULL;
	gssize end = point == NULL ? (gssize)body->len : point - body->str;
	for (gssize at = end - size; at > 0; at -= size)
		g_string_insert_c(body, at, separator);
}

static const char *sign_of(const struct spec *spec, bool is_negative)
{
	return is_negative ? "-" : spec->sign == '+' ? "+" : spec->sign == ' ' ? " " : "";
}

static struct iw_py_value *format_integer(iw_py *python, const struct iw_py_value *value, const struct spec *spec)
{
	__int128 number;
	bool groups = spec->grouping == '\0' || spec->type == '\0' || spec->type == 'd' ||
		      (spec->grouping == '_' && spec->type != 'n');
	if (!iw_py_wide(value, &number) || spec->precision >= 0 || !groups)
		return NULL;
	unsigned __int128 left = number < 0 ? -(unsigned __int128)number : (unsigned __int128)number;
	int base = spec->type == 'x' || spec->type == 'X' ? 16 : spec->type == 'o' ? 8 : spec->type == 'b' ? 2 : 10;
	g_autoptr(GString) body = g_string_new(NULL);
	do
		g_string_prepend_c(body, (spec->type == 'X' ? "0123456789ABCDEF"
							    : "0123456789abcdef")[(int)(left % (unsigned)base)]);
	while ((left /= (unsigned)base) > 0);
	if (spec->grouping != '\0')
		group_digits(body, spec->grouping, base == 10 ? 3 : 4);
	g_autofree char *sign = g_strdup_printf("%s%s", sign_of(spec, number < 0),
						!spec->is_alternate || base == 10 ? ""
						: spec->type == 'x'		  ? "0x"
						: spec->type == 'X'		  ? "0X"
						: base == 8			  ? "0o"
										  : "0b");
	if (spec->grouping != '\0' && (spec->align == '=' || spec->is_zeroed) && spec->fill[0] == '0')
		return NULL;
	return pad(python, spec, sign, body->str, body->len, '>');
}

static struct iw_py_value *format_float(iw_py *python, const struct iw_py_value *value, const struct spec *spec)
{
	double number = fabs(value->number) * (spec->type == '%' ? 100 : 1);
	char type = spec->type == '%' ? 'f' : spec->type == 'n' ? 'g' : spec->type;
	g_autoptr(GString) body = g_string_new(NULL);
	bool is_split = spec->grouping != '\0' && (spec->is_zeroed || spec->align == '=' || spec->type == 'n');
	if (spec->precision > 300 || is_split || spec->is_alternate || isinf(number) || isnan(number))
		return NULL;
	if (type == '\0' && spec->precision < 0) {
		g_string_append(body, iw_py_float_text(python, number));
	} else if (type == '\0') {
		return NULL;
	} else {
		char pattern[16], text[1024];
		g_snprintf(pattern, sizeof pattern, "%%.%d%c", spec->precision < 0 ? 6 : spec->precision, type);
		if (number > 1e300)
			return NULL;
		g_string_append(body, g_ascii_formatd(text, sizeof text, pattern, number));
	}
	if (spec->grouping != '\0')
		group_digits(body, spec->grouping, 3);
	if (spec->type == '%')
		g_string_append_c(body, '%');
	return pad(python, spec, sign_of(spec, signbit(value->number) != 0), body->str, body->len, '>');
}

static struct iw_py_value *format_text(iw_py *python, const struct iw_py_value *value, const struct spec *spec)
{
	size_t length = value->length;
	if (spec->precision >= 0) {
		const char *at = value->text, *end = at + length;
		for (int i = 0; i < spec->precision && at < end; i++)
			at = g_utf8_next_char(at);
		length = (size_t)(MIN(at, end) - value->text);
	}
	return pad(python, spec, "", value->text, length, '<');
}

static struct iw_py_value *not_formatted(iw_py *python, struct iw_place place, const char *spec)
{
	return iw_py_new_unknown(python, place, "what the format \"%s\" makes is not known", spec);
}

static struct iw_py_value *format_plain(iw_py *python, struct iw_place place, struct iw_py_value *value,
					const char *text)
{
	struct spec spec;
	if (!read_spec(text, &spec))
		return not_formatted(python, place, text);
	struct iw_py_value *result = NULL;
	bool is_integer = value->kind == IW_PY_INTEGER || (value->kind == IW_PY_BOOLEAN && spec.type != '\0');
	if (is_integer && strchr("dxXobn", spec.type) != NULL)
		result = format_integer(python, value, &spec);
	else if ((is_integer || value->kind == IW_PY_FLOAT) && strchr("eEfFgGn%", spec.type) != NULL &&
		 spec.type != '\0')
		result = format_float(python, value, &spec);
	else if (value->kind == IW_PY_FLOAT && spec.type == '\0')
		result = format_float(python, value, &spec);
	else if (is_integer && spec.type == 'c')
		result = NULL;
	else if (value->kind == IW_PY_STRING && (spec.type == 's' || spec.type == '\0') &&
		 (spec.sign != '\0' || spec.is_alternate || spec.align == '=' || spec.grouping != '\0'))
		return iw_py_raise(python, place, "ValueError", "\"%s\" is no format of a text", text);
	else if (value->kind == IW_PY_STRING && (spec.type == 's' || spec.type == '\0'))
		result = format_text(python, value, &spec);
	else if (value->kind == IW_PY_STRING || value->kind == IW_PY_INTEGER || value->kind == IW_PY_FLOAT)
		return iw_py_raise(python, place, "ValueError", "Unknown format code '%c'", spec.type);
	return result != NULL ? result : not_formatted(python, place, text);
}

/* A member of an Enum that is text or a number at once: Python 3.12 formats it otherwise than 3.11. */
static bool is_mixed(const struct iw_py_value *value)
{
	if (value->kind != IW_PY_INSTANCE || value->receiver == NULL)
		return false;
	const struct py_class *class = py_class(value->receiver);
	return class->kind == PY_CLASS_ENUM && class->is_text && !class->formats_value;
}

struct iw_py_value *iw_py_format(iw_py *python, struct iw_place place, struct iw_py_value *value, const char *spec)
{
	if (value->kind == IW_PY_UNKNOWN)
		return iw_py_unknown_from(python, value);
	if (value->kind == IW_PY_INSTANCE) {
		struct iw_py_value *method = iw_py_special(python, value, "__format__");
		if (method != NULL)
			return iw_py_call_one(python, place, method, iw_py_new_string(python, spec));
		if (is_mixed(value) && iw_py_special(python, value, "__str__") == NULL)
			return iw_py_new_unknown(python, place,
						 "versions of Python differ in how they format a member of %s",
						 value->receiver->text);
	}
	bool is_plain = iw_py_is_number(value) || value->kind == IW_PY_STRING;
	if (spec[0] == '\0')
		return iw_py_str(python, place, value);
	if (is_plain)
		return format_plain(python, place, value, spec);
	struct iw_py_value *text = iw_py_str(python, place, value);
	return text->kind == IW_PY_STRING ? not_formatted(python, place, spec) : text;
}

/* str.format ----------------------------------------------------------------------------------------------------- */

struct fields {
	const struct py_call *call;
	gint64 next; /* of "{}" */
	int depth;
	struct iw_py_value *unknown;
};

static struct iw_py_value *named_value(struct fields *fields, const char *name)
{
	const struct py_call *call = fields->call;
	if (strcmp(call->name, "format_map") == 0) {
		struct iw_py_value *map = iw_py_given(call, 0, NULL);
		if (map == NULL || map->kind != IW_PY_DICT)
			return map == NULL ? NULL
					   : iw_py_new_unknown(call->python, call->place, "these values are not known");
		return iw_py_subscript(call->python, call->place, map, iw_py_new_string(call->python, name));
	}
	struct iw_py_value *value = iw_py_given(call, G_MAXUINT, name);
	return value != NULL ? value : iw_py_given(call, G_MAXUINT, "**");
}

/* name or number, then .attribute and [item] */
static struct iw_py_value *field_value(struct fields *fields, const char *name, size_t length)
{
	const struct py_call *call = fields->call;
	size_t first = 0;
	while (first < length && name[first] != '.' && name[first] != '[')
		first++;
	g_autofree char *head = g_strndup(name, first);
	bool is_number = strspn(head, "0123456789") == first;
	gint64 at = first == 0 ? fields->next++ : is_number ? g_ascii_strtoll(head, NULL, 10) : -1;
	struct iw_py_value *value = NULL;
	if (!is_number)
		value = named_value(fields, head);
	else if (at >= 0 && at < call->arguments->items->len)
		value = call->arguments->items->pdata[at];
	if (value == NULL)
		return is_number ? iw_py_raise(call->python, call->place, "IndexError",
					       "Replacement index %d out of range for positional args tuple", (int)at)
				 : iw_py_raise(call->python, call->place, "KeyError", "%s", head);
	const char *end = name + length;
	for (const char *part = name + first; part < end && !iw_py_stopped(call->python);) {
		bool is_item = *part == '[';
		const char *stop = ++part;
		while (stop < end && (is_item ? *stop != ']' : *stop != '.' && *stop != '['))
			stop++;
		char *text = iw_arena_strndup(call->python->arena, part, (size_t)(stop - part));
		bool is_index = text[0] != '\0' && text[strspn(text, "0123456789")] == '\0';
		struct iw_py_value *index = is_index ? iw_py_new_integer(call->python, g_ascii_strtoll(text, NULL, 10))
						     : iw_py_new_string(call->python, text);
		value = is_item ? iw_py_subscript(call->python, call->place, value, index)
				: iw_py_attribute(call->python, call->scope, call->place, value, text);
		part = stop + is_item;
	}
	return value;
}

static bool add_fields(struct fields *fields, const char *at, const char *end, GString *out);

/* `at` is after "{", `end` at its "}". */
static bool add_field(struct fields *fields, const char *at, const char *end, GString *out)
{
	iw_py *python = fields->call->python;
	const char *stop = at;
	while (stop < end && *stop != '!' && *stop != ':') {
		if (*stop == '[')
			while (stop < end && *stop != ']')
				stop++;
		stop += stop < end;
	}
	struct iw_py_value *value = field_value(fields, at, (size_t)(stop - at));
	if (iw_py_stopped(python))
		return false;
	if (stop + 1 < end && *stop == '!') {
		value = stop[1] == 's' ? iw_py_str(python, fields->call->place, value)
				       : iw_py_repr_value(python, fields->call->place, value);
		stop += 2;
	}
	g_autoptr(GString) spec = g_string_new(NULL);
	if (stop < end && *stop == ':' && (fields->depth++ > 1 || !add_fields(fields, stop + 1, end, spec)))
		return false;
	fields->depth = 0;
	value = iw_py_format(python, fields->call->place, value, spec->str);
	if (value->kind == IW_PY_STRING)
		g_string_append_len(out, value->text, (gssize)value->length);
	else if (fields->unknown == NULL)
		fields->unknown = value;
	return !iw_py_stopped(python) && out->len < PY_LONGEST;
}

static bool add_fields(struct fields *fields, const char *at, const char *end, GString *out)
{
	const struct py_call *call = fields->call;
	while (at < end) {
		char c = *at++;
		if (c != '{' && c != '}') {
			g_string_append_c(out, c);
			continue;
		}
		if (at < end && *at == c) {
			g_string_append_c(out, c);
			at++;
			continue;
		}
		int nested = 1;
		const char *stop = at;
		for (; c == '{' && stop < end; stop++) {
			nested += (*stop == '{') - (*stop == '}');
			if (nested == 0)
				break;
		}
		if (c == '}' || stop == end) {
			iw_py_raise(call->python, call->place, "ValueError", "Single '%c' encountered in format string",
				    c);
			return false;
		}
		if (!add_field(fields, at, stop, out))
			return false;
		at = stop + 1;
	}
	return true;
}

struct iw_py_value *iw_py_format_fields(const struct py_call *call)
{
	struct fields fields = {.call = call};
	g_autoptr(GString) out = g_string_new(NULL);
	const char *text = call->receiver->text;
	bool is_done = add_fields(&fields, text, text + call->receiver->length, out);
	if (fields.unknown != NULL)
		return fields.unknown;
	if (!is_done)
		return iw_py_stopped(call->python)
			       ? call->python->none
			       : iw_py_new_unknown(call->python, call->place, "this text is too long");
	struct iw_py_value *value = iw_py_new_text(call->python, IW_PY_STRING, out->str, out->len);
	value->place = call->place;
	return value;
}

/* "%" ------------------------------------------------------------------------------------------------------------ */

struct percent {
	iw_py *python;
	struct iw_place place;
	struct iw_py_value *values;
	guint next;
	struct iw_py_value *unknown;
};

static struct iw_py_value *next_value(struct percent *all)
{
	if (all->values->kind != IW_PY_TUPLE)
		return all->next++ == 0 ? all->values : NULL;
	return all->next < all->values->items->len ? all->values->items->pdata[all->next++] : NULL;
}

static struct iw_py_value *convert(struct percent *all, struct iw_py_value *value, struct spec *spec)
{
	iw_py *python = all->python;
	if (spec->type == 's' || spec->type == 'r' || spec->type == 'a') {
		struct iw_py_value *text = spec->type == 's' ? iw_py_str(python, all->place, value)
							     : iw_py_repr_value(python, all->place, value);
		if (text->kind != IW_PY_STRING)
			return text;
		if (spec->type == 'a' && !g_str_is_ascii(text->text))
			return NULL;
		spec->type = 's';
		if (spec->align == '\0' || spec->align == '=')
			spec->align = '>';
		spec->fill = " ";
		return format_text(python, text, spec);
	}
	if (value->kind == IW_PY_UNKNOWN)
		return iw_py_unknown_from(python, value);
	if (iw_py_is_symbol(value))
		return iw_py_str(python, all->place, value);
	if (spec->type == 'i' || spec->type == 'u')
		spec->type = 'd';
	if (!iw_py_is_number(value))
		return iw_py_raise(python, all->place, "TypeError", "%%%c format: a real number is required",
				   spec->type);
	bool is_integer = strchr("dxXo", spec->type) != NULL;
	if (is_integer && value->kind == IW_PY_FLOAT && spec->type != 'd')
		return iw_py_raise(python, all->place, "TypeError", "%%%c format: an integer is required", spec->type);
	if (is_integer && value->kind == IW_PY_FLOAT && fabs(value->number) > 1e18)
		return NULL;
	if (is_integer && value->kind == IW_PY_FLOAT)
		value = iw_py_new_integer(python, value->integer);
	if (is_integer && spec->precision >= 0)
		return NULL;
	return is_integer ? format_integer(python, value, spec) : format_float(python, value, spec);
}

/* `at` is after "%"; NULL: it cannot go on. */
static const char *add_conversion(struct percent *all, const char *at, const char *end, GString *out)
{
	struct spec spec = {.fill = " ", .fill_length = 1, .width = -1, .precision = -1};
	struct iw_py_value *value = NULL;
	if (at < end && *at == '(') {
		const char *close = memchr(at, ')', (size_t)(end - at));
		if (close == NULL || all->values->kind == IW_PY_TUPLE)
			return NULL;
		value = iw_py_subscript(all->python, all->place, all->values,
					iw_py_new_text(all->python, IW_PY_STRING, at + 1, (size_t)(close - at - 1)));
		if (iw_py_stopped(all->python))
			return NULL;
		at = close + 1;
		all->next = 1;
	}
	for (; at < end && strchr("#0- +", *at) != NULL && *at != '\0'; at++) {
		spec.is_alternate = spec.is_alternate || *at == '#';
		spec.sign = *at == '+' || (*at == ' ' && spec.sign == '\0') ? *at : spec.sign;
		if (*at == '-')
			spec.align = '<';
		if (*at == '0' && spec.align == '\0') {
			spec.align = '=';
			spec.fill = "0";
		}
	}
	if (spec.align == '<')
		spec.fill = " ";
	if (g_ascii_isdigit(*at))
		at = read_number(at, &spec.width);
	if (*at == '.')
		at = read_number(at + 1, &spec.precision);
	while (at < end && strchr("hlL", *at) != NULL && *at != '\0')
		at++;
	if (at >= end || strchr("sradiuxXoeEfFgG", *at) == NULL || spec.width > WIDEST || spec.precision > WIDEST)
		return NULL;
	spec.type = *at++;
	if (value == NULL)
		value = next_value(all);
	if (value == NULL) {
		iw_py_raise(all->python, all->place, "TypeError", "not enough arguments for format string");
		return NULL;
	}
	value = convert(all, value, &spec);
	if (value == NULL || iw_py_stopped(all->python))
		return NULL;
	if (value->kind == IW_PY_STRING)
		g_string_append_len(out, value->text, (gssize)value->length);
	else if (all->unknown == NULL)
		all->unknown = value;
	return at;
}

struct iw_py_value *iw_py_percent(iw_py *python, struct iw_place place, struct iw_py_value *format,
				  struct iw_py_value *values)
{
	struct percent all = {python, place, values, 0, NULL};
	g_autoptr(GString) out = g_string_new(NULL);
	const char *at = format->text, *end = at + format->length;
	if (values->kind == IW_PY_UNKNOWN)
		return iw_py_unknown_from(python, values);
	while (at < end && out->len < PY_LONGEST) {
		if (*at != '%') {
			g_string_append_c(out, *at++);
		} else if (at + 1 < end && at[1] == '%') {
			g_string_append_c(out, '%');
			at += 2;
		} else {
			at = add_conversion(&all, at + 1, end, out);
			if (at == NULL)
				return iw_py_stopped(python) ? python->none
							     : iw_py_new_unknown(python, place,
										 "what this \"%%\" makes is not known");
		}
	}
	if (all.unknown != NULL)
		return all.unknown;
	if (iw_py_is_symbol(values) && all.next == 0)
		return iw_py_new_unknown(python, place, "what this \"%%\" makes is not known");
	bool is_single = values->kind == IW_PY_STRING || values->kind == IW_PY_NONE || values->kind == IW_PY_SET ||
			 iw_py_is_number(values);
	if ((values->kind == IW_PY_TUPLE && all.next < values->items->len) || (is_single && all.next == 0))
		return iw_py_raise(python, place, "TypeError", "not all arguments converted during string formatting");
	struct iw_py_value *value = iw_py_new_text(python, IW_PY_STRING, out->str, out->len);
	value->place = place;
	return value;
}
