/* Classes of the project, their instances, Enums among them, and attributes of anything; see python_internal.h. */
#include "framework/python/python_internal.h"

/* Bases --------------------------------------------------------------------------------------------------------- */

static const struct {
	const char *path;
	enum py_class_kind kind;
	bool is_text, formats_value;
} known_bases[] = {
	{"builtins.object", PY_CLASS_PLAIN, false, false},
	{"typing.Generic", PY_CLASS_PLAIN, false, false},
	{"typing.Protocol", PY_CLASS_PLAIN, false, false},
	{"typing.TypedDict", PY_CLASS_PLAIN, false, false},
	{"abc.ABC", PY_CLASS_PLAIN, false, false},
	{"enum.Enum", PY_CLASS_ENUM, false, false},
	{"enum.Flag", PY_CLASS_ENUM, false, false},
	{"enum.IntEnum", PY_CLASS_ENUM, false, true},
	{"enum.IntFlag", PY_CLASS_ENUM, false, true},
	{"enum.StrEnum", PY_CLASS_ENUM, true, true},
	{"django.db.models.Choices", PY_CLASS_ENUM, false, false},
	{"django.db.models.TextChoices", PY_CLASS_ENUM, true, true},
	{"django.db.models.IntegerChoices", PY_CLASS_ENUM, false, true},
	{"django.db.models.enums.TextChoices", PY_CLASS_ENUM, true, true},
	{"django.db.models.enums.IntegerChoices", PY_CLASS_ENUM, false, true},
	{"typing.NamedTuple", PY_CLASS_TUPLE, false, false},
};

static bool is_choices(const struct iw_py_value *class)
{
	const GPtrArray *order = py_class(class)->order;
	for (guint i = 0; i < order->len; i++) {
		const struct iw_py_value *base = order->pdata[i];
		if (base->kind == IW_PY_FOREIGN && g_str_has_prefix(base->text, "django.db.models.") &&
		    g_str_has_suffix(base->text, "Choices"))
			return true;
	}
	return false;
}

static void inherit_foreign(struct py_class *class, const char *path)
{
	for (size_t i = 0; i < G_N_ELEMENTS(known_bases); i++) {
		if (strcmp(known_bases[i].path, path) != 0)
			continue;
		if (known_bases[i].kind != PY_CLASS_PLAIN)
			class->kind = known_bases[i].kind;
		class->is_text = class->is_text || known_bases[i].is_text;
		class->formats_value = class->formats_value || known_bases[i].formats_value;
		return;
	}
	if (iw_py_is_exception(path))
		class->kind = PY_CLASS_EXCEPTION;
	else if (strcmp(path, "builtins.str") == 0 || strcmp(path, "builtins.int") == 0)
		class->is_text = true; /* of an Enum; on its own it is a foreign base, see below */
	else
		class->is_foreign = true;
}

static const struct iw_py_value *plain_base(const struct iw_py_value *base)
{
	/* Generic[T] */
	bool is_generic = base->kind == IW_PY_OPERATION && strcmp(base->text, "[]") == 0;
	return is_generic ? base->items->pdata[0] : base;
}

static void inherit(struct py_class *class, struct iw_py_value *base)
{
	if (base->kind == IW_PY_CLASS) {
		const struct py_class *parent = base->private;
		if (parent->kind != PY_CLASS_PLAIN)
			class->kind = parent->kind;
		class->is_foreign = class->is_foreign || parent->is_foreign;
		class->has_metaclass = class->has_metaclass || parent->has_metaclass;
		class->is_text = class->is_text || parent->is_text;
		class->formats_value = class->formats_value || parent->formats_value;
	} else if (base->kind == IW_PY_FOREIGN) {
		inherit_foreign(class, base->text);
	} else {
		class->is_foreign = true;
	}
}

/* Bases that other foreign bases derive from, so that they come behind them: Django's fields are all one. */
static bool is_root(const struct iw_py_value *base)
{
	static const char *const paths[] = {"builtins.object", "django.db.models.Field",
					    "django.db.models.fields.Field"};
	for (size_t i = 0; base->kind == IW_PY_FOREIGN && i < G_N_ELEMENTS(paths); i++)
		if (strcmp(paths[i], base->text) == 0)
			return true;
	return false;
}

