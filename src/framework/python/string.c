/* Methods of str and bytes; see python_internal.h. */
#include "framework/python/python_internal.h"

#include "framework/python/methods.h"

static struct iw_py_value *text(const struct py_call *call, const char *bytes, size_t length)
{
	struct iw_py_value *value = iw_py_new_text(call->python, call->receiver->kind, bytes, length);
	value->place = call->place;
	return value;
}

/* Case ---------------------------------------------------------------------------------------------------------- */

static struct iw_py_value *change_case(const struct py_call *call)
{
	const struct iw_py_value *self = call->receiver;
	bool is_up = call->name[0] == 'u', is_ascii = true, has_nul = false;
	for (size_t i = 0; i < self->length; i++) {
		is_ascii = is_ascii && (unsigned char)self->text[i] < 0x80;
		has_nul = has_nul || self->text[i] == '\0';
	}
	if (is_ascii || self->kind == IW_PY_BYTES) {
		g_autofree char *changed = is_up ? g_ascii_strup(self->text, (gssize)self->length)
						 : g_ascii_strdown(self->text, (gssize)self->length);
		return text(call, changed, self->length);
	}
	if (has_nul || call->name[0] == 'c') /* casefold() */
		return NULL;
	g_autofree char *changed = is_up ? g_utf8_strup(self->text, (gssize)self->length)
					 : g_utf8_strdown(self->text, (gssize)self->length);
	return text(call, changed, strlen(changed));
}

static struct iw_py_value *title(const struct py_call *call)
{
	g_autofree char *copy = g_memdup2(call->receiver->text, call->receiver->length + 1);
	bool is_whole = call->name[0] == 'c'; /* capitalize */
	for (size_t i = 0; i < call->receiver->length; i++) {
		if ((unsigned char)copy[i] >= 0x80)
			return NULL;
		bool is_first = is_whole ? i == 0 : i == 0 || !g_ascii_isalpha(call->receiver->text[i - 1]);
		copy[i] = is_first ? g_ascii_toupper(copy[i]) : g_ascii_tolower(copy[i]);
	}
	return text(call, copy, call->receiver->length);
}

/* Cutting ------------------------------------------------------------------------------------------------------- */

static bool is_stripped(const char *set, size_t length, char c)
{
	return set == NULL ? g_ascii_isspace(c) || c == '\v' || (c >= 0x1c && c <= 0x1f)
			   : memchr(set, c, length) != NULL;
}

/* White space of Unicode, which these methods know too. */
static bool has_wide_space(const struct iw_py_value *value)
{
	const char *end = value->text + value->length;
	for (const char *at = value->text; value->kind == IW_PY_STRING && at < end; at++)
		if ((unsigned char)*at >= 0x80)
			for (gunichar c; at < end; at = g_utf8_next_char(at)) {
				c = g_utf8_get_char_validated(at, end - at);
				if (c == 0x85 || c == 0xA0 || (c > 0xA0 && (c > 0x10FFFF || g_unichar_isspace(c))))
					return true;
			}
	return false;
}

static struct iw_py_value *strip(const struct py_call *call)
{
	const struct iw_py_value *set = iw_py_given(call, 0, NULL);
	if (set != NULL && set->kind != call->receiver->kind && set->kind != IW_PY_NONE)
		return NULL;
	const char *bytes = set == NULL || set->kind == IW_PY_NONE ? NULL : set->text;
	size_t count = bytes == NULL ? 0 : set->length;
	if (bytes == NULL && has_wide_space(call->receiver))
		return NULL;
	for (size_t i = 0; i < count; i++)
		if ((unsigned char)bytes[i] >= 0x80)
			return NULL;
	const char *from = call->receiver->text, *to = from + call->receiver->length;
	while (call->name[0] != 'r' && from < to && is_stripped(bytes, count, *from))
		from++;
	while (call->name[0] != 'l' && to > from && is_stripped(bytes, count, to[-1]))
		to--;
	return text(call, from, (size_t)(to - from));
}

static gint64 given_count(const struct py_call *call, guint position, const char *name, gint64 standard)
{
	const struct iw_py_value *value = iw_py_given(call, position, name);
	return value == NULL || (value->kind != IW_PY_INTEGER && value->kind != IW_PY_BOOLEAN) ? standard
											       : value->integer;
}

