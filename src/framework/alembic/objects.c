/*
 * Columns, constraints, indexes and tables out of the values of the Python reader; see sqlalchemy.h. As
 * sqlalchemy/sql/schema.py puts them together.
 */
#include "framework/alembic/sqlalchemy.h"

#include <string.h>

static bool is_sequence(const struct iw_py_value *value)
{
	return value->kind == IW_PY_LIST || value->kind == IW_PY_TUPLE;
}

struct iw_sa_constraint *iw_sa_constraint_new(struct iw_sa *sa, enum iw_sa_kind kind)
{
	struct iw_sa_constraint *constraint = iw_new(sa->arena, struct iw_sa_constraint);
	*constraint = (struct iw_sa_constraint){.kind = kind, .deferrable = -1};
	constraint->columns = iw_arena_ptr_array(sa->arena);
	constraint->remote_columns = iw_arena_ptr_array(sa->arena);
	return constraint;
}

const char *iw_sa_dialect_name(const struct iw_sa *sa)
{
	static const char *const names[] = {[IW_POSTGRES] = "postgresql", [IW_MYSQL] = "mysql", [IW_SQLITE] = "sqlite"};
	return sa->is_mariadb_url ? "mariadb" : names[sa->engine.dialect];
}

struct iw_py_value *iw_sa_option(struct iw_sa *sa, const struct iw_py_value *call, const char *name)
{
	return call == NULL ? NULL
			    : iw_sa_given(call, -1, iw_arena_printf(sa->arena, "%s_%s", iw_sa_dialect_name(sa), name));
}

static void read_timing(struct iw_sa *sa, struct iw_sa_constraint *constraint, const struct iw_py_value *call)
{
	constraint->deferrable = iw_sa_truth(sa, iw_sa_given(call, -1, "deferrable"), -1);
	constraint->initially = iw_sa_text(sa, iw_sa_given(call, -1, "initially"));
	constraint->is_not_valid = iw_sa_truth(sa, iw_sa_option(sa, call, "not_valid"), 0) == 1;
}

static void read_actions(struct iw_sa *sa, struct iw_sa_constraint *constraint, const struct iw_py_value *call)
{
	constraint->on_delete = iw_sa_text(sa, iw_sa_given(call, -1, "ondelete"));
	constraint->on_update = iw_sa_text(sa, iw_sa_given(call, -1, "onupdate"));
	constraint->match = iw_sa_text(sa, iw_sa_given(call, -1, "match"));
	constraint->is_alter = iw_sa_truth(sa, iw_sa_given(call, -1, "use_alter"), 0) == 1;
	read_timing(sa, constraint, call);
}

/* "s.t.c": the last is the column, the one before it the table, the rest the schema. */
static void add_target(struct iw_sa *sa, struct iw_sa_constraint *constraint, const char *target)
{
	const char *last = strrchr(target, '.');
	if (last == NULL) {
		iw_sa_fail(sa, "the foreign key names no column of \"%s\"", target);
		return;
	}
	const char *table = iw_arena_strndup(sa->arena, target, (size_t)(last - target));
	const char *dot = strrchr(table, '.');
	constraint->remote_table = dot == NULL ? table : dot + 1;
	constraint->remote_schema = dot == NULL ? NULL : iw_arena_strndup(sa->arena, table, (size_t)(dot - table));
	g_ptr_array_add(constraint->remote_columns, (gpointer)(last + 1));
}

/* The target may be the column itself: table.c.id */
static void read_target(struct iw_sa *sa, struct iw_sa_constraint *constraint, struct iw_py_value *value)
{
	struct iw_py_value *table = NULL;
	const char *column = value == NULL ? NULL : iw_sa_column_of(sa, value, &table);
	table = table == NULL ? NULL : iw_sa_as_table(sa, table);
	if (column != NULL && table != NULL) {
		constraint->remote_table = iw_sa_text(sa, iw_sa_given(table, 0, "name"));
		constraint->remote_schema = iw_sa_text(sa, iw_sa_given(table, -1, "schema"));
		g_ptr_array_add(constraint->remote_columns, (gpointer)column);
		return;
	}
	const char *text = iw_sa_text(sa, value);
	if (text != NULL)
		add_target(sa, constraint, text);
}

