/* Python's built-in functions, types and exceptions; see python_internal.h. NULL from a native: a symbol of the call.
 */
#include "framework/python/methods.h"

/* Helpers ------------------------------------------------------------------------------------------------------- */

static const GPtrArray *given_items(const struct py_call *call, guint position)
{
	struct iw_py_value *value = iw_py_given(call, position, NULL);
	const struct iw_py_value *why = NULL;
	return value == NULL ? NULL : iw_py_iterate(call->python, call->place, value, &why);
}

static struct iw_py_value *boolean(const struct py_call *call, int truth)
{
	return truth < 0 ? NULL : iw_py_new_boolean(call->python, truth);
}

static struct iw_py_value *pair_of(iw_py *python, struct iw_py_value *a, struct iw_py_value *b)
{
	struct iw_py_value *pair = iw_py_new_list(python, IW_PY_TUPLE);
	g_ptr_array_add(pair->items, a);
	g_ptr_array_add(pair->items, b);
	return pair;
}

static struct iw_py_value *new_list(const struct py_call *call, enum iw_py_kind kind)
{
	struct iw_py_value *value = iw_py_new_list(call->python, kind);
	value->place = call->place;
	return value;
}

static struct iw_py_value *new_iterator(const struct py_call *call)
{
	struct iw_py_value *value = new_list(call, IW_PY_LIST);
	value->text = iw_py_iterator;
	return value;
}

/* Types --------------------------------------------------------------------------------------------------------- */

static struct iw_py_value *make_list(const struct py_call *call)
{
	enum iw_py_kind kind = strcmp(call->name, "builtins.tuple") == 0  ? IW_PY_TUPLE
			       : strcmp(call->name, "builtins.list") == 0 ? IW_PY_LIST
									  : IW_PY_SET;
	struct iw_py_value *list = new_list(call, kind);
	if (strcmp(call->name, "builtins.frozenset") == 0)
		list->text = iw_py_frozen;
	if (call->arguments->items->len == 0)
		return list;
	const GPtrArray *items = given_items(call, 0);
	if (items == NULL)
		return NULL;
	for (guint i = 0; i < items->len; i++) {
		if (kind != IW_PY_SET)
			g_ptr_array_add(list->items, items->pdata[i]);
		else if (iw_py_has_hash(items->pdata[i]))
			iw_py_set_add(call->python, list, items->pdata[i]);
		else
			return iw_py_raise(call->python, call->place, "TypeError", "unhashable type");
	}
	return list;
}

struct iw_py_value *iw_py_make_dict(const struct py_call *call)
{
	struct iw_py_value *dict = iw_py_new_dict(call->python);
	dict->place = call->place;
	struct iw_py_value *from = iw_py_given(call, 0, NULL);
	const struct iw_py_value *why = NULL;
	const GPtrArray *items = NULL;
	if (from != NULL && from->kind != IW_PY_DICT &&
	    (items = iw_py_iterate(call->python, call->place, from, &why)) == NULL)
		return NULL;
	for (guint i = 0; from != NULL && from->kind == IW_PY_DICT && i < from->items->len; i++)
		iw_py_dict_set(call->python, dict, from->items->pdata[i], from->values->pdata[i]);
	for (guint i = 0; items != NULL && i < items->len; i++) {
		const struct iw_py_value *pair = items->pdata[i];
		if (!iw_py_is_sequence(pair) || pair->items->len != 2)
			return NULL;
		iw_py_dict_set(call->python, dict, pair->items->pdata[0], pair->items->pdata[1]);
	}
	for (guint i = 0; i < call->arguments->names->len; i++) {
		if (strcmp(call->arguments->names->pdata[i], "**") == 0)
			return NULL;
		iw_py_dict_set(call->python, dict, iw_py_new_string(call->python, call->arguments->names->pdata[i]),
			       call->arguments->values->pdata[i]);
	}
	return dict;
}

