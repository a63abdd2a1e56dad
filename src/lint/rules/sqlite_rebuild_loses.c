/* SQLite: a rebuild drops the old table's indexes and triggers with it, and copies NULLs into a NOT NULL column. */
#include "lint/rules/rules.h"

#include <string.h>

static bool is_rebuild(const struct iw_lint_context *context)
{
	const char *key = iw_lint_table_key(context->memory->arena, context->before, context->operation->name);
	return iw_lint_is(context, IW_OP_DROP_TABLE) && g_hash_table_contains(context->memory->copied, key);
}

/* A framework that makes the rebuild itself leaves out what its migration wants gone. */
static bool is_written(const struct iw_lint_context *context)
{
	const struct iw_place *place = &context->statement->place;
	if (place->source == NULL)
		return true;
	g_autofree char *text = g_ascii_strdown(place->source->text + place->offset, (gssize)place->length);
	return strstr(text, "drop table") != NULL;
}

static struct iw_finding *keep_objects(const struct iw_lint_context *context)
{
	const struct iw_table *table = iw_lint_table(context);
	if (table == NULL || !is_rebuild(context) || !is_written(context))
		return NULL;
	for (guint i = 0; i < table->indexes->len; i++) {
		const struct iw_index *index = g_ptr_array_index(table->indexes, i);
		GPtrArray *columns = iw_lint_key_columns(context, index->keys);
		bool is_plain = index->constraint == NULL && index->name != NULL && columns->len > 0;
		for (guint k = 0; is_plain && k < columns->len; k++)
			is_plain = g_ptr_array_index(columns, k) != NULL;
		if (is_plain)
			iw_lint_keep(context, index->name, columns);
	}
	for (guint i = 0; i < table->triggers->len; i++)
		iw_lint_keep(context, ((const struct iw_object *)g_ptr_array_index(table->triggers, i))->name.name,
			     NULL);
	return NULL;
}

static bool has_trigger(const struct iw_table *table, const char *name)
{
	for (guint i = 0; i < table->triggers->len; i++)
		if (g_strcmp0(((const struct iw_object *)g_ptr_array_index(table->triggers, i))->name.name, name) == 0)
			return true;
	return false;
}

/* An index that begins with the same columns is there, or one of them is not any more. */
static bool is_served(const struct iw_lint_context *context, const struct iw_table *table, GPtrArray *columns)
{
	struct iw_engine engine = context->options->engine;
	for (guint i = 0; i < columns->len; i++)
		if (iw_table_find_column(table, engine, g_ptr_array_index(columns, i)) == NULL)
			return true;
	for (guint i = 0; i < table->indexes->len; i++) {
		const struct iw_index *index = g_ptr_array_index(table->indexes, i);
		guint same = 0;
		for (guint k = 0; index->keys != NULL && k < MIN(columns->len, index->keys->len); k++) {
			const char *column = ((const struct iw_key *)g_ptr_array_index(index->keys, k))->column;
			same += column != NULL && g_ascii_strcasecmp(column, g_ptr_array_index(columns, k)) == 0;
		}
		if (same == columns->len)
			return true;
	}
	return false;
}

static struct iw_finding *lost_objects(const struct iw_lint_context *context)
{
	GPtrArray *kept = iw_lint_kept(context);
	for (guint i = kept->len; i-- > 0;) {
		const struct iw_lint_kept *one = g_ptr_array_index(kept, i);
		const struct iw_table *table = iw_schema_find_table(context->before, one->table);
		bool is_there = table == NULL || table->is_opaque ||
				(one->columns != NULL ? is_served(context, table, one->columns)
						      : has_trigger(table, one->what));
		if (is_there)
			g_ptr_array_remove_index(kept, i);
	}
	struct iw_finding *finding =
		iw_finding_of_kept(context, kept, "dropped with the old table and not made again on the new one");
	return finding == NULL ? NULL
			       : iw_finding_with(finding, "Create them again after the table has its name.", NULL);
}

/* Items of a select list, cut at commas outside of parentheses and quotes. */
static GPtrArray *split_list(const struct iw_lint_context *context, const char *list, size_t length)
{
	GPtrArray *items = iw_arena_ptr_array(context->arena);
	int depth = 0;
	char quote = '\0';
	size_t from = 0;
	for (size_t i = 0; i <= length; i++) {
		char c = i == length ? ',' : list[i];
		if (quote != '\0')
			quote = c == quote ? '\0' : quote;
		else if (c == '"' || c == '\'' || c == '`')
			quote = c;
		depth += quote == '\0' && c == '(' ? 1 : quote == '\0' && c == ')' ? -1 : 0;
		if (c != ',' || depth != 0 || quote != '\0')
			continue;
		g_ptr_array_add(items, g_strstrip(iw_arena_strndup(context->arena, list + from, i - from)));
		from = i + 1;
	}
	return items;
}

