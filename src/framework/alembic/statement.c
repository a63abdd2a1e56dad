/*
 * Statements that SQLAlchemy's Core makes: insert, update, delete, select; see sqlalchemy.h. A statement is a chain of
 * calls, table.update().where(...).values(...), read from its end.
 */
#include "framework/alembic/expression.h"

#include <string.h>

enum { LONGEST_CHAIN = 60 };

enum verb { NO_VERB, INSERT, UPDATE, DELETE, SELECT };

struct chain {
	enum verb verb;
	struct iw_py_value *table;		     /* NULL for SELECT */
	GPtrArray *where;			     /* struct iw_py_value * */
	GPtrArray *values;			     /* struct iw_py_value *: DICTs */
	GPtrArray *columns;			     /* of SELECT */
	GPtrArray *from;			     /* struct iw_py_value *: select_from() */
	struct iw_py_value *source_columns, *source; /* from_select() */
	GPtrArray *order, *group;
	struct iw_py_value *limit, *offset;
	bool is_distinct, does_nothing;
	const char *unknown; /* a method that is not known */
};

static enum verb verb_of(const char *name)
{
	static const char *const names[] = {
		[INSERT] = "insert", [UPDATE] = "update", [DELETE] = "delete", [SELECT] = "select"};
	for (guint i = INSERT; name != NULL && i < G_N_ELEMENTS(names); i++)
		if (strcmp(names[i], name) == 0)
			return (enum verb)i;
	return NO_VERB;
}

static void add_all(GPtrArray *to, const GPtrArray *from)
{
	for (guint i = 0; i < from->len; i++) {
		const struct iw_py_value *value = from->pdata[i];
		if (value->kind == IW_PY_LIST || value->kind == IW_PY_TUPLE)
			add_all(to, value->items);
		else
			g_ptr_array_add(to, (gpointer)value);
	}
}

static void add_values(struct iw_sa *sa, struct chain *chain, const struct iw_py_value *call)
{
	for (guint i = 0; i < call->items->len; i++) {
		struct iw_py_value *value = call->items->pdata[i];
		if (value->kind == IW_PY_LIST)
			for (guint j = 0; j < value->items->len; j++)
				g_ptr_array_add(chain->values, value->items->pdata[j]);
		else
			g_ptr_array_add(chain->values, value);
	}
	if (call->names->len == 0)
		return;
	struct iw_py_value *named = iw_py_new_dict(sa->python);
	for (guint i = 0; i < call->names->len; i++)
		iw_py_dict_set(sa->python, named, iw_py_new_string(sa->python, call->names->pdata[i]),
			       call->values->pdata[i]);
	g_ptr_array_add(chain->values, named);
}

static bool add_method(struct iw_sa *sa, struct chain *chain, const char *method, const struct iw_py_value *call)
{
	struct iw_py_value *first = call->items->len > 0 ? call->items->pdata[0] : NULL;
	if (strcmp(method, "where") == 0 || strcmp(method, "filter") == 0)
		add_all(chain->where, call->items);
	else if (strcmp(method, "values") == 0)
		add_values(sa, chain, call);
	else if (strcmp(method, "from_select") == 0) {
		chain->source_columns = first;
		chain->source = iw_sa_given(call, 1, "select");
	} else if (strcmp(method, "select_from") == 0)
		add_all(chain->from, call->items);
	else if (strcmp(method, "order_by") == 0)
		add_all(chain->order, call->items);
	else if (strcmp(method, "group_by") == 0)
		add_all(chain->group, call->items);
	else if (strcmp(method, "limit") == 0)
		chain->limit = first;
	else if (strcmp(method, "offset") == 0)
		chain->offset = first;
	else if (strcmp(method, "distinct") == 0 && first == NULL)
		chain->is_distinct = true;
	else if (strcmp(method, "on_conflict_do_nothing") == 0 && call->items->len + call->names->len == 0)
		chain->does_nothing = true;
	else
		return strcmp(method, "inline") == 0 || strcmp(method, "execution_options") == 0 ||
		       strcmp(method, "scalar_subquery") == 0 || strcmp(method, "as_scalar") == 0 ||
		       strcmp(method, "subquery") == 0 || strcmp(method, "correlate") == 0;
	return true;
}

