/* The schema editor of PostgreSQL; see editor.h. After django/db/backends/postgresql/{schema,features,operations}.py.
 */
#include "framework/django/editor.h"

#include <string.h>

static struct django_model_ref model_of(struct django_field_ref field)
{
	return (struct django_model_ref){field.state, field.model};
}

static const char *without_quotes(iw_arena *arena, const char *name)
{
	size_t length = strlen(name);
	bool is_quoted = length > 1 && name[0] == '"' && name[length - 1] == '"';
	return is_quoted ? iw_arena_strndup(arena, name + 1, length - 2) : name;
}

/* indexes for LIKE ------------------------------------------------------------------------------------------------- */

/* Collations that the server brings or makes from the system's are deterministic. */
static bool is_predefined(const char *collation)
{
	static const char *const names[] = {"default", "C",	    "POSIX",	       "ucs_basic",
					    "unicode", "pg_c_utf8", "pg_unicode_fast", "und-x-icu"};
	for (guint i = 0; i < G_N_ELEMENTS(names); i++)
		if (strcmp(names[i], collation) == 0)
			return true;
	return g_str_has_suffix(collation, "-x-icu") ||
	       g_regex_match_simple("^[a-z]{2,3}_[A-Z]{2}(\\.[A-Za-z0-9-]+)?(@[a-z]+)?$", collation, 0, 0);
}

/* pg_collation.collisdeterministic, by what the migrations before have created. */
static bool is_collation_deterministic(struct django_editor *self, const char *collation)
{
	const iw_schema *catalogue = iw_django_catalogue(self);
	const struct iw_object *object =
		iw_schema_find_object(catalogue, IW_OBJECT_COLLATION, (struct iw_name){NULL, collation});
	if (object != NULL && object->definition != NULL)
		return !g_regex_match_simple("deterministic\\s*=\\s*'?(false|off|0|no)\\b", object->definition,
					     G_REGEX_CASELESS, 0);
	if (object == NULL && is_predefined(collation))
		return true;
	iw_django_fail(self->context, self->place, "Django asks the database whether collation \"%s\" is deterministic",
		       collation);
	return true;
}

static const char *collation_of(struct django_editor *self, struct django_field_ref field)
{
	const char *collation = field.field->db_collation;
	if (collation != NULL || !field.field->is_relation || self->context->version < 50000)
		return collation;
	struct django_field_ref target = iw_django_target(field);
	return target.field == NULL ? NULL : target.field->db_collation;
}

/* _create_like_index_sql(): varchar and text columns have a second index with the operator class that LIKE needs
 * outside of the C locale. NULL: none. `model` has the table. */
static struct django_statement *create_like_index(struct django_editor *self, struct django_model_ref model,
						  struct django_field_ref field)
{
	struct django_context *context = self->context;
	const char *type = iw_django_column_of(context, field).type;
	if (type == NULL || !(field.field->db_index || iw_django_is_unique(field.field)) || strchr(type, '[') != NULL)
		return NULL;
	bool is_varchar = g_str_has_prefix(type, "varchar"), is_text = g_str_has_prefix(type, "text");
	const char *collation = context->version >= 40200 ? collation_of(self, field) : NULL;
	if ((!is_varchar && !is_text) || (collation != NULL && !is_collation_deterministic(self, collation)))
		return NULL;
	struct django_index_request request = {
		.fields = iw_django_list(context->arena, field.field),
		.suffix = "_like",
		.opclasses = iw_django_list(context->arena, is_varchar ? "varchar_pattern_ops" : "text_pattern_ops"),
		.nulls_distinct = -1,
	};
	return iw_django_create_index_sql(self, model, &request);
}

/* _create_spatial_index_sql() of PostGIS. */
static struct django_statement *create_spatial_index(struct django_editor *self, struct django_field_ref field)
{
	iw_arena *arena = self->context->arena;
	const char *table = field.model->db_table, *column = iw_django_column(self->context, field.field);
	bool is_solid =
		strstr(field.field->db_type, "Z,") != NULL && g_str_has_prefix(field.field->db_type, "geometry");
	struct django_index_request request = {
		.fields = iw_django_list(arena, field.field),
		.name = self->context->version < 40000
				? iw_arena_printf(arena, "%s_%s_id", table, column)
				: iw_django_create_index_name(self->context, table, iw_django_list(arena, column),
							      "_id"),
		.using = " USING GIST",
		.opclasses = is_solid ? iw_django_list(arena, "GIST_GEOMETRY_OPS_ND") : NULL,
		.nulls_distinct = -1,
	};
	return iw_django_create_index_sql(self, model_of(field), &request);
}

