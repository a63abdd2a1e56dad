/* Values: making them, their truth and equality, dictionaries, and what callers ask of them; see python.h. */
#include "framework/python/python_internal.h"

const char iw_py_iterator[] = "iterator", iw_py_view[] = "view", iw_py_frozen[] = "frozenset";

struct iw_place iw_py_no_place(void)
{
	return (struct iw_place){NULL, 0, 0};
}

struct iw_py_value *iw_py_new_value(iw_py *python, enum iw_py_kind kind, struct iw_place place)
{
	struct iw_py_value *value = iw_new(python->arena, struct iw_py_value);
	value->kind = kind;
	value->place = place;
	return value;
}

struct iw_py_value *iw_py_new_text(iw_py *python, enum iw_py_kind kind, const char *text, size_t length)
{
	struct iw_py_value *value = iw_py_new_value(python, kind, iw_py_no_place());
	value->text = iw_arena_strndup(python->arena, text, length);
	value->length = length;
	return value;
}

struct iw_py_value *iw_py_new_string(iw_py *python, const char *text)
{
	return iw_py_new_text(python, IW_PY_STRING, text, strlen(text));
}

struct iw_py_value *iw_py_new_unknown(iw_py *python, struct iw_place place, const char *format, ...)
{
	struct iw_py_value *value = iw_py_new_value(python, IW_PY_UNKNOWN, place);
	va_list arguments;
	va_start(arguments, format);
	g_autofree char *text = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	value->text = iw_arena_strdup(python->arena, text);
	return value;
}

struct iw_py_value *iw_py_unknown_from(iw_py *python, const struct iw_py_value *unknown)
{
	return iw_py_new_unknown(python, unknown->place, "%s", unknown->text);
}

struct iw_py_value *iw_py_new_none(iw_py *python)
{
	return python->none;
}

struct iw_py_value *iw_py_new_boolean(iw_py *python, bool boolean)
{
	return boolean ? python->yes : python->no;
}

struct iw_py_value *iw_py_new_wide(iw_py *python, __int128 number)
{
	struct iw_py_value *value = iw_py_new_value(python, IW_PY_INTEGER, iw_py_no_place());
	char digits[48], *at = digits + sizeof digits - 1;
	*at = '\0';
	unsigned __int128 left = number < 0 ? -(unsigned __int128)number : (unsigned __int128)number;
	do
		*--at = (char)('0' + (int)(left % 10));
	while ((left /= 10) > 0);
	if (number < 0)
		*--at = '-';
	value->text = iw_arena_strdup(python->arena, at);
	value->integer = number > G_MAXINT64 ? G_MAXINT64 : number < G_MININT64 ? G_MININT64 : (gint64)number;
	value->number = (double)number;
	return value;
}

struct iw_py_value *iw_py_new_integer(iw_py *python, gint64 integer)
{
	return iw_py_new_wide(python, integer);
}

bool iw_py_wide(const struct iw_py_value *value, __int128 *number)
{
	*number = value->integer;
	if (value->kind == IW_PY_BOOLEAN)
		return true;
	if (value->kind != IW_PY_INTEGER)
		return false;
	if (value->integer != G_MAXINT64 && value->integer != G_MININT64)
		return true;
	const char *at = value->text + (value->text[0] == '-');
	__int128 sum = 0;
	if (strlen(at) > 37)
		return false;
	for (; *at != '\0'; at++)
		sum = sum * 10 + (*at - '0');
	*number = value->text[0] == '-' ? -sum : sum;
	return true;
}

struct iw_py_value *iw_py_new_float(iw_py *python, double number)
{
	struct iw_py_value *value = iw_py_new_value(python, IW_PY_FLOAT, iw_py_no_place());
	value->number = number;
	value->integer = number >= 9.2e18    ? G_MAXINT64
			 : number <= -9.2e18 ? G_MININT64
			 : isnan(number)     ? 0
					     : (gint64)number;
	value->text = iw_py_float_text(python, number);
	return value;
}

struct iw_py_value *iw_py_new_list(iw_py *python, enum iw_py_kind kind)
{
	struct iw_py_value *value = iw_py_new_value(python, kind, iw_py_no_place());
	value->items = iw_arena_ptr_array(python->arena);
	return value;
}

struct iw_py_value *iw_py_copy_list(iw_py *python, enum iw_py_kind kind, const GPtrArray *items)
{
	struct iw_py_value *value = iw_py_new_list(python, kind);
	for (guint i = 0; i < items->len; i++)
		g_ptr_array_add(value->items, items->pdata[i]);
	return value;
}

