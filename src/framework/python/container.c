/* Lists, tuples, dictionaries and sets: iteration, subscripts, methods; see python_internal.h. */
#include "framework/python/methods.h"

/* Iteration ----------------------------------------------------------------------------------------------------- */

static const GPtrArray *characters(iw_py *python, const struct iw_py_value *value)
{
	GPtrArray *items = iw_arena_ptr_array(python->arena);
	const char *end = value->text + value->length;
	for (const char *at = value->text; at < end && iw_py_step(python);) {
		const char *next = at + 1;
		if (value->kind == IW_PY_BYTES) {
			g_ptr_array_add(items, iw_py_new_integer(python, (unsigned char)*at));
		} else {
			while (next < end && ((unsigned char)*next & 0xC0) == 0x80)
				next++;
			g_ptr_array_add(items, iw_py_new_text(python, IW_PY_STRING, at, (size_t)(next - at)));
		}
		at = next;
	}
	return items;
}

static const GPtrArray *fields_of(iw_py *python, const struct iw_py_value *value)
{
	GPtrArray *items = iw_arena_ptr_array(python->arena);
	const GPtrArray *fields = py_class(value->receiver)->fields;
	for (guint i = 0; i < fields->len; i++)
		g_ptr_array_add(items, g_hash_table_lookup(value->attributes, fields->pdata[i]));
	return items;
}

const GPtrArray *iw_py_iterate(iw_py *python, struct iw_place place, struct iw_py_value *value,
			       const struct iw_py_value **why)
{
	*why = value;
	switch (value->kind) {
	case IW_PY_LIST:
		if (value->text == iw_py_iterator) {
			const GPtrArray *items = value->items;
			value->items = iw_arena_ptr_array(python->arena);
			return items;
		}
		return value->items;
	case IW_PY_TUPLE:
	case IW_PY_SET:
	case IW_PY_DICT:
		return value->items;
	case IW_PY_STRING:
	case IW_PY_BYTES:
		return characters(python, value);
	case IW_PY_CLASS:
		if (py_class(value)->kind == PY_CLASS_ENUM)
			return py_class(value)->members;
		break;
	case IW_PY_INSTANCE: {
		if (value->receiver == NULL)
			break;
		struct iw_py_value *method = iw_py_special(python, value, "__iter__");
		if (method != NULL) {
			struct iw_py_value *items =
				iw_py_call_with(python, NULL, place, method, iw_py_new_arguments(python));
			if (iw_py_stopped(python) || items->kind == IW_PY_INSTANCE) {
				*why = iw_py_new_unknown(python, place, "what this iterates over is not known");
				return NULL;
			}
			return iw_py_iterate(python, place, items, why);
		}
		if (py_class(value->receiver)->kind == PY_CLASS_TUPLE)
			return fields_of(python, value);
		break;
	}
	case IW_PY_UNKNOWN:
	case IW_PY_FOREIGN:
	case IW_PY_CALL:
	case IW_PY_ATTRIBUTE:
	case IW_PY_OPERATION:
		return NULL;
	default:
		break;
	}
	iw_py_raise(python, place, "TypeError", "this object is not iterable");
	return NULL;
}

void iw_py_put_back(struct iw_py_value *value, const GPtrArray *items, guint from)
{
	if (value->kind != IW_PY_LIST || value->text != iw_py_iterator || value->items == items)
		return;
	for (guint i = from; i < items->len; i++)
		g_ptr_array_add(value->items, items->pdata[i]);
}

/* Subscripts ---------------------------------------------------------------------------------------------------- */

struct range {
	gint64 from, to, step;
};

/* As Python's slice.indices(). */
static bool read_range(const struct iw_py_value *slice, gint64 length, struct range *range)
{
	const struct iw_py_value *const *parts = (const struct iw_py_value *const *)slice->items->pdata;
	for (int i = 0; i < 3; i++)
		if (parts[i]->kind != IW_PY_NONE && parts[i]->kind != IW_PY_INTEGER && parts[i]->kind != IW_PY_BOOLEAN)
			return false;
	range->step = parts[2]->kind == IW_PY_NONE ? 1 : parts[2]->integer;
	if (range->step == 0 || range->step == G_MININT64)
		return false;
	bool is_back = range->step < 0;
	gint64 lowest = is_back ? -1 : 0, highest = is_back ? length - 1 : length;
	gint64 *ends[] = {&range->from, &range->to};
	gint64 standards[] = {is_back ? highest : lowest, is_back ? lowest : highest};
	for (int i = 0; i < 2; i++) {
		gint64 at = parts[i]->integer;
		if (parts[i]->kind == IW_PY_NONE)
			*ends[i] = standards[i];
		else
			*ends[i] = CLAMP(at < 0 ? at + length : at, lowest, highest);
	}
	return true;
}

