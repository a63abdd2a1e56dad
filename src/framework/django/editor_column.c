/* What a column is in CREATE TABLE and ADD COLUMN, and CREATE TABLE itself; see editor.h. After table_sql(),
 * column_sql() and _iter_column_sql() of django/db/backends/base/schema.py. */
#include "framework/django/editor.h"

#include <string.h>

/* defaults --------------------------------------------------------------------------------------------------------- */

const char *iw_django_default_sql(struct django_editor *self, struct django_field_ref field)
{
	bool is_volatile = false;
	const char *literal = iw_django_effective_default(self->context, field, &is_volatile);
	if (literal == NULL || !is_volatile)
		return literal;
	g_ptr_array_add(self->varying, (char *)literal);
	self->note = iw_arena_printf(self->context->arena, "the default of %s is a value of now: another one each time",
				     field.field->name);
	return literal;
}

const char *iw_django_default_clause(struct django_editor *self, struct django_field_ref field, const char *literal)
{
	const char *template =
		self->backend->column_default == NULL ? "%s" : self->backend->column_default(self, field);
	const char *at = strstr(template, "%s");
	return at == NULL ? template
			  : iw_arena_printf(self->context->arena, "%.*s%s%s", (int)(at - template), template, literal,
					    at + 2);
}

static bool skips_default(struct django_editor *self, struct django_field_ref field)
{
	const struct django_backend *backend = self->backend;
	if (backend->skips_default != NULL && backend->skips_default(self, field))
		return true;
	/* A nullable column whose default could not be dropped afterwards (longtext of MySQL) gets none. */
	return field.field->null && backend->skips_default_on_alter != NULL &&
	       backend->skips_default_on_alter(self, field);
}

/* "DEFAULT 5"; "": none. */
static const char *default_of(struct django_editor *self, struct django_field_ref field, bool include_default)
{
	iw_arena *arena = self->context->arena;
	if (field.field->db_default != NULL)
		return iw_arena_printf(arena, "DEFAULT %s", iw_django_db_default_sql(self->context, field));
	if (!include_default || skips_default(self, field))
		return "";
	const char *literal = iw_django_default_sql(self, field);
	if (literal == NULL)
		return "";
	return iw_arena_printf(arena, "DEFAULT %s", iw_django_default_clause(self, field, literal));
}

bool iw_django_is_unique(const struct django_field *field)
{
	return field->unique || field->primary_key;
}

/* parts of a column ------------------------------------------------------------------------------------------------ */

const char *iw_django_collate_sql(struct django_editor *self, const char *collation)
{
	if (collation == NULL || *collation == '\0')
		return "";
	bool is_quoted = self->context->engine.dialect != IW_SQLITE;
	return iw_arena_printf(self->context->arena, "COLLATE %s",
			       is_quoted ? iw_django_quote_name(self->context, collation) : collation);
}

static const char *comment_of(struct django_editor *self, struct django_field_ref field, bool is_formatted)
{
	const char *comment = field.field->db_comment;
	if (!self->backend->supports_comments_inline || comment == NULL || *comment == '\0')
		return "";
	comment = iw_django_comment_text(self->context, comment, is_formatted);
	return self->backend->comment_sql == NULL ? iw_django_quote_text(self->context, comment)
						  : self->backend->comment_sql(self, comment);
}

static const char *nullability_of(struct django_editor *self, struct django_field_ref field)
{
	if (field.field->type == DJANGO_GENERATED)
		return iw_django_generated_sql(self->context, field);
	return field.field->null ? "NULL" : "NOT NULL";
}

/* Field.db_tablespace and Meta.db_tablespace have settings behind them. */
static const char *tablespace_of(struct django_editor *self, struct django_field_ref field)
{
	const struct django_context *context = self->context;
	const char *name = field.field->db_tablespace;
	if (name == NULL || *name == '\0')
		name = iw_django_setting_text(context, "DEFAULT_INDEX_TABLESPACE");
	if (name == NULL)
		name = field.model->db_tablespace;
	if (name == NULL)
		name = iw_django_setting_text(context, "DEFAULT_TABLESPACE");
	if (!self->backend->supports_tablespaces || !iw_django_is_unique(field.field) || name == NULL || *name == '\0')
		return "";
	return iw_arena_printf(context->arena, "USING INDEX TABLESPACE %s", iw_django_quote_name(context, name));
}

static void add_word(GString *text, const char *word)
{
	if (word != NULL && *word != '\0')
		g_string_append_printf(text, "%s%s", text->len == 0 ? "" : " ", word);
}