static void split_words(const struct py_call *call, gint64 most, GPtrArray *parts)
{
	const char *at = call->receiver->text, *end = at + call->receiver->length;
	while (true) {
		while (at < end && is_stripped(NULL, 0, *at))
			at++;
		if (at == end)
			return;
		const char *stop = at;
		while (stop < end && !is_stripped(NULL, 0, *stop))
			stop++;
		if (most >= 0 && (gint64)parts->len == most)
			stop = end;
		g_ptr_array_add(parts, text(call, at, (size_t)(stop - at)));
		at = stop;
	}
}

static void split_from_right(const struct py_call *call, const struct iw_py_value *by, gint64 most, GPtrArray *parts)
{
	const char *start = call->receiver->text, *end = start + call->receiver->length;
	for (const char *at = end - by->length; at >= start && (gint64)parts->len < most; at--) {
		if (memcmp(at, by->text, by->length) != 0)
			continue;
		g_ptr_array_insert(parts, 0, text(call, at + by->length, (size_t)(end - at) - by->length));
		end = at;
		at -= by->length - 1;
	}
	g_ptr_array_insert(parts, 0, text(call, start, (size_t)(end - start)));
}

static struct iw_py_value *split(const struct py_call *call)
{
	const struct iw_py_value *by = iw_py_given(call, 0, "sep");
	gint64 most = given_count(call, 1, "maxsplit", -1);
	struct iw_py_value *list = iw_py_new_list(call->python, IW_PY_LIST);
	list->place = call->place;
	bool is_from_right = call->name[0] == 'r';
	if (by == NULL || by->kind == IW_PY_NONE) {
		if ((is_from_right && most >= 0) || has_wide_space(call->receiver))
			return NULL;
		split_words(call, most, list->items);
		return list;
	}
	if (by->kind != call->receiver->kind)
		return NULL;
	if (by->length == 0)
		return iw_py_raise(call->python, call->place, "ValueError", "empty separator");
	if (is_from_right && most >= 0) {
		split_from_right(call, by, most, list->items);
		return list;
	}
	const char *at = call->receiver->text, *end = at + call->receiver->length;
	while (most < 0 || (gint64)list->items->len < most) {
		const char *next = memmem(at, (size_t)(end - at), by->text, by->length);
		if (next == NULL || !iw_py_step(call->python))
			break;
		g_ptr_array_add(list->items, text(call, at, (size_t)(next - at)));
		at = next + by->length;
	}
	g_ptr_array_add(list->items, text(call, at, (size_t)(end - at)));
	return list;
}

static struct iw_py_value *split_lines(const struct py_call *call)
{
	struct iw_py_value *list = iw_py_new_list(call->python, IW_PY_LIST);
	const struct iw_py_value *keeps = iw_py_given(call, 0, "keepends");
	bool keeps_ends = keeps != NULL && iw_py_truth(keeps) == 1;
	const char *at = call->receiver->text, *end = at + call->receiver->length;
	while (at < end && iw_py_step(call->python)) {
		const char *stop = at;
		while (stop < end && *stop != '\n' && *stop != '\r')
			stop++;
		size_t width = stop == end ? 0 : *stop == '\r' && stop + 1 < end && stop[1] == '\n' ? 2 : 1;
		g_ptr_array_add(list->items, text(call, at, (size_t)(stop - at) + (keeps_ends ? width : 0)));
		at = stop + width;
	}
	return list;
}

static struct iw_py_value *partition(const struct py_call *call)
{
	const struct iw_py_value *by = iw_py_given(call, 0, NULL), *self = call->receiver;
	if (by == NULL || by->kind != self->kind || by->length == 0)
		return NULL;
	const char *found = NULL;
	bool is_from_right = call->name[0] == 'r';
	for (const char *at = self->text; at + by->length <= self->text + self->length; at++) {
		if (memcmp(at, by->text, by->length) != 0)
			continue;
		found = at;
		if (!is_from_right)
			break;
	}
	struct iw_py_value *tuple = iw_py_new_list(call->python, IW_PY_TUPLE);
	size_t before = found == NULL ? is_from_right ? 0 : self->length : (size_t)(found - self->text);
	size_t after = found == NULL ? is_from_right ? 0 : self->length : before + by->length;
	g_ptr_array_add(tuple->items, text(call, self->text, before));
	g_ptr_array_add(tuple->items, text(call, by->text, found == NULL ? 0 : by->length));
	g_ptr_array_add(tuple->items, text(call, self->text + after, self->length - after));
	return tuple;
}