static struct iw_py_value *take_slice(iw_py *python, struct iw_place place, const struct iw_py_value *of,
				      const struct iw_py_value *slice)
{
	const struct iw_py_value *unknown = iw_py_unknown_in(slice);
	if (unknown != NULL)
		return iw_py_unknown_from(python, unknown);
	bool is_text = of->kind == IW_PY_STRING || of->kind == IW_PY_BYTES;
	if (of->kind == IW_PY_LIST && of->text != NULL)
		return iw_py_new_unknown(python, place, "this slice is not known");
	const GPtrArray *items = is_text ? characters(python, of) : of->items;
	struct range range;
	if (!read_range(slice, items->len, &range))
		return iw_py_new_unknown(python, place, "this slice is not known");
	struct iw_py_value *list = iw_py_new_list(python, is_text ? IW_PY_LIST : of->kind);
	g_autoptr(GString) text = g_string_new(NULL);
	bool is_single = range.step > items->len || range.step < -(gint64)items->len;
	if (is_single && range.step > 0)
		range.to = MIN(range.to, range.from + 1);
	else if (is_single)
		range.to = MAX(range.to, range.from - 1);
	range.step = CLAMP(range.step, -(gint64)G_MAXUINT, G_MAXUINT);
	for (gint64 i = range.from; range.step > 0 ? i < range.to : i > range.to; i += range.step) {
		const struct iw_py_value *item = items->pdata[i];
		if (of->kind == IW_PY_BYTES)
			g_string_append_c(text, (char)item->integer);
		else if (is_text)
			g_string_append_len(text, item->text, (gssize)item->length);
		else
			g_ptr_array_add(list->items, items->pdata[i]);
		if (range.step > G_MAXINT64 / 2 || range.step < G_MININT64 / 2)
			break;
	}
	struct iw_py_value *value = is_text ? iw_py_new_text(python, of->kind, text->str, text->len) : list;
	value->place = place;
	return value;
}

static struct iw_py_value *take_item(iw_py *python, struct iw_place place, const struct iw_py_value *of,
				     const struct iw_py_value *index)
{
	bool is_text = of->kind == IW_PY_STRING || of->kind == IW_PY_BYTES;
	if (index->kind != IW_PY_INTEGER && index->kind != IW_PY_BOOLEAN)
		return iw_py_raise(python, place, "TypeError", "indices must be integers or slices");
	const GPtrArray *items = is_text ? characters(python, of) : of->items;
	gint64 at = index->integer < 0 ? index->integer + items->len : index->integer;
	if (at < 0 || at >= items->len)
		return iw_py_raise(python, place, "IndexError", "%s index out of range",
				   of->kind == IW_PY_LIST    ? "list"
				   : of->kind == IW_PY_TUPLE ? "tuple"
							     : "string");
	return items->pdata[at];
}

static struct iw_py_value *take_key(iw_py *python, struct iw_place place, const struct iw_py_value *of,
				    struct iw_py_value *key)
{
	int at = iw_py_dict_index(of, key);
	if (at >= 0)
		return of->values->pdata[at];
	if (at == -1 && of->receiver == NULL)
		return iw_py_raise(python, place, "KeyError", "%s",
				   iw_py_text(key) != NULL ? key->text : iw_py_repr(python, key));
	if (at == -1) { /* defaultdict */
		struct iw_py_value *value =
			iw_py_call_with(python, NULL, place, of->receiver, iw_py_new_arguments(python));
		if (!iw_py_stopped(python))
			iw_py_dict_set(python, (struct iw_py_value *)of, key, value);
		return value;
	}
	const struct iw_py_value *unknown = iw_py_unknown_in(key);
	return unknown != NULL ? iw_py_unknown_from(python, unknown)
			       : iw_py_new_unknown(python, place, "which item this is, is not known");
}

