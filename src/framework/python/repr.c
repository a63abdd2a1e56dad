/* The text of values, as repr() and str() print it; see python_internal.h. */
#include "framework/python/python_internal.h"

enum { DEEPEST_REPR = 40, LONGEST_REPR = 1 << 20 };

const char *iw_py_float_text(iw_py *python, double number)
{
	if (isnan(number))
		return "nan";
	if (isinf(number))
		return number > 0 ? "inf" : "-inf";
	char text[40];
	int digits = 1;
	do
		g_ascii_formatd(text, sizeof text,
				digits == 1    ? "%.0e"
				: digits == 17 ? "%.16e"
					       : (char[]){'%', '.', (char)('0' + (digits - 1) / 10),
							  (char)('0' + (digits - 1) % 10), 'e', 0},
				number);
	while (g_ascii_strtod(text, NULL) != number && ++digits <= 17);
	char *mark = strchr(text, 'e');
	int exponent = (int)g_ascii_strtoll(mark + 1, NULL, 10);
	*mark = '\0';
	g_autoptr(GString) plain = g_string_new(NULL);
	for (const char *at = text; *at != '\0'; at++)
		if (g_ascii_isdigit(*at))
			g_string_append_c(plain, *at);
	const char *sign = text[0] == '-' ? "-" : "";
	if (exponent < -4 || exponent >= 16) {
		if (plain->len > 1)
			g_string_insert_c(plain, 1, '.');
		return iw_arena_printf(python->arena, "%s%se%c%02d", sign, plain->str, exponent < 0 ? '-' : '+',
				       ABS(exponent));
	}
	while (exponent < 0) {
		g_string_prepend_c(plain, '0');
		exponent++;
	}
	while ((int)plain->len < exponent + 2)
		g_string_append_c(plain, '0');
	g_string_insert_c(plain, exponent + 1, '.');
	return iw_arena_printf(python->arena, "%s%s", sign, plain->str);
}

static void add_escaped(GString *out, gunichar c, char quote)
{
	static const char letters[] = "\n\r\t\\", escapes[] = "nrt\\";
	const char *special = c != 0 && c < 128 ? strchr(letters, (char)c) : NULL;
	if (special != NULL)
		g_string_append_printf(out, "\\%c", escapes[special - letters]);
	else if (c == (gunichar)quote)
		g_string_append_printf(out, "\\%c", quote);
	else if (c < 32 || c == 127)
		g_string_append_printf(out, "\\x%02x", c);
	else if (c < 127 || (g_unichar_isprint(c) && c != 0xA0 && !g_unichar_isspace(c) && g_unichar_isdefined(c)))
		g_string_append_unichar(out, c);
	else if (c < 256)
		g_string_append_printf(out, "\\x%02x", c);
	else
		g_string_append_printf(out, c < 65536 ? "\\u%04x" : "\\U%08x", c);
}

static void add_text(GString *out, const struct iw_py_value *value)
{
	bool is_bytes = value->kind == IW_PY_BYTES;
	bool has_single = memchr(value->text, '\'', value->length) != NULL;
	bool has_double = memchr(value->text, '"', value->length) != NULL;
	char quote = has_single && !has_double ? '"' : '\'';
	if (is_bytes)
		g_string_append_c(out, 'b');
	g_string_append_c(out, quote);
	const char *end = value->text + value->length;
	for (const char *at = value->text; at < end;) {
		gunichar c = is_bytes ? (gunichar)(unsigned char)*at : g_utf8_get_char_validated(at, end - at);
		if (is_bytes && c >= 127) {
			g_string_append_printf(out, "\\x%02x", c);
			at++;
		} else if (c == (gunichar)-1 || c == (gunichar)-2) { /* a lone surrogate, or NUL */
			if (*at == '\0') {
				g_string_append(out, "\\x00");
				at++;
			} else {
				guint32 low = ((guint32)at[0] & 15) << 12 | ((guint32)at[1] & 63) << 6 |
					      ((guint32)at[2] & 63);
				g_string_append_printf(out, "\\u%04x", low);
				at += MIN(3, end - at);
			}
		} else {
			add_escaped(out, c, quote);
			at = is_bytes ? at + 1 : g_utf8_next_char(at);
		}
	}
	g_string_append_c(out, quote);
}