static struct iw_py_value *make_text(const struct py_call *call)
{
	struct iw_py_value *value = iw_py_given(call, 0, "object");
	if (value == NULL)
		return iw_py_new_string(call->python, "");
	bool is_symbol = iw_py_is_symbol(value);
	if (call->arguments->items->len > 1)
		return NULL;
	struct iw_py_value *text = call->name[9] == 's' ? iw_py_str(call->python, call->place, value)
							: iw_py_repr_value(call->python, call->place, value);
	return text->kind == IW_PY_UNKNOWN && is_symbol ? NULL : text;
}

static struct iw_py_value *not_a_number(const struct py_call *call, const struct iw_py_value *value)
{
	return iw_py_raise(call->python, call->place, "ValueError", "invalid literal for %s(): %s",
			   call->name + strlen("builtins."), iw_py_repr(call->python, value));
}

static struct iw_py_value *make_integer(const struct py_call *call)
{
	const struct iw_py_value *value = iw_py_given(call, 0, NULL), *base = iw_py_given(call, 1, "base");
	if (value == NULL)
		return iw_py_new_integer(call->python, 0);
	if (base != NULL && iw_py_is_number(value))
		return iw_py_raise(call->python, call->place, "TypeError",
				   "int() can't convert non-string with explicit base");
	__int128 wide;
	if (iw_py_wide(value, &wide))
		return iw_py_new_wide(call->python, wide);
	if (value->kind == IW_PY_FLOAT && fabs(value->number) < 1e37)
		return iw_py_new_wide(call->python, (__int128)value->number);
	if (value->kind == IW_PY_INSTANCE && value->attributes != NULL) {
		const struct iw_py_value *own = g_hash_table_lookup(value->attributes, "value");
		return own != NULL && own->kind == IW_PY_INTEGER ? (struct iw_py_value *)own : NULL;
	}
	if (value->kind != IW_PY_STRING || (base != NULL && base->kind != IW_PY_INTEGER))
		return NULL;
	gint64 radix = base == NULL ? 10 : base->integer;
	if (radix != 0 && (radix < 2 || radix > 36))
		return iw_py_raise(call->python, call->place, "ValueError", "int() base must be >= 2 and <= 36, or 0");
	bool is_led = radix == 0 && value->text[strspn(value->text, " +-")] == '0';
	/* Digits of other scripts, 0o and 0b are left to Python. */
	if (!g_str_is_ascii(value->text) || is_led || (radix != 10 && strpbrk(value->text, "oObB") != NULL))
		return NULL;
	g_autofree char *digits = g_strstrip(g_strdup(value->text));
	char *end = NULL;
	gint64 number = g_ascii_strtoll(digits, &end, (guint)radix);
	if (end == digits || *end != '\0')
		return strchr(digits, '_') != NULL ? NULL : not_a_number(call, value);
	return number == G_MAXINT64 || number == G_MININT64 ? NULL : iw_py_new_integer(call->python, number);
}

static struct iw_py_value *make_float(const struct py_call *call)
{
	const struct iw_py_value *value = iw_py_given(call, 0, NULL);
	if (value == NULL)
		return iw_py_new_float(call->python, 0);
	if (iw_py_is_number(value))
		return iw_py_new_float(call->python, value->number);
	if (value->kind != IW_PY_STRING || !g_str_is_ascii(value->text) || strchr(value->text, '_') != NULL)
		return NULL;
	g_autofree char *digits = g_strstrip(g_strdup(value->text));
	char *end = NULL;
	double number = g_ascii_strtod(digits, &end);
	bool is_hexadecimal = strpbrk(digits, "xX(") != NULL;
	return end == digits || *end != '\0' || is_hexadecimal ? not_a_number(call, value)
							       : iw_py_new_float(call->python, number);
}

static struct iw_py_value *make_boolean(const struct py_call *call)
{
	struct iw_py_value *value = iw_py_given(call, 0, NULL);
	return value == NULL ? call->python->no : boolean(call, iw_py_is_true(call->python, value));
}