static const char *bare_name(const struct iw_lint_context *context, const char *item)
{
	size_t length = strlen(item);
	if (length > 2 && (*item == '"' || *item == '`') && strchr(item + 1, *item) == item + length - 1)
		return iw_arena_strndup(context->arena, item + 1, length - 2);
	for (const char *c = item; *c != '\0'; c++)
		if (!g_ascii_isalnum(*c) && *c != '_')
			return NULL;
	return *item == '\0' || g_ascii_isdigit(*item) ? NULL : item;
}

/* A column that may be NULL in `from` and may not in `into`, copied as it is. */
static const char *nullable_source(const struct iw_lint_context *context, const struct iw_table *from,
				   const struct iw_table *into)
{
	struct iw_engine engine = context->options->engine;
	const char *select = strcasestr(context->statement->text, "select");
	const char *end = select == NULL ? NULL : strcasestr(select, " from ");
	GPtrArray *targets = context->operation->data->columns;
	if (end == NULL || strcasestr(end, "where") != NULL)
		return NULL;
	GPtrArray *items = split_list(context, select + strlen("select"), (size_t)(end - select) - strlen("select"));
	for (guint i = 0; i < items->len; i++) {
		const char *name = bare_name(context, g_ptr_array_index(items, i));
		const struct iw_column *source = name == NULL ? NULL : iw_table_find_column(from, engine, name);
		const struct iw_column *target =
			targets != NULL
				? (i < targets->len ? iw_table_find_column(into, engine, g_ptr_array_index(targets, i))
						    : NULL)
				: (i < into->columns->len ? g_ptr_array_index(into->columns, i) : NULL);
		const struct iw_constraint *key = iw_table_primary_key(from);
		bool is_key =
			key != NULL && name != NULL && iw_lint_has_name(iw_lint_constraint_columns(context, key), name);
		if (source != NULL && target != NULL && !source->not_null && target->not_null && !is_key)
			return name;
	}
	return NULL;
}

static struct iw_finding *copies_null(const struct iw_lint_context *context)
{
	const struct iw_data *data = context->operation->data;
	if (!iw_lint_is_any(context, IW_OP_INSERT) || !context->is_new_table || data == NULL || data->reads == NULL ||
	    data->reads->len != 1)
		return NULL;
	const struct iw_table *from =
		iw_schema_find_table(context->before, *(struct iw_name *)g_ptr_array_index(data->reads, 0));
	const struct iw_table *into = iw_lint_table(context);
	bool is_new = from != NULL && iw_lint_is_new(context->memory, context->before, from->name);
	if (from == NULL || into == NULL || from->is_opaque || into->is_opaque || is_new)
		return NULL;
	const char *name = nullable_source(context, from, into);
	if (name == NULL)
		return NULL;
	struct iw_finding *finding = iw_finding_new(
		context, IW_OFF,
		"\"%s\" of \"%s\" may be NULL and is copied into a NOT NULL column: this fails if any row holds one",
		name, from->name.name);
	finding->fact = NULL;
	return iw_finding_with(finding, "Select coalesce(column, value), or fill the rows before.", NULL);
}

#define REBUILD(column, select)                                                                                        \
	"CREATE TABLE new_t (id integer PRIMARY KEY, a " column ");\n"                                                 \
	"INSERT INTO new_t (id, a) SELECT id, " select " FROM t;\n"                                                    \
	"DROP TABLE t;\nALTER TABLE new_t RENAME TO t;"

const struct iw_rule iw_rules_sqlite_rebuild[] = {
	{.id = "sqlite-rebuild-loses-objects",
	 .title = "a table rebuild loses indexes or triggers",
	 .severity = IW_WARNING,
	 .dialects = IW_ON_SQLITE,
	 .why = "DROP TABLE drops the table's indexes and triggers; renaming the new table brings none back. A lost "
		"unique index "
		"lets duplicates in, and nothing says so.",
	 .check = keep_objects,
	 .check_migration = lost_objects,
	 .examples = IW_EXAMPLES({IW_SQLITE,
				  "CREATE TABLE t (id integer PRIMARY KEY, a text); CREATE UNIQUE INDEX t_a ON t (a);",
				  REBUILD("text", "a"), REBUILD("text", "a") "\nCREATE UNIQUE INDEX t_a ON t (a);"})},
	{.id = "sqlite-copy-null",
	 .title = "a rebuild copies NULL into a NOT NULL column",
	 .severity = IW_WARNING,
	 .dialects = IW_ON_SQLITE,
	 .why = "The copy of a rebuild fails on the first row that holds NULL in a column that may not be NULL any "
		"more: it passes "
		"on an empty database.",
	 .check = copies_null,
	 .examples = IW_EXAMPLES({IW_SQLITE, "CREATE TABLE t (id integer PRIMARY KEY, a text);",
				  REBUILD("text NOT NULL", "a"), REBUILD("text NOT NULL", "coalesce(a, '')")})},
};
