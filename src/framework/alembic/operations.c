/* Directives of `op` but for alter_column(): their arguments, and the SQL of alembic/ddl/{impl,base}.py and
 * SQLAlchemy's DDL compilers; see render.h. */
#include "framework/alembic/render.h"

#include <string.h>

static const char ALTER_REFUSED[] = "SQLite cannot alter constraints; Alembic wants batch_alter_table() there";

struct iw_py_value *iw_alembic_argument(const struct directive *directive, int position, int in_batch, const char *name)
{
	return iw_py_argument(directive->call, directive->batch == NULL ? position : in_batch, name);
}

struct iw_py_value *iw_alembic_given(const struct directive *directive, int position, int in_batch, const char *name)
{
	struct iw_py_value *value = iw_alembic_argument(directive, position, in_batch, name);
	return value == NULL || value->kind == IW_PY_NONE ? NULL : value;
}

const char *iw_alembic_table_of(struct run *run, const struct directive *directive, int position, const char *name)
{
	if (directive->batch != NULL)
		return directive->batch->table;
	const char *table = iw_sa_text(&run->sa, iw_sa_given(directive->call, position, name));
	if (table == NULL)
		iw_sa_fail(&run->sa, "there is no table name");
	return table == NULL ? "" : table;
}

const char *iw_alembic_schema_of(struct run *run, const struct directive *directive, int position)
{
	if (directive->batch != NULL)
		return directive->batch->schema;
	return iw_sa_text(&run->sa, iw_sa_given(directive->call, position, "schema"));
}

static const char *text_at(struct run *run, const struct directive *directive, int position, int in_batch,
			   const char *name)
{
	return iw_sa_text(&run->sa, iw_alembic_given(directive, position, in_batch, name));
}

static bool flag(struct run *run, const struct directive *directive, const char *name)
{
	return iw_sa_truth(&run->sa, iw_sa_given(directive->call, -1, name), 0) == 1;
}

/* tables ----------------------------------------------------------------------------------------------------------- */

static const struct iw_sa_type *innermost(const struct iw_sa_type *type)
{
	while (type != NULL && type->item != NULL)
		type = type->item;
	return type;
}

static const struct iw_sa_type *with_schema(struct run *run, const struct iw_sa_type *type, const char *schema)
{
	if (!type->inherits_schema || schema == NULL)
		return type;
	struct iw_sa_type *copy = iw_new(run->sa.arena, struct iw_sa_type);
	*copy = *type;
	copy->schema = schema;
	return copy;
}

static bool has_enum(struct run *run, const struct iw_sa_type *type)
{
	const iw_schema *schema = iw_alembic_schema(run);
	const struct iw_name name = {.schema = type->schema, .name = type->name.text};
	return schema != NULL && iw_schema_find_enum(schema, name) != NULL;
}

/*
 * Alembic makes a type of that name once in a run, whatever happened in the runs before: what works from an empty
 * database then fails one revision at a time, or the reverse. Here it is made when it is not there.
 */
static bool is_wanted(struct run *run, const struct iw_sa_type *type)
{
	GHashTable *made = run->options->made_types;
	if (run->options->catalogue != NULL)
		return !has_enum(run, type);
	return made == NULL ||
	       g_hash_table_add(made, iw_arena_strdup(iw_py_arena(run->sa.python), iw_sa_enum_name(&run->sa, type)));
}

static void create_types(struct run *run, const struct iw_sa_table *table)
{
	for (guint i = 0; i < table->columns->len; i++) {
		struct iw_sa_column *column = table->columns->pdata[i];
		const struct iw_sa_type *type = innermost(column->type);
		if (type == NULL || !type->is_enum || !type->is_native || type->name.text == NULL)
			continue;
		if (column->type == type)
			column->type = type = with_schema(run, type, table->schema);
		if (!type->creates_type)
			continue;
		if (run->sa.problem != NULL || !is_wanted(run, type))
			continue;
		iw_alembic_emit_text(run, iw_sa_create_enum(&run->sa, type));
	}
}

