/* Operators on values: arithmetic, comparison, membership, truth; see python_internal.h. */
#include "framework/python/python_internal.h"

static struct iw_py_value *too_large(iw_py *python, struct iw_place place)
{
	return iw_py_new_unknown(python, place, "this is too large to work out");
}

/* UNKNOWN of whatever is not known in the operands; NULL: both are. */
static struct iw_py_value *spread(iw_py *python, const struct iw_py_value *left, const struct iw_py_value *right)
{
	if (left->kind == IW_PY_UNKNOWN)
		return iw_py_unknown_from(python, left);
	return right != NULL && right->kind == IW_PY_UNKNOWN ? iw_py_unknown_from(python, right) : NULL;
}

static struct iw_py_value *type_error(iw_py *python, struct iw_place place, guint32 sign)
{
	return iw_py_raise(python, place, "TypeError", "unsupported operand type(s) for %s", iw_py_operator_text(sign));
}

/* Arithmetic ---------------------------------------------------------------------------------------------------- */

#define EXACT ((__int128)1 << 53) /* integers up to here are doubles */

static bool power(__int128 base, __int128 exponent, __int128 *result)
{
	*result = 1;
	if (exponent > 127 && base != 0 && base != 1 && base != -1)
		return false;
	if (exponent > 127)
		exponent = 2 + (exponent & 1);
	for (int i = 0; i < (int)exponent; i++)
		if (__builtin_mul_overflow(*result, base, result))
			return false;
	return true;
}

static __int128 floor_divide(__int128 a, __int128 b)
{
	__int128 quotient = a / b;
	return quotient - ((a % b != 0) && ((a < 0) != (b < 0)));
}

/* Is -2 ** 127 divided by -1? */
static bool overflows(__int128 a, __int128 b)
{
	return b == -1 && a == (__int128)((unsigned __int128)1 << 127);
}

static struct iw_py_value *integers(iw_py *python, struct iw_place place, guint32 sign, __int128 a, __int128 b)
{
	__int128 result = 0;
	bool fits = true;
	bool divides = sign == '/' || sign == '%' || sign == PY_OP2('/', '/');
	if (divides && b == 0)
		return iw_py_raise(python, place, "ZeroDivisionError", "%s",
				   sign == '/' ? "division by zero" : "integer division or modulo by zero");
	if (divides && overflows(a, b))
		return too_large(python, place);
	switch (sign) {
	case '+':
		fits = !__builtin_add_overflow(a, b, &result);
		break;
	case '-':
		fits = !__builtin_sub_overflow(a, b, &result);
		break;
	case '*':
		fits = !__builtin_mul_overflow(a, b, &result);
		break;
	case '/': /* rounded once; larger operands would be rounded before */
		if (a > EXACT || a < -EXACT || b > EXACT || b < -EXACT)
			return too_large(python, place);
		return iw_py_new_float(python, (double)a / (double)b);
	case PY_OP2('/', '/'):
		result = floor_divide(a, b);
		break;
	case '%':
		result = a % b + ((a % b != 0) && ((a < 0) != (b < 0)) ? b : 0);
		break;
	case PY_OP2('*', '*'):
		if (b < 0 && a == 0)
			return iw_py_raise(python, place, "ZeroDivisionError",
					   "0.0 cannot be raised to a negative power");
		if (b < 0)
			return iw_py_new_float(python, pow((double)a, (double)b));
		fits = power(a, b, &result);
		break;
	case PY_OP2('<', '<'):
		if (b < 0)
			return iw_py_raise(python, place, "ValueError", "negative shift count");
		fits = b < 126 && !__builtin_mul_overflow(a, (__int128)1 << (int)b, &result);
		break;
	case PY_OP2('>', '>'):
		if (b < 0)
			return iw_py_raise(python, place, "ValueError", "negative shift count");
		result = a >> (int)MIN(b, 127);
		break;
	case '&':
		result = a & b;
		break;
	case '|':
		result = a | b;
		break;
	case '^':
		result = a ^ b;
		break;
	default:
		return type_error(python, place, sign);
	}
	return fits ? iw_py_new_wide(python, result) : too_large(python, place);
}