static struct iw_py_value *remove_affix(const struct py_call *call)
{
	const struct iw_py_value *affix = iw_py_given(call, 0, NULL), *self = call->receiver;
	if (affix == NULL || affix->kind != self->kind)
		return NULL;
	bool is_prefix = call->name[6] == 'p';
	if (affix->length > self->length)
		return text(call, self->text, self->length);
	const char *at = is_prefix ? self->text : self->text + self->length - affix->length;
	if (memcmp(at, affix->text, affix->length) != 0)
		return text(call, self->text, self->length);
	return text(call, is_prefix ? self->text + affix->length : self->text, self->length - affix->length);
}

/* Joining and replacing ------------------------------------------------------------------------------------------ */

static struct iw_py_value *join(const struct py_call *call)
{
	struct iw_py_value *many = iw_py_given(call, 0, NULL);
	const struct iw_py_value *why = NULL;
	const GPtrArray *items = many == NULL ? NULL : iw_py_iterate(call->python, call->place, many, &why);
	if (items == NULL)
		return NULL;
	if (many->kind == IW_PY_SET && items->len > 1)
		return iw_py_new_unknown(call->python, call->place, "the order of a set is not known");
	g_autoptr(GString) joined = g_string_new(NULL);
	for (guint i = 0; i < items->len; i++) {
		const struct iw_py_value *item = items->pdata[i];
		if (item->kind == IW_PY_INSTANCE && item->attributes != NULL &&
		    iw_py_equal(item, g_hash_table_lookup(item->attributes, "value")) == 1)
			item = g_hash_table_lookup(item->attributes, "value");
		if (item->kind == IW_PY_UNKNOWN)
			return iw_py_unknown_from(call->python, item);
		if (item->kind != call->receiver->kind)
			return iw_py_is_symbol(item)
				       ? iw_py_new_unknown(call->python, call->place, "the text of %s is not known",
							   iw_py_repr(call->python, item))
				       : iw_py_raise(call->python, call->place, "TypeError",
						     "sequence item %u: expected str instance", i);
		if (i > 0)
			g_string_append_len(joined, call->receiver->text, (gssize)call->receiver->length);
		g_string_append_len(joined, item->text, (gssize)item->length);
		if (joined->len > PY_LONGEST || !iw_py_step(call->python))
			return iw_py_new_unknown(call->python, call->place, "this text is too long");
	}
	return text(call, joined->str, joined->len);
}

static struct iw_py_value *replace(const struct py_call *call)
{
	const struct iw_py_value *old = iw_py_given(call, 0, "old"), *new = iw_py_given(call, 1, "new");
	gint64 most = given_count(call, 2, "count", -1);
	const struct iw_py_value *self = call->receiver;
	if (old == NULL || new == NULL || old->kind != self->kind || new->kind != self->kind || old->length == 0)
		return NULL;
	g_autoptr(GString) result = g_string_new(NULL);
	const char *at = self->text, *end = at + self->length;
	for (gint64 i = 0; most < 0 || i < most; i++) {
		const char *next = memmem(at, (size_t)(end - at), old->text, old->length);
		if (next == NULL)
			break;
		g_string_append_len(result, at, next - at);
		g_string_append_len(result, new->text, (gssize) new->length);
		at = next + old->length;
		if (result->len > PY_LONGEST)
			return iw_py_new_unknown(call->python, call->place, "this text is too long");
	}
	g_string_append_len(result, at, end - at);
	return text(call, result->str, result->len);
}

/* Looking ------------------------------------------------------------------------------------------------------- */

static int has_affix(const struct iw_py_value *self, const struct iw_py_value *affix, bool is_end)
{
	if (affix->kind == IW_PY_TUPLE) {
		int any = 0;
		for (guint i = 0; i < affix->items->len && any == 0; i++)
			any = has_affix(self, affix->items->pdata[i], is_end);
		return any;
	}
	if (affix->kind != self->kind)
		return -1;
	if (affix->length > self->length)
		return 0;
	return memcmp(is_end ? self->text + self->length - affix->length : self->text, affix->text, affix->length) == 0;
}