static struct iw_py_value *type_of(const struct py_call *call)
{
	static const char *const types[] = {
		[IW_PY_NONE] = "NoneType", [IW_PY_BOOLEAN] = "bool",	  [IW_PY_INTEGER] = "int",
		[IW_PY_FLOAT] = "float",   [IW_PY_STRING] = "str",	  [IW_PY_BYTES] = "bytes",
		[IW_PY_LIST] = "list",	   [IW_PY_TUPLE] = "tuple",	  [IW_PY_SET] = "set",
		[IW_PY_DICT] = "dict",	   [IW_PY_FUNCTION] = "function", [IW_PY_CLASS] = "type",
	};
	const struct iw_py_value *value = iw_py_given(call, 0, NULL);
	bool is_marked = value != NULL && iw_py_is_container(value) && value->text != NULL;
	if (value == NULL || call->arguments->items->len != 1 || is_marked)
		return NULL;
	if ((value->kind == IW_PY_INSTANCE || value->kind == IW_PY_CALL) && value->receiver != NULL &&
	    (value->receiver->kind == IW_PY_CLASS || value->receiver->kind == IW_PY_FOREIGN))
		return value->receiver;
	if (value->kind >= G_N_ELEMENTS(types) || types[value->kind] == NULL)
		return NULL;
	return iw_py_new_foreign(call->python, iw_arena_printf(call->python->arena, "builtins.%s", types[value->kind]));
}

/* Items --------------------------------------------------------------------------------------------------------- */

static struct iw_py_value *length(const struct py_call *call)
{
	struct iw_py_value *value = iw_py_given(call, 0, NULL);
	if (value == NULL)
		return NULL;
	if (value->kind == IW_PY_STRING)
		return iw_py_new_integer(call->python, (gint64)iw_py_characters(value->text, value->length));
	if (value->kind == IW_PY_BYTES)
		return iw_py_new_integer(call->python, (gint64)value->length);
	struct iw_py_value *method =
		value->kind == IW_PY_INSTANCE ? iw_py_special(call->python, value, "__len__") : NULL;
	if (method != NULL)
		return iw_py_call_with(call->python, NULL, call->place, method, iw_py_new_arguments(call->python));
	const GPtrArray *items = given_items(call, 0);
	return items == NULL ? NULL : iw_py_new_integer(call->python, items->len);
}

static struct iw_py_value *range(const struct py_call *call)
{
	gint64 parts[3] = {0, 0, 1};
	guint count = call->arguments->items->len;
	for (guint i = 0; i < MIN(count, 3); i++) {
		const struct iw_py_value *value = call->arguments->items->pdata[i];
		if (value->kind != IW_PY_INTEGER && value->kind != IW_PY_BOOLEAN)
			return NULL;
		parts[i] = value->integer;
	}
	if (count == 1) {
		parts[1] = parts[0];
		parts[0] = 0;
	}
	if (parts[2] == 0)
		return iw_py_raise(call->python, call->place, "ValueError", "range() arg 3 must not be zero");
	struct iw_py_value *list = new_list(call, IW_PY_LIST);
	list->text = iw_py_view;
	for (__int128 i = parts[0]; (parts[2] > 0 ? i < parts[1] : i > parts[1]) && iw_py_step(call->python);
	     i += parts[2])
		g_ptr_array_add(list->items, iw_py_new_wide(call->python, i));
	return list;
}

static struct iw_py_value *enumerate(const struct py_call *call)
{
	const GPtrArray *items = given_items(call, 0);
	const struct iw_py_value *start = iw_py_given(call, 1, "start");
	if (items == NULL || (start != NULL && start->kind != IW_PY_INTEGER))
		return NULL;
	struct iw_py_value *list = new_iterator(call);
	for (guint i = 0; i < items->len; i++)
		g_ptr_array_add(list->items,
				pair_of(call->python,
					iw_py_new_integer(call->python, (start == NULL ? 0 : start->integer) + i),
					items->pdata[i]));
	return list;
}