static struct iw_py_value *floats(iw_py *python, struct iw_place place, guint32 sign, double a, double b)
{
	bool divides = sign == '/' || sign == '%' || sign == PY_OP2('/', '/');
	if (divides && b == 0)
		return iw_py_raise(python, place, "ZeroDivisionError", "%s",
				   sign == '/' ? "float division by zero" : "float modulo");
	switch (sign) {
	case '+':
		return iw_py_new_float(python, a + b);
	case '-':
		return iw_py_new_float(python, a - b);
	case '*':
		return iw_py_new_float(python, a * b);
	case '/':
		return iw_py_new_float(python, a / b);
	case PY_OP2('*', '*'):
		return iw_py_new_float(python, pow(a, b));
	case '%':
	case PY_OP2('/', '/'): {
		/* As CPython's float_divmod(): the quotient is rounded to an integer, zeros have signs. */
		double rest = fmod(a, b), quotient = (a - rest) / b;
		if (rest == 0) {
			rest = copysign(0, b);
		} else if ((b < 0) != (rest < 0)) {
			rest += b;
			quotient -= 1;
		}
		double whole = quotient == 0 ? copysign(0, a / b) : floor(quotient);
		if (quotient - whole > 0.5)
			whole += 1;
		return iw_py_new_float(python, sign == '%' ? rest : whole);
	}
	default:
		return type_error(python, place, sign);
	}
}

static struct iw_py_value *numbers(iw_py *python, struct iw_place place, guint32 sign, const struct iw_py_value *left,
				   const struct iw_py_value *right)
{
	if (left->kind == IW_PY_FLOAT || right->kind == IW_PY_FLOAT)
		return floats(python, place, sign, left->number, right->number);
	__int128 a, b;
	if (!iw_py_wide(left, &a) || !iw_py_wide(right, &b))
		return too_large(python, place);
	bool is_logical = sign == '&' || sign == '|' || sign == '^';
	if (is_logical && left->kind == IW_PY_BOOLEAN && right->kind == IW_PY_BOOLEAN)
		return iw_py_new_boolean(python, sign == '&' ? a & b : sign == '|' ? a | b : a ^ b);
	return integers(python, place, sign, a, b);
}

/* Texts and containers ------------------------------------------------------------------------------------------ */

static struct iw_py_value *join_texts(iw_py *python, struct iw_place place, const struct iw_py_value *left,
				      const struct iw_py_value *right)
{
	if (left->length + right->length > PY_LONGEST)
		return too_large(python, place);
	struct iw_py_value *value = iw_py_new_value(python, left->kind, place);
	char *text = iw_arena_alloc(python->arena, left->length + right->length + 1);
	memcpy(text, left->text, left->length);
	memcpy(text + left->length, right->text, right->length);
	value->text = text;
	value->length = left->length + right->length;
	return value;
}

static struct iw_py_value *repeat(iw_py *python, struct iw_place place, const struct iw_py_value *what,
				  const struct iw_py_value *times)
{
	if (what->kind == IW_PY_LIST && what->text != NULL)
		return type_error(python, place, '*');
	gint64 count = MAX(times->integer, 0);
	bool is_text = what->kind == IW_PY_STRING || what->kind == IW_PY_BYTES;
	gint64 size = is_text ? (gint64)what->length : (gint64)what->items->len;
	if (size > 0 && count > PY_LONGEST / 8 / size)
		return too_large(python, place);
	struct iw_py_value *value = iw_py_new_value(python, what->kind, place);
	if (!is_text) {
		value->items = iw_arena_ptr_array(python->arena);
		for (gint64 i = 0; i < count; i++)
			for (guint k = 0; k < what->items->len; k++)
				g_ptr_array_add(value->items, what->items->pdata[k]);
		return value;
	}
	char *text = iw_arena_alloc(python->arena, (size_t)(size * count) + 1);
	for (gint64 i = 0; size > 0 && i < count; i++)
		memcpy(text + i * size, what->text, (size_t)size);
	value->text = text;
	value->length = (size_t)(size * count);
	return value;
}

static struct iw_py_value *sets(iw_py *python, struct iw_place place, guint32 sign, const struct iw_py_value *left,
				const struct iw_py_value *right)
{
	struct iw_py_value *value = iw_py_new_list(python, IW_PY_SET);
	value->place = place;
	value->text = left->text;
	for (guint i = 0; i < left->items->len; i++) {
		int at = iw_py_dict_index(right, left->items->pdata[i]);
		if (at == -2)
			return iw_py_new_unknown(python, place, "what this set holds is not known");
		if (sign == '|' || (sign == '&') == (at >= 0))
			iw_py_set_add(python, value, left->items->pdata[i]);
	}
	for (guint i = 0; i < right->items->len && (sign == '|' || sign == '^'); i++)
		if (sign == '|' || iw_py_dict_index(left, right->items->pdata[i]) == -1)
			iw_py_set_add(python, value, right->items->pdata[i]);
	return value;
}

