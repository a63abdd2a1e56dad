/* Changes that running code notices: what it names or relies on is gone, renamed or different. */
#include "lint/rules/rules.h"

#include <string.h>

static struct iw_finding *renamed(const struct iw_lint_context *context)
{
	const struct iw_operation *operation = context->operation;
	enum iw_object_kind kind = operation->object_kind;
	bool is_used = kind == IW_OBJECT_VIEW || kind == IW_OBJECT_MATERIALIZED_VIEW || kind == IW_OBJECT_FUNCTION ||
		       kind == IW_OBJECT_PROCEDURE;
	if (!iw_lint_is_any(context, IW_OP_RENAME_OBJECT) || !is_used)
		return NULL;
	struct iw_finding *finding = iw_finding_new(
		context, IW_OFF, "code that uses the %s \"%s\" by its old name fails from this moment on",
		iw_object_kind_words(kind), operation->name.name);
	return iw_finding_with(finding, "Create it under the new name, too, and drop the old one when no code uses it.",
			       NULL);
}

static struct iw_finding *schema_dropped(const struct iw_lint_context *context)
{
	enum iw_object_kind kind = context->operation->object_kind;
	if (!iw_lint_is_any(context, IW_OP_DROP_OBJECT) || (kind != IW_OBJECT_SCHEMA && kind != IW_OBJECT_DATABASE))
		return NULL;
	struct iw_finding *finding = iw_finding_new(context, IW_OFF, "drops the whole %s \"%s\"",
						    iw_object_kind_words(kind), context->operation->name.name);
	return iw_finding_with(finding, "Drop its tables by name, in migrations of their own; then drop what is empty.",
			       NULL);
}

/* ADD COLUMN ... NOT NULL DEFAULT x, and DROP DEFAULT right after it: what Django and others do. */
static struct iw_finding *default_dropped(const struct iw_lint_context *context)
{
	const struct iw_operation *operation = context->operation;
	const struct iw_column *column = operation->column;
	if (context->replay_error != NULL || operation->member == NULL || operation->name.name == NULL)
		return NULL;
	const char *key =
		iw_lint_sql(context, "default %s.%s",
			    iw_lint_table_key(context->arena, context->before, operation->name), operation->member);
	if (iw_lint_is(context, IW_OP_ADD_COLUMN) && column != NULL && column->not_null &&
	    column->default_value != NULL)
		iw_lint_say_once(context, key);
	if (!iw_lint_is(context, IW_OP_DROP_DEFAULT) || !iw_lint_was_said(context, key))
		return NULL;
	struct iw_finding *finding = iw_finding_new(
		context, IW_OFF,
		"\"%s\" is NOT NULL and has no default any more: inserts of code that does not know it fail",
		operation->member);
	return iw_finding_with(finding,
			       "Keep the default until all running code writes the column: `inchworm up` does, until "
			       "`contract`, where "
			       "the table is not tiny; Django 5 has db_default for that.",
			       NULL);
}

static struct iw_finding *json_added(const struct iw_lint_context *context)
{
	const struct iw_column *column = context->operation->column;
	if (!iw_lint_is(context, IW_OP_ADD_COLUMN) || column == NULL || g_strcmp0(column->type.base, "json") != 0 ||
	    column->type.is_array)
		return NULL;
	struct iw_finding *finding = iw_finding_new(
		context, IW_OFF,
		"json has no equality: SELECT DISTINCT, GROUP BY and UNION over all columns of %s fail from now on",
		iw_lint_table_words(context));
	struct iw_operation other = *context->operation;
	struct iw_column binary = *column;
	binary.type.text = binary.type.base = "jsonb";
	other.column = &binary;
	return iw_finding_with(finding, "Use jsonb.", iw_lint_render(context, &other));
}

