/*
 * What migrations ask of the database, answered from the migrations before them: inspectors, dialects; see render.h.
 * The values are of the shapes that sqlalchemy/engine/reflection.py documents.
 */
#include "framework/alembic/render.h"

#include <string.h>

static const char NOTE[] = "what it asks of the catalogue is answered from the migrations before it";

static struct iw_py_value *text_value(iw_py *python, const char *text)
{
	return text == NULL ? iw_py_new_none(python) : iw_py_new_string(python, text);
}

static struct iw_py_value *texts_value(iw_py *python, const GPtrArray *texts)
{
	struct iw_py_value *list = iw_py_new_list(python, IW_PY_LIST);
	for (guint i = 0; texts != NULL && i < texts->len; i++)
		g_ptr_array_add(list->items, iw_py_new_string(python, texts->pdata[i]));
	return list;
}

static void set(iw_py *python, struct iw_py_value *dict, const char *key, struct iw_py_value *value)
{
	iw_py_dict_set(python, dict, iw_py_new_string(python, key), value);
}

/* Columns of keys; None for expressions. */
static struct iw_py_value *keys_value(iw_py *python, const GPtrArray *keys)
{
	struct iw_py_value *list = iw_py_new_list(python, IW_PY_LIST);
	for (guint i = 0; keys != NULL && i < keys->len; i++)
		g_ptr_array_add(list->items, text_value(python, ((struct iw_key *)keys->pdata[i])->column));
	return list;
}

static struct iw_py_value *column_value(struct run *run, const struct iw_column *column)
{
	iw_py *python = run->sa.python;
	struct iw_py_value *dict = iw_py_new_dict(python);
	set(python, dict, "name", text_value(python, column->name));
	set(python, dict, "type", iw_py_new_unknown(python, run->place, "asks the live catalogue for a type"));
	set(python, dict, "nullable", iw_py_new_boolean(python, !column->not_null));
	set(python, dict, "default",
	    text_value(python, column->default_value == NULL ? NULL : column->default_value->text));
	set(python, dict, "comment", text_value(python, column->comment));
	return dict;
}

static struct iw_py_value *index_value(struct run *run, const struct iw_index *index)
{
	iw_py *python = run->sa.python;
	struct iw_py_value *dict = iw_py_new_dict(python);
	set(python, dict, "name", text_value(python, index->name));
	set(python, dict, "column_names", keys_value(python, index->keys));
	set(python, dict, "unique", iw_py_new_boolean(python, index->is_unique));
	return dict;
}

static struct iw_py_value *constraint_value(struct run *run, const struct iw_constraint *constraint)
{
	iw_py *python = run->sa.python;
	struct iw_py_value *dict = iw_py_new_dict(python);
	set(python, dict, "name", text_value(python, constraint->name));
	if (constraint->kind == IW_FOREIGN_KEY) {
		set(python, dict, "constrained_columns", texts_value(python, constraint->columns));
		set(python, dict, "referred_table", text_value(python, constraint->references.name));
		set(python, dict, "referred_schema", text_value(python, constraint->references.schema));
		set(python, dict, "referred_columns", texts_value(python, constraint->referenced_columns));
		set(python, dict, "options", iw_py_new_dict(python));
	} else if (constraint->kind == IW_CHECK) {
		set(python, dict, "sqltext",
		    text_value(python, constraint->check == NULL ? NULL : constraint->check->text));
	} else {
		bool is_primary = constraint->kind == IW_PRIMARY_KEY;
		set(python, dict, is_primary ? "constrained_columns" : "column_names",
		    keys_value(python, constraint->keys));
	}
	return dict;
}

static struct iw_py_value *constraints_value(struct run *run, const struct iw_table *table,
					     enum iw_constraint_kind kind)
{
	struct iw_py_value *list = iw_py_new_list(run->sa.python, IW_PY_LIST);
	for (guint i = 0; i < table->constraints->len; i++) {
		const struct iw_constraint *constraint = table->constraints->pdata[i];
		if (constraint->kind == kind)
			g_ptr_array_add(list->items, constraint_value(run, constraint));
	}
	/* MySQL keeps unique keys as indexes only. */
	for (guint i = 0; kind == IW_UNIQUE && run->sa.engine.dialect == IW_MYSQL && i < table->indexes->len; i++) {
		const struct iw_index *index = table->indexes->pdata[i];
		if (index->is_unique && index->constraint == NULL)
			g_ptr_array_add(list->items, index_value(run, index));
	}
	return list;
}

