/* Expressions to values; see typescript_internal.h. */
#include "framework/typescript/typescript_internal.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool iw_ts_is(TSNode node, const char *type)
{
	return !ts_node_is_null(node) && strcmp(ts_node_type(node), type) == 0;
}

TSNode iw_ts_field(TSNode node, const char *name)
{
	return ts_node_child_by_field_name(node, name, (uint32_t)strlen(name));
}

const char *iw_ts_node_text(struct ts_scope *scope, TSNode node)
{
	const iw_source *source = scope->module->source;
	uint32_t begin = ts_node_start_byte(node);
	return iw_arena_strndup(scope->module->evaluator->arena, source->text + source->start + begin,
				ts_node_end_byte(node) - begin);
}

/* values ------------------------------------------------------------------------------------------------------- */

struct iw_ts_value *iw_ts_new_value(struct ts_scope *scope, enum iw_ts_kind kind, TSNode node)
{
	struct iw_ts_value *value = iw_new(scope->module->evaluator->arena, struct iw_ts_value);
	value->kind = kind;
	if (!ts_node_is_null(node)) {
		const iw_source *source = scope->module->source;
		uint32_t begin = ts_node_start_byte(node);
		value->place = (struct iw_place){source, source->start + begin, ts_node_end_byte(node) - begin};
	}
	return value;
}

const struct iw_ts_value *iw_ts_string(struct ts_scope *scope, TSNode node, const char *text)
{
	struct iw_ts_value *value = iw_ts_new_value(scope, IW_TS_STRING, node);
	value->text = text;
	return value;
}

const struct iw_ts_value *iw_ts_number(struct ts_scope *scope, TSNode node, double number)
{
	struct iw_ts_value *value = iw_ts_new_value(scope, IW_TS_NUMBER, node);
	bool is_integer = fabs(number) < 1e15 && number == floor(number);
	char text[G_ASCII_DTOSTR_BUF_SIZE];
	if (is_integer)
		g_snprintf(text, sizeof text, "%.0f", number);
	else
		g_ascii_dtostr(text, sizeof text, number);
	value->number = number;
	value->text = iw_arena_strdup(scope->module->evaluator->arena, text);
	return value;
}

const struct iw_ts_value *iw_ts_boolean(struct ts_scope *scope, TSNode node, bool boolean)
{
	struct iw_ts_value *value = iw_ts_new_value(scope, IW_TS_BOOLEAN, node);
	value->boolean = boolean;
	return value;
}

const struct iw_ts_value *iw_ts_unknown(struct ts_scope *scope, TSNode node, const char *format, ...)
{
	va_list list;
	va_start(list, format);
	g_autofree char *reason = g_strdup_vprintf(format, list);
	va_end(list);
	struct iw_ts_value *value = iw_ts_new_value(scope, IW_TS_UNKNOWN, node);
	value->reason = iw_arena_strdup(scope->module->evaluator->arena, reason);
	return value;
}

const struct iw_ts_value *iw_ts_foreign(struct ts_scope *scope, TSNode node, const char *package, const char *name)
{
	struct iw_ts_value *value = iw_ts_new_value(scope, IW_TS_FUNCTION, node);
	struct ts_function *function = iw_new(scope->module->evaluator->arena, struct ts_function);
	function->package = g_str_has_prefix(package, "node:") ? package + 5 : package;
	function->name = strcmp(name, "default") == 0 ? "*" : name;
	value->function = function;
	return value;
}

static const struct iw_ts_value *closure(struct ts_scope *scope, TSNode node)
{
	struct iw_ts_value *value = iw_ts_new_value(scope, IW_TS_FUNCTION, node);
	struct ts_function *function = iw_new(scope->module->evaluator->arena, struct ts_function);
	function->node = node;
	function->scope = scope;
	value->function = function;
	return value;
}

int iw_ts_is_true(const struct iw_ts_value *value)
{
	switch (value->kind) {
	case IW_TS_UNKNOWN:
		return -1;
	case IW_TS_UNDEFINED:
	case IW_TS_NULL:
		return 0;
	case IW_TS_BOOLEAN:
		return value->boolean;
	case IW_TS_NUMBER:
		return value->number != 0 && !isnan(value->number);
	case IW_TS_STRING:
		return *value->text != '\0';
	default:
		return 1;
	}
}