static const struct iw_column *absent_column(const struct iw_lint_context *context, const struct iw_table *present)
{
	GPtrArray *columns = context->operation->table->columns;
	for (guint i = 0; i < columns->len; i++) {
		const struct iw_column *column = g_ptr_array_index(columns, i);
		if (iw_table_find_column(present, context->options->engine, column->name) == NULL)
			return column;
	}
	return NULL;
}

static struct iw_finding *create_ignored(const struct iw_lint_context *context)
{
	if (!iw_lint_is_any(context, IW_OP_CREATE_TABLE) || (context->operation->flags & IW_IF_NOT_EXISTS) == 0 ||
	    context->operation->table == NULL || context->operation->table->is_temporary)
		return NULL;
	const struct iw_table *present = iw_schema_find_table(context->before, context->operation->name);
	if (present == NULL || present->is_opaque)
		return NULL;
	const struct iw_column *column = absent_column(context, present);
	if (column == NULL)
		return NULL;
	struct iw_finding *finding =
		iw_finding_new(context, IW_OFF, "%s is there already, without \"%s\": IF NOT EXISTS leaves it as it is",
			       iw_lint_table_words(context), column->name);
	return iw_finding_with(finding, "Add what is missing with ALTER TABLE.", NULL);
}

static struct iw_finding *key_goes_with_column(const struct iw_lint_context *context)
{
	const struct iw_table *table = iw_lint_table(context);
	if (!iw_lint_is(context, IW_OP_DROP_COLUMN) || table == NULL)
		return NULL;
	for (guint i = 0; i < table->indexes->len; i++) {
		const struct iw_index *index = g_ptr_array_index(table->indexes, i);
		GPtrArray *columns = iw_lint_key_columns(context, index->keys);
		bool is_of_it = false;
		for (guint k = 0; k < columns->len; k++)
			is_of_it |= g_strcmp0(g_ptr_array_index(columns, k), context->operation->member) == 0;
		if (!index->is_unique || columns->len < 2 || !is_of_it)
			continue;
		bool is_refused = context->options->engine.is_mariadb;
		const char *what =
			is_refused ? "MariaDB refuses that (error 1072)"
			: iw_lint_is_dialect(context, IW_MYSQL)
				? "it is made of the other columns from now on, and fails if they are not unique"
				: "it goes with it, and the other columns are not kept unique any more";
		struct iw_finding *finding = iw_finding_new(context, is_refused ? IW_SEVERE : IW_OFF,
							    "\"%s\" is part of the unique key \"%s\": %s",
							    context->operation->member, index->name, what);
		return iw_finding_with(finding, "Drop the key by name first, and make the one that is wanted.", NULL);
	}
	return NULL;
}