static struct iw_py_value *zip(const struct py_call *call)
{
	guint shortest = G_MAXUINT, count = call->arguments->items->len;
	g_autoptr(GPtrArray) all = g_ptr_array_new();
	for (guint i = 0; i < count; i++) {
		const GPtrArray *items = given_items(call, i);
		/* One iterator twice gives every other item. */
		if (items == NULL || (i > 0 && call->arguments->items->pdata[i] == call->arguments->items->pdata[0]))
			return NULL;
		g_ptr_array_add(all, (gpointer)items);
		shortest = MIN(shortest, items->len);
	}
	struct iw_py_value *list = new_iterator(call);
	for (guint i = 0; count > 0 && i < shortest && iw_py_step(call->python); i++) {
		struct iw_py_value *tuple = iw_py_new_list(call->python, IW_PY_TUPLE);
		for (guint k = 0; k < count; k++)
			g_ptr_array_add(tuple->items, ((const GPtrArray *)all->pdata[k])->pdata[i]);
		g_ptr_array_add(list->items, tuple);
	}
	return list;
}

/* Might calls of it concern the host? */
static bool may_act(const struct iw_py_value *function)
{
	if (function->kind == IW_PY_FOREIGN)
		return !iw_py_is_harmless(function->text);
	const struct py_function *own = function->kind == IW_PY_FUNCTION ? function->private : NULL;
	return function->kind != IW_PY_NONE && (own == NULL || own->node == NULL || iw_py_acts(own->node->b));
}

static struct iw_py_value *map(const struct py_call *call)
{
	struct iw_py_value *function = iw_py_given(call, 0, NULL);
	const GPtrArray *items = given_items(call, 1);
	if (items == NULL && function != NULL && may_act(function) && !iw_py_stopped(call->python))
		iw_py_say_skipped(call->python, call->place, "how often this is called is not known");
	if (items == NULL || call->arguments->items->len != 2)
		return NULL;
	bool filters = strcmp(call->name, "builtins.filter") == 0;
	struct iw_py_value *list = new_iterator(call);
	for (guint i = 0; i < items->len && !iw_py_stopped(call->python); i++) {
		struct iw_py_value *item = items->pdata[i];
		bool is_bare = filters && function->kind == IW_PY_NONE;
		struct iw_py_value *value = is_bare ? item : iw_py_call_one(call->python, call->place, function, item);
		if (filters && !iw_py_stopped(call->python)) {
			int truth = iw_py_is_true(call->python, value);
			if (truth < 0)
				return NULL;
			if (truth == 0)
				continue;
			value = item;
		}
		g_ptr_array_add(list->items, value);
	}
	return list;
}

static struct iw_py_value *reversed(const struct py_call *call)
{
	const struct iw_py_value *from = iw_py_given(call, 0, NULL);
	const GPtrArray *items = from == NULL || from->kind == IW_PY_SET ? NULL : given_items(call, 0);
	if (items == NULL)
		return NULL;
	struct iw_py_value *list = new_iterator(call);
	for (guint i = items->len; i > 0; i--)
		g_ptr_array_add(list->items, items->pdata[i - 1]);
	return list;
}

static int order_pairs(gconstpointer a, gconstpointer b, gpointer data)
{
	return iw_py_order(*(struct iw_py_value *const *)a, *(struct iw_py_value *const *)b, data);
}

static int order_tagged(gconstpointer a, gconstpointer b, gpointer data)
{
	const struct iw_py_value *left = *(struct iw_py_value *const *)a, *right = *(struct iw_py_value *const *)b;
	return order_pairs(left->items->pdata, right->items->pdata, data);
}

