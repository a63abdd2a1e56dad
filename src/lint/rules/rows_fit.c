/* Changes that depend on the rows that are there: they pass on an empty database and fail, or lose values, on a full
 * one. */
#include "lint/rules/rules.h"

#include <string.h>

struct integer_type {
	const char *name;
	int bytes;
};
static const struct integer_type INTEGERS[] = {{"tinyint", 1},	 {"smallint", 2}, {"int2", 2},
					       {"mediumint", 3}, {"integer", 4},  {"int", 4},
					       {"int4", 4},	 {"bigint", 8},	  {"int8", 8}};

static int integer_bytes(const struct iw_type *type)
{
	for (size_t i = 0; type->base != NULL && i < G_N_ELEMENTS(INTEGERS); i++)
		if (!type->is_array && g_ascii_strcasecmp(type->base, INTEGERS[i].name) == 0)
			return INTEGERS[i].bytes;
	return 0;
}

enum { UNLIMITED = 1 << 30 };

/* The most characters; 0: it is no text. */
static int text_length(const struct iw_type *type)
{
	static const char *const LIMITED[] = {"character varying", "varchar", "character", "char", "bpchar"};
	if (type->base == NULL || type->is_array)
		return 0;
	for (size_t i = 0; i < G_N_ELEMENTS(LIMITED); i++)
		if (strcmp(type->base, LIMITED[i]) == 0)
			return type->arguments[0] > 0 ? type->arguments[0] : UNLIMITED;
	return strstr(type->base, "text") != NULL ? UNLIMITED : 0;
}

static bool is_numeric(const struct iw_type *type)
{
	return type->base != NULL && !type->is_array &&
	       (strcmp(type->base, "numeric") == 0 || strcmp(type->base, "decimal") == 0) && type->arguments[0] > 0;
}

/* What becomes of values that do not fit; NULL: all fit, or nothing can be said. */
static const char *loss(const struct iw_type *from, const struct iw_type *to)
{
	int before = integer_bytes(from), after = integer_bytes(to);
	if (before > 0 && after > 0)
		return after < before || (to->is_unsigned && !from->is_unsigned) ? "larger values are refused" : NULL;
	before = text_length(from), after = text_length(to);
	if (before > 0 && after > 0)
		return after < before ? "longer values are refused" : NULL;
	if (is_numeric(from) && is_numeric(to)) {
		int places = MAX(from->arguments[1], 0), new_places = MAX(to->arguments[1], 0);
		if (to->arguments[0] - new_places < from->arguments[0] - places)
			return "larger values are refused";
		return new_places < places ? "values are rounded" : NULL;
	}
	bool was_timestamp = from->text != NULL && g_str_has_prefix(from->text, "timestamp");
	if ((was_timestamp || g_strcmp0(from->base, "datetime") == 0) && g_strcmp0(to->text, "date") == 0)
		return "the time of day is lost";
	return NULL;
}

static struct iw_finding *narrowed(const struct iw_lint_context *context)
{
	const struct iw_operation *operation = context->operation;
	const struct iw_table *table = iw_lint_table(context);
	bool is_change = iw_lint_is(context, IW_OP_ALTER_COLUMN_TYPE) || iw_lint_is(context, IW_OP_MODIFY_COLUMN);
	if (!is_change || operation->column == NULL || operation->expression != NULL || table == NULL)
		return NULL;
	const struct iw_column *before = iw_table_find_column(table, context->options->engine, operation->member);
	const char *words = before == NULL ? NULL : loss(&before->type, &operation->column->type);
	if (words == NULL)
		return NULL;
	struct iw_finding *finding =
		iw_finding_new(context, IW_OFF, "\"%s\" becomes narrower, from %s to %s: %s", operation->member,
			       before->type.text, operation->column->type.text, words);
	return iw_finding_with(finding, "Look for such values first, and keep new ones out with a CHECK.", NULL);
}

static const struct iw_column *own_column(const struct iw_lint_context *context, const char *name)
{
	GPtrArray *columns = iw_lint_columns(context);
	for (guint i = 0; i < columns->len; i++) {
		const struct iw_column *column = g_ptr_array_index(columns, i);
		if (g_strcmp0(column->name, name) == 0)
			return column;
	}
	const struct iw_table *table = iw_lint_table(context);
	return table == NULL ? NULL : iw_table_find_column(table, context->options->engine, name);
}

static const struct iw_column *referenced_column(const struct iw_lint_context *context,
						 const struct iw_constraint *constraint)
{
	const struct iw_table *parent = iw_schema_find_table(context->before, constraint->references);
	if (parent == NULL || parent->is_opaque)
		return NULL;
	const struct iw_constraint *key = iw_table_primary_key(parent);
	GPtrArray *columns = constraint->referenced_columns;
	if (columns == NULL || columns->len == 0)
		columns = key == NULL ? NULL : iw_lint_constraint_columns(context, key);
	return columns == NULL || columns->len != 1
		       ? NULL
		       : iw_table_find_column(parent, context->options->engine, g_ptr_array_index(columns, 0));
}

