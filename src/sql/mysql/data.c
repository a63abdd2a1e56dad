/* INSERT, REPLACE, UPDATE, DELETE, SELECT, LOAD DATA, DO: what rows they touch. What a WHERE restricts is in where.c.
 */
#include "sql/mysql/where.h"

static struct iw_operation *new_operation(struct parser *parser, enum iw_operation_kind kind)
{
	struct iw_operation *operation = iw_mysql_operation(parser, kind, 0);
	struct iw_data *data = iw_new(parser->arena, struct iw_data);
	operation->data = data;
	return operation;
}

static struct iw_data *data_of(struct iw_operation *operation)
{
	return (struct iw_data *)operation->data;
}

static void priorities(struct parser *parser)
{
	static const char *const words[] = {"LOW_PRIORITY", "DELAYED", "HIGH_PRIORITY", "QUICK"};
	for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
		if (iw_mysql_skip(parser, words[i]))
			i = (size_t)-1;
}

static bool returning(struct parser *parser)
{
	if (!iw_mysql_skip(parser, "RETURNING"))
		return true;
	do {
		struct node *node;
		const char *name;
		if (iw_mysql_skip_operator(parser, "*"))
			continue;
		if (!iw_mysql_expr(parser, &node))
			return false;
		if (iw_mysql_skip_operator(parser, ".")) {
			if (!iw_mysql_expect_operator(parser, "*"))
				return false;
			continue;
		}
		if (iw_mysql_skip(parser, "AS") && !iw_mysql_identifier(parser, &name))
			return false;
	} while (iw_mysql_skip_operator(parser, ","));
	return true;
}

/* name | t.name | db.t.name: the last part */
static bool column_name(struct parser *parser, const char **name)
{
	if (!iw_mysql_identifier(parser, name))
		return false;
	while (iw_mysql_skip_operator(parser, "."))
		if (!iw_mysql_any_name(parser, name))
			return false;
	return true;
}

/* column = value, ... */
static bool assignments(struct parser *parser, GPtrArray *columns)
{
	do {
		const char *name;
		struct node *value;
		if (!column_name(parser, &name))
			return false;
		if (!iw_mysql_skip_operator(parser, ":=") && !iw_mysql_expect_operator(parser, "="))
			return false;
		if (!iw_mysql_expr(parser, &value))
			return false;
		g_ptr_array_add(columns, (char *)name);
	} while (iw_mysql_skip_operator(parser, ","));
	return true;
}

/* ---- INSERT and REPLACE ---- */

/* (value, ...), ...: bounded by the file when no value comes from a query. */
static bool value_rows(struct parser *parser, struct iw_data *data)
{
	struct node *row = iw_mysql_node(parser, NODE_ROW, LEVEL_PRIMARY, NULL);
	parser->has_queries = false;
	parser->is_quiet = true;
	do {
		iw_mysql_skip(parser, "ROW");
		if (!iw_mysql_expect_operator(parser, "("))
			return false;
		if (!iw_mysql_skip_operator(parser, ")") &&
		    (!iw_mysql_expr_list(parser, row) || !iw_mysql_expect_operator(parser, ")")))
			return false;
		data->rows++;
	} while (iw_mysql_skip_operator(parser, ","));
	parser->is_quiet = false;
	data->is_values = data->is_bounded = !parser->has_queries;
	return true;
}

static bool insert_columns(struct parser *parser, struct iw_data *data)
{
	data->columns = iw_mysql_list(parser);
	iw_mysql_take(parser);
	while (!iw_mysql_is_operator(parser, ")")) {
		const char *name;
		if (!column_name(parser, &name))
			return false;
		g_ptr_array_add(data->columns, (char *)name);
		if (!iw_mysql_skip_operator(parser, ","))
			break;
	}
	if (data->columns->len == 0)
		data->columns = NULL;
	return iw_mysql_expect_operator(parser, ")");
}

/* AS new [(a, b)] of MySQL 8 */
static bool row_alias(struct parser *parser)
{
	const char *name;
	if (!iw_mysql_skip(parser, "AS"))
		return true;
	if (!iw_mysql_identifier(parser, &name))
		return false;
	return !iw_mysql_is_operator(parser, "(") || iw_mysql_name_list(parser, iw_mysql_list(parser));
}

static bool insert_source(struct parser *parser, struct iw_data *data)
{
	if (iw_mysql_skip(parser, "SET")) {
		data->columns = iw_mysql_list(parser);
		data->rows = 1;
		data->is_values = data->is_bounded = true;
		return assignments(parser, data->columns) && row_alias(parser);
	}
	bool is_rows = (iw_mysql_is(parser, "VALUES") || iw_mysql_is(parser, "VALUE"));
	if (!is_rows)
		return iw_mysql_read_query(parser);
	iw_mysql_take(parser);
	return value_rows(parser, data) && row_alias(parser);
}

static bool is_column_list(const struct parser *parser)
{
	return iw_mysql_is_operator(parser, "(") && !iw_mysql_starts_query(parser);
}