bool iw_py_sort(iw_py *python, struct iw_place place, GPtrArray *items, struct iw_py_value *key, bool is_reversed)
{
	if (items->len > PY_MOST_STEPS / 32)
		return false;
	g_autoptr(GPtrArray) tagged = g_ptr_array_new();
	bool is_known = true;
	for (guint i = 0; i < items->len && !iw_py_stopped(python); i++) {
		struct iw_py_value *item = items->pdata[is_reversed ? items->len - 1 - i : i];
		struct iw_py_value *by =
			key == NULL || key->kind == IW_PY_NONE ? item : iw_py_call_one(python, place, key, item);
		g_ptr_array_add(tagged, pair_of(python, by, item));
	}
	if (iw_py_stopped(python))
		return false;
	g_qsort_with_data(tagged->pdata, (gint)tagged->len, sizeof(void *), order_tagged, &is_known); /* stable */
	bool is_single = tagged->len < 2;
	for (guint i = 0; (is_known || is_single) && i < items->len; i++)
		items->pdata[is_reversed ? items->len - 1 - i : i] =
			((struct iw_py_value *)tagged->pdata[i])->items->pdata[1];
	return is_known || is_single;
}

static struct iw_py_value *sorted(const struct py_call *call)
{
	const GPtrArray *items = given_items(call, 0);
	const struct iw_py_value *is_reversed = iw_py_given(call, 2, "reverse");
	if (items == NULL)
		return NULL;
	struct iw_py_value *list = iw_py_copy_list(call->python, IW_PY_LIST, items);
	list->place = call->place;
	bool is_sorted = iw_py_sort(call->python, call->place, list->items, iw_py_given(call, 1, "key"),
				    is_reversed != NULL && iw_py_truth(is_reversed) == 1);
	return is_sorted ? list : NULL;
}

static struct iw_py_value *extreme(const struct py_call *call)
{
	bool is_one = call->arguments->items->len == 1;
	const GPtrArray *items = is_one ? given_items(call, 0) : call->arguments->items;
	struct iw_py_value *key = iw_py_given(call, G_MAXUINT, "key"), *best = NULL, *best_key = NULL;
	bool is_known = true, is_largest = strcmp(call->name, "builtins.max") == 0;
	if (items == NULL)
		return NULL;
	for (guint i = 0; i < items->len && is_known && !iw_py_stopped(call->python); i++) {
		struct iw_py_value *item = items->pdata[i];
		struct iw_py_value *by = key == NULL ? item : iw_py_call_one(call->python, call->place, key, item);
		int order = best == NULL ? 0 : iw_py_order(by, best_key, &is_known);
		if (best == NULL || (is_largest ? order > 0 : order < 0)) {
			best = item;
			best_key = by;
		}
	}
	if (best == NULL && !iw_py_stopped(call->python)) {
		best = iw_py_given(call, G_MAXUINT, "default");
		return best != NULL ? best
				    : iw_py_raise(call->python, call->place, "ValueError",
						  "%s() arg is an empty sequence", is_largest ? "max" : "min");
	}
	return is_known ? best : NULL;
}

static struct iw_py_value *sum(const struct py_call *call)
{
	const GPtrArray *items = given_items(call, 0);
	struct iw_py_value *total = iw_py_given(call, 1, "start");
	if (items == NULL)
		return NULL;
	if (total == NULL)
		total = iw_py_new_integer(call->python, 0);
	for (guint i = 0; i < items->len && !iw_py_stopped(call->python); i++)
		total = iw_py_binary(call->python, call->place, '+', total, items->pdata[i]);
	return total;
}

static struct iw_py_value *all_any(const struct py_call *call)
{
	const GPtrArray *items = given_items(call, 0);
	bool is_all = call->name[strlen("builtins.a")] == 'l', is_unsure = false;
	if (items == NULL)
		return NULL;
	for (guint i = 0; i < items->len; i++) {
		int truth = iw_py_is_true(call->python, items->pdata[i]);
		if (truth == !is_all) {
			iw_py_put_back(iw_py_given(call, 0, NULL), items, i + 1);
			return iw_py_new_boolean(call->python, !is_all);
		}
		is_unsure = is_unsure || truth < 0;
	}
	return is_unsure ? NULL : iw_py_new_boolean(call->python, is_all);
}