/* Where attributes are looked for: depth first, what occurs twice at its last place. */
static void set_order(iw_py *python, struct iw_py_value *value, struct py_class *class)
{
	class->order = iw_arena_ptr_array(python->arena);
	g_ptr_array_add(class->order, value);
	for (guint i = 0; i < value->bases->len; i++) {
		struct iw_py_value *base = value->bases->pdata[i];
		GPtrArray *more = base->kind == IW_PY_CLASS ? py_class(base)->order : NULL;
		guint count = more == NULL ? 1 : more->len;
		for (guint k = 0; k < count; k++) {
			struct iw_py_value *one = more == NULL ? base : more->pdata[k];
			g_ptr_array_remove(class->order, one);
			g_ptr_array_add(class->order, one);
		}
	}
	for (guint i = 0, left = class->order->len; i < left;) {
		if (is_root(class->order->pdata[i])) {
			g_ptr_array_add(class->order, g_ptr_array_remove_index(class->order, i));
			left--;
		} else {
			i++;
		}
	}
}

/* Enum ---------------------------------------------------------------------------------------------------------- */

static bool is_auto(iw_py *python, const struct iw_py_value *value)
{
	return value->kind == IW_PY_CALL && iw_py_is(python, value, "enum.auto");
}

static struct iw_py_value *auto_value(iw_py *python, const struct py_class *class, const char *name)
{
	if (class->is_text && class->formats_value) {
		g_autofree char *lower = g_ascii_strdown(name, -1);
		return iw_py_new_string(python, lower);
	}
	gint64 last = 0;
	for (guint i = 0; i < class->members->len; i++) {
		const struct iw_py_value *member = class->members->pdata[i];
		const struct iw_py_value *value = g_hash_table_lookup(member->attributes, "value");
		if (value->kind == IW_PY_INTEGER)
			last = MAX(last, value->integer);
	}
	for (guint i = 1; i < class->order->len; i++) {
		const struct iw_py_value *base = class->order->pdata[i];
		if (base->kind == IW_PY_FOREIGN && g_str_has_suffix(base->text, "Flag")) {
			gint64 next = 1;
			while (next <= last && next < G_MAXINT64 / 2)
				next *= 2;
			return iw_py_new_integer(python, next);
		}
	}
	return iw_py_new_integer(python, last + 1);
}

static struct iw_py_value *find_in_classes(const struct iw_py_value *class, const char *name)
{
	const GPtrArray *order = py_class(class)->order;
	for (guint i = 0; i < order->len; i++) {
		const struct iw_py_value *one = order->pdata[i];
		struct iw_py_value *found =
			one->kind == IW_PY_CLASS ? g_hash_table_lookup(one->attributes, name) : NULL;
		if (found != NULL)
			return found;
	}
	return NULL;
}

static void set_label(iw_py *python, struct iw_py_value *member, const char *name, struct iw_py_value **value)
{
	struct iw_py_value *label;
	if ((*value)->kind == IW_PY_TUPLE && (*value)->items->len == 2) {
		label = (*value)->items->pdata[1];
		*value = (*value)->items->pdata[0];
	} else {
		g_autofree char *text = g_strdup(name);
		for (char *at = text; *at != '\0'; at++)
			*at = *at == '_'		    ? ' '
			      : at == text || at[-1] == ' ' ? g_ascii_toupper(*at)
							    : g_ascii_tolower(*at);
		label = iw_py_new_string(python, text);
	}
	g_hash_table_insert(member->attributes, (char *)"label", label);
}

static struct iw_py_value *new_member(iw_py *python, struct iw_py_value *class, const char *name,
				      struct iw_py_value *value)
{
	struct iw_py_value *member = iw_py_new_value(python, IW_PY_INSTANCE, value->place);
	member->receiver = class;
	member->attributes = iw_arena_hash_table(python->arena, g_str_hash, g_str_equal);
	if (is_auto(python, value))
		value = auto_value(python, class->private, name);
	if (is_choices(class))
		set_label(python, member, name, &value);
	if (find_in_classes(class, "__new__") != NULL)
		value = iw_py_new_unknown(python, value->place, "__new__ of an Enum is not run");
	g_hash_table_insert(member->attributes, (char *)"name", iw_py_new_string(python, name));
	g_hash_table_insert(member->attributes, (char *)"value", value);
	struct iw_py_value *maker = find_in_classes(class, "__init__");
	if (maker == NULL || maker->kind != IW_PY_FUNCTION)
		return member;
	struct py_arguments *arguments = iw_py_new_arguments(python);
	g_ptr_array_add(arguments->items, member);
	for (guint i = 0; value->kind == IW_PY_TUPLE && i < value->items->len; i++)
		g_ptr_array_add(arguments->items, value->items->pdata[i]);
	if (value->kind != IW_PY_TUPLE)
		g_ptr_array_add(arguments->items, value);
	iw_py_call_with(python, NULL, value->place, maker, arguments);
	return member;
}