static struct iw_py_value *member_by_name(iw_py *python, struct iw_place place, struct iw_py_value *class,
					  const struct iw_py_value *name)
{
	struct iw_py_value *member =
		name->kind == IW_PY_STRING ? g_hash_table_lookup(class->attributes, name->text) : NULL;
	if (member != NULL && member->kind == IW_PY_INSTANCE)
		return member;
	if (name->kind != IW_PY_STRING)
		return iw_py_new_unknown(python, place, "which member this is, is not known");
	return iw_py_raise(python, place, "KeyError", "%s", name->text);
}

struct iw_py_value *iw_py_subscript(iw_py *python, struct iw_place place, struct iw_py_value *of,
				    struct iw_py_value *index)
{
	if (of->kind == IW_PY_UNKNOWN)
		return iw_py_unknown_from(python, of);
	bool is_slice = index->kind == IW_PY_OPERATION && strcmp(index->text, ":") == 0;
	if (of->kind == IW_PY_FOREIGN && strcmp(of->text, "os.environ") == 0) {
		struct iw_py_value *value = iw_py_environment(python, place, index, NULL);
		return value;
	}
	if (iw_py_is_symbol(of))
		return iw_py_new_operation(python, place, "[]", of, index);
	if (of->kind == IW_PY_DICT)
		return take_key(python, place, of, index);
	if (of->kind == IW_PY_CLASS && py_class(of)->kind == PY_CLASS_ENUM)
		return member_by_name(python, place, of, index);
	if (of->kind == IW_PY_CLASS)
		return of;
	if (of->kind == IW_PY_INSTANCE && of->receiver != NULL) {
		struct iw_py_value *method = iw_py_special(python, of, "__getitem__");
		if (method != NULL)
			return iw_py_call_one(python, place, method, index);
		if (py_class(of->receiver)->kind == PY_CLASS_TUPLE && index->kind == IW_PY_INTEGER) {
			struct iw_py_value fields = {.kind = IW_PY_TUPLE, .items = (GPtrArray *)fields_of(python, of)};
			return take_item(python, place, &fields, index);
		}
	}
	if (!iw_py_is_sequence(of) && of->kind != IW_PY_STRING && of->kind != IW_PY_BYTES)
		return iw_py_raise(python, place, "TypeError", "this object is not subscriptable");
	if (is_slice)
		return take_slice(python, place, of, index);
	if (index->kind == IW_PY_UNKNOWN)
		return iw_py_unknown_from(python, index);
	if (iw_py_is_symbol(index))
		return iw_py_new_unknown(python, place, "which item this is, is not known");
	return take_item(python, place, of, index);
}

/* Lists --------------------------------------------------------------------------------------------------------- */

static struct iw_py_value *append(const struct py_call *call)
{
	struct iw_py_value *item = iw_py_given(call, 0, NULL);
	if (item == NULL)
		return NULL;
	if (call->receiver->kind == IW_PY_SET)
		iw_py_set_add(call->python, call->receiver, item);
	else
		g_ptr_array_add(call->receiver->items, item);
	return call->python->none;
}

/* What the value holds is not known any more. */
static struct iw_py_value *forget_contents(const struct py_call *call, const struct iw_py_value *why)
{
	struct iw_py_value *value = call->receiver;
	value->kind = IW_PY_UNKNOWN;
	value->text = why != NULL && why->kind == IW_PY_UNKNOWN ? why->text : "what this holds is not known";
	value->items = value->values = NULL;
	return call->python->none;
}

static struct iw_py_value *extend(const struct py_call *call)
{
	struct iw_py_value *more = iw_py_given(call, 0, NULL);
	const struct iw_py_value *why = NULL;
	const GPtrArray *items = more == NULL ? NULL : iw_py_iterate(call->python, call->place, more, &why);
	if (items == NULL)
		return iw_py_stopped(call->python) ? call->python->none : forget_contents(call, why);
	guint count = items->len;
	for (guint i = 0; i < count; i++)
		if (call->receiver->kind == IW_PY_SET)
			iw_py_set_add(call->python, call->receiver, items->pdata[i]);
		else
			g_ptr_array_add(call->receiver->items, items->pdata[i]);
	return call->python->none;
}

static struct iw_py_value *insert(const struct py_call *call)
{
	const struct iw_py_value *index = iw_py_given(call, 0, NULL);
	struct iw_py_value *item = iw_py_given(call, 1, NULL);
	if (item == NULL || index->kind != IW_PY_INTEGER)
		return forget_contents(call, index);
	gint64 length = call->receiver->items->len;
	gint64 at = CLAMP(index->integer < 0 ? index->integer + length : index->integer, 0, length);
	g_ptr_array_insert(call->receiver->items, (gint)at, item);
	return call->python->none;
}