static struct iw_py_value *next(const struct py_call *call)
{
	const struct iw_py_value *from = iw_py_given(call, 0, NULL);
	struct iw_py_value *standard = iw_py_given(call, 1, NULL);
	if (from == NULL || from->kind != IW_PY_LIST || from->text != iw_py_iterator)
		return NULL;
	if (from->items->len > 0)
		return g_ptr_array_remove_index(from->items, 0);
	return standard != NULL ? standard : iw_py_raise(call->python, call->place, "StopIteration", "%s", "");
}

static struct iw_py_value *iterator(const struct py_call *call)
{
	struct iw_py_value *from = iw_py_given(call, 0, NULL);
	if (from != NULL && from->kind == IW_PY_LIST && from->text == iw_py_iterator)
		return from;
	const GPtrArray *items = given_items(call, 0);
	if (items == NULL || call->arguments->items->len != 1)
		return NULL;
	struct iw_py_value *value = iw_py_copy_list(call->python, IW_PY_LIST, items);
	value->text = iw_py_iterator;
	return value;
}

/* Numbers and texts ---------------------------------------------------------------------------------------------- */

static struct iw_py_value *absolute(const struct py_call *call)
{
	const struct iw_py_value *value = iw_py_given(call, 0, NULL);
	__int128 wide;
	if (value != NULL && value->kind == IW_PY_FLOAT)
		return iw_py_new_float(call->python, fabs(value->number));
	return value != NULL && iw_py_wide(value, &wide) ? iw_py_new_wide(call->python, wide < 0 ? -wide : wide) : NULL;
}

static struct iw_py_value *whole(const struct py_call *call, const struct iw_py_value *value)
{
	__int128 wide;
	return iw_py_wide(value, &wide) ? iw_py_new_wide(call->python, wide) : NULL;
}

static struct iw_py_value *rounded(const struct py_call *call)
{
	const struct iw_py_value *value = iw_py_given(call, 0, "number"), *digits = iw_py_given(call, 1, "ndigits");
	if (value == NULL || !iw_py_is_number(value))
		return NULL;
	bool has_digits = digits != NULL && digits->kind == IW_PY_INTEGER;
	if (value->kind != IW_PY_FLOAT)
		return has_digits && digits->integer < 0 ? NULL : whole(call, value);
	if (!has_digits)
		return fabs(value->number) < 1e18 ? iw_py_new_integer(call->python, (gint64)nearbyint(value->number))
						  : NULL;
	if (digits->integer < 0 || digits->integer > 15)
		return NULL;
	char text[400];
	g_autofree char *pattern = g_strdup_printf("%%.%df", (int)digits->integer);
	if (fabs(value->number) > 1e22)
		return NULL;
	return iw_py_new_float(call->python,
			       g_ascii_strtod(g_ascii_formatd(text, sizeof text, pattern, value->number), NULL));
}

static struct iw_py_value *character(const struct py_call *call)
{
	const struct iw_py_value *value = iw_py_given(call, 0, NULL);
	if (value == NULL || value->kind != IW_PY_INTEGER || value->integer < 0 || value->integer > 0x10FFFF ||
	    (value->integer >= 0xD800 && value->integer <= 0xDFFF))
		return NULL;
	char bytes[6];
	return iw_py_new_text(call->python, IW_PY_STRING, bytes,
			      (size_t)g_unichar_to_utf8((gunichar)value->integer, bytes));
}

static struct iw_py_value *ordinal(const struct py_call *call)
{
	const struct iw_py_value *value = iw_py_given(call, 0, NULL);
	if (value == NULL || value->kind != IW_PY_STRING || iw_py_characters(value->text, value->length) != 1)
		return NULL;
	gunichar c = g_utf8_get_char_validated(value->text, (gssize)value->length);
	return value->length == 1 ? iw_py_new_integer(call->python, (unsigned char)value->text[0])
	       : c > 0x10FFFF	  ? NULL
				  : iw_py_new_integer(call->python, c);
}

static struct iw_py_value *in_base(const struct py_call *call)
{
	struct iw_py_value *value = iw_py_given(call, 0, NULL);
	char letter = call->name[strlen("builtins.")];
	const char *spec = letter == 'h' ? "#x" : letter == 'o' ? "#o" : "#b";
	return value == NULL || value->kind != IW_PY_INTEGER ? NULL
							     : iw_py_format(call->python, call->place, value, spec);
}