static void comment_on_columns(struct run *run, const struct iw_sa_table *table)
{
	const char *name = iw_sa_table_name(&run->sa, table->schema, table->name);
	for (guint i = 0; i < table->columns->len; i++) {
		const struct iw_sa_column *column = table->columns->pdata[i];
		if (column->comment != NULL)
			iw_alembic_emit(run, "COMMENT ON COLUMN %s.%s IS %s", name, iw_sa_quote(&run->sa, column->name),
					iw_sa_quote_text(&run->sa, column->comment));
	}
}

static void create_indexes(struct run *run, const struct iw_sa_table *table)
{
	for (guint i = 0; i < table->indexes->len; i++)
		iw_alembic_emit_text(run, iw_sa_create_index(&run->sa, table->indexes->pdata[i]));
}

void iw_alembic_create_table(struct run *run, const struct iw_sa_table *table)
{
	/* Whole, or not at all: the text comes first, for it finds what is not known. */
	const char *text = iw_sa_create_table(&run->sa, table);
	for (guint i = 0; i < table->indexes->len; i++)
		iw_sa_create_index(&run->sa, table->indexes->pdata[i]);
	if (run->sa.engine.dialect == IW_POSTGRES) {
		create_types(run, table);
		text = iw_sa_create_table(&run->sa, table);
	}
	iw_alembic_emit_text(run, text);
	create_indexes(run, table);
	if (run->sa.engine.dialect != IW_POSTGRES)
		return;
	if (table->comment != NULL)
		iw_alembic_emit(run, "COMMENT ON TABLE %s IS %s",
				iw_sa_table_name(&run->sa, table->schema, table->name),
				iw_sa_quote_text(&run->sa, table->comment));
	comment_on_columns(run, table);
}

static GPtrArray *items_from(struct run *run, const struct iw_py_value *call, guint from)
{
	GPtrArray *items = iw_arena_ptr_array(run->sa.arena);
	for (guint i = from; i < call->items->len; i++)
		g_ptr_array_add(items, call->items->pdata[i]);
	return items;
}

static struct iw_sa_table *table_of_call(struct run *run, const struct iw_py_value *call, guint from)
{
	struct iw_sa *sa = &run->sa;
	const char *name = iw_sa_text(sa, iw_sa_given(call, 0, from == 1 ? "table_name" : "name"));
	if (name == NULL)
		iw_sa_fail(sa, "there is no table name");
	struct iw_sa_table *table = iw_sa_table(sa, iw_sa_text(sa, iw_sa_given(call, -1, "schema")),
						name == NULL ? "" : name, items_from(run, call, from));
	table->comment = iw_sa_text(sa, iw_sa_given(call, -1, "comment"));
	table->prefixes = iw_sa_texts(sa, iw_sa_given(call, -1, "prefixes"));
	table->if_not_exists = iw_sa_truth(sa, iw_sa_given(call, -1, "if_not_exists"), 0) == 1;
	table->value = (struct iw_py_value *)call;
	if (sa->engine.dialect == IW_SQLITE)
		table->comment = NULL;
	return table;
}

static void create_table(struct run *run, const struct directive *directive)
{
	iw_alembic_create_table(run, table_of_call(run, directive->call, 1));
}

static void drop_table(struct run *run, const struct directive *directive)
{
	const char *table = iw_alembic_table_of(run, directive, 0, "table_name");
	iw_alembic_emit(run, "DROP TABLE %s%s", flag(run, directive, "if_exists") ? "IF EXISTS " : "",
			iw_sa_table_name(&run->sa, iw_alembic_schema_of(run, directive, 1), table));
}

static void rename_table(struct run *run, const struct directive *directive)
{
	const char *schema = iw_alembic_schema_of(run, directive, 2);
	const char *from = iw_alembic_table_of(run, directive, 0, "old_table_name");
	const char *to = text_at(run, directive, 1, 1, "new_table_name");
	iw_alembic_emit(
		run, "ALTER TABLE %s RENAME TO %s", iw_sa_table_name(&run->sa, schema, from),
		iw_sa_table_name(&run->sa, run->sa.engine.dialect == IW_MYSQL ? schema : NULL, to == NULL ? "" : to));
}

