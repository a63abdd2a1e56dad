/* CREATE TABLE in all its forms, views and foreign tables. */
#include "sql/postgres/newer.h"
#include "sql/postgres/tree.h"
#include "sql/postgres/quote.h"

#include <string.h>

static void set_persistence(struct iw_operation *operation, struct iw_table *table, const RangeVar *range)
{
	table->is_temporary = range->relpersistence == RELPERSISTENCE_TEMP;
	table->is_unlogged = range->relpersistence == RELPERSISTENCE_UNLOGGED;
	if (table->is_temporary)
		operation->flags |= IW_TEMPORARY;
}

static const char *bound_value(struct reading *reading, Node *node)
{
	while (IsA(node, TypeCast))
		node = ((TypeCast *)node)->arg;
	if (IsA(node, ColumnRef))
		return g_ascii_strcasecmp(strVal(llast(((ColumnRef *)node)->fields)), "minvalue") == 0 ? "MINVALUE"
												       : "MAXVALUE";
	if (IsA(node, A_Const) && !((A_Const *)node)->isnull && IsA(&((A_Const *)node)->val.node, String))
		return iw_pg_quote_literal(reading->arena, ((A_Const *)node)->val.sval.sval);
	return iw_pg_expression(reading, node, 0, 0, NULL)->canonical;
}

static const char *bound_values(struct reading *reading, const List *values)
{
	ListCell *cell;
	GString *out = g_string_new("(");
	foreach (cell, values) {
		if (foreach_current_index(cell) > 0)
			g_string_append(out, ", ");
		g_string_append(out, bound_value(reading, lfirst(cell)));
	}
	g_string_append_c(out, ')');
	const char *text = iw_arena_strdup(reading->arena, out->str);
	g_string_free(out, TRUE);
	return text;
}

const char *iw_pg_partition_bound(struct reading *reading, const PartitionBoundSpec *bound)
{
	if (bound->is_default)
		return "DEFAULT";
	if (bound->strategy == PARTITION_STRATEGY_HASH)
		return iw_arena_printf(reading->arena, "FOR VALUES WITH (modulus %d, remainder %d)", bound->modulus,
				       bound->remainder);
	if (bound->strategy == PARTITION_STRATEGY_LIST)
		return iw_arena_printf(reading->arena, "FOR VALUES IN %s", bound_values(reading, bound->listdatums));
	return iw_arena_printf(reading->arena, "FOR VALUES FROM %s TO %s", bound_values(reading, bound->lowerdatums),
			       bound_values(reading, bound->upperdatums));
}

static const char *qualified(struct reading *reading, const List *names)
{
	struct iw_name name = iw_pg_list_name(reading, names);
	if (name.schema != NULL && strcmp(name.schema, "pg_catalog") == 0)
		name.schema = NULL;
	return iw_quote_name(reading->arena, IW_POSTGRES, name);
}

static void append_partition_key(struct reading *reading, GString *out, const PartitionElem *element)
{
	if (element->name != NULL) {
		g_string_append(out, iw_pg_quote(reading->arena, element->name));
	} else {
		guint start = iw_pg_token_from(reading, iw_pg_at(reading, element->location));
		size_t end = iw_pg_element_end(reading, start);
		g_string_append(out, iw_pg_slice(reading, iw_pg_tokens(reading)[start].offset, end));
		return;
	}
	if (element->collation != NIL)
		g_string_append_printf(out, " COLLATE %s", qualified(reading, element->collation));
	if (element->opclass != NIL)
		g_string_append_printf(out, " %s", qualified(reading, element->opclass));
}

static const char *partition_by(struct reading *reading, const PartitionSpec *spec)
{
	ListCell *cell;
	g_autofree char *strategy = g_ascii_strup(spec->strategy, -1);
	GString *out = g_string_new(strategy);
	g_string_append(out, " (");
	foreach (cell, spec->partParams) {
		if (foreach_current_index(cell) > 0)
			g_string_append(out, ", ");
		append_partition_key(reading, out, lfirst_node(PartitionElem, cell));
	}
	g_string_append_c(out, ')');
	const char *text = iw_arena_strdup(reading->arena, out->str);
	g_string_free(out, TRUE);
	return text;
}