static void more_field_indexes(struct django_editor *self, struct django_field_ref field, GPtrArray *statements)
{
	struct django_statement *statement = field.field->has_spatial_index
						     ? create_spatial_index(self, field)
						     : create_like_index(self, model_of(field), field);
	if (statement != NULL)
		g_ptr_array_add(statements, statement);
}

/* An index that takes an operator class; "varchar_pattern_ops DESC". */
static const char *index_column_suffix(struct django_editor *self, const char *suffix, const char *opclass)
{
	if (opclass == NULL || *opclass == '\0')
		return suffix;
	bool has_suffix = suffix != NULL && *suffix != '\0';
	return has_suffix ? iw_arena_printf(self->context->arena, "%s %s", opclass, suffix) : opclass;
}

static bool is_changing_from(const char *kind, const char *old_type, const char *new_type)
{
	return g_str_has_prefix(old_type, kind) && !g_str_has_prefix(new_type, kind);
}

static bool is_changing_type_of_indexed_text_column(const struct django_field *old, const char *old_type,
						    const char *new_type)
{
	return (old->db_index || iw_django_is_unique(old)) &&
	       (is_changing_from("varchar", old_type, new_type) || is_changing_from("text", old_type, new_type) ||
		is_changing_from("citext", old_type, new_type));
}

/* `old.model` has the table. */
static void drop_like_index(struct django_editor *self, struct django_field_ref old)
{
	GPtrArray *columns = iw_django_list(self->context->arena, iw_django_column(self->context, old.field));
	const char *name = iw_django_create_index_name(self->context, old.model->db_table, columns, "_like");
	iw_django_execute_statement(self, iw_django_delete_index_sql(self, model_of(old), name, false));
}

/* _alter_field() */
static void alter_physical_field(struct django_editor *self, struct django_field_ref old,
				 struct django_field_ref new_field, const struct django_column *old_column,
				 const struct django_column *new_column, bool strict)
{
	struct django_context *context = self->context;
	bool is_spatial = old.field->has_spatial_index || new_field.field->has_spatial_index;
	bool is_same_type = g_strcmp0(old_column->type, new_column->type) == 0;
	if (is_spatial && (!is_same_type || old.field->has_spatial_index != new_field.field->has_spatial_index)) {
		iw_django_fail(context, new_field.field->place, "how PostGIS changes \"%s\" is not known",
			       new_field.field->name);
		return;
	}
	bool is_text_changing = is_changing_type_of_indexed_text_column(old.field, old_column->type, new_column->type);
	if (context->version < 40200 && is_text_changing)
		drop_like_index(self, old);
	iw_django_base_alter_physical_field(self, old, new_field, old_column, new_column, strict);
	if (context->problem != NULL)
		return;
	bool was_unique = iw_django_is_unique(old.field), is_unique = iw_django_is_unique(new_field.field);
	bool was_indexed = old.field->db_index || was_unique, is_indexed = new_field.field->db_index || is_unique;
	/* Added an index? Create any PostgreSQL-specific indexes. */
	if ((!was_indexed && new_field.field->db_index) || (!was_unique && is_unique) ||
	    (context->version >= 50200 && is_text_changing))
		iw_django_execute_statement(self, create_like_index(self, model_of(old), new_field));
	/* Removed an index? Drop any PostgreSQL-specific indexes. */
	if (was_unique && !is_indexed)
		drop_like_index(self, old);
}

/* the type of a column --------------------------------------------------------------------------------------------- */

/* _field_base_data_types(): of what an array holds in the end. */
static const char *data_type(struct django_editor *self, struct django_field_ref field, bool is_of_array)
{
	while (is_of_array && field.field->base != NULL && field.field->type == DJANGO_ARRAY)
		field.field = field.field->base;
	return iw_django_data_type(self->context, field);
}