static struct iw_py_value *pop(const struct py_call *call)
{
	const struct iw_py_value *index = iw_py_given(call, 0, NULL);
	GPtrArray *items = call->receiver->items;
	if (index != NULL && index->kind != IW_PY_INTEGER) {
		forget_contents(call, index);
		return iw_py_new_unknown(call->python, call->place, "which item this is, is not known");
	}
	gint64 at = index == NULL ? -1 : index->integer;
	at = at < 0 ? at + items->len : at;
	if (at < 0 || at >= items->len)
		return iw_py_raise(call->python, call->place, "IndexError", "pop index out of range");
	return g_ptr_array_remove_index(items, (guint)at);
}

static struct iw_py_value *remove_item(const struct py_call *call)
{
	const struct iw_py_value *item = iw_py_given(call, 0, NULL);
	if (item == NULL)
		return NULL;
	int at = iw_py_index_in(call->receiver->items, item);
	if (at == -2)
		return forget_contents(call, item);
	if (at == -1 && call->name[0] == 'd') /* discard */
		return call->python->none;
	if (at == -1)
		return call->receiver->kind == IW_PY_SET
			       ? iw_py_raise(call->python, call->place, "KeyError", "%s",
					     iw_py_repr(call->python, item))
			       : iw_py_raise(call->python, call->place, "ValueError", "list.remove(x): x not in list");
	if (call->receiver->kind == IW_PY_SET)
		iw_py_dict_remove(call->receiver, at);
	else
		g_ptr_array_remove_index(call->receiver->items, (guint)at);
	return call->python->none;
}

static struct iw_py_value *index_of(const struct py_call *call)
{
	const struct iw_py_value *item = iw_py_given(call, 0, NULL);
	if (item == NULL || call->arguments->items->len > 1)
		return NULL;
	int at = iw_py_index_in(call->receiver->items, item);
	if (at == -1)
		return iw_py_raise(call->python, call->place, "ValueError", "%s is not in list",
				   iw_py_repr(call->python, item));
	return at < 0 ? NULL : iw_py_new_integer(call->python, at);
}

static struct iw_py_value *count_items(const struct py_call *call)
{
	const struct iw_py_value *item = iw_py_given(call, 0, NULL);
	gint64 count = 0;
	for (guint i = 0; item != NULL && i < call->receiver->items->len; i++) {
		int same = iw_py_equal(call->receiver->items->pdata[i], item);
		if (same < 0)
			return NULL;
		count += same;
	}
	return iw_py_new_integer(call->python, count);
}

static struct iw_py_value *clear(const struct py_call *call)
{
	g_ptr_array_set_size(call->receiver->items, 0);
	if (call->receiver->values != NULL)
		g_ptr_array_set_size(call->receiver->values, 0);
	if (call->receiver->kind != IW_PY_LIST)
		call->receiver->private = NULL;
	return call->python->none;
}

static struct iw_py_value *reverse(const struct py_call *call)
{
	GPtrArray *items = call->receiver->items;
	for (guint i = 0; i + 1 < items->len - i; i++) {
		gpointer other = items->pdata[items->len - 1 - i];
		items->pdata[items->len - 1 - i] = items->pdata[i];
		items->pdata[i] = other;
	}
	return call->python->none;
}

static struct iw_py_value *sort(const struct py_call *call)
{
	struct iw_py_value *key = iw_py_given(call, 9, "key"), *is_reversed = iw_py_given(call, 9, "reverse");
	if (!iw_py_sort(call->python, call->place, call->receiver->items, key,
			is_reversed != NULL && iw_py_truth(is_reversed) == 1))
		return iw_py_stopped(call->python) ? call->python->none : forget_contents(call, NULL);
	return call->python->none;
}

static struct iw_py_value *copy(const struct py_call *call)
{
	struct iw_py_value *self = call->receiver;
	struct iw_py_value *value =
		self->kind == IW_PY_DICT ? iw_py_new_dict(call->python) : iw_py_new_list(call->python, self->kind);
	value->place = call->place;
	value->receiver = self->receiver;
	for (guint i = 0; i < self->items->len; i++)
		if (self->kind == IW_PY_DICT)
			iw_py_dict_set(call->python, value, self->items->pdata[i], self->values->pdata[i]);
		else if (self->kind == IW_PY_SET)
			iw_py_set_add(call->python, value, self->items->pdata[i]);
		else
			g_ptr_array_add(value->items, self->items->pdata[i]);
	return value;
}