static void comment_on_table(struct run *run, const char *schema, const char *table, const char *comment)
{
	const char *name = iw_sa_table_name(&run->sa, schema, table);
	if (run->sa.engine.dialect == IW_MYSQL)
		iw_alembic_emit(run, "ALTER TABLE %s COMMENT %s", name,
				iw_sa_quote_text(&run->sa, comment == NULL ? "" : comment));
	else
		iw_alembic_emit(run, "COMMENT ON TABLE %s IS %s", name,
				comment == NULL ? "NULL" : iw_sa_quote_text(&run->sa, comment));
}

static void create_table_comment(struct run *run, const struct directive *directive)
{
	const char *comment = text_at(run, directive, 1, 0, "comment");
	comment_on_table(run, iw_alembic_schema_of(run, directive, 3),
			 iw_alembic_table_of(run, directive, 0, "table_name"), comment);
}

static void drop_table_comment(struct run *run, const struct directive *directive)
{
	comment_on_table(run, iw_alembic_schema_of(run, directive, 2),
			 iw_alembic_table_of(run, directive, 0, "table_name"), NULL);
}

/* columns ---------------------------------------------------------------------------------------------------------- */

struct iw_sa_table *iw_alembic_table_with(struct run *run, const char *schema, const char *table,
					  struct iw_sa_column *column)
{
	GPtrArray *none = iw_arena_ptr_array(run->sa.arena);
	struct iw_sa_table *made = iw_sa_table(&run->sa, schema, table, none);
	g_ptr_array_add(made->columns, column);
	iw_sa_table_attach(&run->sa, made);
	return made;
}

void iw_alembic_add_constraint(struct run *run, const struct iw_sa_table *table,
			       const struct iw_sa_constraint *constraint)
{
	if (run->sa.engine.dialect == IW_SQLITE) {
		if (!constraint->is_bound_to_type)
			iw_sa_fail(&run->sa, "%s", ALTER_REFUSED);
		return;
	}
	const char *text = iw_sa_constraint_text(&run->sa, table, constraint);
	if (text != NULL)
		iw_alembic_emit(run, "ALTER TABLE %s ADD %s", iw_sa_table_name(&run->sa, table->schema, table->name),
				text);
}

static const char *inline_reference(struct run *run, const struct iw_sa_table *table, const struct iw_sa_column *column)
{
	if (column->foreign_keys->len != 1)
		return "";
	struct iw_sa_constraint constraint = *(struct iw_sa_constraint *)column->foreign_keys->pdata[0];
	constraint.name = (struct iw_sa_name){0};
	const char *text = iw_sa_constraint_text(&run->sa, table, &constraint);
	const char *references = text == NULL ? NULL : strstr(text, " REFERENCES ");
	return references == NULL ? "" : references;
}

static void add_column(struct run *run, const struct directive *directive)
{
	struct iw_py_value *value = iw_alembic_given(directive, 1, 0, "column");
	if (value == NULL) {
		iw_sa_fail(&run->sa, "there is no column");
		return;
	}
	struct iw_sa_column *column = iw_sa_column(&run->sa, value);
	const struct iw_sa_table *table =
		iw_alembic_table_with(run, iw_alembic_schema_of(run, directive, 2),
				      iw_alembic_table_of(run, directive, 0, "table_name"), column);
	bool is_inline = flag(run, directive, "inline_references");
	bool is_key = flag(run, directive, "inline_primary_key") && column->is_primary;
	const char *text = iw_sa_column_text(&run->sa, table, column);
	bool is_sqlite = run->sa.engine.dialect == IW_SQLITE;
	for (guint i = 0; is_sqlite && i < table->constraints->len; i++)
		if (!((struct iw_sa_constraint *)table->constraints->pdata[i])->is_bound_to_type && !is_inline)
			iw_sa_fail(&run->sa, "%s", ALTER_REFUSED);
	iw_alembic_emit(run, "ALTER TABLE %s ADD COLUMN %s%s%s%s",
			iw_sa_table_name(&run->sa, table->schema, table->name),
			flag(run, directive, "if_not_exists") ? "IF NOT EXISTS " : "", text,
			is_key ? " PRIMARY KEY" : "", is_inline ? inline_reference(run, table, column) : "");
	for (guint i = 0; i < table->constraints->len; i++) {
		const struct iw_sa_constraint *constraint = table->constraints->pdata[i];
		bool is_done = is_inline && constraint->kind == IW_SA_FOREIGN && column->foreign_keys->len == 1;
		if (!is_done)
			iw_alembic_add_constraint(run, table, constraint);
	}
	create_indexes(run, table);
	if (run->sa.engine.dialect == IW_POSTGRES)
		comment_on_columns(run, table);
}