static struct iw_py_value *indexes_value(struct run *run, const struct iw_table *table)
{
	struct iw_py_value *list = iw_py_new_list(run->sa.python, IW_PY_LIST);
	for (guint i = 0; i < table->indexes->len; i++) {
		const struct iw_index *index = table->indexes->pdata[i];
		bool is_hidden = index->constraint != NULL &&
				 (run->sa.engine.dialect != IW_POSTGRES || strcmp(index->constraint, "PRIMARY") == 0);
		const struct iw_constraint *primary = iw_table_primary_key(table);
		if (primary != NULL && index->constraint != NULL && g_strcmp0(primary->name, index->constraint) == 0)
			is_hidden = true;
		if (!is_hidden)
			g_ptr_array_add(list->items, index_value(run, index));
	}
	return list;
}

static struct iw_py_value *columns_value(struct run *run, const struct iw_table *table)
{
	struct iw_py_value *list = iw_py_new_list(run->sa.python, IW_PY_LIST);
	for (guint i = 0; i < table->columns->len; i++)
		g_ptr_array_add(list->items, column_value(run, table->columns->pdata[i]));
	return list;
}

static struct iw_py_value *names_value(struct run *run, const iw_schema *schema, const char *of, bool views)
{
	struct iw_py_value *list = iw_py_new_list(run->sa.python, IW_PY_LIST);
	for (guint i = 0; i < schema->tables->len; i++) {
		const struct iw_table *table = schema->tables->pdata[i];
		const char *own = table->name.schema;
		bool is_here = of == NULL ? own == NULL || g_strcmp0(own, schema->default_schema) == 0
					  : g_strcmp0(own == NULL ? schema->default_schema : own, of) == 0;
		bool is_view = table->kind == IW_VIEW || table->kind == IW_MATERIALIZED_VIEW;
		if (is_here && is_view == views)
			g_ptr_array_add(list->items, iw_py_new_string(run->sa.python, table->name.name));
	}
	return list;
}

static struct iw_py_value *enums_value(struct run *run, const iw_schema *schema)
{
	iw_py *python = run->sa.python;
	struct iw_py_value *list = iw_py_new_list(python, IW_PY_LIST);
	for (guint i = 0; i < schema->enums->len; i++) {
		const struct iw_enum *type = schema->enums->pdata[i];
		struct iw_py_value *dict = iw_py_new_dict(python);
		set(python, dict, "name", text_value(python, type->name.name));
		set(python, dict, "schema",
		    text_value(python, type->name.schema == NULL ? schema->default_schema : type->name.schema));
		set(python, dict, "labels", texts_value(python, type->values));
		g_ptr_array_add(list->items, dict);
	}
	return list;
}

/* Questions about one table, by name. */
static struct iw_py_value *table_answer(struct run *run, const char *method, const struct iw_table *table)
{
	if (strcmp(method, "get_columns") == 0)
		return columns_value(run, table);
	if (strcmp(method, "get_indexes") == 0)
		return indexes_value(run, table);
	if (strcmp(method, "get_foreign_keys") == 0)
		return constraints_value(run, table, IW_FOREIGN_KEY);
	if (strcmp(method, "get_unique_constraints") == 0)
		return constraints_value(run, table, IW_UNIQUE);
	if (strcmp(method, "get_check_constraints") == 0)
		return constraints_value(run, table, IW_CHECK);
	const struct iw_constraint *primary = iw_table_primary_key(table);
	if (primary != NULL)
		return constraint_value(run, primary);
	struct iw_py_value *dict = iw_py_new_dict(run->sa.python);
	set(run->sa.python, dict, "name", iw_py_new_none(run->sa.python));
	set(run->sa.python, dict, "constrained_columns", iw_py_new_list(run->sa.python, IW_PY_LIST));
	return dict;
}

static bool asks_about_table(const char *method)
{
	static const char *const names[] = {"get_columns",	     "get_indexes",
					    "get_foreign_keys",	     "get_unique_constraints",
					    "get_check_constraints", "get_pk_constraint"};
	for (guint i = 0; i < G_N_ELEMENTS(names); i++)
		if (strcmp(names[i], method) == 0)
			return true;
	return false;
}