const char *iw_ts_as_text(const struct iw_ts_value *value)
{
	switch (value->kind) {
	case IW_TS_STRING:
	case IW_TS_NUMBER:
		return value->text;
	case IW_TS_BOOLEAN:
		return value->boolean ? "true" : "false";
	case IW_TS_NULL:
		return "null";
	default: /* "undefined" in a URL is never meant */
		return NULL;
	}
}

/* literals ----------------------------------------------------------------------------------------------------- */

static size_t append_code(GString *out, const char *digits, int base)
{
	char *end = NULL;
	guint64 code = g_ascii_strtoull(digits, &end, (guint)base);
	if (code > 0 && g_unichar_validate((gunichar)code))
		g_string_append_unichar(out, (gunichar)code);
	return (size_t)(end - digits);
}

/* One escape sequence with its backslash. */
static void append_escape(GString *out, const char *escape)
{
	static const char from[] = "nrtbfv0", to[] = "\n\r\t\b\f\v";
	char c = escape[1];
	const char *simple = c == '\0' ? NULL : strchr(from, c);
	if (c == 'u')
		append_code(out, escape[2] == '{' ? escape + 3 : escape + 2, 16);
	else if (c == 'x')
		append_code(out, escape + 2, 16);
	else if (c == '\n' || c == '\r')
		return; /* a line that goes on */
	else if (simple != NULL && c != '0')
		g_string_append_c(out, to[simple - from]);
	else
		g_string_append(out, escape + 1);
}

static const struct iw_ts_value *string_of(struct ts_scope *scope, TSNode node)
{
	g_autoptr(GString) out = g_string_new(NULL);
	uint32_t count = ts_node_named_child_count(node);
	for (uint32_t i = 0; i < count; i++) {
		TSNode part = ts_node_named_child(node, i);
		const char *text = iw_ts_node_text(scope, part);
		if (iw_ts_is(part, "escape_sequence"))
			append_escape(out, text);
		else
			g_string_append(out, text);
	}
	return iw_ts_string(scope, node, iw_arena_strdup(scope->module->evaluator->arena, out->str));
}

/* Keeps which variable a text came from when it is that variable's value and nothing else. */
static const struct iw_ts_value *with_variable(struct ts_scope *scope, const struct iw_ts_value *value,
					       const char *variable)
{
	struct iw_ts_value *copy = iw_arena_memdup(scope->module->evaluator->arena, value, sizeof *value);
	copy->variable = variable;
	return copy;
}

static const struct iw_ts_value *not_a_text(struct ts_scope *scope, TSNode node, const struct iw_ts_value *value)
{
	if (value->kind == IW_TS_UNKNOWN)
		return value;
	if (value->reason != NULL)
		return iw_ts_unknown(scope, node, "%s", value->reason);
	return iw_ts_unknown(scope, node, "a part of this text is not known");
}

static const struct iw_ts_value *template_of(struct ts_scope *scope, TSNode node)
{
	g_autoptr(GString) out = g_string_new(NULL);
	const char *variable = NULL;
	const iw_source *source = scope->module->source;
	uint32_t at = ts_node_start_byte(node) + 1;
	uint32_t count = ts_node_named_child_count(node);
	/* Plain text is not a node of its own in this grammar: it is what lies between the others. */
	for (uint32_t i = 0; i <= count; i++) {
		bool is_last = i == count;
		TSNode part = is_last ? node : ts_node_named_child(node, i);
		uint32_t begin = is_last ? ts_node_end_byte(node) - 1 : ts_node_start_byte(part);
		if (begin > at)
			g_string_append_len(out, source->text + source->start + at, begin - at);
		if (is_last)
			break;
		at = ts_node_end_byte(part);
		if (iw_ts_is(part, "escape_sequence")) {
			append_escape(out, iw_ts_node_text(scope, part));
		} else if (iw_ts_is(part, "template_substitution")) {
			const struct iw_ts_value *value = iw_ts_evaluate(scope, ts_node_named_child(part, 0));
			const char *text = iw_ts_as_text(value);
			if (text == NULL)
				return not_a_text(scope, part, value);
			g_string_append(out, text);
			variable = out->len == strlen(text) ? value->variable : NULL;
		} else {
			g_string_append(out, iw_ts_node_text(scope, part));
		}
		if (out->len > TS_LONGEST)
			return iw_ts_unknown(scope, node, "this text is too long");
	}
	scope->module->evaluator->steps += (int)(out->len / 64);
	return with_variable(
		scope, iw_ts_string(scope, node, iw_arena_strdup(scope->module->evaluator->arena, out->str)), variable);
}