struct iw_py_value *iw_py_new_dict(iw_py *python)
{
	struct iw_py_value *value = iw_py_new_list(python, IW_PY_DICT);
	value->values = iw_arena_ptr_array(python->arena);
	return value;
}

struct iw_py_value *iw_py_new_foreign(iw_py *python, const char *path)
{
	struct iw_py_value *value = iw_py_new_value(python, IW_PY_FOREIGN, iw_py_no_place());
	value->text = iw_arena_strdup(python->arena, path);
	return value;
}

struct iw_py_value *iw_py_new_symbol(iw_py *python, enum iw_py_kind kind, struct iw_place place, const char *text)
{
	struct iw_py_value *value = iw_py_new_value(python, kind, place);
	value->text = text;
	return value;
}

struct iw_py_value *iw_py_new_operation(iw_py *python, struct iw_place place, const char *sign,
					struct iw_py_value *left, struct iw_py_value *right)
{
	struct iw_py_value *value = iw_py_new_value(python, IW_PY_OPERATION, place);
	value->text = sign;
	value->items = iw_arena_ptr_array(python->arena);
	g_ptr_array_add(value->items, left);
	if (right != NULL)
		g_ptr_array_add(value->items, right);
	return value;
}

/* Kinds --------------------------------------------------------------------------------------------------------- */

bool iw_py_is_symbol(const struct iw_py_value *value)
{
	return value->kind == IW_PY_FOREIGN || value->kind == IW_PY_CALL || value->kind == IW_PY_ATTRIBUTE ||
	       value->kind == IW_PY_OPERATION;
}

bool iw_py_is_number(const struct iw_py_value *value)
{
	return value->kind == IW_PY_INTEGER || value->kind == IW_PY_FLOAT || value->kind == IW_PY_BOOLEAN;
}

bool iw_py_is_sequence(const struct iw_py_value *value)
{
	return value->kind == IW_PY_LIST || value->kind == IW_PY_TUPLE;
}

bool iw_py_is_container(const struct iw_py_value *value)
{
	return iw_py_is_sequence(value) || value->kind == IW_PY_SET || value->kind == IW_PY_DICT;
}

bool iw_py_has_hash(const struct iw_py_value *value)
{
	bool is_mutable = value->kind == IW_PY_LIST || value->kind == IW_PY_DICT || value->kind == IW_PY_SET;
	return !is_mutable || (value->kind != IW_PY_DICT && value->text != NULL);
}

const char *iw_py_text(const struct iw_py_value *value)
{
	return value != NULL && value->kind == IW_PY_STRING ? value->text : NULL;
}

int iw_py_truth(const struct iw_py_value *value)
{
	switch (value->kind) {
	case IW_PY_NONE:
		return 0;
	case IW_PY_BOOLEAN:
		return value->boolean;
	case IW_PY_INTEGER:
		return value->integer != 0;
	case IW_PY_FLOAT:
		return value->number != 0;
	case IW_PY_STRING:
	case IW_PY_BYTES:
		return value->length > 0;
	case IW_PY_LIST:
		return value->text == iw_py_iterator || value->items->len > 0;
	case IW_PY_TUPLE:
	case IW_PY_SET:
	case IW_PY_DICT:
		return value->items->len > 0;
	case IW_PY_FUNCTION:
	case IW_PY_CLASS:
	case IW_PY_INSTANCE:
	case IW_PY_MODULE:
		return 1;
	default:
		return -1;
	}
}

size_t iw_py_characters(const char *text, size_t length)
{
	size_t count = 0;
	for (size_t i = 0; i < length; i++)
		count += ((unsigned char)text[i] & 0xC0) != 0x80;
	return count;
}

/* Equality ------------------------------------------------------------------------------------------------------ */

static int equal_items(const GPtrArray *a, const GPtrArray *b)
{
	if (a->len != b->len)
		return 0;
	int all = 1;
	for (guint i = 0; i < a->len && all != 0; i++) {
		int same = iw_py_equal(a->pdata[i], b->pdata[i]);
		all = same == 0 ? 0 : MIN(all, same);
	}
	return all;
}