static bool start(struct iw_sa *sa, struct chain *chain, struct iw_py_value *value, struct iw_py_value *of,
		  const char *method)
{
	chain->verb = verb_of(of == NULL ? iw_sa_called(sa, value) : method);
	struct iw_py_value *table = of == NULL ? iw_sa_given(value, 0, "table") : of;
	if (chain->verb == NO_VERB)
		return false;
	if (chain->verb == SELECT && (of == NULL || iw_sa_as_table(sa, of) == NULL)) {
		add_all(chain->columns, value->items);
		return of == NULL;
	}
	chain->table = iw_sa_as_table(sa, table);
	struct iw_py_value *values = iw_sa_given(value, of == NULL ? -1 : 0, "values");
	if (values != NULL && chain->verb != SELECT && of != NULL && values->kind == IW_PY_DICT)
		g_ptr_array_add(chain->values, values);
	struct iw_py_value *where = iw_sa_given(value, -1, "whereclause");
	if (where != NULL)
		g_ptr_array_add(chain->where, where);
	return chain->table != NULL;
}

/* False: the value is no statement. Methods come last first, so arrays are filled from the back to the front. */
static bool read_chain(struct iw_sa *sa, struct iw_py_value *value, struct chain *chain)
{
	GPtrArray **arrays[] = {&chain->where, &chain->values, &chain->columns,
				&chain->from,  &chain->order,  &chain->group};
	*chain = (struct chain){0};
	for (guint i = 0; i < G_N_ELEMENTS(arrays); i++)
		*arrays[i] = iw_arena_ptr_array(sa->arena);
	struct iw_py_value *calls[LONGEST_CHAIN];
	const char *methods[LONGEST_CHAIN];
	guint count = 0;
	for (; value != NULL && value->kind == IW_PY_CALL && count < LONGEST_CHAIN; count++) {
		const char *method = NULL;
		struct iw_py_value *of = iw_sa_method(value, &method);
		calls[count] = value;
		methods[count] = method;
		bool is_start = of == NULL || (verb_of(method) != NO_VERB && iw_sa_as_table(sa, of) != NULL);
		if (is_start) {
			if (!start(sa, chain, value, of, method))
				return false;
			break;
		}
		value = of;
	}
	if (chain->verb == NO_VERB)
		return false;
	while (count-- > 0)
		if (!add_method(sa, chain, methods[count], calls[count]) && chain->unknown == NULL)
			chain->unknown = methods[count];
	return true;
}

/* tables ----------------------------------------------------------------------------------------------------------- */

static const char *table_text(struct iw_sa *sa, struct iw_py_value *table)
{
	return iw_sa_table_name(sa, iw_sa_text(sa, iw_sa_given(table, -1, "schema")),
				iw_sa_text(sa, iw_sa_given(table, 0, "name")));
}

static void add_table(struct iw_sa *sa, GPtrArray *tables, struct iw_py_value *table)
{
	if (table == NULL || iw_sa_as_table(sa, table) == NULL)
		return;
	const char *name = table_text(sa, table);
	if (!g_ptr_array_find_with_equal_func(tables, name, g_str_equal, NULL))
		g_ptr_array_add(tables, (gpointer)name);
}

/* Tables of the columns in an expression, in order. */
static void find_tables(struct iw_sa *sa, GPtrArray *tables, struct iw_py_value *value, int depth)
{
	struct iw_py_value *table = NULL;
	if (value == NULL || depth > LONGEST_CHAIN)
		return;
	if (iw_sa_column_of(sa, value, &table) != NULL) {
		add_table(sa, tables, table);
		return;
	}
	const char *method = NULL;
	struct iw_py_value *of = iw_sa_method(value, &method);
	if (of != NULL)
		find_tables(sa, tables, of, depth + 1);
	bool is_inner = value->kind == IW_PY_CALL && (iw_sa_is_select(sa, value) || iw_sa_is(sa, value, "exists"));
	for (guint i = 0; !is_inner && value->items != NULL && value->kind != IW_PY_DICT && i < value->items->len; i++)
		find_tables(sa, tables, value->items->pdata[i], depth + 1);
}