static struct iw_py_value *merge_dicts(iw_py *python, struct iw_place place, const struct iw_py_value *left,
				       const struct iw_py_value *right)
{
	struct iw_py_value *value = iw_py_new_dict(python);
	value->place = place;
	for (guint i = 0; i < left->items->len; i++)
		iw_py_dict_set(python, value, left->items->pdata[i], left->values->pdata[i]);
	for (guint i = 0; i < right->items->len; i++)
		iw_py_dict_set(python, value, right->items->pdata[i], right->values->pdata[i]);
	return value;
}

static bool is_text(const struct iw_py_value *value)
{
	return value->kind == IW_PY_STRING || value->kind == IW_PY_BYTES;
}

static struct iw_py_value *same_kinds(iw_py *python, struct iw_place place, guint32 sign, struct iw_py_value *left,
				      struct iw_py_value *right)
{
	bool is_set_operator = sign == '|' || sign == '&' || sign == '-' || sign == '^';
	bool is_marked = left->kind == IW_PY_LIST && (left->text != NULL || right->text != NULL);
	if (is_marked && left->text != iw_py_view && right->text != iw_py_view)
		return type_error(python, place, sign);
	if (is_marked)
		return iw_py_new_unknown(python, place, "what this %s makes is not known", iw_py_operator_text(sign));
	if (sign == '+' && is_text(left))
		return join_texts(python, place, left, right);
	if (sign == '+' && iw_py_is_sequence(left)) {
		struct iw_py_value *value = iw_py_copy_list(python, left->kind, left->items);
		value->place = place;
		for (guint i = 0; i < right->items->len; i++)
			g_ptr_array_add(value->items, right->items->pdata[i]);
		return value;
	}
	if (left->kind == IW_PY_SET && is_set_operator)
		return sets(python, place, sign, left, right);
	if (left->kind == IW_PY_DICT && sign == '|')
		return merge_dicts(python, place, left, right);
	return type_error(python, place, sign);
}

static const struct {
	guint32 sign;
	const char *name, *reversed;
} methods[] = {
	{'+', "__add__", "__radd__"},
	{'-', "__sub__", "__rsub__"},
	{'*', "__mul__", "__rmul__"},
	{'/', "__truediv__", "__rtruediv__"},
	{'%', "__mod__", "__rmod__"},
	{'|', "__or__", "__ror__"},
	{'&', "__and__", "__rand__"},
	{'^', "__xor__", "__rxor__"},
	{PY_OP2('/', '/'), "__floordiv__", "__rfloordiv__"},
	{PY_OP2('=', '='), "__eq__", "__eq__"},
	{PY_OP2('!', '='), "__ne__", "__ne__"},
	{'<', "__lt__", "__gt__"},
	{'>', "__gt__", "__lt__"},
	{PY_OP2('<', '='), "__le__", "__ge__"},
	{PY_OP2('>', '='), "__ge__", "__le__"},
};

/* The sign's method of a value of the project; NULL: none. */
static struct iw_py_value *by_method(iw_py *python, struct iw_place place, guint32 sign, struct iw_py_value *left,
				     struct iw_py_value *right)
{
	for (size_t i = 0; i < G_N_ELEMENTS(methods); i++) {
		if (methods[i].sign != sign)
			continue;
		struct iw_py_value *method =
			left->kind == IW_PY_INSTANCE ? iw_py_special(python, left, methods[i].name) : NULL;
		if (method != NULL)
			return iw_py_call_one(python, place, method, right);
		method = right->kind == IW_PY_INSTANCE ? iw_py_special(python, right, methods[i].reversed) : NULL;
		if (method != NULL)
			return iw_py_call_one(python, place, method, left);
	}
	return NULL;
}

