/* Statements for indexes, unique constraints and foreign keys; see editor.h. After _create_index_sql(),
 * _create_unique_sql(), _create_fk_sql() and their kin of django/db/backends/base/schema.py. */
#include "framework/django/editor.h"

#include <string.h>

static const char *table_of(struct django_model_ref model)
{
	return model.model->db_table;
}

static bool is_empty(const GPtrArray *list)
{
	return list == NULL || list->len == 0;
}

/* NULL: one of the fields is not known, or has no column. */
static GPtrArray *columns_of(struct django_editor *self, const GPtrArray *fields)
{
	struct django_context *context = self->context;
	GPtrArray *columns = iw_arena_ptr_array(context->arena);
	for (guint i = 0; fields != NULL && i < fields->len; i++) {
		const struct django_field *field = fields->pdata[i];
		if (field->unknown != NULL)
			return iw_django_fail(context, field->place, "%s", field->unknown);
		const char *column = iw_django_column(context, field);
		if (column == NULL)
			return iw_django_fail(context, field->place, "%s has no column", field->name);
		g_ptr_array_add(columns, (gpointer)column);
	}
	return columns;
}

/* tablespaces ------------------------------------------------------------------------------------------------------ */

/* Field.db_tablespace: its own, or the setting. */
static const char *field_tablespace(const struct django_context *context, const struct django_field *field)
{
	return field->db_tablespace != NULL && *field->db_tablespace != '\0'
		       ? field->db_tablespace
		       : iw_django_setting_text(context, "DEFAULT_INDEX_TABLESPACE");
}

static const char *default_tablespace(const struct django_context *context, struct django_model_ref model,
				      const GPtrArray *fields)
{
	const char *name = !is_empty(fields) && fields->len == 1 ? field_tablespace(context, fields->pdata[0]) : NULL;
	if ((name == NULL || *name == '\0') && context->version >= 40000)
		name = iw_django_setting_text(context, "DEFAULT_INDEX_TABLESPACE");
	if (name == NULL || *name == '\0')
		name = model.model->db_tablespace;
	if (name == NULL || *name == '\0')
		name = iw_django_setting_text(context, "DEFAULT_TABLESPACE");
	return name == NULL || *name == '\0' ? NULL : name;
}

/* _get_index_tablespace_sql(); backends without tablespaces keep the blank before it. */
static const char *tablespace_sql(struct django_editor *self, struct django_model_ref model,
				  const struct django_index_request *request)
{
	const struct django_context *context = self->context;
	const char *name = request->db_tablespace != NULL ? request->db_tablespace
							  : default_tablespace(context, model, request->fields);
	if (name == NULL)
		return "";
	if (!self->backend->supports_tablespaces)
		return " ";
	return iw_arena_printf(context->arena, " TABLESPACE %s", iw_django_quote_name(context, name));
}

/* parts ------------------------------------------------------------------------------------------------------------ */

static gpointer item(const GPtrArray *list, guint index)
{
	return list == NULL || index >= list->len ? NULL : list->pdata[index];
}

/* Operator classes and "DESC", as the backend writes them behind a column. NULL: none. */
static GPtrArray *suffixes_of(struct django_editor *self, const struct django_index_request *request)
{
	if (is_empty(request->opclasses) || self->backend->index_column_suffix == NULL)
		return request->suffixes;
	GPtrArray *list = iw_arena_ptr_array(self->context->arena);
	for (guint i = 0; i < request->opclasses->len; i++)
		g_ptr_array_add(list, (gpointer)self->backend->index_column_suffix(self, item(request->suffixes, i),
										   request->opclasses->pdata[i]));
	return list;
}

/* What is indexed: columns, or texts of expressions with the columns that they name. */
static void add_columns(struct django_editor *self, struct django_statement *statement, struct django_model_ref model,
			const struct django_index_request *request, GPtrArray *columns)
{
	if (columns->len > 0) {
		iw_django_statement_columns(self, statement, "columns", table_of(model), columns,
					    suffixes_of(self, request));
		return;
	}
	g_autoptr(GString) text = g_string_new(NULL);
	for (guint i = 0; request->expressions != NULL && i < request->expressions->len; i++)
		g_string_append_printf(text, "%s%s", i == 0 ? "" : ", ", (char *)request->expressions->pdata[i]);
	iw_django_statement_part(self, statement,
				 &(struct django_part){.name = "columns",
						       .kind = DJANGO_EXPRESSIONS_PART,
						       .table = table_of(model),
						       .text = iw_arena_strdup(self->context->arena, text->str),
						       .columns = request->expression_columns});
}