static const struct iw_ts_value *number_of(struct ts_scope *scope, TSNode node)
{
	const char *text = iw_ts_node_text(scope, node);
	g_autoptr(GString) digits = g_string_new(NULL);
	for (; *text != '\0'; text++)
		if (*text != '_' && *text != 'n')
			g_string_append_c(digits, *text);
	bool is_hexadecimal = g_ascii_strncasecmp(digits->str, "0x", 2) == 0;
	return iw_ts_number(scope, node,
			    is_hexadecimal ? (double)g_ascii_strtoull(digits->str, NULL, 16)
					   : g_ascii_strtod(digits->str, NULL));
}

/* arrays and objects --------------------------------------------------------------------------------------------- */

static void add_items(struct ts_scope *scope, struct iw_ts_value *to, const struct iw_ts_value *from)
{
	scope->module->evaluator->steps += (int)from->items->len;
	for (guint i = 0; i < from->items->len && to->items->len < TS_MOST_ITEMS; i++)
		g_ptr_array_add(to->items, g_ptr_array_index(from->items, i));
}

static const struct iw_ts_value *array_of(struct ts_scope *scope, TSNode node)
{
	struct iw_ts_value *array = iw_ts_new_value(scope, IW_TS_ARRAY, node);
	array->items = iw_arena_ptr_array(scope->module->evaluator->arena);
	uint32_t count = ts_node_named_child_count(node);
	for (uint32_t i = 0; i < count && array->items->len < TS_MOST_ITEMS; i++) {
		TSNode item = ts_node_named_child(node, i);
		if (iw_ts_is(item, "comment"))
			continue;
		if (!iw_ts_is(item, "spread_element")) {
			g_ptr_array_add(array->items, (void *)iw_ts_evaluate(scope, item));
			continue;
		}
		const struct iw_ts_value *spread = iw_ts_evaluate(scope, ts_node_named_child(item, 0));
		if (spread->kind != IW_TS_ARRAY)
			return spread->kind == IW_TS_UNKNOWN ? spread
							     : iw_ts_unknown(scope, item, "this spread is not a list");
		add_items(scope, array, spread);
	}
	return array;
}

static void add_member(struct ts_scope *scope, struct iw_ts_value *object, const char *name,
		       const struct iw_ts_value *value)
{
	struct iw_ts_member *member = iw_new(scope->module->evaluator->arena, struct iw_ts_member);
	*member = (struct iw_ts_member){name, value};
	if (object->items->len < TS_MOST_ITEMS)
		g_ptr_array_add(object->items, member);
}

static const char *key_of(struct ts_scope *scope, TSNode key)
{
	if (iw_ts_is(key, "string"))
		return string_of(scope, key)->text;
	if (iw_ts_is(key, "number"))
		return number_of(scope, key)->text;
	if (!iw_ts_is(key, "computed_property_name"))
		return iw_ts_node_text(scope, key);
	return iw_ts_as_text(iw_ts_evaluate(scope, ts_node_named_child(key, 0)));
}

/* Spreading what is not known makes every member before it uncertain: they are forgotten, and `...` remembers why. */
static void spread_into(struct ts_scope *scope, struct iw_ts_value *object, TSNode node)
{
	const struct iw_ts_value *value = iw_ts_evaluate(scope, ts_node_named_child(node, 0));
	if (value->kind == IW_TS_OBJECT) {
		add_items(scope, object, value);
	} else if (value->kind == IW_TS_UNKNOWN || value->kind == IW_TS_FUNCTION) {
		g_ptr_array_set_size(object->items, 0);
		add_member(scope, object, "...",
			   value->kind == IW_TS_UNKNOWN ? value
							: iw_ts_unknown(scope, node, "this spread cannot be read"));
	}
}

