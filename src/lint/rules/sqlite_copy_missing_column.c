/* SQLite: INSERT ... SELECT "column" that the source does not have copies the text of its name. */
#include "lint/rules/rules.h"

#include <string.h>

static const struct iw_table *source_table(const struct iw_lint_context *context)
{
	const struct iw_data *data = context->operation->data;
	if (data == NULL || data->reads == NULL || data->reads->len != 1)
		return NULL;
	return iw_schema_find_table(context->before, *(struct iw_name *)g_ptr_array_index(data->reads, 0));
}

/* The first plainly double-quoted name of the select list that is no column of `table`; only lists of such names are
 * read. */
static char *missing_column(const struct iw_lint_context *context, const struct iw_table *table)
{
	const char *select = strcasestr(context->statement->text, "select");
	const char *from = select == NULL ? NULL : strcasestr(select, " from ");
	if (from == NULL)
		return NULL;
	g_autofree char *list = g_strndup(select + strlen("select"), (gsize)(from - select) - strlen("select"));
	g_auto(GStrv) items = g_strsplit(list, ",", -1);
	for (char **item = items; *item != NULL; item++) {
		char *name = g_strstrip(*item);
		size_t length = strlen(name);
		if (length < 3 || name[0] != '"' || name[length - 1] != '"')
			continue;
		name[length - 1] = '\0';
		if (strchr(name + 1, '"') == NULL &&
		    iw_table_find_column(table, context->options->engine, name + 1) == NULL)
			return g_strdup(name + 1);
	}
	return NULL;
}

static struct iw_finding *check(const struct iw_lint_context *context)
{
	if (!iw_lint_is_any(context, IW_OP_INSERT))
		return NULL;
	const struct iw_table *table = source_table(context);
	if (table == NULL || table->is_opaque || context->before->is_uncertain)
		return NULL;
	g_autofree char *name = missing_column(context, table);
	if (name == NULL || g_ascii_strcasecmp(name, "rowid") == 0)
		return NULL;
	struct iw_finding *finding = iw_finding_new(
		context, IW_OFF,
		"\"%s\" has no column \"%s\": SQLite takes it for the string '%s' and writes that into every row",
		table->name.name, name, name);
	finding->advice = "Leave the column out of both lists, or select a real value for it.";
	return finding;
}

static const struct iw_rule_example EXAMPLES[] = {
	{IW_SQLITE, "CREATE TABLE users (id integer PRIMARY KEY, name text, age int);",
	 "CREATE TABLE __new_users (id integer PRIMARY KEY, name text, email text);\n"
	 "INSERT INTO __new_users(\"id\", \"name\", \"email\") SELECT \"id\", \"name\", \"email\" FROM users;",
	 "CREATE TABLE __new_users (id integer PRIMARY KEY, name text, email text);\n"
	 "INSERT INTO __new_users(\"id\", \"name\") SELECT \"id\", \"name\" FROM users;"},
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_sqlite_copy_missing_column = {
	.id = "sqlite-copy-missing-column",
	.title = "a copied column does not exist and becomes text",
	.severity = IW_SEVERE,
	.dialects = IW_ON_SQLITE,
	.why = "SQLite reads a double-quoted name that is no column as a string. Drizzle Kit's table rebuild "
	       "lists new columns in the SELECT from the old table, which does not have them: every row gets the "
	       "column's name as its value, and no error is raised.",
	.check = check,
	.examples = EXAMPLES,
};