static bool add_items(iw_py *python, GString *out, const GPtrArray *items, int depth)
{
	bool is_known = true;
	for (guint i = 0; i < items->len; i++) {
		if (i > 0)
			g_string_append(out, ", ");
		is_known = iw_py_add_repr(python, out, items->pdata[i], depth + 1) && is_known;
	}
	return is_known;
}

static bool add_dict(iw_py *python, GString *out, const struct iw_py_value *value, int depth)
{
	bool is_known = true;
	g_string_append_c(out, '{');
	for (guint i = 0; i < value->items->len; i++) {
		if (i > 0)
			g_string_append(out, ", ");
		is_known = iw_py_add_repr(python, out, value->items->pdata[i], depth + 1) && is_known;
		g_string_append(out, ": ");
		is_known = iw_py_add_repr(python, out, value->values->pdata[i], depth + 1) && is_known;
	}
	g_string_append_c(out, '}');
	return is_known;
}

static void add_call(iw_py *python, GString *out, const struct iw_py_value *value, int depth)
{
	iw_py_add_repr(python, out, value->receiver, depth + 1);
	g_string_append_c(out, '(');
	add_items(python, out, value->items, depth);
	for (guint i = 0; i < value->names->len; i++) {
		bool is_first = i == 0 && value->items->len == 0;
		g_string_append_printf(out, "%s%s=", is_first ? "" : ", ", (char *)value->names->pdata[i]);
		iw_py_add_repr(python, out, value->values->pdata[i], depth + 1);
	}
	g_string_append_c(out, ')');
}

static void add_operation(iw_py *python, GString *out, const struct iw_py_value *value, int depth)
{
	const GPtrArray *items = value->items;
	if (strcmp(value->text, "[]") == 0 && items->len == 2) {
		iw_py_add_repr(python, out, items->pdata[0], depth + 1);
		g_string_append_c(out, '[');
		iw_py_add_repr(python, out, items->pdata[1], depth + 1);
		g_string_append_c(out, ']');
		return;
	}
	if (items->len == 1)
		g_string_append_printf(out, "%s%s", value->text, g_ascii_isalpha(value->text[0]) ? " " : "");
	for (guint i = 0; i < items->len; i++) {
		if (i > 0)
			g_string_append_printf(out, " %s ", value->text);
		iw_py_add_repr(python, out, items->pdata[i], depth + 1);
	}
}

/* "builtins." is never written. */
static const char *shown_path(const char *path)
{
	return g_str_has_prefix(path, "builtins.") ? path + strlen("builtins.") : path;
}

static void add_instance(iw_py *python, GString *out, const struct iw_py_value *value, int depth)
{
	if (value->receiver == NULL) {
		g_string_append(out, "<super>");
		return;
	}
	const struct py_class *class = value->receiver->private;
	struct iw_py_value *name = g_hash_table_lookup(value->attributes, "name");
	if (class->kind == PY_CLASS_ENUM && name != NULL) {
		g_string_append_printf(out, "<%s.%s: ", value->receiver->text, name->text);
		iw_py_add_repr(python, out, g_hash_table_lookup(value->attributes, "value"), depth + 1);
		g_string_append_c(out, '>');
		return;
	}
	if (class->kind != PY_CLASS_DATA && class->kind != PY_CLASS_TUPLE) {
		g_string_append_printf(out, "<%s object>", class->path);
		return;
	}
	g_string_append_printf(out, "%s(", value->receiver->text);
	for (guint i = 0; i < class->fields->len; i++) {
		struct iw_py_value *field = g_hash_table_lookup(value->attributes, class->fields->pdata[i]);
		g_string_append_printf(out, "%s%s=", i == 0 ? "" : ", ", (char *)class->fields->pdata[i]);
		if (field != NULL)
			iw_py_add_repr(python, out, field, depth + 1);
	}
	g_string_append_c(out, ')');
}