static struct iw_sa_constraint *foreign_key_of_column(struct iw_sa *sa, struct iw_py_value *call, const char *own)
{
	struct iw_sa_constraint *constraint = iw_sa_constraint_new(sa, IW_SA_FOREIGN);
	g_ptr_array_add(constraint->columns, (gpointer)own);
	constraint->name = iw_sa_name(sa, iw_sa_given(call, -1, "name"));
	constraint->value = call;
	read_target(sa, constraint, iw_sa_given(call, 0, "column"));
	read_actions(sa, constraint, call);
	return constraint;
}

static void read_foreign_key(struct iw_sa *sa, struct iw_sa_constraint *constraint, struct iw_py_value *call)
{
	constraint->columns = iw_sa_texts(sa, iw_sa_given(call, 0, "columns"));
	struct iw_py_value *targets = iw_sa_given(call, 1, "refcolumns");
	if (iw_sa_given(call, 2, "name") != NULL)
		constraint->name = iw_sa_name(sa, iw_sa_given(call, 2, "name"));
	if (targets == NULL || !is_sequence(targets) || targets->items->len != constraint->columns->len) {
		if (!iw_sa_unknown(sa, targets))
			iw_sa_fail(sa, "the columns of the foreign key and those it refers to are not as many");
		return;
	}
	for (guint i = 0; i < targets->items->len; i++)
		read_target(sa, constraint, targets->items->pdata[i]);
	read_actions(sa, constraint, call);
}

/* Strings, or columns themselves. */
static void read_columns(struct iw_sa *sa, struct iw_sa_constraint *constraint, const struct iw_py_value *call)
{
	for (guint i = 0; i < call->items->len; i++) {
		struct iw_py_value *item = call->items->pdata[i], *table = NULL;
		const char *column = item->kind == IW_PY_STRING ? item->text : iw_sa_column_of(sa, item, &table);
		if (column == NULL)
			column = iw_sa_text(sa, item);
		if (column != NULL)
			g_ptr_array_add(constraint->columns, (gpointer)column);
	}
}

struct iw_sa_constraint *iw_sa_constraint(struct iw_sa *sa, struct iw_py_value *value)
{
	static const struct {
		const char *name;
		enum iw_sa_kind kind;
	} classes[] = {
		{"PrimaryKeyConstraint", IW_SA_PRIMARY}, {"UniqueConstraint", IW_SA_UNIQUE},
		{"ForeignKeyConstraint", IW_SA_FOREIGN}, {"CheckConstraint", IW_SA_CHECK},
		{"ExcludeConstraint", IW_SA_EXCLUDE},
	};
	for (guint i = 0; value->kind == IW_PY_CALL && i < G_N_ELEMENTS(classes); i++) {
		if (!iw_sa_is(sa, value, classes[i].name))
			continue;
		struct iw_sa_constraint *constraint = iw_sa_constraint_new(sa, classes[i].kind);
		constraint->value = value;
		constraint->name = iw_sa_name(sa, iw_sa_given(value, -1, "name"));
		read_timing(sa, constraint, value);
		if (constraint->kind == IW_SA_FOREIGN)
			read_foreign_key(sa, constraint, value);
		else if (constraint->kind == IW_SA_CHECK)
			constraint->check = iw_sa_expression(sa, iw_sa_given(value, 0, "sqltext"), 0);
		else if (constraint->kind != IW_SA_EXCLUDE)
			read_columns(sa, constraint, value);
		return constraint;
	}
	return NULL;
}

struct iw_sa_index *iw_sa_index(struct iw_sa *sa, struct iw_py_value *value)
{
	if (value->kind != IW_PY_CALL || !iw_sa_is(sa, value, "Index"))
		return NULL;
	struct iw_sa_index *index = iw_new(sa->arena, struct iw_sa_index);
	index->value = value;
	index->name = iw_sa_name(sa, iw_sa_given(value, 0, "name"));
	index->is_unique = iw_sa_truth(sa, iw_sa_given(value, -1, "unique"), 0) == 1;
	index->keys = iw_arena_ptr_array(sa->arena);
	for (guint i = 1; i < value->items->len; i++)
		g_ptr_array_add(index->keys, value->items->pdata[i]);
	return index;
}

/* columns ---------------------------------------------------------------------------------------------------------- */