static void drop_column(struct run *run, const struct directive *directive)
{
	const char *column = text_at(run, directive, 1, 0, "column_name");
	const char *table = iw_alembic_table_of(run, directive, 0, "table_name");
	iw_alembic_emit(run, "ALTER TABLE %s DROP COLUMN %s%s",
			iw_sa_table_name(&run->sa, iw_alembic_schema_of(run, directive, 2), table),
			flag(run, directive, "if_exists") ? "IF EXISTS " : "",
			iw_sa_quote(&run->sa, column == NULL ? "" : column));
}

/* constraints ------------------------------------------------------------------------------------------------------ */

static void read_foreign_key(struct run *run, const struct directive *directive, struct iw_sa_constraint *constraint)
{
	struct iw_sa *sa = &run->sa;
	const struct iw_py_value *call = directive->call;
	constraint->remote_table = text_at(run, directive, 2, 1, "referent_table");
	if (constraint->remote_table == NULL)
		constraint->remote_table = text_at(run, directive, -1, -1, "referent");
	constraint->columns = iw_sa_texts(sa, iw_alembic_given(directive, 3, 2, "local_cols"));
	constraint->remote_columns = iw_sa_texts(sa, iw_alembic_given(directive, 4, 3, "remote_cols"));
	constraint->remote_schema = iw_sa_text(sa, iw_sa_given(call, -1, "referent_schema"));
	constraint->on_update = text_at(run, directive, 5, -1, "onupdate");
	constraint->on_delete = text_at(run, directive, 6, -1, "ondelete");
	constraint->match = iw_sa_text(sa, iw_sa_given(call, -1, "match"));
}

