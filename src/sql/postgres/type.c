/* Types in the words of format_type(): "character varying(30)", "timestamp(3) without time zone", "text[]". */
#include "sql/postgres/tree.h"
#include "sql/postgres/quote.h"

#include "utils/datetime.h"
#include "utils/timestamp.h"

#include <string.h>

/* Internal names and those that the catalogue prints. */
struct type_name {
	const char *internal;
	const char *printed;
	const char *suffix; /* behind the arguments: timestamp(3) WITHOUT TIME ZONE */
};
static const struct type_name type_names[] = {
	{"bit", "bit", NULL},
	{"bool", "boolean", NULL},
	{"bpchar", "character", NULL},
	{"char", "\"char\"", NULL},
	{"decimal", "numeric", NULL},
	{"float4", "real", NULL},
	{"float8", "double precision", NULL},
	{"int", "integer", NULL},
	{"int2", "smallint", NULL},
	{"int4", "integer", NULL},
	{"int8", "bigint", NULL},
	{"interval", "interval", NULL},
	{"numeric", "numeric", NULL},
	{"serial", "integer", NULL},
	{"serial2", "smallint", NULL},
	{"serial4", "integer", NULL},
	{"serial8", "bigint", NULL},
	{"bigserial", "bigint", NULL},
	{"smallserial", "smallint", NULL},
	{"time", "time", " without time zone"},
	{"timestamp", "timestamp", " without time zone"},
	{"timestamptz", "timestamp", " with time zone"},
	{"timetz", "time", " with time zone"},
	{"varbit", "bit varying", NULL},
	{"varchar", "character varying", NULL},
};

/* Built-in types that print as they are named. */
static const char *const plain_types[] = {
	"aclitem",
	"box",
	"bytea",
	"cid",
	"cidr",
	"circle",
	"date",
	"datemultirange",
	"daterange",
	"gtsvector",
	"inet",
	"int2vector",
	"int4multirange",
	"int4range",
	"int8multirange",
	"int8range",
	"json",
	"jsonb",
	"jsonpath",
	"line",
	"lseg",
	"macaddr",
	"macaddr8",
	"money",
	"name",
	"nummultirange",
	"numrange",
	"oid",
	"oidvector",
	"path",
	"pg_lsn",
	"pg_node_tree",
	"pg_snapshot",
	"point",
	"polygon",
	"record",
	"refcursor",
	"regclass",
	"regcollation",
	"regconfig",
	"regdictionary",
	"regnamespace",
	"regoper",
	"regoperator",
	"regproc",
	"regprocedure",
	"regrole",
	"regtype",
	"text",
	"tid",
	"trigger",
	"tsmultirange",
	"tsquery",
	"tsrange",
	"tstzmultirange",
	"tstzrange",
	"tsvector",
	"txid_snapshot",
	"uuid",
	"void",
	"xid",
	"xid8",
	"xml",
};

static int compare_name(const void *name, const void *entry)
{
	return strcmp(name, *(const char *const *)entry);
}

static bool is_plain_type(const char *name)
{
	return bsearch(name, plain_types, G_N_ELEMENTS(plain_types), sizeof(char *), compare_name) != NULL;
}

static const struct type_name *find_type(const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(type_names); i++)
		if (strcmp(type_names[i].internal, name) == 0)
			return &type_names[i];
	return NULL;
}

static const char *const interval_fields[] = {
	"year", "month", "day", "hour", "minute", "second",
};

/* "interval day to second": the typmod's mask names the first and the last field. */
static const char *interval_range(iw_arena *arena, int mask)
{
	static const int bits[] = {YEAR, MONTH, DAY, HOUR, MINUTE, SECOND};
	const char *first = NULL;
	const char *last = NULL;
	if (mask == INTERVAL_FULL_RANGE)
		return "";
	for (size_t i = 0; i < G_N_ELEMENTS(bits); i++) {
		if ((mask & INTERVAL_MASK(bits[i])) == 0)
			continue;
		if (first == NULL)
			first = interval_fields[i];
		last = interval_fields[i];
	}
	if (first == NULL)
		return "";
	if (first == last)
		return iw_arena_printf(arena, " %s", first);
	return iw_arena_printf(arena, " %s to %s", first, last);
}

static bool integer_argument(const List *arguments, int index, int *value)
{
	if (index >= list_length(arguments) || !IsA(list_nth(arguments, index), A_Const))
		return false;
	const A_Const *constant = list_nth_node(A_Const, arguments, index);
	if (constant->isnull || !IsA(&constant->val.node, Integer))
		return false;
	*value = constant->val.ival.ival;
	return true;
}

/* Arguments of a user's own type: geometry(Point,4326), vector(3). */
static void append_argument(GString *out, Node *argument)
{
	if (IsA(argument, ColumnRef)) {
		const ColumnRef *reference = (const ColumnRef *)argument;
		if (IsA(llast(reference->fields), String))
			g_string_append(out, strVal(llast(reference->fields)));
		return;
	}
	if (!IsA(argument, A_Const))
		return;
	const A_Const *constant = (const A_Const *)argument;
	if (IsA(&constant->val.node, Integer))
		g_string_append_printf(out, "%d", constant->val.ival.ival);
	else if (IsA(&constant->val.node, Float))
		g_string_append(out, constant->val.fval.fval);
	else if (IsA(&constant->val.node, String))
		g_string_append(out, constant->val.sval.sval);
}