bool iw_py_add_repr(iw_py *python, GString *out, const struct iw_py_value *value, int depth)
{
	if (depth > DEEPEST_REPR || out->len > LONGEST_REPR) {
		g_string_append(out, "...");
		return false;
	}
	bool is_known = true;
	switch (value->kind) {
	case IW_PY_NONE:
		g_string_append(out, "None");
		break;
	case IW_PY_BOOLEAN:
		g_string_append(out, value->boolean ? "True" : "False");
		break;
	case IW_PY_INTEGER:
	case IW_PY_FLOAT:
		g_string_append(out, value->text);
		break;
	case IW_PY_STRING:
	case IW_PY_BYTES:
		add_text(out, value);
		break;
	case IW_PY_LIST:
		g_string_append_c(out, '[');
		is_known = add_items(python, out, value->items, depth) && value->text == NULL;
		g_string_append_c(out, ']');
		break;
	case IW_PY_TUPLE:
		g_string_append_c(out, '(');
		is_known = add_items(python, out, value->items, depth);
		g_string_append(out, value->items->len == 1 ? ",)" : ")");
		break;
	case IW_PY_SET: /* of more than one item, Python's order is another */
		if (value->text != NULL)
			g_string_append(out, value->items->len == 0 ? "frozen" : "frozenset(");
		g_string_append(out, value->items->len == 0 ? "set(" : "{");
		is_known = add_items(python, out, value->items, depth) && value->items->len < 2;
		g_string_append(out, value->items->len == 0 ? ")" : value->text != NULL ? "})" : "}");
		break;
	case IW_PY_DICT:
		is_known = add_dict(python, out, value, depth);
		break;
	case IW_PY_INSTANCE:
		add_instance(python, out, value, depth);
		break;
	case IW_PY_CALL:
		add_call(python, out, value, depth);
		return false;
	case IW_PY_ATTRIBUTE:
		iw_py_add_repr(python, out, value->receiver, depth + 1);
		g_string_append_printf(out, ".%s", value->text);
		return false;
	case IW_PY_OPERATION:
		add_operation(python, out, value, depth);
		return false;
	case IW_PY_FOREIGN:
		g_string_append(out, shown_path(value->text));
		return false;
	case IW_PY_CLASS:
		g_string_append(out, py_class(value)->path);
		return false;
	case IW_PY_FUNCTION:
	case IW_PY_MODULE:
		g_string_append(out, value->text);
		return false;
	default:
		g_string_append(out, "<unknown>");
		return false;
	}
	return is_known;
}

const char *iw_py_repr(iw_py *python, const struct iw_py_value *value)
{
	g_autoptr(GString) out = g_string_new(NULL);
	iw_py_add_repr(python, out, value, 0);
	return iw_arena_strndup(python->arena, out->str, out->len);
}

/* The text of a symbol is not known, but what it is of is. */
static struct iw_py_value *no_text(iw_py *python, struct iw_place place, const struct iw_py_value *value)
{
	const struct iw_py_value *unknown = iw_py_unknown_in(value);
	if (unknown != NULL)
		return iw_py_unknown_from(python, unknown);
	return iw_py_new_unknown(python, place, "the text of %s is not known", iw_py_repr(python, value));
}

struct iw_py_value *iw_py_repr_value(iw_py *python, struct iw_place place, struct iw_py_value *value)
{
	struct iw_py_value *method = value->kind == IW_PY_INSTANCE ? iw_py_special(python, value, "__repr__") : NULL;
	if (method != NULL)
		return iw_py_call_with(python, NULL, place, method, iw_py_new_arguments(python));
	g_autoptr(GString) out = g_string_new(NULL);
	bool is_exception = value->kind == IW_PY_CALL && value->receiver->kind == IW_PY_FOREIGN &&
			    iw_py_is_exception(value->receiver->text) && iw_py_unknown_in(value) == NULL;
	if (!iw_py_add_repr(python, out, value, 0) && !is_exception)
		return no_text(python, place, value);
	return iw_py_new_text(python, IW_PY_STRING, out->str, out->len);
}

static struct iw_py_value *text_of_enum(iw_py *python, const struct iw_py_value *value)
{
	const struct py_class *class = py_class(value->receiver);
	struct iw_py_value *name = g_hash_table_lookup(value->attributes, "name");
	if (class->kind != PY_CLASS_ENUM || name == NULL)
		return NULL;
	if (class->formats_value)
		return iw_py_str(python, value->place, g_hash_table_lookup(value->attributes, "value"));
	return iw_py_new_string(python, iw_arena_printf(python->arena, "%s.%s", value->receiver->text, name->text));
}

