/* Which type a value of the Python reader is, on the dialect at hand; see sqlalchemy.h. */
#include "framework/alembic/types.h"

#include <string.h>

enum { DEEPEST = 20 };

static const char *const space_of_dialect[] = {
	[IW_POSTGRES] = "postgresql", [IW_MYSQL] = "mysql", [IW_SQLITE] = "sqlite"};

/* The dialect whose package a path is in; "" for SQLAlchemy's own. */
static const char *space_of(const char *path)
{
	const char *dialects = strstr(path, "dialects.");
	if (dialects == NULL)
		return "";
	for (guint i = 0; i < G_N_ELEMENTS(space_of_dialect); i++)
		if (g_str_has_prefix(dialects + strlen("dialects."), space_of_dialect[i]))
			return space_of_dialect[i];
	return "other";
}

static struct iw_sa_type *unknown_type(struct iw_sa *sa)
{
	struct iw_sa_type *type = iw_new(sa->arena, struct iw_sa_type);
	type->text = "";
	return type;
}

/* Number of characters of the longest label. */
static int longest_label(GPtrArray *labels)
{
	int longest = 0;
	for (guint i = 0; i < labels->len; i++)
		longest = MAX(longest, (int)g_utf8_strlen(labels->pdata[i], -1));
	return longest;
}

/* Names of the members, or what values_callable makes of the class. */
static GPtrArray *labels_of_class(struct iw_sa *sa, struct iw_py_value *class, struct iw_py_value *callable)
{
	if (callable != NULL) {
		GPtrArray *arguments = iw_arena_ptr_array(sa->arena);
		g_ptr_array_add(arguments, class);
		return iw_sa_texts(sa, iw_py_call(sa->python, callable, arguments, NULL));
	}
	GPtrArray *labels = iw_arena_ptr_array(sa->arena);
	for (guint i = 0; class->order != NULL && i < class->order->len; i++) {
		const struct iw_py_value *member = iw_py_find(sa->python, class, class->order->pdata[i]);
		if (member != NULL && member->kind == IW_PY_INSTANCE && member->receiver == class)
			g_ptr_array_add(labels, class->order->pdata[i]);
	}
	return labels;
}

static void read_labels(struct iw_sa *sa, struct iw_sa_type *type, const struct iw_py_value *call)
{
	GPtrArray *items = call->kind == IW_PY_CALL ? call->items : NULL;
	type->labels = iw_arena_ptr_array(sa->arena);
	if (items == NULL || items->len == 0)
		return;
	struct iw_py_value *first = items->pdata[0];
	if (first->kind == IW_PY_CLASS) {
		type->labels = labels_of_class(sa, first, iw_sa_given(call, -1, "values_callable"));
		if (type->name.text == NULL && iw_py_argument(call, -1, "name") == NULL) {
			type->name.text = iw_arena_strdup(sa->arena, first->text);
			for (char *at = (char *)type->name.text; *at != '\0'; at++)
				*at = g_ascii_tolower(*at);
		}
		return;
	}
	if (items->len == 1 && (first->kind == IW_PY_LIST || first->kind == IW_PY_TUPLE)) {
		type->labels = iw_sa_texts(sa, first);
		return;
	}
	for (guint i = 0; i < items->len; i++) {
		const char *label = iw_sa_text(sa, items->pdata[i]);
		if (label != NULL)
			g_ptr_array_add(type->labels, (gpointer)label);
	}
}