/* Tables that conditions and values name beside the one that is changed: UPDATE ... FROM. */
static GPtrArray *other_tables(struct iw_sa *sa, const struct chain *chain)
{
	GPtrArray *tables = iw_arena_ptr_array(sa->arena);
	add_table(sa, tables, chain->table);
	for (guint i = 0; i < chain->where->len; i++)
		find_tables(sa, tables, chain->where->pdata[i], 0);
	for (guint i = 0; i < chain->values->len; i++) {
		const struct iw_py_value *row = chain->values->pdata[i];
		for (guint j = 0; row->kind == IW_PY_DICT && j < row->values->len; j++)
			find_tables(sa, tables, row->values->pdata[j], 0);
	}
	g_ptr_array_remove_index(tables, 0);
	return tables;
}

/* insert, update --------------------------------------------------------------------------------------------------- */

/* A column's call in a Table, table or create_table; NULL: none of that name. */
static struct iw_py_value *column_in(struct iw_sa *sa, const struct iw_py_value *table, const char *name)
{
	for (guint i = 1; i < table->items->len; i++) {
		struct iw_py_value *item = table->items->pdata[i], *ignored = NULL;
		const char *own = item->kind == IW_PY_CALL ? iw_sa_column_of(sa, item, &ignored) : NULL;
		if (own != NULL && strcmp(own, name) == 0)
			return item;
	}
	return NULL;
}

static const char *key_name(struct iw_sa *sa, struct iw_py_value *key)
{
	struct iw_py_value *table = NULL;
	const char *name = key->kind == IW_PY_STRING ? key->text : iw_sa_column_of(sa, key, &table);
	return name != NULL ? name : iw_sa_text(sa, key);
}

static const struct iw_sa_type *type_in(struct iw_sa *sa, const struct iw_py_value *table, const char *name)
{
	struct iw_py_value *column = column_in(sa, table, name);
	return column == NULL ? NULL : iw_sa_type_of(sa, column);
}

/* What Python would fill in for columns that are not given. */
static void check_defaults(struct iw_sa *sa, const struct iw_py_value *table, GPtrArray *given, const char *option)
{
	for (guint i = 1; i < table->items->len; i++) {
		struct iw_py_value *item = table->items->pdata[i], *ignored = NULL;
		const char *name = item->kind == IW_PY_CALL ? iw_sa_column_of(sa, item, &ignored) : NULL;
		if (name == NULL || iw_sa_given(item, -1, option) == NULL)
			continue;
		if (!g_ptr_array_find_with_equal_func(given, name, g_str_equal, NULL))
			iw_sa_fail(sa, "Python computes the value of column \"%s\"", name);
	}
}

/* Columns in the order of the table, then those that it does not list. */
static void order_columns(struct iw_sa *sa, const struct iw_py_value *table, GPtrArray *names)
{
	GPtrArray *sorted = iw_arena_ptr_array(sa->arena);
	for (guint i = 1; i < table->items->len; i++) {
		struct iw_py_value *item = table->items->pdata[i], *ignored = NULL;
		const char *name = item->kind == IW_PY_CALL ? iw_sa_column_of(sa, item, &ignored) : NULL;
		guint at = 0;
		if (name == NULL || !g_ptr_array_find_with_equal_func(names, name, g_str_equal, &at))
			continue;
		g_ptr_array_add(sorted, names->pdata[at]);
		g_ptr_array_remove_index(names, at);
	}
	for (guint i = 0; i < names->len; i++)
		g_ptr_array_add(sorted, names->pdata[i]);
	g_ptr_array_set_size(names, 0);
	for (guint i = 0; i < sorted->len; i++)
		g_ptr_array_add(names, sorted->pdata[i]);
}