static bool is_member_name(const char *name)
{
	return name[0] != '_' || !(name[1] == '_' || g_str_has_suffix(name, "_"));
}

static void make_members(iw_py *python, struct iw_py_value *class)
{
	struct py_class *info = (struct py_class *)class->private;
	for (guint i = 0; i < class->order->len && !iw_py_stopped(python); i++) {
		const char *name = class->order->pdata[i];
		struct iw_py_value *value = g_hash_table_lookup(class->attributes, name);
		if (value == NULL || value->kind == IW_PY_FUNCTION || value->kind == IW_PY_CLASS ||
		    !is_member_name(name))
			continue;
		struct iw_py_value *member = new_member(python, class, name, value);
		const struct iw_py_value *own = g_hash_table_lookup(member->attributes, "value");
		bool is_alias = false;
		for (guint k = 0; k < info->members->len && !is_alias; k++) {
			struct iw_py_value *other = info->members->pdata[k];
			is_alias = iw_py_equal(g_hash_table_lookup(other->attributes, "value"), own) == 1;
			if (is_alias)
				member = other;
		}
		if (!is_alias)
			g_ptr_array_add(info->members, member);
		g_hash_table_insert(class->attributes, (char *)name, member);
	}
}

static struct iw_py_value *member_of_value(iw_py *python, struct iw_place place, struct iw_py_value *class,
					   struct iw_py_value *wanted)
{
	const GPtrArray *members = py_class(class)->members;
	if (wanted->kind == IW_PY_INSTANCE && wanted->receiver == class)
		return wanted;
	for (guint i = 0; i < members->len; i++) {
		struct iw_py_value *member = members->pdata[i];
		int same = iw_py_equal(g_hash_table_lookup(member->attributes, "value"), wanted);
		if (same == 1)
			return member;
		if (same < 0)
			return iw_py_new_unknown(python, place, "which member of %s this is, is not known",
						 class->text);
	}
	return iw_py_raise(python, place, "ValueError", "%s is not a valid %s", iw_py_repr(python, wanted),
			   class->text);
}

/* Definition ---------------------------------------------------------------------------------------------------- */

static const char *class_path(iw_py *python, const struct py_scope *scope, const char *name)
{
	if (scope->kind == PY_OF_CLASS)
		return iw_arena_printf(python->arena, "%s.%s", py_class(scope->class)->path, name);
	return iw_arena_printf(python->arena, "%s.%s", scope->module->name, name);
}

static void add_fields_of_bases(struct iw_py_value *value, struct py_class *class)
{
	for (guint i = 0; i < value->bases->len; i++) {
		const struct iw_py_value *base = value->bases->pdata[i];
		for (guint k = 0; base->kind == IW_PY_CLASS && k < py_class(base)->fields->len; k++)
			if (!g_ptr_array_find_with_equal_func(class->fields, py_class(base)->fields->pdata[k],
							      g_str_equal, NULL))
				g_ptr_array_add(class->fields, py_class(base)->fields->pdata[k]);
	}
}

/* Attributes of its classes may come from a metaclass, which is not evaluated. */
static bool is_own_metaclass(const struct py_arguments *bases, guint index)
{
	const struct iw_py_value *value = bases->values->pdata[index];
	bool is_plain = value->kind == IW_PY_FOREIGN && iw_py_is_harmless(value->text);
	return strcmp(bases->names->pdata[index], "metaclass") == 0 && !is_plain;
}

void iw_py_define_class(iw_py *python, struct py_scope *scope, const struct py_node *node)
{
	struct iw_py_value *value = iw_py_new_value(python, IW_PY_CLASS, iw_py_place(scope, node));
	struct py_class *class = iw_new(python->arena, struct py_class);
	struct py_arguments *bases = iw_py_new_arguments(python);
	iw_py_read_arguments(python, scope, node->c, bases);
	value->text = node->text;
	value->private = class;
	value->attributes = iw_arena_hash_table(python->arena, g_str_hash, g_str_equal);
	value->order = iw_arena_ptr_array(python->arena);
	value->bases = bases->items;
	class->module = scope->module;
	class->node = (struct py_node *)node;
	class->path = class_path(python, scope, node->text);
	class->members = iw_arena_ptr_array(python->arena);
	class->fields = iw_arena_ptr_array(python->arena);
	for (guint i = bases->items->len; i > 0; i--)
		inherit(class, (struct iw_py_value *)plain_base(bases->items->pdata[i - 1]));
	if (class->is_text && class->kind == PY_CLASS_PLAIN)
		class->is_foreign = true;
	for (guint i = 0; i < bases->names->len; i++)
		class->has_metaclass = class->has_metaclass || is_own_metaclass(bases, i);
	add_fields_of_bases(value, class);
	set_order(python, value, class);
	struct py_scope *inner = iw_py_scope_new(python, PY_OF_CLASS, scope);
	inner->names = value->attributes;
	inner->class = value;
	if (scope->kind == PY_OF_CLASS)
		inner->parent = scope->parent;
	iw_py_run_block(python, inner, node->b);
	if (class->kind == PY_CLASS_ENUM && !iw_py_stopped(python))
		make_members(python, value);
	if (iw_py_stopped(python))
		return;
	struct iw_py_value *decorated = iw_py_decorate(python, scope, node, value);
	iw_py_bind(python, scope, node->text, decorated);
}