static void read_enum(struct iw_sa *sa, struct iw_sa_type *type)
{
	const struct iw_py_value *call = type->call;
	bool is_postgres = strcmp(type->row->space, "postgresql") == 0;
	type->is_enum = true;
	type->is_dialect_enum = is_postgres;
	type->name = iw_sa_name(sa, iw_sa_given(call, -1, "name"));
	read_labels(sa, type, call);
	type->schema = iw_sa_text(sa, iw_sa_given(call, -1, "schema"));
	type->inherits_schema = iw_sa_truth(sa, iw_sa_given(call, -1, "inherit_schema"), 0) == 1;
	type->is_native =
		iw_sa_truth(sa, iw_sa_given(call, -1, "native_enum"), 1) == 1 && sa->engine.dialect != IW_SQLITE;
	type->creates_constraint =
		iw_sa_truth(sa, iw_sa_given(call, -1, "create_constraint"), sa->version < 104) == 1 && !type->is_native;
	bool wanted = !is_postgres || iw_sa_truth(sa, iw_sa_given(call, -1, "create_type"), 1) == 1;
	type->creates_type = sa->engine.dialect == IW_POSTGRES && type->is_native && wanted &&
			     iw_sa_given(call, -1, "metadata") == NULL;
	type->length = longest_label(type->labels);
	const struct iw_py_value *length = iw_sa_given(call, -1, "length");
	if (length != NULL && length->kind == IW_PY_INTEGER)
		type->length = (int)length->integer;
	if (sa->engine.dialect == IW_POSTGRES && type->is_native && type->name.text == NULL)
		iw_sa_fail(sa, "SQLAlchemy refuses an enumeration without a name on PostgreSQL");
}

static const struct iw_sa_type *of_row(struct iw_sa *sa, const struct iw_sa_type_row *row, struct iw_py_value *value)
{
	struct iw_sa_type *type = iw_new(sa->arena, struct iw_sa_type);
	type->row = row;
	type->call = value;
	type->affinity = row->affinity;
	if (row->affinity == IW_SA_ENUM)
		read_enum(sa, type);
	if (strcmp(row->name, "SET") == 0)
		read_labels(sa, type, value);
	if (row->affinity == IW_SA_ARRAY) {
		struct iw_py_value *item = iw_sa_given(value, 0, "item_type");
		type->item = item == NULL ? unknown_type(sa) : iw_sa_type(sa, item);
		type->creates_type = type->item->is_enum && type->item->creates_type;
	}
	if (row->affinity == IW_SA_BOOLEAN && strcmp(row->name, "MatchType") != 0) {
		type->is_boolean = true;
		type->creates_constraint =
			sa->engine.dialect != IW_POSTGRES &&
			iw_sa_truth(sa, iw_sa_given(value, 0, "create_constraint"), sa->version < 104) == 1;
		type->name = iw_sa_name(sa, iw_sa_given(value, 1, "name"));
	}
	return type;
}

/* "(l)" of the row is the first argument of the call. */
static const struct iw_sa_type *of_foreign(struct iw_sa *sa, const struct iw_sa_foreign_type *row,
					   const struct iw_py_value *value)
{
	struct iw_sa_type *type = unknown_type(sa);
	type->affinity = row->affinity;
	const char *text = row->text[sa->engine.dialect];
	if (text == NULL)
		return iw_sa_fail(sa, "the type %s is not for this database", row->name), type;
	guint given = value->kind == IW_PY_CALL ? value->items->len + value->values->len : 0;
	if (row->most_arguments != 0 && given >= (guint)row->most_arguments)
		return iw_sa_fail(sa, "the type %s with arguments cannot be told", row->name), type;
	type->text = text;
	if (!g_str_has_suffix(text, "(l)"))
		return type;
	static const char *const names[] = {"length", "dim", "dimensions"};
	const struct iw_py_value *length = NULL;
	for (guint i = 0; length == NULL && i < G_N_ELEMENTS(names); i++)
		length = iw_sa_given(value, i == 0 ? 0 : -1, names[i]);
	int bare = (int)strlen(text) - 3;
	if (iw_sa_unknown(sa, length))
		return type;
	type->text = length == NULL ? iw_arena_printf(sa->arena, "%.*s", bare, text)
				    : iw_arena_printf(sa->arena, "%.*s(%s)", bare, text, length->text);
	if (length == NULL && sa->engine.dialect == IW_MYSQL)
		iw_sa_fail(sa, "SQLAlchemy refuses VARCHAR without a length on MySQL");
	return type;
}

static const struct iw_sa_type *of_path(struct iw_sa *sa, const char *path, struct iw_py_value *value)
{
	const struct iw_sa_foreign_type *foreign = iw_sa_foreign_type(path);
	if (foreign != NULL)
		return of_foreign(sa, foreign, value);
	const char *dot = strrchr(path, '.');
	const struct iw_sa_type_row *row =
		dot == NULL || !g_str_has_prefix(path, "sqlalchemy.") ? NULL : iw_sa_type_row(space_of(path), dot + 1);
	if (row != NULL && strcmp(space_of(path), "other") != 0)
		return of_row(sa, row, value);
	if (!g_str_has_prefix(path, "sqlalchemy."))
		iw_sa_fail(sa, "the type %s of another package is not known", path);
	else
		iw_sa_fail(sa, "the type %s is not known", path);
	return unknown_type(sa);
}