static unsigned like_options(bits32 options)
{
	static const struct {
		bits32 theirs;
		unsigned ours;
	} map[] = {
		{CREATE_TABLE_LIKE_COMMENTS, IW_LIKE_COMMENTS},
		{CREATE_TABLE_LIKE_COMPRESSION, IW_LIKE_COMPRESSION},
		{CREATE_TABLE_LIKE_CONSTRAINTS, IW_LIKE_CONSTRAINTS},
		{CREATE_TABLE_LIKE_DEFAULTS, IW_LIKE_DEFAULTS},
		{CREATE_TABLE_LIKE_GENERATED, IW_LIKE_GENERATED},
		{CREATE_TABLE_LIKE_IDENTITY, IW_LIKE_IDENTITY},
		{CREATE_TABLE_LIKE_INDEXES, IW_LIKE_INDEXES},
		{CREATE_TABLE_LIKE_STATISTICS, IW_LIKE_STATISTICS},
		{CREATE_TABLE_LIKE_STORAGE, IW_LIKE_STORAGE},
	};
	unsigned result = 0;
	for (size_t i = 0; i < G_N_ELEMENTS(map); i++)
		if (options & map[i].theirs)
			result |= map[i].ours;
	return result;
}

static void read_like(struct reading *reading, struct iw_table *table, const TableLikeClause *clause)
{
	struct iw_like *like = iw_new(reading->arena, struct iw_like);
	like->source = iw_pg_range_name(reading, clause->relation);
	like->options = like_options(clause->options);
	like->after = table->columns->len;
	if (table->likes == NULL)
		table->likes = iw_arena_ptr_array(reading->arena);
	g_ptr_array_add(table->likes, like);
}

static void read_elements(struct reading *reading, struct iw_operation *operation, struct iw_table *table,
			  const List *elements)
{
	ListCell *cell;
	foreach (cell, elements) {
		Node *element = lfirst(cell);
		if (IsA(element, ColumnDef)) {
			struct iw_column *column = iw_pg_column(reading, (ColumnDef *)element);
			g_ptr_array_add(table->columns, column);
			if (column->options != NULL)
				operation->definition = iw_pg_definition(reading);
		} else if (IsA(element, TableLikeClause)) {
			read_like(reading, table, (TableLikeClause *)element);
		} else if (IsA(element, Constraint)) {
			size_t from = iw_pg_at(reading, ((Constraint *)element)->location);
			size_t end = iw_pg_element_end(reading, iw_pg_token_from(reading, from));
			g_ptr_array_add(table->constraints, iw_pg_constraint(reading, (Constraint *)element, end));
		}
	}
}

static struct iw_table *new_table(struct reading *reading, const RangeVar *range)
{
	struct iw_table *table = iw_new(reading->arena, struct iw_table);
	table->name = iw_pg_range_name(reading, range);
	table->columns = iw_arena_ptr_array(reading->arena);
	table->constraints = iw_arena_ptr_array(reading->arena);
	table->indexes = iw_arena_ptr_array(reading->arena);
	table->triggers = iw_arena_ptr_array(reading->arena);
	table->policies = iw_arena_ptr_array(reading->arena);
	return table;
}

static void read_parents(struct reading *reading, struct iw_table *table, const CreateStmt *create)
{
	ListCell *cell;
	if (create->partbound != NULL) {
		table->partition_of = iw_pg_range_name(reading, linitial_node(RangeVar, create->inhRelations));
		table->partition_bound = iw_pg_partition_bound(reading, create->partbound);
		return;
	}
	foreach (cell, create->inhRelations) {
		struct iw_name *parent = iw_new(reading->arena, struct iw_name);
		*parent = iw_pg_range_name(reading, lfirst_node(RangeVar, cell));
		if (table->inherits == NULL)
			table->inherits = iw_arena_ptr_array(reading->arena);
		g_ptr_array_add(table->inherits, parent);
	}
}

static const char *on_commit_text(OnCommitAction action)
{
	if (action == ONCOMMIT_DROP)
		return "DROP";
	return action == ONCOMMIT_DELETE_ROWS ? "DELETE ROWS" : NULL;
}

static struct iw_table *create_table(struct reading *reading, const CreateStmt *create, struct iw_operation **out)
{
	struct iw_operation *operation = iw_pg_add(reading, IW_OP_CREATE_TABLE);
	struct iw_table *table = new_table(reading, create->relation);
	operation->name = table->name;
	operation->table = table;
	operation->flags |= create->if_not_exists ? IW_IF_NOT_EXISTS : 0;
	set_persistence(operation, table, create->relation);
	read_elements(reading, operation, table, create->tableElts);
	read_parents(reading, table, create);
	if (create->partspec != NULL) {
		table->kind = IW_PARTITIONED_TABLE;
		table->partition_by = partition_by(reading, create->partspec);
	}
	table->options = iw_pg_options(reading, create->options);
	table->tablespace = iw_arena_strdup(reading->arena, create->tablespacename);
	table->access_method = iw_arena_strdup(reading->arena, create->accessMethod);
	table->on_commit = on_commit_text(create->oncommit);
	if (create->ofTypename != NULL) {
		table->is_opaque = true;
		operation->definition = iw_pg_definition(reading);
	}
	*out = operation;
	return table;
}