/* pathlib: Path("a") / "b" */
static struct iw_py_value *path_division(iw_py *python, struct iw_place place, struct iw_py_value *left,
					 struct iw_py_value *right)
{
	if (left->kind != IW_PY_CALL || !iw_py_is(python, left->receiver, "pathlib.Path") || left->items->len != 1 ||
	    right->kind != IW_PY_STRING)
		return NULL;
	const struct iw_py_value *base = left->items->pdata[0];
	if (base->kind != IW_PY_STRING)
		return NULL;
	g_autofree char *joined =
		right->text[0] == '/' ? g_strdup(right->text) : g_build_filename(base->text, right->text, NULL);
	struct iw_py_value *value = iw_py_new_value(python, IW_PY_CALL, place);
	*value = *left;
	value->place = place;
	value->items = iw_arena_ptr_array(python->arena);
	g_ptr_array_add(value->items, iw_py_new_string(python, joined));
	return value;
}

/* Members of an Enum of texts or numbers count as their values. */
static struct iw_py_value *plain(struct iw_py_value *value)
{
	if (value->kind != IW_PY_INSTANCE || value->receiver == NULL || value->receiver->private == NULL)
		return value;
	const struct py_class *class = py_class(value->receiver);
	bool counts = class->kind == PY_CLASS_ENUM && (class->is_text || class->formats_value);
	struct iw_py_value *inner = counts ? g_hash_table_lookup(value->attributes, "value") : NULL;
	return inner != NULL ? inner : value;
}

struct iw_py_value *iw_py_binary(iw_py *python, struct iw_place place, guint32 sign, struct iw_py_value *left,
				 struct iw_py_value *right)
{
	if (left->kind == IW_PY_STRING && sign == '%')
		return iw_py_percent(python, place, left, right);
	if (left->kind == IW_PY_BYTES && sign == '%')
		return iw_py_new_unknown(python, place, "what this \"%%\" makes is not known");
	struct iw_py_value *value = spread(python, left, right);
	if (value != NULL)
		return value;
	if (iw_py_is_symbol(left) || iw_py_is_symbol(right)) {
		value = sign == '/' ? path_division(python, place, left, right) : NULL;
		return value != NULL ? value
				     : iw_py_new_operation(python, place, iw_py_operator_text(sign), left, right);
	}
	value = by_method(python, place, sign, left, right);
	if (value != NULL)
		return value;
	left = plain(left);
	right = plain(right);
	if (iw_py_is_number(left) && iw_py_is_number(right))
		value = numbers(python, place, sign, left, right);
	else if (left->kind == right->kind && (is_text(left) || iw_py_is_container(left)))
		value = same_kinds(python, place, sign, left, right);
	else if (sign == '*' && (is_text(left) || iw_py_is_sequence(left)) && iw_py_is_number(right))
		value = repeat(python, place, left, right);
	else if (sign == '*' && (is_text(right) || iw_py_is_sequence(right)) && iw_py_is_number(left))
		value = repeat(python, place, right, left);
	else if (left->kind == IW_PY_CLASS || right->kind == IW_PY_CLASS)
		value = sign == '|' ? iw_py_new_operation(python, place, "|", left, right)
				    : type_error(python, place, sign);
	else
		value = type_error(python, place, sign);
	if (value->place.source == NULL && value->kind != IW_PY_BOOLEAN && value->kind != IW_PY_NONE)
		value->place = place;
	return value;
}

struct iw_py_value *iw_py_unary(iw_py *python, struct iw_place place, guint32 sign, struct iw_py_value *operand)
{
	if (sign == PY_NOT) {
		int truth = iw_py_is_true(python, operand);
		if (truth >= 0)
			return iw_py_new_boolean(python, !truth);
	}
	struct iw_py_value *value = spread(python, operand, NULL);
	if (value != NULL)
		return value;
	if (iw_py_is_symbol(operand))
		return iw_py_new_operation(python, place, iw_py_operator_text(sign), operand, NULL);
	__int128 number;
	if (operand->kind == IW_PY_FLOAT && sign != '~')
		value = iw_py_new_float(python, sign == '-' ? -operand->number : operand->number);
	else if (iw_py_wide(operand, &number))
		value = iw_py_new_wide(python, sign == '-' ? -number : sign == '~' ? ~number : number);
	else if (operand->kind == IW_PY_INTEGER)
		return too_large(python, place);
	else
		return iw_py_raise(python, place, "TypeError", "bad operand type for unary %s",
				   iw_py_operator_text(sign));
	value->place = place;
	return value;
}

/* Truth and comparison ------------------------------------------------------------------------------------------ */