/* JSON().with_variant(JSONB(), "postgresql"): the variant, or the type itself. */
static struct iw_py_value *pick_variant(struct iw_sa *sa, struct iw_py_value *value)
{
	const char *method = NULL;
	struct iw_py_value *base = iw_sa_method(value, &method);
	if (base == NULL || strcmp(method, "with_variant") != 0)
		return value;
	for (guint i = 1; i < value->items->len; i++) {
		const char *name = iw_sa_text(sa, value->items->pdata[i]);
		if (name != NULL && strcmp(name, iw_sa_dialect_name(sa)) == 0)
			return value->items->pdata[0];
	}
	const struct iw_py_value *named = iw_sa_given(value, 1, "dialect_name");
	const char *name = iw_sa_text(sa, named);
	if (name != NULL && strcmp(name, iw_sa_dialect_name(sa)) == 0)
		return iw_sa_given(value, 0, "type_");
	return pick_variant(sa, base);
}

/* class GUID(TypeDecorator): its load_dialect_impl(), else its impl with the arguments of the call. */
static const struct iw_sa_type *of_decorator(struct iw_sa *sa, struct iw_py_value *value, struct iw_py_value *class)
{
	struct iw_py_value *load = iw_py_find(sa->python, class, "load_dialect_impl");
	if (load != NULL && load->kind == IW_PY_FUNCTION) {
		GPtrArray *arguments = iw_arena_ptr_array(sa->arena);
		g_ptr_array_add(arguments, value);
		g_ptr_array_add(arguments, iw_py_new_foreign(sa->python, "alembic.dialect"));
		struct iw_py_value *result = iw_py_call(sa->python, load, arguments, NULL);
		const char *method = NULL;
		if (iw_sa_method(result, &method) != NULL && strcmp(method, "type_descriptor") == 0)
			result = iw_sa_given(result, 0, "typeobj");
		if (result != NULL && result->kind != IW_PY_UNKNOWN && result->kind != IW_PY_NONE)
			return iw_sa_type(sa, result);
		iw_sa_unknown(sa, result);
		return unknown_type(sa);
	}
	struct iw_py_value *impl = iw_py_find(sa->python, class, "impl");
	if (impl == NULL) {
		iw_sa_fail(sa, "the type %s cannot be told", class->text);
		return unknown_type(sa);
	}
	bool takes_arguments = impl->kind == IW_PY_FOREIGN && value->kind == IW_PY_CALL;
	if (takes_arguments && iw_py_find(sa->python, class, "__init__") == NULL &&
	    value->items->len + value->values->len > 0)
		return of_path(sa, iw_py_path(sa->python, impl), value);
	return iw_sa_type(sa, impl);
}

static const struct iw_sa_type *of_class(struct iw_sa *sa, struct iw_py_value *value, struct iw_py_value *class)
{
	if (iw_py_find(sa->python, class, "impl") != NULL || iw_py_find(sa->python, class, "load_dialect_impl") != NULL)
		return of_decorator(sa, value, class);
	struct iw_py_value *spec = iw_py_find(sa->python, class, "get_col_spec");
	if (spec != NULL && spec->kind == IW_PY_FUNCTION) {
		GPtrArray *arguments = iw_arena_ptr_array(sa->arena);
		g_ptr_array_add(arguments, value);
		struct iw_sa_type *type = unknown_type(sa);
		const char *text = iw_sa_text(sa, iw_py_call(sa->python, spec, arguments, NULL));
		type->text = text == NULL ? "" : text;
		type->affinity = IW_SA_OTHER_AFFINITY;
		return type;
	}
	for (guint i = 0; class->bases != NULL && i < class->bases->len; i++) {
		struct iw_py_value *base = class->bases->pdata[i];
		if (base->kind == IW_PY_CLASS)
			return of_class(sa, value, base);
		if (base->kind == IW_PY_FOREIGN && iw_sa_is_type(sa, base))
			return of_path(sa, iw_py_path(sa->python, base), value);
	}
	iw_sa_fail(sa, "the type %s cannot be told", class->text);
	return unknown_type(sa);
}