static void read_item(struct iw_sa *sa, struct iw_sa_column *column, struct iw_py_value *item)
{
	static const char *const defaults[] = {"FetchedValue", "DefaultClause"};
	if (iw_sa_is(sa, item, "ForeignKey")) {
		g_ptr_array_add(column->foreign_keys, foreign_key_of_column(sa, item, column->name));
	} else if (iw_sa_is(sa, item, "CheckConstraint")) {
		g_ptr_array_add(column->checks, iw_sa_constraint(sa, item));
	} else if (iw_sa_is(sa, item, "Computed")) {
		column->computed = item;
	} else if (iw_sa_is(sa, item, "Identity")) {
		column->identity = item;
	} else if (iw_sa_is(sa, item, "Sequence")) {
		column->has_sequence = iw_sa_truth(sa, iw_sa_given(item, -1, "optional"), 0) != 1;
	} else if (iw_sa_is(sa, item, defaults[0])) {
		return;
	} else if (iw_sa_is(sa, item, defaults[1])) {
		column->server_default = iw_sa_given(item, 0, "arg");
	} else if (item->kind != IW_PY_NONE && !iw_sa_unknown(sa, item)) {
		iw_sa_fail(sa, "%s is no part of a column that is known", iw_py_repr(sa->python, item));
	}
}

static void read_default(struct iw_sa *sa, struct iw_sa_column *column, const struct iw_py_value *call)
{
	struct iw_py_value *value = iw_sa_given(call, -1, "server_default");
	if (value == NULL)
		return;
	if (iw_sa_is(sa, value, "Computed"))
		column->computed = value;
	else if (iw_sa_is(sa, value, "Identity"))
		column->identity = value;
	else if (iw_sa_is(sa, value, "DefaultClause"))
		column->server_default = iw_sa_given(value, 0, "arg");
	else if (!iw_sa_is(sa, value, "FetchedValue"))
		column->server_default = value;
}

static void read_autoincrement(struct iw_sa *sa, struct iw_sa_column *column, const struct iw_py_value *call)
{
	struct iw_py_value *value = iw_sa_given(call, -1, "autoincrement");
	column->autoincrement = -1;
	if (value != NULL && value->kind == IW_PY_STRING)
		column->autoincrement = strcmp(value->text, "ignore_fk") == 0 ? -2 : -1;
	else if (value != NULL)
		column->autoincrement = iw_sa_truth(sa, value, 0);
}

static void read_flags(struct iw_sa *sa, struct iw_sa_column *column, const struct iw_py_value *call)
{
	column->is_primary = iw_sa_truth(sa, iw_sa_given(call, -1, "primary_key"), 0) == 1;
	column->nullable = iw_sa_truth(sa, iw_sa_given(call, -1, "nullable"), -1);
	column->has_index = iw_sa_truth(sa, iw_sa_given(call, -1, "index"), 0) == 1;
	column->is_unique = iw_sa_truth(sa, iw_sa_given(call, -1, "unique"), 0) == 1;
	column->is_system = iw_sa_truth(sa, iw_sa_given(call, -1, "system"), 0) == 1;
	column->is_name_forced = iw_sa_truth(sa, iw_sa_given(call, -1, "quote"), 0) == 1;
	const struct iw_py_value *given = iw_sa_given(call, -1, "default");
	if (given != NULL && given->kind == IW_PY_CALL && iw_sa_is(sa, given, "Sequence"))
		column->has_sequence = true;
	else
		column->has_default = given != NULL;
	struct iw_py_value *comment = iw_sa_given(call, -1, "comment");
	column->comment = comment == NULL ? NULL : iw_sa_text(sa, comment);
}

/* A type comes as a CALL or a class; items of a schema are calls of other classes. */
static bool is_item(struct iw_sa *sa, const struct iw_py_value *value)
{
	static const char *const names[] = {"ForeignKey", "CheckConstraint", "Computed",     "Identity",
					    "Sequence",	  "FetchedValue",    "DefaultClause"};
	for (guint i = 0; value->kind == IW_PY_CALL && i < G_N_ELEMENTS(names); i++)
		if (iw_sa_is(sa, value, names[i]))
			return true;
	return value->kind == IW_PY_NONE;
}