static struct iw_py_value *format(const struct py_call *call)
{
	struct iw_py_value *value = iw_py_given(call, 0, NULL);
	const char *spec = call->arguments->items->len < 2 ? "" : iw_py_given_text(call, 1, NULL);
	return value == NULL || spec == NULL ? NULL : iw_py_format(call->python, call->place, value, spec);
}

static struct iw_py_value *power(const struct py_call *call)
{
	if (call->arguments->items->len != 2)
		return NULL;
	return iw_py_binary(call->python, call->place, PY_OP2('*', '*'), iw_py_given(call, 0, NULL),
			    iw_py_given(call, 1, NULL));
}

static struct iw_py_value *divide(const struct py_call *call)
{
	struct iw_py_value *a = iw_py_given(call, 0, NULL), *b = iw_py_given(call, 1, NULL);
	if (a == NULL || b == NULL || !iw_py_is_number(a) || !iw_py_is_number(b))
		return NULL;
	struct iw_py_value *quotient = iw_py_binary(call->python, call->place, PY_OP2('/', '/'), a, b);
	return iw_py_stopped(call->python)
		       ? quotient
		       : pair_of(call->python, quotient, iw_py_binary(call->python, call->place, '%', a, b));
}

/* Objects ------------------------------------------------------------------------------------------------------- */

/* Of what is known, something that is not worked out. */
static struct iw_py_value *unread(const struct py_call *call)
{
	(void)call;
	return NULL;
}

static struct iw_py_value *nothing(const struct py_call *call)
{
	return call->python->none;
}

static struct iw_py_value *is_instance(const struct py_call *call)
{
	const struct iw_py_value *value = iw_py_given(call, 0, NULL), *class = iw_py_given(call, 1, NULL);
	if (value == NULL || class == NULL)
		return NULL;
	if (strcmp(call->name, "builtins.isinstance") == 0)
		return boolean(call, iw_py_is_instance(call->python, value, class));
	if (value->kind == IW_PY_CLASS && class->kind != IW_PY_TUPLE)
		return boolean(call, iw_py_derives(call->python, value, class));
	return NULL;
}

static struct iw_py_value *get_attribute(const struct py_call *call)
{
	struct iw_py_value *of = iw_py_given(call, 0, NULL), *standard = iw_py_given(call, 2, NULL);
	const char *name = iw_py_given_text(call, 1, NULL);
	bool asks = strcmp(call->name, "builtins.hasattr") == 0;
	if (of == NULL || name == NULL)
		return NULL;
	bool is_certain = of->kind == IW_PY_INSTANCE || of->kind == IW_PY_CLASS || of->kind == IW_PY_NONE ||
			  (of->kind == IW_PY_MODULE && iw_py_module_of(of)->failure == NULL);
	if (iw_py_is_symbol(of) && asks)
		return NULL;
	name = iw_arena_strdup(call->python->arena, name);
	struct iw_py_value *value = iw_py_find_attribute(call->python, call->place, of, name);
	/* __getattr__() and properties say so by raising. */
	bool is_missing =
		call->python->raised != NULL && iw_py_is(call->python, call->python->raised, "builtins.AttributeError");
	if (is_missing && (asks || standard != NULL)) {
		call->python->raised = NULL;
		value = NULL;
	}
	if (iw_py_stopped(call->python))
		return call->python->none;
	if (asks)
		return value != NULL && value->kind != IW_PY_UNKNOWN ? call->python->yes
		       : is_certain				     ? call->python->no
								     : NULL;
	if (value != NULL)
		return standard != NULL && iw_py_is_symbol(of) ? NULL : value;
	if (standard != NULL && is_certain)
		return standard;
	return iw_py_attribute(call->python, call->scope, call->place, of, name);
}