int iw_py_is_true(iw_py *python, struct iw_py_value *value)
{
	if (value->kind != IW_PY_INSTANCE)
		return iw_py_truth(value);
	struct iw_py_value *inner = plain(value);
	if (inner != value)
		return iw_py_truth(inner);
	static const char *const names[] = {"__bool__", "__len__"};
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		struct iw_py_value *method = iw_py_special(python, value, names[i]);
		if (method != NULL)
			return iw_py_truth(
				iw_py_call_with(python, NULL, value->place, method, iw_py_new_arguments(python)));
	}
	return 1;
}

static int order_texts(const struct iw_py_value *a, const struct iw_py_value *b)
{
	int order = memcmp(a->text, b->text, MIN(a->length, b->length));
	return order != 0 ? order : a->length < b->length ? -1 : a->length > b->length;
}

static int order_numbers(const struct iw_py_value *a, const struct iw_py_value *b, bool *is_known)
{
	__int128 left, right;
	if (iw_py_wide(a, &left) && iw_py_wide(b, &right))
		return left < right ? -1 : left > right;
	*is_known = *is_known && !isnan(a->number) && !isnan(b->number);
	return a->number < b->number ? -1 : a->number > b->number;
}

int iw_py_order(const struct iw_py_value *a, const struct iw_py_value *b, bool *is_known)
{
	a = plain((struct iw_py_value *)a);
	b = plain((struct iw_py_value *)b);
	if (iw_py_is_number(a) && iw_py_is_number(b))
		return order_numbers(a, b, is_known);
	if (a->kind == b->kind && is_text(a))
		return order_texts(a, b);
	bool is_marked = a->kind == IW_PY_LIST && (a->text != NULL || (b->kind == IW_PY_LIST && b->text != NULL));
	if (a->kind == b->kind && iw_py_is_sequence(a) && !is_marked) {
		for (guint i = 0; i < MIN(a->items->len, b->items->len) && *is_known; i++) {
			int same = iw_py_equal(a->items->pdata[i], b->items->pdata[i]);
			if (same == 0)
				return iw_py_order(a->items->pdata[i], b->items->pdata[i], is_known);
			*is_known = *is_known && same == 1;
		}
		return a->items->len < b->items->len ? -1 : a->items->len > b->items->len;
	}
	*is_known = false;
	return 0;
}

/* Values of kinds that cannot be compared with others. */
static bool is_plain(const struct iw_py_value *value)
{
	return value->kind != IW_PY_UNKNOWN && value->kind != IW_PY_INSTANCE && !iw_py_is_symbol(value);
}

static int contains(iw_py *python, struct iw_place place, struct iw_py_value *of, struct iw_py_value *item)
{
	if (is_text(of) && of->kind == plain(item)->kind)
		return memmem(of->text, of->length, plain(item)->text, plain(item)->length) != NULL;
	bool are_sets = of->kind == IW_PY_SET && item->kind == IW_PY_SET;
	bool is_keyed = of->kind == IW_PY_DICT || of->kind == IW_PY_SET;
	bool is_mixed = of->kind == IW_PY_STRING || (of->kind == IW_PY_BYTES && !iw_py_is_number(item));
	if ((is_mixed && is_plain(item)) || (is_keyed && !iw_py_has_hash(item) && !are_sets)) {
		type_error(python, place, PY_IN);
		return -1;
	}
	if (is_keyed && iw_py_has_hash(item)) {
		int at = iw_py_dict_index(of, item);
		return at >= 0 ? 1 : at == -1 ? 0 : -1;
	}
	const struct iw_py_value *why = NULL;
	const GPtrArray *items = iw_py_iterate(python, place, of, &why);
	if (items == NULL)
		return -1;
	int at = iw_py_index_in(items, item);
	iw_py_put_back(of, items, at < 0 ? items->len : (guint)at + 1);
	return at >= 0 ? 1 : at == -1 ? 0 : -1;
}

/* Made by a class that is not in the project but known to be one: a call of it never gives None. */
static bool is_made(const struct iw_py_value *value)
{
	const char *path =
		value->kind == IW_PY_CALL && value->receiver->kind == IW_PY_FOREIGN ? value->receiver->text : NULL;
	if (path == NULL)
		return false;
	return strcmp(path, "pathlib.Path") == 0 ||
	       (g_str_has_prefix(path, "django.") && g_ascii_isupper(strrchr(path, '.')[1]));
}