static const struct iw_ts_value *object_of(struct ts_scope *scope, TSNode node)
{
	struct iw_ts_value *object = iw_ts_new_value(scope, IW_TS_OBJECT, node);
	object->items = iw_arena_ptr_array(scope->module->evaluator->arena);
	uint32_t count = ts_node_named_child_count(node);
	for (uint32_t i = 0; i < count; i++) {
		TSNode item = ts_node_named_child(node, i);
		if (iw_ts_is(item, "pair")) {
			const char *key = key_of(scope, iw_ts_field(item, "key"));
			if (key != NULL)
				add_member(scope, object, key, iw_ts_evaluate(scope, iw_ts_field(item, "value")));
		} else if (iw_ts_is(item, "shorthand_property_identifier")) {
			const char *name = iw_ts_node_text(scope, item);
			struct ts_binding *binding = iw_ts_find(scope, name);
			add_member(scope, object, name,
				   binding != NULL ? iw_ts_binding_value(binding)
						   : iw_ts_unknown(scope, item, "\"%s\" is not known", name));
		} else if (iw_ts_is(item, "spread_element")) {
			spread_into(scope, object, item);
		} else if (iw_ts_is(item, "method_definition")) {
			add_member(scope, object, iw_ts_node_text(scope, iw_ts_field(item, "name")),
				   closure(scope, item));
		}
	}
	return object;
}

/* names and members ---------------------------------------------------------------------------------------------- */

static const struct iw_ts_value *identifier(struct ts_scope *scope, TSNode node)
{
	static const char *const runtime[] = {"process", "Number",  "parseInt", "String",
					      "Boolean", "require", "Bun",	"URL"};
	const char *name = iw_ts_node_text(scope, node);
	struct ts_binding *binding = iw_ts_find(scope, name);
	if (binding != NULL && g_hash_table_contains(scope->module->assigned, name))
		return iw_ts_unknown(scope, node, "\"%s\" is assigned to in more than one place", name);
	if (binding != NULL)
		return iw_ts_binding_value(binding);
	iw_arena *arena = scope->module->evaluator->arena;
	if (strcmp(name, "__dirname") == 0)
		return iw_ts_string(scope, node, iw_path_parent(arena, scope->module->path));
	if (strcmp(name, "__filename") == 0)
		return iw_ts_string(scope, node, scope->module->path);
	if (strcmp(name, "undefined") == 0)
		return iw_ts_new_value(scope, IW_TS_UNDEFINED, node);
	for (size_t i = 0; i < G_N_ELEMENTS(runtime); i++)
		if (strcmp(name, runtime[i]) == 0)
			return i == 0 || strcmp(name, "Bun") == 0 ? iw_ts_foreign(scope, node, name, "*")
								  : iw_ts_foreign(scope, node, "global", name);
	return iw_ts_unknown(scope, node, "\"%s\" is not known", name);
}

static const struct iw_ts_value *method(struct ts_scope *scope, const struct iw_ts_value *receiver, const char *name,
					TSNode node)
{
	struct iw_ts_value *value = iw_ts_new_value(scope, IW_TS_FUNCTION, node);
	struct ts_function *function = iw_new(scope->module->evaluator->arena, struct ts_function);
	function->receiver = receiver;
	function->name = name;
	value->function = function;
	return value;
}

static const struct iw_ts_value *member_of_foreign(struct ts_scope *scope, const struct ts_function *function,
						   const char *name, TSNode node)
{
	if (function->module != NULL)
		return iw_ts_export(function->module, name);
	if (function->package == NULL)
		return iw_ts_unknown(scope, node, "\"%s\" of a function is not known", name);
	bool is_runtime = strcmp(function->package, "process") == 0 || strcmp(function->package, "Bun") == 0;
	if (is_runtime && strcmp(function->name, "env") == 0)
		return iw_ts_variable(scope, node, name);
	if (strcmp(function->name, "*") == 0)
		return iw_ts_foreign(scope, node, function->package, name);
	return iw_ts_unknown(scope, node, "\"%s\" of the package \"%s\" is not known", name, function->package);
}

