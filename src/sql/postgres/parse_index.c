/* CREATE INDEX and the keys of indexes and exclusion constraints. */
#include "sql/postgres/tree.h"
#include "sql/postgres/quote.h"

#include <string.h>

static const char *dotted(struct reading *reading, const List *names)
{
	struct iw_name name = iw_pg_list_name(reading, names);
	if (name.schema != NULL && strcmp(name.schema, "pg_catalog") == 0)
		name.schema = NULL;
	if (name.schema == NULL)
		return name.name;
	return iw_arena_printf(reading->arena, "%s.%s", name.schema, name.name);
}

/* The expression's own text: without the brackets round it, without what follows it. */
static const struct iw_expression *key_expression(struct reading *reading, const IndexElem *element, guint start)
{
	const struct pg_token *tokens = iw_pg_tokens(reading);
	guint open = start;
	while (tokens[open].kind != PG_TOKEN_END && !iw_pg_is_punctuation(reading->text, &tokens[open], '('))
		open++;
	if (tokens[open].kind == PG_TOKEN_END || tokens[open].depth != tokens[start].depth) {
		size_t end = iw_pg_element_end(reading, start);
		return iw_pg_expression(reading, element->expr, tokens[start].offset, end, NULL);
	}
	size_t close = tokens[iw_pg_closing(reading, open)].offset;
	if (open == start)
		return iw_pg_expression(reading, element->expr, tokens[open].offset + 1, close, NULL);
	return iw_pg_expression(reading, element->expr, tokens[start].offset, close + 1, NULL);
}

/* "(column)" and "(column COLLATE c)" are the column, as the server itself takes them. */
static const char *bare_column(const IndexElem *element, const CollateClause **collate)
{
	Node *node = element->expr;
	if (element->name != NULL)
		return element->name;
	if (IsA(node, CollateClause)) {
		*collate = (CollateClause *)node;
		node = ((CollateClause *)node)->arg;
	}
	if (node == NULL || !IsA(node, ColumnRef))
		return NULL;
	Node *last = llast(((ColumnRef *)node)->fields);
	return IsA(last, String) ? strVal(last) : NULL;
}

static struct iw_key *read_key(struct reading *reading, const IndexElem *element, guint start)
{
	struct iw_key *key = iw_new(reading->arena, struct iw_key);
	const CollateClause *collate = NULL;
	const char *column = bare_column(element, &collate);
	if (column != NULL)
		key->column = iw_arena_strdup(reading->arena, column);
	else
		key->expression = key_expression(reading, element, start);
	if (column != NULL && collate != NULL)
		key->collation = dotted(reading, collate->collname);
	key->is_descending = element->ordering == SORTBY_DESC;
	if (element->nulls_ordering == SORTBY_NULLS_FIRST)
		key->nulls = key->is_descending ? 0 : 1;
	else if (element->nulls_ordering == SORTBY_NULLS_LAST)
		key->nulls = key->is_descending ? 2 : 0;
	if (element->collation != NIL)
		key->collation = dotted(reading, element->collation);
	if (element->opclass != NIL)
		key->operator_class = dotted(reading, element->opclass);
	if (element->opclassopts != NIL)
		key->operator_class = iw_arena_printf(reading->arena, "%s(%s)", key->operator_class,
						      iw_pg_options(reading, element->opclassopts));
	return key;
}

/* The token behind the ',' that ends the element at `start`. */
static guint next_element(struct reading *reading, guint start)
{
	const struct pg_token *tokens = iw_pg_tokens(reading);
	int depth = tokens[start].depth;
	guint i = start;
	while (tokens[i].kind != PG_TOKEN_END &&
	       !(tokens[i].depth <= depth && iw_pg_is_punctuation(reading->text, &tokens[i], ',')))
		i++;
	return tokens[i].kind == PG_TOKEN_END ? i : i + 1;
}

GPtrArray *iw_pg_keys(struct reading *reading, const List *elements, guint open)
{
	ListCell *cell;
	GPtrArray *keys = iw_arena_ptr_array(reading->arena);
	guint start = open + 1;
	if (iw_pg_tokens(reading)[open].kind == PG_TOKEN_END)
		start = open;
	foreach (cell, elements) {
		g_ptr_array_add(keys, read_key(reading, lfirst_node(IndexElem, cell), start));
		start = next_element(reading, start);
	}
	return keys;
}

static GPtrArray *included_columns(struct reading *reading, const List *elements)
{
	ListCell *cell;
	if (elements == NIL)
		return NULL;
	GPtrArray *columns = iw_arena_ptr_array(reading->arena);
	foreach (cell, elements) {
		const IndexElem *element = lfirst_node(IndexElem, cell);
		if (element->name != NULL)
			g_ptr_array_add(columns, iw_arena_strdup(reading->arena, element->name));
	}
	return columns;
}

/* The bracket that opens the keys: the first one behind the table's name. */
static guint keys_bracket(struct reading *reading, const IndexStmt *create)
{
	const struct pg_token *tokens = iw_pg_tokens(reading);
	guint i = iw_pg_token_from(reading, iw_pg_at(reading, create->relation->location));
	while (tokens[i].kind != PG_TOKEN_END && !iw_pg_is_punctuation(reading->text, &tokens[i], '('))
		i++;
	return i;
}

static const struct iw_expression *where_expression(struct reading *reading, const IndexStmt *create)
{
	if (create->whereClause == NULL)
		return NULL;
	const struct pg_token *tokens = iw_pg_tokens(reading);
	guint where = iw_pg_find_word(reading, iw_pg_token_from(reading, reading->from), "where");
	return iw_pg_expression(reading, create->whereClause, tokens[where].offset + tokens[where].length, reading->to,
				NULL);
}

void iw_pg_read_index(struct reading *reading, Node *node)
{
	const IndexStmt *create = (IndexStmt *)node;
	struct iw_operation *operation = iw_pg_add(reading, IW_OP_CREATE_INDEX);
	struct iw_index *index = iw_new(reading->arena, struct iw_index);
	index->name = iw_arena_strdup(reading->arena, create->idxname);
	index->table = iw_pg_range_name(reading, create->relation);
	index->is_unique = create->unique;
	index->method = create->accessMethod == NULL ? "btree" : iw_arena_strdup(reading->arena, create->accessMethod);
	index->keys = iw_pg_keys(reading, create->indexParams, keys_bracket(reading, create));
	index->included = included_columns(reading, create->indexIncludingParams);
	index->where = where_expression(reading, create);
	index->nulls_not_distinct = create->nulls_not_distinct;
	index->options = iw_pg_options(reading, create->options);
	index->tablespace = iw_arena_strdup(reading->arena, create->tableSpace);
	operation->name = index->table;
	operation->member = index->name;
	operation->index = index;
	operation->flags |= create->concurrent ? IW_CONCURRENTLY : 0;
	operation->flags |= create->if_not_exists ? IW_IF_NOT_EXISTS : 0;
	operation->flags |= create->relation->inh ? 0 : IW_ONLY;
	reading->statement->needs_no_transaction |= create->concurrent;
}