static GPtrArray *names_of(struct iw_sa *sa, const struct iw_py_value *row)
{
	GPtrArray *names = iw_arena_ptr_array(sa->arena);
	for (guint i = 0; row->kind == IW_PY_DICT && i < row->items->len; i++) {
		const char *name = key_name(sa, row->items->pdata[i]);
		if (name != NULL)
			g_ptr_array_add(names, (gpointer)name);
	}
	if (row->kind != IW_PY_DICT && !iw_sa_unknown(sa, row))
		iw_sa_fail(sa, "a row that is no dictionary");
	return names;
}

static struct iw_py_value *value_in(struct iw_sa *sa, const struct iw_py_value *row, const char *name)
{
	for (guint i = 0; row->kind == IW_PY_DICT && i < row->items->len; i++) {
		const char *key = key_name(sa, row->items->pdata[i]);
		if (key != NULL && strcmp(key, name) == 0)
			return row->values->pdata[i];
	}
	return NULL;
}

static const char *value_text(struct iw_sa *sa, const struct iw_py_value *table, struct iw_py_value *value,
			      const char *column)
{
	if (value == NULL)
		return iw_sa_fail(sa, "a row has no value for column \"%s\"", column), "NULL";
	if (iw_sa_unknown(sa, value))
		return "NULL";
	return iw_sa_is_expression(sa, value) ? iw_sa_grouped(sa, value, IW_SA_TABLES)
					      : iw_sa_literal(sa, value, type_in(sa, table, column));
}

static const char *row_text(struct iw_sa *sa, const struct iw_py_value *table, const struct iw_py_value *row,
			    const GPtrArray *names)
{
	GPtrArray *texts = iw_arena_ptr_array(sa->arena);
	for (guint i = 0; i < names->len; i++)
		g_ptr_array_add(texts,
				(gpointer)value_text(sa, table, value_in(sa, row, names->pdata[i]), names->pdata[i]));
	return iw_arena_printf(sa->arena, "(%s)", iw_sa_join(sa, texts, ", "));
}

static const char *columns_text(struct iw_sa *sa, const GPtrArray *names)
{
	GPtrArray *texts = iw_arena_ptr_array(sa->arena);
	for (guint i = 0; i < names->len; i++)
		g_ptr_array_add(texts, (gpointer)iw_sa_quote(sa, names->pdata[i]));
	return iw_sa_join(sa, texts, ", ");
}

static const char *insert_rows(struct iw_sa *sa, struct iw_py_value *table, const GPtrArray *rows)
{
	GPtrArray *names = names_of(sa, rows->pdata[0]), *texts = iw_arena_ptr_array(sa->arena);
	check_defaults(sa, table, names, "default");
	order_columns(sa, table, names);
	for (guint i = 0; i < rows->len; i++)
		g_ptr_array_add(texts, (gpointer)row_text(sa, table, rows->pdata[i], names));
	return iw_arena_printf(sa->arena, "INSERT INTO %s (%s) VALUES %s", table_text(sa, table),
			       columns_text(sa, names), iw_sa_join(sa, texts, ", "));
}

const char *iw_sa_insert(struct iw_sa *sa, struct iw_py_value *table, const struct iw_py_value *row)
{
	GPtrArray *rows = iw_arena_ptr_array(sa->arena);
	g_ptr_array_add(rows, (gpointer)row);
	return insert_rows(sa, table, rows);
}

static const char *insert_text(struct iw_sa *sa, const struct chain *chain)
{
	if (chain->source != NULL) {
		GPtrArray *names = iw_arena_ptr_array(sa->arena);
		bool is_list = chain->source_columns->kind == IW_PY_LIST || chain->source_columns->kind == IW_PY_TUPLE;
		for (guint i = 0; is_list && i < chain->source_columns->items->len; i++) {
			const char *name = key_name(sa, chain->source_columns->items->pdata[i]);
			if (name != NULL)
				g_ptr_array_add(names, (gpointer)name);
		}
		const char *select = iw_sa_select(sa, chain->source);
		return iw_arena_printf(sa->arena, "INSERT INTO %s (%s) %s", table_text(sa, chain->table),
				       columns_text(sa, names), select == NULL ? "" : select);
	}
	if (chain->values->len == 0)
		return iw_sa_fail(sa, "INSERT without values");
	const char *text = insert_rows(sa, chain->table, chain->values);
	return chain->does_nothing ? iw_arena_printf(sa->arena, "%s ON CONFLICT DO NOTHING", text) : text;
}