static void append_user_arguments(GString *out, const List *arguments)
{
	ListCell *cell;
	if (arguments == NIL)
		return;
	g_string_append_c(out, '(');
	foreach (cell, arguments) {
		if (foreach_current_index(cell) > 0)
			g_string_append_c(out, ',');
		append_argument(out, lfirst(cell));
	}
	g_string_append_c(out, ')');
}

static void append_interval(struct reading *reading, GString *out, struct iw_type *type, const List *arguments)
{
	int mask;
	if (!integer_argument(arguments, 0, &mask))
		return;
	g_string_append(out, interval_range(reading->arena, mask));
	if (integer_argument(arguments, 1, &type->arguments[0]))
		g_string_append_printf(out, "(%d)", type->arguments[0]);
}

static void append_builtin(struct reading *reading, GString *out, struct iw_type *type, const struct type_name *known,
			   const List *arguments)
{
	bool is_numeric = strcmp(known->printed, "numeric") == 0;
	g_string_append(out, known->printed);
	if (strcmp(known->printed, "interval") == 0) {
		append_interval(reading, out, type, arguments);
		return;
	}
	if (integer_argument(arguments, 0, &type->arguments[0])) {
		if (is_numeric && !integer_argument(arguments, 1, &type->arguments[1]))
			type->arguments[1] = 0;
		if (type->arguments[1] >= 0 || is_numeric)
			g_string_append_printf(out, "(%d,%d)", type->arguments[0], type->arguments[1]);
		else
			g_string_append_printf(out, "(%d)", type->arguments[0]);
	}
	if (known->suffix != NULL)
		g_string_append(out, known->suffix);
}

/* "bpchar" without a length prints as itself, "char" only as the one-byte type when it was quoted. */
static const struct type_name *builtin_type(struct iw_name name, const TypeName *type)
{
	bool is_catalog = name.schema != NULL && strcmp(name.schema, "pg_catalog") == 0;
	if (name.schema != NULL && !is_catalog)
		return NULL;
	if (strcmp(name.name, "bpchar") == 0 && type->typmods == NIL)
		return NULL;
	if (!is_catalog && strcmp(name.name, "int") == 0)
		return NULL;
	return find_type(name.name);
}

static const char *user_type_text(struct reading *reading, struct iw_name name)
{
	if ((name.schema == NULL || strcmp(name.schema, "pg_catalog") == 0) && is_plain_type(name.name))
		return name.name;
	bool is_default =
		name.schema == NULL || strcmp(name.schema, "public") == 0 || strcmp(name.schema, "pg_catalog") == 0;
	if (is_default)
		name.schema = NULL;
	return iw_quote_name(reading->arena, IW_POSTGRES, name);
}

static const char *base_text(struct reading *reading, const struct type_name *known)
{
	if (known->suffix == NULL)
		return known->printed;
	return iw_arena_printf(reading->arena, "%s%s", known->printed, known->suffix);
}

struct iw_type iw_pg_type(struct reading *reading, const TypeName *name)
{
	struct iw_type type = {.arguments = {-1, -1}, .is_array = name->arrayBounds != NIL};
	struct iw_name full = iw_pg_list_name(reading, name->names);
	const struct type_name *known = builtin_type(full, name);
	GString *out = g_string_sized_new(32);
	if (name->setof)
		g_string_append(out, "SETOF ");
	if (known != NULL) {
		append_builtin(reading, out, &type, known, name->typmods);
		type.base = base_text(reading, known);
	} else {
		type.base = user_type_text(reading, full);
		if (!is_plain_type(full.name) && strcmp(full.name, "bpchar") != 0)
			type.user = full;
		integer_argument(name->typmods, 0, &type.arguments[0]);
		integer_argument(name->typmods, 1, &type.arguments[1]);
		g_string_append(out, type.base);
		append_user_arguments(out, name->typmods);
	}
	if (name->pct_type)
		g_string_append(out, "%TYPE");
	if (type.is_array)
		g_string_append(out, "[]");
	type.text = iw_arena_strndup(reading->arena, out->str, out->len);
	g_string_free(out, TRUE);
	return type;
}

enum iw_serial iw_pg_serial(const TypeName *name)
{
	static const struct {
		const char *name;
		enum iw_serial serial;
	} serials[] = {
		{"smallserial", IW_SMALLSERIAL}, {"serial2", IW_SMALLSERIAL}, {"serial", IW_SERIAL},
		{"serial4", IW_SERIAL},		 {"bigserial", IW_BIGSERIAL}, {"serial8", IW_BIGSERIAL},
	};
	if (list_length(name->names) != 1 || name->arrayBounds != NIL)
		return IW_NOT_SERIAL;
	for (size_t i = 0; i < G_N_ELEMENTS(serials); i++)
		if (strcmp(strVal(linitial(name->names)), serials[i].name) == 0)
			return serials[i].serial;
	return IW_NOT_SERIAL;
}