/* Instances ----------------------------------------------------------------------------------------------------- */

static bool is_field_maker(const struct iw_py_value *value)
{
	return value->kind == IW_PY_CALL && value->receiver->kind == IW_PY_FOREIGN &&
	       (strcmp(value->receiver->text, "dataclasses.field") == 0 ||
		strcmp(value->receiver->text, "attr.ib") == 0);
}

static struct iw_py_value *field_default(iw_py *python, struct iw_place place, struct iw_py_value *class,
					 const char *name)
{
	struct iw_py_value *value = find_in_classes(class, name);
	if (value == NULL || !is_field_maker(value))
		return value;
	struct iw_py_value *standard = iw_py_argument(value, -1, "default");
	struct iw_py_value *factory = iw_py_argument(value, -1, "default_factory");
	if (factory != NULL)
		return iw_py_call_with(python, NULL, place, factory, iw_py_new_arguments(python));
	return standard;
}

/* What the generated __init__ of a dataclass or a named tuple does. */
static void fill_fields(iw_py *python, struct iw_place place, struct iw_py_value *instance,
			const struct py_arguments *arguments)
{
	struct iw_py_value *class = instance->receiver;
	const GPtrArray *fields = py_class(class)->fields;
	struct py_call call = {.python = python, .place = place, .arguments = arguments};
	for (guint i = 0; i < fields->len && !iw_py_stopped(python); i++) {
		const char *name = fields->pdata[i];
		struct iw_py_value *value = iw_py_given(&call, i, name);
		if (value == NULL && !arguments->is_open)
			value = field_default(python, place, class, name);
		if (value == NULL && arguments->is_open)
			value = iw_py_new_unknown(python, place, "whether this argument is given is not known");
		if (value == NULL) {
			iw_py_raise(python, place, "TypeError", "%s() missing a required argument: '%s'", class->text,
				    name);
			return;
		}
		g_hash_table_insert(instance->attributes, (char *)name, value);
	}
}

static void run_maker(iw_py *python, struct py_scope *scope, struct iw_place place, struct iw_py_value *instance,
		      const struct py_arguments *arguments)
{
	struct iw_py_value *maker = iw_py_special(python, instance, "__init__");
	enum py_class_kind kind = py_class(instance->receiver)->kind;
	if (maker != NULL) {
		iw_py_call_with(python, scope, place, maker, arguments);
	} else if (kind == PY_CLASS_DATA || kind == PY_CLASS_TUPLE) {
		fill_fields(python, place, instance, arguments);
		maker = iw_py_special(python, instance, "__post_init__");
		if (maker != NULL && !iw_py_stopped(python))
			iw_py_call_with(python, scope, place, maker, iw_py_new_arguments(python));
	}
}

struct iw_py_value *iw_py_instantiate(iw_py *python, struct py_scope *scope, struct iw_place place,
				      struct iw_py_value *class, const struct py_arguments *arguments)
{
	const struct py_class *info = class->private;
	if (info->kind == PY_CLASS_ENUM) {
		if (arguments->items->len == 1)
			return member_of_value(python, place, class, arguments->items->pdata[0]);
		return iw_py_new_unknown(python, place, "what this makes of %s is not known", class->text);
	}
	if (info->kind == PY_CLASS_EXCEPTION || info->is_foreign) {
		struct iw_py_value *call =
			iw_py_symbol_call(python, place, class, arguments, info->kind != PY_CLASS_EXCEPTION);
		/* Its own __init__ is run for exceptions only: what it sets is what handlers read. */
		if (info->kind == PY_CLASS_EXCEPTION && !info->is_foreign) {
			call->attributes = iw_arena_hash_table(python->arena, g_str_hash, g_str_equal);
			run_maker(python, scope, place, call, arguments);
		}
		return call;
	}
	if (find_in_classes(class, "__new__") != NULL)
		return iw_py_new_unknown(python, place, "__new__ is not run");
	struct iw_py_value *instance = iw_py_new_value(python, IW_PY_INSTANCE, place);
	instance->receiver = class;
	instance->attributes = iw_arena_hash_table(python->arena, g_str_hash, g_str_equal);
	run_maker(python, scope, place, instance, arguments);
	return instance;
}

