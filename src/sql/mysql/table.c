/* CREATE TABLE: columns, keys, constraints, options, partitions; LIKE and AS a query. */
#include "sql/mysql/parser.h"

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* What the catalogue keeps in CREATE_OPTIONS; the others are only for rendering. */
static bool is_kept(const char *name)
{
	static const char *const others[] = {
		"auto_increment",    "comment",		  "data directory", "index directory", "union",
		"insert_method",     "tablespace",	  "storage",	    "connection",      "password",
		"start transaction", "system versioning", "engine",	    "sequence"};
	for (size_t i = 0; i < G_N_ELEMENTS(others); i++)
		if (strcmp(name, others[i]) == 0)
			return false;
	return true;
}

static void add_text(struct parser *parser, const char **all, const char *text)
{
	if (*text != '\0')
		*all = *all == NULL ? text : iw_arena_printf(parser->arena, "%s %s", *all, text);
}

static void apply_option(struct parser *parser, struct iw_table *table, const struct table_option *option,
			 GPtrArray *kept)
{
	const char *name = option->name;
	if (strcmp(name, "engine") == 0)
		table->engine = option->value;
	else if (strcmp(name, "character set") == 0)
		table->charset = option->value;
	else if (strcmp(name, "collate") == 0)
		table->collation = option->value;
	else if (strcmp(name, "comment") == 0)
		table->comment = *option->value != '\0' ? option->value : NULL;
	else if (strcmp(name, "tablespace") == 0)
		add_text(parser, &table->creation_options, option->text);
	else if (is_kept(name)) {
		g_autofree char *value = g_ascii_strdown(option->value, -1);
		g_ptr_array_add(kept, iw_arena_printf(parser->arena, "%s=%s", name,
						      option->value[0] == '\'' ? option->value : value));
	} else
		add_text(parser, &table->creation_options, option->text);
}

static bool table_options(struct parser *parser, struct iw_table *table)
{
	g_autoptr(GPtrArray) kept = g_ptr_array_new();
	for (;;) {
		struct table_option option;
		bool found;
		if (!iw_mysql_table_option(parser, &option, &found))
			return false;
		if (!found)
			break;
		apply_option(parser, table, &option, kept);
		iw_mysql_skip_operator(parser, ",");
	}
	g_ptr_array_sort(kept, compare_texts);
	for (guint i = 0; i < kept->len; i++)
		add_text(parser, &table->options, kept->pdata[i]);
	return !parser->is_failed;
}

static bool table_element(struct parser *parser, struct iw_table *table)
{
	struct element element;
	if (!iw_mysql_starts_element(parser)) {
		struct iw_column *column;
		const char *name;
		if (!iw_mysql_identifier(parser, &name) || !iw_mysql_column(parser, &column, name))
			return false;
		g_ptr_array_add(table->columns, column);
		return true;
	}
	if (!iw_mysql_element(parser, &element))
		return false;
	if (element.is_period)
		table->definition = parser->statement->text;
	else if (element.index != NULL) {
		element.index->table = table->name;
		g_ptr_array_add(table->indexes, element.index);
	} else
		g_ptr_array_add(table->constraints, element.constraint);
	return true;
}

static bool like(struct parser *parser, struct iw_table *table)
{
	struct iw_like *copied = iw_new(parser->arena, struct iw_like);
	copied->options = IW_LIKE_ALL;
	table->likes = iw_mysql_list(parser);
	g_ptr_array_add(table->likes, copied);
	return iw_mysql_full_name(parser, &copied->source);
}

static bool elements(struct parser *parser, struct iw_table *table)
{
	do {
		if (!table_element(parser, table))
			return false;
	} while (iw_mysql_skip_operator(parser, ","));
	return iw_mysql_expect_operator(parser, ")");
}

/* [IGNORE | REPLACE] [AS] query */
static bool as_query(struct parser *parser, struct iw_operation *operation, struct iw_table *table)
{
	struct iw_data *data = iw_new(parser->arena, struct iw_data);
	if (!iw_mysql_skip(parser, "IGNORE"))
		iw_mysql_skip(parser, "REPLACE");
	iw_mysql_skip(parser, "AS");
	table->is_opaque = true;
	table->definition = parser->statement->text;
	operation->data = data;
	data->reads = parser->reads = iw_mysql_list(parser);
	return iw_mysql_read_query(parser);
}

static struct iw_table *new_table(struct parser *parser)
{
	struct iw_table *table = iw_new(parser->arena, struct iw_table);
	table->columns = iw_mysql_list(parser);
	table->constraints = iw_mysql_list(parser);
	table->indexes = iw_mysql_list(parser);
	table->triggers = iw_mysql_list(parser);
	table->policies = iw_mysql_list(parser);
	return table;
}

static bool table_body(struct parser *parser, struct iw_operation *operation, struct iw_table *table)
{
	if (iw_mysql_skip(parser, "LIKE"))
		return like(parser, table);
	if (iw_mysql_is_operator(parser, "(") && iw_mysql_peek_is(parser, "LIKE")) {
		iw_mysql_take(parser);
		iw_mysql_take(parser);
		return like(parser, table) && iw_mysql_expect_operator(parser, ")");
	}
	bool is_query = iw_mysql_is_operator(parser, "(") && iw_mysql_peek_is(parser, "SELECT");
	if (!is_query && iw_mysql_skip_operator(parser, "(") && !elements(parser, table))
		return false;
	if (!table_options(parser, table))
		return false;
	if (iw_mysql_is(parser, "PARTITION")) {
		table->kind = IW_PARTITIONED_TABLE;
		if (!iw_mysql_partition_by(parser, &table->partition_by))
			return false;
	}
	if (!iw_mysql_at_end(parser))
		return as_query(parser, operation, table);
	/* The grammar takes it, the server does not (error 1113). */
	return table->columns->len > 0 || table->creation_options != NULL ||
	       iw_mysql_give_up(parser, "a table must have at least one column");
}

bool iw_mysql_create_table(struct parser *parser, size_t begin)
{
	struct iw_operation *operation = iw_mysql_operation(parser, IW_OP_CREATE_TABLE, begin);
	struct iw_table *table = new_table(parser);
	if (!iw_mysql_if_not_exists(parser, &operation->flags) || !iw_mysql_full_name(parser, &operation->name))
		return false;
	table->name = operation->name;
	table->is_temporary = (operation->flags & IW_TEMPORARY) != 0;
	operation->table = table;
	return table_body(parser, operation, table);
}