static int identical(const struct iw_py_value *a, const struct iw_py_value *b)
{
	if ((a->kind == IW_PY_NONE && is_made(b)) || (b->kind == IW_PY_NONE && is_made(a)))
		return 0;
	if (a->kind == IW_PY_UNKNOWN || b->kind == IW_PY_UNKNOWN)
		return -1;
	if (a == b)
		return 1;
	bool has_symbol = iw_py_is_symbol(a) || iw_py_is_symbol(b);
	if (has_symbol || a->kind == IW_PY_NONE || a->kind == IW_PY_BOOLEAN)
		return a->kind == b->kind || has_symbol ? iw_py_equal(a, b) : 0;
	return iw_py_is_container(a) || a->kind == IW_PY_INSTANCE || a->kind != b->kind ? 0 : iw_py_equal(a, b);
}

static int compare_sets(guint32 sign, const struct iw_py_value *left, const struct iw_py_value *right)
{
	const struct iw_py_value *small = sign == '<' || sign == PY_OP2('<', '=') ? left : right;
	const struct iw_py_value *large = small == left ? right : left;
	for (guint i = 0; i < small->items->len; i++) {
		int at = iw_py_dict_index(large, small->items->pdata[i]);
		if (at < 0)
			return at == -1 ? 0 : -1;
	}
	return sign > 255 || small->items->len < large->items->len;
}

static int ordered(iw_py *python, struct iw_place place, guint32 sign, const struct iw_py_value *left,
		   const struct iw_py_value *right)
{
	if (left->kind == IW_PY_SET && right->kind == IW_PY_SET)
		return compare_sets(sign, left, right);
	bool differ = left->kind != right->kind && !(iw_py_is_number(left) && iw_py_is_number(right));
	if ((differ || left->kind == IW_PY_DICT) && is_plain(left) && is_plain(right)) {
		type_error(python, place, sign);
		return -1;
	}
	bool is_known = true;
	int order = iw_py_order(left, right, &is_known);
	if (!is_known) {
		if (!iw_py_is_sequence(left) && !iw_py_is_number(left) && left->kind != IW_PY_INSTANCE)
			type_error(python, place, sign);
		return -1;
	}
	return sign == '<' ? order < 0 : sign == '>' ? order > 0 : sign == PY_OP2('<', '=') ? order <= 0 : order >= 0;
}

struct iw_py_value *iw_py_compare(iw_py *python, struct iw_place place, guint32 sign, struct iw_py_value *left,
				  struct iw_py_value *right)
{
	bool is_negated = sign == PY_IS_NOT || sign == PY_NOT_IN || sign == PY_OP2('!', '=');
	struct iw_py_value *value = NULL;
	int holds;
	if ((sign == PY_IN || sign == PY_NOT_IN) && left->kind == IW_PY_STRING && iw_py_is(python, right, "os.environ"))
		holds = iw_py_environment(python, place, left, NULL)->kind != IW_PY_UNKNOWN;
	else if (sign == PY_IN || sign == PY_NOT_IN)
		holds = left->kind == IW_PY_UNKNOWN || iw_py_is_symbol(right) ? -1
									      : contains(python, place, right, left);
	else if (sign == PY_IS || sign == PY_IS_NOT)
		holds = identical(left, right);
	else if ((value = by_method(python, place, sign, left, right)) != NULL)
		return value;
	else if (sign == PY_OP2('=', '=') || sign == PY_OP2('!', '='))
		/* A column == itself makes SQL; only names of other packages compare as themselves. */
		holds = left->kind == IW_PY_FOREIGN && right->kind == IW_PY_FOREIGN ? iw_py_equal(left, right)
			: iw_py_is_symbol(left) || iw_py_is_symbol(right)	    ? -1
										    : iw_py_equal(left, right);
	else
		holds = iw_py_is_symbol(left) || iw_py_is_symbol(right) || spread(python, left, right) != NULL
				? -1
				: ordered(python, place, sign, left, right);
	if (python->raised != NULL)
		return python->none;
	if (holds >= 0)
		return iw_py_new_boolean(python, holds != is_negated);
	value = spread(python, left, right);
	if (value == NULL && !iw_py_is_symbol(left) && !iw_py_is_symbol(right))
		return iw_py_new_unknown(python, place, "what this %s gives is not known", iw_py_operator_text(sign));
	return value != NULL ? value : iw_py_new_operation(python, place, iw_py_operator_text(sign), left, right);
}