/* What super() is: an INSTANCE without a class of its own. */
struct super {
	struct iw_py_value *class, *self;
};

struct iw_py_value *iw_py_new_super(iw_py *python, struct iw_py_value *class, struct iw_py_value *self)
{
	struct iw_py_value *value = iw_py_new_value(python, IW_PY_INSTANCE, class->place);
	struct super *super = iw_new(python->arena, struct super);
	*super = (struct super){class, self};
	value->private = super;
	return value;
}

/* Attributes ---------------------------------------------------------------------------------------------------- */

static struct iw_py_value *bound(iw_py *python, struct iw_py_value *function, struct iw_py_value *self)
{
	struct iw_py_value *copy = iw_arena_memdup(python->arena, function, sizeof *function);
	struct py_function *of = iw_arena_memdup(python->arena, function->private, sizeof *of);
	of->receiver = self;
	copy->private = of;
	return copy;
}

/* An attribute of a class as an object sees it; `self` NULL: as the class does. */
static struct iw_py_value *bind_attribute(iw_py *python, struct iw_place place, struct iw_py_value *value,
					  struct iw_py_value *self, struct iw_py_value *class)
{
	if (value->kind != IW_PY_FUNCTION)
		return value;
	const struct py_function *function = value->private;
	if (function->receiver != NULL || function->node == NULL)
		return value;
	if (function->wrapper == PY_OF_TYPE)
		return bound(python, value, class);
	if (self == NULL || function->wrapper == PY_STATIC)
		return value;
	struct iw_py_value *method = bound(python, value, self);
	if (function->wrapper != PY_PROPERTY)
		return method;
	((struct py_function *)method->private)->wrapper = PY_PLAIN;
	return iw_py_call_with(python, NULL, place, method, iw_py_new_arguments(python));
}

struct iw_py_value *iw_py_special(iw_py *python, struct iw_py_value *value, const char *name)
{
	if (value->receiver == NULL || value->receiver->kind != IW_PY_CLASS ||
	    (value->kind != IW_PY_INSTANCE && value->kind != IW_PY_CALL))
		return NULL;
	struct iw_py_value *found = find_in_classes(value->receiver, name);
	return found == NULL ? NULL : bind_attribute(python, value->place, found, value, value->receiver);
}

static struct iw_py_value *super_attribute(iw_py *python, struct iw_place place, struct iw_py_value *of,
					   const char *name)
{
	const struct super *super = of->private;
	bool has_self = super->self->kind == IW_PY_INSTANCE || super->self->kind == IW_PY_CALL;
	struct iw_py_value *class = has_self ? super->self->receiver : super->self;
	if (class == NULL || class->kind != IW_PY_CLASS)
		return iw_py_new_unknown(python, place, "super() is not known here");
	const GPtrArray *order = py_class(class)->order;
	guint at = 0;
	while (at < order->len && order->pdata[at] != super->class)
		at++;
	for (at++; at < order->len; at++) {
		struct iw_py_value *one = order->pdata[at];
		struct iw_py_value *found =
			one->kind == IW_PY_CLASS ? g_hash_table_lookup(one->attributes, name) : NULL;
		if (found != NULL)
			return bind_attribute(python, place, found, has_self ? super->self : NULL, class);
		bool is_silent = one->kind == IW_PY_FOREIGN && (iw_py_is_harmless(one->text));
		if (one->kind != IW_PY_CLASS && !is_silent)
			return iw_py_attribute(python, NULL, place, one, name);
	}
	/* object's, or an exception's: __init__ and __init_subclass__ do nothing */
	return iw_py_new_foreign(python, "builtins.object.__init__");
}