static int column_bytes(const struct iw_column *column)
{
	static const int SERIAL[] = {[IW_SMALLSERIAL] = 2, [IW_SERIAL] = 4, [IW_BIGSERIAL] = 8};
	return column->serial != IW_NOT_SERIAL ? SERIAL[column->serial] : integer_bytes(&column->type);
}

static struct iw_finding *mismatched(const struct iw_lint_context *context)
{
	GPtrArray *constraints = iw_lint_constraints(context);
	for (guint i = 0; i < constraints->len; i++) {
		const struct iw_constraint *constraint = g_ptr_array_index(constraints, i);
		if (constraint->kind != IW_FOREIGN_KEY)
			continue;
		GPtrArray *columns = iw_lint_constraint_columns(context, constraint);
		const char *name = columns->len > 0 ? g_ptr_array_index(columns, 0) : context->operation->member;
		const struct iw_column *own = columns->len > 1 || name == NULL ? NULL : own_column(context, name);
		const struct iw_column *other = own == NULL ? NULL : referenced_column(context, constraint);
		int bytes = other == NULL ? 0 : column_bytes(own), wanted = other == NULL ? 0 : column_bytes(other);
		if (bytes == 0 || wanted == 0 || bytes == wanted)
			continue;
		bool is_mysql = iw_lint_is_dialect(context, IW_MYSQL);
		struct iw_finding *finding =
			iw_finding_new(context,
				       bytes > wanted && !is_mysql ? IW_NOTE
				       : is_mysql		   ? IW_SEVERE
								   : IW_OFF,
				       is_mysql ? "\"%s\" is %s and what it references %s: the server refuses that"
						: "\"%s\" is %s and what it references %s",
				       name, own->type.text, other->type.text);
		return iw_finding_with(finding, "Give both the same type.", NULL);
	}
	return NULL;
}

/* A column that the migration has added without a default holds NULL everywhere, a serial one no value twice. */
static bool is_all_new(const struct iw_lint_context *context, GPtrArray *columns)
{
	for (guint i = 0; i < columns->len; i++) {
		const char *column = g_ptr_array_index(columns, i);
		const char *key =
			iw_lint_sql(context, "null %s.%s",
				    iw_lint_table_key(context->arena, context->before, context->operation->name),
				    column == NULL ? "" : column);
		if (column != NULL && iw_lint_was_said(context, key))
			return true;
	}
	return false;
}

static bool is_unique_already(const struct iw_lint_context *context, GPtrArray *columns)
{
	const struct iw_table *table = iw_lint_table(context);
	for (guint i = 0; table != NULL && i < table->indexes->len; i++) {
		const struct iw_index *index = g_ptr_array_index(table->indexes, i);
		GPtrArray *keys = iw_lint_key_columns(context, index->keys);
		bool is_within = index->is_unique && index->where == NULL && keys->len > 0 && keys->len <= columns->len;
		for (guint k = 0; is_within && k < keys->len; k++)
			is_within = g_ptr_array_index(keys, k) != NULL &&
				    iw_lint_has_name(columns, g_ptr_array_index(keys, k));
		if (is_within)
			return true;
	}
	return false;
}

static GPtrArray *made_unique(const struct iw_lint_context *context)
{
	const struct iw_operation *operation = context->operation;
	const struct iw_constraint *constraint = operation->constraint;
	if (iw_lint_is(context, IW_OP_CREATE_INDEX) && operation->index != NULL && operation->index->is_unique)
		return iw_lint_key_columns(context, operation->index->keys);
	bool is_key = iw_lint_is(context, IW_OP_ADD_CONSTRAINT) && constraint != NULL &&
		      constraint->using_index == NULL &&
		      (constraint->kind == IW_UNIQUE || constraint->kind == IW_PRIMARY_KEY);
	return is_key ? iw_lint_constraint_columns(context, constraint) : NULL;
}

static void note_new_column(const struct iw_lint_context *context)
{
	const struct iw_column *column = context->operation->column;
	if (!iw_lint_is(context, IW_OP_ADD_COLUMN) || column == NULL)
		return;
	bool is_null = column->default_value == NULL && !column->not_null;
	bool is_numbered =
		column->serial != IW_NOT_SERIAL || column->identity != IW_NO_IDENTITY || column->auto_increment;
	bool is_random = column->default_value != NULL && column->default_value->volatility == IW_VOLATILE;
	if (is_null || is_numbered || is_random)
		iw_lint_say_once(context, iw_lint_sql(context, "null %s.%s",
						      iw_lint_table_key(context->arena, context->before,
									context->operation->name),
						      context->operation->member));
}