/* dialect.has_table(connection, "t") has the connection first. */
static int first_argument(const struct iw_py_value *call)
{
	const struct iw_py_value *first = call->items->len > 0 ? call->items->pdata[0] : NULL;
	return first != NULL && first->kind != IW_PY_STRING ? 1 : 0;
}

static struct iw_py_value *answer(struct run *run, const struct iw_py_value *call, const char *method,
				  const iw_schema *schema)
{
	iw_py *python = run->sa.python;
	if (strcmp(method, "get_table_names") == 0 || strcmp(method, "get_view_names") == 0)
		return names_value(run, schema, iw_sa_text(&run->sa, iw_sa_given(call, 0, "schema")),
				   strcmp(method, "get_view_names") == 0);
	if (strcmp(method, "get_enums") == 0)
		return enums_value(run, schema);
	int at = first_argument(call);
	struct iw_py_value *table_value = iw_sa_given(call, at, "table_name");
	const struct iw_name name = {.schema = iw_sa_text(&run->sa, iw_sa_given(call, at + 1, "schema")),
				     .name = iw_sa_text(&run->sa, table_value)};
	if (name.name == NULL)
		return iw_py_new_unknown(python, run->place, "asks the live catalogue");
	const struct iw_table *table = iw_schema_find_table(schema, name);
	if (strcmp(method, "has_table") == 0)
		return iw_py_new_boolean(python, table != NULL);
	if (table == NULL || table->is_opaque)
		return iw_py_new_unknown(python, run->place,
					 "asks the live catalogue for a table that no migration made");
	return table_answer(run, method, table);
}

struct iw_py_value *iw_alembic_answer(struct run *run, struct iw_py_value *call)
{
	const char *method = NULL, *path = iw_py_path(run->sa.python, call);
	if (iw_sa_method(call, &method) == NULL || path == NULL)
		return NULL;
	bool is_question = strcmp(method, "has_table") == 0 || strcmp(method, "get_table_names") == 0 ||
			   strcmp(method, "get_view_names") == 0 || strcmp(method, "get_enums") == 0 ||
			   asks_about_table(method);
	bool is_asked = strstr(path, "nspect") != NULL || strstr(path, "get_bind") != NULL ||
			strstr(path, ".dialect.") != NULL || strstr(path, "Session") != NULL;
	if (!is_question || !is_asked)
		return NULL;
	const iw_schema *schema = iw_alembic_schema(run);
	if (schema == NULL)
		return iw_py_new_unknown(run->sa.python, run->place, "asks the live catalogue");
	struct iw_py_value *value = answer(run, call, method, schema);
	run->sa.problem = NULL;
	if (!run->is_noted)
		iw_made_note(run->made, "%s", NOTE);
	run->is_noted = true;
	return value;
}

struct iw_py_value *iw_alembic_attribute(struct run *run, struct iw_py_value *attribute)
{
	const char *path = iw_py_path(run->sa.python, attribute);
	if (path == NULL)
		return NULL;
	bool is_database =
		g_str_has_prefix(path, "alembic.") || strstr(path, "Session") != NULL || strstr(path, "nspect") != NULL;
	if (!is_database)
		return NULL;
	if (g_str_has_suffix(path, ".dialect.name") || g_str_has_suffix(path, ".engine.name") ||
	    g_str_has_suffix(path, ".bind.name") || g_str_has_suffix(path, ".__dialect__"))
		return iw_py_new_string(run->sa.python, iw_sa_dialect_name(&run->sa));
	if (g_str_has_suffix(path, ".engine.url")) /* for what it starts with */
		return iw_py_new_string(run->sa.python,
					iw_arena_printf(run->sa.arena, "%s://", iw_sa_dialect_name(&run->sa)));
	if (g_str_has_suffix(path, ".as_sql"))
		return iw_py_new_boolean(run->sa.python, false);
	if (g_str_has_suffix(path, ".is_mariadb"))
		return iw_py_new_boolean(run->sa.python, run->sa.engine.is_mariadb);
	if (g_str_has_suffix(path, ".default_schema_name") && run->sa.engine.dialect == IW_POSTGRES)
		return iw_py_new_string(run->sa.python, run->options->schema == NULL ? "public" : run->options->schema);
	if (g_str_has_suffix(path, ".server_version_info"))
		return iw_py_new_unknown(run->sa.python, run->place, "asks the server for its version");
	return NULL;
}