static struct iw_py_value *enum_attribute(iw_py *python, struct iw_py_value *class, const char *name)
{
	const GPtrArray *members = py_class(class)->members;
	static const char *const lists[][2] = {{"values", "value"}, {"names", "name"}, {"labels", "label"}};
	if (strcmp(name, "__members__") == 0) {
		struct iw_py_value *dict = iw_py_new_dict(python);
		for (guint i = 0; i < class->order->len; i++) {
			struct iw_py_value *member = g_hash_table_lookup(class->attributes, class->order->pdata[i]);
			if (member != NULL && member->kind == IW_PY_INSTANCE && member->receiver == class)
				iw_py_dict_set(python, dict, iw_py_new_string(python, class->order->pdata[i]), member);
		}
		return dict;
	}
	if (!is_choices(class))
		return NULL;
	struct iw_py_value *list = iw_py_new_list(python, IW_PY_LIST);
	for (guint i = 0; i < members->len; i++) {
		const struct iw_py_value *member = members->pdata[i];
		for (size_t k = 0; k < G_N_ELEMENTS(lists); k++)
			if (strcmp(lists[k][0], name) == 0)
				g_ptr_array_add(list->items, g_hash_table_lookup(member->attributes, lists[k][1]));
		if (strcmp(name, "choices") != 0)
			continue;
		struct iw_py_value *pair = iw_py_new_list(python, IW_PY_TUPLE);
		g_ptr_array_add(pair->items, g_hash_table_lookup(member->attributes, "value"));
		g_ptr_array_add(pair->items, g_hash_table_lookup(member->attributes, "label"));
		g_ptr_array_add(list->items, pair);
	}
	bool is_list = strcmp(name, "values") == 0 || strcmp(name, "names") == 0 || strcmp(name, "labels") == 0 ||
		       strcmp(name, "choices") == 0;
	return is_list ? list : NULL;
}

static struct iw_py_value *class_attribute(iw_py *python, struct iw_place place, struct iw_py_value *of,
					   const char *name)
{
	const struct py_class *class = of->private;
	struct iw_py_value *value = find_in_classes(of, name);
	if (value != NULL)
		return bind_attribute(python, place, value, NULL, of);
	if (strcmp(name, "__name__") == 0 || strcmp(name, "__qualname__") == 0)
		return iw_py_new_string(python, of->text);
	if (strcmp(name, "__module__") == 0)
		return iw_py_new_string(python, class->module->name);
	if (strcmp(name, "__doc__") == 0)
		return iw_py_docstring(of) == NULL ? python->none : iw_py_new_string(python, iw_py_docstring(of));
	if (class->kind == PY_CLASS_ENUM && (value = enum_attribute(python, of, name)) != NULL)
		return value;
	bool is_of_tuples =
		class->kind == PY_CLASS_TUPLE && (strcmp(name, "_make") == 0 || strcmp(name, "_fields") == 0);
	if (is_of_tuples)
		return iw_py_new_unknown(python, place, "%s of a named tuple is not read", name);
	if (class->has_metaclass)
		return iw_py_new_unknown(python, place, "what the metaclass of %s does is not known", of->text);
	if (!class->is_foreign || class->kind == PY_CLASS_ENUM)
		return NULL;
	struct iw_py_value *attribute = iw_py_new_symbol(python, IW_PY_ATTRIBUTE, place, name);
	attribute->receiver = of;
	return attribute;
}

static struct iw_py_value *instance_attribute(iw_py *python, struct iw_place place, struct iw_py_value *of,
					      const char *name)
{
	if (of->receiver == NULL)
		return super_attribute(python, place, of, name);
	struct iw_py_value *value = g_hash_table_lookup(of->attributes, name);
	if (value != NULL)
		return value;
	value = find_in_classes(of->receiver, name);
	if (value != NULL)
		return bind_attribute(python, place, value, of, of->receiver);
	if (strcmp(name, "__class__") == 0)
		return of->receiver;
	if (strcmp(name, "__dict__") == 0)
		return iw_py_new_unknown(python, place, "__dict__ is not read");
	const struct py_class *class = of->receiver->private;
	struct iw_py_value *own = g_hash_table_lookup(of->attributes, "value");
	if (class->kind == PY_CLASS_ENUM && strcmp(name, "_value_") == 0)
		return own;
	if (class->kind == PY_CLASS_ENUM && (class->is_text || class->formats_value) && own != NULL)
		return iw_py_find_attribute(python, place, own, name);
	value = iw_py_special(python, of, "__getattr__");
	return value == NULL ? NULL : iw_py_call_one(python, place, value, iw_py_new_string(python, name));
}