static int equal_sets(const struct iw_py_value *a, const struct iw_py_value *b)
{
	if (a->items->len != b->items->len)
		return 0;
	for (guint i = 0; i < a->items->len; i++) {
		int at = iw_py_dict_index(b, a->items->pdata[i]);
		if (at < 0)
			return at == -1 ? 0 : -1;
		int same = a->kind == IW_PY_SET ? 1 : iw_py_equal(a->values->pdata[i], b->values->pdata[at]);
		if (same != 1)
			return same;
	}
	return 1;
}

static int equal_numbers(const struct iw_py_value *a, const struct iw_py_value *b)
{
	if (a->kind == IW_PY_FLOAT || b->kind == IW_PY_FLOAT)
		return a->number == b->number;
	__int128 left, right;
	if (iw_py_wide(a, &left) && iw_py_wide(b, &right))
		return left == right;
	return a->kind == b->kind && strcmp(a->text, b->text) == 0;
}

static const struct iw_py_value *enum_value(const struct iw_py_value *value)
{
	if (value->kind != IW_PY_INSTANCE || value->receiver == NULL || value->receiver->private == NULL)
		return NULL;
	const struct py_class *class = py_class(value->receiver);
	bool is_text = class->kind == PY_CLASS_ENUM && (class->is_text || class->formats_value);
	return is_text ? g_hash_table_lookup(value->attributes, "value") : NULL;
}

static enum py_class_kind class_kind(const struct iw_py_value *value)
{
	bool is_made = value->kind == IW_PY_INSTANCE && value->receiver != NULL;
	return is_made ? py_class(value->receiver)->kind : PY_CLASS_PLAIN;
}

/* The value of a field of a dataclass or named tuple, or the item of a tuple; NULL: none. */
static const struct iw_py_value *field_of(const struct iw_py_value *value, guint at)
{
	if (value->kind == IW_PY_TUPLE)
		return at < value->items->len ? value->items->pdata[at] : NULL;
	const GPtrArray *fields = py_class(value->receiver)->fields;
	return at < fields->len ? g_hash_table_lookup(value->attributes, fields->pdata[at]) : NULL;
}

/* Dataclasses are equal by their fields, named tuples as tuples; -2: it is none of these. */
static int equal_fields(const struct iw_py_value *a, const struct iw_py_value *b)
{
	enum py_class_kind left = class_kind(a), right = class_kind(b);
	bool are_data = left == PY_CLASS_DATA && right == PY_CLASS_DATA && a->receiver == b->receiver;
	bool are_tuples = (left == PY_CLASS_TUPLE && (right == PY_CLASS_TUPLE || b->kind == IW_PY_TUPLE)) ||
			  (right == PY_CLASS_TUPLE && a->kind == IW_PY_TUPLE);
	if (!are_data && !are_tuples)
		return -2;
	int all = 1;
	for (guint i = 0; all == 1; i++) {
		const struct iw_py_value *one = field_of(a, i), *other = field_of(b, i);
		if (one == NULL || other == NULL)
			return one == other;
		all = iw_py_equal(one, other);
	}
	return all;
}

int iw_py_equal(const struct iw_py_value *a, const struct iw_py_value *b)
{
	if (a == b && a->kind != IW_PY_UNKNOWN)
		return 1;
	if (a->kind == IW_PY_UNKNOWN || b->kind == IW_PY_UNKNOWN)
		return -1;
	if (iw_py_is_symbol(a) || iw_py_is_symbol(b)) {
		bool same = a->kind == IW_PY_FOREIGN && b->kind == IW_PY_FOREIGN && strcmp(a->text, b->text) == 0;
		return same ? 1 : -1;
	}
	if (iw_py_is_number(a) && iw_py_is_number(b))
		return equal_numbers(a, b);
	const struct iw_py_value *plain = enum_value(a) != NULL ? enum_value(a) : a;
	const struct iw_py_value *other = enum_value(b) != NULL ? enum_value(b) : b;
	if (plain != a || other != b)
		return iw_py_equal(plain, other);
	int fields = equal_fields(a, b);
	if (fields != -2)
		return fields;
	if (a->kind != b->kind)
		return 0;
	if (a->kind == IW_PY_LIST && (a->text != NULL || b->text != NULL))
		return -1;
	switch (a->kind) {
	case IW_PY_NONE:
		return 1;
	case IW_PY_STRING:
	case IW_PY_BYTES:
		return a->length == b->length && memcmp(a->text, b->text, a->length) == 0;
	case IW_PY_LIST:
	case IW_PY_TUPLE:
		return equal_items(a->items, b->items);
	case IW_PY_SET:
	case IW_PY_DICT:
		return equal_sets(a, b);
	default:
		return 0;
	}
}