static const struct iw_sa_type *resolve(struct iw_sa *sa, struct iw_py_value *value)
{
	value = pick_variant(sa, value);
	if (value == NULL || iw_sa_unknown(sa, value->kind == IW_PY_UNKNOWN ? value : NULL))
		return unknown_type(sa);
	struct iw_py_value *callee = value->kind == IW_PY_CALL ? value->receiver : value;
	if (callee != NULL && callee->kind == IW_PY_CLASS)
		return of_class(sa, value, callee);
	const char *method = NULL;
	struct iw_py_value *base = iw_sa_method(value, &method);
	if (base != NULL && strcmp(method, "as_mutable") == 0) /* MutableDict.as_mutable(JSON) */
		return iw_sa_type(sa, iw_sa_given(value, 0, "sqltype"));
	if (base != NULL && (strcmp(method, "copy") == 0 || strcmp(method, "evaluates_none") == 0))
		return iw_sa_type(sa, base);
	const char *path = iw_py_path(sa->python, value);
	if (path != NULL && g_str_has_suffix(path, ".as_mutable"))
		return iw_sa_type(sa, iw_sa_given(value, 0, "sqltype"));
	if (path != NULL && (value->kind == IW_PY_CALL || value->kind == IW_PY_FOREIGN))
		return of_path(sa, path, value);
	if (!iw_sa_unknown(sa, value))
		iw_sa_fail(sa, "%s is no type that is known", iw_py_repr(sa->python, value));
	return unknown_type(sa);
}

const struct iw_sa_type *iw_sa_type(struct iw_sa *sa, struct iw_py_value *value)
{
	if (value == NULL || sa->depth >= DEEPEST) {
		iw_sa_fail(sa, "the type cannot be told");
		return unknown_type(sa);
	}
	sa->depth++;
	const struct iw_sa_type *type = resolve(sa, value);
	sa->depth--;
	return type;
}

const char *iw_sa_type_text(struct iw_sa *sa, const struct iw_sa_type *type)
{
	if (type->row == NULL)
		return type->text;
	const char *text = type->row->render(sa, type);
	return text == NULL ? "" : text;
}

const char *iw_sa_enum_name(struct iw_sa *sa, const struct iw_sa_type *type)
{
	return type->name.text == NULL ? "" : iw_sa_table_name(sa, type->schema, type->name.text);
}

bool iw_sa_is_type(struct iw_sa *sa, struct iw_py_value *value)
{
	if (value == NULL)
		return false;
	const char *method = NULL;
	if (iw_sa_method(value, &method) != NULL)
		return strcmp(method, "with_variant") == 0 || strcmp(method, "as_mutable") == 0;
	struct iw_py_value *callee = value->kind == IW_PY_CALL ? value->receiver : value;
	if (callee == NULL)
		return false;
	if (callee->kind == IW_PY_CLASS) {
		for (guint i = 0; callee->bases != NULL && i < callee->bases->len; i++) {
			struct iw_py_value *base = callee->bases->pdata[i];
			const char *name = iw_sa_called(sa, base);
			if ((name != NULL &&
			     (strcmp(name, "TypeDecorator") == 0 || strcmp(name, "UserDefinedType") == 0)) ||
			    iw_sa_is_type(sa, base))
				return true;
		}
		return false;
	}
	const char *path = iw_py_path(sa->python, value), *dot = path == NULL ? NULL : strrchr(path, '.');
	if (dot == NULL)
		return false;
	if (iw_sa_foreign_type(path) != NULL)
		return true;
	return g_str_has_prefix(path, "sqlalchemy.") && iw_sa_type_row(space_of(path), dot + 1) != NULL;
}

const struct iw_sa_type *iw_sa_type_of_text(struct iw_sa *sa, const char *text, enum iw_sa_affinity affinity)
{
	struct iw_sa_type *type = unknown_type(sa);
	type->text = text;
	type->affinity = affinity;
	return type;
}