static const char *where_text(struct iw_sa *sa, const struct chain *chain)
{
	return chain->where->len == 0
		       ? ""
		       : iw_arena_printf(sa->arena, " WHERE %s", iw_sa_conjunction(sa, chain->where, IW_SA_TABLES));
}

static const char *update_text(struct iw_sa *sa, const struct chain *chain)
{
	GPtrArray *texts = iw_arena_ptr_array(sa->arena), *names = iw_arena_ptr_array(sa->arena);
	for (guint i = 0; i < chain->values->len; i++) {
		GPtrArray *more = names_of(sa, chain->values->pdata[i]);
		for (guint j = 0; j < more->len; j++)
			g_ptr_array_add(names, more->pdata[j]);
	}
	check_defaults(sa, chain->table, names, "onupdate");
	order_columns(sa, chain->table, names);
	GPtrArray *others = other_tables(sa, chain);
	const char *own = table_text(sa, chain->table);
	bool is_prefixed = others->len > 0 && sa->engine.dialect == IW_MYSQL;
	for (guint i = 0; i < names->len; i++) {
		struct iw_py_value *value = NULL;
		for (guint j = 0; value == NULL && j < chain->values->len; j++)
			value = value_in(sa, chain->values->pdata[j], names->pdata[i]);
		g_ptr_array_add(texts, iw_arena_printf(sa->arena, "%s%s%s=%s", is_prefixed ? own : "",
						       is_prefixed ? "." : "", iw_sa_quote(sa, names->pdata[i]),
						       value_text(sa, chain->table, value, names->pdata[i])));
	}
	if (texts->len == 0)
		return iw_sa_fail(sa, "UPDATE without values");
	if (others->len > 0 && sa->engine.dialect == IW_SQLITE && sa->version < 200)
		return iw_sa_fail(sa, "SQLAlchemy 1.4 refuses UPDATE ... FROM on SQLite");
	if (others->len > 0 && sa->engine.dialect == IW_MYSQL)
		return iw_arena_printf(sa->arena, "UPDATE %s, %s SET %s%s", own, iw_sa_join(sa, others, ", "),
				       iw_sa_join(sa, texts, ", "), where_text(sa, chain));
	return iw_arena_printf(sa->arena, "UPDATE %s SET %s%s%s%s", own, iw_sa_join(sa, texts, ", "),
			       others->len > 0 ? " FROM " : "", iw_sa_join(sa, others, ", "), where_text(sa, chain));
}

static const char *delete_text(struct iw_sa *sa, const struct chain *chain)
{
	GPtrArray *others = other_tables(sa, chain);
	if (others->len > 0 && sa->engine.dialect != IW_POSTGRES)
		return iw_sa_fail(sa, "DELETE with several tables");
	return iw_arena_printf(sa->arena, "DELETE FROM %s%s%s%s", table_text(sa, chain->table),
			       others->len > 0 ? " USING " : "", iw_sa_join(sa, others, ", "), where_text(sa, chain));
}

/* select ----------------------------------------------------------------------------------------------------------- */