static struct iw_py_value *affix(const struct py_call *call)
{
	const struct iw_py_value *wanted = iw_py_given(call, 0, NULL);
	if (wanted == NULL || call->arguments->items->len > 1)
		return NULL;
	int has = has_affix(call->receiver, wanted, call->name[0] == 'e');
	return has < 0 ? NULL : iw_py_new_boolean(call->python, has);
}

static struct iw_py_value *find(const struct py_call *call)
{
	const struct iw_py_value *wanted = iw_py_given(call, 0, NULL), *self = call->receiver;
	if (wanted == NULL || wanted->kind != self->kind || call->arguments->items->len > 1)
		return NULL;
	const char *found = NULL;
	bool is_from_right = call->name[0] == 'r';
	for (const char *at = self->text; at + wanted->length <= self->text + self->length; at++) {
		if (memcmp(at, wanted->text, wanted->length) != 0)
			continue;
		found = at;
		if (!is_from_right)
			break;
	}
	if (found == NULL && strstr(call->name, "index") != NULL)
		return iw_py_raise(call->python, call->place, "ValueError", "substring not found");
	if (found == NULL)
		return iw_py_new_integer(call->python, -1);
	return iw_py_new_integer(call->python, (gint64)iw_py_characters(self->text, (size_t)(found - self->text)));
}

static struct iw_py_value *count(const struct py_call *call)
{
	const struct iw_py_value *wanted = iw_py_given(call, 0, NULL), *self = call->receiver;
	if (wanted == NULL || wanted->kind != self->kind || wanted->length == 0 || call->arguments->items->len > 1)
		return NULL;
	gint64 found = 0;
	const char *at = self->text, *end = at + self->length;
	while ((at = memmem(at, (size_t)(end - at), wanted->text, wanted->length)) != NULL) {
		found++;
		at += wanted->length;
	}
	return iw_py_new_integer(call->python, found);
}

static struct iw_py_value *is_kind(const struct py_call *call)
{
	const struct iw_py_value *self = call->receiver;
	bool all = self->length > 0, any_cased = false;
	for (size_t i = 0; i < self->length && all; i++) {
		char c = self->text[i];
		if ((unsigned char)c >= 0x80)
			return NULL;
		any_cased = any_cased || g_ascii_isalpha(c);
		if (strcmp(call->name, "isalpha") == 0)
			all = g_ascii_isalpha(c);
		else if (strcmp(call->name, "isalnum") == 0)
			all = g_ascii_isalnum(c);
		else if (strcmp(call->name, "isspace") == 0)
			all = is_stripped(NULL, 0, c);
		else if (strcmp(call->name, "isupper") == 0)
			all = !g_ascii_islower(c);
		else if (strcmp(call->name, "islower") == 0)
			all = !g_ascii_isupper(c);
		else if (strcmp(call->name, "isidentifier") == 0)
			all = c == '_' || g_ascii_isalpha(c) || (i > 0 && g_ascii_isdigit(c));
		else
			all = g_ascii_isdigit(c);
	}
	bool needs_case = strcmp(call->name, "isupper") == 0 || strcmp(call->name, "islower") == 0;
	return iw_py_new_boolean(call->python, all && (any_cased || !needs_case));
}

/* Padding ------------------------------------------------------------------------------------------------------- */

static struct iw_py_value *pad(const struct py_call *call)
{
	const struct iw_py_value *self = call->receiver;
	gint64 width = given_count(call, 0, "width", -1);
	const char *filler = call->name[0] == 'z' ? "0" : " ";
	if (iw_py_given(call, 1, NULL) != NULL)
		filler = iw_py_given_text(call, 1, NULL);
	if (width > PY_LONGEST / 8 || filler == NULL)
		return NULL;
	gint64 missing = width - (gint64)iw_py_characters(self->text, self->length);
	if (missing <= 0)
		return text(call, self->text, self->length);
	gint64 left = call->name[0] == 'l' ? 0 : call->name[0] == 'c' ? missing / 2 + (missing & width & 1) : missing;
	g_autoptr(GString) out = g_string_new(NULL);
	bool has_sign = call->name[0] == 'z' && self->length > 0 && (self->text[0] == '-' || self->text[0] == '+');
	if (has_sign)
		g_string_append_c(out, self->text[0]);
	for (gint64 i = 0; i < left; i++)
		g_string_append(out, filler);
	g_string_append_len(out, self->text + has_sign, (gssize)self->length - has_sign);
	for (gint64 i = left; i < missing; i++)
		g_string_append(out, filler);
	return text(call, out->str, out->len);
}