const struct iw_ts_value *iw_ts_member_of(struct ts_scope *scope, const struct iw_ts_value *value, const char *name,
					  TSNode node)
{
	char *end = NULL;
	guint64 index;
	switch (value->kind) {
	case IW_TS_UNKNOWN:
		return value;
	case IW_TS_OBJECT:
		return strchr(name, '.') == NULL ? iw_ts_member(value, name)
						 : iw_ts_unknown(scope, node, "\"%s\" is not known", name);
	case IW_TS_FUNCTION:
		return member_of_foreign(scope, value->function, name, node);
	case IW_TS_ARRAY:
		index = g_ascii_strtoull(name, &end, 10);
		if (end != name && *end == '\0')
			return index < value->items->len ? g_ptr_array_index(value->items, index)
							 : iw_ts_new_value(scope, IW_TS_UNDEFINED, node);
		if (strcmp(name, "length") == 0)
			return iw_ts_number(scope, node, value->items->len);
		return method(scope, value, name, node);
	case IW_TS_STRING:
	case IW_TS_NUMBER:
		return method(scope, value, name, node);
	default:
		if (value->reason != NULL)
			return iw_ts_unknown(scope, node, "%s", value->reason);
		return iw_ts_unknown(scope, node, "\"%s\" of nothing is asked for", name);
	}
}

static bool is_optional(TSNode node)
{
	return !ts_node_is_null(iw_ts_field(node, "optional_chain"));
}

static const struct iw_ts_value *member(struct ts_scope *scope, TSNode node)
{
	TSNode object_node = iw_ts_field(node, "object");
	const char *name = iw_ts_node_text(scope, iw_ts_field(node, "property"));
	if (g_hash_table_size(scope->module->assigned) > 0 &&
	    g_hash_table_contains(scope->module->assigned, iw_ts_node_text(scope, node)))
		return iw_ts_unknown(scope, node, "\"%s\" is assigned to in this file", iw_ts_node_text(scope, node));
	iw_arena *arena = scope->module->evaluator->arena;
	const char *object_text = iw_ts_node_text(scope, object_node);
	if (strcmp(object_text, "import.meta") == 0) {
		if (strcmp(name, "dirname") == 0)
			return iw_ts_string(scope, node, iw_path_parent(arena, scope->module->path));
		if (strcmp(name, "url") == 0)
			return iw_ts_string(scope, node, iw_arena_printf(arena, "file://%s", scope->module->path));
		if (strcmp(name, "filename") == 0)
			return iw_ts_string(scope, node, scope->module->path);
		return iw_ts_unknown(scope, node, "\"import.meta.%s\" is not known", name);
	}
	const struct iw_ts_value *object = iw_ts_evaluate(scope, object_node);
	bool is_nothing = object->kind == IW_TS_UNDEFINED || object->kind == IW_TS_NULL;
	if (is_nothing && is_optional(node))
		return object;
	return iw_ts_member_of(scope, object, name, node);
}

static const struct iw_ts_value *subscript(struct ts_scope *scope, TSNode node)
{
	const struct iw_ts_value *object = iw_ts_evaluate(scope, iw_ts_field(node, "object"));
	const struct iw_ts_value *index = iw_ts_evaluate(scope, iw_ts_field(node, "index"));
	const char *name = iw_ts_as_text(index);
	if (name == NULL)
		return not_a_text(scope, node, index);
	return iw_ts_member_of(scope, object, name, node);
}

/* operators ------------------------------------------------------------------------------------------------------ */

static bool is_same_value(const struct iw_ts_value *left, const struct iw_ts_value *right, bool is_strict)
{
	bool left_is_nothing = left->kind == IW_TS_UNDEFINED || left->kind == IW_TS_NULL;
	bool right_is_nothing = right->kind == IW_TS_UNDEFINED || right->kind == IW_TS_NULL;
	if (left_is_nothing || right_is_nothing)
		return is_strict ? left->kind == right->kind : left_is_nothing && right_is_nothing;
	if (left->kind != right->kind)
		return false;
	if (left->kind == IW_TS_STRING)
		return strcmp(left->text, right->text) == 0;
	if (left->kind == IW_TS_NUMBER)
		return left->number == right->number;
	return left->kind == IW_TS_BOOLEAN ? left->boolean == right->boolean : left == right;
}