const char *iw_django_column_sql(struct django_editor *self, struct django_field_ref field, bool include_default)
{
	struct django_context *context = self->context;
	struct django_column column = iw_django_column_of(context, field);
	if (column.type == NULL)
		return NULL;
	bool is_comment_last = context->version >= 60000;
	/* Until 4.2 ADD COLUMN always came with a list of parameters, CREATE TABLE only if there were some. */
	bool is_formatted = include_default && context->version < 50000;
	const struct django_field *own = field.field;
	g_autoptr(GString) text = g_string_new(NULL);
	add_word(text, column.type);
	add_word(text, iw_django_collate_sql(self, column.collation));
	add_word(text, is_comment_last ? "" : comment_of(self, field, is_formatted));
	add_word(text, default_of(self, field, include_default));
	add_word(text, nullability_of(self, field));
	add_word(text, own->primary_key ? "PRIMARY KEY" : own->unique ? "UNIQUE" : "");
	add_word(text, tablespace_of(self, field));
	add_word(text, is_comment_last ? comment_of(self, field, is_formatted) : "");
	return iw_arena_strndup(context->arena, text->str, text->len);
}

/* foreign keys beside the column ----------------------------------------------------------------------------------- */

const char *iw_django_on_delete_sql(const struct django_context *context, const struct django_field *field)
{
	static const struct {
		const char *on_delete, *sql;
	} rows[] = {
		{"DB_CASCADE", " ON DELETE CASCADE"},
		{"DB_SET_NULL", " ON DELETE SET NULL"},
		{"DB_SET_DEFAULT", " ON DELETE SET DEFAULT"},
	};
	for (guint i = 0; context->version >= 60100 && field->on_delete != NULL && i < G_N_ELEMENTS(rows); i++)
		if (strcmp(rows[i].on_delete, field->on_delete) == 0)
			return rows[i].sql;
	return "";
}

/* The name of the foreign key, quoted. */
static const char *fk_constraint_name(struct django_editor *self, struct django_field_ref field, const char *to_table,
				      const char *to_column)
{
	iw_arena *arena = self->context->arena;
	const char *own = NULL;
	iw_django_split_identifier(arena, to_table, &own);
	const char *suffix = iw_arena_printf(arena, "_fk_%s_%s", own, to_column);
	GPtrArray *columns = iw_django_list(arena, iw_django_column(self->context, field.field));
	return iw_django_quote_name(self->context,
				    iw_django_create_index_name(self->context, field.model->db_table, columns, suffix));
}

const char *iw_django_inline_fk_sql(struct django_editor *self, struct django_field_ref field, const char *template)
{
	struct django_context *context = self->context;
	struct django_field_ref target = iw_django_target(field);
	if (target.field == NULL)
		return iw_django_fail(context, field.field->place, "it is not known what %s points to",
				      field.field->name);
	const char *to_table = target.model->db_table, *to_column = iw_django_column(context, target.field);
	const char *own = NULL, *namespace = iw_django_split_identifier(context->arena, field.model->db_table, &own);
	if (*namespace != '\0')
	namespace = iw_arena_printf(context->arena, "%s.", iw_django_quote_name(context, namespace));
	return iw_django_format(context->arena, template, "name", fk_constraint_name(self, field, to_table, to_column),
				"namespace", namespace, "column",
				iw_django_quote_name(context, iw_django_column(context, field.field)), "to_table",
				iw_django_quote_name(context, to_table), "to_column",
				iw_django_quote_name(context, to_column), "deferrable", self->backend->deferrable,
				"on_delete_db", iw_django_on_delete_sql(context, field.field), NULL);
}

/* CREATE TABLE ----------------------------------------------------------------------------------------------------- */

static void defer(struct django_editor *self, struct django_statement *statement)
{
	if (statement != NULL)
		g_ptr_array_add(self->deferred, statement);
}

GPtrArray *iw_django_named_fields(struct django_editor *self, struct django_model_ref model, const GPtrArray *names)
{
	GPtrArray *fields = iw_arena_ptr_array(self->context->arena);
	for (guint i = 0; i < names->len; i++) {
		struct django_field_ref field = iw_django_get_field(model, names->pdata[i]);
		if (field.field == NULL) {
			iw_django_fail(self->context, model.model->place, "%s has no field named '%s'",
				       model.model->name, (const char *)names->pdata[i]);
			return iw_arena_ptr_array(self->context->arena);
		}
		g_ptr_array_add(fields, (gpointer)field.field);
	}
	return fields;
}