static enum iw_sa_kind kind_of_directive(const char *name)
{
	static const struct {
		const char *name;
		enum iw_sa_kind kind;
	} kinds[] = {{"create_primary_key", IW_SA_PRIMARY},
		     {"create_unique_constraint", IW_SA_UNIQUE},
		     {"create_foreign_key", IW_SA_FOREIGN},
		     {"create_check_constraint", IW_SA_CHECK},
		     {"create_exclude_constraint", IW_SA_EXCLUDE}};
	for (guint i = 0; i < G_N_ELEMENTS(kinds); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return kinds[i].kind;
	return IW_SA_ANY;
}

/* The elements of create_exclude_constraint() as the class has them: without what names the constraint. */
static struct iw_py_value *exclude_elements(struct run *run, const struct directive *directive)
{
	struct iw_py_value *copy = iw_new(run->sa.arena, struct iw_py_value);
	*copy = *directive->call;
	copy->items = items_from(run, directive->call, directive->batch == NULL ? 2 : 1);
	return copy;
}

struct iw_sa_constraint *iw_alembic_new_constraint(struct run *run, const struct directive *directive)
{
	struct iw_sa *sa = &run->sa;
	const struct iw_py_value *call = directive->call;
	struct iw_sa_constraint *constraint = iw_sa_constraint_new(sa, kind_of_directive(directive->name));
	struct iw_py_value *name = iw_alembic_given(directive, 0, 0, "constraint_name");
	constraint->name = iw_sa_name(sa, name != NULL ? name : iw_sa_given(call, -1, "name"));
	constraint->value = (struct iw_py_value *)call;
	if (constraint->kind == IW_SA_FOREIGN)
		read_foreign_key(run, directive, constraint);
	else if (constraint->kind == IW_SA_CHECK)
		constraint->check = iw_sa_expression(sa, iw_alembic_given(directive, 2, 1, "condition"), 0);
	else if (constraint->kind == IW_SA_EXCLUDE)
		constraint->value = exclude_elements(run, directive);
	else
		constraint->columns = iw_sa_texts(sa, iw_alembic_given(directive, 2, 1, "columns"));
	constraint->deferrable = iw_sa_truth(sa, iw_sa_given(call, -1, "deferrable"), -1);
	constraint->initially = iw_sa_text(sa, iw_sa_given(call, -1, "initially"));
	constraint->is_not_valid = iw_sa_truth(sa, iw_sa_option(sa, call, "not_valid"), 0) == 1;
	return constraint;
}

static void create_constraint(struct run *run, const struct directive *directive)
{
	struct iw_sa_constraint *constraint = iw_alembic_new_constraint(run, directive);
	bool is_foreign = constraint->kind == IW_SA_FOREIGN;
	const char *source = is_foreign ? "source_table" : "table_name";
	const char *schema = !is_foreign
				     ? iw_alembic_schema_of(run, directive, constraint->kind == IW_SA_EXCLUDE ? -1 : 3)
				     : iw_sa_text(&run->sa, iw_sa_given(directive->call, -1, "source_schema"));
	if (directive->batch != NULL)
		schema = directive->batch->schema;
	const char *name = iw_alembic_table_of(run, directive, 1, source);
	const struct iw_sa_table table = {
		.schema = schema, .name = name, .columns = iw_arena_ptr_array(run->sa.arena), .primary = constraint};
	iw_alembic_add_constraint(run, &table, constraint);
}

struct iw_sa_constraint *iw_alembic_dropped_constraint(struct run *run, const struct directive *directive)
{
	static const char *const kinds[] = {[IW_SA_PRIMARY] = "primary",
					    [IW_SA_UNIQUE] = "unique",
					    [IW_SA_FOREIGN] = "foreignkey",
					    [IW_SA_CHECK] = "check"};
	struct iw_sa_constraint *constraint = iw_sa_constraint_new(&run->sa, IW_SA_ANY);
	struct iw_py_value *name = iw_alembic_given(directive, 0, 0, "constraint_name");
	constraint->name = iw_sa_name(&run->sa, name != NULL ? name : iw_sa_given(directive->call, -1, "name"));
	const char *type = text_at(run, directive, 2, 1, "type_");
	for (guint i = 0; type != NULL && i < G_N_ELEMENTS(kinds); i++)
		if (strcmp(kinds[i], type) == 0)
			constraint->kind = (enum iw_sa_kind)i;
	if (type != NULL && constraint->kind == IW_SA_ANY)
		iw_sa_fail(&run->sa, "there is no type_ \"%s\" of constraints", type);
	return constraint;
}

static void drop_constraint(struct run *run, const struct directive *directive)
{
	struct iw_sa *sa = &run->sa;
	const char *schema = iw_alembic_schema_of(run, directive, 3);
	const char *table = iw_alembic_table_of(run, directive, 1, "table_name");
	const struct iw_sa_constraint *constraint = iw_alembic_dropped_constraint(run, directive);
	const char *name = iw_sa_format_name(sa, iw_sa_constraint_name(sa, constraint, schema, table), false);
	bool is_mysql = sa->engine.dialect == IW_MYSQL;
	if (sa->engine.dialect == IW_SQLITE)
		iw_sa_fail(sa, "%s", ALTER_REFUSED);
	if (is_mysql && constraint->kind == IW_SA_ANY)
		iw_sa_fail(sa, "Alembic wants type_ on MySQL");
	if (name == NULL && !(is_mysql && constraint->kind == IW_SA_PRIMARY))
		iw_sa_fail(sa, "the constraint has no name, and no naming convention gives it one");
	const char *check = sa->engine.is_mariadb ? "CONSTRAINT " : "CHECK ";
	const char *what = !is_mysql			       ? "CONSTRAINT "
			   : constraint->kind == IW_SA_PRIMARY ? "PRIMARY KEY"
			   : constraint->kind == IW_SA_FOREIGN ? "FOREIGN KEY "
			   : constraint->kind == IW_SA_UNIQUE  ? "INDEX "
							       : check;
	bool is_key = is_mysql && constraint->kind == IW_SA_PRIMARY;
	iw_alembic_emit(run, "ALTER TABLE %s DROP %s%s%s", iw_sa_table_name(sa, schema, table), what,
			flag(run, directive, "if_exists") && !is_mysql ? "IF EXISTS " : "",
			is_key || name == NULL ? "" : name);
}

/* indexes ---------------------------------------------------------------------------------------------------------- */

struct iw_sa_index *iw_alembic_new_index(struct run *run, const struct directive *directive)
{
	struct iw_sa *sa = &run->sa;
	struct iw_sa_index *index = iw_new(sa->arena, struct iw_sa_index);
	index->name = iw_sa_name(sa, iw_alembic_given(directive, 0, 0, "index_name"));
	index->table = iw_alembic_table_of(run, directive, 1, "table_name");
	index->schema = iw_alembic_schema_of(run, directive, 3);
	index->is_unique = iw_sa_truth(sa, iw_alembic_given(directive, 4, -1, "unique"), 0) == 1;
	index->value = (struct iw_py_value *)directive->call;
	struct iw_py_value *columns = iw_alembic_given(directive, 2, 1, "columns");
	bool is_list = columns != NULL && (columns->kind == IW_PY_LIST || columns->kind == IW_PY_TUPLE);
	if (!is_list && !iw_sa_unknown(sa, columns))
		iw_sa_fail(sa, "the columns of the index are no list");
	index->keys = is_list ? columns->items : iw_arena_ptr_array(sa->arena);
	for (guint i = 0; i < index->keys->len; i++)
		iw_sa_unknown(sa, index->keys->pdata[i]);
	return index;
}

static void create_index(struct run *run, const struct directive *directive)
{
	iw_alembic_emit_text(run, iw_sa_create_index(&run->sa, iw_alembic_new_index(run, directive)));
}

static void drop_index(struct run *run, const struct directive *directive)
{
	struct iw_sa *sa = &run->sa;
	struct iw_py_value *concurrently =
		sa->engine.dialect == IW_POSTGRES ? iw_sa_option(sa, directive->call, "concurrently") : NULL;
	const char *schema = iw_alembic_schema_of(run, directive, 2);
	struct iw_py_value *given = iw_alembic_given(directive, 1, -1, "table_name");
	const char *table = directive->batch != NULL ? directive->batch->table : iw_sa_text(sa, given);
	struct iw_sa_name name = iw_sa_name(sa, iw_alembic_given(directive, 0, 0, "index_name"));
	struct iw_sa_index index = {.name = name, .table = table == NULL ? "no_table" : table};
	const char *quoted = iw_sa_format_name(sa, iw_sa_index_name(sa, &index, schema, index.table), true);
	if (quoted == NULL)
		iw_sa_fail(sa, "the index has no name");
	const char *if_exists = flag(run, directive, "if_exists") ? "IF EXISTS " : "";
	if (sa->engine.dialect == IW_MYSQL) {
		iw_alembic_emit(run, "DROP INDEX %s%s ON %s", if_exists, quoted == NULL ? "" : quoted,
				iw_sa_table_name(sa, schema, index.table));
		return;
	}
	iw_alembic_emit(run, "DROP INDEX %s%s%s%s%s",
			concurrently != NULL && iw_sa_truth(sa, concurrently, 0) == 1 ? "CONCURRENTLY " : "", if_exists,
			schema == NULL ? "" : iw_sa_quote(sa, schema), schema == NULL ? "" : ".",
			quoted == NULL ? "" : quoted);
}

/* rows ------------------------------------------------------------------------------------------------------------- */

static void bulk_insert(struct run *run, const struct directive *directive)
{
	struct iw_py_value *table = iw_sa_as_table(&run->sa, iw_sa_given(directive->call, 0, "table"));
	struct iw_py_value *rows = iw_sa_given(directive->call, 1, "rows");
	if (iw_sa_unknown(&run->sa, rows))
		return;
	if (table == NULL || rows == NULL || rows->kind != IW_PY_LIST) {
		iw_sa_fail(&run->sa, table == NULL ? "the table is not known" : "the rows are no list");
		return;
	}
	GPtrArray *texts = iw_arena_ptr_array(run->sa.arena);
	for (guint i = 0; i < rows->items->len; i++)
		g_ptr_array_add(texts, (gpointer)iw_sa_insert(&run->sa, table, rows->items->pdata[i]));
	for (guint i = 0; i < texts->len; i++)
		iw_alembic_emit_text(run, texts->pdata[i]);
}

static void execute(struct run *run, const struct directive *directive)
{
	struct iw_py_value *statement = iw_sa_given(directive->call, 0, "sqltext");
	if (statement == NULL)
		iw_sa_fail(&run->sa, "there is no statement");
	else
		iw_alembic_emit_text(run, iw_sa_statement(&run->sa, statement, NULL));
}

/* objects of their own --------------------------------------------------------------------------------------------- */

/* postgresql.ENUM asks first whether the type is there, unless told not to; sa.Enum does not, unless told to. */
static void type_call(struct run *run, const struct iw_py_value *call, struct iw_py_value *object, bool creates)
{
	const struct iw_sa_type *type = iw_sa_type(&run->sa, object);
	if (run->sa.engine.dialect == IW_MYSQL && type->is_dialect_enum)
		iw_sa_fail(&run->sa, "the type is PostgreSQL's own");
	if (run->sa.engine.dialect != IW_POSTGRES || !type->is_enum || !type->is_native || run->sa.problem != NULL)
		return;
	bool asks = iw_sa_truth(&run->sa, iw_sa_given(call, 1, "checkfirst"), type->is_dialect_enum) == 1;
	bool is_there = has_enum(run, type);
	if (asks && is_there == creates)
		return;
	if (asks)
		iw_made_note(run->made, "%s: %s %s here, by replay", creates ? "create" : "drop", type->name.text,
			     is_there ? "is" : "is not");
	if (!creates)
		iw_alembic_emit(run, "DROP TYPE %s", iw_sa_enum_name(&run->sa, type));
	else
		iw_alembic_emit_text(run, iw_sa_create_enum(&run->sa, type));
}

static void table_call(struct run *run, struct iw_py_value *object, bool creates)
{
	const struct iw_sa_table *table = table_of_call(run, object, 2);
	if (table->columns->len == 0 && creates)
		iw_sa_fail(&run->sa, "the columns of the table are not written here");
	if (creates)
		iw_alembic_create_table(run, table);
	else
		iw_alembic_emit(run, "DROP TABLE %s", iw_sa_table_name(&run->sa, table->schema, table->name));
}

bool iw_alembic_object_call(struct run *run, const struct iw_py_value *call)
{
	const char *method = NULL;
	struct iw_py_value *object = iw_sa_method(call, &method);
	if (object == NULL || (strcmp(method, "create") != 0 && strcmp(method, "drop") != 0))
		return false;
	bool creates = strcmp(method, "create") == 0;
	struct iw_py_value *checks = iw_sa_given(call, 1, "checkfirst");
	if (object->kind == IW_PY_CALL && iw_sa_is(&run->sa, object, "Table")) {
		if (checks != NULL && iw_sa_truth(&run->sa, checks, 1) == 1)
			iw_made_note(run->made, "checkfirst is taken as false");
		table_call(run, object, creates);
		return true;
	}
	if (!iw_sa_is_type(&run->sa, object))
		return false;
	type_call(run, call, object, creates);
	return true;
}

bool iw_alembic_directive(struct run *run, const struct directive *directive)
{
	static const struct {
		const char *name;
		void (*render)(struct run *, const struct directive *);
	} directives[] = {
		{"add_column", add_column},
		{"alter_column", iw_alembic_alter_column},
		{"bulk_insert", bulk_insert},
		{"create_check_constraint", create_constraint},
		{"create_exclude_constraint", create_constraint},
		{"create_foreign_key", create_constraint},
		{"create_index", create_index},
		{"create_primary_key", create_constraint},
		{"create_table", create_table},
		{"create_table_comment", create_table_comment},
		{"create_unique_constraint", create_constraint},
		{"drop_column", drop_column},
		{"drop_constraint", drop_constraint},
		{"drop_index", drop_index},
		{"drop_table", drop_table},
		{"drop_table_comment", drop_table_comment},
		{"execute", execute},
		{"rename_table", rename_table},
	};
	for (guint i = 0; i < G_N_ELEMENTS(directives); i++)
		if (strcmp(directives[i].name, directive->name) == 0) {
			directives[i].render(run, directive);
			return true;
		}
	return false;
}