static bool insert(struct parser *parser, bool is_replace)
{
	struct iw_operation *operation = new_operation(parser, IW_OP_INSERT);
	struct iw_data *data = data_of(operation);
	parser->reads = iw_mysql_list(parser);
	priorities(parser);
	data->has_on_conflict = is_replace;
	if (!is_replace && iw_mysql_skip(parser, "IGNORE"))
		data->has_on_conflict = true;
	iw_mysql_skip(parser, "INTO");
	if (!iw_mysql_full_name(parser, &operation->name))
		return false;
	if (iw_mysql_skip(parser, "PARTITION") && !iw_mysql_name_list(parser, iw_mysql_list(parser)))
		return false;
	if ((is_column_list(parser) && !insert_columns(parser, data)) || !insert_source(parser, data))
		return false;
	if (iw_mysql_skip(parser, "ON DUPLICATE KEY UPDATE")) {
		data->has_on_conflict = true;
		if (!assignments(parser, iw_mysql_list(parser)))
			return false;
	}
	data->reads = parser->reads->len > 0 ? parser->reads : NULL;
	return returning(parser);
}

/* ---- UPDATE and DELETE ---- */

/* The tables of FROM but the first `count`, which are written. */
static void keep_reads(struct parser *parser, struct iw_data *data, const struct iw_name *written)
{
	data->reads = iw_mysql_list(parser);
	for (guint i = 0; i < parser->reads->len; i++) {
		const struct iw_name *name = parser->reads->pdata[i];
		if (strcmp(name->name, written->name) != 0 || g_strcmp0(name->schema, written->schema) != 0)
			g_ptr_array_add(data->reads, (void *)name);
	}
	if (data->reads->len == 0)
		data->reads = NULL;
}

/* [WHERE ...] [ORDER BY ...] [LIMIT n] [RETURNING ...] */
static bool restriction(struct parser *parser, struct iw_data *data)
{
	if (iw_mysql_skip(parser, "WHERE") && !iw_mysql_where(parser, data))
		return false;
	if (iw_mysql_is(parser, "ORDER") && !iw_mysql_order_by(parser))
		return false;
	if (!iw_mysql_limit(parser, &data->has_limit))
		return false;
	data->is_bounded = data->has_limit || (data->equals != NULL && data->equals->len > 0);
	return returning(parser);
}

static bool update(struct parser *parser)
{
	struct iw_operation *operation = new_operation(parser, IW_OP_UPDATE);
	struct iw_data *data = data_of(operation);
	parser->reads = iw_mysql_list(parser);
	data->columns = iw_mysql_list(parser);
	priorities(parser);
	iw_mysql_skip(parser, "IGNORE");
	if (!iw_mysql_table_references(parser))
		return false;
	guint tables = parser->reads->len;
	if (tables == 0)
		return iw_mysql_give_up(parser, "the table that is updated cannot be told");
	operation->name = *(const struct iw_name *)parser->reads->pdata[0];
	if (!iw_mysql_expect(parser, "SET") || !assignments(parser, data->columns) || !restriction(parser, data))
		return false;
	keep_reads(parser, data, &operation->name);
	/* A join restricts rows of more than one table: equalities may be about another one. */
	if (tables > 1) {
		data->equals = NULL;
		data->is_bounded = data->has_limit;
	}
	return true;
}

/* t1[.*], t2[.*] in front of FROM or behind it, before USING */
static bool delete_targets(struct parser *parser, GPtrArray *targets)
{
	do {
		struct iw_name *name = iw_new(parser->arena, struct iw_name);
		if (!iw_mysql_identifier(parser, &name->name))
			return false;
		while (iw_mysql_skip_operator(parser, ".")) {
			if (iw_mysql_skip_operator(parser, "*"))
				break;
			name->schema = name->name;
			if (!iw_mysql_any_name(parser, &name->name))
				return false;
		}
		g_ptr_array_add(targets, name);
	} while (iw_mysql_skip_operator(parser, ","));
	return true;
}

/* The alias's table is not looked for: the first table read is it when no name fits. */
static struct iw_name resolve_target(const struct parser *parser, const struct iw_name *target)
{
	for (guint i = 0; i < parser->reads->len; i++) {
		const struct iw_name *read = parser->reads->pdata[i];
		if (strcmp(read->name, target->name) == 0)
			return *read;
	}
	return parser->reads->len > 0 ? *(const struct iw_name *)parser->reads->pdata[0] : *target;
}

static bool delete_many(struct parser *parser, struct iw_operation *operation, GPtrArray *targets)
{
	struct iw_data *data = data_of(operation);
	if (!iw_mysql_table_references(parser) || !restriction(parser, data))
		return false;
	if (parser->reads->len > 1) {
		data->equals = NULL;
		data->is_bounded = data->has_limit;
	}
	for (guint i = 0; i < targets->len; i++) {
		struct iw_operation *each = i == 0 ? operation : iw_mysql_operation(parser, IW_OP_DELETE, 0);
		each->data = data;
		each->name = resolve_target(parser, targets->pdata[i]);
	}
	keep_reads(parser, data, &operation->name);
	return true;
}