static const char *select_columns(struct iw_sa *sa, const struct chain *chain, GPtrArray *tables)
{
	GPtrArray *texts = iw_arena_ptr_array(sa->arena);
	for (guint i = 0; i < chain->columns->len; i++) {
		struct iw_py_value *column = chain->columns->pdata[i], *ignored = NULL;
		const char *method = NULL;
		struct iw_py_value *labelled = iw_sa_method(column, &method);
		find_tables(sa, tables, column, 0);
		const char *path = column->kind == IW_PY_CALL ? iw_py_path(sa->python, column) : NULL;
		const char *called = path != NULL && strstr(path, ".func.") != NULL ? iw_sa_called(sa, column) : NULL;
		bool is_plain = iw_sa_column_of(sa, column, &ignored) != NULL || iw_sa_is(sa, column, "text") ||
				iw_sa_is(sa, column, "literal_column");
		const char *text = iw_sa_is_expression(sa, column) ? iw_sa_expression(sa, column, IW_SA_TABLES)
								   : iw_sa_literal(sa, column, NULL);
		if (labelled != NULL && strcmp(method, "label") == 0)
			text = iw_arena_printf(sa->arena, "%s AS %s", text,
					       iw_sa_quote(sa, iw_sa_text(sa, iw_sa_given(column, 0, "name"))));
		else if (!is_plain && called != NULL) /* functions are numbered by their names, the rest is anonymous */
			text = iw_arena_printf(sa->arena, "%s AS %s_1", text, called);
		g_ptr_array_add(texts, (gpointer)text);
	}
	return iw_sa_join(sa, texts, ", ");
}

static const char *all_columns(struct iw_sa *sa, struct iw_py_value *table)
{
	GPtrArray *texts = iw_arena_ptr_array(sa->arena);
	for (guint i = 1; i < table->items->len; i++) {
		struct iw_py_value *item = table->items->pdata[i], *ignored = NULL;
		const char *name = item->kind == IW_PY_CALL ? iw_sa_column_of(sa, item, &ignored) : NULL;
		if (name != NULL)
			g_ptr_array_add(texts, iw_arena_printf(sa->arena, "%s.%s", table_text(sa, table),
							       iw_sa_quote(sa, name)));
	}
	return iw_sa_join(sa, texts, ", ");
}

static void append_list(struct iw_sa *sa, GString *out, const char *words, const GPtrArray *values)
{
	for (guint i = 0; i < values->len; i++)
		g_string_append_printf(out, "%s%s", i == 0 ? words : ", ",
				       iw_sa_expression(sa, values->pdata[i], IW_SA_TABLES));
}

static const char *select_text(struct iw_sa *sa, const struct chain *chain)
{
	GPtrArray *tables = iw_arena_ptr_array(sa->arena);
	g_autoptr(GString) out = g_string_new(chain->is_distinct ? "SELECT DISTINCT " : "SELECT ");
	struct iw_py_value *only = chain->columns->len == 1 ? chain->columns->pdata[0] : chain->table;
	if (chain->table != NULL || (only != NULL && iw_sa_as_table(sa, only) != NULL)) {
		g_string_append(out, all_columns(sa, only));
		add_table(sa, tables, only);
	} else {
		g_string_append(out, select_columns(sa, chain, tables));
	}
	for (guint i = 0; i < chain->from->len; i++) {
		struct iw_py_value *from = chain->from->pdata[i];
		if (iw_sa_as_table(sa, from) == NULL)
			return iw_sa_fail(sa, "a join in select_from()");
		add_table(sa, tables, from);
	}
	for (guint i = 0; i < chain->where->len; i++)
		find_tables(sa, tables, chain->where->pdata[i], 0);
	if (tables->len > 0)
		g_string_append_printf(out, " FROM %s", iw_sa_join(sa, tables, ", "));
	g_string_append(out, where_text(sa, chain));
	append_list(sa, out, " GROUP BY ", chain->group);
	append_list(sa, out, " ORDER BY ", chain->order);
	if (chain->limit != NULL)
		g_string_append_printf(out, " LIMIT %s", iw_sa_literal(sa, chain->limit, NULL));
	if (chain->offset != NULL)
		g_string_append_printf(out, " OFFSET %s", iw_sa_literal(sa, chain->offset, NULL));
	else if (chain->limit != NULL && sa->engine.dialect == IW_SQLITE)
		g_string_append(out, " OFFSET 0");
	return iw_arena_strdup(sa->arena, out->str);
}

bool iw_sa_is_select(struct iw_sa *sa, struct iw_py_value *value)
{
	struct chain chain;
	return read_chain(sa, value, &chain) && chain.verb == SELECT;
}