/* Is the text of pathlib.Path(text), Decimal(text), UUID(text) the same text? */
static bool is_canonical(const char *path, const char *text)
{
	size_t length = strlen(text);
	if (g_str_has_prefix(path, "pathlib."))
		return length > 0 && strstr(text, "//") == NULL && strstr(text, "/./") == NULL &&
		       !g_str_has_prefix(text, "./") && !g_str_has_suffix(text, "/.") &&
		       (length == 1 || text[length - 1] != '/');
	if (strcmp(path, "decimal.Decimal") == 0) {
		const char *digits = text + (text[0] == '-');
		size_t whole = strspn(digits, "0123456789");
		bool has_point = digits[whole] == '.';
		size_t rest = has_point ? strspn(digits + whole + 1, "0123456789") : 0;
		bool is_small = whole == 1 && digits[0] == '0' && strspn(digits, "0.") > 6;
		bool is_padded = whole > 1 && digits[0] == '0';
		return whole > 0 && !is_padded && !is_small && digits[whole + has_point + rest] == '\0' &&
		       (!has_point || rest > 0);
	}
	for (size_t i = 0; i < length; i++)
		if (!(g_ascii_isdigit(text[i]) || (text[i] >= 'a' && text[i] <= 'f') ||
		      (text[i] == '-' && (i == 8 || i == 13 || i == 18 || i == 23))))
			return false;
	return length == 36 && text[8] == '-' && text[13] == '-' && text[18] == '-' && text[23] == '-';
}

/* str() of an exception, a path, a Decimal: its argument's. */
static struct iw_py_value *text_of_call(iw_py *python, struct iw_place place, const struct iw_py_value *value)
{
	static const char *const paths[] = {"pathlib.Path", "pathlib.PurePath", "decimal.Decimal", "uuid.UUID"};
	bool is_exception = value->receiver->kind == IW_PY_FOREIGN ? iw_py_is_exception(value->receiver->text)
			    : value->receiver->kind == IW_PY_CLASS
				    ? py_class(value->receiver)->kind == PY_CLASS_EXCEPTION
				    : false;
	if (is_exception && value->items->len == 0)
		return iw_py_new_string(python, "");
	bool is_plain = is_exception;
	const struct iw_py_value *argument = value->items->len == 1 ? value->items->pdata[0] : NULL;
	for (size_t i = 0; i < G_N_ELEMENTS(paths); i++)
		is_plain = is_plain || (value->receiver->kind == IW_PY_FOREIGN && argument != NULL &&
					argument->kind == IW_PY_STRING && strcmp(value->receiver->text, paths[i]) == 0);
	if (!is_plain || argument == NULL)
		return NULL;
	if (!is_exception && !is_canonical(value->receiver->text, argument->text))
		return NULL;
	if (iw_py_is(python, value->receiver, "builtins.KeyError"))
		return iw_py_repr_value(python, place, (struct iw_py_value *)argument);
	return iw_py_str(python, place, (struct iw_py_value *)argument);
}

struct iw_py_value *iw_py_str(iw_py *python, struct iw_place place, struct iw_py_value *value)
{
	struct iw_py_value *text = NULL;
	if (value->kind == IW_PY_STRING)
		return value;
	if (value->kind == IW_PY_INSTANCE) {
		struct iw_py_value *method = iw_py_special(python, value, "__str__");
		if (method != NULL)
			return iw_py_call_with(python, NULL, place, method, iw_py_new_arguments(python));
		if (value->receiver != NULL)
			text = text_of_enum(python, value);
	} else if (value->kind == IW_PY_CALL) {
		struct iw_py_value *method = iw_py_special(python, value, "__str__");
		if (method != NULL)
			return iw_py_call_with(python, NULL, place, method, iw_py_new_arguments(python));
		text = text_of_call(python, place, value);
	}
	return text != NULL ? text : iw_py_repr_value(python, place, value);
}