static const struct iw_ts_value *sum(struct ts_scope *scope, TSNode node, const struct iw_ts_value *left,
				     const struct iw_ts_value *right)
{
	if (left->kind == IW_TS_NUMBER && right->kind == IW_TS_NUMBER)
		return iw_ts_number(scope, node, left->number + right->number);
	const char *a = iw_ts_as_text(left);
	const char *b = iw_ts_as_text(right);
	if (a == NULL || b == NULL)
		return not_a_text(scope, node, a == NULL ? left : right);
	if (strlen(a) + strlen(b) > TS_LONGEST)
		return iw_ts_unknown(scope, node, "this text is too long");
	scope->module->evaluator->steps += (int)((strlen(a) + strlen(b)) / 64);
	return iw_ts_string(scope, node, iw_arena_printf(scope->module->evaluator->arena, "%s%s", a, b));
}

/*
 * `process.env.A ?? right`, A missing: what is still missing names A. Of `process.env.A || process.env.B` both are
 * worth naming; `process.env.A ?? ""` stays the empty text.
 */
static const struct iw_ts_value *missing_instead(struct ts_scope *scope, TSNode node, const struct iw_ts_value *left,
						 const struct iw_ts_value *right)
{
	bool is_empty = right->kind == IW_TS_STRING && *right->text == '\0';
	if (right->kind != IW_TS_UNDEFINED && right->kind != IW_TS_NULL && !is_empty)
		return right;
	struct iw_ts_value *value = iw_ts_new_value(scope, right->kind, node);
	value->text = right->text;
	value->variable = right->variable != NULL ? right->variable : left->variable;
	value->reason = right->reason == NULL ? left->reason
					      : iw_arena_printf(scope->module->evaluator->arena, "%s, and %s",
								left->reason, right->reason);
	return value;
}

/* a ?? b, a || b, a && b: the right side only when it is needed. */
static const struct iw_ts_value *choice(struct ts_scope *scope, const char *operator, TSNode right,
					const struct iw_ts_value *left)
{
	bool is_nothing = left->kind == IW_TS_UNDEFINED || left->kind == IW_TS_NULL;
	int truth = iw_ts_is_true(left);
	if (left->kind == IW_TS_UNKNOWN)
		return left;
	bool takes_right = strcmp(operator, "??") == 0 ? is_nothing : strcmp(operator, "||") == 0 ? !truth : truth;
	if (!takes_right)
		return left;
	const struct iw_ts_value *value = iw_ts_evaluate(scope, right);
	return left->reason == NULL ? value : missing_instead(scope, right, left, value);
}

static const struct iw_ts_value *binary(struct ts_scope *scope, TSNode node)
{
	const char *operator= iw_ts_node_text(scope, iw_ts_field(node, "operator"));
	const struct iw_ts_value *left = iw_ts_evaluate(scope, iw_ts_field(node, "left"));
	TSNode right_node = iw_ts_field(node, "right");
	if (strcmp(operator, "??") == 0 || strcmp(operator, "||") == 0 || strcmp(operator, "&&") == 0)
		return choice(scope, operator, right_node, left);
	const struct iw_ts_value *right = iw_ts_evaluate(scope, right_node);
	if (left->kind == IW_TS_UNKNOWN || right->kind == IW_TS_UNKNOWN)
		return left->kind == IW_TS_UNKNOWN ? left : right;
	if (strcmp(operator, "+") == 0)
		return sum(scope, node, left, right);
	bool is_equal = operator[0] == '=' && operator[1] == '=';
	bool is_different = operator[0] == '!' && operator[1] == '=';
	if (is_equal || is_different)
		return iw_ts_boolean(scope, node, is_same_value(left, right, operator[2] == '=') == is_equal);
	return iw_ts_unknown(scope, node, "the operator \"%s\" is not worked out", operator);
}