struct iw_sa_column *iw_sa_column(struct iw_sa *sa, struct iw_py_value *value)
{
	struct iw_sa_column *column = iw_new(sa->arena, struct iw_sa_column);
	column->value = value;
	column->foreign_keys = iw_arena_ptr_array(sa->arena);
	column->checks = iw_arena_ptr_array(sa->arena);
	if (value->kind != IW_PY_CALL || (!iw_sa_is(sa, value, "Column") && !iw_sa_is(sa, value, "column"))) {
		if (!iw_sa_unknown(sa, value))
			iw_sa_fail(sa, "%s is no column that is known", iw_py_repr(sa->python, value));
		return column;
	}
	guint at = 0;
	struct iw_py_value *name = iw_sa_given(value, -1, "name");
	if (name == NULL && value->items->len > 0)
		name = value->items->pdata[at++];
	struct iw_sa_name parsed = name == NULL ? (struct iw_sa_name){0} : iw_sa_name(sa, name);
	column->name = parsed.text;
	if (column->name == NULL)
		return iw_sa_fail(sa, "the column has no name"), column;
	column->type_value = iw_sa_given(value, -1, "type_");
	if (column->type_value == NULL && value->items->len > at && !is_item(sa, value->items->pdata[at]))
		column->type_value = value->items->pdata[at++];
	read_flags(sa, column, value);
	column->is_name_forced |= parsed.is_forced;
	read_autoincrement(sa, column, value);
	for (; at < value->items->len; at++)
		read_item(sa, column, value->items->pdata[at]);
	read_default(sa, column, value);
	if (column->type_value != NULL)
		column->type = iw_sa_type(sa, column->type_value);
	else if (column->foreign_keys->len > 0)
		iw_sa_fail(sa, "the type of column \"%s\" is that of another table", column->name);
	else
		iw_sa_fail(sa, "column \"%s\" has no type", column->name);
	return column;
}

struct iw_sa_column *iw_sa_find_column(const struct iw_sa_table *table, const char *name)
{
	for (guint i = 0; i < table->columns->len; i++) {
		struct iw_sa_column *column = table->columns->pdata[i];
		if (column->name != NULL && strcmp(column->name, name) == 0)
			return column;
	}
	return NULL;
}

/* tables ----------------------------------------------------------------------------------------------------------- */

static void settle_primary(struct iw_sa *sa, struct iw_sa_table *table)
{
	bool named = table->primary != NULL && table->primary->columns->len > 0;
	if (table->primary == NULL) {
		table->primary = iw_sa_constraint_new(sa, IW_SA_PRIMARY);
		table->primary->is_implicit = true;
	}
	for (guint i = 0; i < table->columns->len; i++) {
		struct iw_sa_column *column = table->columns->pdata[i];
		if (!named && column->is_primary)
			g_ptr_array_add(table->primary->columns, (gpointer)column->name);
	}
	for (guint i = 0; named && i < table->primary->columns->len; i++) {
		struct iw_sa_column *column = iw_sa_find_column(table, table->primary->columns->pdata[i]);
		if (column != NULL)
			column->is_primary = true;
	}
	for (guint i = 0; i < table->columns->len; i++) {
		struct iw_sa_column *column = table->columns->pdata[i];
		if (column->nullable < 0)
			column->nullable = !column->is_primary && column->identity == NULL;
	}
	const struct iw_sa_column *own = table->primary->is_implicit ? iw_sa_autoincrement(sa, table) : NULL;
	if (own != NULL && g_ptr_array_remove(table->primary->columns, (gpointer)own->name))
		g_ptr_array_insert(table->primary->columns, 0, (gpointer)own->name);
}

/* The CHECK that an enumeration or a Boolean brings. */
static void attach_type(struct iw_sa *sa, struct iw_sa_table *table, const struct iw_sa_column *column)
{
	const struct iw_sa_type *type = column->type;
	if (type == NULL || !type->creates_constraint)
		return;
	struct iw_sa_constraint *constraint = iw_sa_constraint_new(sa, IW_SA_CHECK);
	constraint->is_bound_to_type = true;
	constraint->name = type->name;
	g_ptr_array_add(constraint->columns, (gpointer)column->name);
	g_autoptr(GString) text = g_string_new(iw_sa_quote(sa, column->name));
	g_string_append(text, " IN (");
	for (guint i = 0; type->is_enum && i < type->labels->len; i++)
		g_string_append_printf(text, "%s%s", i > 0 ? ", " : "", iw_sa_quote_text(sa, type->labels->pdata[i]));
	g_string_append(text, type->is_enum ? ")" : "0, 1)");
	constraint->check = iw_arena_strdup(sa->arena, text->str);
	g_ptr_array_add(table->constraints, constraint);
}

static void attach_column(struct iw_sa *sa, struct iw_sa_table *table, const struct iw_sa_column *column)
{
	if (column->has_index) {
		struct iw_sa_index *index = iw_new(sa->arena, struct iw_sa_index);
		index->is_unique = column->is_unique;
		index->keys = iw_arena_ptr_array(sa->arena);
		g_ptr_array_add(index->keys, iw_py_new_string(sa->python, column->name));
		g_ptr_array_add(table->indexes, index);
	} else if (column->is_unique) {
		struct iw_sa_constraint *unique = iw_sa_constraint_new(sa, IW_SA_UNIQUE);
		g_ptr_array_add(unique->columns, (gpointer)column->name);
		g_ptr_array_add(table->constraints, unique);
	}
	attach_type(sa, table, column);
	for (guint i = 0; i < column->foreign_keys->len; i++)
		g_ptr_array_add(table->constraints, column->foreign_keys->pdata[i]);
}