/* _using_sql(): cast when the data type changed. */
static const char *using_sql(struct django_editor *self, struct django_field_ref old, struct django_field_ref new_field,
			     const char *type)
{
	struct django_context *context = self->context;
	if (context->version >= 50200 && new_field.field->type == DJANGO_GENERATED)
		return "";
	bool are_arrays = old.field->type == DJANGO_ARRAY && new_field.field->type == DJANGO_ARRAY;
	if (g_strcmp0(data_type(self, old, are_arrays), data_type(self, new_field, are_arrays)) == 0)
		return "";
	return iw_arena_printf(context->arena, " USING %s::%s",
			       iw_django_quote_name(context, iw_django_column(context, new_field.field)), type);
}

/* What a change of type is about. */
struct type_change {
	struct django_editor *self;
	struct django_field_ref old, new_field;
	const char *new_type, *old_collation, *new_collation;
	GPtrArray *post_actions;
	const char *table, *column; /* quoted */
};

static void later(struct type_change *it, const char *sql)
{
	g_ptr_array_add(it->post_actions, (gpointer)sql);
}

/* ALTER COLUMN ... TYPE ... without any collation. */
static const char *plain_type(struct type_change *it, const char *type)
{
	return iw_arena_printf(it->self->context->arena, "ALTER COLUMN %s TYPE %s%s", it->column, type,
			       using_sql(it->self, it->old, it->new_field, type));
}

static const char *base_type(struct type_change *it, GPtrArray *post_actions)
{
	const char *sql = iw_django_base_alter_column_type(it->self, it->old, it->new_field, it->new_type,
							   it->old_collation, it->new_collation, post_actions);
	const char *using = using_sql(it->self, it->old, it->new_field, it->new_type);
	return *using == '\0' ? sql : iw_arena_printf(it->self->context->arena, "%s%s", sql, using);
}

/* The same without what the base would do afterwards: a comment that changes at once with it is forgotten. */
static const char *base_type_only(struct type_change *it)
{
	return base_type(it, iw_arena_ptr_array(it->self->context->arena));
}

/* serial, until 4.0 ------------------------------------------------------------------------------------------------ */

static const char *type_of_serial(const char *type)
{
	static const struct {
		const char *serial, *type;
	} rows[] = {{"bigserial", "bigint"}, {"serial", "integer"}, {"smallserial", "smallint"}};
	for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
		if (g_ascii_strcasecmp(rows[i].serial, type) == 0)
			return rows[i].type;
	return NULL;
}

static const char *alter_serial(struct type_change *it, const char *old_type)
{
	struct django_context *context = it->self->context;
	iw_arena *arena = context->arena;
	const char *name = iw_arena_printf(arena, "%s_%s_seq", without_quotes(arena, it->old.model->db_table),
					   without_quotes(arena, iw_django_column(context, it->new_field.field)));
	const char *sequence = iw_django_quote_name(context, name), *type = type_of_serial(it->new_type);
	if (type != NULL) {
		later(it, iw_arena_printf(arena, "DROP SEQUENCE IF EXISTS %s CASCADE", sequence));
		later(it, iw_arena_printf(arena, "CREATE SEQUENCE %s", sequence));
		later(it, iw_arena_printf(arena, "ALTER TABLE %s ALTER COLUMN %s SET DEFAULT nextval('%s')", it->table,
					  it->column, sequence));
		later(it,
		      iw_arena_printf(arena, "SELECT setval('%s', MAX(%s)) FROM %s", sequence, it->column, it->table));
		later(it, iw_arena_printf(arena, "ALTER SEQUENCE %s OWNED BY %s.%s", sequence, it->table, it->column));
		return plain_type(it, type);
	}
	if (type_of_serial(old_type) == NULL)
		return base_type(it, it->post_actions);
	later(it, iw_arena_printf(arena, "DROP SEQUENCE IF EXISTS %s CASCADE", sequence));
	return base_type_only(it);
}

/* identity, since 4.1 ---------------------------------------------------------------------------------------------- */

static bool is_auto(const struct django_field *field)
{
	return field->type == DJANGO_AUTO || field->type == DJANGO_BIG_AUTO || field->type == DJANGO_SMALL_AUTO;
}