const char *iw_sa_select(struct iw_sa *sa, struct iw_py_value *value)
{
	struct chain chain;
	if (!read_chain(sa, value, &chain) || chain.verb != SELECT)
		return iw_sa_fail(sa, "%s is no select() that is known", iw_py_repr(sa->python, value));
	if (chain.unknown != NULL)
		return iw_sa_fail(sa, "select().%s() is not known", chain.unknown);
	return select_text(sa, &chain);
}

/* CreateSchema("s"), DropSequence(Sequence("q")): the DDL elements that migrations execute; NULL: none of these. */
static const char *ddl_text(struct iw_sa *sa, struct iw_py_value *value)
{
	static const struct {
		const char *class, *words, *condition;
	} elements[] = {{"CreateSchema", "CREATE SCHEMA", "if_not_exists"},
			{"DropSchema", "DROP SCHEMA", "if_exists"},
			{"CreateSequence", "CREATE SEQUENCE", "if_not_exists"},
			{"DropSequence", "DROP SEQUENCE", "if_exists"}};
	for (guint i = 0; i < G_N_ELEMENTS(elements); i++) {
		struct iw_py_value *element =
			iw_sa_is(sa, value, elements[i].class) ? iw_sa_given(value, 0, "name") : NULL;
		if (element == NULL)
			continue;
		bool is_sequence = iw_sa_is(sa, element, "Sequence"), is_creation = elements[i].words[0] == 'C';
		const char *name = iw_sa_text(sa, is_sequence ? iw_sa_given(element, 0, "name") : element);
		const char *schema = is_sequence ? iw_sa_text(sa, iw_sa_given(element, -1, "schema")) : NULL;
		bool is_conditional = iw_sa_truth(sa, iw_sa_given(value, -1, elements[i].condition), 0) == 1;
		bool cascades = iw_sa_truth(sa, iw_sa_given(value, -1, "cascade"), 0) == 1;
		const char *options = is_sequence && is_creation ? iw_sa_sequence_options(sa, element) : "";
		return iw_arena_printf(sa->arena, "%s %s%s%s%s%s", elements[i].words,
				       !is_conditional ? ""
				       : is_creation   ? "IF NOT EXISTS "
						       : "IF EXISTS ",
				       iw_sa_table_name(sa, schema, name == NULL ? "" : name),
				       *options == '\0' ? "" : " ", options, cascades ? " CASCADE" : "");
	}
	return NULL;
}

const char *iw_sa_statement(struct iw_sa *sa, struct iw_py_value *value, const struct iw_py_value *values)
{
	if (iw_sa_unknown(sa, value))
		return "";
	const char *ddl = ddl_text(sa, value);
	if (ddl != NULL)
		return ddl;
	if (value->kind == IW_PY_STRING)
		return iw_sa_literal_text(sa, value->text, values);
	if (iw_sa_is(sa, value, "text")) {
		const char *text = iw_sa_text(sa, iw_sa_given(value, 0, "text"));
		return text == NULL ? "" : iw_sa_literal_text(sa, text, values);
	}
	const char *method = NULL;
	struct iw_py_value *of = iw_sa_method(value, &method);
	if (of != NULL && (strcmp(method, "columns") == 0 || strcmp(method, "execution_options") == 0))
		return iw_sa_statement(sa, of, values);
	struct chain chain;
	if (!read_chain(sa, value, &chain))
		return iw_sa_expression(sa, value, IW_SA_TABLES);
	if (values != NULL && values->kind == IW_PY_DICT && values->items->len > 0) {
		if (chain.verb != INSERT || chain.values->len > 0)
			return iw_sa_fail(sa, "parameters of a Core statement");
		g_ptr_array_add(chain.values, (gpointer)values);
	}
	if (chain.unknown != NULL)
		return iw_sa_fail(sa, "%s() of a Core statement is not known", chain.unknown);
	switch (chain.verb) {
	case INSERT:
		return insert_text(sa, &chain);
	case UPDATE:
		return update_text(sa, &chain);
	case DELETE:
		return delete_text(sa, &chain);
	case SELECT:
		return select_text(sa, &chain);
	case NO_VERB:
		break;
	}
	return "";
}