static struct iw_py_value *symbol_attribute(iw_py *python, struct iw_place place, struct iw_py_value *of,
					    const char *name)
{
	struct iw_py_value *value = of->attributes == NULL ? NULL : g_hash_table_lookup(of->attributes, name);
	if (value == NULL && of->kind == IW_PY_CALL)
		value = iw_py_special(python, of, name);
	if (value != NULL)
		return value;
	bool is_foreign = of->kind == IW_PY_FOREIGN;
	struct iw_py_value *attribute =
		iw_py_new_symbol(python, is_foreign ? IW_PY_FOREIGN : IW_PY_ATTRIBUTE, place, name);
	if (is_foreign) {
		attribute->text = iw_arena_printf(python->arena, "%s.%s", of->text, name);
		bool is_name = strcmp(name, "__name__") == 0 || strcmp(name, "__qualname__") == 0;
		if (is_name && g_str_has_prefix(of->text, "builtins."))
			return iw_py_new_string(python, of->text + strlen("builtins."));
		value = iw_py_stdlib_value(python, place, attribute->text);
		if (value != NULL)
			return value;
	} else {
		attribute->receiver = of;
		bool is_exception = of->kind == IW_PY_CALL && of->receiver->kind == IW_PY_FOREIGN &&
				    iw_py_is_exception(of->receiver->text);
		if (is_exception && strcmp(name, "args") == 0)
			return iw_py_copy_list(python, IW_PY_TUPLE, of->items);
		const char *path = of->kind == IW_PY_CALL ? iw_py_path(python, attribute) : NULL;
		bool is_read =
			path != NULL && (g_str_has_prefix(path, "pathlib.") || g_str_has_prefix(path, "builtins."));
		py_native *native = is_read ? iw_py_native(path) : NULL;
		struct py_call call = {python, NULL, place, name, of, NULL};
		/* Attributes of known objects: natives that are called without arguments. */
		if (native != NULL && (value = native(&call)) != NULL)
			return value;
	}
	const struct iw_py_host *host = python->host;
	if (host != NULL && host->attribute != NULL)
		value = host->attribute(host->data, python, attribute);
	return value != NULL ? value : attribute;
}

struct iw_py_value *iw_py_find_attribute(iw_py *python, struct iw_place place, struct iw_py_value *of, const char *name)
{
	switch (of->kind) {
	case IW_PY_UNKNOWN:
		return iw_py_unknown_from(python, of);
	case IW_PY_FOREIGN:
	case IW_PY_CALL:
	case IW_PY_ATTRIBUTE:
	case IW_PY_OPERATION:
		return symbol_attribute(python, place, of, name);
	case IW_PY_MODULE:
		return iw_py_module_attribute(python, of, name);
	case IW_PY_CLASS:
		return class_attribute(python, place, of, name);
	case IW_PY_INSTANCE:
		return instance_attribute(python, place, of, name);
	case IW_PY_FUNCTION:
		if (strcmp(name, "__name__") == 0 || strcmp(name, "__qualname__") == 0)
			return iw_py_new_string(python, of->text);
		if (strcmp(name, "__doc__") == 0 && iw_py_docstring(of) != NULL)
			return iw_py_new_string(python, iw_py_docstring(of));
		return of->attributes == NULL ? NULL : g_hash_table_lookup(of->attributes, name);
	case IW_PY_LIST:
		if (of->text != NULL)
			return NULL;
		return iw_py_has_method(of, name) ? iw_py_new_method(python, of, name) : NULL;
	default:
		return iw_py_has_method(of, name) ? iw_py_new_method(python, of, name) : NULL;
	}
}

struct iw_py_value *iw_py_attribute(iw_py *python, struct py_scope *scope, struct iw_place place,
				    struct iw_py_value *of, const char *name)
{
	(void)scope;
	struct iw_py_value *value = iw_py_find_attribute(python, place, of, name);
	if (value != NULL || iw_py_stopped(python))
		return value != NULL ? value : python->none;
	if (of->kind == IW_PY_NONE)
		return iw_py_raise(python, place, "AttributeError", "'NoneType' object has no attribute '%s'", name);
	if (of->kind == IW_PY_INSTANCE || of->kind == IW_PY_CLASS)
		return iw_py_raise(python, place, "AttributeError", "'%s' object has no attribute '%s'",
				   of->kind == IW_PY_CLASS ? of->text : of->receiver->text, name);
	if (of->kind == IW_PY_MODULE)
		return iw_py_new_unknown(python, place, "there is no \"%s\" in %s", name, of->text);
	return iw_py_new_unknown(python, place, "what .%s is here is not known", name);
}

/* Questions ----------------------------------------------------------------------------------------------------- */