static void add_condition(struct django_editor *self, struct django_statement *statement, const char *condition)
{
	const char *text = condition == NULL || *condition == '\0'
				   ? ""
				   : iw_arena_printf(self->context->arena, " WHERE %s", condition);
	iw_django_statement_text(self, statement, "condition", text);
}

static void add_include(struct django_editor *self, struct django_statement *statement, struct django_model_ref model,
			GPtrArray *include)
{
	if (is_empty(include) || !self->backend->supports_covering_indexes)
		iw_django_statement_text(self, statement, "include", "");
	else
		iw_django_statement_include(self, statement, table_of(model), include);
}

/* indexes ---------------------------------------------------------------------------------------------------------- */

struct django_statement *iw_django_create_index_sql(struct django_editor *self, struct django_model_ref model,
						    const struct django_index_request *request)
{
	const char *template = request->template != NULL ? request->template : self->backend->sql.create_index;
	struct django_statement *statement = iw_django_statement_new(self, template);
	GPtrArray *columns = columns_of(self, request->fields);
	if (columns == NULL)
		return NULL;
	iw_django_statement_table(self, statement, "table", table_of(model));
	iw_django_statement_part(self, statement,
				 &(struct django_part){.name = "name",
						       .kind = DJANGO_INDEX_NAME_PART,
						       .table = table_of(model),
						       .columns = columns,
						       .suffix = request->suffix == NULL ? "" : request->suffix,
						       .text = request->name});
	iw_django_statement_text(self, statement, "using", request->using);
	add_columns(self, statement, model, request, columns);
	const char *extra = request->extra == NULL ? "" : request->extra;
	iw_django_statement_text(
		self, statement, "extra",
		iw_arena_printf(self->context->arena, "%s%s", extra, tablespace_sql(self, model, request)));
	add_condition(self, statement, request->condition);
	add_include(self, statement, model, request->include);
	return statement;
}

struct django_statement *iw_django_delete_index_sql(struct django_editor *self, struct django_model_ref model,
						    const char *name, bool concurrently)
{
	const char *quoted = iw_django_quote_name(self->context, name);
	const char *template =
		concurrently ? "DROP INDEX CONCURRENTLY IF EXISTS %(name)s" : self->backend->sql.delete_index;
	if (self->context->version >= 50100)
		iw_django_deferred_drop_index(self, table_of(model), quoted);
	struct django_statement *statement = iw_django_statement_new(self, template);
	iw_django_statement_table(self, statement, "table", table_of(model));
	iw_django_statement_text(self, statement, "name", quoted);
	return statement;
}

/* unique constraints ----------------------------------------------------------------------------------------------- */

/* On PostgreSQL since 15. */
static bool supports_nulls_distinct(const struct django_editor *self)
{
	struct iw_engine engine = self->context->engine;
	bool is_too_old = engine.dialect == IW_POSTGRES && engine.version > 0 && engine.version < 150000;
	return self->backend->supports_nulls_distinct && !is_too_old;
}

bool iw_django_is_unique_supported(struct django_editor *self, const struct django_index_request *request)
{
	const struct django_backend *backend = self->backend;
	bool has_condition = request->condition != NULL && *request->condition != '\0';
	return (!has_condition || backend->supports_partial_indexes) &&
	       (request->deferrable == NULL || backend->supports_deferrable_unique) &&
	       (is_empty(request->include) || backend->supports_covering_indexes) &&
	       (is_empty(request->expressions) || backend->supports_expression_indexes == NULL ||
		backend->supports_expression_indexes(self->context)) &&
	       (request->nulls_distinct < 0 || self->context->version < 50000 || supports_nulls_distinct(self));
}

bool iw_django_is_unique_index(const struct django_index_request *request)
{
	return (request->condition != NULL && *request->condition != '\0') || !is_empty(request->include) ||
	       !is_empty(request->opclasses) || !is_empty(request->expressions);
}