static const struct iw_ts_value *unary(struct ts_scope *scope, TSNode node)
{
	const char *operator= iw_ts_node_text(scope, iw_ts_field(node, "operator"));
	const struct iw_ts_value *value = iw_ts_evaluate(scope, iw_ts_field(node, "argument"));
	if (value->kind == IW_TS_UNKNOWN)
		return value;
	if (strcmp(operator, "!") == 0)
		return iw_ts_boolean(scope, node, iw_ts_is_true(value) == 0);
	if (strcmp(operator, "-") == 0 && value->kind == IW_TS_NUMBER)
		return iw_ts_number(scope, node, -value->number);
	if (strcmp(operator, "+") == 0 && iw_ts_as_text(value) != NULL)
		return iw_ts_number(scope, node, g_ascii_strtod(iw_ts_as_text(value), NULL));
	return iw_ts_unknown(scope, node, "the operator \"%s\" is not worked out", operator);
}

static const struct iw_ts_value *ternary(struct ts_scope *scope, TSNode node)
{
	const struct iw_ts_value *condition = iw_ts_evaluate(scope, iw_ts_field(node, "condition"));
	int truth = iw_ts_is_true(condition);
	if (truth < 0)
		return condition;
	return iw_ts_evaluate(scope, iw_ts_field(node, truth == 1 ? "consequence" : "alternative"));
}

static const struct iw_ts_value *first_child(struct ts_scope *scope, TSNode node)
{
	uint32_t count = ts_node_named_child_count(node);
	for (uint32_t i = 0; i < count; i++)
		if (!iw_ts_is(ts_node_named_child(node, i), "comment"))
			return iw_ts_evaluate(scope, ts_node_named_child(node, i));
	return iw_ts_unknown(scope, node, "this cannot be read");
}

/* <Type>value */
static const struct iw_ts_value *last_child(struct ts_scope *scope, TSNode node)
{
	return iw_ts_evaluate(scope, ts_node_named_child(node, ts_node_named_child_count(node) - 1));
}

static const struct iw_ts_value *truth(struct ts_scope *scope, TSNode node)
{
	return iw_ts_boolean(scope, node, iw_ts_is(node, "true"));
}

static const struct iw_ts_value *nothing(struct ts_scope *scope, TSNode node)
{
	return iw_ts_new_value(scope, iw_ts_is(node, "null") ? IW_TS_NULL : IW_TS_UNDEFINED, node);
}

static const struct {
	const char *type;
	const struct iw_ts_value *(*evaluate)(struct ts_scope *scope, TSNode node);
} expressions[] = {
	/* clang-format off */
	{"string", string_of},                   {"template_string", template_of},   {"number", number_of},
	{"true", truth},                         {"false", truth},                   {"null", nothing},
	{"undefined", nothing},                  {"array", array_of},                {"object", object_of},
	{"identifier", identifier},              {"member_expression", member},      {"subscript_expression", subscript},
	{"call_expression", iw_ts_call},            {"new_expression", iw_ts_call},        {"binary_expression", binary},
	{"unary_expression", unary},             {"ternary_expression", ternary},    {"parenthesized_expression", first_child},
	{"as_expression", first_child},          {"satisfies_expression", first_child}, {"non_null_expression", first_child},
	{"await_expression", first_child},       {"type_assertion", last_child},     {"arrow_function", closure},
	{"function_expression", closure},        {"function_declaration", closure},  {"expression_statement", first_child},
	/* clang-format on */
};

const struct iw_ts_value *iw_ts_evaluate(struct ts_scope *scope, TSNode node)
{
	struct ts_evaluator *evaluator = scope->module->evaluator;
	if (ts_node_is_null(node))
		return iw_ts_new_value(scope, IW_TS_UNDEFINED, node);
	if (++evaluator->steps > TS_MOST_STEPS || evaluator->depth > TS_DEEPEST)
		return iw_ts_unknown(scope, node, "this takes too long to work out");
	const char *type = ts_node_type(node);
	for (size_t i = 0; i < G_N_ELEMENTS(expressions); i++)
		if (strcmp(type, expressions[i].type) == 0) {
			evaluator->depth++;
			const struct iw_ts_value *value = expressions[i].evaluate(scope, node);
			evaluator->depth--;
			return value;
		}
	if (iw_ts_is(node, "ERROR"))
		return iw_ts_unknown(scope, node, "this is a syntax error");
	return iw_ts_unknown(scope, node, "this kind of expression is not worked out");
}