/* DELETE FROM t ... and its single table's parts */
static bool delete_one(struct parser *parser, struct iw_operation *operation, const struct iw_name *table)
{
	const char *alias;
	operation->name = *table;
	if (iw_mysql_skip(parser, "PARTITION") && !iw_mysql_name_list(parser, iw_mysql_list(parser)))
		return false;
	if (iw_mysql_skip(parser, "AS") || iw_mysql_token_is_name(parser, &parser->token))
		if (!iw_mysql_is(parser, "RETURNING") && !iw_mysql_identifier(parser, &alias))
			return false;
	/* FOR PORTION OF period FROM a TO b */
	if (iw_mysql_is(parser, "FOR"))
		return iw_mysql_give_up(parser, "FOR PORTION OF is not read");
	if (!restriction(parser, data_of(operation)))
		return false;
	keep_reads(parser, data_of(operation), table);
	return true;
}

static bool delete (struct parser *parser)
{
	struct iw_operation *operation = new_operation(parser, IW_OP_DELETE);
	GPtrArray *targets = iw_mysql_list(parser);
	parser->reads = iw_mysql_list(parser);
	priorities(parser);
	iw_mysql_skip(parser, "IGNORE");
	bool is_from = iw_mysql_skip(parser, "FROM");
	if (!delete_targets(parser, targets))
		return false;
	if (!is_from)
		return iw_mysql_expect(parser, "FROM") && delete_many(parser, operation, targets);
	if (iw_mysql_skip(parser, "USING"))
		return delete_many(parser, operation, targets);
	return targets->len == 1 ? delete_one(parser, operation, targets->pdata[0]) : iw_mysql_refuse(parser);
}

/* ---- the others ---- */

static bool select_rows(struct parser *parser)
{
	struct iw_operation *operation = new_operation(parser, IW_OP_SELECT);
	struct iw_data *data = data_of(operation);
	data->reads = parser->reads = iw_mysql_list(parser);
	data->functions = parser->functions = iw_mysql_list(parser);
	return iw_mysql_read_query(parser);
}

static bool do_expressions(struct parser *parser)
{
	struct iw_operation *operation = new_operation(parser, IW_OP_SELECT);
	data_of(operation)->functions = parser->functions = iw_mysql_list(parser);
	return iw_mysql_expr_list(parser, iw_mysql_node(parser, NODE_ROW, LEVEL_PRIMARY, NULL));
}

/* LOAD DATA [LOCAL] INFILE 'f' [REPLACE | IGNORE] INTO TABLE t ... */
static bool load(struct parser *parser)
{
	struct iw_operation *operation = new_operation(parser, IW_OP_COPY);
	const char *text;
	if (!iw_mysql_skip(parser, "DATA") && !iw_mysql_expect(parser, "XML"))
		return false;
	if (!iw_mysql_skip(parser, "LOW_PRIORITY"))
		iw_mysql_skip(parser, "CONCURRENT");
	iw_mysql_skip(parser, "LOCAL");
	if (!iw_mysql_expect(parser, "INFILE") || !iw_mysql_string(parser, &text))
		return false;
	data_of(operation)->has_on_conflict = iw_mysql_skip(parser, "REPLACE") || iw_mysql_skip(parser, "IGNORE");
	return iw_mysql_expect(parser, "INTO TABLE") && iw_mysql_full_name(parser, &operation->name) &&
	       iw_mysql_rest(parser, &text);
}

/* WITH ... in front of UPDATE and DELETE too */
static bool with_statement(struct parser *parser)
{
	struct parser ahead = *parser;
	ahead.reads = ahead.functions = NULL;
	if (!iw_mysql_with(&ahead))
		return select_rows(parser);
	bool is_update = iw_mysql_is(&ahead, "UPDATE"), is_delete = iw_mysql_is(&ahead, "DELETE");
	if (!is_update && !is_delete)
		return select_rows(parser);
	*parser = ahead;
	iw_mysql_take(parser);
	return is_update ? update(parser) : delete (parser);
}

bool iw_mysql_data_statement(struct parser *parser)
{
	if (iw_mysql_is(parser, "WITH"))
		return with_statement(parser);
	if (iw_mysql_skip(parser, "INSERT"))
		return insert(parser, false);
	if (iw_mysql_skip(parser, "REPLACE"))
		return insert(parser, true);
	if (iw_mysql_skip(parser, "UPDATE"))
		return update(parser);
	if (iw_mysql_skip(parser, "DELETE"))
		return delete (parser);
	if (iw_mysql_skip(parser, "LOAD"))
		return load(parser);
	if (iw_mysql_skip(parser, "DO"))
		return do_expressions(parser);
	return select_rows(parser);
}