static struct iw_py_value *set_attribute(const struct py_call *call)
{
	const struct iw_py_value *of = iw_py_given(call, 0, NULL);
	const char *name = iw_py_given_text(call, 1, NULL);
	struct iw_py_value *value = iw_py_given(call, 2, NULL);
	bool can = of != NULL && name != NULL && value != NULL && of->attributes != NULL && of->kind != IW_PY_MODULE;
	if (!can)
		return call->python->none;
	name = iw_py_share(&call->python->names, name, strlen(name));
	if (of->kind == IW_PY_CLASS && !g_hash_table_contains(of->attributes, name))
		g_ptr_array_add(of->order, (char *)name);
	g_hash_table_insert(of->attributes, (char *)name, value);
	return call->python->none;
}

static struct iw_py_value *callable(const struct py_call *call)
{
	const struct iw_py_value *value = iw_py_given(call, 0, NULL);
	if (value == NULL || value->kind == IW_PY_UNKNOWN || iw_py_is_symbol(value) || value->kind == IW_PY_INSTANCE)
		return NULL;
	return iw_py_new_boolean(call->python, value->kind == IW_PY_FUNCTION || value->kind == IW_PY_CLASS);
}

static struct iw_py_value *make_super(const struct py_call *call)
{
	struct iw_py_value *class = iw_py_given(call, 0, NULL), *self = iw_py_given(call, 1, NULL);
	return class == NULL || self == NULL || class->kind != IW_PY_CLASS ? NULL
									   : iw_py_new_super(call->python, class, self);
}

static struct iw_py_value *from_keys(const struct py_call *call)
{
	const GPtrArray *items = given_items(call, 0);
	struct iw_py_value *value = iw_py_given(call, 1, NULL);
	if (items == NULL)
		return NULL;
	struct iw_py_value *dict = iw_py_new_dict(call->python);
	for (guint i = 0; i < items->len; i++)
		iw_py_dict_set(call->python, dict, items->pdata[i], value == NULL ? call->python->none : value);
	return dict;
}

const struct py_row iw_py_builtin_rows[] = {
	{"builtins.list", make_list},
	{"builtins.tuple", make_list},
	{"builtins.set", make_list},
	{"builtins.frozenset", make_list},
	{"builtins.dict", iw_py_make_dict},
	{"builtins.dict.fromkeys", from_keys},
	{"builtins.str", make_text},
	{"builtins.repr", make_text},
	{"builtins.int", make_integer},
	{"builtins.float", make_float},
	{"builtins.bool", make_boolean},
	{"builtins.type", type_of},
	{"builtins.len", length},
	{"builtins.range", range},
	{"builtins.enumerate", enumerate},
	{"builtins.zip", zip},
	{"builtins.map", map},
	{"builtins.filter", map},
	{"builtins.reversed", reversed},
	{"builtins.sorted", sorted},
	{"builtins.min", extreme},
	{"builtins.max", extreme},
	{"builtins.sum", sum},
	{"builtins.all", all_any},
	{"builtins.any", all_any},
	{"builtins.next", next},
	{"builtins.iter", iterator},
	{"builtins.abs", absolute},
	{"builtins.round", rounded},
	{"builtins.chr", character},
	{"builtins.ord", ordinal},
	{"builtins.hex", in_base},
	{"builtins.oct", in_base},
	{"builtins.bin", in_base},
	{"builtins.format", format},
	{"builtins.pow", power},
	{"builtins.divmod", divide},
	{"builtins.print", nothing},
	{"builtins.object.__init__", nothing},
	{"builtins.Exception.__init__", nothing},
	{"builtins.isinstance", is_instance},
	{"builtins.issubclass", is_instance},
	{"builtins.hasattr", get_attribute},
	{"builtins.getattr", get_attribute},
	{"builtins.setattr", set_attribute},
	{"builtins.callable", callable},
	{"builtins.super", make_super},
	{"builtins.ascii", unread},
	{"builtins.bytes", unread},
	{"builtins.bytearray", unread},
	{"builtins.complex", unread},
	{"builtins.hash", unread},
	{"builtins.memoryview", unread},
	{NULL, NULL},
};