int iw_py_derives(iw_py *python, const struct iw_py_value *class, const struct iw_py_value *base)
{
	(void)python;
	const GPtrArray *order = py_class(class)->order;
	int answer = 0;
	for (guint i = 0; i < order->len; i++) {
		const struct iw_py_value *one = order->pdata[i];
		if (one == base)
			return 1;
		if (one->kind == IW_PY_FOREIGN && base->kind == IW_PY_FOREIGN) {
			if (strcmp(one->text, base->text) == 0 || strcmp(base->text, "builtins.object") == 0 ||
			    iw_py_exception_derives(one->text, base->text))
				return 1;
			if (!iw_py_is_exception(one->text) && !iw_py_is_stdlib(one->text))
				answer = -1;
		} else if (one->kind == IW_PY_UNKNOWN) {
			answer = -1;
		}
	}
	return base->kind == IW_PY_UNKNOWN ? -1 : answer;
}

static int is_of_builtin(const struct iw_py_value *value, const char *path)
{
	static const struct {
		const char *path;
		unsigned kinds;
	} rows[] = {
		{"builtins.str", 1u << IW_PY_STRING},
		{"builtins.bytes", 1u << IW_PY_BYTES},
		{"builtins.int", 1u << IW_PY_INTEGER | 1u << IW_PY_BOOLEAN},
		{"builtins.bool", 1u << IW_PY_BOOLEAN},
		{"builtins.float", 1u << IW_PY_FLOAT},
		{"builtins.list", 1u << IW_PY_LIST},
		{"builtins.tuple", 1u << IW_PY_TUPLE},
		{"builtins.dict", 1u << IW_PY_DICT},
		{"builtins.set", 1u << IW_PY_SET},
		{"collections.abc.Mapping", 1u << IW_PY_DICT},
		{"typing.Mapping", 1u << IW_PY_DICT},
		{"collections.abc.Sequence",
		 1u << IW_PY_LIST | 1u << IW_PY_TUPLE | 1u << IW_PY_STRING | 1u << IW_PY_BYTES},
		{"numbers.Number", 1u << IW_PY_INTEGER | 1u << IW_PY_FLOAT | 1u << IW_PY_BOOLEAN},
		{"builtins.type", 1u << IW_PY_CLASS},
	};
	bool is_marked = iw_py_is_container(value) && value->text != NULL;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		if (strcmp(rows[i].path, path) == 0)
			return (rows[i].kinds >> value->kind & 1) == 0 ? 0 : is_marked ? -1 : 1;
	if (strcmp(path, "builtins.object") == 0)
		return 1;
	/* What Python itself brings is of no class of these. */
	bool is_other = g_str_has_prefix(path, "decimal.") || g_str_has_prefix(path, "datetime.") ||
			g_str_has_prefix(path, "django.");
	return is_other || iw_py_is_exception(path) ? 0 : -1;
}

int iw_py_is_instance(iw_py *python, const struct iw_py_value *value, const struct iw_py_value *class)
{
	if (class->kind == IW_PY_TUPLE) {
		int any = 0;
		for (guint i = 0; i < class->items->len && any != 1; i++) {
			int one = iw_py_is_instance(python, value, class->items->pdata[i]);
			any = one == 1 ? 1 : MIN(any, one);
		}
		return any;
	}
	if (value->kind == IW_PY_UNKNOWN || class->kind == IW_PY_UNKNOWN)
		return -1;
	bool is_made = (value->kind == IW_PY_INSTANCE || value->kind == IW_PY_CALL) && value->receiver != NULL;
	if (is_made && value->receiver->kind == IW_PY_CLASS)
		return iw_py_derives(python, value->receiver, class);
	if (value->kind == IW_PY_CALL && class->kind == IW_PY_FOREIGN && value->receiver->kind == IW_PY_FOREIGN) {
		if (strcmp(value->receiver->text, class->text) == 0)
			return 1;
		return iw_py_is_exception(value->receiver->text) && iw_py_is_exception(class->text)
			       ? iw_py_exception_derives(value->receiver->text, class->text)
			       : -1;
	}
	if (iw_py_is_symbol(value))
		return -1;
	/* Classes of Django are not those of constants. */
	bool is_constant = value->kind == IW_PY_NONE || value->kind == IW_PY_BOOLEAN || iw_py_is_number(value);
	if (class->kind == IW_PY_FOREIGN && is_constant && g_str_has_prefix(class->text, "django.db.models."))
		return 0;
	if (class->kind == IW_PY_FOREIGN)
		return is_of_builtin(value, class->text);
	return class->kind == IW_PY_CLASS ? 0 : -1;
}