/* Dictionaries and sets ----------------------------------------------------------------------------------------- */

static guint hash_value(gconstpointer data)
{
	const struct iw_py_value *value = data;
	if (enum_value(value) != NULL)
		value = enum_value(value);
	switch (value->kind) {
	case IW_PY_STRING:
	case IW_PY_BYTES:
		return g_str_hash(value->text);
	case IW_PY_BOOLEAN:
	case IW_PY_INTEGER:
		return (guint)value->integer;
	case IW_PY_FLOAT:
		return value->number == floor(value->number) ? (guint)value->integer : g_str_hash(value->text);
	case IW_PY_TUPLE: {
		guint hash = 7;
		for (guint i = 0; i < value->items->len; i++)
			hash = hash * 31 + hash_value(value->items->pdata[i]);
		return hash;
	}
	case IW_PY_FOREIGN:
		return g_str_hash(value->text);
	case IW_PY_SET:
	case IW_PY_NONE:
		return 1;
	default:
		return g_direct_hash(value);
	}
}

static gboolean equal_keys(gconstpointer a, gconstpointer b)
{
	return iw_py_equal(a, b) == 1;
}

enum { SMALL_DICT = 8 };

static GHashTable *index_of(const struct iw_py_value *dict)
{
	return (GHashTable *)dict->private;
}

static bool is_plain_key(const struct iw_py_value *key)
{
	if (key->kind == IW_PY_TUPLE) {
		for (guint i = 0; i < key->items->len; i++)
			if (!is_plain_key(key->items->pdata[i]))
				return false;
		return true;
	}
	return key->kind != IW_PY_UNKNOWN && !iw_py_is_symbol(key);
}

int iw_py_index_in(const GPtrArray *items, const struct iw_py_value *item)
{
	bool is_unsure = false;
	for (guint i = 0; i < items->len; i++) {
		int same = iw_py_equal(items->pdata[i], item);
		if (same == 1)
			return (int)i;
		is_unsure = is_unsure || same < 0;
	}
	return is_unsure ? -2 : -1;
}

int iw_py_dict_index(const struct iw_py_value *dict, const struct iw_py_value *key)
{
	if (index_of(dict) == NULL || !is_plain_key(key))
		return iw_py_index_in(dict->items, key);
	gpointer found;
	if (g_hash_table_lookup_extended(index_of(dict), key, NULL, &found))
		return GPOINTER_TO_INT(found);
	return -1;
}

/* A table for look-ups once it pays; only while all keys are plain. */
static void index_last(iw_py *python, struct iw_py_value *dict)
{
	guint count = dict->items->len;
	if (index_of(dict) == NULL) {
		if (count != SMALL_DICT)
			return;
		for (guint i = 0; i < count; i++)
			if (!is_plain_key(dict->items->pdata[i]))
				return;
		GHashTable *table = iw_arena_hash_table(python->arena, hash_value, equal_keys);
		for (guint i = 0; i < count; i++)
			g_hash_table_insert(table, dict->items->pdata[i], GINT_TO_POINTER(i));
		dict->private = table;
	} else if (!is_plain_key(dict->items->pdata[count - 1])) {
		dict->private = NULL;
	} else {
		g_hash_table_insert(index_of(dict), dict->items->pdata[count - 1], GINT_TO_POINTER(count - 1));
	}
}

void iw_py_dict_set(iw_py *python, struct iw_py_value *dict, struct iw_py_value *key, struct iw_py_value *value)
{
	int at = iw_py_dict_index(dict, key);
	if (at >= 0) {
		dict->values->pdata[at] = value;
		return;
	}
	g_ptr_array_add(dict->items, key);
	g_ptr_array_add(dict->values, value);
	index_last(python, dict);
}

void iw_py_set_add(iw_py *python, struct iw_py_value *set, struct iw_py_value *item)
{
	if (iw_py_dict_index(set, item) >= 0)
		return;
	g_ptr_array_add(set->items, item);
	index_last(python, set);
}

void iw_py_dict_remove(struct iw_py_value *dict, int index)
{
	g_ptr_array_remove_index(dict->items, (guint)index);
	if (dict->values != NULL)
		g_ptr_array_remove_index(dict->values, (guint)index);
	dict->private = NULL; /* few are ever removed: looked for one by one from now on */
}