/* Bytes --------------------------------------------------------------------------------------------------------- */

static struct iw_py_value *convert(const struct py_call *call)
{
	const char *encoding = iw_py_given_text(call, 0, "encoding");
	bool is_utf8 = encoding == NULL || g_ascii_strcasecmp(encoding, "utf-8") == 0 ||
		       g_ascii_strcasecmp(encoding, "utf8") == 0;
	bool is_ascii = true;
	for (size_t i = 0; i < call->receiver->length; i++)
		is_ascii = is_ascii && (unsigned char)call->receiver->text[i] < 0x80;
	if (!is_utf8 && !(is_ascii && g_ascii_strcasecmp(encoding, "ascii") == 0))
		return NULL;
	if (call->name[0] == 'd' && !g_utf8_validate_len(call->receiver->text, call->receiver->length, NULL))
		return NULL;
	return iw_py_new_text(call->python, call->name[0] == 'e' ? IW_PY_BYTES : IW_PY_STRING, call->receiver->text,
			      call->receiver->length);
}

static struct iw_py_value *hexadecimal(const struct py_call *call)
{
	g_autoptr(GString) out = g_string_new(NULL);
	for (size_t i = 0; i < call->receiver->length; i++)
		g_string_append_printf(out, "%02x", (unsigned char)call->receiver->text[i]);
	return iw_py_new_text(call->python, IW_PY_STRING, out->str, out->len);
}

#define TEXTS (1u << IW_PY_STRING | 1u << IW_PY_BYTES)
const struct py_method iw_py_string_methods[] = {
	{"upper", 1u << IW_PY_STRING, change_case},
	{"lower", 1u << IW_PY_STRING, change_case},
	{"casefold", 1u << IW_PY_STRING, change_case},
	{"title", TEXTS, title},
	{"capitalize", TEXTS, title},
	{"strip", TEXTS, strip},
	{"lstrip", TEXTS, strip},
	{"rstrip", TEXTS, strip},
	{"split", TEXTS, split},
	{"rsplit", TEXTS, split},
	{"splitlines", TEXTS, split_lines},
	{"partition", TEXTS, partition},
	{"rpartition", TEXTS, partition},
	{"removeprefix", TEXTS, remove_affix},
	{"removesuffix", TEXTS, remove_affix},
	{"join", TEXTS, join},
	{"replace", TEXTS, replace},
	{"startswith", TEXTS, affix},
	{"endswith", TEXTS, affix},
	{"find", TEXTS, find},
	{"rfind", TEXTS, find},
	{"index", TEXTS, find},
	{"rindex", TEXTS, find},
	{"count", TEXTS, count},
	{"isdigit", TEXTS, is_kind},
	{"isdecimal", TEXTS, is_kind},
	{"isnumeric", TEXTS, is_kind},
	{"isalpha", TEXTS, is_kind},
	{"isalnum", TEXTS, is_kind},
	{"isspace", TEXTS, is_kind},
	{"isupper", TEXTS, is_kind},
	{"islower", TEXTS, is_kind},
	{"isidentifier", TEXTS, is_kind},
	{"zfill", TEXTS, pad},
	{"ljust", TEXTS, pad},
	{"rjust", TEXTS, pad},
	{"center", TEXTS, pad},
	{"encode", 1u << IW_PY_STRING, convert},
	{"decode", 1u << IW_PY_BYTES, convert},
	{"hex", 1u << IW_PY_BYTES, hexadecimal},
	{"format", 1u << IW_PY_STRING, iw_py_format_fields},
	{"format_map", 1u << IW_PY_STRING, iw_py_format_fields},
	{NULL, 0, NULL},
};