/* Dictionaries -------------------------------------------------------------------------------------------------- */

static struct iw_py_value *get(const struct py_call *call)
{
	struct iw_py_value *key = iw_py_given(call, 0, NULL), *standard = iw_py_given(call, 1, NULL);
	if (key == NULL)
		return NULL;
	int at = iw_py_dict_index(call->receiver, key);
	if (at == -2)
		return NULL;
	bool sets = call->name[0] == 's', takes = call->name[0] == 'p';
	if (at >= 0) {
		struct iw_py_value *value = call->receiver->values->pdata[at];
		if (takes)
			iw_py_dict_remove(call->receiver, at);
		return value;
	}
	if (takes && standard == NULL)
		return iw_py_raise(call->python, call->place, "KeyError", "%s", iw_py_repr(call->python, key));
	standard = standard == NULL ? call->python->none : standard;
	if (sets)
		iw_py_dict_set(call->python, call->receiver, key, standard);
	return standard;
}

static struct iw_py_value *view(const struct py_call *call)
{
	struct iw_py_value *list = iw_py_new_list(call->python, IW_PY_LIST);
	list->text = iw_py_view;
	const struct iw_py_value *self = call->receiver;
	for (guint i = 0; i < self->items->len; i++) {
		if (call->name[0] == 'k') {
			g_ptr_array_add(list->items, self->items->pdata[i]);
		} else if (call->name[0] == 'v') {
			g_ptr_array_add(list->items, self->values->pdata[i]);
		} else {
			struct iw_py_value *pair = iw_py_new_list(call->python, IW_PY_TUPLE);
			g_ptr_array_add(pair->items, self->items->pdata[i]);
			g_ptr_array_add(pair->items, self->values->pdata[i]);
			g_ptr_array_add(list->items, pair);
		}
	}
	return list;
}

static struct iw_py_value *update(const struct py_call *call)
{
	struct iw_py_value *made = iw_py_make_dict(call);
	if (made == NULL || made->kind != IW_PY_DICT)
		return iw_py_stopped(call->python) ? call->python->none : forget_contents(call, made);
	for (guint i = 0; i < made->items->len; i++)
		iw_py_dict_set(call->python, call->receiver, made->items->pdata[i], made->values->pdata[i]);
	return call->python->none;
}

static struct iw_py_value *pop_item(const struct py_call *call)
{
	guint count = call->receiver->items->len;
	if (count == 0)
		return iw_py_raise(call->python, call->place, "KeyError", "popitem(): dictionary is empty");
	struct iw_py_value *pair = iw_py_new_list(call->python, IW_PY_TUPLE);
	g_ptr_array_add(pair->items, call->receiver->items->pdata[count - 1]);
	g_ptr_array_add(pair->items, call->receiver->values->pdata[count - 1]);
	iw_py_dict_remove(call->receiver, (int)count - 1);
	return pair;
}

/* Sets ---------------------------------------------------------------------------------------------------------- */

static struct iw_py_value *as_set(const struct py_call *call, struct iw_py_value *value)
{
	const struct iw_py_value *why = NULL;
	const GPtrArray *items = value == NULL ? NULL : iw_py_iterate(call->python, call->place, value, &why);
	if (items == NULL)
		return NULL;
	struct iw_py_value *set = iw_py_new_list(call->python, IW_PY_SET);
	for (guint i = 0; i < items->len; i++)
		iw_py_set_add(call->python, set, items->pdata[i]);
	return set;
}

static struct iw_py_value *set_operation(const struct py_call *call)
{
	static const struct {
		const char *name;
		guint32 sign;
	} rows[] = {{"union", '|'}, {"intersection", '&'}, {"difference", '-'}, {"symmetric_difference", '^'}};
	struct iw_py_value *value = call->receiver;
	for (guint i = 0; i < call->arguments->items->len; i++) {
		struct iw_py_value *other = as_set(call, call->arguments->items->pdata[i]);
		if (other == NULL)
			return NULL;
		for (size_t k = 0; k < G_N_ELEMENTS(rows); k++)
			if (strcmp(rows[k].name, call->name) == 0)
				value = iw_py_binary(call->python, call->place, rows[k].sign, value, other);
	}
	return value == call->receiver ? as_set(call, value) : value;
}