/* _get_sequence_name(): the sequence that belongs to the column, of serial and of identity columns; NULL: none. */
static const struct iw_sequence *sequence_of(struct type_change *it)
{
	struct django_editor *self = it->self;
	iw_arena *arena = self->context->arena;
	const char *table = without_quotes(arena, it->old.model->db_table);
	const char *column = without_quotes(arena, iw_django_column(self->context, it->new_field.field));
	const iw_schema *catalogue = iw_django_catalogue(self);
	for (guint i = 0; i < catalogue->sequences->len; i++) {
		const struct iw_sequence *sequence = catalogue->sequences->pdata[i];
		if (g_strcmp0(sequence->owner_table.name, table) == 0 && g_strcmp0(sequence->owner_column, column) == 0)
			return sequence;
	}
	if (catalogue->is_uncertain || iw_django_catalogue_table(self, table) == NULL)
		iw_django_fail(self->context, self->place,
			       "Django asks the database which sequence column \"%s\" of table \"%s\" has, and not all "
			       "that was done before can be read",
			       column, table);
	return NULL;
}

static const char *add_identity(struct type_change *it)
{
	later(it, iw_arena_printf(it->self->context->arena,
				  "ALTER TABLE %s ALTER COLUMN %s ADD GENERATED BY DEFAULT AS IDENTITY", it->table,
				  it->column));
	return plain_type(it, it->new_type);
}

/* Columns that Django made before 4.1 have no identity but a sequence, which goes too. */
static const char *drop_identity(struct type_change *it)
{
	struct django_editor *self = it->self;
	const struct iw_sequence *sequence = sequence_of(it);
	iw_django_execute(self, iw_arena_printf(self->context->arena,
						"ALTER TABLE %s ALTER COLUMN %s DROP IDENTITY IF EXISTS", it->table,
						it->column));
	const char *sql = base_type_only(it);
	if (sequence != NULL && !sequence->is_identity)
		later(it, iw_arena_printf(self->context->arena, "DROP SEQUENCE IF EXISTS %s CASCADE",
					  iw_django_quote_name(self->context, sequence->name.name)));
	return sql;
}

static const char *change_identity(struct type_change *it)
{
	static const char *const types[DJANGO_TYPES] = {
		[DJANGO_AUTO] = "integer", [DJANGO_BIG_AUTO] = "bigint", [DJANGO_SMALL_AUTO] = "smallint"};
	struct django_editor *self = it->self;
	const char *sql = base_type_only(it);
	const struct iw_sequence *sequence = sequence_of(it);
	if (sequence != NULL)
		later(it, iw_arena_printf(self->context->arena, "ALTER SEQUENCE IF EXISTS %s AS %s",
					  iw_django_quote_name(self->context, sequence->name.name),
					  types[it->new_field.field->type]));
	return sql;
}

static const char *alter_identity(struct type_change *it)
{
	bool was_auto = is_auto(it->old.field), is_auto_now = is_auto(it->new_field.field);
	if (!was_auto && is_auto_now)
		return add_identity(it);
	if (was_auto && !is_auto_now)
		return drop_identity(it);
	if (was_auto && is_auto_now && it->old.field->type != it->new_field.field->type)
		return change_identity(it);
	return base_type(it, it->post_actions);
}

/* _alter_column_type_sql(); `old.model` has the table. */
static const char *alter_column_type(struct django_editor *self, struct django_field_ref old,
				     struct django_field_ref new_field, const char *new_type, const char *old_collation,
				     const char *new_collation, GPtrArray *post_actions)
{
	struct django_context *context = self->context;
	const char *old_type = iw_django_column_of(context, old).type;
	if (old_type == NULL || new_type == NULL)
		return NULL;
	if (context->version >= 40200 && is_changing_type_of_indexed_text_column(old.field, old_type, new_type))
		drop_like_index(self, old);
	struct type_change it = {
		.self = self,
		.old = old,
		.new_field = new_field,
		.new_type = new_type,
		.old_collation = old_collation,
		.new_collation = new_collation,
		.post_actions = post_actions,
		.table = iw_django_quote_name(context, old.model->db_table),
		.column = iw_django_quote_name(context, iw_django_column(context, new_field.field)),
	};
	return context->version < 40100 ? alter_serial(&it, old_type) : alter_identity(&it);
}

/* the backend ------------------------------------------------------------------------------------------------------ */

#define DELETE_CONSTRAINT "ALTER TABLE %(table)s DROP CONSTRAINT %(name)s"