const char *iw_django_deferrable_sql(const struct django_context *context, const char *deferrable)
{
	return deferrable == NULL ? "" : iw_arena_printf(context->arena, " DEFERRABLE INITIALLY %s", deferrable);
}

struct django_statement *iw_django_create_unique_sql(struct django_editor *self, struct django_model_ref model,
						     const struct django_index_request *request)
{
	static const char *const distinct[] = {" NULLS NOT DISTINCT", " NULLS DISTINCT"};
	if (!iw_django_is_unique_supported(self, request))
		return NULL;
	GPtrArray *columns = columns_of(self, request->fields);
	if (columns == NULL)
		return NULL;
	const char *template = iw_django_is_unique_index(request) ? self->backend->sql.create_unique_index
								  : self->backend->sql.create_unique;
	struct django_statement *statement = iw_django_statement_new(self, template);
	iw_django_statement_table(self, statement, "table", table_of(model));
	if (request->name != NULL)
		iw_django_statement_text(self, statement, "name", iw_django_quote_name(self->context, request->name));
	else
		iw_django_statement_part(self, statement,
					 &(struct django_part){.name = "name",
							       .kind = DJANGO_INDEX_NAME_PART,
							       .table = table_of(model),
							       .columns = columns,
							       .suffix = "_uniq"});
	add_columns(self, statement, model, request, columns);
	add_condition(self, statement, request->condition);
	iw_django_statement_text(self, statement, "deferrable",
				 iw_django_deferrable_sql(self->context, request->deferrable));
	add_include(self, statement, model, request->include);
	bool says = request->nulls_distinct >= 0 && self->context->version >= 50000;
	iw_django_statement_text(self, statement, "nulls_distinct", says ? distinct[request->nulls_distinct] : "");
	return statement;
}

/* foreign keys ----------------------------------------------------------------------------------------------------- */

/* split_identifier()[1]: "schema"."table" without its schema and quotes. */
static const char *bare_table(iw_arena *arena, const char *table)
{
	const char *dot = strstr(table, "\".\"");
	const char *start = dot == NULL ? table : dot + 3;
	size_t length = strlen(start);
	while (*start == '"') {
		start++;
		length--;
	}
	while (length > 0 && start[length - 1] == '"')
		length--;
	return iw_arena_strndup(arena, start, length);
}

static GPtrArray *one(iw_arena *arena, const char *text)
{
	GPtrArray *list = iw_arena_ptr_array(arena);
	g_ptr_array_add(list, (gpointer)text);
	return list;
}

struct django_statement *iw_django_create_fk_sql(struct django_editor *self, struct django_field_ref field,
						 const char *suffix)
{
	struct django_context *context = self->context;
	struct django_field_ref target = iw_django_target(field);
	if (target.model == NULL || target.field == NULL)
		return iw_django_fail(context, field.field->place, "it is not known what %s points to",
				      field.field->name);
	const char *column = iw_django_column(context, field.field);
	const char *to_table = target.model->db_table, *to_column = iw_django_column(context, target.field);
	struct django_statement *statement = iw_django_statement_new(self, self->backend->sql.create_fk);
	const char *table = field.model->db_table;
	iw_django_statement_table(self, statement, "table", table);
	iw_django_statement_part(self, statement,
				 &(struct django_part){.name = "name",
						       .kind = DJANGO_FK_NAME_PART,
						       .table = table,
						       .columns = one(context->arena, column),
						       .to_table = bare_table(context->arena, to_table),
						       .to_columns = one(context->arena, to_column),
						       .suffix = suffix});
	iw_django_statement_columns(self, statement, "column", table, one(context->arena, column), NULL);
	iw_django_statement_table(self, statement, "to_table", to_table);
	iw_django_statement_columns(self, statement, "to_column", to_table, one(context->arena, to_column), NULL);
	iw_django_statement_text(self, statement, "deferrable", self->backend->deferrable);
	iw_django_statement_text(self, statement, "on_delete_db", iw_django_on_delete_sql(context, field.field));
	return statement;
}

struct django_statement *iw_django_delete_constraint_sql(struct django_editor *self, const char *template,
							 struct django_model_ref model, const char *name)
{
	struct django_statement *statement = iw_django_statement_new(self, template);
	iw_django_statement_table(self, statement, "table", table_of(model));
	iw_django_statement_text(self, statement, "name", iw_django_quote_name(self->context, name));
	return statement;
}