void iw_sa_table_attach(struct iw_sa *sa, struct iw_sa_table *table)
{
	settle_primary(sa, table);
	for (guint i = 0; i < table->columns->len; i++)
		attach_column(sa, table, table->columns->pdata[i]);
	for (guint i = 0; i < table->indexes->len; i++) {
		struct iw_sa_index *index = table->indexes->pdata[i];
		index->schema = table->schema;
		index->table = table->name;
	}
}

static void add_item(struct iw_sa *sa, struct iw_sa_table *table, struct iw_py_value *item)
{
	if (item->kind == IW_PY_LIST || item->kind == IW_PY_TUPLE) {
		iw_sa_fail(sa, "a list is no part of a table");
		return;
	}
	if (item->kind == IW_PY_CALL && iw_sa_is(sa, item, "Column")) {
		g_ptr_array_add(table->columns, iw_sa_column(sa, item));
		return;
	}
	struct iw_sa_index *index = iw_sa_index(sa, item);
	struct iw_sa_constraint *constraint = index == NULL ? iw_sa_constraint(sa, item) : NULL;
	if (index != NULL)
		g_ptr_array_add(table->indexes, index);
	else if (constraint != NULL && constraint->kind == IW_SA_PRIMARY)
		table->primary = constraint;
	else if (constraint != NULL)
		g_ptr_array_add(table->constraints, constraint);
	else if (item->kind != IW_PY_NONE && !iw_sa_unknown(sa, item))
		iw_sa_fail(sa, "%s is no part of a table that is known", iw_py_repr(sa->python, item));
}

struct iw_sa_table *iw_sa_table(struct iw_sa *sa, const char *schema, const char *name, GPtrArray *items)
{
	struct iw_sa_table *table = iw_new(sa->arena, struct iw_sa_table);
	*table = (struct iw_sa_table){.schema = schema, .name = name};
	table->columns = iw_arena_ptr_array(sa->arena);
	table->constraints = iw_arena_ptr_array(sa->arena);
	table->indexes = iw_arena_ptr_array(sa->arena);
	table->prefixes = iw_arena_ptr_array(sa->arena);
	for (guint i = 0; i < items->len; i++)
		add_item(sa, table, items->pdata[i]);
	iw_sa_table_attach(sa, table);
	return table;
}

static bool refers(const struct iw_sa_table *table, const struct iw_sa_column *column)
{
	if (column->foreign_keys->len > 0)
		return true;
	for (guint i = 0; i < table->constraints->len; i++) {
		const struct iw_sa_constraint *constraint = table->constraints->pdata[i];
		for (guint j = 0; constraint->kind == IW_SA_FOREIGN && j < constraint->columns->len; j++)
			if (strcmp(constraint->columns->pdata[j], column->name) == 0)
				return true;
	}
	return false;
}

/* May it number itself without being told to? */
static bool is_numbered(const struct iw_sa *sa, const struct iw_sa_table *table, const struct iw_sa_column *column)
{
	bool is_numeric = column->type != NULL && column->type->affinity == IW_SA_NUMERIC && sa->version < 201;
	if (!is_numeric && (column->type == NULL || column->type->affinity != IW_SA_INTEGER))
		return false;
	if (column->has_default || column->server_default != NULL || column->computed != NULL ||
	    column->default_text != NULL)
		return false;
	return column->autoincrement == -2 || !refers(table, column);
}

const struct iw_sa_column *iw_sa_autoincrement(struct iw_sa *sa, const struct iw_sa_table *table)
{
	const GPtrArray *names = table->primary == NULL ? NULL : table->primary->columns;
	if (names == NULL || names->len == 0)
		return NULL;
	if (names->len == 1) {
		const struct iw_sa_column *column = iw_sa_find_column(table, names->pdata[0]);
		if (column == NULL || column->autoincrement == 0)
			return NULL;
		return column->autoincrement == 1 || is_numbered(sa, table, column) ? column : NULL;
	}
	for (guint i = 0; i < names->len; i++) {
		const struct iw_sa_column *column = iw_sa_find_column(table, names->pdata[i]);
		if (column != NULL && column->autoincrement == 1)
			return column;
	}
	return NULL;
}