void iw_pg_read_create_table(struct reading *reading, Node *node)
{
	struct iw_operation *operation;
	create_table(reading, (CreateStmt *)node, &operation);
}

void iw_pg_read_create_foreign_table(struct reading *reading, Node *node)
{
	CreateForeignTableStmt *create = (CreateForeignTableStmt *)node;
	struct iw_operation *operation;
	struct iw_table *table = create_table(reading, &create->base, &operation);
	table->kind = IW_FOREIGN_TABLE;
	operation->object_kind = IW_OBJECT_FOREIGN_TABLE;
	operation->definition = table->definition = iw_pg_definition(reading);
}

/* Column names in brackets, without types. */
static void add_named_columns(struct reading *reading, struct iw_table *table, const List *names)
{
	ListCell *cell;
	foreach (cell, names) {
		struct iw_column *column = iw_new(reading->arena, struct iw_column);
		column->name = iw_arena_strdup(reading->arena, strVal(lfirst(cell)));
		g_ptr_array_add(table->columns, column);
	}
}

/* The query behind the first AS at depth 0 of the statement, up to WITH [NO] DATA or WITH CHECK OPTION. */
static const char *query_text(struct reading *reading)
{
	const struct pg_token *tokens = iw_pg_tokens(reading);
	guint as = iw_pg_find_word(reading, iw_pg_token_from(reading, reading->from), "as");
	if (tokens[as].kind == PG_TOKEN_END)
		return iw_pg_definition(reading);
	guint end = iw_pg_token_from(reading, reading->to);
	for (guint i = as + 1; i < end; i++) {
		bool is_with = tokens[i].depth == tokens[as].depth && iw_pg_token_is(reading->text, &tokens[i], "with");
		bool is_data = iw_pg_token_is(reading->text, &tokens[i + 1], "data") ||
			       iw_pg_token_is(reading->text, &tokens[i + 1], "no") ||
			       iw_pg_token_is(reading->text, &tokens[end - 1], "option");
		if (is_with && end - i <= 4 && is_data && i > as + 1)
			return iw_pg_slice(reading, tokens[as].offset + 2, tokens[i].offset);
	}
	return iw_pg_slice(reading, tokens[as].offset + 2, reading->to);
}

void iw_pg_read_view(struct reading *reading, Node *node)
{
	const ViewStmt *view = (ViewStmt *)node;
	struct iw_operation *operation = iw_pg_add(reading, IW_OP_CREATE_VIEW);
	struct iw_table *table = new_table(reading, view->view);
	table->kind = IW_VIEW;
	table->definition = query_text(reading);
	table->options = iw_pg_options(reading, view->options);
	add_named_columns(reading, table, view->aliases);
	operation->name = table->name;
	operation->table = table;
	operation->flags |= view->replace ? IW_REPLACE : 0;
	operation->definition = iw_pg_definition(reading);
	set_persistence(operation, table, view->view);
}

/* CREATE TABLE AS and CREATE MATERIALIZED VIEW: the columns' types are the query's, which only a server knows. */
void iw_pg_read_create_table_as(struct reading *reading, Node *node)
{
	const CreateTableAsStmt *create = (CreateTableAsStmt *)node;
	bool is_view = create->objtype == OBJECT_MATVIEW;
	struct iw_operation *operation =
		iw_pg_add(reading, is_view ? IW_OP_CREATE_MATERIALIZED_VIEW : IW_OP_CREATE_TABLE);
	struct iw_table *table = new_table(reading, create->into->rel);
	table->kind = is_view ? IW_MATERIALIZED_VIEW : IW_TABLE;
	table->is_opaque = true;
	table->definition = query_text(reading);
	table->options = iw_pg_options(reading, create->into->options);
	add_named_columns(reading, table, create->into->colNames);
	operation->name = table->name;
	operation->table = table;
	operation->flags |= create->if_not_exists ? IW_IF_NOT_EXISTS : 0;
	operation->definition = iw_pg_definition(reading);
	operation->data = iw_pg_query_data(reading, create->query);
	set_persistence(operation, table, create->into->rel);
}