static struct iw_finding *duplicates(const struct iw_lint_context *context)
{
	note_new_column(context);
	GPtrArray *columns = made_unique(context);
	if (columns == NULL || context->fact->refused != NULL || is_all_new(context, columns) ||
	    is_unique_already(context, columns))
		return NULL;
	struct iw_finding *finding = iw_finding_new(
		context, IW_OFF, "this fails if %s holds two rows that are equal in it", iw_lint_table_words(context));
	return iw_finding_with(finding, "Look for duplicates before, and keep the code from writing new ones.", NULL);
}

static struct iw_finding *assigned_twice(const struct iw_lint_context *context)
{
	GPtrArray *columns = context->operation->data == NULL ? NULL : context->operation->data->columns;
	if (!iw_lint_is_any(context, IW_OP_UPDATE) || columns == NULL)
		return NULL;
	for (guint i = 0; i < columns->len; i++)
		for (guint k = 0; k < i; k++) {
			const char *name = g_ptr_array_index(columns, i);
			if (name == NULL || g_strcmp0(name, g_ptr_array_index(columns, k)) != 0)
				continue;
			struct iw_finding *finding = iw_finding_new(
				context, IW_OFF, "the server refuses this: \"%s\" is assigned twice", name);
			return iw_finding_with(finding, "Assign it once.", NULL);
		}
	return NULL;
}

const struct iw_rule iw_rules_rows[] = {
	{.id = "assigned-twice",
	 .title = "an UPDATE assigns a column twice",
	 .severity = IW_SEVERE,
	 .dialects = IW_ON_POSTGRES,
	 .why = "PostgreSQL refuses it (multiple assignments to same column), whatever the rows are.",
	 .check = assigned_twice,
	 .examples = IW_EXAMPLES({IW_POSTGRES, IW_USERS, "UPDATE users SET age = 1, age = 2 WHERE id = 1;",
				  "UPDATE users SET age = 1, name = 'x' WHERE id = 1;"})},
	{.id = "type-narrowed",
	 .title = "a column becomes narrower",
	 .severity = IW_WARNING,
	 .dialects = IW_ON_POSTGRES | IW_ON_MYSQL,
	 .why = "Values that do not fit make the statement fail: it passes where the rows are few and fails where they "
		"are "
		"not. Scales are rounded without a word, and MySQL outside strict mode cuts values off.",
	 .check = narrowed,
	 .examples = IW_EXAMPLES({IW_POSTGRES, "CREATE TABLE t (a bigint, b varchar(20));",
				  "ALTER TABLE t ALTER COLUMN a TYPE int;",
				  "ALTER TABLE t ALTER COLUMN b TYPE varchar(40);"},
				 {IW_MYSQL, "CREATE TABLE t (a bigint, b varchar(20));",
				  "ALTER TABLE t MODIFY b varchar(10);", "ALTER TABLE t MODIFY b varchar(40);"})},
	{.id = "foreign-key-type-mismatch",
	 .title = "a foreign key and what it references differ in type",
	 .severity = IW_WARNING,
	 .dialects = IW_ON_POSTGRES | IW_ON_MYSQL,
	 .why = "An integer that references a bigint takes no more than 2,147,483,647 of its ids. MySQL refuses "
		"different types "
		"(error 3780).",
	 .check = mismatched,
	 .examples = IW_EXAMPLES({IW_POSTGRES, "CREATE TABLE p (id bigint PRIMARY KEY);",
				  "CREATE TABLE c (p_id int REFERENCES p (id));",
				  "CREATE TABLE c (p_id bigint REFERENCES p (id));"},
				 {IW_MYSQL, "CREATE TABLE p (id bigint PRIMARY KEY);",
				  "CREATE TABLE c (p_id int, FOREIGN KEY (p_id) REFERENCES p (id));",
				  "CREATE TABLE c (p_id bigint, FOREIGN KEY (p_id) REFERENCES p (id));"})},
	{.id = "unique-on-rows",
	 .title = "a unique key on rows that are there",
	 .severity = IW_NOTE,
	 .dialects = IW_ON_ALL,
	 .why = "Duplicates among the rows make the statement fail; an empty development database has none. "
		"CONCURRENTLY leaves "
		"an INVALID index behind then.",
	 .check = duplicates,
	 .examples = IW_EXAMPLES(
		 {IW_POSTGRES, IW_USERS, "CREATE UNIQUE INDEX CONCURRENTLY i ON users (name);",
		  "ALTER TABLE users ADD COLUMN email text;\nCREATE UNIQUE INDEX i ON users (email);"},
		 {IW_MYSQL, IW_USERS_MYSQL, "CREATE UNIQUE INDEX i ON users (name);",
		  "CREATE INDEX i ON users (name);"},
		 {IW_SQLITE, IW_USERS, "CREATE UNIQUE INDEX i ON users (name);", "CREATE INDEX i ON users (name);"})},
};