struct iw_py_value *iw_py_dict_find(const struct iw_py_value *dict, const char *key)
{
	if (dict == NULL || dict->kind != IW_PY_DICT)
		return NULL;
	struct iw_py_value text = {.kind = IW_PY_STRING, .text = key, .length = strlen(key)};
	int at = iw_py_dict_index(dict, &text);
	return at < 0 ? NULL : dict->values->pdata[at];
}

/* What callers ask ----------------------------------------------------------------------------------------------- */

struct iw_py_value *iw_py_argument(const struct iw_py_value *call, int position, const char *name)
{
	if (call->kind != IW_PY_CALL)
		return NULL;
	if (position >= 0 && (guint)position < call->items->len)
		return call->items->pdata[position];
	for (guint i = 0; name != NULL && i < call->names->len; i++)
		if (strcmp(call->names->pdata[i], name) == 0)
			return call->values->pdata[i];
	return NULL;
}

static const struct iw_py_value *unknown_in(const struct iw_py_value *value, int depth)
{
	if (value == NULL || depth > 100)
		return NULL;
	if (value->kind == IW_PY_UNKNOWN)
		return value;
	const struct iw_py_value *found = NULL;
	for (guint i = 0; value->items != NULL && i < value->items->len && found == NULL; i++)
		found = unknown_in(value->items->pdata[i], depth + 1);
	for (guint i = 0; value->values != NULL && i < value->values->len && found == NULL; i++)
		found = unknown_in(value->values->pdata[i], depth + 1);
	bool looks_on = found == NULL && (value->kind == IW_PY_CALL || value->kind == IW_PY_ATTRIBUTE);
	return looks_on ? unknown_in(value->receiver, depth + 1) : found;
}

const struct iw_py_value *iw_py_unknown_in(const struct iw_py_value *value)
{
	return unknown_in(value, 0);
}

const char *iw_py_path(iw_py *python, const struct iw_py_value *value)
{
	const struct iw_py_value *root = value;
	size_t added = 0;
	for (; root != NULL && (root->kind == IW_PY_ATTRIBUTE || root->kind == IW_PY_CALL); root = root->receiver)
		added += root->kind == IW_PY_ATTRIBUTE ? strlen(root->text) + 1 : 0;
	const char *text = root == NULL			 ? NULL
			   : root->kind == IW_PY_FOREIGN ? root->text
			   : root->kind == IW_PY_CLASS	 ? py_class(root)->path
							 : NULL;
	if (text == NULL || added == 0)
		return text;
	/* The last attribute comes first. */
	size_t length = strlen(text), end = length + added;
	char *path = iw_arena_alloc(python->arena, end + 1);
	memcpy(path, text, length);
	for (; value != root; value = value->receiver) {
		if (value->kind != IW_PY_ATTRIBUTE)
			continue;
		size_t size = strlen(value->text);
		memcpy(path + end - size, value->text, size);
		path[end - size - 1] = '.';
		end -= size + 1;
	}
	return path;
}

/* Is `path` what ends at `end` characters of `wanted`? */
static bool matches(const struct iw_py_value *value, const char *wanted, size_t end)
{
	for (; value != NULL; value = value->receiver) {
		if (value->kind == IW_PY_CALL)
			continue;
		bool is_attribute = value->kind == IW_PY_ATTRIBUTE;
		const char *text = is_attribute || value->kind == IW_PY_FOREIGN ? value->text
				   : value->kind == IW_PY_CLASS			? py_class(value)->path
										: NULL;
		size_t length = text == NULL ? 0 : strlen(text);
		if (text == NULL || length > end || memcmp(wanted + end - length, text, length) != 0)
			return false;
		end -= length;
		if (!is_attribute)
			return end == 0;
		if (end == 0 || wanted[--end] != '.')
			return false;
	}
	return false;
}

bool iw_py_is(iw_py *python, const struct iw_py_value *value, const char *path)
{
	(void)python;
	return value != NULL && matches(value, path, strlen(path));
}

bool iw_py_is_subclass(iw_py *python, const struct iw_py_value *class, const char *path)
{
	if (class == NULL || class->kind != IW_PY_CLASS)
		return iw_py_is(python, class, path);
	const GPtrArray *order = py_class(class)->order;
	for (guint i = 0; i < order->len; i++) {
		const struct iw_py_value *one = order->pdata[i];
		if (one->kind == IW_PY_FOREIGN ? strcmp(one->text, path) == 0 : iw_py_is(python, one, path))
			return true;
	}
	return false;
}