const struct iw_rule iw_rules_breaking[] = {
	{.id = "rename-object",
	 .title = "a view or function is renamed",
	 .severity = IW_WARNING,
	 .dialects = IW_ON_POSTGRES,
	 .why = "Running code uses the old name until it is replaced.",
	 .check = renamed,
	 .examples = IW_EXAMPLES({IW_POSTGRES, "CREATE TABLE t (a int); CREATE VIEW v AS SELECT a FROM t;",
				  "ALTER VIEW v RENAME TO w;", "CREATE VIEW w AS SELECT a FROM t;"})},
	{.id = "drop-schema",
	 .title = "a schema or a database is dropped",
	 .severity = IW_SEVERE,
	 .dialects = IW_ON_POSTGRES | IW_ON_MYSQL,
	 .why = "DROP DATABASE, and DROP SCHEMA with CASCADE, remove everything inside, whatever it is by then. On "
		"MySQL they "
		"are one and the same, and commit at once.",
	 .check = schema_dropped,
	 .examples =
		 IW_EXAMPLES({IW_POSTGRES, "CREATE SCHEMA app;", "DROP SCHEMA app CASCADE;", "CREATE SCHEMA other;"},
			     {IW_MYSQL, "", "DROP DATABASE app;", "CREATE DATABASE app;"})},
	{.id = "default-dropped",
	 .title = "a new NOT NULL column loses its default at once",
	 .severity = IW_WARNING,
	 .dialects = IW_ON_POSTGRES | IW_ON_MYSQL,
	 .why = "Some frameworks add a column with a default for the rows that are there, and drop the default in the "
		"next "
		"statement. Code that runs until the deployment is through does not know the column, and its inserts "
		"fail. `inchworm up` leaves the default there until `contract` (recipe keep-default), except on tables "
		"of up to "
		"10,000 rows, which run as written; `manage.py migrate` and others drop it at once.",
	 .check = default_dropped,
	 .examples = IW_EXAMPLES({IW_POSTGRES, IW_USERS,
				  "ALTER TABLE users ADD COLUMN a int NOT NULL DEFAULT 0;\nALTER TABLE users ALTER "
				  "COLUMN a DROP DEFAULT;",
				  "ALTER TABLE users ADD COLUMN a int NOT NULL DEFAULT 0;"},
				 {IW_MYSQL, IW_USERS_MYSQL,
				  "ALTER TABLE users ADD COLUMN a int NOT NULL DEFAULT 0;\nALTER TABLE users ALTER "
				  "COLUMN a DROP DEFAULT;",
				  "ALTER TABLE users ADD COLUMN a int NOT NULL DEFAULT 0;"})},
	{.id = "add-column-json",
	 .title = "a json column is added to a table that is in use",
	 .severity = IW_NOTE,
	 .dialects = IW_ON_POSTGRES,
	 .why = "json cannot be compared, so queries that compare whole rows (SELECT DISTINCT, UNION, GROUP BY over "
		"all columns) "
		"fail as soon as there is such a column.",
	 .check = json_added,
	 .examples = IW_EXAMPLES({IW_POSTGRES, IW_USERS, "ALTER TABLE users ADD COLUMN data json;",
				  "ALTER TABLE users ADD COLUMN data jsonb;"})},
	{.id = "create-table-ignored",
	 .title = "CREATE TABLE IF NOT EXISTS of another table than the one that is there",
	 .severity = IW_WARNING,
	 .dialects = IW_ON_ALL,
	 .why = "The statement succeeds and does nothing, although the table has another shape: what follows relies on "
		"columns "
		"that are not there.",
	 .check = create_ignored,
	 .examples = IW_EXAMPLES({IW_POSTGRES, IW_USERS, "CREATE TABLE IF NOT EXISTS users (id bigint, email text);",
				  "CREATE TABLE IF NOT EXISTS users (id bigint, name text);"},
				 {IW_MYSQL, IW_USERS_MYSQL, "CREATE TABLE IF NOT EXISTS users (id bigint, email text);",
				  "CREATE TABLE IF NOT EXISTS users (id bigint, name text);"},
				 {IW_SQLITE, IW_USERS, "CREATE TABLE IF NOT EXISTS users (id bigint, email text);",
				  "CREATE TABLE IF NOT EXISTS users (id bigint, name text);"})},
	{.id = "drop-column-takes-key",
	 .title = "a dropped column is part of a unique key",
	 .severity = IW_WARNING,
	 .dialects = IW_ON_POSTGRES | IW_ON_MYSQL,
	 .why = "PostgreSQL drops every index and constraint that has the column, without a word. MySQL takes the "
		"column out of "
		"them: a key over (a, b) becomes one over (a), which fails on rows that differ in b only; MariaDB "
		"refuses.",
	 .check = key_goes_with_column,
	 .examples = IW_EXAMPLES({IW_POSTGRES, "CREATE TABLE t (a int, b int, c int, UNIQUE (a, b));",
				  "ALTER TABLE t DROP COLUMN b;", "ALTER TABLE t DROP COLUMN c;"},
				 {IW_MYSQL, "CREATE TABLE t (a int, b int, c int, UNIQUE KEY k (a, b));",
				  "ALTER TABLE t DROP COLUMN b;", "ALTER TABLE t DROP COLUMN c;"})},
};