static struct iw_py_value *set_question(const struct py_call *call)
{
	struct iw_py_value *other = as_set(call, iw_py_given(call, 0, NULL));
	if (other == NULL)
		return NULL;
	if (strcmp(call->name, "isdisjoint") == 0) {
		struct iw_py_value *both = iw_py_binary(call->python, call->place, '&', call->receiver, other);
		return both->kind != IW_PY_SET ? both : iw_py_new_boolean(call->python, both->items->len == 0);
	}
	return iw_py_compare(call->python, call->place,
			     strcmp(call->name, "issubset") == 0 ? PY_OP2('<', '=') : PY_OP2('>', '='), call->receiver,
			     other);
}

/* Numbers ------------------------------------------------------------------------------------------------------- */

static struct iw_py_value *bit_length(const struct py_call *call)
{
	int bits = 0;
	for (guint64 left = (guint64)ABS(call->receiver->integer); left > 0; left >>= 1)
		bits++;
	return iw_py_new_integer(call->python, bits);
}

static struct iw_py_value *is_integer(const struct py_call *call)
{
	return iw_py_new_boolean(call->python, call->receiver->number == floor(call->receiver->number));
}

#define LIST	 (1u << IW_PY_LIST)
#define SEQUENCE (1u << IW_PY_LIST | 1u << IW_PY_TUPLE)
#define DICT	 (1u << IW_PY_DICT)
#define SET	 (1u << IW_PY_SET)
const struct py_method iw_py_container_methods[] = {
	{"append", LIST, append},
	{"add", SET, append},
	{"extend", LIST, extend},
	{"insert", LIST, insert},
	{"pop", LIST, pop},
	{"remove", LIST | SET, remove_item},
	{"discard", SET, remove_item},
	{"index", SEQUENCE, index_of},
	{"count", SEQUENCE, count_items},
	{"clear", LIST | SET | DICT, clear},
	{"reverse", LIST, reverse},
	{"sort", LIST, sort},
	{"copy", LIST | SET | DICT, copy},
	{"get", DICT, get},
	{"setdefault", DICT, get},
	{"pop", DICT, get},
	{"keys", DICT, view},
	{"values", DICT, view},
	{"items", DICT, view},
	{"update", DICT, update},
	{"update", SET, extend},
	{"popitem", DICT, pop_item},
	{"union", SET, set_operation},
	{"intersection", SET, set_operation},
	{"difference", SET, set_operation},
	{"symmetric_difference", SET, set_operation},
	{"issubset", SET, set_question},
	{"issuperset", SET, set_question},
	{"isdisjoint", SET, set_question},
	{"bit_length", 1u << IW_PY_INTEGER, bit_length},
	{"is_integer", 1u << IW_PY_FLOAT, is_integer},
	{NULL, 0, NULL},
};

/* Look-up ------------------------------------------------------------------------------------------------------- */

static const struct py_method *find_method(const struct iw_py_value *value, const char *name)
{
	const struct py_method *tables[] = {iw_py_string_methods, iw_py_container_methods};
	for (size_t t = 0; t < G_N_ELEMENTS(tables); t++)
		for (const struct py_method *row = tables[t]; row->name != NULL; row++)
			if ((row->kinds >> value->kind & 1) != 0 && strcmp(row->name, name) == 0)
				return row;
	return NULL;
}

bool iw_py_has_method(const struct iw_py_value *value, const char *name)
{
	return find_method(value, name) != NULL;
}

struct iw_py_value *iw_py_method(const struct py_call *call)
{
	if (call->receiver->kind == IW_PY_UNKNOWN)
		return iw_py_unknown_from(call->python, call->receiver);
	const struct py_method *method = find_method(call->receiver, call->name);
	struct iw_py_value *value = method == NULL ? NULL : method->run(call);
	if (value != NULL || iw_py_stopped(call->python))
		return value != NULL ? value : call->python->none;
	for (guint i = 0; i < call->arguments->items->len; i++) {
		const struct iw_py_value *unknown = iw_py_unknown_in(call->arguments->items->pdata[i]);
		if (unknown != NULL)
			return iw_py_unknown_from(call->python, unknown);
	}
	return NULL;
}