/* Always put off. */
static void add_unique_together(struct django_editor *self, struct django_model_ref model)
{
	const GPtrArray *sets = model.model->unique_together;
	for (guint i = 0; sets != NULL && i < sets->len; i++) {
		struct django_index_request request = {.fields = iw_django_named_fields(self, model, sets->pdata[i]),
						       .nulls_distinct = -1};
		if (request.fields->len > 0)
			defer(self, iw_django_create_unique_sql(self, model, &request));
	}
}

/* A column with all that stands beside it; NULL: no column. */
static const char *definition_of(struct django_editor *self, struct django_field_ref field)
{
	const char *own = iw_django_column_sql(self, field, false);
	if (own == NULL)
		return NULL;
	struct django_context *context = self->context;
	struct django_column column = iw_django_column_of(context, field);
	g_autoptr(GString) text = g_string_new(iw_django_quote_name(context, iw_django_column(context, field.field)));
	add_word(text, own);
	if (column.check != NULL && *column.check != '\0')
		g_string_append_printf(text, " CHECK (%s)", column.check);
	add_word(text, column.suffix);
	if (field.field->is_relation && field.field->db_constraint) {
		if (self->backend->sql.create_inline_fk != NULL)
			add_word(text, iw_django_inline_fk_sql(self, field, self->backend->sql.create_inline_fk));
		else if (self->backend->supports_foreign_keys)
			defer(self, iw_django_create_fk_sql(self, field, "_fk_%(to_table)s_%(to_column)s"));
	}
	return iw_arena_strndup(context->arena, text->str, text->len);
}

/* PRIMARY KEY ("a", "b") of 5.2's CompositePrimaryKey; NULL. */
static const char *composite_key(struct django_editor *self, struct django_model_ref model)
{
	struct django_context *context = self->context;
	struct django_field_ref key = iw_django_primary_key(model);
	if (key.field == NULL || key.field->columns_of == NULL)
		return NULL;
	g_autoptr(GString) columns = g_string_new(NULL);
	const GPtrArray *fields = iw_django_named_fields(self, model, key.field->columns_of);
	for (guint i = 0; i < fields->len; i++)
		g_string_append_printf(columns, "%s%s", i == 0 ? "" : ", ",
				       iw_django_quote_name(context, iw_django_column(context, fields->pdata[i])));
	return iw_arena_printf(context->arena, "PRIMARY KEY (%s)", columns->str);
}

static void add_definition(GString *list, const char *definition)
{
	if (definition != NULL && *definition != '\0')
		g_string_append_printf(list, "%s%s", list->len == 0 ? "" : ", ", definition);
}

/* tables --------------------------------------------------------------------------------------------------------------
 */

/*
 * Constraints of Meta, in the table; where a column has a db_default that is sent as a parameter (since 5.0, but on
 * SQLite), they are put off instead.
 */
static void add_constraints(struct django_editor *self, struct django_model_ref model, bool has_parameters,
			    GString *list)
{
	const GPtrArray *constraints = model.model->constraints;
	for (guint i = 0; constraints != NULL && i < constraints->len; i++) {
		if (has_parameters)
			defer(self, iw_django_constraint_create_sql(self, model, constraints->pdata[i]));
		else
			add_definition(list, iw_django_constraint_sql(self, model, constraints->pdata[i]));
	}
}

const char *iw_django_table_sql(struct django_editor *self, struct django_model_ref model)
{
	struct django_context *context = self->context;
	add_unique_together(self, model);
	g_autoptr(GString) list = g_string_new(NULL);
	const GPtrArray *fields = iw_django_local_fields(model);
	bool has_parameters = false;
	for (guint i = 0; fields != NULL && i < fields->len; i++) {
		struct django_field_ref field = {model.state, model.model, fields->pdata[i]};
		add_definition(list, definition_of(self, field));
		has_parameters |= iw_django_has_parameters(context, field);
	}
	add_constraints(self, model, has_parameters, list);
	add_definition(list, composite_key(self, model));
	const char *sql =
		iw_django_format(context->arena, self->backend->sql.create_table, "table",
				 iw_django_quote_name(context, model.model->db_table), "definition", list->str, NULL);
	const char *tablespace = model.model->db_tablespace != NULL && *model.model->db_tablespace != '\0'
					 ? model.model->db_tablespace
					 : iw_django_setting_text(context, "DEFAULT_TABLESPACE");
	if (tablespace == NULL || !self->backend->supports_tablespaces)
		return sql;
	return iw_arena_printf(context->arena, "%s TABLESPACE %s", sql, iw_django_quote_name(context, tablespace));
}