const struct django_backend iw_django_postgres = {
	.dialect = IW_POSTGRES,
	.longest_name = 63,
	.can_rollback_ddl = true,
	.supports_comments = true,
	.supports_combined_alters = true,
	.supports_foreign_keys = true,
	.supports_partial_indexes = true,
	.supports_covering_indexes = true,
	.supports_deferrable_unique = true,
	.can_rename_index = true,
	.supports_nulls_distinct = true,
	.allows_multiple_constraints_on_same_fields = true,
	.supports_tablespaces = true,
	.supports_index_column_ordering = true,
	.has_inline_fk = true,
	.sql =
		{
			.create_table = "CREATE TABLE %(table)s (%(definition)s)",
			.rename_table = "ALTER TABLE %(old_table)s RENAME TO %(new_table)s",
			.delete_table = "DROP TABLE %(table)s CASCADE",
			.create_column = "ALTER TABLE %(table)s ADD COLUMN %(column)s %(definition)s",
			.alter_column = "ALTER TABLE %(table)s %(changes)s",
			.alter_column_type = "ALTER COLUMN %(column)s TYPE %(type)s%(collation)s",
			.alter_column_null = "ALTER COLUMN %(column)s DROP NOT NULL",
			.alter_column_not_null = "ALTER COLUMN %(column)s SET NOT NULL",
			.alter_column_default = "ALTER COLUMN %(column)s SET DEFAULT %(default)s",
			.alter_column_no_default = "ALTER COLUMN %(column)s DROP DEFAULT",
			.alter_column_no_default_null = "ALTER COLUMN %(column)s DROP DEFAULT",
			.delete_column = "ALTER TABLE %(table)s DROP COLUMN %(column)s%(cascade)s",
			.rename_column = "ALTER TABLE %(table)s RENAME COLUMN %(old_column)s TO %(new_column)s",
			/* %(immediate)s, since 4.1: changing data and the table in one transaction must not leave
			 * triggers behind. */
			.update_with_default = "UPDATE %(table)s SET %(column)s = %(default)s WHERE %(column)s IS "
					       "NULL%(immediate)s",
			.create_check = "ALTER TABLE %(table)s ADD CONSTRAINT %(name)s CHECK (%(check)s)",
			.delete_check = DELETE_CONSTRAINT,
			.create_unique = "ALTER TABLE %(table)s ADD CONSTRAINT %(name)s UNIQUE%(nulls_distinct)s "
					 "(%(columns)s)%(deferrable)s",
			.delete_unique = DELETE_CONSTRAINT,
			.create_fk = "ALTER TABLE %(table)s ADD CONSTRAINT %(name)s FOREIGN KEY (%(column)s) "
				     "REFERENCES %(to_table)s (%(to_column)s)%(on_delete_db)s%(deferrable)s",
			.create_column_inline_fk =
				"CONSTRAINT %(name)s REFERENCES %(to_table)s(%(to_column)s)%(on_delete_db)s"
				"%(deferrable)s; SET CONSTRAINTS %(namespace)s%(name)s IMMEDIATE",
			.delete_fk = "SET CONSTRAINTS %(name)s IMMEDIATE; ALTER TABLE %(table)s DROP CONSTRAINT "
				     "%(name)s",
			.create_index = "CREATE INDEX %(name)s ON %(table)s%(using)s "
					"(%(columns)s)%(include)s%(extra)s%(condition)s",
			.create_unique_index = "CREATE UNIQUE INDEX %(name)s ON %(table)s "
					       "(%(columns)s)%(include)s%(nulls_distinct)s%(condition)s",
			.rename_index = "ALTER INDEX %(old_name)s RENAME TO %(new_name)s",
			.delete_index = "DROP INDEX IF EXISTS %(name)s",
			.create_pk = "ALTER TABLE %(table)s ADD CONSTRAINT %(name)s PRIMARY KEY (%(columns)s)",
			.delete_pk = DELETE_CONSTRAINT,
			.alter_table_comment = "COMMENT ON TABLE %(table)s IS %(comment)s",
			.alter_column_comment = "COMMENT ON COLUMN %(table)s.%(column)s IS %(comment)s",
			.unique_constraint = "UNIQUE (%(columns)s)%(deferrable)s",
		},
	.deferrable = " DEFERRABLE INITIALLY DEFERRED",
	.alter_physical_field = alter_physical_field,
	.alter_column_type = alter_column_type,
	.more_field_indexes = more_field_indexes,
	.index_column_suffix = index_column_suffix,
};
